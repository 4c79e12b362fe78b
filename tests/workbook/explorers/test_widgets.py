"""What needs a kernel: the pocket models' playground and the builder of workflows."""

from __future__ import annotations

import html
import itertools
import re
from typing import Any

import ipywidgets
import pytest

import labkit
from labkit_workbook import explorers
from labkit_workbook.explorers import kernel_widget
from labkit_workbook.explorers.building import ARRANGED, MODELS, MOST, Part, code_of, workflow_of
from labkit_workbook.explorers.pocket_play import CHECKS, read_sum

MAKERS = {"builder": explorers.builder, "playground": explorers.playground}


def controls_in(box: Any) -> list[Any]:
    """Every control that a reader may use."""
    if hasattr(box, "children"):
        return [each for child in box.children for each in controls_in(child)]
    return [] if isinstance(box, ipywidgets.HTML) else [box]


@pytest.mark.parametrize("name", MAKERS)
def test_every_control_has_a_name_and_is_of_a_kind_that_carries_it(name: str) -> None:
    """The sliders of ipywidgets have no accessible name; these kinds tie their description to the field."""
    named = (ipywidgets.Text, ipywidgets.BoundedIntText, ipywidgets.BoundedFloatText, ipywidgets.Dropdown)
    controls = controls_in(MAKERS[name]().box)
    assert len(controls) >= 6
    for control in controls:
        assert isinstance(control, (*named, ipywidgets.Checkbox, ipywidgets.Button))
        assert control.description.strip()
    assert len({control.description for control in controls}) == len(controls)


@pytest.mark.parametrize("name", MAKERS)
def test_without_a_kernel_the_output_says_what_to_do_and_shows_how_it_begins(name: str) -> None:
    shown = MAKERS[name]()
    data = shown._repr_mimebundle_()
    assert data["text/plain"] == repr(shown)
    assert "needs a running kernel" in repr(shown)
    assert html.escape(repr(shown)) in data["text/html"]
    assert shown.page.value in data["text/html"]
    assert "<script" not in data["text/html"]


@pytest.mark.parametrize("name", MAKERS)
def test_the_picture_and_the_controls_are_two_outputs_so_that_either_can_be_hidden(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(kernel_widget, "display", lambda data, raw: told.append(data))
    shown = MAKERS[name]()
    shown._ipython_display_()
    still, controls = told
    assert still["text/plain"] == repr(shown)
    assert set(controls) == {kernel_widget.VIEW}
    assert controls[kernel_widget.VIEW]["model_id"] == shown.box.model_id


# ---- the playground ---------------------------------------------------------------------------------------------


def test_a_sum_is_asked_billed_and_checked() -> None:
    calls = explorers.playground().ask("1461+136+167+11", "small", 1.0, "casting out nines", 4, turn=1)
    last = calls[-1]
    assert last["passed"] is True
    assert last["tokens_in"] > 10
    assert last["tokens_out"] >= 4
    assert 0 < last["confidence"] <= 1
    assert all(call["passed"] is False for call in calls[:-1])


def test_at_temperature_0_a_rejected_answer_is_repeated_and_at_1_it_may_be_mended() -> None:
    playground = explorers.playground()
    sums = (f"{a}+{b}+{c}+807" for a in range(9000, 9020) for b in (69, 945) for c in (4096, 659))
    check = "casting out nines"
    wrong = next(text for text in sums if playground.ask(text, "small", 0.0, check, 0)[-1]["passed"] is False)
    calls = playground.ask(wrong, "small", 0.0, "casting out nines", 3)
    assert len(calls) == 4
    assert len({call["text"] for call in calls}) == 1


def test_without_a_check_nothing_is_asked_again() -> None:
    (call,) = explorers.playground().ask("12+345", "premium", 1.0, "no check", 4)
    assert call["passed"] is None


@pytest.mark.parametrize("text", ["", "12", "1+2+3+4+5", "12345+1", "a+b", "1.5+2", "-1+2", "1++2", "<b>+1"])
def test_what_is_no_sum_is_said_kindly_and_not_run_as_markup(text: str) -> None:
    with pytest.raises(ValueError, match="a sum must be two to 4 whole numbers"):
        read_sum(text)
    playground = explorers.playground()
    playground.sum.value = "1+1"
    playground.sum.value = text
    assert 'role="alert"' in playground.page.value
    assert "<b>" not in playground.page.value


def test_moving_a_control_asks_again_and_fresh_luck_is_another_id() -> None:
    playground = explorers.playground()
    playground.temperature.value = 2.0
    pages = {playground.page.value}
    for _ in range(12):
        playground.again.click()
        pages.add(playground.page.value)
    assert len(pages) > 1
    assert set(playground.check.options) == set(CHECKS)


# ---- the builder ------------------------------------------------------------------------------------------------


def by_code(code: str) -> labkit.Workflow:
    """What the code in the output makes, in a cell that has imported labkit's names."""
    names = {name: getattr(labkit, name) for name in labkit.__all__}
    workflow: labkit.Workflow = eval(code, names)
    return workflow


PARTS = [Part(*fields) for fields in itertools.product((1, 3), MODELS, ARRANGED, (False, True))]


@pytest.mark.parametrize(("retries", "noticed", "hit"), [(0, 1.0, 0.0), (2, 1.0, 0.0), (1, 0.7, 0.0), (1, 0.9, 0.4)])
@pytest.mark.parametrize("second", PARTS, ids=lambda part: part.code)
def test_the_code_makes_the_workflow_that_is_shown(second: Part, retries: int, noticed: float, hit: float) -> None:
    parts = [Part(1, "premium", "one after another"), second]
    assert by_code(code_of(parts, retries, noticed, hit)) == workflow_of(parts, retries, noticed, hit)


def test_steps_are_added_and_taken_away_and_the_output_follows() -> None:
    builder = explorers.builder()
    assert len(builder.workflow) == 4
    builder.steps.value, builder.model.value, builder.arranged.value = 2, "small", "one after another"
    builder.add.click()
    assert len(builder.workflow) == 6
    assert builder.code.endswith(".then(chain(2, SMALL))")
    builder.retries.value = 1
    assert str(builder.workflow.outcome("expected").numbers())[:12] in builder.page.value
    assert ".pipe(retry, 1)" in builder.page.value
    for _ in range(9):
        builder.drop.click()
    assert len(builder.parts) == 1
    assert "<img alt=" in builder.page.value


def test_no_more_steps_are_taken_than_can_be_drawn() -> None:
    builder = explorers.builder()
    builder.steps.value = 12
    for _ in range(4):
        builder.add.click()
    assert len(builder.workflow) <= MOST
    assert f"No more than {MOST} steps" in builder.page.value


def test_where_random_times_overlap_the_seconds_are_their_mean() -> None:
    builder = explorers.builder()
    builder.retries.value = 1
    taken = float(re.search(r"latency ([\d.]+) s", builder.page.value)[1])
    assert taken == pytest.approx(builder.workflow.outcome("expected").latency, abs=0.005)
    worst = builder.workflow.outcome("worst").latency
    assert labkit.chain(1, labkit.PREMIUM).then(labkit.parallel(3, labkit.SMALL)).outcome().latency < taken < worst


def test_a_full_cache_is_no_infinity() -> None:
    builder = explorers.builder()
    builder.hit_rate.value = 1.0
    assert "cost $0.0000" in builder.page.value
    assert "inf" not in builder.page.value.partition("<img")[0]
