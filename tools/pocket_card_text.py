"""The model card in words, made of the measured figures alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.reliability import wilson_interval
from labkit_agents import pocket

NAMES = ("small", "premium")
Counts = list[int]

ON_CARD = (
    ("USD a token read", "usd_in"),
    ("USD a token from the cache", "usd_cached"),
    ("USD a token written", "usd_out"),
    ("seconds a call", "sec_call"),
    ("and seconds a token read", "sec_in"),
    ("and seconds a token written", "sec_out"),
)
ON_BILL = (("tokens read", "tokens_in"), ("tokens written", "tokens_out"), ("USD", "usd"), ("seconds", "sec"))

HEAD = """# Model card: the pocket models

Two language models on a toy language: `pocket.small()` and `pocket.premium()`. They add whole numbers, lowest digit
first, one token at a time, and sometimes they are wrong. They were trained for this course, by
`tools/train_pocket.py`, on sums drawn at random; no text and no other data went into them.

Made by `tools/measure_pocket.py` from `docs/model_card.json`; not edited by hand. Shares are of right replies, with
95% Wilson intervals. Unless a table says otherwise: temperature 1, which is how they ship, and no prefix.
"""

LANGUAGE = """
## The language

A prompt is a sum of one to four whole numbers from 0 to 9,999, such as `12+345=`, whose total is at most 9,999. So
every partial total is again a number of the language, and a long list can be added by a chain or by a tree of calls.
One token is a digit, `+`, `=`, a letter or space of the prefix, or the end of the reply. The default mix of the
course: two, three or four numbers, equally often; each number has one to four digits, equally often; a total over
9,999 is drawn again.
"""

PRICES = """
Prices and seconds are fixed by a card of the course, not measured and no vendor's: figures in dollars and seconds are
the same on every machine. Wall time is measured beside them.
"""

RECIPE = """\
Next-token loss on the reply only, AdamW, a warm-up of 100 steps and a cosine down to a twentieth, one thread of a
CPU. Sums as in the default mix, but of one to four numbers, longer ones more often (1, 2, 3 and 4 numbers as
1 : 2 : 3 : 4). A quarter of the batches comes after a prefix of random letters, of 1 to 96 tokens.
"""

PICKED = """
Figures here are expected accuracies on validation sums: the mean probability of the right reply. Accuracy swings from
checkpoint to checkpoint. The course wants models near {aims}, so the checkpoint nearest to that was
picked, of all seeds and of the last quarter of each run; it is not the best one.
"""

TRIES = "{sums:,} sums, each tried {tries} times. Were tries independent, the rows would agree.\n\n"

BOTH = """
Both models are wrong on {both_wrong:.4f} of sums of four numbers; were their errors unrelated, it would be
{if_unrelated:.4f}.
"""

LIMITS = """
## What they cannot do

- Anything but sums: no words, no subtraction, no products. The prefix is read, billed and cached, and does not
  change what is asked; it can only disturb.
- Long prefixes: beyond the 96 tokens of training they are more often wrong, `small` soon nearly always (table above).
- Sums of more than four numbers, which they were never trained on (table above).
- Totals over 9,999. No such sum is in training; of {over} tried, {over_small} and {over_premium} were right.
- Say that they do not know. The log-probability of a reply is all that hints at it.
- Err at random. Where one try at a sum was wrong, another is wrong far more often than tries are in general (table
  above), and a law that takes tries as independent is too hopeful.
"""


def card_text(figures: Mapping[str, Any]) -> str:
    """The whole card."""
    models = {name: figures[name] for name in NAMES}
    parts = [HEAD, _sizes(models), LANGUAGE, _accuracy(models), _errors(models, figures["overlap"]), _training(models)]
    over = {f"over_{name}": model["over_largest"][0] for name, model in models.items()}
    return "".join([*parts, LIMITS.format(over=f"{models['small']['over_largest'][1]:,}", **over)])


def _sizes(models: Mapping[str, Any]) -> str:
    """Size, price and time."""
    cards = (pocket.SMALL_CARD, pocket.PREMIUM_CARD)
    rows = [("", *(f"`{name}`" for name in models))]
    rows.append(("layers x width (heads, hidden)", *(_shape(model["training"]["recipe"]) for model in models.values())))
    for label, field in (("parameters", "parameters"), ("file, bytes", "bytes")):
        rows.append((label, *(f"{model[field]:,}" for model in models.values())))
    for label, field in ON_CARD:
        rows.append((label, *(f"{getattr(card, field):g}" for card in cards)))
    for label, field in ON_BILL:
        rows.append((f"mean {label}, default mix", *(f"{model['bill'][field]:.3g}" for model in models.values())))
    return "\n## Size, prices, seconds\n\n" + _table(rows) + PRICES


def _shape(recipe: Mapping[str, Any]) -> str:
    return f"{recipe['layers']} x {recipe['width']} ({recipe['heads']}, {recipe['hidden']})"


def _accuracy(models: Mapping[str, Any]) -> str:
    """Right replies by difficulty and by setting."""
    tables = [
        ("default mix", "mix", ""),
        ("by how many numbers", "by_operands", "numbers"),
        ("by how many numbers, greedy (temperature 0)", "by_operands_greedy", "numbers"),
        ("by carries, default mix", "by_carries", "carries"),
        ("by temperature, default mix", "by_temperature", "temperature"),
        ("by tokens of prefix, default mix", "by_prefix", "tokens"),
        ("beyond training", "untrained", "numbers"),
    ]
    return "\n## How often they are right\n" + "".join(_shares(models, *table) for table in tables)


def _shares(models: Mapping[str, Any], title: str, key: str, column: str) -> str:
    """One table of shares with their intervals."""
    found = {
        name: model[key] if isinstance(model[key], dict) else {"all": model[key]} for name, model in models.items()
    }
    cases = list(dict.fromkeys(case for cells in found.values() for case in cells))
    rows = [(column, *(f"`{name}`" for name in models), "calls each")]
    for case in cases:
        counts = [cells.get(case) for cells in found.values()]
        rows.append((case, *(_share(one) for one in counts), f"{next(one for one in counts if one)[1]:,}"))
    return f"\n{title[0].upper() + title[1:]}\n\n" + _table(rows)


def _share(counts: Counts | None) -> str:
    """A share with its interval."""
    if counts is None:
        return ""
    low, high = wilson_interval(*counts)
    return f"{counts[0] / counts[1]:.4f} ({low:.4f} to {high:.4f})"


def _errors(models: Mapping[str, Any], overlap: Mapping[str, float]) -> str:
    """Whether errors come again, and whether both models make them on the same sums."""
    found = {name: model["repeated"] for name, model in models.items()}
    rows = [("sums of four numbers", *(f"`{name}`" for name in models))]
    rows.append(("wrong", *(f"{one['wrong_share']:.4f}" for one in found.values())))
    rows.append(("wrong, where another try was wrong", *(f"{one['wrong_again_share']:.4f}" for one in found.values())))
    text = "\n## Whether errors come again\n\n"
    text += TRIES.format(**found["small"])
    return text + _table(rows) + BOTH.format(**overlap)


def _training(models: Mapping[str, Any]) -> str:
    """Data, seeds tried and their spread, and what was picked."""
    text = "\n## How they were trained\n\n"
    text += RECIPE
    rows = [("model", "seed", "CPU seconds", "at the end", "lowest to highest, last quarter", "")]
    for name, model in models.items():
        training = model["training"]
        last = 0.75 * training["recipe"]["steps"]
        for seed, table in training["runs"].items():
            late = [row["mix"] for row in table if row["step"] > last]
            picked = training["shipped"]["seed"] == int(seed)
            note = f"ships step {training['shipped']['step']} ({training['shipped']['expected']:.4f})" if picked else ""
            cells = (f"{table[-1]['cpu_sec']:.0f}", f"{table[-1]['mix']:.4f}", f"{min(late):.4f} to {max(late):.4f}")
            rows.append((f"`{name}`", str(seed), *cells, note))
    aims = " and ".join(f"{model['training']['recipe']['aim']:g}" for model in models.values())
    text += "\n" + _table(rows)
    text += PICKED.format(aims=aims)
    return text


def _table(rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"
