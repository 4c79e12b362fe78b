"""The self-test: it passes behind the real wall, notices every single hole, and its verdict fails closed."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.grade import self_test
from labkit.grade.self_test import FORBIDDEN, HONEST, RAISING, Attempt, run_self_test, verdict
from labkit.grade.wall import Limits, WallError, can_stand

STANDS, WHY_NOT = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=f"no wall here: {WHY_NOT}")
GOOD = [
    Attempt(RAISING, True, "it stands", honest=True),
    *(Attempt(name, True, "worked", honest=True) for name in HONEST),
    *(Attempt(name, False, "stopped") for name in FORBIDDEN),
]


def changed(name: str, **changes: object) -> list[Attempt]:
    return [replace(attempt, **changes) if attempt.name == name else attempt for attempt in GOOD]  # type: ignore[arg-type]


@needs_wall
def test_the_wall_holds() -> None:
    attempts = run_self_test()
    assert verdict(attempts) == (
        True,
        f"the wall held: {len(FORBIDDEN)} attacks stopped, {len(HONEST)} honest things worked",
    )
    assert [attempt.name for attempt in attempts] == [RAISING, *HONEST, *FORBIDDEN]
    assert attempts[0].detail == can_stand()[1]


@needs_wall
def test_more_memory_than_three_gigabytes_is_tried_where_that_much_is_allowed() -> None:
    fine, words = verdict(run_self_test(Limits(memory_bytes=5 * 2**30)))
    assert fine, words


def test_without_a_wall_every_attack_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "raise_wall", lambda scratch, readable, limits: "nothing at all")
    attempts = {attempt.name: attempt for attempt in run_self_test()}
    assert attempts["become another program"].detail == "nothing was heard of it"
    not_for_everybody = {"trace the parent", "enter a new namespace", "set up io_uring"}
    assert all(attempts[name].got_through for name in FORBIDDEN if name not in not_for_everybody)
    fine, words = verdict(attempts.values())
    assert not fine
    assert "could read a file of the user's (nothing stopped it)" in words


def test_a_wall_that_cannot_be_raised_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> str:
        raise WallError("no seccomp today")

    monkeypatch.setattr(self_test, "raise_wall", refuse)
    fine, words = verdict(run_self_test())
    assert not fine
    assert words.startswith("refuse: ")
    assert "could not raise the wall (no seccomp today)" in words


def test_a_child_that_ends_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "be_the_child", lambda place, limits, pipe: None)
    attempts = run_self_test()
    assert all(attempt.got_through != attempt.honest for attempt in attempts)
    assert not verdict(attempts)[0]


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*arguments: object) -> None:
        while True:
            pass

    monkeypatch.setattr(self_test, "be_the_child", hang)
    monkeypatch.setattr(self_test, "PATIENCE_SEC", 0.1)
    assert not verdict(run_self_test())[0]


def test_the_verdict_on_a_wall_that_held() -> None:
    assert verdict(GOOD)[0]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_one_attack_that_gets_through_is_enough(name: str) -> None:
    fine, words = verdict(changed(name, got_through=True, detail="nothing stopped it"))
    assert not fine
    assert words == f"refuse: a child behind the wall could {name} (nothing stopped it)"


@pytest.mark.parametrize("name", [RAISING, *HONEST])
def test_one_honest_thing_that_fails_is_enough(name: str) -> None:
    fine, words = verdict(changed(name, got_through=False, detail="why"))
    assert not fine
    assert words == f"refuse: a child behind the wall could not {name} (why)"


@pytest.mark.parametrize("name", [attempt.name for attempt in GOOD])
def test_what_was_not_tried_is_no_success(name: str) -> None:
    fine, words = verdict(attempt for attempt in GOOD if attempt.name != name)
    assert not fine
    assert words == f"refuse: a child behind the wall nobody tried to {name}"


def test_no_attempts_at_all_are_refused() -> None:
    assert not verdict([])[0]


@pytest.mark.parametrize(
    ("error", "got_through"),
    [
        (PermissionError(errno.EPERM, "no"), False),
        (PermissionError(errno.EACCES, "no"), False),
        (OSError(errno.ENOSYS, "no"), False),
        (MemoryError(), False),
        (FileNotFoundError(errno.ENOENT, "no"), True),
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), True),
        (ValueError("no"), True),
        (None, True),
    ],
)
def test_only_what_the_wall_stops_counts_as_stopped(error: Exception | None, got_through: bool, tmp_path: Path) -> None:
    def function(place: self_test.Place) -> None:
        if error:
            raise error

    place = self_test.prepare(tmp_path, 0, Limits())
    tried: Callable[..., Attempt] = self_test.try_forbidden
    assert tried("name", function, place).got_through is got_through
