"""Blind sheets: no name on them, the same codes again, and marks that come back as they were given."""

from __future__ import annotations

import argparse
import csv
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from html_reader import HOSTILE, Reader
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit_grader.commands import rubric_command
from labkit_grader.judge import worker
from labkit_grader.judge.outputs import Roll, gradebook_of, keep_roll, roll_of, write_again
from labkit_grader.judge.run import grade_folder
from labkit_grader.platforms.platform import PlatformIds
from labkit_grader.record.overrides import Mark, read_overrides
from labkit_grader.record.results import Record, Store
from labkit_grader.record.spreadsheet import plain
from labkit_grader.record.words import seen
from labkit_grader.reports.class_page import page_of_class
from labkit_grader.rubric.codes import LETTERS, read_codes
from labkit_grader.rubric.rubric import MASK, NAME_MASK, BlindSheets, full_names, masked, write_blind_sheets
from labkit_grader.rubric.rubric_marks import Reading, read_marks
from labkit_grader.wall.wall import can_stand
from labkit_workbook.cli import main
from labkit_workbook.questions import exercise, exercises

STANDS, WHY = can_stand()
ROOT = Path(__file__).resolve().parents[3]
FIRST = exercise("ticket_spend")
ESSAYS = [(which, essay) for which in exercises() if which.number for essay in which.essays]
STUDENTS = [f"student-{number:03}" for number in range(12)]


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The class page has its own tests, and takes long to draw."""
    monkeypatch.setattr("labkit_grader.judge.outputs.write_class_page", lambda path, marks: None)


def record(student: str, text: str, **more: Any) -> Record:
    return Record("key", student, FIRST.name, "my own file.ipynb", "graded", 2, 7, {}, [], "wall", 0.1,
                  texts={"choose": text}, **more)  # fmt: skip


def results(out: Path, *records: Record) -> Path:
    """A folder as a run leaves it."""
    store = Store(out)
    for each in records:
        store.add(each)
    keep_roll(out, Roll(sorted({student for student, _ in store.records})))
    return out


def a_class(out: Path) -> Path:
    return results(out, *(record(student, f"answer no {number}") for number, student in enumerate(STUDENTS)))


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(out: Path, marks: dict[str, Any], columns: tuple[str, ...] = ("points", "comment")) -> None:
    """Write into the table, by code."""
    path = out / "rubric" / "marks.csv"
    lines = lines_of(path)
    for line in lines:
        line.update(zip(columns, marks.get(line["code"], ()), strict=False))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)


def code_of(out: Path, student: str) -> str:
    """The last code that was given to a student's answer."""
    return [each.code for each in read_codes(out / "rubric") if each.student == student][-1]


def sheet_of(sheets: BlindSheets) -> str:
    return next(path for path in sheets.paths if path.name == "ticket_spend_choose.html").read_text(encoding="utf-8")


def grade_of(out: Path, student: str) -> dict[str, str]:
    return next(line for line in lines_of(out / "grades.csv") if line["student"] == student)


# ---- the sheets ---------------------------------------------------------------------------------------------


def test_there_is_a_sheet_for_each_answered_question_with_its_rubric(tmp_path: Path) -> None:
    everything = [
        Record("key", student, which.name, "a.ipynb", "graded", 2, which.points, {}, [], "wall", 0.1,
               texts={essay.name: "an answer" for essay in which.essays})
        for student in STUDENTS for which in {which.name: which for which, _ in ESSAYS}.values()
    ]  # fmt: skip
    sheets = write_blind_sheets(results(tmp_path, *everything))
    assert (sheets.answers, sheets.waiting, sheets.without) == (12 * len(ESSAYS), 12 * len(ESSAYS), [])
    assert [path.name for path in sheets.paths] == [f"{which.name}_{essay.name}.html" for which, essay in ESSAYS]
    for path, (_, essay) in zip(sheets.paths, ESSAYS, strict=True):
        text = Reader(path.read_text(encoding="utf-8")).text
        assert essay.rubric in text
        assert essay.asks.replace("*", "") in text
        assert f"Rubric, {essay.points} points" in text
        assert "12 answers" in text


def test_what_nobody_answered_has_no_sheet_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = tmp_path / "rubric" / "routing_crossover_floor-or-value.html"  # as an earlier run may have left it
    gone.parent.mkdir()
    gone.write_text("", encoding="utf-8")
    assert main(["rubric", str(a_class(tmp_path))]) == 0
    assert sorted(path.name for path in gone.parent.glob("*.html")) == ["ticket_spend_choose.html"]
    said = capsys.readouterr().out
    assert "No sheet, for nobody handed in an answer: 02 Routing crossover, 03 " in said
    assert "12 answers, 12 not yet marked" in said


def test_where_nobody_answered_anything_there_is_nothing_to_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Record("key", "ann", FIRST.name, "a.ipynb", "graded", 2, 7, {}, [], "wall", 0.1)
    assert main(["rubric", str(results(tmp_path, empty))]) == 0
    assert "Give points" not in capsys.readouterr().out
    assert not list((tmp_path / "rubric").glob("*.html"))


def test_nothing_on_sheet_or_table_says_who_wrote_what(tmp_path: Path) -> None:
    sheets = write_blind_sheets(a_class(tmp_path))
    for path in [*sheets.paths, sheets.table]:
        text = path.read_text(encoding="utf-8")
        assert "student-" not in text
        assert "my own file" not in text
    shown = re.findall(r"answer no (\d+)", sheet_of(sheets))
    assert sorted(shown, key=int) == [str(number) for number in range(12)]


def test_the_order_is_drawn_and_the_codes_are_words_of_no_language(tmp_path: Path) -> None:
    orders = set()
    for seed in range(5):
        text = sheet_of(write_blind_sheets(a_class(tmp_path / str(seed)), seed))
        codes = re.findall(r"<h3>(\w+)</h3>", text)
        assert len(set(codes)) == 12
        assert all(len(code) == 5 and set(code) <= set(LETTERS) for code in codes)
        orders.add(tuple(re.findall(r"answer no (\d+)", text)))
    assert len(orders) == 5
    assert tuple(map(str, range(12))) not in orders


def test_the_same_seed_draws_the_same_and_no_seed_a_new_one(tmp_path: Path) -> None:
    texts = [sheet_of(write_blind_sheets(a_class(tmp_path / name), seed)) for name, seed in (("a", 7), ("b", 7))]
    assert texts[0] == texts[1]
    drawn = {sheet_of(write_blind_sheets(a_class(tmp_path / name))) for name in "cd"}
    assert len(drawn | set(texts)) == 3


def test_another_seed_is_refused_once_sheets_are_there(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path), 7)
    assert write_blind_sheets(tmp_path, 7).answers == 12
    with pytest.raises(ValueError, match=r"--seed 8: the sheets in .* were drawn with another seed"):
        write_blind_sheets(tmp_path, 8)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_answer_stays_text(tmp_path: Path, text: str) -> None:
    made = sheet_of(write_blind_sheets(results(tmp_path, record("ann", f"{text}\nthe end"))))
    reader = Reader(made)
    assert "the end" in reader.text
    assert not set("\u202e\u2066\u200f\x00\x1b\ud800") & set(made)
    if text.isascii() and text.isprintable():
        assert text in reader.text
    assert "default-src 'none'; script-src 'none'" in made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Write to ada.l@cs.uni.example, or ADA@X.ORG.", "Write to [address], or [address]."),
        ("LOVELACE routes, ada routes", "[name] routes, ada routes"),
        ("p@k and 3@4 are no addresses", "p@k and 3@4 are no addresses"),
    ],
)
def test_addresses_and_names_in_capitals_are_masked(text: str, shown: str) -> None:
    assert masked(text, "s1", PlatformIds("Lovelace, Ada")) == shown


@pytest.mark.parametrize(
    ("text", "student", "shown"),
    [
        ("I am ada-7, ADA-7.", "ada-7", f"I am {MASK}, {MASK}."),
        ("ada-71 and xada-7", "ada-7", "ada-71 and xada-7"),
        ("s123456 123456", "123456", f"s123456 {MASK}"),
        ("7 calls, 120,000 USD", "7", "7 calls, 120,000 USD"),
        ("120,000 USD", "120", "120,000 USD"),
        ("a lever", "a", "a lever"),
        ("x.* (y", "x.* (y", MASK),
        ("ad\u200ba-7", "ada-7", MASK),
        ("José", "josé", MASK),
    ],
)
def test_a_students_own_id_is_masked(text: str, student: str, shown: str) -> None:
    assert masked(text, student) == shown


def test_numbers_that_were_drawn_stand_beside_the_answer_and_common_ones_once(tmp_path: Path) -> None:
    same = dict(FIRST.text.__dict__)
    other = {**same, "agents": 4}
    alike = [record(student, "x", numbers=same) for student in ("ann", "bob")]
    made = Reader(sheet_of(write_blind_sheets(results(tmp_path / "a", *alike))))
    assert len(made.of("details")) == 1
    assert "3 agents x 2 rounds" in made.text
    made = Reader(sheet_of(write_blind_sheets(results(tmp_path / "b", alike[0], record("bob", "y", numbers=other)))))
    assert len(made.of("details")) == 2
    assert "4 agents x 2 rounds" in made.text
    old = record("ann", "z", numbers={"no_such_number": 1})
    assert "<details>" not in sheet_of(write_blind_sheets(results(tmp_path / "c", old)))


# ---- running it again ---------------------------------------------------------------------------------------


def test_running_it_again_keeps_codes_order_and_what_was_filled_in(tmp_path: Path) -> None:
    first = sheet_of(write_blind_sheets(a_class(tmp_path)))
    code = code_of(tmp_path, STUDENTS[3])
    fill(tmp_path, {code: ("2,5", "=1+1, and more")})
    again = write_blind_sheets(tmp_path)
    assert sheet_of(again) == first
    assert again.waiting == 11
    [line] = [line for line in lines_of(again.table) if line["code"] == code]
    assert (line["points"], line["comment"]) == ("2,5", "'=1+1, and more")


def test_late_answers_are_appended(tmp_path: Path) -> None:
    before = write_blind_sheets(a_class(tmp_path))
    codes = [line["code"] for line in lines_of(before.table)]
    first = sheet_of(before)
    results(tmp_path, record("a-late-one", "late"), record("another", "later"))
    after = write_blind_sheets(tmp_path)
    assert [line["code"] for line in lines_of(after.table)][: len(codes)] == codes
    assert after.answers == len(lines_of(after.table)) == 14
    shown = re.findall(r"<h3>(\w+)</h3>", sheet_of(after))
    assert shown[:12] == re.findall(r"<h3>(\w+)</h3>", first)


def test_a_table_that_was_sorted_or_given_a_column_stays_so(tmp_path: Path) -> None:
    table = write_blind_sheets(a_class(tmp_path)).table
    lines = sorted(lines_of(table), key=lambda line: line["code"], reverse=True)
    text = "code;exercise;answer;points;comment;my own\n"
    text += "".join(f"{line['code']};ticket_spend;choose;1;;x\n" for line in lines[:-1])
    table.write_text(text, encoding="utf-8")
    write_blind_sheets(tmp_path)
    made = table.read_text(encoding="utf-8").splitlines()
    assert made[:-1] == text.splitlines()
    assert made[-1] == f"{lines[-1]['code']};ticket_spend;choose;;;"


def test_a_changed_answer_has_another_code_and_its_old_mark_does_not_count(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path))
    old = [code_of(tmp_path, student) for student in STUDENTS[:2]]
    fill(tmp_path, {old[0]: ("4", "well argued")})
    read_marks(tmp_path)
    assert grade_of(tmp_path, STUDENTS[0])["total"] == "6"
    results(tmp_path, *(record(student, "a second thought") for student in STUDENTS[:2]))
    sheets = write_blind_sheets(tmp_path)
    assert (sheets.answers, sheets.waiting) == (12, 12)
    codes = [line["code"] for line in lines_of(sheets.table)]
    assert (old[0] in codes, old[1] in codes) == (True, False)  # what was filled in is kept to be looked up
    assert old[0] not in sheet_of(sheets)
    reading = read_marks(tmp_path)
    assert (reading.marks, reading.waiting) == (0, 12)
    assert [f"{old[0]} is not the text that is handed in now" in each for each in reading.warnings] == [True]
    assert grade_of(tmp_path, STUDENTS[0])["total"] == "2"
    results(tmp_path, record(STUDENTS[0], "answer no 0"))
    assert read_marks(tmp_path).marks == 1


# ---- reading back -------------------------------------------------------------------------------------------


def test_marks_come_back_into_every_output_without_grading_again(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path))
    fill(tmp_path, {code_of(tmp_path, STUDENTS[5]): ("2.5", "count the calls <b>first</b>")})
    reading = read_marks(tmp_path)
    assert (reading.marks, reading.waiting, reading.warnings) == (1, 11, [])
    marks = {(STUDENTS[5], "ticket_spend", "choose"): Mark(2.5, "count the calls <b>first</b>")}
    assert read_overrides(tmp_path) == marks
    row = grade_of(tmp_path, STUDENTS[5])
    assert (row["ticket_spend"], row["total"]) == ("4.5", "4.5")
    assert "marked: choose" in row["status"]
    assert "not yet marked: choose" in grade_of(tmp_path, STUDENTS[4])["status"]
    page = Reader((tmp_path / "feedback" / f"{STUDENTS[5]}.html").read_text(encoding="utf-8")).text
    assert "answer no 5" in page
    assert "2.5 of 4 points. count the calls <b>first</b>" in page
    assert '"score": 4.5' in (tmp_path / "gradescope" / f"{STUDENTS[5]}.json").read_text(encoding="utf-8")
    moodle = {line["ID number"]: line["Grade"] for line in lines_of(tmp_path / "lms_moodle.csv")}
    assert (moodle[STUDENTS[5]], moodle[STUDENTS[4]]) == ("4.5", "")


def test_a_mark_that_is_changed_or_taken_back_follows(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path))
    code = code_of(tmp_path, STUDENTS[0])
    for points, comment, total in (("1", "hm", "3"), ("3", "hm", "5"), ("3", "oh", "5"), ("", "", "2")):
        fill(tmp_path, {code: (points, comment)})
        assert read_marks(tmp_path).warnings == []
        assert grade_of(tmp_path, STUDENTS[0])["total"] == total
    assert read_overrides(tmp_path) == {}


def test_marks_by_hand_stay_and_win_with_a_warning(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path))
    by_hand = tmp_path / "overrides.csv"
    lines = ["who;student;exercise;points;answer"]
    lines += [f"me;{STUDENTS[0]};ticket_spend;4;choose", f"me;{STUDENTS[1]};ticket_spend;0.5;"]
    by_hand.write_text("\n".join(lines), encoding="utf-8")
    fill(tmp_path, {code_of(tmp_path, student): ("1", "no") for student in STUDENTS[:3]})
    reading = read_marks(tmp_path)
    assert reading.warnings == ["overrides.csv, line 2: given by hand, and stays; the sheets have another mark"]
    assert [grade_of(tmp_path, student)["total"] for student in STUDENTS[:3]] == ["6", "1.5", "3"]
    made = by_hand.read_text(encoding="utf-8").splitlines()
    assert made[0] == "who;student;exercise;points;answer;comment"
    assert made[1:3] == [f"{line};" for line in lines[1:]]
    assert len(made) == 5


def test_a_mark_that_was_read_and_then_changed_by_hand_stays(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path))
    code = code_of(tmp_path, STUDENTS[0])
    fill(tmp_path, {code: ("1", "no")})
    read_marks(tmp_path)
    path = tmp_path / "overrides.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",1,", ",4,"), encoding="utf-8")
    for _ in range(2):
        assert len(read_marks(tmp_path).warnings) == 1
        assert grade_of(tmp_path, STUDENTS[0])["total"] == "6"
    path.unlink()
    assert read_marks(tmp_path).warnings == []
    assert grade_of(tmp_path, STUDENTS[0])["total"] == "3"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": "5"}, "the points of choose lie between 0 and 4, got 5"),
        ({"points": "-1"}, "the points of choose lie between 0 and 4, got -1"),
        ({"points": "good"}, "points is a number, got 'good'"),
        ({"points": "nan"}, "points is a number, got 'nan'"),
        ({"code": "XXXXX"}, "no answer has the code 'XXXXX'"),
        ({"code": ""}, "no answer has the code ''"),
        ({"answer": "choice"}, "perhaps one column was sorted alone"),
        ({"exercise": "debate_vs_retry"}, "perhaps one column was sorted alone"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(tmp_path: Path, change: dict[str, str], words: str) -> None:
    write_blind_sheets(a_class(tmp_path))
    codes = [line["code"] for line in lines_of(tmp_path / "rubric" / "marks.csv")]
    fill(tmp_path, {codes[0]: ("1", "fine"), codes[1]: ("6", "x")})
    fill(tmp_path, {codes[2]: tuple(change.values())}, tuple(change))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="nothing was read") as error:
        read_marks(tmp_path)
    assert "marks.csv, line 3: the points of choose lie between 0 and 4, got 6" in str(error.value)
    assert re.search(f"marks.csv, line 4: .*{re.escape(words)}", str(error.value))
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_code_that_stands_twice_is_named(tmp_path: Path) -> None:
    table = write_blind_sheets(a_class(tmp_path)).table
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*lines, lines[1].lower()]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 14: .* stands on line 2 already"):
        read_marks(tmp_path)


def test_a_comment_without_points_is_no_mark_yet(tmp_path: Path) -> None:
    write_blind_sheets(a_class(tmp_path))
    fill(tmp_path, {code_of(tmp_path, STUDENTS[0]): ("", "to be thought over")})
    reading = read_marks(tmp_path)
    assert reading.marks == 0
    assert "has a comment and no points" in reading.warnings[0]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no results; `labkit grade FOLDER --out"):
        write_blind_sheets(tmp_path)
    a_class(tmp_path)
    with pytest.raises(ValueError, match=r"holds no marks.csv; `labkit rubric"):
        read_marks(tmp_path)


comments = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40
) | st.sampled_from(["=1+1", "'=x", "a\r\nb", 'say "why"; then, stop', "\u202eright", " x "])
quarters = st.integers(0, 16).map(lambda number: number / 4)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(st.sampled_from(STUDENTS), st.tuples(quarters, comments)),
    st.dictionaries(st.sampled_from(STUDENTS), st.tuples(quarters, comments)),
)
def test_whatever_is_given_comes_back_and_is_stable(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, Any], second: dict[str, Any]
) -> None:
    out = tmp_path_factory.mktemp("class")
    for number, student in enumerate(STUDENTS):
        Store(out).add(record(student, f"answer no {number}"))
    keep_roll(out, Roll(STUDENTS))
    write_blind_sheets(out, 1)
    for marks in (first, second):
        fill(out, {code_of(out, student): marks.get(student, ("", "")) for student in STUDENTS})
        reading = reading_of(out)
        kept = read_overrides(out)
        assert {student: mark.points for (student, _, _), mark in kept.items()} == {s: m[0] for s, m in marks.items()}
        for (student, _, _), mark in kept.items():
            assert mark.comment == seen(plain(marks[student][1].strip()), None).strip()
        assert reading.warnings == []
        write_blind_sheets(out)
        assert reading_of(out).warnings == []
        assert read_overrides(out) == kept


def reading_of(out: Path) -> Reading:
    """Read the marks; the pages have their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("labkit_grader.rubric.rubric_marks.write_again", lambda folder: folder)
        return read_marks(out)


# ---- the command --------------------------------------------------------------------------------------------


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    rubric_command.add_parser(parser.add_subparsers(dest="command"))
    arguments = parser.parse_args(["rubric", *words])
    return int(arguments.run(arguments))


def test_the_command_writes_and_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(a_class(tmp_path))
    assert run(out, "--seed", "3") == 0
    told = capsys.readouterr().out
    assert "ticket_spend_choose.html" in told
    assert "12 answers, 12 not yet marked" in told
    assert "codes.csv" in told
    fill(tmp_path, {code_of(tmp_path, STUDENTS[0]): ("1", "")})
    assert run(out, "--read") == 0
    assert "1 marks read, 11 answers not yet marked" in capsys.readouterr().out
    with pytest.raises(ValueError, match="do not go together"):
        run(out, "--read", "--seed", "3")


def test_flags_are_not_on_the_sheet_nor_on_the_students_page(tmp_path: Path) -> None:
    made = replace(record("ann", "x"), flags=["worked with the id 'bob'"])
    text = sheet_of(write_blind_sheets(results(tmp_path, made)))
    write_again(tmp_path)
    assert "bob" not in text
    assert "bob" not in (tmp_path / "feedback" / "ann.html").read_text(encoding="utf-8")
    page = page_of_class(gradebook_of(tmp_path, roll_of(tmp_path), Store(tmp_path).records))
    assert "bob" not in page
    assert "Flagged, to be looked at: 1." in page
    assert "bob" in grade_of(tmp_path, "ann")["status"]


# ---- from a notebook to the grade ---------------------------------------------------------------------------


@pytest.mark.skipif(not STANDS, reason=WHY)
def test_from_a_handed_in_notebook_to_a_marked_one_without_grading_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, carried: None
) -> None:
    monkeypatch.setattr(worker, "tried", lambda mode: [])
    monkeypatch.setattr(worker, "verdict", lambda attempts, mode: (True, ""))
    folder, out = tmp_path / "class", tmp_path / "out"
    text = (ROOT / "exercises" / "01_ticket_spend.ipynb").read_text(encoding="utf-8")
    for student, words in (("ann", "I, ann, pull the debates."), ("bob", "*Your answer here.*")):
        (folder / student).mkdir(parents=True)
        handed_in = text.replace("*Your answer here.*", words)
        (folder / student / "work.ipynb").write_text(handed_in, encoding="utf-8")
    grade_folder(folder, out)
    sheets = write_blind_sheets(out)
    assert (sheets.answers, sheets.waiting) == (1, 1)
    assert f"I, {MASK}, pull the debates." in Reader(sheet_of(sheets)).text
    fill(out, {code_of(out, "ann"): ("3", "and the price?")})
    read_marks(out)
    totals = {student: grade_of(out, student)["total"] for student in ("ann", "bob")}
    assert totals == {"ann": "3", "bob": "0"}
    assert grade_folder(folder, out).taken_over == 2
    assert {student: grade_of(out, student)["total"] for student in totals} == totals
    (out / "overrides.csv").write_text("student,exercise,points\nann,ticket_spend,x\n", encoding="utf-8")
    monkeypatch.setattr(worker, "try_the_wall", lambda mode: None)
    monkeypatch.setattr("labkit_grader.judge.run.find", lambda *_: pytest.fail("a wrong line is told before any work"))
    with pytest.raises(ValueError, match="line 2"):
        grade_folder(folder, out)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada Lovelace thinks so.", f"{NAME_MASK} thinks so."),
        ("LOVELACE, ADA: so.", f"{NAME_MASK}: so."),
        ("I, Ada, would not; Lovelace neither.", f"I, {NAME_MASK}, would not; {NAME_MASK} neither."),
        ("Bob Roe and I agree. Roe Bob, too.", f"{NAME_MASK} and I agree. {NAME_MASK}, too."),
        ("My number is 1234567, Canvas has 7654321.", f"My number is {MASK}, Canvas has {MASK}."),
        ("mail ada.l@uni.example or ada.l", f"mail {MASK} or {MASK}"),
        ("It takes 72 calls of 901 ms.", "It takes 72 calls of 901 ms."),  # short numbers may be answers
        ("An adage on nothing but ada.", "An adage on nothing but ada."),
        ("Will we? Bob is no full name.", "Will we? Bob is no full name."),
    ],
)
def test_names_and_numbers_of_the_list_are_masked(text: str, shown: str) -> None:
    ids = PlatformIds("Lovelace, Ada", "ada.l@uni.example", {"canvas": "7654321", "moodle": "901"})
    others = full_names(["Bob Roe", "Will", "Lovelace, Ada"])
    assert masked(text, "1234567", ids, others) == shown
