"""The class on one page: how the points are spread, what was answered right, and who fell for what, by number."""

from __future__ import annotations

import html
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from labkit_workbook.questions import Exercise

from ..record.files import put
from ..record.grades import Gradebook, Standing
from ..record.spreadsheet import tidy
from .pages import STATUS, document, table

RAN = ("graded", "crashed", "timed out")
BARS = 30
LABEL = re.compile(r"<bdi>(?P<label>[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*)</bdi>")


def page_of_class(gradebook: Gradebook) -> str:
    """The instructor's page; it names no student."""
    parts = [f"<h1>Results of the class</h1>\n<p>{len(gradebook.students)} students.</p>"]
    if gradebook.students:
        parts += ["<section>\n<h2>Points</h2>", _spread(gradebook), "</section>"]
    parts += [
        _section(exercise, [gradebook.standing(each, exercise) for each in gradebook.students])
        for exercise in gradebook.exercises
    ]
    return document("Results of the class", "\n".join(parts), images="data:")


def write_class_page(path: Path, gradebook: Gradebook) -> None:
    """Write the page."""
    put(path, page_of_class(gradebook))


def _section(exercise: Exercise, standings: Sequence[Standing]) -> str:
    """One exercise: how the runs ended, the share right of each question, the known mistakes."""
    statuses = Counter(each.status for each in standings)
    ran = [each.record.answers for each in standings if each.record and each.status in RAN]
    kinds = [*STATUS, *sorted(set(statuses) - set(STATUS))]
    parts = [
        f"<section>\n<h2>{html.escape(f'{exercise.number} {exercise.title}')}</h2>",
        table("How the submissions ended", ("Status", "Students"), [(kind, str(statuses[kind])) for kind in kinds]),
    ]
    if ran:
        names = [question.name for question in exercise.questions]
        counts = {name: Counter(str((each.get(name) or {}).get("status", "")) for each in ran) for name in names}
        rows = [(name, *_counted(counts[name], len(ran))) for name in names]
        heads = ("Question", "Right", "Known mistake", "Wrong", "No number", "Not started", "Share right")
        parts += [
            _bars({name: counts[name]["right"] / len(ran) for name in names}, len(ran)),
            table(f"Questions, of the {len(ran)} submissions that were run", heads, rows),
            _mistakes(ran),
        ]
    if any(each.texts or each.marks for each in standings):
        parts.append(_essays(exercise, standings))
    flagged = sum(bool(each.record and each.record.flags) for each in standings)
    if flagged:
        parts.append(f"<p>Flagged, to be looked at: {flagged}. The column status of grades.csv says whose and why.</p>")
    return "\n".join([*parts, "</section>"])


def _counted(count: Counter[str], of: int) -> tuple[str, ...]:
    numbers = [str(count[status]) for status in ("right", "misconception", "wrong", "wrong_type", "not_started")]
    return (*numbers, f"{count['right'] / of:.0%}")


def _mistakes(ran: Sequence[Any]) -> str:
    """Which known mistakes were made, the most frequent first."""
    made = Counter(
        (name, answer["label"], answer["message"])
        for answers in ran
        for name, answer in answers.items()
        if answer["label"]
    )
    if not made:
        return "<p>No known mistake was made.</p>"
    rows = [(name, label, message, str(n)) for (name, label, message), n in sorted(made.items(), key=_most_first)]
    heads = ("Question", "Mistake", "What it says to the student", "Students")
    return LABEL.sub(_broken_at_underscores, table("Known mistakes", heads, rows))


def _broken_at_underscores(cell: re.Match[str]) -> str:
    """A label, which a narrow column may break after an underscore and nowhere else."""
    return f"<code>{cell['label'].replace('_', '_<wbr>')}</code>"


def _essays(exercise: Exercise, standings: Sequence[Standing]) -> str:
    """How far the free-text answers are marked, and how well they did."""
    rows = []
    for essay in exercise.essays:
        marks = [each.marks[essay.name].points for each in standings if essay.name in each.marks]
        waiting = sum(essay.name in each.unmarked for each in standings)
        mean = f"{sum(marks) / len(marks):.1f} of {essay.points}" if marks else ""
        rows.append(
            (
                essay.name,
                str(sum(essay.name in each.texts for each in standings)),
                str(len(marks)),
                str(waiting),
                mean,
            )
        )
    heads = ("Answer", "Answered", "Marked", "Not yet marked", "Mean of the marks")
    return table("Answers in words", heads, rows)


def _most_first(item: tuple[tuple[str, str, str], int]) -> tuple[Any, ...]:
    return (-item[1], *item[0])


# ---- pictures ---------------------------------------------------------------------------------------------


def _spread(gradebook: Gradebook) -> str:
    """The histogram of the totals, marks by hand included."""
    from labkit.pictures.style import BLUE, Picture, canvas, titled  # noqa: PLC0415  (matplotlib, loaded when it is drawn)

    totals = [gradebook.total(student) for student in gradebook.students]
    low, high = min(0, math.floor(min(totals))), max(gradebook.most, math.ceil(max(totals)))
    width = max(1, math.ceil((high - low + 1) / BARS))
    edges = [low - 0.5 + width * i for i in range(math.ceil((high - low + 1) / width) + 1)]
    figure, axes = canvas()
    axes.hist(totals, bins=edges, color=BLUE, rwidth=0.9)
    axes.set_xlabel(f"points, of {gradebook.most}")
    axes.set_ylabel("students")
    axes.yaxis.get_major_locator().set_params(integer=True)
    titled(axes, "Points of the class")
    middle, least, best = (f"{tidy(round(x, 2))}" for x in (median(totals), min(totals), max(totals)))
    words = f"lowest {least}, median {middle}, highest {best} of {gradebook.most} points"
    return _image(Picture(figure, f"Histogram of the points of {len(totals)} students: {words}.")) + f"<p>{words}</p>"


def _bars(shares: dict[str, float], of: int) -> str:
    """A bar for each question: the share right."""
    from labkit.pictures.style import GREEN, Picture, canvas  # noqa: PLC0415  (matplotlib, loaded when it is drawn)

    figure, axes = canvas(height=0.8 + 0.35 * len(shares))
    axes.barh(list(shares), [100 * share for share in shares.values()], color=GREEN)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("right, % of the submissions that were run")
    words = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return _image(Picture(figure, f"Bars, the share of {of} submissions that have each question right: {words}."))


def _image(picture: Any) -> str:
    """The picture as an image of the page; its style is the page's."""
    tag: str = picture._repr_mimebundle_()["text/html"]
    return f"<p>{re.sub(' style=.[^>]*', '', tag)}</p>"
