"""Files as documents: lines of JSON, JSON over many lines, tables; gzipped or not. What cannot be read is counted."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

try:  # twice as quick, where it is installed
    from msgspec import json as _fast
except ImportError:
    _fast = None

LONGEST = 64 * 2**20
"""Bytes of one document; a longer one is counted as malformed and skipped."""
SHOWN = 20
"""So many malformed places are kept to be shown; all are counted."""
GZIPPED = b"\x1f\x8b"
OPENERS, CLOSERS = b"{[", b"}]"
BOM = b"\xef\xbb\xbf"


@dataclass
class Source:
    """One file as it was read.

    Attributes:
        name: the name of the file, without its folder.
        formats: how many spans it held, by format.
        malformed: how many documents could not be read.
        unknown: how many could be, and are of no known format.
        places: where the first malformed ones are, with their size; never what they say.
    """

    name: str
    formats: dict[str, int] = field(default_factory=dict)
    malformed: int = 0
    unknown: int = 0
    places: list[str] = field(default_factory=list)

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
    number = 0
    try:
        while line := stream.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                size = len(line)
                while line and not line.endswith(b"\n"):
                    line = stream.readline(LONGEST)
                    size += len(line)
                source.complain(number, size, "longer than a document may be")
                yield b"\n"
            else:
                yield line
    except (EOFError, zlib.error, gzip.BadGzipFile):
        source.complain(number + 1, 0, "the compressed file is cut or damaged here")


def read_documents(lines: Iterable[bytes], source: Source) -> Iterator[tuple[int, Any]]:
    """Objects and the line each begins at: a line each, or over many lines, also inside ``[`` and ``]``; or a table's rows.

    A document over many lines begins at a line that opens with ``{`` or ``[`` at the margin and ends where ``}`` or ``]``
    stands there; so a cut one cannot take the next with it.
    """
    margin, begun, size, pending = b"", 0, 0, []
    for number, line in enumerate(lines, 1):
        text = line.rstrip().rstrip(b",")
        bare = text.lstrip()
        if number == 1 and bare.startswith(BOM):
            text = bare = bare.removeprefix(BOM).lstrip()
        if not bare:
            continue
        opens = bare[0] in OPENERS and text[: len(text) - len(bare)] == margin
        if pending and not opens:
            pending.append(line)
            size += len(line)
            ends = bare[0] in CLOSERS and text.startswith(margin + bare[:1])
            if size > LONGEST:
                source.complain(begun, size, "longer than a document may be")
                pending = []
            elif ends and (found := decode(b"".join(pending).rstrip().rstrip(b","))) is not None:
                yield from ((begun, each) for each in _take_apart(found))
                pending = []
            continue
        if pending:
            source.complain(begun, size, "JSON that does not end")
            pending = []
        if bare == b"[":
            margin = None  # type: ignore[assignment]  # that of the next line
            continue
        if margin is None:
            margin, opens = text[: len(text) - len(bare)], bare[0] in OPENERS
        if not opens:
            if bare[0] in CLOSERS:
                margin = b""
            elif number == 1 and b"," in bare:
                yield from _rows(bare, lines, source)
                return
            else:
                source.complain(number, len(line), "not JSON")
            continue
        found = decode(text)
        if found is None:
            begun, size, pending = number, len(line), [line]
        else:
            yield from ((number, each) for each in _take_apart(found))
    if pending:
        source.complain(begun, size, "JSON that does not end")


def decode(text: bytes) -> Any:
    """The value, or None where it is no JSON, or nested too deep, or holds a number of thousands of digits."""
    if _fast is not None:
        try:
            return _fast.decode(text)
        except (ValueError, RecursionError):
            pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _take_apart(found: Any) -> Iterable[Any]:
    return found if isinstance(found, list) else (found,)


def _rows(head: bytes, lines: Iterable[bytes], source: Source) -> Iterator[tuple[int, Any]]:
    """The rows of a table with commas, by its first line's names."""
    csv.field_size_limit(LONGEST)
    names = [name.strip().lower() for name in next(csv.reader([head.decode(errors="replace")]))]
    texts = (line.decode(errors="replace").replace("\0", "") for line in lines)
    rows = csv.reader(texts)
    number = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            source.complain(number + 1, 0, "no row of a table")
            continue
        number += 1
        if len(row) == len(names):
            yield number, {name: value.strip() for name, value in zip(names, row, strict=True)}
        elif row:
            source.complain(number, sum(map(len, row)), f"{len(row)} values under {len(names)} names")


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
