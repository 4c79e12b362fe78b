"""What of a class needs a teacher's eye first: faults, crashes, the question most missed, the commonest mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..record.grades import Gradebook, Standing
from ..record.words import notes_of

RAN = ("graded", "crashed", "timed out")
FAILED = ("regrade", "unreadable", "crashed", "timed out")
MOST_ROWS = 3
FEWEST = 3
"""Of so many answers it can be said that a question is often missed."""
MOST_NAMED = 100


def look_first(gradebook: Gradebook) -> list[tuple[str, str, str]]:
    """What it is, where, and how many: the lines of a table, the most urgent first; none where all is well."""
    standings = [(student, each) for student in gradebook.students for each in gradebook.standings(student)]
    return [*_faults(gradebook, standings), *_list_missed(standings), *_mistakes(standings), *_list_waiting(standings)]


def failed(gradebook: Gradebook) -> list[tuple[str, str, str, str]]:
    """Whose work did not run to its end: student, exercise, how it ended and what was noted first."""
    rows = []
    for student in sorted(gradebook.students):
        for each in gradebook.standings(student):
            if each.status in FAILED and not each.shared_by:
                notes = [note for note in notes_of(each) if note.startswith("cell ")] or notes_of(each)
                rows.append((student, _title(each), each.status, notes[0] if notes else ""))
    rows.sort(key=lambda row: (row[1], FAILED.index(row[2]), row[0]))
    return rows[:MOST_NAMED]


def _title(standing: Standing) -> str:
    return f"{standing.exercise.number} {standing.exercise.title}"


def _faults(gradebook: Gradebook, standings: Sequence[tuple[str, Standing]]) -> Iterator[tuple[str, str, str]]:
    """What did not run, by how it ended and exercise."""
    count = Counter((each.status, _title(each)) for _, each in standings if each.status in FAILED)
    words = {
        "regrade": "Not graded through a fault of the grader: grade again",
        "unreadable": "Not readable as a notebook",
        "crashed": "Stopped before its end",
        "timed out": "Took longer than it may",
    }
    for status in FAILED:
        for (which, title), number in sorted(count.items()):
            if which == status:
                yield words[status], title, str(number)
    if gradebook.unread:
        yield "Files that were not graded (grades.csv says which and why)", "", str(len(set(gradebook.unread)))


def _list_missed(standings: Sequence[tuple[str, Standing]]) -> Iterator[tuple[str, str, str]]:
    """The questions that are right least often, of those that several answered.

    What follows from an earlier slip is none of a question's own.
    """
    asked, right = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for _, each in standings:
        if each.record and each.status in RAN and not each.shared_by:
            for question in each.exercise.questions:
                answer = each.record.answers.get(question.name) or {}
                asked[_title(each), question.name] += 1
                right[_title(each), question.name] += answer.get("status") in ("right", "follows")
    often = [(right[at] / number, at) for at, number in asked.items() if number >= FEWEST and right[at] < number]
    for _, (title, name) in sorted(often)[:MOST_ROWS]:
        missed = asked[title, name] - right[title, name]
        yield f"Most missed question: {name}", title, f"{missed} of {asked[title, name]}"


def _mistakes(standings: Sequence[tuple[str, Standing]]) -> Iterator[tuple[str, str, str]]:
    """The known mistakes that were made most often."""
    made = Counter(
        (_title(each), name, str(answer["message"]))
        for _, each in standings
        if each.record and not each.shared_by
        for name, answer in each.record.answers.items()
        if answer["label"]
    )
    for (title, name, message), number in sorted(made.items(), key=lambda item: (-item[1], *item[0]))[:MOST_ROWS]:
        if number > 1:
            yield f"Commonest mistake, {name}: {message}", title, str(number)


def _list_waiting(standings: Sequence[tuple[str, Standing]]) -> Iterator[tuple[str, str, str]]:
    """What waits for a person: texts without a mark, flags, late work."""
    kinds = {
        "Answers in words without a mark": lambda each: len(each.unmarked),
        "Flagged (grades.csv says whose and why)": lambda each: bool(each.record and each.record.flags),
        "Late": lambda each: bool(each.lateness.days and not each.unseen),
        "Its file is not there any more; the points stand (grades.csv says whose)": lambda each: each.file_is_gone,
    }
    for words, number_of in kinds.items():
        count = Counter[str]()
        for _, each in standings:
            count[_title(each)] += int(number_of(each))
        for title, number in sorted(count.items()):
            if number:
                yield words, title, str(number)
