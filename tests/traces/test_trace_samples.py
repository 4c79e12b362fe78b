"""Sums on all samples equal to their truth, with what was dropped and what was not seen."""

from __future__ import annotations

import pickle
from typing import NamedTuple

import pytest
from recorded import CARDS, SAMPLES

from labkit_traces import read
from labkit_traces.counting.choosing import ROLL_UPS, WRAPPERS
from labkit_traces.counting.copies import ENCLOSING


class Truth(NamedTuple):
    """What is known of a sample: tokens are in, cached, written, out, reasoning."""

    spans: int
    tasks: int
    calls: int
    tokens: tuple[int, int, int, int, int]
    usd: float
    unpriced: dict[str, int]
    unobserved: dict[str, int]
    dropped: dict[str, int]


SILENT, SERVER, TIMEOUT = "no usage recorded", "server error", "timeout"
BILL = 0.11142  # of 0.17342 that the server billed: streams without usage, an abort and a time-out cannot be seen
TRUTH = {
    "otelgenai.otlp.jsonl": Truth(
        15, 4, 11, (7000, 2000, 0, 3500, 1000), BILL, {}, {SILENT: 2, SERVER: 1, TIMEOUT: 1}, {}
    ),
    "openinf.otlp.jsonl": Truth(
        25, 3, 11, (7000, 2000, 0, 3500, 1000), BILL, {}, {SILENT: 2, SERVER: 1, TIMEOUT: 1},
        {ENCLOSING: 2, WRAPPERS: 2},
    ),
    "openinf_lc.otlp.jsonl": Truth(5, 1, 2, (2000, 800, 0, 1000, 400), 0.02822, {}, {}, {}),
    "litellm.otlp.jsonl": Truth(5, 5, 5, (3014, 0, 0, 1501, 0), 0.06018, {"nobody": 1500}, {SERVER: 1}, {}),
    "litellm_standard_logging.jsonl": Truth(
        5, 4, 5, (3014, 400, 0, 1501, 200), 0.05658, {"nobody": 1500}, {SERVER: 1}, {}
    ),
    "agents_sdk_spans.jsonl": Truth(7, 1, 2, (2000, 800, 0, 1000, 400), 0.0528, {}, {}, {ROLL_UPS: 3}),
    "langfuse_crewai-2025-07-11.trace.json": Truth(6, 1, 1, (190, 0, 0, 164, 0), 0.0001269, {}, {}, {}),
    "langfuse_langgraph-python-2025-08-22.trace.json": Truth(9, 1, 2, (168, 0, 0, 66, 0), 0.000234, {}, {}, {}),
    "langfuse_openai-agents-2025-09-30.trace.json": Truth(5, 1, 2, (140, 0, 0, 44, 0), 0.000632, {}, {}, {}),
    "otel_console.txt": Truth(12, 2, 6, (5000, 2000, 0, 1400, 0), 0.088, {}, {TIMEOUT: 2}, {ROLL_UPS: 2}),
    "langsmith_runs.jsonl": Truth(12, 2, 6, (4000, 800, 0, 2000, 400), 0.0568, {}, {"rate limit": 2}, {}),
    "mlflow_traces.jsonl": Truth(10, 2, 4, (4000, 800, 0, 2000, 0), 0.0568, {}, {}, {}),
}  # fmt: skip


def test_every_sample_has_its_truth() -> None:
    assert set(TRUTH) == {path.name for path in SAMPLES.iterdir() if path.suffix != ".md"}


@pytest.mark.parametrize("name", TRUTH)
def test_the_sums_are_the_truth(name: str) -> None:
    reading = read(SAMPLES / name, cards=CARDS, progress=None)
    found = Truth(
        reading.spans, reading.tasks_in_all, reading.all.calls, tuple(reading.all.tokens), reading.money.priced_usd,
        reading.money.unpriced, reading.money.unobserved, dict(reading.dropped),
    )  # fmt: skip
    assert found == TRUTH[name]._replace(usd=pytest.approx(TRUTH[name].usd, rel=1e-12))
    assert reading.malformed == reading.unknown == 0
    assert sum(row.calls for row in reading.by_model.values()) == reading.all.calls
    assert sum(row.calls for row in reading.by_step.values()) == reading.all.calls
    assert sum(len(task.calls) for task in reading.tasks) == reading.all.calls


@pytest.mark.parametrize("name", ["otelgenai.otlp.jsonl", "openinf.otlp.jsonl"])
def test_what_nobody_can_price_is_named_and_never_nothing(name: str) -> None:
    reading = read(SAMPLES / name, progress=None)
    assert reading.money.priced_usd == 0
    assert reading.money.unpriced == {"premium": 6000, "small": 4500}
    assert all(call.usd is None for task in reading.tasks for call in task.calls)


def test_a_price_that_the_trace_states_is_a_range_beside_your_card() -> None:
    money = read(SAMPLES / "litellm.otlp.jsonl", cards=CARDS, progress=None).money
    assert (money.low_usd, money.high_usd) == (pytest.approx(0.05658), pytest.approx(0.06018))
    assert read(SAMPLES / "litellm.otlp.jsonl", progress=None).money.priced_usd == pytest.approx(0.05658)


@pytest.mark.parametrize(
    ("name", "refused"),
    [("litellm.otlp.jsonl", True), ("langfuse_crewai-2025-07-11.trace.json", True), ("otelgenai.otlp.jsonl", False)],
)
def test_where_every_trace_holds_one_call_nothing_is_said_of_a_task(name: str, refused: bool) -> None:
    reading = read(SAMPLES / name, cards=CARDS, progress=None)
    assert bool(reading.no_tasks) == refused
    if refused:
        with pytest.raises(ValueError, match="every trace holds one call"):
            reading.per_task()
    else:
        assert reading.per_task() == reading.tasks


def test_one_run_in_two_formats_counts_once() -> None:
    both = [SAMPLES / "litellm.otlp.jsonl", SAMPLES / "litellm_standard_logging.jsonl"]
    reading = read(both, cards=CARDS, progress=None)
    assert reading.all.tokens[:4:3] == (3014, 1501)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("agents_sdk_spans.jsonl", {"solver"}),
        ("openinf_lc.otlp.jsonl", {"solve", "check"}),
        ("mlflow_traces.jsonl", {"solve", "check"}),
        ("otelgenai.otlp.jsonl", {"chat", "solver"}),
        ("openinf.otlp.jsonl", {"ChatCompletion", "solver", "solve", "check"}),
    ],
)
def test_steps_have_the_names_of_agents_and_nodes(name: str, steps: set[str]) -> None:
    assert set(read(SAMPLES / name, progress=None).by_step) == steps


def test_a_retry_is_a_second_attempt_where_attempts_are_rows() -> None:
    reading = read(SAMPLES / "litellm_standard_logging.jsonl", progress=None)
    tries = [[(call.attempt, call.status) for call in task.calls] for task in reading.tasks]
    assert [(1, "server error"), (2, "ok")] in tries
    others = read(SAMPLES / "otelgenai.otlp.jsonl", progress=None)
    assert {call.attempt for task in others.tasks for call in task.calls} == {None}


@pytest.mark.parametrize(("name", "key"), [("otel_console.txt", "session.id"), ("langsmith_runs.jsonl", "thread_id")])
def test_a_task_key_is_found_at_the_root_for_the_calls_below(name: str, key: str) -> None:
    reading = read(SAMPLES / name, key, cards=CARDS, progress=None)
    assert (reading.tasks_in_all, reading.all.calls, dict(reading.noted)) == (2, 6, {})


@pytest.mark.parametrize("name", TRUTH)
def test_a_reading_is_equal_to_another_of_the_same_and_to_its_own_pickle(name: str) -> None:
    one, other = (read(SAMPLES / name, cards=CARDS, progress=None) for _ in range(2))
    assert one == other == pickle.loads(pickle.dumps(one))
    assert len({task for reading in (one, other) for task in reading.tasks}) == len(one.tasks)
