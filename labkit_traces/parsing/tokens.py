"""The tokens of a call, whatever a format counts into what: five counts, of which parts are never counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

from .paths import read_json
from .values import SCALAR, read_amount, read_count

PARTS = ("in", "cached", "written", "out", "reasoning", "total")
USD_PARTS = ("usd_in", "usd_out")
FINER = ("written_short", "written_long", "written_apart", "written_inside")
"""Written tokens under further names: by how long they are kept, those that lie apart from the input, or in it."""
# Of a bucket's name, in this order: the first word that it contains says what is in it.
BUCKETS = (
    ("total", "total"), ("reasoning", "reasoning"), ("thought", "reasoning"), ("creation", "written"),
    ("write", "written"), ("cache", "cached"), ("output", "out"), ("completion", "out"), ("candidate", "out"),
    ("input", "in"), ("prompt", "in"),
)  # fmt: skip
TOKEN_UNITS = frozenset({"", "TOKEN", "TOKENS", "NONE"})
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
    than the whole, or that a total counts beside it, cannot lie inside it: they are added to it, and that is noted.

    >>> read_tokens({"in": "1000", "out": 500, "cached": 400}, False, Counter())
    Tokens(read=1000, cached=400, written=0, out=500, reasoning=0)
    >>> read_tokens({"buckets": {"input": 600, "input_cached_tokens": 400, "output": 500}}, True, Counter())
    Tokens(read=1000, cached=400, written=0, out=500, reasoning=0)
    >>> read_tokens({"in": 0, "out": 0}, False, Counter()) is None
    True
    """
    if "unit" in found and str(found["unit"]).upper() not in TOKEN_UNITS:
        noted["calls counted in another unit than tokens"] += 1
        return None
    sums = _sum_buckets(read_json(found["buckets"]), noted) if "buckets" in found else {}
    if sums.keys() - {"total"}:
        counts = [sums.get(part, 0) for part in PARTS]
        apart = True
    else:
        counts = [(read_count(found[part], noted) or 0) if part in found else 0 for part in PARTS]
    read, cached, written, out, reasoning, total = counts
    if not found.keys().isdisjoint(FINER):
        short, long, beside, inside = (read_count(found.get(part), noted) or 0 for part in FINER)
        if not (written or short or long):
            read += beside
        written = written or short + long or beside or inside
    if not (read or out or cached or written or reasoning):
        noted["calls of whose tokens only the total is said"] += total > 0
        return None
    if apart:
        added, thought = _find_apart(read, (cached, written), out, reasoning, total)
        return Tokens(read + added, cached, written, out + thought, reasoning)
    if cached + written > read or (cached + written and total == read + cached + written + out):
        noted["cached tokens that cannot lie inside the input: added to it"] += 1
        read += cached + written
    if reasoning > out or (reasoning and total == read + out + reasoning):
        noted["reasoning tokens that cannot lie inside the output: added to it"] += 1
        out += reasoning
    return Tokens(read, cached, written, out, reasoning)


def read_dollars(found: Mapping[str, Any], tokens: Tokens | None, noted: Counter[str]) -> float | None:
    """The dollars that are stated: the whole, else input and output added up; None where one of those is not said.

    >>> tokens = Tokens(7, 0, 0, 5)
    >>> [read_dollars(each, tokens, Counter()) for each in ({"usd_in": 0.5, "usd_out": "1"}, {"usd_in": 2})]
    [1.5, None]
    """
    usd = read_amount(found.get("usd"), noted)
    if usd is not None or found.keys().isdisjoint(USD_PARTS):
        return usd
    counts = (tokens.read, tokens.out) if tokens else (1, 1)  # nothing is paid for no tokens
    if any(count and found.get(part) in (None, "") for part, count in zip(USD_PARTS, counts, strict=True)):
        return None
    return sum(read_amount(found.get(part), noted) or 0.0 for part in USD_PARTS) or None


def _sum_buckets(buckets: Any, noted: Counter[str]) -> dict[str, int]:
    """Buckets by what their names contain; audio and pictures are tokens too, unless the total is without them."""
    counts: dict[str, int] = {}
    whole: dict[str, int] = {}
    for name, value in buckets.items() if isinstance(buckets, Mapping) else ():
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
