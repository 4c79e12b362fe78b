"""The two budgets of one task: what is spent, what is reserved, and whether one more call fits."""

from __future__ import annotations

from labkit.prices import Bill

from ..worlds.amounts import SEC, UNLIMITED, USD, parts_of_budget, parts_of_cost, sec_parts_at
from .plan import NOTHING_HELD


class TaskBudget:
    """A cost ceiling and a latency budget. Money is reserved before a call and settled after it.

    Args:
        max_usd, max_sec: zero or more; infinity is no limit.
        begin_sec: the time on the clock when the task begins.

    >>> budget = TaskBudget(max_usd=1.0, max_sec=10.0)
    >>> budget.why_not(Bill(0.6, 4.0), now=7.0)
    'it may take 4 s, 3 s are left'
    >>> parts = budget.reserve(0.6)
    >>> budget.why_not(Bill(0.6, 4.0), now=0.0)
    'it may cost 0.6 usd, 0.4 usd are left'
    >>> budget.settle(parts, parts // 2)
    >>> budget.why_not(Bill(0.6, 4.0), now=0.0)
    """

    def __init__(self, max_usd: float, max_sec: float, begin_sec: float = 0.0) -> None:
        self.most_usd = parts_of_budget(max_usd, USD)
        self.most_sec = parts_of_budget(max_sec, SEC)
        self._begin = sec_parts_at(begin_sec)
        self.spent = 0
        self.reserved = 0
        self.peak = 0

    def why_not(self, worst: Bill, now: float, held: Bill = NOTHING_HELD) -> str | None:
        """Why a call does not fit with what is held back for others, or None where it fits."""
        usd_left = self.usd_parts_left() - parts_of_cost(held.usd, USD)
        if parts_of_cost(worst.usd, USD) > usd_left:
            return f"it may cost {worst.usd:.6g} usd, {max(usd_left, 0) / USD:.6g} usd are left"
        sec_left = self.sec_parts_left(now) - parts_of_cost(held.sec, SEC)
        if parts_of_cost(worst.sec, SEC) > sec_left:
            return f"it may take {worst.sec:.6g} s, {max(sec_left, 0) / SEC:.6g} s are left"
        return None

    def reserve(self, usd: float) -> int:
        """Set the worst case of a call aside; its parts, which ``settle`` takes back."""
        parts = parts_of_cost(usd, USD)
        if parts > self.usd_parts_left():
            raise ValueError(f"usd must not be more than what is left, got {usd!r}")
        self.reserved += parts
        self.peak = max(self.peak, self.spent + self.reserved)
        return parts

    def settle(self, reserved: int, billed: int) -> None:
        """A call has ended: its reservation is given back, and its bill counts."""
        if not 0 <= billed <= reserved <= self.reserved:
            raise ValueError(f"billed must lie between 0 and the reservation, got {billed!r}")
        self.reserved -= reserved
        self.spent += billed

    def usd_parts_left(self) -> int:
        """What is neither spent nor reserved."""
        return self.most_usd - self.spent - self.reserved

    def elapsed(self, now: float) -> int:
        """Parts of a second since the task began."""
        return max(sec_parts_at(now) - self._begin, 0)

    def sec_parts_left(self, now: float) -> int:
        """What is left until the latency budget ends."""
        return UNLIMITED if self.most_sec == UNLIMITED else max(self.most_sec - self.elapsed(now), 0)
