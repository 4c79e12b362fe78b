"""The doctor finds each fault, names the line that puts it right, and reads the same when all is well."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labkit_workbook import installation as module
from labkit_workbook.installation import INSTALL, Facts, Report, bounds_of, doctor, examine, gather

GOOD = Facts(
    python="3.12.4",
    executable="/course/.venv/bin/python",
    requirements=("python>=3.10", "numpy<3,>=1.26", 'jupyterlab<5,>=4.2; extra == "course"'),
    versions={"numpy": "2.1.0", "matplotlib": "3.9.2", "jupyterlab": "4.2", "ipywidgets": "8.1.5"},
    in_kernel=False,
    kernel_python="python",
    widgets_extension=True,
    folder="my_work",
    writable=True,
)


def problem(report: Report) -> tuple[str, str]:
    """The one problem of a report, as (text, fix)."""
    (finding,) = report.problems
    return finding.text, finding.fix


def test_good_facts_give_only_ok_lines() -> None:
    report = examine(GOOD)
    assert report.ok
    assert report.problems == ()
    *lines, ending = repr(report).splitlines()
    assert all(line.startswith("ok   ") for line in lines)
    assert "ok   numpy is there and new enough" in lines
    assert ending == "Everything is right."


@pytest.mark.parametrize("in_kernel", [True, False])
def test_a_good_report_names_no_version_and_no_path(in_kernel: bool) -> None:
    text = repr(examine(replace(GOOD, in_kernel=in_kernel)))
    assert not re.search(r"[\d/\\]", text)


def test_old_python() -> None:
    text, fix = problem(examine(replace(GOOD, python="3.9.18")))
    assert text == "Python 3.9.18 is too old: the course needs 3.10 or newer"
    assert fix == "make clean env PYTHON=python3.10"


def test_python_versions_are_compared_as_numbers() -> None:
    assert examine(replace(GOOD, python="3.10.0")).ok  # "3.10" sorts before "3.9" as text


@pytest.mark.parametrize("package", module.PACKAGES)
def test_missing_package(package: str) -> None:
    findings = examine(replace(GOOD, versions={**GOOD.versions, package: None})).problems
    assert (f"{package} is not installed", INSTALL) in [(finding.text, finding.fix) for finding in findings]


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.25.2", "too old: the course needs 1.26 or newer"), ("3.0.0rc1", "too new: the course was written")],
)
def test_package_out_of_bounds(version: str, words: str) -> None:
    text, fix = problem(examine(replace(GOOD, versions={**GOOD.versions, "numpy": version})))
    assert text.startswith(f"numpy {version} is {words}")
    assert fix == INSTALL


@pytest.mark.parametrize("version", ["1.26", "1.26.0", "2.99.9"])
def test_package_at_the_edge_of_its_bounds(version: str) -> None:
    assert examine(replace(GOOD, versions={**GOOD.versions, "numpy": version})).ok


def test_labkit_missing_from_the_environment_of_the_kernel() -> None:
    text, fix = problem(examine(replace(GOOD, requirements=None, in_kernel=True)))
    assert "this notebook's kernel" in text
    assert fix == INSTALL


@pytest.mark.parametrize("kernel", ["/other/bin/python", None])
def test_kernel_elsewhere_or_nowhere(kernel: str | None) -> None:
    text, fix = problem(examine(replace(GOOD, kernel_python=kernel)))
    assert "environment" in text or "no kernel" in text
    assert "ipykernel install" in fix


def test_kernel_given_as_a_full_path_in_the_same_environment() -> None:
    assert examine(replace(GOOD, kernel_python="/course/.venv/bin/python3")).ok


def test_inside_a_notebook_the_registered_kernel_does_not_matter() -> None:
    assert examine(replace(GOOD, in_kernel=True, kernel_python="/other/bin/python")).ok


def test_widgets_without_their_jupyterlab_half() -> None:
    text, fix = problem(examine(replace(GOOD, widgets_extension=False)))
    assert "sliders" in text
    assert "jupyterlab_widgets" in fix


def test_no_permission_to_save() -> None:
    text, fix = problem(examine(replace(GOOD, writable=False)))
    assert "my_work" in text
    assert fix.startswith('python -c "')
    assert "'my_work'" in fix


def test_a_folder_of_somebody_else_is_copied_not_changed() -> None:
    text, fix = problem(examine(replace(GOOD, writable=False, of_another=True)))
    assert "belongs to somebody else" in text
    assert fix.startswith("cp -R . ")
    assert "chmod" not in fix
    assert examine(replace(GOOD, of_another=True)) == examine(GOOD)  # where it can be written to, all is well


def test_the_line_for_permission_works_in_any_shell(tmp_path: Path) -> None:
    folder = tmp_path / "my_work"
    folder.mkdir(mode=0o500)
    _, fix = problem(examine(replace(GOOD, writable=False)))
    subprocess.run(fix.replace("python", f'"{sys.executable}"', 1), shell=True, check=True, cwd=tmp_path)
    assert folder.stat().st_mode & 0o700 == 0o700


def test_a_report_with_problems_counts_them_and_shows_each_fix_on_its_own_line() -> None:
    report = examine(replace(GOOD, writable=False, widgets_extension=False))
    lines = repr(report).splitlines()
    assert lines[-1] == "2 of 8 points to put right."
    for finding in report.problems:
        assert lines[lines.index(f"FIX  {finding.text}") + 1].strip() == finding.fix


@pytest.mark.parametrize(
    ("requirements", "bounds"),
    [
        (("numpy>=1.26,<3",), ("1.26", "3")),
        (("numpy-financial>=9", "numpy <3, >=1.26"), ("1.26", "3")),
        (("numpy<=2",), ("", "")),
        (('numpy>=1.26; python_version<"3.11"',), ("1.26", "")),
        (("matplotlib>=3.8",), ("", "")),
    ],
)
def test_bounds(requirements: tuple[str, ...], bounds: tuple[str, str]) -> None:
    assert bounds_of("numpy", requirements) == bounds


def test_this_environment_is_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert doctor().ok, doctor()


def test_facts_of_this_machine_hold_bounds_for_every_package() -> None:
    requirements = gather().requirements
    assert requirements is not None
    for name in ("python", *module.PACKAGES):
        assert bounds_of(name, requirements)[0], name


def test_writing_is_tried_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert gather().writable
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(module, "_work_folder", lambda: (tmp_path / "gone", "my_work"))
    assert not gather().writable


def test_in_a_browser_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit_workbook.installation.gather", lambda: pytest.fail("the machine was looked at"))
    monkeypatch.setattr("sys.platform", "emscripten")
    assert doctor().ok
    assert "runs in your browser" in repr(doctor())
