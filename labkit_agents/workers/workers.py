"""Workers: how one sum gets its answer. They nest, and each also states itself as a step with a price and a p."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from labkit._values import by_value
from labkit.reliability import gated
from labkit.steps import Gate, Model, Step
from labkit.workflow import Workflow

from ..records.call_log import CallLog
from ..tasks.asks import Answer, Ask
from ..tasks.beliefs import Beliefs
from ..tasks.expected import DryRun, Sum


@by_value
class Facts(NamedTuple):
    """What a worker needs to state itself: the step's name, its true sums, the whole dry run and what is believed."""

    step: str
    sums: Sequence[Sum]
    dry_run: DryRun
    beliefs: Beliefs


@runtime_checkable
class Worker(Protocol):
    """Anything that answers sums and can say beforehand what that will come to."""

    @property
    def assumes(self) -> tuple[str, ...]:
        """What its statement takes for granted, in words."""
        ...

    def answer(self, asks: Sequence[Ask], log: CallLog) -> list[Answer]:
        """One answer for each, in their order; every call is written to the log."""
        ...

    def state(self, facts: Facts) -> Step:
        """The step that does the same in a ``labkit`` workflow."""
        ...

    def parts(self) -> tuple[Any, ...]:
        """The workers or the model inside."""
        ...


def folded(step: Step) -> Model:
    """A step with all that is wrapped around its call, as one model with its mean price, time and p.

    >>> from labkit import PREMIUM
    >>> round(folded(Step("s", PREMIUM, retries=1)).usd, 5)
    0.03045
    """
    outcome = Workflow((step,)).outcome("expected")
    return Model(outcome.cost, outcome.latency, outcome.reliability, step.model.name)


def mixed(models: Sequence[Model], weights: Sequence[float]) -> Model:
    """One model in place of several, each met so often: mean price, mean time, mean p.

    Raises:
        ValueError: no model, or not one weight for each.

    >>> from labkit import PREMIUM, SMALL
    >>> mixed([PREMIUM, SMALL], [1, 3]).sec
    0.8
    """
    if not models or len(models) != len(weights):
        raise ValueError(f"models must be one or more, each with a weight, got {len(models)} and {len(weights)}")
    share = np.asarray(weights, dtype=float) / sum(weights)
    usd, sec, p = (float(share @ [getattr(model, name) for model in models]) for name in ("usd", "sec", "p_ok"))
    return Model(usd, sec, min(p, 1.0), " or ".join(dict.fromkeys(model.name for model in models)))


def mixed_step(name: str, steps: Sequence[Step], weights: Sequence[float]) -> Step:
    """One step in place of several, each met so often; tasks that one of them ends, it ends too."""
    model = mixed([folded(step) for step in steps], weights)
    ended = sum(weight * share_ended(step) for step, weight in zip(steps, weights, strict=True)) / sum(weights)
    return Step(name, model, gate=ending(ended, model.p_ok))


def share_ended(step: Step) -> float:
    """The share of the tasks that a halting gate ends at this step."""
    if step.gate is None or step.gate.when_rejected != "halt":
        return 0.0
    p = step.model.p_ok if step.debate is None or step.debate.p is None else step.debate.p
    asked = 1.0 if step.cache is None else 1.0 - step.cache.hit_rate
    return float(asked * gated(p, step.gate.detection, step.gate.false_alarm, step.retries).rejected)


def ending(share: float, p: float) -> Gate | None:
    """The gate of a step that is right with p and ends this share of the tasks, at most 1 - p; None if it ends none.

    >>> round(ending(0.05, 0.9).detection, 6)
    0.5
    """
    return Gate(min(share / (1 - p), 1.0), when_rejected="halt") if share > 0 else None


def plain_model(worker: Worker, facts: Facts) -> Model:
    """What a worker comes to on these sums, as one model."""
    step = worker.state(facts)
    return folded(step)


def model_by_operands(worker: Worker, facts: Facts) -> Step:
    """A worker's step. Sums of several counts of numbers are stated apart and mixed: laws bend, means do not add."""
    counts = sorted({len(numbers) for numbers in facts.sums})
    if len(counts) < 2:
        return worker.state(facts)
    groups = [[numbers for numbers in facts.sums if len(numbers) == count] for count in counts]
    steps = [worker.state(facts._replace(sums=group)) for group in groups]
    return mixed_step(facts.step, steps, [len(group) for group in groups])


def all_assumptions(worker: Worker) -> tuple[str, ...]:
    """What a worker and those inside it take for granted, each once."""
    inside = (line for part in worker.parts() if isinstance(part, Worker) for line in all_assumptions(part))
    return tuple(dict.fromkeys((*worker.assumes, *inside)))
