"""Published figures that the course is held against, each with its source.

``read`` figures were read in the paper or the repository itself; ``reported`` ones in a page that quotes it, and the
course says "reported as" beside them. Each entry says its conditions: temperature, tries, check and n. Figures computed
here come from committed rows: ``humaneval_retries``, ``humaneval_cascade``, ``leaderboard``, ``paired_answers``,
``azure_arrivals``, ``generated_tokens``, ``airline_calls``, ``mooncake_requests``.
"""

from __future__ import annotations

from typing import TypeAlias

from .azure_rows import Arrivals, azure_arrivals, generated_tokens
from .entries import MARKS, Finding, Published
from .routellm_rows import PairedAnswers, paired_answers
from .rows import (
    Cascaded,
    ChatRequests,
    Retried,
    Talk,
    airline_calls,
    humaneval_cascade,
    humaneval_retries,
    mooncake_requests,
)
from .tau2_rows import Leaderboard, leaderboard

__all__ = [
    "MARKS", "Arrivals", "Cascaded", "ChatRequests", "Finding", "Leaderboard", "PairedAnswers", "Published", "Retried",
    "Talk", "airline_calls", "azure_arrivals", "generated_tokens", "humaneval_cascade", "humaneval_retries",
    "leaderboard", "mooncake_requests", "paired_answers",
]  # fmt: skip

Conditions: TypeAlias = "tuple[float | str, int | str, str, str]"
UNSAID, NO_MODEL = "not stated", "does not apply"
FOUR_OR_MORE = "4 or more, the number is not stated"
BY_DEFAULT = "0, the benchmark's default; whether a model that reasons takes it is not stated"
SHORT_ACTIONS = "0; an action under 5 characters is asked for again, 0.2 warmer each time"

TAU = "tau-bench README (Yao et al. 2024)"
TAU_2 = "tau2-bench leaderboard, submitter Sierra"
RUNS = "agent-evals, runs of Kapoor et al. 2024, AI Agents That Matter"
REFLEXION = "logs of Reflexion (Shinn et al. 2023)"
METR = "METR, Time Horizon 1.1 results"
KIM = "Kim et al. 2025, Towards a Science of Scaling Agent Systems, arXiv 2512.08296v2"
KIM_3 = "Kim et al., Towards a Science of Scaling Agent Systems, arXiv 2512.08296v3"
ROUTE_LLM = "RouteLLM, Ong et al. 2024"
FRUGAL_GPT = "FrugalGPT, Chen et al. 2023"


def _found(what: str, values: tuple[float, ...], source: str, conditions: Conditions, mark: str = "read") -> Published:
    """An entry with its conditions in this order: temperature, tries, check, n."""
    temperature, tries, check, n = conditions
    return Published(what, values, source, mark, temperature=temperature, tries=tries, check=check, n=n)


def _pass_hat(
    agent: str, values: tuple[float, ...], source: str, n: str, tries: int | str = 4, temperature: float | str = 0
) -> Published:
    conditions = temperature, tries, "the database in the end; a simulated customer", n
    return _found(f"pass^1..4 of {agent}", values, source, conditions)


def _horizons(model: str, half: float, four_of_five: float) -> Published:
    conditions = UNSAID, UNSAID, "each task's own score", "METR's tasks, some runs of each; a logistic curve fitted"
    return _found(f"T50 and T80 of {model} (minutes a person needs)", (half, four_of_five), METR, conditions)


# ---- tries that are not independent --------------------------------------------------------------------------

PASS_HAT = {
    "gpt-4o airline": _pass_hat("gpt-4o, airline", (0.420, 0.273, 0.220, 0.200), TAU, "50 tasks"),
    "gpt-4o retail": _pass_hat("gpt-4o, retail", (0.604, 0.491, 0.430, 0.383), TAU, "115 tasks", FOUR_OR_MORE),
    "claude-3-5-sonnet retail": _pass_hat(
        "claude-3-5-sonnet, retail", (0.692, 0.576, 0.509, 0.462), TAU, "115 tasks", FOUR_OR_MORE
    ),
    "GPT-4.1 airline": _pass_hat("GPT-4.1, airline", (0.560, 0.478, 0.424, 0.381), TAU_2, "50 tasks"),
    "Claude Opus 4.5 retail": _pass_hat(
        "Claude Opus 4.5, retail", (0.7961, 0.674, 0.5877, 0.5175), TAU_2, "114 tasks", temperature=BY_DEFAULT
    ),
    "GPT-5 telecom": _pass_hat(
        "GPT-5, telecom", (0.9583, 0.9196, 0.8838, 0.8509), TAU_2, "114 tasks", temperature=BY_DEFAULT
    ),
}
"""Customer-service agents: how often k runs of one task are all right."""

ALFWORLD_TASKS = 134
ALFWORLD_BLIND = _found(
    "ALFWorld tasks of 134 solved after blind trials 1..7",
    (84, 94, 97, 98, 100, 101, 101),
    REFLEXION,
    (SHORT_ACTIONS, 7, "the household's own state, which notices every failure", "134 tasks"),
)
ALFWORLD_REFLECTED = _found(
    "ALFWorld tasks of 134 solved after trials 1..15 with reflection",
    (84, 103, 111, 113, 117, 118, 123, 126, 128, 129, 130, 130, 131, 133, 134),
    REFLEXION,
    (SHORT_ACTIONS, 15, "the household's own state, which notices every failure", "134 tasks"),
)
AIDER = _found(
    "share of tasks solved at the first try and after the test errors were shown, mean of 68 models; "
    "and what independent tries promise, model by model",
    (0.215, 0.481, 0.365),
    "Aider polyglot leaderboard",
    (
        "0 where the model takes one",
        2,
        "the task's tests, shown after the first try",
        "68 models, 225 tasks, a few less one or two",
    ),
)

# ---- coordination ----------------------------------------------------------------------------------------------


def _architecture(name: str, success: float, overhead: float, turns: float) -> Published:
    what = f"{name}: share solved, tokens more than a single agent (share of its tokens), turns"
    conditions = UNSAID, UNSAID, "each benchmark's own score", "4 benchmarks, 3 families of models, 180 configurations"
    return _found(what, (success, overhead, turns), KIM, conditions)


COORDINATION = {
    "single": _architecture("one agent", 0.466, 0.0, 7.2),
    "independent": _architecture("agents side by side that do not talk", 0.370, 0.58, 11.4),
    "decentralised": _architecture("agents that talk to each other", 0.477, 2.63, 26.1),
    "centralised": _architecture("agents under one that leads", 0.463, 2.85, 27.7),
    "hybrid": _architecture("agents that talk to each other, and one that leads", 0.452, 5.15, 44.3),
}
"""Five architectures on agentic tasks, means over benchmarks and models, of the paper's second version."""

ERRORS_AMPLIFIED = _found(
    "errors against those of one agent: times as many with independent agents, with a centralised team; share that "
    "one agent solves from which on more agents gain nothing (about)",
    (17.2, 4.4, 0.45),
    KIM_3,
    (
        UNSAID,
        UNSAID,
        "each benchmark's own score",
        "260 configurations, 6 benchmarks; version 2 has the same three from 180",
    ),
    "reported",
)
DEBATE = Finding(
    "debate does not reliably beat sampling one model several times",
    "tuned variants of it do better",
    "Smit et al. ICML 2024, abstract",
    temperature=UNSAID,
    tries=UNSAID,
    check="the known answer",
    n="several sets of questions; the abstract states no number",
)

# ---- routing and cascades --------------------------------------------------------------------------------------

HUMANEVAL_TASKS = 164
HUMANEVAL_ALONE = {
    model: _found(
        f"{model} alone on HumanEval: share solved, USD for all 164 tasks, s a task, means of 5 runs",
        values,
        RUNS,
        (0, 1, "hidden tests say what is right", "164 tasks, 5 runs"),
    )
    for model, values in {
        "GPT-3.5-0613": (0.752, 0.042, 1.6),
        "GPT-4-0613": (0.865, 2.94, 9.2),
        "GPT-4-turbo": (0.896, 1.93, 11.3),
    }.items()
}


def _cascade(what: str, values: tuple[float, ...], n: str) -> Published:
    check = "the problem's example tests pass an answer on; hidden tests say what is right"
    return Published(what, values, RUNS, temperature=0, tries="one of each model", check=check, n=n)


CASCADES = {
    model: _cascade(
        f"Llama-3 8B, GPT-3.5, Llama-3 70B, {model} on HumanEval, each asked when the example tests fail: "
        "share solved, USD for all 164 tasks, s a task, means of 5 runs",
        values,
        "164 tasks, 5 runs",
    )
    for model, values in {"GPT-4-0613": (0.876, 0.42, 4.2), "GPT-4-turbo": (0.850, 0.27, 3.9)}.items()
}
"""Escalation through four models; the key names the last one."""

CASCADE_REACHED = _cascade(
    "the one up to GPT-4-0613: answers asked of each, 5 runs", (820, 320, 141, 89), "820 answers"
)
CASCADE_RIGHT = _cascade("the same: answers that were taken and right", (448, 169, 46, 55), "820 answers")
CASCADE_USD = _cascade(
    "the same: USD a call of each model, mean", (0.000108, 0.000281, 0.000515, 0.020667), "820 answers"
)

MT_BENCH_CALLS = _found(
    "share of strong calls for half of the gap on MT-Bench: at random, best matrix-factorisation router",
    (0.4903, 0.1340),
    ROUTE_LLM,
    (UNSAID, 1, "a model as the judge", "MT-Bench"),
)
GSM8K = _found(
    "GSM8K, share solved: weak model, strong model, either",
    (0.638, 0.857, 0.929),
    ROUTE_LLM,
    (0, 1, "the known answer", "1,319 questions"),
)
FRUGAL = {
    data: _found(
        f"USD of the best model alone and of the cascade on {data}",
        usd,
        FRUGAL_GPT,
        (UNSAID, "one of each model", "a learned score passes an answer on", UNSAID),
        "reported",
    )
    for data, usd in {"HEADLINES": (33.1, 0.6), "OVERRULING": (9.7, 2.6), "COQA": (72.5, 29.6)}.items()
}

# ---- time ------------------------------------------------------------------------------------------------------

CALL_SEC = _found(
    "820 GPT-4-0613 calls: mean, p50, p95, p99 (s)",
    (9.2, 8.0, 19.4, 27.7),
    RUNS,
    (0, 1, "none", "820 calls: 164 tasks, 5 runs"),
)
SLOWEST_OF = (5, 12, 50)
SLOWEST_SEC = _found(
    "the same calls: expected slowest of 5, 12 and 50 at once (s)",
    (15.4, 19.8, 27.8),
    RUNS,
    (0, 1, "none", "820 calls, drawn at random"),
)
TAIL_AT_SCALE = _found(
    "p99.9 of a read from 100 servers, without and with a second request after 10 ms (ms), extra requests",
    (1800, 74, 0.02),
    "The Tail at Scale, Dean and Barroso 2013",
    (NO_MODEL, "a second request for what is late", "none", "reads of 1,000 values, spread over 100 servers"),
)

# ---- caches ----------------------------------------------------------------------------------------------------

PREFIX_READ_WRITE = _found(
    "price multipliers of a cached prefix: read, write for 5 minutes, write for 1 hour",
    (0.10, 1.25, 2.0),
    "one vendor's price page",
    (NO_MODEL, NO_MODEL, "none", "a price list"),
    "reported",
)
PREFIX_SAVED = _found(
    "share of the bill that prefix caching saved agents, least and most",
    (0.45, 0.80),
    "Lumer et al. 2026, arXiv 2601.06007v1, abstract",
    (UNSAID, UNSAID, "none", "agents of three vendors' models"),
)
SEMANTIC_CACHE = _found(
    "a semantic cache: hit rates, least and most, and the share of hits that were right (at least)",
    (0.616, 0.688, 0.97),
    "Regmi and Pun 2024, abstract",
    (NO_MODEL, NO_MODEL, "the authors' own reading of the hits", "the authors' data"),
)

# ---- votes -----------------------------------------------------------------------------------------------------

MAKER = _found(
    "steps without an error, error rate of one vote, lead that decides a vote",
    (1_048_575, 0.0022, 3),
    "MAKER, Meyerson et al. 2025, arXiv 2511.09030",
    (UNSAID, "votes until one answer is 3 ahead", "answers of a wrong form are dropped", "one run of 1,048,575 steps"),
)
AGREE_WHEN_WRONG = _found(
    "how often two models agree when both err, and how often they would by chance, three wrong answers being left",
    (0.60, 1 / 3),
    "Kim et al. ICML 2025",
    (UNSAID, 1, "the known answer", "one leaderboard, four answers; reported: HELM, 71 models, 14,042 questions"),
)

# ---- long tasks --------------------------------------------------------------------------------------------------

HORIZONS = {
    "GPT-4": _horizons("GPT-4", 3.524514, 0.621658),
    "GPT-4 1106": _horizons("GPT-4 1106", 3.609578, 0.563384),
    "Claude 3 Opus": _horizons("Claude 3 Opus", 3.575399, 0.476819),
    "GPT-4 Turbo": _horizons("GPT-4 Turbo", 3.225159, 0.617128),
    "GPT-4o": _horizons("GPT-4o", 6.404471, 0.947734),
    "Claude 3.5 Sonnet": _horizons("Claude 3.5 Sonnet, June 2024", 10.771603, 1.319663),
    "o1-preview": _horizons("o1-preview", 19.395096, 3.407526),
    "Claude 3.5 Sonnet (new)": _horizons("Claude 3.5 Sonnet, October 2024", 19.776241, 2.110812),
    "o1": _horizons("o1", 37.937543, 5.720742),
    "Claude 3.7 Sonnet": _horizons("Claude 3.7 Sonnet", 59.763762, 9.792108),
    "o3": _horizons("o3", 120.730463, 23.909039),
    "Claude Opus 4": _horizons("Claude Opus 4", 101.182643, 16.642056),
    "GPT-5": _horizons("GPT-5", 213.954459, 31.643807),
    "Claude Opus 4.5": _horizons("Claude Opus 4.5", 320.422486, 41.551151),
}
"""Models in the order of their release: the length of task that half, and that four of five, runs succeed at.
"""
