"""The site's pages that are made: the front page, the formulas, the bibliography and the API."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "course"))  # the sheet of formulas is made there

from sheet import sheet  # noqa: E402

from labkit_workbook import explorers, published  # noqa: E402
from labkit_workbook.published import Finding, Published  # noqa: E402

API = {
    "labkit": (
        "cost",
        "latency",
        "reliability",
        "workflow",
        "levers",
        "prices",
        "evaluation",
        "frontier",
        "simulation",
    ),
    "labkit_agents": ("", "pocket", "server", "orchestrator", "worlds"),
    "labkit_traces": ("",),
    "labkit_workbook": ("feedback", "predictions", "explorers", "published", "textbook"),
}
"""Each package's modules that a reader of the site uses. The graded questions are no page, nor is the judge."""

API_PAGE = """\
# {package}

```{{eval-rst}}
.. automodule:: {package}
{members}```
{modules}"""
MODULE = """
## {name}

```{{eval-rst}}
.. automodule:: {name}
   :members:
   :show-inheritance:
{left_out}```
"""
ELSEWHERE = {"labkit_agents.orchestrator": "Bill, Call", "labkit_agents.pocket": "Bill, PriceCard"}
"""Names that a module offers and another one's page explains."""
CAPTIONS = {
    "Lessons": lambda name: name.startswith("notebooks/"),
    "Exercises": lambda name: name.startswith("exercises/"),
    "To look up": lambda name: (
        name.removeprefix("docs/") in ("evidence.md", "frameworks.md", "glossary.md", "model_card.md", "traces.md")
    ),
    "Teaching": lambda name: name in ("docs/teaching.md", "docs/grading.md", "docs/gradescope.md"),
}


def front_page() -> str:
    """The first page, but for its table of contents: something to move, and the README's map of the course."""
    text = (ROOT / "web" / "index.md").read_text(encoding="utf-8")
    explorer = str(explorers.seventh_agent()._repr_mimebundle_()["text/html"])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    course = re.search(r"^## The map\n.*?(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert course is not None, "README.md has no section 'The map'"
    return text.replace("<!-- explorer -->", _raw(explorer)).replace("<!-- map -->", course[0])


def formulas() -> str:
    """The sheet of formulas, with headings that the site lists."""
    body = re.search(r"<main>(.*)</main>", sheet(), re.DOTALL)
    assert body is not None
    title, *parts = re.split(r"<h[12]>(.*?)</h[12]>", body[1])[1:]
    pieces = [f"# {title}", *(_raw(part) if i % 2 == 0 else f"## {part}" for i, part in enumerate(parts))]
    return "\n\n".join(pieces) + "\n"


def _raw(text: str) -> str:
    return f"```{{raw}} html\n{text.strip()}\n```"


def bibliography() -> str:
    """Every source that the course quotes, with what was taken from it and under which conditions."""
    quoted: dict[str, list[Published | Finding]] = {}
    for entry in _entries(vars(published).values()):
        quoted.setdefault(entry.cite, []).append(entry)
    lines = ["# Bibliography", "", INTRODUCTION, ""]
    for source in sorted(quoted, key=str.lower):
        lines += [f"## {source[0].upper()}{source[1:]}", ""]
        lines += [f"- {_as_text(entry)}" for entry in quoted[source]] + [""]
    return "\n".join(lines)


INTRODUCTION = """\
What the lessons quote is data in `labkit_workbook.published`, and this page is made from it: each source, the figures
that were taken from it, and the conditions that they hold under. *Reported* means that a figure was read in a page that
quotes the source."""


def _entries(values: object) -> list[Published | Finding]:
    """The records among the values, those within tuples and dictionaries too."""
    found: list[Published | Finding] = []
    for value in values if not isinstance(values, dict) else values.values():  # type: ignore[attr-defined]
        if isinstance(value, Published | Finding):
            found.append(value)
        elif isinstance(value, dict | tuple | list):
            found += _entries(value)
    return found


def _as_text(entry: Published | Finding) -> str:
    if isinstance(entry, Finding):
        return f"{entry.finding}, but {entry.but}"
    figures = ", ".join(f"{value:.10g}" for value in entry.values)
    conditions = " ".join(entry.conditions.split())
    return f"{entry.what}: {figures} ({conditions})"


def api_page(package: str) -> Callable[[], str]:
    """What makes the page of a package."""

    def make() -> str:
        names = [f"{package}.{module}" for module in API[package] if module]
        members = "   :members:\n" if "" in API[package] else ""
        modules = "".join(_module(name) for name in names)
        return API_PAGE.format(package=package, members=members, modules=modules)

    return make


def _module(name: str) -> str:
    left_out = f"   :exclude-members: {ELSEWHERE[name]}\n" if name in ELSEWHERE else ""
    return MODULE.format(name=name, left_out=left_out)


PAGES: dict[str, Callable[[], str]] = {
    "index.md": front_page,
    "formulas.md": formulas,
    "bibliography.md": bibliography,
    **{f"api/{package}.md": api_page(package) for package in API},
}
"""Each made page, and what makes its text."""


def contents(names: list[str]) -> str:
    """The table of contents of all pages, for the front page's end."""
    made = {"To look up": ["formulas.md", "bibliography.md"], "API": [f"api/{package}.md" for package in API]}
    trees = []
    for caption in (*CAPTIONS, "API"):
        pages = [name for name in names if caption in CAPTIONS and CAPTIONS[caption](name)] + made.get(caption, [])
        rows = "\n".join(name.rpartition(".")[0] for name in pages)
        trees.append(f"```{{toctree}}\n:hidden:\n:maxdepth: 1\n:caption: {caption}\n\n{rows}\n```")
    return "\n" + "\n\n".join(trees) + "\n"
