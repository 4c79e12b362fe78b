"""Bubblewrap: which one is taken, what is said where none works, and what can be seen inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labkit_grader.judge import bubblewrap
from labkit_grader.wall.readable import hidden_paths, readable_paths
from labkit_grader.wall.wall import WallError

ROOT = Path(__file__).resolve().parents[3]
SEE = """
import json, os, sys
def seen(path):
    try:
        return bool(os.listdir(path)) if os.path.isdir(path) else os.path.exists(path)
    except PermissionError:
        return False
print(json.dumps([seen(path) for path in json.loads(sys.stdin.read())]))
"""


def why_not() -> str:
    try:
        bubblewrap.program()
    except WallError as error:
        return str(error)
    return ""


needs_bubblewrap = pytest.mark.skipif(bool(why_not()), reason=why_not())
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")


def fake(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@needs_linux
def test_the_first_that_works_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = fake(tmp_path, "broken", "echo 'No permissions to create new namespace' >&2; exit 1")
    fine = fake(tmp_path, "fine", "exit 0")
    search = bubblewrap.program.__wrapped__
    monkeypatch.setattr(bubblewrap, "candidates", lambda: [broken, fine])
    assert search() == fine
    monkeypatch.setattr(bubblewrap, "candidates", lambda: [broken])
    with pytest.raises(WallError, match=r"No permissions to create new namespace.*user namespaces.*systempaths"):
        search()
    monkeypatch.setattr(bubblewrap, "candidates", lambda: [str(tmp_path / "none")])
    with pytest.raises(WallError, match="cannot make its namespaces"):
        search()
    monkeypatch.setattr(bubblewrap, "candidates", list)
    with pytest.raises(WallError, match="apt install bubblewrap"):
        search()


def test_the_systems_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = fake(tmp_path, "bwrap", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bubblewrap.candidates()[0] == mine
    monkeypatch.setattr(bubblewrap.importlib, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    assert bubblewrap.candidates() == [mine]


def test_elsewhere_than_on_linux_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap.sys, "platform", "darwin")
    with pytest.raises(WallError, match="needs Linux"):
        bubblewrap.program.__wrapped__()


def test_every_link_on_the_way_is_followed(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "usr/lib").mkdir(parents=True)
    (root / "usr/lib/file").touch()
    (root / "lib").symlink_to("usr/lib")
    (root / "again").symlink_to(root / "lib")
    (root / "usr/lib/name").symlink_to("file")
    assert bubblewrap.links([root / "usr/lib/file"]) == {}
    assert bubblewrap.links([root / "again/name", root / "absent"]) == {
        root / "again": str(root / "lib"),
        root / "lib": "usr/lib",
        root / "usr/lib/name": "file",
    }


@needs_bubblewrap
def test_inside_there_is_what_may_be_read_and_nothing_else(tmp_path: Path) -> None:
    """Seen by a Python of its own, which Landlock does not hold back."""
    also = tmp_path / "also"
    also.write_text("x")
    secret = tmp_path / "secret"
    secret.write_text("x")
    line = bubblewrap.command_prefix([also], tmp_path / "scratch", tmp_path / "own")
    readable = [path for path in readable_paths() if not path.is_dir() or any(path.iterdir())]
    hidden = [path for path in hidden_paths() if path.is_dir() and any(path.iterdir())]
    out = [
        secret,
        Path("/etc/passwd"),
        Path("/home"),
        Path("/root/.bashrc"),
        ROOT / "labkit",
        ROOT / "README.md",
        *hidden,
    ]
    asked = subprocess.run(
        [*line, sys.executable, "-I", "-c", SEE],
        input=as_json([also, *readable, *out]),
        capture_output=True,
        text=True,
        check=True,
    )
    seen = asked.stdout.strip()
    assert seen == as_json([True] * (1 + len(readable)) + [False] * len(out))


def as_json(values: list[Path] | list[bool]) -> str:
    return json.dumps([value if isinstance(value, bool) else str(value) for value in values])


@needs_bubblewrap
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_raise_it_too(tmp_path: Path) -> None:
    line = [bubblewrap.program(), *bubblewrap.NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--", "id", "-u"]
    if subprocess.run([line[0], "--version"], user=65534, capture_output=True, check=False).returncode:
        pytest.skip("bwrap lies where only root can go")
    tried = subprocess.run(line, user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=True)
    assert tried.stdout == "65534\n"
