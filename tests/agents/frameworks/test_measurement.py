"""A measurement: what it refuses, what it adds up from a log, and when it disagrees with its law."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit_agents.frameworks import Measurement, Prediction, measurement_of, predicted_by
from labkit_agents.server import LoggedCall

GOOD: dict[str, Any] = {
    "lever": "retries", "framework": "LiteLLM", "condition": "500", "versions": {"litellm": "1.100.0"}, "tasks": 10,
    "calls_wire": 30, "calls_billed": 3, "usd": 0.09, "usd_client": 0.03, "successes": 7, "sec": 1.5,
    "predicted": predicted_by("calls = 10 * calls_through_layers((3,))"), "counts": {"hits": 2}, "note": "no waits",
}  # fmt: skip


def test_it_comes_back_from_json() -> None:
    measurement = Measurement(**GOOD)
    assert Measurement.from_json(json.loads(json.dumps(measurement.to_json()))) == measurement


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"lever": " "}, "lever"), ({"framework": None}, "framework"), ({"condition": 3}, "condition"),
        ({"tasks": 0}, "tasks"), ({"tasks": 2.5}, "tasks"), ({"calls_wire": -1}, "calls_wire"),
        ({"calls_billed": 31}, "calls_billed"), ({"usd": -0.1}, "usd"), ({"usd": float("nan")}, "usd"),
        ({"usd_client": -1}, "usd_client"), ({"successes": 11}, "successes"), ({"sec": "1"}, "sec"),
        ({"versions": ["litellm"]}, "versions"), ({"counts": {"hits": None}}, "counts"), ({"more": 1}, "more"),
        ({"predicted": {"calls": 3}}, "formula"), ({"predicted": "a law"}, "predicted"), ({"note": 1}, "note"),
        ({"predicted": {"formula": "law", "calls_error": None}}, "calls_error"),
        ({"versions": {"": "1"}}, "versions"), ({"versions": {"litellm": 1.1}}, "versions"),
        ({"counts": {"": 1}}, "counts"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Measurement.from_json({**Measurement(**GOOD).to_json(), **wrong})


@pytest.mark.parametrize("record", [None, [], "a"])
def test_no_record_is_refused(record: Any) -> None:
    with pytest.raises(ValueError, match="record must be a dict"):
        Measurement.from_json(record)


@pytest.mark.parametrize(
    "formula",
    [
        "3", "cost = 3", "calls = open('x')", "calls = ", "calls = nothing(3)", "", "calls = 1; calls = 2",
        "calls = 1 / 0", "calls = 10.0 ** 1000", "calls = calls_through_layers(())[3]",
        "usd = routed_cost(2, 1, 1)", "usd = 1 .x",
        "calls = -1", "sec = 1e999", None, 3,
    ],
)  # fmt: skip
def test_a_formula_in_other_words_is_refused(formula: Any) -> None:
    with pytest.raises(ValueError, match=r"^(formula|calls|sec) must "):
        predicted_by(formula)


def test_calls_and_dollars_are_those_of_the_log() -> None:
    rows = [LoggedCall(0, "chat", usd=0.03), LoggedCall(1, "chat", fault="500"), LoggedCall(2, "chat", usd=0.002)]
    measurement = measurement_of(rows, "retries", "ours", "some fail", usd_client=0.03)
    assert (measurement.calls_wire, measurement.calls_billed, measurement.usd) == (3, 2, 0.032)
    assert measurement.unseen_usd == pytest.approx(0.002)


def test_the_interval_holds_the_share() -> None:
    measurement = Measurement(**GOOD)
    assert measurement.interval is not None
    assert measurement.share is not None
    assert measurement.interval.low < measurement.share < measurement.interval.high


def test_what_is_not_random_must_be_exact_and_what_is_may_be_off_by_chance() -> None:
    def found(law: Prediction) -> list[str]:
        return [each.split(":")[0] for each in Measurement(**{**GOOD, "predicted": law}).disagreements()]

    assert found(Prediction("a law", calls=30, usd=0.09)) == []
    assert found(Prediction("a law", calls=31, usd=0.08)) == ["calls", "usd"]
    assert found(Prediction("a law", calls=31, usd=0.08, calls_error=0.3, usd_error=0.003)) == []
    assert found(Prediction("a law", successes=6)) == []
    assert found(Prediction("a law", successes=10)) == ["successes"]
    assert found(Prediction("a law", successes=0)) == ["successes"]
    assert Measurement(**{**GOOD, "predicted": None}).disagreements() == []
