"""Work that nobody has seen is blank everywhere, and no 0: in tables, in totals, on scaled pages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from labkit_grader.judge.outputs import Roll, keep_roll, roll_of, write_again, write_all
from labkit_grader.record.grades import Gradebook
from labkit_grader.record.overrides import Mark
from labkit_grader.record.policy import Extension, Policy, Rule
from labkit_grader.record.results import Record
from labkit_grader.record.spreadsheet import read_table
from labkit_workbook.questions import exercises

FIRST, SECOND = [each for each in exercises() if each.number][:2]
WEEK_1, WEEK_2, WEEK_3 = (datetime(2026, 10, day) for day in (12, 19, 26))


def record(student: str, exercise: str = FIRST.name, **more: object) -> Record:
    answers = {"calls": {"status": "right", "label": "", "message": "", "points": 1, "most": 1, "given": "15"}}
    made = Record("k", student, exercise, f"{student}.ipynb", "graded", 1, 7, answers, [], "wall", 0.1)
    return replace(made, **more)  # type: ignore[arg-type]


def book(*records: Record, students: str = "ann bob eve", **more: object) -> Gradebook:
    held = {(each.student, each.exercise): each for each in records}
    return Gradebook(students.split(), [FIRST, SECOND], held, **more)  # type: ignore[arg-type]


def column(path: Path, name: str) -> list[str]:
    return [row[name] for row in read_table(path, ()).rows]


def test_a_row_has_no_0_for_what_was_not_handed_in_nor_for_what_could_not_be_read(tmp_path: Path) -> None:
    kept = [record("ann"), record("bob", status="unreadable", points=0, answers={}), record("ann", SECOND.name)]
    write_all(tmp_path, book(*kept))
    grades = tmp_path / "grades.csv"
    assert column(grades, FIRST.name) == ["1", "", ""]
    assert column(grades, SECOND.name) == ["1", "", ""]
    assert column(grades, "total") == ["2", "", ""]
    page = (tmp_path / "feedback" / "bob.html").read_text(encoding="utf-8")
    assert "Together: no points yet." in page
    assert f"No points yet, of {FIRST.most}. The file could not be read as a notebook." in page
    assert "0 of" not in page.partition("<section>")[2].partition("<h3>")[0]
    assert "2 of 3 students have no points yet and are left out" in (tmp_path / "class.html").read_text(
        encoding="utf-8"
    )
    eve = json.loads((tmp_path / "gradescope" / "eve.json").read_text(encoding="ascii"))
    assert "score" not in eve
    assert eve["tests"] == []


def test_a_page_is_scaled_to_what_has_points_and_says_what_has_none() -> None:
    from labkit_grader.record.words import total_words  # noqa: PLC0415

    made = book(record("ann"), record("bob", SECOND.name))
    assert total_words("ann", made) == f"1 of {FIRST.most} points, and none yet for {SECOND.number} {SECOND.title}"
    assert total_words("eve", made) == "no points yet"
    marked = book(record("ann"), by_hand={("eve", SECOND.name, ""): Mark(2.0)})
    assert total_words("eve", marked) == f"2 of {SECOND.most} points, and none yet for {FIRST.number} {FIRST.title}"


@pytest.mark.parametrize(
    ("extension", "rule_due", "zero"),
    [
        (None, WEEK_1, True),
        (None, None, True),  # no date: the teacher has said that absence is a 0
        (None, WEEK_3, False),  # somebody else was early; nobody has a 0 before the date
        (Extension(until=WEEK_3), WEEK_1, False),
        (Extension(days=30.0), WEEK_1, False),
        (Extension(days=1.0), WEEK_1, True),
        (Extension(excused=True), WEEK_1, False),
        (Extension(seconds=90.0), WEEK_1, True),
    ],
)
def test_absence_is_a_0_only_when_it_was_due(
    extension: Extension | None, rule_due: datetime | None, zero: bool
) -> None:
    policy = Policy(
        {FIRST.name: Rule(rule_due, absent_is_zero=True)},
        {("eve", FIRST.name): extension} if extension else {},
        now=WEEK_2,
    )
    made = book(record("ann"), policy=policy)
    standing = made.standing("eve", FIRST)
    assert (standing.known, standing.blank) == (zero, not zero)
    assert made.total("eve") == (0 if zero else None)
    assert not book(policy=policy).standing("eve", FIRST).known  # nobody handed it in


def test_a_fault_or_an_unreadable_file_waits_even_where_absence_is_a_0() -> None:
    policy = Policy({FIRST.name: Rule(absent_is_zero=True)})
    for status in ("regrade", "unreadable"):
        made = book(record("ann", status=status, points=0, answers={}), policy=policy)
        assert [made.total(each) for each in ("ann", "bob")] == [None, 0]


# ---- records whose file is gone -----------------------------------------------------------------------------


def test_a_record_without_a_file_is_said_in_the_table_on_the_page_and_in_the_answer(tmp_path: Path) -> None:
    from labkit_grader.reports.why import explanation  # noqa: PLC0415

    made = book(record("ann"), record("bob"), without_file={("ann", FIRST.name)})
    write_all(tmp_path, made)
    assert "its file is not there any more" in column(tmp_path / "grades.csv", "status")[0]
    assert "its file is not there any more" not in column(tmp_path / "grades.csv", "status")[1]
    assert "Its file is not there any more; the points stand" in (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "  file taken: ann.ipynb (it is not there any more)" in explanation("ann", made)


def test_what_was_kept_of_the_class_survives_and_damage_is_told(tmp_path: Path) -> None:
    keep_roll(tmp_path, Roll(["ann"], without_file=[("ann", FIRST.name)]))
    assert roll_of(tmp_path).without_file == [("ann", FIRST.name)]
    (tmp_path / "class.json").write_text('{"students": ["ann"', encoding="utf-8")
    with pytest.raises(ValueError, match=r"class\.json cannot be read; delete it and type the line"):
        write_again(tmp_path)


def test_a_file_that_nobody_has_looked_at_is_no_absence(tmp_path: Path) -> None:
    """Bob handed in a PDF: where absence is a 0 his points are blank everywhere, until a person gives some."""
    policy = Policy({"*": Rule(WEEK_1, absent_is_zero=True)}, now=WEEK_2)
    write_all(tmp_path, book(record("ann"), unread=["bob"], remarks={"bob": "report.pdf: no notebook"}, policy=policy))
    assert column(tmp_path / "grades.csv", FIRST.name) == ["1", "", "0"]
    assert column(tmp_path / "grades.csv", "total") == ["1", "", "0"]
    assert "score" not in json.loads((tmp_path / "gradescope" / "bob.json").read_text(encoding="ascii"))
    assert "0 of" not in column(tmp_path / "lms_moodle.csv", "Feedback comments")[1]
    looked_at = {("bob", FIRST.name, ""): Mark(0.0)}
    write_all(tmp_path, book(record("ann"), unread=["bob"], by_hand=looked_at, policy=policy))
    assert column(tmp_path / "grades.csv", FIRST.name) == ["1", "0", "0"]
