"""The judge: honest work gets its points, hostile work gets none, and what follows a hostile one is graded fairly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from hostile import HOSTILE

from labkit.grade import warm as warm_module
from labkit.grade.judge import STOPPED, Job, Verdict, grade
from labkit.grade.readable import other_installations, package_folders, readable_paths
from labkit.grade.wall import can_stand
from labkit.grade.warm import Warm
from labkit.questions import exercises

ROOT = Path(__file__).resolve().parents[2]
STANDS, WHY = can_stand()
pytestmark = pytest.mark.skipif(not STANDS, reason=WHY)
ROOMS = [room for room in exercises() if room.number]


def cells(folder: str, room) -> list[str]:
    notebook = nbformat.read(ROOT / folder / f"{room.number}_{room.name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def graded(warm: Warm, name: str, sources: list[str]) -> Verdict:
    return grade(warm, Job(name, sources))


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm(timeout=3.0) as started:
        yield started


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_solution_gets_all_points_and_an_untouched_exercise_none(warm: Warm, room) -> None:
    most = sum(question.points for question in room.questions)
    solved = graded(warm, room.name, cells("solutions", room))
    assert (solved.status, solved.points, solved.most) == ("graded", most, most)
    assert "landlock" in solved.wall
    untouched = graded(warm, room.name, cells("exercises", room))
    assert (untouched.status, untouched.points) == ("graded", 0)
    assert {answer["status"] for answer in untouched.answers.values()} == {"not_started"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_is_worth_nothing_and_the_next_honest_one_everything(warm: Warm, name: str) -> None:
    hostile = graded(warm, "ticket_spend", [HOSTILE[name]])
    assert hostile.status in ("graded", "crashed", "timed out")
    assert hostile.points == 0
    honest = graded(warm, "ticket_spend", cells("solutions", ROOMS[0]))
    assert (honest.status, honest.points) == ("graded", 7)
    assert not Path("/tmp/labkit-was-here").exists()


def test_what_was_answered_before_a_crash_counts(warm: Warm) -> None:
    for end, status in (("import os\nos._exit(3)", "crashed"), ("while True: pass", "timed out"), ("1/0", "graded")):
        verdict = graded(warm, "ticket_spend", ["calls = 15", end, "worst_case_calls = 30"])
        assert verdict.status == status
        assert verdict.answers["calls"]["status"] == "right"
        assert verdict.points == (2 if status == "graded" else 1)


def test_answers_are_found_by_name_whatever_became_of_the_cells(warm: Warm) -> None:
    doubled = ["calls = 9", "calls = 15", "x = 1", "calls = 15"]
    assert graded(warm, "ticket_spend", doubled).answers["calls"]["status"] == "right"
    typed = ["from labkit import check\ncheck('ticket_spend.calls', 15)"]
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


@pytest.mark.parametrize(
    "source",
    ["input('name? ')\ncalls = 15", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\ncalls = 15",
     "from labkit import explore\nexplore.levers()\ncalls = 15", "display('x')\ncalls = 15",
     "from labkit import plots\nplots.curves([1, 2], {'a': [1, 2]}, 'x', 'y', 't', 'alt').png()\ncalls = 15",
     "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\ncalls = 15"],
)  # fmt: skip
def test_what_a_person_would_call_right_is_right(warm: Warm, source: str) -> None:
    verdict = graded(warm, "ticket_spend", [source])
    assert (verdict.points, verdict.notes) == (1, [])


def test_a_function_that_stops_or_is_a_stub_has_words_of_its_own(warm: Warm) -> None:
    stopped = graded(warm, "routing_crossover", ["def routed(h): return 1 / 0"]).answers["routed"]
    assert stopped["status"] == "wrong_type"
    stub = graded(warm, "routing_crossover", ["def routed(h): raise NotImplementedError"]).answers["routed"]
    assert stub["status"] == "not_started"


def test_no_message_shows_an_expected_value(warm: Warm) -> None:
    for answer in graded(warm, "ticket_spend", ["calls = 77\nworst_usd_per_day = 5"]).answers.values():
        assert "180000" not in answer["message"].replace(",", "")


def test_a_fault_of_the_grader_is_graded_again_and_never_a_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    with Warm(timeout=3.0) as warm:
        assert warm.process is not None
        warm.process.kill()
        warm.process.wait()
        verdict = graded(warm, "ticket_spend", ["calls = 15"])
        assert verdict.status == "regrade"
        assert graded(warm, "ticket_spend", ["calls = 15"]).points == 1


def test_the_private_copy_knows_no_answers(tmp_path: Path) -> None:
    private = warm_module.make_private(tmp_path / "private")
    texts = [path.read_text(encoding="utf-8") for path in private.rglob("*.py")]
    assert texts
    for text in texts:
        assert "Misconception(" not in text
        assert "180,000" not in text


def test_a_full_scratch_folder_ends_a_submission_before_its_time(warm: Warm) -> None:
    verdict = graded(warm, "ticket_spend", [HOSTILE["filling the disk with small files"]])
    assert verdict.status == "crashed"
    assert "more files" in verdict.notes[-1]


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
