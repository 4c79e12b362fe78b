"""Canvas: its download of submissions, its gradebook as a list and as a table, its upload of commented files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from labkit_workbook.questions import Exercise

from ..record.spreadsheet import Row
from .platform import Field, Line, Platform, PlatformIds, Upload, file_part, name_of_page

POSSIBLE = "    Points Possible"
TEST_STUDENT = ("student, test", "test student")


class Canvas(Platform):
    """NAME_NUMBER_UPLOAD_FILE, with _LATE after the name where it came late."""

    name = "canvas"
    described = "a Canvas download (NAME_NUMBER_NUMBER_FILE)"
    pattern = re.compile(r"(?P<name>.+?)(?P<late>_LATE)?_(?P<number>[0-9]+)_(?P<upload>[0-9]+)_(?P<file>.+)", re.DOTALL)
    heads = frozenset({"student", "id", "sis login id", "section"})
    uploads_are_numbered = True
    excused = "EX"

    def listed(self, row: Row) -> tuple[str, PlatformIds]:
        """A line of the gradebook; its ID is the number, its Student the name. The test student is nobody."""
        if row["student"].strip().casefold() in TEST_STUDENT or not row["id"]:
            return "", PlatformIds()
        return row["id"], PlatformIds(row["student"], row["sis login id"], {self.name: row["id"]})

    def columns(self, exercises: Sequence[Exercise], reused: Mapping[str, str]) -> dict[str, Field]:
        """The gradebook's columns; one that Canvas does not know becomes a new assignment."""
        students: dict[str, Field] = {
            "Student": "name",
            "ID": "number",
            "SIS Login ID": "login",
            "Section": lambda _: "",
        }
        return students | {reused.get(each.name, f"{each.number} {each.title}"): each.name for each in exercises}

    def first_lines(self, exercises: Sequence[Exercise]) -> list[Line]:
        """The line in which Canvas wants the most points of each column."""
        most: dict[str, float | str] = {each.name: each.most for each in exercises}
        total = sum(each.most for each in exercises)
        return [Line(POSSIBLE, POSSIBLE, "", "", total, total, "", most)]

    def feedback_name(self, upload: Upload | None, ids: PlatformIds, exercise: Exercise) -> str:
        """Canvas finds the submission by the two numbers of the download's name."""
        if upload is None or not upload.order:
            return ""
        late = "_LATE" if upload.late else ""
        return f"{file_part(upload.name)}{late}_{upload.number}_{upload.order}_{name_of_page(exercise)}"
