"""What the measurements of LiteLLM share: prices, the server's log, and the account that a client keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..server import SERVED, LoggedCall, Server, serve
from .measurement import Measurement

PREMIUM_PRICE, SMALL_PRICE = (
    {"input_cost_per_token": card.usd_in, "output_cost_per_token": card.usd_out}
    for card in (SERVED["premium"].card, SERVED["small"].card)
)


def question(text: str) -> list[dict[str, str]]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]


def at_server(*parts: Callable[[Server], Awaitable[list[Measurement]]]) -> Callable[[], list[Measurement]]:
    """A condition: what the functions measure one after the other, at one server and in one event loop."""

    async def with_server() -> list[Measurement]:
        with serve() as server:
            return [each for part in parts for each in await part(server)]

    def condition() -> list[Measurement]:
        import litellm

        litellm.suppress_debug_info = True
        return asyncio.run(with_server())

    return condition


async def settled(server: Server) -> tuple[LoggedCall, ...]:
    """The rows of the log when no call runs; the event loop goes on, so that clients can hang up."""
    return await asyncio.to_thread(server.log.settled)


async def text_of(answer: Awaitable[Any]) -> str | None:
    """The text of an answer, None where an error came instead."""
    try:
        return str((await answer).choices[0].message.content)
    except Exception:
        return None


class Account:
    """What LiteLLM tells its callbacks: one row a call that succeeded or failed, with its cost in USD."""

    def __init__(self) -> None:
        import litellm
        from litellm.integrations.custom_logger import CustomLogger

        account = self

        class Callback(CustomLogger):
            async def async_log_success_event(
                self, kwargs: dict[str, Any], response_obj: Any, start_time: Any, end_time: Any
            ) -> None:
                account.rows.append(kwargs.get("response_cost"))

            async def async_log_failure_event(
                self, kwargs: dict[str, Any], response_obj: Any, start_time: Any, end_time: Any
            ) -> None:
                account.rows.append(kwargs.get("response_cost"))

        self.rows: list[float | None] = []
        litellm.logging_callback_manager._reset_all_callbacks()
        litellm.callbacks = [Callback()]

    async def settled(self) -> list[float | None]:
        """The rows when the background worker that calls back has nothing left to do."""
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

        for _ in range(20):  # a callback may be put in the queue a few turns of the loop later
            await asyncio.sleep(0.01)
            await GLOBAL_LOGGING_WORKER.flush()
        return self.rows

    async def usd(self) -> float:
        """The sum of its rows; one without a cost counts nothing."""
        return round(sum(cost or 0.0 for cost in await self.settled()), 12)
