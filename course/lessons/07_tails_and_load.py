# %% [markdown]
# # 07 Tails and load
#
# *35 minutes.* The text gives every call its mean time, and lets as many run at once as a design has. Real calls
# scatter, and a provider lets only a few run at once. After this lesson you can
#
# - say from a few measured calls how long the slowest of many takes, and when not to trust that;
# - say what asking twice is worth, and where it was worth much more;
# - say what a scheduler gains that sees the graph, and what it cannot gain;
# - name a cache that costs, and one that misleads;
# - say what you can promise at a given rate, and when no formula can say it.
#
# Terms that are new are explained where they first stand, and again in the [glossary](../docs/glossary.md).

# %%
import numpy as np

from labkit import Model, Step, Workflow, cost, latency, plots, simulation
from labkit_workbook import check, explorers, given, hint, predict, published, table, tally
from labkit_workbook.evidence import waits as waiting
from labkit_workbook.explorers.queues import serve_debates

# %%
predict("tails.again")

# %% [markdown]
# ## 1. The slowest of many calls
#
# A step that waits for twelve calls waits for the slowest of them. How slow is that? It depends on the
# [tail](../docs/glossary.md#tail), the few calls that take much longer than most, and a tail is what one has seen least
# of. Here are 820 recorded calls of one model. Of all that was recorded take two numbers only, the mean and the median.

# %% tags=["nbval-check-output"]
mean, median, p95, p99 = published.CALL_SEC.values
calls = latency.Lognormal(mean, sigma=np.sqrt(2 * np.log(mean / median)))
print(f"mean {mean} s, median {median:.1f} s")

# %% [markdown]
# The [lognormal](../docs/glossary.md#lognormal) is a curve with one hump and a long tail, and two numbers settle all of
# it. Its mean is median × $e^{\sigma^2/2}$, so a mean of 9.2 s and a median of 8.0 s give the spread, $\sigma = 0.53$,
# and with it the tail, *if* the calls follow the curve.

# %%
predict("tails.two_numbers")

# %% tags=["predict", "hide-input"]
n = np.unique(np.geomspace(1, 100, 40).round())
figure, ax = plots.canvas(width=8.0)
ax.plot(n, np.full(n.size, mean), "--", color=plots.ORANGE)
ax.plot(n, calls.expected_max(n), color=plots.BLUE)
ax.plot((1, *published.SLOWEST_OF), (mean, *published.SLOWEST_SEC.values), "o", color="black")
ax.set(xscale="log", xlabel="calls at once (820 GPT-4-0613 calls; runs of Kapoor et al. 2024)", ylim=(0, 34))
ax.set(ylabel="expected seconds until all are back", xticks=(1, 5, 12, 50, 100), xticklabels=(1, 5, 12, 50, 100))
ax.text(105, mean, "text: one\ncall's mean", color=plots.ORANGE, weight="bold", va="center")
ax.text(105, calls.expected_max(100), "law", color=plots.BLUE, weight="bold", va="center")
ax.text(13, 17.6, "recorded", weight="bold")
ax.set_title("Two numbers of one call foretell the batch of these", loc="left", weight="bold")
plots.Picture(
    figure,
    "Expected slowest call over 1 to 100 calls at once. Recorded: 9.2 s for 1, 15.4 for 5, 19.8 for 12, 27.8 for 50. "
    "The lognormal law runs through these points, the text's law stays at 9.2 s.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
names = ["p95 of a call", "p99 of a call", *(f"slowest of {n}, mean" for n in published.SLOWEST_OF)]
recorded = np.array([p95, p99, *published.SLOWEST_SEC.values])
by_law = np.array(
    [calls.quantile_of_max(1, 0.95), calls.quantile_of_max(1, 0.99), *calls.expected_max(published.SLOWEST_OF)]
)
table(
    {"seconds": names, "recorded": recorded, "law": by_law, "off by": by_law / recorded - 1},
    {"recorded": "{:.1f}", "law": "{:.1f}", "off by": "{:+.1%}"},
)

# %% [markdown]
# Twelve calls at once take 19.8 s where the text says 9.2, and two numbers were enough to know it. For *these* calls.
#
# Does it hold elsewhere? Two services of Azure recorded how many tokens each of their answers had, and a call's time
# grows with its tokens. One service completes code, the other converses.

# %%
predict("tails.elsewhere")

# %% tags=["predict", "hide-input"]
share = np.linspace(0, 0.99, 100)
tokens = {trace: published.generated_tokens(trace) for trace in ("code", "conv")}
laws = {trace: latency.Lognormal(x.mean(), np.sqrt(2 * np.log(x.mean() / np.median(x)))) for trace, x in tokens.items()}
figure, axes = plots.canvas(columns=2, height=3.2, width=10)
for ax, trace, title in zip(axes, tokens, ("code", "conversations"), strict=True):
    ax.plot(100 * share, np.quantile(tokens[trace], share), color="black")
    ax.plot(100 * share, laws[trace].quantile_of_max(1, share), color=plots.BLUE)
    ax.set(xlabel="per cent of answers that are shorter", ylabel="tokens (Azure, 2023)")
    ax.set_title(title, loc="left", weight="bold")
axes[1].text(66, 415, "recorded", weight="bold", ha="right")
axes[1].text(88, 1000, "law", color=plots.BLUE, weight="bold", ha="right")
plots.Picture(
    figure,
    "Tokens of an answer over the share of answers that are shorter. Code: the lognormal follows the recording up to "
    "p95. Conversations: it runs below in the middle and far above from the 90th percentile on.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
lines = {
    f"{trace}, {what}": (said(tokens[trace]), law(laws[trace]))
    for trace in tokens
    for what, said, law in (
        ("p95", lambda x: np.quantile(x, 0.95), lambda x: x.quantile_of_max(1, 0.95)),
        ("p99", lambda x: np.quantile(x, 0.99), lambda x: x.quantile_of_max(1, 0.99)),
        ("slowest of 12", lambda x: latency.expected_max(x, 12), lambda x: x.expected_max(12)),
    )
}
about = ". ".join(
    f"{trace}: {x.size:,} answers, mean {x.mean():.0f}, median {np.median(x):.0f} tokens" for trace, x in tokens.items()
)
table(
    {"tokens": list(lines), **{head: [row[i] for row in lines.values()] for i, head in enumerate(("recorded", "law"))}},
    {"recorded": "{:.0f}", "law": "{:.0f}"},
    caption=about,
)

# %% [markdown]
# For code the law is right to about a tenth. For conversations p95 and the slowest of twelve come out half as long
# again as they are, and p99 twice. Conversations are of two kinds, short and long, and end where the service ends them;
# no curve with one hump says that. (Azure LLM inference traces 2023, CC BY 4.0.) So look at your own calls before you
# trust two numbers, and where they disagree keep the recorded times: `latency.expected_max` takes them as they are.

# %% [markdown]
# ## 2. Asking twice
#
# If an answer is late, ask again and take whichever comes first: that is a [hedged
# request](../docs/glossary.md#hedged-request). It was invented where a read waits for *a hundred servers* at once.
# There the slowest read in a thousand fell from 1,800 to 74 ms, for 2% more requests (Dean and Barroso 2013).

# %%
predict("tails.hedging")

# %% tags=["predict", "hide-input"]
sample = calls.quantile_of_max(1, (np.arange(2000) + 0.5) / 2000)  # 2000 times that stand for the law
after = {"never": 1e9, "after 19.4 s (p95)": p95, "after 12.0 s": 12.0}
hedged = [latency.hedged(sample, wait) for wait in after.values()]
back = np.linspace(0.8, 0.998, 100)
plots.curves(
    100 * back,
    {f"asked again {name}": each.quantile(back) for name, each in zip(after, hedged, strict=True)},
    "per cent of calls that are back",
    "seconds",
    "A second call takes a little off the tail",
    "Seconds until 80 to 99.8 per cent of the calls are back. Asked again after 19.4 s (p95) the curve leaves the "
    "other at 95 per cent and is at 25.5 s in place of 27.2 at 99; asked again after 12 s it is at 21.8 s there.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
table(
    {
        "asked again": list(after),
        "more calls": [each.extra_load for each in hedged],
        "p99 (s)": [each.quantile(0.99) for each in hedged],
        "slowest of 12 (s)": [each.time.slowest_of(12).mean for each in hedged],
    },
    {"more calls": "{:.0%}", "p99 (s)": "{:.1f}", "slowest of 12 (s)": "{:.1f}"},
)

# %% [markdown]
# Here asking twice is worth little: it takes less than two seconds off 27. Hedging pays where the tail is many times a
# typical answer. Here p99 is only 3.5 times the median, and the second call takes a median again. (If the question
# itself is slow, the two times are not independent, and it is still less. The 27.2 s come from two thousand times that
# stand for the law; the law itself says 27.4 s, and 27.7 s were recorded.)

# %% [markdown]
# ## 3. A scheduler that sees the graph
#
# The second thing that the text leaves out is the limit. A provider lets you have P calls [in
# flight](../docs/glossary.md#in-flight) and no more. Call them P places: when all are taken, the other calls wait, and
# somebody has to choose which of them goes next. Take a report: a plan; twelve pages to read; beside them a search in
# three steps that wait for each other; then the text. (Seconds are ours.)


# %%
def call(name, sec, *needs):
    """A step of the report, of so many seconds."""
    return Step(name, Model(0.01, sec, 0.985), needs=needs)


pages = [f"read_{i}" for i in range(1, 13)]
search = call("find", 7.0, "plan"), call("follow", 7.0, "find"), call("verify", 7.0, "follow")
reading = [call(page, 4.0, "plan") for page in pages]
report = Workflow((call("plan", 2.0), *reading, *search, call("write", 5.0, *pages, "verify")))

# %%
predict("tails.graph_seen")

# %% tags=["predict", "hide-input"]
seconds, needs = [step.model.sec for step in report], report.graph.needs
PLACES = 4
on_the_path = {"plan", "find", "follow", "verify", "write"}
figure, axes = plots.canvas(columns=2, height=3.0, width=10.4)
for ax, first, title in zip(axes, ("listed", "longest"), ("as listed", "graph seen"), strict=True):
    schedule = latency.list_schedule(seconds, needs, PLACES, first)
    free = [0.0] * PLACES  # when each place has nothing left to do
    for start, sec, step in sorted(zip(schedule.start_sec, seconds, report, strict=True), key=lambda each: each[0]):
        place = next(place for place, until in enumerate(free) if until <= start + 1e-9)
        free[place] = start + sec
        colour = plots.ORANGE if step.name in on_the_path else plots.BLUE
        ax.barh(-place, sec, left=start, height=0.8, color=colour, edgecolor="white")
        if step.name in on_the_path:
            turned = 90 if step.name == "plan" else 0
            ax.text(start + sec / 2, -place, step.name, ha="center", va="center", fontsize=9, rotation=turned)
    ax.axvline(schedule.makespan, color=plots.GREY, linestyle="--")
    ax.set(xlabel="seconds", xlim=(0, 44), yticks=[])
    ax.set_title(f"4 in flight, {title}: {schedule.makespan:.0f} s", loc="left", weight="bold")
plots.Picture(
    figure,
    "Four places over seconds, twice, a bar for each call. As listed the pages fill all places first, and the search "
    "of three steps begins last. With the graph seen the search begins at once, and the pages fill what is left.",
)

# %% tags=["predict", "nbval-check-output"]
ways = {
    "one call at a time": latency.list_schedule(seconds, needs, 1).makespan,
    "4 in flight, as listed": latency.list_schedule(seconds, needs, 4).makespan,
    "4 in flight, graph seen": latency.list_schedule(seconds, needs, 4, "longest").makespan,
    "the longest path": latency.longest_path(seconds, needs),
}
faster = [sum(seconds) / took for took in ways.values()]
table({"scheduler": list(ways), "seconds": list(ways.values()), "times faster": faster}, {"times faster": "{:.1f}"})

# %% [markdown]
# Who sees one call at a time fills all places with pages, and the search starts last. Who sees the graph starts the
# longest way first: 12 s gained, without a call more or less, and nothing is left to gain, for no scheduler beats the
# longest path.
#
# Watch it happen. In the replay below times scatter as the recorded ones do, and a page that failed is read again. Find
# a task and a number of places for which seeing the graph gains more than ten seconds, and see which bars have moved.

# %%
explorers.timeline()

# %% [markdown]
# One task is an anecdote. Here are four thousand for each number of places.

# %%
predict("tails.places")

# %% tags=["predict", "hide-input"]
limits = np.array([1, 2, 3, 4, 5, 6, 8, 12, 16])
alone, path = sum(seconds), latency.longest_path(seconds, needs)
spread = latency.Lognormal(1.0, calls.sigma)  # the scatter of the recorded calls
taken = {
    first: np.array(
        [
            simulation.simulate(report, 4_000, seed=6, times=spread, at_most=int(p), first=first).mean.latency
            for p in limits
        ]
    )
    for first in ("listed", "longest")
}
bounds = latency.makespan_bounds(alone, path, limits)
figure, ax = plots.canvas(width=8.0)
ax.plot(limits, np.full(limits.size, path), "--", color=plots.ORANGE)
ax.fill_between(limits, bounds.lower, bounds.upper, color=plots.SKY, alpha=0.35)
ax.plot(limits, taken["listed"], "o", color="black")
ax.plot(limits, taken["longest"], "^", color=plots.GREEN)
ax.text(16.4, path, "text:\nlongest path", color=plots.ORANGE, weight="bold", va="center")
ax.text(4.3, 41, "simulated, as listed", weight="bold")
ax.text(3.1, 20, "simulated, graph seen", color=plots.GREEN, weight="bold", va="center")
ax.text(1.3, 71, "bounds for P places, mean times", color=plots.BLUE)
ax.set(xlabel="calls in flight, at most (P)", ylabel="seconds until the report", ylim=(0, 80), xticks=limits)
ax.set_title("The graph is worth most in the middle", loc="left", weight="bold")
plots.Picture(
    figure,
    "Seconds over calls in flight, 1 to 16. The text's longest path is flat at 28 s. Simulated times fall from 76 s; "
    "at 4 in flight 38 s as listed and 29.5 s with the graph seen. With the graph 28 s are reached at 6, else at 16.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
table(
    {"places P": limits, "as listed (s)": taken["listed"], "graph seen (s)": taken["longest"],
     "gained (s)": taken["listed"] - taken["longest"]},
    dict.fromkeys(("as listed (s)", "graph seen (s)", "gained (s)"), "{:.1f}"),
)  # fmt: skip

# %% [markdown]
# It helps most in the middle, with two to eight places. With one place there is nothing to choose, and with sixteen
# nothing to wait for. With sixteen the longest path holds in spite of the scatter, because the search outlasts every
# page. (If each page took the 21 s of the search, the slowest page would decide, and section 1 would come back.)
#
# In practice: Parrot, which shows the server the graph, is reported as up to 11.7 times faster (Lin et al. OSDI 2024);
# LLMCompiler states up to 3.7 times faster and 6.7 times cheaper (Kim et al. ICML 2024, abstract). "Up to": our 2.7 is
# one graph, without network or queue.

# %% [markdown]
# ## 4. A cache that costs
#
# Calls can share more than places. All twelve pages begin with the same 6,000 tokens, and a [prefix
# cache](../docs/glossary.md#prefix-cache) bills what it has read before at a discount: one vendor's price page is
# reported as 0.10 of the price for reading and 1.25 for writing, or 2 if it is kept for an hour. Only *input* is
# discounted; answers are billed in full.

# %%
predict("tails.twelve_misses")

# %% tags=["predict", "hide-input", "nbval-check-output"]
read, write, write_hour = published.PREFIX_READ_WRITE.values
PRICES = 3e-6, 15e-6  # USD an input and an output token; ours
own = cost.cached_prefix(*PRICES, hit_tokens=0, miss_tokens=1000, output_tokens=300)
plain = cost.cached_prefix(*PRICES, 0, 6000, 0)
written = cost.cached_prefix(*PRICES, 0, 6000, 0, write=write)
found = cost.cached_prefix(*PRICES, 6000, 0, 0, read=read)
sent = ["no cache", "all at once: each misses and writes", "one first, then eleven that hit"]
usd = [12 * (own + plain), 12 * (own + written), 12 * own + written + 11 * found]
figure, ax = plots.canvas(height=2.0, width=8.4)
for line, each in enumerate(usd):
    ax.barh(-line, 12 * own, height=0.6, color=plots.GREY)
    ax.barh(-line, each - 12 * own, left=12 * own, height=0.6, color=plots.BLUE if line != 1 else plots.ORANGE)
    ax.text(each + 0.005, -line, f"{each:.3f} USD", va="center")
ax.set_yticks([0, -1, -2], sent)
ax.set(xlabel="USD of twelve pages (grey: each page's own text and its answer)", xlim=(0, 0.44))
ax.set_title("A cache that nobody has written yet costs", loc="left", weight="bold")
plots.Picture(
    figure, "USD of twelve pages. " + "; ".join(f"{way} {each:.3f}" for way, each in zip(sent, usd, strict=True)) + "."
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
table({"twelve pages": sent, "USD": usd}, {"USD": "{:.3f}"})

# %% [markdown]
# Sent at once, the cache **costs**: nobody finds what nobody has written yet. One page first saves more than half. Does
# it also take longer? A scheduler that sees the graph can answer that, and can try the other way to share, one
# [batch](../docs/glossary.md#batch) for all pages.

# %% tags=["nbval-check-output"]
one_first = [(*waits, 1) if 2 <= i <= 12 else waits for i, waits in enumerate(needs)]
took = latency.list_schedule(seconds, one_first, 4, "longest").makespan
print(f"one page first, 4 in flight, graph seen: {took:.0f} s")
batch = latency.list_schedule([2.0, 10.0, 7.0, 7.0, 7.0, 5.0], [(), (0,), (0,), (2,), (3,), (1, 4)], 2)
print(f"the twelve pages as one batch of 10 s (assumed), 2 in flight: {batch.makespan:.0f} s")

# %% [markdown]
# It does not, for the pages have [slack](../docs/glossary.md#slack). Nor does the batch, with two places instead of
# four.

# %% [markdown]
# ## 5. From which use a cache pays
#
# A prefix that is written at w and read at r costs $w + (n-1)\,r$ over n uses, where without a cache it costs n.

# %%
predict("tails.pays_after")

# %% tags=["predict", "nbval-check-output"]
kept = {"5 minutes": write, "an hour": write_hour}
uses = [cost.cache_pays_after(read, w) for w in kept.values()]
table({"kept for": list(kept), "written at": list(kept.values()), "pays above so many uses": uses},
      {"pays above so many uses": "{:.2f}"})  # fmt: skip

# %% [markdown]
# So it pays for $n > (w-r)/(1-r)$ uses.

# %% [markdown]
# An agent sends its history again at every step, so the longer it works, the more of its input is read from the cache.
# The text lets a hit cost nothing, and then the bill would go to zero:

# %% tags=["hide-input"]
steps = np.arange(1, 41)
FIRST, GROWTH, ANSWER = 2000, 500, 5 * 200  # tokens; an answer of 200 tokens, each at five input tokens' price
sent = cost.growing_context_tokens(FIRST, GROWTH, steps)
figure, ax = plots.canvas(width=8.0)
for label, r, w, look, colour, y in (
    ("text: a hit is free", 0.0, 1.0, "--", plots.ORANGE, 0.06),
    ("write 1.25", read, write, "-", plots.BLUE, 0.24),
    ("write 2", read, write_hour, "-.", plots.GREEN, 0.38),
):
    answers = 0 if r == 0 else ANSWER * steps
    bill = cost.cached_context_tokens(FIRST, GROWTH, steps, read=r, write=w) + answers
    ax.plot(steps, bill / (sent + answers), look, color=colour)
    ax.text(40.5, y, label, color=colour, weight="bold", va="center")
least, most = published.PREFIX_SAVED.values
ax.axhspan(1 - most, 1 - least, color=plots.GREY, alpha=0.2)
ax.text(22, 0.5, "recorded agents (any length)", color=plots.GREY)
ax.axhline(1, color=plots.GREY, linewidth=1)
ax.set(xlabel="steps of the agent (recorded: Lumer et al. 2026, arXiv 2601.06007v1)", ylim=(0, 1.7))
ax.set(ylabel="bill with cache / bill without")
ax.set_title("No bill goes to zero", loc="left", weight="bold")
plots.Picture(
    figure,
    "Share of the bill that is left, over 1 to 40 steps. With write price 1.25 or 2 a single step costs more than "
    "without a cache; within ten steps the curves fall into the recorded band of 0.20 to 0.55. The text's curve "
    "falls towards zero.",
)

# %% [markdown]
# An agent of one step pays *more*. Longer ones end up in the recorded band, 45 to 80% cheaper.
#
# **Question.** Another prefix, another vendor: the numbers are in `g`. Its uses come one after another. Which share of
# the prefix's price is left, over all of them?

# %%
g = given("lesson_tails")
g

# %%
share_left = ...  # your number here

check("lesson_tails.share_left", share_left)

# %% [markdown]
# ## 6. A cache that misleads
#
# A [semantic cache](../docs/glossary.md#semantic-cache) can do worse than cost: it may answer a question that only
# *sounds* the same. With hit rate h, a share f of false hits, and stored answers that are right with $p_c$,
#
# $$p_\text{eff} = h(1-f)\,p_c + (1-h)\,p .$$
#
# One such cache is stated to hit 61.6 to 68.8% of the time, and over 97% of its hits to be right (Regmi and Pun 2024,
# abstract, on the authors' data).

# %%
predict("tails.semantic")

# %% tags=["predict", "hide-input"]
hits_low, hits_high, right_hits = published.SEMANTIC_CACHE.values
h = (hits_low + hits_high) / 2
kinds = {
    "a hit is always right (the text's listing)": (0.0, 1.0),
    "a hit is as right as a call": (0.0, 0.985),
    "3% of hits answer another question": (1 - right_hits, 0.985),
}
share = np.linspace(0, 1, 51)
plots.curves(
    100 * share,
    {name: cost.semantic_cache(0.985, 0.03, 2.0, share, *each).p ** 12 for name, each in kinds.items()},
    "per cent of calls that the cache answers",
    "twelve steps right",
    "The more it hits, the more it misleads",
    "How often twelve steps are right over the share of hits, 0 to 100 per cent. From 83% the text's listing rises to "
    "100%; hits as right as calls stay at 83%; with 3% of false hits it falls, to 66% at 65 per cent of hits.",
    percent=True,
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
cached = [cost.semantic_cache(0.985, 0.03, 2.0, h, *each) for each in kinds.values()]
table(
    {
        f"{h:.1%} hits": list(kinds),
        "p of a step": [step.p for step in cached],
        "twelve steps": [step.p**12 for step in cached],
        "USD": [12 * step.usd for step in cached],
    },
    {"p of a step": "{:.4f}", "twelve steps": "{:.1%}", "USD": "{:.3f}"},
)

# %% [markdown]
# The bill is a third, and 18 points of reliability are gone, though 97% sounded like plenty. Before you store answers,
# ask how many false hits you can bear. Say that a store of premium answers stands in place of calls to the small model.
# It is as right as those calls, and cheaper, as long as no more than 1 − 0.945 / 0.985 of its answers are false:

# %% tags=["nbval-check-output"]
allowed = cost.false_hits_allowed(0.945, 0.985)
print(f"a stored premium answer in place of a small call may be false {allowed:.1%} of the time")

# %% [markdown]
# ## 7. A promise at a rate
#
# "95% of answers within four seconds, at 1.5 questions a second." An engineer promises it for a
# [debate](../docs/glossary.md#debate): three agents answer at once, then each answers again with the others' answers
# before it. A call takes 2 s, and the text counts two rounds of 2 s. Her provider has 20 places for her, and her calls
# scatter (all seconds are ours).

# %%
call = latency.Lognormal(2.0, sigma=0.4)
for n in (1, 6):
    load = latency.under_load(1.5, call, places=20, calls=n)
    print(f"{n} a question: {load.utilisation:.0%} of the places taken, all of them at {load.breaks_at:.2f} a second")

# %% [markdown]
# One call a question would take 15% of the places, and the six calls of a debate take 90%. That share is the
# [utilisation](../docs/glossary.md#utilisation), and at 1 no queue ever ends.

# %%
predict("tails.promise")

# %% tags=["predict", "hide-input"]
SHARES = (np.arange(200) + 0.5) / 200  # two hundred times that stand for a law


def debate_p95(rate, burstiness=5):
    """95% are answered within: two rounds, in each a wait that its three calls share, and the slowest of them."""
    load = latency.under_load(rate, call, 20, calls=6, burstiness=burstiness)
    once = np.quantile(np.add.outer(call.quantile_of_max(3, SHARES), load.wait_quantile(SHARES)), SHARES)
    return np.quantile(np.add.outer(once, once), 0.95)


rates = np.array([0.1, 0.4, 0.7, 0.9, 1.1, 1.2, 1.3, 1.4, 1.45, 1.5, 1.55])
promised = [debate_p95(rate) for rate in rates]
tried = [0.5, 1.0, 1.25, 1.5]
debates = [serve_debates(rate, 20, 3, 2, 8_000, seed=3) for rate in tried]
figure, ax = plots.canvas(width=8.0)
ax.axhline(4, linestyle="--", color=plots.ORANGE)
ax.plot(rates, promised, color=plots.BLUE)
ax.plot(rates, latency.under_load(rates, call, 20).time_quantile(0.95), color=plots.GREEN)
ax.plot(tried, [np.quantile(sec, 0.95) for sec, _ in debates], "o", color="black")
ax.axvline(10 / 6, color=plots.GREY, linewidth=1)
ax.text(0.12, 4.3, "text and promise: 4 s", color=plots.ORANGE, weight="bold")
ax.text(0.12, 2.2, "one call", color=plots.GREEN, weight="bold")
ax.text(0.12, 8.4, "debate, law", color=plots.BLUE, weight="bold")
ax.text(0.95, 9.6, "simulated", weight="bold")
ax.text(1.65, 0.6, "all places taken", color=plots.GREY, ha="right")
ax.set(xlabel="questions a second", ylabel="95% answered within (s)", ylim=(0, 20), xlim=(0, 1.8))
ax.set_title("Scatter breaks the promise, and load breaks it again", loc="left", weight="bold")
plots.Picture(
    figure,
    "Seconds within which 95% are answered, over 0.1 to 1.55 questions a second. One call: 3.7 s throughout. A debate: "
    "7.6 s at first, 8.5 at 1.25 and 15 at 1.5, by law and about so when simulated; at 1.67 all places are taken.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
busy = latency.under_load(1.5, call, 20, calls=6)
table(
    {
        "at 1.5 debates a second": [
            "two rounds of 2 s (the text)",
            "calls scatter, and nobody waits",
            "and calls wait, as if each came by itself",
            "and they come three at once",
            "whole debates, simulated",
        ],
        "a call waits, mean (s)": [
            0,
            0,
            busy.mean_wait,
            latency.under_load(1.5, call, 20, calls=6, burstiness=5).mean_wait,
            debates[-1][1].mean(),
        ],
        "95% answered within (s)": [
            4.0,
            *(debate_p95(*each) for each in ((0.01,), (1.5, 1), (1.5, 5))),
            np.quantile(debates[-1][0], 0.95),
        ],
    },
    {"a call waits, mean (s)": "{:.2f}", "95% answered within (s)": "{:.1f}"},
)

# %% [markdown]
# The text's 4 s are a mean of calls that do not scatter, and of places that nobody else takes. The scatter alone nearly
# doubles it, because each round waits for its slowest call (section 1). Then come the waits. The first law of waiting
# is [Erlang C](../docs/glossary.md#erlang-c): how often are all k places taken? It is exact for calls that come
# independently and take [exponential times](../docs/glossary.md#exponential-time) (the shorter the likelier, and their
# variance is their squared mean); the rest of the wait is
#
# $$W = C(k, ku) \cdot \frac{s}{k\,(1-u)} \cdot \frac{c_a^2 + c_s^2}{2} ,$$
#
# with utilisation $u$, with $s$ for the mean seconds of a call, and with $c_a^2$ and $c_s^2$ for how unlike the gaps
# between calls and their seconds are (variance by squared mean; both are 1 in the exact case, and elsewhere it is an
# approximation, with bursts that of Allen and Cunneen). The first is called
# [burstiness](../docs/glossary.md#burstiness), the second [scatter](../docs/glossary.md#scatter-scv), `scv` in the
# code. Calls that come three at once have 2 × 3 − 1 = 5, and there the law of independent calls says 8.7 s, where 15 s
# are near what a simulation gives. (Two errors meet in that. Three at once wait a quarter less than the law says, as
# the last table of this section shows. But the calls of a debate come back: those that were slow together ask for their
# second round together, and wait longer than calls three at once that know nothing of each other. One number of the
# gaps sees neither.)
#
# `load.time_quantile(0.95)` is the p95 of a call with its wait, and `load.time_within(4.0)` the share of calls that are
# answered within 4 s. Both keep of a call's own seconds only their mean and scatter, as a fixed part and an exponential
# one: a call that never waits has a p95 of 3.7 s there and 3.6 in truth. A request whose calls must *all* be in time
# asks more of each. If they are independent and each is in time with probability x, all six are with $x^6$; turned
# round:

# %% tags=["nbval-check-output"]
load = latency.under_load(1.5, call, 20, calls=6)
within = load.time_within(4.0)
print(f"within 4 s: {within:.1%} of the calls, all six in {within**6:.1%} of the requests")
each = 0.95 ** (1 / 6)
print(f"for all six in 95% each must be in time in {each:.2%}: that takes {load.time_quantile(each):.1f} s")

# %% [markdown]
# Which rate can be promised, then? Move the load until the promise breaks. Find out what twice the places buy at six
# calls a request, at a burstiness of 1 and at one of 50.

# %%
explorers.under_load()

# %% [markdown]
# At a burstiness of 1 twice the places end the waits. At 50, where the calls come 25 at once on average, a call still
# waits a second with 40 places, though more than half of them are free. The formula above does not know that: its
# $C(k, ku)$ asks how often calls that come one by one find all places taken. The explorer takes another law,
# *Hayward's*. Count a burst of $z$ calls as one call, and $z$ places as one: then $C(k/z, ku/z)$ of the calls wait. The
# [peakedness](../docs/glossary.md#peakedness) is $z = 1 + (c_a^2 - 1)\,\eta$, where $\eta$ is the shorter of two calls'
# seconds, in means of one: what counts is how many calls of a burst are still there together.


# %% tags=["hide-input"]
def serve_bursts(sizes, places):
    """Nine calls a second, as six of 1.5 requests, that come in bursts of these sizes and are served one by one."""
    rng = np.random.default_rng(7)
    times = np.repeat(rng.exponential(sizes.mean() / 9, sizes.size).cumsum(), sizes)
    return latency.replay_arrivals(times, call.quantile_of_max(1, rng.random(times.size)), places)


LAWS = {"Allen and Cunneen": ("allen-cunneen", "--", plots.ORANGE), "Hayward": ("hayward", "-", plots.BLUE)}
SIZES = {n: (np.random.default_rng(1).geometric(1 / n, 100_000 // n), np.full(100_000 // n, n)) for n in (3, 25)}
k, some = np.arange(19, 81), [20, 25, 30, 40, 60, 80]
figure, ax = plots.canvas(width=8.0)
for at, (name, (law, look, colour)) in zip((30, 24), LAWS.items(), strict=True):
    load = latency.under_load(1.5, call, k, calls=6, burstiness=49, law=law)
    ax.plot(k, load.time_quantile(0.95), look, color=colour)
    ax.text(34, at, f"{look} {name}", color=colour, weight="bold")
for at, sizes, look, name in zip((42, 36), SIZES[25], "o^", ("1 to many, 25 on average", "25 each"), strict=True):
    ax.plot(some, [np.quantile(serve_bursts(sizes, n).time_sec, 0.95) for n in some], look, color="black")
    ax.plot(35, at + 1, look, color="black")
    ax.text(36.5, at, f"served, in bursts of {name}", weight="bold")
ax.set(xlabel="places (nine calls of 2 s a second)", ylabel="95% of calls within (s)", ylim=(0, 60))
ax.set_title("Bursts wait at places that stand half empty", loc="left", weight="bold")
plots.Picture(
    figure,
    "Seconds within which 95% of calls are answered, over 19 to 80 places. Allen and Cunneen: 61 s at 20, 6.0 at 25, "
    "and 3.7 from 30 on. Hayward: 74 at 20, 21 at 25, 7.1 at 40, 3.8 at 80. Served in bursts of scattered size: 72, "
    "20, 7.6 and 4.0, near Hayward; in bursts that are always of 25: 39, 11, 4.5 and 3.6.",
)

# %% tags=["hide-input", "nbval-check-output"]
asked = (3, 20), (25, 20), (25, 40)
by_law = {
    name: [latency.under_load(1.5, call, k, calls=6, burstiness=2 * n - 1, law=law).mean_wait for n, k in asked]
    for name, (law, *_) in LAWS.items()
}
by_size = {
    f"served, {name}": [serve_bursts(SIZES[n][i], k).wait_sec.mean() for n, k in asked]
    for i, name in enumerate(("sizes scatter", "one size"))
}
table(
    {"a call waits, mean (s)": [f"{n} at once, {k} places" for n, k in asked], **by_law, **by_size},
    dict.fromkeys((*by_law, *by_size), "{:.2f}"),
)

# %% [markdown]
# Hayward's law is made for bursts of scattered size, and follows them at all numbers of places. Bursts that are all of
# one size wait about half as long as it says, since none of them is a large one: there it errs on the safe side, and
# for three at once the first law is nearer. The gaps do not tell the two kinds apart. So take Hayward's law where
# bursts may fill the places, and replay what you have recorded before you buy places by either.
#
# The next cell has the largest rate at which each promise is kept:

# %% tags=["nbval-check-output"]
for within in (4.0, 5.0, 8.0):
    most = [latency.largest_rate(within, call, 20, calls=n, burstiness=b) for n, b in ((1, 1), (6, 5))]
    print(f"95% of calls within {within:.0f} s: {most[0]:.1f} questions a second, as debates {most[1]:.2f}")

# %% [markdown]
# These are seconds of a call. A debate has two rounds, and takes 7.6 s where nobody waits: for a whole debate 4 s
# cannot be promised at any rate.
#
# A provider may count calls and tokens a minute in place of places. Which of its limits binds, and how long does a full
# [token bucket](../docs/glossary.md#token-bucket) hide it? Say that the six calls count for 500 tokens each:

# %% tags=["nbval-check-output"]
limits = latency.provider_limits(1.5, calls=6, tokens_a_call=500, requests_per_min=600, tokens_per_min=240_000)
full = "requests" if limits.requests_bind else "tokens"
print(f"{limits.utilisation:.1%} of the {full} are taken; refused from {limits.breaks_at:.2f} questions a second on,")
print(f"which full buckets hide for {limits.lasts_sec:.0f} s")

# %% [markdown]
# ## 8. When no formula serves
#
# So far requests came at one rate. Azure recorded when they really came: one hour of conversations and one of code. Say
# that a call takes 0.3 s, and 0.2 ms for each token it reads and 25 ms for each it writes (ours; the recording has
# tokens, no seconds). Give the conversations 34 places, of which 94% are taken. The law says that a call waits 1.5 s.

# %%
predict("tails.recorded_wait")

# %% tags=["predict", "hide-input"]
figure, axes = plots.canvas(columns=2, height=3.2, width=10)
for ax, (trace, places, title) in zip(
    axes, (("conv", 34, "conversations, 34 places"), ("code", 5, "code, 5 places")), strict=True
):
    minute = (published.azure_arrivals(trace).sec // 60).astype(int)
    waits = waiting.served(trace, places).wait_sec
    ax.plot(np.bincount(minute, waits) / np.maximum(np.bincount(minute), 1), color="black")
    ax.axhline(waiting.steady(trace, places).mean_wait, color=plots.BLUE)
    ax.set(xlabel="minute of the recorded hour (Azure, 2023)", ylabel="a call waits (s), mean")
    ax.set_title(title, loc="left", weight="bold")
axes[0].text(34, 30, "recorded arrivals", weight="bold")
axes[0].text(34, 3.2, "law, one rate", color=plots.BLUE, weight="bold")
plots.Picture(
    figure,
    "Mean wait by minute of the hour. Conversations: it climbs to 40 s within the first half hour and falls to 0; "
    "the law has 1.5 s throughout. Code: up to 160 s in a few peaks, where the law has half a second.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
found = {f"{what}, {k} places": (trace, k) for trace, k, what in (
    ("conv", 36, "conversations"), ("conv", 34, "conversations"), ("code", 5, "code"))}  # fmt: skip
mixed = [waiting.shuffled_waits(*each) for each in found.values()]
table(
    {
        "a call waits, mean (s)": list(found),
        "taken": [waiting.served(*each).utilisation for each in found.values()],
        "law, one by one": [waiting.steady(*each).mean_wait for each in found.values()],
        "Allen and Cunneen": [waiting.steady(*each, "allen-cunneen").mean_wait for each in found.values()],
        "Hayward": [waiting.steady(*each, "hayward").mean_wait for each in found.values()],
        "recorded": [waiting.served(*each).wait_sec.mean() for each in found.values()],
        "shuffled": [f"{waits.min():.2g} to {waits.max():.2g}" for waits in mixed],
    },
    dict.fromkeys(("law, one by one", "Allen and Cunneen", "Hayward"), "{:.2f}")
    | {"taken": "{:.0%}", "recorded": "{:.1f}"},
    caption="Allen and Cunneen, Hayward: with the recorded burstiness. Shuffled: gaps and calls in a random order, the "
    "least and the most of twelve",
)

# %% [markdown]
# The law of calls that come one by one fails twice, for two reasons, and a shuffle tells them apart. Shuffled, code
# waits as long as before: its requests come in *bursts* (the gaps have a burstiness of 173), and whatever their order
# the bursts remain. Of the laws with the burstiness in them Allen and Cunneen's is a third too low and Hayward's half
# too high; the recorded hour lies between the two. Shuffled, conversations wait like the law: their gaps have a
# burstiness of 1.2, not far from that of independent calls, but the load [drifts](../docs/glossary.md#drift). For the
# first twenty-five minutes they brought as much work as 34 places can do, and a queue that has formed goes away only as
# fast as places are free. No law of one rate knows that. (The minutes with the most requests are not those with the
# most work, for their conversations are shorter: shuffle the gaps alone, and calls wait 40 to 56 s.)
#
# So no formula serves where the rate drifts; there take the recorded arrivals themselves: `latency.replay_arrivals`
# serves 19,366 calls in a fraction of a second. And look at the hour, not only at its mean: two places more, 36, cut
# the wait from 13.7 to 1.3 s.

# %% [markdown]
# ## 9. Retries that make their own load
#
# A caller who has waited 8 s gives up and asks again, up to three times. The call that was given up still takes its
# place. A request counts as answered in time if one of its calls is. At 5 requests a second 20 places are half taken,
# and hardly any call is late. Then, for 15 s, there come 16 a second.

# %%
predict("tails.storm")


# %% tags=["predict", "hide-input"]
def spiked(seed):
    """500 s of 5 requests a second, from 120 to 135 s of 16, and the seconds of each call."""
    rng = np.random.default_rng(seed)
    times = np.concatenate([rng.uniform(0, 500, rng.poisson(2500)), rng.uniform(120, 135, 165)])
    return np.sort(times), rng.lognormal(np.log(2) - 0.08, 0.4, times.size)


def answered(seed, **ways):
    """Which requests were answered in time, and when they came."""
    times, sec = spiked(seed)
    served = latency.replay_arrivals(times, sec, 20, timeout_sec=8.0, retries=3, seed=seed, **ways)
    return times, np.isfinite(served.time_sec)


ways = {
    "at once": {},
    "after up to 30, 60, 120 s": {"backoff_sec": 30.0},
    "at once, one retry in ten calls": {"budget": 0.1},
}
figure, ax = plots.canvas(width=8.0)
for (name, way), look, colour, y in zip(
    ways.items(), ("-", "--", "-."), (plots.ORANGE, plots.BLUE, plots.GREEN), (6, 106, 92), strict=True
):
    times, right = answered(1, **way)
    spell = (times // 10).astype(int)
    ax.plot(10 * np.arange(50) + 5, 100 * np.bincount(spell, right) / np.bincount(spell), look, color=colour)
    ax.text(300, y, name, color=colour, weight="bold")
ax.axvspan(120, 135, color=plots.GREY, alpha=0.25)
ax.set(xlabel="seconds (grey: 16 requests a second, else 5)", ylabel="% answered in time", ylim=(-3, 115))
ax.set_title("The spike is over, the storm is not", loc="left", weight="bold")
plots.Picture(
    figure,
    "Per cent of requests answered in time over 500 s. Before the spike at 120 s all are. Asking again at once, "
    "none is from then on. With a back-off of up to 30, 60 and 120 s, and with a budget, all are again after it.",
)

# %% tags=["predict", "hide-input", "nbval-check-output"]
ways = {
    "at once": {},
    "after up to 10, 20, 40 s": {"backoff_sec": 10.0},
    "after up to 30, 60, 120 s": {"backoff_sec": 30.0},
    "at once, one retry in ten calls": {"budget": 0.1},
}
ended = []
for way in ways.values():
    runs = [answered(seed, **way) for seed in range(8)]
    ended.append(sum(right[times > 350].mean() > 0.95 for times, right in runs))
table({"asking again": list(ways), "runs of eight that recover": ended})

# %% tags=["nbval-check-output"]
for budget in (None, 0.1):
    law = latency.retry_storm(5, 2.0, 20, timeout_sec=8.0, retries=3, scv=np.expm1(call.sigma**2), budget=budget)
    print(f"budget {budget}: calm up to {law.calm_until:.2f}; from {law.storm_from:.2f} a second a storm does not end")

# %% [markdown]
# That is a [retry storm](../docs/glossary.md#retry-storm). Every call is late, so every request makes four calls, and
# four times 5 is twice what the places can serve: so every call is late. The load that began it is long gone. From 2.5
# requests a second on both states can last, the calm and the storm, and a spike decides between them; above 9.44 no
# calm is left (Bronson et al. 2021 call such failures metastable). Both rates are those of a load without end. A little
# below 9.44 a crowd that comes by chance ends the calm, too, only later, so keep well away from it. And below 2.5 a
# storm ends, but the nearer the slower, for only what is left of the places works off its queue.
#
# [Back-off](../docs/glossary.md#back-off) does not lower the load that lasts: each retry still comes, only later. What
# it can do is to carry the retries past the spike, and for that it must be as long as the queue that the spike leaves;
# who asked in the spike may then have waited for most of a minute. A [budget of
# retries](../docs/glossary.md#retry-budget) is surer: with at most one retry for ten first calls a storm cannot feed
# itself below 9.09 a second, nine tenths of what the places serve. The retries that lesson 03 counts as bought
# reliability are the same calls.

# %%
tally("tails")

# %% [markdown]
# | remember | |
# |---|---|
# | n calls at once | 12 calls: 19.8 s, not 9.2; mean and median foretell these, not every service |
# | hedging | pays where the tail is many times a typical answer |
# | a scheduler with the graph | start the longest way first; it helps between "one place" and "enough" |
# | prefix cache | pays from $(w-r)/(1-r)$ uses; calls sent at once all miss |
# | semantic cache | $h(1-f)p_c + (1-h)p$: 3% false hits, 18 points of a chain |
# | a promise | a quantile at a rate: scatter, then utilisation, then bursts; six calls take six times the places |
# | bursts | wait at places that stand half empty: Hayward's law, or a replay |
# | when no formula serves | shuffle the record: what stays is bursts, what goes is drift, and drift must be replayed |
# | retries under load | two states that last; a budget of retries ends the storm, back-off may prevent it |
#
# In [exercise 10, promise a p95](../my_work/10_promise_a_p95.ipynb), you say what a service can promise, and where it
# breaks. Next: [lesson 08, how many tasks does it take?](08_how_many_tasks.ipynb) All such numbers were counted on some
# tasks; how many must they be before one can be trusted, or two be told apart?
