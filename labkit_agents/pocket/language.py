"""The toy language: sums such as ``12+345=``, read and written lowest digit first, after a prefix in plain letters.

A number is written as people write it; the tokens run the other way, so that a carry is known when it is needed.
Each token also has a place (ones, tens, ...) and a part (the prefix, which number of the sum, the answer).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from labkit._values import by_value

LARGEST = 9_999
"""The largest number of the language, and the largest sum."""
MOST_OPERANDS = 8
"""How many numbers a prompt may hold. Beyond four the models were never trained, and fail."""
LONGEST_PREFIX = 2_000
"""Letters and spaces a prefix may hold. Beyond the 96 of training, a prefix disturbs the answer more and more."""

END = "."
REPLIES = "0123456789" + END
"""The tokens a model may reply with; they are the first of the vocabulary."""
LETTERS = " abcdefghijklmnopqrstuvwxyz"
VOCABULARY = REPLIES + "+=" + LETTERS

OWN_PARTS = 4
PREFIX_PART, ANSWER_PART = OWN_PARTS, OWN_PARTS + 1
PARTS = OWN_PARTS + 2
PLACES = 6

_NUMBER = {token: number for number, token in enumerate(VOCABULARY)}
_PROMPT = re.compile(r"(?:0|[1-9][0-9]{0,3})(?:\+(?:0|[1-9][0-9]{0,3}))*=")
_PREFIX = re.compile(r"[ a-z]*")


@by_value
class Tokens(NamedTuple):
    """A text as the models read it: three lists of one length."""

    numbers: list[int]
    places: list[int]
    parts: list[int]


def encode_prompt(prompt: str) -> Tokens:
    """The tokens of a sum, lowest digit of each number first.

    Raises:
        ValueError: the prompt is not a sum of 1 to 8 whole numbers from 0 to 9999 that ends in ``=``.

    >>> encode_prompt("12+3=")
    Tokens(numbers=[2, 1, 11, 3, 12], places=[0, 1, 0, 0, 0], parts=[0, 0, 0, 1, 5])
    """
    if not _is_sum(prompt):
        raise ValueError(
            f"prompt must be a sum such as '12+345=', of 1 to {MOST_OPERANDS} whole numbers up to {LARGEST}, "
            f"got {prompt!r}"
        )
    numbers: list[int] = []
    places: list[int] = []
    parts: list[int] = []
    for index, digits in enumerate(prompt[:-1].split("+")):
        numbers += _lowest_first(digits)
        places += (*range(len(digits)), 0)
        parts += [min(index, OWN_PARTS - 1)] * (len(digits) + 1)
    numbers[-1], parts[-1] = _NUMBER["="], ANSWER_PART  # where the last plus would be
    return Tokens(numbers, places, parts)


def _is_sum(prompt: object) -> bool:
    return isinstance(prompt, str) and bool(_PROMPT.fullmatch(prompt)) and prompt.count("+") < MOST_OPERANDS


@lru_cache(maxsize=LARGEST + 1)
def _lowest_first(digits: str) -> tuple[int, ...]:
    """The tokens of a number, and the plus after it."""
    return (*(_NUMBER[digit] for digit in reversed(digits)), _NUMBER["+"])


def encode_prefix(prefix: str) -> Tokens:
    """The tokens of a prefix: one a letter or space.

    Raises:
        ValueError: anything but lower-case letters and spaces, or more than 2,000 of them.

    >>> encode_prefix("be").numbers
    [15, 18]
    """
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix) or len(prefix) > LONGEST_PREFIX:
        raise ValueError(f"prefix must be at most {LONGEST_PREFIX} lower-case letters and spaces, got {prefix!r}")
    return Tokens([_NUMBER[letter] for letter in prefix], [0] * len(prefix), [PREFIX_PART] * len(prefix))


def answer_place(index: int) -> int:
    """The place of the answer's token ``index``; the token before it, ``=`` or a digit, asks for that place.

    >>> [answer_place(index) for index in (0, 3, 9)]
    [0, 3, 5]
    """
    return min(index, PLACES - 1)


def decode_answer(tokens: list[int]) -> str:
    """The text of an answer's tokens as people write it, highest digit first, without the end.

    >>> decode_answer([7, 5, 3, 10])
    '357'
    """
    return "".join(VOCABULARY[token] for token in reversed(tokens)).replace(END, "")


def read_number(text: str) -> int | None:
    """The number a reply states, or None where it states none that the language can hold.

    >>> read_number("357"), read_number(""), read_number("123456")
    (357, None, None)
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(LARGEST)):
        return None
    return int(digits)


def write_sum(numbers: tuple[int, ...] | list[int]) -> str:
    """The prompt that asks for the sum of the numbers.

    Raises:
        ValueError: no or too many numbers, or one outside 0 to 9999.

    >>> write_sum([12, 345])
    '12+345='
    """
    try:
        prompt = "+".join(str(number) for number in ([] if isinstance(numbers, str) else numbers)) + "="
    except TypeError:
        prompt = ""
    if not _is_sum(prompt):
        raise ValueError(f"numbers must be 1 to {MOST_OPERANDS} whole numbers from 0 to {LARGEST}, got {numbers!r}")
    return prompt
