"""The rows of the page: every public formula has one, and each name, test and section in a row is really there."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest

import labkit
from labkit_workbook.evidence import COLUMNS, COMPARISONS, FORMULAS, Comparison, Formula

ROOT = Path(labkit.__file__).parents[1]
TESTS = ROOT / "tests" / "core"
ROWS = [row for rows in FORMULAS.values() for row in rows]
IDS = [row.names[0] for row in ROWS]
PICTURES = {"plots"}
"""What labkit offers that computes nothing: it draws."""
METHODS = (property, classmethod, staticmethod, functools.cached_property)
LAWS = ("cost", "latency", "reliability")
"""Modules whose classes are laws, so that each public method is a formula, too."""


def offered(module: ModuleType) -> list[str]:
    """The public names of a module: those in its ``__all__``, or what it defines itself."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", "") == module.__name__]


def public_names() -> Iterator[str]:
    """Every public formula of labkit: of its top, of the modules that it offers, and of the laws' classes."""
    for name in labkit.__all__:
        found = getattr(labkit, name)
        if not inspect.ismodule(found):
            yield name
        elif name not in PICTURES:
            for inner in offered(found):
                yield f"{name}.{inner}"
                if name in LAWS and inspect.isclass(getattr(found, inner)):
                    yield from (f"{name}.{inner}.{method}" for method in methods(getattr(found, inner)))


def methods(law: type) -> list[str]:
    """The public methods and properties that a class defines itself; the fields of a named tuple are its results."""
    fields = set(getattr(law, "_fields", ()))
    return [
        name
        for name, member in vars(law).items()
        if name[0] != "_"
        and name not in fields
        and (
            inspect.isfunction(member)
            or isinstance(member, property | classmethod | staticmethod | functools.cached_property)
        )
    ]


def named(name: str) -> Any:
    """What labkit has under this name."""
    return functools.reduce(getattr, name.split("."), labkit)


def test_every_public_formula_has_a_row_of_its_own() -> None:
    counted = Counter(name for row in ROWS for name in row.names)
    assert [name for name, rows in counted.items() if rows > 1] == []
    assert [name for name in public_names() if name not in counted] == []


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_what_a_row_names_is_there(row: Formula) -> None:
    for name in row.names:
        assert named(name) is not None


@functools.cache
def functions_of(file: Path) -> dict[str, str]:
    """The tests of a file, and the text of each."""
    text = file.read_text(encoding="utf-8")
    defined = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_source_segment(text, node) or "" for node in defined}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_tests_that_a_row_names_are_there_and_speak_of_it(row: Formula) -> None:
    for test in row.simulated:
        file, _, name = test.partition("::")
        assert name in functions_of(TESTS / file), test
    text = "".join((TESTS / test.partition("::")[0]).read_text(encoding="utf-8") for test in row.simulated)
    called = [name for name in row.names if inspect.isroutine(named(name))]
    if called and row.simulated and not all("workflow" in test for test in row.simulated):
        unspoken = [name for name in called if not re.search(rf"\b{name.rpartition('.')[2]}\b", text)]
        assert unspoken == []


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_row_that_was_held_against_a_record_was_with_every_function_of_it(row: Formula) -> None:
    held = {name for each in COMPARISONS for name in each.formulas}
    if row.recorded:
        assert [name for name in row.names if inspect.isroutine(named(name)) and name not in held] == []


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_no_cell_is_empty_without_a_reason(row: Formula) -> None:
    for column in COLUMNS:
        assert getattr(row, column) or len(row.missing[column].split()) >= 4


@pytest.mark.parametrize("each", COMPARISONS, ids=lambda each: each.name)
def test_the_formulas_that_a_comparison_names_are_called_when_it_is_computed(each: Comparison) -> None:
    rows = {name for row in ROWS for name in row.names}
    assert set(each.formulas) <= rows
    called = calls_of(each.misses)
    for name in each.formulas:
        assert codes_of(name) & called, f"{each.name} does not call {name}"


def codes_of(name: str) -> set[CodeType]:
    """The code of what labkit has under this name: of a property its function's, of a class all its functions'."""
    found = named(name)
    if inspect.isclass(found):
        return {member.__code__ for member in vars(found).values() if inspect.isfunction(member)}
    if isinstance(found, property):
        found = found.fget
    return {inspect.unwrap(found).__code__}


def calls_of(compute: Callable[[], object]) -> set[CodeType]:
    """The code of every Python function that runs while something is computed."""
    ran: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            ran.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        compute()
    finally:
        sys.setprofile(before)
    return ran
