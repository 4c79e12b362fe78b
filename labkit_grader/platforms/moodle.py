"""Moodle: its download of submissions, its grading worksheet as a list and as a table, its zip of feedback files."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from labkit_workbook.questions import Exercise

from ..record.spreadsheet import Row
from .platform import Field, Platform, PlatformIds, Upload, file_part, name_of_page

PARTICIPANT = "Participant "


class Moodle(Platform):
    """NAME_NUMBER_assignsubmission_file_, a folder or with the file's name behind it."""

    name = "moodle"
    described = "a Moodle download (NAME_NUMBER_assignsubmission_file_)"
    pattern = re.compile(
        r"(?P<name>.+?)_(?P<number>[0-9]+)_assignsubmission_(file|onlinetext)(_(?P<file>.*))?", re.DOTALL
    )
    heads = frozenset({"identifier", "full name"})
    participants = frozenset({"first name", "email address"})
    """The columns by which the list of a course's participants is known."""

    def knows_list(self, columns: Sequence[str]) -> bool:
        """The grading worksheet of an assignment, or the participants of a course."""
        return super().knows_list(columns) or self.participants <= set(columns)

    def upload_in(self, name: str) -> Upload | None:
        """Nothing where the name can be read in two ways."""
        return super().upload_in(name) if name.count("_assignsubmission_") == 1 else None

    def listed(self, row: Row) -> tuple[str, PlatformIds]:
        """A line of the grading worksheet; the id is its ID number, else its e-mail address, else the number."""
        number = re.sub(r"^[^0-9]*(?=[0-9]+$)", "", row["identifier"])  # Moodle writes the word in its own language
        student = row["id number"] or row["email address"] or number
        name = row["full name"] or f"{row['first name']} {row['last name'] or row['surname']}".strip()
        return student, PlatformIds(name, row["id number"], {self.name: number} if number else {})

    def plain_number(self, cell: str) -> str:
        """The number after the word ``Participant``."""
        return cell.removeprefix(PARTICIPANT)

    def columns(self, exercises: Sequence[Exercise], reused: Mapping[str, str]) -> dict[str, Field]:
        """The columns of an assignment's grading worksheet, whose comments are HTML."""
        return {
            "Identifier": lambda line: f"{PARTICIPANT}{line.number}" if line.number else "",
            "Full name": "name",
            "ID number": "login",
            "Grade": "total",
            "Maximum Grade": "most",
            "Last modified (grade)": lambda _: "",
            "Feedback comments": lambda line: html.escape(line.comments).replace("\n", "<br>"),
        }

    def feedback_name(self, upload: Upload | None, ids: PlatformIds, exercise: Exercise) -> str:
        """Moodle finds the student by the number between the first two underscores, so a name has none."""
        name = upload.name if upload else ids.name
        number = upload.number if upload else ids.numbers.get(self.name, "")
        if not number:
            return ""
        return f"{file_part(name).replace('_', ' ')}_{number}_assignsubmission_file_/{name_of_page(exercise)}"
