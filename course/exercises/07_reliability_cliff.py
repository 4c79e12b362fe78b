# %% [markdown]
# # Exercise 07: the reliability cliff
#
# *75 minutes, advanced. After lesson 10.* You will measure how reliability falls over chains of one to forty steps, buy
# it back with a gate and a retry, and find where the laws promise too much.
#
# This is project 2 of the text, on a real system. It has two kinds of numbers. What is **checked** is computed from
# the counts in `g`, as they might come from a run. What you **measure** here, with the small pocket model, is yours:
# compare it with the law in pictures. With the same `g.seed` it comes out the same again.
#
# Put your answers in place of the three dots. In a new cell, `hint("reliability_cliff.risk")` gives a hint.

# %%
import numpy as np

import labkit_agents as agents
from labkit_workbook import check, given, hint, summary
from labkit import plots, reliability
from labkit_agents import pocket

g = given("reliability_cliff")
g

# %% [markdown]
# ## 1. The cliff
#
# Each task below is a list of 81 numbers. The small model adds two at a time to a running total: forty steps, each a
# sum of three numbers. A chain of S steps is the first S of them. This takes some seconds; each run says when it is
# done.
#
# `right[i, s]`: was step s of chain i right, given the numbers that it saw?

# %%
small = pocket.small()
STEPS = 40


def run(label, worker, operands=3, steps=STEPS, chains=300):
    """Run chains of so many steps, each a sum of so many numbers."""
    tasks = agents.draw_tasks(chains, numbers=steps * (operands - 1) + 1, seed=g.seed)
    traces = agents.Chain(worker, operands=operands).run(tasks, seed=g.seed)
    print(f"{label}: {len(traces):,} calls, {traces.summary().solved:.1%} of the totals right", flush=True)
    return traces


def steps_right(traces, steps=STEPS):
    """For each chain and step: was what the step handed on right?"""
    right = np.zeros((traces.tasks, steps), dtype=bool)
    right[traces.task, traces.step] = traces.right  # a later attempt overwrites an earlier one
    return right


bare = run("bare chain", small)
right = steps_right(bare)

# %% [markdown]
# Now the counts in `g`. They are the *same* chains at each length: one that is wrong after five steps is wrong after ten.
# So do not fit a line through the five shares, as if they were five experiments. Cut the chains into stretches instead:
# of the chains that came to a stretch all right, how many left it all right? The share that did not is its **hazard**.
# With the same p at each step, a stretch of m steps is survived with $p^m$, and the counts have the log-likelihood
#
# $$\sum_{\text{stretches}} \text{left} \cdot \log p^m + (\text{came} - \text{left}) \cdot \log(1 - p^m).$$
#
# Take the p that makes it largest: `np.linspace` gives a hundred thousand to choose from.

# %%
m = np.diff((0, *g.lengths))  # steps of each stretch
came, left = np.array((g.chains, *g.right[:-1])), np.array(g.right)
print("steps  came  left  hazard a step")
for steps, before, after in zip(m, came, left, strict=True):
    print(f"{steps:5}{before:6}{after:6}{1 - (after / before) ** (1 / steps):15.4f}")


# %% risk
### BEGIN SOLUTION: set risk to 1 - p, with the p under which the counts are most likely
def log_likelihood(survived):
    """Of the counts, if each stretch is survived with its probability; the stretches stand along the last axis."""
    return np.sum(left * np.log(survived) + (came - left) * np.log(1 - survived), axis=-1)


candidates = np.linspace(0.9, 0.9999, 100_000)
p = candidates[np.argmax(log_likelihood(candidates[:, None] ** m))]
risk = 1 - p
### END SOLUTION
check("reliability_cliff.risk", risk)

# %% [markdown]
# Is p constant? **Guess** from the hazards above, before you compute. Then give each stretch a p of its own, which makes
# the counts as likely as they can be. Twice what the log-likelihood gains by that is the *likelihood ratio*. With five
# stretches and one p for all, a constant p lets it exceed 9.49 only once in twenty times (chi square, four degrees of
# freedom).

# %% likelihood-ratio
### BEGIN SOLUTION: set likelihood_ratio to twice the gain in log-likelihood of a p for each stretch
likelihood_ratio = 2 * (log_likelihood(left / came) - log_likelihood(p**m))
### END SOLUTION
check("reliability_cliff.likelihood_ratio", likelihood_ratio)

# %% [markdown]
# **Predict**, before you compute: after how many steps is half of the chains wrong?

# %% half-length
### BEGIN SOLUTION: set half_length to the steps after which half of the chains hold an error
half_length = np.log(0.5) / np.log(p)
### END SOLUTION
check("reliability_cliff.half_length", half_length)

# %% [markdown]
# And your own chains: the share that is right in all of the first S steps, with Wilson intervals, and the power of the p
# under which they are most likely. (You see every step, so each stretch is one step, and the likeliest p is a share: of
# the steps that were come to all right, those that were left so.) Where is one half? Does the law stay inside the
# intervals? (For a picture: `figure, ax = plots.canvas()`, draw on `ax`, and end the cell with
# `plots.Picture(figure, "what it shows")`.)

# %% the-cliff
### BEGIN SOLUTION: set own_p, and draw the measured share with its interval and own_p**S over S = 1 ... 40
S = np.arange(1, STEPS + 1)
survived = np.logical_and.accumulate(right, axis=1).sum(axis=0)
measured = survived / len(right)
came_to = np.concatenate(([len(right)], survived[:-1]))
own_p = survived.sum() / came_to.sum()
low, high = reliability.wilson_interval(survived, len(right))
figure, ax = plots.canvas()
ax.errorbar(S, measured, (measured - low, high - measured), fmt="o", markersize=3, color="black", label="measured")
ax.plot(S, own_p**S, color=plots.BLUE, label=f"$p^S$ with p = {own_p:.4f}, fitted")
ax.set(xlabel="steps S of the chain", ylabel="right in all steps, with 95% intervals", ylim=(0, 1.02))
ax.set_title("Each step takes its share", loc="left", weight="bold")
ax.legend(frameon=False)
plots.Picture(
    figure,
    "Share of chains right in all steps over 1 to 40 steps, with its 95% interval, beside the power of the fitted p, "
    "which falls in the same way.",
)
### END SOLUTION

# %% [markdown]
# Is *your* p constant? The running total grows along the chain, so the later sums are longer. Print p for each ten steps
# with its interval, and the likelihood ratio of four p against one. (Three degrees of freedom: 7.81.)

# %% own-hazards
### BEGIN SOLUTION: print p of each ten steps with its interval, and the likelihood ratio of four p against one
tens = np.array([(survived[i : i + 10].sum(), came_to[i : i + 10].sum()) for i in range(0, STEPS, 10)])
for first, (good, tried) in zip(range(1, STEPS, 10), tens, strict=True):
    low, high = reliability.wilson_interval(good, tried)
    print(f"steps {first:2} to {first + 9}: {tried:5} come to, p = {good / tried:.4f} [{low:.4f}, {high:.4f}]")
good, tried = tens.T
gain = good * np.log(good / tried / own_p) + (tried - good) * np.log((1 - good / tried) / (1 - own_p))
print(f"likelihood ratio {2 * gain.sum():.2f}; above 7.81 once in twenty if p is constant")
### END SOLUTION

# %% [markdown]
# How sure is such a point? The chains of `g` are `g.steps` steps long from here on.

# %% chains-needed
### BEGIN SOLUTION: set chains_needed to the number of chains for a 95% interval of plus or minus g.reach
P = p**g.steps
chains_needed = int(np.ceil((1.96 / g.reach) ** 2 * P * (1 - P)))
### END SOLUTION
check("reliability_cliff.chains_needed", chains_needed)

# %% [markdown]
# ## 2. A gate, a retry, both
#
# A gate compares remainders and notices most wrong answers, `g.noticed` of `g.wrong`. Right ones always pass.
#
# **Gate alone.** It stops the chain. Nothing becomes right that was wrong. What changes is what you may believe.

# %% trusted
### BEGIN SOLUTION: set trusted to the share of right chains among those that give an answer
recall = g.noticed / g.wrong
trusted = (p / (p + (1 - p) * (1 - recall))) ** g.steps
### END SOLUTION
check("reliability_cliff.trusted", trusted)

# %% [markdown]
# **Both.** A noticed mistake is tried once more, and what comes then is kept.

# %% with-both
### BEGIN SOLUTION: set with_both to the share of right chains with gate and one retry at each step
with_both = (p + (1 - p) * recall * p) ** g.steps
### END SOLUTION
check("reliability_cliff.with_both", with_both)

# %% usd-per-success
### BEGIN SOLUTION: set usd_per_success to the USD for each chain that gate and retry make right
usd_per_success = g.steps * (1 - p) * recall * g.usd / (with_both - P)
### END SOLUTION
check("reliability_cliff.usd_per_success", usd_per_success)

# %% [markdown]
# Now measure it. "Retry alone" needs somebody who knows at the end that the total is wrong, and then runs the whole
# chain again. **Predict** the order of the four.

# %%
gate = run("gate", agents.Checked(small, "nines", retries=0, when_rejected="halt"))
both = run("gate and retry", agents.Checked(small, "nines", retries=1))
tasks = agents.draw_tasks(300, numbers=2 * STEPS + 1, seed=g.seed)
again = agents.Chain(small, operands=3).run(tasks, seed=g.seed + 1)
print(f"the chain again: {again.summary().solved:.1%} of the totals right")

# %% [markdown]
# What did each point of reliability cost, in calls? Print for each of the three levers: the share of all totals that is
# right, with its interval; the calls a chain; and, where it gains any, the calls for each percentage point that it adds
# to the bare chain.
# (`traces.solved` says for each chain whether its total is right, and `len(traces)` counts the calls.)

# %% calls-per-point
### BEGIN SOLUTION: print share right with its interval, calls a chain and calls a point for each lever
chains = bare.tasks
designs = {
    "bare chain": (bare.solved, len(bare)),
    "gate alone": (gate.solved, len(gate)),
    "whole chain again": (bare.solved | again.solved, len(bare) + STEPS * int(np.sum(~bare.solved))),
    "gate and retry": (both.solved, len(both)),
}
for label, (solved, calls) in designs.items():
    low, high = reliability.wilson_interval(solved.sum(), chains)
    points = 100 * (solved.mean() - bare.solved.mean())
    added = (calls - len(bare)) / chains
    price = f"{added / points:.2f} calls a point" if points > 0 else "no point gained"
    print(f"{label:18} {solved.mean():.3f} [{low:.3f}, {high:.3f}]   {calls / chains:5.1f} calls a chain   {price}")
answered = gate.answers >= 0
print(f"gate alone: {answered.mean():.3f} give an answer, of these {gate.solved[answered].mean():.3f} are right")
### END SOLUTION

# %% [markdown]
# (A few totals of the bare chain are right although a step was not: two mistakes cancelled each other. The gate stops
# such chains, too.)
#
# ## 3. Where the law fails
#
# So far every step was a sum of three numbers, at temperature 1. There is a lever that costs nothing: temperature 0,
# *greedy*, which is right more often at once (lesson 10). And there is harder work: sums of four numbers, in chains of
# twenty steps. **Predict:** on which of these does a gate with one retry keep what the law promises?

# %% [markdown]
# First the counts in `g.hard`: hard sums that were tried twice. The repair of lesson 06 needs two numbers of them: how
# often a try is right, and how often a second one is right after a wrong first.

# %% hard-chain
### BEGIN SOLUTION: set hard_chain to the share of right chains of g.steps hard steps, with gate and retry
neither, once, twice = g.hard
tried = neither + once + twice
p_hard = (once + 2 * twice) / (2 * tried)
second_right = (p_hard - twice / tried) / (1 - p_hard)
hard_chain = (p_hard + (1 - p_hard) * (g.noticed / g.wrong) * second_right) ** g.steps
### END SOLUTION
check("reliability_cliff.hard_chain", hard_chain)

# %% [markdown]
# Now run them, greedy first.

# %%
greedy = run("three numbers, greedy, bare", agents.Single(small, temperature=0))

LATER = 20
kinds = {}
for label, temperature in (("four numbers, warm", 1), ("four numbers, greedy", 0)):
    worker = agents.Single(small, temperature=temperature)
    kinds[label] = (
        run(f"{label}, bare", worker, 4, LATER),
        run(f"{label}, gate and retry", agents.Checked(worker, "nines", retries=1), 4, LATER),
    )

# %% [markdown]
# Repair the law on these data. A trace has a row for each call: `traces.attempt` is 1 for a first try and 2 for a
# second. From the gated runs count p, the recall of the gate, and how often a second try is right. Then set three
# numbers side by side: the law's, with a second try as good as a first; the repaired one; and what you measured.

# %% repaired
### BEGIN SOLUTION: print law, repaired law and measured share for chains of three numbers, of four, and greedy
for label, traces, steps in (
    ("three numbers, warm", both, STEPS),
    ("four numbers, warm", kinds["four numbers, warm"][1], LATER),
    ("four numbers, greedy", kinds["four numbers, greedy"][1], LATER),
):
    first, second = traces.right[traces.attempt == 1], traces.right[traces.attempt == 2]
    p_own, noticed = first.mean(), second.size / max(1, np.sum(~first))
    q = second.mean() if second.size else 0.0
    law, repair = ((p_own + (1 - p_own) * noticed * each) ** steps for each in (p_own, q))
    all_right = steps_right(traces, steps).all(axis=1)
    low, high = reliability.wilson_interval(all_right.sum(), all_right.size)
    print(
        f"{label:21} p {p_own:.3f}  second {q:.2f}   law {law:.3f}   repaired {repair:.3f}   "
        f"measured [{low:.3f}, {high:.3f}]"
    )
### END SOLUTION

# %% [markdown]
# Greedy is right most often at once, for nothing: take it first. But it tries again, pays again, and gets the same
# mistake. Its errors are *systematic*: no retry of the same call repairs them. What would? Another model, another order
# of the numbers, smaller steps. Or a *warm* second try. **Predict:** how much does that add to the bare greedy chain?

# %%
greedy_call = agents.Single(small, temperature=0)
then_warm = run("greedy, then warm", agents.Checked(greedy_call, "nines", retries=0, then=small), 4, LATER)

# %% [markdown]
# ## 4. In words
#
# Would you put a gate and a retry into a long chain of this model at temperature 1? Say what they buy on the easier sums
# and what an added success costs there; what the gate does without the retry; what temperature 0 does instead, at once
# and at a retry, and why the prediction failed there; whether p is constant along your chain, and how you know; and
# what you would measure before you trust it on other work. Six sentences.

# %% what-to-buy [markdown] points=5
# <!-- ### BEGIN SOLUTION -->
# First I would ask at temperature 0: for nothing, 95% of my chains of forty steps are right, where gate and retry bring
# the warm ones from 30% to 83%. If the calls must be warm, yes: with the counts of the text, gate and retry raise a
# chain of twenty steps from about 66% to about 97%, and an added success costs about a quarter of a cent, where a
# success of the bare chain costs six cents; the gate alone makes no chain right, but an answer that does come can
# nearly always be believed. On hard sums the law promised too much, because a sum that failed once is likely to fail
# again, and at temperature 0 the retry repairs nothing at all: those errors are systematic, and a warm second try gains
# some of them. By its stretches the text's p may well be constant: the likelihood ratio is 2.1, far below 9.49. With one
# more number, how often a try after a wrong one is right, the law meets the measurement again.
# Before I trust it on other work I would measure just that on it, and the recall of the gate on the mistakes made
# there.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all five. Which of yours does?
#
# - It gives what gate and retry add on the easier sums, and the price of an added success.
# - It says that a gate alone makes nothing right, but says when not to trust a chain.
# - It says that temperature 0 is right more often at once, but that its errors are systematic, so that a retry repairs none.
# - It says whether p is constant, from the likelihood ratio or from the hazards of the stretches.
# - It names a measurement: a second try after a wrong first, or the gate's recall, on one's own work.

# %% [markdown] tags=["instructor"]
# **Rubric (5 points).** One point for each: what gate and retry add on the easier sums, with its price for a success; a
# gate alone makes no chain right, it says when not to trust one; temperature 0 is right more often at once, for
# nothing, but its errors are systematic, so that a retry repairs none and the law promises too much; whether p is
# constant, from the stretches of the counts or of the own chains; measure a second try after a wrong first, or the
# gate's recall, on one's own work.

# %% [markdown] tags=["instructor"]
# **What the lab gives**, over ten values of `g.seed`: bare chains of forty steps right 27% to 34%, with gate and retry
# 78% to 87%, greedy 89% to 95%. Twenty harder steps: 10% to 17%, with gate and retry 39% to 49%; greedy 46% to 60%, its
# retry adds nothing; greedy, then warm 53% to 66%.

# %% how-far points=9 tags=["grade"]
progress = summary("reliability_cliff")
print(progress)
progress.points
