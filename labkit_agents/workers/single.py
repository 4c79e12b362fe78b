"""One call of one model: the worker that every other is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labkit._values import ByValue
from labkit.steps import Model, Step

from ..pocket import Bill, Call, LanguageModel, PocketModel, PriceCard, write_sum
from ..records.call_log import CallLog
from ..records.measured import Measured, measure_p
from ..tasks.asks import Answer, Ask
from ..tasks.beliefs import belief_about
from ..tasks.expected import Sum
from .workers import Facts, Worker

UNCUT = 8
"""Tokens of a reply beyond which no number of the language goes."""


@dataclass(frozen=True, eq=False)
class Single(ByValue):
    """Ask a model once.

    Args:
        model: anything with the protocol of ``labkit_agents.pocket``.
        temperature: 0 is greedy, 1 samples.
        prefix: a system prompt; from the second call on its tokens come from the prefix cache.
        max_tokens: the reply is cut here.

    Raises:
        ValueError: something that is no model, or an option out of range.
    """

    model: LanguageModel
    temperature: float = 1.0
    prefix: str = ""
    max_tokens: int = UNCUT

    def __post_init__(self) -> None:
        if not hasattr(self.model, "complete") or not hasattr(self.model, "name"):
            raise ValueError(f"model must have a name and answer calls with complete, got {self.model!r}")
        like_it = Call("1+1=", self.prefix, temperature=self.temperature, max_tokens=self.max_tokens)
        object.__setattr__(self, "temperature", like_it.temperature)

    @property
    def label(self) -> str:
        """The model's name, and how it is asked where that is not at temperature 1, without a prefix, uncut."""
        warmth = "" if self.temperature == 1 else f" at temperature {self.temperature:g}"
        after = f" after {self.prefix!r}" if self.prefix else ""
        cut = "" if self.max_tokens == UNCUT else f" cut at {self.max_tokens}"
        return f"{self.model.name}{warmth}{after}{cut}"

    @property
    def assumes(self) -> tuple[str, ...]:
        """That p is the same in every step, and what the price card leaves open."""
        same_p, card = "p depends on the count of numbers only", card_of(self.model)
        if card is None:
            return (same_p, "each call costs and takes the worst case of a right answer")
        if card.sec_call == card.sec_in == card.sec_out == 0:
            return (same_p, "a token is one character, and calls take no time, since the card has no seconds")
        return (same_p,)

    def parts(self) -> tuple[Any, ...]:
        """The model."""
        return (self.model,)

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """One call for each."""
        return log.complete(self.model, asks, self.temperature, self.prefix, self.max_tokens)

    def state(self, facts: Facts) -> Step:
        """The mean bill of these sums, and the mean p that is believed."""
        belief = belief_about(facts.beliefs, (self.label, self.model.name))
        bills = [self.bill(numbers) for numbers in facts.sums]
        p = [belief.p_of(len(numbers)) for numbers in facts.sums]
        n = len(bills)
        model = Model(sum(b.usd for b in bills) / n, sum(b.sec for b in bills) / n, sum(p) / n, self.label)
        return Step(facts.step, model)

    def bill(self, numbers: Sum) -> Bill:
        """What the right answer costs: by the model's card, the prefix cached, one token for each character.

        A model without a card of its own says what its worst case is for a reply of that length.
        """
        prompt, tokens_out = write_sum(numbers), min(len(str(sum(numbers))) + 1, self.max_tokens)
        card = card_of(self.model)
        if card is None:
            return self.model.worst_case(Call(prompt, self.prefix, max_tokens=tokens_out))
        return card.bill(len(self.prefix) + len(prompt), len(self.prefix), tokens_out)

    def measure(self, sums: Sequence[Sum], seed: int, level: float) -> Measured:
        """How often these calls are right; see ``measure_p``. A pocket model is asked the same only once."""
        how = (tuple(sums), seed, level, self.temperature, self.prefix, self.max_tokens)
        return _measure_once(self.model, *how) if isinstance(self.model, PocketModel) else _measure(self.model, *how)


def _measure(
    model: LanguageModel,
    sums: Sequence[Sum],
    seed: int,
    level: float,
    temperature: float,
    prefix: str,
    max_tokens: int,
) -> Measured:
    how: dict[str, Any] = {"temperature": temperature, "prefix": prefix, "max_tokens": max_tokens}
    return measure_p(model, sums=sums, seed=seed, level=level, **how)


_measure_once = lru_cache(maxsize=32)(_measure)
"""For models whose replies depend on the call alone: designs of one study ask them the same sums again and again."""


def recorded_model(model: LanguageModel) -> LanguageModel:
    """The model that a recorder has behind it; any other model itself."""
    inner: LanguageModel = getattr(model, "model", model)
    return inner if hasattr(inner, "complete") else model


def card_of(model: LanguageModel) -> PriceCard | None:
    """A model's price card, if it has one."""
    return getattr(recorded_model(model), "card", None)


def as_worker(worker: Any) -> Worker:
    """A worker as it is, a model as a worker that asks it once.

    Raises:
        ValueError: neither of the two.
    """
    if isinstance(worker, Worker):
        return worker
    if hasattr(worker, "complete"):
        return Single(worker)
    raise ValueError(f"worker must be a worker or a model, got {worker!r}")


def singles(worker: Worker) -> Iterator[Single]:
    """The calls of models inside a worker, outermost first."""
    if isinstance(worker, Single):
        yield worker
        return
    for part in worker.parts():
        if isinstance(part, Worker):
            yield from singles(part)
