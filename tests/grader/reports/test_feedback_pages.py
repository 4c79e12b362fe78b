"""Pages of feedback and of the class: they hold no script, no answer that was not found, and every mark."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from html_reader import BIDI, HOSTILE, Reader

from labkit_grader.record.files import file_name
from labkit_grader.record.grades import Gradebook
from labkit_grader.record.overrides import Mark
from labkit_grader.record.results import Record
from labkit_grader.record.words import STATUS, found, seen
from labkit_grader.reports.class_page import page_of_class, write_class_page
from labkit_grader.reports.student_page import page, write_pages
from labkit_workbook.feedback import judge
from labkit_workbook.questions import Exercise, Question, exercises

GRADED = [exercise for exercise in exercises() if exercise.number]
FIRST = GRADED[0]


def callable_of(question: Question, given: Any, value: Any) -> Any:
    """The value as a learner gives it; of a function question, a function with these values."""
    if question.inputs is None:
        return value
    inputs = list(question.inputs(given))
    each = len(value) // len(inputs)
    return lambda x: value[inputs.index(x) * each : (inputs.index(x) + 1) * each]


def controller(way: Callable[[Any, Any], Any], given: Any) -> Callable[[Any], Any]:
    """What answers a played question: a function of what is seen."""
    return lambda seen: way(given, seen)


def right(question: Question, given: Any) -> Any:
    if question.played:
        return controller(question.answer, given)
    return callable_of(question, given, question.expected(given))


def wrong(question: Question, given: Any) -> Any:
    if question.played:
        return controller(question.misconceptions[-1].wrong, given)
    return callable_of(question, given, _scaled(question.expected(given), 0.5137 if not question.whole else 37))


def mistaken(question: Question, given: Any) -> Any:
    if question.played:
        return controller(question.misconceptions[0].wrong, given)
    return callable_of(question, given, next(iter(question.mistaken(given)))[1])


def unanswered(question: Question, given: Any) -> Any:
    return None


def _scaled(value: Any, factor: float) -> Any:
    return tuple(x * factor for x in value) if isinstance(value, tuple) else value * factor


def judged(
    exercise: Exercise, given: Any, how: Callable[[Question, Any], Any], student: str = "ann", **more: Any
) -> Record:
    """A record as the judge makes it."""
    answers = {}
    for question in exercise.questions:
        result = judge(f"{exercise.name}.{question.name}", how(question, given), given)
        points = question.points if result.status == "right" else 0
        answers[question.name] = {
            "status": result.status, "label": result.label, "message": result.message,
            "points": points, "most": question.points,
        }  # fmt: skip
    total = sum(answer["points"] for answer in answers.values())
    most = sum(question.points for question in exercise.questions)
    values = {"file": f"{exercise.name}.ipynb", "status": "graded", "notes": [], **more}
    return Record("key", student, exercise.name, values["file"], values["status"], total, most, answers,
                  values["notes"], "wall", 0.1)  # fmt: skip


def marks(*records: Record, students: list[str] | None = None, **more: Any) -> Gradebook:
    found_in = {(record.student, record.exercise): record for record in records}
    return Gradebook(students or sorted({record.student for record in records}) or ["ann"], GRADED, found_in, **more)


# ---- no answer that was not found ---------------------------------------------------------------------------


def drawn(exercise: Exercise, seed: int) -> Any:
    return exercise.drawn("pages", str(seed))


@pytest.mark.parametrize("how", [wrong, mistaken, unanswered])
@pytest.mark.parametrize("exercise", GRADED, ids=lambda exercise: exercise.name)
def test_what_is_not_right_reads_the_same_whatever_the_answer_would_be(exercise: Exercise, how: Any) -> None:
    records = [judged(exercise, drawn(exercise, seed), how) for seed in (1, 2, 3)]
    kinds = [{name: (a["status"], a["label"]) for name, a in record.answers.items()} for record in records]
    assert all("right" not in {status for status, _ in kind.values()} for kind in kinds)
    alike = [page("ann", marks(r)) for r, kind in zip(records, kinds, strict=True) if kind == kinds[0]]
    assert len(alike) > 1
    assert len(set(alike)) == 1


def numbers_of(question: Question, given: Any) -> Iterator[str]:
    """The expected numbers as somebody may write them; those of one or two digits say nothing."""
    value = () if question.played else question.expected(given)
    for number in value if isinstance(value, tuple) else (value,):
        spellings = (repr(number), f"{number:g}", f"{number:,.2f}", f"{number:.4g}", f"{number:,.0f}", f"{number:.3f}")
        yield from (spelled for spelled in spellings if sum(map(str.isdigit, spelled)) > 2)


@pytest.mark.parametrize("how", [wrong, mistaken, unanswered])
@pytest.mark.parametrize("exercise", GRADED, ids=lambda exercise: exercise.name)
def test_no_expected_value_is_on_the_page_of_one_who_has_nothing_right(exercise: Exercise, how: Any) -> None:
    given = drawn(exercise, 1)
    text = Reader(page("ann", marks(judged(exercise, given, how)))).text
    for question in exercise.questions:
        for spelled in numbers_of(question, given):
            assert not re.search(rf"(?<![\d.]){re.escape(spelled)}(?!\d)", text), (question.name, spelled)


def test_what_is_right_has_its_points_and_its_worked_answer() -> None:
    record = judged(FIRST, FIRST.text, right)
    text = Reader(page("ann", marks(record))).text
    assert f"{record.most} of {FIRST.most} points" in text
    for question in FIRST.questions:
        assert str(record.answers[question.name]["message"]) in text
        assert question.asks in text


@pytest.mark.parametrize("ending", ["raises", "none"])
def test_an_input_on_which_a_function_is_tried_is_never_shown(ending: str) -> None:
    exercise, question = next((r, q) for r in GRADED for q in r.questions if q.inputs is not None)

    def function(x: Any) -> None:
        if ending == "raises":
            raise RuntimeError(f"LEAK {x!r}")

    result = judge(f"{exercise.name}.{question.name}", function, exercise.text)
    assert " the input " in result.message
    answer = {"status": result.status, "message": result.message, "label": "", "points": 0, "most": 1}
    shown = found(question, answer)
    assert "one of the inputs" in shown
    assert "LEAK" not in shown
    assert not re.search(r"\d", shown)


# ---- what the student gave ----------------------------------------------------------------------------------


def test_a_students_own_answers_numbers_and_words_are_shown() -> None:
    record = judged(FIRST, FIRST.text, wrong)
    record.answers["calls"]["given"] = "4711"
    record = replace(record, texts={"choose": "Two\n  lines"}, numbers={"steps": 5, "tickets": 200_000})
    made = page("ann", marks(record))
    reader = Reader(made)
    for text in ("4711", "g.tickets", "200,000", "tickets a day", "In words: choose", "Not yet marked."):
        assert text in reader.text
    assert "<blockquote><bdi>Two<br>  lines</bdi></blockquote>" in made
    for essay in FIRST.essays:
        assert essay.asks.replace("*", "") in reader.text
        assert essay.rubric not in reader.text
    marked = page("ann", marks(record, by_hand={("ann", FIRST.name, "choose"): Mark(1.5, "count <them>")}))
    assert "1.5 of 4 points. count <them>" in Reader(marked).text
    assert "Not yet marked." not in marked


def test_a_record_of_an_older_run_has_a_page() -> None:
    reader = Reader(page("ann", marks(judged(FIRST, FIRST.text, right))))
    assert "Your answer" in reader.text
    assert "No answer was found." in reader.text
    assert not reader.of("details")


def test_flags_are_not_for_the_student() -> None:
    record = replace(judged(FIRST, FIRST.text, right), flags=["worked with the id 'bob'"])
    assert "bob" not in page("ann", marks(record))


# ---- hostile text -------------------------------------------------------------------------------------------


def hostile(text: str) -> Record:
    """A record that has the text wherever a record has text."""
    record = judged(FIRST, FIRST.text, wrong, student=text, file=text, notes=[text, f"cell 1 stopped: {text}"])
    for answer in record.answers.values():
        answer.update(message=text, label=text, given=text)
    return replace(record, texts={"choose": text}, flags=[text], numbers={"steps": text})


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text: str) -> None:
    made = page(text, marks(hostile(text), remarks={text: text}, by_hand={(text, FIRST.name, "choose"): Mark(1, text)}))
    reader = Reader(made)
    assert not set(BIDI + "\x00\x1b\ud800") & set(made)
    assert len(reader.text) < 60_000
    if len(text) < 100 and text.isascii() and text.isprintable():
        assert reader.text.count(text) >= 5  # the title, the remark, the file, the notes, each message


def test_hostile_text_stays_text_on_the_class_page_and_on_the_disk(tmp_path: Path) -> None:
    held = marks(*map(hostile, HOSTILE), remarks={text: text for text in HOSTILE})
    write_pages(tmp_path / "feedback", held)
    write_class_page(tmp_path / "class.html", held)
    made = (tmp_path / "class.html").read_text(encoding="utf-8")
    Reader(made)
    assert not set(BIDI + "\x00\x1b") & set(made)
    assert len(list((tmp_path / "feedback").iterdir())) == len(HOSTILE)
    assert len(list(tmp_path.rglob("*.html"))) == len(HOSTILE) + 1


def test_a_long_text_is_cut_and_says_so() -> None:
    assert seen("x" * 10_000).endswith("x (and 8,000 letters more)")


def test_the_page_allows_no_script_and_reads_on_dark_and_light() -> None:
    reader = Reader(page("ann", marks(judged(FIRST, FIRST.text, mistaken))))
    policy = next(str(each["content"]) for each in reader.of("meta") if each.get("http-equiv"))
    style = base64.b64encode(hashlib.sha256("".join(reader.styles).encode()).digest()).decode()
    assert "default-src 'none'; script-src 'none'" in policy
    assert f"'sha256-{style}'" in policy
    assert "unsafe" not in policy
    assert "color-scheme: light dark" in "".join(reader.styles)
    assert reader.of("html") == [{"lang": "en"}]
    assert len(reader.of("title")) == len(reader.of("h1")) == 1
    assert len(reader.of("h2")) == len(GRADED)
    assert {each["scope"] for each in reader.of("th")} == {"row", "col"}
    assert len(reader.of("caption")) == len(reader.of("table")) > 0


# ---- status and marks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUS)
def test_every_status_is_said_in_words(status: str) -> None:
    record = judged(FIRST, FIRST.text, unanswered, status=status, notes=["fault of the grader: /home/me"])
    text = Reader(page("ann", marks(record))).text
    assert STATUS[status] in text
    assert ("/home/me" in text) == (status != "regrade")


def test_a_student_without_any_file_has_a_page() -> None:
    text = Reader(page("eve", marks(students=["eve"], remarks={"eve": "a.txt: it is no notebook"}))).text
    assert text.count(STATUS["missing"]) == len(GRADED)
    assert "a.txt: it is no notebook" in text


def test_marks_by_hand_count_on_both_pages() -> None:
    record = judged(FIRST, FIRST.text, unanswered)
    held = marks(
        record, by_hand={("ann", FIRST.name, ""): Mark(2.5, "as agreed"), ("ann", GRADED[1].name, ""): Mark(1.0)}
    )
    text = Reader(page("ann", held)).text
    assert f"Together: 3.5 of {FIRST.most + GRADED[1].most} points, and none yet for {GRADED[2].number}" in text
    assert f"The questions were given 2.5 of {FIRST.points} points by hand." in text
    assert "as agreed" in text
    assert "median 3.5" in page_of_class(held)


# ---- file names ---------------------------------------------------------------------------------------------

NAMES = [
    *("ann", "Ann", "ANN", "a/b", "a_b", "a\\b", "..", ".", "", " ", "../x", "..x", "x.", "con", "nul.txt", "é"),
    *("e\u0301", "a" * 64, "a" * 65, "字" * 500, "a:b", "a*b", "ann~123456789abc", "-rf", "=1", "ann\n", "\ud800"),
    "x@y.org",
]


def test_no_two_students_share_a_file_and_none_leaves_the_folder() -> None:
    made = [file_name(each) for each in NAMES + HOSTILE]
    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert not set('/\\:*?"<>|\0') & set(name)
        assert not name.startswith((".", "-"))
        assert len(f"{name}.html.part".encode()) <= 255
    assert file_name("ann") == "ann"
    assert file_name("x@y.org") == "x@y.org"


def test_a_page_for_each_student_is_written_and_written_again(tmp_path: Path) -> None:
    held = marks(students=NAMES)
    for _ in range(2):
        write_pages(tmp_path, held)
        assert len(list(tmp_path.iterdir())) == len(NAMES)


# ---- the class ----------------------------------------------------------------------------------------------


def test_the_class_page_counts() -> None:
    names = [f"somebody-{i}" for i in range(7)]
    made = [
        judged(FIRST, FIRST.text, right, names[0]),
        judged(FIRST, FIRST.text, mistaken, names[1]),
        judged(FIRST, FIRST.text, mistaken, names[2], status="crashed"),
        judged(FIRST, FIRST.text, unanswered, names[3], status="timed out"),
        Record("", names[4], FIRST.name, "f", "unreadable", 0, 1, {}, ["no JSON"], "", 0.0),
        Record("", names[5], FIRST.name, "f", "regrade", 0, 1, {}, [], "", 0.0),
        judged(FIRST, FIRST.text, right, "not in this class"),
    ]
    made_page = page_of_class(marks(*made, students=names))
    reader = Reader(made_page)
    for status in STATUS:
        number = 2 if status == "graded" else 1
        assert f'<th scope="row"><bdi>{status}</bdi></th><td data-head="Students"><bdi>{number}</bdi></td>' in made_page
    for question in FIRST.questions:
        heads = ("Right", "Known mistake", "Wrong", "No number", "Not started", "Share right")
        numbers = zip(heads, (1, 2, 0, 0, 1, "25%"), strict=True)
        cells = "".join(f'<td data-head="{head}"><bdi>{n}</bdi></td>' for head, n in numbers)
        assert f'<th scope="row"><bdi>{question.name}</bdi></th>{cells}' in made_page
        mistake = question.misconceptions[0]
        assert mistake.label in reader.text
        assert mistake.message in reader.text
    named = re.findall("<details>.*?</details>", made_page, re.DOTALL)
    assert len(named) == 1  # closed at first, and it says that it names students: whose work did not run to its end
    assert "this part names students" in named[0]
    assert [name for name in names if name in named[0]] == names[2:6]
    assert not [name for name in names if name in made_page.replace(named[0], "")]
    pictures = reader.of("img")
    assert len(pictures) == 2
    assert "Histogram of the points of 4 students" in str(pictures[0]["alt"])
    assert "3 of 7 students have no points yet and are left out" in reader.text
    for each in pictures:
        kind, _, data = str(each["src"]).partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")


@pytest.mark.parametrize("points", [-3.5, 1000.25])
def test_the_spread_holds_any_mark_by_hand(points: float) -> None:
    Reader(page_of_class(marks(students=["ann", "bob"], by_hand={("ann", FIRST.name, ""): Mark(points)})))


def test_a_label_breaks_at_its_underscores_alone() -> None:
    """A cell's style breaks words anywhere, and cut ratio_onl|y; a label's own does not."""
    record = judged(FIRST, FIRST.text, mistaken, "ann")
    for answer in record.answers.values():
        answer["label"] = "ratio_only"
    made = page_of_class(marks(record, students=["ann"]))
    assert '<td data-head="Mistake"><code>ratio_<wbr>only</code></td>' in made
    assert "code { overflow-wrap: normal;" in made
    Reader(made)


def test_an_empty_class_has_a_page() -> None:
    assert "0 students" in Reader(page_of_class(Gradebook([], GRADED, {}))).text


def test_matplotlib_is_not_loaded_before_a_picture_is_drawn() -> None:
    code = "import sys, labkit_grader.reports.class_page, labkit_grader.judge.run; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
