"""Explorers of reliability: the cliff of a long chain, and runs of one task repeated."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit import plots, reliability

from .tables import Explorer, Lever

Array = NDArray[np.float64]
STEPS = (*range(1, 7), *range(8, 21, 2), *range(24, 61, 4), *range(65, 101, 5))
RUNS = tuple(range(1, 21))
TINY = 1e-4  # shares are kept to a hundredth of a percent


def retried_step(p: ArrayLike, retries: int, detection: ArrayLike, correlation: ArrayLike) -> Array:
    """How often a step ends right when noticed failures are tried again and tries of one step are correlated.

    Formula: the sum over j = 0 to k of ``d^j (pass_at(j+1) - pass_at(j))``: the first j tries wrong and noticed, the
    next one right. ``pass_at`` is that of ``reliability.BetaLaw``. Without correlation it is ``reliability.gated``.

    >>> round(float(retried_step(0.95, 1, 0.5, 0.0)), 5), round(float(retried_step(0.95, 1, 1.0, 0.3)), 5)
    (0.97375, 0.98325)
    """
    law = reliability.BetaLaw(np.asarray(p, dtype=float), np.asarray(correlation, dtype=float))
    by_try = [np.asarray(law.pass_at(j + 1), dtype=float) for j in range(retries + 1)]
    found = by_try[0] + 0.0 * np.asarray(detection)
    for j in range(1, retries + 1):
        found = found + np.asarray(detection) ** j * (by_try[j] - by_try[j - 1])
    return np.minimum(found, 1.0)


@cache
def product_law() -> Explorer:
    """The cliff: success of a chain over its steps, as p, retries, detection and correlation change.

    Bare is what it is without retries; what the text promises is detection 1 and correlation 0.

    >>> float(product_law().look_up(p=0.985, retries=1, detection=1.0, correlation=0.0, steps=12).round(4))
    0.9973
    """
    p = Lever("p", "p of a step", 0.985, (0.8, 0.9, 0.945, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999))
    retries = Lever("retries", "retries", 1, (0, 1, 2, 3))
    noticed = Lever("detection", "failures noticed", 0.9, (0.0, 0.25, 0.5, 0.7, 0.9, 1.0), unit="%")
    alike = Lever("correlation", "correlation of tries", 0.1, (0.0, 0.05, 0.1, 0.2, 0.4, 0.8))
    steps = Lever("steps", "steps", 48, STEPS)
    base, d, rho = np.ix_(p.values, noticed.values, alike.values)
    table = np.empty((len(p.values), 4, len(noticed.values), len(alike.values), len(STEPS)))
    for k in retries.values:
        step = retried_step(base, int(k), d, rho)[..., None]
        table[:, int(k)] = reliability.chain_success(np.clip(step, 0, 1), STEPS)
    return Explorer(
        name="product_law",
        title="The cliff: success of a chain over its steps",
        view="cliff",
        levers=(p, retries, noticed, alike, steps),
        table=table,
        unit=TINY,
        still=lambda: _still_cliff(table[6, 0, 0, 0], table[6, 1, 5, 0], table[6, 1, 4, 2]),
    )


def _still_cliff(bare: Array, promised: Array, as_set: Array) -> plots.Picture:
    return plots.curves(
        STEPS,
        {"bare": bare, "one retry, as the text promises": promised, "90% noticed, correlation 0.1": as_set},
        "steps",
        "end-to-end success",
        "A retry is worth what is noticed, and what is luck",
        f"Success over 1 to 100 steps at p 0.985: bare it falls to {bare[-1]:.0%}; with one retry the text promises "
        f"{promised[-1]:.0%}; with 90% of failures noticed and tries correlated at 0.1 it is {as_set[-1]:.0%}.",
        percent=True,
    )


@cache
def repetition() -> Explorer:
    """How often k runs of one task are all right, and at least one of them, as p and the correlation change.

    Behind the axes: all right, at least one right. Independent runs are correlation 0.

    >>> repetition().look_up(p=0.42, correlation=0.4, runs=4).round(3).tolist()
    [0.166, 0.694]
    """
    p = Lever("p", "p of one run", 0.42, tuple(round(0.02 * i, 2) for i in range(51)))
    alike = Lever("correlation", "correlation of runs", 0.4, tuple(round(0.1 * i, 1) for i in range(11)))
    runs = Lever("runs", "runs of one task (k)", 4, RUNS)
    base, rho, k = np.ix_(p.values, alike.values, RUNS)
    law = reliability.BetaLaw(base, rho)
    table = np.stack([np.broadcast_to(x, (51, 11, len(RUNS))) for x in (law.pass_hat(k), law.pass_at(k))], axis=-1)
    return Explorer(
        name="repetition",
        title="Runs of one task: all right, or at least one",
        view="repeated",
        levers=(p, alike, runs),
        table=table,
        unit=TINY,
        still=lambda: _still_repetition(table[21, 4], table[21, 0]),
    )


def _still_repetition(shares: Array, independent: Array) -> plots.Picture:
    (all_right, one_right), (alone, free) = shares.T, independent.T
    return plots.curves(
        RUNS,
        {"all right": all_right, "all right, if independent": alone, "one right": one_right, "if independent": free},
        "runs of one task (k)",
        "share of tasks",
        f"All 4 right: {all_right[3]:.1%}, not {alone[3]:.1%}",
        f"Shares over 1 to 20 runs at p 0.42 and correlation 0.4. All 4 right: {all_right[3]:.1%}, if runs were "
        f"independent {alone[3]:.1%}. At least one right: {one_right[3]:.1%}, if independent {free[3]:.1%}.",
        percent=True,
    )
