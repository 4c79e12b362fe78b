"""Exercise 12 against other ways to its answers: labkit_traces fits the trace, labkit's levers change it."""

from __future__ import annotations

from dataclasses import replace
from math import fsum
from pathlib import Path

import pytest

import labkit_traces
from labkit import Model, Step, Workflow, gate, parallelize, route
from labkit.laws.counts import normal_reach
from labkit_traces import Fit, Reading
from labkit_workbook.questions import Exercise, exercise
from labkit_workbook.questions.graded.agent_designs import (
    SUBSETS,
    Call,
    apply_changes,
    best_design,
    calls_of,
    model_calls,
    step_sums,
)
from labkit_workbook.questions.graded.drawn_agent import CLEAR, AgentTraces
from labkit_workbook.questions.graded.fit_and_advise import (
    calls_a_task,
    context,
    fold,
    money,
    other_rows,
    rows_of,
    seconds,
    write_right,
)

EXERCISE = exercise("fit_and_advise")
SCRIPT = Path(__file__).parents[3] / "course" / "exercises" / "12_fit_and_advise.py"
CLASS = [EXERCISE.text, *(EXERCISE.drawn("traces", str(i)) for i in range(12))]

for_the_class = pytest.mark.parametrize("g", CLASS, ids=[f"student-{i}" for i in range(len(CLASS))])
for_some = pytest.mark.parametrize("g", CLASS[:2], ids=["text", "student-1"])
for_the_others = pytest.mark.parametrize("g", CLASS[2:], ids=[f"student-{i}" for i in range(2, len(CLASS))])


def read_trace(g: AgentTraces) -> Reading:
    lines = [Call._fields, *(["" if value is None else str(value) for value in row] for row in g.trace)]
    return labkit_traces.read(",".join(line).encode() for line in lines)


def workflow_of(g: AgentTraces) -> Workflow:
    sums = step_sums(g)
    needs = {"plan": (), "search": ("plan",), "count": ("plan",), "write": ("search", "count")}
    return Workflow(tuple(Step(name, Model(*sums[name]), needs=needs[name]) for name in needs))


# ---- the trace -------------------------------------------------------------------------------------------------


@for_the_class
def test_the_trace_is_one_that_an_exporter_could_have_left(g: AgentTraces) -> None:
    rows = calls_of(g)
    assert 100 < len(rows) < 190
    below = {row.call: [call for call in rows if call.parent == row.call] for row in rows}
    for row in rows:
        if row.step == "agent":
            assert row.usd == pytest.approx(fsum(call.usd or 0.0 for call in below[row.call]), abs=1e-6)
            assert row.start <= min(call.start for call in below[row.call])
            assert row.start + row.sec >= max(call.start + call.sec for call in below[row.call])
        else:
            assert not below[row.call]
    lost = [row for row in model_calls(g) if row.usd is None]
    assert {row.model for row in lost if row.tokens_in is not None} == {"nightly"}
    assert all(row.step != "write" for row in lost)


@for_the_class
def test_write_waits_for_search_and_count_which_run_side_by_side(g: AgentTraces) -> None:
    for task in dict.fromkeys(row.task for row in calls_of(g)):
        mine = {step: [c for c in model_calls(g) if (c.task, c.step) == (task, step)] for step in step_sums(g)}
        search, count = mine["search"][0], mine["count"][0]
        assert search.start == count.start >= mine["plan"][0].start + mine["plan"][0].sec
        assert mine["write"][0].start >= max(search.start + search.sec, count.start + count.sec)
        sent = [call.tokens_in for call in mine["write"]]
        assert sent == sorted(sent, key=lambda tokens: tokens or 0)
        assert 2 <= len(sent) <= 4


@for_the_class
def test_no_design_is_near_a_budget_and_both_budgets_matter(g: AgentTraces) -> None:
    for some in SUBSETS:
        design = apply_changes(g, some)
        assert abs(design.usd / g.budget_usd - 1) > CLEAR
        assert abs(design.sec / g.budget_sec - 1) > CLEAR
    best = best_design(g)
    assert best.changes
    others = (best_design(g, ("usd",)), best_design(g, ("sec",)), best_design(g, most=1), best_design(g, cheapest=True))
    assert len({best.changes, *(other.changes for other in others)}) == 5


def test_a_class_has_several_best_designs() -> None:
    assert len({best_design(g).changes for g in CLASS}) >= 2


def test_few_draws_are_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[AgentTraces] = []
    counted = Exercise.separated
    monkeypatch.setattr(Exercise, "separated", lambda self, g: drawn.append(g) or counted(self, g))  # type: ignore[func-returns-value]
    for i in range(10):
        EXERCISE.drawn("tries", str(i))
    assert len(drawn) <= 2 * 10


# ---- the answers -----------------------------------------------------------------------------------------------


def assert_same_as_fit(g: AgentTraces) -> None:
    reading = read_trace(g)
    found: Fit = labkit_traces.fit(reading)
    assert found.calls.value == pytest.approx(calls_a_task(g), rel=1e-9)
    seen = reading.money
    three = seen.priced_usd, sum(seen.unpriced.values()), sum(seen.unobserved.values())
    assert three == pytest.approx(money(g), rel=1e-9)
    assert found.p95_sec.value == pytest.approx(seconds(g)[0], abs=1e-6)
    assert found.workflow.outcome().latency == pytest.approx(seconds(g)[1], abs=1e-6)
    assert found.step("write").p.value == pytest.approx(write_right(g)[0], rel=1e-9)
    grown = found.step("write").context
    assert grown is not None
    assert (grown.first.value, grown.growth.value) == pytest.approx(context(g), rel=1e-9)
    assert found.usd.value == pytest.approx(apply_changes(g, ()).usd, rel=1e-9)
    calls, tokens, silent = fold(g, rows_of(g))
    assert (calls, silent) == (reading.all.calls - reading.all.unobserved, reading.all.unobserved)
    assert tokens == reading.all.tokens.read + reading.all.tokens.out


@for_some
def test_the_answers_are_those_of_the_fit(g: AgentTraces) -> None:
    assert_same_as_fit(g)


@pytest.mark.slow
@for_the_others
def test_the_answers_are_those_of_the_fit_for_the_whole_class(g: AgentTraces) -> None:
    assert_same_as_fit(g)


@for_the_class
def test_the_changes_are_those_of_the_levers(g: AgentTraces) -> None:
    pilots = {row[0]: Model(*row[2:], name=row[1]) for row in g.pilots}
    for some in SUBSETS:
        workflow = workflow_of(g)
        if "small plan" in some:
            workflow = route(workflow, pilots["plan"], "plan")
        if "premium write" in some:
            workflow = route(workflow, pilots["write"], "write")
        if "at once" in some:
            workflow = parallelize(workflow, ("plan", "search", "count"))
            more = 1 + g.more_tokens
            workflow = Workflow(tuple(
                replace(s, model=replace(s.model, usd=s.model.usd * more)) if s.name in ("search", "count") else s
                for s in workflow
            ))  # fmt: skip
        if "check write" in some:
            again = workflow["write"].model.p_ok * (1 - g.correlation)
            workflow = gate(workflow, g.detection, 0.0, 1, "write", when_rejected="pass", recovery=again)
        outcome, design = workflow.outcome("expected"), apply_changes(g, some)
        three = outcome.reliability, outcome.cost, outcome.latency
        assert three == pytest.approx((design.p, design.usd, design.sec), rel=1e-9)


def test_the_numbers_of_the_models_essay_are_those_of_the_text() -> None:
    g = EXERCISE.text
    best, now, right = best_design(g), apply_changes(g, ()), write_right(g)
    needed = p_needs(right[0], points=0.05)
    _, unpriced, unobserved = money(g)
    said = " ".join(SCRIPT.read_text(encoding="utf-8").replace("\n# ", " ").split())
    assert best.changes == ("check write", "at once")
    for words in (
        f"from {now.p:.0%} to {best.p:.0%}, for {best.usd:.4f} USD instead of {now.usd:.4f}",
        f"{best.sec:.2f} s of the longest path instead of {now.sec:.2f}",
        f"both budgets ({g.budget_usd:g} USD and {g.budget_sec:g} s)",
        f"right in {right[0] * 20:.0f} of 20 tasks",
        f"between {100 * right[1]:.0f} and {right[2]:.0%}",
        f"some {round(needed, -1):.0f} tasks",
        f"and {unpriced:.0f} tokens went to a model without a price",
        f"a correlation of {g.correlation:g}",
        f"20 tasks and {round(needed, -1) - 20:.0f} more",
    ):
        assert words in said
    assert unobserved == 3


def p_needs(p: float, points: float) -> float:
    """How many tasks bring the interval of a share to within so much."""
    return (normal_reach(0.95) / points) ** 2 * p * (1 - p)


# ---- the function ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(6))
def test_fold_counts_what_has_no_usage_anywhere_below(number: int) -> None:
    """The other way round: from each row down, where ``fold`` goes from each row up."""
    rows = other_rows()[number]

    def below(name: str) -> list[tuple[str, str, str, int | None]]:
        children = [row for row in rows if row[1] == name]
        return children + [row for child in children for row in below(child[0])]

    counted = [row[3] for row in rows if row[3] is not None and all(other[3] is None for other in below(row[0]))]
    silent = sum(row[3] is None and row[2] != "" for row in rows)
    assert fold(EXERCISE.text, rows) == (len(counted), sum(counted), silent)


@pytest.mark.parametrize("number", range(6))
def test_fold_counts_what_labkit_traces_counts(number: int) -> None:
    """Whoever hands the rows to the course's own reader is right on the traces that nobody has seen, too."""
    rows = other_rows()[number]
    lines = [("task", "call", "parent", "model", "tokens_in"), *(("t", *row[:3], str(row[3] or "")) for row in rows)]
    total = labkit_traces.read(",".join(line).encode() for line in lines).all
    assert fold(EXERCISE.text, rows) == (total.calls - total.unobserved, total.tokens.read, total.unobserved)
