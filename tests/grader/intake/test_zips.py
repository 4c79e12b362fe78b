"""A zip of a stranger writes nothing outside its folder, and no more than it may."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit_grader.intake.zips import BadZip, Limits, NotPlain, open_plain, salvage

MIB = 2**20


def made(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip with these files."""
    with pytest.MonkeyPatch.context() as patch, zipfile.ZipFile(path, "w", packed) as archive:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        for name, content in entries:
            archive.writestr(name, content, compress_type=packed)
    return path


def entry(name: str, mode: int = 0, **more: int) -> zipfile.ZipInfo:
    """An entry with what an honest tool would not write."""
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.external_attr = mode << 16
    for key, value in more.items():
        setattr(info, key, value)
    return info


def unpack(
    path: Path, into: Path, most_files: int = 2000, most_bytes: int = 500 * MIB, most_ratio: int = 200
) -> list[Path]:
    """What is written of a zip of which nothing is refused.

    Raises:
        BadZip: the zip, or a file in it, is refused.
    """
    written = []
    for target, why in salvage(path, into, Limits(most_files, most_bytes, most_bytes, most_ratio)):
        if why:
            for each in written:
                each.unlink()
            raise BadZip(f"{target.name!a}: {why}")
        written.append(target)
    return written


def patched(path: Path, old: bytes, new: bytes) -> Path:
    """The zip with some of its bytes changed."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def outside(tmp_path: Path) -> set[str]:
    """All that lies beside the folder for what is unpacked."""
    return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if "into" not in path.parts}


def test_notebooks_and_zips_are_written_and_nothing_else(tmp_path: Path) -> None:
    names = (
        "a/b.ipynb",
        "c.IPYNB",
        "w\\d.ipynb",
        "./e.ipynb.json",
        "in.zip",
        "x.py",
        "folder/",
        "a.png",
        "x.ipynb.exe",
    )
    path = made(tmp_path / "z.zip", *((entry(name), name.encode()) for name in names))
    into = tmp_path / "into"
    written = unpack(path, into)
    assert [each.relative_to(into).as_posix() for each in written] == [
        "a/b.ipynb", "c.IPYNB", "w/d.ipynb", "e.ipynb.json", "in.zip",
    ]  # fmt: skip
    assert sorted(path for path in into.rglob("*") if path.is_file()) == sorted(written)
    assert written[0].read_bytes() == b"a/b.ipynb"
    assert all(not each.stat().st_mode & 0o111 for each in written)


HOSTILE: dict[str, tuple[zipfile.ZipInfo, str]] = {
    "up": (entry("../x.ipynb"), "leads out"),
    "up within": (entry("a/../../x.ipynb"), "leads out"),
    "up backwards": (entry("a\\..\\..\\x.ipynb"), "leads out"),
    "up with a space": (entry("a/.. /x.ipynb"), "leads out"),
    "up, not even a notebook": (entry("../../etc/passwd"), "leads out"),
    "absolute": (entry("/tmp/x.ipynb"), "absolute"),
    "absolute backwards": (entry("\\\\host\\x.ipynb"), "absolute"),
    "drive": (entry("C:x.ipynb"), "absolute"),
    "drive within": (entry("a/c:\\x.ipynb"), "absolute"),
    "device": (entry("a/NUL.ipynb"), "a device's"),
    "device again": (entry("com1 .x.ipynb"), "a device's"),
    "newline": (entry("a\nb.ipynb"), "control characters"),
    "link": (entry("x.ipynb", stat.S_IFLNK | 0o777), "a link or a device"),
    "pipe": (entry("x.ipynb", stat.S_IFIFO | 0o666), "a link or a device"),
    "block device": (entry("x.ipynb", stat.S_IFBLK | 0o666), "a link or a device"),
    "long": (entry("x" * 300 + ".ipynb"), "can be written"),
    "deep": (entry("a/" * 20 + "x.ipynb"), "too deep"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_writes_nothing(tmp_path: Path, name: str) -> None:
    info, words = HOSTILE[name]
    path = made(tmp_path / "z.zip", ("good.ipynb", b"g"), (info, b"evil"), ("too.ipynb", b"g"))
    with pytest.raises(BadZip, match=words):
        unpack(path, tmp_path / "into")
    assert not [each for each in (tmp_path / "into").rglob("*") if each.is_file()]
    results = list(salvage(path, tmp_path / "into", Limits()))
    assert [why == "" for _, why in results] == [True, False, True]
    assert outside(tmp_path) == {"z.zip"}
    assert {each.name for each in (tmp_path / "into").rglob("*") if each.is_file()} == {"good.ipynb", "too.ipynb"}


def test_a_name_with_nul_is_refused(tmp_path: Path) -> None:
    path = patched(made(tmp_path / "z.zip", ("aQb.ipynb", b"")), b"aQb", b"a\0b")
    with pytest.raises(BadZip, match="control characters"):
        unpack(path, tmp_path / "into")


@pytest.mark.parametrize("second", ["a.ipynb", "A.ipynb", "./a.ipynb", "a.ipynb/b.ipynb"])
def test_two_of_a_name_are_refused(tmp_path: Path, second: str) -> None:
    path = made(tmp_path / "z.zip", ("a.ipynb", b"1"), (entry(second), b"2"))
    with pytest.raises(BadZip, match=r"two files of this name|can be written"):
        unpack(path, tmp_path / "into")


def test_what_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (into / "a.ipynb").symlink_to(tmp_path / "aim")
    with pytest.raises(BadZip, match="can be written"):
        unpack(made(tmp_path / "z.zip", ("a.ipynb", b"1")), into)
    assert not (tmp_path / "aim").exists()


def lies_about_its_size(path: Path) -> Path:
    """Ten MiB that say they are one byte."""
    made(path, ("a.ipynb", os.urandom(64) + b"0" * 10 * MIB))
    return patched(path, struct.pack("<L", 10 * MIB + 64), struct.pack("<L", 1))


def overlapping(path: Path) -> Path:
    """Many entries in the list of files that share one piece of data."""
    made(path, *((f"{i:03}.ipynb", os.urandom(64) * 1000) for i in range(9)))
    with zipfile.ZipFile(path) as archive:
        offsets = [info.header_offset for info in archive.infolist()]
    for offset in offsets[1:]:
        data = path.read_bytes()
        path.write_bytes(data.replace(struct.pack("<L", offset) + b"0", struct.pack("<L", 0) + b"0"))
    return path


def encrypted(path: Path) -> Path:
    """Both headers say that the file is encrypted."""
    data = bytearray(made(path, ("a.ipynb", b"1")).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    return path


def long_list(path: Path) -> Path:
    """A list of files of more than 8 MiB."""
    return made(path, *((entry("x" * 60_000 + str(i)), b"") for i in range(150)))


def of_bytes(content: bytes) -> Callable[[Path], Path]:
    """A file that only says it is a zip."""

    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (of_bytes(b""), "no zip"),
    "text": (of_bytes(b"hello" * 999), "no zip"),
    "cut off": (lambda path: of_bytes(made(path, ("a.ipynb", b"1" * 999)).read_bytes()[:-30])(path), "no zip"),
    "bomb": (lambda path: made(path, ("a.ipynb", b"0" * 40 * MIB)), "more than 200 times"),
    "lies": (lies_about_its_size, "broken"),
    "overlapping": (overlapping, "broken|times"),
    "encrypted": (encrypted, "encrypted"),
    "wrong sum": (
        lambda path: patched(made(path, ("a.ipynb", b"1")), struct.pack("<L", zlib.crc32(b"1")), b"1234"),
        "broken",
    ),
    "bzip2": (lambda path: made(path, ("a.ipynb", b"1"), packed=zipfile.ZIP_BZIP2), "unusual way"),
    "lzma": (lambda path: made(path, ("a.ipynb", b"1"), packed=zipfile.ZIP_LZMA), "unusual way"),
    "long list": (long_list, "list of files is too long"),
    "folder": (lambda path: path.mkdir() or path, "a folder"),  # type: ignore[func-returns-value]
    "pipe": (lambda path: os.mkfifo(path) or path, "a pipe"),  # type: ignore[func-returns-value]
    "link": (lambda path: path.symlink_to(path.parent / "other.zip") or path, "a link"),  # type: ignore[func-returns-value]
    "nothing": (lambda path: path, "not there"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_zip_is_refused_in_words(tmp_path: Path, name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(BadZip, match=words):
        unpack(make(tmp_path / "z.zip"), tmp_path / "into")
    assert not [each for each in (tmp_path / "into").rglob("*") if each.is_file()]


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"most_files": 2}, "more than 2 notebooks"), ({"most_bytes": 2500}, "too large|larger")],
)
def test_the_limits_hold(tmp_path: Path, limits: dict[str, int], words: str) -> None:
    path = made(tmp_path / "z.zip", *((f"{i}.ipynb", b"x" * 1000) for i in range(3)))
    assert len(unpack(path, tmp_path / "into1", 3, 3000)) == 3
    with pytest.raises(BadZip, match=words):
        unpack(path, tmp_path / "into2", **limits)


def test_one_bad_file_does_not_cost_the_others(tmp_path: Path) -> None:
    path = made(tmp_path / "z.zip", ("a.ipynb", b"1"), ("b.ipynb", b"0" * 40 * MIB), ("c.ipynb", b"3"))
    names = {target.name: why for target, why in salvage(path, tmp_path / "into", Limits(total=5 * MIB))}
    why = "it grows to more than 200 times its size; clear its outputs, save it and zip it again"
    assert names == {"a.ipynb": "", "b.ipynb": why, "c.ipynb": ""}


def test_small_files_may_be_packed_tight(tmp_path: Path) -> None:
    assert unpack(made(tmp_path / "z.zip", ("a.ipynb", b"0" * 30 * MIB)), tmp_path / "into")


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = made(tmp_path / "inner.zip", ("../evil.ipynb", b"1")).read_bytes()
    (written,) = unpack(made(tmp_path / "z.zip", ("inner.zip", inner)), tmp_path / "into")
    assert written.read_bytes() == inner


def test_a_full_disk_is_no_students_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    path = made(tmp_path / "z.zip", ("a.ipynb", b"1"))
    monkeypatch.setattr("labkit_grader.intake.zips.Path.mkdir", full)
    with pytest.raises(OSError, match="No space left") as caught:
        unpack(path, tmp_path / "into")
    assert not isinstance(caught.value, (BadZip, NotPlain))


def test_a_file_that_becomes_a_pipe_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    honest = os.lstat(tmp_path / "file")
    monkeypatch.setattr("labkit_grader.intake.zips.os.lstat", lambda path: honest)
    with pytest.raises(NotPlain, match="a pipe"):
        open_plain(tmp_path / "pipe")
