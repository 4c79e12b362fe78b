"""Which notebooks are alike: found whatever was renamed, quiet on honest classes, and never a word of blame."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from labkit_grader.intake.submissions import Placed
from labkit_grader.record.results import Record
from labkit_grader.release.demo import first_cell, notebook
from labkit_grader.reports.similar import write_similar
from labkit_workbook.numbers.drawn import numbers_of, sheet_number
from labkit_workbook.questions import exercises

FIRST = next(exercise for exercise in exercises() if exercise.number)
OWN = """
def worst(tickets, share, price):
    total = 0.0
    for ticket in range(tickets):
        if ticket % 7 == 0 and share > 0.5:
            total += price * (1 + share) ** 2
        elif ticket % 3 == 1:
            total -= price / max(ticket, 1)
        else:
            total = total * 0.99 + price
    return [round(total, 2), {"share": share, "mean": total / tickets}]
"""
RENAMED = (
    OWN.replace("total", "summe")
    .replace("ticket", "t")
    .replace("0.99", "0.98")
    .replace("    for", "    # mine\n    for")
)
OTHERS = [
    """
import math
values = [math.sqrt(x) for x in range(9) if x % 2]
print(sum(values) / len(values), max(values))
""",
    """
while True:
    try:
        answer = dict(a=1, b=[2, 3])["b"][0]
    except KeyError as problem:
        raise problem
    break
""",
    """
class Price:
    def __init__(self, usd):
        self.usd = usd
    def __add__(self, other):
        return Price(self.usd + other.usd)
""",
    """
with open("x") as file:
    lines = [line.strip().split(",") for line in file if line and not line.startswith("#")]
assert lines, "none"
""",
    """
f = lambda a, *b, **c: (a, b, c)
x, *y = f(1, 2, z=3)
z = x if y else None
del x, y
""",
]


def handed_in(folder: Path, **codes: str) -> list[Placed]:
    placed = []
    for student, code in codes.items():
        path = folder / f"{student}.ipynb"
        path.write_text(json.dumps(notebook([first_cell(FIRST, "", ""), code])), encoding="utf-8")
        placed.append(Placed(student, FIRST.name, path, path.name))
    return placed


def found(out: Path, placed: list[Placed], records: Any = None, class_name: str = "") -> list[dict[str, str]]:
    write_similar(out, placed, records or {}, class_name)
    with (out / "similar.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_honest_class_has_no_pair(tmp_path: Path) -> None:
    assert found(tmp_path, handed_in(tmp_path, **{f"s{i}": code for i, code in enumerate(OTHERS)})) == []


def test_names_numbers_and_comments_hide_nothing(tmp_path: Path) -> None:
    others = {f"s{i}": code for i, code in enumerate(OTHERS)}
    [pair] = found(tmp_path, handed_in(tmp_path, ann=OWN, bob=RENAMED, **others))
    assert (pair["student"], pair["other"], pair["alike"]) == ("ann", "bob", "100%")
    assert pair["what"] == "the same code, but for names, numbers and comments"
    nearly = RENAMED.replace("summe = summe * 0.98 + price", "summe = price")
    [pair] = found(tmp_path, handed_in(tmp_path, ann=OWN, bob=nearly, **others))
    assert pair["what"] == "nearly the same code"
    assert 80 <= int(pair["alike"].rstrip("%")) < 100


def test_what_much_of_the_class_wrote_says_nothing(tmp_path: Path) -> None:
    names = ("ann", "bob", "eve", "joe", "kim", "lea", "max", "noa")
    placed = handed_in(tmp_path, **{name: f"{OWN}\nid_{name} = {place}" for place, name in enumerate(names)})
    assert found(tmp_path, placed) == []


def test_the_same_file_and_a_hard_link_are_said(tmp_path: Path) -> None:
    placed = handed_in(tmp_path, ann="calls = 15", bob="calls = 15", eve="calls = 16")
    os.link(placed[2].path, tmp_path / "joe.ipynb")
    placed.append(Placed("joe", FIRST.name, tmp_path / "joe.ipynb", "joe.ipynb"))
    said = [(pair["student"], pair["other"], pair["what"]) for pair in found(tmp_path, placed)]
    assert said == [
        ("ann", "bob", "the same file, byte by byte"),
        ("eve", "joe", "one file under two names (a hard link)"),
    ]


def test_a_notebook_run_with_anothers_id_is_said(tmp_path: Path) -> None:
    placed = handed_in(tmp_path, ann="calls = 15", bob="calls = 16")
    cells = [first_cell(FIRST, "autumn", "bob"), "calls = 15"]
    placed[0].path.write_text(json.dumps(notebook(cells)), encoding="utf-8")
    [pair] = found(tmp_path, placed)
    assert pair["what"] == "ann's notebook was run with the id of bob"


def test_answers_for_anothers_numbers_are_said_and_ones_own_mistakes_are_not(tmp_path: Path) -> None:
    students = ["ann", "bob", "eve"]
    assert len({sheet_number(FIRST.name, "autumn", each) for each in students}) == 3
    placed = handed_in(tmp_path, **dict(zip(students, OTHERS, strict=False)))

    def record(student: str, worked_as: str) -> Record:
        given, own = numbers_of(FIRST.name, "autumn", worked_as), numbers_of(FIRST.name, "autumn", student)
        answers = {}
        for question in FIRST.questions:
            value = question.expected(given)
            right = question.same(question.expected(own), value)
            answers[question.name] = {
                "status": "right" if right else "wrong", "label": "", "message": "", "points": 0, "most": 1,
                "given": f"{[*value] if isinstance(value, tuple) else value}",
            }  # fmt: skip
        return Record("k", student, FIRST.name, "a.ipynb", "graded", 0, 7, answers, [], "", 0.1)

    records = {(each, FIRST.name): record(each, "bob" if each == "ann" else each) for each in students}
    [pair] = found(tmp_path, placed, records, "autumn")
    assert (pair["student"], pair["other"]) == ("ann", "bob")
    assert pair["what"].startswith("answers of ann that are wrong are right with the numbers of bob: ")
    hostile = records["eve", FIRST.name]
    for answer in hostile.answers.values():
        answer.update(status="wrong", given="__import__('os').system('true') + [[[[")
    assert len(found(tmp_path, placed, records, "autumn")) == 1


def test_the_name_of_a_file_begins_no_cell_of_its_own(tmp_path: Path) -> None:
    one, other = handed_in(tmp_path, ann="x = 1", bob="x = 1")
    found(tmp_path, [replace(one, name='ann/x;=HYPERLINK("a").ipynb'), replace(other, name="=1+1;-2.ipynb")])
    text = (tmp_path / "similar.csv").read_text(encoding="utf-8")
    for delimiter in ",;":
        cells = [cell for line in csv.reader(text.splitlines(), delimiter=delimiter) for cell in line]
        assert not [cell for cell in cells if cell.lstrip('" ').startswith(("=", "+", "-", "@"))]


def test_broken_code_missing_files_and_formulas_harm_nothing(tmp_path: Path) -> None:
    placed = handed_in(tmp_path, ann="def f(:\n  'open", bob="x = (1,\n", eve="=1+1")
    placed.append(Placed("joe", FIRST.name, tmp_path / "gone.ipynb", "=gone.ipynb"))
    assert found(tmp_path, placed) == []
