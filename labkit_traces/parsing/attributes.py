"""Attributes of spans: the values whose names are on the list, by what they mean. Nothing else of them is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .paths import TEXT, Names, find_first, find_value, read_json, split_path, unwrap, wrap
from .values import SCALAR

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
CODE = re.compile(
    r"(?:^|\b(?:http(?:/[\d.]+)?|status|error|code)(?:[ _]?(?:status|error|code))*\W{0,3})([45]\d\d)(?!\d)"
)
"""A code of HTTP: it begins the text, or follows one of these words; any other number is none."""
CODES = {"408": "timeout", "504": "timeout", "524": "timeout", "429": "rate limit", "499": "aborted"}
CLASSES = {"4": "bad request", "5": "server error"}  # of the other codes
FAILURES = (
    ("timeout", r"timeout|timed.?out|deadline"),
    ("rate limit", r"rate.?limit|too.?many.?requests|throttl"),
    ("aborted", r"abort|cancel|disconnect|interrupt|killed|\b(cut|left|stopped)\b"),
    ("unreachable", r"unreachable|connection.?refused|connect.?error|name.?resolution|getaddrinfo"),
    ("connection", r"connection"),
    ("bad request", r"bad.?request|invalid|refused|denied|permission|forbidden|unauthor|authentic|not.?found"),
    ("server error", r"server|overloaded|unavailable|bad.?gateway"),
    ("error", r"error|fail|exception|crash|reject|\bfault"),
)
"""Kinds of failure, and the words that say so, in this order, where there is no code."""
FAILED = frozenset({"2", "status_code_error", "error", "failure", "failed", "errored", "false"})
FINE = re.compile(r"(ok|success\w*|complete\w*|done|pass\w*|served|2\d\d|(no|0|without|not)\W?(an )?(error|fail)\w*|"
                  r"(error|fault|fail)\W?(free|tolerant|over))\b")  # fmt: skip
SILENT = frozenset({"", "false", "no", "none", "null", "nil", "nan", "na", "n/a", "0", "0.0", "-", "--", "[]", "{}"})
"""What stands where a failure would, and says that there was none."""
WORKED = frozenset({"", "0", "1", "ok", "unset", "success", "default", "debug", "warning", "status_code_ok",
                    "status_code_unset"})  # fmt: skip


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


def say_why(record: dict[str, Any], paths: Sequence[tuple[str, Names]]) -> str:
    """The kind of failure that a record names at one of the paths or in an event; ``"error"`` where none does."""
    texts = [find_first(record, [path]) for path in paths]
    for each in list_events(record, EXCEPTION):
        texts += (as_mapping(each).get(f"exception.{part}") for part in ("type", "message"))
    kinds = (read_failure(UNKNOWN, text) for text in texts)
    return next((kind for kind in kinds if kind != UNKNOWN), UNKNOWN)


def read_failure(status: Any, said: Any) -> str:
    """Which kind of failure this is, in a fixed word, or ``""``; of what was said nothing else is kept.

    A status that no format has is searched for the words of failures, unless it begins with one of success.

    >>> read_failure(2, "openai.APITimeoutError"), read_failure("STATUS_CODE_ERROR", None), read_failure("OK", None)
    ('timeout', 'error', '')
    >>> read_failure("RateLimitError", None), read_failure("exception", None), read_failure("executed", None)
    ('rate limit', 'error', '')
    >>> read_failure(None, "Error code: 400 - the timeout is invalid"), read_failure(None, "None")
    ('bad request', '')
    """
    state = _as_words(status).removeprefix("statuscode.")
    spoken = _as_words(said)
    if spoken in SILENT or FINE.fullmatch(spoken.replace("_", " ")):
        spoken = ""
    if state in WORKED - {""}:
        return ""
    if state in FAILED:
        return _find_kind(spoken) or UNKNOWN
    fine = FINE.match(state.replace("_", " "))
    return _find_kind(spoken) or (UNKNOWN if spoken else "" if fine else _find_kind(state))


def _as_words(value: Any) -> str:
    """The beginning of what was said, in small letters."""
    return str(value)[:300].strip().lower() if isinstance(value, SCALAR) else ""


def _find_kind(text: str) -> str:
    """The kind of failure that a text names, by a code before any word; ``""`` where it has neither."""
    text = text.replace("_", " ")
    code = CODE.search(text)
    if code:
        return CODES.get(code[1]) or CLASSES[code[1][0]]
    return next((kind for kind, words in FAILURES if re.search(words, text)), "") if text else ""


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
