# %% [markdown]
# # 10 A real system
#
# *25 minutes.* So far p was given. Here you measure it, on a system that makes mistakes of its own, and after this
# lesson you can
#
# - measure the p of a model by difficulty, with intervals, and say for which mix of work it holds;
# - say what temperature does to a first answer, and what it does to a second;
# - hold fifteen designs against what was predicted for them, and say where and why they part.
#
# The system is two small **language models on a toy language**. They were trained on one thing only, sums such as
# `12+345=`, and they write the answer digit by digit. They run on your machine, without a key, and the same seed gives
# the same answers again. USD and seconds come from a fixed price card, so they do not depend on your machine. Terms
# that are new are explained where they first stand, and again in the [glossary](../docs/glossary.md).

# %%
import numpy as np

import labkit_agents as agents
from labkit import plots, reliability
from labkit_agents import pocket
from labkit_workbook import check, explorers, given, hint, predict, table, tally

small, premium = pocket.small(), pocket.premium()

# %%
predict("real_system.again")

# %% [markdown]
# ## 1. A call and its bill
#
# A call holds a prompt and an id. The id names the call's random stream: the same call always gets the same reply, and
# another id is another try. Here the small model is asked three sums.

# %% tags=["nbval-check-output"]
first = [(12, 345), (907, 4096, 77), (8, 2765, 340, 1999)]
replies = small.complete([pocket.Call(pocket.write_sum(x), id="first look") for x in first])
table(
    {
        "asked": [pocket.write_sum(x) for x in first],
        "reply": [r.text for r in replies],
        "true": [str(sum(x)) for x in first],
        "tokens in + out": [f"{r.tokens_in} + {r.tokens_out}" for r in replies],
        "USD": [r.usd for r in replies],
    },
    {"USD": "{:.4f}"},
)

# %% [markdown]
# Which of the three is wrong, and who would have noticed? Try it yourself. The controls below ask either model a sum of
# two to four numbers; *Ask again* asks with fresh luck. Find a sum that the small model gets wrong twice out of three
# times, and then watch how sure of itself it was.

# %%
explorers.playground()

# %% [markdown]
# ## 2. What a mistake looks like
#
# Four hundred sums of two, three or four numbers, equally often. Here are the first mistakes of the small model.

# %% tags=["nbval-check-output"]
sums = pocket.draw_sums(400, seed=8)
replies = small.complete([pocket.Call(pocket.write_sum(x), id=f"sum {i}") for i, x in enumerate(sums)])
stated = [pocket.read_number(reply.text) for reply in replies]
wrong = [(x, said) for x, said in zip(sums, stated, strict=True) if said != sum(x)]
table(
    {
        "asked": [pocket.write_sum(x) for x, _ in wrong[:8]],
        "reply": [str(said) for _, said in wrong[:8]],
        "true": [str(sum(x)) for x, _ in wrong[:8]],
    },
    caption=f"{len(wrong)} of {len(sums)} are wrong; the first eight",
)

# %% [markdown]
# Most look like an answer: about the right length, most digits right. Nothing in them says that they are wrong, and an
# agent that reads one will build on it. So somebody has to check, and for sums there is an old and cheap check,
# *casting out nines*: the remainders of both sides, divided by nine, must agree. As a [gate](../docs/glossary.md#gate)
# between two steps, lesson 03 asked two things of such a check: what it misses, and what it rejects by mistake. This
# one never rejects a right sum. So what does it miss?

# %%
predict("real_system.nines")

# %% tags=["predict", "nbval-check-output"]
asked = agents.measure_p(small, n=1_000, seed=8)
errors = abs(asked.errors[~asked.right & ~asked.unreadable])
off_by_one = np.mean(np.isin(errors, (1, 10, 100, 1000)))
gates = (agents.nines, agents.elevens, agents.both)
about = f"{errors.size} mistakes in {asked.right.size:,} sums; {off_by_one:.0%} are one digit off by one"
table(
    {"gate": [g.name for g in gates], "noticed": [asked.recall(g) for g in gates],
     "by chance": [g.recall_by_chance for g in gates]},
    {"noticed": "{:.1%}", "by chance": "{:.1%}"}, caption=about,
)  # fmt: skip

# %% [markdown]
# Mistakes have a shape. A carry is forgotten, or one is made up, so most are off by 1, 10, 100 or 1,000 in one place.
# No such number is a multiple of nine, nor of eleven, so that either gate notices more of them here than chance would.
# The two together notice hardly more than the better one: what slips past eleven is seldom caught by nine. Measure a
# gate on the mistakes that it will meet.

# %% [markdown]
# ## 3. p is not one number
#
# Now both models, on 600 sums of each kind. A share that was counted says p only roughly, so it is given with an
# [interval](../docs/glossary.md#interval-95), the range of p that fits the count. The one used here is
# [Wilson's](../docs/glossary.md#wilson-interval), which even after 600 right answers of 600 does not claim that p is 1.

# %%
predict("real_system.premium")

# %% tags=["predict", "hide-input"]
drawn = [x for count in (2, 3, 4) for x in pocket.draw_sums(600, count, (count,))]
carries = np.array([pocket.carries(x) for x in drawn])
by_count = {model.name: agents.measure_p(model, sums=drawn, seed=1) for model in (small, premium)}
figure, axes = plots.canvas(columns=2, height=3.8, width=10)
for (name, measured), colour, shift in zip(by_count.items(), (plots.ORANGE, plots.BLUE), (-0.06, 0.06), strict=True):
    for ax, kind in zip(axes, (measured.operands, carries), strict=True):
        levels = [level for level in np.unique(kind) if np.sum(kind == level) >= 30]
        right = np.array([measured.right[kind == level].sum() for level in levels])
        tries = np.array([np.sum(kind == level) for level in levels])
        low, high = reliability.wilson_interval(right, tries)
        p = right / tries
        ax.errorbar(np.array(levels) + shift, p, (p - low, high - p), fmt="o", capsize=4, color=colour)
        ax.xaxis.get_major_locator().set_params(integer=True)
    axes[0].text(2.15, 0.955 if name == "small" else 1.0, name, color=colour, weight="bold")
axes[0].set(xlabel="numbers in the sum", ylabel="right, with 95% intervals", ylim=(0.83, 1.01))
axes[1].set(xlabel="carries in the sum", ylim=(0.83, 1.01))
axes[0].set_title("Longer sums are harder", loc="left", weight="bold")
axes[1].set_title("So are sums with more carries", loc="left", weight="bold")
plots.Picture(
    figure,
    "Two panels of points with error bars, for the small and the premium model. The small model's share of right "
    "answers falls with the count of numbers in the sum and with the count of carries; premium's falls at four numbers "
    "and at many carries.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
rows = []
for model in (small, premium):
    measured = by_count[model.name]
    for count in (2, 3, 4):
        right = measured.right[measured.operands == count]
        low, high = reliability.wilson_interval(right.sum(), right.size)
        sample = [x for x in drawn if len(x) == count][:100]
        sec = np.mean([r.sec for r in model.complete([pocket.Call(pocket.write_sum(x), id="card") for x in sample])])
        rows.append((model.name, count, right.mean(), f"{low:.3f} to {high:.3f}", sec))
heads = ("model", "numbers in the sum", "right", "95% interval", "seconds a call")
columns = dict(zip(heads, zip(*rows, strict=True), strict=True))
table(columns, {"right": "{:.3f}", "seconds a call": "{:.2f}"})

# %% [markdown]
# The premium model is ahead on every kind of sum here, but not by much on the easy ones: on two numbers it can win one
# call in a hundred. Read an interval before you compare two points; where two overlap widely, the tries do not tell
# them apart.
#
# So "the p of the model" does not exist. There is a p for each kind of work, and an average for each *mix*. A
# benchmark's p is the average for the benchmark's mix. Yours may be another.
#
# **Question.** Somebody measured a model on sums of two, three and four numbers; the counts are in `g`. Your own work
# is mixed differently. How often will this model be right on yours?

# %%
g = given("lesson_real_system")
g

# %%
p_of_your_mix = ...  # your number here

check("lesson_real_system.p_of_your_mix", p_of_your_mix)

# %% [markdown]
# ## 4. What temperature does
#
# A model gives each next digit a probability. At [temperature](../docs/glossary.md#temperature) 1 it draws from these;
# below 1 the likely ones are drawn more often; at 0 the likeliest is always taken, which is called *greedy*. So
# temperature decides two things, and they may pull in different directions.

# %%
again = pocket.draw_sums(1_000, seed=4)


def two_tries(temperature):
    """Whether the small model's first and second try at each sum are right."""
    for attempt in (1, 2):
        ids = [f"sum {i}/try {attempt}" for i in range(len(again))]
        asked = zip(again, ids, strict=True)
        replies = small.complete([pocket.Call(pocket.write_sum(x), id=i, temperature=temperature) for x, i in asked])
        yield np.array([pocket.read_number(r.text) == sum(x) for r, x in zip(replies, again, strict=True)])


# %%
predict("real_system.temperature")

# %% tags=["predict", "nbval-check-output"]
warmth = (0, 0.5, 1, 1.5)
tries = [tuple(two_tries(temperature)) for temperature in warmth]
table(
    {
        "temperature": warmth,
        "first right": [first.mean() for first, _ in tries],
        "second after a wrong first": [second[~first].mean() for first, second in tries],
        "with one retry": [(first | second).mean() for first, second in tries],
    },
    {"first right": "{:.3f}", "second after a wrong first": "{:.2f}", "with one retry": "{:.3f}"},
)

# %% [markdown]
# Greedy is right most often at the first try, and its second try repairs **nothing**: the same call, the same mistake.
# Its errors are [systematic](../docs/glossary.md#systematic-error). Warmth makes more mistakes, but other ones, so that
# a second try can repair them. Yet at no temperature is the second try after a wrong first as good as a first one. Some
# sums are hard for this model, and a try that failed was likely one of those. That is the correlation of lesson 06, on
# a system of your own.
#
# And a retry needs somebody who notices the mistake. Without a gate the last column cannot be had.

# %% [markdown]
# ## 5. Fifteen designs, predicted and measured
#
# A task: the total of four numbers. One call can do it; so can a chain of three calls with two numbers each, or a tree
# that adds two pairs at once. Each design states itself as a workflow of this course, and from that its three numbers
# follow. Build such a statement yourself, here with the models of the text: three small steps one after another, then
# two of them side by side and a third behind them. Which of the three numbers changes? What does a retry add, if 95% of
# the failures are noticed?

# %%
explorers.builder()

# %% [markdown]
# A statement is cheap. Whether it comes true depends on the p that went into it, which was measured here on other
# random streams, and on what it takes for granted. Some names of the fifteen need a word:
#
# | in the name | means |
# |---|---|
# | proposes, checks | a second call adds the numbers in reverse; if the two disagree, the first is asked again |
# | debate, two rounds | after the vote each asks again, and may change its mind for what another said |
# | premium if in doubt | the sum goes on to premium if the reply's own probability is below 0.9 |
# | premium if nines fail | it goes on if casting out nines rejects the answer |
# | cached | an answer to the same numbers, in any order, is used again |
# | routed by carries | up to one carry to the small model, more to premium |
#
# Each is run on 250 tasks. Then the two intervals of each number are compared, the predicted one and the measured one:
# where they do not touch, the prediction has failed.

# %%
predict("real_system.which_fail")

# %% tags=["predict", "hide-input"]
tasks = agents.draw_tasks(250, numbers=4, seed=8)
compared = agents.predicted_and_measured(agents.course_designs(small, premium), tasks, seed=8, progress=None)
figure, ax = plots.canvas(height=4.8, width=7.6)
ax.plot((0, 1), (0, 1), color=plots.GREY, linewidth=1)
for row in compared.rows:
    apart = "reliability" in row.parts
    x, y = row.predicted.reliability, row.measured.reliability
    ax.errorbar(
        x,
        y,
        xerr=[[max(0, x - row.predicted_low.reliability)], [max(0, row.predicted_high.reliability - x)]],
        yerr=[[max(0, y - row.measured_low.reliability)], [max(0, row.measured_high.reliability - y)]],
        fmt="D" if apart else "o",
        color=plots.ORANGE if apart else plots.BLUE,
    )
    if apart:
        ax.annotate(row.name, (x, y), (10, -14), textcoords="offset points", color=plots.ORANGE, weight="bold")
least = min(min(row.predicted_low.reliability, row.measured_low.reliability) for row in compared.rows)
ax.set(xlabel="predicted share solved", ylabel="measured share solved", xlim=(least - 0.02, 1.005))
ax.set(ylim=(least - 0.02, 1.005))
ax.text(0.80, 0.807, "as predicted", color=plots.GREY, rotation=40)
ax.set_title("Most lie on the line; some do not", loc="left", weight="bold")
plots.Picture(
    figure,
    "Measured over predicted share solved for fifteen designs, with intervals both ways. Most lie on the diagonal. "
    "Those whose intervals do not touch it are orange diamonds, with their names.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
pairs = [[f"{a:.{d}f} / {b:.{d}f}" for row in compared.rows
          for a, b in [(row.predicted[i], row.measured[i])]] for i, d in enumerate((4, 2, 3))]  # fmt: skip
table(
    {
        "design (predicted / measured)": [row.name for row in compared.rows],
        "USD": pairs[0],
        "seconds": pairs[1],
        "solved": pairs[2],
        "measured, 95%": [
            f"{row.measured_low.reliability:.3f} to {row.measured_high.reliability:.3f}" for row in compared.rows
        ],
        "parts in": [", ".join(row.parts) or "-" for row in compared.rows],
    }
)

# %% [markdown]
# ## 6. Where they part, and why
#
# A prediction is a sentence with an *if*. Here are the designs that part, and what was taken for granted.

# %% tags=["nbval-check-output"]
for row in compared.rows:
    for number in row.parts:
        low, high = getattr(row.predicted_low, number), getattr(row.predicted_high, number)
        below, above = getattr(row.measured_low, number), getattr(row.measured_high, number)
        print(f"{row.name}, {number}:")
        print(f"    predicted {low:.3f} to {high:.3f}, measured {below:.3f} to {above:.3f}")
        print(*(f"    if {each}" for each in row.assumes), sep="\n")
kept, flags = sum(not row.parts for row in compared.rows), sum(len(row.parts) for row in compared.rows)
print(f"{kept} of {len(compared.rows)} designs came as predicted, in all three numbers")
print(f"{flags} of 45 numbers part; by chance alone {compared.stray_flags:.2f} would")

# %% [markdown]
# There are four ways to part. See which of them your table shows.
#
# - **Asking again meets the same sum.** Votes, proposers and checkers, and retries take each try as a fresh draw.
#   Section 4 says that it is not: what one try got wrong, the next gets wrong more often than 1 − p. Then less is
#   solved than promised. A chain of easy steps hardly feels it: its errors are slips, not hard sums.
# - **What is passed on is not a fair sample.** A cascade sends the sums in doubt to the second model, and these are the
#   hard ones, perhaps for *it*, too. A router by carries does the same on purpose.
# - **The slowest of several.** A tree waits for the slower of two calls. Each lasts as long as its sum is long, and the
#   mean of the slower one is more than the slower of the means (lesson 02, section 5).
# - **Chance.** Forty-five numbers were compared. Where the two intervals are equally wide, a right law is flagged once
#   in 180 times; where the prediction has hardly an interval, as for the cost of one call, once in twenty. Taken
#   together, 1.24 of the 45 would be flagged if every law were right, so one or two flags prove nothing. Run it again
#   with another seed: what is flagged again is real.
#
# And where nothing parts, that is a finding, too. The **product law holds** for chains of real models, if p was
# measured on the very sums that the steps see. A gate with one retry comes out nearly as promised, since it *notices*
# mistakes. What the laws get wrong is not the multiplication. It is who is independent of whom.

# %% [markdown]
# ## 7. What the money bought
#
# The fair rival of a workflow is one premium call *at its best*. Nothing of it is tried again, so that is greedy
# (section 4). It is given 500 tasks, and so is each challenger; since they are the same tasks, the answers can be
# compared task by task, which makes the interval of the difference narrow.

# %%
predict("real_system.rival")

# %% tags=["predict", "hide-input", "nbval-check-output"]
tasks, designs = agents.draw_tasks(500, numbers=4, seed=8), agents.course_designs(small, premium)
rival = agents.OneCall(agents.Single(premium, temperature=0)).run(tasks, seed=8, progress=None)
names = ("one small call, greedy", "chain, small", "chain, small, nines and a retry")
runs = {name: designs[name].run(tasks, seed=8, progress=None) for name in names}
more = {name: run.solved.astype(float) - rival.solved for name, run in runs.items()}
table(
    {
        "against it": names,
        "solved a USD": [run.solved.sum() / run.cost.sum() for run in runs.values()],
        "price, times": [run.cost.mean() / rival.cost.mean() for run in runs.values()],
        "solved more or less": [f"{x.mean():+.3f} ± {1.96 * x.std() / np.sqrt(x.size):.3f}" for x in more.values()],
    },
    {"solved a USD": "{:.0f}", "price, times": "{:.2f}"},
    caption=f"One premium call, greedy: {rival.solved.mean():.3f} solved, "
    f"{rival.solved.sum() / rival.cost.sum():.0f} a USD",
)

# %% [markdown]
# The bare chain of small calls does not beat the greedy dear one. With a gate and a retry it does, by little, at a
# sixth of the price; how much 500 tasks can say about a lead of 1.4 points, [lesson 08](08_how_many_tasks.ipynb) works
# out. And the most quality per dollar of all has one small greedy call, which solves *fewer*: a ratio
# does not say how much you get. One call that is asked for much can lose to several that are each asked for little, as
# long as they are few and a cheap check stands between them.
#
# Whether that holds for *your* model and *your* task is not a matter of taste. You have the tools now to measure it:
# with `pocket.Endpoint` in place of `pocket.small()` the same cells run on a model of your own.

# %%
tally("real_system")

# %% [markdown]
# | remember | |
# |---|---|
# | p | belongs to a model *and* a mix of work; count it by difficulty, give its interval |
# | mistakes | have a shape; measure a gate on the mistakes it will meet |
# | temperature 0 | most right at once, and a retry repairs nothing |
# | a second try | is worth less than a first: hard tasks fail twice |
# | the product law | holds if p is measured on the steps' own sums |
# | votes, checks by the same model | keep less than independence promises: errors go together |
# | a tree | waits for the slower call, not for the mean one |
#
# Three exercises go on from here. [Exercise 06, quality per dollar](../my_work/06_quality_per_dollar.ipynb): build a
# workflow from parts, and find the smallest that beats one premium call. [Exercise 07, the reliability
# cliff](../my_work/07_reliability_cliff.ipynb): follow chains of up to forty steps. [Exercise 08, an
# orchestrator](../my_work/08_budget_orchestrator.ipynb): write the controller that keeps a budget. How the frameworks
# that you may use pull these levers, [lesson 11](11_in_production.ipynb) measures, and
# [lesson 12](12_your_own_agent.ipynb) fits the models to the traces of an agent of your own.
