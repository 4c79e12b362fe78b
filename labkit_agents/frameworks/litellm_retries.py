"""LiteLLM: how many calls one request becomes when every attempt fails, and which of them are billed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from labkit import PREMIUM, SMALL

from ..server import FaultPlan, Server
from .litellm_parts import at_server, question, settled, text_of
from .measurement import BILLED, Measurement, measurement_of, predicted_by

QUESTION = question("What is 12+345?")
KINDS = ("500", "429", "400", "timeout", "cut")
SHORT_SEC, LONG_SEC = 0.5, 60.0
"""How long a client waits: briefly where the server hangs, long where it does not."""


async def bare(url: str, timeout: float) -> Any:
    """LiteLLM as it comes: its OpenAI client tries twice more."""
    from litellm import acompletion

    return await acompletion("openai/premium", QUESTION, api_base=url, api_key="none", timeout=timeout)


async def num_retries(url: str, timeout: float) -> Any:
    """The same with the switch that its documentation names."""
    from litellm import acompletion

    return await acompletion(
        "openai/premium", QUESTION, api_base=url, api_key="none", timeout=timeout, num_retries=2
    )  # fmt: skip


async def router(url: str, timeout: float) -> Any:
    """A Router as it comes."""
    from litellm import Router

    there = {"api_base": url, "api_key": "none", "timeout": timeout}
    router = Router(model_list=[{"model_name": "premium", "litellm_params": {"model": "openai/premium", **there}}])
    return await router.acompletion("premium", QUESTION)


async def router_with_fallback(url: str, timeout: float) -> Any:
    """A Router with one fallback."""
    from litellm import Router

    there = {"api_base": url, "api_key": "none", "timeout": timeout}
    router = Router(
        model_list=[
            {"model_name": name, "litellm_params": {"model": f"openai/{name}", **there}}
            for name in ("premium", "small")
        ],
        fallbacks=[{"premium": ["small"]}],
    )
    return await router.acompletion("premium", QUESTION)


async def deployments(url: str, ids: tuple[str, ...]) -> Any:
    """A Router over deployments of one model, which differ in their ids alone."""
    from litellm import Router

    there = {"model": "openai/premium", "api_base": url, "api_key": "none"}
    router = Router(
        model_list=[{"model_name": "premium", "litellm_params": there, "model_info": {"id": name}} for name in ids]
    )
    return await router.acompletion("premium", QUESTION)


CLIENT, ONE = "calls_through_layers((3,))", "calls_through_layers((1,))"
CONFIGURATIONS: list[tuple[Callable[[str, float], Awaitable[Any]], str, str, str]] = [
    (bare, "acompletion", CLIENT, ONE),
    (num_retries, "acompletion, num_retries=2", f"{CLIENT} + 2 * {ONE}", "calls_through_layers((3, 1))"),
    (router, "Router", "calls_through_layers((3, 1))", ONE),
    (router_with_fallback, "Router, one fallback", "calls_through_layers((2, 3, 1))", "calls_through_layers((2, 1))"),
]
"""A configuration, its name, and what it makes of one request: where a fault is tried again, and for a 400.

LiteLLM's num_retries does not multiply: it makes further attempts for which it switches the client's own retries off.
"""


async def measure_failures(server: Server) -> list[Measurement]:
    """Each configuration at each kind of fault, where every attempt fails."""
    found = []
    for ask, name, law, law_400 in CONFIGURATIONS:
        for kind in KINDS:
            server.reset(FaultPlan(hard=1.0, kinds=(kind,), retry_after_sec=0.01))
            right = await text_of(ask(server.url, SHORT_SEC if kind == "timeout" else LONG_SEC))
            rows = await settled(server)
            dollars = "0"
            if kind in BILLED:
                both = f"{CLIENT} * ({PREMIUM.usd} + {SMALL.usd})"
                dollars = f"({law}) * {PREMIUM.usd}" if ask is not router_with_fallback else both
            formula = f"calls = {law_400 if kind == '400' else law}; usd = {dollars}; successes = 0"
            found.append(
                measurement_of(
                    rows, "retries", "LiteLLM", f"{name}: every attempt {kind}",
                    successes=int(right == "357"), predicted=predicted_by(formula),
                    counts={"of the client": sum(bool(row.client_retry) for row in rows)},
                    note="no waits before a further try",
                )
            )  # fmt: skip
    return found


async def measure_deployments(server: Server) -> list[Measurement]:
    """429, 429, then an answer: one deployment, two with ids of their own, and two that share one."""
    found = []
    faults = ("429", "429")
    for ids, words in [
        (("a",), "one deployment"), (("a", "b"), "two deployments"), (("a", "a"), "two deployments of one id"),
    ]:  # fmt: skip
        server.reset(FaultPlan(attempts=faults, soft=0.0, retry_after_sec=0.01))
        came = await text_of(deployments(server.url, ids))
        law = predicted_by(f"calls = min({len(faults)} + 1, {CLIENT}); usd = {PREMIUM.usd}; successes = 1")
        found.append(
            measurement_of(
                await settled(server), "retries", "LiteLLM", f"Router, {words}: 429, 429, then an answer",
                successes=int(came == "357"), predicted=law if len(ids) == 1 else None,
                note="" if len(ids) == 1 else "a 429 puts a deployment that has a sibling out of use at once",
            )
        )  # fmt: skip
    return found


CONDITIONS = {"litellm_retries": at_server(measure_failures, measure_deployments)}
