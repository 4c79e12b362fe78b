"""A client that knows nothing of the server: plain HTTP, and what it saw."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATHS = {"chat": "/chat/completions", "responses": "/responses", "embeddings": "/embeddings"}


class Seen(NamedTuple):
    """What came back: no status where the connection broke first, and whether the body was whole."""

    status: int | None
    headers: dict[str, str]
    body: bytes
    whole: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        lines = [line[6:] for line in self.body.decode().splitlines() if line.startswith("data: ")]
        return [line if line == "[DONE]" else json.loads(line) for line in lines]


def chat(text: str = "hello", model: str = "premium", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def ask(url: str, body: Any, endpoint: str = "chat", method: str = "POST", **headers: str) -> Seen:
    """One request on a connection of its own; a body of bytes is sent as it is."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, place.path + PATHS.get(endpoint, endpoint), data, names)
        reply = connection.getresponse()
        found = {name.lower(): value for name, value in reply.getheaders()}
        try:
            return Seen(reply.status, found, reply.read(), True)
        except http.client.IncompleteRead as broken:
            return Seen(reply.status, found, broken.partial, False)
    except (http.client.HTTPException, ConnectionError):
        return Seen(None, {}, b"", False)
    finally:
        connection.close()


def connect(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=60)


def raw(body: Any, path: str = "/v1/chat/completions") -> bytes:
    """A request as it stands on the wire."""
    data = json.dumps(body).encode()
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data


def read_to_end(connection: socket.socket) -> bytes:
    """All that comes until the other side closes, gently or not."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found
