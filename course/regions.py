"""Find the solution regions of a cell.

A region starts with the line `### BEGIN SOLUTION: words of the task` and ends with
`### END SOLUTION`. These are the markers of nbgrader, with the words of the task added. In text they stand in
comments, `<!-- ### BEGIN SOLUTION -->`, which are not shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGIN = re.compile(r"^(?P<indent>\s*)(?:<!-- )?### BEGIN SOLUTION(?::\s*(?P<words>\S.*?)?)?\s*(?:-->)?\s*$")
_END = re.compile(r"^\s*(?:<!-- )?### END SOLUTION\s*(?:-->)?\s*$")
# nbgrader takes the upper case words anywhere in a line for a marker, so nothing else may look like one.
_LOOKS_LIKE_A_MARKER = re.compile(r"(BEGIN|END) SOLUTION|^\s*#+\s*(?i:(begin|end)\s+solution)\b")


@dataclass(frozen=True)
class Region:
    """The lines `begin` to `end` of a cell, both of them markers. Lines count from 0."""

    begin: int
    end: int
    indent: str
    words: str


@dataclass(frozen=True)
class RegionFault:
    """A marker that is out of place, on a line of the cell. Lines count from 0."""

    line: int
    text: str


def find_regions(source: str) -> tuple[list[Region], list[RegionFault]]:
    """Return the regions of a cell and what is wrong with its markers."""
    lines = source.split("\n")
    regions: list[Region] = []
    faults: list[RegionFault] = []
    opened: Region | None = None
    for number, line in enumerate(lines):
        begin = _BEGIN.match(line)
        if begin and opened:
            faults.append(RegionFault(number, "solution region inside another; end the first one before it"))
        elif begin:
            opened = Region(number, number, begin["indent"], begin["words"] or "")
        elif _END.match(line) and opened:
            regions.append(Region(opened.begin, number, opened.indent, opened.words))
            opened = None
        elif _END.match(line):
            faults.append(RegionFault(number, "END SOLUTION without BEGIN SOLUTION; remove it or add the beginning"))
        elif _LOOKS_LIKE_A_MARKER.search(line):
            faults.append(
                RegionFault(
                    number,
                    "solution marker not understood; "
                    "write `### BEGIN SOLUTION: words of the task` or `### END SOLUTION`",
                )
            )
    if opened:
        faults.append(RegionFault(opened.begin, "solution region has no end; add `### END SOLUTION`"))
    return regions, faults + [fault for region in regions for fault in _empty(region, lines)]


def _empty(region: Region, lines: list[str]) -> list[RegionFault]:
    if any(line.strip() for line in lines[region.begin + 1 : region.end]):
        return []
    return [RegionFault(region.begin, "solution region is empty; write the solution in it")]
