"""The copy of labkit that submissions run with: the formulas and pictures, and nothing that knows an answer."""

from __future__ import annotations

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
LEFT_OUT = {
    "questions",
    "feedback.py",
    "answers.py",
    "cli.py",
    "desk.py",
    "health.py",
    "saved_answers.py",
    "explore.py",
}
OF_GRADE = (
    "__init__.py", "kernel.py", "landlock.py", "limits.py", "seccomp.py", "system_calls.py", "readable.py", "wall.py",
    "zygote.py", "child.py",
)  # fmt: skip


def make_private(folder: Path) -> Path:
    """Write the copy into ``folder``, and give the folder to put on ``sys.path``."""
    target = folder / "labkit"
    target.mkdir(parents=True)
    for path in PACKAGE.glob("*.py"):
        if path.name not in LEFT_OUT:
            shutil.copy(path, target / path.name)
    (target / "grade").mkdir()
    for name in OF_GRADE:
        shutil.copy(HERE / name, target / "grade" / name)
    shutil.copy(HERE / "quiet.py", target / "feedback.py")
    (target / "explore.py").write_text(NO_SLIDERS, encoding="utf-8")
    return folder


NO_SLIDERS = '''"""Sliders need a reader; here there is none."""


def __getattr__(name):
    return lambda *args, **kwargs: None
'''
