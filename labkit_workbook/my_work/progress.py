"""How far a learner is: every question of the exercises, with its last answer in the saved notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit_workbook.course_folder import EXERCISES

from .copies import DESK, in_words, notebooks_in, number_of, obstacle_to
from .saved_notebooks import STATE_WORDS, QuestionState, answers_in, code_cells, questions_in


@dataclass(frozen=True)
class ExerciseStatus:
    """One exercise: its questions, or the problem that kept the notebook from being read."""

    file: str
    questions: tuple[QuestionState, ...] = ()
    problem: str = ""

    @property
    def title(self) -> str:
        """Number and title, as the registry has it; the words of the file name if it has none.

        >>> ExerciseStatus("03_debate_vs_retry.ipynb").title
        '03 Debate or retry'
        >>> ExerciseStatus("09_my_own.ipynb").title
        '09 My own'
        """
        from labkit_workbook.questions import exercises  # noqa: PLC0415 (only `labkit status` needs the questions)

        number, _, name = Path(self.file).stem.partition("_")
        titles = {(each.number, each.name): each.title for each in exercises()}
        return f"{number} {titles.get((number, name)) or name.replace('_', ' ').capitalize()}".strip()

    @property
    def right(self) -> int:
        """How many questions are answered right."""
        return sum(question.state == "right" for question in self.questions)

    @property
    def recorded(self) -> int:
        """How many answers are recorded, in an assessed class."""
        return sum(question.state == "recorded" for question in self.questions)

    @property
    def count(self) -> str:
        """How far the learner is, in words."""
        if not self.questions:
            return "no questions"
        if not self.right and (self.recorded or _is_assessed()):
            return f"{self.recorded} of {len(self.questions)} recorded"
        return f"{self.right} of {len(self.questions)} right"


def _is_assessed() -> bool:
    """Is this copy for an assessed class, where nothing is called right?"""
    from labkit_workbook.questions import ASSESSED  # noqa: PLC0415 (only `labkit status` needs the questions)

    return ASSESSED.exists()


def status(root: Path) -> tuple[ExerciseStatus, ...]:
    """Read the saved notebooks in `my_work/`; the questions come with the last saved answer of `check`."""
    return tuple(_exercise_status(root, exercise) for exercise in notebooks_in(root / EXERCISES))


def render_status(exercises: tuple[ExerciseStatus, ...]) -> str:
    """The status as text for a terminal."""
    if not exercises:
        return f"{EXERCISES}/ holds no notebooks."
    width = max(len(exercise.title) for exercise in exercises)
    lines = [line for exercise in exercises for line in _status_lines(exercise, width)]
    return "\n".join([*lines, "", "This is read from the saved notebooks: save in JupyterLab, then ask again."])


def _status_lines(exercise: ExerciseStatus, width: int) -> Iterator[str]:
    yield f"{exercise.title.ljust(width)}   {exercise.problem or exercise.count}"
    for question in exercise.questions:
        yield f"   {STATE_WORDS[question.state]:<22} {question.name}"


def _exercise_status(root: Path, exercise: Path) -> ExerciseStatus:
    mine = root / DESK / exercise.name
    try:
        asked = questions_in(code_cells(exercise))
    except (ValueError, OSError):
        asked = []
    try:
        obstacle = obstacle_to(exercise, mine)
        if obstacle or not mine.exists():
            problem = obstacle or f"not in {DESK}/: `labkit start`"
            return ExerciseStatus(exercise.name, tuple(map(QuestionState, asked)), problem)
        cells = code_cells(mine)
    except (ValueError, OSError) as error:
        advice = f"`labkit reset {number_of(exercise.name)}` keeps this file beside a new copy"
        problem = f"{DESK}/{exercise.name} cannot be read: {in_words(error)}; {advice}"
        return ExerciseStatus(exercise.name, problem=problem)
    answers = {answer.name: answer for answer in answers_in(cells)}
    names = dict.fromkeys([*asked, *questions_in(cells)])
    return ExerciseStatus(exercise.name, tuple(answers.get(name, QuestionState(name)) for name in names))
