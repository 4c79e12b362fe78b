"""A notebook of a stranger is read, or refused in words; its magics go, its code stays line by line."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import seconds
from strategies import steady

from labkit_grader.intake import magics
from labkit_grader.intake.answer_cells import notes_on_answers
from labkit_grader.intake.notebooks import (
    Cell,
    Notebook,
    UnreadableNotebook,
    code_of,
    read_notebook,
    which_exercise,
    why_none,
)
from labkit_grader.intake.saved_outputs import TooManyPieces, without_outputs
from labkit_workbook.numbers.given_numbers import MIME

KNOWN = {"ticket_spend": ("calls", "worst_case_calls"), "debate_vs_retry": ("bare", "calls")}
REPOSITORY = Path(__file__).parents[3]


def code(source: Any, **more: Any) -> dict[str, Any]:
    """A code cell as it stands in a file."""
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **more}


def document(*cells: Any, **more: Any) -> dict[str, Any]:
    """A notebook of format 4."""
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


def written(tmp_path: Path, content: Any) -> Path:
    """The file of a document, or of bytes as they are."""
    path = tmp_path / "n.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


# ---- reading ----------------------------------------------------------------------------------------------


def test_a_notebook_is_read(tmp_path: Path) -> None:
    cells = (
        {"cell_type": "markdown", "id": "a", "source": ["# T\n", "text"], "metadata": {"tags": ["x", 3]}},
        code("x = 1\n!ls\n%time", id="a"),
        {"cell_type": "raw", "source": "r", "metadata": {"nbgrader": {"grade_id": "why"}}},
        code([]),
    )
    path = written(tmp_path, document(*cells))
    assert read_notebook(path) == Notebook(
        (
            Cell("# T\ntext", "markdown", "a", ("x",)),
            Cell("x = 1\n!ls\n%time", "code", "a"),
            Cell("r", "raw", grade_id="why"),
            Cell("", "code"),
        ),
        hashlib.sha256(path.read_bytes()).hexdigest(),
        ("2 lines with shell commands or magics were dropped", "1 raw cell was not run"),
    )


def test_format_3_is_read(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "input": ["x = 1"], "language": "python"}, {"cell_type": "heading", "source": "T"}]
    notebook = read_notebook(
        written(tmp_path, {"nbformat": 3, "worksheets": [{"cells": cells}, {"cells": [code("y")]}]})
    )
    assert [(cell.kind, cell.source) for cell in notebook.cells] == [
        ("code", "x = 1"),
        ("markdown", "T"),
        ("code", "y"),
    ]


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("[ens]*/*.ipynb")), ids=lambda path: path.stem)
def test_the_courses_own_notebooks_are_read(path: Path) -> None:
    notebook = read_notebook(path)
    assert notebook.cells
    for cell in notebook.cells:
        if cell.kind == "code":
            assert code_of(cell) == (cell.source, 0)


@pytest.mark.parametrize(
    "content",
    [
        document(code("x"), metadata={"kernelspec": {"name": "my-env"}, "language_info": {"name": "python"}}),
        document(code("x"), metadata={"kernelspec": {"language": "python"}, "language_info": {"name": "R"}}),
        document(code("x"), metadata={"kernelspec": 3, "language_info": []}),
        document(code("x", metadata=None, outputs=7, id=9)),
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x"}], "n": ' + b"9" * 10_000 + b"}",
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x"}], "n": [NaN, -Infinity, 1e999]}',
        b' \n{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x"}]}',
    ],
)
def test_what_no_grade_depends_on_may_be_odd(tmp_path: Path, content: Any) -> None:
    assert [cell.source for cell in read_notebook(written(tmp_path, content)).cells] == ["x"]


def test_halves_of_characters_become_what_can_be_saved(tmp_path: Path) -> None:
    (cell,) = read_notebook(written(tmp_path, document(code("x = '\ud800'", id="\udfff")))).cells
    assert (cell.source, cell.id) == ("x = '\ufffd'", "\ufffd")


def test_empty_lines_and_plain_ones_are_taken_many_at_once() -> None:
    """One by one, a cell of empty lines would cost seconds."""
    assert len(list(magics._statements("%x\n" + "\n" * 10_000 + "x = 1\n" * 10_000))) == 3


BROKEN: dict[str, tuple[Any, str]] = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t", "is empty"),
    "text": (b"hello", "does not begin with JSON"),
    "pdf": (b"%PDF-1.4 \xc3\xa9", "it is a PDF"),
    "latin": (b'{"a": "\xe9"}', "not text in UTF-8"),
    "a mark and nothing": (b"\xef\xbb\xbf", "is empty"),
    "half a mark": (b"\xff\xfe{", "does not begin with JSON"),
    "cut off": (json.dumps(document(code("x"))).encode()[:-9], "broken, perhaps cut off"),
    "two": (b"{}{}", "broken"),
    "zip": (b"PK\x03\x04\x00\x00", "it is a zip under another name"),
    "NUL": (b"{\x00}", "broken"),
    "list": (b"[1]", "no table of cells"),
    "deep": (b'{"a":' + b"[" * 200_000, "nested too deep"),
    "deep and closed": (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deep"),
    "nothing": ({}, "format 3 or 4"),
    "format 2": ({"nbformat": 2, "worksheets": []}, "format 3 or 4"),
    "format 5": (document(nbformat=5), "format 3 or 4"),
    "format true": (document(nbformat=True), "format 3 or 4"),
    "format text": (document(nbformat="4"), "format 3 or 4"),
    "format huge": (b'{"nbformat": ' + b"4" * 100_000 + b"}", "format 3 or 4"),
    "format list": (document(nbformat=[4]), "format 3 or 4"),
    "no cells": ({"nbformat": 4}, "no list of cells"),
    "cells table": (document() | {"cells": {"0": code("x")}}, "no list of cells"),
    "worksheets number": ({"nbformat": 3, "worksheets": 5}, "worksheets are no list"),
    "worksheet number": ({"nbformat": 3, "worksheets": [5]}, "no list of cells"),
    "cell number": (document(3), "cell 1 is of no known kind"),
    "cell kind": (document(code("x"), {"cell_type": ["code"], "source": ""}), "cell 2 is of no known kind"),
    "source number": (document(code(3)), "cell 1 has no text"),
    "source list": (document(code(["x", 3])), "cell 1 has no text"),
    "source missing": (document({"cell_type": "code"}), "cell 1 has no text"),
    "R": (document(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "written for 'R', not for Python"),
    "R by name": (document(metadata={"kernelspec": {"name": "ir"}}), "written for 'R'"),
    "Julia": (document(metadata={"language_info": {"name": "julia"}}), "written for 'julia'"),
    "ruby cell": ({"nbformat": 3, "worksheets": [{"cells": [code("x", language="ruby")]}]}, "written for 'ruby'"),
    "many cells": (document(*[code("")] * 5001), "more than 5000 cells"),
    "much code": (document(code("x" * (2**18 + 1))), "more than 256 KiB of code"),
    "many pieces": (b'{"a": [' + b"{}," * 500_001, "more than a million pieces"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_in_words(tmp_path: Path, name: str) -> None:
    content, words = BROKEN[name]
    with pytest.raises(UnreadableNotebook, match=words):
        read_notebook(written(tmp_path, content))


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    with path.open("wb") as file:
        file.truncate(200 * 10**6)
    with pytest.raises(UnreadableNotebook, match="larger than 128 MiB; clear its outputs"):
        read_notebook(path)


def test_the_limit_is_exact(tmp_path: Path) -> None:
    path = written(tmp_path, document(code("x")))
    size = path.stat().st_size
    assert read_notebook(path, most_bytes=size).cells
    with pytest.raises(UnreadableNotebook, match="larger"):
        read_notebook(path, most_bytes=size - 1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "it is a web page"),
        (b"\n<html>", "it is a web page"),
        (b'<<<<<<< HEAD\n{"cells": []}', "a merge in Git that was not finished"),
        (b"PK\3\4\xff\xfe", "it is a zip under another name"),
        (b"%PDF-1.7\n\xff", "it is a PDF"),
    ],
)
def test_what_was_handed_in_instead_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.ipynb").write_bytes(content)
    with pytest.raises(UnreadableNotebook, match=words):
        read_notebook(tmp_path / "a.ipynb")


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_read(tmp_path: Path, coding: str) -> None:
    text = ("\ufeff" if coding.endswith("e") else "") + json.dumps(document(code("x = 'é'")), ensure_ascii=False)
    assert read_notebook(written(tmp_path, text.encode(coding))).cells[0].source == "x = 'é'"


STUDENT = {"data": {MIME: {"student": "s-1", "class": "c"}}}
OUTPUTS: dict[str, Callable[[], Any]] = {
    "21 MB of text": lambda: [{"output_type": "stream", "text": ["y" * 200 + "\n"] * 105_000}],
    "21 MB in one text": lambda: [{"output_type": "stream", "text": '"\\\n[{' * 2_700_000}],
    "a million points": lambda: [{"data": {"application/x.plot+json": {"points": [[n, n] for n in range(400_000)]}}}],
    "a text that looks like ours": lambda: [{"text": json.dumps(STUDENT)}, {"data": {"text/plain": f'"{MIME}": {{'}}],
    "a large one of ours": lambda: [{"data": {MIME: {"student": "x" * 20_000}}}],
    "no list": lambda: {"outputs": [1]},
    "none": lambda: [],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_left_out_but_for_the_ids_whatever_their_size(tmp_path: Path, name: str) -> None:
    large = code("x = 1", outputs=OUTPUTS[name](), attachments={"a": {"image/png": "x" * 100}})
    cells = [code("g", outputs=[STUDENT]), large, code("y = [1, {'outputs': [2]}]")]
    content = document(*cells, metadata={"widgets": {"state": [{}] * (600_000 if name == "none" else 6)}})
    read = read_notebook(written(tmp_path, content))
    assert [cell.source for cell in read.cells] == ["g", "x = 1", "y = [1, {'outputs': [2]}]"]
    assert read.typed == ("s-1",)


def test_only_the_outputs_of_cells_go() -> None:
    kept = {
        "outputs": [1], "metadata": {"outputs": [2], "kernelspec": {"outputs": [3]}}, "nbformat": 4,
        "cells": [{"source": ['"outputs": [1'], "metadata": {"outputs": [4], "widgets": {"a": 5}}}],
    }  # fmt: skip
    for indent in (None, 1):
        data = json.dumps(kept, indent=indent).encode()
        assert without_outputs(data) == data
    old = {"worksheets": [{"cells": [{"outputs": [{"text": "x"}], "input": "1"}]}], "nbformat": 3}
    assert json.loads(without_outputs(json.dumps(old).encode()))["worksheets"][0]["cells"][0]["outputs"] == []


@steady
@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda each: (
            st.lists(each) | st.dictionaries(st.sampled_from(["outputs", "cells", "a\\", '"']) | st.text(), each)
        ),
    )
)
def test_whatever_json_it_is_the_rest_stays_as_it_was(content: Any) -> None:
    whole = {"cells": [{"source": "x", "metadata": {"a": content}, "outputs": [content, STUDENT]}]}
    read = json.loads(without_outputs(json.dumps(whole).encode()))
    assert read["cells"][0]["metadata"] == {"a": content}
    assert read["cells"][0]["outputs"] == [STUDENT]


@pytest.mark.parametrize(
    "piece",
    [
        *(b"[", b"{", b'"', b'"\\\\",', b'"\\""', b"[1,[2],", b'{"outputs":[', b"]", b'{"outputs":["\\"', b"\\"),
        *(b'["a",', b'{"a":"b"', b'"a",{"b', b"1 ", b'["\\a\\b" 1', b'"a"}]'),
    ],
)
def test_broken_json_is_walked_in_linear_time(piece: bytes) -> None:
    def taken(count: int) -> float:
        def work() -> None:
            with suppress(TooManyPieces):
                without_outputs(b'{"cells":[{"outputs":[' + piece * count)
                without_outputs(piece * count)

        return seconds(work)

    taken(1000)
    assert min(taken(20_000) for _ in range(2)) < 8 * min(taken(5_000) for _ in range(2)) + 0.02


def test_doubled_answers_and_answers_that_are_no_code_are_named(tmp_path: Path) -> None:
    check = "calls = {}\ncheck('ticket_spend.calls', calls)"
    text = {"cell_type": "markdown", "source": "worst_case_calls = 3", "metadata": {}, "id": "worst-case-calls"}
    cells = [code("g"), code(check.format(9)), text, code(check.format(15)), code("calls = 3")]
    read = read_notebook(written(tmp_path, document(*cells)))
    doubled, changed = notes_on_answers(read, "ticket_spend", KNOWN["ticket_spend"])
    assert doubled == "the answer calls stands in 3 code cells (2, 3, 4): what the last of them sets counts"
    assert changed.startswith("the answer worst_case_calls stands in cell 3 of all, which is text")
    assert notes_on_answers(read, "routing_crossover", ["routed"]) == []
    apart = ["calls = 15", "check('ticket_spend.calls', calls)", "calls == 15\n  calls = 1\nprint(calls)"]
    read = read_notebook(written(tmp_path, document(*map(code, apart))))
    assert notes_on_answers(read, "ticket_spend", KNOWN["ticket_spend"]) == []


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    good = written(tmp_path, document(code("x")))
    (tmp_path / "link").symlink_to(good)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path: "a folder",
        tmp_path / "link": "a link",
        tmp_path / "loop": "a link",
        tmp_path / "pipe": "a pipe",
        Path("/dev/zero"): "a device",
        tmp_path / "none": "not there",
        tmp_path / "a\0b": "cannot be opened",
        tmp_path / ("x" * 5000): "cannot be opened",
        good / "x": "cannot be opened",
    }
    for path, words in cases.items():
        with pytest.raises(UnreadableNotebook, match=words):
            read_notebook(path)


# ---- code without magics ----------------------------------------------------------------------------------

CODES: list[tuple[str, str, int]] = [
    ("x = 1", "x = 1", 0),
    ("", "", 0),
    ("\n\n", "\n\n", 0),
    ("%matplotlib inline\nx = 1\n", "\nx = 1\n", 1),
    ("x = 1\r\n!ls\r\ny = 2", "x = 1\n\ny = 2", 1),
    ("!pip install it's\nx = 'a'", "\nx = 'a'", 1),
    ("!ls \\\n  -l\nx = 1", "\n\nx = 1", 2),
    ("!ls \\", "", 1),
    ("!ls \\\n", "\n", 2),
    ("?x\nx?\nx.y??\nx[0]?\nf(x)?\n5?", "\n\n\n\nf(x)?\n5?", 4),
    ("x = 'why?'\n# why?\ny = 1  # x?", "x = 'why?'\n# why?\ny = 1  # x?", 0),
    ("x = !ls\ny = %who\nz=!ls", "\n\n", 3),
    ("a, b = !ls", "", 1),
    ("x: list = !ls", "", 1),
    ("x[\n1] = !ls\ny = 1", "\n\ny = 1", 2),
    ("x = a != b\nx = a % b\nx %= 2\nx = a == b", "x = a != b\nx = a % b\nx %= 2\nx = a == b", 0),
    ("f(x=1)\nd[a==b] = 3", "f(x=1)\nd[a==b] = 3", 0),
    ("x = '''\n%time\n!ls\n'''", "x = '''\n%time\n!ls\n'''", 0),
    ('x = """\\"""\n%time\n"""\n%time', 'x = """\\"""\n%time\n"""\n', 1),
    ("x = r'\\'\n%time\n'", "x = r'\\'\n\n'", 1),
    ("x = 'a\\\n%b'", "x = 'a\\\n%b'", 0),
    ("x = (3\n% 2)\n% 2", "x = (3\n% 2)\n", 1),
    ("x = 3 \\\n% 2", "x = 3 \\\n% 2", 0),
    ("x = [  # (\n%a\n]\n%a", "x = [  # (\n%a\n]\n", 1),
    ("# it's\n%a\nx = 'it'  # '''\n%b", "# it's\n\nx = 'it'  # '''\n", 2),
    ("x = 'oh\n%a\ny = 1", "x = 'oh\n\ny = 1", 1),
    ("x = )\n%a", "x = )\n", 1),
    ("if x:\n    !ls", "if x:\n    pass", 1),
    ("if x:\n    !ls\n    y = 1", "if x:\n\n    y = 1", 1),
    ("if x:\n    # c\n\n    !ls\n    %a\nelse:\n    y?\nz", "if x:\n    # c\n\n    pass\n\nelse:\n    pass\nz", 3),
    ("def f():\n    if x:\n        !ls\n    return 1", "def f():\n    if x:\n        pass\n    return 1", 1),
    ("if x:\n!ls\ny", "if x:\n\ny", 1),
    ("d = {1:\n2}\n!ls", "d = {1:\n2}\n", 1),
    ("if x:  # c\n    !ls \\\n -l\nz", "if x:  # c\n    pass\n\nz", 2),
    ("%%bash\nls\n\nx = 1", "\n\n\n", 3),
    ("\n\n  %%html\n<b>", "\n\n\n", 2),
    ("%%R -i x\nx <- 1", "\n", 2),
    ("%%time\nx = 1", "\nx = 1", 1),
    ("%%capture out\n%%time\n!ls\nx = 1", "\n\n\nx = 1", 3),
    ("%%time\n%%bash\nx = 1", "\n\n", 3),
    ("%%timeit\nx = 1", "\n", 2),
    ("%%\nx", "\n", 2),
    ("%%time?\nx = 1", "\nx = 1", 1),
    ("# mine\n%%time\nx = 1", "# mine\n\nx = 1", 1),
    ("    x = 1\n    if x:\n        y = 2", "x = 1\nif x:\n    y = 2", 0),
    ("    # c\nif x:\n    y = 2", "    # c\nif x:\n    y = 2", 0),
    ("  %time\nx = 1", "\nx = 1", 1),
    ("x = '%a'\n\x0c%a\n", "x = '%a'\n\n", 1),
    ("x = '\u2028%a'\n%a", "x = '\u2028%a'\n", 1),
]


@pytest.mark.parametrize(("source", "wanted", "dropped"), CODES, ids=[repr(source) for source, _, _ in CODES])
def test_magics_go_and_the_rest_stays(source: str, wanted: str, dropped: int) -> None:
    assert code_of(Cell(source, "code")) == (wanted, dropped)
    assert code_of(Cell(wanted, "code"))[0] == wanted


@pytest.mark.parametrize(
    "piece", ["'", '"""', "\\", "(", "x?\n", "a.", "=", "-", "#", " ", "\n", "!", "if x:\n", "\\'", "%%", "a.a.a ?\n"]
)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    code_of(Cell(piece * (2**18 // len(piece)), "code"))
    code_of(Cell("'" + piece * (2**18 // len(piece)), "code"))


# ---- which exercise ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('check("ticket_spend.calls", calls)', "ticket_spend"),
        ("check( 'debate_vs_retry.bare' , 3)\ngiven('ticket_spend')\nworst_case_calls = 1", "debate_vs_retry"),
        ('check("ticket_spend.unknown", 1)\ngiven("debate_vs_retry")', "debate_vs_retry"),
        ('check("ticket_spend.calls")\ncheck("debate_vs_retry.bare")\ngiven("debate_vs_retry")', "debate_vs_retry"),
        (
            'check("ticket_spend.calls")\n' * 5 + 'check("debate_vs_retry.bare")\ncheck("debate_vs_retry.calls")',
            "debate_vs_retry",
        ),
        ('g = given("ticket_spend")', "ticket_spend"),
        ("worst_case_calls = 3\ncalls = 2", "ticket_spend"),
        ("def bare(x):\n    return x", "debate_vs_retry"),
        ("calls = 3", None),
        ("calls == 3", None),
        ("x = 3", None),
        ("", None),
    ],
)
def test_an_exercise_is_told_by_its_content(source: str, wanted: str | None) -> None:
    notebook = Notebook((Cell('check("debate_vs_retry.bare")', "markdown"), Cell(source, "code", "ticket_spend")), "")
    assert which_exercise(notebook, KNOWN) == wanted


def test_none_has_a_reason() -> None:
    assert (
        why_none(Notebook((Cell("calls = 3", "code"),), ""), KNOWN)
        == "it answers debate_vs_retry and ticket_spend alike"
    )
    assert why_none(Notebook((), ""), KNOWN) == "it answers none of the exercises' questions"
    assert which_exercise(Notebook((Cell("calls = 3", "code"),), ""), {}) is None


@pytest.mark.parametrize(
    "path", sorted(REPOSITORY.glob("[es]*/0[123]_*.ipynb")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_the_courses_own_exercises_are_told(path: Path) -> None:
    known = {"ticket_spend": ["calls"], "routing_crossover": [], "debate_vs_retry": ["bare"]}
    assert which_exercise(read_notebook(path), known) == path.stem[3:]
