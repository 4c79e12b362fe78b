"""A gate for continuous integration: do the traces keep the budgets that a file sets?"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labkit._inputs import one_flag, one_number, one_share
from labkit._values import by_value

from ..fitting import Estimate, Fit
from ..fitting.resampling import UNKNOWN
from ..parsing.documents import read_text
from ..report import Reading
from ..saved_workflow import read_toml


@dataclass(frozen=True)
class Budget:
    """What a task may take, as ``budget.toml`` sets it; None for no limit.

    Attributes:
        usd: most USD of a task, in the mean.
        p95_sec: most seconds that 95 of 100 tasks keep.
        success: least share of tasks that end right.
        calls: most calls of a model that a task may make, in the mean; runs of tools are none.
        unseen_calls: the largest share of calls that may be without a price or usage; 0 where dollars are limited and
            nothing is said. Calls that are usually not billed (refused, or failed at the provider) do not count.
        surely: whether the whole interval must keep a limit, not the estimate alone.
    """

    usd: float | None = None
    p95_sec: float | None = None
    success: float | None = None
    calls: float | None = None
    unseen_calls: float | None = None
    surely: bool = False

    def __post_init__(self) -> None:
        for name in ("usd", "p95_sec", "calls"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, one_number(name, getattr(self, name)))
        for name in ("success", "unseen_calls"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, one_share(name, getattr(self, name)))
        one_flag("surely", self.surely)
        if all(getattr(self, name) is None for name in ("usd", "p95_sec", "success", "calls", "unseen_calls")):
            raise ValueError("a budget must set at least one of usd, p95_sec, success, calls, unseen_calls")


@by_value
class Checked(NamedTuple):
    """One line of a budget.

    Attributes:
        name, limit: which limit, and what it is.
        found: what the traces say.
        kept: whether the limit is kept.
        why: why it is not, where nobody can tell.
        note: what is to be known of ``found``: that it is a lower bound, or of how many tasks it is.
    """

    name: str
    limit: float
    found: Estimate
    kept: bool
    why: str
    note: str = ""

    def __str__(self) -> str:
        sign = "at least" if self.name == "success" else "at most"
        found = self.why or f"{self.found}{self.note}"
        return f"{'kept  ' if self.kept else 'BROKEN'} {self.name}: {found}, {sign} {self.limit:g}"


def read_budget(path: str | Path) -> Budget:
    """The budget in a file: TOML, or JSON where the name ends so.

    Raises:
        ValueError: no file, no budget, or a limit that there is not.
    """
    text = read_text(path, "budget")
    if Path(path).suffix.lower() == ".json":
        try:
            data: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"budget must be JSON; {error}") from None
    else:
        data = read_toml(text)
    known = [field.name for field in fields(Budget)]
    if not isinstance(data, Mapping) or (strange := sorted(set(data) - set(known))):
        said = f"{strange[0]!r}" if isinstance(data, Mapping) else type(data).__name__
        raise ValueError(f"budget must set {', '.join(known)}, got {said}")
    return Budget(**data)


def check_budget(reading: Reading, fit: Fit, budget: Budget) -> tuple[Checked, ...]:
    """Each limit against the traces. What nobody can tell is broken: a gate that cannot see does not open.

    Args:
        reading, fit: the traces, and what was fitted to them.
        budget: the limits.
    """
    unseen = reading.unseen_calls
    share = Estimate(unseen, unseen, unseen, fit.tasks)
    dear = 0.0 if budget.unseen_calls is None and budget.usd is not None else budget.unseen_calls
    p95_sec, lost = _p95_of_all(reading, fit)
    some = f", by the outcomes of {fit.p.tasks:,} of {fit.tasks:,} tasks" if fit.p.tasks < fit.tasks else ""
    surely = budget.surely
    lines = [
        _check("usd", budget.usd, fit.usd, surely, "no call has a price", ", a lower bound" if fit.lower_bound else ""),
        _check("p95_sec", budget.p95_sec, p95_sec, surely, lost),
        _check("success", budget.success, fit.p, surely, "there are no outcomes", some),
        _check("calls", budget.calls, fit.calls, surely),
        _check("unseen_calls", dear, share, False),
    ]  # fmt: skip
    return tuple(line for line in lines if line is not None)


def _p95_of_all(reading: Reading, fit: Fit) -> tuple[Estimate, str]:
    """The seconds that 95 of 100 tasks keep if those without moments took longest; and why nobody can tell."""
    seconds = np.array([task.sec for task in reading.per_task()])
    untimed = int(np.isnan(seconds).sum())
    if not untimed:
        return fit.p95_sec, ""
    value = float(np.quantile(np.nan_to_num(seconds, nan=math.inf), 0.95, method="inverted_cdf"))
    if math.isinf(value):
        return UNKNOWN, f"of {untimed:,} of {seconds.size:,} tasks a moment is missing"
    return fit.p95_sec._replace(value=value, high=max(value, fit.p95_sec.high)), ""


def _check(
    name: str, limit: float | None, found: Estimate, surely: bool, unknown: str = "", note: str = ""
) -> Checked | None:
    if limit is None:
        return None
    if math.isnan(found.value):
        return Checked(name, limit, found, False, unknown)
    least = name == "success"
    value = (found.low if least else found.high) if surely else found.value
    if math.isnan(value):
        return Checked(name, limit, found, False, "so few tasks leave no interval")
    return Checked(name, limit, found, value >= limit if least else value <= limit, "", note)
