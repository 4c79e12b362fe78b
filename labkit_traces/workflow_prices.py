"""What a workflow will cost before anything is run: the three numbers, their ranges, and a month's bill."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labkit import Outcome, Workflow, simulate
from labkit._inputs import one_number
from labkit._values import by_value
from labkit.latency import critical_path
from labkit.prices import PriceCard

from .fitting import Fit
from .parsing.documents import read_text
from .pricing import DAYS
from .saved_workflow import NUMBERS, Saved, as_saved, from_data, read_json, read_toml

TASKS = 16_384
MOST = 1e15
ACCOUNTINGS = ("textbook", "expected", "worst")
FIELDS = {"usd": "cost", "sec": "latency", "p": "reliability"}


@by_value
class Priced(NamedTuple):
    """What a task of a workflow takes.

    Attributes:
        expected: dollars, seconds and reliability with each attempt paid: the mean task.
        textbook, worst: the same with retries that cost nothing, and with every retry made.
        usd, sec: between which values 90 of 100 tasks lie, by simulation with a fixed seed; call times do not vary.
        usd_a_month: dollars of 30 days, mean; NaN without ``per_day``. ``spread_a_month`` is the standard deviation.
        lower_bound: whether all dollars are a lower bound.
        side_by_side: whether a step waits for several, so that the seconds of mean calls are a lower bound, too.

    What a saved workflow says is unknown is NaN everywhere.
    """

    expected: Outcome
    textbook: Outcome
    worst: Outcome
    usd: tuple[float, float]
    sec: tuple[float, float]
    usd_a_month: float
    spread_a_month: float
    lower_bound: bool
    side_by_side: bool


def price_workflow(workflow: Workflow | Saved, per_day: float | None = None) -> Priced:
    """What a task of the workflow takes, and what a month costs.

    Raises:
        ValueError: no workflow, or a number of tasks a day that cannot be.

    >>> from labkit import PREMIUM, chain, retry
    >>> found = price_workflow(chain(3, PREMIUM).pipe(retry, 1), per_day=100)
    >>> round(found.expected.cost, 5), round(found.worst.cost, 5), round(found.usd_a_month, 2)
    (0.09135, 0.18, 274.05)
    """
    workflow, unknown, lower_bound = as_saved(workflow)
    tasks = math.nan if per_day is None else one_number("per_day", per_day) * DAYS
    numbers = ((step.name, value) for step in workflow for value in (step.model.usd, step.model.sec))
    for name, value in (("per_day", tasks), *numbers):
        if np.any(np.asarray(value) > MOST):
            raise ValueError(f"{name} must stay below {MOST:g}, got {value}")
    samples = simulate(workflow, TASKS, seed=0, progress=None)
    lost: dict[str, Any] = {FIELDS[name]: math.nan for name in unknown} | ({"bounds": None} if "sec" in unknown else {})
    textbook, expected, worst = (replace(workflow.outcome(name), **lost) for name in ACCOUNTINGS)
    usd, sec = (
        (math.nan, math.nan) if name in unknown else tuple(map(float, np.quantile(values, [0.05, 0.95])))
        for name, values in (("usd", samples.cost), ("sec", samples.latency))
    )
    varies = bool(samples.cost.max() > samples.cost.min())
    spread = math.nan if "usd" in unknown else varies * float(samples.cost.std(ddof=1)) * math.sqrt(tasks)
    month = float(expected.cost) * tasks
    wide = len(critical_path([1.0] * len(workflow), workflow.graph.needs)) < len(workflow)
    return Priced(expected, textbook, worst, usd, sec, month, spread, lower_bound, wide)  # type: ignore[arg-type]


def saved_fit(fit: Fit) -> Saved:
    """The fitted workflow, with what the traces do not say of its numbers."""
    unknown = tuple(name for name in NUMBERS if math.isnan(getattr(fit, name).value))
    return Saved(fit.workflow, unknown, fit.lower_bound)


def read_workflow(path: str | Path, cards: Mapping[str, PriceCard] | None = None) -> Workflow:
    """The workflow in a file, without what it says is unknown (``read_saved`` keeps that).

    Raises:
        ValueError: no file, or no workflow in it.
    """
    return read_saved(path, cards).workflow


def read_saved(path: str | Path, cards: Mapping[str, PriceCard] | None = None) -> Saved:
    """The workflow in a file, and what of its numbers is none: TOML where the file's name ends so, else JSON.

    Raises:
        ValueError: no file, or no workflow in it.
    """
    text = read_text(path, "workflow")
    return from_data(read_toml(text) if Path(path).suffix.lower() == ".toml" else read_json(text), cards)


def prices_as_data(priced: Priced) -> dict[str, Any]:
    """The same for other programs; what is unknown is None."""
    rows = {name: getattr(priced, name) for name in ("expected", "textbook", "worst")}
    return {
        **{name: {of: _plain(getattr(row, field)) for of, field in FIELDS.items()} for name, row in rows.items()},
        "usd": [*map(_plain, priced.usd)],
        "sec": [*map(_plain, priced.sec)],
        "usd_a_month": _plain(priced.usd_a_month),
        "lower_bound": priced.lower_bound,
        "side_by_side": priced.side_by_side,
    }


def _plain(number: Any) -> float | None:
    return None if math.isnan(number) else float(number)


def render_prices(priced: Priced, per_day: float | None = None) -> str:
    """Lines to read: one where nothing can vary, else how retries make it vary."""
    rows = {name: _say_outcome(getattr(priced, name)) for name in ACCOUNTINGS}
    varies = len(set(rows.values())) > 1
    shown = reversed(rows) if varies else ("expected",)
    lines = ["a task                    USD        seconds    ends right"]
    lines += [f"  {SAID[name]:<20}  {rows[name]}" for name in shown]
    if varies:
        ranges = f"{_say_range(priced.usd, ' USD')}, {_say_range(priced.sec, ' s')}"
        lines.append(f"By the luck of the retries alone 90 of 100 tasks lie from {ranges}; calls vary beside that.")
    if per_day is not None:
        more = f", give or take {2 * priced.spread_a_month:,.2f} by the luck of the retries alone"
        month = _say(priced.usd_a_month, ",.2f", " USD") + more * (priced.spread_a_month > 0)
        lines.append(f"A month of {per_day:,g} tasks a day: {month}.")
    if priced.side_by_side:
        lines.append(
            "Seconds are those of mean calls. What waits for several steps waits for the slowest: where calls vary, a "
            "task takes longer."
        )
    if priced.lower_bound:
        lines.append("Dollars are a lower bound: not all calls that were fitted were priced and observed.")
    return "\n".join(lines)


def _say_outcome(outcome: Outcome) -> str:
    sec = _say(outcome.latency, ".4g") if outcome.bounds is None else _say_range(outcome.bounds)
    return f"{_say(outcome.cost, '.4g'):<9}  {sec:<9}  {_say(outcome.reliability, '.2%')}"


def _say_range(ends: tuple[float, float], unit: str = "") -> str:
    low, high = ends
    return _say(low, ".4g", unit) if math.isnan(low) or low == high else f"{low:.4g} to {high:.4g}{unit}"


def _say(number: float, form: str, unit: str = "") -> str:
    return UNKNOWN if math.isnan(number) else f"{number:{form}}{unit}"


SAID = {"textbook": "retries free", "expected": "mean", "worst": "every retry made"}
UNKNOWN = "unknown"
