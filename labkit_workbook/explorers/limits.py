"""Explorers of budgets: the frontier of twelve steps under two of them, and the map of debate and retry."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np

from labkit import PREMIUM, SMALL, Debate, Gate, Model, chain, debate, easy, frontier, gate, plots

from .tables import Explorer, Lever

TINY = 1e-4  # shares are kept to a hundredth of a percent
CRITICAL = "critical-1"
RECALLS = tuple(round(0.02 * i, 2) for i in range(51))
WAITS = tuple(np.arange(18.0, 28.01, 0.25).tolist())
ADVICE = ("nothing fits", "bare chain", "retry", "debate")


@cache
def _twelve_steps() -> frontier.Frontier:
    """Lesson 09's chain: easy steps on either model, hard ones debated or not, each with or without a real check."""
    steps = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
    seen = Gate(detection=0.7, false_alarm=0.05, usd=SMALL.usd, sec=SMALL.sec)
    checks = [frontier.AS_IT_IS, *(_check_option(k, seen) for k in (1, 2))]
    easy_ways = frontier.combine(frontier.options(models=[SMALL, PREMIUM]), checks)
    hard_ways = frontier.combine(frontier.options(debates=[None, Debate(3, 2, p=0.997)]), checks)
    return frontier.pareto(steps, lambda step: easy_ways if easy(step) else hard_ways, accounting="expected")


def _check_option(retries: int, check: Gate) -> frontier.Option:
    """A step behind a check that sends it back at most so often."""
    return frontier.Option(f"{retries} retries", lambda step: replace(step, gate=check, retries=retries))


def made_of(design: frontier.Design) -> str:
    """How many steps of each kind go which way."""
    kinds = Counter(
        (step.name.split("-")[0], "debated" if step.debate else f"on {step.model.name}", int(step.retries))
        for step in design.workflow
    )
    return "; ".join(
        f"{n} {kind} {way}" + (f", checked, {retries} {'retry' if retries == 1 else 'retries'}" if retries else "")
        for (kind, way, retries), n in kinds.items()
    )


@cache
def budgets() -> Explorer:
    """The frontier of twelve steps, and the surest design that two budgets allow.

    The table has no axes: USD, seconds and reliability of each design on the frontier.

    >>> budgets().look_up().shape
    (111, 3)
    """
    found = _twelve_steps()
    return Explorer(
        name="budgets",
        title="Two budgets over the frontier of twelve steps",
        view="budgets",
        levers=(
            Lever("usd", "dollars a task", 0.25, low=0.05, high=1.2, step=0.01, unit="USD"),
            Lever("sec", "seconds a task", 20.0, low=10, high=40, step=0.5, unit="s"),
        ),
        table=np.stack([found.cost, found.latency, found.reliability], axis=-1),
        still=lambda: plots.trade_offs(found.outcome, f"{len(found)} designs that no other beats"),
        more={"made": [made_of(found[i]) for i in range(len(found))]},
    )


@cache
def debate_or_retry() -> Explorer:
    """What to do with one critical step of ten, over the share of failures noticed and the seconds there are.

    Behind the axes: the advice (its number in ``ADVICE``), and the reliability of bare chain, retry and debate, NaN
    where the design may take longer than the budget.

    >>> debate_or_retry().look_up(recall=0.5, budget=25.0).round(4).tolist()
    [3.0, 0.7921, 0.8119, 0.8254]
    """
    recall = Lever("recall", "failures that are noticed", 0.5, RECALLS, unit="%")
    budget = Lever("budget", "latency budget, kept every time", 25.0, WAITS, unit="s")
    share, wait = np.ix_(RECALLS, WAITS)
    plain = chain(9, Model(0.03, 2.0, 0.98)).then(chain(1, Model(0.03, 2.0, 0.95), "critical"))
    designs = (plain, plain.pipe(gate, share, 0.0, 1, CRITICAL), plain.pipe(debate, 1, 3, CRITICAL, p=0.99))
    outcomes = [design.outcome("worst") for design in designs]
    kept = [np.where(o.latency <= wait, o.reliability, np.nan) + 0 * share for o in outcomes]
    best = np.argmax([np.full(kept[0].shape, 1e-9), *(np.nan_to_num(each) for each in kept)], axis=0)
    return Explorer(
        name="debate_or_retry",
        title="Debate or retry: one critical step of ten",
        view="map",
        levers=(recall, budget),
        table=np.stack([best, *kept], axis=-1),
        unit=TINY,
        still=lambda: _still_map(best),
        more={"advice": list(ADVICE), "seconds": [o.latency for o in outcomes]},
    )


def _still_map(best: np.ndarray) -> plots.Picture:
    """The map as it stands."""
    figure, ax = plots.canvas(height=4.0, width=6.4)
    colours = ["#FFFFFF", "#E3E3E3", plots.SKY, "#E69F00"]
    ax.contourf(RECALLS, WAITS, best.T, levels=[-0.5, 0.5, 1.5, 2.5, 3.5], colors=colours)
    for x, y, words in ((0.5, 19, ADVICE[0]), (0.5, 21, ADVICE[1]), (0.5, 23, ADVICE[2]), (0.4, 26, ADVICE[3])):
        ax.text(x, y, words, ha="center", va="center", weight="bold")
    ax.set(xlabel="share of failures that are noticed (recall)", ylabel="latency budget (s, kept every time)")
    return plots.Picture(
        figure,
        "Map of advice over recall, 0 to 1, and latency budget, 18 to 28 s. Below 20 s nothing fits; from 20 to 22 s "
        "the bare chain; from 22 to 24 s the retry; above 24 s the debate for a recall below 0.84 and the retry above.",
    )
