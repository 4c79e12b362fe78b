"""Workflows as JSON and TOML: what is saved comes back equal, and what cannot be read is refused by name."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    parallel,
    stop_early,
)
from labkit_traces import from_json, from_toml, price_workflow, read_workflow, to_json
from labkit_traces.saved_workflow import Saved
from labkit_traces.workflow_prices import read_saved

ALL = Workflow((
    Step("a", PREMIUM, (), "easy", 2, Debate(3, 2, 0.9, "listing"),
         Gate(0.9, 0.1, "fail", 0.5, 0.1, 2.0, Person(1, 2, 0.5)), Cache(0.3, 0.7, 0.001, 0.2, "first")),
    Step("b", Model(0.1, 1, 0.5, "b"), ("a",), None, repeatable=False),
    Step("c", SMALL, ("b",), 3, good_enough=0.2, judge=Judge(0.8, 0.1, 0.2, 0.3)), Step("d", SMALL, ("c",)),
))  # fmt: skip
SHARES = st.floats(0, 1)
MODELS = st.builds(Model, st.floats(0, 1e6), st.floats(0, 1e6), SHARES, st.text(max_size=8))


@pytest.mark.parametrize(
    "workflow", [ALL, parallel(3, SMALL).then(chain(2, PREMIUM)), chain(2, SMALL).pipe(stop_early, 0.5)]
)
def test_what_is_saved_comes_back(workflow: Workflow) -> None:
    again = from_json(to_json(workflow))
    assert again == workflow
    assert [step.model.name for step in again] == [step.model.name for step in workflow]
    assert to_json(again) == to_json(workflow)


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=6), MODELS, SHARES), min_size=1, max_size=5, unique_by=lambda x: x[0]
    )
)
def test_any_chain_of_steps_comes_back(parts: list[tuple[str, Model, float]]) -> None:
    steps: list[Step] = []
    for name, model, share in parts:
        needs = (steps[-1].name,) if steps else ()
        steps.append(Step(name, model, needs, retries=1, gate=Gate(share, 1 - share, "pass", share)))
    assert from_json(to_json(Workflow(tuple(steps)))) == Workflow(tuple(steps))


def test_every_field_of_a_step_is_saved() -> None:
    (first, *_) = json.loads(to_json(ALL))["steps"]
    assert set(first) == {"name", "model", "difficulty", "retries", "debate", "gate", "cache"}
    assert first["gate"]["person"] == {"usd": 1, "minutes": 2, "recall": 0.5}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads no TOML")
def test_toml_is_the_same() -> None:
    text = """
    labkit_workflow = 1
    [[steps]]
    name = "plan"
    model = {usd = 0.03, sec = 2, p_ok = 0.985}
    [[steps]]
    name = "act"
    needs = ["plan"]
    retries = 1
    model = {usd = 0.002, sec = 0.4, p_ok = 0.9}
    gate = {detection = 0.8}
    """
    assert from_toml(text) == Workflow((
        Step("plan", Model(0.03, 2, 0.985)), Step("act", Model(0.002, 0.4, 0.9), ("plan",), retries=1, gate=Gate(0.8)),
    ))  # fmt: skip
    with pytest.raises(ValueError, match="text must be TOML"):
        from_toml("= 5")


def saved(**step: Any) -> str:
    return json.dumps({"labkit_workflow": 1, "steps": [{"name": "a", "model": {"usd": 1, "sec": 1, "p_ok": 1}} | step]})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "text must be the JSON of a workflow"),
        ("[]", 'an object with "labkit_workflow": 1'),
        ('{"labkit_workflow": 2, "steps": []}', "labkit_workflow must be version 1, got 2"),
        ('{"labkit_workflow": 1, "steps": {}}', "steps must be a list, got dict"),
        ('{"labkit_workflow": 1, "steps": []}', "steps must hold at least one step"),
        ('{"labkit_workflow": 1, "steps": [5]}', "step 1 must be an object with names, got int"),
        ('{"labkit_workflow": 1, "steps": [{"name": "a"}]}', "step 'a' must say model"),
        (saved(model={"usd": 1}), "model of step 'a' must say sec, p_ok"),
        (saved(model={"usd": -1, "sec": 1, "p_ok": 1}), "model of step 'a': usd must be"),
        (saved(colour="red"), "step 'a' has no 'colour'"),
        (saved(needs=["b"]), "step 'a' needs 'b', which is not one of"),
        (saved(retries=[1, 2]), "retries of step 'a' must be one number, text or flag, got list"),
        (saved(gate={"detection": 2}), "gate of step 'a': detection must"),
        ('{"labkit_workflow": 1, "steps": [], "unknown": ["eur"]}', "unknown must be a list of some of usd, sec, p"),
        ('{"labkit_workflow": 1, "steps": [], "lower_bound": 5}', "lower_bound must"),
        (saved(needs=5), "needs of step 'a' must be names"),
        (saved(gate={"person": {"age": 5}, "detection": 1}), "person of gate of step 'a' has no 'age'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what.replace("(", r"\(").replace("[", r"\[")):
        from_json(text)


def test_what_is_unknown_is_saved_and_read_beside_the_workflow(tmp_path: Path) -> None:
    saved = Saved(chain(1, PREMIUM), ("usd", "p"), True)
    file = tmp_path / "workflow.json"
    file.write_text(to_json(saved), encoding="utf-8")
    assert read_saved(file) == saved
    assert read_workflow(file) == from_json(to_json(saved)) == saved.workflow
    assert "unknown" not in to_json(saved.workflow)
    priced = price_workflow(saved, 10)
    assert priced.expected.latency == 2
    assert [math.isnan(x) for x in (priced.worst.cost, priced.worst.reliability, *priced.usd, priced.usd_a_month)] == [
        True
    ] * 5


def test_many_designs_at_once_are_not_saved() -> None:
    many = chain(2, Model(np.array([0.1, 0.2]), 1, 0.9))
    with pytest.raises(ValueError, match="usd of model of step 'step-1' must be one number"):
        to_json(many)
    with pytest.raises(ValueError, match="workflow must be a Workflow, got int"):
        to_json(5)  # type: ignore[arg-type]
