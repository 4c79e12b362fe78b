"""The log of a run: it sends calls to a model, writes a row for each, and keeps what caches store until its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..pocket import Call, LanguageModel, Reply, read_number, write_sum
from ..tasks.asks import Answer, Ask
from ..tasks.tasks import Task
from .traces import COLUMNS, NAMED, NOTHING, Traces


class CallLog:
    """Rows of a run that is under way. Every call gets a random stream of its own, even if two ask under one path.

    Args:
        seed: the run's seed, from 0; every call carries it.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._rows: list[tuple[Any, ...]] = []
        self._positions: dict[str, dict[str, int]] = {name: {} for name in NAMED}
        self._stores: dict[int, dict[Any, Any]] = {}
        self._asked: Counter[str] = Counter()

    def store_of(self, owner: object) -> dict[Any, Any]:
        """A store that belongs to the owner and to this run; empty at first."""
        return self._stores.setdefault(id(owner), {})

    def complete(
        self, model: LanguageModel, asks: Sequence[Ask], temperature: float, prefix: str, max_tokens: int
    ) -> list[Answer]:
        """Ask a model for all the sums in one list of calls, and write a row for each."""
        calls = [
            Call(write_sum(ask.numbers), prefix, self._number_path(ask.path), self.seed, float(temperature), max_tokens)
            for ask in asks
        ]
        replies = model.complete(calls)
        return [self._note(ask, reply) for ask, reply in zip(asks, replies, strict=True)]

    def _number_path(self, path: str) -> str:
        """The path; when it is met again, with a number."""
        self._asked[path] += 1
        times = self._asked[path]
        return path if times == 1 else f"{path}, time {times}"

    def note_hit(self, ask: Ask, value: int, sec: float, false_hit: bool) -> None:
        """Write a row for an answer from a cache: free of charge."""
        right = value == sum(ask.numbers)
        self._write(ask, "cache", "cache", (0, 0, 0), (0.0, sec), right, value, hit=True, false_hit=false_hit)

    def _note(self, ask: Ask, reply: Reply) -> Answer:
        value = read_number(reply.text) if reply.ok and reply.finish == "stop" else None
        right = value == sum(ask.numbers)
        tokens = (reply.tokens_in, reply.tokens_cached, reply.tokens_out)
        self._write(ask, ask.role, reply.model, tokens, (reply.usd, reply.sec), right, value)
        return Answer(value, ask.start + reply.sec, reply.log_prob)

    def _write(
        self,
        ask: Ask,
        role: str,
        model: str,
        tokens: tuple[int, int, int],
        bill: tuple[float, float],
        right: bool,
        value: int | None,
        hit: bool = False,
        false_hit: bool = False,
    ) -> None:
        usd, sec = bill
        named = (self._position("step", ask.step), ask.attempt, self._position("role", role))
        done = (self._position("model", model), len(ask.numbers), *tokens, usd, ask.start, sec)
        stated = NOTHING if value is None else value
        self._rows.append((ask.task, *named, *done, right, hit, false_hit, stated))

    def _position(self, kind: str, name: str) -> int:
        known = self._positions[kind]
        return known.setdefault(name, len(known))

    def traces(
        self,
        tasks: Sequence[Task],
        values: Sequence[int | None],
        failed: Sequence[bool],
        kept: Sequence[Mapping[str, int]],
    ) -> Traces:
        """The rows as columns, and what became of each task."""
        columns = list(zip(*self._rows, strict=True)) or [()] * len(COLUMNS)
        solved = [
            value is not None and not lost and task.is_solved_by(value)
            for task, value, lost in zip(tasks, values, failed, strict=True)
        ]
        steps = self._positions["step"]
        after = [[results.get(name, NOTHING) for name in steps] for results in kept]
        return Traces(
            {name: np.array(column, dtype=kind) for (name, kind), column in zip(COLUMNS.items(), columns, strict=True)},
            {kind: tuple(known) for kind, known in self._positions.items()},
            np.array([NOTHING if value is None else value for value in values], dtype=np.int32),
            np.array(solved, dtype=bool),
            np.array(after, dtype=np.int32).reshape(len(tasks), len(steps)),
            np.array([lost or value is None for value, lost in zip(values, failed, strict=True)], dtype=bool),
        )
