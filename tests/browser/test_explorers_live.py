"""Explorers in a browser: by mouse, by arrow keys on the native range, by dragging; in every width and colour."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import labkit
from labkit_workbook import explorers
from labkit_workbook.explorers.tables import SCRIPT, Explorer, unpack

STATIC = [
    "budgets", "critical_path", "crossover", "debate_or_retry", "growing_context", "how_many_tasks", "levers",
    "product_law", "repetition", "seventh_agent", "timeline", "under_load",
]  # fmt: skip
Visit = Callable[..., Any]
pytestmark = [pytest.mark.slow, pytest.mark.browser]
every = pytest.mark.parametrize("name", STATIC)


def made(name: str) -> Explorer:
    explorer: Explorer = getattr(explorers, name)()
    return explorer


def shown(section: Any) -> str:
    """What is drawn."""
    return str(section.locator(".pic").inner_html())


def set_number(section: Any, label: str, value: float) -> None:
    """Type a number into the field beside a slider."""
    field = section.get_by_label(re.compile(rf"^{re.escape(label)}.*, as a number$"))
    field.fill(str(value))
    field.press("Tab")


@every
def test_arrow_keys_on_every_native_range_move_the_number_and_the_picture(name: str, visit: Visit) -> None:
    section = visit("explorers").locator(f"#{name}")
    ranges = section.locator("input[type=range]:visible")
    assert ranges.count() >= 1
    for i in range(ranges.count()):
        slider, before = ranges.nth(i), shown(section)
        slider.focus()
        field = slider.locator("xpath=following-sibling::input")
        number = field.input_value()
        slider.press("ArrowRight" if float(slider.input_value()) < float(slider.get_attribute("max")) else "ArrowLeft")
        assert field.input_value() != number
        assert shown(section) != before


@every
def test_the_mouse_moves_the_first_slider(name: str, visit: Visit) -> None:
    section = visit("explorers").locator(f"#{name}")
    slider, before = section.locator("input[type=range]").first, shown(section)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] * (0.2 if name in ("timeline", "seventh_agent") else 0.8), "y": 4})
    slider.press("ArrowRight")
    assert shown(section) != before


@every
def test_every_input_keeps_its_keys_from_jupyterlab_and_has_a_name(name: str, visit: Visit) -> None:
    section = visit("explorers").locator(f"#{name}")
    for control in section.locator("input").all():
        assert control.get_attribute("data-lm-suppress-shortcuts") is not None
        words = control.evaluate("e => e.getAttribute('aria-label') || e.labels[0].textContent")
        assert words.strip()
    for picture in section.locator("svg").all():
        assert picture.get_attribute("role") == "img"
        assert len(picture.get_attribute("aria-label").split()) >= 4


@every
def test_every_switch_changes_what_is_drawn_or_said(name: str, visit: Visit) -> None:
    section = visit("explorers").locator(f"#{name}")
    if name == "seventh_agent":
        set_number(section, "agents", 7)
    if name == "levers":
        set_number(section, "retries", 1)
    for box in section.locator("input[type=checkbox]:visible").all():
        before = shown(section)
        box.click()
        assert shown(section) != before


@every
def test_the_script_reads_the_table_that_python_packed(name: str, visit: Visit) -> None:
    page, table = visit("guesses"), made(name).spec()["table"]
    page.evaluate(f"() => {{ {SCRIPT.read_text(encoding='utf-8')}\n window.readTable = unpack; }}")
    read = page.evaluate("async t => { const {numbers, shape} = await readTable(t); return [Array.from(numbers, x => Number.isNaN(x) ? null : x), shape]; }", table)  # fmt: skip # noqa: E501
    expected = unpack(table)
    assert read[1] == list(expected.shape)
    numbers = np.array([np.nan if x is None else x for x in read[0]]).reshape(expected.shape)
    assert numbers == pytest.approx(expected, nan_ok=True, rel=1e-12)


def test_the_copied_code_is_the_design_that_is_shown(visit: Visit) -> None:
    page = visit("explorers")
    section = page.locator("#levers")
    each = (
        (4, 0, 0, 10, ""),
        (12, 2, 20, 10, "side"),
        (0, 1, 100, 40, "side"),
        (7, 3, 40, 0, "honest"),
        (12, 0, 0, 30, ""),
    )
    for hard, retries, hit, good, boxes in each:
        set_number(section, "hard steps", hard)
        set_number(section, "retries", retries)
        set_number(section, "share answered from a cache", hit)
        set_number(section, "good enough after a step", good)
        for label in {"side": ["side by side"], "honest": ["retries are paid"], "": []}[boxes]:
            section.get_by_label(label).click()
        page.wait_for_timeout(350)  # what is said waits until one stops
        code, said = section.locator("pre").text_content(), section.locator("output").inner_text()
        ast.parse(code)
        outcome = eval(code, {name: getattr(labkit, name) for name in labkit.__all__})
        dollars = f"{outcome.cost:.3f}" if outcome.cost >= 0.1 else f"{outcome.cost:.4f}" if outcome.cost else "0"
        seconds = "seconds unknown" if np.isnan(outcome.latency) else f"{outcome.latency:.1f} s"
        assert said.startswith(f"${dollars} a task, {seconds}, {100 * outcome.reliability:.1f}% succeed.")
    assert "inf" not in section.inner_text().lower().replace("information", "")


def test_the_best_design_so_far_is_kept_and_one_goes_back_to_it(visit: Visit) -> None:
    section = visit("explorers").locator("#levers")
    assert "No setting tried so far" in section.locator(".note").inner_text()
    set_number(section, "retries", 2)
    best = section.locator(".note").inner_text()
    assert best.startswith("Best so far for 4 hard steps: $0.1")
    section.get_by_label("easy steps on the small model").click()
    assert section.locator(".note").inner_text() == best
    section.get_by_role("button", name="Back to the best so far").click()
    assert section.get_by_label("easy steps on the small model").is_checked()
    set_number(section, "hard steps", 5)
    assert "for 5 hard steps" in section.locator(".note").inner_text()


def test_the_hard_steps_matter_at_once(visit: Visit) -> None:
    section = visit("explorers").locator("#levers")
    before = section.locator("svg").first.get_attribute("aria-label")
    set_number(section, "hard steps", 5)
    assert section.locator("svg").first.get_attribute("aria-label") != before


def test_the_seventh_agent_triples_the_bill(visit: Visit) -> None:
    page = visit("explorers")
    section = page.locator("#seventh_agent")
    assert not section.get_by_label(re.compile("^objections of the seventh.*number")).is_visible()
    section.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    text = section.locator(".pic").inner_text()
    assert "18 calls, 3.0 times that of six" in text
    assert "bill $0.540, 3.0 times that of six" in text
    assert "65.0 s until the answer" in text


def drag(page: Any, grip: Any, by: float) -> None:
    """Hold and pull to the right."""
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by / 2, y, steps=4)
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def test_a_step_is_dragged_onto_the_critical_path(visit: Visit) -> None:
    page = visit("explorers")
    section = page.locator("#critical_path")
    drag(page, section.locator("[data-drag=news]"), 140)
    news = float(section.get_by_label(re.compile("^news.*number")).input_value())
    assert news >= 5
    expected = made("critical_path").look_up(news=news)
    label = section.locator("svg").get_attribute("aria-label")
    assert label.startswith(f"{expected[0]:.1f} s. Critical: plan, news, write")


def test_the_line_of_a_budget_and_the_point_on_the_map_are_dragged(visit: Visit) -> None:
    page = visit("explorers")
    budgets, area = page.locator("#budgets"), page.locator("#debate_or_retry")
    drag(page, budgets.locator("[data-drag=usd]"), 100)
    assert float(budgets.get_by_label(re.compile("^dollars a task.*number")).input_value()) > 0.3
    ground = area.locator("[data-drag=recall]")
    ground.scroll_into_view_if_needed()
    box = ground.bounding_box()
    page.mouse.click(box["x"] + 0.95 * box["width"], box["y"] + 0.45 * box["height"])
    assert float(area.get_by_label(re.compile("^failures that are noticed.*number")).input_value()) > 90
    assert "retry" in area.locator("svg").first.get_attribute("aria-label")


def test_budgets_that_nothing_keeps_are_said_with_what_is_nearest(visit: Visit) -> None:
    section = visit("explorers").locator("#budgets")
    set_number(section, "dollars a task", 0.05)
    assert "The quickest" not in section.locator(".note").inner_text()
    assert "No design costs less than $0.136" in section.locator(".note").inner_text()
    assert "In 20.0 s the cheapest costs $0.136." in section.locator(".note").inner_text()


def test_a_workflow_is_played(visit: Visit) -> None:
    page = visit("explorers")
    section = page.locator("#timeline")
    section.get_by_role("button", name="Play").click()
    section.locator("svg[aria-label*='in flight.']").first.wait_for()  # no script: the page's policy lets none be made
    section.get_by_role("button", name="Stop").click()
    assert section.get_by_role("button", name="Play").is_visible()


def test_what_is_said_waits_until_one_stops(visit: Visit) -> None:
    page = visit("explorers")
    section = page.locator("#product_law")
    before = section.locator("output").inner_text()
    section.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    assert section.locator("output").inner_text() == before
    page.wait_for_timeout(400)
    assert section.locator("output").inner_text() != before
    assert section.locator("output").get_attribute("aria-live") == "polite"


def test_two_outputs_of_one_explorer_do_not_disturb_each_other(visit: Visit) -> None:
    page = visit("guesses")
    first, second = page.locator("#twice .cc-explorer").all()
    before = shown(second)
    first.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    assert shown(second) == before
    assert shown(first) != before


@pytest.mark.parametrize(("width", "columns"), [(390, 1), (700, 2), (1000, 2)])
def test_panels_stand_beside_each_other_where_there_is_room_and_no_text_is_small(
    width: int, columns: int, visit: Visit
) -> None:
    page = visit("explorers", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tops = page.locator("#levers svg").evaluate_all("all => all.map(e => Math.round(e.getBoundingClientRect().top))")
    assert len(set(tops)) == 3 - columns
    smallest = page.evaluate(
        """Math.min(...[...document.querySelectorAll('.cc svg text')].map(e => {
          const svg = e.ownerSVGElement;
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          return parseFloat(getComputedStyle(e).fontSize) * scale;
        }))"""
    )
    assert smallest >= 11


def test_without_scripts_each_explorer_is_its_picture(visit: Visit) -> None:
    page = visit("explorers", scripts=False)
    assert page.locator(".cc-explorer img:visible").count() == len(STATIC)
    assert page.locator(".cc-explorer input").count() == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1000, 390])
@pytest.mark.parametrize("name", ["explorers", "guesses"])
def test_axe_finds_nothing_serious(name: str, width: int, dark: bool, visit: Visit, axe: str) -> None:
    page = visit(name, width=width, dark=dark)
    if name == "guesses":
        page.locator("#cost\\.debate_factor").get_by_label("1.3", exact=True).check()
        page.locator("#cost\\.debate_factor").get_by_role("button").click()
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [
        (each["id"], [node["html"][:160] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
