"""Traces: what a run left behind, one row for each call or cache hit, and what they come to for each task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_of
from labkit._values import ByValue
from labkit.simulation.samples import Samples

from ..tasks.shares import Share, counted_share
from .summary import Summary, summarise

COLUMNS: Mapping[str, Any] = {
    "task": np.int32, "step": np.int16, "attempt": np.int16, "role": np.int16, "model": np.int16,
    "operands": np.int16, "tokens_in": np.int32, "tokens_cached": np.int32, "tokens_out": np.int32,
    "usd": np.float64, "start": np.float64, "sec": np.float64, "right": np.bool_, "from_cache": np.bool_,
    "false_hit": np.bool_, "stated": np.int32,
}  # fmt: skip
NAMED = ("step", "role", "model")
NOTHING = -1


class Record(NamedTuple):
    """One call, or one hit of an answer cache.

    Attributes:
        task: the task's position in the run.
        step, role, model: names; the model of a hit is ``"cache"``.
        attempt: 1 for the first try.
        operands: how many numbers were to be added.
        tokens_in: tokens read, ``tokens_cached`` of them from the prefix cache.
        tokens_out: tokens of the reply.
        usd: the bill.
        start, sec: seconds after the task's begin, and seconds it took, by the price card.
        right: whether the reply is the sum of the numbers it was given, which an earlier step may have got wrong.
        from_cache: a hit of the answer cache.
        false_hit: a hit whose stored answer was for numbers with another sum.
        stated: the number stated; -1 for none.
    """

    task: int
    step: str
    attempt: int
    role: str
    model: str
    operands: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    usd: float
    start: float
    sec: float
    right: bool
    from_cache: bool
    false_hit: bool
    stated: int


@dataclass(frozen=True, eq=False, repr=False)
class Traces(ByValue):
    """A run: columns with one row a call, and three numbers for each task. Nobody can write to the arrays.

    Every field of ``Record`` is an attribute, a column; ``step``, ``role`` and ``model`` hold positions in ``names``.

    Attributes:
        columns: the columns by name.
        names: for ``"step"``, ``"role"`` and ``"model"``, the names that the columns point into.
        answers: what each task was answered; -1 where it has no answer.
        solved: whether each task was solved.
        results: what each task (row) held after each step (column, in the order of ``names["step"]``); -1 where it
            did not get there, or had failed before.
        refused: whether each task delivers nothing: a gate's last word was no, or there was no answer to hand on.
    """

    columns: Mapping[str, NDArray[Any]]
    names: Mapping[str, tuple[str, ...]]
    answers: NDArray[np.int32]
    solved: NDArray[np.bool_]
    results: NDArray[np.int32]
    refused: NDArray[np.bool_]
    _per_task: dict[str, NDArray[np.float64]] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        for values in (*self.columns.values(), self.answers, self.solved, self.results, self.refused):
            values.setflags(write=False)

    def __getattr__(self, name: str) -> Any:
        if name in COLUMNS:
            return self.columns[name]
        raise AttributeError(f"Traces has no {name!r}; its columns are {', '.join(COLUMNS)}")

    def __len__(self) -> int:
        return len(self.columns["task"])

    def __repr__(self) -> str:
        return f"<traces of {self.tasks:,} tasks, {len(self):,} rows>"

    @property
    def tasks(self) -> int:
        """How many tasks were run."""
        return len(self.solved)

    @property
    def cost(self) -> NDArray[np.float64]:
        """USD of each task: the sum of its bills."""
        if "cost" not in self._per_task:
            cost = np.zeros(self.tasks)
            np.add.at(cost, self.columns["task"], self.columns["usd"])
            self._per_task["cost"] = cost
            cost.setflags(write=False)
        return self._per_task["cost"]

    @property
    def latency(self) -> NDArray[np.float64]:
        """Seconds of each task by the price card: when its last call had ended, its critical path."""
        if "latency" not in self._per_task:
            latency = np.zeros(self.tasks)
            np.maximum.at(latency, self.columns["task"], self.columns["start"] + self.columns["sec"])
            self._per_task["latency"] = latency
            latency.setflags(write=False)
        return self._per_task["latency"]

    @property
    def samples(self) -> Samples:
        """Cost, latency, success and refusal of the tasks as simulated ones have them, with means and quantiles."""
        return Samples(self.cost, self.latency, self.solved, refused=self.refused)

    def records(self) -> list[Record]:
        """All rows, with names in place of positions."""
        columns: list[Iterable[Any]] = []
        for name in COLUMNS:
            values = self.columns[name].tolist()
            columns.append([self.names[name][i] for i in values] if name in NAMED else values)
        return [Record(*row) for row in zip(*columns, strict=True)]

    def summary(self, level: float = 0.95, seed: int = 0) -> Summary:
        """What the run comes to, with intervals; see ``Summary``.

        Args:
            level: the share of such intervals that hold the true value, between 0 and 1.
            seed: for the bootstrap of the quality per dollar.

        Raises:
            ValueError: a level that is not between 0 and 1, a negative seed.
        """
        return summarise(
            self.samples,
            calls=int(np.sum(~self.columns["from_cache"])),
            hits=int(np.sum(self.columns["from_cache"])),
            false_hits=int(np.sum(self.columns["false_hit"])),
            level=level,
            seed=seed,
        )

    def p_by_operands(self, model: str | None = None, level: float = 0.95) -> dict[int, Share]:
        """How often a first attempt was right, by how many numbers it had to add.

        Retries and escalations are left out, for they meet the harder sums; so are cache hits.

        Args:
            model: only calls of the model with this name; None for all.
            level: of the Wilson intervals, which take the calls as independent.

        Raises:
            ValueError: a model that the run did not ask.
        """
        counted = self._first_attempts(model)
        found = np.unique(self.columns["operands"][counted]).tolist()
        return {m: self._share(counted & (self.columns["operands"] == m), level) for m in found}

    def p_by_step(self, model: str | None = None, level: float = 0.95) -> dict[str, Share]:
        """The same by the name of the step, in the order in which the steps were first asked."""
        counted = self._first_attempts(model)
        present = set(np.unique(self.columns["step"][counted]).tolist())
        return {
            name: self._share(counted & (self.columns["step"] == index), level)
            for index, name in enumerate(self.names["step"])
            if index in present
        }

    def _first_attempts(self, model: str | None) -> NDArray[np.bool_]:
        counted = (self.columns["attempt"] == 1) & ~self.columns["from_cache"]
        if model is None:
            return np.asarray(counted)
        one_of("model", model, self.names["model"])
        return np.asarray(counted & (self.columns["model"] == self.names["model"].index(model)))

    def _share(self, counted: NDArray[np.bool_], level: float) -> Share:
        return counted_share(int(self.columns["right"][counted].sum()), int(counted.sum()), level)
