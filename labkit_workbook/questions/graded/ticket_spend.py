"""Exercise 01: what a customer-support agent that debates and retries costs a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labkit.cost import debate_calls, expected_attempts, worst_attempts

from ..model import Essay, Exercise, Follows, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Tickets(Given):
    """The numbers of the exercise; the section's own by default."""

    steps: int = field(default=5, metadata={"doc": "steps in the plan of one ticket"})
    debates: int = field(default=2, metadata={"doc": "of these are debates: step 2, step 4, ..."})
    agents: int = field(default=3, metadata={"doc": "agents in a debate"})
    rounds: int = field(default=2, metadata={"doc": "rounds in a debate; every agent speaks in every round"})
    usd: float = field(default=0.03, metadata={"doc": "USD, one premium call"})
    small_usd: float = field(default=0.002, metadata={"doc": "USD, one call of the small model"})
    p: float = field(default=0.985, metadata={"doc": "probability that a step succeeds at one attempt"})
    tickets: int = field(default=200_000, metadata={"doc": "tickets a day"})


def draw(rng: np.random.Generator) -> Tickets:
    """Numbers of the same kind for one student."""
    debates = int(rng.integers(2, 4))
    return Tickets(
        steps=2 * debates + int(rng.integers(1, 4)),
        debates=debates,
        agents=int(rng.integers(3, 8)),
        rounds=int(rng.integers(2, 6)),
        usd=float(rng.choice([0.02, 0.025, 0.04, 0.05])),
        small_usd=float(rng.choice([0.001, 0.0015, 0.003])),
        p=float(rng.choice([0.93, 0.94, 0.95, 0.96, 0.97])),
        tickets=int(rng.integers(20, 400)) * 1000,
    )


# ---- the right answers ------------------------------------------------------------------------------------


def calls_per_step(g: Tickets, each_debate: float | None = None) -> tuple[float, ...]:
    """Calls of each step at one attempt; ``each_debate`` calls where a debate stands."""
    calls = float(debate_calls(g.agents, g.rounds)) if each_debate is None else each_debate
    debated = {2 * i for i in range(1, g.debates + 1)}
    return tuple(calls if step in debated else 1.0 for step in range(1, g.steps + 1))


def calls(g: Tickets, each_debate: float | None = None) -> float:
    """Calls of a ticket at one attempt a step."""
    return sum(calls_per_step(g, each_debate))


def worst_calls(g: Tickets, each_debate: float | None = None) -> float:
    """Calls of a ticket when every step is retried once."""
    return calls(g, each_debate) * float(worst_attempts(1))


def expected_day(g: Tickets) -> float:
    """USD a day when a step is retried only if it failed."""
    return calls(g) * float(expected_attempts(g.p, 1)) * g.usd * g.tickets


def lever_bills(g: Tickets) -> tuple[float, float, float]:
    """USD a ticket in the worst case: debates made single calls, debates routed, everything routed."""
    plain, debated = 2 * (g.steps - g.debates), 2 * g.debates * g.agents * g.rounds
    return (
        2 * g.steps * g.usd,
        plain * g.usd + debated * g.small_usd,
        (plain + debated) * g.small_usd,
    )


# ---- what goes wrong --------------------------------------------------------------------------------------

ONE_FACTOR = (
    "A debate has two dimensions. Every agent speaks in every round, so its calls are agents times rounds. "
    "You counted the agents once, or gave one agent an opening call and then the rounds."
)
ROUNDS_ONLY = "You counted the rounds of a debate but not its agents. In each round every agent makes a call."
OPENING = (
    "You gave every agent an opening call before the first round. The section's listing counts so; its text, "
    "which this exercise follows, has agents times rounds and nothing before."
)
MODERATOR = "You added a call to each debate, perhaps for a moderator. Here the debate is all there is in its step."
NO_DEBATE = "You counted one call a step. A step is not a call: two of the steps fan out into debates."
NO_RETRY = "That is every step done once. In the worst case each step fails and is done a second time."
RETRY_ONE_CALL = (
    "You added one call for each retried step. A retried debate repeats all its calls, for its answer came "
    "from all of them."
)


def _miscount_debates(of: Callable[[Tickets, float], Any]) -> tuple[Misconception, ...]:
    """The ways to miscount a debate; ``of`` makes the answer from the parameters and the debate's calls."""
    return (
        Misconception("agents_not_rounds", lambda g: of(g, g.agents), ONE_FACTOR),
        Misconception("one_plus_rounds", lambda g: of(g, 1 + g.rounds), ONE_FACTOR),
        Misconception("rounds_not_agents", lambda g: of(g, g.rounds), ROUNDS_ONLY),
        Misconception("opening_round", lambda g: of(g, g.agents * (1 + g.rounds)), OPENING),
        Misconception("no_debate", lambda g: of(g, 1), NO_DEBATE),
    )


QUESTIONS = (
    Question(
        name="calls_per_step",
        asks="How many calls does each step make, done once? A list, one number a step.",
        unit="calls",
        answer=calls_per_step,
        whole=True,
        misconceptions=(
            *_miscount_debates(calls_per_step),
            Misconception("moderator", lambda g: calls_per_step(g, g.agents * g.rounds + 1), MODERATOR),
            Misconception(
                "already_retried",
                lambda g: tuple(2 * c for c in calls_per_step(g)),
                "You have counted the retries already. Here each step is done once.",
            ),
        ),
        hints=(
            "A plain step is one call. Which steps are debates?",
            "Draw a debate as a grid: a row for each agent, a column for each round. One call in each cell.",
        ),
        worked=lambda g: (
            f"a plain step is 1 call, a debate {g.agents} agents x {g.rounds} rounds = {g.agents * g.rounds} calls"
        ),
    ),
    Question(
        name="calls",
        asks="How many calls does one ticket make when every step is done once?",
        unit="calls",
        answer=calls,
        whole=True,
        misconceptions=(
            *_miscount_debates(calls),
            Misconception(
                "debates_only",
                lambda g: float(g.debates * g.agents * g.rounds),
                "Those are the calls of the debates. The plain steps make calls too.",
            ),
            Misconception("already_retried", worst_calls, "You have counted the retries already; that comes next."),
        ),
        follows=Follows(("calls_per_step",), lambda g, each: sum(each)),
        hints=(
            "Add up your list of calls per step.",
            "The sum of c_s over all steps, the plain ones included.",
        ),
        worked=lambda g: f"{g.steps - g.debates} plain + {g.debates} x {g.agents * g.rounds} debated = {calls(g):g}",
    ),
    Question(
        name="worst_case_calls",
        asks="How many calls when every step is retried once?",
        unit="calls",
        answer=worst_calls,
        whole=True,
        misconceptions=(
            Misconception("retries_forgotten", calls, NO_RETRY),
            Misconception("retry_is_one_call", lambda g: calls(g) + g.steps, RETRY_ONE_CALL),
            Misconception(
                "only_debates_retried",
                lambda g: calls(g) + g.debates * g.agents * g.rounds,
                "You retried the debates only. The orchestrator retries any failed step, the plain ones too.",
            ),
            Misconception(
                "retried_twice",
                lambda g: 3 * calls(g),
                "You did every step three times. Retried once means two attempts: k retries are k + 1 attempts.",
            ),
            *_miscount_debates(worst_calls),
        ),
        follows=Follows(("calls",), lambda g, all_calls: 2 * all_calls),
        hints=(
            "How often is each step done when it fails once?",
            "One retry: two attempts of all the calls.",
        ),
        worked=lambda g: f"{calls(g):g} calls, each step done twice: {worst_calls(g):g}",
    ),
    Question(
        name="worst_usd_per_ticket",
        asks="What does one ticket cost in the worst case?",
        unit="USD",
        answer=lambda g: worst_calls(g) * g.usd,
        misconceptions=(
            Misconception("retries_forgotten", lambda g: calls(g) * g.usd, NO_RETRY),
            Misconception(
                "cents",
                lambda g: 100 * worst_calls(g) * g.usd,
                "That looks like cents. The answer is in USD.",
            ),
            Misconception(
                "steps_not_calls",
                lambda g: 2 * g.steps * g.usd,
                "You priced the steps. Every call is billed, and a debate is many calls.",
            ),
            Misconception(
                "per_day",
                lambda g: worst_calls(g) * g.usd * g.tickets,
                "That is the bill of a day. First one ticket.",
            ),
            Misconception("retry_is_one_call", lambda g: (calls(g) + g.steps) * g.usd, RETRY_ONE_CALL),
        ),
        follows=Follows(("worst_case_calls",), lambda g, worst: worst * g.usd),
        hints=(
            "kappa times the number of calls.",
            "Use the worst-case calls and the price of a premium call.",
        ),
        worked=lambda g: f"{worst_calls(g):g} calls x ${g.usd:g} = ${worst_calls(g) * g.usd:.2f}",
    ),
    Question(
        name="worst_usd_per_day",
        asks="What is the most that a day can cost?",
        unit="USD a day",
        answer=lambda g: worst_calls(g) * g.usd * g.tickets,
        misconceptions=(
            Misconception("retries_forgotten", lambda g: calls(g) * g.usd * g.tickets, NO_RETRY),
            Misconception(
                "one_call_a_ticket",
                lambda g: g.usd * g.tickets,
                "That is one call a ticket. The multiplier is the number of calls a ticket makes.",
            ),
            Misconception(
                "steps_not_calls",
                lambda g: 2 * g.steps * g.usd * g.tickets,
                "You priced the steps. Every call is billed, and a debate is many calls.",
            ),
            Misconception(
                "per_ticket", lambda g: worst_calls(g) * g.usd, "That is one ticket. How many come in a day?"
            ),
        ),
        follows=Follows(("worst_usd_per_ticket",), lambda g, usd: usd * g.tickets),
        hints=("A day is many tickets.", "Worst-case USD a ticket, times tickets a day."),
        worked=lambda g: f"${worst_calls(g) * g.usd:.2f} x {g.tickets:,} = ${worst_calls(g) * g.usd * g.tickets:,.0f}",
    ),
    Question(
        name="expected_usd_per_day",
        asks="What does a day cost on average, when a step is retried only if it failed?",
        unit="USD a day",
        answer=expected_day,
        tolerance=5e-5,
        misconceptions=(
            Misconception(
                "worst_case",
                lambda g: worst_calls(g) * g.usd * g.tickets,
                "That is the cap. Most steps succeed at once and are not retried.",
            ),
            Misconception(
                "retries_free",
                lambda g: calls(g) * g.usd * g.tickets,
                "You left the retries out. A few are needed, and they are billed.",
            ),
            Misconception(
                "halfway",
                lambda g: 1.5 * calls(g) * g.usd * g.tickets,
                "You took the middle between no retry and all retried. A retry is much rarer than one in two.",
            ),
            Misconception(
                "p_for_failure",
                lambda g: (1 + g.p) * calls(g) * g.usd * g.tickets,
                "You charged the second attempt with the probability of success. It comes after a failure: 1 - p.",
            ),
            Misconception(
                "retried_without_end",
                lambda g: calls(g) / g.p * g.usd * g.tickets,
                "1/p is the mean number of attempts when one retries until it works. Here it is once at most.",
            ),
        ),
        follows=Follows(("calls",), lambda g, all_calls: all_calls * (2 - g.p) * g.usd * g.tickets),
        hints=(
            "How many attempts does a step need on average, if the second comes only after a failure?",
            "Mean attempts = (1 - (1-p)^2) / p = 1 + (1-p). The same factor for every step.",
        ),
        worked=lambda g: (
            f"{calls(g):g} calls x {2 - g.p:g} attempts x ${g.usd:g} x {g.tickets:,} = ${expected_day(g):,.0f}"
        ),
    ),
    Question(
        name="lever_bills",
        asks="Worst-case USD a ticket under three levers: debates made single calls; debates on the small "
        "model; everything on the small model. A list of three.",
        unit="USD",
        answer=lever_bills,
        misconceptions=(
            Misconception(
                "savings",
                lambda g: tuple(worst_calls(g) * g.usd - bill for bill in lever_bills(g)),
                "Those are the savings. The question asks for the bill that remains.",
            ),
            Misconception(
                "retries_forgotten",
                lambda g: tuple(bill / 2 for bill in lever_bills(g)),
                "You left the retries out. These are worst cases again: every step is done twice.",
            ),
            Misconception(
                "routed_the_plain_steps",
                lambda g: (
                    lever_bills(g)[0],
                    2 * ((g.steps - g.debates) * g.small_usd + g.debates * g.agents * g.rounds * g.usd),
                    lever_bills(g)[2],
                ),
                "In your second bill the plain steps are routed. The calls are in the debates.",
            ),
            Misconception(
                "kept_the_debates",
                lambda g: (worst_calls(g) * g.usd, *lever_bills(g)[1:]),
                "Your first bill still has all the calls. A debate made a single call is one call, done twice.",
            ),
        ),
        hints=(
            "Count the calls of each kind first: plain calls and debate calls, each done twice.",
            "Bills: (all steps) x premium; (plain) x premium + (debate calls) x small; (all calls) x small.",
        ),
        worked=lambda g: (
            "bills of " + ", ".join(f"${bill:.3f}" for bill in lever_bills(g)) + " a ticket: most "
            "calls are in the debates, so what is done to them decides"
        ),
    ),
)

ESSAYS = (
    Essay(
        name="choose",
        asks="Which single lever would you pull **first**, and why? Argue from the count: which calls does it "
        "touch, what does it save a day, and what does it give up? Five sentences will do.",
        points=4,
        rubric="One point for each: the share of the calls that stand in the debates; the saving of the chosen lever "
        "in dollars, from the count; what the lever gives up (the gain of the debate, or the p of the small "
        "model); a comparison with at least one other lever. Any lever may be chosen; the argument is marked, "
        'not the choice. Half a point where a number is stated without its count. Nothing for "caching" '
        "without saying which calls repeat: the exercise does not say that any do.",
    ),
)

EXERCISE = Exercise(
    name="ticket_spend",
    number="01",
    title="Ticket spend",
    minutes=30,
    difficulty="beginner",
    objective="Count the calls of a workflow with debates and retries, price a day, and choose a lever by count.",
    text=Tickets(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
