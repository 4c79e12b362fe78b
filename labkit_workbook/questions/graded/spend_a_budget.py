"""Exercise 05: the best of all designs of a chain under two budgets, as the text counts and as it is."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np

from ..model import Essay, Exercise, Follows, Misconception, Question
from .kinds_of_design import WAYS, Budgeted, Spent, best, counts, every_design, half_kept, mixed, pure

IN_A_MESSAGE = 0.985  # the example of the message about percentages; no answer may be that


def draw(rng: np.random.Generator) -> Budgeted:
    """Numbers of the same kind for one student; one of the two budgets is tight, the other leaves room."""
    g = Budgeted(
        steps=int(rng.integers(9, 16)),
        premium_usd=float(rng.choice([0.02, 0.03, 0.04])),
        premium_sec=float(rng.choice([1.5, 2.0, 2.5, 3.0])),
        premium_p=float(rng.choice([0.98, 0.985, 0.988])),
        small_usd=float(rng.choice([0.001, 0.002, 0.003])),
        small_sec=float(rng.choice([0.3, 0.4, 0.5])),
        small_p=float(rng.choice([0.92, 0.93, 0.94, 0.945])),
        recall=float(rng.choice([0.4, 0.5, 0.6, 0.7, 0.8])),
    )
    tight = int(rng.choice([h for h in range(3, g.steps - 3) if g.steps - h not in (h, h + 1)]))
    roomy = int(rng.integers(tight + 2, g.steps + 1))
    for_usd, for_sec = (tight, roomy) if rng.random() < 0.5 else (roomy, tight)
    usd = for_usd * g.premium_usd + (g.steps - for_usd) * g.small_usd
    sec = for_sec * g.premium_sec + (g.steps - for_sec) * g.small_sec
    low, high = (np.log(pure(g, way, "expected", g.recall).p) for way in ("small retried", "premium retried"))
    g = replace(
        g,
        max_usd=round(usd + 0.001, 3),
        max_sec=round(sec + 0.05, 2),
        floor=round(float(np.exp(low + rng.uniform(0.35, 0.8) * (high - low))), 2),
    )
    told = any(abs(design.p - IN_A_MESSAGE) < 1e-3 for design in (promised(g), honest(g)))
    return draw(rng) if told else g


# ---- the right answers ------------------------------------------------------------------------------------


def designs(g: Budgeted) -> float:
    """How many designs there are: four ways for each step."""
    return float(len(WAYS) ** g.steps)


def promised(g: Budgeted) -> Spent:
    """The best design under both budgets, as the text counts."""
    return best(g)


def really(g: Budgeted) -> tuple[float, float, float]:
    """That design's reliability, mean USD and mean seconds, with the recall and with retries charged."""
    return kept_with(g, g.recall)


def kept_with(g: Budgeted, recall: float) -> tuple[float, float, float]:
    """What the promised design gives with such a recall: reliability, mean USD, mean seconds."""
    kept = mixed(g, promised(g).premium, "expected", recall)
    return kept.p, kept.usd, kept.sec


def _really_with(g: Budgeted, premium: float) -> tuple[float, float, float]:
    """What a design with so many premium steps really gives, every step retried."""
    kept = _with_premium(g, premium, "expected", g.recall)
    return kept.p, kept.usd, kept.sec


def _spent_with(g: Budgeted, premium: float) -> tuple[float, float]:
    """What it spends as the text counts."""
    kept = _with_premium(g, premium)
    return kept.usd, kept.sec


def _with_premium(g: Budgeted, premium: float, accounting: str = "textbook", recall: float = 1.0) -> Spent:
    """The design with a learner's own number of premium steps."""
    if not 0 <= premium <= g.steps:
        raise ValueError(f"premium must lie between 0 and {g.steps}, got {premium}")
    return mixed(g, int(premium), accounting, recall)


def honest(g: Budgeted) -> Spent:
    """The best design under both budgets, with the recall and with retries charged on average."""
    return best(g, "expected", g.recall)


def cheapest(g: Budgeted, accounting: str = "expected", recall: float | None = None) -> float:
    """USD of the cheapest design that is as reliable as the floor asks."""
    usd, _, p = every_design(g, accounting, g.recall if recall is None else recall)
    return float(usd[p >= g.floor * (1 - 1e-12)].min())


def worth_from(g: Budgeted, accounting: str = "expected", recall: float | None = None) -> float:
    """The value of a success from which premium, retried, in every step is worth more than any other design.

    Steps alike make profit convex in how many of them change, so that only the four pure designs compete.
    """
    top, *others = (
        pure(g, way, accounting, g.recall if recall is None else recall)
        for way in ("premium retried", "premium", "small", "small retried")
    )
    return max((top.usd - other.usd) / (top.p - other.p) for other in others)


def first_step_from(g: Budgeted) -> float:
    """The value of a success that pays for the first premium step among small ones, all retried."""
    none, one = (mixed(g, h, "expected", g.recall) for h in (0, 1))
    return (one.usd - none.usd) / (one.p - none.p)


def without_retries_from(g: Budgeted) -> float:
    """The value of a success from which all premium beats all small, when nothing is retried."""
    low, high = pure(g, "small"), pure(g, "premium")
    return (high.usd - low.usd) / (high.p - low.p)


def last_retry_from(g: Budgeted) -> float:
    """The value of a success that pays for the last retry, when every other step is premium and retried."""
    top = pure(g, "premium retried", "expected", g.recall)
    usd = g.premium_usd * (1 - g.premium_p) * g.recall
    return usd / (top.p * (1 - 1 / (1 + (1 - g.premium_p) * g.recall)))


def mixed_bare(g: Budgeted) -> float:
    """Reliability of the promised design's models without a retry."""
    h = promised(g).premium
    return g.premium_p**h * g.small_p ** (g.steps - h)


def cost_per_success(g: Budgeted) -> float:
    """USD of a success of the dearest design, on average."""
    top = pure(g, "premium retried", "expected", g.recall)
    return top.usd / top.p


def _second_right(g: Budgeted) -> float:
    """Reliability of the promised design, if a second attempt were always right."""
    h = promised(g).premium
    premium, small = (p + (1 - p) * g.recall for p in (g.premium_p, g.small_p))
    return premium**h * small ** (g.steps - h)


def _steps(design: Spent) -> tuple[float, float]:
    """How many steps are premium and how many are retried."""
    return float(design.premium), float(design.retried)


# ---- what goes wrong --------------------------------------------------------------------------------------

ONE_BUDGET = "That design breaks one of the two budgets. Compare both its dollars and its seconds with what is given."
PERCENT = "That looks like a percentage. Give a fraction between 0 and 1."
AS_THE_TEXT = (
    "That is as the text counts: retries are free, and every failure is noticed. Here a retry is paid when it happens, "
    "and g.recall of the failures are noticed."
)
ALL_NOTICED = "You let every failure be noticed. Only g.recall of them are; the others go on as if they were right."
NO_BUDGET = "That is premium in every step, the surest design of all. It breaks a budget."
IN_ORDER = "The numbers are right, in another order: dollars come first, then seconds."
NO_RETRIES = (
    "You gave all retries up. Look at what a retry of a small step adds for its price: little money, many points."
)
WORST = (
    "You charged every retry as if it were always needed. On average it is needed with probability (1 - p) * recall."
)

QUESTIONS = (
    Question(
        name="designs",
        asks="How many designs of the chain are there?",
        unit="designs",
        answer=designs,
        whole=True,
        tolerance=1e-9,
        misconceptions=(
            Misconception(
                "ways_times_steps",
                lambda g: float(len(WAYS) * g.steps),
                "You multiplied the ways by the steps. Each step chooses for itself, so the ways of each step are "
                "multiplied.",
            ),
            Misconception(
                "steps_to_the_ways",
                lambda g: float(g.steps ** len(WAYS)),
                "Base and exponent are swapped: each of g.steps steps has 4 ways.",
            ),
            Misconception(
                "kinds_of_design",
                lambda g: float(comb(g.steps + len(WAYS) - 1, len(WAYS) - 1)),
                "You counted how many steps go which way. That is all that matters for the numbers, and a good way to "
                "search; but which steps they are makes different designs.",
            ),
            Misconception(
                "models_only",
                lambda g: float(2**g.steps),
                "You counted the models only. Each step also chooses whether it is retried.",
            ),
        ),
        hints=(
            "How many ways has one step? And two steps together?",
            "4 ways for the first, times 4 for the second, ...",
        ),
        worked=lambda g: f"4^{g.steps} = {designs(g):,.0f}, of {len(counts(g.steps)):,} kinds, for the steps are alike",
    ),
    Question(
        name="best_p",
        asks="As the text counts: the highest reliability within both budgets?",
        unit="probability",
        answer=lambda g: promised(g).p,
        misconceptions=(
            Misconception("one_budget_only", lambda g: half_kept(g).p, ONE_BUDGET),
            Misconception("no_budget", lambda g: pure(g, "premium retried").p, NO_BUDGET),
            Misconception(
                "no_retries",
                lambda g: best(g, again=False).p,
                "You left the retries out. As the text counts they are free and instant, so every step takes one.",
            ),
            Misconception(
                "one_too_few",
                lambda g: mixed(g, promised(g).premium - 1).p,
                "One more premium step fits into both budgets. As the text counts retries are free; if you asked with "
                "accounting='expected', that is for part 2.",
            ),
            Misconception("percent", lambda g: 100 * promised(g).p, PERCENT),
        ),
        hints=(
            "As the text counts, a retry costs nothing. So every step is retried, and only the number of premium steps "
            "is open.",
            "Take as many premium steps as both budgets allow, or ask labkit.frontier.best with max_cost and "
            "max_latency.",
        ),
        worked=lambda g: (
            f"{promised(g).premium} premium and {g.steps - promised(g).premium} small steps, all retried: "
            f"{promised(g).p:.4f}"
        ),
    ),
    Question(
        name="premium_steps",
        asks="How many of its steps are premium?",
        unit="steps",
        answer=lambda g: float(promised(g).premium),
        whole=True,
        misconceptions=(
            Misconception("one_budget_only", lambda g: float(half_kept(g).premium), ONE_BUDGET),
            Misconception(
                "small_steps_counted", lambda g: float(g.steps - promised(g).premium), "Those are the small steps."
            ),
            Misconception(
                "rounded_up", lambda g: promised(g).premium + 1.0, "The last one does not fit into both budgets."
            ),
            Misconception("no_budget", lambda g: float(g.steps), NO_BUDGET),
        ),
        hints=(
            "Every small step that becomes premium adds dollars and seconds. How many can each budget pay?",
            "Start with all small. (max_usd - steps * small_usd) / (premium_usd - small_usd), rounded down; the same "
            "with seconds; the smaller of the two.",
        ),
        worked=lambda g: (
            f"dollars allow {best(g, sec=False).premium}, seconds allow {best(g, usd=False).premium}: "
            f"{promised(g).premium} premium steps"
        ),
    ),
    Question(
        name="spent",
        asks="What does it spend, as the text counts: [USD, s]?",
        unit="USD and s",
        answer=lambda g: (promised(g).usd, promised(g).sec),
        misconceptions=(
            Misconception(
                "the_budgets",
                lambda g: (g.max_usd, g.max_sec),
                "Those are the budgets. The design leaves a part of them, for steps cannot be split.",
            ),
            Misconception("turned", lambda g: (promised(g).sec, promised(g).usd), IN_ORDER),
            Misconception(
                "what_is_left",
                lambda g: (g.max_usd - promised(g).usd, g.max_sec - promised(g).sec),
                "That is what it leaves of the budgets. Asked is what it spends.",
            ),
            Misconception(
                "small_steps_left_out",
                lambda g: (promised(g).premium * g.premium_usd, promised(g).premium * g.premium_sec),
                "You left the small steps out. They are cheap, not free.",
            ),
            Misconception(
                "retries_charged",
                lambda g: tuple(mixed(g, promised(g).premium, "expected")[2:4]),
                "You charged the retries on average. That is honest, and comes in part 2; as the text counts they are "
                "free.",
            ),
            Misconception(
                "every_step_twice",
                lambda g: tuple(mixed(g, promised(g).premium, "worst")[2:4]),
                "You charged every step twice. As the text counts a retry is free and instant.",
            ),
        ),
        follows=Follows(("premium_steps",), _spent_with),
        hints=(
            "So many premium steps, so many small ones.",
            "h * premium_usd + (steps - h) * small_usd, and the same with seconds.",
        ),
        worked=lambda g: f"${promised(g).usd:.4f} of ${g.max_usd:g}, and {promised(g).sec:.2f} s of {g.max_sec:g} s",
    ),
    Question(
        name="really",
        asks="What does that design really give, with the recall and with retries charged on average: [reliability, "
        "USD, s]?",
        unit="probability, USD and s",
        answer=really,
        misconceptions=(
            Misconception(
                "every_failure_noticed",
                lambda g: kept_with(g, 1.0),
                ALL_NOTICED,
            ),
            Misconception(
                "retries_free",
                lambda g: (really(g)[0], promised(g).usd, promised(g).sec),
                "The reliability is right. But the retries are paid now: a retried step makes 1 + (1 - p) * recall "
                "calls.",
            ),
            Misconception("worst_case", lambda g: (really(g)[0], 2 * promised(g).usd, 2 * promised(g).sec), WORST),
            Misconception(
                "second_always_right",
                lambda g: (_second_right(g), *really(g)[1:]),
                "You took the second attempt as always right. It is right with the step's own p.",
            ),
            Misconception(
                "promise_kept",
                lambda g: (promised(g).p, *really(g)[1:]),
                "Dollars and seconds are right. But the reliability is still the promised one: a failure that the "
                "check misses is not retried.",
            ),
            Misconception(
                "nothing_retried",
                lambda g: (mixed_bare(g), promised(g).usd, promised(g).sec),
                "You dropped the retries. They are paid now, and only g.recall of the failures lead to one; but they "
                "are there.",
            ),
        ),
        follows=Follows(("premium_steps",), _really_with),
        hints=(
            "A retried step is right with p + (1 - p) * recall * p, and makes 1 + (1 - p) * recall calls on average.",
            "In labkit: options with gates=[Gate(g.recall)], and accounting='expected'.",
        ),
        worked=lambda g: (
            f"{really(g)[0]:.4f} for ${really(g)[1]:.4f} and {really(g)[2]:.2f} s: it promised {promised(g).p:.4f} and "
            f"breaks the budget of {f'${g.max_usd:g}' if really(g)[1] > g.max_usd else f'{g.max_sec:g} s'}"
        ),
    ),
    Question(
        name="honest_p",
        asks="With the recall and with retries charged on average: the highest reliability within both budgets?",
        unit="probability",
        answer=lambda g: honest(g).p,
        misconceptions=(
            Misconception("as_the_text", lambda g: promised(g).p, AS_THE_TEXT),
            Misconception(
                "the_old_design",
                lambda g: really(g)[0],
                "That is the design of part 1. With its retries charged it breaks a budget, so another one is needed.",
            ),
            Misconception("one_budget_only", lambda g: half_kept(g, "expected", g.recall).p, ONE_BUDGET),
            Misconception("every_failure_noticed", lambda g: best(g, "expected").p, ALL_NOTICED),
            Misconception("worst_case", lambda g: best(g, "worst", g.recall).p, WORST),
            Misconception("no_retries", lambda g: best(g, "expected", g.recall, again=False).p, NO_RETRIES),
        ),
        hints=(
            "Now a retry is paid too. What can be given up: some retries, or a premium step?",
            "labkit.frontier.best with options(models, retries, gates=[Gate(g.recall)]) and accounting='expected'; or "
            "try all numbers of steps that go each of the four ways.",
        ),
        worked=lambda g: (
            f"{honest(g).premium} premium steps, {honest(g).retried} of {g.steps} steps retried: {honest(g).p:.4f}, "
            f"where the text's counting promises {promised(g).p:.4f}"
        ),
        points=2,
    ),
    Question(
        name="honest_steps",
        asks="How many of its steps are premium, and how many are retried: [premium, retried]?",
        unit="steps",
        answer=lambda g: (float(honest(g).premium), float(honest(g).retried)),
        whole=True,
        misconceptions=(
            Misconception("as_the_text", lambda g: (float(promised(g).premium), float(g.steps)), AS_THE_TEXT),
            Misconception("one_budget_only", lambda g: _steps(half_kept(g, "expected", g.recall)), ONE_BUDGET),
            Misconception("worst_case", lambda g: _steps(best(g, "worst", g.recall)), WORST),
            Misconception(
                "no_retries",
                lambda g: _steps(best(g, "expected", g.recall, again=False)),
                NO_RETRIES,
            ),
            Misconception(
                "turned",
                lambda g: _steps(honest(g))[::-1],
                "The numbers are right, in another order: premium steps first, then retried ones.",
            ),
        ),
        hints=(
            "Look into the design you have just found.",
            "found.choices says for each step what it chose; count the names.",
        ),
        worked=lambda g: (
            f"{honest(g).premium} premium and {honest(g).retried} retried, where the text's counting said "
            f"{promised(g).premium} and {g.steps}"
        ),
    ),
    Question(
        name="cheapest_usd",
        asks="A customer asks for the reliability g.floor and sets no budget. USD of the cheapest design that keeps "
        "it, with the recall and with retries charged on average?",
        unit="USD",
        answer=cheapest,
        misconceptions=(
            Misconception("as_the_text", lambda g: cheapest(g, "textbook", 1.0), AS_THE_TEXT),
            Misconception("every_failure_noticed", lambda g: cheapest(g, "expected", 1.0), ALL_NOTICED),
            Misconception("worst_case", lambda g: cheapest(g, "worst"), WORST),
            Misconception(
                "retries_free",
                lambda g: cheapest(g, "textbook"),
                "You counted what the check misses, but not what the retries cost. Ask with accounting='expected'.",
            ),
            Misconception(
                "premium_everywhere",
                lambda g: pure(g, "premium retried", "expected", g.recall).usd,
                "Premium in every step keeps the floor with room to spare. Some steps can be small.",
            ),
        ),
        hints=(
            "The other way round: the floor is given, the dollars are sought.",
            "labkit.frontier.best(..., minimise='cost', min_reliability=g.floor, accounting='expected').",
        ),
        worked=lambda g: (
            f"${cheapest(g):.4f}, where the text's counting says ${cheapest(g, 'textbook', 1.0):.4f}: the detector "
            "that misses some is paid in premium calls"
        ),
        points=2,
    ),
    Question(
        name="worth_from",
        asks="Without any budget, from which value of a success on is premium with a retry in every step worth most, "
        "with the recall and with retries charged on average?",
        unit="USD a success",
        answer=worth_from,
        misconceptions=(
            Misconception("as_the_text", lambda g: worth_from(g, "textbook", 1.0), AS_THE_TEXT),
            Misconception(
                "a_point_not_a_success",
                lambda g: worth_from(g) / 100,
                "That is the price of a percentage point. A success is a hundred points.",
            ),
            Misconception(
                "cost_per_success",
                cost_per_success,
                "That is what a success of the dear design costs on average. Asked is what the *added* successes cost.",
            ),
            Misconception(
                "one_step_only",
                first_step_from,
                "That is the price of the first premium step. Each further one gains more, for the other steps let "
                "more through; together they pay earlier.",
            ),
            Misconception(
                "its_neighbour",
                last_retry_from,
                "You compared it with the next design on the frontier, which lacks a single retry. A cheaper one, "
                "further down, stays worth more for longer.",
            ),
            Misconception(
                "nothing_retried",
                without_retries_from,
                "You compared the two chains without retries. Both can be retried for little, and should be.",
            ),
        ),
        hints=(
            "Compare it with the best of the cheaper designs: dollars added over success added.",
            "labkit.frontier.break_even_values(pareto(...)): the value of the last corner.",
        ),
        worked=lambda g: (
            f"{pure(g, 'premium retried', 'expected', g.recall).p:.4f} for "
            f"${pure(g, 'premium retried', 'expected', g.recall).usd:.4f} against "
            f"{pure(g, 'small retried', 'expected', g.recall).p:.4f} for "
            f"${pure(g, 'small retried', 'expected', g.recall).usd:.4f}: from ${worth_from(g):.3f} on; as the text "
            f"counts it would be ${worth_from(g, 'textbook', 1.0):.2f}"
        ),
        points=2,
    ),
)

ESSAYS = (
    Essay(
        name="what-to-ship",
        asks="Somebody shows you the design of part 1 and its promise. What do you tell them: what is the promise "
        "worth, what has to be measured first, what would you ship within the same budgets, and when would you ask for "
        "larger ones? Five sentences.",
        points=4,
        rubric="One point for each: what the design really gives, and that it breaks a budget, with numbers; the "
        "recall of the check has to be measured first; the honest design within the same budgets, and what it gives; a "
        "larger budget pays only if a success is worth more than the price of the added reliability.",
    ),
)

EXERCISE = Exercise(
    name="spend_a_budget",
    number="05",
    title="Spend a budget",
    minutes=45,
    difficulty="advanced",
    objective="Find the best design within a budget of dollars and one of seconds, and see which advice survives "
    "honest counting.",
    text=Budgeted(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
