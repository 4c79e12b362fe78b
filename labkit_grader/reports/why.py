"""Why a student has these points: the file taken, how it ended, each question's fate; from the record alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from ..platforms.platform import PlatformIds
from ..record.grades import Gradebook, Standing
from ..record.safe_text import shown_id
from ..record.spreadsheet import tidy
from ..record.words import marked, reached, remarks_of, result_of, rounded, seen, total_words

NEAREST = 3


def explanation(asked: str, gradebook: Gradebook, ids: Mapping[str, PlatformIds] | None = None) -> list[str]:
    """The lines that answer a student's or a teacher's question; nothing is run, and no answer is looked up.

    What nobody of the class handed in is not due yet, and has no line, as on the pages.

    Args:
        asked: a student's id, as in ``grades.csv`` or as it was written; or the name, login or number on a platform.
        gradebook: of the class.
        ids: student -> how the platforms know them.

    Raises:
        ValueError: nobody of that id is in the class, or several are called so; the message names the nearest.
    """
    student = _student(asked, gradebook, ids or {})
    begun = gradebook.handed_in()
    shown = begun if begun.exercises else gradebook
    lines = [f"{student}: {total_words(student, shown)}."]
    if student in gradebook.remarks:
        lines.append(f"Handed in, and not graded: {gradebook.remarks[student]}")
    for standing in shown.standings(student):
        lines += ["", *_of_exercise(standing)]
    return [seen(line, None) for line in lines]


def _student(asked: str, gradebook: Gradebook, ids: Mapping[str, PlatformIds]) -> str:
    """The id of whoever was asked about."""
    for each in (asked, shown_id(asked)):
        if each in gradebook.students:
            return each
    known = {each: ids.get(each, PlatformIds()) for each in gradebook.students}
    called = [each for each, of in known.items() if asked and asked in (of.name, of.login, *of.numbers.values())]
    if len(called) > 1:
        raise ValueError(f"--why: {asked!a} is {' and '.join(called[:NEAREST])}; name one of these ids")
    if not called:
        raise ValueError(f"--why: there is no student {asked!a} in these results; {_suggest_ids(asked, gradebook)}")
    return called[0]


def _suggest_ids(student: str, gradebook: Gradebook) -> str:
    """Whom may have been meant?"""
    shown = {each.casefold(): each for each in gradebook.students}
    near = [shown[each] for each in difflib.get_close_matches(student.casefold(), shown, NEAREST, 0.5)]
    inside = [each for each in sorted(gradebook.students) if student.casefold() in each.casefold()]
    names = list(dict.fromkeys([*near, *inside]))[:NEAREST] if student.strip() else []
    if names:
        return f"the nearest is {' or '.join(names)}"
    return f"it has {len(gradebook.students)} students, such as {', '.join(sorted(gradebook.students)[:NEAREST])}"


def _of_exercise(standing: Standing) -> Iterator[str]:
    """What happened in one exercise."""
    exercise, record = standing.exercise, standing.record
    yield f"{exercise.number} {exercise.title}: {reached(standing)}"
    yield from (f"  {remark}" for remark in remarks_of(standing))
    if record is None:
        return
    yield f"  file taken: {record.file}{' (it is not there any more)' if standing.file_is_gone else ''}"
    wall = record.wall or "no wall; it did not get so far"
    yield f"  ended: {record.status}, after {record.seconds:g} s, behind: {wall}"
    yield from (f"  note: {note}" for note in record.notes)
    yield from (f"  to be looked at: {flag}" for flag in record.flags)
    width = max(map(len, [*(each.name for each in exercise.questions), *(each.name for each in exercise.essays)]))
    for question in exercise.questions:
        answer = record.answers.get(question.name)
        yield f"  {question.name:<{width}}  {_fate(answer)}  {result_of(standing, question)}"
        if answer and answer.get("given"):
            yield f"  {'':<{width}}  answered: {rounded(answer['given'])}"
    for essay in exercise.essays:
        mark = standing.marks.get(essay.name)
        words = marked(essay, mark) if mark or essay.name in standing.texts else "No answer was found."
        yield f"  {essay.name:<{width}}  in words  {words}"


def _fate(answer: Any) -> str:
    """Status and points of an answer."""
    if not answer:
        return "not judged"
    label = f" ({answer['label']})" if answer["label"] else ""
    return f"{answer['status']}{label}, {tidy(answer['points'])} of {tidy(answer['most'])}:"
