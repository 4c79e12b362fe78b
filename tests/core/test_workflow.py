"""Workflows: building, joining, naming, and what a learner sees of them."""

from __future__ import annotations

import html
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import ancestors
from strategies import drawn_workflow, endless, steady, workflows

from labkit import PREMIUM, SMALL, Gate, Model, Step, Workflow, chain, parallel
from labkit import levers as pull
from labkit._html import NEUTRAL
from labkit.accounting import ACCOUNTINGS

ROUNDING = 1 + 1e-12
TINY = Model(0.001, 0.1, 0.9, "tiny")


def shape(workflow: Workflow) -> list[tuple[int, ...]]:
    return [tuple(sorted(needs)) for needs in workflow.graph.needs]


# ---- building -----------------------------------------------------------------------------------------------


def test_a_chain_is_one_step_after_another() -> None:
    three = chain(3, PREMIUM)
    assert three.names == ("step-1", "step-2", "step-3")
    assert [step.needs for step in three] == [(), ("step-1",), ("step-2",)]
    assert three.outcome().latency == 6


def test_a_parallel_is_steps_that_need_nothing() -> None:
    three = parallel(3, PREMIUM, "agent", difficulty="easy")
    assert three.names == ("agent-1", "agent-2", "agent-3")
    assert all(step.needs == () and step.difficulty == "easy" for step in three)


def test_a_parallel_of_one_is_a_chain_of_one() -> None:
    assert parallel(1, PREMIUM) == chain(1, PREMIUM)


@pytest.mark.parametrize("n", [2, 2.0, np.int64(2), np.float64(2)])
def test_whole_numbers_of_any_kind_count_steps(n: int) -> None:
    assert len(chain(n, PREMIUM)) == 2


def test_steps_are_found_by_name_and_listed_in_order() -> None:
    two = chain(2, PREMIUM)
    assert two["step-2"] is two.steps[1]
    assert list(two) == list(two.steps)
    assert len(two) == 2


def test_steps_may_come_in_any_order_and_from_any_iterable() -> None:
    steps = (Step("end", PREMIUM, "start"), Step("start", SMALL))
    assert Workflow(iter(steps)).outcome().latency == 2.4


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"'step-1', 'step-2'.* and 4 more"):
        chain(12, PREMIUM)["nobody"]


def test_models_may_share_a_name() -> None:
    twins = chain(1, PREMIUM, "a").then(chain(1, replace(SMALL, name="premium"), "b"))
    assert twins.outcome().cost == pytest.approx(0.032)


# ---- joining ------------------------------------------------------------------------------------------------


@steady
@given(endless, endless)
def test_then_adds_cost_and_latency_and_multiplies_reliability(a: Workflow, b: Workflow) -> None:
    both = a.then(b)
    for accounting in ACCOUNTINGS:
        one, other, joined = (w.outcome(accounting) for w in (a, b, both))
        assert joined.cost == pytest.approx(one.cost + other.cost, rel=1e-12)
        assert joined.reliability == pytest.approx(one.reliability * other.reliability, rel=1e-12)
        if not math.isnan(joined.latency):
            assert joined.latency == pytest.approx(one.latency + other.latency, rel=1e-12)


@steady
@given(endless, endless)
def test_then_waits_for_all_that_came_before(a: Workflow, b: Workflow) -> None:
    both = a.then(b)
    assert all(before >= set(range(len(a))) for before in ancestors(both.graph.needs)[len(a) :])


@steady
@given(endless, endless)
def test_beside_adds_cost_and_multiplies_reliability_and_takes_the_slower(a: Workflow, b: Workflow) -> None:
    one, other, both = a.outcome("worst"), b.outcome("worst"), a.beside(b).outcome("worst")
    assert both.cost == pytest.approx(one.cost + other.cost, rel=1e-12)
    assert both.reliability == pytest.approx(one.reliability * other.reliability, rel=1e-12)
    assert both.latency == pytest.approx(max(one.latency, other.latency), rel=1e-12)


@steady
@given(workflows, workflows)
def test_joining_keeps_both_shapes_and_all_names_apart(a: Workflow, b: Workflow) -> None:
    joined = [a.then(b)]
    if not any(step.may_end for step in (*a, *b)):
        joined.append(a.beside(b))
    for both in joined:
        assert len(set(both.names)) == len(a) + len(b)
        assert both.steps[: len(a)] == a.steps
        added = Workflow(
            tuple(replace(s, needs=tuple(n for n in s.needs if n not in set(a.names))) for s in both.steps[len(a) :])
        )
        assert shape(added) == shape(b)
        assert [step.key for step in added] == [step.key for step in b]


@steady
@given(workflows, workflows, workflows)
def test_joining_is_associative_in_its_numbers(a: Workflow, b: Workflow, c: Workflow) -> None:
    left, right = a.then(b).then(c), a.then(b.then(c))
    for accounting in ACCOUNTINGS:
        one, other = left.outcome(accounting), right.outcome(accounting)
        assert one.cost == pytest.approx(other.cost, rel=1e-12)
        assert one.reliability == pytest.approx(other.reliability, rel=1e-12)
        assert one.latency == pytest.approx(other.latency, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (("a",), ("b",), ("a", "b")),
        (("a",), ("a",), ("a", "a-2")),
        (("a", "a-2"), ("a",), ("a", "a-2", "a-3")),
        (("a",), ("a", "a-2"), ("a", "a-3", "a-2")),
        (("a-1", "a-2"), ("a-1", "a-2"), ("a-1", "a-2", "a-3", "a-4")),
        (("a-5",), ("a-5",), ("a-5", "a-1")),
        (("a-b",), ("a-b",), ("a-b", "a-b-2")),
    ],
)
def test_names_that_collide_get_the_next_free_number(
    first: tuple[str, ...], second: tuple[str, ...], names: tuple[str, ...]
) -> None:
    a, b = (Workflow(tuple(Step(name, PREMIUM) for name in names)) for names in (first, second))
    assert a.then(b).names == a.beside(b).names == names


def test_a_renamed_step_is_still_needed_by_its_own_followers_only() -> None:
    a = Workflow((Step("x", PREMIUM), Step("y", PREMIUM, "x")))
    b = Workflow((Step("y", SMALL, "x"), Step("x", SMALL)))
    both = a.then(b)
    assert [(s.name, s.needs) for s in both] == [
        ("x", ()),
        ("y", ("x",)),
        ("y-2", ("x-2",)),
        ("x-2", ("y",)),
    ]


@steady
@given(workflows)
def test_a_workflow_can_be_joined_with_itself(workflow: Workflow) -> None:
    assert len(workflow.then(workflow).then(workflow)) == 3 * len(workflow)


@steady
@given(workflows)
def test_reliability_never_rises_with_one_more_step(workflow: Workflow) -> None:
    for model in (PREMIUM, TINY, Model(0, 0, 1)):
        more = workflow.then(chain(1, model, "more"))
        assert more.outcome().reliability <= workflow.outcome().reliability * ROUNDING
        assert more.outcome("worst").cost >= workflow.outcome("worst").cost


@steady
@given(st.integers(0, 2**32))
def test_other_names_change_no_number_and_no_shape(seed: int) -> None:
    workflow = drawn_workflow(Random(seed))
    named = Workflow(tuple(replace(s, name=f"<{s.name}>", needs=tuple(f"<{n}>" for n in s.needs)) for s in workflow))
    assert shape(named) == shape(workflow)
    assert named.graph.blocks == workflow.graph.blocks
    for accounting in ACCOUNTINGS:
        np.testing.assert_equal(vars(named.outcome(accounting)), vars(workflow.outcome(accounting)))


@steady
@given(st.integers(0, 2**32))
def test_the_order_in_which_steps_are_listed_changes_no_number(seed: int) -> None:
    rnd = Random(seed)
    workflow = drawn_workflow(rnd)
    shuffled = Workflow(tuple(rnd.sample(workflow.steps, len(workflow))))
    for accounting in ACCOUNTINGS:
        one, other = workflow.outcome(accounting), shuffled.outcome(accounting)
        assert one.cost == pytest.approx(other.cost, rel=1e-12)
        assert one.reliability == pytest.approx(other.reliability, rel=1e-12)
        assert one.latency == pytest.approx(other.latency, rel=1e-12, nan_ok=True)


# ---- ending early -------------------------------------------------------------------------------------------


def test_a_step_may_end_the_run_where_nothing_runs_beside_it() -> None:
    halting = replace(chain(1, PREMIUM, "check")["check-1"], gate=Gate(when_rejected="halt"), needs=("a-1", "a-2"))
    workflow = Workflow((*parallel(2, PREMIUM, "a"), halting, Step("end", PREMIUM, "check-1")))
    assert workflow.outcome("expected").cost == pytest.approx(0.09 + 0.985 * 0.03)


def test_a_chance_of_zero_to_stop_early_may_stand_anywhere() -> None:
    assert parallel(2, PREMIUM).pipe(pull.stop_early, 0.0).outcome() == parallel(2, PREMIUM).outcome()


# ---- what a learner sees --------------------------------------------------------------------------------------


class Cells(HTMLParser):
    """The tags that are still open, and the text of each caption, cell and paragraph."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("caption", "th", "td", "p"):
            self.texts.append("")
        if tag == "br":
            self.texts[-1] += "\n"
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


def test_a_plain_chain_is_one_row_and_one_line_of_numbers() -> None:
    assert repr(chain(12, PREMIUM)).splitlines() == [
        "Workflow of 12 steps",
        "steps                    after        model    usd   sec  p_ok   around the call",
        "step-1 ... step-12 (12)  one another  premium  0.03  2    0.985  -",
        "cost $0.3600   latency 24.00 s   reliability 83.41%   2.3 successes/$",
    ]


def test_retries_show_all_three_accountings() -> None:
    text = repr(chain(12, PREMIUM).pipe(pull.retry, 1))
    assert [f"({accounting})" in text for accounting in ACCOUNTINGS] == [True, True, True]
    assert "retries 1" in text


def test_levers_are_named_in_the_table() -> None:
    workflow = (
        chain(1, PREMIUM, difficulty="easy")
        .pipe(pull.debate, 3, 2)
        .pipe(pull.gate, 0.8, 0.1, 2)
        .pipe(pull.cache, hit_rate=0.5)
        .pipe(pull.stop_early, 0.2)
    )
    for words in ("easy", "debate 3 x 2", "gate d=0.8 f=0.1", "retries 2", "cache 0.5", "stops early 0.2"):
        assert words in repr(workflow)
    assert "cache 0.5 of first answers" in repr(chain(1, PREMIUM).pipe(pull.cache, hit_rate=0.5, stored="first"))


def test_many_designs_show_their_range() -> None:
    text = repr(chain(2, Model(np.array([0.01, 0.03]), 1, 0.5)))
    assert "0.01..0.03" in text
    assert "2 designs (expected): cost in USD 0.02 to 0.06" in text


@steady
@given(workflows)
def test_the_table_names_each_step_or_the_run_it_belongs_to(workflow: Workflow) -> None:
    rows = repr(workflow).splitlines()[2:]
    assert sum(1 for row in rows if row.startswith(workflow.names[0])) == 1
    assert re.match(rf"Workflow of {len(workflow)} steps?\n", repr(workflow))


@steady
@given(workflows)
def test_the_html_is_closed_and_says_what_the_text_says(workflow: Workflow) -> None:
    page, text = Cells(workflow._repr_html_().removeprefix(NEUTRAL)), repr(workflow)
    assert page.open == []
    assert all(cell in text for cell in page.texts)
    assert text.endswith(page.texts[-1])
    assert sum(len(cell.split()) for cell in page.texts) == len(text.split())


def test_names_are_escaped_in_html() -> None:
    nasty = "<script>alert('&')</script>"
    page = Workflow((Step(nasty, replace(PREMIUM, name="<b>")),))._repr_html_().removeprefix(NEUTRAL)
    assert "<script>" not in page
    assert "<b>" not in page
    assert html.escape(nasty) in page
    assert nasty in Cells(page).texts
