"""What an endpoint may be given: a key that can be sent, and further fields that cannot raise the bill.

Fields are taken by name from a list, not refused by name: of a field that nobody here knows, nobody can say that
the worst case still holds.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

SAMPLING = (
    "dynatemp_exponent", "dynatemp_range", "epsilon_cutoff", "eta_cutoff", "frequency_penalty", "grammar",
    "guided_choice", "guided_grammar", "guided_json", "guided_regex", "ignore_eos", "length_penalty", "logit_bias",
    "logprobs", "min_p", "mirostat", "mirostat_eta", "mirostat_tau", "presence_penalty", "random_seed",
    "repeat_last_n", "repeat_penalty", "repetition_penalty", "response_format", "safe_prompt", "seed",
    "skip_special_tokens", "stop", "stop_token_ids", "temperature", "tfs_z", "top_a", "top_k", "top_logprobs", "top_p",
    "typical_p",
)  # fmt: skip
"""Fields that say how a reply is drawn, and what it may look like."""
MANNERS = (
    "cache_prompt", "chat_template_kwargs", "enable_thinking", "keep_alive", "metadata", "prompt_cache_key",
    "reasoning_effort", "safety_identifier", "store", "user", "verbosity",
)  # fmt: skip
"""Fields that say how a request is treated. A reply that is thought about first stays within the same limit."""
KNOWN_FIELDS = frozenset(SAMPLING + MANNERS)
KNOWN_QUERY = ("api-version",)
KNOWN_HEADERS = ("http-referer", "openai-organization", "openai-project", "user-agent", "x-request-id", "x-title")
OWN_NAMES = ("response_format", "guided_json", "metadata", "logit_bias")
"""Fields whose inner names are the caller's own, such as the properties of a JSON schema."""
MAY_BE_READ = ("chat_template_kwargs", "guided_json", "grammar", "guided_grammar", "response_format")
"""Fields that an endpoint may write into the prompt, and bill as a part of it."""
MAY_ASK_FOR_MORE = re.compile("^n$|bestof|budget|max|message|model|predict|stream|token|tool")
"""Names inside a field, in lower case and without their dashes, with which it could ask for more."""
SHORTEST_SECRET = 4
"""A key such as ``x`` or ``-``, for servers that want any, is no secret; to hide it would spoil every message."""


class Secret:
    """A text that no ``repr`` shows, in a list of attributes or in a detailed traceback either."""

    def __init__(self, text: str) -> None:
        self._parts = tuple(text)

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> str:
        raise TypeError("a key is not written to a file; make the endpoint anew there")

    def reveal(self) -> str:
        """The text itself, for the request alone."""
        return "".join(self._parts)


def checked_key(name: str, key: Any) -> Secret:
    """The key without white space around it, as a file or a shell may leave it.

    Raises:
        ValueError: no key, or one that no header can carry. The message does not quote it.

    >>> checked_key("api_key", "sk-1\\n").reveal()
    'sk-1'
    """
    if not isinstance(key, str):
        raise ValueError(f"{name} must be text, got something of type {type(key).__name__}")
    key = key.strip()
    if not key:
        raise ValueError(f"{name} must not be empty; where the server wants none, give any word, such as 'none'")
    for place, letter in enumerate(key, 1):
        if not "!" <= letter <= "~":
            kind = "white space" if letter.isspace() else f"the character U+{ord(letter):04X}"
            raise ValueError(f"{name} must hold letters, digits and ASCII signs only, its character {place} is {kind}")
    return Secret(key)


def key_from_environment() -> Secret | None:
    """The key of ``OPENAI_API_KEY``, or None where it is not set; a ValueError where it cannot be sent."""
    found = os.environ.get("OPENAI_API_KEY")
    return checked_key("the environment variable OPENAI_API_KEY", found) if found else None


def hidden(text: str, key: Secret | None) -> str:
    """A text in which the key is not to be read, however it was escaped.

    >>> hidden("Incorrect API key provided: sk-12345.", Secret("sk-12345"))
    'Incorrect API key provided: <secret>.'
    """
    plain = key.reveal() if key is not None else ""
    if len(plain) < SHORTEST_SECRET:
        return text
    for form in {plain, json.dumps(plain)[1:-1], repr(plain)[1:-1]}:
        text = text.replace(form, "<secret>")
    return text


def checked_extra(extra: Any) -> dict[str, dict[str, Any]]:
    """The further fields of each request: those of its body, of its query and its headers.

    Raises:
        ValueError: a field that may change the bill or that is not known, or a value that cannot be sent.

    >>> checked_extra({"top_k": 20, "extra_body": {"min_p": 0.1}})["body"]
    {'top_k': 20, 'min_p': 0.1}
    """
    fields = dict(_mapping("extra", {} if extra is None else extra))
    headers = _mapping("extra['extra_headers']", fields.pop("extra_headers", None) or {})
    query = _mapping("extra['extra_query']", fields.pop("extra_query", None) or {})
    inner = _mapping("extra['extra_body']", fields.pop("extra_body", None) or {})
    body = {**fields, **inner}
    body = {name: _checked_value(name, value) for name, value in body.items()}
    _check_words("extra['extra_query']", query, KNOWN_QUERY)
    _check_words("extra['extra_headers']", headers, KNOWN_HEADERS)
    return {"body": body, "query": dict(query), "headers": dict(headers)}


def bytes_that_may_be_read(body: Mapping[str, Any]) -> int:
    """The bytes of the further fields that an endpoint may put before its model, and bill."""
    return sum(len(json.dumps(body[name])) for name in MAY_BE_READ if body.get(name))


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    """A dict whose keys are texts."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dict of fields by name, got something of type {type(value).__name__}")
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"{name} must have names that are text, got {key!r}")
    return value


def _checked_value(name: str, value: Any) -> Any:
    """A copy of a field's value; a field that is not known is refused, and a value that hides one, or is no JSON."""
    if name not in KNOWN_FIELDS:
        raise ValueError(
            f"extra must not hold {name!r}: with a field that is not in pocket.KNOWN_FIELDS a call might cost more "
            "than its worst case"
        )
    try:
        copy = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"extra must hold what JSON can say, {name!r} is of type {type(value).__name__}") from None
    if name not in OWN_NAMES:
        for inner in _inner_names(copy):
            if MAY_ASK_FOR_MORE.search(re.sub(r"[^a-z]", "", inner.lower())):
                raise ValueError(f"extra must not hold {inner!r}, got it inside {name!r}")
    return copy


def _inner_names(value: Any) -> list[str]:
    """The names of all dicts inside a value, at any depth."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found += map(str, each)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found


def _check_words(name: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a header or a part of the query that is not known or cannot be sent; its value may be a secret."""
    for key, value in given.items():
        if key.lower() not in known:
            raise ValueError(f"{name} must hold nothing but {', '.join(known)}, got {key!r}")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError(f"{name} must hold ASCII text in one line, {key!r} does not")
