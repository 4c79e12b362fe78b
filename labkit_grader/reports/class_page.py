"""The class on one page: how the points are spread, what was answered right, and who fell for what, by number."""

from __future__ import annotations

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
from ..record.words import STATUS
from .attention import RAN, failed, look_first
from .html import rendered, shown, trusted

BARS = 30
LABEL = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")


def page_of_class(gradebook: Gradebook) -> str:
    """The instructor's page; it names students only where it says so, in a part that is closed at first."""
    return rendered(
        "class.html",
        title="Results of the class",
        images="data:",
        students=len(gradebook.students),
        first=[(shown(what), where, number) for what, where, number in look_first(gradebook)],
        failed=failed(gradebook),
        spread=_draw_totals(gradebook),
        exercises=[
            _section(exercise, [gradebook.standing(each, exercise) for each in gradebook.students])
            for exercise in gradebook.exercises
        ],
    )


def write_class_page(path: Path, gradebook: Gradebook) -> None:
    """Write the page."""
    put(path, page_of_class(gradebook))


def _section(exercise: Exercise, standings: Sequence[Standing]) -> dict[str, Any]:
    """One exercise: how the runs ended, the share right of each question, the known mistakes."""
    statuses = Counter(each.status for each in standings)
    ran = [each.record.answers for each in standings if each.record and each.status in RAN]
    kinds = [*STATUS, *sorted(set(statuses) - set(STATUS))]
    names = [question.name for question in exercise.questions]
    counts = {name: Counter(str((each.get(name) or {}).get("status", "")) for each in ran) for name in names}
    return {
        "title": f"{exercise.number} {exercise.title}",
        "statuses": [(kind, str(statuses[kind])) for kind in kinds],
        "ran": len(ran),
        "bars": _bars({name: counts[name]["right"] / len(ran) for name in names}, len(ran)) if ran else "",
        "questions": [(name, *_count_answers(counts[name], len(ran))) for name in names] if ran else [],
        "mistakes": _mistakes(ran),
        "essays": _essays(exercise, standings) if any(each.texts or each.marks for each in standings) else [],
        "flagged": sum(bool(each.record and each.record.flags) for each in standings),
    }


def _count_answers(count: Counter[str], of: int) -> tuple[str, ...]:
    numbers = [str(count[status]) for status in ("right", "misconception", "wrong", "wrong_type", "not_started")]
    return (*numbers, f"{count['right'] / of:.0%}")


def _mistakes(ran: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Which known mistakes were made, the most frequent first."""
    made = Counter(
        (name, answer["label"], answer["message"])
        for answers in ran
        for name, answer in answers.items()
        if answer["label"]
    )
    ordered = sorted(made.items(), key=lambda item: (-item[1], *item[0]))
    return [(_label(name), _label(label), message, str(n)) for (name, label, message), n in ordered]


def _label(text: str) -> Any:
    """A label, which a narrow column may break after an underscore and nowhere else."""
    if not LABEL.fullmatch(text):
        return shown(text)
    return trusted(f"<code>{text.replace('_', '_<wbr>')}</code>")


def _essays(exercise: Exercise, standings: Sequence[Standing]) -> list[tuple[str, ...]]:
    """How far the free-text answers are marked, and how well they did."""
    rows: list[tuple[str, ...]] = []
    for essay in exercise.essays:
        marks = [each.marks[essay.name].points for each in standings if essay.name in each.marks]
        waiting = sum(essay.name in each.unmarked for each in standings)
        mean = f"{sum(marks) / len(marks):.1f} of {essay.points}" if marks else ""
        answered = sum(essay.name in each.texts for each in standings)
        rows.append((essay.name, str(answered), str(len(marks)), str(waiting), mean))
    return rows


# ---- pictures ---------------------------------------------------------------------------------------------


def _draw_totals(gradebook: Gradebook) -> Any:
    """The histogram of the totals, marks by hand included, of those who have points; nothing where nobody has any."""
    from labkit.pictures.style import BLUE, Picture, canvas, titled  # noqa: PLC0415  (matplotlib, loaded when it is drawn)

    everybody = [gradebook.total(student) for student in gradebook.students]
    totals = [total for total in everybody if total is not None]
    if not totals:
        return ""
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
    without = len(everybody) - len(totals)
    words += f"; {without} of {len(everybody)} students have no points yet and are left out" if without else ""
    picture = Picture(figure, f"Histogram of the points of {len(totals)} students: {words}.")
    return _image(picture) + trusted(f"<p>{words}</p>")


def _bars(shares: dict[str, float], of: int) -> Any:
    """A bar for each question: the share right."""
    from labkit.pictures.style import GREEN, Picture, canvas  # noqa: PLC0415  (matplotlib, loaded when it is drawn)

    figure, axes = canvas(height=0.8 + 0.35 * len(shares))
    axes.barh(list(shares), [100 * share for share in shares.values()], color=GREEN)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("right, % of the submissions that were run")
    words = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    return _image(Picture(figure, f"Bars, the share of {of} submissions that have each question right: {words}."))


def _image(picture: Any) -> Any:
    """The picture as an image of the page; its style is the page's."""
    tag: str = picture.img()
    bare = re.sub(r' (class|style|width)="[^"]*"', "", tag)
    return trusted(f"<p>{bare}</p>")
