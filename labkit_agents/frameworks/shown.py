"""Measurements in a form for pages: some of them, as columns for a table, and where they are from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from textwrap import fill
from typing import Any

from labkit._inputs import one_of

from .measurement import Measurement
from .run import INSTALL, Recording


def pick(recording: Recording, *conditions: str) -> list[Measurement]:
    """The measurements whose conditions are, or begin with, these words, in this order.

    Raises:
        ValueError: words with which no condition begins, or several.

    >>> from .run import recorded
    >>> pick(recorded("crewai_retries"), "defaults: 429")[0].calls_wire
    27
    """
    found = []
    for words in conditions:
        named = [each for each in recording if each.condition.startswith(words)]
        named = [each for each in named if each.condition == words] or named
        if len(named) != 1:
            known = ", ".join(repr(each.condition) for each in recording)
            raise ValueError(f"conditions must each begin one of {known}, got {words!r}")
        found += named
    return found


def columns(measurements: Iterable[Measurement], *wanted: str) -> dict[str, list[Any]]:
    """What was measured beside what the formula says, head -> a value a row, for a table.

    Args:
        measurements: a row each.
        wanted: of ``calls``, ``billed``, ``usd``, ``client`` (its own account), ``right``, ``interval`` (Wilson's, of
            95%), ``sec`` and ``note``. Before the first, third, fifth and seventh stands what a formula says, with two
            standard errors where calls are random, if it says it of any row.

    Raises:
        ValueError: something else is wanted.

    >>> from .run import recorded
    >>> columns(pick(recorded("langgraph_soft_failures"), "no gate"), "right", "interval")
    {'right, formula': ['50.7%'], 'right': ['56.0%'], '95%': ['48.0% to 63.7%']}
    """
    rows, found = list(measurements), dict[str, list[Any]]()
    for name in wanted:
        one_of("wanted", name, tuple(HEADS))
        if name in SAID and any(said := [SAID[name](row) for row in rows]):
            found[f"{HEADS[name]}, formula"] = said
        found[HEADS[name]] = [SEEN[name](row) for row in rows]
    return found


def told(*recordings: Recording) -> str:
    """Where the measurements are from: live or recorded, the days, and the versions that took part."""
    days = sorted({each.date for each in recordings})
    versions = {name: version for each in recordings for row in each for name, version in row.versions.items()}
    packages = ", ".join(f"{name} {version}" for name, version in versions.items() if name != "counting-calls")
    live = all(each.live for each in recordings)
    when = "just now" if live else f"on {' to '.join(dict.fromkeys((days[0], days[-1])))}"
    said = fill(f"Measured {when}" + (f" with {packages}." if packages else "."), 96)
    again = f"\nTo measure it yourself: {INSTALL.partition(': ')[2]}, then start with LABKIT_LIVE=1."
    return said if live else said + again


def _say_calls(row: Measurement) -> str:
    law = row.predicted
    if law is None or law.calls is None:
        return ""
    return f"{law.calls:,.0f} ± {2 * law.calls_error:.0f}" if law.calls_error else f"{law.calls:,.6g}"


def _write_usd(usd: float | None) -> str:
    return "" if usd is None else f"{usd:.5g}"


def _write_sec(sec: float | None) -> str:
    return "" if sec is None else f"{sec:.2f}"


def _write_share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _say_right(row: Measurement) -> str:
    law = row.predicted
    return "" if law is None or law.successes is None else _write_share(law.successes / row.tasks)


HEADS = {
    "calls": "calls", "billed": "billed", "usd": "USD", "client": "client says", "right": "right", "interval": "95%",
    "sec": "seconds", "note": "note",
}  # fmt: skip
SAID: dict[str, Callable[[Measurement], str]] = {
    "calls": _say_calls,
    "usd": lambda row: _write_usd(row.predicted.usd if row.predicted else None),
    "right": _say_right,
    "sec": lambda row: _write_sec(row.predicted.sec if row.predicted else None),
}
SEEN: dict[str, Callable[[Measurement], Any]] = {
    "calls": lambda row: row.calls_wire,
    "billed": lambda row: row.calls_billed,
    "usd": lambda row: _write_usd(row.usd),
    "client": lambda row: _write_usd(row.usd_client),
    "right": lambda row: _write_share(row.share),
    "interval": lambda row: row.interval and f"{row.interval.low:.1%} to {row.interval.high:.1%}",
    "sec": lambda row: _write_sec(row.sec),
    "note": lambda row: row.note,
}
