"""Hypothesis, on a machine that may be busy: time is never what a test is about.

`make test` tries a few examples of each property; `make test-all` runs the same tests with `--hypothesis-profile=many`.
"""

import gc

from hypothesis import HealthCheck, settings

CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("few", max_examples=20, **CALM)
settings.register_profile("many", max_examples=200, **CALM)
settings.load_profile("few")


def pytest_collection_finish() -> None:
    """What twelve thousand tests are made of stays to the end: collections of garbage need not look at it again."""
    gc.collect()
    gc.freeze()
