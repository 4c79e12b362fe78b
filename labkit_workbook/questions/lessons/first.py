"""The one short question of each lesson."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from labkit.cost import growing_context_tokens
from labkit.reliability import implied_p

from ..model import Exercise, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Agents(Given):
    """Lesson 00: a debate among some agents."""

    agents: int = field(default=5, metadata={"doc": "agents in the debate"})
    rounds: int = field(default=3, metadata={"doc": "rounds; every agent speaks in each"})


@dataclass(frozen=True, repr=False)
class Context(Given):
    """Lesson 01: an agent that sends its whole conversation again with each call."""

    first: int = field(default=2400, metadata={"doc": "tokens of the first call"})
    growth: int = field(default=450, metadata={"doc": "tokens that each step adds"})
    steps: int = field(default=20, metadata={"doc": "steps"})


@dataclass(frozen=True, repr=False)
class Plan(Given):
    """Lesson 02: plan, then searches side by side, then a summary."""

    plan_sec: float = field(default=3.0, metadata={"doc": "s, the plan; the searches wait for it"})
    search_secs: tuple[float, ...] = field(default=(1.0, 4.0, 2.0), metadata={"doc": "s, the searches, at once"})
    summary_sec: float = field(default=2.5, metadata={"doc": "s, the summary; waits for all searches"})


@dataclass(frozen=True, repr=False)
class Proud(Given):
    """Lesson 03: how sure must each step be?"""

    steps: int = field(default=50, metadata={"doc": "steps in the chain"})
    target: float = field(default=0.9, metadata={"doc": "wanted end-to-end success"})


@dataclass(frozen=True, repr=False)
class Hits(Given):
    """Lesson 04: a cache in front of half a chain."""

    steps: int = field(default=12, metadata={"doc": "steps in the chain"})
    cached: int = field(default=6, metadata={"doc": "of these are always answered from the cache"})
    p: float = field(default=0.985, metadata={"doc": "probability that a call is right"})


@dataclass(frozen=True, repr=False)
class OneInSeven(Given):
    """Lesson 05: the practical example's failure rate."""

    one_in: int = field(default=7, metadata={"doc": "one question in this many fails"})
    calls: int = field(default=30, metadata={"doc": "calls in the chain"})


def _searches(rng: np.random.Generator) -> tuple[float, ...]:
    return tuple(float(x) for x in rng.choice(np.arange(2, 19) / 2, size=3, replace=False))


EXERCISES = (
    Exercise(
        name="start_here",
        number="",
        title="Lesson 00",
        minutes=1,
        difficulty="beginner",
        objective="See what a check looks like.",
        text=Agents(),
        draw=lambda rng: Agents(int(rng.integers(3, 9)), int(rng.integers(2, 7))),
        questions=(
            Question(
                name="debate_calls",
                asks="How many calls does a debate make, when every agent speaks in every round?",
                unit="calls",
                answer=lambda g: float(g.agents * g.rounds),
                whole=True,
                misconceptions=(
                    Misconception(
                        "sum",
                        lambda g: float(g.agents + g.rounds),
                        "You added. In each round every agent makes a call: multiply.",
                    ),
                    Misconception("agents_only", lambda g: float(g.agents), "That is one round."),
                    Misconception(
                        "one_plus_rounds",
                        lambda g: 1.0 + g.rounds,
                        "That is one agent with an opening call and then the rounds, as the section's listing counts.",
                    ),
                ),
                hints=("Draw a grid: agents down, rounds across.", "One call in each cell of the grid."),
                worked=lambda g: f"{g.agents} agents x {g.rounds} rounds = {g.agents * g.rounds} calls",
            ),
        ),
    ),
    Exercise(
        name="lesson_cost",
        number="",
        title="Lesson 01",
        minutes=4,
        difficulty="beginner",
        objective="Price a conversation that is sent again with every call.",
        text=Context(),
        draw=lambda rng: Context(
            int(rng.integers(10, 40)) * 100, int(rng.integers(3, 12)) * 100, int(rng.integers(12, 40))
        ),
        questions=(
            Question(
                name="tokens_billed",
                asks="How many input tokens are billed in all?",
                unit="tokens",
                answer=lambda g: float(growing_context_tokens(g.first, g.growth, g.steps)),
                whole=True,
                misconceptions=(
                    Misconception(
                        "first_call_only",
                        lambda g: float(g.first * g.steps),
                        "You billed every call like the first. The conversation grows, and all of it is sent again.",
                    ),
                    Misconception(
                        "last_call",
                        lambda g: float(g.first + g.growth * (g.steps - 1)),
                        "That is the last call alone. Every call before it was billed too.",
                    ),
                    Misconception(
                        "last_call_every_time",
                        lambda g: float(g.steps * (g.first + g.growth * (g.steps - 1))),
                        "You billed every call like the last. The early calls are shorter.",
                    ),
                    Misconception(
                        "one_growth_too_many",
                        lambda g: float(g.first * g.steps + g.growth * g.steps * (g.steps + 1) / 2),
                        "The first call has not grown yet: call s sends first + growth * (s - 1).",
                    ),
                ),
                hints=("Write down the tokens of calls 1, 2 and 3, then add.", "a S + b S (S - 1) / 2."),
                worked=lambda g: (
                    f"{g.first} x {g.steps} + {g.growth} x {g.steps} x {g.steps - 1} / 2 = "
                    f"{growing_context_tokens(g.first, g.growth, g.steps):,.0f}"
                ),
            ),
        ),
    ),
    Exercise(
        name="lesson_latency",
        number="",
        title="Lesson 02",
        minutes=3,
        difficulty="beginner",
        objective="Find a critical path.",
        text=Plan(),
        draw=lambda rng: Plan(float(rng.integers(2, 9)), _searches(rng), float(rng.integers(2, 9)) + 0.25),
        questions=(
            Question(
                name="seconds",
                asks="After how many seconds is the summary ready?",
                unit="s",
                answer=lambda g: g.plan_sec + max(g.search_secs) + g.summary_sec,
                misconceptions=(
                    Misconception(
                        "sum_for_max",
                        lambda g: g.plan_sec + sum(g.search_secs) + g.summary_sec,
                        "You added the searches. They run at once, so only the slowest counts.",
                    ),
                    Misconception(
                        "max_of_all",
                        lambda g: max(g.plan_sec, *g.search_secs, g.summary_sec),
                        "That is the slowest single step. The plan, a search and the summary wait for each other.",
                    ),
                    Misconception(
                        "mean_search",
                        lambda g: g.plan_sec + sum(g.search_secs) / 3 + g.summary_sec,
                        "You took the mean search. The summary waits for the slowest.",
                    ),
                    Misconception(
                        "fastest_search",
                        lambda g: g.plan_sec + min(g.search_secs) + g.summary_sec,
                        "You took the fastest search. The summary waits for all of them.",
                    ),
                ),
                hints=("Which steps wait for which?", "Plan, then the slowest search, then the summary."),
                worked=lambda g: f"{g.plan_sec:g} + {max(g.search_secs):g} + {g.summary_sec:g} s",
            ),
        ),
    ),
    Exercise(
        name="lesson_reliability",
        number="",
        title="Lesson 03",
        minutes=3,
        difficulty="beginner",
        objective="Turn the product law round.",
        text=Proud(),
        draw=lambda rng: Proud(int(rng.integers(20, 120)), float(rng.choice([0.75, 0.8, 0.85]))),
        questions=(
            Question(
                name="needed_p",
                asks="Which p must each step have, so that the chain reaches the target?",
                unit="probability",
                answer=lambda g: float(implied_p(g.target, g.steps)),
                tolerance=2e-5,
                misconceptions=(
                    Misconception(
                        "target_itself",
                        lambda g: g.target,
                        "With that p the whole chain is far below the target: the p of all steps are multiplied.",
                    ),
                    Misconception(
                        "raised_not_rooted",
                        lambda g: g.target**g.steps,
                        "You raised the target to the number of steps. Turn the law round: take the root.",
                    ),
                    Misconception(
                        "failure_shared_out",
                        lambda g: 1 - (1 - g.target) / g.steps,
                        "You shared the "
                        "failures out evenly. That is close for small ones, but the p are multiplied, not "
                        "the failures added: take the root. (Or you rounded the root to three digits.)",
                    ),
                    Misconception(
                        "percent",
                        lambda g: 100 * float(implied_p(g.target, g.steps)),
                        "That looks like a percentage. Give a fraction between 0 and 1.",
                    ),
                ),
                hints=("Solve p^S = target for p.", "p = target ** (1 / S). Give it to five digits."),
                worked=lambda g: f"{g.target:g} ** (1 / {g.steps}) = {implied_p(g.target, g.steps):.5f}",
            ),
        ),
    ),
    Exercise(
        name="lesson_levers",
        number="",
        title="Lesson 04",
        minutes=3,
        difficulty="intermediate",
        objective="See through the cache row of the section's table.",
        text=Hits(),
        draw=lambda rng: Hits(
            int(rng.integers(10, 21)), int(rng.integers(3, 9)), float(rng.choice([0.97, 0.975, 0.98]))
        ),
        questions=(
            Question(
                name="honest_reliability",
                asks="Reliability of the chain, if a cached answer is as right as the call that made it?",
                unit="probability",
                answer=lambda g: g.p**g.steps,
                misconceptions=(
                    Misconception(
                        "hits_always_right",
                        lambda g: g.p ** (g.steps - g.cached),
                        "You took the cached answers as right. A cache stores what a call once said, right or wrong.",
                    ),
                    Misconception("one_step", lambda g: g.p, "That is one step."),
                    Misconception(
                        "percent",
                        lambda g: 100 * g.p**g.steps,
                        "That looks like a percentage. Give a fraction between 0 and 1.",
                    ),
                ),
                hints=(
                    "What is the p of an answer that was stored yesterday?",
                    "The same p. The cache saves money and time; it does not make answers right.",
                ),
                worked=lambda g: f"{g.p:g}^{g.steps} = {g.p**g.steps:.4f}, the same as without a cache",
            ),
        ),
    ),
    Exercise(
        name="lesson_coordination",
        number="",
        title="Lesson 05",
        minutes=3,
        difficulty="intermediate",
        objective="Read a per-call p off a failure rate.",
        text=OneInSeven(),
        draw=lambda rng: OneInSeven(int(rng.integers(4, 12)), int(rng.integers(12, 60))),
        questions=(
            Question(
                name="implied_p",
                asks="Which p of a single call would make a chain of g.calls calls fail once in g.one_in?",
                unit="probability",
                answer=lambda g: float(implied_p(1 - 1 / g.one_in, g.calls)),
                tolerance=2e-5,
                misconceptions=(
                    Misconception(
                        "root_of_failure",
                        lambda g: float(implied_p(1 / g.one_in, g.calls)),
                        "You took the root of the failure rate. The product law multiplies successes.",
                    ),
                    Misconception(
                        "failure_shared_out",
                        lambda g: 1 - 1 / g.one_in / g.calls,
                        "You shared the failure rate out over the calls. Close, but successes multiply: take the root.",
                    ),
                    Misconception(
                        "end_to_end",
                        lambda g: 1 - 1 / g.one_in,
                        "That is the success of the whole chain. The question asks for one call.",
                    ),
                    Misconception(
                        "percent",
                        lambda g: 100 * float(implied_p(1 - 1 / g.one_in, g.calls)),
                        "That looks like a percentage. Give a fraction between 0 and 1.",
                    ),
                ),
                hints=(
                    "What is the success rate of the whole chain?",
                    "(1 - 1/7) ** (1/30) for the example's numbers. Give it to five digits.",
                ),
                worked=lambda g: f"(1 - 1/{g.one_in}) ** (1/{g.calls}) = {implied_p(1 - 1 / g.one_in, g.calls):.5f}",
            ),
        ),
    ),
)
