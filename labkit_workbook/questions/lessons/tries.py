"""The one short question of lesson 06: the majority of three runs, from recorded repetitions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labkit.reliability import BetaLaw

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Repeated(Given):
    """Lesson 06: how often one, two and three runs of a task are all right. gpt-4o, retail, of tau-bench."""

    pass_1: float = field(default=0.604, metadata={"doc": "share of single runs that are right"})
    pass_2: float = field(default=0.491, metadata={"doc": "share of tasks where two of two runs are right"})
    pass_3: float = field(default=0.430, metadata={"doc": "share of tasks where three of three are right"})


def _repeated(rng: np.random.Generator) -> Repeated:
    """An agent whose tasks differ in difficulty, its shares rounded as leaderboards do."""
    law = BetaLaw(float(rng.uniform(0.45, 0.8)), float(rng.uniform(0.3, 0.6)))
    return Repeated(*(round(float(law.pass_hat(k)), 3) for k in (1, 2, 3)))


EXERCISE = Exercise(
    name="lesson_tries",
    number="",
    title="Lesson 06",
    minutes=4,
    difficulty="intermediate",
    objective="Say from recorded repetitions what a vote of three is worth.",
    text=Repeated(),
    draw=_repeated,
    questions=(
        Question(
            name="majority_of_three",
            asks="How often are at least two of three runs of a task right, as recorded?",
            unit="probability",
            answer=lambda g: 3 * g.pass_2 - 2 * g.pass_3,
            misconceptions=(
                Misconception(
                    "independent",
                    lambda g: 3 * g.pass_1**2 - 2 * g.pass_1**3,
                    "That takes the three runs as independent. The recorded pairs and triples say that they are not: "
                    "use them, not pass^1.",
                ),
                Misconception(
                    "exactly_two",
                    lambda g: 3 * (g.pass_2 - g.pass_3),
                    "That is exactly two of three. A majority also has the case in which all three are right.",
                ),
                Misconception(
                    "pairs_and_triples",
                    lambda g: 3 * g.pass_2 - 3 * g.pass_3 + g.pass_2,
                    "You added the pairs to exactly two of three. What is missing is all three.",
                ),
                Misconception(
                    "any_of_three",
                    lambda g: 3 * g.pass_1 - 3 * g.pass_2 + g.pass_3,
                    "That is at least one of three. It needs somebody who knows which one is right; a vote does not.",
                ),
                Misconception(
                    "two_of_two",
                    lambda g: g.pass_2,
                    "That is two of two runs. Of three runs, the right two may also be the first and the third, or the "
                    "last two.",
                ),
                Misconception(
                    "percent",
                    lambda g: 100 * (3 * g.pass_2 - 2 * g.pass_3),
                    "That looks like a percentage. Give a fraction between 0 and 1.",
                ),
            ),
            hints=(
                "A task with three right runs holds three right pairs; one with exactly two holds one.",
                "Three pairs, less what the triples were counted too often: 3 pass^2 - 2 pass^3.",
            ),
            worked=lambda g: f"3 x {g.pass_2:g} - 2 x {g.pass_3:g} = {3 * g.pass_2 - 2 * g.pass_3:.3f}",
        ),
    ),
)
