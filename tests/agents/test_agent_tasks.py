"""Tasks, their repeats, and the plans that cut them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_agents import Task, draw_tasks, repeat_tasks, same_numbers
from labkit_agents.tasks.plans import Plan, one_sum, pairwise, running_total, waves

NUMBERS = st.lists(st.integers(0, 200), min_size=2, max_size=40).map(tuple)


def carried_out(plan: Plan) -> dict[str, int]:
    """Each node's value, where all sums are right."""
    values: dict[str, int] = {}
    for node in plan:
        values[node.name] = sum(values[name] for name in node.needs) + sum(node.given)
    return values


@given(NUMBERS, st.integers(2, 8))
def test_every_plan_ends_in_the_total_and_no_step_is_too_wide(numbers: tuple[int, ...], operands: int) -> None:
    for plan in (running_total(numbers, operands), pairwise(numbers, operands)):
        assert list(carried_out(plan).values())[-1] == sum(numbers)
        assert all(2 <= len(node.needs) + len(node.given) <= operands for node in plan)
        assert len({node.name for node in plan}) == len(plan)


@given(NUMBERS, st.integers(2, 8))
def test_the_number_of_steps_and_of_levels(numbers: tuple[int, ...], operands: int) -> None:
    assert len(running_total(numbers, operands)) == math.ceil((len(numbers) - 1) / (operands - 1))
    levels, left = 0, len(numbers)
    while left > 1:
        levels, left = levels + 1, math.ceil(left / operands)
    names = {node.name.split(".")[0] for node in pairwise(numbers, operands)}
    assert len(names) == len(waves(pairwise(numbers, operands))) == levels


@given(NUMBERS, st.integers(2, 8))
def test_a_wave_needs_only_earlier_waves(numbers: tuple[int, ...], operands: int) -> None:
    done: set[str] = set()
    for wave in waves(pairwise(numbers, operands)):
        assert all(set(node.needs) <= done for node in wave)
        done |= {node.name for node in wave}


@pytest.mark.parametrize("count", [2, 3, 4, 13, 41, 100])
def test_drawn_tasks_never_leave_the_language(count: int) -> None:
    tasks = draw_tasks(200, numbers=count, seed=3)
    assert all(len(task.numbers) == count and task.total <= 9999 for task in tasks)
    assert len({task.id for task in tasks}) == 200


def test_the_same_seed_draws_the_same_tasks_and_another_seed_others() -> None:
    assert draw_tasks(20, 5, seed=1) == draw_tasks(50, 5, seed=1)[:20]
    assert [t.numbers for t in draw_tasks(20, 5, seed=1)] != [t.numbers for t in draw_tasks(20, 5, seed=2)]
    assert not {t.id for t in draw_tasks(20, 5, seed=1)} & {t.id for t in draw_tasks(20, 5, seed=2)}


def test_several_counts_of_numbers_and_chosen_digits() -> None:
    tasks = draw_tasks(300, numbers=(2, 4), seed=1, digits=(1,))
    assert {len(task.numbers) for task in tasks} == {2, 4}
    assert max(max(task.numbers) for task in tasks) == 9


def test_a_limit_asks_whether_the_total_is_over_it() -> None:
    tasks = draw_tasks(400, numbers=6, seed=1, limit_share=0.5)
    assert all(task.answer is (task.total > task.limit) for task in tasks if task.limit is not None)
    over = sum(bool(task.answer) for task in draw_tasks(2_000, numbers=6, seed=1, limit_share=1.0))
    assert 0.45 < over / 2_000 < 0.55  # limits are even between 0 and twice the total; 4 standard errors are 0.045


@pytest.mark.parametrize("how", ["same", "reordered", "nearly"])
def test_repeated_tasks_are_what_they_say(how: str) -> None:
    tasks = draw_tasks(300, numbers=6, seed=1)
    known = {task.numbers for task in tasks}
    again = repeat_tasks(tasks, 0.5, seed=2, how=how)
    changed = [new for old, new in zip(tasks, again, strict=True) if new.numbers != old.numbers]
    assert 100 < len(changed) < 200
    assert [task.id for task in again] == [task.id for task in tasks]
    if how == "same":
        assert {task.numbers for task in changed} <= known
    elif how == "reordered":
        assert {same_numbers(task.numbers) for task in changed} <= {same_numbers(numbers) for numbers in known}
    else:
        assert all(min(abs(task.total - sum(numbers)) for numbers in known) <= 4 for task in changed)
        assert not {task.numbers for task in changed} & known


def test_the_largest_total_is_nearly_repeated_by_a_smaller_one() -> None:
    tasks = [Task("first", (9_000, 999, 0)), Task("second", (1, 2))]
    assert repeat_tasks(tasks, 1.0, seed=1, how="nearly")[1] == Task("second", (8_999, 999, 0))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: Task("", (1, 2)), "id"),
        (lambda: Task("t", (1,)), "numbers"),
        (lambda: Task("t", (1, -2)), "numbers"),
        (lambda: Task("t", (9999, 1)), "numbers"),
        (lambda: Task("t", (1, 2), limit=-1), "limit"),
        (lambda: Task("t", 3), "numbers"),  # type: ignore[arg-type]
        (lambda: draw_tasks(1, digits=2), "digits"),  # type: ignore[arg-type]
        (lambda: draw_tasks(0), "n "),
        (lambda: draw_tasks(1, numbers=1), "numbers"),
        (lambda: draw_tasks(1, numbers=()), "numbers"),
        (lambda: draw_tasks(1, numbers=1001), "numbers"),
        (lambda: draw_tasks(1, numbers=13, digits=(4,)), "digits"),
        (lambda: draw_tasks(1, numbers=2, limit_share=-0.1), "limit_share"),
        (lambda: draw_tasks(1, seed=-1), "seed"),
        (lambda: repeat_tasks([], 0.5, 1), "tasks"),
        (lambda: repeat_tasks(draw_tasks(2), 1.5, 1), "share"),
        (lambda: repeat_tasks(draw_tasks(2), 0.5, 1, how="twice"), "how"),
        (lambda: one_sum(range(9)), "numbers"),
    ],
)
def test_bad_input_is_named(call: Any, name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
