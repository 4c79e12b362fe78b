"""What needs a teacher's eye first stands first on the class page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from test_pages import FIRST, GRADED, Reader, judged, mistaken, right, unanswered, wrong

from labkit_grader.record.grades import Gradebook
from labkit_grader.record.policy import Policy
from labkit_grader.record.words import rounded
from labkit_grader.reports.attention import failed, look_first
from labkit_grader.reports.class_page import page_of_class


def book(*records: Any, **more: Any) -> Gradebook:
    held = {(each.student, each.exercise): each for each in records}
    return Gradebook(sorted({each.student for each in records}), GRADED, held, **more)


def test_where_all_is_well_nothing_is_said() -> None:
    assert look_first(book(*(judged(FIRST, FIRST.text, right, name) for name in ("ann", "bob", "eve")))) == []


def test_faults_come_before_crashes_before_what_was_missed() -> None:
    held = book(
        judged(FIRST, FIRST.text, right, "ann"),
        judged(FIRST, FIRST.text, mistaken, "bob"),
        judged(FIRST, FIRST.text, mistaken, "eve"),
        judged(FIRST, FIRST.text, wrong, "joe", status="crashed", notes=["dropped", "cell 3 stopped: ValueError: x"]),
        judged(FIRST, FIRST.text, unanswered, "kim", status="regrade", notes=["fault of the grader: /home/me"]),
        unread=["lea"],
    )
    what = [line[0] for line in look_first(held)]
    assert what[0].startswith("Not graded through a fault of the grader")
    assert what[1].startswith("Stopped before its end")
    assert what[2].startswith("Files that were not graded")
    assert what[3].startswith("Most missed question: ")
    assert any(each.startswith("Commonest mistake, ") for each in what[4:])
    assert [row[:3] for row in failed(held)] == [
        ("kim", "01 Ticket spend", "regrade"),
        ("joe", "01 Ticket spend", "crashed"),
    ]
    assert failed(held)[1][3] == "cell 3 stopped: ValueError: x"
    made = page_of_class(held)
    Reader(made)
    assert made.index("Look at these first") < made.index("<h2>Points")
    assert made.index("<details>") < made.index("joe") < made.index("</details>")
    assert made.count("joe") == 1
    assert "/home/me" not in made


def test_what_follows_from_an_earlier_slip_is_not_missed_and_a_group_counts_once() -> None:
    first, second = (question.name for question in FIRST.questions[:2])
    of_all = [judged(FIRST, FIRST.text, right, student) for student in ("ann", "bob", "eve")]
    slip = {first: {"status": "wrong", "label": "", "points": 0}, second: {"status": "follows", "label": ""}}
    slips = [replace(each, answers={**each.answers, **slip}) for each in of_all]
    mates = Policy(groups={"bob": ("tim",), "tim": ("bob",)})
    held = replace(book(*slips, policy=mates), students=["ann", "bob", "eve", "tim"])
    assert look_first(held) == [(f"Most missed question: {first}", "01 Ticket spend", "3 of 3")]


def test_answers_are_shown_rounded() -> None:
    assert rounded("0.8902768252591009") == "0.890277"
    assert rounded("[4.0, 12.0, 1e-07, 2.5e-07]") == "[4, 12, 1e-07, 2.5e-07]"
    assert rounded("1234567.891, -3.14159265, 15, 2026") == "1234568, -3.14159, 15, 2026"
    assert rounded("(a function) v1.23456789x") == "(a function) v1.23456789x"
