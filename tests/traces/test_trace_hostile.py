"""Whatever a file holds, there is a reading: what cannot be read is counted, and said where, never what."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import processor_time
import pytest
from recorded import CARDS, SAMPLES, as_line, call, span, sums

import labkit_traces.counting.sums
from labkit_traces import read
from labkit_traces.parsing import documents
from labkit_traces.parsing.formats import NOT_A_SPAN

GOOD = as_line(call(1)).encode()
DEEP = 200_000
BAD = {
    "no JSON": b"hello, world",
    "a cut line": GOOD[:-40],
    "a cut line of an array": b"[" + GOOD[:-40],
    "binary": bytes(range(256)) * 40,
    "no UTF-8": b'{"a": "\xff\xfe"}x',
    "deep lists": b"[" * DEEP,
    "deep lists that end": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a number of a million digits": b'{"a": ' + b"9" * 1_000_000 + b"}x",
    "half a string": b'{"a": "' + b"x" * 1000,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_malformed_line_is_counted_and_the_others_count(bad: bytes, before: bool, tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    file.write_bytes(b"\n".join([bad, GOOD, b""] if before else [GOOD, bad, b""]))
    reading = read(file, cards=CARDS, progress=None)
    assert reading.all.calls == 1
    assert reading.malformed + reading.unknown >= 1
    assert len(str(reading)) < 3000, "nothing of it is quoted"


ODD: list[Any] = [None, 7, "x", [], {}, [[]], True]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("key", ["resourceSpans", "scopeSpans", "spans", "attributes", "traceId", "status", "name"])
def test_any_value_may_stand_anywhere(key: str, odd: Any) -> None:
    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(each) for each in value]
        return {k: odd if k == key else put(v) for k, v in value.items()} if isinstance(value, dict) else value

    reading = sums([put(call(1)), call(2, None, 2)])
    assert reading.all.calls in (1, 2)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*l")), ids=lambda path: path.name)
@pytest.mark.parametrize("odd", [None, 7, "x", [[]], {"a": []}, -1, 1e308], ids=repr)
def test_any_leaf_of_any_sample_may_be_anything(path: Path, odd: Any) -> None:
    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(each) for each in value]
        return {k: put(v) for k, v in value.items()} if isinstance(value, dict) else odd

    lines = path.read_text(encoding="utf-8").splitlines()
    reading = sums([*(put(json.loads(line)) for line in lines), *lines, call(1)])
    known = sums([*lines, call(1)])
    assert reading.all.calls + reading.all.hits >= known.all.calls + known.all.hits
    assert reading.all.tokens.out >= known.all.tokens.out
    assert reading.spans >= known.spans


def test_what_is_no_number_in_json_is_read_where_it_does_not_matter() -> None:
    line = (
        as_line(call(1)).replace('"status"', '"other"')[:-1] + ', "loss": NaN, "far": 1e999, "long": ' + "9" * 400 + "}"
    )
    assert sums([line]).all.calls == 1


@pytest.mark.parametrize("attributes", [[7], [None], [{"value": {}}], [["key"]]])
def test_a_span_that_is_none_is_counted(attributes: Any) -> None:
    line = call(1)
    line["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = attributes
    reading = sums([line, call(2)])
    assert (reading.all.calls, reading.noted[NOT_A_SPAN]) == (1, 1)


@pytest.mark.parametrize("attributes", [[7], [None], [{"value": {}}], [["key"]], {"key": []}, "x"])
def test_odd_attributes_around_a_span_do_not_keep_it_from_being_read(attributes: Any) -> None:
    line = call(1, session__id="a")
    line["resourceSpans"][0]["resource"] = {"attributes": attributes}
    assert sums([line], "session.id").all.calls == 1


def test_a_span_is_of_its_file_whenever_its_trace_is_summed() -> None:
    path = next(SAMPLES.glob("langfuse_crewai*"))
    whole, little = (read(path, cards=CARDS, progress=None, most_open=most) for most in (100, 1))
    assert whole.sources[0].formats == little.sources[0].formats


def test_an_attribute_of_ten_megabytes_is_read_over(tmp_path: Path) -> None:
    file = tmp_path / "big.jsonl"
    file.write_text(as_line(call(1, input__value="x" * 10_000_000)) + "\n", encoding="utf-8")
    assert read(file, cards=CARDS, progress=None).all.calls == 1


def test_a_document_that_is_too_long_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LONGEST", 5000)
    file = tmp_path / "spans.jsonl"
    long, pretty = (
        as_line(call(1, input__value="x" * 9000)),
        json.dumps(call(3, **{f"input__{n}": n for n in range(200)}), indent=1),
    )
    file.write_text("\n".join([long, as_line(call(2)), pretty, as_line(call(4))]), encoding="utf-8")
    reading = read(file, cards=CARDS, progress=None)
    assert (reading.all.calls, reading.malformed) == (2, 2)


@pytest.mark.parametrize("cut", [12, 60, 100])
def test_a_gzip_file_that_is_cut_gives_what_it_has(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl.gz"
    packed = gzip.compress(b"\n".join(as_line(call(n, None, n, start=n)).encode() for n in range(1, 400)))
    file.write_bytes(packed[: len(packed) * cut // 120])
    reading = read(file, cards=CARDS, progress=None)
    assert reading.malformed >= 1
    assert "cut or damaged" in str(reading)


@pytest.mark.parametrize("indent", [1, 4, "\t"])
def test_json_over_many_lines_is_read_and_a_cut_one_takes_no_other_with_it(indent: Any, tmp_path: Path) -> None:
    texts = [json.dumps(call(n, None, n), indent=indent) for n in (1, 2, 3)]
    cut = texts[1][: len(texts[1]) // 2].rpartition("\n")[0]
    array = "[\n" + ",\n".join(texts) + "\n]\n"
    nested = json.dumps([call(n, None, n) for n in (1, 2, 3)], indent=indent)
    for text, calls, bad in (
        ("\n".join(texts), 3, 0), ("\n".join([texts[0], cut, texts[2]]), 2, 1), (array, 3, 0), (nested, 3, 0),
        (json.dumps([call(1), call(2)]), 2, 0), ("\ufeff" + texts[0], 1, 0),
    ):  # fmt: skip
        file = tmp_path / "spans.json"
        file.write_text(text, encoding="utf-8")
        reading = read(file, cards=CARDS, progress=None)
        assert (reading.all.calls, reading.malformed) == (calls, bad)


def test_rows_of_a_table_that_do_not_fit_its_head_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(
        'Task,Model,tokens_in,tokens_out\na,premium,1000,500\na,premium\n\na,"pre,mium",1,1\n', encoding="utf-8"
    )
    reading = read(file, cards=CARDS, progress=None)
    assert (reading.all.calls, reading.malformed) == (2, 1)
    assert "2 values under 4 names" in str(reading)


@pytest.mark.parametrize(
    ("row", "rows", "places"),
    [
        (b'a,"plan" ,m,1', 3, []),
        (b'a,"plan" ,m,"%s"' % (b"x" * 200_000), 3, []),
        (b'a,"plan" \rb,m,1', 2, ["line 3 (0 bytes): no row of a table; read on after line 3"]),
        (b'a,plan,m,"1', 1, ["line 3 (0 bytes): a quotation mark that is not closed; read on after line 4"]),
    ],
    ids=["a blank after it", "and a long field", "and half a line's end", "never closed"],
)
def test_a_quotation_mark_takes_nothing_with_it_unsaid(row: bytes, rows: int, places: list[str]) -> None:
    table = [b"task,step,model,tokens_in", b"a,plan,m,1", row, b"b,act,m,1"]
    reading = read([line + b"\n" for line in table], progress=None)
    assert reading.all.calls == rows
    assert list(reading.sources[0].places) == places


def test_a_long_field_is_read_and_other_readers_of_tables_keep_their_limit(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(f"task,model,tokens_in,tokens_out\n{'a' * 200_000},premium,1000,500\n", encoding="utf-8")
    before = csv.field_size_limit()
    assert read(file, cards=CARDS, progress=None).all.calls == 1
    assert csv.field_size_limit() == before


def observation(name: str, kind: str, parent: str | None = None) -> dict[str, Any]:
    moments = {"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-01T00:00:01Z"}
    named = {"id": name, "traceId": "t1", "type": kind, "parentObservationId": parent, "model": "premium"}
    return {**named, **moments, "usageDetails": {"input": 10, "output": 5} if kind == "GENERATION" else {}}


def score(number: int) -> dict[str, Any]:
    said = {"name": "correctness", "dataType": "BOOLEAN", "value": 1}
    return {"id": f"s{number}", "traceId": "t1", "observationId": "o1", **said}


@pytest.mark.parametrize(
    "make",
    [
        lambda n: [call(k, k - 1 if k else None, start=k / 1e4) for k in range(n)],
        lambda n: [span(k, (k + 1) % n) for k in range(n)],
        lambda n: [span(k, k ^ 1) for k in range(n)],
        lambda n: [call(k, None, k + 1, scope=f"s{k % 2}", start=0, sec=1 + k / n) for k in range(n)],
        lambda n: [call(k, None, k + 1, gen_ai__response__id="c1", start=2 * k) for k in range(n)],
        lambda n: [call(1) for _ in range(n)],
        lambda n: [call(k, None, k + 1, scope=f"s{k}", start=k / n, sec=1) for k in range(n)],
        lambda n: [call(k, None, k + 1, scope=f"s{k % 2}", start=(k % 2) * n - k / n, sec=5 * n) for k in range(n)],
        lambda n: [observation("o1", "GENERATION"), *(score(k) for k in range(n))],
        lambda n: [observation("o1", "AGENT"), observation("o2", "GENERATION", "o1"), *(score(k) for k in range(n))],
    ],
    ids=[
        "a deep chain",
        "one ring",
        "many rings",
        "many at once",
        "one reply",
        "one span",
        "many scopes",
        "outers first",
        "scores on a call",
        "scores on a node",
    ],
)
def test_no_shape_takes_more_than_its_length(make: Any) -> None:
    small, large = [as_line(each) for each in make(1500)], [as_line(each) for each in make(6000)]
    sums(small[:100])
    few = min(processor_time.seconds(lambda: sums(small)) for _ in range(3))
    many = min(processor_time.seconds(lambda: sums(large)) for _ in range(2))
    assert many / few < 9


def test_names_that_are_drawn_anew_for_every_span_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labkit_traces.counting.sums, "MOST_NAMES", 5)
    rows = [{"task": n, "step": f"step {n}", "model": f"m{n}", "tokens_in": 1, "start": n} for n in range(1, 30)]
    reading = sums(rows)
    for table in (reading.by_step, reading.by_model):
        assert len(table) == 6
        assert sum(row.calls for row in table.values()) == 29
        assert table["(further names)"].calls == 24


def test_a_document_that_never_ends_is_given_up_after_a_few_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line that may end it reads all of it again."""
    tried: list[int] = []
    real = documents.decode

    def decode(text: bytes) -> object:
        tried.append(len(text))
        return real(text)

    monkeypatch.setattr(documents, "decode", decode)
    whole = '{"task": "a", "model": "m", "tokens_in": 1, "tokens_out": 1}'
    found = read(['{"a" 1', *["}"] * 1000, whole], progress=None)
    assert (found.all.calls, sum(source.malformed for source in found.sources)) == (1, 1)
    assert sum(tried) < 2000
