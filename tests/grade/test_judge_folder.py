"""What a judge that was killed leaves behind is removed by the next one, and what another uses never is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from labkit.grade.judge_folder import PREFIX, JudgeFolder, sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no grading on Windows")
HOLD = "from labkit.grade.judge_folder import JudgeFolder; f = JudgeFolder(); print(f.name, flush=True); input()"


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
