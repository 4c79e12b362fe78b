"""What was printed and drawn costs no honest notebook its grade, however much it is, in a zip too."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from labkit_grader.intake import saved_outputs
from labkit_grader.intake.saved_outputs import without_outputs
from labkit_grader.intake.submissions import find
from labkit_grader.release.demo import notebook

EXERCISES = {"ticket_spend": ["calls"]}
SOURCE = 'calls = 15\ncheck("ticket_spend.calls", calls)'


def with_outputs(outputs: Any) -> dict[str, Any]:
    whole = notebook([SOURCE])
    whole["cells"][0]["outputs"] = outputs
    return whole


def drawn(data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"application/x": data}}


@pytest.mark.parametrize(
    "one",
    [{"x": 1, "y": 0.5, "kind": 'a "b" [1]'}, [1, 2.5], "0.5 {\n"],
    ids=["points of a table", "pairs", "lines"],
)
def test_a_picture_of_many_points_is_passed_in_few_steps(monkeypatch: pytest.MonkeyPatch, one: Any) -> None:
    many = 4_000
    monkeypatch.setattr(saved_outputs, "MOST_STEPS", many // 10)
    kept = json.loads(without_outputs(json.dumps(with_outputs([drawn([one] * many)])).encode()))
    assert kept["cells"][0]["outputs"] == []
    assert kept["cells"][0]["source"] == SOURCE


def test_a_notebook_that_printed_much_is_read_from_a_students_zip(tmp_path: Path) -> None:
    text = json.dumps(
        with_outputs([{"output_type": "stream", "name": "stdout", "text": ["working ...\n"] * 1_600_000}])
    )
    assert len(text) > 21 * 2**20  # of one line, which a zip packs to a four-hundredth
    (tmp_path / "in" / "ann").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "in" / "ann" / "mine.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("01_ticket_spend.ipynb", text)
    found = find(tmp_path / "in", EXERCISES)
    assert [(each.student, each.exercise) for each in found.placed] == [("ann", "ticket_spend")]
    assert not found.unplaced


@pytest.mark.slow
def test_the_zips_of_one_student_share_their_room_and_take_none_of_the_next(tmp_path: Path) -> None:
    for student, zips in (("ann", 9), ("bob", 1)):
        (tmp_path / "in" / student).mkdir(parents=True)
        for number in range(zips):
            with zipfile.ZipFile(tmp_path / "in" / student / f"{number}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("big.ipynb", b" " * 31 * 2**20)
                archive.writestr("a.ipynb", json.dumps(notebook([SOURCE])))
    into = tmp_path / "unpacked"
    found = find(tmp_path / "in", EXERCISES, unpack_into=into)
    assert {each.student for each in found.placed} == {"ann", "bob"}
    written = sum(path.stat().st_size for path in into.rglob("*.ipynb"))
    assert written < (160 + 32) * 2**20
