"""What a task costs: the sum of its calls. And the front door to every law of money.

Counting calls is in this module. ``call_layers``, ``context_growth``, ``prefix_caching``, ``semantic_caching``,
``cascades``, ``routing_scores``, ``spend_caps`` and ``value_for_money`` hold one law each; their names can be had from
here.

Every function broadcasts like a numpy function: give numbers and get a number, give arrays and get an array.
A number out of its range, NaN, text or None, and arrays that do not fit together raise a ``ValueError`` that names
the argument and the value.
"Section" in a docstring is section 32.10, the text this course implements.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import Number, non_negative, one_of, plain, probability, some, together, whole
from ._series import geometric_sum
from .laws.call_layers import calls_through_layers
from .laws.cascades import JudgedCascade, cascade, judged_cascade
from .laws.context_growth import ContextGrowth, fit_growing_context
from .laws.prefix_caching import cache_pays_after, cached_context_tokens, cached_prefix, growing_context_tokens
from .laws.routing_scores import apgr, cpt, pgr, routed_cost
from .laws.semantic_caching import SemanticCache, false_hits_allowed, semantic_cache
from .laws.spend_caps import post_paid_calls, pre_paid_calls
from .laws.value_for_money import cost_per_success, profit, quality_per_dollar

__all__ = [
    "ContextGrowth", "JudgedCascade", "SemanticCache", "apgr", "cache_pays_after", "cached_context_tokens",
    "cached_prefix", "call_multiplier", "calls_through_layers", "cascade", "cost_per_success", "cpt", "debate_calls",
    "expected_attempts", "false_hits_allowed", "fit_growing_context", "growing_context_tokens", "is_ten_to_hundred",
    "judged_cascade", "pgr", "post_paid_calls", "pre_paid_calls", "profit", "quality_per_dollar", "routed_cost",
    "semantic_cache", "steps_until_failure", "task_cost", "worst_attempts",
]  # fmt: skip


def task_cost(usd_per_call: ArrayLike, calls: ArrayLike) -> Number:
    """USD of one task: every call is paid, whether or not it is on the critical path.

    Formula: ``Cost = kappa * sum_s c_s`` (section, part 1).

    Args:
        usd_per_call: kappa, the price of a call, in USD, zero or more.
        calls: c_s, the calls of each step along the last axis, at least one, zero or more.

    >>> task_cost(0.03, [1, 6, 1, 6, 1])
    0.44999999999999996
    """
    price, total = non_negative("usd_per_call", usd_per_call), non_negative("calls", some("calls", calls)).sum(axis=-1)
    together(usd_per_call=price, calls=total)
    return plain(price * total)


def call_multiplier(steps: ArrayLike, mean_calls: ArrayLike) -> Number:
    """How many times one call a task costs, when all calls cost the same.

    Formula: ``S * c_mean`` (section, part 1).

    Args:
        steps: S, the number of steps, a whole number from 1.
        mean_calls: mean calls per step, zero or more.

    >>> call_multiplier(12, 2)
    24.0
    """
    count, mean = whole("steps", steps, at_least=1), non_negative("mean_calls", mean_calls)
    together(steps=count, mean_calls=mean)
    return plain(count * mean)


def is_ten_to_hundred(multiplier: ArrayLike) -> bool | np.ndarray:
    """True where "agents cost 10 to 100 times a single call" holds (section, part 1).

    Args:
        multiplier: calls of a task over calls of a single call, zero or more.

    >>> [is_ten_to_hundred(call_multiplier(s, 2)) for s in (4, 12, 60)]
    [False, True, False]
    """
    times = non_negative("multiplier", multiplier)
    inside = (times >= 10) & (times <= 100)
    return bool(inside) if inside.ndim == 0 else inside


def debate_calls(agents: ArrayLike, rounds: ArrayLike, counting: str = "text") -> Number:
    """Calls of one debate. The rounds follow one another; the agents of a round run side by side.

    Formula: ``agents * rounds`` in the text, ``agents * (1 + rounds)`` in the listing (section, part 1). The listing
    gives every agent an opening answer first. The calls of one agent are those that wait for one another.

    Args:
        agents: a whole number from 1.
        rounds: a whole number from 0 (from 1 with ``counting="text"``).
        counting: ``"text"`` or ``"listing"``.

    >>> debate_calls(5, 3), debate_calls(1, 3, counting="listing")
    (15.0, 4.0)
    """
    first = 1 if one_of("counting", counting, ("text", "listing")) == "listing" else 0
    speakers, turns = whole("agents", agents, at_least=1), first + whole("rounds", rounds, at_least=1 - first)
    together(agents=speakers, rounds=turns)
    return plain(speakers * turns)


def expected_attempts(p: ArrayLike, retries: ArrayLike) -> Number:
    """Mean number of attempts when a failed attempt is tried again, at most ``retries`` times.

    Formula: ``(1 - (1-p)^(k+1)) / p``, which is ``k + 1`` at p = 0. The section leaves this out: it counts
    retries as free. Source: the mean of a truncated geometric distribution.

    Args:
        p: probability that one attempt succeeds, in [0, 1].
        retries: k, a whole number from 0.

    >>> expected_attempts(0.95, 1), expected_attempts(0.0, 2)
    (1.05, 3.0)
    """
    right, tries = probability("p", p), whole("retries", retries) + 1
    together(p=right, retries=tries)
    return plain(geometric_sum(1 - right, tries, right))


def worst_attempts(retries: ArrayLike) -> Number:
    """Attempts when everything goes wrong.

    Formula: ``k + 1`` (section, exercise 1).

    Args:
        retries: k, a whole number from 0.

    >>> worst_attempts(1)
    2.0
    """
    return plain(whole("retries", retries) + 1)


def steps_until_failure(p: ArrayLike, steps: ArrayLike, detection: ArrayLike = 1.0) -> Number:
    """Mean number of steps paid by a chain that stops at its first detected failure.

    Formula: ``(1 - a^S) / (1 - a)`` with ``a = 1 - (1-p) d``, the probability of going on after a step.
    The step that fails is paid too. Source: the mean of a truncated geometric distribution.

    Args:
        p: probability that a step succeeds, in [0, 1].
        steps: S, a whole number from 1.
        detection: d, the share of failures that are noticed, in [0, 1].

    >>> round(steps_until_failure(0.985, 12), 3), steps_until_failure(0.985, 12, detection=0)
    (11.058, 12.0)
    """
    fail, d, count = 1 - probability("p", p), probability("detection", detection), whole("steps", steps, at_least=1)
    together(p=fail, detection=d, steps=count)
    return plain(geometric_sum(1 - fail * d, count, fail * d))
