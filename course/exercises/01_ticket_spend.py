# %% [markdown]
# # Exercise 01: ticket spend
#
# *30 minutes, beginner. After lesson 01.* You will count the calls of a workflow with debates and retries, price
# a day, and choose a lever by the count.
#
# How much money must a company have in the bank before it lets an agent loose on its customers for a day? The agent
# here answers support tickets. It plans each of them in a few steps, some of which are debates: in each round every
# agent makes one call. A step that fails is done **once** more, with all its calls. **Before you count,** write down
# what you think a day costs at most, in USD. You will meet your guess again in section 4.
#
# How this works: each cell below holds one question. Put your answer in place of the three dots, in as many lines as
# you like, and run the cell. `check` says whether it is right, and if not, often why. In a new cell,
# `hint("ticket_spend.calls")` gives a hint. (If your teacher assesses this exercise, your copy may hold no answers and
# no hints; then `check` says that it recorded yours.)

# %%
from labkit_workbook import check, given, hint, summary

g = given("ticket_spend")
g

# %% [markdown]
# ## 1. The calls of each step
#
# Begin with a single ticket on a good day, when every step is done once and none is retried. The `g.debates` debates
# are step 2, step 4, and so on, and the other steps are one call each. How many calls does each step make? The answer
# is a list with one number for each step.

# %% calls-per-step
### BEGIN SOLUTION: set calls_per_step to a list with the calls of each step, done once
debate = g.agents * g.rounds
debated = [2 * i for i in range(1, g.debates + 1)]
calls_per_step = [debate if step in debated else 1 for step in range(1, g.steps + 1)]
### END SOLUTION
check("ticket_spend.calls_per_step", calls_per_step)

# %% [markdown]
# ## 2. The calls of a ticket
#
# A bill knows calls and no steps. How many calls is that in all, when every step is done once?

# %% calls
### BEGIN SOLUTION: set calls to the number of calls of one ticket, every step done once
calls = sum(calls_per_step)
### END SOLUTION
check("ticket_spend.calls", calls)

# %% [markdown]
# ## 3. The worst case
#
# Now the bad day: every step fails and is retried once. A retried debate repeats all its calls, because its answer
# came from all of them. How many calls does the ticket make?

# %% worst-case-calls
### BEGIN SOLUTION: set worst_case_calls to the number of calls when every step is retried once
worst_case_calls = 2 * calls
### END SOLUTION
check("ticket_spend.worst_case_calls", worst_case_calls)

# %% [markdown]
# ## 4. The bill of a ticket, and the cap of a day
#
# Every call is a premium call, at `g.usd`. What does one ticket cost at most, and what can a day of `g.tickets`
# tickets cost? How far off was the guess that you wrote down?

# %% worst-usd-per-ticket
### BEGIN SOLUTION: set worst_usd_per_ticket to the USD of one ticket in the worst case
worst_usd_per_ticket = worst_case_calls * g.usd
### END SOLUTION
check("ticket_spend.worst_usd_per_ticket", worst_usd_per_ticket)

# %% worst-usd-per-day
### BEGIN SOLUTION: set worst_usd_per_day to the most that a day can cost, in USD
worst_usd_per_day = worst_usd_per_ticket * g.tickets
### END SOLUTION
check("ticket_spend.worst_usd_per_day", worst_usd_per_day)

# %% [markdown]
# ## 5. The bill that really comes
#
# The cap is what you must have in the bank. The bill that comes is smaller, because a step is retried only if it
# failed, and a step (a debate is one step) succeeds with probability `g.p`. **Guess before you count:** is the mean
# bill nearer to the cap, or to half of it?

# %% expected-usd-per-day
### BEGIN SOLUTION: set expected_usd_per_day to the mean USD of a day, when a step is retried only if it failed
attempts = 1 + (1 - g.p)
expected_usd_per_day = calls * attempts * g.usd * g.tickets
### END SOLUTION
check("ticket_spend.expected_usd_per_day", expected_usd_per_day)

# %% [markdown]
# ## 6. Three levers, three bills
#
# The company finds the cap too high, and three proposals lie on the table. Which of them touches the most calls? Say
# what a ticket costs **in the worst case** under each, as a list of three USD:
#
# 1. make each debate a single premium call;
# 2. keep the debates, and send all their calls to the small model (`g.small_usd`);
# 3. send every call to the small model.

# %% lever-bills
### BEGIN SOLUTION: set lever_bills to a list of the three bills, in USD a ticket, in the worst case
plain_calls = 2 * (g.steps - g.debates)
debate_calls = 2 * g.debates * g.agents * g.rounds
lever_bills = [
    2 * g.steps * g.usd,
    plain_calls * g.usd + debate_calls * g.small_usd,
    (plain_calls + debate_calls) * g.small_usd,
]
### END SOLUTION
check("ticket_spend.lever_bills", lever_bills)

# %% [markdown]
# ## 7. Choose
#
# Which single lever would you pull **first**, and why? Argue from the count: which calls does it touch, what does
# it save a day, and what does it give up? Five sentences will do.

# %% choose [markdown] points=4
# <!-- ### BEGIN SOLUTION -->
# The debates are 12 of the 15 calls of a ticket, so the lever belongs there. Making them single calls takes 30
# worst-case calls down to 10, from 0.90 to 0.30 USD a ticket: 120,000 USD a day less at the cap. Routing them to
# the small model saves a little more, 0.90 to 0.228 USD (134,400 USD a day), and keeps the debate, but every
# debating agent is now the weaker model; nobody has measured what a debate of weak agents is worth. Routing
# everything to small saves the most (0.06 USD a ticket) and gives up p in all steps at once: 0.945 five times over
# is 75%, before retries. I would first make the debates single calls: it is the largest cut that does not touch
# any model's p, and if a measurement shows that the debates earned their calls, it can be undone in one line.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all four. Which of yours does?
#
# - It names the share of the calls that stand in the debates.
# - It gives the saving of the chosen lever in dollars, from the count.
# - It says what the lever gives up (the gain of the debate, or the p of the small model).
# - It compares with at least one other lever.

# %% [markdown] tags=["instructor"]
# **Rubric (4 points).** One point for each: the share of the calls that stand in the debates; the saving of the
# chosen lever in dollars, from the count; what the lever gives up (the gain of the debate, or the p of the small
# model); a comparison with at least one other lever. Any lever may be chosen; the argument is marked, not the
# choice. Half a point where a number is stated without its count. Nothing for "caching" without saying which calls
# repeat: the exercise does not say that any do.

# %% how-far points=7 tags=["grade"]
progress = summary("ticket_spend")
print(progress)
progress.points
