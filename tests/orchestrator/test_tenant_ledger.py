"""The tenants' ledger: exact, under threads and processes, after a crash, and when it cannot be had."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from priced_models import Priced, assert_books, chain_of, side_by_side
from strategies import steady

from labkit.orchestrator import Orchestrator, TenantLedger

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
    with pytest.raises(ValueError, match="amount must be"):
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
