"""The one short question of lesson 12: what a retry is worth where tries are alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class AlikeTries(Given):
    """Lesson 12: a step, its check, and how alike two tries are; all made up."""

    p: float = field(default=0.8, metadata={"doc": "how often a first try is right"})
    detection: float = field(
        default=0.9, metadata={"doc": "of the wrong answers, so many are noticed; of the right none"}
    )
    correlation: float = field(default=0.4, metadata={"doc": "of two tries of the same sum"})


def _draw(rng: np.random.Generator) -> AlikeTries:
    p, detection, rho = rng.integers(65, 88), rng.integers(75, 96), rng.integers(20, 56)
    return AlikeTries(*(round(int(each) / 100, 2) for each in (p, detection, rho)))


def after_a_retry(g: AlikeTries, detection: float | None = None, recovery: float | None = None) -> float:
    """p of the step with one retry after each rejection; the last answer goes on, whatever the check says of it."""
    found = g.detection if detection is None else detection
    again = g.p * (1 - g.correlation) if recovery is None else recovery
    return float(g.p + (1 - g.p) * found * again)


EXERCISE = Exercise(
    name="lesson_own",
    number="",
    title="Lesson 12",
    minutes=3,
    difficulty="intermediate",
    objective="Say what a retry is worth where tries are alike.",
    text=AlikeTries(),
    draw=_draw,
    questions=(
        Question(
            name="after_a_retry",
            asks="How often is the step right with a check and one retry, whose answer goes on as it is?",
            unit="probability",
            answer=after_a_retry,
            misconceptions=(
                Misconception(
                    "fresh_toss",
                    lambda g: after_a_retry(g, recovery=g.p),
                    "You took the retry for a fresh toss. It is the sums that failed once that are tried again, and "
                    "those are harder: a retry is right p times 1 less the correlation of the time.",
                ),
                Misconception(
                    "all_noticed",
                    lambda g: after_a_retry(g, detection=1.0),
                    "You let the check notice every wrong answer. What it does not notice is not tried again.",
                ),
                Misconception(
                    "always_recovers",
                    lambda g: after_a_retry(g, recovery=1.0),
                    "You took every retry for right. It is another try of the same model at the same sum.",
                ),
                Misconception(
                    "correlation_for_recovery",
                    lambda g: after_a_retry(g, recovery=g.correlation),
                    "You took the correlation for the share of retries that are right. The more alike two tries are, "
                    "the *less* often a retry is right: p times 1 less the correlation.",
                ),
                Misconception(
                    "without_p",
                    lambda g: after_a_retry(g, recovery=1 - g.correlation),
                    "You took 1 less the correlation for the share of retries that are right. That times p is it.",
                ),
                Misconception(
                    "the_gain",
                    lambda g: after_a_retry(g) - g.p,
                    "That is what the retry adds. How often is the step right in all?",
                ),
            ),
            hints=(
                "Three things must happen for a retry to help: the first try is wrong, the check notices, and the "
                "retry "
                "is right. How often is the last one the case, if tries are alike?",
                "p + (1 - p) times the detection times p (1 - correlation).",
            ),
            worked=lambda g: (
                f"{g.p:g} + {1 - g.p:.2f} x {g.detection:g} x {g.p:g} x {1 - g.correlation:.2f} = "
                f"{after_a_retry(g):.4f}"
            ),
        ),
    ),
)
