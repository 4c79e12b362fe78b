# %% [markdown]
# # Exercise 11: read the bill
#
# *35 minutes, advanced. After lesson 11, In production.* You will hold a client's own account against the
# server's log, and find what it hides. Sections 1, 5 and 6 of the lesson have what it takes.
#
# A service answers customers with two models. Its client is a library; around it a loop falls back to the second model,
# and around both a node of a graph tries again. `g.log` is what the *server* began and billed, `g.account` is what the
# *client's* library says of the same calls. All of it is one endpoint, chat. (If you have the text's numbers, both were
# recorded with `labkit_agents.server`; if you have your own, they are drawn after the same plan.)
#
# Put your answers in place of the three dots, as they come out and not rounded to cents. In a new cell,
# `hint("read_the_bill.layers")` gives a hint.

# %%
from collections import namedtuple
from itertools import product

from labkit import PriceCard, plots
from labkit.cost import post_paid_calls, pre_paid_calls
from labkit_workbook import check, given, hint, summary

g = given("read_the_bill")

# %% the-rows
Call = namedtuple(
    "Call", "sec took task model attempt client_retry status fault tokens_in tokens_cached tokens_out stream usd there"
)
Reported = namedtuple("Reported", "task model tokens_in tokens_out usd")
calls, account = [Call(*row) for row in g.log], [Reported(*row) for row in g.account]

# %% [markdown]
# **Predict** before you run the next cell: of the dollars that the server bills for such a log, which share stands in the
# client's account? Here is the log, a line for each task and a bar for each call.

# %% the-log tags=["hide-input"]
COLOURS = {
    "answer": plots.BLUE, "wrong": plots.PINK, "429": plots.SKY, "500": plots.GREY, "timeout": plots.ORANGE,
    "cut": plots.GREEN, "given up": "#000000",
}  # fmt: skip
MARKS = {"answer": "", "wrong": "..", "429": "", "500": "", "timeout": "//", "cut": "xx", "given up": ""}


def kind_of(call):
    """What became of a call, in a word."""
    return call.fault or ("answer" if call.there else "given up")


figure, ax = plots.canvas(height=4.6, width=10)
tasks, end = list(dict.fromkeys(call.task for call in calls)), max(call.sec + call.took for call in calls)
for kind, colour in COLOURS.items():
    some = [call for call in calls if kind_of(call) == kind]
    long = [max(call.took, end / 200) for call in some]
    ax.barh(
        [tasks.index(call.task) for call in some], long, left=[call.sec for call in some], color=colour, edgecolor="white",
        linewidth=0.5, hatch=MARKS[kind], label=kind,
    )  # fmt: skip
ax.set(xlabel="seconds", ylim=(len(tasks) - 0.4, -0.6))
ax.set_yticks(range(len(tasks)), tasks)
ax.set_title("The server's log, call by call", loc="left", weight="bold", fontsize=12)
ax.legend(loc="upper right", bbox_to_anchor=(1.22, 1), frameon=False)
plots.Picture(
    figure,
    f"A line for each of {len(tasks)} tasks, a bar for each of {len(calls)} calls, in the colour of what became of it: "
    + ", ".join(COLOURS) + ". One task near the end has short failed calls only; after it calls hang until the client "
    "leaves.",
)

# %%
g

# %% [markdown]
# A row of the log is a call. `attempt` counts the calls of this task to this model, `client_retry` is what the client
# says in a header: how many tries it made before this one. `fault` is empty where the reply is right; `there` says
# whether the client was still there at the end; `usd` is what the server bills.
#
# ## 1. The layers that multiplied
#
# One task got nothing at all: every call failed, to the last retry of the last layer. The team's file names
# `g.fallbacks` and `g.node_retries`, and nothing else. How many calls does the file allow, how many did that task make,
# and how many tries has the layer that the file does not name?

# %% layers
### BEGIN SOLUTION: set layers to a list: the calls allowed, the calls on the wire, the tries of the layer not named
allowed = (g.fallbacks + 1) * (g.node_retries + 1)
answered_tasks = {row.task for row in account}
down = [c for c in calls if c.fault == "500" and c.task not in answered_tasks]
layers = [allowed, len(down), len(down) / allowed]
### END SOLUTION
check("read_the_bill.layers", layers)

# %% [markdown]
# ## 2. Free failures and billed ones
#
# Take all calls that nobody got a whole reply from, whether somebody tried again or not. Some of these the server forgot
# at once, others it had begun, and bills. How many are free, how many billed, and for how many USD?

# %% failed-calls
### BEGIN SOLUTION: set failed_calls to a list: the free ones, the billed ones, the USD of the billed ones
delivered = [c for c in calls if c.status == 200 and c.there and c.fault in ("", "wrong")]
failed = [c for c in calls if c not in delivered]
billed = [c for c in failed if c.usd > 0]
failed_calls = [len(failed) - len(billed), len(billed), sum(c.usd for c in billed)]
### END SOLUTION
check("read_the_bill.failed_calls", failed_calls)

# %% [markdown]
# ## 3. The dollars that the client did not see
#
# Match `g.account` with the log. Calls without a reply have no row there. A stream that did not ask for its usage is
# counted by the few words that came. A model whose price the library does not have costs nothing. And of cached tokens
# this library knows nothing: where the lesson's took them for free, it prices all of `tokens_in` as fresh, so there it
# counts *too much*. How many USD is each of the four?

# %% unseen
### BEGIN SOLUTION: set unseen to a list of USD: no reply, streams, unknown model, counted too much
def parted(some):
    """The server's dollars of these delivered calls, less the account's."""
    names = {c.task for c in some}
    return sum(c.usd for c in some) - sum(row.usd for row in account if row.task in names)


priced = {row[0] for row in g.prices if row[4]}
streams = [c for c in delivered if c.stream]
strange = [c for c in delivered if c.model not in priced]
others = [c for c in delivered if c not in streams and c not in strange]
unseen = [failed_calls[2], parted(streams), parted(strange), -parted(others)]
### END SOLUTION
check("read_the_bill.unseen", unseen)

# %% [markdown]
# ## 4. What an answer costs
#
# **Predict** first, as a factor: how much dearer is an answer than the account says? Take the server's whole bill, for
# each answer that somebody got, and for each right one.

# %% usd-per-answer
### BEGIN SOLUTION: set usd_per_answer to a list: USD for each answer, USD for each right answer
usd = sum(c.usd for c in calls)
usd_per_answer = [usd / len(delivered), usd / sum(c.fault == "" for c in delivered)]
### END SOLUTION
check("read_the_bill.usd_per_answer", usd_per_answer)

# %% [markdown]
# ## 5. Under the cap
#
# Before a task begins, somebody compares `g.cap_usd` with the bills that have come. Suppose a day on which every call
# hangs, with as many calls a task as you found on the wire, each as dear as the dearest of the log, and `g.at_once`
# tasks at once. How many USD are spent at most? And if each task had to reserve its worst case before it begins, how
# many could begin at one moment?

# %% under-the-cap
### BEGIN SOLUTION: set under_the_cap to a list: the most USD that are spent, the tasks that a reservation lets begin
worst = layers[1] * max(c.usd for c in calls)
under_the_cap = [post_paid_calls(g.cap_usd, worst, g.at_once) * worst, pre_paid_calls(g.cap_usd, worst, worst)]
### END SOLUTION
check("read_the_bill.under_the_cap", under_the_cap)

# %% [markdown]
# ## 6. A setup that keeps it
#
# You may choose a model of `g.setups`, how many calls a task may make in all (`g.tries`), and how many tasks run at once
# (`g.lanes`); the cap and its check stay. Two things are asked of the setup. A batch of `g.tasks` must be done in
# `g.max_sec`, even if every task makes all its calls; no single batch fills the cap. And on a worst day, when batch comes
# after batch and the cap alone ends it (as in section 5), it must not spend more than was agreed, `g.agreed_usd`. Which
# setup delivers the largest share of a batch? (Of equal ones, take the cheapest on its worst day.)

# %% best-setup
### BEGIN SOLUTION: set best_setup to a list: the share that the best setup delivers, its worst day's USD
found = []
for (model, call_usd, sec, good), tries, at_once in product(g.setups, g.tries, g.lanes):
    task_usd = tries * call_usd
    day_usd = post_paid_calls(g.cap_usd, task_usd, at_once) * task_usd
    if day_usd <= g.agreed_usd and g.tasks * tries * sec / at_once <= g.max_sec:
        found.append((1 - (1 - good) ** tries, -day_usd))
share, least = max(found)
best_setup = [share, -least]
### END SOLUTION
check("read_the_bill.best_setup", best_setup)

# %% [markdown]
# ## 7. For every day
#
# Write the function that does this for any log. A `bill` is a pair: rows of `(model, tokens_in, tokens_cached,
# tokens_out, stream, got)`, and prices as in `g.prices`; `got` says whether somebody got the reply. Return the USD that
# the client saw, those that it did not see, and both together, in the server's dollars. It saw a call that was no
# stream, whose reply somebody got, and whose price its library has. Your function is tried on the billed calls of your
# log, on another log, and by the judge on more, whose models have other names.

# %% money-parts
def money_parts(bill):
    """USD seen, USD unseen, and both together."""
    ### BEGIN SOLUTION: return (seen, unseen, total) of the rows and prices in bill
    rows, prices = bill
    cards = {name: PriceCard.per_million(fresh, cached, out) for name, fresh, cached, out, _ in prices}
    known = {row[0]: row[4] for row in prices}
    seen = unseen = 0.0
    for model, tokens_in, tokens_cached, tokens_out, stream, got in rows:
        usd = cards[model].bill(tokens_in, tokens_cached, tokens_out).usd
        if got and known[model] and not stream:
            seen += usd
        else:
            unseen += usd
    return seen, unseen, seen + unseen
    ### END SOLUTION


check("read_the_bill.money_parts", money_parts)

# %% [markdown]
# ## 8. In words
#
# What do you change on Monday, in which order, and why? Say which layer keeps its retries and which lose them; how the
# dollars that nobody saw come into the account; which cap you set, and what it refuses; what you will look at a week
# later, and what would make you take it back. Six sentences.

# %% on-monday [markdown] points=5
# <!-- ### BEGIN SOLUTION -->
# First I set the client's own retries to 0 and leave the node's and the fallback, so a task that fails makes at most 4
# calls and not 12, and I say so in the file, where the next reader looks. A retry after 429 or 500 is free, but nine
# calls without a reply were billed, half of the day's 0.35 USD, and seven of them were time-outs, most of them tried
# again at the full price; so a time-out goes to the fallback at once, and the patience is set by the slowest tenth of the replies.
# Then I ask every stream for its usage, give the library the price of small and the one of cached tokens, and hold the
# sum against the server's bill each night; only the calls without a reply will then be missing, and I book them at their
# worst case. For the cap I reserve the worst case of a task: with 12 calls a task 5 could run at a time where 7 do, with
# 4 calls 17 can, so nothing is refused that runs today, where the post-paid cap of 2 USD could have cost 4.17. A week
# later I look at calls a task, at USD a right answer (0.031 today, where the account says 0.014) and at tasks without an
# answer. If more than one task in a hundred now fails that the third try would have saved, I give the client one retry
# back, after 429 and 500 alone.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all five. Which of yours does?
#
# - It lets one layer retry, and gives the calls of a task before and after.
# - It treats time-outs apart, since they are billed, and gives their share.
# - It brings streams, the unknown model and cached tokens into the account, and holds the account against the bill.
# - It sets a cap that cannot be overrun, or fewer tasks at once, and says with numbers what it refuses or overruns.
# - It names what it will measure, and the figure that would undo the change.

# %% [markdown] tags=["instructor"]
# **Rubric (5 points).** One point for each: one layer retries and the others do not, with the calls before and after;
# what is done for time-outs, since they are billed (a longer patience, no retry of them, or fewer tries), with their
# share of the bill; usage asked for in streams, a price for every model and for cached tokens, and the bill held against
# the account; a cap that reserves the worst case, or one with fewer tasks at once, with what it refuses or overruns in
# numbers; what is measured afterwards, such as calls a task, USD a right answer or tasks refused, with the figure that
# would undo the change.

# %% how-far points=12 tags=["grade"]
progress = summary("read_the_bill")
print(progress)
progress.points
