"""What looks like a mistake is said: a class that was read as one student, a student that was read as a class."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from labkit_grader.intake.submissions import find
from labkit_grader.judge.class_warnings import students_of, warnings_in
from labkit_grader.judge.outputs import Roll, keep_roll
from labkit_grader.release.demo import notebook
from labkit_workbook.questions import exercises

KNOWN = {
    exercise.name: [question.name for question in exercise.questions] for exercise in exercises() if exercise.number
}
TICKETS = json.dumps(notebook(['check("ticket_spend.calls", 15)']))
ROUTING = json.dumps(notebook([f'check("routing_crossover.{KNOWN["routing_crossover"][0]}", 1)']))


def said(
    tmp_path: Path, files: dict[str, str], roster: Sequence[str] | None = None, before: Sequence[str] = ()
) -> list[str]:
    """What is said of a folder `class` that holds these files."""
    for name, text in files.items():
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "class").mkdir(exist_ok=True)
    return judged(tmp_path, roster, before)


def judged(tmp_path: Path, roster: Sequence[str] | None = None, before: Sequence[str] = ()) -> list[str]:
    found = find(tmp_path / "class", KNOWN, roster, tmp_path / "unpacked")
    return warnings_in(found, Path("class"), tmp_path / "out", before, listed=roster is not None)


CLASS_IN_A_FOLDER = {"Class 3/ann/01.ipynb": TICKETS, "Class 3/bob/01.ipynb": TICKETS, "Class 3/eve/a.ipynb": TICKETS}


def test_a_class_in_one_folder_is_not_silently_one_student(tmp_path: Path) -> None:
    [line] = said(tmp_path, CLASS_IN_A_FOLDER)
    assert line == (
        "class holds one folder, Class 3, which was graded as one student's; in it lie 3 notebooks for ticket_spend, "
        f"in folders of their own. If it holds the class, type {Path('class') / 'Class 3'} in the place of class, or "
        "name the class with --students."
    )


@pytest.mark.parametrize(
    "files",
    [
        {"ann/01.ipynb": TICKETS},
        {"ann/01.ipynb": TICKETS, "ann/01-1.ipynb": TICKETS},  # handed in twice
        {"ann/01.ipynb": TICKETS, "ann/older/01.ipynb": TICKETS},  # an older version in a folder
        {"ann/first/01.ipynb": TICKETS, "ann/second/02.ipynb": ROUTING},  # a folder for each exercise
        {"ann/01/01.ipynb": TICKETS, "ann/01/01-1.ipynb": TICKETS},
        {"ann/x/01.ipynb": TICKETS, "bob/x/01.ipynb": TICKETS, "bob/y/01.ipynb": TICKETS},  # two folders: two students
        {"submitted/ann/first/01.ipynb": TICKETS, "submitted/ann/second/01.ipynb": TICKETS},  # nbgrader's
    ],
)
def test_one_students_folder_draws_no_warning(tmp_path: Path, files: dict[str, str]) -> None:
    assert said(tmp_path, files) == []


def test_a_list_of_the_class_says_whose_the_folder_is(tmp_path: Path) -> None:
    assert said(tmp_path, CLASS_IN_A_FOLDER, roster=["Class 3"]) == []


def test_one_students_folder_given_as_the_class_is_told(tmp_path: Path) -> None:
    [line] = said(tmp_path, {"01_ticket_spend.ipynb": TICKETS, "02_routing_crossover.ipynb": ROUTING})
    assert line == (
        "01_ticket_spend.ipynb, 02_routing_crossover.ipynb: named as the course names them, so nobody can tell whose "
        f"they are, and each was graded as a student's of its own. If they are one student's, put them into "
        f"{Path('class')}/STUDENT/."
    )


def test_one_students_zip_that_lies_alone_is_told(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    with zipfile.ZipFile(tmp_path / "class" / "ann.zip", "w") as archive:
        archive.writestr("01_ticket_spend.ipynb", TICKETS)
        archive.writestr("02_routing_crossover.ipynb", ROUTING)
    [line] = judged(tmp_path)
    assert "put them into class" in line


@pytest.mark.parametrize("name", ["ann_01_ticket_spend.ipynb", "ann.ipynb", "01.ipynb", "s01_ticket_spend.ipynb"])
def test_a_name_with_a_student_in_it_draws_no_warning(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, {name: TICKETS, "bob.ipynb": TICKETS}) == []


def test_an_empty_folder_lost_rows_and_marks_for_nobody_are_told(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "overrides.csv").write_text("student,exercise,points\nzoe,ticket_spend,1\n", encoding="utf-8")
    lines = said(tmp_path, {}, before=[f"s{number}" for number in range(7)])
    assert lines[0] == "class holds no submission. Is it the folder with the students' folders?"
    assert lines[1].startswith("7 students of an earlier run are not in class and have no row now (s0, s1, s2, s3, s4,")
    assert lines[2] == "overrides.csv has points for ids that are not in the class (zoe)."


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("extensions.csv", "student,exercise,until\nzoe,01,+3\n", "extensions.csv has an extension for ids that"),
        (
            "groups.csv",
            "group,student\ng,ann\ng,zoe\n",
            "groups.csv has a group for ids that are not in the class (zoe)",
        ),
        ("handed_in.csv", "student,exercise,at\nzoe,01,2026-10-12\n", "handed_in.csv has a time for ids that"),
        ("overrides.csv", "student,exercise,points,who,remark\nann,01,1,me,fine\n", "not read (who, remark); read are"),
    ],
)
def test_a_line_or_a_column_that_would_do_nothing_is_told(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text(text, encoding="utf-8")
    [line] = said(tmp_path, {"ann/a.ipynb": TICKETS}, roster=["ann"])
    assert words in line


def test_nothing_that_could_be_placed_is_told_loudly(tmp_path: Path) -> None:
    [line] = said(tmp_path, {"ann/a.ipynb": "broken"})
    assert line == (
        "NOTHING WAS GRADED: none of what lies in class could be placed (1 in all); each is named above with the "
        "reason. Upload none of these tables."
    )
    assert said(tmp_path, {"bob/a.ipynb": TICKETS}) == []


def test_an_empty_folder_of_a_listed_class_is_told(tmp_path: Path) -> None:
    assert said(tmp_path, {}, roster=["ann"]) == [
        "class holds no submission. Is it the folder with the students' folders?"
    ]


def test_who_had_a_row_is_known_from_the_results(tmp_path: Path) -> None:
    assert students_of(tmp_path) == []
    keep_roll(tmp_path, Roll(["ann", "bob"]))
    assert students_of(tmp_path) == ["ann", "bob"]
