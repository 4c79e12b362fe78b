"""Exercise 07: a chain's cliff, the risk of a step fitted to it, what a gate and a retry buy, and where that fails."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np

from ..model import Essay, Exercise, Follows, Given, Misconception, Question

Z = 1.96  # two-sided, 95%
LENGTHS = (1, 5, 10, 20, 40)


@dataclass(frozen=True, repr=False)
class Cliff(Given):
    """The numbers of the exercise; the text's counts were drawn with a p of .98 a step, of .87 a hard one."""

    seed: int = field(default=7, metadata={"doc": "seed of the runs that you make; they are not judged"})
    chains: int = field(default=400, metadata={"doc": "chains of forty steps that were run"})
    lengths: tuple[int, ...] = field(default=LENGTHS, metadata={"doc": "steps"})
    right: tuple[int, ...] = field(default=(388, 356, 320, 264, 178), metadata={"doc": "chains right in all of them"})
    steps: int = field(default=20, metadata={"doc": "steps of your chain"})
    reach: float = field(default=0.02, metadata={"doc": "wanted: measured share plus or minus this"})
    wrong: int = field(default=200, metadata={"doc": "wrong answers that were shown to the gate"})
    noticed: int = field(default=188, metadata={"doc": "of these, noticed (right ones always pass)"})
    usd: float = field(default=0.002, metadata={"doc": "USD, one call"})
    hard: tuple[int, int, int] = field(
        default=(42, 74, 484), metadata={"doc": "hard sums, tried twice: right in neither try, in one, in both"}
    )


def draw(rng: np.random.Generator) -> Cliff:
    """Numbers of the same kind for one student."""
    chains, p = int(rng.integers(300, 600)), rng.uniform(0.970, 0.988)
    right, left = [], chains
    for before, after in pairwise((0, *LENGTHS)):
        left = int(rng.binomial(left, p ** (after - before)))
        right.append(left)
    wrong, tried = int(rng.integers(150, 300)), int(rng.integers(400, 800))
    hard_p, rho = rng.uniform(0.84, 0.92), rng.uniform(0.3, 0.6)
    rates = rng.beta(hard_p * (1 - rho) / rho, (1 - hard_p) * (1 - rho) / rho, tried)
    hard = np.bincount(rng.binomial(2, rates), minlength=3)
    return Cliff(
        seed=int(rng.integers(1, 10_000)),
        chains=chains,
        right=tuple(right),
        steps=int(rng.choice([15, 20, 25, 30])),
        reach=float(rng.choice([0.015, 0.02, 0.025, 0.03])),
        wrong=wrong,
        noticed=int(rng.binomial(wrong, rng.uniform(0.88, 0.96))),
        usd=float(rng.choice([0.001, 0.002, 0.003, 0.005])),
        hard=(int(hard[0]), int(hard[1]), int(hard[2])),
    )


# ---- the right answers ------------------------------------------------------------------------------------


def shares(g: Cliff) -> np.ndarray:
    """The share of the chains that were right in all steps, for each length."""
    return np.array(g.right) / g.chains


def stretches(g: Cliff) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps of each stretch between two lengths, the chains that came to it all right, and those that left it so."""
    return np.diff((0, *g.lengths)).astype(float), np.array((g.chains, *g.right[:-1])), np.array(g.right)


@lru_cache(maxsize=4096)
def step_p(g: Cliff) -> float:
    """The p under which the counts are most likely: each stretch is survived with p to its steps.

    The slope of the log-likelihood in log p falls from above zero to below, so it is found by halving.
    """
    found = [each.tolist() for each in stretches(g)]  # five stretches: quicker one by one than as arrays
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        slope = (n * (kept - (came - kept) * p**n / (1 - p**n)) for n, came, kept in zip(*found, strict=True))
        rising = sum(slope) > 0
        low, high = (p, high) if rising else (low, p)
    return (low + high) / 2


def log_likelihood(g: Cliff, survived: np.ndarray) -> float:
    """Of the counts, if each stretch is survived with its own probability; a count of none adds nothing."""
    _, came, left = stretches(g)
    return _weighed_log(left, survived) + _weighed_log(came - left, 1 - survived)


def _weighed_log(counts: np.ndarray, chance: np.ndarray) -> float:
    some = counts > 0
    return float(np.sum(counts[some] * np.log(chance[some])))


def likelihood_ratio(g: Cliff) -> float:
    """Twice the log-likelihood that a p of its own for each stretch gains over one p for all."""
    steps, came, left = stretches(g)
    return 2 * (log_likelihood(g, left / came) - log_likelihood(g, step_p(g) ** steps))


def _pearson(g: Cliff) -> float:
    steps, came, left = stretches(g)
    survived = step_p(g) ** steps
    return float(np.sum((left - came * survived) ** 2 / (came * survived * (1 - survived))))


def _from_the_start(g: Cliff) -> float:
    """The ratio, had each length been run with chains of its own."""
    share, one_p = shares(g), step_p(g) ** np.array(g.lengths, dtype=float)
    left, lost = np.array(g.right), g.chains - np.array(g.right)
    gained = _weighed_log(left, share / one_p) + _weighed_log(lost, (1 - share) / (1 - one_p))
    return 2 * gained


def _with_intercept(g: Cliff) -> float:
    slope, _ = np.polyfit(np.array(g.lengths, dtype=float), np.log(shares(g)), 1)
    return float(np.exp(slope))


def half_length(g: Cliff) -> float:
    """Steps after which half of the chains hold an error."""
    return math.log(0.5) / math.log(step_p(g))


def bare(g: Cliff) -> float:
    """The share of the learner's chains that are right without gate and retry."""
    return step_p(g) ** g.steps


def chains_needed(g: Cliff, z: float = Z, share: float | None = None, reach: float | None = None) -> int:
    """Chains to run so that the 95% interval reaches no farther than wanted."""
    p = bare(g) if share is None else share
    return math.ceil(z**2 * p * (1 - p) / (reach or g.reach) ** 2)


def recall(g: Cliff) -> float:
    """The share of wrong answers that the gate notices."""
    return g.noticed / g.wrong


def passed_wrong(g: Cliff) -> float:
    """How often a step is wrong and the gate does not notice."""
    return (1 - step_p(g)) * (1 - recall(g))


def trusted(g: Cliff) -> float:
    """Of the chains that no gate stopped, the share that is right."""
    return (step_p(g) / (step_p(g) + passed_wrong(g))) ** g.steps


def stepwise(g: Cliff, p: float, noticed: float, second: float) -> float:
    """A chain whose noticed mistakes are tried once more; a second try is right with probability ``second``."""
    return (p + (1 - p) * noticed * second) ** g.steps


def with_both(g: Cliff) -> float:
    """Gate and one retry at each step, the second try as good as the first."""
    return stepwise(g, step_p(g), recall(g), step_p(g))


def extra_usd(g: Cliff) -> float:
    """USD that the retries add to a chain."""
    return g.steps * (1 - step_p(g)) * recall(g) * g.usd


def gained(g: Cliff) -> float:
    """What gate and retry add to the share that is right."""
    return with_both(g) - bare(g)


def usd_per_success(g: Cliff) -> float:
    """USD for each chain that gate and retry make right."""
    return extra_usd(g) / gained(g)


def hard_p(g: Cliff) -> float:
    """How often one try of a hard sum is right."""
    return (g.hard[1] + 2 * g.hard[2]) / (2 * sum(g.hard))


def both_right(g: Cliff) -> float:
    """How often both tries of a hard sum are right."""
    return g.hard[2] / sum(g.hard)


def second_right(g: Cliff) -> float:
    """After a wrong first try of a hard sum, how often the second is right."""
    return (hard_p(g) - both_right(g)) / (1 - hard_p(g))


def hard_chain(g: Cliff) -> float:
    """A chain of hard sums with gate and retry, repaired with the second number."""
    return stepwise(g, hard_p(g), recall(g), second_right(g))


# ---- what goes wrong --------------------------------------------------------------------------------------

INTERCEPT = (
    "That is a line with an intercept through the logarithms. A chain of no steps is right for sure, and the counts of "
    "the longer chains tell more than those of the shorter."
)
ONE_STEP = "That is one step. Your chain has g.steps of them, and all must be right."
PERFECT = "That lets the gate notice every mistake. It notices g.noticed of g.wrong."
WHOLE_CHAIN = "That tries the whole chain again. Here each step is checked and tried again by itself."

QUESTIONS = (
    Question(
        name="risk",
        asks="The risk of a step, 1 - p, of the p under which the counts of all stretches are most likely?",
        unit="probability",
        answer=lambda g: 1 - step_p(g),
        misconceptions=(
            Misconception(
                "first_step",
                lambda g: 1 - float(shares(g)[0]),
                "That is the first step alone. One count of few mistakes tells little: use all lengths.",
            ),
            Misconception(
                "straight_line",
                lambda g: float(1 - shares(g)[-1]) / g.lengths[-1],
                "You shared the failures of the longest chains out among the steps. But a chain fails only once: the "
                "curve is not straight, its logarithm is.",
            ),
            Misconception(
                "p",
                step_p,
                "That is p, how often a step is right. Asked is the risk, 1 - p.",
            ),
            Misconception("intercept", lambda g: 1 - _with_intercept(g), INTERCEPT),
            Misconception("intercept_and_slope", lambda g: -math.log(_with_intercept(g)), INTERCEPT),
            Misconception(
                "slope",
                lambda g: -math.log(step_p(g)),
                "That is the slope, -log p. It is near the risk, but the risk is 1 - p: take the exponential.",
            ),
            Misconception(
                "last_length",
                lambda g: float(1 - shares(g)[-1] ** (1 / g.lengths[-1])),
                "That is fitted to the longest chains alone. They tell most, but the others count, too.",
            ),
            Misconception(
                "stretches_averaged",
                lambda g: float(np.mean([1 - (b / a) ** (1 / m) for m, a, b in zip(*stretches(g), strict=True)])),
                "That is the mean of the stretches' own risks. A stretch of many steps and many chains tells more than "
                "a single step: multiply the likelihoods instead.",
            ),
            Misconception(
                "percent",
                lambda g: 100 * (1 - step_p(g)),
                "That looks like a percentage. Give a fraction between 0 and 1.",
            ),
        ),
        hints=(
            "A stretch of m steps is survived with p to the m. Of the chains that came to it so many left it all "
            "right, the others did not: how likely is that?",
            "Add left * log(p**m) + (came - left) * log(1 - p**m) over the stretches, for many p close together, and "
            "take the p with the largest sum; the risk is what it lacks to one.",
        ),
        worked=lambda g: f"the counts are most likely at p = {step_p(g):.4f}, so the risk is {1 - step_p(g):.5f}",
    ),
    Question(
        name="likelihood_ratio",
        asks="Is p constant? Twice the log-likelihood that a p of its own for each stretch gains over one p for all?",
        unit="twice a log-likelihood",
        answer=likelihood_ratio,
        tolerance=2e-3,
        misconceptions=(
            Misconception(
                "not_twice",
                lambda g: likelihood_ratio(g) / 2,
                "That is the difference of the two log-likelihoods. Its double is what chi square is compared with.",
            ),
            Misconception(
                "from_the_start",
                _from_the_start,
                "You compared the shares of all chains, from the start. These are the same chains at each length: one "
                "that is wrong after 5 steps is wrong after 10. Compare stretch by stretch, among those still right.",
            ),
            Misconception(
                "pearson",
                _pearson,
                "That is Pearson's statistic, a near relation. Asked is twice the difference of the log-likelihoods.",
            ),
        ),
        hints=(
            "The log-likelihood of your last answer, once with p to the m for each stretch, and once with the share of "
            "the chains that did leave it all right.",
            "2 * (log_likelihood(left / came) - log_likelihood(p**m)), both summed over the stretches.",
        ),
        worked=lambda g: (
            f"{likelihood_ratio(g):.3f}; with a constant p it exceeds 9.49 once in twenty times, so here p "
            + ("may well be constant" if likelihood_ratio(g) < 9.49 else "is hardly constant")
        ),
    ),
    Question(
        name="half_length",
        asks="After how many steps does half of the chains hold an error (not rounded)?",
        unit="steps",
        answer=half_length,
        misconceptions=(
            Misconception(
                "straight_line",
                lambda g: 0.5 / (1 - step_p(g)),
                "That adds the risks of the steps up to one half. Chains that have failed cannot fail again: the "
                "survivors are multiplied.",
            ),
            Misconception(
                "mean_length",
                lambda g: 1 / (1 - step_p(g)),
                "That is when the first error comes on average. Some chains last very long, so half have failed "
                "before.",
            ),
            Misconception(
                "upside_down",
                lambda g: math.log(step_p(g)) / math.log(0.5),
                "You divided the wrong way round: how many factors p make one half?",
            ),
        ),
        follows=Follows(("risk",), lambda g, risk: math.log(0.5) / math.log(1 - risk)),
        hints=(
            "Which power of p is one half?",
            "log(one half) / log(p).",
        ),
        worked=lambda g: f"log(1/2) / log({step_p(g):.4f}) = {half_length(g):.1f} steps",
    ),
    Question(
        name="chains_needed",
        asks="By that p, how many chains of g.steps steps must you run so that the 95% interval of the share right "
        "(1.96 standard errors) reaches no more than g.reach to each side?",
        unit="chains",
        answer=chains_needed,
        whole=True,
        misconceptions=(
            Misconception(
                "one_standard_error",
                lambda g: chains_needed(g, z=1.0),
                "That is one standard error to each side. A 95% interval takes 1.96.",
            ),
            Misconception(
                "one_half",
                lambda g: chains_needed(g, share=0.5),
                "That supposes a share of one half, the worst case. You have a better guess: p to the g.steps.",
            ),
            Misconception(
                "full_width",
                lambda g: chains_needed(g, reach=g.reach / 2),
                "That lets the whole interval be as wide as g.reach. It may reach so far to *each* side.",
            ),
            Misconception(
                "one_step",
                lambda g: chains_needed(g, share=step_p(g)),
                "You took the share of right steps. What you measure is the share of right chains.",
            ),
        ),
        follows=Follows(("risk",), lambda g, risk: chains_needed(g, share=(1 - risk) ** g.steps)),
        hints=(
            "The standard error of a share P over n chains is the root of P (1 - P) / n. Solve for n, and round up.",
            "P is p to the g.steps; n = (1.96 / g.reach) squared times P (1 - P).",
        ),
        worked=lambda g: f"(1.96 / {g.reach:g})² x {bare(g):.3f} x {1 - bare(g):.3f}, rounded up: {chains_needed(g)}",
    ),
    Question(
        name="trusted",
        asks="A gate after each step stops the chain when it notices a mistake. Of the chains of g.steps steps that do "
        "give an answer, which share is right?",
        unit="probability",
        answer=trusted,
        tolerance=1e-4,
        misconceptions=(
            Misconception(
                "all_chains",
                bare,
                "That is the share of *all* chains. Those that were stopped give no answer, so they are not counted.",
            ),
            Misconception(
                "answering",
                lambda g: (step_p(g) + passed_wrong(g)) ** g.steps,
                "That is how many chains give an answer. Of these, which share is right?",
            ),
            Misconception(
                "gate_at_the_end",
                lambda g: bare(g) / (bare(g) + (1 - bare(g)) * (1 - recall(g))),
                "That is one gate at the end of the chain. Here one stands after each step.",
            ),
            Misconception(
                "nothing_unnoticed",
                lambda g: (1 - passed_wrong(g)) ** g.steps,
                "That is how often no mistake slips through in g.steps steps that are all done. But a chain that was "
                "stopped gives no answer: divide by those steps that let it go on.",
            ),
            Misconception("one_step", lambda g: step_p(g) / (step_p(g) + passed_wrong(g)), ONE_STEP),
        ),
        hints=(
            "A step lets the chain go on in two ways: it is right, or it is wrong and not noticed.",
            "p / (p + (1 - p) * (1 - g.noticed / g.wrong)), for each step.",
        ),
        worked=lambda g: (
            f"{trusted(g):.4f}; only {(step_p(g) + passed_wrong(g)) ** g.steps:.3f} of the chains answer, and of all "
            f"chains {bare(g):.3f} are right, as without a gate"
        ),
    ),
    Question(
        name="with_both",
        asks="Now a noticed mistake is tried once more, and what comes then is kept. Which share of the chains of "
        "g.steps steps is right, if a second try is as good as a first?",
        unit="probability",
        answer=with_both,
        misconceptions=(
            Misconception("perfect_gate", lambda g: stepwise(g, step_p(g), 1.0, step_p(g)), PERFECT),
            Misconception("whole_chain", lambda g: 1 - (1 - bare(g)) ** 2, WHOLE_CHAIN),
            Misconception(
                "sure_retry",
                lambda g: stepwise(g, step_p(g), recall(g), 1.0),
                "That lets the second try always be right. It is right with probability p.",
            ),
            Misconception("one_step", lambda g: with_both(g) ** (1 / g.steps), ONE_STEP),
            Misconception(
                "whole_chain_gated",
                lambda g: bare(g) + (1 - bare(g)) * recall(g) * bare(g),
                WHOLE_CHAIN,
            ),
        ),
        follows=Follows(("risk",), lambda g, risk: stepwise(g, 1 - risk, recall(g), 1 - risk)),
        hints=(
            "A step ends right in two ways: at once, or wrong, noticed, and right the second time.",
            "(p + (1 - p) * recall * p) to the g.steps.",
        ),
        worked=lambda g: f"{with_both(g):.4f}, where the bare chain has {bare(g):.4f}",
    ),
    Question(
        name="usd_per_success",
        asks="USD for each chain that gate and retry make right, on average (the gate itself is free)?",
        unit="USD a success",
        answer=usd_per_success,
        misconceptions=(
            Misconception(
                "charged_always",
                lambda g: g.steps * g.usd / gained(g),
                "You charged a second call at every step. It is made only after a noticed mistake.",
            ),
            Misconception(
                "whole_bill",
                lambda g: (g.steps * g.usd + extra_usd(g)) / gained(g),
                "You charged the first calls, too. They are paid with or without the retry.",
            ),
            Misconception(
                "per_chain",
                extra_usd,
                "That is what the retries add to the bill of a chain. Divide by the successes that they add.",
            ),
            Misconception(
                "retries_over_all",
                lambda g: extra_usd(g) / with_both(g),
                "You shared the bill of the retries out among all successes. Most of these came without a retry: "
                "divide by the successes that are added.",
            ),
            Misconception(
                "unnoticed_charged",
                lambda g: usd_per_success(g) / recall(g),
                "You charged a retry for every mistake. Nobody retries a mistake that was not noticed.",
            ),
            Misconception(
                "per_point",
                lambda g: usd_per_success(g) / 100,
                "That is the price of one percentage point. A success is a whole chain.",
            ),
            Misconception(
                "all_successes",
                lambda g: (g.steps * g.usd + extra_usd(g)) / with_both(g),
                "That is the mean price of all successes. Asked is what the added ones cost.",
            ),
        ),
        hints=(
            "How many retries does a chain make on average? And how much larger is the share that is right?",
            "g.steps * (1 - p) * recall * g.usd, over the difference of your last answer and the bare chain.",
        ),
        worked=lambda g: (
            f"{extra_usd(g):.5f} USD a chain over {gained(g):.4f} = {usd_per_success(g):.5f}; a success of the bare "
            f"chain costs {g.steps * g.usd / bare(g):.4f}"
        ),
    ),
    Question(
        name="hard_chain",
        asks="The same gate and retry on hard sums, whose two tries are counted in g.hard. Which share of chains of "
        "g.steps hard steps is right?",
        unit="probability",
        answer=hard_chain,
        misconceptions=(
            Misconception(
                "independent",
                lambda g: stepwise(g, hard_p(g), recall(g), hard_p(g)),
                "You let the second try be as good as the first. The counts say that it is not: a sum that failed once "
                "is likely one that this model finds hard.",
            ),
            Misconception(
                "after_a_right_one",
                lambda g: stepwise(g, hard_p(g), recall(g), both_right(g) / hard_p(g)),
                "You took how often a second try is right after a *right* first. Only a wrong one is tried again.",
            ),
            Misconception(
                "pairs_counted_once",
                lambda g: stepwise(g, hard_p(g), recall(g), g.hard[1] / (g.hard[0] + g.hard[1])),
                "Of the pairs with one right try, only half were wrong in the *first* one. The others were right at "
                "once, and nobody tries those again.",
            ),
            Misconception(
                "not_conditional",
                lambda g: stepwise(g, hard_p(g), recall(g), hard_p(g) - both_right(g)),
                "You took how often a wrong try is followed by a right one, of all pairs. Of the wrong first tries it "
                "is a larger share.",
            ),
            Misconception("perfect_gate", lambda g: stepwise(g, hard_p(g), 1.0, second_right(g)), PERFECT),
            Misconception(
                "no_retry",
                lambda g: hard_p(g) ** g.steps,
                "That is the chain without gate and retry.",
            ),
            Misconception("one_step", lambda g: hard_chain(g) ** (1 / g.steps), ONE_STEP),
        ),
        hints=(
            "Two numbers from g.hard: how often a try is right, and how often a second is right after a wrong first.",
            "p = (one + 2 * both) / (2 * all); second = (one / 2) / (all * (1 - p)); then as before.",
        ),
        worked=lambda g: (
            f"p = {hard_p(g):.4f}, after a wrong try {second_right(g):.4f}: {hard_chain(g):.4f}, where independence "
            f"promises {stepwise(g, hard_p(g), recall(g), hard_p(g)):.4f}"
        ),
        points=2,
    ),
)

ESSAYS = (
    Essay(
        name="what-to-buy",
        asks="Would you put a gate and a retry into a long chain of this model at temperature 1? Say what they buy on "
        "the easier sums and what an added success costs there; what the gate does without the retry; what temperature "
        "0 does instead, at once and at a retry, and why the prediction failed there; whether p is constant along your "
        "chain, and how you know; and what you would measure before you trust it on other work. Six sentences.",
        points=5,
        rubric="One point for each: what gate and retry add on the easier sums, with its price for a success; a gate "
        "alone makes no chain right, it says when not to trust one; temperature 0 is right more often at once, for "
        "nothing, but its errors are systematic, so that a retry repairs none and the law promises too much; whether p "
        "is constant, from the stretches of the counts or of the own chains; measure a second try after a wrong first, "
        "or the gate's recall, on one's own work.",
    ),
)

EXERCISE = Exercise(
    name="reliability_cliff",
    number="07",
    title="The reliability cliff",
    minutes=75,
    difficulty="advanced",
    objective="Measure how reliability falls with the length of a chain, fit the risk of a step, and say what a gate "
    "and a retry buy, for what price, and where the laws fail.",
    text=Cliff(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
