"""JupyterLab on a copy of the course that nobody has opened yet, as `make lab` starts it, and a window on it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 240_000  # a loaded machine is slow; nothing is measured here
UNASKED = 'dialog.jp-Dialog:not(:has-text("Restart Kernel?"))'  # opened by JupyterLab itself: no kernel could start
NO_SESSION = "Cannot read properties of null (reading 'kernel')"  # what ipywidgets throws then
NOT_COPIED = (
    ".*", "build", "dist", "my_work", "tests", "benchmarks", "web", "*.egg-info", "__pycache__", "*.key", "students*",
    "submissions*", "results*", "demo*",
)  # fmt: skip


def copy_course(to: Path, environment: Path) -> Path:
    """The course as a clone holds it: nothing signed, no my_work/; the packages of ``environment`` are linked."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (to / ".venv").mkdir()
    for part in environment.iterdir():
        if not part.name.startswith("."):
            (to / ".venv" / part.name).symlink_to(part)
    (to / ".venv" / ".lab").touch()  # all that `make lab` would install is there
    return to


def environment_of(home: Path, course: Path) -> dict[str, str]:
    """The environment of somebody whose home is empty: no signature, no setting; labkit is that of the course."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "PYTEST", "LABKIT"))}
    home.mkdir(parents=True, exist_ok=True)
    return kept | {"HOME": str(home), "PYTHONPATH": str(course), "SHELL": "/bin/sh"}


@contextmanager
def started_lab(course: Path, home: Path) -> Iterator[str]:
    """The address of JupyterLab, as `make lab` prints it; it is ended at the end, with its kernels.

    Raises:
        RuntimeError: it did not start; holds what was printed.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["make", "lab", f"LAB_FLAGS=--no-browser --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0"]
    env = environment_of(home, course)
    pipes: dict[str, Any] = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    lab = subprocess.Popen(command, cwd=course, env=env, start_new_session=True, **pipes)
    assert lab.stdout is not None
    printed: list[str] = []
    try:
        yield _read_address(lab.stdout, printed)
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait(timeout=120)


def _read_address(stream: Any, printed: list[str]) -> str:
    for line in stream:
        printed.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*", line):
            threading.Thread(target=lambda: [None for _ in stream], daemon=True).start()  # or the pipe would fill
            return found.group()
    raise RuntimeError("JupyterLab did not start:\n" + "".join(printed))


class Lab:
    """One window on JupyterLab; ``told`` holds errors of ours, and addresses on other machines that were asked for."""

    def __init__(self, browser: Any, address: str) -> None:
        self.server, _, self.token = address.partition("/lab?token=")
        self.told: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.set_default_timeout(PATIENCE_MS)

    def open(self, path: str) -> Any:
        """A page with that notebook alone; the one before is closed, whatever was not saved in it."""
        for page in self.context.pages:
            page.close()
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.told.append(str(error)))
        page.on("request", self._note_request)
        page.on("dialog", lambda dialog: dialog.accept())  # a page that is loaded anew may be left
        page.add_locator_handler(page.locator(UNASKED), self._answer, no_wait_after=True)  # one may follow another
        page.goto(f"{self.server}/lab/tree/{path}?reset&token={self.token}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        return page

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    def _answer(self, dialog: Any) -> None:
        """Press the button that is proposed, as anybody would; pytest shows what was said where a test fails."""
        print("JupyterLab said:", " / ".join(dialog.first.inner_text().split("\n")))
        self.told = [error for error in self.told if error != NO_SESSION]
        dialog.first.locator("button.jp-mod-accept").last.click()

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.server, "data:", "blob:")):
            self.told.append(request.url)
