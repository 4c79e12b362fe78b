"""What a judge that was killed leaves behind is removed by the next one, and what another uses never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from labkit_grader.judge.judge_folder import ABANDONED_SEC, LOCK, PREFIX, UNLOCKED, JudgeFolder, sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no grading on Windows")
HOLD = "from labkit_grader.judge.judge_folder import JudgeFolder; f = JudgeFolder(); print(f.name, flush=True); input()"


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def another_judge() -> tuple[subprocess.Popen[str], Path]:
    judge = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert judge.stdout is not None
    return judge, Path(judge.stdout.readline().strip())


def test_a_killed_judges_folder_is_swept_at_the_next_start_and_a_live_ones_is_not(temp: Path) -> None:
    killed, left = another_judge()
    living, used = another_judge()
    (left / "scratch").mkdir()
    (left / "scratch" / "file").write_text("x")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert left.is_dir()
    mine = JudgeFolder()
    assert sorted(temp.glob(f"{PREFIX}*")) == sorted([used, Path(mine.name)])
    living.communicate("\n")
    assert not used.exists()
    assert sweep() == []
    mine.cleanup()
    mine.cleanup()
    assert os.listdir(temp) == []


def test_what_is_no_judges_folder_is_left_alone(temp: Path) -> None:
    (temp / f"{PREFIX}without-a-lock").mkdir()
    (temp / f"{PREFIX}file").write_text("x")
    real = temp / "real"
    real.mkdir()
    (real / "lock").touch()
    (temp / f"{PREFIX}link").symlink_to(real)
    linked = temp / f"{PREFIX}linked-lock"
    linked.mkdir()
    (linked / "lock").symlink_to(real / "lock")
    before = sorted(os.listdir(temp))
    assert sweep() == []
    assert sorted(os.listdir(temp)) == before
    assert (real / "lock").exists()


def left(temp: Path, name: str, *files: str, age_sec: float = ABANDONED_SEC + 60) -> Path:
    """A folder that was last touched so long ago."""
    folder = temp / name
    folder.mkdir()
    for file in files:
        (folder / file).touch()
    when = time.time() - age_sec
    os.utime(folder, (when, when))
    return folder


def test_a_folder_of_a_judge_that_was_killed_while_it_removed_it_goes_after_an_hour(temp: Path) -> None:
    old = left(temp, f"{PREFIX}abcdef_1", "half")
    fresh = left(temp, f"{PREFIX}abcdef_2", "half", age_sec=0)
    assert sweep() == [old]
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.parametrize("files", [(), (LOCK,)])
def test_a_folder_of_a_judge_that_was_killed_while_it_made_it_goes_after_an_hour(
    files: tuple[str, ...], temp: Path
) -> None:
    old = left(temp, f"{UNLOCKED}abcdefgh", *files)
    fresh = left(temp, f"{UNLOCKED}abcdefgi", *files, age_sec=0)
    assert sweep() == [old]
    assert fresh.exists()


def test_an_old_folder_that_is_in_use_or_that_no_judge_named_stays(temp: Path) -> None:
    mine = JudgeFolder()
    os.utime(mine.name, (0, 0))
    for name in ("without-a-lock", "abcdefgH", "abcdefghi"):
        left(temp, f"{PREFIX}{name}")
        left(temp, f"{UNLOCKED}{name}", LOCK)
    assert sweep() == []
    assert len(os.listdir(temp)) == 7
    mine.cleanup()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_left_alone(temp: Path) -> None:
    folder = temp / f"{PREFIX}other"
    folder.mkdir()
    (folder / "lock").touch()
    os.chown(folder, 65534, 65534)
    assert sweep() == []
    assert folder.is_dir()


def test_a_fork_does_not_remove_its_parents_folder() -> None:
    mine = JudgeFolder()
    child = os.fork()
    if child == 0:
        mine.cleanup()
        os._exit(0)
    os.waitpid(child, 0)
    assert Path(mine.name).is_dir()
    mine.cleanup()
