"""How long an explorer takes from a key press to the picture, in Chromium: on a page without a kernel, in JupyterLab.

    python benchmarks/explorers.py            both
    python benchmarks/explorers.py page       the page alone
    python benchmarks/explorers.py --quick    both, in JupyterLab the heaviest alone, as make bench does

Measured inside the browser: from the keydown event on the native range to the animation frame after the picture has
changed. Needs Playwright (extra ``browser``) and Chromium. The figures depend on the machine and on its load, so no
test asserts them.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from labkit_workbook import explorers

NAMES = (
    "seventh_agent", "growing_context", "critical_path", "product_law", "repetition", "levers", "crossover", "budgets",
    "debate_or_retry", "timeline", "how_many_tasks", "under_load",
)  # fmt: skip
HEAVIEST = ("levers", "budgets", "debate_or_retry")
PRESSES = 19
QUIET = ["--IPKernelApp.log_level=CRITICAL"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LISTEN = """root => {
  const taken = window.taken = [];
  let pressed = null;
  document.addEventListener('keydown', () => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (pressed === null) return;
    const began = pressed;
    pressed = null;
    requestAnimationFrame(() => taken.push(performance.now() - began));
  }).observe(root.querySelector('.pic'), {childList: true});
}"""


def measure(page: Any, root: Any) -> list[float]:
    """Milliseconds of each press on the first slider that moves something, back and forth."""
    root.scroll_into_view_if_needed()
    root.locator(".pic svg").first.wait_for()
    root.evaluate(LISTEN)
    slider = root.locator("input[type=range]:visible").first
    slider.focus()
    least, most = (float(slider.get_attribute(end)) for end in ("min", "max"))
    key = "ArrowRight"
    for _ in range(PRESSES):
        at = float(slider.input_value())
        key = "ArrowLeft" if at >= most else "ArrowRight" if at <= least else key
        page.keyboard.press(key)
        page.wait_for_timeout(120)
    taken: list[float] = page.evaluate("window.taken")
    return taken


def report(place: str, name: str, taken: list[float]) -> None:
    """One line."""
    ninth = statistics.quantiles(taken, n=10)[-1]
    print(
        f"{place:12}{name:18}{len(taken):4} presses   median {statistics.median(taken):5.1f} ms   p90 {ninth:5.1f} ms"
    )


def on_a_page(browser: Any) -> None:
    """Each on a page of its own without a kernel."""
    for name in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.html"
            shown = getattr(explorers, name)()._repr_mimebundle_()["text/html"]
            path.write_text(f'<!doctype html><meta charset="utf-8">{shown}', encoding="utf-8")
            page = browser.new_page(viewport={"width": 1000, "height": 900})
            page.goto(path.as_uri())
            report("no kernel", name, measure(page, page.locator(".cc-explorer")))
            page.close()


def in_the_lab(browser: Any, names: Sequence[str]) -> None:
    """Each in JupyterLab, in a signed notebook that was run before and has no kernel's help now."""
    with tempfile.TemporaryDirectory() as folder:
        cells = [new_code_cell(f"from labkit_workbook import explorers\n\nexplorers.{name}()") for name in names]
        ran = NotebookClient(new_notebook(cells=cells), kernel_name="python3", extra_arguments=QUIET).execute()
        for name, cell in zip(names, ran.cells, strict=True):
            nbformat.write(new_notebook(cells=[cell], metadata=ran.metadata), f"{folder}/{name}.ipynb")
        written = sorted(str(path) for path in Path(folder).glob("*.ipynb"))
        subprocess.run([sys.executable, "-m", "nbformat.sign", *written], check=True, capture_output=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = ["--no-browser", f"--port={port}", "--IdentityProvider.token=", "--allow-root"]
        command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as lab:
            try:
                wait_for(port)
                for name in names:
                    page = browser.new_page(viewport={"width": 1300, "height": 900})
                    page.goto(f"http://127.0.0.1:{port}/lab/tree/{name}.ipynb?reset", timeout=120_000)
                    page.locator(".cc-explorer .pic svg").first.wait_for(timeout=120_000)
                    page.wait_for_timeout(3000)
                    report("JupyterLab", name, measure(page, page.locator(".cc-explorer").first))
                    page.close()
            finally:
                lab.terminate()


def wait_for(port: int) -> None:
    """Until the server listens."""
    for _ in range(240):
        with socket.socket() as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise SystemExit("JupyterLab did not start")


def main(words: list[str]) -> int:
    """Measure and print."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  (an extra)
    except ImportError:
        print('explorers: not measured; Playwright is missing: pip install -e ".[browser]"')
        return 0
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        print("explorers: not measured; Chromium is missing: apt-get install chromium")
        return 0
    quick, places = "--quick" in words, [word for word in words if word != "--quick"]
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else ""
    print(f"From key press to picture; {load}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        if "page" in (places or ["page"]):
            on_a_page(browser)
        if "lab" in (places or ["lab"]):
            in_the_lab(browser, HEAVIEST if quick else NAMES)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
