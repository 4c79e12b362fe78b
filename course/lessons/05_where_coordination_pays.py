# %% [markdown]
# # 05 Where coordination pays
#
# *25 minutes.* After this lesson you can
#
# - say at which value of a success another agent, gate or retry pays;
# - say what coordination cost where it was measured;
# - read a per-call p off a failure rate;
# - test a success story: which assumptions make its claims true *together*?

# %%
from dataclasses import dataclass, replace

import numpy as np

from labkit import PREMIUM, SMALL, cost, plots, reliability
from labkit_workbook import bands, check, given, hint, predict, published, table, tally

# %%
predict("coordination.again")

# %% [markdown]
# ## 1. When does another agent pay?
#
# The text's thesis fits into one sentence: add coordination only where it pays. It is the rule of every distributed
# system. You spread training over machines when one machine's memory is the ceiling, and pay with communication. You
# add servers when one cannot carry the load, and pay with consistency. Nobody distributes for fun; a *ceiling* forces
# it. For agents the ceiling is the quality that one call reaches, and below that ceiling one call is the best
# multi-agent system.
#
# Each further agent or step is therefore a bet: what it adds against its money, its seconds and its chances to fail.
# Take the bet once, on the weakest step of a chain.

# %%
predict("coordination.debate_pays")

# %% tags=["predict", "hide-input"]
value = np.linspace(0, 4, 81)
others = 0.98**9
ways = {"debate": (0.99, 2), "retry": (0.9975, 0.05)}
picture = plots.curves(
    value,
    {name: value * others * (p - 0.95) - calls * PREMIUM.usd for name, (p, calls) in ways.items()},
    "value of a success (USD)",
    "gain over the bare chain (USD a task)",
    "The debate gains from 1.80 USD on",
    "Gain over the bare chain against the value of a success. The retry gains from about 0.04 USD on; the debate "
    "begins at minus 0.06 USD and gains from 1.80 USD on.",
)
picture.figure.axes[0].axhline(0, color=plots.GREY)
picture

# %% tags=["predict", "nbval-check-output"]
gains = [others * (p - 0.95) for p, _ in ways.values()]
bills = [calls * PREMIUM.usd for _, calls in ways.values()]
pays_from = [bill / gain for bill, gain in zip(bills, gains, strict=True)]
table(
    {"surer by": ways, "adds": gains, "costs (USD)": bills, "pays from V (USD)": pays_from},
    {"adds": "{:+.2%}", "costs (USD)": "{:.4f}", "pays from V (USD)": "{:.3f}"},
)

# %% [markdown]
# Where a line crosses zero, the change begins to pay. A retry, which lifts the step to 0.9975 for 0.05 calls on
# average, does so at four cents. (It assumes a detector; [exercise 03](../my_work/03_debate_vs_retry.ipynb) takes that
# away.) "Where it pays" is a number, then. A change that costs $\Delta C$ and lifts the success by $\Delta P$ pays when
# a success is worth more than
#
# $$V^* = \frac{\Delta C}{\Delta P}.$$
#
# Here a failure is worth nothing. Often it is worth less than that: an answer that is wrong and goes out does damage D.
# Then each success gained is also a wrong answer spared, and V + D takes the place of V. (Where a check refuses instead
# of delivering, right and wrong no longer add up to one, and lessons 03 and 09 count the three ends of a task apart.)
# [Lesson 09](09_design_under_budgets.ipynb) works this number out for each lever of a whole design, one after another.
#
# ## 2. What did coordination cost where it was measured?
#
# Kim et al. (2025, arXiv 2512.08296v2) gave the same tasks and tools to five architectures, over four benchmarks and
# three families of models: one agent; several that do not talk (*independent*); several that talk to each other
# (*decentralised*); several under one that leads (*centralised*); and both at once (*hybrid*). Costs are counted in
# tokens, and the unit is a *run*: what the single agent uses for a task.

# %%
predict("coordination.measured")

# %% tags=["predict", "hide-input"]
alone = published.COORDINATION["single"].values[0]
tokens = np.linspace(1, 6.5, 23)
figure, ax = plots.canvas(height=4.0, width=7.6)
for runs, dash in ((50, "--"), (250, ":")):
    pays = alone + (tokens - 1) / runs
    ax.plot(tokens, pays, dash, color=plots.BLUE, linewidth=2)
    ax.annotate(
        f"pays above,\nif V = {runs} runs",
        (tokens[-1], pays[-1]),
        (6, 0),
        textcoords="offset points",
        color=plots.BLUE,
        va="center",
        fontsize=10,
    )
for name, entry in published.COORDINATION.items():
    where = 1 + entry.values[1], entry.values[0]
    ax.plot(*where, "o", color="black", markersize=8)
    above = 9 if name == "decentralised" else -17
    ax.annotate(name, where, (0, above), textcoords="offset points", ha="center", fontsize=10)
ax.set(xlim=(0.5, 6.7), ylim=(0.33, 0.6), xticks=range(1, 7), ylabel="solved (share of tasks)")
ax.set(xlabel="tokens a task, in those of one agent (Kim et al. 2025, arXiv 2512.08296v2)")
ax.set_title("One agent is hard to beat", loc="left", weight="bold")
plots.Picture(
    figure,
    "Share solved over tokens for five architectures: single .466 for 1, independent .370 for 1.6, decentralised .477 "
    "for 3.6, centralised .463 for 3.9, hybrid .452 for 6.2 times the tokens. Lines from the single agent upwards show "
    "what a design must solve to pay at V = 50 and 250 runs; only the decentralised one lies on the lower line.",
)  # fmt: skip

# %% tags=["predict", "nbval-check-output"]
found = published.COORDINATION
solved, more, turns = map(np.array, zip(*(entry.values for entry in found.values()), strict=True))
gain, each = solved - alone, cost.cost_per_success(solved, 1 + more)
pays = [f"{m / g:.0f} runs" if g > 0 else "never" if m else "" for g, m in zip(gain, more, strict=True)]
numbers = {"solved": solved, "tokens": 1 + more, "turns": turns, "tokens a success": each}
forms = dict(zip(numbers, ("{:.3f}", "{:.2f}", "{:.1f}", "{:.1f}"), strict=True))
table({"agents": found, **numbers, "pays from V =": pays}, {**forms, "pays from V =": "{}"})

# %% [markdown]
# Take the team that has a leader. It uses nearly four times the tokens and solves 0.3 points *less*, and there is no V
# at which that pays. Agents that talk to each other solved 1.1
# points more, for 2.63 runs' worth of tokens: it pays if a success is worth more than 239 runs. If a run costs ten
# cents (our number), that is 24 USD. Whether 1.1 points are more than chance, a table of means does not say.
#
# For scale: multi-agent research is reported as 15 times the tokens of a chat and one agent as 4 times (Anthropic
# 2025), so 3.75 times one agent; the table says 3.6 to 3.9. To lower the tokens *a success* at that price, the success
# must rise 3.75-fold, and where one agent solves more than 27% there is no room. Quality per dollar cannot speak for
# coordination. Only a V can.
#
# These are means over unlike tasks, and the tasks make the difference. Where the parts can be worked on side by side,
# as in financial analysis, a team with a leader is reported as gaining 81% over one agent. Where each step waits for
# the last, as in planning, all four teams are reported as losing, by 39 to 70% (same paper).
#
# The paper's third version, with 260 configurations, is reported as giving two reasons. Agents that do not talk have
# 17.2 times the errors of one agent, and a team with a leader, who checks as a verifier would, 4.4 times. And where one
# agent already solves more than about 45%, more agents gain nothing; the one agent of the table solves 46.6%. A debate,
# last, does not reliably beat asking one model several times, though tuned variants do better (Smit et al., ICML 2024,
# abstract). So the rule holds task by task: measure $\Delta P$ on *yours*.
#
# ## 3. A success story, and its numbers
#
# The text closes with a practical example. A product explains dashboards to its users. In version one five agents
# [debate](../docs/glossary.md#debate) for three rounds, "roughly thirty" calls a question. It took 11 s, cost more than
# the subscription, and failed about once in seven.
#
# In version two a cheap [router](../docs/glossary.md#router) sorts the questions. Simple ones get **one premium call**
# with a [cached system prompt](../docs/glossary.md#prefix-cache). Hard ones get a debate of **three agents and two
# rounds**, with validated steps and retries. Three claims are made:
#
# 1. the median latency fell from 11 s to under 2 s;
# 2. the cost of a question fell roughly tenfold;
# 3. reliability rose above 99%.
#
# (A fourth, that blind raters saw no difference, no formula here can test; [lesson 11](11_in_production.ipynb) builds
# both versions in LangGraph, and does.) We have no reason to doubt the people. But the numbers of *this* text should
# make the claims come out, and that can be tried. Begin with the starting point.

# %%
predict("coordination.thirty")

# %% tags=["predict", "nbval-check-output"]
right = reliability.chain_success(0.985, 30)
table({"thirty calls at p = 0.985": [f"right {right:.1%}, so they fail once in {1 / (1 - right):.1f}"]})

# %% [markdown]
# That is not once in seven. So in the story a single call is surer than `PREMIUM`.
#
# **Question.** How sure? The numbers are in `g`.

# %%
g = given("lesson_coordination")
g

# %%
p = ...  # your number here

check("lesson_coordination.implied_p", p)

# %% [markdown]
# ## 4. Do the claims hold together?
#
# Version two mixes two kinds of question, so everything depends on the **share** of simple ones. The way to test a
# story is to write down all that has to be assumed, and to give each assumption a name. Six readings of the text are
# ours:
#
# | what the text says | how it is read here |
# |---|---|
# | a cheap router | one small call, which never errs |
# | roughly tenfold | 8 to 12.5 times |
# | three agents, two rounds | six calls, in two rounds of time |
# | when is a debate right? | when all six calls are (section 7 tries another reading) |
# | validation, retries | the last attempt passes, whatever the validation says |
# | what a validation takes | **nothing: no dollars and no seconds** (remember this one) |
#
# The rest stands in the code of the next cell, which a click unfolds: a `Story` holds the assumptions, and
# `version_two` works out median seconds, dollars and reliability for any share.


# %% tags=["hide-input"]
@dataclass(frozen=True)
class Story:
    """What version two of the product assumes. Prices and seconds are the section's."""

    p: float = PREMIUM.p_ok  # a premium call is right
    detection: float = 0.0  # share of wrong answers that the validation notices
    debate_retries: int = 0  # a rejected call of a debate is tried again
    simple_retries: int = 0  # a rejected simple answer is tried again
    check_usd: float = 0.0  # a validation costs nothing,
    check_sec: float = 0.0  # and takes no time
    cached_usd: float = 1.0  # the cached prompt leaves this share of a simple call's price
    cached_sec: float = 1.0  # and this share of its seconds
    corrects: bool = False  # a debate is right if two of three answers are, not only if all six calls are
    old_calls: int = 30  # calls a question in version one


def version_two(story, share):
    """Median seconds, USD and reliability of a question, if this share of the questions is simple."""
    tries = story.simple_retries, story.debate_retries
    simple, debated = (reliability.gated(story.p, story.detection, retries=k, fail_open=True) for k in tries)
    usd, sec, again = story.check_usd, story.check_sec, (1 - story.p) * story.detection  # only who retries checks
    at_once = share * (1 - again if tries[0] else 1)  # simple, and accepted at the first try
    quick = SMALL.sec + PREMIUM.sec * story.cached_sec + (sec if tries[0] else 0)
    slow = SMALL.sec + 2 * PREMIUM.sec + (sec if tries[1] else 0)
    one = simple.attempts * (PREMIUM.usd * story.cached_usd + (usd if tries[0] else 0))
    six = 6 * debated.attempts * (PREMIUM.usd + (usd if tries[1] else 0))
    settled = reliability.majority_vote(debated.p, 3) if story.corrects else debated.p**6
    right = share * simple.p + (1 - share) * settled
    return np.where(at_once > 0.5, quick, slow), SMALL.usd + share * one + (1 - share) * six, right


def claims(story, share):
    """Which of the three claims hold, and whether all of them do."""
    sec, usd, right = version_two(story, share)
    tenfold = story.old_calls * PREMIUM.usd / usd
    held = {
        "under 2 s": sec < 2,
        "8 to 12.5 times cheaper": (tenfold >= 8) & (tenfold <= 12.5),
        "over 99%": right > 0.99,
    }
    return held | {"all three": np.logical_and.reduce(list(held.values()))}


share = np.linspace(0, 1, 1001)


def show(story, caption=""):
    """For which shares of simple questions each claim holds, and all three."""
    return bands(claims(story, share), ("claim", "holds if this share is simple"), caption, strong="all three")


# %%
predict("coordination.claims")

# %% tags=["predict", "nbval-check-output"]
premium = Story()
show(premium, "PREMIUM, no retries, no savings from the cached prompt")

# %% [markdown]
# Each bar runs from no simple questions on the left to nothing else on the right; a claim that holds nowhere leaves it
# empty.
#
# - **Under 2 s**: a router (0.4 s) and one premium call (2.0 s) take 2.4 s, so the cached prompt has to save more than
#   a fifth of the call's time.
# - **Over 99%**: one premium call is right 98.5% of the time, and six of six are less so.
#
# So something else must be assumed. Perhaps it is only the call: the one that you have just worked out is surer.

# %%
predict("coordination.surer")

# %% tags=["predict", "nbval-check-output"]
sure = replace(premium, p=(6 / 7) ** (1 / 30), cached_sec=0.75)
show(sure, "a surer call, p = 0.99487, and a cached prompt that saves a quarter of the seconds")

# %% [markdown]
# Look at the ends of the bars. Over 99% needs at least 81% simple questions, and at 81%
# the cost has fallen about fifteenfold: more than was claimed. (If "roughly tenfold" means "at least tenfold", the
# story holds from 81% on. And if version one made *fifteen* calls, as the text's own counting rule says, then once in
# seven means p = 0.98978, and one call misses 99% by a hair.)
#
# ## 5. Where must the retries stand?
#
# The text also names validation, with retries **on the debate nodes**. A validation is a
# [detector](../docs/glossary.md#detection), and lesson 03 said what a retry can do behind a good one.

# %%
predict("coordination.where_retried")

# %% tags=["predict", "nbval-check-output"]
as_told = Story(detection=0.9, debate_retries=1, cached_sec=0.75)
show(as_told, "PREMIUM, cached prompt, 90% noticed, one retry in the debates")

# %% [markdown]
# Most questions are now a *single* call, and a retry in the debates does not touch that one. The simple answers must be
# validated and retried as well. The text does not say so; it must be assumed.

# %% tags=["nbval-check-output"]
mended = replace(as_told, simple_retries=1)
show(mended, "... and one retry of the simple answers, too")

# %% tags=["hide-input"]
sec, usd, right = version_two(mended, share)
together = share[claims(mended, share)["all three"]]
figure, axes = plots.canvas(columns=3, height=3.4)
plots.curves(share, {"seconds": sec}, "share of simple questions", "median latency (s)", "under 2 s?", "-", axes[0])
plots.curves(share, {"times": 0.9 / usd}, "share of simple questions", "times cheaper", "tenfold?", "-", axes[1])
plots.curves(
    share, {"right": right}, "share of simple questions", "reliability", "over 99%?", "-", axes[2], percent=True
)
for ax, (low, high) in zip(axes, ((0, 2), (8, 12.5), (0.99, 1)), strict=True):
    ax.axhspan(low, high, color=plots.GREEN, alpha=0.18)
    ax.axvspan(together.min(), together.max(), color=plots.GREY, alpha=0.18)
plots.Picture(
    figure,
    "Three panels over the share of simple questions. Green bands mark what is claimed, a grey band from 51% to 74% "
    "marks where all three claims hold: median latency drops to 1.9 s above one half, the saving is 8 to 12.5 times, "
    "reliability is above 99%.",
)

# %% [markdown]
# At last there is a place where all three hold, between 50.7% and about 74% simple questions. (A rejected simple answer
# takes longer, so the median claim starts at 50.7% and not at one half.) It rests on a validation that notices 90% of
# the wrong answers, on one retry everywhere, and on a cached prompt that saves a quarter of the seconds. That last is
# generous: 13 to 31% were measured for the time to the *first* token, which is only a part of a call (Lumer et al.
# 2026, arXiv 2601.06007, abstract).
#
# ## 6. What if the check takes time?
#
# It also rests on a validation that is free. Lesson 09 checks with one small call, which takes 0.4 s and 0.002 USD.

# %%
predict("coordination.paid_check")

# %% tags=["predict", "nbval-check-output"]
paid = replace(mended, check_usd=SMALL.usd, check_sec=SMALL.sec)
show(paid, "a check of 0.4 s and 0.002 USD, a cached prompt that saves 25% of the seconds")

# %% [markdown]
# Router, call and check are what the median question waits for. How much would the cached prompt have to save, so that
# this is back under 2 s?

# %% tags=["nbval-check-output"]
saved = (0.0, 0.25, 0.4, 0.45)
seconds = {
    name: [float(version_two(replace(story, cached_sec=1 - each), 0.6)[0]) for each in saved]
    for name, story in {"with a free check": mended, "with a check of 0.4 s": paid}.items()
}
saves = {"the cached prompt saves": [f"{each:.0%} of the seconds" for each in saved]}
table(saves | seconds, dict.fromkeys(seconds, "{:.1f} s"), "How long a simple question takes")

# %% tags=["nbval-check-output"]
show(replace(paid, cached_sec=0.55), "a check of 0.4 s, a cached prompt that saves 45% of the seconds")

# %% [markdown]
# It must save *more than 40%* of a call's seconds, and then the dollars want 52 to 77% simple questions. So the three
# claims hold together with a check that costs nothing and takes no time, or with a prompt cache better than any that
# was measured. Take a free check as what it is: an assumption with a name.
#
# Grant the story its free check once more. How *good* does it have to be?

# %%
predict("coordination.validation")

# %% tags=["predict", "hide-input"]
recall = np.linspace(0, 1, 101)
width = [float(np.mean(claims(replace(mended, detection=d), share)["all three"])) for d in recall]
plots.curves(
    recall,
    {"all three claims": width},
    "share of wrong answers that the validation notices",
    "width of the range of shares that work",
    "How good must the validation be?",
    "The width of the range in which all claims hold is zero up to a recall of 0.72, then rises to 0.24 at 0.82.",
)

# %% [markdown]
# The bend is at 73%: left of it no share of simple questions makes the story true. So the free check must also be a
# good one, and notice nearly three wrong answers in four.
#
# ## 7. And if a debate corrects?
#
# So far a debate was right only if all six of its calls were. That is the strict reading. A debate may also *correct*:
# the three agents [vote](../docs/glossary.md#vote), and two right answers outvote a wrong one. Here are the same five
# sets of assumptions, read that way; a bar shows where all three claims hold.

# %% tags=["nbval-check-output"]
stories = {
    "PREMIUM as it is": premium,
    "a surer call, and the cached prompt": sure,
    "PREMIUM, 90% noticed, a retry in the debates": as_told,
    "... and of the simple answers": mended,
    "... with a check of 0.4 s": paid,
}
best_of_three = {name: claims(replace(story, corrects=True), share) for name, story in stories.items()}
held = {name: claim["all three"] for name, claim in best_of_three.items()}
bands(held, ("best of three", "all three claims hold if this share is simple"))

# %% tags=["nbval-check-output"]
over = {name: claim["over 99%"] for name, claim in best_of_three.items()}
bands(over, ("best of three", "over 99% holds if this share is simple"))

# %% [markdown]
# With a debate that corrects, a surer call is enough: the claims hold together from one half to 73%, and not a single
# retry is needed. With `PREMIUM` claim three needs no retries either, up to about two thirds simple questions, and
# those of the simple answers above. A check that takes time breaks the story in this reading too. So much hangs on
# what a debate does to p, and the text does not say. Where it was measured, some debates corrected and others did not
# (section 2).
#
# ## 8. The rule
#
# The story may well be true. But what made it true is not what it says. It was not fewer calls alone. It was a
# **detector good enough to retry on that takes next to no time**, and a prompt cache that saves time; or a debate that
# corrects. The text names them in passing and measures none. When you read such a story, ask for the p of one call, for
# the recall, the price and the seconds of the check, for what the debate does to p, and for the share.
#
# And when you build one, spend coordination *per question*. The common case gets one call. The rare hard case gets what
# its value pays for. The first thing to build is not another agent, it is the check that notices a failure.

# %%
tally("coordination")

# %% [markdown]
# | remember | |
# |---|---|
# | a ceiling forces distribution | below it, one call wins |
# | a change pays from | $V^* = \Delta C / \Delta P$ |
# | coordination, measured | 1.6 to 6.2 times the tokens for 37 to 48% solved; one agent 47% |
# | once in seven at thirty calls | p = 0.99487 a call, not 0.985 (63.5%) |
# | claims that hold one by one | need not hold together; a free check is an assumption |
# | the first thing to build | the detector |
#
# Next, [lesson 06](06_tries_that_are_not_alike.ipynb) holds the formulas against what was measured. If you have
# exercises left, `labkit status` in a terminal says which.
