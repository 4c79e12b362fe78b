"""A million 12-step designs by arrays, against a plain Python loop that evaluates one design at a time.

The peer counts as the section's listing does (a dictionary for each step, a dictionary of groups), written
anew. There are two rows, and in each both sides evaluate the same designs, retry each step once, and are
compared before their times are:

- two models: four steps on one, eight on the other, every number drawn for each design. Equal steps are
  counted, not looped over; the promise is about this row.
- own models: every step of every design chooses its model for itself, so there is nothing to count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from memory import in_words, peak_gib

from labkit import Model, Outcome, chain, choose, retry

DESIGNS = 1_000_000
PEER_DESIGNS = 20_000
PROMISED_RATIO = 100
PROMISED_GIB = 1.0
Result: TypeAlias = tuple[float, float, float]


def drawn(n: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Prices, seconds and p of two models, for n designs."""
    rng = np.random.default_rng(seed)
    return {
        "usd_a": rng.uniform(0.01, 0.05, n), "sec_a": rng.uniform(1, 4, n), "p_a": rng.uniform(0.95, 0.999, n),
        "usd_b": rng.uniform(0.001, 0.005, n), "sec_b": rng.uniform(0.2, 0.8, n), "p_b": rng.uniform(0.9, 0.97, n),
    }  # fmt: skip


def by_arrays(d: dict[str, np.ndarray]) -> Outcome:
    """One call for all the designs."""
    strong, weak = Model(d["usd_a"], d["sec_a"], d["p_a"]), Model(d["usd_b"], d["sec_b"], d["p_b"])
    return chain(4, strong).then(chain(8, weak)).pipe(retry, 1).outcome()


def one_at_a_time(steps: list[dict], retries: int) -> Result:
    """One design, step by step, in plain Python."""
    usd, right, slowest = 0.0, 1.0, {}
    for step in steps:
        model = step["model"]
        calls = 1 + step.get("rounds", 0)
        usd += model["usd"] * calls
        right *= 1.0 - (1.0 - model["p"]) ** (retries + 1)
        slowest.setdefault(step["group"], []).append(model["sec"] * calls)
    return usd, sum(max(times) for times in slowest.values()), right


def by_loop(d: dict[str, np.ndarray], n: int) -> list[Result]:
    """The first n designs in plain Python."""
    columns = {name: values[:n].tolist() for name, values in d.items()}
    results = []
    for i in range(n):
        strong = {"usd": columns["usd_a"][i], "sec": columns["sec_a"][i], "p": columns["p_a"][i]}
        weak = {"usd": columns["usd_b"][i], "sec": columns["sec_b"][i], "p": columns["p_b"][i]}
        steps = [{"model": strong if s < 4 else weak, "group": s, "rounds": 0} for s in range(12)]
        results.append(one_at_a_time(steps, retries=1))
    return results


STRONG, WEAK = Model(0.03, 2.0, 0.985), Model(0.002, 0.4, 0.945)


def own_by_arrays(picks: np.ndarray) -> Outcome:
    """Every step chooses its model for itself: a row of picks a step, a column a design."""
    workflow = chain(1, choose(picks[0], STRONG, WEAK))
    for pick in picks[1:]:
        workflow = workflow.then(chain(1, choose(pick, STRONG, WEAK)))
    return workflow.pipe(retry, 1).outcome()


def own_by_loop(picks: np.ndarray, n: int) -> list[Result]:
    """The same for the first n designs in plain Python."""
    strong, weak = ({"usd": model.usd, "sec": model.sec, "p": model.p_ok} for model in (STRONG, WEAK))
    results = []
    for column in picks[:, :n].T.tolist():
        steps = [{"model": strong if pick else weak, "group": s, "rounds": 0} for s, pick in enumerate(column)]
        results.append(one_at_a_time(steps, retries=1))
    return results


def nanoseconds(work: Callable[[], Any], designs: int, rounds: int) -> tuple[float, Any]:
    """The median nanoseconds a design, and what came out."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - begin) / designs * 1e9)
    return statistics.median(times), result


def row(label: str, arrays: Callable[[], Outcome], loop: Callable[[], list[Result]]) -> float:
    """Time both sides, see that they agree, print one row; how many times as fast."""
    fast, outcome = nanoseconds(arrays, DESIGNS, rounds=5)
    slow, expected = nanoseconds(loop, PEER_DESIGNS, rounds=3)
    columns = np.column_stack([outcome.cost, outcome.latency, outcome.reliability])
    np.testing.assert_allclose(columns[:PEER_DESIGNS], np.array(expected), rtol=1e-12)
    print(
        f"sweep    {label}: {fast:7,.0f} ns a design by arrays, {slow:7,.0f} in plain Python: {slow / fast:,.0f} times"
    )
    return slow / fast


def main() -> bool:
    """Print both rows and the memory; is what was promised kept?"""
    print(f"sweep    {DESIGNS:,} designs of 12 steps; the loop is timed on {PEER_DESIGNS:,} of them")
    designs = drawn(DESIGNS)
    by_arrays({name: values[:1000] for name, values in designs.items()})  # warm up
    ratio = row("two models", lambda: by_arrays(designs), lambda: by_loop(designs, PEER_DESIGNS))
    picks = np.random.default_rng(2).random((12, DESIGNS)) < 0.5
    row("own models", lambda: own_by_arrays(picks), lambda: own_by_loop(picks, PEER_DESIGNS))
    gib = peak_gib()
    print(f"         promised: {PROMISED_RATIO} times for the first row (none for the second), ", end="")
    print(f"under {PROMISED_GIB:g} GiB; peak memory {in_words(gib)}")
    return ratio >= PROMISED_RATIO and (gib is None or gib < PROMISED_GIB)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
