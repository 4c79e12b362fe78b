"""Changes that traces can speak for: what each does to the workflow, and the assumption it stands on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np

from labkit import Model, Step, Workflow, gate, parallelize
from labkit.prices import PriceCard

from ..counting.tasks import Call
from ..fitting import Fit, StepFit
from ..fitting.columns import is_tool
from ..fitting.repeats import Laws
from ..fitting.steps import EVEN_SHARE, among_visits
from ..parsing.tokens import Tokens
from ..parsing.values import base_model
from ..pricing import bill, find_own_card, snapshot
from ..report import Reading

DETECTION, FALSE_ALARM = 0.8, 0.05
"""Of a check that nobody has measured: an assumption, and always named as one."""
SURE = 0.995
"""A step that is right more often is not worth a check."""
LEAST_SAVED = 0.01
LEAST_PREFIX = 1024
"""Tokens from which on a prefix is kept by most providers (LiteLLM's page on prompt caching, 2026-10-07: OpenAI, Gemini
and most models of Anthropic; some from 512 on, some from 4,096)."""
SIDE_BY_SIDE = "parallelise"
CHANGE = Callable[[Workflow], Workflow]


class Candidate(NamedTuple):
    """A change: in words, its kind, the lever, what it takes for granted, and whether p and dollars are known then."""

    what: str
    kind: str
    change: CHANGE
    assumption: str
    knows_p: bool = True
    knows_usd: bool = True


def list_candidates(
    fit: Fit, reading: Reading, cards: Mapping[str, PriceCard], needs: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[Candidate]:
    """Every change that the traces give numbers for, and that keeps what is known of which step needs which."""
    yield from _side_by_side(fit, needs)
    calls: defaultdict[str, list[Call]] = defaultdict(list)
    for task in reading.tasks:
        for call in task.calls:
            calls[call.step].append(call)
    for step in fit.steps:
        if not is_tool(step.name):
            yield from _checked(fit, step)
            yield from _other_model(fit, step, calls[step.name], cards)
    yield from _checked_task(fit)
    yield from _kept_prefix(fit, reading, cards)


def _side_by_side(fit: Fit, needs: frozenset[tuple[str, str]]) -> Iterator[Candidate]:
    """A step of the longest path and all that wait for it, or all that it waits for, run at once."""
    pairs = [
        pair
        for one, other in zip(fit.critical, fit.critical[1:], strict=False)
        if one in fit.workflow[other].needs
        for pair in (
            ((one,), tuple(step.name for step in fit.workflow if one in step.needs)),
            (tuple(fit.workflow[other].needs), (other,)),
        )
    ]
    for first, then in dict.fromkeys(pairs):
        if not needs.isdisjoint(product(then, first)):
            continue

        def change(workflow: Workflow, steps: tuple[str, ...] = first + then) -> Workflow:
            return parallelize(workflow, steps)

        do, they = ("does", "it") if len(then) == 1 else ("do", "they")
        yield Candidate(
            f"run {_list_names(first + then)} side by side", SIDE_BY_SIDE, change,
            f"{_list_names(then)} {do} not need what {_list_names(first)} found: that {they} ran later does not say "
            f"that {they} had to",
        )  # fmt: skip


def _list_names(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _checked(fit: Fit, step: StepFit) -> Iterator[Candidate]:
    """A check after the step, and one retry, where its own outcomes are known."""
    if not step.p_from or step.p_from == EVEN_SHARE or step.p.value >= SURE or step.retries is not None:
        return

    def change(workflow: Workflow) -> Workflow:
        return _with_gate(workflow, step.name, fit.laws.get(step.name))

    yield Candidate(
        f"check {step.name} and retry once", "check", change, _assume_check(fit.laws.get(step.name)),
        knows_usd=not math.isnan(step.usd.value),
    )  # fmt: skip


def _checked_task(fit: Fit) -> Iterator[Candidate]:
    """A check of what the task ends with, and all of it once more: of which step fails, it asks nothing."""
    if math.isnan(fit.p.value) or fit.p.value >= SURE or len(fit.steps) < 2:
        return

    def change(workflow: Workflow) -> Workflow:
        outcome = workflow.outcome("expected")
        sec = outcome.latency if outcome.bounds is None else workflow.outcome("textbook").latency
        whole = Workflow((Step("task", Model(outcome.cost, sec, outcome.reliability, "task")),))
        return _with_gate(whole, "task", fit.laws.get(""))

    yield Candidate(
        "check what the task ends with, and do all of it once more", "check", change, _assume_check(fit.laws.get("")),
        knows_usd=not math.isnan(fit.usd.value),
    )  # fmt: skip


def _with_gate(workflow: Workflow, name: str, laws: Laws | None) -> Workflow:
    p = np.asarray(workflow[name].model.p_ok)
    recovery = None if laws is None else p * (1 - np.asarray(laws[p.ndim].correlation))
    return gate(workflow, DETECTION, FALSE_ALARM, 1, name, when_rejected="pass", recovery=recovery)


def _assume_check(laws: Laws | None) -> str:
    rho = 0.0 if laws is None else float(laws[0].correlation)
    again = (
        f"{1 - rho:.2f} times as often as the first, for tries of one item are alike"
        if rho
        else ("as often as the first")
    )
    return (
        f"a free check notices {DETECTION:.0%} of the wrong answers and rejects {FALSE_ALARM:.0%} of the right ones, "
        f"and the retry is right {again}; nobody has measured this check"
    )


def _other_model(fit: Fit, step: StepFit, calls: list[Call], cards: Mapping[str, PriceCard]) -> Iterator[Candidate]:
    """The cheapest of the models that other steps use, for the same tokens; how often it is right nobody has seen."""
    used = [call for call in calls if call.tokens is not None and call.status != "hit" and call.usd]
    now = math.fsum(call.usd or 0.0 for call in used)
    models = {model for other in fit.steps for model in other.model.split(" or ") if model} - {
        *step.model.split(" or ")
    }
    priced = [(card, model) for model in sorted(models) if (card := find_card(model, cards)) is not None]
    if not used or not priced or not now:
        return
    tokens = _mean_tokens(used)
    usd, model = min((bill(card, tokens) * len(used) / now, model) for card, model in priced)
    if usd > 1 - LEAST_SAVED:
        return

    def change(workflow: Workflow) -> Workflow:
        steps = (_scale_usd(each, usd, model) if each.name == step.name else each for each in workflow)
        return Workflow(tuple(steps))

    saved = fit.usd.value - float(change(fit.workflow).outcome("expected").cost)
    least = among_visits(step, float(fit.workflow[step.name].model.p_ok) * (1 - saved / fit.usd.value))
    known = step.p_from and step.p_from != EVEN_SHARE and least > 0  # at or below 0 none would be too seldom right
    worth = f"; below p = {least:.3f} a right task would cost more than now" if known else ""
    yield Candidate(
        f"send {step.name} to {model}", "route", change,
        f"{model} is right there as often as {step.model}, in the same tokens and seconds, which nobody has seen"
        f"{worth}", knows_p=False,
    )  # fmt: skip


def _kept_prefix(fit: Fit, reading: Reading, cards: Mapping[str, PriceCard]) -> Iterator[Candidate]:
    """Input that was sent again within a task, read from the provider's prefix cache."""
    saved: defaultdict[str, float] = defaultdict(float)
    for task in reading.tasks:
        for name, usd in _prefix_saving(task.calls, cards):
            saved[name] += usd
    for name, usd in sorted(saved.items()):
        step = next((each for each in fit.steps if each.name == name), None)
        share = usd / (len(reading.tasks) * step.usd.value) if step is not None and step.usd.value > 0 else 0.0
        if step is None or step.context is None or not LEAST_SAVED < share < 1:
            continue

        def change(workflow: Workflow, name: str = name, left: float = 1 - share) -> Workflow:
            return Workflow(tuple(_scale_usd(s, left, s.model.name) if s.name == name else s for s in workflow))

        yield Candidate(
            f"keep the beginning of {name}'s conversation fixed, for the provider's prefix cache", "prefix", change,
            "each call sends again what the call before it sent, word for word, and the cache still holds it; of less "
            f"than {LEAST_PREFIX:,} tokens nothing is counted",
        )  # fmt: skip


def _prefix_saving(calls: Sequence[Call], cards: Mapping[str, PriceCard]) -> Iterator[tuple[str, float]]:
    """Step and USD of each input that an ended call of the step had sent, had it been written once and read again."""
    before: dict[tuple[str, str], Call] = {}
    held: defaultdict[tuple[str, str], int] = defaultdict(int)
    for call in calls:
        card = find_card(call.model, cards)
        if call.tokens is None or card is None or call.status == "hit":
            continue
        talk = call.step, base_model(call.model)
        last = before.get(talk)
        if last is not None and last.tokens is not None and last.end <= call.start:
            again = min(last.tokens.read, call.tokens.read)
            if again >= LEAST_PREFIX:
                fresh = again - max(held[talk], last.tokens.cached + last.tokens.written)
                writing = float(card.usd_in if card.usd_written is None else card.usd_written) - float(card.usd_in)
                reading = max(again - call.tokens.cached, 0) * (float(card.usd_in) - float(card.usd_cached))
                yield call.step, reading - max(fresh, 0) * writing
                held[talk] = again
        if last is None or not call.end < last.end:
            before[talk] = call


def find_card(model: str, cards: Mapping[str, PriceCard]) -> PriceCard | None:
    """The card of a model: your own, else the list's."""
    return find_own_card(model, cards) or (snapshot().find(model) if model else None)


def _scale_usd(step: Step, by: float, model: str) -> Step:
    return replace(step, model=replace(step.model, usd=np.asarray(step.model.usd) * by, name=model))


def _mean_tokens(calls: list[Call]) -> Tokens:
    """Of calls with usage, the mean counts, rounded."""
    counts = np.array([call.tokens for call in calls], dtype=np.float64).mean(axis=0)
    return Tokens(*(round(float(count)) for count in counts))
