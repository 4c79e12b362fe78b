"""A stub sets the names that are read later, and no other: it gives nothing of the solution away."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "course"))

from stubs import names_read, names_set, without_solutions


def region(*lines: str, indent: str = "") -> str:
    inside = ("### BEGIN SOLUTION: do it", *lines, "### END SOLUTION")
    return "\n".join(f"{indent}{line}" for line in inside)


@pytest.mark.parametrize(
    ("solution", "rest", "following", "stub"),
    [
        (["half = 3", "total = 2 * half"], "check('a.b', total)", [], ["total = ..."]),
        (["b = 1", "a = 2"], "print(a, b)", [], ["b = ...", "a = ..."]),
        (["a = 1"], "", ["x = 1", "print(a)"], ["a = ..."]),
        (["a = 1"], "", ["a = 1\nprint(a)"], []),
        (["a = 1"], "", ["a = 2", "print(a)"], []),
        (["for a in b:", "    c = a"], "print([a for a in x])", ["[c for c in c]"], ["c = ..."]),
        (["profit = 1"], "{v: profit for v, profit in profits.items()}", [], []),
        (["name = 1"], "for name in names:\n    print(name)", [], []),
        (["a = 1"], "def f():\n    return a", [], ["a = ..."]),
        (["a = 1"], "def f(a):\n    return a", [], []),
        (["def f(x):", "    return x"], "f(3)", [], ["f = ..."]),
        (["import math", "a, (b, *c) = math.f()"], "print(math, c)", [], ["math = ...", "c = ..."]),
        (["a = 1"], "%timeit a", ["print(a)"], ["a = ..."]),
        (["a = await f()"], "print(f'{a}')", [], ["a = ..."]),
        (["print(3)"], "", [], []),
    ],
)
def test_the_stub_of_a_cell(solution: list[str], rest: str, following: list[str], stub: list[str]) -> None:
    source = "\n".join([region(*solution), *([rest] if rest else [])])
    wanted = "\n".join(["# Task: do it", *stub, *([rest] if rest else [])])
    assert without_solutions(source, "code", following) == wanted


def test_in_a_function_a_stub_returns_or_sets_what_the_function_reads() -> None:
    returning = "def f(x):\n" + region("y = 2 * x", "return y", indent="    ") + "\nprint(f(1))"
    assert without_solutions(returning, "code") == "def f(x):\n    # Task: do it\n    return ...\nprint(f(1))"
    setting = "def f(x):\n" + region("z = 1", "y = z", indent="    ") + "\n    return y\n\n\nz = f(3)\nprint(z)"
    assert "    # Task: do it\n    y = ...\n    return y\n" in without_solutions(setting, "code")
    neither = "if True:\n" + region("print(1)", indent="    ")
    assert without_solutions(neither, "code") == "if True:\n    # Task: do it\n    ..."
    inner = region("def g():", "    return 1") + "\ng()"
    assert without_solutions(inner, "code") == "# Task: do it\ng = ...\ng()"


def test_text_gets_a_line_and_what_is_no_python_is_left_to_the_author_s_rules() -> None:
    assert without_solutions("Why?\n<!-- ### BEGIN SOLUTION -->\nSo.\n<!-- ### END SOLUTION -->", "markdown") == (
        "Why?\n*Your answer here.*"
    )
    assert without_solutions(region("this is none"), "code") == "# Task: do it"
    assert names_set("no python") == names_read(["no python"]) == set()
