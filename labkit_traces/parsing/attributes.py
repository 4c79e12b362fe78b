"""Attributes of spans: the values whose names are on the list, by what they mean. Nothing else of them is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .paths import TEXT, Names, find_value, read_json, split_path, unwrap, wrap
from .values import SCALAR, read_failure

EVALUATION, EXCEPTION = "gen_ai.evaluation.result", "exception"
ZEROS = (0, "0")
UNKNOWN = "error"  # a failure of which nobody knows the kind
VOCABULARIES = (
    ("logfire", ("logfire.",)), ("openinference", ("openinference.", "llm.token_count.")),
    ("traceloop", ("traceloop.", "llm.request.", "llm.usage.", "llm.is_")),
    ("ai", ("ai.",)), ("langfuse", ("langfuse.",)), ("gen_ai", ("gen_ai.",)),
)  # fmt: skip
"""How the names of attributes begin, by who recorded them: the first of which there is one says it."""
CLIENTS = {
    "openinference": re.compile("(Async)?(Chat)?(Completions?|Responses?|Messages|CreateEmbeddingResponse)"),
    "traceloop": re.compile(r"[a-z_]+\.(chat|completion|responses?|embeddings?|messages)"),
}
"""How the client's instrumentation names its spans, where a framework's has the same vocabulary."""


class Attributes:
    """Names of attributes, and what they mean.

    Args:
        names: the names of each field, those first that are believed first.
        are_json: whether each value is JSON in a text.
        task_key: the name of the value that tells tasks apart; None for none.
    """

    def __init__(self, names: Mapping[str, Sequence[str]], are_json: bool, task_key: str | None) -> None:
        self._are_json = are_json
        self._names: dict[str, list[tuple[Names, str, int]]] = {}
        for field, known in names.items():
            for rank, name in enumerate(known):
                first, *rest = split_path(name)
                self._names.setdefault(first, []).append((tuple(rest), field, rank))
        if task_key:
            self._names.setdefault(task_key, []).append(((), "task", -1))

    def read(self, pairs: Any) -> dict[str, Any]:
        """The values of the names on the list, by what they mean; of several for one, the first that is not zero."""
        found: dict[str, Any] = {}
        ranks: dict[str, int] = {}
        known = self._names
        if isinstance(pairs, dict):
            are_json = self._are_json
            pairs = wrap({key: read_json(value) if are_json else value for key, value in pairs.items() if key in known})
        if not isinstance(pairs, list):
            return found
        for pair in pairs:
            rules = known.get(pair["key"])
            if rules is not None:
                value = pair.get("value")
                if type(value) is dict:
                    value = value[TEXT] if TEXT in value else unwrap(value)  # mostly a text
                for rest, field, rank in rules:
                    inner = find_value(value, rest) if rest else value
                    if not isinstance(inner, SCALAR) or inner == "":
                        continue
                    if field not in found or (inner in ZEROS, rank) < (found[field] in ZEROS, ranks[field]):
                        found[field] = inner
                        ranks[field] = rank
        return found


def list_events(record: Mapping[str, Any], name: str) -> Iterator[Any]:
    """The attributes of the events of a span that have this name."""
    events = record.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("name") == name:
            yield event.get("attributes")


def as_mapping(pairs: Any) -> dict[str, Any]:
    """Attributes by their names, however they are listed; empty where they are none."""
    if isinstance(pairs, list):
        return {str(pair.get("key")): unwrap(pair.get("value")) for pair in pairs if isinstance(pair, dict)}
    return pairs if isinstance(pairs, dict) else {}


def say_why(texts: Iterator[Any]) -> str:
    """The kind of failure that the first of the texts names which names one; ``"error"`` where none does."""
    kinds = (read_failure(UNKNOWN, text) for text in texts)
    return next((kind for kind in kinds if kind != UNKNOWN), UNKNOWN)


def guess_scope(pairs: Any, name: Any) -> str:
    """Who recorded a span that does not say it, by the vocabulary of its attributes; ``""`` where none is known.

    >>> guess_scope({"gen_ai.request.model": "gpt-4o", "llm.is_streaming": False}, "openai.chat")
    'traceloop client'
    >>> guess_scope({"llm.token_count.prompt": 7}, "ChatOpenAI"), guess_scope({"mlflow.spanType": "LLM"}, "chat")
    ('openinference', '')
    """
    keys = as_mapping(pairs)
    scope = next((scope for scope, begins in VOCABULARIES if any(key.startswith(begins) for key in keys)), "")
    is_client = scope in CLIENTS and isinstance(name, str) and CLIENTS[scope].fullmatch(name)
    return f"{scope} client" if is_client else scope
