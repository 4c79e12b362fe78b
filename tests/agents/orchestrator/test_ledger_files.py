"""The file is the ledger: a removed, moved, emptied or replaced one is refused; what is given is checked in words."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from priced_models import Priced, chain_of, parts

from labkit_agents.orchestrator import LedgerFileError, Orchestrator, TenantLedger

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove a file that is open")


def made(path: Path) -> TenantLedger:
    ledger = TenantLedger(path)
    ledger.set_cap("a", 1.0)
    return ledger


def remove(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def remove_the_file_alone(path: Path) -> None:
    path.unlink()


def remove_its_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere.sqlite"))


def replace_by_another(path: Path) -> None:
    made(path.with_name("other.sqlite")).close()
    os.replace(path.with_name("other.sqlite"), path)


def replace_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("copy.sqlite"))
    os.replace(path.with_name("copy.sqlite"), path)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def give_a_second_name(path: Path) -> None:
    os.link(path, path.with_name("second.sqlite"))


STILL_THERE = [remove_its_log, empty, give_a_second_name]
WAYS = [remove, remove_the_file_alone, move, replace_by_another, replace_by_a_copy, *STILL_THERE]


@POSIX
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("anew", [False, True])
def test_a_file_that_has_gone_is_refused_and_two_never_share_a_cap(
    tmp_path: Path, way: Callable[[Path], None], anew: bool
) -> None:
    path = tmp_path / "l.sqlite"
    first = made(path)
    open_one = first.reserve("a", 0.05)
    way(path)
    second = made(path) if anew and way not in STILL_THERE else None
    asked: list[Callable[[], Any]] = [
        lambda: first.reserve("a", 0.95), lambda: first.settle(open_one or 0, 0.01), lambda: first.balance("a"),
        lambda: first.set_cap("a", 5.0), lambda: first.recover(0),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(LedgerFileError, match=r"l\.sqlite' was removed, moved, emptied or replaced"):
            ask()
    if second is not None:
        assert second.reserve("a", 0.9) is not None
        second.close()
    first.close()


@POSIX
def test_a_ledger_of_two_names_is_not_opened_by_the_second(tmp_path: Path) -> None:
    """SQLite keeps a log beside each name, so two processes that came by two names would not see each other."""
    first = made(tmp_path / "l.sqlite")
    first.close()
    give_a_second_name(tmp_path / "l.sqlite")
    with pytest.raises(LedgerFileError, match="a file with two names"):
        TenantLedger(tmp_path / "second.sqlite")
    (tmp_path / "second.sqlite").unlink()
    assert first.reserve("a", 1.0) is not None
    (tmp_path / "symbolic.sqlite").symlink_to(tmp_path / "l.sqlite")
    assert TenantLedger(tmp_path / "symbolic.sqlite").reserve("a", 0.1) is None
    first.close()


@POSIX
def test_a_task_whose_ledger_has_gone_makes_no_call(tmp_path: Path) -> None:
    ledger, model = made(tmp_path / "l.sqlite"), Priced()
    remove(tmp_path / "l.sqlite")
    report = Orchestrator({"model": model}, 1, 100, ledger=ledger, tenant="a").run_now(chain_of(2))
    assert (model.asked, report.usd) == ([], 0)
    assert "was removed, moved, emptied or replaced" in report.left_out["s0"]


@POSIX
def test_a_ledger_that_goes_while_a_call_is_in_flight_says_so_in_its_entry(tmp_path: Path) -> None:
    class Removing(Priced):
        def complete(self, calls: Any) -> list[Any]:
            remove(tmp_path / "l.sqlite")
            return super().complete(calls)

    ledger = made(tmp_path / "l.sqlite")
    report = Orchestrator({"model": Removing()}, 1, 100, ledger=ledger, tenant="a").run_now(chain_of(2))
    assert (len(report.entries), report.answer) == (1, "ok")
    assert "the ledger could not be settled" in report.entries[0].note


@pytest.mark.parametrize("way", [remove, replace_by_another])
def test_a_closed_ledger_opens_no_other_file_in_its_place(tmp_path: Path, way: Callable[[Path], None]) -> None:
    path = tmp_path / "l.sqlite"
    ledger = made(path)
    ledger.close()
    way(path)
    with pytest.raises(LedgerFileError, match="was removed, moved, emptied or replaced"):
        ledger.reserve("a", 0.1)
    assert path.exists() == (way is replace_by_another)


@POSIX
def test_a_file_that_was_moved_and_put_back_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    ledger = made(path)
    move(path)
    with pytest.raises(LedgerFileError):
        ledger.reserve("a", 0.1)
    path.with_name("elsewhere.sqlite").rename(path)
    assert ledger.reserve("a", 0.1) is not None
    ledger.close()


def test_a_ledger_does_not_depend_on_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = made(Path("l.sqlite"))
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert ledger.reserve("a", 0.1) is not None
    ledger.close()
    assert ledger.balance("a").reserved_usd == 0.1
    ledger.close()


def test_a_ledger_of_before_is_taken_as_it_is(tmp_path: Path) -> None:
    """One that was made before ledgers carried a mark."""
    path = tmp_path / "l.sqlite"
    made(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE ledger")
    connection.close()
    ledger = TenantLedger(path)
    assert ledger.reserve("a", 0.1) is not None
    ledger.close()
    assert ledger.reserve("a", 0.1) is not None
    ledger.close()


# Messages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["no/such/l.sqlite", ".", "l.sqlite/x"])
def test_a_path_that_cannot_be_used_is_named(tmp_path: Path, path: str) -> None:
    (tmp_path / "l.sqlite").write_text("")
    with pytest.raises(ValueError, match="path must be the file of a ledger, got") as caught:
        TenantLedger(tmp_path / path)
    assert str((tmp_path / path).resolve() if path == "." else tmp_path / path) in str(caught.value)
    assert isinstance(caught.value, sqlite3.OperationalError)


@pytest.mark.parametrize("path", [None, "", "  ", 7, b"x", ["l.sqlite"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(ValueError, match="path must be the path of a file"):
        TenantLedger(path)


WRONG: list[tuple[str, Callable[[TenantLedger], Any]]] = [
    ("usd", lambda led: led.set_cap("a", [1.0, 2.0])), ("usd", lambda led: led.set_cap("a", np.array([1.0, 2.0]))),
    ("usd", lambda led: led.set_cap("a", "1")), ("usd", lambda led: led.set_cap("a", -1)),
    ("usd", lambda led: led.set_cap("a", Decimal("NaN"))), ("usd", lambda led: led.set_cap("a", True)),
    ("usd", lambda led: led.reserve("a", [0.1])), ("usd", lambda led: led.reserve("a", None)),
    ("usd", lambda led: led.reserve("a", Decimal("-1"))), ("usd", lambda led: led.reserve("a", Decimal("Infinity"))),
    ("usd", lambda led: led.reserve("a", 10**400)), ("usd", lambda led: led.settle(1, "x")),
    ("usd", lambda led: led.settle(1, [0.1])), ("call", lambda led: led.reserve("a", 0.1, call=None)),
    ("call", lambda led: led.reserve("a", 0.1, call="\ud800")), ("call", lambda led: led.reserve("a", 0.1, call=7)),
    ("tenant", lambda led: led.set_cap("\ud800", 1)), ("tenant", lambda led: led.set_cap(None, 1)),
    ("tenant", lambda led: led.reserve(None, 0.1)), ("tenant", lambda led: led.reserve("\udfff", 0.1)),
    ("tenant", lambda led: led.balance("\ud800")), ("tenant", lambda led: led.balance(7)),
    ("wait_sec", lambda led: led.reserve("a", 0.1, wait_sec=-1)),
    ("wait_sec", lambda led: led.reserve("a", 0.1, wait_sec=float("nan"))),
    ("wait_sec", lambda led: led.reserve("a", 0.1, wait_sec=[1.0, 2.0])),
    ("wait_sec", lambda led: led.settle(1, 0.1, wait_sec="x")), ("reservation", lambda led: led.settle(None, 0.1)),
    ("reservation", lambda led: led.settle(2**70, 0.1)), ("reservation", lambda led: led.settle(1.0, 0.1)),
    ("reservation", lambda led: led.settle(99, 0.1)), ("older_than_sec", lambda led: led.recover([1.0, 2.0])),
    ("older_than_sec", lambda led: led.recover(-1)), ("wait_sec", lambda led: TenantLedger(":memory:", wait_sec=-1)),
    ("wait_sec", lambda led: TenantLedger(":memory:", wait_sec=[1.0, 2.0])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "wrong"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_named(name: str, wrong: Callable[[TenantLedger], Any]) -> None:
    ledger = TenantLedger(":memory:")
    ledger.set_cap("a", 1.0)
    ledger.reserve("a", 0.5)
    with pytest.raises(ValueError, match=rf"^{name} must ") as caught:
        wrong(ledger)
    assert "amount" not in str(caught.value)
    assert ledger.balance("a").left_usd == 0.5
    ledger.close()


@pytest.mark.parametrize("sec", [1e10, 1e300, float("inf"), 10**12])
def test_a_long_wait_is_no_error(sec: float) -> None:
    ledger = TenantLedger(":memory:", wait_sec=sec)
    ledger.set_cap("a", 1.0)
    assert ledger.reserve("a", 0.1, wait_sec=sec) is not None
    ledger.close()


@pytest.mark.parametrize("kind", [Decimal, Fraction, np.float64, float])
def test_money_may_be_a_decimal(kind: Any) -> None:
    ledger = TenantLedger(":memory:")
    ledger.set_cap("a", kind("0.3"))
    numbers = [ledger.reserve("a", kind("0.1")) for _ in range(4)]
    assert numbers[3] is None
    ledger.settle(numbers[0] or 0, kind("0.05"))
    assert parts(ledger.balance("a").left_usd) == parts(0.05)
    ledger.close()
    report = Orchestrator({"model": Priced()}, kind("0.3"), kind("100")).run_now(chain_of(5))
    assert (len(report.entries), report.max_usd) == (3, 0.3)


@pytest.mark.parametrize("name", ["max_usd", "max_sec", "at_most", "retries", "longest_wait_sec"])
@pytest.mark.parametrize(
    "value", [[1.0, 2.0], np.array([1.0, 2.0]), [], "3", None, -1, float("nan"), Decimal("NaN"), True, {}], ids=str
)
def test_a_setting_that_is_no_number_is_named(name: str, value: Any) -> None:
    settings = {"max_usd": 1.0, "max_sec": 1.0, name: value}
    with pytest.raises(ValueError, match=rf"^{name} must "):
        Orchestrator({"model": Priced()}, **settings)


@pytest.mark.parametrize("tenant", [7, "\ud800", ["a"]])
def test_a_tenant_that_is_no_name_is_refused(tenant: Any) -> None:
    with pytest.raises(ValueError, match="tenant must be a text"):
        Orchestrator({"model": Priced()}, 1, 1, ledger=TenantLedger(":memory:"), tenant=tenant)


def test_a_task_may_have_any_name() -> None:
    ledger = TenantLedger(":memory:")
    ledger.set_cap("a", 1.0)
    report = Orchestrator({"model": Priced()}, 1, 100, ledger=ledger, tenant="a").run_now(chain_of(1), "\ud800")
    assert report.complete
    ledger.close()
