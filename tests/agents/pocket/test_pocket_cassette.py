"""A cassette gives back what was recorded, asks for nothing it has, and survives a run that was stopped."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_agents import pocket

CALLS = [pocket.Call(pocket.write_sum(s), id=str(i)) for i, s in enumerate(pocket.draw_sums(20, 3))]


class Counting:
    """A model that counts what it is asked; every third call fails, if it is told so."""

    name = "counting"

    def __init__(self, failing: bool = False) -> None:
        self.asked: list[pocket.Call] = []
        self.failing = failing

    def complete(self, calls: Sequence[pocket.Call]) -> list[pocket.Reply]:
        replies = []
        for call in calls:
            self.asked.append(call)
            bad = self.failing and len(self.asked) % 3 == 0
            failure = pocket.Failure("server", "no", True) if bad else None
            text = f"reply {len(self.asked)}"
            replies.append(pocket.Reply(text, self.name, 5, 0, 2, 0.25, 1.0, 0.1, (-0.5, -0.25), failure=failure))
        return replies

    async def acomplete(self, calls: Sequence[pocket.Call]) -> list[pocket.Reply]:
        return self.complete(calls)

    def worst_case(self, call: pocket.Call) -> pocket.Bill:
        return pocket.Bill(1.0, 2.0)


def test_a_recorded_reply_comes_back_whole_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first = pocket.Cassette(pocket.small(), path)
    replies = first.complete(CALLS)
    assert first.spent_usd == pytest.approx(sum(reply.usd for reply in replies))
    for mode in ("auto", "replay"):
        again = pocket.Cassette(pocket.small(), path, mode=mode)
        assert again.complete(CALLS[::-1]) == replies[::-1]
        assert asyncio.run(again.acomplete(CALLS)) == replies
        assert again.spent_usd == 0


def test_only_what_is_missing_is_asked_and_each_call_once(tmp_path: Path) -> None:
    model = Counting()
    cassette = pocket.Cassette(model, tmp_path / "a.jsonl")
    cassette.complete(CALLS[:3])
    replies = cassette.complete([CALLS[1], CALLS[5], CALLS[5], CALLS[0]])
    assert model.asked == [*CALLS[:3], CALLS[5]]
    assert [reply.text for reply in replies] == ["reply 2", "reply 4", "reply 4", "reply 1"]
    assert cassette.spent_usd == 1.0


def test_every_field_of_a_call_tells_it_from_others(tmp_path: Path) -> None:
    model = Counting()
    cassette = pocket.Cassette(model, tmp_path / "a.jsonl")
    changes = ({}, {"prefix": "a"}, {"id": "b"}, {"seed": 1}, {"temperature": 0.5}, {"max_tokens": 2}, {"prompt": "2="})
    cassette.complete([pocket.Call(**{"prompt": "1=", **change}) for change in changes])
    assert len(model.asked) == len(changes)


def test_recording_anew_asks_again_and_the_newest_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:2])
    model = Counting()
    anew = pocket.Cassette(model, path, mode="record")
    anew.complete([CALLS[1], CALLS[0]])
    anew.complete([CALLS[1]])
    assert model.asked == [CALLS[1], CALLS[0]]
    texts = [reply.text for reply in pocket.Cassette(Counting(), path, mode="replay").complete(CALLS[:2])]
    assert texts == ["reply 2", "reply 1"]


def test_a_failed_call_is_given_but_not_recorded(tmp_path: Path) -> None:
    path, model = tmp_path / "a.jsonl", Counting(failing=True)
    replies = pocket.Cassette(model, path).complete(CALLS[:3])
    assert [reply.ok for reply in replies] == [True, True, False]
    later = pocket.Cassette(model, path)
    assert later.complete(CALLS[:3])[2].ok
    assert model.asked == [*CALLS[:3], CALLS[2]]


def test_replaying_refuses_what_was_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:1])
    model = Counting()
    with pytest.raises(ValueError, match=r"calls must be recorded in 'a\.jsonl', got Call\(prompt="):
        pocket.Cassette(model, path, mode="replay").complete(CALLS[:2])
    assert model.asked == []
    with pytest.raises(ValueError, match="there is no file 'b"):
        pocket.Cassette(model, tmp_path / "b.jsonl", mode="replay")
    with pytest.raises(ValueError, match=r"mode must be one of \('auto', 'record', 'replay'\), got 'play'"):
        pocket.Cassette(model, path, mode="play")  # type: ignore[arg-type]


def test_two_models_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    ours = pocket.Cassette(pocket.small(), path).complete(CALLS)
    theirs = pocket.Cassette(pocket.premium(), path).complete(CALLS)
    assert {reply.model for reply in ours} == {"small"}
    assert {reply.model for reply in theirs} == {"premium"}
    assert pocket.Cassette(pocket.small(), path, mode="replay").complete(CALLS) == ours
    assert pocket.Cassette(pocket.premium(), path, mode="replay").complete(CALLS) == theirs


@given(st.data())
def test_wherever_a_run_was_stopped_the_rest_is_kept(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:4])
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    kept = whole[: cut + 1].count(b"\n")  # a line is whole without its end, too
    model = Counting()
    replies = pocket.Cassette(model, path).complete(CALLS[:4])
    assert model.asked == CALLS[kept:4]
    assert pocket.Cassette(Counting(), path, mode="replay").complete(CALLS[:4]) == replies


@pytest.mark.parametrize("line", ["rubbish", "{}", '{"model": "counting", "call": {"prompt": ""}, "reply": {}}'])
def test_a_spoilt_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:1])
    path.write_text(path.read_text() + line + "\n" + path.read_text())
    with pytest.raises(ValueError, match=r"line 2 of 'a\.jsonl' cannot be read"):
        pocket.Cassette(Counting(), path)


@pytest.mark.parametrize("mode", ["auto", "record", "replay"])
@pytest.mark.parametrize(
    "content", [b"my only copy", b"one line\nand another", b"\xff\xfe\n", b"{}", b'{"model": 1}\n']
)
def test_somebody_elses_file_is_refused_and_not_touched(tmp_path: Path, content: bytes, mode: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"line 1 of 'a\.txt' cannot be read"):
        pocket.Cassette(Counting(), path, mode=mode)  # type: ignore[arg-type]
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        {"usd": None}, {"usd": float("nan")}, {"usd": -1}, {"sec": "1"}, {"tokens_out": float("inf")}, {"text": 7},
        {"log_probs": ["x"]}, {"finish": "error"}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_reply_edited_into_rubbish_is_refused(tmp_path: Path, change: dict) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:2])
    first, second = map(json.loads, path.read_text().splitlines())
    second["reply"].update(change)
    path.write_text(json.dumps(first) + "\n" + json.dumps(second) + "\n")
    with pytest.raises(ValueError, match="line 2 of"):
        pocket.Cassette(Counting(), path, mode="replay")


def test_a_file_that_cannot_be_written_is_known_before_a_call_is_paid(tmp_path: Path) -> None:
    pocket.Cassette(Counting(), tmp_path / "new" / "folder" / "a.jsonl").complete(CALLS[:1])
    assert (tmp_path / "new" / "folder" / "a.jsonl").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        pocket.Cassette(Counting(), tmp_path / "file" / "a.jsonl")


def test_calls_with_numpys_numbers_are_recorded(tmp_path: Path) -> None:
    call = pocket.Call("1=", seed=np.int64(3), max_tokens=np.uint8(4), temperature=np.float32(0.5))  # type: ignore[arg-type]
    assert call == pocket.Call("1=", seed=3, max_tokens=4, temperature=0.5)
    recorded = pocket.Cassette(pocket.small(), tmp_path / "a.jsonl").complete([call])
    assert pocket.Cassette(pocket.small(), tmp_path / "a.jsonl", mode="replay").complete([call]) == recorded


@pytest.mark.parametrize("mode", ["auto", "record"])
def test_two_who_ask_at_once_get_one_reply_the_one_that_is_replayed(tmp_path: Path, mode: str) -> None:
    class Meeting(Counting):
        def complete(self, calls: Sequence[pocket.Call]) -> list[pocket.Reply]:
            both_ask.wait()
            with one_by_one:
                return super().complete(calls)

    both_ask, one_by_one = threading.Barrier(2), threading.Lock()
    cassette, found = pocket.Cassette(Meeting(), tmp_path / "a.jsonl", mode=mode), []  # type: ignore[arg-type,var-annotated]
    threads = [threading.Thread(target=lambda: found.extend(cassette.complete(CALLS[:1]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cassette.spent_usd == 0.5  # both were paid
    assert found == pocket.Cassette(Counting(), tmp_path / "a.jsonl", mode="replay").complete(CALLS[:1]) * 2


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    path, calls = tmp_path / "a.jsonl", [pocket.Call("1=", id=str(i), prefix="x" * 3000) for i in range(160)]
    recorders = [pocket.Cassette(Counting(), path) for _ in range(2)]
    slices = [calls[i : i + 20] for i in range(0, 160, 20)]
    threads = [threading.Thread(target=recorders[i % 2].complete, args=(some,)) for i, some in enumerate(slices)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pocket.Cassette(Counting(), path, mode="replay").complete(calls)) == 160


def test_each_line_is_one_record_in_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete([pocket.Call("é", id="a\u2028b")])
    (record,) = [json.loads(line) for line in path.read_text(encoding="ascii").split("\n")[:-1]]
    assert record["call"]["id"] == "a\u2028b"
    assert set(record) == {"model", "call", "reply"}


def test_the_worst_case_is_the_models_own(tmp_path: Path) -> None:
    assert pocket.Cassette(Counting(), tmp_path / "a.jsonl").worst_case(CALLS[0]) == pocket.Bill(1.0, 2.0)


@pytest.mark.parametrize("mode", ["auto", "record", "replay"])
def test_a_line_that_another_process_is_writing_is_not_cut(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:3])
    whole = path.read_bytes()
    half = len(whole) - 40
    path.write_bytes(whole[:half])
    pocket.Cassette(Counting(), path, mode=mode)  # type: ignore[arg-type]
    with path.open("ab") as file:
        file.write(whole[half:])
    assert path.read_bytes() == whole


def test_two_cassettes_that_record_in_turns_keep_every_reply(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first, second = pocket.Cassette(Counting(), path), pocket.Cassette(Counting(), path)
    for n in range(0, 20, 2):
        first.complete(CALLS[n : n + 1])
        second.complete(CALLS[n + 1 : n + 2])
    assert len(pocket.Cassette(Counting(), path, mode="replay").complete(CALLS)) == 20


def test_a_last_line_without_its_end_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    replies = pocket.Cassette(Counting(), path).complete(CALLS[:2])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().rstrip(b"\n"))
    model = Counting()
    cassette = pocket.Cassette(model, path)
    assert cassette.complete(CALLS[:2]) == replies
    assert model.asked == []
    cassette.complete(CALLS[2:3])
    assert len(pocket.Cassette(Counting(), path, mode="replay").complete(CALLS[:3])) == 3


def test_a_cassette_that_knows_no_reasoning_and_no_writes_is_played(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    replies = pocket.Cassette(Counting(), path).complete(CALLS[:1])
    record = json.loads(path.read_text())
    for name in ("tokens_written", "tokens_reasoning"):
        assert record["reply"].pop(name) == 0
    path.write_text(json.dumps(record) + "\n")
    assert pocket.Cassette(Counting(), path, mode="replay").complete(CALLS[:1]) == replies


@pytest.mark.parametrize(
    "change",
    [
        {"tokens_in": 1.5}, {"tokens_out": True}, {"tokens_cached": 6}, {"tokens_in": -1}, {"tokens_written": 6},
        {"tokens_reasoning": 6}, {"tokens_reasoning": -1},
    ],
)  # fmt: skip
def test_tokens_edited_into_rubbish_are_refused(tmp_path: Path, change: dict) -> None:
    path = tmp_path / "a.jsonl"
    pocket.Cassette(Counting(), path).complete(CALLS[:1])
    record = json.loads(path.read_text())
    record["reply"].update(change)
    path.write_text(json.dumps(record) + "\n")
    with pytest.raises(ValueError, match="line 1 of"):
        pocket.Cassette(Counting(), path, mode="replay")


def record_some(path: str, which: int) -> None:
    """What another process records, one reply at a time."""
    cassette = pocket.Cassette(Counting(), path)
    for call in CALLS[which::4]:
        cassette.complete([call])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no lock of files there")
def test_processes_that_record_one_file_lose_no_reply(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(record_some, [(str(path), which) for which in range(4)])
    assert path.read_bytes().count(b"\n") == 20
    assert len(pocket.Cassette(Counting(), path, mode="replay").complete(CALLS)) == 20
