"""Exercise 11 against plain counting: the logs are such as a server keeps, and each answer has a second way to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from math import fsum
from typing import Any

import numpy as np
import pytest

from labkit_workbook.feedback import judge
from labkit_workbook.questions import Exercise, exercise
from labkit_workbook.questions.graded.drawn_bill import (
    Call,
    ServiceBill,
    account_of,
    calls_of,
    has_twins,
    meets_a_bound,
)
from labkit_workbook.questions.graded.read_the_bill import (
    account_usd,
    all_setups,
    best_setup,
    bill_of,
    dearest,
    failed_calls,
    layers,
    money_parts,
    other_bills,
    rows_of,
    under_the_cap,
    unseen,
    usd_per_answer,
)

EXERCISE = exercise("read_the_bill")
CLASS = [EXERCISE.text, *(EXERCISE.drawn("bill", str(i)) for i in range(25))]

for_the_class = pytest.mark.parametrize("g", CLASS, ids=[f"student-{i}" for i in range(len(CLASS))])


def by_task(g: ServiceBill) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls_of(g):
        found.setdefault(call.task, []).append(call)
    return found


# ---- the log and the account -----------------------------------------------------------------------------------


@for_the_class
def test_the_log_is_one_that_a_server_could_have_kept(g: ServiceBill) -> None:
    prices = {row[0]: row[1:4] for row in g.prices}
    rows = calls_of(g)
    assert 20 <= len(rows) <= 40
    assert [call.sec for call in rows] == sorted(call.sec for call in rows)
    for call in rows:
        fresh, cached, out = prices[call.model]
        kept = call.tokens_cached
        usd = ((call.tokens_in - kept) * fresh + kept * cached + call.tokens_out * out) / 1e6
        assert call.usd == pytest.approx(usd, abs=6e-7)
        assert (call.usd == 0) == (call.fault in ("429", "500"))
        assert call.status == {"429": 429, "500": 500, "timeout": None}.get(call.fault, 200)
    for of_task in by_task(g).values():
        for one, other in pairwise(of_task):
            assert other.sec >= one.sec + one.took - 0.02  # a client waits for one call before it makes the next
            assert not one.delivered
        for model in prices:
            attempts = [call.attempt for call in of_task if call.model == model]
            assert attempts == list(range(1, len(attempts) + 1))


@for_the_class
def test_the_account_has_a_row_for_every_reply_and_no_other(g: ServiceBill) -> None:
    delivered = {call.task: call for call in calls_of(g) if call.delivered}
    reported = {row.task: row for row in account_of(g)}
    assert reported.keys() == delivered.keys()
    assert len(account_of(g)) == len(reported)
    for task, call in delivered.items():
        _, fresh, _, out, known = next(row for row in g.prices if row[0] == call.model)
        row = reported[task]
        assert row.model == call.model
        if not call.stream:
            assert (row.tokens_in, row.tokens_out) == (call.tokens_in, call.tokens_out)
        assert row.usd == pytest.approx((row.tokens_in * fresh + row.tokens_out * out) / 1e6 * known, abs=6e-7)


@for_the_class
def test_every_kind_of_loss_occurs(g: ServiceBill) -> None:
    rows = calls_of(g)
    assert {"", "wrong", "429", "500", "timeout", "cut"} == {call.fault for call in rows}
    assert any(call.delivered and call.stream for call in rows)
    assert any(call.stream and not call.there for call in rows)
    assert any(call.delivered and call.model == "small" for call in rows)


@for_the_class
def test_no_single_batch_fills_the_cap_nor_leaves_a_place_empty(g: ServiceBill) -> None:
    """So the share is of the whole batch, and its seconds are tasks * tries * sec / at_once to the last round."""
    for (_, usd, _, _), tries in product(g.setups, g.tries):
        assert g.tasks * tries * usd <= g.cap_usd
    assert all(g.tasks % at_once == 0 for at_once in g.lanes)
    assert not meets_a_bound(g)
    assert not has_twins(g)


def test_shares_that_are_equal_but_for_rounding_are_not_handed_out() -> None:
    def with_shares(strong: float, weak: float) -> ServiceBill:
        premium, small = ((*row[:3], share) for row, share in zip(EXERCISE.text.setups, (strong, weak), strict=True))
        return replace(EXERCISE.text, setups=(premium, small))

    assert 1 - (1 - 0.91) != 1 - (1 - 0.70) ** 2  # in mathematics they are the same
    assert has_twins(with_shares(0.91, 0.70))
    assert has_twins(with_shares(0.70, 0.91))
    assert not has_twins(with_shares(0.91, 0.71))


def test_a_class_has_many_kinds_of_layers_and_of_best_setups() -> None:
    assert len({layers(g) for g in CLASS}) >= 7
    good = {g: dict.fromkeys(1 - (1 - row[3]) ** tries for row in g.setups[:1] for tries in g.tries) for g in CLASS}
    assert 3 < sum(best_setup(g)[0] in good[g] for g in CLASS) < len(CLASS) - 3  # premium here, small there


def test_few_draws_are_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[ServiceBill] = []
    counted = Exercise.separated
    monkeypatch.setattr(Exercise, "separated", lambda self, g: drawn.append(g) or counted(self, g))  # type: ignore[func-returns-value]
    for i in range(40):
        EXERCISE.drawn("tries", str(i))
    assert len(drawn) <= 3 * 40


# ---- the answers -----------------------------------------------------------------------------------------------


@for_the_class
def test_the_layer_without_a_name_makes_the_tries_that_client_retry_shows(g: ServiceBill) -> None:
    allowed, wire, tries = layers(g)
    down = next(rows for rows in by_task(g).values() if len(rows) == wire and {c.fault for c in rows} == {"500"})
    assert tries == 1 + max(call.client_retry for call in calls_of(g))
    begun = [(c.model, c.client_retry) for c in down]
    assert begun == [*product(("premium", "small"), range(int(tries)))] * (g.node_retries + 1)
    assert allowed * tries == wire


@for_the_class
def test_what_parts_log_and_account_adds_up(g: ServiceBill) -> None:
    no_reply, streams, unknown, too_much = unseen(g)
    assert bill_of(g) - account_usd(g) == pytest.approx(no_reply + streams + unknown - too_much, rel=1e-9)
    assert no_reply == pytest.approx(failed_calls(g)[2])
    card = g.prices[0]
    usual = [c for c in calls_of(g) if c.delivered and not c.stream and c.model == card[0]]
    assert too_much == pytest.approx(sum(c.tokens_cached for c in usual) * (card[1] - card[2]) / 1e6, abs=2e-5)


@for_the_class
def test_the_calls_are_all_counted_once(g: ServiceBill) -> None:
    free, billed, usd = failed_calls(g)
    replies = len(account_of(g))
    assert free + billed + replies == len(calls_of(g))
    assert usd_per_answer(g)[0] * replies == pytest.approx(fsum(call.usd for call in calls_of(g)))
    assert usd < bill_of(g)


@for_the_class
def test_the_cap_lets_through_what_a_simulated_day_spends(g: ServiceBill) -> None:
    """Every task runs until its bill comes; the oldest of those in flight ends first."""
    task = layers(g)[1] * dearest(g)
    begun, billed = 0, 0
    while billed * task < g.cap_usd:
        begun = max(begun, billed + g.at_once)  # the places are always taken
        billed += 1
    most, at_one_moment = under_the_cap(g)
    assert most == pytest.approx(begun * task)
    reserved = 0
    while (reserved + 1) * task <= g.cap_usd:
        reserved += 1
    assert at_one_moment == reserved


@for_the_class
def test_the_best_setup_is_found_by_a_loop_too(g: ServiceBill) -> None:
    found = []
    for (_, usd, sec, good), tries, at_once in product(g.setups, g.tries, g.lanes):
        ended, billed = 0, 0.0
        while billed < g.cap_usd:
            ended, billed = ended + 1, billed + tries * usd
        day = (ended - 1 + at_once) * tries * usd
        if day <= g.agreed_usd and tries * sec * g.tasks / at_once <= g.max_sec:
            found.append((1 - (1 - good) ** tries, -day))
    share, usd = best_setup(g)
    assert (share, -usd) == pytest.approx(max(found))
    assert len(found) < len(g.setups) * len(g.tries) * len(g.lanes) == len(all_setups(g)[0])


@for_the_class
def test_the_best_setup_of_the_other_model_is_told_as_such(g: ServiceBill) -> None:
    best, other = best_setup(g), min(best_setup(g, model=model) for model, *_ in g.setups)
    assert best == max((best_setup(g, model=model) for model, *_ in g.setups), key=lambda found: (found[0], -found[1]))
    assert judge("read_the_bill.best_setup", list(other), g).label == "other_model"


@pytest.mark.parametrize(
    ("question", "answer", "label", "words"),
    [
        ("best_setup", [0.99, 2.01], "", "The question:"),  # 0.99 is another setup's share, not a rounded one
        ("best_setup", [0.99, 2.16], "other_model", "One of the other model does"),
        ("layers", [4, 9, 2.25], "", "Each number of the answer is whole, for it counts calls."),
        ("layers", [12, 12, 3], "wire_for_allowed", "both what was on the wire"),
        ("layers", [12, 4, 3], "swapped_1_and_2", "First stands what the file allows"),
        ("unseen", [0.173302, 0.002947, 0.060176, 0.038592], "swapped_2_and_3", "First stands what streams hid"),
        ("unseen", [0.173302, 0.060176, 0.002947, 0.038592], "", "of $0.3464, 43%, which was the first guess"),
        ("usd_per_answer", [0.0288669, 0.0314912], "", "an answer is 2.3 times as dear as it says"),
    ],
)
def test_what_is_said_of_answers_that_learners_gave(question: str, answer: Any, label: str, words: str) -> None:
    said = judge(f"read_the_bill.{question}", answer, EXERCISE.text)
    assert words in said.message
    assert said.label == label


def counted_by_hand(bill: Any) -> tuple[float, float, float]:
    rows, prices = bill
    card = {row[0]: row[1:] for row in prices}
    usd = [
        ((sent - kept) * card[m][0] + kept * card[m][1] + out * card[m][2]) / 1e6 for m, sent, kept, out, _, _ in rows
    ]
    seen = sum(
        each for each, (m, *_, stream, there) in zip(usd, rows, strict=True) if there and card[m][3] and not stream
    )
    return seen, sum(usd) - seen, sum(usd)


@for_the_class
def test_the_function_counts_as_one_does_by_hand(g: ServiceBill) -> None:
    for bill in ((rows_of(g), g.prices), *other_bills()):
        assert money_parts(g, bill) == pytest.approx(counted_by_hand(bill), rel=1e-9)
    assert money_parts(g, (rows_of(g), g.prices))[2] == pytest.approx(bill_of(g), abs=3e-5)


@for_the_class
def test_what_the_function_sees_of_the_log_has_a_row_in_the_account(g: ServiceBill) -> None:
    """So a call that was cut is not seen, though its client was there."""
    kept = {(row.task, row.model) for row in account_of(g)}
    for call, row in zip((c for c in calls_of(g) if c.usd), rows_of(g), strict=True):
        assert row[-1] == ((call.task, call.model) in kept and call.delivered)
        assert call.fault not in ("cut", "timeout") or not row[-1]


@pytest.mark.parametrize("bill", other_bills())
def test_every_hidden_log_shows_every_mistake(bill: Any) -> None:
    question = next(each for each in EXERCISE.questions if each.name == "money_parts")
    ways = [money_parts(EXERCISE.text, bill), *(m.wrong(EXERCISE.text, bill) for m in question.misconceptions)]
    for i, one in enumerate(ways):
        assert not any(question.same(one, other) for other in ways[:i])
    assert min(ways[0]) > 0


def test_a_judge_tries_the_function_on_logs_that_no_learner_has() -> None:
    question = next(each for each in EXERCISE.questions if each.name == "money_parts")
    assert question.inputs is not None
    assert question.hidden is not None
    hidden = question.hidden(EXERCISE.text, np.random.default_rng(1))
    assert len(set(hidden)) == 4
    assert not set(hidden) & set(question.inputs(EXERCISE.text))
