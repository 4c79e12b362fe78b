"""``hint`` and ``worked``: help that a learner asks for. Both answer with a text, whatever they are asked."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .questions import Question, find
from .results import MEMORY
from .results import WORKED_MIME as MIME

WAYS = f"{__package__}.worked_ways"
"""The module that shows them. An assessed class does not get it."""
NO_HINTS = "This copy of the course is for an assessed class; its hints were left out."
NO_WAYS = "This copy of the course is for an assessed class; its worked answers were left out."
TWO = "There are two hints: hint({0!r}) gives the first, hint({0!r}, 2) says more."


class Text(str):
    """A text that a notebook shows as it reads, without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


class WorkedWay(Text):
    """A worked way; shown in a notebook it leaves a note in the saved file that it was seen."""

    question: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": str(self), MIME: {"question": self.question}}


def hint(question_id: str, number: int = 1) -> Text:
    """Hint 1 or 2 of a question, or words on what can be asked; never raises.

    >>> hint("start_here.debate_calls")
    Draw a grid: agents down, rounds across.
    >>> hint("start_here.debate_calls", 3)
    There are two hints: hint('start_here.debate_calls') gives the first, hint('start_here.debate_calls', 2) says more.
    >>> hint("start_here.debate_cals")
    No question has the id 'start_here.debate_cals'; did you mean 'start_here.debate_calls'?
    """
    try:
        question = find(question_id)[1]
    except ValueError as error:
        return Text(_capital(f"{error}"))
    if type(number) is not int or number not in (1, 2):
        return Text(TWO.format(question_id))
    return Text(question.hints[number - 1] or NO_HINTS)


def worked(question_id: str) -> Text:
    """A question with other numbers than yours, its answer, and the way there; no point is lost by looking.

    It is noted in your notebook that you looked, and ``labkit status`` says so. Never raises.

    Args:
        question_id: such as ``"ticket_spend.worst_case_calls"``.

    >>> print(worked("start_here.debate_calls").splitlines()[-1])
    The way: 8 agents x 4 rounds = 32 calls.
    """
    try:
        exercise, question = find(question_id)
    except ValueError as error:
        return Text(_capital(f"{error}"))
    if find_spec(WAYS) is None:
        return Text(NO_WAYS)
    ways = import_module(WAYS)
    try:
        shown = WorkedWay(ways.way_on_other_numbers(exercise, question))
    except ways.NoWay as why:
        return Text(f"{why}")
    shown.question = question_id
    MEMORY.worked.add(question_id)
    return shown


def has_worked_way(question: Question) -> bool:
    """Can the worked way be offered? An assessed class has none, and a controller is not worked out but written."""
    return not question.played and find_spec(WAYS) is not None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
