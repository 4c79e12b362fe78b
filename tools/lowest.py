"""Runs the quick tests and those of both endpoints at the oldest version of every package that pyproject.toml admits.

python tools/lowest.py FOLDER     make a virtual environment in FOLDER, install the oldest versions, run the tests
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "counting-calls"
EXTRAS = ("course", "endpoint", "serve", "test")
TESTS = (
    "tests/core", "tests/workbook/questions", "tests/agents/pocket/test_pocket_endpoint.py", "tests/agents/server",
)  # fmt: skip
NEWEST_PYTHON = (3, 12)  # for which the oldest numpy has a wheel


def oldest() -> list[str]:
    """Lines such as ``numpy==1.26``: the lower bound of each package that the project or one of the extras asks for."""
    found = set()
    for need in map(Requirement, importlib.metadata.requires(PROJECT) or []):
        applies = need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in EXTRAS)
        bounds = [bound.version for bound in need.specifier if bound.operator in (">=", "==")]
        found |= {f"{need.name}=={bound}" for bound in bounds if applies}
    return sorted(found)


def main(folder: Path) -> int:
    """The exit status of the tests; 0, with a word, on a Python for which the oldest packages do not exist."""
    if sys.version_info[:2] > NEWEST_PYTHON:
        print(f"The oldest packages have no wheels for Python {sys.version_info[0]}.{sys.version_info[1]}: not run.")
        return 0
    versions = oldest()
    print("The oldest versions:", ", ".join(versions), flush=True)
    venv.create(folder, clear=True, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("\n".join(versions) + "\n")
        constraints.flush()
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", constraints.name]
        subprocess.run([python, *install, "-e", f".[{','.join(EXTRAS)}]"], cwd=ROOT, check=True)
    tests = ["-m", "pytest", "-n", "auto", "--dist", "loadfile", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    return subprocess.run([python, *tests, *TESTS], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
