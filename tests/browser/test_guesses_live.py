"""Guesses in a browser: a wrong one and a right one, by mouse and by keyboard, and the tally that the browser keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Visit = Callable[..., Any]
pytestmark = [pytest.mark.slow, pytest.mark.browser]


def question(page: Any, name: str) -> Any:
    return page.locator(f"[id='{name}']")


def said(section: Any) -> str:
    return str(section.get_by_role("status").inner_text())


def guess(section: Any, value: float) -> None:
    section.locator("input[type=number]").fill(str(value))
    section.get_by_role("button").click()


def test_a_wrong_choice_and_then_the_right_one(visit: Visit) -> None:
    section = question(visit("guesses"), "cost.debate_factor")
    assert section.locator("details").count() == 0
    section.get_by_text("1.9").click()
    section.get_by_role("button", name="This is my guess").click()
    assert said(section).startswith("✗ Not so. ")
    section.get_by_text("3", exact=True).click()
    section.get_by_role("button", name="Guess again").click()
    assert said(section).startswith("✓ Right. Five plain calls and two debates")
    assert said(section).endswith("(Your first guess, 1.9, is the one that counts.)")


def test_a_choice_is_made_by_keyboard_alone(visit: Visit) -> None:
    page = visit("guesses")
    section = question(page, "cost.saying")
    section.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert said(section) == "", "moving among the answers is no guess yet"
    page.keyboard.press("Enter")
    assert said(section).startswith("✓ Right. Ten calls are reached at five steps")


def test_nothing_chosen_is_said_kindly(visit: Visit) -> None:
    section = question(visit("guesses"), "cost.again")
    section.get_by_role("button").click()
    assert said(section) == "Choose one of the answers first."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (46, "✓ Spot on. It is 46%."),
        (42, "✓ Close: 4 points low. It is 46%."),
        (90, "✗ 44 points too high. It is 46%. Nine tenths of the input"),
    ],
)
def test_a_share_is_judged_in_points(value: float, words: str, visit: Visit) -> None:
    section = question(visit("guesses"), "cost.cached")
    guess(section, value)
    assert said(section).startswith(words)
    assert "It is 46%." in section.locator("svg").get_attribute("aria-label")


@pytest.mark.parametrize(
    ("ratio", "came", "words"),
    [
        (1.005, True, "Spot on."),
        (0.8, True, "Right order, 20% low."),
        (1.2, True, "Right order, 20% high."),
        (0.6, False, "Right order, but 40% low."),
        (2.5, False, "Right order, but 2.5 times too high."),
        (0.1, False, "Not near: 10 times too low."),
        (40, False, "Not near: 40 times too high."),
        (-1, False, "Not near: too low."),
        (0, False, "Not near: too low."),
    ],
)
def test_a_number_is_judged_by_its_factor_and_kindly(ratio: float, came: bool, words: str, visit: Visit) -> None:
    from labkit_workbook.predictions.outputs import SCRIPT  # noqa: PLC0415

    page = visit("guesses")
    source = SCRIPT.read_text(encoding="utf-8")
    page.evaluate(f"() => {{ {source}\n window.judge = judgeNumber; }}")
    verdict, right, off = page.evaluate("x => judge(x, {truth: 200, unit: 's', factor: 1.3})", 200 * ratio)
    assert (verdict, right) == (words, came)
    assert (off <= 1) == came


def test_an_axis_is_dragged_by_arrow_keys_and_typed_into(visit: Visit) -> None:
    page = visit("guesses")
    section = question(page, "cost.growth")
    slider, number = section.locator("input[type=range]"), section.locator("input[type=number]")
    slider.focus()
    before = float(number.input_value())
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    assert float(number.input_value()) < before
    assert slider.get_attribute("aria-valuetext") == f"{number.input_value()} steps"
    number.fill("10")
    section.get_by_role("button").click()
    assert said(section).startswith("✓ Close: 1 step high. It is 9 steps.")


def test_the_result_opens_after_the_guess_and_not_before(visit: Visit) -> None:
    section = question(visit("guesses"), "revealed")
    assert not section.get_by_text("from 24 s to 2 s").is_visible()
    section.get_by_text("All three change").click()
    section.get_by_role("button").click()
    assert section.get_by_text("from 24 s to 2 s").is_visible()


def test_the_tally_counts_first_guesses_and_is_there_after_a_reload(visit: Visit) -> None:
    page = visit("guesses")
    counted = question(page, "tally")
    assert said(counted) == "No guess made yet, of 11."
    guess(question(page, "cost.calls"), 24)
    guess(question(page, "cost.cached"), 95)
    guess(question(page, "cost.growth"), 12)
    guess(question(page, "cost.growth"), 9)
    assert said(counted) == "1 of 3 guesses came true; 8 of 11 not made yet."
    worst = "Furthest off: A cached prompt's price. You said 95%; it is 46%."
    assert worst in counted.inner_text()
    page.reload()
    counted = question(page, "tally")
    assert said(counted) == "1 of 3 guesses came true; 8 of 11 not made yet."
    assert page.evaluate("Object.keys(localStorage)") == ["counting-calls.guesses"]
    counted.get_by_role("button", name="Forget these guesses").click()
    assert said(counted) == "No guess made yet, of 11."


def test_a_page_that_may_keep_nothing_still_counts(visit: Visit) -> None:
    page = visit("guesses")
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})")
    page.reload()
    guess(question(page, "cost.calls"), 24)
    assert said(question(page, "tally")) == "1 of 1 guesses came true; 10 of 11 not made yet."


def test_without_scripts_each_answer_opens_and_the_page_says_what_to_do(visit: Visit) -> None:
    section = question(visit("guesses", scripts=False), "cost.debate_factor")
    assert section.locator("details").count() == 4
    assert section.get_by_text("Run this cell (Shift+Enter) to make your guess here.").is_visible()
    section.get_by_text("1.9").click()
    assert section.get_by_text("Not so. That counts the agents").is_visible()


def test_at_390_px_nothing_is_cut_off(visit: Visit) -> None:
    page = visit("guesses", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
