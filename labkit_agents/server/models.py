"""The models that the endpoint serves: two simulated ones with the section's numbers, two pocket models, embeddings."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from labkit import PREMIUM, SMALL, PriceCard

from ..pocket import PREMIUM_CARD, SMALL_CARD, Call, PocketModel, premium, small
from .plan import FaultPlan, draw

BLOCK = 64
"""A prefix cache keeps blocks of so many characters, which are 16 tokens."""
BLOCKS_KEPT = 65_536
TOKEN = 4

_SUM = re.compile(r"\d{1,15}(?:\s{0,9}\+\s{0,9}\d{1,15})+")
_IN_WORDS = re.compile(r"\badd\s{1,9}(\d{1,15}(?:(?:,\s?|,?\sand\s)\d{1,15})+)", re.IGNORECASE)
_TOY = re.compile(r"[ a-z]{0,96}")


@dataclass(frozen=True)
class Served:
    """A model of the endpoint.

    Args:
        name: as requests name it.
        card: its prices and seconds by the token.
        p: how often a simulated model is right.
        make_pocket: makes the pocket model behind it; None for a simulated one.
    """

    name: str
    card: PriceCard
    p: float = 1.0
    make_pocket: Callable[[], PocketModel] | None = None


SERVED = {
    model.name: model
    for model in (
        Served("premium", PriceCard.per_million(10, 1, 40, sec_call=0.2, sec_out=0.0036, name="premium"), PREMIUM.p_ok),
        Served("small", PriceCard.per_million(0.5, 0.05, 3, sec_call=0.04, sec_out=0.00072, name="small"), SMALL.p_ok),
        Served("pocket-premium", PREMIUM_CARD, make_pocket=premium),
        Served("pocket-small", SMALL_CARD, make_pocket=small),
        Served("embedding", PriceCard.per_million(0.02, 0.02, 0, sec_call=0.02, name="embedding")),
    )
}
"""By name. A call of 1,000 tokens in and 500 out costs what ``labkit.PREMIUM`` and ``labkit.SMALL`` cost.

>>> bill = SERVED["premium"].card.bill(1000, 0, 500)
>>> round(bill.usd, 12), round(bill.sec, 12), SERVED["premium"].p
(0.03, 2.0, 0.985)
"""
EMBEDDING = "embedding"


class Answer(NamedTuple):
    """What a model wrote, whether it is right, and the tokens that it is billed by."""

    text: str
    right: bool
    finish: str
    tokens_in: int
    tokens_cached: int = 0
    tokens_out: int = 0
    tokens_reasoning: int = 0


class PrefixCache:
    """The prefixes that a model has read, in blocks, those used last.

    >>> cache = PrefixCache()
    >>> cache.read("x" * 200), cache.read("x" * 200), cache.read("x" * 70 + "y" * 70)
    (0, 192, 64)
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def read(self, text: str) -> int:
        """How many characters at the beginning of the text were known; after this all its whole blocks are."""
        known, digest, still = 0, b"", True
        for start in range(0, len(text) - len(text) % BLOCK, BLOCK):
            block = text[start : start + BLOCK].encode("utf-8", "surrogatepass")
            digest = blake2b(digest + block, digest_size=16).digest()
            still = still and digest in self._known
            known += BLOCK if still else 0
            self._known[digest] = None
            self._known.move_to_end(digest)
        while len(self._known) > BLOCKS_KEPT:
            self._known.popitem(last=False)
        return known


def find_sum(text: str) -> tuple[int, ...]:
    """The numbers of the last sum that a text asks for, empty where it asks for none.

    >>> find_sum("What is 12 + 345?"), find_sum("Add 1, 2 and 30."), find_sum("Hello 5")
    ((12, 345), (1, 2, 30), ())
    """
    found = [*_SUM.finditer(text), *_IN_WORDS.finditer(text)]
    last = max(found, key=lambda match: match.start(), default=None)
    return tuple(map(int, re.findall(r"\d+", last.group()))) if last else ()


def count_tokens(text: str) -> int:
    """One token for every four characters, and one for the rest: a rule of thumb for English.

    >>> count_tokens("Hello")
    2
    """
    return -(-len(text) // TOKEN)


def simulate(
    plan: FaultPlan,
    prompt: str,
    last: str,
    words: tuple[object, ...],
    limit: int | None,
    wrong: bool,
    cache: PrefixCache,
) -> Answer:
    """The answer of a simulated model.

    Args:
        plan: the model's plan; it says how many tokens there are.
        prompt: the whole conversation.
        last: its last message, which may ask for a sum.
        words: what decides a wrong sum.
        limit: the most tokens of the reply, or None.
        wrong: whether to answer wrong.
        cache: what the model has read so far.
    """
    tokens_in = count_tokens(prompt) if plan.tokens_in is None else plan.tokens_in
    tokens_out = plan.tokens_out if limit is None else min(limit, plan.tokens_out)
    cached = min(plan.tokens_cached, tokens_in)
    if plan.prefix_cache:
        cached = tokens_in * cache.read(prompt) // max(1, len(prompt))
    finish = "stop" if tokens_out == plan.tokens_out else "length"
    text = write_answer(plan, last, words, wrong)
    return Answer(text, not wrong, finish, tokens_in, cached, tokens_out, min(plan.tokens_reasoning, tokens_out))


def write_answer(plan: FaultPlan, last: str, words: tuple[object, ...], wrong: bool) -> str:
    """The sum that is asked for, or one that is 1 to 9 too large; where none is asked for, the plan's own texts."""
    if numbers := find_sum(last):
        return str(sum(numbers) + (1 + int(9 * draw("slip", *words)) if wrong else 0))
    return plan.wrong_text if wrong else plan.right_text


def ask_pocket(
    model: PocketModel, system: str, last: str, seed: int, attempt: int, temperature: float, limit: int | None
) -> Answer:
    """The answer of a pocket model to the sum in the last message.

    A system prompt in the toy language (at most 96 small letters and spaces) is its prefix; any other is left out.

    Raises:
        ValueError: the message asks for no sum, or for one outside the toy language.
    """
    numbers = find_sum(last)
    if not numbers:
        raise ValueError("a pocket model answers sums alone, such as 'What is 12+345?'")
    prompt, prefix = "+".join(map(str, numbers)) + "=", system if _TOY.fullmatch(system) else ""
    call = Call(prompt, prefix, f"attempt {attempt}", seed, temperature, min(limit or 8, 8))
    (reply,) = model.complete([call])
    counts = reply.tokens_in, reply.tokens_cached, reply.tokens_out
    return Answer(reply.text, reply.text == str(sum(numbers)), reply.finish, *counts)
