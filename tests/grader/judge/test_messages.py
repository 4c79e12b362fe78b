"""Reading what a child sends: nothing it sends can crash the judge, and only what was asked about is kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit_grader.judge.messages import MOST_BYTES, MOST_LINE, MOST_MESSAGES, Inbox, parsed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def inbox(*lines: bytes) -> Inbox:
    box = Inbox({"a.b"})
    for line in lines:
        box.take(line)
    return box


@settings(max_examples=2 * settings.default.max_examples)
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_crash_the_reader(pieces: list[bytes]) -> None:
    box = inbox(*pieces)
    assert set(box.answers) <= {"a.b"}


@settings(max_examples=2 * settings.default.max_examples)
@given(JSON, st.sampled_from(["question", "value", "cell", "error", "wall", "done"]))
def test_no_document_crashes_the_reader(value: object, name: str) -> None:
    line = json.dumps({name: value, "question": "a.b", "value": value}).encode() + b"\n"
    kept = inbox(line).answers.get("a.b")
    assert kept is None or json.dumps(kept, allow_nan=False)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_messages_may_arrive_in_any_pieces(cuts: list[int]) -> None:
    data = b'{"question": "a.b", "value": 15}\n{"done": true}\n'
    pieces, place = [], 0
    for cut in cuts:
        pieces.append(data[place : place + cut])
        place += cut
    box = inbox(*pieces, data[place:])
    assert (box.answers, box.done) == ({"a.b": 15}, True)


@pytest.mark.parametrize(
    "line",
    [b"NaN", b"Infinity", b'{"question": "a.b", "value": NaN}', b'{"question": "a.b", "value": 1e999}', b"[" * 5000,
     b'{"question": "a.b", "value": [[[[[1]]]]]}', b'{"question": ["a.b"], "value": 1}', b"\xff\xfe", b"1" * 30,
     b'{"question": "a.b", "value": ' + b"1" * 25 + b"}", b'{"question": "x.y", "value": 1}'],
)  # fmt: skip
def test_what_makes_no_sense_is_dropped(line: bytes) -> None:
    assert inbox(line + b"\n").answers == {}


def test_too_much_is_not_read() -> None:
    assert inbox(b"x" * (MOST_LINE + 1)).full
    assert inbox(b"{}\n" * (MOST_MESSAGES + 1)).full
    assert inbox(*[b"{}" + b" " * 1000 + b"\n"] * (MOST_BYTES // 1000)).full


def test_the_last_answer_counts() -> None:
    lines = [json.dumps({"question": "a.b", "value": v}).encode() + b"\n" for v in (1, [2, 3])]
    assert inbox(*lines).answers == {"a.b": [2, 3]}


def test_parsed_keeps_plain_values() -> None:
    assert parsed(b'{"question": "a.b", "value": [1, 2.5, null, "x", true]}') == {
        "question": "a.b", "value": [1, 2.5, None, "x", True],
    }  # fmt: skip


def test_once_the_cells_are_done_only_functions_are_heard() -> None:
    box = Inbox({"a.b", "a.f"}, {"a.f"})
    box.take(b'{"question": "a.b", "value": 15}\n{"done": true}\n{"question": "a.b", "value": [3, 4]}\n')
    box.take(b'{"cell": 1, "error": "the inputs are 3, 4"}\n{"question": "a.f", "value": [1, 2]}\n')
    assert (box.answers, box.values, box.errors, box.dropped) == ({"a.b": 15}, {"a.f": [1, 2]}, [], 2)
