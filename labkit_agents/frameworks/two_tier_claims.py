"""The practical example's four claims, held against what was measured of both versions, at any share of the simple."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from labkit._inputs import Number, one_number, one_share
from labkit._values import by_value
from labkit.evaluation import Difference, paired_difference
from labkit.reliability import Interval, wilson_interval

from .measurement import Measurement
from .run import recorded

LATENCY_RATIO = 11 / 2
"""From eleven seconds to under two."""
COST_RATIO = (8.0, 12.5)
"""What counts as roughly tenfold, as in lesson 05."""
RELIABILITY = 0.99


@by_value
class Claims(NamedTuple):
    """At one share of simple questions, with everything debated and then with two tiers.

    ``sec_before`` and ``sec`` are the median's by the card, ``usd_before`` and ``usd`` a question's, ``right_before``
    and ``right`` the shares that came out right; those that end in ``_checked`` are of everything debated with the two
    tiers' check after each call. ``difference`` is new less old, with its interval of 95%: both were asked the same
    questions. ``intervals`` are those of 95% of ``right_before``, ``right`` and ``right_checked``.
    """

    share: float
    sec_before: float
    sec: float
    usd_before: float
    usd: float
    right_before: float
    right: float
    difference: Difference
    margin: float
    sec_checked: float
    usd_checked: float
    right_checked: float
    intervals: tuple[Interval, Interval, Interval]

    @property
    def hold(self) -> dict[str, bool]:
        """Which of the claims come true."""
        return {
            "the median latency falls as from 11 s to 2 s": self.sec_before / self.sec >= LATENCY_RATIO,
            "a question costs roughly a tenth": COST_RATIO[0] <= self.usd_before / self.usd <= COST_RATIO[1],
            "reliability rises above 99%": self.right > max(RELIABILITY, self.right_before),
            "quality is not worse by the margin": float(self.difference.low) > -self.margin,
        }


def claims_at(share: float, margin: float = 0.02) -> Claims:
    """What the recorded measurements say of the claims, where this share of the questions is simple.

    The median is that of the kind that is in the majority. The interval of the mixture is put together from those of
    the two kinds as in Zou and Donner 2008 (Statistics in Medicine 27), the share being known.

    Args:
        share: of simple questions, in [0, 1].
        margin: how much worse the new version may be and still count as not worse, above 0.

    Raises:
        ValueError: a number out of range.
    """
    weights = (one_share("share", share), 1 - one_share("share", share))
    if one_number("margin", margin) <= 0:
        raise ValueError(f"margin must be above 0, got {margin!r}")
    kinds = [recorded(f"langgraph_two_tiers_{kind}").measurements for kind in ("simple", "hard")]
    old, new, checked = ([each[version] for each in kinds] for version in range(3))
    most = 0 if weights[0] >= 0.5 else 1

    def mixed(version: list[Measurement]) -> tuple[float, float, float]:
        """The median question's seconds, a question's dollars, and the share that came out right."""
        usd = math.fsum(weight * each.usd / each.tasks for weight, each in zip(weights, version, strict=True))
        right = math.fsum(weight * (each.share or 0.0) for weight, each in zip(weights, version, strict=True))
        return version[most].counts["median sec"], usd, right

    (sec_before, usd_before, right_before), (sec, usd, right) = mixed(old), mixed(new)
    difference = Difference(*_mix([_compare(each) for each in new], weights))
    before, now, with_check = (Interval(*_mix(list(map(_place, each)), weights)[1:]) for each in (old, new, checked))
    return Claims(
        weights[0], sec_before, sec, usd_before, usd, right_before, right, difference, float(margin), *mixed(checked),
        (before, now, with_check),
    )  # fmt: skip


def _compare(new: Measurement) -> Difference:
    """The new version less the old one on the same questions."""
    return paired_difference(new.counts["only this right"], new.counts["only all-debate right"], new.tasks)


def _place(version: Measurement) -> tuple[float, float, float]:
    """The share that came out right, between the ends of Wilson's interval."""
    low, high = wilson_interval(version.successes or 0, version.tasks)
    return version.share or 0.0, float(low), float(high)


def _mix(parts: Sequence[tuple[Number, Number, Number]], weights: tuple[float, float]) -> tuple[float, float, float]:
    """The weighted sum of two independent figures, each (value, low, high), with its interval."""
    pairs = list(zip(weights, parts, strict=True))
    middle = sum(weight * float(value) for weight, (value, _, _) in pairs)
    below = math.hypot(*(weight * float(value - low) for weight, (value, low, _) in pairs))
    above = math.hypot(*(weight * float(high - value) for weight, (value, _, high) in pairs))
    return middle, middle - below, middle + above
