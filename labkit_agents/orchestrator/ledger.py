"""A spend cap that the tasks of a tenant share: threads, processes, and what a crash leaves behind.

Reserve, call, settle. A reservation counts as spent from the moment it is made until it is settled; whoever
crashes in between leaves it standing, so a crash can waste money under the cap and never spend above it.

The file is the ledger: where it was removed, moved or replaced under a ledger that is in use, that one refuses.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from labkit._inputs import one_number

from ..pocket.protocol import exact_whole
from ..worlds.amounts import USD, parts_of_budget, parts_of_cost
from .ledger_checks import LedgerFileError, check_tenant, check_text, identity, seconds

SCHEMA = """
CREATE TABLE IF NOT EXISTS tenants (name TEXT PRIMARY KEY, cap INTEGER NOT NULL, committed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL REFERENCES tenants (name), call TEXT NOT NULL,
    reserved INTEGER NOT NULL, billed INTEGER, state TEXT NOT NULL, begun REAL NOT NULL);
CREATE INDEX IF NOT EXISTS open_calls ON calls (tenant, state) WHERE state = 'reserved';
CREATE TABLE IF NOT EXISTS ledger (one INTEGER PRIMARY KEY CHECK (one = 1), mark TEXT NOT NULL);
"""
LARGEST_NUMBER = 2**63 - 1
"""The largest number of a reservation that SQLite knows."""


@dataclass(frozen=True)
class Balance:
    """A tenant's books, in USD: the cap, what is settled, what is reserved, and what was lost in crashes."""

    cap_usd: float
    settled_usd: float
    reserved_usd: float
    lost_usd: float

    @property
    def left_usd(self) -> float:
        """What may still be reserved."""
        return self.cap_usd - self.settled_usd - self.reserved_usd - self.lost_usd


class TenantLedger:
    """Caps and calls of tenants in one SQLite file (write-ahead log, synced at each commit).

    Args:
        path: the file; it is made where there is none, in a folder that is there.
        wait_sec: the longest wait for another process that is writing. Who waits longer is refused.

    Raises:
        LedgerFileError: the file cannot be used; it is a ValueError and a ``sqlite3.OperationalError`` in one.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> ledger = TenantLedger(folder.name + "/ledger.sqlite")
    >>> ledger.set_cap("class 7b", usd=0.05)
    >>> first = ledger.reserve("class 7b", usd=0.03, call="task 1, step a")
    >>> ledger.reserve("class 7b", usd=0.03, call="task 2, step a") is None
    True
    >>> ledger.settle(first, usd=0.01)
    >>> round(ledger.balance("class 7b").left_usd, 6)
    0.04
    >>> ledger.close(); folder.cleanup()
    """

    def __init__(self, path: str | Path, wait_sec: float = 5.0) -> None:
        if not isinstance(path, (str, os.PathLike)) or not str(path).strip():
            raise ValueError(f"path must be the path of a file, got {path!r}")
        self.path = str(path) if str(path) == IN_MEMORY else os.path.abspath(path)
        self.wait_sec = seconds("wait_sec", wait_sec)
        self._files: tuple[Any, ...] | None = None
        self._mark = ""
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        _ledgers.add(self)
        with self._begin_writing() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute("INSERT OR IGNORE INTO ledger VALUES (1, ?)", (secrets.token_hex(16),))
            (self._mark,) = connection.execute("SELECT mark FROM ledger").fetchone()

    def set_cap(self, tenant: str, usd: float | Decimal) -> None:
        """State a tenant's cap; what is committed already stays so, even where the new cap is lower."""
        check_tenant(tenant)
        cap = parts_of_budget(usd, USD, "usd")
        with self._begin_writing() as connection:
            connection.execute(
                "INSERT INTO tenants (name, cap) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET cap = excluded.cap",
                (tenant, cap),
            )

    def reserve(self, tenant: str, usd: float | Decimal, call: str = "", wait_sec: float | None = None) -> int | None:
        """Set money aside for a call; the reservation's number, or None where the cap does not allow it.

        A tenant without a cap gets nothing.

        Raises:
            ValueError: a text that is none, or an amount that is none.
            sqlite3.OperationalError: the file could not be had in time, or it is not the one that was opened (a
                ``LedgerFileError``); nothing is reserved then.
        """
        check_text("tenant", tenant)
        check_text("call", call)
        parts = parts_of_cost(usd, USD, "usd")
        with self._begin_writing(wait_sec) as connection:
            taken = connection.execute(
                "UPDATE tenants SET committed = committed + ?1 WHERE name = ?2 AND committed + ?1 <= cap"
                " AND committed >= 0 AND typeof(cap) = 'integer'",  # else another hand has been at the file
                (parts, tenant),
            )
            if taken.rowcount == 0:
                return None
            row = (tenant, call, parts, "reserved", time.time())
            statement = "INSERT INTO calls (tenant, call, reserved, state, begun) VALUES (?, ?, ?, ?, ?)"
            return connection.execute(statement, row).lastrowid

    def settle(self, reservation: int, usd: float | Decimal, wait_sec: float | None = None) -> None:
        """State what a call was billed; never more than its reservation, and only once.

        One that ``recover`` had given up may still be settled.

        Raises:
            ValueError: no such reservation, settled before, or a bill above it.
            sqlite3.OperationalError: the file could not be had in time; the whole reservation counts on.
        """
        billed = parts_of_cost(usd, USD, "usd")
        if exact_whole("reservation", reservation) > LARGEST_NUMBER:
            raise ValueError(f"reservation must be an open one, got {reservation!r}")
        with self._begin_writing(wait_sec) as connection:
            found = connection.execute(
                "SELECT tenant, reserved FROM calls WHERE id = ? AND state != 'settled'", (reservation,)
            ).fetchone()
            if found is None:
                raise ValueError(f"reservation must be an open one, got {reservation!r}")
            tenant, reserved = found
            if billed > reserved:
                raise ValueError(f"usd must not be more than the reservation of {reserved / USD:g}, got {usd!r}")
            connection.execute("UPDATE calls SET billed = ?, state = 'settled' WHERE id = ?", (billed, reservation))
            connection.execute(
                "UPDATE tenants SET committed = committed - ? WHERE name = ?", (reserved - billed, tenant)
            )

    def recover(self, older_than_sec: float) -> int:
        """Mark reservations that nobody settled for so long as lost; how many. They go on counting as spent."""
        before = time.time() - one_number("older_than_sec", older_than_sec)
        with self._begin_writing() as connection:
            statement = "UPDATE calls SET state = 'lost' WHERE state = 'reserved' AND begun <= ?"
            return connection.execute(statement, (before,)).rowcount

    def balance(self, tenant: str) -> Balance:
        """A tenant's books, added up from the calls; a ValueError where they disagree with the sum that is kept."""
        check_text("tenant", tenant)
        with self._begin_writing() as connection:
            kept = connection.execute("SELECT cap, committed FROM tenants WHERE name = ?", (tenant,)).fetchone()
            if kept is None:
                raise ValueError(f"tenant must have a cap, got {tenant!r}")
            sums = dict(
                connection.execute(
                    "SELECT state, SUM(COALESCE(billed, reserved)) FROM calls WHERE tenant = ? GROUP BY state",
                    (tenant,),
                ).fetchall()
            )
        cap, committed = kept
        if not isinstance(cap, int) or sum(sums.values()) != committed:
            raise ValueError(f"the ledger of {tenant!r} does not add up: {sums} against {committed}, cap {cap!r}")
        return Balance(cap / USD, *(sums.get(state, 0) / USD for state in ("settled", "reserved", "lost")))

    def close(self) -> None:
        """Close the file; a later use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _begin_writing(self, wait_sec: float | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction that alone may write; all of it happens in the file that has the path, or nothing."""
        wait = self.wait_sec if wait_sec is None else min(seconds("wait_sec", wait_sec), self.wait_sec)
        end = time.monotonic() + wait  # one wait, whoever is waited for
        if not self._lock.acquire(timeout=wait):
            raise sqlite3.OperationalError("another thread holds the ledger")
        try:
            connection = self._open(end)
            connection.execute(f"PRAGMA busy_timeout = {int(max(end - time.monotonic(), 0) * 1000)}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_files()
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._check_files()  # what was committed to a file that had gone by then counts for nobody
        except sqlite3.Error as error:
            if isinstance(error, LedgerFileError) or "locked" in str(error):
                raise
            raise LedgerFileError(f"path must be the file of a ledger, got {self.path!r} ({error})") from None
        finally:
            self._lock.release()

    def _open(self, end: float) -> sqlite3.Connection:
        """The connection; a new one, where there is none, is kept only if it could be set up in time."""
        if self._connection is None:
            if self._mark and self.path != IN_MEMORY and not os.path.exists(self.path):
                raise self._file_error()
            made = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                _write_ahead(made, end)
                made.execute("PRAGMA synchronous = FULL")
                if self._mark and self.path != IN_MEMORY:
                    self._check_mark(made)
            except BaseException:
                made.close()
                raise
            self._connection, self._files = made, None
        return self._connection

    def _check_mark(self, connection: sqlite3.Connection) -> None:
        """Refuse a file that was closed, and is another one now that it is opened again."""
        found = connection.execute("SELECT name FROM sqlite_master WHERE name = 'ledger'").fetchone()
        if found is None or connection.execute("SELECT mark FROM ledger").fetchone() != (self._mark,):
            raise self._file_error()

    def _check_files(self) -> None:
        """Refuse where the path, or the log beside it, does not lead to the files that are open any more."""
        if self.path == IN_MEMORY:
            return
        found = (identity(self.path, alone=True), identity(f"{self.path}-wal"))
        if self._files is None:
            self._files = found
        if found != self._files or found[0] is None:
            raise self._file_error()

    def _file_error(self) -> LedgerFileError:
        """What is said where the file is not the one that was opened."""
        return LedgerFileError(
            f"the ledger {self.path!r} was removed, moved, emptied or replaced while it was in use, or is a file with "
            "two names (a hard link); put the file back, or make a new TenantLedger"
        )

    def _reset_in_fork(self) -> None:
        """In a forked process: begin with a lock and a connection of its own."""
        _of_parents.append(self._connection)
        self._lock, self._connection = threading.Lock(), None


IN_MEMORY = ":memory:"


def _write_ahead(connection: sqlite3.Connection, end: float) -> None:
    """Switch the file to a write-ahead log. Where several processes make it together, SQLite refuses without a wait."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.005)


_ledgers: weakref.WeakSet[TenantLedger] = weakref.WeakSet()
_of_parents: list[sqlite3.Connection | None] = []
"""What came over a fork: SQLite forbids to use it, and to close it too, so it is kept."""


def _after_fork() -> None:
    for ledger in list(_ledgers):
        ledger._reset_in_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
