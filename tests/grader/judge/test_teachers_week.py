"""A week of a teacher, from a download to marks and feedback that go back; through the command, as it is typed."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from labkit_grader.release.demo import notebook
from labkit_workbook.cli import main
from labkit_workbook.questions import exercises

pytestmark = pytest.mark.usefixtures("carried")
GRADED = [exercise for exercise in exercises() if exercise.number]
FIRST = GRADED[0]
NAMES = [question.name for question in FIRST.questions]
OTHER = json.dumps(notebook([f'check("{GRADED[1].name}.{GRADED[1].questions[0].name}", 1)']))
WRONG = 0.123456789
SUM = sum(question.points for question in FIRST.questions)
GRADEBOOK = (
    "Student;ID;SIS User ID;SIS Login ID;Section;01 Ticket spend (4711)\n    Points Possible;;;;;11\n"
    '"Lovelace, Ada";71;u1;ada;M;\n"Zoë, Émile";72;u2;zoe;M;\n"Roe, Bob";73;u3;bob;M;\n"Student, Test";99;;f00;M;\n'
)


def worked(right: int, extra: Sequence[str] = ()) -> str:
    """Exercise 01 with the first so many questions right and the others wrong."""
    cells = []
    for place, question in enumerate(FIRST.questions):
        value = question.expected(FIRST.text)
        plain = [*value] if isinstance(value, tuple) else value
        cells.append(f"{question.name} = {plain if place < right else WRONG!r}")
    return json.dumps(notebook([f'check("{FIRST.name}.{NAMES[0]}", 1)', *cells, *extra]))


def put(path: Path, text: str, at: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if at:
        os.utime(path, (datetime.fromisoformat(at).timestamp(),) * 2)
    return path


def rows(path: Path, key: str = "student") -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def grade(tmp_path: Path, *more: str) -> int:
    command = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--i-trust-these-students", "--jobs", "1"]
    return main([*command, *more])


def test_a_week_with_canvas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in" / "lovelaceada_71_500_01_ticket_spend.ipynb", worked(7))
    put(tmp_path / "in" / "lovelaceada_71_501_01_ticket_spend-1.ipynb", worked(6))
    put(tmp_path / "in" / "zoemile_LATE_72_502_mine.ipynb", worked(7))
    put(tmp_path / "out" / "policy.csv", "exercise,a_day,most\n01,10%,50%\n")
    put(
        tmp_path / "out" / "overrides.csv",
        f"student,exercise,points,answer,comment\n*,ticket_spend,1,{NAMES[6]},free\n",
    )
    listed = tmp_path / "gradebook.csv"
    listed.write_bytes(GRADEBOOK.encode("cp1252"))
    assert grade(tmp_path, "--students", str(listed)) == 0
    said = capsys.readouterr()
    assert "1 of 2 came late, by what the platform says" in said.err
    canvas = rows(tmp_path / "out" / "lms_canvas.csv", "ID")
    assert set(canvas) == {"", "71", "72", "73"}  # no test student
    column = "01 Ticket spend (4711)"
    assert [canvas[each][column] for each in ("", "71", "72", "73")] == [str(FIRST.most), "7", "6.3", ""]
    assert canvas["72"]["Student"] == "Zoë, Émile"
    put(tmp_path / "out" / "extensions.csv", "student,exercise,until\n72,01,+3\n")
    assert grade(tmp_path, "--students", str(listed)) == 0
    assert rows(tmp_path / "out" / "lms_canvas.csv", "ID")["72"][column] == "7"
    with zipfile.ZipFile(tmp_path / "out" / "return_canvas.zip") as back:
        assert back.namelist() == [
            "lovelaceada_71_501_01_ticket_spend_feedback.html",
            "zoemile_LATE_72_502_01_ticket_spend_feedback.html",
        ]
        page = back.read(back.namelist()[0]).decode()
    assert "By hand: 1 of 1 points. free" in page
    assert f"of {FIRST.most} points" in page
    assert "Routing crossover" not in page


def test_the_latest_counts_or_the_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in" / "ann_71_500_a.ipynb", worked(7))
    put(tmp_path / "in" / "ann_71_501_b.ipynb", worked(2))
    points = []
    for attempt in ("latest", "best", "latest", "best"):
        assert grade(tmp_path, "--attempt", attempt) == 0
        points.append(rows(tmp_path / "out" / "grades.csv")["ann_71"]["ticket_spend"])
    assert points == ["2", "7", "2", "7"]
    said = capsys.readouterr().out
    assert "0 graded, 2 taken over" in said  # nothing is run twice
    assert said.count("ann_71, ticket_spend: ann_71_500_a.ipynb is the best of several attempts") == 2
    assert said.count("not graded: ann_71_500_a.ipynb: ann_71_501_b.ipynb was taken for ticket_spend") == 2


def test_the_best_is_the_one_that_is_worth_most_after_its_lateness(tmp_path: Path) -> None:
    put(tmp_path / "in" / "ann" / "01_ticket_spend.ipynb", worked(6), "2026-10-12 20:00")
    put(tmp_path / "in" / "ann" / "again" / "01_ticket_spend.ipynb", worked(7), "2026-10-14 20:00")
    put(tmp_path / "out" / "policy.csv", "exercise,due,a_day\n01,2026-10-12 23:59,10%\n")
    points = []
    for extension in ("", "ann,01,+3\n"):
        put(tmp_path / "out" / "extensions.csv", f"student,exercise,until\n{extension}")
        assert grade(tmp_path, "--attempt", "best") == 0
        points.append(rows(tmp_path / "out" / "grades.csv")["ann"]["ticket_spend"])
    assert points == ["6", "7"]  # two days late, seven points are worth 5.6


def test_a_week_with_moodle(tmp_path: Path) -> None:
    text = (
        "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade\n"
        "Participant 901,Ada Lovelace,s1,ada@x,Submitted,,11\nParticipant 902,Bob Roe,s2,bob@x,,,11\n"
    )
    listed = put(tmp_path / "worksheet.csv", text)
    unit = tmp_path / "in" / "Ada Lovelace_901_assignsubmission_file_"
    put(unit / "01_ticket_spend.ipynb", worked(7), "2026-10-13T10:00")
    put(tmp_path / "out" / "policy.csv", "exercise,a_day\n*,1\n")
    assert grade(tmp_path, "--students", str(listed), "--due", "2026-10-12 23:59") == 0
    moodle = rows(tmp_path / "out" / "lms_moodle.csv", "Identifier")
    assert [moodle[f"Participant {each}"]["Grade"] for each in (901, 902)] == [str(SUM - 1), ""]
    assert (
        "Late: handed in 2026-10-13 10:00, due 2026-10-12 23:59: 1 day late; 1 points"
        in (moodle["Participant 901"]["Feedback comments"])
    )
    with zipfile.ZipFile(tmp_path / "out" / "return_moodle.zip") as back:
        assert back.namelist() == ["Ada Lovelace_901_assignsubmission_file_/01_ticket_spend_feedback.html"]
    assert grade(tmp_path, "--students", str(listed)) == 0  # the date is remembered
    assert rows(tmp_path / "out" / "grades.csv")["s1"]["ticket_spend"] == str(SUM - 1)


def test_of_two_files_the_later_one_counts_whatever_was_worked_on(tmp_path: Path) -> None:
    put(tmp_path / "in" / "ann" / "z_first.ipynb", worked(1), "2026-10-10T10:00")
    put(tmp_path / "in" / "ann" / "a_second.ipynb", worked(6), "2026-10-11T10:00")
    put(tmp_path / "in" / "ann" / "untouched.ipynb", json.dumps(notebook([])), "2026-10-12T10:00")
    assert grade(tmp_path) == 0
    assert rows(tmp_path / "out" / "grades.csv")["ann"]["ticket_spend"] == "6"


def test_nbgraders_stamp_says_when_it_came(tmp_path: Path) -> None:
    at = tmp_path / "in" / "submitted" / "ann" / "ps1"
    put(at / "01_ticket_spend.ipynb", worked(7), "2026-12-24T10:00")
    put(at / "timestamp.txt", "2026-10-10 10:00:00.123 UTC\n")
    put(tmp_path / "in" / "feedback" / "bob" / "x.ipynb", worked(7))
    put(tmp_path / "out" / "policy.csv", "exercise,a_day\n*,1\n")
    assert grade(tmp_path, "--due", "2026-10-12") == 0
    assert rows(tmp_path / "out" / "grades.csv")["ann"]["ticket_spend"] == str(SUM)


def test_a_students_own_stamp_and_the_times_in_their_zip_say_nothing(tmp_path: Path) -> None:
    put(tmp_path / "in" / "ann" / "01_ticket_spend.ipynb", worked(7), "2026-12-24T10:00")
    put(tmp_path / "in" / "ann" / "timestamp.txt", "2026-10-10 10:00:00 UTC\n")
    (tmp_path / "in" / "bob").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "bob" / "mine.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("01_ticket_spend.ipynb", (2026, 1, 1, 0, 0, 0)), worked(7))
    put(tmp_path / "out" / "policy.csv", "exercise,a_day\n*,1\n")
    assert grade(tmp_path, "--due", "2026-10-12") == 0
    status = {name: row["status"] for name, row in rows(tmp_path / "out" / "grades.csv").items()}
    assert "late (handed in 2026-12-24 10:00" in status["ann"]
    assert "handed in 2026-01-01" not in status["bob"]


def test_one_exercise_alone_is_graded_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in" / "ann" / "one.ipynb", worked(7))
    put(tmp_path / "in" / "ann" / "two.ipynb", OTHER)
    assert grade(tmp_path, "--exercise", "1") == 0
    assert "1 notebooks of other exercises were left alone (--exercise)" in capsys.readouterr().out
    assert list(rows(tmp_path / "out" / "grades.csv")["ann"]) == ["student", "ticket_spend", "total", "status", "wall"]
    assert grade(tmp_path, "--exercise", "99") != 0
    assert "--exercise: there is no exercise '99'" in capsys.readouterr().err


def test_pages_are_scaled_to_what_was_handed_in(tmp_path: Path) -> None:
    put(tmp_path / "in" / "ann" / "one.ipynb", worked(5))
    assert grade(tmp_path) == 0
    page = (tmp_path / "out" / "feedback" / "ann.html").read_text(encoding="utf-8")
    assert f"Together: 5 of {FIRST.most} points" in page
    assert "Nothing was graded" not in page
    assert GRADED[1].title not in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")


def test_results_never_lie_among_submissions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "in" / "ann" / "one.ipynb", worked(5))
    for out in (tmp_path / "in" / "results", tmp_path / "in", tmp_path / "in" / "ann" / ".." / "results"):
        assert main(["grade", str(tmp_path / "in"), "--out", str(out), "--i-trust-these-students"]) != 0
        assert "lies in the folder of submissions" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["ann"]


def test_a_folder_that_may_be_nbgraders_is_named_and_a_listed_student_is_graded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "in" / "ann" / "one.ipynb", worked(5))
    put(tmp_path / "in" / "source" / "one.ipynb", worked(4))
    assert grade(tmp_path) == 0
    assert "skipped, as nbgrader's folders: source; a student of that name needs a list" in capsys.readouterr().out
    assert set(rows(tmp_path / "out" / "grades.csv")) == {"ann"}
    assert grade(tmp_path, "--students", str(put(tmp_path / "class.csv", "ann\nsource\n"))) == 0
    assert rows(tmp_path / "out" / "grades.csv")["source"]["ticket_spend"] == "4"


def test_a_group_hands_in_once(tmp_path: Path) -> None:
    put(tmp_path / "in" / "Group A" / "one.ipynb", worked(5))
    put(tmp_path / "in" / "joe" / "one.ipynb", worked(3))
    put(tmp_path / "out" / "groups.csv", "group,student\nGroup A,ann\nGroup A,bob\n")
    for more in ((), ("--students", str(put(tmp_path / "class.csv", "id\nann\nbob\njoe\n")))):
        assert grade(tmp_path, *more) == 0
        points = {name: row["ticket_spend"] for name, row in rows(tmp_path / "out" / "grades.csv").items()}
        assert points == {"ann": "5", "bob": "5", "joe": "3"}


@pytest.mark.slow
def test_one_student_has_longer(tmp_path: Path) -> None:
    value = [*FIRST.questions[6].expected(FIRST.text)]
    slow = [f"import time\nfor _ in range(15):\n    time.sleep(0.1)\n{NAMES[6]} = {value!r}"]
    for student in ("ann", "bob"):
        put(tmp_path / "in" / student / "one.ipynb", worked(6, slow))
    put(tmp_path / "out" / "extensions.csv", "student,exercise,until,seconds\nann,*,,60\n")
    assert grade(tmp_path, "--timeout", "1") == 0
    points = {name: row["ticket_spend"] for name, row in rows(tmp_path / "out" / "grades.csv").items()}
    assert points == {"ann": "7", "bob": "6"}


@pytest.mark.slow
def test_a_part_graded_alone_keeps_the_others_points_and_lateness_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = put(tmp_path / "class.csv", "student\nann\nbob\n")
    put(tmp_path / "out" / "policy.csv", "exercise,due,a_day\n*,2026-10-12,1\n")
    put(tmp_path / "in" / "ann" / "one.ipynb", worked(7), "2026-10-13T10:00")
    assert grade(tmp_path, "--students", str(listed)) == 0
    before = rows(tmp_path / "out" / "grades.csv")["ann"]
    assert before["ticket_spend"] == str(SUM - 1)
    assert "any more" not in capsys.readouterr().err
    (tmp_path / "in" / "ann" / "one.ipynb").rename(tmp_path / "taken.ipynb")
    (tmp_path / "in" / "ann").rmdir()
    put(tmp_path / "in" / "bob" / "one.ipynb", worked(2), "2026-10-12T10:00")
    for _ in range(2):
        assert grade(tmp_path, "--students", str(listed)) == 0
        said = capsys.readouterr().err
        assert f"1 record has no file in {tmp_path / 'in'} any more (ann, ticket_spend); its points stand" in said
        after = rows(tmp_path / "out" / "grades.csv")["ann"]
        assert after["ticket_spend"] == before["ticket_spend"]  # the day late is still counted
        assert "its file is not there any more" in after["status"]
    record = tmp_path / "out" / "results.jsonl"
    record.write_text("".join(line for line in record.open(encoding="utf-8") if '"student": "ann"' not in line))
    assert grade(tmp_path, "--students", str(listed)) == 0  # the cure that the line names
    assert "any more" not in capsys.readouterr().err
    assert rows(tmp_path / "out" / "grades.csv")["ann"]["ticket_spend"] == ""
