"""Make labkit_traces/prices.json from an installed genai-prices: `python tools/price_snapshot.py 2026-11-30`.

The list is of one day, and holds the makers' own prices of text tokens. Left out, and so unknown without the package
itself: models whose price depends on the hour, prices with more than one long-context tier, and resellers.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from genai_prices import data_snapshot

MAKERS = ("anthropic", "openai", "google", "mistral", "deepseek", "x-ai", "cohere", "moonshotai", "zai", "voyageai")
TARGET = Path(__file__).parents[1] / "labkit_traces" / "prices.json"
FIELDS = ("input_mtok", "cache_read_mtok", "cache_write_mtok", "output_mtok")


def main(day: str) -> None:
    """Write the snapshot of a day."""
    version = importlib.metadata.version("genai-prices")
    models, taken = [], set()
    for maker in MAKERS:
        provider = next(each for each in data_snapshot.get_snapshot().providers if each.id == maker)
        for model in provider.models:
            row = row_of(model, date.fromisoformat(day))
            if row is not None and (names := [name for name in row[0] if name not in taken]):
                taken.update(names)
                models.append([names, [each for each in row[1] if each not in taken], *row[2:]])
                taken.update(row[1])
    head = {
        "as_of": day,
        "source": f"genai-prices {version}, as of {day}",
        "url": "https://github.com/pydantic/genai-prices",
        "licence": "MIT, Copyright (c) Pydantic Services Inc. 2025 to present",
        "columns": "names, what other names begin with, [USD a million tokens: input, cached, written, output], "
        "[the first number of input tokens at other prices, and these]",
    }
    rows = ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in models)
    text = json.dumps(head, indent=1, ensure_ascii=False)[:-2] + f',\n "models": [\n{rows}\n ]\n}}\n'
    json.loads(text)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{len(models)} models, {len(text.encode()):,} bytes")


def row_of(model: Any, day: date) -> list[Any] | None:
    """Names, beginnings, prices and a tier; None where a row cannot say what the model costs."""
    prices = model.prices
    if isinstance(prices, list):
        if any(hasattr(each.constraint, "start_time") for each in prices):
            return None
        begun = [each for each in prices if each.constraint is None or each.constraint.start_date <= day]
        prices = begun[-1].prices if begun else None
    read, cached, written, out = (getattr(prices, field, None) for field in FIELDS)
    if read is None:
        return None
    cached, written, out = cached if cached is not None else read, written if written is not None else read, out or 0
    given = (read, cached, written, out)
    starts = {tier.start for price in given for tier in getattr(price, "tiers", ())}
    if len(starts) > 1:
        return None
    base = [float(getattr(price, "base", price)) for price in given]
    dear = [float(price.tiers[0].price if getattr(price, "tiers", ()) else price) for price in given]
    base[1], dear[1] = min(base[1], base[0]), min(dear[1], dear[0])
    if not any(base):
        return None
    row = [
        sorted({model.id.lower(), *clauses(model.match, "equals")}),
        sorted(clauses(model.match, "starts_with")),
        base,
    ]
    return [*row, [starts.pop() + 1, *dear]] if starts else row


def clauses(match: Any, kind: str) -> Iterator[str]:
    """The names in a clause, and in the clauses of an `or`; others say less than a name does."""
    if hasattr(match, kind):
        yield getattr(match, kind).lower()
    for each in getattr(match, "or_", ()):
        yield from clauses(each, kind)


if __name__ == "__main__":
    main(sys.argv[1])
