# %% [markdown]
# # Exercise 05: spend a budget
#
# *45 minutes, advanced. After lesson 09.* You will find the best of millions of designs within a budget of dollars
# and one of seconds. Then you count honestly, and see which part of the advice is left.
#
# A chain of steps, all alike. Each step chooses for itself: the **premium** model or the **small** one, and **no
# retry or one**. The steps run one after another. If you have the text's numbers, chain and models are those of the
# text; the budgets, the recall and the floor are made up.
#
# Put your answers in place of the three dots. In a new cell, `hint("spend_a_budget.designs")` gives a hint.
# `help(frontier.best)` says what can be asked.

# %%
from labkit import Gate, Model, chain, frontier, plots
from labkit_workbook import answered, check, given, hint, summary

g = given("spend_a_budget")
g

# %%
premium = Model(g.premium_usd, g.premium_sec, g.premium_p, "premium")
small = Model(g.small_usd, g.small_sec, g.small_p, "small")
plain = chain(g.steps, premium)
ways = frontier.options(models=[premium, small], retries=[0, 1])
[way.name for way in ways]

# %% [markdown]
# ## 1. As the text counts
#
# A retry is free and instant, and every failure is noticed. How many designs are there to choose from? Two designs
# differ if any step of theirs does.

# %% designs
### BEGIN SOLUTION: set designs to the number of designs of the chain
designs = len(ways) ** g.steps
### END SOLUTION
check("spend_a_budget.designs", designs)

# %% [markdown]
# A task may cost `g.max_usd` and may take `g.max_sec`. What is the highest reliability? **Predict** first which of
# the two budgets will bind. With a pencil: what does one more premium step add to the dollars, and to the seconds?

# %% best-p
### BEGIN SOLUTION: set best_p to the highest reliability within both budgets, as the text counts
promised = frontier.best(plain, ways, max_cost=g.max_usd, max_latency=g.max_sec)
best_p = promised.outcome.reliability
### END SOLUTION
check("spend_a_budget.best_p", best_p)

# %% [markdown]
# Which design is it? Its number of premium steps, and what it spends: a list, [USD, s].

# %% premium-steps
### BEGIN SOLUTION: set premium_steps to the number of premium steps of that design
premium_steps = sum(step.model == premium for step in promised.workflow)
### END SOLUTION
check("spend_a_budget.premium_steps", premium_steps)

# %% spent
### BEGIN SOLUTION: set spent to [USD, s], what that design spends as the text counts
spent = [promised.outcome.cost, promised.outcome.latency]
### END SOLUTION
check("spend_a_budget.spent", spent)

# %% [markdown]
# ## 2. As it is
#
# Somebody measured the check that tells a step to try again: it notices a share `g.recall` of the failures, and
# raises no false alarm. And a retry is paid, in dollars and seconds, whenever it happens. All dollars and seconds
# below are means.
#
# **Predict.** Take the very design of part 1. What is left of its promise? A list: [reliability, USD, s].

# %% really
### BEGIN SOLUTION: set really to [reliability, USD, s] of the design of part 1, counted honestly
h, r = premium_steps, 1 + (1 - premium.p_ok) * g.recall
s, q = g.steps - premium_steps, 1 + (1 - small.p_ok) * g.recall
right = (premium.p_ok * r) ** h * (small.p_ok * q) ** s  # p + (1 - p) d p, for each step
really = [right, h * premium.usd * r + s * small.usd * q, h * premium.sec * r + s * small.sec * q]
### END SOLUTION
check("spend_a_budget.really", really)

# %% [markdown]
# It breaks a budget. So what is the best design now, within the same two budgets? **Predict:** does it give up
# retries, or a premium step?

# %% honest-p
### BEGIN SOLUTION: set honest_p to the highest reliability within both budgets, counted honestly
checked = frontier.options(models=[premium, small], retries=[0, 1], gates=[Gate(g.recall)])
honest = frontier.best(plain, checked, max_cost=g.max_usd, max_latency=g.max_sec, accounting="expected")
honest_p = honest.outcome.reliability
### END SOLUTION
check("spend_a_budget.honest_p", honest_p)

# %% [markdown]
# How does it spend the budgets? A list: [premium steps, retried steps].

# %% honest-steps
### BEGIN SOLUTION: set honest_steps to [premium steps, retried steps] of that design
steps = honest.workflow.steps
honest_steps = [sum(step.model == premium for step in steps), sum(step.retries for step in steps)]
### END SOLUTION
check("spend_a_budget.honest_steps", honest_steps)

# %% [markdown]
# The same in a picture: for each number of dollars the best reliability, without a latency budget, promised and
# honest. Set two frontiers of cost and reliability.

# %% two-frontiers
### BEGIN SOLUTION: set promise and truth to the frontiers of cost and reliability, as the text counts and as it is
both = ("cost", "reliability")
promise = frontier.pareto(plain, ways, measures=both)
truth = frontier.pareto(plain, checked, measures=both, accounting="expected")
### END SOLUTION
if answered(promise, truth):  # nothing is shown before it is answered
    figure, ax = plots.canvas(height=3.8, width=7.5)
    looks = {"promised": (promise, plots.ORANGE, "--", 4), "honest": (truth, plots.BLUE, "-", -10)}
    for label, (found, colour, dash, up) in looks.items():
        ax.plot(found.cost, found.reliability, dash, color=colour, linewidth=2, drawstyle="steps-post")
        end = (found.cost[-1], found.reliability[-1])
        ax.annotate(label, end, xytext=(6, up), textcoords="offset points", color=colour)
    ax.set(xlabel="cost (USD a task)", ylabel="best reliability", xlim=(0, 1.2 * truth.cost[-1]))
    ax.set_title("What a dollar buys, promised and honest", loc="left", weight="bold", fontsize=12)
    picture = plots.Picture(
        figure,
        f"Best reliability over cost. Promised: from {promise.reliability[0]:.1%} to {promise.reliability[-1]:.1%}. "
        f"Honest, lower at every cost: from {truth.reliability[0]:.1%} to {truth.reliability[-1]:.1%}, "
        "steeply at first, then in small steps.",
    )
    display(picture)

# %% [markdown]
# ## 3. The other way round
#
# A customer asks for a reliability of at least `g.floor`, and sets no budget. What does the cheapest design cost that
# keeps it, counted honestly?

# %% cheapest-usd
### BEGIN SOLUTION: set cheapest_usd to the USD of the cheapest design that keeps the floor, counted honestly
cheapest = frontier.best(plain, checked, minimise="cost", min_reliability=g.floor, accounting="expected")
cheapest_usd = cheapest.outcome.cost
### END SOLUTION
check("spend_a_budget.cheapest_usd", cheapest_usd)

# %% [markdown]
# And with no budget and no floor: the most reliable design has premium with a retry in every step. From which value
# of a success on is it worth most of all designs, counted honestly?

# %% worth-from
### BEGIN SOLUTION: set worth_from to the value of a success, in USD, from which the most reliable design is worth most
corners = frontier.break_even_values(truth)
worth_from = corners[-1].value_usd
### END SOLUTION
check("spend_a_budget.worth_from", worth_from)

# %% [markdown]
# ## 4. In words
#
# Somebody shows you the design of part 1 and its promise. What do you tell them: what is the promise worth, what has
# to be measured first, what would you ship within the same budgets, and when would you ask for larger ones? Five
# sentences.

# %% what-to-ship [markdown] points=4
# <!-- ### BEGIN SOLUTION -->
# The promise is 98.3%; with a check that notices 70% of the failures the same design gives 88.1%, and its retries take
# it to 16.22 s, over the budget of 16.1. So nobody should decide before the recall of the check is measured, for all of
# the difference hangs on it. Within the same budgets I would ship six premium and six small steps, all retried: 86.9%
# for 0.194 USD and 14.6 s. The retries stay, for they are the cheapest points there are; what has to go is one premium
# step. I would ask for larger budgets only if a success is worth more than the added successes cost, about 2.30 USD
# each up to premium everywhere, and I would first ask whether a better check is cheaper than that.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all four. Which of yours does?
#
# - It says what the design really gives, and that it breaks a budget, with numbers.
# - It says what must be measured first: the recall of the check.
# - It names the honest design within the same budgets, and what that gives.
# - It asks for more money only where a success is worth more than the price of the added reliability.

# %% [markdown] tags=["instructor"]
# **Rubric (4 points).** One point for each: what the design really gives, and that it breaks a budget, with numbers;
# the recall of the check has to be measured first; the honest design within the same budgets, and what it gives; a
# larger budget pays only if a success is worth more than the price of the added reliability.

# %% how-far points=12 tags=["grade"]
progress = summary("spend_a_budget")
print(progress)
progress.points
