"""Who works here, in a class: the student's id, asked for once and kept in a file of the course's folder.

The environment variable ``LABKIT_STUDENT`` comes first, for runs at which nobody can be asked.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..course_folder import find_root
from ..safe_files import write_part
from .drawn import canonical, visible

VARIABLE = "LABKIT_STUDENT"
FILE = ".student.json"
LONGEST = 100
TRIES = 3
NOBODY = (
    "Your numbers are drawn from your student id, and nobody can be asked for it here. Type `labkit student ID` in a "
    f"terminal in the course's folder, with your id for ID, or set the environment variable {VARIABLE} to it."
)


def sound_id(text: str) -> str:
    """The id without spaces around it and without invisible characters.

    Raises:
        ValueError: it is empty, longer than ``LONGEST`` characters, or holds a character that cannot be printed.

    >>> sound_id(" s-0012 ")
    's-0012'
    """
    student = visible(text)
    if not canonical(student):
        raise ValueError("a student id has at least one character")
    if len(student) > LONGEST:
        raise ValueError(f"a student id has at most {LONGEST} characters, got {len(student)}")
    if not student.isprintable():
        raise ValueError(f"a student id holds no characters that cannot be printed, got {student!a}")
    return student


def known_id() -> str:
    """The id of whoever works here, or an empty text if it is not known yet.

    Raises:
        ValueError: ``LABKIT_STUDENT`` is set to what cannot be an id.
    """
    if os.environ.get(VARIABLE):
        try:
            return sound_id(os.environ[VARIABLE])
        except ValueError as error:
            raise ValueError(f"the environment variable {VARIABLE} is no student id: {error}") from None
    try:
        content = json.loads(_file().read_text(encoding="utf-8"))
        return sound_id(str(content["student"]))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""  # none yet, or the file is damaged: the id is asked for anew


def asked_id() -> str:
    """Ask for the id and remember it.

    Raises:
        ValueError: nobody can be asked, or what is typed is no id.
    """
    words = "Your student id, as on the class list: "
    for _ in range(TRIES):
        try:
            student = sound_id(input(words))
        except ValueError as error:
            words = f"That cannot be it: {error}. Your student id: "
        except (EOFError, OSError, NotImplementedError, RuntimeError):  # no keyboard: a headless run
            raise ValueError(NOBODY) from None
        else:
            remember(student)
            return student
    raise ValueError("No id was given. Run this cell again when you have your student id at hand.")


def remember(student: str) -> bool:
    """Keep the id; whether it could be written to the file. If not, it is kept as long as this Python runs.

    Raises:
        ValueError: it cannot be an id.
    """
    student = sound_id(student)
    file = _file()
    content = json.dumps({"student": student}, ensure_ascii=False) + "\n"
    try:
        part = write_part(file, content.encode("utf-8"))
        try:
            os.replace(part, file)
        finally:
            part.unlink(missing_ok=True)
    except OSError:
        os.environ[VARIABLE] = student
        return False
    return True


def _file() -> Path:
    """In the course's folder, so that all its notebooks share it; elsewhere in the current folder."""
    try:
        return find_root() / FILE
    except FileNotFoundError:
        return Path.cwd() / FILE
