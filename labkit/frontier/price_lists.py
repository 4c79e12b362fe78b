"""What each option of a step costs, takes and is worth, under one accounting: a row for each option."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._values import ByValue
from ..accounting import price
from ..steps import Step
from .dominance import Floats


class Wanted(NamedTuple):
    """Which measures are compared; ``refused`` and ``wrong`` exclude each other."""

    cost: bool = True
    latency: bool = True
    reliability: bool = True
    refused: bool = False
    wrong: bool = False

    @classmethod
    def of(cls, measures: Sequence[str]) -> Wanted:
        """Those that are named."""
        return cls(*(name in measures for name in cls._fields))

    @property
    def failures(self) -> bool:
        """Are refused or wrong answers compared?"""
        return self.refused or self.wrong

    def loss(self, delivered: Floats) -> Floats | None:
        """What counts against a piece that delivers so often (fewer refusals, more wrong answers); None for nothing."""
        return -delivered if self.refused else delivered if self.wrong else None


@dataclass(frozen=True, eq=False)
class PriceList(ByValue):
    """The options of one step, one entry each.

    Attributes:
        usd, sec, p: what the step comes to.
        sec_least, sec_most: between these its seconds vary from task to task.
        delivered: probability that no gate refuses.
        ends_right, stops: probability that a judge ends the workflow here, rightly; and rightly or too soon.
        goes_on: probability that what follows is reached and paid.
        ends: may an option end the workflow?
    """

    usd: Floats
    sec: Floats
    p: Floats
    sec_least: Floats
    sec_most: Floats
    delivered: Floats
    ends_right: Floats
    stops: Floats
    goes_on: Floats
    ends: bool

    @property
    def varies(self) -> bool:
        """Do the seconds of some option vary from task to task?"""
        return bool(np.any(self.sec_least != self.sec_most))

    @property
    def key(self) -> Hashable:
        """Equal for steps that may choose among the same numbers."""
        return tuple(tuple(np.asarray(column).ravel().tolist()) for column in vars(self).values())


def price_list(steps: Sequence[Step], accounting: str, wanted: Wanted) -> PriceList:
    """The numbers of one step under each of its options; a measure that nobody compares counts as zero."""
    rows = []
    for step in steps:
        priced = price(step, accounting)
        least = priced.sec_most if accounting == "worst" else priced.sec_least
        rows.append((priced.usd, priced.sec, priced.p, least, priced.sec_most, priced.delivered, priced.ends_right,
                     priced.stops, priced.goes_on))  # fmt: skip
    columns: list[Any] = [*np.array(rows, dtype=float).T.copy()]
    for asked, places in ((wanted.cost, (0,)), (wanted.latency, (1, 3, 4)), (wanted.reliability, (2,))):
        for place in () if asked else places:
            columns[place] = np.zeros(len(steps))
    columns[5] = columns[5] if wanted.failures else np.ones(len(steps))
    columns.append(any(step.may_end for step in steps))
    return PriceList(*columns)
