"""10,000 drawn tasks under faults: not one budget exceeded; and who ignores the budgets exceeds most."""

from __future__ import annotations

import math

import numpy as np
import pytest
from priced_models import assert_books, drawn_orchestrator, drawn_plan, most_in_flight

TASKS = 10_000


@pytest.mark.slow
def test_ten_thousand_tasks_under_faults_keep_their_budgets() -> None:
    calls = 0
    for seed in range(TASKS):
        rng = np.random.default_rng(seed)
        orchestrator = drawn_orchestrator(rng)
        report = orchestrator.run_now(drawn_plan(rng))
        assert_books(report)
        assert most_in_flight(report) <= orchestrator.settings.at_most
        calls += len(report.entries)
    assert calls > TASKS  # they were not all left out


@pytest.mark.slow
def test_the_same_tasks_without_budgets_exceed_them() -> None:
    overruns = 0
    for seed in range(TASKS // 10):
        budgets = drawn_orchestrator(np.random.default_rng(seed)).settings
        rng = np.random.default_rng(seed)
        report = drawn_orchestrator(rng, max_usd=math.inf, max_sec=math.inf).run_now(drawn_plan(rng))
        overruns += report.usd > budgets.max_usd or report.sec > budgets.max_sec
    assert overruns > TASKS / 10 / 2
