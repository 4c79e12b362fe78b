"""What holds for all tests: few examples of a property, and the solutions with a lab only in `make test-all`.

`make test` tries a few examples of each property; `make test-all` runs the same tests with `--hypothesis-profile=many`.
On a machine that may be busy, time is never what a test is about.
"""

import gc

import pytest
from hypothesis import HealthCheck, settings

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("few", max_examples=20, **CALM)
settings.register_profile("many", max_examples=200, **CALM)
settings.load_profile("few")

WITH_LABS = ("06_quality_per_dollar.ipynb", "07_reliability_cliff.ipynb")
"""Solutions in which a student's own lab runs: together as long as all other notebooks."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in WITH_LABS:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What twelve thousand tests are made of stays to the end: collections of garbage need not look at it again."""
    gc.collect()
    gc.freeze()
