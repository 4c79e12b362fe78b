"""The worked way of a question, on numbers that are not the learner's. No file of an assessed copy."""

from __future__ import annotations

from typing import Any

from .numbers.given_numbers import numbers_known
from .questions import Exercise, Question

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
    x
    """
    if question.played:
        raise NoWay(f'A controller has no worked way. hint("{exercise.name}.{question.name}", 2) says how one begins.')
    numbers = other_numbers(exercise, question)
    words = question.asks if question.inputs is None else f"{question.asks} (For the input {_middle(question, numbers)}.)"
    answer = ", ".join(map(_written, _answers(question, numbers)))
    head = f"The way on other numbers than yours:\n{numbers!r}"
    return f"{head}\n\n{words}\nAnswer ({question.unit}): {answer}\nThe way: {question.way(numbers)}"


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
    answers = question.expected(numbers), question.expected(own)
    return question.same(*answers) or question.close(*answers)


def _middle(question: Question, numbers: Any) -> Any:
    """The input of a function question on which its way is shown."""
    assert question.inputs is not None
    inputs = question.inputs(numbers)
    return inputs[len(inputs) // 2]


def _answers(question: Question, numbers: Any) -> tuple[float, ...]:
    wanted = (
        question.answer(numbers) if question.inputs is None else question.answer(numbers, _middle(question, numbers))
    )
    return tuple(wanted) if isinstance(wanted, (tuple, list)) else (wanted,)


def _written(number: float) -> str:
    """A number as a person writes it.

    >>> _written(180000.0), _written(0.893456), _written(44), _written(12.3456)
    ('180,000', '0.8935', '44', '12.3456')
    """
    if float(number).is_integer():
        return f"{number:,.0f}"
    return f"{number:,.4f}" if abs(number) >= 1 else f"{number:.4g}"
