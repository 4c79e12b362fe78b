"""The learner's desk: the folder `my_work/`, where exercises are copied, kept and looked through.

Nothing here ever overwrites what a learner wrote. A small manifest, `my_work/.labkit.json`, remembers
what each copy looked like when it was made, so a changed file is told from an untouched one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.saved_answers import STATE_WORDS, QuestionState, answers_in, code_cells, questions_in

DESK = "my_work"
EXERCISES = "exercises"
MANIFEST = ".labkit.json"


@dataclass(frozen=True)
class Placed:
    """What `start` did with one exercise: copied, refreshed, same, yours, both_changed or unknown."""

    file: str
    action: str

    def __str__(self) -> str:
        words = {
            "copied": "copied into my_work/",
            "refreshed": "refreshed: there was a newer version, and you had not changed yours",
            "same": "already there, nothing to do",
            "yours": "kept: this is your work",
            "unknown": f"kept: it differs from {EXERCISES}/{self.file}, and which is newer is not on record",
            "both_changed": f"kept: this is your work. There is a newer version in {EXERCISES}/{self.file}; "
            f"`labkit reset {_number(self.file)}` takes it and keeps yours beside it",
        }
        return f"{self.file}: {words[self.action]}"


@dataclass(frozen=True)
class StartReport:
    """What `start` did, exercise by exercise, and anything else worth a line."""

    placed: tuple[Placed, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([*(str(item) for item in self.placed), *self.notes])


@dataclass(frozen=True)
class ResetReport:
    """What `reset` did: the restored file, and where the learner's version is kept (if there was one)."""

    file: str
    kept_as: str | None

    def __str__(self) -> str:
        kept = f" Your version is kept as {DESK}/{self.kept_as}." if self.kept_as else ""
        reload = " If it is open in JupyterLab, choose File > Reload Notebook from Disk."
        return f"{DESK}/{self.file} is as new.{kept}{reload}"


@dataclass(frozen=True)
class ExerciseStatus:
    """One exercise: its questions, or the problem that kept the notebook from being read."""

    file: str
    questions: tuple[QuestionState, ...] = ()
    problem: str = ""

    @property
    def title(self) -> str:
        """The file name as a person would write it.

        >>> ExerciseStatus("01_ticket_spend.ipynb").title
        '01 Ticket spend'
        """
        number, _, rest = Path(self.file).stem.partition("_")
        return f"{number} {rest.replace('_', ' ').capitalize()}".strip()

    @property
    def right(self) -> int:
        """How many questions are answered right."""
        return sum(question.state == "right" for question in self.questions)


def find_root(start: Path | None = None) -> Path:
    """The folder of the course: `start` (the current folder if not given) or the nearest one above it."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        has_folders = (folder / EXERCISES).is_dir() and (folder / "notebooks").is_dir()
        if has_folders and (folder / "pyproject.toml").is_file():
            return folder
    raise FileNotFoundError(
        f"{here} is not inside the course folder (the one with exercises/, notebooks/ and pyproject.toml). "
        "Change into that folder, then try again."
    )


def start(root: Path) -> StartReport:
    """Copy the exercises into `my_work/`; keep every file that the learner has changed."""
    desk = root / DESK
    desk.mkdir(exist_ok=True)
    manifest, notes = _read_manifest(desk)
    placed = []
    for exercise in _notebooks(root / EXERCISES):
        action = _place(exercise, desk / exercise.name, manifest.get(exercise.name))
        if action in ("copied", "refreshed", "same"):
            manifest[exercise.name] = _digest(exercise)
        placed.append(Placed(exercise.name, action))
    _write_manifest(desk, manifest)
    if not placed:
        notes.append(f"{EXERCISES}/ holds no notebooks, so there was nothing to copy.")
    return StartReport(tuple(placed), tuple(notes))


def reset(root: Path, name: str) -> ResetReport:
    """Restore one exercise, `01` or `01_ticket_spend`, after keeping the learner's version beside it."""
    exercise = find_exercise(root, name)
    desk = root / DESK
    desk.mkdir(exist_ok=True)
    mine = desk / exercise.name
    kept_as = _keep_aside(mine) if mine.exists() and _digest(mine) != _digest(exercise) else None
    mine.write_bytes(exercise.read_bytes())
    manifest, _ = _read_manifest(desk)
    manifest[exercise.name] = _digest(exercise)
    _write_manifest(desk, manifest)
    return ResetReport(exercise.name, kept_as)


def find_exercise(root: Path, name: str) -> Path:
    """The exercise that `name` means: its number, or its file name with or without `.ipynb`."""
    wanted = name.removesuffix(".ipynb")
    wanted = wanted.zfill(2) if wanted.isdigit() else wanted
    exercises = _notebooks(root / EXERCISES)
    found = [path for path in exercises if wanted in (path.stem, _number(path.name))]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(path.stem for path in found)
        raise ValueError(f"'{name}' could be any of {choices}. Give the whole name.")
    choices = ", ".join(path.stem for path in exercises) or "none yet"
    raise ValueError(f"There is no exercise '{name}'. The exercises are: {choices}.")


def status(root: Path) -> tuple[ExerciseStatus, ...]:
    """Read the saved notebooks in `my_work/`; the questions come with the last saved answer of `check`."""
    return tuple(_exercise_status(root, exercise) for exercise in _notebooks(root / EXERCISES))


def render_status(exercises: tuple[ExerciseStatus, ...]) -> str:
    """The status as text for a terminal."""
    if not exercises:
        return f"{EXERCISES}/ holds no notebooks."
    width = max(len(exercise.title) for exercise in exercises)
    lines = [line for exercise in exercises for line in _status_lines(exercise, width)]
    return "\n".join([*lines, "", "This is read from the saved notebooks: save in JupyterLab, then ask again."])


def _status_lines(exercise: ExerciseStatus, width: int) -> Iterator[str]:
    count = f"{exercise.right} of {len(exercise.questions)} right" if exercise.questions else "no questions"
    yield f"{exercise.title.ljust(width)}   {exercise.problem or count}"
    for question in exercise.questions:
        yield f"   {STATE_WORDS[question.state]:<22} {question.name}"


def _exercise_status(root: Path, exercise: Path) -> ExerciseStatus:
    mine = root / DESK / exercise.name
    try:
        asked = questions_in(code_cells(exercise))
    except ValueError:
        asked = []
    if not mine.exists():
        return ExerciseStatus(exercise.name, tuple(map(QuestionState, asked)), "not in my_work/: `labkit start`")
    try:
        cells = code_cells(mine)
    except (ValueError, OSError) as error:
        advice = f"`labkit reset {_number(exercise.name)}` keeps this file beside a new copy"
        problem = f"{DESK}/{exercise.name} cannot be read: {error}; {advice}"
        return ExerciseStatus(exercise.name, problem=problem)
    answers = {answer.name: answer for answer in answers_in(cells)}
    names = dict.fromkeys([*asked, *questions_in(cells)])
    return ExerciseStatus(exercise.name, tuple(answers.get(name, QuestionState(name)) for name in names))


def _place(exercise: Path, mine: Path, copied: str | None) -> str:
    """Bring one exercise onto the desk if that loses nothing; say which of the cases it was."""
    newest = _digest(exercise)
    if not mine.exists():
        mine.write_bytes(exercise.read_bytes())
        return "copied"
    current = _digest(mine)
    if current == newest:
        return "same"
    if current == copied:
        mine.write_bytes(exercise.read_bytes())
        return "refreshed"
    if copied is None:
        return "unknown"
    return "yours" if newest == copied else "both_changed"


def _keep_aside(mine: Path) -> str:
    """Copy a file to the first free `NAME.before-reset-N.ipynb`; the new name."""
    number = 1
    while True:
        aside = mine.with_name(f"{mine.stem}.before-reset-{number}{mine.suffix}")
        try:
            with aside.open("xb") as file:  # "x": fails rather than overwrites
                file.write(mine.read_bytes())
            return aside.name
        except FileExistsError:
            number += 1


def _read_manifest(desk: Path) -> tuple[dict[str, str], list[str]]:
    """The manifest, and a note if it is damaged; every copy then counts as the learner's own."""
    path = desk / MANIFEST
    if not path.exists():
        return {}, []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        return {}, [f"{DESK}/{MANIFEST} could not be read and was written anew; your notebooks were kept."]
    return {str(name): str(digest) for name, digest in content.items()}, []


def _write_manifest(desk: Path, manifest: dict[str, str]) -> None:
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (desk / MANIFEST).write_text(text, encoding="utf-8")


def _notebooks(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ipynb"))


def _number(file: str) -> str:
    return Path(file).stem.partition("_")[0]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
