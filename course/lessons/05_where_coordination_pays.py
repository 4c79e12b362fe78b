# %% [markdown]
# # 05 Where coordination pays
#
# *35 minutes.* After this lesson you can
#
# - say at which value of a success another agent, gate or retry pays;
# - say what coordination cost where it was measured;
# - read a per-call p off a failure rate;
# - test a success story: which assumptions make its claims true *together*?

# %%
import numpy as np

from labkit import PREMIUM, SMALL, cost, plots, reliability
from labkit_workbook import check, given, hint, published

# %% [markdown]
# ## 1. One sentence
#
# The text's thesis fits into one sentence: add coordination only where it pays. Each further agent or step is a
# bet that what it adds is worth its money, its seconds and its chances to fail.
#
# It is the rule of every distributed system. You spread training over machines when one machine's memory is the
# ceiling, and pay with communication. You add servers when one cannot carry the load, and pay with consistency.
# Nobody distributes for fun: a *ceiling* forces it. For agents the ceiling is the quality that one call reaches.
# Below that ceiling, one call is the best multi-agent system.
#
# "Where it pays" is a number. A change that costs $\Delta C$ and lifts the success by $\Delta P$ pays when a
# success is worth more than
#
# $$V^* = \frac{\Delta C}{\Delta P}.$$
#
# **Predict.** A chain of ten steps, one of them critical: p = 0.95, the others 0.98. A debate lifts it to 0.99
# for two more premium calls. A retry lifts it to 0.9975 for 0.05 calls on average. What must a success be worth
# for each?

# %% tags=["nbval-check-output"]
others = 0.98**9
for label, p, calls in (("debate", 0.99, 2), ("retry", 0.9975, 0.05)):
    gain = others * (p - 0.95)
    print(f"{label:7} +{gain:.2%} for ${calls * PREMIUM.usd:.4f}: pays from V = ${calls * PREMIUM.usd / gain:.3f}")

# %% [markdown]
# The debate needs a success worth 1.80 USD, the retry one worth four cents. (The retry assumes a detector. Exercise
# 03 takes it away.)
#
# [Lesson 09](09_design_under_budgets.ipynb) works this number out for each lever of a whole design, one after another.

# %% [markdown]
# ## 2. What coordination costs, measured
#
# Kim et al. (2025, arXiv 2512.08296v2) gave the same tasks and tools to five architectures, over four benchmarks and
# three families of models: one agent; several that do not talk (independent); several that talk to each other
# (decentralised); several under one that leads (centralised); and both at once (hybrid). Costs are in tokens, and the
# unit is what a single agent uses for a task.
#
# **Predict.** One agent solves 46.6%. What do the other four solve, and for how many times the tokens? From which V on
# does it pay to put agents under one that leads?

# %% tags=["nbval-check-output"]
alone = published.COORDINATION["single"].values[0]
print("                 solved   tokens    turns   tokens a success   pays from V =")
for name, entry in published.COORDINATION.items():
    solved, more, turns = entry.values
    each = cost.cost_per_success(solved, 1 + more)
    value = f"{more / (solved - alone):.0f} runs" if solved > alone else "" if name == "single" else "never"
    print(f"{name:15}{solved:8.3f}{1 + more:9.2f}{turns:9.1f}{each:19.1f}{value:>16}")

# %%
tokens = np.linspace(1, 6.5, 23)
picture = plots.curves(
    tokens,
    {f"V = {value} runs: pays above": alone + (tokens - 1) / value for value in (50, 250)},
    "tokens a task, in those of one agent (Kim et al. 2025, arXiv 2512.08296v2)",
    "solved (share of tasks)",
    "One agent is hard to beat",
    "Share solved over tokens for five architectures: single .466 for 1, independent .370 for 1.6, decentralised .477 "
    "for 3.6, centralised .463 for 3.9, hybrid .452 for 6.2 times the tokens. Lines from the single agent upwards show "
    "what a design must solve to pay at V = 50 and 250 runs; only the decentralised one lies on the lower line.",
)
(ax,) = picture.figure.axes
for name, entry in published.COORDINATION.items():
    ax.plot(1 + entry.values[1], entry.values[0], "o", color="black")
    above = 8 if name == "decentralised" else -16
    where = 1 + entry.values[1], entry.values[0]
    ax.annotate(name, where, xytext=(0, above), textcoords="offset points", ha="center", fontsize=10)
ax.set(xlim=(0.5, 7.0), ylim=(0.33, 0.6), xticks=range(1, 8))
picture

# %% [markdown]
# Centralised: nearly four times the tokens for 0.3 points *less*. There is no V at which that pays. Only agents that
# talk to each other solved more, 1.1 points for 2.63 runs' worth of tokens: it pays if a success is worth more than 239
# runs. If a run costs ten cents (our number), that is 24 USD. Whether 1.1 points are more than chance, a table
# of means does not say.
#
# For scale: multi-agent research is reported as 15 times the tokens of a chat and one agent as 4 times (Anthropic
# 2025), so 3.75 times one agent; the table says 3.6 to 3.9. To lower the tokens *a success* at that price, the success
# must rise 3.75-fold, and where one agent solves more than 27% there is no room. Quality per dollar cannot speak for
# coordination. Only a V can.
#
# These are means over unlike tasks. On financial analysis, whose parts can be worked on side by side, centralised
# agents are reported as gaining 81% over one agent; on planning, where each step waits for the last, all four as losing
# 39 to 70% (same paper). The paper's third version, with 260 configurations, is reported as saying why: independent
# agents have 17.2 times the errors of one agent, a centralised team, which checks, 4.4 times; and where one agent
# solves more than about 45% more agents gain nothing. (The table above is the second version's, and its one agent
# solves 46.6%.) And a debate does not reliably beat asking one model several times, though tuned variants do better
# (Smit et al., ICML 2024, abstract). So the rule holds task by task: measure ΔP on *yours*.

# %% [markdown]
# ## 3. A success story, and its numbers
#
# The text closes with a practical example. A product explains dashboards to its users. Version one: five agents
# debate for three rounds, "roughly thirty" calls a question. It took 11 s, cost more than the subscription, and
# failed about once in seven.
#
# Version two: a cheap router sorts the questions. Simple ones get **one premium call** with a cached system
# prompt. Hard ones get a debate of **three agents and two rounds**, with validated steps and retries. Three
# claims:
#
# 1. the median latency fell from 11 s to under 2 s;
# 2. the cost of a question fell roughly tenfold;
# 3. reliability rose above 99%.
#
# (A fourth, that blind raters saw no difference, no formula here can test.)
#
# We have no reason to doubt the people. But the numbers of *this* text should make the claims come out. Do they?
#
# First the starting point. **Predict.** "It fails once in seven because thirty calls multiply." With the section's
# own p = 0.985, how often would thirty calls fail?

# %% tags=["nbval-check-output"]
print(f"at p = 0.985 thirty calls succeed {reliability.chain_success(0.985, 30):.1%} of the time")
print(f"they fail once in {1 / (1 - reliability.chain_success(0.985, 30)):.1f}")

# %% [markdown]
# More than one in three, not one in seven. So in the story a single call is surer than `PREMIUM`.
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
# Write down everything that has to be assumed, and give each a name:

# %%
from dataclasses import dataclass, replace


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


# %%
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


# %%
def claims(story, share):
    """Which of the three claims hold."""
    sec, usd, right = version_two(story, share)
    tenfold = story.old_calls * PREMIUM.usd / usd
    cheaper = (tenfold >= 8) & (tenfold <= 12.5)
    return {"under 2 s": sec < 2, "8 to 12.5 times cheaper": cheaper, "over 99%": right > 0.99}


# %% [markdown]
# Six readings are ours. The router is one small call and never errs. "Roughly tenfold" means 8 to 12.5 times. A debate
# of three agents and two rounds is six calls in two rounds of time. All six must be right; but a debate may also
# *correct*, so the other reading, best of three, stands beside it below. The validation lets the last attempt pass. And
# it **costs nothing and takes no time**: remember this one.
#
# **Predict.** With `PREMIUM` as it is and no retries: for which share of simple questions do all three claims
# hold?

# %% tags=["nbval-check-output"]
share = np.linspace(0, 1, 1001)


def tell(label, story):
    """For which shares of simple questions each claim holds, and all three, with either reading of a debate."""
    print(f"{label:62}{'all six right':>15}{'best of three':>17}")
    both = [claims(replace(story, corrects=corrects), share) for corrects in (False, True)]
    both = [{**held, "all three": np.logical_and.reduce(list(held.values()))} for held in both]
    for claim in both[0]:
        held = [share[reading[claim]] for reading in both]
        where = [f"{at.min():.1%} to {at.max():.1%}" if at.size else "never" for at in held]
        print(f"    {claim:56}{where[0]:>17}{where[1]:>17}")


premium = Story()
tell("PREMIUM, no retries, no savings from the cached prompt", premium)

# %% [markdown]
# Never, with either reading. Two claims fail:
#
# - **Under 2 s**, for every share. A router (0.4 s) and one premium call (2.0 s) take 2.4 s. The cached prompt has to
#   save more than a fifth of the call's time.
# - **Over 99%**, for every share if all six calls must be right: one premium call is right 98.5% of the time, six of
#   six are less so. A debate that corrects is above 99%, as long as enough questions are hard.
#
# So something else must be assumed. **Predict.** Is the surer call, p = 0.99487, enough?

# %% tags=["nbval-check-output"]
sure = replace(premium, p=(6 / 7) ** (1 / 30))
tell("a surer call, p = 0.99487", sure)
quick = replace(sure, cached_sec=0.75)
tell("... and a cached prompt that saves a quarter of the seconds", quick)

# %% [markdown]
# If all six must be right, still never. Each claim holds somewhere, but not in the same place. Over 99% needs at least
# 81% simple questions. At 81% the cost has fallen about fifteenfold: more than was claimed. (If "roughly tenfold" means
# "at least tenfold", the story holds from 81% on. And if version one made *fifteen* calls, as the text's own counting
# rule says, then once in seven means p = 0.98978, and one call misses 99% by a hair.)
#
# With a debate that corrects, they do hold together, from one half to 73%. So much hangs on what a debate does to p,
# and the text does not say. Measured, it does either (section 2). Below, the stricter reading leads.
#
# The text also names validation, with retries **on the debate nodes**. **Predict.** Back to `PREMIUM`: one retry in
# the debates, 90% of wrong answers noticed. Does that do it?

# %% tags=["nbval-check-output"]
as_told = Story(detection=0.9, debate_retries=1, cached_sec=0.75)
tell("PREMIUM, cached prompt, 90% noticed, one retry in the debates", as_told)
mended = replace(as_told, simple_retries=1)
tell("... and one retry of the simple answers, too", mended)

# %% [markdown]
# If all six must be right, retries where the text puts them do not help: most questions are now a *single* call, and
# nobody checks that one again. The simple answers must be validated and retried as well. The text does not say so; it
# must be assumed. (A rejected simple answer takes longer, so the median claim now starts at 50.7%, not at one half.) A
# debate that corrects would need none of these retries for claim three up to two thirds simple questions, and those of
# the simple answers above.

# %%
sec, usd, right = version_two(mended, share)
together = share[np.logical_and.reduce(list(claims(mended, share).values()))]
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
# Now there is a place where all three hold: between 50.7% and about 74% simple questions, **if** a validation notices
# 90% of the wrong answers, one retry follows everywhere, and the cached prompt saves a quarter of the seconds. (That is
# generous: 13 to 31% were measured for the time to the *first* token, which is only a part of a call; Lumer et al.
# 2026, arXiv 2601.06007, abstract.)
#
# And if the validation is free. Lesson 09 checks with one small call: 0.4 s and 0.002 USD.
#
# **Predict.** Which of the three claims does that break, and for which shares? How much must the prompt cache save
# then?

# %% tags=["nbval-check-output"]
paid = replace(mended, check_usd=SMALL.usd, check_sec=SMALL.sec)
for label, story in (("free check", mended), ("check of 0.4 s and 0.002 USD", paid)):
    for saved in (0.0, 0.25, 0.4, 0.45):
        sec, _, _ = version_two(replace(story, cached_sec=1 - saved), 0.6)
        print(f"{label:30} prompt cache saves {saved:3.0%} of the seconds: a simple question takes {sec:.1f} s")
tell("a check of 0.4 s, a prompt cache that saves 25%", paid)
tell("a check of 0.4 s, a prompt cache that saves 45%", replace(paid, cached_sec=0.55))

# %% [markdown]
# Claim one, at every share: with the check a simple question takes 2.3 s, 2.8 s without the cached prompt's quarter. It
# comes under 2 s only if the prompt cache saves *more than 40%* of a call's seconds, and then the dollars want 52 to
# 77% simple questions. So the three claims hold together with a check that costs nothing and takes no time, or with a
# prompt cache better than any that was measured. Take a free check as what it is: an assumption with a name.
#
# **Predict.** How much must the validation notice, at least, for any share to work?

# %%
recall = np.linspace(0, 1, 101)
best = [claims(replace(mended, detection=d), share) for d in recall]
width = [float(np.mean(np.logical_and.reduce(list(held.values())))) for held in best]
plots.curves(
    recall,
    {"all three claims": width},
    "share of wrong answers that the validation notices",
    "width of the range of shares that work",
    "How good must the validation be?",
    "The width of the range in which all claims hold is zero up to a recall of 0.72, then rises to 0.24 at 0.82.",
)

# %% [markdown]
# About 73% of what is wrong, if all six calls of a debate must be right. The story may well be true. But what made it
# true is not what it says: not fewer calls alone, but a **detector good enough to retry on that takes next to no
# time**, and a prompt cache that saves time; or a debate that corrects. The text names them in passing and measures
# none. When you read such a story, ask for the p of one call, for the recall, the price and the seconds of the check,
# for what the debate does to p, and for the share.
#
# ## 5. The rule
#
# Spend coordination *per question*. The common case gets one call. The rare hard case gets what its value pays
# for. And the first thing to build is not another agent, it is the check that notices a failure.
#
# Next, [lesson 06](06_what_the_formulas_leave_out.ipynb) holds the formulas against what was measured. If you have
# exercises left, `labkit status` in a terminal says which.
#
# | remember | |
# |---|---|
# | a ceiling forces distribution | below it, one call wins |
# | a change pays from | $V^* = \Delta C / \Delta P$ |
# | coordination, measured | 1.6 to 6.2 times the tokens for 37 to 48% solved; one agent 47% |
# | once in seven at thirty calls | p = 0.99487 a call, not 0.985 (63.5%) |
# | claims that hold one by one | need not hold together; a free check is an assumption |
# | the first thing to build | the detector |
