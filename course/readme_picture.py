"""Makes the README's picture: the explorer of lesson 00 with its slider at seven, for light pages and dark ones."""

from __future__ import annotations

from math import cos, pi, sin

from labkit_workbook import explorers

STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}.b{font-weight:600}.w{fill:#fff}
.blue{fill:#0072B2}.orange{fill:#D55E00}.green{fill:#007A59}.sky{fill:#56B4E9}.pink{fill:#B0568B}.bar{fill:#eceef0}
path{fill:none;stroke-width:2}.ask{stroke:#D55E00}.reply{stroke:#0072B2;stroke-dasharray:5 3}
.six{stroke:#1f2328;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.w{fill:#0d1117}.blue{fill:#5AB1EF}.orange{fill:#FF8A3D}
.green{fill:#35C79A}.sky{fill:#2F7FB5}.pink{fill:#E29BC6}.bar{fill:#2b3138}.ask{stroke:#FF8A3D}.reply{stroke:#5AB1EF}.six{stroke:#e6edf3}}"""
TITLE = "One agent more: three times the bill, a minute more"


def readme_picture() -> str:
    """Who calls whom among seven agents, and their four numbers beside those of six, as SVG."""
    explorer = explorers.seventh_agent()
    six, seven = (explorer.look_up(agents=agents) for agents in (6, 7))
    (calls, usd, sec, right), most = seven, (18, 0.54, 65, 1)
    words = (
        f"{calls:.0f} calls, {calls / six[0]:.0f} times those of six",
        f"${usd:.2f}, {usd / six[1]:.0f} times the bill of six",
        f"{sec:.0f} s until the answer, {sec - six[2]:.0f} s more than with six",
        f"all calls right {right:.0%} of the time; with six {six[3]:.0%}",
    )
    bars = "\n".join(
        _draw_bar(place, text, float(now / top), float(before / top))
        for place, (text, now, before, top) in enumerate(zip(words, seven, six, most, strict=True))
    )
    said = f"The explorer of lesson 00. Six agents around a seventh. {'; '.join(words)}."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 320" role="img" aria-label="{said}">\n'
        f"<style>{STYLE}</style>\n"
        f'<text x="20" y="24" class="b" style="font-size:16px">{TITLE}</text>\n'
        '<text x="20" y="54">agents</text><rect x="80" y="47" width="200" height="5" rx="2.5" class="blue"/>'
        '<circle cx="280" cy="49.5" r="9" class="blue"/><text x="302" y="54" class="b">7</text>\n'
        f"{_draw_ring(170, 190, 96)}\n{bars}\n</svg>\n"
    )


def _draw_ring(x: float, y: float, radius: float) -> str:
    """Six agents around the seventh; an arc there for each objection, and one back for each reply."""
    drawn = []
    for i in range(6):
        turn = -pi / 2 + i * pi / 3
        ax, ay = x + radius * cos(turn), y + radius * sin(turn)
        bend_x, bend_y = 13 * sin(turn), -13 * cos(turn)
        mid_x, mid_y = (x + ax) / 2, (y + ay) / 2
        for name, side in (("ask", 1), ("reply", -1)):
            bend = f"{mid_x + side * bend_x:.1f} {mid_y + side * bend_y:.1f}"
            drawn.append(f'<path class="{name}" d="M{x} {y}Q{bend} {ax:.1f} {ay:.1f}"/>')
        drawn.append(f'<circle cx="{ax:.1f}" cy="{ay:.1f}" r="24" class="blue"/>' + _name_agent(ax, ay, "2 calls"))
    return "\n".join(drawn) + f'\n<circle cx="{x}" cy="{y}" r="28" class="orange"/>' + _name_agent(x, y, "6 calls")


def _name_agent(x: float, y: float, words: str) -> str:
    style = "font-size:11.5px;text-anchor:middle"
    return f'<text x="{x:.1f}" y="{y + 4:.1f}" class="b w" style="{style}">{words}</text>'


def _draw_bar(place: int, words: str, now: float, before: float) -> str:
    """A number of seven agents as a bar, with its words above, and a dashed line where six stood."""
    left, wide, y = 420, 420, 76 + 58 * place
    colour = ("blue", "green", "sky", "pink")[place]
    return (
        f'<text x="{left}" y="{y}" class="b">{words}</text><rect x="{left}" y="{y + 8}" width="{wide}" height="22" '
        f'class="bar"/><rect x="{left}" y="{y + 8}" width="{wide * now:.1f}" height="22" class="{colour}"/>'
        f'<path class="six" d="M{left + wide * before:.1f} {y + 5}v28"/>'
    )
