"""Gates: a step behind a check that may miss errors and send good work back, and a chain of such steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, one_flag, plain, probability, some, together, whole
from .._series import Array, geometric_sum, power
from .._values import by_value


@by_value
class Gated(NamedTuple):
    """What a gate makes of a step: how often it ends right, its attempts, how often it ends rejected."""

    p: Number
    attempts: Number
    rejected: Number


def gated(
    p: ArrayLike, detection: ArrayLike = 1.0, false_alarm: ArrayLike = 0.0, retries: ArrayLike = 0,
    fail_open: bool = False, recovery: ArrayLike | None = None,
) -> Gated:  # fmt: skip
    """A step behind a gate that rejects bad answers, and sometimes good ones, and asks again.

    Formula, with every attempt right with probability p: an attempt is rejected with ``q = p f + (1-p) d``;
    fail-closed ``P = p (1-f) (1-q^(k+1)) / (1-q)``; fail-open ``P = p (1-f) (1-q^k) / (1-q) + p q^k``; attempts
    ``(1-q^(k+1)) / (1-q)``; rejected at the end ``q^(k+1)``, or never when fail-open. At d = 1, f = 0 it is the retry
    law. Source: the law of total probability over the attempts (section, part 3, names the gate).

    Args:
        p: first attempt, in [0, 1].
        detection: d, the share of bad answers rejected (recall), in [0, 1].
        false_alarm: f, the share of good answers rejected, in [0, 1].
        retries: k, a whole number from 0.
        fail_open: pass the last attempt in any case; a gate that fails closed lets nothing rejected through.
        recovery: how often the attempts after the first are right instead, in [0, 1]; p where it is not given.

    >>> closed = gated(0.9, detection=0.8, false_alarm=0.05, retries=1)
    >>> round(closed.p, 4), round(closed.attempts, 3), round(closed.rejected, 4)
    (0.9619, 1.125, 0.0156)
    """
    first, d, f = (probability("p", p), probability("detection", detection), probability("false_alarm", false_alarm))
    again = first if recovery is None else probability("recovery", recovery)
    k = whole("retries", retries)
    together(p=first, detection=d, false_alarm=f, retries=k, recovery=again)
    q1 = first * f + (1 - first) * d
    q = q1 if recovery is None else again * f + (1 - again) * d
    more = geometric_sum(q, k)  # attempts after the first, given that the first was rejected
    accepted = first * (1 - f) + q1 * again * (1 - f) * more
    last_rejected = np.where(k == 0, q1, q1 * power(q, k))
    if one_flag("fail_open", fail_open):
        passed_anyway = np.where(k == 0, first * f, q1 * power(q, np.maximum(k - 1, 0)) * again * f)
        return Gated(plain(np.minimum(accepted + passed_anyway, 1.0)), plain(1 + q1 * more), plain(0 * last_rejected))
    return Gated(plain(np.minimum(accepted, 1.0)), plain(1 + q1 * more), plain(last_rejected))


@by_value
class Escalated(NamedTuple):
    """What a gate with a person behind it makes of a step: how often it ends right, its attempts, her looks a task."""

    p: Number
    attempts: Number
    escalated: Number


def escalated(
    p: ArrayLike, detection: ArrayLike = 1.0, false_alarm: ArrayLike = 0.0, retries: ArrayLike = 0,
    recall: ArrayLike = 1.0, recovery: ArrayLike | None = None,
) -> Escalated:  # fmt: skip
    """A step behind a gate, and a person who looks at what the gate rejects for the last time.

    Formula: with R the share rejected at the end and g the part of it that was right, ``P = A + g + rho (R - g)``,
    where A is what the gate accepted rightly (``gated``): she lets the right ones through, notices a share rho of the
    wrong ones and puts them right, and delivers the rest. Nothing is refused. At rho = 0 it is a gate that fails open.
    Source: the law of total probability over the attempts.

    Args:
        p, detection, false_alarm, retries, recovery: as for ``gated``.
        recall: rho, the share of the wrong answers before her that she notices, in [0, 1].

    >>> helped = escalated(0.9, detection=0.8, false_alarm=0.05, retries=1, recall=0.9)
    >>> round(helped.p, 4), round(helped.escalated, 4)
    (0.9765, 0.0156)
    """
    noticed = probability("recall", recall)
    closed, handed_on = (gated(p, detection, false_alarm, retries, way, recovery) for way in (False, True))
    together(gated=np.asarray(closed.p), recall=noticed)
    wrong = np.maximum(closed.rejected - (handed_on.p - closed.p), 0.0)
    return Escalated(plain(np.minimum(handed_on.p + noticed * wrong, 1.0)), closed.attempts, closed.rejected)


@by_value
class CheckedChain(NamedTuple):
    """How often a chain ends right, wrong without anyone noticing, or stopped at a gate; and its calls in the mean."""

    right: Number
    wrong: Number
    stopped: Number
    calls: Number


def checked_chain(
    p: ArrayLike, detection: ArrayLike = 0.0, false_alarm: ArrayLike = 0.0, retries: ArrayLike = 0,
    recovery: ArrayLike | None = None, healing: ArrayLike = 0.0, fail_open: bool = False,
) -> CheckedChain:  # fmt: skip
    """A chain of steps with a gate after each, where an error that passes spoils the steps after it.

    Formula: a Markov chain over right, wrong and stopped. With ``A(x)`` the chance that a gated step ends right and
    ``R(x)`` that it ends rejected, where each attempt is right with probability x (``gated``)::

        right'   = right A(p) + wrong A(h)
        wrong'   = right (1 - A(p) - R(p)) + wrong (1 - A(h) - R(h))
        stopped' = stopped + right R(p) + wrong R(h)

    Built on a wrong result, an attempt is right with h = healing only, so redoing the step seldom helps, and a gate
    that notices stops the chain. A gate that is missing after a step has detection 0 and false alarm 0. Without any
    gate and without healing ``right`` is the product law; with one step it is ``gated``. Source: the law of total
    probability, step by step.

    Args:
        p: p_s along the last axis, right input given, in [0, 1]; at least one step.
        detection: d, the share of wrong results rejected (recall), in [0, 1]; this and the next three are one for
            all steps or one for each, and fit against p.
        false_alarm: f, the share of right results rejected, in [0, 1].
        retries: k, how often a rejected step is done again before the chain stops; a whole number from 0.
        recovery: r, success of the attempts after the first, on right input, in [0, 1]; p where not given.
        healing: h, how often a step on wrong input ends right, in [0, 1].
        fail_open: pass the last attempt in any case, so that nothing ever stops.

    >>> seen = checked_chain([0.985] * 12, detection=0.8, false_alarm=0.02, retries=1)
    >>> round(seen.right, 4), round(seen.wrong, 4), round(seen.stopped, 4), round(seen.calls, 2)
    (0.9519, 0.0046, 0.0435, 12.19)
    """
    chances = probability("p", some("p", p))
    given = {
        "detection": probability("detection", detection), "false_alarm": probability("false_alarm", false_alarm),
        "retries": whole("retries", retries),
        "recovery": chances if recovery is None else probability("recovery", recovery),
        "healing": probability("healing", healing),
    }  # fmt: skip
    together(p=chances, **given)
    chances, d, f, k, r, h = np.broadcast_arrays(chances, *given.values())
    on_right = [np.asarray(part) for part in gated(chances, d, f, k, fail_open, None if recovery is None else r)]
    on_wrong = [np.asarray(part) for part in gated(h, d, f, k, fail_open)]
    right, wrong, stopped, calls = _follow_chain(on_right, on_wrong)
    return CheckedChain(plain(np.maximum(right, 0.0)), plain(np.maximum(wrong, 0.0)), plain(stopped), plain(calls))


def _follow_chain(on_right: list[Array], on_wrong: list[Array]) -> list[Array]:
    """How often the last result is right and wrong, and the sums of stops and of calls, from a right start.

    Each step is a 2 x 2 matrix from (right, wrong) to (right, wrong), and another to what it adds to (stopped, calls).
    Neighbours are multiplied pair by pair until one is left, so that many steps take few rounds.
    """
    rows = [(well, 1 - well - rejected, rejected, attempts) for well, attempts, rejected in (on_right, on_wrong)]
    steps = np.moveaxis(np.stack([np.stack(row, axis=-1) for row in rows], axis=-2), -3, 0)
    go, add = steps[..., :2], steps[..., 2:]
    while (even := len(go) // 2 * 2) > 0:
        first = go[0:even:2]
        add = np.concatenate([add[0:even:2] + first @ add[1:even:2], add[even:]])
        go = np.concatenate([first @ go[1:even:2], go[even:]])
    return [total[0, ..., 0, i] for total in (go, add) for i in (0, 1)]
