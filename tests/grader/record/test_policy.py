"""When work is due, what lateness costs, who has longer: read with care, and worked out by hand in the tests."""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_grader.record.grades import Gradebook, write_grades, write_questions
from labkit_grader.record.overrides import Mark, read_overrides
from labkit_grader.record.policy import Amount, Arrival, Lateness, Policy, Rule
from labkit_grader.record.policy_tables import read_policy
from labkit_grader.record.results import Record
from labkit_grader.record.words import comment
from labkit_grader.rubric.codes import texts_of
from labkit_workbook.questions import exercises

GRADED = [exercise for exercise in exercises() if exercise.number]
FIRST = GRADED[0]
NAMES = [question.name for question in FIRST.questions]
DUE = datetime(2026, 10, 12, 23, 59)


def record(student: str, right: int = 7, exercise: Any = FIRST, **more: Any) -> Record:
    answers = {
        question.name: {"status": "right" if place < right else "wrong", "label": "", "message": "m",
                        "points": question.points if place < right else 0, "most": question.points}
        for place, question in enumerate(exercise.questions)
    }  # fmt: skip
    points = sum(answer["points"] for answer in answers.values())
    status = more.pop("status", "graded")
    return Record(
        "k", student, exercise.name, "a.ipynb", status, points, exercise.points, answers, [], "wall", 0.1, **more
    )


def table(out: Path, name: str, text: str) -> None:
    (out / name).write_text(text, encoding="utf-8")


def book(out: Path, *records: Record, students: list[str] | None = None, **arrivals: Arrival) -> Gradebook:
    held = {(each.student, each.exercise): each for each in records}
    came = {(student, FIRST.name): arrival for student, arrival in arrivals.items()}
    everybody = students or sorted({each.student for each in records})
    return Gradebook(everybody, GRADED, held, read_overrides(out), policy=read_policy(out, came))


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


# ---- lateness -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "points"),
    [
        (timedelta(seconds=-1), 7.0),
        (timedelta(0), 7.0),
        (timedelta(seconds=1), 6.3),
        (timedelta(days=1), 6.3),
        (timedelta(days=1, seconds=1), 5.6),
        (timedelta(days=400), 3.5),
    ],
)
def test_a_day_that_has_begun_costs_its_share_and_no_more_than_the_most(
    tmp_path: Path, after: timedelta, points: float
) -> None:
    table(tmp_path, "policy.csv", f"exercise,due,a_day,most\n01,{DUE:%Y-%m-%d %H:%M},10%,50%\n")
    standing = book(tmp_path, record("ann"), ann=Arrival(DUE + after)).standing("ann", FIRST)
    assert standing.points == pytest.approx(points)
    assert bool(standing.late_words) == (points < 7)
    assert ("Late: " in comment(standing)) == (points < 7)


def test_points_a_day_never_make_a_grade_negative(tmp_path: Path) -> None:
    table(tmp_path, "policy.csv", f"exercise;due;a_day;most\n*;{DUE:%Y-%m-%d};2,5;\n")
    late = book(tmp_path, record("ann"), ann=Arrival(DUE + timedelta(days=2))).standing("ann", FIRST)
    assert (late.penalty, late.points) == (5.0, 2.0)
    later = book(tmp_path, record("ann", 2), ann=Arrival(DUE + timedelta(days=2))).standing("ann", FIRST)
    assert later.points == 0.0


@given(st.integers(0, 100), st.floats(0, 50), st.booleans(), st.floats(0, 100), st.floats(0, 40))
def test_a_penalty_lies_between_nothing_and_all(
    days: int, number: float, share: bool, most: float, points: float
) -> None:
    rule = Rule(a_day=Amount(number / 100 if share else number, share), most=Amount(most / 100, True))
    taken = Lateness(days, rule=rule).penalty(points)
    assert 0 <= taken <= points + 0.005
    assert taken <= most / 100 * points + 0.005
    assert Lateness(days + 1, rule=rule).penalty(points) >= taken


def test_late_by_the_platform_counts_a_day_and_says_that_it_does_not_know(tmp_path: Path) -> None:
    late = Arrival(late=True)
    assert book(tmp_path, record("ann"), ann=late).standing("ann", FIRST).points == 7.0  # no policy, no penalty
    table(tmp_path, "policy.csv", "exercise,a_day\n*,10%\n")
    standing = book(tmp_path, record("ann"), ann=late).standing("ann", FIRST)
    assert standing.points == pytest.approx(6.3)
    assert "not how late: counted as 1 day" in standing.late_words
    table(tmp_path, "extensions.csv", "student,exercise,until\nann,*,+3\n")
    assert book(tmp_path, record("ann"), ann=late).standing("ann", FIRST).points == 7.0
    table(tmp_path, "extensions.csv", "student,exercise,until\nann,01,2026-10-14\n")
    table(tmp_path, "handed_in.csv", "student,exercise,at\nann,01,2026-10-16 10:00\n")
    assert book(tmp_path, record("ann"), ann=late).standing("ann", FIRST).lateness.days == 2


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("ann,01,+2", 1),
        ("ann,*,+ 3 days", 0),
        ("ann,01,2", 1),
        ("ann,01,2026-10-15", 0),
        ("bob,01,+9", 3),
        ("ann,02,+9", 3),
    ],
)
def test_an_extension_is_the_students_and_the_exercises_own(tmp_path: Path, line: str, days: int) -> None:
    table(tmp_path, "policy.csv", f"exercise,due,a_day\n01,{DUE:%Y-%m-%d %H:%M},1\n")
    table(tmp_path, "extensions.csv", f"student,exercise,until\n{line}\n")
    made = book(tmp_path, record("ann"), ann=Arrival(DUE + timedelta(days=2, hours=1)))
    assert made.standing("ann", FIRST).lateness.days == days


def test_points_by_hand_for_the_whole_exercise_are_the_last_word(tmp_path: Path) -> None:
    table(tmp_path, "policy.csv", f"exercise,due,a_day\n01,{DUE:%Y-%m-%d %H:%M},50%\n")
    table(tmp_path, "overrides.csv", "student,exercise,points\nann,ticket_spend,6\n")
    assert book(tmp_path, record("ann"), ann=Arrival(DUE + timedelta(days=1))).standing("ann", FIRST).points == 6.0


def test_who_is_excused_has_a_blank_and_less_to_reach(tmp_path: Path) -> None:
    table(tmp_path, "extensions.csv", "student,exercise,until\nann,*,Excused\n")
    made = book(tmp_path, record("bob"), students=["ann", "bob"])
    write_grades(tmp_path, made)
    assert rows(tmp_path / "grades.csv")["ann"]["ticket_spend"] == ""
    assert "ticket_spend: missing, excused" in rows(tmp_path / "grades.csv")["ann"]["status"]
    assert sum(each.due for each in made.standings("ann")) == 0
    handed_in = book(tmp_path, record("ann")).standing("ann", FIRST)
    assert (handed_in.points, handed_in.due) == (7.0, FIRST.most)  # it counts if they do it all the same


def test_seconds_are_one_students_own(tmp_path: Path) -> None:
    table(tmp_path, "extensions.csv", "student,exercise,until,seconds\nann,*,,90\nann,02,+1,120\n")
    policy = read_policy(tmp_path)
    assert [policy.timeout(*at, 30.0) for at in (("ann", "ticket_spend"), ("ann", GRADED[1].name), ("bob", "x"))] == [
        90.0, 120.0, 30.0,
    ]  # fmt: skip


# ---- groups -------------------------------------------------------------------------------------------------


def test_a_group_has_one_work_and_ones_own_goes_before_it(tmp_path: Path) -> None:
    table(tmp_path, "groups.csv", "group,student\nA,ann\nA,bob\nA,eve\nB,joe\n")
    made = book(tmp_path, record("ann", 3), record("bob", 5), students=["ann", "bob", "eve", "joe"])
    assert [made.standing(each, FIRST).points for each in ("ann", "bob", "eve", "joe")] == [3, 5, 3, 0]
    assert "Handed in by ann, of the same group." in comment(made.standing("eve", FIRST))
    of_the_group = book(tmp_path, record("B", 2), students=["joe"])
    assert of_the_group.standing("joe", FIRST).points == 2


@pytest.mark.parametrize("owner", ["bob", "A"])
def test_a_groups_text_is_marked_once_for_all_of_them(tmp_path: Path, owner: str) -> None:
    essay = FIRST.essays[0].name
    table(tmp_path, "groups.csv", "group,student\nA,ann\nA,bob\n")
    made = book(tmp_path, record(owner, texts={essay: "ours"}), students=["ann", "bob"])
    assert list(texts_of(made).values()) == ["ours"]
    [(marked, _, _)] = texts_of(made)
    table(tmp_path, "overrides.csv", f"student,exercise,points,answer\n{marked},ticket_spend,3,{essay}\n")
    made = book(tmp_path, record(owner, texts={essay: "ours"}), students=["ann", "bob"])
    assert [made.standing(each, FIRST).points for each in ("ann", "bob")] == [10, 10]
    table(tmp_path, "overrides.csv", f"student,exercise,points,answer\n{marked},ticket_spend,3,\n")
    made = book(tmp_path, record(owner), students=["ann", "bob"])
    assert sorted(made.standing(each, FIRST).points for each in ("ann", "bob")) == [3, 7]  # one's own alone


# ---- overrides ----------------------------------------------------------------------------------------------


def test_one_question_is_put_right_for_one_or_for_all(tmp_path: Path) -> None:
    lines = f"*,ticket_spend,1,{NAMES[6]},the question was unclear\nbob,ticket_spend,0,{NAMES[6]},see me\n"
    table(tmp_path, "overrides.csv", f"student,exercise,points,answer,comment\n{lines}")
    made = book(tmp_path, record("ann", 6), record("bob", 6), students=["ann", "bob", "eve"])
    assert [made.standing(each, FIRST).points for each in ("ann", "bob", "eve")] == [7, 6, 0]
    assert made.standing("eve", FIRST).unseen
    assert f"{NAMES[6]}: Not yet. m By hand: 1 of 1 points. the question was unclear" in comment(
        made.standing("ann", FIRST)
    )
    assert "see me" in comment(made.standing("bob", FIRST))
    write_questions(tmp_path, made)
    cells = rows(tmp_path / "questions.csv")
    assert [cells[each][f"ticket_spend.{NAMES[6]}"] for each in ("ann", "bob", "eve")] == ["1", "0", ""]
    assert [cells["ann"][f"ticket_spend.{name}"] for name in NAMES] == ["1"] * 7


def test_all_who_handed_in_may_get_the_points_of_the_exercise(tmp_path: Path) -> None:
    table(tmp_path, "overrides.csv", "student,exercise,points,answer,comment\n*,ticket_spend,5,,a new start\n")
    made = book(tmp_path, record("ann", 2), students=["ann", "eve"])
    assert [made.standing(each, FIRST).points for each in ("ann", "eve")] == [5, 0]
    assert "a new start" in comment(made.standing("ann", FIRST))


@pytest.mark.parametrize("points", ["9999", "-5", "7.01", "-0.01", "1e9"])
@pytest.mark.parametrize("answer", ["", NAMES[0], FIRST.essays[0].name])
def test_points_that_nothing_is_worth_are_refused(tmp_path: Path, points: str, answer: str) -> None:
    table(tmp_path, "overrides.csv", f"student,exercise,points,answer\nann,ticket_spend,{points},{answer}\n")
    with pytest.raises(ValueError, match=r"overrides.csv, line 2: the points of .* lie between 0 and \d+, got"):
        read_overrides(tmp_path)


# ---- blanks -------------------------------------------------------------------------------------------------


def test_what_nobody_looked_at_is_blank_and_absence_is_a_0_where_the_teacher_says_so(tmp_path: Path) -> None:
    essay = FIRST.essays[0].name
    made = book(
        tmp_path,
        record("ann", texts={essay: "words"}),
        record("bob", status="unreadable"),
        students=["ann", "bob", "eve"],
    )
    assert [made.standing(each, FIRST).blank for each in ("ann", "bob", "eve")] == [True, True, True]
    table(tmp_path, "policy.csv", "exercise,absent\n01,0\n")
    table(
        tmp_path, "overrides.csv", f"student,exercise,points,answer\nann,ticket_spend,2,{essay}\nbob,ticket_spend,0,\n"
    )
    made = book(
        tmp_path,
        record("ann", texts={essay: "words"}),
        record("bob", status="unreadable"),
        students=["ann", "bob", "eve"],
    )
    assert [made.standing(each, FIRST).blank for each in ("ann", "bob", "eve")] == [False, False, False]
    assert [made.standing(each, GRADED[1]).blank for each in ("ann", "eve")] == [True, True]


# ---- lines that are wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "policy.csv",
            "exercise,due\n99,2026-10-12\n",
            "line 2: there is no exercise '99'; there is 01, 02",
        ),
        ("policy.csv", "exercise,due\n01,tomorrow\n", "line 2: due is a time such as 2026-10-12 23:59, got 'tomorrow'"),
        ("policy.csv", "exercise,due\n01,2026-02-30\n", "line 2: due is a time such as"),
        ("policy.csv", "exercise,a_day\n01,110%\n", "a_day is points or a share from 0% to 100%, got '110%'"),
        ("policy.csv", "exercise,a_day\n01,-1\n", "a_day is points or a share"),
        ("policy.csv", "exercise,most\n01,half\n", "most is points or a share"),
        ("policy.csv", "exercise,absent\n01,zero\n", "absent is blank or 0, got 'zero'"),
        (
            "policy.csv",
            "exercise,due,a day\n01,,10%\n",
            "line 1: there is no column 'a day'; the columns are exercise, d",
        ),
        (
            "extensions.csv",
            "student,exercise,until,sec\nann,01,+3,9\n",
            "line 1: there is no column 'sec'; the columns",
        ),
        ("policy.csv", "exercise,a_day\n01,1\nticket_spend,2\n", "line 3: the same stands on line 2 already"),
        ("policy.csv", "due\n2026-10-12\n", "the columns are exercise; 'exercise' is not there"),
        ("extensions.csv", "student,exercise,until\nann,01,\n", "until is empty; it is a time, +3 (days) or excused"),
        ("extensions.csv", "student,exercise,until\n,01,+1\n", "student is empty"),
        ("extensions.csv", "student,exercise,until\nann,01,-1\n", "until is a time such as"),
        ("extensions.csv", "student,exercise,until,seconds\nann,01,,0\n", "seconds is above 0 and below 3600, got '0'"),
        ("groups.csv", "group,student\nA,ann\nB,ann\n", "groups.csv: ann is in two groups"),
        ("groups.csv", "group,student\nA,ann\nA,ann\n", "line 3: the same stands on line 2 already"),
        ("groups.csv", "group,student\n,ann\n", "group is empty"),
        ("handed_in.csv", "student,exercise,at\nann,*,2026-10-12\n", "exercise is one exercise here, got '*'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    table(tmp_path, name, text)
    with pytest.raises(ValueError, match=re.escape(words)):
        read_policy(tmp_path)


def test_without_tables_nothing_is_due_and_nothing_is_late(tmp_path: Path) -> None:
    policy = read_policy(tmp_path, {("ann", FIRST.name): Arrival(datetime(2100, 1, 1))})
    assert policy.lateness("ann", FIRST.name) == Lateness()
    assert Policy().rule("anything") == Rule()
    assert read_policy(tmp_path, policy.arrivals, due=DUE).lateness("ann", FIRST.name).days > 1
    assert Mark(1.0) == Mark(1.0, "")
