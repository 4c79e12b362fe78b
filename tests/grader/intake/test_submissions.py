"""Whatever a platform gives: each file finds its student and exercise, or a reason; no two students are one."""

from __future__ import annotations

import io
import itertools
import json
import os
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from labkit_grader.intake import folders
from labkit_grader.intake.layouts import Owners
from labkit_grader.intake.roster import read_roster
from labkit_grader.intake.submissions import NAMELESS, RULE, Found, find
from labkit_grader.record.safe_text import shown_id

KNOWN = {"ticket_spend": ("calls", "worst_case_calls"), "debate_vs_retry": ("bare", "debated")}
MOODLE = "_assignsubmission_file_"


def work(exercise: str = "ticket_spend", answer: str = "1") -> bytes:
    """A notebook that answers an exercise's first question."""
    question = KNOWN[exercise][0]
    source = f'{question} = {answer}\ncheck("{exercise}.{question}", {question})'
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": source}]}).encode()


T, D = work(), work("debate_vs_retry")
FIXED = 1_700_000_000
BLANK = work(answer="0\nraise NotImplementedError")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def laid(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files; a name that ends in / is an empty folder."""
    for name, content in files.items():
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_bytes(content)
            os.utime(path, (FIXED, FIXED))  # no file is later than another, but where a test says so
    return folder


def searched(
    tmp_path: Path, files: Mapping[str, bytes], roster: Sequence[str] | None = None, name: str = "class"
) -> Found:
    """What is found among these files."""
    return find(laid(tmp_path / name, files), KNOWN, roster, tmp_path / "unpacked")


def placed(found: Found) -> set[tuple[str, str]]:
    """Who has a file for which exercise."""
    return {(each.student, each.exercise) for each in found.placed}


def reasons(found: Found) -> dict[str, str]:
    """Why each file was not placed."""
    return {each.name: each.why for each in found.unplaced}


CANVAS = {
    "doejane_12345_67890_01_ticket.ipynb": T,
    "roeben_LATE_222_67891_any-1.ipynb": D,
    "doejane_12345_67892_b.ipynb": D,
}
MOODLE_FOLDERS = {
    f"Jane Doe_1234567{MOODLE}/a.ipynb": T,
    f"Jane Doe_1234567{MOODLE}/b.ipynb": D,
    f"Ben Roe_22{MOODLE[:-1]}/x.ipynb": D,
}
MOODLE_FLAT = {
    f"Jane Doe_1234567{MOODLE}a.ipynb": T,
    f"Jane Doe_1234567{MOODLE}b.ipynb": D,
    f"Ben Roe_22{MOODLE}x.ipynb": D,
}
PLAIN = {"jane/a.ipynb": T, "jane/deep/b.ipynb": D, "ben/x.ipynb": D}
NBGRADER = {f"submitted/{student}/ps1/{name}": T for student, name in (("jane", "a.ipynb"), ("ben", "x.ipynb"))}
BESIDE = {
    "source/ps1/a.ipynb": T,
    "release/ps1/a.ipynb": T,
    "feedback/jane/ps1/a.ipynb": T,
    "autograded/jane/ps1/a.ipynb": T,
}
FLAT = {"jane.ipynb": T, "ben_homework.ipynb": D, "j_doe_01_ticket_spend.ipynb": T, "j_doe_debate_vs_retry.ipynb": D}
BOTH = ("ticket_spend", "debate_vs_retry")
CANVAS_PLACES = {*((("doejane_12345"), each) for each in BOTH), ("roeben_222", "debate_vs_retry")}
MOODLE_PLACES = {*((("Jane Doe_1234567"), each) for each in BOTH), ("Ben Roe_22", "debate_vs_retry")}
PLAIN_PLACES = {*((("jane"), each) for each in BOTH), ("ben", "debate_vs_retry")}
NBGRADER_PLACES = {("jane", "ticket_spend"), ("ben", "ticket_spend")}
FLAT_PLACES = {("jane", "ticket_spend"), ("ben", "debate_vs_retry"), *(("j_doe", each) for each in BOTH)}

LAYOUTS: dict[str, tuple[Mapping[str, bytes], set[tuple[str, str]], str]] = {
    "plain": (PLAIN, PLAIN_PLACES, "one folder for each student"),
    "plain, zip of a student": (
        {"jane/w.zip": zipped({"x/a.ipynb": T, "b.ipynb": D}), "ben/x.ipynb": D},
        PLAIN_PLACES,
        "one folder",
    ),
    "plain, zipped": ({"all.zip": zipped(PLAIN)}, PLAIN_PLACES, "one folder"),
    "plain, zipped with its folder": (
        {"all.zip": zipped({f"all/{k}": v for k, v in PLAIN.items()})},
        PLAIN_PLACES,
        "one folder",
    ),
    "canvas": (CANVAS, CANVAS_PLACES, "a Canvas download"),
    "canvas, zipped": ({"submissions.zip": zipped(CANVAS)}, CANVAS_PLACES, "a Canvas download"),
    "canvas, two zips": (
        {f"{i}.zip": zipped({name: CANVAS[name]}) for i, name in enumerate(CANVAS)},
        CANVAS_PLACES,
        "a Canvas download",
    ),
    "canvas, in a folder": ({f"submissions/{k}": v for k, v in CANVAS.items()}, CANVAS_PLACES, "a Canvas download"),
    "canvas, zips of students": (
        {"doejane_12345_67890_w.zip": zipped({"a.ipynb": T, "b.ipynb": D}), "roeben_LATE_222_1_x.ipynb": D},
        CANVAS_PLACES,
        "Canvas",
    ),
    "canvas, zips in a zip": (
        {
            "c.zip": zipped(
                {"doejane_12345_67890_w.zip": zipped({"a.ipynb": T, "b.ipynb": D}), "roeben_222_1_x.ipynb": D}
            )
        },
        CANVAS_PLACES,
        "Canvas",
    ),
    "moodle, folders": (MOODLE_FOLDERS, MOODLE_PLACES, "a Moodle download"),
    "moodle, flat": (MOODLE_FLAT, MOODLE_PLACES, "a Moodle download"),
    "moodle, zipped": ({"course-1-ex.zip": zipped(MOODLE_FOLDERS)}, MOODLE_PLACES, "a Moodle download"),
    "nbgrader, course": ({**NBGRADER, **BESIDE}, NBGRADER_PLACES, "nbgrader's submitted folder"),
    "nbgrader, zipped": (
        {"course.zip": zipped({**NBGRADER, **BESIDE})},
        NBGRADER_PLACES,
        "nbgrader's submitted folder",
    ),
    "flat": (FLAT, FLAT_PLACES, "files beside each other"),
    "flat, zipped": ({"class.zip": zipped(FLAT)}, FLAT_PLACES, "files beside each other"),
    "flat, zips of students": (
        {"jane.zip": zipped({"a.ipynb": T, "b.ipynb": D}), "ben.zip": zipped({"ex/x.ipynb": D})},
        PLAIN_PLACES,
        "files beside",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_told_and_read(tmp_path: Path, name: str) -> None:
    files, places, words = LAYOUTS[name]
    found = searched(tmp_path, files)
    assert placed(found) == places
    assert found.unplaced == []
    assert found.students == sorted({student for student, _ in places})
    assert words in found.remarks[0]
    assert all(each.path.is_file() and each.path.is_relative_to(tmp_path) for each in found.placed)


def test_nbgraders_submitted_folder_itself(tmp_path: Path) -> None:
    found = searched(
        tmp_path, {name.removeprefix("submitted/"): content for name, content in NBGRADER.items()}, name="submitted"
    )
    assert placed(found) == NBGRADER_PLACES
    assert "nbgrader" in found.remarks[0]


def test_the_folder_may_be_the_zip(tmp_path: Path) -> None:
    path = tmp_path / "submissions.zip"
    path.write_bytes(zipped(CANVAS))
    found = find(path, KNOWN)
    assert placed(found) == CANVAS_PLACES
    unpacked = found.placed[0].path.parents[1]
    folders._remove(unpacked, os.getpid() + 1)
    assert unpacked.is_dir()
    folders._remove(unpacked, os.getpid())
    assert not unpacked.exists()


@pytest.mark.parametrize("name", ["none", "file.txt"])
def test_what_is_no_folder_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(ValueError, match="neither a folder nor a zip"):
        find(tmp_path / name, KNOWN)


def test_a_broken_zip_of_the_class_is_said(tmp_path: Path) -> None:
    found = searched(tmp_path, {"all.zip": b"PK"})
    assert reasons(found) == {"all.zip": "the zip cannot be unpacked: it is no zip, or it is broken"}
    with pytest.raises(ValueError, match="cannot be unpacked"):
        find(tmp_path / "class" / "all.zip", KNOWN)


def test_an_empty_folder_is_an_empty_class(tmp_path: Path) -> None:
    found = searched(tmp_path, {"./": b""}, ["jane"])
    assert (found.placed, found.unplaced, found.students) == ([], [], ["jane"])


# ---- the roster -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "roster", "places"),
    [
        (CANVAS, ["doejane", "222"], {*(("doejane", each) for each in BOTH), ("222", "debate_vs_retry")}),
        (CANVAS, ["doejane_12345"], {("doejane_12345", each) for each in BOTH}),
        (MOODLE_FLAT, ["Jane Doe", "22"], {*(("Jane Doe", each) for each in BOTH), ("22", "debate_vs_retry")}),
        (
            {"j_doe.ipynb": T, "j_doe_x.ipynb": D, "j.ipynb": T},
            ["j_doe", "j"],
            {("j", BOTH[0]), *(("j_doe", e) for e in BOTH)},
        ),
        ({"jane/a.ipynb": T, "ben.ipynb": T, "eve.ipynb": T}, ["jane", "ben"], {("jane", BOTH[0]), ("ben", BOTH[0])}),
        ({"jane.zip": zipped({"eve/a.ipynb": T, "ben.ipynb": D})}, ["jane"], {("jane", each) for each in BOTH}),
        ({unicodedata.normalize("NFD", "josé") + "/a.ipynb": T}, ["josé"], {("josé", BOTH[0])}),
        ({"jane/a.ipynb": T}, [" jane "], {(shown_id(" jane "), BOTH[0])}),
    ],
)
def test_the_roster_wins(
    tmp_path: Path, files: Mapping[str, bytes], roster: list[str], places: set[tuple[str, str]]
) -> None:
    found = searched(tmp_path, files, [*roster, "absent", "", "absent"])
    assert placed(found) == places
    assert found.students == sorted({*map(shown_id, roster), "absent"})


def test_who_is_not_on_the_roster_is_said(tmp_path: Path) -> None:
    found = searched(tmp_path, {"jane/a.ipynb": T, "eve/a.ipynb": T, "loose.ipynb": T}, ["jane"])
    assert reasons(found)["eve/a.ipynb"] == "eve is not on the list of students"
    assert "its name tells no student" in reasons(found)["loose.ipynb"]


@pytest.mark.parametrize(
    ("files", "roster", "kept"),
    [
        ({"doejane_1_10_a.ipynb": T, "doejane_2_11_a.ipynb": D}, ["doejane"], set()),
        (
            {"doejane_1_10_a.ipynb": T, "doejane_2_11_a.ipynb": D},
            ["doejane_1", "2"],
            {("doejane_1", BOTH[0]), ("2", BOTH[1])},
        ),
        ({"josé/a.ipynb": T, unicodedata.normalize("NFD", "josé") + "/a.ipynb": D}, ["josé"], {("josé", BOTH[0])}),
    ],
)
def test_two_names_are_never_one_student_of_the_roster(
    tmp_path: Path, files: Mapping[str, bytes], roster: list[str], kept: set[tuple[str, str]]
) -> None:
    found = searched(tmp_path, files, roster)
    assert placed(found) == kept
    assert all("more than one name" in why for why in reasons(found).values())
    assert len(found.placed) + len(found.unplaced) == 2


NUMBERS = {"canvas": {"71": "s1", "72": "72"}, "moodle": {"901": "s1"}}


@pytest.mark.parametrize(
    ("files", "students"),
    [
        ({"ada_71_5_a.ipynb": T, "adal_LATE_71_6_b.ipynb": D}, {"s1"}),  # another name, the same number
        ({"ada_72_5_a.ipynb": T}, {"72"}),
        ({f"Ada L_901{MOODLE}/a.ipynb": T}, {"s1"}),
        ({f"Ada L_71{MOODLE}/a.ipynb": T}, set()),  # Canvas' number is not Moodle's
        ({"ada_071_5_a.ipynb": T, "ada_7_5_a.ipynb": T}, set()),  # not the very number
        ({"s1_99_5_a.ipynb": T}, set()),  # whose number is on the list is found by it alone
        ({"s1_99_5_a.ipynb": T, "ada_71_6_a.ipynb": D}, {"s1"}),
        ({"bob_99_5_a.ipynb": T}, {"bob"}),  # whose number is not on the list, as without numbers
        ({"71/a.ipynb": T}, set()),  # a folder is no download
    ],
)
def test_a_platforms_number_on_the_list_finds_its_student(
    tmp_path: Path, files: Mapping[str, bytes], students: set[str]
) -> None:
    roster = ["s1", "72", "bob"]
    found = find(laid(tmp_path / "class", files), KNOWN, roster, tmp_path / "unpacked", NUMBERS)
    assert {each.student for each in found.placed} == students
    assert len(found.placed) + len(found.unplaced) == len(files)
    assert found.students == sorted(roster)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("name,Login\nA,ada\nB,bob\n", ["ada", "bob"]),
        ("\ufeffstudent\nada\n\nada\nbob\n", ["ada", "bob"]),
        ("ada,A\nbob,B\n", ["ada", "bob"]),
        ('ID,x\n"a,b",1\n,2\nshort\n', ["a,b", "short"]),
    ],
)
def test_a_roster_is_read(tmp_path: Path, text: str, ids: list[str]) -> None:
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    assert read_roster(tmp_path / "r.csv") == ids


@pytest.mark.parametrize("content", [b"", b"student\n", b"\xff\xfe\n", b"student,x\n,1\n"])
def test_a_roster_without_students_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"r\.csv"):
        read_roster(tmp_path / "r.csv")


# ---- ids --------------------------------------------------------------------------------------------------

RAW = (
    "ada",
    "Ada",
    " ada",
    "ada ",
    "=ada",
    "+ada",
    "-ada",
    "@ada",
    "==ada",
    "\tada",
    "a\nda",
    "a/da",
    "a\\da",
    "../ada",
    "..",
    ".",
    "",
    "a\0da",
    "\u202eada",
    "ada\u200b",
    "a\u2028da",
    "é",
    "e\u0301",
    "x" * 64,
    "x" * 65,
    "x" * 999,
    "\udcff",
    "\ud800",
    "/",
    "=1+1",
    "＝ada",
    "ada\x7f",
    "\ufeffada",
    "~0123456789ab",
    "ada;=1+1",
    'ada;" +1',
    "ada =1+1",
    "ada~c1bbffc41597",
    "李雷",
    "o'neil",
    "a b",
    "a  b",
    "a@b.org",
)


def test_shown_ids_are_harmless_and_never_one() -> None:
    shown = [shown_id(raw) for raw in RAW]
    assert len(set(shown)) == len(set(RAW))
    for each in shown:
        assert each
        assert len(each) <= 80
        assert each[0] not in "=+-@.＝＋－＠ \t"
        assert not set(each) & set("/\\\0\r\n\t")
        assert not any(cell.strip(' "')[:1] in ("=", "+", "-", "@") for cell in each.split(";"))
        assert not {unicodedata.category(char) for char in each} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        each.encode("utf-8")


@pytest.mark.parametrize("raw", ["ada", "o'neil", "a b", "a@b.org", "李雷", "é", "x" * 64, "j_doe-2"])
def test_an_ordinary_id_stays(raw: str) -> None:
    assert shown_id(raw) == raw


def test_odd_folders_make_different_students(tmp_path: Path) -> None:
    names = [
        raw
        for raw in RAW
        if raw.strip(".") and not set(raw) & set("/\0\ud800") and len(raw.encode("utf-8", "surrogateescape")) < 255
    ]
    found = searched(tmp_path, {f"{name}/a.ipynb": T for name in names})
    assert len(placed(found)) == len(found.students) == len(names)
    assert all(not set(each.name) & set("\n\u202e\x7f") for each in found.placed)


def test_flat_files_with_one_beginning_are_not_one_student(tmp_path: Path) -> None:
    found = searched(tmp_path, {"j_doe.ipynb": T, "j_smith.ipynb": T, "ann_a.ipynb": T, "ann_b.ipynb": D})
    assert found.students == ["ann", "j_doe", "j_smith"]
    assert any("several files begin with j:" in remark for remark in found.remarks)


def test_a_broken_file_is_not_taken_for_another_students(tmp_path: Path) -> None:
    found = searched(tmp_path, {"j_doe.ipynb": T, "j_smith.ipynb": b"broken"})
    assert found.students == ["j_doe", "j_smith"]
    assert found.unplaced[0].student == "j_smith"


@pytest.mark.parametrize(
    "files",
    [
        {
            "jane/a.ipynb": T,
            "eve/w.zip": zipped({f"jane_1{MOODLE}/a.ipynb": D, "jane/b.ipynb": T, "submitted/jane/p/a.ipynb": T}),
        },
        {"jane/a.ipynb": T, f"eve/jane_1{MOODLE}/a.ipynb": D, "eve/submitted/jane/a.ipynb": T},
        {"jane/a.ipynb": T, "eve/jane_1_2_x.ipynb": D},
        {"jane.zip": zipped({"a.ipynb": T}), "eve.zip": zipped({"jane_1_2_x.ipynb": D, "jane/a.ipynb": T})},
        {f"jane_1{MOODLE}a.ipynb": T, f"eve_2{MOODLE}jane_1_assignsubmission_file_x.ipynb": D},
        {"jane_1_10_a.ipynb": T, "eve_2_11_jane_1_12_a.ipynb": D},
        {"jane/a.ipynb": T, "eve/w.zip": zipped({"../jane/a.ipynb": D, "/jane/b.ipynb": D})},
    ],
)
def test_nobody_hands_in_for_another(tmp_path: Path, files: Mapping[str, bytes]) -> None:
    found = searched(tmp_path, files)
    assert [each.exercise for each in found.placed if each.student.startswith("jane")] == ["ticket_spend"]
    (own,) = (each for each in found.placed if each.student.startswith("jane"))
    assert own.name in files or "jane.zip/a.ipynb" in own.name
    assert not any(student.startswith("jane") and student != own.student for student in found.students)


# ---- several files, and files that are none ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ({"jane/a.ipynb": T, "jane/b.ipynb": T}, "jane/b.ipynb"),
        ({"jane/a-2.ipynb": T, "jane/a-10.ipynb": T}, "jane/a-10.ipynb"),
        ({"jane/a.ipynb": T, "jane/a-1.ipynb": T}, "jane/a-1.ipynb"),
        ({"jane/a.ipynb": T, "jane/b.ipynb": BLANK}, "jane/a.ipynb"),
        ({"jane/a.ipynb": T, "jane/b.ipynb": b"broken"}, "jane/a.ipynb"),
        ({"jane_1_99_b.ipynb": T, "jane_1_100_a.ipynb": T}, "jane_1_100_a.ipynb"),
        ({"jane/01_ticket_spend.ipynb": T, "jane/z.ipynb": T}, "jane/01_ticket_spend.ipynb"),
        ({"jane/01_ticket_spend.ipynb": T, "jane/01_ticket_spend_old.ipynb": T}, "jane/01_ticket_spend.ipynb"),
        ({"jane/01_ticket_spend.ipynb": T, "jane/01_ticket_spend-1.ipynb": T}, "jane/01_ticket_spend-1.ipynb"),
        ({"jane/01_ticket_spend.ipynb": BLANK, "jane/a.ipynb": T}, "jane/a.ipynb"),
        ({"jane_1_9_01_ticket_spend.ipynb": T, "jane_1_9_z.ipynb": T}, "jane_1_9_01_ticket_spend.ipynb"),
        ({"jane_1_9_01_ticket_spend.ipynb": T, "jane_1_10_a.ipynb": T}, "jane_1_10_a.ipynb"),
    ],
)
def test_one_of_several_files_is_taken_by_a_rule_that_is_said(
    tmp_path: Path, files: dict[str, bytes], taken: str
) -> None:
    for number, order in enumerate(itertools.permutations(files.items())):
        found = searched(tmp_path, dict(order), name=f"class{number}")
        assert [each.name for each in found.placed] == [taken]
        (left,) = set(files) - {taken}
        assert left in reasons(found)
        if b"broken" not in files.values():
            assert reasons(found)[left] == f"{taken} was taken for ticket_spend"
            assert [RULE in remark for remark in found.remarks].count(True) == 1  # once, however many there are


def test_what_cannot_be_placed_has_a_reason_and_its_student(tmp_path: Path) -> None:
    outer = tmp_path / "secret.ipynb"
    outer.write_bytes(T)
    deep = zipped({"b.zip": zipped({"c.zip": zipped({"d.ipynb": T})}), "e.ipynb": b"{}", "../f.ipynb": T})
    class_ = laid(
        tmp_path / "class",
        {
            "ann/a.ipynb": b"broken",
            "bob/a.ipynb": work().replace(b"calls", b"nothing"),
            "cay/": b"",
            "dan/report.pdf": b"%PDF",
            "eve/w.zip": deep,
            "fay/w.zip": b"PK",
            "gus/a.ipynb": T,
            "gus/data.csv": b"1",
            "ivy/w.zip": zipped({"x.py": b""}),
            "jim/.ipynb_checkpoints/a.ipynb": T,
            "jim/__MACOSX/a.ipynb": T,
            "jim/.hidden.ipynb": T,
            "notes.txt": b"",
        },
    )
    (class_ / "ann" / "link.ipynb").symlink_to(outer)
    (class_ / "kim").symlink_to(tmp_path)
    os.mkfifo(class_ / "ann" / "pipe.ipynb")
    found = find(class_, KNOWN, None, tmp_path / "unpacked")
    assert placed(found) == {("gus", "ticket_spend")}
    wanted = {
        "ann/a.ipynb": "does not begin with JSON",
        "ann/link.ipynb": "links are not followed",
        "ann/pipe.ipynb": "a pipe",
        "bob/a.ipynb": "none of the exercises' questions",
        "cay": "the folder is empty",
        "dan/report.pdf": "no notebook",
        "eve/w.zip/b.zip/c.zip": "a zip within a zip",
        "eve/w.zip/e.ipynb": "format 3 or 4",
        "eve/w.zip/f.ipynb": "leads out",
        "fay/w.zip": "cannot be unpacked",
        "ivy/w.zip": "holds no notebook",
        "jim": "nothing but '.hidden.ipynb', which is hidden",
        "kim": "links are not",
        "notes.txt": "it is no notebook",
    }
    assert set(reasons(found)) == set(wanted)
    assert all(words in reasons(found)[name] for name, words in wanted.items())
    assert all(each.student == each.name.partition("/")[0] for each in found.unplaced if each.name != "notes.txt")
    assert found.students == ["ann", "bob", "cay", "dan", "eve", "fay", "gus", "ivy", "jim", "kim"]


def test_one_bomb_does_not_cost_the_class(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eve_1_2_x.ipynb", b"0" * 40 * 2**20)
        archive.writestr("jane_3_4_x.ipynb", T)
    found = searched(tmp_path, {"submissions.zip": buffer.getvalue()})
    assert placed(found) == {("jane_3", "ticket_spend")}
    assert "200 times" in reasons(found)["eve_1_2_x.ipynb"]
    assert found.students == ["eve_1", "jane_3"]


def test_zips_in_a_student_s_zip_share_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a small file would grow by the limits of every zip in it."""
    monkeypatch.setattr(folders, "ONE", replace(folders.ONE, total=2**18))
    large = T + b" " * (2**15 - len(T))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.ipynb", large)
    three = buffer.getvalue()
    files = {"eve/x.zip": zipped({f"{number}.zip": three for number in range(5)}), "jane/x.ipynb": T}
    found = searched(tmp_path, files)
    unpacked = [path for path in (tmp_path / "unpacked").rglob("*.ipynb") if path.is_file()]
    assert sum(path.stat().st_size for path in unpacked) <= 2**18
    assert placed(found) == {("eve", "ticket_spend"), ("jane", "ticket_spend")}
    assert "too large" in reasons(found)["eve/x.zip/4.zip/2.ipynb"]


def test_a_student_s_zip_beside_others_has_not_the_room_of_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ONE", replace(folders.ONE, files=2))
    many = zipped({f"{number}.ipynb": T for number in range(9)})
    for name, files in {
        "mixed": {"eve.zip": many, "jane.ipynb": T},
        "zips": {"eve.zip": many, "jane.zip": zipped({"x.ipynb": T})},
    }.items():
        found = find(laid(tmp_path / name, files), KNOWN, None, tmp_path / f"{name} unpacked")
        assert sum(path.is_file() for path in (tmp_path / f"{name} unpacked").rglob("*")) <= 3
        assert placed(found) == {("eve", "ticket_spend"), ("jane", "ticket_spend")}


def test_a_name_that_cannot_be_shown_is_told_without_it(tmp_path: Path) -> None:
    found = searched(tmp_path, {"ada/x.ipynb": T, "\x1b\x07": b"x"})
    assert [each.name for each in found.unplaced] == [NAMELESS]


def test_the_order_of_the_file_system_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid(tmp_path / "class", {**PLAIN, "jane/z.ipynb": T, "ann/w.zip": zipped(PLAIN), "x.ipynb": T})
    first = find(folder, KNOWN, None, tmp_path / "one")
    listed = os.listdir
    monkeypatch.setattr("labkit_grader.intake.folders.os.listdir", lambda path: sorted(listed(path), reverse=True))
    second = find(folder, KNOWN, None, tmp_path / "two")
    names = [[(each.student, each.name) for each in found.placed] for found in (first, second)]
    assert names[0] == names[1] == sorted(names[0], key=lambda pair: pair[0])
    assert (first.remarks, first.students, reasons(first)) == (second.remarks, second.students, reasons(second))


def test_a_folder_that_cannot_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid(tmp_path / "class", PLAIN)
    listed = os.listdir

    def closed(path: Path) -> list[str]:
        if Path(path).name == "ben":
            raise PermissionError
        return listed(path)

    monkeypatch.setattr("labkit_grader.intake.folders.os.listdir", closed)
    assert reasons(find(folder, KNOWN))["ben"] == "the folder cannot be opened"
    with pytest.raises(ValueError, match="cannot be opened"):
        find(laid(tmp_path / "ben", PLAIN), KNOWN)


def test_a_class_of_3000_takes_seconds() -> None:
    units = {f"name{i}_{i}_{i}_x.ipynb": False for i in range(3000)}
    owners = Owners(units, "canvas", [str(i) for i in range(3000)])
    assert len({student for student, _ in owners.of.values()}) == 3000
