"""Answer caches: hits and false hits counted by hand, wrong answers that come again, and what a retry finds in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_model import FakeModel

from labkit import Cache, Workflow
from labkit_agents import Cached, Chain, Checked, OneCall, Task, Tree, draw_tasks, nearly_the_same, repeat_tasks

ORIGINAL = Task("original", (12, 345))
SAME = Task("same", (12, 345))
REORDERED = Task("reordered", (345, 12))
NEARLY = Task("nearly", (12, 347))
FOUR = [ORIGINAL, SAME, REORDERED, NEARLY]


@pytest.mark.parametrize(
    ("key", "hits", "false_hits"), [("exact", 1, 0), ("same_numbers", 2, 0), ("nearly", 3, 1), (nearly_the_same, 3, 1)]
)
def test_a_looser_key_hits_more_often_and_then_falsely(key: str, hits: int, false_hits: int) -> None:
    model = FakeModel(p=1.0)
    traces = OneCall(Cached(model, key)).run(FOUR)
    summary = traces.summary()
    assert (summary.hits, summary.false_hits, summary.calls) == (hits, false_hits, 4 - hits)
    assert len(model.asked) == 4 - hits
    assert traces.solved.tolist() == [True, True, True, false_hits == 0]
    assert traces.answers.tolist()[:3] == [357] * 3


def test_false_hits_are_counted_against_a_count_by_hand() -> None:
    tasks = repeat_tasks(repeat_tasks(draw_tasks(400, 3, seed=1), 0.4, 2, "nearly"), 0.3, 3, "reordered")
    traces = OneCall(Cached(FakeModel(p=1.0), "nearly")).run(tasks)
    first: dict[object, int] = {}
    hits = false = 0
    for task in tasks:
        key = tuple(sorted(number // 10 for number in task.numbers))
        hits += key in first
        false += first.setdefault(key, task.total) != task.total
    assert (traces.summary().hits, traces.summary().false_hits) == (hits, false)
    assert 0 < false < hits
    assert int(traces.solved.sum()) == len(tasks) - false


def test_a_hit_costs_nothing_and_takes_a_hundredth_of_a_second() -> None:
    traces = OneCall(Cached(FakeModel(p=1.0))).run(FOUR)
    assert traces.cost[1] == 0.0
    assert traces.p_by_operands()[2].tries == 3  # a hit is no attempt
    assert traces.latency[1] == 0.01
    hit = next(record for record in traces.records() if record.from_cache)
    assert (hit.model, hit.role, hit.tokens_in, hit.tokens_out) == ("cache", "cache", 0, 0)


def test_a_wrong_answer_is_stored_as_it_is() -> None:
    traces = OneCall(Cached(FakeModel(p=0.0, errors=(1,)))).run(FOUR)
    assert traces.answers.tolist() == [358, 358, 358, 360]
    assert traces.summary().hits == 1
    assert traces.summary().false_hits == 0  # wrong, but the answer of the same question


def test_a_retry_over_a_cache_finds_the_same_wrong_answer_again() -> None:
    tasks = draw_tasks(100, 3, seed=1)
    outside = OneCall(Checked(Cached(FakeModel(p=0.5)), "exact", retries=3)).run(tasks)
    inside = OneCall(Cached(Checked(FakeModel(p=0.5), "exact", retries=3))).run(tasks)
    plain = OneCall(FakeModel(p=0.5)).run(tasks)
    assert outside.solved.tolist() == plain.solved.tolist()
    assert inside.solved.mean() > 0.85


@pytest.mark.parametrize("when_rejected", ["pass", "fail"])
def test_hits_of_a_store_behind_the_check_are_as_right_as_labkit_says(when_rejected: str) -> None:
    """``Cached`` around ``Checked`` is ``cache(stored="checked")``: its hits are as right as what the check let out."""
    tasks = repeat_tasks(draw_tasks(4_000, 3, seed=1), 0.5, seed=2)
    worker = Checked(FakeModel(p=0.6), "exact", 1, when_rejected)
    traces = OneCall(Cached(worker)).run(tasks)
    hits = [record.right for record in traces.records() if record.from_cache]
    stated = OneCall(Cached(worker)).workflow(tasks, p=0.6)
    (step,) = stated.steps
    assert step.cache is not None
    assert (step.cache.stored, step.cache.p) == ("checked", None)
    certain = Workflow((replace(step, cache=Cache()),)).outcome("expected").reliability
    by_hand = 1.0 if when_rejected == "fail" else 1 - 0.4**2
    assert certain == pytest.approx(by_hand)
    error = (by_hand * (1 - by_hand) / len(hits)) ** 0.5
    assert len(hits) > 500
    assert abs(sum(hits) / len(hits) - by_hand) <= 5 * error


def test_a_missing_or_rejected_answer_is_not_stored() -> None:
    tasks = [ORIGINAL, SAME]
    mute = OneCall(Cached(FakeModel(p=0.0, unreadable=True))).run(tasks)
    rejected = OneCall(Cached(Checked(FakeModel(p=0.0), "nines", 0, "fail"))).run(tasks)
    assert mute.summary().hits == rejected.summary().hits == 0


def test_the_store_lives_for_one_run() -> None:
    solver = OneCall(Cached(FakeModel(p=1.0)))
    assert [solver.run(FOUR).summary().hits for _ in range(3)] == [1, 1, 1]


def test_a_task_waits_for_its_own_answer() -> None:
    traces = Tree(Cached(FakeModel(p=1.0))).run([Task("t", (1, 2, 1, 2))])
    assert [(r.from_cache, r.start, r.sec) for r in traces.records()][:2] == [(False, 0.0, 1.0), (True, 1.0, 0.01)]
    assert traces.latency[0] == pytest.approx(2.01)


def test_hits_of_a_chain_are_those_of_the_dry_run_where_nothing_goes_wrong() -> None:
    tasks = draw_tasks(300, 6, seed=1, digits=(1,))
    solver = Chain(Cached(FakeModel(p=1.0), "same_numbers"))
    traces, workflow = solver.run(tasks), solver.workflow(tasks, p=1.0)
    for step in workflow.steps:
        rows = [record for record in traces.records() if record.step == step.name]
        assert step.cache is not None
        assert step.cache.hit_rate == sum(row.from_cache for row in rows) / len(rows)
