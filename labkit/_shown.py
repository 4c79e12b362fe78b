"""A workflow as a small table of texts: what a learner sees when a cell ends with one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ._html import NEUTRAL, escaped
from .outcome import Outcome
from .steps import Step, is_above_zero

HEAD = ("steps", "after", "model", "usd", "sec", "p_ok", "around the call")


def as_text(steps: Sequence[Step], outcome: Callable[[str], Outcome]) -> str:
    """The table and the numbers as plain text."""
    return "\n".join([_write_title(steps), *aligned_lines(step_rows(steps)), *outcome_lines(outcome)])


def aligned_lines(rows: Sequence[Sequence[str]], numeric: Sequence[bool] = ()) -> list[str]:
    """A line for each row, its cells below those of the other rows; ``numeric`` columns are flush right.

    >>> aligned_lines([("design", "usd"), ("a", "0.1")], (False, True))
    ['design  usd', 'a       0.1']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [">" if right else "<" for right in numeric] or ["<"] * len(widths)
    shape = "  ".join(f"{{:{side}{width}}}" for side, width in zip(sides, widths, strict=True))
    return [shape.format(*row).rstrip() for row in rows]


def as_html(steps: Sequence[Step], outcome: Callable[[str], Outcome]) -> str:
    """The same for a notebook; every text is escaped."""
    head, *body = step_rows(steps)
    cells = "".join(f"<th scope='col' style='text-align:left'>{escaped(c)}</th>" for c in head)
    lines = ("".join(f"<td style='text-align:left'>{escaped(c)}</td>" for c in row) for row in body)
    rows = "".join(f"<tr>{line}</tr>" for line in lines)
    numbers = "<br>".join(map(escaped, outcome_lines(outcome)))
    table = f"<caption>{_write_title(steps)}</caption><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody>"
    return f"{NEUTRAL}<table>{table}</table><p>{numbers}</p>"


def _write_title(steps: Sequence[Step]) -> str:
    return f"Workflow of {len(steps)} step{'s' if len(steps) > 1 else ''}"


def step_rows(steps: Sequence[Step]) -> list[tuple[str, ...]]:
    """A head and one row for each run of steps that are alike and stand in the same way."""
    runs = groupby(range(len(steps)), key=lambda i: (steps[i].key, steps[i].difficulty, _dependency(steps, i)))
    return [HEAD, *(_write_row([steps[i] for i in run]) for _, run in runs)]


def outcome_lines(outcome: Callable[[str], Outcome]) -> list[str]:
    """The numbers of all accountings where they differ, else once; then what to know about them."""
    textbook, expected, worst = outcomes = [outcome(name) for name in ("textbook", "expected", "worst")]
    if _are_equal(textbook, expected) and _are_equal(textbook, worst):
        outcomes = [expected]
    if np.ndim(textbook.cost) > 0:
        return [str(each) for each in outcomes]
    lines = [each.numbers() + (f"   ({each.accounting})" if len(outcomes) > 1 else "") for each in outcomes]
    return lines + (textwrap.wrap(expected.note, 96) if np.isnan(expected.latency) else [])


def _are_equal(one: Outcome, other: Outcome) -> bool:
    return np.array_equal(one.cost, other.cost) and np.array_equal(one.latency, other.latency, equal_nan=True)


def _dependency(steps: Sequence[Step], i: int) -> Any:
    """How a step waits: for the step just above it, or for these."""
    above = i > 0 and steps[i].needs == (steps[i - 1].name,)
    return "in order" if above or (i == 0 and len(steps) > 1 and steps[1].needs == (steps[0].name,)) else steps[i].needs


def _write_row(members: list[Step]) -> tuple[str, ...]:
    first, last = members[0], members[-1]
    names = f"{first.name} ... {last.name} ({len(members)})" if len(members) > 1 else first.name
    after = ", ".join(first.needs[:3]) + (" ..." if len(first.needs) > 3 else "")
    if len(members) > 1 and members[1].needs == (first.name,):
        after = f"{', '.join(first.needs)}, then one another" if first.needs else "one another"
    numbers = map(_format_number, (first.model.usd, first.model.sec, first.model.p_ok))
    return names, after or "-", first.model.name, *numbers, _describe_levers(first)


def _describe_levers(step: Step) -> str:
    """The levers on a step, in words."""
    words = [str(step.difficulty)] if step.difficulty != "hard" else []
    if step.debate:
        words.append(f"debate {_format_number(step.debate.agents)} x {_format_number(step.debate.rounds)}")
    if step.gate:
        person = ", then a person" if step.gate.person else ""
        words.append(f"gate d={_format_number(step.gate.detection)} f={_format_number(step.gate.false_alarm)}{person}")
    if is_above_zero(step.retries):
        words.append(f"retries {_format_number(step.retries)}")
    if step.cache:
        unchecked = " of first answers" if step.cache.stored == "first" else ""
        words.append(f"cache {_format_number(step.cache.hit_rate)}{unchecked}")
    if step.may_end_early or step.judge:
        words.append(f"stops early {_format_number(step.good_enough)}")
    if step.judge:
        words.append(f"judge s={_format_number(step.judge.recall)} e={_format_number(step.judge.false_alarm)}")
    if not step.repeatable:
        words.append("once only")
    return ", ".join(words) or "-"


def _format_number(value: Any) -> str:
    if np.ndim(value) == 0:
        return f"{float(value):g}"
    if np.size(value) == 0:
        return "none"
    return f"{np.min(value):g}..{np.max(value):g}"
