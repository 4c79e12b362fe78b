"""The endpoint against a local server that answers well, refuses, fails, is slow, talks rubbish or breaks off."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fake_server import FakeServer, Handler, completion, serving

from labkit_agents import pocket
from labkit_agents.pocket.chat import BadBody, read_body

CARD = pocket.PriceCard(usd_in=1e-3, usd_cached=1e-4, usd_out=5e-3)
CALL = pocket.Call("12+345=", prefix="add", id="one")
WORST_USD = (len("add12+345=") + 64) * 1e-3 + 8 * 5e-3


def endpoint(server: FakeServer, **changes: Any) -> pocket.Endpoint:
    pytest.importorskip("openai")
    return pocket.Endpoint("toy", CARD, **{"base_url": server.url, "api_key": "secret", "timeout_sec": 20.0, **changes})


def good(handler: Handler, _: dict) -> None:
    handler.say(200, completion())


def the_reply(answer: Any, **changes: Any) -> pocket.Reply:
    """One call against a server that answers so; it is asked exactly once."""
    with serving(answer) as server:
        (reply,) = endpoint(server, **changes).complete([CALL])
        assert len(server.requests) == 1
    return reply


def test_a_good_reply_is_billed_by_its_tokens() -> None:
    reply = the_reply(good)
    assert (reply.text, reply.model, reply.finish, reply.ok, reply.log_prob) == ("357", "toy", "stop", True, None)
    assert (reply.tokens_in, reply.tokens_cached, reply.tokens_out) == (20, 8, 3)
    assert reply.usd == pytest.approx(12 * 1e-3 + 8 * 1e-4 + 3 * 5e-3)
    assert reply.sec == reply.wall_sec > 0


def test_the_request_says_what_the_call_says() -> None:
    with serving(good) as server:
        other = endpoint(server, limit_name="max_completion_tokens", log_probs=True, extra={"seed": None, "top_p": 0.5})
        endpoint(server).complete([CALL])
        other.complete([pocket.Call("hi", temperature=0, max_tokens=5)])
    system, user = {"role": "system", "content": "add"}, {"role": "user", "content": "12+345="}
    seed = server.requests[0].pop("seed")
    assert server.requests == [
        {"model": "toy", "messages": [system, user], "temperature": 1.0, "max_tokens": 8},
        {
            "model": "toy",
            "messages": [{"role": "user", "content": "hi"}],
            "temperature": 0,
            "max_completion_tokens": 5,
            "logprobs": True,
            "top_p": 0.5,
        },
    ]
    assert 0 <= seed < 2**31
    assert server.keys == ["Bearer secret"] * 2


def test_a_reply_cut_by_its_limit_says_so() -> None:
    assert the_reply(lambda h, _: h.say(200, completion("35", "length"))).finish == "length"


def test_log_probabilities_are_read_where_they_are_given() -> None:
    body = completion()
    body["choices"][0]["logprobs"] = {"content": [{"token": "3", "logprob": -0.5}, {"token": "57", "logprob": -0.25}]}
    assert the_reply(lambda h, _: h.say(200, body), log_probs=True).log_prob == -0.75


@pytest.mark.parametrize(
    "said",
    [None, [], {}, {"content": None}, {"content": [1]}, {"content": [{"token": "3"}]}]
    + [{"content": [{"logprob": -0.5}, {"logprob": bad}]} for bad in (None, "x", float("nan"), float("-inf"), [])],
)
def test_log_probabilities_that_are_missing_or_rubbish_lose_no_reply(said: object) -> None:
    body = completion()
    body["choices"][0]["logprobs"] = said
    reply = the_reply(lambda h, _: h.say(200, body), log_probs=True)
    assert (reply.ok, reply.text, reply.log_probs, reply.log_prob) == (True, "357", (), None)


@pytest.mark.parametrize(
    ("status", "kind", "may_retry"),
    [
        (429, "rate_limit", True),
        (500, "server", True),
        (503, "server", True),
        (599, "server", True),
        (401, "refused", False),
        (404, "refused", False),
    ],
)
def test_a_refusal_costs_nothing_and_is_not_tried_again(status: int, kind: str, may_retry: bool) -> None:
    body = {"error": {"message": "not now", "type": "x"}}
    reply = the_reply(lambda h, _: h.say(status, body, {"Retry-After": "7"}))
    assert (reply.ok, reply.finish, reply.text, reply.usd) == (False, "error", "", 0.0)
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.may_retry, reply.failure.retry_after_sec) == (kind, may_retry, 7.0)
    assert str(status) in reply.failure.message
    assert "not now" in reply.failure.message


@pytest.mark.parametrize("status", [408, 504])
def test_a_gateway_that_waited_too_long_may_have_billed_the_worst_case(status: int) -> None:
    reply = the_reply(lambda h, _: h.say(status, "too late"))
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.may_retry) == ("timeout", True)
    assert reply.usd == pytest.approx(WORST_USD)


def test_a_hanging_server_is_given_up_and_may_have_billed_the_worst_case() -> None:
    reply = the_reply(lambda h, _: h.server.closing.wait() and None, timeout_sec=0.3)
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.message) == ("timeout", "no reply within 0.3 seconds")
    assert reply.usd == pytest.approx(WORST_USD)


def test_a_server_that_drips_is_given_up_too() -> None:
    """Each byte comes in time, the whole does not: a limit on silence alone would wait for ever."""

    def drip(handler: Handler, _: dict) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not handler.server.closing.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    reply = the_reply(drip, timeout_sec=0.4)
    assert reply.failure is not None
    assert reply.failure.kind == "timeout"


@pytest.mark.parametrize(
    "body",
    [
        "<html>busy</html>", "", "[]", "null", '"357"', "{}", '{"choices": []}',
        completion(usage=None), completion(usage={}), completion(usage={"prompt_tokens": -1, "completion_tokens": 1}),
        completion(usage={"prompt_tokens": 1, "completion_tokens": "1"}), "[" * 200_000,
        completion(usage={"prompt_tokens": 10**400, "completion_tokens": 1}),
        completion(usage={"prompt_tokens": float("nan"), "completion_tokens": 1}),
        completion(usage={"prompt_tokens": float("inf"), "completion_tokens": 1}),
        completion(choices=[{"message": {}}]),
        completion(choices=[{"message": {"content": 357}, "finish_reason": "stop"}]),
        completion(usage={"prompt_tokens": 1, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}}),
    ],
)  # fmt: skip
def test_rubbish_is_a_failure_that_may_have_been_billed(body: Any) -> None:
    reply = the_reply(lambda h, _: h.say(200, body))
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.may_retry, reply.text) == ("malformed", True, "")
    assert reply.usd == pytest.approx(WORST_USD)


def test_a_reply_that_breaks_off_is_a_failure() -> None:
    reply = the_reply(lambda h, _: h.say(200, completion(), cut=30))
    assert reply.failure is not None
    assert reply.failure.kind in ("connection", "malformed")
    assert reply.usd == pytest.approx(WORST_USD)


@pytest.mark.parametrize("text", [None, "35"])
def test_a_model_that_will_not_speak_is_billed_for_what_it_read(text: str | None) -> None:
    reply = the_reply(lambda h, _: h.say(200, completion(text, "content_filter")))
    assert reply.failure is not None
    assert reply.text == ""
    assert reply.failure.kind == "refused"
    assert "content_filter" in reply.failure.message
    assert reply.usd == pytest.approx(12 * 1e-3 + 8 * 1e-4 + 3 * 5e-3)


def test_nobody_there_is_a_failure_of_the_connection() -> None:
    with serving(good) as server:
        nobody = endpoint(server)
    (reply,) = nobody.complete([CALL])
    assert reply.failure is not None
    assert reply.failure.kind == "connection"


def test_one_failure_does_not_lose_the_others_and_order_is_kept() -> None:
    def moody(handler: Handler, request: dict) -> None:
        text = request["messages"][-1]["content"]
        handler.say(*((500, {"error": {"message": "no"}}) if text == "3" else (200, completion(text))))

    with serving(moody) as server:
        replies = endpoint(server).complete([pocket.Call(str(i)) for i in range(8)])
    assert [reply.text for reply in replies] == ["0", "1", "2", "", "4", "5", "6", "7"]
    assert [reply.ok for reply in replies] == [i != 3 for i in range(8)]


def test_as_many_calls_fly_at_once_as_were_allowed() -> None:
    together = threading.Barrier(3)

    def in_threes(handler: Handler, _: dict) -> None:
        together.wait()  # nobody is answered before three are there
        handler.say(200, completion())

    with serving(in_threes) as server:
        replies = endpoint(server, at_once=3).complete([pocket.Call(str(i)) for i in range(9)])
    assert all(reply.ok for reply in replies)
    assert server.most_at_once == 3


def test_complete_works_while_an_event_loop_runs() -> None:
    async def in_a_notebook(model: pocket.Endpoint) -> tuple[list[pocket.Reply], list[pocket.Reply]]:
        return model.complete([CALL]), await model.acomplete([CALL])

    with serving(good) as server:
        one, other = asyncio.run(in_a_notebook(endpoint(server)))
    assert one[0].text == other[0].text == "357"


def test_a_cancelled_call_lets_go() -> None:
    async def cancelled(model: pocket.Endpoint) -> None:
        await asyncio.wait_for(model.acomplete([CALL]), 0.3)

    with serving(lambda h, _: h.server.closing.wait() and None) as server, pytest.raises(asyncio.TimeoutError):
        asyncio.run(cancelled(endpoint(server)))


def test_the_worst_case_covers_every_byte_and_the_time_limit() -> None:
    with serving(good) as server:
        worst = endpoint(server, timeout_sec=9).worst_case(pocket.Call("é", max_tokens=2))
    assert worst == pocket.Bill(pytest.approx((2 + 64) * 1e-3 + 2 * 5e-3), 9)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no other thread can interrupt this one")
@pytest.mark.usefixtures("interruptible")
def test_interrupted_by_hand_it_sends_no_further_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupting(handler: Handler, _: dict) -> None:
        if len(handler.server.requests) == 2 and first.acquire(blocking=False):  # both may see the second
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # type: ignore[arg-type]
        waiting.wait()
        handler.say(200, completion())

    def run_and_tell(work: Any) -> Any:
        try:
            return run(work)
        finally:
            ended.set()

    waiting, ended, first, run = threading.Event(), threading.Event(), threading.Lock(), asyncio.run
    monkeypatch.setattr(asyncio, "run", run_and_tell)
    with serving(interrupting) as server:
        with pytest.raises(KeyboardInterrupt):
            endpoint(server, at_once=2).complete([pocket.Call(str(i)) for i in range(20)])
        waiting.set()
        ended.wait()
        assert len(server.requests) == 2


def test_the_key_is_shown_nowhere_and_gets_onto_no_cassette(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with serving(good) as server:
        model = endpoint(server)
        (reply,) = pocket.Cassette(model, path).complete([CALL])
    assert "secret" not in repr(model) + repr(reply) + path.read_text()
    assert json.loads(path.read_text())["reply"]["text"] == "357"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ImportError, match=r"pip install 'counting-calls\[endpoint\]'"):
        pocket.Endpoint("toy", CARD).complete([CALL])


def test_without_the_package_and_the_key_a_cassette_is_still_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    with serving(good) as server:
        recorded = pocket.Cassette(endpoint(server), path).complete([CALL])
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    again = pocket.Cassette(pocket.Endpoint("toy", CARD), path, mode="replay")
    assert (again.complete([CALL]), again.spent_usd) == (recorded, 0.0)


def test_no_calls_need_no_package_and_give_no_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    assert pocket.Endpoint("toy", CARD).complete([]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout_sec", 0),
        ("timeout_sec", -1),
        ("timeout_sec", [1.0, 2.0]),
        ("at_once", 0),
        ("model", ""),
        ("model", None),
        ("card", None),
        ("limit_name", "max_token"),
        ("extra", {"max_tokens": 10**6}),
        ("extra", {"max_completion_tokens": None}),
        ("extra", {"n": 2}),
        ("extra", {"stream": True}),
    ],
)
def test_what_would_break_the_worst_case_or_cannot_be_sent_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field} must "):
        pocket.Endpoint(**{"model": "toy", "card": CARD, field: value})


@pytest.mark.parametrize("wait", ["soon", "Wed, 99 Oct 2026 07:28:00 GMT", "-1", "inf", "nan", ""])
def test_a_retry_after_that_is_no_number_of_seconds_and_no_date_is_left_out(wait: str) -> None:
    reply = the_reply(lambda h, _: h.say(429, {"error": {"message": "slow"}}, {"Retry-After": wait}))
    assert reply.failure is not None
    assert reply.failure.retry_after_sec is None


def test_a_long_rubbish_body_is_shortened_in_the_message() -> None:
    with pytest.raises(BadBody) as caught:
        read_body("x" * 10_000)
    assert len(str(caught.value)) < 200
