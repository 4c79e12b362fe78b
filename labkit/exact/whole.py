"""What a step may come to, attempt by attempt, and the steps put together: a workflow, a part of it, its mean seconds.

A distribution is what its kind makes of it, ``Lists`` or a ``Grid``; an attempt is a pair of them: answered and
checked, and cut off without an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..graph import Graph
from ..laws.patience import PATIENT, Patience
from ..steps import Gate, Judge, Step
from .lists import Lists, TooManyValues
from .series_parallel import Piece, as_forest, decomposed, in_layers

Attempt: TypeAlias = tuple[Any, Any]
ALL, NONE, RIGHT = (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)  # of the right answers and of the wrong ones
PERFECT, RIGHT_AND_FREE = Gate(when_rejected="pass"), Judge()
MOST_RETRIES = 1_000  # listed one by one
MOST_TANGLED = 200  # steps of a knot that are made simpler for a bound


def beside_attempts(step: Step, unit: str) -> tuple[Any, Any, Any]:
    """What a person's look, a cache hit and a judgement take, in ``"sec"`` or ``"usd"``."""
    parts = (None if step.gate is None else step.gate.person, step.cache, step.judge)
    look, hit, judge = (0.0 if part is None else getattr(part, unit) for part in parts)
    return look, hit, judge


def rounds_and_check(step: Step) -> tuple[Any, Any]:
    """Calls of an attempt that follow one another, and seconds of the check after them."""
    return 1.0 if step.debate is None else step.debate.turns, (step.gate or PERFECT).sec


def step_ends(
    kind: Any, step: Step, unit: str, first: Attempt, later: Attempt, patience: Patience, right_only: bool = False
) -> tuple[Any, Any]:
    """What a step takes where the workflow goes on after it, and where it is over; or only where all is right."""
    gate, judge, cache = step.gate or PERFECT, step.judge or RIGHT_AND_FREE, step.cache
    look, hit, judgement = beside_attempts(step, unit)
    last_word = ALL if gate.when_rejected == "pass" or gate.person is not None else NONE  # of what is let out

    def follow(let_out: Any, last_word: Any) -> Any:
        return _follow_attempts(kind, step, first, later, look, patience, let_out, last_word)

    halted, p_hit = None, 1.0
    if right_only:
        done = follow(RIGHT, (1.0, gate.person.recall if gate.person else 0.0) if last_word is ALL else NONE)
    elif gate.when_rejected == "halt" and last_word is NONE:
        done, halted = follow(ALL, NONE), follow(NONE, ALL)
    else:
        done = follow(ALL, ALL)
    if cache is not None:
        if right_only and (cache.p is not None or cache.stored == "first"):
            p_hit = _first_p(step) if cache.p is None else cache.p
        elif right_only:
            p_hit = min(kind.mass(done) / max(kind.mass(follow(ALL, last_word)), 1e-300), 1.0)
        missed = 1.0 - cache.hit_rate
        done = kind.mixed(kind.scaled(done, missed), kind.scaled(kind.at(hit), cache.hit_rate * p_hit))
        halted = kind.scaled(halted, missed)
    if step.judge is not None:
        done = kind.then(done, kind.at(judgement))
    ends_right = step.good_enough * judge.recall
    stops = ends_right + (1.0 - step.good_enough) * judge.false_alarm
    over = kind.mixed(kind.scaled(done, ends_right if right_only else stops), halted)
    return kind.scaled(done, 1.0 - stops), over


def _first_p(step: Step) -> Any:
    return step.model.p_ok if step.debate is None or step.debate.p is None else step.debate.p


def _follow_attempts(
    kind: Any, step: Step, first: Attempt, later: Attempt, look: Any, patience: Patience, let_out: Any, last_word: Any
) -> Any:
    """The attempts from the last to the first, over the runs that count: shares of the right and the wrong answers.

    ``let_out`` is of those that the gate lets out, ``last_word`` of those that it rejects for the last time.
    """
    gate, found = step.gate or PERFECT, None
    looked = None if gate.person is None else kind.at(look)
    for made in reversed(range(int(np.max(step.retries)) + 1)):
        x = _first_p(step) if made == 0 or gate.recovery is None else gate.recovery
        answered, cut = later if made else first
        right, wrong = x * gate.false_alarm, (1.0 - x) * gate.detection  # both rejected
        well, badly = x * (1.0 - gate.false_alarm), (1.0 - x) * (1.0 - gate.detection)
        last = kind.scaled(answered, right * last_word[0] + wrong * last_word[1])
        last = kind.mixed(last, kind.scaled(cut, last_word[1]))
        again = kind.then(kind.mixed(kind.scaled(answered, right + wrong), cut), found)
        if again is not None and (wait := patience.wait(made + 1)) > 0:
            again = kind.then(again, kind.at(wait))
        may = np.where(np.asarray(step.retries) > made, 1.0, 0.0)
        found = kind.mixed(
            kind.scaled(answered, well * let_out[0] + badly * let_out[1]),
            kind.scaled(again, may),
            kind.scaled(last if looked is None else kind.then(last, looked), 1.0 - may),
        )
    return found


def of_workflow(kind: Any, graph: Graph, on: Sequence[Any], over: Sequence[Any], adds_up: bool) -> Any:
    """What a task takes, from the end backwards: what follows a step counts where the workflow goes on.

    ``on`` and ``over`` hold the two ends of each step; where it ``adds_up``, as dollars do, steps side by side count
    one after another, otherwise the largest of them counts.
    """
    run: list[Any] = []
    for block in reversed(graph.blocks):
        if adds_up and len(block) > 1:
            run += [on[step] for step in block]
        elif len(block) > 1:
            run.append(of_piece(kind, graph, decomposed(graph, block), on.__getitem__))
        elif over[block[0]] is None:
            run.append(on[block[0]])
        else:
            after = kind.series(_count_alike(run))
            run = [kind.mixed(over[block[0]], kind.then(on[block[0]], after))]
    return kind.series(_count_alike(run))


def of_piece(kind: Any, graph: Graph, piece: Piece, of_step: Callable[[int], Any]) -> Any:
    """Seconds of a part of a workflow."""
    if piece.kind == "step":
        return of_step(piece.steps[0])
    if piece.kind == "knot":
        return kind.knot(graph, piece, [of_step(step) for step in piece.steps])
    parts = [of_piece(kind, graph, part, of_step) for part in piece.parts]
    return (kind.series if piece.kind == "series" else kind.beside)(_count_alike(parts))


def _count_alike(parts: Sequence[Any]) -> list[tuple[Any, int]]:
    """Each of the parts once, with how many there are of it."""
    counts = Counter(map(id, parts))
    of_id = {id(part): part for part in parts}
    return [(of_id[key], count) for key, count in counts.items()]


def mean_of_block(
    block: Sequence[int], graph: Graph, keys: Sequence[Hashable], steps: Mapping[Hashable, Step],
    shape: tuple[int, ...], charged: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """A lower and an upper bound for the mean seconds of steps that overlap; one object where they are the exact mean.

    Args:
        block: positions, each after all that it needs.
        graph, keys: who waits for whom, and the work of each position.
        steps: key -> step; none of them may end the workflow.
        shape: of the designs.
        charged: retries take time; otherwise they are instant, as in the text.
    """
    piece, found = decomposed(graph, block), [0.0, np.inf]
    if any(np.max(steps[keys[i]].retries) > MOST_RETRIES for i in block):
        return 0.0, np.inf
    for bound, simpler in ((None, None), (0, as_forest), (1, in_layers)):
        kind = Lists(shape)
        try:
            times = {key: seconds_of_step(kind, steps[key], charged) for key in {keys[i] for i in block}}
            simple = _untangle(graph, piece, simpler)
            mean = kind.mean(of_piece(kind, graph, simple, lambda i: times[keys[i]]))  # noqa: B023
        except TooManyValues:
            continue
        if bound is None:
            return mean, mean
        found[bound] = mean
    return found[0], found[1]


def seconds_of_step(kind: Any, step: Step, charged: bool) -> Any:
    """The seconds of a step after which nothing ends; retries take time where they are ``charged``."""
    rounds, check = rounds_and_check(step)
    first = kind.at(step.model.sec * rounds + check), None
    return step_ends(kind, step, "sec", first, first if charged else (kind.at(0.0), None), PATIENT)[0]


def _untangle(graph: Graph, piece: Piece, simpler: Callable[[Graph, Piece], Piece] | None) -> Piece:
    """The piece with every knot made simpler."""
    if simpler is None:
        return piece
    if piece.kind != "knot":
        return Piece(piece.kind, tuple(_untangle(graph, part, simpler) for part in piece.parts), piece.steps)
    if len(piece.steps) > MOST_TANGLED:
        raise TooManyValues("the knot is too large")
    return simpler(graph, piece)
