"""nbgrader: its course folder, of which ``submitted`` holds the students' work, and its stamp of time."""

from __future__ import annotations

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
