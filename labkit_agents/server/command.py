"""What ``labkit serve`` does: start, say how to stop, and sum up at the end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from .models import SERVED
from .plan import FaultPlan
from .running import serve


def run(port: int, plan_file: str | None, pace: float, log_file: str | None, models: Sequence[str] | None) -> int:
    """The exit status, once Ctrl-C or a request to terminate has stopped the endpoint.

    Raises:
        ValueError: a plan, a port, a pace or a model that cannot be, or the extra is not installed.
        OSError: a file that cannot be read or written, or a port in use.
    """
    plan = FaultPlan() if plan_file is None else FaultPlan.from_json(Path(plan_file).read_bytes())
    stop = threading.Event()
    with ExitStack() as stack:
        log = None if log_file is None else stack.enter_context(open(log_file, "a", encoding="utf-8"))
        try:
            server = serve(plan, pace=pace, port=port, models=tuple(SERVED) if models is None else models, log_file=log)
        except ImportError as error:
            raise ValueError(str(error)) from None
        stack.enter_context(server)
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, lambda *_: stop.set()))
        try:
            print(f"Serving at {server.url} (any API key will do). Ctrl-C stops.", flush=True)
            while server.running and not stop.wait(1.0):  # Windows hears Ctrl-C between two waits only
                pass
        except KeyboardInterrupt:
            print()
    print(f"Stopped: {server.log.summary()}.")
    return 0
