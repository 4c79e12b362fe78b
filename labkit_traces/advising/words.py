"""The report as text to read, made from its data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from labkit._shown import aligned_lines

from ..counting.tasks import FREE
from ..fitting.steps import EVEN_SHARE, OWN
from ..report import many

Interval = Sequence[Any] | None
UNKNOWN = "unknown"
LOWER = ", a lower bound"
NOT_SURELY = ", but no interval says so surely"
NAMES = {"usd": "dollars", "sec": "seconds", "p": "share right"}
NO_CHANGE = "No change stands out: of all that could be told the intervals hold 0, and of a single task nothing can be."


def usd(value: float | None) -> str:
    """Dollars in words."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 1:
        return f"${value:,.2f}"
    return (
        f"${value:.4g}"
        if abs(value) >= 1e-4 or not value
        else f"${value:.{3 - math.floor(math.log10(abs(value)))}f}".rstrip("0")
    )


def sec(value: float | None) -> str:
    """Seconds in words."""
    return UNKNOWN if value is None else f"{plain(value)} s"


def share(value: float | None) -> str:
    """A share of tasks in words."""
    return UNKNOWN if value is None else f"{value:.1%}"


def plain(value: float | None) -> str:
    """A number in words."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def points(value: float | None) -> str:
    """A difference of shares in words."""
    return UNKNOWN if value is None else f"{100 * value:+.3g} points"


def points_gained(interval: Interval) -> str:
    """A difference of shares with its interval, in words."""
    return "unchanged" if interval is not None and interval[0] == 0 and not any(interval) else spread(interval, points)


def spread(interval: Interval, say: Any = plain) -> str:
    """An estimate with its interval, in words."""
    if interval is None:
        return UNKNOWN
    value, low, high = interval
    if low is None:
        return say(value)
    return f"{say(value)} ({say(low)} or more)" if high is None else f"{say(value)} ({say(low)} to {say(high)})"


def change(interval: Interval, say: Any) -> str:
    """A difference with its interval, in words, with its sign."""
    if interval is None:
        return UNKNOWN
    if interval[0] == 0 and interval[1] == interval[2]:
        return "unchanged"
    signed = [None if value is None else ("-" if value < 0 else "+") + say(abs(value)) for value in interval]
    return f"{signed[0]}" if None in signed else f"{signed[0]} ({signed[1]} to {signed[2]})"


def as_text(data: Mapping[str, Any]) -> str:
    """The whole report."""
    level, task = f"{data['level']:.0%}", data["per_task"]
    bound = LOWER if data["lower_bound"] and task["usd"] else ""
    lines = [
        f"{many(data['tasks'], 'task')}. In brackets: intervals that hold the true value {level} of the time.",
        "",
        f"A task costs      {spread(task['usd'], usd)}{bound}{_budget(data, 'usd', usd)}",
        f"  takes           {spread(task['sec'], sec)}; 95 of 100 within {spread(task['p95_sec'], sec)}"
        f"{_budget(data, 'p95_sec', sec)}",
        f"  ends right      {spread(task['p'], share)}{_budget(data, 'success', share)}",
        f"  makes           {calls_and_tools(data)}",
    ]
    if data["month"]:
        month = data["month"]
        lines.append(f"A month of {plain(month['per_day'])} tasks a day costs {spread(month['usd'], usd)}{bound}.")
    lines += ["", *aligned_lines([HEADS, *step_rows(data)]), *longest_path(data)]
    if rows := call_rows(data):
        lines += ["", *aligned_lines([CALL_HEADS, *rows])]
    if more := also_fitted(data):
        lines += ["", "Also fitted", *(f"  {each}" for each in more)]
    lines += ["", "The best changes, each made alone", *change_lines(data)]
    if data["warnings"]:
        lines += ["", "To bear in mind", *(f"  {each}" for each in data["warnings"])]
    lines += ["", "Not seen", *(f"  {each}" for each in unseen(data))]
    return "\n".join(lines)


HEADS = ("step", "model", "calls", "USD a task", "share", "seconds a task", "on the longest path", "right", "failures")
SHARES = HEADS[4], HEADS[6], HEADS[8]


def step_shares(data: Mapping[str, Any]) -> list[tuple[float | None, float | None, float | None]]:
    """What share each step has of the dollars, of the longest path and of the failures; None where nobody can tell."""
    total = sum((step["usd"] or [0.0])[0] or 0.0 for step in data["steps"])
    return [
        (step["usd"][0] / total if step["usd"] and total else None, (step["critical"] or [None])[0], step["failures"])
        for step in data["steps"]
    ]


def step_rows(data: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row for each step."""
    return [
        (
            step["name"], step["model"], plain((step["calls"] or [None])[0]),
            spread(step["usd"], usd) + (LOWER if step["lower_bound"] and step["usd"] else ""),
            share(dollars), spread(step["sec"], sec), share(critical),
            UNKNOWN if step["p_from"] == EVEN_SHARE else spread(step["p"], share), share(failures),
        )
        for step, (dollars, critical, failures) in zip(data["steps"], step_shares(data), strict=True)
    ]  # fmt: skip


def longest_path(data: Mapping[str, Any]) -> list[str]:
    """The steps on the longest path, in a sentence; none where no moments were recorded."""
    visited = {step["name"]: (step["visited"] or [1.0])[0] for step in data["steps"]}
    named = [name if visited[name] == 1 else f"{name} (in {share(visited[name])} of the tasks)"
             for name in data["critical"]]  # fmt: skip
    return [f"Longest path: {', '.join(named)}."] if data["per_task"]["sec"] else []


CALL_HEADS = ("a call of", "seconds, median", "seconds, p95", "USD, median", "USD, p95")


def call_rows(data: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """How long single calls take and what they cost: a row for each step of which one of the two is known."""
    measures = [(of, at, say) for of, say in (("call_sec", sec), ("call_usd", usd)) for at in ("median", "p95")]
    return [
        (step["name"], *(spread(step[of][at], say) for of, at, say in measures))
        for step in data["steps"]
        if step["call_sec"]["median"] or step["call_usd"]["median"]
    ]


def calls_and_tools(data: Mapping[str, Any]) -> str:
    """How many calls a task makes, and how often it runs tools."""
    task = data["per_task"]
    runs = f", and {spread(task['tools'])} runs of tools" if task["tools"] and task["tools"][0] else ""
    return f"{spread(task['calls'])} calls of a model{runs}"


def also_fitted(data: Mapping[str, Any]) -> list[str]:
    """What was fitted beyond the three numbers and the steps: a sentence each."""
    load, between, said = data["load"], data["per_task"]["between"], []
    if between:
        said.append(f"Seconds of a task in which nothing that was recorded ran: {spread(between, sec)}.")
    if data["correlation"]:
        said.append(f"Two tries of one item are alike with a correlation of {spread(data['correlation'])}.")
    for step in data["steps"]:
        said += _said_of(step)
        if step["context"]:
            first, growth = step["context"]["first"], step["context"]["growth"]
            said.append(
                f"A conversation of {step['name']} sends {spread(first)} tokens with its first call, and "
                f"{spread(growth)} more with each further one."
            )
    if load["per_sec"]:
        bursts = f"; the squared variation of the gaps between them is {plain(load['burstiness'])} (1 at random, "
        bursts = f"{bursts}more in bursts)" if load["burstiness"] is not None else ""
        said.append(f"Tasks that arrive in an hour: {spread(load['per_sec'], _an_hour)}{bursts}.")
    if load["in_flight"]:
        most = f", {load['most_in_all']:,} of all tasks" if load["most_in_all"] else ""
        said.append(
            f"Calls of a task that run at once: {spread(load['in_flight'])} in the mean; at most "
            f"{load['most_in_task']:,} of one task{most}."
        )
    return said


def _said_of(step: Mapping[str, Any]) -> list[str]:
    """Who visits a step, whether it may wait, and what its tries did: a sentence each."""
    said, name = [], step["name"]
    if step["visited"] and step["visited"][0] < 1:
        among = ""
        if step["p_from"] == OWN:
            p = 1 - (1 - step["p"][0]) / step["visited"][0]
            among = f"; it is right in {share(p)} of these, and the table counts the others as right, too"
        said.append(f"{spread(step['visited'], share)} of the tasks visit {name}{among}.")
    if step["hit_rate"] and step["hit_rate"][0]:
        said.append(f"An answer cache serves {spread(step['hit_rate'], share)} of the visits of {name}.")
    if step["slack"] and step["slack"][0]:
        said.append(f"{name} could take {spread(step['slack'], sec)} longer without delaying the end.")
    if step["retries"]:
        found = {what: spread(step["retries"][what], share) for what in ("detection", "false_alarm", "recovery")}
        said.append(
            f"Of the wrong tries of {name} {found['detection']} were followed by another, of the right ones "
            f"{found['false_alarm']}; a try after a rejected one was right {found['recovery']} of the time."
        )
    return said


def change_lines(data: Mapping[str, Any]) -> list[str]:
    """The changes, each with what it does and what it takes for granted."""
    lines = []
    for number, each in enumerate(data["changes"], 1):
        bound = LOWER if data["lower_bound"] else ""
        month = f", {usd(each['usd_a_month'])} a month{bound}" if each["usd_a_month"] is not None else ""
        lines += [
            f"  {number}. {each['what']}: dollars {change(each['usd'], usd)} a task{month}; seconds "
            f"{change(each['sec'], sec)}; share right {points_gained(each['p'])}",
            f"     if {each['assumption']}.",
        ]
    return lines or [f"  {NO_CHANGE}"]


def unseen(data: Mapping[str, Any]) -> list[str]:
    """What of the calls nobody saw or priced, and what was left out."""
    seen = data["seen"]
    said = [f"{tokens:,} tokens of {model} without a price" for model, tokens in seen["money"]["unpriced"].items()]
    said += [
        f"{count:,} calls without usage: {what}{' (usually not billed)' if what in FREE else ''}"
        for what, count in seen["money"]["unobserved"].items()
    ]
    said += [f"left out ({count:,}): {what}" for what, count in seen["dropped"].items()]
    said += [f"noted ({count:,}): {what}" for what, count in seen["noted"].items()]
    lost = sum(source["malformed"] + source["unknown"] for source in seen["files"])
    said += [f"{lost:,} records that could not be read"] if lost else []
    reasons: dict[str, list[str]] = {}
    for step in data["steps"]:
        if step["no_retries"] and step["model"] != "tool":
            reasons.setdefault(step["no_retries"], []).append(step["name"])
    for reason, names in reasons.items():
        said.append(f"detection and recovery are not identifiable ({', '.join(names)}): {reason}")
    return said or ["nothing was missed that the traces know of"]


def _an_hour(per_sec: float) -> str:
    return plain(3600 * per_sec)


def _budget(data: Mapping[str, Any], name: str, say: Any) -> str:
    budget = data["budgets"].get(name)
    if budget is None:
        return ""
    kept = {True: "keeps", False: "BREAKS", None: "may keep"}[budget["kept"]]  # None: nobody can tell
    return f", which {kept} {say(budget['limit'])}{'' if budget['surely'] else NOT_SURELY}"
