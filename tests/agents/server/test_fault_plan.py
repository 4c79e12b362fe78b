"""The plan of faults: shares that are kept, draws that only the seed decides, and wrong plans that are named."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from labkit_agents.server import SERVED, FaultPlan
from labkit_agents.server.plan import HARD, draw

MANY = 4000


def count_faults(plan: FaultPlan, model: str = "premium", p: float = 1.0) -> dict[str, int]:
    faults = [plan.fault_of(model, f"prompt {number}", 1, p) for number in range(MANY)]
    return {fault: faults.count(fault) for fault in set(faults)}


def is_near(count: int, share: float, of: int = MANY) -> bool:
    """Within five standard deviations of a binomial count."""
    return abs(count - of * share) <= 5 * math.sqrt(of * share * (1 - share)) + 1e-9


@pytest.mark.parametrize("model", ["premium", "small"])
def test_a_model_is_wrong_as_often_as_the_section_says(model: str) -> None:
    p = SERVED[model].p
    assert p == {"premium": 0.985, "small": 0.945}[model]
    assert is_near(count_faults(FaultPlan(seed=3), model, p)["wrong"], 1 - p)


def test_shares_are_of_what_is_left_and_kinds_alike() -> None:
    found = count_faults(FaultPlan(hard=0.4, kinds=("429", "cut"), soft=0.25, soft_kind="malformed", seed=7))
    assert is_near(found["429"], 0.2)
    assert is_near(found["cut"], 0.2)
    assert is_near(found["malformed"], 0.6 * 0.25)
    assert sum(found.values()) == MANY


def test_certain_and_impossible_faults_are_so_for_every_prompt() -> None:
    assert count_faults(FaultPlan(hard=1.0, kinds=("timeout",))) == {"timeout": MANY}
    assert count_faults(FaultPlan(soft=0.0), p=0.0) == {"": MANY}
    assert count_faults(FaultPlan(soft=1.0)) == {"wrong": MANY}


def test_the_first_attempts_have_their_own_faults_and_the_shares_come_after() -> None:
    plan = FaultPlan(attempts=("429", "ok", "wrong"), hard=1.0, kinds=("500",))
    assert [plan.fault_of("premium", "x", attempt, 0.5) for attempt in range(1, 6)] == [
        "429",
        "",
        "wrong",
        "500",
        "500",
    ]


def test_attempts_and_seeds_draw_anew() -> None:
    plan, other = FaultPlan(hard=0.5, seed=1), FaultPlan(hard=0.5, seed=2)
    first = [plan.fault_of("premium", f"{number}", 1, 1.0) for number in range(200)]
    assert first == [plan.fault_of("premium", f"{number}", 1, 1.0) for number in range(200)]
    assert first != [plan.fault_of("premium", f"{number}", 2, 1.0) for number in range(200)]
    assert first != [other.fault_of("premium", f"{number}", 1, 1.0) for number in range(200)]


def test_a_model_s_own_plan_stands_in_place_of_the_common_one_and_shares_its_seed() -> None:
    plan = FaultPlan(hard=1.0, models={"small": FaultPlan(hard=0.5)}, seed=1)
    assert count_faults(plan) == {"500": MANY}
    assert is_near(count_faults(plan, "small")["500"], 0.5)
    again = FaultPlan(hard=1.0, models={"small": FaultPlan(hard=0.5)}, seed=2)
    prompts = [f"{number}" for number in range(100)]
    assert [plan.fault_of("small", each, 1, 1.0) for each in prompts] != [
        again.fault_of("small", each, 1, 1.0) for each in prompts
    ]


def test_draws_are_even() -> None:
    numbers = sorted(draw(number) for number in range(MANY))
    assert numbers[0] >= 0
    assert numbers[-1] < 1
    distance = max(abs(number - (rank + 0.5) / MANY) for rank, number in enumerate(numbers))
    assert distance < 2.2 / math.sqrt(MANY)  # Kolmogorov and Smirnov's statistic, at one in ten thousand


def test_json_says_the_same() -> None:
    text = json.dumps(
        {
            "hard": 0.5,
            "kinds": [429, "cut"],
            "seed": 4,
            "models": {"small": {"attempts": [500, "ok"], "tokens_in": None}},
        }
    )
    plan = FaultPlan(
        hard=0.5, kinds=("429", "cut"), seed=4, models={"small": FaultPlan(attempts=("500", "ok"), tokens_in=None)}
    )
    assert all(FaultPlan.from_json(each) == plan for each in (text, text.encode("utf-8-sig"), text.encode("utf-16")))
    assert FaultPlan(kinds="429", attempts=[500]) == FaultPlan(kinds=("429",), attempts=("500",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"hard": 1.5}, "hard"), ({"hard": "all"}, "hard"), ({"soft": -0.1}, "soft"), ({"kinds": ()}, "kinds"),
        ({"kinds": ("418",)}, "kinds"), ({"kinds": ("ok",)}, "kinds"), ({"kinds": (True,)}, "kinds"),
        ({"attempts": ("never",)}, "attempts"), ({"attempts": None}, "attempts"), ({"soft_kind": "odd"}, "soft_kind"),
        ({"retry_after_sec": -1}, "retry_after_sec"), ({"retry_after_sec": math.nan}, "retry_after_sec"),
        ({"hang_sec": "long"}, "hang_sec"), ({"tokens_in": -1}, "tokens_in"), ({"tokens_in": 10**12}, "tokens_in"),
        ({"tokens_out": 1.5}, "tokens_out"), ({"tokens_cached": 1001}, "tokens_cached"),
        ({"tokens_reasoning": 501}, "tokens_reasoning"), ({"prefix_cache": 1}, "prefix_cache"),
        ({"tool_arguments": [1]}, "tool_arguments"), ({"tool_arguments": {"a": math.inf}}, "tool_arguments"),
        ({"tool_arguments": {"a": object()}}, "tool_arguments"), ({"right_text": None}, "right_text"),
        ({"seed": -1}, "seed"), ({"seed": 0.5}, "seed"), ({"models": ["small"]}, "models"),
        ({"models": {"small": {}}}, "models"), ({"models": {1: FaultPlan()}}, "models"),
        ({"models": {"small": FaultPlan(models={"small": FaultPlan()})}}, "models"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        FaultPlan(**fields)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "JSON"), ("[1]", "JSON object"), ("{", "JSON"), ("[" * 100_000, "JSON"), (None, "JSON"),
        (b"\xff", "JSON"), (b"", "JSON"),
        ('{"harder": 1}', "'harder'"), ('{"models": {"small": 1}}', "'small'"), ('{"models": {"a": {"b": 1}}}', "'b'"),
        ('{"models": {"small": {"models": {"small": {}}}}}', "models"), ('{"models": 1}', "models"),
        ('{"hard": NaN}', "hard"),
    ],
)  # fmt: skip
def test_wrong_json_is_told(text: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        FaultPlan.from_json(text)


@pytest.mark.parametrize("fault", HARD)
def test_every_hard_fault_can_be_planned(fault: str) -> None:
    assert FaultPlan(attempts=(fault,)).fault_of("premium", "x", 1, 1.0) == fault
