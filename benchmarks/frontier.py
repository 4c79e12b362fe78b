"""The exact frontier piece by piece, against trying every design; and how long large problems take.

The peer tries every combination of options through `Workflow.outcome`, one design at a time, and prunes by the
definition. Both sides answer the same question in the same run, and must find the same points before their times
are compared. The large problems have no peer: their combinations cannot be tried.

Options: "the course's own" are two models, 0 to 2 retries, a debate or none, a gate or none: 24 for each step.
"Drawn" are eight for each step, drawn so that none of the eight beats another, and no two steps alike.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from memory import in_words, peak_gib

from labkit import PREMIUM, SMALL, Debate, Gate, Model, Workflow, chain
from labkit.frontier import Frontier, Option, options, pareto
from labkit.frontier.dominance import nondominated

PROMISED_RATIO = 100
PROMISED_GIB = 1.0
OWN = options(
    models=[PREMIUM, SMALL],
    retries=(0, 1, 2),
    debates=(None, Debate(3, 2, p=0.99)),
    gates=(None, Gate(0.9, 0.02, usd=0.001, sec=0.2)),
)


def drawn(steps: int, each: int = 8, seed: int = 1) -> dict[str, list[Option]]:
    """Options of a chain: for every step some models of which none beats another."""
    rng = np.random.default_rng(seed)
    low, high = np.array([0.002, 0.4, 0.9]), np.array([0.03, 4.0, 0.999])
    found = {}
    for name in chain(steps, PREMIUM).names:
        cloud = rng.uniform(low, high, (300, 3))
        best = rng.choice(nondominated(*cloud.T), each, replace=False)
        found[name] = [Option(str(i), _to(Model(*cloud[i]))) for i in best]
    return found


def _to(model: Model) -> Callable:
    return lambda step: replace(step, model=model)


def by_trying(workflow: Workflow, choices: dict[str, list[Option]]) -> np.ndarray:
    """The points that no other beats, by the definition; a row each."""
    lists = [[option.applied(step) for option in choices[step.name]] for step in workflow]
    outcomes = [Workflow(steps).outcome() for steps in itertools.product(*lists)]
    points = np.array([(o.cost, o.latency, -o.reliability) for o in outcomes])
    kept = [
        point for point in points if not np.any(np.all(points <= point, axis=1) & np.any(points < point, axis=1))
    ]  # fmt: skip
    return np.array(kept)


def timed(work: Callable, rounds: int = 1) -> tuple[float, object]:
    """The least seconds of some rounds, and what came out."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begin)
    return min(times), result


def against_trying(steps: int) -> float:
    """Both sides on one chain; how many times as fast."""
    workflow, choices = chain(steps, PREMIUM), drawn(steps)
    quick, found = timed(lambda: pareto(workflow, choices), rounds=5)
    slow, expected = timed(lambda: by_trying(workflow, choices))
    points = np.column_stack([found.cost, found.latency, -found.reliability])
    ours, theirs = (rows[np.lexsort(rows.T[::-1])] for rows in (points, expected))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    print(
        f"frontier {steps} drawn steps, {found.designs:,} designs, {len(found):,} on the frontier: "
        f"{quick * 1e3:.1f} ms, by trying {slow:.1f} s: {slow / quick:,.0f} times; the same points"
    )
    return slow / quick


def large(label: str, promised: float | None, work: Callable[[], Frontier]) -> bool:
    """Print one large problem; is what was promised kept?"""
    seconds, found = timed(work)
    promise = "no promise" if promised is None else f"promised under {promised:g} s"
    print(
        f"         {label}: {len(found):,} points of {float(found.designs):.0e} designs in {seconds:.2f} s ({promise})"
    )
    return promised is None or seconds < promised


def main() -> bool:
    """Print all rows and the memory; is what was promised kept?"""
    ratio = against_trying(4)
    kept = [large("12 drawn steps", 2.0, lambda: pareto(chain(12, PREMIUM), drawn(12)))]
    for accounting in ("textbook", "expected", "worst"):
        label = f"40 steps, the course's own options, {accounting}"
        kept.append(large(label, 10.0, lambda: pareto(chain(40, PREMIUM), OWN, accounting=accounting)))  # noqa: B023
    kept.append(large("40 drawn steps, epsilon 0.1", None, lambda: pareto(chain(40, PREMIUM), drawn(40), epsilon=0.1)))
    gib = peak_gib()
    print(f"         promised: {PROMISED_RATIO} times, under {PROMISED_GIB:g} GiB; peak memory {in_words(gib)}")
    return ratio >= PROMISED_RATIO and all(kept) and (gib is None or gib < PROMISED_GIB)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
