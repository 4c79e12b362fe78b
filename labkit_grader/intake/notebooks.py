"""A stranger's notebook, read and never run: its cells, its code without magics, the exercise that it answers."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .magics import without_magics
from .output_notes import table, typed_in, worked_ways_in
from .saved_outputs import TooManyPieces, without_outputs
from .zips import MIB, NotPlain, open_plain

MOST_BYTES = 20 * MIB
MOST_CELLS = 5000
MOST_CODE = MIB // 4
MOST_PIECES = 1_000_000
UNTOUCHED = re.compile(r"^\s*(?:(?:\w+ =|return) \.\.\.|raise NotImplementedError\b.*)\s*$", re.MULTILINE)
"""A line that was handed out to be replaced; copies from before, and nbgrader's, raise an error there."""
OTHER_KINDS = {
    b"<<<<<<<": "it holds the marks of a merge in Git that was not finished",
    b"<": "it is a web page; download the notebook itself",
    b"PK\3\4": "it is a zip under another name",
    b"%PDF": "it is a PDF; hand in the notebook it was made from",
}
"""With what files begin that are handed in under a notebook's name."""
SURROGATE = re.compile("[\ud800-\udfff]")


class UnreadableNotebook(ValueError):
    """The file is no notebook that can be graded; the message is for instructor and student."""


class VanishedNotebook(UnreadableNotebook):
    """The file is not there, or cannot be read; nothing is known of what was handed in."""


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its kind, and its id, its tags and nbgrader's name for it where it has them."""

    source: str
    kind: Literal["code", "markdown", "raw"]
    id: str = ""
    tags: tuple[str, ...] = ()
    grade_id: str = ""


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook, the hash of its bytes, what a reader should know, and what its saved outputs note.

    Attributes:
        typed, classes: the student ids and the classes whose numbers were shown.
        worked: the ids of the questions whose worked way on other numbers was looked at.
    """

    cells: tuple[Cell, ...]
    sha256: str
    notes: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    worked: tuple[str, ...] = ()


def read_notebook(path: Path, most_bytes: int = 128 * MIB) -> Notebook:
    """Read a notebook of format 4 or 3. What it printed and drew goes before any limit but this one applies.

    Raises:
        VanishedNotebook: the file is not there.
        UnreadableNotebook: whatever is wrong with the file.
    """
    data = _bytes(path, most_bytes)
    document = _document(_text(data))
    cells = _cells(document)
    code = [cell for cell in cells if cell.kind == "code"]
    if sum(len(cell.source) for cell in code) > MOST_CODE:
        raise UnreadableNotebook(f"the notebook holds more than {MOST_CODE // 1024} KiB of code")
    dropped = sum(code_of(cell)[1] for cell in code)
    one, more = "1 line with a shell command or magic was", f"{dropped} lines with shell commands or magics were"
    words = one if dropped == 1 else more
    notes = [f"{words} dropped"] if dropped else []
    raw = sum(cell.kind == "raw" for cell in cells)
    notes += [f"{raw} raw cell{'s were' if raw > 1 else ' was'} not run"] if raw else []
    return Notebook(
        tuple(cells),
        hashlib.sha256(data).hexdigest(),
        tuple(notes),
        typed_in(document, "student"),
        typed_in(document, "class"),
        tuple(worked_ways_in(document)),
    )


# ---- from bytes to cells ----------------------------------------------------------------------------------


def _bytes(path: Path, most: int) -> bytes:
    try:
        with open_plain(path) as file:
            pieces, size = [], 0
            while size <= most and (piece := file.read(MIB)):
                pieces.append(piece)
                size += len(piece)
    except NotPlain as problem:
        kind = UnreadableNotebook if os.path.lexists(path) else VanishedNotebook
        raise kind(f"the file cannot be read: {problem}") from None
    except OSError as problem:
        raise VanishedNotebook(f"the file cannot be read: {problem.strerror}") from None
    if size > most:
        raise UnreadableNotebook(f"the file is larger than {most / MIB:.3g} MiB; clear its outputs and save it again")
    return b"".join(pieces)


def _text(data: bytes) -> str:
    """The file's text without outputs; whatever mark an editor put before it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data or data.isspace():
        raise UnreadableNotebook("the file is empty")
    for sign, words in OTHER_KINDS.items():
        if data.lstrip()[: len(sign)] == sign:
            raise UnreadableNotebook(f"the file is no notebook: {words}")
    with suppress(TooManyPieces):
        data = without_outputs(data)
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_PIECES:  # each may take 30 times its length in memory
        raise UnreadableNotebook("the file holds more than a million pieces of data; clear its outputs, save it again")
    if len(data) > MOST_BYTES:
        raise UnreadableNotebook(f"without its outputs the file is larger than {MOST_BYTES // MIB} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableNotebook("the file is no notebook: it is not text in UTF-8") from None


def _document(text: str) -> dict[str, Any]:
    if text.lstrip()[:1] not in "{[":
        raise UnreadableNotebook("the file is no notebook: it does not begin with JSON")
    try:
        document = json.loads(text, parse_int=_read_digits, parse_float=_read_digits)
    except RecursionError:
        raise UnreadableNotebook("the file is no notebook: its JSON is nested too deep") from None
    except (ValueError, MemoryError):
        raise UnreadableNotebook("the file is no notebook: its JSON is broken, perhaps cut off") from None
    if not isinstance(document, dict):
        raise UnreadableNotebook("the file is no notebook: its JSON is no table of cells")
    return document


def _read_digits(digits: str) -> int | None:
    """No number but the format's matters, and a huge one would take long to read."""
    return int(digits) if len(digits) < 10 and digits.isdecimal() else None


def _cells(document: dict[str, Any]) -> list[Cell]:
    """All cells, in their order."""
    version = document.get("nbformat")
    if version not in (3, 4):
        raise UnreadableNotebook("the file is no notebook of format 3 or 4; save it again from Jupyter")
    metadata = table(document.get("metadata"))
    _insist_on_python(table(metadata.get("kernelspec")), table(metadata.get("language_info")))
    cells: list[Cell] = []
    for number, each in enumerate(_find_cells(document, version), 1):
        if number > MOST_CELLS:
            raise UnreadableNotebook(f"the notebook holds more than {MOST_CELLS} cells")
        cells.append(_cell(each, number))
    return cells


def _find_cells(document: dict[str, Any], version: int) -> Iterator[Any]:
    places = document.get("worksheets", []) if version == 3 else [document]
    if not isinstance(places, list):
        raise UnreadableNotebook("the notebook is damaged: its worksheets are no list")
    for place in places:
        found = table(place).get("cells")
        if not isinstance(found, list):
            raise UnreadableNotebook("the notebook is damaged: it has no list of cells")
        yield from found


def _cell(found: Any, number: int) -> Cell:
    kind = table(found).get("cell_type")
    if kind not in ("code", "markdown", "raw", "heading", "html"):
        raise UnreadableNotebook(f"the notebook is damaged: cell {number} is of no known kind")
    source = found.get("source", found.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise UnreadableNotebook(f"the notebook is damaged: cell {number} has no text")
    _insist_on_python({"language": found.get("language")}, {})
    metadata = table(found.get("metadata"))
    tags = metadata.get("tags")
    sort: Literal["code", "markdown", "raw"] = kind if kind in ("code", "raw") else "markdown"
    return Cell(
        _replace_surrogates(source),
        sort,
        _word(found.get("id")),
        tuple(_replace_surrogates(tag) for tag in (tags if isinstance(tags, list) else []) if isinstance(tag, str)),
        _word(table(metadata.get("nbgrader")).get("grade_id")),
    )


def _word(found: Any) -> str:
    return _replace_surrogates(found) if isinstance(found, str) else ""


def _replace_surrogates(text: str) -> str:
    """Halves of characters can be neither saved nor run."""
    return SURROGATE.sub("\ufffd", text)


def _insist_on_python(kernel: dict[str, Any], info: dict[str, Any]) -> None:
    language = kernel.get("language") or info.get("name") or {"ir": "R"}.get(str(kernel.get("name")))
    if isinstance(language, str) and not re.match("i?python", language, re.IGNORECASE):
        raise UnreadableNotebook(f"the notebook is written for {_replace_surrogates(language[:20])!a}, not for Python")


def code_of(cell: Cell) -> tuple[str, int]:
    """The cell's code without magics, shell lines and requests for help, and how many lines were dropped.

    The others keep their line numbers; a block that loses all its lines is given a ``pass``.
    """
    return without_magics(cell.source)


# ---- which exercise ---------------------------------------------------------------------------------------

CHECKED = re.compile(r"""\bcheck\s*\(\s*['"](\w+)\.(\w+)['"]""")
_GIVEN = re.compile(r"""\bgiven\s*\(\s*['"](\w+)['"]""")
_NAMED = re.compile(r"^[ \t]*(?:def[ \t]+)?(\w+)[ \t]*(?:=(?!=)|\(|:)", re.MULTILINE)


def which_exercise(notebook: Notebook, known: Mapping[str, Collection[str]]) -> str | None:
    """The exercise that a notebook answers, by its content alone; ``why_none`` says why there is none."""
    best = _rank_exercises(notebook, known)
    return best[0] if len(best) == 1 else None


def why_none(notebook: Notebook, known: Mapping[str, Collection[str]]) -> str:
    """Why no exercise can be told, in words."""
    best = _rank_exercises(notebook, known)
    return f"it answers {' and '.join(best)} alike" if best else "it answers none of the exercises' questions"


def answered(notebook: Notebook, exercise: str, questions: Collection[str]) -> int:
    """How many questions of an exercise are worked on: checked or set in a cell that is no longer the released one."""
    code = (cell.source for cell in notebook.cells if cell.kind == "code")
    worked = "\n".join(source for source in code if not UNTOUCHED.search(source))
    checked = {question for name, question in CHECKED.findall(worked) if name == exercise}
    return len({*_NAMED.findall(worked), *checked} & set(questions))


def _rank_exercises(notebook: Notebook, known: Mapping[str, Collection[str]]) -> list[str]:
    """The exercises that speak most in the code: by questions checked, then numbers taken, then names set."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.kind == "code")
    checked, taken, names = (set(each.findall(code)) for each in (CHECKED, _GIVEN, _NAMED))
    left = sorted(known)
    found = False
    for count in (
        lambda name: len({(name, question) for question in known[name]} & checked),
        lambda name: name in taken,
        lambda name: len(set(known[name]) & names),
    ):
        most = max(map(count, left), default=0)
        left = [name for name in left if count(name) == most]
        found = found or most > 0
    return left if found else []


# ---- whose numbers ----------------------------------------------------------------------------------------


def typed_students(notebook: Notebook) -> list[str]:
    """The student ids with which ``given`` was run in a notebook, each once, as its saved outputs say.

    They are a stranger's words: cut to ``output_notes.LONGEST_ID`` characters, without any that cannot be
    printed, at most ``MOST_IDS`` of them.
    """
    return list(notebook.typed)


def typed_classes(notebook: Notebook) -> list[str]:
    """The classes whose numbers were shown in a notebook, cut and counted as in ``typed_students``."""
    return list(notebook.classes)
