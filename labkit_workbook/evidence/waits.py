"""What calls wait for a place: the laws of a steady load held against the hour that Azure recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labkit import latency

from ..published import azure_arrivals
from .comparison import RELATIVE, Comparison, Misses, Place, Record, find_misses
from .tails_and_lengths import TAILS, UNSAID

PLACES = {"conv": (36, 34), "code": (5,)}
SHUFFLES = 12
WORDS = {"code": "code", "conv": "conversations"}
HOURS = {
    trace: Record(
        what="Azure LLM inference traces 2023 (b469a11), when each request came; its seconds are ours: 0.3, and 0.2 ms "
        "a token read, and 25 ms a token written",
        model=UNSAID,
        temperature=UNSAID,
        tries=1,
        check="none",
        n=f"{n} requests of one hour, served by {places} places",
    )
    for trace, n, places in (("code", "8,819", "5"), ("conv", "19,366", "36 and 34"))
}


def served(trace: str, places: int, shuffle: str = "nothing", seed: int = 0) -> latency.Replay:
    """What happens to a recorded hour at so many places, as it came or shuffled.

    >>> round(float(served("conv", 34).wait_sec.mean()), 1), round(float(served("code", 5).wait_sec.mean()), 1)
    (13.7, 55.6)
    """
    hour = azure_arrivals(trace)
    return latency.replay_arrivals(hour.sec, hour.service_sec, places, shuffle=shuffle, seed=seed)


def steady(trace: str, places: int, law: str | None = None) -> latency.UnderLoad:
    """What the laws of a steady load say of the hour's rate: calls that come independently, or by a law of bursts.

    >>> [round(steady("code", 5, law).mean_wait, 2) for law in (None, "allen-cunneen", "hayward")]
    [0.46, 36.48, 83.94]
    """
    found = served(trace, places)
    mean = float(azure_arrivals(trace).service_sec.mean())
    rate = found.utilisation * places / mean
    bursts = 1.0 if law is None else found.burstiness
    return latency.under_load(rate, mean, places, scv=found.scv, burstiness=bursts, law=law or "allen-cunneen")


def wait_misses(trace: str) -> Misses:
    """By how much mean and 95th percentile of the wait are missed: by independent arrivals, by the recorded bursts.

    >>> [round(wait_misses(trace).repaired, 2) for trace in ("code", "conv")]
    [0.34, 0.72]
    """
    recorded = [x for k in PLACES[trace] for x in _sum_up(served(trace, k).wait_sec)]
    laws = []
    for law in (None, "allen-cunneen"):
        loads = [steady(trace, k, law) for k in PLACES[trace]]
        laws.append([x for load in loads for x in (float(load.mean_wait), float(load.wait_quantile(0.95)))])
    return find_misses(recorded, laws[0], laws[1], RELATIVE)


def shuffled_waits(trace: str, places: int, shuffle: str = "both") -> NDArray[np.float64]:
    """The mean wait of an hour after each of twelve shuffles, in seconds."""
    return np.array([served(trace, places, shuffle, seed).wait_sec.mean() for seed in range(SHUFFLES)])


def _sum_up(waits: NDArray[np.float64]) -> tuple[float, float]:
    return float(waits.mean()), float(np.quantile(waits, 0.95))


def _say_waits(trace: str) -> str:
    places = PLACES[trace][-1]
    mixed = shuffled_waits(trace, places)
    alone, bursts, crowds = (steady(trace, places, law).mean_wait for law in (None, "allen-cunneen", "hayward"))
    why = "so it is bursts" if trace == "code" else "so it is drift, which no law of a steady load has"
    return (
        f"At {places} places calls waited {served(trace, places).wait_sec.mean():.1f} s, law {alone:.2g} s, with the "
        f"recorded bursts {bursts:.2g} s, by Hayward {crowds:.2g}; gaps and calls shuffled {mixed.min():.2g} to "
        f"{mixed.max():.2g} s, {why}."
    )


COMPARISONS = tuple(
    Comparison(
        name=f"waiting for a place ({WORDS[trace]})",
        naive="requests come independently of each other, at one rate",
        repaired="the same with the recorded burstiness, still at one rate",
        formulas=(
            "latency.under_load", "latency.UnderLoad", "latency.UnderLoad.wait_quantile", "latency.erlang_c",
            "latency.replay_arrivals",
        ),
        record=HOURS[trace], unit=RELATIVE,
        misses=lambda trace=trace: wait_misses(trace),  # type: ignore[misc]
        finding=lambda trace=trace: _say_waits(trace),  # type: ignore[misc]
        place=Place(TAILS, "When no formula serves"),
    )
    for trace in ("code", "conv")
)  # fmt: skip
"""The laws of a steady load against two recorded hours."""
