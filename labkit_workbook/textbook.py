"""The section's printed table, row by row: as published, and with its assumptions mended.

Every figure here is computed from a workflow. A row holds two: one that makes the section's convenient
assumption and reproduces the printed digits, and one that does not, with the reason for the difference.
"""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from labkit._inputs import one_of
from labkit.levers import cache, cut, parallelize, retry
from labkit.outcome import Outcome
from labkit.reliability import chain_success
from labkit.workflow import PREMIUM, SMALL, Workflow, chain, parallel

STEPS_OF_DECAY = (1, 6, 12, 24, 48)
FIRST_SIX = tuple(f"step-{i}" for i in range(1, 7))


@dataclass(frozen=True)
class Row:
    """One line of the table: its label, its steps, what was printed, what is right, and why they differ."""

    label: str
    steps: int
    published: Outcome
    corrected: Outcome
    reason: str = ""


def rows() -> list[Row]:
    """The eight rows of the section's table.

    >>> [round(row.published.quality_per_dollar, 1) for row in rows()]
    [32.8, 2.3, 2.3, 4.4, 5.1, 2.8, 5.1, 123.5]
    """
    naive = chain(12, PREMIUM)
    six_cached = naive.pipe(cache, FIRST_SIX)
    unchecked = _charge_retries(combined(stored="first"))
    retried = naive.pipe(retry, 1)
    return [
        _are_same("1 agent, 1 call", chain(1, PREMIUM)),
        _are_same("12 steps, sequential, premium", naive),
        _are_same("+ parallelize independent steps", naive.pipe(parallelize), "if no step needs another's answer"),
        Row("+ route simple steps to small", 12, collided().outcome(), routed().outcome(),
            "the two chains share group numbers 0 to 3, so four small steps run beside premium ones; "
            "one after another they take 11.2 s"),
        Row("+ cache 6 repeated-context steps", 12, _p_one(six_cached, FIRST_SIX), six_cached.outcome(),
            "a hit is given p = 1; an answer from the cache is as right as the call that made it"),
        Row("+ retry each step once", 12, retried.outcome(), retried.outcome("expected"),
            "the second attempts are neither paid nor timed"),
        _are_same("+ cut to 6 steps", naive.pipe(cut, FIRST_SIX), "if the six steps were not needed"),
        Row("combined frontier-mover", 6, _p_one(combined(), ("hard-1", "hard-2")), _charge_retries(combined()),
            "a hit is given p = 1, retries are free and instant; corrected, the second attempts of the small steps "
            "are paid and timed, and a hit is as right as what was stored: here an answer that has passed its check "
            f"and retry, as a store behind the check keeps it. A store at the model keeps first answers: then "
            f"{unchecked.reliability:.2%} and {unchecked.quality_per_dollar:.1f}"),
    ]  # fmt: skip


def combined_variants() -> list[tuple[str, Outcome]]:
    """The combined row again, one assumption at a time.

    >>> [round(outcome.quality_per_dollar, 1) for _, outcome in combined_variants()]
    [123.5, 117.1, 123.4, 119.8, 117.0, 113.6, 15.5]
    """
    as_printed, checked, first = combined(p=1), combined(), combined(stored="first")
    easy_cached = _six_routed().pipe(cache, ("easy-1", "easy-2"), p=1).pipe(retry, 1)
    return [
        ("as printed: hits right, retries free, the premium steps cached", as_printed.outcome()),
        ("retries charged in expectation", _charge_retries(as_printed)),
        ("a hit is as right as an answer stored after its check and retry", checked.outcome()),
        ("a hit is as right as an answer stored before them", first.outcome()),
        ("retries charged, stored after (a store behind the check)", _charge_retries(checked)),
        ("retries charged, stored before (a store at the model)", _charge_retries(first)),
        ("as printed, but the cache falls on two small steps", easy_cached.outcome()),
    ]


def decay() -> list[tuple[int, float]]:
    """End-to-end success of an all-premium chain as it grows.

    >>> [f"{p:.2%}" for _, p in decay()]
    ['98.50%', '91.33%', '83.41%', '69.58%', '48.41%']
    """
    return [(n, float(chain_success(PREMIUM.p_ok, n))) for n in STEPS_OF_DECAY]


def routed() -> Workflow:
    """Four hard premium steps, then eight easy ones on the small model, one after another."""
    return chain(4, PREMIUM, "hard").then(chain(8, SMALL, "easy", difficulty="easy"))


def collided() -> Workflow:
    """The same steps as the section's driver must have numbered them: both chains from group 0."""
    both = parallel(1, PREMIUM, "hard").beside(parallel(1, SMALL, "easy", difficulty="easy"))
    workflow = both
    for _ in range(3):
        workflow = workflow.then(both)
    return workflow.then(chain(4, SMALL, "easy", difficulty="easy"))


def combined(p: float | None = None, stored: str = "checked") -> Workflow:
    """Six parallel steps, two premium and four small, the premium ones cached, every step retried once.

    Args:
        p: probability that a cached answer is right; None for that of the answer that was stored.
        stored: ``"checked"`` or ``"first"``, see ``labkit.levers.cache``.
    """
    return _six_routed().pipe(cache, ("hard-1", "hard-2"), p=p, stored=stored).pipe(retry, 1)


def _six_routed() -> Workflow:
    return parallel(2, PREMIUM, "hard").beside(parallel(4, SMALL, "easy", difficulty="easy"))


def _are_same(label: str, workflow: Workflow, reason: str = "") -> Row:
    return Row(label, len(workflow), workflow.outcome(), workflow.outcome(), reason)


def _p_one(workflow: Workflow, where: tuple[str, ...]) -> Outcome:
    """The text's assumption: whatever comes from the cache is right."""
    return workflow.pipe(cache, where, p=1).outcome()


def _charge_retries(workflow: Workflow) -> Outcome:
    """The combined design with its retries charged, and its mean latency.

    All its steps run at once, and only the small ones may be retried: they are back after one attempt if all
    four succeed at once, and after two if not. So here the mean is known, though no longest path gives it.
    """
    all_at_once = chain_success(SMALL.p_ok, 4)
    seconds = SMALL.sec * all_at_once + 2 * SMALL.sec * (1 - all_at_once)
    return replace(workflow.outcome("expected"), latency=seconds, note="")


COLUMNS = ("row", "steps", "version", "cost_usd", "latency_sec", "reliability", "quality_per_dollar", "reason")


def render(form: str = "text") -> str:
    """The whole table, as published and corrected, as ``text``, ``markdown``, ``csv`` or ``json``.

    Raises:
        ValueError: another word for ``form``.
    """
    forms: dict[str, Callable[[], str]] = {
        "text": _as_text, "markdown": _as_markdown, "csv": _as_csv, "json": _as_json,
    }  # fmt: skip
    return forms[one_of("form", form, sorted(forms))]()


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
        f"{'':31}{'steps':>5}{_align_cells(HEADS)}  {_align_cells(HEADS)}",
    ]
    notes: list[str] = []
    for row in rows():
        mark = ""
        if row.reason:
            notes.append(row.reason)
            mark = f" [{len(notes)}]"
        both = f"{_align_cells(figures(row.published))}  {_align_cells(figures(row.corrected))}"
        out.append(f"{row.label:<32}{row.steps:>4}{both}{mark}")
    out += [""]
    for i, note in enumerate(notes, start=1):
        out += textwrap.wrap(f"[{i}] {note}", WIDTH, subsequent_indent="    ")
    return "\n".join(out)


def _as_text() -> str:
    """Everything, for people; no line is longer than WIDTH."""
    out = [side_by_side()]
    out += ["", f"{'The combined row, one assumption at a time':68}{_align_cells(HEADS)}"]
    out += [f"  {label:<66}{_align_cells(figures(outcome))}" for label, outcome in combined_variants()]
    out += ["", "Reliability of an all-premium chain as it grows, no retries"]
    out += [f"  N={n:>2} steps -> end-to-end success = {p:.2%}" for n, p in decay()]
    return "\n".join(out)


WIDTH = 96  # characters; what a notebook shows without wrapping
HEADS = ("cost", "time", "reliab", "q/$")


def _align_cells(cells: tuple[str, ...]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, (7, 7, 7, 6), strict=True))


def _list_records() -> list[dict[str, Any]]:
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
    return json.dumps({"rows": _list_records(), "decay": decayed}, indent=2, allow_nan=False)


def _as_csv() -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_list_records())
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
