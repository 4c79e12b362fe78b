# %% [markdown]
# # 01 Cost: the sum of the calls
#
# *35 minutes.* After this lesson you can
#
# - count the calls of a workflow with debates and retries, and price it;
# - take the price of a call from its tokens, those that nobody sees included;
# - say when "agents cost 10 to 100 times a single call" is true;
# - price a conversation that is sent again with every call, and a prompt that is cached.

# %%
import numpy as np

from labkit import PREMIUM, SMALL, Model, PriceCard, chain, cost, debate, plots, prices, retry, route
from labkit_workbook import check, explorers, given, hint, predict, published, table, tally

# %%
predict("cost.again")

# %% [markdown]
# ## 1. What is a task, to a bill?
#
# A plan, a search, a draft, a correction: to whoever plans the work, a task is a list of **steps**. The provider of
# the model has never heard of steps. Its bill has a line for each **call**: a prompt that was sent, an answer that
# came back.

# %%
predict("cost.calls")

# %% tags=["predict", "nbval-check-output"]
times = cost.call_multiplier(steps=12, mean_calls=2)
table({"calls": [times], "USD a task, at 0.03 a call": [cost.task_cost(0.03, [2] * 12)]})

# %% [markdown]
# Nothing else was needed. If a call costs κ (kappa) and step $s$ makes $c_s$ calls, a task of $S$ steps costs
#
# $$\text{Cost} = \kappa \sum_{s=1}^{S} c_s = \kappa\, S\, \bar c ,$$
#
# where $\bar c$ is the mean number of calls a step. The product $S \bar c$ says how many single calls the task costs.
# There is a saying about that product, and it is quoted as if it were a law.

# %%
predict("cost.saying")

# %% tags=["predict", "nbval-check-output"]
steps = np.arange(1, 101)
true_for = steps[cost.is_ten_to_hundred(cost.call_multiplier(steps, 2))]
table({"calls a step": [2], "true from": [true_for[0]], "to": [true_for[-1]]}, {"to": "{} steps"})

# %% [markdown]
# So it is no law. It describes workflows of a common size, as long as all calls cost the same. Section 5 shows a
# common case in which they do not.

# %% [markdown]
# ## 2. Where does the price of a call come from?
#
# Until now a call cost 0.03 USD, and nobody asked why. The provider counts **tokens**, pieces of words, about four
# characters of English each, and its price list has a price for a million of them. Here is such a list, of a usual
# size, as a **price card**: 3 USD for a million tokens that the model reads, 15 USD for a million that it writes.

# %%
card = PriceCard.per_million(usd_in=3, usd_cached=0.30, usd_out=15, usd_written=3.75, batch_discount=0.5)

# %% [markdown]
# You send a prompt of 2,000 tokens, and read an answer of 200. The bill says 0.03 USD.

# %%
predict("cost.unseen")

# %% tags=["predict", "hide-input"]
calls = {
    "as you see it": card.bill(2000, 0, 200),
    "as it is billed": card.bill(2000, 0, 1600, tokens_reasoning=1400),
    "the same in a batch": card.bill(2000, 0, 1600, tokens_reasoning=1400, batch=True),
}
figure, ax = plots.canvas(height=2.6, width=8.0)
for place, bill in enumerate(calls.values()):
    left = 0.0
    for part, colour in (("fresh", plots.SKY), ("output", plots.GREEN), ("reasoning", plots.ORANGE)):
        usd = getattr(bill.usd_parts, part)
        ax.barh(place, usd, left=left, color=colour, label=part if place == 1 else None)
        left += usd
    ax.text(left, place, f" {bill.usd:.4f}", va="center")
ax.set_yticks(range(len(calls)), list(calls))
ax.invert_yaxis()
ax.set(xlabel="USD a call", xlim=(0, 0.036))
ax.legend(["input, read afresh", "answer", "reasoning"], frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
ax.set_title("Most of this bill is for tokens that nobody saw", loc="left", weight="bold")
plots.Picture(
    figure,
    "Three bars of one call's bill. As you see it 0.009 USD: 0.006 for the input and 0.003 for the answer. As it is "
    "billed 0.030 USD: 0.021 more for reasoning. In a batch each part is half of that, 0.015 USD in all.",
)

# %% [markdown]
# The prompt and the answer make 0.009 USD. The other 0.021 USD are **reasoning tokens**: what the model wrote for
# itself before it answered. They are billed as output, or at a price of their own, and they never reach you. Only the
# usage that comes with the reply says that there were 1,400 of them, so no bill can be read off the texts alone.
#
# The card makes the bill, and a model can take its price from it:

# %% tags=["nbval-check-output"]
bill = card.bill(tokens_in=2000, tokens_cached=0, tokens_out=1600, tokens_reasoning=1400)
model = Model.from_tokens(card, 2000, 1600, p_ok=PREMIUM.p_ok, tokens_reasoning=1400, name="from tokens")
parts = {"part": ["input", "answer", "reasoning", "the model's call"]}
parts["USD"] = [bill.usd_parts.fresh, bill.usd_parts.output, bill.usd_parts.reasoning, model.usd]
table(parts, {"USD": "{:.3f}"})

# %% [markdown]
# That is the 0.03 USD of the premium model, so behind a price a call stand a price list and a usual call. Three more
# lines may stand on the list. Whoever can wait for hours sends a [batch](../docs/glossary.md#batch) and gets a
# discount, reported as one half at one vendor. A prompt that is put into a cache is billed as a
# [cache write](../docs/glossary.md#cache-write); section 6 has one. And some lists have a
# [long-context tier](../docs/glossary.md#long-context-tier): from so many input tokens on, *all* tokens of the call
# cost more. `PriceCard` takes all of them, with the date of the list, for prices change.
#
# As long as calls are alike, one price will do, and what counts is how many there are.

# %% [markdown]
# ## 3. What does a debate cost?
#
# In a **debate** every agent speaks in every **round**, and reads what the others said in the round before. Draw it
# as a grid, agents down and rounds across, and put one call in each cell.

# %%
predict("cost.debate_factor")

# %% tags=["predict", "nbval-check-output"]
plan = chain(7, PREMIUM)
review = plan.pipe(debate, agents=4, rounds=2, where=["step-3", "step-6"])
calls = [design.outcome().cost / PREMIUM.usd for design in (plan, review)]
table({"review": ["plain", "two debates"], "calls": calls, "times": [n / calls[0] for n in calls]})

# %% [markdown]
# Two of the seven steps are debated, and the bill triples: five plain calls, and two grids of 4 × 2. The debates are
# 16 of the 21 calls, so whoever wants to save will have to look there.
#
# The count was easy because we had agreed on what a round is. The section has not: it counts in three ways, and they
# disagree.
#
# | where | what it says of a debate | its rule |
# |---|---|---|
# | its first part | five agents over three rounds make as many calls as the grid has cells | agents × rounds |
# | its code listing | an agent makes 1 + rounds calls | an opening call, then the rounds |
# | its practical example | five agents over three rounds make roughly twice as many | not said |
#
# For the debates of the review, four agents over two rounds, the first two rules give these counts.

# %% tags=["nbval-check-output"]
rules = {"agents × rounds": "text", "an opening call first": "listing"}
table({"rule": list(rules), "calls": [cost.debate_calls(4, 2, counting=rule) for rule in rules.values()]})

# %% [markdown]
# We use agents × rounds unless we say so. The lesson is bigger than the count: **ask what a round is before you sign
# a budget.**

# %% [markdown]
# ## 4. What does a retry cost?
#
# A step that fails can be done again, and the section's code has a view of what the second **attempt** costs. What is
# yours?

# %%
predict("cost.retry_bill")

# %% tags=["predict", "nbval-check-output"]
outcomes = [review.pipe(retry, 1).outcome(name) for name in ("textbook", "expected", "worst")]
table(
    {"accounting": [o.accounting for o in outcomes], "USD a review": [o.cost for o in outcomes]},
    {"USD a review": "{:.4f}"},
)

# %% [markdown]
# Three answers, and two of them are honest. The **expected** bill, which is the mean over many reviews, rises by 1 −
# p = 1.5%, because a second attempt is needed that rarely. The **worst** case doubles it, because every step might
# need one. The section's way leaves the bill where it was, as if nobody paid for the second call.
#
# | accounting | attempts of a step with $k$ retries | use it for |
# |---|---|---|
# | `"textbook"` | 1 | reproducing the section |
# | `"expected"` | $\dfrac{1-(1-p)^{k+1}}{p}$ | the monthly bill |
# | `"worst"` | $k + 1$ | a cap you must never break |
#
# A budget needs both honest numbers. And is the formula in the middle row true? Do not believe it, roll the dice: two
# hundred thousand steps, each with an attempt and, if that fails, one more.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(1)
p, k, runs = 0.985, 1, 200_000
fails = rng.random((runs, k + 1)) > p
attempts = 1 + fails[:, :k].cumprod(axis=1).sum(axis=1)
mean, se = attempts.mean(), attempts.std() / runs**0.5
print(f"Attempts a step: simulated {mean:.4f} +- {se:.4f}, formula {cost.expected_attempts(p, k):.4f}")

# %% [markdown]
# ## 5. The conversation that grows
#
# So far every call had the same price. Agents break that. A model keeps nothing between two calls, so most agents
# send the whole conversation again with each of them, and each is longer than the last. Every token that is sent
# again is billed again.

# %%
predict("cost.growth")

# %% tags=["predict"]
explorers.growing_context()

# %% [markdown]
# Look for the place where the line of the conversation *sent again* is twice as high as the line of calls that are all
# *like the first*. Then find out when the growth is harmless: raise the tokens of the first call to 10,000, as with a
# long system prompt, and look for that place again.
#
# The first call has $a$ tokens and every step adds $b$, so $S$ steps bill
#
# $$a S + b\,\frac{S(S-1)}{2} \quad\text{tokens.}$$
#
# The first part is the bill of calls that are all like the first, and the second is the growth. They are equal where
# $b(S-1)/2 = a$. With 2,000 and 500 tokens that is at nine steps, and at 40 steps the bill is almost six times the
# naive one. With 10,000 and 500 it is at 41 steps. So growth is harmless while what a step adds is small beside what
# every call carries anyway, and the steps are few. It is also why cutting steps saves more than its share.
#
# **Question.** The numbers are in `g`. How many input tokens does this agent bill in all?

# %%
g = given("lesson_cost")
g

# %%
tokens = ...  # your number here

check("lesson_cost.tokens_billed", tokens)

# %% [markdown]
# ### Does a real agent grow like that?
#
# The law has two numbers, so it can be held against a recording. In tau-bench an agent serves an airline's customers:
# gpt-4o at temperature 0, 50 tasks, each of them four times, 2,454 calls (Yao et al. 2024; recorded in characters,
# about four to a token). We take $a$ and $b$ from the first two runs of each task, and let the law foretell the other
# two.

# %%
predict("cost.recorded")

# %% tags=["predict", "hide-input"]
talks = published.airline_calls()
law = cost.fit_growing_context([talk.sent for talk in talks if talk.trial < 2])
later = [talk.sent for talk in talks if talk.trial >= 2]
call = np.arange(1, 21)
plots.curves(
    call,
    {
        "recorded": [np.mean([sent[s - 1] for sent in later if len(sent) >= s]) for s in call],
        "a + b a call": law.first + law.growth * (call - 1),
        "calls alike": np.full(call.size, law.first),
    },
    "number of the call in its conversation",
    "input tokens of the call, mean",
    "The recording follows the line, and leaves the flat one",
    "Mean input tokens of calls 1 to 20 in 100 recorded conversations: from 1,597 at the first call to 5,982 at the "
    "twentieth. The line a + b a call runs beside it, from 1,597 to 5,330; calls alike stay at 1,597.",
)

# %% tags=["predict", "nbval-check-output"]
calls, sent = np.array([talk.size for talk in later]), sum(talk.sum() for talk in later)
squares = cost.fit_growing_context([talk.sent for talk in talks if talk.trial < 2], how="least_squares")
mean = calls.mean()
foretold = {
    "every call like the first": law.first * calls.sum(),
    "a + b, each task with 12.25 calls, the mean": len(later) * (law.first * mean + law.growth * mean * (mean - 1) / 2),
    "a + b, each task with its own calls": law.tokens(calls).sum(),
    "the same, a and b by least squares": squares.tokens(calls).sum(),
}
table({"foretold by": list(foretold), "off by": [f"{tokens / sent - 1:+.1%}" for tokens in foretold.values()]})

# %% [markdown]
# Two numbers, a = 1,597 and b = 196 tokens, miss the total of conversations that they have not seen by 4%; whoever
# prices all calls like the first counts half of it. In the picture the line runs a little low where conversations are
# long, and the long ones have two thirds of the calls. A line through all calls, by least squares, misses by 1% only.
#
# The second row is a trap. It has the same two numbers, and asks them about the *mean* number of calls. But the bill
# goes with the square of the calls, so the long conversations weigh more than the short ones can make up for: a mean of
# squares is more than the square of the mean. Count each task with its own calls, or with their spread.

# %% [markdown]
# ## 6. Is a cached prompt free?
#
# One line of the picture stayed low, the one with a cached prefix. Many calls begin with the same text, which may be a
# system prompt or the conversation so far. A provider can keep such a **prefix** in a **cache**, and bill it at a
# discount when the next call begins with it. The section says that this drives κ toward zero. Take one call with a
# well cached prompt.

# %%
predict("cost.cached")

# %% tags=["predict", "nbval-check-output"]
full = cost.cached_prefix(3e-6, 15e-6, hit_tokens=0, miss_tokens=2000, output_tokens=200)
warm = cost.cached_prefix(3e-6, 15e-6, hit_tokens=1800, miss_tokens=200, output_tokens=200)
left = [f"{bill / full:.0%}" for bill in (full, warm)]
table({"cache": ["none", "warm"], "USD a call": [full, warm], "of the price": left})

# %% [markdown]
# Nine tenths of the input were cached at a tenth of the price, and 46% of the bill is left. Only the *input* tokens
# that **hit** the cache get cheaper; those that miss it, and the whole output, are billed in full:
#
# $$\text{price} = u_\text{in}\,(r\,I_\text{hit} + w\,I_\text{miss}) + u_\text{out}\,O$$
#
# Here $u$ are the prices of a token, $I$ and $O$ the tokens in and out. The price pages of two vendors are reported as
# asking 0.1 to 0.5 of the plain price for reading a cache, which is $r$, and 1 to 2 times the plain price for writing
# it, which is $w$. Measured on agents, prompt caching saved 45 to 80% (Lumer et al. 2026, arXiv 2601.06007, abstract).
# That is a great deal, and it is not everything.
#
# How much it is depends on who calls. Each call of the airline's agent begins with all that the call before it had
# sent. With our card, where a write costs 1.25 and a read 0.10 of the input price, 31% of its bill would be left. Now
# take people who chat. One hour of a chat service was recorded, 12,031 requests, and of each of them how much of its
# beginning had been sent before, and how long ago (Mooncake, conversation trace).

# %%
predict("cost.chat")

# %% tags=["predict", "hide-input"]
rows = published.mooncake_requests()
asked = (rows.tokens_in, rows.tokens_seen, rows.tokens_out, rows.age_sec)
minutes = np.arange(0, 51)
chat = [prices.replay_prefix_cache(card, *asked, life_sec=60 * minute) for minute in minutes]
together, answered = (np.concatenate([getattr(talk, name) for talk in talks]) for name in ("sent", "answered"))
before = np.concatenate([[0, *talk.sent[:-1]] for talk in talks])
agent = prices.replay_prefix_cache(card, together, before, answered)
plots.curves(
    minutes,
    {
        "chat": [replay.left for replay in chat],
        "chat, if hits were free": np.full(minutes.size, prices.replay_prefix_cache(card, *asked).left_if_free),
        "agent": np.full(minutes.size, agent.left),
    },
    "minutes that the cache keeps a prefix after its last use",
    "share of the bill that is left",
    "A cache saves an agent most, and a chat little",
    "Share of the bill left against the minutes that a prefix is kept. The chat falls from 1.20 where it is kept for "
    "no time to 0.93 at five minutes and 0.84 at fifty. Flat lines: 0.67 if hits were free, and 0.31 for the agent.",
    percent=True,
)

# %% tags=["predict", "nbval-check-output"]
ever, five = (prices.replay_prefix_cache(card, *asked, life_sec=life) for life in (None, 300))
left = [agent.left, ever.left, five.left, ever.left_if_free]
who = ["the agent", "the chat, kept for the hour", "the chat, kept for five minutes", "the chat, if hits were free"]
table({"who calls": who, "of the bill left": [f"{share:.2f}" for share in left]})

# %% [markdown]
# The agent had sent nine tenths of its input before, the chat 37% of its own, and the rest is *written*, at more than
# the plain price. People also think between two messages: if a prefix is kept for five minutes, some are gone when they
# are wanted, and 93% of the bill is left. The curve begins above 100%, for a cache that forgets at once is paid for and
# seldom used. (When the agent's calls came was not recorded; we take it that none of its prefixes was gone.)

# %% [markdown]
# ## 7. Where should the lever be pulled?
#
# Cost is κ × S × c̄, and every way to save attacks one of the three:
#
# | factor | lever |
# |---|---|
# | κ, the price of a call | **route** it to a smaller model, cache a prefix |
# | S, the steps | cut steps, stop as soon as the answer is good enough |
# | c̄, calls a step | fewer agents, fewer rounds, fewer retries |
#
# Back to the review. A small model would do for some of its steps, at 0.002 USD a call.

# %%
predict("cost.lever")

# %% tags=["predict"]
debated, plain = (lambda step: step.debate is not None), (lambda step: step.debate is None)
designs = {
    "as it is": review.outcome(),
    "plain steps small": review.pipe(route, SMALL, where=plain).outcome(),
    "debates small": review.pipe(route, SMALL, where=debated).outcome(),
}
plots.compare(designs, title="The same lever, on five calls and on sixteen")

# %% [markdown]
# Two steps hold 16 of the 21 calls. The lever belongs where the calls are, and only the count shows where that is. It
# has a price, and you can see it in the third column: the surer model was there for a reason. What a lever costs in
# reliability is the question of lesson 04.

# %%
tally("cost")

# %% [markdown]
# | remember | |
# |---|---|
# | cost of a task | κ × the number of calls, all of them |
# | κ, the price of a call | tokens times a price list; reasoning is billed and not seen |
# | calls of a debate | agents × rounds; ask what a round is |
# | $k$ retries | $(1-(1-p)^{k+1})/p$ attempts on average, $k+1$ at worst, never 1 |
# | growing conversation | $aS + bS(S-1)/2$ tokens: quadratic; each task with its own $S$ |
# | cached prefix | input gets cheaper, output does not; an agent saves most, a chat little |
# | pull a lever | where the calls are |
#
# Now do [exercise 01, ticket spend](../my_work/01_ticket_spend.ipynb). Then [lesson 02](02_latency.ipynb).
