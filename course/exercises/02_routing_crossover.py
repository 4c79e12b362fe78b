# %% [markdown]
# # Exercise 02: routing crossover
#
# *55 minutes, intermediate. After lesson 04.* You will find where routing stops paying, and see that the answer
# depends on what a success is worth.
#
# A chain of steps, each marked easy or hard. **Hard steps stay on premium**; the easy ones may go to the small
# model. With few hard steps routing saves a lot and ruins the product. With many it saves little and harms little.
# Where does it stop being worth it?
#
# Put your answers in place of the three dots. In a new cell, `hint("routing_crossover.routed")` gives a hint.

# %%
import numpy as np

from labkit_workbook import answered, check, given, hint, summary
from labkit import plots

g = given("routing_crossover")
g

# %% [markdown]
# ## 1. The routed chain
#
# Write a function of the number of hard steps: cost, latency and reliability of the chain when all other steps go
# to the small model. The steps run one after another. (You may use `labkit`'s workflows or plain arithmetic.)

# %% routed
def routed(hard):
    """USD, seconds and reliability when `hard` steps stay premium and the others are routed."""
    ### BEGIN SOLUTION: return (USD, seconds, reliability) of the chain with that many hard steps
    easy = g.steps - hard
    return (
        hard * g.premium_usd + easy * g.small_usd,
        hard * g.premium_sec + easy * g.small_sec,
        g.premium_p**hard * g.small_p**easy,
    )
    ### END SOLUTION


check("routing_crossover.routed", routed)

# %% [markdown]
# ## 2. The three curves
#
# Plot cost, latency and reliability over the number of hard steps, each beside the all-premium chain. The code is
# here; it needs your function. **Predict** before you run it: which of the three curves is not a straight line?

# %% three-curves
### BEGIN SOLUTION: set hards to the numbers of hard steps, 0 to g.steps, and table to an array with a row for each
hards = np.arange(g.steps + 1)
table = np.array([routed(int(h)) for h in hards])
### END SOLUTION
if answered(hards, table):  # nothing is shown before it is answered
    figure, axes = plots.canvas(columns=3, height=3.4)
    for i, (name, unit) in enumerate((("cost", "USD a task"), ("latency", "s"), ("reliability", "all steps right"))):
        lines = {"routed": table[:, i], "all premium": np.full(len(hards), table[-1, i])}
        plots.curves(hards, lines, "hard steps", unit, name, "-", axes[i], percent=name == "reliability")
    picture = plots.Picture(
        figure,
        "Three panels over the number of hard steps: cost, latency and reliability of the routed chain, each beside the "
        "all-premium chain.",
    )
    display(picture)

# %% [markdown]
# ## 3. Quality per dollar
#
# Divide reliability by cost, for every number of hard steps. Is there a crossover with the all-premium chain?

# %% quality-per-dollar
### BEGIN SOLUTION: set quality to reliability / cost for each row of the table
quality = table[:, 2] / table[:, 0]
### END SOLUTION
if answered(hards, quality):
    picture = plots.curves(
        hards,
        {"routed": quality, "all premium": np.full(len(hards), quality[-1])},
        "hard steps",
        "successes per USD",
        "Is there a crossover?",
        "Successes per dollar over the number of hard steps, for the routed and for the all-premium chain.",
    )
    display(picture)

# %% [markdown]
# They never cross: by this measure routing pays even where half of the tasks fail. The measure does not know what a
# failure loses. Longer chains do cross. Take the chain of `g.long_steps` steps: up to how many hard steps does
# routing all the others still give more quality per dollar than routing none?

# %% last-paying-long
### BEGIN SOLUTION: set last_paying_long to the largest number of hard steps at which routing wins, for the long chain
def long_quality(hard):
    easy = g.long_steps - hard
    return g.premium_p**hard * g.small_p**easy / (hard * g.premium_usd + easy * g.small_usd)


last_paying_long = max(h for h in range(g.long_steps) if long_quality(h) > long_quality(g.long_steps))
### END SOLUTION
check("routing_crossover.last_paying_long", last_paying_long)

# %% [markdown]
# ## 4. Give a success a value
#
# Say a success is worth `g.value_usd`, and a failure nothing. The profit of a task is V × reliability − cost.
# What is the largest number of hard steps at which routing all the others earns more than routing none?

# %% last-paying
### BEGIN SOLUTION: set last_paying to the largest number of hard steps at which routing the others earns more
profit = g.value_usd * table[:, 2] - table[:, 0]
last_paying = int(hards[:-1][profit[:-1] > profit[-1]].max())
### END SOLUTION
check("routing_crossover.last_paying", last_paying)

# %% [markdown]
# ## 5. Two thresholds
#
# At each number of hard steps there is a value of a success at which both designs earn the same. Routing pays
# below it. So there is a value **below which routing pays everywhere**, and one **above which it pays nowhere**.
# (Steps are whole; at least one is easy.)

# %% always-below
### BEGIN SOLUTION: set always_below to the value, in USD, below which routing pays at every number of hard steps
saved = table[-1, 0] - table[:-1, 0]
lost = table[-1, 2] - table[:-1, 2]
break_even = saved / lost
always_below = break_even.min()
### END SOLUTION
check("routing_crossover.always_below", always_below)

# %% never-above
### BEGIN SOLUTION: set never_above to the value, in USD, above which routing pays at no number of hard steps
never_above = break_even.max()
### END SOLUTION
check("routing_crossover.never_above", never_above)

# %% break-even-picture
### BEGIN SOLUTION: set values_that_break_even to an array: the break-even value at 0, 1, ... g.steps - 1 hard steps
values_that_break_even = break_even
### END SOLUTION
if answered(values_that_break_even):
    picture = plots.curves(
        np.arange(g.steps),
        {"break-even value": values_that_break_even, "the value of a success here": np.full(g.steps, g.value_usd)},
        "hard steps",
        "value of a success (USD)",
        "Where does routing pay?",
        "The break-even value over the number of hard steps, and the given value of a success as a level line.",
    )
    display(picture)

# %% [markdown] tags=["solution"]
# In the limit of a vanishing share of easy steps the smallest break-even would be
# (0.030 − 0.002) / (0.985¹² · ln(0.985 / 0.945)) = 0.81 USD. But steps are whole: the last case that exists is one easy
# step, 0.827 USD.

# %% [markdown]
# ## 6. A floor instead of a value
#
# A contract asks for a reliability of at least `g.floor`. At how many hard steps, at least, may all the others be
# routed?

# %% fewest-hard
### BEGIN SOLUTION: set fewest_hard to the smallest number of hard steps that keeps the floor
fewest_hard = int(hards[table[:, 2] >= g.floor].min())
### END SOLUTION
check("routing_crossover.fewest_hard", fewest_hard)

# %% [markdown]
# The direction has turned. With a value, routing pays where *few* steps are hard (up to a crossover); with a floor
# it is allowed where *many* are. In one or two sentences: why?

# %% floor-or-value [markdown] points=2
# <!-- ### BEGIN SOLUTION -->
# A floor looks at the loss alone: the more easy steps are routed, the more factors of 0.945 stand in the product,
# so few hard steps break it. A value weighs the loss against the saving, and both grow with the number of routed
# steps; the first steps routed cost the most reliability each, for they are taken from a product that is still
# high, so routing a few pays least and routing many pays most.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** Does your answer say that a floor sees only the loss, and a value weighs it against the saving?

# %% [markdown] tags=["instructor"]
# **Rubric (2 points).** One for "a floor looks at reliability only", one for "a value compares saving and loss, and
# the loss per routed step shrinks as more are routed" (or a correct picture of it).

# %% [markdown]
# ## 7. If you may choose how many
#
# Now all steps are easy, and you choose how many of them to leave on premium: profit as a function of that number.
# **Predict:** where is its maximum, in the middle?

# %% all-or-nothing
values = (0.8, 0.9, 1.0, 1.1, 1.2)
### BEGIN SOLUTION: set profits to a dictionary from each value to the profit at 0, 1, ... g.steps premium steps
profits = {value: value * table[:, 2] - table[:, 0] for value in values}
### END SOLUTION
if answered(profits):
    picture = plots.curves(
        np.arange(g.steps + 1),
        {f"V = ${value:.2f}": profit for value, profit in profits.items()},
        "steps left on premium",
        "profit of a task (USD)",
        "Where is the best choice?",
        "Profit over the number of steps left on premium, one curve for each of five values of a success.",
    )
    display(picture)

# %% [markdown]
# The curves are convex: cost falls in a straight line, reliability in a curve that is steepest where the chain is
# still sure. So the best is always an end: route all or route none, and the choice flips at the value you found as
# `never_above`. A mixture is right only when steps *differ*.

# %% [markdown]
# ## 8. The cascade
#
# Do not decide beforehand. Ask the small model first, and escalate to premium what a detector rejects. It catches
# a wrong answer with probability d (its recall) and never rejects a right one. From which d is a step as right as a
# premium call?

# %% matching-detection
### BEGIN SOLUTION: set matching_detection to the recall at which the cascade has premium's p
matching_detection = (g.premium_p - g.small_p) / ((1 - g.small_p) * g.premium_p)
### END SOLUTION
check("routing_crossover.matching_detection", matching_detection)

# %% [markdown]
# And what does a step cost then?

# %% cascade-usd
### BEGIN SOLUTION: set cascade_usd to the mean USD of a step of that cascade
escalated = (1 - g.small_p) * matching_detection
cascade_usd = g.small_usd + escalated * g.premium_usd
### END SOLUTION
check("routing_crossover.cascade_usd", cascade_usd)

# %% [markdown]
# ## 9. Stop early
#
# Another lever for the same chain, nothing routed. After each of its `g.steps` steps but the last a judge says whether
# the answer will do, and if so, the task ends there. After any step it will do with probability `g.good_enough`, drawn
# afresh. The judge stops at a share `g.recall` of the answers that will do, and at a share `g.false_alarm` of the
# others. **Guess first:** how many of the steps are left on average, and how many tasks of a thousand end too soon?

# %% mean-steps
### BEGIN SOLUTION: set mean_steps to the mean number of steps of a task
stops = g.good_enough * g.recall + (1 - g.good_enough) * g.false_alarm
reached = (1 - stops) ** np.arange(g.steps)  # the share of the tasks that get to each step
mean_steps = reached.sum()
### END SOLUTION
check("routing_crossover.mean_steps", mean_steps)

# %% [markdown]
# A task that is stopped at an answer that will not do has ended too soon. Of 1,000 tasks, how many are these?

# %% too-soon
### BEGIN SOLUTION: set too_soon to the mean number of tasks, of 1,000, that are stopped too soon
judgements = reached[:-1].sum()  # nobody is asked after the last step
too_soon = 1000 * judgements * (1 - g.good_enough) * g.false_alarm
### END SOLUTION
check("routing_crossover.too_soon", too_soon)

# %% [markdown]
# ## 10. In words
#
# The text says: route a step to the small model only when it is so simple that its lower reliability does not
# matter. Relate that to your crossover and to the cascade. What must be known before routing, and what before a
# cascade? Which of the two would you build for this chain? Four sentences.

# %% route-or-cascade [markdown] points=3
# <!-- ### BEGIN SOLUTION -->
# "Does not matter" is a comparison: the dollars saved against the reliability lost times the value of a success.
# Routing needs that value, and a label that says which steps are easy *before* they run. A cascade needs neither,
# it needs a detector that says *afterwards* which answers are wrong: from a recall of 0.74 a step is as right as
# premium for about a ninth of its price. I would build the cascade if such a detector can be had (a schema, a test,
# a checksum), and measure its recall first; without one, all premium or all small, by the value of a success.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer names the value of a success, the label before against the detector after, and the
# recall from which the cascade wins.

# %% [markdown] tags=["instructor"]
# **Rubric (3 points).** One point each: the value of a success decides for routing; the cascade moves the question
# to a detector and its recall; a choice that follows from the numbers.

# %% how-far points=11 tags=["grade"]
progress = summary("routing_crossover")
print(progress)
progress.points
