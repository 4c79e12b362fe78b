"""The zip that an instructor uploads to Gradescope: two scripts, the settings, and labkit itself."""

from __future__ import annotations

import importlib.metadata
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from labkit_grader.wall.readable import PACKAGES, ROOT

from ..record.files import put
from .gradescope_machine import KEY, SETTINGS, Settings

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same zip from the same files, whenever it is made
FILE, PROGRAM = 0o100644, 0o100755

SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image: a Python with what labkit needs.
# LABKIT_AUTOGRADER names another folder than /autograder, to try it elsewhere.
set -euo pipefail
home="${LABKIT_AUTOGRADER:-/autograder}"
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  apt-get update
  apt-get install -y --no-install-recommends python3 python3-venv
fi
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
  echo "labkit needs Python 3.10: choose an image of Ubuntu 22.04 or newer" >&2
  exit 1
fi
python3 -m venv "$home/python"
"$home/python/bin/python" -m pip install --no-cache-dir --disable-pip-version-check -r "$home/source/requirements.txt"
"""

RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission.
home="${LABKIT_AUTOGRADER:-/autograder}"
cd "$home" || exit 1
PYTHONPATH="$home/source" exec "$home/python/bin/python" -m labkit_grader.gradescope.gradescope_machine "$home"
"""


def write_zip(path: Path, settings: Settings, key: str = "") -> None:
    """Write the autograder; with a course key in it, it must be kept as the key is.

    Raises:
        ValueError: labkit is not installed, so that what it needs is not known.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in _entries(settings, key):
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    put(path, packed.getvalue())


def _entries(settings: Settings, key: str) -> Iterator[tuple[str, str | bytes, int]]:
    """Name, content and mode of each file."""
    yield "setup.sh", SETUP, PROGRAM
    yield "run_autograder", RUN, PROGRAM
    yield "requirements.txt", "".join(f"{need}\n" for need in needs()), FILE
    yield SETTINGS, json.dumps(asdict(settings), indent=1) + "\n", FILE
    if key:
        yield KEY, key + "\n", FILE
    for path in sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), path.read_bytes(), FILE


def needs() -> list[str]:
    """What labkit needs to grade: its own needs, and what writes the pages; none of its other extras.

    Raises:
        ValueError: labkit is not installed, so that nobody knows.
    """
    try:
        wanted = importlib.metadata.requires("counting-calls") or []
    except importlib.metadata.PackageNotFoundError:
        raise ValueError("labkit is not installed: run `make env`, then this line with .venv/bin/labkit") from None
    pages = [need.partition(";")[0].strip() for need in wanted if need.startswith("jinja2")]
    return [*(need for need in wanted if "extra ==" not in need), *pages[:1]]
