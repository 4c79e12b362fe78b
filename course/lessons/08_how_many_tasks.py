# %% [markdown]
# # 08 How many tasks does it take?
#
# *30 minutes.* Whoever chooses between two designs has counted, on some tasks, how often each of them was right. Were
# they tasks enough? After this lesson you can
#
# - say whether a lead is more than luck, and how many tasks it takes to know;
# - say what so many tasks can see, and when the same tasks for both see more;
# - look at a comparison while it runs without fooling yourself;
# - take out the errors of the judge that did the counting;
# - say before you buy a second model what the two could reach together, and compare two designs for the same money.
#
# The tools are in `labkit.evaluation`. Terms that are new are explained where they first stand, and again in the
# [glossary](../docs/glossary.md).

# %%
import numpy as np

import labkit_agents as agents
from labkit import evaluation, plots, reliability
from labkit_agents import pocket
from labkit_workbook import check, explorers, given, hint, predict, published, table, tally

# %%
predict("tasks.again")

# %% [markdown]
# ## 1. A lead of 1.4 points
#
# Two small language models come with this course; all they can do is add, and [lesson 10](10_a_real_system.ipynb)
# is about them. Here two designs compete at adding four numbers. The rival is one call to the larger, dearer model. The
# challenger is a chain of three calls to the smaller one, each with a check and a retry, at a sixth of the price. Both
# are given **the same 500 tasks**.

# %% tags=["nbval-check-output"]
small, premium = pocket.small(), pocket.premium()
tasks = agents.draw_tasks(500, numbers=4, seed=8)
chain = agents.course_designs(small, premium)["chain, small, nines and a retry"]
ours = chain.run(tasks, seed=8, progress=None).solved
rival = agents.OneCall(agents.Single(premium, temperature=0)).run(tasks, seed=8, progress=None).solved
won, lost = int(np.sum(ours & ~rival)), int(np.sum(rival & ~ours))
print(f"challenger {ours.mean():.3f}, rival {rival.mean():.3f}; both right on {np.sum(ours & rival)} of {ours.size}")
print(f"only the challenger right: {won} tasks; only the rival: {lost}")

# %%
predict("tasks.lead")

# %% tags=["predict", "hide-input"]
m = won + lost
ways = np.array([1, 11, 55, 165, 330, 462, 462, 330, 165, 55, 11, 1]) / 2**m  # how often a fair coin gives 0 to 11
as_far = np.abs(np.arange(m + 1) - m / 2) >= won - m / 2
figure, ax = plots.canvas(width=8.0)
ax.bar(np.arange(m + 1), ways, color=[plots.ORANGE if far else plots.GREY for far in as_far])
ax.annotate(
    "measured: 9", (won, ways[won]), (9.1, 0.12), color=plots.ORANGE, weight="bold", arrowprops={"arrowstyle": "-"}
)
ax.set(xlabel="of 11 tasks that tell them apart, won by the challenger", ylabel="how often a fair coin gives that")
ax.set(xticks=np.arange(m + 1))
ax.set_title("Equal designs come out as far apart once in fifteen times", loc="left", weight="bold")
plots.Picture(
    figure,
    "How often a fair coin that is tossed 11 times shows heads 0 to 11 times. 9 heads or more, or 2 or fewer, are "
    "orange, together 6.5%.",
)

# %% [markdown]
# On 489 of the tasks both are right, and those say nothing about which is better. What counts are the eleven on which
# they part. If the two were equally good, each of the eleven would be a fair coin, and eleven coins fall 9 to 2 or
# further apart 6.5% of the time. That share is the *p-value* of [McNemar's test](../docs/glossary.md#mcnemars-test). It
# counts 9 to 2 itself in full, which makes it careful; counting half of it, as many statisticians advise, gives the
# *mid-p*.

# %% tags=["nbval-check-output"]
test, gap = evaluation.mcnemar(won, lost), evaluation.paired_difference(won, lost, ours.size)
print(f"p-value {test.exact:.3f}, mid-p {test.mid_p:.3f}")
print(f"difference {100 * gap.value:.1f} points, 95% interval {100 * gap.low:.2f} to {100 * gap.high:.2f}")

# %% [markdown]
# One of the two numbers lies above the customary 5% and the other below. This is the edge of what 500 tasks can show,
# and no choice of test makes it firm ground. The interval says it better: anything from no difference to nearly three
# points.
# (It is the one of Bonett and Price, chosen because it holds as often as it says even where few tasks part.)

# %% [markdown]
# ## 2. Tasks enough
#
# So 500 tasks were too few. How many would do? One has to say first what "do" means. The custom is to allow a false
# alarm in one comparison of twenty, and to ask that a real difference be found in four runs of five, which is a
# [power](../docs/glossary.md#power) of 80%.

# %%
predict("tasks.needed")

# %% tags=["predict", "hide-input"]
n = np.arange(50, 2001, 25)
shares = won / ours.size, lost / ours.size
sure = evaluation.paired_power(n, *shares)
counted = np.arange(100, 2001, 100)
exact = [evaluation.exact_paired_power(int(each), *shares) for each in counted]
needed = evaluation.paired_tasks_needed(*shares)
figure, ax = plots.canvas(width=8.0)
ax.axhline(0.8, color=plots.GREY, linewidth=1)
ax.plot(n, sure, color=plots.BLUE)
ax.plot(counted, exact, "o", color="black", markersize=4)
ax.plot((500, needed), (evaluation.paired_power(500, *shares), 0.8), "D", color=plots.ORANGE)
ax.text(540, 0.46, "500: little more\nthan a coin", color=plots.ORANGE, weight="bold", va="center")
ax.text(needed + 30, 0.7, f"{needed:.0f} tasks", color=plots.ORANGE, weight="bold")
ax.text(1500, 0.885, "formula", color=plots.BLUE, weight="bold")
ax.text(260, 0.13, "every count added up (mid-p)", weight="bold")
ax.set(xlabel="tasks, the same for both", ylabel="how often the lead is found", ylim=(0, 1.04))
ax.set_title("A real lead of 1.4 points, and 500 tasks", loc="left", weight="bold")
plots.Picture(
    figure,
    f"Power over 50 to 2,000 tasks. At 500 tasks 56%, at {needed:.0f} tasks 80%, at 2,000 tasks 99%. Points from "
    "adding up every possible count lie along the curve, below it up to 300 tasks and a little above it from 700 on.",
)

# %% [markdown]
# With s for the share of tasks on which the two part, here 2.2%, and d for the difference, here 1.4 points, the curve
# crosses 80% at
#
# $$n = \left(\frac{1.96\,\sqrt{s} + 0.84\,\sqrt{s - d^2}}{d}\right)^2 \approx 880 .$$
#
# The 1.96 stands for the false alarm of one in twenty and the 0.84 for the four in five (Connor 1987, for McNemar's
# test). The formula takes many parting tasks for granted, and here they are few. Adding up every possible count instead
# gives 814 tasks for the mid-p and 926 for the careful p-value, so "between 800 and 950" is all that should be said.
#
# Two things follow that are useful on any day. The difference stands below and squared, so half the difference needs
# four times the tasks. And s stands above: the fewer tasks two designs part on, the less noise there is, and the fewer
# tasks show a difference of a given size.
#
# **Question.** A pilot on the same tasks is in `g`. How many tasks must both designs be given, at a two-sided 5% and a
# power of 80%, to find a difference like that of the pilot?

# %%
g = given("lesson_tasks")
g

# %%
tasks_needed = ...  # your number here

check("lesson_tasks.tasks_needed", tasks_needed)

# %% [markdown]
# ## 3. The same tasks, or others?
#
# Often two published shares are all that one has. They come from different tasks, or nobody says on which tasks the
# two designs part. Each share carries noise of its own then, and a hard task that one design happened to get is not
# matched by the same task on the other side.

# %%
predict("tasks.fifty")

# %% tags=["predict"]
explorers.how_many_tasks()

# %% [markdown]
# Begin with 50 tasks and a p of 80%. Raise the difference until the orange line, tasks of their own, reaches 80% at
# these 50; then find out what the same tasks for both would have seen. After that set p to 98.2%, the difference to
# 1.4% and the parting tasks to 2.2%, which is section 1. How many tasks would it have taken with tasks of their own?

# %% tags=["nbval-check-output"]
sizes = np.array([50, 100, 200, 500, 1000])
own = evaluation.smallest_unpaired_difference(sizes, 0.8)
middle = evaluation.smallest_unpaired_difference(sizes, 0.5, centred=True)
alike = evaluation.smallest_paired_difference(sizes, 0.15)
columns = {"own, p near 0.5": middle, "own, p from 0.8": own, "the same, 15% part": alike}
table({"tasks": sizes, **{head: 100 * each for head, each in columns.items()}}, dict.fromkeys(columns, "{:.1f}"),
      caption="Smallest difference that is found in four runs of five, in points")  # fmt: skip

# %% [markdown]
# Fifty tasks of their own see nothing below 28 points where p is near one half, and nothing below 17 from 0.8 upwards.
# The airline of tau2-bench, on which many agents are ranked, has no more than fifty.
#
# The same tasks for both do not work wonders either. In section 1 they saved nothing: tasks of their own would have
# taken 870 for each design, where the same tasks take 880. Those two designs part on 2.2% of the tasks, as often as if
# their failures had nothing to do with each other (.982 × .004 + .996 × .018). The same tasks help where two designs
# find the same tasks hard, as the two models of section 6 do, for then they part less often than that. On how many
# they part, a pilot will tell.
#
# More tries of the same tasks are not more tasks, for two tries of one task say partly the same thing. Divide the runs
# by their [design effect](../docs/glossary.md#design-effect), which is 1 plus the correlation for each further try.
# Four tries of fifty tasks, at the correlation .40 of gpt-4o in lesson 06, are worth 200 / (1 + 3 × .40) = 91 tasks.

# %% [markdown]
# ## 4. Looking while it runs
#
# Tasks cost money, so one looks early, and if the challenger is clearly ahead, one stops. What could be wrong with
# that?

# %%
predict("tasks.peeking")

# %% tags=["predict", "hide-input"]
LOOKS, RUNS = np.arange(1, 11), 4_000
rng = np.random.default_rng(8)
steps = rng.choice([-1, 0, 1], size=(RUNS, 1000), p=[0.1, 0.8, 0.1])  # who wins each task; the designs are equal
ahead, parted = np.cumsum(steps, axis=1), np.cumsum(steps != 0, axis=1)
z = (ahead / np.sqrt(np.maximum(parted, 1)))[:, 99::100]
plan = evaluation.group_sequential(10)
figure, (left, right) = plots.canvas(columns=2, height=3.6)
fooled = np.any(np.abs(z[:60]) > 1.96, axis=1)
for path, is_fooled in zip(z[:60], fooled, strict=True):
    left.plot(100 * LOOKS, path, color=plots.ORANGE if is_fooled else plots.GREY, linewidth=1, alpha=0.7)
for sign in (-1, 1):
    left.plot(100 * LOOKS, np.full(10, sign * 1.96), "--", color="black")
    left.plot(100 * LOOKS, sign * plan.bars, color=plots.BLUE)
left.text(330, 4.2, "planned bar", color=plots.BLUE, weight="bold")
left.text(880, 2.4, "1.96", weight="bold", va="center")
left.set(xlabel="tasks so far", ylabel="lead in standard errors (z)", ylim=(-5.2, 5.2))
left.set_title(f"60 equal pairs, {fooled.sum()} fooled", loc="left", weight="bold")
even = [np.mean(np.any(np.abs(z[:, [10 * i // k - 1 for i in range(1, k + 1)]]) > 1.96, axis=1)) for k in (1, 2, 5, 10)]
right.plot(LOOKS, [evaluation.false_alarms_of_peeking(int(k)) for k in LOOKS], color=plots.ORANGE)
right.plot((1, 2, 5, 10), even, "o", color="black")
right.axhline(0.05, color=plots.BLUE)
right.text(1.0, 0.185, "peeking at 1.96", color=plots.ORANGE, weight="bold")
right.text(5.5, 0.056, "planned bars", color=plots.BLUE, weight="bold")
right.set(xlabel="looks (dots: 4,000 simulated)", ylabel="equal designs called different", ylim=(0, 0.22))
right.set_title("Ten looks: one in five is fooled", loc="left", weight="bold")
plots.Picture(
    figure,
    "Left: the lead of 60 pairs of equal designs over 1,000 tasks; the orange ones leave the band of 1.96 standard "
    "errors at one of ten looks, hardly any leaves the planned bars, which begin far out and end near 2. Right: "
    "false alarms over looks rise from 5% to 19%, simulated points on the curve; planned bars stay at 5%.",
)

# %% [markdown]
# Each look is one more chance to be fooled, so with ten looks one pair of equal designs in five is called different.
# Nothing is wrong with looking, only with holding every look to the bar that was made for one. There are two honest
# ways.
#
# The first is a **plan**: say beforehand how often you will look, and raise the bar for the early looks. The bars above
# (O'Brien and Fleming 1979) begin far out and end hardly above 1.96, so the last look loses next to nothing.

# %% tags=["nbval-check-output"]
plans = {looks: evaluation.group_sequential(looks) for looks in (1, 2, 5, 10)}
columns = {
    "at most": [plan.most for plan in plans.values()],
    "mean, if equal": [plan.mean_if_equal for plan in plans.values()],
    "mean, if different as planned": [plan.mean_if_different for plan in plans.values()],
}
table({"looks": list(plans), **{head: [needed * x for x in each] for head, each in columns.items()}},
      dict.fromkeys(columns, "{:.0f}"), caption="Tasks for the lead of section 1")  # fmt: skip

# %% [markdown]
# Five looks cost at most 25 tasks more than one, and on the mean they save 160, nearly a fifth of the bill.
#
# The second way needs no plan. Bet one coin that the designs differ, and let the stake grow or shrink with every
# parting task so that the bet is *fair* if they are equal. A fair bet seldom makes anyone rich: it reaches 20 coins, at
# any time, in at most one run of twenty. So one may look after every task and stop at 20
# (`evaluation.always_valid_p` gives 1 over the largest stake so far; the mixture of Robbins 1970).

# %% tags=["nbval-check-output"]
p_so_far = evaluation.always_valid_p(ours, rival)
fooled = np.mean([evaluation.always_valid_p(row > 0, row < 0)[-1] <= 0.05 for row in steps[:2000]])
print(f"section 1 after 500 tasks: {p_so_far[-1]:.2f}, which is not below 0.05")
print(f"2,000 pairs of equal designs, a look after each of 1,000 tasks: {fooled:.1%} fooled")

# %% [markdown]
# Such a bet asks for more tasks than a plan does where the difference is as small as expected. It ends early where the
# difference is large, and nobody has to say beforehand when to look.

# %% [markdown]
# ## 5. A judge that errs
#
# So far somebody knew which answers were right. Often it is another model that says so, and it has a
# [recall](../docs/glossary.md#recall) and [false alarms](../docs/glossary.md#false-alarm) of its own, as every gate
# has.

# %%
predict("tasks.judge")

# %% tags=["predict", "hide-input"]
true = np.linspace(0, 1, 101)
d, f = 0.6, 0.1
figure, ax = plots.canvas(width=6.4, height=3.8)
ax.plot(true, true, "--", color=plots.GREY)
ax.plot(true, true * (1 - f) + (1 - true) * (1 - d), color=plots.BLUE)
for p, colour in ((0.7, plots.ORANGE), (0.8, plots.GREEN)):
    called = p * (1 - f) + (1 - p) * (1 - d)
    ax.plot((p, p, 0), (0, called, called), ":", color=colour)
    ax.plot(p, called, "o", color=colour)
    at = called + 0.03 * np.sign(p - 0.75)
    ax.text(0.02, at, f"called right: {called:.2f}", color=colour, weight="bold", va="center")
ax.text(0.3, 0.25, "a judge without errors", color=plots.GREY)
ax.set(xlabel="really right", ylabel="called right by the judge", xlim=(0, 1), ylim=(0, 1))
ax.set_title("Ten points become five", loc="left", weight="bold")
plots.Picture(
    figure,
    "Share called right over the share really right, for a judge of recall 0.6 and false alarms 0.1: a line from "
    "0.4 to 0.9. Designs that are right 70% and 80% of the time are called right 75% and 80% of the time.",
)

# %% [markdown]
# With d for the recall and f for the false alarms, a right answer passes 1 − f of the time and a wrong one 1 − d. So
# the judge's line rises by d − f where an honest one rises by 1. Turned round (Rogan and Gladen 1978) it gives back
# the true share from the share q that was called right:
#
# $$p = \frac{q - (1-d)}{d - f} .$$
#
# But d and f were counted, too. Here a judge called 375 of 500 answers right. Its recall was measured on 100 answers
# known to be wrong, and its false alarms on 100 known to be right.

# %% tags=["nbval-check-output"]
taken = evaluation.true_share_interval(375, 500, 60, 100, 10, 100)
sure = evaluation.true_share_interval(375, 500, 60 * 10**6, 10**8, 10 * 10**6, 10**8)
low, high = reliability.wilson_interval(375, 500)
table(
    {"right answers": ["as the judge says", "errors taken out, d and f for granted", "d and f counted on 100 each"],
     "p": [0.75, sure.p, taken.p], "low": [low, sure.low, taken.low], "high": [high, sure.high, taken.high]},
    dict.fromkeys(("p", "low", "high"), "{:.3f}"), caption="With 95% intervals",
)  # fmt: skip

# %% [markdown]
# The judge alone would have promised 75% with an interval of eight points. The honest answer is 70% with one of
# twenty-six (Lang and Reiczigel 2014). And since every difference shrinks to d − f times its size, here a half,
# telling two designs apart through this judge takes about four times the tasks. A judge whose recall is not above its
# false alarms cannot tell right from wrong, and no formula gets anything out of it: `evaluation.true_share` refuses.

# %% [markdown]
# ## 6. Before you buy a second model
#
# A router sends a task to one of two models, a cascade asks the second if the first is doubted, a vote counts both.
# Whatever it is, where **both** are wrong it has nothing to choose from. So before the second model is bought, one
# number can be counted on answers that both have given: how often both are wrong.

# %%
predict("tasks.both_wrong")

# %% tags=["predict", "hide-input"]
answers = published.paired_answers("MMLU")
counts = answers.both_right, answers.only_strong, answers.only_weak, answers.both_wrong
found = evaluation.co_failure_by_group(*counts)
figure, ax = plots.canvas(width=7.2, height=4.0)
ax.plot((0, 0.5), (0, 0.5), "--", color=plots.GREY)
ax.plot(found.groups.if_independent, found.groups.both_wrong, "o", color=plots.BLUE, alpha=0.7)
ax.plot(found.whole.if_independent, found.whole.both_wrong, "D", color=plots.ORANGE, markersize=9)
line = {"arrowstyle": "-", "color": plots.ORANGE}
ax.annotate("all questions", (0.056, 0.131), (0.012, 0.23), color=plots.ORANGE, weight="bold", arrowprops=line)
ax.text(0.35, 0.33, "if independent", color=plots.GREY)
ax.set(xlabel="both wrong, if failures were independent", ylabel="both wrong, recorded", xlim=(0, 0.5), ylim=(0, 0.5))
ax.set_title("In every subject the two fail together", loc="left", weight="bold")
plots.Picture(
    figure,
    "Both wrong as recorded over both wrong if independent, for 56 subjects of MMLU. All 56 points lie above the "
    "diagonal. All questions together: 13.1% recorded, 5.6% if independent.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
maths = published.paired_answers("GSM8K")
other = evaluation.co_failure(
    *(int(x[0]) for x in (maths.both_right, maths.only_strong, maths.only_weak, maths.both_wrong))
)
both = {"MMLU, 56 subjects": found.whole, "GSM8K": other}
table(
    {
        "questions": list(both),
        "both wrong": [each.both_wrong for each in both.values()],
        "95% interval": [f"{each.low:.3f} to {each.high:.3f}" for each in both.values()],
        "if independent": [each.if_independent for each in both.values()],
        "promised to a cascade": [each.promised for each in both.values()],
        "the most it can reach": [each.ceiling for each in both.values()],
    },
    dict.fromkeys(("both wrong", "if independent", "promised to a cascade", "the most it can reach"), "{:.3f}"),
    caption=f"Subjects that are not equally hard explain {found.explained:.0%} of the excess of MMLU",
)

# %% [markdown]
# (Answers of the strong and the weak model of RouteLLM, Ong et al. 2024; without the subject `high_school_mathematics`,
# whose strong column is broken: 3% right.) A cascade with a perfect check was promised .944 and cannot get beyond
# .869, however good its check is. Both models are wrong 7.5 points more often than independence says. A quarter of this
# excess comes from subjects that both find hard; three quarters remain *within* the subjects, so splitting the work by
# subject will not bring them back. Count how often both are wrong on a hundred of your own tasks before you sign.

# %% [markdown]
# ## 7. For the same money
#
# The last trap is to compare a design that spends much with one that spends little. The cheap one could have spent the
# rest on further tries. Whether that helps is settled by what lesson 06 said about tries of the same task.

# %%
predict("tasks.spend")

# %% tags=["predict", "hide-input"]
board = published.leaderboard()
row = {model: np.flatnonzero((board.models == model) & (board.domains == "banking") & board.priced)[0]
       for model in ("GPT-5.2", "GPT-5.4")}  # fmt: skip
cheap, dear = row["GPT-5.2"], row["GPT-5.4"]
law = reliability.fit_beta(*board.shares[cheap, :2])
usd = np.linspace(board.usd[cheap], 2.4, 60)
bought = evaluation.at_equal_spend(law, board.usd[cheap], board.shares[dear, 0], usd)
figure, ax = plots.canvas(width=8.0)
ax.plot(usd, bought.if_independent, "--", color=plots.ORANGE)
ax.plot(usd, bought.reached, color=plots.BLUE)
ax.plot(board.usd[dear], board.shares[dear, 0], "D", color="black")
ax.plot(board.usd[cheap] * np.arange(1, 5), board.pass_at[cheap], "o", color=plots.BLUE)
ax.text(1.25, 0.62, "if tries were fresh tosses", color=plots.ORANGE, weight="bold", ha="right")
ax.text(1.2, 0.21, "GPT-5.2, tries as recorded", color=plots.BLUE, weight="bold")
ax.text(board.usd[dear] - 0.04, 0.41, "GPT-5.4, once", weight="bold", ha="right")
ax.set(xlabel="USD a task (tau2-bench leaderboard, banking; the benchmark's default is temperature 0)", ylim=(0, 0.8))
ax.set_ylabel("solved, with a perfect check")
ax.set_title("Seven tries of the cheap one lose to one of the dear one", loc="left", weight="bold")
plots.Picture(
    figure,
    "Share solved over dollars a task. Fresh tosses would carry the cheap agent to 64% at 1.84 dollars; as its tries "
    "were recorded it reaches 29%, below the 39% of one try of the dear agent.",
)

# %% [markdown]
# Fresh tosses would make the cheap agent the better buy by far. As its tries were recorded it is the other way round,
# and that with a check that never errs, which nobody has. (The law was fitted to one and two tries; the points are the
# recorded one to four. The leaderboard does not state which configuration of GPT-5.2 this row is.) The check that picks
# the right try costs money, too: put it into the price of a try.

# %% tags=["nbval-check-output"]
same = evaluation.at_equal_spend(law, board.usd[cheap], board.shares[dear, 0], board.usd[dear])
print(f"{same.tries:.1f} tries for {board.usd[dear]:.2f} USD: {same.reached:.0%} solved, not {same.if_independent:.0%}")
print(f"against one dear try: {100 * same.gain:+.0f} points")

# %%
tally("tasks")

# %% [markdown]
# | remember | |
# |---|---|
# | a lead | what counts are the tasks on which two designs part |
# | tasks needed | $((1.96\sqrt{s} + 0.84\sqrt{s-d^2})/d)^2$: half the difference, four times the tasks |
# | fifty tasks each | see nothing below 28 points near p = .5, 17 from .8 |
# | tries | are no tasks: 4 of 50 are worth 91 at a correlation of .40 |
# | looking early | ten looks at 5% are wrong 19% of the time; plan the bars, or bet |
# | a judge | shrinks every difference by d − f; take its errors out, and add their doubt |
# | a second model | everything between two models ends at 1 − both wrong; count that first |
# | the same money | let the cheap one spend what the dear one does, with tries as they were recorded |
#
# [Exercise 09, how many tasks](../my_work/09_how_many_tasks.ipynb), lets you plan a comparison of your own. The next
# lesson is [09, design under budgets](09_design_under_budgets.ipynb): all levers at once, and what each is worth.
