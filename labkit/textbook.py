"""The section's printed table, row by row: as published, and with its assumptions mended.

Every figure here is computed from a workflow. A row holds two: one that makes the section's convenient
assumption and reproduces the printed digits, and one that does not, with the reason for the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .levers import cache, cut, parallelize, retry
from .outcome import Outcome
from .reliability import chain_success
from .workflow import PREMIUM, SMALL, Workflow, chain, parallel

STEPS_OF_DECAY = (1, 6, 12, 24, 48)
FIRST_SIX = tuple(f"step-{i}" for i in range(1, 7))


@dataclass(frozen=True)
class Row:
    """One line of the table: its label, its steps, what was printed, what is right, and why they differ."""

    label: str
    steps: int
    published: Outcome
    corrected: Outcome
    reason: str = ""


def rows() -> list[Row]:
    """The eight rows of the section's table.

    >>> [round(row.published.quality_per_dollar, 1) for row in rows()]
    [32.8, 2.3, 2.3, 4.4, 5.1, 2.8, 5.1, 123.5]
    """
    naive = chain(12, PREMIUM)
    six_cached = naive.pipe(cache, FIRST_SIX)
    retried = naive.pipe(retry, 1)
    return [
        _same("1 agent, 1 call", chain(1, PREMIUM)),
        _same("12 steps, sequential, premium", naive),
        _same("+ parallelize independent steps", naive.pipe(parallelize), "if no step needs another's answer"),
        Row("+ route simple steps to small", 12, collided().outcome(), routed().outcome(),
            "the two chains share group numbers 0 to 3, so four small steps run beside premium ones; "
            "one after another they take 11.2 s"),
        Row("+ cache 6 repeated-context steps", 12, _p_one(six_cached, FIRST_SIX), six_cached.outcome(),
            "a hit is given p = 1; an answer from the cache is as right as the call that made it"),
        Row("+ retry each step once", 12, retried.outcome(), retried.outcome("expected"),
            "the second attempts are neither paid nor timed"),
        _same("+ cut to 6 steps", naive.pipe(cut, FIRST_SIX), "if the six steps were not needed"),
        Row("combined frontier-mover", 6, _p_one(combined(), ("hard-1", "hard-2")), _charged(combined()),
            "a hit is given p = 1, retries are free and instant; corrected, a hit is as right as one call, and "
            "the second attempts of the small steps are paid and timed"),
    ]  # fmt: skip


def combined_variants() -> list[tuple[str, Outcome]]:
    """The combined row again, one assumption at a time.

    >>> [round(outcome.quality_per_dollar, 1) for _, outcome in combined_variants()]
    [123.5, 117.1, 119.8, 113.6, 15.5]
    """
    as_printed, honest_p = combined(p=1), combined()
    easy_cached = _six_routed().pipe(cache, ("easy-1", "easy-2"), p=1).pipe(retry, 1)
    return [
        ("as printed: hits right, retries free, the premium steps cached", as_printed.outcome()),
        ("retries charged in expectation", _charged(as_printed)),
        ("a cached answer keeps the p of the call it replaces", honest_p.outcome()),
        ("both", _charged(honest_p)),
        ("as printed, but the cache falls on two small steps", easy_cached.outcome()),
    ]


def decay() -> list[tuple[int, float]]:
    """End-to-end success of an all-premium chain as it grows.

    >>> [f"{p:.2%}" for _, p in decay()]
    ['98.50%', '91.33%', '83.41%', '69.58%', '48.41%']
    """
    return [(n, float(chain_success(PREMIUM.p_ok, n))) for n in STEPS_OF_DECAY]


def routed() -> Workflow:
    """Four hard premium steps, then eight easy ones on the small model, one after another."""
    return chain(4, PREMIUM, "hard").then(chain(8, SMALL, "easy", difficulty="easy"))


def collided() -> Workflow:
    """The same steps as the section's driver must have numbered them: both chains from group 0."""
    both = parallel(1, PREMIUM, "hard").beside(parallel(1, SMALL, "easy", difficulty="easy"))
    workflow = both
    for _ in range(3):
        workflow = workflow.then(both)
    return workflow.then(chain(4, SMALL, "easy", difficulty="easy"))


def combined(p: float | None = None) -> Workflow:
    """Six parallel steps, two premium and four small, the premium ones cached, every step retried once.

    Args:
        p: probability that a cached answer is right; None for the p of the call it replaces.
    """
    return _six_routed().pipe(cache, ("hard-1", "hard-2"), p=p).pipe(retry, 1)


def _six_routed() -> Workflow:
    return parallel(2, PREMIUM, "hard").beside(parallel(4, SMALL, "easy", difficulty="easy"))


def _same(label: str, workflow: Workflow, reason: str = "") -> Row:
    return Row(label, len(workflow), workflow.outcome(), workflow.outcome(), reason)


def _p_one(workflow: Workflow, where: tuple[str, ...]) -> Outcome:
    """The text's assumption: whatever comes from the cache is right."""
    return workflow.pipe(cache, where, p=1).outcome()


def _charged(workflow: Workflow) -> Outcome:
    """The combined design with its retries charged, and its mean latency.

    All its steps run at once, and only the small ones may be retried: they are back after one attempt if all
    four succeed at once, and after two if not. So here the mean is known, though no longest path gives it.
    """
    all_at_once = chain_success(SMALL.p_ok, 4)
    seconds = SMALL.sec * all_at_once + 2 * SMALL.sec * (1 - all_at_once)
    return replace(workflow.outcome("expected"), latency=seconds, note="")
