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

LINGER_SEC = 1.0
"""So long a connection that was refused is read on, unless its client closes it first."""


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
    _timer: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        excess = len(self.connections) - self.shared.limits.connections
        if excess > 0:
            self._refuse(503, "too many connections")
        else:
            self._give_time()
        if excess > self.shared.limits.connections:
            transport.close()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._timer is None:  # the next request of the connection has begun
            self._give_time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "HTTP that cannot be read, or headers too long")
        if self.cycle is not None and not self.cycle.response_complete:  # a body in broken chunks: its end never comes
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _give_time(self) -> None:
        self._timer = self.loop.call_later(self.shared.limits.header_sec, self._refuse, 408, "no request in time")

    def _refuse(self, status: int, reason: str) -> None:
        """Answer before there is a whole request, and read on for a moment, so that the client hears it."""
        self._stop_timer()
        self._refused = True
        self.shared.log.turn_away(reason)
        body = write_error(status, reason)
        head = f"HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER_SEC, self.transport.close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
