"""From whatever a learner typed to plain floats, or to words that say why it is no answer."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from labkit_agents.plain_values import NoNumber, is_stub, plain

from .questions import Exercise, Question
from .questions.played import STUB, Games, Played, PlayedQuestion

LONGEST_INPUT = 120
SHORT = reprlib.Repr()
SHORT.maxtuple = SHORT.maxlist = 2
NO_ANSWERS = {
    "huge": "The answer is a number of a size that a computer can hold.",
    **{word: f"The answer is a finite number, not {word}." for word in ("nan", "inf", "-inf")},
}
KINDS = {
    "str": "a text",
    "bool": "True or False",
    "list": "a list",
    "dict": "a dictionary",
    "complex": "a complex number",
    "NoneType": "None",
    "function": "a function",
    "masked": "a masked value",
    "object": "a value of another type",
    "ellipsis": "`...`",
}
WHAT_TO_DO = {
    "str": " Write the number without quotation marks, $ or %.",
    "complex": " Its real part is `.real`.",
    **dict.fromkeys(("generator", "map", "filter", "zip", "dict_values"), " Put list(...) around it."),
}


def answered(*values: Any) -> bool:
    """Is none of the values still ``...``? Says so where one is, for a cell that shows nothing before it is answered.

    >>> answered(15, [1, 6]), answered(15, ...)
    Nothing to show yet: value 2 of the 2 in answered(...) is still a stub.
    (True, False)
    """
    stubs = [place for place, value in enumerate(values, start=1) if is_stub(value)]
    if stubs and len(values) > 1:
        print(f"Nothing to show yet: value {stubs[0]} of the {len(values)} in answered(...) is still a stub.")
    elif stubs:
        print("Nothing to show yet: the answer is still a stub.")
    return not stubs


class NotAnAnswer(Exception):
    """Why a value is no answer, in words for the learner."""


class NotStarted(Exception):
    """There is no answer yet."""


def read(question: Question, parameters: Any, value: Any) -> tuple[float, ...]:
    """The value as plain floats; a function is called on the question's inputs.

    Raises:
        NotStarted: the value is None or ``...``, or a row of these, or a function that is still a stub.
        NotAnAnswer: the value has the wrong type; the message says which is wanted.
    """
    if value is None or is_stub(value):
        raise NotStarted
    if question.inputs is not None:
        return _call_function(question, parameters, value)
    value = plain(value)
    if isinstance(value, NoNumber) and value.kind == "function":
        raise NotAnAnswer("This is a function. Give what it returns.")
    wanted = question.expected(parameters)
    if not isinstance(wanted, tuple):
        return (_number(value),)
    return _numbers(value, len(wanted))


def read_earlier(
    exercise: Exercise, question: Question, parameters: Any, earlier: Mapping[str, Any]
) -> dict[str, tuple[float, ...]]:
    """The numbers of the earlier answers that a question may follow from; without those that are none."""
    found = {}
    for each in exercise.questions:
        if question.follows is not None and each.name in question.follows.earlier:
            with suppress(NotStarted, NotAnAnswer):
                found[each.name] = read(each, parameters, earlier.get(each.name))
    return found


def shown_input(value: Any) -> str:
    """An input as a message quotes it: in full if it is short, and the beginning of each of its rows if it is long.

    >>> shown_input((12, 0.9)), shown_input(tuple((number, "premium") for number in range(99)))
    ('(12, 0.9)', "((0, 'premium'), (1, 'premium'), ...)")
    """
    text = repr(value)
    return text if len(text) <= LONGEST_INPUT else SHORT.repr(value)


def read_games(question: PlayedQuestion, parameters: Any, value: Any) -> tuple[Played, ...]:
    """The games of a learner's controller: played here, or by a judge who hands them over.

    Raises:
        NotStarted: there is no controller, or it is still a stub.
        NotAnAnswer: the value is no function.
    """
    if value is None or is_stub(value):
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


def _call_function(question: Question, parameters: Any, value: Any) -> tuple[float, ...]:
    assert question.inputs is not None
    if not callable(value):
        raise NotAnAnswer(f"Give the function itself: check(..., {question.name}), without brackets after it.")
    answers: list[float] = []
    for each in question.inputs(parameters):
        wanted = question.answer(parameters, each)
        answers += _numbers(_try_input(value, each), len(wanted) if isinstance(wanted, tuple) else 1)
    return tuple(answers)


def _try_input(function: Callable[[Any], Any], each: Any) -> Any:
    try:
        result = function(each)
    except NotImplementedError:
        raise NotStarted from None
    except (Exception, SystemExit) as error:
        what = ": ".join(filter(None, (type(error).__name__, str(error))))
        raise NotAnAnswer(f"Your function stopped at the input {shown_input(each)}: {what}") from error
    if is_stub(result):
        raise NotStarted
    result = plain(result)
    if result == NoNumber("NoneType"):
        raise NotAnAnswer(f"Your function gave None for the input {shown_input(each)}. Does it return its result?")
    return result


def _numbers(value: Any, count: int) -> tuple[float, ...]:
    """So many numbers; of one, a list of one will do as well."""
    value = plain(value)
    if count == 1 and isinstance(value, list) and len(value) != 1:
        raise NotAnAnswer(f"The answer is one number, not a list of {len(value)}.")
    if count == 1 and not isinstance(value, list):
        return (_number(value),)
    if isinstance(value, NoNumber) and value.items:
        raise NotAnAnswer(f"The answer is a list of {count} numbers; yours has {value.items}.")
    if not isinstance(value, list):
        raise NotAnAnswer(f"The answer is a list of {count} numbers, not {_kind(value)}.{_what_to_do(value)}")
    if len(value) != count:
        raise NotAnAnswer(f"The answer is a list of {count} numbers; yours has {len(value)}.")
    return tuple(_item(place, item) for place, item in enumerate(value, start=1))


def _item(place: int, value: Any) -> float:
    try:
        return _number(value)
    except NotAnAnswer as error:
        raise NotAnAnswer(f"Number {place} of your list: {error}") from None


def _number(value: Any) -> float:
    """A number that ``plain`` has read."""
    if isinstance(value, list) or (isinstance(value, NoNumber) and value.kind not in NO_ANSWERS):
        raise NotAnAnswer(f"The answer is a number, not {_kind(value)}.{_what_to_do(value)}")
    if isinstance(value, NoNumber):
        raise NotAnAnswer(NO_ANSWERS[value.kind])
    return float(value)


def _what_to_do(value: Any) -> str:
    """What helps, where it is plain."""
    return WHAT_TO_DO.get(value.kind, "") if isinstance(value, NoNumber) else ""


def _kind(value: Any) -> str:
    """What a value is that ``plain`` has read, in a learner's words."""
    if isinstance(value, list) or (isinstance(value, NoNumber) and value.items):
        return "a list"
    if not isinstance(value, NoNumber):
        return "a single number"
    return KINDS.get(value.kind, f"a value of type {value.kind}")
