"""The toy language: what is read comes out again, and what is not of the language is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_agents import pocket
from labkit_agents.pocket.language import (
    ANSWER_PART,
    END,
    MOST_OPERANDS,
    REPLIES,
    VOCABULARY,
    decode_answer,
    encode_prefix,
    encode_prompt,
)

operands = st.lists(st.integers(0, 9999), min_size=1, max_size=MOST_OPERANDS)


@given(operands)
def test_a_prompt_is_its_numbers_each_turned_round(numbers: list[int]) -> None:
    tokens = encode_prompt(pocket.write_sum(numbers))
    text = "".join(VOCABULARY[token] for token in tokens.numbers)
    assert text == "+".join(str(number)[::-1] for number in numbers) + "="


@given(operands)
def test_places_and_parts_give_each_number_back(numbers: list[int]) -> None:
    tokens = encode_prompt(pocket.write_sum(numbers))
    assert tokens.parts[-1] == ANSWER_PART
    totals: dict[int, int] = {}
    for token, place, part in zip(*tokens, strict=True):
        if token < 10:
            totals[part] = totals.get(part, 0) + token * 10**place
    assert [totals[i] for i in range(min(3, len(numbers)))] == numbers[:3]
    assert totals.get(3, 0) == sum(numbers[3:])


@given(st.integers(0, 10**12))
def test_an_answer_reads_as_people_write_it(number: int) -> None:
    tokens = [int(digit) for digit in reversed(str(number))]
    assert decode_answer(tokens) == decode_answer([*tokens, REPLIES.index(END)]) == str(number)
    assert pocket.read_number(str(number)) == (number if number <= pocket.LARGEST else None)


@pytest.mark.parametrize("text", ["", " ", "-1", "1.5", "twelve", "²", "١٢"])
def test_what_is_no_number_of_the_language_reads_as_none(text: str) -> None:
    assert pocket.read_number(text) is None


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "=",
        "1",
        "1+=",
        "+1=",
        "01=",
        "1 + 2=",
        "10000=",
        "1-2=",
        "1+2==",
        "1=\n",
        "²=",
        "+".join("1" * 9) + "=",
        None,
        7,
    ],
)
def test_a_prompt_outside_the_language_is_refused(prompt: object) -> None:
    with pytest.raises(ValueError, match="prompt must be a sum"):
        encode_prompt(prompt)  # type: ignore[arg-type]


@pytest.mark.parametrize("prefix", ["Add", "add!", "1", "a\n", "a" * 2001, None])
def test_a_prefix_outside_the_language_is_refused(prefix: object) -> None:
    with pytest.raises(ValueError, match="prefix must be at most 2000 lower-case letters"):
        encode_prefix(prefix)  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [[], [-1], [10_000], [1] * 9, [1.5], [True], "12", 5, None])
def test_a_sum_outside_the_language_cannot_be_written(numbers: list) -> None:
    with pytest.raises(ValueError, match="numbers must be 1 to 8 whole numbers from 0 to 9999, got"):
        pocket.write_sum(numbers)


def columns_carried(numbers: tuple[int, ...]) -> int:
    """Addition as it is done on paper, column by column."""
    carry = carried = 0
    for place in range(4):
        carry = (carry + sum(number // 10**place % 10 for number in numbers)) // 10
        carried += carry > 0
    return carried


def test_carries_are_those_of_addition_on_paper() -> None:
    sums = pocket.draw_sums(2000, 1, (1, 2, 3, 4, 5))
    assert [pocket.carries(numbers) for numbers in sums] == [columns_carried(numbers) for numbers in sums]
    assert {pocket.carries(numbers) for numbers in sums} == {0, 1, 2, 3}


def test_sums_are_drawn_from_the_whole_range_and_stay_in_it() -> None:
    sums = pocket.draw_sums(60_000, 2)
    assert sums == pocket.draw_sums(60_000, 2)
    assert max(map(sum, sums)) <= pocket.LARGEST
    lengths = [len(numbers) for numbers in sums]
    for count in pocket.DEFAULT_MIX:
        assert abs(lengths.count(count) - 20_000) < 4 * (60_000 * 2 / 9) ** 0.5
    first = [numbers[0] for numbers in sums]
    assert min(first) == 0
    assert max(first) > 9900
    assert set(range(100)) <= set(first)


@pytest.mark.parametrize("n", [-1, 1.5, float("nan"), True, "3", None])
def test_a_number_of_sums_that_cannot_be_drawn_is_refused(n: Any) -> None:
    with pytest.raises(ValueError, match=f"n must be a whole number, 0 or more, got {n!r}"):
        pocket.draw_sums(n, 1)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "x"])
def test_a_seed_that_would_draw_other_sums_each_time_is_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match=f"seed must be a whole number, 0 or more, got {seed!r}"):
        pocket.draw_sums(1, seed)


@pytest.mark.parametrize("counts", [(), (0,), (9,), (2.5,), "23", (True,), None])
def test_counts_of_numbers_that_cannot_be_drawn_are_refused(counts: Any) -> None:
    with pytest.raises(ValueError, match="operands must be"):
        pocket.draw_sums(1, 1, counts)


def test_numpys_whole_numbers_draw_the_same_sums() -> None:
    assert pocket.draw_sums(np.int64(9), np.int64(4), np.array([2, 3])) == pocket.draw_sums(9, 4, (2, 3))  # type: ignore[arg-type]


@pytest.mark.parametrize("numbers", [(1.5, 2), (-5, 5), ("12",), (None,)])
def test_carries_of_what_is_no_sum_are_refused(numbers: Any) -> None:
    with pytest.raises(ValueError, match="numbers must be a whole number, 0 or more, got"):
        pocket.carries(numbers)
