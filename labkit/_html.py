"""Text for an HTML output of a notebook."""

from __future__ import annotations

import html

NEUTRAL = "<!-- The result: predict first, then click here. -->\n"
"""The first line of an output that a lesson may close: JupyterLab prints it in the place of what it closes."""


def escaped(text: str) -> str:
    """The text with nothing left that HTML, or the notebook's mathematics, would read as markup.

    Two dollar signs in one paragraph would be typeset as a formula; a tag around each prevents that.

    >>> escaped("$1 < $2")
    '<span>$</span>1 &lt; <span>$</span>2'
    """
    return html.escape(text).replace("$", "<span>$</span>").replace("\n", "<br>")
