"""Whatever a body holds, it is understood or refused in words; whatever a schema holds, its reply is JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from processor_time import seconds

from labkit_agents.server import SERVED
from labkit_agents.server.models import PrefixCache, find_sum
from labkit_agents.server.requests import CHAT, EMBEDDINGS, RESPONSES, Asked, Refusal, read_request
from labkit_agents.server.structured import write_structured

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "model", "messages", "input", "instructions", "stream", "stream_options", "max_tokens", "max_completion_tokens",
    "max_output_tokens", "n", "temperature", "response_format", "text", "tools", "tool_choice", "dimensions",
    "encoding_format", "previous_response_id",
)  # fmt: skip
WORDS = ("type", "properties", "items", "enum", "const", "anyOf", "allOf", "$ref", "$defs", "required")
KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null", "#", "#/$defs/a"])
SCHEMAS = st.recursive(
    KINDS | LEAVES,
    lambda inner: st.dictionaries(st.sampled_from((*WORDS, "a", "b")), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=15,
)


def good(endpoint: str) -> dict[str, Any]:
    """A body that is served."""
    messages = [{"role": "user", "content": "1 + 2"}]
    return {"model": "embedding" if endpoint == EMBEDDINGS else "premium", "messages": messages, "input": "1 + 2"}


def read_or_refuse(body: Any, endpoint: str) -> Asked | Refusal:
    return read_or_refuse_bytes(json.dumps(body).encode(), endpoint)


def read_or_refuse_bytes(body: bytes, endpoint: str = CHAT) -> Asked | Refusal:
    try:
        return read_request(body, SERVED, endpoint)
    except Refusal as refusal:
        return refusal


@given(st.sampled_from([CHAT, RESPONSES, EMBEDDINGS]), st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))
def test_any_body_is_read_or_refused_in_words(endpoint: str, fields: dict[str, Any]) -> None:
    for body in (fields, {**good(endpoint), **fields}):
        found = read_or_refuse(body, endpoint)
        if isinstance(found, Refusal):
            assert found.status in (400, 404)
            assert 0 < len(found.message) <= 400
        else:
            assert found.model in SERVED
            assert (found.endpoint == EMBEDDINGS) == bool(found.texts)


@given(VALUES)
def test_any_message_is_read_or_refused_in_words(value: Any) -> None:
    for messages in (value, [value], [{"role": "user", "content": value}], [{"role": "user", "content": [value]}]):
        read_or_refuse({**good(CHAT), "messages": messages}, CHAT)
        read_or_refuse({**good(RESPONSES), "input": messages}, RESPONSES)


@given(st.dictionaries(st.sampled_from(WORDS), SCHEMAS, max_size=5), st.sampled_from(["RIGHT", "357", "\u00b2"]))
@example({"type": "object", "properties": "object"}, "1")
@example({"$ref": "#"}, "1")
@example({"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}}, "1")
def test_any_schema_gets_a_reply_that_is_json(schema: dict[str, Any], answer: str) -> None:
    for right in (True, False):
        json.loads(write_structured(schema, answer, right))


def test_what_is_nested_too_deeply_is_refused() -> None:
    body = b'{"model": "premium", "messages": [{"role": "user", "content": null, "x": 0}]}'
    for times in (1, 100):
        inside = b"[" * (900 * times) + b"]" * (900 * times)
        found = read_or_refuse_bytes(body.replace(b"0", inside))
        assert found.model == "premium" or (isinstance(found, Refusal) and found.status == 400)


@given(st.lists(st.integers(0, 9999), min_size=2, max_size=8))
def test_a_sum_is_found_in_every_wording(numbers: list[int]) -> None:
    parts = [str(number) for number in numbers]
    texts = ["+".join(parts), " + ".join(parts), f"Add {', '.join(parts[:-1])} and {parts[-1]}."]
    assert [find_sum(f"Please: {text}") for text in texts] == [tuple(numbers)] * 3


@pytest.mark.parametrize("text", ["", "12", "call 5 and 6", "12 +", "+ 3", "added 1 and 2"])
def test_what_asks_for_no_sum_is_none(text: str) -> None:
    assert find_sum(text) == ()


@pytest.mark.parametrize("piece", ["1+", "1 + ", "add 1, ", "add 1,1 and ", "12", " ", "add ", "x"])
def test_long_texts_take_time_in_proportion(piece: str) -> None:
    """A quadratic search would take 16 times as long for four times the text."""

    def work(times: int) -> float:
        text = piece * times
        return min(seconds(lambda: (find_sum(text), PrefixCache().read(text))) for _ in range(3))

    assert work(40_000) < 10 * work(10_000)


@given(st.lists(st.lists(st.sampled_from(["a" * 64, "b" * 64, "a" * 30]), max_size=5).map("".join), max_size=6))
def test_the_prefix_cache_agrees_with_a_comparison_of_whole_texts(texts: list[str]) -> None:
    """A block is known where an earlier text has the same beginning up to its end."""
    cache = PrefixCache()
    for place, text in enumerate(texts):
        ends = [end for end in range(64, len(text) + 1, 64) if any(each[:end] == text[:end] for each in texts[:place])]
        assert cache.read(text) == max(ends, default=0)
