"""One best design and whole frontiers: against HiGHS, against trying every design, and how the work grows with steps.

One design: the question is put to `frontier.best`, and to HiGHS through `scipy.optimize.milp` as an expert would put
it, one binary variable for each option of each step. Both sides answer the same question in the same run, in seconds
of the processor, and must reach the same optimum. A whole frontier: the peer tries every combination of options
through `Workflow.outcome` and prunes by the definition; the large ones have no peer, for their combinations cannot be
tried.

Options: "the course's own" are two models, 0 to 2 retries, a debate or none, a gate or none: 24 for each step.
"Drawn" are eight for each step, drawn so that none of the eight beats another, and no two steps alike. "Traded" are
models whose reliability grows with what they cost and how long they take.
"""

from __future__ import annotations

import itertools
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from measure import row
from memory import in_words, peak_gib
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, vstack

from labkit import PREMIUM, SMALL, Debate, Gate, Model, Workflow, chain
from labkit.frontier import Frontier, Option, best, options, pareto
from labkit.frontier.dominance import nondominated

PROMISED_RATIO = 100
PROMISED_GIB = 1.0
PROMISED_SEC = {(20, 8): 0.1, (12, 30): 2.0, (200, 8): 5.0}
"""For one best design: steps and options of each, and seconds of the processor."""
GROWTH = (25, 50, 100, 200, 400)
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


def traded(steps: int, each: int, seed: int = 1) -> np.ndarray:
    """USD, seconds and p of each option of each step."""
    usd, sec = np.random.default_rng(seed).uniform(0, 1, (2, steps, each))
    return np.array([0.002 + 0.028 * usd, 0.4 + 3.6 * sec, 1 - 0.1 * np.exp(-2 * (usd**0.5 + sec**0.5))])


def as_choices(numbers: np.ndarray) -> dict[str, list[Option]]:
    """The same as options of a chain."""
    names = chain(numbers.shape[1], PREMIUM).names
    rows = numbers.transpose(1, 2, 0).tolist()
    return {name: [Option(str(i), _to(Model(*row))) for i, row in enumerate(of_step)]
            for name, of_step in zip(names, rows, strict=True)}  # fmt: skip


def by_highs(numbers: np.ndarray, max_cost: float, max_latency: float) -> float:
    """The most reliability under two budgets, by one mixed-integer program."""
    usd, sec, p = numbers
    steps, each = usd.shape
    one = csr_matrix(np.kron(np.eye(steps), np.ones(each)))
    rows = vstack([csr_matrix(usd.ravel()), csr_matrix(sec.ravel()), one])
    high = np.array([max_cost, max_latency, *np.ones(steps)])
    low = np.array([-np.inf, -np.inf, *np.ones(steps)])
    found = milp(-np.log(p).ravel(), integrality=np.ones(p.size), bounds=Bounds(0, 1),
                 constraints=LinearConstraint(rows, low, high), options={"mip_rel_gap": 0.0})  # fmt: skip
    return float(np.prod(p.ravel() ** np.rint(found.x)))


def cpu_timed(work: Callable) -> tuple[float, object]:
    """Seconds of the processor, and what came out."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def against_highs(steps: int, each: int, seeds: int = 3) -> bool:
    """Both sides on some drawn questions; is what was promised kept in the median?"""
    ours, theirs = [], []
    for seed in range(seeds):
        numbers = traded(steps, each, seed)
        workflow, choices = chain(steps, PREMIUM), as_choices(numbers)
        budgets = {"max_cost": 0.012 * steps, "max_latency": 1.6 * steps}
        mine, found = cpu_timed(lambda: best(workflow, choices, **budgets))  # noqa: B023
        his, expected = cpu_timed(lambda: by_highs(numbers, **budgets))  # noqa: B023
        np.testing.assert_allclose(found.outcome.reliability, expected, rtol=1e-6)
        ours.append(mine)
        theirs.append(his)
    promised = PROMISED_SEC[steps, each]
    print(
        f"best     {steps} steps x {each} options, two budgets, {seeds} questions: {np.median(ours):.3f} s of the "
        f"processor ({min(ours):.3f} to {max(ours):.3f}), HiGHS {np.median(theirs):.3f} s ({min(theirs):.3f} to "
        f"{max(theirs):.3f}): {np.median(theirs) / np.median(ours):.1f} times; promised under {promised:g} s; the same "
        f"optimum, {found.method}"
    )
    medians = float(np.median(ours)), float(np.median(theirs))
    row(f"best design, {steps} steps x {each} options", *medians, None, "ms", "HiGHS through scipy; the same optimum")
    return float(np.median(ours)) < promised


def grow() -> None:
    """How one best design and a frontier of two measures grow with the number of steps: n, seconds, MiB."""
    for n in GROWTH:
        numbers = traded(n, 8)
        workflow, choices = chain(n, PREMIUM), as_choices(numbers)
        works = {
            "best": lambda: best(workflow, choices, max_cost=0.012 * n, max_latency=1.6 * n),  # noqa: B023
            "pareto, the course's own options": lambda: pareto(workflow, OWN, measures=("cost", "reliability")),  # noqa: B023
        }
        for name, work in works.items():
            seconds, _ = cpu_timed(work)
            tracemalloc.start()
            work()
            mib = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()
            print(f"         {n:4} steps: {name}: {seconds:.2f} s of the processor, {mib:.1f} MiB", flush=True)


def main() -> bool:
    """Print all rows and the memory; is what was promised kept?"""
    kept = [against_highs(steps, each) for steps, each in PROMISED_SEC]
    grow()
    ratio = against_trying(4)
    kept += [large("12 drawn steps", 2.0, lambda: pareto(chain(12, PREMIUM), drawn(12)))]
    for accounting in ("textbook", "expected", "worst"):
        label = f"40 steps, the course's own options, {accounting}"
        kept.append(large(label, 10.0, lambda: pareto(chain(40, PREMIUM), OWN, accounting=accounting)))  # noqa: B023
    kept.append(large("40 drawn steps, epsilon 0.1", None, lambda: pareto(chain(40, PREMIUM), drawn(40), epsilon=0.1)))
    gib = peak_gib()
    print(f"         promised: {PROMISED_RATIO} times, under {PROMISED_GIB:g} GiB; peak memory {in_words(gib)}")
    return ratio >= PROMISED_RATIO and all(kept) and (gib is None or gib < PROMISED_GIB)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
