"""Sliders over the formulas, for notebooks. Move one and the numbers and the picture follow."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache as keep
from typing import Any

import ipywidgets as widgets
import numpy as np

from labkit import cost, frontier, plots, reliability
from labkit.levers import cache, parallelize, retry, route
from labkit.steps import Debate, Gate
from labkit.workflow import PREMIUM, SMALL, Workflow, chain, easy

WIDE = {"description_width": "10em"}
RUN_ME = "Run this cell to get sliders (they need a running kernel)."


def _silent(**values: Any) -> str:
    """No words beside the picture."""
    return ""


class Explorer:
    """Sliders and what they show.

    ``show(**values)`` makes the picture and ``tell(**values)`` the words under it; both can be called without sliders.
    """

    def __init__(self, show: Callable[..., plots.Picture], tell: Callable[..., str] = _silent, **sliders: Any) -> None:
        self.show = show
        self.tell = tell
        self.sliders = sliders
        self.page = widgets.HTML()  # not an Output: nbclient now and then waits for one until its time-out
        self.box = widgets.VBox([*sliders.values(), self.page])
        for slider in sliders.values():
            slider.observe(self._redraw, names="value")

    def values(self) -> dict[str, Any]:
        """Where the sliders stand."""
        return {name: slider.value for name, slider in self.sliders.items()}

    def _redraw(self, _: Any = None) -> None:
        picture = self.show(**self.values())._repr_mimebundle_()["text/html"]
        self.page.value = f"{picture}<pre>{html.escape(self.tell(**self.values()))}</pre>"

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


def repetition() -> Explorer:
    """How often k runs of one task are all right, and at least one of them, as p and the correlation change."""

    def show(p: float, correlation: float, runs: int) -> plots.Picture:
        p, correlation = round(p, 3), round(correlation, 3)  # the slider's own rounding leaves digits at the end
        k, law = np.arange(1, runs + 1), reliability.BetaLaw(p, correlation)
        series = {
            "all right: $p^k$": p ** k.astype(float),
            "all right: two numbers": np.atleast_1d(law.pass_hat(k)),
            "one right: two numbers": np.atleast_1d(law.pass_at(k)),
            "one right: independent": 1 - (1 - p) ** k.astype(float),
        }
        alone, both, one, free = (values[-1] for values in series.values())
        return plots.curves(
            k,
            {label.replace("$p^k$", "p^k"): values for label, values in series.items()},
            "runs of one task (k)",
            "share of tasks",
            f"All {runs} right: {both:.1%}, not {alone:.1%}",
            f"Shares over 1 to {runs} runs at p {p} and correlation {correlation}. All {runs} right: {both:.1%}, if "
            f"runs were independent {alone:.1%}. At least one right: {one:.1%}, if independent {free:.1%}.",
            percent=True,
        )

    return Explorer(
        show,
        p=widgets.FloatSlider(value=0.42, min=0.0, max=1.0, step=0.01, description="p", style=WIDE),
        correlation=widgets.FloatSlider(value=0.4, min=0.0, max=1.0, step=0.01, description="correlation", style=WIDE),
        runs=_slider(4, 2, 20, 1, "runs"),
    )


@keep
def _twelve_steps() -> frontier.Frontier:
    """Lesson 07's chain: easy steps on either model, hard ones debated or not, each with or without a real check."""
    steps = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
    seen = Gate(detection=0.7, false_alarm=0.05, usd=SMALL.usd, sec=SMALL.sec)
    checks = [frontier.AS_IT_IS, *(_checked(k, seen) for k in (1, 2))]
    easy_ways = frontier.combine(frontier.options(models=[SMALL, PREMIUM]), checks)
    hard_ways = frontier.combine(frontier.options(debates=[None, Debate(3, 2, p=0.997)]), checks)
    return frontier.pareto(steps, lambda step: easy_ways if easy(step) else hard_ways, accounting="expected")


def _checked(retries: int, gate: Gate) -> frontier.Option:
    """A step behind a check that sends it back at most so often."""
    return frontier.Option(f"{retries} retries", lambda step: replace(step, gate=gate, retries=retries))


def budgets() -> Explorer:
    """The frontier of twelve steps, and the surest design that two budgets allow."""

    def show(dollars: float, seconds: float) -> plots.Picture:
        points, best = _twelve_steps().outcome, _surest(dollars, seconds)
        kept = int(np.sum((points.cost <= dollars) & (points.latency <= seconds)))
        marked = {"the surest of these": best.outcome} if isinstance(best, frontier.Design) else {}
        title = f"{kept} of {points.cost.size} designs for ${dollars:.2f} and {seconds:.1f} s"
        found = f"The surest: {best.outcome.numbers()}" if isinstance(best, frontier.Design) else best.capitalize()
        picture = plots.trade_offs(points, title, marked, f"Designs by cost and success. {title}. {found}")
        (ax, *_), over = picture.figure.axes, (points.cost > dollars) | (points.latency > seconds)
        ax.plot(points.cost[over], points.reliability[over], "x", color=plots.GREY, label="over a budget")
        ax.axvline(dollars, color=plots.GREY, linestyle="--", label="budget of dollars")
        ax.legend(frameon=False, loc="lower right")
        return picture

    def tell(dollars: float, seconds: float) -> str:
        best = _surest(dollars, seconds)
        return best if isinstance(best, str) else f"{best.outcome.numbers()}\n{_made_of(best)}"

    return Explorer(
        show,
        tell,
        dollars=widgets.FloatSlider(
            value=0.25, min=0.05, max=1.20, step=0.01, description="dollars a task", style=WIDE
        ),
        seconds=widgets.FloatSlider(value=20, min=10, max=40, step=0.5, description="seconds a task", style=WIDE),
    )


def _surest(dollars: float, seconds: float) -> frontier.Design | str:
    """The surest design within both budgets, or what to say when there is none."""
    try:
        return _twelve_steps().best(max_cost=round(dollars, 4), max_latency=round(seconds, 4))
    except ValueError as impossible:
        return str(impossible)


def _made_of(design: frontier.Design) -> str:
    """How many steps of each kind go which way."""
    kinds = Counter(
        (step.name.split("-")[0], "debated" if step.debate else f"on {step.model.name}", int(step.retries))
        for step in design.workflow
    )
    return "\n".join(
        f"{n} {kind} {way}" + (f", checked, {retries} {'retry' if retries == 1 else 'retries'}" if retries else "")
        for (kind, way, retries), n in kinds.items()
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
            value=0.0, min=0.0, max=1.0, step=0.1, description="cached, after retries", style=WIDE
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
