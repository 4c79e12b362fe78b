"""Questions without their answers, for an assessed class: what is asked, and the form that an answer has.

They are data: for every sheet of numbers, of how many numbers each answer consists and on what a function is tried.
No answer, misconception, hint, worked answer, verdict or rubric is among them. ``document`` writes them and
``exercises_in`` reads them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from typing import Any, ClassVar

import numpy as np

from ..contents import with_tuples
from .model import Essay, Exercise, Given, Question
from .played import PlayedQuestion

META = ("name", "number", "title", "minutes", "difficulty", "objective")
ASKED = ("name", "asks", "unit", "whole", "points", "played")
WRITTEN = ("name", "asks", "points")
SINGLE = 0  # the form of an answer that is one number; of a list, its length


@dataclass(frozen=True)
class BlankQuestion(Question):
    """A question whose answer is not here: ``answer`` gives numbers that are none, as many as are asked for."""

    judged_later: ClassVar[bool] = True


@dataclass(frozen=True)
class BlankPlayedQuestion(BlankQuestion, PlayedQuestion):
    """A question that is played in everybody's tasks, and not judged: its ``verdict`` is not here."""


@dataclass(frozen=True)
class BlankExercise(Exercise):
    """An exercise whose sheets of numbers were drawn beforehand, for one class."""

    class_name: str = ""
    sheets: tuple[Any, ...] = ()

    def drawn(self, *salt: str) -> Any:
        """The numbers of a sheet.

        Raises:
            ValueError: they were not drawn; this copy was made for another class.
        """
        if len(salt) == 2 and salt[0] == self.class_name and salt[1].isdecimal() and int(salt[1]) < len(self.sheets):
            return self.sheets[int(salt[1])]
        raise ValueError(f"exercise {self.name!r}: this copy holds the numbers of the class {self.class_name!r} only")


# ---- numbers ------------------------------------------------------------------------------------------------


def values_of(numbers: Any) -> list[Any]:
    """The values of an exercise's numbers, in the order of their fields."""
    return [getattr(numbers, each.name) for each in fields(numbers)]


def numbers_from(kind: type, values: Sequence[Any]) -> Any:
    """Numbers of a kind from values that JSON has carried: its lists were tuples."""
    return kind(*map(with_tuples, values))


# ---- from questions to data -------------------------------------------------------------------------------


def document(class_name: str, drawn: Sequence[tuple[Exercise, Sequence[Any]]]) -> dict[str, Any]:
    """What is asked, as JSON can carry it.

    Args:
        class_name: for which the sheets were drawn; empty where everybody has the text's numbers.
        drawn: the exercises, each with its sheets of numbers.
    """
    return {"class": class_name, "exercises": [_write_exercise(exercise, sheets) for exercise, sheets in drawn]}


def _write_exercise(exercise: Exercise, sheets: Sequence[Any]) -> dict[str, Any]:
    return {
        **{name: getattr(exercise, name) for name in META},
        "fields": [[each.name, each.metadata["doc"]] for each in fields(exercise.text)],
        "questions": [{name: getattr(question, name) for name in ASKED} for question in exercise.questions],
        "essays": [{name: getattr(essay, name) for name in WRITTEN} for essay in exercise.essays],
        "text": _sheet(exercise, exercise.text),
        "sheets": [_sheet(exercise, numbers) for numbers in sheets],
    }


def _sheet(exercise: Exercise, numbers: Any) -> dict[str, Any]:
    formed = [question for question in exercise.questions if not question.played]
    functions = [question for question in formed if question.inputs is not None]
    return {
        "numbers": values_of(numbers),
        "forms": [_form(question.answer(numbers)) for question in formed if question.inputs is None],
        "inputs": {question.name: _list_tries(question, numbers) for question in functions},
        "tasks": {question.name: _tasks(question, numbers) for question in exercise.questions if question.played},
    }


def _list_tries(question: Question, numbers: Any) -> list[list[Any]]:
    """The inputs of a function question, each with the form of the answer."""
    assert question.inputs is not None
    return [[each, _form(question.answer(numbers, each))] for each in question.inputs(numbers)]


def _tasks(question: Question, numbers: Any) -> list[int]:
    """The tasks that everybody may play, by their seeds."""
    assert question.inputs is not None
    return [int(task) for task in question.inputs(numbers)]


def _form(answer: Any) -> int:
    return len(answer) if isinstance(answer, (tuple, list)) else SINGLE


# ---- from data to questions -------------------------------------------------------------------------------


def exercises_in(content: Mapping[str, Any]) -> tuple[Exercise, ...]:
    """The exercises of a document."""
    return tuple(_read(each, str(content["class"])) for each in content["exercises"])


def _read(content: Mapping[str, Any], class_name: str) -> BlankExercise:
    names = [(name, Any, field(metadata={"doc": doc})) for name, doc in content["fields"]]
    kind = make_dataclass("Numbers", names, bases=(Given,), frozen=True, repr=False)
    text = numbers_from(kind, content["text"]["numbers"])
    sheets = tuple(numbers_from(kind, each["numbers"]) for each in content["sheets"])
    forms = dict(zip((text, *sheets), (content["text"], *content["sheets"]), strict=True))
    return BlankExercise(
        **{name: content[name] for name in META},
        text=text,
        draw=_not_here,
        questions=tuple(_make_blank(content["questions"], place, forms) for place in range(len(content["questions"]))),
        essays=tuple(Essay(**each, rubric="") for each in content["essays"]),
        class_name=class_name,
        sheets=sheets,
    )


def _not_here(rng: np.random.Generator) -> Any:
    raise RuntimeError("an assessed copy draws no numbers; it holds them")


def _make_blank(
    asked: Sequence[Mapping[str, Any]], place: int, forms: Mapping[Any, Mapping[str, Any]]
) -> BlankQuestion:
    question = asked[place]
    name = question["name"]
    functions = set(next(iter(forms.values()))["inputs"])
    before = sum(not (other["name"] in functions or other["played"]) for other in asked[:place])  # of its kind

    def values(numbers: Any) -> Any:
        return _stand_in(forms[numbers]["forms"][before])

    def value_at(numbers: Any, each: Any) -> Any:
        return _stand_in(dict(with_tuples(forms[numbers]["inputs"][name]))[each])

    def inputs(numbers: Any) -> list[Any]:
        return [with_tuples(each) for each, _ in forms[numbers]["inputs"][name]]

    def tasks(numbers: Any) -> list[int]:
        return list(forms[numbers]["tasks"][name])

    blank: dict[str, Any] = {"misconceptions": (), "hints": ("", ""), "worked": lambda _: ""}
    blank |= {key: question[key] for key in ASKED}
    if question["played"]:
        return BlankPlayedQuestion(**blank, answer=_not_decided, inputs=tasks)
    if name in functions:
        return BlankQuestion(**blank, answer=value_at, inputs=inputs)
    return BlankQuestion(**blank, answer=values)


def _not_decided(numbers: Any, seen: Any) -> Any:
    raise RuntimeError("an assessed copy knows no controller that passes")


def _stand_in(form: int) -> Any:
    return math.nan if form == SINGLE else (math.nan,) * form
