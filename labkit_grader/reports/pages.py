"""One static page of feedback for each student: no script, nothing unescaped, no answer that was not found."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from labkit_workbook.feedback import STATUSES
from labkit_workbook.questions import Essay, Question

from ..record.files import file_name, put
from ..record.grades import Gradebook, Mark, Standing
from ..record.results import NOT_HANDED_IN
from ..record.safe_text import plain_text
from ..record.spreadsheet import tidy

STATUS = {
    "graded": "It was run and judged.",
    "crashed": "It stopped before its end. What was answered before that counts.",
    "timed out": "It took longer than it may. What was answered before that counts.",
    "unreadable": "The file could not be read as a notebook.",
    "regrade": "It could not be graded through a fault of the grader, and will be graded again.",
    NOT_HANDED_IN: "Nothing was graded for this exercise.",
}
STYLE = """
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; line-height: 1.5; max-width: 60rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; }
caption { text-align: left; font-weight: bold; }
th, td { border: 1px solid GrayText; padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; }
td, li, p, h1, blockquote { overflow-wrap: anywhere; overflow: clip; }
th { overflow-wrap: break-word; } th[scope=row] { min-width: 9em; font-weight: normal; }
th[scope=row]::first-line { font-weight: bold; } td:last-child { min-width: 4em; }
code { overflow-wrap: normal; font: inherit; }
img { max-width: 100%; height: auto; }
blockquote { white-space: pre-wrap; border-left: 0.25rem solid GrayText; margin: 1rem 0; padding: 0 1rem; }
details { margin: 1rem 0; } summary { cursor: pointer; }
article { border-top: 1px solid GrayText; }
@media (max-width: 40rem) {
  thead { display: none; } tr, th, td { display: block; } tr { margin-bottom: 1rem; }
  th, td { border-top: 0; } tr > :first-child { border-top: 1px solid GrayText; }
  td::before { content: attr(data-head) ": "; font-weight: bold; }
}
@media print { article, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""
MOST_LETTERS = 2000


# ---- words ------------------------------------------------------------------------------------------------


def found(question: Question, answer: Mapping[str, Any] | None) -> str:
    """What the check found, in words that a student may read: no input on which a function is tried."""
    if answer is None:
        return "Not judged."
    status, message = str(answer["status"]), str(answer["message"])
    word = STATUSES[status][0] if status in STATUSES else ""
    if status == "not_started":
        message = "No answer was set."
    elif question.asks in message:
        message = ""
    elif status == "wrong_type" and " the input " in message:
        ended = "gave None" if message.startswith("Your function gave None") else "stopped with an error"
        message = f"Your function {ended} for one of the inputs on which it was tried."
    return " ".join(filter(None, (word, message)))


def words_of(standing: Standing) -> str:
    """The status in a sentence."""
    return STATUS.get(standing.status, "Its state is not known.")


def marked(essay: Essay, mark: Mark | None) -> str:
    """What a free-text answer was given, in words."""
    if mark is None:
        return "Not yet marked."
    return " ".join(filter(None, (f"{of_points(mark.points, essay.points)}.", mark.comment)))


def notes_of(standing: Standing) -> list[str]:
    """What was noted of a run; a fault of the grader's is nothing of the student's."""
    return list(standing.record.notes) if standing.record and standing.status != "regrade" else []


def seen(text: str, most: int | None = MOST_LETTERS) -> str:
    """The text as it can be seen, without marks that turn it around; a very long one is cut."""
    lines = [plain_text(line) for line in text[:most].splitlines()]
    more = f" (and {len(text) - most:,} letters more)" if most and len(text) > most else ""
    return "\n".join(lines) + more


def escaped(text: str, most: int | None = MOST_LETTERS) -> str:
    """The text for a page: nothing in it is markup, and it turns nothing beside it around."""
    return f"<bdi>{html.escape(seen(text, most))}</bdi>".replace("\n", "<br>")


def quoted(text: str) -> str:
    """A free-text answer for a page, whole and with its spaces."""
    return f"<blockquote>{escaped(text, None)}</blockquote>"


def asked(essay: Essay) -> str:
    """The question of a free-text answer for a page, without the signs of its emphasis."""
    return f"<p>{html.escape(essay.asks.replace('*', ''))}</p>"


def of_points(points: float, most: float) -> str:
    """For example ``3 of 7 points``."""
    return f"{tidy(points)} of {tidy(most)} points"


# ---- the page ---------------------------------------------------------------------------------------------


def document(title: str, body: str, images: str = "'none'") -> str:
    """A whole page; its policy allows its own style, the images given, and nothing else."""
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'none'; style-src 'sha256-{style}'; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(seen(title))}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with a caption; the first cell of each row is its head. On a narrow screen a cell says its column."""
    head = "".join(f'<th scope="col">{html.escape(each)}</th>' for each in heads)
    lines = [f'<tr><th scope="row">{escaped(first)}</th>{_cells(heads[1:], rest)}</tr>' for first, *rest in rows]
    return (
        f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        "<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"
    )


def _cells(heads: Sequence[str], cells: Sequence[str]) -> str:
    return "".join(
        f'<td data-head="{html.escape(head)}">{escaped(cell)}</td>' for head, cell in zip(heads, cells, strict=True)
    )


def page(student: str, gradebook: Gradebook) -> str:
    """A student's page of feedback."""
    parts = [
        f"<h1>Feedback for {escaped(student)}</h1>",
        f"<p>Together: {of_points(gradebook.total(student), gradebook.most)}.</p>",
    ]
    if student in gradebook.remarks:
        parts.append(f"<p>Handed in, and not graded: {escaped(gradebook.remarks[student])}</p>")
    parts += [_section(each) for each in gradebook.standings(student)]
    return document(f"Feedback for {student}", "\n".join(parts))


def _section(standing: Standing) -> str:
    """One exercise of the page."""
    exercise, record = standing.exercise, standing.record
    by_hand = standing.by_hand
    hand = f" The questions were given {of_points(by_hand.points, exercise.points)} by hand." if by_hand else ""
    parts = [
        f"<section>\n<h2>{escaped(f'{exercise.number} {exercise.title}')}</h2>",
        f"<p>{of_points(standing.points, standing.most)}.{hand} {words_of(standing)}</p>",
    ]
    if by_hand and by_hand.comment:
        parts.append(f"<p>{escaped(by_hand.comment)}</p>")
    if record:
        parts.append(f"<p>File: {escaped(record.file)}</p>")
    notes = notes_of(standing)
    if notes:
        parts.append("<h3>Notes</h3>\n<ul>" + "".join(f"<li>{escaped(note)}</li>" for note in notes) + "</ul>")
    if record and record.numbers:
        parts.append(_numbers(standing, record.numbers))
    if record and record.answers:
        rows = [_row(question, record.answers.get(question.name)) for question in exercise.questions]
        parts.append(table("Question by question", ("Question", "Your answer", "Result", "Points"), rows))
    parts += [_essay(standing, essay) for essay in exercise.essays if record or essay.name in standing.marks]
    return "\n".join([*parts, "</section>"])


def _row(question: Question, answer: Mapping[str, Any] | None) -> tuple[str, str, str, str]:
    answer = answer or {}
    asks = f"{question.name}\n{question.asks} (Unit: {question.unit}.)"
    result, points = found(question, answer or None), f"{tidy(answer.get('points', 0))} of {question.points}"
    return asks, str(answer.get("given", "")), result, points


def _numbers(standing: Standing, numbers: Mapping[str, Any]) -> str:
    """The numbers of the exercise that were this student's."""
    docs = {each.name: str(each.metadata["doc"]) for each in fields(standing.exercise.text)}
    rows = [(f"g.{name}", _shown(value), docs.get(name, "")) for name, value in numbers.items()]
    made = table("The numbers of this exercise", ("Name", "Value", "What it is"), rows)
    return f"<details>\n<summary>Your numbers</summary>\n{made}\n</details>"


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def _essay(standing: Standing, essay: Essay) -> str:
    """A free-text answer and its mark."""
    text, mark = standing.texts.get(essay.name, ""), standing.marks.get(essay.name)
    parts = [f"<h3>In words: {html.escape(essay.name)}</h3>", asked(essay)]
    parts.append(quoted(text) if text else "<p>No answer was found.</p>")
    if text or mark:
        parts.append(f"<p>{escaped(marked(essay, mark))}</p>")
    return "\n".join(parts)


def write_pages(folder: Path, gradebook: Gradebook) -> None:
    """Write ``STUDENT.html`` for every student of the class."""
    for student in gradebook.students:
        put(folder / f"{file_name(student)}.html", page(student, gradebook))
