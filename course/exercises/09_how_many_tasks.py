# %% [markdown]
# # Exercise 09: how many tasks
#
# *45 minutes, intermediate. After lesson 08.* You will plan a comparison of two designs that can see what it is meant to
# see, and read one that cannot.
#
# A team has a design in use and a new one that might replace it. In a pilot both were given the same tasks, and
# `g.pilot` says on how many of them both were right, only the new one, only the old one, and neither. The pilot, the
# judge and the price are made up. The two models at the end are not: if you have the text's numbers, they are the strong
# and the weak model of RouteLLM on the subject college_physics of MMLU (Ong et al. 2024).
#
# Put your answers in place of the three dots. `labkit.evaluation` has a function for nearly everything; the question
# is which one, and with what in it. In a new cell, `hint("how_many_tasks.p_value")` gives a hint.

# %%
import numpy as np

from labkit import evaluation, plots
from labkit_workbook import check, given, hint, summary

g = given("how_many_tasks")
g

# %%
both, only_new, only_old, neither = g.pilot
tasks = sum(g.pilot)
print(f"{tasks} tasks; new: {(both + only_new) / tasks:.3f} right, old: {(both + only_old) / tasks:.3f}")

# %% [markdown]
# ## 1. Is it luck?
#
# Suppose that the two designs are equally good. **Predict** first: how often would they part at least as far as in the
# pilot, in either direction? Take McNemar's *exact* test.

# %% p-value
### BEGIN SOLUTION: set p_value to the exact, two-sided p-value of McNemar's test
p_value = evaluation.mcnemar(only_new, only_old).exact
### END SOLUTION
check("how_many_tasks.p_value", p_value)

# %% [markdown]
# ## 2. Tasks enough
#
# Take the pilot at its word: its shares are the true ones. How many tasks, the same for both designs, find such a
# difference in four runs of five, at a two-sided 5%?

# %% tasks-needed
### BEGIN SOLUTION: set tasks_needed to the tasks that both designs must be given
tasks_needed = evaluation.paired_tasks_needed(only_new / tasks, only_old / tasks)
### END SOLUTION
check("how_many_tasks.tasks_needed", tasks_needed)

# %% [markdown]
# Draw what that number stands on: how often the difference is found, over the tasks, and beside it how often it would
# be found if each design had tasks of its own.

# %% power-curves
### BEGIN SOLUTION: draw the power of both comparisons over 50 to 1,500 tasks
n = np.arange(50, 1501, 25)
plots.curves(
    n,
    {
        "the same tasks": evaluation.paired_power(n, only_new / tasks, only_old / tasks),
        "tasks of their own": evaluation.unpaired_power(n, (both + only_new) / tasks, (both + only_old) / tasks),
    },
    "tasks of each design",
    "how often the difference is found",
    "The same tasks for both see more",
    "Power over 50 to 1,500 tasks, for the same tasks and for tasks of their own; the first curve lies above.",
    percent=True,
)
### END SOLUTION

# %% [markdown]
# ## 3. Looking early
#
# The team wants to look `g.looks` times and stop when the new design is clearly ahead or behind, with the bars of
# O'Brien and Fleming. If the designs differ as the pilot says, after how many tasks does the comparison end on the mean?

# %% mean-tasks
### BEGIN SOLUTION: set mean_tasks to the tasks that the planned comparison takes on the mean
mean_tasks = tasks_needed * evaluation.group_sequential(g.looks).mean_if_different
### END SOLUTION
check("how_many_tasks.mean_tasks", mean_tasks)

# %% [markdown]
# ## 4. Two other teams
#
# Two other teams publish a comparison. Each has `g.own_tasks` tasks, and not the same ones; the worse of their designs
# is right `g.own_p` of the time. **Predict** first, in points: how much better must the other be, for them to find it
# in four runs of five?

# %% smallest-seen
### BEGIN SOLUTION: set smallest_seen to the smallest difference that they find, as a fraction
smallest_seen = evaluation.smallest_unpaired_difference(g.own_tasks, g.own_p)
### END SOLUTION
check("how_many_tasks.smallest_seen", smallest_seen)

# %% [markdown]
# A third team has few tasks and tries each of them several times: `g.repeated`. Two tries of one task have the
# correlation `g.correlation`. How many tasks, each tried once, are the runs worth?

# %% runs-worth
### BEGIN SOLUTION: set runs_worth to how many tasks, tried once, the runs are worth
repeated_tasks, tries = g.repeated
runs_worth = repeated_tasks * tries / (1 + (tries - 1) * g.correlation)
### END SOLUTION
check("how_many_tasks.runs_worth", runs_worth)

# %% [markdown]
# ## 5. Through a judge
#
# In the large comparison nobody will read the answers; a judge does, whose recall of wrong answers and whose false
# alarms on right ones are `g.judge`. It calls the shares `g.called` right, of the new design and of the old one. How
# much better is the new design really?

# %% true-difference
### BEGIN SOLUTION: set true_difference to the share of right answers, new less old, without the judge's errors
recall, false_alarm = g.judge
new, old = (evaluation.true_share(called, recall, false_alarm) for called in g.called)
true_difference = new - old
### END SOLUTION
check("how_many_tasks.true_difference", true_difference)

# %% [markdown]
# ## 6. Or a second model?
#
# Somebody proposes to buy a second model instead and to let a router choose. `g.models` counts on how many questions
# both models were right, only the strong one, only the weak one, and neither. **Predict** first, from the two shares
# alone; then say what no router, vote or cascade of the two can exceed.

# %% ceiling
### BEGIN SOLUTION: set ceiling to the most that a choice between the two can get right
ceiling = evaluation.co_failure(*g.models).ceiling
### END SOLUTION
check("how_many_tasks.ceiling", ceiling)

# %% [markdown]
# ## 7. In words
#
# Would you ship the new design after this pilot? Say what the pilot shows, with its p-value or interval; how many tasks
# you would run on both designs and what that costs; how you would look early; what the judge does to the plan; and why
# more tries of the same tasks would not do. Six sentences.

# %% what-to-run [markdown] points=5
# <!-- ### BEGIN SOLUTION -->
# Not yet. The new design is 7 points ahead on 200 tasks, but the exact p-value is 0.06 and the interval goes from 0.1 to
# 13.7 points, so the lead may be luck, and if it is real its size is hardly known. To find 7 points in four runs of
# five I would give both designs 383 tasks, the same for both, which is 766 runs and 61 USD. I would plan four looks with
# the bars of O'Brien and Fleming, at most 392 tasks and 318 on the mean if the lead is real; to look at 5% after every
# quarter and stop when it suits would call equal designs different in one comparison of eight. If a judge marks the
# answers, it sees only 54% of every difference, so about 1 / 0.54², 3.4 times as many tasks are needed, and its recall
# and false alarms have to be counted first. More tries of the 200 tasks would not do: tries of one task resemble each
# other, as 60 tasks with 5 tries each are worth 115 tasks and not 300, so it is tasks that must be added.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all five. Which of yours does?
#
# - It gives the pilot's difference with a p-value or an interval, and says what that leaves open.
# - It says how many tasks both designs get, and what the runs of both cost.
# - It plans its looks, or bets, and says why peeking at 5% is not allowed.
# - It says that the judge shrinks the difference, so that more tasks are needed.
# - It says that tries of one task resemble each other, so that tasks must be added.

# %% [markdown] tags=["instructor"]
# **Rubric (5 points).** One point for each: the pilot's difference with a p-value or an interval, and what it leaves
# open; the tasks needed, the same for both designs, and the bill of both; looks that are planned, or a bet, and why
# peeking at 5% is not allowed; the judge shrinks the difference, so that more tasks are needed (about one over the
# squared recall less false alarms); tries of one task resemble each other, so tasks are what must be added.

# %% how-far points=9 tags=["grade"]
progress = summary("how_many_tasks")
print(progress)
progress.points
