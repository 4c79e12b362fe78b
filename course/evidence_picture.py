"""Makes docs/evidence.svg: by how much each law misses the record it was held against, naive and repaired."""

from __future__ import annotations

import math
from html import escape

from labkit_workbook.evidence import COMPARISONS, Comparison, Misses
from labkit_workbook.evidence.comparison import POINTS, RELATIVE

STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}.b{font-weight:600}.s{font-size:12px}
.end{text-anchor:end}.mid{text-anchor:middle}line{stroke:#c4c9cf}.axis{stroke:#e3e6e9}.naive{fill:#D55E00}
.page{fill:#fff}.fixed{fill:#0072B2;stroke:#0072B2;stroke-width:2}.hollow{fill:#fff}text.naive,text.fixed{font-weight:600;stroke:none}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}line{stroke:#4b535c}.axis{stroke:#2b3138}.naive{fill:#FF8A3D}
.fixed{fill:#5AB1EF;stroke:#5AB1EF}.hollow,.page{fill:#0d1117}}"""
GROUPS = {
    POINTS: ("Promised shares are off by so many points", 100),
    RELATIVE: ("Promised dollars, tokens, seconds and minutes are off by so many per cent", 120),
}
TITLE = "One number more takes most of the miss away; not everywhere"
LEFT, WIDE, HIGH, RIGHT = 300, 420, 22, 860


def evidence_picture() -> str:
    """Two dots for each law that was held against a record, as SVG for light pages and dark ones."""
    drawn, y = [], 46
    for unit, (head, most) in GROUPS.items():
        rows = [(each, each.misses()) for each in COMPARISONS if each.unit == unit]
        y += 28
        drawn.append(f'<text x="20" y="{y}" class="b">{head}</text>')
        top, y = y + 10, y + 28
        bottom = top + HIGH * len(rows) + 4
        for tick in range(0, most + 1, 20):
            x = LEFT + WIDE * tick / most
            drawn.append(f'<line class="axis" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>')
            drawn.append(f'<text x="{x:.1f}" y="{bottom + 14}" class="s mid">{tick}</text>')
        for each, misses in rows:
            drawn.append(_draw_row(each, misses, most, y))
            y += HIGH
        y = bottom + 18
    key = (
        f'<path class="naive" d="{_diamond(26, 40)}"/><text x="38" y="44" class="naive">naive law</text>'
        '<circle class="fixed" cx="126" cy="40" r="5"/><text x="138" y="44" class="fixed">repaired</text>'
        '<circle class="fixed hollow" cx="216" cy="40" r="5"/><text x="228" y="44">counted on the same record</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {RIGHT} {y}" role="img" '
        f'aria-label="{escape(describe_picture())}">\n<style>{STYLE}</style>\n'
        f'<rect class="page" width="{RIGHT}" height="{y}"/>\n'
        f'<text x="20" y="20" class="b" style="font-size:16px">{TITLE}</text>\n{key}\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def describe_picture() -> str:
    """The picture in words, for whoever does not see it: each law with its two misses."""
    said = "; ".join(f"{each.name} {_say_misses(each.misses())}" for each in COMPARISONS)
    return (
        "Dots for each law that was held against a record: by how much the naive law misses and by how much the "
        f"repaired one, in hundredths. {said}."
    )


def _draw_row(each: Comparison, misses: Misses, most: int, y: float) -> str:
    """A law's name, its dots on one line, and the two numbers."""
    at = [LEFT + WIDE * min(100 * x / most, 1) for x in (misses.naive, misses.repaired) if not math.isnan(x)]
    middle = y - 4
    parts = [f'<text x="{LEFT - 14}" y="{y}" class="end">{escape(each.name)}</text>']
    if len(at) > 1:
        parts.append(f'<line x1="{at[1]:.1f}" y1="{middle}" x2="{at[0]:.1f}" y2="{middle}"/>')
    parts.append(f'<path class="naive" d="{_diamond(at[0], middle)}"/>')
    if len(at) > 1:
        hollow = " hollow" if each.counted else ""
        parts.append(f'<circle class="fixed{hollow}" cx="{at[1]:.1f}" cy="{middle}" r="5"/>')
    parts.append(f'<text x="{LEFT + WIDE + 22}" y="{y}">{_say_misses(misses)}</text>')
    return "".join(parts)


def _diamond(x: float, y: float) -> str:
    return f"M{x:.1f} {y - 6}l6 6l-6 6l-6 -6z"


def _say_misses(misses: Misses) -> str:
    """The two misses in hundredths, as "16, then 1.0".

    >>> _say_misses(Misses(0.156, 0.4, 0.0103, 0.04)), _say_misses(Misses(0.005, 0.005, math.nan, math.nan))
    ('16, then 1.0', '0.5')
    """
    shown = [_write_hundredths(x) for x in (misses.naive, misses.repaired) if not math.isnan(x)]
    return ", then ".join(shown)


def _write_hundredths(x: float) -> str:
    return f"{100 * x:.0f}" if x < 5e-6 or x >= 0.0995 else f"{100 * x:.1f}"
