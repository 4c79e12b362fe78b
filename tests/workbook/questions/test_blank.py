"""Questions without their answers: the same numbers, the same form, and nothing that helps to answer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit_workbook import feedback, questions, typed_answers
from labkit_workbook.feedback import check, given, summary
from labkit_workbook.hints import NO_HINTS, hint
from labkit_workbook.my_work import progress
from labkit_workbook.my_work.saved_notebooks import answers_in
from labkit_workbook.numbers import drawn
from labkit_workbook.numbers.drawn import numbers_of, sheet
from labkit_workbook.numbers.given_numbers import mark_of
from labkit_workbook.numbers.student_id import VARIABLE
from labkit_workbook.questions import Exercise, exercise, exercises
from labkit_workbook.questions.blank import BlankExercise, BlankPlayedQuestion, BlankQuestion, document, exercises_in
from labkit_workbook.questions.played import PlayedQuestion, no_verdict
from labkit_workbook.summaries import QuestionState, summed_up

NUMBERED = [which for which in exercises() if which.number]
ALL = {f"{which.name}.{question.name}": question for which in NUMBERED for question in which.questions}
FEW = 3
STUDENT = "s12"


def few_sheets(which: Exercise) -> list[Any]:
    return [sheet(which.name, "ML 1", number) for number in range(FEW)]


@pytest.fixture(scope="module")
def content() -> Any:
    """Some sheets of a class, written and read as a file is."""
    return json.loads(json.dumps(document("ml 1", [(which, few_sheets(which)) for which in NUMBERED])))


@pytest.fixture
def assessed(content: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """This copy is that of an assessed class; the student's own numbers, found before."""
    numbers = {which.name: sheet(which.name, "ML 1", 1) for which in NUMBERED}
    (tmp_path / "assessed.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "classroom.json").write_text('{"class": "ML 1", "assessed": true}', encoding="utf-8")
    monkeypatch.setattr(questions, "ASSESSED", tmp_path / "assessed.json")
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    monkeypatch.setattr(drawn, "sheet_number", lambda *_: 1)
    monkeypatch.setenv(VARIABLE, STUDENT)
    return numbers


def given_by(question: Any, function: Any, numbers: Any) -> Any:
    """What a learner hands in who goes this way: a value, or a function."""
    return function(numbers) if question.inputs is None else lambda each: function(numbers, each)


# ---- what is kept, and what is not ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(len(NUMBERED)), ids=[which.name for which in NUMBERED])
def test_the_exercise_is_the_same_but_for_its_answers(place: int, content: Any) -> None:
    whole, blank = NUMBERED[place], exercises_in(content)[place]
    for name in ("name", "number", "title", "minutes", "difficulty", "objective", "points", "most"):
        assert getattr(blank, name) == getattr(whole, name)
    assert [(e.name, e.asks, e.points, e.rubric) for e in blank.essays] == [
        (e.name, e.asks, e.points, "") for e in whole.essays
    ]
    assert repr(blank.text) == repr(whole.text)
    for number, numbers in enumerate(few_sheets(whole)):
        drawn = blank.drawn("ml 1", str(number))
        assert vars(drawn) == vars(numbers)
        assert [type(x) for x in vars(drawn).values()] == [type(x) for x in vars(numbers).values()]
        assert repr(drawn) == repr(numbers)


@pytest.mark.parametrize("place", range(len(NUMBERED)), ids=[which.name for which in NUMBERED])
def test_a_question_keeps_what_is_asked_and_loses_what_helps(place: int, content: Any) -> None:
    whole, blank = NUMBERED[place], exercises_in(content)[place]
    for one, other in zip(whole.questions, blank.questions, strict=True):
        for name in ("name", "asks", "unit", "whole", "points", "played"):
            assert getattr(one, name) == getattr(other, name)
        assert (other.misconceptions, other.hints, other.worked(None), other.hidden) == ((), ("", ""), "", None)
        for number, numbers in enumerate([whole.text, *few_sheets(whole)]):
            mine = blank.text if number == 0 else blank.drawn("ml 1", str(number - 1))
            if isinstance(one, PlayedQuestion):
                assert isinstance(other, BlankPlayedQuestion)
                assert one.inputs is not None
                assert other.inputs is not None
                assert list(other.inputs(mine)) == list(one.inputs(numbers))
                for task in one.inputs(numbers):
                    assert other.world(mine, task).rules == one.world(numbers, task).rules
                assert other.verdict == no_verdict
                continue
            if one.inputs is None:
                assert other.inputs is None
            else:
                assert other.inputs is not None
                assert list(other.inputs(mine)) == list(one.inputs(numbers))
            wanted, found = one.expected(numbers), other.expected(mine)
            assert isinstance(wanted, tuple) == isinstance(found, tuple)
            assert all(math.isnan(x) for x in (found if isinstance(found, tuple) else (found,)))
            if isinstance(wanted, tuple):
                assert len(found) == len(wanted)


def test_the_data_hold_the_numbers_and_the_forms_and_nothing_else(content: Any) -> None:
    assert set(content) == {"class", "exercises"}
    for which, written in zip(NUMBERED, content["exercises"], strict=True):
        assert set(written) == {
            "name", "number", "title", "minutes", "difficulty", "objective", "fields", "questions", "essays", "text",
            "sheets",
        }  # fmt: skip
        assert all(
            set(question) == {"name", "asks", "unit", "whole", "points", "played"} for question in written["questions"]
        )
        assert all(set(essay) == {"name", "asks", "points"} for essay in written["essays"])
        for numbers, page in zip([which.text, *few_sheets(which)], [written["text"], *written["sheets"]], strict=True):
            assert set(page) == {"numbers", "forms", "inputs", "tasks"}
            assert page["tasks"] == {q.name: list(q.inputs(numbers) or ()) for q in which.questions if q.played}
            assert page["numbers"] == json.loads(json.dumps(list(vars(numbers).values())))
            assert all(type(form) is int for form in page["forms"])
            numbered = [q for q in which.questions if not q.played]
            tried = {q.name: list(q.inputs(numbers)) for q in numbered if q.inputs is not None}
            found = {name: [each for each, _ in pairs] for name, pairs in page["inputs"].items()}
            assert found == json.loads(json.dumps(tried))
            assert all(type(form) is int for pairs in page["inputs"].values() for _, form in pairs)


@pytest.mark.parametrize("salt", [("ml 2", "0"), ("ml 1", str(FEW)), ("ml 1",), ("ml 1", "-1"), ("ml 1", "x"), ()])
def test_numbers_that_were_not_drawn_are_an_error(salt: tuple[str, ...], content: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^exercise 'ticket_spend': this copy holds the numbers of the class 'ml 1' only$"
    ):
        exercises_in(content)[0].drawn(*salt)


# ---- an assessed class ------------------------------------------------------------------------------------------


def test_all_exercises_are_blank_and_the_lessons_are_not(assessed: dict[str, Any]) -> None:
    for which in exercises():
        assert isinstance(which, BlankExercise) == bool(which.number)
        assert all(isinstance(question, BlankQuestion) == bool(which.number) for question in which.questions)
    assert [which.name for which in exercises() if which.number] == list(assessed)
    assert check("start_here.debate_calls", 8).status == "misconception"


def test_given_hands_out_the_student_s_numbers(assessed: dict[str, Any]) -> None:
    for name, numbers in assessed.items():
        assert repr(numbers) in repr(given(name))
        assert vars(numbers_of(name, "ML 1", STUDENT)) == vars(numbers)


@pytest.mark.parametrize("question_id", ALL)
def test_right_and_wrong_are_recorded_alike(question_id: str, assessed: dict[str, Any]) -> None:
    whole, numbers = ALL[question_id], assessed[question_id.partition(".")[0]]
    ways = [whole.answer, *(misconception.wrong for misconception in whole.misconceptions)]
    results = [check(question_id, given_by(whole, way, numbers)) for way in ways]
    assert results[0].status == "recorded"
    assert results[0].message == (
        f"It has the form asked for (unit: {whole.unit}). Whether it is right, you hear later."
    )
    odd = [result for result in results if result.status != "recorded"]
    assert all(result.status == "wrong_type" for result in odd)  # a percentage, or a count with a fraction
    assert {result.message for result in results if result not in odd} == {results[0].message}
    assert "Hint" not in "".join(result.message for result in results)


@pytest.mark.parametrize(
    ("question_id", "value", "status", "words"),
    [
        ("ticket_spend.calls", None, "not_started", "(Unit: calls.)"),
        ("ticket_spend.calls", "15", "wrong_type", "not a text"),
        ("ticket_spend.calls", 15.5, "wrong_type", "The answer is a whole number of calls."),
        ("ticket_spend.calls", -1, "wrong_type", "cannot be negative"),
        ("ticket_spend.lever_bills", [1.0, 2.0], "wrong_type", "a list of 3 numbers; yours has 2"),
        ("debate_vs_retry.bare", 79.2, "wrong_type", "A probability lies between 0 and 1"),
        ("routing_crossover.routed", 3, "wrong_type", "Give the function itself"),
        ("routing_crossover.routed", lambda hard: (1.0, 2.0), "wrong_type", "a list of 3 numbers; yours has 2"),
        ("routing_crossover.routed", lambda hard: (1.0, 2.0, 0.5), "recorded", ""),
    ],
)
def test_type_and_unit_are_looked_at(
    question_id: str, value: Any, status: str, words: str, assessed: dict[str, Any]
) -> None:
    result = check(question_id, value)
    assert (result.status, words in result.message) == (status, True)


def stub(seen: Any) -> Any:
    raise NotImplementedError


def careful(seen: Any) -> Any:
    """Serves what is kept, and then makes one call a turn, if one fits."""
    for step in seen["steps"]:
        if step["ready"] and step["kept"]:
            return {"kept": [step["name"]]}
        for offer in step["offers"]:
            fits = offer["usd_worst"] <= seen["usd_left"] and offer["sec_worst"] <= seen["sec_left"]
            if step["ready"] and fits and step["tries"] < 4:
                return {"calls": [[step["name"], offer["model"]]]}
    return {"stop": True}


def careless(seen: Any) -> Any:
    """Never looks at what is left, which no judge accepts."""
    ready = [step["name"] for step in seen["steps"] if step["ready"]][: seen["at_most"]]
    return {"calls": [[name, "premium"] for name in ready]}


@pytest.mark.parametrize(
    ("controller", "status", "words"),
    [
        (None, "not_started", "(Unit: "),
        (stub, "not_started", "(Unit: "),
        (3, "wrong_type", "Give the function itself"),
        (lambda seen: 1 / 0, "wrong_type", "30 of 30 tasks ended before their time. The first: the controller stopped"),
        (lambda seen: 7, "wrong_type", "30 of 30 tasks ended before their time. The first: a decision must"),
        (lambda seen: {"calls": [["s1", "none"]]}, "wrong_type", "has no model"),
        (lambda: None, "wrong_type", "TypeError"),
        (careful, "recorded", "Whether it is right, you hear later."),
        (careless, "recorded", "Whether it is right, you hear later."),
        (lambda seen: {"stop": True}, "recorded", "Whether it is right, you hear later."),
    ],
)
def test_a_controller_is_played_and_not_judged(
    controller: Any, status: str, words: str, assessed: dict[str, Any]
) -> None:
    result = check("budget_orchestrator.controller", controller)
    assert (result.status, words in result.message, result.label) == (status, True, "")
    assert summary("budget_orchestrator").states["controller"] == status
    assert repr(summary("budget_orchestrator")).startswith(
        f"An orchestrator that keeps its budget: {int(status == 'recorded')} of 5 answers recorded. "
    )


def test_an_untouched_controller_is_not_started_in_the_status(assessed: dict[str, Any]) -> None:
    """As `labkit status` reads it from the saved notebook."""
    found = []
    for controller in (stub, lambda seen: 7, careful):
        saved = check("budget_orchestrator.controller", controller)._repr_mimebundle_()
        states = tuple(answers_in([{"outputs": [{"data": json.loads(json.dumps(saved))}]}]))
        found.append((states[0].state, summed_up(exercise("budget_orchestrator"), states).count))
    assert found == [
        ("not_started", "0 of 5 answers recorded"),
        ("wrong_type", "0 of 5 answers recorded"),
        ("recorded", "1 of 5 answers recorded"),
    ]


@pytest.mark.parametrize("controller", [stub, lambda seen: 1 / 0, lambda seen: 7, lambda: None])
def test_what_is_said_of_no_controller_is_what_a_judge_says(controller: Any, assessed: dict[str, Any]) -> None:
    mine = check("budget_orchestrator.controller", controller)
    question = ALL["budget_orchestrator.controller"]
    within = next(each for each in NUMBERED if each.name == "budget_orchestrator")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feedback, "find", lambda _: (within, question))
        told = feedback.judge("budget_orchestrator.controller", controller, assessed["budget_orchestrator"])
    assert (mine.status, mine.message) == (told.status, told.message)


def test_there_are_no_hints_and_points_wait(assessed: dict[str, Any]) -> None:
    assert hint("ticket_spend.calls") == hint("ticket_spend.calls", 2) == NO_HINTS
    for _ in range(4):
        check("ticket_spend.calls", 10)
    after = summary("ticket_spend")
    assert after.points == 0
    assert repr(after).splitlines()[0] == (
        "Ticket spend: 1 of 7 answers recorded. Points come when your work is graded; until then they count as 0."
    )
    assert "   Recorded.              calls" in repr(after).splitlines()


def test_another_class_s_numbers_are_not_here(
    assessed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "classroom.json").write_text('{"class": "ML 2", "assessed": true}', encoding="utf-8")
    with pytest.raises(ValueError, match="this copy holds the numbers of the class 'ml 1' only"):
        given("ticket_spend")
    assert check("ticket_spend.calls", 1).status == "not_started"


def test_the_status_counts_what_is_recorded(assessed: dict[str, Any]) -> None:
    mark = mark_of(assessed["ticket_spend"])
    states = [QuestionState(f"ticket_spend.{name}", "recorded", "", mark) for name in ("calls", "lever_bills")]
    found = progress.ExerciseStatus("01_ticket_spend.ipynb", summed_up(exercise("ticket_spend"), states))
    text = progress.render_status((found,))
    assert "01 Ticket spend   2 of 7 answers recorded" in text
    assert "   Recorded.              calls" in text.splitlines()


def test_reading_an_answer_needs_no_answer(content: Any) -> None:
    which = exercises_in(content)[0]
    question = next(question for question in which.questions if question.name == "calls_per_step")
    numbers = which.drawn("ml 1", "0")
    steps = vars(numbers)["steps"]
    assert typed_answers.read(question, numbers, [1] * steps) == (1.0,) * steps
    with pytest.raises(typed_answers.NotAnAnswer, match=f"a list of {steps} numbers"):
        typed_answers.read(question, numbers, [1] * (steps + 1))
