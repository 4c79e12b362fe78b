"""Every kind of answer has the same status in `check`, in an assessed copy and at the judge, in the same words."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import pytest

from labkit_agents.plain_values import from_json, plain, plain_json
from labkit_grader.judge.judge import Job, Verdict, grade
from labkit_grader.judge.warm import Warm
from labkit_grader.wall.wall import can_stand
from labkit_workbook import feedback
from labkit_workbook.questions import Exercise, blank, exercise

STANDS, WHY = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=WHY)

IMPORTS = """
import array, collections, decimal, enum, fractions, functools, numbers, sys, types
import numpy as np
from decimal import Decimal
from fractions import Fraction
class Own(float): pass
class OwnInt(int):
    def __eq__(self, other): return True
    def __hash__(self): return 0
class Enum(enum.IntEnum):
    ONE, SIX, FIFTEEN = 1, 6, 15
class Array(np.ndarray): pass
class Tuple(tuple): pass
class List(list):
    def __len__(self): return 5
class Integer:
    __class__ = int
    def __float__(self): return 15.0
    def __int__(self): return 15
    def __index__(self): return 15
class Registered:
    def __float__(self): return 15.0
numbers.Real.register(Registered)
class Meta(type):
    __name__ = property(lambda self: 1 / 0)
class Nameless(metaclass=Meta): pass
class Silent:
    def __getattribute__(self, name): raise SystemExit
Series = type("Series", (), {"__module__": "pandas", "tolist": lambda self: [1, 6, 1, 6, 1], "__len__": lambda self: 5})
Point = collections.namedtuple("Point", "a b c d e")
def yielding(): yield from (1, 6, 1, 6, 1)
async def waiting(): return 15
"""

# The answer of ``calls`` is 15, that of ``calls_per_step`` the list; both as whole numbers.
NUMBERS = {
    "15": "right", "15.0": "right", "Fraction(15)": "right", "Fraction(30, 2)": "right", "Decimal(15)": "right",
    "Decimal('15.0')": "right", "np.int8(15)": "right", "np.int64(15)": "right", "np.uint64(15)": "right",
    "np.float16(15)": "right", "np.float32(15)": "right", "np.float64(15)": "right", "np.longdouble(15)": "right",
    "np.array(15)": "right", "np.array(15.0)": "right", "np.ma.array(15)": "right", "np.sum([7, 8])": "right",
    "np.array(15, dtype=object)": "right", "np.longlong(15)": "right", "30": "misconception", "77": "wrong",
    "Fraction(77)": "wrong", "2**60": "wrong", "10**30": "wrong", "1e300": "wrong", "-15": "wrong_type",
    "12.5": "wrong_type", "10**400": "wrong_type", "Decimal('1e999')": "wrong_type", "Decimal('NaN')": "wrong_type",
    "Decimal('sNaN')": "wrong_type", "float('nan')": "wrong_type", "-np.inf": "wrong_type", "15+0j": "wrong_type",
    "np.complex64(15)": "wrong_type", "np.clongdouble(15)": "wrong_type", "np.array(15+0j)": "wrong_type",
    "True": "wrong_type", "np.True_": "wrong_type", "np.array(True)": "wrong_type", "'15'": "wrong_type",
    "'15 calls'": "wrong_type", "'$15'": "wrong_type", "b'15'": "wrong_type", "np.str_('15')": "wrong_type",
    "np.bytes_(b'15')": "wrong_type", "bytearray(b'15')": "wrong_type", "[15]": "wrong_type", "(15,)": "wrong_type",
    "np.array([15])": "wrong_type", "{15}": "wrong_type", "{'calls': 15}": "wrong_type", "print": "wrong_type",
    "len": "wrong_type", "lambda: 15": "wrong_type", "int": "wrong_type", "np.sum": "wrong_type",
    "np.add": "wrong_type", "np.poly1d([1])": "wrong_type", "functools.partial(int, 15)": "wrong_type",
    "Own(15)": "wrong_type", "OwnInt(15)": "wrong_type", "Enum.FIFTEEN": "wrong_type", "Integer()": "wrong_type",
    "Registered()": "wrong_type", "Nameless()": "wrong_type", "Silent()": "wrong_type", "object()": "wrong_type",
    "NotImplemented": "wrong_type", "np.ma.masked": "wrong_type", "np.ma.array(15, mask=True)": "wrong_type",
    "np.datetime64(15, 'D')": "wrong_type", "np.timedelta64(15, 'D')": "wrong_type", "(x for x in [15])": "wrong_type",
    "yielding()": "wrong_type", "sys": "wrong_type", "np.array('15')": "wrong_type", "memoryview(b'1')": "wrong_type",
    "np.array((15,), dtype=[('a', int)])": "wrong_type", "np.zeros(3).view(Array)": "wrong_type",
    "None": "not_started", "...": "not_started",
}  # fmt: skip
LISTS = {
    "[1, 6, 1, 6, 1]": "right", "(1, 6, 1, 6, 1)": "right", "[1.0, 6, Fraction(1), Decimal(6), np.int8(1)]": "right",
    "np.array([1, 6, 1, 6, 1])": "right", "np.array([1, 6, 1, 6, 1], dtype=np.longdouble)": "right",
    "np.array([1, 6, 1, Fraction(6), 1], dtype=object)": "right", "np.ma.array([1, 6, 1, 6, 1])": "right",
    "[np.array(1), np.array(6), 1, 6, 1]": "right", "array.array('d', [1, 6, 1, 6, 1])": "right",
    "[np.longdouble(x) for x in (1, 6, 1, 6, 1)]": "right", "range(5)": "wrong", "[1, 3, 1, 3, 1]": "misconception",
    "np.ma.array([1, 6, 1, 6, 1], mask=[0, 0, 0, 0, 1])": "wrong_type", "[1, 6, 1, 6, None]": "wrong_type",
    "[1, 6, 1, 6, '1']": "wrong_type", "[1, 6, 1, 6, True]": "wrong_type", "[1, 6, 1, 6, 1j]": "wrong_type",
    "[1, 6, 1, 6, [1]]": "wrong_type", "[1, 6, 1, 6, Own(1)]": "wrong_type", "[[1, 6, 1, 6, 1]]": "wrong_type",
    "np.array([[1, 6, 1, 6, 1]])": "wrong_type", "np.matrix([1, 6, 1, 6, 1])": "wrong_type",
    "np.array([1, 6, 1, 6, 1]).view(Array)": "wrong_type", "[1, 6]": "wrong_type", "[]": "wrong_type",
    "[1] * 100": "wrong_type", "np.ones(10**6)": "wrong_type", "range(10**12)": "wrong_type", "15": "wrong_type",
    "yielding()": "wrong_type", "map(int, '16161')": "wrong_type", "zip([1], [6])": "wrong_type",
    "filter(None, [1, 6, 1, 6, 1])": "wrong_type", "{1, 6}": "wrong_type", "dict.fromkeys([1, 6])": "wrong_type",
    "{1: 6}.values()": "wrong_type", "'16161'": "wrong_type", "Tuple([1, 6, 1, 6, 1])": "wrong_type",
    "List([1])": "wrong_type", "Point(1, 6, 1, 6, 1)": "wrong_type", "collections.deque([1, 6, 1, 6, 1])": "wrong_type",
    "Series()": "wrong_type", "np.array([True] * 5)": "wrong_type", "np.array([1j] * 5)": "wrong_type",
    "np.array(['1'] * 5)": "wrong_type", "types.SimpleNamespace(a=1)": "wrong_type", "lambda: [1]": "wrong_type",
    "[1, 6, 1, 6, print]": "wrong_type", "[float('nan')] * 5": "wrong_type",
}  # fmt: skip
PANDAS = {
    "pd.Series([1, 6, 1, 6, 1])": "right", "pd.Series([1, 6, 1, 6, 1], dtype='Int64')": "right",
    "pd.Index([1, 6, 1, 6, 1])": "right", "pd.Series([1.0, 6, 1, 6, None])": "wrong_type",
    "pd.DataFrame({'a': [1, 6, 1, 6, 1]})": "wrong_type", "pd.RangeIndex(5)": "wrong",
    "pd.Series([1, 6, 1, 6, 1]).array": "wrong_type",
}  # fmt: skip
# Functions of exercise 02 that give the right three numbers in every form.
RIGHT = (
    "(hard * g.premium_usd + (g.steps - hard) * g.small_usd, hard * g.premium_sec + (g.steps - hard) * g.small_sec, "
)
RIGHT += "g.premium_p**hard * g.small_p**(g.steps - hard))"
GIVEN = {
    "{}": "right", "list({})": "right", "np.array({})": "right", "np.array({}, dtype=np.longdouble)": "right",
    "np.ma.array({})": "right", "[Fraction(x) for x in {}]": "right", "[Decimal(x) for x in {}]": "right",
    "array.array('d', {})": "right", "np.array({}, dtype=object)": "right", "[np.longdouble(x) for x in {}]": "right",
    "(x for x in {})": "wrong_type", "map(float, {})": "wrong_type", "[complex(x) for x in {}]": "wrong_type",
    "[str(x) for x in {}]": "wrong_type", "Tuple({})": "wrong_type", "[Own(x) for x in {}]": "wrong_type",
    "set({})": "wrong_type", "None": "wrong_type", "15": "wrong_type", "waiting()": "wrong_type",
    "np.array({}).view(Array)": "wrong_type", "np.array([{}])": "wrong_type", "[True, True, True]": "wrong_type",
    "(1, 2, 0.5)": "wrong", "...": "not_started",
}  # fmt: skip


@pytest.fixture(scope="module")
def space() -> dict[str, Any]:
    """What the cells import, here."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(IMPORTS, names)
    return names


def without_answers(which: Exercise) -> Exercise:
    """The exercise as an assessed copy has it."""
    return blank.exercises_in(blank.document("", [(which, [])]))[0]


def assessed(name: str, question: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> feedback.CheckResult:
    """What `check` says in an assessed copy."""
    without = without_answers(exercise(name))
    found = next(each for each in without.questions if each.name == question)
    with monkeypatch.context() as patch:
        patch.setattr(feedback, "find", lambda _: (without, found))
        patch.setattr(feedback, "numbers_known", lambda _: without.text)
        return feedback.check(f"{name}.{question}", value)


def graded(warm: Warm, question: str, typed: str) -> Verdict:
    return grade(
        warm, Job("ticket_spend", [IMPORTS, *(["import pandas as pd"] * ("pd." in typed)), f"{question} = {typed}"])
    )


def in_an_assessed_copy(status: str) -> str:
    return "recorded" if status in ("right", "wrong", "misconception") else status


def insist_on_one_status(
    warm: Warm, space: dict[str, Any], monkeypatch: pytest.MonkeyPatch, question: str, typed: str, status: str
) -> None:
    feedback.MEMORY.forget()
    here = feedback.check(f"ticket_spend.{question}", eval(typed, space))
    assert here.status == status
    blind = assessed("ticket_spend", question, eval(typed, space), monkeypatch)
    assert blind.status == in_an_assessed_copy(status)
    verdict = graded(warm, question, typed)
    there = verdict.answers[question]
    assert (there["status"], there["message"]) == (status, here.message)
    assert there["points"] == (1 if status == "right" else 0)
    assert (verdict.status, verdict.notes) == ("graded", [])
    if status == "wrong_type":
        assert blind.message == here.message


@needs_wall
@pytest.mark.parametrize("typed", NUMBERS)
def test_a_number(warm: Warm, space: dict[str, Any], monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    insist_on_one_status(warm, space, monkeypatch, "calls", typed, NUMBERS[typed])


@needs_wall
@pytest.mark.parametrize("typed", LISTS)
def test_a_list(warm: Warm, space: dict[str, Any], monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    insist_on_one_status(warm, space, monkeypatch, "calls_per_step", typed, LISTS[typed])


@needs_wall
@pytest.mark.slow  # pandas comes with what `make test-all` installs
@pytest.mark.parametrize("typed", PANDAS)
def test_what_pandas_gives(warm: Warm, space: dict[str, Any], monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    space["pd"] = pytest.importorskip("pandas")
    insist_on_one_status(warm, space, monkeypatch, "calls_per_step", typed, PANDAS[typed])


@needs_wall
@pytest.mark.parametrize("typed", GIVEN)
def test_what_a_function_gives(warm: Warm, space: dict[str, Any], monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    feedback.MEMORY.forget()
    cell = f"def routed(hard):\n    return {typed.format(RIGHT)}"
    names = {**space, "g": exercise("routing_crossover").text}
    exec(cell, names)
    status = GIVEN[typed]
    assert feedback.check("routing_crossover.routed", names["routed"]).status == status
    blind = assessed("routing_crossover", "routed", names["routed"], monkeypatch)
    assert blind.status == in_an_assessed_copy(status)
    given = "from labkit_workbook import given\ng = given('routing_crossover')"
    answer = grade(warm, Job("routing_crossover", [IMPORTS, given, cell])).answers["routed"]
    assert (answer["status"], answer["points"] > 0) == (status, status == "right")


def test_a_stand_in_for_pandas_is_read_and_what_only_calls_itself_so_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Series:
        def __len__(self) -> int:
            return 2

        def tolist(self) -> list[float]:
            return [1, 2.5]

    assert plain_json(Series()) == {"type": "Series"}
    monkeypatch.setitem(sys.modules, "pandas", type(sys)("pandas"))
    monkeypatch.setattr(sys.modules["pandas"], "Series", Series, raising=False)
    assert plain_json(Series()) == [1, 2.5]
    assert plain_json(type("Series", (Series,), {})()) == {"type": "Series"}


@pytest.mark.parametrize("typed", [*NUMBERS, *LISTS])
def test_the_journey_changes_nothing(space: dict[str, Any], typed: str) -> None:
    value = eval(typed, space)
    assert repr(from_json(plain_json(value))) == repr(plain(value))


def test_nothing_a_stranger_sends_is_taken_for_more_than_it_is() -> None:
    sent = [{"type": "<b>"}, {"type": "x" * 99}, {"type": 3}, {}, {"type": "list", "items": -1}, [[1]], "a", None, True]
    kinds = [each.kind if dataclasses.is_dataclass(each) else each for each in map(from_json, sent[:5])]
    assert kinds == ["object", "object", "object", "object", "list"]
    assert [each.kind for each in from_json(sent[5])] == ["list"]
    assert [from_json(each).kind for each in sent[6:]] == ["str", "NoneType", "bool"]
