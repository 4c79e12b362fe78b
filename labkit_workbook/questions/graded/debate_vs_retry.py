"""Exercise 03: a debate or a retry for the one critical step of a chain?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labkit.cost import expected_attempts

from ..model import Essay, Exercise, Follows, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Debating(Given):
    """The numbers of the exercise; the section's own by default (it names no seconds and no price)."""

    steps: int = field(default=10, metadata={"doc": "steps in the chain; one of them is critical"})
    other_p: float = field(default=0.98, metadata={"doc": "p of each other step"})
    critical_p: float = field(default=0.95, metadata={"doc": "p of the critical step, bare"})
    debated_p: float = field(default=0.99, metadata={"doc": "p of the critical step after a debate"})
    turns: int = field(default=3, metadata={"doc": "calls, one after another, that the debate makes of one"})
    sec: float = field(default=2.0, metadata={"doc": "s, one step"})
    usd: float = field(default=0.03, metadata={"doc": "USD, one call"})


def draw(rng: np.random.Generator) -> Debating:
    """Numbers of the same kind for one student."""
    critical = float(rng.choice([0.90, 0.92, 0.93, 0.94]))
    retried = 1 - (1 - critical) ** 2
    between = critical + float(rng.uniform(0.6, 0.85)) * (retried - critical)
    return Debating(
        steps=int(rng.integers(7, 15)),
        other_p=float(rng.choice([0.965, 0.97, 0.975, 0.98])),
        critical_p=critical,
        debated_p=round(between, 3),
        turns=int(rng.integers(3, 6)),
        sec=float(rng.choice([1.5, 2.5, 3.0, 4.0])),
        usd=float(rng.choice([0.01, 0.02, 0.04])),
    )


# ---- the right answers ------------------------------------------------------------------------------------


def chain_p(g: Debating, critical_p: float) -> float:
    """Reliability of the chain when its critical step has this p."""
    return g.other_p ** (g.steps - 1) * critical_p


def retried_p(g: Debating) -> float:
    """p of the critical step with one retry, every failure noticed."""
    return 1 - (1 - g.critical_p) ** 2


def bare(g: Debating) -> float:
    """Reliability without debate or retry."""
    return chain_p(g, g.critical_p)


def debated(g: Debating) -> float:
    """Reliability with the debate."""
    return chain_p(g, g.debated_p)


def retried(g: Debating) -> float:
    """Reliability with one retry."""
    return chain_p(g, retried_p(g))


def debated_sec(g: Debating) -> float:
    """Critical path with the debate."""
    return (g.steps - 1 + g.turns) * g.sec


def retry_budget(g: Debating) -> float:
    """The latency budget from which the retry always fits."""
    return (g.steps + 1) * g.sec


def detection_break_even(g: Debating) -> float:
    """The recall below which the debate is surer than the retry: p + (1-p) d p = debated p."""
    return (g.debated_p - g.critical_p) / ((1 - g.critical_p) * g.critical_p)


def usd_per_point(g: Debating) -> tuple[float, float]:
    """USD for each percentage point of end-to-end reliability: the debate, and the retry on average."""
    return _points_bought(g, bare(g), debated(g), retried(g))


def _points_bought(g: Debating, bare_p: float, debated_p: float, retried_p: float) -> tuple[float, float]:
    """The same from the three reliabilities."""
    more_turns, more_attempts = g.turns - 1, float(expected_attempts(g.critical_p, 1)) - 1
    return (
        more_turns * g.usd / (100 * (debated_p - bare_p)),
        more_attempts * g.usd / (100 * (retried_p - bare_p)),
    )


# ---- what goes wrong --------------------------------------------------------------------------------------

MEAN = "You took the mean of the p. All steps must be right, so the p are multiplied."
LEFT_OUT = "You left the critical step out. It is a factor like any other."
ONE_TOO_MANY = (
    "One factor too many: the critical step is one of the g.steps, so one fewer of the others stand in the product."
)
PERCENT = "That looks like a percentage. Give a fraction between 0 and 1."


def _chain_mistakes(of: str) -> tuple[Misconception, ...]:
    """The ways to get a chain wrong; ``of`` names the field or function that gives the critical p."""

    def p(g: Debating) -> float:
        return retried_p(g) if of == "retried" else float(getattr(g, of))

    return (
        Misconception("mean_of_p", lambda g: ((g.steps - 1) * g.other_p + p(g)) / g.steps, MEAN),
        Misconception("critical_step_left_out", lambda g: g.other_p ** (g.steps - 1), LEFT_OUT),
        Misconception("one_factor_too_many", lambda g: g.other_p**g.steps * p(g), ONE_TOO_MANY),
        Misconception("percent", lambda g: 100 * chain_p(g, p(g)), PERCENT),
    )


QUESTIONS = (
    Question(
        name="bare",
        asks="End-to-end reliability of the chain as it is?",
        unit="probability",
        answer=bare,
        misconceptions=(
            *_chain_mistakes("critical_p"),
            Misconception(
                "all_steps_critical",
                lambda g: g.critical_p**g.steps,
                "You gave every step the critical step's p. Only one step is critical.",
            ),
        ),
        hints=(
            "The product law, with two kinds of factors.",
            "(steps - 1) factors of other_p, one of critical_p.",
        ),
        worked=lambda g: f"{g.other_p:g}^{g.steps - 1} x {g.critical_p:g} = {bare(g):.4f}",
    ),
    Question(
        name="debated",
        asks="And with the debate on the critical step?",
        unit="probability",
        answer=debated,
        misconceptions=(
            *_chain_mistakes("debated_p"),
            Misconception(
                "debate_everywhere",
                lambda g: g.debated_p**g.steps,
                "You debated every step. Only the critical one is debated.",
            ),
            Misconception(
                "points_added",
                lambda g: bare(g) + g.debated_p - g.critical_p,
                "You added the step's gain to the chain's reliability. The gain is multiplied by what the other "
                "steps let through.",
            ),
        ),
        hints=("Only one factor changes.", "Replace critical_p by debated_p."),
        worked=lambda g: f"{g.other_p:g}^{g.steps - 1} x {g.debated_p:g} = {debated(g):.4f}",
    ),
    Question(
        name="retried",
        asks="And with one retry of the critical step instead, every failure noticed?",
        unit="probability",
        answer=retried,
        misconceptions=(
            *(m for m in _chain_mistakes("retried") if m.label != "critical_step_left_out"),
            Misconception(
                "exponent_k",
                bare,
                "Nothing has changed: that is the bare chain. With k retries there are k + 1 attempts, so the "
                "failure probability is raised to k + 1.",
            ),
            Misconception(
                "two_retries",
                lambda g: chain_p(g, 1 - (1 - g.critical_p) ** 3),
                "That is three attempts; one retry makes two. (Or you left the critical step out, which looks nearly "
                "the same.)",
            ),
            Misconception(
                "retry_everywhere",
                lambda g: (1 - (1 - g.other_p) ** 2) ** (g.steps - 1) * retried_p(g),
                "You retried every step. Only the critical one is retried.",
            ),
        ),
        hints=(
            "The retried step fails only if both attempts do.",
            "Its p becomes 1 - (1 - p)^2; the other factors stay.",
        ),
        worked=lambda g: f"{g.other_p:g}^{g.steps - 1} x {retried_p(g):.4f} = {retried(g):.4f}",
    ),
    Question(
        name="debated_sec",
        asks="Seconds on the critical path with the debate?",
        unit="s",
        answer=debated_sec,
        misconceptions=(
            Misconception(
                "whole_chain_slowed",
                lambda g: g.steps * g.turns * g.sec,
                "You made the whole chain slower. The debate stands in one step; the others take what they took.",
            ),
            Misconception(
                "added_not_multiplied",
                lambda g: (g.steps + g.turns) * g.sec,
                "You added the debate to the step. It takes the step's place: g.turns turns instead of one.",
            ),
            Misconception(
                "nothing_added",
                lambda g: g.steps * g.sec,
                "That is the bare chain. The rounds of a debate wait for each other.",
            ),
        ),
        hints=(
            "Which step changes, and by what factor?",
            "(steps - 1) steps at sec each, one step at turns * sec.",
        ),
        worked=lambda g: (
            f"{g.steps - 1} x {g.sec:g} s + {g.turns} x {g.sec:g} s = {debated_sec(g):g} s; the bare "
            f"chain takes {g.steps * g.sec:g} s"
        ),
    ),
    Question(
        name="expected_attempts",
        asks="How many attempts does the retried step take on average?",
        unit="attempts",
        answer=lambda g: float(expected_attempts(g.critical_p, 1)),
        misconceptions=(
            Misconception(
                "worst_case",
                lambda g: 2.0,
                "That is the worst case. Most of the time the first attempt is right and there is no second.",
            ),
            Misconception(
                "p_for_failure",
                lambda g: 1 + g.critical_p,
                "You took a second attempt with probability p. It comes only after a failure: 1 - p.",
            ),
            Misconception(
                "retried_without_end",
                lambda g: 1 / g.critical_p,
                "1/p is for retrying until it works. Here it is once at most.",
            ),
        ),
        hints=("When is there a second attempt?", "1 + (1 - p)."),
        worked=lambda g: (
            f"1 + {1 - g.critical_p:.3g} = {2 - g.critical_p:g}: on average the retry is nearly free, "
            "but a hard budget is broken by the worst case, which is 2"
        ),
    ),
    Question(
        name="retry_budget",
        asks="From which latency budget on can the retry never break it?",
        unit="s",
        answer=retry_budget,
        misconceptions=(
            Misconception(
                "on_average",
                lambda g: (g.steps - 1 + 2 - g.critical_p) * g.sec,
                "That is the mean. A strict budget must hold when the retry is needed.",
            ),
            Misconception("as_the_debate", debated_sec, "That is what the debate needs. A retry is one more attempt."),
            Misconception(
                "bare_chain",
                lambda g: g.steps * g.sec,
                "That is the bare chain. When the critical step fails, its second attempt takes time too.",
            ),
        ),
        hints=("Which case must fit into a strict budget?", "The worst: one step is done twice."),
        worked=lambda g: (
            f"({g.steps} + 1) x {g.sec:g} s = {retry_budget(g):g} s, before the debate's "
            f"{debated_sec(g):g} s: wherever the debate fits, the retry fits and is surer"
        ),
    ),
    Question(
        name="detection_break_even",
        asks="A retry needs to know that the step failed. Below which detection recall is the debate surer?",
        unit="probability",
        answer=detection_break_even,
        misconceptions=(
            Misconception(
                "retry_never_fails",
                lambda g: (g.debated_p - g.critical_p) / (1 - g.critical_p),
                "You took the second attempt as always right. It is right with the step's own p.",
            ),
            Misconception("percent", lambda g: 100 * detection_break_even(g), PERCENT),
            Misconception(
                "ratio_of_p",
                lambda g: g.debated_p / retried_p(g),
                "That is a ratio of the two p. Write the retried step's p with recall d, and solve for d.",
            ),
        ),
        hints=(
            "With recall d the retried step is right with p + (1-p) d p.",
            "Solve p + (1-p) d p = debated_p for d.",
        ),
        worked=lambda g: (
            f"d = ({g.debated_p:g} - {g.critical_p:g}) / ({1 - g.critical_p:.3g} x {g.critical_p:g}) = "
            f"{detection_break_even(g):.4f}"
        ),
    ),
    Question(
        name="usd_per_point",
        asks="USD for each percentage point of end-to-end reliability: [the debate, the retry on average]?",
        unit="USD a point",
        answer=usd_per_point,
        misconceptions=(
            Misconception(
                "per_unit_not_point",
                lambda g: tuple(100 * x for x in usd_per_point(g)),
                "You divided by a change of probability. A percentage point is a hundredth of that.",
            ),
            Misconception(
                "points_of_the_step",
                lambda g: (
                    (g.turns - 1) * g.usd / (100 * (g.debated_p - g.critical_p)),
                    (1 - g.critical_p) * g.usd / (100 * (retried_p(g) - g.critical_p)),
                ),
                "You divided by the gain of the step. End to end it is smaller: the other steps must be right too.",
            ),
            Misconception(
                "retry_at_its_worst",
                lambda g: (usd_per_point(g)[0], g.usd / (100 * (retried(g) - bare(g)))),
                "You charged the retry every time. On average it is needed with probability 1 - p.",
            ),
            Misconception(
                "first_call_counted",
                lambda g: (
                    g.turns * g.usd / (100 * (debated(g) - bare(g))),
                    (2 - g.critical_p) * g.usd / (100 * (retried(g) - bare(g))),
                ),
                "You charged the step's first call too. The bare chain pays that one anyway; count what is added.",
            ),
        ),
        follows=Follows(
            (
                "bare",
                "debated",
                "retried",
            ),
            _points_bought,
        ),
        hints=(
            "Dollars added, over points gained end to end.",
            "The debate adds turns - 1 calls, the retry 1 - p calls on average; points are 100 x the difference.",
        ),
        worked=lambda g: "${:.5f} a point for the debate, ${:.7f} for the retry".format(*usd_per_point(g)),
        points=2,
    ),
)

ESSAYS = (
    Essay(
        name="guardrail-or-retry",
        asks="A guardrail (a validation gate) rejects bad output before it travels on. A retry does the step "
        "again. Are they rivals? Say what each one needs, what each one gives without the other, and when you "
        "would still pay for the debate. Four sentences.",
        points=4,
        rubric="One point for each: a retry needs a detector; a gate alone repairs nothing; below a certain recall "
        "the debate wins, if it fits; the debate costs many times more a point.",
    ),
)

EXERCISE = Exercise(
    name="debate_vs_retry",
    number="03",
    title="Debate or retry",
    minutes=40,
    difficulty="intermediate",
    objective="Compare two ways to make one step surer, under a latency budget and with imperfect detection.",
    text=Debating(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
