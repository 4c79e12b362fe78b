"""One run at a time in a folder of results: a file that only one run can create, with the number of its process.

A run that was killed leaves its file behind. The next one on the same machine sees that the process is gone and takes
over; a process of another machine cannot be seen, so there a person decides.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

FILE = "run.lock"
_held: set[Path] = set()  # by this process


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold the folder of results while it is written; it is made where it is not there.

    Raises:
        ValueError: another run holds it, or may hold it.
    """
    out.mkdir(parents=True, exist_ok=True)
    lock = out / FILE
    mine = json.dumps({"pid": os.getpid(), "machine": socket.gethostname()})
    if not _create_lock(lock, mine) and not _taken_over(lock, mine):
        raise ValueError(
            f"{out} is in use by another run ({_words(lock)}). Wait until it has ended, or "
            f"delete {lock} if you know that there is none"
        )
    _held.add(lock.resolve())
    try:
        yield
    finally:
        _held.discard(lock.resolve())
        if _text(lock) == mine:
            lock.unlink(missing_ok=True)


def _create_lock(lock: Path, text: str) -> bool:
    """Create the file, unless there is one."""
    try:
        file = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        opened.write(text)
    return True


def _taken_over(lock: Path, text: str) -> bool:
    """Write over the file of a process that is gone. The kernel's lock sees to it that of several one succeeds."""
    if sys.platform == "win32":
        return False
    try:
        with lock.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            is_the_same = os.path.samestat(os.fstat(file.fileno()), lock.stat())  # and not one that was ended meanwhile
            if not is_the_same or not _is_gone(file.read(), lock):
                return False
            file.seek(0)
            file.truncate()
            file.write(text)
    except (OSError, UnicodeDecodeError):  # another run was quicker; no text
        return False
    return True


def _is_gone(text: str, lock: Path) -> bool:
    """Is the process surely no more that wrote this? Not to be asked on Windows, where to ask is to end it.

    A number that is this process's own was another's, as in a container, whose first process is always number 1.
    """
    pid, machine = _holder(text)
    if pid < 1 or machine != socket.gethostname():
        return False
    if pid == os.getpid():
        return lock.resolve() not in _held
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # another user's; no process's number at all
        return False
    return False


def _holder(text: str) -> tuple[int, str]:
    """Process and machine; (0, "") where the text does not say, as in the moment when the file has just been made."""
    try:
        content = json.loads(text)
        return int(content["pid"]), str(content["machine"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return 0, ""


def _words(lock: Path) -> str:
    pid, machine = _holder(_text(lock))
    return f"process {pid} on {machine}" if pid else "it does not say which"


def _text(lock: Path) -> str:
    try:
        return lock.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
