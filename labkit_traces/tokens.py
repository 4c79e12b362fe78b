"""The tokens of a call, whatever a format counts into what: five counts, of which parts are never counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

from .values import SCALAR, read_count

PARTS = ("in", "cached", "written", "out", "reasoning", "total")
# Of a bucket's name, in this order: the first word that it contains says what is in it.
BUCKETS = (
    ("total", "total"), ("reasoning", "reasoning"), ("thought", "reasoning"), ("creation", "written"),
    ("write", "written"), ("cache", "cached"), ("output", "out"), ("completion", "out"), ("candidate", "out"),
    ("input", "in"), ("prompt", "in"),
)  # fmt: skip
WHOLE = frozenset({"input", "output", "input_tokens", "output_tokens", "prompt_tokens", "completion_tokens"})


class Tokens(NamedTuple):
    """Counts of one call, as ``labkit.prices.PriceCard.bill`` takes them.

    Attributes:
        read: all input tokens, the cached and the written ones too.
        cached, written: of these, tokens that the prefix cache held, and tokens that were put into it.
        out: all tokens written by the model, those of its reasoning too.
        reasoning: of these, tokens that nobody sees.
    """

    read: int = 0
    cached: int = 0
    written: int = 0
    out: int = 0
    reasoning: int = 0


def read_tokens(found: Mapping[str, Any], apart: bool, noted: Counter[str]) -> Tokens | None:
    """The tokens, or None where there is no usage: nothing said, or nothing but zeros.

    Parts may lie inside the whole (``input_tokens`` of OpenTelemetry contains the cached ones) or apart from it, as
    Langfuse's buckets do. Where a format has them apart, a total that fits otherwise is believed; parts that are more
    than the whole cannot lie inside it, so they are added to it, and that is noted.

    >>> read_tokens({"in": "1000", "out": 500, "cached": 400}, False, Counter())
    Tokens(read=1000, cached=400, written=0, out=500, reasoning=0)
    >>> read_tokens({"buckets": {"input": 600, "input_cached_tokens": 400, "output": 500}}, True, Counter())
    Tokens(read=1000, cached=400, written=0, out=500, reasoning=0)
    >>> read_tokens({"in": 0, "out": 0}, False, Counter()) is None
    True
    """
    buckets = found.get("buckets")
    if isinstance(buckets, Mapping) and buckets:
        sums = _sum_buckets(buckets, noted)
        counts = [sums.get(part, 0) for part in PARTS]
    else:
        counts = [(read_count(found[part], noted) or 0) if part in found else 0 for part in PARTS]
    read, cached, written, out, reasoning, total = counts
    if not (read or out or cached or written or reasoning):
        return None
    if apart:
        added, thought = _find_apart(read, (cached, written), out, reasoning, total)
        return Tokens(read + added, cached, written, out + thought, reasoning)
    if cached + written > read:
        noted["cached tokens above the input: taken as apart from it"] += 1
        read += cached + written
    if reasoning > out:
        noted["reasoning tokens above the output: taken as apart from it"] += 1
        out += reasoning
    return Tokens(read, cached, written, out, reasoning)


def _sum_buckets(buckets: Mapping[str, Any], noted: Counter[str]) -> dict[str, int]:
    """Buckets by what their names contain; audio and pictures are tokens too, unless the total is without them."""
    counts: dict[str, int] = {}
    whole: dict[str, int] = {}
    for name, value in buckets.items():
        part = next((part for word, part in BUCKETS if word in str(name).lower()), None)
        if part and isinstance(value, SCALAR):
            count = read_count(value, noted) or 0
            counts[part] = counts.get(part, 0) + count
            if name in WHOLE:
                whole[part] = count
    if len(whole) == 2 and sum(whole.values()) == counts.get("total"):
        counts |= whole
    return counts


def _find_apart(read: int, kept: tuple[int, int], out: int, reasoning: int, total: int) -> tuple[int, int]:
    """What is to be added to input and output: the parts, unless the total says that some of them lie inside."""
    cached, written = kept
    for added, thought in product((cached + written, cached, written, 0), (reasoning, 0)):
        if read + added + out + thought == total and sum(kept) - added <= read and reasoning - thought <= out:
            return added, thought
    return sum(kept), reasoning
