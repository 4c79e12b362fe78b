"""Which student is behind which code on the sheets of free-text answers: ``codes.csv``, which a marker leaves shut.

A code belongs to one text. An answer that was handed in anew with other words is given another code, and its old
marks do not count for it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from ..record.files import put
from ..record.grades import Gradebook
from ..record.overrides import Mark, Place
from ..record.spreadsheet import points_in, read_table, table_text, tidy

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowel: no code is a word, and none a number to a spreadsheet
LENGTH = 5
FOLDER = "rubric"
TABLE = "marks.csv"
MARK_COLUMNS = ("code", "exercise", "answer", "points", "comment")
FILE = "codes.csv"
SEED = "seed.txt"


@dataclass(frozen=True)
class Coded:
    """One text on a blind sheet.

    Attributes:
        code: under which the sheet shows it.
        exercise, answer, student: whose text it is, and for what.
        digest: a hash of the text.
        read_points, read_comment: the mark that was last read back for it; empty where there is none.
    """

    code: str
    exercise: str
    answer: str
    student: str
    digest: str
    read_points: str = ""
    read_comment: str = ""

    @property
    def place(self) -> Place:
        """Where its mark belongs."""
        return self.student, self.exercise, self.answer

    @property
    def read(self) -> Mark | None:
        """The mark that was last read back for it."""
        points = points_in(self.read_points)
        return None if points is None else Mark(points, self.read_comment)

    def marked(self, mark: Mark | None) -> Coded:
        """The same text, after its mark was read back."""
        points, comment = (f"{tidy(mark.points)}", mark.comment) if mark else ("", "")
        return Coded(self.code, self.exercise, self.answer, self.student, self.digest, points, comment)


COLUMNS = tuple(each.name for each in fields(Coded))


def seed_of(folder: Path, seed: int | None = None) -> str:
    """The seed of the sheets: the one that was kept, or else the one given, or a drawn one, which is kept.

    Raises:
        ValueError: another seed was kept.
    """
    path = folder / SEED
    if not path.exists():
        put(path, f"{secrets.randbits(64) if seed is None else seed}\n")
    kept = path.read_text(encoding="utf-8").strip()
    if seed is not None and str(seed) != kept:
        raise ValueError(f"--seed {seed}: the sheets in {folder} were drawn with another seed, and keep their codes")
    return kept


def read_codes(folder: Path) -> list[Coded]:
    """The codes that were given, in their order."""
    path = folder / FILE
    if not path.exists():
        return []
    return [Coded(*(row[column] for column in COLUMNS)) for row in read_table(path, COLUMNS).rows]


def write_codes(folder: Path, codes: Sequence[Coded]) -> None:
    """Keep the codes."""
    put(folder / FILE, table_text(COLUMNS, map(astuple, codes)))


def current(codes: Sequence[Coded], gradebook: Gradebook) -> list[Coded]:
    """The codes whose text is what the student has handed in now, in their order."""
    digests = {place: _digest(text) for place, text in texts_of(gradebook).items()}
    return [each for each in codes if digests.get(each.place) == each.digest]


def with_new_codes(codes: Sequence[Coded], gradebook: Gradebook, seed: str) -> list[Coded]:
    """The codes, and new ones in drawn order for the texts that have none yet."""
    known = {(each.place, each.digest) for each in codes}
    taken = {each.code for each in codes}
    added = []
    for place, text in texts_of(gradebook).items():
        digest = _digest(text)
        if (place, digest) not in known:
            student, exercise, answer = place
            added.append(Coded(_draw_code((seed, *place, digest), taken), exercise, answer, student, digest))
    return [*codes, *sorted(added, key=lambda each: each.code)]


def texts_of(gradebook: Gradebook) -> Mapping[Place, str]:
    """All free-text answers of the class; a group's once, under one of its members."""
    found: dict[Place, str] = {}
    owners: set[tuple[str, str]] = set()
    for student in sorted(gradebook.students):
        for standing in gradebook.standings(student):
            at = standing.shared_by or student, standing.exercise.name
            if standing.texts and at not in owners:
                owners.add(at)
                place = at[0] if at[0] in gradebook.students else student
                named = [each.name for each in standing.exercise.essays if each.name in standing.texts]
                found |= {(place, at[1], name): standing.texts[name] for name in named}
    return found


def _draw_code(words: Sequence[str], taken: set[str]) -> str:
    """A code that is not taken yet; the same words give the same."""
    for tries in range(1000):
        number = int.from_bytes(hashlib.sha256("\x1f".join((*words, str(tries))).encode()).digest(), "big")
        code = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(LENGTH))
        if code not in taken:
            taken.add(code)
            return code
    raise RuntimeError("no code is left")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
