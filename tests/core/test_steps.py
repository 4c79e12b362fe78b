"""Models, steps and what is wrapped around a call: validated, immutable, equal by value."""

from __future__ import annotations

import copy
import pickle
import re
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from strategies import steady, workflows

from labkit import (
    PREMIUM,
    SMALL,
    Cache,
    Debate,
    Gate,
    Judge,
    Model,
    Person,
    Step,
    Workflow,
    chain,
    choose,
    easy,
    hard,
    levers,
)
from labkit._shown import step_rows
from labkit.frontier.design_changes import AS_GIVEN, Design
from labkit.simulation.step_runs import as_work
from labkit.steps import PLACE, key_of


def test_the_section_s_models_have_its_numbers() -> None:
    assert (PREMIUM.usd, PREMIUM.sec, PREMIUM.p_ok) == (0.030, 2.0, 0.985)
    assert (SMALL.usd, SMALL.sec, SMALL.p_ok) == (0.002, 0.4, 0.945)


def test_numbers_become_floats_and_lists_become_arrays() -> None:
    model = Model(1, [1, 2], np.array([0.5, 1]))
    assert type(model.usd) is float
    assert model.sec.dtype == model.p_ok.dtype == float


def test_parts_are_equal_by_value_and_alike_in_hash() -> None:
    one, other = Model(1, [1, 2], 0.5), Model(1, [1, 2], 0.5)
    assert one == other
    assert hash(one) == hash(other)
    assert one != Model(1, [1, 3], 0.5)
    assert one != Model(1, [1, 2], 0.5, "another name")
    assert Gate() != Cache()
    assert Step("a", PREMIUM, gate=Gate(0.9)) == Step("a", PREMIUM, gate=Gate(0.9))
    assert Step("a", PREMIUM, gate=Gate(0.9)) != Step("a", PREMIUM, gate=Gate(0.8))
    assert Step("a", PREMIUM) != "a"


@pytest.mark.parametrize("part", [PREMIUM, Debate(2, 2), Gate(), Cache(), Step("a", PREMIUM)])
def test_parts_cannot_be_changed(part: object) -> None:
    with pytest.raises(FrozenInstanceError):
        part.usd = 3


@steady
@given(workflows)
def test_copies_and_pickles_are_equal(workflow: Workflow) -> None:
    assert copy.deepcopy(workflow) == workflow
    assert pickle.loads(pickle.dumps(workflow)) == workflow


def test_debates_know_their_calls_and_turns() -> None:
    assert (Debate(3, 2).calls, Debate(3, 2).turns) == (6, 2)
    assert (Debate(3, 2, counting="listing").calls, Debate(3, 2, counting="listing").turns) == (9, 3)


def test_needs_are_names_without_doubles_and_one_name_will_do() -> None:
    assert Step("c", PREMIUM, "b").needs == ("b",)
    assert Step("c", PREMIUM, ["b", "a", "b"]).needs == ("b", "a")


def test_choose_takes_one_model_where_the_condition_holds() -> None:
    mixed = choose([True, False], PREMIUM, SMALL)
    assert mixed.p_ok.tolist() == [0.985, 0.945]
    assert mixed.name == "premium or small"
    assert choose(True, PREMIUM, SMALL).usd == 0.03


def test_predicates_read_the_difficulty() -> None:
    step = Step("a", PREMIUM, difficulty="easy")
    assert (easy(step), hard(step)) == (True, False)
    assert (easy(Step("a", PREMIUM)), hard(Step("a", PREMIUM))) == (False, True)


def test_the_key_is_the_work_and_not_the_place() -> None:
    step = Step("a", PREMIUM, gate=Gate(0.9), retries=1)
    assert step.key == replace(step, name="b", needs=("a",), difficulty="easy").key
    for change in ({"retries": 2}, {"gate": Gate(0.8)}, {"cache": Cache()}, {"model": SMALL}, {"good_enough": 0.1}):
        assert step.key != replace(step, **change).key


def test_arrays_are_keyed_by_identity() -> None:
    one, same = np.ones(2), np.ones(2)
    assert key_of(one) == key_of(one) != key_of(same)


@pytest.mark.parametrize(
    ("step", "ends"),
    [
        (Step("a", PREMIUM), False),
        (Step("a", PREMIUM, gate=Gate()), False),
        (Step("a", PREMIUM, gate=Gate(when_rejected="pass")), False),
        (Step("a", PREMIUM, gate=Gate(when_rejected="halt")), True),
        (Step("a", PREMIUM, good_enough=0.1), True),
        (Step("a", PREMIUM, good_enough=[0.0, 0.1]), True),
        (Step("a", PREMIUM, good_enough=[0.0, 0.0]), False),
        (Step("a", PREMIUM, judge=Judge(0.5)), False),
        (Step("a", PREMIUM, judge=Judge(false_alarm=0.1)), True),
        (Step("a", PREMIUM, gate=Gate(person=Person())), False),
    ],
)
def test_a_step_may_end_the_run_when_it_halts_or_is_good_enough(step: Step, ends: bool) -> None:
    assert step.may_end is ends


def test_a_model_does_not_change_when_the_caller_s_array_does() -> None:
    p = np.array([0.5, 0.6])
    model = Model(1, 1, p)
    p[0] = 7
    assert model.p_ok.tolist() == [0.5, 0.6]


def test_a_model_s_arrays_cannot_be_written_to() -> None:
    model = Model(1, 1, [0.5, 0.6])
    with pytest.raises(ValueError, match="read-only"):
        model.p_ok[0] = 7


def test_a_debate_takes_lists_as_a_model_does() -> None:
    assert chain(1, PREMIUM).pipe(lambda w: _debated(w, [1, 3])).outcome().cost.tolist() == pytest.approx([0.03, 0.09])


def _debated(workflow: Workflow, agents: object) -> Workflow:
    return Workflow(tuple(replace(step, debate=Debate(agents, 1)) for step in workflow))


def test_steps_of_a_nested_label_are_equal_by_value() -> None:
    assert Step("a", PREMIUM, difficulty=("a", ("b",))) == Step("a", PREMIUM, difficulty=("a", ("b",)))


REFUND = Step("refund", PREMIUM, repeatable=False)


@pytest.mark.parametrize(
    ("lever", "arguments", "words"),
    [
        (
            levers.retry,
            (1,),
            "retries must not be given to step 'refund', which is not repeatable: a call that is made",
        ),
        (levers.retry, ([0, 1],), "retries must not be given to step 'refund'"),
        (levers.gate, (0.9, 0.0, 1), "retries must not be given to step 'refund'"),
        (levers.debate, (3, 1), "debate must not be given to step 'refund', which is not repeatable: a call that is"),
        (levers.cache, (), "cache must not be given to step 'refund', which is not repeatable: a stored answer does"),
    ],
    ids=["retry", "a sweep of retries", "gate", "debate", "cache"],
)
def test_a_step_that_is_not_repeatable_refuses_what_would_do_it_twice_or_never(
    lever: Any, arguments: tuple[Any, ...], words: str
) -> None:
    paid = Workflow((Step("look up", PREMIUM), replace(REFUND, needs=("look up",))))
    with pytest.raises(ValueError, match=re.escape(words)):
        paid.pipe(lever, *arguments)
    assert paid.pipe(lever, *arguments, where="look up")["refund"].repeatable is False


def test_a_step_that_is_not_repeatable_may_be_checked_once_and_routed() -> None:
    step = (
        Workflow((REFUND,)).pipe(levers.gate, 0.9).pipe(levers.route, SMALL, None).pipe(levers.debate, 1, 1)["refund"]
    )
    assert (step.gate, step.model, step.repeatable) == (Gate(0.9), SMALL, False)


def test_whether_a_step_is_repeatable_is_yes_or_no() -> None:
    with pytest.raises(ValueError, match="repeatable of step 'a' must be True or False, got 'no'"):
        Step("a", PREMIUM, repeatable="no")  # type: ignore[arg-type]


# ---- every field of a step counts ---------------------------------------------------------------------------

PLAIN = Step("one", Model(0.01, 1.0, 0.9, "plain"))
OTHER: dict[str, Any] = {
    "name": "other",
    "model": Model(0.02, 2.0, 0.8, "other"),
    "needs": ("before",),
    "difficulty": "easy",
    "retries": 2,
    "debate": Debate(3, 2),
    "gate": Gate(0.7, 0.1),
    "cache": Cache(0.4),
    "good_enough": 0.3,
    "judge": Judge(0.8, 0.1),
    "repeatable": False,
}
RULES = ("repeatable",)
"""Fields that no number comes from: they say what may not be wrapped around the call."""
FIELDS = [field.name for field in fields(Step)]
BEFORE = Step("before", Model(0.01, 1.0, 0.9, "plain"), difficulty="medium")


def changed(field: str) -> tuple[Workflow, Workflow]:
    """A chain of two, and the same with one field of its second step changed."""
    step = replace(PLAIN, needs=() if field == "needs" else ("before",))
    return Workflow((BEFORE, step)), Workflow((BEFORE, replace(step, **{field: OTHER[field]})))


def test_the_other_values_cover_every_field() -> None:
    assert list(OTHER) == FIELDS


@pytest.mark.parametrize("field", FIELDS)
def test_steps_are_alike_in_work_unless_a_field_of_their_work_differs(field: str) -> None:
    other = replace(PLAIN, **{field: OTHER[field]})
    assert (other.key == PLAIN.key) == (field in PLACE)
    assert other != PLAIN


@pytest.mark.parametrize(
    "part",
    [Model(1, 1, 0.5), Debate(2, 2), Gate(0.5), Person(1, 1, 0.5), Cache(0.5), Judge(0.5)],
    ids=lambda p: type(p).__name__,
)
def test_parts_are_alike_in_work_unless_a_field_differs(part: Any) -> None:
    other = {"when_rejected": "pass", "stored": "first", "counting": "listing", "name": "n", "agents": 3, "rounds": 3,
             "person": Person()}  # fmt: skip
    for field in fields(part):
        assert replace(part, **{field.name: other.get(field.name, 0.25)}).key != part.key, field.name


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_shows_in_the_table(field: str) -> None:
    plain, other = changed(field)
    assert step_rows(plain.steps) != step_rows(other.steps)


@pytest.mark.parametrize("field", [field for field in FIELDS if field not in ("difficulty", *RULES)])
def test_every_field_but_the_label_reaches_the_simulation(field: str) -> None:
    plain, other = changed(field)
    works = [[as_work(step, True, None, None) for step in workflow] for workflow in (plain, other)]
    assert works[0] != works[1] or plain.graph != other.graph


@pytest.mark.parametrize("field", [field for field in FIELDS if field not in (*PLACE, *RULES)])
def test_every_field_of_the_work_is_told_as_a_change_of_design(field: str) -> None:
    plain, other = changed(field)
    told = Design(plain, other, {}, AS_GIVEN, "expected").changes
    assert [change.what.startswith("one: ") for change in told] == [True]
