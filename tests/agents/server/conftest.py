"""The endpoint's tests need the extra `serve`; without it, those of the plan and the log run alone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from labkit_agents.server import FaultPlan, Server, serve

INSTALLED = find_spec("starlette") is not None and find_spec("uvicorn") is not None
collect_ignore = [] if INSTALLED else [
    "test_server_bounds.py", "test_server_command.py", "test_server_faults.py", "test_server_life.py",
    "test_server_replies.py", "test_server_truth.py",
]  # fmt: skip


@pytest.fixture(scope="module")
def one_server() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def endpoint(one_server: Server) -> Server:
    """A server that has forgotten every call, and never answers wrong unless a test plans it."""
    one_server.reset(FaultPlan(soft=0.0))
    return one_server
