"""Outcomes: where they are read from, whose they are, and what is no outcome; and the runs of tools."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recorded import SAMPLES, call, span, sums

from labkit_agents import pocket, solvers
from labkit_agents.tasks.tasks import Task as Sum
from labkit_traces import read, task_id
from labkit_traces.counting.folding import DISAGREEING, NO_OUTCOME
from labkit_traces.counting.summing import UNPLACED
from labkit_traces.outcomes import STRANGERS, UNREADABLE, read_outcomes, set_outcomes
from labkit_traces.parsing.values import read_verdict

EVALUATION = "gen_ai__evaluation__name", "gen_ai__evaluation__score__value", "gen_ai__evaluation__score__label"


def judged(name: str = "correctness", value: Any = None, label: Any = None) -> dict[str, Any]:
    said = zip(EVALUATION, (name, value, label), strict=True)
    return {key: each for key, each in said if each is not None}


def row(task: str, step: str = "plan", **more: Any) -> dict[str, Any]:
    return {"task": task, "step": step, "model": "premium", "tokens_in": 1000, "tokens_out": 500, **more}


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (True, True), (False, False), (1, True), (0, False), ("1", True), ("0.0", False), (0.5, True), (0.49, False),
        ("Pass", True), (" FAILED ", False), ("solved", True), ("incorrect", False), (None, None), ("", None),
        (2, None), (-1, None), ("maybe", None), (float("nan"), None), ([], None), ({}, None),
    ],
)  # fmt: skip
def test_a_verdict_is_a_flag_a_word_or_a_share(value: Any, right: bool | None) -> None:
    assert read_verdict(value, Counter()) is right


def test_columns_say_it_of_the_call_and_of_its_task() -> None:
    reading = sums([row("a", right="true", solved="no"), row("a", "act", right="false", solved="no"), row("b")])
    by_id = {task.id: task for task in reading.tasks}
    first, second = by_id[task_id("a")], by_id[task_id("b")]
    assert {call.step: call.right for call in first.calls} == {"plan": True, "act": False}
    assert (first.right, second.right, second.calls[0].right) == (False, None, None)


def test_a_verdict_on_the_beginning_is_the_tasks_and_one_on_a_call_the_calls() -> None:
    root = span(1, gen_ai__operation__name="invoke_agent", name="agent", sec=5, **judged(label="fail"))
    reading = sums([root, call(2, 1, **judged(value=0.9))])
    (task,) = reading.tasks
    assert (task.right, task.calls[0].right) == (False, True)


def test_a_verdict_on_a_node_goes_to_the_last_call_below_it() -> None:
    spans = [
        span(1, gen_ai__operation__name="invoke_workflow", sec=9),
        span(2, 1, gen_ai__operation__name="invoke_agent", name="writer", sec=8, **judged(value=0)),
        call(3, 2, start=1), call(4, 2, start=4), call(5, 1, start=8.2, sec=0.5),
        span(6, 1, gen_ai__operation__name="invoke_agent", name="idle", **judged(value=1)),
    ]  # fmt: skip
    reading = sums(spans)
    assert [call.right for call in reading.tasks[0].calls] == [None, False, None]
    assert reading.noted[UNPLACED] == 1


def test_an_event_of_a_span_is_read_and_other_events_are_not() -> None:
    document = call(1)
    (record,) = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    said = [{"key": "gen_ai.evaluation.name", "value": {"stringValue": "Correctness"}},
            {"key": "gen_ai.evaluation.score.label", "value": {"stringValue": "pass"}}]  # fmt: skip
    record["events"] = [{"name": "exception", "attributes": said[:0]}, {"name": "gen_ai.evaluation.result",
                        "attributes": said}, "rubbish"]  # fmt: skip
    reading = sums([document, call(2)])
    assert {call.right for call in reading.tasks[0].calls} == {True, None}


def test_scores_of_langfuse_are_outcomes_where_their_name_says_so() -> None:
    path = SAMPLES / "langfuse_langgraph-python-2025-08-22.trace.json"
    reading = read(path, progress=None)
    assert {task.right for task in reading.tasks} == {None}
    assert reading.noted[NO_OUTCOME] == 2
    named = read(path, score="hallucination", progress=None)
    assert [task.right for task in named.tasks] == [False]
    assert (named.spans, named.money) == (reading.spans, reading.money)


def test_scores_in_a_file_of_their_own_find_their_traces_whichever_comes_first(tmp_path: Path) -> None:
    observation = {
        "id": "o1", "traceId": "t1", "type": "GENERATION", "startTime": "2026-01-01T00:00:00Z", "model": "premium",
        "endTime": "2026-01-01T00:00:01Z", "usageDetails": {"input": 10, "output": 5},
    }  # fmt: skip
    scores = [
        {"id": "s1", "traceId": "t1", "name": "correctness", "value": 0, "stringValue": "True", "dataType": "BOOLEAN"},
        {"id": "s2", "traceId": "t1", "observationId": "o1", "name": "accuracy", "value": 0.2, "dataType": "NUMERIC"},
    ]
    for name, order in (("first", [*scores, observation]), ("last", [observation, *scores])):
        file = tmp_path / f"{name}.jsonl"
        file.write_text("\n".join(map(json.dumps, order)), encoding="utf-8")
        (task,) = read(file, progress=None).tasks
        assert (task.right, task.calls[0].right) == (True, False)


def test_of_several_verdicts_all_must_say_right() -> None:
    reading = sums([row("a", solved=True), row("a", solved=False), row("b", solved=True), row("b", solved=True)])
    assert {task.id: task.right for task in reading.tasks} == {task_id("a"): False, task_id("b"): True}
    assert reading.noted[DISAGREEING] == 1


@pytest.mark.parametrize("verdicts", ["101", "011", "110"])
def test_of_several_rows_of_a_task_beside_the_traces_all_must_say_right(verdicts: str, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text("task,right\n" + "".join(f"t1,{right}\nt2,1\n" for right in verdicts), encoding="utf-8")
    reading = read([json.dumps(row(task)).encode() for task in ("t1", "t2")] * 2, outcomes=file)
    assert {task.id: task.right for task in reading.tasks} == {task_id("t1"): False, task_id("t2"): True}


def test_an_error_is_no_verdict() -> None:
    reading = sums([row("a", status="error", error="timeout"), row("a")])
    assert {reading.tasks[0].right, *(call.right for call in reading.tasks[0].calls)} == {None}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "mapping"])
def test_a_file_beside_the_traces_comes_first(kind: str, tmp_path: Path) -> None:
    said = {"a": "pass", "b": 0, "stranger": 1}
    outcomes: Any = said
    if kind == "csv":
        outcomes = tmp_path / "outcomes.csv"
        outcomes.write_text("task,right,item\na,pass,x\nb,0,x\nstranger,1,y\n,1,z\nc,who knows,z\n", encoding="utf-8")
    elif kind == "jsonl":
        outcomes = tmp_path / "outcomes.jsonl"
        rows = [json.dumps({"trace_id": key, "score": value, "item": "x"}) for key, value in said.items()]
        outcomes.write_text("\n".join(rows), encoding="utf-8")
    reading = sums([row("a", solved=False), row("b"), row("c", solved=True), row("c")], outcomes=outcomes)
    assert {task.id: task.right for task in reading.tasks} == {
        task_id("a"): True, task_id("b"): False, task_id("c"): True,
    }  # fmt: skip
    assert reading.noted[STRANGERS] == 1
    if kind != "mapping":
        assert {task.item for task in reading.tasks} == {task_id("x"), ""}
    if kind == "csv":
        assert reading.noted[UNREADABLE] == 2


def test_outcomes_of_which_none_names_a_task_are_refused() -> None:
    """They are of other keys: the report would say that there are none."""
    rows = [row("a"), row("a", "act"), row("b")]
    with pytest.raises(ValueError, match="none of 2 does: `task` is the id of the trace, or the value of the task key"):
        sums(rows, outcomes={"order a": True, "order b": False})
    assert sums(rows, outcomes={"order a": True, "b": False}).noted[STRANGERS] == 1
    assert {task.right for task in sums(rows, outcomes={}).tasks} == {None}
    traces = [{name: value for name, value in (row(t) | {"trace": t}).items() if name != "task"} for t in "ab"]
    alone = sums(traces, outcomes={"order a": True})  # no task can be told: that is said first
    assert alone.no_tasks
    assert alone.noted[STRANGERS] == 1
    sample = replace(sums(rows), tasks_in_all=9)  # of more than are kept, the others may be meant
    (set_on,) = set_outcomes([sample], read_outcomes({"c": True}, Counter()), Counter())
    assert set_on.noted[STRANGERS] == 1


@pytest.mark.parametrize("text", ["", "task,right\n", "task,ok\na,1\n", "task,right\na,perhaps\n"])
def test_outcomes_without_a_verdict_are_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"outcomes: no row of 'outcomes\.csv' names a task .* and a verdict"):
        read_outcomes(file, Counter())


def test_tasks_whose_names_differ_in_case_are_two() -> None:
    rows = [json.dumps({"task": name, "model": "m", "tokens_in": 1, "tokens_out": 1}) for name in "Aa"]
    found = read(rows, task_key="task", outcomes={"A": False, "a": True}, progress=None)
    assert {task.id: task.right for task in found.tasks} == {task_id("A"): False, task_id("a"): True}


def test_a_list_of_scores_is_read_wherever_it_stands() -> None:
    calls = {"data": [{"id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-11-01T00:00:00Z"}]}
    scores = {"data": [{"traceId": "t", "name": "right", "dataType": "BOOLEAN", "value": 1}]}
    for rows in ([calls, scores], [scores, calls]):
        (task,) = read([json.dumps(each) for each in rows], progress=None).tasks
        assert task.right is True


def test_the_outcome_of_a_trace_is_found_by_its_id_in_any_spelling() -> None:
    reading = sums([call(1), call(2)], outcomes={f"0x{1:032X}": True})
    assert [task.right for task in reading.tasks] == [True]


def test_runs_of_our_own_agents_bring_their_outcomes() -> None:
    traces = solvers.Chain(pocket.small()).run([Sum(f"t{i}", (i, 2, 3, 4)) for i in range(30)], seed=1, progress=None)
    reading = read(traces, progress=None)
    assert [task.right for task in sorted(reading.tasks, key=lambda task: task.id)] == [
        right for _, right in sorted(zip(map(task_id, range(30)), traces.solved.tolist(), strict=True))
    ]
    assert sum(call.right or False for task in reading.tasks for call in task.calls) == traces.right.sum()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"outcomes": "no such file"}, "outcomes: there is no file 'no such file'"),
        ({"outcomes": 5}, "outcomes must be a file, or verdicts by task, got int"),
        ({"score": ""}, "score must be the name of a score, or None, got ''"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        sums([row("a")], **options)


def test_a_tool_is_a_step_of_its_own_unless_work_lies_below_it_or_around_it() -> None:
    tool = {"gen_ai__operation__name": "execute_tool"}
    spans = [
        span(1, gen_ai__operation__name="invoke_workflow", sec=20),
        call(2, 1, start=0, sec=2),
        span(3, 1, name="execute_tool search", start=2, sec=3, **tool),  # of its own
        span(4, 1, name="execute_tool ask", start=6, sec=5, **tool), call(5, 4, start=7),  # an agent as a tool
        call(6, 1, start=12, sec=4), span(7, 6, name="execute_tool inside", start=13, **tool),  # within a call
        span(8, 1, name="outer", start=17, sec=3, **tool), span(9, 8, name="inner", start=18, sec=2, **tool),
    ]  # fmt: skip
    reading = sums(spans)
    (task,) = reading.tasks
    assert [(run.step, run.end - run.start, run.usd) for run in task.tools] == [
        ("tool search", pytest.approx(3), None), ("tool inner", pytest.approx(2), None),
    ]  # fmt: skip
    assert len(task.calls) == reading.all.calls == 3
    assert task.sec == pytest.approx(20)
