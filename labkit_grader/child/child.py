"""What runs behind the wall: the cells of one submission, and after each the answers it has set.

Nothing in this process is trusted. A stranger's code may change any of it, and can harm only its own answers: the
judge reads plain JSON and compares it with answers that this process has never seen.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from labkit_agents.worlds.decisions import Decision
from labkit_grader.child.cell_loop import Cells
from labkit_grader.child.quiet_notebook import make_quiet

MOST_NUMBERS = 64
MOST_LETTERS = 300
MOST_DECISION = 4000  # letters


def run(work: Mapping[str, Any], handed_in: Mapping[str, Any], receive: int, send: int) -> None:
    """Run the cells, send the answers, then call the functions that the questions ask for, and play."""
    make_quiet()
    notebook = sys.modules["__main__"] = ModuleType("__main__")
    space, cells = notebook.__dict__, Cells(notebook.__dict__)
    sent: dict[str, str] = {}
    for number, cell in enumerate(work["cells"], start=1):
        error = ran(cells, cell, number)
        if error:
            say(send, {"cell": number, "error": error})
        for question, name in work["answers"].items():
            tell(send, question, space.get(name, handed_in.get(question)), sent)
    say(send, {"done": True})
    judge = os.fdopen(receive, "rb", closefd=False)
    for question, inputs in json.loads(judge.readline() or b"{}").items():
        name = work["answers"][question]
        say(send, {"question": question, "value": outputs(space.get(name, handed_in.get(question)), inputs)})
    while work.get("played") and (asked := json.loads(judge.readline() or b"{}")):
        question = asked["question"]
        controller = space.get(work["answers"][question], handed_in.get(question))
        say(send, {"ask": asked["ask"], "decision": decided(controller, asked["seen"])})


def ran(cells: Cells, cell: str, number: int) -> str:
    """Run one cell; the error in a line, or an empty text."""
    try:
        cells.run(cell, f"<cell {number}>")
    except NotImplementedError:
        return ""  # a stub that was left alone
    except BaseException as error:
        return in_words(error)
    return ""


def in_words(error: BaseException) -> str:
    """An error in a line; its kind alone, where it cannot be printed."""
    try:
        return f"{type(error).__name__}: {error}"[:MOST_LETTERS]
    except BaseException:
        return type(error).__name__


def tell(send: int, question: str, value: Any, sent: dict[str, str]) -> None:
    """Send an answer, if it is new."""
    if value is None or value is ...:
        return
    readable = plain(value)
    line = json.dumps(readable)
    if sent.get(question) != line:
        sent[question] = line
        say(send, {"question": question, "value": readable})


def plain(value: Any) -> Any:
    """A number, a list of numbers, or the name of what it is instead; never an error."""
    try:
        return as_numbers(value)
    except BaseException:
        return {"type": "object"}


def as_numbers(value: Any) -> Any:
    """The same, where a stranger's objects may raise whatever they like."""
    if is_numpys(value) and value.size <= MOST_NUMBERS:
        value = value.tolist()
    if is_number(value):
        return value
    if type(value) in (list, tuple) and len(value) <= MOST_NUMBERS:
        numbers = [item.tolist() if is_numpys(item) else item for item in value]
        if all(is_number(item) for item in numbers):
            return numbers
    return {"type": "function" if isinstance(value, FunctionType) else type(value).__name__[:MOST_LETTERS]}


def is_numpys(value: Any) -> bool:
    """numpy's own arrays and numbers, not what is derived from them."""
    return isinstance(value, (np.generic, np.ndarray)) and type(value).__module__ == "numpy"


def is_number(value: Any) -> bool:
    """An honest finite number of a size that anybody needs."""
    return type(value) in (int, float) and abs(value) < 1e18  # NaN is below nothing


def outputs(function: Callable[[Any], Any] | Any, inputs: Sequence[Any]) -> Any:
    """The function's value for each input; a text where it stopped."""
    if not callable(function):
        return plain(function) if function is not None else {"type": "NoneType"}
    values = []
    for each in inputs:
        try:
            values.append(plain(function(each)))
        except NotImplementedError:
            return {"type": "stub"}
        except BaseException as error:
            values.append({"type": "error", "text": in_words(error)})
    return values


def decided(controller: Callable[[Any], Any] | Any, seen: Any) -> Any:
    """A controller's decision, in the form that the judge reads; the type of what it is instead."""
    if controller is None or controller is ...:
        return {"type": "stub"}
    try:
        decision = Decision.from_json(controller(seen)).to_json()
    except NotImplementedError:
        return {"type": "stub"}
    except BaseException:
        return {"type": "error"}
    return decision if len(json.dumps(decision)) <= MOST_DECISION else {"type": "large"}


def say(send: int, message: dict[str, Any]) -> None:
    """One line of JSON to the judge."""
    os.write(send, json.dumps(message).encode() + b"\n")


def heard(receive: int) -> dict[str, Any]:
    """The judge's first line, which says what to do; nothing where none comes."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(receive, 65536)
        if not more:
            return {}
        line += more
    return json.loads(line)
