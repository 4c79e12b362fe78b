"""The judge: it holds the questions and the key, and never runs a line of a submission.

A submission's answers come from a child behind the wall as plain JSON (see ``warm.py``), and are compared here with
answers that no child has seen.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit_workbook.feedback import judge as judged
from labkit_workbook.questions import Exercise, Question
from labkit_workbook.questions import exercise as exercise_named
from labkit_workbook.questions.played import Game, Games, PlayedQuestion

from .messages import Inbox
from .referee import Referee
from .warm import GraderFault, Warm

STOPPED = "Your function stopped, or gave something else than asked for, at an input it was tried on."
MOST_SHOWN = 300
KINDS = {"bool", "dict", "float", "function", "int", "list", "ndarray", "NoneType", "str", "stub", "tuple"}
"""What may be told of something that stands where a function is wanted; any other word could be a hidden input."""


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
        points, most: the sums.
        notes: what a person should know, in words.
        wall: which wall stood, or an empty text where the child did not get so far.
        seconds: how long it ran.
    """

    status: str
    answers: dict[str, dict[str, Any]]
    points: int
    most: int
    notes: list[str] = field(default_factory=list)
    wall: str = ""
    seconds: float = 0.0


def grade(warm: Warm, job: Job) -> Verdict:
    """Run one submission behind the wall and judge its answers; a fault of the grader's own is ``"regrade"``."""
    exercise = exercise_named(job.exercise)
    numbers = exercise.text if job.numbers is None else job.numbers
    inputs = {
        q.name: list(job.inputs.get(q.name) or q.inputs(numbers)) for q in exercise.questions if q.inputs is not None
    }
    names = {f"{exercise.name}.{q.name}": q.name for q in exercise.questions}
    referee = Referee(games_of(exercise, numbers, inputs))
    called = {name: each for q, each in inputs.items() if (name := f"{exercise.name}.{q}") not in referee.games}
    numbers_told = {exercise.name: plain_numbers(numbers)}
    work = {"cells": list(job.cells), "answers": names, "numbers": numbers_told, "played": [*referee.games]}
    inbox = Inbox(set(names), set(called))
    began = time.monotonic()
    try:
        ending = warm.converse(work, called, inbox, referee)
    except (OSError, ValueError, KeyError, GraderFault) as error:
        warm.stop()
        warm.start()
        return Verdict("regrade", {}, 0, exercise.points, [f"fault of the grader: {error}"])
    for question in referee.games:
        inbox.answers[question] = referee.result(question) if question in inbox.answers else None
    return verdict(exercise, numbers, inputs, inbox, ending, time.monotonic() - began)


def games_of(exercise: Exercise, numbers: Any, inputs: Mapping[str, Sequence[Any]]) -> dict[str, list[Game]]:
    """The games of the played questions, which the judge plays and the child never sees into."""
    return {
        f"{exercise.name}.{question.name}": [Game(question.world(numbers, task)) for task in inputs[question.name]]
        for question in exercise.questions
        if isinstance(question, PlayedQuestion)
    }


def plain_numbers(given: Any) -> dict[str, Any]:
    """An exercise's numbers as JSON can carry them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.__dict__.items()}


def verdict(
    exercise: Exercise,
    numbers: Any,
    inputs: Mapping[str, Sequence[Any]],
    inbox: Inbox,
    ending: Mapping[str, Any],
    seconds: float,
) -> Verdict:
    """Judge what came up, and say how the run ended."""
    answers = {
        question.name: judged_answer(
            exercise, question, numbers, inputs, inbox.answers.get(f"{exercise.name}.{question.name}")
        )
        for question in exercise.questions
    }
    status, notes = how_it_ended(inbox, ending)
    total, most = (sum(answer[key] for answer in answers.values()) for key in ("points", "most"))
    return Verdict(status, answers, total, most, notes, inbox.wall, round(seconds, 3))


def judged_answer(
    exercise: Exercise, question: Question, numbers: Any, inputs: Mapping[str, Sequence[Any]], sent: Any
) -> dict[str, Any]:
    """What the check says of one answer; never on which hidden input a function failed."""
    tried = inputs.get(question.name)
    result = judged(f"{exercise.name}.{question.name}", value_of(tried, sent), numbers, tried)
    hidden = question.inputs is not None and result.status == "wrong_type"
    return {
        "status": result.status, "label": result.label, "message": STOPPED if hidden else result.message,
        "points": question.points if result.status == "right" else 0, "most": question.points,
        "given": shown(question, sent),
    }  # fmt: skip


def shown(question: Question, sent: Any) -> str:
    """What a student answered, as text; a function's values stay here, for they would show its hidden inputs."""
    if sent is None:
        return ""
    if isinstance(sent, dict):
        kind = str(sent.get("type", "object"))
        return f"({kind if question.inputs is None or kind in KINDS else 'object'})"[:MOST_SHOWN]
    return "(a function)" if question.inputs is not None else f"{sent}"[:MOST_SHOWN]


def how_it_ended(inbox: Inbox, ending: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The status of a run, and what a person should know of it."""
    notes = [f"cell {cell} stopped: {error}" for cell, error in inbox.errors]
    status = "graded"
    if inbox.full:
        notes.append("it sent more than any submission needs; the rest was not read")
        status = "crashed"
    if ending["timed_out"]:
        status = "timed out"
    elif ending["full"]:
        status = "crashed"
        notes.append("it wrote more files than any submission needs")
    elif ending["exit"] != 0 or not inbox.done:
        status = "crashed"
        with_status = "" if inbox.done else f", with status {ending['exit']}"  # which could be a hidden input
        notes.append(f"it ended itself before the end{with_status}")
    return status, notes


def value_of(inputs: Sequence[Any] | None, sent: Any) -> Any:
    """The value as the checks want it: a number, a list, a function over the inputs, or a stand-in of its type."""
    if isinstance(sent, dict):
        stand_in: dict[str, Any] = {"bool": True, "str": "", "float": float("nan"), "stub": None, "NoneType": None}
        return stand_in.get(str(sent.get("type")), object())
    if inputs is None or sent is None or isinstance(sent, Games):
        return sent
    if not isinstance(sent, list) or len(sent) != len(inputs):
        return None
    table = dict(zip(inputs, sent, strict=True))
    return lambda each: stopped(table[each])


def stopped(value: Any) -> Any:
    """A function's value for one input; the learner's error where it stopped."""
    if isinstance(value, dict):
        if value.get("type") == "error":
            raise RuntimeError(str(value.get("text", "")))
        return object()
    return value
