"""The test of the fit with LangGraph and LiteLLM: what was recorded, what the lesson says of it, and a run of today."""

from __future__ import annotations

import json
import os

import pytest

from labkit_agents.frameworks.run import can_measure
from labkit_workbook.own_agent import in_frameworks, predicting
from labkit_workbook.own_agent.in_frameworks import FIRST, TRIALS, read_json, recorded

TEST = recorded()


def test_the_recorded_test_has_every_number_of_every_change() -> None:
    assert [row.change for row in TEST.rows] == [name for name in TRIALS for _ in predicting.MEASURES]
    assert [row.measure for row in TEST.rows] == [*predicting.MEASURES] * len(TRIALS)
    assert list(TEST.own_sec) == [FIRST, *TRIALS]
    assert TEST.tasks == in_frameworks.TASKS
    assert {"langgraph", "litellm", "openai"} == set(TEST.versions)


def test_what_is_kept_is_what_was_found() -> None:
    assert read_json(json.loads(in_frameworks.as_json(TEST))) == TEST
    assert in_frameworks.as_json(TEST) == in_frameworks.RECORDED.read_text(encoding="utf-8")


def test_what_the_lesson_says_of_the_recorded_test_is_so() -> None:
    missed = {(row.change, row.measure): row.apart for row in TEST.rows if not row.holds}
    assert set(missed) == {
        ("half routed", "p"), ("parallelised", "usd"), ("parallelised", "sec"),
        ("cached, 200 answers kept", "usd"), ("cached, 200 answers kept", "sec"),
    }  # fmt: skip
    assert len(TEST.rows) - len(missed) == 13
    assert missed["parallelised", "usd"] < 0 < missed["parallelised", "sec"]
    assert missed["half routed", "p"] < 2.5
    assert [round(TEST.hits[change], 2) for change in TEST.hits] == [0.47, 0.39]
    assert (round(TEST.own_sec[FIRST], 2), round(TEST.own_sec["parallelised"], 2)) == (0.07, 0.12)
    gate = TEST.of("one retry with a gate")[-1]
    assert [round(100 * value) for value in (gate.predicted.low, gate.predicted.high)] == [72, 92]
    assert round(100 * gate.measured.value) == 87
    assert (TEST.correlation.low, round(TEST.correlation.high, 1)) == (0.0, 0.5)
    assert [round(TEST.of(change)[0].predicted.value, 4) for change in ("as it is", "cached")] == [0.0085, 0.0042]


def test_a_change_that_was_not_tested_is_refused() -> None:
    with pytest.raises(ValueError, match=r"change must be one of \('as it is', "):
        TEST.of("prayed for")


@pytest.mark.parametrize(("tasks", "pace", "words"), [(49, 1.0, "tasks must"), (50, -1.0, "pace must")])
def test_numbers_that_cannot_be_are_refused(tasks: int, pace: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        in_frameworks.validate(tasks, pace)


def test_it_is_run_now_where_that_is_said_and_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    again = TEST._replace(date="2027-01-01")
    monkeypatch.setattr(in_frameworks, "validate", lambda: again)
    monkeypatch.setattr(in_frameworks, "is_live", lambda name: name == "running_total")
    assert in_frameworks.measured() == again
    monkeypatch.setattr(in_frameworks, "is_live", lambda name: False)
    assert in_frameworks.measured() == TEST


@pytest.mark.slow
def test_dollars_and_right_tasks_come_out_again_where_no_second_is_waited() -> None:
    """What does not hang on the clock. Which answers LiteLLM drops does, since it hangs on which came first."""
    if not can_measure("running_total"):
        if os.environ.get("LABKIT_LIVE", "") not in ("", "0"):
            pytest.fail("LABKIT_LIVE is set, and the frameworks are not installed")
        pytest.skip("the frameworks are not installed")
    found = in_frameworks.validate(pace=0)
    assert found.correlation == pytest.approx(TEST.correlation)
    assert found.repeated == TEST.repeated
    assert found.hits["cached"] == TEST.hits["cached"]
    for row, again in zip(TEST.rows, found.rows, strict=True):
        if row.measure != "sec":
            assert again.predicted == pytest.approx(row.predicted), row.change
        if row.measure != "sec" and row.change != "cached, 200 answers kept":
            assert again.measured == pytest.approx(row.measured), row.change
