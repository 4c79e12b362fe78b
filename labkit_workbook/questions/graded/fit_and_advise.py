"""Exercise 12: from the traces of an agent to what it costs, how sure each number is, and the change to make."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, fsum, sqrt
from typing import Any

import numpy as np

from labkit.laws.counts import normal_reach
from labkit.reliability import wilson_interval

from ..model import Essay, Exercise, Misconception, Question
from .agent_designs import (
    KEPT,
    STEPS,
    Call,
    Design,
    apply_changes,
    best_design,
    by_task,
    calls_of,
    longest_path,
    model_calls,
    step_sums,
)
from .agent_traces import Table
from .drawn_agent import AgentTraces, draw

# ---- the right answers ------------------------------------------------------------------------------------


def tasks(g: AgentTraces) -> int:
    """How many tasks there are."""
    return len(by_task(g))


def calls_a_task(g: AgentTraces) -> float:
    """Calls of a model, for each task."""
    return len(model_calls(g)) / tasks(g)


def money(g: AgentTraces) -> tuple[float, float, float]:
    """The bill in three parts: USD that are priced, tokens that are not, calls that say nothing."""
    priced = fsum(call.usd for call in model_calls(g) if call.usd is not None)
    unpriced = sum((c.tokens_in or 0) + (c.tokens_out or 0) for c in model_calls(g) if c.usd is None)
    return priced, float(unpriced), float(sum(call.tokens_in is None for call in model_calls(g)))


def task_seconds(g: AgentTraces) -> list[float]:
    """Seconds of each task, from the start of its first call to the end of its last, the shortest first."""
    return sorted(max(c.start + c.sec for c in task) - min(c.start for c in task) for task in by_task(g).values())


def kept_sec(g: AgentTraces, share: float = 0.95) -> float:
    """The smallest seconds of a task that at least this share of the tasks keep."""
    seconds = task_seconds(g)
    return seconds[ceil(share * len(seconds) - 1e-9) - 1]


def seconds(g: AgentTraces) -> tuple[float, float]:
    """Seconds that 95 of 100 tasks keep, and the longest path by the steps' means."""
    return kept_sec(g), longest_path(step_sums(g))


def write_right(g: AgentTraces) -> tuple[float, float, float]:
    """p of the step write, a task at a time, with its Wilson interval."""
    right = round(step_sums(g)["write"].p * tasks(g))
    return _with_interval(right, tasks(g))


def _with_interval(right: int, tried: int) -> tuple[float, float, float]:
    low, high = wilson_interval(right, tried)
    return right / tried, float(low), float(high)


@lru_cache(KEPT)
def conversations(g: AgentTraces) -> tuple[tuple[int, ...], ...]:
    """The tokens that were sent with each call of write, task by task."""
    return tuple(
        tuple(call.tokens_in or 0 for call in task if call.step == "write") for task in by_task(g).values()
    )  # fmt: skip


def context(g: AgentTraces) -> tuple[float, float]:
    """Tokens sent with the first call of write, and how many more with each further one, in the mean over tasks."""
    sent = conversations(g)
    return (
        fsum(each[0] for each in sent) / len(sent),
        fsum((each[-1] - each[0]) / (len(each) - 1) for each in sent) / len(sent),
    )


def numbers_of(design: Design) -> tuple[float, float, float]:
    """p, USD and seconds of a design."""
    return design.p, design.usd, design.sec


def best_change(g: AgentTraces) -> tuple[float, float, float]:
    """p, USD and seconds of the surest changes within both budgets."""
    return numbers_of(best_design(g))


# ---- the function -----------------------------------------------------------------------------------------

POOL = 24


def rows_of(g: AgentTraces) -> Table:
    """The trace as rows of (call, parent, model, tokens)."""
    return tuple(
        (c.call, c.parent, c.model, None if c.tokens_in is None else c.tokens_in + (c.tokens_out or 0))
        for c in calls_of(g)
    )  # fmt: skip


@cache
def other_rows() -> tuple[Table, ...]:
    """More traces on which a function is tried; the same for everybody."""
    return tuple(_make_rows(np.random.default_rng(seed)) for seed in range(POOL))


def _make_rows(rng: np.random.Generator) -> Table:
    """An agent's trace with two levels of roll-ups, wrappers without usage, tools below calls, and silent calls."""
    rows: list[tuple[str, str, str, int | None]] = []

    def add(parent: str, model: str, used: int | None) -> str:
        rows.append((f"s{len(rows) + 1}", parent, model, used))
        return rows[-1][0]

    def tokens() -> int:
        return int(rng.integers(10, 200))

    for _ in range(int(rng.integers(2, 4))):
        agent = add("", "agent", tokens())
        wrapper = add(agent, "", None)
        turn = add(wrapper, "turn", tokens())
        for _ in range(int(rng.integers(1, 4))):
            add(turn, "small", tokens())
        with_tool = add(turn, "premium", tokens())
        add(with_tool, "", None)
        add(wrapper, "small", None)
        own = add("", "premium", tokens())
        add(own, "", None)
    return tuple(rows[int(i)] for i in rng.permutation(len(rows)))


def fold(g: AgentTraces, rows: Table, rule: str = "no usage below", silent: str = "leaf") -> tuple[float, float, float]:
    """Calls that count, their tokens, and model calls that say nothing.

    Args:
        g: the numbers, which do not matter here.
        rows: of (call, parent, model, tokens).
        rule: which rows with usage count: ``"no usage below"``, or a wrong one.
        silent: which rows without usage are calls: ``"leaf"``, or a wrong one.
    """
    used = [row for row in rows if row[3] is not None]
    passed = {
        "no usage below": _names_above(rows, used),
        "no usage just below": {row[1] for row in used},
        "no children": {row[1] for row in rows},
    }.get(rule, set())
    kept = [row for row in used if row[0] not in passed and (rule != "roots" or row[1] == "")]
    quiet = sum(row[3] is None and (row[2] != "" or silent == "tools too") for row in rows)
    return float(len(kept)), float(sum(row[3] for row in kept)), float(quiet)


def _names_above(rows: Table, used: list[Any]) -> set[str]:
    """The names that one meets on the way up from these rows."""
    parents = {row[0]: row[1] for row in rows}
    above: set[str] = set()
    for row in used:
        name = row[1]
        while name and name not in above:
            above.add(name)
            name = parents.get(name, "")
    return above


# ---- what goes wrong --------------------------------------------------------------------------------------

ROLL_UP = (
    "You counted the rows of the framework, too. They say once more what lies below them: a row counts if no other row "
    "with usage lies below it."
)


def _column(g: AgentTraces) -> float:
    """The column usd, added up over all rows."""
    return fsum(row.usd or 0.0 for row in calls_of(g))


def _sum_of_steps(g: AgentTraces) -> float:
    return fsum(step.sec for step in step_sums(g).values())


def _write_calls(g: AgentTraces) -> list[Call]:
    return [call for call in model_calls(g) if call.step == "write"]


def _wald(g: AgentTraces) -> tuple[float, float, float]:
    p = write_right(g)[0]
    reach = normal_reach(0.95) * sqrt(p * (1 - p) / tasks(g))
    return p, p - reach, p + reach


def _mean_sent(g: AgentTraces) -> float:
    """Tokens sent with a call of write, in the mean over all."""
    sent = [tokens for each in conversations(g) for tokens in each]
    return fsum(sent) / len(sent)


def _last_less_first(g: AgentTraces) -> float:
    sent = conversations(g)
    return fsum(each[-1] - each[0] for each in sent) / len(sent)


QUESTIONS = (
    Question(
        name="calls_a_task",
        asks="How many calls of a model does a task make, in the mean?",
        unit="calls",
        answer=calls_a_task,
        misconceptions=(
            Misconception("roll_ups", lambda g: len(calls_of(g)) / tasks(g), ROLL_UP),
            Misconception(
                "priced_ones",
                lambda g: sum(c.usd is not None for c in model_calls(g)) / tasks(g),
                "You left out the calls without dollars. They were made all the same.",
            ),
            Misconception(
                "with_usage",
                lambda g: sum(c.tokens_in is not None for c in model_calls(g)) / tasks(g),
                "You left out the calls without usage. They were made all the same; nobody knows what they used.",
            ),
            Misconception(
                "one_a_step",
                lambda g: float(len(STEPS)),
                "That is how many steps it has. The last one calls its model several times.",
            ),
            Misconception(
                "of_all_tasks",
                lambda g: float(len(model_calls(g))),
                "Those are the calls of all tasks. Asked is one task's, in the mean.",
            ),
        ),
        hints=(
            "A row whose name is another row's parent is no call but a roll-up. What are the others?",
            "len(calls) / len(tasks), or found.calls.value of the fit.",
        ),
        worked=lambda g: (
            f"{len(calls_of(g))} rows less {tasks(g)} of the framework are {len(model_calls(g))} calls, for "
            f"{tasks(g)} tasks: "
            f"{calls_a_task(g):.3f}"
        ),
    ),
    Question(
        name="money",
        asks="The bill in three parts: USD of what is priced, tokens (in and out) of what has no price, and calls "
        "that say "
        "nothing of what they used. [USD, tokens, calls]",
        unit="USD, tokens, calls",
        answer=money,
        misconceptions=(
            Misconception("column", lambda g: (_column(g), *money(g)[1:]), ROLL_UP),
            Misconception(
                "tokens_in_alone",
                lambda g: (
                    money(g)[0],
                    float(sum(c.tokens_in or 0 for c in model_calls(g) if c.usd is None)),
                    money(g)[2],
                ),
                "Your tokens are those that were sent. What was written is unpriced, too.",
            ),
            Misconception(
                "no_dollars",
                lambda g: (*money(g)[:2], float(sum(c.usd is None for c in model_calls(g)))),
                "You counted all calls without dollars. Some of them do say their tokens; only their price is unknown.",
            ),
            Misconception(
                "calls_for_tokens",
                lambda g: (
                    money(g)[0],
                    float(sum(c.usd is None and c.tokens_in is not None for c in model_calls(g))),
                    money(g)[2],
                ),
                "Your second number counts the calls without a price. Asked are their tokens.",
            ),
            Misconception(
                "a_task",
                lambda g: (money(g)[0] / tasks(g), *money(g)[1:]),
                "Your dollars are those of a task. Asked is the whole bill.",
            ),
        ),
        hints=(
            "A call without usd either says its tokens, and its model has no price, or says nothing at all.",
            "labkit_traces.read gives all three: reading.money.priced_usd, .unpriced and .unobserved.",
        ),
        worked=lambda g: "${:.4f} are priced, {:.0f} tokens are not, and {:.0f} calls say nothing".format(*money(g)),
        points=2,
    ),
    Question(
        name="seconds",
        asks="Within how many seconds are 95 of 100 tasks done (the smallest recorded time that at least 95% of them "
        "keep), "
        "and how long is the longest path, by the steps' mean seconds? [p95, longest path]",
        unit="s",
        answer=seconds,
        misconceptions=(
            Misconception(
                "one_after_the_other",
                lambda g: (kept_sec(g), _sum_of_steps(g)),
                "Your path is the sum of all steps. Look at the starts of search and count: neither waits for the "
                "other.",
            ),
            Misconception(
                "with_the_gaps",
                lambda g: (kept_sec(g), fsum(task_seconds(g)) / tasks(g)),
                "Your second number is a task's mean time from first to last. Between its calls nothing ran; a path is "
                "made of the steps' own seconds.",
            ),
            Misconception(
                "the_frameworks_rows",
                lambda g: (kept_sec(g), fsum(row.sec for row in calls_of(g) if row.step == "agent") / tasks(g)),
                "Your second number is the mean of the framework's own rows. They last from before a task's first call "
                "until after its last; a path is made of the steps' own seconds.",
            ),
            Misconception(
                "mean_for_p95",
                lambda g: (fsum(task_seconds(g)) / tasks(g), seconds(g)[1]),
                "Your first number is the mean. Asked are the seconds that 95 of 100 tasks keep.",
            ),
            Misconception(
                "longest_for_p95",
                lambda g: (task_seconds(g)[-1], seconds(g)[1]),
                "Your first number is the longest task. So few tasks may be slower than that: one of twenty.",
            ),
        ),
        hints=(
            "A task's time goes from the start of its first call to the end of its last. Sort the times. For the path: "
            "which step waits for which?",
            "found.p95_sec.value; and found.workflow.outcome().latency, or plan + max(search, count) + write.",
        ),
        worked=lambda g: (
            f"sorted, the tasks' times reach {kept_sec(g):.3f} s at 95%; "
            f"plan {step_sums(g)['plan'].sec:.3f} + the longer of search {step_sums(g)['search'].sec:.3f} and count "
            f"{step_sums(g)['count'].sec:.3f} + write {step_sums(g)['write'].sec:.3f} = {seconds(g)[1]:.3f} s"
        ),
        points=2,
    ),
    Question(
        name="write_right",
        asks="How often is the step write right, of a task, and from where to where goes the 95% interval "
        "(labkit.reliability.wilson_interval)? [p, low, high]",
        unit="probability",
        answer=write_right,
        misconceptions=(
            Misconception(
                "by_calls",
                lambda g: _with_interval(sum(bool(c.right) for c in _write_calls(g)), len(_write_calls(g))),
                "You counted calls. A task's write is right if *all* its calls are, and calls of one task are no "
                "tasks: "
                "counted as if they were, the interval comes out too narrow.",
            ),
            Misconception(
                "normal",
                _wald,
                "Your interval is p plus and minus 1.96 standard errors. With so few tasks it is off, and near 1 it "
                "goes "
                "beyond it; use Wilson's.",
            ),
            Misconception(
                "all_calls_tried",
                lambda g: _with_interval(round(write_right(g)[0] * tasks(g)), len(_write_calls(g))),
                "You divided the tasks that came out right by the calls. Divide by the tasks.",
            ),
            Misconception(
                "failures",
                lambda g: _with_interval(tasks(g) - round(write_right(g)[0] * tasks(g)), tasks(g)),
                "That is how often it is wrong.",
            ),
        ),
        hints=(
            "Count the tasks all of whose calls of write have right = 1.",
            "low, high = labkit.reliability.wilson_interval(right_tasks, all_tasks).",
        ),
        worked=lambda g: "{:.0f} of {} tasks: {:.3f}, from {:.3f} to {:.3f}".format(
            write_right(g)[0] * tasks(g), tasks(g), *write_right(g)
        ),
    ),
    Question(
        name="context",
        asks="The conversation of write grows. How many tokens are sent with its first call, and how many more with "
        "each "
        "further one, (last - first) / (calls - 1), both in the mean over tasks? [first, growth]",
        unit="tokens",
        answer=context,
        misconceptions=(
            Misconception(
                "mean_call",
                lambda g: (_mean_sent(g), context(g)[1]),
                "Your first number is the mean over all calls. Asked is the first call of each task.",
            ),
            Misconception(
                "whole_growth",
                lambda g: (context(g)[0], _last_less_first(g)),
                "Your growth is that from the first call to the last. Divide it by the calls in between, task by task.",
            ),
            Misconception(
                "tokens_written_too",
                lambda g: (
                    fsum(next(c for c in task if c.step == "write").tokens_out or 0 for task in by_task(g).values())
                    / tasks(g)
                    + context(g)[0],
                    context(g)[1],
                ),
                "You added what the first call wrote. Asked is what was sent with it.",
            ),
        ),
        hints=(
            "For each task, list tokens_in of its calls of write in the order of their start.",
            'found.step("write").context.first.value and .growth.value.',
        ),
        worked=lambda g: "{:.2f} tokens with the first call, {:.2f} more with each further one".format(*context(g)),
    ),
    Question(
        name="best_change",
        asks="Four changes are on the table (see the text). Which of them, together, give the highest p within both "
        "budgets, "
        "g.budget_usd and g.budget_sec? State what they are predicted to come to. [p, USD, s]",
        unit="probability, USD, s",
        answer=best_change,
        misconceptions=(
            Misconception(
                "fresh_tosses",
                lambda g: numbers_of(best_design(g, correlation=0.0)),
                "You took the retry for a fresh toss. Tries of one task are alike: after a rejection the second is "
                "right "
                "p (1 - g.correlation) of the time.",
            ),
            Misconception(
                "free_retries",
                lambda g: numbers_of(best_design(g, paid=False)),
                "Your retries cost nothing. Each rejected answer is paid for and waited for once more.",
            ),
            Misconception(
                "one_change",
                lambda g: numbers_of(best_design(g, most=1)),
                "You tried the changes one by one. Some are only worth it together.",
            ),
            Misconception(
                "seconds_forgotten",
                lambda g: numbers_of(best_design(g, budgets=("usd",))),
                "These changes keep the dollars and not the seconds.",
            ),
            Misconception(
                "dollars_forgotten",
                lambda g: numbers_of(best_design(g, budgets=("sec",))),
                "These changes keep the seconds and not the dollars.",
            ),
            Misconception(
                "cheapest",
                lambda g: numbers_of(best_design(g, cheapest=True)),
                "These are the cheapest changes within the budgets. Asked are the surest.",
            ),
        ),
        hints=(
            "Four changes can be made or not: sixteen designs. Work out p, USD and seconds of each, and throw away "
            "those "
            "over a budget.",
            "itertools.product((False, True), repeat=4). The check comes last: with p of write as the others leave it, "
            "(1 - p) g.detection of the tasks are tried again, and that much more is paid and waited for.",
        ),
        worked=lambda g: (
            "{}: p {:.4f} for ${:.4f} in {:.3f} s".format(", ".join(best_design(g).changes), *best_change(g))
            + "; as it is, p {:.4f} for ${:.4f} in {:.3f} s".format(*numbers_of(apply_changes(g, ())))
        ),
        points=3,
    ),
    Question(
        name="fold",
        asks="Write a function fold(rows) -> (calls, tokens, unobserved) for rows of (call, parent, model, tokens), "
        "in any "
        "order. A row counts if it has tokens and no row with tokens lies below it, however deep; a row with a model "
        "and "
        "without tokens is unobserved.",
        unit="(calls, tokens, calls)",
        answer=fold,
        inputs=lambda g: (other_rows()[0], rows_of(g)),
        hidden=lambda g, rng: [other_rows()[int(i)] for i in 1 + rng.permutation(POOL - 1)[:4]],
        misconceptions=(
            Misconception(
                "all_rows",
                lambda g, rows: fold(g, rows, "all"),
                "You counted every row with tokens. Roll-ups say what lies below them once more.",
            ),
            Misconception(
                "no_children",
                lambda g, rows: fold(g, rows, "no children"),
                "You counted the rows without children. A tool may hang below a call, and the call counts all the "
                "same.",
            ),
            Misconception(
                "one_level",
                lambda g, rows: fold(g, rows, "no usage just below"),
                "You looked one level down. Between a roll-up and its calls there may be a row that says nothing.",
            ),
            Misconception(
                "outermost",
                lambda g, rows: fold(g, rows, "roots"),
                "You counted the outermost rows. Each of them is one call at most, or a sum of many.",
            ),
            Misconception(
                "tools_unobserved",
                lambda g, rows: fold(g, rows, silent="tools too"),
                "Rows without a model are tools or wrappers. They use no tokens, so nothing of theirs is unobserved.",
            ),
        ),
        hints=(
            "Mark every row that has tokens, and go up from it, parent by parent: whatever you pass does not count.",
            "parents = {call: parent for call, parent, *_ in rows}; for each row with tokens walk name = "
            "parents.get(name) "
            "until there is none, and collect the names in a set.",
        ),
        worked=lambda g: (
            "of your trace's {} rows {:.0f} count, with {:.0f} tokens, and {:.0f} calls are unobserved".format(
                len(rows_of(g)), *fold(g, rows_of(g))
            )
        ),
        points=2,
    ),
)

ESSAYS = (
    Essay(
        name="advice",
        asks="Write the recommendation to whoever owns the agent: what you change, what it is predicted to bring, how "
        "sure "
        "that is, what it stands on that no trace can show, and what you will measure afterwards and when you would "
        "take "
        "it back. Six sentences.",
        points=5,
        rubric="One point for each: the change, with p, USD and seconds before and after, within both budgets; the "
        "doubt of "
        "the traces in numbers (the interval of p of write, or how many tasks would do); that the dollars are a lower "
        "bound, "
        "with the part that was not seen; the assumptions that no interval covers (search and count do not need the "
        "plan, "
        "the check's detection, the correlation, the pilot), at least two; what is measured afterwards (paired with "
        "today's "
        "tasks, or p, USD and seconds over so many tasks) with the figure that would undo the change.",
    ),
)

EXERCISE = Exercise(
    name="fit_and_advise",
    number="12",
    title="Fit and advise",
    minutes=45,
    difficulty="advanced",
    objective="From the traces of an agent, find what it costs, takes and gets right, how sure that is, and the "
    "change to "
    "make under two budgets.",
    text=AgentTraces(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
