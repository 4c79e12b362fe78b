"""Measuring how often a model is right: many sums, counted by how many numbers they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_number, one_whole, probability
from labkit._values import ByValue, freeze_array
from labkit.reliability import Interval

from ..pocket import Call, LanguageModel, draw_sums, read_number, write_sum
from ..tasks.checks import Check, as_check
from ..tasks.shares import Share, counted_share

UNREADABLE = -1


@dataclass(frozen=True, eq=False, repr=False)
class Measured(ByValue):
    """A model's replies to many sums, and what they say about it.

    Attributes:
        model: its name.
        operands: how many numbers each sum had.
        errors: the number stated minus the true sum; 0 is right.
        unreadable: where no number was stated.
        log_probs: how probable each reply was, as a natural logarithm; NaN if the model does not tell.
        level: of the intervals.
        end: 0 for the shares themselves, -1 or +1 for the ends of their intervals (``low``, ``high``).
    """

    model: str
    operands: NDArray[np.int64]
    errors: NDArray[np.int64]
    unreadable: NDArray[np.bool_]
    log_probs: NDArray[np.float64]
    level: float = 0.95
    end: int = 0

    def __post_init__(self) -> None:
        for name in ("operands", "errors", "unreadable", "log_probs"):
            object.__setattr__(self, name, freeze_array(getattr(self, name)))

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which replies were right."""
        return np.asarray((self.errors == 0) & ~self.unreadable)

    @cached_property
    def shares(self) -> dict[int, Share]:
        """How often it was right, by the count of numbers, with Wilson intervals and counts."""
        shares = {}
        for count in np.unique(self.operands).tolist():
            here = self.operands == count
            shares[count] = counted_share(int(self.right[here].sum()), int(here.sum()), self.level)
        return shares

    @property
    def p(self) -> dict[int, float]:
        """How often it was right, by the count of numbers."""
        return {count: (share.p, share.high, share.low)[self.end] for count, share in self.shares.items()}

    @property
    def intervals(self) -> dict[int, Interval]:
        """The Wilson intervals of ``p``."""
        return {count: Interval(share.low, share.high) for count, share in self.shares.items()}

    def low(self) -> Measured:
        """The same with every p at the lower end of its interval."""
        return replace(self, end=-1)

    def high(self) -> Measured:
        """The same with every p at the upper end of its interval."""
        return replace(self, end=1)

    def p_of(self, operands: int) -> float:
        """p on sums of so many numbers.

        Raises:
            ValueError: a count that was not measured.
        """
        known = self.p
        if operands not in known:
            raise ValueError(f"operands must have been measured, one of {sorted(known)}, got {operands!r}")
        return known[operands]

    def recall(self, check: str | Check, operands: int | None = None) -> float:
        """The share of its wrong answers that a check notices.

        Where there are no wrong answers of so many numbers, all wrong answers count; where there are none at all,
        the check's recall by chance.
        """
        test = as_check(check)
        wrong = ~self.right
        if operands is not None and np.any(wrong & (self.operands == operands)):
            wrong &= self.operands == operands
        if not np.any(wrong):
            return test.recall_by_chance
        noticed = self.unreadable | (self.errors % test.divisor != 0 if test.divisor else self.errors != 0)
        return float(noticed[wrong].mean())

    def rejected_below(self, at_least: float, operands: int) -> tuple[float, float]:
        """The shares of its wrong and of its right answers whose probability is below ``at_least``.

        Raises:
            ValueError: a count that was not measured, or a model that tells no log-probabilities.
        """
        self.p_of(operands)
        bound, here = float(probability("at_least", at_least)), self.operands == operands
        if np.any(np.isnan(self.log_probs[here & ~self.unreadable])):
            raise ValueError(f"model must tell log-probabilities for a cascade by confidence, got {self.model!r}")
        doubted = self.unreadable | (np.exp(self.log_probs) < bound)
        shares = []
        for group in (here & ~self.right, here & self.right):
            shares.append(float(doubted[group].mean()) if group.any() else 0.0)
        return shares[0], shares[1]

    def __repr__(self) -> str:
        rows = [f"{self.model}: right, with {self.level:.0%} intervals"]
        return "\n".join(rows + [f"  {count} numbers  {share}" for count, share in self.shares.items()])


def measure_p(
    model: LanguageModel,
    operands: Sequence[int] = (2, 3, 4),
    n: int = 500,
    seed: int = 0,
    *,
    sums: Sequence[Sequence[int]] | None = None,
    temperature: float = 1.0,
    prefix: str = "",
    max_tokens: int = 8,
    level: float = 0.95,
) -> Measured:
    """Ask a model n sums of each count of numbers, and count how often it is right.

    Args:
        model: anything with the protocol of ``labkit_agents.pocket``.
        operands: the counts of numbers, from 1 to 8.
        n: sums for each count, from 1.
        seed: draws the sums and the replies, from 0.
        sums: these sums instead; ``operands`` and ``n`` are then not used.
        temperature, prefix, max_tokens: of the calls.
        level: of the intervals, between 0 and 1.

    Returns:
        ``Measured``; printed, it is a table.

    Raises:
        ValueError: an argument out of range, or no sums.

    Source: the course's own models, measured here and now.

    >>> from labkit_agents import pocket
    >>> measured = measure_p(pocket.premium(), operands=(2,), n=50, seed=1)
    >>> measured.shares[2].tries, 0.8 < measured.p[2] <= 1
    (50, True)
    """
    start, warmth = one_whole("seed", seed), one_number("temperature", temperature)
    if not hasattr(model, "complete"):
        raise ValueError(f"model must answer calls with complete, got {model!r}")
    for name, listed in (("operands", operands), ("sums", () if sums is None else sums)):
        if not isinstance(listed, Iterable):
            raise ValueError(f"{name} must be a list, got {listed!r}")
    if sums is None:
        each, operands = one_whole("n", n, 1), [one_whole("operands", count, 1) for count in operands]
        if not operands:
            raise ValueError("operands must hold at least one count of numbers, got none")
        sums = [numbers for count in operands for numbers in draw_sums(each, start + count, (count,))]
    sums = [_check_sum(numbers) for numbers in sums]
    if not sums:
        raise ValueError("sums must hold at least one sum, got none")
    calls = [
        Call(write_sum(tuple(numbers)), prefix, f"measure {index}", start, warmth, max_tokens)
        for index, numbers in enumerate(sums)
    ]
    replies = model.complete(calls)
    values = [read_number(reply.text) if reply.ok and reply.finish == "stop" else None for reply in replies]
    true = np.array([sum(numbers) for numbers in sums], dtype=np.int64)
    stated = np.array([UNREADABLE if value is None else value for value in values], dtype=np.int64)
    log_probs = [np.nan if reply.log_prob is None else reply.log_prob for reply in replies]
    measured = Measured(
        model.name,
        np.array([len(numbers) for numbers in sums], dtype=np.int64),
        stated - true,
        stated == UNREADABLE,
        np.array(log_probs, dtype=float),
        level,
    )
    _ = measured.shares  # a bad level is refused here
    return measured


def _check_sum(numbers: Iterable[int]) -> tuple[int, ...]:
    """The numbers of one sum."""
    if isinstance(numbers, (str, bytes)) or not isinstance(numbers, Iterable):
        raise ValueError(f"sums must hold lists of whole numbers, got {numbers!r}")
    return tuple(one_whole("sums", number) for number in numbers)


def ends_of(p: Mapping[str, Measured]) -> tuple[dict[str, Measured], dict[str, Measured]]:
    """Every model's measurement at the low and at the high end of its intervals."""
    return {name: each.low() for name, each in p.items()}, {name: each.high() for name, each in p.items()}
