"""What every picture of the course is made of: its style, its canvas, and the words that stand for it.

A picture is a matplotlib figure and its alt text. Notebooks show it as an HTML image, so that the alt text
reaches the reader. Its background is white; on a dark page it is turned dark, and hues stay what they are.
"""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from .._html import NEUTRAL

BLUE, ORANGE, GREEN, PINK, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#6B6B6B"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, GREY)
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))
STYLE: Any = {
    "font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#E3E3E3", "axes.axisbelow": True, "figure.facecolor": "white",
}  # fmt: skip
DPI, PHONE = 110, 800  # pixels of an inch; a picture of more pixels would be too small on a phone
_DARK = "{filter:invert(.9) hue-rotate(180deg)!important;background:none!important}"
ON_DARK = (
    f'<style>[data-jp-theme-light="false"] .cc-picture,html[data-theme="dark"] .cc-picture{_DARK}'
    "@media (prefers-color-scheme:dark){:root:not([data-theme]):not(:has([data-jp-theme-light])) .cc-picture"
    f"{_DARK}}}</style>"
)
"""What turns a picture dark in JupyterLab, on the site and on any other page that is."""


@dataclass(frozen=True)
class Picture:
    """A figure and the words that stand for it."""

    figure: Figure
    alt: str

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError("alt must say what the picture shows, got an empty text")

    def png(self) -> bytes:
        """The picture as PNG."""
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
        return out.getvalue()

    def __repr__(self) -> str:
        return f"Picture: {self.alt}"

    def img(self) -> str:
        """The picture as an ``<img>`` with its bytes inside, and its alt text. On a phone a wide one has to scroll."""
        data, wide = base64.b64encode(self.png()).decode(), round(DPI * self.figure.get_figwidth())
        most = f"max(100%,{0.6 * wide:.0f}px)" if wide > PHONE else "100%"
        about = f'alt="{html.escape(self.alt)}" width="{wide}" class="cc-picture dark-light" style="max-width:{most}"'
        return f'<img {about} src="data:image/png;base64,{data}">'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": NEUTRAL + ON_DARK + self.img()}


def canvas(columns: int = 1, height: float = 3.6, width: float | None = None) -> tuple[Figure, Any]:
    """An empty figure in the course's style, and its axes (a list of them where there are several columns).

    >>> figure, axes = canvas(columns=2)
    >>> len(axes)
    2
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(width or (6.4 if columns == 1 else 4.0 * columns), height), layout="constrained")
        axes = figure.subplots(1, columns)
    return figure, axes


def unmathed(text: str) -> str:
    """The text with its dollar signs kept from being read as a formula."""
    return text.replace("$", r"\$")


def titled(ax: Any, text: str) -> None:
    """A title in the course's style: bold, on the left."""
    ax.set_title(unmathed(text), loc="left", weight="bold", fontsize=12)
