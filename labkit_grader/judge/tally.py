"""What came of each submission of a run: kept, counted, told; and of several attempts the one that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..intake.submissions import Placed
from ..record.policy import Policy
from ..record.results import Record, Store

MOST_FAULTS = 10  # of the grader's own, one after the other


@dataclass
class Tally:
    """The records of a run as they come: kept, counted and reported."""

    store: Store
    of: int
    tell: Callable[[int, int, Placed], None]
    graded: int = 0
    taken_over: int = 0
    in_a_row: int = 0
    of_all: int = 0
    keys: dict[tuple[str, str], list[tuple[Placed, str]]] = field(default_factory=dict)
    order: dict[int, int] = field(default_factory=dict)

    def keep(self, placed: Placed, record: Record) -> None:
        self.store.add(record)
        self.graded += record.status != "regrade"
        if self.in_a_row < MOST_FAULTS:
            self.in_a_row = self.in_a_row + 1 if record.status == "regrade" else 0
        self.of_all += 1
        self._note_record(placed, record.key)

    def take_over(self, placed: Placed, key: str) -> None:
        self.taken_over += 1
        self.of_all += 1
        self._note_record(placed, key)

    def _note_record(self, placed: Placed, key: str) -> None:
        self.keys.setdefault((placed.student, placed.exercise), []).append((placed, key))
        self.tell(self.of_all, self.of, placed)

    def counted(self, attempt: str, policy: Policy) -> list[Placed]:
        """Of each student's attempts the one that counts, whose record is made the newest.

        Args:
            attempt: which of them, ``"latest"`` or ``"best"``.
            policy: what lateness costs.
        """
        counted = []
        for (student, exercise), attempts in sorted(self.keys.items()):
            attempts.sort(key=lambda each: self.order[id(each[0])])
            known = [(placed, self.store.records.with_key(student, exercise, key)) for placed, key in attempts]
            held = [(placed, record) for placed, record in known if record is not None]
            placed, record = held[-1]
            if attempt == "best":
                placed, record = max(
                    reversed(held), key=lambda each: (_points_in_time(policy, *each), each[1].status != "regrade")
                )
            self.store.renew(record)
            counted.append(placed)
        return counted


def _points_in_time(policy: Policy, placed: Placed, record: Record) -> float:
    """The points of an attempt, less what its lateness costs: a late one may be worth less than one before it."""
    at = placed.student, placed.exercise
    lateness = replace(policy, arrivals={at: placed.arrival, **policy.arrivals}).lateness(*at)
    return record.points - lateness.penalty(record.points)
