# %% [markdown]
# # 00 Start here: the seventh agent
#
# *15 minutes.* After this lesson you can read the three numbers of a workflow, and you know how these pages answer.
#
# A team has six agents on a task. Each answers once, all at the same time, and it works. Then somebody adds a
# seventh, to be safe. It reads the six answers, objects to each of them, and each objection is replied to.
#
# **Move the first slider to 7**, and watch the four bars. The dashed lines are what the six had.

# %%
from labkit import PREMIUM, SMALL, chain, plots
from labkit_workbook import check, doctor, explorers, hint, predict, table, tally

explorers.seventh_agent()

# %% [markdown]
# (You see a picture and no sliders? Click on the cell above and press Shift+Enter.)
#
# One agent of seven, and the bill has tripled, the answer comes a minute later, and the chance that every call was
# right has fallen from 91% to 76%. No model has changed, and no price. What has changed is who calls whom.
#
# Two things to try before you go on. Let the seventh object to two of the six only: how much of the bill comes back?
# Then let it object to all six again, and tick the box, so that it writes all its objections at once: which of the
# four bars moves, and which do not?

# %% [markdown]
# ## 1. Then an eighth
#
# The answers are still not good enough, so the team adds one more agent of the same kind. It reads the six answers as
# well, objects to each of them, and gets its replies.

# %%
predict("start_here.eighth_agent")

# %% tags=["predict", "hide-input", "nbval-check-output"]
calls = [6 + 2 * 6 * more for more in (0, 1, 2)]
table(
    {
        "agents": [6, 7, 8],
        "calls": calls,
        "times that of six": [n / 6 for n in calls],
        "all calls right": [PREMIUM.p_ok**n for n in calls],
    },
    {"all calls right": "{:.0%}"},
)

# %% [markdown]
# The seventh did not bring one call, it brought twelve: six of its own, and six that it *caused*. The eighth brings
# as many again. Had the seventh objected to two of the six only, it would
# have brought four. The bill does not know how many agents there are; it knows calls.
#
# The minute is a count as well. Each of these calls has to read a conversation, and takes 5 s (our number; the calls
# below are quicker). Twelve of them in a row take 60. Written all at once, the objections take 5 s together and the
# replies 5 s more, and most of the minute is gone. The bill stayed where it was, for a call that does not wait for
# others is still paid.
#
# And the chance that all went well? Somewhere among eighteen calls one makes up a fact, and others build on it. Each
# is right 98.5% of the time, but *every one* of them has to be, and that is a product with eighteen factors.
#
# So the question about an agent is not what it adds. It is: **how many calls does it cause, on which path, and how
# often is each of them right?** Counting that is what you learn here.

# %% [markdown]
# ## 2. Three numbers
#
# What the team runs is a **workflow**: steps, and who waits for whom. Three numbers decide whether it ships, and you
# have just watched all three.
#
# | number | what it is | the rule |
# |---|---|---|
# | **cost** | USD a task | *add up all* calls |
# | **latency** | seconds until the answer | add up the calls on the *longest path* |
# | **reliability** | how often the answer is right | *multiply* the p of all steps |
#
# Here `p` is the probability that a step is right, always a number between 0 and 1. The course has two models
# with fixed numbers, round ones, so that you can compute in your head. They come from the text that this course
# implements, which we call "the section".

# %% tags=["nbval-check-output"]
models = (PREMIUM, SMALL)
fields = ("name", "usd", "sec", "p_ok")
table({name: [getattr(m, name) for m in models] for name in fields}, caption="One call")

# %% [markdown]
# Take the simplest workflow there is: twelve premium calls, each waiting for the one before. It costs 12 × 0.03 =
# 0.36 USD and takes 12 × 2 = 24 s. The third number is a product too, and it is the one that surprises.

# %%
predict("start_here.twelve")

# %% tags=["predict", "nbval-check-output"]
chain(12, PREMIUM)

# %% tags=["predict", "hide-input"]
steps = list(range(1, 49))
plots.curves(
    steps,
    {f"{m.name}, p = {m.p_ok}": [m.p_ok**n for n in steps] for m in models},
    "steps in the chain",
    "all steps right",
    "A chain is less sure than its links",
    "Two falling curves over 1 to 48 steps. Premium falls from 98.5% to 48%, small from 94.5% to 7%.",
    percent=True,
)

# %% [markdown]
# Each step is right 98.5% of the time, and all twelve together 83%. At 48 steps it is less than half, and with the
# small model hardly ever. No step got worse on the way; there are only more of them. (The 2.3 behind the three numbers
# divides the third by the first: 0.834 successes for 0.36 USD are 2.3 successes for a dollar, the
# [quality per dollar](../docs/glossary.md#quality-per-dollar). Lesson 04 says what it is good for.)

# %% [markdown]
# ## 3. A minute with a real system
#
# Are more calls always less sure, then? Ask a system that really makes mistakes. The course has two small language
# models in its box. Their language is a toy one: they add numbers, digit by digit, and they make real mistakes. Here
# the small one adds four numbers, first in **one call**, then in a **chain** of calls that add two numbers each.

# %%
import labkit_agents as agents
from labkit_agents import pocket

model = pocket.small()
ways = {"one call": agents.OneCall(model), "chain": agents.Chain(model)}
tasks = agents.draw_tasks(300, numbers=4, seed=0)
print(" + ".join(map(str, tasks[0].numbers)), "=", ways["one call"].run(tasks[:1]).answers[0])

# %% [markdown]
# This sum came out right. There are 299 more.

# %%
predict("start_here.three_calls")

# %% tags=["predict", "nbval-check-output"]
ways["gated chain"] = agents.Chain(agents.Checked(model, "nines", retries=1))
runs = {way: solver.run(tasks) for way, solver in ways.items()}
table(
    {
        "way": list(runs),
        "calls": [len(run) for run in runs.values()],
        "USD": [run.cost.sum() for run in runs.values()],
        "seconds a sum": [run.latency.mean() for run in runs.values()],
        "wrong, of 300": [len(tasks) - sum(run.solved) for run in runs.values()],
    },
    {"USD": "{:.2f}", "seconds a sum": "{:.2f}"},
)

# %% [markdown]
# The chain costs more and takes longer, and it is wrong less often, because each call is asked for less: the product
# has three factors, but each of them is nearer to 1. The last row adds a **gate**, which compares remainders
# (casting out nines, as bookkeepers did) and has a noticed mistake done again. It takes a handful of calls more, and
# no mistake is left.
#
# So whether one more step helps or hurts can be worked out: it takes a count of calls, and the p of each of them. A
# later lesson, [a real system](10_a_real_system.ipynb), measures both.

# %% [markdown]
# ## 4. How these pages answer
#
# The next cell looks at your set-up. A line that does not begin with `ok` says what to type.

# %%
doctor()

# %% [markdown]
# A question has an id. You set a variable and call `check`, which says whether the answer is right, and if it is not,
# tries to say *why* you got that number. It never shows the answer. `hint(id)` gives a hint, and `hint(id, 2)` a
# bigger one. After three wrong answers that differ, `check` names `worked(id)`, which shows the question on other
# numbers than yours, with its answer and the way there. In an exercise three dots (`...`) stand where your answer goes;
# as long as they do, `check` says that the question is not started.
#
# **Question.** Five agents debate for three rounds, and every agent speaks in every round. How many calls is that?
# Run the cell as it is, to see what a wrong answer gets. Then put in your own; the last answer is the one that
# counts.

# %%
check("start_here.debate_calls", 8)

# %% [markdown]
# ## The map
#
# | lesson | minutes | then the exercise (minutes) |
# |---|---|---|
# | **I. The section** | | |
# | 00 Start here | 15 | |
# | [01 Cost: the sum of the calls](01_cost.ipynb) | 35 | 01 Ticket spend (30) |
# | [02 Latency: the longest path](02_latency.ipynb) | 20 | |
# | [03 Reliability: the product](03_reliability.ipynb) | 30 | 03 Debate or retry (40) |
# | [04 Levers: what moves all three](04_levers.ipynb) | 35 | 02 Routing crossover (55) |
# | [05 Where coordination pays](05_where_coordination_pays.ipynb) | 25 | |
# | **II. Against reality** | | |
# | [06 Tries that are not alike](06_tries_that_are_not_alike.ipynb) | 30 | 04 Measure your retries (45) |
# | [07 Tails and load](07_tails_and_load.ipynb) | 35 | 10 Promise a p95 (35) |
# | [08 How many tasks does it take?](08_how_many_tasks.ipynb) | 30 | 09 How many tasks (45) |
# | [09 Design under budgets](09_design_under_budgets.ipynb) | 35 | 05 Spend a budget (45) |
# | **III. A real system, and yours** | | |
# | [10 A real system](10_a_real_system.ipynb) | 25 | 06 Quality per dollar (90) |
# | | | 07 The reliability cliff (75) |
# | | | 08 An orchestrator that keeps its budget (75) |
# | [11 In production](11_in_production.ipynb) | 33 | 11 Read the bill (35) |
# | [12 Your own agent](12_your_own_agent.ipynb) | 30 | 12 Fit and advise (45) |
#
# The first part stands alone and fills an afternoon. **You have 90 minutes?** Read the first four sections of 01 (20),
# do the first four questions of exercise 01 (15), read the first five sections of 03 (20) and the first six of 04 (30).
#
# **Guess first.** Where a lesson asks what you expect, the result stays closed until you have said it. At the end of
# a lesson a line counts how many of your guesses came true. Your browser keeps them, and nobody else sees them.
#
# **Where do I work?** Lessons are in `notebooks/`. Your copies of the exercises are in `my_work/`; nothing here
# ever overwrites what you changed there. In a terminal of JupyterLab (*File → New → Terminal*), `labkit status` shows
# how far you are, and `labkit reset 01` brings back a fresh copy of an exercise (yours is kept beside it).
#
# **You have an agent already?** `labkit fit --sample` shows what its traces could tell you, on 200 tasks of ours: where
# the dollars, the seconds and the failures go, and what to change. Lesson 12 reads that report line by line.
#
# **Where do the numbers come from?** Every number in this course is computed in front of you, cited with its
# source, or measured; where we made one up, the lesson says so. The text that the course implements (section 32.10,
# "An Orchestrator That Learned to Count Calls") contains errors. They are the best part, and you will find them
# yourself.

# %%
tally("start_here")

# %% [markdown]
# Next: [lesson 01, cost](01_cost.ipynb).
#
# | remember | |
# |---|---|
# | cost | all calls |
# | latency | the longest path |
# | reliability | the product of all p |
# | the right question | how many calls does it cause, on which path, with what p? |
