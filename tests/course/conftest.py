"""Fixtures that build the tiny course."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
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
