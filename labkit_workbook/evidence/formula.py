"""What a row of the page is: formulas of labkit, and what stands behind them, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..published.entries import check_words
from .comparison import Comparison, Place
from .comparisons import COMPARISONS

COLUMNS = ("simulated", "recorded", "measured")


@dataclass(frozen=True, kw_only=True)
class Formula:
    """Formulas of labkit that belong together, and for each column what stands behind them, or why nothing does.

    Args:
        names: public names of labkit without the ``labkit.``, as ``cost.task_cost``; results that a formula returns
            stand with it.
        says: what is computed, in a few words.
        stated: where the formula is from.
        simulated: tests that hold it against a simulation or an enumeration, as ``file::test`` below ``tests/core``.
        measured: where the learner measures it on a real system.
        missing: for each column with nothing in it, why.

    Raises:
        ValueError: a field without words; a column with nothing in it that is not explained, or one that is explained
            although it has something.

    >>> Formula(names=("cost.task_cost",), says="a bill", stated="section, part 1", missing={"measured": "why"})
    Traceback (most recent call last):
      ...
    ValueError: missing must say why 'simulated' is empty for ('cost.task_cost',), and for no column that is not
    """

    names: tuple[str, ...]
    says: str
    stated: str
    simulated: tuple[str, ...] = ()
    measured: tuple[Place, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_words(names=" ".join(self.names), says=self.says, stated=self.stated, **self.missing)
        for column in COLUMNS:
            if bool(getattr(self, column)) == (column in self.missing):
                raise ValueError(
                    f"missing must say why {column!r} is empty for {self.names}, and for no column that is not"
                )
        if not self.missing.keys() <= set(COLUMNS):
            raise ValueError(f"missing must have columns of {COLUMNS}, got {sorted(self.missing)}")

    @property
    def recorded(self) -> tuple[Comparison, ...]:
        """The comparisons with a record in which one of the names took part."""
        return tuple(each for each in COMPARISONS if set(each.formulas) & set(self.names))
