"""The critical path that is read off a log, against the longest path of the graph that made it."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.latency import longest_path, staged
from labkit_agents.frameworks.waited_for import critical_sec
from labkit_agents.server import LoggedCall


def row(place: int, sec: float, began: float, ended: float | None) -> LoggedCall:
    return LoggedCall(place, "chat", sec=sec, began_sec=began, ended_sec=ended)


@pytest.mark.parametrize("seed", range(20))
def test_a_schedule_that_begins_each_call_when_what_it_needs_has_ended(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sec = rng.uniform(0.1, 2.0, 8).round(3)
    needs = [
        sorted(rng.choice(place, rng.integers(0, min(place, 2) + 1), replace=False).tolist()) for place in range(8)
    ]
    ends: list[float] = []
    rows = []
    for place, before in enumerate(needs):
        began = max((ends[each] for each in before), default=0.0) + 0.001
        ends.append(began + sec[place])
        rows.append(row(place, float(sec[place]), began, ends[-1]))
    assert critical_sec(rows) == pytest.approx(float(longest_path(sec.tolist(), needs)))


def test_supersteps_and_chains() -> None:
    together = [row(0, 0.4, 0, 0.4), row(1, 0.04, 0, 0.04), row(2, 0.04, 0.41, 0.45), row(3, 0.4, 0.41, 0.81)]
    apart = [row(0, 0.4, 0, 0.4), row(1, 0.04, 0, 0.04), row(2, 0.04, 0.41, 0.45), row(3, 0.4, 0.05, 0.45)]
    assert critical_sec(together) == pytest.approx(float(staged([[0.4, 0.04], [0.04, 0.4]])))
    assert critical_sec(apart) == pytest.approx(0.44)


def test_nothing_and_what_still_runs() -> None:
    assert critical_sec([]) == 0.0
    with pytest.raises(ValueError, match="rows must have ended"):
        critical_sec([row(0, 1.0, 0, None)])
