"""The self-test: it passes behind the real wall, notices every single hole, and its verdict fails closed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit_grader.judge import bubblewrap, second_wall
from labkit_grader.judge.second_wall import tried
from labkit_grader.self_test import self_test
from labkit_grader.self_test.attempts import Place
from labkit_grader.self_test.self_test import (
    FORBIDDEN,
    HONEST,
    PAST_BUBBLEWRAP,
    RAISING,
    TRUSTED,
    WAYS_OUT,
    Attempt,
    run_self_test,
    verdict,
)
from labkit_grader.wall import kernel, scratch
from labkit_grader.wall.wall import Limits, WallError, can_stand

STANDS, WHY_NOT = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=f"no wall here: {WHY_NOT}")
GOOD = [
    Attempt(RAISING, True, "it stands", honest=True),
    *(Attempt(name, True, "worked", honest=True) for name in HONEST),
    *(Attempt(name, False, "stopped") for name in FORBIDDEN),
]


def changed(name: str, **changes: object) -> list[Attempt]:
    return [replace(attempt, **changes) if attempt.name == name else attempt for attempt in GOOD]  # type: ignore[arg-type]


def forked(place: Place, limits: Limits) -> tuple[int, int]:
    """A child as ``start_child`` starts it, but of this very process, with what a test has patched in it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            self_test.be_the_child(place, limits, writing)
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


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
    monkeypatch.setattr(scratch, "can_be_small", lambda folder: False)
    attempts = {attempt.name: attempt for attempt in run_self_test(start=forked)}
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
    fine, words = verdict(run_self_test(start=forked))
    assert not fine
    assert words.startswith("refuse: ")
    assert "could not raise the wall (no seccomp today)" in words


def test_a_child_that_ends_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_test, "be_the_child", lambda place, limits, pipe: None)
    attempts = run_self_test(start=forked)
    assert all(attempt.got_through != attempt.honest for attempt in attempts)
    assert not verdict(attempts)[0]


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*arguments: object) -> None:
        while True:
            pass

    monkeypatch.setattr(self_test, "be_the_child", hang)
    monkeypatch.setattr(self_test, "PATIENCE_SEC", 0.1)
    assert not verdict(run_self_test(start=forked))[0]


def test_the_verdict_on_a_wall_that_held() -> None:
    assert verdict(GOOD)[0]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_one_attack_that_gets_through_is_enough(name: str) -> None:
    fine, words = verdict(changed(name, got_through=True, detail="nothing stopped it"))
    assert not fine
    assert words == f"refuse: a child behind the wall could {name} (nothing stopped it)\n{WAYS_OUT}"


@pytest.mark.parametrize("name", [RAISING, *HONEST])
def test_one_honest_thing_that_fails_is_enough(name: str) -> None:
    fine, words = verdict(changed(name, got_through=False, detail="why"))
    assert not fine
    assert words == f"refuse: a child behind the wall could not {name} (why)\n{WAYS_OUT}"


@pytest.mark.parametrize("name", [attempt.name for attempt in GOOD])
def test_what_was_not_tried_is_no_success(name: str) -> None:
    fine, words = verdict(attempt for attempt in GOOD if attempt.name != name)
    assert not fine
    assert words == f"refuse: a child behind the wall never tried to {name}\n{WAYS_OUT}"


def test_no_attempts_at_all_are_refused() -> None:
    assert not verdict([])[0]


@pytest.mark.parametrize(
    ("error", "got_through"),
    [
        (PermissionError(errno.EPERM, "no"), False),
        (PermissionError(errno.EACCES, "no"), False),
        (OSError(errno.ENOSYS, "no"), False),
        (MemoryError(), True),  # but for the attempt to hold memory, which says so itself
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


@pytest.mark.parametrize("held", [0, 3])
def test_a_full_disk_is_no_bound_of_the_scratch_folder(
    held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three of seventeen files nothing has bounded the folder but the machine."""
    place, written = self_test.prepare(tmp_path, 0, Limits()), []

    def write(descriptor: int, data: bytes) -> None:
        if len(written) == held:
            raise OSError(errno.ENOSPC, "full")
        written.append(len(data))

    monkeypatch.setattr(kernel, "write_all", write)
    tried = self_test.try_forbidden("hold", FORBIDDEN["hold more than allowed in deleted files"], place)
    assert (tried.got_through, len(written)) == (True, held)


def test_memory_that_cannot_be_had_is_stopped_in_the_attempt_to_hold_it(tmp_path: Path) -> None:
    place = replace(self_test.prepare(tmp_path, 0, Limits()), memory_bytes=2**62)
    assert not self_test.try_forbidden("hold", FORBIDDEN["hold more memory than allowed"], place).got_through


def test_namespaces_that_cannot_be_compared_are_no_others(tmp_path: Path) -> None:
    place = self_test.prepare(tmp_path, 0, Limits())
    name = "share a namespace with the judge past bubblewrap"
    for namespaces in ([], place.namespaces[:1]):
        unknown = replace(place, namespaces=namespaces)
        assert self_test.try_forbidden(name, PAST_BUBBLEWRAP[name], unknown).got_through


def test_a_file_that_is_not_there_cannot_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the mode strict a missing file counts as hidden, so a wrong name would always pass."""
    monkeypatch.setitem(self_test.OF_THE_PROJECT, "read the questions", "labkit_workbook/none.py")
    fine, words = verdict(run_self_test(start=forked))
    assert not fine
    assert "labkit_workbook/none.py, which the self-test tries to read" in words


def test_a_child_that_ended_amid_a_line_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(place: Place, limits: Limits, pipe: int) -> None:
        self_test.report(pipe, GOOD[0])
        os.write(pipe, b'{"name": "compute with')

    monkeypatch.setattr(self_test, "be_the_child", end)
    fine, words = verdict(run_self_test(start=forked))
    assert not fine
    more = len(HONEST) + len(FORBIDDEN) - 1
    assert f"ended, or hung, before it said what became of this: start a thread, and {more} more\n" in words


def test_a_long_report_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def complain(place: Place, limits: Limits, pipe: int) -> None:
        self_test.report(pipe, replace(GOOD[0], detail="x" * 10**6))

    monkeypatch.setattr(self_test, "be_the_child", complain)
    assert run_self_test(start=forked)[0].detail == "x" * self_test.MOST_LETTERS


# The second wall


BOTH_GOOD = [*GOOD, *(Attempt(name, False, "stopped") for name in PAST_BUBBLEWRAP)]


def strict_works() -> str:
    """Why not; empty if it does."""
    try:
        bubblewrap.program()
    except WallError as error:
        return str(error)
    return ""


@needs_wall
def test_both_walls_hold() -> None:
    why = strict_works()
    if why:
        pytest.skip(why)
    attempts = tried("strict")
    fine, words = verdict(attempts, mode="strict")
    assert fine, words
    assert words.startswith(f"both walls held: {len(FORBIDDEN) + len(PAST_BUBBLEWRAP)} attacks stopped")
    assert verdict(attempts) == (fine, words)


@needs_wall
def test_a_second_wall_that_hides_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wall stands; bubblewrap is left out, and every attempt on it alone gets through."""
    monkeypatch.setattr(second_wall, "command_prefix", lambda *arguments: [])
    attempts = {attempt.name: attempt for attempt in tried("strict")}
    others = set() if os.access(os.__file__, os.W_OK) else {"change Python itself past bubblewrap"}  # Python is root's
    assert {name for name in PAST_BUBBLEWRAP if not attempts[name].got_through} == others
    assert not any(attempts[name].got_through for name in FORBIDDEN)
    fine, words = verdict(attempts.values(), mode="strict")
    assert not fine
    assert "could find a file of the user's past bubblewrap" in words


@pytest.mark.parametrize("name", PAST_BUBBLEWRAP)
def test_one_attack_past_bubblewrap_is_enough(name: str) -> None:
    assert verdict(BOTH_GOOD, mode="strict")[0]
    holed = [replace(each, got_through=each.got_through or each.name == name) for each in BOTH_GOOD]
    assert not verdict(holed, mode="strict")[0]
    assert not verdict(holed)[0]
    assert not verdict([each for each in BOTH_GOOD if each.name != name], mode="strict")[0]


def test_the_strict_mode_is_refused_if_only_the_first_wall_was_tried() -> None:
    fine, words = verdict(GOOD, mode="strict")
    assert not fine
    assert "never tried to find a file of the user's past bubblewrap" in words


def test_a_missing_bubblewrap_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "candidates", list)
    monkeypatch.setattr(bubblewrap, "program", bubblewrap.program.__wrapped__)
    fine, words = verdict(tried("strict"), mode="strict")
    assert not fine
    assert words.startswith(f"refuse: a child behind the wall could not raise the wall ({bubblewrap.INSTALL})")


def test_the_refusal_names_the_ways_out() -> None:
    words = verdict([])[1]
    for part in ("docker run", "--network none", "--memory", "--pids-limit", "--cpus", "--read-only"):
        assert part in words
    assert "--i-trust-these-students" in words


def test_where_students_are_trusted_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_self_test(mode="trusted") == []
    assert verdict([], mode="trusted") == (True, TRUSTED)
    monkeypatch.setattr(self_test.sys, "platform", "win32")
    fine, words = verdict([], mode="trusted")
    assert not fine
    assert "WSL" in words


def test_an_unknown_mode_is_refused() -> None:
    for function in (run_self_test, verdict):
        with pytest.raises(ValueError, match="mode must be one of standard, strict, trusted, got 'lax'"):
            function([], mode="lax") if function is verdict else function(mode="lax")
