"""The shipped weights do what the model card says, and the card's text is what its figures make."""

from __future__ import annotations

import json
import math
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labkit import PREMIUM, SMALL
from labkit_agents import pocket
from labkit_agents.pocket.weights import FOLDER

ROOT = Path(__file__).resolve().parents[3]
FIGURES = json.loads((ROOT / "docs" / "model_card.json").read_text(encoding="utf-8"))
MODELS = {"small": pocket.small(), "premium": pocket.premium()}
CALLS = 1_000

every_model = pytest.mark.parametrize("name", MODELS)
small_first = pytest.mark.parametrize("name", ["small", pytest.param("premium", marks=pytest.mark.slow)])


def measured(name: str, sums: list[tuple[int, ...]], **fields: Any) -> int:
    """How many of the sums a model gets right."""
    calls = [pocket.Call(pocket.write_sum(numbers), id="test", seed=77, **fields) for numbers in sums]
    replies = MODELS[name].complete(calls)
    return sum(reply.text == str(sum(numbers)) for reply, numbers in zip(replies, sums, strict=True))


def assert_as_stated(right: int, calls: int, stated: list[int]) -> None:
    """Two measurements of one chance: their difference is within four standard errors of it."""
    pooled = (right + stated[0]) / (calls + stated[1])
    error = math.sqrt(pooled * (1 - pooled) * (1 / calls + 1 / stated[1]))
    assert abs(right / calls - stated[0] / stated[1]) <= 4 * error


@small_first
@pytest.mark.parametrize("operands", [1, 2, 3, 4])
@pytest.mark.parametrize(("temperature", "key"), [(1.0, "by_operands"), (0.0, "by_operands_greedy")])
def test_accuracy_by_how_many_numbers_is_as_stated(name: str, operands: int, temperature: float, key: str) -> None:
    sums = pocket.draw_sums(CALLS, 31 + operands, (operands,))
    assert_as_stated(measured(name, sums, temperature=temperature), CALLS, FIGURES[name][key][str(operands)])


@small_first
def test_accuracy_by_carries_is_as_stated(name: str) -> None:
    sums = pocket.draw_sums(2 * CALLS, 41)
    for number in range(4):
        some = [numbers for numbers in sums if pocket.carries(numbers) == number]
        assert_as_stated(measured(name, some), len(some), FIGURES[name]["by_carries"][str(number)])


@small_first
@pytest.mark.parametrize("length", [64, 256])
def test_accuracy_after_a_prefix_is_as_stated(name: str, length: int) -> None:
    sums, words = pocket.draw_sums(CALLS, 51), "you add numbers and you say the sum and nothing else " * 5
    right = measured(name, sums, prefix=words[:length])
    assert_as_stated(right, CALLS, FIGURES[name]["by_prefix"][str(length)])


@small_first
@pytest.mark.parametrize("temperature", [0.5, 1.5])
def test_accuracy_at_other_temperatures_is_as_stated(name: str, temperature: float) -> None:
    right = measured(name, pocket.draw_sums(CALLS, 81), temperature=temperature)
    assert_as_stated(right, CALLS, FIGURES[name]["by_temperature"][str(temperature)])


@small_first
@pytest.mark.parametrize("operands", [5, 6])
def test_accuracy_on_sums_beyond_training_is_as_stated(name: str, operands: int) -> None:
    right = measured(name, pocket.draw_sums(CALLS, 91, (operands,)))
    assert_as_stated(right, CALLS, FIGURES[name]["untrained"][str(operands)])


@small_first
def test_errors_come_again_as_often_as_stated(name: str) -> None:
    """A ratio of two means over sums; its error is that of a ratio, for each of the two measurements."""
    stated, tries = FIGURES[name]["repeated"], 10
    sums = pocket.draw_sums(CALLS, 101, (4,))
    calls = [pocket.Call(pocket.write_sum(x), id=str(i), seed=78) for x in sums for i in range(tries)]
    truth = [str(sum(numbers)) for numbers in sums for _ in range(tries)]
    texts = [reply.text for reply in MODELS[name].complete(calls)]
    wrong = np.reshape([text != true for text, true in zip(texts, truth, strict=True)], (CALLS, tries)).sum(axis=1)
    pairs, again = wrong * (tries - 1), wrong * (wrong - 1)
    share = again.sum() / pairs.sum()
    error = np.std(again - share * pairs) / pairs.mean() * math.sqrt(1 / CALLS + 1 / stated["sums"])
    assert abs(share - stated["wrong_again_share"]) <= 4 * error
    spread = np.std(wrong / tries) * math.sqrt(1 / CALLS + 1 / stated["sums"])
    assert abs(wrong.mean() / tries - stated["wrong_share"]) <= 4 * spread


@pytest.mark.slow
def test_both_models_err_on_the_same_sums_as_often_as_stated() -> None:
    sums, stated = pocket.draw_sums(4 * CALLS, 111, (4,)), FIGURES["overlap"]
    calls = [pocket.Call(pocket.write_sum(numbers), id="test", seed=79) for numbers in sums]
    pairs = zip(sums, *(model.complete(calls) for model in MODELS.values()), strict=True)
    both = sum(str(sum(x)) not in (small.text, premium.text) for x, small, premium in pairs)
    assert_as_stated(both, len(sums), [round(stated["both_wrong"] * 20_000), 20_000])
    alone = [1 - FIGURES[name]["by_operands"]["4"][0] / 20_000 for name in MODELS]
    assert stated["if_unrelated"] == pytest.approx(alone[0] * alone[1], rel=0.1)


@every_model
def test_totals_that_are_too_large_are_never_right(name: str) -> None:
    """A reply may be five digits long, so it could be right; none of the card's 2,000 was."""
    rng = np.random.default_rng(7)
    sums = [tuple(row) for row in rng.integers(5_000, 10_000, size=(300, 3)).tolist()]
    assert measured(name, sums) == FIGURES[name]["over_largest"][0] == 0


@every_model
def test_the_tables_of_the_card_count_the_same_calls(name: str) -> None:
    figures = FIGURES[name]
    by_count = [figures["by_operands"][str(count)] for count in pocket.DEFAULT_MIX]
    for cells in (by_count, list(figures["by_carries"].values())):
        assert [sum(column) for column in zip(*cells, strict=True)] == figures["mix"]


@every_model
def test_accuracy_on_the_default_mix_is_near_the_price_lists_figure(name: str) -> None:
    """The aim: near .945 and .985. The card's interval for 60,000 calls is a few thousandths wide."""
    right, calls = FIGURES[name]["mix"]
    assert abs(right / calls - {"small": SMALL, "premium": PREMIUM}[name].p_ok) < 0.005


def test_the_mean_bill_is_near_the_price_lists_figure_and_premium_is_the_dearer() -> None:
    for name, list_price in (("small", SMALL), ("premium", PREMIUM)):
        bill = FIGURES[name]["bill"]
        assert bill["usd"] == pytest.approx(list_price.usd, rel=0.05)
        assert bill["sec"] == pytest.approx(list_price.sec, rel=0.05)


@every_model
def test_the_mean_bill_is_as_stated(name: str) -> None:
    replies = MODELS[name].complete([pocket.Call(pocket.write_sum(s)) for s in pocket.draw_sums(CALLS, 61)])
    for field, stated in FIGURES[name]["bill"].items():
        values = [getattr(reply, field) for reply in replies]
        mean = sum(values) / CALLS
        spread = math.sqrt(sum((value - mean) ** 2 for value in values) / CALLS)
        assert abs(mean - stated) <= 4 * spread * math.sqrt(1 / CALLS + 1 / 5_000)


@every_model
def test_a_larger_model_does_more_work(name: str) -> None:
    assert MODELS[name].weights.parameters == FIGURES[name]["parameters"]
    assert (FOLDER / f"{name}.npz").stat().st_size == FIGURES[name]["bytes"]
    assert MODELS["premium"].weights.parameters > 10 * MODELS["small"].weights.parameters


@every_model
def test_at_least_three_seeds_were_tried_and_the_one_nearest_the_aim_ships(name: str) -> None:
    training = FIGURES[name]["training"]
    assert len(training["runs"]) >= 3
    shipped, recipe = training["shipped"], training["recipe"]
    steps = {row["step"]: row["mix"] for row in training["runs"][str(shipped["seed"])]}
    assert steps[shipped["step"]] == shipped["expected"]
    rows = [row for run in training["runs"].values() for row in run if row["step"] > 0.75 * recipe["steps"]]
    nearest = min(abs(row["mix"] - recipe["aim"]) for row in rows)
    assert abs(shipped["expected"] - recipe["aim"]) == nearest


def test_training_took_less_than_forty_minutes() -> None:
    seconds = [run[-1]["cpu_sec"] for name in MODELS for run in FIGURES[name]["training"]["runs"].values()]
    assert sum(seconds) < 40 * 60


@small_first
def test_log_probability_tells_right_from_wrong_better_than_chance(name: str) -> None:
    """The chance that a right reply has the higher log-probability than a wrong one; 1/2 would be no use."""
    sums = pocket.draw_sums(4 * CALLS, 71, (4,))
    replies = MODELS[name].complete([pocket.Call(pocket.write_sum(numbers)) for numbers in sums])
    sure: dict[bool, list[float]] = {True: [], False: []}
    for numbers, reply in zip(sums, replies, strict=True):
        sure[pocket.read_number(reply.text) == sum(numbers)].append(reply.log_prob or 0.0)
    higher = sum(good > bad for good in sure[True] for bad in sure[False])
    assert higher / (len(sure[True]) * len(sure[False])) > 0.8


def test_the_text_of_the_card_is_made_of_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    assert import_module("pocket_card_text").card_text(FIGURES) == (ROOT / "docs" / "model_card.md").read_text(
        encoding="utf-8"
    )
