"""The project's own files, cut down to what a student's copy needs: to install, to open, nothing to test or build."""

from __future__ import annotations

import re

TABLES = (
    "[build-system]", "[project]", "[project.optional-dependencies]", "[project.scripts]",
    "[tool.setuptools.packages.find]", "[tool.setuptools.package-data]",
)  # fmt: skip
EXTRA = "course"
PACKAGES = ("python", "pip", "jupyterlab", "numpy", "matplotlib-base", "ipywidgets")
TARGETS = ("help", "env", "lab", "clean")
DATA = '"numbers/classroom.json", "numbers/sheets.json", "questions/assessed.json"'


def project(text: str) -> str:
    """``pyproject.toml`` with the one extra that a student installs, and no settings of tools."""
    tables = [table for table in re.split(r"^(?=\[)", text, flags=re.MULTILINE) if table.startswith(TABLES)]
    text = "".join(_one_extra(table) if table.startswith("[project.optional") else table for table in tables)
    return replaced(text, r"^labkit_workbook = \[([^\]]*?),?\s*\]", rf"labkit_workbook = [\1, {DATA}]").rstrip() + "\n"


def _one_extra(table: str) -> str:
    found = re.search(rf"^{EXTRA} = \[[^\]]*\]\n", table, re.MULTILINE)
    if not found:
        raise ValueError(f"pyproject.toml has no extra {EXTRA!r}")
    return f"[project.optional-dependencies]\n{found.group()}\n"


def environment(text: str) -> str:
    """``environment.yml`` with the packages of the course alone."""
    lines = [line for line in text.splitlines() if not line.startswith("#") or "conda" in line]
    kept = [line for line in lines if not _other_package(line)]
    return replaced("\n".join(kept) + "\n", r"-e \.\[dev\]", f"-e .[{EXTRA}]")


def _other_package(line: str) -> bool:
    package = re.match(r"  - ([\w-]+)(?:[<>=!].*)?$", line)
    return package is not None and package.group(1) not in (*PACKAGES, "conda-forge")


def makefile(text: str) -> str:
    """The ``Makefile`` with the targets that a student types."""
    blocks = [block for block in text.split("\n\n") if not _other_target(block)]
    text = replaced("\n\n".join(blocks).rstrip() + "\n", r"^\.PHONY: .*$", ".PHONY: " + " ".join(TARGETS))
    text = replaced(text, r"^PEERS\s*:=.*\n", "")
    text = replaced(text, r"\.\[dev\]", f".[{EXTRA}]")
    text = replaced(text, r"labkit and every tool;", "labkit and JupyterLab;")
    return replaced(text, r"^# Windows without make:.*$", "# Windows without make: see README.md.")


def _other_target(block: str) -> bool:
    """Does the block make something that a student's copy does not have?"""
    target = re.search(r"^([a-z-]+|\$\(PEERS\)):", block, re.MULTILINE)
    return target is not None and target.group(1) not in TARGETS


def replaced(text: str, pattern: str, new: str) -> str:
    """Replace a pattern that must be there: what these files look like may change, and then so must this.

    Raises:
        ValueError: it is not there.
    """
    text, count = re.subn(pattern, new, text, flags=re.MULTILINE)
    if not count:
        raise ValueError(f"a file of the course has changed: {pattern!r} was not found in it")
    return text
