"""One design and what became of each step: what was changed, what it bought and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from .._values import ByValue
from ..outcome import Outcome
from ..steps import Step
from ..workflow import Workflow
from .dominance import without_noise

AS_GIVEN = "as given"
BY_FRONTIER = "dynamic programming over the frontier"
LEAST_SHOWN = 1e-5  # of the tasks, a thousandth of a point


@dataclass(frozen=True, eq=False)
class Change(ByValue):
    """One difference between a design and the workflow it came from, and what it does by itself.

    Attributes:
        what: steps and change in words.
        usd, sec, reliability, refused: what the design has more (or less, below 0) than the same design without this
            change; NaN where that is not known.
    """

    what: str
    usd: float
    sec: float
    reliability: float
    refused: float = 0.0

    def __str__(self) -> str:
        if self.usd != self.usd:
            return f"{self.what}. The rest of the design does not work without it."
        usd, sec = f"${abs(self.usd):.4g} a task", f"{abs(self.sec):.4g} s"
        points = f"{100 * abs(self.reliability):.3g} points of reliability"
        bought = ("saves", self.usd < 0, usd), ("saves", self.sec < 0, sec), ("adds", self.reliability > 0, points)
        paid = ("costs", self.usd > 0, usd), ("takes", self.sec > 0, sec), ("loses", self.reliability < 0, points)
        sentence = "; it ".join(filter(None, map(_join_parts, (bought, paid)))) or "changes none of the three numbers"
        unknown = " What it does to latency is not known." if self.sec != self.sec else ""
        more = f"{100 * abs(self.refused):.3g} points {'more' if self.refused > 0 else 'fewer'}"
        refused = f" Of the tasks, {more} end refused." if abs(self.refused) >= LEAST_SHOWN else ""
        return f"{self.what}. It {sentence}.{refused}{unknown}"


@dataclass(frozen=True, eq=False, repr=False)
class Design(ByValue):
    """A workflow in which every step has made its choice.

    Attributes:
        base: the workflow before any choice.
        workflow: the workflow with the choices made.
        choices: step name -> name of its option.
        shape: the name of the graph's shape.
        accounting: how retries are counted.
        method: what found it: the frontier, or mixed-integer programming.
    """

    base: Workflow
    workflow: Workflow
    choices: Mapping[str, str]
    shape: str
    accounting: str
    method: str = field(default=BY_FRONTIER, compare=False)

    @cached_property
    def outcome(self) -> Outcome:
        """Cost, latency and reliability, by ``Workflow.outcome``."""
        return self.workflow.outcome(self.accounting)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What differs from the base workflow, each change weighed by taking it alone back out of this design."""
        return tuple(self._weigh_change(what, without) for what, without in self._list_differences())

    def _weigh_change(self, what: str, without: Callable[[], Workflow]) -> Change:
        try:
            other = without().outcome(self.accounting)
        except ValueError:  # a step that may end the workflow cannot stand beside others
            return Change(what, float("nan"), float("nan"), float("nan"))
        mine = self.outcome
        usd, sec = mine.cost - other.cost, mine.latency - other.latency
        right, refused = mine.reliability - other.reliability, mine.refused - other.refused
        return Change(what, without_noise(usd, mine.cost), without_noise(sec, mine.latency),
                      without_noise(right, 1.0), without_noise(refused, 1.0))  # fmt: skip

    def _list_differences(self) -> Iterator[tuple[str, Callable[[], Workflow]]]:
        """What was changed, in words, and the design without it."""
        if self.shape != AS_GIVEN:
            yield f"{self.shape[:1].upper()}{self.shape[1:]}", self._in_old_shape
        old = {step.name: step for step in self.base}
        for fields, words in ASPECTS:
            groups: dict[str, list[str]] = {}
            for step in self.workflow:
                if step.name in old and (change := _describe_difference(old[step.name], step, fields, words)):
                    groups.setdefault(change, []).append(step.name)
            for change, names in groups.items():
                yield f"{_list_names(names)}: {change}", partial(self._take_back, names, fields)

    def _take_back(self, names: Sequence[str], fields: Sequence[str]) -> Workflow:
        """This design with some fields of the named steps as they were."""
        old = {name: {field: getattr(self.base[name], field) for field in fields} for name in names}
        return Workflow(tuple(replace(step, **old.get(step.name, {})) for step in self.workflow))

    def _in_old_shape(self) -> Workflow:
        """The same choices in the base's graph."""
        mine = {step.name: step for step in self.workflow}
        return Workflow(tuple(replace(mine.get(step.name, step), needs=step.needs) for step in self.base))

    def __str__(self) -> str:
        return "\n".join([str(self.outcome), *(f"- {change}" for change in self.changes)])

    __repr__ = __str__


def _describe_debate(step: Step) -> str:
    talk = step.debate
    if talk is None:
        return "no debate"
    return f"a debate of {_say_count(talk.agents, 'agent')} over {_say_count(talk.rounds, 'round')}"


def _describe_checks(step: Step) -> str:
    """Gate and retries go together: without a gate every failure counts as noticed."""
    retries = _say_count(step.retries, "retry", "retries") if step.retries else "no retry"
    if step.gate is None:
        return retries
    person = " and a person" if step.gate.person else ""
    return f"{retries} behind a gate (recall {step.gate.detection:g}, false alarms {step.gate.false_alarm:g}){person}"


def _describe_cache(step: Step) -> str:
    if step.cache is None:
        return "no cache"
    unchecked = ", with answers stored before their check" if step.cache.stored == "first" else ""
    return f"a cache that hits {step.cache.hit_rate:.4g} of the time{unchecked}"


def _describe_stop(step: Step) -> str:
    if not step.may_end_early:
        return "no early stop"
    judge = step.judge
    judged = f" (judge's recall {judge.recall:g}, false alarms {judge.false_alarm:g})" if judge else ""
    return f"stopping early with probability {step.good_enough:g}{judged}"


ASPECTS: tuple[tuple[tuple[str, ...], Callable[[Step], str]], ...] = (
    (("model",), lambda step: step.model.name),
    (("debate",), _describe_debate),
    (("retries", "gate"), _describe_checks),
    (("cache",), _describe_cache),
    (("good_enough", "judge"), _describe_stop),
)


def _describe_difference(old: Step, new: Step, fields: tuple[str, ...], words: Callable[[Step], str]) -> str:
    """The change of one aspect in words; empty where there is none."""
    if all(getattr(old, field) == getattr(new, field) for field in fields):
        return ""
    before, after = words(old), words(new)
    return f"{after} instead of {before}" if before != after else f"another {before.removeprefix('a ')}"


def _list_names(names: list[str]) -> str:
    if len(names) <= 3:
        return ", ".join(names)
    return f"{names[0]}, {names[1]} ... {names[-1]} ({len(names)} steps)"


def _say_count(value: float, one: str, more: str = "") -> str:
    return f"{value:g} {one if value == 1 else more or one + 's'}"


def _join_parts(parts: Iterable[tuple[str, bool, str]]) -> str:
    """The parts that hold, in words; a verb is not said twice."""
    verbs: dict[str, list[str]] = {}
    for verb, holds, amount in parts:
        if holds:
            verbs.setdefault(verb, []).append(amount)
    return " and ".join(f"{verb} {' and '.join(amounts)}" for verb, amounts in verbs.items())
