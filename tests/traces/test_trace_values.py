"""Every public named tuple of ``labkit_traces`` that holds numbers compares and hashes by value, NaN among them.

The classes are found by walking the package: a new one joins by itself, or is named here with the reason.
"""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from made import DIAMOND, rows

import labkit_traces
from labkit_traces import fit, read
from labkit_traces.advising import Budget, advise, check_budget, compare
from labkit_traces.workflow_prices import price_workflow

NO_FLOATS = {
    "Tokens": "whole numbers", "Tree": "spans and positions", "Order": "positions", "Said": "a flag and a text",
    "Saved": "a workflow and words",
    "Asked": "what was typed", "Candidate": "holds a function", "PriceList": "holds mappings of cards",
    "Drawn": "within the fit alone", "Tries": "within the fit alone",
}  # fmt: skip


def named_tuples() -> Iterator[type]:
    for found in pkgutil.walk_packages(labkit_traces.__path__, "labkit_traces."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            named = isinstance(value, type) and issubclass(value, tuple) and not name.startswith("_")
            if named and value.__module__ == module.__name__:
                yield value


CLASSES = sorted({value.__name__: value for value in named_tuples()}.items())


@pytest.mark.parametrize("name", [name for name, _ in CLASSES if name not in NO_FLOATS])
def test_a_named_tuple_of_numbers_compares_by_value(name: str) -> None:
    kind = dict(CLASSES)[name]
    size = len(kind._fields)  # type: ignore[attr-defined]
    one, same, other = (kind(*[value] * size) for value in (float("nan"), float("-nan"), 2.0))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other


def test_what_is_left_out_exists() -> None:
    assert NO_FLOATS.keys() <= dict(CLASSES).keys()


@cache
def results(seed: int) -> tuple[Any, ...]:
    reading = read([json.dumps(row) for row in rows(DIAMOND, 40, seed)], progress=None)
    found = fit(reading)
    return (
        reading, found, *found.steps, found.load, found.usd, *advise(reading, found), *compare(reading, reading),
        *check_budget(reading, found, Budget(usd=1.0)), price_workflow(found.workflow), *reading.tasks[:2],
    )  # fmt: skip


def test_results_compare_copy_and_pickle_by_value() -> None:
    again = results.__wrapped__(1)
    for one, same in zip(results(1), again, strict=True):
        assert one == same
        assert copy.deepcopy(one) == one
        assert pickle.loads(pickle.dumps(one)) == one
    assert not any(one == other for one, other in zip(results(1)[:2], results(2)[:2], strict=True))
