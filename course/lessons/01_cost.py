# %% [markdown]
# # 01 Cost: the sum of the calls
#
# *25 minutes.* After this lesson you can
#
# - count the calls of a workflow with debates and retries, and price it;
# - say when "agents cost 10 to 100 times a single call" is true;
# - price a conversation that is sent again with every call, and a prompt that is cached.

# %%
import numpy as np

from labkit import PREMIUM, SMALL, chain, cost, debate, plots, retry, route
from labkit_workbook import check, given, hint

# %% [markdown]
# ## 1. A task is a sum of calls
#
# One call has a price, κ. A task of $S$ steps makes $c_s$ calls in step $s$:
#
# $$\text{Cost} = \kappa \sum_{s=1}^{S} c_s = \kappa\, S\, \bar c .$$
#
# The multiplier $S \bar c$ is all there is to it: steps, times mean calls a step.
#
# **Predict.** Twelve steps, two calls each, 0.03 USD a call. How many times the price of a single call?

# %% tags=["nbval-check-output"]
times = cost.call_multiplier(steps=12, mean_calls=2)
print(f"{times:g} calls, ${cost.task_cost(0.03, [2] * 12):.2f} a task")

# %% [markdown]
# A saying goes that agents cost 10 to 100 times a single call. It is a statement about $S \bar c$, so you can
# test it.
#
# **Predict.** With two calls a step, from how many steps on is the saying true? When does it stop being true?

# %% tags=["nbval-check-output"]
steps = np.arange(1, 101)
true_for = steps[cost.is_ten_to_hundred(cost.call_multiplier(steps, 2))]
print(f"two calls a step: true from {true_for[0]} to {true_for[-1]} steps")

# %% [markdown]
# So it is no law. It describes workflows of a common size, if all calls cost the same. Section 4 shows a
# common case in which they do not.

# %% [markdown]
# ## 2. Debates: a grid of calls
#
# In a debate every agent speaks in every round. Draw it as a grid, agents down and rounds across: one call in
# each cell.
#
# The text we follow counts in three ways, and they do not agree:
#
# | where | five agents, three rounds | its rule |
# |---|---|---|
# | the text of its section 1 | 15 calls | agents × rounds |
# | its code listing | 4 calls for each agent that debates | an opening call, then the rounds |
# | its practical example | "roughly thirty" | not said |
#
# We use agents × rounds unless we say so. The lesson is bigger than the count: **ask what a round is before
# you sign a budget.**

# %% tags=["nbval-check-output"]
print(f"text:    {cost.debate_calls(5, 3):g} calls")
print(f"listing: {cost.debate_calls(5, 3, counting='listing'):g} calls, if five agents each do what it counts")

# %% [markdown]
# **Predict.** A chain of five premium steps. Steps 2 and 4 become debates of three agents and two rounds. By
# what factor does the bill grow? (Twice? Three times?)

# %% tags=["nbval-check-output"]
plan = chain(5, PREMIUM)
ticket = plan.pipe(debate, agents=3, rounds=2, where=["step-2", "step-4"])
print(ticket)
print(f"\nfactor: {ticket.outcome().cost / plan.outcome().cost:g}")

# %% [markdown]
# Two of five steps are debated, and the bill triples: 3 + 2 × 6 = 15 calls for 5. The debates are 12 of the 15.

# %% [markdown]
# ## 3. Retries: not free
#
# A step that fails can be tried again. The text's code counts the second attempt as free. It is not: every
# attempt is billed. There are three ways to count a retry, two of them honest:
#
# | accounting | attempts of a step with $k$ retries | use it for |
# |---|---|---|
# | `"textbook"` | 1 | reproducing the text |
# | `"expected"` | $\dfrac{1-(1-p)^{k+1}}{p}$ | the monthly bill |
# | `"worst"` | $k + 1$ | a cap you must never break |
#
# **Predict.** p = 0.985 and one retry. By how much does the expected bill rise: 1.5%, 15%, 50%? And the worst
# case?

# %% tags=["nbval-check-output"]
print(ticket.pipe(retry, 1))

# %% [markdown]
# The expected bill rises by 1 − p = 1.5%, for a retry is needed that rarely. The worst case doubles. A budget
# needs both numbers. (Where random times overlap, the mean latency is not a sum; here nothing overlaps, so all
# three latencies are known.)
#
# Is the formula true? Do not believe it, roll the dice.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(1)
p, k, runs = 0.985, 1, 200_000
fails = rng.random((runs, k + 1)) > p
attempts = 1 + fails[:, :k].cumprod(axis=1).sum(axis=1)
mean, se = attempts.mean(), attempts.std() / runs**0.5
print(f"simulated {mean:.4f} +- {se:.4f}   formula {cost.expected_attempts(p, k):.4f}")

# %% [markdown]
# ## 4. The conversation that grows
#
# The formula above gives every call the same price. Agents break that. Most of them send the whole conversation
# again with each call. If the first call has $a$ tokens and every step adds $b$, then $S$ steps bill
#
# $$a S + b\,\frac{S(S-1)}{2} \quad\text{tokens.}$$
#
# **Predict.** 2,000 tokens at first, 500 more a step. After how many steps does the growth cost as much as
# everything else?

# %%
s = np.arange(1, 41)
plots.curves(
    s,
    {
        "conversation sent again": cost.growing_context_tokens(2000, 500, s),
        "every call like the first": 2000 * s,
    },
    "steps",
    "input tokens billed in all",
    "The bill grows with the square of the steps",
    "Two curves over 1 to 40 steps. Calls like the first reach 80,000 tokens; a conversation that is sent again "
    "reaches 470,000.",
)

# %% [markdown]
# After nine steps: $b(S-1)/2 = a$ gives $S = 9$. At 40 steps the true bill is almost six times the naive one. This is
# why "cut steps" saves more than its share.
#
# **Question.** The numbers are in `g`. How many input tokens does this agent bill in all?

# %%
g = given("lesson_cost")
g

# %%
tokens = ...  # your number here

check("lesson_cost.tokens_billed", tokens)

# %% [markdown]
# **Play.** Move the sliders. When is the growth harmless?

# %%
from labkit_workbook import explorers

explorers.growing_context()

# %% [markdown]
# ## 5. Caching a prefix: cheaper, never free
#
# Calls that begin with the same text (a system prompt, or the conversation so far) can have that prefix cached.
# The text says that caching drives κ toward zero. It does not: only the *input* tokens that hit get cheaper,
# and the output is billed in full.
#
# $$\text{price} = u_\text{in}\,(r\,I_\text{hit} + w\,I_\text{miss}) + u_\text{out}\,O$$
#
# Vendors publish read multipliers $r$ of 0.1 to 0.5 and write multipliers $w$ of 1 to 2 (as reported by two
# vendors' price pages).
#
# **Predict.** 2,000 input tokens of which 1,800 are cached at r = 0.1, and 200 output tokens at five times the
# input price. Does the call cost a tenth? A quarter? A half?

# %% tags=["nbval-check-output"]
full = cost.cached_prefix(3e-6, 15e-6, hit_tokens=0, miss_tokens=2000, output_tokens=200)
warm = cost.cached_prefix(3e-6, 15e-6, hit_tokens=1800, miss_tokens=200, output_tokens=200)
print(f"no cache ${full:.5f}, warm cache ${warm:.5f}: {warm / full:.0%} of the price")

# %% [markdown]
# Nine tenths of the input cached at a tenth of the price, and still 46% of the bill is left. Measured on agents,
# prompt caching saved 45 to 80% (Lumer et al. 2026, arXiv 2601.06007, abstract).

# %% [markdown]
# ## 6. Three factors, three kinds of lever
#
# Cost is κ × S × c̄. Every way to save attacks one of the three:
#
# | factor | lever |
# |---|---|
# | κ, the price of a call | route to a smaller model, cache a prefix |
# | S, the steps | cut steps, stop as soon as the answer is good enough |
# | c̄, calls a step | fewer agents, fewer rounds, fewer retries |
#
# **Predict.** Back to the ticket with its two debates. Which saves more: sending the *three plain steps* to the
# small model, or sending the *two debates* there?

# %%
designs = {
    "as it is": ticket.outcome(),
    "plain steps small": ticket.pipe(route, SMALL, where=lambda step: step.debate is None).outcome(),
    "debates small": ticket.pipe(route, SMALL, where=lambda step: step.debate is not None).outcome(),
}
plots.compare(designs, title="Where should the lever be pulled?")

# %% [markdown]
# Two steps hold 12 of the 15 calls. The lever belongs where the calls are, and only the count shows where that
# is. What it costs in reliability is lesson 04's question.
#
# Now do [exercise 01, ticket spend](../my_work/01_ticket_spend.ipynb). Then [lesson 02](02_latency.ipynb).
#
# | remember | |
# |---|---|
# | cost of a task | κ × the number of calls, all of them |
# | calls of a debate | agents × rounds; ask what a round is |
# | $k$ retries | $(1-(1-p)^{k+1})/p$ attempts on average, $k+1$ at worst, never 1 |
# | growing conversation | $aS + bS(S-1)/2$ tokens: quadratic |
# | cached prefix | input gets cheaper, output does not |
# | pull a lever | where the calls are |
