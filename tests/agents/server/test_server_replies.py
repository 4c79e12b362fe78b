"""What the endpoint answers when nothing goes wrong: both APIs, whole and streamed, tokens, tools, schemas, vectors."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import pytest
from asking import ask, chat

from labkit_agents import pocket
from labkit_agents.server import FaultPlan, Server


def test_a_chat_completion_costs_what_the_section_says(endpoint: Server) -> None:
    for model, usd, sec in (("premium", 0.03, 2.0), ("small", 0.002, 0.4)):
        reply = ask(endpoint.url, chat("What is 12 + 345?", model)).json
        assert reply["object"] == "chat.completion"
        assert reply["choices"][0]["message"]["content"] == "357"
        assert reply["choices"][0]["finish_reason"] == "stop"
        assert (reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"]) == (1000, 500)
        row = endpoint.log.settled()[-1]
        assert (row.model, row.status, row.fault, row.right, row.client_there) == (model, 200, "", True, True)
        assert (row.usd, row.sec) == (pytest.approx(usd, rel=1e-12), pytest.approx(sec, rel=1e-12))


@pytest.mark.parametrize("asked", [True, False])
def test_a_stream_tells_its_usage_only_when_asked(endpoint: Server, asked: bool) -> None:
    more = {"stream_options": {"include_usage": True}} if asked else {}
    seen = ask(endpoint.url, chat("What is 9000 + 900 + 90?", stream=True, **more))
    assert seen.headers["content-type"] == "text/event-stream"
    *chunks, last = seen.events
    assert last == "[DONE]"
    pieces = [choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]]
    assert "".join(pieces) == "9990"
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    assert [usage["total_tokens"] for usage in usages] == ([1500] if asked else [])
    assert endpoint.log.settled()[0].usd == pytest.approx(0.03)  # billed all the same


def test_cached_and_reasoning_tokens_are_in_the_usage_and_on_the_bill(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=0.0, tokens_cached=800, tokens_reasoning=300)
    usage = ask(endpoint.url, chat()).json["usage"]
    assert usage["prompt_tokens_details"] == {"cached_tokens": 800}
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 300}
    assert endpoint.log.settled()[0].usd == pytest.approx(0.0228)  # 200 at 10, 800 at 1, 500 at 40 USD for a million
    usage = ask(endpoint.url, {"model": "premium", "input": "hello"}, "responses").json["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] == 800
    assert usage["output_tokens_details"] == {"reasoning_tokens": 300}


def test_a_prefix_cache_counts_what_was_read_before(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=0.0, prefix_cache=True, tokens_in=None)
    system = {"role": "system", "content": "x" * 632}  # with "system: " and its line's end 641 characters: ten blocks
    for number, cached in ((1, 0), (2, 640)):
        body = {"model": "small", "messages": [system, {"role": "user", "content": f"{number}" * 95}]}
        usage = ask(endpoint.url, body).json["usage"]
        length = 641 + len("user: ") + 95 + 1
        assert usage["prompt_tokens"] == math.ceil(length / 4)
        assert usage["prompt_tokens_details"]["cached_tokens"] == usage["prompt_tokens"] * cached // length
    ask(endpoint.url, {**body, "model": "premium"})
    assert endpoint.log.settled()[-1].tokens_cached == 0  # each model has a cache of its own
    endpoint.reset()
    ask(endpoint.url, body)
    assert endpoint.log.settled()[0].tokens_cached == 0


def test_a_limit_cuts_the_reply_and_the_bill(endpoint: Server) -> None:
    reply = ask(endpoint.url, chat(max_tokens=100)).json
    assert (reply["usage"]["completion_tokens"], reply["choices"][0]["finish_reason"]) == (100, "length")
    assert endpoint.log.settled()[0].usd == pytest.approx(0.01 + 100 * 40e-6)
    reply = ask(endpoint.url, {"model": "premium", "input": "x", "max_output_tokens": 100}, "responses").json
    assert (reply["status"], reply["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


def test_the_responses_api_whole_and_streamed_say_the_same(endpoint: Server) -> None:
    body = {"model": "small", "input": [{"role": "user", "content": "Add 1, 20 and 300."}], "instructions": "Sum."}
    whole = ask(endpoint.url, body, "responses").json
    assert whole["output"][0]["content"][0]["text"] == "321"
    events = ask(endpoint.url, {**body, "stream": True}, "responses").events
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[0]["type"] == "response.created"
    assert events[-1]["type"] == "response.completed"
    assert "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta") == "321"
    assert events[-1]["response"]["usage"] == whole["usage"]


@pytest.mark.parametrize("name", ["small", "premium"])
def test_a_pocket_model_answers_with_its_own_tokens_and_card(endpoint: Server, name: str) -> None:
    model = {"small": pocket.small, "premium": pocket.premium}[name]()
    body = chat("What is 12+345+7?", f"pocket-{name}")
    body["messages"].insert(0, {"role": "system", "content": "add these"})
    own = [model.complete([pocket.Call("12+345+7=", "add these", f"attempt {attempt}")])[0] for attempt in (1, 2)]
    for reply, attempt in zip(own, (1, 2), strict=True):
        seen = ask(endpoint.url, body).json
        row = endpoint.log.settled()[-1]
        assert seen["choices"][0]["message"]["content"] == reply.text
        assert (row.attempt, row.tokens_in, row.tokens_cached) == (attempt, reply.tokens_in, reply.tokens_cached)
        assert (row.tokens_out, row.usd, row.sec) == (reply.tokens_out, reply.usd, reply.sec)
        assert row.right == (reply.text == "364")


def test_a_pocket_model_that_errs_by_itself_is_logged_as_wrong(endpoint: Server) -> None:
    """Eight numbers are more than the models were trained on."""
    endpoint.plan = FaultPlan()
    text = "+".join(["999"] * 8)
    reply = ask(endpoint.url, chat(text, "pocket-small")).json["choices"][0]["message"]["content"]
    row = endpoint.log.settled()[0]
    assert reply != "7992"
    assert (row.fault, row.right, row.status) == ("wrong", False, 200)


def test_a_pocket_model_refuses_what_is_no_sum(endpoint: Server) -> None:
    seen = ask(endpoint.url, chat("hello", "pocket-small"))
    assert (seen.status, seen.json["error"]["type"]) == (400, "invalid_request_error")
    assert "sums alone" in seen.json["error"]["message"]
    assert endpoint.log.usd == 0


SCHEMA = {
    "type": "object",
    "properties": {
        "total": {"type": "integer"},
        "sure": {"type": "boolean"},
        "unit": {"enum": ["usd", "eur"]},
        "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "$defs": {"Step": {"type": "object", "properties": {"of": {"type": "number"}}}},
}
FILLED = {"total": 7, "sure": True, "unit": "usd", "steps": [{"of": 7}], "note": "7"}


def test_structured_output_follows_its_schema_in_both_apis(endpoint: Server) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "total", "schema": SCHEMA}}
    reply = ask(endpoint.url, chat("3 + 4", response_format=form)).json["choices"][0]["message"]["content"]
    assert json.loads(reply) == FILLED
    body = {"model": "premium", "input": "3 + 4", "text": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    reply = ask(endpoint.url, body, "responses").json["output"][0]["content"][0]["text"]
    assert json.loads(reply) == FILLED
    reply = ask(endpoint.url, chat("3 + 4", response_format={"type": "json_object"})).json
    assert json.loads(reply["choices"][0]["message"]["content"]) == {"answer": 7}


def test_structured_output_fails_softly_in_two_ways(endpoint: Server) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "total", "schema": SCHEMA}}
    endpoint.plan = FaultPlan(attempts=("wrong", "malformed"))
    replies = [ask(endpoint.url, chat("3 + 4", response_format=form)) for _ in range(2)]
    wrong, malformed = (reply.json["choices"][0]["message"]["content"] for reply in replies)
    found = json.loads(wrong)
    assert 8 <= found["total"] <= 16
    assert (found["sure"], found["unit"]) == (False, "eur")
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(malformed)
    assert [(row.fault, row.right, row.status) for row in endpoint.log.settled()] == [
        ("wrong", False, 200), ("malformed", False, 200)
    ]  # fmt: skip


def test_a_schema_that_leads_to_itself_many_times_ends(endpoint: Server) -> None:
    schema = {"type": "object", "properties": {f"p{number}": {"$ref": "#"} for number in range(30)}}
    form = {"type": "json_schema", "json_schema": {"schema": schema}}
    assert ask(endpoint.url, chat(response_format=form)).status == 200


TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


def test_a_tool_is_called_once_where_the_plan_says_so(endpoint: Server) -> None:
    assert "tool_calls" not in ask(endpoint.url, chat(tools=[TOOL])).json["choices"][0]["message"]
    endpoint.plan = FaultPlan(soft=0.0, tool_arguments={"a": 1})
    choice = ask(endpoint.url, chat(tools=[TOOL])).json["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "add", "arguments": '{"a": 1}'}
    chunks = ask(endpoint.url, chat(tools=[TOOL], stream=True)).events[:-1]
    parts = [part for chunk in chunks for part in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert "".join(part["function"]["arguments"] for part in parts) == '{"a": 1}'
    body = chat("1 + 1", tools=[TOOL])
    body["messages"] += [choice["message"], {"role": "tool", "tool_call_id": call["id"], "content": "two"}]
    assert ask(endpoint.url, body).json["choices"][0]["message"]["content"] == "2"
    assert "tool_calls" not in ask(endpoint.url, chat(tools=[TOOL], tool_choice="none")).json["choices"][0]["message"]


def test_a_tool_s_call_has_an_id_that_repeats_so_that_the_next_prompt_does(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=0.0, tool_arguments={})
    choices = [ask(endpoint.url, chat(text, tools=[TOOL])).json["choices"][0] for text in ("one", "two", "one")]
    ids = [choice["message"]["tool_calls"][0]["id"] for choice in choices]
    assert ids[0] == ids[2] != ids[1]


def test_the_responses_api_calls_a_tool_too(endpoint: Server) -> None:
    endpoint.plan = FaultPlan(soft=0.0, tool_arguments={"a": 1})
    body: dict[str, Any] = {
        "model": "premium",
        "input": [{"role": "user", "content": "x"}],
        "tools": [{"type": "function", "name": "add"}],
    }
    (item,) = ask(endpoint.url, body, "responses").json["output"]
    assert (item["type"], item["name"], item["arguments"]) == ("function_call", "add", '{"a": 1}')
    events = ask(endpoint.url, {**body, "stream": True}, "responses").events
    assert events[-1]["response"]["output"][0]["arguments"] == '{"a": 1}'
    body["input"] += [item, {"type": "function_call_output", "call_id": item["call_id"], "output": "2"}]
    assert ask(endpoint.url, body, "responses").json["output"][0]["type"] == "message"


def test_vectors_have_length_one_and_alike_texts_are_near(endpoint: Server) -> None:
    texts = ["Who paid Alice?", "who paid Alice", "a sum of three numbers"]
    body = {"model": "embedding", "input": texts}
    reply = ask(endpoint.url, body, "embeddings").json
    vectors = np.array([each["embedding"] for each in reply["data"]])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    near = vectors @ vectors.T
    assert near[0, 1] == pytest.approx(1)
    assert near[0, 2] < 0.8
    packed = ask(endpoint.url, {**body, "encoding_format": "base64"}, "embeddings").json
    first = np.frombuffer(base64.b64decode(packed["data"][0]["embedding"]), "<f4")
    assert np.allclose(first, vectors[0])
    assert reply["usage"]["prompt_tokens"] == sum(math.ceil(len(text) / 4) for text in texts)
    assert endpoint.log.settled()[0].usd == pytest.approx(reply["usage"]["prompt_tokens"] * 0.02e-6)
    small = ask(endpoint.url, {**body, "dimensions": 8}, "embeddings").json
    assert len(small["data"][0]["embedding"]) == 8


def test_the_models_are_listed(endpoint: Server) -> None:
    seen = ask(endpoint.url, b"", "/models", "GET").json
    assert [each["id"] for each in seen["data"]] == ["premium", "small", "pocket-premium", "pocket-small", "embedding"]
    assert len(endpoint.log) == 0


def test_the_openai_package_reads_every_kind_of_reply(endpoint: Server) -> None:
    openai, httpx = pytest.importorskip("openai"), pytest.importorskip("httpx")
    client = openai.OpenAI(base_url=endpoint.url, api_key="any", max_retries=0, http_client=httpx.Client())
    messages = [{"role": "user", "content": "What is 12+345?"}]
    assert client.chat.completions.create(model="premium", messages=messages).choices[0].message.content == "357"
    stream = client.chat.completions.create(
        model="premium", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[-1].usage.total_tokens == 1500
    assert len(client.embeddings.create(model="embedding", input="x").data[0].embedding) == 64
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.chat.completions.create(model="gpt", messages=messages)
    assert [(row.endpoint, row.status) for row in endpoint.log.settled()] == [
        ("chat", 200), ("chat", 200), ("embeddings", 200), ("chat", 404)
    ]  # fmt: skip


def test_the_openai_package_reads_responses_and_tells_its_retries(endpoint: Server) -> None:
    openai, httpx = pytest.importorskip("openai"), pytest.importorskip("httpx")
    client = openai.OpenAI(base_url=endpoint.url, api_key="any", http_client=httpx.Client())
    if not hasattr(client, "responses"):
        pytest.skip("this release of openai is older than the Responses API")
    assert client.responses.create(model="small", input="1+1").output_text == "2"
    with client.responses.stream(model="small", input="1+2") as events:
        assert events.get_final_response().usage.output_tokens == 500
    endpoint.reset(FaultPlan(soft=0.0, attempts=("429", "500"), retry_after_sec=0.01))
    assert client.responses.create(model="small", input="1+1").output_text == "2"
    rows = endpoint.log.settled()
    assert [(row.attempt, row.client_retry, row.fault) for row in rows] == [(1, 0, "429"), (2, 1, "500"), (3, 2, "")]
