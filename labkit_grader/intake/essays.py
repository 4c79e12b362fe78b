"""Free-text answers in a stranger's notebook, found by the name of their cell and by the question that they follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from labkit_workbook.questions import Essay, Exercise

from ..record.safe_text import plain_text
from .notebooks import Cell, Notebook

MOST_LETTERS = 20_000
MOST_READ = 10 * MOST_LETTERS
"""Of one cell no more is looked at, line by line; what is cut there is counted."""
OPENING = 8  # words of a question by which it is still known where the rest was changed
UNTOUCHED = "your answer here"
NEXT_TEXT = re.compile(r"\s*(?:\*\*Self-check|#+ \d+\.)")
NEXT_CODE = re.compile(r"\b(?:check|summary|given)\s*\(")
SELF_CHECK = re.compile(r"^\*\*Self-check", re.MULTILINE)


def essays_in(notebook: Notebook, exercise: Exercise) -> dict[str, str]:
    """The free-text answers of an exercise by their names; one that was not given is left out.

    An answer is what stands in the cells of its name, and in the text between its question and the next part of the
    exercise. So it is found where its cell was deleted, doubled, renamed, joined with another or made a code cell.
    """
    found = {}
    for essay in exercise.essays:
        others = [other for other in exercise.essays if other is not essay]
        text = _join_pieces(_pieces(notebook.cells, essay, others, ("markdown", "raw")))
        text = text or _join_pieces(_pieces(notebook.cells, essay, others, ("markdown", "raw", "code")))
        if plain_text(text).strip():
            found[essay.name] = text
    return found


def _pieces(cells: Sequence[Cell], essay: Essay, others: Sequence[Essay], kinds: Sequence[str]) -> Iterator[str]:
    """The texts that belong to an answer, in their order; beside its own cells only those of some kinds."""
    inside = False
    for cell in cells:
        after = _after_question(cell, essay)
        if _is_of(cell, essay):
            yield cell.source
        elif after is not None:
            inside = True
            yield after
        elif inside and _is_next(cell, others):
            inside = False
        elif inside and cell.kind in kinds and not any(_is_of(cell, other) for other in others):
            yield cell.source


def _is_of(cell: Cell, essay: Essay) -> bool:
    return essay.name in (cell.grade_id, cell.id)


def _is_next(cell: Cell, others: Iterable[Essay]) -> bool:
    """Does the next part of the exercise begin here?"""
    if cell.kind == "code":
        return NEXT_CODE.search(cell.source) is not None
    return NEXT_TEXT.match(cell.source[:MOST_READ]) is not None or any(
        _after_question(cell, each) is not None for each in others
    )


def _after_question(cell: Cell, essay: Essay) -> str | None:
    """What stands in a cell after the question, or None where the question is not in it."""
    if cell.kind == "code":
        return None
    source = cell.source[:MOST_READ]
    whole = _match_words(essay.asks).search(source)
    if whole:
        return SELF_CHECK.split(source[whole.end() :], maxsplit=1)[0]
    opening = " ".join(essay.asks.split()[:OPENING])
    return "" if _match_words(opening).search(source) else None


@lru_cache
def _match_words(text: str) -> re.Pattern[str]:
    """Finds the words whatever the space between them."""
    return re.compile(r"\s+".join(map(re.escape, text.split())))


def _join_pieces(pieces: Iterable[str]) -> str:
    """The pieces as one text, each once, without the line that a student was to replace; a very long one is cut."""
    read = [(_without_stub(piece[:MOST_READ]), max(0, len(piece.rstrip()) - MOST_READ)) for piece in pieces]
    texts = dict(read)
    text = "\n\n".join(filter(None, texts))
    more = len(text) - MOST_LETTERS + sum(texts.values())
    return text if more <= 0 else f"{text[:MOST_LETTERS]}\n\n[cut here: {more:,} more characters]"


def _without_stub(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip(" \t*_.").casefold() != UNTOUCHED).strip()
