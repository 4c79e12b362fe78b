"""The practical example's four claims, held against what was measured of both versions, at any share of the simple."""

from __future__ import annotations

import math
from typing import NamedTuple

from labkit._inputs import one_number, one_share
from labkit._values import by_value
from labkit.evaluation import Difference, paired_difference

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
    questions.
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
    difference = _mix([_compare(each) for each in new], weights)
    return Claims(
        weights[0], sec_before, sec, usd_before, usd, right_before, right, difference, float(margin), *mixed(checked)
    )


def _compare(new: Measurement) -> Difference:
    """The new version less the old one on the same questions."""
    return paired_difference(new.counts["only this right"], new.counts["only all-debate right"], new.tasks)


def _mix(parts: list[Difference], weights: tuple[float, float]) -> Difference:
    """The weighted sum of two independent differences, with its interval."""
    pairs = list(zip(weights, parts, strict=True))
    value = sum(weight * float(part.value) for weight, part in pairs)
    below = math.hypot(*(weight * float(part.value - part.low) for weight, part in pairs))
    above = math.hypot(*(weight * float(part.high - part.value) for weight, part in pairs))
    return Difference(value, value - below, value + above)
