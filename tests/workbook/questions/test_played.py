"""The author's gate for questions that are played: each known fault is told by what it does, for many students."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labkit_agents.worlds.random_world import draw_world
from labkit_workbook import feedback
from labkit_workbook.questions import exercises, find
from labkit_workbook.questions.graded.budget_orchestrator import (
    HIDDEN_TASKS,
    SHARE,
    TASKS,
    Budget,
    having,
    hidden_tasks,
    verdict,
)
from labkit_workbook.questions.played import MOST_TURNS, Game, Games, PlayedQuestion, drawn_world, play_here
from labkit_workbook.typed_answers import NotStarted, read_games

ROOT = Path(__file__).resolve().parents[3]
PLAYED = [f"{each.name}.{q.name}" for each in exercises() for q in each.questions if q.played]
CONTROLLER = "budget_orchestrator.controller"


@cache
def drawn(exercise: str, students: int) -> tuple[Any, ...]:
    """The text's numbers and those of a small class."""
    found = next(each for each in exercises() if each.name == exercise)
    return (found.text, *(found.drawn("class", str(i)) for i in range(students)))


def way(function: Any, numbers: Any) -> Any:
    return lambda seen: function(numbers, seen)


@cache
def example() -> Any:
    """The controller of the solution, as a learner sees it."""
    path = ROOT / "solutions" / "08_budget_orchestrator.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    source = "".join(next(cell["source"] for cell in cells if cell["id"] == "controller"))
    space: dict[str, Any] = {"check": lambda *_: None}
    exec(source, space)
    return space["controller"]


@pytest.mark.parametrize("question_id", PLAYED)
def test_a_played_question_has_what_every_question_has(question_id: str) -> None:
    exercise, question = find(question_id)
    assert isinstance(question, PlayedQuestion)
    assert len({*question.hints}) == 2
    labels = [m.label for m in question.misconceptions]
    assert len(labels) == len(set(labels)) >= 6
    assert all(m.message.strip() for m in question.misconceptions)
    assert feedback.judge(question_id, None, exercise.text).status == "not_started"
    assert feedback.judge(question_id, 3, exercise.text).status == "wrong_type"


@pytest.mark.parametrize("students", [0, pytest.param(12, marks=pytest.mark.slow)])
@pytest.mark.parametrize("question_id", PLAYED)
def test_the_answer_passes_and_every_fault_draws_its_own_label(question_id: str, students: int) -> None:
    exercise, question = find(question_id)
    for numbers in drawn(exercise.name, students):
        assert feedback.judge(question_id, way(question.answer, numbers), numbers).status == "right"
        for misconception in question.misconceptions:
            result = feedback.judge(question_id, way(misconception.wrong, numbers), numbers)
            assert (result.status, result.label) == ("misconception", misconception.label), numbers
            assert result.message == misconception.message


@pytest.mark.slow
def test_the_faults_are_told_on_a_grader_s_tasks_too() -> None:
    _, question = find(CONTROLLER)
    for seed in (1, 2):
        tasks = hidden_tasks(Budget(), np.random.default_rng(seed))
        assert len(set(tasks)) == HIDDEN_TASKS
        assert feedback.judge(CONTROLLER, way(question.answer, Budget()), Budget(), tasks).status == "right"
        assert feedback.judge(CONTROLLER, example(), Budget(), tasks).status == "right"
        for misconception in question.misconceptions:
            result = feedback.judge(CONTROLLER, way(misconception.wrong, Budget()), Budget(), tasks)
            assert result.label == misconception.label


def test_a_lucky_gamble_is_a_fault_as_well() -> None:
    """Of the games that break no budget, some began what did not fit."""
    played = [
        play_here(drawn_world(Budget(), t), way(having(saves=False, siblings=False), Budget())) for t in range(60)
    ]
    lucky = [game for game in played if game.score.gambles and not game.score.overrun]
    assert lucky
    for game in played:
        assert (verdict(Budget(), [game]) in ("siblings_forgotten", "retries_unreserved")) == bool(game.score.gambles)


def test_quality_is_asked_for_too() -> None:
    """A controller that leaves the last step, which is worth most, is safe and worth too little."""

    def lazy(seen: Any) -> Any:
        cheap = [s for s in seen["steps"] if s["ready"] and s["worth"] < 2]
        return example()({**seen, "steps": cheap})

    result = feedback.judge(CONTROLLER, lazy, Budget())
    assert result.status in ("wrong", "misconception")
    games = [play_here(drawn_world(Budget(), task), lazy) for task in range(1, TASKS + 1)]
    plain = [play_here(drawn_world(Budget(), task), way(having(), Budget())) for task in range(1, TASKS + 1)]
    assert sum(g.score.quality for g in games) < SHARE * sum(g.score.quality for g in plain)
    assert not any(game.score.gambles for game in games)


@pytest.mark.parametrize(
    ("controller", "words"),
    [
        (lambda seen: None, "a decision must have only calls"),
        (lambda seen: {"calls": [["s1", "no such model"]]}, "has no model"),
        (lambda seen: 1 / 0, "ZeroDivisionError"),
        (lambda: None, "TypeError"),
    ],
)
def test_what_is_no_decision_is_said(controller: Any, words: str) -> None:
    result = feedback.judge(CONTROLLER, controller, Budget())
    assert (result.status, words in result.message) == ("wrong_type", True)


def test_what_a_controller_names_as_it_stops_is_not_begun() -> None:
    """It is judged by what it did: calls named beside a stop were never made."""

    def stops(seen: Any) -> Any:
        decision = example()(seen)
        ready = [[s["name"], "premium"] for s in seen["steps"] if s["ready"]][: seen["at_most"]]
        return decision if decision.get("kept") or decision["calls"] else {"calls": ready, "stop": True}

    assert feedback.judge(CONTROLLER, stops, Budget()).status == "right"
    gives_up = feedback.judge(CONTROLLER, lambda seen: {**example()(seen), "stop": seen["turn"] >= 2}, Budget())
    assert gives_up.label == "stopped_early"


def test_who_knows_what_happens_in_everybody_s_tasks_gains_nothing_in_a_grader_s() -> None:
    """Everybody's worlds can be drawn anew in a notebook; a grader's own tasks ask for quality of their own."""
    good = [play_here(drawn_world(Budget(), task), way(having(), Budget())) for task in range(1, TASKS + 1)]
    perfect = [replace(game, score=replace(game.score, quality=1.0)) for game in good]
    rest = [play_here(drawn_world(Budget(), task), way(having(), Budget())) for task in range(1_001, 1_021)]
    poor = [replace(game, score=replace(game.score, quality=0.8 * game.score.quality)) for game in rest]
    wanted = SHARE * sum(game.score.quality for game in good + rest)
    assert sum(game.score.quality for game in perfect + poor) > wanted
    assert verdict(Budget(), perfect + rest) == ""
    assert verdict(Budget(), perfect + poor) == "little_quality"


def test_a_stub_is_not_started() -> None:
    def controller(seen: Any) -> Any:
        raise NotImplementedError

    assert feedback.judge(CONTROLLER, controller, Budget()).status == "not_started"
    with pytest.raises(NotStarted):
        read_games(find(CONTROLLER)[1], Budget(), controller)


def test_one_slip_counts_as_a_stop_and_no_more() -> None:
    calls = []

    def slips(seen: Any) -> Any:
        calls.append(1)
        return "oh" if len(calls) == 7 else example()(seen)

    assert feedback.judge(CONTROLLER, slips, Budget()).status == "right"


def test_what_a_controller_sees_is_plain_and_its_own() -> None:
    game = Game(draw_world(3))
    seen = game.sees()
    assert json.loads(json.dumps(seen)) == seen
    before = copy.deepcopy(seen)
    seen["usd_left"] = 1e9
    seen["steps"].clear()
    assert game.sees() == before


def test_a_game_comes_to_an_end_and_is_remembered() -> None:
    game = Game(draw_world(3))
    while not game.ended:
        game.decide({"calls": [[s.name, s.offers[0].model] for s in game.world.observe().ready[:1]]})
    played = game.played()
    assert 0 < len(played.turns) <= MOST_TURNS
    assert played.score.turns == len(played.turns)
    assert play_here(draw_world(3), example()).rules == played.rules


def test_a_judge_s_games_are_taken_as_they_are() -> None:
    games = Games(tuple(play_here(drawn_world(Budget(), task), example()) for task in range(1, 31)))
    assert read_games(find(CONTROLLER)[1], Budget(), games) == games.played
    assert feedback.judge(CONTROLLER, games, Budget(), [1]).status == "right"
