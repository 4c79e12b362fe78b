"""What tests of the grader share: a warm process, and the thread that carries runs.

To start a warm process takes a second of a processor, and to attack the wall another; a run starts and ends its own.
So that tests of runs do not pay for that each time, those that ask for ``carried`` share a thread and what it keeps
warm. Time is generous for honest work, and one second for what only waits for a limit (``hurried``).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from labkit_grader.judge import run, worker
from labkit_grader.judge.warm import Warm
from labkit_grader.reports import class_page


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A warm process behind the usual wall, with the time that students have."""
    with Warm() as started:
        yield started


@pytest.fixture
def hurried(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> Warm:
    """The same process, with a second for each submission: for those that would never end."""
    monkeypatch.setattr(warm, "timeout", 1.0)
    return warm


@pytest.fixture(scope="session")
def threads() -> Iterator[Executor]:
    """One thread, for each thread has a warm process of its own."""
    with ThreadPoolExecutor(1) as executor:
        yield executor
        worker.stop_all()


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the class without its pictures, which have tests of their own and take a second."""
    monkeypatch.setattr(class_page, "_image", lambda picture: "")


@pytest.fixture
def carried(threads: Executor, no_pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that name no executor are carried by a thread which keeps its warm process from test to test."""
    monkeypatch.setattr(run, "_carrier", lambda executor, jobs: nullcontext(executor or threads))
