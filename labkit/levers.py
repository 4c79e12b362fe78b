"""The levers: pure functions from a workflow to a workflow, so that they compose.

``workflow.pipe(route, SMALL, where=easy).pipe(retry, 1)`` reads in the order the levers are pulled. Which
steps a lever touches is said with ``where``: a step's name, several names, or a predicate on steps. Without
``where`` it touches all of them. Levers never go by the order of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ._inputs import can_be_listed, plain, together, whole
from .graph import MOST_LOOKS, Graph, check_needs
from .steps import Cache, Debate, Gate, Judge, Model, Person, Step, put_at
from .workflow import Workflow

Where: TypeAlias = "str | Iterable[str] | Callable[[Step], bool] | None"


def parallelize(workflow: Workflow, where: Where = None) -> Workflow:
    """Run the touched steps at once; every other order stays.

    Cost: unchanged, every call is still paid. Latency: the sum of the touched steps becomes their maximum.
    p: unchanged. The text's assumption is that no touched step needs another's answer, and that equal calls
    take equal time; real calls do not, and the slowest of twelve takes about twice the mean.

    >>> from labkit import PREMIUM, chain
    >>> chain(12, PREMIUM).pipe(parallelize).outcome().latency
    2.0
    """
    touched = _find_touched(workflow, where)
    names = workflow.names
    freed = _free_inside(workflow.graph, {i for i, name in enumerate(names) if name in touched})
    needs = [tuple(names[r] for r in positions) for positions in freed.reduced]
    return Workflow(tuple(put_at(s, s.name, n, s.difficulty) for s, n in zip(workflow.steps, needs, strict=True)))


def route(workflow: Workflow, model: Model, where: Where) -> Workflow:
    """Send the touched steps to another model.

    Cost, latency and p: the new model's. A p that a debate was given belongs to the old model and is
    forgotten; state it again. The text's warning holds: route what is easy, so ``where`` must be said.

    >>> from labkit import PREMIUM, SMALL, chain, easy
    >>> mixed = chain(4, PREMIUM).then(chain(8, PREMIUM, difficulty="easy"))
    >>> round(mixed.pipe(route, SMALL, where=easy).outcome().latency, 1)
    11.2
    """
    if not isinstance(model, Model):
        raise ValueError(f"model must be a Model, got {model!r}")

    def to_model(step: Step) -> Step:
        debate = replace(step.debate, p=None) if step.debate else None
        return replace(step, model=model, debate=debate)

    return _rework_steps(workflow, where, to_model)


def cache(
    workflow: Workflow, where: Where = None, *, p: ArrayLike | None = None, hit_rate: ArrayLike = 1.0,
    usd: ArrayLike = 0.0, sec: ArrayLike = 0.01, stored: str = "checked",
) -> Workflow:  # fmt: skip
    """Answer the touched steps from a store, for a share ``hit_rate`` of the tasks.

    Cost: a hit costs ``usd``. Latency: a hit takes ``sec``. A hit itself is neither checked nor retried. p of a
    hit: as right as the answer that was stored (the honest assumption). ``stored="checked"`` keeps what the
    step's gate and retries let out, so a hit is at least as sure as a miss; what a gate rejects for good is not
    kept. ``stored="first"`` keeps each first attempt, as a store at the model does, which no check sees and
    which a retry goes past: then a hit on a retried step is less sure than a miss. The text's listing gives a
    hit p = 1, which is ``p=1``.

    >>> from labkit import PREMIUM, chain
    >>> six = [f"step-{i}" for i in range(1, 7)]
    >>> honest, text = (chain(12, PREMIUM).pipe(cache, six, p=p).outcome() for p in (None, 1))
    >>> round(honest.reliability, 4), round(text.reliability, 4)
    (0.8341, 0.9133)
    """
    store = Cache(hit_rate=hit_rate, p=p, usd=usd, sec=sec, stored=stored)
    return _rework_steps(workflow, where, lambda step: replace(step, cache=store))


def cut(workflow: Workflow, where: Where) -> Workflow:
    """Leave the touched steps out; what needed them now needs what they needed.

    Cost and latency: their calls are gone. p: their factors leave the product. The text's assumption is that
    the steps were not needed; cutting one that was needed makes the answer wrong, which no formula here sees.

    Raises:
        ValueError: if no step would be left.

    >>> from labkit import PREMIUM, chain
    >>> chain(3, PREMIUM).pipe(cut, "step-2")["step-3"].needs
    ('step-1',)
    """
    touched = _find_touched(workflow, where)
    if len(touched) == len(workflow):
        raise ValueError(f"cut would leave no step: where touches all {len(workflow)}")
    steps, names = workflow.steps, workflow.names
    needs = _close_gaps(workflow.graph, {i for i, name in enumerate(names) if name in touched})
    kept = (i for i, name in enumerate(names) if name not in touched)
    return Workflow(
        tuple(put_at(steps[i], names[i], tuple(names[r] for r in needs[i]), steps[i].difficulty) for i in kept)
    )


def retry(workflow: Workflow, k: ArrayLike, where: Where = None) -> Workflow:
    """Try a rejected answer of the touched steps again, ``k`` more times; ``retry(0)`` changes nothing.

    Cost and latency: free and instant in the text (accounting ``"textbook"``), paid per attempt in truth
    (``"expected"``, ``"worst"``). p: ``1 - (1-p)^(k+1)`` if every failure is noticed and tries are
    independent, the text's assumption; give the step a ``gate`` where some failures slip through. Without one nothing
    is refused: the last answer is delivered. A step that is not repeatable refuses retries.

    >>> from labkit import PREMIUM, chain
    >>> round(chain(12, PREMIUM).pipe(retry, 1).outcome().reliability, 4)
    0.9973
    """
    more = whole("k", k)
    return _rework_steps(workflow, where, lambda step: replace(step, retries=_add_retries(step, more)))


def debate(
    workflow: Workflow, agents: ArrayLike, rounds: ArrayLike, where: Where = None, *, p: ArrayLike | None = None,
    counting: str = "text",
) -> Workflow:  # fmt: skip
    """Let several agents answer the touched steps over several rounds.

    Cost: ``agents * rounds`` calls (``counting="text"``) or ``agents * (1 + rounds)`` (``"listing"``).
    Latency: the rounds follow one another. p: unchanged unless you state the debate's own ``p``; the text's
    listing never changes it while its third exercise says it rises, and measured debates do either.

    >>> from labkit import PREMIUM, chain
    >>> chain(5, PREMIUM).pipe(debate, 3, 2, where=["step-2", "step-4"]).outcome().cost
    0.44999999999999996
    """
    talk = Debate(agents, rounds, p, counting)
    return _rework_steps(workflow, where, lambda step: replace(step, debate=talk))


def gate(
    workflow: Workflow, detection: ArrayLike, false_alarm: ArrayLike = 0.0, retries: ArrayLike = 0,
    where: Where = None, *, when_rejected: str = "fail", recovery: ArrayLike | None = None,
    usd: ArrayLike = 0.0, sec: ArrayLike = 0.0, person: Person | None = None,
) -> Workflow:  # fmt: skip
    """Check every attempt of the touched steps, and try a rejected one again, at most ``retries`` more times.

    The check is what others call a verifier or a critic, and a retry that reads its complaint is a reflection.

    Cost and latency: the attempts (see ``retry``), and ``usd`` and ``sec`` for each check. p: the gate
    formula of ``labkit.reliability.gated``; a gate that notices everything and never errs is a plain retry.
    ``when_rejected`` says what becomes of a last attempt that is rejected: ``"fail"`` (refused), ``"pass"`` or
    ``"halt"`` (refused, the workflow stops and later steps are not paid). A ``person`` behind the gate gets what
    would be refused: ``labkit.reliability.escalated``, at her price and in her time.

    >>> from labkit import PREMIUM, chain
    >>> halting = chain(12, PREMIUM).pipe(gate, 1.0, when_rejected="halt")
    >>> round(halting.outcome("expected").cost, 4)
    0.3317
    """
    check = Gate(detection, false_alarm, when_rejected, recovery, usd, sec, person)
    more = whole("retries", retries)
    return _rework_steps(workflow, where, lambda step: replace(step, gate=check, retries=_add_retries(step, more)))


def stop_early(
    workflow: Workflow, good_enough: ArrayLike, where: Where = None, *, recall: ArrayLike = 1.0,
    false_alarm: ArrayLike = 0.0, usd: ArrayLike = 0.0, sec: ArrayLike = 0.0,
) -> Workflow:  # fmt: skip
    """End the workflow after a touched step when a judge says that its answer will do.

    Cost and latency: each judgement, and later steps as often as they are reached (``steps_with_early_stop``). p: fewer
    steps to fail in; stopped where its answer will do, a task is right if its steps so far were, and stopped too soon
    it delivers a wrong answer. The text's judge is always right and free. Whether an answer will do is drawn afresh
    after each step; after the last one nobody is asked.

    Args:
        workflow, where: as for every lever.
        good_enough: g, the probability that the answer will do after a touched step, in [0, 1].
        recall: s, the share of the answers that will do with which the judge stops; with the rest it stops too late.
        false_alarm: e, the share of the others with which it stops too soon.
        usd, sec: what one judgement costs, zero or more.

    Raises:
        ValueError: another step runs beside a touched one; what has been started is paid.

    >>> from labkit import PREMIUM, chain
    >>> hasty = chain(3, PREMIUM).pipe(stop_early, 0.5, false_alarm=0.1).outcome()
    >>> round(hasty.cost, 4), round(hasty.reliability, 4), round(hasty.wrong, 4)
    (0.0496, 0.9043, 0.0957)
    """
    judge: Judge | None = Judge(recall, false_alarm, usd, sec)
    judge = None if judge == Judge() else judge
    return _rework_steps(workflow, where, lambda step: replace(step, good_enough=good_enough, judge=judge))


def _close_gaps(graph: Graph, gone: set[int]) -> list[tuple[int, ...]]:
    """What each step needs when those that are gone hand on what they needed; what follows from the rest is dropped."""
    needs: list[tuple[int, ...]] = [()] * len(graph.needs)
    total, looks = 0, MOST_LOOKS
    for step in graph.order:
        needs[step] = graph.needs[step]
        if not gone.isdisjoint(needs[step]):
            handed_on = (needs[r] if r in gone else (r,) for r in needs[step])
            needs[step] = tuple(dict.fromkeys(other for group in handed_on for other in group))
            total += len(needs[step])
            check_needs(total)
            needs[step], looks = graph.drop_implied(needs[step], needs, looks)
    return needs


def _free_inside(graph: Graph, inside: set[int]) -> Graph:
    """The graph in which no step inside waits for another inside, unless for one outside that stands between them."""
    needs: list[tuple[int, ...]] = [()] * len(graph.needs)
    total = 0
    for step in graph.order:
        freed = [other for other in graph.needs[step] if other in inside]
        kept = [other for other in graph.needs[step] if other not in inside]
        if step in inside:  # it still waits for what those inside wait for
            kept += [other for before in freed for other in needs[before]]
        else:  # it waits for all inside that came before, for these wait no longer for each other
            found = set(freed)
            while freed:
                more = [other for other in graph.needs[freed.pop()] if other in inside and other not in found]
                found.update(more)
                freed += more
                check_needs(total + len(found))
            kept += found
        needs[step] = tuple(sorted(set(kept)))
        total += len(needs[step])
        check_needs(total)
    return Graph(tuple(needs))


def _add_retries(step: Step, more: np.ndarray) -> Any:
    """The step's retries and some more."""
    together(**{f"retries of step {step.name!r}": np.asarray(step.retries), "retries added": more})
    return plain(step.retries + more)


def _find_touched(workflow: Workflow, where: Where) -> frozenset[str]:
    """The names that ``where`` means; a name that is not there is a ``ValueError``."""
    if where is None:
        return frozenset(workflow.names)
    if callable(where):
        return frozenset(step.name for step in workflow.steps if where(step))
    if not can_be_listed(where):
        raise ValueError(f"where must be a name, several names, or a predicate on steps, got {where!r}")
    names = (where,) if isinstance(where, str) else tuple(where)
    return frozenset(workflow[name].name for name in names)


def _rework_steps(workflow: Workflow, where: Where, change: Callable[[Step], Step]) -> Workflow:
    """Change the touched steps; steps alike are changed alike, so that they can still be counted together."""
    touched = _find_touched(workflow, where)
    changed: dict[Hashable, Step] = {}
    steps = []
    for step in workflow.steps:
        if step.name not in touched:
            steps.append(step)
            continue
        kind = (step.key, step.model.name)
        if kind not in changed:
            changed[kind] = change(step)
        steps.append(put_at(changed[kind], step.name, step.needs, step.difficulty))
    return Workflow(tuple(steps))
