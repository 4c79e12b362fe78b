"""The one short question of lesson 08: how many tasks a difference needs that a pilot has shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labkit.evaluation import paired_tasks_needed, unpaired_tasks_needed

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Pilot(Given):
    """Lesson 08: a pilot of two designs on the same tasks; made up."""

    tasks: int = field(default=120, metadata={"doc": "tasks in the pilot, the same for both designs"})
    both: int = field(default=78, metadata={"doc": "of them both designs got right"})
    only_new: int = field(default=18, metadata={"doc": "only the new design got right"})
    only_old: int = field(default=9, metadata={"doc": "only the old design got right"})


def _pilot(rng: np.random.Generator) -> Pilot:
    """A pilot in which the new design is ahead, and the two are right together more often than not."""
    tasks, lost = int(rng.integers(90, 200)), int(rng.integers(6, 12))
    return Pilot(tasks, int(tasks * rng.uniform(0.5, 0.7)), lost + int(rng.integers(6, 12)), lost)


def _needed(g: Pilot, alpha: float = 0.05, power: float = 0.8) -> float:
    return float(paired_tasks_needed(g.only_new / g.tasks, g.only_old / g.tasks, power, alpha))


def _shares(g: Pilot) -> tuple[float, float]:
    return (g.both + g.only_new) / g.tasks, (g.both + g.only_old) / g.tasks


EXERCISE = Exercise(
    name="lesson_tasks",
    number="",
    title="Lesson 08",
    minutes=4,
    difficulty="intermediate",
    objective="Say how many tasks a comparison needs.",
    text=Pilot(),
    draw=_pilot,
    questions=(
        Question(
            name="tasks_needed",
            asks="How many tasks must both designs be given, so that a comparison at a two-sided 5% finds a difference "
            "like that of the pilot in four runs of five?",
            unit="tasks",
            answer=_needed,
            tolerance=0.004,
            misconceptions=(
                Misconception(
                    "own_tasks",
                    lambda g: float(unpaired_tasks_needed(*_shares(g))),
                    "That many each design needs with tasks of its own. Here both get the same tasks, and only those "
                    "count on which they part: evaluation.paired_tasks_needed.",
                ),
                Misconception(
                    "one_sided",
                    lambda g: _needed(g, alpha=0.10),
                    "That is for a one-sided test. Nobody promised that the new design cannot be the worse one: "
                    "two-sided, z is 1.96.",
                ),
                Misconception(
                    "power_of_a_coin",
                    lambda g: _needed(g, power=0.5),
                    "With so few the difference is found in one run of two. Four of five takes 0.84 on top of 1.96.",
                ),
                Misconception(
                    "parting_tasks",
                    lambda g: _needed(g) * (g.only_new + g.only_old) / g.tasks,
                    "That is how many of the tasks will tell the two apart. To meet so many one has to run all the "
                    "others, too.",
                ),
                Misconception(
                    "counts_of_parting",
                    lambda g: float(
                        paired_tasks_needed(
                            g.only_new / (g.only_new + g.only_old), g.only_old / (g.only_new + g.only_old)
                        )
                    ),
                    "You took the shares of the tasks on which they part. The formula asks for shares of all tasks.",
                ),
            ),
            hints=(
                "Which shares of all tasks did only one of the two designs get right?",
                "evaluation.paired_tasks_needed(g.only_new / g.tasks, g.only_old / g.tasks).",
            ),
            worked=lambda g: (
                f"shares {g.only_new / g.tasks:.4f} and {g.only_old / g.tasks:.4f}: {_needed(g):,.0f} tasks, where the "
                f"pilot had {g.tasks}"
            ),
        ),
    ),
)
