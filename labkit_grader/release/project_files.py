"""The student's copy of the project's own files: what it needs to install and to open, nothing to test or build.

Each is a template in ``templates/``, filled with the course's own values: names, versions and bounds are written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..reports.html import insist_on_jinja

TEMPLATES = Path(__file__).resolve().parent / "templates"
FILES = ("pyproject.toml", "environment.yml", "Makefile")
EXTRA = "course"


def files_of_project(course: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file of the copy.

    Args:
        course: the folder of the whole course.

    Raises:
        ValueError: a value is no longer in the course's files, or Jinja2 is not installed.
    """
    insist_on_jinja()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError  # noqa: PLC0415  (an extra)

    project, conda, makefile = ((course / name).read_text(encoding="utf-8") for name in FILES)
    values = {
        "variables": variables_of(makefile),
        "rules": rules_of(makefile),
        "data": assignments_in(tables_of(project).get("tool.setuptools.package-data", "")),
        "extra": EXTRA,
        "tables": tables_of(project),
        "extras": assignments_in(tables_of(project).get("project.optional-dependencies", "")),
        "packages": packages_of(conda),
    }
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True,
        autoescape=False,  # it writes no HTML
    )  # fmt: skip
    for name in FILES:
        try:
            yield name, templates.get_template(f"{name}.j2").render(values)
        except UndefinedError as problem:
            raise ValueError(f"the student's {name} cannot be made from the course's: {problem}") from None


def tables_of(project: str) -> dict[str, str]:
    """The tables of a TOML file by their names, each as it is written, without what is said above the next one.

    >>> tables_of("[a]\\nb = 1\\n\\n[c]\\n")
    {'a': '[a]\\nb = 1', 'c': '[c]'}
    """
    pieces = re.split(r"^(?=\[)", project, flags=re.MULTILINE)
    own = [re.sub(r"(\n#.*|\n)*\Z", "", piece) for piece in pieces if piece.startswith("[")]
    return {table[1 : table.index("]")]: table for table in own}


def assignments_in(table: str) -> dict[str, str]:
    """The lines ``name = value`` of a table by their names.

    >>> assignments_in('[a]\\nb = ["x"]')
    {'b': 'b = ["x"]'}
    """
    return {line.partition(" = ")[0]: line for line in table.splitlines() if " = " in line}


def packages_of(environment: str) -> dict[str, str]:
    """The packages of a conda environment by their names, each with its bounds.

    >>> packages_of("dependencies:\\n  - python>=3.10\\n  - pip\\n")
    {'python': 'python>=3.10', 'pip': 'pip'}
    """
    found = re.findall(r"^  - (([\w-]+)[^:\n]*)$", environment, re.MULTILINE)
    return {name: whole for whole, name in found}


def variables_of(makefile: str) -> dict[str, str]:
    """The variables of a Makefile by their names, each line as it is written.

    >>> variables_of("PY := python\\nall:\\n\\t$(PY)\\n")
    {'PY': 'PY := python'}
    """
    return {found[1]: found[0].strip() for found in re.finditer(r"^(\w+)\s*[:?]?=.*$", makefile, re.MULTILINE)}


def rules_of(makefile: str) -> dict[str, str]:
    """The rules of a Makefile by their targets, with what is said above each; a function by ``define NAME``.

    >>> rules_of("# All.\\nall: one\\n\\techo\\n\\none:\\n")
    {'all': '# All.\\nall: one\\n\\techo', 'one': 'one:'}
    """
    named = (
        (re.search(r"^(define \w+|[^\s#:=.][^\s#:=]*)(?=:(?!=)|$)", each, re.MULTILINE), each)
        for each in makefile.split("\n\n")
    )
    return {found[1]: each.strip("\n") for found, each in named if found}
