"""The endpoint where things go wrong: no dear field, no bill for what was not sent, no key that is shown."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import socket
import sys
import threading
import time
import traceback
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from fake_server import FakeServer, Handler, completion, serving

from labkit_agents import pocket
from labkit_agents.orchestrator import Call, Orchestrator, Plan, PlanStep, Report, WallClock
from labkit_agents.pocket.chat import BadBody, read_body
from labkit_agents.pocket.failures import asked_wait

pytest.importorskip("openai")
CARD = pocket.PriceCard(usd_in=1e-3, usd_cached=1e-4, usd_out=5e-3)
CALL = pocket.Call("12+345=", prefix="add", id="one")
WORST_USD = (len("add12+345=") + 64) * 1e-3 + 8 * 5e-3
KEY, OTHER_KEY, HEX_KEY = "sk-none-of-your-business", "gsk_none_of_yours", "0123456789abcdef0123456789abcdef"


def endpoint(url: str, **changes: Any) -> pocket.Endpoint:
    return pocket.Endpoint("toy", CARD, **{"base_url": url, "api_key": KEY, "timeout_sec": 20.0, **changes})


def good(handler: Handler, _: dict) -> None:
    handler.say(200, completion())


def carried_out(model: pocket.LanguageModel, steps: int = 3, **settings: Any) -> Report:
    """A plan of so many steps that need nothing, by the wall's clock."""
    plan = Plan([PlanStep(f"s{n}", lambda values: Call("12+345="), ("toy",)) for n in range(steps)])
    settings = {"max_usd": 1.0, "max_sec": 1e6, "clock": WallClock(), **settings}
    return Orchestrator({"toy": model}, **settings).run_now(plan)


def test_the_key_above_is_used() -> None:
    with serving(good) as server:
        assert endpoint(server.url).complete([CALL])[0].ok
    assert server.keys == [f"Bearer {KEY}"]


# Fields ---------------------------------------------------------------------------------------------------------------

DEAR: list[dict[str, Any]] = [
    {"n": 4}, {"max_tokens": 5000}, {"max_completion_tokens": 5000}, {"best_of": 4}, {"messages": []},
    {"model": "dear"}, {"models": ["dear"]}, {"stream": True}, {"stream_options": {}}, {"service_tier": "priority"},
    {"tools": []}, {"functions": []}, {"web_search_options": {}}, {"modalities": ["audio"]}, {"audio": {}},
    {"prediction": {}}, {"max_output_tokens": 1}, {"num_predict": 1}, {"N": 4}, {"Max_Tokens": 9}, {"maxTokens": 9},
    {"plugins": []}, {"enable_thinking": True}, {"enable_thinking": 1},
    {"options": {"num_predict": 900}}, {"thinking": {"budget_tokens": 9000}}, {"unheard_of": 1},
]  # fmt: skip


@pytest.mark.parametrize("fields", DEAR, ids=str)
@pytest.mark.parametrize("deep", [0, 1, 2, 3])
def test_a_field_that_may_raise_the_bill_is_refused_wherever_it_stands(fields: dict[str, Any], deep: int) -> None:
    extra = fields
    for _ in range(deep):
        extra = {"extra_body": extra, "top_k": 3}
    with pytest.raises(ValueError, match="extra must not hold"):
        endpoint("http://localhost/v1", extra=extra)


@pytest.mark.parametrize(
    "extra",
    [
        {"timeout": 3600}, {"extra_body": {"timeout": 3600}}, {"extra_query": {"n": "4"}},
        {"extra_query": {"api-version": "1\n2"}}, {"extra_query": {"api-version": 3}},
        {"extra_headers": {"X-Max-Tokens": "9000"}}, {"extra_headers": {"Authorization": "Bearer other"}},
        {"extra_headers": {"X-Title": "a\r\nX-Max-Tokens: 9"}}, {"extra_headers": {"X-Title": "“”"}},
        {"extra_headers": "X-Title"}, {"extra_body": [("n", 4)]}, {"chat_template_kwargs": {"max_tokens": 9}},
        {"chat_template_kwargs": {"a": [{"b": {"n": 4}}]}}, {"stop": [{"n": 4}]}, {1: 2}, {"extra_body": {None: 1}},
        [("n", 4)], "n", {"top_k": b"20"}, {"top_p": float("nan")}, {"stop": {1, 2}},
    ],
    ids=str,
)  # fmt: skip
def test_whatever_way_a_field_travels_it_is_looked_at(extra: Any) -> None:
    with pytest.raises(ValueError, match="extra"):
        endpoint("http://localhost/v1", extra=extra)


def test_harmless_fields_that_the_package_does_not_know_are_sent() -> None:
    kept = {"top_k": 20, "repetition_penalty": 1.1}
    extra: dict[str, Any] = {
        **kept,
        "extra_body": {"min_p": 0.1, "chat_template_kwargs": {"enable_thinking": False}},
        "extra_query": {"api-version": "2024-06-01"},
        "extra_headers": {"X-Title": "course"},
    }
    with serving(good) as server:
        model = endpoint(server.url, extra=extra)
        extra["extra_body"]["chat_template_kwargs"]["n"] = extra["n"] = 4  # changed too late
        assert model.complete([CALL])[0].ok
    (request,) = server.requests
    assert {name: request[name] for name in kept} == kept
    assert (request["min_p"], request["chat_template_kwargs"]) == (0.1, {"enable_thinking": False})
    assert "n" not in request


def test_what_may_be_read_before_the_prompt_is_in_the_worst_case() -> None:
    schema = {"type": "json_schema", "json_schema": {"schema": {"properties": {"n": {"type": "integer"}}}}}
    plain, more = endpoint("http://h/v1"), endpoint("http://h/v1", extra={"response_format": schema})
    further = more.worst_case(CALL).usd - plain.worst_case(CALL).usd
    assert further == pytest.approx(len(json.dumps(schema)) * CARD.usd_in)
    safe, unsafe = (endpoint("http://h/v1", extra={"safe_prompt": value}) for value in (True, False))
    assert safe.worst_case(CALL).usd - unsafe.worst_case(CALL).usd == pytest.approx(256 * CARD.usd_in)


# Usage and replies ----------------------------------------------------------------------------------------------------


def usage(read: Any, written: Any, **details: Any) -> dict[str, Any]:
    more = {"prompt_tokens_details": details} if details else {}
    return completion(usage={"prompt_tokens": read, "completion_tokens": written, **more})


IMPOSSIBLE = [
    usage(0, 0), usage(0, 3), usage(20, 0), usage(-1, 3), usage(20, -3), usage(True, 3), usage(20, True),
    usage(20.0, 3), usage(20, 3.0), usage("20", 3), usage(None, 3), usage(20, 3, cached_tokens=21),
    usage(20, 3, cached_tokens=-1), usage(20, 3, cached_tokens=True), usage(20, 3, cached_tokens=False),
    usage(20, 3, cached_tokens=1.0), usage(20, 3, cached_tokens=""), usage(20, 10**10), usage(10**400, 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "written"),
    [
        ({"total_tokens": 23}, 3),
        ({"total_tokens": 923}, 903),  # as Gemini's endpoint counts: what was thought stands in the total alone
        ({"completion_tokens_details": {"reasoning_tokens": 900}}, 903),  # as xAI's does
        ({"completion_tokens_details": {"reasoning_tokens": 900}, "total_tokens": 923}, 903),
        ({"completion_tokens_details": {"reasoning_tokens": 2}}, 3),  # as OpenAI's: written is all of it
        ({"total_tokens": 0}, 3),
        *(({"total_tokens": odd}, 3) for odd in (None, "23", 923.0, True, -1, [], 10**12)),
        *(({"completion_tokens_details": odd}, 3) for odd in (None, [], "x", {"reasoning_tokens": 9.0})),
    ],
    ids=str,
)
def test_what_was_thought_is_billed_wherever_it_is_counted(more: dict[str, Any], written: int) -> None:
    body = completion(usage={"prompt_tokens": 20, "completion_tokens": 3, **more})
    assert read_body(json.dumps(body)).tokens_out == written


@pytest.mark.parametrize(
    ("more", "thought", "put"),
    [
        ({"completion_tokens_details": {"reasoning_tokens": 2}}, 2, 0),
        ({"completion_tokens_details": {"reasoning_tokens": 900}}, 900, 0),
        ({"total_tokens": 923}, 900, 0),
        ({"total_tokens": 923, "completion_tokens_details": {"reasoning_tokens": 3}}, 900, 0),
        ({"cache_creation_input_tokens": 7}, 0, 7),  # as LiteLLM passes it on
        ({"prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 7}}, 0, 7),  # as OpenRouter's does
        ({"prompt_tokens_details": {"cached_tokens": 8}, "cache_creation_input_tokens": 99}, 0, 12),
        *(({"cache_creation_input_tokens": odd}, 0, 0) for odd in (None, "7", 7.0, True, -1, [])),
    ],
    ids=str,
)
def test_what_was_thought_and_what_was_put_into_a_cache_have_prices_of_their_own(
    more: dict[str, Any], thought: int, put: int
) -> None:
    body = read_body(json.dumps(completion(usage={"prompt_tokens": 20, "completion_tokens": 3, **more})))
    assert (body.tokens_reasoning, body.tokens_written) == (thought, put)
    card = replace(CARD, usd_written=1.25e-3, usd_reasoning=2e-3)
    with serving(lambda h, _: h.say(200, completion(usage={"prompt_tokens": 20, "completion_tokens": 3, **more}))) as s:
        (reply,) = pocket.Endpoint("toy", card, base_url=s.url, api_key="none").complete([CALL])
    counts = (reply.tokens_in, reply.tokens_cached, reply.tokens_out, reply.tokens_written, reply.tokens_reasoning)
    assert counts == (20, body.tokens_cached, body.tokens_out, put, thought)
    assert reply.usd == pytest.approx(card.bill(*counts).usd)
    read = 20 - body.tokens_cached - put
    spoken = body.tokens_out - thought
    by_hand = 1e-3 * read + 1e-4 * body.tokens_cached + 1.25e-3 * put + 5e-3 * spoken + 2e-3 * thought
    assert reply.usd == pytest.approx(by_hand)


def test_the_worst_case_is_billed_at_the_dearest_price_of_each_token() -> None:
    plain, dear = (pocket.Endpoint("toy", card) for card in (CARD, replace(CARD, usd_written=2e-3, usd_reasoning=1e-2)))
    assert dear.worst_case(CALL).usd == pytest.approx(2 * plain.worst_case(CALL).usd)


def test_a_reply_that_was_thought_about_beyond_its_limit_is_not_trusted_again() -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 923}
    with serving(lambda handler, _: handler.say(200, completion(usage=usage))) as server:
        report = carried_out(endpoint(server.url), steps=9, at_most=1)
    (entry,) = report.entries
    assert (entry.usd, entry.usd_claimed) == (entry.usd_reserved, pytest.approx(20 * 1e-3 + 903 * 5e-3))


@pytest.mark.parametrize("body", IMPOSSIBLE, ids=lambda body: str(body["usage"])[:70])
def test_usage_that_cannot_be_is_no_bill(body: dict[str, Any]) -> None:
    with pytest.raises(BadBody):
        read_body(json.dumps(body))


def test_calls_whose_usage_is_nothing_are_not_free_under_a_cap() -> None:
    with serving(lambda h, _: h.say(200, usage(0, 0))) as server:
        report = carried_out(endpoint(server.url), steps=30, max_usd=1.0, retries=0)
    worst = endpoint(server.url).worst_case(Call("12+345=")).usd
    assert len(report.entries) == int(1.0 / worst) < 30
    assert report.usd == pytest.approx(len(report.entries) * worst)


@pytest.mark.parametrize("reason", [None, "eos_token", "STOP", "end_turn", "stop_sequence", "", 7, ["stop"], "absent"])
def test_a_text_with_an_odd_reason_to_finish_is_kept(reason: Any) -> None:
    body = completion(finish=reason)
    if reason == "absent":
        del body["choices"][0]["finish_reason"]
    said = read_body(json.dumps(body))
    assert (said.text, said.finish, said.failure) == ("357", "stop", None)


@pytest.mark.parametrize("reason", ["length", "LENGTH", "max_tokens", "MAX_TOKENS", "model_length"])
def test_a_text_that_was_cut_says_so_in_any_dialect(reason: str) -> None:
    assert read_body(json.dumps(completion(finish=reason))).finish == "length"


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "error"])
def test_a_text_that_was_withheld_or_broke_off_is_none(reason: str) -> None:
    said = read_body(json.dumps(completion(finish=reason)))
    assert (said.text, said.failure and said.failure.kind) == ("", "refused")


@pytest.mark.parametrize("content", [None, ""])
def test_a_call_of_a_tool_is_no_text(content: str | None) -> None:
    assert read_body(json.dumps(completion(content, "tool_calls"))).failure is not None


def test_a_text_in_parts_is_put_together() -> None:
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "3"}, {"type": "text", "text": "57"}]
    body = completion()
    body["choices"][0]["message"]["content"] = parts
    assert read_body(json.dumps(body)).text == "357"


def test_a_byte_order_mark_is_read() -> None:
    with serving(lambda h, _: h.say(200, "\ufeff" + json.dumps(completion()))) as server:
        assert endpoint(server.url).complete([CALL])[0].text == "357"


# Nothing sent, nothing billed -----------------------------------------------------------------------------------------


def closed_port() -> str:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


NOWHERE = {
    "closed port": closed_port, "unknown host": lambda: "http://no-such-host.invalid/v1",
    "no scheme": lambda: "localhost:8000/v1", "no host": lambda: "http:///v1", "other scheme": lambda: "ftp://h/v1",
    "rubbish": lambda: "http://[::1", "bad port": lambda: "http://h:99999/v1", "a space": lambda: "http://a b/v1",
}  # fmt: skip


@pytest.mark.parametrize("where", NOWHERE)
def test_what_was_never_sent_costs_nothing(where: str) -> None:
    replies = endpoint(NOWHERE[where]()).complete([CALL, CALL])
    for reply in replies:
        assert reply.failure is not None
        assert (reply.failure.kind, reply.usd) == ("connection", 0.0)


def test_a_server_that_is_down_takes_nothing_of_the_budget() -> None:
    report = carried_out(endpoint(closed_port()), steps=5)
    assert len(report.entries) == 10
    assert report.usd == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems answer though the queue is full")
def test_a_connection_that_does_not_come_about_in_time_costs_nothing() -> None:
    with socket.socket() as full:  # a queue of one, so that a further connection is not answered
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        (reply,) = endpoint(f"http://127.0.0.1:{full.getsockname()[1]}/v1", timeout_sec=0.3).complete([CALL])
        for each in waiting:
            each.close()
    assert reply.failure is not None
    assert (reply.failure.kind, reply.usd) == ("timeout", 0.0)


def test_what_was_sent_and_not_answered_counts_in_full() -> None:
    def hang_up(handler: Handler, _: dict) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    with serving(hang_up) as server:
        (reply,) = endpoint(server.url).complete([CALL])
    assert reply.failure is not None
    assert (reply.failure.kind, reply.usd) == ("connection", pytest.approx(WORST_USD))


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTPS_PROXY", "all_proxy"])
def test_a_proxy_that_needs_more_is_named_by_its_variable(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "socks5://user:password@127.0.0.1:1")
    replies = endpoint("https://localhost/v1").complete([CALL, CALL])
    for reply in replies:
        assert reply.failure is not None
        assert (reply.failure.kind, reply.failure.may_retry, reply.usd) == ("connection", False, 0.0)
        assert variable in reply.failure.message or "failed" in reply.failure.message  # where socksio is installed
        assert "password" not in reply.failure.message


def test_without_a_key_nothing_is_sent_and_nothing_is_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    import openai  # noqa: PLC0415

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = pocket.Endpoint("toy", CARD, base_url=closed_port())
    with pytest.raises(openai.OpenAIError, match="OPENAI_API_KEY"):
        model.complete([CALL])
    report = carried_out(model)
    assert report.usd == 0
    assert {entry.note for entry in report.entries} == {
        "OpenAIError: there is no key: give api_key, or set OPENAI_API_KEY"
    }


# Keys -----------------------------------------------------------------------------------------------------------------


def test_white_space_around_a_key_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    with serving(good) as server:
        assert endpoint(server.url, api_key=f" {KEY}\r\n").complete([CALL])[0].ok
        assert endpoint(server.url, api_key=None).complete([CALL])[0].ok
    assert server.keys == [f"Bearer {KEY}"] * 2


BAD_KEYS = [f"{KEY}\nmore", f"“{KEY}”", f"{KEY} {KEY}", f"{KEY}\x00", f"{KEY}é", f"{KEY}\ud800", "", " \n", 7]


@pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
def test_a_key_that_cannot_be_sent_is_refused_and_not_quoted(key: Any) -> None:
    with pytest.raises(ValueError, match="api_key must") as caught:
        endpoint("http://localhost/v1", api_key=key)
    assert KEY not in str(caught.value)


def test_a_bad_key_of_the_environment_loses_no_list_of_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"“{KEY}”")
    replies = endpoint(closed_port(), api_key=None).complete([CALL, CALL])
    for reply in replies:
        assert reply.failure is not None
        assert (reply.failure.kind, reply.failure.may_retry, reply.usd) == ("refused", False, 0.0)
        assert "OPENAI_API_KEY" in reply.failure.message
        assert KEY not in repr(reply)


def echo(status: int) -> Any:
    """A server that says the key to everybody, in its message and behind 100 letters, where it would be cut."""

    def answer(handler: Handler, _: dict) -> None:
        key = handler.headers["Authorization"]
        handler.say(status, {"error": {"message": "x" * 100 + f" wrong key {key}"}}, {"X-Key": key})

    return answer


def break_off(handler: Handler, _: dict) -> None:
    handler.say(200, f"{handler.headers['Authorization']}", cut=3)


FAILING = {
    **{str(status): echo(status) for status in (400, 401, 403, 404, 408, 429, 500, 503, 504)},
    "rubbish": lambda h, _: h.say(200, f"{'y' * 90} {h.headers['Authorization']}"),
    "no usage": lambda h, _: h.say(200, {"echo": h.headers["Authorization"]}),
    "odd reason": lambda h, _: h.say(200, completion(None, h.headers["Authorization"])),
    "cut": break_off,
    "drip": lambda h, _: h.server.closing.wait(),
    "redirect": lambda h, _: h.say(307, "", {"Location": f"http://{h.headers['Authorization'].split()[1]}:99999/"}),
    "no http": lambda h, _: h.wfile.write(f"{h.headers['Authorization']}\r\n".encode()) and setattr(
        h, "close_connection", True),
}  # fmt: skip


@pytest.mark.parametrize("key", [KEY, "sk-with-\"quotes'-and-\\"])
@pytest.mark.parametrize("kind", FAILING)
def test_no_failure_shows_the_key(kind: str, key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(FAILING[kind]) as server:
        model = endpoint(server.url, api_key=key, timeout_sec=0.4 if kind == "drip" else 20.0)
        cassette = pocket.Cassette(model, tmp_path / "a.jsonl")
        replies = cassette.complete([CALL])
        report = carried_out(model, steps=1)
    shown = [repr(replies), str(replies), repr(report), str(report), repr(model), repr(vars(model)), repr(cassette)]
    shown += [repr(vars(cassette)), (tmp_path / "a.jsonl").read_text()]
    assert replies[0].failure is not None
    assert report.entries
    heard = "\n".join(shown)
    for form in {key, json.dumps(key)[1:-1], repr(key)[1:-1], key[:12]}:
        assert form not in heard


MISPLACED: dict[str, dict[str, Any]] = {
    "bytes": {"api_key": KEY.encode()},
    "a list of keys": {"api_key": [KEY]},
    "a header": {"extra": {"extra_headers": {"Authorization": f"Bearer {KEY}"}}},
    "another header": {"extra": {"extra_headers": {"api-key": KEY}}},
    "a header of two lines": {"extra": {"extra_headers": {"OpenAI-Organization": f"{KEY}\n"}}},
    "headers as a list": {"extra": {"extra_headers": [("Authorization", KEY)]}},
    "a part of the query": {"extra": {"extra_query": {"key": KEY}}},
    "the query as text": {"extra": {"extra_query": f"key={KEY}"}},
    "a field": {"extra": {"api_key": KEY}},
    "a field of the body": {"extra": {"extra_body": {"api_key": KEY}}},
    "the body as text": {"extra": {"extra_body": KEY}},
    "text for fields": {"extra": KEY},
    "addresses as a list": {"base_url": [f"http://me:{KEY}@localhost/v1"]},
    "text for a card": {"card": KEY},
    "the name": {"model": KEY},
    "the name, and a name for the key": {"model": OTHER_KEY, "api_key": "gpt-4"},
    "the name as well": {"model": HEX_KEY, "api_key": HEX_KEY},
    "within the name": {"model": f"gpt-4 {HEX_KEY}", "api_key": HEX_KEY},
    "names as a list": {"model": [KEY]},
    "seconds": {"timeout_sec": KEY},
    "seconds as a list": {"timeout_sec": [KEY]},
    "calls at once": {"at_once": KEY},
    "the limit's name": {"limit_name": KEY},
    "the limit's names": {"limit_name": {KEY: 1}},
    "a flag": {"log_probs": KEY},
    "a field's name": {"extra": {KEY: 1}},
    "another field's name": {"extra": {HEX_KEY: 1}},
    "a name inside a field": {"extra": {"chat_template_kwargs": {f"model {KEY}": 1}}},
    "a header's name": {"extra": {"extra_headers": {KEY: "x"}}},
    "a name in the query": {"extra": {"extra_query": {HEX_KEY: "x"}}},
    "a name that is no text": {"extra": {KEY.encode(): 1}},
    "a field's value": {"extra": {"top_k": KEY.encode()}},
}


@pytest.mark.parametrize("changes", MISPLACED.values(), ids=MISPLACED)
def test_a_key_in_the_wrong_place_is_refused_without_being_shown(changes: dict[str, Any]) -> None:
    arguments = {"model": "toy", "card": CARD, "base_url": "http://localhost/v1", "api_key": "sk-x", **changes}
    with pytest.raises(ValueError, match=r"must (be|hold|not hold|have)") as caught:
        pocket.Endpoint(**arguments)
    told = "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert not any(key in told for key in (KEY, OTHER_KEY, HEX_KEY))

    told = "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert KEY not in told


ADDRESSES = [
    "http://me:{}@localhost:9/v1", "http://localhost:9/v1?key={}", "me:{}@localhost/v1", "http://localhost:9/v1#{}",
    "http://localhost:9/{}/v1", "{}", "Bearer {}",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_key_within_an_address_is_refused_and_not_shown(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="base_url must be an address") as caught:
        endpoint(address.format(KEY))
    monkeypatch.setenv("OPENAI_BASE_URL", address.format(KEY))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (reply,) = pocket.Endpoint("toy", CARD).complete([CALL])
    assert reply.failure is not None
    assert "OPENAI_BASE_URL must be" in reply.failure.message
    assert reply.usd == 0
    assert KEY not in str(caught.value) + repr(reply)


@pytest.mark.parametrize("address", ["http://localhost:9/v1?n=4", "http://localhost:9/v1?max_tokens=9"])
def test_no_field_travels_in_an_address(address: str) -> None:
    with pytest.raises(ValueError, match="base_url must be an address up to /v1 without user, query"):
        endpoint(address)


def test_a_short_word_may_be_a_key_and_a_name() -> None:
    assert endpoint("http://local/v1", api_key="toy").name == "toy"
    assert repr(pocket.Endpoint("local/llama3", CARD, api_key="local")) == "<endpoint 'local/llama3'>"


def test_an_endpoint_that_was_refused_can_be_shown_in_a_detailed_traceback() -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        pocket.Endpoint("toy", CARD, base_url=[1], api_key=KEY)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "<endpoint" in "".join(frames.format())
    for wrong in ({"timeout_sec": 0}, {"extra": {"n": 4}}, {"api_key": f"{KEY} {KEY}"}):
        with pytest.raises(ValueError, match="must") as caught:
            pocket.Endpoint("toy", CARD, **{"api_key": KEY, **wrong})
        within = traceback.walk_tb(caught.tb.tb_next)  # this test's own names are its own
        assert KEY not in "".join(traceback.StackSummary.extract(within, capture_locals=True).format())


def test_no_address_and_no_exception_shows_the_key() -> None:
    shown = [repr(endpoint(where()).complete([CALL])) for where in NOWHERE.values()]
    for key in BAD_KEYS:
        try:
            endpoint("http://localhost/v1", api_key=key)
        except ValueError:
            shown.append(traceback.format_exc())
    with pytest.raises(TypeError) as caught:
        pickle.dumps(endpoint("http://localhost/v1"))
    assert KEY not in "\n".join([*shown, str(caught.value)])


# Waits ----------------------------------------------------------------------------------------------------------------

NOW = "Sun, 29 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "sec"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "Sun, 29 Nov 2026 12:00:03 GMT", "date": NOW}, 3.0),
        ({"retry-after": "Sunday, 29-Nov-26 12:00:03 GMT", "date": NOW}, 3.0),
        ({"retry-after": "Sun Nov 29 12:00:03 2026", "date": NOW}, 3.0),
        ({"retry-after": "Sun, 29 Nov 2026 11:00:00 GMT", "date": NOW}, 0.0),
        ({"retry-after": "Sun, 29 Nov 2026 12:00:03 +0000", "date": NOW}, 3.0),
        ({"retry-after": "tomorrow", "date": NOW}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "3, 120"}, 120.0),
        ({"retry-after": "3, soon"}, None),
        ({"retry-after": "1e8"}, 1e8),
        ({"retry-after": "9" * 400}, math.inf),
        ({"retry-after-ms": "9" * 400, "retry-after": "3"}, math.inf),
        ({"retry-after": "1_000"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": " 3 "}, 3.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": NOW}, 251_606_347_199.0),
        ({"retry-after": "Sun, 29 Nov 2026 13:00:03 +0100", "date": NOW}, 3.0),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:03 GMT", "date": NOW}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_wait_is_read_in_every_form(headers: dict[str, str], sec: float | None) -> None:
    assert asked_wait(headers) == sec


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no time zone of a process")
def test_a_date_without_a_zone_is_greenwich_s(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert asked_wait({"retry-after": "Sun Nov 29 12:00:03 2026", "date": NOW}) == 3.0
    time.tzset()


def test_a_date_without_the_reply_s_own_counts_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    assert asked_wait({"retry-after": formatdate(1_000_007, usegmt=True)}) == 7.0


def test_a_date_reaches_the_reply() -> None:
    def busy(handler: Handler, _: dict) -> None:
        handler.say(429, {"error": {"message": "slow"}}, {"Retry-After": formatdate(time.time() + 3600, usegmt=True)})

    with serving(busy) as server:
        (reply,) = endpoint(server.url).complete([CALL])
    assert reply.failure is not None
    assert 0 < (reply.failure.retry_after_sec or 0) <= 3600  # exactly so many seconds: see above


def test_nobody_waits_for_years() -> None:
    with serving(lambda h, _: h.say(429, {"error": {"message": "slow"}}, {"Retry-After": "1e8"})) as server:
        report = carried_out(endpoint(server.url), steps=1, max_sec=float("inf"), retries=5)
    assert len(report.entries) == 1
    assert "it asks to wait 1e+08 s, more than 120 s" in report.left_out["s0"]


# Cancelling -----------------------------------------------------------------------------------------------------------


def test_a_cancelled_list_sends_no_further_call() -> None:
    async def cancelled(server: FakeServer) -> None:
        task = asyncio.create_task(endpoint(server.url, at_once=2).acomplete([Call(str(n)) for n in range(10)]))
        await asyncio.get_running_loop().run_in_executor(None, two_there.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    two_there = threading.Event()

    def hold(handler: Handler, _: dict) -> None:
        if len(handler.server.requests) == 2:
            two_there.set()
        handler.server.closing.wait()

    with serving(hold) as server:
        asyncio.run(cancelled(server))
        assert len(server.requests) == 2
