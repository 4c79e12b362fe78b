"""Makes what pages take from the packages: the pages in ``PAGES``, the README's picture among them.

python course/pages.py            write all
python course/pages.py --check    exit 1 if a page of ``PAGES`` is not what the packages make
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence_page import evidence_page
from evidence_picture import evidence_picture
from frameworks_page import frameworks_page
from readme_picture import readme_picture
from sheet import sheet

from labkit_workbook.questions import Exercise, exercises

ROOT = Path(__file__).resolve().parent.parent
WRONG_ANSWERS = """\
# Wrong answers, and what they mean

<!-- Made by course/pages.py from labkit_workbook/questions/graded; change it there, then run: make build -->

Each exercise knows the usual wrong answers as functions of its numbers, so that `check` and the grader can say what was
probably done. This page lists them with the text's numbers: the question, its right answer, the answers that you may
see instead, and what the student is told. Where a class has numbers of its own, the values differ from student to
student and the messages stay. The page has every answer, so keep it from students whose work is graded;
[grading.md](grading.md) says how a copy without it is made.

{contents}

{tables}
"""


def wrong_answers() -> str:
    """The page of wrong answers: for each exercise its questions, the right answers and where each known slip leads."""
    graded = [each for each in exercises() if each.number]
    heads = [f"{each.number} {each.title}" for each in graded]
    contents = "\n".join(f"- [{head}](#{head.lower().replace(' ', '-')})" for head in heads)
    return WRONG_ANSWERS.format(contents=contents, tables="\n\n".join(map(_exercise, graded)))


def _exercise(exercise: Exercise) -> str:
    """An exercise's table, under its heading."""
    lines = [f"## {exercise.number} {exercise.title}", ""]
    lines += ["| question | answer | if you see | then |", "|---|---|---|---|"]
    for question in exercise.questions:
        if question.played:
            told = [f"| | | {m.label.replace('_', ' ')} | {m.message} |" for m in question.misconceptions]
            lines += [told[0].replace("| | |", f"| `{question.name}` | (played) |", 1), *told[1:]]
            continue
        inputs = len(question.inputs(exercise.text)) if question.inputs else 0
        seen: dict[str, list[str]] = {}
        for misconception, wrong in question.mistaken(exercise.text):
            seen.setdefault(misconception.message, []).append(_shown(wrong, inputs))
        name, answer = f"`{question.name}`", _shown(question.expected(exercise.text), inputs)
        for message, values in seen.items():
            lines.append(f"| {name} | {answer} | {' or '.join(dict.fromkeys(values))} | {message} |")
            name, answer = "", ""
    return "\n".join(lines)


def _shown(answer: Any, inputs: int) -> str:
    """An answer as a person would write it; of a function with so many inputs, what it gives for the second."""
    if inputs:
        each = len(answer) // inputs
        answer = answer[each : 2 * each]
    if isinstance(answer, tuple):
        return "[" + ", ".join(f"{x:.6g}" for x in answer) + "]"
    return f"{answer:,.6g}" if answer < 1e5 else f"{answer:,.0f}"


PAGES: dict[str, Callable[[], str]] = {
    "docs/evidence.md": evidence_page,
    "docs/evidence.svg": evidence_picture,
    "docs/frameworks.md": frameworks_page,
    "docs/seventh_agent.svg": readme_picture,
    "docs/sheet.html": sheet,
    "docs/wrong_answers.md": wrong_answers,
}
"""Each made page, and what makes its text."""


def main(arguments: list[str]) -> int:
    """Write, or check."""
    made = {name: make() for name, make in PAGES.items()}
    if arguments == ["--check"]:
        stale = [name for name, text in made.items() if not _says(ROOT / name, text)]
        for name in stale:
            print(f"{name} is not what the packages make; run: make build")
        return 1 if stale else 0
    for name, text in made.items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


def _says(path: Path, text: str) -> bool:
    """Whether the file is there with exactly this text."""
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
