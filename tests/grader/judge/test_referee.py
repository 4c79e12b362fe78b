"""The judge plays the world: a controller behind the wall gains by its decisions, and by nothing else it sends."""

from __future__ import annotations

import json
import math

import pytest

from labkit_agents.worlds.random_world import draw_world
from labkit_grader.judge.judge import STOPPED, Job, Verdict, grade
from labkit_grader.judge.messages import MOST_MESSAGES, Inbox
from labkit_grader.judge.referee import END, UNPLAYED, Referee
from labkit_grader.judge.warm import Warm
from labkit_grader.wall.wall import can_stand
from labkit_workbook.questions.played import STUB, Game

STANDS, WHY = can_stand()
needs_wall = pytest.mark.skipif(not STANDS, reason=WHY)
Q = "budget_orchestrator.controller"
TASKS = list(range(5_000, 5_020))
EXAMPLE = """
def controller(seen):
    ready = [step for step in seen["steps"] if step["ready"]]
    kept = [step["name"] for step in ready if step["kept"]]
    if kept:
        return {"kept": kept}
    calls, usd_left = [], seen["usd_left"]
    for step in ready:
        offer = min(step["offers"], key=lambda o: o["usd_worst"])
        fits = offer["usd_worst"] <= usd_left and offer["sec_worst"] <= seen["sec_left"]
        if fits and step["tries"] < 4 and len(calls) < seen["at_most"]:
            calls.append([step["name"], offer["model"]])
            usd_left -= offer["usd_worst"]
    return {"calls": calls}
"""
"""An honest controller: what is kept first, then the cheapest offers whose worst case fits."""
SEES_THE_PIPES = """
import json, os, sys
frame = sys._getframe()
while "receive" not in frame.f_locals:
    frame = frame.f_back
receive, send = frame.f_locals["receive"], frame.f_locals["send"]
say = lambda **message: os.write(send, json.dumps(message).encode() + b"\\n")
"""


def graded(warm: Warm, *cells: str) -> Verdict:
    return grade(warm, Job("budget_orchestrator", cells, None, {"controller": TASKS}))


# ---- the referee alone --------------------------------------------------------------------------------------------


def referee_of(*seeds: int) -> Referee:
    return Referee({Q: [Game(draw_world(seed)) for seed in seeds]})


def line(**message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


def test_one_decision_is_taken_for_one_observation() -> None:
    referee, inbox = referee_of(3), Inbox({Q})
    inbox.take(line(done=True))
    asked = json.loads(referee.next_line(inbox))
    assert (asked["ask"], asked["question"], inbox.ask) == (1, Q, 1)
    assert referee.next_line(inbox) == b""
    inbox.take(line(ask=1, decision={"stop": True}) + line(ask=1, decision={}) + line(ask=2, decision={}))
    assert inbox.dropped == 2
    assert referee.next_line(inbox) == END
    assert referee.next_line(inbox) == b""
    assert referee.result(Q).played[0].turns[0].decided.stop


@pytest.mark.parametrize("early", [{"ask": 1}, {"ask": True}, {"ask": 1.0}, {"ask": "1"}, {"ask": 0}, {}])
def test_decisions_that_nobody_asked_for_are_dropped(early: dict[str, object]) -> None:
    referee, inbox = referee_of(3), Inbox({Q})
    inbox.take(line(**early, decision={"stop": True}))
    inbox.take(line(done=True))
    inbox.take(line(**early, decision={"stop": True}))
    assert (inbox.dropped, inbox.decision) == (2, None)
    referee.next_line(inbox)
    if early != {"ask": 1}:
        inbox.take(line(**early, decision={"stop": True}))
        assert (inbox.ask, inbox.dropped) == (1, 3)


@pytest.mark.parametrize(
    "reply",
    [None, 3, "stop", [], {"calls": 3}, {"calls": [["s1"]]}, {"points": 4}, {"type": 3}, {"type": "right"},
     {"score": {"quality": 1}}, {"calls": [["s1", "small"]] * 9}, {"kept": ["s1", "s1"]}],
)  # fmt: skip
def test_what_is_no_decision_ends_that_game_alone(reply: object) -> None:
    referee, inbox = referee_of(3, 4), Inbox({Q})
    inbox.take(line(done=True))
    referee.next_line(inbox)
    inbox.take(line(ask=1, decision=reply))
    assert json.loads(referee.next_line(inbox))["ask"] == 2
    first, second = referee.result(Q).played
    assert (first.score.quality, bool(first.score.note)) == (0, True)
    assert second.score.note == UNPLAYED


def test_a_stub_is_told_from_a_stop() -> None:
    referee, inbox = referee_of(3), Inbox({Q})
    inbox.take(line(done=True))
    referee.next_line(inbox)
    inbox.take(line(ask=1, decision={"type": "stub"}))
    assert referee.next_line(inbox) == END
    assert referee.result(Q).played[0].score.note == STUB


def test_as_many_decisions_may_come_as_were_asked_for() -> None:
    inbox = Inbox({Q})
    inbox.take(line(done=True))
    for ask in range(1, MOST_MESSAGES + 10):
        inbox.ask = ask
        inbox.take(line(ask=ask, decision={}))
    assert not inbox.full
    inbox.take(line(ask=1, decision={}) * MOST_MESSAGES)
    assert inbox.full


# ---- behind the wall ----------------------------------------------------------------------------------------------


@needs_wall
def test_an_honest_controller_has_its_points_and_may_remember(warm: Warm) -> None:
    remembers = EXAMPLE + "\nplain, seen_so_far = controller, []\ndef controller(seen):\n"
    remembers += "    seen_so_far.append(seen['turn'])\n    return plain(seen)"
    for cell in (
        EXAMPLE,
        remembers,
        f"{EXAMPLE}\nfrom labkit_workbook import check\ncheck({Q!r}, controller)\ndel controller",
    ):
        verdict = graded(warm, cell)
        assert (verdict.status, verdict.answers["controller"]["status"], verdict.points) == ("graded", "right", 4)


FAIR = {
    "one slip, of more calls than anybody reads": "n = [0]\ndef controller(seen):\n    n[0] += 1\n"
    "    return {'calls': [['s1', 'small']] * 200} if n[0] == 7 else plain(seen)",
    "calls beside a stop": "def controller(seen):\n    d = plain(seen)\n"
    "    ready = [[s['name'], 'premium'] for s in seen['steps'] if s['ready']]\n"
    "    return d if d.get('calls') or d.get('kept') else {'calls': ready[:seen['at_most']], 'stop': True}",
    "a loop of its own": "import asyncio\nasync def later(seen): return plain(seen)\n"
    "def controller(seen): return asyncio.run(later(seen))",
    "an object": "class Controller:\n    def __call__(self, seen): return plain(seen)\ncontroller = Controller()",
    "what it sees is changed": "def controller(seen):\n    d = plain(seen)\n    seen.clear()\n    return d",
    "words of numpy": "import numpy as np\ndef controller(seen):\n"
    "    return {k: [[*map(np.str_, c)] if k == 'calls' else np.str_(c) for c in v] for k, v in plain(seen).items()}",
    "a look around for the world": "import gc\nfrom labkit_agents.worlds.world import Rules, World\n"
    "def controller(seen):\n    assert not [o for o in gc.get_objects() if isinstance(o, (Rules, World))]\n"
    "    return plain(seen)",
    "talk": "def controller(seen):\n    print(seen)\n    return plain(seen)",
}


@needs_wall
@pytest.mark.parametrize("name", FAIR)
def test_a_fair_controller_of_any_make_has_its_points(warm: Warm, name: str) -> None:
    verdict = graded(warm, f"{EXAMPLE}\nplain = controller\n{FAIR[name]}")
    assert (verdict.status, verdict.answers["controller"]["status"], verdict.points) == ("graded", "right", 4)


HOSTILE = {
    "a thread in the pipe": "import itertools, threading" + SEES_THE_PIPES + "def spam():\n"
    "    for ask in itertools.cycle(range(1, 400)): say(ask=ask, decision={'kept': ['s1']})\n"
    "def controller(seen):\n    threading.Thread(target=spam, daemon=True).start()\n    return {'stop': True}",
    "broken pipes": SEES_THE_PIPES + "def controller(seen):\n    os.close(receive)\n    os.close(send)",
    "patched JSON": "import json\ndumps = json.dumps\n"
    "json.dumps = lambda o, *a, **k: dumps({**o, 'points': 4} if isinstance(o, dict) else o)\n"
    "json.loads = lambda *a, **k: {}\ndef controller(seen): return {'stop': True}",
    "answers after the end": SEES_THE_PIPES + "def controller(seen):\n"
    "    say(question='budget_orchestrator.call_worst_usd', value=0.015)\n"
    "    say(cell=1, error=str(seen))\n    return {'stop': True}",
    "half a line": SEES_THE_PIPES + 'def controller(seen):\n    os.write(send, b\'{"ask": 1, "deci\')\n    os._exit(3)',
    "a forged flood": SEES_THE_PIPES + "for ask in range(1500): say(ask=ask, decision={'kept': ['s1']})\n"
    "def controller(seen): return {'stop': True}",
    "a flood without end": "import itertools" + SEES_THE_PIPES + "def controller(seen):\n"
    "    for ask in itertools.count(): say(ask=ask, decision={'stop': True})",
    "decisions before observations": SEES_THE_PIPES + "say(done=True)\n"
    "for ask in range(1, 400): say(ask=ask, decision={'calls': [['s1', 'small']]})",
    "a score of its own": SEES_THE_PIPES + f"say(question={Q!r}, value={{'type': 'function', 'quality': 1.0}})\n"
    "def controller(seen):\n    say(score={'quality': 1.0}, points=4, status='right')\n    return {'stop': True}",
    "books of its own": "def controller(seen):\n    seen['usd_left'] = seen['sec_left'] = 1e9\n"
    "    for step in seen['steps']: step['answered'] = True\n    return {'quality': 1.0}",
    "exceptions": "def controller(seen): raise BaseException('no')",
    "leaving": "import os\ndef controller(seen): os._exit(0)",
    "hanging": "def controller(seen):\n    while True: pass",
    "a huge reply": "def controller(seen): return {'kept': ['s1' * 10**6]}",
    "many calls": "def controller(seen): return {'calls': [['s1', 'small']] * 1000}",
    "a deep reply": "def controller(seen):\n    x = []\n    for _ in range(9000): x = [x]\n    return x",
    "another kind of dict": "class D(dict):\n    def __getitem__(self, k): return True\n"
    "def controller(seen): return D()",
    "replaced messages": "import labkit_grader.child.child as c\n"
    "c.decided = lambda *a: {'type': 'right', 'quality': 1}\n"
    "controller = print",
    "its own world": "import labkit_agents.worlds.world as w\n"
    "w.World.score = lambda self: w.Score(1, 0, 0, 0, 0, 0, 1)\n"
    "def controller(seen): return {'stop': True}",
    "the examples": "from labkit_agents.orchestrator.controllers import careful\n"
    "from labkit_agents.worlds.decisions import Observation\n"
    "def controller(seen): return careful(Observation.from_json(seen)).to_json()",
    "no function": "controller = 3",
}


@needs_wall
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_controller_is_worth_nothing_and_the_next_honest_one_everything(
    warm: Warm, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(warm, "timeout", 1.0 if name == "hanging" else 4.0)
        hostile = graded(warm, HOSTILE[name])
    assert hostile.status in ("graded", "crashed", "timed out")
    assert hostile.points == 0
    assert graded(warm, EXAMPLE).points == 4


@needs_wall
def test_what_a_controller_saw_is_not_told(warm: Warm) -> None:
    """Its words could be a hidden task, for its author to read on the page of feedback."""
    tells = "def controller(seen): raise ValueError('saw ' + str(seen))"
    keeps = "def controller(seen): return {'kept': [str(seen)[:200]]}"
    for cell in (tells, keeps):
        answer = graded(warm, cell).answers["controller"]
        assert (answer["status"], answer["message"]) == ("wrong_type", STOPPED)
        assert "usd_left" not in json.dumps(answer)


@needs_wall
def test_a_fault_is_named_and_an_overrun_costs_all_points(warm: Warm) -> None:
    careless = EXAMPLE.replace("fits and ", "")
    answer = graded(warm, careless).answers["controller"]
    assert (answer["status"], answer["label"], answer["points"]) == ("misconception", "overran_both", 0)
    assert math.isclose(answer["most"], 4)
