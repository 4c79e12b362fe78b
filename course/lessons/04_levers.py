# %% [markdown]
# # 04 Levers: what moves all three
#
# *40 minutes.* After this lesson you can
#
# - say what each lever does to cost, latency and p, and which assumption its figure stands on;
# - take a design apart and say which lever carried it;
# - find what is wrong in a printed table;
# - rank levers by what a success is *worth*, and see the order change;
# - read "so many times cheaper": than what, and at which quality?

# %%
from labkit import PREMIUM, SMALL, chain, easy, parallel
from labkit import cache, cut, parallelize, retry, route
from labkit_workbook import check, given, hint
from labkit import cost, plots, textbook
from labkit_workbook import published

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

for row in textbook.rows():
    usd, sec, right, quality = textbook.figures(row.published)
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
# **The last row** makes both assumptions at once. And it caches steps that are retried, so it must say *which* answer
# is stored. A store at the model keeps first answers, which no check has seen. A store behind the check keeps what came
# out of check and retry; the agents of lesson 10 cache like that (`Cached` around `Checked`), and so does `cache` here,
# unless told `stored="first"`.
#
# **Predict.** Twelve steps, each retried once, are right 99.7% of the time. Now six of them always come from a store.
# What is left, with either store?

# %% tags=["nbval-check-output"]
retried = naive.pipe(retry, 1)
print(f"no cache                          {retried.outcome().reliability:.1%}")
for stored, where in (("checked", "a store behind the check"), ("first", "a store at the model")):
    print(f"{where:33} {retried.pipe(cache, six, stored=stored).outcome().reliability:.1%}")

# %% [markdown]
# A store at the model throws away what the retry was paid for. For the last row of the table the two stores are the two
# ends of a range: 98.75% and 95.85%. Here is the table again, as published and corrected:

# %% tags=["nbval-check-output"]
print(textbook.side_by_side())

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
# Keep four steps hard; which ones are hard is the task's business, not yours. How cheap can 95% be? (Here an answer is
# stored after its retries.)

# %%
from labkit_workbook import explorers

explorers.levers()

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

# %% [markdown]
# ## 6. Routing, recorded
#
# There are two ways to spare the strong model. A **router** guesses beforehand which questions are hard. A **cascade**
# asks the cheap model first, and the next one when a check rejects the answer.
#
# A cascade was recorded on HumanEval's 164 programming problems, five times: Llama-3 8B, GPT-3.5, Llama-3 70B, GPT-4,
# in this order. The check runs the example tests that stand in each problem.
#
# **Predict.** GPT-4 alone solves 86.5% for 2.94 USD (all 164 problems). What does the cascade solve, for how much? And
# what would a law promise that knows each model's success on *all* problems?

# %% tags=["nbval-check-output"]
asked = np.array(published.CASCADE_REACHED.values)
right = np.array(published.CASCADE_RIGHT.values)
usd = np.array(published.CASCADE_USD.values)
noticed = asked[1:] / (asked - right)[:-1]  # of the wrong answers, those that the tests rejected
here = right / asked  # right, of the problems that reach a model
weak, strong = (published.HUMANEVAL_ALONE[model].values for model in ("GPT-3.5-0613", "GPT-4-0613"))
alone_p = np.array([here[0], weak[0], weak[0], strong[0]])  # right, of all problems

print("                share of      right, of those    right, of       USD")
print("model           problems      that reach it      all problems    a call")
for row in zip(("Llama-3 8B", "GPT-3.5", "Llama-3 70B", "GPT-4"), asked / asked[0], here, alone_p, usd, strict=True):
    print("{:14}{:10.1%}{:18.1%}{:16.1%}{:14.5f}".format(*row))

laws = {
    "p of the problems that reach it": cost.judged_cascade(usd, here, noticed),
    "p of all problems": cost.judged_cascade(usd, alone_p, noticed),
}
solved, dollars, _ = published.CASCADES["GPT-4-0613"].values
print(f"\n{'recorded':34}{solved:.1%} for ${dollars:.2f}")
for label, law in laws.items():
    print(f"{label:34}{law.p:.1%} for ${published.HUMANEVAL_TASKS * law.usd:.2f}")
print(f"GPT-4's share of the cascade's bill: {(asked * usd)[-1] / (asked * usd).sum():.0%}")

# %%
figure, ax = plots.canvas(height=4.2, width=7.6)
coin = np.linspace(0, 1, 60)
by_coin = cost.routed_cost(coin, weak[1], strong[1])
ax.plot(by_coin, weak[0] + coin * (strong[0] - weak[0]), "--", color=plots.ORANGE, label="a coin: GPT-3.5 or GPT-4")
law = laws["p of all problems"]
ax.plot(164 * law.usd, law.p, "x", color=plots.BLUE, markersize=10, label="law, p of all problems")
for marker, colour, found, label in (
    ("o", "black", published.HUMANEVAL_ALONE, "recorded, one model"),
    ("^", plots.GREEN, published.CASCADES, "recorded, cascade"),
):
    points = [entry.values for entry in found.values()]
    ax.plot([x[1] for x in points], [x[0] for x in points], marker, color=colour, markersize=8, label=label)
    for name, x in zip(found, points, strict=True):
        words = name if marker == "o" else f"up to {name}"
        ax.annotate(words, (x[1], x[0]), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=10)
ax.set(xscale="log", xlim=(0.025, 6), ylim=(0.72, 0.96), xticks=(0.03, 0.1, 0.3, 1, 3))
ax.set(xticklabels=("0.03", "0.1", "0.3", "1", "3"), ylabel="solved (share of HumanEval)")
ax.set(xlabel="USD for all 164 problems, logarithmic (agent-evals, runs of Kapoor et al. 2024)")
ax.set_title("A seventh of the bill, not a twenty-sixth", loc="left", weight="bold")
ax.legend(frameon=False, loc="lower right")
plots.Picture(
    figure,
    "Share of HumanEval solved over dollars. GPT-3.5 alone .752 for 0.04 USD, GPT-4 .865 for 2.94, GPT-4-turbo .896 "
    "for 1.93. The cascade up to GPT-4 solves .876 for 0.42, the one up to GPT-4-turbo .850 for 0.27. The law with p "
    "of all problems promises .926 for 0.11. A coin between GPT-3.5 and GPT-4 lies below the cascades.",
)

# %% [markdown]
# A seventh of the dollars, in 4.2 s instead of 9.2, and no fewer problems solved. (One point more; five runs of either
# scatter by as much.) With the p of the problems that *reach* a model the law gives back what was recorded, as it must:
# it only counts. With the p of *all* problems it is five points too sure and four times too cheap. What is left for
# GPT-4 is no average problem. It solves 62% of them, and that tenth of the problems takes nine tenths of the bill.
# (Every rejected answer is taken as wrong; of GPT-4's thirty, none was right. Nobody recorded Llama-3 70B alone, so
# GPT-3.5's p stands in for it.)
#
# A newer GPT-4 in the last place, and the same cascade **loses** points: 85.0% for 0.27 USD, where the model alone
# has 89.6% for 1.93. Section 5 says who should use it: whoever gets less than
# (1.93 − 0.27) / 164 / 0.046 = 0.22 USD for a solved problem.
#
# FrugalGPT's cascades are "up to 98%" cheaper at the best model's quality (Chen et al. 2023, abstract). "Up to" is the
# best of several data sets; three are reported as 98%, 73% and 59%.
#
# **Predict.** RouteLLM's best router needs "3.66 times" fewer calls of the strong model (Ong et al. 2024, MT-Bench).
# Fewer than who, and for which quality?

# %% tags=["nbval-check-output"]
at_random, best = published.MT_BENCH_CALLS.values
print(f"{at_random:.2%} / {best:.2%} = {at_random / best:.2f}, both for half of the gap")
for label, share in (("at random", at_random), ("best router", best), ("strong model, the whole gap", 1.0)):
    print(f"{label:28} strong calls {share:7.2%}   ${cost.routed_cost(share, SMALL.usd, PREMIUM.usd):.4f} a question")

weak, strong, either = published.GSM8K.values
print(f"GSM8K: weak {weak}, strong {strong}; whichever is right {either}: PGR {cost.pgr(either, weak, strong):.2f}")
only_strong = either - weak  # the share that the strong model alone solves
for gap in (0.5, 1.0):
    tossed = cost.cpt([0, 1], [weak, strong], gap)
    knowing = cost.cpt([0, only_strong, 1], [weak, either, strong], gap)
    print(f"strong calls for {gap:.0%} of the gap: a coin {tossed:.0%}, a router that knows {knowing:.0%}")

# %% [markdown]
# Fewer than a **coin**. **PGR** is the share of the gap, from the weak model up to the strong one, that a router
# recovers; **CPT(x)** the share of strong calls that it needs for PGR x. A coin has CPT(x) = x, or nearly. So 3.66
# says that the router beats a coin, at half of the gap. Against the strong model it makes seven times fewer strong
# calls, and gives up the other half. In dollars (this course's models) it is 2.7 times cheaper than the coin, for weak
# calls are paid as well.
#
# How good could a router be? One that *knew* would ask the strong model on GSM8K for a fifth of the questions, and
# lose nothing. It could even pass a PGR of 1, because the weak model is sometimes right where the strong one is wrong.
#
# Now do [exercise 02, routing crossover](../my_work/02_routing_crossover.ipynb): there the crossing is yours to find.
# Then [lesson 05](05_where_coordination_pays.ipynb).
#
# | remember | |
# |---|---|
# | a lever | workflow → workflow; say which steps it touches |
# | parallelize | time only |
# | route | cheap and quick, and its p enters the product |
# | cache | money and time; an answer is as right as when it was stored: before its check, or after |
# | retry | charged in truth: 1.5% here, 100% at worst |
# | ablation | take one lever away to see what carried |
# | value of a success | before ranking anything |
# | cascade | the p that counts is that of the tasks that reach a model |
# | "times cheaper" | than what, and at which quality? PGR and CPT say it |
