"""Gradescope's export: each folder's owner and time are those of its table, as it lies or in the zip that comes."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

from labkit_grader.intake.submissions import Found, find
from labkit_grader.platforms.gradescope import METADATA, submissions_in
from labkit_grader.release.demo import notebook

KNOWN = {"ticket_spend": ["calls"]}
WORK = json.dumps(notebook(['calls = 15\ncheck("ticket_spend.calls", calls)']))
TABLE = """---
submission_41:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0123'
    :email: ada@uni.example
  :created_at: 2026-10-12 18:30:05.115447000 Z
  :score: 7.0
  :results:
    :output: |-
      submission_42:
        :submitters:
        - :email: eve@uni.example
  :history:
  - :id: 40
    :created_at: 2026-10-11 18:30:05.115447000 Z
submission_42:
  :submitters:
  - :name: Roe, Bob
    :sid:
    :email: "bob@uni.example"
  - :name: Zoë
    :sid: '77'
    :email: zoe@uni.example
  :created_at: 2026-10-12 20:30:05.1 -07:00
submission_43:
  :submitters: []
"""
ADA = datetime(2026, 10, 12, 18, 30, 5, tzinfo=timezone.utc).astimezone().replace(tzinfo=None)
BOB = datetime(2026, 10, 13, 3, 30, 5, tzinfo=timezone.utc).astimezone().replace(tzinfo=None)


def export(folder: Path, table: str = TABLE) -> Path:
    for number in (41, 42, 43):
        place = folder / f"submission_{number}"
        place.mkdir(parents=True)
        (place / "01_ticket_spend.ipynb").write_text(WORK, encoding="utf-8")
    (folder / METADATA).write_text(table, encoding="utf-8")
    return folder


def placed(found: Found) -> list[tuple[str, datetime | None]]:
    return [(each.student, each.arrival.at) for each in found.placed if not each.student.startswith("submission")]


@pytest.mark.parametrize("how", ["the folder", "a folder with it", "the zip", "a folder with the zip"])
def test_an_export_names_its_students_and_their_times(tmp_path: Path, how: str) -> None:
    lying = export(tmp_path / "in" / "assignment_9_export")
    zipped = tmp_path / "zips" / "assignment_9_export.zip"
    zipped.parent.mkdir()
    with zipfile.ZipFile(zipped, "w") as archive:
        for path in sorted(lying.rglob("*")):
            archive.write(path, path.relative_to(lying.parent))
    places = {"the folder": lying, "a folder with it": lying.parent, "the zip": zipped}
    found = find(places.get(how, zipped.parent), KNOWN, None, tmp_path / "unpacked")
    assert placed(found) == [("ada@uni.example", ADA), ("bob@uni.example", BOB)]
    assert found.students == ["ada@uni.example", "bob@uni.example", "submission_43"]
    assert f"whose each folder is, and when it came, is told by {METADATA}, of Gradescope's export" in found.remarks
    assert found.unplaced == []


def test_on_a_list_a_student_may_be_known_by_another_id_and_a_group_by_any_of_it(tmp_path: Path) -> None:
    found = find(export(tmp_path / "in"), KNOWN, ["0123", "zoe@uni.example"])
    assert placed(found) == [("0123", ADA), ("zoe@uni.example", BOB)]
    assert [each.why for each in found.unplaced] == ["submission_43 is not on the list of students"]


@pytest.mark.parametrize("table", ["", "\0\0", "submission_41: {}\n", "submission_41:\n  :submitters:\n  - :email:\n"])
def test_a_table_that_says_nothing_changes_nothing(tmp_path: Path, table: str) -> None:
    found = find(export(tmp_path / "in", table), KNOWN)
    assert [each.student for each in found.placed] == ["submission_41", "submission_42", "submission_43"]


def test_a_students_own_table_names_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("submission_41", "eve"):
        export(folder / name)
    found = find(folder, KNOWN, ["ada@uni.example", "eve"])
    assert {each.student for each in found.placed} == {"eve"}


@pytest.mark.parametrize("time", ["2026-13-45 18:30:05 Z", "yesterday", "0001-01-01 00:00:00 Z", ""])
def test_a_time_that_cannot_be_read_is_none(time: str) -> None:
    assert submissions_in(f"submission_1:\n  :created_at: {time}\n")["submission_1"].at in (None, datetime(1, 1, 1))
