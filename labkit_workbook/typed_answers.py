"""From whatever a learner typed to plain floats, or to words that say why it is no answer."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from .questions import Question
from .questions.played import STUB, Games, Played, PlayedQuestion


class NotAnAnswer(Exception):
    """Why a value is no answer, in words for the learner."""


class NotStarted(Exception):
    """There is no answer yet."""


def read(question: Question, parameters: Any, value: Any) -> tuple[float, ...]:
    """The value as plain floats; a function is called on the question's inputs.

    Raises:
        NotStarted: the value is None or ``...``, or a function that is still a stub.
        NotAnAnswer: the value has the wrong type; the message says which is wanted.
    """
    if value is None or value is ...:
        raise NotStarted
    if question.inputs is not None:
        return _called(question, parameters, value)
    if callable(value):
        raise NotAnAnswer("This is a function. Give what it returns.")
    wanted = question.expected(parameters)
    if not isinstance(wanted, tuple):
        return (_number(value),)
    return _numbers(value, len(wanted))


def read_games(question: PlayedQuestion, parameters: Any, value: Any) -> tuple[Played, ...]:
    """The games of a learner's controller: played here, or by a judge who hands them over.

    Raises:
        NotStarted: there is no controller, or it is still a stub.
        NotAnAnswer: the value is no function.
    """
    if value is None or value is ...:
        raise NotStarted
    if isinstance(value, Games):
        games = value.played
    elif not callable(value):
        raise NotAnAnswer(f"Give the function itself: check(..., {question.name}), without brackets after it.")
    else:
        games = question.games(parameters, value)
    if games and all(game.score.note == STUB for game in games):
        raise NotStarted
    return games


def _called(question: Question, parameters: Any, value: Any) -> tuple[float, ...]:
    assert question.inputs is not None
    if not callable(value):
        raise NotAnAnswer(f"Give the function itself: check(..., {question.name}), without brackets after it.")
    answers: list[float] = []
    for each in question.inputs(parameters):
        wanted = question.answer(parameters, each)
        answers += _numbers(_tried(value, each), len(wanted) if isinstance(wanted, tuple) else 1)
    return tuple(answers)


def _tried(function: Callable[[Any], Any], each: Any) -> Any:
    try:
        result = function(each)
    except NotImplementedError:
        raise NotStarted from None
    except (Exception, SystemExit) as error:
        raise NotAnAnswer(f"Your function stopped at the input {each!r}: {type(error).__name__}: {error}") from error
    if result is None:
        raise NotAnAnswer(f"Your function gave None for the input {each!r}. Does it return its result?")
    return result


def _numbers(value: Any, count: int) -> tuple[float, ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if count == 1 and not isinstance(value, (list, tuple)):
        return (_number(value),)
    if not isinstance(value, (list, tuple)):
        raise NotAnAnswer(f"The answer is a list of {count} numbers, not {_kind(value)}.")
    if len(value) != count:
        raise NotAnAnswer(f"The answer is a list of {count} numbers; yours has {len(value)}.")
    return tuple(_item(place, item) for place, item in enumerate(value, start=1))


def _item(place: int, value: Any) -> float:
    try:
        return _number(value)
    except NotAnAnswer as error:
        raise NotAnAnswer(f"Number {place} of your list: {error}") from None


def _number(value: Any) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        more = " Write the number without quotation marks, $ or %." if isinstance(value, str) else ""
        raise NotAnAnswer(f"The answer is a number, not {_kind(value)}.{more}")
    try:
        number = float(value)
    except OverflowError:
        raise NotAnAnswer("The answer is a number of a size that a computer can hold.") from None
    if not math.isfinite(number):
        raise NotAnAnswer(f"The answer is a finite number, not {number}.")
    return number


def _kind(value: Any) -> str:
    """What a value is, in a learner's words."""
    words = {
        int: "a single number",
        float: "a single number",
        str: "a text",
        bool: "True or False",
        list: "a list",
        tuple: "a tuple",
        dict: "a dictionary",
    }
    return words.get(type(value), f"a value of type {type(value).__name__}")
