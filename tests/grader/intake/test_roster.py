"""The platforms' own numbers on the list of the class: read with care, kept, and in the tables for the platforms."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from labkit_grader.intake.roster import (
    FILE,
    PlatformIds,
    keep_platform_ids,
    kept_platform_ids,
    read_class_list,
    read_platform_ids,
    read_roster,
)
from labkit_grader.judge.outputs import write_again
from labkit_grader.platforms.canvas import POSSIBLE, Canvas
from labkit_grader.platforms.moodle import Moodle
from labkit_grader.platforms.upload_table import write_table
from labkit_grader.record.grades import Gradebook
from labkit_grader.release.demo import notebook
from labkit_workbook.cli import main
from labkit_workbook.questions import exercises

pytestmark = pytest.mark.usefixtures("carried")
GRADED = [exercise for exercise in exercises() if exercise.number]
LIST = "student,name,canvas_id,moodle_id\nann,Ann Lee,71,Participant 905\nbob,,72,\neve,,,\n=ada,Ada,,8\n"
TICKETS = json.dumps(notebook(["calls = 15", 'check("ticket_spend.calls", calls)']))
GRADEBOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
    '"Lovelace, Ada",71,u1,ada@uni.example,Maths\n"Student, Test",99,,f00,Maths\n'
)
READ = {
    "ann": PlatformIds("Ann Lee", "", {"canvas": "71", "moodle": "905"}),
    "bob": PlatformIds("", "", {"canvas": "72"}),
    "ada~c1bbffc41597": PlatformIds("Ada", "", {"moodle": "8"}),
}


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_names_and_numbers_are_read_by_the_ids_that_the_tables_show(tmp_path: Path) -> None:
    assert read_platform_ids(listed(tmp_path, LIST)) == READ


def test_order_capitals_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    path = listed(tmp_path, "\ufeffCanvas_ID, Name ,ID\n71,Ann,s1\n")
    assert read_platform_ids(path) == {"s1": PlatformIds("Ann", "", {"canvas": "71"})}


@pytest.mark.parametrize(
    "text",
    [
        "canvas_id,id,login,student\n7,i,l,s\n",
        "canvas_id,student,login\n7,s,l\n",
        "student,canvas_id\ns,7\n",
    ],
)
def test_the_ids_are_those_of_the_column_that_the_grader_takes(tmp_path: Path, text: str) -> None:
    path = listed(tmp_path, text)
    assert list(read_platform_ids(path)) == read_roster(path)


@pytest.mark.parametrize("text", ["ann\nbob\n", "id\nann\n", "Student,ID\nAnn Lee,71\n", "a@b,Ann\nb@c,Bob\n"])
def test_a_list_without_these_columns_has_none(tmp_path: Path, text: str) -> None:
    assert read_platform_ids(listed(tmp_path, text)) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,canvas_id\nann,x7\n", "class.csv, line 2: canvas_id is the platform's number for a student, got 'x7'"),
        ("id,canvas_id\nann,7.0\n", "class.csv, line 2: canvas_id is the platform's number for a student, got '7.0'"),
        ("id,moodle_id\nann,Person 7\n", "line 2: moodle_id is the platform's number for a student, got 'Person 7'"),
        ("id,canvas_id\nann,7\n\nbob,7\n", "class.csv, line 4: canvas_id 7 stands on line 2 already"),
        ("id,moodle_id\nann,7\nbob,Participant 7\n", "class.csv, line 3: moodle_id 7 stands on line 2 already"),
        ("id,canvas_id\nann,7\nann,8\n", "class.csv, line 3: ann stands there already, with other numbers"),
        ("mail,canvas_id\nann,7\n", "class.csv, line 1: head the column of the ids student"),
        ("mail,name\na@b,Ann\n", "class.csv, line 1: 'mail, name' are heads, and none is that of the ids"),
        ("Matrikel\n1234567\n1234568\n", "class.csv, line 1: 'Matrikel' are heads"),
        ("Identifiant,Nom complet,Courriel\nParticipant905,Ada,a@b\n", "class.csv, line 1: 'Identifiant, Nom comp"),
        ("Username,Last Name\nann,Lee\n", "class.csv, line 1: 'Username, Last Name' are heads"),
        ("my class\nstudent,name\nann,Lee\n", "class.csv: the heads of the columns are not on its first line"),
        ("ID,Name\nTeilnehmer/in905,Ada\n", "'Teilnehmer/in905' is a line of Moodle's grading worksheet"),
        ("student\n1.23457E+12\n", "a spreadsheet made the number 1.23457E+12 of an id"),
        ("student;name\n1,23457E+12;Ann\n", "a spreadsheet made the number 1,23457E+12 of an id"),
        ("student\n1234567.0\n", "a spreadsheet made the number 1234567.0 of an id"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_platform_ids(listed(tmp_path, text))


def test_a_student_who_is_listed_twice_alike_is_one(tmp_path: Path) -> None:
    assert read_platform_ids(listed(tmp_path, "id,canvas_id\nann,7\nann,7\n")) == {
        "ann": PlatformIds("", "", {"canvas": "7"})
    }


def test_they_are_kept_and_an_earlier_lists_go(tmp_path: Path) -> None:
    assert kept_platform_ids(tmp_path).ids == {}
    keep_platform_ids(tmp_path, READ)
    assert kept_platform_ids(tmp_path).ids == READ
    keep_platform_ids(tmp_path, {})
    assert not (tmp_path / FILE).exists()
    (tmp_path / FILE).write_text('{"ann": {"no such": 1}}', encoding="utf-8")
    with pytest.raises(ValueError, match="grade again with --students"):
        kept_platform_ids(tmp_path)


def test_each_platform_gets_its_own_number_and_a_student_without_one_is_as_before(tmp_path: Path) -> None:
    keep_platform_ids(tmp_path, READ)
    marks = Gradebook(["ann", "bob", "eve"], GRADED, {})
    write_table(tmp_path / "c.csv", Canvas(), marks, READ)
    told = [(row["Student"], row["ID"], row["SIS Login ID"]) for row in rows(tmp_path / "c.csv")]
    assert told == [(POSSIBLE, "", ""), ("Ann Lee", "71", "ann"), ("bob", "72", "bob"), ("eve", "", "eve")]
    write_table(tmp_path / "m.csv", Moodle(), marks, READ)
    told = [(row["Full name"], row["Identifier"], row["ID number"]) for row in rows(tmp_path / "m.csv")]
    assert told == [("Ann Lee", "Participant 905", "ann"), ("bob", "", "bob"), ("eve", "", "eve")]


def test_a_platforms_number_is_nobodys_login(tmp_path: Path) -> None:
    path = listed(tmp_path, "Student,ID,canvas_id\nLee Ann,71,71\n")
    keep_platform_ids(tmp_path, read_platform_ids(path))
    book = Gradebook(read_roster(path), GRADED, {})
    write_table(tmp_path / "c.csv", Canvas(), book, read_platform_ids(path))
    _, row = rows(tmp_path / "c.csv")
    assert (row["Student"], row["ID"], row["SIS Login ID"]) == ("71", "71", "")


def graded(tmp_path: Path, text: str, *names: str) -> tuple[int, Path]:
    """Grade notebooks under these names, and a list; how it ended, and where the results are."""
    for name in names:
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TICKETS, encoding="utf-8")
    command = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--i-trust-these-students"]
    return main([*command, "--students", str(listed(tmp_path, text))]), tmp_path / "out"


@pytest.mark.parametrize(
    ("text", "students", "numbers"),
    [
        ("student;name;canvas_id\r\nann;Ann Lee;71\r\nbob;Bob;72\r\n", ["ann", "bob"], {"canvas": ["71", "72"]}),
        ("sep=;\r\nid;name\r\nann;Lee, Ann\r\n", ["ann"], {}),
        (
            "First Name,Last Name,SID,Email,Role,Sections\nAnn,Lee,5,a@b,Student,\nBob,Roe,6,b@c,Instructor,\n"
            "Eve,Poe,,e@f,,\n",
            ["a@b", "e@f"],
            {},
        ),
        ("1234567\n1234568\n", ["1234567", "1234568"], {}),
        ('ann;"Lee, Ann";1\nbob;"Roe, Bob";2\n', ["ann", "bob"], {}),
        ("ann\tLee\nbob\tRoe\n", ["ann", "bob"], {}),
        (
            "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade\n"
            "Participant 901,Ada Lovelace,s1,ada@x,Submitted,,11.00\nTeilnehmer/in902,Zoë Roe,,zoe@x,,,11.00\n"
            "Participant 903,Eve,,,,,11.00\n",
            ["s1", "zoe@x", "903"],
            {"moodle": ["901", "902", "903"]},
        ),
        (
            "First name,Surname,ID number,Email address,Groups\nAda,Lovelace,s1,ada@x,A\nBob,Roe,,bob@x,B\n",
            ["s1", "bob@x"],
            {},
        ),
        (
            "Student;ID;SIS User ID;SIS Login ID;Section;01 Ticket spend (123)\n    Points Possible;;;;;11\n"
            '"Lovelace, Ada";71;u1;ada;M;\n"Student, Test";99;;f00;M;\n',
            ["71"],
            {"canvas": ["71"]},
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_lists_are_read_as_platforms_and_spreadsheets_save_them(
    tmp_path: Path, text: str, students: list[str], numbers: dict[str, list[str]], encoding: str
) -> None:
    path = tmp_path / "class.csv"
    path.write_bytes(text.encode(encoding))
    listed_here = read_class_list(path)
    assert listed_here.students == students
    for platform in ("canvas", "moodle"):
        found = [each.numbers[platform] for each in listed_here.ids.values() if platform in each.numbers]
        assert found == numbers.get(platform, [])
    if "Zoë" in text:
        assert listed_here.ids["zoe@x"].name == "Zoë Roe"


def test_the_gradebooks_own_column_is_used_again(tmp_path: Path) -> None:
    head = "Student,ID,SIS User ID,SIS Login ID,Section,01 Ticket Spend (4711),02 Other (4712)\n"
    ended, out = graded(tmp_path, f'{head}"Lovelace, Ada",71,u1,ada,M,,\n', "lovelaceada_71_55501_08_x.ipynb")
    assert ended == 0
    assert list(rows(out / "lms_canvas.csv")[0])[4:] == ["01 Ticket Spend (4711)"]
    write_again(out)
    assert list(rows(out / "lms_canvas.csv")[0])[4:] == ["01 Ticket Spend (4711)"]


EXAMPLE = "student,name,canvas_id,moodle_id\ns1234567,Ada Lovelace,71,901\ns2,Bob Roe,72,902\n"


@pytest.mark.parametrize(
    "name", ["lovelaceada_LATE_71_55501_08_x.ipynb", "Ada Lovelace_901_assignsubmission_file_/08.ipynb"]
)
def test_a_download_finds_its_student_by_the_platforms_number(tmp_path: Path, name: str) -> None:
    ended, out = graded(tmp_path, EXAMPLE, name)
    assert ended == 0
    assert [(row["student"], row["ticket_spend"]) for row in rows(out / "grades.csv")] == [
        ("s1234567", "1"),
        ("s2", ""),
    ]
    ada = rows(out / "lms_canvas.csv")[1]
    assert (ada["Student"], ada["ID"], ada["SIS Login ID"]) == ("Ada Lovelace", "71", "s1234567")
    assert rows(out / "lms_moodle.csv")[0]["Identifier"] == "Participant 901"


def test_numbers_that_nobody_has_are_loud_and_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended, out = graded(tmp_path, EXAMPLE, "lovelaceada_7_55501_08_x.ipynb", "roebob_710_2_08.ipynb")
    assert ended == 1
    said = capsys.readouterr()
    assert "lovelaceada_7 is not on the list of students" in said.out
    assert said.err.startswith("NOTHING WAS GRADED: none of what lies in ")
    assert "(2 in all); each is named above with the reason. Is --students the list of this class" in said.err
    assert {row["total"] for row in rows(out / "grades.csv")} == {""}


def test_canvas_gradebook_is_a_list_as_it_comes(tmp_path: Path) -> None:
    ended, out = graded(tmp_path, GRADEBOOK, "lovelaceada_71_55501_08_x.ipynb")
    assert ended == 0
    told = [(row["Student"], row["ID"], row["SIS Login ID"]) for row in rows(out / "lms_canvas.csv")]
    assert told == [
        (POSSIBLE, "", ""), ("Lovelace, Ada", "71", "ada@uni.example"),  # and no test student
    ]  # fmt: skip
    assert rows(out / "grades.csv")[0]["student"] == "71"


def test_the_command_fills_the_ids_in_and_they_stay_when_all_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "class" / "ann" / "a.ipynb").write_text(TICKETS, encoding="utf-8")
    out = tmp_path / "out"
    command = ["grade", str(tmp_path / "class"), "--out", str(out), "--i-trust-these-students"]
    assert main([*command, "--students", str(listed(tmp_path, LIST))]) == 0
    ids = [row["ID"] for row in rows(out / "lms_canvas.csv")]
    assert ids == ["", "", "71", "72", ""]  # points possible, =ada, ann, bob, eve
    write_again(out)  # as `labkit rubric --read` does
    assert [row["ID"] for row in rows(out / "lms_canvas.csv")] == ids
    assert main(command) == 0  # without the list
    assert {row["ID"] for row in rows(out / "lms_canvas.csv")} == {""}
