"""The world that is played in turns: what it allows, what it counts, and what travels as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_controllers import careful, careless, thrifty
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit_agents.worlds.decisions import STOP, Decision, Observation, Offer
from labkit_agents.worlds.random_world import MODELS, P_BY_DIFFICULTY, draw_rules, draw_world
from labkit_agents.worlds.world import Rules, World, WorldStep, play

CARD = json.loads((Path(__file__).parents[3] / "docs" / "model_card.json").read_text(encoding="utf-8"))
SMALL = Offer("small", 1.0, 0.2, 2.0, 0.1, 1.0)
STEPS = (WorldStep("a", (), (SMALL,)), WorldStep("b", (), (SMALL,), 1.0, 1.0), WorldStep("c", ("a",), (SMALL,), 2.0))


def world(usd: float = 10, sec: float = 100, **more: Any) -> World:
    return World(Rules(STEPS, usd, sec, **{"p_fault": 0.0, "at_most": 2, **more}))


def call(*names: str) -> Decision:
    return Decision(calls=tuple((name, "small") for name in names))


def test_calls_of_a_turn_cost_together_and_last_as_long_as_the_slowest() -> None:
    played = world()
    played.act(call("a", "b"))
    seen = played.observe()
    assert [event.outcome for event in seen.events] == ["answered", "answered"]
    assert 10 - seen.usd_left == pytest.approx(sum(event.usd for event in seen.events))
    assert 100 - seen.sec_left == pytest.approx(max(event.sec for event in seen.events))
    assert [step.name for step in seen.ready] == ["c"]
    played.act(call("c"))
    assert played.ended
    assert played.score().quality == 1


def test_a_kept_answer_is_free_and_takes_no_time() -> None:
    played = world(usd=0, sec=0)
    played.act(Decision(kept=("b",)))
    assert (played.observe().usd_left, played.score().quality, played.score().overrun) == (0, 0.25, False)


@pytest.mark.parametrize(
    ("decision", "note"),
    [
        (call("d"), "no step 'd'"),
        (call("c"), "'c' is not ready"),
        (call("a", "a"), "named twice"),
        (Decision(calls=(("b", "small"),), kept=("b",)), "named twice"),
        (Decision(calls=(("a", "huge"),)), "no model 'huge'"),
        (Decision(kept=("a",)), "no answer is kept"),
        (call("a", "b", "c"), "3 calls together, where 2 are allowed"),
    ],
)
def test_what_is_not_allowed_ends_the_task_and_does_not_happen(decision: Decision, note: str) -> None:
    played = world()
    played.act(decision)
    assert played.ended
    assert note in played.score().note
    assert played.score().usd == 0
    with pytest.raises(ValueError, match="has ended"):
        played.act(STOP)


@pytest.mark.parametrize("decision", [STOP, Decision(), Decision(calls=(("a", "small"),), stop=True)])
def test_stopping_ends_the_task(decision: Decision) -> None:
    played = world()
    played.act(decision)
    assert (played.ended, played.score().usd, played.score().note) == (True, 0, "")


def test_overruns_and_gambles_are_counted() -> None:
    lucky, broke, late = world(usd=0.199), world(usd=0.05), world(sec=0.5)
    for played in (lucky, broke, late):
        played.act(call("a"))
    assert (lucky.score().over_usd, lucky.score().gambles) == (lucky.score().usd > 0.199, 1)
    assert (broke.score().over_usd, broke.score().over_sec, broke.score().gambles) == (True, False, 1)
    assert (late.score().over_usd, late.score().over_sec, late.score().gambles) == (False, True, 1)


def test_a_right_step_on_a_wrong_one_is_wrong() -> None:
    wrong = Offer("small", 0.0, 0.2, 2.0, 0.1, 1.0)
    rules = Rules((WorldStep("a", (), (wrong,)), WorldStep("c", ("a",), (SMALL,))), 10, 100, p_fault=0, p_caught=0)
    assert play(World(rules), careful).quality == 0


@pytest.mark.parametrize(
    ("controller", "note"),
    [(lambda seen: 1 / 0, "raised ZeroDivisionError"), (lambda seen: {"calls": []}, "must give a Decision, got dict")],
)
def test_a_controller_that_breaks_ends_the_task(controller: Any, note: str) -> None:
    assert note in play(world(), controller).note


@steady
@given(st.integers(0, 10**9), st.floats(0, 1))
def test_who_reserves_the_worst_case_never_overruns(seed: int, p_fault: float) -> None:
    for controller in (careful, thrifty):
        score = play(draw_world(seed, p_fault), controller)
        assert not score.overrun
        assert (score.gambles, score.note) == (0, "")
        assert 0 <= score.quality <= 1


@pytest.mark.slow
def test_who_ignores_the_budgets_overruns_most_tasks_and_saving_helps() -> None:
    scores = {c: [play(draw_world(seed), c) for seed in range(600)] for c in (careless, careful, thrifty)}
    overruns = {c: sum(score.overrun for score in played) for c, played in scores.items()}
    assert overruns[careless] > 300
    assert overruns[careful] == overruns[thrifty] == 0
    gain = np.array([t.quality - c.quality for t, c in zip(scores[thrifty], scores[careful], strict=True)])
    assert gain.mean() > 2 * gain.std() / np.sqrt(gain.size)


@steady
@given(st.integers(0, 10**9))
def test_observations_survive_the_journey_and_play_the_same(seed: int) -> None:
    def far_away(seen: Observation) -> Decision:
        there = Observation.from_json(json.loads(json.dumps(seen.to_json())))
        assert there == seen
        return Decision.from_json(json.loads(json.dumps(thrifty(there).to_json())))

    assert play(draw_world(seed), far_away) == play(draw_world(seed), thrifty)


@pytest.mark.parametrize(
    "message",
    [
        None, [], "stop", {"call": []}, {"calls": "ab"}, {"calls": [["a"]]}, {"calls": [["a", 1]]}, {"kept": "a"},
        {"kept": [1]}, {"stop": 1}, {"calls": [["a", "b"]] * 2000}, {"kept": ["a"] * 2000}, {"calls": {"a": "b"}},
    ],
)  # fmt: skip
def test_a_strangers_message_is_a_decision_or_a_value_error(message: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        Decision.from_json(message)


def test_the_same_seed_is_the_same_task() -> None:
    assert draw_rules(5) == draw_rules(5) != draw_rules(6)
    with pytest.raises(ValueError, match="p_fault must be a probability"):
        draw_rules(5, 15)


def test_faults_come_as_often_as_stated() -> None:
    steps = tuple(WorldStep(f"s{n}", (), (SMALL,)) for n in range(4000))
    played = World(Rules(steps, 1e6, 1e6, at_most=4000, p_fault=0.2))
    played.act(call(*(step.name for step in steps)))
    outcomes = [event.outcome for event in played.observe().events]
    error = np.sqrt(0.05 * 0.95 / 4000)
    for outcome, share in (("failed", 0.05), ("late", 0.05), ("rejected", 0.05), ("answered", 0.85)):
        assert outcomes.count(outcome) / 4000 == pytest.approx(share, abs=4 * max(error, np.sqrt(0.85 * 0.15 / 4000)))


@pytest.mark.parametrize(("place", "name"), [(0, "small"), (1, "premium")])
def test_the_world_s_numbers_are_those_of_the_pocket_models_card(place: int, name: str) -> None:
    for operands, p in zip("234", P_BY_DIFFICULTY.values(), strict=True):
        right, asked = CARD[name]["by_operands"][operands]
        assert p[place] == pytest.approx(right / asked, abs=6e-5)
    usd, sec = MODELS[name]
    assert usd == pytest.approx(CARD[name]["bill"]["usd"], rel=0.005)
    assert sec == pytest.approx(CARD[name]["bill"]["sec"], rel=0.005)


@pytest.mark.parametrize("reply", [{"calls": [["s1", "small"]] * 101}, {"kept": ["s1"] * 101}])
def test_a_decision_that_no_judge_would_read_is_none(reply: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be a list"):
        Decision.from_json(reply)
    assert Decision.from_json({"calls": [["s1", "small"]] * 100})
