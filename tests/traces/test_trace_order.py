"""The same sums whatever the order, the files, the zipping, the spelling of ids and numbers, and the memory."""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import CARDS, SAMPLES, call, span, sums

from labkit_traces import Reading, read, task_id
from labkit_traces.counting.folding import CUT, FAR, LATE
from labkit_traces.counting.replies import SAME_REPLY
from labkit_traces.counting.seen import SeenIds
from labkit_traces.counting.summing import UNPLACED
from labkit_traces.counting.tasks import Call, Tasks

OTLP = sorted(SAMPLES.glob("*.otlp.jsonl"))
LINES = [path for path in sorted(SAMPLES.iterdir()) if path.suffix == ".jsonl"]
several_times = settings(max_examples=15, deadline=None)


def said(reading: Reading) -> tuple[Any, ...]:
    """All that must not change."""
    parts = (reading.money, reading.all, reading.by_model, reading.by_step, reading.dropped, reading.noted)
    return (*parts, reading.tasks_in_all, reading.traces, reading.spans, sorted(len(t.calls) for t in reading.tasks))


@pytest.mark.parametrize("path", LINES, ids=lambda path: path.name)
@several_times
@given(data=st.data())
def test_order_and_files_change_nothing(path: Path, data: st.DataObject) -> None:
    lines = path.read_bytes().splitlines()
    shuffled = data.draw(st.permutations(lines))
    cut = data.draw(st.integers(0, len(lines)))
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "a.jsonl"), Path(folder, "b.jsonl.gz")
        first.write_bytes(b"\n".join(shuffled[:cut]) + b"\n")
        second.write_bytes(gzip.compress(b"\r\n".join(shuffled[cut:])))
        split = read(folder, cards=CARDS, progress=None)
    assert said(split) == said(read(path, cards=CARDS, progress=None))


def respell(value: Any, how: str) -> Any:
    """Ids in another spelling, numbers as text or not."""
    if isinstance(value, list):
        return [respell(each, how) for each in value]
    if not isinstance(value, dict):
        return value
    record = {key: respell(each, how) for key, each in value.items()}
    for key in ("traceId", "spanId", "parentSpanId"):
        if record.get(key):
            text = record[key]
            encoded = base64.b64encode(bytes.fromhex(text)).decode()
            record[key] = {"upper": text.upper(), "0x": f"0x{text}", "base64": encoded}[how]
    if "intValue" in record:
        record["intValue"] = int(record["intValue"]) if how == "upper" else float(record["intValue"])
    for key in ("startTimeUnixNano", "endTimeUnixNano"):
        if key in record and how == "upper":
            record[key] = int(record[key])
    return record


@pytest.mark.parametrize("path", OTLP, ids=lambda path: path.name)
@pytest.mark.parametrize("how", ["upper", "0x", "base64"])
def test_spelling_changes_nothing(path: Path, how: str) -> None:
    lines = [respell(json.loads(line), how) for line in path.read_text(encoding="utf-8").splitlines()]
    assert said(sums(lines)) == said(read(path, cards=CARDS, progress=None))


def run_of(traces: int) -> list[dict[str, Any]]:
    """Traces of an agent with two calls, children first, a few at a time."""
    lines = []
    for trace in range(1, traces + 1):
        top = span(1, None, trace, start=trace, sec=9, gen_ai__operation__name="invoke_agent")
        lines += [call(2, 1, trace, start=trace, read=trace), call(3, 1, trace, start=trace + 1), top]
    return lines


@pytest.mark.parametrize("most_open", [1, 7, 20, 100])
def test_little_memory_changes_nothing_while_traces_end_in_time(most_open: int) -> None:
    lines = run_of(50)
    little = sums(lines, most_open=max(most_open, 7))
    assert said(little) == said(sums(lines))


def test_a_span_that_comes_late_is_summed_and_told() -> None:
    lines = run_of(20)
    late = sums([*lines, call(9, 1, 1, start=1)], most_open=10)
    assert late.noted[LATE] == 1
    assert late.all.calls == 41
    again = sums([*lines, *lines], most_open=10)
    assert again.all.calls == 40, "a file that is read twice counts once, even late"


def test_a_trace_that_does_not_fit_is_cut_and_told() -> None:
    reading = sums([call(number, 999_999, 1, start=number) for number in range(30)], most_open=10)
    assert reading.noted[CUT] >= 1
    assert reading.all.calls == 30


def test_the_tasks_kept_are_the_same_in_any_order() -> None:
    one_call = Call("s", "m", 0.0, 1.0, None, None, "", "ok", None, "")
    ids = [task_id(number) for number in range(900)]
    one, other = Tasks(most_kept=200), Tasks(most_kept=200)
    for task in ids:
        one.add({task: [one_call]})
    other.add({task: [one_call] for task in reversed(ids)})
    assert {t.id for t in one.listed()} == {t.id for t in other.listed()}
    assert one.count == other.count == 900
    assert 80 <= len(one.listed()) <= 200


def test_many_ids_are_remembered_in_little_memory() -> None:
    seen = SeenIds()
    for number in (*range(250_000), *range(0, 250_000, 2)):
        seen.add(("trace", number))
    assert all(("trace", number) in seen for number in range(250_000))
    assert not any(("trace", number) in seen for number in range(250_000, 260_000))
    assert ("trace", -5) not in seen


def two_sides(n: int, **more: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Calls by a client, each in a trace of its own, and the same calls by a gateway, which took a little less time."""
    replies = [{"gen_ai__response__id": f"r{i}"} if more.get("replies") else {} for i in range(n)]
    client = [call(i, None, i, start=3 * i, sec=2, scope="client", **reply) for i, reply in enumerate(replies, 1)]
    gateway = [
        call(i + n, None, i + n, start=3 * i + 0.1, sec=1.8, scope="gateway", **reply)
        for i, reply in enumerate(replies, 1)
    ]
    return client, gateway


@pytest.mark.parametrize("most_open", [5, 20, 1000])
def test_a_copy_counts_once_however_far_away_its_twin_was_read_if_they_name_one_reply(most_open: int) -> None:
    client, gateway = two_sides(60, replies=True)
    for lines in ([*client, *gateway], [*gateway, *client]):
        reading = sums(lines, most_open=most_open)
        assert (reading.all.calls, reading.dropped, reading.noted) == (60, {SAME_REPLY: 60}, {})
    again = [call(500 + i, None, 500 + i, start=1000 + i, scope="client", gen_ai__response__id=f"r{i}") for i in (1, 2)]
    assert sums([*client, *gateway, *again], most_open=most_open).all.calls == 62, "a cache served two once more"


@pytest.mark.parametrize("most_open", [20, 1000])
@pytest.mark.parametrize("tokens", [{}, {"read": 7}], ids=["equal tokens", "other tokens"])
def test_ids_that_a_server_uses_again_make_no_copies(most_open: int, tokens: dict[str, Any]) -> None:
    """Two services, hours apart, of a server that numbers its replies from 0 to 9."""
    one, other = (
        [call(i + first, None, i + first, start=begin + 3 * i, scope=scope, gen_ai__response__id=f"r{i % 10}", **more)
         for i in range(1, 61)]
        for first, begin, scope, more in ((0, 0, "a", {}), (100, 9000, "b", tokens))
    )  # fmt: skip
    assert sums([*one, *other], most_open=most_open).all.calls == 120


def test_copies_that_never_meet_are_noted_too() -> None:
    client, gateway = two_sides(60)
    reading = sums([*client, *gateway], most_open=20)
    assert reading.all.calls > 60
    assert reading.noted[FAR] > 0


def test_copies_that_name_no_reply_and_lie_far_apart_are_noted() -> None:
    client, gateway = two_sides(60)
    together = [each for pair in zip(client, gateway, strict=True) for each in pair]
    assert sums(together, most_open=1000).noted == {}
    near = sums(together, most_open=20)
    assert near.all.calls == 60
    assert near.noted[FAR] > 0


def observation(trace: int, **more: Any) -> dict[str, Any]:
    moments = {"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-01T00:00:01Z"}
    named = {"id": f"o{trace}", "traceId": f"t{trace}", "type": "GENERATION", "model": "premium"}
    return {**named, **moments, "usageDetails": {"input": 10, "output": 5}, **more}


def score(trace: int, on: str, right: int = 0) -> dict[str, Any]:
    return {"traceId": f"t{trace}", "observationId": on, "name": "correctness", "dataType": "BOOLEAN", "value": right}


@pytest.mark.parametrize("most_open", [2, 1000])
@pytest.mark.parametrize("on", ["gone", "o1"])
def test_a_score_on_a_span_is_never_one_on_its_task(most_open: int, on: str) -> None:
    reading = sums([*(observation(n) for n in range(1, 9)), score(1, on)], most_open=most_open)
    (task,) = [task for task in reading.tasks if task.id == task_id("t1")]
    is_there = on == "o1" and most_open == 1000
    assert (task.right, task.calls[0].right) == (None, False if is_there else None)
    assert reading.noted.get(UNPLACED, 0) == (not is_there)


def test_a_score_on_a_span_that_came_twice_is_kept_in_any_order() -> None:
    running = observation(1, endTime=None, usageDetails={})
    for lines in permutations([observation(1), running, score(1, "o1")]):
        assert [call.right for task in sums(lines).tasks for call in task.calls] == [False]


ONE_CALL = Call("s", "m", 0.0, 1.0, None, None, "", "ok", None, "")


def test_runs_of_tools_and_verdicts_are_let_go_like_calls() -> None:
    tools, verdicts = Tasks(most_kept=100), Tasks(most_kept=100)
    for number in range(2000):
        tools.add_tool(task_id(number), ONE_CALL)
        verdicts.mark(task_id(number), True)
    assert 25 <= len([number for number in range(2000) if tools.keeps(task_id(number))]) <= 100
    assert 25 <= len([number for number in range(2000) if verdicts.keeps(task_id(number))]) <= 100
    for tasks in (tools, verdicts):
        for number in range(2000):
            tasks.add({task_id(number): [ONE_CALL]})
        assert tasks.count == 2000
        assert 20 <= len(tasks.listed()) <= 100
    assert all(len(task.tools) == 1 for task in tools.listed())
    assert all(task.right for task in verdicts.listed())


@pytest.mark.parametrize("first", [True, False])
def test_of_few_large_tasks_one_is_always_left(first: bool) -> None:
    high = sorted(task_id(number) for number in range(100))[-2:]
    tasks = Tasks(most_kept=10)
    for task in high if first else high[::-1]:
        tasks.add({task: [ONE_CALL] * 6})
    assert [len(task.calls) for task in tasks.listed()] == [6, 6]
    tasks.add({sorted(task_id(number) for number in range(100))[0]: [ONE_CALL]})
    assert [len(task.calls) for task in tasks.listed()] == [1]
