"""The client of one request: what it sends, what it is sent, and whether it is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .billing_log import TASK_HEADER
from .replies import Written
from .requests import Refusal
from .state import State

JSON = b"application/json"
FIRST = 0.3
"""The share of a stream's seconds that pass before its first piece."""
DRAINED = 16
"""A body so many times too long is read to its end, so that the client hears the refusal; a longer one is not."""


class Caller:
    """A client, by the three objects of an ASGI application.

    Attributes:
        plan, log: those of the moment at which the request came.
        task: the name of its task, empty where it has none.
        status: the status that was sent, None before.
        heard: whether the client was there when it was last sent something, None before.
    """

    def __init__(
        self, state: State, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        self.state, self.plan, self.log = state, state.plan, state.log
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.task = self.headers.get(TASK_HEADER, "")[:200]
        self.status: int | None = None
        self.heard: bool | None = None
        self._receive, self._send = receive, send
        self._gone: asyncio.Task[None] | None = None

    @property
    def there(self) -> bool:
        """Whether the client has not hung up."""
        return self._gone is None or not self._gone.done()

    @property
    def stopped(self) -> bool:
        """Whether the server is about to stop."""
        return self.state.stopping is not None and self.state.stopping.done()

    async def read_body(self) -> bytes | None:
        """All of the body, or None where the client left first; from then on the connection is watched.

        Raises:
            Refusal: it is too long.
        """
        most = self.state.limits.body_bytes
        told = self.headers.get("content-length", "0")
        body, length, more = b"", 0, len(told) <= 12 and int(told) <= DRAINED * most
        if not more:
            length = most + 1
        while more and length <= DRAINED * most:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            part, more = message.get("body", b""), message.get("more_body", False)
            length += len(part)
            body = body + part if length <= most else b""
        if length > most:
            raise Refusal(413, f"the body must have at most {most:,} bytes")
        self._gone = asyncio.ensure_future(self._watch())
        return body

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def leave(self) -> None:
        """Watch the connection no longer."""
        if self._gone is not None:
            self._gone.cancel()

    async def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole reply."""
        await self._begin(status, JSON, content_length=str(len(body)), **headers)
        await self._put(body)

    async def deliver(self, reply: Written, stream: bool, sec: float, fault: str, hang_sec: float) -> bool:
        """Send a reply in so many real seconds; whether all of it was sent to a client that was still there.

        One that hangs or is cut breaks off: where a reply was begun and not ended, the connection is closed.
        """
        send = self._deliver_stream if stream else self._deliver_whole
        whole = await self._wait(FIRST * sec if stream else sec) and await send(reply, sec, fault, hang_sec)
        if not whole:
            self.heard = self.there
            if self.heard and self.status is None:
                await self._begin(200, JSON, content_length="1")
        return whole

    async def _deliver_whole(self, reply: Written, _: float, fault: str, hang_sec: float) -> bool:
        if fault == "timeout":
            await self._wait(hang_sec)
        elif fault == "cut":
            await self._begin(200, JSON, content_length=str(len(reply.body)))
            await self._put(reply.body[: len(reply.body) // 2], more=True)
        else:
            await self.answer(200, reply.body)
        return fault not in ("timeout", "cut")

    async def _deliver_stream(self, reply: Written, sec: float, fault: str, hang_sec: float) -> bool:
        """A stream hangs after its first event, and is cut after half of them."""
        await self._begin(200, b"text/event-stream", cache_control="no-cache")
        pause = hang_sec if fault == "timeout" else (1 - FIRST) * sec / len(reply.events)
        for place, event in enumerate(reply.events):
            if fault == "cut" and place == len(reply.events) // 2:
                return False
            await self._put(event, more=True)
            if not await self._wait(pause) or fault == "timeout":
                return False
        await self._put(b"")
        return True

    async def _wait(self, sec: float) -> bool:
        """Wait so many real seconds; False as soon as the client has left or the server stops."""
        watched = {each for each in (self._gone, self.state.stopping) if each is not None}
        await asyncio.wait(watched, timeout=sec, return_when=asyncio.FIRST_COMPLETED)
        return self.there and not self.stopped

    async def _begin(self, status: int, kind: bytes, **headers: str) -> None:
        self.status = status
        fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        head = {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), *fields]}
        await self._send(head)

    async def _put(self, part: bytes, more: bool = False) -> None:
        self.heard = self.there
        await self._send({"type": "http.response.body", "body": part, "more_body": more})
