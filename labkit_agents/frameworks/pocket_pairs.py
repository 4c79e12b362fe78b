"""The same sums asked of both pocket models: what a router and a cascade learn from, and are tested on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._values import by_value

from ..pocket import Call, PocketModel, carries, draw_sums, premium, small, write_sum

Column = NDArray[np.float64]


@by_value
class Pairs(NamedTuple):
    """One row a sum: what can be seen of the question, and what each model made of it.

    ``features`` are how many numbers the sum has, how many digits, how many columns carry, and the product of numbers
    and carries; dollars and seconds are by the card; ``log_prob`` is the logarithm of the probability that the small
    model gave its own reply.
    """

    features: Column
    small_right: NDArray[np.bool_]
    premium_right: NDArray[np.bool_]
    small_usd: Column
    premium_usd: Column
    log_prob: Column
    small_sec: Column
    premium_sec: Column

    def part(self, rows: slice) -> Pairs:
        """Some of the rows."""
        columns: Any = self
        return Pairs(*(column[rows] for column in columns))

    @property
    def halves(self) -> tuple[Pairs, Pairs]:
        """The first half to learn from, the second to be tested on."""
        middle = len(self.log_prob) // 2
        return self.part(slice(middle)), self.part(slice(middle, None))


def ask_both(n: int, seed: int) -> Pairs:
    """The replies of both pocket models to n sums of the default mix, each asked once.

    >>> pairs = ask_both(200, seed=1)
    >>> pairs.features[0].tolist(), int(pairs.small_right.sum()), int(pairs.premium_right.sum())
    ([3.0, 7.0, 2.0, 6.0], 192, 199)
    """
    sums = draw_sums(n, seed)
    calls = [Call(write_sum(numbers), id=f"pair {place}", seed=seed) for place, numbers in enumerate(sums)]
    answers = [str(sum(numbers)) for numbers in sums]

    def ask(model: PocketModel) -> tuple[NDArray[np.bool_], Column, Column, Column]:
        replies = model.complete(calls)
        right = [reply.text == answer for reply, answer in zip(replies, answers, strict=True)]
        return (
            np.array(right),
            np.array([reply.usd for reply in replies]),
            np.array([reply.log_prob or 0.0 for reply in replies]),
            np.array([reply.sec for reply in replies]),
        )

    small_right, small_usd, log_prob, small_sec = ask(small())
    premium_right, premium_usd, _, premium_sec = ask(premium())
    features = np.array([see_features(x) for x in sums])
    return Pairs(features, small_right, premium_right, small_usd, premium_usd, log_prob, small_sec, premium_sec)


def see_features(numbers: tuple[int, ...]) -> tuple[float, float, float, float]:
    """What a router sees of a sum before anybody has added it.

    >>> see_features((18, 34, 5))
    (3.0, 5.0, 1.0, 3.0)
    """
    carried = carries(numbers)
    digits = sum(len(str(number)) for number in numbers)
    return float(len(numbers)), float(digits), float(carried), float(len(numbers) * carried)
