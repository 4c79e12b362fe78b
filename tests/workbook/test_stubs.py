"""What is still ``...`` is not started, in whatever it is wrapped; whoever wrote more has begun."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from labkit_agents.plain_values import is_stub, plain, plain_json
from labkit_workbook import answered, feedback
from labkit_workbook.questions import exercise, exercises, find

IDS = [f"{each.name}.{question.name}" for each in exercises() for question in each.questions]
STUBS: list[Any] = [..., [...], (..., ...), [..., ..., ...], np.array(...), np.array([..., ...]), np.full(5, ...)]
BEGUN: list[Any] = [
    [],
    (),
    [1, ...],
    (..., None),
    [[...]],
    {"a": ...},
    "...",
    [1, 2],
    np.array([1.0]),
    Ellipsis.__class__,
]


@pytest.mark.parametrize("stub", STUBS, ids=repr)
def test_rows_of_stubs_are_stubs_and_stay_so_on_their_way_to_a_judge(stub: Any) -> None:
    assert is_stub(stub)
    assert "ellipsis" in str(plain_json(stub))


@pytest.mark.parametrize("values", [[1, ...], [1, "6"], "six", [float("nan")], [[1]], [None, 1j]])
def test_what_was_read_once_is_the_same_when_it_is_read_again(values: Any) -> None:
    assert plain(plain(values)) == plain(values)


@pytest.mark.parametrize("begun", [*BEGUN, None, 0, np.nan], ids=repr)
def test_whatever_else_stands_there_is_no_stub(begun: Any) -> None:
    assert not is_stub(begun)


def test_a_value_that_fights_back_is_no_stub() -> None:
    class Nasty(list):  # type: ignore[type-arg]
        def __len__(self) -> int:
            raise RuntimeError

        def __eq__(self, other: object) -> bool:
            raise SystemExit

        __hash__ = None  # type: ignore[assignment]

    assert not is_stub(Nasty())


@pytest.mark.parametrize("question_id", IDS)
@pytest.mark.parametrize("stub", STUBS, ids=repr)
def test_every_question_takes_a_stub_and_a_function_of_stubs_for_no_answer(question_id: str, stub: Any) -> None:
    within, question = find(question_id)
    assert feedback.judge(question_id, stub, within.text).status == "not_started"
    if question.inputs is not None:
        assert feedback.judge(question_id, lambda each: stub, within.text).status == "not_started"


def test_a_function_that_is_written_for_some_inputs_only_is_not_started() -> None:
    question = find("routing_crossover.routed")[1]
    given = exercise("routing_crossover").text
    half = feedback.judge("routing_crossover.routed", lambda h: question.answer(given, h) if h < 3 else ..., given)
    assert half.status == "not_started"


def test_a_controller_that_comes_to_a_stub_in_every_task_is_not_started() -> None:
    given = exercise("budget_orchestrator").text

    def begun(seen: Any) -> Any:
        ready = [step for step in seen["steps"] if step["ready"]]
        return {"calls": [[ready[0]["name"], "small"]]} if seen["turn"] == 0 and ready else ...

    told = feedback.judge("budget_orchestrator.controller", begun, given)
    assert told.status == "not_started"


def test_half_a_list_says_which_number_is_missing() -> None:
    told = feedback.judge("ticket_spend.lever_bills", [1.0, ..., 2.0], exercise("ticket_spend").text)
    assert (told.status, told.message) == (
        "wrong_type",
        "Number 2 of your list: The answer is a number, not `...`.",
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((1, [2], print), ""),
        ((...,), "Nothing to show yet: the answer is still a stub.\n"),
        ((1, np.full(3, ...), ...), "Nothing to show yet: value 2 of the 3 in answered(...) is still a stub.\n"),
        ((), ""),
    ],
)
def test_a_picture_waits_for_its_answers_and_says_for_which(
    values: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answered(*values) == (words == "")
    assert capsys.readouterr().out == words
