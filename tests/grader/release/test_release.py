"""The students' copy: what is in it and what is not, that it is written whole or not at all, and that it works."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

import labkit
from labkit_grader.intake.essays import essays_in
from labkit_grader.intake.notebooks import read_notebook, typed_students
from labkit_grader.judge.keys import make_key, read_key
from labkit_grader.release import bundle
from labkit_grader.release import release as released
from labkit_grader.release.bundle import contents, exercise_bytes
from labkit_grader.release.release import COURSE, write_copy
from labkit_workbook import cli
from labkit_workbook.numbers import drawn
from labkit_workbook.numbers.drawn import SHEETS, Classroom, numbers_of, sheet
from labkit_workbook.questions import Exercise, Question, exercise, exercises

CLASS = "ML 1"
STUDENTS = [f"Student {number}" for number in range(100)]
NUMBERED = [which for which in exercises() if which.number]
NOTEBOOKS = [which for which in NUMBERED if list((COURSE / "solutions").glob(f"{which.number}_*.ipynb"))]
KINDS = {
    "alone": Classroom(),
    "class": Classroom(CLASS),
    "assessed": Classroom(CLASS, True),
    "assessed alone": Classroom("", True),
}


DIFFERENT = 40
"""Sheets that are drawn of an exercise here, over and over: all of a class take a minute and a half."""


@pytest.fixture(scope="module", autouse=True)
def fewer_sheets() -> Iterator[None]:
    """After its first sheets an exercise's come again, for whoever draws; the first exercise's are all drawn."""
    draw = drawn._draw_once
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            drawn,
            "_draw_once",
            lambda of, name, number: draw(of, name, number if of.number == "01" else number % DIFFERENT),
        )
        yield


@pytest.fixture(scope="module")
def copies() -> dict[str, dict[str, bytes]]:
    """What each kind of copy holds."""
    return {kind: contents(COURSE, classroom) for kind, classroom in KINDS.items()}


@pytest.fixture(scope="module")
def folders(copies: dict[str, dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each kind of copy as a folder."""
    places = {kind: tmp_path_factory.mktemp("release") / "copy" for kind in copies}
    for kind, files in copies.items():
        released._write(files, places[kind])
    return places


every_kind = pytest.mark.parametrize("kind", KINDS)
# The modules of a copy are the same with a class and without, and in an assessed one too.
with_a_class = pytest.mark.parametrize("kind", ["class", "assessed"])


# ---- what is in it ----------------------------------------------------------------------------------------------


@every_kind
def test_a_copy_holds_lessons_exercises_and_labkit(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    files = copies[kind]
    for folder in ("exercises", "notebooks"):
        names = {f"{folder}/{path.name}" for path in (COURSE / folder).glob("*.ipynb")}
        assert len(names) >= 3
        assert {name for name in files if name.startswith(f"{folder}/")} == names
        if folder == "notebooks" or not KINDS[kind].assessed:
            assert all(files[name] == (COURSE / name).read_bytes() for name in names)
    assert {name for name in files if "/" not in name} == {
        "LICENSE", "Makefile", "README.md", "environment.yml", "pyproject.toml",
    }  # fmt: skip
    assert {name.partition("/")[0] for name in files if "/" in name} == {
        "exercises", "notebooks", "labkit", "labkit_agents", "labkit_traces", "labkit_workbook",
    }  # fmt: skip


@every_kind
def test_nothing_of_the_judge_s_is_in_it(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    files = copies[kind]
    assert not [name for name in files if re.search(r"grader|solutions|course/|tests?/|\.key|pycache|\.pyc|/\.", name)]
    assert not [name for name, data in files.items() if b"### BEGIN SOLUTION" in data]
    assert not [name for name, data in files.items() if b"**Rubric" in data]


@with_a_class
def test_every_module_that_is_imported_is_there(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    """But for the exercises', which an assessed copy has not and loads by name only."""
    files = copies[kind]
    missing = set()
    for name, data in files.items():
        if name.endswith(".py"):
            package = name.removesuffix(".py").replace("/", ".").rpartition(".")[0]
            for node in ast.walk(ast.parse(data)):
                if isinstance(node, ast.ImportFrom):
                    base = f"{package.rsplit('.', node.level - 1)[0]}.{node.module}" if node.level else str(node.module)
                    path = base.replace(".", "/")
                    if base.startswith("labkit") and not {f"{path}.py", f"{path}/__init__.py"} & set(files):
                        missing.add((name, base.removesuffix(".None")))
    assert {(name, base) for name, base in missing if f"{base.replace('.', '/')}/__init__.py" not in files} == set()


def test_a_copy_for_a_class_says_so_and_one_for_nobody_does_not(copies: dict[str, dict[str, bytes]]) -> None:
    said = {
        kind: json.loads(files.get("labkit_workbook/numbers/classroom.json", b"null")) for kind, files in copies.items()
    }
    assert said == {
        "alone": None,
        "class": {"class": CLASS, "assessed": False},
        "assessed": {"class": CLASS, "assessed": True},
        "assessed alone": {"class": "", "assessed": True},
    }


def test_the_readme_says_what_holds_for_the_copy(copies: dict[str, dict[str, bytes]]) -> None:
    texts = {kind: files["README.md"].decode() for kind, files in copies.items()}
    for kind, text in texts.items():
        assert ("## Your numbers" in text) == (f"**{CLASS}**" in text) == bool(KINDS[kind].name)
        assert ("This class is\nassessed" in text or "This class is assessed" in text) == KINDS[kind].assessed
        assert "{" not in text
        assert "\n\n\n" not in text
        assert max(map(len, text.splitlines())) <= 120
        assert "## Hand in" in text


@every_kind
def test_the_project_file_installs_the_course_and_nothing_to_build_it(
    kind: str, copies: dict[str, dict[str, bytes]]
) -> None:
    text = copies[kind]["pyproject.toml"].decode()
    whole = (COURSE / "pyproject.toml").read_text(encoding="utf-8")
    tables = re.findall(r"^\[.*\]$", text, re.MULTILINE)
    assert tables == [
        "[build-system]", "[project]", "[project.optional-dependencies]", "[project.scripts]",
        "[tool.setuptools.packages.find]", "[tool.setuptools.package-data]",
    ]  # fmt: skip
    extras = text.partition("[project.optional-dependencies]\n")[2].partition("\n[")[0].strip()
    assert extras.startswith("course = [")
    assert extras in whole
    assert len(re.findall(r"^\w+ = ", extras, re.MULTILINE)) == 1
    assert '"questions/assessed.json"' in text
    assert not re.search("pytest|ruff|mypy|dask|nbgrader", text)


def test_conda_gets_the_packages_of_the_course(copies: dict[str, dict[str, bytes]]) -> None:
    wanted = yaml.safe_load(copies["class"]["environment.yml"])["dependencies"]
    names = [re.split("[<>=]", each)[0] for each in wanted if isinstance(each, str)]
    assert names == ["python", "jupyterlab", "numpy", "matplotlib-base", "ipywidgets", "pip"]
    assert wanted[-1] == {"pip": ["-e .[course]"]}


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed here")
def test_make_offers_what_a_student_needs(folders: dict[str, Path]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    run = {"cwd": folders["class"], "env": environment, "capture_output": True, "text": True}
    listed = subprocess.run(["make"], check=True, **run).stdout
    assert re.findall(r"^  make ([a-z-]+)", listed, re.MULTILINE) == ["help", "env", "lab", "clean"]
    recipe = subprocess.run(["make", "--dry-run", "env"], check=True, **run).stdout
    assert '-e ".[course]"' in recipe
    assert "[dev]" not in recipe


def test_no_rule_of_the_makefile_is_for_what_a_student_does_not_have(copies: dict[str, dict[str, bytes]]) -> None:
    made = copies["class"]["Makefile"].decode()
    assert "PEERS" in (COURSE / "Makefile").read_text(encoding="utf-8")
    for word in ("PEERS", "peers", "nbgrader", "otter"):
        assert word not in made
    rules = re.findall(r"^([^\s#:=]+):(?!=)", made, re.MULTILINE)
    assert rules == [".PHONY", "help", "env", "lab", "clean", "$(LAB)"]
    assert made.endswith("\t@touch $(LAB)\n")
    assert "LOWEST" not in made
    for name in re.findall(r"\$\(([A-Z_]+)\)", made):
        assert re.search(rf"^{name}\s*[:?]?=", made, re.MULTILINE), name


# ---- an assessed copy gives no answer away --------------------------------------------------------------------


PICTURES = re.compile(r"[A-Za-z0-9+/=]{400,}")  # in a notebook they are letters and digits without a space


def everything(files: dict[str, bytes]) -> str:
    """All that can be read in a copy: the files, and the texts in the notebooks as a reader sees them; no pictures."""
    texts = [data.decode("utf-8", errors="replace") for data in files.values()]
    for name, data in files.items():
        if name.endswith(".ipynb"):
            texts += ["".join(cell["source"]) for cell in json.loads(data)["cells"]]
    return PICTURES.sub("", "\n".join(texts))


def spaces_as_one(text: str) -> str:
    return " ".join(text.split())


HERE = Path(__file__).parent
GRADED = [path.stem for path in (COURSE / bundle.ANSWERS).glob("*.py") if path.stem != "__init__"]


def strings_of(module: str) -> str:
    return (COURSE / "labkit_workbook" / "questions" / "graded" / f"{module}.py").read_text(encoding="utf-8")


ASSESSED = pytest.mark.parametrize("kind", ["assessed", pytest.param("assessed alone", marks=pytest.mark.slow)])
PAIRS = [(which, question) for which in NUMBERED for question in which.questions]


@pytest.mark.parametrize("kind", ["class", "assessed"])
def test_a_copy_of_the_packages_holds_what_is_written_down_and_nothing_else(
    kind: str, copies: dict[str, dict[str, bytes]]
) -> None:
    """Whoever adds a file says here that students may have it: ``students_copy.txt`` and ``assessed_copy.txt``."""
    listed = (HERE / f"{'students' if kind == 'class' else kind}_copy.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(name for name in copies[kind] if name.startswith("labkit")) == listed


@ASSESSED
def test_the_folder_with_the_answers_is_not_in_it(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    assert {"ticket_spend", "routing_crossover", "debate_vs_retry", "dollars_worth"} <= set(GRADED)
    assert {f"{bundle.ANSWERS}{name}.py" for name in GRADED} <= set(copies["class"])
    assert [name for name in copies[kind] if name.startswith(bundle.ANSWERS)] == []


@pytest.mark.parametrize(
    "name", ["ticket_spend.py~", "ticket_spend.py.orig", "ticket_spend_old.py", "#ticket_spend.py"]
)
def test_what_an_editor_or_a_merge_left_behind_is_not_handed_out(name: str, tmp_path: Path) -> None:
    graded = tmp_path / bundle.ANSWERS
    graded.mkdir(parents=True)
    for place in (graded / name, graded.parent / "model.py"):
        place.write_text("calls = 15\n", encoding="utf-8")
    assert [path for path, _ in bundle._libraries(tmp_path, True)] == ["labkit_workbook/questions/model.py"]


@pytest.mark.slow
@ASSESSED
def test_no_hint_no_message_no_rubric_and_no_worked_answer_is_in_it(
    kind: str, copies: dict[str, dict[str, bytes]]
) -> None:
    text = spaces_as_one(everything(copies[kind])).casefold()
    lessons = {
        m.message for which in exercises() if not which.number for q in which.questions for m in q.misconceptions
    }
    found = []
    for which, question in PAIRS:
        secrets = [m.message for m in question.misconceptions if m.message not in lessons]
        secrets += [*question.hints, question.worked(which.text)]
        secrets += [question.worked(sheet(which.name, CLASS, number)) for number in range(0, SHEETS, 125)]
        secrets += [essay.rubric for essay in which.essays]
        found += [secret for secret in secrets if spaces_as_one(secret).casefold() in text]
    assert found == []


def cells_of(data: bytes) -> list[dict[str, Any]]:
    """The cells of a notebook, the text of each as one string."""
    return [{**cell, "source": "".join(cell["source"])} for cell in json.loads(data)["cells"]]


def is_self_check(cell: dict[str, Any]) -> bool:
    return "self-check" in cell["metadata"].get("tags", ())


def test_every_self_check_of_the_course_is_tagged(copies: dict[str, dict[str, bytes]]) -> None:
    """In the exercises and in the other copies, where they stay; a lesson has none."""
    cells = [cell for name, data in copies["class"].items() if name.endswith(".ipynb") for cell in cells_of(data)]
    tagged = [cell["id"] for cell in cells if is_self_check(cell)]
    assert tagged == [cell["id"] for cell in cells if "Self-check" in cell["source"]]
    assert len(tagged) == sum(len(which.essays) for which in NUMBERED)


@ASSESSED
def test_no_self_check_is_in_it(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    """They say what points are given for: neither the cells, nor one of their lines."""
    text = everything(copies[kind])
    assert "Self-check" not in text
    hidden = [
        line
        for path in (COURSE / "exercises").glob("*.ipynb")
        for cell in cells_of(path.read_bytes())
        if is_self_check(cell)
        for line in cell["source"].splitlines()
        if line
    ]
    assert len(hidden) > 20
    assert [line for line in hidden if line in text] == []


@ASSESSED
def test_an_assessed_exercise_is_the_same_but_for_what_it_does_not_keep(
    kind: str, copies: dict[str, dict[str, bytes]]
) -> None:
    for path in sorted((COURSE / "exercises").glob("*.ipynb")):
        whole, mine = json.loads(path.read_bytes()), json.loads(copies[kind][f"exercises/{path.name}"])
        assert {**mine, "cells": []} == {**whole, "cells": []}
        nbformat.validate(nbformat.from_dict(mine))
        kept = [cell for cell in whole["cells"] if not is_self_check(cell)]
        other = [one["id"] for one, two in zip(kept, mine["cells"], strict=True) if one != two]
        assert other == [whole["cells"][0]["id"]]


@ASSESSED
def test_no_assessed_exercise_promises_a_hint_or_a_verdict(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    for which in NUMBERED:
        cells = cells_of(copies[kind][f"exercises/{which.number}_{which.name}.ipynb"])
        text = spaces_as_one("\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown"))
        assert text.count("This copy holds no hints and no self-check: your work is graded.") == 1
        for promise in ("hint(", "gives a hint", "whether it is right", "If your teacher assesses"):
            assert promise not in text


@ASSESSED
def test_free_text_answers_are_found_where_there_is_no_self_check(
    kind: str, copies: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    """The cell that ended an answer is gone; nothing that follows may count as a part of it."""
    for which in NUMBERED:
        path = tmp_path / f"{which.number}_{which.name}.ipynb"
        path.write_bytes(copies[kind][f"exercises/{path.name}"])
        notebook = read_notebook(path)
        assert essays_in(notebook, which) == {}
        names = {essay.name: f"What I think of {essay.name}." for essay in which.essays}
        cells = tuple(replace(cell, source=names.get(cell.id, cell.source)) for cell in notebook.cells)
        assert essays_in(replace(notebook, cells=cells), which) == names


PLAYED = """
from labkit_workbook import check, summary
def stub(seen): raise NotImplementedError
print(check("budget_orchestrator.controller", {}))
print(repr(summary("budget_orchestrator")).splitlines()[0])
"""


@pytest.mark.parametrize(
    ("controller", "mark", "count"),
    [("stub", "Not started.", 0), ("lambda seen: 7", "Not an answer yet.", 0), ("lambda seen: {}", "Recorded.", 1)],
)
def test_an_assessed_copy_plays_a_controller(controller: str, mark: str, count: int, folders: dict[str, Path]) -> None:
    controller = controller.replace("{}", '{"stop": True}')
    for kind in ("assessed", "assessed alone") if count else ("assessed",):
        done = python_in(folders[kind], PLAYED.replace("{}", controller), LABKIT_STUDENT="S1")
        assert done.stdout.startswith(mark), done.stderr
        assert f"{count} of 5 answers recorded" in done.stdout


@pytest.mark.slow
@ASSESSED
def test_nothing_that_judges_a_controller_is_in_it(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    """No verdict, no habits of the plain controller or of a faulty one, no label, no share of quality."""
    question = next(question for _, question in PAIRS if question.played)
    code = "\n".join(data.decode() for name, data in copies[kind].items() if name.endswith((".py", ".json")))
    names = ["first_fault", "enough_quality", "reference_quality", "controlled", "SHARE"]
    assert all(name in strings_of("budget_orchestrator") for name in names)
    labels = [misconception.label for misconception in question.misconceptions]
    assert [name for name in [*names, *labels] if re.search(rf"\b{name}\b", code)] == []


@pytest.mark.slow
@ASSESSED
def test_no_line_of_an_answer_s_source_is_in_it(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    """Neither of the questions nor of the solutions: long lines, without the cells that students are given."""
    text = everything(copies[kind])
    sources = [strings_of(name) for name in GRADED]
    given = "\n".join(
        "".join(cell["source"])
        for path in (COURSE / "exercises").glob("*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    )
    for path in (COURSE / "course" / "exercises").glob("*.py"):
        sources += re.findall(r"### BEGIN SOLUTION.*?\n(.*?)### END SOLUTION", path.read_text(encoding="utf-8"), re.S)
    lines = {line.strip() for source in sources for line in source.splitlines()}
    computing = {line for line in lines if len(line) > 30 and re.search(r"[=(].*[*/+-]", line) and line not in given}
    assert len(computing) > 100
    assert sorted(line for line in computing if line in text) == []


def digits_of(question: Question, numbers: Any) -> Iterator[float]:
    expected = question.expected(numbers)
    yield from expected if isinstance(expected, tuple) else (expected,)


def numbers_in(values: Any) -> Iterator[float]:
    """All numbers of what a student is given, those of tables too: a second of a trace may look like an answer."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, tuple):
            yield from numbers_in(value)
        elif isinstance(value, (int, float)):
            yield value


def telling(value: float) -> bool:
    """Does a number have so many digits that it says what it is an answer to?"""
    return len(f"{value:.12g}".partition("e")[0].replace(".", "").strip("0")) >= 6


@ASSESSED
def test_no_expected_value_is_in_it(kind: str, copies: dict[str, dict[str, bytes]]) -> None:
    """Of any sheet that is drawn here, at full length or rounded to six digits; of the text's numbers too."""
    files = {name: data for name, data in copies[kind].items() if not name.endswith(".ipynb")}
    written = {float(number) for number in re.findall(r"\d+\.?\d*(?:e-?\d+)?", everything(files).replace(",", " "))}
    looked_for = 0
    found = []
    sheets = {
        which.name: [which.text, *(sheet(which.name, CLASS, number) for number in range(DIFFERENT))]
        for which in NUMBERED
    }
    given = {x for drawn_here in sheets.values() for numbers in drawn_here for x in numbers_in(vars(numbers))}
    for which in NUMBERED:
        for question in (each for each in which.questions if not each.played):
            for numbers in sheets[which.name]:
                for value in digits_of(question, numbers):
                    forms = {form for form in (value, float(f"{value:.6g}")) if telling(form) and form not in given}
                    looked_for += len(forms)
                    found += [(question.name, form) for form in forms & written]
    assert looked_for > 1000
    assert found == []


def test_the_scan_finds_what_a_copy_that_is_not_assessed_holds(copies: dict[str, dict[str, bytes]]) -> None:
    text = spaces_as_one(everything(copies["class"])).casefold()
    hints = [spaces_as_one(hint).casefold() for which, question in PAIRS for hint in question.hints]
    assert sum(hint in text for hint in hints) > len(hints) / 2


# ---- the same numbers everywhere ----------------------------------------------------------------------------------

ASK = """
import json, sys, labkit
from labkit_workbook.numbers.drawn import numbers_of
names, class_name, students = json.load(sys.stdin)
found = [[vars(numbers_of(name, class_name, student)) for student in students] for name in names]
print(json.dumps([labkit.__file__, found]))
"""


ALONE = "import sys; sys.meta_path = [each for each in sys.meta_path if 'editable' not in repr(each).lower()]\n"


def python_in(folder: Path, code: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code with the labkit of a copy, and without a labkit that is installed here."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return subprocess.run(
        [sys.executable, "-c", ALONE + code],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_class_s_sheets_are_in_its_copy_and_come_first(folders: dict[str, Path], tmp_path: Path) -> None:
    """So that another version of numpy at a student's cannot draw other numbers."""
    copy = tmp_path / "copy"
    shutil.copytree(folders["class"], copy)
    place = copy / "labkit_workbook" / "numbers" / "sheets.json"
    content = json.loads(place.read_text(encoding="utf-8"))
    assert {name: len(sheets) for name, sheets in content["sheets"].items()} == {
        which.name: SHEETS for which in NUMBERED
    }
    for each in content["sheets"]["ticket_spend"]:
        each[-1] = 123_456  # tickets a day, which nobody draws
    place.write_text(json.dumps(content), encoding="utf-8")
    code = "from labkit_workbook.numbers.drawn import numbers_of as n; "
    code += "print(*[n('ticket_spend', c, 's1').tickets for c in 'xy'])"
    assert python_in(copy, code.replace("'xy'", repr([CLASS]))).stdout == "123456\n"
    assert "123456" not in python_in(copy, code).stdout  # of another class


@pytest.mark.parametrize("kind", ["class", "assessed"])
def test_numbers_are_those_of_the_instructor_s_labkit(kind: str, folders: dict[str, Path]) -> None:
    names = [which.name for which in NUMBERED]
    done = python_in(folders[kind], ASK, json.dumps([names, CLASS, STUDENTS]))
    assert done.stderr == ""
    where, found = json.loads(done.stdout)
    assert Path(where).is_relative_to(folders[kind].resolve())
    assert not Path(where).is_relative_to(Path(labkit.__file__).parent)
    mine = [[vars(numbers_of(name, CLASS, student)) for student in STUDENTS] for name in names]
    assert found == json.loads(json.dumps(mine))
    assert len({json.dumps(each) for each in found[0]}) > 80


def test_without_a_class_an_assessed_copy_has_the_text_s_numbers(folders: dict[str, Path]) -> None:
    names = [which.name for which in NUMBERED]
    done = python_in(folders["assessed alone"], ASK, json.dumps([names, "", ["s1"]]))
    assert json.loads(done.stdout)[1] == [[json.loads(json.dumps(vars(exercise(name).text)))] for name in names]


@pytest.mark.parametrize(("kind", "mark"), [("class", "Right."), ("assessed", "Recorded."), ("alone", "Not yet.")])
def test_check_in_a_copy(kind: str, mark: str, folders: dict[str, Path]) -> None:
    value = exercise("ticket_spend").questions[1].expected(numbers_of("ticket_spend", CLASS, "s1"))
    code = f"import labkit_workbook; print(labkit_workbook.check('ticket_spend.calls', {value!r}))"
    done = python_in(folders[kind], code, LABKIT_STUDENT="S1")
    assert done.stdout.startswith(mark), done.stderr


@with_a_class
def test_the_command_in_a_copy_does_not_grade(kind: str, folders: dict[str, Path]) -> None:
    done = python_in(folders[kind], "from labkit_workbook import cli; cli.main([]); cli.main(['grade', 'x'])")
    assert done.returncode == 2
    assert "invalid choice: 'grade'" in done.stderr
    assert "labkit status" in done.stdout
    assert not re.search("labkit grade|release|rubric", done.stdout)


# ---- whole or not at all ------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a copy, without the seconds that it takes to find them."""
    files = {"README.md": b"read me\n", "labkit_workbook/numbers/classroom.json": b"{}"}
    monkeypatch.setattr(released, "contents", lambda course, classroom: files)


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("quick")
class TestWriting:
    def test_a_new_or_empty_folder_is_filled(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        for name in ("empty", "new", "deep/er"):
            done = write_copy(tmp_path / name, Classroom(CLASS))
            assert (done.out, done.files, done.zip, done.new_key) == (tmp_path / name, 2, None, False)
            assert names_in(tmp_path / name) == ["README.md", "labkit_workbook/numbers/classroom.json"]
        assert not list(tmp_path.rglob("*.part"))

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("full", "full is not empty; name a folder that is not there yet"),
            ("file", "file is there and is no folder; name another"),
            (".", "the copy gets a folder of its own; name another than the current one"),
        ],
    )
    def test_a_place_that_is_taken_is_refused(
        self, name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "mine").write_text("mine", encoding="utf-8")
        (tmp_path / "file").write_text("mine", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
            write_copy(Path(name))
        assert names_in(tmp_path) == ["file", "full/mine"]

    @pytest.mark.parametrize("name", ["labkit/new", "exercises/new", "notebooks/a/b"])
    def test_a_place_among_the_files_to_be_copied_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"lies among the files to be copied; name a folder elsewhere$"):
            write_copy(COURSE / name)
        assert not (COURSE / name).exists()

    def test_if_the_disk_is_full_nothing_stays(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(path: Path, data: bytes) -> int:
            if path.name == "classroom.json":
                raise OSError(28, "No space left on device")
            with path.open("wb") as file:
                return file.write(data)

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            write_copy(tmp_path / "out", Classroom(CLASS))
        assert list(tmp_path.iterdir()) == []

    def test_the_zip_holds_the_folder_and_is_the_same_every_time(self, tmp_path: Path) -> None:
        for place in ("a", "b"):
            done = write_copy(tmp_path / place / "course", zipped=True)
            assert done.zip == tmp_path / place / "course.zip"
            done.zip.rename(tmp_path / f"{place}.zip")
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        with zipfile.ZipFile(tmp_path / "a.zip") as opened:
            assert opened.namelist() == ["course/README.md", "course/labkit_workbook/numbers/classroom.json"]
            assert opened.testzip() is None
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "course.zip").touch()
        with pytest.raises(ValueError, match=r"^course\.zip is there already; name another folder$"):
            write_copy(tmp_path / "c" / "course", zipped=True)

    @pytest.mark.parametrize("name", ["a\nb", "x" * 101, " ", "\u200b", "\ud800"])
    def test_a_class_needs_a_name_that_can_be_printed(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"^--class must be a name of at most 100 printable characters, got '"):
            write_copy(tmp_path / "out", Classroom(name))
        assert list(tmp_path.iterdir()) == []

    def test_the_key_is_made_once_for_its_owner_alone_and_never_copied(self, tmp_path: Path) -> None:
        assert write_copy(tmp_path / "one", key_file=tmp_path / "key").new_key
        key = read_key(tmp_path / "key")
        if os.name == "posix":
            assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
        assert not write_copy(tmp_path / "two", key_file=tmp_path / "key").new_key
        assert read_key(tmp_path / "key") == key
        copied = [path for path in tmp_path.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
        assert copied == [tmp_path / "key"]

    @pytest.mark.parametrize("inside", ["key", "labkit/key", "../out/key"])
    def test_a_key_inside_the_copy_is_refused(self, inside: str, tmp_path: Path) -> None:
        with pytest.raises(
            ValueError, match=r"^--key-file key would lie in the students' copy; name a file elsewhere$"
        ):
            write_copy(tmp_path / "out", key_file=tmp_path / "out" / inside)
        assert list(tmp_path.iterdir()) == []

    def test_a_key_among_the_files_to_be_copied_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="would lie in the students' copy"):
            write_copy(tmp_path / "out", key_file=COURSE / "labkit" / "course.key")
        assert not (COURSE / "labkit" / "course.key").exists()

    def test_what_is_no_key_stops_all(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text("my notes", encoding="utf-8")
        with pytest.raises(ValueError, match="key holds no key"):
            write_copy(tmp_path / "out", key_file=tmp_path / "key")
        assert names_in(tmp_path) == ["key"]
        with pytest.raises(ValueError, match=r"^--key-file: there is no folder nowhere$"):
            write_copy(tmp_path / "out", key_file=tmp_path / "nowhere" / "key")

    def test_the_command_says_what_was_written_and_what_to_type(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        line = ["release", "out", "--class", "ML 1", "--assessed", "--key-file", "course.key", "--zip"]
        assert cli.main(line) == 0
        assert capsys.readouterr().out == (
            "The students' copy is in out: 2 files, for the class 'ML 1', without answers and hints.\n"
            "To hand it out: out.zip\n"
            "The course key is in course.key (new). It is in no copy: keep it.\n"
            "To grade what comes back in FOLDER: "
            "labkit grade FOLDER --class 'ML 1' --key-file course.key --out RESULTS\n"
        )
        assert cli.main(["release", "alone"]) == 0
        assert capsys.readouterr().out == (
            "The students' copy is in alone: 2 files, with the text's numbers, with checks that know the answers.\n"
            "To grade what comes back in FOLDER: labkit grade FOLDER --out RESULTS\n"
        )
        assert cli.main(line) == cli.FAILED
        told = capsys.readouterr().err
        assert told == "labkit release: out is not empty; name a folder that is not there yet\n"


# ---- a course that is not as it should be -------------------------------------------------------------------------


def test_a_course_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labkit").mkdir()
    with pytest.raises(
        ValueError,
        match=r"^the course's folder lacks LICENSE, Makefile, pyproject\.toml, environment\.yml, "
        r"labkit_agents/, labkit_traces/, labkit_workbook/, exercises/, notebooks/; release from the whole course$",
    ):
        contents(tmp_path, Classroom())


@pytest.mark.parametrize("work", ["outputs", "solution", "no notebook"])
def test_an_exercise_that_was_worked_in_is_not_handed_out(work: str, tmp_path: Path) -> None:
    path = tmp_path / "exercises" / "01_ticket_spend.ipynb"
    path.parent.mkdir()
    content = json.loads((COURSE / "exercises" / path.name).read_text(encoding="utf-8"))
    (code, *_) = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    if work == "outputs":
        code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "30"}]
    else:
        code["source"] = "### BEGIN SOLUTION\ncalls = 30\n### END SOLUTION"
    path.write_text(json.dumps(content if work != "no notebook" else []), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"^exercises/01_ticket_spend\.ipynb has been worked in; `make build` makes it anew$"
    ):
        exercise_bytes(path)


def test_a_key_that_lies_in_labkit_is_found(tmp_path: Path) -> None:
    (tmp_path / "labkit").mkdir()
    make_key(tmp_path / "labkit" / "forgotten.txt")
    with pytest.raises(
        ValueError, match=r"^labkit/forgotten\.txt looks like a course key; keep it outside the course$"
    ):
        dict(bundle._libraries(tmp_path, False))


# ---- it really works ----------------------------------------------------------------------------------------------


def solved(which: Exercise) -> Any:
    """The exercise's notebook as the solutions have it, without outputs."""
    (path,) = (COURSE / "solutions").glob(f"{which.number}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def fresh_environment(folder: Path) -> Path:
    """A new virtual environment with the copy installed as `make env` does, on top of the packages that are here.

    Those save a download of JupyterLab; labkit itself comes from the copy.
    """
    place = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    (packages / "packages_that_are_here.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "-e", str(folder)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if "No matching distribution found for setuptools" in done.stderr:
        pytest.skip("pip cannot download setuptools here")
    assert done.returncode == 0, done.stderr
    extension = "share/jupyter/labextensions/@jupyter-widgets"
    shutil.copytree(Path(sys.prefix, extension), place / extension)
    kernel = [python, "-m", "ipykernel", "install", "--sys-prefix", "--name", "python3"]
    subprocess.run(kernel, capture_output=True, check=True)
    return place


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "status"), [("class", "right"), ("assessed", "recorded")])
def test_a_copy_installs_and_its_exercises_run_from_the_first_cell_to_the_last(
    kind: str, status: str, copies: dict[str, dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)  # the copy's own labkit, not this one
    course = tmp_path / "course"
    released._write(copies[kind], course)
    place = fresh_environment(course)
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    environment = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"}
    run = {"cwd": course, "env": environment, "capture_output": True, "text": True}
    doctor = subprocess.run([commands / "labkit", "doctor"], check=False, **run)
    assert doctor.stdout.endswith("Everything is right.\n"), doctor.stdout + doctor.stderr
    start = subprocess.run([commands / "labkit", "start"], check=False, **run)
    assert start.stdout.count("copied into my_work/") == len(NOTEBOOKS) >= 3, start.stderr

    monkeypatch.setenv("LABKIT_STUDENT", "S-12")
    monkeypatch.setenv("JUPYTER_PATH", str(place / "share" / "jupyter"))
    for which in NOTEBOOKS:
        notebook = solved(which)
        name = f"{which.number}_{which.name}.ipynb"
        where = {"metadata": {"path": str(course / "my_work")}}
        NotebookClient(notebook, kernel_name="python3", resources=where).execute()
        nbformat.write(notebook, course / "my_work" / name)
        assert typed_students(read_notebook(course / "my_work" / name)) == ["S-12"]
        results = [
            output.data["application/vnd.labkit.check+json"]["status"]
            for cell in notebook.cells
            if cell.cell_type == "code"
            for output in cell.outputs
            if "application/vnd.labkit.check+json" in output.get("data", {})
        ]
        assert results == [status] * len(which.questions)
    told = subprocess.run([commands / "labkit", "status"], check=True, **run).stdout
    word = "answers recorded" if status == "recorded" else status
    assert all(f"{len(which.questions)} of {len(which.questions)} {word}" in told for which in NOTEBOOKS)
