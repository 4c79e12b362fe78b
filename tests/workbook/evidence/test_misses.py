"""Each miss of the page a second time: from the tables and the published figures, without labkit's laws."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import NormalDist, fmean, median

import numpy as np
import pytest

from labkit_workbook import published
from labkit_workbook.evidence import (
    COMPARISONS,
    Comparison,
    Misses,
    bills,
    find_misses,
    repeated_runs,
    tails_and_lengths,
)
from labkit_workbook.evidence import waits as evidence_waits
from labkit_workbook.published import rows

Pairs = tuple[list[float], list[float], list[float]]
BY_NAME = {each.name: each for each in COMPARISONS}
FOLDER = rows.FOLDER


def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


BOARD = table("tau2_leaderboard")
SHARES = [[float(row[f"pass_{k}"]) for k in (1, 2, 3, 4)] for row in BOARD]


# ---- the laws, written down again ---------------------------------------------------------------------------------


def correlation(one: float, two: float) -> float:
    return (two - one * one) / (one * (1 - one))


def all_right(p: float, rho: float, k: int) -> float:
    return math.prod((p * (1 - rho) + i * rho) / (1 - rho + i * rho) for i in range(k))


def any_right(p: float, rho: float, k: int) -> float:
    return 1 - all_right(1 - p, rho, k)


def recorded_any(share: list[float], k: int) -> float:
    """At least one of k runs right, by inclusion and exclusion."""
    return sum((-1) ** (j + 1) * math.comb(k, j) * share[j - 1] for j in range(1, k + 1))


def largest_of(values: list[float], n: int) -> float:
    """The mean of the largest of n drawn values: of m sorted ones it is the i-th with (i/m)^n - ((i-1)/m)^n."""
    ordered, m = sorted(values), len(values)
    return math.fsum(x * ((i / m) ** n - ((i - 1) / m) ** n) for i, x in enumerate(ordered, 1))


def smallest_within(values: list[float], share: float) -> float:
    """The first of the sorted values that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


def lognormal(mean: float, middle: float) -> tuple[float, float]:
    """Location and spread of the logarithm."""
    return math.log(middle), math.sqrt(2 * math.log(mean / middle))


def lognormal_largest(mean: float, middle: float, n: int) -> float:
    """The mean of the largest of n lognormal times, by the midpoint rule over its quantiles' normal."""
    location, spread = lognormal(mean, middle)
    normal, width = NormalDist(), 1 / 1000
    points = (-10 + (i + 0.5) * width for i in range(20_000))
    return math.fsum(
        math.exp(location + spread * z) * n * normal.cdf(z) ** (n - 1) * normal.pdf(z) * width for z in points
    )


def lognormal_quantile(mean: float, middle: float, share: float) -> float:
    location, spread = lognormal(mean, middle)
    return math.exp(location + spread * NormalDist().inv_cdf(share))


# ---- what was recorded, what the naive law says, what the repaired one does ----------------------------------------


def pass_hat(shares: list[list[float]]) -> Pairs:
    found: Pairs = ([], [], [])
    for share in shares:
        p, rho = share[0], correlation(*share[:2])
        for k in (3, 4):
            for values, x in zip(found, (share[k - 1], p**k, all_right(p, rho, k)), strict=True):
                values.append(x)
    return found


def pass_at() -> Pairs:
    found: Pairs = ([], [], [])
    for share in SHARES:
        p, rho = share[0], correlation(*share[:2])
        for k in (3, 4):
            for values, x in zip(found, (recorded_any(share, k), 1 - (1 - p) ** k, any_right(p, rho, k)), strict=True):
                values.append(x)
    return found


def one_retry() -> Pairs:
    rho = [correlation(*share[:2]) for share in SHARES]
    found: Pairs = ([], [], [])
    for i, share in enumerate(SHARES):
        others = [r for j, r in enumerate(rho) if j != i and BOARD[j]["domain"] == BOARD[i]["domain"]]
        p = share[0]
        gain = p * (1 - p)
        for values, x in zip(found, (2 * p - share[1], p + gain, p + gain * (1 - median(others))), strict=True):
            values.append(x)
    return found


def majority() -> Pairs:
    p, two, three = zip(*(share[:3] for share in SHARES), strict=True)
    law = [all_right(a, correlation(a, b), 3) for a, b in zip(p, two, strict=True)]
    return (
        [3 * b - 2 * c for b, c in zip(two, three, strict=True)],
        [a**3 + 3 * a * a * (1 - a) for a in p],
        [3 * b - 2 * c for b, c in zip(two, law, strict=True)],
    )


def runs_needed(share: list[float], any_of: Callable[[int], float]) -> float:
    return 1 + sum(1 - any_of(k) for k in (1, 2, 3))


def attempts() -> Pairs:
    found: Pairs = ([], [], [])
    for share in SHARES:
        p, rho = share[0], correlation(*share[:2])
        three = (
            runs_needed(share, lambda k, share=share: recorded_any(share, k)),
            sum((1 - p) ** j for j in range(4)),
            runs_needed(share, lambda k, p=p, rho=rho: any_right(p, rho, k)),
        )
        for values, x in zip(found, three, strict=True):
            values.append(x)
    return found


def success_prices() -> Pairs:
    found: Pairs = ([], [], [])
    for row, share, needed, _, by_law in zip(BOARD, SHARES, *attempts(), strict=True):
        usd = float(row["usd_a_task"] or 0)
        if usd:
            p, rho = share[0], correlation(*share[:2])
            prices = (usd * needed / recorded_any(share, 4), usd / p, usd * by_law / any_right(p, rho, 4))
            for values, x in zip(found, prices, strict=True):
                values.append(x)
    return found


def humaneval(configuration: str) -> dict[tuple[str, str], int]:
    found = [row for row in table("humaneval_retries") if row["configuration"] == configuration]
    return {(row["tries_used"], row["solved_by_hidden_tests"]): int(row["count"]) for row in found}


RUNS = {
    "gpt-3.5-turbo-0613": ("gpt-3.5-turbo-0613-5repeats-no-temp-incr", "gpt-3.5-turbo-0613-5step"),
    "gpt-4-0613": ("gpt-4-0613-5repeats-no-temp-incr", "gpt-4-0613-5step"),
    "gpt-4-turbo-2024-04-09": ("gpt-4-turbo-0409-5repeats-no-temp-incr", "gpt-4-turbo-0409-5step"),
}


def retried(configuration: str, once: str) -> tuple[float, float, float, float]:
    """p, the share solved, the check's recall and the tries' recovery."""
    single, counts = humaneval(once), humaneval(configuration)
    p = single["", "1"] / (single["", "1"] + single["", "0"])
    answers = sum(counts.values())
    solved = sum(n for (_, right), n in counts.items() if right == "1")
    wrong = answers * (1 - p)
    noticed = wrong - counts["0", "0"]
    return p, solved / answers, noticed / wrong, (solved - answers * p) / noticed


def six_runs() -> Iterator[tuple[float, float, float, float]]:
    for once, ways in RUNS.items():
        for way in ways:
            yield retried(way, once)


def five_tries() -> Pairs:
    found: Pairs = ([], [], [])
    for p, solved, d, r in six_runs():
        for values, x in zip(found, (solved, 1 - (1 - p) ** 5, p + (1 - p) * d * max(r, 0)), strict=True):
            values.append(x)
    return found


def gate() -> Pairs:
    recorded, naive = [], []
    for p, solved, d, _ in six_runs():
        recorded.append(solved)
        again = (1 - p) * d  # rejected
        naive.append(sum(p * again**i for i in range(5)))
    return recorded, naive, []


def eight_tries() -> Pairs:
    once = "gpt-4-turbo-2024-04-09"
    p, _, d, r = retried(RUNS[once][0], once)
    eight = retried("gpt-4-turbo-0409-8repeats-no-temp-incr", once)[1]
    return [eight], [1 - (1 - p) ** 8], [p + (1 - p) * d * r]


def blind_trials() -> Pairs:
    share = [n / 134 for n in published.ALFWORLD_BLIND.values]
    p = share[0]
    rho = 1 - (share[1] - p) / (p * (1 - p))
    later = range(3, 8)
    return share[2:], [1 - (1 - p) ** k for k in later], [any_right(p, rho, k) for k in later]


def informed() -> Pairs:
    first, second, _ = published.AIDER.values
    return [second], [first + first * (1 - first)], []


def second_model(data: str) -> Pairs:
    counts = [
        [int(row[c]) for c in ("both_right", "only_strong_right", "only_weak_right", "both_wrong")]
        for row in table("routellm_responses")
        if row["data"] == data and row["subject"] != "high_school_mathematics"
    ]
    total = sum(map(sum, counts))

    def both_wrong(c: list[int]) -> float:
        n = sum(c)
        return (c[1] + c[3]) / n * (c[2] + c[3]) / n

    whole = [sum(column) for column in zip(*counts, strict=True)]
    by_subject = 1 - sum(sum(c) * both_wrong(c) for c in counts) / total
    return [1 - whole[3] / total], [1 - both_wrong(whole)], [by_subject] if data == "MMLU" else []


CASCADE = "l3_8b-gpt-3.5-turbo-0613-l3_70b-gpt4-0613"


def reached_and_right() -> tuple[list[int], list[int]]:
    counts = humaneval(CASCADE)
    kept = [counts.get((str(i), "0"), 0) + counts.get((str(i), "1"), 0) for i in range(5)]
    reached = [sum(kept[i:]) for i in range(4)]
    return reached, [counts[str(i), "1"] for i in range(4)]


def walk(p: list[float], detection: list[float], usd: tuple[float, ...]) -> tuple[float, float]:
    """A task through the four models: how often right in the end, and dollars."""
    there, solved, dollars = 1.0, 0.0, 0.0
    for i in range(4):
        solved += there * p[i]
        dollars += there * usd[i]
        there *= (1 - p[i]) * detection[i] if i < 3 else 0.0
    return solved, dollars


def four_models(which: int) -> Pairs:
    reached, right = reached_and_right()
    usd = published.CASCADE_USD.values
    detection = [reached[i + 1] / (reached[i] - right[i]) for i in range(3)]
    weak, strong = (published.HUMANEVAL_ALONE[m].values[0] for m in ("GPT-3.5-0613", "GPT-4-0613"))
    here = [b / a for a, b in zip(reached, right, strict=True)]
    recorded = (sum(right) / 820, sum(c * n for c, n in zip(usd, reached, strict=True)) / 820)
    naive, counted = walk([here[0], weak, weak, strong], detection, usd), walk(here, detection, usd)
    return [recorded[which]], [naive[which]], [counted[which]]


def total_bill() -> Pairs:
    reached, _ = reached_and_right()
    bill = sum(c * n for c, n in zip(published.CASCADE_USD.values, reached, strict=True)) / 5
    return [published.CASCADES["GPT-4-0613"].values[1]], [bill], [bill]


def coin() -> Pairs:
    return [published.MT_BENCH_CALLS.values[0]], [0.5], []


def slowest_calls() -> Pairs:
    mean, middle, _, _ = published.CALL_SEC.values
    law = [lognormal_largest(mean, middle, n) for n in published.SLOWEST_OF]
    return list(published.SLOWEST_SEC.values), [mean] * 3, law


def tokens_of(trace: str) -> list[float]:
    with np.load(rows.FOLDER / "azure_arrivals.npz") as table_of_both:
        return sorted(map(float, table_of_both[f"{trace}_generated_tokens"]))


def token_tail(trace: str) -> Pairs:
    values = tokens_of(trace)
    mean, middle = fmean(values), median(values)
    ordered, places = sorted(values), [0.95 * (len(values) - 1), 0.99 * (len(values) - 1)]
    recorded = [ordered[int(x)] + (x % 1) * (ordered[int(x) + 1] - ordered[int(x)]) for x in places]
    law = [lognormal_quantile(mean, middle, q) for q in (0.95, 0.99)] + [lognormal_largest(mean, middle, 12)]
    return [*recorded, largest_of(values, 12)], [mean] * 3, law


def halves(trace: str) -> Pairs:
    shuffled = np.random.default_rng(13).permutation(tokens_of(trace)).tolist()
    cut = (len(shuffled) + 1) // 2
    seen, other = shuffled[:cut], shuffled[cut:]
    both = [[largest_of(half, 12), smallest_within(half, 0.95 ** (1 / 12))] for half in (other, seen)]
    return both[0], [fmean(seen)] * 2, both[1]


def lengths() -> tuple[list[float], list[float], float]:
    """T50 and T80 of the newer seven, and the median shape of the older."""
    half, surer = zip(*(each.values for each in published.HORIZONS.values()), strict=True)
    bits = -math.log2(0.8)
    shapes = [math.log(bits) / math.log(b / a) for a, b in list(zip(half, surer, strict=True))[:7]]
    return list(half[7:]), list(surer[7:]), median(shapes)


def horizons() -> Pairs:
    half, surer, shape = lengths()
    bits = -math.log2(0.8)
    return surer, [t * bits for t in half], [t * bits ** (1 / shape) for t in half]


def survivals() -> Pairs:
    half, surer, shape = lengths()
    pairs = list(zip(half, surer, strict=True))
    return [0.8] * 7, [2 ** -(b / a) for a, b in pairs], [2 ** -((b / a) ** shape) for a, b in pairs]


def million_steps() -> Pairs:
    steps, wrong, lead = published.MAKER.values
    race = 1 / (1 + (wrong / (1 - wrong)) ** lead)
    return [1.0], [(1 - wrong) ** steps], [race**steps]


def waits(trace: str, places: tuple[int, ...]) -> Pairs:
    """Mean and 95th percentile of the recorded wait, and by M/G/k and Allen-Cunneen with an exponential tail."""
    with np.load(FOLDER / "azure_arrivals.npz") as both:
        gaps, read, wrote = (both[f"{trace}_{x}"].tolist() for x in ("gap_ms", "context_tokens", "generated_tokens"))
    seconds = [0.3 + 0.0002 * a + 0.025 * b for a, b in zip(read, wrote, strict=True)]
    mean, total = fmean(seconds), sum(gaps) / 1000
    scatter, bursts = (fmean((x / fmean(y) - 1) ** 2 for x in y) for y in (seconds, gaps[1:]))
    found: Pairs = ([], [], [])
    for k in places:
        now, free, waited = 0.0, [0.0] * k, []
        for gap, sec in zip(gaps, seconds, strict=True):
            now += gap / 1000
            first = free.index(min(free))
            waited.append(max(0.0, free[first] - now))
            free[first] = now + waited[-1] + sec
        ordered, place = sorted(waited), 0.95 * (len(waited) - 1)
        found[0].extend([fmean(waited), ordered[int(place)] * (1 - place % 1) + ordered[int(place) + 1] * (place % 1)])
        used = len(gaps) / total * mean / k
        blocked = 1.0
        for i in range(1, k + 1):
            blocked = used * k * blocked / (i + used * k * blocked)
        late = blocked / (1 - used + used * blocked)
        for law, unlike in zip(found[1:], (1.0, bursts), strict=True):
            delay = mean * (unlike + scatter) / (2 * k * (1 - used))
            law.extend([late * delay, delay * math.log(late / 0.05)])
    return found


def conversations() -> tuple[list[list[float]], list[list[float]], list[list[float]], float]:
    """Tokens sent by call: of trials 0 and 1, of 2 and 3, of all; and all tokens answered."""
    talks: dict[tuple[str, str], list[float]] = {}
    for row in table("tau_bench_airline_calls"):
        talks.setdefault((row["task"], row["trial"]), []).append(int(row["chars_sent"]) / 4)
    answered = sum(int(row["chars_answered"]) for row in table("tau_bench_airline_calls")) / 4
    seen, tested = ([x for (_, trial), x in talks.items() if trial in half] for half in ("01", "23"))
    return seen, tested, list(talks.values()), answered


def growth_of(talks: list[list[float]]) -> tuple[float, float]:
    """Mean first call, and mean growth a call."""
    return fmean(x[0] for x in talks), fmean((x[-1] - x[0]) / (len(x) - 1) for x in talks if len(x) > 1)


def grown(a: float, b: float, calls: float) -> float:
    return a * calls + b * calls * (calls - 1) / 2


def growing(at_mean: bool) -> Pairs:
    seen, tested, _, _ = conversations()
    a, b = growth_of(seen)
    calls = [len(x) for x in tested]
    law = sum(grown(a, b, n) for n in calls)
    naive = len(calls) * grown(a, b, fmean(calls)) if at_mean else a * sum(calls)
    return [sum(map(sum, tested))], [naive], [law]


def agent_cache() -> Pairs:
    seen, _, every, answered = conversations()
    a, b = growth_of(seen)
    out = 4 * answered
    fresh = sum(max(now - before, 0.0) for x in every for before, now in pairwise([0.0, *x]))
    whole = sum(map(sum, every))
    law = sum(1.25 * (a + b * (len(x) - 1)) + 0.1 * grown(a, b, len(x) - 1) for x in every)
    plain = sum(grown(a, b, len(x)) for x in every)
    left = (1.25 * fresh + 0.1 * (whole - fresh) + out) / (whole + out)
    return [left], [(fresh + out) / (whole + out)], [(law + out) / (plain + out)]


def chat_cache() -> Pairs:
    found = table("mooncake_conversation")
    sent, seen, out = (
        sum(int(row[column]) for row in found) for column in ("input_tokens", "prefix_tokens_seen", "output_tokens")
    )
    left = (1.25 * (sent - seen) + 0.1 * seen + 5 * out) / (sent + 5 * out)
    return [left], [(sent - seen + 5 * out) / (sent + 5 * out)], [left]


def lived_cache() -> Pairs:
    found = table("mooncake_conversation")
    sent, out = (sum(int(row[column]) for row in found) for column in ("input_tokens", "output_tokens"))
    kept = [int(row["prefix_tokens_seen"]) for row in found if int(row["sec_since_last_use"] or 0) <= 300]
    left = (1.25 * (sent - sum(kept)) + 0.1 * sum(kept) + 5 * out) / (sent + 5 * out)
    return [left], chat_cache()[0], []


README = [
    list(published.PASS_HAT[agent].values) for agent in ("gpt-4o airline", "gpt-4o retail", "claude-3-5-sonnet retail")
]
AGAIN: dict[str, Callable[[], Pairs]] = {
    "pass^3 and pass^4 (tau2-bench)": lambda: pass_hat(SHARES),
    "pass^3 and pass^4 (tau-bench)": lambda: pass_hat(README),
    "pass@3 and pass@4": pass_at,
    "one blind retry": one_retry,
    "a majority of three": majority,
    "runs until one is right, of four": attempts,
    "dollars of a success, up to four runs": success_prices,
    "a conversation that grows": lambda: growing(at_mean=False),
    "conversations of the mean length": lambda: growing(at_mean=True),
    "an agent's prefix cache": agent_cache,
    "a chat's prefix cache": chat_cache,
    "a cache that forgets": lived_cache,
    "up to five tries": five_tries,
    "a gate and four retries": gate,
    "up to eight tries": eight_tries,
    "blind trials of an agent": blind_trials,
    "a retry that sees the errors": informed,
    "a second model (MMLU)": lambda: second_model("MMLU"),
    "a second model (GSM8K)": lambda: second_model("GSM8K"),
    "four models: solved": lambda: four_models(0),
    "four models: dollars": lambda: four_models(1),
    "the bill of a cascade": total_bill,
    "a coin for a router": coin,
    "the slowest of 5, 12 and 50 calls": slowest_calls,
    "tail of an answer (code)": lambda: token_tail("code"),
    "tail of an answer (conversations)": lambda: token_tail("conv"),
    "half foretells half (code)": lambda: halves("code"),
    "half foretells half (conversations)": lambda: halves("conv"),
    "how long four of five tasks may be": horizons,
    "share done at a recorded T80": survivals,
    "a million steps": million_steps,
    "waiting for a place (code)": lambda: waits("code", (5,)),
    "waiting for a place (conversations)": lambda: waits("conv", (36, 34)),
}

SLOW = {"waiting for a place (conversations)": pytest.mark.slow}  # a quarter of a minute; the other hour takes three s


@pytest.mark.parametrize(
    "each", [pytest.param(each, id=each.name, marks=SLOW.get(each.name, ())) for each in COMPARISONS]
)
def test_every_miss_comes_out_again_without_labkit(each: Comparison) -> None:
    recorded, *laws = AGAIN[each.name]()
    again = []
    for law in laws:
        off = [abs(a - b) / (b if each.unit == "relative" else 1) for a, b in zip(law, recorded, strict=bool(law))]
        again += [fmean(off), max(off)] if off else [math.nan, math.nan]
    assert tuple(each.misses()) == pytest.approx(tuple(again), rel=1e-6, abs=1e-9, nan_ok=True)


def test_each_comparison_is_computed_twice() -> None:
    assert list(AGAIN) == [each.name for each in COMPARISONS]


@pytest.mark.parametrize("each", COMPARISONS, ids=lambda each: each.name)
def test_a_repair_that_was_counted_on_its_record_hardly_misses_and_no_finding_is_empty(each: Comparison) -> None:
    misses = each.misses()
    assert misses.naive <= misses.naive_most
    if each.counted:
        assert misses.repaired_most < 0.004
    assert each.finding().endswith(".")
    assert "nan" not in each.finding()


# ---- rows that are not in the box ------------------------------------------------------------------------------------


def drawn_rows(seed: int, count: int = 10) -> list[dict[str, str]]:
    """Rows in the leaderboard's columns that follow the law to their last digit."""
    rnd = random.Random(seed)
    made = []
    for i in range(count):
        p, rho = rnd.uniform(0.1, 0.95), rnd.uniform(0.05, 0.9)
        shares = {f"pass_{k}": repr(all_right(p, rho, k)) for k in (1, 2, 3, 4)}
        domain = rnd.choice(["airline", "retail", "banking_knowledge"])
        price = repr(rnd.uniform(0.01, 4)) if rnd.random() < 0.5 or i == 0 else ""
        made.append({"model": f"model {i}", "submitter": "drawn", "domain": domain, **shares, "usd_a_task": price})
    return made


@pytest.mark.parametrize("seed", range(20))
def test_rows_that_follow_the_law_are_foretold_exactly_and_badly_by_powers(seed: int) -> None:
    board = published.leaderboard(drawn_rows(seed))
    for misses_of in (
        repeated_runs.pass_hat_misses, repeated_runs.pass_at_misses, repeated_runs.majority_misses,
        bills.attempts_misses, bills.success_price_misses,
    ):  # fmt: skip
        misses = misses_of(board)
        assert misses.repaired_most < 1e-9 < misses.naive
    vote = repeated_runs.majority_counts(board)
    assert vote.below + vote.above == len(board.models)
    assert ((repeated_runs.retry_gains(board) > 0) & (repeated_runs.retry_gains(board) < 1)).all()
    assert set(repeated_runs.correlations(board)) == {str(domain) for domain in board.domains}


def test_rows_at_the_edges_are_held_against_the_laws_too() -> None:
    """Always right, never right, less alike than chance, and numbers in place of text, without a price."""
    edges = [[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.5, 0.24, 0.11, 0.05], [0.9, 0.85, 0.81, 0.78]]
    made = [
        {"model": f"m{i}", "domain": "edge", **{f"pass_{k}": x for k, x in enumerate(share, 1)}}
        for i, share in enumerate(edges)
    ]
    board = published.leaderboard(made)  # type: ignore[arg-type]
    assert not board.priced.any()
    for misses_of in (
        repeated_runs.pass_hat_misses, repeated_runs.pass_at_misses, repeated_runs.majority_misses,
        repeated_runs.carried_misses, bills.attempts_misses,
    ):  # fmt: skip
        assert all(math.isfinite(x) for x in misses_of(board))
    assert repeated_runs.retry_gains(board) == pytest.approx([1.04, 1 - correlation(0.9, 0.85)])
    assert repeated_runs.too_hopeful(board) == 2  # the two that are neither always right nor always wrong


def test_the_order_of_the_rows_changes_nothing() -> None:
    shuffled = random.Random(1).sample(BOARD, len(BOARD))
    for misses_of in (repeated_runs.pass_hat_misses, repeated_runs.carried_misses, bills.success_price_misses):
        one, other = misses_of(published.leaderboard()), misses_of(published.leaderboard(shuffled))
        assert tuple(one) == pytest.approx(tuple(other), abs=1e-11)


def test_rows_without_a_price_have_no_price_of_a_success() -> None:
    unpriced = [row | {"usd_a_task": "0.0"} for row in BOARD]
    with pytest.raises(ValueError, match="board must have a row with a price"):
        bills.success_price_misses(published.leaderboard(unpriced))


def test_a_row_alone_in_its_domain_carries_nothing_over() -> None:
    alone = [row | {"domain": "alone"} if i == 0 else row for i, row in enumerate(BOARD)]
    found = repeated_runs.carried_misses(published.leaderboard(alone))
    assert found.naive == pytest.approx(fmean(abs(p - p * p - (p - both)) for p, both, *_ in SHARES), abs=2e-3)


def test_other_tokens_than_azures_are_held_against_the_same_laws() -> None:
    rng = np.random.default_rng(3)
    drawn = rng.lognormal(5.0, 0.5, 40_000)
    assert tails_and_lengths.token_tail_misses(drawn).repaired_most < 0.05
    assert tails_and_lengths.half_misses(drawn).repaired_most < 0.05


# ---- the leaderboard itself --------------------------------------------------------------------------------------


def test_what_the_leaderboard_s_conditions_say_is_so() -> None:
    board = published.leaderboard()
    domains = {"airline": (12, 50), "retail": (14, 114), "telecom": (12, 114), "banking": (26, 97)}
    odd = 0
    for domain, (count, tasks) in domains.items():
        there = [row["pass_1"] for row in BOARD if row["domain"].removesuffix("_knowledge") == domain]
        assert len(there) == count
        assert f"{domain} {count} ({tasks}" in repeated_runs.BOARD.n
        for share in there:
            half = 0.51 * 10.0 ** -max(len(share.partition(".")[2]), 3)
            odd += abs(round(float(share) * 4 * tasks) / (4 * tasks) - float(share)) > half
    assert odd == 6
    assert "in six rows" in str(repeated_runs.BOARD.tries)
    assert f"{len(set(board.models))} models" in repeated_runs.BOARD.model
    assert f"{board.priced.sum()} of the {len(board.models)} rows" in bills.PRICED.n
    assert len(SHARES) - len(set(map(tuple, SHARES))) == 1
    named = [(row["model"], row["domain"]) for row in BOARD]
    assert {each for each in named if named.count(each) > 1} == {
        ("GPT-5.2", "airline"),
        ("GPT-5.2", "banking_knowledge"),
    }
    assert (board.usd == 0).sum() == 4


def test_what_lesson_07_says_of_the_recorded_hours_is_so() -> None:
    """The work of five minutes by what 34 places do, and the wait where the gaps have lost their order."""
    hour = published.azure_arrivals("conv")
    work = np.bincount((hour.sec // 300).astype(int), hour.service_sec) / (300 * 34)
    assert np.all((work[:5] > 0.96) & (work[:5] < 1.04))
    requests = np.bincount((hour.sec // 300).astype(int))
    assert work[requests > 2000].max() < 0.93
    assert work[requests < 1600][:4].min() > 0.96
    alone = evidence_waits.shuffled_waits("conv", 34, "gaps")
    assert (round(alone.min()), round(alone.max())) == (40, 56)
    assert [round(evidence_waits.served("conv", k).wait_sec.mean(), 1) for k in (36, 34)] == [1.3, 13.7]


def test_misses_are_of_as_many_numbers_as_were_recorded() -> None:
    with pytest.raises(ValueError, match="naive must say 2 numbers"):
        find_misses([0.1, 0.2], [0.1])
    with pytest.raises(ValueError, match="unit must be one of"):
        find_misses([0.1], [0.1], unit="per cent")
    assert find_misses([2.0], [1.0], unit="relative")[:2] == (0.5, 0.5)
    assert isinstance(find_misses([0.5], [0.5]), Misses)
