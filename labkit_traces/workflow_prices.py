"""What a workflow will cost before anything is run: the three numbers, their ranges, and a month's bill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from labkit import Outcome, Workflow, simulate
from labkit._inputs import one_number
from labkit._values import by_value
from labkit.prices import PriceCard

from .saved_workflow import from_json, from_toml

TASKS = 16_384
DAYS = 30
ACCOUNTINGS = ("textbook", "expected", "worst")


@by_value
class Priced(NamedTuple):
    """What a task of a workflow takes.

    Attributes:
        expected: dollars, seconds and reliability with each attempt paid: the mean task.
        textbook, worst: the same with retries that cost nothing, and with every retry made.
        usd, sec: between which values 90 of 100 tasks lie, by simulation with a fixed seed; call times do not vary.
        usd_a_month: dollars of 30 days, mean; NaN without ``per_day``. ``spread_a_month`` is the standard deviation.
    """

    expected: Outcome
    textbook: Outcome
    worst: Outcome
    usd: tuple[float, float]
    sec: tuple[float, float]
    usd_a_month: float
    spread_a_month: float


def price_workflow(workflow: Workflow, per_day: float | None = None) -> Priced:
    """What a task of the workflow takes, and what a month costs.

    Raises:
        ValueError: no workflow, or a number of tasks a day that cannot be.

    >>> from labkit import PREMIUM, chain, retry
    >>> found = price_workflow(chain(3, PREMIUM).pipe(retry, 1), per_day=100)
    >>> round(found.expected.cost, 5), round(found.worst.cost, 5), round(found.usd_a_month, 2)
    (0.09135, 0.18, 274.05)
    """
    if not isinstance(workflow, Workflow):
        raise ValueError(f"workflow must be a Workflow, got {type(workflow).__name__}")
    tasks = math.nan if per_day is None else one_number("per_day", per_day) * DAYS
    samples = simulate(workflow, TASKS, seed=0, progress=None)
    textbook, expected, worst = (workflow.outcome(name) for name in ACCOUNTINGS)
    usd, sec = (tuple(map(float, np.quantile(values, [0.05, 0.95]))) for values in (samples.cost, samples.latency))
    spread = float(samples.cost.std(ddof=1)) * math.sqrt(tasks) if not math.isnan(tasks) else math.nan
    return Priced(expected, textbook, worst, usd, sec, float(expected.cost) * tasks, spread)  # type: ignore[arg-type]


def read_workflow(path: str | Path, cards: Mapping[str, PriceCard] | None = None) -> Workflow:
    """The workflow in a file: TOML where its name ends so, else JSON.

    Raises:
        ValueError: no file, or no workflow in it.
    """
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"workflow: there is no file {str(path)!r}")
    text = file.read_text(encoding="utf-8")
    return from_toml(text, cards) if file.suffix == ".toml" else from_json(text, cards)


def render_prices(priced: Priced, per_day: float | None = None) -> str:
    """Lines to read."""
    lines = ["a task                    USD        seconds  ends right"]
    for name in reversed(ACCOUNTINGS):
        outcome = getattr(priced, name)
        lines.append(f"  {SAID[name]:<20}  {outcome.cost:<9.4g}  {outcome.latency:<7.4g}  {outcome.reliability:.2%}")
    lines.append(f"90 of 100 tasks: {priced.usd[0]:.4g} to {priced.usd[1]:.4g} USD, {priced.sec[0]:.4g} to "
                 f"{priced.sec[1]:.4g} s, if each call takes its mean and only the retries vary.")  # fmt: skip
    if per_day is not None:
        lines.append(
            f"A month of {per_day:,g} tasks a day: {priced.usd_a_month:,.2f} USD, give or take "
            f"{2 * priced.spread_a_month:,.2f} by the luck of the retries alone."
        )
    return "\n".join(lines)


SAID = {"textbook": "retries free", "expected": "mean", "worst": "every retry made"}
