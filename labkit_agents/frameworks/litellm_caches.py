"""LiteLLM: caches of whole answers, and the price of a prefix that the model's host had cached."""

from __future__ import annotations

import asyncio
from typing import Any

from labkit import PREMIUM

from ..server import SERVED, FaultPlan, Server
from .litellm_parts import PREMIUM_PRICE, Account, at_server, question, settled, text_of
from .measurement import Measurement, measurement_of, predicted_by

KEPT = 200
"""Answers that LiteLLM's local cache keeps unless told otherwise, for 600 s each."""
ASKED = 20


async def ask_cached(url: str, prompts: list[str]) -> list[Any]:
    """Prompts one after the other through LiteLLM's cache in memory."""
    import litellm

    if litellm.cache is None:
        litellm.cache = litellm.Cache(type="local")
    there = {"api_base": url, "api_key": "none", **PREMIUM_PRICE}
    return [await litellm.acompletion("openai/premium", question(each), **there) for each in prompts]


async def ask_at_once(url: str, prompts: list[str]) -> list[Any]:
    """Prompts at the same time through the same cache."""
    return [each for (each,) in await asyncio.gather(*(ask_cached(url, [prompt]) for prompt in prompts))]


def law_of(calls: int) -> str:
    """What so many premium calls come to."""
    return f"calls = {calls}; usd = {calls} * {PREMIUM.usd}; sec = {calls} * {PREMIUM.sec}"


def forget() -> None:
    """Begin with an empty cache."""
    import litellm

    litellm.cache = None


async def measure_hits(server: Server) -> list[Measurement]:
    """Twenty prompts, each asked twice: what LiteLLM says that the hits cost, in the reply and to its callbacks."""
    account, prompts = Account(), [f"What is {a}+5?" for a in range(ASKED)]
    server.reset(FaultPlan(soft=0.0))
    forget()
    replies = await ask_cached(server.url, prompts)
    await account.settled()  # what is stored is stored in the background
    replies += await ask_cached(server.url, prompts)
    told = [reply._hidden_params["response_cost"] for reply in replies]
    rows, formula = await settled(server), f"{law_of(ASKED)}; successes = 2 * {ASKED}"
    right = sum(reply.choices[0].message.content == str(a % ASKED + 5) for a, reply in enumerate(replies))
    return [
        measurement_of(
            rows, "cache", "LiteLLM", f"exact, each prompt twice, the account is {words}",
            in_turn=True, tasks=2 * ASKED, successes=right, usd_client=round(usd, 12), note=note,
            predicted=predicted_by(formula),
        )
        for words, usd, note in [
            ("_hidden_params", sum(told), "a hit says the price of the call that it saves"),
            ("the callback", await account.usd(), "a hit is a row of 0"),
        ]
    ]  # fmt: skip


async def measure_identical(server: Server) -> list[Measurement]:
    """Five identical prompts at once, and one after the other."""
    found = []
    for words, ask, calls in [("at once", ask_at_once, 5), ("one after the other", ask_cached, 1)]:
        server.reset(FaultPlan(soft=0.0))
        forget()
        if calls == 1:
            await ask(server.url, ["What is 12+345?"])
            await asyncio.sleep(0.2)  # what is stored is stored in the background
        replies = await ask(server.url, ["What is 12+345?"] * (5 if calls == 5 else 4))
        right = sum(reply.choices[0].message.content == "357" for reply in replies) + (calls == 1)
        formula = f"{law_of(calls)}; successes = 5"
        found.append(
            measurement_of(
                await settled(server), "cache", "LiteLLM", f"exact, five identical prompts {words}",
                in_turn=True, tasks=5, successes=right, predicted=predicted_by(formula),
                note="nothing waits for a call in flight that asks the same" if calls == 5 else "",
            )
        )  # fmt: skip
    return found


async def measure_wrong(server: Server) -> list[Measurement]:
    """Twenty prompts, three times each, where the model is wrong at the first time alone."""
    import litellm

    found, prompts = [], [f"What is {a}+5?" for a in range(ASKED)]
    for words, cached in [("no cache", False), ("exact cache", True)]:
        server.reset(FaultPlan(attempts=("wrong",), soft=0.0))
        forget()
        right = 0
        for _ in range(3):
            if cached:
                replies = await ask_cached(server.url, prompts)
                texts = [reply.choices[0].message.content for reply in replies]
                await asyncio.sleep(0.2)
            else:
                there = {"api_base": server.url, "api_key": "none"}
                texts = [
                    await text_of(litellm.acompletion("openai/premium", question(each), **there)) for each in prompts
                ]
            right += sum(text == str(a + 5) for a, text in enumerate(texts))
        calls = ASKED if cached else 3 * ASKED
        formula = f"{law_of(calls)}; successes = {0 if cached else 2 * ASKED}"
        found.append(
            measurement_of(
                await settled(server), "cache", "LiteLLM", f"{words}, wrong at the first time alone",
                in_turn=True, tasks=3 * ASKED, successes=right, predicted=predicted_by(formula),
                note="a wrong answer is stored and served again" if cached else "",
            )
        )  # fmt: skip
    return found


async def measure_eviction(server: Server) -> list[Measurement]:
    """As many prompts as the cache keeps, and fifty more, twice in the same order."""
    found = []
    for prompts in (KEPT, KEPT + 50):
        server.reset(FaultPlan(soft=0.0))
        forget()
        for _ in range(2):
            await ask_cached(server.url, [f"What is {a}+5?" for a in range(prompts)])
            await asyncio.sleep(0.2)
        calls = prompts if prompts <= KEPT else 2 * prompts
        found.append(
            measurement_of(
                await settled(server), "cache", "LiteLLM", f"exact, {prompts} prompts twice in the same order",
                in_turn=True, tasks=2 * prompts, predicted=predicted_by(law_of(calls)),
                note=f"in memory {KEPT} answers are kept for 600 s, and the oldest goes first",
            )
        )  # fmt: skip
    return found


async def measure_prefix(server: Server) -> list[Measurement]:
    """800 of 1,000 tokens were cached at the host: LiteLLM's account without and with the price of such tokens."""
    import litellm

    card, plan = SERVED["premium"].card, FaultPlan(soft=0.0, tokens_cached=800)
    tokens, cached, read = plan.tokens_in or 0, plan.tokens_cached, round(card.usd_cached / card.usd_in, 9)
    words = f"{card.usd_in}, {card.usd_out}, {cached}, {tokens - cached}, {plan.tokens_out}, {read}"
    law = f"calls = 1; usd = cached_prefix({words}); successes = 1"
    found = []
    for words, price in [
        ("no price of cached tokens", {}),
        ("with their price", {"cache_read_input_token_cost": card.usd_cached}),
    ]:
        server.reset(plan)
        forget()
        there = {"api_base": server.url, "api_key": "none", **PREMIUM_PRICE, **price}
        reply = await litellm.acompletion("openai/premium", question("What is 12+345?"), **there)
        found.append(
            measurement_of(
                await settled(server), "cache", "LiteLLM", f"prefix, {words}", successes=1,
                usd_client=round(reply._hidden_params["response_cost"], 12),
                predicted=predicted_by(law),
                counts={"tokens": tokens, "tokens cached": cached, "price of a cached one": read},
                note="" if price else "cached tokens are counted as free",
            )
        )  # fmt: skip
    return found


CONDITIONS = {
    "litellm_caches": at_server(measure_hits, measure_identical, measure_wrong, measure_eviction, measure_prefix),
}
