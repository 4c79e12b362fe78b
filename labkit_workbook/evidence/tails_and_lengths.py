"""The slowest of many calls, and tasks that are long: held against recorded calls, Azure's answers, METR and MAKER."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit import latency, reliability

from ..published import CALL_SEC, HORIZONS, MAKER, SLOWEST_OF, SLOWEST_SEC, generated_tokens
from .comparison import RELATIVE, Comparison, Misses, Place, Record, find_misses

TAILS, UNLIKE = "07_tails_and_load", "06_tries_that_are_not_alike"
UNSAID = "not stated"
CALLS = Record(
    what="agent-evals: runs of Kapoor et al. 2024",
    model="GPT-4-0613",
    temperature=0,
    tries=1,
    check="none",
    n="820 calls; batches drawn from them at random",
)
AZURE = {
    trace: Record(
        what="Azure LLM inference traces 2023 (b469a11), tokens of each answer",
        model=UNSAID,
        temperature=UNSAID,
        tries=1,
        check="none",
        n=n,
    )
    for trace, n in (("code", "8,819 answers"), ("conv", "19,366 answers"))
}
HALVES = {trace: replace(record, n=f"{record.n}, split at random (seed 13)") for trace, record in AZURE.items()}
LONG_TASKS = Record(
    what="METR, Time Horizon 1.1 results",
    model="14 models, GPT-4 to Claude Opus 4.5",
    temperature=UNSAID,
    tries=UNSAID,
    check="each task's own score",
    n="7 models tested; some runs of each of METR's tasks",
)
PUZZLE = Record(
    what="MAKER (Meyerson et al. 2025, arXiv 2511.09030)",
    model="the solver of MAKER",
    temperature=MAKER.temperature,
    tries=MAKER.tries,
    check=MAKER.check,
    n=MAKER.n,
)
TAIL_WORDS = {
    "code": "So far out few answers have been seen, and no law makes up for them.",
    "conv": "The longest answers are alike here, and half of the record is as good as the whole.",
}
TWELVE = 12
QUANTILES = (0.95, 0.99)
OLDER = 7
"""Of METR's fourteen models, in the order of their release, the first so many are fitted and the others tested."""


def lognormal_of(mean: float, median: float) -> latency.Lognormal:
    """The lognormal with this mean and this median.

    >>> float(round(lognormal_of(9.2, 8.0).sigma, 3))
    0.529
    """
    return latency.Lognormal(mean, np.sqrt(2 * np.log(mean / median)))


def slowest_call_misses() -> Misses:
    """By how much the slowest of 5, 12 and 50 calls is missed: by one call's mean, and by a lognormal.

    >>> [round(x, 3) for x in slowest_call_misses()]
    [0.536, 0.669, 0.017, 0.025]
    """
    mean, median, _, _ = CALL_SEC.values
    law = lognormal_of(mean, median).expected_max(SLOWEST_OF)
    return find_misses(SLOWEST_SEC.values, [latency.side_by_side([mean] * n) for n in SLOWEST_OF], law, RELATIVE)


def token_tail_misses(tokens: ArrayLike) -> Misses:
    """By how much p95, p99 and the slowest of twelve are missed: by the mean, and by a lognormal of mean and median.

    >>> [round(token_tail_misses(generated_tokens(trace)).repaired, 2) for trace in ("code", "conv")]
    [0.08, 0.74]
    """
    found = np.asarray(tokens, float)
    law = lognormal_of(float(found.mean()), float(np.median(found)))
    one = float(latency.side_by_side([found.mean()] * TWELVE))
    recorded = [*np.quantile(found, QUANTILES), float(latency.expected_max(found, TWELVE))]
    repaired = [*np.atleast_1d(law.quantile_of_max(1, QUANTILES)), float(law.expected_max(TWELVE))]
    return find_misses(recorded, [one] * len(recorded), repaired, RELATIVE)


def half_misses(tokens: ArrayLike, seed: int = 13) -> Misses:
    """By how much one half of the answers misses the slowest of twelve of the other half: by its mean, by its lengths.

    Mean and 95th percentile of the longest of twelve answers.

    >>> [round(half_misses(generated_tokens(trace)).repaired, 2) for trace in ("code", "conv")]
    [0.27, 0.01]
    """
    return find_misses(*_foretell_half(tokens, seed), RELATIVE)


def _foretell_half(tokens: ArrayLike, seed: int = 13) -> tuple[list[float], list[float], list[float]]:
    """Of the longest of twelve, mean and 95th percentile: in one half, by the other half's mean, by its lengths."""
    shuffled = np.random.default_rng(seed).permutation(np.asarray(tokens, float))
    seen, other = np.array_split(shuffled, 2)
    naive = [float(latency.side_by_side([seen.mean()] * TWELVE))] * 2
    recorded, repaired = (
        [float(latency.expected_max(half, TWELVE)), float(latency.quantile_of_max(half, TWELVE, QUANTILES[0]))]
        for half in (other, seen)
    )
    return recorded, naive, repaired


def horizon_misses() -> Misses:
    """By how much T80 of METR's seven newer models is missed: by a constant hazard, and by the older seven's shape.

    >>> [round(x, 2) for x in horizon_misses()]
    [1.19, 2.02, 0.15, 0.46]
    """
    half, surer = _lengths()
    return find_misses(
        surer[OLDER:],
        reliability.time_at(0.8, half[OLDER:]),
        reliability.time_at(0.8, half[OLDER:], weibull_shape()),
        RELATIVE,
    )


def survival_misses() -> Misses:
    """By how much the share that succeeds at the recorded T80 of the newer seven, .8, is missed by the two laws.

    >>> [round(x, 3) for x in survival_misses()]
    [0.1, 0.129, 0.015, 0.038]
    """
    half, surer = (lengths[OLDER:] for lengths in _lengths())
    laws = (reliability.survival(surer, half), reliability.survival(surer, half, weibull_shape()))
    return find_misses(np.full(half.size, 0.8), *laws)


def weibull_shape() -> float:
    """The median shape of the seven older models, each through its T80 and T50.

    >>> round(weibull_shape(), 2)
    0.61
    """
    half, surer = _lengths()
    return float(np.median(reliability.weibull_through(surer[:OLDER], 0.8, half[:OLDER], 0.5).shape))


def _lengths() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """T50 and T80 of the fourteen models."""
    half, surer = np.array([each.values for each in HORIZONS.values()]).T
    return half, surer


def million_step_misses() -> Misses:
    """By how much one chain of a million steps without an error is missed: without votes, and with a lead of three.

    >>> [round(x, 3) for x in million_step_misses()]
    [1.0, 1.0, 0.011, 0.011]
    """
    steps, wrong, lead = MAKER.values
    return find_misses(
        [1.0],
        [reliability.chain_success(1 - wrong, steps)],
        [reliability.chain_with_votes(1 - wrong, lead, steps)],
    )


def _say_tail(trace: str) -> str:
    tokens = generated_tokens(trace)
    law = lognormal_of(float(tokens.mean()), float(np.median(tokens)))
    p95, p99 = np.quantile(tokens, QUANTILES)
    law_95, law_99 = law.quantile_of_max(1, QUANTILES)  # type: ignore[misc]
    return (
        f"p95 {p95:.0f}, law {law_95:.0f}; p99 {p99:.0f}, law {law_99:.0f}; slowest of 12 "
        f"{latency.expected_max(tokens, TWELVE):.0f}, law {law.expected_max(TWELVE):.0f} tokens."
    )


def _say_halves(trace: str) -> str:
    recorded, _, foretold = _foretell_half(generated_tokens(trace))
    mean, p95 = (abs(said / found - 1) for said, found in zip(foretold, recorded, strict=True))
    return (
        f"The lengths of one half foretell the mean of the longest of 12 in the other to {mean:.1%}, its 95th "
        f"percentile to {p95:.1%}. {TAIL_WORDS[trace]}"
    )


_TAIL_LAW = (
    "latency.side_by_side", "latency.Lognormal", "latency.Lognormal.expected_max", "latency.Lognormal.quantile_of_max",
)  # fmt: skip
COMPARISONS = (
    Comparison(
        name="the slowest of 5, 12 and 50 calls",
        naive="steps at once take one call's mean",
        repaired="a lognormal through mean and median of one call",
        formulas=_TAIL_LAW[:3],
        record=CALLS, unit=RELATIVE, misses=slowest_call_misses,
        finding=lambda: "Twelve calls at once took 19.8 s, where one takes 9.2.",
        place=Place(TAILS, "The slowest of many calls"),
    ),
    *(
        Comparison(
            name=f"tail of an answer ({words})",
            naive="every answer has the mean length",
            repaired="a lognormal through mean and median",
            formulas=_TAIL_LAW,
            misses=lambda trace=trace: token_tail_misses(generated_tokens(trace)),  # type: ignore[misc]
            finding=lambda trace=trace: _say_tail(trace),  # type: ignore[misc]
            place=Place(TAILS, "The slowest of many calls"),
            record=AZURE[trace], unit=RELATIVE,
        )
        for trace, words in (("code", "code"), ("conv", "conversations"))
    ),
    *(
        Comparison(
            name=f"half foretells half ({words})",
            naive="every answer has the mean length of the half that was seen",
            repaired="the recorded lengths of that half, as they are",
            formulas=("latency.side_by_side", "latency.expected_max", "latency.quantile_of_max"),
            misses=lambda trace=trace: half_misses(generated_tokens(trace)),  # type: ignore[misc]
            finding=lambda trace=trace: _say_halves(trace),  # type: ignore[misc]
            record=HALVES[trace], unit=RELATIVE,
        )
        for trace, words in (("code", "code"), ("conv", "conversations"))
    ),
    Comparison(
        name="how long four of five tasks may be",
        naive="constant hazard: T80 = 0.32 T50",
        repaired="a Weibull with the median shape of the seven older models, tested on the seven newer",
        formulas=("reliability.time_at", "reliability.weibull_through"),
        record=LONG_TASKS, unit=RELATIVE, misses=horizon_misses,
        finding=lambda: f"Shape {weibull_shape():.2f}. Both lengths are read off a fitted curve, so T99 is untested.",
        place=Place(UNLIKE, "How long a task may be"),
    ),
    Comparison(
        name="share done at a recorded T80",
        naive="constant hazard: 2^(-T80/T50)",
        repaired="a Weibull with the median shape of the seven older models, tested on the seven newer",
        formulas=("reliability.survival", "reliability.weibull_through"),
        record=LONG_TASKS, misses=survival_misses,
        finding=lambda: "The same record read the other way: per cents of minutes are few points of a share.",
        place=Place(UNLIKE, "How long a task may be"),
    ),
    Comparison(
        name="a million steps",
        naive="p^s: one call for each step",
        repaired="a race to three votes ahead at every step, votes independent",
        formulas=("reliability.chain_success", "reliability.chain_with_votes"),
        record=PUZZLE, misses=million_step_misses,
        finding=lambda: "One run, without an error, and so one record: the law says that 99 in 100 would have none.",
        place=Place(UNLIKE, "Votes that carry a million steps"),
    ),
)  # fmt: skip
"""The laws of tails and of length, each with its record."""
