"""Answers that were asked for again: the laws of retries, held against HumanEval, ALFWorld and Aider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labkit import reliability

from ..published import AIDER, ALFWORLD_BLIND, ALFWORLD_TASKS, Retried, humaneval_retries
from .comparison import Comparison, Misses, Place, Record, find_misses

MODELS = ("GPT-3.5-0613", "GPT-4-0613", "GPT-4-turbo-0409")
WAYS = ("cold", "warm")
HUMANEVAL = Record(
    what="HumanEval, agent-evals (5ce7c0c): runs of Kapoor et al. 2024",
    model=", ".join(MODELS),
    temperature="0 at every try (cold); or 0, then 0.3, then 0.5 (warm)",
    tries="up to 5",
    check="the problem's example tests say what is tried again; hidden tests say what is right",
    n="6 runs of 820 answers: 164 tasks, 5 times; p from 820 calls, GPT-3.5's from 1,148",
)
EIGHT = replace(HUMANEVAL, model=MODELS[-1], temperature=0, tries="up to 8", n="820 answers: 164 tasks, 5 times")
HOUSEHOLD = Record(
    what="ALFWorld, logs of Reflexion (Shinn et al. 2023)",
    model="the agent of Reflexion",
    temperature=ALFWORLD_BLIND.temperature,
    tries=ALFWORLD_BLIND.tries,
    check=ALFWORLD_BLIND.check,
    n=ALFWORLD_BLIND.n,
)
POLYGLOT = Record(
    what=AIDER.source,
    model="68 models",
    temperature=AIDER.temperature,
    tries=AIDER.tries,
    check=AIDER.check,
    n=AIDER.n,
)
RETRIES = 4
RELIABILITY, UNLIKE = "03_reliability", "06_tries_that_are_not_alike"


def retried_runs() -> list[Retried]:
    """The six recorded runs with up to five tries: three models, each cold and warm.

    >>> [round(run.solved, 3) for run in retried_runs()]
    [0.75, 0.812, 0.888, 0.906, 0.92, 0.932]
    """
    return [humaneval_retries(model, way) for model in MODELS for way in WAYS]


def fresh_misses(runs: list[Retried], retries: int = RETRIES) -> Misses:
    """By how much the share solved is missed: with every failure noticed and every try fresh; and with d and r.

    The second law's d and r were counted on these very runs, so it cannot miss; but an r below 0 is taken for 0.

    >>> [round(x, 3) for x in fresh_misses([humaneval_retries("GPT-4-0613", "cold")])]
    [0.112, 0.112, 0.0, 0.0]
    """
    p, detection, recovery, solved = (
        np.array([getattr(run, name) for run in runs]) for name in ("p", "recall", "recovery", "solved")
    )
    counted = reliability.with_detected_retry(p, detection, np.maximum(recovery, 0.0))
    return find_misses(solved, reliability.with_retries(p, retries), counted)


def gate_misses(runs: list[Retried], retries: int = RETRIES) -> Misses:
    """By how much the share solved is missed by a gate with the recall of the example tests, every try fresh.

    The last answer is kept, whatever the gate says; good answers are never rejected.

    >>> [round(x, 3) for x in gate_misses([humaneval_retries("GPT-4-0613", "cold")])][:2]
    [0.055, 0.055]
    """
    p, detection, solved = (np.array([getattr(run, name) for run in runs]) for name in ("p", "recall", "solved"))
    gated = reliability.gated(p, detection, retries=retries, fail_open=True)
    return find_misses(solved, gated.p)


def carried_retry_misses(five: Retried, eight: Retried) -> Misses:
    """By how much the share solved within eight tries is missed, with d and r counted on another run of five.

    >>> cold, eight = (humaneval_retries("GPT-4-turbo-0409", way) for way in ("cold", "eight"))
    >>> [round(x, 3) for x in carried_retry_misses(cold, eight)]
    [0.08, 0.08, 0.0, 0.0]
    """
    law = reliability.with_detected_retry(five.p, five.recall, five.recovery)
    return find_misses([eight.solved], [reliability.with_retries(five.p, 7)], [law])


def blind_trial_misses() -> Misses:
    """By how much ALFWorld's share solved after 3 to 7 blind trials is missed; the repair is fitted on trials 1 and 2.

    >>> [round(x, 3) for x in blind_trial_misses()]
    [0.242, 0.249, 0.029, 0.043]
    """
    solved = np.array(ALFWORLD_BLIND.values) / ALFWORLD_TASKS
    trials = np.arange(3, solved.size + 1)
    law = reliability.fit_beta(solved[0], 2 * solved[0] - solved[1])
    return find_misses(solved[2:], reliability.with_retries(solved[0], trials - 1), law.pass_at(trials))


def informed_misses() -> Misses:
    """By how much the second try of Aider's 68 models is missed by independence, from their mean p.

    >>> [round(x, 3) for x in informed_misses()][:2]
    [0.097, 0.097]
    """
    first, second, _ = AIDER.values
    return find_misses([second], [reliability.with_retries(first, 1)])


def _say_cold() -> str:
    cold, warm = (humaneval_retries("GPT-4-0613", way) for way in WAYS)
    fresh = reliability.with_retries(cold.p, RETRIES)
    once, each = retried_runs()[::2], [f"{run.solved:.3f}" for run in retried_runs()]
    others = "; ".join(f"{MODELS[i]} {once[i].p:.3f} once, {each[2 * i]} cold, {each[2 * i + 1]} warm" for i in (0, 2))
    return (
        f"GPT-4-0613 cold: p = {cold.p:.3f}, promised {fresh:.5f}, recorded {cold.solved:.3f} with d = "
        f"{cold.recall:.2f} and r = {cold.recovery:.2f}; warm {warm.solved:.3f}. Of its rejected first answers "
        f"{cold.rejected_then_right} of {cold.rejected_at_first} end right cold, {warm.rejected_then_right} of "
        f"{warm.rejected_at_first} warm. {others}. The one-call run is another run: "
        "GPT-3.5 cold ends below it. Its r comes out below 0, is taken for 0, and is all that the repaired law misses."
    )


def _say_gate() -> str:
    cold = humaneval_retries("GPT-4-0613", "cold")
    gated = reliability.gated(cold.p, cold.recall, retries=RETRIES, fail_open=True).p
    return (
        f"GPT-4-0613 cold: {gated:.3f} promised, {cold.solved:.3f} recorded. What the tests let pass explains half of "
        "what the text's law misses; that tries repeat explains the rest."
    )


def _say_eight() -> str:
    cold, eight = (humaneval_retries("GPT-4-turbo-0409", way) for way in ("cold", "eight"))
    return f"{eight.right} of {eight.answers} right after up to eight tries, {cold.right} after up to five."


def _say_aider() -> str:
    first, second, independent = AIDER.values
    r = (second - first) / (1 - first)
    return (
        f"{first:.1%}, then {second:.1%}; worked out model by model, independence says {independent:.1%}. An informed "
        f"retry repairs {r:.0%} of the failures, more than p. One record gives one r, so nothing is left to test it on."
    )


COMPARISONS = (
    Comparison(
        name="up to five tries",
        naive="1 - (1-p)^5: every failure is noticed, every try fresh",
        repaired="p + (1-p) d r: the check's recall and the tries' recovery, counted on the same runs",
        formulas=("reliability.with_retries", "reliability.with_detected_retry"),
        record=HUMANEVAL, misses=lambda: fresh_misses(retried_runs()), finding=_say_cold,
        place=Place(RELIABILITY, "Five tries, recorded"), counted=True,
    ),
    Comparison(
        name="a gate and four retries",
        naive="a gate with the recall of the example tests, every try fresh",
        repaired="the row above: a gate takes one r for all tries, and it is the same r",
        formulas=("reliability.gated",),
        record=HUMANEVAL, misses=lambda: gate_misses(retried_runs()), finding=_say_gate,
        place=Place(RELIABILITY, "Five tries, recorded"),
    ),
    Comparison(
        name="up to eight tries",
        naive="1 - (1-p)^8",
        repaired="p + (1-p) d r, with d and r from another run, of five tries",
        formulas=("reliability.with_retries", "reliability.with_detected_retry"),
        record=EIGHT,
        misses=lambda: carried_retry_misses(*(humaneval_retries("GPT-4-turbo-0409", w) for w in ("cold", "eight"))),
        finding=_say_eight,
    ),
    Comparison(
        name="blind trials of an agent",
        naive="1 - (1-p)^k: every trial is fresh",
        repaired="two numbers, fitted on trials 1 and 2, tested on trials 3 to 7",
        formulas=("reliability.with_retries", "reliability.fit_beta", "reliability.BetaLaw.pass_at"),
        record=HOUSEHOLD, misses=blind_trial_misses,
        finding=lambda: "The repair goes on climbing where the record stops: some thirty tasks were never solved.",
        place=Place(UNLIKE, "Asking again, blindly"),
    ),
    Comparison(
        name="a retry that sees the errors",
        naive="1 - (1-p)^2, with the mean p",
        repaired="none: one record gives one r, and no second record tests it",
        formulas=("reliability.with_retries",),
        record=POLYGLOT, misses=informed_misses, finding=_say_aider,
        place=Place(UNLIKE, "Asking again, informed"),
    ),
)  # fmt: skip
"""The laws of retries, each with its record."""
