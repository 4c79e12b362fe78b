"""What a comparison is: a law, the record that it was held against, and by how much it misses, naive and repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from labkit._inputs import one_of

from ..published.entries import Conditions, check_words

POINTS, RELATIVE = "points", "relative"


class Misses(NamedTuple):
    """By how much a law misses what was recorded, on the mean and at most: naive, and repaired.

    Misses are absolute. They are in points of a share (as 0.01) or relative to what was recorded; NaN where there is no
    repaired law.
    """

    naive: float
    naive_most: float
    repaired: float
    repaired_most: float


class Place(NamedTuple):
    """Where in the course something stands: the file of a lesson or exercise without its ending, and a heading."""

    file: str
    heading: str


def find_misses(recorded: Any, naive: Any, repaired: Any = None, unit: str = POINTS) -> Misses:
    """The mean and the largest miss of one law or of two, over everything that was recorded.

    Args:
        recorded: what was recorded, an array or lists of numbers.
        naive: what the naive law says of it, in the same order.
        repaired: what the repaired law says.
        unit: ``"points"`` of a share, or ``"relative"`` for shares of what was recorded.

    Raises:
        ValueError: another unit, or laws that do not say one number for each that was recorded.

    >>> find_misses([0.2, 0.4], [0.1, 0.1], [0.25, 0.4])
    Misses(naive=0.2, naive_most=0.3, repaired=0.025, repaired_most=0.05)
    """
    one_of("unit", unit, (POINTS, RELATIVE))
    truth = np.asarray(recorded, float)
    said = [np.asarray(law, float) for law in (naive, repaired) if law is not None]
    for name, law in zip(("naive", "repaired"), said, strict=False):
        if law.shape != truth.shape:
            raise ValueError(f"{name} must say {truth.size} numbers as {truth.shape}, got {law.shape}")
    off = [abs(law - truth) / (abs(truth) if unit == RELATIVE else 1.0) for law in said]
    mean, most = ([round(float(x), 12) for x in found] for found in ([o.mean() for o in off], [o.max() for o in off]))
    return Misses(mean[0], most[0], *((mean[1], most[1]) if repaired is not None else (np.nan, np.nan)))


@dataclass(frozen=True, kw_only=True)
class Record(Conditions):
    """What was recorded, and the conditions that it was recorded under.

    Args:
        what: what was recorded, by whom, and which version of it.
        model: whose answers they are.
        temperature, tries, check, n: as for ``Published``.

    Raises:
        ValueError: a field without words.

    >>> Record(what="a README", model="gpt-4o", temperature=0, tries=4, check="a database", n="50 tasks").in_one_line
    'a README. Model: gpt-4o; temperature 0; tries 4; check: a database; n: 50 tasks'
    """

    what: str
    model: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_words(what=self.what, model=self.model)

    @property
    def in_one_line(self) -> str:
        """The record and its conditions."""
        return f"{self.what}. Model: {self.model}; {' '.join(self.conditions.split())}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A law that was held against a record.

    Args:
        name: a short name, for the picture.
        naive: the naive law in words.
        repaired: the repaired law in words, and what it was fitted on; or why there is none.
        formulas: the names of labkit that compute the two, as ``reliability.with_retries``.
        record: what it was held against.
        misses: computes its misses from the committed rows or the published figures.
        finding: computes a sentence from the same.
        unit: of the misses, ``"points"`` or ``"relative"``.
        place: the lesson that holds the law against this record; none yet where it is None.
        counted: whether the repaired law was counted on this very record, so that it cannot miss.

    Raises:
        ValueError: a field without words, or another unit.
    """

    name: str
    naive: str
    repaired: str
    formulas: tuple[str, ...]
    record: Record
    misses: Callable[[], Misses]
    finding: Callable[[], str]
    unit: str = POINTS
    place: Place | None = None
    counted: bool = False

    def __post_init__(self) -> None:
        check_words(name=self.name, naive=self.naive, repaired=self.repaired, formulas=" ".join(self.formulas))
        one_of("unit", self.unit, (POINTS, RELATIVE))
