"""The pages beside the notebooks: links lead somewhere, and lines to type are accepted."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from labkit_workbook import cli
from labkit_workbook.evidence import COMPARISONS, FORMULAS
from labkit_workbook.questions import Exercise, exercises

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "INSTRUCTOR.md")), *sorted(ROOT.glob("docs/*.md"))]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^( *)```\w*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
MOST_WORDS = 900  # of the page for instructors
CLASS_MIN = 50


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """What a link may name after its #, as GitHub makes it from the headings."""
    heads = re.findall(r"^#+ (.*)$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("exercise", [e for e in exercises() if e.number], ids=lambda e: e.name)
def test_the_page_of_wrong_answers_has_every_question_and_every_message(exercise: Exercise) -> None:
    head = f"## {exercise.number} {exercise.title}\n"
    section = text_of("docs/wrong_answers.md").partition(head)[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [question.name for question in exercise.questions]
    for question in exercise.questions:
        for misconception in question.misconceptions:
            assert misconception.message in section, misconception.label


def test_the_page_of_evidence_has_every_law_and_every_formula_and_no_empty_cell() -> None:
    text = text_of("docs/evidence.md")
    tables = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in tables]
    assert all(len(row) in (4, 5) and all(row) for row in cells)
    laws = [row[0].split("**")[1].rstrip(".") for row in cells if row[0].startswith("**")]
    assert laws == [each.name for each in COMPARISONS]
    for row in [row for rows in FORMULAS.values() for row in rows]:
        assert f"{row.says}: `{'`, `'.join(row.names)}`" in text
    assert text.index("![") < text.index("| law |")


@pytest.mark.parametrize("name", NAMES)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    for target in LINK.findall(text_of(name)):
        if ":" in target:  # it leads out of the course
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), target


@pytest.mark.parametrize(
    "name", ["docs/evidence.md", "docs/frameworks.md", "docs/grading.md", "docs/teaching.md", "docs/wrong_answers.md"]
)
def test_a_long_page_begins_with_a_list_of_its_sections(name: str) -> None:
    text = text_of(name)
    heads = re.findall(r"^##+ (.*)$", CODE.sub("", text), re.MULTILINE)
    contents = text.partition("\n## ")[0]
    assert re.findall(r"^ *- \[(.*)\]\(#", contents, re.MULTILINE) == heads


@pytest.mark.parametrize(
    "name", ["README.md", "INSTRUCTOR.md", "docs/gradescope.md", "docs/grading.md", "docs/traces.md"]
)
def test_every_line_with_labkit_that_is_to_be_typed_is_accepted(name: str) -> None:
    lines = [line.strip() for _, code in CODE.findall(text_of(name)) for line in code.splitlines()]
    typed = [shlex.split(line) for line in lines if line.startswith("labkit ")]
    assert typed or name == "README.md"
    for words in typed:
        cli._parser().parse_args(words[1:])  # an option that is not there ends it


def test_the_page_for_instructors_is_one_page() -> None:
    assert len(text_of("INSTRUCTOR.md").split()) <= MOST_WORDS


def test_every_lesson_plan_fills_a_class_and_every_exercise_has_its_minutes() -> None:
    text = text_of("docs/teaching.md")
    plans = [part for part in text.split("\n## ") if part.startswith("Class ")]
    assert len(plans) == 10
    for plan in plans:
        assert sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.MULTILINE))) == CLASS_MIN, plan[:20]
    assert {path.name for path in ROOT.glob("notebooks/*.ipynb")} <= set(re.findall(r"notebooks/(\w+\.ipynb)", text))
    given = re.findall(r"^\| \[(\d+ .*?)\]\(.*?\) \| (\d+) \|", text, re.MULTILINE)
    assert given == [(f"{each.number} {each.title}", str(each.minutes)) for each in exercises() if each.number]
