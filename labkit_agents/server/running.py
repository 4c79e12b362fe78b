"""Start and stop of the endpoint: in a thread with an event loop of its own, on loopback alone."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Any

from labkit._inputs import one_number, one_whole

from .billing_log import BillingLog
from .models import SERVED
from .plan import FaultPlan
from .state import Limits, State

START_SEC = 20.0
STOP_SEC = 20.0
INSTALL = "the endpoint needs two more packages, those of the extra 'serve': pip install starlette uvicorn"


def serve(
    plan: FaultPlan | None = None,
    *,
    pace: float = 0.0,
    port: int = 0,
    host: str = "127.0.0.1",
    models: Sequence[str] = tuple(SERVED),
    limits: Limits | None = None,
    log_file: IO[str] | None = None,
) -> Server:
    """A server that runs, to be used in a ``with`` block, which stops it and frees its port whatever happens.

    Args:
        plan: what goes wrong; by default nothing but what the models get wrong themselves.
        pace: real seconds for each second of the card; 0 answers at once.
        port: 0 takes a free one.
        host: an address of this machine alone.
        models: the names of the models that are served.
        limits: how much is taken on at once.
        log_file: each call that has ended is written here as a line of JSON.

    Raises:
        ValueError: an address that others can reach, a port or a model that cannot be.
        OSError: the port is in use.
        ImportError: starlette or uvicorn is missing; the message says how to install them.
        RuntimeError: no threads, as in a browser, or a server that did not come up.
    """
    plan = FaultPlan() if plan is None else _check_plan(plan)
    pace, limits = one_number("pace", pace), Limits() if limits is None else limits
    if not isinstance(limits, Limits):
        raise ValueError(f"limits must be Limits, got {limits!r}")
    chosen = [models] if isinstance(models, str) else models
    if not isinstance(chosen, (list, tuple)) or not chosen or not all(name in tuple(SERVED) for name in chosen):
        raise ValueError(f"models must be among {', '.join(SERVED)}, got {models!r}")
    address = check_loopback(host)
    if one_whole("port", port) > 65_535:
        raise ValueError(f"port must be at most 65535, got {port}")
    if sys.platform == "emscripten":
        raise RuntimeError("the endpoint needs a thread and sockets, and Python in a browser has none")
    served = {name: SERVED[name] for name in chosen}
    state = State(plan, BillingLog(limits.log_rows, log_file), pace, served, limits)
    try:
        from .listener import make_server  # noqa: PLC0415 (starlette and uvicorn are loaded only where they are needed)
    except ImportError:
        raise ImportError(INSTALL) from None
    return Server(state, make_server, _bind(address, int(port)), log_file)


class Server:
    """A running endpoint; ``serve`` makes it.

    Attributes:
        url: what a client takes as its base address; it ends in ``/v1``.
    """

    def __init__(
        self, state: State, make_server: Callable[..., Any], listening: socket.socket, log_file: IO[str] | None
    ) -> None:
        host, port = listening.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"
        self.port: int = port
        self._state, self._log_file = state, log_file
        self._up, self._ended = threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._error: BaseException | None = None
        self._server = make_server(state, self._up.set)
        thread = threading.Thread(target=self._run, args=(listening,), name="labkit serve", daemon=True)
        try:
            thread.start()
            self._up.wait(START_SEC)
            if self._error is not None or not self._server.started:
                raise RuntimeError(f"the endpoint did not come up within {START_SEC:g} s: {self._error!r}")
        except BaseException:
            if thread.ident is None:
                self._ended.set()
            self.close()
            listening.close()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<endpoint at {self.url}, {'stopped' if self._ended.is_set() else 'running'}: {self.log.summary()}>"

    @property
    def log(self) -> BillingLog:
        """What was called since the beginning or the last reset; it stays when the server has stopped."""
        return self._state.log

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong; another plan holds for the requests that come after it."""
        return self._state.plan

    @plan.setter
    def plan(self, plan: FaultPlan) -> None:
        self._state.plan = _check_plan(plan)

    @property
    def running(self) -> bool:
        """Whether it still serves."""
        return not self._ended.is_set()

    def reset(self, plan: FaultPlan | None = None) -> None:
        """A new log, attempts counted from 1 and empty prefix caches, and another plan where one is given.

        Calls in flight end in the log in which they began.
        """
        if plan is not None:
            self.plan = plan
        self._state.log = BillingLog(self._state.limits.log_rows, self._log_file)
        self._state.forget()

    def close(self) -> None:
        """Stop, end what is in flight, and free the port; a second time does nothing.

        Raises:
            RuntimeError: it does not stop.
        """
        self._ask_to_stop()
        try:
            ended = self._ended.wait(STOP_SEC)
        except BaseException:  # Ctrl-C: the port is freed all the same
            self._ended.wait(STOP_SEC)
            raise
        if not ended:
            raise RuntimeError(f"the endpoint at {self.url} did not stop within {STOP_SEC:g} s")

    def _ask_to_stop(self) -> None:
        self._server.should_exit = True
        loop, stopping = self._loop, self._state.stopping
        if loop is not None and stopping is not None and not self._ended.is_set():
            try:
                loop.call_soon_threadsafe(_end_wait, stopping)
            except RuntimeError:  # the loop was closed just now
                return

    def _run(self, listening: socket.socket) -> None:
        """What the server's thread does."""

        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve([listening])

        try:
            asyncio.run(run())
        except BaseException as error:  # told to the thread that waits for the start
            self._error = error
        finally:
            listening.close()
            self._ended.set()
            self._up.set()


def check_loopback(host: Any) -> str:
    """The address itself, where only this machine can reach it.

    Raises:
        ValueError: any other address, and every name but ``localhost``.

    >>> check_loopback("127.0.0.1"), check_loopback("::1")
    ('127.0.0.1', '::1')
    """
    found = [host] if isinstance(host, str) else []
    if found == ["localhost"]:
        found = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)})
    if not found or not all(map(_is_loopback, found)):
        raise ValueError(f"host must be an address of this machine alone, such as '127.0.0.1', got {host!r}")
    return found[0]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _end_wait(stopping: asyncio.Future[None]) -> None:
    if not stopping.done():
        stopping.set_result(None)


def _check_plan(plan: Any) -> FaultPlan:
    if not isinstance(plan, FaultPlan):
        raise ValueError(f"plan must be a FaultPlan, got {plan!r}")
    for name in plan.models:
        if name not in SERVED:
            raise ValueError(f"plan must be for models among {', '.join(SERVED)}, got {name!r}")
    return plan


def _bind(address: str, port: int) -> socket.socket:
    """A socket that is bound to the port."""
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there the option would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
    except OSError as error:
        listening.close()
        raise OSError(f"port {port} of {address} cannot be used: {error.strerror}; port 0 takes a free one") from None
    return listening
