"""What follows from a wrong answer of one's own is paid a share, and nothing is paid for making it trivial."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from labkit_workbook.feedback import check, judge, summary
from labkit_workbook.questions import Question, exercise, exercises
from labkit_workbook.questions.consequences import WITHIN, consequence

FOLLOWING = [(which, question) for which in exercises() for question in which.questions if question.follows]
IDS = [f"{which.name}.{question.name}" for which, question in FOLLOWING]
ATTACKS = (0, 1, -1, 1e-9, 1e9, math.nan, math.inf, 10**400, "15", True, None, 1j, [])


def numbers(value: Any) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, tuple) else (float(value),)


def before(which: Any, question: Question) -> list[Question]:
    return [next(each for each in which.questions if each.name == name) for name in question.follows.earlier]


@cache
def drawn(name: str) -> tuple[Any, ...]:
    """The parameters of the text, then those of a class of twenty."""
    which = exercise(name)
    return (which.text, *(which.drawn("a class", f"student {number}") for number in range(20)))


def test_the_first_exercises_declare_what_follows() -> None:
    declared = {which.number for which, _ in FOLLOWING}
    assert {"01", "02", "03", "04", "05"} <= declared


@pytest.mark.parametrize(("which", "question"), FOLLOWING, ids=IDS)
def test_from_right_answers_the_right_one_follows(which: Any, question: Question) -> None:
    names = [each.name for each in which.questions]
    assert all(names.index(name) < names.index(question.name) for name in question.follows.earlier)
    assert 0 < question.follows.share < 1
    for g in drawn(which.name):
        values = [each.expected(g) for each in before(which, question)]
        assert numbers(question.follows.answer(g, *values)) == pytest.approx(numbers(question.expected(g)))
        own = {each.name: numbers(each.expected(g)) for each in before(which, question)}
        assert consequence(which, question, g, own) is None


@pytest.mark.parametrize(("which", "question"), FOLLOWING, ids=IDS)
def test_from_a_known_mistake_its_consequence_is_paid_a_share(which: Any, question: Question) -> None:
    paid = 0
    for g in drawn(which.name):
        for first in before(which, question):
            for mistake, wrong in first.mistaken(g):
                own = {each.name: each.expected(g) for each in before(which, question)} | {first.name: wrong}
                plain = {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}
                following = consequence(which, question, g, {name: numbers(value) for name, value in own.items()})
                if following is None or question.same(following, question.expected(g)):
                    continue
                value = list(following) if len(following) > 1 else following[0]
                result = judge(f"{which.name}.{question.name}", value, g, earlier=plain)
                assert result.status == "follows", mistake.label
                assert question.earned(result.status) == question.points * question.follows.share
                assert all(name in result.message for name in question.follows.earlier)
                paid += 1
    assert paid > 0


@pytest.mark.parametrize("attack", ATTACKS, ids=repr)
@pytest.mark.parametrize(("which", "question"), FOLLOWING, ids=IDS)
def test_an_early_answer_that_makes_the_later_one_trivial_earns_nothing(
    which: Any, question: Question, attack: Any
) -> None:
    for first in before(which, question):
        for g in drawn(which.name)[:5]:
            wanted = first.expected(g)
            early = [attack] * len(wanted) if isinstance(wanted, tuple) else attack
            own = {each.name: each.expected(g) for each in before(which, question)} | {first.name: early}
            plain = {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}
            for later in (0, 1, 0.0, attack, early, question.points):
                value = [later] * len(numbers(question.expected(g))) if later == 0 else later
                assert judge(f"{which.name}.{question.name}", value, g, earlier=plain).status != "follows"


def test_no_early_answer_far_from_the_right_one_is_built_upon() -> None:
    which, question = next((which, q) for which, q in FOLLOWING if q.name == "worst_case_calls")
    for calls in (15 * WITHIN + 1, 15 / WITHIN - 1, 12.5, 0, 15):
        assert consequence(which, question, which.text, {"calls": (float(calls),)}) is None
    assert consequence(which, question, which.text, {"calls": (9.0,)}) == (18.0,)
    assert consequence(which, question, which.text, {"calls": (9.0, 9.0)}) is None
    assert consequence(which, question, which.text, {}) is None


def test_what_equals_a_number_of_the_sheet_was_not_worked_out() -> None:
    """A ticket at 1 USD is not far from the right 0.90, and makes the day's USD the tickets of a day."""
    which, question = next((which, q) for which, q in FOLLOWING if q.name == "worst_usd_per_day")
    assert consequence(which, question, which.text, {"worst_usd_per_ticket": (1.0,)}) is None
    assert consequence(which, question, which.text, {"worst_usd_per_ticket": (1.1,)}) == pytest.approx((220_000,))


def test_check_says_so_and_the_summary_counts_a_share_until_it_is_put_right() -> None:
    check("ticket_spend.calls", 9)
    said = check("ticket_spend.worst_case_calls", 18)
    assert said.status == "follows"
    assert "given your own calls" in said.message
    assert "50%" in said.message
    assert "30" not in said.message
    assert summary("ticket_spend").points == 0.5
    assert "0.5 of 7 points" in repr(summary("ticket_spend"))
    check("ticket_spend.calls", 15)
    assert check("ticket_spend.worst_case_calls", 18).status == "misconception"
    assert check("ticket_spend.worst_case_calls", 30).status == "right"
    assert summary("ticket_spend").points == 2


def test_an_early_answer_that_is_none_leaves_nothing_to_follow_from() -> None:
    check("ticket_spend.calls", 9)
    check("ticket_spend.calls", "nine")
    assert check("ticket_spend.worst_case_calls", 18).status in ("wrong", "misconception")


def test_random_guesses_of_the_early_answer_never_pay_more_than_the_share() -> None:
    rng = np.random.default_rng(3)
    which, question = next((which, q) for which, q in FOLLOWING if q.name == "worst_usd_per_day")
    for guess in rng.uniform(0, 10, 200):
        result = judge(
            "ticket_spend.worst_usd_per_day",
            guess * which.text.tickets,
            which.text,
            earlier={question.follows.earlier[0]: guess},
        )
        assert question.earned(result.status) <= 0.5 or guess == pytest.approx(0.9, rel=1e-3)


def test_a_learner_is_told_to_run_again_and_a_graded_page_is_not() -> None:
    asked = "ticket_spend.worst_case_calls"
    given = next(which.text for which in exercises() if which.name == "ticket_spend")
    graded = judge(asked, 18, given, earlier={"calls": 9.0})
    assert graded.status == "follows"
    assert graded.message.endswith("is worth 50% of the points.")
    check("ticket_spend.calls", 9)
    said = check(asked, 18)
    assert said.status == "follows"
    assert said.message == f"{graded.message} Put calls right, then run this once more."
