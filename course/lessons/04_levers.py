# %% [markdown]
# # 04 Levers: what moves all three
#
# *35 minutes.* After this lesson you can
#
# - say what each lever does to cost, latency and p, and which assumption its figure stands on;
# - take a design apart and say which lever carried it;
# - find what is wrong in a printed table;
# - say what a judge's errors do to a loop that may stop early;
# - rank levers by what a success is *worth*, and see the order change;
# - read "so many times cheaper": than what, and at which quality?

# %%
from textwrap import fill

import numpy as np

from labkit import PREMIUM, SMALL, Step, Workflow, chain, easy, parallel
from labkit import cache, cut, parallelize, retry, route, stop_early
from labkit import cost, plots, simulate
from labkit_workbook import check, explorers, given, hint, predict, published, table, tally, textbook

# %%
predict("levers.again")

# %% [markdown]
# ## 1. Which lever gives most for a dollar?
#
# A [lever](../docs/glossary.md#lever) is a change of a design that moves one of its three numbers. In code it is a
# function that takes a workflow and gives back another, and `where=` says which steps it touches. The section has six
# of them:
#
# | lever | cost | latency | p |
# |---|---|---|---|
# | `parallelize` | same | sum → max | same |
# | `route` | cheaper | faster | lower |
# | `cache` | hits are free | hits are quick | *it depends: section 2* |
# | `cut` | fewer calls | fewer calls | fewer factors |
# | `stop_early` | fewer calls | fewer calls | fewer factors, and *a judge's errors: section 4* |
# | `retry` | more attempts | more attempts | higher |
#
# Here each of them is pulled alone, on twelve premium steps in a row:

# %%
naive = chain(12, PREMIUM)
mixed = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
six = [f"step-{i}" for i in range(1, 7)]
designs = {
    "12 premium steps": naive,
    "parallelize": naive.pipe(parallelize),
    "route 8 easy steps": mixed.pipe(route, SMALL, where=easy),
    "cache 6 steps": naive.pipe(cache, six),
    "retry once": naive.pipe(retry, 1),
    "cut 6 steps": naive.pipe(cut, six),
}

# %% [markdown]
# The sixth needs somebody who says after each step whether its answer will do already. Say that one answer in ten
# will, and that the judge is one small call and errs once in twenty, either way:

# %%
errs_once_in_twenty = {"recall": 0.95, "false_alarm": 0.05, "usd": SMALL.usd, "sec": SMALL.sec}
designs["stop early"] = naive.pipe(stop_early, 0.1, **errs_once_in_twenty)

# %%
predict("levers.alone")

# %% tags=["predict"]
alone = {name: design.outcome("expected") for name, design in designs.items()}
plots.compare(alone, title="One lever at a time, honestly charged")

# %% [markdown]
# Look along the last column, the [quality per dollar](../docs/glossary.md#quality-per-dollar), which is reliability
# divided by cost, and then at three of its rows. `parallelize` gives no more for a dollar than no lever at all, 2.3;
# what it saves is seconds. `route` gives 4.4, although it fails four times out of ten, and `stop early` 3.5, although
# it delivers a wrong answer one time in three. Keep that in mind: a single score can hide a design that nobody would
# ship. Section 6 mends it.
#
# ## 2. What is wrong with this table?
#
# The text prints a table of these levers, and leaves out the program that made it. Here it is, to the printed digit.
#
# **Puzzle.** Four of these eight rows stand on an assumption that is not so. Which? Take a minute and a pencil; one of
# them needs no more than that.

# %% tags=["nbval-check-output"]
rows = textbook.rows()
heads = ("cost", "latency", "reliability", "per dollar")
figures = zip(*(textbook.figures(row.published) for row in rows), strict=True)
labels = {"row": [row.label for row in rows], "steps": [row.steps for row in rows]}
table(labels | dict(zip(heads, figures, strict=True)), dict.fromkeys(heads, "{}"))

# %% [markdown]
# **The row of `route`** is the one for the pencil. The text prints 9.6 s for it.

# %%
predict("levers.pencil")

# %% tags=["predict", "hide-input"]
plots.draw(textbook.collided(), title="What the printed 9.6 s really is: groups 0 to 3 hold two steps each")

# %% [markdown]
# How does one get 9.6 s? The text gives each step a group number and adds the slowest of each group. Lay two chains end
# to end, and let both start to count at 0. Then four small steps run *beside* the premium ones, and nobody notices, for
# the program is happy. In `labkit` that cannot happen: `a.then(b)` makes every first step of `b` wait for all of `a`,
# and renames what collides.
#
# **The cache row** claims that caching six steps lifts reliability from 83.41% to 91.33%. Why would a stored answer be
# *right*? The text's code gives a hit p = 1.
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
# **The retry row** makes twice the attempts in the worst case and 1.5% more on average, and is printed as free. And not
# every step may be done twice. A question may be asked again, but a refund, a mail or an order may not. A step can say
# so, and then `retry` refuses:

# %% tags=["nbval-check-output"]
paying_back = Workflow([Step("refund", PREMIUM, repeatable=False)])
try:
    paying_back.pipe(retry, 1)
except ValueError as refusal:
    print(fill(str(refusal), 90))

# %% [markdown]
# **The last row** makes both assumptions at once. And it caches steps that are retried, so it must say *which* answer
# is stored. A store at the model keeps first answers. A store behind the check keeps what came out of check and retry,
# and so does `cache` here, unless it is told `stored="first"`.

# %%
predict("levers.stored")

# %% tags=["predict", "nbval-check-output"]
retried = naive.pipe(retry, 1)
stores = {
    "no cache": retried,
    "a store behind the check": retried.pipe(cache, six, stored="checked"),
    "a store at the model": retried.pipe(cache, six, stored="first"),
}
right = [design.outcome().reliability for design in stores.values()]
table({"six steps from": stores, "twelve steps right": right}, {"twelve steps right": "{:.1%}"})

# %% [markdown]
# For the last row of the table the two stores are the two ends of a range, 98.75% and 95.85%: what a retry was paid for
# is in the one, and thrown away in the other. Here is the table again, each figure as published and, where it changes,
# an arrow to what it is when the assumption is mended:

# %% tags=["nbval-check-output"]
pairs = [zip(textbook.figures(row.published), textbook.figures(row.corrected), strict=True) for row in rows]
figures = zip(*([a if a == b else f"{a} → {b}" for a, b in pair] for pair in pairs), strict=True)
table(labels | dict(zip(heads, figures, strict=True)), dict.fromkeys(heads, "{}"))

# %% tags=["nbval-check-output"]
changed = [row for row in rows if row.reason]
table({"row": [row.label for row in changed], "what it takes for granted": [row.reason for row in changed]})

# %% [markdown]
# ## 3. Which lever carried the headline?
#
# The text's best design pulls everything at once: six steps, all at the same time, two premium and four small, the two
# premium ones from the cache, every step retried once. It prints 123.5 successes for a dollar, against 2.3 for the
# naive chain. To find out who earned that, take one lever away at a time and leave the others in place. Such a test is
# called an **ablation**.

# %%
predict("levers.carried")

# %% tags=["predict", "hide-input"]
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
# Read the picture column by column; what carried a number is what hurts it when it is gone. Running in parallel carried
# the seconds, and the retry carried the reliability. In the last column it is three of them, and for one reason. Take
# away routing, the cache or the cut, and premium calls are left on the bill (four, two and two of them), and the figure
# falls from 123 to between 8 and 15. They work only together.
#
# One detail of this design is easy to overlook. The cache serves two steps out of six, and the text chose them by
# their place in a list.

# %%
predict("levers.cache_moved")

# %% tags=["predict", "nbval-check-output"]
variants, outcomes = zip(*textbook.combined_variants(), strict=True)
table(
    {
        "the combined row": variants,
        "per dollar": [outcome.quality_per_dollar for outcome in outcomes],
        "cost (USD)": [outcome.cost for outcome in outcomes],
        "reliability": [outcome.reliability for outcome in outcomes],
    },
    {"per dollar": "{:.1f}", "cost (USD)": "{:.4f}", "reliability": "{:.2%}"},
)

# %% [markdown]
# The last line is the whole design once more, with the cache on other steps. So the headline figure depends on the
# order in which somebody wrote a list. And a cache that serves two premium answers for every task must also be
# *earned*: the same question has to come again.
#
# ## 4. When is it good enough?
#
# `cut` needs somebody who knows beforehand which steps are not needed. The text names a way to find out as one goes:
# **stop early**, as soon as an answer will do. It says nothing about who decides that. So let a
# [judge](../docs/glossary.md#judge) look at the answer after each step. She can err in two ways: stop **too late**,
# when she lets a loop go on whose answer would have done, or **too soon**, when its answer will not do.
#
# Guess what her errors come to, before you see them.

# %%
predict("levers.too_soon")

# %% tags=["predict", "hide-input"]
alarms, dotted = np.linspace(0, 0.2, 41), (0, 0.05, 0.1, 0.15, 0.2)
recalls = {"in time": 1.0, "half too late": 0.5}


def judged(recall, false_alarm):
    """Twelve steps, of whose answers one in ten will do, and a judge who is one small call."""
    errors = {"recall": recall, "false_alarm": false_alarm}
    return naive.pipe(stop_early, 0.1, usd=SMALL.usd, sec=SMALL.sec, **errors)


figure, (left, right) = plots.canvas(columns=2, height=3.9)
laws = {name: judged(recall, alarms).outcome("expected") for name, recall in recalls.items()}
xlabel = "false alarms of the judge"
plots.curves(alarms, {n: o.cost for n, o in laws.items()}, xlabel, "USD a task", "Too late costs dollars", "-", left)
wrong = {n: o.wrong for n, o in laws.items()}
plots.curves(alarms, wrong, xlabel, "wrong and delivered", "Too soon costs truth", "-", right, percent=True)
for recall, colour in zip(recalls.values(), (plots.BLUE, plots.ORANGE), strict=True):
    runs = [simulate(judged(recall, alarm), 20_000, seed=1) for alarm in dotted]
    left.plot(dotted, [run.mean.cost for run in runs], "o", color=colour)
    right.plot(dotted, [run.wrong.mean() for run in runs], "o", color=colour)
bare = naive.outcome()
for ax, level in ((left, bare.cost), (right, bare.wrong)):
    ax.axhline(level, color=plots.GREY, linestyle="--")
    ax.annotate("nobody judges", (0.2, level), (0, -13), color=plots.GREY, textcoords="offset points", ha="right")
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_ylim(bottom=0)
plots.Picture(
    figure,
    "Twelve steps with a judge, over her false alarms from 0 to 20%. Left, USD a task: a judge who stops in time takes "
    "0.36 down to 0.23, and to 0.11 with false alarms; one who is too late half of the time to 0.29. Right, wrong "
    "answers delivered: 17% without a judge, 10% with a perfect one, 32% at 5% false alarms, 65% at 20%. Dots of "
    "20,000 simulated tasks each lie on the lines.",
)

# %% [markdown]
# The lines are the law below, and each dot is 20,000 simulated tasks. One answer in ten will do, and a judgement is one
# small call. At the left end of the blue lines is the judge of the text, who never errs: she takes a third off the
# bill, and fewer wrong answers are delivered, since fewer steps are done that could fail. A judge who is too late half
# of the time gives nearly half of these dollars back, and has more steps at which to err the other way.
#
# One who stops too soon is more dangerous, for her bill looks *better*: every false alarm spares calls. On the right
# you see at what price. If she errs once in twenty, nearly twice as many wrong answers are delivered as without her.
#
# With g for the share of answers that will do, s for her [recall](../docs/glossary.md#recall) and e for her false
# alarms, a loop of S steps ends after each with probability $q = g s + (1-g) e$. So
#
# $$\text{E}[\text{steps}] = \frac{1-(1-q)^S}{q}, \qquad
# P[\text{too soon}] = (1-g)\,e\;\frac{1-(1-q)^{S-1}}{q}.$$
#
# False alarms multiply over the steps as failures do: of the tasks that need all their steps, only a share
# $(1-e)^{S-1}$ is not stopped too soon. Two things are taken for granted here. Whether an answer will do is drawn
# afresh after each step, while in a real loop an answer that was bad at step five is likely to be bad at step six. And
# the steps come one after another, for what has begun side by side is paid. When the judge pays, section 6 says.
#
# ## 5. Play: the cheapest design that is sure enough
#
# Below are the twelve steps with every lever, two budgets and a success wanted. A star marks the cheapest design that
# keeps all three, of those that you have tried. Leave four steps [hard](../docs/glossary.md#hard-step), the cache empty
# and no answer good enough before the end, since these three are the task's business and not yours.
#
# 1. How cheap can 95% be within 20 s? Then move what is wanted to 99%: what does the step from 95 to 99 cost?
# 2. Bring the seconds down to 5. Which designs are left, and how sure is the surest?
# 3. Now let some answers come from a cache. (Here an answer is stored after its retries.) What does it change, and
#    what does it leave as it was?
# 4. At last let four answers in ten be good enough, with the cache empty again. (The judge is that of section 1.) How
#    cheap does the loop get, and how sure can you still be?

# %%
explorers.levers()

# %% [markdown]
# With retries as cheap as these, dollars hardly stand in the way of 99%. Seconds do. Steps that run side by side and
# are retried have no formula for their latency, only a simulation ([lesson 02](02_latency.ipynb) made one), so the
# explorer cannot promise that they fit; and steps that are not retried are not sure. Beside a judge who errs once in
# twenty no design reaches 95%, for a retry repairs steps and not her.
#
# ## 6. What is a success worth?
#
# Quality per dollar divides. It cannot tell a design that is cheap because it is clever from one that is cheap because
# it gives up, for it does not know what a failure loses. So say what each end of a task is worth. It may end right
# (P of the tasks), which has a [value](../docs/glossary.md#value-of-a-success) V. It may deliver a wrong answer (W),
# which does [damage](../docs/glossary.md#damage) D. Or a check [refuses](../docs/glossary.md#refusal) it (R), and
# somebody else has to help, at H:
#
# $$\text{profit} = V P - D W - H R - \text{Cost}.$$
#
# Nothing below is refused, because none of these designs has a gate; lessons 03 and 09 have some. So here W is 1 − P.

# %%
predict("levers.worth")


# %% tags=["predict", "nbval-check-output"]
def ranked(score):
    """Names of the designs, best first."""
    return sorted(alone, key=lambda name: -score(alone[name]))


columns = {
    "quality per dollar": ranked(lambda outcome: outcome.quality_per_dollar),
    "V = 0.50 USD": ranked(lambda outcome: outcome.profit(0.5)),
    "V = D = 0.50 USD": ranked(lambda outcome: outcome.profit(0.5, damage_usd=0.5)),
    "V = 50 USD": ranked(lambda outcome: outcome.profit(50)),
}
table({"rank": range(1, 8), **columns})

# %% [markdown]
# A wrong answer that costs what a right one brings (D = V) sends routing from the third place to the last, and lifts
# the retry, though no design has changed.
#
# Where one design takes over from another, the dollars that it costs equal the reliability that it adds times V. That
# place is called the **crossover**, and below you can look for it. Drag the value upwards from 0.05 USD. At which value
# does routing lose the first place, and to whom? From which value on is it worse than the plain chain? And where does
# the retry take over?

# %%
explorers.crossover()

# %% [markdown]
# Routing is best up to 0.14 USD, where cutting six steps takes over, and from 0.95 USD on it is worse than no lever at
# all. The retry is best from 2.21 USD on. When a success is worth little, the cheap designs win; when it is worth much,
# the sure ones do. So a question about levers has no answer until somebody says what a success is worth.
#
# Stopping early beats the plain chain as long as a success is worth less than 1.04 USD, and with D = V up to half of
# that. Every crossover of this picture is halved like that: where nothing is refused, a success that is lost is one
# wrong answer more, and counts twice.
#
# ## 7. A cascade, recorded
#
# There are two ways to spare the strong model. A [router](../docs/glossary.md#router) guesses beforehand which
# questions are hard. A [cascade](../docs/glossary.md#cascade) asks the cheap model first, and the next one when a check
# rejects the answer.
#
# A cascade was recorded on HumanEval's 164 programming problems, five times: Llama-3 8B, GPT-3.5, Llama-3 70B, GPT-4,
# in this order. The check runs the example tests that stand in each problem.

# %%
predict("levers.cascade")

# %% tags=["predict", "hide-input"]
asked = np.array(published.CASCADE_REACHED.values)
correct = np.array(published.CASCADE_RIGHT.values)
usd = np.array(published.CASCADE_USD.values)
noticed = asked[1:] / (asked - correct)[:-1]  # of the wrong answers, those that the tests rejected
here = correct / asked  # right, of the problems that reach a model
weak, strong = (published.HUMANEVAL_ALONE[model].values for model in ("GPT-3.5-0613", "GPT-4-0613"))
alone_p = np.array([here[0], weak[0], weak[0], strong[0]])  # right, of all problems
laws = {
    "law, p of the problems that reach it": cost.judged_cascade(usd, here, noticed),
    "law, p of all problems": cost.judged_cascade(usd, alone_p, noticed),
}

figure, ax = plots.canvas(height=4.2, width=7.6)
coin = np.linspace(0, 1, 60)
by_coin = cost.routed_cost(coin, weak[1], strong[1])
ax.plot(by_coin, weak[0] + coin * (strong[0] - weak[0]), "--", color=plots.GREY)
ax.annotate("a coin: GPT-3.5\nor GPT-4", (0.7, 0.776), color=plots.GREY, fontsize=10, ha="left", va="top")
law = laws["law, p of all problems"]
ax.plot(164 * law.usd, law.p, "X", color=plots.BLUE, markersize=10)
look = {"textcoords": "offset points", "ha": "center", "fontsize": 10}
ax.annotate("law, p of all problems", (164 * law.usd, law.p), (0, 9), color=plots.BLUE, **look)
for marker, colour, found, before in (
    ("o", "black", published.HUMANEVAL_ALONE, ""),
    ("^", plots.ORANGE, published.CASCADES, "cascade up to\n"),
):
    for name, entry in found.items():
        share, dollars = entry.values[:2]
        above = (0, 9) if before == "" or "turbo" not in name else (0, -32)
        ax.plot(dollars, share, marker, color=colour, markersize=8)
        ax.annotate(before + name, (dollars, share), above, color=colour, **look)
ax.set(xscale="log", xlim=(0.025, 6), ylim=(0.72, 0.96), xticks=(0.03, 0.1, 0.3, 1, 3))
ax.set(xticklabels=("0.03", "0.1", "0.3", "1", "3"), ylabel="solved (share of HumanEval)")
ax.set(xlabel="USD for all 164 problems, logarithmic (agent-evals, runs of Kapoor et al. 2024)")
ax.set_title("A seventh of the bill, not a twenty-sixth", loc="left", weight="bold")
plots.Picture(
    figure,
    "Share of HumanEval solved over dollars. GPT-3.5 alone .752 for 0.04 USD, GPT-4 .865 for 2.94, GPT-4-turbo .896 "
    "for 1.93. The cascade up to GPT-4 solves .876 for 0.42, the one up to GPT-4-turbo .850 for 0.27. The law with p "
    "of all problems promises .926 for 0.11. A coin between GPT-3.5 and GPT-4 lies below the cascades.",
)

# %% tags=["predict", "nbval-check-output"]
solved, dollars, _ = published.CASCADES["GPT-4-0613"].values
bills = [dollars] + [published.HUMANEVAL_TASKS * law.usd for law in laws.values()]
table(
    {
        "the cascade up to GPT-4": ["recorded", *laws],
        "solved": [solved, *(law.p for law in laws.values())],
        "USD": bills,
    },
    {"solved": "{:.1%}", "USD": "{:.2f}"},
)

# %% [markdown]
# A law that takes each model's p on *all* problems is five [points](../docs/glossary.md#point) too sure and four times
# too cheap. To see why, look at who is asked for what:

# %% tags=["nbval-check-output"]
columns = {
    "problems that reach it": asked / asked[0],
    "right, of these": here,
    "right, of all": alone_p,
    "share of the bill": asked * usd / (asked * usd).sum(),
}
models = {"model": ("Llama-3 8B", "GPT-3.5", "Llama-3 70B", "GPT-4")}
prices = {"USD a call": [f"{price:.5f}" for price in usd]}
table(models | columns | prices, dict.fromkeys(columns, "{:.1%}") | {"USD a call": "{}"})

# %% [markdown]
# What is left for GPT-4 is no average problem. It solves 62% of them, and that tenth of the problems takes nine tenths
# of the bill. With the p of the problems that *reach* a model the law gives back what was recorded, as it must: it
# only counts. (Every rejected answer is taken as wrong; of GPT-4's thirty, none was right. Nobody recorded Llama-3 70B
# alone, so GPT-3.5's p stands in for it.)
#
# Against GPT-4 alone the recorded cascade took a seventh of the dollars and 4.2 s instead of 9.2, and solved no fewer
# problems. (One point more; five runs of either scatter by as much.)
#
# A newer GPT-4 in the last place, and the same cascade **loses** points: 85.0% for 0.27 USD, where the model alone has
# 89.6% for 1.93. Section 6 says who should use it: whoever gets less than (1.93 − 0.27) / 164 / 0.046 = 0.22 USD for a
# solved problem.
#
# ## 8. Cheaper than what?
#
# FrugalGPT's cascades are "up to 98%" cheaper at the best model's quality (Chen et al. 2023, abstract). "Up to" is the
# best of several data sets; three are reported as 98%, 73% and 59%. A figure like that leaves two things open, and they
# are worth asking of every one: cheaper than *whom*, and at *which quality*? Try it on RouteLLM, whose best router is
# reported with 3.66 (Ong et al. 2024, MT-Bench). Below, the *gap* is what lies between the quality of the weak model
# and that of the strong one, and a *coin* sends each question to one of the two without looking at it.

# %%
predict("levers.router")

# %% tags=["predict", "nbval-check-output", "hide-input"]
at_random, best = published.MT_BENCH_CALLS.values
shares = [at_random, best, 1.0]
table(
    {
        "who picks the model": ("a coin, half of the gap", "best router, half of the gap", "nobody: the whole gap"),
        "strong calls": shares,
        "against the coin": [f"{at_random / share:.2f} times fewer" if share < at_random else "" for share in shares],
        "USD a question": [cost.routed_cost(share, SMALL.usd, PREMIUM.usd) for share in shares],
    },
    {"strong calls": "{:.2%}", "USD a question": "{:.4f}"},
)

# %% [markdown]
# There are two words for such figures. **PGR** (performance gap recovered) is the share of the gap, from the weak model
# up to the strong one, that a router recovers, and **CPT(x)** (call-performance threshold) the share of strong calls
# that it needs for PGR x. A coin has CPT(x) = x, or nearly. So 3.66 says that the router beats a **coin**, at half of
# the gap. Against the strong model it makes seven times fewer strong calls, and gives up the other half. In dollars
# (this course's models) it is 2.7 times cheaper than the coin, for weak calls are paid as well.
#
# How good could a router be? Suppose one that *knew*, on GSM8K's school mathematics, for which questions alone the
# strong model is needed:

# %% tags=["nbval-check-output"]
weak, strong, either = published.GSM8K.values
only_strong = either - weak  # the share that the strong model alone solves
gaps = (0.5, 1.0)
table(
    {
        "share of the gap": gaps,
        "strong calls by a coin": [cost.cpt([0, 1], [weak, strong], gap) for gap in gaps],
        "... by a router that knows": [cost.cpt([0, only_strong, 1], [weak, either, strong], gap) for gap in gaps],
    },
    dict.fromkeys(("share of the gap", "strong calls by a coin", "... by a router that knows"), "{:.0%}"),
    f"GSM8K: weak {weak}, strong {strong}, whichever is right {either}: PGR {cost.pgr(either, weak, strong):.2f}",
)

# %% [markdown]
# It would ask the strong model for a fifth of the questions, and lose nothing. It could even pass a PGR of 1, because
# the weak model is sometimes right where the strong one is wrong. RouteLLM's rule, FrugalGPT's cascade and LiteLLM's
# router are run in [lesson 11](11_in_production.ipynb), and one of the three does pass 1.

# %%
tally("levers")

# %% [markdown]
# | remember | |
# |---|---|
# | a lever | workflow → workflow; say which steps it touches |
# | parallelize | time only |
# | route | cheap and quick, and its p enters the product |
# | cache | money and time; an answer is as right as when it was stored: before its check, or after |
# | retry | charged in truth: 1.5% here, 100% at worst |
# | stop early | too late costs dollars, too soon costs truth; false alarms multiply over the steps |
# | ablation | take one lever away to see what carried |
# | value of a success | before ranking anything; and the damage of a wrong answer |
# | cascade | the p that counts is that of the tasks that reach a model |
# | "times cheaper" | than what, and at which quality? PGR and CPT say it |
#
# Now do [exercise 02, routing crossover](../my_work/02_routing_crossover.ipynb): there the crossing is yours to find.
# Then [lesson 05](05_where_coordination_pays.ipynb).
