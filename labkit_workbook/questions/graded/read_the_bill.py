"""Exercise 11: a server's log against its client's account: the layers, the dollars nobody saw, the cap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from math import fsum
from typing import Any

import numpy as np

from labkit.cost import post_paid_calls, pre_paid_calls

from ..model import Essay, Exercise, Follows, Misconception, Question
from .drawn_bill import Call, ServiceBill, Table, account_of, calls_of, card_of, draw

# ---- the right answers ------------------------------------------------------------------------------------


@cache
def calls(g: ServiceBill) -> tuple[Call, ...]:
    """The log's rows, read once for each student."""
    return tuple(calls_of(g))


def bill_of(g: ServiceBill, of: Callable[[Call], Any] = lambda _: True) -> float:
    """The USD of those calls in the server's log."""
    return fsum(call.usd for call in calls(g) if of(call))


def task_down(g: ServiceBill) -> list[Call]:
    """The calls of the task that came to nothing, to the last retry: no reply of any kind, and none of them billed."""
    names = dict.fromkeys(call.task for call in calls(g))
    all_of = {name: [call for call in calls(g) if call.task == name] for name in names}
    return next(rows for rows in all_of.values() if all(call.fault == "500" for call in rows))


def allowed(g: ServiceBill) -> int:
    """The calls of a task that the client's file allows: its tries multiply."""
    return (1 + g.fallbacks) * (1 + g.node_retries)


@cache
def layers(g: ServiceBill) -> tuple[float, float, float]:
    """What the file allows, what was on the wire, and the tries of the layer that the file does not name."""
    wire = len(task_down(g))
    return float(allowed(g)), float(wire), wire / allowed(g)


def failed_calls(g: ServiceBill) -> tuple[float, float, float]:
    """Calls that nobody got a reply from: how many were free, how many billed, and their USD."""
    failed = [call for call in calls(g) if not call.delivered]
    billed = [call for call in failed if call.usd > 0]
    return float(len(failed) - len(billed)), float(len(billed)), fsum(call.usd for call in billed)


def account_usd(g: ServiceBill, of: Callable[[Any], Any] = lambda _: True) -> float:
    """The USD of those rows of the client's account."""
    return fsum(row.usd for row in account_of(g) if of(row))


def unknown(g: ServiceBill) -> set[str]:
    """The models that the client's library has no price of."""
    return {row[0] for row in g.prices if not row[4]}


@cache
def unseen(g: ServiceBill) -> tuple[float, float, float, float]:
    """USD that the client did not see: no reply, a stream, an unknown model; and what it counted too much."""
    strange = unknown(g)
    streams = {call.task for call in calls(g) if call.delivered and call.stream and call.model not in strange}
    usual = {call.task for call in calls(g) if call.delivered and call.model not in strange} - streams
    return (
        bill_of(g, lambda call: not call.delivered),
        bill_of(g, lambda call: call.delivered and call.task in streams)
        - account_usd(g, lambda row: row.task in streams),
        bill_of(g, lambda call: call.delivered and call.model in strange),
        account_usd(g, lambda row: row.task in usual) - bill_of(g, lambda call: call.delivered and call.task in usual),
    )


def answers(g: ServiceBill) -> int:
    """The replies that somebody got, right or wrong."""
    return sum(call.delivered for call in calls(g))


def right_answers(g: ServiceBill) -> int:
    """The replies that somebody got and that are right."""
    return sum(call.delivered and call.fault == "" for call in calls(g))


def usd_per_answer(g: ServiceBill) -> tuple[float, float]:
    """The whole bill for each answer delivered, and for each right one."""
    return bill_of(g) / answers(g), bill_of(g) / right_answers(g)


def dearest(g: ServiceBill) -> float:
    """The USD of the dearest call of the log."""
    return max(call.usd for call in calls(g))


def under_the_cap(g: ServiceBill, on_the_wire: float | None = None, at_once: int | None = None) -> tuple[float, float]:
    """The most that a post-paid cap lets through, and the tasks that a reservation lets begin at one moment."""
    task = (layers(g)[1] if on_the_wire is None else on_the_wire) * dearest(g)
    most = post_paid_calls(g.cap_usd, task, g.at_once if at_once is None else at_once) * task
    return float(most), float(pre_paid_calls(g.cap_usd, task, task))


@cache
def all_setups(g: ServiceBill) -> tuple[np.ndarray, ...]:
    """Of all setups: the share delivered, the worst task's USD, the tasks at once, and the batch's longest seconds."""
    usd, sec, share = (np.array([row[i] for row in g.setups])[:, None, None] for i in (1, 2, 3))
    tries, at_once = np.array(g.tries)[None, :, None], np.array(g.lanes)[None, None, :]
    found = np.broadcast_arrays(1 - (1 - share) ** tries, tries * usd, at_once, g.tasks * tries * sec / at_once, usd)
    return tuple(each.ravel() for each in found)


def best_setup(
    g: ServiceBill, keeps: str = "worst", in_time: bool = True, first: str = "share", model: str = ""
) -> tuple[float, float]:
    """The share delivered and the worst day's USD of the setup that keeps the cap and the time and delivers most.

    Args:
        g: the numbers.
        keeps: which dollars must be within what was agreed: ``"worst"``, or a wrong count of them.
        in_time: whether the batch must be done in time.
        first: what decides between those that are left: ``"share"`` or ``"usd"``.
        model: the one model that may be chosen; any by default.
    """
    share, task, at_once, sec, call = all_setups(g)
    counted = {
        "worst": np.asarray(post_paid_calls(g.cap_usd, task, at_once)) * task,
        "one call": np.asarray(post_paid_calls(g.cap_usd, call, at_once)) * call,
        "one task": np.asarray(post_paid_calls(g.cap_usd, task, 1)) * task,
        "batch": np.minimum(post_paid_calls(g.cap_usd, task, at_once), g.tasks) * task,
        "nothing": np.zeros_like(task),
    }
    good = (counted[keeps] <= g.agreed_usd) & (~in_time | (sec <= g.max_sec))
    good &= np.isin(call, [row[1] for row in g.setups if model in ("", row[0])])
    usd = counted["worst" if keeps == "nothing" else keeps]
    if not good.any():
        return -1.0, -1.0
    order = (usd, -share) if first == "share" else (-share, usd)
    best = next(i for i in np.lexsort(order) if good[i])
    return float(share[best]), float(usd[best])


# ---- the function -----------------------------------------------------------------------------------------


def rows_of(g: ServiceBill) -> Table:
    """The billed calls of the log, with the columns that a bill is made of."""
    billed = (call for call in calls(g) if call.usd)
    return tuple((c.model, c.tokens_in, c.tokens_cached, c.tokens_out, c.stream, c.delivered) for c in billed)


POOL = 24


@cache
def other_bills() -> tuple[tuple[Table, Table], ...]:
    """More logs, each with prices of its own, on which a function is tried; the same for everybody."""
    return tuple(_make_bill(np.random.default_rng(seed)) for seed in range(POOL))


def _make_bill(rng: np.random.Generator) -> tuple[Table, Table]:
    prices = tuple(
        (name, float(fresh), fresh / 4, float(4 * fresh + rng.integers(1, 9)), known)
        for name, fresh, known in zip("abc", map(int, rng.integers(1, 13, 3)), (True, False, True), strict=True)
    )
    rows = [("a", False, True), ("b", False, True), ("c", True, True), ("a", False, False), ("c", False, True)]
    made = []
    for model, stream, there in rows:
        sent, written = int(rng.integers(40, 200)) * 10, int(rng.integers(5, 40)) * 10
        made.append((model, sent, sent * int(rng.integers(2, 9)) // 10, written, stream, there))
    made.insert(int(rng.integers(6)), ("a", 0, 0, 0, False, True))
    return tuple(made[int(i)] for i in rng.permutation(len(made))), prices


def money_parts(
    g: ServiceBill,
    bill: tuple[Table, Table],
    blind: tuple[str, ...] = ("stream", "gone", "unknown"),
    cached: str = "cached",
) -> tuple[float, float, float]:
    """USD that a client saw, that it did not see, and both, of a log and a price card.

    Args:
        g: the numbers, which do not matter here.
        bill: the rows and the prices.
        blind: why a client does not see a call's dollars.
        cached: how cached tokens are priced: ``"cached"``, or a wrong way.
    """
    rows, prices = bill
    cards, known = {row[0]: card_of(row) for row in prices}, {row[0]: row[4] for row in prices}
    seen, hidden = 0.0, 0.0
    for model, sent, kept, written, stream, there in rows:
        card, again = cards[model], {"cached": 0, "fresh": 0, "added": kept}[cached]
        usd = float(card.bill(sent + again, 0 if cached == "fresh" else kept, written).usd)
        why = {"stream": stream, "gone": not there, "unknown": not known[model]}
        if any(why[each] for each in blind):
            hidden += usd
        else:
            seen += usd
    return seen, hidden, seen + hidden


# ---- what goes wrong --------------------------------------------------------------------------------------

NOT_IN_FILE = "You counted what the file names. The log shows more: look at the task whose calls all failed."
ADDED = "You added the tries of the layers. Each layer repeats all that is below it, so their tries multiply."
STATUS = (
    "You went by the status. A connection that was cut, and a stream that its reader gave up, have status 200 too; "
    "nobody got their reply, and they were billed."
)
ONE_TRY = (
    "You took a task for one call. The cap is looked at before a task begins, and a task that has begun makes all its "
    "calls."
)
NO_OVERSHOOT = (
    "You stopped at the first task that passes the cap. While its bill comes in, the others that run at the same time "
    "are billed too."
)


def _unseen_with(place: int, value: Callable[[ServiceBill], float]) -> Callable[[ServiceBill], tuple[float, ...]]:
    """The right parts but for one of them."""
    return lambda g: tuple(value(g) if i == place else part for i, part in enumerate(unseen(g)))


def _swap_neighbours(
    answer: Callable[[ServiceBill], tuple[float, ...]], names: Sequence[str]
) -> tuple[Misconception, ...]:
    """The right parts, but two that stand beside each other have changed places."""

    def swapped(g: ServiceBill, place: int) -> tuple[float, ...]:
        parts = list(answer(g))
        parts[place : place + 2] = parts[place + 1], parts[place]
        return tuple(parts)

    return tuple(
        Misconception(
            f"swapped_{place + 1}_and_{place + 2}",
            partial(swapped, place=place),
            f"Two numbers have changed places. First stands {first}, then {second}.",
        )
        for place, (first, second) in enumerate(pairwise(names))
    )


def _allow_wrongly(
    label: str, allows: Callable[[ServiceBill], float], message: str
) -> tuple[Misconception, Misconception]:
    """A wrong first number of the layers, with the last one right, and with one that was divided by it."""
    return (
        Misconception(label, lambda g: (allows(g), *layers(g)[1:]), message),
        Misconception(f"{label}_and_divided", lambda g: (allows(g), layers(g)[1], layers(g)[1] / allows(g)), message),
    )


def _fresh_at_first_model(g: ServiceBill) -> float:
    """The unknown model's calls at the prices of the first."""
    card = card_of(g.prices[0])
    rows = [c for c in calls(g) if c.delivered and c.model in unknown(g)]
    return fsum(float(card.bill(c.tokens_in, c.tokens_cached, c.tokens_out).usd) for c in rows)


def _cached_free(g: ServiceBill) -> float:
    """What the account has too much if a cached token cost nothing."""
    premium = [c for c in calls(g) if c.delivered and not c.stream and c.model not in unknown(g)]
    return fsum(c.tokens_cached for c in premium) * g.prices[0][1] / 1_000_000


QUESTIONS = (
    Question(
        name="layers",
        asks="For one task: how many calls does the client's file allow, how many did the task make whose calls all "
        "failed, and how many tries has the layer that the file does not name? [allowed, on the wire, tries]",
        unit="calls",
        answer=layers,
        whole=True,
        misconceptions=(
            *_allow_wrongly(
                "added",
                lambda g: 1.0 + g.fallbacks + g.node_retries,
                "Your first number adds the layers. Each layer repeats all that is below it, so their tries multiply.",
            ),
            *_allow_wrongly(
                "further_tries",
                lambda g: float(g.fallbacks + g.node_retries),
                "Your first number is that of the further tries alone, or of one layer alone. Each layer has a first "
                "try too, and the tries of both layers multiply.",
            ),
            *_allow_wrongly(
                "retries_multiplied",
                lambda g: float(g.fallbacks * g.node_retries),
                "Your first number multiplies retries. A retry comes after a first try: each layer has one try more "
                "than it has retries.",
            ),
            Misconception(
                "wire_for_allowed",
                lambda g: (layers(g)[1], *layers(g)[1:]),
                "Your first two numbers are both what was on the wire. What the file allows is less: it names two "
                "layers, and a third one tries too.",
            ),
            *_swap_neighbours(layers, ("what the file allows", "what was on the wire", "the tries of that layer")),
            Misconception(
                "retries_for_tries",
                lambda g: (*layers(g)[:2], layers(g)[2] - 1),
                "Your last number counts the retries of that layer. Asked are its tries, the first one too.",
            ),
            Misconception(
                "first_model_only",
                lambda g: (layers(g)[0], layers(g)[1] / 2, layers(g)[2] / 2),
                "You counted the calls of one model. The fallback was called as often, and the wire carries both.",
            ),
            Misconception(
                "every_failure",
                lambda g: (
                    layers(g)[0],
                    float(sum(not c.delivered for c in calls(g))),
                    sum(not c.delivered for c in calls(g)) / allowed(g),
                ),
                "You counted the failed calls of all tasks. Look at the one that was tried to the last retry in vain.",
            ),
        ),
        hints=(
            "Which task was tried again and again, and has no reply at all? Count its rows, and look at client_retry: "
            "where does it begin anew?",
            "The file allows (g.fallbacks + 1) * (g.node_retries + 1). What is on the wire is that times the tries of "
            "the client itself.",
        ),
        worked=lambda g: (
            f"the file allows {1 + g.fallbacks} models x {1 + g.node_retries} node tries = {allowed(g)}, the wire "
            f"carried {layers(g)[1]:g}: {layers(g)[2]:g} tries of the client under it all, as client_retry shows"
        ),
    ),
    Question(
        name="failed_calls",
        asks="Of the calls that nobody got a reply from: how many were free, how many were billed, and for how many "
        "USD? [free, billed, USD]",
        unit="calls and USD",
        answer=failed_calls,
        misconceptions=(
            Misconception(
                "by_status",
                lambda g: (
                    failed_calls(g)[0],
                    float(sum(c.status is None for c in calls(g))),
                    bill_of(g, lambda c: c.status is None),
                ),
                STATUS,
            ),
            Misconception(
                "streams_that_were_left",
                lambda g: (
                    failed_calls(g)[0],
                    failed_calls(g)[1] - sum(c.fault == "" and not c.there for c in calls(g)),
                    failed_calls(g)[2] - bill_of(g, lambda c: c.fault == "" and not c.there),
                ),
                "One call is missing that has no fault and status 200: a stream that its reader gave up. The column "
                "there says that nobody got its end, and it is billed in full.",
            ),
            Misconception(
                "wrong_ones_too",
                lambda g: (
                    failed_calls(g)[0],
                    failed_calls(g)[1] + answers(g) - right_answers(g),
                    failed_calls(g)[2] + bill_of(g, lambda c: c.delivered and c.fault),
                ),
                "You counted the wrong answers too. They are billed like all answers, and somebody got them.",
            ),
            Misconception(
                "turned",
                lambda g: (failed_calls(g)[1], failed_calls(g)[0], failed_calls(g)[2]),
                "The numbers are right, in another order: the free ones first.",
            ),
            Misconception(
                "retries_alone",
                lambda g: (
                    float(sum(c.usd == 0 and (c.attempt > 1 or c.model in unknown(g)) for c in calls(g))),
                    float(sum(not c.delivered and c.usd > 0 and c.attempt > 1 for c in calls(g))),
                    bill_of(g, lambda c: not c.delivered and c.attempt > 1),
                ),
                "You counted from the second attempt on. A first call that fails is a failed call, too.",
            ),
            Misconception(
                "whole_bill",
                lambda g: (*failed_calls(g)[:2], bill_of(g)),
                "The counts are right. The USD are those of the whole log; asked are the failed calls'.",
            ),
        ),
        hints=(
            "A call brought a reply if its status is 200, its fault is empty or wrong, and its client was there.",
            "Take all the others, and split them by usd: those at 0, and those above.",
        ),
        worked=lambda g: (
            f"{failed_calls(g)[0]:g} free (429 and 500) and {failed_calls(g)[1]:g} billed in full (time-outs, cuts, a "
            f"stream that was left), for ${failed_calls(g)[2]:.4f}, which is {failed_calls(g)[2] / bill_of(g):.0%} of "
            "the bill"
        ),
    ),
    Question(
        name="unseen",
        asks="Where do log and account part? USD of calls without a reply; USD that streams hid; USD of the model "
        "without a price; and USD that the account has too much, for cached tokens. [no reply, streams, unknown, too "
        "much]",
        unit="USD",
        answer=unseen,
        misconceptions=(
            Misconception(
                "time_outs_only",
                _unseen_with(0, lambda g: bill_of(g, lambda c: c.status is None)),
                "In your first part are the time-outs alone. " + STATUS.split(". ", 1)[1],
            ),
            Misconception(
                "streams_in_full",
                _unseen_with(1, lambda g: bill_of(g, lambda c: c.delivered and c.stream)),
                "Your second part is all that the streams cost. A trace of it stands in the account: take that off.",
            ),
            Misconception(
                "abandoned_twice",
                _unseen_with(1, lambda g: unseen(g)[1] + bill_of(g, lambda c: c.stream and not c.delivered)),
                "The stream that its reader gave up is in your second part, and in the first too. It has no row in "
                "the account: it is a call without a reply.",
            ),
            Misconception(
                "unknown_at_premium",
                _unseen_with(2, _fresh_at_first_model),
                "You priced the unknown model like the first one. The log has its true dollars.",
            ),
            Misconception(
                "cached_free",
                _unseen_with(3, _cached_free),
                "In your last part a cached token is free. It is cheap: what the account has too much is the "
                "difference of the two prices.",
            ),
            *_swap_neighbours(
                unseen,
                ("what brought no reply", "what streams hid", "the unknown model", "what the account has too much"),
            ),
        ),
        hints=(
            "Match the account with the log, task by task. Which billed calls have no row in the account at all, and "
            "which have one with another amount?",
            "Of the replies: sum(log usd) less sum(account usd), for streams and for the unknown model. For the other "
            "replies it is the other way round: the account has more.",
        ),
        worked=lambda g: (
            "the account has ${:.4f} of ${:.4f}, {:.0%}, which was the first guess: it misses ${:.4f} without a reply, "
            "${:.4f} of streams and ${:.4f} of the unknown model, and counts ${:.4f} too much".format(
                account_usd(g), bill_of(g), account_usd(g) / bill_of(g), *unseen(g)
            )
        ),
        points=3,
    ),
    Question(
        name="usd_per_answer",
        asks="What does an answer truly cost: the whole bill for each answer that somebody got, and for each right "
        "one? [an answer, a right answer]",
        unit="USD",
        answer=usd_per_answer,
        misconceptions=(
            Misconception(
                "as_the_account_says",
                lambda g: (account_usd(g) / answers(g), account_usd(g) / right_answers(g)),
                "You divided the client's own dollars. The bill is the server's.",
            ),
            Misconception(
                "delivered_calls_only",
                lambda g: (
                    bill_of(g, lambda c: c.delivered) / answers(g),
                    bill_of(g, lambda c: c.delivered) / right_answers(g),
                ),
                "You left out what failed calls cost. It is paid all the same, and the answers have to carry it.",
            ),
            Misconception(
                "each_call",
                lambda g: (bill_of(g) / len(calls(g)), bill_of(g) / len(calls(g))),
                "That is what a call costs on average, the free ones too. Several calls may stand behind one answer.",
            ),
            Misconception(
                "by_status",
                lambda g: (
                    bill_of(g) / sum(c.status == 200 for c in calls(g)),
                    bill_of(g) / sum(c.status == 200 and c.fault == "" for c in calls(g)),
                ),
                STATUS,
            ),
            Misconception(
                "each_task",
                lambda g: (bill_of(g) / len({c.task for c in calls(g)}), usd_per_answer(g)[1]),
                "You divided by the tasks. Some of them never got an answer.",
            ),
            Misconception("turned", lambda g: usd_per_answer(g)[::-1], "The numbers are right, in another order."),
        ),
        hints=(
            "All dollars of the log, over the replies that somebody got; then over those that are right.",
            "sum of usd / number of delivered calls; for the second number leave out those with the fault wrong.",
        ),
        worked=lambda g: (
            f"${bill_of(g):.4f} for {answers(g)} answers, {right_answers(g)} of them right: "
            f"${usd_per_answer(g)[0]:.4f} and ${usd_per_answer(g)[1]:.4f}; the account would say "
            f"${account_usd(g) / answers(g):.4f}, so an answer is {bill_of(g) / account_usd(g):.1f} times as dear as "
            "it says"
        ),
    ),
    Question(
        name="under_the_cap",
        asks="Before a task begins, g.cap_usd is compared with bills that have come. On a day on which every call "
        "hangs and costs as much as the dearest of the log: the most USD that are spent, with g.at_once tasks at once? "
        "And if each task reserved its worst case first: how many could begin at one moment? [USD, tasks]",
        unit="USD and tasks",
        answer=under_the_cap,
        misconceptions=(
            Misconception("one_call_a_task", lambda g: under_the_cap(g, 1.0), ONE_TRY),
            Misconception("as_the_file_says", lambda g: under_the_cap(g, float(allowed(g))), NOT_IN_FILE),
            Misconception("no_overshoot", lambda g: under_the_cap(g, at_once=1), NO_OVERSHOOT),
            Misconception(
                "overshoot_alone",
                lambda g: (g.at_once * layers(g)[1] * dearest(g), under_the_cap(g)[1]),
                "Your dollars are those of the tasks in flight. Before them the cap was filled already.",
            ),
            Misconception(
                "cap_kept",
                lambda g: (g.cap_usd, under_the_cap(g)[1]),
                "Your dollars are the cap. A cap that looks at bills that have come is overrun by what is in flight.",
            ),
            Misconception(
                "one_after_the_other",
                lambda g: (
                    under_the_cap(g)[0],
                    float(pre_paid_calls(g.cap_usd, layers(g)[1] * dearest(g), usd_per_answer(g)[0])),
                ),
                "So many tasks could begin one after the other, each giving back what it did not use. At one moment "
                "each holds its worst case.",
            ),
        ),
        follows=Follows(("layers",), lambda g, found: under_the_cap(g, found[1])),
        hints=(
            "The worst case of a task is its calls on the wire times the dearest call. A task may begin while the "
            "bills are below the cap, and others are in flight then.",
            "worst = calls on the wire * dearest; labkit.cost.post_paid_calls(g.cap_usd, worst, g.at_once) * worst, "
            "and labkit.cost.pre_paid_calls(g.cap_usd, worst, worst).",
        ),
        worked=lambda g: (
            f"a task's worst case is {layers(g)[1]:g} x ${dearest(g):.4f} = ${layers(g)[1] * dearest(g):.4f}: "
            f"${under_the_cap(g)[0]:.2f} of ${g.cap_usd:g} post-paid, and {under_the_cap(g)[1]:g} tasks at a time "
            f"pre-paid, where {g.at_once} run today"
        ),
        points=2,
    ),
    Question(
        name="best_setup",
        asks="Choose a model of g.setups, the calls that a task may make (g.tries) and the tasks at once (g.lanes): "
        "a batch of g.tasks must be done in g.max_sec even if every task makes all its calls, and the worst day must "
        "cost at most g.agreed_usd, with the cap and the check as before. On that day batch comes after batch, and the "
        "cap alone ends it. Which share of a batch does the setup deliver that delivers most, and what does its worst "
        "day cost? (Of equal ones, the cheapest on its worst day.) [share, USD]",
        unit="fraction and USD",
        answer=best_setup,
        rounding=2e-3,  # two digits of a share are another setup's
        misconceptions=(
            Misconception(
                "cap_not_kept",
                lambda g: best_setup(g, "nothing"),
                "That setup delivers most of all, and its worst day costs more than was agreed.",
            ),
            Misconception("one_call_a_task", lambda g: best_setup(g, "one call"), ONE_TRY),
            Misconception("no_overshoot", lambda g: best_setup(g, "one task"), NO_OVERSHOOT),
            Misconception(
                "batch_alone",
                lambda g: best_setup(g, "batch"),
                "You let the day end with one batch. Others follow it, and what ends a worst day is the cap.",
            ),
            Misconception(
                "too_slow",
                lambda g: best_setup(g, in_time=False),
                "That setup costs no more than was agreed, but its batch is not done in time.",
            ),
            Misconception(
                "other_model",
                lambda g: min(best_setup(g, model=row[0]) for row in g.setups),
                "That setup meets both conditions, and no other of its model delivers more. One of the other model "
                "does: compare what all the tries of a task bring, not what one call brings.",
            ),
            Misconception(
                "cheapest",
                lambda g: best_setup(g, first="usd"),
                "That setup has the cheapest worst day. Asked is the one that delivers most within what was agreed.",
            ),
        ),
        hints=(
            "Try them all, a loop in a loop in a loop. A task of so many tries is delivered unless all of them fail.",
            "share = 1 - (1 - good)**tries; worst = tries * usd, and the day's USD as in the question before; seconds "
            "= g.tasks * tries * sec / at_once. Keep those within both, and take the largest share.",
        ),
        worked=lambda g: (
            f"{_name_best(g)} delivers {best_setup(g)[0]:.2%} and costs ${best_setup(g)[1]:.3f} on its worst day; "
            f"without the cap it would be {best_setup(g, 'nothing')[0]:.2%} for ${best_setup(g, 'nothing')[1]:.2f}"
        ),
        points=2,
    ),
    Question(
        name="money_parts",
        asks="Write a function money_parts(bill) -> (seen, unseen, total), USD. A bill is (rows, prices), a row is "
        "(model, tokens_in, tokens_cached, tokens_out, stream, got), prices are as in g.prices. Seen is a call that "
        "is no stream, whose reply somebody got, and whose price the client's library has.",
        unit="(USD, USD, USD)",
        answer=money_parts,
        inputs=lambda g: (other_bills()[0], (rows_of(g), g.prices)),
        hidden=lambda g, rng: [other_bills()[int(i)] for i in 1 + rng.permutation(POOL - 1)[:4]],
        misconceptions=(
            Misconception(
                "cached_as_fresh",
                lambda g, bill: money_parts(g, bill, cached="fresh"),
                "You priced cached tokens as fresh ones. They are a part of tokens_in with a price of their own.",
            ),
            Misconception(
                "cached_added",
                lambda g, bill: money_parts(g, bill, cached="added"),
                "You added the cached tokens to tokens_in. They are counted there already.",
            ),
            Misconception(
                "streams_seen",
                lambda g, bill: money_parts(g, bill, ("gone", "unknown")),
                "Streams are among the seen ones. Without their usage nobody knows what they cost.",
            ),
            Misconception(
                "gone_seen",
                lambda g, bill: money_parts(g, bill, ("stream", "unknown")),
                "Calls whose reply nobody got are among the seen ones.",
            ),
            Misconception(
                "unknown_seen",
                lambda g, bill: money_parts(g, bill, ("stream", "gone")),
                "Calls of a model without a price are among the seen ones. The library writes 0 for them.",
            ),
            Misconception(
                "turned",
                lambda g, bill: (*money_parts(g, bill)[1::-1], money_parts(g, bill)[2]),
                "The numbers are right, in another order: seen, unseen, total.",
            ),
        ),
        hints=(
            "Price every row with its card, then put it on one of two piles.",
            "labkit.PriceCard.per_million(fresh, cached, out).bill(tokens_in, tokens_cached, tokens_out).usd",
        ),
        worked=lambda g: "of the calls in g.log ${:.4f} are seen and ${:.4f} are not, ${:.4f} in all".format(
            *money_parts(g, (rows_of(g), g.prices))
        ),
        points=2,
    ),
)


def _name_best(g: ServiceBill) -> str:
    """The best setup in words."""
    share, task, at_once, _, call = all_setups(g)
    worst = np.asarray(post_paid_calls(g.cap_usd, task, at_once)) * task
    best = next(i for i in range(len(share)) if (share[i], worst[i]) == best_setup(g))
    model = next(row[0] for row in g.setups if row[1] == call[best])
    return f"{model} with {round(task[best] / call[best])} calls a task and {at_once[best]} tasks at once"


ESSAYS = (
    Essay(
        name="on-monday",
        asks="What do you change on Monday, in which order, and why? Say which layer keeps its retries and which lose "
        "them; how the dollars that nobody saw come into the account; which cap you set, and what it refuses; what you "
        "will look at a week later, and what would make you take it back. Six sentences.",
        points=5,
        rubric="One point for each: one layer retries and the others do not, with the calls before and after; what is "
        "done for time-outs, since they are billed (a longer patience, no retry of them, or fewer tries), with their "
        "share of the bill; usage asked for in streams, a price for every model and for cached tokens, and the bill "
        "held against the account; a cap that reserves the worst case, or one with fewer tasks at once, with what it "
        "refuses or overruns in numbers; what is measured afterwards, such as calls a task, USD a right answer or "
        "tasks refused, with the figure that would undo the change.",
    ),
)

EXERCISE = Exercise(
    name="read_the_bill",
    number="11",
    title="Read the bill",
    minutes=35,
    difficulty="advanced",
    objective="From a server's log and its client's account, find the layers that multiplied, the dollars that nobody "
    "saw, and the setup that would have kept the cap.",
    text=ServiceBill(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
