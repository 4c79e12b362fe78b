"""A course on nbgrader in a folder: its commands are run as an instructor types them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMES = tuple(sorted(path.stem for path in (ROOT / "solutions").glob("*.ipynb")))


def set_up(course: Path, settings: bool = True) -> None:
    """A new course whose sources are our solutions, with the settings that docs/ offers or without."""
    for name in NAMES:
        (course / "source" / name).mkdir(parents=True)
        shutil.copy(ROOT / "solutions" / f"{name}.ipynb", course / "source" / name)
    if settings:
        shutil.copy(ROOT / "docs" / "nbgrader_config.py", course)


def nbgrader(course: Path, command: str, name: str) -> None:
    """Run one of nbgrader's commands; what it said is in the error where it fails."""
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]  # it calls alembic by its name
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", command, name],
        cwd=course,
        env={**os.environ, "PATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"nbgrader {command} {name} failed:\n{done.stdout}{done.stderr}")
