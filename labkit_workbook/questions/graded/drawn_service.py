"""How a class's numbers of exercise 10 are drawn: a service, its promise, its limits and its levers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .loaded_service import (
    SHARE,
    LoadedService,
    Row,
    answered_within,
    call_p95,
    hold,
    kept_until,
    load_together,
    promise,
    share_a_call,
    tries_a_call,
    utilisation,
    with_levers,
)

LEVER_SETS = 20


def draw(rng: np.random.Generator) -> LoadedService:
    """Numbers of the same kind for one student: another service."""
    g = _draw_design(rng)
    empty = promise(g, requests_per_sec=0.0)
    exponential = hold(g) * np.log(1 / (1 - SHARE))  # in which 95% of exponential calls end that need not wait
    slo = round(max(promise(g) * rng.uniform(0.9, 1.2), 1.08 * empty, 1.05 * exponential), 1)
    g = replace(g, slo_sec=slo, patience_sec=round(slo * rng.uniform(1.4, 1.9), 1))
    kept, full = kept_until(g, share_a_call(g)), g.rate / utilisation(g)[0]
    tries_a_minute = 60 * g.calls * tries_a_call(g) * rng.uniform(1.03 * kept, max(1.2 * full, 1.1 * kept), 2)
    tokens = int(rng.integers(6, 31)) * 100
    g = replace(
        g,
        requests_per_min=int(10 * np.ceil(tries_a_minute[0] / 10)),
        tokens_a_try=tokens,
        tokens_per_min=int(10_000 * np.ceil(tries_a_minute[1] * tokens / 10_000)),
        coming_rate=round(max(full * rng.uniform(0.88, 1.02), 1.05 * g.rate), 2),
    )
    return _draw_levers(rng, g) if _is_telling(g) else draw(rng)


def _is_telling(g: LoadedService) -> bool:
    """Is no limit as near as another, and does each way of counting promise something else?"""
    ways: tuple[dict[str, float], ...] = (
        {},
        {"service_sec": g.sec},
        {"burstiness": 1.0},
        {"scv": 1.0},
        {"burstiness": 1.0, "scv": 1.0},
    )
    promises = [promise(g, **way) for way in (*ways, {"requests_per_sec": 0.0})]
    promises += [g.slo_sec, call_p95(g), g.calls * call_p95(g), answered_within(g, SHARE**g.calls)]
    return all(np.all(np.diff(np.sort(np.log(each))) > 0.016) for each in (utilisation(g), promises))


def _draw_design(rng: np.random.Generator) -> LoadedService:
    """A design and its load, without a promise."""
    g = LoadedService(
        burstiness=float(rng.choice([2.0, 2.5, 3.0])),
        calls=int(rng.integers(3, 8)),
        sec=float(rng.integers(8, 36)) / 10,
        p=float(rng.integers(75, 87)) / 100,
        retries=int(rng.integers(1, 3)),
        places=int(rng.integers(10, 25)),
    )
    g = replace(g, scv=_scatter(g, rng.uniform(0.2, 0.5)), client_retries=int(rng.integers(1, 4)))
    return replace(g, rate=round(rng.uniform(0.84, 0.9) * g.places / (g.calls * hold(g)), 2))


def _draw_levers(rng: np.random.Generator, g: LoadedService) -> LoadedService:
    """The numbers with five levers that all bear the load; p95 and utilisation choose two, the first ahead by 3%."""
    sets = [replace(g, levers=_draw_rows(rng, g)) for _ in range(LEVER_SETS)]
    designs = tuple(each for g in sets for each in with_levers(g))
    load = load_together(designs)
    used, p95 = (np.reshape(x, (LEVER_SETS, -1)) for x in (load.utilisation, load.time_quantile(SHARE)))
    first, idle, ahead = np.argmin(p95, axis=1), np.argmin(used, axis=1), np.partition(p95, 1, axis=1)
    firsts = tuple(designs[5 * i + k] for i, k in enumerate(first))
    slower = np.min(p95, axis=1) / np.asarray(load_together(firsts, requests_per_sec=g.rate).time_quantile(SHARE))
    telling = (first != idle) & (ahead[:, 1] > 1.03 * ahead[:, 0]) & (slower > 1.005) & (np.max(used, axis=1) < 0.99)
    for wanted in rng.permutation(p95.shape[1]):
        found = np.flatnonzero(telling & (first == wanted))
        if found.size:
            return sets[int(found[0])]
    return draw(rng)


def _draw_rows(rng: np.random.Generator, g: LoadedService) -> tuple[Row, ...]:
    """Five levers for this design, in a random order."""
    a_try, strong = rng.uniform(0.2, 0.5), rng.uniform(0, 1, 4)
    quick = replace(
        g, sec=float(round(g.sec * (0.98 - 0.3 * strong[2]), 1)), p=round(g.p - float(rng.integers(1, 16)) / 100, 2)
    )
    fewer = replace(g, retries=int(rng.integers(g.retries)))
    rows = (
        replace(g, places=int(np.ceil(g.places * (1.1 + 0.7 * strong[0])))),
        replace(g, calls=float(round(g.calls * (0.95 - 0.35 * strong[1]), 1))),
        replace(g, calls=float(g.calls - 1)),
        replace(quick, scv=_scatter(quick, a_try)),
        replace(fewer, scv=_scatter(fewer, a_try)),
    )
    named = [
        (name, row.places, float(row.calls), row.sec, row.scv, row.p, row.retries)
        for (name, *_), row in zip(LoadedService().levers, rows, strict=True)
    ]
    return tuple(named[int(i)] for i in rng.permutation(len(named)))


def _scatter(g: LoadedService, of_a_try: float) -> float:
    """The scatter of a call's seconds from that of its tries: a sum of so many."""
    made = np.arange(1, g.retries + 2)
    share = np.append(g.p * (1 - g.p) ** (made[:-1] - 1), (1 - g.p) ** g.retries)
    mean = float(share @ made)
    return round((of_a_try * mean + float(share @ made**2) - mean**2) / mean**2, 2)
