"""Reading what a child sends: lines of JSON from a process that may send anything.

Size, number and depth are limited, numbers are finite, and only what the judge asked about is kept. What does not
fit is dropped and counted; nothing a child sends can raise an error here.

Of what is sent as decisions only the one that is asked for is kept; the rest is dropped, early or late.

A child that says its cells are done is told the hidden inputs. From then on nothing is kept but what its functions
give, or it could send the inputs back as an error or an answer, for its author to read on the page of feedback. What
they give is kept apart from what the cells have set, so that no list set in a cell is taken for a function's values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 1 << 20
MOST_LINE = 1 << 15
MOST_MESSAGES = 12_000  # a cell has one when it begins, and there may be 5,000
MOST_DEPTH = 4
MOST_ITEMS = 128
MOST_LETTERS = 300


@dataclass
class Inbox:
    """The messages of one child, as far as they make sense.

    Attributes:
        questions: what may be answered.
        functions: those that ask for a function.
        answers: question -> what the cells have set.
        set_in: question -> the number of the cell that set it.
        values: question -> what its function gave.
        errors: number of a cell -> what stopped it.
        begun: the number of the cell that began last.
        late: the cells that were interrupted, for their time was over.
    """

    questions: Collection[str]
    functions: Collection[str] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    set_in: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)
    begun: int = 0
    late: list[int] = field(default_factory=list)
    wall: str = ""
    done: bool = False
    dropped: int = 0
    full: bool = False
    ask: int = 0  # the number of the decision that is waited for; 0 where none is
    decision: Any = None
    _rest: bytes = b""
    _bytes: int = 0
    _lines: int = 0

    def take(self, data: bytes) -> None:
        """Add what came through the pipe."""
        self._bytes += len(data)
        if self._bytes > MOST_BYTES or self.full:
            self.full = True
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._lines += 1
            self.full = self.full or self._lines > MOST_MESSAGES
            if not self.full:
                self._keep(line)
        if len(self._rest) > MOST_LINE:
            self.full = True

    def _keep(self, line: bytes) -> None:
        message = parsed(line)
        if not isinstance(message, dict):
            self.dropped += 1
        elif isinstance(message.get("wall"), str) and not self.wall:
            self.wall = printable(message["wall"])
        elif message.get("done") is True:
            self.done = True
        elif self.done and self.ask and type(message.get("ask")) is int and message["ask"] == self.ask:
            self.ask, self.decision = 0, message.get("decision")
            self._lines -= 1  # as many as were asked for may come
        elif self.done:
            self._keep_values(message)
        elif message.get("question") in self.questions and "value" in message:
            self.answers[message["question"]] = tidied(message["value"])
            if type(message.get("set")) is int:
                self.set_in[message["question"]] = message["set"]
        elif type(message.get("begins")) is int:
            self.begun = message["begins"]
        elif type(message.get("late")) is int:
            self.late = [*self.late, message["late"]][:MOST_ITEMS]
        elif type(message.get("cell")) is int and isinstance(message.get("error"), str):
            if len(self.errors) < MOST_ITEMS:
                self.errors.append((message["cell"], printable(message["error"])))
        else:
            self.dropped += 1

    def _keep_values(self, message: dict[str, Any]) -> None:
        """Keep what a function gave; nothing else is wanted of a child that knows the inputs."""
        if message.get("question") in self.functions and "value" in message:
            self.values[message["question"]] = tidied(message["value"])
        else:
            self.dropped += 1


def printable(text: str) -> str:
    """The text without control, direction and surrogate characters, and not too long."""
    return "".join(c if c.isprintable() else " " for c in text[:MOST_LETTERS])


def tidied(value: Any) -> Any:
    """A value with every text in it made printable."""
    if isinstance(value, list):
        return [tidied(item) for item in value]
    if isinstance(value, dict):
        return {printable(name): tidied(item) for name, item in value.items()}
    return printable(value) if isinstance(value, str) else value


def parsed(line: bytes) -> Any:
    """The JSON of a line; None where it is none, or is too deep, too long or not finite."""
    if len(line) > MOST_LINE or line.count(b"[") + line.count(b"{") > MOST_ITEMS:
        return None
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=refuse, parse_int=small_whole, parse_float=finite)
    except (ValueError, RecursionError):
        return None
    return value if fits(value, MOST_DEPTH) and is_hashable_question(value) else None


def refuse(word: str) -> None:
    """Raise: NaN and the infinities are no JSON."""
    raise ValueError(word)


def small_whole(digits: str) -> int:
    """A whole number of a sensible length."""
    if len(digits) > 19:
        raise ValueError("too long")
    return int(digits)


def finite(digits: str) -> float:
    """A float that is finite."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def fits(value: Any, depth: int) -> bool:
    """Plain types only, not too deep and not too many."""
    if isinstance(value, list):
        return depth > 0 and len(value) <= MOST_ITEMS and all(fits(item, depth - 1) for item in value)
    if isinstance(value, dict):
        return depth > 0 and len(value) <= MOST_ITEMS and all(fits(item, depth - 1) for item in value.values())
    return value is None or type(value) in (int, float, str, bool)


def is_hashable_question(value: Any) -> bool:
    """Is the question, if one is named, named by a text?"""
    return not isinstance(value, dict) or isinstance(value.get("question", ""), str)
