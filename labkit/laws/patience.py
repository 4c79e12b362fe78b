"""How long a caller waits: for an answer, before asking a second time, and before trying again."""

from __future__ import annotations

from dataclasses import dataclass

from .._inputs import keep_floats, one_number


@dataclass(frozen=True)
class Patience:
    """What a caller does about calls that take long, or that have to be made again.

    A call that is cut off has no answer: its attempt has failed, every gate notices, and it is billed all the same. A
    hedged call is sent a second time when no answer has come; the first answer of the two counts, and both are billed.

    Args:
        timeout_sec: a call is cut off after so many seconds, zero or more; None never.
        hedge_sec: a call is sent a second time after so many seconds, zero or more; None never.
        backoff_sec: seconds to wait before the first retry, zero or more: a provider's ``Retry-After``, or one's own.
        backoff_growth: each further wait is so many times as long, zero or more; 2 doubles it.

    Raises:
        ValueError: a negative number, NaN.

    >>> [Patience(backoff_sec=1.0, backoff_growth=2.0).wait(retry) for retry in (1, 2, 3)]
    [1.0, 2.0, 4.0]
    """

    timeout_sec: float | None = None
    hedge_sec: float | None = None
    backoff_sec: float = 0.0
    backoff_growth: float = 1.0

    def __post_init__(self) -> None:
        for name in ("backoff_sec", "backoff_growth"):
            one_number(name, getattr(self, name))  # None is no number here
        keep_floats(self, ("timeout_sec", "hedge_sec", "backoff_sec", "backoff_growth"))

    def wait(self, retry: int) -> float:
        """Seconds before retry 1, 2, ..."""
        return self.backoff_sec * self.backoff_growth ** (retry - 1)


PATIENT = Patience()
