"""The one short question of lesson 09: what a lever adds to a month's profit."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model import Exercise, Given, Misconception, Question

DAYS = 30  # in a month


@dataclass(frozen=True, repr=False)
class Month(Given):
    """Lesson 09: the section's chain, many times a day; tasks and value are made up."""

    tasks: int = field(default=1000, metadata={"doc": "tasks a day; a month has 30 days"})
    value_usd: float = field(default=0.50, metadata={"doc": "USD, what a success is worth; a failure is worth 0"})
    steps: int = field(default=12, metadata={"doc": "steps in the chain"})
    p: float = field(default=0.985, metadata={"doc": "probability that a call is right"})
    usd: float = field(default=0.03, metadata={"doc": "USD, one call"})


def gain(g: Month) -> float:
    """What one retry of every step adds to the chain's success."""
    return (1 - (1 - g.p) ** 2) ** g.steps - g.p**g.steps


def month_usd(g: Month, added_usd: float) -> float:
    """What the retry adds to a month's profit, if it adds so many USD to the bill of a task."""
    return DAYS * g.tasks * (g.value_usd * gain(g) - added_usd)


def mean_retries_usd(g: Month) -> float:
    """What the retries add to the bill of a task, on average."""
    return g.steps * g.usd * (1 - g.p)


EXERCISES = (
    Exercise(
        name="lesson_budgets",
        number="",
        title="Lesson 09",
        minutes=4,
        difficulty="intermediate",
        objective="Say what a lever adds to a month's profit.",
        text=Month(),
        draw=lambda rng: Month(
            100 * int(rng.integers(3, 60)),
            float(rng.choice([0.40, 0.60, 0.75, 1.20])),
            int(rng.integers(8, 20)),
            float(rng.choice([0.97, 0.975, 0.98])),
            float(rng.choice([0.02, 0.025, 0.03])),
        ),
        questions=(
            Question(
                name="month_gain",
                asks="Every step is retried once; every failure is noticed, and retries are charged on average. What "
                "does that add to a month's profit?",
                unit="USD a month",
                answer=lambda g: month_usd(g, mean_retries_usd(g)),
                misconceptions=(
                    Misconception(
                        "retries_free",
                        lambda g: month_usd(g, 0.0),
                        "You took the retries as free. They are cheap: each step is tried again with probability 1 - "
                        "p.",
                    ),
                    Misconception(
                        "worst_case",
                        lambda g: month_usd(g, g.steps * g.usd),
                        "You charged every step twice. A retry comes only after a failure: 1 - p.",
                    ),
                    Misconception(
                        "one_day",
                        lambda g: month_usd(g, mean_retries_usd(g)) / DAYS,
                        "That is a day. A month has 30.",
                    ),
                    Misconception(
                        "one_task",
                        lambda g: month_usd(g, mean_retries_usd(g)) / (DAYS * g.tasks),
                        "That is for one task. A month has 30 days of g.tasks tasks.",
                    ),
                    Misconception(
                        "successes",
                        lambda g: DAYS * g.tasks * gain(g),
                        "That is how many successes are added. Each is worth g.value_usd, and the retries are paid.",
                    ),
                    Misconception(
                        "a_success_for_a_dollar",
                        lambda g: DAYS * g.tasks * (gain(g) - mean_retries_usd(g)),
                        "You subtracted dollars from successes. A success is worth g.value_usd.",
                    ),
                    Misconception(
                        "one_step_charged",
                        lambda g: month_usd(g, mean_retries_usd(g) / g.steps),
                        "You charged the retries of one step. Every step has its own.",
                    ),
                    Misconception(
                        "gain_of_a_step",
                        lambda g: DAYS * g.tasks * (g.value_usd * (1 - g.p) * g.p - mean_retries_usd(g) / g.steps),
                        "You took the gain of one step. The chain gains far more, for all of its steps must be right.",
                    ),
                    Misconception(
                        "all_profit",
                        lambda g: (
                            month_usd(g, mean_retries_usd(g))
                            + DAYS * g.tasks * (g.value_usd * g.p**g.steps - g.steps * g.usd)
                        ),
                        "That is the whole profit with the retry. Asked is what the retry *adds*.",
                    ),
                ),
                hints=(
                    "For one task first: value x success added - dollars added. Then for a month.",
                    "Success: (1 - (1-p)^2)^steps - p^steps. Dollars: steps * usd * (1 - p).",
                ),
                worked=lambda g: (
                    f"{DAYS} x {g.tasks:,} x ({g.value_usd:g} x {gain(g):.4f} - {mean_retries_usd(g):.4f}) = "
                    f"${month_usd(g, mean_retries_usd(g)):,.0f} a month, for "
                    f"${DAYS * g.tasks * mean_retries_usd(g):,.0f} of retries"
                ),
            ),
        ),
    ),
)
