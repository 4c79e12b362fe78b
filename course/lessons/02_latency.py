# %% [markdown]
# # 02 Latency: the longest path
#
# *20 minutes.* After this lesson you can
#
# - find the critical path of a workflow and say which steps may be slow;
# - say what running steps at once saves, and what it does not;
# - say why "the slowest of twelve equal calls" takes twice as long as one.

# %%
import numpy as np

from labkit import PREMIUM, SMALL, Model, Step, Workflow, chain, debate, parallel, parallelize, plots
from labkit_workbook import check, given, hint

# %% [markdown]
# ## 1. A chain adds, a group takes its slowest
#
# Each call is a trip over the network and a wait while the model writes. Steps that need each other's answers add
# up. Steps that do not can run at once, and then only the slowest counts:
#
# $$\text{chain: } \sum_s t_s \qquad\qquad \text{at once: } \max_s t_s$$
#
# **Predict.** Twelve premium steps of 2 s. Make them run at once. What happens to latency, to cost, and to
# reliability?

# %%
twelve = chain(12, PREMIUM)
plots.compare(
    {"one after another": twelve.outcome(), "all at once": twelve.pipe(parallelize).outcome()},
    title="What has changed?",
)

# %% [markdown]
# 24 s become 2 s. Cost and reliability do not move: all calls are still paid, and all must still be right.
#
# There is an assumption in it. `parallelize` takes your word that no step needs another's answer. A plan whose
# steps build on each other cannot be parallelized by wishing.

# %% [markdown]
# ## 2. Real workflows are graphs
#
# Most tasks are neither a chain nor a heap. A plan comes first, searches follow at once, a summary waits for all
# of them. Latency is the **longest path** through that graph. The steps on it are the *critical path*.

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
plots.draw(research)

# %% [markdown]
# **Predict.** You may make one step twice as fast. What do you gain if it is `news`? And if it is `read`?


# %% tags=["nbval-check-output"]
def faster(workflow, name):
    """The workflow with one step's model twice as fast."""
    step = workflow[name]
    quick = Model(step.model.usd, step.model.sec / 2, step.model.p_ok, "quick")
    steps = [Step(s.name, quick if s.name == name else s.model, s.needs) for s in workflow]
    return Workflow(tuple(steps))


for name in ("news", "read"):
    print(
        f"{name:5} twice as fast: {faster(research, name).outcome().latency:g} s "
        f"instead of {research.outcome().latency:g} s"
    )

# %% [markdown]
# Making a step off the critical path faster gains nothing; making it slower costs nothing, up to its slack. `news`
# has 3 seconds of slack: it could take 4.5 s before anybody noticed. So a slow, cheap model belongs *there*.
#
# The text's code numbers its steps with groups, and adds the slowest of each group. That is the special case in
# which every step of a group waits for all of the group before. In lesson 04 you will see what happens when two
# chains get the same group numbers by mistake.

# %% [markdown]
# **Question.** A plan, then three searches at once, then a summary. The numbers are in `g`. After how many
# seconds is the summary ready?

# %%
g = given("lesson_latency")
g

# %%
seconds = ...  # your number here

check("lesson_latency.seconds", seconds)

# %% [markdown]
# ## 3. A latency budget shapes the design
#
# Say users wait 4 seconds and no longer. A premium call takes 2 s.
#
# **Predict.** Which fits: eight agents that answer once and a small model that picks the best answer, or two agents
# that debate for three rounds?

# %% tags=["nbval-check-output"]
wide = parallel(8, PREMIUM).then(chain(1, SMALL, "vote"))
deep = chain(1, PREMIUM).pipe(debate, agents=2, rounds=3)
for label, design in (("8 answers, 1 vote", wide), ("2 agents, 3 rounds", deep)):
    outcome = design.outcome()
    print(f"{label:20} {outcome.cost / PREMIUM.usd:5.1f} premium calls' worth   {outcome.latency:.1f} s")

# %% [markdown]
# Eight agents cost more and fit. Two agents cost less and do not: rounds wait for rounds. A latency budget
# pushes a design from depth to breadth.

# %% [markdown]
# ## 4. Where the formula is too kind
#
# "At once takes as long as the slowest" is true. But the slowest of twelve calls is not as long as *one* call,
# even if all twelve have the same mean. Real call times scatter, and twelve draws find the tail.
#
# **Predict.** Calls take 2 s on average, with a spread as wide as that of real calls. How long is the slowest
# of twelve, on average?

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(2)
spread = 0.55  # sigma of a lognormal; chosen so that p95 is about twice the mean, as in the recording below
calls = rng.lognormal(np.log(2.0) - spread**2 / 2, spread, size=(100_000, 12))
one, slowest = calls[:, 0], calls.max(axis=1)
for label, sample in (("one call", one), ("slowest of 12", slowest)):
    print(f"{label:14} {sample.mean():.3f} s +- {sample.std() / len(sample) ** 0.5:.3f}")

# %%
n = np.arange(1, 13)
measured = [calls[:, :k].max(axis=1).mean() for k in n]
plots.curves(
    n,
    {"simulated: slowest of n": measured, "the formula with mean times": np.full(12, 2.0)},
    "calls at once",
    "seconds until all are back",
    "The more calls at once, the slower the slowest",
    "Over 1 to 12 calls at once the formula stays at 2 seconds; the simulated mean of the slowest rises to about 4.4.",
)

# %% [markdown]
# Recorded calls do the same. In 820 calls to one model, the mean was 9.2 s, and the expected slowest of twelve
# was 19.8 s (runs of Kapoor et al. 2024, "AI Agents That Matter").
#
# `labkit`'s models take a fixed time, so it cannot see this tail. But it does see retries, and a step that may be
# retried takes a random time.
#
# **Predict.** Four small steps at once, each retried once if it fails (p = 0.945, 0.4 s an attempt). The mean time
# of each is 0.4 × 1.055 = 0.422 s. Is the mean time of all four 0.422 s, too?

# %% tags=["nbval-check-output"]
from labkit import retry

unsure = parallel(4, SMALL).pipe(retry, 1)
for accounting in ("textbook", "expected", "worst"):
    print(unsure.outcome(accounting))

# %% [markdown]
# It is more: 0.4 s if none of the four fails, 0.8 s if any does, so 0.4 × 0.945⁴ + 0.8 × (1 − 0.945⁴) = 0.48 s. For a
# general graph there is no such line, so `labkit` says "unknown" and gives the bound, rather than the longest path of
# the means, which is wrong. Then one simulates:

# %% tags=["nbval-check-output"]
attempts = 1 + (rng.random((200_000, 4)) > SMALL.p_ok)
times = (SMALL.sec * attempts).max(axis=1)
print(f"{times.mean():.3f} s +- {times.std() / len(times) ** 0.5:.3f}")

# %% [markdown]
# Next: [lesson 03, reliability](03_reliability.ipynb).
#
# | remember | |
# |---|---|
# | chain | times add |
# | at once | the slowest counts |
# | graph | the longest path; slack elsewhere is free |
# | parallel | saves time, never money, never reliability |
# | debate | rounds wait: depth costs seconds |
# | random times | the mean of the slowest is more than the slowest mean |
