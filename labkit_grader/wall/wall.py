"""The wall between the judge and a stranger's code: Landlock for files, seccomp for system calls, limits for the rest.

A warm process makes the part that is the same for all its children once, with `shared_part`. A freshly forked child
calls `keep_only`, which keeps that part too, and then `raise_wall`, just before it runs a stranger's code.
From there on it can compute, start threads, import, draw, write in its scratch folder and into its pipe, and no more.
The wall stands for good: neither the child nor any thread of it can take a part down again.

If any part cannot be raised there is a `WallError`, and the child must end without having run the code.

What the wall does not do, so that the caller must:
- Memory of the warm process is in the child after the fork. It must hold nothing secret, its environment included.
- RLIMIT_FSIZE caps one file, not their number: the caller bounds the scratch folder, or watches it (see scratch.py).
- No part of it hides names. Landlock does not govern stat, and seccomp cannot read a path: a stranger who guesses a
  path learns whether it exists, its size and its times, but no content and no listing. Inside bubblewrap (the mode
  "strict") what may not be read does not exist, and nothing is to be learned.
- A child that sleeps uses no CPU time: the caller needs a clock of its own, and SIGKILL.
- multiprocessing needs processes, and does not work here; asyncio works with the loop of cell_loop.py.
"""

from __future__ import annotations

import importlib.machinery
import os
import stat
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from labkit_grader.wall import kernel, landlock, seccomp
from labkit_grader.wall.kernel import WallError
from labkit_grader.wall.landlock import Shared
from labkit_grader.wall.limits import (
    Limits,
    die_with_parent,
    drop_capabilities,
    no_new_privileges,
    set_limits,
    set_what_limits_there_are,
    step_down,
)
from labkit_grader.wall.readable import readable_paths

__all__ = [
    "Limits",
    "Shared",
    "WallError",
    "can_stand",
    "keep_only",
    "no_wall",
    "raise_wall",
    "readable_paths",
    "shared_part",
    "what_stands",
]

MODES = ("standard", "strict", "trusted")
STANDARD_WALL = "landlock, seccomp, limits"
STRICT_WALL = f"{STANDARD_WALL}, bubblewrap"
NO_WALL = "none (students trusted)"
DESCRIPTORS = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
THREADS = "/proc/self/task"
STANDARD = (0, 1, 2)


def what_stands() -> dict[str, str]:
    """The parts of a wall that this machine has; what it lacks is absent."""
    if kernel.machine() is None:
        return {}
    parts = {}
    version = landlock.version()
    if version:
        parts["landlock"] = f"abi {version}"
    if seccomp.is_available():
        parts["seccomp"] = "filter"
    if os.path.isdir(DESCRIPTORS) and os.path.isdir(THREADS):
        parts["rlimits"] = "yes"
    return parts


def can_stand() -> tuple[bool, str]:
    """Can the wall be raised here? With its name, or with the reason why not."""
    if kernel.machine() is None:
        return False, f"the wall needs 64-bit Linux on {' or '.join(kernel.MACHINES)}"
    parts = what_stands()
    least = landlock.LEAST_VERSION
    if "landlock" not in parts:
        return False, "this kernel has no Landlock, or it is switched off or kept from this container"
    if landlock.version() < least:
        return False, f"this kernel's Landlock is version {landlock.version()}; {least} (Linux 6.2) is needed"
    if "seccomp" not in parts:
        return False, "this kernel takes no seccomp filters, or they are kept from this container"
    if "rlimits" not in parts:
        return False, "/proc is not there, so open files and threads cannot be counted"
    return True, STANDARD_WALL


def keep_only(pipes: Collection[int], output: int | None = None) -> None:
    """Closes every descriptor but the pipes. 0 becomes /dev/null; 1 and 2 become `output`, or /dev/null as well."""
    if any(pipe in STANDARD for pipe in pipes):
        raise WallError("a pipe to the judge cannot be descriptor 0, 1 or 2")
    null = os.open(os.devnull, os.O_RDWR)
    sink = os.dup(null if output is None else output)
    for source, place in ((null, 0), (sink, 1), (sink, 2)):
        os.dup2(source, place)
    for descriptor in open_descriptors():
        if descriptor not in STANDARD and descriptor not in pipes:
            os.close(descriptor)


def open_descriptors() -> list[int]:
    """Every open descriptor of this process, without the one that reads the list."""
    found = [int(name) for name in os.listdir(DESCRIPTORS)]
    return sorted(descriptor for descriptor in found if os.path.lexists(f"{DESCRIPTORS}/{descriptor}"))


def shared_part(ground: Path, readable: Sequence[Path]) -> Shared:
    """The part of the wall that is the same for every child whose scratch folder lies in `ground`; it takes a while.

    Raises:
        WallError: it cannot be made here.
    """
    stands, words = can_stand()
    if not stands:
        raise WallError(words)
    try:
        return landlock.share(ground, readable)
    except OSError as error:
        raise WallError(f"the wall cannot be raised: {error}") from error


def raise_wall(scratch: Path, readable: Sequence[Path] | Shared, limits: Limits) -> str:
    """Walls this process in, for good, and says with what. In a child only, just before a stranger's code.

    The child starts to work in `scratch`. As root it becomes the user that owns `scratch`. What it may read is given as
    paths, or as what its parent has made of them by `shared_part`, which is closed here.
    """
    stands, words = can_stand()
    if not stands:
        raise WallError(words)
    try:
        owner = check_scratch(scratch)
        check_process(allowed=readable.ruleset if isinstance(readable, Shared) else None)
        fill_import_caches()
        rulesets = landlock.layers(scratch, readable)
        move_to(scratch)
        set_limits(limits)
        step_down(owner.st_uid, owner.st_gid)
        drop_capabilities()
        no_new_privileges()
        die_with_parent()
        for ruleset in rulesets:
            landlock.enforce(ruleset)
        seccomp.enforce_here()
    except (OSError, ValueError) as error:
        raise WallError(f"the wall cannot be raised: {error}") from error
    return words


def no_wall(scratch: Path, limits: Limits) -> str:
    """For students who are trusted: a group of its own, so that all of it can be ended, and what limits there are."""
    os.setsid()
    move_to(scratch)
    set_what_limits_there_are(limits)
    if sys.platform == "linux":
        die_with_parent()
    return NO_WALL


def checked_mode(mode: str) -> str:
    """The mode, if there is such a one."""
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
    return mode


def check_scratch(scratch: Path) -> os.stat_result:
    """Refuse a scratch folder that is no real folder: through a link another one would become writable."""
    found = scratch.lstat()
    if not stat.S_ISDIR(found.st_mode) or not scratch.is_absolute():
        raise WallError(f"the scratch folder {scratch} must be a folder, given from the root on, and no link")
    return found


def check_process(allowed: int | None = None) -> None:
    """One thread, since Landlock and seccomp hold for the calling thread; and no descriptor that leads anywhere.

    One is allowed: the shared ruleset, which is closed before a stranger's code runs.
    """
    threads = len(os.listdir(THREADS))
    if threads != 1:
        raise WallError(f"this process has {threads} threads; the wall can be raised around one only")
    for descriptor in open_descriptors():
        if descriptor != allowed and not is_harmless(descriptor):
            raise WallError(f"descriptor {descriptor} is still open: {os.readlink(f'{DESCRIPTORS}/{descriptor}')}")


def is_harmless(descriptor: int) -> bool:
    """A pipe, /dev/null, or a plain file for the output."""
    found = os.fstat(descriptor)
    if stat.S_ISCHR(found.st_mode):
        return found.st_rdev == os.stat(os.devnull).st_rdev
    return stat.S_ISFIFO(found.st_mode) or (descriptor in STANDARD[1:] and stat.S_ISREG(found.st_mode))


def move_to(scratch: Path) -> None:
    """Works in the scratch folder, and has `tempfile` do so too."""
    os.chdir(scratch)
    tempfile.tempdir = str(scratch)


def fill_import_caches() -> None:
    """Has Python list every folder of sys.path, since behind the wall some of them cannot be listed."""
    importlib.machinery.PathFinder.find_spec("no_module_has_this_name")
