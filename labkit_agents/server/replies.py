"""What goes back: the bodies and the streamed events of both APIs, embeddings, and errors, as bytes."""

from __future__ import annotations

import base64
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from .models import Answer
from .requests import RESPONSES, Asked

PIECE = 4
"""A stream brings a text in pieces of so many characters."""


class Written(NamedTuple):
    """A reply in both forms: whole, and as the events of a stream."""

    body: bytes
    events: list[bytes]


def write_error(status: int, message: str, param: str | None = None, code: str | None = None) -> bytes:
    """The body of an error, as OpenAI's clients read it."""
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return _as_json({"error": {"message": message, "type": kind, "param": param, "code": code}})


def write_digits(number: float) -> str:
    """The number in digits alone, as headers have it.

    >>> write_digits(1e6), write_digits(0.00001), write_digits(1.5)
    ('1000000', '0.00001', '1.5')
    """
    return np.format_float_positional(number, trim="-")


def write_reply(asked: Asked, answer: Answer, number: int, arguments: str | None) -> Written:
    """The reply to a chat completion or to the Responses API.

    Args:
        answer: the text and its tokens.
        number: which request this is; it makes the reply's id.
        arguments: of the tool call that stands in place of the text, as JSON; None for a text. Its id comes back in the
            next prompt, so it depends on this prompt alone: a run repeats whatever its concurrency.
    """
    write = _write_response if asked.endpoint == RESPONSES else _write_chat
    return write(asked, answer, number, arguments)


def write_embeddings(asked: Asked, tokens: int) -> bytes:
    """One vector of length 1 for each text; texts with the same words are near, whatever their order and meaning."""
    data = []
    for index, text in enumerate(asked.texts):
        vector = _hash_words(text, asked.size)
        numbers = base64.b64encode(vector.tobytes()).decode() if asked.packed else vector.tolist()
        data.append({"object": "embedding", "index": index, "embedding": numbers})
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _as_json({"object": "list", "model": asked.model, "data": data, "usage": usage})


def _hash_words(text: str, size: int) -> Any:
    """Each word adds 1 or -1 at 16 places that its hash names."""
    counts = Counter(re.findall(r"\w+", text.lower()) or [text])
    digests = b"".join(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=32).digest() for word in counts)
    hashes = np.frombuffer(digests, "<u2").astype(int)
    signs = (1 - 2 * (hashes % 2)) * np.repeat(list(counts.values()), 16)
    vector = np.bincount(hashes // 2 % size, signs, minlength=size)
    return (vector / (np.linalg.norm(vector) or 1.0)).astype("<f4")


def _write_chat(asked: Asked, answer: Answer, number: int, arguments: str | None) -> Written:
    head = {"id": f"chatcmpl-{number}", "created": int(time.time()), "model": asked.model}
    finish = answer.finish if arguments is None else "tool_calls"
    usage = {
        "prompt_tokens": answer.tokens_in,
        "completion_tokens": answer.tokens_out,
        "total_tokens": answer.tokens_in + answer.tokens_out,
        "prompt_tokens_details": {"cached_tokens": answer.tokens_cached},
        "completion_tokens_details": {"reasoning_tokens": answer.tokens_reasoning},
    }
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None}
    deltas: list[dict[str, Any]] = [{"content": piece} for piece in _cut_in_pieces(answer.text)]
    if arguments is not None:
        function = {"name": asked.tool, "arguments": arguments}
        call = {"id": f"call_{asked.key[:24]}", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
        deltas = [{"tool_calls": [{"index": 0, **call, "function": {**function, "arguments": ""}}]}]
        pieces = _cut_in_pieces(arguments)
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    body = _as_json({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
    head["object"] = "chat.completion.chunk"
    deltas[0]["role"] = "assistant"
    chunks: list[Any] = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    chunks.append([{"index": 0, "delta": {}, "finish_reason": finish}])
    unsaid = {"usage": None} if asked.usage_asked else {}
    events = [_as_event({**head, "choices": choices, **unsaid}) for choices in chunks]
    if asked.usage_asked:
        events.append(_as_event({**head, "choices": [], "usage": usage}))
    return Written(body, [*events, b"data: [DONE]\n\n"])


def _write_response(asked: Asked, answer: Answer, number: int, arguments: str | None) -> Written:
    part: dict[str, Any] = {"type": "output_text", "text": answer.text, "annotations": []}
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed"}
    ids = {"id": f"fc_{asked.key[:24]}", "call_id": f"call_{asked.key[:24]}"}
    call = {**ids, "type": "function_call", "name": asked.tool}
    called = {**call, "arguments": arguments, "status": "completed"}
    item: dict[str, Any] = {**message, "content": [part]} if arguments is None else called
    cut = answer.finish == "length" and arguments is None
    usage = {
        "input_tokens": answer.tokens_in,
        "input_tokens_details": {"cached_tokens": answer.tokens_cached, "cache_write_tokens": 0},
        "output_tokens": answer.tokens_out,
        "output_tokens_details": {"reasoning_tokens": answer.tokens_reasoning},
        "total_tokens": answer.tokens_in + answer.tokens_out,
    }
    whole = {
        "id": f"resp_{number}", "object": "response", "created_at": int(time.time()), "model": asked.model,
        "status": "incomplete" if cut else "completed", "error": None, "instructions": None, "metadata": {},
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None, "output": [item], "tools": [],
        "parallel_tool_calls": True, "tool_choice": "auto", "temperature": asked.temperature, "top_p": 1.0,
        "usage": usage,
    }  # fmt: skip
    begun = {**whole, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    place = {"item_id": item["id"], "output_index": 0}
    steps: list[tuple[str, dict[str, Any]]] = [("created", {"response": begun}), ("in_progress", {"response": begun})]
    if arguments is None:
        opened = {**message, "status": "in_progress", "content": []}
        inside = {**place, "content_index": 0}
        steps += [
            ("output_item.added", {"output_index": 0, "item": opened}),
            ("content_part.added", {**inside, "part": {**part, "text": ""}}),
            *(("output_text.delta", {**inside, "delta": d, "logprobs": []}) for d in _cut_in_pieces(answer.text)),
            ("output_text.done", {**inside, "text": answer.text, "logprobs": []}),
            ("content_part.done", {**inside, "part": part}),
        ]
    else:
        opened = {**call, "arguments": "", "status": "in_progress"}
        steps += [
            ("output_item.added", {"output_index": 0, "item": opened}),
            *(("function_call_arguments.delta", {**place, "delta": piece}) for piece in _cut_in_pieces(arguments)),
            ("function_call_arguments.done", {**place, "name": asked.tool, "arguments": arguments}),
        ]
    steps += [("output_item.done", {"output_index": 0, "item": item}), (str(whole["status"]), {"response": whole})]
    return Written(_as_json(whole), list(_number_events(steps)))


def _number_events(steps: list[tuple[str, dict[str, Any]]]) -> Iterator[bytes]:
    for place, (kind, fields) in enumerate(steps):
        yield _as_event({"type": f"response.{kind}", "sequence_number": place, **fields}, f"response.{kind}")


def _cut_in_pieces(text: str) -> list[str]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode("ascii")


def _as_event(value: Any, name: str = "") -> bytes:
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + _as_json(value) + b"\n\n"
