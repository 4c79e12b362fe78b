"""Two models that fail together: recorded answers, and every rule for choosing between two answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from labkit import cost, reliability
from labkit.evaluation import co_failure, co_failure_by_group
from labkit_workbook.published import paired_answers


def test_the_recorded_answers_of_mmlu() -> None:
    """RouteLLM, 56 subjects: 13.1% both wrong where independence says 5.6%; a cascade reaches .869, not .944."""
    found = co_failure_by_group(*recorded("MMLU"))
    whole = found.whole
    assert whole.both_wrong == pytest.approx(0.131, abs=5e-4)
    assert whole.if_independent == pytest.approx(0.056, abs=5e-4)
    assert (whole.ceiling, whole.promised) == pytest.approx((0.869, 0.944), abs=5e-4)
    assert whole.both_wrong / whole.if_independent == pytest.approx(2.3, abs=0.06)
    assert found.explained == pytest.approx(0.25, abs=0.01)
    assert found.groups.both_wrong.shape == (56,)


def test_the_recorded_answers_of_gsm8k() -> None:
    found = co_failure(*(float(np.sum(each)) for each in recorded("GSM8K")))
    assert (found.ceiling, found.promised) == pytest.approx((0.929, 0.948), abs=5e-4)


def recorded(data: str) -> tuple[np.ndarray, ...]:
    answers = paired_answers(data)
    return answers.both_right, answers.only_strong, answers.only_weak, answers.both_wrong


def test_no_rule_for_choosing_one_of_two_answers_is_better_than_the_ceiling() -> None:
    """Any rule that sees which model is in doubt takes one answer a task: with six tasks, all 64 rules."""
    first, second = np.array([1, 1, 0, 0, 0, 1]), np.array([1, 0, 1, 0, 0, 1])
    counts = [np.sum((first == a) & (second == b)) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]
    rights = [np.mean(np.where(rule, first, second)) for rule in itertools.product((0, 1), repeat=6)]
    assert max(rights) == pytest.approx(co_failure(*counts).ceiling)


def test_what_is_promised_is_the_perfect_cascade_of_the_laws() -> None:
    p_1, p_2 = 0.64, 0.86
    counts = [1000 * x * y for x, y in ((p_1, p_2), (p_1, 1 - p_2), (1 - p_1, p_2), (1 - p_1, 1 - p_2))]
    found = co_failure(*counts)
    assert found.both_wrong == pytest.approx(found.if_independent)
    assert found.promised == pytest.approx(cost.judged_cascade([0.1, 1.0], [p_1, p_2], [1.0], [0.0]).p)


def test_the_interval_is_wilson_s_and_arrays_give_what_numbers_give() -> None:
    found = co_failure([80, 5], [10, 5], [5, 5], [5, 5])
    assert (found.low[0], found.high[0]) == pytest.approx(tuple(reliability.wilson_interval(5, 100)))
    assert found.ceiling.tolist() == [0.95, 0.75]
    alone = co_failure(5, 5, 5, 5)
    assert [each[1] for each in found] == pytest.approx(list(alone))


def test_groups_that_are_alike_explain_nothing() -> None:
    assert co_failure_by_group([40, 40], [5, 5], [5, 5], [10, 10]).explained == pytest.approx(0.0, abs=1e-12)
    assert co_failure_by_group([1], [0], [0], [0]).explained == 0.0
