"""Lines of code: without blank lines, comments and docstrings."""

from __future__ import annotations

from types import ModuleType

import pytest

from labkit_agents.frameworks.lines import PARTS, count_lines, lines_by_lever, lines_table


def some_function(x: int) -> int:
    """A docstring
    of two lines."""

    # a comment
    total = sum(
        [x, 1],
    )
    return total  # another


def test_what_is_no_code_is_not_counted() -> None:
    assert count_lines(some_function) == 5


def test_a_module_is_its_functions_and_what_stands_beside_them() -> None:
    here = __import__(__name__, fromlist=["some_function"])
    assert isinstance(here, ModuleType)
    assert count_lines(here) > count_lines(some_function)


def test_hundreds_against_a_dozen() -> None:
    ours = sum(row.lines for row in lines_by_lever() if row.framework == "ours")
    theirs = {row.lever: row.lines for row in lines_by_lever() if row.framework == "LiteLLM"}
    assert set(theirs) == {"router", "cache", "budget"}
    assert max(theirs.values()) < 20
    assert ours > 10 * sum(theirs.values())


def test_no_other_framework_has_all_three_of_the_claim() -> None:
    table = lines_table()
    having = {name for name, _ in PARTS if all(name in table[lever] for lever in ("router", "cache", "budget"))}
    assert having == {"LiteLLM", "ours"}
    assert sum(map(len, table.values())) == len(PARTS)


def test_a_lever_takes_more_lines_than_a_plain_call() -> None:
    for name in ("LiteLLM", "LangGraph", "OpenAI Agents SDK", "CrewAI"):
        call, *levers = (row.lines for row in lines_by_lever(name))
        assert min(levers) >= call


def test_an_unknown_framework_is_named() -> None:
    with pytest.raises(ValueError, match=r"^frameworks must be .* got 'nothing'"):
        lines_by_lever("nothing")
