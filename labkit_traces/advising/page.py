"""The report as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..report import many
from . import words
from .comparison_words import COMPARED, compared_notes, compared_on, compared_rows
from .waterfall import draw_task

STYLE = Path(__file__).with_name("page.css")
TITLES = {
    "median": "A task of median length",
    "slow": "A slow task (95 of 100 are as quick)",
    "dear": "The dearest task",
}
COUNTS = ("", "One task", "Two tasks", "Three tasks")
ABOUT = (
    "Nothing of what was asked, answered or done is on this page: names of steps and models, times, counts and prices "
    "are all that was kept."
)


def as_page(data: Mapping[str, Any]) -> str:
    """The report as an HTML page."""
    return _document(
        "Where the money, the seconds and the failures go",
        [
            f"<p>{many(data['tasks'], 'task')} read. In brackets stand intervals that hold the true value "
            f"{data['level']:.0%} of the time. {ABOUT}</p>",
            _three(data), _bear_in_mind(data["warnings"]),
            "<h2>Where it goes, step by step</h2>", _steps(data),
            _also(data),
            "<h2>The best changes, each made alone</h2>", _changes(data),
            f"<h2>{COUNTS[len(data['shown'])]}, call by call</h2>" if data["shown"] else "", *map(_task, data["shown"]),
            "<h2>What was not seen</h2>", _list(words.unseen(data)),
        ],
    )  # fmt: skip


def comparison_page(data: Mapping[str, Any]) -> str:
    """A comparison as an HTML page."""
    return _document(
        "What the change really did",
        [
            f"<p>{compared_on(data)} {ABOUT}</p>", _table("Of a task", COMPARED, compared_rows(data)),
            _bear_in_mind(compared_notes(data)),
        ],
    )  # fmt: skip


def _document(title: str, parts: Iterable[str]) -> str:
    style = STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _three(data: Mapping[str, Any]) -> str:
    """The three numbers, and the month."""
    task, budgets = data["per_task"], data["budgets"]
    lower = " (a lower bound)" if data["lower_bound"] and task["usd"] else ""
    boxes = [
        (f"A task costs{lower}", words.spread(task["usd"], words.usd), _limit(budgets.get("usd"), words.usd)),
        ("95 of 100 tasks take at most", words.spread(task["p95_sec"], words.sec),
         "; ".join(filter(None, [
             _limit(budgets.get("p95_sec"), words.sec), f"in the mean {words.spread(task['sec'], words.sec)}",
         ]))),
        ("A task ends right", words.spread(task["p"], words.share),
         _limit(budgets.get("success"), words.share, "below")),
        ("A task makes", f"{words.spread(task['calls'])} calls", "of a model" + _tools(task["tools"])),
    ]  # fmt: skip
    if data["month"]:
        bill = words.spread(data["month"]["usd"], words.usd)
        boxes.append((f"A month costs{lower}", bill, f"at {words.plain(data['month']['per_day'])} tasks a day"))
    return '<dl class="three">' + "".join(_box(*box) for box in boxes) + "</dl>"


def _tools(runs: Sequence[Any] | None) -> str:
    return f"; and {words.spread(runs)} runs of tools" if runs and runs[0] else ""


def _box(name: str, value: str, more: str) -> str:
    broken = ' class="broken"' if more.startswith(("over", "below")) else ""
    return f"<div{broken}><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"


def _limit(budget: Mapping[str, Any] | None, say: Any, over: str = "over") -> str:
    if budget is None:
        return ""
    kept = {True: "within", False: over, None: "nobody can tell whether within"}[budget["kept"]]
    return f"{kept} the budget of {say(budget['limit'])}{'' if budget['surely'] else words.NOT_SURELY}"


def _bear_in_mind(notes: Sequence[str]) -> str:
    return f"<h2>To bear in mind</h2>{_list(notes)}" if notes else ""


def _also(data: Mapping[str, Any]) -> str:
    said = words.also_fitted(data)
    return f"<h2>Also fitted</h2>{_list(said)}" if said else ""


def _steps(data: Mapping[str, Any]) -> str:
    """The steps, with bars for their shares of the dollars and of the failures."""
    rows = []
    for row, shares in zip(words.step_rows(data), words.step_shares(data), strict=True):
        bars = {what: _bar(value, what, row[0]) for what, value in zip(words.SHARES, shares, strict=True)}
        rows.append([bars.get(what, cell) for what, cell in zip(words.HEADS, row, strict=True)])
    barred = {words.HEADS.index(what) for what in words.SHARES}
    path = "".join(f"<p>{escape(said)}</p>" for said in words.longest_path(data))
    calls = words.call_rows(data)
    return (
        _table("Steps, in the order in which they run", words.HEADS, rows, barred)
        + path
        + (_table("Single calls, and runs of tools", words.CALL_HEADS, calls) if calls else "")
    )


def _bar(value: float | None, what: str, step: str) -> str:
    said = words.share(value)
    if value is None:
        return said
    return f'{escape(said)}<meter value="{value:.4f}" aria-label="{escape(f"{what}, {step}: {said}")}"></meter>'


def _changes(data: Mapping[str, Any]) -> str:
    if not data["changes"]:
        return f"<p>{words.NO_CHANGE}</p>"
    now = data["month"]["usd"][0] if data["month"] else None
    return "<ol>" + "".join(_change(each, now, data["lower_bound"]) for each in data["changes"]) + "</ol>"


def _change(each: Mapping[str, Any], now: float | None, lower: bool) -> str:
    said = [
        f"Dollars of a task {words.change(each['usd'], words.usd)}",
        f"seconds {words.change(each['sec'], words.sec)}",
        f"share right {words.points_gained(each['p'])}",
    ]
    if now is not None and each["usd"] and each["usd"][0]:
        bound = words.LOWER if lower else ""
        said.append(f"a month {words.usd(each['usd_a_month'])} instead of {words.usd(now)}{bound}")
    what = each["what"][0].upper() + each["what"][1:]
    return (
        f"<li><strong>{escape(what)}.</strong> {escape('; '.join(said))}."
        f'<div class="if">If {escape(each["assumption"])}.</div></li>'
    )


def _task(task: Mapping[str, Any]) -> str:
    right = {True: ", ended right", False: ", ended wrong", None: ""}[task["right"]]
    price = "dollars unknown" if task["usd"] is None else words.usd(task["usd"])
    title = f"{TITLES[task['kind']]}: {words.sec(task['sec'])}, {price}{right}"
    more = f"<p>And {task['more']:,} more calls.</p>" if task["more"] else ""
    return f"<figure><figcaption>{escape(title)}</figcaption>{draw_task(task)}{more}</figure>"


def _list(items: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], ready: frozenset[int] | set[int] = frozenset()
) -> str:
    """A table; the cells of the columns in ``ready`` are HTML already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = []
    for row in rows:
        first, *rest = (cell if i in ready else escape(cell) for i, cell in enumerate(row))
        named = zip(heads[1:], rest, strict=True)
        cells = "".join(f'<td data-head="{escape(name)}">{cell}</td>' for name, cell in named)
        body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    rows_shown = "".join(body)
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows_shown}</tbody></table>"
    )
