"""Two clocks: the wall's, and the price card's, by which a reply takes the seconds that its card says and nobody waits.

The card's clock needs no machinery in the controller: it is an event loop in which time jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
import selectors
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from .._threads import in_own_thread
from ..pocket.protocol import Call, LanguageModel
from ..worlds.amounts import SEC, parts_of_cost

Result = TypeVar("Result")
StopAsked: TypeAlias = Callable[[], bool]
"""Whether somebody has asked by now that no further call be begun."""


class Clock(Protocol):
    """What the controller asks of time."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """An event loop that keeps this clock's time."""
        ...

    def fits(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Does a running event loop keep this clock's time?"""
        ...

    async def ask(self, model: LanguageModel, call: Call) -> Any:
        """What a model replies to one call, at the moment when by this clock it is there."""
        ...


@dataclass(frozen=True)
class WallClock:
    """Real seconds; for endpoints."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """A usual event loop."""
        return asyncio.new_event_loop()

    def fits(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Every loop whose time really passes."""
        return not isinstance(loop, CardLoop)

    async def ask(self, model: LanguageModel, call: Call) -> Any:
        """Await the model's own reply."""
        (reply,) = await model.acomplete([call])
        return reply


@dataclass(frozen=True)
class CardClock:
    """The seconds of the price card, the same on every machine; for pocket models and tests.

    A reply whose ``sec`` is infinite never comes.
    """

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """An event loop that jumps."""
        return CardLoop()

    def fits(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Only a loop that jumps."""
        return isinstance(loop, CardLoop)

    async def ask(self, model: LanguageModel, call: Call) -> Any:
        """The reply, after the seconds that it says."""
        (reply,) = model.complete([call])
        sec = getattr(reply, "sec", 0.0)
        if sec == math.inf:
            await asyncio.get_running_loop().create_future()
        elif isinstance(sec, (int, float)) and sec > 0:
            await asyncio.sleep(parts_of_cost(sec, SEC) / SEC)
        return reply


class CardLoop(asyncio.SelectorEventLoop):
    """An event loop in which time stands still while there is work, and then jumps to the next timer.

    Threads and sockets have no place in it.

    >>> loop = CardLoop()
    >>> loop.run_until_complete(asyncio.sleep(3600)), loop.time()
    (None, 3600.0)
    >>> loop.close()
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.parts / SEC

    @property
    def _clock_resolution(self) -> float:
        """How near a timer must be to ring; the loop's own is that of the machine's clock, 0.016 s on some."""
        return max(1 / SEC, 2 * math.ulp(self.time()))

    @_clock_resolution.setter
    def _clock_resolution(self, sec: float) -> None:
        """The loop sets it once, to the machine's; that is ignored."""


class _JumpingSelector(selectors.DefaultSelector):
    """Asked to wait, it moves the time instead."""

    parts = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every coroutine waits for something that no timer will bring")
        self.parts += round(max(timeout, 0) * SEC)
        return super().select(0)


def run_to_end(
    clock: Clock, work: Callable[[], Coroutine[Any, Any, Result]], stopped: threading.Event | None = None
) -> Result:
    """Run a coroutine in an event loop of the clock's, in a thread of its own where a loop is running already.

    Who interrupts the wait for that thread (a notebook's stop button) sets ``stopped``, cancels what runs there, and
    waits till it has settled what was in flight; whoever interrupts that, too, waits no more.
    """
    loop = clock.new_loop()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run_in(loop, work)

    def stop() -> None:
        if stopped is not None:
            stopped.set()
        _cancel_from_elsewhere(loop)

    return in_own_thread(lambda: _run_in(loop, work), stop, wait_for_end=True)


async def run_beside(clock: Clock, work: Callable[[StopAsked], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine in an event loop of the clock's in a thread of its own, and await it in this one.

    Cancelled, it cancels what runs there, and goes on only when that has ended: no call is begun after the cancel, and
    those in flight are settled.
    """
    here, there = asyncio.get_running_loop(), clock.new_loop()
    answered: asyncio.Future[None] = here.create_future()  # a cancel of this task cancels it in the same moment
    ended: asyncio.Future[None] = here.create_future()
    outcome: list[Result | BaseException] = []

    def tell() -> None:
        for future in (answered, ended):
            if not future.done():
                future.set_result(None)

    def in_thread() -> None:
        try:
            outcome.append(_run_in(there, lambda: work(answered.cancelled)))
        except BaseException as error:  # handed to the one who awaits it
            outcome.append(error)
        with suppress(RuntimeError):  # nobody is there any more
            here.call_soon_threadsafe(tell)

    threading.Thread(target=contextvars.copy_context().run, args=(in_thread,), daemon=True).start()
    try:
        await answered
    except asyncio.CancelledError:
        _cancel_from_elsewhere(there)
        while not ended.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ended)
        raise
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _cancel_from_elsewhere(loop: asyncio.AbstractEventLoop) -> None:
    """Have a loop of another thread cancel what is still going on in it."""
    with suppress(RuntimeError):  # it has ended by now
        loop.call_soon_threadsafe(_cancel_all, loop)


def _run_in(loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run it; what is still going on then is cancelled and, unlike in ``asyncio.run``, never waited for."""
    try:
        return loop.run_until_complete(work())
    finally:
        _cancel_all(loop)
        loop.run_until_complete(_one_turn())
        loop.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is still going on in a loop."""
    for task in asyncio.all_tasks(loop):
        task.cancel()


async def _one_turn() -> None:
    """Give what was cancelled the chance to end."""
    for _ in range(3):
        await asyncio.sleep(0)
