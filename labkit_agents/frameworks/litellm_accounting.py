"""LiteLLM: the client's own account of what it spent, beside what the server bills."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from labkit import PREMIUM

from ..server import FaultPlan, Server
from .litellm_parts import PREMIUM_PRICE, Account, at_server, question, settled
from .measurement import Measurement, measurement_of, predicted_by

QUESTION = question("What is 12+345?")
SHORT_SEC = 0.5


async def unknown_model(url: str) -> None:
    """A model whose price nobody stated."""
    from litellm import acompletion

    await acompletion("openai/premium", QUESTION, api_base=url, api_key="none")


async def known_model(url: str) -> None:
    """The same with its prices."""
    from litellm import acompletion

    await acompletion("openai/premium", QUESTION, api_base=url, api_key="none", **PREMIUM_PRICE)


async def stream(url: str, **options: Any) -> None:
    """A reply in pieces, read to its end."""
    from litellm import acompletion

    pieces = await acompletion(
        "openai/premium", QUESTION, api_base=url, api_key="none", stream=True, **options, **PREMIUM_PRICE
    )  # fmt: skip
    async for _ in pieces:
        pass


async def stream_with_usage(url: str) -> None:
    """The same, asked to tell its tokens."""
    await stream(url, stream_options={"include_usage": True})


async def abandoned_stream(url: str) -> None:
    """A stream that is left after its first piece."""
    from litellm import acompletion

    pieces = await acompletion("openai/premium", QUESTION, api_base=url, api_key="none", stream=True, **PREMIUM_PRICE)
    async for _ in pieces:
        break
    await pieces.aclose()


async def impatient(url: str) -> None:
    """A client that waits briefly; its library tries again."""
    from litellm import acompletion

    await acompletion("openai/premium", QUESTION, api_base=url, api_key="none", timeout=SHORT_SEC, **PREMIUM_PRICE)


SITUATIONS: list[tuple[str, Callable[[str], Awaitable[None]], int, str]] = [
    ("a model without a price", unknown_model, 0, "a price that is unknown is 0, not missing"),
    ("a model with a price", known_model, 0, ""),
    (
        "no price stated, after a call that stated it", unknown_model, 0,
        "a price that one call states holds for all later calls of the process",
    ),
    ("a stream without include_usage", stream, 0, "tokens are counted from the text, on both sides"),
    ("a stream with include_usage", stream_with_usage, 0, ""),
    ("a stream left after its first piece", abandoned_stream, 0, "it leaves no row"),
    ("two time-outs, then an answer", impatient, 2, "one row, of the attempt that came back"),
    ("three time-outs", impatient, 3, "one row of a failure that cost nothing"),
]  # fmt: skip
"""A situation, its lines, how many of its first attempts time out, and what the account makes of it."""


async def measure_accounts(server: Server) -> list[Measurement]:
    """Each situation once."""
    found = []
    for words, ask, lost, note in SITUATIONS:
        account = Account()
        server.reset(FaultPlan(attempts=("timeout",) * lost))
        calls = f"min({lost} + 1, calls_through_layers((3,)))"
        with suppress(Exception):
            await ask(server.url)
        await asyncio.sleep(0.3)  # callbacks are made in the background
        rows = await account.settled()
        found.append(
            measurement_of(
                await settled(server), "accounting", "LiteLLM", words, usd_client=await account.usd(),
                predicted=predicted_by(f"calls = {calls}; usd = {calls} * {PREMIUM.usd}"),
                counts={"rows of the account": len(rows)}, note=note,
            )
        )  # fmt: skip
    return found


CONDITIONS = {"litellm_accounting": at_server(measure_accounts)}
