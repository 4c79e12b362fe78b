"""Where the course lies: the folder with the exercises, the lessons and the project file."""

from __future__ import annotations

from pathlib import Path

EXERCISES = "exercises"
LESSONS = "notebooks"


def find_root(start: Path | None = None) -> Path:
    """The folder of the course: `start` (the current folder if not given) or the nearest one above it.

    Raises:
        FileNotFoundError: there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        has_folders = (folder / EXERCISES).is_dir() and (folder / LESSONS).is_dir()
        if has_folders and (folder / "pyproject.toml").is_file():
            return folder
    raise FileNotFoundError(
        f"{here} is not inside the course folder (the one with exercises/, notebooks/ and pyproject.toml). "
        "Change into that folder, then try again."
    )
