"""The numbers of exercise 12: an agent's traces, what may be changed, and how a class's are drawn from recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import combinations
from math import fsum, inf, prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..model import Given
from .recorded_agent import CORRELATION, PILOTS, RUNS

Row: TypeAlias = "tuple[Any, ...]"
Table: TypeAlias = "tuple[Row, ...]"

STEPS = ("plan", "search", "count", "write")
MODELS = {"plan": "premium", "search": "small", "count": "small", "write": "small"}
UNKNOWN = "nightly"
USD_DIGITS, SEC_DIGITS = 6, 3
TEXT_TASKS = 20
CHANGES = ("check write", "small plan", "premium write", "at once")
KEPT = 32
"""Of so many students what is counted is kept."""
CLEAR = 0.004
"""A design this near a budget, as a share of it, is not drawn: a right way that rounds would be on the other side."""


class Call(NamedTuple):
    """A row of the trace: a call of a model, or the framework's row of a task (``step`` is ``"agent"``)."""

    task: str
    call: str
    parent: str
    step: str
    model: str
    start: float
    sec: float
    tokens_in: int | None
    tokens_out: int | None
    usd: float | None
    right: int | None


class StepSums(NamedTuple):
    """Of a task in the mean: dollars that were seen, seconds that the step was busy, and how often it was all right."""

    usd: float
    sec: float
    p: float


class Design(NamedTuple):
    """What an agent comes to with some of the changes."""

    p: float
    usd: float
    sec: float
    changes: tuple[str, ...]


# ---- what the traces come to ------------------------------------------------------------------------------


@lru_cache(KEPT)
def calls_of(g: Any) -> tuple[Call, ...]:
    """The rows of the trace."""
    return tuple(Call(*row) for row in g.trace)


@lru_cache(KEPT)
def model_calls(g: Any) -> tuple[Call, ...]:
    """The rows that are calls: no other row lies below them."""
    above = {row.parent for row in calls_of(g)}
    return tuple(row for row in calls_of(g) if row.call not in above)


@lru_cache(KEPT)
def by_task(g: Any) -> dict[str, list[Call]]:
    """The calls of each task, in the order of their start."""
    found: dict[str, list[Call]] = {}
    for call in model_calls(g):
        found.setdefault(call.task, []).append(call)
    return found


@lru_cache(KEPT)
def step_sums(g: Any) -> dict[str, StepSums]:
    """Each step's dollars, seconds and p; its calls follow each other, so its seconds are their sum."""
    usd: dict[str, list[float]] = {step: [] for step in STEPS}
    sec: dict[str, list[float]] = {step: [] for step in STEPS}
    wrong = {(call.step, call.task) for call in model_calls(g) if not call.right}
    for call in model_calls(g):
        usd[call.step].append(call.usd or 0.0)
        sec[call.step].append(call.sec)
    n = len(by_task(g))
    return {
        step: StepSums(fsum(usd[step]) / n, fsum(sec[step]) / n, 1 - sum(name == step for name, _ in wrong) / n)
        for step in STEPS
    }


def longest_path(steps: dict[str, StepSums], at_once: bool = False) -> float:
    """Seconds: plan, then search beside count, then write; ``at_once``: plan beside both."""
    sec = {name: step.sec for name, step in steps.items()}
    beside = max(sec["search"], sec["count"])
    first = max(sec["plan"], beside) if at_once else sec["plan"] + beside
    return first + sec["write"]


def apply_changes(
    g: Any, changes: tuple[str, ...], *, correlation: float | None = None, paid: bool = True
) -> Design:  # fmt: skip
    """What the agent comes to with these changes.

    Args:
        g: the numbers.
        changes: of ``CHANGES``; a check is put behind the step as the others leave it.
        correlation: of two tries; None for ``g.correlation``.
        paid: whether the retry costs dollars and seconds.
    """
    return _apply(g, step_sums(g), changes, g.correlation if correlation is None else correlation, paid)


def _apply(g: Any, sums: dict[str, StepSums], changes: tuple[str, ...], correlation: float, paid: bool) -> Design:
    """The same from the steps' sums."""
    steps, pilots = dict(sums), {row[0]: StepSums(*row[2:]) for row in g.pilots}
    if "small plan" in changes:
        steps["plan"] = pilots["plan"]
    if "premium write" in changes:
        steps["write"] = pilots["write"]
    if "at once" in changes:
        for name in ("search", "count"):
            steps[name] = steps[name]._replace(usd=steps[name].usd * (1 + g.more_tokens))
    if "check write" in changes:
        usd, sec, p = steps["write"]
        noticed = (1 - p) * g.detection
        again = p * (1 - correlation)
        times = 1 + noticed * paid
        steps["write"] = StepSums(usd * times, sec * times, p + noticed * again)
    usd = fsum(step.usd for step in steps.values())
    return Design(prod(step.p for step in steps.values()), usd, longest_path(steps, "at once" in changes), changes)


SUBSETS = tuple(some for size in range(len(CHANGES) + 1) for some in combinations(CHANGES, size))


@lru_cache(KEPT)
def all_designs(g: Any, correlation: float | None = None, paid: bool = True) -> tuple[Design, ...]:
    """What the agent comes to with each set of changes; arguments as of ``apply_changes``."""
    sums, rho = step_sums(g), g.correlation if correlation is None else correlation
    return tuple(_apply(g, sums, some, rho, paid) for some in SUBSETS)


def best_design(
    g: Any,
    budgets: tuple[str, ...] = ("usd", "sec"),
    most: int = len(CHANGES),
    cheapest: bool = False,
    correlation: float | None = None,
    paid: bool = True,
) -> Design:
    """The changes with the highest p of those that keep the budgets; of equal ones, the cheapest.

    Args:
        g: the numbers.
        budgets: which are looked at.
        most: so many changes at once.
        cheapest: the cheapest that keeps the budgets, in place of the surest.
        correlation, paid: for ``all_designs``.
    """
    limits = (g.budget_usd if "usd" in budgets else inf, g.budget_sec if "sec" in budgets else inf)
    return choose(all_designs(g, correlation, paid), *limits, most, cheapest)


def choose(
    designs: Sequence[Design], usd: float, sec: float, most: int = len(CHANGES), cheapest: bool = False
) -> Design:  # fmt: skip
    """The surest of the designs within both budgets and with so many changes at most, or the cheapest of them."""
    kept = [each for each in designs if each.usd <= usd and each.sec <= sec and len(each.changes) <= most]
    if not kept:
        return Design(-1.0, -1.0, -1.0, ())
    return min(kept, key=lambda each: (each.usd, -each.p) if cheapest else (-each.p, each.usd))


# ---- the recorded runs ------------------------------------------------------------------------------------


@cache
def runs() -> tuple[tuple[tuple[Row, ...], ...], ...]:
    """The recorded tasks: for each step its calls as (seconds, tokens sent, tokens written, right)."""
    return tuple(tuple(map(_read_calls, line.split("|"))) for line in RUNS.split("\n") if line)


def _read_calls(text: str) -> tuple[Row, ...]:
    rows = (call.split() for call in text.split(";"))
    return tuple((float(sec), int(sent), int(written), int(right)) for sec, sent, written, right in rows)


class Conditions(NamedTuple):
    """Under which prices and how fast the recorded runs are told: USD a million tokens (in, out), times the seconds."""

    small_usd: tuple[float, float]
    premium_usd: tuple[float, float]
    small_speed: float
    premium_speed: float

    def usd(self, model: str, sent: float, written: float) -> float:
        """What so many tokens cost."""
        one, other = self.premium_usd if model == "premium" else self.small_usd
        return (sent * one + written * other) / 1e6

    def sec(self, model: str, sec: float) -> float:
        """How long a recorded call takes."""
        return round(sec * (self.premium_speed if model == "premium" else self.small_speed), SEC_DIGITS)


def tell_trace(rng: np.random.Generator, chosen: list[int], conditions: Conditions, lost: tuple[int, int]) -> Table:
    """The rows of these recorded tasks, of which so many calls lost their price, and so many their usage."""
    rows: list[Call] = []
    begin = 0.0
    for number, place in enumerate(chosen, 1):
        begin = round(begin + float(rng.uniform(8, 40)), 2)
        rows += _tell_task(rng, f"t{number}", begin, runs()[place], conditions)
    own = [i for i, row in enumerate(rows) if row.step != "agent"]
    counted = [i for i in own if rows[i].step == "count"]
    strange = set(rng.choice(counted, lost[0], replace=False).tolist())
    others = [i for i in own if i not in strange and rows[i].step != "write"]
    silent = set(rng.choice(others, lost[1], replace=False).tolist())
    for i in strange:
        rows[i] = rows[i]._replace(model=UNKNOWN, usd=None)
    for i in silent:
        rows[i] = rows[i]._replace(tokens_in=None, tokens_out=None, usd=None)
    return tuple(tuple(row) for row in _sum_up(rows))


def _tell_task(rng: np.random.Generator, name: str, begin: float, run: Any, conditions: Conditions) -> list[Call]:
    """A task's rows: the framework's, with empty sums, and its calls, with a little time between the steps."""
    number, clock = name[1:], begin + round(float(rng.uniform(0.01, 0.1)), SEC_DIGITS)
    rows: list[Call] = []
    ends = clock
    for step, calls in zip(STEPS, run, strict=True):
        at = clock if step == "count" else ends + round(float(rng.uniform(0.01, 0.2)), SEC_DIGITS)
        clock = at
        for sec, sent, written, right in calls:
            model = MODELS[step]
            took = conditions.sec(model, sec)
            usd = round(conditions.usd(model, sent, written), USD_DIGITS)
            names = (name, f"c{number}.{len(rows) + 1}", f"c{number}", step, model)
            rows.append(Call(*names, round(at, SEC_DIGITS), took, sent, written, usd, right))
            at += took
        ends = max(ends, at)
    took = round(ends - begin + 0.01, SEC_DIGITS)
    return [Call(name, f"c{number}", "", "agent", "agent", begin, took, 0, 0, 0.0, None), *rows]


def _sum_up(rows: list[Call]) -> list[Call]:
    """The same with the framework's rows filled in: what it saw of the calls below it."""
    below: dict[str, list[Call]] = {}
    for row in rows:
        below.setdefault(row.parent, []).append(row)
    return [_fill(row, below.get(row.call, ())) for row in rows]


def _fill(row: Call, below: Sequence[Call]) -> Call:
    if not below:
        return row
    sent, written = (sum(getattr(call, name) or 0 for call in below) for name in ("tokens_in", "tokens_out"))
    return row._replace(
        tokens_in=sent, tokens_out=written, usd=round(fsum(call.usd or 0.0 for call in below), USD_DIGITS)
    )


def tell_pilots(conditions: Conditions) -> Table:
    """What the two other models did on the recorded tasks, under these conditions: step, model, USD, s, p."""
    rows = []
    for step, model in (("plan", "small"), ("write", "premium")):
        p, sec, sent, written = PILOTS[step]
        usd = round(conditions.usd(model, sent, written), USD_DIGITS)
        rows.append((step, model, usd, conditions.sec(model, sec), p))
    return tuple(rows)


# ---- the numbers ------------------------------------------------------------------------------------------

TEXT = Conditions((60.0, 300.0), (900.0, 4500.0), 1.0, 0.2)


def _text_trace() -> Table:
    return tell_trace(np.random.default_rng(32), list(range(TEXT_TASKS)), TEXT, (2, 3))


@dataclass(frozen=True, repr=False)
class AgentTraces(Given):
    """The numbers of the exercise.

    The tasks were recorded with the pocket models, see ``recorded_agent``, and so were the pilots and the correlation;
    prices, speeds, the check's detection, the budgets and what was lost of the traces are made up.
    """

    trace: Table = field(
        default_factory=_text_trace,
        metadata={"doc": "task, call, parent, step, model, start, sec, tokens in, out, usd, right"},
    )
    pilots: Table = field(
        default=tell_pilots(TEXT),
        metadata={"doc": "a pilot of each step with the other model: step, model, USD a task, s a task, p"},
    )
    detection: float = field(default=0.9, metadata={"doc": "of write's wrong answers, so many a check notices"})
    correlation: float = field(default=CORRELATION, metadata={"doc": "of two tries of a task's write"})
    more_tokens: float = field(
        default=0.3, metadata={"doc": "more USD of search and count, as a share, without a plan"}
    )
    budget_usd: float = field(
        default=0.105, metadata={"doc": "USD, the most that a task may cost in the mean, as seen"}
    )
    budget_sec: float = field(default=3.1, metadata={"doc": "s, the most of the longest path, in the mean"})


def draw(rng: np.random.Generator) -> AgentTraces:
    """Numbers of the same kind for one student: other tasks of such an agent, other prices, other budgets."""
    while True:
        drawn = _set_budgets(rng, _draw_traces(rng))
        if drawn is not None:
            return drawn


def _draw_traces(rng: np.random.Generator) -> AgentTraces:
    """Traces and pilots; the budgets are still the text's."""
    conditions = Conditions(
        _pick(rng, ((60.0, 300.0), (48.0, 240.0), (75.0, 300.0), (80.0, 400.0))),
        _pick(rng, ((900.0, 4500.0), (720.0, 3600.0), (600.0, 3000.0), (1000.0, 4000.0))),
        round(float(rng.uniform(0.8, 1.3)), 2), round(float(rng.uniform(0.15, 0.4)), 2),
    )  # fmt: skip
    chosen = rng.choice(len(runs()), int(rng.integers(20, 23)), replace=False).tolist()
    trace = tell_trace(rng, chosen, conditions, (int(rng.integers(2, 5)), int(rng.integers(2, 5))))
    detection, more = float(rng.choice([0.8, 0.85, 0.9, 0.95])), float(rng.choice([0.2, 0.3, 0.4, 0.5]))
    correlation = round(float(rng.uniform(0.15, 0.3)), 3)
    return AgentTraces(trace, tell_pilots(conditions), detection, correlation, more)


def _pick(rng: np.random.Generator, from_: tuple[Any, ...]) -> Any:
    return from_[int(rng.integers(len(from_)))]


def _set_budgets(rng: np.random.Generator, g: AgentTraces) -> AgentTraces | None:
    """The same with budgets that both matter and that no design is near; None where these traces have none."""
    designs = all_designs(g)
    checked = [each for each in designs if "check write" in each.changes and len(each.changes) > 1]
    for place in rng.permutation(len(checked)):
        aim = checked[place]
        usd, sec = (float(f"{value * rng.uniform(1.01, 1.08):.3g}") for value in (aim.usd, aim.sec))
        if _is_clear(designs, usd, sec) and choose(designs, usd, sec) is aim and _both_matter(designs, aim, usd, sec):
            return replace(g, budget_usd=usd, budget_sec=sec)
    return None


def _is_clear(designs: Sequence[Design], usd: float, sec: float) -> bool:
    return all(abs(each.usd / usd - 1) > CLEAR and abs(each.sec / sec - 1) > CLEAR for each in designs)


def _both_matter(designs: Sequence[Design], aim: Design, usd: float, sec: float) -> bool:
    """Whether without one of the budgets, with one change alone, and by dollars, something else would be best."""
    others = (
        choose(designs, usd, inf), choose(designs, inf, sec), choose(designs, usd, sec, 1),
        choose(designs, usd, sec, cheapest=True),
    )  # fmt: skip
    return len({each.changes for each in (aim, *others)}) == 1 + len(others)
