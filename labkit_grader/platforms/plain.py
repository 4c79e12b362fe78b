"""No platform: folders or files with the students' names."""

from __future__ import annotations

from .platform import Platform


class Plain(Platform):
    """One folder for each student."""

    name = "plain"
    described = "one folder for each student (STUDENT/FILE)"


class Flat(Platform):
    """All files in one folder."""

    name = "flat"
    described = "files beside each other (STUDENT.ipynb or STUDENT_anything.ipynb)"
