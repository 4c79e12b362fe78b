"""Every test of the workbook begins, and ends, as a fresh kernel does: nothing is remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit_workbook.results import MEMORY


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    MEMORY.forget()
    yield
    MEMORY.forget()
