"""A newcomer's first hour in JupyterLab: `make lab` on a fresh copy, lesson 00, exercise 01, and where the two stand.

Nothing here waits for a time: what is asked for is waited for until it appears.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_lab import PATIENCE_MS, Lab, copy_course, started_lab

pytestmark = [pytest.mark.slow, pytest.mark.browser]
LESSON = "notebooks/00_start_here.ipynb"
EXERCISE = "my_work/01_ticket_spend.ipynb"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that nobody has opened yet, with a copy of lesson 00 that `make lab` will not know, so will not sign."""
    return copy_course(tmp_path_factory.mktemp("fresh") / "course", Path(sys.prefix))


@pytest.fixture(scope="module")
def lab(course: Path, browser: Any) -> Iterator[Lab]:
    """JupyterLab, as `make lab` starts it, in one window that is kept from test to test."""
    with started_lab(course, course.parent / "home") as address:
        opened = Lab(browser, address)
        yield opened
        opened.close()


@pytest.fixture
def open_notebook(lab: Lab, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """``open_notebook(path)`` is the page with it; at the end nothing of ours had gone wrong or asked elsewhere.

    How the window looked at the end is kept, as pytest keeps what tests write.
    """
    yield lab.open
    for page in lab.context.pages:
        page.screenshot(path=tmp_path / "end.png")
    assert lab.told == []


def expect(locator: Any) -> Any:
    """What is expected of it, waited for patiently."""
    from playwright.sync_api import expect as wait_for  # noqa: PLC0415  (an extra; skipped where it is missing)

    wait_for.set_options(timeout=PATIENCE_MS)
    return wait_for(locator)


def test_an_unsigned_lesson_shows_its_pictures_and_says_what_to_do(
    course: Path, open_notebook: Callable[[str], Any]
) -> None:
    lesson = json.loads((course / LESSON).read_text(encoding="utf-8"))
    lesson["metadata"]["copied"] = True  # so it is no longer what was signed
    (course / "notebooks" / "unsigned.ipynb").write_text(json.dumps(lesson), encoding="utf-8")
    page = open_notebook("notebooks/unsigned.ipynb")
    explorer, guess = page.locator(".cc-explorer").first, page.locator(".cc-guess").first
    expect(explorer.locator("img")).to_be_visible()
    assert len(explorer.locator("img").get_attribute("alt").split()) > 8
    expect(explorer.get_by_text("Run this cell (Shift+Enter) to move the sliders")).to_be_visible()
    expect(guess.get_by_text("Run this cell (Shift+Enter) to make your guess here.")).to_be_visible()
    assert page.locator(".cc input, .cc button").count() == 0, "an unsigned notebook has no control that does nothing"
    guess.get_by_text("Five times that of six").click()
    expect(guess.get_by_text("Right.")).to_be_visible()

    insist(lambda: run(page, "explorers.seventh_agent()"), explorer.locator("input[type=range]").first)
    run(page, 'predict("start_here.eighth_agent")')
    expect(guess.get_by_role("button", name="This is my guess")).to_be_visible()
    save(page)


def run(page: Any, code: str) -> None:
    """Click into the cell with that code, and press Shift+Enter once the kernel is ready."""
    wait_for_kernel(page)
    cell = cell_with(page, code)
    cell.locator(".cm-content").click()
    expect(cell.locator(".cm-focused")).to_be_visible()
    page.keyboard.press("Shift+Enter")


def cell_with(page: Any, code: str) -> Any:
    """The first code cell that holds this."""
    return page.locator(".jp-CodeCell").filter(has_text=code).first


def save_and_restart(page: Any) -> None:
    """Save, restart the kernel and load the page anew, as on the next day."""
    save(page)
    pick(page, "Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    wait_for_kernel(page)
    page.reload()


def insist(act: Callable[[], Any], seen: Any) -> None:
    """Do it, and once more as anybody would if nothing is seen of it: JupyterLab loses what is run too early."""
    for _ in range(3):
        act()
        try:
            seen.wait_for(timeout=PATIENCE_MS / 4)
        except Exception as error:
            if type(error).__name__ != "TimeoutError":
                raise
        else:
            return
    expect(seen).to_be_visible()


def wait_for_kernel(page: Any) -> None:
    """Until JupyterLab names the kernel and says that it is idle, as it does before there is one."""
    expect(page.locator(".jp-Toolbar-kernelName")).not_to_have_text("No Kernel")
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible()


def save(page: Any) -> None:
    """Save, and wait until the tab says that nothing is left to save."""
    page.keyboard.press("Control+s")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)


def test_lesson_00_by_mouse_and_by_keyboard_and_again_the_next_day(open_notebook: Callable[[str], Any]) -> None:
    page = open_notebook(LESSON)
    explorer = page.locator(".cc-explorer").first
    expect(explorer.locator(".pic svg").first).to_be_visible()
    slider, words = explorer.locator("input[type=range]").first, explorer.locator(".pic")
    box = slider.bounding_box()
    slider.click(position={"x": 0.25 * box["width"], "y": box["height"] / 2})
    expect(words).not_to_contain_text("6 calls")
    slider.press("End")
    expect(words).to_contain_text("18 calls, 3.0 times that of six")
    slider.press("ArrowLeft")
    expect(words).to_contain_text("6 calls")
    slider.press("ArrowRight")
    expect(words).to_contain_text("bill $0.540, 3.0 times that of six")

    guess = question(page, "start_here.eighth_agent")
    result = cell_with(page, "calls = [6 + 2 * 6").locator("table")
    expect(result).to_have_count(0)
    choose(guess, "A little more than three times")
    expect(guess.get_by_role("status")).to_contain_text("✗ Not so. That counts the eighth as one call.")
    expect(result).to_be_visible()
    choose(guess, "Five times that of six")
    expect(guess.get_by_role("status")).to_contain_text("✓ Right.")
    expect(guess.get_by_role("status")).to_contain_text("Your first guess")

    twelve = question(page, "start_here.twelve")
    twelve.locator("input[type=number]").fill("83")
    twelve.get_by_role("button").click()
    expect(twelve.get_by_role("status")).to_contain_text("✓")
    choose(question(page, "start_here.three_calls"), "the mistakes become fewer")
    tally = page.locator(".cc-guess").filter(has=page.locator(".tally"))
    expect(tally.get_by_role("status")).to_have_text("2 of 3 guesses came true.")
    expect(tally).to_contain_text("Furthest off:")

    save_and_restart(page)
    expect(explorer.locator(".pic svg").first).to_be_visible()
    slider.press("ArrowRight")
    expect(words).to_contain_text("18 calls")
    expect(tally.get_by_role("status")).to_have_text("2 of 3 guesses came true.")
    expect(page.locator(".jp-RenderedJavaScript, .jp-OutputArea-output:has-text('Error displaying')")).to_have_count(0)


def question(page: Any, name: str) -> Any:
    """The output that asks it."""
    return cell_with(page, f'predict("{name}")').locator(".cc-guess")


def choose(guess: Any, words: str) -> None:
    """Choose the answer with these words and say so."""
    guess.locator("label.choice", has_text=words).click()
    guess.get_by_role("button").click()


def test_lesson_04_takes_every_guess_opens_every_result_and_moves_every_explorer(
    open_notebook: Callable[[str], Any],
) -> None:
    page = open_notebook("notebooks/04_levers.ipynb")
    tally = page.locator(".cc-guess").filter(has=page.locator(".tally"))
    expect(tally.get_by_role("status")).to_contain_text("No guess made yet, of")
    asked = int(re.findall(r"\d+", tally.locator(".tally [role=status]").text_content())[-1])
    guesses = page.locator(".cc-guess:has(form)")
    expect(guesses).to_have_count(asked)
    assert page.locator(".jp-OutputPlaceholder").count() > 0
    for guess in guesses.all():
        if guess.locator("label.choice").count():
            guess.locator("label.choice").first.click()
        else:
            guess.locator("input[type=number]").fill("10")
        guess.get_by_role("button").click()
        expect(guess.get_by_role("status")).to_have_text(re.compile("^[✓✗] .{20}"))
    expect(tally.get_by_role("status")).to_have_text(re.compile(rf"^\d of {asked} guesses came true\.$"))
    expect(page.locator(".jp-OutputPlaceholder")).to_have_count(0)
    for explorer in page.locator(".cc-explorer").all():
        drawn, slider = explorer.locator(".pic"), explorer.locator("input[type=range]").first
        before = drawn.inner_html()
        slider.press("ArrowRight")
        expect(drawn).not_to_have_js_property("innerHTML", before)


def test_lesson_10_asks_a_model_and_builds_a_workflow_and_is_a_picture_the_next_day(
    open_notebook: Callable[[str], Any],
) -> None:
    page = open_notebook("notebooks/10_a_real_system.ipynb")
    playground, builder = cell_with(page, "explorers.playground()"), cell_with(page, "explorers.builder()")
    expect(playground.locator(".cc-kernel")).to_contain_text("run this cell (Shift+Enter)")
    expect(builder.locator(".cc-kernel img")).to_be_visible()
    both = ("import labkit_agents as agents", "explorers.playground()")
    insist(lambda: [run(page, code) for code in both], playground.get_by_label("a sum"))
    playground.get_by_label("a sum").fill("99+1")
    playground.get_by_label("a sum").press("Enter")
    expect(playground.get_by_role("status")).to_contain_text("1 call, $0.0015")
    playground.get_by_label("a sum").fill("99+x")
    playground.get_by_label("a sum").press("Enter")
    expect(playground.get_by_role("alert")).to_contain_text("got '99+x'")
    run(page, "explorers.builder()")
    builder.get_by_role("button", name="Add these steps").click()
    expect(builder.locator(".widget-html pre")).to_contain_text(".then(chain(1, PREMIUM))")
    builder.get_by_label("retries of each step").fill("1")
    builder.get_by_label("retries of each step").press("Enter")
    expect(builder.get_by_role("status")).to_have_text(
        re.compile(r"cost \$0\.0672 · latency 4\.52 s · reliability 99\.05%")
    )
    for cell in (playground, builder):
        expect(cell.locator(".cc-kernel")).not_to_be_visible()

    save_and_restart(page)
    for cell in (playground, builder):
        expect(cell.locator(".cc-kernel")).to_be_visible()
        expect(cell.get_by_text("Error displaying widget")).not_to_be_visible()


def test_exercise_01_untouched_then_mistaken_then_right_and_what_status_says(
    course: Path, open_notebook: Callable[[str], Any]
) -> None:
    page = open_notebook(EXERCISE)
    wait_for_kernel(page)
    not_started = page.locator(".jp-OutputArea").filter(has_text="Not started")
    insist(lambda: pick(page, "Run", "Run All Cells"), not_started.last)
    expect(not_started).to_have_count(8)  # seven, and the summary
    expect(page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)

    answered = cell_with(page, 'check("ticket_spend.calls", calls)')
    output = answered.locator(".jp-OutputArea-output").first
    answer(page, answered, "calls = ...", "calls = 12")
    expect(output).to_contain_text("Those are the calls of the debates. The plain steps make calls too.")
    answer(page, answered, "calls = 12", "calls = 15")
    expect(output).to_contain_text("Right")
    run(page, 'progress = summary("ticket_spend")')
    counted = cell_with(page, "progress = summary").locator("pre").filter(has_text="of 7")
    expect(counted).to_contain_text("1 of 7 right, 1 of 7 points")
    save(page)

    said = counted.last.inner_text().strip().splitlines()
    told = labkit_status(page, course)
    assert said[0].partition(": ")[2] == re.split(r" {2,}", told[0])[1]
    assert told[1 : len(said)] == said[1:]
    assert said[2].split() == ["Right.", "calls"]


def pick(page: Any, menu: str, *entries: str) -> None:
    """Open a menu and pick the last of these entries; those before it open a menu of their own."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    for entry in entries:
        page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()


def answer(page: Any, cell: Any, old: str, new: str) -> None:
    """Put the new line in place of the old one, and run the cell."""
    cell.locator(".cm-line").filter(has_text=old).click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type(new)
    page.keyboard.press("Shift+Enter")


def labkit_status(page: Any, course: Path) -> list[str]:
    """What `labkit status` prints in a terminal of JupyterLab about exercise 01, line by line."""
    pick(page, "File", "New", "Terminal")
    page.locator(".jp-Terminal .xterm-helper-textarea").wait_for(state="attached")
    page.locator(".jp-Terminal").click()
    page.keyboard.type("labkit status > said.txt && mv said.txt my_work/\n")
    expect(page.locator(".jp-DirListing-item", has_text="said.txt")).to_be_visible()
    lines = (course / "my_work" / "said.txt").read_text(encoding="utf-8").rstrip().splitlines()
    assert lines[0].startswith("01 Ticket spend")
    return lines
