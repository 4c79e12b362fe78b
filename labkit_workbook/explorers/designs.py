"""Explorers of the levers: twelve steps with every lever, and which lever is best at which value of a success."""

from __future__ import annotations

from functools import cache as keep

import numpy as np

from labkit import PREMIUM, SMALL, Workflow, cache, chain, cost, cut, easy, parallelize, plots, retry, route, stop_early
from labkit.outcome import Outcome

from .tables import Explorer, Lever, Switch

RETRIES = (0, 1, 2, 3)
HITS = tuple(round(0.2 * i, 1) for i in range(6))
GOOD = (0.0, 0.1, 0.2, 0.3, 0.4)
ERRS_ONCE_IN_TWENTY: dict[str, float] = {"recall": 0.95, "false_alarm": 0.05, "usd": SMALL.usd, "sec": SMALL.sec}
"""A judge of "good enough", one small call: of twenty answers that will do she lets one go on, of twenty others stops
one."""


def twelve_steps(hard: int, routed: bool, side: bool) -> Workflow:
    """The section's twelve steps, some of them hard; the easy ones on the small model, all side by side."""
    parts = [chain(n, PREMIUM, level, level) for n, level in ((hard, "hard"), (12 - hard, "easy")) if n]
    design = parts[0] if len(parts) == 1 else parts[0].then(parts[1])
    if routed:
        design = design.pipe(route, SMALL, where=easy)
    return design.pipe(parallelize) if side else design


@keep
def levers() -> Explorer:
    """The section's twelve steps with each lever, two budgets and a target.

    Behind the axes: USD, seconds and reliability. Where answers may be good enough
    before the end, a judge who errs once in twenty says so; steps side by side have all begun, and are not stopped.

    >>> levers().look_up(hard=4, routed=True, honest=True).round(4).tolist()
    [0.136, 11.2, 0.5987]
    """
    shown = (
        Lever("hard", "hard steps", 4, tuple(range(13))),
        Switch("routed", "easy steps on the small model", True),
        Switch("side", "side by side"),
        Lever("retries", "retries", 0, RETRIES),
        Lever("hit", "share answered from a cache", 0.0, HITS, unit="%"),
        Lever("good", "good enough after a step", 0.0, GOOD, unit="%"),
        Switch("honest", "retries are paid", True),
        Lever("usd", "budget", 0.25, low=0.02, high=0.5, step=0.01, unit="USD"),
        Lever("sec", "budget", 20.0, low=0.5, high=30, step=0.5, unit="s"),
        Lever("target", "success wanted", 0.95, low=0.5, high=0.995, step=0.005, unit="%"),
    )
    table = np.empty((13, 2, 2, len(RETRIES), len(HITS), len(GOOD), 2, 3))
    tries, share, enough = np.ix_(RETRIES, HITS, GOOD[1:])
    for hard in range(13):
        for routed in (0, 1):
            for side in (0, 1):
                unasked = twelve_steps(hard, bool(routed), bool(side)).pipe(cache, hit_rate=share).pipe(retry, tries)
                asked = unasked if side else unasked.pipe(stop_early, enough, None, **ERRS_ONCE_IN_TWENTY)
                for i, accounting in enumerate(("textbook", "expected")):
                    table[hard, routed, side, :, :, :1, i] = _three_numbers(unasked.outcome(accounting))
                    table[hard, routed, side, :, :, 1:, i] = _three_numbers(asked.outcome(accounting))
    return Explorer(
        name="levers",
        title="Twelve steps with every lever",
        view="frontier",
        levers=shown,
        table=table,
        still=lambda: _still_levers(table),
        more={"line": _best_of_all(table), "judge": ERRS_ONCE_IN_TWENTY},
    )


def _three_numbers(outcome: Outcome) -> np.ndarray:
    """USD, seconds and reliability of many designs, behind their axes."""
    return np.stack([outcome.cost, outcome.latency, outcome.reliability], axis=-1)


def _best_of_all(table: np.ndarray) -> list[list[list[int]]]:
    """Places of the designs that none beats in USD and success, retries paid, among those of one task.

    A task: the number of hard steps, the share answered from a cache and that of answers which will do after a step.
    The rest is a choice: small model, side by side, retries, and whether a judge is asked at all. A place counts
    through these four in their order, as ``table[hard, :, :, :, hit, [0, good], 1]`` does.
    """
    places = [(hit, good) for hit in range(len(HITS)) for good in range(len(GOOD))]
    return [
        [_best_of(table[hard, :, :, :, hit][..., [0, good], 1, :].reshape(-1, 3)) for hit, good in places]
        for hard in range(13)
    ]


def _best_of(designs: np.ndarray) -> list[int]:
    """The staircase of one task, from the cheapest on."""
    kept: list[int] = []
    for place in np.lexsort((-designs[:, 2], designs[:, 0])):
        if not kept or designs[place, 2] > designs[kept[-1], 2] + 1e-9:
            kept.append(int(place))
    return kept


def _still_levers(table: np.ndarray) -> plots.Picture:
    points = table[4, :, :, :, :, 0, 1].reshape(-1, 3)
    points = points[points[:, 0] > 0]
    return plots.trade_offs(
        Outcome(points[:, 0], points[:, 1], points[:, 2]),
        "Twelve steps, four of them hard: every setting of the levers",
        {"12 premium steps": chain(12, PREMIUM).outcome("expected")},
    )


@keep
def crossover() -> Explorer:
    """Which lever is best at which value of a success.

    Behind the axis, for each of seven designs: profit a task above that of the plain chain, and profit a task, in USD.

    >>> crossover().look_up(value=2.0).round(2)[:, 1].tolist()
    [1.31, 1.31, 1.06, 1.49, 1.63, 1.65, 1.15]
    """
    designs = single_levers()
    values = tuple(float(f"{v:.3g}") for v in np.geomspace(0.05, 50, 121))
    values = tuple(sorted({*values, 0.5, 2.0, 50.0}))
    worth = np.array(values)
    profit = np.stack([cost.profit(worth, o.reliability, o.cost) for o in designs.values()], axis=-1)
    table = np.stack([profit - profit[:, :1], profit], axis=-1)
    return Explorer(
        name="crossover",
        title="Which lever is best at which value of a success",
        view="crossover",
        levers=(Lever("value", "value of a success", 0.5, values, unit="USD"),),
        table=table,
        still=lambda: _still_crossover(worth, designs),
        more={"designs": list(designs), "numbers": [[o.cost, o.reliability] for o in designs.values()]},
    )


def single_levers() -> dict[str, Outcome]:
    """The twelve steps of lesson 04 with one lever each, honestly charged."""
    naive = chain(12, PREMIUM)
    mixed = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
    six = [f"step-{i}" for i in range(1, 7)]
    designs = {
        "12 premium steps": naive,
        "parallelize": naive.pipe(parallelize),
        "route 8 easy steps": mixed.pipe(route, SMALL, where=easy),
        "cache 6 steps": naive.pipe(cache, six),
        "retry once": naive.pipe(retry, 1),
        "cut 6 steps": naive.pipe(cut, six),
        "stop early": naive.pipe(stop_early, 0.1, None, **ERRS_ONCE_IN_TWENTY),
    }
    return {label: design.outcome("expected") for label, design in designs.items()}


def _still_crossover(worth: np.ndarray, designs: dict[str, Outcome]) -> plots.Picture:
    low = worth[worth <= 4.0]
    shown = ("route 8 easy steps", "retry once", "cut 6 steps", "cache 6 steps")
    plain = designs["12 premium steps"]
    base = cost.profit(low, plain.reliability, plain.cost)
    return plots.curves(
        low,
        {name: cost.profit(low, designs[name].reliability, designs[name].cost) - base for name in shown},
        "value of a success (USD)",
        "profit above the plain chain (USD a task)",
        "Which lever is best?",
        "Profit of four designs above that of the plain chain, over the value of a success up to 4 USD. Routing falls "
        "and turns negative at about 1 USD; caching is level; cutting leads until the retry overtakes it above 2 USD.",
    )
