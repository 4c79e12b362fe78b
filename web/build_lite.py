"""Makes the edition that runs in a browser: JupyterLite with the lessons, the exercises and every package of ours.

python web/build_lite.py                     write build/lite; Python itself comes from the public Pyodide release
python web/build_lite.py --runtime FOLDER    the same, with the Pyodide of that folder copied in: nothing is fetched

Serve it with any web server, for example: python -m http.server --directory build/lite
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
LOCK = "pyodide-lock.json"
BESIDE = {
    "comm": ["traitlets"],
    "jupyterlab-widgets": [],
    "ipywidgets": ["comm", "ipython", "traitlets", "jupyterlab-widgets"],
}
"""What ipywidgets needs and Pyodide does not bring, each with what it depends on."""
KERNELSPEC = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}


def main(arguments: list[str] | None = None) -> int:
    """Write the edition."""
    parser = argparse.ArgumentParser(
        description="Make the edition of the course that runs in a browser, in build/lite."
    )
    parser.add_argument("--runtime", type=Path, metavar="FOLDER", help=f"a folder with pyodide.mjs and {LOCK}, to copy")
    parser.add_argument(
        "--to", type=Path, default=ROOT / "build" / "lite", metavar="FOLDER", help="instead of build/lite"
    )
    options = parser.parse_args(arguments)
    runtime: Path | None = options.runtime
    out: Path = options.to.resolve()
    if runtime and not (runtime / LOCK).is_file():
        parser.error(f"--runtime: there is no {LOCK} in {runtime}")
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as made:
        build(Path(made), out, own_runtime=runtime is not None)
    ours = out / "static" / "ours"
    ours.mkdir(parents=True)
    wheels = {name: wheel_of(name, ours) for name in ("counting-calls", *BESIDE)}
    if runtime:
        shutil.copytree(runtime, out / "static" / "pyodide")
        lock, base = json.loads((runtime / LOCK).read_text(encoding="utf-8")), "../pyodide/"
    else:
        base = public_release()
        with urllib.request.urlopen(base + LOCK) as answer:
            lock = json.load(answer)
    lock = with_ours(lock, base, wheels)
    (ours / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    print(f"The edition that runs in a browser is in {out}.")
    return 0


def build(folder: Path, out: Path, own_runtime: bool) -> None:
    """Let JupyterLite build into ``out``, from ``folder``, what is not Python: its own pages and the notebooks."""
    for kind in ("notebooks", "exercises"):
        for file in sorted((ROOT / kind).glob("*.ipynb")):
            to = folder / "files" / kind / file.name
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(json.dumps(in_the_browser(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")
    settings: dict[str, Any] = {
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"lockFileURL": f"./static/ours/{LOCK}"},
    }
    if own_runtime:
        settings["pyodideUrl"] = "./static/pyodide/pyodide.mjs"
    config = {"appName": "Counting Calls", "litePluginSettings": {KERNEL: settings}}
    lite = {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}
    (folder / "jupyter-lite.json").write_text(json.dumps(lite), encoding="utf-8")
    command = [sys.executable, "-m", "jupyterlite_core.app", "build", "--contents", "files", "--output-dir", str(out)]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"JupyterLite could not build:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def in_the_browser(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook for the kernel in the browser; links to one's own copies lead to the exercises."""
    notebook["metadata"]["kernelspec"] = KERNELSPEC
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = "".join(cell["source"]).replace("](../my_work/", "](../exercises/")
    return notebook


def wheel_of(name: str, folder: Path) -> Path:
    """The wheel of an installed package, or of this project, put into ``folder``."""
    here = ["wheel", "-w", str(folder), str(ROOT)]
    there = ["download", "--only-binary=:all:", "-d", str(folder)]
    command = here if name == "counting-calls" else [*there, f"{name}=={metadata.version(name)}"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    done = subprocess.run([*pip, *command, "--no-deps"], check=False, capture_output=True, text=True)
    found = sorted(folder.glob(f"{name.replace('-', '_')}-*.whl"))
    if done.returncode or not found:
        raise SystemExit(f"There is no wheel of {name}:\n{done.stderr[-2000:]}")
    return found[0]


def public_release() -> str:
    """Where the Pyodide is published that the installed kernel runs on."""
    share = Path(sys.prefix) / "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
    schema = json.loads((share / "static/schema/kernel.v0.schema.json").read_text(encoding="utf-8"))
    return str(schema["properties"]["pyodideUrl"]["default"]).rpartition("/")[0] + "/"


def with_ours(lock: dict[str, Any], base: str, wheels: dict[str, Path]) -> dict[str, Any]:
    """Pyodide's list of packages with ours in it, so that ``import labkit`` loads them; its own are at ``base``.

    >>> with_ours({"packages": {"numpy": {"file_name": "numpy.whl"}}}, "../pyodide/", {})
    {'packages': {'numpy': {'file_name': '../pyodide/numpy.whl'}}}
    """
    packages = {name: {**entry, "file_name": base + entry["file_name"]} for name, entry in lock["packages"].items()}
    for name, wheel in wheels.items():
        packages[name] = {
            "name": name,
            "version": wheel.name.split("-")[1],
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": imports_of(wheel),
            "depends": BESIDE.get(name, ["numpy", "matplotlib", "ipywidgets"]),
            "unvendored_tests": False,
        }
    return {**lock, "packages": packages}


def imports_of(wheel: Path) -> list[str]:
    """The packages that a wheel brings."""
    with zipfile.ZipFile(wheel) as file:
        return sorted({name.split("/")[0] for name in file.namelist() if re.match(r"\w+/__init__\.py$", name)})


if __name__ == "__main__":
    raise SystemExit(main())
