"""What a ledger may be given, and whether its file is still the one that was opened."""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import Any

from labkit._inputs import one_number

LONGEST_WAIT_SEC = min(threading.TIMEOUT_MAX, 2_000_000.0)
"""Three weeks: the longest that a lock and SQLite can both be told to wait."""


class LedgerFileError(ValueError, sqlite3.OperationalError):
    """The ledger's file cannot be used: it is no ledger, cannot be made there, or is not the one that was opened."""


def check_tenant(tenant: Any) -> None:
    """Refuse what is no name of a tenant."""
    check_text("tenant", tenant)
    if not tenant:
        raise ValueError(f"tenant must be a text that is not empty, got {tenant!r}")


def check_text(name: str, text: Any) -> None:
    """Refuse what a database cannot keep as text: no text, or half of a surrogate pair."""
    try:
        if isinstance(text, str):
            text.encode()
            return
    except UnicodeEncodeError:
        pass
    raise ValueError(f"{name} must be a text, got {text!r}")


def identity(path: str, alone: bool = False) -> tuple[int, int] | None:
    """Which file a path leads to, or None where it leads to none.

    With ``alone`` an empty file is none, and one that has a second name: by that its log would be another one, and two
    processes could both have the last cent.
    """
    try:
        found = os.stat(path)
    except OSError:
        return None
    return None if alone and (found.st_size == 0 or found.st_nlink > 1) else (found.st_dev, found.st_ino)


def seconds(name: str, sec: Any) -> float:
    """Seconds to wait, no more than can be waited."""
    return LONGEST_WAIT_SEC if sec == float("inf") else min(one_number(name, sec), LONGEST_WAIT_SEC)
