"""The build makes the right notebooks, notices every change, and refuses what is wrong."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
import derive
import execute
import nbformat
import pytest
from drift import readable
from execute import clean_outputs
from nbformat import NotebookNode
from nbformat.v4 import new_output
from percent import slug
from tiny_course import EXERCISE, LESSON, write_course

LESSON_NOTEBOOK = "notebooks/01_cost.ipynb"
EXERCISE_NOTEBOOK = "exercises/01_spend.ipynb"
SOLUTION_NOTEBOOK = "solutions/01_spend.ipynb"
ALL_NOTEBOOKS = [LESSON_NOTEBOOK, EXERCISE_NOTEBOOK, SOLUTION_NOTEBOOK]


def run(root: Path, *arguments: str) -> int:
    return build.main([*arguments, "--root", str(root)])


def load(root: Path, name: str) -> NotebookNode:
    return nbformat.read(root / name, as_version=nbformat.NO_CONVERT)


def cell_of(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def ids(notebook: NotebookNode) -> list[str]:
    return [cell.id for cell in notebook.cells]


def fake_execute(notebook: NotebookNode, folder: Path, root: Path) -> NotebookNode:
    done = copy.deepcopy(notebook)
    for cell in done.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
    return done


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count cells instead of running them, for tests that are about files."""
    monkeypatch.setattr(build, "execute", fake_execute)


# What is made


@pytest.mark.parametrize("name", ALL_NOTEBOOKS)
def test_notebook_is_valid_and_ends_with_newline(built_once: Path, name: str) -> None:
    notebook = load(built_once, name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    text = (built_once / name).read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert text.startswith('{\n "cells"')


def test_lesson_is_executed_with_outputs(built_once: Path) -> None:
    notebook = load(built_once, LESSON_NOTEBOOK)
    assert ids(notebook) == ["what-a-call-costs", "price-of-a-call", "copy-the-prices", "copy-the-prices-2"]
    price = cell_of(notebook, "price-of-a-call")
    assert price.metadata == {"tags": ["nbval-check-output"]}
    assert price.outputs == [new_output("stream", name="stdout", text="one\ntwo é\n")]
    assert cell_of(notebook, "copy-the-prices").outputs[0].data == {"text/plain": "3"}
    assert cell_of(notebook, "copy-the-prices").source.startswith("# copy the prices\n")
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3]


def test_letters_outside_ascii_are_kept_readable(built_once: Path) -> None:
    assert "two é" in (built_once / LESSON_NOTEBOOK).read_text(encoding="utf-8")


def test_notebook_metadata_names_the_script(built_once: Path) -> None:
    metadata = load(built_once, SOLUTION_NOTEBOOK).metadata
    assert metadata.kernelspec == {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    assert metadata.language_info == {"name": "python"}
    assert metadata.labkit.source == "course/exercises/01_spend.py"
    assert len(metadata.labkit.sha256) == 64


def test_regions_become_stubs_at_their_indentation(built_once: Path) -> None:
    assert cell_of(load(built_once, EXERCISE_NOTEBOOK), "spend").source == (
        "def spend(calls):\n"
        '    """Return the spend."""\n'
        "    if calls < 0:\n"
        '        # Task: raise a "ValueError" for negative calls\n'
        "        ...\n"
        "    # Task: return two cents a call\n"
        "    return ..."
    )
    assert cell_of(load(built_once, EXERCISE_NOTEBOOK), "why").source == "Why?\n*Your answer here.*"


@pytest.mark.parametrize("calls", [-1, 1])
def test_a_function_that_is_a_stub_returns_three_dots(built_once: Path, calls: int) -> None:
    namespace: dict[str, Callable[[int], Any]] = {}
    exec(cell_of(load(built_once, EXERCISE_NOTEBOOK), "spend").source, namespace)
    assert namespace["spend"](calls) is ...


def test_solution_keeps_markers_and_exercise_has_nothing_of_the_solution(built_once: Path) -> None:
    assert "### BEGIN SOLUTION: return two cents a call" in (built_once / SOLUTION_NOTEBOOK).read_text()
    exercise = (built_once / EXERCISE_NOTEBOOK).read_text()
    for secret in ["SOLUTION", "per_call", "Because.", "for teachers", "spend(4)"]:
        assert secret not in exercise


def test_cells_have_the_same_id_in_exercise_and_solution(built_once: Path) -> None:
    exercise, solution = load(built_once, EXERCISE_NOTEBOOK), load(built_once, SOLUTION_NOTEBOOK)
    assert ids(solution) == [
        "ticket-spend",
        "spend",
        "note-to-teachers",
        "check-spend",
        "print-spend-4",
        "why",
        "print-spend-name",
    ]
    assert ids(exercise) == ["ticket-spend", "spend", "check-spend", "why", "print-spend-name"]
    for cell in exercise.cells:
        assert cell.metadata == cell_of(solution, cell.id).metadata


def test_exercise_is_not_executed(built_once: Path) -> None:
    code_cells = [cell for cell in load(built_once, EXERCISE_NOTEBOOK).cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_cells)


def test_nbgrader_metadata(built_once: Path) -> None:
    common = {"schema_version": 3, "task": False}
    found = {
        cell.id: cell.metadata.nbgrader
        for cell in load(built_once, SOLUTION_NOTEBOOK).cells
        if "nbgrader" in cell.metadata
    }
    assert found == {
        "spend": {**common, "grade_id": "spend", "grade": False, "solution": True, "locked": False},
        "check-spend": {
            **common,
            "grade_id": "check-spend",
            "grade": True,
            "solution": False,
            "locked": True,
            "points": 3,
        },
        "why": {
            **common,
            "grade_id": "why",
            "grade": True,
            "solution": True,
            "locked": False,
            "points": 2,
        },
    }


@pytest.mark.slow  # nbgrader comes with what `make test-all` installs
@pytest.mark.parametrize("name", ALL_NOTEBOOKS)
def test_nbgrader_accepts_the_notebook(built_once: Path, name: str) -> None:
    nbgraderformat = pytest.importorskip("nbgrader.nbgraderformat")
    nbgraderformat.MetadataValidator().validate_nb(load(built_once, name))


def test_building_elsewhere_gives_the_same_bytes(built_once: Path, tmp_path: Path) -> None:
    write_course(tmp_path)
    assert run(tmp_path, "--force") == 0
    for name in ALL_NOTEBOOKS:
        assert (tmp_path / name).read_bytes() == (built_once / name).read_bytes()
    assert not list(tmp_path.rglob("*.part"))


# Ids


def test_ids_stay_when_a_cell_is_inserted(course: Path, no_kernel: None) -> None:
    before = ids(load(course, LESSON_NOTEBOOK))
    write_course(course, lesson=f"# %%\nprint('first')\n\n{LESSON}")
    assert run(course) == 0
    assert ids(load(course, LESSON_NOTEBOOK)) == ["print-first", *before]


def test_a_title_wins_over_a_first_line(course: Path, no_kernel: None) -> None:
    write_course(course, lesson="# %%\n# prices\n\n# %% prices\n1\n\n# %% [markdown]\n# ---\n")
    assert run(course) == 0
    assert ids(load(course, LESSON_NOTEBOOK)) == ["prices-2", "prices", "cell"]


def test_slug_is_short_and_plain() -> None:
    assert slug("## Wörst case: 3 Calls!") == "w-rst-case-3-calls"
    assert slug("x" * 39 + " yes") == "x" * 39
    assert slug("---") == ""


# What is made again


def test_second_build_leaves_everything_alone(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: (course / name).stat().st_mtime_ns for name in ALL_NOTEBOOKS}
    assert run(course) == 0
    assert {name: (course / name).stat().st_mtime_ns for name in ALL_NOTEBOOKS} == before
    assert capsys.readouterr().out.splitlines() == [
        f"[{number}/3] {name}  unchanged" for number, name in enumerate(ALL_NOTEBOOKS, start=1)
    ]


def test_only_the_changed_script_is_built(course: Path, no_kernel: None, capsys: pytest.CaptureFixture[str]) -> None:
    write_course(course, lesson=LESSON + "\n# %%\nprint(3)\n")
    assert run(course) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith(f"[1/3] {LESSON_NOTEBOOK}  executed in ")
    assert second.endswith("unchanged")
    assert third.endswith("unchanged")


@pytest.mark.parametrize("name", ALL_NOTEBOOKS)
def test_a_notebook_changed_by_hand_is_built_again(course: Path, no_kernel: None, name: str) -> None:
    before = readable(load(course, name))
    change_source(course / name)
    assert run(course) == 0
    assert readable(load(course, name)) == before


@pytest.mark.parametrize(
    ("names", "lines"), [(["01_cost"], 1), (["01_spend"], 2), (["01"], 3), (["01_cost", "01_spend"], 3)]
)
def test_names_restrict_the_build(
    course: Path, capsys: pytest.CaptureFixture[str], names: list[str], lines: int
) -> None:
    assert run(course, *names) == 0
    assert len(capsys.readouterr().out.splitlines()) == lines


def test_a_name_that_matches_nothing_is_an_error(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(course, "07") == 2
    assert "no script in course/lessons or course/exercises matches" in capsys.readouterr().err


def test_notebook_whose_script_is_gone_is_removed(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (course / "course/lessons/01_cost.py").unlink()
    own_work = course / "notebooks/my_copy.ipynb"
    own_work.write_bytes((course / LESSON_NOTEBOOK).read_bytes())
    hand_made = course / "notebooks/mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), hand_made)
    assert run(course) == 0
    assert capsys.readouterr().out.startswith(f"{LESSON_NOTEBOOK}  removed, its script is gone\n")
    assert not (course / LESSON_NOTEBOOK).exists()
    assert own_work.exists()
    assert hand_made.exists()


# What --check notices


def edit(path: Path, change: Callable[[NotebookNode], None]) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    change(notebook)
    nbformat.write(notebook, path)


def change_source(path: Path) -> None:
    edit(path, lambda notebook: notebook.cells[0].update(source="# Changed"))


def change_id(path: Path) -> None:
    edit(path, lambda notebook: notebook.cells[0].update(id="changed"))


def change_cell_metadata(path: Path) -> None:
    edit(path, lambda notebook: notebook.cells[1].metadata.update(tags=["changed"]))


def change_notebook_metadata(path: Path) -> None:
    edit(path, lambda notebook: notebook.metadata.language_info.update(version="changed"))


def drop_cell(path: Path) -> None:
    edit(path, lambda notebook: notebook.cells.pop())


def drop_counts(path: Path) -> None:
    edit(path, lambda notebook: notebook.cells[1].update(outputs=[], execution_count=None))


def add_output(path: Path) -> None:
    output = new_output("stream", name="stdout", text="hello\n")
    edit(path, lambda notebook: notebook.cells[1].update(outputs=[output]))


def add_stray(path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(), path.with_name("stray.ipynb"))


def add_orphan(path: Path) -> None:
    def change(notebook: NotebookNode) -> None:
        notebook.metadata.labkit.source = "course/lessons/00_gone.py"

    orphan = path.with_name("00_gone.ipynb")
    orphan.write_bytes(path.read_bytes())
    edit(orphan, change)


def spoil(path: Path) -> None:
    path.write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "damage", "complaint"),
    [
        (LESSON_NOTEBOOK, change_source, "-    # Changed"),
        (SOLUTION_NOTEBOOK, change_source, "+    # Ticket spend"),
        (EXERCISE_NOTEBOOK, change_id, '-{"cell_type": "markdown", "id": "changed", "metadata": {}}'),
        (LESSON_NOTEBOOK, change_cell_metadata, '"tags": ["changed"]'),
        (LESSON_NOTEBOOK, change_notebook_metadata, '"version": "changed"'),
        (EXERCISE_NOTEBOOK, drop_cell, "+    print(spend.__name__)"),
        (LESSON_NOTEBOOK, drop_counts, f"{LESSON_NOTEBOOK}: cell `price-of-a-call` was not executed"),
        (SOLUTION_NOTEBOOK, drop_counts, f"{SOLUTION_NOTEBOOK}: cell `spend` was not executed"),
        (EXERCISE_NOTEBOOK, add_output, f"{EXERCISE_NOTEBOOK}: cell `spend` has outputs or a count"),
        (LESSON_NOTEBOOK, Path.unlink, f"{LESSON_NOTEBOOK}: missing"),
        (LESSON_NOTEBOOK, spoil, f"{LESSON_NOTEBOOK}: not a notebook that can be read"),
        (EXERCISE_NOTEBOOK, add_stray, "exercises/stray.ipynb: no script makes this notebook"),
        (
            LESSON_NOTEBOOK,
            add_orphan,
            "notebooks/00_gone.ipynb: its script is gone",
        ),
    ],
)
def test_check_notices(
    course: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    damage: Callable[[Path], None],
    complaint: str,
) -> None:
    damage(course / name)
    assert run(course, "--check") == 1
    output = capsys.readouterr().out
    assert complaint in output
    assert output.splitlines()[-1] == "The notebooks differ from their scripts; run: make build"


def test_check_notices_a_changed_script(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_course(course, lesson=LESSON.replace("sum(prices)", "max(prices)"))
    assert run(course, "--check") == 1
    output = capsys.readouterr().out
    assert f"--- {LESSON_NOTEBOOK}" in output
    assert "-    sum(prices)\n+    max(prices)" in output
    assert '"sha256"' in output


def test_check_notices_the_hash_alone(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_course(course, lesson=LESSON + "\n")
    assert run(course, "--check") == 1
    assert re.search(r'-\s+"sha256": "\w{64}"', capsys.readouterr().out)


def test_check_is_content_and_changes_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    assert run(course, "--check") == 0
    assert capsys.readouterr().out == "All 3 notebooks agree with their scripts.\n"
    assert {path: path.read_bytes() for path in course.rglob("*.ipynb")} == before


def test_check_accepts_a_windows_checkout(course: Path) -> None:
    """Git may have turned every line ending into CRLF; the hash and the cells are the same."""
    for path in (*course.rglob("*.py"), *course.rglob("*.ipynb")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run(course, "--check") == 0


def test_the_hash_is_that_of_the_file_as_git_keeps_it(course: Path) -> None:
    script = course / "course/lessons/01_cost.py"
    assert load(course, LESSON_NOTEBOOK).metadata.labkit.sha256 == hashlib.sha256(script.read_bytes()).hexdigest()


@pytest.mark.usefixtures("no_kernel")
def test_data_that_a_lesson_shows_are_seen_where_they_change(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "one.json").write_bytes(b"1\n")
    monkeypatch.setattr(derive, "SHOWN", {"prices": kept})  # a word of the lesson, and not of the exercise
    assert run(course) == run(course, "--check") == 0
    (kept / "one.json").write_bytes(b"1\r\n")  # a Windows checkout
    assert run(course, "--check") == 0
    (kept / "one.json").write_bytes(b"2\n")
    capsys.readouterr()
    assert run(course, "--check") == 1
    assert '"data_sha256"' in capsys.readouterr().out
    assert run(course) == run(course, "--check") == 0
    for name in (EXERCISE_NOTEBOOK, SOLUTION_NOTEBOOK):
        assert "data_sha256" not in load(course, name).metadata.labkit


@pytest.mark.parametrize("extra", ["01", "--force"])
def test_check_cannot_be_narrowed(course: Path, extra: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(course, "--check", extra)
    assert stopped.value.code == 2


# What is wrong in a script


REGION_IN_REGION = """\
# %%
### BEGIN SOLUTION: one
### BEGIN SOLUTION: two
1
### END SOLUTION
"""
STUB_OUT_OF_PLACE = """\
# %%
def f():
### BEGIN SOLUTION: words
    return 1
### END SOLUTION
"""
QUOTED_MARKDOWN = '''\
# %% [markdown]
"""

Why?
### BEGIN SOLUTION
"""
'''
UNCLOSED = "# %% [markdown]\n# Hello\n\n# %% a\nx = 1\n### BEGIN SOLUTION: words\n2\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (UNCLOSED, 6, "solution region has no end; add `### END SOLUTION`"),
        (QUOTED_MARKDOWN, 5, "solution region has no end"),
        (REGION_IN_REGION, 3, "solution region inside another; end the first one"),
        ("# %%\n1\n### END SOLUTION\n", 3, "END SOLUTION without BEGIN SOLUTION; remove it"),
        ("# %%\n### BEGIN SOLUTION: words\n\n### END SOLUTION\n", 2, "solution region is empty; write"),
        ("# %%\n### BEGIN SOLUTION\n1\n### END SOLUTION\n", 2, "solution region without words; write"),
        ("# %%\n### BEGIN SOLUTION:\n1\n### END SOLUTION\n", 2, "solution region without words; write"),
        ("# %%\n1\n# BEGIN SOLUTION: words\n", 3, "solution marker not understood; write"),
        ("# %%\n1\n### begin solution\n", 3, "solution marker not understood; write"),
        (STUB_OUT_OF_PLACE, 3, "the cell is no Python once stubbed; indent BEGIN SOLUTION"),
        (
            '# %% tags=["solution"]\n### BEGIN SOLUTION: a\n1\n### END SOLUTION\n',
            2,
            "solution region in a cell tagged `solution`; remove",
        ),
        (
            "# %% [raw]\n# ### BEGIN SOLUTION: a\n# 1\n# ### END SOLUTION\n",
            2,
            "solution region in a raw cell; use",
        ),
        ('# %%\n1\n\n# %% tags=["grade"]\n2\n', 4, "cell tagged `grade` has no points; add"),
        ('# %% tags=["grade"] points="2"\n2\n', 1, "points are not a number from 0 up; write"),
        (
            '# %% [markdown] tags=["grade"] points=2\n# 2\n',
            1,
            "tag `grade` on a cell that is not code; remove",
        ),
        ("# %% points=2\n2\n", 1, "points on a cell that is not graded; tag it"),
        (
            "# %% same\n1\n# %% other\n2\n# %% Same\n3\n",
            5,
            "cell title `same` is already used on line 1; choose",
        ),
        ("# %% tags=[solution]\n1\n", 1, "cannot read `tags=[solution]`; write it like"),
        ('# %% tags="solution"\n1\n', 1, "this cell header fits no notebook; write"),
        ('# %% tag=["solution"]\n1\n', 1, "unknown key `tag` in the cell header; use"),
        ("# %% [markdwn]\n# 1\n", 1, "cannot read the cell title `[markdwn]`; use"),
        ('# %% a\nx = """\n# %% b\n"""\n', 1, "cannot tell the cells apart; start"),
        ("x = 1\n# %% a\ny = 2\n", 2, "cannot tell the cells apart; start"),
    ],
)
def test_error_in_an_exercise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, words: str
) -> None:
    write_course(tmp_path, lesson="", exercise=text)
    assert run(tmp_path) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith(f"course/exercises/01_spend.py:{line}: {words}")
    assert "; " in message
    assert not (tmp_path / "exercises").exists()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# %%\n### BEGIN SOLUTION: a\n1\n### END SOLUTION\n", 2, "solution region in a lesson; move"),
        ("# %%\ndef f():\n    raise NotImplementedError\n", 3, "NotImplementedError left in a lesson; write"),
        ('# %% tags=["instructor"]\n1\n', 1, "tag `instructor` in a lesson; it means"),
        ('# %% tags=["grade"]\n1\n', 1, "tag `grade` in a lesson; it means"),
        ("# %% points=1\n1\n", 1, "points in a lesson; lessons are not graded"),
    ],
)
def test_error_in_a_lesson(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, words: str
) -> None:
    write_course(tmp_path, lesson=text, exercise="")
    assert run(tmp_path, "--check") == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith(f"course/lessons/01_cost.py:{line}: {words}")


def test_all_errors_of_all_files_come_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_course(
        tmp_path,
        lesson="# %%\nraise NotImplementedError\n",
        exercise="# %%\n### END SOLUTION\n\n# %% points=1\n### BEGIN SOLUTION: words\n",
    )
    assert run(tmp_path) == 2
    places = [message.split(": ")[0] for message in capsys.readouterr().err.splitlines()]
    exercise = "course/exercises/01_spend.py"
    assert places == ["course/lessons/01_cost.py:2", f"{exercise}:2", f"{exercise}:4", f"{exercise}:5"]


# What goes wrong in a cell


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("prices[7]", "IndexError: list index out of range"),
        ("import os\nprint(os.getcwd())", "its output holds the path `{root}` of this machine"),
        ("import time\ntime.sleep(60)", "it was still running after 1 s"),
    ],
)
def test_failing_cell_keeps_the_old_notebook(
    course: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    words: str,
) -> None:
    if "sleep" in code:  # the others may take their time on a busy machine
        monkeypatch.setattr(execute, "CELL_TIMEOUT", 1)
    before = (course / LESSON_NOTEBOOK).read_bytes()
    line = len(LESSON.splitlines()) + 2
    write_course(course, lesson=f"{LESSON}\n# %% broken\n{code}\n")
    assert run(course) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(
        f"course/lessons/01_cost.py:{line}: {LESSON_NOTEBOOK}, cell `broken`: "
        f"{words.format(root=course)}; repair the cell"
    )
    assert captured.out.splitlines()[0] == f"[1/3] {LESSON_NOTEBOOK}  failed"
    assert captured.out.splitlines()[2].endswith("unchanged")
    assert (course / LESSON_NOTEBOOK).read_bytes() == before


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", name="stderr", text="see {path}/x.py"),
        new_output("display_data", data={"text/html": "<a href='{path}/x'>"}),
        new_output("display_data", data={"application/json": {"file": "{path}/x"}}),
        new_output("error", ename="E", evalue="", traceback=["File {path}/x.py:3"]),
    ],
)
@pytest.mark.parametrize("place", ["root", "home", "short"])
def test_every_kind_of_output_is_searched_for_paths(
    monkeypatch: pytest.MonkeyPatch, output: NotebookNode, place: str
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("USERPROFILE", "/home/somebody")
    root = Path("/home/somebody/repo") if place == "short" else Path("/srv/repo")
    path = {"root": "/srv/repo", "home": "/home/somebody", "short": "~/repo"}[place]
    leaking = nbformat.from_dict(json.loads(json.dumps(output).replace("{path}", path)))
    cell = nbformat.v4.new_code_cell("1", id="leak", outputs=[leaking])
    with pytest.raises(execute.ExecutionFailed, match="of this machine"):
        execute.refuse_machine_paths(cell, root)


def test_pictures_are_not_searched_for_paths() -> None:
    picture = new_output("display_data", data={"image/png": "abc/srv/repo/def"})
    execute.refuse_machine_paths(nbformat.v4.new_code_cell("1", outputs=[picture]), Path("/srv/repo"))


def test_outputs_are_cleaned() -> None:
    def stream(name: str, text: str) -> NotebookNode:
        return new_output("stream", name=name, text=text)

    widget = new_output(
        "display_data",
        data={"text/plain": "slider", "application/vnd.jupyter.widget-view+json": {"model_id": "4f"}},
        metadata={"execution": {"iopub": 1}},
    )
    outputs = [
        stream("stdout", "a"),
        stream("stdout", "b"),
        stream("stderr", "c"),
        stream("stdout", "d"),
        stream("stderr", "run: 8,100 of 12,000 sums, 68%\n"),
        widget,
    ]
    assert clean_outputs(outputs) == [
        stream("stdout", "ab"),
        stream("stderr", "c"),
        stream("stdout", "d"),
        new_output("display_data", data={"text/plain": "slider"}),
    ]
    assert len(outputs) == 6


# The command


def test_help_says_what_is_made_from_what(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for words in ["course/lessons/01_cost.py", "--check", "--force", "--root", "exit status"]:
        assert words in said


def test_solution_of_the_tiny_exercise_is_what_its_author_wrote(built_once: Path) -> None:
    """Every line of the script is in the solution: nothing gets lost on the way."""
    solution = "\n".join(cell.source for cell in load(built_once, SOLUTION_NOTEBOOK).cells)
    written = "\n".join(line for line in EXERCISE.splitlines() if not line.startswith("# %%"))
    assert _words(solution) == _words(written)


def _words(text: str) -> list[str]:
    return text.replace("#", "").split()


# What is closed or folded away


FOLDED = """
# %% closed tags=["predict", "nbval-check-output"]
print("calls of a task")
print(3)

# %% folded tags=["hide-input"]
4 + 1
"""


def test_a_result_tagged_predict_is_closed_and_code_tagged_hide_input_is_folded_away(course: Path) -> None:
    write_course(course, lesson=LESSON + FOLDED)
    assert run(course) == 0
    notebook = load(course, LESSON_NOTEBOOK)
    closed, folded = cell_of(notebook, "closed"), cell_of(notebook, "folded")
    assert closed.metadata == {
        "jupyter": {"outputs_hidden": True},
        "tags": ["predict", "nbval-check-output", "hide-output"],
    }
    assert closed.outputs[0].text == "calls of a task\n3\n", "what is closed is kept, and nbval compares it"
    assert folded.metadata == {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    assert run(course, "--check") == 0


def test_an_exercise_is_folded_as_its_solution_is(built_once: Path) -> None:
    for name in (EXERCISE_NOTEBOOK, SOLUTION_NOTEBOOK):
        assert cell_of(load(built_once, name), "check-spend").metadata["jupyter"] == {"source_hidden": True}


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("print('83.4% of them')", "83.4% of them"),
        ("42", "42"),
        (
            "from IPython.display import HTML\nHTML('<img alt=\"5 agents\">')",
            '<img alt="5 agents">',
        ),
    ],
)
def test_a_closed_result_whose_first_line_tells_it_is_refused(
    course: Path, capsys: pytest.CaptureFixture[str], code: str, first: str
) -> None:
    """JupyterLab shows that line in the place of what it closes."""
    write_course(course, lesson=f'{LESSON}\n# %% telling tags=["predict"]\n{code}\n')
    assert run(course) == 2
    assert f"cell `telling`: its first line `{first}` tells the result while it is closed" in capsys.readouterr().err


def test_a_picture_and_a_workflow_begin_neutrally(course: Path) -> None:
    code = "from labkit import PREMIUM, chain, plots\nplots.draw(chain(2, PREMIUM))"
    table = "chain(2, PREMIUM)"
    lesson = f'{LESSON}\n# %% picture tags=["predict"]\n{code}\n\n# %% table tags=["predict"]\n{table}\n'
    write_course(course, lesson=lesson)
    assert run(course) == 0
    for name in ("picture", "table"):
        page = cell_of(load(course, LESSON_NOTEBOOK), name).outputs[0].data["text/html"]
        assert page.startswith("<!-- The result: predict first, then click here. -->\n<")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ('# %% [markdown] tags=["predict"]', "tag `predict` on a cell that is not code; remove it"),
        ('# %% [markdown] tags=["hide-input"]', "tag `hide-input` on a cell that is not code; remove it"),
        (
            '# %% jupyter={"outputs_hidden": true}',
            "`jupyter` metadata by hand; tag the cell `predict` or `hide-input`",
        ),
    ],
)
def test_what_the_build_writes_is_not_written_by_hand(
    course: Path, capsys: pytest.CaptureFixture[str], header: str, words: str
) -> None:
    write_course(course, lesson=f"{LESSON}\n{header}\n# text\n")
    assert run(course) == 2
    assert words in capsys.readouterr().err
