"""The author's gate: each question can be told from each of its misconceptions, for the text and for a class."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from labkit import Model, chain, simulate, stop_early
from labkit_workbook import feedback
from labkit_workbook.questions import Exercise, Question, exercise, exercises, find
from labkit_workbook.questions.graded.routing_crossover import (
    always_below,
    break_even,
    last_paying,
    last_paying_long,
    routed,
)

DRAWS = 80
EXERCISES = {which.name: which for which in exercises()}
IDS = [f"{which.name}.{question.name}" for which in exercises() for question in which.questions if not question.played]
"""The questions with an answer in numbers; those that are played are in ``test_played.py``."""
NUMBERED = [which for which in exercises() if which.number]

every_question = pytest.mark.parametrize("question_id", IDS)


@cache
def drawn(which: str) -> tuple[Any, ...]:
    """The parameters of a class of 200."""
    return tuple(EXERCISES[which].drawn("class", str(i)) for i in range(DRAWS))


def both(question_id: str) -> tuple[Exercise, Question, list[Any]]:
    """The exercise, the question, and the text's parameters followed by the class's."""
    which, question = find(question_id)
    return which, question, [which.text, *drawn(which.name)]


def given_by(question: Question, function: Any, parameters: Any) -> Any:
    """What a learner hands in who goes this way: a value, or a function."""
    if question.inputs is None:
        return function(parameters)
    return lambda each: function(parameters, each)


def flat(value: Any) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, (tuple, list)) else (float(value),)


# ---- the exercises as a whole ---------------------------------------------------------------------------------


def test_the_exercises_have_at_least_eight_questions_and_twenty_misconceptions() -> None:
    assert sorted(which.number for which in NUMBERED) == [
        "01",
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "09",
        "10",
        "11",
        "12",
    ]
    assert sum(len(which.questions) for which in NUMBERED) >= 8
    assert sum(len(question.misconceptions) for which in NUMBERED for question in which.questions) >= 20


def test_ids_are_unique_and_every_room_says_what_a_learner_wants_to_know() -> None:
    assert len(set(IDS)) == len(IDS)
    for which in exercises():
        assert which.title
        assert which.objective.endswith(".")
        assert which.minutes > 0
        assert which.difficulty in ("beginner", "intermediate", "advanced")


@pytest.mark.parametrize("name", EXERCISES)
def test_every_parameter_says_what_it_is(name: str) -> None:
    text = repr(EXERCISES[name].text)
    for field, meta in EXERCISES[name].text.__dataclass_fields__.items():
        assert re.search(rf"\.{field} *= ", text)
        assert meta.metadata["doc"] in text


@pytest.mark.parametrize("name", EXERCISES)
def test_drawing_is_deterministic_and_differs_between_students(name: str) -> None:
    assert EXERCISES[name].drawn("class", "7") == drawn(name)[7]
    assert EXERCISES[name].drawn("class", "7") != EXERCISES[name].text
    most_common = Counter(drawn(name)).most_common(1)[0][1]
    assert most_common <= DRAWS / 5
    assert [EXERCISES[name].drawn("another class", str(i)) for i in range(5)] != list(drawn(name)[:5])


def test_salts_that_only_join_alike_are_different_students() -> None:
    which = EXERCISES["ticket_spend"]
    assert len({which.drawn("ab", "c"), which.drawn("a", "bc"), which.drawn("abc")}) == 3


# ---- every question ---------------------------------------------------------------------------------------------


@every_question
def test_a_question_has_two_hints_a_unit_and_distinct_labels(question_id: str) -> None:
    _, question = find(question_id)
    assert len(question.hints) == 2
    assert all(hint.strip() for hint in question.hints)
    assert question.hints[0] != question.hints[1]
    assert question.asks.strip()
    assert question.unit.strip()
    assert question.points >= 1
    labels = [m.label for m in question.misconceptions]
    assert labels
    assert len(set(labels)) == len(labels)
    assert all(m.message.strip() for m in question.misconceptions)


@every_question
@pytest.mark.parametrize("nothing", [None, ...])
def test_an_untouched_question_is_not_started(question_id: str, nothing: Any) -> None:
    which, question = find(question_id)
    result = feedback.judge(question_id, nothing, which.text)
    assert result.status == "not_started"
    assert question.asks in result.message


@every_question
def test_the_answer_is_right_for_the_text_and_for_every_student(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    for parameters in all_parameters:
        result = feedback.judge(question_id, given_by(question, question.answer, parameters), parameters)
        assert result.status == "right", (parameters, result)
        assert question.worked(parameters).lower() in result.message.lower()


@every_question
def test_every_misconception_draws_exactly_its_own_label_from_every_student(question_id: str) -> None:
    which, question, _ = both(question_id)
    for parameters in drawn(which.name):
        for misconception in question.misconceptions:
            value = given_by(question, misconception.wrong, parameters)
            result = feedback.judge(question_id, value, parameters)
            assert (result.status, result.label) == ("misconception", misconception.label), parameters
            assert result.message == misconception.message


@every_question
def test_at_the_text_s_numbers_misconceptions_that_coincide_share_their_message(question_id: str) -> None:
    which, question = find(question_id)
    for (one, wrong), (other, also_wrong) in combinations(question.mistaken(which.text), 2):
        if question.same(wrong, also_wrong):
            assert one.message == other.message
    for misconception in question.misconceptions:
        value = given_by(question, misconception.wrong, which.text)
        result = feedback.judge(question_id, value, which.text)
        assert (result.status, result.message) == ("misconception", misconception.message)


@every_question
def test_no_misconception_is_the_answer_nor_close_to_it(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    for parameters in all_parameters:
        answer = flat(question.expected(parameters))
        for _, wrong in question.mistaken(parameters):
            apart = [abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in zip(answer, flat(wrong), strict=True)]
            assert max(apart) > 2 * question.tolerance


@every_question
def test_no_answer_is_zero_one_true_or_not_a_number(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    for parameters in all_parameters:
        expected = question.expected(parameters)
        assert not isinstance(expected, bool)
        assert all(math.isfinite(x) for x in flat(expected))
        assert flat(expected) not in ((0.0,), (1.0,))


@every_question
def test_counts_are_whole_and_probabilities_lie_between_zero_and_one(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    for parameters in all_parameters:
        for x in flat(question.expected(parameters)):
            assert not question.whole or x == int(x)
            assert question.unit != "probability" or 0 < x < 1


@every_question
def test_no_answer_is_below_zero(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    assert all(min(flat(question.expected(parameters))) > 0 for parameters in all_parameters)


@every_question
def test_an_answer_given_to_four_digits_more_than_the_tolerance_is_right(question_id: str) -> None:
    which, question = find(question_id)
    digits = 1 - math.floor(math.log10(question.tolerance))

    def rounded(*args: Any) -> Any:
        value = question.answer(*args)
        if isinstance(value, tuple):
            return tuple(float(f"{x:.{digits}g}") for x in value)
        return float(f"{value:.{digits}g}")

    assert feedback.judge(question_id, given_by(question, rounded, which.text), which.text).status == "right"


# ---- nothing shown before success tells the answer --------------------------------------------------------------


def numbers_in(text: str) -> Iterator[tuple[str, float]]:
    """Every number written in a text, with its words: 1,234.5 and 12% and 3e-4."""
    for found in re.finditer(r"\d[\d,]*\.?\d*(?:e-?\d+)?", text):
        digits = found.group().rstrip(".,").replace(",", "")
        if digits:
            yield found.group(), float(digits)


def tells(text: str, question: Question, answer: tuple[float, ...]) -> list[str]:
    """Numbers in a text that are an answer, as a fraction or a percentage, exactly or rounded."""
    secrets = {abs(x) for x in answer if abs(x) not in (0.0, 1.0)}
    forms = {f"{100**h * x:{form}}" for x in secrets for h in (0, 1) for form in (".3g", ".4g", ".6g", ".2f", ".0f")}
    long_forms = {form for form in forms if len(form.replace(".", "").strip("0")) >= 3}
    told = []
    for written, value in numbers_in(text):
        exact = any(math.isclose(value, factor * x, rel_tol=1e-9) for x in secrets for factor in (1, 100))
        if exact or written.rstrip(".,").replace(",", "") in long_forms:
            told.append(written)
    return told


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("about 0.83", False),
        ("it is 0.8254 then", True),
        ("82.54%", True),
        ("$1,825.40 or 0.825", True),
        ("2 of 3", False),
    ],
)
def test_the_search_for_a_told_answer_finds_it_in_every_form(text: str, found: bool) -> None:
    assert bool(tells(text, find("debate_vs_retry.debated")[1], (0.82540,))) is found


@every_question
def test_neither_the_question_nor_hints_nor_messages_tell_the_answer(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    shown = [question.asks, *question.hints, *(m.message for m in question.misconceptions)]
    for parameters in all_parameters[:21]:
        answer = flat(question.expected(parameters))
        for text in shown:
            assert tells(text, question, answer) == [], (text, answer)


@every_question
def test_no_result_before_success_tells_the_answer(question_id: str) -> None:
    _, question, all_parameters = both(question_id)
    for parameters in all_parameters[:21]:
        answer = flat(question.expected(parameters))
        tries: list[Any] = [
            None,
            "text",
            math.nan,
            -17.25,
            987654.321,
            [987654.321] * len(answer),
            [1, 2, 3, 4, 5, 6, 7],
        ]
        for value in [*tries, *(lambda each, v=v: v for v in tries)]:
            result = feedback.judge(question_id, value, parameters)
            assert result.status != "right"
            count = {float(len(answer)), 7.0, 17.25, 987654.321}
            told = [t for t in tells(result.message, question, answer) if float(t.rstrip(".,")) not in count]
            if question.inputs is None:
                assert told == []


# ---- the figures of the text --------------------------------------------------------------------------------------

FIGURES: list[tuple[str, Any, float]] = [
    ("ticket_spend.calls_per_step", [1, 6, 1, 6, 1], 0),
    ("ticket_spend.calls", 15, 0),
    ("ticket_spend.worst_case_calls", 30, 0),
    ("ticket_spend.worst_usd_per_ticket", 0.90, 1e-12),
    ("ticket_spend.worst_usd_per_day", 180_000, 1e-6),
    ("ticket_spend.expected_usd_per_day", 91_350, 1e-6),
    ("ticket_spend.lever_bills", [0.30, 0.228, 0.06], 1e-12),
    ("routing_crossover.last_paying", 6, 0),
    ("routing_crossover.always_below", 0.827, 5e-4),
    ("routing_crossover.never_above", 1.028, 5e-4),
    ("routing_crossover.fewest_hard", 8, 0),
    ("routing_crossover.last_paying_long", 5, 0),
    ("routing_crossover.matching_detection", 0.738, 5e-4),
    ("routing_crossover.cascade_usd", 0.0032, 5e-5),
    ("routing_crossover.mean_steps", 6.10766, 5e-6),
    ("routing_crossover.too_soon", 265.7, 0.05),
    ("debate_vs_retry.bare", 0.7921, 5e-5),
    ("debate_vs_retry.debated", 0.8254, 5e-5),
    ("debate_vs_retry.retried", 0.8317, 5e-5),
    ("debate_vs_retry.debated_sec", 12 * 2.0, 1e-12),
    ("debate_vs_retry.retry_budget", 11 * 2.0, 1e-12),
    ("debate_vs_retry.expected_attempts", 1.05, 1e-12),
    ("debate_vs_retry.detection_break_even", 0.842, 5e-4),
    ("measure_your_retries.p", 0.420, 5e-4),
    ("measure_your_retries.pass_2", 0.273, 5e-4),
    ("measure_your_retries.elsewhere", 0.717, 5e-4),
    ("reliability_cliff.risk", 0.020269, 5e-7),
    ("reliability_cliff.likelihood_ratio", 2.148, 5e-4),
    ("spend_a_budget.designs", 16_777_216, 0),
    ("budget_orchestrator.call_worst_usd", 0.015, 1e-12),
    ("budget_orchestrator.step_worst_usd", 0.045, 1e-12),
    ("budget_orchestrator.steps_begun", 5, 0),
    ("start_here.debate_calls", 15, 0),
    ("lesson_coordination.implied_p", 0.99487, 5e-6),
]


@pytest.mark.parametrize(("question_id", "figure", "error"), FIGURES)
def test_the_text_s_own_numbers_give_the_published_figures(question_id: str, figure: Any, error: float) -> None:
    which, question = find(question_id)
    assert flat(question.expected(which.text)) == pytest.approx(flat(figure), abs=error, rel=0)


@pytest.mark.parametrize(
    ("question_id", "value", "label"),
    [
        ("ticket_spend.worst_case_calls", 15, "retries_forgotten"),
        ("ticket_spend.worst_usd_per_day", 90_000, "retries_forgotten"),
        ("ticket_spend.worst_usd_per_ticket", 0.45, "retries_forgotten"),
        ("ticket_spend.calls", 9, "agents_not_rounds"),
        ("ticket_spend.calls", 7, "rounds_not_agents"),
        ("debate_vs_retry.bare", 79.21, "percent"),
        ("debate_vs_retry.expected_attempts", 2, "worst_case"),
    ],
)
def test_the_known_traps_of_the_text_are_caught(question_id: str, value: float, label: str) -> None:
    assert feedback.judge(question_id, value, find(question_id)[0].text).label == label


def test_routing_pays_at_every_count_below_one_value_and_at_none_above_another() -> None:
    text = EXERCISES["routing_crossover"].text
    for value, last in ((0.82, 11), (0.83, 10), (0.90, 6), (1.02, 0), (1.03, -1)):
        assert last_paying(text, value) == last


def test_break_even_falls_with_the_hard_count_toward_0_81() -> None:
    text = EXERCISES["routing_crossover"].text
    values = [break_even(text, h) for h in range(text.steps)]
    assert values == sorted(values, reverse=True)
    limit = (text.premium_usd - text.small_usd) / (text.premium_p**text.steps * math.log(text.premium_p / text.small_p))
    assert limit == pytest.approx(0.81, abs=5e-3)
    assert always_below(text) > limit


@pytest.mark.parametrize(("steps", "last"), [(12, 11), (22, 21), (48, 5), (66, -1), (80, -1)])
def test_by_quality_per_dollar_only_long_chains_cross(steps: int, last: int) -> None:
    assert last_paying_long(replace(EXERCISES["routing_crossover"].text, long_steps=steps)) == last


def test_by_quality_per_dollar_a_chain_of_23_no_longer_pays_everywhere() -> None:
    text = replace(EXERCISES["routing_crossover"].text, long_steps=23)
    all_premium = routed(text, 23, 23)
    better = [h for h in range(23) if routed(text, h, 23)[2] / routed(text, h, 23)[0] > all_premium[2] / all_premium[0]]
    assert len(better) < 23


def test_a_floor_of_0_70_allows_routing_from_eight_hard_steps_on() -> None:
    text = EXERCISES["routing_crossover"].text
    assert [h for h in range(13) if routed(text, h)[2] >= 0.70] == [8, 9, 10, 11, 12]


@pytest.mark.parametrize("student", ["0", "1", "2"])
def test_a_loop_that_a_judge_stops_early_is_what_a_simulation_gives(student: str) -> None:
    """Steps of one dollar that are never wrong: the dollars are the steps, and wrong is what was stopped too soon."""
    which = EXERCISES["routing_crossover"]
    given = which.drawn("simulated", student)
    loop = chain(given.steps, Model(1.0, 1.0, 1.0))
    judged = loop.pipe(
        stop_early, given.good_enough, loop.names[:-1], recall=given.recall, false_alarm=given.false_alarm
    )
    found = simulate(judged, 100_000, seed=int(student))
    near = 4 * found.standard_error.cost
    assert flat(find("routing_crossover.mean_steps")[1].expected(given)) == pytest.approx((found.mean.cost,), abs=near)
    near = 4 * 1000 * found.standard_error.reliability
    expected = flat(find("routing_crossover.too_soon")[1].expected(given))
    assert expected == pytest.approx((1000 * found.wrong.mean(),), abs=near)


# ---- finding them -------------------------------------------------------------------------------------------------


def test_an_unknown_exercise_or_question_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'ticket_spend'"):
        exercise("tickets_spend")
    with pytest.raises(ValueError, match=r"did you mean 'ticket_spend\.calls'"):
        find("ticket_spend.call")


@every_question
def test_every_question_is_found_by_its_id(question_id: str) -> None:
    which, question = find(question_id)
    assert f"{which.name}.{question.name}" == question_id
