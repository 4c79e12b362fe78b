"""The self-test of each mode; in the mode "strict" by a child inside bubblewrap, with the copy that submissions get."""

from __future__ import annotations

import os
import subprocess
import sys

from labkit_grader.self_test.attempts import Place
from labkit_grader.self_test.self_test import START, Attempt, run_self_test, write_settings
from labkit_grader.wall.wall import Limits, readable_paths

from .bubblewrap import command_prefix
from .private import make_private


def tried(mode: str, limits: Limits | None = None) -> list[Attempt]:
    """Every attempt of the self-test, made behind the walls of a mode."""
    return run_self_test(limits, mode, start_in_bubblewrap if mode == "strict" else None)


def start_in_bubblewrap(place: Place, limits: Limits) -> tuple[int, int]:
    """Starts Python inside bubblewrap, where `run_inside` does the rest; the same as `start_child` returns."""
    folder = place.folder.parent
    private, config = make_private(folder / "private"), folder / "matplotlib"
    told = write_settings(place, limits, [*readable_paths(), private])
    reading, writing = os.pipe()
    program = START.format(path=str(private), function="run_inside", fd=writing, file=str(told))
    line = [*command_prefix([private, told], place.scratch, config), sys.executable, "-I", "-c", program]
    environment, quiet = {"PATH": os.defpath, "MPLCONFIGDIR": str(config)}, subprocess.DEVNULL
    started = subprocess.Popen(line, pass_fds=[writing], stdin=quiet, stdout=quiet, env=environment)
    os.close(writing)
    return started.pid, reading
