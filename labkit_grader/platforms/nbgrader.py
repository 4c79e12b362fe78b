"""nbgrader: its course folder, of which ``submitted`` holds the students' work, and its stamp of time."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .platform import Platform

SUBMITTED = "submitted"
NOT_SUBMITTED = frozenset({"feedback", "release", "source", "autograded"})
"""The other folders of its course: none of them holds what a student handed in."""
TIMESTAMP = "timestamp.txt"
"""Beside each submission: when it was handed in."""


class NbGrader(Platform):
    """submitted/STUDENT/ASSIGNMENT/FILE."""

    name = "nbgrader"
    described = "nbgrader's submitted folder (submitted/STUDENT/ASSIGNMENT/FILE)"


def stamp_in(text: str) -> datetime | None:
    """When a submission was handed in, in the time of this machine, as its stamp says; None where it says none.

    A stamp is a line such as ``2026-10-12 15:58:23.948203 America/Los_Angeles``; without a zone it is in UTC.

    >>> stamp_in("2026-10-12 15:58:23.948203 UTC") is None, stamp_in("yesterday") is None
    (False, True)
    """
    try:
        words = text.split()
        time = datetime.fromisoformat(" ".join(words[:2]).replace("Z", "+00:00"))
        if time.tzinfo is None:
            zone = words[2] if len(words) > 2 else "UTC"
            time = time.replace(tzinfo=timezone.utc if zone == "UTC" else ZoneInfo(zone))
        return time.astimezone().replace(tzinfo=None, microsecond=0)
    except (ValueError, OSError, ZoneInfoNotFoundError, OverflowError):
        return None
