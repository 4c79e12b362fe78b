"""Tasks drawn by a seed: workflows of 3 to 12 steps, with budgets from absurd to generous."""

from __future__ import annotations

import numpy as np

from labkit._inputs import probability

from .decisions import Offer
from .world import Rules, World, WorldStep

MODELS = {"small": (0.00195, 0.394), "premium": (0.0293, 1.97)}
"""USD and seconds of a usual call: the means that were measured on the course's default mix (docs/model_card.md)."""
P_BY_DIFFICULTY = {"easy": (0.9883, 0.9995), "middling": (0.9616, 0.9968), "hard": (0.8774, 0.9581)}
"""Small and premium on sums of two, three and four numbers, as measured (docs/model_card.md)."""
WORST = 1.6
"""A call's worst case, as a multiple of its usual bill."""


def draw_rules(seed: int, p_fault: float = 0.15) -> Rules:
    """A task: its shape, its models, its budgets, P.

    Args:
        seed: 0 or more; the same seed is the same task, whoever plays it.
        p_fault: how often a call meets a fault, in [0, 1].
    """
    probability("p_fault", p_fault)
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 13))
    steps = [_draw_step(rng, index, index == count - 1) for index in range(count)]
    at_most = int(rng.integers(1, 6))
    if rng.random() < 0.05:
        max_usd, max_sec = (0.0, 60.0) if rng.random() < 0.5 else (1.0, 0.0)
    else:
        all_premium_usd = count * MODELS["premium"][0] * WORST
        all_premium_sec = count * MODELS["premium"][1] * WORST
        max_usd = all_premium_usd * float(np.exp(rng.uniform(np.log(0.02), np.log(3.0))))
        max_sec = all_premium_sec * float(np.exp(rng.uniform(np.log(0.1), np.log(2.0))))
    return Rules(tuple(steps), round(max_usd, 6), round(max_sec, 6), at_most, p_fault, seed=seed)


def draw_world(seed: int, p_fault: float = 0.15) -> World:
    """The same task, ready to be played."""
    return World(draw_rules(seed, p_fault))


def _draw_step(rng: np.random.Generator, index: int, last: bool) -> WorldStep:
    """A step that needs up to two of those before it; the last needs more, and is worth more."""
    most_needs = min(index, 4 if last else 2)
    needs = rng.permutation(index)[: int(rng.integers(0, most_needs + 1))]
    difficulty = str(rng.choice(list(P_BY_DIFFICULTY)))
    offers = tuple(
        _offer(model, p, float(rng.uniform(0.8, 1.2)))
        for model, p in zip(MODELS, P_BY_DIFFICULTY[difficulty], strict=True)
    )
    p_kept = 0.97 if rng.random() < 0.2 else None
    return WorldStep(
        f"s{index + 1}", tuple(f"s{need + 1}" for need in sorted(needs)), offers, 3.0 if last else 1.0, p_kept
    )


def _offer(model: str, p: float, size: float) -> Offer:
    """A model's bill for a prompt of some size."""
    usd, sec = (round(amount * size, 6) for amount in MODELS[model])
    return Offer(model, p, round(usd * WORST, 6), round(sec * WORST, 6), usd, sec)
