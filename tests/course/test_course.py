"""The course's own gates: what is committed runs, shows what it should, and gives nothing away."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from slow_ones import runs_a_lab, some_slow

from labkit_workbook.questions import exercises, find

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(ROOT.glob("notebooks/*.ipynb"))
EXERCISES = sorted(ROOT.glob("exercises/*.ipynb"))
SOLUTIONS = sorted(ROOT.glob("solutions/*.ipynb"))
Executed = Callable[[Path], nbformat.NotebookNode]
LEFT_ALONE = "tex2jax_ignore mathjax_ignore"  # the class of what the typesetter leaves alone: guesses, explorers
CHECK = "application/vnd.labkit.check+json"
CHECKED = re.compile(r'check\(\s*"([\w.]+)"')


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]


def names(paths: list[Path]) -> list[str]:
    return [f"{path.parent.name}/{path.stem}" for path in paths]


def by_stem(paths: list[Path]) -> list[Any]:
    """The notebooks by their names, those with a lab for `make test-all`."""
    return some_slow(paths, lambda _, path: runs_a_lab(path.stem), lambda path: path.stem)


untouched = pytest.mark.parametrize("path", by_stem(EXERCISES))


def test_the_lessons_and_exercises_are_there() -> None:
    stems = {path.stem for path in LESSONS}
    assert {f"{i:02}" for i in range(13)} == {stem[:2] for stem in stems}
    assert [path.stem for path in EXERCISES] == [path.stem for path in SOLUTIONS]
    assert [path.stem for path in EXERCISES] == [
        "01_ticket_spend",
        "02_routing_crossover",
        "03_debate_vs_retry",
        "04_measure_your_retries",
        "05_spend_a_budget",
        "06_quality_per_dollar",
        "07_reliability_cliff",
        "08_budget_orchestrator",
        "09_how_many_tasks",
        "10_promise_a_p95",
        "11_read_the_bill",
        "12_fit_and_advise",
    ]


@untouched
def test_an_untouched_exercise_runs_to_its_end_and_every_check_says_not_started(path: Path, executed: Executed) -> None:
    notebook = executed(path)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output.evalue for output in outputs if output.output_type == "error"]
    said = [output.data[CHECK] for output in outputs if CHECK in output.get("data", {})]
    assert {each["status"] for each in said} == {"not_started"}
    asked = [name for cell in code_cells(path) for name in CHECKED.findall(cell.source)]
    assert [each["question"] for each in said] == asked


@pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=names(LESSONS + SOLUTIONS))
def test_every_code_cell_was_executed_and_none_failed(path: Path) -> None:
    for cell in code_cells(path):
        assert cell.execution_count, f"{cell.id} was not executed: nbval would compare nothing"
        assert not [o for o in cell.outputs if o.output_type == "error"]


@pytest.mark.parametrize("path", EXERCISES, ids=names(EXERCISES))
def test_exercises_hold_no_outputs_and_no_solutions(path: Path) -> None:
    for cell in code_cells(path):
        assert not cell.outputs
        assert cell.execution_count is None
        assert "SOLUTION" not in cell.source


@pytest.mark.parametrize("path", EXERCISES, ids=names(EXERCISES))
def test_a_stub_and_its_check_stand_in_one_cell(path: Path) -> None:
    for cell in code_cells(path):
        if CHECKED.search(cell.source):
            assert re.search(r"^ *(# Task: .*\n)(.* = |    return )\.\.\.$", cell.source, re.MULTILINE)


@pytest.mark.parametrize("exercise", [e for e in exercises() if e.number], ids=lambda e: e.name)
def test_a_notebook_asks_every_question_and_awards_its_points(exercise) -> None:
    path = ROOT / "solutions" / f"{exercise.number}_{exercise.name}.ipynb"
    asked = [match for cell in code_cells(path) for match in CHECKED.findall(cell.source)]
    assert sorted(asked) == sorted(f"{exercise.name}.{q.name}" for q in exercise.questions)
    graded = [c for c in read(path).cells if "grade" in c.metadata.get("tags", [])]
    assert [c.metadata["nbgrader"]["points"] for c in graded] == [sum(q.points for q in exercise.questions)]
    text = read(path).cells[0].source
    assert f"{exercise.minutes} minutes, {exercise.difficulty}" in text


def said(text: str) -> str:
    """The words of a text, whatever the space between them."""
    return " ".join(text.split())


@pytest.mark.parametrize("exercise", [e for e in exercises() if e.number], ids=lambda e: e.name)
def test_the_free_text_answers_are_those_of_the_registry(exercise) -> None:
    name = f"{exercise.number}_{exercise.name}.ipynb"
    for folder in ("exercises", "solutions"):
        cells = read(ROOT / folder / name).cells
        graded = [(i, c) for i, c in enumerate(cells) if c.cell_type == "markdown" and "nbgrader" in c.metadata]
        assert [c.id for _, c in graded] == [essay.name for essay in exercise.essays]
        for (place, cell), essay in zip(graded, exercise.essays, strict=True):
            assert cell.metadata["nbgrader"]["grade_id"] == essay.name
            assert cell.metadata["nbgrader"]["points"] == essay.points
            assert said(cells[place - 1].source).endswith(said(essay.asks))
    for_teachers = [said(c.source) for c in cells if "instructor" in c.metadata.get("tags", [])]
    rubrics = [text for text in for_teachers if not text.startswith("**What the lab gives**")]
    wanted = [f"**Rubric ({essay.points} points).** {said(essay.rubric)}" for essay in exercise.essays]
    assert rubrics == wanted
    assert not {essay.name for essay in exercise.essays} & {question.name for question in exercise.questions}


@pytest.mark.parametrize("path", by_stem(SOLUTIONS))
def test_every_solution_is_judged_right_when_it_is_run_today(path: Path, executed: Executed) -> None:
    for cell in executed(path).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {}).get(CHECK)
            if data is not None:
                assert data["status"] == "right", data["question"]


@pytest.mark.parametrize("path", LESSONS, ids=names(LESSONS))
def test_a_lesson_says_minutes_predicts_asks_once_and_closes_with_a_table(path: Path) -> None:
    cells = read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert re.search(r"\*\d+ minutes\.\*", text)
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert "**Predict" in text or "predict(" in code
    assert text.count("**Question.**") == 1
    ids = {match for cell in cells if cell.cell_type == "code" for match in CHECKED.findall(cell.source)}
    assert len(ids) == 1
    assert find(ids.pop())
    assert "| remember |" in cells[-1].source


@pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=names(LESSONS + SOLUTIONS))
def test_every_picture_has_alt_text(path: Path) -> None:
    for cell in code_cells(path):
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/png" not in data, f"{cell.id}: a bare picture has no alt text; use plots.Picture"
            for alt in re.findall(r'<img alt="([^"]*)"', data.get("text/html", "")):
                assert len(alt.split()) >= 8, f"{cell.id}: {alt!r}"


@pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=names(LESSONS + SOLUTIONS))
def test_no_dollar_sign_can_be_taken_for_mathematics(path: Path) -> None:
    """JupyterLab typesets whatever stands between two dollar signs, escaped or not; prose says USD."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\\\$|\$\d", cell.source), cell.id
        for output in cell.get("outputs", []):
            page = output.get("data", {}).get("text/html", "")
            text = "" if LEFT_ALONE in page else re.sub(r'src="data:[^"]*"', "", page)
            assert "$" not in re.sub(r'<span>\$</span>|alt="[^"]*"', "", text), cell.id


@pytest.mark.parametrize("path", LESSONS + SOLUTIONS, ids=names(LESSONS + SOLUTIONS))
def test_no_printed_line_is_too_long_to_show(path: Path) -> None:
    for cell in code_cells(path):
        for output in cell.outputs:
            if output.output_type == "stream":
                assert max(map(len, output.text.splitlines()), default=0) <= 100, cell.id


@untouched
def test_nbgrader_gives_an_untouched_exercise_no_points_and_a_solution_all(path: Path, executed: Executed) -> None:
    """nbgrader takes the number that the graded cell ends with as its partial credit."""
    for folder, share in (("exercises", 0), ("solutions", 1)):
        graded = [c for c in executed(ROOT / folder / path.name).cells if "grade" in c.metadata.get("tags", [])]
        numbers = [o.data["text/plain"] for c in graded for o in c.outputs if o.output_type == "execute_result"]
        assert numbers == [str(share * graded[0].metadata["nbgrader"]["points"])]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_command_of_a_formula_is_escaped_twice(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert not [
        cell.source for cell in cells if cell.cell_type == "markdown" and re.search(r"\\\\[A-Za-z]", cell.source)
    ]


def test_the_printed_tables_are_compared_by_nbval() -> None:
    tagged = [c.id for path in LESSONS for c in code_cells(path) if "nbval-check-output" in c.metadata.get("tags", [])]
    assert len(tagged) >= 20


def minutes_of(lesson: Path) -> int:
    """What a lesson's own first line promises."""
    promised = re.search(r"\*(\d+) minutes\.\*", nbformat.read(lesson, as_version=4).cells[0].source)
    assert promised is not None
    return int(promised[1])


def test_the_maps_promise_the_minutes_of_the_lessons_and_exercises() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = "".join(cell.source for cell in nbformat.read(LESSONS[0], as_version=4).cells)
    for lesson in LESSONS:
        row = rf"{lesson.name}\) \| {minutes_of(lesson)} \|"
        assert re.search(row, readme), lesson.stem
        assert lesson == LESSONS[0] or re.search(row, first), lesson.stem
    for exercise in (each for each in exercises() if each.number):
        assert re.search(rf"{exercise.number}_{exercise.name}\.ipynb\), {exercise.minutes} min", readme), exercise.name
        assert re.search(rf"\| {exercise.number} [^|(]*\({exercise.minutes}\) \|", first), exercise.name


def test_no_lesson_is_longer_than_a_sitting() -> None:
    assert max(minutes_of(lesson) for lesson in LESSONS) <= 35


def test_the_guides_say_how_long_the_course_is() -> None:
    hours = (sum(map(minutes_of, LESSONS)) + sum(each.minutes for each in exercises() if each.number)) / 60
    assert round(hours) == 17
    for page in ("INSTRUCTOR.md", "docs/teaching.md"):
        assert "about seventeen hours" in (ROOT / page).read_text(encoding="utf-8")
