"""Calls into the Linux kernel that Python has no function for. Each result is checked; an error is a `WallError`.

Nothing here runs on import, so that the module can be imported on macOS and Windows, where it is of no use.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys

# Numbers of system calls; these are the same on every machine (asm-generic/unistd.h, asm/unistd_64.h).
NR_LANDLOCK_CREATE_RULESET = 444
NR_LANDLOCK_ADD_RULE = 445
NR_LANDLOCK_RESTRICT_SELF = 446

# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_GET_NAME = 16
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

MACHINES = ("x86_64", "aarch64")


class WallError(RuntimeError):
    """The wall cannot be raised. No code of a stranger's may run in this process."""


def machine() -> str | None:
    """The machine's name if a wall is known for it: 64-bit Linux on x86-64 or aarch64."""
    known = sys.platform == "linux" and platform.machine() in MACHINES and sys.maxsize > 2**32
    return platform.machine() if known else None


@functools.cache
def library() -> ctypes.CDLL:
    """The C library of this process."""
    found = ctypes.CDLL(None, use_errno=True)
    found.syscall.restype = ctypes.c_long
    found.prctl.restype = ctypes.c_int
    return found


def checked(result: int, what: str) -> int:
    """The result of a call, unless it is the -1 that means an error."""
    if result < 0:
        number = ctypes.get_errno()
        raise WallError(f"{what} failed: {os.strerror(number)}")
    return result


def system_call(what: str, number: int, *arguments: object) -> int:
    """A raw system call. Whole numbers go down as 64 bits; anything else must be a ctypes pointer."""
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return checked(library().syscall(ctypes.c_long(number), *words), what)


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte; a signal that comes meanwhile can end a write halfway."""
    while data:
        data = data[os.write(descriptor, data) :]


def process_control(what: str, option: int, *arguments: object) -> int:
    """prctl(2). The kernel wants the arguments that an option does not use to be 0."""
    words = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    unused = [ctypes.c_long(0)] * (4 - len(words))
    return checked(library().prctl(ctypes.c_int(option), *words, *unused), what)
