"""What a task costs: the sum of its calls.

Every function broadcasts like a numpy function: give numbers and get a number, give arrays and get an array.
A number out of its range, NaN, text or None, and arrays that do not fit together raise a ``ValueError`` that names
the argument and the value.
"Section" in a docstring is section 32.10, the text this course implements.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import Number, non_negative, number, plain, probability, some, together, whole
from ._series import geometric_sum


def task_cost(usd_per_call: ArrayLike, calls: ArrayLike) -> Number:
    """Cost of one task: every call is paid, whether or not it is on the critical path.

    Formula: ``Cost = kappa * sum_s c_s`` (section, part 1).

    Args:
        usd_per_call: kappa, the price of a call, in USD, zero or more.
        calls: c_s, the calls of each step along the last axis, zero or more.

    Returns:
        USD, with the last axis of ``calls`` summed away.

    Raises:
        ValueError: a negative price or count, NaN, or no steps at all.

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

    Raises:
        ValueError: a number out of range.

    >>> call_multiplier(12, 2)
    24.0
    """
    count, mean = whole("steps", steps, at_least=1), non_negative("mean_calls", mean_calls)
    together(steps=count, mean_calls=mean)
    return plain(count * mean)


def is_ten_to_hundred(multiplier: ArrayLike) -> bool | np.ndarray:
    """Does "agents cost 10 to 100 times a single call" hold for this multiplier? (section, part 1)

    Args:
        multiplier: calls of a task over calls of a single call, zero or more.

    Returns:
        True where it lies in [10, 100].

    >>> [is_ten_to_hundred(call_multiplier(s, 2)) for s in (4, 12, 60)]
    [False, True, False]
    """
    times = non_negative("multiplier", multiplier)
    inside = (times >= 10) & (times <= 100)
    return bool(inside) if inside.ndim == 0 else inside


def debate_calls(agents: ArrayLike, rounds: ArrayLike, counting: str = "text") -> Number:
    """Calls of one debate. The rounds follow one another; the agents of a round run side by side.

    The section counts in two ways. Its text says ``agents * rounds``. Its listing gives every agent an
    opening answer first, ``agents * (1 + rounds)``, with one agent.

    Args:
        agents: a whole number from 1.
        rounds: a whole number from 0 (from 1 with ``counting="text"``).
        counting: ``"text"`` or ``"listing"``.

    Raises:
        ValueError: a count out of range, or another word for ``counting``.

    >>> debate_calls(5, 3), debate_calls(1, 3, counting="listing")
    (15.0, 4.0)
    """
    speakers, turns = whole("agents", agents, at_least=1), np.asarray(debate_turns(rounds, counting))
    together(agents=speakers, rounds=turns)
    return plain(speakers * turns)


def debate_turns(rounds: ArrayLike, counting: str = "text") -> Number:
    """Calls of a debate that wait for one another: ``rounds`` (text) or ``1 + rounds`` (listing).

    Args:
        rounds: a whole number from 1 (from 0 with ``counting="listing"``).
        counting: ``"text"`` or ``"listing"``.

    >>> debate_turns(2), debate_turns(2, counting="listing")
    (2.0, 3.0)
    """
    if counting == "text":
        return plain(whole("rounds", rounds, at_least=1))
    if counting == "listing":
        return plain(1 + whole("rounds", rounds))
    raise ValueError(f"counting must be 'text' or 'listing', got {counting!r}")


def expected_attempts(p: ArrayLike, retries: ArrayLike) -> Number:
    """Mean number of attempts when a failed attempt is tried again, at most ``retries`` times.

    Formula: ``(1 - (1-p)^(k+1)) / p``, which is ``k + 1`` at p = 0. The section leaves this out: it counts
    retries as free. Source: the mean of a truncated geometric distribution.

    Args:
        p: probability that one attempt succeeds, in [0, 1].
        retries: k, a whole number from 0.

    Raises:
        ValueError: a number out of range.

    >>> expected_attempts(0.95, 1), expected_attempts(0.0, 2)
    (1.05, 3.0)
    """
    fail = 1 - probability("p", p)
    tries = whole("retries", retries) + 1
    together(p=fail, retries=tries)
    return plain(geometric_sum(fail, tries))


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

    Raises:
        ValueError: a number out of range.

    >>> round(steps_until_failure(0.985, 12), 3), steps_until_failure(0.985, 12, detection=0)
    (11.058, 12.0)
    """
    fail, d, count = 1 - probability("p", p), probability("detection", detection), whole("steps", steps, at_least=1)
    together(p=fail, detection=d, steps=count)
    return plain(geometric_sum(1 - fail * d, count))


def growing_context_tokens(first: ArrayLike, growth: ArrayLike, steps: ArrayLike) -> Number:
    """Input tokens that an agent pays for when every call sends the whole conversation again.

    Formula: ``a S + b S (S-1) / 2``: call number s sends ``a + b (s-1)`` tokens. The bill grows with the
    square of the number of steps. Source: the sum of an arithmetic series.

    Args:
        first: a, tokens of the first call, zero or more.
        growth: b, tokens that each step adds, zero or more.
        steps: S, a whole number from 1.

    Raises:
        ValueError: a number out of range.

    >>> growing_context_tokens(2000, 500, 1), growing_context_tokens(2000, 500, 12)
    (2000.0, 57000.0)
    """
    count = whole("steps", steps, at_least=1)
    a, b = non_negative("first", first), non_negative("growth", growth)
    together(first=a, growth=b, steps=count)
    return plain(a * count + b * count * (count - 1) / 2)


def cached_prefix(
    usd_per_input_token: ArrayLike,
    usd_per_output_token: ArrayLike,
    hit_tokens: ArrayLike,
    miss_tokens: ArrayLike,
    output_tokens: ArrayLike,
    read: ArrayLike = 0.1,
    write: ArrayLike = 1.0,
) -> Number:
    """Price of one call whose prompt begins with a cached prefix. Only input gets cheaper, never to zero.

    Formula: ``u_in (read * hit + write * miss) + u_out * output``. Vendors publish read multipliers of 0.1
    to 0.5 and write multipliers of 1 (free), 1.25 and 2 (prices as reported by two vendors' price pages).

    Args:
        usd_per_input_token: u_in, USD a token, zero or more.
        usd_per_output_token: u_out, USD a token, zero or more.
        hit_tokens: input tokens found in the cache, zero or more.
        miss_tokens: input tokens that are not, zero or more.
        output_tokens: tokens written by the model, zero or more.
        read: price multiplier of a hit, zero or more.
        write: price multiplier of a miss that is put into the cache, zero or more.

    Raises:
        ValueError: a negative number or NaN.

    >>> full = cached_prefix(3e-6, 15e-6, 0, 2000, 200)
    >>> warm = cached_prefix(3e-6, 15e-6, 1800, 200, 200)
    >>> round(full, 6), round(warm, 6)
    (0.009, 0.00414)
    """
    amounts = {
        "usd_per_input_token": usd_per_input_token, "usd_per_output_token": usd_per_output_token,
        "hit_tokens": hit_tokens, "miss_tokens": miss_tokens, "output_tokens": output_tokens,
        "read": read, "write": write,
    }  # fmt: skip
    checked = {name: non_negative(name, value) for name, value in amounts.items()}
    together(**checked)
    price_in, price_out, hits, misses, output, r, w = checked.values()
    return plain(price_in * (r * hits + w * misses) + price_out * output)


def quality_per_dollar(reliability: ArrayLike, usd: ArrayLike) -> Number:
    """Successes bought by a dollar (section, part 4).

    Formula: ``P / Cost``; infinite where the cost is zero.

    Args:
        reliability: P, in [0, 1].
        usd: cost of a task, zero or more.

    >>> round(quality_per_dollar(0.985, 0.03), 1), quality_per_dollar(0.985, 0.0)
    (32.8, inf)
    """
    p, cost = probability("reliability", reliability), non_negative("usd", usd)
    together(reliability=p, usd=cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(cost == 0, np.inf, p / cost))


def cost_per_success(reliability: ArrayLike, usd: ArrayLike) -> Number:
    """Dollars per success when a failed task is bought again, until one succeeds.

    Formula: ``Cost / P``; infinite where P is zero. Source: the mean of a geometric distribution.

    Args:
        reliability: P, in [0, 1].
        usd: cost of a task, zero or more.

    >>> round(cost_per_success(0.985, 0.03), 5)
    0.03046
    """
    p, cost = probability("reliability", reliability), non_negative("usd", usd)
    together(reliability=p, usd=cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(p == 0, np.inf, cost / p))


def profit(value_usd: ArrayLike, reliability: ArrayLike, usd: ArrayLike) -> Number:
    """What a task earns when a success is worth something and a failure nothing.

    Formula: ``V P - Cost``, in USD. Source: an expectation over success and failure.

    Args:
        value_usd: V, USD, any finite number.
        reliability: P, in [0, 1].
        usd: cost of the task, zero or more.

    >>> round(profit(1.0, 0.985, 0.03), 3)
    0.955
    """
    value, p, cost = number("value_usd", value_usd), probability("reliability", reliability), non_negative("usd", usd)
    together(value_usd=value, reliability=p, usd=cost)
    return plain(value * p - cost)
