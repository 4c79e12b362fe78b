"""How far a learner is in one exercise: one function for ``summary`` in a notebook and ``labkit status`` outside."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .contents import ListedExercise, ListedQuestion
from .numbers.given_numbers import mark_known, mark_of, numbers_known
from .results import STATUSES

if TYPE_CHECKING:
    from .questions import Exercise, Question

AnyExercise: TypeAlias = "Exercise | ListedExercise"

NOT_STARTED = "not_started"
WORKED_SEEN = "worked way seen"
WAITING = "Points come when your work is graded; until then they count as 0."


@dataclass(frozen=True)
class QuestionState:
    """One question, by its id, with what ``check`` said last, and by which numbers."""

    name: str
    state: str = NOT_STARTED
    message: str = ""
    numbers: str = ""


@dataclass(frozen=True)
class Summary:
    """The state of each question of an exercise, and the points.

    Attributes:
        exercise: which one.
        states: a key of ``STATUSES`` for each question, by its name.
        worked: the names of the questions whose worked way on other numbers was looked at. No point is lost by it.
    """

    exercise: AnyExercise
    states: dict[str, str]
    worked: frozenset[str] = frozenset()

    @property
    def points(self) -> float:
        """Points of the questions answered right, and the share of those that follow from a wrong one."""
        return sum(question.earned(self.states[question.name]) for question in self.exercise.questions)

    @property
    def most(self) -> int:
        """Points of all questions."""
        return self.exercise.points

    @property
    def assessed(self) -> bool:
        """Is it judged elsewhere and later?"""
        return any(question.judged_later for question in self.exercise.questions)

    @property
    def count(self) -> str:
        """How many questions are answered, and for how many points, in words."""
        states = list(self.states.values())
        if self.assessed:
            return f"{states.count('recorded')} of {len(states)} answers recorded"
        return f"{states.count('right')} of {len(states)} right, {self.points:g} of {self.most} points"

    @property
    def lines(self) -> list[str]:
        """One line a question."""
        return [line_of(state, name, name in self.worked) for name, state in self.states.items()]

    def __repr__(self) -> str:
        waiting = f". {WAITING}" if self.assessed else ""
        return "\n".join([f"{self.exercise.title}: {self.count}{waiting}", *self.lines])


def line_of(state: str, name: str, worked: bool = False) -> str:
    """A line of a summary.

    >>> line_of("right", "calls", worked=True)
    '   Right.                 calls (worked way seen)'
    """
    return f"   {STATUSES[state][0]:<22} {name}" + (f" ({WORKED_SEEN})" if worked else "")


def id_of(exercise: AnyExercise, question: Question | ListedQuestion) -> str:
    """A question's id, such as ``"ticket_spend.calls"``."""
    return f"{exercise.name}.{question.name}"


def summed_up(exercise: AnyExercise, answers: Iterable[QuestionState], worked: Collection[str] = ()) -> Summary:
    """How far somebody is in an exercise.

    Args:
        exercise: which one.
        answers: what ``check`` said, the oldest first; of several of one question the last counts, and of another
            exercise's none. One that goes by other numbers than those of today is stale, and worth nothing: it is
            from before the id was corrected, or from an older copy of the course.
        worked: the ids of the questions whose worked way on other numbers was looked at.
    """
    last = {answer.name: answer for answer in answers}
    mark = _mark_of_today(exercise)
    ids = {question.name: id_of(exercise, question) for question in exercise.questions}
    states = {name: _state_of(last.get(each, QuestionState(each)), mark) for name, each in ids.items()}
    return Summary(exercise, states, frozenset(name for name, each in ids.items() if each in worked))


def _mark_of_today(exercise: AnyExercise) -> str:
    """The mark of the learner's numbers; empty where they are not known, so that nothing can be called stale."""
    try:
        if isinstance(exercise, ListedExercise):
            return mark_known(exercise)
        numbers = numbers_known(exercise)
    except ValueError:
        return ""
    return "" if numbers is None else mark_of(numbers)


def _state_of(answer: QuestionState, mark: str) -> str:
    return "stale" if answer.state != NOT_STARTED and mark and answer.numbers != mark else answer.state
