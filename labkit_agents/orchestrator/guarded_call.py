"""One call, from its reservation to its entry in the books, whatever the model does."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from labkit.prices import Bill

from ..pocket.protocol import TOKENS, Call, LanguageModel, Reply
from ..worlds.amounts import SEC, USD, parts_of_cost
from .clock import Clock, StopAsked
from .ledger import TenantLedger
from .ledger_checks import LedgerFileError
from .report import Entry
from .task_budget import TaskBudget


@dataclass(frozen=True)
class Ticket:
    """Leave to make one call: its worst case, set aside in the task's budget and in the tenant's ledger."""

    entry: Entry
    place: int
    parts: int
    in_ledger: int | None


@dataclass(frozen=True)
class Told:
    """What one reply comes to: the bill, whether the model may be asked again, and whether the task was cancelled."""

    usd: float
    usd_claimed: float | None = None
    text: str | None = None
    outcome: Any = "right"
    note: str = ""
    may_retry: bool = True
    retry_after_sec: float = 0.0
    trusted: bool = True
    cancelled: bool = False


class CallGuard:
    """Makes the calls of one task, and keeps its books.

    Args:
        task, tenant: names.
        budget: the task's own.
        clock: by which calls are late.
        ledger: the tenants' caps, or None for no cap.
        stop_asked: whether no further call may begin.
    """

    def __init__(
        self,
        task: str,
        budget: TaskBudget,
        clock: Clock,
        ledger: TenantLedger | None,
        tenant: str,
        stop_asked: StopAsked = bool,
    ) -> None:
        self._stop_asked = stop_asked
        self._begun: set[int] = set()
        self.task, self.budget, self.clock, self.ledger, self.tenant = task, budget, clock, ledger, tenant
        self.entries: list[Entry] = []
        self._loop = asyncio.get_running_loop()

    def reserve(self, step: str, attempt: int, model: str, worst: Bill, may_be_cut: bool = False) -> Ticket | str:
        """Set the worst case aside and enter the call; or say why the tenant's ledger refuses.

        The caller has seen that it fits the task's budget, and has not let go of the event loop since. But the ledger
        may have been waited for: a call that no longer fits in time then is not begun, unless it may be cut.
        """
        in_ledger = None
        if self.ledger is not None:
            name = f"{self.task}, {step}, attempt {attempt}, {model}".encode(errors="replace").decode()
            left = self.budget.sec_parts_left(self._loop.time()) / SEC
            try:
                in_ledger = self.ledger.reserve(self.tenant, worst.usd, name, wait_sec=left)
            except sqlite3.Error as error:
                return f"the ledger cannot be had ({error})"
            if in_ledger is None:
                return f"it may cost {worst.usd:.6g} usd, and the cap of {self.tenant!r} does not allow that"
        now = self._loop.time()
        too_late = self.budget.why_not(Bill(0.0, min(worst.sec, 1 / SEC) if may_be_cut else worst.sec), now)
        if self.ledger is not None and in_ledger is not None and too_late:
            self._settle_ledger(self.ledger, in_ledger, 0.0)
            return f"{too_late}, after a wait for the ledger"
        sec = min(parts_of_cost(worst.sec, SEC), self.budget.sec_parts_left(now)) / SEC
        begin = self.budget.elapsed(now) / SEC
        usd = parts_of_cost(worst.usd, USD) / USD
        entry = Entry(self.task, step, attempt, model, usd, sec, usd, None, begin, 0.0, "in flight")
        self.entries.append(entry)
        return Ticket(entry, len(self.entries) - 1, self.budget.reserve(worst.usd), in_ledger)

    async def make(self, ticket: Ticket, model: LanguageModel, call: Call) -> Told:
        """Make the call; it is cut at the seconds that were reserved, and settled whatever happens."""
        asking = asyncio.ensure_future(self._ask(ticket, model, call))
        try:
            await _wait_until(asking, ticket.entry.sec_reserved)
        except asyncio.CancelledError:
            return replace(self._settle(ticket, self._read_outcome(ticket, asking, call, "cancelled")), cancelled=True)
        return self._settle(ticket, self._read_outcome(ticket, asking, call, "late"))

    async def _ask(self, ticket: Ticket, model: LanguageModel, call: Call) -> Any:
        """The model's reply; after a stop that came since the reservation, the call is not begun."""
        if self._stop_asked():
            raise asyncio.CancelledError
        self._begun.add(ticket.place)
        return await self.clock.ask(model, call)

    def _read_outcome(self, ticket: Ticket, asking: asyncio.Future[Any], call: Call, if_not_done: str) -> Told:
        """What came back. Where nothing did, the call is given up, not waited for, and counts in full."""
        worst = ticket.entry.usd_reserved
        if not asking.done():
            asking.add_done_callback(_forget)
            asking.cancel()
        if ticket.place not in self._begun:
            return Told(0.0, outcome="cancelled", note="it was not begun", may_retry=False, cancelled=True)
        if not asking.done():
            return Told(worst, outcome=if_not_done, note=f"no reply in {ticket.entry.sec_reserved:.6g} s")
        if asking.cancelled():
            return Told(worst, outcome="failed", note="the model cancelled the call")
        error = asking.exception()
        if error is not None:
            unsent = getattr(error, "nothing_sent", False) is True
            usd, note = 0.0 if unsent else worst, f"{type(error).__name__}: {error}"
            return Told(usd, outcome="failed", note=note, may_retry=not unsent)
        return _read_carefully(asking.result(), worst, call.max_tokens)

    def _settle(self, ticket: Ticket, told: Told) -> Told:
        """Bill the call in the task's budget and in the ledger."""
        entry = ticket.entry
        billed = min(parts_of_cost(told.usd, USD), ticket.parts)
        self.budget.settle(ticket.parts, billed)
        sec = self.budget.elapsed(self._loop.time()) / SEC - entry.begin_sec
        note = told.note
        if self.ledger is not None and ticket.in_ledger is not None:
            note = f"{note}; {self._settle_ledger(self.ledger, ticket.in_ledger, told.usd)}".strip("; ")
        self.entries[ticket.place] = replace(
            entry, usd=billed / USD, usd_claimed=told.usd_claimed, sec=sec, outcome=told.outcome, text=told.text or "",
            note=note,
        )  # fmt: skip
        return told

    def _settle_ledger(self, ledger: TenantLedger, reservation: int, usd: float) -> str:
        """Settle in the time that is left; where the file is busy, in the background. What is odd about it."""
        left = self.budget.sec_parts_left(self._loop.time()) / SEC
        try:
            ledger.settle(reservation, usd, wait_sec=left)
        except LedgerFileError as error:
            return f"the ledger could not be settled ({error})"
        except sqlite3.Error:
            threading.Thread(target=_settle_late, args=(ledger, reservation, usd)).start()
            return "the ledger is settled later, and keeps the whole reservation till then"
        except ValueError as error:  # another hand has been at the file
            return f"the ledger could not be settled ({error})"
        return ""

    def judge(self, ticket: Ticket, outcome: Any, note: str) -> None:
        """What the checks said of a reply that came; what was noted of its bill stays."""
        entry = self.entries[ticket.place]
        self.entries[ticket.place] = replace(entry, outcome=outcome, note=f"{note}; {entry.note}".strip("; "))


def _read_carefully(reply: Any, worst: float, max_tokens: int) -> Told:
    """What a reply comes to, though its fields may not be what they say."""
    try:
        return read_reply(reply, worst, max_tokens)
    except Exception as broken:
        return Told(worst, outcome="rubbish", note=f"a broken reply ({broken})", trusted=False)


def read_reply(reply: Any, worst: float, max_tokens: int) -> Told:
    """The bill and the text of a reply, which may be anything at all.

    A reply that is none, or whose bill is no amount of money, counts in full. One that claims more than its worst
    case, or is longer than max_tokens, counts as its worst case, its claim is kept, and the model is not trusted again.
    """
    if not isinstance(reply, Reply):
        return Told(worst, outcome="rubbish", note=f"not a reply but {type(reply).__name__}", trusted=False)
    usd, text, note = reply.usd, reply.text, ""
    if isinstance(usd, bool) or not isinstance(usd, (int, float)) or not 0 <= usd < float("inf"):
        note = f"its bill is no amount of money: {usd!r}"
    elif reply.failure is None and not _can_be_counted(reply):
        note = f"its tokens cannot be: {(reply.tokens_in, reply.tokens_cached, reply.tokens_out)!r}"
    elif not isinstance(text, str):
        note = "its text is no text"
    if note:
        return Told(worst, outcome="rubbish", note=note, trusted=False)
    if parts_of_cost(usd, USD) > parts_of_cost(worst, USD) or reply.tokens_out > max_tokens:
        note = f"it claims {usd:.6g} usd and {reply.tokens_out} tokens, more than its worst case"
        return Told(worst, usd, text, note=note, trusted=False)
    if reply.failure is not None:
        failure = reply.failure
        after = failure.retry_after_sec or 0.0
        return Told(usd, usd, None, "failed", f"{failure.kind}: {failure.message}", failure.may_retry, max(after, 0.0))
    return Told(usd, usd, text)


def _can_be_counted(reply: Reply) -> bool:
    """Are its tokens whole numbers, zero or more, and the parts no more than the wholes?"""
    counts = [getattr(reply, name) for name in TOKENS]
    whole = all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts)
    return whole and reply.parts_fit


async def _wait_until(asking: asyncio.Future[Any], sec: float) -> None:
    """Wait at most so long. What comes at the last moment has come: timers of one moment ring one after the other."""
    await asyncio.wait({asking}, timeout=sec)
    for _ in range(3):
        if not asking.done():
            await asyncio.sleep(0)


def _settle_late(ledger: TenantLedger, reservation: int, usd: float) -> None:
    """Try once more, with the ledger's own patience; what cannot be settled goes on counting in full."""
    with suppress(sqlite3.Error, ValueError):
        ledger.settle(reservation, usd)


def _forget(late: asyncio.Future[Any]) -> None:
    """Look at the error of a call that was given up, so that asyncio does not complain of it."""
    if not late.cancelled():
        late.exception()
