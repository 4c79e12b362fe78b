# %% [markdown]
# # 03 Reliability: the product
#
# *30 minutes.* After this lesson you can
#
# - say how often a chain of steps succeeds, and how sure each step must be;
# - price a retry in attempts, and say what it needs in order to work;
# - compute what a gate does, and name the assumption that real agents break;
# - tell a wrong answer that is delivered from one that is refused, and say which gate does what to them.

# %%
import numpy as np

from labkit import PREMIUM, chain, gate, plots, reliability, retry, simulate
from labkit_workbook import check, explorers, given, hint, predict, published, table, tally

# %%
predict("reliability.again")

# %% [markdown]
# ## 1. How often is a long task right?
#
# A step that is right 99 times out of 100 sounds like a finished product. But the task of an agent is seldom one step,
# and a user does not count steps: she looks at the end, and there the task is right only if every step was.

# %%
predict("reliability.fifty")

# %% tags=["predict", "nbval-check-output"]
steps = np.array([1, 10, 25, 50, 100])
table(
    {"steps at 99%": steps, "the task is right": reliability.chain_success(0.99, steps)},
    {"the task is right": "{:.1%}"},
)

# %% [markdown]
# The law behind the table is the [product law](../docs/glossary.md#product-law). If no step fails more often because
# another one did, which is what [independent](../docs/glossary.md#independent) means, then the chances of all steps are
# multiplied:
#
# $$P = \prod_{s} p_s = p^S \quad\text{when all } S \text{ steps are alike.}$$
#
# There is no need to believe a formula that you can try. Below, 200,000 tasks of twelve premium steps are rolled with
# dice: each row is a task, each column a step, and a task counts if its whole row came out right.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(3)
tasks = rng.random((200_000, 12)) < PREMIUM.p_ok
all_right = tasks.all(axis=1)
error = all_right.std() / len(all_right) ** 0.5
table(
    {
        "by dice": [f"{all_right.mean():.4f} ± {error:.4f}"],
        "by formula": [f"{reliability.chain_success(PREMIUM.p_ok, 12):.4f}"],
    }
)

# %% [markdown]
# ## 2. When does failure become likelier?
#
# The premium model of this course is right 98.5% of the time. Sooner or later a chain of its calls fails more often
# than it succeeds, and from there on a coin would do better.

# %%
predict("reliability.half_steps")

# %% tags=["predict", "hide-input"]
n = np.arange(1, 61)
plots.curves(
    n,
    {f"p = {p}": reliability.chain_success(p, n) for p in (0.999, 0.99, 0.985, 0.95)},
    "steps",
    "end-to-end success",
    "Small differences in p, large ones at the end",
    "Four falling curves over 1 to 60 steps: p 0.999 stays at 94%, 0.99 falls to 55%, 0.985 to 40%, 0.95 to 5%.",
    percent=True,
)

# %% tags=["predict", "nbval-check-output"]
p = (0.9, 0.95, 0.985, 0.99, 0.999)
table({"p of a step": p, "below one half from": [f"{reliability.steps_until_below(each, 0.5):g} steps" for each in p]})

# %% [markdown]
# Look at the right end of the picture. Between 0.985 and 0.999 lies a difference of which nobody would speak after one
# step; after sixty it is the difference between 40% and 94%. So there are two ways out: a smaller exponent, which
# means fewer steps, or a bigger base, which means surer ones.
#
# **Question.** You want the chain in `g` to reach its target. How sure must each step be? (Please give five digits;
# this far up they matter.)

# %%
g = given("lesson_reliability")
g

# %%
needed = ...  # your number here

check("lesson_reliability.needed_p", needed)

# %% [markdown]
# ## 3. What is a retry worth?
#
# The cheapest way to a surer step is to do it again when it went wrong. Suppose that somebody notices every failure,
# and that the second attempt is a fresh toss of the same coin.

# %%
predict("reliability.one_retry")

# %% tags=["predict", "nbval-check-output"]
twelve = chain(12, PREMIUM)
twelve.pipe(retry, 1)

# %% [markdown]
# A step that may be tried again $k$ times fails for good only if all $k + 1$ attempts fail, so
#
# $$p \;\to\; 1-(1-p)^{k+1} .$$
#
# With one retry a premium step goes from 0.985 to 0.999775. On average that takes 1.5% more calls, since a second
# attempt is needed 15 times in a thousand. It is the best bargain in this course, so look at it with suspicion. It
# stands on two assumptions:
#
# 1. every failure is **noticed**;
# 2. the second try is **independent** of the first.
#
# ## 4. What if failures go unnoticed?
#
# Somebody has to say that an answer is wrong before anyone tries again: a test, a rule, a second model. Call it a
# [detector](../docs/glossary.md#detection), and take the first assumption away from the twelve steps.

# %%
predict("reliability.half_noticed")

# %% tags=["predict", "hide-input"]
d = np.linspace(0, 1, 51)
step = reliability.with_detected_retry(PREMIUM.p_ok, d, PREMIUM.p_ok)
plots.curves(
    d,
    {"twelve retried steps": reliability.chain_success(step, 12)},
    "share of failures that are noticed (recall d)",
    "end-to-end success",
    "No detector, no gain",
    "Success of twelve steps, each retried once if its failure is noticed, over the share of failures that are "
    "noticed: a rising line, slightly bent, from 83% to nearly 100%.",
    percent=True,
)

# %% tags=["predict", "nbval-check-output"]
d = np.array([0, 0.5, 0.9, 1])
step = reliability.with_detected_retry(PREMIUM.p_ok, d, PREMIUM.p_ok)
right = reliability.chain_success(step, 12)
table(
    {"failures noticed": d, "one step": step, "twelve steps": right},
    {"failures noticed": "{:.0%}", "one step": "{:.4f}", "twelve steps": "{:.1%}"},
)

# %% [markdown]
# A detector that notices a share $d$ of the failures has a [recall](../docs/glossary.md#recall) of $d$. Write $r$ for
# how often the second try is right, the [recovery](../docs/glossary.md#recovery). Then a step with one retry is right
# with probability
#
# $$p + (1-p)\,d\,r .$$
#
# The gain is a product. Where nothing is noticed, or where the second try repeats the mistake of the first, the other
# factor does not matter.
#
# ## 5. Five tries, recorded
#
# Now both assumptions at once, on a recording: GPT-4-0613 on HumanEval, in runs of Kapoor et al. 2024. Its 164
# programming tasks were run five times, which makes 820 answers, and one call solves .865 of them. Each task also
# shows a few example tests. Where an answer fails these, the model is asked again, up to four more times:
# [blindly](../docs/glossary.md#blind-retry), which means that it is not told what went wrong, and at
# [temperature](../docs/glossary.md#temperature) 0, where a model nearly repeats itself. Other tests, which stay
# hidden, say in the end what was right.

# %%
predict("reliability.five_tries")

# %% tags=["predict", "hide-input"]
cold, warm = (published.humaneval_retries("GPT-4-0613", way) for way in ("cold", "warm"))
noticed = reliability.with_detected_retry(cold.p, cold.recall, cold.recovery)
if_fresh = reliability.with_detected_retry(cold.p, cold.recall, reliability.with_retries(cold.p, 3))
plots.law_and_record(
    {
        "law: five tries": reliability.with_retries(cold.p, 4),
        "... of what is noticed": if_fresh,
        "p + (1-p) d r": noticed,
    },
    {"one call": cold.p, "up to five, temperature 0": cold.solved, "up to five, warm": warm.solved},
    "share solved (GPT-4-0613 on HumanEval; runs of Kapoor et al. 2024)",
    "Five tries keep little of what the law promises",
    "Shares on one axis. The law promises 1.000, and .948 if only the noticed failures are tried again; the law with "
    "recall and recovery says .888. Recorded: one call .865, up to five at temperature 0 .888, warm .906.",
)

# %% [markdown]
# That is far from what the law of section 3 promises, which is all but one task in twenty thousand. So some wrong
# answers outlive five tries. Is that because the model cannot do better, or because the example tests do not see that
# the answer is wrong?

# %%
predict("reliability.accepted")

# %% tags=["predict", "nbval-check-output"]
ways = {"0": cold, "0, then 0.3, then 0.5": warm}
table(
    {
        "temperature": ways,
        "wrong in the end": [found.unsolved for found in ways.values()],
        "of these accepted": [found.accepted_wrong for found in ways.values()],
        "at the first try": [found.accepted_wrong_at_first for found in ways.values()],
        "rejected at first": [found.rejected_at_first for found in ways.values()],
        "of these right in the end": [found.rejected_then_right for found in ways.values()],
    }
)

# %% [markdown]
# What the example tests accept is never tried again, however many tries there are. They let 43 of 111 wrong first
# answers pass, so $d = .61$. That alone takes the promise from 1.000 to .948, and half of what stays wrong in the end
# was never **noticed**.
#
# The rest is lost to the second assumption. Of the failures that were noticed, four more tries at temperature 0 repair
# only $r = .28$. Warm, the same model varies more, and half of its rejected answers end right instead of three in ten.
# So .888 belongs to this model, *this check and this temperature*. Put side by side:

# %% tags=["nbval-check-output", "hide-input"]
five = reliability.with_retries(cold.p, 4)
rows = (
    ("law, five tries", f"{five:.5f}", "every failure noticed, every try fresh"),
    ("... of what is noticed", f"{if_fresh:.3f}", f"d = {cold.recall:.2f}"),
    ("p + (1-p) d r", f"{noticed:.3f}", f"d = {cold.recall:.2f}, r = {cold.recovery:.2f}"),
    ("recorded, temperature 0", f"{cold.solved:.3f}", f"{cold.answers} answers: 164 tasks, 5 runs, up to 5 tries each"),
    ("recorded, warm", f"{warm.solved:.3f}", "the same, at temperature 0, then 0.3, then 0.5"),
)
table(dict(zip(("who says it", "share solved", "with"), zip(*rows, strict=True), strict=True)), {"share solved": "{}"})

# %% [markdown]
# The law with $d$ and $r$ meets the record exactly. That proves nothing, for $d$ and $r$ were counted on it; it says
# *where* the rest went. (Two of the 70 rejected answers were right; that is inferred from the separate run of one call
# each.) When you read that retries lift a p to some figure, ask for the recall of the check first, then for the
# temperature. For blind tries, read the text's law as an upper bound. An [informed
# retry](../docs/glossary.md#informed-retry), which is shown its error message, is another matter.
#
# ## 6. What does a check do on its own?
#
# A [gate](../docs/glossary.md#gate) checks each answer before it goes on. It goes by many names: a validation gate or a
# guardrail where a rule or a test says yes or no, a **verifier** or a **critic** where another model reads the answer
# and is paid for it, every time. Like every detector it misses some bad answers, and it also makes the opposite
# mistake: now and then it rejects an answer that was good.

# %%
predict("reliability.gate_alone")

# %% tags=["predict", "nbval-check-output"]
retries = np.arange(3)
gated = reliability.gated(PREMIUM.p_ok, detection=0.9, false_alarm=0.05, retries=retries)
table(
    {"retries": retries, "p of a step": gated.p, "attempts": gated.attempts, "chain of 12": gated.p**12},
    {"p of a step": "{:.4f}", "attempts": "{:.3f}", "chain of 12": "{:.2%}"},
)

# %% [markdown]
# Say that a gate rejects bad answers with probability $d$ and good ones, by mistake, with probability $f$ (its [false
# alarms](../docs/glossary.md#false-alarm)). Then an attempt is rejected with $q = p f + (1-p) d$, and a gate with $k$
# retries that lets nothing rejected through gives
#
# $$P = p(1-f)\,\frac{1-q^{k+1}}{1-q}, \qquad \text{attempts} = \frac{1-q^{k+1}}{1-q}.$$
#
# With $k = 0$ that is $p(1-f)$, less than p: nothing is repaired, and good answers are thrown away. A gate pays when
# something is done with what it rejects.
#
# One thing is still open. What happens to a task whose *last* attempt is rejected too? There is a choice of three.

# %%
predict("reliability.last_rejected")

# %% tags=["predict", "nbval-check-output"]
ends = ("fail", "pass", "halt")
designs = [twelve.pipe(gate, 0.9, 0.05, retries=1, when_rejected=end) for end in ends]
outcomes = [design.outcome("expected") for design in designs]
table(
    {"when rejected twice": ends, "cost (USD)": [outcome.cost for outcome in outcomes],
     "right": [outcome.reliability for outcome in outcomes],
     "wrong and delivered": [outcome.wrong for outcome in outcomes],
     "refused": [outcome.refused for outcome in outcomes]},
    {"cost (USD)": "{:.4f}", **dict.fromkeys(("right", "wrong and delivered", "refused"), "{:.2%}")},
)  # fmt: skip

# %% [markdown]
# To pass the last answer on keeps what was good among the rejected; to halt saves the steps that would have come after.
# To fail and go on paying does neither. But look at the last two columns. A task does not end in one of two ways, it
# ends in one of three: right, wrong and delivered, or **refused**. The gate that passes everything on refuses nothing,
# and whoever reads its answers cannot tell the wrong ones. A refusal is a failure too, and an honest one: somebody
# knows. [Lesson 09](09_design_under_budgets.ipynb) puts a price on the difference.
#
# ## 7. Does it matter that errors travel?
#
# The law multiplies the p of steps that are independent. In a real chain a later step reads what an earlier one wrote,
# and builds on it: the text calls that errors which compound, others **cascading errors**. If one mistake already
# spoils the task, they change nothing about how often it ends right, for the product asks only whether there was a
# first mistake. They do change what becomes of the others. Take twelve premium steps behind gates that notice 70% of
# the wrong answers and reject 5% of the right ones, with one retry; after a mistake that slipped through, every later
# step is wrong as well, whatever it does.

# %%
predict("reliability.travel")

# %% tags=["predict", "hide-input"]
GATE = {"detection": 0.7, "false_alarm": 0.05, "retries": 1}
alone = twelve.pipe(gate, **GATE).outcome()
travel = reliability.checked_chain(np.full(12, PREMIUM.p_ok), **GATE)
ends = {
    "no gate": (PREMIUM.p_ok**12, 1 - PREMIUM.p_ok**12, 0.0),
    "gates, if each step failed on its own": (alone.reliability, alone.wrong, alone.refused),
    "gates, and errors that travel": (travel.right, travel.wrong, travel.stopped),
}
figure, ax = plots.canvas(height=2.7, width=8.4)
for row, shares in enumerate(reversed(ends.values())):
    start = 0.0
    for share, colour in zip(shares, (plots.GREEN, plots.ORANGE, plots.GREY), strict=True):
        ax.barh(row, share, left=start, height=0.6, color=colour)
        start += share
ax.set_yticks(range(3), reversed(list(ends)))
ax.set(xlim=(0.75, 1.0), xticks=(0.8, 0.9, 1.0), xticklabels=("80%", "90%", "100%"), xlabel="share of the tasks")
for at, word, colour in ((0.76, "right", "white"), (0.915, "wrong and delivered", "white")):
    ax.text(at, 2, word, color=colour, va="center", weight="bold")
ax.text(0.955, 0, "refused", color="white", va="center", ha="center", weight="bold")
ax.set_title("Later gates see what the first one overlooked", loc="left", weight="bold")
plots.Picture(
    figure,
    "Three bars, each a hundred percent of the tasks, shown from 75%: "
    + "; ".join(f"{name}: right {r:.1%}, wrong {w:.1%}, refused {s:.1%}" for name, (r, w, s) in ends.items())
    + ".",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
rolled = simulate(twelve.pipe(gate, **GATE), 200_000, seed=3, propagation=1.0)
dice = [values.mean() for values in (rolled.success, rolled.wrong, rolled.refused)]
right, wrong, refused = zip(*ends.values(), dice, strict=True)
table(
    {"twelve premium steps": [*ends, "... by dice, 200,000 tasks"], "right": right, "wrong and delivered": wrong,
     "refused": refused},
    dict.fromkeys(("right", "wrong and delivered", "refused"), "{:.1%}"),
)  # fmt: skip

# %% [markdown]
# As many tasks end right as before. But of the 96 in 1,000 that do not, only nine are delivered: a wrong result must
# get past every gate that is left, and each lets it through with 1 − 0.7² = 51% (the retry is a second chance to be
# overlooked). What slips out are mistakes of the last few steps. So if errors travel, put the best check at the
# **end**, and do not count on later steps to repair anything: where you measure a step on clean inputs, you get a p
# that is too high for the middle of a chain. [Lesson 06](06_tries_that_are_not_alike.ipynb) puts numbers on that in
# section 9.
#
# ## 8. Play: walk away from the cliff
#
# Below is a chain at p = 0.985, with one retry a step. One line is what the text promises. Another, *as set*, is what
# is left of the promise when only some failures are noticed and a second try resembles the first (its
# [correlation](../docs/glossary.md#correlation) is 0 for a fresh toss and 1 for the same answer again). Three things
# to find:
#
# 1. With everything noticed and correlation 0, how many retries does a chain of 100 steps need to reach 99%?
# 2. With 90% noticed, is there any number of retries that gets it there?
# 3. Let everything be noticed again. How much correlation does it take until two retries are not enough, and until
#    three are not?

# %%
explorers.product_law()

# %% [markdown]
# With everything noticed two fresh retries are enough (99.97%; one gives 97.8%). Two miss the 99% by a hair at a
# correlation of 0.05, and three miss it at 0.2. With 90% noticed no number of retries gets there: what is never
# noticed is a floor under the failures that no retry reaches. At p = 0.985 that floor is 0.15% a step, which over a
# hundred steps is one task in seven.

# %%
tally("reliability")

# %% [markdown]
# | remember | |
# |---|---|
# | chain | $p^S$: fewer steps, or surer ones |
# | needed p | target$^{1/S}$ |
# | $k$ retries | $p \to 1-(1-p)^{k+1}$, **if** failures are noticed and tries independent |
# | detection $d$, recovery $r$ | $p + (1-p) d r$ |
# | gate, verifier, critic | helps only with something to do after a rejection; a critic is paid for each answer |
# | three ends | right, wrong and delivered, refused: ask for all three |
# | cascading errors | as many tasks right; later gates turn wrong answers into refusals |
# | recorded blind tries | five, at temperature 0, lift .865 to .888, not to .99995; half of the rest went unnoticed |
#
# Now do [exercise 03, debate or retry](../my_work/03_debate_vs_retry.ipynb). Then [lesson 04](04_levers.ipynb).
