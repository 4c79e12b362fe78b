"""What a task came to: its answer, its steps, and one entry for each call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from labkit._values import ByValue

CallOutcome: TypeAlias = Literal["right", "rejected", "rubbish", "failed", "late", "cancelled", "in flight"]
"""``right`` means read and passed by the checks, which is not always true; ``late`` was cut at its reservation."""
StepState: TypeAlias = Literal["done", "cached", "fallback", "left out"]


@dataclass(frozen=True, eq=False)
class Entry(ByValue):
    """One call in the books.

    Args:
        task, step, attempt, model: which call it was; attempts of a step count from 1.
        usd_reserved, sec_reserved: its worst case, set aside before it began.
        usd: what it is billed; never more than its reservation. In full where nobody knows: late, cancelled, broken.
        usd_claimed: what the reply said; above ``usd_reserved`` it is disputed, and the model gets no more calls.
        begin_sec, sec: when it began, from the task's beginning, and how long it took.
        outcome: what became of it.
        text: the reply, whatever became of it.
        note: why it failed, or what is odd about it.
    """

    task: str
    step: str
    attempt: int
    model: str
    usd_reserved: float
    sec_reserved: float
    usd: float
    usd_claimed: float | None
    begin_sec: float
    sec: float
    outcome: CallOutcome
    text: str = ""
    note: str = ""


@dataclass(frozen=True, eq=False)
class StepNote(ByValue):
    """What became of one step: its state, its value, the model that gave it, its calls, and why it was left out."""

    name: str
    state: StepState
    value: Any = None
    model: str | None = None
    calls: int = 0
    why: str = ""


@dataclass(frozen=True, eq=False)
class Report(ByValue):
    """What a task came to.

    Args:
        task: its name.
        answer: the best answer from the steps that have a value; None where there is none.
        complete: every step was done or cached.
        steps: one note a step, in the plan's order.
        entries: one entry a call, in the order in which they began. Their ``usd`` add up to the report's.
        usd, sec: what was spent, never more than ``max_usd`` and ``max_sec``.
        usd_peak: the most that was spent and reserved at any time.
        max_usd, max_sec: the budgets.
        note: what went wrong with the task as a whole, or an empty text.
    """

    task: str
    answer: Any
    complete: bool
    steps: tuple[StepNote, ...]
    entries: tuple[Entry, ...]
    usd: float
    sec: float
    usd_peak: float
    max_usd: float
    max_sec: float
    note: str = ""

    @property
    def left_out(self) -> dict[str, str]:
        """The steps that were left out, and those for which a fallback stands in, each with the reason."""
        return {note.name: note.why for note in self.steps if note.state in ("left out", "fallback")}

    @property
    def usd_reserved(self) -> float:
        """The worst case of all calls together."""
        return sum(entry.usd_reserved for entry in self.entries)

    @property
    def usd_disputed(self) -> float:
        """What replies claimed above their worst case, which is not paid."""
        claims = (max((e.usd_claimed or 0.0) - e.usd_reserved, 0.0) for e in self.entries)
        return sum(claims)

    def __str__(self) -> str:
        whole = "complete" if self.complete else f"{len(self.left_out)} of {len(self.steps)} steps left out"
        spent = f"{self.usd:.4f} of {self.max_usd:.4g} usd, {self.sec:.2f} of {self.max_sec:.4g} s"
        rows = [f"{self.task}: {whole}, {len(self.entries)} calls, {spent}; answer {self.answer!r}"]
        rows += [f"  {name}: {why}" for name, why in self.left_out.items()]
        return "\n".join(rows + ([f"  {self.note}"] if self.note else []))
