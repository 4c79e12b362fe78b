"""What ``labkit traces``, ``labkit fit`` and ``labkit price`` do."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labkit.prices import PriceCard

from . import advising
from .fitting import fit, say_beyond
from .pricing import read_cards
from .reading import read, say_progress
from .report import Reading, render
from .saved_workflow import to_json
from .workflow_prices import price_workflow, read_workflow, render_prices

BROKEN = 1


class Asked(NamedTuple):
    """The arguments of ``labkit fit``, as they were typed."""

    files: Sequence[str]
    outcomes: str | None = None
    score: str | None = None
    task_key: str | None = None
    cards: str | None = None
    budget_usd: float | None = None
    budget_sec: float | None = None
    budget_success: float | None = None
    per_day: float | None = None
    out: str | None = None
    save: str | None = None
    check: str | None = None
    compare: Sequence[str] | None = None
    kind: str = "text"


def run(paths: Sequence[str], task_key: str | None, cards_file: str | None, kind: str) -> int:
    """The exit status of ``labkit traces``: 0, whatever the traces do not say.

    Raises:
        ValueError: no such file, or cards that cannot be.
        OSError: a file that cannot be read.
    """
    print(render(_read(paths, Asked((), task_key=task_key, cards=cards_file)), kind))
    return 0


def run_fit(asked: Asked) -> int:
    """The exit status of ``labkit fit``: 0, or 1 where a budget of ``--check`` is broken.

    Where no task can be told from another, the sums are printed with the reason, and that is no error; a budget that
    cannot be checked is broken.

    Raises:
        ValueError: an argument that cannot be.
        OSError: a file that cannot be read or written.
    """
    _refuse_lost_words(asked)
    if asked.compare:
        return _run_comparison(asked)
    if not asked.files:
        raise ValueError("FILE must name traces, or --compare two of them, got none")
    budget = advising.read_budget(asked.check) if asked.check else None
    reading = _read(asked.files, asked)
    if reading.no_tasks:
        print(render(reading, asked.kind))
        if asked.kind == "text":
            written = " No page and no workflow was written." if asked.out or asked.save else ""
            print(f"\nNothing was fitted: {reading.no_tasks}.{written}")
        return BROKEN if budget else 0
    found = fit(reading)
    if asked.save:
        Path(asked.save).write_text(to_json(found.workflow) + "\n", encoding="utf-8")
    if asked.out or not budget:
        names = ("budget_usd", "budget_sec", "budget_success", "per_day")
        limits: Any = {name: getattr(asked, name) for name in names}
        changes = advising.advise(reading, found, cards=_cards(asked), **limits)
        data = advising.summarise(reading, found, changes, **limits)
        _write_page(asked, data, advising.as_page)
    if budget:
        lines = advising.check_budget(reading, found, budget)
        note = "" if budget.p95_sec is None else say_beyond(found)
        checked = advising.summarise_check(lines, note)
        _print_report(asked, checked, lambda _: "\n".join([*map(str, lines), *[f"note   {note}"] * bool(note)]))
        return 0 if checked["kept"] else BROKEN
    _print_report(asked, data, advising.as_text)
    return 0


def run_price(path: str, cards_file: str | None, per_day: float | None, kind: str) -> int:
    """The exit status of ``labkit price``: 0.

    Raises:
        ValueError: no such file, or no workflow in it.
    """
    cards = read_cards(Path(cards_file).read_text(encoding="utf-8")) if cards_file else None
    priced = price_workflow(read_workflow(path, cards), per_day)
    if kind == "json":
        numbers = {name: getattr(priced, name) for name in ("expected", "textbook", "worst")}
        data: dict[str, Any] = {
            name: {"usd": o.cost, "sec": o.latency, "p": o.reliability} for name, o in numbers.items()
        }
        data |= {"usd": priced.usd, "sec": priced.sec, "usd_a_month": None if per_day is None else priced.usd_a_month}
        print(json.dumps(data, indent=1))
    else:
        print(render_prices(priced, per_day))
    return 0


def _run_comparison(asked: Asked) -> int:
    before, after = (_read([path], asked) for path in asked.compare or ())
    data = advising.summarise_comparison(advising.compare(before, after))
    _write_page(asked, data, advising.comparison_page)
    _print_report(asked, data, advising.compared_text)
    return 0


def _refuse_lost_words(asked: Asked) -> None:
    """Raise where an option would be passed over beside --compare, or a file that is read would be written over."""
    alone = {"FILE": asked.files, "--check": asked.check, "--save": asked.save, "--per-day": asked.per_day,
             "--budget-usd": asked.budget_usd, "--budget-sec": asked.budget_sec,
             "--budget-success": asked.budget_success}  # fmt: skip
    if asked.compare and (beside := [name for name, value in alone.items() if value not in (None, [], ())]):
        raise ValueError(f"--compare must stand without {', '.join(beside)}, which it has no use for")
    read_from = [*asked.files, *(asked.compare or ()), asked.outcomes, asked.cards, asked.check]
    for option, file in (("--out", asked.out), ("--save", asked.save)):
        for other in filter(None, read_from):
            if file and Path(file).exists() and Path(other).exists() and Path(file).samefile(other):
                raise ValueError(f"{option} must name a file that is not read, got {file!r}")


def _write_page(asked: Asked, data: Mapping[str, Any], page: Any) -> None:
    """Write the page where one is asked for."""
    if asked.out:
        Path(asked.out).write_text(page(data), encoding="utf-8")


def _print_report(asked: Asked, data: Mapping[str, Any], text: Any) -> None:
    """Print the report as text or as JSON."""
    print(json.dumps(data, indent=1) if asked.kind == "json" else text(data))
    if asked.out and asked.kind == "text":
        print(f"\nThe report as a page: {asked.out}")


def _read(paths: Sequence[str], asked: Asked) -> Reading:
    return read(
        paths, asked.task_key, cards=_cards(asked), outcomes=asked.outcomes, score=asked.score,
        progress=say_progress if sys.stderr.isatty() else None,
    )  # fmt: skip


def _cards(asked: Asked) -> dict[str, PriceCard] | None:
    return read_cards(Path(asked.cards).read_text(encoding="utf-8")) if asked.cards else None
