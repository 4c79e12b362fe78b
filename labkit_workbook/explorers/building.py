"""A workflow put together by hand: steps, models and levers; its three numbers, its drawing, and its code beside it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from labkit import PREMIUM, SMALL, Outcome, Workflow, cache, chain, debate, gate, parallel, plots, retry

from .kernel_widget import KernelWidget

RUN_ME = (
    "In JupyterLab, run this cell (Shift+Enter) to build a workflow of your own; it needs a running kernel. Here is "
    "the one that the controls begin with."
)
ARRANGED = {"one after another": "chain", "side by side": "parallel"}
MODELS = {"premium": PREMIUM, "small": SMALL}
MOST = 24  # steps; more cannot be read in a drawing
WHOLE: dict[str, Any] = {"layout": {"width": "auto"}}  # as wide as its words
WIDE: dict[str, Any] = {"style": {"description_width": "11em"}, "layout": {"width": "24em"}}


@dataclass(frozen=True)
class Part:
    """Some steps of one model, one after another or side by side, after all the parts before."""

    steps: int
    model: str
    arranged: str
    debated: bool = False

    @property
    def code(self) -> str:
        """The expression that makes it."""
        made = f"{ARRANGED[self.arranged]}({self.steps}, {self.model.upper()})"
        return f"{made}.pipe(debate, agents=3, rounds=2)" if self.debated else made

    @property
    def workflow(self) -> Workflow:
        """What the expression makes."""
        arrange = chain if ARRANGED[self.arranged] == "chain" else parallel
        made = arrange(self.steps, MODELS[self.model])
        return made.pipe(debate, agents=3, rounds=2) if self.debated else made


def code_of(parts: list[Part], retries: int = 0, noticed: float = 1.0, hit_rate: float = 0.0) -> str:
    """The expression that makes the workflow of these parts and levers.

    >>> code_of([Part(1, "premium", "one after another"), Part(3, "small", "side by side")], retries=1)
    'chain(1, PREMIUM).then(parallel(3, SMALL)).pipe(retry, 1)'
    """
    first, *rest = (part.code for part in parts)
    made = first + "".join(f".then({other})" for other in rest)
    if hit_rate:
        made += f".pipe(cache, hit_rate={hit_rate:g})"
    if retries and noticed < 1:
        return f"{made}.pipe(gate, {noticed:g}, 0.0, {retries})"
    return f"{made}.pipe(retry, {retries})" if retries else made


def workflow_of(parts: list[Part], retries: int = 0, noticed: float = 1.0, hit_rate: float = 0.0) -> Workflow:
    """What the expression of ``code_of`` makes.

    >>> workflow_of([Part(2, "small", "one after another", debated=True)]).outcome().latency
    1.6
    """
    made = parts[0].workflow
    for part in parts[1:]:
        made = made.then(part.workflow)
    if hit_rate:
        made = made.pipe(cache, hit_rate=hit_rate)
    if retries and noticed < 1:
        return made.pipe(gate, noticed, 0.0, retries)
    return made.pipe(retry, retries) if retries else made


class Builder(KernelWidget):
    """Controls, each with a name that a screen reader finds, and what they make."""

    name, run_me = "builder", RUN_ME

    def __init__(self) -> None:
        self.parts = [Part(1, "premium", "one after another"), Part(3, "small", "side by side")]
        self.steps = widgets.BoundedIntText(1, min=1, max=12, description="steps to add", **WIDE)
        self.model = widgets.Dropdown(options=list(MODELS), description="on the model", **WIDE)
        self.arranged = widgets.Dropdown(options=list(ARRANGED), description="arranged", **WIDE)
        self.debated = widgets.Checkbox(
            False, description="each of them a debate, 3 agents, 2 rounds", indent=False, **WHOLE
        )
        self.add = widgets.Button(
            description="Add these steps", tooltip="Add these steps after all the others", **WHOLE
        )
        self.drop = widgets.Button(description="Take the last away", tooltip="Take the last part away", **WHOLE)
        self.retries = widgets.BoundedIntText(0, min=0, max=4, description="retries of each step", **WIDE)
        self.noticed = widgets.BoundedFloatText(
            1.0, min=0.0, max=1.0, step=0.05, description="failures noticed", **WIDE
        )
        self.hit_rate = widgets.BoundedFloatText(0.0, min=0.0, max=1.0, step=0.1, description="cache hit rate", **WIDE)
        self.accounting = widgets.Dropdown(options=["expected", "textbook", "worst"], description="accounting", **WIDE)
        self.page = widgets.HTML()
        self.add.on_click(self._add_part)
        self.drop.on_click(self._drop_part)
        levers = (self.retries, self.noticed, self.hit_rate, self.accounting)
        for control in levers:
            control.observe(self._redraw, names="value")
        building = [self.steps, self.model, self.arranged, self.debated, widgets.HBox([self.add, self.drop])]
        columns = [widgets.VBox(each, layout={"flex": "0 0 auto"}) for each in (building, levers)]
        self.box = widgets.VBox([widgets.HBox(columns, layout={"flex_flow": "row wrap"}), self.page])

    @property
    def code(self) -> str:
        """The expression that makes the workflow as the controls stand."""
        return code_of(self.parts, **self._read_levers())

    @property
    def workflow(self) -> Workflow:
        """The workflow as the controls stand, to go on with in the next cell."""
        return workflow_of(self.parts, **self._read_levers())

    def _read_levers(self) -> dict[str, Any]:
        return {
            "retries": self.retries.value,
            "noticed": round(self.noticed.value, 4),
            "hit_rate": round(self.hit_rate.value, 4),
        }

    def _add_part(self, _: Any) -> None:
        if sum(part.steps for part in self.parts) + self.steps.value <= MOST:
            self.parts.append(Part(self.steps.value, self.model.value, self.arranged.value, self.debated.value))
        self._redraw()

    def _drop_part(self, _: Any) -> None:
        if len(self.parts) > 1:
            self.parts.pop()
        self._redraw()

    def _redraw(self, _: Any = None) -> None:
        workflow = self.workflow
        outcome = workflow.outcome(self.accounting.value)
        picture = plots.draw(workflow)._repr_mimebundle_()["text/html"]
        left = MOST - len(workflow)
        full = f"<p>No more than {MOST} steps can be drawn; {left} are left.</p>" if left < self.steps.value else ""
        call = f'workflow = {self.code}\nworkflow.outcome("{self.accounting.value}")'
        self.page.value = f"{_write_numbers(outcome)}{full}{picture}<pre>{html.escape(call)}</pre>"


def _write_numbers(outcome: Outcome) -> str:
    """The three numbers on one line."""
    numbers = html.escape(" · ".join(re.split(r" {2,}", str(outcome))[:3]))
    return f'<p role="status"><b>{numbers}</b></p>'
