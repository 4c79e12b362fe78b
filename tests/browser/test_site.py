"""The site in a browser: light, dark and on a phone, without a request to elsewhere, and without an answer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit_workbook.questions import exercises

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., Any]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, made now; a warning or a dead link ends the run."""
    if importlib.util.find_spec("sphinx_book_theme") is None:
        pytest.skip('the theme is missing: pip install -e ".[site]"')
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "web/build_site.py", "--to", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


@pytest.fixture(scope="session")
def address(serve: Callable[[Path], str], site: Path) -> str:
    """Where the site is served on this machine."""
    return serve(site)


LESSONS = [f"notebooks/{file.stem}.html" for file in sorted((ROOT / "notebooks").glob("*.ipynb"))]
PAGES = [
    "index.html", "formulas.html", "bibliography.html", "docs/evidence.html", "docs/frameworks.html",
    "docs/grading.html", "api/labkit.html",
    "search.html", "exercises/01_ticket_spend.html", *LESSONS,
]  # fmt: skip


@pytest.fixture
def read(opened: Open, address: str) -> Open:
    """``read("index.html", dark=True, width=390)`` is that page of the site."""
    return lambda name, width=1280, **how: opened(f"{address}/{name}", width=width, **how)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(read: Open, name: str) -> None:
    page = read(name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


STILL = """new Promise(requestAnimationFrame).then(
    () => Promise.allSettled(document.getAnimations().map(each => each.finished)))"""
"""Until colours that fade, as the theme's do while it turns dark, are those that a reader sees."""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious_stands_in_anybody_s_way(read: Open, axe: str, name: str, dark: bool) -> None:
    page = read(name, dark=dark)
    page.evaluate(STILL)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false}).then(r => r.violations)")
    serious = [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][-160:]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert serious == []


def test_a_guess_opens_its_result(read: Open) -> None:
    page = read("notebooks/03_reliability.html")
    section = page.locator(".cc-guess:has(input[type=number])").first
    section.locator("input[type=number]").fill("60")
    section.get_by_role("button").click()
    assert section.get_by_role("status").inner_text().startswith("✓")


def test_a_word_is_found(read: Open) -> None:
    page = read("search.html")
    page.goto(page.url + "?q=retry")
    page.wait_for_selector("#search-results li a", timeout=60_000)
    assert page.locator("#search-results li a").count() > 3


def test_no_page_tells_what_a_mistake_looks_like_or_how_an_exercise_is_solved(site: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in [*site.rglob("*.html"), site / "searchindex.js"])
    told = [m.message for each in exercises() if each.number for q in each.questions for m in q.misconceptions]
    assert len(told) > 50
    assert [message for message in told if message in text] == []
    assert not list(site.rglob("*wrong_answers*")), "the page of wrong answers is for teachers alone"
    assert not list(site.glob("solutions/*"))
