"""The scratch folder: the only place where a child may write, and how much it can hold there at most.

Where the kernel lets us, each child gets a small file system of its own there, in memory. Its size is exact: a file
that was deleted while it was open, or mapped and then closed, counts as long as it takes room. With the child's end
all of it is gone. It takes root's rights, or a user namespace.

Elsewhere it is a plain folder. Limits cannot bound it: RLIMIT_FSIZE times RLIMIT_NOFILE is a gigabyte, and a deleted
file that is still mapped needs no descriptor at all, so there could be 65,530 of them. So behind the wall nothing can
be deleted in a plain folder, and what was written can be seen. The warm process looks ten times a second, and ends a
child that has written more than `MOST_BYTES`; the bound is those, and what can be written in a tenth of a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from labkit_grader.wall import kernel

MOST_BYTES = 64 * 2**20
MOST_ENTRIES, MOST_DEPTH = 20_000, 50

# linux/sched.h and linux/mount.h
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 18
MNT_DETACH = 2


def own_mounts() -> bool:
    """From here on this process mounts for itself and its children only. False where the kernel does not let us.

    To be called once, before any thread is started. Anybody but root needs a user namespace for it, in which the
    process keeps its own user id.
    """
    if kernel.machine() is None:
        return False
    user, group, is_root = os.geteuid(), os.getegid(), os.geteuid() == 0
    try:
        _library_call("unshare", CLONE_NEWNS if is_root else CLONE_NEWNS | CLONE_NEWUSER)
        if not is_root:
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
        _library_call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    except (kernel.WallError, OSError):
        return False
    return True


def mount_small(folder: Path, owner: int, group: int) -> bool:
    """Puts a file system of `MOST_BYTES` on the folder, for that user. False where the kernel does not let us."""
    words = f"size={MOST_BYTES},nr_inodes={MOST_ENTRIES},mode=700,uid={owner},gid={group}"
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    try:
        _library_call("mount", b"labkit", os.fsencode(folder), b"tmpfs", flags, words.encode())
    except kernel.WallError:
        return False
    return True


def can_be_small(folder: Path) -> bool:
    """Can there be such a file system here? Tried by a child, for what half succeeds cannot be taken back."""
    child = os.fork()
    if child == 0:
        works = False
        try:
            works = own_mounts() and mount_small(folder, os.geteuid(), os.getegid())
        finally:
            os._exit(0 if works else 1)
    return os.waitpid(child, 0)[1] == 0


@contextlib.contextmanager
def fresh(folder: Path, small: bool, user: int, group: int) -> Iterator[Path]:
    """An empty scratch folder for one child, in `folder`; whatever is in it is gone afterwards."""
    if small:
        place = folder / "small"
        place.mkdir(exist_ok=True)
        if not mount_small(place, user, group):
            raise kernel.WallError("the scratch folder could not be bounded")
        try:
            yield place
        finally:
            unmount(place)
        return
    place = Path(tempfile.mkdtemp(prefix="scratch-", dir=folder))
    try:
        os.chown(place, user, group)
        yield place
    finally:
        with contextlib.suppress(OSError):
            remove(place)


def unmount(folder: Path) -> None:
    """Takes it away again, with all that is in it."""
    _library_call("umount2", os.fsencode(folder), MNT_DETACH)


def _library_call(name: str, *arguments: object) -> int:
    words = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments]
    return kernel.checked(getattr(kernel.library(), name)(*words), name)


def is_small(folder: Path) -> bool:
    """Does a file system of its own bound what the folder can hold?"""
    found = os.statvfs(folder)
    return os.path.ismount(folder) and found.f_blocks * found.f_frsize <= MOST_BYTES


def is_full(folder: Path) -> bool:
    """Has a child written more there than any submission needs?"""
    if is_small(folder):
        found = os.statvfs(folder)
        return found.f_bavail == 0 or found.f_favail == 0
    return holds_too_much(folder)


def holds_too_much(folder: Path) -> bool:
    """Too many bytes, too many entries or too deep; links are not followed, and what vanishes meanwhile is skipped."""
    total, entries, places = 0, 0, [(str(folder), 0)]
    while places:
        place, depth = places.pop()
        with contextlib.suppress(OSError), os.scandir(place) as found:
            for entry in found:
                entries += 1
                if entries > MOST_ENTRIES or depth > MOST_DEPTH:
                    return True
                with contextlib.suppress(OSError):
                    about = entry.stat(follow_symlinks=False)
                    total += max(about.st_size, about.st_blocks * 512)
                    if entry.is_dir(follow_symlinks=False):
                        places.append((entry.path, depth + 1))
    return total > MOST_BYTES


def remove(folder: Path) -> None:
    """Deletes a folder with all that is in it. Not shutil.rmtree, which fails where a stranger went too deep for it."""
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        lifted = (f"{secrets.token_hex(8)}-{number}" for number in itertools.count())
        while names := os.listdir(top):
            for name in names:
                if is_folder(name, top):
                    _empty(name, top, lifted)
                    os.rmdir(name, dir_fd=top)
                else:
                    os.unlink(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(folder)


def _empty(name: str, top: int, lifted: Iterator[str]) -> None:
    """Deletes the files of a folder in `top`, and lifts its folders up into `top`, so that nothing goes deep."""
    os.chmod(name, 0o700, dir_fd=top)
    place = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for each in os.listdir(place):
            if is_folder(each, place):
                os.chmod(each, 0o700, dir_fd=place)
                os.rename(each, next(lifted), src_dir_fd=place, dst_dir_fd=top)
            else:
                os.unlink(each, dir_fd=place)
    finally:
        os.close(place)


def is_folder(name: str, place: int) -> bool:
    """A folder, and no link to one."""
    return stat.S_ISDIR(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode)
