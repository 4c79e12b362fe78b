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

from ..record.files import put
from ..record.grades import Gradebook, overrides, write_grades
from ..record.results import Record, Store
from ..reports.class_page import write_class_page
from ..reports.exports import canvas_map, moodle_map, write_gradescope, write_lms
from ..reports.pages import write_pages

FILE = "class.json"


@dataclass(frozen=True)
class Roll:
    """Who is in the class.

    Attributes:
        students: their ids.
        remarks: student -> what was handed in and could not be graded.
        platform: the platform whose download gave the ids, if one did.
    """

    students: Sequence[str]
    remarks: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""


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
        return Roll(list(content["students"]), dict(content["remarks"]), str(content["platform"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{out} holds no results; `labkit grade FOLDER --out {out}` makes them") from None


def gradebook_of(out: Path, roll: Roll, records: Mapping[tuple[str, str], Record]) -> Gradebook:
    """What every page and table is made of."""
    graded = [exercise for exercise in exercises() if exercise.number]
    return Gradebook(roll.students, graded, records, overrides(out), roll.remarks)


def write_all(out: Path, gradebook: Gradebook, platform: str = "") -> Path:
    """Write the grades, the pages and the tables; where the grades are.

    The platforms' tables have only what somebody handed in: an exercise that is not due yet would be a 0 for everybody.
    """
    grades = write_grades(out, gradebook)
    write_pages(out / "feedback", gradebook)
    write_class_page(out / "class.html", gradebook)
    write_gradescope(out / "gradescope", gradebook)
    begun = gradebook.handed_in()
    for name, mapping in {"canvas": canvas_map(begun.exercises), "moodle": moodle_map()}.items():
        path = out / f"lms_{name}.csv"
        write_lms(path, mapping, begun, downloaded=platform == name, points_possible=name == "canvas")
    return grades


def write_again(out: Path) -> Path:
    """Write all again, from what the folder of results holds; where the grades are.

    Raises:
        ValueError: it holds no results, or a line of the marks by hand is wrong.
    """
    roll = roll_of(out)
    return write_all(out, gradebook_of(out, roll, Store(out).records), roll.platform)
