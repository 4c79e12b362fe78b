"""The copy that submissions run with: the models, the agents and the fit, and nothing that knows an answer.

Whole folders, and nothing by name: labkit, labkit_agents without its endpoint (behind the wall there are no sockets),
labkit_traces, and the three folders of the grader that a child needs. In place of labkit_workbook there is a quiet
stand-in, so that a notebook that imports from it does not stop.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from labkit_grader.child import quiet
from labkit_grader.wall.readable import ROOT

FOLDERS = (
    "labkit", "labkit_agents", "labkit_traces", "labkit_grader/child", "labkit_grader/self_test", "labkit_grader/wall",
)  # fmt: skip
LEFT_OUT = ("labkit_agents/frameworks", "labkit_agents/server")
STAND_IN = "labkit_workbook"


def make_private(folder: Path) -> Path:
    """The folder to put on ``sys.path``: ``folder``, with the copy in it."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=_leave_out)
    shutil.copy(ROOT / "labkit_grader" / "__init__.py", folder / "labkit_grader")
    (folder / STAND_IN).mkdir()
    shutil.copy(quiet.__file__, folder / STAND_IN / "__init__.py")
    for path in (folder, *folder.rglob("*")):  # whatever the umask: a child may be another user than the judge
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _leave_out(folder: str, names: list[str]) -> set[str]:
    """What of a folder is not copied."""
    place = Path(folder).relative_to(ROOT)
    return {name for name in names if name == "__pycache__" or (place / name).as_posix() in LEFT_OUT}
