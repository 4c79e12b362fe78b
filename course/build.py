"""Make the notebooks of the course from its scripts.

course/lessons/01_cost.py             ->  notebooks/01_cost.ipynb             executed
course/exercises/01_ticket_spend.py   ->  exercises/01_ticket_spend.ipynb     with stubs, no outputs
                                      ->  solutions/01_ticket_spend.ipynb     executed
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from derive import NOTEBOOK_FOLDERS, Target, targets_of
from drift import drift, read_notebook
from execute import ExecutionFailed, execute
from nbformat import NotebookNode
from percent import Problem, Script, read_script
from rules import check_script

from labkit_workbook.contents import FILE, write_contents
from labkit_workbook.questions import exercises

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPT_FOLDERS = ("course/lessons", "course/exercises")

DONE = 0
DRIFTED = 1
FAILED = 2

EPILOG = """\
A notebook is made again when its script changed, or the recordings that it shows, or the notebook itself.
After a change in labkit, whose results the notebooks show, use --force.

exit status: 0 all is well, 1 --check found differences, 2 a script or a cell has errors
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parse(arguments)
    root = options.root.resolve()
    scripts = _select(_read_scripts(root), options.names)
    if not scripts:
        return _fail([f"no script in {' or '.join(SCRIPT_FOLDERS)} matches; names look like 01_cost or 01"])
    problems = [problem for script in scripts for problem in check_script(script)]
    if problems:
        return _fail(problems)
    targets = [target for script in scripts for target in targets_of(script)]
    if options.check:
        return check(targets, root)
    if root == REPOSITORY:
        FILE.write_text(write_contents(exercises()), encoding="utf-8")
    remove_orphans(root, options.names)
    return build(targets, root, options.force)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python course/build.py",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="make only these: a script's name (01_cost) or its number (01)",
    )
    parser.add_argument("--force", action="store_true", help="make every notebook, also the unchanged ones")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; say which notebooks differ from their scripts"
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=REPOSITORY,
        metavar="PATH",
        help="folder that holds course/ (this repository)",
    )
    options = parser.parse_args(arguments)
    if options.check and (options.names or options.force):
        parser.error("--check looks at every notebook; leave out names and --force")
    return options


def _read_scripts(root: Path) -> list[Script]:
    return [
        read_script(root, f"{folder}/{file.name}")
        for folder in SCRIPT_FOLDERS
        for file in sorted((root / folder).glob("*.py"))
    ]


def _select(scripts: list[Script], names: list[str]) -> list[Script]:
    return [script for script in scripts if _matches(script.stem, names)]


def _matches(stem: str, names: list[str]) -> bool:
    return not names or any(stem == name or stem.startswith(f"{name}_") for name in names)


def _fail(problems: Sequence[Problem | str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return FAILED


def build(targets: list[Target], root: Path, force: bool) -> int:
    """Make the notebooks that changed, with a line for each. Go on after one that fails."""
    problems = []
    for number, target in enumerate(targets, start=1):
        print(f"[{number}/{len(targets)}] {target.path}  ", end="", flush=True)
        if not force and not drift(target, root):
            print("unchanged")
            continue
        try:
            print(_make(target, root))
        except ExecutionFailed as failure:
            print("failed")
            problems.append(_failed_cell(target, failure))
    return _fail(problems) if problems else DONE


def _make(target: Target, root: Path) -> str:
    """Make one notebook and say what was done."""
    path = root / target.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if not target.executed:
        write_notebook(target.notebook, path)
        return "written"
    start = time.monotonic()
    write_notebook(execute(target.notebook, path.parent, root), path)
    return f"executed in {time.monotonic() - start:.1f} s"


def _failed_cell(target: Target, failure: ExecutionFailed) -> Problem:
    text = f"{target.path}, cell `{failure.cell_id}`: {failure}; repair the cell (old notebook kept)"
    return Problem(target.script.path, target.script.line_of(failure.cell_id), text)


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one step, so that nobody ever sees half of it."""
    nbformat.validate(notebook)
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.write(nbformat.v4.writes(notebook) + "\n")
    os.replace(unfinished, path)


def remove_orphans(root: Path, names: list[str]) -> None:
    """Remove the notebooks whose script is gone. Notebooks that the build did not make are left alone."""
    for path in _notebooks_on_disk(root):
        if _is_orphan(path, root) and _matches(path.stem, names):
            path.unlink()
            print(f"{path.relative_to(root).as_posix()}  removed, its script is gone")


def _notebooks_on_disk(root: Path) -> list[Path]:
    return [path for folder in NOTEBOOK_FOLDERS for path in sorted((root / folder).glob("*.ipynb"))]


def _is_orphan(path: Path, root: Path) -> bool:
    """True for a notebook that a script made which is gone now. A copy under another name is no orphan."""
    notebook = read_notebook(path)
    source = notebook.metadata.get("labkit", {}).get("source") if notebook else None
    return source is not None and Path(source).stem == path.stem and not (root / source).exists()


def check(targets: list[Target], root: Path) -> int:
    """Say which notebooks differ from what the scripts make, and how."""
    complaints = [line for target in targets for line in drift(target, root)]
    complaints += _strays(targets, root)
    if root == REPOSITORY and FILE.read_text(encoding="utf-8") != write_contents(exercises()):
        complaints.append(f"{FILE.relative_to(root)}: it differs from the exercises' questions")
    for line in complaints:
        print(line)
    if complaints:
        print("The notebooks differ from their scripts; run: make build")
        return DRIFTED
    print(f"All {len(targets)} notebooks agree with their scripts.")
    return DONE


def _strays(targets: list[Target], root: Path) -> list[str]:
    made_here = {root / target.path for target in targets}
    return [_stray(path, root) for path in _notebooks_on_disk(root) if path not in made_here]


def _stray(path: Path, root: Path) -> str:
    name = path.relative_to(root).as_posix()
    if _is_orphan(path, root):
        return f"{name}: its script is gone; the build will remove it"
    return f"{name}: no script makes this notebook; write one in course/ or move the notebook to my_work/"


if __name__ == "__main__":
    sys.exit(main())
