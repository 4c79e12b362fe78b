# %% [markdown]
# # Exercise 08: an orchestrator that keeps its budget
#
# *75 minutes, advanced. After lesson 10.* You will write the part of an orchestrator that decides: which step is
# called now, with which model, and when it is over. It has a budget in dollars and one in seconds, calls fail, come
# late and return rubbish, and **neither budget may ever be exceeded**, not even by bad luck.
#
# `labkit_agents.orchestrator` is such a controller, grown up. Here you write a small one.
#
# Put your answers in place of the three dots. In a new cell, `hint("budget_orchestrator.controller")` gives
# a hint.

# %%
import json
import math
from dataclasses import replace

from labkit_workbook import check, given, hint, summary
from labkit import plots
from labkit_agents.worlds.decisions import Decision
from labkit_agents.worlds.random_world import draw_rules
from labkit_agents.worlds.world import World

g = given("budget_orchestrator")
g

# %% [markdown]
# ## 1. What a ceiling reserves
#
# You cannot know what a call will cost before it has ended, only what it can cost at most: the prompt is known, and
# the reply is cut off at `max_tokens`. So a controller that must never exceed its budget sets the worst case aside
# first, makes the call, and takes back what was not needed.

# %% call-worst-usd
### BEGIN SOLUTION: set call_worst_usd to the USD to reserve before one call
call_worst_usd = (g.prompt_tokens * g.usd_in + g.max_tokens * g.usd_out) / 1_000_000
### END SOLUTION
check("budget_orchestrator.call_worst_usd", call_worst_usd)

# %% [markdown]
# Suppose a step may be tried again `g.retries` times, and is begun only if **all** its tries fit.

# %% step-worst-usd
### BEGIN SOLUTION: set step_worst_usd to the USD to reserve for a step with all its retries
step_worst_usd = (1 + g.retries) * call_worst_usd
### END SOLUTION
check("budget_orchestrator.step_worst_usd", step_worst_usd)

# %% [markdown]
# **Predict:** with `g.max_usd`, how many of these steps can run at once? And if all goes well, with one usual call
# each, how much of what was reserved comes back?

# %% steps-begun
### BEGIN SOLUTION: set steps_begun to how many such steps can be begun together within g.max_usd
steps_begun = math.floor(g.max_usd / step_worst_usd + 1e-9)
### END SOLUTION
check("budget_orchestrator.steps_begun", steps_begun)

# %% stranded-usd
### BEGIN SOLUTION: set stranded_usd to the USD that come back if each step needs one usual call
usual_usd = (g.prompt_tokens * g.usd_in + g.usual_tokens * g.usd_out) / 1_000_000
stranded_usd = steps_begun * (step_worst_usd - usual_usd)
### END SOLUTION
check("budget_orchestrator.stranded_usd", stranded_usd)

# %% [markdown]
# ## 2. What a controller sees
#
# A task is played in turns. Before each turn the controller is told this, as plain dicts, lists and numbers:

# %%
task = draw_rules(4, g.p_fault)
seen = World(task).observe().to_json()
print({name: value for name, value in seen.items() if name != "steps"})
for step in seen["steps"][:2]:
    print(json.dumps(step, indent=1))

# %% [markdown]
# - `usd_left`, `sec_left`: what is left of the budgets. `at_most`: how many calls may run together.
# - `steps`: each with its `needs` (steps that must be answered first), whether it is `ready` now, `answered`, or has
#   an answer `kept` from an earlier task, how many `tries` it had, what a right answer is `worth`, and its `offers`:
#   for each model how often it is right (`p`), and what a call takes usually and at the worst.
# - `events`: what became of the calls of the last turn: answered, rejected by the gate, failed, or late.
#
# It answers with one of these decisions:
#
# - `{"kept": ["s3"]}` serves kept answers: free and at once. They are right 97 times of 100.
# - `{"calls": [["s1", "small"], ["s2", "premium"]]}` makes calls together. Their dollars add up; the turn takes as
#   long as the slowest.
# - `{"stop": True}`, or nothing to do, ends the task. The right answers so far count.
#
# The *quality* of a task is the `worth` of its right answers, as a share of all that its steps are worth.
#
# Whoever plays the world keeps the books. A decision that cannot be carried out ends the task: a step that is not
# there or not `ready` (that holds for kept ones, too), more calls than `at_most`, a step twice. But nobody keeps you
# from calls that do **not fit the budget**: they are made, billed, and counted as an overrun.


# %%
def played(rules, controller):
    """The score of one task."""
    world = World(rules)
    while not world.ended:
        world.act(Decision.from_json(controller(world.observe().to_json())))
    return world.score()


def careless(seen):
    """The baseline: the best model for every step that is ready. It never looks at what is left."""
    steps = [step for step in seen["steps"] if step["ready"] and step["tries"] < 4][: seen["at_most"]]
    return {"calls": [[step["name"], max(step["offers"], key=lambda o: o["p"])["model"]] for step in steps]}


world = World(task)
world.act(Decision.from_json(careless(seen)))
print("an event after one turn:")
print(json.dumps(world.observe().to_json()["events"][0]))
score = played(task, careless)
print(
    f"quality {score.quality:.2f}; {score.usd:.3f} USD of {task.max_usd:.3f}; {score.sec:.1f} s of {task.max_sec:.1f}"
)

# %% [markdown]
# ## 3. Your controller
#
# Complete it. It should
#
# - never begin a turn that does not fit at its worst, in dollars or in seconds (a turn that got away with it counts
#   as well);
# - serve kept answers, run together what can, and try again what failed;
# - not stop while something that was hardly tried still fits.
#
# `check` plays 30 tasks, from absurd budgets to generous ones. You pass with no turn that did not fit and at least 0.85
# of the quality that a plain controller reaches (one that takes the best model that fits). A grader plays more tasks,
# and others.


# %% controller
def fitting(step, usd_left, sec_left):
    """The offers of a step whose worst case fits."""
    ### BEGIN SOLUTION: return the offers that fit in both budgets at their worst
    return [o for o in step["offers"] if o["usd_worst"] <= usd_left and o["sec_worst"] <= sec_left]
    ### END SOLUTION


def controller(seen):
    """What to do next."""
    ready = [step for step in seen["steps"] if step["ready"]]
    ### BEGIN SOLUTION: serve what is kept, or else collect the calls of this turn, and reserve each worst case
    kept = [step["name"] for step in ready if step["kept"]]
    if kept:
        return {"kept": kept}
    calls, usd_left = [], seen["usd_left"]
    for step in ready:
        offers = fitting(step, usd_left, seen["sec_left"])
        if offers and step["tries"] < 4 and len(calls) < seen["at_most"]:
            # The cheap model goes first: what it leaves pays for retries and for the steps to come.
            offer = min(offers, key=lambda o: o["usd_worst"])
            calls.append([step["name"], offer["model"]])
            usd_left -= offer["usd_worst"]
    return {"calls": calls}
    ### END SOLUTION


check("budget_orchestrator.controller", controller)

# %% [markdown]
# ## 4. Quality against budget
#
# The same 12 tasks, with their budgets made smaller and larger; one of them has no budget at all, which no factor
# changes. **Predict:** from which budget on does more of it buy you nothing, and how often has the baseline exceeded
# a budget there?

# %% curves
DOUBLINGS = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5]  # 0 is the task's own budget, -1 half of it, 1 twice


def with_budget(doublings, controller):
    """Mean quality, and in what share of the tasks a budget was exceeded."""
    factor = 2.0**doublings
    rules = [draw_rules(number, g.p_fault) for number in range(101, 113)]
    scores = [played(replace(r, max_usd=r.max_usd * factor, max_sec=r.max_sec * factor), controller) for r in rules]
    return sum(s.quality for s in scores) / len(scores), sum(s.overrun for s in scores) / len(scores)


### BEGIN SOLUTION: draw quality over DOUBLINGS for both, and the baseline's overruns; print your own overruns
mine = [with_budget(each, controller) for each in DOUBLINGS]
baseline = [with_budget(each, careless) for each in DOUBLINGS]
print("my overruns:", sum(overran for _, overran in mine))
plots.curves(
    DOUBLINGS,
    {
        "mine: quality": [quality for quality, _ in mine],
        "baseline: quality": [quality for quality, _ in baseline],
        "baseline: tasks over budget": [overran for _, overran in baseline],
    },
    "budget, in doublings of the task's own",
    "share",
    "A ceiling costs quality where budgets are small",
    "Shares over the budget. The baseline's quality is high everywhere, and so is its share of overruns until budgets "
    "are generous; the controller's quality rises from little to nine tenths, without an overrun.",
    percent=True,
)
### END SOLUTION

# %% [markdown]
# ## 5. In words
#
# What does your ceiling cost? Read from your picture at one budget by how much the baseline that ignores budgets is
# better, and say why it may not be used there; say what reserving the worst case leaves unused; and name one change
# that would win some of it back without a single overrun. Five sentences.

# %% what-the-ceiling-costs [markdown] points=4
# <!-- ### BEGIN SOLUTION -->
# At half of the tasks' own budgets my controller solves 62% and the baseline everything, but the baseline exceeds a
# budget in every one of these tasks: it has only spent what it was not given, so under a hard ceiling its quality
# is not on offer. From twice the budget on I lose hardly more than the one task that has no budget at all, and the
# baseline still breaks five budgets in six. What my ceiling wastes is the reserve: a turn is refused because
# its worst case does not fit, although its usual bill would have, and at the end of a task those dollars are left
# over. A smaller max_tokens lowers every worst case, so that more steps fit under the same ceiling, without one
# overrun, as long as few replies are cut off by it.
# <!-- ### END SOLUTION -->

# %% [markdown] tags=["self-check"]
# **Self-check.** A good answer says all four. Which of yours does?
#
# - It reads a budget and both qualities from the picture.
# - It says that the baseline's quality is bought with overruns.
# - It says what the reserve leaves unused: dollars that come back too late, or steps that wait for them.
# - It names a change that keeps the ceiling.

# %% [markdown] tags=["instructor"]
# **Rubric (4 points).** One point for each: a reading of the picture with a budget and both qualities; the baseline's
# quality is bought with overruns, so that it is no alternative; the reserve that comes back too late to be used (or
# steps that wait for it); a change that keeps the ceiling, such as a smaller max_tokens, a cheaper first model, a gate
# before the retry, or saving for the last step.

# %% how-far points=8 tags=["grade"]
progress = summary("budget_orchestrator")
print(progress)
progress.points
