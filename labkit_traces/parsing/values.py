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
NAMELESS = "(a name that is withheld"
"""And then two digits of a digest, so that two of them are mostly two steps."""
RIGHT = frozenset({"true", "yes", "right", "correct", "pass", "passed", "success", "solved", "resolved", "ok"})
WRONG = frozenset({"false", "no", "wrong", "incorrect", "fail", "failed", "failure", "unsolved", "unresolved", "error"})
HALF = 0.5
PRIVATE = re.compile(
    r"[\\=\"`]|\d{12}|(?<!\w)/\w|@[\w-]+\.(?:[\w-]+\.)*[A-Za-z]|(?:\S+ +){6}\S|(?:\S+ +){3}.*\?|"
    r"\b(?:(?:sk|pk|rk|glpat|xox[a-z])[-_]|(?:gh[opsu]|hf|gsk|github_pat)_|AKIA|ASIA|AIza|eyJ|[Bb]earer )"
    r"(?:(?=[\w-]*\d)[\w-]{8,}|[A-Za-z]{20})|@localhost\b|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|"
    r"(?:\d{4}[ -]){3}\d|\b\d{3}[ -]\d\d[ -]\d{4}\b|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
)
"""No name: a path (a slash that follows no word), an address, a value, seven words, a question of four, a key, an id (a
UUID), and the number of a card, an account, a person or a machine."""
LONG = re.compile(r"(?=[0-9]*[A-Za-z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}")
PIECES = re.compile(r"[A-Z]*[a-z]+|[A-Z]+|[0-9]+")
HEX = re.compile(r"[0-9a-f]{20,}|[0-9A-F]{20,}")
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


def read_length(value: Any, noted: Counter[str]) -> float:
    """Seconds, or NaN: a length below 0, and what is no number, is unknown, and never 0.

    >>> [read_length(value, Counter()) for value in (0, "1.5", "2s", -5, None)]
    [0.0, 1.5, nan, nan, nan]
    """
    if value is None or value == "" or isinstance(value, bool):
        return math.nan
    number = _as_number(value)
    if number is None or number < 0:
        noted["a length that is none"] += 1
        return math.nan
    return number


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
    if number is not None:
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
    """A name of a step or a model as it is, where it looks like one, else that it is withheld.

    A name has at most 80 characters and six words. A path, an address, a key, a question of four words and a run of 20
    letters and digits that looks drawn are none.

    >>> [read_name(text) for text in ("chat gpt-4o", "claude-3-5@20240620", "ana@example.com", "/home/ana")]
    ['chat gpt-4o', 'claude-3-5@20240620', '(a name that is withheld, d0)', '(a name that is withheld, f6)']
    """
    return NAMES[value if type(value) is str else str(value)] if isinstance(value, SCALAR) else ""


class _Names(dict[str, str]):
    """Texts as names, looked up where they come again; of the others none is kept."""

    def __missing__(self, text: str) -> str:
        if text and not _is_name(text):
            return f"{NAMELESS}, {task_id(text)[:2]})"
        if len(self) >= MOST_NAMES:
            self.clear()
        self[text] = text
        return text


NAMES = _Names()


def _is_name(text: str) -> bool:
    """Whether it looks like what a framework or a provider calls something."""
    if len(text) > LONGEST_NAME or not text.isprintable() or PRIVATE.search(text):
        return False
    return not any(map(_looks_drawn, LONG.findall(text)))


def _looks_drawn(run: str) -> bool:
    """Whether a long run of letters and digits is no words with numbers between them: its pieces are too short."""
    lengths = [len(piece) for piece in PIECES.findall(run)]
    digits = max(map(len, re.findall("[0-9]+", run)))
    return HEX.fullmatch(run) is not None or len(run) < 3.5 * len(lengths) or max(lengths) > 24 or digits > 8


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
    """The finite number that it is or writes, else None."""
    try:
        if isinstance(value, str):
            number = float(value) if len(value) <= 40 and "_" not in value else math.nan
        else:
            number = float(value) if isinstance(value, (int, float)) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
