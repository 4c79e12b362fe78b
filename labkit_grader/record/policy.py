"""When work is due, what lateness costs, who has longer, who hands in together: small tables beside the results.

All of them are optional, the teacher's own, and never written here:

- ``policy.csv``: exercise, due, a_day, most, absent. What is late loses ``a_day`` for each day begun, at most ``most``.
- ``extensions.csv``: student, exercise, until, seconds. ``until`` is a time, ``+3`` (days) or ``excused``.
- ``groups.csv``: group, student.
- ``handed_in.csv``: student, exercise, at; it goes before what the files and the platform say.

An exercise is named as in ``grades.csv`` or by its number; ``*`` stands for all.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from labkit_workbook.questions import exercises

from .safe_text import shown_id
from .spreadsheet import Row, points_in, read_table, tidy

ALL = "*"
EXCUSED = "excused"
POLICY, EXTENSIONS, GROUPS, HANDED_IN = "policy.csv", "extensions.csv", "groups.csv", "handed_in.csv"
LONGEST_SEC = 3600.0


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
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    extensions: Mapping[tuple[str, str], Extension] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    arrivals: Mapping[tuple[str, str], Arrival] = field(default_factory=dict)

    def rule(self, exercise: str) -> Rule:
        """What holds for an exercise."""
        return self.rules.get(exercise) or self.rules.get(ALL) or Rule()

    def extension(self, student: str, exercise: str) -> Extension:
        """What a student may; a line for the exercise goes before one for all."""
        return self.extensions.get((student, exercise)) or self.extensions.get((student, ALL)) or Extension()

    def timeout(self, student: str, exercise: str, usual: float) -> float:
        """How many seconds a student's notebook may run."""
        own = self.extension(student, exercise).seconds
        return usual if own is None else own

    def lateness(self, student: str, exercise: str, owner: str = "") -> Lateness:
        """How late a student's work is; ``owner`` is whose file it was, in a group."""
        rule, extension = self.rule(exercise), self.extension(student, exercise)
        arrival = self.arrivals.get((owner or student, exercise), Arrival())
        due = extension.until or (rule.due + timedelta(days=extension.days) if rule.due else None)
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


# ---- reading ----------------------------------------------------------------------------------------------


def read_policy(
    folder: Path, arrivals: Mapping[tuple[str, str], Arrival] | None = None, due: datetime | None = None
) -> Policy:
    """The tables in a folder of results; empty where there are none.

    Args:
        folder: of the results.
        arrivals: what the files and the platform say.
        due: for every exercise whose line in ``policy.csv`` has no date.

    Raises:
        ValueError: a line that cannot be read; the message names file and line.
    """
    rules = dict(_lines(folder / POLICY, ("exercise",), _rule))
    rules.setdefault(ALL, Rule())
    rules = {name: Rule(each.due or due, each.a_day, each.most, each.absent_is_zero) for name, each in rules.items()}
    extensions = dict(_lines(folder / EXTENSIONS, ("student", "exercise"), _extension))
    told = dict(_lines(folder / HANDED_IN, ("student", "exercise", "at"), _arrival))
    return Policy(rules, extensions, read_groups(folder), {**(arrivals or {}), **told})


def read_groups(folder: Path) -> dict[str, tuple[str, ...]]:
    """Student -> the group's name and the others in it, from ``groups.csv``.

    Raises:
        ValueError: a line that cannot be read, or a student in two groups.
    """
    members = defaultdict[str, list[str]](list)
    for group, student in _lines(folder / GROUPS, ("group", "student"), _member):
        if any(student in each for each in members.values()):
            raise ValueError(f"{GROUPS}: {student} is in two groups")
        members[group].append(student)
    return {
        student: (*(each for each in sorted(all_of) if each != student), group)
        for group, all_of in members.items()
        for student in all_of
    }


def _lines(path: Path, needed: tuple[str, ...], read: Callable[[Row], Any]) -> Iterator[Any]:
    """What stands in each line of a table, if there is one; no two for the same."""
    seen: dict[object, int] = {}
    for row in read_table(path, needed).rows if path.exists() else ():
        where = f"{path.name}, line {row.line}"
        try:
            found = read(row)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        key = found if path.name == GROUPS else found[0]
        if key in seen:
            raise ValueError(f"{where}: the same stands on line {seen[key]} already")
        seen[key] = row.line
        yield found


def _rule(row: Row) -> tuple[str, Rule]:
    if row["absent"] not in ("", "blank", "0"):
        raise ValueError(f"absent is blank or 0, got {row['absent']!a}")
    due = time_in(row["due"], "due") if row["due"] else None
    rule = Rule(due, amount_in(row["a_day"], "a_day"), amount_in(row["most"], "most"), row["absent"] == "0")
    return exercise_in(row["exercise"]), rule


def _extension(row: Row) -> tuple[tuple[str, str], Extension]:
    at = _student(row), exercise_in(row["exercise"])
    until, seconds = row["until"], None
    if row["seconds"]:
        seconds = points_in(row["seconds"])
        if seconds is None or not 0 < seconds < LONGEST_SEC:
            raise ValueError(f"seconds is above 0 and below {LONGEST_SEC:g}, got {row['seconds']!a}")
    if until.casefold() == EXCUSED:
        return at, Extension(excused=True, seconds=seconds)
    days = re.fullmatch(r"\+\s*([0-9]+(?:[.,][0-9]+)?)\s*(days?)?", until)
    if days:
        return at, Extension(days=float(days[1].replace(",", ".")), seconds=seconds)
    if not until and seconds is None:
        raise ValueError("until is empty; it is a time, +3 (days) or excused")
    return at, Extension(until=time_in(until, "until") if until else None, seconds=seconds)


def _member(row: Row) -> tuple[str, str]:
    if not row["group"]:
        raise ValueError("group is empty")
    return shown_id(row["group"]), _student(row)


def _arrival(row: Row) -> tuple[tuple[str, str], Arrival]:
    exercise = exercise_in(row["exercise"])
    if exercise == ALL:
        raise ValueError("exercise is one exercise here, got '*'")
    return (_student(row), exercise), Arrival(time_in(row["at"], "at"))


def _student(row: Row) -> str:
    if not row["student"]:
        raise ValueError("student is empty")
    return shown_id(row["student"])


def time_in(cell: str, what: str) -> datetime:
    """The time in a cell, in the time of this machine; of a day alone, its last second.

    >>> time_in("2026-10-12 18:00", "due"), time_in("2026-10-12", "due")
    (datetime.datetime(2026, 10, 12, 18, 0), datetime.datetime(2026, 10, 12, 23, 59, 59))

    Raises:
        ValueError: there is none.
    """
    try:
        time = datetime.fromisoformat(re.sub(r"Z$", "+00:00", cell))
    except ValueError:
        raise ValueError(f"{what} is a time such as 2026-10-12 23:59, got {cell!a}") from None
    if time.tzinfo:
        time = time.astimezone().replace(tzinfo=None)
    return time.replace(hour=23, minute=59, second=59) if re.fullmatch(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}", cell) else time


def amount_in(cell: str, what: str) -> Amount | None:
    """The amount in a cell: ``10%`` of what was earned, or points; None where it is empty.

    >>> amount_in("10%", "a_day"), amount_in("1,5", "a_day")
    (Amount(number=0.1, share=True), Amount(number=1.5, share=False))

    Raises:
        ValueError: it is neither, or below 0, or a share above 100%.
    """
    if not cell:
        return None
    share = cell.endswith("%")
    number = points_in(cell.rstrip("% "))
    if number is None or number < 0 or (share and number > 100):
        raise ValueError(f"{what} is points or a share from 0% to 100%, got {cell!a}")
    return Amount(number / 100, True) if share else Amount(number)


def exercise_in(cell: str) -> str:
    """The name of an exercise that is given by its name or number; ``*`` stays.

    >>> exercise_in("01"), exercise_in("1"), exercise_in("01_ticket_spend"), exercise_in("*")
    ('ticket_spend', 'ticket_spend', 'ticket_spend', '*')

    Raises:
        ValueError: there is none.
    """
    graded = [each for each in exercises() if each.number]
    for each in graded:
        if cell == ALL or cell in (each.number, each.name, f"{each.number}_{each.name}", f"{int(each.number)}"):
            return ALL if cell == ALL else each.name
    known = ", ".join(each.number for each in graded)
    raise ValueError(f"there is no exercise {cell!r}; there is {known}")


def penalty_words(penalty: float) -> str:
    """For example ``1.5 points were taken for lateness``."""
    return f"{tidy(penalty)} points were taken for lateness" if penalty else ""
