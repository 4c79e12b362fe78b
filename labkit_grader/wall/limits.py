"""Limits and privileges: how much the child may use, and the rights of its user that it gives up.

RLIMIT_NPROC counts all tasks of a user, so it cannot be small; it only keeps threads from filling the whole machine.
It does not bind root at all. What stops forks, for root too, is the seccomp filter.
The capability bounding set is left alone: it matters only at exec, which is denied, and PR_SET_NO_NEW_PRIVS is set.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from dataclasses import dataclass

from labkit_grader.wall import kernel

if sys.platform != "win32":
    import resource

MOST_TASKS = 4096  # of the user's, threads included, over the whole machine

# linux/capability.h
CAPABILITY_VERSION_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
CAPABILITY_WORDS = 2  # _LINUX_CAPABILITY_U32S_3


@dataclass(frozen=True)
class Limits:
    """How much one child may use."""

    memory_bytes: int = 2 * 2**30  # address space, with what the warm process had mapped before the fork
    cpu_sec: int = 60  # of all threads together
    file_bytes: int = 16 * 2**20  # size of any one file
    open_files: int = 64


class CapHeader(ctypes.Structure):
    """struct __user_cap_header_struct."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapData(ctypes.Structure):
    """struct __user_cap_data_struct."""

    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def set_limits(limits: Limits) -> None:
    """Sets every limit, soft and hard. At the CPU limit comes SIGXCPU, and SIGKILL a second later."""
    for what, soft, hard in _list_wanted(limits):
        _lower(what, soft, hard)


def set_what_limits_there_are(limits: Limits) -> None:
    """The same, where the system may refuse some: macOS does."""
    for what, soft, hard in _list_wanted(limits):
        with contextlib.suppress(OSError, ValueError):
            _lower(what, soft, hard)


def _list_wanted(limits: Limits) -> list[tuple[int, int, int]]:
    """Which limit, and what it should be: soft and hard."""
    return [
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_MEMLOCK, 0, 0),
        (resource.RLIMIT_NPROC, MOST_TASKS, MOST_TASKS),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_CPU, limits.cpu_sec, limits.cpu_sec + 1),
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
    ]


def _lower(what: int, soft: int, hard: int) -> None:
    """Sets one limit, but never above the hard limit that is there already."""
    _, present = resource.getrlimit(what)
    if present != resource.RLIM_INFINITY:
        hard = min(hard, present)
    resource.setrlimit(what, (min(soft, hard), hard))


def step_down(user: int, group: int) -> None:
    """Root becomes the user that owns the scratch folder. Anybody else, or root with a folder of its own, stays."""
    if os.geteuid() != 0 or user == 0:
        return
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def drop_capabilities() -> None:
    """Gives up every capability and looks whether they are gone."""
    header = CapHeader(version=CAPABILITY_VERSION_3, pid=0)
    data = (CapData * CAPABILITY_WORDS)()
    library = kernel.library()
    kernel.checked(library.capset(ctypes.byref(header), data), "dropping capabilities")
    kernel.checked(library.capget(ctypes.byref(header), data), "reading capabilities")
    if any(word.effective or word.permitted or word.inheritable for word in data):
        raise kernel.WallError("dropping capabilities failed: some are still there")


def no_new_privileges() -> None:
    """No program could give this process more rights; Landlock and seccomp ask for it."""
    kernel.process_control("PR_SET_NO_NEW_PRIVS", kernel.PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """SIGKILL when the parent ends, and no core or /proc for others. A change of user undoes it: call it last."""
    kernel.process_control("PR_SET_PDEATHSIG", kernel.PR_SET_PDEATHSIG, int(signal.SIGKILL))
    kernel.process_control("PR_SET_DUMPABLE", kernel.PR_SET_DUMPABLE, 0)
