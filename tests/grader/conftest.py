"""What tests of the grader share: a warm process, and the threads that carry runs.

To start a warm process takes a second of a processor, and to attack the wall another; a run starts and ends its own.
So that tests of runs do not pay for that each time, those that ask for ``carried`` share the threads and what they keep
warm. Time is generous for honest work, and one second for what only waits for a limit (``hurried``).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from labkit_grader.judge import run, worker
from labkit_grader.judge.warm import Warm


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
    with ThreadPoolExecutor(1) as executor:  # each thread has a warm process of its own
        yield executor
        worker.stop_all()


@pytest.fixture
def carried(threads: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that name no executor are carried by threads which keep their warm processes from test to test."""
    monkeypatch.setattr(run, "_carrier", lambda executor, jobs: nullcontext(executor or threads))
