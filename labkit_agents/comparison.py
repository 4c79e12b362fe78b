"""Prediction beside measurement: each design's workflow, and what its run came to, with intervals for both."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

from labkit._inputs import one_share
from labkit._shown import aligned_lines
from labkit._values import by_value
from labkit.reliability import Interval
from labkit.simulation import simulate
from labkit.simulation.samples import Samples, Three
from labkit.workflow import Workflow

from .engine import Progress, say_progress
from .records.measured import Measured, ends_of
from .records.traces import Traces
from .solvers import Solver
from .tasks.beliefs import Beliefs
from .tasks.tasks import Task

NUMBERS = ("cost", "latency", "reliability")
SIMULATED = 20_000
CLOSE = 1e-9  # of a number: a sum of prices in another order is the same price


@by_value
class Row(NamedTuple):
    """One design, predicted and measured.

    Attributes:
        name: the design.
        predicted: USD a task, seconds a task, share solved, by its workflow with retries paid.
        predicted_low, predicted_high: the same with every measured p at the ends of its intervals.
        measured, measured_low, measured_high: means over the tasks, with intervals.
        parts: those of ``"cost"``, ``"latency"``, ``"reliability"`` whose two intervals do not touch.
        assumes: what the prediction took for granted.
    """

    name: str
    predicted: Three
    predicted_low: Three
    predicted_high: Three
    measured: Three
    measured_low: Three
    measured_high: Three
    parts: tuple[str, ...]
    assumes: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Comparison:
    """Rows, one a design; printed, a table.

    Attributes:
        rows: in the order of the designs.
        tasks: how many each design was given.
        level: of the intervals.
    """

    rows: tuple[Row, ...]
    tasks: int
    level: float

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise ValueError(f"no design is named {name!r}; there is {', '.join(row.name for row in self.rows)}")

    @property
    def stray_flags(self) -> float:
        """How many numbers would part by chance alone, were every prediction right: the mean count.

        Two intervals that reach r and m to each side do not touch where their middles differ by more than r + m,
        and these differ as an interval of reach root(r² + m²) does. With 95% intervals that is 0.6% of a right
        number where both reach as far, and 5% where the prediction has no spread of its own.
        """
        sure = NormalDist().inv_cdf((1 + self.level) / 2)
        return sum(2 * NormalDist().cdf(-sure * _reach_ratio(row, number)) for row in self.rows for number in NUMBERS)

    def __repr__(self) -> str:
        return "\n".join([self._title(), *aligned_lines(self._cells())])

    def _repr_html_(self) -> str:
        head, *rows = self._cells()
        as_html = ["<tr>" + "".join(f"<th>{html.escape(text)}</th>" for text in head) + "</tr>"]
        as_html += ["<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows]
        return f"<table><caption>{html.escape(self._title())}</caption>{''.join(as_html)}</table>"

    def _title(self) -> str:
        return f"{self.tasks:,} tasks a design; measured with {self.level:.0%} intervals"

    def _cells(self) -> list[tuple[str, ...]]:
        head = ("design", "USD: predicted", "measured", "s: predicted", "measured", "solved: predicted", "measured")
        return [(*head, "parts in"), *(self._line(row) for row in self.rows)]

    def _line(self, row: Row) -> tuple[str, ...]:
        texts = [row.name]
        for i, digits in enumerate((5, 2, 3)):
            texts.append(f"{row.predicted[i]:.{digits}f}")
            low, high = row.measured_low[i], row.measured_high[i]
            texts.append(f"{row.measured[i]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]")
        return (*texts, ", ".join(row.parts))


def predicted_and_measured(
    designs: Mapping[str, Solver],
    tasks: Sequence[Task],
    seed: int = 0,
    *,
    p: Beliefs | None = None,
    traces: Mapping[str, Traces] | None = None,
    level: float = 0.95,
    progress: Progress = say_progress,
) -> Comparison:
    """State each design as a workflow, run it, and put both beside each other.

    The prediction has an interval too, since its p was measured; a number is flagged where the two do not touch.
    Where the laws hold, that happens to few numbers, and ``Comparison.stray_flags`` says to how many.

    Args:
        designs: {name: solver}, at least one.
        tasks: one or more of one shape.
        seed: of the runs and of the measurement of p, which uses other random streams; from 0.
        p: what is believed of the models; None measures each on the design's own sums (``Solver.measure``).
        traces: {name: what a run of that design on these tasks gave}; the designs that are not in it are run here.
        level: of the intervals, between 0 and 1.
        progress: for runs over 3 seconds; None for silence.

    Raises:
        ValueError: no designs, no tasks, a design that cannot be stated, or traces of another number of tasks.
    """
    if not isinstance(designs, Mapping) or not designs:
        raise ValueError(f"designs must be a mapping from names to solvers, at least one, got {designs!r}")
    for name, solver in designs.items():
        if not isinstance(solver, Solver):
            raise ValueError(f"designs must hold solvers, got {solver!r} under {name!r}")
    if not 0 < one_share("level", level) < 1:
        raise ValueError(f"level must be between 0 and 1 (0.95, not 95), got {level}")
    if traces is not None and not isinstance(traces, Mapping):
        raise ValueError(f"traces must be a mapping from names to traces, got {traces!r}")
    known = {name: _checked_traces(name, traces[name], tasks) for name in designs if name in traces} if traces else {}
    rows = []
    for name, solver in designs.items():
        beliefs = solver.measure(tasks, seed, level) if p is None else p
        predicted = _with_ends(solver, tasks, beliefs, seed)  # what cannot be stated is not paid for
        run = known[name] if name in known else solver.run(tasks, seed, progress)
        rows.append(_row(name, solver, predicted, run.samples, level))
    return Comparison(tuple(rows), len(tasks), level)


def _checked_traces(name: str, traces: Traces, tasks: Sequence[Task]) -> Traces:
    if not isinstance(traces, Traces) or traces.tasks != len(tasks):
        raise ValueError(f"traces must hold runs of these {len(tasks)} tasks, got {traces!r} under {name!r}")
    return traces


def _row(name: str, solver: Solver, prediction: tuple[Three, Three, Three], samples: Samples, level: float) -> Row:
    predicted, low, high = prediction
    intervals = [_interval(samples, number, level) for number in NUMBERS]
    measured_low = Three(*(float(interval.low) for interval in intervals))
    measured_high = Three(*(float(interval.high) for interval in intervals))
    parts = tuple(
        number
        for number, least, most, below, above in zip(NUMBERS, low, high, measured_low, measured_high, strict=True)
        if least > above + CLOSE or most < below - CLOSE
    )
    return Row(name, predicted, low, high, samples.mean, measured_low, measured_high, parts, solver.assumes)


def _with_ends(solver: Solver, tasks: Sequence[Task], p: Beliefs, seed: int) -> tuple[Three, Three, Three]:
    """The prediction, and the least and most of it over the ends of the measured p."""
    middle = _predict_three(solver.workflow(tasks, p), seed)
    sides = [middle]
    if isinstance(p, Measured):
        sides += [_predict_three(solver.workflow(tasks, side), seed) for side in (p.low(), p.high())]
    elif isinstance(p, Mapping) and all(isinstance(each, Measured) for each in p.values()):
        sides += [_predict_three(solver.workflow(tasks, side), seed) for side in ends_of(p)]  # type: ignore[arg-type]
    columns = list(zip(*sides, strict=True))
    return middle, Three(*map(min, columns)), Three(*map(max, columns))


def _predict_three(workflow: Workflow, seed: int) -> Three:
    """Cost, latency and reliability with retries paid; the latency by simulation where it has no formula."""
    outcome = workflow.outcome("expected")
    latency = outcome.latency
    if math.isnan(latency):
        latency = simulate(workflow, SIMULATED, seed, progress=None).mean.latency
    return Three(outcome.cost, latency, outcome.reliability)


def _reach_ratio(row: Row, number: str) -> float:
    """(r + m) / root(r² + m²) of a row's two intervals: 1 to root 2; infinite where neither has any width."""
    low, high = (row.predicted_low, row.measured_low), (row.predicted_high, row.measured_high)
    r, m = (abs(getattr(b, number) - getattr(a, number)) / 2 for a, b in zip(low, high, strict=True))
    return (r + m) / math.hypot(r, m) if r + m > 0 else math.inf


def _interval(samples: Samples, number: str, level: float) -> Interval:
    """Mean and standard errors; for a share Wilson's interval."""
    if number == "reliability":
        return samples.reliability_interval(level)
    mean, error = getattr(samples.mean, number), getattr(samples.standard_error, number)
    reach = NormalDist().inv_cdf((1 + level) / 2) * (0.0 if math.isnan(error) else error)
    return Interval(mean - reach, mean + reach)
