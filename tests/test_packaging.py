"""The files around the code agree with each other, and importing labkit stays light."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
NEEDS = ["jupyterlab", "numpy", "matplotlib", "ipywidgets", "nbval", "pytest"]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
MAY_LOAD = {"labkit", "numpy"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def bounds_in_project() -> dict[str, set[str]]:
    """Package -> its bounds, as the installed project asks for them."""
    wanted = map(Requirement, importlib.metadata.requires("counting-calls") or [])
    return {need.name: {str(bound) for bound in need.specifier} for need in wanted}


def conda_dependencies() -> list[object]:
    dependencies = yaml.safe_load(read("environment.yml"))["dependencies"]
    assert isinstance(dependencies, list)
    return dependencies


def bounds_in_conda() -> dict[str, set[str]]:
    wanted = [Requirement(line) for line in conda_dependencies() if isinstance(line, str)]
    return {need.name: {str(bound) for bound in need.specifier} for need in wanted}


@pytest.mark.parametrize("package", NEEDS)
def test_environment_yml_has_the_bounds_of_the_project(package: str) -> None:
    project = bounds_in_project()[package]
    assert len(project) == 2, "a lowest version and a limit"
    assert bounds_in_conda()[CONDA_NAMES.get(package, package)] == project


def test_environment_yml_has_the_python_of_the_project_and_installs_it() -> None:
    metadata = importlib.metadata.metadata("counting-calls")
    assert bounds_in_conda()["python"] == {metadata["Requires-Python"]}
    assert {"pip": ["-e .[dev]"]} in conda_dependencies()


def test_every_place_names_the_same_version() -> None:
    version = importlib.metadata.version("counting-calls")
    assert f'version = "{version}"' in read("pyproject.toml")
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version


def test_makefile_help_lists_every_phony_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert phony
    explained = re.findall(r"^([a-z-]+):[^#\n]*## \S", read("Makefile"), re.MULTILINE)
    assert sorted(explained) == sorted(phony.group(1).split())


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed here")
def test_make_alone_prints_the_targets() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=True
    )
    explained = re.findall(r"^([a-z-]+):[^#\n]*## (.+)$", read("Makefile"), re.MULTILINE)
    assert len(explained) >= 8
    for target, words in explained:
        assert re.search(rf"^  make {target} +{re.escape(words)}$", done.stdout, re.MULTILINE), target


def test_windows_runs_what_make_test_runs() -> None:
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)
    assert recipe
    lines = [line.strip().replace("$(BIN)/", "") for line in recipe.group(1).splitlines()]
    assert len(lines) == 7
    steps = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]["test"]["steps"]
    (windows,) = [step["run"] for step in steps if step.get("name") == "test"]
    assert windows.splitlines() == lines


def test_hooks_run_checks_of_make_test() -> None:
    hooks = [hook for repo in yaml.safe_load(read(".pre-commit-config.yaml"))["repos"] for hook in repo["hooks"]]
    assert len(hooks) == 4
    for hook in hooks:
        assert hook["language"] == "system"
        assert f"\t$(BIN)/{hook['entry']}\n" in read("Makefile")


def loaded_by(code: str) -> set[str]:
    """The packages outside the standard library that a fresh Python has loaded after `code`."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names


def test_importing_labkit_loads_numpy_at_most() -> None:
    loaded = loaded_by("import labkit")
    assert "labkit" in loaded
    heavy = loaded - MAY_LOAD
    assert not {name for name in heavy if not name.startswith("_")}, heavy


def test_the_command_and_the_desk_load_no_more() -> None:
    assert not {name for name in loaded_by("import labkit.cli") - MAY_LOAD if not name.startswith("_")}


def test_a_heavy_import_would_be_noticed() -> None:
    assert "matplotlib" in loaded_by("import matplotlib")


def files_in_git() -> list[Path]:
    """The files that git has or would take; without git or outside a clone, the test is left out."""
    try:
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git clone")
    paths = (ROOT / os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def mentions_folder(content: bytes, folder: str) -> bool:
    """Is the folder named, with slashes of either kind, as a whole path and not as the end of another?"""
    forms = {folder, folder.replace("\\", "/"), folder.replace("\\", "\\\\")}
    return any(re.search(rb"(?<![\w./-])%s(?![\w-])" % re.escape(form.encode()), content) for form in forms)


def test_no_file_names_the_folder_of_the_checkout() -> None:
    files = files_in_git()
    assert ROOT / "pyproject.toml" in files
    assert [path for path in files if mentions_folder(path.read_bytes(), str(ROOT))] == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'"file": "/home/ada/course/x.py"', True),
        (b"cd /home/ada/course", True),
        (b"/home/ada/courses", False),
        (b"example.org/home/ada/course", False),
        (b"", False),
    ],
)
def test_a_folder_is_recognised_in_text(content: bytes, expected: bool) -> None:
    assert mentions_folder(content, "/home/ada/course") is expected
