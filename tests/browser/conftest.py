"""A page with every explorer and some guesses, in Debian's Chromium driven by Playwright, as a site shows them.

Nothing is fetched: the pages forbid it, so a script that reached out would fail. Where Playwright or Chromium is
missing, each test is skipped and says how to get them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from labkit_workbook import explorers, predict, tally

STATIC = [
    "budgets", "critical_path", "crossover", "debate_or_retry", "growing_context", "how_many_tasks", "levers",
    "product_law", "repetition", "seventh_agent", "timeline", "under_load",
]  # fmt: skip
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HERE = ("file:", "data:", "blob:", "http://127.0.0.1:")
AXE = "axe-core@4.10.3"
HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Explorers</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<style>:root{color-scheme:light dark}body{margin:8px auto;max-width:980px;background:Canvas;color:CanvasText}</style>
</head><body><main><h1>Explorers</h1>"""
WANTED = (
    "cost.again", "cost.calls", "cost.saying", "cost.debate_factor", "cost.growth", "cost.cached", "start_here.twelve",
)  # fmt: skip


def html_of(shown: Any) -> str:
    return str(shown._repr_mimebundle_()["text/html"])


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``explorers.html`` with all of them and ``guesses.html``, as they stand in a built page."""
    folder = tmp_path_factory.mktemp("pages")
    shown = "".join(
        f'<section id="{name}"><h2>{name}</h2>{html_of(getattr(explorers, name)())}</section>' for name in STATIC
    )
    (folder / "explorers.html").write_text(f"{HEAD}{shown}</main></body></html>", encoding="utf-8")
    asked = "".join(f'<section id="{name}">{html_of(predict(name))}</section>' for name in WANTED)
    revealed = f'<section id="revealed">{html_of(predict("latency.at_once", reveal="from 24 s to 2 s"))}</section>'
    twice = f'<section id="twice">{html_of(explorers.seventh_agent())}{html_of(explorers.seventh_agent())}</section>'
    counted = f'<section id="tally">{html_of(tally("cost"))}</section>'
    body = f"{asked}{revealed}{twice}{counted}"
    (folder / "guesses.html").write_text(f"{HEAD}{body}</main></body></html>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window; ended with the module, for in its thread no other event loop can run."""
    sync_api = pytest.importorskip("playwright.sync_api", reason='Playwright is missing: pip install -e ".[browser]"')
    found = os.environ.get("CHROMIUM") or next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    if found is None:
        pytest.skip("Chromium is missing: apt-get install chromium, or name it in CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """``opened(address, width=390, dark=True)`` is the page, drawn.

    At the end its console held no error of ours, and nothing had been asked of another machine.
    """
    contexts: list[Any] = []
    told: list[str] = []

    def open_page(address: str, width: int = 1000, dark: bool = False, scripts: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(HERE) else told.append(request.url))
        page.goto(address)
        if scripts:
            page.locator(".cc-explorer:not(:has(.pic svg))").first.wait_for(state="detached", timeout=60_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert told == []


@pytest.fixture
def visit(opened: Callable[..., Any], pages: Path) -> Callable[..., Any]:
    """``visit("explorers", width=390, dark=True)`` is one of the pages made here."""
    return lambda name, **how: opened((pages / f"{name}.html").as_uri(), **how)


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """``serve(folder)`` is the address where a web server of this machine shows the folder."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, one version of it, fetched with npm and not kept."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is missing, which fetches {AXE}")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run([npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, check=False)
    packed = list(folder.glob("*.tgz"))
    if not packed:
        pytest.skip(f"npm could not fetch {AXE}: {done.stderr.strip()[:200]}")
    with tarfile.open(packed[0]) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()
