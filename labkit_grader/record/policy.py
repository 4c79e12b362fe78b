"""When work is due, what lateness costs, who has longer, who hands in together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .spreadsheet import tidy

ALL = "*"


@dataclass(frozen=True)
class Amount:
    """Points, or a share of what was earned."""

    number: float
    share: bool = False

    def of(self, points: float) -> float:
        """How many points that is."""
        return self.number * points if self.share else self.number


@dataclass(frozen=True)
class Rule:
    """For one exercise: when it is due, what a day costs, the most it can cost, and whether absence is a 0."""

    due: datetime | None = None
    a_day: Amount | None = None
    most: Amount | None = None
    absent_is_zero: bool = False


@dataclass(frozen=True)
class Extension:
    """What one student may: hand in until then, so many days later, or not at all; run so many seconds."""

    until: datetime | None = None
    days: float = 0.0
    excused: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class Arrival:
    """When a file was handed in, if that is known, and whether the platform calls it late."""

    at: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class Lateness:
    """How late work is, and what it costs.

    Attributes:
        days: begun after it was due; 0 where it was in time.
        words: for the student.
        rule: what a day costs; without one nothing.
    """

    days: int = 0
    words: str = ""
    rule: Rule = field(default_factory=Rule)

    def penalty(self, points: float) -> float:
        """What is taken from so many points; never more than all of them.

        >>> Lateness(3, rule=Rule(a_day=Amount(0.1, share=True), most=Amount(0.25, share=True))).penalty(8.0)
        2.0
        """
        if not self.days or self.rule.a_day is None:
            return 0.0
        taken = self.days * self.rule.a_day.of(points)
        most = points if self.rule.most is None else self.rule.most.of(points)
        return round(max(0.0, min(taken, most, points)), 2)


@dataclass(frozen=True)
class Policy:
    """All of the tables together.

    Attributes:
        rules: exercise, or ``*`` -> its rule.
        extensions: (student, exercise or ``*``) -> what the student may.
        groups: student -> the ids under which the group's work may lie, the student's own left out.
        arrivals: (student, exercise) -> when it was handed in.
        now: until which moment it is known what was handed in; None where that is not known.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    extensions: Mapping[tuple[str, str], Extension] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    arrivals: Mapping[tuple[str, str], Arrival] = field(default_factory=dict)
    now: datetime | None = None

    def rule(self, exercise: str) -> Rule:
        """The rule for an exercise."""
        return self.rules.get(exercise) or self.rules.get(ALL) or Rule()

    def extension(self, student: str, exercise: str) -> Extension:
        """A student's extension; a line for the exercise goes before one for all."""
        return self.extensions.get((student, exercise)) or self.extensions.get((student, ALL)) or Extension()

    def due(self, student: str, exercise: str) -> datetime | None:
        """When a student's work is due; None where there is no date."""
        rule, extension = self.rule(exercise), self.extension(student, exercise)
        return extension.until or (rule.due + timedelta(days=extension.days) if rule.due else None)

    def absent_is_zero(self, student: str, exercise: str) -> bool:
        """Is work that is not there a 0 by now? Never for who is excused, nor before it is due."""
        due = self.due(student, exercise)
        is_due = due is None or self.now is None or due < self.now
        return self.rule(exercise).absent_is_zero and is_due and not self.extension(student, exercise).excused

    def timeout(self, student: str, exercise: str, usual: float) -> float:
        """How many seconds a student's notebook may run."""
        own = self.extension(student, exercise).seconds
        return usual if own is None else own

    def lateness(self, student: str, exercise: str, owner: str = "") -> Lateness:
        """How late a student's work is; ``owner`` is whose file it was, in a group."""
        rule, extension = self.rule(exercise), self.extension(student, exercise)
        arrival = self.arrivals.get((owner or student, exercise), Arrival())
        due = self.due(student, exercise)
        if arrival.at and due:
            days = math.ceil((arrival.at - due) / timedelta(days=1))
            words = f"handed in {arrival.at:%Y-%m-%d %H:%M}, due {due:%Y-%m-%d %H:%M}"
            return Lateness(days, f"{words}: {days_late(days)} late", rule) if days > 0 else Lateness()
        if not arrival.late:
            return Lateness()
        if extension.until or extension.days:
            return Lateness(0, "the platform calls it late, by the date of those without an extension", rule)
        return Lateness(1, "the platform calls it late and not how late: counted as 1 day", rule)


def days_late(days: int) -> str:
    """For example ``1 day``."""
    return f"{days} day" if days == 1 else f"{days} days"


def penalty_words(penalty: float) -> str:
    """For example ``1.5 points were taken for lateness``."""
    return f"{tidy(penalty)} points were taken for lateness" if penalty else ""
