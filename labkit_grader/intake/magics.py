"""Lines of a notebook that are no Python (magics, shell lines, requests for help), taken out without running any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

KEPT = {"time", "capture"}
"""Cell magics whose cell is ordinary Python; the cells of all others are dropped whole."""
_PERHAPS = re.compile(r"\A\s|^[ \t\f]*[%!?]|=[ \t\f]*[%!]|\?[^\S\n]*$", re.MULTILINE)
"""Where this is nowhere in a cell, nothing is dropped and nothing moved."""
_EMPTY = re.compile(r"[ \t\f\n]*\n")
_PLAIN = re.compile(r"""(?=[ \t\f]*\w)[^'"(){}\[\]\#\\%!?:]*\n""")
"""Lines that are each a statement: none is dropped, none opens a block."""
_MAGIC = re.compile(r"[ \t\f]*[%!?]")
_CELL_MAGIC = re.compile(r"\s*?^[ \t\f]*%%(?!\S*\?)(\S*)", re.MULTILINE)
_PIECE = re.compile(
    r"""(?P<quote>'{3}|"{3}|['"]) | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<comment>\#[^\n]*) | (?P<joined>\\\n)
    | (?P<assigned>(?<![-+*/%&|^@<>!:=])=(?!=)) | (?P<newline>\n)""",
    re.VERBOSE,
)
_QUOTED = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ("'''", '"""')}
_QUOTED |= {quote: re.compile(rf"\\.|{quote}|(?=\n)", re.DOTALL) for quote in "'\""}
_AFTER_ASSIGNMENT = re.compile(r"[ \t\f]*(!(?!=)|%[ \t]*[^\W\d])")
_HELP = re.compile(r"%{0,2}(?!\d)[\w*]+(\.(?!\d)[\w*]+|\[-?\d+\])*\?\??\s*\Z")
LONGEST_NAME = 100


class _Statement(NamedTuple):
    """Where a statement begins and ends; is it dropped, does a block follow, is it only space and comment?"""

    begin: int
    end: int
    dropped: bool = False
    opens: bool = False
    blank: bool = False


def without_magics(source: str) -> tuple[str, int]:
    r"""A cell's code without magics, shell lines and requests for help, and how many lines were dropped.

    The others keep their line numbers; a block that loses all its lines is given a ``pass``.

    >>> without_magics("%matplotlib inline\nif calls:\n    !ls")
    ('\nif calls:\n    pass', 2)
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    if not _PERHAPS.search(text):
        return text, 0
    begin = 0
    while first := _CELL_MAGIC.match(text, begin):
        if first[1] not in KEPT:
            return "\n" * text.count("\n"), sum(bool(line.strip()) for line in text.split("\n"))
        begin = _joined_end(text, first.end())
    statements = list(_statements(text))
    lines = _write_kept(text, statements)
    return lines, sum(text.count("\n", each.begin, each.end) + 1 for each in statements if each.dropped)


def _statements(text: str) -> Iterator[_Statement]:
    at = 0
    while at < len(text):
        if empty := _EMPTY.match(text, at):
            found = _Statement(at, empty.end() - 1, blank=True)
        elif plain := _PLAIN.match(text, at):
            found = _Statement(at, plain.end() - 1)
        elif _MAGIC.match(text, at):
            found = _Statement(at, _joined_end(text, at), dropped=True)
        else:
            found = _statement(text, at)
        yield found
        at = found.end + 1


def _statement(text: str, begin: int) -> _Statement:
    """The statement that begins there; strings, brackets and joined lines belong to it."""
    at = tail = begin  # the tail: what follows the last string, comment or inner line
    depth, assigned, comment = 0, False, -1
    while piece := _PIECE.search(text, at):
        at, kind = piece.end(), piece.lastgroup
        if kind == "quote":
            at = tail = _after_quote(text, at, piece[0])
        elif kind in ("open", "close"):
            depth = max(0, depth + (1 if kind == "open" else -1))
        elif kind == "comment":
            comment = piece.start()
        elif kind == "assigned" and not depth and not assigned:
            assigned = True
            if _AFTER_ASSIGNMENT.match(text, at):
                return _Statement(begin, _joined_end(text, at), dropped=True)
        elif kind == "newline" and not depth:
            break
        elif kind == "newline":
            tail, comment = at, -1
    end = piece.start() if piece else len(text)
    code = text[tail : end if comment < 0 else comment].rstrip()
    helped = comment < 0 and code.endswith("?") and _HELP.search(text[max(begin, end - LONGEST_NAME) : end])
    return _Statement(begin, end, bool(helped), code.endswith(":"), tail == begin and not code)


def _after_quote(text: str, at: int, quote: str) -> int:
    while found := _QUOTED[quote].search(text, at):
        at = found.end()
        if not found[0].startswith("\\"):
            return at
    return len(text)


def _joined_end(text: str, at: int) -> int:
    """Where the line ends, and with it those that backslashes join to it."""
    while (end := text.find("\n", at)) > at and text[end - 1] == "\\":
        at = end + 1
    return len(text) if end < 0 else end


def _write_kept(text: str, statements: list[_Statement]) -> str:
    """The text with what is dropped made empty; no block is left without a line, no cell begins indented."""
    kept = [each for each in statements if not each.dropped and not each.blank]
    following = {one.begin: other for one, other in pairwise(kept)}
    fills, opener = dict[int, str](), None
    for each in statements:
        if each.dropped and opener is not None and _width(text, each) > _width(text, opener):
            fills[each.begin] = _indent(text, each) + "pass"
            opener = None
        elif not each.dropped and not each.blank:
            after = following.get(each.begin)
            empty = after is None or _width(text, after) <= _width(text, each)
            opener = each if each.opens and empty else None
    lines = "\n".join(
        fills.get(each.begin, "") + "\n" * text.count("\n", each.begin, each.end)
        if each.dropped
        else text[each.begin : each.end]
        for each in statements
    )
    lines += "\n" if statements and statements[-1].end < len(text) else ""
    margin = re.match(r"[ \t]+(?![ \t\f\\])", text[kept[0].begin : kept[0].end]) if kept else None
    return re.sub(f"^{margin[0]}", "", lines, flags=re.MULTILINE) if margin else lines


def _indent(text: str, statement: _Statement) -> str:
    line = text[statement.begin : statement.end]
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _width(text: str, statement: _Statement) -> int:
    return len(_indent(text, statement).rpartition("\f")[2].expandtabs())
