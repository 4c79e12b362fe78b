"""What runs behind the wall: the cells of one submission, and after each the answers it has set.

Nothing in this process is trusted. A stranger's code may change any of it, and can harm only its own answers: the
judge reads plain JSON and compares it with answers that this process has never seen.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

from labkit_agents.plain_values import is_stub, plain_json
from labkit_agents.worlds.decisions import Decision
from labkit_grader.child.cell_loop import Cells
from labkit_grader.child.quiet_notebook import make_quiet
from labkit_grader.wall.kernel import write_all

MOST_LETTERS = 300
MOST_DECISION = 4000  # letters
SHORT_SEC = 0.001


def run(work: Mapping[str, Any], handed_in: Mapping[str, Any], receive: int, send: int) -> None:
    """Run the cells, send the answers, then call the functions that the questions ask for, and play.

    The judge may interrupt a cell whose time is over, as Jupyter does; the next one runs.
    """
    make_quiet()
    interrupts = Interrupts()
    notebook = sys.modules["__main__"] = ModuleType("__main__")
    space, cells = notebook.__dict__, Cells(notebook.__dict__)
    told = Told(send, work.get("called", ()))
    for number, cell in enumerate(work["cells"], start=1):
        say(send, {"begins": number})
        ran(cells, cell, number, send, interrupts)
        for question, name in work["answers"].items():
            told.tell(question, first_set(space.get(name), handed_in.get(question)), number)
    say(send, {"done": True})
    judge = os.fdopen(receive, "rb", closefd=False)
    time.sleep = hurried(time.sleep)  # nobody waits for a function that only waits
    for question, inputs in json.loads(judge.readline() or b"{}").items():
        if question in told.callables:
            with interrupts:
                values = outputs(told.callables[question], inputs)
            say(send, {"question": question, "value": values})
    while work.get("played") and (asked := json.loads(judge.readline() or b"{}")):
        with interrupts:
            decision = decided(told.callables.get(asked["question"]), asked["seen"])
        say(send, {"ask": asked["ask"], "decision": decision})


class Interrupts:
    """Lets an interruption through while a stranger's code runs, and at no other moment: a context manager."""

    def __init__(self) -> None:
        self.welcome = False
        signal.signal(signal.SIGINT, self._raise)

    def _raise(self, *_: object) -> None:
        if self.welcome:
            raise KeyboardInterrupt

    def __enter__(self) -> None:
        self.welcome = True

    def __exit__(self, *_: object) -> None:
        self.welcome = False


def ran(cells: Cells, cell: str, number: int, send: int, interrupts: Interrupts) -> None:
    """Run one cell, and say what stopped it, if anything did."""
    try:
        with interrupts:
            cells.run(cell, f"<cell {number}>")
    except NotImplementedError:
        pass  # a stub that was left alone
    except KeyboardInterrupt:
        say(send, {"late": number})
    except BaseException as error:
        say(send, {"cell": number, "error": in_words(error)})


def in_words(error: BaseException) -> str:
    """An error in a line; its kind alone, where it cannot be printed."""
    try:
        return f"{type(error).__name__}: {error}"[:MOST_LETTERS]
    except BaseException:
        return type(error).__name__


def first_set(*values: Any) -> Any:
    """The first of the values that is no stub; None where there is none."""
    return next((value for value in values if value is not None and not is_stub(value)), None)


class Told:
    """What was sent of the answers; a function is kept as it was, whatever becomes of its name."""

    def __init__(self, send: int, called: Collection[str]) -> None:
        self.send, self.called = send, called
        self.lines: dict[str, str] = {}
        self.callables: dict[str, Any] = {}

    def tell(self, question: str, value: Any, cell: int) -> None:
        """Send an answer, if it is new."""
        if value is None:
            return
        readable = plain_json(value)
        if question in self.called and is_called(value):
            readable = {"type": "function"}
            if self.callables.get(question) is not value:
                self.lines.pop(question, None)
            self.callables[question] = value
        elif question in self.callables:
            return  # its name was used for something else
        line = json.dumps(readable)
        if self.lines.get(question) != line:
            self.lines[question] = line
            say(self.send, {"question": question, "value": readable, "set": cell})


def is_called(value: Any) -> bool:
    """Can it be called? A stranger's object may raise whatever it likes."""
    try:
        return callable(value)
    except BaseException:
        return False


def hurried(sleep: Callable[[Any], None]) -> Callable[[Any], None]:
    """A sleep that is short."""
    return lambda seconds: sleep(min(seconds, SHORT_SEC))


def outputs(function: Callable[[Any], Any], inputs: Sequence[Any]) -> Any:
    """The function's value for each input; what it is instead where it stopped."""
    values = []
    for each in inputs:
        try:
            value = function(each)
            if is_stub(value):
                return {"type": "stub"}
            values.append(plain_json(value))
        except NotImplementedError:
            return {"type": "stub"}
        except KeyboardInterrupt:
            return {"type": "late"}
        except BaseException as error:
            values.append({"type": "error", "text": in_words(error)})
    return values


def decided(controller: Callable[[Any], Any] | Any, seen: Any) -> Any:
    """A controller's decision, in the form that the judge reads; the type of what it is instead."""
    if controller is None:
        return {"type": "stub"}
    try:
        reply = controller(seen)
        if is_stub(reply):
            return {"type": "stub"}
        decision = Decision.from_json(reply).to_json()
    except NotImplementedError:
        return {"type": "stub"}
    except KeyboardInterrupt:
        return {"type": "late"}
    except BaseException:
        return {"type": "error"}
    return decision if len(json.dumps(decision)) <= MOST_DECISION else {"type": "large"}


def say(send: int, message: dict[str, Any]) -> None:
    """One line of JSON to the judge."""
    write_all(send, json.dumps(message).encode() + b"\n")


def heard(receive: int) -> dict[str, Any]:
    """The judge's first line, which says what to do; nothing where none comes."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(receive, 65536)
        if not more:
            return {}
        line += more
    return json.loads(line)
