"""Which notebooks are alike: pairs for a person to look at. It accuses nobody, and no point depends on it.

Short right answers look alike by themselves. So what many of the class wrote, as what was handed out, is left out of
the comparison, and the report says in words what two notebooks have in common.
"""

from __future__ import annotations

import ast
import io
import keyword
import math
import os
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from labkit_workbook.numbers.drawn import numbers_of, sheet_number
from labkit_workbook.questions import exercise

from ..intake.notebooks import Notebook, UnreadableNotebook, code_of, read_notebook, typed_students
from ..intake.submissions import Placed
from ..record.files import put
from ..record.results import Record
from ..record.safe_text import one_cell
from ..record.spreadsheet import table_text
from ..wall.readable import ROOT

FILE = "similar.csv"
COLUMNS = ("exercise", "student", "other", "alike", "what", "file", "other file")
PIECE = 6
"""Tokens in a row that are compared."""
FEWEST = 40
"""Of so many pieces of one's own on two things can be said to be alike."""
ALIKE = 0.8
COMMON = 0.25
"""What more of the class than this share wrote, and more than ``SMALL`` students, is nobody's own."""
SMALL = 3
FEWEST_WRONG = 2
"""So many wrong answers must be right for another's numbers before it is said."""
MOST_PAIRS = 2000
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Work:
    """What of a notebook is compared: its file, its hash, the pieces of its code, the ids it was worked with."""

    placed: Placed
    sha256: str
    inode: tuple[int, int]
    links: int
    pieces: frozenset[tuple[str, ...]]
    typed: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two students whose notebooks are alike: how much, and in what, in words."""

    one: Placed
    other: Placed
    alike: float
    what: str


def write_similar(
    out: Path, placed: Sequence[Placed], records: Mapping[tuple[str, str], Record], class_name: str = ""
) -> int:
    """Write ``similar.csv``, the pairs that are most alike first; how many there are.

    Args:
        out: the folder of results.
        placed: the notebooks that count.
        records: what the checks found in them.
        class_name: the class for which numbers were drawn; without one everybody has the same.
    """
    pairs = [pair for works in _by_exercise(placed) for pair in alike(works)]
    pairs += others_numbers(placed, records, class_name) if class_name else []
    pairs.sort(key=lambda pair: (-pair.alike, pair.one.exercise, pair.one.student, pair.other.student))
    rows = [
        (p.one.exercise, p.one.student, p.other.student, f"{p.alike:.0%}", p.what, *map(one_cell, _files(p)))
        for p in pairs[:MOST_PAIRS]
    ]
    put(out / FILE, table_text(COLUMNS, rows))
    return len(pairs)


def _files(pair: Pair) -> tuple[str, str]:
    """The names of a pair's files, which are strangers' words."""
    return pair.one.name, pair.other.name


def _by_exercise(placed: Iterable[Placed]) -> Iterator[list[Work]]:
    """The notebooks, exercise by exercise."""
    sorted_out = defaultdict[str, list[Placed]](list)
    for each in placed:
        sorted_out[each.exercise].append(each)
    for _, some in sorted(sorted_out.items()):
        yield [work for work in map(work_of, some) if work is not None]


def work_of(placed: Placed) -> Work | None:
    """What of a notebook is compared; None where it cannot be read."""
    try:
        notebook = read_notebook(placed.path)
        found = os.stat(placed.path)
    except (UnreadableNotebook, OSError):
        return None
    pieces = frozenset(pieces_of(notebook))
    return Work(
        placed, notebook.sha256, (found.st_dev, found.st_ino), found.st_nlink, pieces, tuple(typed_students(notebook))
    )


def pieces_of(notebook: Notebook) -> Iterator[tuple[str, ...]]:
    """Tokens in a row, cell by cell: names, numbers and texts by their kind alone, no comments and no layout."""
    for cell in notebook.cells:
        if cell.kind == "code":
            tokens = list(tokens_of(code_of(cell)[0]))
            for start in range(len(tokens) - PIECE + 1):
                yield tuple(tokens[start : start + PIECE])


def tokens_of(code: str) -> Iterator[str]:
    """The tokens of some code, so that neither another name nor another number makes it other code.

    >>> list(tokens_of("total = 3 * price  # a guess"))
    ['name', '=', '0', '*', 'name']
    """
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in LAYOUT:
                continue
            if token.type == tokenize.NAME:
                yield token.string if keyword.iskeyword(token.string) else "name"
            elif token.type == tokenize.NUMBER:
                yield "0"
            else:
                yield "text" if token.type == tokenize.STRING else token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return  # what stands before the fault is compared


def alike(works: Sequence[Work]) -> Iterator[Pair]:
    """The pairs of one exercise that a person may want to look at."""
    said: dict[tuple[int, int], Pair] = {}
    for (i, one), (j, other) in _candidates(works):
        pair = _said_of(one, other)
        if pair:
            said[i, j] = pair
    own = [work.pieces - _find_common(works) for work in works]
    for i, j in _find_sharing(own):
        share = len(own[i] & own[j]) / len(own[i] | own[j])
        if (i, j) not in said and share >= ALIKE:
            what = "the same code, but for names, numbers and comments" if share == 1 else "nearly the same code"
            said[i, j] = Pair(works[i].placed, works[j].placed, share, what)
    yield from said.values()


def _candidates(works: Sequence[Work]) -> Iterator[tuple[tuple[int, Work], tuple[int, Work]]]:
    """Pairs with the same bytes, the same file, or one's id in the other's notebook."""
    groups = defaultdict[object, list[tuple[int, Work]]](list)
    ids = {work.placed.student: place for place, work in enumerate(works)}
    for place, work in enumerate(works):
        groups[work.sha256].append((place, work))
        groups[work.inode].append((place, work))
        for name in work.typed:
            other = ids.get(name)
            if other is not None and other != place:
                both = tuple(sorted((place, other)))
                groups["typed", both] = [(at, works[at]) for at in both]
    found = {(one[0], other[0]): (one, other) for each in groups.values() for one, other in combinations(each, 2)}
    yield from found.values()


def _said_of(one: Work, other: Work) -> Pair | None:
    """What two notebooks have in common as files, or by the ids with which they were worked."""
    if one.inode == other.inode and one.links > 1:
        return Pair(one.placed, other.placed, 1.0, "one file under two names (a hard link)")
    if one.sha256 == other.sha256:
        return Pair(one.placed, other.placed, 1.0, "the same file, byte by byte")
    for first, second in ((one, other), (other, one)):
        if second.placed.student in first.typed and first.placed.student != second.placed.student:
            what = f"{first.placed.student}'s notebook was run with the id of {second.placed.student}"
            return Pair(one.placed, other.placed, 1.0, what)
    return None


def others_numbers(
    placed: Sequence[Placed], records: Mapping[tuple[str, str], Record], class_name: str
) -> Iterator[Pair]:
    """Pairs in which wrong answers of one are right with the numbers of the other's sheet."""
    for (student, name), record in sorted(records.items()):
        of_exercise = [each for each in placed if each.exercise == name]
        mine = next((each for each in of_exercise if each.student == student), None)
        wrong = _wrong_numbers(record)
        if mine is None or len(wrong) < FEWEST_WRONG:
            continue
        own = sheet_number(name, class_name, student)
        for other in of_exercise:
            if sheet_number(name, class_name, other.student) != own:
                given = numbers_of(name, class_name, other.student)
                right = [question for question, value in wrong.items() if _is_right(name, question, value, given)]
                if len(right) >= FEWEST_WRONG:
                    what = f"answers of {student} that are wrong are right with the numbers of {other.student}: "
                    yield Pair(mine, other, len(right) / len(wrong), what + " and ".join(right))


def _wrong_numbers(record: Record) -> dict[str, Any]:
    """Question -> what was answered, of the wrong answers that are numbers."""
    found = {}
    for name, answer in record.answers.items():
        if answer.get("status") in ("wrong", "misconception"):
            try:
                found[name] = ast.literal_eval(str(answer.get("given", "")))
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
    return found


def _is_right(name: str, question_name: str, value: Any, given: Any) -> bool:
    """Would the answer be right with these numbers? Answers that a guess would give say nothing."""
    question = next((each for each in exercise(name).questions if each.name == question_name), None)
    if question is None or question.played or question.inputs is not None:
        return False
    try:
        answer = tuple(map(float, value)) if isinstance(value, (list, tuple)) else float(value)
        return answer not in (0.0, 1.0) and question.same(question.expected(given), answer)
    except (ValueError, TypeError, ArithmeticError):
        return False


def _handed_out(name: str) -> frozenset[tuple[str, ...]]:
    """The pieces of an exercise as it was handed out; none where the course's folder is not there."""
    try:
        notebook = read_notebook(ROOT / "exercises" / f"{exercise(name).number}_{name}.ipynb")
    except UnreadableNotebook:
        return frozenset()
    return frozenset(pieces_of(notebook))


def _find_common(works: Sequence[Work]) -> frozenset[tuple[str, ...]]:
    """The pieces that much of the class wrote, or was handed out."""
    count = Counter(piece for work in works for piece in work.pieces)
    most = max(SMALL, math.floor(COMMON * len(works)))
    common = frozenset(piece for piece, number in count.items() if number > most)
    return common | (_handed_out(works[0].placed.exercise) if works else frozenset())


def _find_sharing(own: Sequence[frozenset[tuple[str, ...]]]) -> Iterator[tuple[int, int]]:
    """Pairs that share enough pieces to be worth comparing."""
    holders = defaultdict[tuple[str, ...], list[int]](list)
    for place, pieces in enumerate(own):
        if len(pieces) >= FEWEST:
            for piece in pieces:
                holders[piece].append(place)
    shared: Mapping[tuple[int, int], int] = Counter(
        pair for places in holders.values() for pair in combinations(places, 2)
    )
    yield from sorted(pair for pair, number in shared.items() if number >= ALIKE * FEWEST)
