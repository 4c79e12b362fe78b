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
from labkit_workbook import check, explorers, given, hint, predict, table, tally

# %%
predict("cost.again")

# %% [markdown]
# ## 1. What is a task, to a bill?
#
# A plan, a search, a draft, a correction: to whoever plans the work, a task is a list of **steps**. The provider of
# the model has never heard of steps. Its bill has a line for each **call**: a prompt that was sent, an answer that
# came back.

# %%
predict("cost.calls")

# %% tags=["predict", "nbval-check-output"]
times = cost.call_multiplier(steps=12, mean_calls=2)
table({"calls": [times], "USD a task, at 0.03 a call": [cost.task_cost(0.03, [2] * 12)]})

# %% [markdown]
# Nothing else was needed. If a call costs κ (kappa) and step $s$ makes $c_s$ calls, a task of $S$ steps costs
#
# $$\text{Cost} = \kappa \sum_{s=1}^{S} c_s = \kappa\, S\, \bar c ,$$
#
# where $\bar c$ is the mean number of calls a step. The product $S \bar c$ says how many single calls the task costs.
# There is a saying about that product, and it is quoted as if it were a law.

# %%
predict("cost.saying")

# %% tags=["predict", "nbval-check-output"]
steps = np.arange(1, 101)
true_for = steps[cost.is_ten_to_hundred(cost.call_multiplier(steps, 2))]
table({"calls a step": [2], "true from": [true_for[0]], "to": [true_for[-1]]}, {"to": "{} steps"})

# %% [markdown]
# So it is no law. It describes workflows of a common size, as long as all calls cost the same. Section 4 shows a
# common case in which they do not.

# %% [markdown]
# ## 2. What does a debate cost?
#
# In a **debate** every agent speaks in every **round**, and reads what the others said in the round before. Draw it
# as a grid, agents down and rounds across, and put one call in each cell.

# %%
predict("cost.debate_factor")

# %% tags=["predict", "nbval-check-output"]
plan = chain(7, PREMIUM)
review = plan.pipe(debate, agents=4, rounds=2, where=["step-3", "step-6"])
calls = [design.outcome().cost / PREMIUM.usd for design in (plan, review)]
table({"review": ["plain", "two debates"], "calls": calls, "times": [n / calls[0] for n in calls]})

# %% [markdown]
# Two of the seven steps are debated, and the bill triples: five plain calls, and two grids of 4 × 2. The debates are
# 16 of the 21 calls, so whoever wants to save will have to look there.
#
# The count was easy because we had agreed on what a round is. The section has not: it counts in three ways, and they
# disagree.
#
# | where | what it says of a debate | its rule |
# |---|---|---|
# | its first part | five agents over three rounds make as many calls as the grid has cells | agents × rounds |
# | its code listing | an agent makes 1 + rounds calls | an opening call, then the rounds |
# | its practical example | five agents over three rounds make roughly twice as many | not said |
#
# For the debates of the review, four agents over two rounds, the first two rules give these counts.

# %% tags=["nbval-check-output"]
rules = {"agents × rounds": "text", "an opening call first": "listing"}
table({"rule": list(rules), "calls": [cost.debate_calls(4, 2, counting=rule) for rule in rules.values()]})

# %% [markdown]
# We use agents × rounds unless we say so. The lesson is bigger than the count: **ask what a round is before you sign
# a budget.**

# %% [markdown]
# ## 3. What does a retry cost?
#
# A step that fails can be done again, and the section's code has a view of what the second **attempt** costs. What is
# yours?

# %%
predict("cost.retry_bill")

# %% tags=["predict", "nbval-check-output"]
outcomes = [review.pipe(retry, 1).outcome(name) for name in ("textbook", "expected", "worst")]
table(
    {"accounting": [o.accounting for o in outcomes], "USD a review": [o.cost for o in outcomes]},
    {"USD a review": "{:.4f}"},
)

# %% [markdown]
# Three answers, and two of them are honest. The **expected** bill, which is the mean over many reviews, rises by 1 −
# p = 1.5%, because a second attempt is needed that rarely. The **worst** case doubles it, because every step might
# need one. The section's way leaves the bill where it was, as if nobody paid for the second call.
#
# | accounting | attempts of a step with $k$ retries | use it for |
# |---|---|---|
# | `"textbook"` | 1 | reproducing the section |
# | `"expected"` | $\dfrac{1-(1-p)^{k+1}}{p}$ | the monthly bill |
# | `"worst"` | $k + 1$ | a cap you must never break |
#
# A budget needs both honest numbers. And is the formula in the middle row true? Do not believe it, roll the dice: two
# hundred thousand steps, each with an attempt and, if that fails, one more.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(1)
p, k, runs = 0.985, 1, 200_000
fails = rng.random((runs, k + 1)) > p
attempts = 1 + fails[:, :k].cumprod(axis=1).sum(axis=1)
mean, se = attempts.mean(), attempts.std() / runs**0.5
print(f"Attempts a step: simulated {mean:.4f} +- {se:.4f}, formula {cost.expected_attempts(p, k):.4f}")

# %% [markdown]
# ## 4. The conversation that grows
#
# So far every call had the same price. Agents break that. A model keeps nothing between two calls, so most agents
# send the whole conversation again with each of them, and each is longer than the last. Input is billed by the
# **token**, a piece of a word, and every token that is sent again is billed again.

# %%
predict("cost.growth")

# %% tags=["predict"]
explorers.growing_context()

# %% [markdown]
# Look for the place where the line of the conversation *sent again* is twice as high as the line of calls that are all
# *like the first*. Then find out when the growth is harmless: raise the tokens of the first call to 10,000, as with a
# long system prompt, and look for that place again.
#
# The first call has $a$ tokens and every step adds $b$, so $S$ steps bill
#
# $$a S + b\,\frac{S(S-1)}{2} \quad\text{tokens.}$$
#
# The first part is the bill of calls that are all like the first, and the second is the growth. They are equal where
# $b(S-1)/2 = a$. With 2,000 and 500 tokens that is at nine steps, and at 40 steps the bill is almost six times the
# naive one. With 10,000 and 500 it is at 41 steps. So growth is harmless while what a step adds is small beside what
# every call carries anyway, and the steps are few. It is also why cutting steps saves more than its share.
#
# **Question.** The numbers are in `g`. How many input tokens does this agent bill in all?

# %%
g = given("lesson_cost")
g

# %%
tokens = ...  # your number here

check("lesson_cost.tokens_billed", tokens)

# %% [markdown]
# ## 5. Is a cached prompt free?
#
# One line of the picture stayed low, the one with a cached prefix. Many calls begin with the same text, which may be a
# system prompt or the conversation so far. A provider can keep such a **prefix** in a **cache**, and bill it at a
# discount when the next call begins with it. The section says that this drives κ toward zero. Take one call with a
# well cached prompt.

# %%
predict("cost.cached")

# %% tags=["predict", "nbval-check-output"]
full = cost.cached_prefix(3e-6, 15e-6, hit_tokens=0, miss_tokens=2000, output_tokens=200)
warm = cost.cached_prefix(3e-6, 15e-6, hit_tokens=1800, miss_tokens=200, output_tokens=200)
left = [f"{bill / full:.0%}" for bill in (full, warm)]
table({"cache": ["none", "warm"], "USD a call": [full, warm], "of the price": left})

# %% [markdown]
# Nine tenths of the input were cached at a tenth of the price, and 46% of the bill is left. Only the *input* tokens
# that **hit** the cache get cheaper; those that miss it, and the whole output, are billed in full:
#
# $$\text{price} = u_\text{in}\,(r\,I_\text{hit} + w\,I_\text{miss}) + u_\text{out}\,O$$
#
# Here $u$ are the prices of a token, $I$ and $O$ the tokens in and out. The price pages of two vendors are reported as
# asking 0.1 to 0.5 of the plain price for reading a cache, which is $r$, and 1 to 2 times the plain price for writing
# it, which is $w$. Measured on agents, prompt caching saved 45 to 80% (Lumer et al. 2026, arXiv 2601.06007, abstract).
# That is a great deal, and it is not everything.

# %% [markdown]
# ## 6. Where should the lever be pulled?
#
# Cost is κ × S × c̄, and every way to save attacks one of the three:
#
# | factor | lever |
# |---|---|
# | κ, the price of a call | **route** it to a smaller model, cache a prefix |
# | S, the steps | cut steps, stop as soon as the answer is good enough |
# | c̄, calls a step | fewer agents, fewer rounds, fewer retries |
#
# Back to the review. A small model would do for some of its steps, at 0.002 USD a call.

# %%
predict("cost.lever")

# %% tags=["predict"]
debated, plain = (lambda step: step.debate is not None), (lambda step: step.debate is None)
designs = {
    "as it is": review.outcome(),
    "plain steps small": review.pipe(route, SMALL, where=plain).outcome(),
    "debates small": review.pipe(route, SMALL, where=debated).outcome(),
}
plots.compare(designs, title="The same lever, on five calls and on sixteen")

# %% [markdown]
# Two steps hold 16 of the 21 calls. The lever belongs where the calls are, and only the count shows where that is. It
# has a price, and you can see it in the third column: the surer model was there for a reason. What a lever costs in
# reliability is the question of lesson 04.

# %%
tally("cost")

# %% [markdown]
# | remember | |
# |---|---|
# | cost of a task | κ × the number of calls, all of them |
# | calls of a debate | agents × rounds; ask what a round is |
# | $k$ retries | $(1-(1-p)^{k+1})/p$ attempts on average, $k+1$ at worst, never 1 |
# | growing conversation | $aS + bS(S-1)/2$ tokens: quadratic |
# | cached prefix | input gets cheaper, output does not |
# | pull a lever | where the calls are |
#
# Now do [exercise 01, ticket spend](../my_work/01_ticket_spend.ipynb). Then [lesson 02](02_latency.ipynb).
