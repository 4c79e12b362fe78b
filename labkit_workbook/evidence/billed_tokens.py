"""Tokens that are billed: a conversation that grows and two prefix caches, held against tau-bench and Mooncake.

Prices are this course's, in those of an input token: a cached token is read at 0.10 and written at 1.25.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labkit import cost, prices

from ..published import ChatRequests, Talk, airline_calls, mooncake_requests
from .comparison import RELATIVE, Comparison, Misses, Place, Record, find_misses

READ, WRITE = 0.10, 1.25
AGENT, CHAT = (prices.PriceCard(1.0, READ, output, usd_written=WRITE) for output in (4.0, 5.0))
FIVE_MINUTES = 300.0
LESSON = "01_cost"
CONVERSATIONS = Record(
    what="tau-bench, airline trajectories (59a200c), Yao et al. 2024",
    model="gpt-4o",
    temperature=0,
    tries=4,
    check="none: tokens are counted, at four characters each",
    n="2,454 calls in 200 conversations: 50 tasks, trials 0 and 1 fitted, 2 and 3 tested",
)
SERVICE = Record(
    what="Mooncake, conversation trace (3b5a594)",
    model="not stated",
    temperature="not stated",
    tries=1,
    check="none: tokens are counted",
    n="12,031 requests in an hour; prefixes in blocks of 512 tokens",
)


def split_trials(talks: Sequence[Talk]) -> tuple[list[Talk], list[Talk]]:
    """The conversations of trials 0 and 1, and those of the later ones.

    >>> [len(half) for half in split_trials(airline_calls())]
    [100, 100]
    """
    return [talk for talk in talks if talk.trial < 2], [talk for talk in talks if talk.trial >= 2]


def growing_misses(talks: Sequence[Talk], how: str = "means") -> Misses:
    """By how much all tokens sent in the later trials are missed: by calls alike, and by a + b a call, fitted before.

    >>> [round(growing_misses(airline_calls(), how).repaired, 3) for how in ("means", "least_squares")]
    [0.04, 0.011]
    >>> round(growing_misses(airline_calls()).naive, 2)
    0.5
    """
    seen, tested = split_trials(talks)
    law = cost.fit_growing_context([talk.sent for talk in seen], how)
    calls = np.array([talk.sent.size for talk in tested])
    alike = np.sum(cost.growing_context_tokens(law.first, 0.0, calls))
    recorded = sum(float(talk.sent.sum()) for talk in tested)
    return find_misses([recorded], [alike], [np.sum(law.tokens(calls))], RELATIVE)


def mean_calls_misses(talks: Sequence[Talk]) -> Misses:
    """By how much the same total is missed with the mean number of calls in place of each conversation's own.

    The repaired law is that of ``growing_misses``.

    >>> [round(x, 3) for x in mean_calls_misses(airline_calls())][::2]
    [0.147, 0.04]
    """
    seen, tested = split_trials(talks)
    law = cost.fit_growing_context([talk.sent for talk in seen])
    calls = np.array([talk.sent.size for talk in tested])
    mean = calls.mean()
    at_mean = len(tested) * (law.first * mean + law.growth * mean * (mean - 1) / 2)
    recorded = sum(float(talk.sent.sum()) for talk in tested)
    return find_misses([recorded], [at_mean], [np.sum(law.tokens(calls))], RELATIVE)


def agent_cache_misses(talks: Sequence[Talk]) -> Misses:
    """By how much the share of the bill is missed that a prefix cache leaves: by free hits, and by the fitted law.

    Recorded is a replay of every call, each of which finds what the one before it sent.

    >>> round(agent_cache_misses(airline_calls()).repaired, 3)
    0.003
    """
    seen, _ = split_trials(talks)
    law = cost.fit_growing_context([talk.sent for talk in seen])
    calls = np.array([talk.sent.size for talk in talks])
    replay = replay_talks(talks)
    answered = AGENT.usd_out * sum(float(talk.answered.sum()) for talk in talks)
    cached = np.sum(cost.cached_context_tokens(law.first, law.growth, calls, READ, WRITE)) + answered
    by_law = cached / (np.sum(law.tokens(calls)) + answered)
    return find_misses([replay.left], [replay.left_if_free], [by_law])


def replay_talks(talks: Sequence[Talk]) -> prices.CacheReplay:
    """The bill of recorded conversations whose calls find what the one before them sent.

    >>> round(replay_talks(airline_calls()).left, 3)
    0.293
    """
    sent, answered = (np.concatenate([getattr(talk, name) for talk in talks]) for name in ("sent", "answered"))
    before = np.concatenate([[0.0, *talk.sent[:-1]] for talk in talks])
    return prices.replay_prefix_cache(AGENT, sent, np.minimum(before, sent), answered)


def chat_cache_misses(rows: ChatRequests) -> Misses:
    """By how much the share of a chat's bill is missed that a cache leaves: by free hits, and by read and write prices.

    The second law is counted on the same rows, all of them in one call.

    >>> [round(x, 2) for x in chat_cache_misses(mooncake_requests())]
    [0.17, 0.17, 0.0, 0.0]
    """
    replay = prices.replay_prefix_cache(CHAT, rows.tokens_in, rows.tokens_seen, rows.tokens_out)
    sent, seen, out = (float(column.sum()) for column in (rows.tokens_in, rows.tokens_seen, rows.tokens_out))
    bills = [
        cost.cached_prefix(1.0, CHAT.usd_out, hit, sent - hit, out, READ, write)
        for hit, write in ((seen, WRITE), (0.0, 1.0))
    ]
    return find_misses([replay.left], [replay.left_if_free], [bills[0] / bills[1]])


def lived_cache_misses(rows: ChatRequests, life_sec: float = FIVE_MINUTES) -> Misses:
    """By how much the share of the bill left is missed by a cache that never forgets, where entries live so long.

    >>> round(lived_cache_misses(mooncake_requests()).naive, 2)
    0.08
    """
    columns = (rows.tokens_in, rows.tokens_seen, rows.tokens_out, rows.age_sec)
    ever, lived = (prices.replay_prefix_cache(CHAT, *columns, life_sec=life) for life in (None, life_sec))
    return find_misses([lived.left], [ever.left])


def _say_growth() -> str:
    talks = airline_calls()
    law = cost.fit_growing_context([talk.sent for talk in split_trials(talks)[0]])
    squares = growing_misses(talks, "least_squares").repaired
    return (
        f"a = {law.first:,.0f} and b = {law.growth:.0f} tokens, by mean first call and mean growth; least squares miss "
        f"by {squares:.1%}."
    )


def _say_mean_calls() -> str:
    talks = airline_calls()
    seen, tested = split_trials(talks)
    law = cost.fit_growing_context([talk.sent for talk in seen])
    calls = np.array([talk.sent.size for talk in tested])
    mean = calls.mean()
    at_mean = law.first * mean + law.growth * mean * (mean - 1) / 2
    return (
        f"{mean:.2f} calls in the mean. The bill grows with their square, and at the mean the same law says "
        f"{1 - at_mean / np.mean(law.tokens(calls)):.0%} less than at each conversation's own number (Jensen)."
    )


def _say_agent() -> str:
    talks = airline_calls()
    replay = replay_talks(talks)
    sent, out = (sum(float(getattr(talk, name).sum()) for talk in talks) for name in ("sent", "answered"))
    return (
        f"{replay.left:.3f} of the bill left as replayed, {replay.left_if_free:.3f} if hits were free. Read "
        f"{READ:.2f}, write {WRITE:.2f}, output {AGENT.usd_out:.0f} times an input token (ours); input to output "
        f"{sent / out:.0f}:1."
    )


def _say_chat() -> str:
    rows = mooncake_requests()
    replay = prices.replay_prefix_cache(CHAT, rows.tokens_in, rows.tokens_seen, rows.tokens_out)
    return (
        f"{replay.left:.2f} of the bill left, {replay.left_if_free:.2f} if hits were free. Read {READ:.2f}, write "
        f"{WRITE:.2f}, output {CHAT.usd_out:.0f} times an input token (ours). A chat repeats less than an agent."
    )


def _say_lived() -> str:
    rows = mooncake_requests()
    columns = (rows.tokens_in, rows.tokens_seen, rows.tokens_out, rows.age_sec)
    left = prices.replay_prefix_cache(CHAT, *columns, life_sec=FIVE_MINUTES).left
    return f"{left:.2f} of the bill left where an entry lives for five minutes after its last use."


_GROWTH = ("cost.fit_growing_context", "cost.ContextGrowth.tokens")
COMPARISONS = (
    Comparison(
        name="a conversation that grows",
        naive="every call sends as much as the first",
        repaired="a + b a call, fitted on trials 0 and 1, tested on 2 and 3",
        formulas=(*_GROWTH, "cost.growing_context_tokens"),
        record=CONVERSATIONS, unit=RELATIVE, misses=lambda: growing_misses(airline_calls()), finding=_say_growth,
        place=Place(LESSON, "The conversation that grows"),
    ),
    Comparison(
        name="conversations of the mean length",
        naive="a + b a call, at the mean number of calls",
        repaired="the same, at each conversation's own number of calls",
        formulas=_GROWTH,
        record=CONVERSATIONS, unit=RELATIVE, misses=lambda: mean_calls_misses(airline_calls()),
        finding=_say_mean_calls, place=Place(LESSON, "The conversation that grows"),
    ),
    Comparison(
        name="an agent's prefix cache",
        naive="a hit is free",
        repaired="reads and writes at their prices, on the fitted a + b a call",
        formulas=(*_GROWTH, "cost.cached_context_tokens", "prices.replay_prefix_cache"),
        record=CONVERSATIONS, misses=lambda: agent_cache_misses(airline_calls()), finding=_say_agent,
        place=Place(LESSON, "Is a cached prompt free?"),
    ),
    Comparison(
        name="a chat's prefix cache",
        naive="a hit is free",
        repaired="reads and writes at their prices, counted on the same requests",
        formulas=("cost.cached_prefix", "prices.replay_prefix_cache"),
        record=SERVICE, misses=lambda: chat_cache_misses(mooncake_requests()), finding=_say_chat,
        place=Place(LESSON, "Is a cached prompt free?"), counted=True,
    ),
    Comparison(
        name="a cache that forgets",
        naive="an entry lives for ever",
        repaired="none: how long entries live is told by the vendor, not by a law",
        formulas=("prices.replay_prefix_cache",),
        record=SERVICE, misses=lambda: lived_cache_misses(mooncake_requests()), finding=_say_lived,
        place=Place(LESSON, "Is a cached prompt free?"),
    ),
)  # fmt: skip
"""The laws of billed tokens, each with its record."""
