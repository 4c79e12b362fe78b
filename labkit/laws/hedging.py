"""Hedged requests: when an answer is late, ask a second time and take whichever answer comes first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, one_number
from .._values import by_value
from .random_times import RandomTime


@by_value
class Hedged(NamedTuple):
    """What hedging does: mean seconds, seconds gained on average, share of second requests, and the new time."""

    mean: float
    gain: float
    extra_load: float
    time: RandomTime

    def quantile(self, q: ArrayLike) -> Number:
        """Seconds within which a share q of the hedged calls is answered, q in [0, 1]."""
        return self.time.quantile(q)


def hedged(samples: ArrayLike, after: float) -> Hedged:
    """A call that is sent a second time when no answer has come ``after`` seconds.

    Formula: ``T = min(X, after + Y)`` with X and Y drawn independently from the samples, so
    ``P(T > t) = P(X > t) P(Y > t - after)``: exact over all pairs. The second request is sent with probability
    ``P(X > after)``; its price comes on top unless the provider lets you cancel. Hedging helps where a call is slow
    by chance. Where the question itself is slow, X and Y rise together and the gain is smaller than stated here.

    Source: Dean and Barroso 2013, "The Tail at Scale".

    Args:
        samples: recorded seconds of one call, zero or more, a list of at least one.
        after: seconds to wait before the second request, zero or more.

    >>> answer = hedged([1.0] * 9 + [20.0], after=2.0)
    >>> round(answer.mean, 2), round(answer.gain, 2), round(answer.extra_load, 2), answer.quantile(0.95)
    (1.37, 1.53, 0.1, 3.0)
    """
    one, wait = RandomTime.from_samples(samples), one_number("after", after)
    sec = np.union1d(one.value, wait + one.value)
    sec = sec[sec <= one.value[-1]]
    late, late_again = 1 - np.asarray(one.within(sec)), 1 - np.asarray(one.within(sec - wait))
    time = RandomTime.from_cdf(sec, 1 - late * late_again)
    return Hedged(time.mean, one.mean - time.mean, 1 - float(one.within(wait)), time)
