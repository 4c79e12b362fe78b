"""The scratch folder: what a child can hold there is bounded, whatever it deletes, maps or hides."""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from usual_limits import above_what_is_mapped

from labkit_grader.wall import scratch
from labkit_grader.wall.readable import readable_paths
from labkit_grader.wall.wall import can_stand, keep_only, raise_wall, shared_part

STANDS, WHY_NOT = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=f"no wall here: {WHY_NOT}")
SMALL = sys.platform == "linux" and scratch.can_be_small(Path("/tmp"))
needs_mounts = pytest.mark.skipif(not SMALL, reason="the kernel lets us mount nothing here")
both_ways = pytest.mark.parametrize("shared", [True, False], ids=["shared", "alone"])
MEBIBYTE = 2**20


def made(root: Path) -> Path:
    """A scratch folder, in a folder of its own."""
    place = root.resolve() / "ground" / "scratch"
    place.mkdir(parents=True)
    return place


def behind(place: Path, action: Callable[[], object], small: bool, shared: bool = True) -> object:
    """What an action comes to behind the wall, with a file system of its own in `place` or without one.

    The part of the wall that children share is made before anything is mounted, as in a warm process, or not at all.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if small:
                assert scratch.own_mounts()
            part = shared_part(place.parent, readable_paths()) if shared else None
            if small:
                assert scratch.mount_small(place, os.geteuid(), os.getegid())
            keep_only([writing] if part is None else [writing, part.ruleset])
            raise_wall(place, readable_paths() if part is None else part, above_what_is_mapped())
            os.write(writing, json.dumps(attempt(action)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        received = pipe.read()
    os.waitpid(child, 0)
    return json.loads(received) if received else None


def attempt(action: Callable[[], object]) -> object:
    try:
        return action()
    except OSError as error:
        return errno.errorcode[error.errno or 0]


def held_in_deleted_files() -> int:
    """How many MiB a child can hold in files that it has deleted and only maps."""
    held: list[mmap.mmap] = []
    while len(held) < 200:
        try:
            with open("f", "w+b", buffering=0) as file:
                if file.write(bytes(MEBIBYTE)) < MEBIBYTE:
                    break
                held.append(mmap.mmap(file.fileno(), 4096))
            os.unlink("f")
        except OSError as error:
            if error.errno == errno.EACCES:
                return -1
            break
    return len(held)


@needs_wall
@needs_mounts
@both_ways
def test_a_file_system_of_its_own_bounds_what_is_deleted_but_mapped(tmp_path: Path, shared: bool) -> None:
    at = made(tmp_path)
    held = behind(at, held_in_deleted_files, small=True, shared=shared)
    assert isinstance(held, int)
    assert 50 <= held <= scratch.MOST_BYTES // MEBIBYTE


@needs_wall
@needs_mounts
@both_ways
def test_where_it_is_bounded_files_can_be_deleted_and_nothing_is_seen_outside(tmp_path: Path, shared: bool) -> None:
    at = made(tmp_path)

    def work() -> object:
        Path("a").write_text("x")
        Path("b").write_text("y")
        os.replace("a", "b")
        left = Path("b").read_text()
        os.unlink("b")
        Path("c").write_text("z")
        return [left, os.listdir()]

    assert behind(at, work, small=True, shared=shared) == ["x", ["c"]]
    assert os.listdir(at) == []


@needs_wall
@both_ways
def test_in_a_plain_folder_nothing_written_can_vanish(tmp_path: Path, shared: bool) -> None:
    at = made(tmp_path)
    assert behind(at, held_in_deleted_files, small=False, shared=shared) == -1
    assert behind(at, lambda: os.replace("f", "g"), small=False, shared=shared) == "EACCES"
    assert [path.name for path in at.iterdir()] == ["f"]


@needs_wall
@both_ways
@pytest.mark.parametrize("small", [False, pytest.param(True, marks=needs_mounts)])
def test_nothing_beside_it_can_be_written_or_read(tmp_path: Path, shared: bool, small: bool) -> None:
    """Neither in the folder that it lies in, nor in another child's folder there."""
    at = made(tmp_path)
    other = at.parent / "other"
    other.mkdir()
    (other / "file").write_text("x")

    def work() -> object:
        Path("mine").write_text("y")
        Path("folder").mkdir()
        ways: list[Callable[[], object]] = [
            lambda: (at.parent / "new").write_text("x"),
            lambda: Path("../new").mkdir(),
            lambda: os.listdir(at.parent),
            lambda: (other / "new").write_text("x"),
            lambda: (other / "file").write_text("y"),
            (other / "file").read_text,
            partial(os.listdir, other),
            (other / "file").unlink,
            lambda: os.rename(other / "file", "taken"),
        ]
        return [Path("mine").read_text(), *map(attempt, ways)]

    moved = "EXDEV" if small else "EACCES"  # out of another file system nothing is moved anyway
    assert behind(at, work, small=small, shared=shared) == ["y", *["EACCES"] * 8, moved]
    assert (other / "file").read_text() == "x"
    assert sorted(os.listdir(at.parent)) == ["other", "scratch"]


def test_too_much_is_noticed(tmp_path: Path) -> None:
    assert not scratch.is_full(tmp_path)
    with open(tmp_path / "one", "wb") as file:
        file.truncate(scratch.MOST_BYTES)
    assert not scratch.is_full(tmp_path)
    (tmp_path / "two").write_bytes(b"x")
    assert scratch.is_full(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes exercise without a length")
def test_room_without_a_length_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "MOST_BYTES", MEBIBYTE)
    with open(tmp_path / "file", "wb") as file:
        size = ctypes.c_long(2 * MEBIBYTE)
        kept = ctypes.CDLL(None).fallocate(file.fileno(), 1, ctypes.c_long(0), size)  # FALLOC_FL_KEEP_SIZE
    if kept:
        pytest.skip("this file system cannot do that")
    assert (tmp_path / "file").stat().st_size == 0
    assert scratch.holds_too_much(tmp_path)


def test_too_deep_and_too_many_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "/".join("d" * (scratch.MOST_DEPTH + 2))).mkdir(parents=True)
    assert scratch.holds_too_much(tmp_path)
    many = tmp_path / "many"
    many.mkdir()
    for number in range(4):
        (many / str(number)).touch()
    assert not scratch.holds_too_much(many)
    monkeypatch.setattr(scratch, "MOST_ENTRIES", 3)
    assert scratch.holds_too_much(many)


def test_a_folder_is_removed_however_deep_and_whatever_its_modes(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "shut").mkdir()
    (folder / "shut" / "inner").mkdir(mode=0)
    (folder / "shut").chmod(0)
    before, deep = os.getcwd(), folder
    os.chdir(folder)
    try:
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
            deep = deep / "d"
        Path("file").touch()
    finally:
        os.chdir(before)
    scratch.remove(folder)
    assert os.listdir(tmp_path) == ["outside"]
    assert (outside / "kept").read_text() == "kept"


def test_a_link_is_not_removed_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OSError, match="link"):
        scratch.remove(tmp_path / "link")


@needs_mounts
def test_each_child_gets_a_small_one_in_the_same_place(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        works = False
        try:
            assert scratch.own_mounts()
            for _ in range(2):
                with scratch.fresh(tmp_path, True, os.geteuid(), os.getegid()) as place:
                    works = place == tmp_path / "small" and scratch.is_small(place) and os.listdir(place) == []
                    (place / "file").touch()
                works = works and os.listdir(tmp_path) == ["small"] and os.listdir(place) == []
        finally:
            os._exit(0 if works else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_plain_folder_for_one_child_is_gone_afterwards(tmp_path: Path) -> None:
    with scratch.fresh(tmp_path, False, os.geteuid(), os.getegid()) as place:
        assert place.parent == tmp_path
        (place / "file").touch()
    assert os.listdir(tmp_path) == []
