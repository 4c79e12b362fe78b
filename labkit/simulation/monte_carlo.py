"""Monte Carlo: many tasks through a workflow, call by call, where no formula holds or to check one that does."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from time import monotonic
from typing import Any

import numpy as np

from .._inputs import one_of, one_share, one_whole
from .._sweeps import BLOCK
from ..exact.distribution import LAWS, check_one_design, option_of_each, patience_of_each
from ..laws.patience import Patience
from ..streaming import Combine, check_functions, in_block_order, joined
from ..workflow import Workflow
from .difficulty import Difficulty, Items, as_difficulty
from .effort import check_effort
from .samples import Samples
from .step_runs import Work, as_work
from .trajectories import Plan, run_block
from .turns import Spread, Turns

ACCOUNTINGS = ("expected", "textbook")
FIRST = ("listed", "longest")
DRAWS = ("random", "sobol")
MOST = 50_000_000  # tasks that are kept; 18 bytes each
PATIENCE = 3.0  # seconds before the first word on progress, and between two


def say_progress(done: int, n: int) -> None:
    """Print how far a long simulation is, to standard error."""
    print(f"simulate: {done:,} of {n:,} tasks, {done / n:.0%}", file=sys.stderr, flush=True)


def simulate(
    workflow: Workflow, n: int, seed: int, *, accounting: str = "expected",
    difficulty: Difficulty | Items | Mapping[str, Any] | float | None = None, propagation: float | None = None,
    times: Spread | Mapping[str, Spread] | None = None, turns: Turns | Mapping[str, Turns] | None = None,
    patience: Patience | Mapping[str, Patience] | None = None, at_most: int | None = None, first: str = "listed",
    draws: str = "random",
    progress: Callable[[int, int], None] | None = say_progress, reduce: Callable[[Samples], Any] | None = None,
    combine: Combine = operator.add, executor: Executor | None = None,
) -> Samples | Any:  # fmt: skip
    """Run n tasks through a workflow, attempt by attempt, each with its own luck.

    Without options the means are those of ``workflow.outcome("expected")``; each option drops one of its assumptions.
    The same seed gives the same tasks; the first tasks of a longer simulation are those of a shorter one. Tasks are
    worked off in blocks of 16,384, each with a stream of its own, spawned from the seed; every sample is kept (18 bytes
    a task), unless ``reduce`` sums them up.

    Args:
        workflow: one design; its numbers must not be arrays.
        n: tasks, a whole number from 1 to 50 million; with ``reduce`` as many as you have time for.
        seed: a whole number from 0.
        accounting: ``"expected"`` charges and times each attempt as it happens; ``"textbook"`` the first only.
        difficulty: how p varies from task to task: a correlation in [0, 1] (see ``Difficulty``), or a table
            {step name: p on item 1, 2, ...} (see ``Items``). None: it does not. A p that belongs to the step or its
            debate varies; the recovery of a gate and a p given to a cache stay as they are.
        propagation: the probability, in [0, 1], that a step which needs a wrong answer is wrong whatever it does. A
            task then succeeds if its last answers are right. None: steps fail on their own, and all must be right. A
            person behind a gate puts right what she notices, whatever it was built on.
        times: how call times spread around each step's mean seconds: a distribution of ``labkit.latency``, scaled to
            that mean, such as ``Lognormal(1.0, sigma)`` or ``RandomTime.from_samples(recorded)``; or {step name: one of
            these}. Each round of a debate waits for its slowest agent; checks and cache hits keep their seconds. None:
            no spread.
        turns: ``Turns(...)``, a random number of calls with a growing context for each attempt; all steps or
            {step name: turns}. p stays that of the attempt. None: one call.
        patience: as for ``Workflow.latency``: time-outs, hedged requests, waits before retries. Not with "textbook",
            and time-outs and hedges not with debates or turns.
        at_most: P, the most calls in flight within one task, from 1; the agents of a debate count each. A step
            keeps its places until its last attempt has ended. None: no limit.
        first: who starts first when places are short: ``"listed"``, as the workflow lists its steps, or
            ``"longest"``, the longest planned way to the end, which only one who sees the graph can know.
        draws: ``"random"``, or ``"sobol"``: scrambled Sobol points, which fill the space of chances evenly (Owen 1995;
            needs scipy), in up to four times the time. The variance of mean seconds and dollars falls a thousandfold in
            chains with retries, else about tenfold as that of the success; not where turns, difficulty or propagation
            are drawn. n must be a multiple of 16,384: each block is a scramble of its own, from whose spread come the
            standard errors; ``quantile_interval`` and ``reliability_interval`` do not know of it.
        progress: called with tasks done and n after 3 seconds, and again every 3; None for silence.
        reduce, combine, executor: as for ``labkit.sweep``: ``reduce`` makes a summary of a block's ``Samples``, and
            nothing else is kept.

    Returns:
        ``Samples``: cost in USD, latency in seconds and success of each task, and whether it was refused; or a summary.

    Raises:
        ValueError: an argument out of range, a workflow of arrays or of over 10,000 calls a task, a step not there.

    >>> from labkit import PREMIUM, parallel, retry
    >>> simulate(parallel(3, PREMIUM).pipe(retry, 1), 20_000, seed=1).mean
    Three(cost=0.09136949999999998, latency=2.0898, reliability=0.99865)
    """
    if not isinstance(workflow, Workflow):
        raise ValueError(f"workflow must be a Workflow, got {workflow!r}")
    if progress is not None and not callable(progress):
        raise ValueError(f"progress must be a function of tasks done and n, or None, got {progress!r}")
    check_functions(**({} if reduce is None else {"reduce": reduce}), combine=combine)
    tasks, seed = one_whole("n", n, 1), one_whole("seed", seed, 0)
    if tasks > MOST and reduce is None:
        raise ValueError(f"n must be at most {MOST:,}, got {tasks:,}, since every task is kept; reduce= keeps less")
    one_of("accounting", accounting, ACCOUNTINGS)
    one_of("first", first, FIRST)
    one_of("draws", draws, DRAWS)
    if draws == "sobol" and tasks % BLOCK:
        raise ValueError(f"n must be a multiple of {BLOCK:,} where draws are 'sobol', got {tasks:,}")
    works = _make_works(workflow, accounting, times, turns, patience)
    plan = Plan(
        works=works, graph=workflow.graph, difficulty=as_difficulty(difficulty, workflow.names),
        propagation=None if propagation is None else one_share("propagation", propagation),
        at_most=None if at_most is None else _check_places(at_most, works), first=first, sobol=draws == "sobol",
    )  # fmt: skip
    check_effort(works, plan.graph, plan.at_most, plan.difficulty is None and plan.propagation is None)
    job: Callable[[int], Any] = partial(run_block, plan, seed)
    together = BLOCK if plan.sobol else 1
    if reduce is not None:
        job = partial(_sum_up_block, job, tasks, accounting, together, reduce)
    blocks = _say_how_far(in_block_order(job, -(-tasks // BLOCK), executor), tasks, progress)
    return _keep_all(blocks, tasks, accounting, together) if reduce is None else joined(blocks, combine)


def _say_how_far(blocks: Iterator[Any], n: int, progress: Callable[[int, int], None] | None) -> Iterator[Any]:
    """The same blocks; after a while, and again and again, somebody is told how many tasks are done."""
    said = monotonic()
    for number, block in enumerate(blocks, 1):
        yield block
        if progress is not None and monotonic() - said >= PATIENCE:
            progress(min(number * BLOCK, n), n)
            said = monotonic()


def _keep_all(blocks: Iterator[Any], n: int, accounting: str, together: int) -> Samples:
    """Block after block into four long arrays; the last block is cut off at n."""
    cost, latency, success, refused = np.empty(n), np.empty(n), np.empty(n, dtype=bool), np.empty(n, dtype=bool)
    for number, block in enumerate(blocks):
        start, end = number * BLOCK, min((number + 1) * BLOCK, n)
        for whole_run, part in zip((cost, latency, success, refused), block, strict=True):
            whole_run[start:end] = part[: end - start]
    return Samples(cost, latency, success, accounting, refused, together)


def _sum_up_block(run: Any, n: int, accounting: str, together: int, reduce: Any, number: int) -> Any:
    """A block's summary; of the last block the tasks up to n alone."""
    cost, latency, success, refused = (part[: n - number * BLOCK] for part in run(number))
    return reduce(Samples(cost, latency, success, accounting, refused, together))


def _make_works(workflow: Workflow, accounting: str, times: Any, turns: Any, patience: Any) -> tuple[Work, ...]:
    """The steps in plain numbers, each with its call times and turns."""
    times_of = option_of_each("times", times, LAWS, workflow.names)
    turns_of = option_of_each("turns", turns, (Turns,), workflow.names)
    waits_of = patience_of_each(patience, workflow.as_done, turns_of)
    if patience is not None and accounting == "textbook":
        raise ValueError(
            f"patience must be None where accounting is 'textbook': its retries take no time, got {patience!r}"
        )
    check_one_design(workflow.as_done)
    works = []
    for step in workflow.as_done:
        if step.debate is not None and turns_of[step.name] is not None:
            raise ValueError(f"turns must not be given for step {step.name!r}: a debate has rounds of its own")
        works.append(
            as_work(step, accounting == "expected", times_of[step.name], turns_of[step.name], waits_of[step.name])
        )
    return tuple(works)


def _check_places(at_most: Any, works: tuple[Work, ...]) -> int:
    """The limit on calls in flight; every step must fit under it."""
    places = one_whole("at_most", at_most, 1)
    widest = max(works, key=lambda work: work.agents)
    if widest.agents > places:
        raise ValueError(
            f"at_most must be at least {widest.agents}, got {places}: "
            f"step {widest.name!r} asks {widest.agents} agents at a time"
        )
    return places
