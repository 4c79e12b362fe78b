"""What follows from a learner's own earlier answers, where one of them is wrong.

One early mistake should not cost every later answer that builds on it. A question that says what it follows from pays
a share of its points for the answer that is right given the learner's own earlier ones. So that nothing is paid for
an early answer that makes the later one trivial, each earlier answer must be of the right form and of the right size,
and what follows must be a number that had to be worked out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from .model import Answer, Exercise, Question

WITHIN = 5.0
"""An earlier answer is plausible that is off by no more than this factor; of a probability its complement too."""


def consequence(
    exercise: Exercise, question: Question, given: object, earlier: Mapping[str, tuple[float, ...]]
) -> Answer | None:
    """The answer that follows from the learner's own earlier ones; None where nothing is to be paid for it.

    Args:
        exercise: whose question it is.
        question: the later one.
        given: the learner's numbers.
        earlier: the learner's answers by the names of their questions.
    """
    if question.follows is None or not all(name in earlier for name in question.follows.earlier):
        return None
    before = [each for each in exercise.questions if each.name in question.follows.earlier]
    if not all(is_plausible(each, given, earlier[each.name]) for each in before):
        return None
    if all(each.same(earlier[each.name], each.expected(given)) for each in before):
        return None
    values = [earlier[name] for name in question.follows.earlier]
    try:
        answer = question.follows.answer(given, *(each if len(each) > 1 else each[0] for each in values))
    except (ValueError, ArithmeticError):
        return None
    numbers = tuple(map(float, answer)) if isinstance(answer, (tuple, list)) else (float(answer),)
    sound = all(math.isfinite(number) and number > 0 for number in numbers)
    copied = any(question.same(numbers, each) for each in (*values, *given_numbers(given)))
    return numbers if sound and not copied else None


def given_numbers(given: object) -> list[tuple[float]]:
    """The single numbers on a learner's sheet; what equals one of them was not worked out."""
    return [(float(value),) for value in vars(given).values() if type(value) in (int, float)]


def is_plausible(question: Question, given: object, answer: tuple[float, ...]) -> bool:
    """Has an answer the right form, and is each of its numbers of the size of the right one?"""
    wanted = question.expected(given)
    right = wanted if isinstance(wanted, tuple) else (wanted,)
    if len(answer) != len(right) or (question.whole and any(x != math.floor(x) for x in answer)):
        return False
    pairs = [*zip(answer, right, strict=True)]
    if question.unit == "probability":
        pairs += [(1 - x, 1 - y) for x, y in pairs]
    return all(y > 0 and 1 / WITHIN <= x / y <= WITHIN for x, y in pairs)
