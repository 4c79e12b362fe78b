"""LiteLLM: ten premium calls under a cap that pays for one, and the switches that are to keep it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from labkit import PREMIUM

from ..server import FaultPlan, Server
from .litellm_parts import PREMIUM_PRICE, at_server, question, settled, text_of
from .measurement import Measurement, measurement_of, predicted_by

CAP_USD, TASKS = 0.05, 10


def provider_budget(url: str) -> Any:
    """A Router with a budget of its provider."""
    from litellm import Router

    there = {"model": "openai/premium", "api_base": url, "api_key": "none", **PREMIUM_PRICE}
    return Router(
        model_list=[{"model_name": "premium", "litellm_params": there}],
        provider_budget_config={"openai": {"budget_limit": CAP_USD, "time_period": "1d"}},
        num_retries=0,
    )


def deployment_budget(url: str) -> Any:
    """A Router with a budget of its deployment."""
    from litellm import Router

    there = {"model": "openai/premium", "api_base": url, "api_key": "none", **PREMIUM_PRICE}
    budget = {"max_budget": CAP_USD, "budget_duration": "1d"}
    return Router(model_list=[{"model_name": "premium", "litellm_params": {**there, **budget}}], num_retries=0)


def global_budget(url: str) -> Any:
    """LiteLLM's switch for the whole process."""
    import litellm
    from litellm import Router

    litellm.max_budget = CAP_USD
    there = {"model": "openai/premium", "api_base": url, "api_key": "none", **PREMIUM_PRICE}
    return Router(model_list=[{"model_name": "premium", "litellm_params": there}], num_retries=0)


WAYS: list[tuple[str, Callable[[str], Any]]] = [
    ("provider_budget_config", provider_budget),
    ("deployment max_budget", deployment_budget),
    ("litellm.max_budget", global_budget),
]


async def measure_caps(server: Server) -> list[Measurement]:
    """Each switch, with the ten calls at once and one after the other."""
    import litellm

    found = []
    for words, make in WAYS:
        for in_flight in (TASKS, 1):
            litellm.logging_callback_manager._reset_all_callbacks()  # a budget of before would go on counting
            litellm.max_budget = 0.0
            server.reset(FaultPlan(soft=0.0))
            router = make(server.url)
            prompts, texts = [f"What is {a}+5?" for a in range(TASKS)], []
            for some in range(0, TASKS, in_flight):
                asked = [text_of(router.acompletion("premium", question(p))) for p in prompts[some : some + in_flight]]
                texts += await asyncio.gather(*asked)
                await asyncio.sleep(0.2)  # the bill is counted in the background
            never = make is global_budget
            calls = f"{TASKS}" if never else f"min({TASKS}, post_paid_calls({CAP_USD}, {PREMIUM.usd}, {in_flight}))"
            found.append(
                measurement_of(
                    await settled(server), "budget", "LiteLLM",
                    f"{words}, {TASKS} premium calls {'at once' if in_flight > 1 else 'one after the other'}",
                    in_turn=True, tasks=TASKS, successes=sum(text == str(a + 5) for a, text in enumerate(texts)),
                    predicted=predicted_by(f"calls = {calls}; usd = {PREMIUM.usd} * {calls}; successes = {calls}"),
                    counts={"usd of the cap": CAP_USD},
                    note="it is compared with a sum that acompletion never adds to" if never else "post-paid",
                )
            )  # fmt: skip
    return found


CONDITIONS = {"litellm_budgets": at_server(measure_caps)}
