"""Exercise 08: a controller that keeps its budget: it reserves each worst case first, and leaves some for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from labkit_agents.worlds.world import Rules, World

from ..model import Essay, Exercise, Given, Misconception, Question
from ..played import Played, PlayedQuestion, play_here
from .controller_habits import first_fault

TASKS = 30  # that everybody plays
HIDDEN_TASKS = 50
SHARE = 0.85  # of the reference's quality

PER_MILLION = 1_000_000
MOST_TRIES = 4
Fits: TypeAlias = Callable[[Any, Any, float, float], bool]


@dataclass(frozen=True, repr=False)
class Budget(Given):
    """The numbers of the exercise. They are made up, and of the size of a price list of 2025."""

    prompt_tokens: int = field(default=1500, metadata={"doc": "tokens of the prompt of a call"})
    usual_tokens: int = field(default=180, metadata={"doc": "tokens of a usual reply"})
    max_tokens: int = field(default=700, metadata={"doc": "tokens at which a reply is cut off (max_tokens)"})
    usd_in: float = field(default=3.0, metadata={"doc": "USD for a million tokens of prompt"})
    usd_out: float = field(default=15.0, metadata={"doc": "USD for a million tokens of reply"})
    retries: int = field(default=2, metadata={"doc": "times that a step may be tried again"})
    max_usd: float = field(default=0.25, metadata={"doc": "USD, the budget of a task"})
    p_fault: float = field(
        default=0.15, metadata={"doc": "how often a call meets a fault, in the tasks that are played"}
    )


def draw(rng: np.random.Generator) -> Budget:
    """Numbers of the same kind for one student."""
    return Budget(
        prompt_tokens=int(rng.integers(8, 41)) * 100,
        usual_tokens=int(rng.integers(10, 31)) * 10,
        max_tokens=int(rng.integers(5, 16)) * 100,
        usd_in=float(rng.choice([1.0, 1.5, 2.0, 2.5, 3.0])),
        usd_out=float(rng.choice([8.0, 10.0, 12.0, 15.0])),
        retries=int(rng.integers(1, 4)),
        max_usd=float(rng.integers(25, 91)) / 100,
        p_fault=float(rng.integers(10, 21)) / 100,
    )


# ---- the right answers ------------------------------------------------------------------------------------


def usd_of(g: Budget, reply_tokens: int) -> float:
    """USD of a call with a reply of this length."""
    return (g.prompt_tokens * g.usd_in + reply_tokens * g.usd_out) / PER_MILLION


def call_worst_usd(g: Budget) -> float:
    """USD that no reply can exceed."""
    return usd_of(g, g.max_tokens)


def step_worst_usd(g: Budget) -> float:
    """USD of a step all of whose tries are needed, each at its worst."""
    return (1 + g.retries) * call_worst_usd(g)


def steps_begun(g: Budget) -> int:
    """Steps that can be begun at once, and none can break the budget."""
    return int(g.max_usd / step_worst_usd(g) + 1e-9)


def stranded_usd(g: Budget) -> float:
    """USD that come back when those steps need one usual call each."""
    return steps_begun(g) * (step_worst_usd(g) - usd_of(g, g.usual_tokens))


# ---- controllers: from what is seen to a decision, both plain ---------------------------------------------


def cheapest(step: Any, what: str) -> float:
    """The least that a step's worst case takes, of ``usd_worst`` or ``sec_worst``."""
    return float(min(offer[what] for offer in step["offers"]))


def held_sec(seen: Any) -> dict[str, float]:
    """For each step: the seconds of the longest chain of steps after it, each at its cheapest worst case."""
    after = {step["name"]: 0.0 for step in seen["steps"]}
    for step in reversed(seen["steps"]):
        own = 0.0 if step["answered"] or step["kept"] else cheapest(step, "sec_worst")
        for need in step["needs"]:
            after[need] = max(after[need], after[step["name"]] + own)
    return after


def worst_fits(step: Any, offer: Any, usd_left: float, sec_left: float) -> bool:
    """Would the call fit at its worst?"""
    return bool(offer["usd_worst"] <= usd_left and offer["sec_worst"] <= sec_left)


def usual_fits(step: Any, offer: Any, usd_left: float, sec_left: float) -> bool:
    """Would the call fit at its usual size?"""
    return bool(offer["usd_usual"] <= usd_left and offer["sec_usual"] <= sec_left)


def sec_fits(step: Any, offer: Any, usd_left: float, sec_left: float) -> bool:
    """Would the call fit into the seconds? Nobody looks at the dollars."""
    return bool(offer["sec_worst"] <= sec_left)


def usd_fits(step: Any, offer: Any, usd_left: float, sec_left: float) -> bool:
    """Would the call fit into the dollars? Nobody looks at the seconds."""
    return bool(offer["usd_worst"] <= usd_left)


def always_fits(step: Any, offer: Any, usd_left: float, sec_left: float) -> bool:
    """Nobody looks at what is left."""
    return True


def retries_fit(step: Any, offer: Any, usd_left: float, sec_left: float) -> bool:
    """Would a first try fit? A retry is made unseen."""
    return bool(step["tries"]) or worst_fits(step, offer, usd_left, sec_left)


def controlled(seen: Any, saves: bool = True, kept: bool = True, **habits: Any) -> dict[str, Any]:
    """Decide: serve what is kept, then call for each ready step the best model that fits.

    Args:
        seen: the observation.
        saves: leave the cheapest worst case of all that waits, in USD and in seconds, as long as anything fits so.
        kept: serve what is kept.
        habits: of ``called``.
    """
    served = [step["name"] for step in seen["steps"] if step["ready"] and step["kept"]]
    if served and kept:
        return {"kept": served}
    calls = called(seen, held=held_for_others(seen, kept), **habits) if saves else []
    return {"calls": calls or called(seen, held={}, **habits)}


def held_for_others(seen: Any, kept: bool = True) -> dict[str, tuple[float, float]]:
    """For each waiting step: the USD and seconds that all others take at their cheapest worst; kept ones take none."""
    waiting = {step["name"]: step for step in seen["steps"] if not (step["answered"] or (kept and step["kept"]))}
    usd, sec = (sum(cheapest(step, what) for step in waiting.values()) for what in ("usd_worst", "sec_worst"))
    after = held_sec(seen)
    return {
        name: (
            usd - cheapest(step, "usd_worst"),
            max(after[name], (sec - cheapest(step, "sec_worst")) / seen["at_most"]),
        )
        for name, step in waiting.items()
    }


def called(
    seen: Any,
    held: Mapping[str, tuple[float, float]],
    fits: Fits = worst_fits,
    at_once: int = 0,
    tries: int = MOST_TRIES,
    siblings: bool = True,
    model: str = "",
) -> list[list[str]]:
    """What can be called together now.

    Args:
        seen: the observation.
        held: step -> the USD and seconds that are kept back from it.
        fits: (step, offer, USD left, seconds left) -> may it be called?
        at_once: most calls together; 0 is what the observation allows.
        tries: how often a step is tried.
        siblings: each call leaves less for the next.
        model: the only one that is called; any, where it is empty.
    """
    calls: list[list[str]] = []
    usd_taken = 0.0  # beyond what is held for the step itself
    for step in seen["steps"]:
        if step["ready"] and step["tries"] < tries and len(calls) < (at_once or seen["at_most"]):
            usd_held, sec_held = held.get(step["name"], (0.0, 0.0))
            usd_left = seen["usd_left"] - usd_held - (usd_taken if siblings else 0.0)
            offers = [o for o in step["offers"] if fits(step, o, usd_left, seen["sec_left"] - sec_held)]
            offers = [offer for offer in offers if model in ("", offer["model"])]
            if offers:
                best = max(offers, key=lambda offer: float(offer["p"]))
                calls.append([step["name"], best["model"]])
                usd_taken += best["usd_worst"] - (cheapest(step, "usd_worst") if step["name"] in held else 0.0)
    return calls


# ---- the game ---------------------------------------------------------------------------------------------


def verdict(g: Budget, games: Sequence[Played]) -> str:
    """What keeps a controller from passing: a fault that can be seen, or too little quality; empty if nothing does.

    Quality is asked for in the tasks that everybody may play and in a grader's own: a controller that knows what will
    happen in the former gains nothing in the latter.
    """
    own = [game for game in games if game.rules.seed not in tasks(g)]
    common = [game for game in games if game.rules.seed in tasks(g)]
    return first_fault(games) or ("" if enough_quality(own) and enough_quality(common) else "little_quality")


def enough_quality(games: Sequence[Played]) -> bool:
    """Is it the share that is asked for of what the plain controller reaches?"""
    wanted = SHARE * sum(reference_quality(game.rules) for game in games)
    return sum(game.score.quality for game in games) >= wanted


@lru_cache(maxsize=1000)  # a class has many more hidden tasks, each played once
def reference_quality(rules: Rules) -> float:
    """What the plain controller reaches in the same task."""
    return play_here(World(rules), controlled).score.quality


def tasks(g: Budget) -> Sequence[int]:
    """The tasks that everybody may play."""
    return range(1, 1 + TASKS)


def hidden_tasks(g: Budget, rng: np.random.Generator) -> list[int]:
    """Tasks of a grader's own; too many to be found out by trying."""
    return [int(task) for task in rng.integers(1_000, 2**62, HIDDEN_TASKS)]


def having(**habits: Any) -> Callable[[Budget, Any], dict[str, Any]]:
    """A controller with other habits than the plain one's."""
    return lambda g, seen: controlled(seen, **habits)


def gives_up(g: Budget, seen: Any) -> dict[str, Any]:
    """Stops after two turns, whatever is left."""
    return {"stop": True} if seen["turn"] >= 2 else controlled(seen)


USUAL = (
    "You counted a reply of the usual length. A longer one, up to max_tokens, can come at any call, and a reserve that "
    "holds only usually is no reserve."
)
NO_PROMPT = "The prompt is billed, too."
NO_RETRIES = "You reserved the first try alone. In the worst case every retry is needed, and each is a full call."

QUESTIONS = (
    Question(
        name="call_worst_usd",
        asks="USD to reserve before one call, so that no reply can cost more?",
        unit="USD",
        answer=call_worst_usd,
        misconceptions=(
            Misconception("usual_reply", lambda g: usd_of(g, g.usual_tokens), USUAL),
            Misconception("prompt_forgotten", lambda g: g.max_tokens * g.usd_out / PER_MILLION, NO_PROMPT),
            Misconception(
                "one_price",
                lambda g: (g.prompt_tokens + g.max_tokens) * g.usd_in / PER_MILLION,
                "You billed the reply at the price of the prompt. A token of a reply costs more.",
            ),
            Misconception(
                "all_as_reply",
                lambda g: (g.prompt_tokens + g.max_tokens) * g.usd_out / PER_MILLION,
                "You billed the prompt at the price of the reply. A token of a prompt costs less.",
            ),
            Misconception(
                "per_thousand",
                lambda g: 1000 * call_worst_usd(g),
                "The prices are for a million tokens; you divided by a thousand.",
            ),
        ),
        hints=(
            "Two lengths, two prices. Which of the two lengths is known before the call, and what bounds the other?",
            "Prompt tokens at the price of a prompt, plus max_tokens at the price of a reply, for a million each.",
        ),
        worked=lambda g: (
            f"{g.prompt_tokens} x {g.usd_in} + {g.max_tokens} x {g.usd_out}, for a million: "
            f"${call_worst_usd(g):.4f}; a "
            f"usual call takes ${usd_of(g, g.usual_tokens):.4f}"
        ),
    ),
    Question(
        name="step_worst_usd",
        asks="A step is begun only if all its tries fit. USD to reserve for it?",
        unit="USD",
        answer=step_worst_usd,
        misconceptions=(
            Misconception("retries_forgotten", call_worst_usd, NO_RETRIES),
            Misconception(
                "retries_only",
                lambda g: (g.retries + 2) * call_worst_usd(g),
                "You counted one try too many: the first try and the retries are all there is.",
            ),
            Misconception("usual_reply", lambda g: (1 + g.retries) * usd_of(g, g.usual_tokens), USUAL),
            Misconception(
                "usual_retries",
                lambda g: call_worst_usd(g) + g.retries * usd_of(g, g.usual_tokens),
                "The first try at its worst, the retries at their usual size: but a retry is a call like any other.",
            ),
            Misconception(
                "expected",
                lambda g: call_worst_usd(g) * (1 - g.p_fault ** (1 + g.retries)) / (1 - g.p_fault),
                "You weighed the retries with how often they come. That is the bill on average; a "
                "ceiling must hold when "
                "all of them come.",
            ),
        ),
        hints=(
            "How many calls does a step make if every try but the last fails?",
            "One and g.retries more, each at its worst.",
        ),
        worked=lambda g: f"(1 + {g.retries}) x ${call_worst_usd(g):.4f} = ${step_worst_usd(g):.4f}",
    ),
    Question(
        name="steps_begun",
        asks="How many such steps can be begun together within g.max_usd?",
        unit="steps",
        answer=steps_begun,
        misconceptions=(
            Misconception("retries_forgotten", lambda g: int(g.max_usd / call_worst_usd(g) + 1e-9), NO_RETRIES),
            Misconception(
                "usual_reply",
                lambda g: int(g.max_usd / ((1 + g.retries) * usd_of(g, g.usual_tokens)) + 1e-9),
                USUAL,
            ),
            Misconception(
                "rounded_up",
                lambda g: steps_begun(g) + 1,
                "You rounded up. The last of these steps does not fit: at its worst it breaks the budget.",
            ),
        ),
        hints=(
            "Steps that run together are all reserved before any of them is billed.",
            "The budget by a step's reserve, rounded down.",
        ),
        worked=lambda g: f"${g.max_usd:.2f} / ${step_worst_usd(g):.4f} rounds down to {steps_begun(g)}",
        whole=True,
    ),
    Question(
        name="stranded_usd",
        asks="Those steps need one usual call each after all. USD that were reserved and come back?",
        unit="USD",
        answer=stranded_usd,
        misconceptions=(
            Misconception(
                "spent",
                lambda g: steps_begun(g) * usd_of(g, g.usual_tokens),
                "That is what the steps spent. Asked is what was reserved for them and not spent.",
            ),
            Misconception(
                "reserved",
                lambda g: steps_begun(g) * step_worst_usd(g),
                "That is all that was reserved. A part of it was spent.",
            ),
            Misconception(
                "one_step",
                lambda g: step_worst_usd(g) - usd_of(g, g.usual_tokens),
                "That is what one step gives back. Several were begun.",
            ),
            Misconception(
                "unspent_budget",
                lambda g: g.max_usd - steps_begun(g) * usd_of(g, g.usual_tokens),
                "That is what is left of the budget. A part of it was never reserved.",
            ),
            Misconception(
                "retries_only",
                lambda g: steps_begun(g) * g.retries * call_worst_usd(g),
                "The retries' reserve comes back, and of the first try what a usual reply leaves of max_tokens.",
            ),
            Misconception(
                "replies_only",
                lambda g: steps_begun(g) * (call_worst_usd(g) - usd_of(g, g.usual_tokens)),
                "You gave back what the first tries left. The retries were reserved, too, and were not made.",
            ),
        ),
        hints=(
            "Reserved less spent, for each step.",
            "steps_begun times (step_worst_usd less the bill of one usual call).",
        ),
        worked=lambda g: (
            f"{steps_begun(g)} x (${step_worst_usd(g):.4f} - ${usd_of(g, g.usual_tokens):.4f}) = "
            f"${stranded_usd(g):.4f}: "
            "a ceiling is paid for in steps that wait, not in dollars"
        ),
    ),
    PlayedQuestion(
        name="controller",
        asks="A function controller(seen) that decides each turn of a task, and never begins what does not fit at its "
        f"worst; with at least {SHARE} of the quality that a plain such controller reaches.",
        unit="decisions",
        answer=having(),
        misconceptions=(
            Misconception(
                "overran_both",
                having(saves=False, fits=always_fits),
                "A turn was begun that could exceed the dollars, and another that could exceed the seconds. Compare "
                "each offer's worst case with what is left before you call.",
            ),
            Misconception(
                "overran_dollars",
                having(saves=False, fits=sec_fits),
                "A turn was begun whose worst case exceeds the dollars that were left.",
            ),
            Misconception(
                "overran_seconds",
                having(saves=False, fits=usd_fits),
                "A turn was begun whose worst case exceeds the seconds that were left. A call that "
                "is cut off has still "
                "taken its time.",
            ),
            Misconception(
                "usual_reserved",
                having(saves=False, fits=usual_fits),
                "You reserved the usual bill. It fits usually; a long reply, or a late one, takes the worst.",
            ),
            Misconception(
                "siblings_forgotten",
                having(saves=False, siblings=False),
                "Each call fits alone, and together they do not. Calls of one turn are paid from the same budget: take "
                "each call's worst case off before you look at the next.",
            ),
            Misconception(
                "retries_unreserved",
                having(saves=False, fits=retries_fit),
                "First tries are looked at, retries are not. A retry is a call with a worst case of its own.",
            ),
            Misconception(
                "cache_unused",
                having(kept=False),
                "Kept answers were at hand and never served. They are free, and take no time.",
            ),
            Misconception(
                "faults_ignored",
                having(tries=1),
                "A call that failed, came late or was rejected was never tried again, not even with money left.",
            ),
            Misconception(
                "one_at_a_time",
                having(at_once=1),
                "Two steps were ready and affordable, and never ran together. A turn takes as long "
                "as its slowest call.",
            ),
            Misconception(
                "dear_model_only",
                having(model="premium"),
                "Only the dear model was ever called. Where it does not fit, a cheap one may.",
            ),
            Misconception(
                "stopped_early",
                gives_up,
                "Tasks were ended while a step was ready whose worst case still fitted.",
            ),
        ),
        hints=(
            "First what is free; then, step by step, the best offer whose worst case fits in what the calls before it "
            "have left.",
            'usd_left -= offer["usd_worst"] after each call that you add; seconds are not added up within a turn, for '
            'calls run together. An empty {"calls": []} ends the task.',
        ),
        worked=lambda g: "no turn was begun whose worst case did not fit, and little was left undone",
        inputs=tasks,
        hidden=hidden_tasks,
        verdict=verdict,
        points=4,
    ),
)

ESSAYS = (
    Essay(
        name="what-the-ceiling-costs",
        asks="What does your ceiling cost? Read from your picture at one budget by how much the baseline that ignores "
        "budgets is better, and say why it may not be used there; say what reserving the worst case leaves unused; and "
        "name one change that would win some of it back without a single overrun. Five sentences.",
        points=4,
        rubric="One point for each: a reading of the picture with a budget and both qualities; the "
        "baseline's quality is "
        "bought with overruns, so that it is no alternative; the reserve that comes back too late to be used (or steps "
        "that wait for it); a change that keeps the ceiling, such as a smaller max_tokens, a "
        "cheaper first model, a gate "
        "before the retry, or saving for the last step.",
    ),
)

EXERCISE = Exercise(
    name="budget_orchestrator",
    number="08",
    title="An orchestrator that keeps its budget",
    minutes=75,
    difficulty="advanced",
    objective="Write a controller that never exceeds its dollars or its seconds, whatever fails, and measure what that "
    "costs in quality.",
    text=Budget(),
    draw=draw,
    questions=QUESTIONS,
    essays=ESSAYS,
)
