"""HTML from the templates of ``templates/``: all that is put into one is escaped, and a missing value is an error."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..record.words import seen

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parent / "templates"
NEEDED = "pages and tables need the package jinja2: pip install 'counting-calls[grade]'"


def insist_on_jinja() -> None:
    """Say at once what is missing, not after an hour of grading.

    Raises:
        ValueError: Jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise ValueError(NEEDED) from None


def rendered(template: str, **values: Any) -> str:
    """A whole page of a template; its policy allows its own style, the images given, and nothing else."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page: str = _environment().get_template(template).render(**values, style=style, digest=digest)
    return page


def shown(text: Any, most: int | None = 2000) -> Markup:
    """The text for a page: nothing in it is markup, and it turns nothing beside it around."""
    from markupsafe import Markup, escape  # noqa: PLC0415  (an extra)

    if isinstance(text, Markup):
        return text
    return Markup(f"<bdi>{escape(seen(str(text), most))}</bdi>".replace("\n", "<br>"))


def trusted(tag: str) -> Markup:
    """Our own HTML, as it is; never anything that a student wrote."""
    from markupsafe import Markup  # noqa: PLC0415  (an extra)

    return Markup(tag)


@cache
def _environment() -> Environment:
    insist_on_jinja()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (an extra)

    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters["shown"] = shown
    made.filters["seen"] = seen
    return made
