"""Landlock: the kernel's own list of what a process may do with files (Linux 5.13 and later, see landlock(7)).

A ruleset *handles* a set of rights: what it handles is denied everywhere, except below the paths that a rule names.
Rules hold for a whole folder with all that lies in it; there is no way to take something inside out again.

Version 3 (Linux 6.2) is the least that will do: before it, O_TRUNC empties a file that may only be read.
Landlock does not govern stat, readlink, access, chmod, chown, utime, extended attributes, inotify and file locks.
Those that change or watch something are denied by the seccomp filter; stat and the like must work for `import`.
So a stranger can learn whether a path that he guesses exists, its size and its times, but no content and no listing.

What Python needs to read is hundreds of paths, and opening them takes longer than most submissions. So a warm process
makes that ruleset once, and each of its children puts two on itself. Rulesets lie over each other in layers, and what
is done must be allowed by each:

                                    shared by all children    the child's own    both
    Python, its packages            read                      read               read
    beside them in /usr, /etc ...   -                         read               -
    the child's scratch folder      read, write               read, write        read, write
    the folder it lies in           read, write               -                  -
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit_grader.wall import kernel
from labkit_grader.wall.scratch import is_small

# linux/landlock.h
CREATE_RULESET_VERSION = 1 << 0  # LANDLOCK_CREATE_RULESET_VERSION
RULE_PATH_BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
RESTRICT_SELF_LOG_SAME_EXEC_OFF = 1 << 0  # LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF, since version 7

# LANDLOCK_ACCESS_FS_...
EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_CHAR = 1 << 6
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
MAKE_SOCK = 1 << 9
MAKE_FIFO = 1 << 10
MAKE_BLOCK = 1 << 11
MAKE_SYM = 1 << 12
REFER = 1 << 13  # since version 2
TRUNCATE = 1 << 14  # since version 3
IOCTL_DEV = 1 << 15  # since version 5

# LANDLOCK_ACCESS_NET_..., since version 4
BIND_TCP = 1 << 0
CONNECT_TCP = 1 << 1

# LANDLOCK_SCOPE_..., since version 6
ABSTRACT_UNIX_SOCKET = 1 << 0
SIGNAL = 1 << 1

LEAST_VERSION = 3
ALL_FILE_RIGHTS = (1 << 15) - 1  # EXECUTE to TRUNCATE, the rights of version 3
READING = READ_FILE | READ_DIR
# Nothing in the scratch folder can be run, and no link, device, socket or named pipe can be made there.
SCRATCH = READING | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER
SCRATCH_KEPT = SCRATCH & ~REMOVE_FILE  # where only what can be seen can be counted: see scratch.py
NULL_DEVICE = READ_FILE | WRITE_FILE
RIGHTS_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # the kernel takes no others there


class RulesetAttr(ctypes.Structure):
    """struct landlock_ruleset_attr. An older kernel takes the longer struct as long as what it does not know is 0."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class PathBeneathAttr(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """The kernel's version of Landlock; 0 where there is none."""
    try:
        return kernel.system_call(
            "asking for Landlock", kernel.NR_LANDLOCK_CREATE_RULESET, None, 0, CREATE_RULESET_VERSION
        )
    except kernel.WallError:
        return 0


def handled(abi: int) -> RulesetAttr:
    """Everything that this version of Landlock can deny."""
    return RulesetAttr(
        handled_access_fs=ALL_FILE_RIGHTS | (IOCTL_DEV if abi >= 5 else 0),
        handled_access_net=BIND_TCP | CONNECT_TCP if abi >= 4 else 0,
        scoped=ABSTRACT_UNIX_SOCKET | SIGNAL if abi >= 6 else 0,
    )


@dataclass(frozen=True)
class Shared:
    """The layer that all children of a warm process share.

    Attributes:
        ruleset: an open descriptor, of use in any child that is forked later. Never to be put on a child by itself:
            it lets a child write beside its scratch folder.
        tops: what a child's own layer has to open for reading, so that both together open what is to be read.
    """

    ruleset: int
    tops: Sequence[Path]


def share(ground: Path, readable: Sequence[Path]) -> Shared:
    """The shared layer: reading below `readable`, and writing below `ground`, where each child has its own folder.

    A rule holds for what is mounted below its folder later, but not for what is mounted on the folder itself.
    """
    real = [path.resolve() for path in readable]  # by another name, a folder might hold the ground unseen
    return Shared(_ruleset(ground, SCRATCH, readable), tops(ground.resolve(), real))


def layers(scratch: Path, readable: Sequence[Path] | Shared) -> list[int]:
    """The rulesets to put on a child: one for all, or its own and then the one that it shares."""
    if isinstance(readable, Shared):
        return [build(scratch, readable.tops), readable.ruleset]
    return [build(scratch, readable)]


def build(scratch: Path, readable: Sequence[Path]) -> int:
    """A ruleset, as an open descriptor: reading below `readable`, writing below `scratch`, nothing else.

    Files can be deleted in a scratch folder of a bounded size only; in another they would take room unseen.
    """
    return _ruleset(scratch, SCRATCH if is_small(scratch) else SCRATCH_KEPT, readable)


def tops(ground: Path, readable: Iterable[Path]) -> list[Path]:
    """A few folders that hold all of `readable`, and nothing of `ground`.

    >>> tops(Path("/tmp/ground"), map(Path, ("/usr/lib", "/usr/share/fonts", "/tmp/private/labkit", "/dev/null")))
    [PosixPath('/dev/null'), PosixPath('/tmp/private'), PosixPath('/usr')]
    """
    closed, paths = {ground, *ground.parents}, set(readable)
    found = {path for path in paths if str(path) == os.devnull}  # may be written to, so it needs a rule of its own
    for path in paths - found:
        found.add(next((each for each in reversed(path.parents) if each not in closed), path))
    return sorted(found)


def _ruleset(writable: Path, rights: int, readable: Sequence[Path]) -> int:
    """A ruleset with these rights below `writable`, and reading below `readable`."""
    attr = handled(version())
    size = ctypes.sizeof(attr)
    ruleset = kernel.system_call(
        "making the Landlock ruleset", kernel.NR_LANDLOCK_CREATE_RULESET, ctypes.byref(attr), size, 0
    )
    whole = _allow(ruleset, writable, rights)
    for path in readable:
        opened = _allow(ruleset, path, NULL_DEVICE if str(path) == os.devnull else READING)
        if opened.startswith(whole):
            raise kernel.WallError(f"{path} would become writable: it lies in the scratch folder")
    return ruleset


def _allow(ruleset: int, path: Path, rights: int) -> str:
    """Adds one rule. Returns what was really opened, links followed, with a slash at its end."""
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _add_rule(ruleset, path, opened, rights)
        return os.path.join(os.readlink(f"/proc/self/fd/{opened}"), "")
    finally:
        os.close(opened)


def _add_rule(ruleset: int, path: Path, opened: int, rights: int) -> None:
    """landlock_add_rule(2). A rule for something that is no folder may hold only the rights that make sense there."""
    if not stat.S_ISDIR(os.fstat(opened).st_mode):
        rights &= RIGHTS_OF_A_FILE
    rule = ctypes.byref(PathBeneathAttr(allowed_access=rights, parent_fd=opened))
    what = f"the Landlock rule for {path}"
    kernel.system_call(what, kernel.NR_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, rule, 0)


def enforce(ruleset: int) -> None:
    """Puts the ruleset on this thread, for good, and closes it. Denials are kept out of the system's log."""
    flags = RESTRICT_SELF_LOG_SAME_EXEC_OFF if version() >= 7 else 0
    kernel.system_call("putting Landlock on this process", kernel.NR_LANDLOCK_RESTRICT_SELF, ruleset, flags)
    os.close(ruleset)
