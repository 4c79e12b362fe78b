"""What holds for all tests: few examples of a property, and the solutions with a lab only in `make test-all`.

`make test` tries a few examples of each property; `make test-all` runs the same tests with `--hypothesis-profile=many`.
On a machine that may be busy, time is never what a test is about.
"""

import gc
from typing import Any

import nbval.kernel
import pytest
from hypothesis import HealthCheck, settings
from slow_ones import runs_a_lab

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("few", max_examples=20, **CALM)
settings.register_profile("many", max_examples=200, **CALM)
settings.load_profile("few")


START_KERNEL = nbval.kernel.start_new_kernel
STARTS = 3


def start_kernel(**kwargs: Any) -> Any:
    """A kernel for a notebook's cells, started anew if it died at once.

    Its ports are chosen before it takes them, and on a machine with many processes another may have been quicker.
    """
    for _ in range(STARTS - 1):
        try:
            return START_KERNEL(**kwargs)
        except RuntimeError:
            continue
    return START_KERNEL(**kwargs)


nbval.kernel.start_new_kernel = start_kernel


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.suffix == ".ipynb" and runs_a_lab(item.path.stem):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What twelve thousand tests are made of stays to the end: collections of garbage need not look at it again."""
    gc.collect()
    gc.freeze()
