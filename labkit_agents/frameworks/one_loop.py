"""One event loop for all that a process measures: clients that are dropped close their connections in it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine, run in this process's one loop.

    >>> run(asyncio.sleep(0, "done"))
    'done'
    """
    return _loop().run_until_complete(work)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()
