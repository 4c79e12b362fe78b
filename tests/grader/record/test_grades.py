"""Marks by hand and the table of grades: what is added, what is replaced, and which lines are refused."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_grader.record.grades import Gradebook, write_grades
from labkit_grader.record.overrides import Mark, read_overrides
from labkit_grader.record.results import Record
from labkit_grader.record.spreadsheet import plain, points_in, read_table, safe, table_text, tidy
from labkit_workbook.questions import exercise, exercises

GRADED = [which for which in exercises() if which.number]
SECOND = exercise("routing_crossover")


def record(student: str, which: str = SECOND.name, points: int = 3, **more: Any) -> Record:
    values = {"status": "graded", "texts": {"floor-or-value": "a", "route-or-cascade": "b"}, **more}
    status = values.pop("status")
    return Record("key", student, which, "a.ipynb", status, points, 9, {}, [], "wall", 0.1, **values)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_hand(out: Path, *lines: str, head: str = "student,exercise,points,answer,comment") -> dict[Any, Mark]:
    (out / "overrides.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return read_overrides(out)


def written(out: Path, *records: Record, students: tuple[str, ...] = ("ann",), **more: Any) -> list[dict[str, str]]:
    held = {(each.student, each.exercise): each for each in records}
    write_grades(out, Gradebook(students, GRADED, held, **more))
    return rows(out)


# ---- what counts --------------------------------------------------------------------------------------------


def test_without_marks_the_checks_count_and_what_waits_is_said(tmp_path: Path) -> None:
    [row] = written(tmp_path, record("ann"))
    assert (row[SECOND.name], row["total"]) == ("3", "3")
    assert f"{SECOND.name}: graded, not yet marked: floor-or-value and route-or-cascade" in row["status"]
    assert "ticket_spend: missing" in row["status"]


def test_marks_for_free_text_answers_are_added(tmp_path: Path) -> None:
    lines = ["ann,routing_crossover,1.5,floor-or-value,", "ann,routing_crossover,3,route-or-cascade,good"]
    [row] = written(tmp_path, record("ann"), by_hand=by_hand(tmp_path, *lines[:1]))
    assert (row[SECOND.name], row["total"]) == ("4.5", "4.5")
    assert "marked: floor-or-value, not yet marked: route-or-cascade" in row["status"]
    [row] = written(tmp_path, record("ann"), by_hand=by_hand(tmp_path, *lines))
    assert row["total"] == "7.5"
    assert "not yet marked" not in row["status"]


def test_points_without_an_answer_replace_what_the_checks_found_and_nothing_else(tmp_path: Path) -> None:
    marks = by_hand(tmp_path, "ann,routing_crossover,8,,agreed", "ann,routing_crossover,2,floor-or-value,")
    [row] = written(tmp_path, record("ann"), by_hand=marks)
    assert row["total"] == "10"
    assert f"{SECOND.name}: graded, by hand, marked: floor-or-value, not yet" in row["status"]


def test_marks_count_where_nothing_was_graded(tmp_path: Path) -> None:
    marks = by_hand(tmp_path, "eve,routing_crossover,2,floor-or-value,on paper")
    [row] = written(tmp_path, students=("eve",), by_hand=marks)
    assert row["total"] == "2"
    assert f"{SECOND.name}: missing, marked: floor-or-value" in row["status"]


def test_what_was_flagged_and_what_was_not_graded_is_said(tmp_path: Path) -> None:
    made = record("ann", flags=["worked with the id 'bob'", "\u202e=x\n"])
    [row] = written(tmp_path, made, remarks={"ann": "b.ipynb: it is empty"})
    assert "flagged: worked with the id 'bob', flagged: =x" in row["status"]
    assert row["status"].endswith("; not graded: b.ipynb: it is empty")


def test_a_stranger_s_words_are_no_formula_where_a_semicolon_parts_cells(tmp_path: Path) -> None:
    made = record("ann", flags=["worked with the id ';=1+1'"])
    written(tmp_path, made, remarks={"ann": "x;;+1.txt: it is no notebook"})
    cells = [cell for line in (tmp_path / "grades.csv").read_text().splitlines() for cell in line.split(";")]
    assert not [cell for cell in cells if cell.strip(' "').startswith(("=", "+", "-", "@"))]


def test_the_file_of_marks_is_read_and_never_written(tmp_path: Path) -> None:
    by_hand(tmp_path, "ann,ticket_spend,6.5,,")
    before = (tmp_path / "overrides.csv").read_bytes()
    [row] = written(tmp_path, by_hand=read_overrides(tmp_path))
    assert row["total"] == "6.5"
    assert (tmp_path / "overrides.csv").read_bytes() == before


def test_a_link_that_waits_in_the_folder_of_results_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept", encoding="utf-8")
    (tmp_path / "grades.csv.part").symlink_to(other)
    assert written(tmp_path, record("ann"))
    assert other.read_text(encoding="utf-8") == "kept"
    assert not (tmp_path / "grades.csv").is_symlink()


def test_no_file_of_marks_is_no_mark(tmp_path: Path) -> None:
    assert read_overrides(tmp_path) == {}


# ---- how the file may look ----------------------------------------------------------------------------------


def test_the_two_last_columns_are_optional(tmp_path: Path) -> None:
    marks = by_hand(tmp_path, "ann,ticket_spend,6", head="student,exercise,points")
    assert marks == {("ann", "ticket_spend", ""): Mark(6.0)}


@pytest.mark.parametrize("number", ["01", "1", "01_ticket_spend", "ticket_spend"])
def test_an_exercise_is_named_as_in_the_other_tables(tmp_path: Path, number: str) -> None:
    assert by_hand(tmp_path, f"*,{number},1,calls,") == {("*", "ticket_spend", "calls"): Mark(1.0)}


@pytest.mark.parametrize(
    "text",
    [
        "student;exercise;points;answer\nann;ticket_spend;2,5;choose\n",
        "\ufeffStudent, Exercise, Points, Answer\r\n\r\nann, ticket_spend, 2.5, choose\r\n,,,\r\n",
        "answer\tpoints\texercise\tstudent\tmore\nchoose\t2.5\tticket_spend\tann\tx\n",
    ],
)
def test_the_ways_spreadsheets_save_a_table_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "overrides.csv").write_text(text, encoding="utf-8", newline="")
    assert read_overrides(tmp_path) == {("ann", "ticket_spend", "choose"): Mark(2.5)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ann,ticket_spend,many,,", "points is a number, got 'many'"),
        ("ann,ticket_spend,nan,,", "points is a number, got 'nan'"),
        ("ann,ticket_spend,inf,choose,", "points is a number, got 'inf'"),
        ("ann,ticket_spend,,,", "points is a number, got ''"),
        ("ann,ticket_spend", "points is a number, got ''"),
        ("ann,ticket_spend,4.5,choose,", "the points of choose lie between 0 and 4, got 4.5"),
        ("ann,ticket_spend,-1,choose,", "the points of choose lie between 0 and 4, got -1"),
        ("ann,ticket_spend,1,chose,", "ticket_spend has no question or free-text answer 'chose'; the column answer is"),
        ("ann,start_here,1,chose,", "start_here has no question or free-text answer 'chose'; the column answer is"),
        ("ann,ticket_spend,9999,,", "the points of the questions of ticket_spend lie between 0 and 7, got 9999"),
        ("ann,ticket_spend,-5,,", "the points of the questions of ticket_spend lie between 0 and 7, got -5"),
        ("ann,ticket_spent,1,,", "no exercise is named 'ticket_spent'; did you mean 'ticket_spend'"),
        ("ann,*,1,,", "no exercise is named '*'"),
        ("bob,01,1,choose,", "bob ticket_spend choose has its points on line 2 already"),
        ("bob,ticket_spend,1,choose,", "bob ticket_spend choose has its points on line 2 already"),
        ("bob,ticket_spend,'" + "x" * 200_000, "this is no line of a table"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ValueError, match="line 4") as error:
        by_hand(tmp_path, "bob,ticket_spend,1,choose,", "", line)
    assert words in str(error.value)


def test_an_answers_name_in_a_column_that_is_not_read_is_refused(tmp_path: Path) -> None:
    """One point for one question would replace all the points of the exercise."""
    with pytest.raises(ValueError, match="line 2: the column 'question' has the answer 'calls', and is not read"):
        by_hand(tmp_path, "ann,01,1,calls", head="student,exercise,points,Question")
    assert by_hand(tmp_path, "ann,01,1,me", head="student,exercise,points,who") == {
        ("ann", "ticket_spend", ""): Mark(1.0)
    }


def test_the_line_of_a_row_is_where_it_begins(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 4"):
        by_hand(tmp_path, 'bob,ticket_spend,1,choose,"two\nlines"', "ann,ticket_spend,x,,")


@pytest.mark.parametrize("head", ["", "student,exercise", "student exercise points"])
def test_a_file_without_the_columns_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(ValueError, match=r"overrides.csv, line 1: the columns are student, exercise, points; '\w+' is"):
        by_hand(tmp_path, "ann,ticket_spend,1", head=head)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_of_a_spreadsheet_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "overrides.csv").write_bytes("student,exercise,points\njosé,ticket_spend,1\n".encode(encoding))
    assert read_overrides(tmp_path) == {("josé", "ticket_spend", ""): Mark(1.0)}


def test_what_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "overrides.csv").write_bytes(b"PK\x03\x04\x00\xff\xfe\x80")  # a workbook saved as .csv
    with pytest.raises(ValueError, match="save it as CSV in UTF-8"):
        read_overrides(tmp_path)


# ---- cells --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "'=x", "＝1", "＠x"])
def test_a_name_is_no_formula(name: str) -> None:
    assert safe(name) == "'" + name


@given(st.text(alphabet="'=+-@\t\rax", max_size=6) | st.text())
def test_a_cell_is_no_formula_and_comes_back(text: str) -> None:
    assert plain(safe(text)) == text
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(str.strip), min_size=2, max_size=2))
def test_a_table_comes_back(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    path = tmp_path_factory.mktemp("table") / "t.csv"
    for delimiter in ",;\t":
        path.write_text(table_text(["a", "b"], [cells, ["x", "y"]], delimiter), encoding="utf-8", newline="")
        table = read_table(path, ["a", "b"])
        assert [row["a"] for row in table.rows] == ([cells[0], "x"] if any(cells) else ["x"])
        assert [row["b"] for row in table.rows] == ([cells[1], "y"] if any(cells) else ["y"])
        assert table.delimiter == delimiter


@given(st.floats(0, 100, allow_nan=False))
def test_points_come_back(points: float) -> None:
    assert points_in(f"{tidy(points)}") == points
