# %% [markdown]
# # Exercise 03: debate or retry
#
# *40 minutes, intermediate. After lesson 03.* You will compare two ways to make one step surer, under a latency
# budget, and then take away the assumption that makes one of them win.
#
# A chain of steps. One of them is **critical**: less sure than the others. A debate would make it surer, and takes
# several turns instead of one. A single retry would make it surer too, and takes a second attempt when the first
# one failed.
#
# Put your answers in place of the three dots. In a new cell, `hint("debate_vs_retry.bare")` gives a hint.

# %%
import numpy as np

from labkit_workbook import answered, check, given, hint, summary
from labkit import plots

g = given("debate_vs_retry")
g

# %% [markdown]
# ## 1. Three chains
#
# End-to-end reliability of the chain as it is; with the debate on the critical step; with one retry of the critical
# step, if every failure is noticed. **Predict** first: which is higher, debate or retry?

# %% bare
### BEGIN SOLUTION: set bare to the reliability of the chain as it is
others = g.other_p ** (g.steps - 1)
bare = others * g.critical_p
### END SOLUTION
check("debate_vs_retry.bare", bare)

# %% debated
### BEGIN SOLUTION: set debated to the reliability with the debate on the critical step
debated = others * g.debated_p
### END SOLUTION
check("debate_vs_retry.debated", debated)

# %% retried
### BEGIN SOLUTION: set retried to the reliability with one retry of the critical step
retried = others * (1 - (1 - g.critical_p) ** 2)
### END SOLUTION
check("debate_vs_retry.retried", retried)

# %% [markdown]
# ## 2. Seconds
#
# The bare chain takes `g.steps * g.sec` seconds. How long is the critical path with the debate?

# %% debated-sec
### BEGIN SOLUTION: set debated_sec to the seconds on the critical path with the debate
debated_sec = (g.steps - 1 + g.turns) * g.sec
### END SOLUTION
check("debate_vs_retry.debated_sec", debated_sec)

# %% [markdown]
# A retry takes time only when it is needed. How many attempts does the retried step take *on average*?

# %% expected-attempts
### BEGIN SOLUTION: set expected_attempts to the mean number of attempts of the retried step
expected_attempts = 1 + (1 - g.critical_p)
### END SOLUTION
check("debate_vs_retry.expected_attempts", expected_attempts)

# %% [markdown]
# A strict budget must hold *every* time. From which latency budget on can the retry never break it?

# %% retry-budget
### BEGIN SOLUTION: set retry_budget to the seconds from which the retry always fits
retry_budget = (g.steps + 1) * g.sec
### END SOLUTION
check("debate_vs_retry.retry_budget", retry_budget)

# %% [markdown]
# ## 3. When does the advice flip?
#
# The text asks at which latency budget the recommendation flips from the retry to the debate. **Predict** that budget,
# and write it down. Then draw the best reliability that fits into each budget, with every failure noticed.

# %% best-by-budget
### BEGIN SOLUTION: set fits to a function of budget and design that says whether the design's worst case fits
def fits(budget, design):
    return budget >= {"bare": g.steps * g.sec, "retry": retry_budget, "debate": debated_sec}[design]


### END SOLUTION
if answered(fits, bare, debated, retried, debated_sec, retry_budget):  # nothing is shown before it is answered
    budgets = np.linspace((g.steps - 1) * g.sec, debated_sec + 3 * g.sec, 200)
    success = {"bare": bare, "debate": debated, "retry": retried}
    picture = plots.curves(
        budgets,
        {name: np.where([fits(b, name) for b in budgets], p, np.nan) for name, p in success.items()},
        "latency budget (s)",
        "end-to-end success",
        "What fits into which budget?",
        "Reliability over the latency budget, a level line for each of bare chain, retry and debate from where it fits.",
        percent=True,
    )
    display(picture)

# %% [markdown]
# Go through your picture from left to right, and say for each budget which of the lines that fit is the highest. How
# often does the advice change, and is there a change like the one that the text asks about? Compare with the budget
# that you predicted. If the picture surprises you, look for the assumption that made it so: it stands in this section.

# %% [markdown] tags=["solution"]
# The advice never flips from the retry to the debate. Below `g.steps` steps' time nothing fits; then the bare chain; one
# step later the retry; and from where the debate fits, the retry is there already and surer. The question had a wrong
# answer built in. It comes from an assumption: **that every failure is noticed.**

# %% [markdown]
# ## 4. Without a perfect detector
#
# A retry needs to know that the step failed. If only a share d of the failures is noticed, below which d is the
# debate surer?

# %% detection-break-even
### BEGIN SOLUTION: set detection_break_even to the recall below which the debate is surer than the retry
detection_break_even = (g.debated_p - g.critical_p) / ((1 - g.critical_p) * g.critical_p)
### END SOLUTION
check("debate_vs_retry.detection_break_even", detection_break_even)

# %% map-of-advice
recall = np.linspace(0, 1, 101)
### BEGIN SOLUTION: set with_recall to the reliability of the retried chain, for each recall in the array above
with_recall = others * (g.critical_p + (1 - g.critical_p) * recall * g.critical_p)
### END SOLUTION
if answered(with_recall, debated, bare):
    picture = plots.curves(
        recall,
        {
            "retry": with_recall,
            "debate": np.full(101, debated),
            "bare": np.full(101, bare),
        },
        "share of failures that are noticed (recall d)",
        "end-to-end success",
        "What decides now?",
        "Reliability over detection recall: the bare chain and the debate as level lines, the retry as a rising one.",
        percent=True,
    )
    display(picture)

# %% [markdown]
# ## 5. Dollars a point
#
# What does each way pay for one percentage point of end-to-end reliability? A list: [debate, retry on average],
# with every failure noticed. Count only what is *added* to the bare chain.

# %% usd-per-point
### BEGIN SOLUTION: set usd_per_point to [USD a point for the debate, USD a point for the retry on average]
usd_per_point = [
    (g.turns - 1) * g.usd / (100 * (debated - bare)),
    (expected_attempts - 1) * g.usd / (100 * (retried - bare)),
]
### END SOLUTION
check("debate_vs_retry.usd_per_point", usd_per_point)

# %% [markdown]
# ## 6. Guardrail or retry
#
# A guardrail (a validation gate) rejects bad output before it travels on. A retry does the step again. Are they
# rivals? Say what each one needs, what each one gives without the other, and when you would still pay for the
# debate. Four sentences.

# %% guardrail-or-retry [markdown] points=4
# <!-- ### BEGIN SOLUTION -->
# They are two halves of one thing: the guardrail notices, the retry repairs. A retry without a guardrail does not
# know when to act, and gains nothing; a guardrail without a retry stops bad output but leaves the task unanswered,
# and its false alarms throw good answers away. The gain of the pair is (1 − p) · d · r, so its bottleneck is the
# detection recall d. I would pay for the debate where no check notices enough (here below a recall of 0.84), the
# budget has room for its rounds, and a success is worth its dollars a point, about fifty times those of the retry.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says: a retry needs a detector; a gate alone repairs nothing; below a certain recall
# the debate wins, if it fits; the debate costs many times more a point.

# %% [markdown] tags=["instructor"]
# **Rubric (4 points).** One point for each: a retry needs a detector; a gate alone repairs nothing; below a certain
# recall the debate wins, if it fits; the debate costs many times more a point.

# %% how-far points=9 tags=["grade"]
progress = summary("debate_vs_retry")
print(progress)
progress.points
