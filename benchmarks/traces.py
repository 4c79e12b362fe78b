"""Reading many spans: processor seconds and memory, beside an expert's best: to decode the same lines, and no more.

`python benchmarks/traces.py` reads a file of 100,000 spans of 868 bytes, `... 1000000` another, `... 10000000 --stream`
a generator, and `... --large` both. A trace is a workflow of two agents, each with a call and a tool below it, as
OTLP-JSON with one span a line, and prompts in the attributes that nothing may keep. The sums are known and compared.

Promised: a million spans in 30 s on a machine on which json.loads takes 10 s for them, elsewhere in proportion, and
512 MiB whatever their number. Exit status 1 where that is missed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from measure import in_pairs, least, row
from memory import in_words, peak_gib

from labkit.prices import PriceCard
from labkit_traces import Reading, read
from labkit_traces.parsing.documents import decode

SPANS_A_TRACE = 7
PROMISED_TIMES, PROMISED_GIB = 4, 0.5
BYTES = 868
BEGIN = 1_795_970_000_000_000_000
CARD = {"premium": PriceCard.per_million(10, 1, 40)}
USD_A_CALL = 600 * 10e-6 + 400 * 1e-6 + 500 * 40e-6
HEAD = '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bench"}}]},'
HEAD += '"scopeSpans":[{"scope":{"name":"bench"},"spans":['
# Span and parent: workflow, agent, call, tool, agent, call, tool.
SHAPE = (
    (1, 0),
    (2, 1),
    (3, 2),
    (4, 3),
    (5, 1),
    (6, 5),
    (7, 6),
)
CALLS = (3, 6)


def main() -> int:
    """Read, compare and print; 1 if a promise is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spans", type=int, nargs="?", default=100_000)
    parser.add_argument("--stream", action="store_true", help="from a generator, with no file")
    parser.add_argument("--large", action="store_true", help="a million from a file, ten million from a generator")
    arguments = parser.parse_args()
    if arguments.large:
        return 0 if from_file(1_000_000, 1) and from_generator(10_000_000) else 1
    kept = from_generator(arguments.spans) if arguments.stream else from_file(arguments.spans, 3)
    return 0 if kept else 1


def from_file(spans: int, rounds: int) -> bool:
    """Read a file; is what was promised kept?"""
    traces = spans // SPANS_A_TRACE
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spans.jsonl"
        with open(file, "wb") as out:
            out.writelines(lines(traces))
        pair = in_pairs(lambda: read(file, cards=CARD, progress=None), lambda: decode_all(file, decode), rounds)
        plain = least(lambda: decode_all(file, json.loads), rounds)
        limit = least(lambda: decode_all(file, len), rounds)
        check(pair.our_result, traces)
        size = file.stat().st_size / 1e6
    note = f"{size:,.0f} MB; the expert decodes alone, the limit is the file's lines"
    row(f"traces: {spans:,} spans", pair.ours, pair.theirs, limit, "s", note)
    return is_kept(pair.ours, plain)


def from_generator(spans: int) -> bool:
    """Read lines that are made meanwhile; is what was promised kept?"""
    traces = spans // SPANS_A_TRACE
    few = list(lines(min(traces, 2_000)))
    share = traces * SPANS_A_TRACE / len(few)
    making = share * least(lambda: sum(map(len, lines(len(few) // SPANS_A_TRACE))), 3)
    best = share * least(lambda: [decode(each) and None for each in few], 3)
    plain = share * least(lambda: [json.loads(each) and None for each in few], 3)
    began = time.process_time()
    reading = read(lines(traces), cards=CARD, progress=None)
    ours = time.process_time() - began - making
    check(reading, traces)
    row(f"traces: {spans:,} spans, streamed", ours, best, None, "s", "the expert decodes some of the lines")
    return is_kept(ours, plain)


def decode_all(file: Path, tool: Callable[[bytes], Any]) -> None:
    """Do so with each line of a file."""
    with open(file, "rb") as stream:
        for each in stream:
            tool(each)


def check(reading: Reading, traces: int) -> None:
    """The sums must be right."""
    assert reading.all.calls == 2 * traces, reading.all
    assert abs(reading.money.priced_usd - 2 * traces * USD_A_CALL) < 1e-9 * traces, reading.money


def is_kept(ours: float, plain: float) -> bool:
    """Say what was promised, and whether it is kept."""
    gib = peak_gib()
    print(
        f"traces   promised: {PROMISED_TIMES} times json.loads ({plain:.1f} s), under {PROMISED_GIB:g} GiB; ",
        end="",
    )
    print(f"{ours / plain:.3g} times, {in_words(gib)} at most")
    return ours <= PROMISED_TIMES * plain and (gib is None or gib < PROMISED_GIB)


def lines(traces: int) -> Iterator[bytes]:
    """Spans, children before their parents as exporters send them; eight traces run at any time."""
    for first in range(0, traces, 8):
        for number, parent in reversed(SHAPE):
            for trace in range(first, min(first + 8, traces)):
                yield line(trace, number, parent)


def line(trace: int, number: int, parent: int) -> bytes:
    """One span."""
    begin = BEGIN + trace * 1_000_000_000 + number * 10_000_000
    values = (
        identify(trace, 0) + identify(trace, 15), identify(trace, number), identify(trace, parent) if parent else "",
        begin, begin + 900_000_000 // (1 + parent), f"c{trace}-{number}",
    )  # fmt: skip
    return (template(number) % values).encode()


@cache
def template(number: int) -> str:
    """A span's text, with places for its ids, its times and its reply's id; a prompt fills it up to its length."""
    attributes: dict[str, object] = {"gen_ai.operation.name": "invoke_agent"}
    if number in CALLS:
        attributes = {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "premium",
            "gen_ai.response.model": "premium", "server.port": 443, "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 500, "gen_ai.usage.cache_read.input_tokens": 400,
        }  # fmt: skip
    elif number in (4, 7):
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "add"}
    listed = [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]
    name = "agent" if number < 5 else "check"
    reply = "gen_ai.response.id" if number in CALLS else "some.id"
    text = (
        f'{HEAD}{{"traceId":"%s","spanId":"%s","parentSpanId":"%s","flags":256,"name":"{name}","kind":3,'
        f'"startTimeUnixNano":"%s","endTimeUnixNano":"%s","attributes":{json.dumps(listed)[:-1]},'
        f'{{"key":"{reply}","value":{{"stringValue":"%s"}}}},{{"key":"input.value","value":{{"stringValue":"PROMPT"}}}}'
        "]}]}]}]}\n"
    )
    return text.replace("PROMPT", "x" * (BYTES - len(text) - 155))


def identify(trace: int, number: int) -> str:
    """16 hex digits that look drawn, and never meet another's."""
    return f"{((trace * 16 + number + 1) * 0x9E3779B97F4A7C15) % 2**64:016x}"


if __name__ == "__main__":
    raise SystemExit(main())
