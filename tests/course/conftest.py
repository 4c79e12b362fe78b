"""Fixtures that build the tiny course, and that execute the real one's notebooks."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from jupyter_client import KernelManager
from nbclient import NotebookClient
from tiny_course import write_course

Executed = Callable[[Path], nbformat.NotebookNode]
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


AFRESH = """%reset -f
import os, sys
os.chdir({folder!r})
for name in [name for name in sys.modules if name.startswith("labkit")]:
    del sys.modules[name]
"""


@pytest.fixture(scope="session")
def kernel() -> Iterator[KernelManager]:
    """One kernel for all notebooks of a worker: what takes longest, its start and matplotlib, is paid once."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=CRITICAL"])
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory, kernel: KernelManager) -> Executed:
    """A notebook with the outputs it gives now, errors kept; executed once a run, by whichever worker asks first.

    The kernel forgets all names and the course's packages before each.
    """
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine

    def execute(path: Path) -> nbformat.NotebookNode:
        done = shared / f"{hashlib.sha256(str(path).encode()).hexdigest()}.ipynb"
        with FileLock(f"{done}.lock"):
            if not done.exists():
                notebook = nbformat.read(path, as_version=4)
                first = nbformat.v4.new_code_cell(AFRESH.format(folder=str(path.parent)))
                notebook.cells.insert(0, first)
                NotebookClient(notebook, km=kernel, allow_errors=True).execute()
                del notebook.cells[0]
                nbformat.write(notebook, done)
        return nbformat.read(done, as_version=4)

    return execute
