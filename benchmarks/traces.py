"""Reading many spans: processor seconds and memory.

`python benchmarks/traces.py 1000000` reads a file of 868 bytes a span, `... 10000000 --stream` a generator. A trace is
a workflow of two agents, each with a call and a tool below it, as OTLP-JSON with one span a line, and prompts in the
attributes that nothing may keep. The sums are known, and are compared.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from memory import in_words, peak_gib

from labkit.prices import PriceCard
from labkit_traces import Reading, read, say_progress

SPANS_A_TRACE = 7
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


def main() -> None:
    """Read, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spans", type=int)
    parser.add_argument("--stream", action="store_true", help="from a generator, with no file")
    arguments = parser.parse_args()
    traces = arguments.spans // SPANS_A_TRACE
    if arguments.stream:
        few = min(traces, 20_000)
        began = time.process_time()
        size = sum(map(len, lines(few))) * traces / few
        making = (time.process_time() - began) * traces / few
        began = time.process_time()
        reading = read(lines(traces), cards=CARD, progress=say_progress)
        report(reading, traces, time.process_time() - began - making, size)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "spans.jsonl"
        with open(file, "wb") as out:
            out.writelines(lines(traces))
        began = time.process_time()
        reading = read(file, cards=CARD, progress=None)
        report(reading, traces, time.process_time() - began, file.stat().st_size)


def report(reading: Reading, traces: int, sec: float, size: float) -> None:
    """One line; the sums must be right."""
    assert reading.all.calls == 2 * traces, reading.all
    assert abs(reading.money.priced_usd - 2 * traces * USD_A_CALL) < 1e-9 * traces, reading.money
    print(
        f"{reading.spans:,} spans, {size / 1e6:,.0f} MB: {sec:.1f} processor seconds, {in_words(peak_gib())} in all, "
        f"{len(reading.tasks):,} of {reading.tasks_in_all:,} tasks kept"
    )


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
    main()
