"""A million 12-step designs, against an expert's blocked numpy, numba where it is installed, and the memory's speed.

Each step is retried once. The expert knows the one formula that is asked for, checks nothing, copies nothing, and
works in blocks that fit a cache. Outcomes are compared before times are. The rows:

- shared models: four steps on one, eight on another, every number drawn for each design.
- own models: every step of every design has numbers of its own: 36 arrays of a million, without retries.
- chosen models: every step of every design chooses one of two models for itself.
- streamed: ten million designs of which only sums are kept, made block by block.

Arrays are read-only, or given with ``copy=False``; the row "copied" has what a caller pays who asks for neither.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from measure import in_pairs, least, numba_or_none, read_seconds, row, write_seconds
from memory import in_words, peak_gib

from labkit import Model, Outcome, Workflow, chain, choose, retry, sweep

DESIGNS = 1_000_000
STREAMED = 10_000_000
BLOCK = 16_384
SHARED, OWN = 4.0, 3.0
PROMISED_GIB = 1.0
STRONG, WEAK = Model(0.03, 2.0, 0.985), Model(0.002, 0.4, 0.945)
Three = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(n: int, seed: int = 1) -> list[np.ndarray]:
    """Prices, seconds and p of two models, for n designs."""
    rng = np.random.default_rng(seed)
    spans = ((0.01, 0.05), (1, 4), (0.95, 0.999), (0.001, 0.005), (0.2, 0.8), (0.9, 0.97))
    return [rng.uniform(*span, n) for span in spans]


def shared(d: list[np.ndarray], copy: bool = False) -> Outcome:
    """One call for all the designs."""
    strong, weak = Model(*d[:3], copy=copy), Model(*d[3:], copy=copy)
    return chain(4, strong).then(chain(8, weak)).pipe(retry, 1).outcome()


def empties(n: int) -> Three:
    """Three arrays to write into."""
    return np.empty(n), np.empty(n), np.empty(n)


def shared_by_hand(d: list[np.ndarray]) -> Three:
    """The same by an expert."""
    n = d[0].size
    usd, sec, right = empties(n)
    for start in range(0, n, BLOCK):
        at = slice(start, start + BLOCK)
        usd_a, sec_a, p_a, usd_b, sec_b, p_b = (each[at] for each in d)
        np.add(4 * usd_a, 8 * usd_b, out=usd[at])
        np.add(4 * sec_a, 8 * sec_b, out=sec[at])
        a, b = 1 - p_a, 1 - p_b
        for wrong, squarings in ((a, 2), (b, 3)):
            np.multiply(wrong, wrong, out=wrong)
            right_once = np.subtract(1, wrong, out=wrong)
            for _ in range(squarings):
                np.multiply(right_once, right_once, out=right_once)
        np.multiply(a, b, out=right[at])
    return usd, sec, right


def own(usd: np.ndarray, sec: np.ndarray, p: np.ndarray) -> Outcome:
    """Every step with numbers of its own: a row of each array a step."""
    workflow = chain(1, Model(usd[0], sec[0], p[0], copy=False))
    for numbers in zip(usd[1:], sec[1:], p[1:], strict=True):
        workflow = workflow.then(chain(1, Model(*numbers, copy=False)))
    return workflow.outcome()


def own_by_hand(usd: np.ndarray, sec: np.ndarray, p: np.ndarray) -> Three:
    """The same by an expert, in blocks."""
    found = empties(usd.shape[1])
    for start in range(0, usd.shape[1], BLOCK):
        at = slice(start, start + BLOCK)
        for by, numbers, out in zip((np.add, np.add, np.multiply), (usd, sec, p), found, strict=True):
            by(numbers[0, at], numbers[1, at], out=out[at])
            for each in numbers[2:]:
                by(out[at], each[at], out=out[at])
    return found


def chosen(picks: np.ndarray) -> Outcome:
    """Every step chooses its model for itself: a row of picks a step, a column a design."""
    workflow = chain(1, choose(picks[0], STRONG, WEAK))
    for pick in picks[1:]:
        workflow = workflow.then(chain(1, choose(pick, STRONG, WEAK)))
    return workflow.pipe(retry, 1).outcome()


def chosen_by_hand(picks: np.ndarray) -> Three:
    """The same by an expert, in blocks."""
    found = empties(picks.shape[1])
    numbers = [(STRONG.usd, WEAK.usd), (STRONG.sec, WEAK.sec), tuple(1 - (1 - m.p_ok) ** 2 for m in (STRONG, WEAK))]
    for start in range(0, picks.shape[1], BLOCK):
        at = slice(start, start + BLOCK)
        for by, pair, out in zip((np.add, np.add, np.multiply), numbers, found, strict=True):
            out[at] = np.where(picks[0, at], *pair)
            for pick in picks[1:]:
                by(out[at], np.where(pick[at], *pair), out=out[at])
    return found


def made(start: int, stop: int) -> Workflow:
    """The designs of a block, computed from their numbers."""
    place = np.arange(start, stop) / STREAMED
    return (
        chain(4, Model(0.01 + place * 0.04, 2.0, 0.95 + place * 0.04, copy=False)).then(chain(8, WEAK)).pipe(retry, 1)
    )


def sums(outcome: Outcome) -> np.ndarray:
    """What is kept of a block."""
    return np.array([outcome.cost.sum(), outcome.latency.sum(), outcome.reliability.sum()])


def streamed_by_hand() -> np.ndarray:
    """The same sums by an expert."""
    total = np.zeros(3)
    weak = (1 - (1 - WEAK.p_ok) ** 2) ** 8
    for start in range(0, STREAMED, BLOCK):
        place = np.arange(start, min(start + BLOCK, STREAMED)) / STREAMED
        a = 1 - (0.95 + place * 0.04)
        a *= a
        np.subtract(1, a, out=a)
        a *= a
        a *= a
        usd = 4 * (0.01 + place * 0.04) + 8 * WEAK.usd
        total += usd.sum(), (4 * 2.0 + 8 * WEAK.sec) * place.size, (a * weak).sum()
    return total


def compare(area: str, ours: Callable[[], Outcome], theirs: Callable[[], Three], limit: float, note: str = "") -> float:
    """Time both sides, see that they agree, print a row; how many times the expert's time."""
    pair = in_pairs(ours, theirs)
    outcome = pair.our_result
    for one, other in zip((outcome.cost, outcome.latency, outcome.reliability), pair.their_result, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    row(area, pair.ours, pair.theirs, limit, "ms", note)
    return pair.ours / pair.theirs


def compare_own(rng: np.random.Generator, written: float) -> float:
    """The row of 36 arrays, which are gone afterwards."""
    arrays = [rng.uniform(*span, (12, DESIGNS)) for span in ((0.01, 0.1), (0.1, 3), (0.9, 1))]
    limit = read_seconds(arrays) + written
    return compare("sweep, own models, 36 arrays", lambda: own(*arrays), lambda: own_by_hand(*arrays), limit)


def compiled(d: list[np.ndarray]) -> float | None:
    """Processor seconds of one compiled pass over the shared models; None without numba."""
    numba = numba_or_none()
    if numba is None:
        return None

    @numba.njit(fastmath=False)
    def run(usd_a, sec_a, p_a, usd_b, sec_b, p_b, usd, sec, right):  # type: ignore[no-untyped-def]
        for i in range(usd.size):
            usd[i] = 4 * usd_a[i] + 8 * usd_b[i]
            sec[i] = 4 * sec_a[i] + 8 * sec_b[i]
            a, b = 1 - (1 - p_a[i]) ** 2, 1 - (1 - p_b[i]) ** 2
            a, b = a * a, b * b
            b = b * b
            right[i] = a * a * (b * b)

    def work() -> Three:
        found = empties(d[0].size)
        run(*d, *found)
        return found

    work()
    np.testing.assert_allclose(work()[2], shared_by_hand(d)[2], rtol=1e-12)
    return least(work)


def main() -> bool:
    """Print the rows and the memory; is what was promised kept?"""
    d = drawn(DESIGNS)
    written = write_seconds(3 * DESIGNS)
    limit = read_seconds(d) + written
    fast = compiled(d)
    note = "numba is not installed" if fast is None else f"one compiled loop (numba): {fast * 1e3:.3g} ms"
    kept = compare("sweep, a million designs, shared models", lambda: shared(d), lambda: shared_by_hand(d), limit, note)
    compare("sweep, the same, arrays copied", lambda: shared(d, copy=True), lambda: shared_by_hand(d), limit)
    rng = np.random.default_rng(3)
    alone = compare_own(rng, written)
    picks = rng.random((12, DESIGNS)) < 0.5
    compare("sweep, chosen models", lambda: chosen(picks), lambda: chosen_by_hand(picks), written)
    pair = in_pairs(lambda: sweep(made, STREAMED, sums), streamed_by_hand, rounds=3)
    np.testing.assert_allclose(pair.our_result, pair.their_result, rtol=1e-9)
    row("sweep, ten million streamed", pair.ours, pair.theirs, None, "ms", f"peak memory {in_words(peak_gib())}")
    print(f"sweep    promised: at most {SHARED:g} times the expert for shared models, {OWN:g} for own; ", end="")
    print(f"this run {kept:.1f} and {alone:.1f}")
    return kept <= SHARED and alone <= OWN


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
