"""A local server that answers as an OpenAI-compatible endpoint does, well or badly, as each test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler", dict[str, Any]], None]


def completion(text: str | None = "357", finish: str = "stop", **changes: Any) -> dict[str, Any]:
    """The body of a chat completion: 20 tokens read, 8 of them cached, 3 written."""
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage, **changes}


class Handler(BaseHTTPRequestHandler):
    """Reads the request, keeps it, and lets the test's answer speak."""

    protocol_version = "HTTP/1.1"
    server: FakeServer

    def do_POST(self) -> None:
        """One chat completion."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.note(request, self.headers["Authorization"])
        try:
            self.server.answer(self, request)
        except OSError:
            pass  # the client has gone
        finally:
            self.server.leave()

    def say(self, status: int, body: object, headers: dict[str, str] | None = None, cut: int = 0) -> None:
        """Send a body, or all of it but its last bytes."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) - cut])
        self.wfile.flush()
        self.close_connection = cut > 0

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class FakeServer(ThreadingHTTPServer):
    """What it was asked, and how many requests were in flight at most."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.at_once = self.most_at_once = 0
        self.closing = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The address up to /v1."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def note(self, request: dict[str, Any], key: str) -> None:
        """Keep a request."""
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)

    def leave(self) -> None:
        """A request has been answered."""
        with self._lock:
            self.at_once -= 1


@contextmanager
def serving(answer: Answer) -> Iterator[FakeServer]:
    """A server on a free port of this machine, for as long as the test runs."""
    server = FakeServer(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
