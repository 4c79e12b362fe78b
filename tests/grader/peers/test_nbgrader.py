"""nbgrader as a peer: it releases our exercises, and grades honest work as the judge does. It can be fooled."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from labkit_grader.judge.run import grade_folder
from labkit_grader.wall.wall import can_stand
from labkit_workbook.questions import exercises

sys.path.append(str(Path(__file__).resolve().parent))
from fooling import FOOLING, FOOLS_NBGRADER
from handed_in import filled, half, loaded, solved, text_of, with_a_mistake, write
from nbgrader_course import NAMES, nbgrader, set_up

STANDS, WHY = can_stand()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason='pip install -e ".[peers]" for nbgrader'),
]
GRADED = {name: exercise for exercise in exercises() if (name := f"{exercise.number}_{exercise.name}") in NAMES}
HONEST = ("solved", "half", "untouched", "one-mistake", "another-mistake")


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Released by nbgrader, handed in by honest and other students, and graded by nbgrader."""
    folder = tmp_path_factory.mktemp("nbgrader")
    set_up(folder)
    for name, exercise in GRADED.items():
        nbgrader(folder, "generate_assignment", name)
        released = loaded(folder / "release" / name / f"{name}.ipynb")
        right = solved(loaded(folder / "source" / name / f"{name}.ipynb"))
        work = {
            "solved": right,
            "half": half(right),
            "untouched": {},
            "one-mistake": with_a_mistake(exercise, right, 0),
            "another-mistake": with_a_mistake(exercise, right, 7),
        }
        for student, answers in work.items():
            write(folder / "submitted" / student / name / f"{name}.ipynb", filled(released, answers))
        if name == "01_ticket_spend":
            for student, cell in FOOLING.items():
                write(folder / "submitted" / student / name / f"{name}.ipynb", filled(released, {}, cell))
        nbgrader(folder, "autograde", name)
    return folder


def by_nbgrader(course: Path, name: str) -> dict[str, float]:
    """Student -> the points that nbgrader gave by itself."""
    from nbgrader.api import Gradebook  # noqa: PLC0415  (not everybody has it)

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        return {each.student.id: each.code_score for each in book.assignment_submissions(name)}


@pytest.fixture(scope="session")
def by_judge(course: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """Student -> exercise -> points; the judge reads nbgrader's own folders."""
    if not STANDS:
        pytest.skip(WHY)
    report = grade_folder(course, tmp_path_factory.mktemp("judged"))
    assert report.regrade == 0
    assert "nbgrader" in report.found.remarks[0]
    with report.grades.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    points = {row["student"]: {name: row[exercise.name] for name, exercise in GRADED.items()} for row in rows}
    return {who: {name: float(earned or 0) for name, earned in of.items()} for who, of in points.items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_nbgrader_hands_out_holds_no_solution_and_no_rubric(course: Path, name: str) -> None:
    source, released = (loaded(course / folder / name / f"{name}.ipynb") for folder in ("source", "release"))
    text = "\n".join(map(text_of, released["cells"]))
    assert "SOLUTION" not in text
    assert "Rubric" not in text
    assert not any(cell.get("outputs") for cell in released["cells"])
    kept = {line.strip() for cell in released["cells"] for line in text_of(cell).split("\n")}
    assert kept >= {"# YOUR CODE HERE", "raise NotImplementedError()"}
    secret = {line for cell in source["cells"] for line in secret_lines(cell)}
    assert len(secret) > 20
    assert secret & kept == set()


def secret_lines(cell: dict) -> list[str]:
    """What stands between the markers of a solution, or in an instructor's cell."""
    secret = "instructor" in cell["metadata"].get("tags", [])
    lines = []
    for line in text_of(cell).split("\n"):
        if "### BEGIN SOLUTION" in line or "### END SOLUTION" in line:
            secret = "BEGIN" in line
        elif secret and len(line.strip()) > 1:  # a closing bracket is no secret
            lines.append(line.strip())
    return lines


@pytest.mark.parametrize("name", NAMES)
def test_nbgrader_and_the_judge_agree_on_honest_work(
    course: Path, by_judge: dict[str, dict[str, float]], name: str
) -> None:
    scores = by_nbgrader(course, name)
    found = {student: scores[student] for student in HONEST}
    assert found == {student: by_judge[student][name] for student in HONEST}
    most = GRADED[name].points
    assert found["solved"] == most
    assert found["untouched"] == 0
    assert 0 < found["half"] < most
    assert all(0 < found[student] < most for student in ("one-mistake", "another-mistake"))


@pytest.mark.parametrize("name", NAMES)
def test_the_free_text_answers_wait_for_a_person(course: Path, name: str) -> None:
    from nbgrader.api import Gradebook  # noqa: PLC0415  (not everybody has it)

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        submission = book.find_submission(name, "solved")
        waiting = [
            grade.max_score for book in submission.notebooks for grade in book.grades if grade.auto_score is None
        ]
        assert waiting == [essay.points for essay in GRADED[name].essays]
        assert submission.needs_manual_grade
        assert not book.find_submission(name, "untouched").needs_manual_grade  # nbgrader gives it 0 by itself


def test_nbgrader_is_fooled_where_the_judge_is_not(course: Path, by_judge: dict[str, dict[str, float]]) -> None:
    """Said in docs/grading.md; a release of nbgrader that is not fooled any more is good news, and fails here."""
    scores = by_nbgrader(course, "01_ticket_spend")
    assert {student: scores[student] for student in FOOLING} == FOOLS_NBGRADER
    assert {student: by_judge[student]["01_ticket_spend"] for student in FOOLING} == dict.fromkeys(FOOLING, 0.0)


def test_without_the_settings_nbgrader_hands_out_the_rubric(tmp_path: Path) -> None:
    set_up(tmp_path, settings=False)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'plain'\n")
    nbgrader(tmp_path, "generate_assignment", NAMES[0])
    assert "Rubric" in (tmp_path / "release" / NAMES[0] / f"{NAMES[0]}.ipynb").read_text(encoding="utf-8")
