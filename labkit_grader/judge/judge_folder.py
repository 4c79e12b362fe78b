"""The judge's own folder: the private copy of labkit, and where children write. Removed at the end, whatever the end.

A lock of the kernel's lies on a file in it as long as the judge's process is there, even if that is killed. So the
next judge can tell what nobody uses any more from what another judge is using now. A judge that was killed while it
made its folder, or while it removed it, may leave one without a lock; it goes when nobody has touched it for an hour.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import time
import weakref
from pathlib import Path

from ..wall.scratch import remove

if sys.platform != "win32":
    import fcntl

PREFIX = "labkit-judge-"
UNLOCKED = "labkit-new-"
LOCK = "lock"
MADE_HERE = re.compile(f"({PREFIX}|{UNLOCKED})[a-z0-9_]{{8}}")
ABANDONED_SEC = 3600


class JudgeFolder:
    """A folder that is locked while it is used. ``name`` is its path, as in ``tempfile.TemporaryDirectory``."""

    def __init__(self) -> None:
        sweep()
        fresh = Path(tempfile.mkdtemp(prefix=UNLOCKED))
        self._lock = os.open(fresh / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        path = fresh.with_name(fresh.name.replace(UNLOCKED, PREFIX, 1))
        fresh.rename(path)  # only now can another judge find it, and it is locked
        path.chmod(0o755)
        self.name = str(path)
        self._finish = weakref.finalize(self, _remove_own_folder, path, self._lock, os.getpid())

    def cleanup(self) -> None:
        """Remove it; a second time does nothing."""
        self._finish()


def _remove_own_folder(path: Path, lock: int, judge: int) -> None:
    if os.getpid() != judge:
        return  # a fork of the judge's; the folder is not its own
    with contextlib.suppress(OSError):
        remove(path)
    os.close(lock)


def sweep() -> list[Path]:
    """Remove what judges left behind that were killed; which folders those were. Never one that is in use."""
    removed = []
    temporary = Path(tempfile.gettempdir())
    for path in (*temporary.glob(f"{PREFIX}*"), *temporary.glob(f"{UNLOCKED}*")):
        with contextlib.suppress(OSError):
            if path.lstat().st_uid == os.geteuid() and _remove_abandoned(path):
                removed.append(path)
    return removed


def _remove_abandoned(path: Path) -> bool:
    """Remove a folder if nobody holds its lock, or if it has been without one for long."""
    if path.name.startswith(UNLOCKED) and not _is_abandoned(path):
        return False  # a judge may be about to lock it
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        if not _is_abandoned(path):
            return False
        remove(path)
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _is_abandoned(path: Path) -> bool:
    """Is it under a name that a judge gave, and has nobody made or removed anything in it for long?"""
    return MADE_HERE.fullmatch(path.name) is not None and time.time() - path.lstat().st_mtime > ABANDONED_SEC
