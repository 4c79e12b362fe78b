# %% [markdown]
# # Exercise 04: measure your retries
#
# *45 minutes, intermediate. After lesson 06.* You will take a table of repeated runs, and find what one blind retry
# of this agent really buys, with an interval that is honest.
#
# Somebody has run an agent on the same tasks several times, with nothing changed between the runs. All you have is
# a table: how many tasks were solved in none of the tries, in one, in two, and so on. If you have the text's
# numbers, they are those of **gpt-4o on the 50 airline tasks of tau-bench, four tries each**: the only whole numbers
# that give the published pass^1 to pass^4 (Yao et al. 2024, tau-bench README), at temperature 0. The price of a try is
# made up.
#
# Put your answers in place of the three dots. In a new cell, `hint("measure_your_retries.p")` gives a hint.

# %%
import numpy as np

from labkit_workbook import check, given, hint, summary
from labkit import plots, reliability

g = given("measure_your_retries")
g

# %%
each_task = np.repeat(np.arange(g.tries + 1), g.solved)  # how often each task was solved
print(each_task.size, "tasks")

# %% [markdown]
# ## 1. One try
#
# The share of all tries that were right. The field calls it pass^1.

# %% p
### BEGIN SOLUTION: set p to the share of all tries that were right
p = each_task.mean() / g.tries
### END SOLUTION
check("measure_your_retries.p", p)

# %% [markdown]
# ## 2. Two tries of one task
#
# Take two different tries of the same task. In what share of all such pairs were **both** right? That is pass^2.
# **Predict** first: is it above or below p squared?

# %% pass-2
### BEGIN SOLUTION: set pass_2 to the share of pairs of tries of one task in which both were right
n = g.tries
pass_2 = (each_task * (each_task - 1)).mean() / (n * (n - 1))
### END SOLUTION
check("measure_your_retries.pass_2", pass_2)

# %% [markdown]
# How strongly do two tries of one task resemble each other? Zero is independent, one is always the same.

# %% correlation
### BEGIN SOLUTION: set correlation to the correlation of two tries of one task
correlation = (pass_2 - p**2) / (p * (1 - p))
### END SOLUTION
check("measure_your_retries.correlation", correlation)

# %% [markdown]
# ## 3. What a retry buys
#
# The first try was wrong, and something noticed it. A blind second try knows nothing of the first. How often is it
# right? **Predict:** p, more, or less?

# %% second-right
### BEGIN SOLUTION: set second_right to how often a second try is right after a wrong first
second_right = (p - pass_2) / (1 - p)
### END SOLUTION
check("measure_your_retries.second_right", second_right)

# %% [markdown]
# Every failure is noticed and tried once more. What share of the tasks is solved? And what does the retry cost for
# each success that it adds?

# %% with-retry
### BEGIN SOLUTION: set with_retry to the share solved with one retry
with_retry = p + (1 - p) * second_right
### END SOLUTION
check("measure_your_retries.with_retry", with_retry)

# %% usd-per-success
### BEGIN SOLUTION: set usd_per_success to the USD of each success that the retry adds
usd_per_success = (1 - p) * g.usd / (with_retry - p)
### END SOLUTION
check("measure_your_retries.usd_per_success", usd_per_success)

# %% [markdown]
# What does your correlation belong to? Somebody takes it for "the agent's" and plans with it elsewhere. `g.other` holds
# pass^1 and pass^2 of the **same agent at the same temperature on other tasks**. **Predict** first: will the retry do
# more there, or less, than your correlation would say?

# %% elsewhere
### BEGIN SOLUTION: set elsewhere to the share of the other tasks that is solved with one retry
other_p, other_pass_2 = g.other
elsewhere = other_p + (1 - other_p) * (other_p - other_pass_2) / (1 - other_p)
### END SOLUTION
check("measure_your_retries.elsewhere", elsewhere)

# %% [markdown]
# ## 4. Two numbers, and the rest of the curve
#
# p and pass^2 fix a beta law: each task has a rate of its own, drawn from a beta distribution
# (`reliability.fit_beta`). How often, by that law, are **all** `g.tries` tries of a task right? Predict it, then
# compare with the last number of the table.

# %% all-right
### BEGIN SOLUTION: set all_right to pass^k for k = g.tries, predicted by the beta law from p and pass_2
law = reliability.fit_beta(p, pass_2)
all_right = law.pass_hat(g.tries)
### END SOLUTION
check("measure_your_retries.all_right", all_right)

# %% three-curves
### BEGIN SOLUTION: draw measured pass^k, the beta law and p^k over k = 1 ... g.tries
k = np.arange(1, g.tries + 1)
measured = reliability.pass_hat_from_counts(each_task, g.tries, k)
plots.curves(
    k,
    {"measured": measured, "beta law, from k = 1 and 2": law.pass_hat(k), "independent: p^k": p**k},
    "k, tries of one task",
    "all k right (pass^k)",
    "Tries of one task resemble each other",
    "pass^k over k. The measured curve falls slowly, the beta law stays close to it, p to the k falls far below.",
    percent=True,
)
### END SOLUTION

# %% [markdown]
# ## 5. How sure are you?
#
# The tasks were sampled; the tries of one task are not new tasks. So give each task **one** number, the share of its
# tries that were right, and take the mean of these numbers, minus and plus 1.96 standard errors
# (`std(ddof=1)` over the root of the number of tasks).


# %% p-interval
### BEGIN SOLUTION: set p_interval to [low, high], the 95% interval of p
def interval(values):
    error = values.std(ddof=1) / np.sqrt(values.size)
    return [values.mean() - 1.96 * error, values.mean() + 1.96 * error]


p_interval = interval(each_task / g.tries)
### END SOLUTION
check("measure_your_retries.p_interval", p_interval)

# %% [markdown]
# And the same for what one retry *adds*. For each task: in what share of its ordered pairs of tries is the first
# wrong and the second right?

# %% gain-interval
### BEGIN SOLUTION: set gain_interval to [low, high], the 95% interval of the share that one retry adds
gain_interval = interval(each_task * (n - each_task) / (n * (n - 1)))
### END SOLUTION
check("measure_your_retries.gain_interval", gain_interval)

# %% [markdown]
# ## 6. In words
#
# Would you buy the retry for this agent? Say what one blind retry adds, with its interval; why the text's law
# promises more; what your correlation belongs to, and so where it may not be used; and what you would measure, or
# change, before you buy a second one. Six sentences.

# %% buy-the-retry [markdown] points=5
# <!-- ### BEGIN SOLUTION -->
# One blind retry adds 14.7 points, and 50 tasks allow anything from 10.6 to 18.7. The retry law promises 24.4,
# because it lets the second try succeed as often as a first one; but the tasks differ, a task that failed once is
# likely a hard one, and after a failure only 25% of the second tries are right, not 42%. All of it needs a detector:
# without one nobody knows which tries to repeat. The correlation of 0.40 belongs to this agent on these tasks at
# temperature 0: in the shop the same agent has 0.53, and a warmer one would have another. At 0.79 USD for each added success, where a first try's cost 0.48,
# I would buy it if a success is worth more than 0.79. Before a second retry I would measure an informed one, which is
# told what went wrong, and I would run more tasks rather than more tries of these: more tries of the same tasks
# narrow the interval only so far.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all five. Which of yours does?
#
# - It gives the measured gain with its interval.
# - It says that tasks differ in difficulty, so that failures repeat.
# - It says that the correlation belongs to an agent, its tasks and its temperature.
# - It says what the retry needs: a detector; or how an informed retry differs from a blind one.
# - It says what narrows the interval: more tasks; more tries of the same tasks only so far.

# %% [markdown] tags=["instructor"]
# **Rubric (5 points).** One point for each: the measured gain with its interval; tasks differ in difficulty, so
# failures repeat (or the correlation, in words); the correlation belongs to agent, tasks and temperature together, so
# it is not to be used for others; a retry needs a detector, or an informed retry differs from a
# blind one; more tasks narrow the interval, more tries of the same tasks only so far.

# %% how-far points=11 tags=["grade"]
progress = summary("measure_your_retries")
print(progress)
progress.points
