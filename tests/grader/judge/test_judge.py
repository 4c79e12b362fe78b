"""The judge: honest work gets its points, hostile work gets none, and what follows a hostile one is graded fairly."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from honest import RIGHT
from hostile import HOSTILE
from slow_ones import runs_a_lab, some_slow

from labkit_grader.child import zygote
from labkit_grader.child.zygote import waited
from labkit_grader.judge import bubblewrap
from labkit_grader.judge import warm as warm_module
from labkit_grader.judge.judge import LATE, STOPPED, Job, Verdict, grade
from labkit_grader.judge.warm import TIMEOUT_SEC, GraderFault, Warm
from labkit_grader.wall.readable import other_installations, package_folders, readable_paths
from labkit_grader.wall.wall import NO_WALL, STANDARD_WALL, STRICT_WALL, WallError, can_stand
from labkit_workbook.questions import exercises

ROOT = Path(__file__).resolve().parents[3]
STANDS, WHY = can_stand()
pytestmark = pytest.mark.skipif(not STANDS, reason=WHY)
WALLS = {"standard": STANDARD_WALL, "strict": STRICT_WALL, "trusted": NO_WALL}
GRADED = [exercise for exercise in exercises() if exercise.number]


def cells(folder: str, exercise) -> list[str]:
    notebook = nbformat.read(ROOT / folder / f"{exercise.number}_{exercise.name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def graded(warm: Warm, name: str, sources: list[str]) -> Verdict:
    return grade(warm, Job(name, sources))


@pytest.fixture(scope="module")
def strict() -> Iterator[Warm]:
    try:
        bubblewrap.program()
    except WallError as error:
        pytest.skip(str(error))
    with Warm(mode="strict") as started:
        yield started


@contextmanager
def a_second_each(warm: Warm) -> Iterator[None]:
    """For what would never end; honest work has the time that students have."""
    usual, warm.timeout = warm.timeout, 1.0
    try:
        yield
    finally:
        warm.timeout = usual


@pytest.mark.parametrize("exercise", some_slow(GRADED, lambda _, each: runs_a_lab(each.name), lambda each: each.name))
def test_a_solution_gets_all_points_in_a_quarter_of_its_time_and_an_untouched_exercise_none(
    warm: Warm, exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine four times slower it has no more than that; what a lab has not done by then loses no point."""
    most = sum(question.points for question in exercise.questions)
    with monkeypatch.context() as slower:
        slower.setattr(warm, "timeout", TIMEOUT_SEC / 4)
        solved = graded(warm, exercise.name, cells("solutions", exercise))
    assert (solved.points, solved.most) == (most, most)
    assert solved.status == "graded" or runs_a_lab(exercise.name)
    assert "landlock" in solved.wall
    untouched = graded(warm, exercise.name, cells("exercises", exercise))
    assert (untouched.status, untouched.points) == ("graded", 0)
    assert {answer["status"] for answer in untouched.answers.values()} == {"not_started"}


# These only wait for the limit. `make test` runs every third of the others; `make test-all` has all, in both modes.
LONG = (
    "a stubborn loop", "too deep for C", "ignoring interruptions", "interrupting itself", "an import that never ends",
    "tasks without end", "catching interruptions", "an alarm",
)  # fmt: skip
NAMES = some_slow(HOSTILE, lambda place, name: name in LONG or place % 3 > 0)


@pytest.mark.parametrize("mode", ["standard", pytest.param("strict", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_submission_is_worth_nothing_and_the_next_honest_one_everything(
    request: pytest.FixtureRequest, name: str, mode: str
) -> None:
    warm: Warm = request.getfixturevalue("warm" if mode == "standard" else "strict")
    with a_second_each(warm):
        hostile = graded(warm, "ticket_spend", [HOSTILE[name]])
    assert hostile.status in ("graded", "crashed", "timed out")
    assert (hostile.points, hostile.wall) == (0, WALLS[mode])
    if mode == "standard" and list(HOSTILE).index(name) % 4:  # in the mode strict an honest one follows each
        return
    honest = graded(warm, "ticket_spend", cells("solutions", GRADED[0]))
    assert (honest.status, honest.points, honest.wall) == ("graded", 7, WALLS[mode])
    assert not Path("/tmp/labkit-was-here").exists()


def test_what_was_answered_before_a_crash_counts(hurried: Warm) -> None:
    for end, status in (("import os\nos._exit(3)", "crashed"), ("while True: pass", "timed out"), ("1/0", "graded")):
        verdict = graded(hurried, "ticket_spend", ["calls = 15", end, "worst_case_calls = 30"])
        assert verdict.status == status
        assert verdict.answers["calls"]["status"] == "right"
        assert verdict.points == (1 if status == "crashed" else 2)
        assert "cell 2" in verdict.notes[0]


STUBBORN = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"


@pytest.mark.parametrize(
    ("hang", "said"),
    [
        ("while True: pass", "cell 2 had not ended"),
        ("import time\ntime.sleep(1000)", "cell 2 had not ended"),
        ("import asyncio\nawait asyncio.Event().wait()", "cell 2 had not ended"),
        pytest.param(
            "import asyncio\nwhile True: await asyncio.sleep(0)", "cell 2 had not ended", marks=pytest.mark.slow
        ),
        (STUBBORN, "cell 2 did not end in time"),
        pytest.param("sum(range(10**15))", "cell 2 did not end in time", marks=pytest.mark.slow),
    ],
)
def test_a_time_out_names_its_cell_and_the_next_cells_run_while_time_is_left(
    hurried: Warm, hang: str, said: str
) -> None:
    verdict = graded(hurried, "ticket_spend", ["calls = 15", hang, "worst_case_calls = 30"])
    assert (verdict.status, len(verdict.notes)) == ("timed out", 1)
    assert verdict.notes[0].startswith(said)
    assert verdict.points == (2 if "had not" in said else 1)


ROUTED = """
from labkit_workbook import given
g = given("routing_crossover")
def helper(hard, one, other):
    return hard * one + (g.steps - hard) * other
def routed(hard):
    return (helper(hard, g.premium_usd, g.small_usd), helper(hard, g.premium_sec, g.small_sec),
            g.premium_p**hard * g.small_p**(g.steps - hard))
"""


@pytest.mark.parametrize(
    "below",
    [
        pytest.param("while True: pass", marks=pytest.mark.slow), STUBBORN,
        "import os\nos._exit(0)", "import ctypes\nctypes.string_at(0)",
        "del routed", "del helper", "g = None", "routed = None", "routed = 3", "def helper(*a): return 7",
        "import sys\nsys.exit()",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "x = bytearray(4 * 2**30)",
        "raise KeyboardInterrupt", "import builtins\nbuiltins.pow = None\ng.steps = 99",
        "import time\ntime.sleep(1000)",
    ],
)  # fmt: skip
def test_what_stands_below_a_function_takes_nothing_from_it(hurried: Warm, below: str) -> None:
    answer = graded(hurried, "routing_crossover", [ROUTED, below, "x = 1"]).answers["routed"]
    assert (answer["status"], answer["given"]) == ("right", "(a function)")


def test_the_second_asking_has_what_the_first_left_of_the_time_and_no_clock_takes_any(
    warm: Warm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warm process says how long a child took, without what it waited for a busy processor."""
    asked, converse = [], warm.converse

    def told(work, inputs, inbox, referee, timeout):  # type: ignore[no-untyped-def]
        asked.append(timeout)
        return {**converse(work, inputs, inbox, referee, timeout), "sec": 20.0}

    monkeypatch.setattr(warm, "converse", told)
    assert graded(warm, "routing_crossover", [ROUTED, "del helper"]).answers["routed"]["status"] == "right"
    assert asked == [None, 2 * warm.timeout - 20]


def test_a_function_that_needs_what_stands_below_it_is_asked_at_the_end_too(warm: Warm) -> None:
    above, below = ROUTED.split("def routed")
    answer = graded(warm, "routing_crossover", [f"def routed{below}", above]).answers["routed"]
    assert answer["status"] == "right"


KEEPING = """
import os
PLACES = (".", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), os.path.dirname(__import__("labkit").__file__))
KNOWN = any(os.path.exists(f"{place}/kept") for place in PLACES)
for place in PLACES:
    try:
        open(f"{place}/kept", "w").close()
    except OSError:
        pass
"""


@pytest.mark.parametrize("below", ["x = 1", "del routed", pytest.param(STUBBORN, marks=pytest.mark.slow)])
def test_who_is_asked_a_second_time_remembers_nothing_of_the_first(hurried: Warm, below: str) -> None:
    only_then = ROUTED.replace("def routed(hard):\n", "def routed(hard):\n    assert KNOWN\n")
    assert "assert KNOWN" in only_then
    answer = graded(hurried, "routing_crossover", [KEEPING + only_then, below]).answers["routed"]
    assert (answer["status"], answer["points"]) == ("wrong_type", 0)


def test_an_answer_follows_from_what_is_set_at_the_end_and_from_nothing_that_was_set_before(warm: Warm) -> None:
    early, later, right = "calls = 9", "worst_case_calls = 18", "calls = 15"
    assert graded(warm, "ticket_spend", [early, later]).points == 0.5
    assert graded(warm, "ticket_spend", [early, later, right]).points == 1
    assert graded(warm, "ticket_spend", [later]).points == 0


@pytest.mark.parametrize("early", ["0", "1", "-9", "10**9", "9.5", "[9]", "True", "float('nan')", "'9'", "9 + 0j"])
def test_nothing_follows_from_an_early_answer_that_is_none(warm: Warm, early: str) -> None:
    cells = [f"calls = {early}\nworst_case_calls = calls * 2", "worst_usd_per_ticket = worst_case_calls * 0\n"]
    assert graded(warm, "ticket_spend", cells).points == 0


def test_a_function_that_sleeps_is_not_waited_for(warm: Warm) -> None:
    slow = ROUTED.replace("def routed(hard):\n", "import time\ndef routed(hard):\n    time.sleep(1)\n")
    verdict = graded(warm, "routing_crossover", [slow])
    assert (verdict.status, verdict.answers["routed"]["status"]) == ("graded", "right")


def test_a_function_that_does_not_end_is_told_so_and_one_that_was_never_tried_too(hurried: Warm) -> None:
    late = graded(hurried, "routing_crossover", ["def routed(hard):\n    while True: pass"])
    assert (late.status, late.answers["routed"]["message"]) == ("timed out", LATE)
    untried = graded(hurried, "routing_crossover", [f"def routed(hard): return 1\n{STUBBORN}"])
    assert untried.answers["routed"]["points"] == 0
    assert untried.notes == ["cell 1 did not end in time; it and the cells below it count for nothing"]


def test_answers_are_found_by_name_whatever_became_of_the_cells(warm: Warm) -> None:
    doubled = ["calls = 9", "calls = 15", "x = 1", "calls = 15"]
    assert graded(warm, "ticket_spend", doubled).answers["calls"]["status"] == "right"
    typed = ["from labkit_workbook import check\ncheck('ticket_spend.calls', 15)"]
    assert graded(warm, "ticket_spend", typed).answers["calls"]["status"] == "right"


@pytest.mark.parametrize(
    "odd", ["np.sum", "np.poly1d([1, 2])", "np.vectorize(abs)", "10**400", "[np.array([1, 2]), 3]", "np.array(['x'])"]
)
def test_an_odd_answer_costs_nothing_but_itself(warm: Warm, odd: str) -> None:
    verdict = graded(warm, "ticket_spend", [f"import numpy as np\ncalls_per_step = {odd}", "calls = 15"])
    assert (verdict.status, verdict.points) == ("graded", 1)


def test_hidden_inputs_are_not_told(warm: Warm) -> None:
    answer = graded(warm, "routing_crossover", ["def routed(h): raise ValueError('see ' + str(h))"]).answers["routed"]
    assert answer["message"] == STOPPED


TELLING = """
import json, os, sys
frame = sys._getframe()
while "receive" not in frame.f_locals:
    frame = frame.f_back
receive, send = frame.f_locals["receive"], frame.f_locals["send"]
say = lambda **message: os.write(send, json.dumps(message).encode() + b"\\n")
say(done=True)
known = json.loads(os.read(receive, 65536))["routing_crossover.routed"]
"""


# Each of these waits for a second; `make test` runs every fourth.
TELLS = [
    "raise ValueError(known)",
    "say(cell=1, error=str(known))",
    "say(question='routing_crossover.last_paying', value=known)",
    "last_paying = known",
    "say(question='routing_crossover.routed', value={'type': str(known)})",
    "say(question='routing_crossover.routed', value=str(known))",
    "say(question='routing_crossover.routed', value=known)",
    "say(question='routing_crossover.routed', value=[{'type': 'error', 'text': str(known)}] * len(known))",
    "say(wall=str(known))",
    "os._exit(known[0])",
    "routed = lambda hard: say(cell=1, error=str(hard))",
]


@pytest.mark.parametrize("tell", some_slow(TELLS, lambda place, _: place % 4 > 0))
def test_a_child_that_asks_for_the_hidden_inputs_early_cannot_tell_them(hurried: Warm, tell: str) -> None:
    hidden = [41, 43, 47]
    told = grade(hurried, Job("routing_crossover", [TELLING + tell], None, {"routed": hidden}))
    assert told.points == 0
    assert not any(str(each) in f"{told.answers} {told.notes} {told.wall}" for each in hidden)


def test_modules_that_python_brings_can_be_imported(warm: Warm) -> None:
    cell = "import secrets, concurrent.futures, xml.etree.ElementTree, logging.config, getpass\ncalls = 15"
    assert graded(warm, "ticket_spend", [cell]).notes == []


def test_a_misconception_is_named(warm: Warm) -> None:
    verdict = graded(warm, "ticket_spend", ["worst_case_calls = 15"])
    assert verdict.answers["worst_case_calls"]["label"] == "retries_forgotten"


@pytest.mark.parametrize(
    ("cell", "status"),
    [("calls = '15'", "wrong_type"), ("calls = True", "wrong_type"), ("calls = print", "wrong_type"),
     ("import numpy as np\ncalls = np.int64(15)", "right"), ("import numpy as np\ncalls = np.array(15.0)", "right")],
)  # fmt: skip
def test_types_are_told_apart_as_in_the_notebook(warm: Warm, cell: str, status: str) -> None:
    assert graded(warm, "ticket_spend", [cell]).answers["calls"]["status"] == status


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_person_would_call_right_is_right(warm: Warm, name: str) -> None:
    verdict = graded(warm, "ticket_spend", [RIGHT[name]])
    assert (verdict.points, verdict.notes) == (1, [])


def test_what_one_cell_awaits_goes_on_in_the_next(warm: Warm) -> None:
    sources = [
        "from __future__ import annotations\nimport asyncio\nevent = asyncio.Event()",
        "async def wait():\n    await event.wait()\n    return 15\ntask = asyncio.create_task(wait())",
        "event.set()",
        "calls = await task",
        "def f(x: NotThere): return 30\nworst_case_calls = f(1)",  # the import from the future still holds
    ]
    verdict = graded(warm, "ticket_spend", sources)
    assert (verdict.points, verdict.notes) == (2, [])


def test_an_await_that_raises_is_told_like_any_error(warm: Warm) -> None:
    verdict = graded(warm, "ticket_spend", ["async def f(): raise ValueError('no')\nawait f()", "calls = 15"])
    assert (verdict.points, verdict.notes) == (1, ["cell 1 stopped: ValueError: no"])


@pytest.mark.parametrize("missing", ["IPython", "ipywidgets"])
def test_what_is_not_installed_has_a_stand_in(warm: Warm, missing: str) -> None:
    hide = f"import sys\nclass H:\n    def find_spec(self, name, *a):\n        if name.split('.')[0] == {missing!r}:\n"
    hide += (
        "            sys.meta_path.remove(self)\n            from labkit_grader.child.quiet_notebook import StandIns\n"
    )
    hide += "            return StandIns([name]).find_spec(name)\nsys.meta_path.insert(0, H())"
    use = "from IPython.display import display, Markdown\ndisplay(Markdown('x'))"
    if missing == "ipywidgets":
        use = "from ipywidgets import interact, IntSlider\nIntSlider(value=3).observe(print)\n"
        use += "@interact(x=3)\ndef f(x): return x\nassert f(4) == 4"
    verdict = graded(warm, "ticket_spend", [hide, use, "calls = 15"])
    assert (verdict.points, verdict.notes) == (1, [])


def test_a_function_that_stops_or_is_a_stub_has_words_of_its_own(warm: Warm) -> None:
    stopped = graded(warm, "routing_crossover", ["def routed(h): return 1 / 0"]).answers["routed"]
    assert stopped["status"] == "wrong_type"
    stub = graded(warm, "routing_crossover", ["def routed(h): raise NotImplementedError"]).answers["routed"]
    assert stub["status"] == "not_started"


def test_no_message_shows_an_expected_value(warm: Warm) -> None:
    for answer in graded(warm, "ticket_spend", ["calls = 77\nworst_usd_per_day = 5"]).answers.values():
        assert "180000" not in answer["message"].replace(",", "")


def test_a_fault_of_the_grader_is_graded_again_and_a_stopped_judge_leaves_no_folder_and_no_process() -> None:
    with Warm() as warm:
        assert warm.process is not None
        warm.process.kill()
        warm.process.wait()
        verdict = graded(warm, "ticket_spend", ["calls = 15"])
        assert verdict.status == "regrade"
        assert graded(warm, "ticket_spend", ["calls = 15"]).points == 1
        process, folder = warm.process, Path(warm.folder.name)
        assert folder.is_dir()
    assert process.poll() is not None
    assert not folder.exists()


def test_a_full_scratch_folder_ends_a_submission_before_its_time(warm: Warm) -> None:
    verdict = graded(warm, "ticket_spend", [HOSTILE["filling the disk with small files"]])
    assert verdict.status == "crashed"
    assert "more files" in verdict.notes[-1]


@pytest.mark.parametrize("mode", ["standard", "strict"])
def test_only_the_strict_mode_hides_whether_a_file_is_there(request: pytest.FixtureRequest, mode: str) -> None:
    """Landlock does not govern stat; wall.py says so."""
    warm: Warm = request.getfixturevalue("warm" if mode == "standard" else "strict")
    places = [str(ROOT / "README.md"), "/etc/passwd", str(Path(warm.folder.name) / "lock"), "/proc/1/environ"]
    cell = f"import os\ncalls_per_step = [int(os.path.exists(p)) for p in {places[:3]}]"
    answer = graded(warm, "ticket_spend", [cell]).answers["calls_per_step"]
    assert answer["given"] == ("[1, 1, 1]" if mode == "standard" else "[0, 0, 0]")
    listed = graded(warm, "ticket_spend", ["import os\ncalls_per_step = [len(os.listdir('/'))]"])
    assert "PermissionError" in listed.notes[0]


@pytest.mark.slow
def test_trusted_students_run_without_a_wall_and_every_verdict_says_so(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    with Warm(mode="trusted") as warm:
        honest = graded(warm, "ticket_spend", cells("solutions", GRADED[0]))
        assert (honest.status, honest.points, honest.wall) == ("graded", 7, NO_WALL)
        fork = f"import os\npid = os.fork()\nif pid == 0:\n    open({str(outside)!r}, 'w').write(str(os.getpid()))\n"
        waits = f"    while True: pass\nimport time\nwhile not os.path.exists({str(outside)!r}): time.sleep(0.01)\n"
        verdict = graded(warm, "ticket_spend", [fork + waits + "calls = 15"])
        assert (verdict.points, verdict.wall) == (1, NO_WALL)
        with a_second_each(warm):
            assert graded(warm, "ticket_spend", ["while True: pass"]).status == "timed out"
        assert graded(warm, "ticket_spend", ["x = bytes(2**33)", "calls = 15"]).notes[0].endswith("MemoryError: ")
        left = Path(f"/proc/{outside.read_text() or 'none'}/stat")
        assert not left.exists() or left.read_text().split()[2] == "Z"


def test_without_pidfds_a_child_is_waited_for_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for seconds, timed_out in ((0.0, False), (60.0, True)):
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # it would be interrupted before it is ended
                select.select([], [], [], seconds)
                os._exit(3)
            ending = waited(child, 1.0, tmp_path, theirs)
            assert ending.pop("sec") >= 0
            assert ending == {"timed_out": timed_out, "full": False, "exit": -9 if timed_out else 3}


@pytest.mark.parametrize(("queued_sec", "counted_sec"), [(0, 100), (7, 93), (37, 63), (38, 62.5), (10**6, 62.5)])
def test_what_a_child_waits_for_a_processor_is_not_counted_but_not_without_end(
    monkeypatch: pytest.MonkeyPatch, queued_sec: int, counted_sec: float
) -> None:
    """Of 10 seconds no more than 50 are made by the clock, so no crowd of threads keeps a child alive."""
    monkeypatch.setattr(zygote.time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(zygote.Path, "read_text", lambda path, encoding: f"1 {queued_sec * 10**9} 3\n")
    assert zygote.time_of(1, 0.0, 10.0) == counted_sec
    monkeypatch.setattr(zygote.Path, "read_text", lambda path, encoding: "")
    assert zygote.time_of(1, 0.0, 10.0) == 100.0  # a system that does not say it


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode must be one of standard, strict, trusted, got 'lax'"):
        Warm(mode="lax")


def test_windows_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_module.sys, "platform", "win32")
    with pytest.raises(WallError, match="WSL"):
        Warm(mode="trusted")


def test_a_warm_process_in_no_bubblewrap_does_not_call_itself_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_module, "command_prefix", lambda *arguments: [])
    with pytest.raises(GraderFault, match="the second wall does not stand"), Warm(mode="strict"):
        pass


def test_where_nothing_can_be_mounted_the_scratch_folder_is_watched_instead() -> None:
    """As in a container without rights: the warm process is told that it cannot mount."""
    changed = Warm()
    module = changed.private / "labkit_grader" / "wall" / "scratch.py"
    told = "\n\ndef can_be_small(folder):\n    return False\n"
    module.write_text(module.read_text(encoding="utf-8") + told, encoding="utf-8")
    with changed as warm:
        for name in (
            "deleted but mapped",
            "files that nobody can see",
            "folders that let nobody in",
            "filling the disk",
        ):
            assert graded(warm, "ticket_spend", [HOSTILE[name]]).points == 0
            assert os.listdir(warm.scratch) == []
        full = graded(warm, "ticket_spend", [HOSTILE["filling the disk with small files"]])
        assert (full.status, full.notes[-1]) == ("crashed", "it wrote more files than any submission needs")
        assert os.listdir(warm.scratch) == []
        honest = graded(warm, "ticket_spend", cells("solutions", GRADED[0]))
        assert (honest.status, honest.points) == ("graded", 7)


def test_the_list_of_fonts_is_drawn_up_once_and_never_taken_from_the_trusted(warm: Warm) -> None:
    kept = {path.name: path.read_bytes() for path in warm.config().glob("fontlist-*.json")}
    assert kept
    assert kept == warm_module._fonts
    for mode, expected in (("standard", kept), ("trusted", {})):
        another = Warm(mode=mode)
        try:
            assert {path.name: path.read_bytes() for path in another.config().iterdir()} == expected
        finally:
            another.stop()
            another.folder.cleanup()


def test_no_child_is_left_behind(warm: Warm) -> None:
    graded(warm, "ticket_spend", [HOSTILE["threads that outlive"]])
    assert warm.process is not None
    children = Path(f"/proc/{warm.process.pid}/task/{warm.process.pid}/children").read_text()
    assert children.split() == []
    assert os.path.exists(f"/proc/{warm.process.pid}")


def test_no_other_pythons_packages_can_be_read() -> None:
    """labkit may be installed there a second time, with its answers."""
    open_paths = readable_paths()
    for folder in other_installations(package_folders()):
        folder = folder.resolve()  # noqa: PLW2901
        assert not [path for path in open_paths if path == folder or folder in path.parents or path in folder.parents]
