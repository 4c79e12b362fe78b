"""One static page of feedback for each student: no script, nothing unescaped, no answer that was not found."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..feedback import MARKS
from ..questions import Exercise, Question
from .layouts import plain_text, shown_id
from .results import NOT_HANDED_IN, Record, tidy

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
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: bold; }
th, td { border: 1px solid GrayText; padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; }
td, li, p, h1 { overflow-wrap: anywhere; }
th { overflow-wrap: break-word; } th[scope=row] { min-width: 11em; } td:last-child { min-width: 4em; }
img { max-width: 100%; height: auto; }
"""
MOST_LETTERS = 2000
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_@-]*(\.[a-z0-9_@-]+)*")
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


@dataclass(frozen=True)
class Standing:
    """How a student stands in one exercise; marks by hand win."""

    exercise: Exercise
    record: Record | None
    status: str
    points: float
    most: int
    by_hand: bool

    @property
    def words(self) -> str:
        """The status in a sentence."""
        return STATUS.get(self.status, "Its state is not known.")


@dataclass(frozen=True)
class Marks:
    """What every page and table is made of; ``remarks`` says of a student what could not be graded."""

    students: Sequence[str]
    exercises: Sequence[Exercise]
    records: Mapping[tuple[str, str], Record]
    by_hand: Mapping[tuple[str, str], float] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    def standing(self, student: str, exercise: Exercise) -> Standing:
        """How a student stands in an exercise."""
        at = student, exercise.name
        record = self.records.get(at)
        points = self.by_hand.get(at, float(record.points) if record else 0.0)
        status = record.status if record else NOT_HANDED_IN
        return Standing(exercise, record, status, points, exercise.points, at in self.by_hand)

    def standings(self, student: str) -> list[Standing]:
        """How a student stands in all exercises."""
        return [self.standing(student, exercise) for exercise in self.exercises]

    def total(self, student: str) -> float:
        """The sum of a student's points, as in the table of grades."""
        return sum(each.points for each in self.standings(student))

    @property
    def most(self) -> int:
        """The points of all exercises."""
        return sum(exercise.points for exercise in self.exercises)


# ---- words ------------------------------------------------------------------------------------------------


def found(question: Question, answer: Mapping[str, Any] | None) -> str:
    """What the check found, in words that a student may read: no input on which a function is tried."""
    if answer is None:
        return "Not judged."
    status, message = str(answer["status"]), str(answer["message"])
    word = MARKS[status][0] if status in MARKS else ""
    if status == "not_started":
        message = "No answer was set."
    elif question.asks in message:
        message = ""
    elif status == "wrong_type" and " the input " in message:
        ended = "gave None" if message.startswith("Your function gave None") else "stopped with an error"
        message = f"Your function {ended} for one of the inputs on which it was tried."
    return " ".join(filter(None, (word, message)))


def notes_of(standing: Standing) -> list[str]:
    """What was noted of a run; a fault of the grader's is nothing of the student's."""
    return list(standing.record.notes) if standing.record and standing.status != "regrade" else []


def seen(text: str, most: int | None = MOST_LETTERS) -> str:
    """The text as it can be seen, without marks that turn it around; a very long one is cut."""
    lines = [plain_text(line) for line in text[:most].splitlines()]
    more = f" (and {len(text) - most:,} letters more)" if most and len(text) > most else ""
    return "\n".join(lines) + more


def escaped(text: str) -> str:
    """The text for a page: nothing in it is markup, and it turns nothing beside it around."""
    return f"<bdi>{html.escape(seen(text))}</bdi>".replace("\n", "<br>")


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
    """A table with a caption; the first cell of each row is its head."""
    head = "".join(f'<th scope="col">{html.escape(each)}</th>' for each in heads)
    lines = [
        f'<tr><th scope="row">{escaped(first)}</th>' + "".join(f"<td>{escaped(each)}</td>" for each in rest) + "</tr>"
        for first, *rest in rows
    ]
    return (
        f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        "<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"
    )


def page(student: str, marks: Marks) -> str:
    """A student's page of feedback."""
    parts = [
        f"<h1>Feedback for {escaped(student)}</h1>",
        f"<p>Together: {of_points(marks.total(student), marks.most)}.</p>",
    ]
    if student in marks.remarks:
        parts.append(f"<p>Handed in, and not graded: {escaped(marks.remarks[student])}</p>")
    parts += [_section(each) for each in marks.standings(student)]
    return document(f"Feedback for {student}", "\n".join(parts))


def _section(standing: Standing) -> str:
    """One exercise of the page."""
    room, record = standing.exercise, standing.record
    hand = " These were given by hand; the table has what the checks found." if standing.by_hand else ""
    parts = [
        f"<section>\n<h2>{escaped(f'{room.number} {room.title}')}</h2>",
        f"<p>{of_points(standing.points, standing.most)}.{hand} {standing.words}</p>",
    ]
    if record:
        parts.append(f"<p>File: {escaped(record.file)}</p>")
    notes = notes_of(standing)
    if notes:
        parts.append("<h3>Notes</h3>\n<ul>" + "".join(f"<li>{escaped(note)}</li>" for note in notes) + "</ul>")
    if record and record.answers:
        rows = [_row(question, record.answers.get(question.name)) for question in room.questions]
        parts.append(table("Question by question", ("Question", "What was asked", "Result", "Points"), rows))
    return "\n".join([*parts, "</section>"])


def _row(question: Question, answer: Mapping[str, Any] | None) -> tuple[str, str, str, str]:
    points = answer["points"] if answer else 0
    asked = f"{question.asks} (Unit: {question.unit}.)"
    return question.name, asked, found(question, answer), f"{tidy(points)} of {question.points}"


# ---- files ------------------------------------------------------------------------------------------------


def file_name(student: str) -> str:
    """A file name, without its ending, that stays in its folder; no two students share one on any machine.

    >>> file_name("ada-7"), file_name("../Ada")
    ('ada-7', 'Ada~4e4af21652b7')
    """
    if len(student) <= 64 and PLAIN_NAME.fullmatch(student) and not RESERVED.fullmatch(student):
        return student
    slug = re.sub(r"[^\w@-]+", "_", shown_id(student).partition("~")[0])[:40].strip("_")
    return f"{slug}~{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def write_pages(folder: Path, marks: Marks) -> None:
    """Write ``STUDENT.html`` for every student of the class."""
    for student in marks.students:
        put(folder / f"{file_name(student)}.html", page(student, marks))
