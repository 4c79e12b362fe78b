# %% [markdown]
# # 06 Tries that are not alike
#
# *30 minutes.* The laws so far take every call for a fresh toss of the same coin. Here they meet recordings of real
# agents, and after this lesson you can
#
# - say by how much the laws of repetition and of retries miss those recordings, and repair both with one number more;
# - tell a blind retry from an informed one, and say which of them beats the law;
# - say when a vote helps, when it hurts, and what it would need to carry a million steps;
# - say why a length at which half of the tasks succeed tells little about one at which 99% do.
#
# All recordings stand in `published`, each with its source and conditions; "reported as" marks what we have at second
# hand. Terms that are new are explained where they first stand, and again in the [glossary](../docs/glossary.md).

# %%
import numpy as np

from labkit import plots, reliability
from labkit_workbook import check, explorers, given, hint, predict, published, table, tally

# %%
predict("tries.again")

# %% [markdown]
# ## 1. The same task, four times
#
# Customers of an airline do not care whether its support agent is right *once*: who writes on Monday and again on
# Thursday expects the same right answer twice. The benchmark tau-bench, whose customers are simulated, tests that. It
# has fifty airline tasks, gave each of them to an agent four times, and counted those that were solved every time. The
# share of tasks that is right in **all** of k runs is called [pass^k](../docs/glossary.md#passk-all).

# %%
predict("tries.all_four")

# %% tags=["predict", "hide-input"]
k = np.arange(1, 5)
recorded = np.array(published.PASS_HAT["gpt-4o airline"].values)
plots.curves(
    k,
    {"recorded": recorded, "if runs were independent": recorded[0] ** k},
    "runs of one task (gpt-4o, airline, tau-bench; Yao et al. 2024)",
    "tasks right in all runs",
    "One task in five is right four times of four",
    "Share of tasks right in all of 1, 2, 3 and 4 runs. Recorded: 42%, 27%, 22%, 20%. Independent runs would fall from "
    "42% to 18%, 7% and 3%.",
    percent=True,
)

# %% [markdown]
# Four of four is six times as common as independent runs would make it. The recording was made at temperature 0, so
# the model itself hardly varies; what varies is mostly the simulated customer.
#
# The reason is that the fifty tasks are not alike. Some are easy for this agent, and it solves them whenever it is
# asked. Some are beyond it, and no number of runs changes that. The 42% is an average over both kinds, and an average
# of unlike coins is not a coin.

# %% [markdown]
# ## 2. One number more
#
# Two runs of the *same* task therefore tend to end alike, and one number says how strongly: their
# [correlation](../docs/glossary.md#correlation), written $\rho$. At $\rho = 0$ every run is a fresh toss; at $\rho = 1$
# a task is either always solved or never. Suppose that each task has a success rate of its own, drawn from a *beta
# distribution*: a curve over the rates from 0 to 1 that two numbers settle, here p and $\rho$. Then
#
# $$\text{pass}^k = \prod_{i=0}^{k-1} \frac{p(1-\rho) + i\rho}{1-\rho + i\rho}, \qquad
# \rho = \frac{\text{pass}^2 - p^2}{p(1-p)} .$$
#
# The formula has two unknowns, so it can be tested: fit it on one run and on two, and let three runs and four be the
# judge. Six agents were recorded like the first.

# %%
predict("tries.two_laws")

# %% tags=["predict", "hide-input"]
figure, axes = plots.canvas(columns=3, height=3.4, width=10)
for ax, agent in zip(axes, ("gpt-4o airline", "gpt-4o retail", "GPT-5 telecom"), strict=True):
    share = published.PASS_HAT[agent].values
    law = reliability.fit_beta(*share[:2])
    ax.plot(k, law.p**k, "--", color=plots.ORANGE)
    ax.plot(k, law.pass_hat(k), color=plots.BLUE)
    ax.plot(k, share, "o", color="black")
    ax.set(xlabel="runs of one task", ylim=(0, 1), xticks=k)
    ax.set_title(agent, loc="left", weight="bold")
for words, place, colour in (("recorded", (2.2, 0.33), "black"), ("$p^k$", (2.2, 0.08), plots.ORANGE)):
    axes[0].text(*place, words, color=colour, weight="bold")
axes[0].text(1.5, 0.46, "two numbers", color=plots.BLUE, weight="bold")
axes[0].set_ylabel("tasks right in all runs (share)")
plots.Picture(
    figure,
    "Three panels over 1 to 4 runs. Recorded pass^k of gpt-4o falls from .42 to .20 (airline) and from .60 to .38 "
    "(retail), of GPT-5 from .96 to .85. The two-number law runs through the points, p to the power k far below "
    "the first two.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
agents = list(published.PASS_HAT)
shares = np.array([published.PASS_HAT[agent].values for agent in agents])
laws = reliability.fit_beta(shares[:, 0], shares[:, 1])
later = np.array([[3], [4]])
off = {name: abs(law - shares[:, 2:].T) for name, law in (("pk", laws.p**later), ("two", laws.pass_hat(later)))}
table(
    {
        "agent": [*agents, "mean"],
        "p": [*(f"{p:.3f}" for p in laws.p), ""],
        "correlation": [*(f"{rho:.2f}" for rho in laws.correlation), ""],
        "p^k off by": [f"{x:.3f}" for x in (*off["pk"].mean(axis=0), off["pk"].mean())],
        "two numbers off by": [f"{x:.4f}" for x in (*off["two"].mean(axis=0), off["two"].mean())],
    },
    caption="Mean absolute error at k = 3 and 4",
)

# %% [markdown]
# An error of .16 has become one of .01. One agent hardly needs the repair: GPT-5 on telecom, with a correlation of .03.
# (Sources: tau-bench README, Yao et al. 2024; tau2-bench leaderboard, submitter Sierra. Both benchmarks ask at
# temperature 0; whether GPT-5 and Claude Opus 4.5, which reason before they answer, take it is not stated.)

# %% [markdown]
# ## 3. Whose number is it?
#
# Is a low correlation a merit of GPT-5, or is telecom an easy place to have one? The leaderboard of tau2-bench has 64
# recordings, and the same model was given the tasks of a shop and of an airline as well.

# %%
board = published.leaderboard()  # 64 recordings; the benchmark asks at temperature 0 unless told otherwise
rho = reliability.fit_beta(board.shares[:, 0], board.shares[:, 1]).correlation
groups = {domain: rho[board.domains == domain] for domain in ("telecom", "retail", "banking", "airline")}

# %%
predict("tries.one_model")

# %% tags=["predict", "hide-input"]
gpt_5 = {domain: rho[(board.domains == domain) & (board.models == "GPT-5")] for domain in groups}
plots.dots(
    groups,
    "correlation of two runs (tau2-bench leaderboard; bars: medians)",
    "One model (diamonds), three correlations",
    "Correlations of 64 recordings by domain. Medians: telecom .21, retail .37, banking .58, airline .67. GPT-5 has "
    ".03 on telecom, .35 on retail and .69 on the airline's tasks.",
    marked=gpt_5,
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
table(
    {
        "domain": list(groups),
        "recordings": [found.size for found in groups.values()],
        "median correlation": [f"{np.median(found):.2f}" for found in groups.values()],
        "largest": [f"{found.max():.2f}" for found in groups.values()],
        "GPT-5": [", ".join(f"{each:.2f}" for each in gpt_5[domain]) or "not recorded" for domain in groups],
    }
)

# %% [markdown]
# Neither alone. On the airline's tasks the same model has .69, and on telecom, where the median is .21, other agents
# have up to .79. A correlation belongs to **an agent, its tasks and its temperature**, and to nothing less, so do not
# carry one over to another. What you can carry over is the repair: it was fitted on one and two runs of each of these
# 64, and here is how it did on three and four.

# %% tags=["nbval-check-output"]
law = reliability.fit_beta(board.shares[:, 0], board.shares[:, 1])
misses = [abs(said - board.shares[:, 2:].T) for said in (law.p**later, law.pass_hat(later))]
print("two numbers promise too much at k = 4 in", np.sum(law.pass_hat(4) > board.shares[:, 3]), "of 64")
table({"law": ["p^k", "two numbers"], "off by, mean": [x.mean() for x in misses], "at most": [x.max() for x in misses]},
      {"off by, mean": "{:.4f}", "at most": "{:.3f}"})  # fmt: skip

# %% [markdown]
# It leans a little to the hopeful side. (Two rows of the leaderboard are alike in all four values.) What it costs you
# is a habit: record **two runs of each task**, not one.
#
# Now move it yourself. Set p to 0.6 and eight runs. Raise the correlation, and find out which of the two curves gets
# *better* and which gets worse. For whom would a high correlation be good news?

# %%
explorers.repetition()

# %% [markdown]
# ## 4. Asking again, blindly
#
# More correlation makes "right every time" commoner and "right at least once" rarer, and the second is what a retry
# lives on. A [blind retry](../docs/glossary.md#blind-retry) asks the same thing again and says nothing about what went
# wrong. An agent in a simulated household was tried on 134 tasks, at temperature 0, and what it failed was tried again.

# %%
predict("tries.blind")

# %% tags=["predict", "hide-input"]
blind, reflected = (np.array(x.values) for x in (published.ALFWORLD_BLIND, published.ALFWORLD_REFLECTED))
tasks = published.ALFWORLD_TASKS
p = blind[0] / tasks
fitted = reliability.fit_beta(p, 2 * p - blind[1] / tasks)  # trials 1 and 2: solved by then is 2 p - pass^2
trial = np.arange(1, 16)
figure, ax = plots.canvas(width=8.0)
ax.plot(trial, tasks * reliability.with_retries(p, trial - 1), "--", color=plots.ORANGE)
ax.plot(trial, tasks * fitted.pass_at(trial), color=plots.BLUE)
ax.plot(trial, reflected, "^", color=plots.GREEN)
ax.plot(trial[:7], blind, "o", color="black")
for x, y, words, colour in (
    (15.3, 134, "independent", plots.ORANGE),
    (15.3, 128, "recorded, with\nreflection", plots.GREEN),
    (15.3, 114, "two numbers", plots.BLUE),
    (7.4, 99, "recorded, blind", "black"),
):
    ax.text(x, y, words, color=colour, weight="bold", va="center")
ax.set(xlabel="trials (ALFWorld; logs of Reflexion, Shinn et al. 2023)", ylabel="tasks solved, of 134", ylim=(80, 137))
ax.set_title("Blind trials stop, informed ones go on", loc="left", weight="bold")
plots.Picture(
    figure,
    "Tasks solved over 15 trials. Independence reaches 133 by trial 5. Blind trials stop at 101; the two-number law "
    "goes on to 107 at trial 7. Trials with reflection climb slowly to 134.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
tries = np.array([5, 7])
table(
    {
        "blind trials": tries,
        "independent": tasks * reliability.with_retries(p, tries - 1),
        "two numbers": tasks * fitted.pass_at(tries),
        "recorded": blind[tries - 1],
    },
    {"independent": "{:.1f}", "two numbers": "{:.1f}", "recorded": "{:.0f}"},
    caption="Tasks solved, of 134",
)

# %% [markdown]
# The black dots stop at 101. The repair of section 2, fitted on the first two trials, follows them some of the way and
# then **promises too much**: 107. A beta distribution has hardly any hopeless tasks, and here some thirty stayed
# unsolved. Trust it little beyond the tries it was fitted on.
#
# The household notices every failure, so all of this is repetition. Where a check has to notice, lesson 03 needed two
# numbers: the check's [recall](../docs/glossary.md#recall), the share of failures that it notices, and the
# [recovery](../docs/glossary.md#recovery), the share of noticed failures that end right. On HumanEval's programming
# tasks the check is a handful of example tests. The same model was run cold, at temperature 0, and warm.

# %%
predict("tries.warm")

# %% tags=["predict", "hide-input", "nbval-check-output"]
ways = {way: published.humaneval_retries("GPT-4-0613", way) for way in ("cold", "warm")}
table(
    {
        "HumanEval, up to 5 calls": list(ways),
        "first": [each.p for each in ways.values()],
        "recorded": [each.solved for each in ways.values()],
        "independent": [reliability.with_retries(each.p, 4) for each in ways.values()],
        "recall": [each.recall for each in ways.values()],
        "recovery": [each.recovery for each in ways.values()],
        "recall and recovery": [
            reliability.with_detected_retry(each.p, each.recall, each.recovery) for each in ways.values()
        ],
        "never noticed": [f"{each.accepted_wrong} of {each.unsolved}" for each in ways.values()],
    },
    {
        "first": "{:.3f}",
        "recorded": "{:.3f}",
        "independent": "{:.5f}",
        "recall": "{:.2f}",
        "recovery": "{:.2f}",
        "recall and recovery": "{:.3f}",
    },
    caption="Solved, by the recording and by two laws; and what became of the failures",
)

# %% [markdown]
# (Runs of Kapoor et al. 2024.) Cold .28, warm .48: temperature is part of the answer, for at 0 a model nearly repeats
# itself. Either way blind tries recover **less** often than a first try succeeds.
#
# It is tempting to fit a correlation to the cold .888. It would come out near .9, and take failures that nobody
# *noticed* for failures that repeat; half of what stays unsolved was never noticed. First the recall of the check, then
# the correlation.

# %% [markdown]
# ## 5. Asking again, informed
#
# An informed retry is shown what went wrong: the error of a test, or the agent's own notes. The green triangles of the
# last picture are such tries, of an agent that reads its notes on why it failed. Aider's leaderboard has another kind:
# 68 models, 225 problems each, and a second try that sees which tests failed and how.

# %%
predict("tries.informed")

# %% tags=["predict", "nbval-check-output"]
first, second, independent = published.AIDER.values
noted = [(solved[1] - solved[0]) / (tasks - solved[0]) for solved in (blind, reflected)]
table(
    {
        "second try": ["household, blind", "household, own notes", "Aider, test errors"],
        "a first try is right": [p, p, first],
        "of the failures, it repairs": [*noted, (second - first) / (1 - first)],
    },
    {"a first try is right": "{:.2f}", "of the failures, it repairs": "{:.2f}"},
    caption=f"Aider: {first:.1%}, then {second:.1%}; two independent tries would give {independent:.1%}",
)

# %% [markdown]
# (The 36.5% is worked out model by model. From the mean of 21.5% alone it would be 38.4%.)
#
# Read the last two columns against each other. A second try that repairs *less* than a first one solves is what
# correlation looks like. Notes help nearly twice as much as nothing, and still stay below p. The errors of the tests
# repair **more** than p: they beat even independence. What comes back from a real check is worth more than a fresh
# toss.

# %% [markdown]
# ## 6. Votes
#
# Ask three times and take the majority: sample and vote, or **self-consistency**. It costs three runs, takes as long as
# the slowest of them, and needs nobody who can tell right from wrong, only answers that can be compared. With
# independent runs the majority is right $p^2(3-2p)$ of the time, but the runs are not independent. From what was
# recorded the vote can be worked out without any law. Take three runs of a task, and count the *pairs* of runs that are
# both right: there is one such pair if two runs are right, and there are three if all three are.
#
# **Question.** The recorded pairs and triples of an agent are in `g`. How often are at least two of three runs of a
# task right?

# %%
g = given("lesson_tries")
g

# %%
majority = ...  # your number here

check("lesson_tries.majority_of_three", majority)

# %% [markdown]
# Now the same for the six agents of section 2, whose p goes from .42 to .96.

# %%
predict("tries.votes")

# %% tags=["predict", "hide-input"]
single, pairs, triples = shares[:, 0], shares[:, 1], shares[:, 2]
of_three = 3 * pairs - 2 * triples
repaired = 3 * pairs - 2 * laws.pass_hat(3)  # the same, pass^3 by the law
figure, ax = plots.canvas(width=8.0)
at = np.linspace(0.35, 1, 60)
ax.axhline(0, color=plots.GREY, linewidth=1)
ax.plot(at, 100 * (reliability.majority_vote(at, 3) - at), "--", color=plots.ORANGE)
ax.plot(single, 100 * (repaired - single), "x", color=plots.BLUE, markersize=9)
ax.plot(single, 100 * (of_three - single), "o", color="black")
ax.text(0.87, 9.4, "independent runs", color=plots.ORANGE, weight="bold")
ax.text(0.435, -4.3, "recorded", weight="bold")
ax.text(0.45, 0.7, "two numbers", color=plots.BLUE, weight="bold", ha="right")
ax.set(xlabel="one run is right (tau-bench, tau2-bench)", ylabel="gained by a vote of three (points)")
ax.set_title("Five gain a little, one loses", loc="left", weight="bold")
plots.Picture(
    figure,
    "Points gained by a majority of three over one run, for six agents. Independence promises up to ten; five recorded "
    "agents gain one to five, gpt-4o on airline tasks loses four.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
alone = reliability.majority_vote(single, 3)
rows = {"one run": single, "recorded": of_three, "two numbers": repaired, "independent": alone}
errors = (f"mean error: two numbers {abs(repaired - of_three).mean():.3f}, "
          f"independent {abs(alone - of_three).mean():.3f}")  # fmt: skip
pays = [f"{2 / gain:.0f} runs" if gain > 0 else "never" for gain in of_three - single]
table(
    {"agent": agents, **rows, "pays from V =": pays},
    dict.fromkeys(rows, "{:.3f}") | {"pays from V =": "{}"},
    caption=f"A majority of three ({errors})",
)

# %% [markdown]
# ("Recorded" is 3 pass² − 2 pass³, exact for the published shares; "two numbers" puts the law's pass³ in.) The last
# column is lesson 05's question, in the price of a run: the vote buys two runs more for what it gains. The
# two-number law is nearer on average, though not for each agent: on *both* airline agents independence is nearer. Who
# loses is below one half. There more runs are wrong than right, and a vote can make the wrong answer the surer one. It
# need not, as the leaderboard of 64 shows:

# %% tags=["nbval-check-output"]
gained = 3 * board.shares[:, 1] - 2 * board.shares[:, 2] - board.shares[:, 0]
for label, there in (("below", board.shares[:, 0] < 0.5), ("above", board.shares[:, 0] > 0.5)):
    hurt = np.sum(gained[there] < -3e-4)  # the shares are rounded; 3e-4 is what that may do
    print(f"p {label} one half: a vote of three hurts {hurt} of {there.sum()} recordings")

# %% [markdown]
# So above one half three votes hurt nobody. More votes may, where hard questions stand among easy ones. Six questions
# in ten are easy here, right 85% of the time, and four are hard, 40%; on average that is a p of .67.

# %% tags=["hide-input"]
votes = np.arange(1, 32, 2)
EASY, HARD = 0.85, 0.40
rng = np.random.default_rng(6)
kinds = rng.choice([EASY, HARD], p=[0.6, 0.4], size=4_000)
rolled = np.array([np.mean(rng.binomial(v, kinds) > v / 2) for v in votes])
picture = plots.curves(
    votes,
    {
        "easy and hard questions": reliability.majority_vote_mixed([EASY, HARD], votes, [0.6, 0.4]),
        "all alike, p = 0.67": reliability.majority_vote(0.67, votes),
    },
    "votes (dots: 4,000 simulated questions)",
    "majority is right",
    "With easy and hard questions the majority rises, then falls",
    "Share of questions on which the majority is right, over 1 to 31 votes. With equal questions it rises towards 1. "
    "With easy and hard ones it rises from .67 to .71 at 5 to 7 votes and falls to .65 at 31; simulated points agree.",
    percent=True,
)
picture.figure.axes[0].plot(votes, rolled, "o", color="black", markersize=5)
picture

# %% [markdown]
# Chen et al. (NeurIPS 2024, "Are More LM Calls All You Need?") are reported as finding this rise and fall for real
# models. More votes are not safer: each makes the easy questions surer and the hard ones more surely wrong.

# %% [markdown]
# ## 7. Votes that carry a million steps
#
# Yet votes can carry very far. MAKER, a solver of long puzzles, asks at every step until one answer is k votes ahead of
# the next, and made a million steps that way. A single vote that errs once in 455 has even odds to survive 315 steps.

# %%
predict("tries.maker")

# %% tags=["predict", "nbval-check-output"]
million, wrong, lead = published.MAKER.values
leads = np.array([1, 2, 3])
table(
    {
        "votes ahead": leads,
        "a million steps without an error": [reliability.chain_with_votes(1 - wrong, k, million) for k in leads],
        "half of the chains fail by step": [
            reliability.horizon(reliability.first_to_ahead(1 - wrong, k)) for k in leads
        ],
    },
    {"a million steps without an error": "{:.2%}", "half of the chains fail by step": "{:,.0f}"},
)

# %% [markdown]
# A lead of three turns 315 steps into sixty million, and it is what the recorded run used: 1,048,575 steps without an
# error (Meyerson et al. 2025). Everything hangs on one word, *independently*. Keep the same 0.22% of errors, but put
# them all into 0.44% of the steps, on which every vote is a coin toss:

# %% tags=["nbval-check-output"]
print(f"lead needed for a million steps at 95%: {reliability.votes_needed(1 - wrong, million, 0.95):.0f}")
coin = 1 - 2 * wrong * (1 - reliability.first_to_ahead(0.5, 3))
print(f"the same errors in steps that are coin tosses: half fail by step {reliability.horizon(coin):,.0f}")

# %% [markdown]
# On such a step no lead helps, and we are back at 315. Asking another model is no sure cure either. When two models err
# on questions with four answers, they agree on the wrong one 60% of the time (Kim et al., ICML 2025). By chance it
# would be a third, for three wrong answers are left; so it is nearly twice as often as chance.

# %% [markdown]
# ## 8. How long a task may be
#
# Steps of a long task are not alike either. If the risk were the same in every minute, reliability would halve with
# every $T_{50}$ minutes of length: $S = 2^{-t/T_{50}}$, where the [horizon $T_{50}$](../docs/glossary.md#t50-and-t80)
# is the length, in minutes that a person would need, at which half of the tasks succeed. Then four of five succeed at
# about a third of it (Ord 2025, reported as). METR publishes both lengths for fourteen models.

# %%
predict("tries.eighty")

# %% tags=["predict", "hide-input"]
half, four_of_five = np.array([each.values for each in published.HORIZONS.values()]).T
older, newer = slice(0, 7), slice(7, 14)
shapes = reliability.weibull_through(four_of_five[older], 0.8, half[older], 0.5).shape
shape = float(np.median(shapes))
t = np.geomspace(2, 500, 50)
figure, ax = plots.canvas(height=4.0, width=8.0)
ax.plot(t, reliability.time_at(0.8, t), "--", color=plots.ORANGE)
ax.plot(t, reliability.time_at(0.8, t, shape), color=plots.BLUE)
ax.plot(half[older], four_of_five[older], "o", color="black", markerfacecolor="white")
ax.plot(half[newer], four_of_five[newer], "o", color="black")
ax.set(xscale="log", yscale="log", xlabel="T50: half succeed (minutes a person needs; METR, Time Horizon 1.1)")
ax.set(ylabel="T80: four of five succeed (minutes)")
ax.set(xticks=(3, 10, 30, 100, 300), xticklabels=(3, 10, 30, 100, 300), yticks=(1, 10, 100), yticklabels=(1, 10, 100))
ax.text(45, 25, "constant risk", color=plots.ORANGE, weight="bold", ha="right")
ax.text(520, reliability.time_at(0.8, 500.0, shape), f"Weibull,\nshape {shape:.2f}", color=plots.BLUE, weight="bold")
ax.text(2, 90, "hollow: seven older models (fitted)\nfull: seven newer ones (not fitted)", va="top")
ax.set_title("Half the length that constant risk promises", loc="left", weight="bold")
plots.Picture(
    figure,
    "T80 over T50 of fourteen models, both axes logarithmic. All points lie below the line of constant risk, "
    "T50/3.1, by about a factor of two; the Weibull line fitted on the older seven runs through the newer seven.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
rows = {"constant risk": 1.0, f"Weibull, shape {shape:.2f}": shape}
gpt_5_half, gpt_5_eighty = published.HORIZONS["GPT-5"].values
missed = [
    np.exp(np.mean(abs(np.log(reliability.time_at(0.8, half[newer], s) / four_of_five[newer])))) for s in rows.values()
]
table(
    {
        "law": list(rows),
        "GPT-5, T80 (min)": [reliability.time_at(0.8, gpt_5_half, s) for s in rows.values()],
        "GPT-5, T99 (min)": [reliability.time_at(0.99, gpt_5_half, s) for s in rows.values()],
        "T80 of the newer seven off by a factor": missed,
    },
    {
        "GPT-5, T80 (min)": "{:.1f}",
        "GPT-5, T99 (min)": "{:.2f}",
        "T80 of the newer seven off by a factor": "{:.2f}",
    },
    caption=f"GPT-5: T50 {gpt_5_half:.0f} min, T80 {gpt_5_eighty:.1f} min",
)

# %% [markdown]
# Every model lies below the line: constant risk promises twice the length. The blue line is a [Weibull
# law](../docs/glossary.md#weibull-law), which has a shape beside its length, $S = 2^{-(t/T_{50})^{s}}$. A shape below 1
# says that the risk is highest at the start, and a mixture of easy and hopeless tasks looks just like that from
# outside. Fitted on the seven older models it misses the seven newer ones by 15%. (Ord grants that a shape below 1 fits
# METR's runs better.)
#
# For T99 the two laws differ by a factor of fifteen, and there we have no data: METR reads both lengths off a logistic
# curve, and two points of it say nothing about 99%. If users need 99%, measure at 99%.

# %% [markdown]
# ## 9. Errors that breed errors
#
# One more way for steps not to be alike is called [self-conditioning](../docs/glossary.md#self-conditioning): what went
# wrong stays in the context, is read again, and drags the next step down (Sinha et al. 2025, abstract). Let p fall by
# 0.3 times the share of errors so far; that line is ours, not theirs.

# %%
predict("tries.own_errors")

# %% tags=["predict", "nbval-check-output"]
chains = [reliability.self_conditioned(0.95, 50, drop) for drop in (0.0, 0.3)]
table(
    {
        "p = 0.95, 50 steps": ["errors leave no mark", "errors breed errors"],
        "no error": [chain.counts[0] for chain in chains],
        "at most 4 errors": [chain.at_most(4) for chain in chains],
        "step 2 is right": [chain.step_success[1] for chain in chains],
        "step 50 is right": [chain.step_success[-1] for chain in chains],
    },
    {"no error": "{:.1%}", "at most 4 errors": "{:.1%}", "step 2 is right": "{:.4f}", "step 50 is right": "{:.4f}"},
)

# %% [markdown]
# Look at the first column. Without an error there is nothing to be conditioned on, so "no error at all" stays $p^{50}$
# **at any strength**. The effect shows only after the first error, and so in tasks that can *bear* some: at most four
# happen in 72% of the chains, not in 90%.
#
# So the laws keep their shape, and each of them wants one number more. Measure that number on your own tasks, and say
# on which tasks you measured it.

# %%
tally("tries")

# %% [markdown]
# | remember | |
# |---|---|
# | repetition | two runs of each task: an error of .01, not .16; a correlation is of agent, tasks and temperature |
# | retries | blind ones recover less often than p, informed ones can more; ask for the recall of the check first |
# | votes (self-consistency) | three hurt half of the recordings with p < .5, none above; chains need independence |
# | long tasks | T80 is T50/6, not T50/3; T99 must be measured |
# | errors that breed errors | leave "no error at all" as it is, and cost where some may happen |
#
# Now do [exercise 04, measure your retries](../my_work/04_measure_your_retries.ipynb). Then [lesson 07, tails and
# load](07_tails_and_load.ipynb) does for seconds what this one did for tries.
