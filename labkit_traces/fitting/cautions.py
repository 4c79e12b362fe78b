"""What to bear in mind with a fit, and how many tasks would do."""

from __future__ import annotations

import math

import numpy as np

from ..report import Reading
from .columns import Columns, is_tool
from .fitted import Fit
from .resampling import Estimate
from .steps import EVEN_SHARE, OWN

FEW = 30
NEAR, NEAR_POINTS = 0.1, 0.05
LIMIT = 1e-9
LONGER = 0.01
COCHRAN = 25
"""So many times the squared skewness there must be tasks, for the interval of a mean to hold. Source: Cochran 1977,
"Sampling Techniques", section 2.15."""


def tasks_needed(estimate: Estimate, reach: float) -> int:
    """How many tasks bring an interval to the estimate and ``reach`` to both sides, 0 where these do."""
    half = (estimate.high - estimate.low) / 2
    if not estimate.tasks or not math.isfinite(half) or not reach or half <= reach:
        return 0
    return math.ceil(estimate.tasks * (half / reach) ** 2)


def find_warnings(fit: Fit, reading: Reading, columns: Columns) -> tuple[str, ...]:
    """Sentences, the gravest first."""
    said = []
    if math.isnan(fit.usd.value):
        said.append("No call has a price, so dollars are unknown; the workflow has 0. Give prices (cards, --cards).")
    elif fit.lower_bound:
        said.append(
            "Some calls have no price or were not observed; they count as 0 USD, so all dollars are a lower bound."
        )
    if math.isnan(fit.p.value):
        known = any(step.p_from for step in fit.steps)
        then = ": the workflow's p is that of its steps." if known else ", and the workflow has p = 1. Give outcomes."
        said.append(f"There are no outcomes of tasks, so how often they end right is unknown{then}")
    else:
        said += _say_of_outcomes(fit)
    said += _say_of_size(fit, reading)
    said += _say_of_tails(columns)
    said += _say_of_order(columns)
    untimed = int((~columns.timed).sum())
    if untimed:
        said.append(f"Of {untimed:,} tasks a moment is missing; they count for dollars and outcomes, not for seconds.")
    if beyond := say_beyond(fit):
        said.append(beyond)
    if any(step.p_from == EVEN_SHARE for step in fit.steps):
        said.append(
            "Which step the failures come from nobody can tell, for only whole tasks have outcomes. The workflow gives "
            "every step without its own the same p: an assumption."
        )
    return tuple(said)


def say_beyond(fit: Fit) -> str:
    """That tasks last longer than their calls, in the median by more than 1%; empty where they do not."""
    if not fit.beyond.value > LONGER * fit.p50_sec.value:
        return ""
    whose = "The tasks' own spans" if fit.beyond.tasks == fit.tasks else f"Of {fit.beyond.tasks:,} tasks the own spans"
    return (
        f"{whose} last {fit.beyond.value:.3g} s longer in the median than from first call to last: waits, code, or "
        "calls that were not recorded. No number of seconds here has them."
    )


def _say_of_outcomes(fit: Fit) -> list[str]:
    """How outcomes of tasks and of steps go together."""
    said = []
    if fit.p.tasks < fit.tasks:
        said.append(f"Of {fit.tasks - fit.p.tasks:,} tasks no outcome is known; p is that of the others.")
    steps = [step for step in fit.steps if not is_tool(step.name)]
    if all(step.p_from == OWN for step in steps):
        law = float(fit.workflow.outcome("expected").reliability)
        if not fit.p.low - LIMIT <= law <= fit.p.high + LIMIT:
            said.append(
                f"By their own outcomes the steps would end right {law:.3f} of the time, the tasks do {fit.p}: the "
                "steps do not fail one by one, or what they are judged by differs."
            )
    return said


def _say_of_order(columns: Columns) -> list[str]:
    """Steps whose calls nothing puts in order."""
    places = np.flatnonzero(columns.per_step["unordered"].any(axis=0))
    names = [columns.names[place] for place in places if not is_tool(columns.names[place])]
    if not names:
        return []
    return [
        f"Of some calls of {', '.join(names)} neither moments nor numbers of tries tell which came first in its task: "
        "they do not count for how a conversation grows, and nothing is said of tries there."
    ]


def _say_of_tails(columns: Columns) -> list[str]:
    """Means that a few tasks decide, so that their intervals are too narrow; of few tasks that is said anyway."""
    said = []
    for values, what, are in ((columns.usd, "dollars", "dear"), (columns.sec[columns.timed], "seconds", "slow")):
        deviation = values.std() if values.size else 0.0
        if deviation <= LIMIT * np.abs(values).max(initial=0.0):
            continue
        needed = math.ceil(COCHRAN * float(np.mean(((values - values.mean()) / deviation) ** 3)) ** 2)
        if FEW <= values.size < needed / 2:
            said.append(
                f"A few {are} tasks decide the mean {what}, and its interval may be too narrow: for tasks so unlike "
                f"about {needed:,} would do."
            )
    return said


def _say_of_size(fit: Fit, reading: Reading) -> list[str]:
    said = []
    needed = [
        (tasks_needed(fit.usd, NEAR * fit.usd.value), "dollars to within 10%"),
        (tasks_needed(fit.sec, NEAR * fit.sec.value), "seconds to within 10%"),
        (tasks_needed(fit.p, NEAR_POINTS), "the share of right tasks to within 5 points"),
    ]
    wanted = [f"about {count:,} would bring {what}" for count, what in needed if count]
    if fit.tasks < FEW or wanted:
        few = "few" if fit.tasks < FEW else "not enough for all"
        subject = "1 task is" if fit.tasks == 1 else f"{fit.tasks:,} tasks are"
        said.append(f"{subject} {few}" + (f": {', '.join(wanted)}." if wanted else "."))
    if len(reading.tasks) < reading.tasks_in_all:
        said.append(f"The fit rests on a fair sample of {fit.tasks:,} of {reading.tasks_in_all:,} tasks.")
    return said
