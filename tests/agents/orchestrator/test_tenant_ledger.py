"""The tenants' ledger: exact, under threads and processes, after a crash, and when it cannot be had."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from priced_models import Odd, Priced, assert_books, chain_of, side_by_side
from strategies import steady

from labkit_agents.orchestrator import CardLoop, Orchestrator, TenantLedger
from labkit_agents.orchestrator import ledger as ledger_module
from labkit_agents.worlds.amounts import SEC, USD, parts_of_cost

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[TenantLedger]:
    made = TenantLedger(tmp_path / "ledger.sqlite")
    made.set_cap("a", 1.0)
    yield made
    made.close()


def test_reserve_and_settle(ledger: TenantLedger) -> None:
    first, second = ledger.reserve("a", 0.6), ledger.reserve("a", 0.4)
    assert first is not None
    assert second is not None
    assert ledger.reserve("a", 1e-12) is None
    ledger.settle(first, 0.1)
    ledger.settle(second, 0.4)
    balance = ledger.balance("a")
    assert (balance.settled_usd, balance.reserved_usd, balance.left_usd) == (0.5, 0, 0.5)


def test_each_tenant_has_its_own_cap_and_one_without_gets_nothing(ledger: TenantLedger) -> None:
    ledger.set_cap("b", 0.5)
    assert ledger.reserve("b", 0.5) is not None
    assert ledger.reserve("a", 1.0) is not None
    assert ledger.reserve("c", 0.0) is None


def test_a_cap_may_be_changed_and_what_is_committed_stays(ledger: TenantLedger) -> None:
    ledger.reserve("a", 0.8)
    ledger.set_cap("a", 0.5)
    assert ledger.reserve("a", 0.1) is None
    ledger.set_cap("a", 0.9)
    assert ledger.reserve("a", 0.1) is not None


def test_settling_twice_or_above_the_reservation_or_out_of_nothing_is_refused(ledger: TenantLedger) -> None:
    number = ledger.reserve("a", 0.5)
    assert number is not None
    with pytest.raises(ValueError, match=r"more than the reservation of 0\.5"):
        ledger.settle(number, 0.6)
    ledger.settle(number, 0.5)
    for which in (number, 99):
        with pytest.raises(ValueError, match="must be an open one"):
            ledger.settle(which, 0.5)
    assert ledger.balance("a").settled_usd == 0.5


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf")])
def test_bad_amounts_are_refused(ledger: TenantLedger, bad: float) -> None:
    with pytest.raises(ValueError, match="usd must be"):
        ledger.reserve("a", bad)
    with pytest.raises(ValueError, match="tenant must be a text"):
        ledger.set_cap("", 1)
    with pytest.raises(ValueError, match="tenant must have a cap"):
        ledger.balance("nobody")


@steady
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 100)), max_size=30))
def test_it_agrees_with_a_plain_model_of_itself(calls: list[tuple[int, int]]) -> None:
    ledger, committed, settled = TenantLedger(":memory:"), 0, 0
    ledger.set_cap("a", 1.0)
    for cents, percent in calls:
        number = ledger.reserve("a", cents / 100)
        assert (number is not None) == (committed + cents * 100 <= 10_000)
        if number is not None and percent < 80:
            ledger.settle(number, cents * percent / 10_000)
            settled += cents * percent
            committed += cents * percent
        elif number is not None:
            committed += cents * 100
    balance = ledger.balance("a")
    assert round(balance.settled_usd * 10_000) == settled
    assert round(balance.left_usd * 10_000) == 10_000 - committed
    ledger.close()


def test_threads_cannot_both_have_the_last_cent(ledger: TenantLedger) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: ledger.reserve("a", 0.01), range(150)))
    assert sum(number is not None for number in numbers) == 100
    assert len({number for number in numbers if number is not None}) == 100


def reserve_many(path: str, count: int) -> int:
    """What another process gets."""
    ledger = TenantLedger(path, wait_sec=60)
    got = [ledger.reserve("a", 0.01) for _ in range(count)]
    return sum(number is not None for number in got)


@pytest.mark.slow
def test_processes_cannot_both_have_the_last_cent(ledger: TenantLedger) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        got = pool.starmap(reserve_many, [(ledger.path, 50)] * 3)
    assert sum(got) == 100
    assert ledger.balance("a").left_usd == pytest.approx(0, abs=1e-12)


@FORKS
def test_what_a_killed_process_reserved_stays_spent_and_may_still_be_settled(ledger: TenantLedger) -> None:
    pid = os.fork()
    if pid == 0:  # the child reserves, with a connection of its own, and is killed before it settles
        ledger.reserve("a", 0.7, "a call in flight")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    reopened = TenantLedger(ledger.path)
    assert reopened.reserve("a", 0.4) is None
    assert reopened.recover(older_than_sec=3600) == 0
    assert reopened.recover(older_than_sec=0) == 1
    assert reopened.balance("a").lost_usd == 0.7
    assert reopened.reserve("a", 0.4) is None
    reopened.settle(1, 0.1)
    assert reopened.balance("a").left_usd == pytest.approx(0.9)
    reopened.close()


def test_books_that_were_changed_by_another_hand_are_noticed(ledger: TenantLedger) -> None:
    ledger.reserve("a", 0.5)
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("UPDATE tenants SET committed = 0")
    connection.close()
    with pytest.raises(ValueError, match="does not add up"):
        ledger.balance("a")


@pytest.mark.parametrize("change", ["committed = -5e12", "cap = 'much'", "cap = 9e999", "cap = x'ff'"])
def test_books_that_another_hand_has_spoilt_give_nothing_away(ledger: TenantLedger, change: str) -> None:
    with sqlite3.connect(ledger.path) as connection:
        connection.execute(f"UPDATE tenants SET {change}")
    connection.close()
    assert ledger.reserve("a", 0.1) is None
    with pytest.raises(ValueError, match="does not add up"):
        ledger.balance("a")


def test_tasks_share_a_cap(ledger: TenantLedger) -> None:
    orchestrator = Orchestrator({"model": Priced(part=0.5)}, 0.4, 100, ledger=ledger, tenant="a")
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda n: orchestrator.run_now(side_by_side(5), f"task {n}"), range(8)))
    for report in reports:
        assert_books(report)
    balance = ledger.balance("a")
    assert balance.reserved_usd == 0
    assert balance.settled_usd == pytest.approx(sum(report.usd for report in reports))
    assert 0.1 < balance.settled_usd <= 1.0  # all tasks together would cost 2.0
    assert any("the cap of 'a' does not allow that" in why for r in reports for why in r.left_out.values())


def test_a_ledger_that_cannot_be_had_stops_the_calls(ledger: TenantLedger) -> None:
    quick = TenantLedger(ledger.path, wait_sec=0.0)
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    report = Orchestrator({"model": Priced()}, 1, 100, ledger=quick, tenant="a").run_now(chain_of(2))
    other.close()
    assert not report.entries
    assert "the ledger cannot be had" in report.left_out["s0"]


def test_a_bill_that_cannot_be_settled_counts_in_full_in_the_ledger(ledger: TenantLedger) -> None:
    class Blocking(Priced):
        def complete(self, calls: list) -> list:
            self.other = sqlite3.connect(ledger.path, isolation_level=None, check_same_thread=False)
            self.other.execute("BEGIN IMMEDIATE")
            return super().complete(calls)

    model = Blocking(part=0.5)
    quick = TenantLedger(ledger.path, wait_sec=0.0)
    report = Orchestrator({"model": model}, 1, 100, ledger=quick, tenant="a").run_now(chain_of(1))
    model.other.close()
    assert (report.answer, report.usd) == ("ok", 0.05)
    assert "settled later" in report.entries[0].note
    assert ledger.balance("a").left_usd in (0.9, 0.95)  # the whole reservation, or the bill if it was settled since


def test_a_bill_of_several_dollars_is_settled_at_its_reservation(ledger: TenantLedger) -> None:
    ledger.set_cap("a", 1e6)
    for usd in np.random.default_rng(3).uniform(4, 1000, 300):
        number = ledger.reserve("a", float(usd))
        assert number is not None
        ledger.settle(number, parts_of_cost(usd, USD) / USD)  # as the books of a task say it
    assert ledger.balance("a").reserved_usd == 0


def test_a_reservation_that_another_hand_settled_costs_no_answer_and_no_books(ledger: TenantLedger) -> None:
    ledger.set_cap("a", 10)

    def by_another_hand(reply: Any, n: int) -> Any:
        with sqlite3.connect(ledger.path) as connection:
            connection.execute("UPDATE calls SET state = 'settled', billed = reserved")
        connection.close()
        return reply

    orchestrator = Orchestrator({"model": Odd(by_another_hand, part=0.5)}, 0.1, 100, ledger=ledger, tenant="a")
    report = orchestrator.run_now(side_by_side(2))
    assert_books(report)
    assert (report.answer, len(report.entries)) == ("ok", 1)
    assert "could not be settled" in report.entries[0].note
    assert "0.05 usd are left" in report.left_out["s1"]  # it waited for what the first call left, and was woken


def test_a_call_that_does_not_fit_any_more_after_a_wait_for_the_ledger_is_not_begun(tmp_path: Path) -> None:
    class Slow(TenantLedger):
        def reserve(self, *args: Any, **more: Any) -> int | None:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, CardLoop)
            loop._jumping.parts += 2 * SEC
            return super().reserve(*args, **more)

    slow = Slow(tmp_path / "slow.sqlite")
    slow.set_cap("a", 10)
    orchestrator = Orchestrator({"model": Priced(sec=3)}, 1, 4.5, ledger=slow, tenant="a")
    report = orchestrator.run_now(chain_of(1))
    assert not report.entries
    assert "3 s, 2.5 s are left, after a wait for the ledger" in report.left_out["s0"]
    assert slow.balance("a").left_usd == 10
    cut = Orchestrator({"model": Priced(sec=3)}, 1, 4.5, ledger=slow, tenant="a", cut_to_fit=True)
    assert [entry.outcome for entry in cut.run_now(chain_of(1)).entries] == ["late"]
    slow.close()


def test_one_wait_is_for_all_who_are_waited_for(ledger: TenantLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds that a thread was waited for are not waited again for another process."""
    asked: list[float] = []

    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

        def time(self) -> float:
            return self.now

    class Lock:
        def acquire(self, timeout: float) -> bool:
            clock.now += 3.0
            return True

        def release(self) -> None:
            pass

    clock = Clock()
    monkeypatch.setattr(ledger_module, "time", clock)
    monkeypatch.setattr(ledger, "_lock", Lock())
    opened = ledger._open(0.0)

    class Connection:
        in_transaction = False

        def execute(self, statement: str, *rest: Any) -> Any:
            if "busy_timeout" in statement:
                asked.append(int(statement.split("=")[1]) / 1000)
            return opened.execute(statement, *rest)

    monkeypatch.setattr(ledger, "_open", lambda end: Connection())
    ledger.reserve("a", 0.1)
    monkeypatch.undo()
    assert asked == [2.0]  # of the 5 seconds


def open_and_reserve(path: str) -> int | None:
    """One of several processes that find no file, and all make it."""
    ledger = TenantLedger(path)
    ledger.set_cap("a", 1.0)
    return ledger.reserve("a", 0.01)


@FORKS
def test_processes_that_make_the_file_together_all_get_it(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(6) as pool:
        for n in range(15):
            got = pool.map(open_and_reserve, [str(tmp_path / f"{n}.sqlite")] * 6, chunksize=1)
            assert sorted(got) == [1, 2, 3, 4, 5, 6]


def test_a_file_that_another_makes_now_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite refuses to switch its journal while another process writes, and does not wait as it does elsewhere."""
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(ledger_module.time, "sleep", lambda sec: other.close())
    TenantLedger(tmp_path / "ledger.sqlite").close()
    other = sqlite3.connect(tmp_path / "second.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        TenantLedger(tmp_path / "second.sqlite", wait_sec=0)
    other.close()


def test_a_file_that_is_no_ledger_is_refused_and_a_later_one_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"no database at all, and long enough to be looked at " * 40)
    with pytest.raises(sqlite3.DatabaseError):
        TenantLedger(path)
    path.unlink()
    TenantLedger(path).close()


def test_a_file_that_is_spoilt_in_between_stops_the_calls(ledger: TenantLedger) -> None:
    ledger.close()
    Path(ledger.path).write_bytes(b"spoilt " * 2000)
    report = Orchestrator({"model": Priced()}, 1, 100, ledger=ledger, tenant="a").run_now(chain_of(2))
    assert not report.entries
    assert "the ledger cannot be had" in report.left_out["s0"]
    assert ledger._connection is None  # one that could not be set up is not kept


@FORKS
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # that is what it is about
def test_a_forked_process_begins_anew_and_closes_nothing_of_its_parent_s(ledger: TenantLedger) -> None:
    """Another thread may hold the lock at the fork, and SQLite forbids to use or to close what came over it."""
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with ledger._begin_writing():
            held.set()
            go_on.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    parents = ledger._connection
    pid = os.fork()
    if pid == 0:
        kept = any(each is parents for each in ledger_module._of_parents)
        kept = kept and not ledger._lock.locked() and ledger._connection is None
        os._exit(0 if kept else 1)
    go_on.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    pid = os.fork()
    if pid == 0:
        os._exit(0 if ledger.reserve("a", 0.7) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert ledger.reserve("a", 0.4) is None
    assert ledger.balance("a").reserved_usd == 0.7


def reserve_and_settle_for_ever(path: str, tell: int) -> None:
    """What is killed somewhere; it tells of each bill that it has settled."""
    ledger = TenantLedger(path, wait_sec=60)
    while (number := ledger.reserve("a", 0.001)) is not None:
        ledger.settle(number, 0.0001)
        os.write(tell, b".")


@FORKS
@pytest.mark.parametrize("settled", [0, 1, 2, 5, 9, 30])
def test_books_add_up_wherever_a_process_is_killed(ledger: TenantLedger, settled: int) -> None:
    hear, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        reserve_and_settle_for_ever(ledger.path, tell)
        os._exit(0)
    for _ in range(settled):
        os.read(hear, 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(tell)
    told = settled + len(os.read(hear, 10_000))
    os.close(hear)
    reopened = TenantLedger(ledger.path)
    balance = reopened.balance("a")  # raises where the books do not add up
    assert round(balance.reserved_usd, 9) in (0, 0.001)
    assert round(balance.settled_usd * 10_000) in (told, told + 1)
    reopened.close()
