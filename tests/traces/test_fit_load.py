"""How tasks arrive, how many calls run at once, and in how many seconds nothing runs: worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from recorded import call, span, sums
from test_fit import fitted, row

from labkit_traces import Fit, fit, read
from labkit_traces.fitting.columns import make_columns
from labkit_traces.fitting.load import Load, fit_load
from labkit_traces.fitting.resampling import Resampling
from labkit_workbook.own_agent.sample import sample_trace


def arrivals(gaps: Any, ends: Any = True, starts: Any = True) -> Fit:
    """Tasks of two steps that begin after such gaps; where ``ends`` or ``starts`` say no, their last row lacks one."""
    begins = 1.7e9 + np.cumsum(gaps)
    said = np.broadcast_to(ends, len(begins)), np.broadcast_to(starts, len(begins))
    found = []
    for i, (begin, has_end, has_start) in enumerate(zip(begins.tolist(), *said, strict=True)):
        last = row(i, "b", begin + 1)
        found += [
            row(i, "a", begin),
            {k: v for k, v in last.items() if (has_end or k != "sec") and (has_start or k != "start")},
        ]
    return fitted(found)


def test_an_end_that_is_missing_takes_no_task_from_the_arrivals() -> None:
    """Every second task lacks the end of its last call."""
    gaps = np.random.default_rng(1).exponential(3.0, 400)
    whole, half = arrivals(gaps), arrivals(gaps, ends=np.arange(400) % 2 == 0)
    assert half.sec.tasks == 200
    assert half.load[:2] == whole.load[:2]
    assert (whole.load.most_in_all > 0, half.load.most_in_all) == (True, 0)


def test_tasks_without_a_start_arrive_like_the_others() -> None:
    """The rate of all, of three in four whose start is known; of those the burstiness says nothing."""
    rng = np.random.default_rng(2)
    found = arrivals(rng.exponential(3.0, 800), starts=rng.random(800) < 0.75).load
    assert found.per_sec.tasks < 700
    assert abs(found.per_sec.value - 1 / 3) < 4 / 3 / math.sqrt(found.per_sec.tasks)
    assert math.isnan(found.burstiness)


def loaded(begins: Any, in_all: int) -> Load:
    """The load of a sample of so many tasks."""
    reading = read([f'{{"task": "{i}", "step": "a", "model": "m", "start": {at}, "sec": 1}}' for i, at in begins])
    return fit_load(make_columns(reading.tasks), in_all, Resampling(range(len(reading.tasks)), 0, 0.95))


def test_a_sample_says_nothing_of_bursts() -> None:
    """Bursts of 20: of every tenth task the gaps look nearly random."""
    begins = list(enumerate((np.repeat(np.cumsum(np.random.default_rng(3).exponential(60.0, 60)), 20)
                             + np.tile(np.arange(20) * 0.01, 60)).tolist()))  # fmt: skip
    whole, thinned = loaded(begins, 1200), loaded(begins[::10], 1200)
    assert whole.burstiness > 20
    assert (math.isnan(thinned.burstiness), thinned.most_in_all) == (True, 0)
    assert thinned.per_sec.value == pytest.approx(whole.per_sec.value, rel=0.02)


def chats_and_tools(tasks: int = 30) -> Fit:
    """Two chats of 1 s, and between them five tools of 10 s side by side."""
    spans: list[Any] = []
    for i in range(tasks):
        number, trace = 100 * i + 1, i + 1
        spans += [span(number, trace=trace, sec=12, gen_ai__operation__name="invoke_workflow")]
        spans += [call(number + 1, number, trace, start=0), call(number + 2, number, trace, start=11)]
        spans += [
            span(number + 3 + j, number, trace, start=1, sec=10, name=f"execute_tool {j}",
                 gen_ai__operation__name="execute_tool")
            for j in range(5)
        ]  # fmt: skip
    return fit(sums(spans))


def test_tools_are_no_calls_of_a_model() -> None:
    found = chats_and_tools()
    assert found.call_time is not None
    assert found.call_time.mean == pytest.approx(1.0)
    assert found.load.in_flight.value == pytest.approx(2 / 12)
    assert found.load.most_in_task == 1


def test_calls_that_follow_each_other_by_the_clock_do_not_run_at_once() -> None:
    """The agent of the sample makes one call after the other; the floats of its moments overlap by 1e-7 s."""
    assert fit(read(sample_trace())).load.most_in_task == 1
    apart = [row(i, s, 100 * i + at, 1 + 2e-6) for i in range(9) for at, s in enumerate("abc")]
    assert fitted(apart).load.most_in_task == 2


def test_of_one_task_nobody_knows_how_much_tasks_differ() -> None:
    found = fitted(row(1, s, at) for at, s in enumerate("ab"))
    assert found.load.in_flight.value == pytest.approx(1.0)
    ends = [found.load.in_flight, found.between, found.sec, found.calls, found.steps[0].call_usd.mean]
    assert all(math.isnan(each.low) and math.isnan(each.high) for each in ends)
    assert any("1 task is few" in said for said in found.warnings)


def test_of_one_task_that_is_timed_nobody_knows_how_much_seconds_differ() -> None:
    made = [row(i, s, at) for i in range(20) for at, s in enumerate("ab")]
    found = fitted([each if each["task"] == "t0" else {k: v for k, v in each.items() if k != "sec"} for each in made])
    assert (found.sec.value, found.sec.tasks, math.isnan(found.sec.low)) == (pytest.approx(2.0), 1, True)
    assert math.isfinite(found.usd.low)


def test_seconds_in_which_nothing_ran_are_never_below_0() -> None:
    """Of 100 tasks 4 run both steps at once for 10 s, which is too few to call them side by side."""
    made = [row(i, s, 100 * i + (0 if i < 4 else at), 10) for i in range(100) for at, s in ((0, "a"), (10, "b"))]
    found = fitted(made)
    assert found.workflow["b"].needs == ("a",)
    assert found.between[:3] == (0.0, 0.0, 0.0)


def test_seconds_in_which_nothing_ran_by_hand() -> None:
    """Steps from 0 to 2, beside it from 1 to 3, and from 4 to 5; in every second task one more, after a wait of 2 s."""
    made = [
        row(i, name, 100 * i + start, sec)
        for i in range(60)
        for name, start, sec in (("a", 0, 2), ("b", 1, 2), ("c", 4, 1), *([("d", 7, 1)] if i % 2 else []))
    ]
    found = fitted(made)
    assert found.between.value == pytest.approx(2.0)  # 1 s, and 1 + 2 s in every second task
    assert 1.0 < found.between.low < 2.0 < found.between.high < 3.0
