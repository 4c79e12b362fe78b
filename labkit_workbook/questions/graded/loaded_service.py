"""The numbers of exercise 10: a service that many ask at once, and what it can promise; right ways and wrong ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from labkit import latency

from ..model import Given

Row: TypeAlias = "tuple[Any, ...]"
SHARE = 0.95
GRID, ZOOMS = 50, 5


@dataclass(frozen=True, repr=False)
class LoadedService(Given):
    """The numbers of the exercise. The service is made up."""

    rate: float = field(default=2.4, metadata={"doc": "requests a second today"})
    burstiness: float = field(
        default=2.5, metadata={"doc": "of the gaps between calls: variance by squared mean, as recorded"}
    )
    calls: float = field(
        default=4, metadata={"doc": "calls of a request, one after the other; the user reads each answer"}
    )
    sec: float = field(default=1.9, metadata={"doc": "s, mean of a try"})
    p: float = field(default=0.85, metadata={"doc": "share of the tries whose answer passes its check"})
    retries: int = field(default=2, metadata={"doc": "further tries of a call, at most; it keeps its place for them"})
    scv: float = field(
        default=0.42,
        metadata={"doc": "scatter of the seconds for which a call keeps its place: variance by squared mean"},
    )
    places: int = field(default=24, metadata={"doc": "calls that are served at once"})
    requests_per_min: int = field(default=770, metadata={"doc": "the provider's limit; each try counts as a request"})
    tokens_per_min: int = field(default=1_000_000, metadata={"doc": "the provider's other limit"})
    tokens_a_try: int = field(default=1_400, metadata={"doc": "tokens that a try counts for"})
    slo_sec: float = field(
        default=8.0, metadata={"doc": "s, the promise: in 95% of the requests no answer takes longer"}
    )
    coming_rate: float = field(default=2.7, metadata={"doc": "requests a second from next month on"})
    levers: tuple[Row, ...] = field(
        default=(
            ("more places", 36, 4.0, 1.9, 0.42, 0.85, 2),
            ("a cache", 24, 3.2, 1.9, 0.42, 0.85, 2),
            ("one step less", 24, 3.0, 1.9, 0.42, 0.85, 2),
            ("a quicker model", 24, 4.0, 1.3, 0.45, 0.75, 2),
            ("fewer retries", 24, 4.0, 1.9, 0.34, 0.85, 0),
        ),
        metadata={"doc": "lever, and with it: places, calls of a request that take one, sec, scv, p, retries"},
    )
    patience_sec: float = field(default=12.0, metadata={"doc": "s, after which a client gives a call up"})
    client_retries: int = field(default=2, metadata={"doc": "times that it then asks for the call again, at most"})


# ---- what a design does at a rate -------------------------------------------------------------------------


def tries_a_call(g: LoadedService) -> float:
    """Tries that a call makes on average: it stops at the first that passes, or at the last."""
    return (1 - (1 - g.p) ** (1 + g.retries)) / g.p


def hold(g: LoadedService) -> float:
    """Seconds for which a call keeps its place, on average."""
    return tries_a_call(g) * g.sec


def share_a_call(g: LoadedService) -> float:
    """How often a call must be in time for all those of a request to be so in 95% of the requests."""
    return SHARE ** (1 / g.calls)


def usual_load(g: LoadedService) -> dict[str, float]:
    """Today's load and what meets it, by the names that ``latency.under_load`` has for them."""
    return {
        "requests_per_sec": g.rate, "service_sec": hold(g), "places": g.places, "scv": g.scv, "calls": g.calls,
        "burstiness": g.burstiness,
    }  # fmt: skip


def loaded(g: LoadedService, **other: Any) -> latency.UnderLoad:
    """The waits at today's rate, or with something in another way."""
    return latency.under_load(**{**usual_load(g), **other})


def answered_within(g: LoadedService, share: float, **other: float) -> float:
    """Seconds within which this share of the calls is answered."""
    known, key = _list_answered(g.sec, **usual_load(g)), (share, *sorted(other.items()))
    return known[key] if key in known else float(loaded(g, **other).time_quantile(share))


@cache
def _list_answered(sec: float, **usual: float) -> dict[tuple[Any, ...], float]:
    """What the right way and most wrong ones ask of ``answered_within``: at once, which is many times sooner."""
    ways: tuple[dict[str, float], ...] = (
        {}, {"calls": 1}, {"service_sec": sec}, {"burstiness": 1.0}, {"scv": 1.0}, {"burstiness": 1.0, "scv": 1.0},
        {"requests_per_sec": 0.0},
    )  # fmt: skip
    load: dict[str, Any] = {name: np.array([[way.get(name, value)] for way in ways]) for name, value in usual.items()}
    shares = (SHARE, SHARE ** (1 / usual["calls"]), SHARE ** usual["calls"])
    found = np.asarray(latency.under_load(**load).time_quantile(shares)).tolist()
    return {
        (share, *sorted(way.items())): within
        for way, row in zip(ways, found, strict=True)
        for share, within in zip(shares, row, strict=True)
    }


def call_p95(g: LoadedService, **other: float) -> float:
    """Seconds within which 95% of the calls are answered."""
    return answered_within(g, SHARE, **other)


def promise(g: LoadedService, **other: float) -> float:
    """Seconds that in 95% of the requests no answer exceeds."""
    return answered_within(g, share_a_call(g), **other)


@cache
def kept_until(g: LoadedService, share: float, service_sec: float | None = None) -> float:
    """The largest rate at which this share of the calls, which keep their places as long, is answered in time."""
    sec = hold(g) if service_sec is None else service_sec
    low, high = 0.0, g.places / (g.calls * sec)
    for _ in range(ZOOMS):
        rates = np.linspace(low, high, GRID)
        held = np.asarray(loaded(g, requests_per_sec=rates, service_sec=sec).time_within(g.slo_sec)) >= share
        last = int(np.argmin(held)) - 1
        if last < 0:
            return 0.0
        low, high = float(rates[last]), float(rates[last + 1])
    return low


def utilisation(g: LoadedService, tries: float | None = None) -> tuple[float, float, float]:
    """What today's rate takes of the places, of the requests a minute, and of the tokens a minute."""
    made = g.rate * g.calls * (tries_a_call(g) if tries is None else tries)
    return made * g.sec / g.places, 60 * made / g.requests_per_min, 60 * made * g.tokens_a_try / g.tokens_per_min


def breaks_at(g: LoadedService) -> tuple[float, float]:
    """The largest rate that keeps the promise, and the rate at which the first of the three is full."""
    return kept_until(g, share_a_call(g)), g.rate / max(utilisation(g))


@cache
def storm(g: LoadedService, service_sec: float) -> tuple[float, float]:
    """Calls a second up to which there is a calm, and from which a storm does not end."""
    serves, made = g.places / service_sec, np.arange(1 + g.client_retries)
    low, high = 0.0, serves
    settles, calls = np.zeros(GRID), np.zeros(GRID)
    for _ in range(ZOOMS):
        calls = np.linspace(low, high, GRID)
        load = latency.under_load(calls, service_sec, g.places, scv=g.scv)
        late = 1 - np.asarray(load.time_within(g.patience_sec))
        settles = calls / np.sum(late[:, None] ** made, axis=1)  # the first calls of which these are all
        best = int(np.argmax(settles))
        low, high = float(calls[max(best - 1, 0)]), float(calls[min(best + 1, GRID - 1)])
    storm_from = serves / (1 + g.client_retries)
    return max(float(settles.max()), storm_from), storm_from


# ---- the levers -------------------------------------------------------------------------------------------


@cache
def with_levers(g: LoadedService) -> tuple[LoadedService, ...]:
    """The design with each of the levers, at the rate that is coming."""
    names = ("places", "calls", "sec", "scv", "p", "retries")
    return tuple(replace(g, rate=g.coming_rate, **dict(zip(names, row[1:], strict=True))) for row in g.levers)


def load_together(designs: tuple[LoadedService, ...], **other: Any) -> latency.UnderLoad:
    """The waits of several designs, worked out at once."""
    rows = [usual_load(g) for g in designs]
    load: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return latency.under_load(**{**load, **other})


@cache
def try_levers(g: LoadedService, **other: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Utilisation and p95 of a call with each lever; tries=1.0 forgets the tries."""
    if other.pop("tries", None):
        other["service_sec"] = np.array([each.sec for each in with_levers(g)])
    load = load_together(with_levers(g), **other)
    return tuple(np.asarray(load.utilisation).tolist()), tuple(np.asarray(load.time_quantile(SHARE)).tolist())


def pick_lever(g: LoadedService, utilised: bool = False, **other: Any) -> tuple[float, float]:
    """The lever with the shortest p95 of a call, counted from 1, and this p95.

    Args:
        g: the numbers.
        utilised: choose by the lowest utilisation, which is a wrong way.
        other: something of the load in a wrong way.
    """
    used, p95 = try_levers(g, **other)
    best = int(np.argmin(used if utilised else p95))
    return best + 1.0, p95[best]


def other_lever(g: LoadedService, place: int) -> tuple[float, float]:
    """A lever that has neither the shortest p95 nor the lowest utilisation, counted from 1, and its p95."""
    chosen = pick_lever(g)[0], pick_lever(g, utilised=True)[0]
    return [(i, p95) for i, p95 in enumerate(try_levers(g)[1], start=1) if i not in chosen][place]


# ---- the function -----------------------------------------------------------------------------------------

MOST_PLACES = 400
OTHER_LOADS = (
    (11.05, 5, 0.9, 0.8, 3.0, 2.7, 0.95),
    (1.34, 6, 3.6, 0.7, 4.0, 16.6, 0.99),
    (86.44, 2, 0.3, 0.7, 2.0, 0.7, 0.90),
    (18.09, 2, 1.6, 0.7, 2.0, 3.8, 0.90),
    (5.98, 2, 3.0, 0.6, 3.0, 7.0, 0.90),
    (7.32, 4, 1.5, 0.8, 3.0, 6.0, 0.98),
    (10.79, 4, 0.5, 0.8, 4.0, 1.2, 0.90),
    (7.47, 4, 1.5, 0.8, 2.0, 3.5, 0.90),
    (7.26, 4, 1.3, 0.8, 3.0, 4.0, 0.95),
    (3.27, 5, 3.1, 0.8, 3.0, 7.5, 0.90),
    (6.78, 3, 2.5, 0.8, 3.0, 6.2, 0.90),
    (3.67, 4, 2.7, 0.8, 4.0, 8.1, 0.95),
    (10.7, 7, 0.8, 0.8, 2.0, 2.5, 0.95),
    (19.92, 3, 0.8, 0.7, 3.0, 2.4, 0.95),
    (3.42, 4, 3.8, 0.8, 4.0, 18.9, 0.99),
    (2.39, 7, 3.5, 0.8, 4.0, 10.8, 0.95),
    (11.75, 4, 0.7, 0.7, 3.0, 1.7, 0.90),
    (2.45, 7, 3.2, 0.7, 3.0, 7.6, 0.90),
)
"""More loads on which a function is tried: rate, calls, sec, scv, burstiness, within_sec, share. The first two are
everybody's; a judge draws from the others. Each shows every mistake."""


def own_load(g: LoadedService) -> Row:
    """The load of the service today, whose calls are to be answered within the promise in 95 of 100."""
    return (g.rate, g.calls, round(hold(g), 3), g.scv, g.burstiness, g.slo_sec, SHARE)


def places_needed(
    g: LoadedService, load: Row, in_time: str = "answered", wanted: float | None = None, **other: float
) -> float:
    """The fewest places at which a share of the calls is answered in time.

    Args:
        g: the numbers, which do not matter here.
        load: rate, calls, sec, scv, burstiness, within_sec, share.
        in_time: ``"answered"``, or a wrong reading of it.
        wanted: another share than that of the load.
        other: something of the load in a wrong way.
    """
    return _find_fewest(tuple(load), in_time, wanted, **other)


@cache
def _find_fewest(load: Row, in_time: str, wanted: float | None, **other: float) -> float:
    """What ``places_needed`` returns, kept, since two of its loads are everybody's."""
    rate, calls, sec, scv, burstiness, within, asked = load
    share = asked if wanted is None else wanted
    places = np.arange(1, MOST_PLACES)
    held = latency.under_load(rate, sec, places, **{"scv": scv, "calls": calls, "burstiness": burstiness, **other})
    if in_time == "answered":
        enough = np.asarray(held.time_within(within)) >= share
    elif in_time == "begun":
        enough = np.asarray(held.wait_quantile(share)) <= within
    elif in_time == "on the mean":
        enough = np.asarray(held.mean_wait) + sec <= within
    else:
        enough = np.asarray(held.utilisation) < 1
    return float(places[np.argmax(enough)]) if enough.any() else -1.0
