"""Files as documents: lines of JSON, JSON over many lines, tables; gzipped or not. What cannot be read is counted."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

_decode: Any = None
try:  # twice as quick, where it is installed
    import msgspec

    _decode = msgspec.json.Decoder().decode
except ImportError:
    pass

LONGEST = 64 * 2**20
"""Bytes of one document; a longer one is counted as malformed and skipped."""
SHOWN = 20
"""So many malformed places are kept to be shown; all are counted."""
GZIPPED = b"\x1f\x8b"
OPENERS, CLOSERS = (b"{", b"["), (b"}", b"]")
HEAD = re.compile(rb'"?\w[\w .-]*"?(,"?\w[\w .-]*"?)+')
"""The first line of a table: names and commas."""
TABLE = re.compile(rb'"?\w[\w .-]*"?([,;\t|]"?\w[\w .-]*"?)+')
"""The same, with what other programs put between names."""
BOM = b"\xef\xbb\xbf"
KEYS = frozenset({"task", "trace"})
"""One of these a table has."""


@dataclass
class Source:
    """One file as it was read.

    Attributes:
        name: the name of the file, without its folder.
        formats: how many spans it held, by format.
        malformed: how many documents could not be read.
        unknown: how many could be, and are of no known format.
        places: where the first malformed ones are, with their size; never what they say.
        is_table: whether its first line looks like that of a table, with commas, semicolons or tabs.
    """

    name: str
    formats: dict[str, int] = field(default_factory=dict)
    malformed: int = 0
    unknown: int = 0
    places: list[str] = field(default_factory=list)
    is_table: bool = False

    def complain(self, line: int, size: int, what: str) -> None:
        """Count what cannot be read."""
        self.malformed += 1
        if len(self.places) < SHOWN:
            self.places.append(f"line {line:,} ({size:,} bytes): {what}")


def open_lines(path: Path) -> tuple[IO[bytes], IO[bytes]]:
    """The file's bytes, unzipped where they are zipped, and the file itself, whose place shows the progress."""
    raw = open(path, "rb")  # noqa: SIM115 (the caller closes both)
    head = raw.read(2)
    raw.seek(0)
    return (gzip.GzipFile(fileobj=raw) if head == GZIPPED else raw), raw  # type: ignore[return-value]


def read_lines(stream: IO[bytes], source: Source) -> Iterator[bytes]:
    """Lines of at most ``LONGEST`` bytes; a longer one is skipped. A gzip file that is cut gives what it has."""
    number, longest, readline = 0, LONGEST, stream.readline
    try:
        while line := readline(longest + 1):
            number += 1
            if len(line) > longest:
                size = len(line)
                while line and not line.endswith(b"\n"):
                    line = readline(longest)
                    size += len(line)
                source.complain(number, size, "longer than a document may be")
                yield b"\n"
            else:
                yield line
    except (EOFError, zlib.error, gzip.BadGzipFile):
        source.complain(number + 1, 0, "the compressed file is cut or damaged here")


def read_documents(lines: Iterable[bytes], source: Source) -> Iterator[tuple[int, Any]]:
    """Objects, and the line each begins at: a line each, or over many lines, also in ``[ ]``; or a table's rows.

    A document over many lines begins at a line that opens with ``{`` or ``[`` at the margin, and ends where ``}`` or
    ``]`` stands there; so a document that is cut cannot take the next one with it.
    """
    long = _LongDocuments(source)
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if line.startswith(b"{") and not long.pending and long.margin == b"" and (found := decode(line)) is not None:
            yield number, found
            continue
        if number == 1:
            line = line.removeprefix(BOM)  # noqa: PLW2901
        text = line.rstrip().rstrip(b",")
        bare = text.lstrip()
        if number == 1:
            source.is_table = TABLE.fullmatch(bare) is not None
        if number == 1 and HEAD.fullmatch(bare):
            yield from _rows(bare, (line for _, line in numbered), source)
        elif bare:
            yield from long.take(number, text, bare, line)
    long.end()


def is_head(text: str) -> bool:
    """Whether a text is the first line of a table of traces.

    >>> is_head("task,step,model"), is_head("run,1.csv")
    (True, False)
    """
    names = {name.strip('" ').lower() for name in text.split(",")}
    return bool(names & KEYS) and HEAD.fullmatch(text.encode(errors="replace")) is not None


MOST_TRIES = 5
"""So many lines that may end a document are tried, for each try reads all of it again."""


class _LongDocuments:
    """Documents over many lines, put together."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.margin: bytes | None = b""  # None: that of the next line
        self.begun = self.size = self.tries = 0
        self.pending: list[bytes] = []
        self.skips = False  # the rest of a document that is too long

    def take(self, number: int, text: bytes, bare: bytes, line: bytes) -> Iterator[tuple[int, Any]]:
        """Take in a line; what ends with it."""
        indent = text[: len(text) - len(bare)]
        if self.margin is None:
            self.margin = indent
        opens = bare[:1] in OPENERS and indent == self.margin
        if self.pending and not opens:
            yield from self._go_on(bare[:1] in CLOSERS and indent == self.margin, line)
            return
        self.end()
        if self.skips and not opens:
            return
        self.skips = False
        if bare == b"[":
            self.margin = None
        elif opens:
            found = decode(text)
            if found is None:
                self.begun, self.size, self.pending, self.tries = number, len(line), [line], 0
            else:
                yield from ((number, each) for each in _take_apart(found))
        elif bare[:1] in CLOSERS:
            self.margin = b""
        else:
            self.source.complain(number, len(line), "not JSON")

    def end(self) -> None:
        """Whatever is begun is cut."""
        if self.pending:
            self.source.complain(self.begun, self.size, "JSON that does not end, or is none")
            self.pending = []

    def _go_on(self, ends: bool, line: bytes) -> Iterator[tuple[int, Any]]:
        self.pending.append(line)
        self.size += len(line)
        if self.size > LONGEST:
            self.source.complain(self.begun, self.size, "longer than a document may be")
            self.pending, self.skips = [], True
        elif ends:
            found = decode(b"".join(self.pending).rstrip().rstrip(b","))
            self.tries += 1
            if found is not None:
                self.pending = []
                yield from ((self.begun, each) for each in _take_apart(found))
            elif self.tries >= MOST_TRIES:
                self.end()
                self.skips = True


def read_text(path: str | Path, what: str) -> str:
    """The text of a small file that a user names.

    Raises:
        ValueError: no such file, or no text in UTF-8; ``what`` says whose it is.
    """
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"{what}: there is no file {str(path)!r}")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{what} must be text in UTF-8; {str(path)!r} is not: {error}") from None


def decode(text: bytes) -> Any:
    """The value, or None where it is no JSON, or nested too deep, or holds a number of thousands of digits."""
    if _decode is not None:
        try:
            return _decode(text)
        except (ValueError, RecursionError):
            pass
    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError):
        return None


def _take_apart(found: Any) -> Iterable[Any]:
    return found if isinstance(found, list) else (found,)


def _rows(head: bytes, lines: Iterable[bytes], source: Source) -> Iterator[tuple[int, Any]]:
    """The rows of a table with commas, by its first line's names."""
    names = [name.strip() for name in next(csv.reader([head.decode(errors="replace")]))]
    lower = [name.lower() for name in names]
    names = names if KEYS.isdisjoint(lower) else lower  # else the export of another program, with names of its own
    last = [""]

    def texts() -> Iterator[str]:
        for line in lines:
            last[0] = line.decode(errors="replace").replace("\0", "")
            yield last[0]

    rows = csv.reader(texts(), strict=True)  # else one quotation mark would take in the rest of the file, silently
    while True:
        number = rows.line_num + 2
        try:
            row = _next_row(rows)
        except StopIteration:
            return
        except csv.Error:
            is_one_line = rows.line_num + 1 == number
            row = _read_alone(last) if is_one_line else []
            if not row:
                what = "no row of a table" if is_one_line else "a quotation mark that is not closed"
                source.complain(number, 0, f"{what}; read on after line {rows.line_num + 1:,}")
                continue
        if len(row) == len(names):
            yield number, {name: value.strip() for name, value in zip(names, row, strict=True)}
        elif row:
            source.complain(number, sum(map(len, row)), f"{len(row)} values under {len(names)} names")


def _read_alone(line: list[str]) -> list[str]:
    """The row on one line, in which a quotation mark may stand anywhere; empty where it is none."""
    try:
        return _next_row(csv.reader(line))
    except csv.Error:
        return []


def _next_row(rows: Iterator[list[str]]) -> list[str]:
    """The next row, its fields as long as a document may be: csv's limit is one for all readers of the process."""
    before = csv.field_size_limit(LONGEST)
    try:
        return next(rows)
    finally:
        csv.field_size_limit(before)


def as_bytes(lines: Iterable[str | bytes], source: Source, told: Callable[[int], None]) -> Iterator[bytes]:
    """Lines from a generator, or an open file, as bytes."""
    for number, line in enumerate(lines, 1):
        if not isinstance(line, (str, bytes)):
            raise ValueError(f"lines must be text or bytes, got {type(line).__name__} at line {number}")
        told(len(line))
        yield line.encode(errors="replace") if isinstance(line, str) else line


def is_file_like(value: Any) -> bool:
    """Whether lines can be drawn from it."""
    return isinstance(value, io.IOBase) or (not isinstance(value, (str, bytes, Path)) and hasattr(value, "__iter__"))
