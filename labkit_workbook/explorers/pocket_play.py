"""A pocket model to play with: type a sum; see tokens, bill, confidence, the check's word and what a retry gives."""

from __future__ import annotations

import html
import math
from itertools import count
from typing import Any

import ipywidgets as widgets

from labkit_agents import elevens, nines, pocket

from .kernel_widget import KernelWidget

RUN_ME = (
    "In JupyterLab, run this cell (Shift+Enter) to ask sums of your own; it needs a running kernel. Here the small "
    "model is asked 1461+136+167+11 at temperature 1, and casting out nines checks it."
)
CHECKS = {"no check": None, "casting out nines": nines, "casting out elevens": elevens}
MOST = 4  # numbers in a sum
CELL = 'style="text-align:left;padding-right:1.2em"'
WIDE: dict[str, Any] = {"style": {"description_width": "9em"}, "layout": {"width": "26em"}}


class Playground(KernelWidget):
    """Controls, each with a name that a screen reader finds (a slider of ipywidgets has none), and
    the calls that they lead to, one line a call. ``ask`` works without the controls.
    """

    name, run_me = "playground", RUN_ME

    def __init__(self) -> None:
        self.sum = widgets.Text("1461+136+167+11", description="a sum", **WIDE)
        self.model = widgets.Dropdown(options=["small", "premium"], description="model", **WIDE)
        self.temperature = widgets.BoundedFloatText(1.0, min=0.0, max=2.0, step=0.1, description="temperature", **WIDE)
        self.check = widgets.Dropdown(options=list(CHECKS), value="casting out nines", description="check", **WIDE)
        self.retries = widgets.BoundedIntText(1, min=0, max=4, description="retries", **WIDE)
        self.again = widgets.Button(description="Ask again", tooltip="Ask the same sum with fresh luck")
        self.page = widgets.HTML()
        self._luck = count(1)
        self.turn = next(self._luck)
        controls = (self.sum, self.model, self.temperature, self.check, self.retries)
        for control in controls:
            control.observe(self._redraw, names="value")
        self.again.on_click(self._ask_again)
        self.box = widgets.VBox([*controls, self.again, self.page])

    def ask(
        self, text: str, model: str, temperature: float, check: str, retries: int, turn: int = 1
    ) -> list[dict[str, Any]]:
        """One entry a call: the reply, whether it is right, its tokens, USD, seconds, confidence, and the check's word.

        Args:
            text: whole numbers with plus signs between them, such as ``12+345``.
            model: ``"small"`` or ``"premium"``.
            temperature: from 0 (always the likeliest digit) upwards.
            check: one of ``CHECKS``.
            retries: how often a rejected answer is asked again.
            turn: another number is other luck.

        Raises:
            ValueError: the text is no sum of two to four whole numbers from 0 to 9,999.
        """
        numbers = read_sum(text)
        asked, gate, calls = getattr(pocket, model)(), CHECKS[check], []
        for attempt in range(retries + 1):
            call = pocket.Call(pocket.write_sum(numbers), id=f"playground {turn}/{attempt}", temperature=temperature)
            (reply,) = asked.complete([call])
            stated = pocket.read_number(reply.text)
            passed = None if gate is None else stated is not None and bool(gate.passes(numbers, stated))
            calls.append(
                {"text": reply.text, "right": stated == sum(numbers), "tokens_in": reply.tokens_in,
                 "tokens_out": reply.tokens_out, "usd": reply.usd, "sec": reply.sec,
                 "confidence": _confidence_of(reply), "passed": passed}
            )  # fmt: skip
            if passed is not False:
                break
        return calls

    def _ask_again(self, _: Any) -> None:
        self.turn = next(self._luck)
        self._redraw()

    def _redraw(self, _: Any = None) -> None:
        try:
            calls = self.ask(
                self.sum.value,
                self.model.value,
                self.temperature.value,
                self.check.value,
                self.retries.value,
                self.turn,
            )
        except ValueError as mistake:
            self.page.value = f'<p role="alert">{html.escape(str(mistake))}</p>'
            return
        self.page.value = _table_of(calls, sum(read_sum(self.sum.value)))


def read_sum(text: str) -> list[int]:
    """The numbers of a sum.

    Raises:
        ValueError: the text is no sum of two to four whole numbers from 0 to 9,999.

    >>> read_sum("12 + 345 =")
    [12, 345]
    """
    parts = text.strip().rstrip("=").split("+")
    if not 2 <= len(parts) <= MOST or not all(part.strip().isdecimal() and len(part.strip()) <= 4 for part in parts):
        raise ValueError(f"a sum must be two to {MOST} whole numbers from 0 to 9,999, such as 12+345; got {text!r}")
    return [int(part) for part in parts]


def _confidence_of(reply: Any) -> float:
    """The probability that the model itself gave to its reply."""
    return math.exp(sum(reply.log_probs)) if reply.log_probs else 0.0


def _table_of(calls: list[dict[str, Any]], truth: int) -> str:
    """The calls as a table, and what they came to."""
    said = {None: "not checked", True: "passed", False: "rejected"}
    rows = "".join(
        f"<tr><td {CELL}>{n}</td><td {CELL}>{html.escape(c['text'])}</td><td {CELL}>{'✓' if c['right'] else '✗'}</td>"
        f"<td {CELL}>{c['tokens_in']} + {c['tokens_out']}</td><td {CELL}>${c['usd']:.4f}</td>"
        f"<td {CELL}>{c['sec']:.2f} s</td><td {CELL}>{c['confidence']:.0%}</td><td {CELL}>{said[c['passed']]}</td></tr>"
        for n, c in enumerate(calls, 1)
    )
    names = ("call", "reply", "right", "tokens in + out", "bill", "seconds", "its own confidence", "check")
    head = "".join(f'<th scope="col" {CELL}>{name}</th>' for name in names)
    last, usd, sec = calls[-1], sum(c["usd"] for c in calls), sum(c["sec"] for c in calls)
    verdict = "right" if last["right"] else f"wrong: it is {truth}"
    noun = "call" if len(calls) == 1 else "calls"
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f'<p role="status">{len(calls)} {noun}, ${usd:.4f}, {sec:.2f} s; the last answer is {verdict}.</p>'
    )
