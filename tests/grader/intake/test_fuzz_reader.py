"""No bytes crash the reader of notebooks, and taking magics out never breaks code that is right without them."""

from __future__ import annotations

import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit_grader.intake.notebooks import (
    Cell,
    Notebook,
    UnreadableNotebook,
    code_of,
    read_notebook,
    which_exercise,
    why_none,
)
from labkit_grader.intake.zips import BadZip, Limits, salvage

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=3 * settings.default.max_examples,
    suppress_health_check=list(HealthCheck),
)
KNOWN = {"ticket_spend": ("calls",), "debate_vs_retry": ("bare",)}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
texts = st.text(st.characters(), max_size=30) | st.sampled_from(["%a", "!b\n", 'check("ticket_spend.calls")', "\ud800"])


def nearly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what belongs there, sometimes anything."""
    return st.one_of(right, right, right, right, anything)


def table(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table in which some fields may lack."""
    return st.fixed_dictionaries({}, optional={name: nearly(field) for name, field in fields.items()})


cells = table(
    cell_type=st.sampled_from(["code", "markdown", "raw", "heading"]),
    source=texts | st.lists(nearly(texts), max_size=3),
    input=texts,
    id=texts,
    language=st.sampled_from(["python", "R"]),
    metadata=table(tags=st.lists(nearly(texts), max_size=2)),
)
kernels = table(name=texts, language=st.sampled_from(["python", "julia", "\udc80"]))
documents = table(
    nbformat=st.sampled_from([4, 4, 4, 3, 4.0, 10**30]),
    cells=st.lists(nearly(cells), max_size=4),
    worksheets=st.lists(nearly(table(cells=st.lists(nearly(cells), max_size=3))), max_size=2),
    metadata=table(kernelspec=kernels, language_info=kernels),
)


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/b.ipynb", "c.ipynb", "d.zip"):
            archive.writestr(zipfile.ZipInfo(name), b"0123456789" * 30)
    return buffer.getvalue()


ZIP = _zip()


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """One file that is written again and again."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "n.ipynb"


def read_or_refused(path: Path, content: bytes) -> Notebook | None:
    """The notebook, sound enough to be sent on; or None where it is refused in words that can be shown."""
    path.write_bytes(content)
    try:
        notebook = read_notebook(path, most_bytes=2**20)
    except UnreadableNotebook as refusal:
        return None if str(refusal).isprintable() else pytest.fail(f"not to be shown: {refusal!a}")
    json.dumps([vars(cell) for cell in notebook.cells], ensure_ascii=False).encode("utf-8")
    assert which_exercise(notebook, KNOWN) in KNOWN or why_none(notebook, KNOWN)
    for cell in notebook.cells:
        assert isinstance(cell.source, str)
        assert cell.kind in ("code", "markdown", "raw")
        assert isinstance(cell.id, str)
        assert all(isinstance(tag, str) for tag in cell.tags)
    return notebook


@steady
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_crash_the_reader(path: Path, content: bytes) -> None:
    read_or_refused(path, content)


@steady
@given(content=anything | documents)
def test_no_document_crashes_the_reader(path: Path, content: Any) -> None:
    read_or_refused(path, json.dumps(content).encode())


@steady
@given(sources=st.lists(texts, max_size=4))
def test_what_is_right_is_read(path: Path, sources: list[str]) -> None:
    document = {"nbformat": 4, "cells": [{"cell_type": "code", "source": source} for source in sources]}
    notebook = read_or_refused(path, json.dumps(document).encode())
    assert notebook is not None
    assert [len(cell.source) for cell in notebook.cells] == [len(json.loads(json.dumps(each))) for each in sources]


@steady
@given(content=st.data())
def test_no_damage_crashes_the_reader(path: Path, content: st.DataObject) -> None:
    document = {"nbformat": 4, "cells": [{"cell_type": "code", "source": ["x = 1"], "metadata": {"tags": ["a"]}}]}
    data = bytearray(json.dumps(document).encode())
    for _ in range(content.draw(st.integers(1, 3))):
        data[content.draw(st.integers(0, len(data) - 1))] = content.draw(st.integers(0, 255))
    read_or_refused(path, bytes(data[: content.draw(st.integers(0, len(data)))]))


@steady
@given(content=st.data())
def test_no_damage_to_a_zip_is_more_than_a_bad_zip(path: Path, content: st.DataObject) -> None:
    data = bytearray(ZIP)
    for _ in range(content.draw(st.integers(1, 4))):
        data[content.draw(st.integers(0, len(data) - 1))] = content.draw(st.integers(0, 255))
    path.write_bytes(bytes(data))
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        try:
            results = list(salvage(path, Path(folder) / "into", Limits(total=10**6)))
        except BadZip:
            return
        assert all(why or target.is_relative_to(folder) for target, why in results)
        assert [each for each in Path(folder).iterdir() if each.name != "into"] == []


# ---- code without magics ----------------------------------------------------------------------------------

PIECES = (
    "x = 1",
    "x = '%a'",
    "f(1,\n  2)",
    "x = [5\n%3,\n]",
    '"""\n%time\n!ls\n"""',
    "'''a\n  ?\n'''",
    "# it's (",
    "",
    "x = 5 \\\n  % 3",
    "x = 'a\\\n!b'",
    "y = x % 2 != 1",
    "if x: pass",
    "d = {1: 2,  # [\n 3: '?'}",
    "lambda: x",
    "x = r'\\\\'",
    "s = f'{x!r}'",
    "@staticmethod\ndef f(): return 1",
    "print('what?')",
    "x: int = 3",
    "x == 1",
    "x %= 2",
    "a = b = '='",
    "\x0c",
)
MAGICS = (
    "%time",
    "!ls",
    "!echo 'it",
    "! (",
    "%matplotlib inline",
    "x?",
    "?x",
    "x.y??",
    "y = !ls -l",
    "a, b = %who",
    "!ls \\\n  -l",
    "%%time",
    "%cd [",
    "z=!ls '''",
    "!!ls",
    "%timeit f(1, '",
    "x : list = !ls",
)
BLOCKS = ("if x:", "for i in y:  # c", "def f(\n    a,\n):", "while True:", "class A:", "with a as b:", "if x: # '''")


def indented(piece: str, depth: int) -> str:
    """Only a statement's first line needs its place; multi-line strings keep what they hold."""
    first, line_end, rest = piece.partition("\n")
    body = f"\n{' ' * 4 * depth}".join(rest.split("\n")) if piece.startswith("@") else rest
    return " " * 4 * depth + first + line_end + (" " * 4 * depth if piece.startswith("@") else "") + body


@st.composite
def programs(draw: st.DrawFn, depth: int = 0) -> list[tuple[str, bool]]:
    """Statements, some of them magics: (text, is it a magic)."""
    found: list[tuple[str, bool]] = []
    for _ in range(draw(st.integers(0 if not depth else 1, 4))):
        kind = draw(st.integers(0, 5))
        if kind < 2:
            place = depth if kind else draw(st.integers(0, 3))
            found.append((indented(draw(st.sampled_from(MAGICS)), place), True))
        elif kind == 2 and depth < 3:
            found.append((indented(draw(st.sampled_from(BLOCKS)), depth), False))
            found += draw(programs(depth + 1))
        else:
            found.append((indented(draw(st.sampled_from(PIECES)), depth), False))
    return found


def compiles(source: str) -> bool:
    """Is it Python?"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "cell", "exec")
        except (SyntaxError, ValueError):
            return False
    return True


@settings(steady, max_examples=7 * settings.default.max_examples)
@given(pieces=programs())
def test_what_compiles_without_its_magics_compiles_when_they_are_taken_out(pieces: list[tuple[str, bool]]) -> None:
    source = "\n".join(text for text, _ in pieces)
    without = "\n".join(text for text, magic in pieces if not magic)
    code, dropped = code_of(Cell(source, "code"))
    assert code.count("\n") == source.count("\n")
    assert dropped == sum(text.count("\n") + 1 for text, magic in pieces if magic)
    assert compiles(code) or not compiles(without), code
    passed = "\n".join(text[: len(text) - len(text.lstrip())] + "pass" if magic else text for text, magic in pieces)
    assert compiles(code) or not compiles(passed), code


@settings(steady, max_examples=7 * settings.default.max_examples)
@given(
    lines=st.lists(
        st.sampled_from(
            [*PIECES, *MAGICS, *BLOCKS, "    ", "'", '"""', "(", ")", "\\", "\t", "\r\n", "\\'", "?", "=", "%", "!"]
        ),
        max_size=8,
    ),
    joint=st.sampled_from(["\n", "", " ", "\n    "]),
)
def test_code_that_compiles_is_left_as_it_is(lines: list[str], joint: str) -> None:
    source = joint.join(lines)
    code, dropped = code_of(Cell(source, "code"))
    assert code.count("\n") == source.replace("\r\n", "\n").count("\n")
    if compiles(source):
        assert (code, dropped) == (source.replace("\r\n", "\n"), 0)
    again, more = code_of(Cell(code, "code"))
    assert (again, more) == (code, 0) or not compiles(again)


@steady
@given(source=st.text(st.characters() | st.sampled_from("%!?='\"\\\n#([{}])\r\x0c\t "), max_size=40))
def test_no_text_crashes_the_removal(source: str) -> None:
    code, dropped = code_of(Cell(source, "code"))
    assert dropped >= 0
    assert code.count("\n") == source.replace("\r\n", "\n").replace("\r", "\n").count("\n")
