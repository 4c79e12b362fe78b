"""The connections of the endpoint, bounded in number and in time; needs uvicorn."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import make_app
from .replies import write_error
from .state import State


def make_server(state: State, ready: Any) -> uvicorn.Server:
    """The server for an event loop of its own; ``ready()`` is called once it listens."""

    class Bounded(_BoundedProtocol):
        shared = state

    class Announced(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            state.stopping = asyncio.get_running_loop().create_future()
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        make_app(state), http=Bounded, ws="none", lifespan="off", loop="asyncio", log_config=None,
        log_level="critical", access_log=False, server_header=False, timeout_keep_alive=30,
        timeout_graceful_shutdown=2, h11_max_incomplete_event_size=state.limits.header_bytes,
    )  # fmt: skip
    return Announced(config)


class _BoundedProtocol(H11Protocol):
    """One connection: refused where there are too many, and closed where a request's headers do not arrive in time."""

    shared: State
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.shared.limits.connections:
            self._refuse(503, "too many connections")
        else:
            self._deadline = self.loop.call_later(self.shared.limits.header_sec, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._forget_deadline()
        elif self._deadline is None:  # the next request of the connection has begun
            self._deadline = self.loop.call_later(self.shared.limits.header_sec, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "headers that cannot be read, or too long")

    def _give_up(self) -> None:
        self._refuse(408, "no request in time")

    def _refuse(self, status: int, reason: str) -> None:
        """Answer before there is a request, and close."""
        self._forget_deadline()
        self.shared.log.turn_away(reason)
        body = write_error(status, reason)
        head = f"HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
