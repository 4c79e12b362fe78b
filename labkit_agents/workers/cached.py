"""An answer cache in front of a worker, shared by the tasks of a run: a question asked before costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from labkit._inputs import one_number
from labkit._values import ByValue
from labkit.steps import Cache, Step

from ..records.call_log import CallLog
from ..tasks.answer_keys import Key, as_key
from ..tasks.asks import Answer, Ask
from .single import as_worker
from .workers import Facts, Worker, ending, folded, share_ended


class Stored(NamedTuple):
    """A stored answer: its value, how sure, the true sum of its question, and which task got it when."""

    value: int
    log_prob: float | None
    true_sum: int
    task: int
    end: float


@dataclass(frozen=True, eq=False)
class Cached(ByValue):
    """Look up each sum first, and store each new answer.

    All tasks of a run are on their way at once, step by step. A sum finds what earlier steps stored, and what a task
    before it in the list is asking in the same step. The store lives for one run. An answer that is missing or that
    failed its gate is not stored; one that a gate let pass is. A stored answer is as right as the call that made it;
    where the key is too loose, it may be the answer of another question: a false hit.

    Args:
        worker: who answers what is not stored; a model will do.
        key: ``"exact"``, ``"same_numbers"`` (a + b = b + a), ``"nearly"`` (too loose), or a function of the numbers.
        sec: seconds of a hit, zero or more.

    Raises:
        ValueError: an unknown key, negative seconds, something that is no worker.
    """

    worker: Any
    key: str | Key = "exact"
    sec: float = 0.01

    def __post_init__(self) -> None:
        object.__setattr__(self, "worker", as_worker(self.worker))
        object.__setattr__(self, "key", as_key(self.key))
        object.__setattr__(self, "sec", one_number("sec", self.sec))

    @property
    def assumes(self) -> tuple[str, ...]:
        """That hits are as often right as calls, and that tasks do not share their luck."""
        return (
            "the hits are those of tasks without errors, each as often right as a call",
            "a step asks each sum once, and its hits have nothing to do with another step's",
        )

    def parts(self) -> tuple[Worker, ...]:
        """The worker behind the cache."""
        return (self.worker,)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """Hits from the store; of several asks with one key, the first asks and the others wait for it."""
        store: dict[Any, Stored] = log.store_of(self)
        keys = [as_key(self.key)(ask.numbers) for ask in asks]
        answers: list[Answer] = [Answer(None, 0.0)] * len(asks)
        waiting = list(range(len(asks)))
        while waiting:
            fresh: dict[Any, int] = {}
            for i in waiting:
                if keys[i] in store:
                    answers[i] = self._hit(asks[i], store[keys[i]], log)
                else:
                    fresh.setdefault(keys[i], i)
            asked = list(fresh.values())
            for i, answer in zip(asked, self.worker.answer([asks[i] for i in asked], log), strict=True):
                answers[i] = answer
                if answer.value is not None and not answer.failed:
                    true_sum = sum(asks[i].numbers)
                    store[keys[i]] = Stored(answer.value, answer.log_prob, true_sum, asks[i].task, answer.end)
            waiting = [i for i in waiting if fresh.get(keys[i], i) != i]
        return answers

    def _hit(self, ask: Ask, stored: Stored, log: CallLog) -> Answer:
        if stored.task == ask.task:  # a task cannot read its own answer before it is there
            ask = ask._replace(start=max(ask.start, stored.end))
        log.note_hit(ask, stored.value, self.sec, false_hit=stored.true_sum != sum(ask.numbers))
        return Answer(stored.value, ask.start + self.sec, stored.log_prob)

    def state(self, facts: Facts) -> Step:
        """The worker's step, on what is not stored, with a cache in front; hits are those of the dry run."""
        held, mine = facts.dry_run.stored(as_key(self.key)), set(facts.sums)
        lookups = [
            (ask.numbers, true_sum)
            for ask, true_sum in zip(facts.dry_run.asks, held, strict=True)
            if ask.step == facts.step and ask.numbers in mine
        ]
        missed = [numbers for numbers, true_sum in lookups if true_sum is None]
        false = sum(true_sum not in (None, sum(numbers)) for numbers, true_sum in lookups)
        hits = len(lookups) - len(missed)
        behind = facts.dry_run.where([true_sum is None for true_sum in held])
        step = self.worker.state(facts._replace(sums=missed or facts.sums, dry_run=behind))
        if step.cache is not None:  # a cache behind a cache
            inner = folded(step)
            step = Step(step.name, inner, gate=ending(share_ended(step), inner.p_ok))
        store = Cache(hit_rate=hits / len(lookups) if lookups else 0.0, sec=self.sec, stored="checked")
        if false:  # the answer of another question is taken as wrong
            certain = folded(replace(step, cache=Cache(stored="checked")))
            store = replace(store, p=certain.p_ok * (1 - false / hits))
        return replace(step, cache=store)
