"""Gradescope's export of submissions: a folder for each, by a number, and a table that says whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..platforms.gradescope import METADATA, Submission, submissions_in
from .folders import Seen
from .zips import MIB, open_plain

MOST_BYTES = 64 * MIB  # it holds what the autograder printed, too


def with_owners(lying: Sequence[Seen], roster: Iterable[str] | None) -> list[Seen]:
    """The files of an export under their students' ids, with the times of the uploads; other files as they are.

    Args:
        lying: what lies in the folder.
        roster: the ids of the class; of a submission's ids one that is on it counts, else the e-mail address.
    """
    table = next((each for each in lying if each.parts == (METADATA,) and not each.why), None)
    known = _read_submissions(table) if table else {}
    if not known:
        return list(lying)
    ids, named = set(roster or ()), []
    for each in lying:
        of = known.get(each.parts[0]) if len(each.parts) > 1 else None
        if of and of.ids:
            owner = next((one for one in of.ids if one in ids), of.ids[0])
            named.append(replace(each, parts=(owner.replace("/", " "), *each.parts[1:]), came=of.at))
        elif each is not table:
            named.append(each)
    return named


def _read_submissions(table: Seen) -> dict[str, Submission]:
    """Folder -> whose it is; nothing where the table cannot be read."""
    try:
        with open_plain(table.path) as file:
            return submissions_in((file.read(MOST_BYTES) or b"").decode("utf-8", errors="replace"))
    except OSError:
        return {}
