"""What the endpoint and its requests share, and how much it takes on at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields

from labkit._inputs import one_number, one_whole

from ..pocket import PocketModel
from .billing_log import BillingLog
from .models import PrefixCache, Served
from .plan import FaultPlan


@dataclass(frozen=True)
class Limits:
    """What the endpoint refuses to go beyond.

    Args:
        connections: open at once; one more is answered with status 503 and closed, beyond twice as many at once.
        at_once: requests in flight; one more is answered with status 503.
        body_bytes, header_bytes: of a request; a larger body is answered with status 413, larger headers with 400.
        header_sec, body_sec: within which the headers and the body must have come; status 408.
        log_rows: calls that the log keeps; with a full log calls are answered with status 503.

    Raises:
        ValueError: a number that is too small.
    """

    connections: int = 256
    at_once: int = 200
    body_bytes: int = 2**20
    header_bytes: int = 2**16
    header_sec: float = 10.0
    body_sec: float = 30.0
    log_rows: int = 100_000

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            checked = one_number(each.name, value) if each.name.endswith("_sec") else one_whole(each.name, value, 1)
            object.__setattr__(self, each.name, checked)


@dataclass
class State:
    """What is shared; a request takes the plan and the log as they are when it comes."""

    plan: FaultPlan
    log: BillingLog
    pace: float
    models: dict[str, Served]
    limits: Limits
    pockets: dict[str, PocketModel] = field(default_factory=dict)
    caches: dict[str, PrefixCache] = field(default_factory=dict)
    in_flight: int = 0
    stopping: asyncio.Future[None] | None = None

    def forget(self) -> None:
        """Empty the models' prefix caches."""
        self.pockets, self.caches = {}, {}
