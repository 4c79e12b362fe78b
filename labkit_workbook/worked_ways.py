"""The worked way of a question, on numbers that are not the learner's. No file of an assessed copy."""

from __future__ import annotations

import math
from typing import Any

from .numbers.given_numbers import numbers_known
from .questions import Exercise, Question
from .questions.model import are_close
from .typed_answers import shown_input

MOST_DRAWS = 200
SALT = "worked way"


class NoWay(Exception):
    """Why there is nothing to show, in words for the learner."""


def way_on_other_numbers(exercise: Exercise, question: Question) -> str:
    """Numbers, question, answer and the way there, as a text.

    Raises:
        NoWay: there is none to show; the message says why.

    >>> from labkit_workbook.questions import find
    >>> print(way_on_other_numbers(*find("start_here.debate_calls")))
    The way on other numbers than yours:
    g.agents = 8          agents in the debate
    g.rounds = 4          rounds; every agent speaks in each
    <BLANKLINE>
    How many calls does a debate make, when every agent speaks in every round?
    Answer (calls): 32
    The way: 8 agents x 4 rounds = 32 calls.
    """
    if question.played:
        raise NoWay(f'A controller has no worked way. hint("{exercise.name}.{question.name}", 2) says how one begins.')
    numbers = other_numbers(exercise, question)
    at = "" if question.inputs is None else f" for the input {shown_input(_pick_input(question, numbers))}"
    answer = ", ".join(_write_number(number, question.tolerance) for number in _answers(question, numbers))
    head = f"The way on other numbers than yours:\n{numbers.in_short()}"
    found = f"Answer{at} ({question.unit.strip('()')}): {answer}"
    return f"{head}\n\n{question.asks}\n{found}\nThe way: {question.way(numbers)}"


def other_numbers(exercise: Exercise, question: Question) -> Any:
    """Numbers that a student could have, with which the question has another answer than with the learner's own.

    Raises:
        NoWay: the learner's numbers are not known yet, or no draw gave others.
    """
    try:
        own = numbers_known(exercise)
    except ValueError as error:
        raise NoWay(f"Your numbers are not known: {error}.") from None
    if own is None:
        raise NoWay(f'Your numbers are not known yet. First run the cell with given("{exercise.name}").')
    for draw in range(MOST_DRAWS):
        numbers = exercise.drawn(SALT, str(draw))
        if numbers not in (own, exercise.text) and not _gives_away(question, numbers, own):
            return numbers
    raise NoWay("No other numbers were found on which to show the way.")


def _gives_away(question: Question, numbers: Any, own: Any) -> bool:
    """Is the answer with these numbers the learner's own answer, or nearly?"""
    return are_close(question.expected(numbers), question.expected(own), 5 * question.tolerance)


def _pick_input(question: Question, numbers: Any) -> Any:
    """The input of a function question on which its way is shown."""
    assert question.inputs is not None
    inputs = question.inputs(numbers)
    return inputs[len(inputs) // 2]


def _answers(question: Question, numbers: Any) -> tuple[float, ...]:
    wanted = (
        question.answer(numbers)
        if question.inputs is None
        else question.answer(numbers, _pick_input(question, numbers))
    )
    return tuple(wanted) if isinstance(wanted, (tuple, list)) else (wanted,)


def _write_number(number: float, tolerance: float) -> str:
    """A number as a person writes it, with as many digits as the tolerance asks for.

    >>> _write_number(180000.0, 1e-3), _write_number(0.893456, 1e-3), _write_number(0.893456, 2e-5)
    ('180,000', '0.8935', '0.893456')
    >>> _write_number(12.34567, 1e-3)
    '12.3457'
    """
    if float(number).is_integer():
        return f"{number:,.0f}"
    return f"{number:,.4f}" if abs(number) >= 1 else f"{number:.{math.ceil(-math.log10(tolerance)) + 1}g}"
