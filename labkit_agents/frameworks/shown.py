"""Measurements in a form for pages: some of them, as columns for a table, and where they are from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from textwrap import fill
from typing import Any

from labkit._inputs import one_of

from .measurement import Measurement
from .run import INSTALL, TAKES, Recording, recorded


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


def defaults_by_framework(*wanted: str) -> dict[str, list[str]]:
    """What holds where nothing is said, head -> a text a row, for a table: read off what is installed, and recorded.

    Args:
        wanted: of ``DEFAULTS``, in this order; all by default.

    Raises:
        ValueError: something else is wanted.

    >>> table = defaults_by_framework("time-out")
    >>> table["by default"], table["LiteLLM"], table["CrewAI"]
    (['time-out'], ['6,000 s'], ['none; the client 600 s'])
    """
    rows = [one_of("wanted", name, tuple(DEFAULTS)) for name in wanted or tuple(DEFAULTS)]
    found = {"by default": rows}
    for place, name in enumerate(FRAMEWORKS):
        found[name] = [fill_in(DEFAULTS[row][place]) for row in rows]
    return found


def fill_in(text: str) -> str:
    """The text with each ``{condition:name}`` replaced by what was recorded under that name; 0 is ``none``.

    A name is one of what the condition counted, or ``tasks``. Where the measurements of a condition differ in it, the
    beginning of the one that is meant stands between: ``{condition:measurement:name}``.

    Raises:
        ValueError: no such recording, or it has nothing of that name, or several.

    >>> fill_in("{litellm_defaults:Router num_retries} further tries")
    '2 further tries'
    """
    return FIGURE.sub(lambda found: _find_figure(*found.groups()), text)


def _find_figure(condition: str, names: str) -> str:
    begun, _, name = names.rpartition(":")
    rows = pick(recorded(condition), begun) if begun else list(recorded(condition))
    counts = [{**each.counts, "tasks": each.tasks} for each in rows]
    values = sorted({float(each[name]) for each in counts if name in each})
    if len(values) != 1:
        raise ValueError(f"text must name one figure of {condition}, got {names!r}, which is {values}")
    return f"{values[0]:,.10g}" if values[0] else "none"


def told(*recordings: Recording) -> str:
    """Where the measurements are from: live or recorded, the days, and the versions that took part.

    Where some are live and some are not, it says so of both; how to measure is said only where none is live.
    """
    live = [each for each in recordings if each.live]
    said = [_tell_source(some) for some in (live, [each for each in recordings if not each.live]) if some]
    if not live:
        said.append(fill(f"To measure it yourself: {INSTALL}, then start with LABKIT_LIVE=1. It takes {TAKES}.", 96))
    return "\n".join(said)


def _tell_source(recordings: Sequence[Recording]) -> str:
    """A sentence on measurements that are all live, or all recorded."""
    days = sorted({each.date for each in recordings})
    versions = {name: version for each in recordings for row in each for name, version in row.versions.items()}
    packages = ", ".join(f"{name} {version}" for name, version in versions.items() if name != "counting-calls")
    when = "just now" if recordings[0].live else f"on {' to '.join(dict.fromkeys((days[0], days[-1])))}"
    return fill(f"Measured {when}" + (f" with {packages}." if packages else "."), 96)


FIGURE = re.compile(r"\{(\w+):([^{}]+)\}")
FRAMEWORKS = ("LiteLLM", "LangGraph", "Agents SDK", "CrewAI", "ours")
"""The heads of the columns of ``DEFAULTS``."""
_CLIENT = "the client {agents_sdk_defaults:client max_retries}"
HAS_NOT = "–"
"""What stands where a framework has no such thing, as far as we know: nothing of it can be read off."""
DEFAULTS = {
    "further tries": (
        "{litellm_defaults:Router num_retries}", f"{{langgraph_defaults:node retry_policy}}; {_CLIENT}",
        f"{{agents_sdk_defaults:model retry}}; {_CLIENT}",
        "{crewai_defaults:max_retry_limit} of the agent; the client {crewai_defaults:LLM max_retries}",
        "{our_defaults:retries}",
    ),
    "first wait": (
        "{litellm_defaults:first wait} s", "{langgraph_defaults:client first wait} s",
        "{agents_sdk_defaults:client first wait} s", "{crewai_defaults:client first wait} s",
        "{back_off:the Orchestrator, as it comes:longest wait, sec}",
    ),
    "longest `Retry-After` kept": (
        "{back_off:a Router:longest Retry-After kept, sec} s", "{back_off:as it comes:longest Retry-After kept, sec} s",
        "{back_off:as it comes:longest Retry-After kept, sec} s",
        "{crewai_back_off:as it comes:longest Retry-After kept, sec} s",
        "{back_off:the Orchestrator, as it comes:longest Retry-After kept, sec} s",
    ),
    "time-out": (
        "{litellm_defaults:Router timeout} s",
        "{langgraph_defaults:node timeout}; the client {langgraph_defaults:client timeout} s",
        "the client {agents_sdk_defaults:client timeout} s",
        "{crewai_defaults:LLM timeout}; the client {crewai_defaults:client timeout} s",
        "{our_defaults:timeout_sec} s a call",
    ),
    "fallback": (
        "{litellm_defaults:fallbacks}", "{langgraph_defaults:node error_handler}", HAS_NOT, HAS_NOT, "as stated",
    ),
    "cool-down": (
        "{litellm_defaults:Router cooldown_time} s, once more than {litellm_defaults:failing share} of at least "
        "{litellm_defaults:calls before a rest} calls failed", HAS_NOT, HAS_NOT, HAS_NOT, HAS_NOT,
    ),
    "rate limit": (
        "{litellm_defaults:optional_pre_call_checks}", HAS_NOT, HAS_NOT, "{crewai_defaults:max_rpm}",
        "{our_defaults:at_most} at once",
    ),
    "cache": (
        "{litellm_defaults:cache}; then {litellm_defaults:answers kept} answers for {litellm_defaults:sec kept} s",
        "{langgraph_defaults:node cache_policy}; its ttl is {langgraph_defaults:sec kept}", HAS_NOT,
        "{crewai_defaults:Crew cache}",
        "{our_defaults:cache}",
    ),
    "turns": (
        HAS_NOT, "{langgraph_defaults:recursion_limit} supersteps", "{agents_sdk_defaults:max_turns}",
        "{crewai_defaults:max_iter}", HAS_NOT,
    ),
    "budget": ("{litellm_defaults:provider_budget_config}", HAS_NOT, HAS_NOT, HAS_NOT, "must be stated"),
}  # fmt: skip
"""What holds where nothing is said: by LiteLLM's Router, LangGraph, the Agents SDK, CrewAI and our Orchestrator."""


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
