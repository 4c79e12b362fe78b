"""Sweeps and simulations of which only summaries are kept: the same to the last bit, whoever does the work."""

from __future__ import annotations

import os
import signal
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from labkit import PREMIUM, SMALL, Model, Outcome, Workflow, chain, parallel, retry, simulate, sweep
from labkit.simulation import Samples
from labkit.simulation.trajectories import BLOCK
from labkit.streaming import AHEAD, TOGETHER
from labkit.streaming import BLOCK as DESIGNS

N = 2 * TOGETHER * DESIGNS + 5  # three goes for the workers, the last of one block that is not full
TASKS = 2 * TOGETHER * BLOCK + 5
RETRIED = parallel(2, PREMIUM).then(chain(2, SMALL)).pipe(retry, 1)


def made(start: int, stop: int) -> Workflow:
    rng = np.random.default_rng((3, start))
    usd, p = rng.uniform(0.01, 0.05, stop - start), rng.uniform(0.9, 1, stop - start)
    return chain(3, Model(usd, 2.0, p, copy=False)).then(chain(2, SMALL)).pipe(retry, 1)


def sums(outcome: Outcome) -> np.ndarray:
    return np.array([outcome.cost.sum(), outcome.reliability.sum(), outcome.cost.size])


def moments(samples: Samples) -> np.ndarray:
    latency = samples.latency
    return np.array([samples.cost.sum(), latency.sum(), (latency**2).sum(), samples.success.sum(), len(samples)])


class Backwards(Executor):
    """Does what it was given last first, when a result is asked for."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future, Callable[[], Any]]] = []
        self.most = 0

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        backwards = self

        class Late(Future):
            def result(self, timeout: float | None = None) -> Any:
                while not self.done():
                    future, work = backwards.waiting.pop()
                    future.set_result(work())
                return super().result()

        future = Late()
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        self.most = max(self.most, len(self.waiting))
        return future


EXECUTORS: dict[str, Callable[[], Executor]] = {
    "backwards": Backwards,
    "one thread": lambda: ThreadPoolExecutor(1),
    "three threads": lambda: ThreadPoolExecutor(3),
    "processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
}


@pytest.mark.parametrize("kind", [*list(EXECUTORS)[:3], pytest.param("processes", marks=pytest.mark.slow)])
def test_any_executor_gives_the_same_bits(kind: str) -> None:
    with EXECUTORS[kind]() as executor:
        np.testing.assert_array_equal(sweep(made, N, sums, executor=executor), sweep(made, N, sums))
        alone = simulate(RETRIED, TASKS, 7, reduce=moments)
        np.testing.assert_array_equal(simulate(RETRIED, TASKS, 7, reduce=moments, executor=executor), alone)
        kept = simulate(RETRIED, TASKS, 7, executor=executor)
        assert kept == simulate(RETRIED, TASKS, 7)


@pytest.mark.parametrize("n", [1, DESIGNS - 1, DESIGNS, DESIGNS + 1, 2 * DESIGNS])
@pytest.mark.parametrize("accounting", ["textbook", "expected", "worst"])
def test_a_sweep_is_the_sum_over_its_blocks(n: int, accounting: str) -> None:
    found = sweep(made, n, lambda outcome: [outcome], accounting=accounting)
    starts = range(0, n, DESIGNS)
    assert found == [made(start, min(start + DESIGNS, n)).outcome(accounting) for start in starts]


@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_summaries_are_of_the_tasks_that_would_be_kept(n: int) -> None:
    def listed(samples: Samples) -> list:
        return [samples]

    kept, blocks = simulate(RETRIED, n, 5), simulate(RETRIED, n, 5, reduce=listed)
    for name in ("cost", "latency", "success", "refused"):
        np.testing.assert_array_equal(np.concatenate([getattr(block, name) for block in blocks]), getattr(kept, name))
    assert {block.accounting for block in blocks} == {kept.accounting}


def test_summaries_are_joined_in_the_order_of_the_blocks() -> None:
    with ThreadPoolExecutor(3) as executor:
        costs = sweep(by_number, N, lambda o: f"{o.cost[0]:.0f} ", executor=executor)
    assert costs == "".join(f"{start:.0f} " for start in range(0, N, DESIGNS))


def by_number(start: int, stop: int) -> Workflow:
    return chain(1, Model(np.arange(start, stop), 1.0, 0.5))


def test_the_best_of_all_designs_by_a_combine_of_ones_own() -> None:
    cheapest = sweep(made, N, lambda outcome: float(outcome.cost.min()), combine=min)
    every = [made(start, min(start + DESIGNS, N)).outcome().cost.min() for start in range(0, N, DESIGNS)]
    assert cheapest == min(every)


def test_memory_does_not_grow_with_the_number_of_designs_or_tasks() -> None:
    def peak(work: Callable[[], Any]) -> int:
        tracemalloc.start()
        try:
            work()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = 3, 30
    for run in (
        lambda blocks: sweep(made, blocks * DESIGNS, sums),
        lambda blocks: simulate(RETRIED, blocks * BLOCK, 1, reduce=moments),
    ):
        run(1)
        assert peak(lambda: run(many)) < 1.2 * peak(lambda: run(few))  # noqa: B023


def test_only_so_much_is_with_the_workers_at_a_time() -> None:
    executor, blocks = Backwards(), AHEAD + 5
    found = simulate(chain(1, PREMIUM), blocks * BLOCK, 1, reduce=lambda s: s.success.size, executor=executor)
    assert (found, executor.most) == (blocks * BLOCK, AHEAD)


def test_more_tasks_than_are_kept_are_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"n must be at most 50,000,000, got 100,000,000, since .* reduce="):
        simulate(RETRIED, 10**8, 1)


def test_an_error_in_one_block_comes_out_and_the_rest_is_called_off() -> None:
    def fails(start: int, stop: int) -> Workflow:
        raise KeyError("mine")

    with ThreadPoolExecutor(1) as executor, pytest.raises(KeyError, match="mine"):
        sweep(fails, N, sums, executor=executor)


ONE = "make must return a workflow of arrays of shape"
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a make that is none": (lambda: sweep(7, 5, sums), "make must be a function, got 7"),  # type: ignore[arg-type]
    "a reduce that is none": (lambda: sweep(made, 5, None), "reduce must be a function, got None"),  # type: ignore[arg-type]
    "a combine that is none": (lambda: sweep(made, 5, sums, combine="+"), "combine must be a function, got '\\+'"),  # type: ignore[arg-type]
    "no designs": (lambda: sweep(made, 0, sums), "n must be a whole number, 1 or more, got 0"),
    "half a design": (lambda: sweep(made, 0.5, sums), "n must be a whole number"),  # type: ignore[arg-type]
    "no such accounting": (lambda: sweep(made, 5, sums, accounting="x"), "accounting must be one of"),
    "no workflow": (lambda: sweep(lambda a, b: 7, 5, sums), "make must return a Workflow, got 7 for designs 0 to 5"),  # type: ignore[arg-type, return-value]
    "one design": (lambda: sweep(lambda a, b: RETRIED, 5, sums), rf"{ONE} \(5,\) for designs 0 to 5, got shape \(\)"),
    "one too many": (lambda: sweep(lambda a, b: made(a, b + 1), 5, sums), rf"{ONE} \(5,\).* got shape \(6,\)"),
    "a table": (
        lambda: sweep(lambda a, b: chain(1, Model(np.ones((2, b - a)), 1, 0.5)), 5, sums),
        rf"{ONE} \(5,\).* got shape \(2, 5\)",
    ),
    "summaries that cannot be joined": (
        lambda: sweep(made, 2 * DESIGNS, lambda outcome: None),
        "reduce must return what combine joins, got None",
    ),
    "an executor that is none": (lambda: sweep(made, 5, sums, executor=4), "executor must be one of.* got 4"),  # type: ignore[arg-type]
    "tasks, reduce": (lambda: simulate(RETRIED, 5, 1, reduce=3), "reduce must be a function, got 3"),  # type: ignore[arg-type]
    "tasks, combine": (
        lambda: simulate(RETRIED, 5, 1, reduce=moments, combine=3),  # type: ignore[arg-type]
        "combine must be a function, got 3",
    ),
    "tasks, executor": (lambda: simulate(RETRIED, 5, 1, executor="x"), "executor must be one of.* got 'x'"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(case: str) -> None:
    run, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        run()


@pytest.mark.slow
def test_on_a_cluster_that_loses_a_worker_half_way_the_bits_are_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    alone = sweep(made, 4 * N, sums), simulate(RETRIED, 4 * TASKS, 7, reduce=moments)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, distributed.Client(cluster) as client:  # fmt: skip
        executor, killed = client.get_executor(pure=False), []

        def kill_one(total: np.ndarray, more: np.ndarray) -> np.ndarray:
            if not killed:
                killed.extend(client.run(os.getpid).values())
                os.kill(killed[0], signal.SIGKILL)
            return total + more

        found = sweep(made, 4 * N, sums, combine=kill_one, executor=executor)
        np.testing.assert_array_equal(found, alone[0])
        assert killed.pop()
        killed.clear()
        found = simulate(RETRIED, 4 * TASKS, 7, reduce=moments, combine=kill_one, executor=executor)
        np.testing.assert_array_equal(found, alone[1])
        assert killed
