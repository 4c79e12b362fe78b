"""The numbers of exercise 06 and what follows from them: bills, ratios, their errors, and what a lever multiplies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from ..model import Given

Z = 1.96  # two-sided, 95%


@dataclass(frozen=True, repr=False)
class Worth(Given):
    """The numbers of the exercise, as they might come from a run of a chain of small calls."""

    seed: int = field(default=6, metadata={"doc": "seed of the runs that you make; they are not judged"})
    tasks: int = field(default=500, metadata={"doc": "tasks, the same for every design"})
    steps: int = field(default=1500, metadata={"doc": "steps of the workflow, of all tasks together"})
    hits: int = field(default=210, metadata={"doc": "of these steps, answered from the cache, for nothing"})
    retries: int = field(default=37, metadata={"doc": "calls beside these, made again after a gate said no"})
    prefix: int = field(default=40, metadata={"doc": "tokens of instructions in a call, all from the prefix cache"})
    prompt: int = field(default=10, metadata={"doc": "tokens of the question in a call, read afresh"})
    reply: int = field(default=5, metadata={"doc": "tokens written in a call"})
    usd_in: float = field(default=6e-5, metadata={"doc": "USD for a token read afresh by the small model"})
    usd_cached: float = field(default=6e-6, metadata={"doc": "USD for a token from its prefix cache"})
    usd_out: float = field(default=3e-4, metadata={"doc": "USD for a token that it writes"})
    premium_usd: float = field(default=0.038, metadata={"doc": "USD a task, one premium call"})
    both: int = field(default=474, metadata={"doc": "tasks that the workflow and the premium call solved"})
    only_workflow: int = field(default=17, metadata={"doc": "tasks that only the workflow solved"})
    only_premium: int = field(default=4, metadata={"doc": "tasks that only the premium call solved"})
    cascade: tuple[tuple[float, int, int], ...] = field(
        default=((0.0027, 432, 421), (0.0407, 68, 57)),
        metadata={"doc": "a cascade's tasks, those that stayed and those that went on: USD each, tasks, solved"},
    )
    designs: tuple[tuple[float, float, int], ...] = field(
        default=((1.0, 0.0026, 437), (1.12, 0.0030, 470), (2.04, 0.0047, 493), (3.06, 0.0065, 497), (5.0, 0.013, 466)),
        metadata={"doc": "designs: calls a task, USD a task, solved"},
    )
    without: tuple[tuple[str, float, int], ...] = field(
        default=(
            ("small model", 0.0832, 498),
            ("answer cache", 0.00722, 492),
            ("gate and retry", 0.00604, 468),
            ("early stop", 0.00828, 491),
        ),
        metadata={"doc": "the workflow without one lever (a premium model for the small): USD a task, solved"},
    )


def draw(rng: np.random.Generator) -> Worth:
    """Numbers of the same kind for one student."""
    tasks = int(rng.choice([400, 500, 600, 800]))
    planned = tasks * int(rng.integers(4, 7))
    steps = round(planned / rng.uniform(1.2, 1.9))  # early stop spares the rest
    p_premium, premium_usd = rng.uniform(0.94, 0.97), round(float(rng.uniform(0.03, 0.06)), 4)
    only_workflow, only_premium, neither = (
        max(2, int(rng.binomial(tasks, share)))
        for share in (rng.uniform(0.025, 0.05), 0.008, rng.uniform(0.008, 0.015))
    )
    a_call = rng.uniform(0.0022, 0.0030)
    g = Worth(
        seed=int(rng.integers(1, 10_000)),
        tasks=tasks,
        steps=steps,
        hits=int(rng.binomial(steps, rng.uniform(0.08, 0.25))),
        retries=int(rng.binomial(steps, rng.uniform(0.02, 0.06))),
        prefix=int(rng.integers(30, 80)),
        prompt=int(rng.integers(8, 16)),
        reply=int(rng.integers(4, 8)),
        premium_usd=premium_usd,
        both=tasks - only_workflow - only_premium - neither,
        only_workflow=only_workflow,
        only_premium=only_premium,
        cascade=_draw_cascade(rng, tasks, a_call, premium_usd),
        designs=_draw_designs(rng, tasks, a_call, p_premium),
    )
    return replace(g, without=_draw_without(rng, g, planned))


def _draw_cascade(
    rng: np.random.Generator, tasks: int, a_call: float, premium_usd: float
) -> tuple[tuple[float, int, int], ...]:
    """Most tasks stay with the small model; the few that go on pay the premium call, too, and are harder."""
    stayed = int(rng.binomial(tasks, rng.uniform(0.80, 0.92)))
    low = round(a_call, 4)
    right = (int(rng.binomial(stayed, 0.98)), int(rng.binomial(tasks - stayed, rng.uniform(0.75, 0.9))))
    return (low, stayed, right[0]), (round(low + premium_usd, 4), tasks - stayed, right[1])


def _draw_designs(
    rng: np.random.Generator, tasks: int, a_call: float, p_premium: float
) -> tuple[tuple[float, float, int], ...]:
    """From one small call up to a vote."""
    calls = (1.0, rng.uniform(1.1, 1.2), rng.uniform(2.02, 2.1), rng.uniform(3.03, 3.15), 5.0)
    price = a_call * np.array([1, 1.13, 1.8, 2.5, 5]) * rng.uniform(0.97, 1.03, 5)
    p = (rng.uniform(0.85, 0.90), p_premium + rng.uniform(-0.03, 0.02), 0.985, 0.995, p_premium - 0.02)
    solved = [int(rng.binomial(tasks, each)) for each in p]
    return tuple(
        (round(float(c), 2), round(float(usd), 5), right) for c, usd, right in zip(calls, price, solved, strict=True)
    )


def _draw_without(rng: np.random.Generator, g: Worth, planned: int) -> tuple[tuple[str, float, int], ...]:
    """Bills that follow from the calls which a lever spares or adds; only the gate and the model change much else."""
    paid, solved = g.steps - g.hits, workflow_solved(g)
    usd = {
        "small model": paid / g.tasks * g.premium_usd * rng.uniform(0.75, 0.9),  # a step's question is the shorter one
        "answer cache": workflow_usd(g) * g.steps / paid,
        "gate and retry": paid / g.tasks * call_usd(g),
        "early stop": workflow_usd(g) * planned / g.steps,
    }
    right = {
        "small model": int(rng.binomial(g.tasks, 0.997)),
        "answer cache": min(g.tasks, solved + int(rng.integers(-2, 3))),
        "gate and retry": solved - int(rng.binomial(g.tasks, rng.uniform(0.03, 0.06))),
        "early stop": min(g.tasks, solved + int(rng.integers(-2, 3))),
    }
    return tuple((name, round(float(usd[name]), 5), right[name]) for name in usd)


# ---- what is right ----------------------------------------------------------------------------------------


def call_usd(g: Worth) -> float:
    """USD of one call whose instructions come from the prefix cache."""
    return g.prefix * g.usd_cached + g.prompt * g.usd_in + g.reply * g.usd_out


def calls_made(g: Worth) -> int:
    """Calls that are paid: every step but the hits, and the retries."""
    return g.steps - g.hits + g.retries


def workflow_usd(g: Worth) -> float:
    """USD a task of the workflow."""
    return calls_made(g) / g.tasks * call_usd(g)


def workflow_solved(g: Worth) -> int:
    """Tasks that the workflow solved."""
    return g.both + g.only_workflow


def premium_solved(g: Worth) -> int:
    """Tasks that one premium call solved."""
    return g.both + g.only_premium


def bought(g: Worth, usd: float, solved: float) -> float:
    """Tasks solved for a dollar."""
    return solved / g.tasks / usd


def workflow_bought(g: Worth) -> float:
    """What a dollar buys with the workflow."""
    return bought(g, workflow_usd(g), workflow_solved(g))


def times_better(g: Worth) -> float:
    """The workflow's solved tasks a dollar over those of the premium call."""
    return workflow_bought(g) / bought(g, g.premium_usd, premium_solved(g))


def cascade_bought(g: Worth) -> float:
    """All solved tasks of the cascade over its whole bill."""
    return sum(right for _, _, right in g.cascade) / sum(usd * n for usd, n, _ in g.cascade)


def ratio_error(g: Worth) -> float:
    """Standard error of ``cascade_bought``: that of the mean of solved - R x USD, over the mean USD."""
    ratio, n = cascade_bought(g), sum(count for _, count, _ in g.cascade)
    squares = sum(
        right * (1 - ratio * usd) ** 2 + (count - right) * (ratio * usd) ** 2 for usd, count, right in g.cascade
    )
    return math.sqrt(squares / n) / math.sqrt(n) / (sum(usd * count for usd, count, _ in g.cascade) / n)


def cascade_share(g: Worth) -> float:
    """The share of its tasks that the cascade solved."""
    return sum(right for _, _, right in g.cascade) / sum(count for _, count, _ in g.cascade)


def bill_variance(g: Worth) -> float:
    """Relative variance of the cascade's bill of a task."""
    n = sum(count for _, count, _ in g.cascade)
    mean = sum(usd * count for usd, count, _ in g.cascade) / n
    return sum(count * (usd - mean) ** 2 for usd, count, _ in g.cascade) / n / mean**2


def error_if_independent(g: Worth) -> float:
    """The standard error of the ratio if bill and success had nothing to do with each other."""
    p, n = cascade_share(g), sum(count for _, count, _ in g.cascade)
    return cascade_bought(g) * math.sqrt(((1 - p) / p + bill_variance(g)) / n)


def error_if_bill_fixed(g: Worth) -> float:
    """The standard error of the ratio if every task had the same bill."""
    p, n = cascade_share(g), sum(count for _, count, _ in g.cascade)
    return cascade_bought(g) * math.sqrt((1 - p) / p / n)


def known_to(g: Worth, z: float = Z) -> float:
    """Half the interval of the difference in share solved, task by task."""
    gained, lost, n = g.only_workflow, g.only_premium, g.tasks
    return z * math.sqrt((gained + lost) / n - ((gained - lost) / n) ** 2) / math.sqrt(n)


def known_to_if_unpaired(g: Worth) -> float:
    """The same if the two had been given different tasks."""
    shares = (workflow_solved(g) / g.tasks, premium_solved(g) / g.tasks)
    return Z * math.sqrt(sum(p * (1 - p) for p in shares) / g.tasks)


def smallest(g: Worth) -> float:
    """Calls a task of the first design that buys more a dollar than the premium call and solves no fewer tasks."""
    rival = bought(g, g.premium_usd, premium_solved(g))
    for calls, usd, solved in g.designs:
        if bought(g, usd, solved) > rival and solved >= premium_solved(g):
            return calls
    return 0.0


def place(g: Worth) -> float:
    return 1.0 + [calls for calls, _, _ in g.designs].index(smallest(g)) if smallest(g) else 0.0


def factors(g: Worth) -> list[float]:
    """By how much each lever multiplies what a dollar buys, when it comes last."""
    return [workflow_bought(g) / bought(g, usd, solved) for _, usd, solved in g.without]


def worth(g: Worth) -> float:
    """USD that a solved task must be worth for the workflow to be the better buy than the smallest design."""
    _, usd, solved = g.designs[0]
    return (workflow_usd(g) - usd) / ((workflow_solved(g) - solved) / g.tasks)
