"""The private copy of labkit: all that is in it can be imported by a submission, and nothing in it knows an answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import labkit
from labkit.grade import quiet
from labkit.grade.messages import Inbox
from labkit.grade.private import FOLDERS, FOLDERS_LEFT_OUT, LEFT_OUT, OF_GRADE, PACKAGE, make_private
from labkit.grade.wall import can_stand
from labkit.grade.warm import Warm

STANDS, WHY = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=WHY)


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm(timeout=30.0) as started:
        yield started


def said(warm: Warm, *cells: str) -> Inbox:
    inbox = Inbox({"test.answer"})
    warm.converse({"cells": cells, "answers": {"test.answer": "answer"}, "numbers": {}}, {}, inbox)
    return inbox


@needs_wall
def test_every_module_of_the_private_copy_can_be_imported_behind_the_wall(warm: Warm) -> None:
    root = warm.private / "labkit"
    names = sorted(
        ".".join(path.relative_to(warm.private).with_suffix("").parts).removesuffix(".__init__")
        for path in root.rglob("*.py")
        if path.name != "__main__.py"
    )
    assert {"labkit", "labkit.cost", "labkit.feedback", "labkit.explore"} <= set(names)
    cells = [
        f"import importlib\nanswer = importlib.import_module({name!r}) and {at}" for at, name in enumerate(names, 1)
    ]
    inbox = said(warm, *cells)
    assert [(names[cell - 1], error) for cell, error in inbox.errors] == []
    assert inbox.answers == {"test.answer": len(names)}


@needs_wall
def test_every_public_name_can_be_imported_behind_the_wall(warm: Warm) -> None:
    names = list(labkit.__all__)
    cells = [f"from labkit import {name}\nanswer = {at}" for at, name in enumerate(names, 1)]
    inbox = said(warm, *cells)
    assert [(names[cell - 1], error) for cell, error in inbox.errors] == []
    assert inbox.answers == {"test.answer": len(names)}


@needs_wall
def test_every_room_of_labkit_can_be_imported_but_for_the_questions_and_the_grader(warm: Warm) -> None:
    names = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")
    inbox = said(warm, *(f"import labkit.{name}\nlabkit.{name}.__name__" for name in names))
    assert [(names[cell - 1], error) for cell, error in inbox.errors] == []
    hidden = said(warm, *(f"import labkit.{name}" for name in ("questions", "grade.judge", "grade.keys", "grade.demo")))
    assert [error.split(":")[0] for _, error in hidden.errors] == ["ModuleNotFoundError"] * 4


@needs_wall
def test_nothing_leads_past_the_private_copy(warm: Warm) -> None:
    """An editable installation brings a finder of its own, which knows where the whole of labkit lies."""
    finders = "[getattr(finder, '__name__', type(finder).__name__) for finder in sys.meta_path]"
    expected = "['StandIns', 'BuiltinImporter', 'FrozenImporter', 'PathFinder', 'StandIns']"
    inbox = said(warm, f"import sys\nanswer = int({finders} == {expected})\nassert answer, {finders}")
    assert (inbox.errors, inbox.answers) == ([], {"test.answer": 1})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_everybody_can_read_it_whatever_the_umask(tmp_path: Path) -> None:
    """A judge that is root has its children run as another user."""
    before = os.umask(0o077)
    try:
        private = make_private(tmp_path / "private")
    finally:
        os.umask(before)
    found = [private, *private.rglob("*")]
    assert len(found) > 20
    assert {path.stat().st_mode & 0o777 for path in found if path.is_dir()} == {0o755}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o644}


def test_a_stand_in_has_every_name_but_those_that_are_looked_for_in_every_module() -> None:
    assert repr(quiet.anything.at.all()) == ""
    for name in ("__wrapped__", "pytest_plugins", "pytestmark"):
        with pytest.raises(AttributeError, match=name):
            getattr(quiet, name)


def test_every_subpackage_is_copied_or_left_out_on_purpose() -> None:
    """Whoever adds a subpackage of labkit says in private.py whether submissions may use it."""
    found = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert found == FOLDERS | FOLDERS_LEFT_OUT
    assert not FOLDERS & FOLDERS_LEFT_OUT


def test_what_is_named_is_there() -> None:
    assert [name for name in LEFT_OUT if not (PACKAGE / name).is_file()] == []
    assert [name for name in OF_GRADE if not (PACKAGE / "grade" / name).is_file()] == []


def test_the_private_copy_knows_no_answers(tmp_path: Path) -> None:
    private = make_private(tmp_path / "private")
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in private.rglob("*") if path.suffix in (".py", ".json")
    }
    assert len(texts) > 20
    for name, text in texts.items():
        assert "Misconception(" not in text, name
        assert "180,000" not in text, name
    assert not (private / "labkit" / "questions").exists()
    assert json.dumps(sorted(path.name for path in (private / "labkit" / "grade").iterdir())) == json.dumps(
        sorted(OF_GRADE)
    )
