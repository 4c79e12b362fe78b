"""Pages of feedback under the names by which a platform finds their students again, in a zip to upload there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..platforms.platform import Platform, PlatformIds
from ..record.files import put
from ..record.grades import Gradebook
from .student_page import page

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same zip from the same pages


def write_returns(path: Path, platform: Platform, gradebook: Gradebook, ids: Mapping[str, PlatformIds]) -> int:
    """Write the zip that the platform takes back; how many pages are in it. Without one, no zip is left there.

    Args:
        path: the zip to write.
        platform: which takes it.
        gradebook: of the class; a page holds one exercise, for a platform's assignment is one.
        ids: student -> how the platforms know them.
    """
    pages = dict(_name_pages(platform, gradebook, ids))
    if not pages:
        path.unlink(missing_ok=True)
        return 0
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(pages.items()):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), text, zipfile.ZIP_DEFLATED)
    put(path, packed.getvalue())
    return len(pages)


def _name_pages(platform: Platform, gradebook: Gradebook, ids: Mapping[str, PlatformIds]) -> Iterator[tuple[str, str]]:
    """Name and page of everybody whom the platform will find."""
    for exercise in gradebook.exercises:
        alone = replace(gradebook, exercises=[exercise])
        for student in gradebook.students:
            standing = alone.standing(student, exercise)
            if standing.record is None:
                continue
            owner = gradebook.owner(student, exercise.name)
            upload = platform.upload_in(standing.record.file.partition("/")[0]) if owner == student else None
            name = platform.feedback_name(upload, ids.get(student, PlatformIds()), exercise)
            if name:
                yield name, page(student, alone)
