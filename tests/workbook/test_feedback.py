"""``check`` answers in order, remembers tries, never raises and never tells the answer before it is right."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawing
from hypothesis import strategies as st
from strategies import steady

from labkit_workbook import feedback
from labkit_workbook.feedback import check, given, summary
from labkit_workbook.hints import hint
from labkit_workbook.questions import exercises, find
from labkit_workbook.questions.model import sentence
from labkit_workbook.results import MEMORY, MIME, STATUSES, CheckResult

CALLS = "ticket_spend.worst_case_calls"
PARTS = "ticket_spend.calls_per_step"
FUNCTION = "routing_crossover.routed"
SHARE = "debate_vs_retry.bare"
IDS = [f"{exercise.name}.{question.name}" for exercise in exercises() for question in exercise.questions]
NUMBERS = [question_id for question_id in IDS if not find(question_id)[1].played]


def routed(hard: int) -> tuple[float, float, float]:
    """The right function of exercise 02, written anew."""
    g = given("routing_crossover")
    easy = g.steps - hard
    return (
        hard * g.premium_usd + easy * g.small_usd,
        hard * g.premium_sec + easy * g.small_sec,
        g.premium_p**hard * g.small_p**easy,
    )


# ---- the order of answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question_id", "value", "status"),
    [
        (CALLS, None, "not_started"),
        (CALLS, ..., "not_started"),
        (CALLS, "30", "wrong_type"),
        (CALLS, True, "wrong_type"),
        (CALLS, np.True_, "wrong_type"),
        (CALLS, [30], "wrong_type"),
        (CALLS, math.nan, "wrong_type"),
        (CALLS, math.inf, "wrong_type"),
        (CALLS, 30 + 0j, "wrong_type"),
        (CALLS, len, "wrong_type"),
        (CALLS, -3, "wrong_type"),
        (CALLS, 12.5, "wrong_type"),
        (CALLS, 15, "misconception"),
        (CALLS, 77, "wrong"),
        (CALLS, 30, "right"),
        (CALLS, 30.0, "right"),
        (CALLS, np.int32(30), "right"),
        (CALLS, np.float32(30), "right"),
        (CALLS, np.array(30), "right"),
        (CALLS, Fraction(30), "right"),
        (CALLS, Decimal(30), "right"),
        (SHARE, 79.21, "misconception"),
        (SHARE, 55, "wrong_type"),
        (SHARE, 0.5, "wrong"),
        (SHARE, 0.7921, "right"),
        (PARTS, [1, 6, 1, 6, 1], "right"),
        (PARTS, (1, 6, 1, 6, 1), "right"),
        (PARTS, np.array([1, 6, 1, 6, 1]), "right"),
        (PARTS, [1, 3, 1, 3, 1], "misconception"),
        (PARTS, [1, 6, 1, 6], "wrong_type"),
        (PARTS, 15, "wrong_type"),
        (PARTS, [1, "6", 1, 6, 1], "wrong_type"),
        (PARTS, [[1, 6, 1, 6, 1]], "wrong_type"),
        (PARTS, [1, 6, 1, 6, 2], "wrong"),
        (FUNCTION, routed, "right"),
        (FUNCTION, lambda hard: list(routed(hard)), "right"),
        (FUNCTION, lambda hard: np.array(routed(hard)), "right"),
        (FUNCTION, lambda hard: routed(12 - hard), "misconception"),
        (FUNCTION, lambda hard: (1.0, 2.0, 0.5), "wrong"),
        (FUNCTION, lambda hard: None, "wrong_type"),
        (FUNCTION, lambda hard: 3, "wrong_type"),
        (FUNCTION, lambda hard: NotImplemented, "wrong_type"),
        (FUNCTION, lambda: 3, "wrong_type"),
        (FUNCTION, routed(3), "wrong_type"),
        (FUNCTION, None, "not_started"),
    ],
)
def test_each_kind_of_answer_gets_its_kind_of_result(question_id: str, value: Any, status: str) -> None:
    assert check(question_id, value).status == status


def test_a_stub_that_raises_not_implemented_is_not_started() -> None:
    def stub(hard: int) -> None:
        raise NotImplementedError("your turn")

    assert check(FUNCTION, stub).status == "not_started"


def test_a_function_that_fails_is_told_where_and_how() -> None:
    result = check(FUNCTION, lambda hard: 1 / 0)
    assert "at the input 0" in result.message
    assert "ZeroDivisionError" in result.message


def test_a_function_that_gives_a_list_or_stops_without_a_word_is_told_so() -> None:
    def stops(hard: int) -> Any:
        raise StopIteration

    one = check("promise_a_p95.places_needed", lambda load: [1, 2, 3])
    assert "The answer is one number, not a list of 3." in one.message
    assert "at the input 0: StopIteration" in check(FUNCTION, stops).message


def test_a_long_input_is_quoted_by_its_beginning() -> None:
    result = check("read_the_bill.money_parts", lambda bill: 1 / 0)
    assert "ZeroDivisionError" in result.message
    assert "..." in result.message
    assert len(result.message) < 250


def test_a_loop_over_nothing_returns_none_and_is_told_so() -> None:
    def looped(hard: int) -> Any:
        for _ in range(0):
            return routed(hard)

    assert "gave None" in check(FUNCTION, looped).message


def test_a_result_names_the_unit_and_the_question() -> None:
    assert "(Unit: calls.)" in check(CALLS, 77).message
    assert "retried once" in check(CALLS, None).message
    assert "0.985, not 98.5" in check(SHARE, 55).message
    assert "without quotation marks, $" in check("ticket_spend.worst_usd_per_ticket", "$0.90").message


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("a plain step is 1 call", "A plain"),
        ("one of two", "One of"),
        ("it is so", "It is"),
        ("p = 0.8683, after a wrong try 0.4684", "p = "),
        ("p + (1 - p) r = 0.5667", "p + "),
        ("p is 0.9", "p is"),
        ("usd_in = 3.0", "usd_in"),
        ("log(1/2) / log(0.98) = 33.8 steps", "log("),
        ("V(0) = saved / lost", "V(0)"),
        ("$0.90 x 200,000", "$0.90"),
        ("(10 + 1) x 2 s", "(10"),
        ("3", "3."),
    ],
)
def test_a_sentence_begins_with_a_capital_and_a_formula_as_it_is_written(words: str, begins: str) -> None:
    assert sentence(words).startswith(begins)
    assert sentence(words).lower() == f"{words.lower()}."


def test_every_worked_answer_begins_with_a_capital_a_number_or_a_formula() -> None:
    for exercise in exercises():
        for question in exercise.questions:
            told = sentence(question.worked(exercise.text))
            assert not re.match(r"a |[a-z]{2,}\b(?![(^_]| [-=+*/<>] )", told), told


def test_a_right_answer_shows_the_worked_answer_and_a_wrong_one_does_not() -> None:
    worked = find(CALLS)[1].worked(given("ticket_spend"))
    assert worked in check(CALLS, 30).message
    for value in (15, 77, None, "text"):
        assert worked not in check(CALLS, value).message


# ---- memory: hints and points -------------------------------------------------------------------------------


def test_after_two_wrong_tries_the_first_hint_is_offered_and_then_the_second() -> None:
    first, second = find(CALLS)[1].hints
    shown = [check(CALLS, value).message for value in (77, 15, 78, 79)]
    assert "Hint" not in shown[0]
    assert shown[1].endswith(f"Hint 1: {first}")
    assert f"\nHint 2: {second}\n3 tries: " in shown[2]
    assert f"\nHint 2: {second}\n4 tries: " in shown[3]


def test_only_wrong_numbers_count_as_tries_and_each_question_counts_its_own() -> None:
    for value in (None, "text", [1], math.nan, None):
        check(CALLS, value)
    check(PARTS, [1, 6, 1, 6, 2])
    assert "Hint" not in check(CALLS, 77).message
    assert "Hint 1" in check(CALLS, 77).message


def test_hints_come_on_request_without_any_try() -> None:
    assert (hint(CALLS), hint(CALLS, 2)) == find(CALLS)[1].hints


def test_judging_remembers_nothing() -> None:
    for _ in range(5):
        assert "Hint" not in feedback.judge(CALLS, 77, given("ticket_spend")).message
    assert "Hint" not in check(CALLS, 77).message


def test_the_summary_counts_the_points_of_what_is_right() -> None:
    exercise = find(FUNCTION)[0]
    assert summary(exercise.name).points == 0
    check(FUNCTION, routed)
    check("routing_crossover.last_paying", 6)
    check("routing_crossover.fewest_hard", 7)
    after = summary(exercise.name)
    assert after.points == find(FUNCTION)[1].points + find("routing_crossover.last_paying")[1].points
    assert after.most == sum(question.points for question in exercise.questions)
    assert after.states["fewest_hard"] == "misconception"
    assert after.states["cascade_usd"] == "not_started"
    assert f"{after.points} of {after.most} points" in repr(after)


def test_the_last_answer_is_the_one_that_counts() -> None:
    check(CALLS, 30)
    check(CALLS, 15)
    assert summary("ticket_spend").states["worst_case_calls"] == "misconception"


def test_a_fresh_kernel_remembers_nothing() -> None:
    check(CALLS, 30)
    MEMORY.forget()
    assert summary("ticket_spend").points == 0


# ---- what is shown ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "word"), [(30, "Right."), (77, "Not yet."), ("a", "Not an answer yet.")])
def test_text_and_html_begin_with_the_mark(value: Any, word: str) -> None:
    result = check(CALLS, value)
    bundle = result._repr_mimebundle_()
    assert bundle["text/plain"] == repr(result) == f"{word} {result.message}"
    assert f"<strong>{word}</strong>" in bundle["text/html"]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_can_be_shown(status: str) -> None:
    bundle = CheckResult("a.b", status, "words")._repr_mimebundle_()
    assert json.loads(json.dumps(bundle)) == bundle
    about = {"label": "", "message": "words", "numbers": "", "tries": 0, "worked": False}
    assert bundle[MIME] == {"question": "a.b", "status": status, **about}


def test_html_is_escaped_and_keeps_its_lines() -> None:
    page = CheckResult("a.b", "wrong", "<script>\"&'</script>\nsecond")._repr_mimebundle_()["text/html"]
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;&amp;&#x27;&lt;/script&gt;<br>second" in page


def test_dollars_in_html_are_no_mathematics() -> None:
    page = CheckResult("a.b", "right", "$1 and $2")._repr_mimebundle_()["text/html"]
    assert "<span>$</span>1 and <span>$</span>2" in page


def test_what_a_function_raises_is_escaped_too() -> None:
    def nasty(hard: int) -> None:
        raise ValueError("<img src=x onerror=alert(1)>")

    result = check(FUNCTION, nasty)
    assert "<img" in result.message
    assert "<img" not in result._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("wrong_id", "nearest"),
    [
        ("ticket_spend.worst_calls", "ticket_spend.worst_case_calls"),
        ("debate_vs_retry.bar", "debate_vs_retry.bare"),
        ("routing_crossover.fewest", "routing_crossover.fewest_hard"),
        ("TICKET_SPEND.calls", "ticket_spend.calls"),
    ],
)
def test_an_unknown_id_is_answered_with_the_nearest(wrong_id: str, nearest: str) -> None:
    result = check(wrong_id, 1)
    assert result.status == "unknown"
    assert wrong_id in result.message
    assert f"did you mean {nearest!r}?" in result.message


def test_unknown_ids_are_not_remembered() -> None:
    check("ticket_spend.nothing", 1)
    assert "nothing" not in summary("ticket_spend").states


# ---- it never raises ----------------------------------------------------------------------------------------


class Liar:
    """Raises wherever it is asked."""

    def _no(self, *args: object) -> Any:
        raise RuntimeError("no")

    __float__ = __int__ = __index__ = __eq__ = __len__ = __iter__ = __getitem__ = __repr__ = __str__ = _no
    __bool__ = __hash__ = __call__ = __array__ = __lt__ = __gt__ = __abs__ = __format__ = _no


class Masked:
    """Claims to be a float."""

    __class__ = property(lambda self: float)


class Faceless:
    """Will not say what it is."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("no")


class ShyFloat(float):
    """A float that will not be converted."""

    def __float__(self) -> float:
        raise ValueError("no")


class EndlessList(list):
    """A list that claims a length it has not."""

    def __len__(self) -> int:
        return 5

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no")


class BrokenError(Exception):
    """An error that cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no")


class Meta(type):
    """A type without a name."""

    @property
    def __name__(cls) -> str:
        raise RuntimeError("no")


def nameless() -> Any:
    """An object of such a type, which stays out of the module, where pytest would look at it."""

    class Nameless(metaclass=Meta):
        pass

    return Nameless()


def raising(error: BaseException) -> Any:
    def function(*args: object) -> Any:
        raise error

    return function


def recursing(*args: object) -> Any:
    return recursing(*args)


def holding(*items: Any) -> np.ndarray:
    """An array of objects, which numpy does not look into."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


LOOP: list[Any] = []
LOOP.append(LOOP)
DICT_LOOP: dict[str, Any] = {}
DICT_LOOP["me"] = DICT_LOOP

NASTY: dict[str, Any] = {
    "liar": Liar(),
    "masked": Masked(),
    "faceless": Faceless(),
    "shy float": ShyFloat(30),
    "endless list": EndlessList([1]),
    "nameless": nameless(),
    "a type": type(nameless()),
    "list in itself": LOOP,
    "dict in itself": DICT_LOOP,
    "huge": 10**400,
    "minus huge": -(10**400),
    "huge in a list": [10**400] * 5,
    "complex": 3j,
    "signalling": Decimal("sNaN"),
    "objects": holding(Liar(), None, "x"),
    "five objects": holding(*[Liar()] * 5),
    "no numbers": np.array([]),
    "deep": np.zeros((1,) * 10),
    "masked array": np.ma.masked,
    "record": np.zeros(1, dtype=[("a", int)]),
    "date": np.datetime64("2020"),
    "bytes": b"30",
    "surrogate": "\ud800",
    "liars": [Liar()] * 5,
    "generator": (x for x in [1]),
    "raises": raising(ValueError("no")),
    "raises unprintable": raising(BrokenError()),
    "raises recursion": recursing,
    "raises stop": raising(StopIteration()),
    "raises itself wrongly": raising(OSError()),
    "returns liar": lambda *a: Liar(),
    "returns liars": lambda *a: [Liar()] * 3,
    "returns huge": lambda *a: [10**400] * 3,
    "returns stub": lambda *a: NotImplementedError,
    "returns loop": lambda *a: LOOP,
    "returns nan": lambda *a: [math.nan] * 3,
    "returns itself": lambda *a: NASTY["returns itself"],
    "a class as function": Liar,
    "a built-in": print,
    "a module": math,
}


def stays_calm(question_id: Any, value: Any) -> CheckResult:
    """Check, and look at the result in every way a notebook does."""
    result = check(question_id, value)
    bundle = result._repr_mimebundle_()
    assert json.loads(json.dumps(bundle)) == bundle
    assert repr(result) == bundle["text/plain"]
    return result


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("question_id", [CALLS, PARTS, SHARE, FUNCTION, "ticket_spend.lever_bills"])
def test_nasty_values_raise_nothing_and_are_no_answer(question_id: str, name: str) -> None:
    assert stays_calm(question_id, NASTY[name]).status in ("wrong_type", "wrong", "not_started")


@pytest.mark.parametrize("nasty_id", [None, 3, b"x", [], {}, (), 3.5, "", " ", "a" * 5000, "\ud800", object()])
def test_nasty_ids_raise_nothing(nasty_id: Any) -> None:
    assert stays_calm(nasty_id, 30).status == "unknown"


def test_an_id_that_cannot_be_printed_raises_nothing() -> None:
    assert stays_calm(Liar(), 30).status == "unknown"


def test_a_function_that_exits_raises_nothing() -> None:
    assert stays_calm(FUNCTION, raising(SystemExit())).status == "wrong_type"


def test_a_grader_is_told_of_a_number_too_big_to_be_a_float() -> None:
    assert feedback.judge(CALLS, 10**400, given("ticket_spend")).status == "wrong_type"


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary()
    | st.decimals()
    | st.fractions()
    | st.dates()
    | st.just(...)
)
objects = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.tuples(inner, inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
anything = objects | st.builds(lambda x: lambda *args: x, objects) | st.builds(holding, leaves)


@steady
@drawing(st.sampled_from(IDS), anything)
def test_any_python_object_raises_nothing(question_id: str, value: Any) -> None:
    assert stays_calm(question_id, value).status in STATUSES


@steady
@drawing(st.text(max_size=40), anything)
def test_any_text_as_id_raises_nothing(question_id: str, value: Any) -> None:
    assert stays_calm(question_id, value).status == "unknown"


@steady
@drawing(st.sampled_from(NUMBERS), st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 6))
def test_numbers_far_from_the_answer_are_never_right_and_never_told(question_id: str, value: float, count: int) -> None:
    exercise, question = find(question_id)
    expected = question.expected(exercise.text)
    for tried in (value, [value] * count):
        result = stays_calm(question_id, tried)
        if result.status == "right":
            assert question.same(expected, value if isinstance(expected, float) else (value,) * count)
        elif not isinstance(expected, tuple):
            assert f"{expected:.6g}" not in result.message.replace(f"{value}", "")
