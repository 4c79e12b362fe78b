"""Makes docs/evidence.md, the page of what the recordings say, from labkit_workbook.evidence; pages.py writes it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

from evidence_picture import describe_picture

from labkit_workbook.evidence import COMPARISONS, FORMULAS, SUBJECTS, Comparison, Formula, Place
from labkit_workbook.evidence.comparison import RELATIVE

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"lessons": "../notebooks", "exercises": "../exercises"}
PAGE = """\
# What the recordings say

<!-- Made by course/pages.py from labkit_workbook/evidence; change it there, then run: make build -->

![{described}](evidence.svg)

A law of this course promises a number, and somebody has recorded what real agents did. This page sets the two side
by side: {count} times a law was held against a record, and the picture shows by how much it missed. The *naive* law is
the one that the text states, or that everybody would write down first. The *repaired* one knows one thing more, for
instance that some tasks are harder than others. A hollow dot means that the repair was counted on the very record it is
held against. Then it cannot miss; it says where the rest went, not that the law is right.

Every number here is computed: from the recorded rows in `labkit_workbook/published`, whose
[sources and licences](../labkit_workbook/published/README.md) stand beside them, or from a figure that its source
publishes. Misses are absolute. The first number is the mean over the record, the one in brackets the largest. Points
are hundredths of a share, and per cents are of what was recorded.

{contents}

{comparisons}

## Every formula of labkit

Here stands every public formula, with four questions. Where is it *stated*? Which test holds it against an independent
*simulation*, or against an enumeration of everything that can happen? Against which *record* was it held? And where
does the learner *measure* it on a real system, the two pocket models? Where the answer is "nowhere", the cell says why.
Tests are named with their file below `tests/core`, records as in the tables above.

{formulas}
"""


def evidence_page() -> str:
    """The page: the picture, the laws that were held against a record by subject, and a row for every formula."""
    heads = [*SUBJECTS, "Every formula of labkit", *FORMULAS]
    contents = "\n".join(f"{'  ' * (head in FORMULAS)}- [{head}](#{make_anchor(head)})" for head in heads)
    return PAGE.format(
        described=describe_picture(),
        count=len(COMPARISONS),
        contents=contents,
        comparisons="\n\n".join(_tabulate_comparisons(head, found) for head, found in SUBJECTS.items()),
        formulas="\n\n".join(_tabulate_formulas(head, rows) for head, rows in FORMULAS.items()),
    )


def make_anchor(head: str) -> str:
    """What a link to a heading names after its #."""
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


def link_place(place: Place) -> str:
    """A link to a lesson or an exercise that names the section, whose number is looked up in the course's source.

    Raises:
        ValueError: no such lesson or exercise, or it has no such heading.

    >>> link_place(Place("06_tries_that_are_not_alike", "Votes"))
    '[lesson 06, section 6](../notebooks/06_tries_that_are_not_alike.ipynb)'
    """
    for folder, made in FOLDERS.items():
        source = ROOT / "course" / folder / f"{place.file}.py"
        if source.is_file():
            found = re.search(rf"^# ## (\d+)\. {re.escape(place.heading)}$", source.read_text("utf-8"), re.MULTILINE)
            if found is None:
                raise ValueError(f"{place.file} has no section {place.heading!r}")
            words = f"{folder.removesuffix('s')} {place.file[:2]}, section {found[1]}"
            return f"[{words}]({made}/{place.file}.ipynb)"
    raise ValueError(f"the course has no {place.file!r}")


def show_miss(mean: float, most: float, unit: str) -> str:
    """A mean miss and the largest as the page writes them, in points or per cent; "none" where there is no law.

    >>> show_miss(0.156, 0.393, "points"), show_miss(0.5, 0.5, "relative"), show_miss(0.0021, 0.0103, "points")
    ('15.6 points (39.3)', '50%', '0.21 points (1.03)')
    """
    if math.isnan(mean):
        return "none"
    digits = 0 if mean < 5e-6 else 2 if mean < 0.01 else 1 if mean < 0.2 else 0
    on_mean, largest = (f"{100 * x:.{digits}f}" + "%" * (unit == RELATIVE) for x in (mean, most))
    after = "" if unit == RELATIVE else " points"
    return f"{on_mean}{after}" + (f" ({largest})" if largest != on_mean else "")


def _tabulate_comparisons(head: str, found: Iterable[Comparison]) -> str:
    """The laws of a subject with their misses, the records that they were held against, and what else these say."""
    table = [f"## {head}", "", "| law | misses by | held against | what else the record says |"]
    return "\n".join([*table, "|---|---|---|---|", *map(_compare, found)])


def _compare(each: Comparison) -> str:
    """A law and its record as a line of the table."""
    misses = each.misses()
    repaired = show_miss(misses.repaired, misses.repaired_most, each.unit)
    where = f"In {link_place(each.place)}." if each.place else "In no lesson yet: this page alone has it."
    cells = (
        f"**{each.name}.** Naive: {each.naive}. Repaired: {each.repaired}.",
        f"naive **{show_miss(misses.naive, misses.naive_most, each.unit)}**, "
        f"repaired **{repaired}{', counted on it' * each.counted}**",
        each.record.in_one_line,
        f"{each.finding()} {where} Computed by `{'`, `'.join(each.formulas)}`.",
    )
    return write_row(cells)


def _tabulate_formulas(head: str, rows: Iterable[Formula]) -> str:
    table = [f"### {head}", "", "| formula | stated | simulated | recorded | measured |", "|---|---|---|---|---|"]
    return "\n".join([*table, *map(_explain, rows)])


def _explain(row: Formula) -> str:
    """A formula and what stands behind it as a line of the table."""
    recorded = "; ".join(each.name for each in row.recorded)
    cells = {
        "simulated": "; ".join(map(_name_test, row.simulated)),
        "recorded": recorded,
        "measured": "; ".join(map(link_place, row.measured)),
    }
    shown = [text or f"*missing:* {row.missing[column]}" for column, text in cells.items()]
    return write_row((f"{row.says}: `{'`, `'.join(row.names)}`", row.stated, *shown))


def _name_test(test: str) -> str:
    """A test in words, with its file.

    >>> _name_test("laws/test_gates.py::test_many_chains_at_once")
    'many chains at once (`laws/test_gates.py`)'
    """
    file, _, name = test.partition("::")
    return f"{name.removeprefix('test_').replace('_', ' ')} (`{file}`)"


def write_row(cells: Iterable[str]) -> str:
    """Cells as a line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
