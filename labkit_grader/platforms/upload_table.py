"""The table that a platform imports: a line a student, with nothing in it that a person should have looked at first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ..record.files import put
from ..record.grades import Gradebook, Standing
from ..record.safe_text import one_cell
from ..record.spreadsheet import table_text
from ..record.words import comment, seen
from .platform import Field, Line, Platform, PlatformIds

DOWNLOADED = re.compile(r"(?P<name>[^~]+)_(?P<number>[0-9]+)")


def write_table(
    path: Path,
    platform: Platform,
    gradebook: Gradebook,
    ids: Mapping[str, PlatformIds] | None = None,
    *,
    downloaded: bool = False,
    reused: Mapping[str, str] | None = None,
) -> None:
    """Write the table that a platform imports; nothing where it imports none.

    Args:
        path: the CSV to write.
        platform: for which.
        gradebook: of the class; one line for each student.
        ids: student -> how the platforms know them, from the list of the class.
        downloaded: the ids come from this platform's own download, and end in its number for the student.
        reused: exercise -> the column that it has on the platform already.
    """
    columns = platform.columns(gradebook.exercises, reused or {})
    if not columns:
        return
    lines = platform.first_lines(gradebook.exercises)
    for student in sorted(gradebook.students):
        lines.append(line_of(student, gradebook, platform, (ids or {}).get(student), downloaded))
    put(path, table_text(list(columns), [[_cell(field, line) for field in columns.values()] for line in lines]))


def line_of(
    student: str, gradebook: Gradebook, platform: Platform, ids: PlatformIds | None = None, downloaded: bool = False
) -> Line:
    """A student's line; ``ids`` are those that the list of the class has."""
    ids = ids or PlatformIds()
    pieces = DOWNLOADED.fullmatch(student) if downloaded else None
    name, number = (pieces["name"], pieces["number"]) if pieces else (student, "")
    known_by_number = downloaded or student in ids.numbers.values()  # which is no login
    standings = gradebook.standings(student)
    total = gradebook.total(student)
    waiting = any(each.waits for each in standings) or student in gradebook.unread
    return Line(
        student, one_cell(ids.name or name), ids.numbers.get(platform.name) or number,
        one_cell(ids.login) or ("" if known_by_number else student),
        "" if waiting or total is None else total,
        sum(each.due for each in standings),
        "\n\n".join(map(comment, standings)), {each.exercise.name: points_shown(each, platform) for each in standings},
    )  # fmt: skip


def points_shown(standing: Standing, platform: Platform) -> float | str:
    """The points of an exercise; blank where nobody has looked, so that no 0 goes to a platform unseen."""
    if standing.excused and standing.unseen:
        return platform.excused
    return "" if standing.blank else standing.points


def _cell(field: Field, line: Line) -> str | float:
    value = line.value(field) if isinstance(field, str) else field(line)
    return seen(value, None) if isinstance(value, str) else value
