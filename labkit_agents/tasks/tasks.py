"""Tasks whose answers can be checked: totals of lists of numbers, and whether a total is over a limit.

Every partial sum of a task, in any order, is a number of the toy language, so it can be handed from step to step.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from labkit._inputs import one_number, one_whole

from ..pocket.language import LARGEST

LENGTHS = (1, 2, 3, 4)
MOST_NUMBERS = 1_000
MOST_TASKS = 1_000_000


@dataclass(frozen=True)
class Task:
    """A list of numbers to total.

    Args:
        id: unique within a run; it names the random streams of the task's calls.
        numbers: two or more whole numbers from 0; their total is at most 9,999.
        limit: with it the question is whether the total is over the limit; None asks for the total.

    Raises:
        ValueError: an empty id, fewer than two numbers, a total beyond 9,999.

    >>> Task("t", (12, 345)).answer, Task("t", (12, 345), limit=400).answer
    (357, False)
    """

    id: str
    numbers: tuple[int, ...]
    limit: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise ValueError(f"id must be a non-empty text, got {self.id!r}")
        if not isinstance(self.numbers, Sequence):
            raise ValueError(f"numbers must be a list of whole numbers, got {self.numbers!r}")
        numbers = tuple(one_whole("numbers", number) for number in self.numbers)
        if len(numbers) < 2:
            raise ValueError(f"numbers must hold at least two, got {self.numbers!r}")
        if sum(numbers) > LARGEST:
            raise ValueError(f"numbers must total at most {LARGEST}, got {sum(numbers)}")
        if self.limit is not None:
            object.__setattr__(self, "limit", one_whole("limit", self.limit))
        object.__setattr__(self, "numbers", numbers)

    @property
    def total(self) -> int:
        """The sum of the numbers."""
        return sum(self.numbers)

    @property
    def answer(self) -> int | bool:
        """The total; with a limit, whether the total is over it."""
        return self.total if self.limit is None else self.total > self.limit

    def is_solved_by(self, value: int) -> bool:
        """Whether a stated total answers the task's question rightly.

        >>> Task("t", (12, 345), limit=300).is_solved_by(310)
        True
        """
        return (value if self.limit is None else value > self.limit) == self.answer


def draw_tasks(
    n: int,
    numbers: int | Sequence[int] = 13,
    seed: int = 0,
    *,
    digits: Sequence[int] | None = None,
    limit_share: float | None = None,
) -> list[Task]:
    """Draw n tasks. A number of a task with m numbers is at most 9999 / m, so that no total can leave the language.

    Args:
        n: how many tasks, from 1 to 1,000,000.
        numbers: how many numbers a task has, from 2 to 1,000; of several counts each is equally likely.
        seed: a whole number from 0.
        digits: how many digits a number may have (1 to 4), each length equally likely; None for all that fit.
        limit_share: with it each task asks whether its total is over a limit, drawn evenly between 0 and twice this
            share of the total. None asks for the total.

    Raises:
        ValueError: a count out of range, or digits that do not fit so many numbers.

    >>> [task.numbers for task in draw_tasks(2, numbers=3, seed=1)]
    [(95, 131, 1336), (1727, 3028, 4)]
    """
    tasks, start = one_whole("n", n, 1), one_whole("seed", seed)
    if tasks > MOST_TASKS:
        raise ValueError(f"n must be at most {MOST_TASKS:,}, got {tasks:,}")
    counts = [one_whole("numbers", count, 2) for count in (numbers if isinstance(numbers, Sequence) else [numbers])]
    if not counts or max(counts) > MOST_NUMBERS:
        raise ValueError(f"numbers must be counts from 2 to {MOST_NUMBERS:,}, got {numbers!r}")
    share = None if limit_share is None else one_number("limit_share", limit_share)
    lengths = {count: _lengths(digits, LARGEST // count) for count in counts}
    rng = np.random.default_rng(start)
    drawn = []
    for index in range(tasks):
        count = int(rng.choice(counts))
        listed = _draw_numbers(rng, count, lengths[count], LARGEST // count)
        limit = None if share is None else int(sum(listed) * rng.uniform(0, 2 * share))
        drawn.append(Task(f"task {start}-{index}", listed, limit))
    return drawn


def _lengths(digits: Sequence[int] | None, largest: int) -> list[int]:
    """The lengths a number may have when it is at most ``largest``."""
    fitting = [length for length in LENGTHS if length == 1 or 10 ** (length - 1) <= largest]
    if digits is None:
        return fitting
    if not isinstance(digits, Collection) or not len(digits) or not all(each in fitting for each in digits):
        raise ValueError(f"digits must be among {fitting} for so many numbers, got {digits!r}")
    return list(digits)


def _draw_numbers(rng: np.random.Generator, count: int, lengths: list[int], largest: int) -> tuple[int, ...]:
    """So many numbers of random length, none above ``largest``."""
    length = rng.choice(lengths, size=count)
    low = np.where(length == 1, 0, 10 ** (length - 1))
    return tuple(rng.integers(low, np.minimum(10**length - 1, largest) + 1).tolist())
