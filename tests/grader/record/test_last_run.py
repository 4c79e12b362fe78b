"""Where nothing has changed the words of the last run are said again and nothing is done; else all is done anew."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from labkit_grader.judge import outputs, run, worker
from labkit_grader.record import last_run, overrides, policy_tables, results
from labkit_grader.wall.wall import can_stand
from labkit_workbook.cli import main

STANDS, WHY = can_stand()
CALLS = 'from labkit_workbook import check\ncalls = 15\ncheck("ticket_spend.calls", calls)'
pytestmark = [pytest.mark.skipif(not STANDS, reason=WHY), pytest.mark.usefixtures("carried")]


def hand_in(folder: Path, student: str, source: str = CALLS) -> Path:
    path = folder / student / "01_ticket_spend.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


class Counted:
    """How often the wall is tried, a notebook prepared, and everything written."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        for module, name in ((worker, "try_the_wall"), (run, "prepared"), (run, "write_all"), (run, "write_similar")):
            patch.setattr(module, name, self.counting(name, getattr(module, name)))

    def counting(self, name: str, real: Callable) -> Callable:
        def called(*args: object, **options: object) -> object:
            self.calls.append(name)
            return real(*args, **options)

        return called

    def take(self) -> set[str]:
        found, self.calls[:] = set(self.calls), []
        return found


ALL = {"try_the_wall", "prepared", "write_all", "write_similar"}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def graded(tmp_path: Path, counted: Counted, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The line of a class that was graded once."""
    for student in ("ann", "bob"):
        hand_in(tmp_path / "class", student)
    (tmp_path / "class" / "bob" / "notes.pdf").write_bytes(b"%PDF")
    (tmp_path / "ids.csv").write_text("id\nann\nbob\neve\n", encoding="utf-8")
    command = [
        "grade",
        str(tmp_path / "class"),
        "--out",
        str(tmp_path / "out"),
        "--students",
        str(tmp_path / "ids.csv"),
    ]
    assert main(command) == 0
    assert "2 graded, 0 taken over, 3 students" in capsys.readouterr().out
    assert counted.take() == ALL
    return command


def test_with_nothing_new_nothing_is_done_and_the_words_are_those_of_a_run(
    graded: list[str], counted: Counted, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def states() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in sorted((tmp_path / "out").rglob("*"))}

    before = states()
    assert main(graded) == 0
    assert (counted.take(), states()) == (set(), before)
    quick = capsys.readouterr()
    assert "0 graded, 2 taken over, 3 students" in quick.out
    (tmp_path / "out" / last_run.FILE).unlink()
    assert main(graded) == 0
    assert counted.take() == ALL
    slow = capsys.readouterr()
    assert quick.out == slow.out
    assert quick.err == slow.err.rpartition("\r")[2].partition("\n")[2]  # less the line that counts
    assert main([*graded, "--jobs", "1"]) == 0  # how many at once changes nothing
    assert counted.take() == set()


def later(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a changed notebook": lambda at: hand_in(at / "class", "ann", "calls = 9"),
    "the same words written again": lambda at: hand_in(at / "class", "ann"),
    "one of the same length and time": lambda at: _swap(at / "class" / "ann" / "01_ticket_spend.ipynb"),
    "another student": lambda at: hand_in(at / "class", "eve"),
    "a file beside a notebook": lambda at: later(at / "class" / "ann" / "notes.txt", "x"),
    "a student who is gone": lambda at: shutil.rmtree(at / "class" / "bob"),
    "an empty folder": lambda at: (at / "class" / "zoe").mkdir(),
    "the list of the class": lambda at: later(at / "ids.csv", "id\nann\nbob\neve\nzoe\n"),
    "points by hand": lambda at: later(at / "out" / "overrides.csv", "student,exercise,points\nann,01,1\n"),
    "a policy": lambda at: later(at / "out" / "policy.csv", "exercise,due\n01,2026-01-01 12:00\n"),
    "a page that is missing": lambda at: next((at / "out" / "feedback").iterdir()).unlink(),
    "a page that was changed": lambda at: later(at / "out" / "class.html", "x"),
    "grades that are missing": lambda at: (at / "out" / "grades.csv").unlink(),
    "a record that is cut off": lambda at: os.truncate(at / "out" / "results.jsonl", 40),
    "words that cannot be read": lambda at: later(at / "out" / last_run.FILE, "[]"),
    "a link among the submissions": lambda at: (at / "class" / "ann" / "link").symlink_to(at / "ids.csv"),
}


def _swap(path: Path) -> None:
    """Another content of the same length, under the same time of change."""
    state, text = path.stat(), path.read_text(encoding="utf-8")
    changed = text.replace("calls", "callz", 1)
    assert len(changed) == len(text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_has_changed_is_seen(graded: list[str], counted: Counted, tmp_path: Path, change: str) -> None:
    CHANGES[change](tmp_path)
    main(graded)
    assert counted.take() == ALL
    expected = ALL if "link" in change else set()
    assert main(graded) == 0
    assert counted.take() == expected


@pytest.mark.parametrize(
    "more", [["--timeout", "50"], ["--attempt", "best"], ["--exercise", "01"], ["--due", "2026-10-12"]]
)
def test_other_options_are_another_run(graded: list[str], counted: Counted, more: list[str]) -> None:
    assert main([*graded, *more]) == 0
    assert counted.take() == ALL
    assert main([*graded, *more]) == 0
    assert counted.take() == set()


def test_another_grader_does_all_anew(graded: list[str], counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (last_run, run, worker, results):
        monkeypatch.setattr(module, "fingerprint", lambda: "another")
    assert main(graded) == 0
    assert counted.take() == ALL


def test_when_work_becomes_due_absence_may_be_a_zero(
    graded: list[str], counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = datetime.now() + timedelta(days=1)
    command = [*graded, "--due", f"{due:%Y-%m-%d %H:%M}"]
    assert main(command) == 0
    counted.take()
    assert main(command) == 0
    assert counted.take() == set()

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return due + timedelta(minutes=1)

    monkeypatch.setattr(last_run, "datetime", Later)
    assert main(command) == 0
    assert counted.take() == ALL


def test_a_run_that_left_something_undone_is_not_kept(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(tmp_path / "class", "ann")
    command = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out")]
    with monkeypatch.context() as patched:
        patched.setattr(worker, "grade", lambda *_: (_ for _ in ()).throw(MemoryError("the judge's own")))
        assert main(command) == 3
    assert not (tmp_path / "out" / last_run.FILE).exists()
    assert main(command) == 0
    assert (tmp_path / "out" / last_run.FILE).exists()


def test_a_table_that_was_changed_while_the_run_went_on_is_seen(
    graded: list[str], counted: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(tmp_path / "class", "ann", "calls = 9")
    real = outputs.next_due

    def meanwhile(out: Path, after: datetime) -> datetime | None:
        later(out / "overrides.csv", "student,exercise,points\nann,01,1\n")
        return real(out, after)

    with monkeypatch.context() as patched:
        patched.setattr(outputs, "next_due", meanwhile)
        assert main(graded) == 0
    counted.take()
    assert main(graded) == 0
    assert counted.take() == ALL


def test_the_teachers_tables_have_these_names() -> None:
    tables = policy_tables
    assert set(last_run.TABLES) == {
        overrides.OVERRIDES, tables.POLICY, tables.EXTENSIONS, tables.GROUPS, tables.HANDED_IN,
    }  # fmt: skip


def test_with_nothing_new_neither_numpy_nor_an_exercise_is_loaded(graded: list[str]) -> None:
    code = (
        f"import sys\nfrom labkit_workbook.cli import main\nassert main({graded!r}) == 0\n"
        "print(sorted(name for name in sys.modules if name == 'numpy' or '.questions' in name or '.judge' in name))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"
