"""What stands in place of a solution: the task as a comment, then `...` for each name that is read later.

So an untouched exercise runs to its end, and every check in it says that it is not started.
"""

from __future__ import annotations

import ast
import re
import symtable
import textwrap
from collections.abc import Iterable, Iterator

from IPython.core.inputtransformer2 import TransformerManager
from regions import Region, find_regions

TEXT_STUB = "*Your answer here.*"


def without_solutions(source: str, kind: str, following: Iterable[str] = ()) -> str:
    """Return the text of a cell with a stub in place of each region, for a student to start from.

    Args:
        source: the cell.
        kind: code or markdown.
        following: the code cells that follow it, as the student sees them, in their order.
    """
    lines = source.split("\n")
    regions, _ = find_regions(source)
    for region in reversed(regions):
        if kind == "code":
            stub = [f"{region.indent}{line}" for line in _code_stub(lines, region, following)]
        else:
            stub = [TEXT_STUB]
        lines[region.begin : region.end + 1] = stub
    return "\n".join(lines)


def _code_stub(lines: list[str], region: Region, following: Iterable[str]) -> Iterator[str]:
    yield f"# Task: {region.words}"
    solution = "\n".join(lines[region.begin + 1 : region.end])
    rest = lines[region.end + 1 :]
    if _returns(solution):
        yield "return ..."
        return
    later = ["\n".join(rest), *following] if not region.indent else ["\n".join(_same_block(rest, region.indent))]
    read = names_read(later)
    places = {name: re.search(rf"\b{name}\b", solution) for name in names_set(solution) & read}
    names = sorted(places, key=lambda name: places[name].start())  # type: ignore[union-attr]  # it is set there
    yield from (f"{name} = ..." for name in names)
    if region.indent and not names:
        yield "..."


def _same_block(lines: Iterable[str], indent: str) -> Iterator[str]:
    """The lines up to the first that is indented less."""
    for line in lines:
        if line.strip() and not line.startswith(indent):
            return
        yield line


def _returns(code: str) -> bool:
    """Does the code return from the function that it stands in?"""
    return _scope(code) is not None and any(isinstance(node, ast.Return) for node in _own_nodes(_body(code)))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All below a node but what is inside functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _own_nodes(child)


def names_set(code: str) -> set[str]:
    """The names that some code sets.

    >>> sorted(names_set("import os\\ntotal = sum(each for each in prices)\\ndef f(x): y = x"))
    ['f', 'os', 'total']
    """
    scope = _scope(code)
    return set() if scope is None else {name.get_name() for name in scope.get_symbols() if name.is_local()}


def names_read(cells: Iterable[str]) -> set[str]:
    """The names that cells, run one after the other, read before one of them has set them.

    >>> sorted(names_read(["total = sum(each for each in prices)", "print(total, sum(prices))"]))
    ['prices', 'print', 'sum']
    """
    read, already = set[str](), set[str]()
    for cell in cells:
        read |= _names_from_outside(cell) - already
        already |= names_set(cell)
    return read


def _names_from_outside(code: str) -> set[str]:
    scope = _scope(code)
    return set() if scope is None else set(_outside(scope))


def _outside(scope: symtable.SymbolTable) -> Iterator[str]:
    yield from (name.get_name() for name in scope.get_symbols() if name.is_referenced() and name.is_global())
    for inner in scope.get_children():
        yield from _outside(inner)


def _body(code: str) -> ast.AST:
    return ast.parse(_as_function(code)).body[0]


def _as_function(code: str) -> str:
    plain = TransformerManager().transform_cell(textwrap.dedent(code))
    return "async def cell():\n    pass\n" + textwrap.indent(plain, "    ")


def _scope(code: str) -> symtable.SymbolTable | None:
    """The names of some code as those of a function's body; None where it is no Python, which is said elsewhere."""
    try:
        return symtable.symtable(_as_function(code), "<cell>", "exec").get_children()[0]
    except SyntaxError:
        return None
