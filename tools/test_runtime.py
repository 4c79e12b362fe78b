"""Puts together a Pyodide for the tests of the edition in a browser, of packages that pip gets; not for publishing.

python tools/test_runtime.py FOLDER    about 110 MB are fetched once; FOLDER is then complete, and nothing is fetched
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

CARRIER = "open-webui==0.12.4"
"""A package on the index whose wheel carries the runtime that the kernel of JupyterLite expects."""
INSIDE = "open_webui/frontend/pyodide/"
LOCK = "pyodide-lock.json"
WANTED = ("ipython", "jedi", "matplotlib", "numpy", "pyodide-http", "micropip")
PIP = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]


def main(arguments: list[str] | None = None) -> int:
    """Fill the folder."""
    parser = argparse.ArgumentParser(description="Put together a Pyodide for tests; it is not for publishing.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder: Path = parser.parse_args(arguments).folder
    if (folder / LOCK).is_file():
        print(f"{folder} is there already.")
        return 0
    carried = folder.with_name(folder.name + ".carrier")
    subprocess.run([*PIP, "-d", str(carried), CARRIER], check=True)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(next(carried.glob("*.whl"))) as wheel:
        for name in wheel.namelist():
            if name.startswith(INSIDE) and not name.endswith("/") and Path(name).name != LOCK:
                (folder / Path(name).name).write_bytes(wheel.read(name))
        lock = json.loads(wheel.read(INSIDE + LOCK))
    for name in needed(lock):
        complete(lock["packages"][name], folder)
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")  # last: a folder with it is complete
    return 0


def needed(lock: dict[str, Any]) -> list[str]:
    """Every package that the notebooks load, with what they depend on."""
    found: list[str] = []
    waiting = list(WANTED)
    while waiting:
        name = waiting.pop().replace("_", "-")
        if name in lock["packages"] and name not in found:
            found.append(name)
            waiting += lock["packages"][name]["depends"]
    return sorted(found)


def complete(entry: dict[str, Any], folder: Path) -> None:
    """Fetch a package that the carrier left out, and write down what was fetched."""
    file = folder / entry["file_name"]
    if not file.is_file():
        there = ["--python-version", "3.14", "--only-binary=:all:", "--platform", "any", "-d", str(folder)]
        done = subprocess.run([*PIP, *there, f"{entry['name']}=={entry['version']}"], check=False)
        if done.returncode or not file.is_file():
            return  # only for its own platform: the notebooks do without
    entry["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
