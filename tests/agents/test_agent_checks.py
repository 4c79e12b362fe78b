"""Checks by remainders, against every possible error and against written-out digit sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_model import FakeModel
from hypothesis import given
from hypothesis import strategies as st

from labkit_agents import Check, both, elevens, exact, measure_p, nines, recall

ALL_ERRORS = [error for error in range(-9999, 10_000) if error]


def digit_root(number: int) -> int:
    """Casting out nines as it is done by hand."""
    while number > 9:
        number = sum(int(digit) for digit in str(number))
    return number % 9


@given(st.lists(st.integers(0, 2499), min_size=1, max_size=4), st.integers(0, 9999))
def test_nines_is_casting_out_nines_by_hand(numbers: list[int], answer: int) -> None:
    by_hand = digit_root(sum(digit_root(number) for number in numbers)) == digit_root(answer)
    assert nines.passes(numbers, answer) is by_hand


@pytest.mark.parametrize(("check", "divisor"), [(nines, 9), (elevens, 11), (both, 99)])
def test_a_check_misses_exactly_the_errors_its_divisor_divides(check: Check, divisor: int) -> None:
    true = 9_999
    missed = {answer - true for answer in range(2 * true + 1) if answer != true and check.passes([true], answer)}
    assert missed == {error for error in ALL_ERRORS if error % divisor == 0}
    assert recall(check, ALL_ERRORS) == 1 - len(missed) / len(ALL_ERRORS)
    assert abs(recall(check, ALL_ERRORS) - check.recall_by_chance) < 1e-4


def test_both_is_nines_and_elevens_together() -> None:
    for answer in range(3_000):
        assert both.passes((700, 800), answer) is (
            nines.passes((700, 800), answer) and elevens.passes((700, 800), answer)
        )


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=8))
def test_no_check_rejects_a_right_answer(numbers: list[int]) -> None:
    assert all(check.passes(numbers, sum(numbers)) for check in (nines, elevens, both, exact))


def test_one_wrong_digit_escapes_nines_only_as_nought_for_nine() -> None:
    for wrong in range(1, 10):
        assert (recall("nines", [wrong, -10 * wrong, 100 * wrong]) == 0.0) is (wrong == 9)
        assert recall("elevens", [wrong, 10 * wrong, -1000 * wrong]) == 1.0


def test_the_measured_recall_is_that_of_the_models_own_errors() -> None:
    model = FakeModel(p=0.5, errors=(9, 1))
    measured = measure_p(model, operands=(2,), n=2_000, seed=1)
    wrong = measured.errors[~measured.right]
    assert measured.recall("nines") == recall("nines", wrong) == float(np.mean(wrong == 1))
    assert abs(measured.recall("nines") - 0.5) < 4 * (0.25 / len(wrong)) ** 0.5
    assert measured.recall("exact") == 1.0


def test_recall_without_errors() -> None:
    assert np.isnan(recall("nines", []))
    assert measure_p(FakeModel(p=1.0), n=5, seed=1).recall("nines") == nines.recall_by_chance


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Check("half", 1.5), "divisor"),
        (lambda: Check("less", -1), "divisor"),
        (lambda: recall("sevens", [1]), "check"),
        (lambda: recall("nines", [0, 1]), "errors"),
        (lambda: recall("nines", [1.5]), "errors"),
        (lambda: recall("nines", [float("nan")]), "errors"),
    ],
)
def test_bad_input_is_named(call: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
