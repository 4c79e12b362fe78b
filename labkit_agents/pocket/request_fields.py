"""What an endpoint may be given: a key that can be sent, and further fields that cannot raise the bill.

Fields are taken by name from a list, not refused by name: of a field that nobody here knows, nobody can say that
the worst case still holds.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
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
"""Fields that say how a request is treated. A reply that is thought about first stays within the same limit, except
after ``enable_thinking``: Alibaba's endpoint says that for most models the limit is then the final answer's alone."""
KNOWN_FIELDS = frozenset(SAMPLING + MANNERS)
KNOWN_QUERY = ("api-version",)
KNOWN_HEADERS = ("http-referer", "openai-organization", "openai-project", "user-agent", "x-request-id", "x-title")
OWN_NAMES = ("response_format", "guided_json", "metadata", "logit_bias")
"""Fields whose inner names are the caller's own, such as the properties of a JSON schema."""
MAY_BE_READ = ("chat_template_kwargs", "guided_json", "grammar", "guided_grammar", "response_format")
"""Fields that an endpoint may write into the prompt, and bill as a part of it."""
MAY_ASK_FOR_MORE = re.compile("^n$|bestof|budget|max|message|model|predict|stream|token|tool")
"""Names inside a field, in lower case and without their dashes, with which it could ask for more."""
SAFETY_PROMPT_TOKENS = 256
"""What ``safe_prompt`` has an endpoint put before the conversation, generously."""
KEY_BEGINNINGS = ("aiza", "bearer ", "gsk_", "hf_", "pplx-", "r8_", "sk-", "sk_", "xai-")
"""How keys of well-known endpoints begin, in lower case; no model is called so."""
SHORTEST_KEY = 16
"""A shorter text, such as ``local``, may well name a key and a model."""
SHORTEST_SECRET = 4
"""A key such as ``x`` or ``-``, for servers that want any, is no secret; to hide it would spoil every message."""


class Secret:
    """A text that no ``repr`` shows, in a list of attributes or in a detailed traceback either."""

    def __init__(self, text: str) -> None:
        self._parts = tuple(text)

    def __repr__(self) -> str:
        return "<secret>"

    def __deepcopy__(self, _: Any) -> Secret:
        return self

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


def read_key(key: Any) -> tuple[Secret | None, str]:
    """The key that was given, or why it is none: with it a caller lets go of the text before anything is raised."""
    try:
        return (None if key is None else checked_key("api_key", key)), ""
    except ValueError as error:
        return None, str(error)


def key_from_environment() -> Secret | None:
    """The key of ``OPENAI_API_KEY``, or None where it is not set; a ValueError where it cannot be sent."""
    found = os.environ.get("OPENAI_API_KEY")
    return checked_key("the environment variable OPENAI_API_KEY", found) if found else None


def address_from_environment() -> str | None:
    """The address of ``OPENAI_BASE_URL``, or None where it is not set."""
    found = os.environ.get("OPENAI_BASE_URL")
    return checked_address("the environment variable OPENAI_BASE_URL", found) if found else None


def is_key(value: Any, key: Any = None) -> bool:
    """Whether a text is, or holds, the key that is given or that of the environment, or begins as keys do.

    >>> is_key("sk-12345"), is_key("https://host/0123456789abcdef", "0123456789abcdef"), is_key("gpt-4", "gpt-4")
    (True, True, False)
    """
    if not isinstance(value, str):
        return False
    given = key.reveal() if isinstance(key, Secret) else key
    known = [each.strip() for each in (given, os.environ.get("OPENAI_API_KEY")) if isinstance(each, str)]
    held = any(each in value for each in known if len(each) >= SHORTEST_KEY)
    return held or value.strip().lower().startswith(KEY_BEGINNINGS)


def check_number(name: str, value: Any) -> None:
    """Refuse what is no number, such as a key that has come to the wrong place, without quoting it."""
    if not isinstance(value, (Real, Decimal)):
        raise ValueError(f"{name} must be a number, got something of type {type(value).__name__}")


def checked_address(name: str, address: Any, key: Any = None) -> str:
    """The address as it is.

    Raises:
        ValueError: no address, or one with a user, a query or a fragment: there a key would be shown and a field would
            pass unseen. The message does not quote it.
    """
    if not isinstance(address, str) or not address:
        given = "an empty text" if address == "" else f"something of type {type(address).__name__}"
        raise ValueError(f"{name} must be an address up to /v1, got {given}")
    for sign, what in (("@", "a user"), ("?", "a query"), ("#", "a fragment")):
        if sign in address:
            more = "; give a key as api_key, and the version of an interface in extra_query"
            raise ValueError(f"{name} must be an address up to /v1 without user, query and fragment, got {what}{more}")
    if is_key(address, key):
        raise ValueError(f"{name} must be an address up to /v1, got what looks like a key; give that as api_key")
    return address


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
    written = sum(len(json.dumps(body[name])) for name in MAY_BE_READ if body.get(name))
    return written + (SAFETY_PROMPT_TOKENS if body.get("safe_prompt") else 0)


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    """A dict whose keys are texts."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dict of fields by name, got something of type {type(value).__name__}")
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"{name} must have names that are text, got something of type {type(key).__name__}")
    return value


def _checked_value(name: str, value: Any) -> Any:
    """A copy of a field's value; a field that is not known is refused, and a value that hides one, or is no JSON."""
    if name not in KNOWN_FIELDS:
        raise ValueError(
            f"extra must not hold {_show_name(name)}: with a field that is not in pocket.KNOWN_FIELDS a call might "
            "cost more than its worst case"
        )
    if name == "enable_thinking" and value is not None and value is not False:
        raise ValueError("extra must not hold 'enable_thinking' but as False: what is thought then has no limit")
    try:
        copy = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise ValueError(f"extra must hold what JSON can say, {name!r} is of type {type(value).__name__}") from None
    if name not in OWN_NAMES:
        for inner in _inner_names(copy):
            if MAY_ASK_FOR_MORE.search(re.sub(r"[^a-z]", "", inner.lower())):
                raise ValueError(f"extra must not hold {_show_name(inner)}, got it inside {name!r}")
    return copy


def _show_name(name: str) -> str:
    """A field's name for a message, unless it may be a key in the place of a name."""
    shown = re.fullmatch("[A-Za-z_.-]{1,40}", name) and not is_key(name)
    return repr(name) if shown else f"a name of {len(name)} characters, not shown since it may be a key"


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
            raise ValueError(f"{name} must hold nothing but {', '.join(known)}, got {_show_name(key)}")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value != value.strip():
            raise ValueError(f"{name} must hold ASCII text in one line, {key!r} does not")
