"""Runs the cells of a notebook as Jupyter does: within one loop of asyncio, so that a cell may `await`.

asyncio wakes its loops through a pair of sockets, and behind the wall there are none. A pipe does as well.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import asyncio.selector_events
import inspect
import linecache
import os
from types import CodeType
from typing import Any

FEATURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


class PipeEnd:
    """One end of a pipe, with what asyncio asks of a socket."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def fileno(self) -> int:
        """Its number."""
        return self.descriptor

    def recv(self, size: int) -> bytes:
        """Read what is there."""
        return os.read(self.descriptor, size)

    def send(self, data: bytes) -> int:
        """Write."""
        return os.write(self.descriptor, data)

    def close(self) -> None:
        """Close it."""
        os.close(self.descriptor)


def make_self_pipe(loop: Any) -> None:
    """In place of the method of asyncio's loops that makes a pair of sockets; it sets the same attributes."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    loop._ssock, loop._csock = PipeEnd(reading), PipeEnd(writing)
    loop._internal_fds += 1
    loop._add_reader(reading, loop._read_from_self)


def without_sockets() -> None:
    """Have every loop of asyncio in this process do without sockets."""
    asyncio.selector_events.BaseSelectorEventLoop._make_self_pipe = make_self_pipe  # type: ignore[attr-defined]


class Cells:
    """The cells of one notebook: the names they share, their loop, and what they import from the future."""

    def __init__(self, space: dict[str, Any]) -> None:
        without_sockets()
        self.space = space
        self.flags = 0
        self.loop = asyncio.new_event_loop()

    def run(self, cell: str, name: str) -> None:
        """Run one cell; what it raises is raised."""
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self.flags
        code = compile(cell, name, "exec", flags, dont_inherit=True)
        self.flags |= code.co_flags & FEATURES
        if self.loop.is_closed():
            self.loop = asyncio.new_event_loop()
        task = self.loop.create_task(self._await_code(code))
        try:
            self.loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()  # or it would go on as soon as the next cell awaits something
            raise

    async def _await_code(self, code: CodeType) -> None:
        waiting = eval(code, self.space)
        if code.co_flags & inspect.CO_COROUTINE:
            await waiting
        await asyncio.sleep(0)  # what the cell has begun gets its turn
