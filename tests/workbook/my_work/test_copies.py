"""The desk never loses a learner's work, and reads what saved notebooks say."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit_workbook.course_folder import find_root
from labkit_workbook.my_work import copies, progress
from labkit_workbook.my_work.saved_notebooks import MIME, STATE_WORDS, questions_in
from labkit_workbook.results import STATUSES
from labkit_workbook.summaries import QuestionState

NAME = "01_ticket_spend.ipynb"


def notebook(*cells: tuple[str, list[dict[str, str]]]) -> str:
    """A notebook as JupyterLab saves it: cells of (source, answers of check)."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [_cell(*c) for c in cells]})


def _cell(source: str, answers: list[dict[str, str]]) -> dict[str, Any]:
    outputs: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": ["hello\n"]}]
    outputs += [{"output_type": "display_data", "data": {MIME: a, "text/plain": ["."]}} for a in answers]
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": outputs}


def answer(question: str, status: str) -> dict[str, str]:
    return {"question": question, "status": status, "message": f"{question} is {status}"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course folder with one exercise of three questions."""
    for folder in ("exercises", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    write_exercise(tmp_path, notebook(('check("spend.calls", x)', []), ("check( 'spend.usd', y)\ncheck('b', z)", [])))
    return tmp_path


def write_exercise(root: Path, text: str) -> None:
    (root / "exercises" / NAME).write_text(text, encoding="utf-8")


def mine(root: Path) -> Path:
    return root / "my_work" / NAME


def actions(report: copies.StartReport) -> list[str]:
    return [placed.action for placed in report.placed]


def texts(root: Path) -> list[str]:
    """What the files on the desk hold, whatever they are called."""
    return [path.read_text(encoding="utf-8") for path in (root / "my_work").iterdir()]


def save_while_reading(monkeypatch: pytest.MonkeyPatch, read: Path, saved: Path) -> list[str]:
    """JupyterLab saves a new text to `saved` right after `read` was read, the first two times; these texts."""
    read_bytes = Path.read_bytes
    saves: list[str] = []

    def reads(path: Path) -> bytes:
        content = read_bytes(path)
        if path == read and len(saves) < 2:
            saves.append(f"save {len(saves) + 1}")
            saved.write_text(saves[-1], encoding="utf-8")
        return content

    monkeypatch.setattr(Path, "read_bytes", reads)
    return saves


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on only half of what is written fits."""

    def half(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)


def link(place: Path, target: Path) -> None:
    try:
        place.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this account may not make links")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestStart:
    def test_copies_byte_for_byte_and_then_has_nothing_to_do(self, root: Path) -> None:
        assert actions(copies.start(root)) == ["copied"]
        assert mine(root).read_bytes() == (root / "exercises" / NAME).read_bytes()
        before = snapshot(root / "my_work")
        assert actions(copies.start(root)) == ["same"]
        assert snapshot(root / "my_work") == before

    def test_keeps_a_changed_file(self, root: Path) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        assert actions(copies.start(root)) == ["yours"]
        assert mine(root).read_text(encoding="utf-8") == "my answer"

    def test_refreshes_an_untouched_copy_of_an_older_exercise(self, root: Path) -> None:
        copies.start(root)
        write_exercise(root, "newer")
        assert actions(copies.start(root)) == ["refreshed"]
        assert mine(root).read_text(encoding="utf-8") == "newer"
        assert actions(copies.start(root)) == ["same"]

    def test_keeps_mine_and_says_where_the_new_one_is_when_both_changed(self, root: Path) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        write_exercise(root, "newer")
        for _ in range(2):  # the second time as well: the news is not lost after one reading
            report = copies.start(root)
            assert actions(report) == ["both_changed"]
            assert f"exercises/{NAME}" in str(report)
            assert "labkit reset 01" in str(report)
        assert mine(root).read_text(encoding="utf-8") == "my answer"

    def test_keeps_a_file_it_never_copied(self, root: Path) -> None:
        mine(root).parent.mkdir()
        mine(root).write_text("from another machine", encoding="utf-8")
        assert actions(copies.start(root)) == ["unknown"]
        assert mine(root).read_text(encoding="utf-8") == "from another machine"

    def test_brings_back_a_deleted_file(self, root: Path) -> None:
        copies.start(root)
        mine(root).unlink()
        assert actions(copies.start(root)) == ["copied"]
        assert mine(root).exists()

    @pytest.mark.parametrize("damage", ["{", "[]", "null"])
    def test_a_damaged_manifest_costs_no_work(self, root: Path, damage: str) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        (root / "my_work" / copies.MANIFEST).write_text(damage, encoding="utf-8")
        write_exercise(root, "newer")
        report = copies.start(root)
        assert "written anew" in str(report)
        assert mine(root).read_text(encoding="utf-8") == "my answer"
        assert copies.start(root).notes == ()

    def test_says_so_when_there_is_nothing_to_copy(self, root: Path) -> None:
        (root / "exercises" / NAME).unlink()
        assert "nothing to copy" in str(copies.start(root))

    def test_leaves_other_files_of_the_learner_alone(self, root: Path) -> None:
        copies.start(root)
        (root / "my_work" / "notes.ipynb").write_text("notes", encoding="utf-8")
        copies.start(root)
        assert (root / "my_work" / "notes.ipynb").read_text(encoding="utf-8") == "notes"


class TestNothingIsLost:
    def test_a_save_after_the_look_and_before_the_refresh(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copies.start(root)
        write_exercise(root, "newer")
        saves = save_while_reading(monkeypatch, read=mine(root), saved=mine(root))
        report = copies.start(root)
        assert actions(report) == ["both_changed"]
        assert [mine(root).read_text(encoding="utf-8")] == saves
        assert snapshot(root / "my_work").keys() == {NAME, copies.MANIFEST}

    def test_a_save_during_reset(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        saves = save_while_reading(monkeypatch, read=root / "exercises" / NAME, saved=mine(root))
        copies.reset(root, "01")
        assert saves[-1] in texts(root)

    @pytest.mark.parametrize("hard_links", [True, False])
    def test_a_save_between_the_two_renames(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
    ) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        make_link = os.link

        def save_then_link(file: Path, name: Path, **options: bool) -> None:
            mine(root).write_text("saved just now", encoding="utf-8")
            if not hard_links:
                raise PermissionError
            make_link(file, name, **options)

        monkeypatch.setattr(os, "link", save_then_link)
        with pytest.raises(FileExistsError, match="saved just now and was left so") as error:
            copies.reset(root, "01")
        assert mine(root).read_text(encoding="utf-8") == "saved just now"
        assert "my answer" in texts(root)
        assert "before-reset-1.ipynb" in str(error.value)

    def test_a_disk_without_hard_links(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: Path, **__: bool) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", refuse)
        assert actions(copies.start(root)) == ["copied"]
        write_exercise(root, "newer")
        assert actions(copies.start(root)) == ["refreshed"]
        assert snapshot(root / "my_work").keys() == {NAME, copies.MANIFEST}

    def test_a_full_disk_leaves_no_half_copy(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fill_the_disk(monkeypatch)
        report = copies.start(root)
        assert actions(report) == ["failed"]
        assert "No space left" in str(report)
        assert list((root / "my_work").iterdir()) == []

    def test_a_full_disk_leaves_the_old_copy_and_the_work(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copies.start(root)
        write_exercise(root, "newer")
        before = snapshot(root / "my_work")
        fill_the_disk(monkeypatch)
        assert actions(copies.start(root)) == ["failed"]
        with pytest.raises(OSError, match="No space left"):
            copies.reset(root, "01")
        assert snapshot(root / "my_work") == before

    def test_a_rename_that_fails_puts_everything_back(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        before = snapshot(root / "my_work")

        def refuse(*_: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(PermissionError):
            copies.reset(root, "01")
        assert snapshot(root / "my_work") == before

    def test_what_was_copied_is_on_record_when_a_later_exercise_breaks_off(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = root / "exercises" / "02_next.ipynb"
        later.write_text("{}", encoding="utf-8")
        read_bytes = Path.read_bytes

        def breaks_off(path: Path) -> bytes:
            if path == later:
                raise KeyboardInterrupt
            return read_bytes(path)

        monkeypatch.setattr(Path, "read_bytes", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            copies.start(root)
        assert NAME in json.loads((root / "my_work" / copies.MANIFEST).read_text(encoding="utf-8"))


class TestOneBadEntry:
    """One bad entry gets a line in words; the next exercise has its turn."""

    @pytest.fixture
    def second(self, root: Path) -> Path:
        """A second exercise, which always goes well."""
        (root / "exercises" / "02_next.ipynb").write_text(notebook(("check('n', 1)", [])), encoding="utf-8")
        return root / "my_work" / "02_next.ipynb"

    def spoil_desk_with_a_folder(self, root: Path) -> None:
        mine(root).mkdir(parents=True)

    def spoil_desk_with_a_dangling_link(self, root: Path) -> None:
        mine(root).parent.mkdir()
        link(mine(root), root / "nowhere")

    def spoil_desk_with_a_link_to_the_exercise(self, root: Path) -> None:
        mine(root).parent.mkdir()
        link(mine(root), root / "exercises" / NAME)

    def spoil_exercises_with_a_folder(self, root: Path) -> None:
        (root / "exercises" / NAME).unlink()
        (root / "exercises" / NAME).mkdir()

    def spoil_exercises_with_a_dangling_link(self, root: Path) -> None:
        (root / "exercises" / NAME).unlink()
        link(root / "exercises" / NAME, root / "nowhere")

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (spoil_desk_with_a_folder, f"my_work/{NAME} is a folder"),
            (spoil_desk_with_a_dangling_link, f"my_work/{NAME} is a link that leads nowhere"),
            (spoil_desk_with_a_link_to_the_exercise, f"my_work/{NAME} is a link into exercises/"),
            (spoil_exercises_with_a_folder, "irectory" if os.name != "nt" else "denied"),
            (spoil_exercises_with_a_dangling_link, "No such file"),
        ],
    )
    def test_start_and_status_go_on(
        self, root: Path, second: Path, spoil: Callable[[TestOneBadEntry, Path], None], words: str
    ) -> None:
        spoil(self, root)
        report = copies.start(root)
        assert actions(report) == ["failed", "copied"]
        assert not report.ok
        assert words in str(report)
        assert second.exists()
        assert not (root / "nowhere").exists()
        broken, fine = progress.status(root)
        assert broken.problem
        assert fine.questions == (QuestionState("n"),)

    def test_a_file_that_may_not_be_read(self, root: Path, second: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        copies.start(root)
        read_bytes, read_text = Path.read_bytes, Path.read_text

        def reader(read: Callable[..., Any]) -> Callable[..., Any]:
            def reads(path: Path, *arguments: Any, **options: Any) -> Any:
                if path == mine(root):
                    raise PermissionError(13, "Permission denied")
                return read(path, *arguments, **options)

            return reads

        monkeypatch.setattr(Path, "read_bytes", reader(read_bytes))
        monkeypatch.setattr(Path, "read_text", reader(read_text))
        report = copies.start(root)
        assert actions(report) == ["failed", "same"]
        assert f"{NAME}: not copied: Permission denied" in str(report)
        assert "Permission denied" in progress.status(root)[0].problem

    @pytest.mark.parametrize("damage", ["folder", "deep"])
    def test_a_manifest_that_cannot_be_read(self, root: Path, second: Path, damage: str) -> None:
        copies.start(root)
        manifest = root / "my_work" / copies.MANIFEST
        manifest.unlink()
        if damage == "folder":
            manifest.mkdir()
        else:
            manifest.write_text('{"a":' * 200_000, encoding="utf-8")
        report = copies.start(root)
        assert actions(report) == ["same", "same"]
        assert len(report.notes) == 1
        assert copies.MANIFEST in report.notes[0]

    def test_a_deeply_nested_notebook(self, root: Path, second: Path) -> None:
        copies.start(root)
        mine(root).write_text("[" * 200_000, encoding="utf-8")
        broken, fine = progress.status(root)
        assert "nested too deeply" in broken.problem
        assert fine.questions == (QuestionState("n"),)

    def test_a_desk_that_is_a_link_into_exercises(self, root: Path) -> None:
        link(root / "my_work", root / "exercises")
        before = snapshot(root / "exercises")
        with pytest.raises(ValueError, match="my_work is a link into exercises/"):
            copies.start(root)
        with pytest.raises(ValueError, match="my_work is a link into exercises/"):
            copies.reset(root, "01")
        assert snapshot(root / "exercises") == before

    def test_a_hard_link_to_the_exercise(self, root: Path) -> None:
        mine(root).parent.mkdir()
        os.link(root / "exercises" / NAME, mine(root))
        assert actions(copies.start(root)) == ["failed"]

    def test_reset_puts_a_copy_in_the_place_of_a_link_into_exercises(self, root: Path) -> None:
        self.spoil_desk_with_a_link_to_the_exercise(root)
        assert copies.reset(root, "01").kept_as is None
        assert not mine(root).is_symlink()
        assert actions(copies.start(root)) == ["same"]

    def test_reset_keeps_a_link_that_leads_nowhere(self, root: Path) -> None:
        self.spoil_desk_with_a_dangling_link(root)
        kept = copies.reset(root, "01").kept_as
        assert kept
        assert (root / "my_work" / kept).is_symlink()
        assert not (root / "nowhere").exists()

    def test_reset_of_a_folder_is_refused_in_words(self, root: Path) -> None:
        self.spoil_desk_with_a_folder(root)
        with pytest.raises(ValueError, match="is a folder"):
            copies.reset(root, "01")


class TestReset:
    @pytest.mark.parametrize("name", ["1", "01", "01_ticket_spend", NAME])
    def test_restores_and_keeps_the_learners_version(self, root: Path, name: str) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        report = copies.reset(root, name)
        assert report.kept_as == "01_ticket_spend.before-reset-1.ipynb"
        assert report.kept_as in str(report)
        assert (root / "my_work" / report.kept_as).read_text(encoding="utf-8") == "my answer"
        assert mine(root).read_bytes() == (root / "exercises" / NAME).read_bytes()
        assert actions(copies.start(root)) == ["same"]

    def test_numbers_the_kept_versions_and_overwrites_none(self, root: Path) -> None:
        copies.start(root)
        for text in ("first", "second", "third"):
            mine(root).write_text(text, encoding="utf-8")
            copies.reset(root, "01")
        kept = sorted((root / "my_work").glob("*before-reset*"))
        assert [path.read_text(encoding="utf-8") for path in kept] == ["first", "second", "third"]

    def test_keeps_nothing_aside_when_nothing_was_changed(self, root: Path) -> None:
        assert copies.reset(root, "01").kept_as is None  # not there at all
        assert copies.reset(root, "01").kept_as is None  # there, as copied
        assert snapshot(root / "my_work").keys() == {NAME, copies.MANIFEST}

    def test_takes_the_newer_exercise_after_both_changed(self, root: Path) -> None:
        copies.start(root)
        mine(root).write_text("my answer", encoding="utf-8")
        write_exercise(root, "newer")
        copies.reset(root, "01")
        write_exercise(root, "newest")
        assert actions(copies.start(root)) == ["refreshed"]  # the manifest knows what reset copied

    @pytest.mark.parametrize("name", ["02", "ticket", "", "../exercises/01_ticket_spend"])
    def test_an_unknown_name_is_answered_with_the_names_there_are(self, root: Path, name: str) -> None:
        with pytest.raises(ValueError, match="01_ticket_spend"):
            copies.reset(root, name)
        assert not (root / "my_work").exists()

    def test_an_unclear_name_is_answered_with_the_choices(self, root: Path) -> None:
        (root / "exercises" / "01_other.ipynb").write_text("{}", encoding="utf-8")
        with pytest.raises(ValueError, match="01_other, 01_ticket_spend"):
            copies.reset(root, "01")
        assert copies.reset(root, "01_other").file == "01_other.ipynb"


class TestStatus:
    def test_before_start_every_question_is_listed_as_not_started(self, root: Path) -> None:
        (exercise,) = progress.status(root)
        assert exercise.questions == (
            QuestionState("spend.calls"),
            QuestionState("spend.usd"),
            QuestionState("b"),
        )
        assert "labkit start" in progress.render_status((exercise,))

    def test_the_last_saved_answer_of_a_question_counts(self, root: Path) -> None:
        copies.start(root)
        early = ("check('spend.calls', 1)", [answer("spend.calls", "wrong"), answer("spend.calls", "right")])
        late = ("check('spend.usd', 2)", [answer("spend.usd", "right"), answer("spend.usd", "misconception")])
        mine(root).write_text(notebook(early, late), encoding="utf-8")
        (exercise,) = progress.status(root)
        assert [(q.name, q.state) for q in exercise.questions] == [
            ("spend.calls", "right"),
            ("spend.usd", "misconception"),
            ("b", "not_started"),  # its cell was deleted; the exercise still asks it
        ]
        assert exercise.questions[0].message == "spend.calls is right"
        assert exercise.count == "1 of 3 right"

    def test_text_counts_and_names_every_question(self, root: Path) -> None:
        copies.start(root)
        cell = (
            "check('spend.calls', 1)",
            [answer("spend.calls", "right"), answer("spend.usd", "wrong_type")],
        )
        mine(root).write_text(notebook(cell), encoding="utf-8")
        lines = progress.render_status(progress.status(root)).splitlines()
        assert lines[0] == "01 Ticket spend   1 of 3 right"
        assert [line.split() for line in lines[1:4]] == [
            ["Right.", "spend.calls"],
            ["Not", "an", "answer", "yet.", "spend.usd"],
            ["Not", "started.", "b"],
        ]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (b"{", "not a whole notebook (line 1"),
            (b"[]", "no list of cells"),
            (b'{"cells": 3}', "no list of cells"),
            (b"\xff\xfe", "not text in UTF-8"),
        ],
    )
    def test_a_malformed_notebook_gets_a_line_and_the_rest_goes_on(self, root: Path, text: bytes, words: str) -> None:
        (root / "exercises" / "02_next.ipynb").write_text(notebook(("check('n', 1)", [])), encoding="utf-8")
        copies.start(root)
        mine(root).write_bytes(text)
        broken, fine = progress.status(root)
        assert words in broken.problem
        assert f"my_work/{NAME}" in progress.render_status((broken,))
        assert fine.questions == (QuestionState("n"),)

    @pytest.mark.parametrize(
        "outputs",
        [
            None,
            [3],
            [{"output_type": "display_data", "data": None}],
            [{"output_type": "display_data", "data": {MIME: "right"}}],
            [{"output_type": "display_data", "data": {MIME: {"question": "a", "status": "splendid"}}}],
            [{"output_type": "display_data", "data": {MIME: {"question": "a", "status": ["right"]}}}],
            [{"output_type": "display_data", "data": {MIME: {"status": "right"}}}],
        ],
    )
    def test_outputs_that_are_no_answer_are_passed_over(self, root: Path, outputs: object) -> None:
        cells = [{"cell_type": "code", "source": "check('a', 1)", "outputs": outputs}, "no cell", {}]
        write_exercise(root, json.dumps({"cells": cells}))
        copies.start(root)
        assert progress.status(root)[0].questions == (QuestionState("a"),)

    def test_kept_versions_are_not_listed(self, root: Path) -> None:
        copies.start(root)
        mine(root).write_text(notebook(), encoding="utf-8")
        copies.reset(root, "01")
        assert [exercise.file for exercise in progress.status(root)] == [NAME]

    def test_titles_are_those_of_the_registry(self, root: Path) -> None:
        (root / "exercises" / "03_debate_vs_retry.ipynb").write_text(notebook(), encoding="utf-8")
        (root / "exercises" / "09_my_own.ipynb").write_text(notebook(), encoding="utf-8")
        assert [each.title for each in progress.status(root)] == ["01 Ticket spend", "03 Debate or retry", "09 My own"]

    def test_states_have_the_words_of_check(self) -> None:
        assert {status: STATUSES[status][0] for status in STATE_WORDS} == STATE_WORDS
        assert set(STATE_WORDS) == {"right", "wrong", "misconception", "wrong_type", "recorded", "not_started", "follows"}

    def test_a_notebook_that_begins_with_a_byte_order_mark(self, root: Path) -> None:
        copies.start(root)
        mine(root).write_text(notebook(("check('n', 1)", [answer("n", "right")])), encoding="utf-8-sig")
        (exercise,) = progress.status(root)
        assert exercise.count == "1 of 4 right"

    @pytest.mark.parametrize(
        ("source", "names"),
        [
            ("# check('a.b')\ncheck('c.d', 1)", ["c.d"]),
            ("mycheck('g.h')\nself.check('i.j')", []),
            ("text = \"check('a.b')\"", []),
            ("labkit_workbook.check('a.b', 1)", ["a.b"]),
            ("check(question_id='a.b', value=1)", ["a.b"]),
            ("print(check('c.d', 2), check('a.b', 1))\nresult = check('e.f', x)", ["c.d", "a.b", "e.f"]),
            ("check(name, 1)\ncheck()\ncheck(3)", []),
            ("%timeit\ncheck('a.b', 1)", []),  # a cell that is not plain Python
            ("check('a.b', ", []),
            ("check('a.b'\0)", []),
            ("(" * 5000 + "check('a.b')" + ")" * 5000, []),
        ],
    )
    def test_only_real_calls_are_questions(self, source: str, names: list[str]) -> None:
        assert questions_in([{"source": source}]) == names

    def test_questions_in_text_cells_do_not_count(self, root: Path) -> None:
        write_exercise(root, json.dumps({"cells": [{"cell_type": "markdown", "source": "check('a', 1)"}]}))
        copies.start(root)
        assert progress.status(root)[0].questions == ()
        assert "no questions" in progress.render_status(progress.status(root))


class TestFindRoot:
    def test_finds_the_course_from_any_folder_inside(self, root: Path) -> None:
        inside = root / "my_work" / "deeper"
        inside.mkdir(parents=True)
        assert find_root(inside) == root.resolve()
        assert find_root(root) == root.resolve()

    @pytest.mark.parametrize("missing", ["exercises", "notebooks", "pyproject.toml"])
    def test_all_three_signs_are_needed(self, root: Path, missing: str) -> None:
        (root / missing).rename(root / "elsewhere")
        with pytest.raises(FileNotFoundError, match="not inside the course folder"):
            find_root(root)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders have no owners here")
@pytest.mark.parametrize("of_another", [False, True])
def test_a_course_folder_that_may_not_be_written_to_is_said_in_words(
    root: Path, monkeypatch: pytest.MonkeyPatch, of_another: bool
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(root))

    monkeypatch.setattr(os, "geteuid", lambda: root.stat().st_uid + of_another or 1)
    monkeypatch.setattr(root.__class__, "mkdir", refused)
    with pytest.raises(PermissionError) as caught:
        copies.start(root)
    said = str(caught.value)
    assert "Errno" not in said
    assert ("belongs to somebody else" in said) == (copies.OWN_COPY in said) == copies.belongs_to_another(root)
