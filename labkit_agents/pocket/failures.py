"""Errors of the openai package and of what it stands on, in one sentence and one of six kinds."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from types import ModuleType

from .chat import BadBody, shortened
from .protocol import Failure, FailureKind

GIVEN_UP = (408, 504)
"""What a server or a gateway answers where it has waited too long; the model may have gone on, and be billed."""
NEVER_SENT = (
    "ConnectError", "ConnectTimeout", "InvalidURL", "LocalProtocolError", "PoolTimeout", "ProxyError",
    "UnsupportedProtocol",
)  # fmt: skip
"""Errors of httpx, by name since openai has changed the package, after which no byte of a request has left."""
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|\.[0-9]+")
PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
Hide = Callable[[str], str]
"""Takes the key out of a text."""


def failure_of(openai: ModuleType, error: Exception, timeout_sec: float, hide: Hide = str) -> Failure:
    """Why a call failed. A text of the other side is shortened, and the key is taken out before that."""
    if isinstance(error, BadBody):
        return Failure("malformed", f"{error.reason}: {shortened(hide(error.said))}", may_retry=True)
    if isinstance(error, (asyncio.TimeoutError, openai.APITimeoutError)):
        return Failure("timeout", f"no reply within {timeout_sec:g} seconds", may_retry=True)
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        kind: FailureKind = "rate_limit" if status == 429 else "server" if status >= 500 else "refused"
        kind = "timeout" if status in GIVEN_UP else kind
        message = f"the endpoint answered {status}: {shortened(hide(error.message))}"
        return Failure(kind, message, kind != "refused", asked_wait(error.response.headers))
    if isinstance(error, openai.APIConnectionError):
        message, may_retry = _connection_in_words(error.__cause__ or error, hide)
        return Failure("connection", f"the connection failed: {message}", may_retry)
    if isinstance(error, openai.APIError):
        return Failure("malformed", f"the reply cannot be read: {shortened(hide(str(error)))}", may_retry=True)
    return Failure("malformed", f"the call could not be made or read ({type(error).__name__})", may_retry=False)


def failure_before_any_call(error: Exception) -> Failure:
    """Why no client could be made, naming the proxy's environment variable where it comes from one."""
    names = [name for name in (*PROXIES, *map(str.lower, PROXIES)) if os.environ.get(name)]
    if isinstance(error, ImportError) and names:
        socks = [name for name in names if os.environ[name].startswith("socks")] or names
        why = f"the environment variable {socks[0]} names a proxy that needs a further package: unset it, or "
        return Failure("connection", why + "pip install 'httpx[socks]' 'httpx2[socks]'", may_retry=False)
    where = f"base_url or the environment variable {' or '.join(names)}" if names else "base_url"
    why = f"no client could be made ({type(error).__name__}); look at {where}"
    return Failure("connection", why, may_retry=False)


def never_sent(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that no byte of the request has left.

    >>> never_sent(RuntimeError("the model broke"))
    False
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, UnicodeEncodeError) or type(error).__name__ in NEVER_SENT:
            return True
        error = error.__cause__
    return False


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds that ``Retry-After-Ms`` or ``Retry-After`` asks to wait, the latter in seconds or as a date.

    A date counts from the reply's own ``Date``, so that a clock that is wrong does no harm; one in the past is 0. Of
    several waits the longest counts, and a number too large for a float is infinity, which nobody waits for.

    >>> asked_wait({"retry-after": "Sun, 29 Nov 2026 12:00:03 GMT", "date": "Sun, 29 Nov 2026 12:00:00 GMT"})
    3.0
    >>> asked_wait({"retry-after-ms": "250", "retry-after": "1"})
    0.25
    """
    by_ms, after = _longest(headers.get("retry-after-ms")), headers.get("retry-after")
    if by_ms is not None:
        return by_ms / 1000
    seconds = _longest(after)
    if seconds is not None:
        return seconds
    end, now = _moment(after), _moment(headers.get("date"))
    return None if end is None else max(end - (time.time() if now is None else now), 0.0)


def _connection_in_words(cause: BaseException, hide: Hide) -> tuple[str, bool]:
    """What went wrong with a connection, and whether it may go better later; a header is never quoted."""
    kind = type(cause).__name__
    if kind in {"UnsupportedProtocol", "InvalidURL"}:
        return "base_url must begin with http:// or https:// and hold the name of a host", False
    if kind == "LocalProtocolError" or isinstance(cause, UnicodeEncodeError):
        return "a header holds what cannot be sent", False
    return shortened(hide(str(cause))) or kind, True


def _longest(header: str | None) -> float | None:
    """The largest of one or several numbers, zero or more."""
    parts = [part.strip() for part in (header or "").split(",")]
    return max(map(float, parts)) if all(map(NUMBER.fullmatch, parts)) else None


def _moment(header: str | None) -> float | None:
    """A date in one of the three forms of HTTP, in seconds since 1970; without a zone it is Greenwich's, as all are."""
    try:
        found = parsedate_to_datetime(header) if header else None
        return None if found is None else (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
