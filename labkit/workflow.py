"""Workflows: steps and who waits for whom, and the way to their cost, latency and reliability."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from typing import Any, Concatenate, ParamSpec

from ._inputs import one_whole
from .accounting import evaluate
from .exact.distribution import cost_of, time_of
from .graph import Cycle, Graph, check_needs
from .laws.random_times import RandomAmount
from .outcome import Outcome
from .steps import PREMIUM, SMALL, Cache, Debate, Gate, Judge, Model, Person, Step, as_last, choose, easy, hard, put_at

__all__ = [
    "PREMIUM", "SMALL", "Cache", "Debate", "Gate", "Judge", "Model", "Outcome", "Person", "Step", "Workflow",
    "chain", "choose", "easy", "hard", "parallel",
]  # fmt: skip

Lever = ParamSpec("Lever")

MOST_STEPS = 200_000


@dataclass(frozen=True)
class Workflow:
    """An immutable tuple of steps. Latency is the longest path through what they need.

    Unless a step says otherwise, a failed step does not stop the workflow, and later steps are paid.

    Args:
        steps: at least one ``Step``; names are unique, ``needs`` name other steps of the same workflow.

    Raises:
        ValueError: no steps, a doubled name, an unknown name in ``needs``, steps that wait for each other, or
            a step that may end the workflow while another runs beside it.

    >>> chain(12, PREMIUM).outcome().latency
    24.0
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.steps, Iterable):
            raise ValueError(f"steps must be a tuple of Step objects, got {self.steps!r}")
        object.__setattr__(self, "steps", tuple(self.steps))
        if not self.steps:
            raise ValueError("steps must hold at least one step, got none")
        for step in self.steps:
            if not isinstance(step, Step):
                raise ValueError(f"steps must be Step objects, got {step!r}")
        check_needs(sum(len(step.needs) for step in self.steps))
        self._check_names()
        self._check_ends()

    def _check_names(self) -> None:
        name, times = Counter(self.names).most_common(1)[0]
        if times > 1:
            raise ValueError(f"step names must be unique, got {name!r} {times} times")
        known = set(self.names)
        for step in self.steps:
            for name in step.needs:
                if name not in known:
                    raise ValueError(f"step {step.name!r} needs {name!r}, which is not one of {_show_some(self.names)}")
        try:
            self.graph.order  # noqa: B018  (computing the order finds the cycles)
        except Cycle as error:
            names = [self.names[i] for i in reversed(error.steps[1:])]
            first = names.index(min(names))
            named = [repr(name) for name in (*names[first:], *names[: first + 1])]
            raise ValueError(f"steps wait for each other: {' needs '.join(named)}") from None

    def _check_ends(self) -> None:
        ending = [i for i, step in enumerate(self.steps) if step.may_end]
        alone = {block[0] for block in self.graph.blocks if len(block) == 1} if ending else set()
        for i in ending:
            if i not in alone:
                raise ValueError(
                    f"step {self.steps[i].name!r} may end the workflow early, but other steps run beside it; "
                    "only a step that everything else comes before or after may stop early or halt"
                )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The steps' names, in the order they were given."""
        return tuple(step.name for step in self.steps)

    @cached_property
    def graph(self) -> Graph:
        """The dependencies as positions."""
        position = self._positions
        return Graph(tuple(tuple(position[name] for name in step.needs) for step in self.steps))

    @cached_property
    def as_done(self) -> tuple[Step, ...]:
        """The steps as they are done: where nothing follows, nobody is asked whether the answer will do."""
        last = set(self.graph.sinks()) if any(step.judge or step.may_end_early for step in self.steps) else ()
        return tuple(as_last(step) if i in last else step for i, step in enumerate(self.steps))

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    def outcome(self, accounting: str = "textbook") -> Outcome:
        """Cost, latency and reliability; always returns.

        Args:
            accounting: ``"textbook"`` counts retries as free and instant, as the section does;
                ``"expected"`` charges and times the mean number of attempts; ``"worst"`` charges every
                attempt, one after the other. Reliability is the same under all three.

        Returns:
            An ``Outcome``. Its latency is exact wherever the times of steps that overlap can be listed. Elsewhere it is
            NaN, with a note, and ``latency_bounds`` has it between two numbers. Cost and reliability are always exact.

        >>> retried = Workflow((Step("one", PREMIUM, retries=1),))
        >>> [round(retried.outcome(a).cost, 5) for a in ("textbook", "expected", "worst")]
        [0.03, 0.03045, 0.06]
        """
        return evaluate(self.as_done, self.graph, accounting)

    def latency(
        self, times: Any = None, patience: Any = None, *, first_token: Any = None, grid_sec: Any = None
    ) -> RandomAmount:
        """The whole distribution of a task's seconds, with each attempt as long as it takes.

        Formula: sums of independent times, and the product of the distribution functions of steps side by side.
        Attempts of fixed length are exact. Call times that vary lie on a grid, where their sums are found by fast
        Fourier transform; ``error`` bounds how many seconds each time may be off.

        Args:
            times: how call times spread around each step's mean seconds, as in ``labkit.simulate``: a distribution of
                ``labkit.latency`` (``Exponential``, ``Uniform``, ``Lognormal``, ``RandomTime``), scaled to that mean;
                or {step name: one of these}. None: they are fixed.
            patience: a ``labkit.latency.Patience``: time-outs, hedged requests, waits before retries; or {step: it}.
            first_token: the share of a call's time until its first token, in [0, 1]: then the seconds are those until
                the last steps begin to answer. One with a gate, a debate or retries begins when it has ended.
            grid_sec: seconds from one point of the grid to the next; None for a fine one.

        Raises:
            ValueError: numbers that are arrays, an argument out of range, or call times that vary in steps that are
                neither in series nor side by side.

        >>> run = Workflow((Step("one", PREMIUM, retries=1), Step("two", PREMIUM, retries=1))).latency()
        >>> run.value.tolist(), round(run.mean, 5), round(run.right_within(2.0), 5)
        ([2.0, 4.0], 2.05955, 0.97023)
        """
        return time_of(self.as_done, self.graph, times, patience, first_token, grid_sec)

    def cost(self, times: Any = None, patience: Any = None) -> RandomAmount:
        """The whole distribution of a task's dollars, with each attempt paid.

        Call times matter here only where ``patience`` cuts calls off or sends them twice; for both arguments, and what
        raises, see ``latency``.

        >>> spent = Workflow((Step("one", PREMIUM, retries=1),)).cost()
        >>> spent.value.tolist(), round(spent.mean, 5)
        ([0.03, 0.06], 0.03045)
        """
        return cost_of(self.as_done, self.graph, times, patience)

    def then(self, other: Workflow) -> Workflow:
        """This workflow, and after all of it the other. Names of the other that collide get the next number.

        >>> chain(2, PREMIUM).then(chain(2, SMALL)).names
        ('step-1', 'step-2', 'step-3', 'step-4')
        """
        added = self._rename_collisions(other)
        ends = tuple(self.names[i] for i in self.graph.sinks())
        return Workflow(self.steps + tuple(s if s.needs else put_at(s, s.name, ends, s.difficulty) for s in added))

    def beside(self, other: Workflow) -> Workflow:
        """This workflow and the other at the same time.

        >>> parallel(1, PREMIUM).beside(parallel(1, SMALL)).outcome().latency
        2.0
        """
        return Workflow(self.steps + self._rename_collisions(other))

    def pipe(
        self, lever: Callable[Concatenate[Workflow, Lever], Workflow], *args: Lever.args, **kwargs: Lever.kwargs
    ) -> Workflow:
        """``lever(self, ...)``, so that levers read in the order they are pulled.

        >>> from labkit.levers import parallelize, retry
        >>> chain(12, PREMIUM).pipe(parallelize).pipe(retry, 1).outcome("worst").latency
        4.0
        """
        if not callable(lever):
            raise ValueError(f"lever must be a function from a workflow to a workflow, got {lever!r}")
        return lever(self, *args, **kwargs)

    def _rename_collisions(self, other: Workflow) -> tuple[Step, ...]:
        """The other's steps; those whose names are taken here get the next free number."""
        if not isinstance(other, Workflow):
            raise ValueError(f"other must be a Workflow, got {other!r}")
        mine = set(self.names)
        taken = mine | set(other.names)
        next_number: dict[str, int] = {}
        new = {name: _next_free_name(name, taken, next_number) for name in other.names if name in mine}
        return tuple(
            put_at(step, new.get(step.name, step.name), tuple(new.get(n, n) for n in step.needs), step.difficulty)
            for step in other.steps
        )

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __contains__(self, name: object) -> bool:
        """Is there a step of this name? A step itself is in the workflow where one equals it."""
        if isinstance(name, Step):
            return self._positions.get(name.name) is not None and self[name.name] == name
        return isinstance(name, str) and name in self._positions

    def __getitem__(self, name: str) -> Step:
        if not isinstance(name, str) or name not in self:
            raise ValueError(f"no step is named {name!r}; there is {_show_some(self.names)}")
        return self.steps[self._positions[name]]

    def __repr__(self) -> str:
        return import_module("labkit._shown").as_text(self.steps, self.outcome)

    def _repr_html_(self) -> str:
        return import_module("labkit._shown").as_html(self.steps, self.outcome)


def chain(n: int, model: Model, name: str = "step", difficulty: Any = "hard") -> Workflow:
    """``n`` steps of one model, each after the one before, named ``step-1``, ``step-2``, ...

    >>> chain(3, PREMIUM)["step-3"].needs
    ('step-2',)
    """
    names = _number_names(n, name)
    first = Step(names[0], model, (), difficulty)
    return Workflow((first, *(put_at(first, each, (before,), difficulty) for before, each in pairwise(names))))


def parallel(n: int, model: Model, name: str = "step", difficulty: Any = "hard") -> Workflow:
    """``n`` steps of one model at the same time.

    >>> parallel(3, PREMIUM).outcome().latency
    2.0
    """
    names = _number_names(n, name)
    first = Step(names[0], model, (), difficulty)
    return Workflow((first, *(put_at(first, each, (), difficulty) for each in names[1:])))


def _number_names(n: int, name: str) -> list[str]:
    count = one_whole("n", n, at_least=1)
    if count > MOST_STEPS:
        raise ValueError(f"n must be at most {MOST_STEPS:,} steps, got {count:,}")
    return [f"{name}-{i}" for i in range(1, count + 1)]


def _next_free_name(name: str, taken: set[str], next_number: dict[str, int]) -> str:
    """``name`` with the next free number, which is then taken."""
    stem = re.sub(r"-\d+$", "", name)
    number = next_number.get(stem, 2 if stem == name else 1)
    while f"{stem}-{number}" in taken:
        number += 1
    next_number[stem] = number + 1
    taken.add(f"{stem}-{number}")
    return f"{stem}-{number}"


def _show_some(names: Collection[str]) -> str:
    """The first few names, for an error message."""
    shown: Iterable[str] = list(names)[:8]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(repr(name) for name in shown) + more
