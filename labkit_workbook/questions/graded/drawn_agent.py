"""The numbers of exercise 12: an agent's traces and what may be changed, and how a student's own are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from ..model import Given
from .agent_designs import Design, all_designs, choose
from .agent_traces import Conditions, Table, runs, tell_pilots, tell_trace
from .recorded_agent import CORRELATION

TEXT_TASKS = 20
CLEAR = 0.004
"""A design this near a budget, as a share of it, is not drawn: a right way that rounds would be on the other side."""

TEXT = Conditions((60.0, 300.0), (900.0, 4500.0), 1.0, 0.2)


def _text_trace() -> Table:
    return tell_trace(np.random.default_rng(32), list(range(TEXT_TASKS)), TEXT, (2, 3))


@dataclass(frozen=True, repr=False)
class AgentTraces(Given):
    """The numbers of the exercise.

    The tasks were recorded with the pocket models, see ``recorded_agent``, and so were the pilots and, in the text, the
    correlation; a student's own correlation, prices, speeds, the check's detection, what more a step costs without a
    plan, the budgets and what was lost of the traces are made up.
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
