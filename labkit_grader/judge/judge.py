"""The judge: it holds the questions and the key, and never runs a line of a submission.

A submission's answers come from a child behind the wall as plain JSON (see ``warm.py``), and are compared here with
answers that no child has seen.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit_agents.plain_values import from_json
from labkit_workbook.feedback import judge as judged
from labkit_workbook.questions import Exercise, Question
from labkit_workbook.questions import exercise as exercise_named
from labkit_workbook.questions.played import Game, Games, PlayedQuestion

from .messages import Inbox
from .referee import UNPLAYED, Referee
from .warm import GraderFault, Warm

STOPPED = "Your function stopped, or gave something else than asked for, at an input it was tried on."
MOST_SHOWN = 300
UNTRIED = "Your function was not tried: {}."
LATE = "Your function was still at work when its time was over."
FUNCTION = {"type": "function"}


@dataclass(frozen=True)
class Job:
    """All that one submission's grade depends on, in a form that another process can be sent.

    Attributes:
        exercise: which exercise it is.
        cells: the sources of its code cells, magics taken out.
        numbers: the student's numbers; the text's where it is None.
        inputs: question -> on what the student's function is tried; the question's own where it is not named.
    """

    exercise: str
    cells: Sequence[str]
    numbers: Any = None
    inputs: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What became of one submission.

    Attributes:
        status: ``"graded"``, ``"crashed"``, ``"timed out"`` or ``"regrade"``; what was answered before counts.
        answers: question -> {"status", "label", "message", "points", "most", "given"}; "given" is
            what the student answered, as text.
        points, most: the sums; half a point may be among them.
        notes: what a person should know, in words.
        wall: which wall stood, or an empty text where the child did not get so far.
        seconds: how long it ran.
    """

    status: str
    answers: dict[str, dict[str, Any]]
    points: float
    most: int
    notes: list[str] = field(default_factory=list)
    wall: str = ""
    seconds: float = 0.0


def grade(warm: Warm, job: Job) -> Verdict:
    """Run one submission behind the wall and judge its answers; a fault of the grader's own is ``"regrade"``.

    A function or a controller that is not right at the end is asked once more, by another child, as it was when the
    cell that set it had ended: what stands in the cells below can take nothing from it.
    """
    case = case_of(job)
    began = time.monotonic()
    try:
        heard = run_cells(warm, case, job.cells)
        answers = {question.name: judged_answer(case, question, heard) for question in case.exercise.questions}
        left = 2 * warm.timeout - heard.ending["sec"]
        for cell, questions in asked_again(case, answers, heard, len(job.cells)).items():
            once_more = run_cells(warm, case, job.cells[:cell], questions, max(left, warm.timeout / 2))
            left -= once_more.ending["sec"]
            for question in questions:
                result = judged_answer(case, question, once_more)
                if result["points"] or not tried(heard, case, question):
                    answers[question.name] = result
    except (OSError, ValueError, KeyError, GraderFault) as error:
        warm.stop()
        warm.start()
        return Verdict("regrade", {}, 0, case.exercise.points, [f"fault of the grader: {error}"])
    status, notes = how_it_ended(heard.inbox, heard.ending)
    total, most = (sum(answer[key] for answer in answers.values()) for key in ("points", "most"))
    return Verdict(status, answers, total, most, notes, heard.inbox.wall, round(time.monotonic() - began, 3))


@dataclass(frozen=True)
class Case:
    """What a submission is judged by; ``inputs`` are those on which each function and each controller is tried."""

    exercise: Exercise
    numbers: Any
    inputs: Mapping[str, Sequence[Any]]

    def id_of(self, question: Question) -> str:
        """A question's id, such as ``"ticket_spend.calls"``."""
        return f"{self.exercise.name}.{question.name}"


@dataclass(frozen=True)
class Heard:
    """What came of one child: its messages, how it ended, and the games it played, by the question's id."""

    inbox: Inbox
    ending: Mapping[str, Any]
    played: Mapping[str, Games]


def case_of(job: Job) -> Case:
    """The exercise, the student's numbers and all inputs."""
    found = exercise_named(job.exercise)
    numbers = found.text if job.numbers is None else job.numbers
    inputs = {
        q.name: list(job.inputs.get(q.name) or q.inputs(numbers)) for q in found.questions if q.inputs is not None
    }
    return Case(found, numbers, inputs)


def run_cells(
    warm: Warm, case: Case, cells: Sequence[str], only: Sequence[Question] | None = None, timeout: float | None = None
) -> Heard:
    """Have a child run the cells, and ask its functions and controllers when it has run them.

    Args:
        warm: what makes the child.
        case: what the submission is judged by.
        cells: the sources.
        only: these questions alone are answered; all by default.
        timeout: seconds for it, if not what every child has.

    Raises:
        GraderFault: the warm process or the wall failed.
    """
    questions = case.exercise.questions if only is None else only
    names = {case.id_of(question): question.name for question in questions}
    referee = Referee(games_of(case, questions))
    asked = {name: case.inputs[q] for name, q in names.items() if q in case.inputs}
    inputs = {name: each for name, each in asked.items() if name not in referee.games}
    work = {
        "cells": list(cells), "answers": names, "called": [*asked], "played": [*referee.games],
        "numbers": {case.exercise.name: plain_numbers(case.numbers)},
    }  # fmt: skip
    inbox = Inbox(set(names), set(inputs))
    ending = warm.converse(work, inputs, inbox, referee, timeout)
    return Heard(inbox, ending, {question: referee.result(question) for question in referee.games})


def tried(heard: Heard, case: Case, question: Question) -> bool:
    """Did a function give its values, or a controller play its games to their end?"""
    name = case.id_of(question)
    if name in heard.played:
        return all(game.score.note != UNPLAYED for game in heard.played[name].played)
    return isinstance(heard.inbox.values.get(name), list)


def asked_again(
    case: Case, answers: Mapping[str, Mapping[str, Any]], heard: Heard, cells: int
) -> dict[int, list[Question]]:
    """After which cells which functions and controllers are asked once more, the first ones first."""
    again: dict[int, list[Question]] = {}
    for question in case.exercise.questions:
        name = case.id_of(question)
        cell = heard.inbox.set_in.get(name, 0)
        stub = heard.inbox.done and answers[question.name]["status"] == "not_started"
        below = cell < cells or not heard.inbox.done
        earned = answers[question.name]["points"] > 0
        if question.inputs is not None and 0 < cell <= cells and below and not stub and not earned:
            again.setdefault(cell, []).append(question)
    return dict(sorted(again.items()))


def games_of(case: Case, questions: Sequence[Question]) -> dict[str, list[Game]]:
    """The games of the played questions, which the judge plays and the child never sees into."""
    return {
        case.id_of(question): [Game(question.world(case.numbers, task)) for task in case.inputs[question.name]]
        for question in questions
        if isinstance(question, PlayedQuestion)
    }


def plain_numbers(given: Any) -> dict[str, Any]:
    """An exercise's numbers as JSON can carry them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.__dict__.items()}


def judged_answer(case: Case, question: Question, heard: Heard) -> dict[str, Any]:
    """What the check says of one answer; never on which hidden input a function failed."""
    name = case.id_of(question)
    set_to, gave = heard.inbox.answers.get(name), heard.inbox.values.get(name)
    inputs = case.inputs.get(question.name)
    if set_to is not None and name in heard.played:
        value: Any = heard.played[name] if set_to == FUNCTION else from_json(set_to)
    else:
        value = value_of(inputs, set_to, gave)
    result = judged(name, value, case.numbers, inputs, set_by_name(case, heard))
    message = result.message
    if question.inputs is not None and result.status == "wrong_type" and set_to == FUNCTION:
        finished = name in heard.played and tried(heard, case, question)
        message = STOPPED if finished else said_of(gave, heard.inbox)
    return {
        "status": result.status, "label": result.label, "message": message,
        "points": question.earned(result.status), "most": question.points, "given": shown(question, set_to),
    }  # fmt: skip


def set_by_name(case: Case, heard: Heard) -> dict[str, Any]:
    """What was set, by the names of the questions that ask for numbers."""
    numbers = [question for question in case.exercise.questions if question.inputs is None]
    return {question.name: value_of(None, heard.inbox.answers.get(case.id_of(question)), None) for question in numbers}


def said_of(gave: Any, inbox: Inbox) -> str:
    """Why a function is no answer, without a word on its inputs."""
    if gave is None:
        return UNTRIED.format(where_it_ended(inbox))
    return LATE if gave == {"type": "late"} else STOPPED


def where_it_ended(inbox: Inbox) -> str:
    """What did not end, in words."""
    return "its time was over" if inbox.done else f"cell {inbox.begun} did not end"


def shown(question: Question, set_to: Any) -> str:
    """What a student answered, as text; a function's values stay here, for they would show its hidden inputs."""
    if set_to is None:
        return ""
    if isinstance(set_to, dict):
        return "(a function)" if set_to == FUNCTION else f"({from_json(set_to).kind})"
    return f"{set_to}"[:MOST_SHOWN]


def how_it_ended(inbox: Inbox, ending: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The status of a run, and what a person should know of it."""
    notes = [f"cell {cell} stopped: {error}" for cell, error in inbox.errors]
    notes += [f"cell {cell} had not ended when the time was over; it was stopped there" for cell in inbox.late]
    status = "graded"
    if inbox.full:
        notes.append("it sent more than any submission needs; the rest was not read")
        status = "crashed"
    if ending["timed_out"]:
        status = "timed out"
        if not inbox.done and inbox.begun:
            notes.append(f"cell {inbox.begun} did not end in time; it and the cells below it count for nothing")
        elif inbox.done and not inbox.late:
            notes.append("a function was still at work when the time was over")
    elif ending["full"]:
        status = "crashed"
        notes.append("it wrote more files than any submission needs")
    elif ending["exit"] != 0 or not inbox.done:
        status = "crashed"
        # The status of one that was told the hidden inputs could be one of them.
        how = "" if inbox.done else f" in cell {inbox.begun}, with status {ending['exit']}"
        notes.append(f"it ended itself before the end{how}")
    return status, notes


def value_of(inputs: Sequence[Any] | None, set_to: Any, gave: Any) -> Any:
    """The value as the checks want it: a number, a list, a function over the inputs, or what it is instead.

    Args:
        inputs: on which a function was tried; None where none is asked for.
        set_to: what the cells have set, as it was sent.
        gave: what the function gave, as it was sent.
    """
    if set_to is None or gave == {"type": "stub"}:
        return None
    if inputs is None or set_to != FUNCTION:
        return from_json(set_to)
    values = gave if isinstance(gave, list) and len(gave) == len(inputs) else [{"type": "error"}] * len(inputs)
    table = dict(zip(inputs, values, strict=True))
    return lambda each: stopped(table[each])


def stopped(value: Any) -> Any:
    """A function's value for one input; an error where it stopped."""
    if isinstance(value, dict) and value.get("type") == "error":
        raise RuntimeError(str(value.get("text", "")))
    return from_json(value)
