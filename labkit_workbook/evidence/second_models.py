"""A second model for what the first gets wrong: cascades and routers, held against HumanEval, RouteLLM and MT-Bench."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labkit import cost, evaluation

from ..published import (
    CASCADE_USD,
    CASCADES,
    GSM8K,
    HUMANEVAL_ALONE,
    HUMANEVAL_TASKS,
    MT_BENCH_CALLS,
    PairedAnswers,
    humaneval_cascade,
    paired_answers,
)
from .comparison import RELATIVE, Comparison, Misses, Place, Record, find_misses

PAIR = Record(
    what="RouteLLM's responses (0b64fda), Ong et al. 2024",
    model="gpt-4-1106-preview (strong), Mixtral-8x7B-Instruct-v0.1 (weak)",
    temperature=0,
    tries="one of each model",
    check="none recorded: a perfect one is assumed; the known answer says what is right",
    n="13,772 questions of MMLU in 56 subjects",
)
SCHOOL = replace(PAIR, n="1,319 questions of GSM8K")
BENCH = Record(
    what="MT-Bench, RouteLLM (Ong et al. 2024)",
    model=PAIR.model,
    temperature=MT_BENCH_CALLS.temperature,
    tries=MT_BENCH_CALLS.tries,
    check=MT_BENCH_CALLS.check,
    n=MT_BENCH_CALLS.n,
)
FOUR = Record(
    what="HumanEval, agent-evals (5ce7c0c): runs of Kapoor et al. 2024",
    model="Llama-3 8B, GPT-3.5, Llama-3 70B, GPT-4-0613, in this order",
    temperature=0,
    tries="one of each model",
    check="the problem's example tests pass an answer on; hidden tests say what is right",
    n="820 answers: 164 tasks, 5 runs",
)
LEVERS = "04_levers"


def promised_cascade(answers: PairedAnswers) -> float:
    """The share solved by a cascade of the weak model and the strong with a perfect check, were failures independent.

    >>> round(promised_cascade(paired_answers("MMLU").together), 3)
    0.944
    """
    law = cost.judged_cascade([0.0, 0.0], np.stack([answers.weak, answers.strong], axis=-1), [1.0])
    return float(np.average(np.asarray(law.p), weights=answers.questions))


def cascade_misses(answers: PairedAnswers) -> Misses:
    """By how much the cascade is missed with all questions alike, and with independence within each subject alone.

    Recorded is what no cascade, vote or router exceeds: all questions but those that both models get wrong.

    >>> [round(x, 4) for x in cascade_misses(paired_answers("MMLU"))]
    [0.0753, 0.0753, 0.0568, 0.0568]
    """
    recorded, _, _ = both_wrong(answers)
    return find_misses([1 - recorded], [promised_cascade(answers.together)], [promised_cascade(answers)])


def both_wrong(answers: PairedAnswers) -> tuple[float, float, float]:
    """The share that both models get wrong: recorded, if failures were independent, and if they were in each subject.

    >>> [round(x, 3) for x in both_wrong(paired_answers("MMLU"))]
    [0.131, 0.056, 0.074]
    """
    found = evaluation.co_failure_by_group(
        answers.both_right, answers.only_strong, answers.only_weak, answers.both_wrong
    )
    return float(found.whole.both_wrong), float(found.whole.if_independent), found.independent_in_groups


def four_models_misses(price: bool = False) -> Misses:
    """By how much the recorded cascade up to GPT-4-0613 is missed: its share solved, or its bill.

    The naive law takes each model's p on all problems (Llama-3 70B was not recorded alone, so GPT-3.5's stands in);
    the repaired one, its p on the problems that reach it, which was counted on this very record.

    >>> [round(x, 3) for x in four_models_misses()], [round(x, 2) for x in four_models_misses(price=True)]
    ([0.05, 0.05, 0.0, 0.0], [0.73, 0.73, 0.0, 0.0])
    """
    found, usd = humaneval_cascade("GPT-4-0613"), np.array(CASCADE_USD.values)
    weak, strong = (HUMANEVAL_ALONE[model].values[0] for model in ("GPT-3.5-0613", "GPT-4-0613"))
    naive = cost.judged_cascade(usd, [found.p[0], weak, weak, strong], found.detection)
    reached = cost.judged_cascade(usd, found.p, found.detection)
    if price:
        bill = [cost.cascade(usd, found.reached[1:] / found.reached[:-1])]
        return find_misses(bill, [naive.usd], [reached.usd], RELATIVE)
    return find_misses([found.solved], [naive.p], [reached.p])


def total_bill_misses() -> Misses:
    """By how much the recorded dollars of all problems are missed: by rejections, model by model, and call by call.

    >>> [round(x, 3) for x in total_bill_misses()]
    [0.005, 0.005, 0.005, 0.005]
    """
    found, usd = humaneval_cascade("GPT-4-0613"), CASCADE_USD.values
    by_model = HUMANEVAL_TASKS * cost.cascade(usd, found.reached[1:] / found.reached[:-1])
    by_call = cost.task_cost(usd, found.reached[:, None]) * HUMANEVAL_TASKS / found.reached[0]
    return find_misses([CASCADES["GPT-4-0613"].values[1]], [by_model], [np.sum(by_call)], RELATIVE)


def coin_misses() -> Misses:
    """By how much the strong calls are missed that a coin needs for half of the gap: CPT(0.5) = 0.5.

    >>> round(coin_misses().naive, 4)
    0.0097
    """
    at_random, _ = MT_BENCH_CALLS.values
    return find_misses([at_random], [cost.cpt([0.0, 1.0], [0.0, 1.0], 0.5)])


def _say_mmlu() -> str:
    recorded, independent, by_subject = both_wrong(paired_answers("MMLU"))
    explained = (by_subject - independent) / (recorded - independent)
    return (
        f"Both wrong on {recorded:.1%}, not {independent:.1%}: {recorded / independent:.1f} times as often. Subjects "
        f"explain {explained:.0%} of that. Promised {1 - independent:.3f}, at most {1 - recorded:.3f}. "
        "high_school_mathematics is left out: its strong column is broken (3% right)."
    )


def _say_gsm8k() -> str:
    recorded, independent, _ = both_wrong(paired_answers("GSM8K"))
    return f"Promised {1 - independent:.3f}, at most {1 - recorded:.3f}; the paper's own figure is {GSM8K.values[2]}."


def _say_four() -> str:
    found = humaneval_cascade("GPT-4-0613")
    return (
        f"GPT-4 alone is right on {HUMANEVAL_ALONE['GPT-4-0613'].values[0]:.1%} of all problems, and on "
        f"{found.p[-1]:.1%} of those that reach it. With that p the law gives the record back, as it must."
    )


COMPARISONS = (
    Comparison(
        name="a second model (MMLU)",
        naive="p1 + (1-p1) p2: the second model's failures are its own",
        repaired="the same within each of 56 subjects; no better one without counting who fails together",
        formulas=("cost.judged_cascade", "evaluation.co_failure", "evaluation.co_failure_by_group"),
        record=PAIR, misses=lambda: cascade_misses(paired_answers("MMLU")), finding=_say_mmlu,
        place=Place("08_how_many_tasks", "Before you buy a second model"),
    ),
    Comparison(
        name="a second model (GSM8K)",
        naive="p1 + (1-p1) p2",
        repaired="none: the questions have no subjects",
        formulas=("cost.judged_cascade", "evaluation.co_failure", "evaluation.co_failure_by_group"),
        record=SCHOOL,
        misses=lambda: cascade_misses(paired_answers("GSM8K"))._replace(repaired=np.nan, repaired_most=np.nan),
        finding=_say_gsm8k, place=Place(LEVERS, "Cheaper than what?"),
    ),
    Comparison(
        name="four models: solved",
        naive="each model's p on all problems",
        repaired="its p on the problems that reach it, counted on the same record",
        formulas=("cost.judged_cascade",),
        record=FOUR, misses=four_models_misses, finding=_say_four, place=Place(LEVERS, "A cascade, recorded"),
        counted=True,
    ),
    Comparison(
        name="four models: dollars",
        naive="each model's p on all problems",
        repaired="its p on the problems that reach it, counted on the same record",
        formulas=("cost.judged_cascade",),
        record=FOUR, unit=RELATIVE, misses=lambda: four_models_misses(price=True),
        finding=lambda: "What reaches the last model is a tenth of the problems and nine tenths of the bill.",
        place=Place(LEVERS, "A cascade, recorded"), counted=True,
    ),
    Comparison(
        name="the bill of a cascade",
        naive="sum of c_i times how often model i is reached, with the recorded rejections",
        repaired="no repair: the same, call by call",
        formulas=("cost.cascade", "cost.task_cost"),
        record=FOUR, unit=RELATIVE, misses=total_bill_misses,
        finding=lambda: "A sum of what was billed. It misses the published 0.42 USD by less than its rounding.",
        place=Place(LEVERS, "A cascade, recorded"),
    ),
    Comparison(
        name="a coin for a router",
        naive="a coin needs half of the strong calls for half of the gap",
        repaired="none is needed",
        formulas=("cost.cpt",),
        record=BENCH, misses=coin_misses,
        finding=lambda: "The best router needed 13.4%. Its 3.66 is over the coin, not over the strong model.",
        place=Place(LEVERS, "Cheaper than what?"),
    ),
)  # fmt: skip
"""The laws of a second model, each with its record."""
