"""The desk never loses a learner's work, and reads what saved notebooks say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit import desk
from labkit.saved_answers import MIME, QuestionState

NAME = "01_ticket_spend.ipynb"


def notebook(*cells: tuple[str, list[dict[str, str]]]) -> str:
    """A notebook as JupyterLab saves it: cells of (source, answers of check)."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [_cell(*c) for c in cells]})


def _cell(source: str, answers: list[dict[str, str]]) -> dict[str, Any]:
    outputs: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": ["hello\n"]}]
    outputs += [{"output_type": "display_data", "data": {MIME: a, "text/plain": ["."]}} for a in answers]
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": outputs}


def answer(question: str, status: str) -> dict[str, str]:
    return {"question": question, "status": status, "message": f"{question} is {status}"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course folder with one exercise of three questions."""
    for folder in ("exercises", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    write_exercise(tmp_path, notebook(('check("spend.calls", x)', []), ("check( 'spend.usd', y)\ncheck('b', z)", [])))
    return tmp_path


def write_exercise(root: Path, text: str) -> None:
    (root / "exercises" / NAME).write_text(text, encoding="utf-8")


def mine(root: Path) -> Path:
    return root / "my_work" / NAME


def actions(report: desk.StartReport) -> list[str]:
    return [placed.action for placed in report.placed]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestStart:
    def test_copies_byte_for_byte_and_then_has_nothing_to_do(self, root: Path) -> None:
        assert actions(desk.start(root)) == ["copied"]
        assert mine(root).read_bytes() == (root / "exercises" / NAME).read_bytes()
        before = snapshot(root / "my_work")
        assert actions(desk.start(root)) == ["same"]
        assert snapshot(root / "my_work") == before

    def test_keeps_a_changed_file(self, root: Path) -> None:
        desk.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        assert actions(desk.start(root)) == ["yours"]
        assert mine(root).read_text(encoding="utf-8") == "my answer"

    def test_refreshes_an_untouched_copy_of_an_older_exercise(self, root: Path) -> None:
        desk.start(root)
        write_exercise(root, "newer")
        assert actions(desk.start(root)) == ["refreshed"]
        assert mine(root).read_text(encoding="utf-8") == "newer"
        assert actions(desk.start(root)) == ["same"]

    def test_keeps_mine_and_says_where_the_new_one_is_when_both_changed(self, root: Path) -> None:
        desk.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        write_exercise(root, "newer")
        for _ in range(2):  # the second time as well: the news is not lost after one reading
            report = desk.start(root)
            assert actions(report) == ["both_changed"]
            assert f"exercises/{NAME}" in str(report)
            assert "labkit reset 01" in str(report)
        assert mine(root).read_text(encoding="utf-8") == "my answer"

    def test_keeps_a_file_it_never_copied(self, root: Path) -> None:
        mine(root).parent.mkdir()
        mine(root).write_text("from another machine", encoding="utf-8")
        assert actions(desk.start(root)) == ["unknown"]
        assert mine(root).read_text(encoding="utf-8") == "from another machine"

    def test_brings_back_a_deleted_file(self, root: Path) -> None:
        desk.start(root)
        mine(root).unlink()
        assert actions(desk.start(root)) == ["copied"]
        assert mine(root).exists()

    @pytest.mark.parametrize("damage", ["{", "[]", "null"])
    def test_a_damaged_manifest_costs_no_work(self, root: Path, damage: str) -> None:
        desk.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        (root / "my_work" / desk.MANIFEST).write_text(damage, encoding="utf-8")
        write_exercise(root, "newer")
        report = desk.start(root)
        assert "written anew" in str(report)
        assert mine(root).read_text(encoding="utf-8") == "my answer"
        assert desk.start(root).notes == ()

    def test_says_so_when_there_is_nothing_to_copy(self, root: Path) -> None:
        (root / "exercises" / NAME).unlink()
        assert "nothing to copy" in str(desk.start(root))

    def test_leaves_other_files_of_the_learner_alone(self, root: Path) -> None:
        desk.start(root)
        (root / "my_work" / "notes.ipynb").write_text("notes", encoding="utf-8")
        desk.start(root)
        assert (root / "my_work" / "notes.ipynb").read_text(encoding="utf-8") == "notes"


class TestReset:
    @pytest.mark.parametrize("name", ["1", "01", "01_ticket_spend", NAME])
    def test_restores_and_keeps_the_learners_version(self, root: Path, name: str) -> None:
        desk.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        report = desk.reset(root, name)
        assert report.kept_as == "01_ticket_spend.before-reset-1.ipynb"
        assert report.kept_as in str(report)
        assert (root / "my_work" / report.kept_as).read_text(encoding="utf-8") == "my answer"
        assert mine(root).read_bytes() == (root / "exercises" / NAME).read_bytes()
        assert actions(desk.start(root)) == ["same"]

    def test_numbers_the_kept_versions_and_overwrites_none(self, root: Path) -> None:
        desk.start(root)
        for text in ("first", "second", "third"):
            mine(root).write_text(text, encoding="utf-8")
            desk.reset(root, "01")
        kept = sorted((root / "my_work").glob("*before-reset*"))
        assert [path.read_text(encoding="utf-8") for path in kept] == ["first", "second", "third"]

    def test_keeps_nothing_aside_when_nothing_was_changed(self, root: Path) -> None:
        assert desk.reset(root, "01").kept_as is None  # not there at all
        assert desk.reset(root, "01").kept_as is None  # there, as copied
        assert snapshot(root / "my_work").keys() == {NAME, desk.MANIFEST}

    def test_takes_the_newer_exercise_after_both_changed(self, root: Path) -> None:
        desk.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        write_exercise(root, "newer")
        desk.reset(root, "01")
        write_exercise(root, "newest")
        assert actions(desk.start(root)) == ["refreshed"]  # the manifest knows what reset copied

    @pytest.mark.parametrize("name", ["02", "ticket", "", "../exercises/01_ticket_spend"])
    def test_an_unknown_name_is_answered_with_the_names_there_are(self, root: Path, name: str) -> None:
        with pytest.raises(ValueError, match="01_ticket_spend"):
            desk.reset(root, name)
        assert not (root / "my_work").exists()

    def test_an_unclear_name_is_answered_with_the_choices(self, root: Path) -> None:
        (root / "exercises" / "01_other.ipynb").write_text("{}", encoding="utf-8")
        with pytest.raises(ValueError, match="01_other, 01_ticket_spend"):
            desk.reset(root, "01")
        assert desk.reset(root, "01_other").file == "01_other.ipynb"


class TestStatus:
    def test_before_start_every_question_is_listed_as_not_started(self, root: Path) -> None:
        (exercise,) = desk.status(root)
        assert exercise.questions == (
            QuestionState("spend.calls"),
            QuestionState("spend.usd"),
            QuestionState("b"),
        )
        assert "labkit start" in desk.render_status((exercise,))

    def test_the_last_saved_answer_of_a_question_counts(self, root: Path) -> None:
        desk.start(root)
        early = ("check('spend.calls', 1)", [answer("spend.calls", "wrong"), answer("spend.calls", "right")])
        late = ("check('spend.usd', 2)", [answer("spend.usd", "right"), answer("spend.usd", "misconception")])
        mine(root).write_text(notebook(early, late), encoding="utf-8")
        (exercise,) = desk.status(root)
        assert [(q.name, q.state) for q in exercise.questions] == [
            ("spend.calls", "right"),
            ("spend.usd", "misconception"),
            ("b", "not_started"),  # its cell was deleted; the exercise still asks it
        ]
        assert exercise.questions[0].message == "spend.calls is right"
        assert exercise.right == 1

    def test_text_counts_and_names_every_question(self, root: Path) -> None:
        desk.start(root)
        cell = (
            "check('spend.calls', 1)",
            [answer("spend.calls", "right"), answer("spend.usd", "wrong_type")],
        )
        mine(root).write_text(notebook(cell), encoding="utf-8")
        lines = desk.render_status(desk.status(root)).splitlines()
        assert lines[0] == "01 Ticket spend   1 of 3 right"
        assert [line.split() for line in lines[1:4]] == [
            ["right", "spend.calls"],
            ["another", "kind", "of", "value", "spend.usd"],
            ["not", "started", "b"],
        ]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (b"{", "not a whole notebook (line 1"),
            (b"[]", "no list of cells"),
            (b'{"cells": 3}', "no list of cells"),
            (b"\xff\xfe", "not text in UTF-8"),
        ],
    )
    def test_a_malformed_notebook_gets_a_line_and_the_rest_goes_on(self, root: Path, text: bytes, words: str) -> None:
        (root / "exercises" / "02_next.ipynb").write_text(notebook(("check('n', 1)", [])), encoding="utf-8")
        desk.start(root)
        mine(root).write_bytes(text)
        broken, fine = desk.status(root)
        assert words in broken.problem
        assert f"my_work/{NAME}" in desk.render_status((broken,))
        assert fine.questions == (QuestionState("n"),)

    @pytest.mark.parametrize(
        "outputs",
        [
            None,
            [3],
            [{"output_type": "display_data", "data": None}],
            [{"output_type": "display_data", "data": {MIME: "right"}}],
            [{"output_type": "display_data", "data": {MIME: {"question": "a", "status": "splendid"}}}],
            [{"output_type": "display_data", "data": {MIME: {"question": "a", "status": ["right"]}}}],
            [{"output_type": "display_data", "data": {MIME: {"status": "right"}}}],
        ],
    )
    def test_outputs_that_are_no_answer_are_passed_over(self, root: Path, outputs: object) -> None:
        cells = [{"cell_type": "code", "source": "check('a', 1)", "outputs": outputs}, "no cell", {}]
        write_exercise(root, json.dumps({"cells": cells}))
        desk.start(root)
        assert desk.status(root)[0].questions == (QuestionState("a"),)

    def test_kept_versions_are_not_listed(self, root: Path) -> None:
        desk.start(root)
        mine(root).write_text(notebook(), encoding="utf-8")
        desk.reset(root, "01")
        assert [exercise.file for exercise in desk.status(root)] == [NAME]

    def test_questions_in_text_cells_do_not_count(self, root: Path) -> None:
        write_exercise(root, json.dumps({"cells": [{"cell_type": "markdown", "source": "check('a', 1)"}]}))
        desk.start(root)
        assert desk.status(root)[0].questions == ()
        assert "no questions" in desk.render_status(desk.status(root))


class TestFindRoot:
    def test_finds_the_course_from_any_folder_inside(self, root: Path) -> None:
        inside = root / "my_work" / "deeper"
        inside.mkdir(parents=True)
        assert desk.find_root(inside) == root.resolve()
        assert desk.find_root(root) == root.resolve()

    @pytest.mark.parametrize("missing", ["exercises", "notebooks", "pyproject.toml"])
    def test_all_three_signs_are_needed(self, root: Path, missing: str) -> None:
        (root / missing).rename(root / "elsewhere")
        with pytest.raises(FileNotFoundError, match="not inside the course folder"):
            desk.find_root(root)
