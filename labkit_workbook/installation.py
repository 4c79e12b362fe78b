"""`doctor()`: is everything here that the course needs, and if not, which one line puts it right?

`gather` looks at the machine and returns plain facts; `examine` judges facts and looks at nothing.
A finding that is right names no version and no path, so the report reads the same on every machine.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit_workbook.course_folder import find_root
from labkit_workbook.my_work import copies

DISTRIBUTION = "counting-calls"
PACKAGES = ("numpy", "matplotlib", "jupyterlab", "ipywidgets")
INSTALL = 'pip install -e ".[course]"'
MAY_WRITE = '''python -c "import os; os.chmod('{0}', os.stat('{0}').st_mode | 0o700)"'''  # on Windows too


@dataclass(frozen=True)
class Facts:
    """Everything the judgement rests on."""

    python: str  # version of the running Python
    executable: str  # path of the running Python
    requirements: tuple[str, ...] | None  # what this package asks for; None if it is not installed here
    versions: Mapping[str, str | None]  # package -> installed version, None if missing
    in_kernel: bool  # is this a notebook?
    kernel_python: str | None  # the Python that JupyterLab would start for a notebook
    widgets_extension: bool  # is the JupyterLab half of ipywidgets there?
    folder: str  # what the folder for work is called in messages
    writable: bool
    of_another: bool = False  # does that folder belong to somebody else?


@dataclass(frozen=True)
class Finding:
    """One point of the examination; `fix` is the one line that puts it right."""

    ok: bool
    text: str
    fix: str = ""

    def __str__(self) -> str:
        return f"ok   {self.text}" if self.ok else f"FIX  {self.text}\n     {self.fix}"


@dataclass(frozen=True, repr=False)
class Report:
    """All findings. Shows itself as text, in a notebook and in a terminal."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True if nothing needs fixing."""
        return not self.problems

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that need fixing."""
        return tuple(finding for finding in self.findings if not finding.ok)

    def __repr__(self) -> str:
        count = len(self.problems)
        ending = "Everything is right." if self.ok else f"{count} of {len(self.findings)} points to put right."
        return "\n".join([*map(str, self.findings), ending])


IN_A_BROWSER = Report(
    (Finding(True, "This runs in your browser: nothing is to be installed. Your work is kept in this browser alone."),)
)
"""What ``doctor`` says where Python itself is part of a page."""


def doctor() -> Report:
    """Look at this machine and say in words what is right and what is not.

    In a browser there is no installation to look at, and nothing that could be put right.
    """
    return IN_A_BROWSER if sys.platform == "emscripten" else examine(gather())


def examine(facts: Facts) -> Report:
    """Judge the facts, point by point."""
    packages = [_package_finding(name, facts) for name in PACKAGES]
    others = [_kernel_finding(facts), _widgets_finding(facts), _write_finding(facts)]
    return Report((_python_finding(facts), *packages, *others))


def gather() -> Facts:
    """Look at the machine; nothing is changed."""
    folder, name = _work_folder()
    return Facts(
        python=".".join(map(str, sys.version_info[:3])),
        executable=sys.executable,
        requirements=_requirements(),
        versions={name: _version(name) for name in PACKAGES},
        in_kernel="ipykernel.kernelapp" in sys.modules,
        kernel_python=_kernel_python(),
        widgets_extension=_has_widgets_extension(),
        folder=name,
        writable=_can_write(folder),
        of_another=copies.belongs_to_another(folder),
    )


def as_numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, to compare with.

    >>> as_numbers("3.10.2rc1")
    (3, 10, 2)
    """
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def bounds_of(package: str, requirements: tuple[str, ...]) -> tuple[str, str]:
    """The lowest version allowed and the first one not allowed; empty where there is none.

    >>> bounds_of("numpy", ("numpy<3,>=1.26", "matplotlib>=3.8"))
    ('1.26', '3')
    """
    for line in requirements:
        wanted, _, _ = line.partition(";")
        if re.match(rf"{re.escape(package)}(?![\w.-])", wanted.strip()):
            lowest = re.search(r">=\s*([\d.]+)", wanted)
            limit = re.search(r"<\s*([\d.]+)", wanted)
            return lowest.group(1) if lowest else "", limit.group(1) if limit else ""
    return "", ""


def _python_finding(facts: Facts) -> Finding:
    lowest, _ = bounds_of("python", facts.requirements or ())
    if as_numbers(facts.python) >= as_numbers(lowest):
        return Finding(True, "Python is new enough")
    text = f"Python {facts.python} is too old: the course needs {lowest} or newer"
    return Finding(False, text, f"make clean env PYTHON=python{lowest}")


def _package_finding(package: str, facts: Facts) -> Finding:
    version = facts.versions.get(package)
    if version is None:
        return Finding(False, f"{package} is not installed", INSTALL)
    lowest, limit = bounds_of(package, facts.requirements or ())
    if lowest and as_numbers(version) < as_numbers(lowest):
        return Finding(False, f"{package} {version} is too old: the course needs {lowest} or newer", INSTALL)
    if limit and as_numbers(version) >= as_numbers(limit):
        text = f"{package} {version} is too new: the course was written for versions before {limit}"
        return Finding(False, text, INSTALL)
    return Finding(True, f"{package} is there and new enough")


def _kernel_finding(facts: Facts) -> Finding:
    if facts.requirements is None:
        where = "environment of this notebook's kernel" if facts.in_kernel else "environment of this Python"
        return Finding(False, f"labkit is not installed in the {where}", INSTALL)
    if facts.in_kernel:
        return Finding(True, "this notebook runs in the environment where labkit is installed")
    advice = "python -m ipykernel install --sys-prefix --name python3"
    if facts.kernel_python is None:
        return Finding(False, "JupyterLab has no kernel for Python notebooks here", advice)
    if not _same_environment(facts.kernel_python, facts.executable):
        return Finding(False, "JupyterLab would start notebooks in another environment than this one", advice)
    return Finding(True, "notebooks will run in the environment where labkit is installed")


def _widgets_finding(facts: Facts) -> Finding:
    if facts.versions.get("ipywidgets") is None or not facts.widgets_extension:
        text = "JupyterLab cannot show sliders: jupyterlab_widgets is missing"
        return Finding(False, text, "pip install --force-reinstall jupyterlab_widgets")
    return Finding(True, "JupyterLab can show sliders")


def _write_finding(facts: Facts) -> Finding:
    if facts.writable:
        return Finding(True, "your work can be saved")
    if facts.of_another:
        text = f"nothing can be saved in {facts.folder}, which belongs to somebody else; work in a copy of your own"
        return Finding(False, text, copies.OWN_COPY)
    return Finding(False, f"nothing can be saved in {facts.folder}", MAY_WRITE.format(facts.folder))


def _requirements() -> tuple[str, ...] | None:
    """What this package asks for, with its Python written as one more requirement."""
    try:
        metadata = importlib.metadata.metadata(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return None
    python = f"python{metadata['Requires-Python'] or ''}"
    return (python, *(importlib.metadata.requires(DISTRIBUTION) or ()))


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _kernel_python() -> str | None:
    """The command of the `python3` kernel, as JupyterLab would find it; None without Jupyter or kernel."""
    if importlib.util.find_spec("ipykernel") is None:
        return None
    for folder in _jupyter_folders("kernels"):
        try:
            spec = json.loads((folder / "python3" / "kernel.json").read_text(encoding="utf-8"))
            return str(spec["argv"][0])
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return sys.executable  # ipykernel offers the running Python where no kernel is registered


def _same_environment(kernel_python: str, executable: str) -> bool:
    """A bare name such as `python` means JupyterLab's own environment; a path must be in our folder."""
    if Path(kernel_python).name == kernel_python:
        return True
    return os.path.normcase(Path(kernel_python).parent) == os.path.normcase(Path(executable).parent)


def _has_widgets_extension() -> bool:
    folders = _jupyter_folders("labextensions")
    return any((folder / "@jupyter-widgets" / "jupyterlab-manager").is_dir() for folder in folders)


def _jupyter_folders(kind: str) -> list[Path]:
    """Where Jupyter looks for things of a kind, most important first."""
    if importlib.util.find_spec("jupyter_core") is None:
        return [Path(sys.prefix) / "share" / "jupyter" / kind]
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415 (only where Jupyter is installed)

    return [Path(folder) for folder in jupyter_path(kind)]


def _work_folder() -> tuple[Path, str]:
    """The folder that has to be writable, and its name in messages."""
    try:
        root = find_root()
    except FileNotFoundError:
        return Path.cwd(), "."
    work = root / copies.DESK
    return (work, copies.DESK) if work.is_dir() else (root, ".")


def _can_write(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
