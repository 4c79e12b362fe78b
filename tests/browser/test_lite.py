"""The edition that runs in a browser: a lesson and an exercise are computed there, with nothing fetched."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "build" / "test-runtime"
PATIENCE_MS = 900_000  # a loaded machine is slow; nothing is measured here


@pytest.fixture(scope="module")
def address(serve: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the edition is served on this machine."""
    if importlib.util.find_spec("jupyterlite_core") is None:
        pytest.skip('JupyterLite is missing: pip install -e ".[site]"')
    pytest.importorskip("playwright", reason='Playwright is missing: pip install -e ".[browser]"')
    run = partial(subprocess.run, cwd=ROOT, capture_output=True, text=True, check=False)
    fetched = run([sys.executable, "tools/test_runtime.py", str(RUNTIME)])
    if fetched.returncode:
        pytest.skip(f"the Python for browsers could not be fetched: {fetched.stderr[-300:]}")
    folder = tmp_path_factory.mktemp("lite")
    built = run([sys.executable, "web/build_lite.py", "--runtime", str(RUNTIME), "--to", str(folder)])
    assert built.returncode == 0, built.stdout + built.stderr
    return serve(folder)


def computed(browser: Any, address: str, notebook: str) -> Any:
    """The notebook's page after all its cells have run, and where anything was asked of another machine."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    elsewhere: list[str] = []
    page.on("request", lambda r: elsewhere.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    page.goto(f"{address}/lab/index.html?path={notebook}")
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function("[...document.querySelectorAll('.jp-InputPrompt')].some(e => /\\[1\\]/.test(e.textContent))")
    page.wait_for_function("![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.textContent.includes('*'))")
    assert elsewhere == []
    return page


@pytest.mark.parametrize(
    "notebook", ["notebooks/04_levers.ipynb", "notebooks/11_in_production.ipynb", "exercises/01_ticket_spend.ipynb"]
)
def test_a_notebook_runs_to_its_end_without_an_error(browser: Any, address: str, notebook: str) -> None:
    page = computed(browser, address, notebook)
    stderr = "[data-mime-type='application/vnd.jupyter.stderr']"
    assert page.locator(f".jp-OutputArea-output{stderr}").all_inner_texts() == []
    page.context.close()
