"""What a request asks for, read with care: whatever a client sends is either understood or refused in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from labkit._values import ByValue

from .models import EMBEDDING

CHAT, RESPONSES, EMBEDDINGS = "chat", "responses", "embeddings"
MOST_INPUTS = 2048
MOST_NUMBERS = 2**19
"""So many numbers the vectors of one request may have together: some megabytes."""


class Refusal(Exception):
    """A request that is not served: the status, the message, which field was wrong, and the model once it is known."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(status, message, param, code)
        self.status, self.message, self.param, self.code, self.model = status, message[:400], param, code, ""


@dataclass(frozen=True, eq=False)
class Asked(ByValue):
    """The parts of a request that a reply depends on.

    Attributes:
        prompt: the whole conversation as one text.
        system, last: the text of the first message if it is the system's, and of the user's last message.
        usage_asked: whether a stream ends with its usage; the Responses API always tells it.
        limit: the most tokens of the reply, or None.
        schema: the JSON schema that the reply is to follow, empty for any object, None for plain text.
        tool: the name of the tool that may be called, empty for none.
        texts, size, packed: what to embed, how many numbers a vector has, and whether it is wanted in base64.
    """

    endpoint: str
    model: str
    prompt: str
    system: str = ""
    last: str = ""
    stream: bool = False
    usage_asked: bool = False
    limit: int | None = None
    temperature: float = 1.0
    schema: Mapping[str, Any] | None = None
    tool: str = ""
    texts: tuple[str, ...] = ()
    size: int = 64
    packed: bool = False

    @property
    def key(self) -> str:
        """A hash of the prompt, which tells whether two are the same."""
        return blake2b(self.prompt.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_request(body: bytes, models: Mapping[str, Any], endpoint: str) -> Asked:
    """What the body of a request to one of the endpoints asks for.

    Raises:
        Refusal: it is not understood, or names no model that is served there.

    >>> body = b'{"model": "premium", "messages": [{"role": "user", "content": "1+2"}]}'
    >>> read_request(body, {"premium": None}, CHAT).prompt
    'user: 1+2\\n'
    """
    found = _read_json(body)
    model = _read_model(found, models, endpoint)
    try:
        return {CHAT: _read_chat, RESPONSES: _read_response, EMBEDDINGS: _read_embeddings}[endpoint](found, model)
    except Refusal as refusal:
        refusal.model = model
        raise
    except RecursionError:
        raise Refusal(400, "the body is nested too deeply") from None


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_constant=_refuse_constant, parse_float=_read_finite)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is no JSON: {type(error).__name__}") from None
    if not isinstance(found, dict):
        raise Refusal(400, f"the body must be a JSON object, got {type(found).__name__}")
    return found


def _refuse_constant(word: str) -> None:
    raise Refusal(400, f"the body is no JSON: it holds {word}")


def _read_finite(digits: str) -> float:
    """The number, which must be one that a float can be: Python reads ``1e999`` as infinity."""
    if math.isinf(number := float(digits)):
        raise Refusal(400, f"the body holds a number that is too large: {digits[:30]}")
    return number


def _read_model(body: dict[str, Any], models: Mapping[str, Any], endpoint: str) -> str:
    name = _read_field(body, "model", str, None)
    if name is None:
        raise Refusal(400, "model must be given", "model")
    if name not in models or (name == EMBEDDING) is not (endpoint == EMBEDDINGS):
        known = ", ".join(each for each in models if (each == EMBEDDING) is (endpoint == EMBEDDINGS))
        message = f"the model {repr(name)[:80]} does not exist at this address; there are: {known or 'none'}"
        raise Refusal(404, message, "model", "model_not_found")
    return name


def _read_chat(body: dict[str, Any], model: str) -> Asked:
    messages = _read_field(body, "messages", list, [])
    options = _read_field(body, "stream_options", dict, {})
    limits = [_read_count(body, name) for name in ("max_completion_tokens", "max_tokens")]
    if _read_field(body, "n", int, 1) != 1:
        raise Refusal(400, f"n must be 1, got {body['n']}", "n")
    form = _read_field(body, "response_format", dict, {})
    inner = _read_field(form, "json_schema", dict, {}) if form.get("type") == "json_schema" else form
    tools = [
        _read_field(_check_object("tools", tool), "function", dict, {}) for tool in _read_field(body, "tools", list, [])
    ]
    answered = any(isinstance(message, dict) and message.get("role") == "tool" for message in messages)
    return Asked(
        CHAT,
        model,
        **_read_messages("messages", messages),
        stream=_read_field(body, "stream", bool, False),
        usage_asked=_read_field(options, "include_usage", bool, False),
        limit=next((limit for limit in limits if limit is not None), None),
        temperature=_read_temperature(body),
        schema=_read_schema("response_format", form.get("type"), inner),
        tool="" if answered else _name_tool(tools, body.get("tool_choice")),
    )


def _read_response(body: dict[str, Any], model: str) -> Asked:
    """A request to the Responses API. It keeps no conversation, so each must be sent whole."""
    for name in ("previous_response_id", "conversation"):
        if body.get(name) is not None:
            raise Refusal(400, f"{name} must be left out: this endpoint keeps no conversation", name)
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else _read_field(body, "input", list, [])
    if instructions := _read_field(body, "instructions", str, ""):
        items = [{"role": "system", "content": instructions}, *items]
    form = _read_field(_read_field(body, "text", dict, {}), "format", dict, {})
    tools = [_check_object("tools", tool) for tool in _read_field(body, "tools", list, [])]
    answered = any(isinstance(item, dict) and item.get("type") == "function_call_output" for item in items)
    return Asked(
        RESPONSES,
        model,
        **_read_messages("input", items),
        stream=_read_field(body, "stream", bool, False),
        usage_asked=True,
        limit=_read_count(body, "max_output_tokens"),
        temperature=_read_temperature(body),
        schema=_read_schema("text.format", form.get("type"), form),
        tool="" if answered else _name_tool(tools, body.get("tool_choice")),
    )


def _read_embeddings(body: dict[str, Any], model: str) -> Asked:
    """Texts to embed; tokens given as numbers stand for the text of their numbers."""
    given = body.get("input")
    inputs = [given] if isinstance(given, str) or _are_tokens(given) else given
    if not isinstance(inputs, list) or not 0 < len(inputs) <= MOST_INPUTS:
        raise Refusal(400, f"input must be a text or a list of 1 to {MOST_INPUTS} texts", "input")
    if not all((isinstance(each, str) and each) or _are_tokens(each) for each in inputs):
        raise Refusal(400, "input must hold texts that are not empty, or lists of tokens", "input")
    size, form = _read_count(body, "dimensions") or 64, _read_field(body, "encoding_format", str, "float")
    if size > 4096 or form not in ("float", "base64"):
        raise Refusal(400, "dimensions must be at most 4096, and encoding_format float or base64", "dimensions")
    if len(inputs) * size > MOST_NUMBERS:
        raise Refusal(400, f"input times dimensions must be at most {MOST_NUMBERS:,} numbers", "dimensions")
    texts = tuple(each if isinstance(each, str) else " ".join(map(str, each)) for each in inputs)
    return Asked(EMBEDDINGS, model, "\n".join(texts), texts=texts, size=size, packed=form == "base64")


def _are_tokens(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(type(each) is int for each in given)


def _read_field(body: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    """The field, or the default where it is missing or null; a value of another kind is refused."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Refusal(400, f"{name} must be of type {kind.__name__}, got {type(value).__name__}", name)
    return value


def _read_count(body: dict[str, Any], name: str) -> int | None:
    value: int | None = _read_field(body, name, int, None)
    if value is not None and not 1 <= value <= 10**9:
        raise Refusal(400, f"{name} must be a whole number from 1, got {str(value)[:30]}", name)
    return value


def _read_temperature(body: dict[str, Any]) -> float:
    value = body.get("temperature")
    if value is None:
        return 1.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2:
        raise Refusal(400, f"temperature must be a number from 0 to 2, got {repr(value)[:30]}", "temperature")
    return float(value)


def _check_object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} must hold objects, got {type(value).__name__}", name)
    return value


def _read_messages(name: str, messages: list[Any]) -> dict[str, Any]:
    """The conversation as one text, the system's text and the user's last."""
    if not messages:
        raise Refusal(400, f"{name} must hold at least one message", name)
    texts = []
    for message in messages:
        fields = _check_object(name, message)
        role = fields.get("role") or fields.get("type")
        if not isinstance(role, str):
            raise Refusal(400, f"{name} must hold messages with a role", name)
        texts.append((role, _read_text(name, fields)))
    prompt = "".join(f"{role}: {text}\n" for role, text in texts)
    first = texts[0][1] if texts[0][0] in ("system", "developer") else ""
    last = next((text for role, text in reversed(texts) if role == "user"), texts[-1][1])
    return {"prompt": prompt, "system": first, "last": last}


def _read_text(name: str, message: dict[str, Any]) -> str:
    """The text of a message; of one without content (a tool's call) all of it, as JSON."""
    content = message.get("content", message.get("output"))
    if isinstance(content, str):
        return content
    if content is None:
        return json.dumps(message, sort_keys=True)
    if not isinstance(content, list):
        raise Refusal(400, f"{name} must hold content that is a text or a list of parts", name)
    parts = [_check_object(name, part) for part in content]
    return "\n".join(part["text"] if isinstance(part.get("text"), str) else json.dumps(part) for part in parts)


def _read_schema(name: str, kind: Any, holder: dict[str, Any]) -> Mapping[str, Any] | None:
    if kind in (None, "text"):
        return None
    if kind == "json_object":
        return {}
    if kind == "json_schema":
        schema: Mapping[str, Any] = _read_field(holder, "schema", dict, {})
        return schema
    raise Refusal(400, f"{name} must have the type text, json_object or json_schema, got {repr(kind)[:40]}", name)


def _name_tool(tools: list[dict[str, Any]], choice: Any) -> str:
    """The tool that may be called: the one that is asked for, else the first function that is offered."""
    names = [tool["name"] for tool in tools if isinstance(tool.get("name"), str)]
    if isinstance(choice, dict):
        asked = choice.get("name") or _read_field(choice, "function", dict, {}).get("name")
        return asked if asked in names else ""
    return names[0] if names and choice != "none" else ""
