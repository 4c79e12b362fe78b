"""Makes the site: lessons, exercises without solutions, papers and API, to be read where nothing is installed.

python web/build_site.py            write build/site/html
python web/build_site.py --lite     the same, and each exercise links to the edition that web/build_lite.py makes

The notebooks are shown as they were executed: nothing is run here, and nothing is fetched. Warnings are errors, and so
is a link that leads nowhere.
"""

from __future__ import annotations

import argparse
import json
import os.path
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

from made_pages import PAGES, contents

from labkit_workbook.results import MIME

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "site"
PAPERS = ("teaching", "grading", "gradescope", "model_card", "glossary", "evidence", "frameworks", "traces")
"""Of docs/. The wrong answers are for teachers alone: they are on no page of the site."""
PICTURES = ("docs/evidence.svg",)
"""What the papers show."""
TRY = "[Try it in the browser](../lite/lab/index.html?path=exercises/{name}), with nothing to install."
ON_A_COMPUTER = {
    "08_budget_orchestrator.ipynb": "This exercise needs threads, which a browser does not give: `make lab`."
}
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")

FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def staged() -> dict[str, str]:
    """For each file of the project that the site shows, the name of its page."""
    shown = {f"docs/{paper}.md": f"docs/{paper}.md" for paper in PAPERS if (ROOT / "docs" / f"{paper}.md").is_file()}
    for folder in ("notebooks", "exercises"):
        shown |= {f"{folder}/{file.name}": f"{folder}/{file.name}" for file in sorted((ROOT / folder).glob("*.ipynb"))}
    shown |= {f"my_work/{name.partition('/')[2]}": name for name in list(shown) if name.startswith("exercises/")}
    return shown | {"docs/sheet.html": "formulas.md", "README.md": "index.md", "course": "index.md"}


def relinked(text: str, place: str, shown: dict[str, str]) -> str:
    """The text of a file at ``place``, with links to where the site has their targets, and words alone elsewhere.

    Raises:
        ValueError: a link to a file that the project does not have either.
    """

    def lead(found: re.Match[str]) -> str:
        words, target = found.groups()
        path, _, part = target.partition("#")
        if not path or re.match(r"[a-z]+:", target) or path.startswith("../lite/"):
            return found[0]
        file = os.path.normpath(PurePosixPath(place).parent / path)
        if file in shown:
            there = os.path.relpath(shown[file], PurePosixPath(place).parent)
            return f"[{words}]({there}{'#' + part if part else ''})"
        if not (ROOT / file).exists():
            raise ValueError(f"{place} links to {target}, and there is no {file}")
        return words

    return "".join(part if part.startswith("```") else LINK.sub(lead, part) for part in FENCED.split(text))


def page_of(notebook: dict[str, Any], place: str, shown: dict[str, str], lite: bool) -> str:
    """A notebook's page: its links lead somewhere, and what only the grader reads is gone."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked("".join(cell["source"]), place, shown)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(MIME, None)
    if lite and place.startswith("exercises/"):
        first = notebook["cells"][0]
        name = PurePosixPath(place).name
        first["source"] = f"{first['source']}\n\n{ON_A_COMPUTER.get(name, TRY.format(name=name))}"
    return json.dumps(notebook)


def stage(source: Path, lite: bool) -> None:
    """Put every page of the site into the folder ``source``."""
    shutil.rmtree(source, ignore_errors=True)
    shown = staged()
    for place, name in shown.items():
        file = ROOT / place
        if place.startswith("my_work/") or name in PAGES or not file.is_file():
            continue
        to = source / name
        to.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        made = (
            page_of(json.loads(text), place, shown, lite) if name.endswith(".ipynb") else relinked(text, place, shown)
        )
        to.write_text(made, encoding="utf-8")
    for name, make in PAGES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(relinked(make(), name, shown), encoding="utf-8")
    index = source / "index.md"
    index.write_text(index.read_text(encoding="utf-8") + contents(sorted(set(shown.values()))), encoding="utf-8")
    for picture in PICTURES:
        shutil.copy(ROOT / picture, source / picture)
    shutil.copytree(ROOT / "web" / "static", source / "static")
    shutil.copy(ROOT / "web" / "conf.py", source)


def main(arguments: list[str] | None = None) -> int:
    """Write the site."""
    parser = argparse.ArgumentParser(
        description="Make the site, in build/site/html. Nothing is run, nothing is fetched."
    )
    parser.add_argument("--lite", action="store_true", help="link each exercise to the edition that runs in a browser")
    parser.add_argument("--to", type=Path, default=BUILD, metavar="FOLDER", help="instead of build/site")
    options = parser.parse_args(arguments)
    source, trees, html = (options.to / name for name in ("source", "trees", "html"))
    stage(source, options.lite)
    shutil.rmtree(html, ignore_errors=True)
    sphinx = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "auto"]
    done = subprocess.run([*sphinx, "-d", str(trees), str(source), str(html)], check=False).returncode
    if not done:
        print(f"The site is made; open {os.path.relpath(html / 'index.html')}")
    return done


if __name__ == "__main__":
    raise SystemExit(main())
