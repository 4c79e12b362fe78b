"""The tables of a class's policy, read with care; all of them are optional, the teacher's own, and never written here.

- ``policy.csv``: exercise, due, a_day, most, absent. What is late loses ``a_day`` for each day begun, at most ``most``.
- ``extensions.csv``: student, exercise, until, seconds. ``until`` is a time, ``+3`` (days) or ``excused``.
- ``groups.csv``: group, student.
- ``handed_in.csv``: student, exercise, at; it goes before what the files and the platform say.

An exercise is named as in ``grades.csv`` or by its number; ``*`` stands for all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from labkit_workbook.questions import exercises

from .policy import ALL, Amount, Arrival, Extension, Policy, Rule
from .safe_text import shown_id
from .spreadsheet import Row, points_in, read_own_table

EXCUSED = "excused"
POLICY, EXTENSIONS, GROUPS, HANDED_IN = "policy.csv", "extensions.csv", "groups.csv", "handed_in.csv"
LONGEST_SEC = 3600.0


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
    rules = dict(_lines(folder / POLICY, ("exercise",), _rule, ("due", "a_day", "most", "absent")))
    rules.setdefault(ALL, Rule())
    rules = {name: Rule(each.due or due, each.a_day, each.most, each.absent_is_zero) for name, each in rules.items()}
    extensions = dict(_lines(folder / EXTENSIONS, ("student", "exercise"), _extension, ("until", "seconds")))
    told = dict(_lines(folder / HANDED_IN, ("student", "exercise", "at"), _arrival))
    return Policy(rules, extensions, read_groups(folder), {**(arrivals or {}), **told}, datetime.now())


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


def _lines(
    path: Path, needed: tuple[str, ...], read: Callable[[Row], Any], optional: tuple[str, ...] = ()
) -> Iterator[Any]:
    """What stands in each line of a table, if there is one; no two for the same."""
    seen: dict[object, int] = {}
    for row in read_own_table(path, needed, optional).rows if path.exists() else ():
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
    days = re.fullmatch(r"\+?\s*([0-9]{1,3}(?:[.,][0-9]+)?)\s*(days?)?", until)  # spreadsheets take the plus away
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
