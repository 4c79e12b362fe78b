"""What a value of a trace means: counts, moments, ids, names and failures, each by one rule, whatever the format."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
from collections import Counter
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

MOST = 2**53
"""A larger count is no count: a float could not tell it from its neighbour."""
DIGITS = 16
"""A text of fewer digits is below it."""
LATEST = 1e11
"""A moment in seconds lies below; milli-, micro- and nanoseconds of today lie above, each a thousand times more."""
NANOSECONDS = 19
"""So many digits the nanoseconds since 1970 have, from 2001 to 2286."""
LONGEST_NAME, MOST_NAMES = 80, 10_000
NAMELESS = "(a name that is withheld)"
FAILURES = (
    ("timeout", ("timeout", "timed out", "408", "504", "deadline")),
    ("rate limit", ("ratelimit", "rate limit", "rate_limit", "429", "too many requests")),
    ("aborted", ("abort", "cancel", "disconnect", "cut", "left", "stopped")),
    ("connection", ("connection", "unreachable", "connecterror")),
    ("bad request", ("badrequest", "bad request", "400", "invalid", "refused", "notfound", "404", "401", "403")),
    ("server error", ("server", "500", "502", "503", "overloaded", "529", "unavailable")),
)
FAILED = frozenset({"2", "status_code_error", "error", "failure", "failed", "errored", "false"})
WORKED = frozenset({"", "0", "1", "ok", "unset", "success", "default", "debug", "status_code_ok", "status_code_unset"})
RIGHT = frozenset({"true", "yes", "right", "correct", "pass", "passed", "success", "solved", "resolved", "ok"})
WRONG = frozenset({"false", "no", "wrong", "incorrect", "fail", "failed", "failure", "unsolved", "unresolved", "error"})
HALF = 0.5
NAME = re.compile(rf"[^\x00-\x1f\x7f]{{1,{LONGEST_NAME}}}")
PRIVATE = re.compile(r"\b(sk|pk|ghp|xox[bp])[-_][\w-]{8,}|\S@\w+\.\w|^(/home|/Users|/root|file:|[A-Za-z]:\\)")
"""What begins like a key, an address or a place on somebody's disk is no name of a step."""
DATED = re.compile(r"[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")
FRACTION = re.compile(r"(\.\d{6})\d+")
SHORT_FRACTION = re.compile(r"\.(\d{1,5})(?=$|[+-])")
SCALAR = (str, int, float)


def read_count(value: Any, noted: Counter[str]) -> int | None:
    """A whole number of tokens, or None: numbers may be strings; one that cannot be a count is noted and left out.

    >>> noted = Counter()
    >>> [read_count(value, noted) for value in (7, "7", 7.0, "7.0", None, "", -7, "many", float("nan"), 10**400)]
    [7, 7, 7, 7, None, None, None, None, None, None]
    >>> noted
    Counter({'a count that is none': 4})
    """
    if type(value) is str and value.isdecimal() and len(value) < DIGITS:
        return int(value)
    if type(value) is int and 0 <= value < MOST:
        return value
    if value is None or value == "" or isinstance(value, bool):
        return None
    number = _as_number(value)
    if number is None or not 0 <= number < MOST or number != int(number):
        noted["a count that is none"] += 1
        return None
    return int(number)


def read_amount(value: Any, noted: Counter[str]) -> float | None:
    """Dollars, or None: zero and nothing mean unknown, and what cannot be an amount is noted."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    number = _as_number(value)
    if number is None or not 0 <= number < MOST:
        noted["an amount that is none"] += 1
        return None
    return number or None


def read_moment(value: Any, noted: Counter[str]) -> float:
    """Seconds since 1970 (or since the log began): ISO dates, or numbers of s, ms, us or ns, told apart by size; NaN.

    >>> [read_moment(value, Counter()) for value in ("1795970147404698162", 1795970147.404698, "2026-11-29T16:35:47Z")]
    [1795970147.4046981, 1795970147.404698, 1795970147.0]
    """
    if type(value) is str and len(value) == NANOSECONDS and value.isdigit():
        return int(value) / 1e9
    if value is None or value == "" or isinstance(value, bool):
        return math.nan
    number = _as_number(value)
    if number is not None and math.isfinite(number):
        while abs(number) > LATEST:
            number /= 1000
        return number
    try:
        text = SHORT_FRACTION.sub(lambda found: f".{found[1]:0<6}", FRACTION.sub(r"\1", value.replace("Z", "+00:00")))
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, AttributeError, OverflowError):
        noted["a moment that is none"] += 1
        return math.nan


def read_id(value: Any) -> str:
    """An id in one spelling: hex with or without 0x or MLflow's ``tr-``, base64 of 8 or 16 bytes, else as it is.

    >>> {read_id(value) for value in ("0x00F067AA0BA902B7", "00f067aa0ba902b7", "APBnqgupArc=")}
    {'00f067aa0ba902b7'}
    """
    if type(value) is str and len(value) in (16, 32) and value[0] not in "0t":
        return value.lower()
    if value is None or isinstance(value, bool) or not isinstance(value, SCALAR):
        return ""
    text = str(value)
    if len(text) in (12, 24) and text.endswith("="):
        try:
            return base64.b64decode(text, altchars=b"-_" if "-" in text or "_" in text else None, validate=True).hex()
        except (binascii.Error, ValueError):
            return text
    text = text.removeprefix("0x").removeprefix("tr-")
    if len(text) > 200:
        text = hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()
    lower = text.lower()
    return "" if lower.strip("0") == "" and len(lower) >= 16 else lower


@lru_cache(maxsize=10_000)
def read_again(value: str) -> str:
    """The same, where many say it: of the spans of a trace all have one text, and so it is kept once."""
    return read_id(value)


def task_id(key: Any) -> str:
    """What stands for a task in every result: a short digest, so that a key such as an address is never shown.

    >>> task_id("ticket-17")
    'cbc4ae8e1518'
    """
    return hashlib.blake2b(str(key).encode(errors="replace"), digest_size=6).hexdigest()


def read_name(value: Any) -> str:
    """A name of a step or a model: one line of at most 80 characters, no key and no address. Others are withheld."""
    return NAMES[value if type(value) is str else str(value)] if isinstance(value, SCALAR) else ""


class _Names(dict[str, str]):
    """Texts as names, looked up where they come again; of the others none is kept."""

    def __missing__(self, text: str) -> str:
        if text and (len(text) > LONGEST_NAME or not NAME.fullmatch(text) or PRIVATE.search(text)):
            return NAMELESS
        if len(self) >= MOST_NAMES:
            self.clear()
        self[text] = text
        return text


NAMES = _Names()


@lru_cache(maxsize=10_000)
def name_scope(scope: str, name: str) -> str:
    """Who recorded a span: the instrumentation and the format."""
    return f"{scope}|{name}"


@lru_cache(maxsize=10_000)
def base_model(name: str) -> str:
    """A model's name without its provider and a date at its end, in small letters.

    >>> base_model("openai/GPT-4o-2024-08-06")
    'gpt-4o'
    """
    return DATED.sub("", name.rpartition("/")[2].lower())


def read_failure(status: Any, said: Any) -> str:
    """Which kind of failure this is, in a fixed word, or ``""``; of what was said nothing else is kept.

    >>> read_failure(2, "openai.APITimeoutError"), read_failure("STATUS_CODE_ERROR", None), read_failure("OK", None)
    ('timeout', 'error', '')
    """
    state = str(status).lower().removeprefix("statuscode.") if isinstance(status, SCALAR) else ""
    spoken = str(said)[:300].lower() if isinstance(said, SCALAR) and said else ""
    if state in WORKED - {""} or (state not in FAILED and not spoken):
        return ""
    return next((kind for kind, words in FAILURES if any(word in spoken for word in words)), "error")


def read_verdict(value: Any, noted: Counter[str]) -> bool | None:
    """Whether a verdict says right: a flag, a word, or a share, which is right from a half on; None for anything else.

    >>> noted = Counter()
    >>> [read_verdict(value, noted) for value in (True, "PASS", "incorrect", 0.9, "0.0", None, 4.5, "helpful")]
    [True, True, False, True, False, None, None, None]
    >>> noted
    Counter({'verdicts that are neither right nor wrong': 2})
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in RIGHT or word in WRONG:
        return word in RIGHT
    number = _as_number(value)
    if number is not None and 0 <= number <= 1:
        return number >= HALF
    noted["verdicts that are neither right nor wrong"] += 1
    return None


def read_currency(value: Any) -> str:
    """The three letters of a currency other than dollars, ``""`` for those, ``???`` for what is no currency."""
    text = str(value).strip().upper()
    if text in ("", "USD", "$"):
        return ""
    return text if len(text) == 3 and text.isascii() and text.isalpha() else "???"


def is_true(value: Any) -> bool:
    """Whether a flag is set: true, 1 or the word."""
    return value is True or (isinstance(value, SCALAR) and str(value).strip().lower() in ("true", "1", "yes"))


def _as_number(value: Any) -> float | None:
    try:
        if isinstance(value, str):
            return float(value) if len(value) <= 40 and "_" not in value else None
        number = float(value) if isinstance(value, (int, float)) else None
    except (ValueError, OverflowError):
        return None
    return number if number is None or math.isfinite(number) else None
