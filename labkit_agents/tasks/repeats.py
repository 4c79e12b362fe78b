"""Tasks that come again: word for word, in another order, or nearly the same. They are what caches live on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labkit._inputs import one_of, one_share, one_whole

from ..pocket.language import LARGEST
from .tasks import Task

HOW = ("same", "reordered", "nearly")
SMALL_CHANGE = 4


def repeat_tasks(tasks: Sequence[Task], share: float, seed: int, how: str = "same") -> list[Task]:
    """Replace a share of the tasks, the first never, by an earlier task's question under their own id.

    Args:
        tasks: at least one.
        share: the probability that a task repeats an earlier one, in [0, 1].
        seed: a whole number from 0.
        how: ``"same"`` word for word; ``"reordered"``, the numbers in a random order; ``"nearly"``, one number
            larger by 1 to 4 (smaller by 1 where the total is the largest number): another question, which a key that
            is too loose takes for the same.

    Raises:
        ValueError: no tasks, a share outside [0, 1], or another word for ``how``.

    >>> from .tasks import draw_tasks
    >>> [task.numbers for task in repeat_tasks(draw_tasks(3, numbers=2, seed=1), 1.0, seed=1, how="nearly")]
    [(77, 955), (77, 959), (77, 959)]
    """
    if not tasks:
        raise ValueError(f"tasks must hold at least one task, got {tasks!r}")
    one_of("how", how, HOW)
    chance, rng = one_share("share", share), np.random.default_rng(one_whole("seed", seed))
    first = tasks[0]
    originals, result = [first], [first]
    for task in tasks[1:]:
        if rng.random() < chance:
            earlier = originals[int(rng.integers(len(originals)))]
            result.append(_repeat_question(earlier, task.id, how, rng))
        else:
            originals.append(task)
            result.append(task)
    return result


def _repeat_question(earlier: Task, name: str, how: str, rng: np.random.Generator) -> Task:
    """The earlier task's question under another id."""
    if how == "same":
        return replace(earlier, id=name)
    numbers = list(earlier.numbers)
    if how == "reordered":
        numbers = [numbers[i] for i in rng.permutation(len(numbers)).tolist()]
    else:
        room = min(SMALL_CHANGE, LARGEST - earlier.total)
        changed = -1 if room or numbers[-1] else numbers.index(max(numbers))
        numbers[changed] += int(rng.integers(1, room + 1)) if room else -1
    return replace(earlier, id=name, numbers=tuple(numbers))
