"""Exercise 06: what a workflow's bill buys beside one premium call's, how sure that is, and which lever did it."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..model import Essay, Exercise, Misconception, Question
from .dollars_worth import (
    Worth,
    Z,
    bought,
    call_usd,
    calls_made,
    cascade_bought,
    cascade_share,
    draw,
    error_if_bill_fixed,
    error_if_independent,
    factors,
    known_to,
    known_to_if_unpaired,
    place,
    premium_solved,
    ratio_error,
    smallest,
    times_better,
    workflow_bought,
    workflow_solved,
    workflow_usd,
    worth,
)


def _bill(calls: Callable[[Worth], float], call: Callable[[Worth], float]) -> Callable[[Worth], float]:
    return lambda g: calls(g) * call(g) / g.tasks


QUESTIONS = (
    Question(
        name="workflow_usd",
        asks="USD a task of the workflow, retries paid, cached answers free, on average?",
        unit="USD",
        answer=workflow_usd,
        misconceptions=(
            Misconception(
                "hits_charged",
                _bill(lambda g: g.steps + g.retries, call_usd),
                "You charged the steps that the answer cache served. No call was made for them.",
            ),
            Misconception(
                "retries_free",
                _bill(lambda g: g.steps - g.hits, call_usd),
                "You left the retries out. Each one is a call, and is billed.",
            ),
            Misconception(
                "prefix_full",
                _bill(calls_made, lambda g: (g.prefix + g.prompt) * g.usd_in + g.reply * g.usd_out),
                "You charged the instructions in full. They come from the prefix cache, at g.usd_cached a token.",
            ),
            Misconception(
                "prefix_free",
                _bill(calls_made, lambda g: g.prompt * g.usd_in + g.reply * g.usd_out),
                "You let the instructions cost nothing. A cached token is cheap, not free.",
            ),
            Misconception(
                "written_as_read",
                _bill(calls_made, lambda g: g.prefix * g.usd_cached + (g.prompt + g.reply) * g.usd_in),
                "You priced the reply as if it were read. Written tokens have their own price, g.usd_out.",
            ),
            Misconception(
                "one_call",
                call_usd,
                "That is one call. A task makes several of them: divide the calls of the run by its tasks.",
            ),
            Misconception(
                "whole_run",
                lambda g: calls_made(g) * call_usd(g),
                "That is the bill of all tasks. Asked is a task.",
            ),
        ),
        hints=(
            "First the calls: the steps of all tasks, less the hits, plus the retries. Then the tokens of one call.",
            "calls = g.steps - g.hits + g.retries, for g.tasks tasks; a call: prefix, prompt, reply, at their prices.",
        ),
        worked=lambda g: (
            f"{calls_made(g):,} calls / {g.tasks} tasks x {call_usd(g):.5f} USD a call = {workflow_usd(g):.5f} USD"
        ),
    ),
    Question(
        name="times_better",
        asks="How many times as much quality per dollar (tasks solved for a USD) does the workflow give as one premium "
        "call?",
        unit="times",
        answer=times_better,
        misconceptions=(
            Misconception(
                "price_only",
                lambda g: g.premium_usd / workflow_usd(g),
                "You compared the bills only. Quality per dollar counts what was solved for them.",
            ),
            Misconception(
                "upside_down",
                lambda g: 1 / times_better(g),
                "You divided the wrong way round. Asked is the workflow over the premium call.",
            ),
            Misconception(
                "difference",
                lambda g: workflow_bought(g) - bought(g, g.premium_usd, premium_solved(g)),
                "That is a difference, in solved tasks a dollar. Asked is how many *times* as much.",
            ),
            Misconception(
                "only_theirs",
                lambda g: g.only_workflow / g.only_premium * g.premium_usd / workflow_usd(g),
                "You counted only the tasks that one of the two solved alone. Those that both solved were bought, too.",
            ),
            Misconception(
                "workflow_alone",
                workflow_bought,
                "That is what a dollar buys with the workflow. Divide it by what it buys with the premium call.",
            ),
        ),
        hints=(
            "Quality per dollar is the share solved, over the USD a task. How many tasks did each of the two solve?",
            "The workflow solved g.both + g.only_workflow, the premium call g.both + g.only_premium, of g.tasks each.",
        ),
        worked=lambda g: (
            f"{workflow_bought(g):.1f} solved a USD over {bought(g, g.premium_usd, premium_solved(g)):.1f} = "
            f"{times_better(g):.2f} times"
        ),
    ),
    Question(
        name="known_to",
        asks="Workflow and premium call had the same tasks. To plus or minus how much is the difference of their "
        "shares solved known (1.96 standard errors, task by task, without supposing that the two are equally good)?",
        unit="probability",
        answer=known_to,
        tolerance=0.01,
        misconceptions=(
            Misconception(
                "unpaired",
                known_to_if_unpaired,
                "You added the errors of two shares, as if each design had tasks of its own. They had the same ones: "
                "tasks that both solve, or neither, do not blur the difference.",
            ),
            Misconception(
                "one_standard_error",
                lambda g: known_to(g, z=1.0),
                "That is one standard error. A 95% interval takes 1.96 to each side.",
            ),
            Misconception(
                "full_width",
                lambda g: known_to(g, z=2 * Z),
                "That is the whole interval. Asked is how far it reaches to one side.",
            ),
            Misconception(
                "difference",
                lambda g: (g.only_workflow - g.only_premium) / g.tasks,
                "That is the difference itself. How far may chance have moved it?",
            ),
            Misconception(
                "one_share",
                lambda g: Z * math.sqrt(workflow_solved(g) * (g.tasks - workflow_solved(g)) / g.tasks) / g.tasks,
                "That is the reach of the workflow's share alone.",
            ),
        ),
        hints=(
            "For each task write +1 if only the workflow solved it, -1 if only the premium call did, 0 else. The "
            "difference is the mean of these.",
            "Mean square: (g.only_workflow + g.only_premium) / g.tasks. Less the mean's square that is the variance; "
            "its root over the root of g.tasks, times 1.96.",
        ),
        worked=lambda g: (
            f"plus or minus {known_to(g):.4f}, on a difference of "
            f"{(g.only_workflow - g.only_premium) / g.tasks:+.4f}; with tasks of their own it would be "
            f"{known_to_if_unpaired(g):.4f}"
        ),
    ),
    Question(
        name="cascade_bought",
        asks="The cascade sends some tasks on to the premium model. How many tasks does it solve for a USD?",
        unit="tasks solved a USD",
        answer=cascade_bought,
        misconceptions=(
            Misconception(
                "mean_of_ratios",
                lambda g: sum(right / usd for usd, _, right in g.cascade) / g.tasks,
                "You took each task's own ratio, and the mean of these. A dollar is not spent evenly on tasks: add up "
                "all that was solved, and divide by the whole bill.",
            ),
            Misconception(
                "two_groups",
                lambda g: sum(right / count / usd for usd, count, right in g.cascade) / 2,
                "That is the mean of the two groups' ratios. The groups are not equally large, nor equally dear.",
            ),
            Misconception(
                "first_group",
                lambda g: g.cascade[0][2] / (g.cascade[0][0] * g.cascade[0][1]),
                "That leaves out the tasks that went on. They are few, but dear.",
            ),
            Misconception(
                "all_solved",
                lambda g: g.tasks / sum(usd * n for usd, n, _ in g.cascade),
                "You counted every task as solved. Some were not.",
            ),
            Misconception(
                "mean_price",
                lambda g: cascade_share(g) / (sum(usd for usd, _, _ in g.cascade) / 2),
                "You took the plain mean of the two prices. Far more tasks pay the lower one.",
            ),
            Misconception(
                "upside_down",
                lambda g: 1 / cascade_bought(g),
                "That is USD for each solved task. Asked are tasks solved for a USD.",
            ),
        ),
        hints=(
            "All tasks that were solved, over the whole bill.",
            "The bill is USD times tasks, of both groups; the solved tasks are in the last column.",
        ),
        worked=lambda g: (
            f"{sum(right for _, _, right in g.cascade)} solved for "
            f"{sum(usd * n for usd, n, _ in g.cascade):.3f} USD = {cascade_bought(g):.2f} a USD"
        ),
    ),
    Question(
        name="ratio_error",
        asks="The standard error of that number? A ratio R errs as the mean of (solved - R x USD) over the tasks does, "
        "over the mean USD.",
        unit="tasks solved a USD",
        answer=ratio_error,
        tolerance=5e-3,
        points=2,
        misconceptions=(
            Misconception(
                "bill_fixed",
                error_if_bill_fixed,
                "You let only the share solved vary. The bill varies, too: how many tasks go on is chance, and each is "
                "dear.",
            ),
            Misconception(
                "independent",
                error_if_independent,
                "You added the two relative variances. That supposes that a task's bill says nothing about success. "
                "Here the dear tasks are solved less often.",
            ),
            Misconception(
                "one_task",
                lambda g: ratio_error(g) * math.sqrt(g.tasks),
                "That is the spread of one task. A mean of n tasks errs less, by the root of n.",
            ),
            Misconception(
                "interval",
                lambda g: ratio_error(g) * Z,
                "That is half a 95% interval. Asked is one standard error.",
            ),
            Misconception(
                "not_divided",
                lambda g: ratio_error(g) * sum(usd * count for usd, count, _ in g.cascade) / g.tasks,
                "That is the error of the mean of solved - R x USD. Divide by the mean USD.",
            ),
        ),
        hints=(
            "There are four kinds of tasks: two prices, solved or not. For each compute d = solved - R x USD; the mean "
            "of d is 0.",
            "root(mean of d squared) / root(tasks) / (mean USD), each kind counted as often as it came.",
        ),
        worked=lambda g: (
            f"{ratio_error(g):.3f}, so {cascade_bought(g):.1f} plus or minus {Z * ratio_error(g):.1f}; with a fixed "
            f"bill it would seem to be {error_if_bill_fixed(g):.3f}"
        ),
    ),
    Question(
        name="smallest",
        asks="Of g.designs, take the one with the fewest calls a task that beats the premium call on quality "
        "per dollar and solves no fewer tasks. How many calls a task?",
        unit="calls a task",
        answer=smallest,
        misconceptions=(
            Misconception(
                "ratio_only",
                lambda g: max(g.designs, key=lambda each: each[2] / each[1])[0],
                "That one buys most for a dollar, but it solves fewer tasks than the premium call. A ratio does not "
                "tell you how much you get.",
            ),
            Misconception(
                "most_solved",
                lambda g: max(g.designs, key=lambda each: each[2])[0],
                "That one solves most tasks. A smaller one beats the premium call as well.",
            ),
            Misconception(
                "place",
                place,
                "That is its place in the list. Asked are its calls a task.",
            ),
        ),
        hints=(
            "Go through the designs from the first on. Two conditions must hold.",
            "The premium call solves g.both + g.only_premium tasks, at g.premium_usd each.",
        ),
        worked=lambda g: (
            f"{smallest(g):g} calls a task; the premium call solves {premium_solved(g)} of {g.tasks}, at "
            f"{bought(g, g.premium_usd, premium_solved(g)):.1f} a USD"
        ),
    ),
    Question(
        name="most_moved",
        asks="Each row of g.without leaves one lever out of the workflow of the first question. By what factor does "
        "the lever that moved quality per dollar most multiply it?",
        unit="times",
        answer=lambda g: max(factors(g)),
        misconceptions=(
            Misconception(
                "bill_only",
                lambda g: max(usd for _, usd, _ in g.without) / workflow_usd(g),
                "You compared the bills only. The lever also changed how many tasks were solved.",
            ),
            Misconception(
                "upside_down",
                lambda g: 1 / max(factors(g)),
                "That is what is left without the lever. Asked is by what factor the lever multiplies.",
            ),
            Misconception(
                "difference",
                lambda g: max(workflow_bought(g) - bought(g, usd, solved) for _, usd, solved in g.without),
                "That is a difference, in solved tasks a dollar. Asked is a factor.",
            ),
            Misconception(
                "most_solved_lost",
                lambda g: factors(g)[min(range(len(g.without)), key=lambda i: g.without[i][2])],
                "That lever moved the *solved tasks* most. Asked is the one that moved quality per dollar most.",
            ),
            Misconception(
                "second",
                lambda g: sorted(factors(g))[-2],
                "Another lever moved it more. Compute the factor of each row.",
            ),
            Misconception(
                "all_levers",
                lambda g: math.prod(factors(g)),
                "That multiplies the factors of all levers. Asked is the one that moved most.",
            ),
        ),
        hints=(
            "Quality per dollar with all levers, over quality per dollar without this one. The largest of these.",
            "With all levers: (g.both + g.only_workflow) / g.tasks / workflow_usd. Without one: its solved / g.tasks / "
            "its USD.",
        ),
        worked=lambda g: ", ".join(
            f"{name} {factor:.2f}" for (name, _, _), factor in zip(g.without, factors(g), strict=True)
        ),
    ),
    Question(
        name="worth",
        asks="From which value of a solved task on (in USD) is the workflow the better buy than the first of "
        "g.designs, though that one has more quality per dollar?",
        unit="USD a solved task",
        answer=worth,
        points=2,
        misconceptions=(
            Misconception(
                "mean_price",
                lambda g: 1 / workflow_bought(g),
                "That is the workflow's USD for each solved task, on average. The tasks that the first design solves, "
                "too, you need not buy here: only the added ones count.",
            ),
            Misconception(
                "mean_prices",
                lambda g: 1 / workflow_bought(g) - 1 / bought(g, *g.designs[0][1:]),
                "You took the difference of two mean prices. Asked is the added bill for each *added* success.",
            ),
            Misconception(
                "whole_bill",
                lambda g: workflow_usd(g) / ((workflow_solved(g) - g.designs[0][2]) / g.tasks),
                "You charged the workflow's whole bill to the added successes. The first design's bill would be paid "
                "in any case.",
            ),
            Misconception(
                "added_bill",
                lambda g: workflow_usd(g) - g.designs[0][1],
                "That is what the workflow costs more, a task. Divide by the share of tasks that it adds.",
            ),
            Misconception(
                "against_premium",
                lambda g: (g.premium_usd - workflow_usd(g)) / ((workflow_solved(g) - g.designs[0][2]) / g.tasks),
                "You took the premium call's bill. Compared are the workflow and the first of g.designs.",
            ),
            Misconception(
                "upside_down",
                lambda g: 1 / worth(g),
                "You divided the wrong way round: that is successes for an added USD. Asked are USD for a success.",
            ),
        ),
        hints=(
            "A design's profit is value times share solved, less its bill. At which value are two profits equal?",
            "(USD of the workflow - USD of the first design) / (share solved by the workflow - share by the first).",
        ),
        worked=lambda g: (
            f"({workflow_usd(g):.5f} - {g.designs[0][1]:g}) USD for "
            f"{(workflow_solved(g) - g.designs[0][2]) / g.tasks:.3f} more of the tasks = {worth(g):.4f} USD"
        ),
    ),
)

ESSAYS = (
    Essay(
        name="what-to-ship",
        asks="Which design would you ship in place of the one premium call? Say what it buys and how sure that is; "
        "which lever moved quality per dollar most, and what a gate is good for that hardly moves it; why the design "
        "with the most quality per dollar need not be the one to ship; and where the prediction failed. Five "
        "sentences.",
        points=4,
        rubric="One point for each: a design named with its quality per dollar and share solved beside the premium "
        "call's, with intervals; the lever that moved quality per dollar most, with a figure, and that the gate, which "
        "hardly moves it, takes back the mistakes of the cheap model; a ratio hides how many tasks are solved, so it "
        "takes the value of a solved task; a design whose prediction failed, with the assumption that did not hold.",
    ),
)

EXERCISE = Exercise(
    name="quality_per_dollar",
    number="06",
    title="Quality per dollar",
    minutes=90,
    difficulty="advanced",
    objective="Build a workflow from parts, measure what its dollar buys beside one premium call's, say how sure "
    "that is and which lever did it, and when another design is the better buy.",
    text=Worth(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
