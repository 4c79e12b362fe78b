# %% [markdown]
# # 09 Design under budgets
#
# *45 minutes.* After this lesson you can
#
# - find the best of a hundred million designs under a budget, and say which budget binds;
# - price a lever: dollars and seconds for each point of reliability;
# - say from which value of a success on the next lever pays;
# - tell the advice that survives honest counting from the advice that does not.

# %%
from dataclasses import replace

import numpy as np

from labkit import PREMIUM, SMALL, Debate, Gate, Model, chain, debate, easy, gate, retry, route
from labkit_workbook import check, given, hint
from labkit import frontier, plots

# %% [markdown]
# ## 1. A hundred million designs
#
# So far you pulled one lever at a time. Now all of them, on each step by itself. The chain is that of lesson 04: four
# hard steps, eight easy ones, one after another. An easy step may go to the small model. Any step may be retried once
# or twice. That is 3 ways for a hard step and 6 for an easy one.
#
# Most of these designs are beaten: another one is at least as cheap, as quick *and* as sure, and better in one of the
# three. Those that nothing beats are the **Pareto frontier**.
#
# **Predict.** There are 3⁴ × 6⁸ = 136,048,896 designs. How many of them are on the frontier: a hundred, ten thousand,
# a million?

# %% tags=["nbval-check-output"]
twelve = chain(4, PREMIUM, "hard").then(chain(8, PREMIUM, "easy", difficulty="easy"))
tries = [0, 1, 2]


def ways(step, gates=None):
    """What a step may choose: hard steps stay premium."""
    models = [PREMIUM, SMALL] if easy(step) else [PREMIUM]
    return frontier.options(models=models, retries=tries, gates=gates)


charged = frontier.pareto(twelve, ways, accounting="expected")
print(f"{len(charged)} of {charged.designs:,} designs")

# %%
plots.trade_offs(
    charged.outcome,
    "The frontier of the twelve steps, retries charged",
    {"as given: premium, no retry": twelve.outcome("expected"), "the cheapest": charged[0].outcome},
)

# %% [markdown]
# A hundred and some. Two things make that so. The steps are alike, so what counts is *how many* of them do what. And
# a part of a chain that is beaten stays beaten, whatever the rest does; so the search goes step by step and drops the
# losers. It is exact, not a sample.
#
# The chain that the text starts with is not on the frontier. Look straight up from it: nearly 100% for the same
# money. Look to the left: better, for less than half.

# %% [markdown]
# ## 2. Two budgets
#
# A budget is a line through that picture. Say a task may cost 0.25 USD and take 15 s, both on average.
#
# **Predict.** How many of the eight easy steps can stay on premium? Which budget stops you?

# %% tags=["nbval-check-output"]
from collections import Counter


def made_of(design):
    """How many hard and easy steps go which way."""
    kinds = Counter(
        (step.name.split("-")[0], step.model.name, f"{step.retries:g} retries", "debated" if step.debate else "")
        for step in design.workflow
    )
    return ", ".join(f"{n} {' '.join(kind).strip()}" for kind, n in kinds.items())


for budgets in ({"max_cost": 0.25, "max_latency": 15}, {"max_latency": 15}, {"max_cost": 0.25}):
    found = charged.best(**budgets)
    print(f"{budgets}\n    {found.outcome.numbers()}\n    {made_of(found)}")

# %% [markdown]
# Two. Without the budget of dollars nothing changes; without that of seconds there is more to be had. A budget
# *binds* if its removal helps, so here the seconds bind. Whoever gets you more dollars gets you nothing.
#
# A budget that nothing keeps is an answer, too:

# %% tags=["nbval-check-output"]
try:
    charged.best(max_cost=0.15, max_latency=10)
except ValueError as impossible:
    print(impossible)

# %% [markdown]
# ## 3. The price of a lever
#
# What does a lever cost *for what it gives*? Divide: dollars for each point of reliability, seconds for each point.
# And V, the value of a success at which the lever changes nothing: a hundred times the dollars a point (lesson 05).
#
# Four levers on the twelve premium steps. The debate is three agents over two rounds on the four hard steps; that it
# leaves a fifth of the errors is what exercise 03 assumes for its debate. (Measured, a debate does not reliably beat
# asking one model several times and taking the majority, though tuned variants do better: Smit et al., ICML 2024,
# abstract.) The check costs one small call, notices 70% of what is wrong, and rejects 5% of what is right: made up, but
# of the kind one measures.
#
# **Predict.** Rank the four by dollars a point, the cheapest first. By how much does the price of a retry rise when
# it is charged, and when its check is a real one?

# %% tags=["nbval-check-output"]
CHECK = Gate(detection=0.7, false_alarm=0.05, usd=SMALL.usd, sec=SMALL.sec)
hard = [f"hard-{i}" for i in range(1, 5)]
levers = {
    "one retry, a perfect check": lambda w: w.pipe(retry, 1),
    "one retry, a real check": lambda w: w.pipe(gate, 0.7, 0.05, 1, usd=SMALL.usd, sec=SMALL.sec),
    "debate the hard steps": lambda w: w.pipe(debate, 3, 2, hard, p=0.997),
    "route the easy steps": lambda w: w.pipe(route, SMALL, easy),
}


def price_table(workflow, accounting):
    """What each lever does to the workflow, and what a point costs."""
    print(f"{accounting:30}{'USD':>9}{'s':>8}{'points':>8}{'USD/point':>11}{'s/point':>9}{'V (USD)':>9}")
    for price in frontier.marginal_prices(workflow, levers, accounting):
        print(f"{price.lever:30}{price.usd:>+9.4f}{price.sec:>+8.2f}{price.points:>+8.2f}"
              f"{price.usd_per_point:>11.5f}{price.sec_per_point:>9.3f}{price.break_even_usd:>9.3f}")  # fmt: skip


price_table(twelve, "textbook")
price_table(twelve, "expected")

# %% [markdown]
# Read the last line the other way round. Routing *saves* money and *loses* points: V is the value of a success
# **below** which it pays, 0.95 USD.
#
# The text's retry is free; only the call of a real check is paid. Charged, with a perfect check, a point costs three
# hundredths of a cent. With a real check it costs two thirds of a cent, twenty times as much: the check looks at
# every answer, also at the right ones. And that is still a twentieth of what the debate asks. Seconds a point put
# these three in the same order; routing saves fewer seconds for each point it loses than the real check takes for
# each point it adds.

# %% [markdown]
# A price holds for the *next* lever, not for the lever. **Predict.** The chain is retried already. What becomes of
# the debate's price, behind a real check and behind a perfect one?

# %% tags=["nbval-check-output"]
talk = {"debate": levers["debate the hard steps"]}
for label in ("bare", "one retry, a real check", "one retry, a perfect check"):
    before = levers[label](twelve) if label in levers else twelve
    (price,) = frontier.marginal_prices(before, talk, "expected")
    print(f"{label:28}{price.points:+.2f} points for ${price.usd:.2f}: pays from V = ${price.break_even_usd:,.2f}")

# %% [markdown]
# It more than doubles behind the real check, and behind the perfect one the debate has next to nothing left to do.
# Two levers for one error do not add up.

# %% [markdown]
# ## 4. Where it pays
#
# Lesson 05 said: add coordination only where it pays. Now the whole ladder. Every step may be checked and retried,
# every easy step routed, every hard step debated. For each value of a success there is one design with the largest
# profit V · P − Cost. Let V grow from zero, and write down where the best design changes.
#
# **Predict.** Order these by the V from which they pay: the debate on the hard steps; the check with a retry on the
# easy steps; the same on the hard steps; premium on the easy steps.


# %% tags=["nbval-check-output"]
def ladder_ways(step, seen=CHECK):
    """Model, debate, and a check with retries; without a check there is no retry."""
    checks = [frontier.AS_IT_IS]
    for k in (1, 2):
        checks.append(frontier.Option(f"{k} retries", lambda step, k=k: replace(step, gate=seen, retries=k)))
    if easy(step):
        return frontier.combine(frontier.options(models=[SMALL, PREMIUM]), checks)
    return frontier.combine(frontier.options(debates=[None, Debate(3, 2, p=0.997)]), checks)


def ladder(found):
    """From which value of a success on which design is worth most."""
    for corner in frontier.break_even_values(found):
        design = found[corner.position]
        print(f"from V = ${corner.value_usd:<7.2f} {design.outcome.numbers()}\n    {made_of(design)}")


rungs = frontier.pareto(twelve, ladder_ways, accounting="expected")
print(f"{rungs.designs:,} designs, {len(rungs)} on the frontier")
ladder(rungs)

# %% [markdown]
# These are the numbers to know. The check pays from nine cents a success, on the hard steps from 48 cents; the better
# model on the easy steps from 2.40 USD; the debate from 42 USD. If you do not know which of these a success is worth,
# you cannot know which design to build.
#
# Two more things stand in this table. First, each rung changes *all* steps of a kind: where steps are alike, a lever
# that pays on one pays on all of them, for each sure step makes the next one worth more. Second, of more than a
# hundred designs on the frontier only five are best at any value. The rest are for those who have a budget and no V.
#
# Play: two budgets over this frontier. Find one that binds in dollars, one that binds in seconds, and the cheapest
# budget for which a debate is bought.

# %%
from labkit_workbook import explorers

explorers.budgets()

# %% [markdown]
# ## 5. What is left of the advice
#
# The same two questions under five ways to count: the surest design for 0.25 USD and 15 s; and the cheapest design
# that is right 90% of the time.
#
# **Predict.** The text counts retries as free and every failure as noticed. Which of the two does more harm to its
# advice: that retries cost, or that failures slip through?

# %% tags=["nbval-check-output"]
countings = {
    "as the text": ("textbook", None),
    "retries charged": ("expected", None),
    "... and 70% noticed": ("expected", [Gate(0.7)]),
    "... and 5% false alarms": ("expected", [Gate(0.7, 0.05)]),
    "worst case, all noticed": ("worst", None),
}
print(f"{'':26}{'surest for $0.25 and 15 s':34}cheapest for 90%")
for label, (accounting, gates) in countings.items():
    found = frontier.pareto(twelve, lambda step: ways(step, gates), accounting=accounting)  # noqa: B023
    surest, cheapest = found.best(max_cost=0.25, max_latency=15), found.best(minimise="cost", min_reliability=0.90)
    small, few = (sum(step.model == SMALL for step in d.workflow) for d in (surest, cheapest))
    right, usd = surest.outcome.reliability, cheapest.outcome.cost
    print(f"{label:26}{right:.2%} with {small} of 8 on small     ${usd:.3f} with {few} of 8 on small")

# %% [markdown]
# Charging the retries on average changes next to nothing. What slips through changes everything. With a perfect check
# the small model, retried, is surer than premium at one try, and the strong model is hardly needed. Let three failures
# in ten slip through, and 90% costs twice as much, because now premium has to do what the check did not. (The last row
# is for strict budgets. They must hold when every step needs all its tries, and that uses the room up.)
#
# So the *levers* keep their order, and the *amounts* do not. The one number to measure before all others is the
# recall of the check.

# %% [markdown]
# ## 6. The practical example
#
# Lesson 05's product: a router, then one call for a simple question, a debate for a hard one. We keep its router (one
# small call, never wrong) and its 90% recall, let the last answer out even if the check objects, and say that seven
# questions of ten are simple. The check is section 3's: one small call, 0.4 s and 0.002 USD. Lesson 05 gave a debate
# nothing to be good at; here it gets a ceiling to break: one premium call answers a **hard** question right 90% of the
# time, and the debate 97%. Both are made up.
#
# The profit of a mixture is the mixture of the profits. So each kind of question climbs a ladder of its own.
#
# **Predict.** From which value of an answer on is the debate worth it, on the hard questions?


# %% tags=["nbval-check-output"]
def kind(question, ceiling, options, recall):
    """The frontier of one kind of question: the model or the debate, with or without a check and one retry."""
    seen = Gate(recall, when_rejected="pass", usd=SMALL.usd, sec=SMALL.sec)
    tried = frontier.Option("1 retry", lambda step: replace(step, gate=seen, retries=1))
    choices = frontier.combine(options, [frontier.AS_IT_IS, tried])
    one_call = chain(1, Model(PREMIUM.usd, PREMIUM.sec, ceiling, "premium"), question)
    return frontier.pareto(one_call, choices, accounting="expected", measures=("cost", "reliability"))


def both_kinds(recall):
    """Simple questions and hard ones."""
    simple = kind("simple", PREMIUM.p_ok, frontier.options(models=[SMALL, PREMIUM]), recall)
    return simple, kind("hard", 0.90, frontier.options(debates=[None, Debate(3, 2, p=0.97)]), recall)


for recall in (0.9, 0.5):
    print(f"the check notices {recall:.0%}")
    for found in both_kinds(recall):
        for corner in frontier.break_even_values(found):
            design = found[corner.position]
            ((name, chosen),) = design.choices.items()
            bought = f"${corner.cost:.4f}  {corner.reliability:.2%}"
            print(f"    from V = ${corner.value_usd:<7.3f}{name:10}{chosen:25}{bought}")

# %% [markdown]
# From 10 USD an answer, if the check notices 90%. From 3.80 USD, if it notices half: the worse the check, the sooner
# a debate pays. The check with its retry pays from five to eight cents.
#
# Now the story's three claims: under 2 s, at least tenfold cheaper than 0.90 USD, over 99%. Here is every pair of a
# way for the simple questions and one for the hard ones:

# %% tags=["nbval-check-output"]
simple, tough = both_kinds(0.9)
share = 0.7
pairs = [(a, b) for a in simple for b in tough]
print(f"{'simple questions':21}{'hard questions':25}{'USD':>7}{'cheaper':>9}{'right':>8}{'median':>9}")
for a, b in sorted(pairs, key=lambda pair: share * pair[0].outcome.cost + (1 - share) * pair[1].outcome.cost):
    usd = SMALL.usd + share * a.outcome.cost + (1 - share) * b.outcome.cost
    right = share * a.outcome.reliability + (1 - share) * b.outcome.reliability
    (step,) = a.workflow.steps
    sec = SMALL.sec + step.model.sec + (step.gate.sec if step.gate else 0)  # most are simple, and most need no retry
    names = f"{a.choices['simple-1']:21}{b.choices['hard-1']:25}"
    print(f"{names}{usd:>7.4f}{0.9 / usd:>8.1f}x{right:>8.2%}{sec:>7.1f} s")

# %% [markdown]
# Over 99% is to be had without any debate, twenty-six times cheaper, at 2.8 s: premium with a retry everywhere. Or with
# the debate at 1.2 s, fifteen times cheaper: then the *small* model answers the simple questions. The surest design
# costs an eleventh of the first version. In all three a check and a retry stand behind every answer, and every row with
# a retry waits 0.4 s for the check; were the check free, these would be 2.4 and 0.8 s.
#
# So the three claims can hold together without a prompt cache that saves seconds, if one call gets 90% of the hard
# questions right. But not in the design that the text tells of: premium with a debate is the last row, at 2.8 s, and a
# prompt cache would have to take more than 40% off a call's seconds.

# %% [markdown]
# ## 7. A month
#
# Prices a task are hard to feel. A thousand tasks a day, thirty days; a success is worth 0.50 USD (both made up).
# Levers are added one after another, honestly charged, with the real check.
#
# **Predict.** Which lever changes the month's bill most? Which one the profit?

# %% tags=["nbval-check-output"]
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
print(f"{'30,000 tasks':28}{'bill (USD)':>11}{'successes':>11}{'profit (USD)':>14}{'s a task':>10}")
for label, workflow in month.items():
    outcome = workflow.outcome("expected")
    bill, successes = 30_000 * outcome.cost, 30_000 * outcome.reliability
    print(f"{label:28}{bill:>11,.0f}{successes:>11,.0f}{0.5 * successes - bill:>14,.0f}{outcome.latency:>10.1f}")

# %% [markdown]
# The debate changes both most, for the worse: it burns 19,000 USD for 400 successes. Of the levers that help, routing
# does: 6,700 USD off the bill, 7,100 successes lost with them, 3,200 USD more profit. The check on the easy steps
# buys back 6,300 for 570 USD; nine cents each, where each is worth fifty. The check on the hard steps only just pays
# at this value (section 4 said from 0.48).
#
# **Question.** One lever, another month: the numbers are in `g`. What does it add to the month's profit, if every
# step is retried once, every failure is noticed, and retries are charged on average?

# %%
g = given("lesson_budgets")
g

# %%
month_gain = ...  # your number here

check("lesson_budgets.month_gain", month_gain)

# %% [markdown]
# ## 8. A map of advice
#
# Exercise 03 asked for bare, retry or debate on one critical step, and found that the advice hangs on two things: the
# latency budget, and the share of the failures that is noticed. Two things make a map. For each point of it: of what
# fits into the budget at its worst, the surest.
#
# **Predict.** Where on the map is the debate? Where does no detector help?


# %%
def advice(recall, budget):
    """0 nothing fits, 1 bare, 2 retry, 3 debate: exercise 03's chain, for each recall and each budget."""
    plain = chain(9, Model(0.03, 2.0, 0.98)).then(chain(1, Model(0.03, 2.0, 0.95), "critical"))
    spot = ["critical-1"]
    designs = [plain, plain.pipe(gate, recall, 0.0, 1, spot), plain.pipe(debate, 1, 3, spot, p=0.99)]
    outcomes = [design.outcome("worst") for design in designs]
    fits = [np.where(o.latency <= budget[:, None], o.reliability, 0.0) + 0 * recall for o in outcomes]
    return np.argmax([np.full(fits[0].shape, 1e-9), *fits], axis=0)


recall, budget = np.linspace(0.001, 1, 401), np.linspace(18, 28, 401)
regions = advice(recall, budget)
figure, ax = plots.canvas(height=4.4, width=7.6)
shades = ["#FFFFFF", "#E3E3E3", plots.SKY, "#E69F00"]
ax.contourf(recall, budget, regions, levels=[-0.5, 0.5, 1.5, 2.5, 3.5], colors=shades)
ax.contour(recall, budget, regions, levels=[0.5, 1.5, 2.5], colors="black", linewidths=0.8)
spots = (
    (0.5, 19, "nothing fits"),
    (0.5, 21, "bare chain"),
    (0.5, 23, "retry"),
    (0.4, 26, "debate"),
    (0.92, 26, "retry"),
)
for x, y, label in spots:
    ax.text(x, y, label, ha="center", va="center", weight="bold", fontsize=12)
ax.set(xlabel="share of failures that are noticed (recall)", ylabel="latency budget (s, kept every time)")
ax.grid(visible=False)
ax.set_title("What to do with one critical step", loc="left", weight="bold", fontsize=12)
plots.Picture(
    figure,
    "Map of advice over detection recall, 0 to 1, and latency budget, 18 to 28 s. Below 20 s nothing fits; from 20 to "
    "22 s the bare chain; from 22 to 24 s the retry at every recall; above 24 s the debate for a recall below 0.84 and "
    "the retry above.",
)

# %% [markdown]
# The debate has a corner: where there is time for it, and the check misses more than 16% of the failures. Between 22
# and 24 s there is no choice. Below 22 s no detector helps, for there is no time to use it. And where the check is
# good, more time changes nothing.
#
# The text asked at which *budget* the advice flips. From 24 s on no budget flips it: the recall does.
#
# Now do [exercise 05, spend a budget](../my_work/05_spend_a_budget.ipynb): there the budgets are yours.
# Then [lesson 10, a real system](10_a_real_system.ipynb): models that make mistakes of their own.
#
# | remember | |
# |---|---|
# | Pareto frontier | about a hundred of a hundred million designs |
# | a budget binds | if its removal helps; spend nothing on the other |
# | price of a lever | dollars and seconds a point, of the *next* lever |
# | where it pays | here: check and retry from cents, the better model from dollars, the debate from tens of dollars |
# | steps alike | a lever that pays on one pays on all |
# | free retries | a small lie; a perfect check is the big one |
