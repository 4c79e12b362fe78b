"""The private copy of labkit: all that is in it can be imported by a submission, and nothing in it knows an answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import labkit
import labkit_agents
import labkit_traces
import labkit_workbook
from labkit_grader.child import quiet
from labkit_grader.judge.messages import Inbox
from labkit_grader.judge.private import make_private
from labkit_grader.judge.warm import Warm
from labkit_grader.wall.wall import can_stand

STANDS, WHY = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=WHY)


def said(warm: Warm, *cells: str) -> Inbox:
    inbox = Inbox({"test.answer"})
    warm.converse({"cells": cells, "answers": {"test.answer": "answer"}, "numbers": {}}, {}, inbox)
    return inbox


@needs_wall
def test_every_module_of_the_private_copy_can_be_imported_behind_the_wall(warm: Warm) -> None:
    names = sorted(
        ".".join(path.relative_to(warm.private).with_suffix("").parts).removesuffix(".__init__")
        for path in warm.private.rglob("*.py")
        if path.name != "__main__.py"
    )
    assert {"labkit", "labkit.cost", "labkit_agents.pocket", "labkit_workbook"} <= set(names)
    cells = [
        f"import importlib\nanswer = importlib.import_module({name!r}) and {at}" for at, name in enumerate(names, 1)
    ]
    inbox = said(warm, *cells)
    assert [(names[cell - 1], error) for cell, error in inbox.errors] == []
    assert inbox.answers == {"test.answer": len(names)}


@needs_wall
def test_every_public_name_can_be_imported_behind_the_wall(warm: Warm) -> None:
    packages = (labkit, labkit_agents, labkit_traces, labkit_workbook)
    names = [(package.__name__, name) for package in packages for name in package.__all__]
    cells = [f"from {package} import {name}\nanswer = {at}" for at, (package, name) in enumerate(names, 1)]
    inbox = said(warm, *cells)
    assert [(names[cell - 1], error) for cell, error in inbox.errors] == []
    assert inbox.answers == {"test.answer": len(names)}


@needs_wall
def test_the_workbook_is_quiet_and_the_questions_and_the_judge_are_not_there(warm: Warm) -> None:
    quiet_ones = ("feedback", "explorers", "my_work.copies", "numbers.drawn", "installation")
    inbox = said(warm, *(f"import labkit_workbook.{name}" for name in quiet_ones))
    assert inbox.errors == []
    missing = ("labkit_workbook.questions", "labkit_workbook.questions.graded.ticket_spend", "labkit_grader.judge.keys",
               "labkit_grader.judge", "labkit_grader.release.demo", "labkit_grader.record.results")  # fmt: skip
    hidden = said(warm, *(f"import {name}" for name in missing))
    assert [error.split(":")[0] for _, error in hidden.errors] == ["ModuleNotFoundError"] * len(missing)


@needs_wall
def test_nothing_leads_past_the_private_copy(warm: Warm) -> None:
    """An editable installation brings a finder of its own, which knows where the whole of labkit lies."""
    names = "[getattr(finder, '__name__', type(finder).__name__) for finder in sys.meta_path]"
    finders = f"[name for name in {names} if name != '_SixMetaPathImporter']"  # dateutil 2 brings it: six.moves alone
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


def test_the_private_copy_holds_what_is_written_down_and_nothing_else(tmp_path: Path) -> None:
    """Whoever adds a file says in ``private_copy.txt`` that submissions may read it."""
    private = make_private(tmp_path / "private")
    found = sorted(path.relative_to(private).as_posix() for path in private.rglob("*") if path.is_file())
    assert found == (Path(__file__).parent / "private_copy.txt").read_text(encoding="utf-8").splitlines()


def test_the_private_copy_knows_no_answers(tmp_path: Path) -> None:
    private = make_private(tmp_path / "private")
    texts = {path: path.read_text(encoding="utf-8") for path in private.rglob("*") if path.suffix in (".py", ".json")}
    assert len(texts) > 20
    for name, text in texts.items():
        assert "Misconception(" not in text, name
        assert "180,000" not in text, name
