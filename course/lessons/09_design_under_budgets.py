# %% [markdown]
# # 09 Design under budgets
#
# *35 minutes.* Every lever so far was pulled alone. After this lesson you can
#
# - find the best of a hundred million designs under a budget, and say which budget binds;
# - price a lever: dollars and seconds for each point of reliability;
# - say from which value of a success on the next lever pays, and what a failure that does damage changes about it;
# - tell the advice that survives honest counting from the advice that does not.
#
# Terms that are new are explained where they first stand, and again in the [glossary](../docs/glossary.md).

# %%
from dataclasses import replace

import numpy as np

from labkit import PREMIUM, SMALL, Debate, Gate, Model, Person, chain, debate, easy, frontier, gate, plots
from labkit import reliability, retry, route, simulate
from labkit_workbook import check, explorers, given, hint, predict, table, tally
from labkit_workbook.explorers.limits import made_of

# %%
predict("budgets.again")

# %% [markdown]
# ## 1. A hundred million designs
#
# So far you pulled one lever at a time. Now all of them, on each step by itself. The chain is that of lesson 04: four
# hard steps, eight easy ones, one after another. An easy step may go to the small model. Any step may be checked, and
# retried once or twice; up to section 2 the check is perfect and free. That is 3 ways for a hard step and 6 for an easy
# one, and 3⁴ × 6⁸ designs in all.

# %%
twelve = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))


def ways(step, gates=None):
    """What a step may choose: hard steps stay premium."""
    models = [PREMIUM, SMALL] if easy(step) else [PREMIUM]
    return frontier.options(models=models, retries=[0, 1, 2], gates=gates)


# %% [markdown]
# Most of these designs are beaten: another one is at least as cheap, as quick *and* as sure, and better in one of the
# three. Those that nothing beats are the [Pareto frontier](../docs/glossary.md#pareto-frontier).

# %%
predict("budgets.frontier")

# %% tags=["predict", "hide-input"]
charged = frontier.pareto(twelve, ways, accounting="expected")
plots.trade_offs(
    charged.outcome,
    f"{len(charged)} of {charged.designs:,} designs, retries charged",
    {"as given: premium, no retry": twelve.outcome("expected"), "the cheapest": charged[0].outcome},
)

# %% tags=["predict", "nbval-check-output"]
print("Designs that no other beats, of all designs:")
print(f"{len(charged)} of {charged.designs:,}")

# %% [markdown]
# A hundred and some. Two things make that so. The steps are alike, so what counts is *how many* of them do what. And a
# part of a chain that is beaten stays beaten, whatever the rest does; so the search goes step by step and drops the
# losers. It is exact, not a sample.
#
# The chain that the text starts with is not on the frontier. Look straight up from it: nearly 100% for the same money.
# Look to the left: better, for less than half.

# %% [markdown]
# ## 2. Two budgets
#
# A budget is a line through that picture. Say that a task may cost 0.25 USD and take 15 s, both on average. A budget
# [binds](../docs/glossary.md#binding-budget) if its removal helps.


# %%
def numbers_of(designs):
    """The three numbers of designs, as columns of a table."""
    three = [design.outcome for design in designs]
    return {
        "USD": [f"{each.cost:.4f}" for each in three],
        "s": [f"{each.latency:.2f}" for each in three],
        "right": [f"{each.reliability:.2%}" for each in three],
    }


# %%
predict("budgets.two_budgets")

# %% tags=["predict", "nbval-check-output"]
budgets = {
    "0.25 USD and 15 s": {"max_cost": 0.25, "max_latency": 15},
    "15 s": {"max_latency": 15},
    "0.25 USD": {"max_cost": 0.25},
}
best = [charged.best(**each) for each in budgets.values()]
table({"budget": list(budgets), **numbers_of(best), "made of": [made_of(each) for each in best]})

# %% [markdown]
# Two easy steps stay on premium. Without the budget of dollars nothing changes; without that of seconds there is more
# to be had. So here the seconds bind, and whoever gets you more dollars gets you nothing.
#
# A budget that nothing keeps is an answer, too:

# %% tags=["nbval-check-output"]
try:
    charged.best(max_cost=0.15, max_latency=10)
except ValueError as impossible:
    print(*str(impossible).split("; "), sep="\n")

# %% [markdown]
# ## 3. The price of a lever
#
# What does a lever cost *for what it gives*? Divide: dollars for each [point](../docs/glossary.md#point) of
# reliability, seconds for each point. And V, the value of a success at which the lever changes nothing: a hundred times
# the dollars a point (lesson 05).
#
# Four levers on the twelve premium steps. The debate is three agents over two rounds on the four hard steps; that it
# leaves a fifth of the errors is what exercise 03 assumes for its debate. (Measured, a debate does not reliably beat
# asking one model several times and taking the majority, though tuned variants do better: Smit et al., ICML 2024,
# abstract.) The check costs one small call, notices 70% of what is wrong, and rejects 5% of what is right: made up, but
# of the kind one measures.

# %%
CHECK = Gate(detection=0.7, false_alarm=0.05, usd=SMALL.usd, sec=SMALL.sec)
hard = [f"hard-{i}" for i in range(1, 5)]
levers = {
    "one retry, a perfect check": lambda w: w.pipe(retry, 1),
    "one retry, a real check": lambda w: w.pipe(gate, 0.7, 0.05, 1, usd=SMALL.usd, sec=SMALL.sec),
    "debate the hard steps": lambda w: w.pipe(debate, 3, 2, hard, p=0.997),
    "route the easy steps": lambda w: w.pipe(route, SMALL, easy),
}

# %%
predict("budgets.prices")

# %% tags=["predict", "hide-input"]
prices = {how: frontier.marginal_prices(twelve, levers, how) for how in ("expected", "textbook")}
figure, ax = plots.canvas(height=2.6, width=8.2)
ranked = sorted(prices["expected"], key=lambda price: -price.usd_per_point)
for place, price in enumerate(ranked):
    ax.plot(price.usd_per_point, place, "o", color=plots.BLUE, markersize=10)
    words = f"{100 * price.usd_per_point:.2g} cents"
    ax.annotate(words, (price.usd_per_point, place), xytext=(9, -4), textcoords="offset points")
ax.set_yticks(range(len(ranked)), [price.lever for price in ranked])
ax.set(xscale="log", xlim=(1e-4, 0.6), ylim=(-0.6, 3.5), xlabel="USD for a point of reliability, retries charged")
ax.set_xticks((0.001, 0.01, 0.1), ("0.001", "0.01", "0.1"))
ax.set_title("A real check costs twenty times a perfect one", loc="left", weight="bold")
plots.Picture(
    figure,
    "USD for a point of reliability on a logarithmic axis: "
    + ", ".join(f"{price.lever} {price.usd_per_point:.5f}" for price in ranked)
    + ".",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
rows = [(how, price) for how in ("textbook", "expected") for price in prices[how]]
columns = {
    "USD": ("{:+.4f}", "usd"),
    "s": ("{:+.2f}", "sec"),
    "points": ("{:+.2f}", "points"),
    "USD a point": ("{:.5f}", "usd_per_point"),
    "s a point": ("{:.3f}", "sec_per_point"),
    "V (USD)": ("{:.3f}", "break_even_usd"),
}
table(
    {
        "retries": ["free" if how == "textbook" else "charged" for how, _ in rows],
        "lever": [price.lever for _, price in rows],
        **{head: [getattr(price, name) for _, price in rows] for head, (_, name) in columns.items()},
    },
    {head: form for head, (form, _) in columns.items()},
)

# %% [markdown]
# Read the last line the other way round. Routing *saves* money and *loses* points: V is the value of a success
# **below** which it pays, 0.95 USD.
#
# The text's retry is free; only the call of a real check is paid. Charged, with a perfect check, a point costs three
# hundredths of a cent. With a real check it costs two thirds of a cent, twenty times as much: the check looks at every
# answer, also at the right ones. And that is still a twentieth of what the debate asks. Seconds a point put these three
# in the same order; routing saves fewer seconds for each point it loses than the real check takes for each point it
# adds.
#
# A price holds for the *next* lever, not for the lever, which is why it is called a [marginal
# price](../docs/glossary.md#marginal-price).

# %%
predict("budgets.behind")

# %% tags=["predict", "nbval-check-output"]
talk = {"debate": levers["debate the hard steps"]}
before = {name: levers.get(name, lambda w: w)(twelve) for name in ("bare", *list(levers)[1::-1])}
after = [frontier.marginal_prices(workflow, talk, "expected")[0] for workflow in before.values()]
table(
    {"the debate, behind": list(before), "points": [price.points for price in after],
     "USD": [price.usd for price in after], "pays from V (USD)": [price.break_even_usd for price in after]},
    {"points": "{:+.2f}", "USD": "{:.2f}", "pays from V (USD)": "{:,.2f}"},
)  # fmt: skip

# %% [markdown]
# It more than doubles behind the real check, and behind the perfect one the debate has next to nothing left to do. Two
# levers for one error do not add up.

# %% [markdown]
# ## 4. What a failure does
#
# Section 3 took every failure to be worth nothing. But [lesson 03](03_reliability.ipynb) told two kinds of failure
# apart, and they do not cost the same. Put a price on each, and a task earns
#
# $$\text{profit} = V \cdot \text{right} - D \cdot \text{wrong} - H \cdot \text{refused} - \text{Cost},$$
#
# where D is the damage of a wrong answer that goes out, and H what it costs to say no: the person who then does the
# task, or a customer who leaves. A check lives on this difference. Of 1,000 tasks it repairs 70. Another 87 it cannot
# repair, and only keeps from being delivered wrong.

# %%
predict("budgets.damage")

# %% tags=["predict", "hide-input"]
followed = reliability.checked_chain(np.full(12, PREMIUM.p_ok), CHECK.detection, CHECK.false_alarm, retries=1)
bare, checked = (workflow.outcome("expected") for workflow in (twelve, levers["one retry, a real check"](twelve)))
gained, spared = followed.right - bare.reliability, bare.wrong - followed.wrong
more_usd = {
    "later steps are paid after a refusal": checked.cost - bare.cost,
    "the chain stops at a refusal": followed.calls * (PREMIUM.usd + CHECK.usd) - bare.cost,
}


def pays_from(usd, damage):
    """V from which the check pays, if a wrong answer costs so many V."""
    return usd / (gained + damage * spared)


damage = np.linspace(0, 3, 61)
picture = plots.curves(
    damage,
    {name: pays_from(usd, damage) for name, usd in more_usd.items()},
    "damage of a wrong answer, in values of a success (D / V)",
    "the check pays from V (USD)",
    "A check earns its money by what it stops",
    "V from which the check pays over the damage of a wrong answer, from 0 to 3 values of a success. Where later steps "
    "are paid it falls from 0.67 to 0.21 USD at D = V and 0.09 at 3; where the chain stops from 0.48 to 0.15 and 0.06.",
)
picture

# %% tags=["predict", "hide-input", "nbval-check-output"]
table(
    {"the check pays from V (USD)": list(more_usd),
     **{f"D = {d} V": [pays_from(usd, d) for usd in more_usd.values()] for d in (0, 1, 3)}},
    {f"D = {d} V": "{:.2f}" for d in (0, 1, 3)},
)  # fmt: skip

# %% [markdown]
# Without damage the check pays from 0.67 USD, as before, and with D = V from 0.21. Stop the chain at its first refusal
# (`when_rejected="halt"`), and it pays from 0.48 and 0.15. The answers are the same, and the calls that nobody needs
# any more are saved.
#
# And a refusal need not be the end. Put a `Person` behind each gate: for 2 USD and five minutes a look she notices nine
# in ten of the wrong answers that the gate stops, and puts them right (made up). Errors travel here, so the four
# designs are simulated, 200,000 tasks each.

# %% tags=["nbval-check-output"]
real = {"detection": 0.7, "false_alarm": 0.05, "retries": 1, "usd": SMALL.usd, "sec": SMALL.sec}
ways_to_end = {
    "no check": twelve,
    "check, later steps are paid": twelve.pipe(gate, **real),
    "check, the chain stops": twelve.pipe(gate, **real, when_rejected="halt"),
    "check, and a person": twelve.pipe(gate, **real, person=Person(usd=2.0, minutes=5, recall=0.9)),
}
runs = {name: simulate(workflow, 200_000, seed=9, propagation=1.0) for name, workflow in ways_to_end.items()}

# %% tags=["hide-input", "nbval-check-output"]
means = [run.outcome for run in runs.values()]
ends = {"right": "reliability", "wrong": "wrong", "refused": "refused"}
shares = {head: [getattr(mean, name) for mean in means] for head, name in ends.items()}
table(
    {"200,000 tasks": list(runs), **shares, "USD": [mean.cost for mean in means],
     "95% within (s)": [run.quantile(0.95) for run in runs.values()],
     "V = D = 1": [mean.profit(1, 1) for mean in means], "... and H = 1": [mean.profit(1, 1, 1) for mean in means],
     "V = D = 5": [mean.profit(5, 5) for mean in means]},
    {**dict.fromkeys(shares, "{:.1%}"), **dict.fromkeys(("USD", "V = D = 1", "... and H = 1", "V = D = 5"), "{:.2f}"),
     "95% within (s)": "{:.0f}"},
)  # fmt: skip

# %% [markdown]
# The person lifts what ends right to 98.9%. She costs 18 cents a task, more than three times what the check does, and
# 9% of the tasks now wait five minutes for her. At a dollar a success she is too dear, even if a refusal costs a dollar
# as well; at five dollars hers is the best of the four designs. (The bill of the second row is a little higher than the
# formula's: a step on a wrong input is rejected more often and tried again. Paid like that, the check pays from 0.77
# and 0.24 USD.)

# %% [markdown]
# ## 5. Where it pays
#
# Lesson 05 said: add coordination only where it pays. Now the whole ladder. Every step may be checked and retried,
# every easy step routed, every hard step debated. For each value of a success there is one design with the largest
# profit V · P − Cost. Let V grow from zero, and watch where the best design changes.


# %%
def ladder_ways(step, seen=CHECK):
    """Model, debate, and a check with retries; without a check there is no retry."""
    checks = [frontier.AS_IT_IS]
    for k in (1, 2):
        checks.append(frontier.Option(f"{k} retries", lambda step, k=k: replace(step, gate=seen, retries=k)))
    if easy(step):
        return frontier.combine(frontier.options(models=[SMALL, PREMIUM]), checks)
    return frontier.combine(frontier.options(debates=[None, Debate(3, 2, p=0.997)]), checks)


# %%
predict("budgets.ladder")

# %% tags=["predict", "nbval-check-output"]
rungs = frontier.pareto(twelve, ladder_ways, accounting="expected")
corners = frontier.break_even_values(rungs)
found = [rungs[corner.position] for corner in corners]
table(
    {"from V (USD)": [corner.value_usd for corner in corners], **numbers_of(found),
     "best design": [made_of(each) for each in found]},
    {"from V (USD)": "{:.2f}"}, caption=f"{rungs.designs:,} designs, {len(rungs)} on the frontier",
)  # fmt: skip

# %% [markdown]
# These are the numbers to know. The check pays from nine cents a success, on the hard steps from 48 cents; the better
# model on the easy steps from 2.40 USD; the debate from 42 USD. If you do not know which of these a success is worth,
# you cannot know which design to build.
#
# Two more things stand in this table. First, each rung changes *all* steps of a kind: where steps are alike, a lever
# that pays on one pays on all of them, for each sure step makes the next one worth more. Second, of more than a hundred
# designs on the frontier only five are best at any value. The rest are for those who have a budget and no V.
#
# For them, two budgets over this frontier. Find a pair in which the dollars bind, a pair in which the seconds do, and
# then the smallest budget of dollars for which a debate is bought.

# %%
explorers.budgets()

# %% [markdown]
# ## 6. What is left of the advice
#
# The same two questions under five ways to count: the surest design for 0.25 USD and 15 s; and the cheapest design that
# is right 90% of the time. The text tells two white lies about retries.

# %%
countings = {
    "as the text": ("textbook", None),
    "retries charged": ("expected", None),
    "... and 70% noticed": ("expected", [Gate(0.7)]),
    "... and 5% false alarms": ("expected", [Gate(0.7, 0.05)]),
    "worst case, all noticed": ("worst", None),
}

# %%
predict("budgets.harm")

# %% tags=["predict", "hide-input", "nbval-check-output"]
chosen = []
for how, gates in countings.values():
    every = frontier.pareto(twelve, lambda step: ways(step, gates), accounting=how)  # noqa: B023
    chosen.append((every.best(max_cost=0.25, max_latency=15), every.best(minimise="cost", min_reliability=0.90)))


def on_small(design):
    """How many steps are on the small model."""
    return sum(step.model == SMALL for step in design.workflow)


table(
    {
        "counted": list(countings),
        "surest for $0.25 and 15 s": [surest.outcome.reliability for surest, _ in chosen],
        "of 8 on small": [on_small(surest) for surest, _ in chosen],
        "cheapest for 90% (USD)": [cheapest.outcome.cost for _, cheapest in chosen],
        "of 8 on small ": [on_small(cheapest) for _, cheapest in chosen],
    },
    {"surest for $0.25 and 15 s": "{:.2%}", "cheapest for 90% (USD)": "{:.3f}"},
)

# %% [markdown]
# Charging the retries on average changes next to nothing. What slips through changes everything. With a perfect check
# the small model, retried, is surer than premium at one try, and the strong model is hardly needed. Let three failures
# in ten slip through, and 90% costs twice as much, because now premium has to do what the check did not. (The last row
# is for strict budgets, which must hold even when every step needs all its tries. That leaves fewer seconds and dollars
# for better models.)
#
# So the *levers* keep their order, and the *amounts* do not. The one number to measure before all others is the
# [recall](../docs/glossary.md#recall) of the check.

# %% [markdown]
# ## 7. The practical example
#
# Lesson 05's product: a router, then one call for a simple question, a debate for a hard one. We keep its router (one
# small call, never wrong) and its 90% recall, and let the last answer out even if the check objects. The check is
# section 3's: one small call, 0.4 s and 0.002 USD. Lesson 05 gave a debate nothing to be good at; here it gets a
# ceiling to break: one premium call answers a **hard** question right 90% of the time, and the debate 97%. Both are
# made up.
#
# The profit of a mixture is the mixture of the profits. So each kind of question climbs a ladder of its own.


# %%
def kind(question, ceiling, options, recall):
    """The frontier of one kind of question: the model or the debate, with or without a check and one retry."""
    seen = Gate(recall, when_rejected="pass", usd=SMALL.usd, sec=SMALL.sec)
    tried = frontier.Option("1 retry", lambda step: replace(step, gate=seen, retries=1))
    choices = frontier.combine(options, [frontier.AS_IT_IS, tried])
    one_call = chain(1, Model(PREMIUM.usd, PREMIUM.sec, ceiling, "premium"), question)
    return frontier.pareto(one_call, choices, accounting="expected", measures=("cost", "reliability"))


# %%
predict("budgets.hard_debate")


# %% tags=["predict", "hide-input", "nbval-check-output"]
def both_kinds(recall):
    """Simple questions and hard ones."""
    simple = kind("simple", PREMIUM.p_ok, frontier.options(models=[SMALL, PREMIUM]), recall)
    return simple, kind("hard", 0.90, frontier.options(debates=[None, Debate(3, 2, p=0.97)]), recall)


ladders = [
    (recall, found, corner) for recall in (0.9, 0.5) for found in both_kinds(recall)
    for corner in frontier.break_even_values(found)
]  # fmt: skip
options = [next(iter(found[corner.position].choices.items())) for _, found, corner in ladders]
table(
    {
        "check notices": [f"{recall:.0%}" for recall, _, _ in ladders],
        "question": [name.removesuffix("-1") for name, _ in options],
        "best": [best for _, best in options],
        "from V (USD)": [corner.value_usd for _, _, corner in ladders],
        "USD": [corner.cost for _, _, corner in ladders],
        "right": [corner.reliability for _, _, corner in ladders],
    },
    {"from V (USD)": "{:.3f}", "USD": "{:.4f}", "right": "{:.2%}"},
)

# %% [markdown]
# From 10 USD an answer, if the check notices 90%. From 3.80 USD, if it notices half: the worse the check, the sooner a
# debate pays. The check with its retry pays from five to eight cents.

# %% [markdown]
# ## 8. A month
#
# Prices a task are hard to feel. A thousand tasks a day, thirty days; a success is worth 0.50 USD (both made up).
# Levers are added one after another, honestly charged, with the real check.

# %%
CHECKED = {"usd": SMALL.usd, "sec": SMALL.sec}
routed = twelve.pipe(route, SMALL, easy)
all_checked = routed.pipe(gate, 0.7, 0.05, 2, **CHECKED)
month = {
    "12 premium steps": twelve,
    "+ route the easy steps": routed,
    "+ check and retry the easy": routed.pipe(gate, 0.7, 0.05, 2, easy, **CHECKED),
    "+ check and retry the hard": all_checked,
    "+ debate the hard": all_checked.pipe(debate, 3, 2, hard, p=0.997),
}

# %%
predict("budgets.month")

# %% tags=["predict", "nbval-check-output"]
outcomes = [workflow.outcome("expected") for workflow in month.values()]
bills = np.array([30_000 * outcome.cost for outcome in outcomes])
successes = np.array([30_000 * outcome.reliability for outcome in outcomes])
table(
    {"30,000 tasks": list(month), "bill (USD)": bills, "successes": successes,
     "profit (USD)": 0.5 * successes - bills,
     "... if D = 0.50": [30_000 * outcome.profit(0.5, 0.5) for outcome in outcomes],
     "s a task": [outcome.latency for outcome in outcomes]},
    {**dict.fromkeys(("bill (USD)", "successes", "profit (USD)", "... if D = 0.50"), "{:,.0f}"), "s a task": "{:.1f}"},
)  # fmt: skip

# %% [markdown]
# The debate changes both most, for the worse: it burns 19,000 USD for 400 successes. Of the levers that help, routing
# changes most. It takes 6,700 USD off the bill and loses 7,100 successes, which leaves 3,200 USD more profit. The check
# on the easy steps buys back 6,300 of these successes for 570 USD, which is nine cents for each, where each is worth
# fifty. The check on the hard steps only just pays at this value (section 5 said from 0.48), unless a wrong answer
# does damage: the fifth column takes 0.50 USD off for each that is delivered. (Here each step fails on its own; where
# errors travel, the checks keep more of them in.)
#
# **Question.** One lever, another month: the numbers are in `g`. What does it add to the month's profit, if every step
# is retried once, every failure is noticed, and retries are charged on average?

# %%
g = given("lesson_budgets")
g

# %%
month_gain = ...  # your number here

check("lesson_budgets.month_gain", month_gain)

# %% [markdown]
# ## 9. A map of advice
#
# Exercise 03 asked for bare, retry or debate on one critical step, and found that the advice hangs on two things: the
# latency budget, and the share of the failures that is noticed. Two things make a map. For each point of it: of what
# fits into the budget at its worst, the surest.

# %%
predict("budgets.map")

# %% tags=["predict"]
explorers.debate_or_retry()

# %% [markdown]
# The debate has a corner: where there is time for it, and the check misses more than 16% of the failures. Between 22
# and 24 s there is no choice. Below 22 s no detector helps, for there is no time to use it. And where the check is
# good, more time changes nothing. Move to 25 s and find that border yourself; how much reliability changes hands at it?
#
# The text asked at which *budget* the advice flips. From 24 s on no budget flips it: the recall does.

# %%
tally("budgets")

# %% [markdown]
# | remember | |
# |---|---|
# | Pareto frontier | about a hundred of a hundred million designs |
# | a budget binds | if its removal helps; spend nothing on the other |
# | price of a lever | dollars and seconds a point, of the *next* lever |
# | a failure | right, wrong and delivered, refused: the damage of the second makes a check pay three times sooner |
# | where it pays | here: check and retry from cents, the better model from dollars, the debate from tens of dollars |
# | steps alike | a lever that pays on one pays on all |
# | free retries | a small lie; a perfect check is the big one |
#
# Now do [exercise 05, spend a budget](../my_work/05_spend_a_budget.ipynb): there the budgets are yours. Then [lesson
# 10, a real system](10_a_real_system.ipynb): models that make mistakes of their own. What a framework's own budget
# does, such as LiteLLM's, [lesson 11](11_in_production.ipynb) measures.
