"""Options that several commands of a class have in common, and what they may be."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..wall import TIMEOUT_SEC

LONGEST_SEC = 3600
AS_RELEASED = "the NAME of labkit release"


def add_class_name(parser: argparse.ArgumentParser, words: str = AS_RELEASED) -> None:
    """``--class NAME``, as ``class_name``; empty without it."""
    parser.add_argument("--class", dest="class_name", default="", metavar="NAME", help=words)


def add_key_file(parser: argparse.ArgumentParser, words: str) -> None:
    """``--key-file F``."""
    parser.add_argument("--key-file", type=Path, metavar="F", help=words)


def key_in(path: Path | None) -> str:
    """The course key in the file of ``--key-file``; an empty text without one.

    Raises:
        ValueError: there is no such file, or no key in it.
    """
    from ..judge.keys import read_key  # noqa: PLC0415  (loaded when it is asked for)

    if path is None:
        return ""
    if not path.is_file():
        raise ValueError(f"--key-file: there is no file {path}; name the one that `labkit release` wrote")
    return read_key(path)


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """``--timeout``, in seconds."""
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT_SEC, help=f"seconds for one notebook ({TIMEOUT_SEC:g})"
    )


def insist_on_timeout(sec: float) -> None:
    """Refuse seconds that no run could use.

    Raises:
        ValueError: they are not above 0 and below ``LONGEST_SEC``.
    """
    if not 0 < sec < LONGEST_SEC:
        raise ValueError(f"--timeout must be above 0 and below {LONGEST_SEC} seconds, got {sec:g}")


def exercise_named(given: str) -> str:
    """The name of an exercise, given with ``--exercise`` as its number or its name.

    Raises:
        ValueError: there is none.
    """
    from ..record.policy import ALL  # noqa: PLC0415  (loaded when it is asked for)
    from ..record.policy_tables import exercise_in  # noqa: PLC0415  (loaded when it is asked for)

    try:
        found = exercise_in(given)
    except ValueError as error:
        raise ValueError(f"--exercise: {error}") from None
    if found == ALL:
        raise ValueError("--exercise is one exercise, got '*'; without it all of them are graded")
    return found
