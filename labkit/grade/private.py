"""The copy of labkit that submissions run with: the formulas and pictures, and nothing that knows an answer.

What is left out has a stand-in, so that a notebook that imports it does not stop; but for the questions and the grader.
"""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
LEFT_OUT = {
    "answers.py", "classroom.py", "cli.py", "desk.py", "explore.py", "feedback.py", "health.py", "learner.py",
    "saved_answers.py", "sheet.py",
}  # fmt: skip
"""Modules of which there is a stand-in."""
FOLDERS = {"agents", "designing", "laws", "orchestrating", "pocket", "simulating"}
"""Subpackages that submissions may use; copied whole. Every other must be named below."""
FOLDERS_LEFT_OUT = {"questions", "grade"}
OF_GRADE = (
    "__init__.py", "kernel.py", "landlock.py", "limits.py", "scratch.py", "seccomp.py", "system_calls.py",
    "readable.py",
    "wall.py", "attempts.py", "self_test.py", "cell_loop.py", "quiet_notebook.py", "zygote.py", "child.py",
)  # fmt: skip
STAND_IN = '''"""This part of labkit needs a reader; here there is none."""

from labkit.grade.quiet_notebook import stand_in as __getattr__
'''


def make_private(folder: Path) -> Path:
    """Write the copy into ``folder``, and give the folder to put on ``sys.path``."""
    target = folder / "labkit"
    target.mkdir(parents=True)
    for path in PACKAGE.glob("*.py"):
        if path.name in LEFT_OUT:
            (target / path.name).write_text(STAND_IN, encoding="utf-8")
        else:
            shutil.copy(path, target / path.name)
    for name in FOLDERS:
        shutil.copytree(PACKAGE / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    (target / "grade").mkdir()
    for name in OF_GRADE:
        shutil.copy(HERE / name, target / "grade" / name)
    shutil.copy(HERE / "quiet.py", target / "feedback.py")
    for path in (folder, *folder.rglob("*")):  # whatever the umask: a child may be another user than the judge
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder
