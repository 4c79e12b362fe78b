"""What ``labkit traces``, ``labkit fit`` and ``labkit price`` do."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labkit._inputs import one_number, one_share
from labkit.prices import PriceCard

from . import advising
from .advising.budget_check import Budget, Checked
from .fitting import fit, say_beyond
from .fitting.resampling import UNKNOWN
from .outcomes import read_outcomes, set_outcomes
from .parsing.documents import read_text
from .pricing import read_cards
from .reading import list_files, read, say_progress
from .report import Reading, render
from .saved_workflow import to_json
from .workflow_prices import MOST, price_workflow, prices_as_data, read_saved, render_prices, saved_fit

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
    needs: Sequence[str] | None = None
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
    asked = Asked(paths, task_key=task_key, cards=cards_file)
    _check_words(asked)
    print(render(_read(paths, asked), kind))
    return 0


def run_fit(asked: Asked) -> int:
    """The exit status of ``labkit fit``: 0, or 1 where a budget of ``--check`` is broken.

    Where no task can be told from another, the sums are printed with the reason, and that is no error; each limit that
    cannot be checked is broken.

    Raises:
        ValueError: an argument that cannot be.
        OSError: a file that cannot be read or written.
    """
    _check_words(asked)
    _refuse_lost_words(asked)
    if asked.compare:
        return _run_comparison(asked)
    if not asked.files:
        raise ValueError("FILE must name traces, or --compare two of them, got none")
    budget = advising.read_budget(asked.check) if asked.check else None
    reading = _read(asked.files, asked)
    if reading.no_tasks:
        return _say_why_not(reading, budget, asked)
    found = fit(reading)
    if asked.save:
        Path(asked.save).write_text(to_json(saved_fit(found)) + "\n", encoding="utf-8")
    if asked.out or not budget:
        names = ("budget_usd", "budget_sec", "budget_success", "per_day")
        limits: Any = {name: getattr(asked, name) for name in names}
        changes = advising.advise(reading, found, cards=_read_cards(asked.cards), needs=_split_needs(asked), **limits)
        data = advising.summarise(reading, found, changes, **limits)
        _write_page(asked, data, advising.as_page)
    if budget:
        note = "" if budget.p95_sec is None else say_beyond(found)
        return _print_check(advising.check_budget(reading, found, budget), note, asked)
    _print_report(asked, data, advising.as_text)
    return 0


def _say_why_not(reading: Reading, budget: Budget | None, asked: Asked) -> int:
    """Print the sums and why nothing could be fitted; a budget that cannot be checked is broken, line by line."""
    written = " No page and no workflow was written." if asked.out or asked.save else ""
    nothing = f"\nNothing was fitted: {reading.no_tasks}.{written}"
    if asked.kind == "text" or not budget:
        print(render(reading, asked.kind))
    if asked.kind == "text":
        print(nothing)
    if not budget:
        return 0
    limits = {name: value for name, value in vars(budget).items() if value is not None and name != "surely"}
    lines = [Checked(name, limit, UNKNOWN, False, reading.no_tasks) for name, limit in limits.items()]
    return _print_check(lines, "", asked._replace(out=None))


def _print_check(lines: Sequence[Checked], note: str, asked: Asked) -> int:
    """Print what a gate says; the exit status."""
    checked = advising.summarise_check(lines, note)
    _print_report(asked, checked, lambda _: "\n".join([*map(str, lines), *[f"note   {note}"] * bool(note)]))
    return 0 if checked["kept"] else BROKEN


def run_price(path: str, cards_file: str | None, per_day: float | None, kind: str) -> int:
    """The exit status of ``labkit price``: 0.

    Raises:
        ValueError: no such file, or no workflow in it.
    """
    _refuse_nothing({"WORKFLOW": path, "--cards": cards_file})
    priced = price_workflow(read_saved(path, _read_cards(cards_file)), per_day)
    print(json.dumps(prices_as_data(priced), indent=1) if kind == "json" else render_prices(priced, per_day))
    return 0


def _run_comparison(asked: Asked) -> int:
    noted: Counter[str] = Counter()
    said = read_outcomes(asked.outcomes, noted) if asked.outcomes else {}
    sides = [_read([path], asked._replace(outcomes=None)) for path in asked.compare or ()]
    alike = {task.id for task in sides[0].tasks} & {task.id for task in sides[1].tasks} & said.keys()
    if alike:
        raise ValueError(
            f"--outcomes cannot tell the two runs of a task apart, which have one key ({len(alike):,} tasks): put the "
            "outcomes into the traces, or give each run a key of its own and both one item"
        )
    before, after = set_outcomes(sides, said, noted)
    data = advising.summarise_comparison(advising.compare(before, after), before, after)
    _write_page(asked, data, advising.comparison_page)
    _print_report(asked, data, advising.compared_text)
    return 0


def _check_words(asked: Asked) -> None:
    """Raise where an option names nothing, or a number of it cannot be; before anything is read."""
    texts = ("outcomes", "score", "task_key", "cards", "out", "save", "check")
    _refuse_nothing({f"--{name.replace('_', '-')}": getattr(asked, name) for name in texts})
    for option, files in (("FILE", asked.files), ("--compare", asked.compare or ())):
        _refuse_nothing({option: "" if "" in files else None})
    for name in ("budget_usd", "budget_sec", "per_day"):
        value, option = getattr(asked, name), f"--{name.replace('_', '-')}"
        if value is not None and one_number(option, value) > MOST:
            raise ValueError(f"{option} must stay below {MOST:g}, got {value:g}")
    if asked.budget_success is not None:
        one_share("--budget-success", asked.budget_success)


def _refuse_lost_words(asked: Asked) -> None:
    """Raise where an option would be passed over, or a file cannot be written, or would take the place of one read."""
    alone = {"FILE": asked.files, "--check": asked.check, "--save": asked.save, "--per-day": asked.per_day,
             "--budget-usd": asked.budget_usd, "--budget-sec": asked.budget_sec,
             "--budget-success": asked.budget_success, "--needs": asked.needs}  # fmt: skip
    typed = [name for name, value in alone.items() if value not in (None, [], ())]
    if asked.compare and typed:
        raise ValueError(f"--compare must stand without {', '.join(typed)}, which it has no use for")
    lost = [name for name in typed if name not in ("FILE", "--check", "--save")]
    if asked.check and lost and not asked.out:
        raise ValueError(f"--check must stand without {', '.join(lost)}, which only the page of --out has a use for")
    read_from: list[str | Path] = [file for file in (asked.outcomes, asked.cards, asked.check) if file]
    read_from += list_files([*asked.files, *(asked.compare or ())])
    if asked.out and asked.save and Path(asked.out).resolve() == Path(asked.save).resolve():
        raise ValueError(f"--save must name another file than --out, got {asked.save!r}")
    for option, file in (("--out", asked.out), ("--save", asked.save)):
        if file and (not Path(file).parent.is_dir() or Path(file).is_dir()):
            raise ValueError(f"{option} must name a file in a folder that is there, got {file!r}")
        for other in read_from:
            if file and Path(file).exists() and Path(other).exists() and Path(file).samefile(other):
                raise ValueError(f"{option} must name a file that is not read, got {file!r}")


def _split_needs(asked: Asked) -> list[tuple[str, str]]:
    """The pairs of ``--needs``: a step, and what it needs."""
    pairs = [each.partition(":") for each in asked.needs or ()]
    for whole, (step, _, other) in zip(asked.needs or (), pairs, strict=True):
        if not (step and other):
            raise ValueError(f"--needs must name two steps, as STEP:OTHER, got {whole!r}")
    return [(step.strip(), other.strip()) for step, _, other in pairs]


def _write_page(asked: Asked, data: Mapping[str, Any], page: Any) -> None:
    """Write the page where one is asked for."""
    if asked.out:
        Path(asked.out).write_bytes(page(data).encode())  # encoded first: a page that cannot be loses no older one


def _print_report(asked: Asked, data: Mapping[str, Any], text: Any) -> None:
    """Print the report as text or as JSON."""
    print(json.dumps(data, indent=1) if asked.kind == "json" else text(data))
    if asked.out and asked.kind == "text":
        print(f"\nThe report as a page: {asked.out}")


def _read(paths: Sequence[str], asked: Asked) -> Reading:
    return read(
        [*map(Path, paths)], asked.task_key, cards=_read_cards(asked.cards), outcomes=asked.outcomes, score=asked.score,
        progress=say_progress if sys.stderr.isatty() else None,
    )  # fmt: skip


def _read_cards(path: str | None) -> dict[str, PriceCard] | None:
    return None if path is None else read_cards(read_text(path, "--cards"))


def _refuse_nothing(named: Mapping[str, str | None]) -> None:
    """Raise where an option names nothing, as an unset variable of a shell does."""
    for option, text in named.items():
        if text == "":
            raise ValueError(f"{option} must name something, got ''")
