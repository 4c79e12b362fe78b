"""What was measured of one lever in one framework, beside what the formula predicts of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib import metadata
from typing import Any

from labkit import cost, latency, reliability
from labkit._inputs import one_number, one_whole
from labkit._values import ByValue
from labkit.reliability import Interval, wilson_interval

from ..server import LoggedCall

STANDARD_ERRORS = 4.0
"""A count that is random may be so many standard errors from its prediction."""
SOON_SEC = 0.001
"""What the endpoint asks a client to wait after 429 and 500, so that nobody waits for a client's own back-off."""
BILLED = ("timeout", "cut")
"""The hard faults that the endpoint bills: it has done the work."""
PACKAGES = {
    "LiteLLM": ("litellm", "openai"), "LangGraph": ("langgraph", "openai"), "CrewAI": ("crewai", "openai"),
    "OpenAI Agents SDK": ("openai-agents", "openai"), "OpenAI client": ("openai",),
    "LiteLLM and a ledger": ("litellm", "openai", "counting-calls"),
    "LangGraph and LiteLLM": ("langgraph", "litellm", "openai"),
}  # fmt: skip
"""What each framework's measurements depend on; ours on the course alone."""


@dataclass(frozen=True)
class Prediction:
    """What a formula says of all tasks together, before anything runs; None where it says nothing.

    Attributes:
        formula: in labkit's words, such as ``calls = calls_through_layers((3, 3))``; ``predicted_by`` reads it.
        calls: on the wire.
        usd: by the server's log.
        successes: of the tasks.
        sec: as in ``Measurement``.
        calls_error, usd_error: standard errors of ``calls`` and ``usd`` in USD; 0 where nothing is random. That of the
            successes is binomial.
    """

    formula: str
    calls: float | None = None
    usd: float | None = None
    successes: float | None = None
    sec: float | None = None
    calls_error: float = 0.0
    usd_error: float = 0.0

    def __post_init__(self) -> None:
        _check_text("formula", self.formula)
        for name in ("calls", "usd", "successes", "sec", "calls_error", "usd_error"):
            if getattr(self, name) is not None or name.endswith("_error"):
                one_number(name, getattr(self, name))


@dataclass(frozen=True, eq=False)
class Measurement(ByValue):
    """One lever in one framework under one condition: counts over all tasks, exact by the server's log.

    Attributes:
        lever: ``retries``, ``soft failures``, ``routing``, ``cache``, ``budget``, ``accounting``, ``graph``, ...
        framework: its name, or ``ours``.
        condition: in words.
        versions: of the packages that took part, by name.
        tasks: how many were asked for.
        calls_wire: requests that reached the server.
        calls_billed: those of them that cost something.
        usd: by the server's log.
        usd_client: by the client's own account; None where it keeps none.
        successes: tasks whose answer came and was right; None where that is not what is measured.
        sec: what the tasks wait for, each task's critical path added up: seconds by the card, and where a layer waits
            before it tries again the seconds that it asks for. None where they are not compared. Never real time.
        predicted: what the formula says; None where there is none.
        counts: whatever else was counted, by name.
        note: what else a reader must know.
    """

    lever: str
    framework: str
    condition: str
    versions: Mapping[str, str]
    tasks: int
    calls_wire: int
    calls_billed: int
    usd: float
    usd_client: float | None = None
    successes: int | None = None
    sec: float | None = None
    predicted: Prediction | None = None
    counts: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("lever", "framework", "condition"):
            _check_text(name, getattr(self, name))
        one_whole("tasks", self.tasks, 1)
        one_whole("calls_wire", self.calls_wire)
        one_whole("calls_billed", self.calls_billed)
        if self.calls_billed > self.calls_wire:
            raise ValueError(f"calls_billed must be at most calls_wire, {self.calls_wire}, got {self.calls_billed}")
        one_number("usd", self.usd)
        for name in ("usd_client", "sec"):
            if getattr(self, name) is not None:
                one_number(name, getattr(self, name))
        if self.successes is not None and one_whole("successes", self.successes) > self.tasks:
            raise ValueError(f"successes must be at most tasks, {self.tasks}, got {self.successes}")
        for name, kept in (("versions", self.versions), ("counts", self.counts)):
            if not isinstance(kept, Mapping) or not all(isinstance(each, str) and each.strip() for each in kept):
                raise ValueError(f"{name} must be a dict by name, got {kept!r}")
        for name, version in self.versions.items():
            _check_text(f"versions[{name!r}]", version)
        for name, count in self.counts.items():
            one_number(f"counts[{name!r}]", count)
        if not (self.predicted is None or isinstance(self.predicted, Prediction)):
            raise ValueError(f"predicted must be a Prediction or None, got {self.predicted!r}")
        if not isinstance(self.note, str):
            raise ValueError(f"note must be words, got {self.note!r}")

    @property
    def share(self) -> float | None:
        """The share of the tasks that succeeded."""
        return None if self.successes is None else self.successes / self.tasks

    @property
    def interval(self) -> Interval | None:
        """Wilson's interval of 95% of that share."""
        return None if self.successes is None else wilson_interval(self.successes, self.tasks)

    @property
    def unseen_usd(self) -> float | None:
        """What the server bills beyond the client's own account; negative where the client counts too much."""
        return None if self.usd_client is None else self.usd - self.usd_client

    def disagreements(self) -> list[str]:
        """What is further from its prediction than chance explains: exact where nothing is random.

        >>> law = predicted_by("calls = calls_through_layers((3,))")
        >>> retries = Measurement("retries", "LiteLLM", "500", {"litellm": "1.100.0"}, 1, 4, 0, 0.0, predicted=law)
        >>> retries.disagreements()
        ['calls: 4 measured, 3 predicted']
        """
        law, found = self.predicted, []
        if law is None:
            return []
        right = None if law.successes is None else min(1.0, law.successes / self.tasks)
        compared = [
            ("calls", self.calls_wire, law.calls, law.calls_error),
            ("usd", self.usd, law.usd, law.usd_error),
            ("sec", self.sec, law.sec, 0.0),
            ("successes", self.successes, law.successes, math.sqrt(self.tasks * right * (1 - right)) if right else 0.0),
        ]
        for name, seen, said, error in compared:
            if seen is not None and said is not None and abs(seen - said) > STANDARD_ERRORS * error + 1e-9:
                found.append(f"{name}: {seen:g} measured, {said:g} predicted")
        return found

    def to_json(self) -> dict[str, Any]:
        """All of it as a dict that JSON can carry."""
        return {**asdict(self), "versions": dict(self.versions), "counts": dict(self.counts)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Measurement:
        """What ``to_json`` made.

        Raises:
            ValueError: fields that are missing or unknown, or values that cannot be.
        """
        if not isinstance(record, Mapping):
            raise ValueError(f"record must be a dict, got {record!r}")
        values = {**record}
        try:
            if values.get("predicted") is not None:
                values["predicted"] = Prediction(**values["predicted"])
            return cls(**values)
        except TypeError as error:
            known = ", ".join(each.name for each in fields(cls))
            raise ValueError(f"record must have the fields {known}: {error}") from None


def predicted_by(formula: str, calls_error: float = 0.0, usd_error: float = 0.0) -> Prediction:
    """What a formula in labkit's own words comes to, so that the words and the numbers cannot differ.

    Args:
        formula: ``calls``, ``usd``, ``successes`` and ``sec``, each with what it equals, separated by semicolons; the
            functions of ``labkit.cost``, ``labkit.latency`` and ``labkit.reliability`` have their names.
        calls_error, usd_error: as in ``Prediction``.

    Raises:
        ValueError: a formula that cannot be read.

    >>> predicted_by("calls = calls_through_layers((3, 3)); usd = 9 * 0.03").calls
    9.0
    """
    _check_text("formula", formula)
    known = {name: getattr(module, name) for module in (cost, reliability, latency) for name in module.__all__}
    known |= {"min": min, "max": max, "sqrt": math.sqrt, "__builtins__": {}}
    found: dict[str, float] = {}
    for part in formula.split(";"):
        name, equals, words = part.partition(" = ")
        if not equals or name.strip() not in ("calls", "usd", "successes", "sec") or name.strip() in found:
            raise ValueError(f"formula must say once what calls, usd, successes and sec equal, got {formula!r}")
        try:
            found[name.strip()] = round(float(eval(words, known)), 12)  # own words, from this folder alone
        except (NameError, SyntaxError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            raise ValueError(f"formula must be in labkit's words, got {words!r}: {error}") from None
    return Prediction(formula, **found, calls_error=calls_error, usd_error=usd_error)


def measurement_of(
    rows: Iterable[LoggedCall], lever: str, framework: str, condition: str, **others: Any
) -> Measurement:
    """A measurement whose calls and dollars are those of the server's log, with the versions installed here.

    Args:
        rows: of the log, settled.
        lever, framework, condition: as in ``Measurement``.
        others: its other fields; ``tasks`` is 1 unless it is among them. ``in_turn=True`` says that each task makes its
            calls one after the other, so that it waits for the sum of their seconds.
    """
    calls = list(rows)
    billed = sum(call.usd > 0 for call in calls)
    usd = math.fsum(call.usd for call in calls)
    own = {"tasks": 1, **others}
    own |= {"calls_wire": len(calls), "calls_billed": billed, "usd": round(usd, 12)}
    if own.pop("in_turn", False):
        own["sec"] = round(math.fsum(call.sec for call in calls), 9)
    return Measurement(lever, framework, condition, versions_of(framework), **own)


@cache
def versions_of(framework: str) -> dict[str, str]:
    """The installed versions of the packages that a framework's measurements depend on, by name.

    >>> sorted(versions_of("ours"))
    ['counting-calls']

    Raises:
        ImportError: one is not installed.
    """
    return {name: metadata.version(name) for name in PACKAGES.get(framework, ("counting-calls",))}


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be words, got {value!r}")
