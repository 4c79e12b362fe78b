"""A million 12-step designs by arrays, against a plain Python loop that evaluates one design at a time.

The peer counts as the section's listing does (a dictionary for each step, a dictionary of groups), written
anew. Both evaluate the same designs: four steps on one model, eight on another, every number drawn for each
design, each step retried once. Their results are compared before the times are.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from labkit import Model, Outcome, chain, choose, retry

DESIGNS = 1_000_000
PEER_DESIGNS = 20_000
PROMISED_RATIO = 100
PROMISED_GIB = 1.0


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


def one_at_a_time(steps: list[dict], retries: int) -> tuple[float, float, float]:
    """One design, step by step, in plain Python."""
    usd, right, slowest = 0.0, 1.0, {}
    for step in steps:
        model = step["model"]
        calls = 1 + step.get("rounds", 0)
        usd += model["usd"] * calls
        right *= 1.0 - (1.0 - model["p"]) ** (retries + 1)
        slowest.setdefault(step["group"], []).append(model["sec"] * calls)
    return usd, sum(max(times) for times in slowest.values()), right


def by_loop(d: dict[str, np.ndarray], n: int) -> list[tuple[float, float, float]]:
    """The first n designs in plain Python."""
    columns = {name: values[:n].tolist() for name, values in d.items()}
    results = []
    for i in range(n):
        strong = {"usd": columns["usd_a"][i], "sec": columns["sec_a"][i], "p": columns["p_a"][i]}
        weak = {"usd": columns["usd_b"][i], "sec": columns["sec_b"][i], "p": columns["p_b"][i]}
        steps = [{"model": strong if s < 4 else weak, "group": s, "rounds": 0} for s in range(12)]
        results.append(one_at_a_time(steps, retries=1))
    return results


def each_step_its_own(picks: np.ndarray) -> None:
    """A harder sweep: every one of the twelve steps chooses its model for itself (a row of picks a step)."""
    strong, weak = Model(0.03, 2.0, 0.985), Model(0.002, 0.4, 0.945)
    workflow = chain(1, choose(picks[0], strong, weak))
    for pick in picks[1:]:
        workflow = workflow.then(chain(1, choose(pick, strong, weak)))
    workflow.outcome()


def peak_gib() -> float:
    """The most memory this process has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def main() -> bool:
    """Print the ratio and the memory; is what was promised kept?"""
    designs = drawn(DESIGNS)
    by_arrays({name: values[:1000] for name, values in designs.items()})  # warm up
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        outcome = by_arrays(designs)
        times.append((time.perf_counter() - begin) / DESIGNS)
    begin = time.perf_counter()
    expected = np.array(by_loop(designs, PEER_DESIGNS))
    loop = (time.perf_counter() - begin) / PEER_DESIGNS
    columns = np.column_stack([outcome.cost, outcome.latency, outcome.reliability])
    np.testing.assert_allclose(columns[:PEER_DESIGNS], expected, rtol=1e-12)
    picks = np.random.default_rng(2).random((12, DESIGNS)) < 0.5
    begin = time.perf_counter()
    each_step_its_own(picks)
    own = (time.perf_counter() - begin) / DESIGNS
    arrays = sorted(times)[2]
    ratio, gib = loop / arrays, peak_gib()
    print(f"sweep    {DESIGNS:,} designs of 12 steps by arrays: {arrays * 1e9:,.0f} ns a design;")
    print(f"         in plain Python {loop * 1e9:,.0f} ns: {ratio:,.0f} times as fast (promised: {PROMISED_RATIO})")
    print(f"         each step with a model of its own: {own * 1e9:,.0f} ns, {loop / own:,.0f} times as fast")
    print(f"         peak memory {gib:.2f} GiB (promised: under {PROMISED_GIB:g})")
    return ratio >= PROMISED_RATIO and gib < PROMISED_GIB


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
