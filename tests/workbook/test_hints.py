"""Help that is asked for: hints and worked ways are texts, and a way is never shown on the learner's own numbers."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit_workbook import hints, worked_ways
from labkit_workbook.feedback import check
from labkit_workbook.hints import MIME, NO_WAYS, Text, hint, worked
from labkit_workbook.numbers import drawn
from labkit_workbook.numbers.given_numbers import numbers_known
from labkit_workbook.numbers.student_id import VARIABLE
from labkit_workbook.questions import exercises, find
from labkit_workbook.results import MEMORY
from labkit_workbook.results import MIME as CHECK

CALLS = "ticket_spend.worst_case_calls"
IDS = [f"{exercise.name}.{question.name}" for exercise in exercises() for question in exercise.questions]
WORKED_OUT = [question_id for question_id in IDS if not find(question_id)[1].played]
CONTROLLER = "budget_orchestrator.controller"


@pytest.fixture
def left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that shows the ways is not there, as in an assessed copy."""
    monkeypatch.setattr(hints, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, worked_ways.__name__, None)


# ---- hints --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 3, -1, 1.5, "1", None, True, 10**30, [1]])
def test_a_hint_that_is_not_there_is_answered_with_the_two_that_are(number: Any) -> None:
    assert hint(CALLS, number) == f"There are two hints: hint({CALLS!r}) gives the first, hint({CALLS!r}, 2) says more."


@pytest.mark.parametrize("ask", [hint, worked])
@pytest.mark.parametrize(
    ("question_id", "words"),
    [
        ("ticket_spend.worst_calls", f"did you mean {CALLS!r}?"),
        ("calls", "an example is"),
        ("", "an example is"),
        (3, "No question has the id 3"),
        (None, "No question has the id None"),
        (["ticket_spend.calls"], "No question has the id ['ticket_spend.calls']"),
    ],
)
def test_a_mistyped_id_is_answered_kindly(ask: Any, question_id: Any, words: str) -> None:
    told = ask(question_id)
    assert isinstance(told, Text)
    assert told.startswith("No question has the id ")
    assert words in told


def test_texts_are_shown_without_quotation_marks() -> None:
    for told in (hint(CALLS), hint(CALLS, 2), hint(CALLS, 3), hint("x"), worked(CALLS), worked("x")):
        assert repr(told) == str(told)
    assert repr(hint(CALLS)) == find(CALLS)[1].hints[0]


# ---- worked ways --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question_id", WORKED_OUT)
def test_a_way_is_shown_on_other_numbers_with_another_answer(question_id: str) -> None:
    exercise, question = find(question_id)
    for own in (exercise.text, *(exercise.drawn("class", f"student {n}") for n in range(3))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(worked_ways, "numbers_known", lambda _, own=own: own)
            numbers = worked_ways.other_numbers(exercise, question)
            told = worked(question_id)
        assert numbers not in (own, exercise.text)
        assert not question.same(question.expected(numbers), question.expected(own))
        assert numbers.in_short() in told
        assert question.asks in told
        assert told.endswith(f"The way: {question.way(numbers)}")


def test_a_way_shows_all_numbers_but_the_rows_of_a_long_log() -> None:
    cut = {each.name for each in exercises() if each.text.in_short() != repr(each.text)}
    assert cut == {"read_the_bill", "fit_and_advise"}
    numbers = find("read_the_bill.layers")[0].text
    shown = numbers.in_short()
    assert f"... {len(numbers.log) - 3} more rows" in shown
    assert set(shown.splitlines()) >= {line for line in repr(numbers).splitlines() if line.startswith("g.")}


def test_of_a_trace_only_the_first_rows_are_ever_shown_and_all_other_numbers() -> None:
    numbers = find("fit_and_advise.money")[0].text
    shown = repr(numbers)
    assert f"... {len(numbers.trace) - 7} more rows" in shown
    assert sum(line.startswith("    (") for line in shown.splitlines()) == 7 + len(numbers.pilots)
    assert sum(line.startswith("g.") for line in shown.splitlines()) == len(vars(numbers))


@pytest.mark.parametrize("question_id", WORKED_OUT)
def test_the_answer_that_is_shown_is_right_for_the_numbers_that_are_shown(question_id: str) -> None:
    exercise, question = find(question_id)
    numbers = worked_ways.other_numbers(exercise, question)
    (line,) = re.findall(r"^Answer.*: (.*)$", worked(question_id), re.MULTILINE)
    shown = tuple(float(number.replace(",", "")) for number in line.split(", "))
    if question.inputs is None:
        wanted = question.expected(numbers)
    else:
        inputs = question.inputs(numbers)
        wanted = question.answer(numbers, inputs[len(inputs) // 2])
    assert question.same(shown, wanted)


def test_a_controller_has_a_hint_in_place_of_a_way() -> None:
    assert worked(CONTROLLER) == f'A controller has no worked way. hint("{CONTROLLER}", 2) says how one begins.'
    assert MEMORY.worked == set()


def test_looking_is_noted_where_it_is_shown_and_in_the_next_check() -> None:
    assert check(CALLS, 77)._repr_mimebundle_()[CHECK]["worked"] is False
    bundle = worked(CALLS)._repr_mimebundle_()
    assert bundle == {"text/plain": str(worked(CALLS)), MIME: {"question": CALLS}}
    assert check(CALLS, 78)._repr_mimebundle_()[CHECK]["worked"] is True
    assert check("ticket_spend.calls", 78)._repr_mimebundle_()[CHECK]["worked"] is False


def test_before_the_id_is_known_no_way_is_shown_for_it_could_be_the_learner_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "classroom.json").write_text('{"class": "ML 1", "assessed": false}', encoding="utf-8")
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert worked(CALLS) == 'Your numbers are not known yet. First run the cell with given("ticket_spend").'
    monkeypatch.setenv(VARIABLE, "\t")
    assert worked(CALLS).startswith("Your numbers are not known: the environment variable")
    monkeypatch.setenv(VARIABLE, "s12")
    own = numbers_known(find(CALLS)[0])
    assert f"{own!r}" not in worked(CALLS)
    assert worked(CALLS).startswith("The way on other numbers than yours:")


@pytest.mark.usefixtures("left_out")
def test_an_assessed_copy_shows_no_way_and_offers_none() -> None:
    assert worked(CALLS) == worked("start_here.debate_calls") == NO_WAYS
    assert "worked(" not in "".join(check(CALLS, number).message for number in (77, 78, 79, 80))
    assert MEMORY.worked == set()


# ---- the offer ----------------------------------------------------------------------------------------------


def test_the_offer_comes_after_three_wrong_answers_that_differ() -> None:
    question = find(CALLS)[1]
    right = question.expected(find(CALLS)[0].text)
    results = [check(CALLS, value) for value in (77, 77, 77, "text", None, ..., 78, 78, 79, right, 83)]
    assert [result.tries for result in results] == [1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 4]
    offered = ["worked(" in result.message for result in results]
    assert offered == [False] * 8 + [True, False, True]
    assert f'3 tries: worked("{CALLS}") shows the way on other numbers.' in results[8].message


def test_functions_are_offered_a_way_too_and_controllers_none() -> None:
    for number in (1.0, 2.0, 3.0):
        told = check("routing_crossover.routed", lambda hard, number=number: (number, number, 0.5)).message
    assert told.count("worked(") == 1
    for _ in range(3):
        told = check(CONTROLLER, lambda seen: {"stop": True}).message
    assert "worked(" not in told


def test_tries_with_other_numbers_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "classroom.json").write_text('{"class": "ML 1", "assessed": false}', encoding="utf-8")
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    found = []
    for student, value in (("s1", 7), ("s1", 8), ("s2", 9), ("s2", 7), ("s1", 9)):
        monkeypatch.setenv(VARIABLE, student)
        found.append(check(CALLS, value).tries)
    assert found == [1, 2, 1, 2, 3]
