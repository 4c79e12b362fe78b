"""Long arguments and large graphs: what they take grows as it should, measured as a ratio of processor times."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from processor_time import seconds

from labkit import PREMIUM, SMALL, Model, Step, Workflow, chain, frontier, graph, parallel, simulate
from labkit.latency import Lognormal, Patience, critical_path, list_schedule, longest_path
from labkit.levers import cut, debate, gate, parallelize, retry
from labkit.reliability import (
    BetaLaw,
    checked_chain,
    expected_votes,
    fit_beta_counts,
    majority_vote,
    pass_at_from_counts,
    pass_hat_from_counts,
    self_conditioned,
)
from labkit.simulation import Turns
from labkit.simulation.schedule import limited

DOUBTFUL, WIDE = Model(0.01, 1.0, 1e-6), Lognormal(1.0, 0.5)
NOISE_SEC = 0.02  # of processor time, below which a ratio says nothing


def growth_below(limit: float, work: Callable[[int], Any], n: int) -> bool:
    """Is the processor time at 4n less than so many times that at n? The least of three at n, of up to three at 4n."""

    def taken(size: int) -> float:
        return seconds(lambda: work(size)) + NOISE_SEC

    small = min(taken(n) for _ in range(3))
    return any(taken(4 * n) < limit * small for _ in range(3))


CLOSED: dict[str, Callable[[int], Any]] = {
    "pass_hat": lambda n: BetaLaw(0.9, 0.3).pass_hat(n),
    "pass_at": lambda n: BetaLaw(0.9, 0.3).pass_at([1, n]),
    "fit_beta_counts": lambda n: fit_beta_counts([n // 2, n // 5], n),
    "pass_hat_from_counts": lambda n: pass_hat_from_counts([n, n - 1], n, n // 2),
    "pass_at_from_counts": lambda n: pass_at_from_counts([n, 1], n, n // 2),
    "expected_votes": lambda n: expected_votes(0.5001, n),
    "majority_vote": lambda n: majority_vote(0.6, n),
}


@pytest.mark.parametrize("law", CLOSED.values(), ids=CLOSED)
def test_a_law_in_closed_form_takes_no_longer_for_more(law: Callable[[int], Any]) -> None:
    assert growth_below(3, law, 2_500_000)


def series_parallel(n: int) -> Workflow:
    """Two chains side by side, n steps in all."""
    return chain(n // 2, PREMIUM).beside(chain(n // 2, SMALL))


def diamonds(n: int) -> Workflow:
    """A chain of diamonds, n steps in all."""
    steps = [Step("s0", PREMIUM)]
    for i in range(1, n // 3):
        before = (steps[-1].name,)
        steps += [Step(f"a{i}", PREMIUM, before), Step(f"b{i}", SMALL, before)]
        steps += [Step(f"s{i}", PREMIUM, (f"a{i}", f"b{i}"))]
    return Workflow(tuple(steps))


def ladder(n: int) -> Workflow:
    """Two steps at a time, n in all; each waits for both before it."""
    steps = [Step("a0", PREMIUM), Step("b0", SMALL)]
    for i in range(1, n // 2):
        before = (f"a{i - 1}", f"b{i - 1}")
        steps += [Step(f"a{i}", PREMIUM, before), Step(f"b{i}", SMALL, before)]
    return Workflow(tuple(steps))


def fan(n: int) -> Workflow:
    """A chain of n steps in which each also names the first, which the chain already implies."""
    first, *others = chain(n, PREMIUM).steps
    return Workflow((first, *(Step(step.name, PREMIUM, (*step.needs, "step-1")) for step in others)))


def comb(n: int) -> Workflow:
    """A chain of n / 2 steps, and beside each of them one that needs it."""
    spine = chain(n // 2, PREMIUM, name="c")
    return Workflow((*spine.steps, *(Step(f"d-{i}", SMALL, (f"c-{i}",)) for i in range(1, n // 2 + 1))))


def scheduled(n: int, runs: int) -> Any:
    """Two chains of n steps in all that share three places with n more steps of two calls, in so many runs."""
    needs = [[step - 2] if 1 < step < n else [] for step in range(2 * n)]
    sec = [np.full(runs, 1.0 + step % 7) for step in range(2 * n)]
    return limited(needs, sec, [1] * n + [2] * n, 3, range(2 * n))


LINEAR: dict[str, tuple[Callable[[int], Any], int]] = {
    "chain": (lambda n: chain(n, PREMIUM).outcome(), 1_500),
    "parallel": (lambda n: parallel(n, PREMIUM).outcome(), 1_500),
    "two chains": (lambda n: series_parallel(n).outcome(), 1_500),
    "freed": (lambda n: chain(n, PREMIUM).pipe(parallelize).outcome(), 1_500),
    "halting": (lambda n: chain(n, PREMIUM).pipe(gate, 0.9, when_rejected="halt").outcome(), 1_500),
    "names": (lambda n: chain(n, PREMIUM).pipe(gate, 0.9, where=[f"step-{i}" for i in range(1, n + 1)]), 1_500),
    "schedule": (lambda n: list_schedule([1.0] * n, [[]] + [[i] for i in range(n - 1)], 3), 10_000),
    "checked chain": (lambda n: checked_chain(np.full(n, 0.99999), 0.8, 0.01, 1), 100_000),
    "latency": (lambda n: chain(n, PREMIUM).pipe(retry, 1).latency().mean, 250),
    "two retried chains": (lambda n: series_parallel(n).pipe(retry, 1).outcome("expected"), 100),
    "diamonds": (lambda n: diamonds(n).outcome(), 2_500),
    "ladder cut": (lambda n: ladder(n).pipe(cut, lambda step: step.name.startswith("a")).outcome(), 2_500),
    "all need the first": (lambda n: fan(n).pipe(parallelize, "step-1").outcome(), 1_000),
    "shown": (lambda n: repr(chain(n, PREMIUM)), 2_500),
    "critical path": (lambda n: critical_path([1.0] * n, [[], *([i] for i in range(n - 1))]), 10_000),
    "longest path": (lambda n: longest_path([1.0] * n, [[], *([i] for i in range(n - 1))]), 10_000),
    "few places": (lambda n: scheduled(n, runs=8), 40),
}


@pytest.mark.parametrize(("work", "n"), LINEAR.values(), ids=LINEAR)
def test_time_grows_with_the_number_of_steps(work: Callable[[int], Any], n: int) -> None:
    assert growth_below(8, work, n)


@pytest.mark.slow
def test_a_simulation_with_few_places_grows_with_the_number_of_steps() -> None:
    assert growth_below(8, lambda n: simulate(parallel(n, PREMIUM, name="s"), 1, seed=1, at_most=4, times=WIDE), 50)


@pytest.mark.slow
def test_memory_grows_with_the_number_of_steps() -> None:
    def most(n: int) -> int:
        tracemalloc.start()
        series_parallel(n).outcome()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert most(4_000) < 6 * most(1_000)


def test_a_cycle_after_a_long_chain_is_found_in_time_that_grows_with_it() -> None:
    def refused(n: int) -> None:
        steps = list(chain(n, PREMIUM).steps)
        steps += [Step("a", PREMIUM, ("b", f"step-{n}")), Step("b", PREMIUM, ("a",))]
        with pytest.raises(ValueError, match="'a' needs 'b' needs 'a'"):
            Workflow(tuple(steps))

    assert growth_below(8, refused, 2_000)


def test_cutting_a_ladder_leaves_a_chain() -> None:
    left = ladder(200).pipe(cut, lambda step: step.name.startswith("a"))
    assert [step.needs for step in left] == [(), *((f"b{i}",) for i in range(99))]


def test_arrows_beyond_the_looks_are_kept_and_change_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "MOST_LOOKS", 50)
    hurried = fan(40).pipe(parallelize, "step-1")
    monkeypatch.undo()
    assert hurried.outcome() == fan(40).pipe(parallelize, "step-1").outcome()
    assert sum(len(step.needs) for step in hurried) > 39


ONE_HUNDRED_THOUSAND: dict[str, tuple[Callable[[], Any], str]] = {
    "all wait for all": (
        lambda: parallel(3_000, PREMIUM).then(parallel(3_000, PREMIUM)),
        r"at most 2,000,000 steps in all their needs, got 9,000,000",
    ),
    "a comb freed": (lambda: comb(6_000).pipe(parallelize, lambda step: step.name[0] == "c"), "in all their needs"),
    "chain": (lambda: chain(10**7, PREMIUM), r"n must be at most 200,000 steps, got 10,000,000"),
    "parallel": (lambda: parallel(10**15, PREMIUM), r"n must be at most 200,000 steps, got 1,000,000,000,000,000"),
    "designs": (
        lambda: frontier.pareto(chain(2_000, PREMIUM), frontier.options([SMALL, PREMIUM])),
        r"workflow must have at most 1,000 steps to search its designs, got 2,000",
    ),
    "options": (
        lambda: frontier.options([SMALL, PREMIUM], range(10**4)),
        r"groups must make at most 10,000 combinations, got 20,000",
    ),
}


@pytest.mark.parametrize(("work", "said"), ONE_HUNDRED_THOUSAND.values(), ids=ONE_HUNDRED_THOUSAND)
def test_a_graph_that_would_not_end_is_refused_in_words(work: Callable[[], Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        work()


UNBOUNDED: dict[str, tuple[Callable[[int], Any], str]] = {
    "steps": (lambda n: simulate(chain(n, PREMIUM), 1, seed=1), "calls a task"),
    "retries": (lambda n: simulate(chain(1, DOUBTFUL).pipe(retry, n), 1, seed=1), "retries = "),
    "hopeless retries": (lambda n: simulate(chain(1, PREMIUM).pipe(retry, n), 1, seed=1, difficulty=0.9), "retries = "),
    "time-outs": (
        lambda n: simulate(chain(1, PREMIUM).pipe(retry, n), 1, seed=1, patience=Patience(timeout_sec=1.0)),
        "retries = ",
    ),
    "alarms": (lambda n: simulate(chain(1, PREMIUM).pipe(gate, 1, 1, n), 1, seed=1), "retries = "),
    "agents": (lambda n: simulate(chain(1, PREMIUM).pipe(debate, n, 1), 1, seed=1, times=WIDE), "agents = "),
    "rounds": (lambda n: simulate(chain(1, PREMIUM).pipe(debate, 1, n), 1, seed=1, times=WIDE), "rounds = "),
    "turns": (lambda n: simulate(chain(1, PREMIUM), 1, seed=1, times=WIDE, turns=Turns(mean=n)), "calls a task to be"),
    "counts": (
        lambda n: simulate(chain(1, PREMIUM), 1, seed=1, times=WIDE, turns=Turns(counts=[1, n])),
        "calls a task to be",
    ),
    "places": (
        lambda n: simulate(parallel(2, PREMIUM).pipe(debate, n, 1), 1, seed=1, at_most=n),
        "at_most must leave a schedule",
    ),
}


@pytest.mark.parametrize("n", [20_000, 10**7, 10**15])
@pytest.mark.parametrize(("work", "said"), UNBOUNDED.values(), ids=UNBOUNDED)
def test_a_simulation_that_would_not_end_is_refused_before_it_starts(
    work: Callable[[int], Any], said: str, n: int
) -> None:
    if said == "calls a task" and n > 20_000:
        said = "n must be at most 200,000 steps"
    if said == "at_most must leave a schedule" and n == 20_000:
        n = 60_000
    with pytest.raises(ValueError, match=said):
        work(n)


def test_retries_that_are_seldom_used_are_simulated_however_many_there_are() -> None:
    assert simulate(chain(2, PREMIUM).pipe(retry, 10**15), 100, seed=1).mean.reliability == 1
    assert simulate(parallel(3, PREMIUM).pipe(debate, 10**9, 2), 100, seed=1).mean.latency == 4


def test_what_would_take_too_long_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"steps must be at most 10,000, .* got 10,000,000"):
        self_conditioned(0.9, 10**7, 0.1)
    with pytest.raises(ValueError, match=r"retries must be at most 1,000, got 10,000,000 at step 'step-1'"):
        chain(1, PREMIUM).pipe(retry, 10**7).latency()
