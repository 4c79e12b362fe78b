"""Wrong arguments: a ValueError that names the argument and the value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labkit import evaluation as ev
from labkit.reliability import BetaLaw

PAIR = r"only_first \+ only_second"
LAW = BetaLaw(0.5, 0.2)
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "percent": (lambda: ev.paired_tasks_needed(10, 5), r"only_first must be a probability .* got 10"),
    "too many": (lambda: ev.paired_power(100, 0.7, 0.5), PAIR + r" must be at most 1.* got 1\.2 of 1"),
    "tasks": (lambda: ev.paired_power(0, 0.1, 0.05), "tasks must be a whole number, 1 or more, got 0"),
    "half a task": (lambda: ev.unpaired_power(10.5, 0.1, 0.2), r"tasks must be a whole number.* got 10\.5"),
    "alpha": (lambda: ev.paired_tasks_needed(0.1, 0.05, alpha=5), r"alpha must be .*\(0\.05, not 5\), got 5"),
    "alpha of a plan": (lambda: ev.group_sequential(3, alpha=0), "alpha must be .* got 0"),
    "power": (lambda: ev.unpaired_tasks_needed(0.1, 0.2, power=80), r"power must be .*\(0\.8, not 80\), got 80"),
    "coin": (lambda: ev.unpaired_tasks_needed(0.1, 0.2, power=0.3), r"power must be .* got 0\.3"),
    "parting": (lambda: ev.smallest_paired_difference(10, -0.1), r"parting must be a probability .* got -0\.1"),
    "centred": (lambda: ev.smallest_unpaired_difference(10, 0.5, 1), "centred must be True or False, got 1"),
    "shapes": (lambda: ev.unpaired_power(9, [0.1, 0.2], [0.1, 0.2, 0.3]), "do not fit together"),
    "counts": (lambda: ev.mcnemar(1.5, 2), r"only_first must be a whole number.* got 1\.5"),
    "a billion": (lambda: ev.mcnemar(1e9, 2), PAIR + r" must be at most a million, got 1e\+09"),
    "test": (lambda: ev.exact_paired_power(10, 0.1, 0.2, test="z"), "test must be one of .* got 'z'"),
    "exact arrays": (lambda: ev.exact_paired_power(10, [0.1], 0.2), "only_second must be one number each"),
    "exact tasks": (lambda: ev.exact_paired_power(10**9, 0.1, 0.2), "tasks must be at most the most, 20,000"),
    "pairs": (lambda: ev.paired_difference(9, 2, 10), PAIR + " must be at most tasks, got 11 of 10"),
    "none": (lambda: ev.paired_difference(0, 0, 0), "tasks must be above 0, got 0"),
    "right_2": (lambda: ev.unpaired_difference(1, 2, 4, 3), "right_2 must be at most tasks_2, got 4 of 3"),
    "level": (lambda: ev.unpaired_difference(1, 2, 2, 3, level=95), "level must be .* got 95"),
    "looks": (lambda: ev.false_alarms_of_peeking(51), "looks must be at most the most, 50, got 51 of 50"),
    "no looks": (lambda: ev.group_sequential(0), "looks must be a whole number, 1 or more, got 0"),
    "not 0 or 1": (lambda: ev.always_valid_p([0.5], [1]), "first_right must be a 0 or 1 for each task"),
    "no tasks": (lambda: ev.always_valid_p([], []), "first_right must be a 0 or 1 for each task"),
    "other tasks": (lambda: ev.always_valid_p([1], [1, 0]), "second_right must be of the same tasks .* got 2 and 1"),
    "no judge": (lambda: ev.true_share(0.7, 0.2, 0.2), r"recall must be above false_alarm, got 0\.2 and 0\.2"),
    "a worse one": (
        lambda: ev.true_share_interval(7, 9, 1, 10, 5, 10), r"recall must be above false_alarm, got 0\.1 and 0\.5"
    ),
    "noticed": (lambda: ev.true_share_interval(7, 9, 11, 10, 5, 10), "noticed must be at most wrong, got 11 of 10"),
    "no answers": (lambda: ev.true_share_interval(0, 0, 1, 10, 5, 10), "answers must be above 0, got 0"),
    "no tasks at all": (lambda: ev.co_failure(0, 0, 0, 0), "must hold at least one task, got 0"),
    "negative": (lambda: ev.co_failure(1, -2, 0, 0), "only_first must be zero or more, got -2"),
    "no groups": (lambda: ev.co_failure_by_group([], [], [], []), "both_right must hold at least one number"),
    "free": (lambda: ev.at_equal_spend(LAW, 0, 0.5, 1), "a_try must be above 0, got 0"),
    "law": (lambda: ev.at_equal_spend(0.5, 1, 0.5, 1), r"law must be a BetaLaw .* got 0\.5"),  # type: ignore[arg-type]
    "laws": (lambda: ev.at_equal_spend(BetaLaw([0.5, 0.6], 0.1), 1, 0.5, 1), "law must be a BetaLaw of one p"),
    "dear": (lambda: ev.at_equal_spend(LAW, 1, 0.5, -1), "dear must be zero or more, got -1"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_named_with_its_value(name: str) -> None:
    call, words = WRONG[name]
    with pytest.raises(ValueError, match=words):
        call()
