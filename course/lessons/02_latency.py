# %% [markdown]
# # 02 Latency: the longest path
#
# *20 minutes.* After this lesson you can
#
# - find the critical path of a workflow and say which steps may be slow;
# - say what running steps at once saves, and what it does not;
# - say why "the slowest of twelve equal calls" takes twice as long as one.

# %%
from dataclasses import replace

import numpy as np

from labkit import PREMIUM, SMALL, Model, Step, Workflow, chain, debate, parallel, parallelize, plots, retry
from labkit_workbook import check, explorers, given, hint, predict, table, tally

# %%
predict("latency.again")

# %% [markdown]
# ## 1. Must they wait for each other?
#
# Each call is a trip over the network and a wait while the model writes. If a step needs another's answer, the two
# waits add up. If it does not, the two may run at once.

# %%
predict("latency.at_once")

# %% tags=["predict"]
twelve = chain(12, PREMIUM)
plots.compare(
    {"one after another": twelve.outcome(), "all at once": twelve.pipe(parallelize).outcome()},
    title="Twelve calls, in a row and at once",
)

# %% [markdown]
# The 24 s have become 2 s, and nothing else has moved. All calls are still paid, and all must still be right. In a
# chain the seconds $t_s$ of the steps add up; of steps that run at once only the slowest counts:
#
# $$\text{chain: } \sum_s t_s \qquad\qquad \text{at once: } \max_s t_s$$
#
# There is an assumption in it. `parallelize` takes your word that no step needs another's answer, and a plan whose
# steps build on each other cannot be parallelized by wishing.

# %% [markdown]
# ## 2. Which seconds count?
#
# In most tasks some steps wait for each other and some do not. Here a plan comes first, and three searches follow at
# once. What was found in papers has to be read, and the text waits for everything. In the code, `needs` says who waits
# for whom.

# %%
search, think = Model(0.002, 1.5, 0.97, "search"), Model(0.03, 3.0, 0.985, "think")
research = Workflow(
    (
        Step("plan", think),
        Step("papers", search, needs=("plan",)),
        Step("read", think, needs=("papers",)),
        Step("news", search, needs=("plan",)),
        Step("prices", search, needs=("plan",)),
        Step("write", think, needs=("read", "news", "prices")),
    )
)

# %% tags=["hide-input"]
plots.draw(research, title="Who waits for whom", mark_path=False)

# %%
predict("latency.faster")


# %% tags=["predict", "nbval-check-output"]
def seconds_if_faster(name):
    """Seconds of the research with one step's model twice as fast."""
    step = research[name]
    quick = replace(step, model=replace(step.model, sec=step.model.sec / 2))
    return Workflow(tuple(quick if s is step else s for s in research)).outcome().latency


now = research.outcome().latency
seconds = [now, seconds_if_faster("news"), seconds_if_faster("read")]
table({"twice as fast": ["nothing", "news", "read"], "seconds": seconds})

# %% tags=["predict"]
explorers.critical_path()

# %% [markdown]
# Follow the arrows backwards from the end, always to the step that was waited for last. That is the **longest path**
# through the graph, the sum of its seconds is the latency, and the steps on it are the **critical path**, drawn in
# orange.
#
# Drag the right end of `news`, or move its slider, until it turns orange too. How slow may it be? Put it back, and
# bring the latency down to 7.5 s by making other steps faster. Which ones do you need, and why does it get stuck
# there?
#
# `news` has 3 s of **slack**: it could take 4.5 s before anybody noticed, so a slow and cheap model belongs *there*.
# A second that `papers` or `read` saves is a second saved, until the searches beside them have become the longest
# path: plan, news and text take 3 + 1.5 + 3 = 7.5 s, and below that `news` and `prices` must be faster as well.
#
# The section's code numbers its steps with groups, and adds the slowest of each group. That is the special case in
# which every step of a group waits for all of the group before. In lesson 04 you will see what happens when two
# chains get the same group numbers by mistake.
#
# **Question.** A plan, then three searches at once, then a summary. The numbers are in `g`. After how many
# seconds is the summary ready?

# %%
g = given("lesson_latency")
g

# %%
seconds = ...  # your number here

check("lesson_latency.seconds", seconds)

# %% [markdown]
# ## 3. Which design fits the seconds?
#
# Users do not wait for long, and a **latency budget** says for how long. There are two ways to spend six or eight
# calls on a better answer. One is broad: many agents answer at once. The other is deep: a few agents answer each
# other.

# %%
predict("latency.four_seconds")

# %% tags=["predict", "nbval-check-output"]
designs = {
    "8 answers, 1 vote": parallel(8, PREMIUM).then(chain(1, SMALL, "vote")),
    "2 agents, 3 rounds": chain(1, PREMIUM).pipe(debate, agents=2, rounds=3),
}
made = [design.outcome() for design in designs.values()]
table(
    {"design": list(designs), "USD": [o.cost for o in made], "seconds": [o.latency for o in made]},
    {"USD": "{:.3f}", "seconds": "{:.1f}"},
)

# %% [markdown]
# Eight agents cost more and fit. Two agents cost less and do not, because rounds wait for rounds. A latency budget
# pushes a design from depth to breadth, whatever that does to the bill.

# %% [markdown]
# ## 4. Is the slowest as slow as the rest?
#
# "At once takes as long as the slowest" is true. But real call times scatter: of a hundred calls with a mean of 2 s,
# some take 1 s and a few take 5. The formula above put the mean in the place of each of them, and asked for the
# largest.

# %%
predict("latency.slowest")

# %% tags=["predict", "nbval-check-output"]
rng = np.random.default_rng(2)
spread = 0.55  # sigma of a lognormal; chosen so that p95 is about twice the mean, as in the recording below
calls = rng.lognormal(np.log(2.0) - spread**2 / 2, spread, size=(100_000, 12))
slowest = {n: calls[:, :n].max(axis=1) for n in range(1, 13)}
table(
    {
        "calls at once": [1, 12],
        "seconds, mean of the slowest": [slowest[n].mean() for n in (1, 12)],
        "standard error": [slowest[n].std() / 100_000**0.5 for n in (1, 12)],
    },
    {"seconds, mean of the slowest": "{:.3f}", "standard error": "{:.3f}"},
)

# %% tags=["predict", "hide-input"]
plots.curves(
    list(slowest),
    {"simulated": [sec.mean() for sec in slowest.values()], "mean times in the formula": np.full(12, 2.0)},
    "calls at once",
    "seconds until all are back",
    "The more calls at once, the slower the slowest",
    "Over 1 to 12 calls at once the formula stays at 2 seconds; the simulated mean of the slowest rises to about 4.4.",
)

# %% [markdown]
# One of twelve will often be a slow one, and all wait for it. Every draw is another chance to find the long **tail**
# of the times, so the mean of the slowest grows with their number although no call has become slower.
#
# Recorded calls do the same. In 820 calls to GPT-4-0613 the mean was 9.2 s, and the expected slowest of twelve was
# 19.8 s (runs of Kapoor et al. 2024, "AI Agents That Matter").

# %% [markdown]
# ## 5. Retries side by side
#
# A step that may have to be done again takes a random time, too, even where every attempt takes the same: here 0.4 s,
# or 0.8 s with probability 0.055, which is 0.422 s on average.

# %%
predict("latency.four_retried")

# %% tags=["predict", "nbval-check-output"]
unsure = parallel(4, SMALL).pipe(retry, 1)
known = {name: unsure.outcome(name).latency for name in ("textbook", "expected", "worst")}
attempts = 1 + (rng.random((200_000, 4)) > SMALL.p_ok)
times = (SMALL.sec * attempts).max(axis=1)
known["simulated"] = times.mean()
table(
    {"accounting": list(known), "seconds": [f"{sec:.3f}" for sec in known.values()]},
    caption=f"Four at once, each retried once; simulated +- {times.std() / len(times) ** 0.5:.4f} s",
)

# %% [markdown]
# It takes 0.4 s if none of the four fails and 0.8 s if any does, so 0.4 × 0.945⁴ + 0.8 × (1 − 0.945⁴) = 0.48 s on
# average. The simulation agrees, and so does `labkit`, which lists every time that the steps can take. The longest path
# of the means, 0.422 s here, would be a number and a wrong one. Where many steps are tangled the list is too long: then
# `labkit` gives two bounds between which the mean lies, and the way to the number is to simulate.
#
# The whole distribution is there as well: what 95 of 100 tasks stay within, and how many are done in half a second.

# %% tags=["nbval-check-output"]
run = unsure.latency()
table({"p95 (s)": [run.quantile(0.95)], "done within 0.5 s": [f"{run.within(0.5):.1%}"]})

# %%
tally("latency")

# %% [markdown]
# | remember | |
# |---|---|
# | chain | times add |
# | at once | the slowest counts |
# | graph | the longest path; slack elsewhere is free |
# | parallel | saves time, never money, never reliability |
# | debate | rounds wait: depth costs seconds |
# | random times | the mean of the slowest is more than the slowest mean |
#
# Next: [lesson 03, reliability](03_reliability.ipynb).
