"""Lesson 12's agent as a graph: its nodes and its gate without a framework, and what was recorded of its changes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from labkit_agents import draw_tasks
from labkit_agents.frameworks import recorded, run
from labkit_agents.frameworks.running_total import (
    CHANGES,
    MEASURED,
    Session,
    State,
    _as_node,
    _lead_back,
    choose_model,
    draw_few,
)
from labkit_agents.frameworks.traced_apart import Run, trace_apart

ROWS = {each.condition: each for each in recorded("running_total")}
NUMBERS = (1, 2, 3, 4)


def add_wrongly(times: int, by: int = 1) -> Any:
    """A model that is wrong so many times, by so much, and then right."""
    left = [times]

    async def add(task: str, step: str, numbers: tuple[int, ...]) -> int:
        left[0] -= 1
        return sum(numbers) + (by if left[0] >= 0 else 0)

    return add


def run_node(add: Any, state: State, checked: bool = True) -> State:
    return asyncio.run(_as_node("step-2", ["step-1"], add, checked)(state))


def start() -> State:
    return {"task": "t", "given": {"step-2": NUMBERS[1:]}, "totals": {"step-1": NUMBERS[0]}}


def test_a_node_adds_the_totals_that_it_needs_and_its_own_numbers() -> None:
    assert run_node(add_wrongly(0), start(), checked=False) == {"totals": {"step-2": 10}}


def test_a_rejected_answer_leads_back_once_and_whatever_comes_then_goes_on() -> None:
    lead, add = _lead_back("step-2", "step-3"), add_wrongly(2)
    first = run_node(add, start())
    assert (first["totals"], lead(first)) == ({"step-2": 11}, "step-2")
    second = run_node(add, {**start(), "again": first["again"]})
    assert (second["totals"]["step-2"], lead(second)) == (11, "step-3")


@pytest.mark.parametrize(("times", "by"), [(0, 1), (1, 9)])
def test_a_right_answer_goes_on_and_so_does_one_that_is_off_by_nine(times: int, by: int) -> None:
    assert _lead_back("step-2", "step-3")(run_node(add_wrongly(times, by), start())) == "step-3"


def test_half_routed_looks_at_nothing_but_whether_a_sum_is_odd() -> None:
    choose = choose_model("half routed")
    assert [choose((1, 2)), choose((1, 3))] == ["pocket-premium", "pocket-small"]
    tasks = draw_tasks(200, numbers=4, seed=1)
    assert 70 < sum(choose(task.numbers) == "pocket-premium" for task in tasks) < 130
    assert {choose_model(change)((1, 2)) for change in CHANGES if change != "half routed"} == {
        "pocket-small", "pocket-premium",
    }  # fmt: skip


@pytest.mark.parametrize("change", ["", "prayed for", None])
def test_a_change_that_there_is_not_is_refused(change: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="change must be one of"):
        trace_apart({"a": Run(change, draw_few(1))}, tmp_path)
    with pytest.raises(ValueError, match="change must be one of"):
        Session(None, change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "pace", "words"),
    [
        (Run("cached", []), 1.0, "tasks must be one or more"),
        (Run("cached", draw_few(1), 0), 1.0, "at_once must"),
        (Run("cached", draw_few(1), 1.5), 1.0, "at_once must"),  # type: ignore[arg-type]
        (Run("cached", draw_few(1)), -1.0, "pace must"),
    ],
)
def test_runs_that_cannot_be_are_refused_before_anything_runs(
    wrong: Run, pace: float, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: pytest.fail("a process was begun"))
    with pytest.raises(ValueError, match=words):
        trace_apart({"a": wrong}, tmp_path, pace)


def test_every_call_leaves_a_row_and_so_does_every_hit() -> None:
    """The rows of a cache are all calls, and the endpoint has seen those that were not stored."""
    assert list(ROWS) == list(CHANGES)
    for change, row in ROWS.items():
        rows = row.counts["rows of the trace"]
        assert rows == (4 * MEASURED if change.startswith("cached") else row.calls_wire)
        assert row.calls_wire == row.calls_billed
    assert ROWS["one retry with a gate"].calls_wire > 4 * MEASURED
    distinct = len({task.numbers for task in draw_few(MEASURED)})
    assert ROWS["cached"].calls_wire == 4 * distinct < 4 * MEASURED


def test_on_few_tasks_both_caches_are_one_and_each_change_does_what_it_is_for() -> None:
    plain, checked = ROWS["as it is"], ROWS["one retry with a gate"]
    assert ROWS["cached"].usd == ROWS["cached, 200 answers kept"].usd < plain.usd < checked.usd
    assert plain.usd < ROWS["half routed"].usd < ROWS["premium"].usd
    assert (checked.successes or 0) > (plain.successes or 0)
    assert ROWS["parallelised"].usd < plain.usd, "no running total is carried along"
