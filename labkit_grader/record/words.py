"""What the record says, in words that a student may read: on pages, in comments and in tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labkit_workbook.questions import Essay, Question
from labkit_workbook.results import STATUSES

from .grades import Gradebook, Standing
from .overrides import Mark
from .results import NOT_HANDED_IN
from .safe_text import plain_text
from .spreadsheet import tidy

STATUS = {
    "graded": "It was run and judged.",
    "crashed": "It stopped before its end. What was answered before that counts.",
    "timed out": "It took longer than it may. What was answered before that counts.",
    "unreadable": "The file could not be read as a notebook.",
    "regrade": "It could not be graded through a fault of the grader, and will be graded again.",
    NOT_HANDED_IN: "Nothing was graded for this exercise.",
}
EXCUSED = "You need not hand it in."
MOST_LETTERS = 2000


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
    if standing.excused and standing.unseen:
        return EXCUSED
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


def of_points(points: float, most: float) -> str:
    """For example ``3 of 7 points``."""
    return f"{tidy(points)} of {tidy(most)} points"


def reached(standing: Standing) -> str:
    """The points of an exercise in words, and how it ended; no 0 where nobody has looked."""
    points = of_points(standing.points, standing.most) if standing.known else f"no points yet, of {standing.most}"
    return f"{points}. {words_of(standing)}"


def total_words(student: str, gradebook: Gradebook) -> str:
    """A student's points of all exercises in words, of those that have any, and which have none yet."""
    standings = gradebook.standings(student)
    total = gradebook.total(student)
    if total is None:
        return "no points yet"
    words = of_points(total, sum(each.due for each in standings if each.known))
    none = [each.exercise for each in standings if not each.known and not (each.excused and each.unseen)]
    without = " and ".join(f"{each.number} {each.title}" for each in none)
    return f"{words}, and none yet for {without}" if none else words


def result_of(standing: Standing, question: Question) -> str:
    """What became of a question, in words: what the check found, and a mark by hand with its comment."""
    answer = standing.record.answers.get(question.name) if standing.record else None
    mark = standing.by_question.get(question.name)
    if mark is None:
        return found(question, answer)
    given = f"By hand: {of_points(mark.points, question.points)}."
    return " ".join(filter(None, (found(question, answer), given, mark.comment)))


def comment(standing: Standing) -> str:
    """The feedback for one exercise as text: its points, and what is not right yet; nothing a student wrote."""
    answers = standing.record.answers if standing.record else {}
    lines = [f"{standing.exercise.title}: {reached(standing)}"]
    lines += remarks_of(standing)
    for question in standing.exercise.questions:
        answer = answers.get(question.name)
        if question.name in standing.by_question or (answer and answer["status"] != "right"):
            lines.append(f"{question.name}: {result_of(standing, question)}")
    for essay in standing.exercise.essays:
        if essay.name in standing.texts or essay.name in standing.marks:
            lines.append(f"{essay.name}: {marked(essay, standing.marks.get(essay.name))}")
    return "\n".join(lines)


def remarks_of(standing: Standing) -> list[str]:
    """What is said of the whole exercise: points by hand with their comment, lateness, whose file it was."""
    remarks = []
    if standing.by_hand:
        given = of_points(standing.by_hand.points, standing.exercise.points)
        remarks.append(" ".join(filter(None, (f"The questions were given {given} by hand.", standing.by_hand.comment))))
    if standing.late_words:
        remarks.append(f"Late: {standing.late_words}.")
    if standing.shared_by:
        remarks.append(f"Handed in by {standing.shared_by}, of the same group.")
    return remarks


NUMBER = re.compile(r"(?<![\w.])-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?(?![\w.])")


def rounded(text: str) -> str:
    """The text with its decimal numbers to six digits: enough to see what was meant.

    >>> rounded("[0.8902768252591009, 20736.0, 277452.125, 15]")
    '[0.890277, 20736, 277452, 15]'
    """
    return NUMBER.sub(lambda found: _to_six_digits(float(found[0])), text)


def _to_six_digits(number: float) -> str:
    return f"{number:.0f}" if 1e6 <= abs(number) < 1e15 else f"{number:.6g}"
