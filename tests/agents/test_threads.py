"""Work in a thread of its own gives its result or its error, and where there are no threads the reason is told."""

from __future__ import annotations

import pytest

from labkit_agents._threads import in_own_thread


def test_an_error_there_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        in_own_thread(lambda: 1 / 0, lambda: None)


def test_in_a_browser_it_says_where_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "emscripten")
    with pytest.raises(RuntimeError, match="run it on a computer: make lab"):
        in_own_thread(lambda: 1, lambda: None)
