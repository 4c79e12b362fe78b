"""Workers inside workers: their prediction against their run where the law holds, and in words where it does not."""

from __future__ import annotations

from typing import Any

import pytest
from fake_model import BY_CALL, DEAR, MANY_ERRORS, FakeModel
from invoices import Lines, at_most_operands, draw_invoices

from labkit.reliability import majority_vote
from labkit.steps import Cache, Debate, Gate, Model, Step
from labkit_agents import (
    Cached,
    Cascaded,
    Chain,
    Checked,
    Debated,
    Given,
    OneCall,
    Proposed,
    Routed,
    Single,
    Solver,
    Task,
    Tree,
    at_most_carries,
    draw_tasks,
    pocket,
    predicted_and_measured,
    repeat_tasks,
)
from labkit_agents.workers.workers import mixed_step, share_ended

TASKS = draw_tasks(600, numbers=5, seed=11)
REPEATED = repeat_tasks(draw_tasks(600, numbers=4, seed=3, digits=(1, 2)), 0.3, 4, "reordered")


class Known(Given):
    """A p, a gate that notices every error, and a model that knows when it is wrong."""

    def recall(self, check: Any, operands: int | None = None) -> float:
        return 1.0

    def rejected_below(self, at_least: float, operands: int) -> tuple[float, float]:
        return 1.0, 0.0


P = {"cheap": Known(0.85), "dear": Known(0.8)}


def cheap(p: float = 0.85, errors: Any = (1, -1, 10), **more: Any) -> FakeModel:
    return FakeModel("cheap", p, errors, BY_CALL, **more)


def dear(p: float = 0.8) -> FakeModel:
    return FakeModel("dear", p, MANY_ERRORS, DEAR)


def routed(easy: Any, hard: Any) -> Routed:
    return Routed(easy, hard, at_most_carries(1))


def halting(worker: Any) -> Checked:
    return Checked(worker, "exact", 0, "halt")


LAWFUL: dict[str, Solver] = {
    "a halting gate behind a router": Chain(routed(halting(cheap()), dear())),
    "a failing gate behind a router": Chain(routed(Checked(cheap(), "exact", 0, "fail"), dear())),
    "a halting gate behind a cascade": Chain(Cascaded(cheap(), halting(dear()))),
    "a halting gate behind a gate": Chain(Checked(cheap(), "exact", 0, then=halting(dear()))),
    "a halting vote behind a router": Chain(routed(halting(Debated(cheap(errors=(1,)), 3)), dear())),
    "a router of proposals": Chain(routed(Proposed(cheap(errors=MANY_ERRORS), dear()), dear())),
    "a gate over a gate": Chain(Checked(Checked(cheap(), "exact", 1), "exact", 1)),
    "a gate inside a cascade": Chain(Cascaded(cheap(), Checked(dear(), "exact", 1))),
    "a gate inside a proposal": OneCall(Proposed(Checked(cheap(errors=MANY_ERRORS), "exact", 1), dear(), 1)),
    "gates in a tree": Tree(Checked(cheap(), "exact", 2)),
}


@pytest.mark.parametrize("name", list(LAWFUL))
def test_nested_workers_come_as_predicted_within_four_standard_errors(name: str) -> None:
    row = predicted_and_measured({name: LAWFUL[name]}, TASKS, seed=5, p=P)[name]
    expected = row.predicted.reliability
    errors = [(most - mean) / 1.959964 for most, mean in zip(row.measured_high[:2], row.measured[:2], strict=True)]
    errors.append((expected * (1 - expected) / len(TASKS)) ** 0.5)
    for predicted, measured, error in zip(row.predicted, row.measured, errors, strict=True):
        assert abs(predicted - measured) <= 4 * error + 1e-9


def test_a_halting_gate_behind_a_router_saves_the_later_steps() -> None:
    halts, goes_on = (LAWFUL[f"a {kind} gate behind a router"].workflow(TASKS, P) for kind in ("halting", "failing"))
    assert halts.outcome("expected").cost < 0.95 * goes_on.outcome("expected").cost
    assert halts.outcome("expected").reliability == pytest.approx(goes_on.outcome("expected").reliability)


@pytest.mark.parametrize(
    ("step", "ended"),
    [
        (Step("s", Model(0.0, 1.0, 0.9), gate=Gate(0.5, when_rejected="halt")), 0.1 * 0.5),
        (Step("s", Model(0.0, 1.0, 0.9), retries=1, gate=Gate(0.5, when_rejected="halt")), 0.05**2),
        (Step("s", Model(0.0, 1.0, 0.9), gate=Gate(0.5, when_rejected="halt"), cache=Cache(0.4)), 0.6 * 0.05),
        (Step("s", Model(0.0, 1.0, 0.9), gate=Gate(0.5, when_rejected="halt"), debate=Debate(3, 1, 0.8)), 0.2 * 0.5),
        (Step("s", Model(0.0, 1.0, 0.9), gate=Gate(0.5, when_rejected="fail")), 0.0),
    ],
)
def test_the_share_of_tasks_that_a_step_ends(step: Step, ended: float) -> None:
    assert share_ended(step) == pytest.approx(ended)
    both = mixed_step("both", [step, Step("s", Model(0.0, 1.0, 0.9))], [1, 3])
    assert share_ended(both) == pytest.approx(ended / 4)


CACHES: dict[str, tuple[Solver, Any]] = {
    "exact": (Chain(Cached(cheap(1.0))), REPEATED),
    "any order": (Chain(Cached(cheap(1.0), "same_numbers")), REPEATED),
    "a cache behind a cache": (Chain(Cached(Cached(cheap(1.0), "same_numbers"), "exact", sec=0.5)), REPEATED),
    "two caches behind a router": (
        Chain(routed(Cached(cheap(1.0), "same_numbers"), Cached(dear(1.0), "same_numbers", sec=0.5))),
        REPEATED,
    ),
    "a router behind a cache": (Chain(Cached(routed(cheap(1.0), dear(1.0)))), REPEATED),
    "a gate behind a cache": (Chain(Cached(Checked(cheap(1.0), "nines", 1))), REPEATED),
    "sums of two to four numbers": (Lines(Cached(cheap(1.0))), draw_invoices(3_000, lines=1, seed=2)),
    "a cache for two numbers only": (
        Lines(Routed(Cached(cheap(1.0)), dear(1.0), at_most_operands(2))),
        draw_invoices(3_000, lines=1, seed=2),
    ),
}


@pytest.mark.parametrize("name", list(CACHES))
def test_a_cache_before_models_without_errors_is_predicted_exactly(name: str) -> None:
    solver, tasks = CACHES[name]
    stated, run = solver.workflow(tasks, 1.0).outcome("expected"), solver.run(tasks)
    assert run.from_cache.mean() > 0.05
    assert stated.cost == pytest.approx(run.cost.mean(), rel=1e-9)
    assert stated.latency == pytest.approx(run.latency.mean(), rel=1e-9)


def test_a_loose_key_is_predicted_with_one_cache_for_each_route() -> None:
    tasks = repeat_tasks(draw_tasks(1_500, 3, seed=1), 0.5, 2, "nearly")  # a carry more is another route
    solver = OneCall(routed(Cached(cheap(1.0), "nearly"), Cached(dear(1.0), "nearly")))
    stated, run = solver.workflow(tasks, 1.0).outcome("expected"), solver.run(tasks)
    assert 0 < run.false_hit.mean() < run.from_cache.mean()
    assert stated.cost == pytest.approx(run.cost.mean(), rel=1e-9)
    assert stated.reliability == pytest.approx(run.solved.mean(), rel=1e-9)


def test_a_vote_behind_a_cache_is_stated_for_each_count_of_numbers_apart() -> None:
    tasks, by_count = draw_invoices(300, lines=1, seed=2), {2: 0.95, 3: 0.8, 4: 0.6}
    stated = Lines(Cached(Debated(cheap(), 3))).workflow(tasks, by_count).outcome("expected").reliability
    votes = [majority_vote(by_count[len(task.numbers)], 3) for task in tasks]
    assert stated == pytest.approx(sum(votes) / len(votes), rel=1e-12)


def test_escalations_are_no_first_attempts() -> None:
    for worker in (Cascaded(cheap(0.5), dear(), 0.9), Checked(cheap(0.5), "exact", 0, then=dear())):
        traces = OneCall(worker).run(draw_tasks(50, 3, seed=1), seed=1)
        late = traces.role == traces.names["role"].index("escalation")
        assert set(traces.attempt[late].tolist()) == {2}
        assert traces.p_by_operands()[3].tries == 50 < len(traces)


def test_a_doubtful_answer_is_as_doubtful_from_the_cache() -> None:
    twice = [Task("one", (12, 345)), Task("two", (12, 345))]
    run = OneCall(Cascaded(Cached(cheap(0.0)), dear(1.0))).run(twice)
    assert sorted((r.task, r.model) for r in run.records()) == [(0, "cheap"), (0, "dear"), (1, "cache"), (1, "dear")]
    assert run.solved.all()


def test_a_debate_waits_for_its_slowest_agent_and_changes_its_mind_only_for_what_was_said() -> None:
    agents, rounds = 4, 3
    worker = Debated(Checked(cheap(0.5), "exact", 1), agents, rounds)
    run = OneCall(worker).run(draw_tasks(200, 3, seed=1), seed=1)
    records, changed = run.records(), 0
    for task in range(run.tasks):
        said: list[int] = []
        over = 0.0
        for turn in range(1, rounds + 1):
            rows = [r for r in records if r.task == task and r.role.endswith(f"round {turn}")]
            assert min(r.start for r in rows) == over
            over = max(r.start + r.sec for r in rows)
            last = {r.role: r.stated for r in sorted(rows, key=lambda r: r.start)}
            new = [last[f"agent {agent} round {turn}"] for agent in range(1, agents + 1)]
            before = list(said)
            said = [
                late if turn == 1 or late in before else early for early, late in zip(said or new, new, strict=True)
            ]
            changed += turn > 1 and said != new
        assert run.answers[task] == max(said, key=said.count)
        assert run.latency[task] == over
    assert changed > 20


ONE_CALL = ("p depends on the count of numbers only",)


@pytest.mark.parametrize(
    ("solver", "words"),
    [
        (Chain(cheap()), ()),
        (Tree(cheap()), ("of steps side by side, each takes its mean time",)),
        (Lines(cheap()), ("of steps side by side, each takes its mean time",)),
        (Chain(Checked(cheap())), ("an attempt after a rejected one is as often right as any",)),
        (
            Chain(Checked(Cached(cheap()))),
            (
                "an attempt after a rejected one is as often right as any",
                "the check notices as many of these errors as of a single call's",
                "the hits are those of tasks without errors, each as often right as a call",
                "a step asks each sum once, and its hits have nothing to do with another step's",
            ),
        ),
    ],
)
def test_what_a_prediction_takes_for_granted_is_said(solver: Solver, words: tuple[str, ...]) -> None:
    assert set(solver.assumes) == {*ONE_CALL, *words}


def test_a_gate_over_the_same_gate_parts_and_says_so() -> None:
    weak = Known(0.85)
    weak.recall = lambda check, operands=None: 0.5  # type: ignore[method-assign]
    once = Checked(cheap(errors=(9, 1)), "nines", 1)
    row = predicted_and_measured({"twice": Chain(Checked(once, "nines", 1))}, TASKS, p=weak)["twice"]
    assert "reliability" in row.parts
    assert "the check notices as many of these errors as of a single call's" in row.assumes


def test_the_slowest_agent_of_a_gated_vote_is_later_than_predicted_and_it_says_so() -> None:
    solver = OneCall(Debated(Checked(cheap(), "exact", 1), 3))
    row = predicted_and_measured({"vote": solver}, draw_tasks(500, 3, seed=1), p=P["dear"])["vote"]
    assert row.measured_low.latency > row.predicted.latency
    assert "all agents of a round take the mean time" in row.assumes


class Hearing(FakeModel):
    """It is right if it is told to be careful, and never else."""

    def _reply(self, call: pocket.Call) -> pocket.Reply:
        self.p = 1.0 if call.prefix == "careful" else 0.0
        return super()._reply(call)


def test_one_model_asked_in_two_ways_is_measured_in_both() -> None:
    model = Hearing("one")
    solver = OneCall(Checked(Single(model), "exact", 0, then=Single(model, prefix="careful")))
    measured = solver.measure(TASKS[:40], seed=1)  # five numbers
    assert {label: each.p_of(5) for label, each in measured.items()} == {"one": 0.0, "one after 'careful'": 1.0}
    assert solver.workflow(TASKS[:40], measured).outcome().reliability == 1.0


def test_a_model_is_measured_at_the_temperature_at_which_it_is_asked() -> None:
    model = cheap()
    assert list(Chain(Single(model, temperature=0.3)).measure(TASKS[:5])) == ["cheap at temperature 0.3"]
    assert {call.temperature for call in model.asked} == {0.3}


def test_a_reply_that_is_cut_is_measured_and_billed_as_cut() -> None:
    tasks = [Task(f"t{i}", (500 + i, 400)) for i in range(20)]
    solver = OneCall(Single(pocket.small(), max_tokens=2))
    measured = solver.measure(tasks)["small cut at 2"]
    assert measured.p_of(2) == 0.0
    stated, run = solver.workflow(tasks, {"small": measured}).outcome(), solver.run(tasks)
    assert stated.cost == pytest.approx(run.cost.mean())
    assert stated.reliability == run.solved.mean() == 0.0


def test_a_vote_exactly_as_sure_as_asked_for_is_not_escalated() -> None:
    split = Debated(cheap(0.0, MANY_ERRORS), 9)  # nine answers, one vote each
    run = OneCall(Cascaded(split, dear(), at_least=1 / 9)).run([Task("t", (12, 345))])
    assert len(set(run.stated.tolist())) == 9
    assert len(run) == 9


def test_a_recorder_does_not_hide_the_models_prefix_cache(tmp_path: Any) -> None:
    recorded = pocket.Cassette(pocket.small(), tmp_path / "sums.jsonl")
    solver = Chain(Single(recorded, prefix="add the numbers"))
    for seed in (1, 2):  # each run pays for the prefix once
        assert solver.run(TASKS[:3], seed=seed).tokens_cached.tolist() == [0] + [15] * 11


def test_a_card_without_seconds_is_named_and_an_adapter_keeps_its_card() -> None:
    class Adapter(FakeModel):
        model = "the name that some endpoint knows"

    untimed = Adapter(card=pocket.PriceCard(usd_in=1.0, usd_cached=0.0, usd_out=0.0))
    stated = OneCall(untimed).workflow([Task("t", (5, 6))], 0.9).outcome()
    assert (stated.cost, stated.latency) == (4.0, 0.0)  # four characters
    assert "a token is one character, and calls take no time, since the card has no seconds" in OneCall(untimed).assumes


def test_what_cannot_be_stated_is_not_run() -> None:
    for tasks in ([Task("t", (50, 1, 1, 1), limit=10)], draw_tasks(20, numbers=8, seed=2, limit_share=0.6)):
        model = cheap()
        with pytest.raises(ValueError, match="may end the workflow early"):
            predicted_and_measured({"x": Tree(model, stop_early=True)}, tasks, p=0.9)
        assert not model.asked
