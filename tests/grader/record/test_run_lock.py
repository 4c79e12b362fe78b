"""One run at a time in a folder of results; what a killed run left behind is taken over, and nothing else is."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from labkit_grader.record import run_lock
from labkit_grader.record.run_lock import FILE, only_run
from labkit_workbook.cli import main

HERE = socket.gethostname()
HOLD = (
    "import sys; from pathlib import Path; from labkit_grader.record.run_lock import only_run\n"
    "with only_run(Path(sys.argv[1])): print('held', flush=True); input()"
)


def holder(out: Path) -> subprocess.Popen[str]:
    """Another process that holds the folder until it is told to end, or killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def left_by(out: Path, **content: object) -> Path:
    (out / FILE).write_text(json.dumps(content), encoding="utf-8")
    return out / FILE


def dead_pid() -> int:
    """The number of a process that has just ended."""
    return int(
        subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True).stdout
    )


def test_it_is_held_while_the_run_lasts_and_gone_afterwards(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with only_run(out):
        assert json.loads((out / FILE).read_text(encoding="utf-8")) == {"pid": os.getpid(), "machine": HERE}
    assert os.listdir(out) == []


def test_a_lock_with_ones_own_number_is_another_processs_of_long_ago(tmp_path: Path) -> None:
    """As in a container, whose first process has the same number and the same name of the machine each time."""
    (tmp_path / FILE).write_text(json.dumps({"pid": os.getpid(), "machine": HERE}), encoding="utf-8")
    with only_run(tmp_path), pytest.raises(ValueError, match="in use"), only_run(tmp_path):
        pass
    assert not (tmp_path / FILE).exists()


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), only_run(tmp_path):
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_another_run_is_refused_while_the_first_lasts_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    first = holder(out)
    (tmp_path / "class").mkdir()
    assert main(["grade", str(tmp_path / "class"), "--out", str(out), "--i-trust-these-students"]) == 2
    assert capsys.readouterr().err == (
        f"labkit grade: {out} is in use by another run (process {first.pid} on {HERE}). Wait until it has ended, or "
        f"delete {out / FILE} if you know that there is none\n"
    )
    assert os.listdir(out) == [FILE]  # nothing was written beside the first
    first.communicate("\n")
    with only_run(out):
        pass


def test_sheets_are_neither_written_nor_read_while_a_class_is_graded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_run(tmp_path):
        for line in (["rubric", str(tmp_path)], ["rubric", str(tmp_path), "--read"]):
            assert main(line) == 2
            assert f"labkit rubric: {tmp_path} is in use by another run" in capsys.readouterr().err
        assert os.listdir(tmp_path) == [FILE]
    assert main(["rubric", str(tmp_path / "nowhere")]) == 2
    assert "in use" not in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_a_mistyped_folder_of_submissions_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", str(tmp_path / "clas"), "--out", str(tmp_path / "out"), "--i-trust-these-students"]) == 2
    assert "clas is neither a folder nor a zip" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_two_threads_of_one_process_are_two_runs(tmp_path: Path) -> None:
    with only_run(tmp_path):
        with pytest.raises(ValueError, match=f"process {os.getpid()} on"), only_run(tmp_path):
            raise AssertionError
        assert (tmp_path / FILE).exists()  # the refused one left the other's alone


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot be asked whether it is there")
def test_a_killed_runs_file_is_taken_over(tmp_path: Path) -> None:
    killed = holder(tmp_path)
    killed.kill()
    killed.communicate()
    assert (tmp_path / FILE).exists()
    with only_run(tmp_path):
        assert json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["pid"] == os.getpid()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": -1, "machine": "m"}', '{"pid": 1e999}'])
def test_a_file_that_does_not_say_whose_it_is_stays(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"in use by another run .* delete .*run\.lock"), only_run(tmp_path):
        raise AssertionError
    assert (tmp_path / FILE).read_text(encoding="utf-8") == text


def test_another_machines_process_cannot_be_seen_and_its_file_stays(tmp_path: Path) -> None:
    left_by(tmp_path, pid=dead_pid(), machine=f"not-{HERE}")
    with pytest.raises(ValueError, match=f"on not-{HERE}"), only_run(tmp_path):
        raise AssertionError


def test_a_number_that_no_process_can_have_is_not_asked_for(tmp_path: Path) -> None:
    left_by(tmp_path, pid=2**70, machine=HERE)
    with pytest.raises(ValueError, match="in use"), only_run(tmp_path):
        raise AssertionError


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is taken over there")
@pytest.mark.parametrize("how", ["written over", "made anew", "ended"])
def test_who_comes_second_to_a_left_file_does_not_take_the_first_ones(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the opening of a dead run's file and the kernel's lock on it, another run was quicker."""
    lock = left_by(tmp_path, pid=dead_pid(), machine=HERE)
    quicker = json.dumps({"pid": os.getppid(), "machine": HERE})

    def meanwhile(*_: object) -> None:
        if how != "written over":
            lock.unlink()
        if how != "ended":
            lock.write_text(quicker, encoding="utf-8")

    monkeypatch.setattr(run_lock.fcntl, "flock", meanwhile)
    with pytest.raises(ValueError, match="in use by another run"), only_run(tmp_path):
        raise AssertionError
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == [quicker] * (how != "ended")


def count_up(out: Path, times: int, dead: int) -> int:
    """How often this process came in; inside, it would notice anybody beside it. Some left a dead run's file behind."""
    entered = 0
    for number in range(times):
        try:
            with only_run(out):
                with (out / "inside").open("x", encoding="utf-8"):
                    entered += 1
                (out / "inside").unlink()
                if number % 3 == 0:
                    left_by(out, pid=dead, machine=HERE)
        except ValueError:
            continue
    return entered


@pytest.mark.slow
def test_of_four_processes_that_try_thirty_times_never_two_are_inside(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        entered = pool.starmap(count_up, [(tmp_path, 30, dead_pid())] * 4)
    assert sum(entered) > 0
    assert os.listdir(tmp_path) in ([], [FILE])
