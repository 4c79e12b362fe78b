"""LiteLLM: which model is asked: by the words of a prompt, by price, and by what has failed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from labkit import PREMIUM, SMALL

from ..server import FaultPlan, Server
from .litellm_parts import PREMIUM_PRICE, SMALL_PRICE, at_server, question, settled, text_of
from .measurement import Measurement, measurement_of, predicted_by

SUMS = 50
WORDINGS = (
    "Add {0} and {1}.",
    "Write a python function that returns {0}+{1}.",
    "Let's think step by step: add {0}, {1}.",
)
"""What the router calls SIMPLE, MEDIUM and REASONING; the sum is the same."""
LENGTHS = (2, 12, 60, 200)
"""Numbers of a sum."""
REQUESTS = 30
ASKED, RPM = 10, 2
"""Requests within a minute, and how many of them a limit allows."""


def complexity_router(url: str, medium: str) -> Any:
    """A Router that chooses the model by the words of the prompt, without a call."""
    from litellm import Router

    there = {"api_base": url, "api_key": "none"}
    tiers = {"SIMPLE": "small", "MEDIUM": medium, "COMPLEX": "premium", "REASONING": "premium"}
    chooser = {"model": "auto_router/complexity_router", "complexity_router_config": {"tiers": tiers}}
    chooser["complexity_router_default_model"] = "premium"
    return Router(
        model_list=[
            {"model_name": "premium", "litellm_params": {"model": "openai/premium", **there, **PREMIUM_PRICE}},
            {"model_name": "small", "litellm_params": {"model": "openai/small", **there, **SMALL_PRICE}},
            {"model_name": "smart", "litellm_params": chooser},
        ]
    )


def cheap_first(url: str) -> Any:
    """A Router that asks the small model, and the premium one where that fails."""
    from litellm import Router

    there = {"api_base": url, "api_key": "none"}
    return Router(
        model_list=[
            {"model_name": name, "litellm_params": {"model": f"openai/{name}", **there}}
            for name in ("small", "premium")
        ],
        fallbacks=[{"small": ["premium"]}],
        num_retries=0,
    )


def by_price(url: str) -> Any:
    """A Router that asks the cheapest deployment of a group."""
    from litellm import Router

    there = {"api_base": url, "api_key": "none"}
    return Router(
        model_list=[
            {"model_name": "any", "litellm_params": {"model": "openai/premium", **there, **PREMIUM_PRICE}},
            {"model_name": "any", "litellm_params": {"model": "openai/small", **there, **SMALL_PRICE}},
        ],
        routing_strategy="cost-based-routing",
        num_retries=0,
    )


def health(url: str, main: Sequence[str], **switches: Any) -> Any:
    """A Router over deployments of one group, with a spare group; those that fail are rested."""
    from litellm import Router

    there = {"api_base": url, "api_key": "none"}
    groups = [("main", name) for name in main] + [("spare", "small")]
    return Router(
        model_list=[
            {"model_name": group, "litellm_params": {"model": f"openai/{name}", **there}} for group, name in groups
        ],
        fallbacks=[{"main": ["spare"]}],
        num_retries=0,
        **switches,
    )


async def ask_all(router: Any, model: str, prompts: Sequence[str], sums: Sequence[int], at_once: int = 25) -> int:
    """How many of the prompts got the right answer."""
    right = 0
    for some in range(0, len(prompts), at_once):
        asked = [text_of(router.acompletion(model, question(each))) for each in prompts[some : some + at_once]]
        right += sum(
            text == str(total)
            for text, total in zip(await asyncio.gather(*asked), sums[some : some + at_once], strict=True)
        )
    return right


async def measure_words(server: Server) -> list[Measurement]:
    """The complexity router with MEDIUM on either model, and on plain sums of any length."""
    found = []
    worded = [(words.format(a, a + 7), 2 * a + 7) for words in WORDINGS for a in range(10, 10 + SUMS)]
    long = [list(range(a, a + count)) for count in LENGTHS for a in range(100, 110)]
    plain = [(f"Add {', '.join(map(str, each[:-1]))} and {each[-1]}.", sum(each)) for each in long]
    for words, medium, tasks, share in [
        ("MEDIUM on small, three wordings", "small", worded, "1 / 3"),
        ("MEDIUM on premium, three wordings", "premium", worded, "2 / 3"),
        ("MEDIUM on premium, plain sums of 2 to 200 numbers", "premium", plain, "0"),
    ]:
        server.reset(FaultPlan())
        prompts, sums = [text for text, _ in tasks], [total for _, total in tasks]
        right = await ask_all(complexity_router(server.url, medium), "smart", prompts, sums)
        rows, n = await settled(server), len(tasks)
        formula = (
            f"calls = {n}; usd = {n} * routed_cost({share}, {SMALL.usd}, {PREMIUM.usd}); "
            f"sec = {n} * routed_cost({share}, {SMALL.sec}, {PREMIUM.sec}); "
            f"successes = {n} * (({share}) * {PREMIUM.p_ok} + (1 - {share}) * {SMALL.p_ok})"
        )
        found.append(
            measurement_of(
                rows, "routing", "LiteLLM", f"complexity router, {words}", in_turn=True, tasks=n, successes=right,
                predicted=predicted_by(formula), counts={"to premium": sum(row.model == "premium" for row in rows)},
                note="words such as python or step by step decide, the length of a sum does not",
            )
        )  # fmt: skip
    return found


async def measure_prices(server: Server) -> list[Measurement]:
    """The small model first and a fallback; and the cheapest of a group."""
    found, n = [], 200
    prompts, sums = [f"What is {a}+5?" for a in range(n)], [a + 5 for a in range(n)]
    for words, make, model, q in [
        ("small, premium where 30% of calls fail", cheap_first, "small", 0.3),
        ("cost-based-routing, nothing fails", by_price, "any", 0.0),
    ]:
        server.reset(FaultPlan(models={"small": FaultPlan(hard=q, kinds=("500",), retry_after_sec=0.01)}))
        right = await ask_all(make(server.url), model, prompts, sums)
        formula = (
            f"calls = {n} * (1 + {q}); usd = {n} * routed_cost({q}, {SMALL.usd}, {PREMIUM.usd}); "
            f"successes = {n} * ({1 - q} * {SMALL.p_ok} + {q} * {PREMIUM.p_ok})"
        )
        error = (n * q * (1 - q)) ** 0.5
        rows = await settled(server)
        found.append(
            measurement_of(
                rows, "routing", "LiteLLM", words, in_turn=True, tasks=n, successes=right,
                predicted=predicted_by(formula, error, error * (PREMIUM.usd - SMALL.usd)),
                counts={"to premium": sum(row.model == "premium" for row in rows)},
                note="a wrong answer of the small model is no failure, and goes out",
            )
        )  # fmt: skip
    return found


async def measure_health(server: Server) -> list[Measurement]:
    """One deployment of two is down: how many calls it still gets."""
    found = []
    for kind, main, words, switches in [
        ("429", ("premium", "small"), "429, a sibling, as it comes", {}),
        ("500", ("premium", "small"), "500, a sibling, as it comes", {}),
        ("500", ("premium", "small"), "500, a sibling, allowed_fails=1", {"allowed_fails": 1, "cooldown_time": 60}),
        ("500", ("premium",), "500, no sibling, as it comes", {}),
        ("cut", ("premium",), "cut, no sibling, as it comes", {}),
    ]:  # fmt: skip
        if time.time() % 60 > 50:  # LiteLLM counts failures by the minute of the clock; each of these lies in one
            await asyncio.sleep(60.5 - time.time() % 60)
        random.seed(1)  # the Router draws a deployment
        down = FaultPlan(hard=1.0, kinds=(kind,), retry_after_sec=0.01)
        server.reset(FaultPlan(soft=0.0, models={"premium": down}))
        prompts, sums = [f"What is {a}+5?" for a in range(REQUESTS)], [a + 5 for a in range(REQUESTS)]
        right = await ask_all(health(server.url, main, **switches), "main", prompts, sums, at_once=1)
        rows = await settled(server)
        lost = sum(row.model == "premium" for row in rows)
        law = None
        if len(main) == 1:
            billed = f"({PREMIUM.usd} + {SMALL.usd})" if kind == "cut" else f"{SMALL.usd}"
            law = predicted_by(f"calls = {REQUESTS} * 2; usd = {REQUESTS} * {billed}; successes = {REQUESTS}")
        found.append(
            measurement_of(
                rows, "health", "LiteLLM", f"one deployment down: {words}", in_turn=True, tasks=REQUESTS,
                successes=right, predicted=law, counts={"to the one that is down": lost},
                note="a group of one is never rested" if law else "rested for 5 s unless cooldown_time says otherwise",
            )
        )  # fmt: skip
    return found


async def measure_limits(server: Server) -> list[Measurement]:
    """Ten requests in a minute at a deployment with rpm=2."""
    from litellm import Router

    found = []
    for words, switches in [
        ("as it comes (simple-shuffle)", {}),
        ("enforce_model_rate_limits", {"optional_pre_call_checks": ["enforce_model_rate_limits"]}),
    ]:
        server.reset(FaultPlan(soft=0.0))
        there = {"model": "openai/premium", "api_base": server.url, "api_key": "none", "rpm": RPM}
        router = Router(model_list=[{"model_name": "premium", "litellm_params": there}], num_retries=0, **switches)
        right = await ask_all(
            router, "premium", [f"What is {a}+5?" for a in range(ASKED)], range(5, 5 + ASKED), at_once=1
        )
        calls = f"min({ASKED}, {RPM})"
        law = predicted_by(
            f"calls = {calls}; usd = {calls} * {PREMIUM.usd}; successes = {calls}; sec = {calls} * {PREMIUM.sec}"
        )
        found.append(
            measurement_of(
                await settled(server), "rate limits", "LiteLLM", f"ten requests at rpm={RPM}, {words}",
                in_turn=True, tasks=ASKED, successes=right, predicted=law if switches else None,
                counts={"requests a minute": RPM}, note="rpm alone only weighs the draw of a deployment",
            )
        )  # fmt: skip
    return found


CONDITIONS = {
    "litellm_routing": at_server(measure_words, measure_prices),
    "litellm_health": at_server(measure_health, measure_limits),
}
