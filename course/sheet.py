"""Makes docs/sheet.html, one page to print: the formulas of labkit's docstrings, each with its symbols, and the levers.

The frame, with the table of levers, is course/sheet_frame.html; `course/pages.py` writes and checks the page.
"""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit import cost, latency, reliability

FRAME = Path(__file__).resolve().parent / "sheet_frame.html"
SHOWN = {
    cost: (
        "task_cost", "debate_calls", "expected_attempts", "steps_until_failure", "growing_context_tokens",
        "cached_prefix", "quality_per_dollar", "cost_per_success", "profit",
    ),
    latency: ("sequential", "side_by_side", "staged", "longest_path"),
    reliability: (
        "product_law", "chain_success", "implied_p", "steps_until_below", "with_retries", "with_detected_retry",
        "gated", "steps_with_early_stop",
    ),
}  # fmt: skip
SECTION = r" \([^()]*\bsection\b[^()]*\)"
SYMBOLS = {"kappa": "κ", "sum": "Σ", "prod": "Π", ">=": "≥", "<=": "≤", " * ": " · ", "-": "−"}
SYMBOL = re.compile(r"^([A-Za-z](?:_\w+)?|kappa), (.*)$")
TRIMMED = re.compile(
    r" along the last axis|[,;] (?:a whole number|zero or more|each in|in [\[(]0|at least|any finite).*$"
)


def sheet() -> str:
    """The whole page."""
    page = FRAME.read_text(encoding="utf-8")
    for module, names in SHOWN.items():
        front = module.__name__.rpartition(".")[2]
        rows = "\n".join(_row(front, name, getattr(module, name)) for name in names)
        page = page.replace(f"<!-- formulas of {front} -->", rows)
    return page


def _row(front: str, name: str, function: Callable[..., Any]) -> str:
    """One line of the table: what it is, the formula with its symbols, the function's name."""
    symbols = "; ".join(f"<i>{as_math(symbol)}</i> {as_words(words)}" for symbol, words in symbols_of(function))
    beside = f"<br><small>{symbols}</small>" if symbols else ""
    return (
        f'<tr><td>{as_words(what_is(function))}</td><td><span class="f">{formula_of(function)}</span>{beside}</td>'
        f"<td><code>{front}.{name}</code></td></tr>"
    )


def what_is(function: Callable[..., Any]) -> str:
    """The first sentence of a docstring, up to its colon.

    >>> what_is(cost.task_cost)
    'Cost of one task'
    """
    return re.split(r"[:.](?:\s|$)", re.sub(SECTION, "", _text_of(function).split("\n\n")[0]))[0]


def formula_of(function: Callable[..., Any]) -> str:
    """The formula of a docstring as HTML: the sentence that begins with "Formula".

    >>> formula_of(reliability.with_retries)
    '1 − (1−p)<sup>k+1</sup>'
    """
    for paragraph in _text_of(function).split("\n\n"):
        found = re.match(r"Formula[^:]*: ((?:``.*?``|[^`.]|\.(?!\s|$))*)", paragraph)
        if found:
            pieces = re.split(r"``(.*?)``", re.sub(SECTION, "", found[1]))
            return "".join(as_math(part) if i % 2 else as_words(part) for i, part in enumerate(pieces)).strip(" ,;")
    raise ValueError(f"the docstring of {function.__name__} has no line that begins with Formula")


def symbols_of(function: Callable[..., Any]) -> list[tuple[str, str]]:
    """The symbols of a formula and what each means, from the docstring's arguments.

    >>> symbols_of(cost.expected_attempts)
    [('k', 'retries')]
    """
    found = []
    arguments = re.search(r"^Args:\n((?:    .*\n?|\n)*)", inspect.getdoc(function) or "", re.MULTILINE)
    for entry in re.split(r"\n(?=    \w)", arguments[1].rstrip() if arguments else ""):
        name, _, said = re.sub(r"\s+", " ", entry.strip()).partition(": ")
        symbol = SYMBOL.match(said)
        if symbol:
            words = TRIMMED.sub("", ", " + symbol[2]).removeprefix(", ").rstrip(".")
            found.append((symbol[1], words or name))
    return found


def as_math(code: str) -> str:
    """A formula of a docstring as HTML, with powers above the line and indices below it.

    >>> as_math("kappa * sum_s c_s")
    'κ · Σ<sub>s</sub> c<sub>s</sub>'
    """
    text = html.escape(code, quote=False)
    text = re.sub(r"\^\(([^()]*)\)|\^(\w+)", lambda m: f"<sup>{m[1] or m[2]}</sup>", text)
    text = re.sub(r"_\{([^}]*)\}|_([A-Za-z]\w*|\d)", lambda m: f"<sub>{m[1] or m[2]}</sub>", text)
    for plain, shown in SYMBOLS.items():
        text = text.replace(html.escape(plain, quote=False), shown)
    return text


def as_words(text: str) -> str:
    """Words of a docstring as HTML."""
    return re.sub(r"``(.*?)``", r"<code>\1</code>", html.escape(text, quote=False))


def _text_of(function: Callable[..., Any]) -> str:
    """The docstring, one line a paragraph."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(re.sub(r"\s+", " ", paragraph) for paragraph in paragraphs)
