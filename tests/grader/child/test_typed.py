"""The student ids that a stranger's notebook was worked with, read from its outputs and believed in nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit_grader.intake.notebooks import read_notebook, typed_students
from labkit_grader.intake.output_notes import LONGEST_ID, MOST_IDS
from labkit_grader.release.demo import FOREIGN_ID, code, make_class, notebook
from labkit_workbook.numbers.drawn import same
from labkit_workbook.numbers.given_numbers import MIME, Sheet


def typed(tmp_path: Path, *outputs: Any) -> list[str]:
    """The ids in a notebook with one cell that has these outputs."""
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook([{**code("g"), "outputs": list(outputs)}])), encoding="utf-8")
    return typed_students(read_notebook(path))


def shown(student: Any) -> dict[str, Any]:
    data = {MIME: {"student": student, "class": "c", "exercise": "e"}, "text/plain": "words"}
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}


def test_each_id_is_found_once_in_the_order_of_the_notebook(tmp_path: Path) -> None:
    assert typed(tmp_path, shown("b"), shown("a"), shown("b")) == ["b", "a"]


def test_what_given_shows_is_found(tmp_path: Path) -> None:
    data = Sheet("ticket_spend", "ML 1", "S-12")._repr_mimebundle_()
    assert typed(tmp_path, {"output_type": "display_data", "metadata": {}, "data": data}) == ["S-12"]


@pytest.mark.parametrize(
    "output",
    [
        None, 3, [], "x", {}, {"data": None}, {"data": []}, {"data": {MIME: None}}, {"data": {MIME: "x"}},
        {"data": {MIME: {}}}, shown(None), shown(7), shown(["a"]), shown({"a": "b"}), shown(""), shown(" \n"),
        {"output_type": "stream", "name": "stdout", "text": [MIME, "student"]},
    ],
)  # fmt: skip
def test_any_other_output_holds_none(output: Any, tmp_path: Path) -> None:
    assert typed(tmp_path, output) == []


@pytest.mark.parametrize("outputs", [None, 3, "x", {"0": shown("a")}])
def test_outputs_that_are_no_list_hold_none(outputs: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook([{**code("g"), "outputs": outputs}])), encoding="utf-8")
    assert typed_students(read_notebook(path)) == []


def test_ids_are_cut_and_counted(tmp_path: Path) -> None:
    assert typed(tmp_path, shown("a" * 10_000)) == ["a" * LONGEST_ID]
    assert len(typed(tmp_path, *(shown(f"s{number}") for number in range(1000)))) == MOST_IDS


def test_what_cannot_be_printed_is_replaced(tmp_path: Path) -> None:
    assert typed(tmp_path, shown("a\x1b[31m\n\u202eb\ud800")) == ["a\ufffd[31m\ufffd\ufffdb\ufffd"]


@steady
@given(st.text(min_size=1, max_size=2 * LONGEST_ID))
def test_any_text_comes_out_plain(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    for student in typed(tmp_path_factory.mktemp("typed"), shown(text)):
        assert type(student) is str
        assert 0 < len(student) <= LONGEST_ID
        assert student.isprintable()
        assert json.loads(json.dumps(student)) == student.encode().decode()


def test_in_a_made_class_most_typed_their_own_id_and_some_another_s(tmp_path: Path) -> None:
    make_class(tmp_path / "class", 150, "ML 1")
    notebooks = sorted((tmp_path / "class").glob("*/*.ipynb"))
    ids = [(path.parent.name, typed_students(read_notebook(path))) for path in notebooks]
    foreign = [(student, typed) for student, typed in ids if not all(same(student, each) for each in typed)]
    assert foreign == [("student-050", [FOREIGN_ID]), ("student-150", [FOREIGN_ID])]
    assert all(len(typed) == 1 for _, typed in ids)
