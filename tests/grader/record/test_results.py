"""What a grade depends on: a change in any of the five packages asks for grading again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from labkit_grader.record import results
from labkit_grader.record.files import put
from labkit_grader.record.results import PACKAGES, fingerprint


@pytest.mark.parametrize("package", ["labkit", "labkit_agents", "labkit_traces", "labkit_workbook", "labkit_grader"])
def test_a_change_in_any_package_changes_the_fingerprint(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "ROOT", tmp_path)
    for name in PACKAGES:
        put(tmp_path / name / "questions" / "one.py", "x = 1\n")
    before = fingerprint.__wrapped__()
    assert fingerprint.__wrapped__() == before
    put(tmp_path / "README.md", "no module")
    assert fingerprint.__wrapped__() == before
    put(tmp_path / package / "questions" / "one.py", "x = 2\n")
    changed = fingerprint.__wrapped__()
    put(tmp_path / package / "questions" / "two.py", "")
    assert len({before, changed, fingerprint.__wrapped__()}) == 3


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a" / "table.csv"
    put(path, "old")
    with pytest.raises(UnicodeEncodeError):
        put(path, "half\ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in path.parent.iterdir()] == ["table.csv"]
    put(path, b"\xff", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"\xff"
