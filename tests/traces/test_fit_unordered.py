"""Rows without starts: numbers of tries put them in order; without these nothing is said that needs one."""

from __future__ import annotations

import random
from typing import Any

import pytest

from labkit_traces import Fit, fit, read
from labkit_traces.fitting.steps import NO_NUMBERS, NO_ORDER

Rows = list[dict[str, Any]]


def table(rows: Rows, seed: int | None = None) -> Fit:
    """The fit to a table of the rows, in this order or shuffled."""
    listed = [{"model": "m", "tokens_out": 5, "usd": 0.01} | each for each in rows]
    if seed is not None:
        random.Random(seed).shuffle(listed)
    heads = list(listed[0])
    return fit(
        read([",".join(heads), *(",".join(str(each[name]) for name in heads) for each in listed)], progress=None)
    )


def tries(*, without: tuple[str, ...] = ()) -> Rows:
    """60 tasks: every third is wrong at first, with 200 tokens, and right at the second try, with 100."""
    found = []
    for i in range(60):
        for attempt in (1, 2) if i % 3 == 0 else (1,):
            right = attempt == 2 or i % 3 > 0
            found.append({
                "task": f"t{i}", "step": "act", "attempt": attempt, "start": 9 * i + attempt, "sec": 1,
                "tokens_in": 300 - 100 * attempt, "right": int(right), "solved": 1,
                "status": "ok" if right else "error",
            })  # fmt: skip
        found.append(found[-1] | {"step": "end", "attempt": 1, "start": 9 * i + 5, "right": 1, "status": "ok"})
    return [{name: value for name, value in each.items() if name not in without} for each in found]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_tries_without_starts_are_ordered_by_their_numbers(seed: int | None) -> None:
    timed, untimed = table(tries(), seed), table(tries(without=("start", "sec")), seed)
    for found in (timed.step("act"), untimed.step("act")):
        assert found.retries is not None
        assert (found.retries.p.value, found.retries.detection.value, found.p.value) == (pytest.approx(2 / 3), 1.0, 1.0)
    assert untimed.step("act").retries == timed.step("act").retries


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_tries_with_neither_starts_nor_numbers_are_not_identifiable(seed: int | None) -> None:
    """What is said of them is the same in every order of the lines, and tries are not counted by it."""
    found = table(tries(without=("start", "sec", "attempt")), seed)
    assert found.step("act").no_retries == NO_NUMBERS
    assert found.step("act").context is None
    assert found.step("act").p == table(tries(without=("start", "sec", "attempt"))).step("act").p
    assert any(said.startswith("Of some calls of act neither") for said in found.warnings)


def test_numbers_that_are_equal_order_nothing() -> None:
    rows = [each | {"attempt": 1} for each in tries(without=("start", "sec"))]
    assert table(rows).step("act").no_retries == NO_ORDER


def talk(*, numbered: bool = True) -> Rows:
    """30 tasks with calls of 100, 200 and 300 tokens."""
    return [
        {"task": f"t{i}", "step": "act", "tokens_in": 100 * number} | ({"attempt": number} if numbered else {})
        for i in range(30)
        for number in (1, 2, 3)
    ]


@pytest.mark.parametrize("seed", [None, 1])
def test_a_context_grows_in_the_order_of_the_calls_or_nobody_can_tell(seed: int | None) -> None:
    found = table(talk(), seed).step("act").context
    assert found is not None
    assert (found.first.value, found.growth.value) == pytest.approx((100.0, 100.0))
    falling = [each | {"tokens_in": 400 - each["tokens_in"]} for each in talk()]
    assert table(falling, seed).step("act").context is None
    assert table(talk(numbered=False), seed).step("act").context is None


def test_conversations_in_order_count_beside_those_that_are_not() -> None:
    some = [each | {"attempt": 1, "tokens_in": 5000} if each["task"] == "t0" else each for each in talk()]
    found = table(some).step("act").context
    assert found is not None
    assert (found.first.value, found.growth.value, found.first.tasks) == (pytest.approx(100), pytest.approx(100), 29)
