"""Fixtures that build the tiny course, and that execute the real one's notebooks."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbclient import NotebookClient
from tiny_course import write_course

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "course"))

import build  # noqa: E402


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny course, built. Tests only read it."""
    root = tmp_path_factory.mktemp("built")
    write_course(root)
    assert build.main(["--root", str(root)]) == 0
    return root


@pytest.fixture
def course(built_once: Path, tmp_path: Path) -> Path:
    """A copy of the built course for a test to change."""
    shutil.copytree(built_once, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], nbformat.NotebookNode]:
    """A notebook with the outputs it gives now, errors kept; executed once a run, by whichever worker asks first."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine

    def execute(path: Path) -> nbformat.NotebookNode:
        done = shared / f"{hashlib.sha256(str(path).encode()).hexdigest()}.ipynb"
        with FileLock(f"{done}.lock"):
            if not done.exists():
                notebook = nbformat.read(path, as_version=4)
                place, quiet = {"metadata": {"path": str(path.parent)}}, ["--IPKernelApp.log_level=CRITICAL"]
                NotebookClient(
                    notebook, kernel_name="python3", allow_errors=True, resources=place, extra_arguments=quiet
                ).execute()
                nbformat.write(notebook, done)
        return nbformat.read(done, as_version=4)

    return execute
