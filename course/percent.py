"""Read a script of the course into cells that know their id and their line in the script."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode, ValidationError

# Comments stay comments: by default jupytext turns one like `# copy the list` into a shell command.
_FORMAT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
_HEADER = re.compile(r"^\s*#\s*%%%*(\s|$)")
_JUPYTEXT_KEYS = (
    "cell_marker",
    "lines_to_next_cell",
    "lines_to_end_of_cell_marker",
    "cell_depth",
    "region_name",
)
_KNOWN_KEYS = {"tags", "points", "title", "editable", "deletable", "jupyter", "slideshow"}
_ID_LENGTH = 40


@dataclass(frozen=True)
class Problem:
    """Something an author has to repair, at a line of a script."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Cell:
    """One cell of a script, as its author wrote it. Line numbers are those of the script."""

    id: str
    kind: str
    source: str
    metadata: dict[str, Any]
    header_line: int
    first_line: int

    @property
    def tags(self) -> list[str]:
        """The tags in the header of the cell."""
        return list(self.metadata.get("tags", []))


@dataclass(frozen=True)
class Script:
    """One lesson or exercise. `path` is relative to the repository, with forward slashes."""

    path: str
    sha256: str
    cells: list[Cell]
    problems: list[Problem]

    @property
    def is_lesson(self) -> bool:
        """True for a lesson, False for an exercise."""
        return Path(self.path).parent.name == "lessons"

    @property
    def stem(self) -> str:
        """The file name without its ending, such as `01_cost`."""
        return Path(self.path).stem

    def line_of(self, cell_id: str) -> int:
        """Return the line on which a cell starts."""
        return next(cell.header_line for cell in self.cells if cell.id == cell_id)


def read_script(root: Path, path: str) -> Script:
    """Read the script at `path` below `root`."""
    content = (root / path).read_bytes().replace(b"\r\n", b"\n")  # the same hash in a Windows checkout
    sha256 = hashlib.sha256(content).hexdigest()
    text = content.decode("utf-8")
    lines = text.splitlines()
    headers = [number for number, line in enumerate(lines, start=1) if _HEADER.match(line)]
    unreadable = [_unreadable_header(path, number) for number in headers if not _is_readable(lines[number - 1])]
    if unreadable:
        return Script(path, sha256, [], unreadable)
    parsed = _parse(text)
    if len(parsed) != len(headers):
        return Script(path, sha256, [], [_mixed_up_headers(path, headers)])
    problems = [
        Problem(path, line, fault) for cell, line in zip(parsed, headers, strict=True) for fault in _header_faults(cell)
    ]
    problems += _doubled_titles(path, parsed, headers)
    cells = [
        _to_cell(cell, cell_id, line, lines)
        for cell, cell_id, line in zip(parsed, cell_ids(parsed), headers, strict=True)
    ]
    return Script(path, sha256, cells, problems)


def _parse(text: str) -> list[NotebookNode]:
    return jupytext.reads(text, fmt=_FORMAT).cells


def _is_readable(header: str) -> bool:
    try:
        _parse(header)
    except ValidationError:
        return False
    return True


def _unreadable_header(path: str, line: int) -> Problem:
    return Problem(path, line, 'this cell header fits no notebook; write tags like `tags=["solution"]`')


def _mixed_up_headers(path: str, headers: list[int]) -> Problem:
    return Problem(
        path,
        headers[0] if headers else 1,
        "cannot tell the cells apart; start the script with a `# %%` line "
        "and write no such line inside a string or a fenced block",
    )


def _header_faults(cell: NotebookNode) -> Iterator[str]:
    """Say what is wrong with the `# %%` line of a cell."""
    metadata = cell.metadata
    title = metadata.get("title", "")
    if "incorrectly_encoded_metadata" in metadata:
        yield f'cannot read `{metadata["incorrectly_encoded_metadata"]}`; write it like `tags=["solution"]`'
    elif re.search(r"[\[\]={}]", title):
        yield f"cannot read the cell title `{title}`; use words only, and [markdown] or [raw] for the type"
    unknown = set(metadata) - _KNOWN_KEYS - set(_JUPYTEXT_KEYS) - {"incorrectly_encoded_metadata"}
    for key in sorted(unknown):
        yield f"unknown key `{key}` in the cell header; use one of {', '.join(sorted(_KNOWN_KEYS))}"


def _doubled_titles(path: str, parsed: list[NotebookNode], headers: list[int]) -> list[Problem]:
    first_seen: dict[str, int] = {}
    problems = []
    for cell, line in zip(parsed, headers, strict=True):
        title = slug(cell.metadata.get("title", ""))
        if title and title in first_seen:
            text = f"cell title `{title}` is already used on line {first_seen[title]}; choose another"
            problems.append(Problem(path, line, text))
        first_seen.setdefault(title, line)
    return problems


def slug(text: str) -> str:
    """Return the text in small letters, digits and hyphens, short enough for a cell id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_ID_LENGTH].strip("-")


def cell_ids(cells: list[NotebookNode]) -> list[str]:
    """Return one id per cell: its title, or else its first line, numbered where it comes twice.

    Titles are given out first, so that a cell with a title never loses it to another cell.
    """
    titles = [slug(cell.metadata.get("title", "")) for cell in cells]
    taken = set(titles)
    ids = []
    for cell, title in zip(cells, titles, strict=True):
        cell_id = title or _unused(slug(_first_line(cell.source)) or "cell", taken)
        taken.add(cell_id)
        ids.append(cell_id)
    return ids


def _first_line(source: str) -> str:
    return next((line for line in source.split("\n") if line.strip()), "")


def _unused(wish: str, taken: set[str]) -> str:
    number = 1
    cell_id = wish
    while cell_id in taken:
        number += 1
        cell_id = f"{wish}-{number}"
    return cell_id


def _to_cell(cell: NotebookNode, cell_id: str, header_line: int, lines: list[str]) -> Cell:
    metadata = {key: value for key, value in cell.metadata.items() if key not in (*_JUPYTEXT_KEYS, "title")}
    first_line = _find_first_line(cell.source, header_line, lines)
    return Cell(cell_id, cell.cell_type, cell.source, metadata, header_line, first_line)


def _find_first_line(source: str, header_line: int, lines: list[str]) -> int:
    """Return the line of the script that holds the first line of a cell.

    Jupytext takes away comment signs and quotes at the start of a line, so the ends are compared.
    """
    wanted = _first_line(source)
    blank_before = source.split("\n").index(wanted)
    for number, line in enumerate(lines[header_line:], start=header_line + 1):
        if wanted and line.endswith(wanted):
            return number - blank_before
    return header_line + 1
