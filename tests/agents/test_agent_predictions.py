"""Each solver's workflow against its run, on models whose error rates are known, and where the two must part."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from fake_model import BY_CALL, DEAR, MANY_ERRORS, FakeModel
from invoices import Lines, at_most_operands, draw_invoices

from labkit.levers import gate
from labkit.simulation.samples import Three
from labkit.steps import Model
from labkit.workflow import chain
from labkit_agents import (
    Cached,
    Cascaded,
    Chain,
    Check,
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
    course_designs,
    draw_tasks,
    measure_p,
    pocket,
    predicted_and_measured,
    repeat_tasks,
)
from labkit_agents.comparison import Comparison, Row
from labkit_agents.workers.workers import mixed

BY_TOKEN = pocket.PriceCard(usd_in=0.001, usd_cached=0.0, usd_out=0.0, sec_call=0.0, sec_in=0.0, sec_out=1.0)
BY_COUNT = {2: 0.95, 3: 0.85, 4: 0.7}
TASKS = draw_tasks(1_000, numbers=4, seed=11)
INVOICES = draw_invoices(1_000, lines=1, seed=12)  # sums of two, three or four numbers


class Known(Given):
    """The truth about a fake model, beyond its p."""

    def __init__(self, p: Any, noticed: float) -> None:
        super().__init__(p)
        self.noticed = noticed

    def recall(self, check: Check, operands: int | None = None) -> float:
        return self.noticed

    def rejected_below(self, at_least: float, operands: int) -> tuple[float, float]:
        return 1.0, 0.0


def cheap(p: Any = BY_COUNT, errors: Any = (1, -1, 10), **more: Any) -> FakeModel:
    return FakeModel("cheap", p, errors, BY_CALL, **more)


def dear() -> FakeModel:
    return FakeModel("dear", 0.97, card=DEAR)


ONE = Known(BY_COUNT, 1.0)
TWO = {"cheap": ONE, "dear": Known(0.97, 1.0)}
HALF = Known(0.8, 0.5)
HALF_ERRORS = (9, 1)  # nines notices one of two
INDEPENDENT: dict[str, tuple[Solver, Any, Any]] = {
    "one call": (OneCall(cheap()), TASKS, ONE),
    "chain": (Chain(cheap()), TASKS, ONE),
    "chain of threes": (Chain(cheap(), operands=3), TASKS, ONE),
    "tree": (Tree(cheap()), TASKS, ONE),
    "lines": (Lines(cheap()), INVOICES, ONE),
    "lines, routed": (Lines(Routed(cheap(), dear(), at_most_operands(3))), INVOICES, TWO),
    "five lines of two": (Lines(cheap(), operands=3), draw_invoices(1_000, lines=5, seed=3, most=2), ONE),
    "chain, retried": (Chain(Checked(cheap(), "exact", 1)), TASKS, ONE),
    "tree, retried": (Tree(Checked(cheap(), "exact", 1)), TASKS, ONE),
    "nines pass": (Chain(Checked(cheap(0.8, HALF_ERRORS), "nines", 1)), TASKS, HALF),
    "nines fail": (Chain(Checked(cheap(0.8, HALF_ERRORS), "nines", 1, "fail")), TASKS, HALF),
    "nines halt": (Chain(Checked(cheap(0.8, HALF_ERRORS), "nines", 0, "halt")), TASKS, HALF),
    "nines escalate": (Lines(Checked(cheap(), "nines", 1, then=dear())), INVOICES, TWO),
    "cascade": (Chain(Cascaded(cheap(), dear())), TASKS, TWO),
    "vote of five": (OneCall(Debated(cheap(errors=(1,)), 5)), TASKS, ONE),
    "vote of four": (Lines(Debated(cheap(errors=(1,)), 4)), INVOICES, ONE),
    "propose and check": (OneCall(Proposed(cheap(errors=MANY_ERRORS), dear(), 2)), TASKS, TWO),
    "a vote behind a gate": (Chain(Checked(Debated(cheap(0.7, (1,)), 3), "exact", 1)), TASKS, Known(0.7, 1.0)),
}


@pytest.mark.parametrize("name", list(INDEPENDENT))
def test_prediction_and_measurement_agree_within_four_standard_errors(name: str) -> None:
    solver, tasks, beliefs = INDEPENDENT[name]
    row = predicted_and_measured({name: solver}, tasks, seed=5, p=beliefs)[name]
    p = row.measured.reliability
    errors = [(most - mean) / 1.959964 for most, mean in zip(row.measured_high[:2], row.measured[:2], strict=True)]
    errors.append((p * (1 - p) / len(tasks)) ** 0.5)
    for predicted, measured, error in zip(row.predicted, row.measured, errors, strict=True):
        assert abs(predicted - measured) <= 4 * error + 1e-9
    assert 0.05 < p < 0.999  # all of it could have gone wrong


@pytest.mark.parametrize("name", [*INDEPENDENT, "cached"])
def test_prediction_and_run_name_the_same_steps(name: str) -> None:
    solver, tasks, beliefs = INDEPENDENT.get(name, (Chain(Cached(cheap())), TASKS, ONE))
    run = solver.run(tasks[:50], seed=1)
    assert set(solver.workflow(tasks[:50], beliefs).names) == set(run.names["step"])


def test_a_chain_states_itself_as_the_sections_chain() -> None:
    tasks = draw_tasks(50, numbers=13, seed=1)
    stated = Chain(Checked(Single(cheap()), "nines", 1, "fail")).workflow(tasks, 0.9)
    by_hand = chain(12, Model(0.0, 1.0, 0.9)).pipe(gate, 8 / 9, retries=1)
    assert stated.outcome("expected").reliability == pytest.approx(by_hand.outcome("expected").reliability)
    assert stated.outcome("expected").latency == pytest.approx(by_hand.outcome("expected").latency)
    prompts = [f"{sum(task.numbers[:2][:1])}+{task.numbers[1]}=" for task in tasks]
    assert stated["step-1"].model.usd == pytest.approx(0.001 * np.mean([len(prompt) for prompt in prompts]))


def test_prices_are_the_cards_where_all_is_right() -> None:
    tasks = draw_tasks(40, numbers=4, seed=1)
    for solver in (Chain(Single(pocket.small(), temperature=0, prefix="add")), Tree(pocket.small())):
        run = solver.run(tasks, seed=1)
        clean = [i for i in range(1, len(tasks)) if run.right[run.task == i].all()]  # task 0 pays for the prefix
        stated = solver.workflow([tasks[i] for i in clean], 1.0).outcome()
        assert stated.cost == pytest.approx(run.cost[clean].mean(), rel=1e-9)
        assert clean


def test_a_stopping_chain_is_predicted_exactly_where_nothing_goes_wrong() -> None:
    tasks = draw_tasks(500, numbers=8, seed=2, limit_share=0.6)
    solver = Chain(cheap(1.0), stop_early=True)
    outcome, run = solver.workflow(tasks, 1.0).outcome(), solver.run(tasks)
    assert outcome.cost == pytest.approx(run.cost.mean())
    assert outcome.latency == pytest.approx(run.latency.mean())
    assert run.latency.mean() < Chain(cheap(1.0)).run(tasks).latency.mean() - 1


def test_early_stop_is_more_reliable_than_predicted_for_a_wrong_total_may_still_be_over_the_limit() -> None:
    tasks = draw_tasks(2_000, numbers=8, seed=2, limit_share=0.6)
    row = predicted_and_measured({"stop": Chain(cheap(0.9), stop_early=True)}, tasks, 1, p=0.9)["stop"]
    assert row.measured_low.reliability > row.predicted.reliability
    assert row.parts == ("reliability",)


def test_a_tree_stops_early_in_a_run_but_cannot_state_it() -> None:
    tasks = draw_tasks(20, numbers=8, seed=2, limit_share=0.6)
    solver = Tree(cheap(1.0), stop_early=True)
    assert solver.run(tasks).solved.all()
    with pytest.raises(ValueError, match="may end the workflow early"):
        solver.workflow(tasks, 1.0)


def test_a_cache_is_predicted_with_its_hits_and_its_false_hits() -> None:
    tasks = repeat_tasks(draw_tasks(600, 3, seed=1), 0.5, 2, "nearly")
    solver = OneCall(Cached(cheap(1.0), "nearly"))
    row = predicted_and_measured({"cached": solver}, tasks, p=1.0)["cached"]
    assert row.predicted == pytest.approx(row.measured, rel=1e-9)
    assert 0.5 < row.measured.reliability < 0.95


def test_a_retry_over_a_cache_parts_from_its_prediction() -> None:
    row = predicted_and_measured({"x": OneCall(Checked(Cached(cheap(0.6)), "exact", 2))}, TASKS, p=0.6)["x"]
    assert "reliability" in row.parts
    assert row.predicted.reliability > 0.9
    assert row.measured.reliability < 0.7


def test_the_slowest_of_several_is_later_than_the_mean() -> None:
    model = FakeModel(p=1.0, card=BY_TOKEN)
    row = predicted_and_measured({"tree": Tree(model)}, TASKS, p=1.0)["tree"]
    assert row.parts == ("latency",)
    assert row.measured_low.latency > row.predicted.latency


def test_measured_p_holds_the_true_p_and_is_reproducible() -> None:
    measured = measure_p(cheap(), n=2_000, seed=3)
    for count, p in BY_COUNT.items():
        assert abs(measured.p[count] - p) < 4 * (p * (1 - p) / 2_000) ** 0.5
        assert measured.intervals[count].low < measured.p[count] < measured.intervals[count].high
        assert measured.low().p_of(count) == measured.intervals[count].low
        assert measured.high().p_of(count) == measured.intervals[count].high
    assert measure_p(cheap(), n=2_000, seed=3).p == measured.p != measure_p(cheap(), n=2_000, seed=4).p
    assert "4 numbers" in repr(measured)


def test_the_confidence_of_right_and_wrong_answers_is_measured() -> None:
    measured = measure_p(cheap(sure=(0.95, 0.5)), n=500, seed=1)
    assert measured.rejected_below(0.9, 3) == (1.0, 0.0)
    assert measured.rejected_below(0.99, 3) == (1.0, 1.0)
    assert measured.rejected_below(0.4, 3) == (0.0, 0.0)


def test_a_measurement_uses_other_streams_than_a_run() -> None:
    model = cheap()
    Chain(model).run(TASKS[:20], seed=3)
    ran = {(call.id, call.seed) for call in model.asked}
    model.asked.clear()
    Chain(model).measure(TASKS[:20], seed=3)
    assert not ran & {(call.id, call.seed) for call in model.asked}


def test_a_model_without_a_card_says_its_worst_case_and_a_recorder_has_its_models_card(tmp_path: Any) -> None:
    class NoCard(FakeModel):
        def __getattribute__(self, name: str) -> Any:
            if name == "card":
                raise AttributeError(name)
            return super().__getattribute__(name)

        def worst_case(self, call: pocket.Call) -> pocket.Bill:
            return pocket.Bill(usd=float(call.max_tokens), sec=2.0)

    tasks = [Task("t", (5, 6))]
    assert OneCall(NoCard()).workflow(tasks, 0.9).outcome().cost == 3.0  # two digits and the end
    recorder = pocket.Cassette(pocket.small(), tmp_path / "sums.jsonl")
    for_recorder, for_model = (OneCall(m).workflow(TASKS, 0.9).outcome() for m in (recorder, pocket.small()))
    assert for_recorder == for_model


def test_one_measurement_for_all_models_gives_the_prediction_an_interval() -> None:
    table = predicted_and_measured({"chain": Chain(cheap())}, TASKS[:50], p=measure_p(cheap(), (2,), 200))
    row = table["chain"]
    assert row.predicted_low.reliability < row.predicted.reliability < row.predicted_high.reliability
    with pytest.raises(ValueError, match="tree"):
        _ = table["tree"]


def test_a_step_that_no_task_reaches_is_not_in_the_workflow() -> None:
    tasks = [Task(f"t{i}", (5, 6, 7, 8), limit=12) for i in range(3)]
    assert Chain(cheap(), stop_early=True).workflow(tasks, 0.9).names == ("step-1", "step-2")


def test_no_model_at_all_cannot_be_mixed() -> None:
    with pytest.raises(ValueError, match=r"^models"):
        mixed([], [])


@pytest.mark.slow
def test_fifteen_designs_on_the_pocket_models_stand_side_by_side() -> None:
    tasks = draw_tasks(100, numbers=4, seed=1)
    designs = course_designs(pocket.small(), pocket.premium())
    table = predicted_and_measured(designs, tasks, seed=2, progress=None)
    again = predicted_and_measured(designs, tasks, seed=2, progress=None)
    assert table.rows == again.rows
    assert [row.name for row in table.rows] == list(designs)
    for row in table.rows:
        assert np.all(np.array(row.predicted_low) <= row.predicted)
        assert np.all(np.array(row.predicted) <= row.predicted_high)
        assert np.all(np.array(row.measured_low) <= row.measured)
        assert np.all(np.array(row.measured) <= row.measured_high)
        assert row.assumes
    assert len(repr(table).splitlines()) == 17
    assert table._repr_html_().count("<tr>") == 16


def test_traces_that_are_there_are_not_made_again() -> None:
    model, tasks = cheap(), TASKS[:50]
    designs = {"chain": Chain(model), "tree": Tree(model)}
    there = {"chain": designs["chain"].run(tasks, seed=2), "another": OneCall(model).run(tasks[:3], seed=2)}
    with_traces = predicted_and_measured(designs, tasks, seed=2, p=ONE, traces=there)
    assert with_traces.rows == predicted_and_measured(designs, tasks, seed=2, p=ONE).rows
    for wrong in (there["another"], "traces"):
        with pytest.raises(ValueError, match=r"^traces must hold runs of these 50 tasks, got .* under 'chain'"):
            predicted_and_measured(designs, tasks, p=ONE, traces={"chain": wrong})  # type: ignore[dict-item]


def test_a_pocket_model_is_measured_once_on_the_same_sums_and_any_other_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    complete = pocket.PocketModel.complete
    monkeypatch.setattr(
        pocket.PocketModel, "complete", lambda model, calls: (asked.append(model.name), complete(model, calls))[1]
    )
    tasks = draw_tasks(30, numbers=4, seed=987)
    first = Chain(pocket.small()).measure(tasks, seed=3)["small"]
    again = Chain(Checked(pocket.small(), "nines", 1)).measure(tasks, seed=3)["small"]
    assert asked == ["small"]
    assert again is first
    Chain(Single(pocket.small(), temperature=0)).measure(tasks, seed=3)
    Chain(pocket.small()).measure(tasks, seed=4)
    assert asked == ["small"] * 3
    fake = cheap()
    assert Chain(fake).measure(tasks)["cheap"] is not Chain(fake).measure(tasks)["cheap"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Chain(cheap()).workflow(draw_tasks(40, (3, 5)), 0.9), "tasks"),
        (lambda: Chain(cheap()).workflow(TASKS, 98.5), "p "),
        (lambda: Chain(cheap()).workflow(TASKS, {}), "p "),
        (lambda: Chain(cheap()).workflow(TASKS, {3: 0.9}), "p "),
        (lambda: Chain(cheap()).workflow(TASKS, {"dear": 0.9}), "p "),
        (lambda: Chain(cheap()).workflow(TASKS, measure_p(cheap(), (3,), 5)), "operands"),
        (lambda: Chain(Cascaded(cheap(), dear())).workflow(TASKS, 0.9), "p "),
        (lambda: Chain(Cascaded(Debated(cheap()), dear())).workflow(TASKS, 0.9), "first"),
        (lambda: measure_p(cheap(), n=0), "n "),
        (lambda: measure_p(cheap(), (9,)), "operands"),
        (lambda: measure_p(cheap(), sums=[]), "sums"),
        (lambda: measure_p(cheap(), level=95), "level"),
        (lambda: measure_p(cheap(sure=None), n=5).rejected_below(0.9, 2), "model"),
        (lambda: predicted_and_measured({}, TASKS), "designs"),
        (lambda: predicted_and_measured({"x": cheap()}, TASKS), "designs"),  # type: ignore[dict-item]
        (lambda: predicted_and_measured({"x": Chain(cheap())}, TASKS, level=0), "level"),
        (lambda: predicted_and_measured({"x": Chain(cheap())}, [], p=0.9), "tasks"),
    ],
)
def test_bad_input_is_named(call: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()


# ---- flags that mean nothing --------------------------------------------------------------------------------------


def three(value: float) -> Three:
    return Three(value, value, value)


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(("r", "m"), [(0.0, 1.0), (1.0, 1.0), (0.3, 1.0), (2.0, 0.5)])
def test_stray_flags_are_counted_as_chance_makes_them(r: float, m: float, level: float) -> None:
    """Draw both middles around one truth, and count how often the intervals do not touch."""
    row = Row("x", three(0), three(-r), three(r), three(0), three(-m), three(m), (), ())
    sure = NormalDist().inv_cdf((1 + level) / 2)
    rng = np.random.default_rng(5)
    predicted, measured = (rng.normal(0, reach / sure, 200_000) for reach in (r, m))
    flagged = np.mean(abs(predicted - measured) > r + m)
    assert Comparison((row,), 100, level).stray_flags == pytest.approx(3 * flagged, rel=0.1, abs=3e-4)


def test_numbers_without_any_spread_are_never_flagged_by_chance() -> None:
    still = Row("x", *([three(1.0)] * 6), (), ())
    assert Comparison((still,), 100, 0.95).stray_flags == 0.0
