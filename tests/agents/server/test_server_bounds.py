"""Bad input and too much of it: a clear error or a clean refusal, and a log that stays right."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from asking import ask, chat, connect, raw, read_to_end

from labkit_agents.server import FaultPlan, Limits, Server, serve

DEEP = b'{"model": "premium", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture(scope="module")
def tight() -> Iterator[Server]:
    limits = Limits(connections=20, body_bytes=10_000, header_bytes=2_000, header_sec=0.1, body_sec=0.1)
    with serve(FaultPlan(soft=0.0), limits=limits) as server:
        yield server


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "JSON"), (b"{", "JSON"), (b"\xff\xfe", "JSON"), (b"[]", "object"), (b"9" * 5000, "JSON"), (DEEP, "JSON"),
        ({}, "model"), ({"model": None}, "model"), ({"model": 3}, "model"), ({"model": ["premium"]}, "model"),
        ({"model": "premium"}, "messages"), ({"model": "premium", "messages": []}, "messages"),
        ({"model": "premium", "messages": "hi"}, "messages"), ({"model": "premium", "messages": ["hi"]}, "messages"),
        ({"model": "premium", "messages": [{"content": "x"}]}, "role"),
        ({"model": "premium", "messages": [{"role": 1, "content": "x"}]}, "role"),
        ({"model": "premium", "messages": [{"role": "user", "content": 5}]}, "content"),
        ({"model": "premium", "messages": [{"role": "user", "content": ["x"]}]}, "objects"),
        (chat(temperature=math.nan), "NaN"), (chat(user=-math.inf), "Infinity"),
        (b'{"model": "premium", "temperature": 1e999}', "too large: 1e999"),
        (b'{"model": "premium", "tools": [{"parameters": {"maximum": -1e400}}]}', "too large: -1e400"),
        (chat(stream="yes"), "stream"), (chat(stream_options=[1]), "stream_options"), (chat(n=2), "n must be 1"),
        (chat(stream_options={"include_usage": 1}), "include_usage"), (chat(max_tokens=0), "max_tokens"),
        (chat(max_tokens="many"), "max_tokens"), (chat(max_tokens=True), "max_tokens"),
        (chat(max_tokens=10**300), "max_tokens"), (chat(temperature=3), "temperature"),
        (chat(temperature="hot"), "temperature"), (chat(response_format="json"), "response_format"),
        (chat(response_format={"type": "xml"}), "response_format"), (chat(tools={}), "tools"),
        (chat(tools=[1]), "tools"),
        (chat(response_format={"type": "json_schema", "json_schema": 1}), "json_schema"),
    ],
)  # fmt: skip
def test_a_bad_request_is_told_what_is_wrong(endpoint: Server, body: Any, named: str) -> None:
    seen = ask(endpoint.url, body)
    assert seen.status == 400
    assert set(seen.json["error"]) == {"message", "type", "param", "code"}
    assert named in seen.json["error"]["message"]
    (row,) = endpoint.log.settled()
    assert (row.fault, row.status, row.usd, row.right) == ("refused", 400, 0.0, None)


@pytest.mark.parametrize(
    ("name", "body", "named"),
    [
        ("responses", {"model": "premium"}, "input"), ("responses", {"model": "premium", "input": 3}, "input"),
        ("responses", {"model": "premium", "input": "x", "previous_response_id": "r"}, "previous_response_id"),
        ("responses", {"model": "premium", "input": "x", "text": {"format": {"type": "x"}}}, "text.format"),
        ("embeddings", {"model": "embedding"}, "input"), ("embeddings", {"model": "embedding", "input": []}, "input"),
        ("embeddings", {"model": "embedding", "input": [""]}, "input"),
        ("embeddings", {"model": "embedding", "input": "x", "dimensions": 9999}, "dimensions"),
        ("embeddings", {"model": "embedding", "input": ["x"] * 2048, "dimensions": 4096}, "524,288 numbers"),
        ("embeddings", {"model": "embedding", "input": "x", "encoding_format": "text"}, "encoding_format"),
    ],
)  # fmt: skip
def test_the_other_endpoints_are_as_careful(endpoint: Server, name: str, body: Any, named: str) -> None:
    seen = ask(endpoint.url, body, name)
    assert (seen.status, named in seen.json["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("name", "model"), [("chat", "gpt-6"), ("chat", "embedding"), ("embeddings", "premium"), ("chat", "\ud800" * 500)]
)
def test_a_wrong_model_is_a_404_that_names_the_right_ones(endpoint: Server, name: str, model: str) -> None:
    seen = ask(endpoint.url, chat(model=model), name)
    assert (seen.status, seen.json["error"]["code"]) == (404, "model_not_found")
    assert ("embedding" if name == "embeddings" else "pocket-small") in seen.json["error"]["message"]
    assert endpoint.log.settled()[0].fault == "refused"


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\u2028", "a" * 500_000, "1+" * 200_000 + "1"])
def test_odd_texts_are_answered(endpoint: Server, text: str) -> None:
    assert ask(endpoint.url, chat(text)).status == 200
    assert ask(endpoint.url, {"model": "embedding", "input": text}, "embeddings").status == 200
    assert ask(endpoint.url, chat(text, "pocket-small")).status == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_wrong_method_is_a_405(endpoint: Server, method: str) -> None:
    seen = ask(endpoint.url, b"", "chat", method)
    assert (seen.status, seen.headers["allow"]) == (405, "POST")
    assert "not allowed" in seen.json["error"]["message"]
    assert len(endpoint.log) == 0


@pytest.mark.parametrize("path", ["/completions", "/chat/completions/", "/models/", "/%00%ff"])
def test_a_wrong_path_is_a_404_in_the_same_shape_and_leads_nowhere_else(endpoint: Server, path: str) -> None:
    seen = ask(endpoint.url, chat(), path, host="elsewhere.example")
    assert (seen.status, seen.json["error"]["type"]) == (404, "not_found_error")


@pytest.mark.parametrize("times", [2, 15, 1000])
def test_a_huge_body_is_refused_in_words(tight: Server, times: int) -> None:
    """One that is far too long is refused unread; its client may see the connection break first."""
    tight.reset()
    with connect(tight.url) as connection:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {times * 10_000}\r\n\r\n"
        connection.sendall(head.encode())
        if times < 16:
            connection.sendall(b"x" * (times * 10_000))
        found = read_to_end(connection)
    assert found.startswith(b"HTTP/1.1 413")
    assert b"at most 10,000 bytes" in found
    (row,) = tight.log.settled()
    assert (row.fault, row.status, row.usd) == ("refused", 413, 0.0)


def test_a_body_in_chunks_without_an_end_is_refused(tight: Server) -> None:
    tight.reset()
    with connect(tight.url) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            for _ in range(1000):
                connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        except ConnectionError:
            pass
        read_to_end(connection)
    assert tight.log.settled()[0].status == 413


def test_a_body_in_broken_chunks_is_refused_and_logged_as_never_read(endpoint: Server) -> None:
    with connect(endpoint.url) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        endpoint.log.wait_until(bool)
        connection.sendall(b"no length\r\n")
        assert read_to_end(connection).startswith(b"HTTP/1.1 400")
    (row,) = endpoint.log.settled()
    assert (row.fault, row.usd) == ("left", 0.0)


def test_headers_that_never_end_are_given_up(tight: Server) -> None:
    tight.reset()
    with connect(tight.url) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nx: ")
        assert read_to_end(connection).startswith(b"HTTP/1.1 408")
    assert tight.log.turned_away == {"no request in time": 1}
    assert len(tight.log) == 0


def test_a_second_request_whose_headers_never_end_is_given_up_too(tight: Server) -> None:
    tight.reset()
    with connect(tight.url) as connection:
        connection.sendall(raw(chat()))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"POST /v1/chat")
        assert b"HTTP/1.1 408" in read_to_end(connection)
    assert tight.log.turned_away == {"no request in time": 1}


def test_a_body_that_never_comes_is_given_up(tight: Server) -> None:
    tight.reset()
    with connect(tight.url) as connection:
        connection.sendall(raw(chat())[:-5])
        assert read_to_end(connection).startswith(b"HTTP/1.1 408")
    (row,) = tight.log.settled()
    assert (row.fault, row.status) == ("refused", 408)


@pytest.mark.parametrize(
    "text", [b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 4000, b"\x00\x01\x02\r\n\r\n", b"HELLO\r\n\r\n"]
)
def test_headers_that_are_too_long_or_none_are_refused(tight: Server, text: bytes) -> None:
    tight.reset()
    with connect(tight.url) as connection:
        connection.sendall(text)
        assert read_to_end(connection).startswith(b"HTTP/1.1 400")
    assert tight.log.turned_away == {"HTTP that cannot be read, or headers too long": 1}


def test_a_thousand_connections_are_refused_and_those_that_are_open_are_served() -> None:
    with serve(FaultPlan(soft=0.0), limits=Limits(connections=20)) as server:
        held = [connect(server.url) for _ in range(20)]
        for _ in range(1000):
            with connect(server.url) as one_more:
                assert read_to_end(one_more).startswith(b"HTTP/1.1 503")
        for connection in held:
            connection.sendall(raw(chat()).replace(b"host: x", b"host: x\r\nconnection: close"))
            assert b"RIGHT" in read_to_end(connection)
            connection.close()
        assert len(server.log.settled()) == 20
        assert server.log.turned_away == {"too many connections": 1000}


def test_too_many_requests_at_once_are_refused_and_logged() -> None:
    plan = FaultPlan(attempts=("timeout",), soft=0.0)
    with serve(plan, limits=Limits(at_once=1)) as server, connect(server.url) as first:
        first.sendall(raw(chat(stream=True)))
        first.recv(65536)  # it has begun, and hangs
        seen = ask(server.url, chat("another"))
        assert (seen.status, "at once" in seen.json["error"]["message"]) == (503, True)
        first.close()
        hung, refused = server.log.settled()
    assert (hung.fault, hung.client_there) == ("timeout", False)
    assert (refused.fault, refused.status, refused.usd) == ("refused", 503, 0.0)


def test_with_a_full_log_calls_are_refused_so_that_none_goes_unlogged() -> None:
    with serve(FaultPlan(soft=0.0), limits=Limits(log_rows=2)) as server:
        assert [ask(server.url, chat()).status for _ in range(4)] == [200, 200, 503, 503]
        assert (len(server.log.settled()), server.log.turned_away) == (2, {"log full": 2})
        server.reset()
        assert ask(server.url, chat()).status == 200


@pytest.mark.parametrize(
    "wrong", [{"connections": 0}, {"at_once": 1.5}, {"body_bytes": None}, {"header_sec": -1}, {"log_rows": "many"}]
)
def test_wrong_limits_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


def test_errors_are_ascii_whatever_was_sent(endpoint: Server) -> None:
    seen = ask(endpoint.url, json.dumps({"model": "caf\u00e9"}, ensure_ascii=False).encode())
    assert seen.status == 404
    assert seen.body.isascii()
