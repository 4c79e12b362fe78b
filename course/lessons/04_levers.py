# %% [markdown]
# # 04 Levers: what moves all three
#
# *35 minutes.* After this lesson you can
#
# - say what each lever does to cost, latency and p, and which assumption its figure stands on;
# - take a design apart and say which lever carried it;
# - find what is wrong in a printed table;
# - rank levers by what a success is *worth*, and see the order change.

# %%
from labkit import PREMIUM, SMALL, chain, easy, parallel
from labkit import cache, cut, parallelize, retry, route
from labkit import check, cost, given, plots, textbook

# %% [markdown]
# ## 1. Each lever alone
#
# A lever is a function from a workflow to a workflow. `where=` says which steps it touches.
#
# | lever | cost | latency | p |
# |---|---|---|---|
# | `parallelize` | same | sum → max | same |
# | `route` | cheaper | faster | lower |
# | `cache` | hits are free | hits are quick | *it depends: section 2* |
# | `cut` | fewer calls | fewer calls | fewer factors |
# | `retry` | more attempts | more attempts | higher |
#
# **Predict.** Twelve sequential premium steps. Which lever alone gives the most successes for a dollar? Which
# one gives the fewest?

# %%
naive = chain(12, PREMIUM)
mixed = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
six = [f"step-{i}" for i in range(1, 7)]

alone = {
    "12 premium steps": naive.outcome("expected"),
    "parallelize": naive.pipe(parallelize).outcome("expected"),
    "route 8 easy steps": mixed.pipe(route, SMALL, where=easy).outcome("expected"),
    "cache 6 steps": naive.pipe(cache, six).outcome("expected"),
    "retry once": naive.pipe(retry, 1).outcome("expected"),
    "cut 6 steps": naive.pipe(cut, six).outcome("expected"),
}
plots.compare(alone, title="One lever at a time, honestly charged")

# %% [markdown]
# Cutting gives the most, 5.1; parallelizing the fewest, 2.3, no more than no lever at all. (It saves seconds.)
#
# Look at `route`. It has a good quality per dollar, and it fails four times out of ten. Keep that in mind: a
# single score can hide a design nobody would ship. Section 5 mends it.

# %% [markdown]
# ## 2. The table, and a puzzle
#
# The text prints a table of these levers. The program that made it was left out. Here it is, to the printed digit.
#
# **Puzzle.** Four of these eight rows stand on an assumption that is not so. Which? One of them you can find with a
# pencil: row 4 has four hard steps on premium (2.0 s) and eight easy ones on small (0.4 s), one after another.

# %% tags=["nbval-check-output"]
from labkit import textbook_formats

for row in textbook.rows():
    usd, sec, right, quality = textbook_formats.figures(row.published)
    print(f"{row.label:<33}{row.steps:>3} steps{usd:>8}{sec:>7}{right:>8}{quality:>7} a dollar")

# %% [markdown]
# **Row 4.** 4 × 2.0 + 8 × 0.4 = 11.2 s. How do you get 9.6? The text gives each step a group number and adds the
# slowest of each group. Lay two chains end to end, and let both start to count at 0. Then four small steps run *beside*
# the premium ones, and nobody notices, for the program is happy.

# %%
plots.draw(textbook.collided(), title="What the printed 9.6 s really is: groups 0 to 3 hold two steps each")

# %% [markdown]
# In `labkit` that cannot happen: `a.then(b)` makes every first step of `b` wait for all of `a`, and renames what
# collides.
#
# **The cache row.** It claims that caching six steps lifts reliability from 83.41% to 91.33%. Why would a stored
# answer be *right*? The text's code gives a hit p = 1.
#
# **Question.** The numbers are in `g`. What is the reliability of the chain, if a cached answer is as right as the
# call that made it?

# %%
g = given("lesson_levers")
g

# %%
honest = ...  # your number here

check("lesson_levers.honest_reliability", honest)

# %% [markdown]
# **The retry row.** Twice the attempts in the worst case, 1.5% more on average, and printed as free.
#
# **The last row** makes both assumptions at once. Here is the table again, as published and corrected:

# %% tags=["nbval-check-output"]
print(textbook_formats.side_by_side())

# %% [markdown]
# ## 3. All levers at once
#
# The text's best design: six steps, all at once, two premium and four small, the two premium ones from the
# cache, every step retried once. It prints 123.5 successes for a dollar, against 2.3 for the naive chain.
#
# **Predict.** Take one lever away at a time. Which one carried the result?

# %%
# As the section counts: retries are free, and a cached answer is right.
hard = ["hard-1", "hard-2"]
base = parallel(2, PREMIUM, "hard").beside(parallel(4, PREMIUM, "easy", difficulty="easy"))
twelve = parallel(4, PREMIUM, "hard").beside(parallel(8, PREMIUM, "easy", difficulty="easy"))
in_a_row = chain(2, PREMIUM, "hard").then(chain(4, PREMIUM, "easy", difficulty="easy"))


def all_levers(workflow, routed=True, cached=True, retried=True):
    """Route, cache and retry, unless told not to."""
    if routed:
        workflow = workflow.pipe(route, SMALL, where=easy)
    if cached:
        workflow = workflow.pipe(cache, hard, p=1)
    return workflow.pipe(retry, 1) if retried else workflow


ablation = {
    "all levers": all_levers(base),
    "not parallel": all_levers(in_a_row),
    "not routed": all_levers(base, routed=False),
    "not cached": all_levers(base, cached=False),
    "not retried": all_levers(base, retried=False),
    "not cut (12 steps)": all_levers(twelve),
}
plots.compare({name: design.outcome() for name, design in ablation.items()}, title="Take one lever away")

# %% [markdown]
# Routing, the cache and the cut carried the quality per dollar, all three for one reason: take any of them away,
# and premium calls are left on the bill (four, two and two of them), and it falls from 123 to between 8
# and 15. They work only together. The retry carried the reliability. Parallel carried the seconds.
#
# **Predict.** The cache falls on the two premium steps because they happen to stand first in a list. What if it
# falls on two small ones?

# %% tags=["nbval-check-output"]
for label, outcome in textbook.combined_variants():
    print(f"{outcome.quality_per_dollar:6.1f}/$   ${outcome.cost:.4f}   {outcome.reliability:.2%}   {label}")

# %% [markdown]
# 15.5 instead of 123.5. The headline figure is the order of a list. A cache that serves two premium answers for
# every task must also be *earned*: the same question has to come again.

# %% [markdown]
# ## 4. Play
#
# Keep four steps hard; which ones are hard is the task's business, not yours. How cheap can 95% be? (Here a cached
# answer is as right as one call, and is not retried.)

# %%
from labkit import explore

explore.levers()

# %% [markdown]
# ## 5. What is a success worth?
#
# Quality per dollar divides. It cannot tell a design that is cheap because it is clever from one that is cheap
# because it gives up: it does not know what a failure loses. Give a success a **value** V and a failure none:
#
# $$\text{profit} = V \cdot P - \text{Cost}.$$
#
# **Predict.** Rank the levers by quality per dollar, then by profit at V = 0.50 USD and at V = 50 USD. Is the order
# the same?


# %% tags=["nbval-check-output"]
def ranking(score):
    """Names of the designs, best first."""
    return sorted(alone, key=lambda name: -score(alone[name]))


def by_profit(value):
    """A score: profit when a success is worth this much."""
    return lambda outcome: cost.profit(value, outcome.reliability, outcome.cost)


columns = {
    "quality per dollar": ranking(lambda outcome: outcome.quality_per_dollar),
    "V = 0.50 USD": ranking(by_profit(0.5)),
    "V = 50 USD": ranking(by_profit(50)),
}
print("rank  " + "".join(f"{title:22}" for title in columns))
for place, names in enumerate(zip(*columns.values(), strict=True), start=1):
    print(f"{place:<6}" + "".join(f"{name:22}" for name in names))

# %%
import numpy as np

worth = np.linspace(0, 4, 81)
shown = ("route 8 easy steps", "retry once", "cut 6 steps", "cache 6 steps")
plain = cost.profit(worth, alone["12 premium steps"].reliability, alone["12 premium steps"].cost)
plots.curves(
    worth,
    {name: cost.profit(worth, alone[name].reliability, alone[name].cost) - plain for name in shown},
    "value of a success (USD)",
    "profit above the plain chain (USD a task)",
    "Which lever is best?",
    "Profit of four designs above that of the plain chain, over the value of a success from 0 to 4 USD. Routing falls "
    "and turns negative at about 1 USD; caching is level; cutting leads until the retry overtakes it above 2 USD.",
)

# %% [markdown]
# When a success is worth little, the cheap designs win. When it is worth much, the sure ones do. Where two lines
# cross, dollars saved equal reliability lost times V. So a question about levers has no answer until somebody
# says what a success is worth.
#
# Now do [exercise 02, routing crossover](../my_work/02_routing_crossover.ipynb): there the crossing is yours to find.
# Then [lesson 05](05_where_coordination_pays.ipynb).
#
# | remember | |
# |---|---|
# | a lever | workflow → workflow; say which steps it touches |
# | parallelize | time only |
# | route | cheap and quick, and its p enters the product |
# | cache | money and time; an answer is as right as when it was stored |
# | retry | charged in truth: 1.5% here, 100% at worst |
# | ablation | take one lever away to see what carried |
# | value of a success | before ranking anything |
