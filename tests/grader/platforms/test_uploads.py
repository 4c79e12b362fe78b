"""The grades for other systems: what is written is read back the same, and nothing in it is a formula."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labkit_grader.intake.roster import ClassList
from labkit_grader.judge import worker
from labkit_grader.judge.outputs import write_all
from labkit_grader.judge.run import grade_folder
from labkit_grader.platforms.canvas import POSSIBLE, Canvas
from labkit_grader.platforms.gradescope import results_json, write_gradescope
from labkit_grader.platforms.moodle import Moodle
from labkit_grader.platforms.platform import Field, Platform, PlatformIds
from labkit_grader.platforms.upload_table import write_table
from labkit_grader.record.grades import Gradebook
from labkit_grader.record.overrides import Mark, read_overrides
from labkit_grader.record.results import Record
from labkit_grader.release.demo import notebook
from labkit_grader.reports.returns import write_returns
from labkit_grader.wall.wall import can_stand
from labkit_workbook.feedback import judge
from labkit_workbook.questions import exercises

STANDS, WHY = can_stand()
GRADED = [exercise for exercise in exercises() if exercise.number]
FIRST, SECOND, *_ = GRADED
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2",
    "@SUM(A1)",
    "\t=1",
    'a,b;"c"\nd',
    "<script>",
    "\u202ex",
    "ä字",
    "x" * 10_000,
]


def record(student: str, right: int = 2, notes: tuple[str, ...] = (), status: str = "graded") -> Record:
    """The first answers right, one mistaken, the others not answered."""
    answers: dict[str, Any] = {}
    for place, question in enumerate(FIRST.questions):
        value = question.expected(FIRST.text) if place < right else None
        if place == right:
            value = next(iter(question.mistaken(FIRST.text)))[1]
        result = judge(f"{FIRST.name}.{question.name}", value, FIRST.text)
        points = question.points if result.status == "right" else 0
        answers[question.name] = {
            "status": result.status, "label": result.label, "message": result.message,
            "points": points, "most": question.points,
        }  # fmt: skip
    total, most = (sum(answer[key] for answer in answers.values()) for key in ("points", "most"))
    return Record("key", student, FIRST.name, "a.ipynb", status, total, most, answers, list(notes), "wall", 0.1)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def held(*records: Record, **more: Any) -> Gradebook:
    by = {(each.student, each.exercise): each for each in records}
    return Gradebook(sorted({each.student for each in records}), GRADED, by, **more)


def canvas_of(path: Path, marks: Gradebook, **more: Any) -> list[dict[str, str]]:
    write_table(path, Canvas(), marks, **more)
    return rows(path)


# ---- Canvas and Moodle --------------------------------------------------------------------------------------


def test_canvas_has_its_columns_its_line_of_points_and_every_student(tmp_path: Path) -> None:
    top, ann, bob = canvas_of(tmp_path / "c.csv", held(record("ann"), record("bob", 0)))
    titles = [f"{exercise.number} {exercise.title}" for exercise in GRADED]
    assert list(top) == ["Student", "ID", "SIS Login ID", "Section", *titles]
    most = [str(sum(each.points for each in (*exercise.questions, *exercise.essays))) for exercise in GRADED]
    assert list(top.values()) == [POSSIBLE, "", "", "", *most]
    assert "Points Possible" in top["Student"]
    assert [ann["SIS Login ID"], ann[titles[0]], ann[titles[1]]] == ["ann", "2", ""]
    assert [bob["SIS Login ID"], bob[titles[0]]] == ["bob", "0"]


@pytest.mark.parametrize(
    ("student", "name", "number"),
    [
        ("leeann_123", "leeann", "123"),
        ("lee_ann_7", "lee_ann", "7"),
        ("leeann", "leeann", ""),
        ("leeann_12~0123456789ab", "leeann_12~0123456789ab", ""),  # an id that was cut may have lost digits
    ],
)
def test_a_download_tells_the_platforms_own_number(tmp_path: Path, student: str, name: str, number: str) -> None:
    marks = held(record(student))
    line = canvas_of(tmp_path / "c.csv", marks, downloaded=True)[1]
    assert [line["Student"], line["ID"], line["SIS Login ID"]] == [name, number, ""]
    plain = canvas_of(tmp_path / "c.csv", marks)[1]
    assert [plain["Student"], plain["ID"], plain["SIS Login ID"]] == [student, "", student]
    write_table(tmp_path / "m.csv", Moodle(), marks, downloaded=True)
    (line,) = rows(tmp_path / "m.csv")
    assert line["Identifier"] == (f"Participant {number}" if number else "")
    assert line["Full name"] == name


def test_moodle_has_what_its_importer_looks_for(tmp_path: Path) -> None:
    marks = held(record("ann"))
    write_table(tmp_path / "m.csv", Moodle(), marks)
    (line,) = rows(tmp_path / "m.csv")
    assert {"Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments"} <= set(line)
    assert line["Grade"] == "2"
    assert line["Maximum Grade"] == str(marks.most)
    answers = marks.records["ann", FIRST.name].answers.values()
    (mistake,) = [each["message"] for each in answers if each["status"] == "misconception"]
    assert mistake in line["Feedback comments"].replace("&#x27;", "'")
    assert not [each for each in answers if each["status"] == "right" and each["message"] in line["Feedback comments"]]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_table_reads_back_and_holds_no_formula(tmp_path: Path, text: str) -> None:
    made = record(text, notes=(text,))
    for answer in made.answers.values():
        answer["message"] = text
    marks = held(made)
    write_table(tmp_path / "m.csv", Moodle(), marks)
    assert "<script" not in rows(tmp_path / "m.csv")[0]["Feedback comments"]
    assert len(rows(tmp_path / "m.csv")) == 1
    lines = canvas_of(tmp_path / "c.csv", marks)
    assert len(lines) == 2
    for each in [*lines, *rows(tmp_path / "m.csv")]:
        assert None not in each
        assert not [cell for cell in each.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_marks_by_hand_count_in_every_table(tmp_path: Path) -> None:
    by_hand = {("ann", FIRST.name, ""): Mark(6.5), ("ann", SECOND.name, ""): Mark(1.0)}
    marks = held(record("ann"), by_hand=by_hand)
    line = canvas_of(tmp_path / "c.csv", marks)[1]
    assert [line[f"{exercise.number} {exercise.title}"] for exercise in (FIRST, SECOND)] == ["6.5", "1"]
    write_table(tmp_path / "m.csv", Moodle(), marks)
    assert rows(tmp_path / "m.csv")[0]["Grade"] == "7.5"
    assert results_json("ann", marks)["score"] == 7.5


def test_a_fault_of_the_grader_is_no_mark(tmp_path: Path) -> None:
    column = f"{FIRST.number} {FIRST.title}"
    for by_hand, points in (({}, ""), ({("ann", FIRST.name, ""): Mark(4.0)}, "4")):
        marks = held(record("ann", status="regrade"), by_hand=by_hand)
        assert canvas_of(tmp_path / "c.csv", marks)[1][column] == points
        write_table(tmp_path / "m.csv", Moodle(), marks)
        assert rows(tmp_path / "m.csv")[0]["Grade"] == points


def test_a_platform_of_ones_own_is_one_class(tmp_path: Path) -> None:
    marks = held(record("ann"))

    class Own(Platform):
        name = "own"
        asks = "student"

        def columns(self, exercises: Any, reused: Any) -> dict[str, Field]:
            return {"who": self.asks, "first": FIRST.name, "most": lambda line: 2 * float(line.by_exercise[FIRST.name])}

    write_table(tmp_path / "own.csv", Own(), marks)
    assert rows(tmp_path / "own.csv") == [{"who": "ann", "first": "2", "most": "4"}]
    Own.asks = "nobody"
    with pytest.raises(ValueError, match="no field is named 'nobody'; the fields are student, name"):
        write_table(tmp_path / "own.csv", Own(), marks)
    assert rows(tmp_path / "own.csv")[0]["who"] == "ann"  # what was there is kept


# ---- Gradescope ---------------------------------------------------------------------------------------------


def test_gradescope_has_its_shape(tmp_path: Path) -> None:
    marks = held(record("ann", notes=("cell 3 stopped: ValueError: x",)), *map(record, HOSTILE))
    write_gradescope(tmp_path, marks)
    assert len(list(tmp_path.iterdir())) == len(marks.students)
    for path in tmp_path.iterdir():
        made = json.loads(path.read_text(encoding="ascii"))
        assert set(made) == {"score", "output", "tests", "visibility"}
        assert isinstance(made["score"], (int, float))
        assert isinstance(made["output"], str)
        assert made["visibility"] in {"hidden", "after_due_date", "after_published", "visible"}
        essays = {
            f"{exercise.number} {exercise.name}: {essay.name}" for exercise in GRADED for essay in exercise.essays
        }
        assert len(made["tests"]) == len(FIRST.questions) + len(FIRST.essays)  # the others were not handed in
        for test in made["tests"]:
            stands = {"status"} if test["name"] not in essays else set()
            assert set(test) == {"name", "score", "max_score", "output"} | stands
            assert 0 <= test["score"] <= test["max_score"]
            assert test.get("status", "") in ("", "passed" if test["score"] else "failed")
            assert isinstance(test["name"], str)
            assert isinstance(test["output"], str)
        assert len({test["name"] for test in made["tests"]}) == len(made["tests"])
    ann = json.loads((tmp_path / "ann.json").read_text(encoding="ascii"))
    assert ann["score"] == sum(test["score"] for test in ann["tests"]) == 2
    assert "cell 3 stopped: ValueError: x" in ann["output"]


def test_a_free_text_answer_is_a_test_without_a_status_and_a_line_of_the_comments(tmp_path: Path) -> None:
    made = replace(record("ann"), texts={"choose": "the debates =1+1"})
    essay = FIRST.essays[0]
    for by_hand, score, words in (
        ({}, 0, "Not yet marked."),
        ({("ann", FIRST.name, essay.name): Mark(2.5, "count them")}, 2.5, "2.5 of 4 points. count them"),
    ):
        marks = held(made, by_hand=by_hand)
        [test] = [test for test in results_json("ann", marks)["tests"] if test["name"].endswith(f": {essay.name}")]
        assert test == {"name": "01 ticket_spend: choose", "score": score, "max_score": essay.points, "output": words}
        assert results_json("ann", marks)["score"] == 2 + score
        write_table(tmp_path / "m.csv", Moodle(), marks)
        line = rows(tmp_path / "m.csv")[0]
        assert f"choose: {words}" in line["Feedback comments"]
        assert "the debates" not in line["Feedback comments"]
        most = sum(exercise.most for exercise in GRADED)
        assert (line["Grade"], line["Maximum Grade"]) == (f"{2 + score}" if by_hand else "", str(most))


def test_a_fault_of_the_grader_is_not_told_to_the_student() -> None:
    made = results_json("ann", held(record("ann", notes=("fault of the grader: /home/me",), status="regrade")))
    assert "/home/me" not in json.dumps(made)


# ---- what strangers may call themselves -----------------------------------------------------------------


@pytest.mark.parametrize("name", ['Roe;=HYPERLINK("a")', "=1+1", "Roe; -2", "＝1", "Ada;;@x"])
def test_a_name_is_no_formula_whatever_parts_the_cells(tmp_path: Path, name: str) -> None:
    known = {"ann": PlatformIds(name, f"{name}x", {"canvas": "71", "moodle": "901"})}
    canvas_of(tmp_path / "canvas.csv", held(record("ann")), ids=known)
    write_table(tmp_path / "moodle.csv", Moodle(), held(record("ann")), known)
    for path in tmp_path.glob("*.csv"):
        text = path.read_text(encoding="utf-8").partition("Ticket spend:")[0]
        for delimiter in ",;":
            cells = [cell for line in csv.reader(text.splitlines(), delimiter=delimiter) for cell in line]
            assert not [cell for cell in cells if cell.lstrip('" ').startswith(("=", "+", "-", "@", "＝"))]


@pytest.mark.parametrize("name", ["../../x", "..\\..\\x", "C:\\x", "/etc/x", "..", "a\0b", "\u202ex"])
def test_a_returned_page_leads_out_of_no_folder(tmp_path: Path, name: str) -> None:
    known = {"ann": PlatformIds(name, "", {"canvas": "71", "moodle": "901"})}
    for platform, top in ((Canvas(), f"{name}_71_905_work.ipynb"), (Moodle(), f"{name}_901_assignsubmission_file_")):
        handed_in = replace(record("ann"), file=f"{top.replace('/', ' ')}/work.ipynb")
        marks = replace(held(handed_in), exercises=[FIRST])
        write_returns(tmp_path / "back.zip", platform, marks, known)
        with zipfile.ZipFile(tmp_path / "back.zip") as back:
            (inside,) = back.namelist()
        assert not set('\\:\0\u202e*?"<>|') & set(inside)
        pieces = inside.split("/")
        assert len(pieces) == (1 if platform.name == "canvas" else 2)
        assert not {"", ".", ".."} & set(pieces)


def test_comments_of_a_teacher_and_names_are_no_script_in_what_goes_back(tmp_path: Path) -> None:
    hostile = "<script src=x>"
    by_hand = {("ann", FIRST.name, FIRST.questions[0].name): Mark(1, hostile)}
    marks = replace(held(replace(record("ann"), file=f"{hostile}_71_905_x.ipynb"), by_hand=by_hand), exercises=[FIRST])
    write_all(tmp_path, marks)
    write_returns(tmp_path / "back.zip", Canvas(), marks, {"ann": PlatformIds(hostile)})
    with zipfile.ZipFile(tmp_path / "back.zip") as back:
        pages = [back.read(name).decode() for name in back.namelist()]
    assert len(pages) == 1
    assert "&lt;script src=x&gt;" in pages[0]
    pages += [path.read_text(encoding="utf-8") for path in (*tmp_path.rglob("*.html"), tmp_path / "lms_moodle.csv")]
    assert not [text for text in pages if "<script" in text.lower()]


# ---- all together -------------------------------------------------------------------------------------------


def test_all_is_written_and_every_total_is_that_of_the_table_of_grades(tmp_path: Path) -> None:
    (tmp_path / "overrides.csv").write_text(f"student,exercise,points\nbob,{SECOND.name},1.5\n", encoding="utf-8")
    students = ["ann", "bob", "eve"]
    kept = held(record("ann", 3), record("bob", 1)).records
    write_all(tmp_path, Gradebook(students, GRADED, kept, read_overrides(tmp_path)))
    totals = [line["total"] for line in rows(tmp_path / "grades.csv")]
    assert totals == ["3", "2.5", ""]
    assert [line["Grade"] for line in rows(tmp_path / "lms_moodle.csv")] == ["3", "2.5", ""]
    made = [json.loads((tmp_path / "gradescope" / f"{s}.json").read_text()) for s in students]
    assert [str(each.get("score", "")) for each in made] == totals  # without a score Gradescope has no 0
    assert [len(each["tests"]) > 0 for each in made] == [True, True, False]
    for student, total in zip(students, totals, strict=True):
        text = (tmp_path / "feedback" / f"{student}.html").read_text(encoding="utf-8")
        assert f"Together: {f'{total} of' if total else 'no points yet.'}" in text
    assert len(rows(tmp_path / "lms_canvas.csv")) == 4
    assert (tmp_path / "class.html").exists()


def test_what_nobody_of_the_class_handed_in_is_in_no_platforms_table(tmp_path: Path) -> None:
    third = GRADED[2]
    kept = held(record("ann"), replace(record("gone"), exercise=third.name)).records
    write_all(tmp_path, Gradebook(["ann", "bob"], GRADED, kept, {("bob", SECOND.name, ""): Mark(1.5)}))
    canvas = rows(tmp_path / "lms_canvas.csv")
    assert list(canvas[0])[4:] == [f"{exercise.number} {exercise.title}" for exercise in (FIRST, SECOND)]
    assert [list(line.values())[4:] for line in canvas] == [
        [str(FIRST.most), str(SECOND.most)],
        ["2", ""],
        ["", "1.5"],
    ]
    moodle = rows(tmp_path / "lms_moodle.csv")
    assert {line["Maximum Grade"] for line in moodle} == {str(FIRST.most + SECOND.most)}
    assert [line["Grade"] for line in moodle] == ["2", "1.5"]
    assert third.title not in moodle[0]["Feedback comments"]
    assert third.name in rows(tmp_path / "grades.csv")[0]  # which has all


@pytest.mark.skipif(not STANDS, reason=WHY)
@pytest.mark.parametrize("roster", [None, ["ann_71"]])
def test_a_canvas_download_goes_back_to_canvas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, carried: None, roster: list[str] | None
) -> None:
    monkeypatch.setattr(worker, "tried", lambda mode: [])
    monkeypatch.setattr(worker, "verdict", lambda attempts, mode: (True, ""))
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    cells = ["calls = 15", f'check("{FIRST.name}.calls", calls)']
    (folder / "ann_71_905_work.ipynb").write_text(json.dumps(notebook(cells)), encoding="utf-8")
    grade_folder(folder, out, class_list=ClassList(roster) if roster else None)
    line = rows(out / "lms_canvas.csv")[1]
    told = ["ann", "71", ""] if roster is None else ["ann_71", "", "ann_71"]
    assert [line["Student"], line["ID"], line["SIS Login ID"]] == told
    assert line[f"{FIRST.number} {FIRST.title}"] == "1"
    assert rows(out / "lms_moodle.csv")[0]["Identifier"] == ""
    assert (out / "feedback" / "ann_71.html").exists()
    assert (out / "gradescope" / "ann_71.json").exists()


def test_a_name_of_any_length_goes_back_under_a_name_that_every_system_takes() -> None:
    from labkit_grader.platforms import PLATFORMS  # noqa: PLC0415
    from labkit_grader.platforms.platform import Upload  # noqa: PLC0415

    for name in ("n" * 230, "字" * 200, "😀" * 60, "../" * 50, "a b" * 90):
        for platform in (PLATFORMS["canvas"], PLATFORMS["moodle"]):
            made = platform.feedback_name(Upload(name, "71", "a.ipynb", 5001), PlatformIds(), FIRST)
            assert all(0 < len(part.encode()) <= 255 for part in made.split("/"))
            assert made.split("_")[1] == "71"  # by which the platform finds the student
