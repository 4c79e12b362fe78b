"""All that is written for people and platforms, from the record, the marks by hand and who is in the class.

Who is in the class is kept in ``class.json``, so that the grades can be written again after marks were given, without
grading again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from labkit_workbook.questions import exercises

from ..intake.roster import kept_platform_ids
from ..platforms import PLATFORMS
from ..platforms.upload_table import write_table
from ..record.files import put
from ..record.grades import Gradebook, write_grades, write_questions
from ..record.overrides import read_overrides
from ..record.policy import Arrival
from ..record.policy_tables import read_policy
from ..record.record_types import insist_on_types
from ..record.results import Record, Store
from ..reports.class_page import write_class_page
from ..reports.returns import write_returns
from ..reports.student_page import write_pages

FILE = "class.json"


@dataclass(frozen=True)
class Roll:
    """Who is in the class, and how their work came in.

    Attributes:
        students: their ids.
        remarks: student -> what was handed in and could not be graded.
        platform: the platform whose download gave the ids, if one did.
        unread: students of whom a file was not graded that a person should look at.
        arrivals: (student, exercise) -> when it was handed in.
        due: for the exercises whose line in policy.csv has no date.
        exercises: the names of those that count; all where there are none.
        without_file: (student, exercise) of the records whose files were not there.
    """

    students: Sequence[str]
    remarks: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    unread: Sequence[str] = ()
    arrivals: Mapping[tuple[str, str], Arrival] = field(default_factory=dict)
    due: datetime | None = None
    exercises: Sequence[str] = ()
    without_file: Sequence[tuple[str, str]] = ()


def keep_roll(out: Path, roll: Roll) -> None:
    """Keep who is in the class."""
    content = {
        "students": list(roll.students),
        "remarks": dict(roll.remarks),
        "platform": roll.platform,
        "unread": list(roll.unread),
        "arrivals": [[*at, _text_of(each.at), each.late] for at, each in roll.arrivals.items()],
        "due": _text_of(roll.due),
        "exercises": list(roll.exercises),
        "without_file": list(roll.without_file),
    }
    put(out / FILE, json.dumps(content, indent=1) + "\n")


def roll_of(out: Path) -> Roll:
    """Who is in the class, as it was kept.

    Raises:
        ValueError: nothing was kept, or it cannot be read.
    """
    path = out / FILE
    if not path.exists():
        raise ValueError(f"{out} holds no results; `labkit grade FOLDER --out {out}` makes them")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        arrivals = {(s, e): Arrival(_time_of(at), bool(late)) for s, e, at, late in content.get("arrivals", ())}
        return Roll(
            list(content["students"]), dict(content["remarks"]), str(content["platform"]),
            list(content.get("unread", ())), arrivals, _time_of(content.get("due", "")),
            list(content.get("exercises", ())), [(s, e) for s, e in content.get("without_file", ())],
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{path} cannot be read; delete it and type the line of `labkit grade` again") from None


def roll_before(out: Path) -> Roll:
    """The roll that an earlier run kept; an empty one where there was none."""
    return roll_of(out) if (out / FILE).exists() else Roll(())


def _text_of(time: datetime | None) -> str:
    return time.isoformat() if time else ""


def _time_of(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def gradebook_of(out: Path, roll: Roll, records: Mapping[tuple[str, str], Record]) -> Gradebook:
    """What every page and table is made of."""
    graded = [each for each in exercises() if each.number and (not roll.exercises or each.name in roll.exercises)]
    policy = read_policy(out, roll.arrivals, roll.due)
    marks, gone = read_overrides(out), frozenset(roll.without_file)
    return Gradebook(roll.students, graded, records, marks, roll.remarks, roll.unread, policy, gone)


def write_all(out: Path, gradebook: Gradebook, platform: str = "") -> Path:
    """Write the grades, the pages and the tables; where the grades are.

    Pages and platforms' tables have only what somebody handed in: one that is not due yet would be a 0 for everybody.
    """
    grades = write_grades(out, gradebook)
    write_questions(out, gradebook)
    begun, kept = gradebook.handed_in(), kept_platform_ids(out)
    shown = begun if begun.exercises else gradebook
    write_pages(out / "feedback", shown)
    write_class_page(out / "class.html", shown)
    for each in PLATFORMS.values():
        table = out / f"lms_{each.name}.csv"
        write_table(table, each, begun, kept.ids, downloaded=platform == each.name, reused=kept.columns)
        each.write_more(out, shown)
        write_returns(out / f"return_{each.name}.zip", each, begun, kept.ids)
    return grades


def gradebook_in(out: Path) -> Gradebook:
    """The gradebook of a folder of results.

    Raises:
        ValueError: it holds no results, or a line of the record or of the marks by hand is wrong.
    """
    roll = roll_of(out)
    store = Store(out)
    insist_on_types(store.path)
    return gradebook_of(out, roll, store.records)


def next_due(out: Path, after: datetime) -> datetime | None:
    """When the next work is due after a moment, of anybody in the class; None where nothing is."""
    roll = roll_of(out)
    policy = read_policy(out, roll.arrivals, roll.due)
    dates = {policy.due(student, each.name) for student in roll.students for each in exercises()}
    return min((date for date in dates if date is not None and date >= after), default=None)


def write_again(out: Path) -> Path:
    """Write all again, from the record in the folder of results; where the grades are.

    Raises:
        ValueError: it holds no results, or a line of the marks by hand is wrong.
    """
    roll = roll_of(out)
    return write_all(out, gradebook_of(out, roll, Store(out).records), roll.platform)
