# %% [markdown]
# # 10 A real system
#
# *45 minutes.* After this lesson you can
#
# - measure the p of a model by difficulty, with intervals, and say for which mix of work it holds;
# - say what temperature does to a first answer, and what it does to a second;
# - hold fifteen designs against what was predicted for them, and say where and why they part.
#
# So far p was given. Here you measure it, on a system that makes mistakes of its own: two small **language models on a
# toy language**. They were trained on one thing only, sums such as `12+345=`, and they write the answer digit by digit.
# They run on your machine, without a key, and the same seed gives the same answers again. USD and seconds come from a
# fixed price card, so they do not depend on your machine.

# %%
import numpy as np

import labkit_agents as agents
from labkit_workbook import check, given, hint
from labkit import plots, reliability
from labkit_agents import pocket

small, premium = pocket.small(), pocket.premium()
small.card, premium.card

# %% [markdown]
# ## 1. A call and its bill
#
# A call holds a prompt and an id. The id names the call's random stream: the same call always gets the same reply.
# Another id is another try.
#
# **Predict.** The premium model costs fifteen times as much a token. Does it also take longer? And is it right more
# often on *every* kind of sum? Write down a guess; section 3 has the second answer.

# %% tags=["nbval-check-output"]
for model in (small, premium):
    for numbers in ((12, 345), (907, 4096, 77), (8, 2765, 340, 1999)):
        reply = model.complete([pocket.Call(pocket.write_sum(numbers), id="first look")])[0]
        print(
            f"{model.name:8} {pocket.write_sum(numbers):17} {reply.text:5} (true {sum(numbers):4})   "
            f"{reply.tokens_in:2} tokens in, {reply.tokens_out} out   {reply.usd:.4f} USD   {reply.sec:.2f} s"
        )

# %% [markdown]
# ## 2. What a mistake looks like
#
# Four hundred sums of two, three or four numbers, equally often. Here are the first mistakes of the small model.

# %% tags=["nbval-check-output"]
sums = pocket.draw_sums(400, seed=8)
stated = [
    pocket.read_number(reply.text)
    for reply in small.complete([pocket.Call(pocket.write_sum(x), id=f"sum {i}") for i, x in enumerate(sums)])
]
wrong = [(x, said) for x, said in zip(sums, stated, strict=True) if said != sum(x)]
for numbers, said in wrong[:8]:
    print(f"{pocket.write_sum(numbers):22} stated {said}, true {sum(numbers)}")
print(f"{len(wrong)} of {len(sums)} are wrong")

# %% [markdown]
# Most look like an answer: about the right length, most digits right. Nothing in them says that they are wrong. An
# agent that reads one will build on it.
#
# **Predict.** Casting out nines compares remainders: it misses an error only if nine divides it. What share of the
# mistakes will it notice?

# %% tags=["nbval-check-output"]
asked = agents.measure_p(small, n=1_000, seed=8)
errors = abs(asked.errors[~asked.right & ~asked.unreadable])
off_by_one = np.mean(np.isin(errors, (1, 10, 100, 1000)))
print(f"mistakes: {errors.size} of {asked.right.size:,} sums, of them one digit off by one: {off_by_one:.0%}")
for gate in (agents.nines, agents.elevens, agents.both):
    print(f"noticed by {gate.name:8} {asked.recall(gate):.1%}   (by chance {gate.recall_by_chance:.1%})")

# %% [markdown]
# Mistakes have a shape. A carry is forgotten, or one is made up, so most are off by 1, 10, 100 or 1,000 in one place.
# No such number is a multiple of nine, nor of eleven, so that either gate notices more of them here than chance
# would. The two together notice hardly more than the better one: what slips past eleven is seldom caught by nine.
# Measure a gate on the mistakes that it will meet.

# %% [markdown]
# ## 3. p is not one number
#
# A share that was counted has an interval. Wilson's is used here (lesson 03): with all tries right it still does not
# claim that p is 1.

# %%
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
        ax.errorbar(np.array(levels) + shift, p, (p - low, high - p), fmt="o", capsize=4, color=colour, label=name)
        ax.xaxis.get_major_locator().set_params(integer=True)
axes[0].set(xlabel="numbers in the sum", ylabel="right, with 95% intervals", ylim=(0.83, 1.01))
axes[1].set(xlabel="carries in the sum", ylim=(0.83, 1.01))
axes[0].set_title("Longer sums are harder", loc="left", weight="bold")
axes[1].set_title("So are sums with more carries", loc="left", weight="bold")
axes[0].legend(frameon=False)
plots.Picture(
    figure,
    "Two panels of points with error bars, for the small and the premium model. The small model's share of right "
    "answers falls with the count of numbers in the sum and with the count of carries; premium's falls at four numbers "
    "and at many carries.",
)

# %% tags=["nbval-check-output"]
for measured in by_count.values():
    print(measured)

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
# A model gives each next digit a probability. At temperature 1 it draws from these; below 1 the likely ones are drawn
# more often; at 0 the likeliest is always taken (*greedy*).
#
# **Predict.** At which temperature is a first answer right most often? And if the first was wrong and you ask again,
# blindly: at which temperature does that repair most, and at which nothing at all?

# %% tags=["nbval-check-output"]
again = pocket.draw_sums(1_500, seed=4)
for temperature in (0, 0.5, 1, 1.5):
    tries = []
    for attempt in (1, 2):
        calls = [
            pocket.Call(pocket.write_sum(x), id=f"sum {i}/try {attempt}", temperature=temperature)
            for i, x in enumerate(again)
        ]
        replies = small.complete(calls)
        tries.append(np.array([pocket.read_number(r.text) == sum(x) for r, x in zip(replies, again, strict=True)]))
    first, second = tries
    share = second[~first].mean()
    print(
        f"temperature {temperature:<4} first right {first.mean():.3f}   second after a wrong first {share:.2f}   "
        f"with one retry {(first | second).mean():.3f}",
        flush=True,
    )

# %% [markdown]
# Greedy is right most often at the first try, and its second try repairs **nothing**: the same call, the same
# mistake. Its errors are *systematic*. Warmth makes more mistakes, but other ones, so that a second try can repair
# them. Yet at no temperature is the second try after a wrong first as good as a first one. Some sums are hard for
# this model, and a try that failed was likely one of those. That is the correlation of lesson 06, on a system of your
# own.
#
# And a retry needs somebody who notices the mistake. Without a gate the last column cannot be had.

# %% [markdown]
# ## 5. Fifteen designs, predicted and measured
#
# A task: the total of four numbers. One call can do it; so can a chain of three calls with two numbers each, or a tree
# that adds two pairs at once. Some names need a word:
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
# Each design states itself as a workflow of this course, with a p that was measured on other random streams. Then it is
# run. A design's line appears when it is done; C, L or R say that the intervals of cost, latency or reliability do not
# touch.
#
# **Predict.** For which designs will the prediction fail: chains, gated chains, votes, cascades?

# %% tags=["nbval-check-output"]
tasks = agents.draw_tasks(500, numbers=4, seed=8)
rows, by_chance = [], 0.0
print(f"{'each time predicted, measured':31} {'USD':13} {'seconds':9} {'solved':11} {'95%':9} differs")
for name, solver in agents.course_designs(small, premium).items():
    compared = agents.predicted_and_measured({name: solver}, tasks, seed=8, progress=None)
    (row,) = compared.rows
    rows.append(row)
    by_chance += compared.stray_flags
    thought, found = row.predicted, row.measured
    low, high = row.measured_low.reliability, row.measured_high.reliability
    print(
        f"{name:31} {thought.cost:.4f} {found.cost:.4f} {thought.latency:4.2f} {found.latency:4.2f} "
        f"{thought.reliability:.3f} {found.reliability:.3f} {low:.3f}-{high:.3f}"
        f" {' '.join(part[0].upper() for part in row.parts) or '-'}",
        flush=True,
    )

# %%
figure, ax = plots.canvas(height=4.6, width=6.4)
ax.plot((0, 1), (0, 1), color=plots.GREY, linewidth=1)
shapes = iter("sD^vP*Xd<>" + 5 * "o")  # one for each design that parts
for row in rows:
    apart = "reliability" in row.parts
    x, y = row.predicted.reliability, row.measured.reliability
    ax.errorbar(
        x,
        y,
        xerr=[[max(0, x - row.predicted_low.reliability)], [max(0, row.predicted_high.reliability - x)]],
        yerr=[[max(0, y - row.measured_low.reliability)], [max(0, row.measured_high.reliability - y)]],
        fmt=next(shapes) if apart else "o",
        color=plots.ORANGE if apart else plots.BLUE,
        label=row.name if apart else None,
    )
least = min(min(row.predicted_low.reliability, row.measured_low.reliability) for row in rows)
ax.set(xlabel="predicted share solved", ylabel="measured share solved", xlim=(least - 0.02, 1.005))
ax.set(ylim=(least - 0.02, 1.005))
ax.set_title("Most lie on the line; some do not", loc="left", weight="bold")
if any("reliability" in row.parts for row in rows):
    ax.legend(frameon=False, loc="lower right", fontsize=9)
plots.Picture(
    figure,
    "Measured over predicted share solved for fifteen designs, with intervals both ways. Most lie on the diagonal. "
    "Those whose intervals do not touch it are orange, each with a shape that the legend names.",
)

# %% [markdown]
# ## 6. Where they part, and why
#
# A prediction is a sentence with an *if*. Here are the designs that part, and what was taken for granted.

# %% tags=["nbval-check-output"]
for row in rows:
    for number in row.parts:
        low, high = getattr(row.predicted_low, number), getattr(row.predicted_high, number)
        print(
            f"{row.name}, {number}: predicted {low:.3f} to {high:.3f}, measured "
            f"{getattr(row.measured_low, number):.3f} to {getattr(row.measured_high, number):.3f}"
        )
        for each in row.assumes:
            print(f"    if {each}")
kept, flags = sum(not row.parts for row in rows), sum(len(row.parts) for row in rows)
print(f"{kept} of {len(rows)} designs came as predicted, in all three numbers")
print(f"{flags} of {3 * len(rows)} numbers part; by chance alone {by_chance:.2f} would")

# %% [markdown]
# There are four ways to part. See which of them your table shows.
#
# - **Asking again meets the same sum.** Votes, proposers and checkers, and retries take each try as a fresh draw.
#   Section 4 says that it is not: what one try got wrong, the next gets wrong more often than 1 − p. Then less is
#   solved than promised. A chain of easy steps hardly feels it: its errors are slips, not hard sums.
# - **What is passed on is not a fair sample.** A cascade sends the sums in doubt to the second model, and these are the
#   hard ones, perhaps for *it*, too. A router by carries does the same on purpose.
# - **The slowest of several.** A tree waits for the slower of two calls. Each lasts as long as its sum is long, and the
#   mean of the slower one is more than the slower of the means (lesson 06, section 3).
# - **Chance.** Forty-five numbers were compared. Where both intervals are as wide, a right law is flagged once in 180
#   times; where the prediction has hardly an interval, as for the cost of one call, once in twenty. Together 1.24 of
#   the 45 are expected to part with every law right, so one stray flag is the rule and two are nothing. Run it with
#   another seed: what stays is real.
#
# And where nothing parts, that is a finding, too. The **product law holds** for chains of real models, if p was
# measured on the very sums that the steps see. A gate with one retry comes out nearly as promised, since it *notices*
# mistakes. What the laws get wrong is not the multiplication. It is who is independent of whom.

# %% [markdown]
# ## 7. What the money bought
#
# The fair rival of a workflow is one premium call *at its best*. Nothing of it is tried again, so that is greedy
# (section 4). **Predict.** Which is dearer: that call, or three small calls with a gate and a retry? Which is right
# more often?

# %% tags=["nbval-check-output"]
designs = agents.course_designs(small, premium)
rival = agents.OneCall(agents.Single(premium, temperature=0)).run(tasks, seed=8, progress=None)
print(f"one premium call, greedy: {rival.solved.mean():.3f} solved, {rival.solved.sum() / rival.cost.sum():.0f} a USD")
print("against it:")
for name in ("one small call, greedy", "chain, small", "chain, small, nines and a retry", "chain, premium"):
    traces = designs[name].run(tasks, seed=8, progress=None)
    more = traces.solved.astype(float) - rival.solved  # the same tasks, so compare task by task
    reach = 1.96 * more.std() / np.sqrt(more.size)
    print(
        f"{name:31} {traces.solved.sum() / traces.cost.sum():4.0f} solved a USD   "
        f"price x {traces.cost.mean() / rival.cost.mean():4.2f}   solved {more.mean():+.3f} +-{reach:.3f}"
    )

# %% [markdown]
# The bare chain of small calls does not beat the greedy dear one. With a gate and a retry it does, by little, at a
# sixth of the price. And the most quality per dollar of all has one small greedy call, which solves *fewer*: a ratio
# does not say how much you get. One call that is asked for much can lose to several that are each asked for little, as
# long as they are few and a cheap check stands between them. Whether that holds for *your* model and *your* task is not
# a matter of taste. You have the tools now to measure it: with `pocket.Endpoint` in place of `pocket.small()` the same
# cells run on a model of your own.
#
# Three exercises go on from here. [Exercise 06, quality per dollar](../my_work/06_quality_per_dollar.ipynb): build a
# workflow from parts, and find the smallest that beats one premium call.
# [Exercise 07, the reliability cliff](../my_work/07_reliability_cliff.ipynb): follow chains of up to forty steps.
# [Exercise 08, an orchestrator](../my_work/08_budget_orchestrator.ipynb): write the controller that keeps a budget.
#
# | remember | |
# |---|---|
# | p | belongs to a model *and* a mix of work; count it by difficulty, give its interval |
# | mistakes | have a shape; measure a gate on the mistakes it will meet |
# | temperature 0 | most right at once, and a retry repairs nothing |
# | a second try | is worth less than a first: hard tasks fail twice |
# | the product law | holds if p is measured on the steps' own sums |
# | votes, checks by the same model | keep less than independence promises: errors go together |
# | a tree | waits for the slower call, not for the mean one |
