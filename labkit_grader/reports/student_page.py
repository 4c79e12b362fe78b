"""One static page of feedback for each student: no script, nothing unescaped, no answer that was not found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Essay, Question

from ..record.files import file_name, put
from ..record.grades import Gradebook, Standing
from ..record.spreadsheet import tidy
from ..record.words import marked, notes_of, reached, remarks_of, result_of, rounded, total_words
from .html import rendered


def page(student: str, gradebook: Gradebook) -> str:
    """A student's page of feedback."""
    standings = gradebook.standings(student)
    return rendered(
        "feedback.html",
        title=f"Feedback for {student}",
        student=student,
        together=total_words(student, gradebook),
        remark=gradebook.remarks.get(student, ""),
        sections=[_section(each) for each in standings],
    )


def write_pages(folder: Path, gradebook: Gradebook) -> None:
    """Write ``STUDENT.html`` for every student of the class."""
    for student in gradebook.students:
        put(folder / f"{file_name(student)}.html", page(student, gradebook))


def asked(essay: Essay) -> str:
    """The question of a free-text answer, without the signs of its emphasis."""
    return essay.asks.replace("*", "")


def _section(standing: Standing) -> dict[str, Any]:
    """What the template shows of one exercise."""
    exercise, record = standing.exercise, standing.record
    answers = record.answers if record else {}
    return {
        "title": f"{exercise.number} {exercise.title}",
        "reached": capital(reached(standing)),
        "remarks": remarks_of(standing),
        "file": record.file if record else "",
        "notes": notes_of(standing),
        "numbers": _numbers(standing, record.numbers) if record and record.numbers else [],
        "answers": [_row(standing, each) for each in exercise.questions] if answers or standing.by_question else [],
        "essays": [_essay(standing, each) for each in exercise.essays if record or each.name in standing.marks],
    }


def capital(sentence: str) -> str:
    """The sentence with a capital."""
    return sentence[:1].upper() + sentence[1:]


def _row(standing: Standing, question: Question) -> tuple[str, str, str, str]:
    answer = (standing.record.answers.get(question.name) if standing.record else None) or {}
    asks = f"{question.name}\n{question.asks} (Unit: {question.unit}.)"
    points = f"{tidy(standing.question_points(question))} of {question.points}"
    return asks, rounded(str(answer.get("given", ""))), result_of(standing, question), points


def _numbers(standing: Standing, numbers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The numbers of the exercise that were this student's."""
    docs = {each.name: str(each.metadata["doc"]) for each in fields(standing.exercise.text)}
    return [(f"g.{name}", _in_thousands(value), docs.get(name, "")) for name, value in numbers.items()]


def _in_thousands(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def _essay(standing: Standing, essay: Essay) -> dict[str, str]:
    """A free-text answer and its mark."""
    text, mark = standing.texts.get(essay.name, ""), standing.marks.get(essay.name)
    return {
        "name": essay.name,
        "asks": asked(essay),
        "text": text,
        "marked": marked(essay, mark) if text or mark else "",
    }
