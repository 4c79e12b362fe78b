"""Blind sheets of the free-text answers: in drawn order, each under a code, without a name; and a table for marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit_workbook.questions import Essay, Exercise

from ..intake.roster import kept_platform_ids
from ..judge.outputs import gradebook_of, roll_of
from ..platforms.platform import PlatformIds
from ..record.files import put
from ..record.grades import Gradebook
from ..record.overrides import Place
from ..record.results import Store
from ..record.spreadsheet import Row, Table, read_table, table_text
from ..record.words import seen
from ..reports.html import rendered
from ..reports.student_page import asked
from .codes import (
    FOLDER,
    MARK_COLUMNS,
    TABLE,
    Coded,
    current,
    read_codes,
    seed_of,
    texts_of,
    with_new_codes,
    write_codes,
)

MASK, NAME_MASK, ADDRESS_MASK = "[own id]", "[name]", "[address]"
ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,63}")
"""An e-mail address, which belongs to no answer."""


@dataclass(frozen=True)
class BlindSheets:
    """What was written: the sheets, the table for the marks, how many answers, and how many wait for points.

    ``without`` are the exercises of which nobody handed in a free-text answer, by number and title; they have no sheet.
    """

    paths: Sequence[Path]
    table: Path
    answers: int
    waiting: int
    without: Sequence[str] = ()


def write_blind_sheets(out: Path, seed: int | None = None) -> BlindSheets:
    """Write a sheet for each free-text question that was answered, and the table for the marks.

    What was filled in is kept; the sheet of a question that has no answer any more goes.

    Args:
        out: the folder of results.
        seed: of the order and the codes; None takes the one that was kept, or draws one.

    Raises:
        ValueError: the folder holds no results, or other sheets, or a table that cannot be read.
    """
    gradebook = gradebook_of(out, roll_of(out), Store(out).records)
    folder = out / FOLDER
    table = read_table(folder / TABLE, MARK_COLUMNS) if (folder / TABLE).exists() else Table(MARK_COLUMNS, [])
    codes = with_new_codes(read_codes(folder), gradebook, seed_of(folder, seed))
    shown = current(codes, gradebook)
    write_codes(folder, codes)
    rows = _rows(table, codes, shown)
    lines = [[row[column] for column in table.columns] for row in rows]
    put(folder / TABLE, table_text(table.columns, lines, table.delimiter))
    paths = []
    for exercise in gradebook.exercises:
        for essay in exercise.essays:
            path = folder / f"{exercise.name}_{essay.name}.html"
            answers = [each for each in shown if (each.exercise, each.answer) == (exercise.name, essay.name)]
            if answers:
                _write_blind_sheet(path, exercise, essay, answers, gradebook)
                paths.append(path)
            else:
                path.unlink(missing_ok=True)
    answered = {each.exercise for each in shown}
    without = [f"{each.number} {each.title}" for each in gradebook.exercises if each.name not in answered]
    filled = {row["code"] for row in rows if row["points"]}
    waiting = sum(each.code not in filled for each in shown)
    return BlindSheets(paths, folder / TABLE, len(shown), waiting, without)


def _rows(table: Table, codes: Sequence[Coded], shown: Sequence[Coded]) -> list[Row]:
    """The lines of the table: those there were, but for empty ones of texts that have changed, then the new ones."""
    old = {each.code for each in codes} - {each.code for each in shown}
    there = {row["code"] for row in table.rows}
    kept = [row for row in table.rows if row["code"] not in old or row["points"] or row["comment"]]
    new = [each for each in shown if each.code not in there]
    new.sort(key=lambda each: (each.exercise, each.answer))
    return kept + [Row(0, {"code": each.code, "exercise": each.exercise, "answer": each.answer}) for each in new]


# ---- a blind sheet ----------------------------------------------------------------------------------------------


def _write_blind_sheet(
    path: Path, exercise: Exercise, essay: Essay, shown: Sequence[Coded], gradebook: Gradebook
) -> None:
    numbers = {each.place: _numbers(each, gradebook) for each in shown}
    ids = kept_platform_ids(path.parent.parent).ids
    put(path, blind_sheet(exercise, essay, shown, texts_of(gradebook), numbers, ids))


def _numbers(each: Coded, gradebook: Gradebook) -> Mapping[str, Any]:
    record = gradebook.records.get((each.student, each.exercise))
    return record.numbers if record else {}


def blind_sheet(
    exercise: Exercise,
    essay: Essay,
    shown: Sequence[Coded],
    texts: Mapping[Place, str],
    numbers: Mapping[Place, Mapping[str, Any]],
    ids: Mapping[str, PlatformIds] | None = None,
) -> str:
    """The page: the question, the rubric, and the answers, each under its code."""
    helps = {each.code: worked(exercise, numbers.get(each.place, {})) for each in shown}
    names, known = full_names(each.name for each in (ids or {}).values()), ids or {}
    alike = len({tuple(lines) for lines in helps.values()}) == 1
    return rendered(
        "sheet.html",
        title=f"{exercise.number} {exercise.title}: {essay.name}",
        marks=TABLE,
        asks=asked(essay),
        points=essay.points,
        rubric=essay.rubric,
        worked_for_all=next(iter(helps.values())) if alike else [],
        answers=[
            {
                "code": each.code,
                "text": masked(texts[each.place], each.student, known.get(each.student), names),
                "worked": [] if alike else helps[each.code],
            }
            for each in shown
        ],
    )


def worked(exercise: Exercise, numbers: Mapping[str, Any]) -> list[str]:
    """What the questions come to with a student's numbers, which the answer may argue from: a line a question."""
    if not numbers:
        return []
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in numbers.items()}
    try:
        given = type(exercise.text)(**values)
        return [f"{each.name}: {each.worked(given)}" for each in exercise.questions]
    except TypeError:  # numbers of an older exercise
        return []


def masked(text: str, student: str, ids: PlatformIds | None = None, others: re.Pattern[str] | None = None) -> str:
    """The text without what tells whose it is: id, name, login and the platforms' numbers, the full names of others in
    the class, and e-mail addresses.

    A number or a word that could be part of an answer stays: numbers of fewer than five digits, names of fewer than
    three letters, and a single name in small letters.

    Args:
        text: an answer.
        student: whose it is.
        ids: how the list of the class and the platforms know the student.
        others: finds the full names of the class, as ``full_names`` makes it.

    >>> masked("Ada-7 would route. I will, too, Will Roe.", "ada-7", PlatformIds("Roe, Will"))
    '[own id] would route. I will, too, [name].'
    """
    shown = seen(text, None)
    ids = ids or PlatformIds()
    for own in (student, ids.login, ids.login.partition("@")[0], student.partition("@")[0], *ids.numbers.values()):
        if len(own) >= (5 if own.isdigit() else 3):
            shown = _mask_word(shown, own, MASK, re.IGNORECASE)
    shown = ADDRESS.sub(ADDRESS_MASK, shown)
    for names in (full_names([ids.name]), others):
        shown = names.sub(NAME_MASK, shown) if names else shown
    for word in re.findall(r"[^\s,]+", ids.name):
        if len(word) >= 3:
            shown = _mask_word(_mask_word(shown, word, NAME_MASK), word.upper(), NAME_MASK)
    return shown


def full_names(names: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the names of at least two words, in either order; None where there are none."""
    spelled = set()
    for name in names:
        words = re.findall(r"[^\s,]+", name)
        if len(words) > 1:
            orders = (words, [*words[1:], words[0]], [words[-1], *words[:-1]])
            spelled |= {r"[\s,]+".join(map(re.escape, each)) for each in orders}
    if not spelled:
        return None
    longest_first = sorted(spelled, key=lambda each: (-len(each), each))
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)


def _mask_word(text: str, word: str, mask: str, flags: int = 0) -> str:
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", mask, text, flags=flags)
