"""Which of many cases `make test` leaves to `make test-all`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case")
LABS = ("quality_per_dollar", "reliability_cliff")


def runs_a_lab(name: str) -> bool:
    """Does the student's own lab run in this exercise's notebooks, answered or not? They take as long as all others."""
    return name.endswith(LABS)


def some_slow(
    cases: Iterable[Case], is_slow: Callable[[int, Case], bool], name: Callable[[Case], str] | None = None
) -> list[Any]:
    """The cases for ``parametrize``, those marked slow of which ``is_slow(place, case)`` says so.

    Args:
        cases: in their order.
        is_slow: asked for each, with its place from 0.
        name: what a case is called in the list of tests; pytest's own name where it is None.
    """
    return [
        pytest.param(case, id=name(case) if name else None, marks=[pytest.mark.slow] * is_slow(place, case))
        for place, case in enumerate(cases)
    ]
