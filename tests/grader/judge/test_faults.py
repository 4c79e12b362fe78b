"""A fault of the grader's own is loud: it is told with its reason, ends with a status above 0, and is never a 0."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit_grader.judge import run, surroundings, worker
from labkit_grader.judge.class_warnings import warnings_in
from labkit_grader.judge.judge import Verdict
from labkit_grader.judge.run import MOST_FAULTS, NOT_TRIED, grade_folder
from labkit_grader.judge.surroundings import what_is_missing
from labkit_grader.judge.worker import Refused
from labkit_grader.record.results import Store
from labkit_grader.release.demo import code, notebook
from labkit_grader.wall import owners
from labkit_grader.wall.owners import FIRST_OWNER, known_id, ranges_of
from labkit_grader.wall.readable import ROOT
from labkit_grader.wall.wall import can_stand
from labkit_workbook.cli import main

STANDS, WHY = can_stand()
walled = pytest.mark.skipif(not STANDS, reason=WHY)
ANSWER = "calls = 15\ncheck('ticket_spend.calls', calls)"


def hand_in(folder: Path, students: int) -> Path:
    for number in range(students):
        path = folder / f"s{number:02}" / "01_ticket_spend.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook([code(ANSWER)])), encoding="utf-8")
    return folder


@pytest.fixture
def trusting(carried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "try_the_wall", lambda mode: None)


def grade_in_another_process(folder: Path, out: Path, before: str = "", **environment: str) -> tuple[int, str]:
    """``labkit grade`` in a process of its own, with the line of Python before it; its status and its errors."""
    program = f"import os, resource, sys\n{before}\nfrom labkit_workbook.cli import main\nsys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "grade", str(folder), "--out", str(out), "--jobs", "1"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    return done.returncode, done.stderr


@walled
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))", "ulimit -f unlimited"),
        ("os.umask(0o777)", "umask 022"),
        ("resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))", "ulimit -n 1024"),
        pytest.param(
            "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/nowhere']",
            "set TMPDIR to one",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "os.statvfs = lambda path: type('S', (), dict(f_bavail=9, f_frsize=1, f_files=0, f_favail=0))",
            "is full",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_the_machine_lacks_is_named_before_anything_is_graded(tmp_path: Path, before: str, said: str) -> None:
    status, errors = grade_in_another_process(hand_in(tmp_path / "class", 1), tmp_path / "out", before)
    assert status == 2
    assert said in errors
    assert "Linux" not in errors


def narrowed(name: str) -> str:
    """What is said where this limit is 9; nothing is limited here."""
    resource = surroundings.resource
    limit = getattr(resource, name)
    with pytest.MonkeyPatch.context() as patch:
        none = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        patch.setattr(resource, "getrlimit", lambda what: (9, 9) if what == limit else none)
        return what_is_missing()


def test_nothing_is_missing_here_and_each_lack_has_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert what_is_missing() == ""
    assert "bytes of memory here, and 2,147,483,648 are needed; type `ulimit -v unlimited`" in narrowed("RLIMIT_AS")
    assert "a process may run for no more than 9 s here, and 60 are needed" in narrowed("RLIMIT_CPU")
    monkeypatch.setattr(surroundings, "NEEDED_BYTES", 2**80)
    assert "is full" in what_is_missing()


@walled
def test_what_no_child_can_do_is_refused_though_the_wall_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker._process, "tried", set())
    monkeypatch.setattr(worker, "MADE", "import os\nos._exit(9)")
    assert main(["grade", str(hand_in(tmp_path / "class", 2)), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "a made notebook could not be run here, so no student's can: it ended itself before the end" in said
    assert not (tmp_path / "out" / "grades.csv").exists()


@walled
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare")
def test_in_a_user_namespace_without_other_users_notebooks_are_graded(tmp_path: Path) -> None:
    folder, out = hand_in(tmp_path / "class", 1), tmp_path / "out"
    inside = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    line = [*inside, sys.executable, "-m", "labkit_workbook", "grade", str(folder), "--out", str(out), "--jobs", "1"]
    line[4:6] = ["-c", "import sys; from labkit_workbook.cli import main; sys.exit(main(sys.argv[1:]))"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, Store(out).records["s00", "ticket_spend"].points) == (0, 1), done.stderr


def test_a_child_is_another_user_only_where_that_one_can_reach_its_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """With TMPDIR in root's own home it would find no module that it has not loaded yet."""
    asked: list[Path] = []
    monkeypatch.setattr(owners, "others_may_enter", lambda *folders: asked.extend(folders))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert owners.child_owner(FIRST_OWNER) == (0, os.getegid())
    assert ROOT in asked


def test_an_owner_is_one_that_this_namespace_has(tmp_path: Path) -> None:
    everything, rootless = [range(2**32 - 1)], [range(1), range(1, 65537)]
    assert known_id(FIRST_OWNER, everything) == FIRST_OWNER
    ids = {known_id(FIRST_OWNER + number, rootless) for number in range(100)}
    assert len(ids) == 100
    assert all(1000 < each < 65534 for each in ids)
    assert known_id(FIRST_OWNER, [range(1)]) == known_id(FIRST_OWNER, []) == 0
    (tmp_path / "uid_map").write_text("         0       1000          1\n         1     100000      65536\n")
    assert ranges_of(tmp_path / "uid_map") == rootless
    assert ranges_of(tmp_path / "none") == everything


@pytest.mark.slow
def test_ten_faults_in_a_row_end_a_run_and_the_reason_is_told(
    tmp_path: Path, trusting: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []

    def fail(job: object, *_: object) -> Verdict:
        asked.append(job)
        return worker.regrade(job, OSError(28, "No space left on device"))  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "carry_out", fail)
    folder, out = hand_in(tmp_path / "class", 18), tmp_path / "out"
    assert main(["grade", str(folder), "--out", str(out), "--jobs", "1"]) == 3
    said = capsys.readouterr()
    assert "0 graded" in said.out
    assert "18 could not be graded" in said.err
    assert "The run was given up" in said.err
    assert NOT_TRIED in said.err or "No space left on device" in said.err
    assert MOST_FAULTS <= len(asked) < MOST_FAULTS + 2 * run.AHEAD
    assert {record.status for record in Store(out).records.values()} == {"regrade"}
    monkeypatch.undo()
    monkeypatch.setattr(worker, "try_the_wall", lambda mode: None)
    if STANDS:
        report = grade_folder(folder, out)
        assert (report.graded, report.regrade, report.stopped) == (18, 0, False)


def test_single_faults_do_not_end_a_run(tmp_path: Path, trusting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    count = iter(range(1000))

    def fail_often(job: object, *_: object) -> Verdict:
        if next(count) % MOST_FAULTS:
            return worker.regrade(job, OSError("odd"))  # type: ignore[arg-type]
        return Verdict("graded", {}, 0, 7)

    monkeypatch.setattr(worker, "carry_out", fail_often)
    report = grade_folder(hand_in(tmp_path / "class", 30), tmp_path / "out", jobs=1)
    assert (report.graded, report.regrade, report.stopped) == (3, 27, False)
    assert report.fault == "fault of the grader: OSError: odd"


@pytest.mark.slow
@walled
def test_a_file_that_vanishes_after_it_was_placed_is_graded_again_and_no_zero(
    tmp_path: Path, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out = hand_in(tmp_path / "class", 2), tmp_path / "out"
    found = run.find

    def find_and_lose(*arguments: object, **more: object) -> object:
        placed = found(*arguments, **more)  # type: ignore[arg-type]
        (folder / "s00" / "01_ticket_spend.ipynb").unlink()
        return placed

    monkeypatch.setattr(run, "find", find_and_lose)
    report = grade_folder(folder, out)
    records = Store(out).records
    assert (report.regrade, records["s00", "ticket_spend"].status) == (1, "regrade")
    assert records["s01", "ticket_spend"].points == 1
    assert "not there" in report.fault
    monkeypatch.undo()
    monkeypatch.setattr(worker, "try_the_wall", lambda mode: None)
    again = grade_folder(folder, out)
    [line] = warnings_in(again.found, folder, out, ["s00", "s01"], listed=False)
    assert line.startswith("s00, ticket_spend: not graded yet through a fault of the grader, and the file is not in")


def test_a_refusal_is_no_fault_of_one_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(mode: str) -> None:
        raise Refused("no wall")

    monkeypatch.setattr(worker, "try_the_wall", refuse)
    with pytest.raises(Refused, match="no wall"):
        grade_folder(hand_in(tmp_path / "class", 1), tmp_path / "out")
