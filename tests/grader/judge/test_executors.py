"""Whatever carries the jobs, every submission is graded exactly once, and to the same grade."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from collections import Counter
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit_grader.judge import worker
from labkit_grader.judge.judge import Job
from labkit_grader.judge.run import grade_folder
from labkit_grader.judge.worker import Refused, carry_out, regrade
from labkit_grader.record.results import fingerprint
from labkit_grader.release.demo import make_class
from labkit_grader.wall import TIMEOUT_SEC
from labkit_grader.wall.wall import can_stand
from labkit_workbook.cli import main

STANDS, WHY = can_stand()
pytestmark = [pytest.mark.skipif(not STANDS, reason=WHY), pytest.mark.usefixtures("no_pictures")]
STUDENTS = 5  # each of the exercises that take no second, once


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "class"
    make_class(folder, STUDENTS, "autumn")
    return folder


@pytest.fixture(scope="module")
def expected(made: Path, threads: Executor, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple]:
    out = tmp_path_factory.mktemp("expected")
    grade_folder(made, out, class_name="autumn", key="a key", executor=threads)
    return grades(out)


def grades(out: Path) -> dict[str, tuple]:
    """What each student got; of a record that was made again, the last counts."""
    found = {}
    for line in (out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found[record["student"], record["exercise"]] = (record["status"], record["points"], record["answers"])
    return found


def times_recorded(out: Path) -> Counter:
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return Counter((record["student"], record["exercise"]) for record in map(json.loads, lines))


@pytest.mark.parametrize("kind", ["threads", pytest.param("processes", marks=pytest.mark.slow)])
def test_any_executor_gives_the_same_grades(made: Path, expected: dict, tmp_path: Path, kind: str) -> None:
    pools = {
        "threads": lambda: ThreadPoolExecutor(2),
        "processes": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
    }
    with pools[kind]() as executor:
        report = grade_folder(
            made, tmp_path, class_name="autumn", key="a key", jobs=2, executor=executor
        )  # fmt: skip
    assert (report.graded, report.regrade) == (STUDENTS, 0)
    assert grades(tmp_path) == expected
    assert set(times_recorded(tmp_path).values()) == {1}


class Losing(Executor):
    """Loses every third job, as a network may."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future = Future()
        self.count += 1
        if self.count % 3 == 0:
            future.set_exception(ConnectionError("the worker is gone"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_lost_job_is_regrade_in_words_and_the_same_line_grades_it(
    made: Path, expected: dict, threads: Executor, tmp_path: Path
) -> None:
    terms: dict = {"class_name": "autumn", "key": "a key"}
    report = grade_folder(made, tmp_path, executor=Losing(), **terms)
    assert (report.graded, report.regrade) == (STUDENTS - STUDENTS // 3, STUDENTS // 3)
    lost = [each for each in grades(tmp_path).values() if each[0] == "regrade"]
    assert len(lost) == STUDENTS // 3
    assert "regrade" in (tmp_path / "grades.csv").read_text(encoding="utf-8")
    again = grade_folder(made, tmp_path, executor=threads, **terms)
    assert (again.graded, again.taken_over, again.regrade) == (STUDENTS // 3, STUDENTS - STUDENTS // 3, 0)
    assert grades(tmp_path) == expected


def test_a_worker_with_another_labkit_refuses() -> None:
    with pytest.raises(Refused, match="another version of labkit"):
        carry_out(Job("ticket_spend", []), "another fingerprint", TIMEOUT_SEC, "standard")


def test_a_worker_without_a_wall_refuses_and_nothing_is_recorded(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker._process, "tried", set())
    monkeypatch.setattr(worker, "tried", lambda mode: [])
    monkeypatch.setattr(worker, "verdict", lambda attempts, mode: (False, "fork got through"))
    with ThreadPoolExecutor(1) as executor, pytest.raises(Refused, match="fork got through"):
        grade_folder(made, tmp_path, class_name="autumn", executor=executor)
    assert not (tmp_path / "results.jsonl").exists()


@pytest.mark.slow
def test_a_fault_of_the_grader_is_no_zero_and_the_next_job_finds_a_new_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise MemoryError("the judge's own")

    worker.try_the_wall("standard")
    with monkeypatch.context() as patched:
        patched.setattr(worker, "grade", fails)
        broken = carry_out(Job("ticket_spend", ["calls = 15"]), fingerprint(), TIMEOUT_SEC, "standard")
    assert broken.status == "regrade"
    assert "MemoryError" in broken.notes[0]
    assert carry_out(Job("ticket_spend", ["calls = 15"]), fingerprint(), TIMEOUT_SEC, "standard").points == 1
    worker.stop_all()
    assert regrade(Job("ticket_spend", []), OSError("x")).most == 7


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), jobs=st.integers(1, 4), stops=st.sets(st.integers(1, STUDENTS - 1)))
def test_order_jobs_and_resume_points_never_change_a_grade(
    made: Path, expected: dict, tmp_path_factory: pytest.TempPathFactory,
    order: random.Random, jobs: int, stops: set[int],
) -> None:  # fmt: skip
    base = tmp_path_factory.mktemp("order")
    names = sorted(path.name for path in made.iterdir())
    order.shuffle(names)
    out = base / "out"
    for stop in [*sorted(stops)[:2], STUDENTS]:  # hand in some, grade, hand in more, break off, go on

        def stop_here(done: int, of: int, placed: object, stop: int = stop) -> None:
            if done >= stop < STUDENTS:
                raise KeyboardInterrupt

        for name in names[:stop]:
            if not (base / "class" / name).exists():
                shutil.copytree(made / name, base / "class" / name)
        try:
            grade_folder(
                base / "class", out, class_name="autumn", key="a key", jobs=jobs, tell=stop_here
            )  # fmt: skip
        except KeyboardInterrupt:
            assert stop < STUDENTS
    assert grades(out) == expected
    assert set(times_recorded(out).values()) == {1}


@pytest.mark.slow
def test_on_a_cluster_that_loses_a_worker_half_way_every_submission_is_graded_once(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    students = 40
    make_class(tmp_path / "class", students)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, distributed.Client(cluster) as client:  # fmt: skip
        killed = []

        def kill_one(done: int, of: int, placed: object) -> None:
            if done == students // 2:
                pids = list(client.run(os.getpid).values())
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        report = grade_folder(
            tmp_path / "class", tmp_path / "out", jobs=2, tell=kill_one,
            executor=client.get_executor(pure=False),
        )  # fmt: skip
        assert killed
        assert (report.graded, report.regrade) == (students, 0)
        assert set(times_recorded(tmp_path / "out").values()) == {1}
        command = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "by_command")]
        assert main([*command, "--dask", cluster.scheduler_address]) == 0
    grade_folder(tmp_path / "class", tmp_path / "here", jobs=2)
    assert grades(tmp_path / "out").keys() == grades(tmp_path / "here").keys()
    points = [{at: each[:2] for at, each in grades(tmp_path / name).items()} for name in ("out", "by_command", "here")]
    assert points[0] == points[1] == points[2]


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_an_error_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("labkit_grader.judge.cluster.PATIENCE", "1s")
    make_class(tmp_path / "class", 3)
    command = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:1"]
    assert main(command) == 2
    assert "no dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err
