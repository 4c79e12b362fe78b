"""The best changes, with what each is predicted to do, its interval, and the assumption it stands on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit import Workflow
from labkit._inputs import one_number, one_share
from labkit._values import by_value
from labkit.prices import PriceCard

from ..fitting import Estimate, Fit
from ..fitting.resampling import UNKNOWN
from ..pricing import DAYS
from ..report import Reading
from .candidates import SIDE_BY_SIDE, Candidate, list_candidates

Floats = NDArray[np.float64]
BEST = 3
OVER = 10.0
"""So many times a measure counts whose budget is broken."""
OF_A_KIND = 2


@by_value
class Advice(NamedTuple):
    """A change, and what it is predicted to do to a task.

    Attributes:
        what, kind: the change, in words and in one.
        assumption: what the prediction takes for granted beyond the fit; its interval does not cover that.
        usd, sec, p: what a task has more or, below 0, less; p is unknown without outcomes, and where the traces never
            saw the model that is proposed do the step; usd where calls of which there would be more have no price.
        usd_per_right: USD for each task that ends right, more or less; unknown where p is.
        usd_a_month: dollars of 30 days after the change; NaN without ``per_day``.
        score: how good it is: the logarithms of the ratios by which dollars, seconds and failures fall, added up, so
            that one per cent less of each counts alike; a measure whose budget is broken counts ten times, and what is
            unknown not at all.
    """

    what: str
    kind: str
    assumption: str
    usd: Estimate
    sec: Estimate
    p: Estimate
    usd_per_right: Estimate
    usd_a_month: float
    score: Estimate


def advise(
    reading: Reading,
    fit: Fit,
    *,
    cards: Mapping[str, PriceCard] | None = None,
    budget_usd: float | None = None,
    budget_sec: float | None = None,
    budget_success: float | None = None,
    per_day: float | None = None,
    needs: Iterable[tuple[str, str]] = (),
    most: int = BEST,
) -> tuple[Advice, ...]:
    """The best changes, the best first: those whose score's interval lies above 0, two at most of a kind.

    A change of which p or dollars are unknown comes last; but where dollars are over budget, the last place is of the
    best one that saves some. Of a single task, or of repeats of one, no change is offered.

    Args:
        reading, fit: the traces, and what was fitted to them.
        cards: prices of your own, by model.
        budget_usd, budget_sec: USD of a task, and seconds that 95 of 100 tasks shall keep; a measure over budget comes
            first.
        budget_success: least share of tasks that shall end right. No change is offered whose p is below it and below
            today's; where its p is unknown, its assumption says so.
        per_day: tasks a day, for the monthly bill.
        needs: pairs of steps, of which the first is known to need what the second found; no change runs them at once.
        most: so many changes at most.

    Raises:
        ValueError: a budget or a number of tasks that cannot be, or a step that there is not.
    """
    limits = [
        math.inf if limit is None else one_number(name, limit)
        for name, limit in (("budget_usd", budget_usd), ("budget_sec", budget_sec))
    ]
    least = None if budget_success is None else one_share("budget_success", budget_success)
    tasks = None if per_day is None else one_number("per_day", per_day)
    over = [fit.usd.value > limits[0], fit.p95_sec.value > limits[1], least is not None and fit.p.value < least]
    known_needs = frozenset((fit.step(step).name, fit.step(other).name) for step, other in needs)
    weights = [OVER if broken else 1.0 for broken in over]
    found: list[tuple[bool, Advice]] = []  # whether all is known that it does, and what it does
    if math.isnan(fit.calls.low):
        return ()
    for candidate in list_candidates(fit, reading, cards or {}, known_needs):
        advice = _predict(fit, candidate, weights, tasks)
        if advice is None or not advice.score.low > 0 or (least is not None and _breaks(fit, advice, least)):
            continue
        if least is not None and not candidate.knows_p:
            doubt = f"; whether {least:.0%} of the tasks still end right, nobody can tell"
            advice = advice._replace(assumption=advice.assumption + doubt)
        found.append((candidate.knows_p and candidate.knows_usd, advice))
    found.sort(key=lambda each: (not each[0], -each[1].score.value, each[1].what))
    kept: list[tuple[bool, Advice]] = []
    for each in found:
        if sum(other.kind == each[1].kind for _, other in kept) < OF_A_KIND:
            kept.append(each)
    if over[0] and all(is_known for is_known, _ in kept[:most]):
        kept[most - 1 : most] = [each for each in kept[most:] if each[1].usd.high < 0][:1] or kept[most - 1 : most]
    return tuple(advice for _, advice in kept[:most])


def _breaks(fit: Fit, advice: Advice, least: float) -> bool:
    """Whether fewer tasks end right than shall, because of the change."""
    return advice.p.value < 0 and fit.p.value + advice.p.value < least


def _predict(fit: Fit, candidate: Candidate, weights: Sequence[float], per_day: float | None) -> Advice | None:
    """What a change does, by the workflow and by its redrawn twin; None where it cannot be made."""
    replayed = candidate.kind == SIDE_BY_SIDE
    try:
        changed, redrawn = candidate.change(fit.workflow), candidate.change(fit.redrawn)
        before, before_drawn = _measure_twice(fit, fit.workflow, fit.redrawn, replayed)
        after, after_drawn = _measure_twice(fit, changed, redrawn, replayed)
    except ValueError:
        return None
    known = candidate.knows_p and any(step.p_from for step in fit.steps)
    gains = [_estimate(a - b, a_drawn - b_drawn, fit) for a, b, a_drawn, b_drawn in
             zip(after, before, after_drawn, before_drawn, strict=True)]  # fmt: skip
    usd, sec, p = gains
    per_right = _estimate(
        _per_right(after) - _per_right(before), _per_right(after_drawn) - _per_right(before_drawn), fit
    )
    sees_usd = candidate.knows_usd and not math.isnan(fit.usd.value)
    counted = (weights[0] * sees_usd, weights[1], weights[2] * known)
    scores = _score(before, after, counted), _score(before_drawn, after_drawn, counted)
    month = math.nan if per_day is None or not sees_usd else (fit.usd.value + usd.value) * per_day * DAYS
    return Advice(
        candidate.what, candidate.kind, candidate.assumption,
        usd if sees_usd else UNKNOWN, sec if fit.sec.tasks else UNKNOWN, p if known else UNKNOWN,
        per_right if known and sees_usd else UNKNOWN, month, _estimate(*scores, fit),
    )  # fmt: skip


def _measure_twice(fit: Fit, workflow: Workflow, redrawn: Workflow, replayed: bool) -> tuple[Any, Any]:
    """USD, seconds and p of a task, and their draws; seconds by replaying the recorded tasks where that is asked."""
    measures, drawn = measure(workflow), measure(redrawn)
    if not replayed:
        return measures, drawn
    sec, sec_drawn = fit.replay.seconds(workflow)
    return (measures[0], sec, measures[2]), (drawn[0], sec_drawn, drawn[2])


def measure(workflow: Workflow) -> tuple[Any, Any, Any]:
    """USD, seconds and p of a task; where exact seconds are not known, the mean of their bounds."""
    outcome = workflow.outcome("expected")
    sec = np.asarray(outcome.latency)
    if np.any(np.isnan(sec)):
        sec = np.asarray(workflow.outcome("textbook").latency)
    return np.asarray(outcome.cost), sec, np.asarray(outcome.reliability)


def _score(before: Any, after: Any, weights: Sequence[float]) -> Any:
    falls = [*map(_log_ratio, before[:2], after[:2]), _log_ratio(1 - before[2], 1 - after[2])]
    return sum(weight * fall for weight, fall in zip(weights, falls, strict=True))


def _log_ratio(before: Any, after: Any) -> Any:
    """By how much it falls; 0 where both are 0."""
    tiny = 1e-12
    return np.log(np.maximum(before, tiny)) - np.log(np.maximum(after, tiny))


def _per_right(measures: Any) -> Any:
    return measures[0] / np.maximum(measures[2], 1e-12)


def _estimate(value: Any, drawn: Any, fit: Fit) -> Estimate:
    low, high = np.quantile(np.asarray(drawn), [(1 - fit.level) / 2, (1 + fit.level) / 2])
    return Estimate(float(value), float(low), float(high), fit.tasks)
