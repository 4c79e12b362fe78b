"""Check that a script of the course keeps the rules that its notebooks depend on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager
from percent import Cell, Problem, Script
from regions import Region, find_regions
from stubs import without_solutions

ONLY_IN_SOLUTIONS = {"solution", "instructor"}
GRADE = "grade"
PREDICT = "predict"
"""The tag of a cell whose result is closed until a guess is made."""
HIDE_INPUT = "hide-input"
"""The tag of a cell whose code is folded away and one click from view."""

_UNFINISHED = re.compile(r"^\s*raise NotImplementedError\b")


def check_script(script: Script) -> list[Problem]:
    """Return everything that is wrong with a script, in the order of its lines."""
    problems = list(script.problems)
    for cell in script.cells:
        found = _marker_problems(cell) + _folding_problems(cell)
        found += _lesson_problems(cell) if script.is_lesson else _exercise_problems(cell)
        problems += [Problem(script.path, line, text) for line, text in found]
    return sorted(problems, key=lambda problem: problem.line)


def _marker_problems(cell: Cell) -> list[tuple[int, str]]:
    _, faults = find_regions(cell.source)
    return [(cell.first_line + fault.line, fault.text) for fault in faults]


def _folding_problems(cell: Cell) -> list[tuple[int, str]]:
    """Only code has a result to close or a code to fold, and the build writes the metadata that does it."""
    problems = [
        (cell.header_line, f"tag `{tag}` on a cell that is not code; remove it")
        for tag in cell.tags
        if tag in (PREDICT, HIDE_INPUT) and cell.kind != "code"
    ]
    if {"outputs_hidden", "source_hidden"} & set(cell.metadata.get("jupyter", {})):
        problems.append((cell.header_line, "`jupyter` metadata by hand; tag the cell `predict` or `hide-input`"))
    return problems


def _lesson_problems(cell: Cell) -> list[tuple[int, str]]:
    """A lesson is finished text: it has nothing to solve, nothing to grade and nothing to hide."""
    regions, _ = find_regions(cell.source)
    problems = [
        (cell.first_line + region.begin, "solution region in a lesson; move it to an exercise") for region in regions
    ]
    problems += [
        (cell.header_line, f"tag `{tag}` in a lesson; it means something in exercises only, remove it")
        for tag in cell.tags
        if tag in {*ONLY_IN_SOLUTIONS, GRADE}
    ]
    if "points" in cell.metadata:
        problems.append((cell.header_line, "points in a lesson; lessons are not graded, remove them"))
    if cell.kind == "code":
        problems += [
            (cell.first_line + number, "NotImplementedError left in a lesson; write the code")
            for number, line in enumerate(cell.source.split("\n"))
            if _UNFINISHED.match(line)
        ]
    return problems


def _exercise_problems(cell: Cell) -> list[tuple[int, str]]:
    regions, faults = find_regions(cell.source)
    problems = [(cell.first_line + region.begin, text) for region in regions for text in _region_problems(cell, region)]
    if regions and not faults and not _stubbed_cell_is_python(cell):
        line = cell.first_line + regions[0].begin
        problems.append((line, "the cell is no Python once stubbed; indent BEGIN SOLUTION like its code"))
    problems += [(cell.header_line, text) for text in _grading_problems(cell, bool(regions))]
    return problems


def _region_problems(cell: Cell, region: Region) -> Iterator[str]:
    if cell.kind == "code" and not region.words:
        yield "solution region without words; write the task after `### BEGIN SOLUTION:`"
    if cell.kind == "raw":
        yield "solution region in a raw cell; use a code or markdown cell"
    for tag in sorted({*ONLY_IN_SOLUTIONS, GRADE} & set(cell.tags)):
        yield f"solution region in a cell tagged `{tag}`; remove the tag or the markers"


def _grading_problems(cell: Cell, has_regions: bool) -> Iterator[str]:
    graded = GRADE in cell.tags
    if graded and cell.kind != "code":
        yield "tag `grade` on a cell that is not code; remove it"
    if graded and "points" not in cell.metadata:
        yield "cell tagged `grade` has no points; add them to its header, like `points=2`"
    if "points" in cell.metadata and not _is_amount(cell.metadata["points"]):
        yield "points are not a number from 0 up; write them like `points=2`"
    if "points" in cell.metadata and not graded and not (has_regions and cell.kind == "markdown"):
        yield "points on a cell that is not graded; tag it `grade` or remove them"


def _is_amount(points: object) -> bool:
    return isinstance(points, (int, float)) and not isinstance(points, bool) and points >= 0


def _stubbed_cell_is_python(cell: Cell) -> bool:
    if cell.kind != "code":
        return True
    stubbed = without_solutions(cell.source, cell.kind)
    try:
        ast.parse(TransformerManager().transform_cell(stubbed))
    except SyntaxError:
        return False
    return True
