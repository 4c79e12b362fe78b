"""All that is written for people and platforms, from the record, the marks by hand and who is in the class.

Who is in the class is kept in ``class.json``, so that the grades can be written again after marks were given, without
grading again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from labkit_workbook.questions import exercises

from ..intake.roster import kept_platform_ids
from ..platforms import PLATFORMS
from ..platforms.upload_table import write_table
from ..record.files import put
from ..record.grades import Gradebook, overrides, write_grades
from ..record.record_types import insist_on_types
from ..record.results import Record, Store
from ..reports.class_page import write_class_page
from ..reports.pages import write_pages

FILE = "class.json"


@dataclass(frozen=True)
class Roll:
    """Who is in the class.

    Attributes:
        students: their ids.
        remarks: student -> what was handed in and could not be graded.
        platform: the platform whose download gave the ids, if one did.
        unread: students of whom a file was not graded that a person should look at.
    """

    students: Sequence[str]
    remarks: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    unread: Sequence[str] = ()


def keep_roll(out: Path, roll: Roll) -> None:
    """Keep who is in the class."""
    put(out / FILE, json.dumps(asdict(roll), indent=1) + "\n")


def roll_of(out: Path) -> Roll:
    """Who is in the class, as it was kept.

    Raises:
        ValueError: nothing was kept, or it cannot be read.
    """
    try:
        content = json.loads((out / FILE).read_text(encoding="utf-8"))
        unread = list(content.get("unread", ()))
        return Roll(list(content["students"]), dict(content["remarks"]), str(content["platform"]), unread)
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{out} holds no results; `labkit grade FOLDER --out {out}` makes them") from None


def gradebook_of(out: Path, roll: Roll, records: Mapping[tuple[str, str], Record]) -> Gradebook:
    """What every page and table is made of."""
    graded = [exercise for exercise in exercises() if exercise.number]
    return Gradebook(roll.students, graded, records, overrides(out), roll.remarks, roll.unread)


def write_all(out: Path, gradebook: Gradebook, platform: str = "") -> Path:
    """Write the grades, the pages and the tables; where the grades are.

    The platforms' tables have only what somebody handed in: an exercise that is not due yet would be a 0 for everybody.
    """
    grades = write_grades(out, gradebook)
    write_pages(out / "feedback", gradebook)
    write_class_page(out / "class.html", gradebook)
    begun, kept = gradebook.handed_in(), kept_platform_ids(out)
    for each in PLATFORMS.values():
        table = out / f"lms_{each.name}.csv"
        write_table(table, each, begun, kept.ids, downloaded=platform == each.name, reused=kept.columns)
        each.write_more(out, gradebook)
    return grades


def gradebook_in(out: Path) -> Gradebook:
    """What a folder of results holds.

    Raises:
        ValueError: it holds no results, or a line of the record or of the marks by hand is wrong.
    """
    roll = roll_of(out)
    store = Store(out)
    insist_on_types(store.path)
    return gradebook_of(out, roll, store.records)


def write_again(out: Path) -> Path:
    """Write all again, from what the folder of results holds; where the grades are.

    Raises:
        ValueError: it holds no results, or a line of the marks by hand is wrong.
    """
    roll = roll_of(out)
    return write_all(out, gradebook_of(out, roll, Store(out).records), roll.platform)
