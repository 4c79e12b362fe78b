"""Exercise 02: at which share of hard steps does routing the easy ones stop being worth it?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labkit.cost import quality_per_dollar
from labkit.reliability import steps_with_early_stop

from ..model import Essay, Exercise, Follows, Given, Misconception, Question


@dataclass(frozen=True, repr=False)
class Routing(Given):
    """The numbers of the exercise; the section's own by default."""

    steps: int = field(default=12, metadata={"doc": "steps in the chain; h of them are hard and stay premium"})
    long_steps: int = field(default=48, metadata={"doc": "steps in a longer chain"})
    premium_usd: float = field(default=0.030, metadata={"doc": "USD, a premium call"})
    premium_sec: float = field(default=2.0, metadata={"doc": "s, a premium call"})
    premium_p: float = field(default=0.985, metadata={"doc": "probability that a premium call is right"})
    small_usd: float = field(default=0.002, metadata={"doc": "USD, a small call"})
    small_sec: float = field(default=0.4, metadata={"doc": "s, a small call"})
    small_p: float = field(default=0.945, metadata={"doc": "probability that a small call is right"})
    value_usd: float = field(default=0.90, metadata={"doc": "USD, what a success is worth; a failure is worth 0"})
    floor: float = field(default=0.70, metadata={"doc": "the reliability that a contract asks for"})
    good_enough: float = field(default=0.10, metadata={"doc": "probability that the answer will do after a step"})
    recall: float = field(default=0.90, metadata={"doc": "share of the answers that will do at which a judge stops"})
    false_alarm: float = field(default=0.05, metadata={"doc": "share of the other answers at which she stops, too"})


def draw(rng: np.random.Generator) -> Routing:
    """Numbers of the same kind for one student; the value lies between the two thresholds."""
    g = Routing(
        steps=int(rng.integers(10, 16)),
        long_steps=int(rng.integers(45, 60)),
        premium_usd=float(rng.choice([0.024, 0.03, 0.036, 0.04])),
        premium_sec=float(rng.choice([1.8, 2.2, 2.6])),
        premium_p=float(rng.choice([0.982, 0.985, 0.988, 0.99])),
        small_usd=float(rng.choice([0.0015, 0.002, 0.003])),
        small_sec=float(rng.choice([0.3, 0.5, 0.6])),
        small_p=float(rng.choice([0.93, 0.94, 0.95])),
    )
    low, high = always_below(g), never_above(g)
    lowest, highest = routed(g, 0)[2], g.premium_p**g.steps
    valued = replace(
        g,
        value_usd=round(low + float(rng.uniform(0.2, 0.8)) * (high - low), 2),
        floor=round(lowest + float(rng.uniform(0.3, 0.7)) * (highest - lowest), 2),
    )
    return _draw_judge(valued, rng.spawn(1)[0])


def _draw_judge(g: Routing, rng: np.random.Generator) -> Routing:
    """The same with a judge in whose numbers no two ways agree, from a stream of her own: the rest stays as it was."""
    judged = g
    for _ in range(100):
        judged = replace(
            g,
            good_enough=float(rng.choice([0.08, 0.12, 0.14, 0.16])),
            recall=float(rng.choice([0.75, 0.8, 0.85])),
            false_alarm=float(rng.choice([0.03, 0.04, 0.06, 0.07])),
        )
        if all(question.told_apart(judged) for question in QUESTIONS if question.name in ("mean_steps", "too_soon")):
            break
    return judged


# ---- the right answers ------------------------------------------------------------------------------------


def routed(g: Routing, hard: Any, steps: int | None = None) -> tuple[Any, Any, Any]:
    """USD, seconds and reliability of the chain when all but ``hard`` steps go to the small model."""
    easy = (g.steps if steps is None else steps) - hard
    return (
        hard * g.premium_usd + easy * g.small_usd,
        hard * g.premium_sec + easy * g.small_sec,
        g.premium_p**hard * g.small_p**easy,
    )


def break_even(g: Routing, hard: int) -> float:
    """The value of a success at which routing the easy steps neither earns nor loses."""
    bare, mixed = routed(g, g.steps), routed(g, hard)
    return (bare[0] - mixed[0]) / (bare[2] - mixed[2])


def always_below(g: Routing) -> float:
    """Below this value routing pays at every whole number of hard steps."""
    return min(break_even(g, h) for h in range(g.steps))


def never_above(g: Routing) -> float:
    """Above this value routing pays at none."""
    return max(break_even(g, h) for h in range(g.steps))


def last_paying(g: Routing, value: float | None = None) -> float:
    """The largest number of hard steps at which routing the others earns more than routing none."""
    worth = g.value_usd if value is None else value
    return float(max((h for h in range(g.steps) if break_even(g, h) > worth), default=-1))


def last_paying_long(g: Routing) -> float:
    """The same for the long chain, judged by quality per dollar."""
    cost, _, p = routed(g, g.long_steps, g.long_steps)
    bare = quality_per_dollar(p, cost)
    hard = np.arange(g.long_steps)
    cost, _, p = routed(g, hard, g.long_steps)
    return float(max(hard[quality_per_dollar(p, cost) > bare], default=-1))


def fewest_hard(g: Routing) -> float:
    """The smallest number of hard steps at which the routed chain keeps the reliability floor."""
    return float(min((h for h in range(g.steps + 1) if routed(g, h)[2] >= g.floor), default=g.steps + 1))


def matching_detection(g: Routing) -> float:
    """The detector recall at which a cascade is as right as premium: p_s + (1-p_s) d p_p = p_p."""
    return (g.premium_p - g.small_p) / ((1 - g.small_p) * g.premium_p)


def cascade_usd(g: Routing) -> float:
    """USD a step of that cascade: the small call always, the premium call where the detector fires."""
    return g.small_usd + (1 - g.small_p) * matching_detection(g) * g.premium_usd


def stops(g: Routing) -> float:
    """How often a judgement ends the loop: in time, or too soon."""
    return g.good_enough * g.recall + mistaken(g)


def mistaken(g: Routing) -> float:
    """How often a judgement ends the loop too soon."""
    return (1 - g.good_enough) * g.false_alarm


def looped(often: float, steps: int) -> float:
    """Mean steps of a loop that ends after each with probability ``often``."""
    return float(steps_with_early_stop(often, steps))


def mean_steps(g: Routing) -> float:
    """Mean steps of a task that a judge may stop after each step."""
    return looped(stops(g), g.steps)


def too_soon(g: Routing) -> float:
    """Of 1,000 tasks, those that are stopped though their answer will not do; nobody judges after the last step."""
    return 1000 * mistaken(g) * looped(stops(g), g.steps - 1)


# ---- what goes wrong --------------------------------------------------------------------------------------


PER_TASK = "That is one judgement. A task that is not stopped is judged again after the next step, and so on."
AFTER_THE_LAST = "After the last step nobody is asked, for there is nothing left to stop."

ROUTED_MISTAKES = (
    Misconception(
        "routes_the_hard_steps",
        lambda g, hard: routed(g, g.steps - hard),
        "You sent the hard steps to the small model and kept the easy ones on premium.",
    ),
    Misconception(
        "slowest_not_sum",
        lambda g, hard: (
            routed(g, hard)[0],
            max(g.premium_sec * (hard > 0), g.small_sec * (hard < g.steps)),
            routed(g, hard)[2],
        ),
        "Your latency is that of the slowest step. In a chain the steps wait for each other: add their times.",
    ),
    Misconception(
        "two_chains_at_once",
        lambda g, hard: (
            routed(g, hard)[0],
            sum(
                max(g.premium_sec * (i < hard), g.small_sec * (i < g.steps - hard))
                for i in range(max(hard, g.steps - hard))
            ),
            routed(g, hard)[2],
        ),
        "In your latency easy steps run beside hard ones. The section's own table has that slip, from group "
        "numbers that collide. This is one chain: add all times.",
    ),
    Misconception(
        "mean_of_p",
        lambda g, hard: (
            *routed(g, hard)[:2],
            (hard * g.premium_p + (g.steps - hard) * g.small_p) / g.steps,
        ),
        "Your reliability is a mean of the p. All steps must be right: multiply them.",
    ),
    Misconception(
        "weakest_step",
        lambda g, hard: (
            *routed(g, hard)[:2],
            min(g.premium_p, g.small_p) if hard < g.steps else g.premium_p,
        ),
        "Your reliability is that of the weakest step. Every step is a chance to fail: multiply them all.",
    ),
)

COST_PER_SUCCESS = Misconception(
    "cost_per_success",
    lambda g: g.steps * g.premium_usd / g.premium_p**g.steps,
    "That is what a success costs all-premium. The threshold compares two designs: dollars saved "
    "over reliability lost.",
)

QUESTIONS = (
    Question(
        name="routed",
        asks="Write a function routed(hard) -> (USD, seconds, reliability): that many steps stay premium, the "
        "others go to the small model, one after another.",
        unit="(USD, s, probability)",
        answer=routed,
        inputs=lambda g: (0, g.steps // 3, g.steps // 2 + 1, g.steps),
        hidden=lambda g, rng: [int(hard) for hard in rng.permutation(g.steps + 1)[:4]],
        misconceptions=ROUTED_MISTAKES,
        hints=(
            "How many steps are easy? Cost and latency are sums over both kinds, reliability is a product.",
            "easy = steps - hard; cost = hard * premium + easy * small, and so on; p is raised to the counts.",
        ),
        worked=lambda g: (
            f"at {g.steps // 3} hard steps: " + "${:.3f}, {:.1f} s, {:.2%}".format(*routed(g, g.steps // 3))
        ),
        points=2,
    ),
    Question(
        name="last_paying",
        asks="A success is worth g.value_usd. The largest number of hard steps at which routing all the "
        "others earns more than routing none?",
        unit="steps",
        answer=last_paying,
        whole=True,
        misconceptions=(
            Misconception(
                "first_that_does_not_pay",
                lambda g: last_paying(g) + 1,
                "That is the first number of hard steps at which routing no longer pays. The last that pays is "
                "asked for.",
            ),
            Misconception(
                "by_quality_per_dollar",
                lambda g: g.steps - 1.0,
                "Quality per dollar never crosses for this chain: by that measure routing always pays, for it "
                "does not know what a failure loses. Compare V x reliability - cost.",
            ),
        ),
        hints=(
            "Profit of a task: value times reliability, minus cost. Compare routed(h) with routed(all hard).",
            "Loop over h and keep those where V * P(h) - C(h) is larger than V * P(all) - C(all).",
        ),
        worked=lambda g: (
            f"at h = {last_paying(g):g} routing breaks even at a value of "
            f"${break_even(g, int(last_paying(g))):.3f}, above ${g.value_usd:g}; one more hard step, and it is below"
        ),
    ),
    Question(
        name="always_below",
        asks="Below which value of a success does routing pay at every (whole) number of hard steps?",
        unit="USD",
        answer=always_below,
        misconceptions=(
            Misconception(
                "the_other_end",
                never_above,
                "That is the other threshold, above which routing pays at no h. Look for the smallest break-even.",
            ),
            Misconception(
                "continuous_limit",
                lambda g: (g.premium_usd - g.small_usd) / (g.premium_p**g.steps * np.log(g.premium_p / g.small_p)),
                "That is the limit for a vanishing share of easy steps. Steps are whole: the last case has one "
                "easy step.",
            ),
            COST_PER_SUCCESS,
        ),
        hints=(
            "At each h there is a value at which both designs earn the same. Solve for it.",
            "V(h) = (dollars saved) / (reliability lost). Routing pays below V(h). Take the smallest over h.",
        ),
        worked=lambda g: f"V(h) falls with h; with one easy step left it is ${always_below(g):.4f}",
    ),
    Question(
        name="never_above",
        asks="Above which value of a success does routing all the easy steps pay at no number of hard steps?",
        unit="USD",
        answer=never_above,
        misconceptions=(
            Misconception(
                "the_other_end",
                always_below,
                "That is the other threshold, below which routing pays at every h. Look for the largest break-even.",
            ),
            COST_PER_SUCCESS,
        ),
        hints=(
            "The same V(h) as before.",
            "Take the largest over h: it is at h = 0, where all steps are routed.",
        ),
        worked=lambda g: f"V(0) = saved / lost = ${never_above(g):.4f}",
    ),
    Question(
        name="fewest_hard",
        asks="Instead of a value there is a floor: reliability at least g.floor. At how many hard steps, at "
        "least, may all the others be routed?",
        unit="steps",
        answer=fewest_hard,
        whole=True,
        misconceptions=(
            Misconception(
                "easy_steps",
                lambda g: g.steps - fewest_hard(g),
                "That is the number of easy steps. The question asks for the hard ones.",
            ),
            Misconception(
                "rounded_down",
                lambda g: fewest_hard(g) - 1,
                "At that number the chain is still below the floor. Round up, not down.",
            ),
        ),
        hints=(
            "Reliability rises with the number of hard steps, for those stay premium.",
            "The smallest h with p_premium^h * p_small^(steps-h) at or above the floor.",
        ),
        worked=lambda g: (
            f"P({fewest_hard(g):g}) = {routed(g, int(fewest_hard(g)))[2]:.2%}, and one hard step fewer "
            f"gives {routed(g, int(fewest_hard(g)) - 1)[2]:.2%}: a floor forbids routing where much is easy, a value "
            "forbids it where little is"
        ),
    ),
    Question(
        name="last_paying_long",
        asks="The long chain, judged by quality per dollar: the largest number of hard steps at which routing "
        "all the others still beats routing none?",
        unit="steps",
        answer=last_paying_long,
        whole=True,
        misconceptions=(
            Misconception(
                "first_that_does_not_pay",
                lambda g: last_paying_long(g) + 1,
                "That is the first number of hard steps at which routing no longer pays.",
            ),
            Misconception(
                "never_crosses",
                lambda g: g.long_steps - 1.0,
                "The short chain never crosses; this one does. With many small steps the product falls faster "
                "than the bill.",
            ),
        ),
        hints=(
            "The same function with more steps. Compare reliability / cost.",
            "Many easy steps ruin the product, and few save little; look at both ends of the sweep.",
        ),
        worked=lambda g: f"up to {last_paying_long(g):g} of {g.long_steps}",
    ),
    Question(
        name="matching_detection",
        asks="A cascade asks the small model first and escalates what a detector of recall d catches. From which "
        "d is a step as right as premium?",
        unit="probability",
        answer=matching_detection,
        misconceptions=(
            Misconception(
                "premium_never_fails",
                lambda g: (g.premium_p - g.small_p) / (1 - g.small_p),
                "You took the escalated call as always right. It is a premium call: right with premium's p.",
            ),
            Misconception(
                "percent",
                lambda g: 100 * matching_detection(g),
                "That looks like a percentage. Give a fraction between 0 and 1.",
            ),
            Misconception(
                "ratio_of_p",
                lambda g: g.small_p / g.premium_p,
                "That is a ratio of the two p. Write down when the cascade is right: small right, or small "
                "wrong, caught and premium right.",
            ),
        ),
        hints=(
            "The step is right if small is right, or if it is wrong, noticed, and premium is right.",
            "Solve p_small + (1 - p_small) d p_premium = p_premium for d.",
        ),
        worked=lambda g: (
            f"d = ({g.premium_p:g} - {g.small_p:g}) / ({1 - g.small_p:.3g} x {g.premium_p:g}) = "
            f"{matching_detection(g):.4f}"
        ),
    ),
    Question(
        name="cascade_usd",
        asks="What does a step of that cascade cost?",
        unit="USD",
        answer=cascade_usd,
        misconceptions=(
            Misconception(
                "small_call_forgotten",
                lambda g: cascade_usd(g) - g.small_usd,
                "You paid only the escalations. The small call comes first, every time.",
            ),
            Misconception(
                "one_or_the_other",
                lambda g: cascade_usd(g) - (1 - g.small_p) * matching_detection(g) * g.small_usd,
                "You paid either the small call or the premium one. An escalated step pays both.",
            ),
            Misconception(
                "all_failures_escalated",
                lambda g: g.small_usd + (1 - g.small_p) * g.premium_usd,
                "You escalated every failure. The detector catches only a share d of them.",
            ),
            Misconception(
                "everything_escalated",
                lambda g: g.small_usd + g.premium_usd,
                "You escalated every step. Only what is wrong and caught goes on.",
            ),
        ),
        follows=Follows(("matching_detection",), lambda g, d: g.small_usd + (1 - g.small_p) * d * g.premium_usd),
        hints=(
            "Two calls may be paid. How often each?",
            "small + P(wrong and caught) x premium. No false alarms here.",
        ),
        worked=lambda g: (
            f"${g.small_usd:g} + {1 - g.small_p:.3g} x {matching_detection(g):.3f} x "
            f"${g.premium_usd:g} = ${cascade_usd(g):.5f}, against ${g.premium_usd:g} for premium"
        ),
    ),
    Question(
        name="mean_steps",
        asks="How many steps does a task take on average, if the judge may stop it after each?",
        unit="steps",
        answer=mean_steps,
        misconceptions=(
            Misconception(
                "perfect_judge",
                lambda g: looped(g.good_enough, g.steps),
                "You took the judge for one who never errs. She lets good answers go, and stops at others.",
            ),
            Misconception(
                "false_alarms_forgotten",
                lambda g: looped(g.good_enough * g.recall, g.steps),
                "You left the false alarms out. Most answers will not do, and she stops at some of these, too.",
            ),
            Misconception(
                "recall_forgotten",
                lambda g: looped(g.good_enough + mistaken(g), g.steps),
                "You stopped at every answer that will do. The judge misses some of them.",
            ),
            Misconception(
                "false_alarms_at_every_answer",
                lambda g: looped(g.good_enough * g.recall + g.false_alarm, g.steps),
                "You counted false alarms for all answers. Only those that will not do can raise one.",
            ),
            Misconception(
                "without_the_cap",
                lambda g: 1 / stops(g),
                "That is the mean of a loop without an end. Here it ends at the last planned step at the latest.",
            ),
            Misconception(
                "never_stopped",
                lambda g: float(g.steps),
                "Those are the steps of a task that nobody stops. How many tasks reach the second step, the third?",
            ),
            Misconception(
                "judgements",
                lambda g: looped(stops(g), g.steps - 1),
                "You counted judgements. The last step is done, too, by those who get there.",
            ),
        ),
        hints=(
            "How often does a judgement end the loop? Two kinds of answer can do it.",
            "With q for that probability, a share (1-q)^(k-1) of the tasks reaches step k. Add these shares up.",
        ),
        worked=lambda g: (
            f"q = {g.good_enough:g} x {g.recall:g} + {1 - g.good_enough:g} x {g.false_alarm:g} = {stops(g):.4g}; "
            f"(1 - (1-q)^{g.steps}) / q = {mean_steps(g):.4g} steps instead of {g.steps}"
        ),
    ),
    Question(
        name="too_soon",
        asks="Of 1,000 tasks, how many are stopped too soon? A mean, which need not be whole.",
        unit="tasks",
        answer=too_soon,
        misconceptions=(
            Misconception("one_judgement", lambda g: 1000 * mistaken(g), PER_TASK),
            Misconception("one_false_alarm", lambda g: 1000 * g.false_alarm, PER_TASK),
            Misconception("judged_after_the_last", lambda g: 1000 * mistaken(g) * mean_steps(g), AFTER_THE_LAST),
            Misconception(
                "every_step_reached",
                lambda g: 1000 * mistaken(g) * (g.steps - 1),
                "You judged every task after every step. Those that are stopped are not judged again.",
            ),
            Misconception(
                "none_will_do",
                lambda g: 1000 * (1 - (1 - g.false_alarm) ** (g.steps - 1)),
                "So it is for tasks that need all their steps. Others end in time, and no false alarm reaches them.",
            ),
            Misconception(
                "no_other_end",
                lambda g: 1000 * (1 - (1 - mistaken(g)) ** (g.steps - 1)),
                "You forgot that a task may end in time, which spares it the judgements that would follow.",
            ),
            Misconception(
                "all_that_are_stopped",
                lambda g: 1000 * (1 - (1 - stops(g)) ** (g.steps - 1)),
                "Those are all that the judge stops. Some of them were stopped in time.",
            ),
            Misconception(
                "false_alarms_at_every_answer",
                lambda g: 1000 * g.false_alarm * looped(stops(g), g.steps - 1),
                "You counted false alarms for all answers. Only those that will not do can raise one.",
            ),
            Misconception(
                "share", lambda g: too_soon(g) / 1000, "That is the share. How many tasks of a thousand is it?"
            ),
        ),
        hints=(
            "After which steps is a task judged, and which tasks are still there to be judged?",
            "Judgements a task, times the probability that one of them is a false alarm: (1-g) e.",
        ),
        worked=lambda g: (
            f"{looped(stops(g), g.steps - 1):.4g} judgements a task x {1 - g.good_enough:g} x {g.false_alarm:g} "
            f"= {too_soon(g) / 1000:.4g}: {too_soon(g):.4g} of 1,000 deliver what will not do"
        ),
    ),
)

ESSAYS = (
    Essay(
        name="floor-or-value",
        asks="The direction has turned. With a value, routing pays where *few* steps are hard (up to a crossover); "
        "with a floor it is allowed where *many* are. In one or two sentences: why?",
        points=2,
        rubric='One for "a floor looks at reliability only", one for "a value compares saving and loss, and the loss '
        'per routed step shrinks as more are routed" (or a correct picture of it).',
    ),
    Essay(
        name="route-or-cascade",
        asks="The text says: route a step to the small model only when it is so simple that its lower reliability "
        "does not matter. Relate that to your crossover and to the cascade. What must be known before "
        "routing, and what before a cascade? Which of the two would you build for this chain? Four sentences.",
        points=3,
        rubric="One point each: the value of a success decides for routing; the cascade moves the question to a "
        "detector and its recall; a choice that follows from the numbers.",
    ),
)

EXERCISE = Exercise(
    name="routing_crossover",
    number="02",
    title="Routing crossover",
    minutes=55,
    difficulty="intermediate",
    objective="Find where routing stops paying, and see that the answer depends on what a success is worth.",
    text=Routing(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
