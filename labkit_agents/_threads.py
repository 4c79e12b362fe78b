"""Work in a thread of its own, as a notebook needs it for coroutines: in its own thread an event loop runs already."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def in_own_thread(work: Callable[[], Result], interrupted: Callable[[], object], wait_for_end: bool = False) -> Result:
    """Do the work there, wait for it, and give its result or raise its error here.

    Args:
        work: what is done.
        interrupted: called when the wait is interrupted (a notebook's stop button); it tells the work to end.
        wait_for_end: wait then until the work has ended, before the interrupt goes on.

    Raises:
        RuntimeError: there are no threads, as in a page of JupyterLite.

    >>> in_own_thread(lambda: 6 * 7, lambda: None)
    42
    """
    if sys.platform == "emscripten":
        raise RuntimeError(
            "this part of the course needs a thread, and Python in a browser has none; run it on a computer: make lab"
        )
    outcome: list[Result | BaseException] = []

    def run_there() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # handed to the caller's thread
            outcome.append(error)
        finally:
            ended.set()

    ended = threading.Event()  # an interrupted Thread.join takes its thread for ended, up to Python 3.12
    thread = threading.Thread(target=run_there, daemon=True)
    try:
        thread.start()
        ended.wait()
    except BaseException:
        interrupted()
        if wait_for_end and thread.ident is not None:
            ended.wait()
        raise
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
