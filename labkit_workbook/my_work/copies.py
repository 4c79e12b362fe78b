"""The learner's desk: the folder `my_work/`, where exercises are copied, kept and looked through.

Nothing here ever overwrites what a learner wrote. A small manifest, `my_work/.labkit.json`, remembers
what each copy looked like when it was made, so a changed file is told from an untouched one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit_workbook.safe_files import JustSaved, digest, put_new, replace_keeping, write_part
from labkit_workbook.course_folder import EXERCISES

DESK = "my_work"
OWN_COPY = "cp -R . ~/counting-calls && cd ~/counting-calls && make lab"
"""The line, typed in the course's folder, for those to whom that folder does not belong."""
MANIFEST = ".labkit.json"


@dataclass(frozen=True)
class Placed:
    """What `start` did with one exercise: copied, refreshed, same, yours, both_changed, unknown or failed."""

    file: str
    action: str
    problem: str = ""  # why it failed, in words

    def __str__(self) -> str:
        words = {
            "copied": "copied into my_work/",
            "refreshed": "refreshed: there was a newer version, and you had not changed yours",
            "same": "already there, nothing to do",
            "yours": "kept: this is your work",
            "failed": f"not copied: {self.problem}",
            "unknown": f"kept: it differs from {EXERCISES}/{self.file}, and which is newer is not on record",
            "both_changed": f"kept: this is your work. There is a newer version in {EXERCISES}/{self.file}; "
            f"`labkit reset {number_of(self.file)}` takes it and keeps yours beside it",
        }
        return f"{self.file}: {words[self.action]}"


@dataclass(frozen=True)
class StartReport:
    """What `start` did, exercise by exercise, and anything else worth a line."""

    placed: tuple[Placed, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if no exercise failed."""
        return all(item.action != "failed" for item in self.placed)

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


def start(root: Path) -> StartReport:
    """Copy the exercises into `my_work/`; keep every file that the learner has changed."""
    desk = _open_desk(root)
    manifest = _Manifest(desk / MANIFEST)
    placed = tuple(_place_safely(exercise, desk / exercise.name, manifest) for exercise in notebooks_in(root / EXERCISES))
    nothing = () if placed else (f"{EXERCISES}/ holds no notebooks, so there was nothing to copy.",)
    return StartReport(placed, (*manifest.notes, *nothing))


def reset(root: Path, name: str) -> ResetReport:
    """Restore one exercise, `01` or `01_ticket_spend`, after keeping the learner's version beside it."""
    exercise = find_exercise(root, name)
    desk = _open_desk(root)
    mine = desk / exercise.name
    if mine.is_dir():
        raise ValueError(obstacle_to(exercise, mine))
    content = exercise.read_bytes()
    aside = replace_keeping(mine, content, "before-reset") if os.path.lexists(mine) else None
    if aside is None:
        put_new(mine, content)
    elif aside.exists() and aside.read_bytes() == content:
        aside.unlink()
        aside = None
    _Manifest(desk / MANIFEST).record(exercise.name, digest(content))
    return ResetReport(exercise.name, aside.name if aside else None)


def find_exercise(root: Path, name: str) -> Path:
    """The exercise that `name` means: its number, or its file name with or without `.ipynb`."""
    wanted = name.removesuffix(".ipynb")
    wanted = wanted.zfill(2) if wanted.isdigit() else wanted
    exercises = notebooks_in(root / EXERCISES)
    found = [path for path in exercises if wanted in (path.stem, number_of(path.name))]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(path.stem for path in found)
        raise ValueError(f"'{name}' could be any of {choices}. Give the whole name.")
    choices = ", ".join(path.stem for path in exercises) or "none yet"
    raise ValueError(f"There is no exercise '{name}'. The exercises are: {choices}.")


def belongs_to_another(folder: Path) -> bool:
    """Whether a folder is another user's, who alone may change what it permits."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return False
    try:
        return folder.stat().st_uid != os.geteuid()
    except OSError:
        return True


def _open_desk(root: Path) -> Path:
    """The folder `my_work/`, made if there is none; an error in words if its name leads elsewhere."""
    desk, exercises = root / DESK, (root / EXERCISES).resolve()
    try:
        desk.mkdir(exist_ok=True)
    except FileExistsError:
        raise FileExistsError(f"{DESK} is there and is no folder. Give it another name, then try again.") from None
    except PermissionError:
        why = "may not be written to; `labkit doctor` says how to change that"
        if belongs_to_another(root):
            why = f"belongs to somebody else. Work in a copy of your own: {OWN_COPY}"
        raise PermissionError(f"{DESK}/ cannot be made, for the course's folder {why}") from None
    if exercises in (desk.resolve(), *desk.resolve().parents):
        raise ValueError(
            f"{DESK} is a link into {EXERCISES}/, which your work would change. Remove it, then try again."
        )
    return desk


def obstacle_to(exercise: Path, mine: Path) -> str:
    """What lies where a copy belongs and is no file of the learner's own, in words; empty if all is well."""
    name = f"{DESK}/{mine.name}"
    if mine.is_dir():
        return f"{name} is a folder; give it another name, then `labkit start`"
    if not mine.exists():
        nowhere = f"{name} is a link that leads nowhere; remove it, then `labkit start`"
        return nowhere if os.path.lexists(mine) else ""
    inside = exercise.parent.resolve() in mine.resolve().parents
    if inside or (exercise.exists() and mine.samefile(exercise)):
        return f"{name} is a link into {EXERCISES}/, which your work would change; remove it, then `labkit start`"
    return ""


def in_words(error: Exception) -> str:
    """An error without its number and without the folders of this machine."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _place_safely(exercise: Path, mine: Path, manifest: _Manifest) -> Placed:
    """Bring one exercise onto the desk; what goes wrong becomes words, and the next exercise has its turn."""
    try:
        obstacle = obstacle_to(exercise, mine)
        if obstacle:
            return Placed(exercise.name, "failed", obstacle)
        content = exercise.read_bytes()
        action = _place(content, mine, manifest.digests.get(exercise.name))
    except OSError as error:
        return Placed(exercise.name, "failed", in_words(error))
    if action in ("copied", "refreshed", "same"):
        manifest.record(exercise.name, digest(content))
    return Placed(exercise.name, action)


def _place(content: bytes, mine: Path, copied: str | None) -> str:
    """Bring a file onto the desk if that loses nothing; say which of the cases it was."""
    newest = digest(content)
    if not mine.exists():
        put_new(mine, content)
        return "copied"
    current = digest(mine.read_bytes())
    if current == newest:
        return "same"
    if current == copied:
        return _refresh(mine, content, copied)
    if copied is None:
        return "unknown"
    return "yours" if newest == copied else "both_changed"


def _refresh(mine: Path, content: bytes, copied: str) -> str:
    """Replace an untouched copy, unless it is saved in this very moment."""
    try:
        replace_keeping(mine, content, "before-refresh", only_if=copied).unlink()
    except JustSaved:
        return "both_changed"
    return "refreshed"


class _Manifest:
    """What each copy looked like when it was made; if that is lost, every file counts as the learner's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digests: dict[str, str] = {}
        self.notes: list[str] = []
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
            self.digests = {str(name): str(digest) for name, digest in content.items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, RecursionError):
            if self._write():
                self.notes.append(
                    f"{DESK}/{MANIFEST} could not be read and was written anew; your notebooks were kept."
                )

    def record(self, name: str, digest: str) -> None:
        """Remember a copy, at once, so that a later failure does not lose it."""
        if self.digests.get(name) != digest:
            self.digests[name] = digest
            self._write()

    def _write(self) -> bool:
        try:
            part = write_part(self.path, (json.dumps(self.digests, indent=2, sort_keys=True) + "\n").encode())
            try:
                os.replace(part, self.path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            note = f"{DESK}/{MANIFEST} could not be written ({in_words(error)}); remove it, then `labkit start`."
            self.notes += [] if note in self.notes else [note]
            return False
        return True


def notebooks_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ipynb"))


def number_of(file: str) -> str:
    return Path(file).stem.partition("_")[0]
