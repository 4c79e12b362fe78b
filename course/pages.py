"""Makes what other pages take from labkit: README's picture, docs/sheet.html, INSTRUCTOR.md's table of wrong answers.

python course/pages.py            write all three
python course/pages.py --check    exit 1 if the table or the sheet is not what the registry and the docstrings make
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sheet import sheet

from labkit import plots, textbook
from labkit_workbook.questions import Exercise, exercises

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "docs" / "sheet.html"
BEGIN = "<!-- wrong answers: made by course/pages.py -->"
END = "<!-- end of wrong answers -->"


def wrong_answers() -> str:
    """For each exercise its questions, the right answer and what each known wrong way leads to."""
    return "\n\n".join(_exercise(each) for each in exercises() if each.number)


def _exercise(exercise: Exercise) -> str:
    lines = [f"### {exercise.number} {exercise.title}", ""]
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


def frontier() -> plots.Picture:
    """The README's picture: the section's designs, corrected, by cost and success."""
    designs = {row.label.removeprefix("+ "): row.corrected for row in textbook.rows()}
    del designs["parallelize independent steps"]  # at the same place as the plain chain: it saves seconds only
    return plots.frontier(designs, "Seven designs of one task: what a lever buys, and what it costs")


def with_table(page: str) -> str:
    """The page with the table between its two marks."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{wrong_answers()}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Write, or check."""
    path = ROOT / "INSTRUCTOR.md"
    page = path.read_text(encoding="utf-8")
    if arguments == ["--check"]:
        stale = []
        if page != with_table(page):
            stale.append("INSTRUCTOR.md: its table of wrong answers is not what labkit_workbook/questions makes")
        if SHEET.read_text(encoding="utf-8") != sheet():
            stale.append("docs/sheet.html: it is not what the docstrings of labkit make")
        print("\n".join(f"{each}; run: make build" for each in stale), end="\n" if stale else "")
        return 1 if stale else 0
    path.write_text(with_table(page), encoding="utf-8", newline="\n")
    SHEET.write_text(sheet(), encoding="utf-8", newline="\n")
    (ROOT / "docs" / "frontier.png").write_bytes(frontier().png())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
