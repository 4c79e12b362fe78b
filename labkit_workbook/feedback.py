"""``check``: what a learner hears about an answer. It never raises, and never tells the answer.

A check answers in this order: not started, wrong type or unit, a known misconception, wrong, right. In the copy of an
assessed class, which holds no answers, what comes after the type and the unit is: recorded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .hints import has_worked_way
from .numbers.given_numbers import handed_out, mark_of, numbers_known
from .questions import Question, exercise, find
from .questions.blank import BlankQuestion
from .questions.consequences import consequence
from .questions.played import Played, PlayedQuestion
from .results import MEMORY, CheckResult
from .summaries import QuestionState, Summary, id_of, summed_up
from .typed_answers import NotAnAnswer, NotStarted, read, read_earlier, read_games

HAS_THE_FORM = "It has the form asked for (unit: {}). Whether it is right, you hear later."
OFFER = '{} tries: worked("{}") shows the way on other numbers. (from labkit_workbook import worked)'
FOLLOWS = "That is right given your own {}, which is not right yet, and is worth {:.0%} of the points."
PUT_RIGHT = "Put {} right, then run this once more."


def given(exercise_name: str) -> Any:
    """The numbers of an exercise; in a class each student's own, drawn from the id, which is asked for once.

    Raises:
        ValueError: there is no such exercise; or in a class nobody can be asked for the id.

    >>> given("start_here").agents
    5
    """
    return handed_out(exercise(exercise_name))


def check(question_id: str, value: Any = None) -> CheckResult:
    """Say whether an answer is right; never raises, never shows the expected value.

    Args:
        question_id: such as ``"ticket_spend.worst_case_calls"``.
        value: your answer: a number, a list of numbers, or a function, as the question asks.

    >>> check("start_here.debate_calls", 8)
    Not yet. You added. In each round every agent makes a call: multiply.
    """
    try:
        each_exercise, question = find(question_id)
    except ValueError as error:
        return CheckResult("", "unknown", str(error))
    except Exception:
        return CheckResult("", "unknown", "An id is a text such as 'ticket_spend.calls'.")
    try:
        numbers = numbers_known(each_exercise)
    except ValueError as error:
        return CheckResult(question_id, "not_started", f"Your numbers are not known: {error}.")
    if numbers is None:
        first = f'First run the cell with given("{each_exercise.name}"): it asks for your id.'
        return CheckResult(question_id, "not_started", f"Your numbers are not known yet. {first}")
    mark = mark_of(numbers)
    ids = {each.name: id_of(each_exercise, each) for each in each_exercise.questions}
    own = {name: MEMORY.answers[at, mark] for name, at in ids.items() if (at, mark) in MEMORY.answers}
    try:
        result = _judge_answer(question_id, question, numbers, value, own)
    except (Exception, SystemExit) as error:
        result = CheckResult(question_id, "wrong_type", f"Your answer could not be read: {type(error).__name__}.")
    if result.status == "follows" and question.follows:  # on a page of feedback nothing can be run
        what_to_do = PUT_RIGHT.format(" and ".join(question.follows.earlier))
        result = replace(result, message=f"{result.message} {what_to_do}")
    return _count_tries(question, replace(result, numbers=mark))


def summary(exercise_name: str) -> Summary:
    """How far you got in this notebook, since its kernel was started: one line a question."""
    each_exercise = exercise(exercise_name)
    found = (MEMORY.last.get(id_of(each_exercise, question)) for question in each_exercise.questions)
    seen = [QuestionState(each.question, each.status, each.message, each.numbers) for each in found if each]
    return summed_up(each_exercise, seen, MEMORY.worked)


def judge(
    question_id: str, value: Any, parameters: Any, inputs: Sequence[Any] | None = None, earlier: Any = None
) -> CheckResult:
    """``check`` for given parameters, without memory and without hints: what a grader needs.

    Args:
        question_id: such as ``"ticket_spend.calls"``.
        value: the answer.
        parameters: the student's numbers.
        inputs: on what a function is tried, where not on the question's own inputs.
        earlier: a dict of the answers to the exercise's questions by name, for what follows from a wrong one.
    """
    within, question = find(question_id)
    own = read_earlier(within, question, parameters, earlier or {})
    if inputs is not None:
        question = replace(question, inputs=lambda _: inputs)
    return _judge_answer(question_id, question, parameters, value, own)


def _judge_answer(
    question_id: str, question: Question, parameters: Any, value: Any, own: Mapping[str, tuple[float, ...]]
) -> CheckResult:
    try:
        if isinstance(question, PlayedQuestion):
            games = read_games(question, parameters, value)
            return _judge_games(question_id, question, parameters, games)
        answer = read(question, parameters, value)
    except NotStarted:
        return CheckResult(question_id, "not_started", f"{question.asks} (Unit: {question.unit}.)")
    except NotAnAnswer as error:
        return CheckResult(question_id, "wrong_type", str(error))
    if isinstance(question, BlankQuestion):
        return CheckResult(question_id, *_judge_blank(question, answer), answer=answer)
    return replace(_compare_answer(question_id, question, parameters, answer, own), answer=answer)


def _judge_games(question_id: str, question: PlayedQuestion, parameters: Any, games: Sequence[Played]) -> CheckResult:
    """What is said of a controller that has played."""
    unjudged = isinstance(question, BlankQuestion)
    label = "" if unjudged else question.verdict(parameters, games)
    notes = [game.score.note for game in games if game.score.note]
    if notes and (label or unjudged):
        early = f"{len(notes)} of {len(games)} tasks ended before their time. The first: {notes[0]}."
        return CheckResult(question_id, "wrong_type", early)
    if unjudged:
        return CheckResult(question_id, "recorded", HAS_THE_FORM.format(question.unit))
    for misconception in question.misconceptions:
        if label == misconception.label:
            return CheckResult(question_id, "misconception", misconception.message, label)
    if label:
        return CheckResult(question_id, "wrong", question.asks, label)
    return CheckResult(question_id, "right", question.way(parameters))


def _compare_answer(
    question_id: str,
    question: Question,
    parameters: Any,
    answer: tuple[float, ...],
    own: Mapping[str, tuple[float, ...]],
) -> CheckResult:
    """An answer of the right form, beside what follows from earlier ones, the known wrong ones and the right one."""
    following = consequence(find(question_id)[0], question, parameters, own)
    right = question.same(answer, question.expected(parameters))
    if question.follows and following is not None and question.same(answer, following) and not right:
        earlier = " and ".join(question.follows.earlier)
        return CheckResult(question_id, "follows", FOLLOWS.format(earlier, question.follows.share))
    for misconception, wrong in question.mistaken(parameters):
        if question.same(answer, wrong):
            return CheckResult(question_id, "misconception", misconception.message, misconception.label)
    if right:
        return CheckResult(question_id, "right", question.way(parameters))
    if question.close(answer, question.expected(parameters)):
        return CheckResult(question_id, "wrong", "Close. Did you round on the way? Give four digits.", "rounded")
    return CheckResult(question_id, *_explain_wrong(question, answer))


def _judge_blank(question: Question, answer: Sequence[float]) -> tuple[str, str]:
    """All that can be said where the answers are not at hand."""
    odd = _explain_odd(question, answer)
    if odd:
        return "wrong_type", odd
    return "recorded", HAS_THE_FORM.format(question.unit)


def _explain_wrong(question: Question, answer: Sequence[float]) -> tuple[str, str]:
    """A number that no known way leads to; the unit may still say why."""
    odd = _explain_odd(question, answer)
    return ("wrong_type", odd) if odd else ("wrong", f"The question: {question.asks} (Unit: {question.unit}.)")


def _explain_odd(question: Question, answer: Sequence[float]) -> str:
    """What no answer in the question's unit can be, in words; empty if all is well."""
    if question.unit == "probability" and not all(0 <= x <= 1 for x in answer):
        return "A probability lies between 0 and 1 (0.985, not 98.5)."
    if min(answer) < 0:
        kind = "a fraction" if question.unit == "fraction" else f"in {question.unit}"
        return f"The answer is {kind}, and cannot be negative."
    if question.whole and any(x != math.floor(x) for x in answer):
        if len(answer) > 1:
            return f"Each number of the answer is whole, for it counts {question.unit}."
        return f"The answer is a whole number of {question.unit}."
    return ""


def _count_tries(question: Question, result: CheckResult) -> CheckResult:
    """Count wrong tries: after two the first hint is offered, then the second, and after three that differ the way."""
    at = (result.question, result.numbers)
    MEMORY.answers.pop(at, None)
    if result.answer and question.inputs is None:
        MEMORY.answers[at] = result.answer
    wrong = MEMORY.wrong.setdefault(at, [])
    message = result.message
    if result.status in ("wrong", "misconception"):
        wrong.append(result.answer)
        if len(wrong) >= 2:
            number = min(len(wrong) - 1, 2)
            message += f"\nHint {number}: {question.hints[number - 1]}"
        if len(set(wrong)) >= 3 and has_worked_way(question):
            message += f"\n{OFFER.format(len(set(wrong)), result.question)}"
    worked = result.question in MEMORY.worked
    result = replace(result, message=message, tries=len(set(wrong)), worked=worked)
    MEMORY.last[result.question] = result
    return result
