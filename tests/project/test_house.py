"""The house: who imports whom, names that shadow each other, front doors, and files that grew too long."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import labkit
import labkit_agents
import labkit_grader
import labkit_traces
import labkit_workbook

PACKAGES = (labkit, labkit_agents, labkit_traces, labkit_workbook, labkit_grader)
ROOT = Path(labkit.__file__).parents[1]
MOST_LINES = 300
TABLES = "questions"  # the questions are tables of data


def modules() -> Iterator[str]:
    """Every module of the five packages."""
    for package in PACKAGES:
        yield package.__name__
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


def test_the_contracts_of_pyproject_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The layers of the five packages, stated once; the same as the command `lint-imports`."""
    monkeypatch.chdir(ROOT)
    status = lint_imports(no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_no_public_function_shares_its_modules_name() -> None:
    def member(name: str) -> object:
        return inspect.getattr_static(importlib.import_module(name), name.rpartition(".")[2], None)

    assert [name for name in modules() if inspect.isfunction(member(name))] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_what_a_package_offers_can_be_had_and_is_documented(package: object) -> None:
    for name in getattr(package, "__all__", ()):
        offered = getattr(package, name)
        assert inspect.ismodule(offered) or offered.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    for package in (labkit, labkit_workbook):
        with pytest.raises(AttributeError, match="no_such_thing"):
            _ = package.no_such_thing


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_is_longer_than_a_reader_holds() -> None:
    files = [path for package in PACKAGES for path in Path(package.__path__[0]).rglob("*.py")]
    long = [
        path.relative_to(ROOT).as_posix() for path in files if TABLES not in path.parts and lines_of(path) > MOST_LINES
    ]
    assert long == []


def test_labkit_is_small() -> None:
    here = ROOT / "labkit"
    top = list(here.glob("*.py"))
    assert len(top) <= 20
    assert sum(map(lines_of, top)) <= 2800
    assert sum(map(lines_of, here.rglob("*.py"))) <= 11_500
    assert sum(map(lines_of, (here / "prices").glob("*.py"))) <= 390
    assert sum(map(lines_of, (here / "evaluation").glob("*.py"))) <= 800
