"""How far a learner is: every question of the exercises, with its last answer in the saved notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit_workbook.contents import ListedExercise, listed_exercises
from labkit_workbook.course_folder import EXERCISES
from labkit_workbook.summaries import QuestionState, Summary, line_of, summed_up

from .copies import DESK, in_words, notebooks_in, number_of, obstacle_to
from .saved_notebooks import answers_in, code_cells, questions_in, worked_in


@dataclass(frozen=True)
class ExerciseStatus:
    """One exercise: how far the learner is, or the problem that kept the notebook from being read.

    Attributes:
        file: the name of its notebook.
        summary: of the registry's exercise whose questions the notebook asks, as ``summary`` in it would say.
        questions: of a notebook that asks no exercise's questions, such as one of your own, what it asks.
        problem: in words; empty where there is none.
    """

    file: str
    summary: Summary | None = None
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
        number, _, name = Path(self.file).stem.partition("_")
        titles = {(each.number, each.name): each.title for each in listed_exercises()}
        return f"{number} {titles.get((number, name)) or name.replace('_', ' ').capitalize()}".strip()

    @property
    def count(self) -> str:
        """How far the learner is, in words."""
        if self.summary is not None:
            return self.summary.count
        right = sum(question.state == "right" for question in self.questions)
        return f"{right} of {len(self.questions)} right" if self.questions else "no questions"

    @property
    def lines(self) -> list[str]:
        """One line a question."""
        if self.summary is not None:
            return self.summary.lines
        return [line_of(question.state, question.name) for question in self.questions]


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
    yield from exercise.lines


def _exercise_status(root: Path, exercise: Path) -> ExerciseStatus:
    mine = root / DESK / exercise.name
    try:
        asked = questions_in(code_cells(exercise))
    except (ValueError, OSError):
        asked = []
    try:
        obstacle = obstacle_to(exercise, mine)
        if obstacle or not mine.exists():
            return _status_of(exercise.name, asked, [], obstacle or f"not in {DESK}/: `labkit start`")
        cells = code_cells(mine)
    except (ValueError, OSError) as error:
        advice = f"`labkit reset {number_of(exercise.name)}` keeps this file beside a new copy"
        problem = f"{DESK}/{exercise.name} cannot be read: {in_words(error)}; {advice}"
        return ExerciseStatus(exercise.name, problem=problem)
    return _status_of(exercise.name, [*asked, *questions_in(cells)], cells)


def _status_of(file: str, asked: list[str], cells: list[dict[str, Any]], problem: str = "") -> ExerciseStatus:
    answers = list(answers_in(cells))
    exercise = _exercise_of(asked)
    if exercise is not None:
        return ExerciseStatus(file, summed_up(exercise, answers, worked_in(cells)), problem=problem)
    last = {answer.name: answer for answer in answers}
    states = tuple(last.get(name, QuestionState(name)) for name in dict.fromkeys(asked))
    return ExerciseStatus(file, questions=states, problem=problem)


def _exercise_of(asked: list[str]) -> ListedExercise | None:
    """The registry's exercise that most of the questions are of; None where none is."""
    counted = Counter(name.partition(".")[0] for name in asked)
    named = [exercise for exercise in listed_exercises() if counted[exercise.name]]
    return max(named, key=lambda exercise: counted[exercise.name], default=None)
