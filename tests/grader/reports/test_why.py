"""Why a student has these points: all of it from the record, in words, with no signs that fool a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from labkit_grader.judge.outputs import Roll, keep_roll
from labkit_grader.platforms.platform import PlatformIds
from labkit_grader.record.grades import Gradebook
from labkit_grader.record.overrides import Mark
from labkit_grader.record.results import Record, Store
from labkit_grader.record.safe_text import shown_id
from labkit_grader.reports.why import explanation
from labkit_workbook.cli import main
from labkit_workbook.questions import exercises

GRADED = [exercise for exercise in exercises() if exercise.number]
FIRST = GRADED[0]
ANSWER = {"status": "misconception", "label": "added", "message": "You added.", "points": 0, "most": 1, "given": "8"}
RIGHT = {"status": "right", "label": "", "message": "15 calls.", "points": 1, "most": 1, "given": "15"}
QUESTIONS = [question.name for question in FIRST.questions]
RECORD = Record(
    "key", "ann", FIRST.name, "ann_71_905_work.ipynb", "timed out", 1, 7,
    {QUESTIONS[0]: RIGHT, QUESTIONS[1]: ANSWER}, ["cell 3 stopped: ValueError: x"], "Landlock", 1.5,
    {FIRST.essays[0].name: "Because."}, {}, ["the notebook was worked with the id 'bob'"],
)  # fmt: skip


def held(record: Record = RECORD, **more: object) -> Gradebook:
    students = ["ann", "Student-012", "student-013"]
    return Gradebook(students, GRADED, {("ann", FIRST.name): record}, **more)  # type: ignore[arg-type]


def test_file_ending_and_every_question_are_said() -> None:
    of_a_mate = replace(RECORD, student="student-013", exercise=GRADED[1].name)
    book = held(remarks={"ann": "old.ipynb: work.ipynb was taken for ticket_spend"})
    book = replace(book, records={**book.records, ("student-013", GRADED[1].name): of_a_mate})
    text = "\n".join(explanation("ann", book))
    for words in (
        f"ann: 1 of {FIRST.most} points, and none yet for {GRADED[1].number} {GRADED[1].title}.",
        "Handed in, and not graded: old.ipynb: work.ipynb was taken",
        f"01 Ticket spend: 1 of {FIRST.most} points. It took longer than it may.",
        "file taken: ann_71_905_work.ipynb",
        "ended: timed out, after 1.5 s, behind: Landlock",
        "note: cell 3 stopped: ValueError: x",
        "to be looked at: the notebook was worked with the id 'bob'",
        "right, 1 of 1:",
        "misconception (added), 0 of 1:",
        "You added.",
        "answered: 8",
        "not judged",
        "in words  Not yet marked.",
        f"{GRADED[1].title}: no points yet, of {GRADED[1].most}. Nothing was graded for this exercise.",
    ):
        assert words in text
    assert all(name in text for name in QUESTIONS)
    assert GRADED[2].title not in text  # nobody handed it in, so it is not due


def test_what_is_due_is_what_the_page_says() -> None:
    assert explanation("ann", held())[0] == f"ann: 1 of {FIRST.most} points."
    nobody = replace(held(), records={})
    assert explanation("ann", nobody)[0] == "ann: no points yet."


def test_marks_by_hand_are_said() -> None:
    by_hand = {
        ("ann", FIRST.name, ""): Mark(2.5, "as agreed"),
        ("ann", FIRST.name, FIRST.essays[0].name): Mark(1, "hm"),
    }
    text = "\n".join(explanation("ann", held(by_hand=by_hand)))
    assert f"The questions were given 2.5 of {FIRST.points} points by hand. as agreed" in text
    assert "1 of 4 points. hm" in text


def test_nothing_that_a_student_wrote_moves_the_terminal() -> None:
    text = "\n".join(explanation("ann", held(replace(RECORD, notes=["\x1b[31mred\u202e\x07"], file="\x1b]0;x"))))
    assert not set("\x1b\u202e\x07") & set(text)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("student-12", "the nearest is Student-012 or student-013"),
        ("Anne", "the nearest is ann"),
        ("STUDENT-012", "the nearest is Student-012"),
        ("zzzzzz", "it has 3 students, such as Student-012, ann, student-013"),
    ],
)
def test_an_unknown_student_is_refused_with_the_nearest(asked: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        explanation(asked, held())


def test_the_command_needs_no_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path).add(RECORD)
    keep_roll(tmp_path, Roll(["ann", "bob"]))
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main(["grade", str(tmp_path), "--why", "ann"]) == 0
    assert "file taken: ann_71_905_work.ipynb" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert main(["grade", str(tmp_path), "--why", "bub"]) != 0
    assert "the nearest is bob" in capsys.readouterr().err
    assert main(["grade", str(tmp_path / "nothing"), "--why", "ann"]) != 0
    assert "holds no results" in capsys.readouterr().err
    assert main(["grade", str(tmp_path)]) != 0
    assert "--out is missing" in capsys.readouterr().err


ODD = ["=ada", "Zoë/Émile", "-rf", "  two  spaces ", "'tis", "a" * 90, "\u202eevil", "..", "%s{0}", "ann\n"]


@pytest.mark.parametrize("odd", ODD)
def test_whoever_has_an_odd_name_is_found_as_it_was_written_and_as_it_is_shown(odd: str) -> None:
    made = replace(held(), students=["ann", shown_id(odd)], records={(shown_id(odd), FIRST.name): RECORD})
    for asked in (odd, shown_id(odd)):
        lines = explanation(asked, made)
        assert lines[0] == f"{shown_id(odd)}: 1 of {FIRST.most} points."
        assert not set("\u202e\x1b\n") & set("".join(lines))


def test_a_student_is_found_by_what_the_platform_calls_them_if_nobody_else_is_called_so() -> None:
    ids = {
        "ann": PlatformIds("Lovelace, Ada", "ada", {"canvas": "71", "moodle": "905"}),
        "student-013": PlatformIds("Roe, Bob", "bob", {"canvas": "72"}),
        "Student-012": PlatformIds("Roe, Bob", "rob"),
    }
    for asked in ("Lovelace, Ada", "ada", "71", "905"):
        assert explanation(asked, held(), ids)[0].startswith("ann: ")
    with pytest.raises(ValueError, match="'Roe, Bob' is Student-012 and student-013; name one of these ids"):
        explanation("Roe, Bob", held(), ids)
    for nobody in ("", " "):
        with pytest.raises(ValueError, match=r"there is no student .* it has 3 students"):
            explanation(nobody, held(), ids)
