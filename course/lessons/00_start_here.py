# %% [markdown]
# # 00 Start here: the seventh agent
#
# *12 minutes.* After this lesson you can read the three numbers of a workflow, get an answer checked, and
# find your way through the course.
#
# ## A puzzle
#
# A team has six agents on a task. It works. Somebody adds a seventh, to be safe. Now three things are true:
#
# 1. the bill has tripled,
# 2. the answer comes a minute later,
# 3. one agent made up a step, and the other six built on it.
#
# How can one agent of seven triple a bill? Take a guess before you read on. The answer is at the end of this
# page, and it is a count.

# %% [markdown]
# ## Is everything here?
#
# The next cell looks at your set-up. A line that does not begin with `ok` says what to type.

# %%
from labkit_workbook import doctor

doctor()

# %% [markdown]
# ## Three numbers
#
# A multi-agent task is a workflow: steps, and who waits for whom. Three numbers decide whether it ships.
#
# | number | what it is | the rule |
# |---|---|---|
# | **cost** | USD a task | add up *all* calls |
# | **latency** | seconds until the answer | add up the calls on the *longest path* |
# | **reliability** | how often the answer is right | *multiply* the p of all steps |
#
# `p` is the probability that a step is right. It is always a number between 0 and 1.
#
# The course uses two models with fixed numbers. They come from the text that the course implements ("the section"),
# round and invented, so that you can compute in your head.

# %%
from labkit import PREMIUM, SMALL, chain

PREMIUM, SMALL

# %% [markdown]
# **Predict.** Twelve premium calls, one after another. What do they cost, how long do they take, and how often
# are all twelve right? Write three numbers down. Then run the cell.

# %% tags=["nbval-check-output"]
print(chain(12, PREMIUM))

# %% [markdown]
# The first two were multiplications: 12 × 0.03 USD and 12 × 2 s. The third is one too, and it goes down: each step
# is right 98.5% of the time, all twelve together only 83%.

# %%
from labkit import plots

steps = list(range(1, 49))
plots.curves(
    steps,
    {f"{m.name}, p = {m.p_ok}": [m.p_ok**n for n in steps] for m in (PREMIUM, SMALL)},
    "steps in the chain",
    "all steps right",
    "A chain is less sure than its links",
    "Two falling curves over 1 to 48 steps. Premium falls from 98.5% to 48%, small from 94.5% to 7%.",
    percent=True,
)

# %% [markdown]
# ## Two minutes with a real system
#
# The course has two small language models in its box, on a *toy language*: they add numbers, digit by digit, and they
# make real mistakes. Here the small one adds four numbers in three ways: in **one call**; in a **chain** of three
# calls, each adding two; and in a chain with a **gate**, which compares remainders (casting out nines) and has a
# noticed mistake done again. First one sum, then three hundred.
#
# **Predict.** Three calls instead of one: what becomes of the bill, and what of the mistakes? By the product, more
# steps mean more risk. But here each step is an easier one.

# %% tags=["nbval-check-output"]
import labkit_agents as agents
from labkit_agents import pocket

model = pocket.small()
ways = {
    "one call": agents.OneCall(model),
    "chain": agents.Chain(model),
    "gated chain": agents.Chain(agents.Checked(model, "nines", retries=1)),
}
tasks = agents.draw_tasks(300, numbers=4, seed=0)
for way, solver in ways.items():
    one = solver.run(tasks[:1])
    print(f"{' + '.join(map(str, tasks[0].numbers))} by {way}: {one.answers[0]} after {len(one)} call(s)")

for way, solver in ways.items():
    traces = solver.run(tasks)
    wrong = sum(not solved for solved in traces.solved)
    print(
        f"{way:12} {len(traces):4} calls   {traces.cost.sum():.3f} USD   {traces.latency.mean():.2f} s a sum   "
        f"{wrong:2} of {len(tasks)} wrong"
    )

# %% [markdown]
# The chain costs more, takes longer, and is wrong less often: each call is asked for less. The gate adds a handful of
# calls, and hardly a mistake is left. Whether a step more helps or hurts is not a matter of taste: it is a count, and a
# p. Lesson 10 measures them.

# %% [markdown]
# ## How a question works here
#
# A question has an id. You set a variable and call `check`. It says whether the answer is right. If it is not,
# it tries to say *why* you got that number. It never shows the answer. `hint(id)` gives a hint, and
# `hint(id, 2)` a bigger one.
#
# **Question.** Five agents debate for three rounds, and every agent speaks in every round. How many calls is
# that? Try 8 first, to see what a wrong answer gets. Then put in your own. The last answer is the one that counts.

# %%
from labkit_workbook import check, hint

check("start_here.debate_calls", 8)

# %% [markdown]
# ## The seventh agent, solved
#
# Six agents that answer once make 6 calls. Three times that is 18. So the seventh agent did not bring one call,
# it brought twelve: its own, and those it *caused*. It reads the six answers, objects, and sends them back.
#
# One minute more, over twelve more calls: that is 5 seconds a call, if all twelve stand in a row. They may well. The
# others wait for its objections, it waits for their replies, and each call reads a conversation that has grown.
#
# And the step that was made up? Each agent was right 98.5% of the time. But every one of them had to be right,
# and each built on what the others wrote. More agents, more factors in the product.
#
# So the question about an agent is never "what does it add?" but "**how many calls does it cause, on which
# path, and what p do they have?**" That is what you will count here.

# %% [markdown]
# ## The map
#
# | page | minutes | then do |
# |---|---|---|
# | 00 Start here | 12 | |
# | 01 Cost: the sum of the calls | 25 | exercise `01_ticket_spend` (30 min) |
# | 02 Latency: the longest path | 20 | |
# | 03 Reliability: the product | 25 | exercise `03_debate_vs_retry` (40 min) |
# | 04 Levers: what moves all three | 40 | exercise `02_routing_crossover` (45 min) |
# | 05 Where coordination pays | 35 | |
# | 06 What the formulas leave out | 50 | exercise `04_measure_your_retries` (45 min) |
# | 09 Design under budgets | 45 | exercise `05_spend_a_budget` (45 min) |
# | 10 A real system | 45 | exercise `06_quality_per_dollar` (90 min) |
# | | | exercise `07_reliability_cliff` (75 min) |
# | | | exercise `08_budget_orchestrator` (75 min) |
#
# **You have 90 minutes?** Read 01 (25), do the first four questions of exercise 01 (15), read 03 up to the
# retries (15) and 04 without its last section (35).
#
# **Predict, then look.** The lessons come with their outputs. To predict for real, clear them before you begin:
# *Edit → Clear Outputs of All Cells*. Then run cell by cell with Shift+Enter.
#
# **Where do I work?** Lessons are in `notebooks/`. Your copies of the exercises are in `my_work/`; nothing here
# ever overwrites what you changed there. In a terminal of JupyterLab (*File → New → Terminal*), `labkit status` shows
# how far you are, and `labkit reset 01` brings back a fresh copy of an exercise (yours is kept beside it).
#
# **Where do the numbers come from?** Every number in this course is computed in front of you, cited with its
# source, or measured. The text that the course implements (section 32.10, "An Orchestrator That Learned to
# Count Calls") contains errors. They are the best part, and you will find them yourself.
#
# Next: [lesson 01, cost](01_cost.ipynb).
#
# | remember | |
# |---|---|
# | cost | all calls |
# | latency | the longest path |
# | reliability | the product of all p |
# | the right question | how many calls does it cause, on which path, with what p? |
