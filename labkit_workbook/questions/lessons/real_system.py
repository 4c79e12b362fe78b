"""The one short question of lesson 10: what a measured p is worth on another mix of work."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Counted(Given):
    """Lesson 10: how often a model was right, by the count of numbers in the sum, and another mix of work."""

    tried: tuple[int, int, int] = field(
        default=(500, 300, 200), metadata={"doc": "sums of two, three and four numbers that were asked"}
    )
    right: tuple[int, int, int] = field(default=(494, 286, 174), metadata={"doc": "of these, right"})
    yours: tuple[float, float, float] = field(default=(0.1, 0.3, 0.6), metadata={"doc": "shares of them in your work"})


def _counted(rng: np.random.Generator) -> Counted:
    """A model that finds longer sums harder, measured on an easier mix than the learner's."""
    tried = tuple(int(n) for n in rng.choice([200, 250, 300, 400, 500, 600], 3, replace=False))
    p = rng.uniform(0.975, 0.99), rng.uniform(0.92, 0.96), rng.uniform(0.80, 0.88)
    right = tuple(int(rng.binomial(n, each)) for n, each in zip(tried, p, strict=True))
    two = float(rng.choice([0.1, 0.15, 0.2]))
    three = float(rng.choice([0.2, 0.25, 0.3]))
    return Counted(tried, right, (two, three, round(1 - two - three, 2)))  # type: ignore[arg-type]


def shares(g: Counted) -> list[float]:
    """How often it was right on two, three and four numbers."""
    return [right / tried for right, tried in zip(g.right, g.tried, strict=True)]


def weighed(g: Counted, weights: tuple[float, ...]) -> float:
    """The mean of the three shares, each weighed with its share of the work."""
    return sum(weight * share for weight, share in zip(weights, shares(g), strict=True))


EXERCISE = Exercise(
    name="lesson_real_system",
    number="",
    title="Lesson 10",
    minutes=4,
    difficulty="beginner",
    objective="Carry a measured p over to another mix of work.",
    text=Counted(),
    draw=_counted,
    questions=(
        Question(
            name="p_of_your_mix",
            asks="How often will this model be right on your mix of sums?",
            unit="probability",
            answer=lambda g: weighed(g, g.yours),
            misconceptions=(
                Misconception(
                    "their_mix",
                    lambda g: sum(g.right) / sum(g.tried),
                    "That is all right ones over all that were asked: the p of *their* mix. Yours holds other shares "
                    "of easy and hard sums.",
                ),
                Misconception(
                    "equal_shares",
                    lambda g: sum(shares(g)) / 3,
                    "You took the plain mean of the three shares. Your work does not hold the three kinds equally "
                    "often.",
                ),
                Misconception(
                    "turned",
                    lambda g: weighed(g, g.yours[::-1]),
                    "You gave the share of the easy sums to the hard ones. g.yours is in the order of g.tried.",
                ),
                Misconception(
                    "product",
                    lambda g: float(np.prod(shares(g))),
                    "That is how often three sums, one of each kind, are all right. A sum of your work is of one kind.",
                ),
                Misconception(
                    "hardest",
                    lambda g: shares(g)[2],
                    "That is the p of the hardest kind alone. Part of your work is easier.",
                ),
                Misconception(
                    "percent",
                    lambda g: 100 * weighed(g, g.yours),
                    "That looks like a percentage. Give a fraction between 0 and 1.",
                ),
            ),
            hints=(
                "First how often it was right on each kind. Then: how often does each kind come in your work?",
                "Sum share of your work times right over tried, over the three kinds.",
            ),
            worked=lambda g: (
                " + ".join(f"{w:g} x {s:.4f}" for w, s in zip(g.yours, shares(g), strict=True))
                + f" = {weighed(g, g.yours):.4f}; on their mix it was {sum(g.right) / sum(g.tried):.4f}"
            ),
        ),
    ),
)
