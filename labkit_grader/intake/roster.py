"""The list of the class: ids, names, and the numbers by which the platforms know the students.

A platform's own list (Canvas' gradebook, Moodle's grading worksheet or its participants) is read as it comes. Names
and numbers go into the tables for the platforms, so that each line finds its student there. They are kept in the
folder of results, for the tables are written again whenever marks by hand are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labkit_workbook.questions import exercises

from ..platforms import PLATFORMS
from ..platforms.platform import Platform, PlatformIds
from ..record.files import put
from ..record.safe_text import shown_id
from ..record.spreadsheet import Row, Table, read_table

FILE = "platform_ids.json"
ID_HEADS = ("id", "login", "student")
"""The heads of the column with the ids, the surest first."""
OTHER_HEAD = re.compile(r"((full |first |last |sur|user ?)?name|sid|student id|e-?mail( address)?)", re.IGNORECASE)
"""Heads of other columns; a list without one that names the ids must not begin with them."""
PARTICIPANTS = "participante?|partecipante|teilnehmer/in|deelnemer|deltager|deltagare|osallistuja|uczestnik"
"""What Moodle writes before a number, in its languages."""
NUMBERS = {f"{name}_id": name for name, each in PLATFORMS.items() if each.heads}


@dataclass(frozen=True)
class ClassList:
    """What a list of the class says.

    Attributes:
        students: their ids, in the order of the list.
        ids: student, as the tables show the id -> how the platforms know them.
        columns: exercise -> the column that it has in the platform's table already.
    """

    students: Sequence[str] = ()
    ids: Mapping[str, PlatformIds] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


def read_class_list(path: Path) -> ClassList:
    """The list given with ``--students``: a platform's own, or a table of ours, or ids below each other.

    Args:
        path: a CSV with commas, semicolons or tabs. Of our own table the column ``id``, ``login`` or ``student`` has
            the ids; ``name``, ``canvas_id`` and ``moodle_id`` count, and need not be there. Without such a head the
            first column has the ids.

    Raises:
        ValueError: there are no ids, a number is none, or two students have the same one.
    """
    table = read_table(path, ())
    platform = next((each for each in PLATFORMS.values() if each.knows_list(table.columns)), None)
    head = next((each for each in ID_HEADS if each in table.columns), "")
    if platform is None and not head:
        if set(NUMBERS) & set(table.columns):
            raise ValueError(f"{path.name}, line 1: head the column of the ids student")
        _insist_on_no_head(table, path.name)
        students = [cells[0] for cells in table.cells if cells and cells[0]]
        found: list[tuple[Row, str, PlatformIds]] = []
    else:
        found = list(_read(table, platform, head, path.name))
        students = [student for _, student, _ in found]
    if not students:
        raise ValueError(f"{path} holds no student's id")
    for student in students:
        _insist_on_an_id(student, path.name)
    ids = _ids(found, path.name)
    return ClassList(list(dict.fromkeys(students)), ids, _columns(table.heads) if platform else {})


def _insist_on_no_head(table: Table, name: str) -> None:
    """Refuse a list whose first line names columns, none of which the ids are told by: it would be a student.

    A head is told by its words, or by a column of addresses or numbers below it of which it is none itself.
    """
    first, *others = [[cell.strip() for cell in cells] for cells in table.cells] or [[]]
    if any(cells and cells[0].casefold() in ID_HEADS for cells in others):
        raise ValueError(f"{name}: the heads of the columns are not on its first line; take off the lines above them")
    is_head = any(map(OTHER_HEAD.fullmatch, first))
    for place, cell in enumerate(first):
        below = [cells[place] for cells in others if len(cells) > place and cells[place]]
        for is_of_kind in (str.isdigit, lambda text: "@" in text):
            is_head = is_head or bool(cell and below and not is_of_kind(cell) and all(map(is_of_kind, below)))
    if is_head:
        raise ValueError(
            f"{name}, line 1: {', '.join(filter(None, first))!a} are heads, and none is that of the ids; head the "
            "column with the ids student, or save a platform's own list with its heads in English"
        )


def _insist_on_an_id(student: str, name: str) -> None:
    """Refuse what a spreadsheet made of an id, and a line of Moodle's worksheet under another language's heads."""
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?E\+[0-9]+|[0-9]+\.0", student, re.IGNORECASE):
        raise ValueError(
            f"{name}: a spreadsheet made the number {student} of an id; make that column one of text, and save it again"
        )
    if re.fullmatch(rf"({PARTICIPANTS})\s*[0-9]+", student, re.IGNORECASE):
        raise ValueError(
            f"{name}: {student!a} is a line of Moodle's grading worksheet, whose heads are not in English; switch "
            "Moodle to English before you download it"
        )


def read_roster(path: Path) -> list[str]:
    """The ids of the class, in the order of its list."""
    return list(read_class_list(path).students)


def read_platform_ids(path: Path) -> dict[str, PlatformIds]:
    """Student -> how the platforms know them, as the list of the class says."""
    return dict(read_class_list(path).ids)


def by_number(ids: Mapping[str, PlatformIds]) -> dict[str, dict[str, str]]:
    """Platform -> its number for a student -> that student.

    >>> by_number({"ann": PlatformIds(numbers={"canvas": "71"})})
    {'canvas': {'71': 'ann'}, 'moodle': {}}
    """
    return {
        name: {each.numbers[name]: student for student, each in ids.items() if each.numbers.get(name)}
        for name in NUMBERS.values()
    }


def _read(table: Table, platform: Platform | None, head: str, name: str) -> Iterator[tuple[Row, str, PlatformIds]]:
    """The lines that are a student's."""
    for row in table.rows:
        if platform:
            student, ids = platform.listed(row)
        else:
            numbers = {NUMBERS[column]: row[column] for column in NUMBERS if row[column]}
            student, ids = row[head], PlatformIds(row["name"], row["sis login id"], numbers)
        if not student:
            continue
        plain = {each: PLATFORMS[each].plain_number(number) for each, number in ids.numbers.items()}
        for each, number in plain.items():
            if number and not re.fullmatch("[0-9]+", number):
                column = next(column for column, platform_name in NUMBERS.items() if platform_name == each)
                raise ValueError(
                    f"{name}, line {row.line}: {column} is the platform's number for a student, got {number!a}"
                )
        yield row, student, PlatformIds(ids.name, ids.login, {each: number for each, number in plain.items() if number})


def _ids(found: Sequence[tuple[Row, str, PlatformIds]], name: str) -> dict[str, PlatformIds]:
    """By the ids that the tables show; two students with one number would get each other's grades."""
    known: dict[str, PlatformIds] = {}
    lines: dict[tuple[str, str], int] = {}
    for row, student, ids in found:
        shown = shown_id(student)
        if known.get(shown, ids) != ids:
            raise ValueError(f"{name}, line {row.line}: {student} stands there already, with other numbers")
        if shown in known:
            continue
        for column, platform in NUMBERS.items():
            number = ids.numbers.get(platform, "")
            earlier = lines.setdefault((column, number), row.line)
            if number and earlier != row.line:
                raise ValueError(f"{name}, line {row.line}: {column} {number} stands on line {earlier} already")
        known[shown] = ids
    return {student: ids for student, ids in known.items() if ids != PlatformIds()}


def _columns(heads: Sequence[str]) -> dict[str, str]:
    """Exercise -> its column there, such as ``01 Ticket spend (123)``: the platform's number stands in brackets."""
    found = {}
    for exercise in exercises():
        title = re.escape(f"{exercise.number} {exercise.title}")
        columns = [
            head for head in heads if exercise.number and re.fullmatch(rf"{title} \([0-9]+\)", head, re.IGNORECASE)
        ]
        if len(columns) == 1:
            found[exercise.name] = columns[0]
    return found


# ---- kept beside the results ------------------------------------------------------------------------------


def keep_platform_ids(out: Path, ids: Mapping[str, PlatformIds], columns: Mapping[str, str] | None = None) -> None:
    """Keep them in the folder of results; those of an earlier run go."""
    if ids or columns:
        content = {"students": {student: asdict(each) for student, each in ids.items()}, "columns": dict(columns or {})}
        put(out / FILE, json.dumps(content, indent=1) + "\n")
    else:
        (out / FILE).unlink(missing_ok=True)


def kept_platform_ids(out: Path) -> ClassList:
    """As they were kept; nobody's where there are none.

    Raises:
        ValueError: they cannot be read.
    """
    path = out / FILE
    if not path.exists():
        return ClassList()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        ids = {student: PlatformIds(**each) for student, each in content["students"].items()}
        return ClassList(list(ids), ids, dict(content["columns"]))
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        raise ValueError(f"{path} cannot be read; grade again with --students, which writes it anew") from None
