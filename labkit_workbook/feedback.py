"""``check`` and ``hint``: what a learner hears about an answer. ``check`` never raises; none tells the answer.

A check answers in this order: not started, wrong type or unit, a known misconception, wrong, right. In the copy of an
assessed class, which holds no answers, what comes after the type and the unit is: recorded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from labkit._html import escaped

from .numbers.given_numbers import handed_out, numbers_known
from .questions import Exercise, Question, exercise, find
from .questions.blank import BlankQuestion
from .questions.consequences import consequence
from .questions.played import Played, PlayedQuestion
from .typed_answers import NotAnAnswer, NotStarted, read, read_earlier, read_games

MIME = "application/vnd.labkit.check+json"
STATUSES = {  # -> the words with which its message begins, and its colour
    "right": ("Right.", "#2e7d32"),
    "follows": ("It follows.", "#4f7d2e"),
    "wrong": ("Not yet.", "#c75000"),
    "misconception": ("Not yet.", "#c75000"),
    "wrong_type": ("Not an answer yet.", "#7b4ea3"),
    "recorded": ("Recorded.", "#00629b"),
    "not_started": ("Not started.", "#5f6b7a"),
    "unknown": ("Not found.", "#7b4ea3"),
}
NO_HINTS = "This copy of the course is for an assessed class; its hints were left out."
NAME = re.compile(r"[b-zB-Z]\b|\w+ [-=+*/^<>] |\w+[(^_]")
"""With what a formula begins: a letter that is no word, or a name before a sign or a bracket."""
HAS_THE_FORM = "It has the form asked for (unit: {}). Whether it is right, you hear later."
FOLLOWS = (
    "That is right given your own {}, which is not right yet, and is worth {:.0%} of the points. Put {} right, then "
    "run this once more."
)
_numbers: dict[str, tuple[float, ...]] = {}
_wrong_tries: dict[str, int] = {}
_last: dict[str, CheckResult] = {}


@dataclass(frozen=True)
class CheckResult:
    """What ``check`` found. ``status`` is a key of ``STATUSES``; ``label`` names the misconception, if one."""

    question: str
    status: str
    message: str
    label: str = ""

    def __repr__(self) -> str:
        return f"{STATUSES[self.status][0]} {self.message}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        word, colour = STATUSES[self.status]
        data = {
            "question": self.question,
            "status": self.status,
            "label": self.label,
            "message": self.message,
        }
        page = (
            f"<div role='status' style='border-left:0.35em solid {colour}; padding:0.3em 0.8em'>"
            f"<strong>{word}</strong> {escaped(self.message)}</div>"
        )
        return {"text/plain": repr(self), "text/html": page, MIME: data}


def given(exercise_name: str) -> Any:
    """The numbers of an exercise; in a class each student's own, drawn from the id, which is asked for once.

    Raises:
        ValueError: there is no such exercise; or in a class nobody can be asked for the id.

    >>> given("start_here").agents
    5
    """
    return handed_out(exercise(exercise_name))


def check(question_id: str, value: Any = None) -> CheckResult:
    """Say whether an answer is right; never raises, never shows the expected value.

    Args:
        question_id: such as ``"ticket_spend.worst_case_calls"``.
        value: your answer: a number, a list of numbers, or a function, as the question asks.

    >>> check("start_here.debate_calls", 8)
    Not yet. You added. In each round every agent makes a call: multiply.
    """
    try:
        each_exercise, question = find(question_id)
    except ValueError as error:
        return CheckResult("", "unknown", str(error))
    except Exception:
        return CheckResult("", "unknown", "An id is a text such as 'ticket_spend.calls'.")
    try:
        numbers = numbers_known(each_exercise)
    except ValueError as error:
        return CheckResult(question_id, "not_started", f"Your numbers are not known: {error}.")
    if numbers is None:
        first = f'First run the cell with given("{each_exercise.name}"): it asks for your id.'
        return CheckResult(question_id, "not_started", f"Your numbers are not known yet. {first}")
    ids = {each.name: f"{each_exercise.name}.{each.name}" for each in each_exercise.questions}
    own = {name: _numbers[at] for name, at in ids.items() if at in _numbers}
    _numbers.pop(question_id, None)
    try:
        result = _judged(question_id, question, numbers, value, own)
    except (Exception, SystemExit) as error:
        result = CheckResult(question_id, "wrong_type", f"Your answer could not be read: {type(error).__name__}.")
    if question.inputs is None:
        with suppress(Exception, SystemExit):
            _numbers[question_id] = read(question, numbers, value)
    return _remembered(question, result)


def hint(question_id: str, number: int = 1) -> str:
    """Hint 1 or 2 of a question.

    >>> hint("start_here.debate_calls")
    'Draw a grid: agents down, rounds across.'
    """
    if number not in (1, 2):
        raise ValueError(f"number must be 1 or 2, got {number!r}")
    return find(question_id)[1].hints[number - 1] or NO_HINTS


def summary(exercise_name: str) -> Summary:
    """How far you got in this notebook: one line a question."""
    each_exercise = exercise(exercise_name)
    results = {q.name: _last.get(f"{each_exercise.name}.{q.name}") for q in each_exercise.questions}
    return Summary(
        each_exercise, {name: result.status if result else "not_started" for name, result in results.items()}
    )


@dataclass(frozen=True)
class Summary:
    """The state of each question of an exercise, and the points."""

    exercise: Exercise
    states: dict[str, str]

    @property
    def points(self) -> float:
        """Points of the questions answered right, and the share of those that follow from a wrong one."""
        return sum(question.earned(self.states[question.name]) for question in self.exercise.questions)

    @property
    def most(self) -> int:
        """Points of all questions."""
        return self.exercise.points

    def __repr__(self) -> str:
        lines = [f"  {name:<24} {STATUSES[state][0]}" for name, state in self.states.items()]
        return "\n".join([f"{self.exercise.title}: {self._count()}", *lines])

    def _count(self) -> str:
        recorded = sum(state == "recorded" for state in self.states.values())
        if any(isinstance(question, BlankQuestion) for question in self.exercise.questions):
            words = f"{recorded} of {len(self.states)} answers recorded."
            return f"{words} Points come when your work is graded; until then they count as 0."
        return f"{self.points:g} of {self.most} points"


def forget() -> None:
    """Forget all tries; a fresh kernel begins so."""
    _numbers.clear()
    _wrong_tries.clear()
    _last.clear()


def judge(
    question_id: str, value: Any, parameters: Any, inputs: Sequence[Any] | None = None, earlier: Any = None
) -> CheckResult:
    """``check`` for given parameters, without memory and without hints: what a grader needs.

    Args:
        question_id: such as ``"ticket_spend.calls"``.
        value: the answer.
        parameters: the student's numbers.
        inputs: on what a function is tried, where not on the question's own inputs.
        earlier: a dict of the answers to the exercise's questions by name, for what follows from a wrong one.
    """
    within, question = find(question_id)
    own = read_earlier(within, question, parameters, earlier or {})
    if inputs is not None:
        question = replace(question, inputs=lambda _: inputs)
    return _judged(question_id, question, parameters, value, own)


def _judged(
    question_id: str, question: Question, parameters: Any, value: Any, own: Mapping[str, tuple[float, ...]]
) -> CheckResult:
    try:
        if isinstance(question, PlayedQuestion):
            games = read_games(question, parameters, value)
            return CheckResult(question_id, *_watched(question, parameters, games))
        answer = read(question, parameters, value)
    except NotStarted:
        return CheckResult(question_id, "not_started", f"{question.asks} (Unit: {question.unit}.)")
    except NotAnAnswer as error:
        return CheckResult(question_id, "wrong_type", str(error))
    if isinstance(question, BlankQuestion):
        return CheckResult(question_id, *_recorded(question, answer))
    return _compared(question_id, question, parameters, answer, own)


def _watched(question: PlayedQuestion, parameters: Any, games: Sequence[Played]) -> tuple[str, ...]:
    """What is said of a controller that has played: status, message, and the label of a known fault."""
    unjudged = isinstance(question, BlankQuestion)
    label = "" if unjudged else question.verdict(parameters, games)
    notes = [game.score.note for game in games if game.score.note]
    if notes and (label or unjudged):
        return "wrong_type", f"{len(notes)} of {len(games)} tasks ended before their time. The first: {notes[0]}."
    if unjudged:
        return "recorded", HAS_THE_FORM.format(question.unit)
    for misconception in question.misconceptions:
        if label == misconception.label:
            return "misconception", misconception.message, label
    return ("wrong", question.asks, label) if label else ("right", _sentence(question.worked(parameters)))


def _sentence(words: str) -> str:
    """With a capital, but where a formula begins, and a full stop.

    >>> _sentence("a plain step is 1 call"), _sentence("p + (1 - p) r = 0.57"), _sentence("log(2) steps")
    ('A plain step is 1 call.', 'p + (1 - p) r = 0.57.', 'log(2) steps.')
    """
    return f"{words if NAME.match(words) else words[:1].upper() + words[1:]}."


def _compared(
    question_id: str,
    question: Question,
    parameters: Any,
    answer: tuple[float, ...],
    own: Mapping[str, tuple[float, ...]],
) -> CheckResult:
    """An answer of the right form, beside what follows from earlier ones, the known wrong ones and the right one."""
    following = consequence(find(question_id)[0], question, parameters, own)
    right = question.same(answer, question.expected(parameters))
    if question.follows and following is not None and question.same(answer, following) and not right:
        earlier = " and ".join(question.follows.earlier)
        return CheckResult(question_id, "follows", FOLLOWS.format(earlier, question.follows.share, earlier))
    for misconception, wrong in question.mistaken(parameters):
        if question.same(answer, wrong):
            return CheckResult(question_id, "misconception", misconception.message, misconception.label)
    if right:
        return CheckResult(question_id, "right", _sentence(question.worked(parameters)))
    if question.close(answer, question.expected(parameters)):
        return CheckResult(question_id, "wrong", "Close. Did you round on the way? Give four digits.", "rounded")
    return CheckResult(question_id, *_wrong(question, answer))


def _recorded(question: Question, answer: Sequence[float]) -> tuple[str, str]:
    """All that can be said where the answers are not at hand."""
    odd = _odd(question, answer)
    if odd:
        return "wrong_type", odd
    return "recorded", HAS_THE_FORM.format(question.unit)


def _wrong(question: Question, answer: Sequence[float]) -> tuple[str, str]:
    """A number that no known way leads to; the unit may still say why."""
    odd = _odd(question, answer)
    return ("wrong_type", odd) if odd else ("wrong", f"The question: {question.asks} (Unit: {question.unit}.)")


def _odd(question: Question, answer: Sequence[float]) -> str:
    """What no answer in the question's unit can be, in words; empty if all is well."""
    if question.unit == "probability" and not all(0 <= x <= 1 for x in answer):
        return "A probability lies between 0 and 1 (0.985, not 98.5)."
    if min(answer) < 0:
        return f"The answer is in {question.unit}, and cannot be negative."
    if question.whole and any(x != math.floor(x) for x in answer):
        return f"The answer is a whole number of {question.unit}."
    return ""


def _remembered(question: Question, result: CheckResult) -> CheckResult:
    """Count wrong tries; after two, offer the first hint, then the second."""
    if result.status in ("wrong", "misconception"):
        tries = _wrong_tries[result.question] = _wrong_tries.get(result.question, 0) + 1
        if tries >= 2:
            number = 1 if tries == 2 else 2
            offered = f"{result.message}\nHint {number}: {question.hints[number - 1]}"
            result = CheckResult(result.question, result.status, offered, result.label)
    _last[result.question] = result
    return result
