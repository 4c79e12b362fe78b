"""The one short question of lesson 07: what a prefix cache leaves of a prefix's price."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Prefix(Given):
    """Lesson 07: a prompt's beginning that several calls share, one after another. Prices reported of one vendor."""

    uses: int = field(default=8, metadata={"doc": "calls that begin with the prefix, one after another"})
    read: float = field(default=0.10, metadata={"doc": "price of reading it from the cache, times the plain price"})
    write: float = field(default=1.25, metadata={"doc": "price of writing it to the cache, times the plain price"})


def _prefix(rng: np.random.Generator) -> Prefix:
    """Prices as vendors have them, and a handful of uses."""
    read, write = rng.choice([0.1, 0.15, 0.2, 0.25]), rng.choice([1.25, 1.3, 1.4, 1.5])
    return Prefix(int(rng.integers(4, 11)), float(read), float(write))


def _share_left(g: Prefix) -> float:
    """The first use writes, the others read."""
    return (g.write + (g.uses - 1) * g.read) / g.uses


EXERCISE = Exercise(
    name="lesson_tails",
    number="",
    title="Lesson 07",
    minutes=3,
    difficulty="beginner",
    objective="Say what a prefix cache leaves of the price of a prefix.",
    text=Prefix(),
    draw=_prefix,
    questions=(
        Question(
            name="share_left",
            asks="Which share of the prefix's price is left, over all its uses, compared with no cache?",
            unit="fraction",
            answer=_share_left,
            misconceptions=(
                Misconception(
                    "nobody_writes",
                    lambda g: g.read,
                    "That is what a reader pays. Somebody has to write the prefix first, and pays more for it.",
                ),
                Misconception(
                    "all_write",
                    lambda g: g.write,
                    "That is so if all are sent at once: each misses, and each writes. Here they come one after "
                    "another.",
                ),
                Misconception(
                    "first_reads_too",
                    lambda g: (g.write + g.uses * g.read) / g.uses,
                    "You let the first use write and read as well. It only writes; the others read.",
                ),
                Misconception(
                    "first_is_plain",
                    lambda g: (1 + (g.uses - 1) * g.read) / g.uses,
                    "You billed the first use at the plain price. It writes, and writing is dearer.",
                ),
                Misconception(
                    "saved",
                    lambda g: 1 - _share_left(g),
                    "That is the share that is saved. Asked is what is left.",
                ),
                Misconception(
                    "all_uses",
                    lambda g: g.uses * _share_left(g),
                    "That is what all uses cost together, in prices of a plain one. Divide by what they would cost "
                    "without a cache.",
                ),
                Misconception(
                    "percent",
                    lambda g: 100 * _share_left(g),
                    "That looks like a percentage. Give a fraction between 0 and 1.",
                ),
            ),
            hints=(
                "The first use writes. What do the others do, and how many are they?",
                "(write + (uses - 1) x read) / uses.",
            ),
            worked=lambda g: f"({g.write:g} + {g.uses - 1} x {g.read:g}) / {g.uses} = {_share_left(g):.4f}",
        ),
    ),
)
