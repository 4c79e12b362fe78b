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

from labkit import PREMIUM, SMALL, Model, Step, Workflow, chain, check, debate, given, parallel, parallelize, plots

# %% [markdown]
# ## 1. A chain adds, a group takes its slowest
#
# Every call is a round trip to a model that thinks for seconds. Steps that wait for each other add up. Steps
# that do not wait can run at once, and then only the slowest counts:
#
# $$\text{chain: } \sum_s t_s \qquad\qquad \text{at once: } \max_s t_s$$
#
# **Predict.** Twelve premium steps of 2 s. Make them run at once. What happens to latency, to cost, and to
# reliability?

# %%
twelve = chain(12, PREMIUM)
plots.compare(
    {"one after another": twelve.outcome(), "all at once": twelve.pipe(parallelize).outcome()},
    title="Parallel saves time, and nothing else",
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
# A step off the critical path can be made faster for nothing, and slower for nothing, up to its slack. `news`
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
# **Predict.** Which fits: eight agents that answer once, or two agents that debate for three rounds?

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
    print(f"{label:14} {sample.mean():.2f} s +- {sample.std() / len(sample) ** 0.5:.2f}")

# %%
n = np.arange(1, 13)
measured = [calls[:, :k].max(axis=1).mean() for k in n]
plots.curves(
    n,
    {"simulated: slowest of n": measured, "the formula with mean times": np.full(12, 2.0)},
    "calls at once",
    "seconds until all are back",
    "The slowest of twelve takes twice the mean",
    "Over 1 to 12 calls at once the formula stays at 2 seconds; the simulated mean of the slowest rises to about 4.5.",
)

# %% [markdown]
# Recorded calls do the same. In 820 calls to one model, the mean was 9.2 s, and the expected slowest of twelve
# was 19.8 s (runs of Kapoor et al. 2024, "AI Agents That Matter"). So `labkit` refuses to give you a mean where
# it has none: when random times overlap, the latency is NaN and a note says what to do.

# %% tags=["nbval-check-output"]
from labkit import retry

unsure = parallel(4, SMALL).pipe(retry, 1)
for accounting in ("textbook", "expected", "worst"):
    print(unsure.outcome(accounting))

# %% [markdown]
# The mean lies between 0.4 s and 0.8 s, and no sum gives it. An honest "unknown" is better than a number that is
# wrong.
#
# | remember | |
# |---|---|
# | chain | times add |
# | at once | the slowest counts |
# | graph | the longest path; slack elsewhere is free |
# | parallel | saves time, never money, never reliability |
# | debate | rounds wait: depth costs seconds |
# | random times | the mean of the slowest is more than the slowest mean |
