"""Exercise 09: from a pilot to a comparison that can see what it is meant to see."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from labkit.evaluation import (
    GroupPlan,
    co_failure,
    group_sequential,
    mcnemar,
    paired_power,
    paired_tasks_needed,
    smallest_unpaired_difference,
    unpaired_tasks_needed,
)
from labkit.evaluation.normal import normal_cdf, reaches
from labkit.reliability import BetaLaw

from ..model import Essay, Exercise, Follows, Given, Misconception, Question

Z, MORE = reaches(0.05, 0.8)  # 1.96 and 0.84


@dataclass(frozen=True, repr=False)
class Comparison(Given):
    """The numbers of the exercise.

    The pilot, the judge and the price are made up. The answers of two models are those that RouteLLM recorded for the
    subject college_physics of MMLU (Ong et al. 2024), strong model first.
    """

    pilot: tuple[int, int, int, int] = field(
        default=(118, 31, 17, 34), metadata={"doc": "tasks of a pilot: both right, only the new, only the old, neither"}
    )
    looks: int = field(default=4, metadata={"doc": "looks that the comparison shall have, evenly spaced"})
    own_tasks: int = field(default=80, metadata={"doc": "tasks that each of two other teams has, each its own"})
    own_p: float = field(default=0.70, metadata={"doc": "how often the worse of their two designs is right"})
    repeated: tuple[int, int] = field(default=(60, 5), metadata={"doc": "tasks, and tries of each of them"})
    correlation: float = field(default=0.40, metadata={"doc": "correlation of two tries of one task"})
    called: tuple[float, float] = field(
        default=(0.71, 0.66), metadata={"doc": "shares that a judge calls right: new design, old design"}
    )
    judge: tuple[float, float] = field(
        default=(0.62, 0.08), metadata={"doc": "its recall of wrong answers, its false alarms on right ones"}
    )
    models: tuple[int, int, int, int] = field(
        default=(33, 17, 11, 41),
        metadata={"doc": "questions: both models right, only the strong, only the weak, neither"},
    )
    usd: float = field(default=0.08, metadata={"doc": "USD, one run of one design on one task"})


def draw(rng: np.random.Generator) -> Comparison:
    """Numbers of the same kind for one student."""
    lost = int(rng.integers(9, 20))
    won, both = lost + int(rng.integers(9, 16)), int(rng.integers(90, 150))
    old = float(rng.integers(60, 71)) / 100
    strong, weak = int(rng.integers(14, 30)), int(rng.integers(5, 13))
    return Comparison(
        pilot=(both, won, lost, int(rng.integers(25, 60))),
        looks=int(rng.integers(3, 7)),
        own_tasks=int(rng.integers(50, 120)),
        own_p=float(rng.choice([0.6, 0.65, 0.7, 0.75])),
        repeated=(int(rng.integers(40, 100)), int(rng.integers(3, 8))),
        correlation=float(rng.integers(25, 65)) / 100,
        called=(round(old + float(rng.integers(3, 8)) / 100, 2), old),
        judge=(float(rng.integers(55, 80)) / 100, float(rng.integers(5, 13)) / 100),
        models=(int(rng.integers(30, 70)), strong, weak, int(rng.integers(15, 45))),
        usd=float(rng.choice([0.02, 0.05, 0.10, 0.25])),
    )


# ---- the right answers ------------------------------------------------------------------------------------


@cache
def plan(looks: int) -> GroupPlan:
    """So many planned looks; worked out once."""
    return group_sequential(looks)


def shares(g: Comparison) -> tuple[float, float]:
    """The shares of all tasks that only the new design, and only the old one, got right."""
    return g.pilot[1] / sum(g.pilot), g.pilot[2] / sum(g.pilot)


def both_p(g: Comparison) -> tuple[float, float]:
    """How often each design was right in the pilot."""
    return (g.pilot[0] + g.pilot[1]) / sum(g.pilot), (g.pilot[0] + g.pilot[2]) / sum(g.pilot)


def p_value(g: Comparison) -> float:
    """McNemar's exact p-value, two-sided."""
    return float(mcnemar(g.pilot[1], g.pilot[2]).exact)


def tasks_needed(g: Comparison, alpha: float = 0.05, power: float = 0.8) -> float:
    """Tasks, the same for both designs, that find the pilot's difference so often."""
    return float(paired_tasks_needed(*shares(g), power, alpha))


def mean_tasks(g: Comparison) -> float:
    """The tasks that planned looks take on the mean, if the designs differ as the pilot says."""
    return tasks_needed(g) * plan(g.looks).mean_if_different


def smallest_seen(g: Comparison, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest difference that two teams with tasks of their own find so often."""
    return float(smallest_unpaired_difference(g.own_tasks, g.own_p, False, power, alpha))


def runs_worth(g: Comparison) -> float:
    """How many tasks, each tried once, are worth as much as the repeated ones."""
    tasks, tries = g.repeated
    return tasks * tries / float(BetaLaw(0.5, g.correlation).design_effect(tries))


def true_difference(g: Comparison) -> float:
    """The difference of the two designs without the judge's errors."""
    return (g.called[0] - g.called[1]) / (g.judge[0] - g.judge[1])


def ceiling(g: Comparison) -> float:
    """The most that any choice between the two models' answers can get right."""
    return float(co_failure(*g.models).ceiling)


# ---- what goes wrong --------------------------------------------------------------------------------------


def _own_tasks_p_value(g: Comparison) -> float:
    """The p-value of two shares, as if each design had had tasks of its own."""
    one, two = both_p(g)
    mean = (one + two) / 2
    return float(2 * normal_cdf(-abs(one - two) / np.sqrt(2 * mean * (1 - mean) / sum(g.pilot))))


def _model_p(g: Comparison) -> tuple[float, float]:
    both, strong, weak, _ = g.models
    return (both + strong) / sum(g.models), (both + weak) / sum(g.models)


ONE_SIDED = (
    "That is one-sided. Nobody promised that the new design cannot be the worse one, so both directions count: 5% "
    "two-sided is 1.96 standard errors."
)
HALF = "With so few it is found in one run of two. Four runs of five take 0.84 standard errors on top of 1.96."

QUESTIONS = (
    Question(
        name="p_value",
        asks="McNemar's exact test, two-sided: how often would designs that are equally good part at least as far as "
        "those of the pilot?",
        unit="probability",
        answer=p_value,
        misconceptions=(
            Misconception(
                "one_sided",
                lambda g: p_value(g) / 2,
                "That counts one direction. Equal designs part as far in the other direction just as often.",
            ),
            Misconception(
                "mid_p",
                lambda g: float(mcnemar(g.pilot[1], g.pilot[2]).mid_p),
                "That is the mid-p value, which counts what was measured by half. Asked is the exact test, which "
                "counts it in full.",
            ),
            Misconception(
                "own_tasks",
                _own_tasks_p_value,
                "You compared two shares as if each design had had tasks of its own. They had the same ones: only "
                "those on which they part say anything.",
            ),
            Misconception(
                "share_of_wins",
                lambda g: g.pilot[1] / (g.pilot[1] + g.pilot[2]),
                "That is the share of the parting tasks that the new design won. How often does a fair coin win so "
                "many?",
            ),
        ),
        hints=(
            "If both are equally good, each task on which they part is a fair coin.",
            "evaluation.mcnemar(only_new, only_old).exact",
        ),
        worked=lambda g: (
            f"{g.pilot[1]} against {g.pilot[2]}, tossed with a fair coin: {p_value(g):.4f}; the tasks on which both "
            "agree play no part"
        ),
    ),
    Question(
        name="tasks_needed",
        asks="How many tasks, the same for both designs, find a difference like that of the pilot in four runs of "
        "five, at a two-sided 5%?",
        unit="tasks",
        answer=tasks_needed,
        tolerance=0.004,
        misconceptions=(
            Misconception(
                "own_tasks",
                lambda g: float(unpaired_tasks_needed(*both_p(g))),
                "That is the formula for designs with tasks of their own. Yours get the same tasks, and then only "
                "those count on which they part.",
            ),
            Misconception("one_sided", lambda g: tasks_needed(g, alpha=0.10), ONE_SIDED),
            Misconception("half_power", lambda g: tasks_needed(g, power=0.5), HALF),
            Misconception(
                "parting_tasks",
                lambda g: tasks_needed(g) * sum(shares(g)),
                "That many tasks must tell the two apart. To meet them you have to run all the others, too.",
            ),
            Misconception(
                "two_samples",
                lambda g: 2 * tasks_needed(g),
                "That is the number of runs. Asked are the tasks, and both designs get the same ones.",
            ),
            Misconception(
                "shares_of_parting",
                lambda g: float(
                    paired_tasks_needed(*(count / (g.pilot[1] + g.pilot[2]) for count in (g.pilot[1], g.pilot[2])))
                ),
                "You put in shares of the parting tasks. The formula asks for shares of all tasks.",
            ),
        ),
        hints=(
            "Two shares of *all* tasks go in: those that only the new design got right, and those that only the old "
            "one.",
            "evaluation.paired_tasks_needed(only_new / tasks, only_old / tasks)",
        ),
        worked=lambda g: (
            f"s = {sum(shares(g)):.3f} and d = {shares(g)[0] - shares(g)[1]:.3f} give {tasks_needed(g):,.0f} tasks; "
            f"the pilot's {sum(g.pilot)} find it {float(paired_power(sum(g.pilot), *shares(g))):.0%} of the time"
        ),
        points=2,
    ),
    Question(
        name="mean_tasks",
        asks="The same comparison with g.looks planned looks (O'Brien and Fleming): after how many tasks does it end "
        "on the mean, if the designs differ as the pilot says?",
        unit="tasks",
        answer=mean_tasks,
        tolerance=0.004,
        misconceptions=(
            Misconception(
                "at_most",
                lambda g: tasks_needed(g) * plan(g.looks).most,
                "That is what it takes if it goes to the end, as it does where nothing differs. Here it often stops "
                "before.",
            ),
            Misconception(
                "first_look",
                lambda g: tasks_needed(g) / g.looks,
                "That is where the first look stands. Its bar is high, and few comparisons end there.",
            ),
            Misconception(
                "middle",
                lambda g: tasks_needed(g) * (g.looks + 1) / 2 / g.looks,
                "You took each look to be as likely the last. Early bars are high, so most comparisons end late.",
            ),
        ),
        follows=Follows(("tasks_needed",), lambda g, needed: needed * plan(g.looks).mean_if_different),
        hints=(
            "A plan says what it takes in units of what a single look at the end would need.",
            "Your last answer times evaluation.group_sequential(g.looks).mean_if_different.",
        ),
        worked=lambda g: (
            f"{tasks_needed(g):,.0f} x {plan(g.looks).mean_if_different:.3f} = {mean_tasks(g):,.0f} tasks on the "
            f"mean, {tasks_needed(g) * plan(g.looks).most:,.0f} at most"
        ),
    ),
    Question(
        name="smallest_seen",
        asks="Two other teams have g.own_tasks tasks each, and the worse design is right g.own_p of the time. How much "
        "better must the other be, for the comparison to find it in four runs of five?",
        unit="fraction",
        answer=smallest_seen,
        misconceptions=(
            Misconception("one_sided", lambda g: smallest_seen(g, alpha=0.10), ONE_SIDED),
            Misconception("half_power", lambda g: smallest_seen(g, power=0.5), HALF),
            Misconception(
                "standard_error",
                lambda g: float(np.sqrt(2 * g.own_p * (1 - g.own_p) / g.own_tasks)),
                "That is one standard error of the difference. Finding it four times of five takes 1.96 + 0.84 of "
                "them.",
            ),
            Misconception(
                "standard_deviation",
                lambda g: float((Z + MORE) * np.sqrt(2 * g.own_p * (1 - g.own_p))),
                "You took the spread of single tasks. The mean of many is surer: divide by the root of their number.",
            ),
            Misconception(
                "one_sample",
                lambda g: float((Z + MORE) * np.sqrt(g.own_p * (1 - g.own_p) / g.own_tasks)),
                "Only one of the two shares is uncertain in that. Both teams counted, so both are.",
            ),
            Misconception(
                "percent",
                lambda g: 100 * smallest_seen(g),
                "That looks like points of a hundred. Give a fraction between 0 and 1.",
            ),
        ),
        hints=(
            "Each team has tasks of its own, so both shares carry noise.",
            "evaluation.smallest_unpaired_difference(g.own_tasks, g.own_p)",
        ),
        worked=lambda g: (
            f"{smallest_seen(g):.3f}: from {g.own_p:.2f} to {g.own_p + smallest_seen(g):.2f}; anything smaller is "
            "missed more than once in five"
        ),
    ),
    Question(
        name="runs_worth",
        asks="g.repeated says how many tasks were tried how often. How many tasks, tried once each, are "
        "the runs worth?",
        unit="tasks",
        answer=runs_worth,
        misconceptions=(
            Misconception(
                "tries_as_tasks",
                lambda g: float(g.repeated[0] * g.repeated[1]),
                "You counted every try as a task of its own. Tries of one task resemble each other, so they tell less.",
            ),
            Misconception(
                "tasks_alone",
                lambda g: float(g.repeated[0]),
                "That would be so if every further try repeated the first. With a correlation below 1 it tells "
                "something new.",
            ),
            Misconception(
                "one_too_many",
                lambda g: g.repeated[0] * g.repeated[1] / (1 + g.repeated[1] * g.correlation),
                "Nearly. The first try has no earlier one to resemble: 1 + (tries - 1) times the correlation.",
            ),
            Misconception(
                "share_taken_off",
                lambda g: g.repeated[0] * g.repeated[1] * (1 - g.correlation),
                "You took the correlation off all runs alike. The more tries a task has, the less each counts: divide "
                "by the design effect.",
            ),
            Misconception(
                "multiplied",
                lambda g: g.repeated[0] * (1 + (g.repeated[1] - 1) * g.correlation),
                "You multiplied the tasks by the design effect. All runs are divided by it.",
            ),
        ),
        hints=(
            "Each further try of a task adds its correlation with the first to what all its runs are divided by: the "
            "design effect. Lesson 08 has 200 runs at the end of section 3.",
            "tasks * tries / (1 + (tries - 1) * g.correlation)",
        ),
        worked=lambda g: (
            f"{g.repeated[0]} x {g.repeated[1]} / {1 + (g.repeated[1] - 1) * g.correlation:.2f} = {runs_worth(g):.1f} "
            f"tasks, not {g.repeated[0] * g.repeated[1]}"
        ),
    ),
    Question(
        name="true_difference",
        asks="A judge with the recall and the false alarms of g.judge calls the shares g.called right. How much "
        "better is the new design really?",
        unit="fraction",
        answer=true_difference,
        misconceptions=(
            Misconception(
                "as_called",
                lambda g: g.called[0] - g.called[1],
                "That is the difference that the judge sees. Its errors shrink every difference.",
            ),
            Misconception(
                "false_alarms_forgotten",
                lambda g: (g.called[0] - g.called[1]) / g.judge[0],
                "You divided by the recall alone. Right answers that are rejected shrink the difference, too: recall "
                "less false alarms.",
            ),
            Misconception(
                "recall_forgotten",
                lambda g: (g.called[0] - g.called[1]) / (1 - g.judge[1]),
                "You took out the false alarms alone. Wrong answers that pass shrink the difference, too.",
            ),
            Misconception(
                "shrunk_again",
                lambda g: (g.called[0] - g.called[1]) * (g.judge[0] - g.judge[1]),
                "You shrank the difference once more. The judge has done that already: divide.",
            ),
            Misconception(
                "added",
                lambda g: (g.called[0] - g.called[1]) / (g.judge[0] + g.judge[1]),
                "You added the two. Of the right answers the judge passes 1 - f, of the wrong ones 1 - d; a right "
                "answer counts by the difference of these.",
            ),
        ),
        hints=(
            "A right answer passes with 1 - f, a wrong one with 1 - d. By how much does the share called right rise, "
            "if p rises by one point?",
            "(g.called[0] - g.called[1]) / (recall - false_alarm), or evaluation.true_share of each.",
        ),
        worked=lambda g: (
            f"{g.called[0] - g.called[1]:.2f} / ({g.judge[0]:.2f} - {g.judge[1]:.2f}) = {true_difference(g):.4f}: the "
            f"judge sees {g.judge[0] - g.judge[1]:.0%} of every difference"
        ),
        points=2,
    ),
    Question(
        name="ceiling",
        asks="g.models counts what two models got right. What is the most that a router, a vote or a cascade of the "
        "two can get right?",
        unit="probability",
        answer=ceiling,
        misconceptions=(
            Misconception(
                "independent",
                lambda g: float(co_failure(*g.models).promised),
                "You multiplied the two failure rates, as if the models failed independently. They fail on the same "
                "questions more often than that, and it was counted.",
            ),
            Misconception(
                "better_model",
                lambda g: _model_p(g)[0],
                "That is the strong model alone. Where it is wrong, the weak one is sometimes right.",
            ),
            Misconception(
                "both_wrong",
                lambda g: 1 - ceiling(g),
                "That is how often both are wrong. Asked is what is left.",
            ),
            Misconception(
                "both_right",
                lambda g: g.models[0] / sum(g.models),
                "That is how often both are right. With a good choice, one right answer is enough.",
            ),
            Misconception(
                "mean",
                lambda g: sum(_model_p(g)) / 2,
                "That is what a coin would reach that chooses between them. A perfect choice reaches more.",
            ),
        ),
        hints=(
            "On which questions has even a perfect choice nothing to choose from?",
            "1 - neither / all questions, or evaluation.co_failure(*g.models).ceiling",
        ),
        worked=lambda g: (
            f"1 - {g.models[3]} / {sum(g.models)} = {ceiling(g):.4f}; independence would promise "
            f"{float(co_failure(*g.models).promised):.4f}"
        ),
    ),
)

ESSAYS = (
    Essay(
        name="what-to-run",
        asks="Would you ship the new design after this pilot? Say what the pilot shows, with its p-value or interval; "
        "how many tasks you would run on both designs and what that costs; how you would look early; what the judge "
        "does to the plan; and why more tries of the same tasks would not do. Six sentences.",
        points=5,
        rubric="One point for each: the pilot's difference with a p-value or an interval, and what it leaves open; the "
        "tasks needed, the same for both designs, and the bill of both; looks that are planned, or a bet, and why "
        "peeking at 5% is not allowed; the judge shrinks the difference, so that more tasks are needed (about one "
        "over the squared recall less false alarms); tries of one task resemble each other, so tasks are what must "
        "be added.",
    ),
)

EXERCISE = Exercise(
    name="how_many_tasks",
    number="09",
    title="How many tasks",
    minutes=45,
    difficulty="intermediate",
    objective="Plan a comparison of two designs that can see what it is meant to see, and read one that cannot.",
    text=Comparison(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
