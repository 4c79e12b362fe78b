"""Sliders over the formulas, for notebooks. Move one and the numbers and the picture follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.display import display

from . import cost, plots, reliability
from .levers import cache, parallelize, retry, route
from .workflow import PREMIUM, SMALL, Workflow, chain, easy

WIDE = {"description_width": "10em"}
RUN_ME = "Run this cell to get sliders (they need a running kernel)."


class Explorer:
    """Sliders and what they show; ``show(**values)`` makes the picture, and can be called without sliders."""

    def __init__(self, show: Callable[..., plots.Picture], **sliders: Any) -> None:
        self.show = show
        self.sliders = sliders
        self.output = widgets.Output()
        self.box = widgets.VBox([*sliders.values(), self.output])
        for slider in sliders.values():
            slider.observe(self._redraw, names="value")

    def values(self) -> dict[str, Any]:
        """Where the sliders stand."""
        return {name: slider.value for name, slider in self.sliders.items()}

    def _redraw(self, _: Any = None) -> None:
        with self.output:
            self.output.clear_output(wait=True)
            display(self.show(**self.values()))

    def __repr__(self) -> str:
        return RUN_ME

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        self._redraw()
        bundle = self.box._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": RUN_ME}, metadata


def growing_context() -> Explorer:
    """Tokens billed by an agent that sends its whole conversation again with each call."""

    def show(first: int, growth: int, steps: int) -> plots.Picture:
        s = np.arange(1, steps + 1)
        billed = cost.growing_context_tokens(first, growth, s)
        total = float(np.asarray(billed)[-1])
        return plots.curves(
            s,
            {"conversation sent again": np.asarray(billed), "every call like the first": first * s},
            "steps",
            "input tokens billed in all",
            f"{total:,.0f} tokens after {steps} steps",
            f"Tokens billed over the steps, {total:,.0f} after {steps}.",
        )

    return Explorer(
        show,
        first=_slider(2000, 500, 10_000, 500, "first call"),
        growth=_slider(500, 0, 3000, 100, "added a step"),
        steps=_slider(20, 2, 60, 1, "steps"),
    )


def product_law() -> Explorer:
    """Success of a chain, bare and with retries, as p and the length change."""

    def show(p: float, retries: int, steps: int) -> plots.Picture:
        p = round(p, 3)  # the slider's own rounding leaves digits at the end
        s = np.arange(1, steps + 1)
        bare = np.asarray(reliability.chain_success(p, s))
        sure = np.asarray(reliability.chain_success(reliability.with_retries(p, retries), s))
        return plots.curves(
            s,
            {"bare": bare, f"{retries} retries a step": sure},
            "steps",
            "end-to-end success",
            f"{bare[-1]:.1%} bare, {sure[-1]:.1%} retried",
            f"Success of a chain of {steps} steps at p {p}: {bare[-1]:.1%} bare, {sure[-1]:.1%} with retries.",
            percent=True,
        )

    return Explorer(
        show,
        p=widgets.FloatSlider(
            value=0.985, min=0.8, max=1.0, step=0.005, description="p", readout_format=".3f", style=WIDE
        ),
        retries=_slider(0, 0, 4, 1, "retries"),
        steps=_slider(48, 2, 100, 1, "steps"),
    )


def levers() -> Explorer:
    """The section's twelve steps with each lever on a switch."""

    def show(hard: int, routed: bool, side_by_side: bool, retries: int, hit_rate: float) -> plots.Picture:
        design = _designed(hard, routed, side_by_side, retries, hit_rate)
        return plots.compare(
            {
                "12 premium steps": chain(12, PREMIUM).outcome("expected"),
                "your design": design.outcome("expected"),
            }
        )

    return Explorer(
        show,
        hard=_slider(4, 0, 12, 1, "hard steps"),
        routed=widgets.Checkbox(value=False, description="route the easy steps"),
        side_by_side=widgets.Checkbox(value=False, description="parallelize"),
        retries=_slider(0, 0, 3, 1, "retries"),
        hit_rate=widgets.FloatSlider(
            value=0.0, min=0.0, max=1.0, step=0.1, description="cached, not retried", style=WIDE
        ),
    )


def _designed(hard: int, routed: bool, side_by_side: bool, retries: int, hit_rate: float) -> Workflow:
    """Twelve steps, some of them hard, under the chosen levers."""
    parts = [chain(n, PREMIUM, level, level) for n, level in ((hard, "hard"), (12 - hard, "easy")) if n]
    design = parts[0] if len(parts) == 1 else parts[0].then(parts[1])
    if routed:
        design = design.pipe(route, SMALL, where=easy)
    if side_by_side:
        design = design.pipe(parallelize)
    return design.pipe(cache, hit_rate=hit_rate).pipe(retry, retries)


def _slider(value: int, low: int, high: int, step: int, name: str) -> Any:
    return widgets.IntSlider(value=value, min=low, max=high, step=step, description=name, style=WIDE)
