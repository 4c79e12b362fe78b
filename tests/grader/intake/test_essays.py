"""Free-text answers are found whatever a student did to the cells, and the untouched ones are not answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_grader.intake.essays import MOST_LETTERS, essays_in
from labkit_grader.intake.notebooks import Cell, Notebook, read_notebook
from labkit_workbook.questions import Exercise, exercise, exercises

ROOT = Path(__file__).resolve().parents[3]
GRADED = [which for which in exercises() if which.number]
SECOND = exercise("routing_crossover")
WORDS = "A floor sees the loss alone.\n\nA value weighs it."
STUB = "*Your answer here.*"


def released(which: Exercise, folder: str = "exercises") -> list[Cell]:
    return list(read_notebook(ROOT / folder / f"{which.number}_{which.name}.ipynb").cells)


def found(cells: list[Cell], which: Exercise = SECOND) -> dict[str, str]:
    return essays_in(Notebook(tuple(cells), ""), which)


def place(cells: list[Cell], name: str) -> int:
    return next(i for i, cell in enumerate(cells) if cell.id == name)


def answered(text: str = WORDS, name: str = "floor-or-value") -> list[Cell]:
    cells = released(SECOND)
    at = place(cells, name)
    cells[at] = replace(cells[at], source=text)
    return cells


@pytest.mark.parametrize("which", GRADED, ids=lambda which: which.name)
def test_a_released_exercise_has_no_answer_and_a_solution_all(which: Exercise) -> None:
    assert found(released(which), which) == {}
    solved = released(which, "solutions")
    answers = found(solved, which)
    assert list(answers) == [essay.name for essay in which.essays]
    for name, text in answers.items():
        assert text == solved[place(solved, name)].source.strip()


def renamed(cells: list[Cell], at: int) -> None:
    cells[at] = replace(cells[at], id="x1", grade_id="")


def other_id(cells: list[Cell], at: int) -> None:
    cells[at] = replace(cells[at], id="x1")


def only_id(cells: list[Cell], at: int) -> None:
    cells[at] = replace(cells[at], grade_id="")


def code(cells: list[Cell], at: int) -> None:
    cells[at] = replace(cells[at], kind="code")


def nameless_code(cells: list[Cell], at: int) -> None:
    renamed(cells, at)
    code(cells, at)


def raw(cells: list[Cell], at: int) -> None:
    cells[at] = replace(cells[at], kind="raw")


def doubled(cells: list[Cell], at: int) -> None:
    cells.insert(at, cells[at])


def in_a_new_cell(cells: list[Cell], at: int) -> None:
    cells.insert(at + 1, Cell(cells[at].source, "markdown", "new"))
    cells[at] = replace(cells[at], source=STUB)


def below_the_question(cells: list[Cell], at: int) -> None:
    cells[at - 1] = replace(cells[at - 1], source=f"{cells[at - 1].source}\n\n{cells[at].source}")
    cells[at] = replace(cells[at], source=STUB)


def all_in_one(cells: list[Cell], at: int) -> None:
    cells[at - 1] = replace(cells[at - 1], source="\n\n".join(cells[at + i].source for i in (-1, 0, 1)))
    del cells[at : at + 2]


def stub_kept(cells: list[Cell], at: int) -> None:
    cells[at] = replace(cells[at], source=f"{STUB}\n\n{cells[at].source}")


def moved_to_the_end(cells: list[Cell], at: int) -> None:
    cells.append(cells.pop(at))


def question_deleted(cells: list[Cell], at: int) -> None:
    del cells[at - 1]


def self_check_deleted(cells: list[Cell], at: int) -> None:
    del cells[at + 1]


def question_changed(cells: list[Cell], at: int) -> None:
    renamed(cells, at)
    cells[at - 1] = replace(cells[at - 1], source=cells[at - 1].source.replace("why?", "WHY, please?"))


def rewrapped(cells: list[Cell], at: int) -> None:
    renamed(cells, at)
    cells[at - 1] = replace(cells[at - 1], source="\n".join(cells[at - 1].source.split()))


WAYS: list[Callable[[list[Cell], int], None]] = [
    renamed, other_id, only_id, code, nameless_code, raw, doubled, in_a_new_cell,
    below_the_question, all_in_one, stub_kept, moved_to_the_end, question_deleted, self_check_deleted,
    question_changed, rewrapped,
]  # fmt: skip


@pytest.mark.parametrize("change", WAYS, ids=lambda way: way.__name__)
def test_an_answer_is_found_whatever_became_of_its_cell(change: Callable[[list[Cell], int], None]) -> None:
    cells = answered()
    change(cells, place(cells, "floor-or-value"))
    assert found(cells) == {"floor-or-value": WORDS}


def test_an_answer_in_several_cells_is_put_together_in_order() -> None:
    cells = answered("First.")
    at = place(cells, "floor-or-value")
    cells[at + 1 : at + 1] = [Cell("Second.", "markdown"), Cell("print(1)", "code"), Cell("Third.", "raw")]
    assert found(cells) == {"floor-or-value": "First.\n\nSecond.\n\nThird."}


def test_two_answers_are_kept_apart() -> None:
    cells = answered()
    at = place(cells, "route-or-cascade")
    cells[at] = replace(cells[at], source="A cascade.")
    assert found(cells) == {"floor-or-value": WORDS, "route-or-cascade": "A cascade."}
    cells[at] = replace(cells[at], id="", grade_id="")
    assert found(cells) == {"floor-or-value": WORDS, "route-or-cascade": "A cascade."}


@pytest.mark.parametrize(
    "text", ["", " \n\t\n", STUB, "Your answer here.", "YOUR ANSWER HERE", f"\n{STUB}\n\n", "\u200b\u202e\n\x00"]
)
def test_nothing_that_can_be_read_is_no_answer(text: str) -> None:
    assert found(answered(text)) == {}


def test_the_words_that_an_exercise_releases_are_known() -> None:
    source = (ROOT / "course" / "stubs.py").read_text(encoding="utf-8")
    assert f'"{STUB}"' in source


def test_a_deleted_answer_takes_nothing_from_its_neighbours() -> None:
    cells = released(SECOND)
    del cells[place(cells, "floor-or-value")]
    cells.insert(0, Cell("before everything", "markdown"))
    cells.append(Cell("after everything", "markdown"))
    assert found(cells) == {}


def test_a_very_long_answer_is_cut_and_says_so() -> None:
    text = found(answered("x" * 1_000_000))["floor-or-value"]
    assert text == "x" * MOST_LETTERS + "\n\n[cut here: 980,000 more characters]"


ASKS = SECOND.essays[0].asks
SLOW = [
    " " * 2_000_000,
    "\n" * 2_000_000,
    f"{STUB}\n" * 50_000,
    "*_. " * 400_000,
    " ".join([ASKS.split()[0]] * 300_000),
    (" " * 400_000).join(ASKS.split()[:5]),
    "## " * 500_000,
    "check " * 300_000,
]


@pytest.mark.parametrize("text", SLOW, ids=range(len(SLOW)))
@pytest.mark.parametrize("kind", ["markdown", "code"])
def test_no_text_takes_more_time_than_its_length(text: str, kind: str) -> None:
    cells = answered(text)
    at = place(cells, "floor-or-value")
    cells[at] = replace(cells[at], kind=kind, id="", grade_id="")  # type: ignore[arg-type]
    cells[at - 1] = replace(cells[at - 1], source=cells[at - 1].source + text)
    assert set(found(cells)) <= {"floor-or-value"}  # a square of the length would take hours


def test_the_name_is_read_from_the_file(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "id": "a", "source": "mine", "metadata": {"nbgrader": {"grade_id": "choose"}}},
        {"cell_type": "markdown", "id": 3, "source": "no", "metadata": {"nbgrader": {"grade_id": ["choose"]}}},
        {"cell_type": "markdown", "id": None, "source": "no", "metadata": {"nbgrader": "choose"}},
        {"cell_type": "raw", "id": "choose", "source": ["\ud800", "<b>"], "metadata": 7},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}), encoding="utf-8")
    assert essays_in(read_notebook(path), GRADED[0]) == {"choose": "mine\n\n\ufffd<b>"}


names = st.sampled_from(["", "floor-or-value", "route-or-cascade", "x"])
pieces = st.one_of(
    st.text(max_size=30), st.sampled_from([STUB, ASKS, SECOND.essays[1].asks, "**Self-check.** x", "## 7."])
)
made_cells = st.lists(
    st.builds(
        Cell,
        source=st.lists(pieces, max_size=3).map("\n\n".join),
        kind=st.sampled_from(["code", "markdown", "raw"]),
        id=names,
        grade_id=names,
    ),
    max_size=8,
)


@given(made_cells)
def test_any_cells_give_texts_of_known_names_that_are_not_empty(cells: list[Cell]) -> None:
    answers = found(cells)
    assert set(answers) <= {essay.name for essay in SECOND.essays}
    for text in answers.values():
        assert text.strip()
        assert STUB not in text.splitlines()
        assert len(text) < MOST_LETTERS + 100
