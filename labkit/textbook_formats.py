"""The section's table as text for people, and as JSON, CSV and Markdown for machines and pages."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Callable
from typing import Any

from .outcome import Outcome
from .textbook import combined_variants, decay, rows

COLUMNS = (
    "row",
    "steps",
    "version",
    "cost_usd",
    "latency_sec",
    "reliability",
    "quality_per_dollar",
    "reason",
)


def render(form: str = "text") -> str:
    """The whole table, as published and corrected, as ``text``, ``markdown``, ``csv`` or ``json``.

    Raises:
        ValueError: another word for ``form``.
    """
    forms: dict[str, Callable[[], str]] = {
        "text": _as_text, "markdown": _as_markdown, "csv": _as_csv, "json": _as_json,
    }  # fmt: skip
    if form not in forms:
        raise ValueError(f"form must be one of {sorted(forms)}, got {form!r}")
    return forms[form]()


def figures(outcome: Outcome) -> tuple[str, str, str, str]:
    """Cost, latency, reliability and quality per dollar, to the digits that the section prints.

    >>> from labkit import PREMIUM, chain
    >>> figures(chain(12, PREMIUM).outcome())
    ('$0.360', '24.0s', '83.41%', '2.3')
    """
    return (
        f"${outcome.cost:.3f}",
        f"{outcome.latency:.1f}s",
        f"{outcome.reliability:.2%}",
        f"{outcome.quality_per_dollar:.1f}",
    )


def side_by_side() -> str:
    """The eight rows, published and corrected side by side, the reasons as notes below."""
    out = [
        f"{'':36}{'as published':^27}  {'corrected':^27}".rstrip(),
        f"{'':31}{'steps':>5}{_aligned(HEADS)}  {_aligned(HEADS)}",
    ]
    notes: list[str] = []
    for row in rows():
        mark = ""
        if row.reason:
            notes.append(row.reason)
            mark = f" [{len(notes)}]"
        both = f"{_aligned(figures(row.published))}  {_aligned(figures(row.corrected))}"
        out.append(f"{row.label:<32}{row.steps:>4}{both}{mark}")
    out += [""]
    for i, note in enumerate(notes, start=1):
        out += textwrap.wrap(f"[{i}] {note}", WIDTH, subsequent_indent="    ")
    return "\n".join(out)


def _as_text() -> str:
    """Everything, for people; no line is longer than WIDTH."""
    out = [side_by_side()]
    out += ["", f"{'The combined row, one assumption at a time':68}{_aligned(HEADS)}"]
    out += [f"  {label:<66}{_aligned(figures(outcome))}" for label, outcome in combined_variants()]
    out += ["", "Reliability of an all-premium chain as it grows, no retries"]
    out += [f"  N={n:>2} steps -> end-to-end success = {p:.2%}" for n, p in decay()]
    return "\n".join(out)


WIDTH = 96  # characters; what a notebook shows without wrapping
HEADS = ("cost", "time", "reliab", "q/$")


def _aligned(cells: tuple[str, ...]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, (7, 7, 7, 6), strict=True))


def _records() -> list[dict[str, Any]]:
    """The eight rows twice, then the variants of the combined row, at full precision."""
    listed = [
        (row.label, row.steps, version, outcome, row.reason)
        for row in rows()
        for version, outcome in (("published", row.published), ("corrected", row.corrected))
    ]
    listed += [("combined frontier-mover", 6, "variant", outcome, label) for label, outcome in combined_variants()]
    return [
        dict(zip(COLUMNS, (label, steps, version, *_full_precision(outcome), reason), strict=True))
        for label, steps, version, outcome, reason in listed
    ]


def _full_precision(outcome: Outcome) -> tuple[float, float, float, float]:
    return outcome.cost, outcome.latency, outcome.reliability, outcome.quality_per_dollar


def _as_json() -> str:
    decayed = [{"steps": n, "reliability": p} for n, p in decay()]
    return json.dumps({"rows": _records(), "decay": decayed}, indent=2, allow_nan=False)


def _as_csv() -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_records())
    return out.getvalue().rstrip("\n")


def _as_markdown() -> str:
    out = [
        "| row | steps | cost | latency | reliability | q/$ | corrected | why |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows():
        published, corrected = figures(row.published), figures(row.corrected)
        fixed = "the same" if published == corrected else ", ".join(corrected)
        out.append(f"| {row.label} | {row.steps} | {' | '.join(published)} | {fixed} | {row.reason} |")
    return "\n".join(out)
