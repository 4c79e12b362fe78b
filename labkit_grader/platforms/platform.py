"""A learning platform: how its download names students, and what it takes back. One module a platform.

A new platform is a class of its own below, in a module of its own, and a line in ``PLATFORMS`` (``__init__``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TypeAlias

from labkit_workbook.questions import Exercise

from ..record.grades import Gradebook
from ..record.safe_text import plain_text
from ..record.spreadsheet import Row

LONGEST_PART = 40
"""Letters of a student's name in the name of a file, which few systems allow more than 255 bytes."""


@dataclass(frozen=True)
class PlatformIds:
    """A student's ids on the platforms; a text is empty where the list of the class does not say.

    Attributes:
        name: as their tables show it.
        login: the student's login there.
        numbers: platform's name -> its number for the student.
    """

    name: str = ""
    login: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """What the name at the top of a download says.

    Attributes:
        name: the student's, as the platform writes it in file names.
        number: the platform's number for the student.
        file: the student's own name of the file; empty where the platform does not keep it.
        order: a number that grows with time; 0 where the platform gives none.
        late: the platform marked it as late.
    """

    name: str
    number: str
    file: str = ""
    order: int = 0
    late: bool = False


@dataclass(frozen=True)
class Line:
    """One line of an upload table: the fields that a column may name, besides the exercises' own.

    Attributes:
        student: the id by which labkit knows the student.
        name, number, login: as the platform knows the student; empty where that is not known.
        total, most: points of all exercises; the total is empty where a person has to look first.
        comments: the feedback as text.
        by_exercise: exercise -> points, or an empty text where a person has to look first.
    """

    student: str
    name: str
    number: str
    login: str
    total: float | str
    most: float
    comments: str
    by_exercise: Mapping[str, float | str]

    def value(self, field: str) -> str | float:
        """A field by its name.

        Raises:
            ValueError: there is none of that name.
        """
        if field in self.by_exercise:
            return self.by_exercise[field]
        if field in self.__dict__ and field != "by_exercise":
            return self.__dict__[field]
        known = ", ".join([*(key for key in self.__dict__ if key != "by_exercise"), *self.by_exercise])
        raise ValueError(f"no field is named {field!r}; the fields are {known}")


Field: TypeAlias = "str | Callable[[Line], str | float]"


class Platform:
    """What a platform need not have: a download that is known by its names, a list, a table, names for feedback."""

    name: ClassVar[str]
    described: ClassVar[str]
    """How the layout of its download is said to a teacher."""
    pattern: ClassVar[re.Pattern[str] | None] = None
    """The names at the top of its download: the groups name and number, and perhaps file, upload and late."""
    heads: ClassVar[frozenset[str]] = frozenset()
    """The columns, in small letters, by which its own list of the class is known."""
    uploads_are_numbered: ClassVar[bool] = False
    """Its names hold a number that grows with time; the times of its files are those of the download."""
    excused: ClassVar[str] = ""
    """What its table has for a student who is excused."""

    def upload_in(self, name: str) -> Upload | None:
        """What a name at the top of a download says, if this platform gave it."""
        match = self.pattern.fullmatch(name) if self.pattern else None
        if match is None:
            return None
        pieces = match.groupdict()
        order, late = int(pieces.get("upload") or 0), bool(pieces.get("late"))
        return Upload(match["name"], match["number"], pieces.get("file") or "", order, late)

    def knows_list(self, columns: Sequence[str]) -> bool:
        """Is a table with these columns this platform's own list of the class?"""
        return bool(self.heads) and self.heads <= set(columns)

    def listed(self, row: Row) -> tuple[str, PlatformIds]:
        """The student's id in a line of that list, and how the platform knows them; an empty id for nobody's line.

        Raises:
            ValueError: the line is none of the list's.
        """
        raise NotImplementedError

    def plain_number(self, cell: str) -> str:
        """The platform's number for a student, without the words that it writes before it."""
        return cell

    def columns(self, exercises: Sequence[Exercise], reused: Mapping[str, str]) -> dict[str, Field]:
        """The columns of the table that it imports; none where it imports no table.

        Args:
            exercises: that somebody handed in.
            reused: exercise -> the column that it has on the platform already.
        """
        return {}

    def first_lines(self, exercises: Sequence[Exercise]) -> list[Line]:
        """Lines above the students' in the table."""
        return []

    def feedback_name(self, upload: Upload | None, ids: PlatformIds, exercise: Exercise) -> str:
        """Under which name the platform takes a student's page of feedback back; empty where it cannot be known.

        Args:
            upload: what the name of the student's own upload says, if it came from this platform.
            ids: how the platform knows the student.
            exercise: the page's.
        """
        return ""

    def write_more(self, out: Path, gradebook: Gradebook) -> None:
        """Write what it takes back beside a table and files of feedback."""


def file_part(name: str) -> str:
    """A name as a part of a file's name, which leads out of no folder, on no system.

    >>> file_part("Ada Lovelace"), file_part("../C:\\\\ada")
    ('Ada Lovelace', '.. C  ada')
    """
    return re.sub(r'[/\\:*?"<>|]', " ", plain_text(name)[:LONGEST_PART]).strip() or "student"


def name_of_page(exercise: Exercise) -> str:
    """The name of a student's page of feedback for one exercise.

    >>> from labkit_workbook.questions import exercise
    >>> name_of_page(exercise("ticket_spend"))
    '01_ticket_spend_feedback.html'
    """
    return f"{exercise.number}_{exercise.name}_feedback.html"
