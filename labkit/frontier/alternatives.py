"""What a step may choose among: options, which are named functions from a step to a step and compose as levers do."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from .._inputs import can_be_listed, one_whole
from .._sweeps import arrays_of
from ..steps import Cache, Debate, Gate, Model, Step
from ..workflow import Workflow

UNCHANGED = "as it is"
MOST_OPTIONS = 10_000


@dataclass(frozen=True)
class Option:
    """One thing that a step may choose.

    Args:
        name: what people call it; unique among the options of a step, and not empty (else a ``ValueError``).
        change: a pure function from a step to a step; name and needs of the step must stay.

    >>> from labkit import SMALL, chain, PREMIUM
    >>> cheap = Option("small", lambda step: replace(step, model=SMALL))
    >>> cheap.applied(chain(1, PREMIUM).steps[0]).model.name
    'small'
    """

    name: str
    change: Callable[[Step], Step]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name of an option must be a non-empty text, got {self.name!r}")
        if not callable(self.change):
            raise ValueError(f"change of option {self.name!r} must be a function Step -> Step, got {self.change!r}")

    def applied(self, step: Step) -> Step:
        """The step with this option chosen; a change that returns something else is a ``ValueError``."""
        changed = self.change(step)
        if not isinstance(changed, Step):
            raise ValueError(f"option {self.name!r} must return a Step for step {step.name!r}, got {changed!r}")
        if (changed.name, changed.needs) != (step.name, step.needs):
            raise ValueError(f"option {self.name!r} must leave name and needs of step {step.name!r} as they are")
        for array in arrays_of(changed):
            raise ValueError(f"option {self.name!r} gives step {step.name!r} an array of shape {array.shape}; give one "
                             "option for each number")  # fmt: skip
        return changed


@dataclass(frozen=True)
class _Set:
    """Sets one field of a step; another model makes it forget the p that its debate was given."""

    field: str
    value: Any

    def __call__(self, step: Step) -> Step:
        if self.field == "model" and step.debate and self.value != step.model:
            step = replace(step, debate=replace(step.debate, p=None))
        return replace(step, **{self.field: self.value})


@dataclass(frozen=True)
class _InTurn:
    """Applies options one after the other."""

    options: tuple[Option, ...]

    def __call__(self, step: Step) -> Step:
        for option in self.options:
            step = option.applied(step)
        return step


AS_IT_IS = Option(UNCHANGED, _InTurn(()))
"""The option to leave a step alone."""

Choices: TypeAlias = "Sequence[Option] | Mapping[str, Sequence[Option]] | Callable[[Step], Sequence[Option]]"


def options(
    models: Iterable[Model] | None = None, retries: Iterable[int] | None = None,
    debates: Iterable[Debate | None] | None = None, gates: Iterable[Gate | None] | None = None,
    caches: Iterable[Cache | None] | None = None,
) -> tuple[Option, ...]:  # fmt: skip
    """Every combination of the listed models, retries, debates, gates and caches.

    What is not listed stays as the step has it. None in a list means "without". Another model makes a step forget the
    p that its debate was given, as with ``levers.route``.

    Args:
        models: what may answer.
        retries: whole numbers from 0; the step's retries are set to this, not raised by it.
        debates, gates, caches: what may be wrapped around the call, or None.

    Raises:
        ValueError: an empty list, or something in a list that is not of its kind.

    >>> from labkit import PREMIUM, SMALL
    >>> [option.name for option in options(models=[PREMIUM, SMALL], retries=(0, 1))]
    ['premium, no retry', 'premium, 1 retry', 'small, no retry', 'small, 1 retry']
    """
    listed: tuple[tuple[str, str, Iterable | None, type | None, bool], ...] = (
        ("model", "models", models, Model, False),
        ("debate", "debates", debates, Debate, True),
        ("gate", "gates", gates, Gate, True),
        ("retries", "retries", retries, None, False),
        ("cache", "caches", caches, Cache, True),
    )
    groups = [
        [_choose(field, value) for value in _check_kind(name, values, kind, optional)]
        for field, name, values, kind, optional in listed
        if values is not None
    ]
    return combine(*groups) if groups else (AS_IT_IS,)


def combine(*groups: Sequence[Option]) -> tuple[Option, ...]:
    """One option of each group, in every combination; they are applied from left to right.

    >>> twice = [AS_IT_IS, Option("2 retries", lambda step: replace(step, retries=2))]
    >>> [option.name for option in combine(twice)]
    ['as it is', '2 retries']
    """
    for i, group in enumerate(groups, start=1):
        checked(f"group {i}", group)
    if (count := math.prod(len(group) for group in groups)) > MOST_OPTIONS:
        raise ValueError(f"groups must make at most {MOST_OPTIONS:,} combinations, got {count:,}")
    return tuple(_compose_options(picked) for picked in itertools.product(*groups))


def checked(where: str, listed: Sequence[Option]) -> tuple[Option, ...]:
    """The options as a tuple: at least one, each an ``Option``, no name twice."""
    found = tuple(listed) if isinstance(listed, Iterable) else (listed,)
    if not found:
        raise ValueError(f"options of {where} must hold at least one option, got none")
    for option in found:
        if not isinstance(option, Option):
            raise ValueError(f"options of {where} must be Option objects, got {option!r}")
    ((name, times),) = Counter(option.name for option in found).most_common(1)
    if times > 1:
        raise ValueError(f"options of {where} must have different names, got {name!r} {times} times")
    return found


def by_step(workflow: Workflow, choices: Choices) -> list[tuple[Option, ...]]:
    """What each step of the workflow may choose; a step that is not spoken of stays as it is."""
    if isinstance(choices, Mapping):
        for name in choices:
            workflow[name]  # an unknown name is a ValueError
        listed = [choices.get(step.name, (AS_IT_IS,)) for step in workflow]
    elif callable(choices):
        listed = [choices(step) for step in workflow]
    else:
        listed = [choices] * len(workflow)
    return [checked(f"step {step.name!r}", group) for step, group in zip(workflow, listed, strict=True)]


def _check_kind(name: str, values: Iterable[object], kind: type | None, optional: bool) -> list:
    """The values as a list, at least one, each of the kind, if one is given; or None, where that may be."""
    if not can_be_listed(values):
        raise ValueError(f"{name} must be a list, got {values!r}")
    if not (found := list(values)):
        raise ValueError(f"{name} must hold at least one entry, got none")
    for value in found:
        if kind and not isinstance(value, kind) and not (value is None and optional):
            raise ValueError(f"{name} must hold {kind.__name__} objects, got {value!r}")
    return found


def _compose_options(picked: tuple[Option, ...]) -> Option:
    """The options of one combination as a single one."""
    names = [option.name for option in picked if option.name != UNCHANGED]
    return Option(", ".join(names) or UNCHANGED, _InTurn(picked))


def _choose(field: str, value: Any) -> Option:
    """The option that sets a field of a step, under a name that says to what."""
    value = one_whole(field, value) if field == "retries" else value
    return Option(f"no {field}" if value is None else NAMES[field](value), _Set(field, value))


ENDS = {"pass": ", then passed on", "halt": ", then halt"}
NAMES: Mapping[str, Callable[[Any], str]] = {
    "model": lambda model: model.name,
    "debate": lambda talk: f"debate {talk.agents:g} x {talk.rounds:g}",
    "gate": lambda gate: (
        f"gate d={gate.detection:g} f={gate.false_alarm:g}"
        + (", then a person" if gate.person else ENDS.get(gate.when_rejected, ""))
    ),
    "retries": lambda k: "no retry" if k == 0 else "1 retry" if k == 1 else f"{k} retries",
    "cache": lambda cache: f"cache {cache.hit_rate:g}{' of first answers' if cache.stored == 'first' else ''}",
}
