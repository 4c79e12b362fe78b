"""The samples, their truth, and small spans to build others from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labkit.prices import PriceCard
from labkit_traces import Reading, read

SAMPLES = Path(__file__).with_name("samples")
CARDS = {"premium": PriceCard.per_million(10, 1, 40), "small": PriceCard.per_million(0.5, 0.05, 3)}
"""What the server that the samples were made against billed by."""
BEGIN = 1_795_970_000_000_000_000
SEC = 1_000_000_000


def sums(lines: Iterable[Any], task_key: str | None = None, **options: Any) -> Reading:
    """A reading of spans or of lines."""
    options = {"cards": CARDS, "progress": None} | options
    return read([as_line(line) for line in lines], task_key, **options)


def as_line(line: Any) -> Any:
    return line if isinstance(line, (str, bytes)) else json.dumps(line)


def wrap(value: Any) -> dict[str, Any]:
    kinds: dict[type, str] = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
    return {kinds.get(type(value), "intValue"): str(value) if type(value) is int else value}


def span(
    number: int, parent: int | None = None, trace: int = 1, *, start: float = 0.0, sec: float = 1.0, scope: str = "one",
    name: str = "span", status: Any = None, **attributes: Any,
) -> dict[str, Any]:  # fmt: skip
    """One span as OTLP-JSON has it; ``__`` in a keyword is a dot in the attribute's name."""
    record = {
        "traceId": f"{trace:032x}", "spanId": f"{number + 2**60:016x}", "name": name,
        "startTimeUnixNano": str(BEGIN + int(start * SEC)), "endTimeUnixNano": str(BEGIN + int((start + sec) * SEC)),
        "attributes": [{"key": key.replace("__", "."), "value": wrap(value)} for key, value in attributes.items()],
    }  # fmt: skip
    if parent is not None:
        record["parentSpanId"] = f"{parent + 2**60:016x}"
    if status is not None:
        record["status"] = status
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": scope}, "spans": [record]}]}]}


def call(
    number: int, parent: int | None = None, trace: int = 1, *, read: Any = 1000, out: Any = 500, model: str = "premium",
    **rest: Any,
) -> dict[str, Any]:  # fmt: skip
    """A call of a model, with usage unless ``read`` and ``out`` are None."""
    usage = {"gen_ai__usage__input_tokens": read, "gen_ai__usage__output_tokens": out}
    said = {key: value for key, value in usage.items() if value is not None}
    return span(number, parent, trace, gen_ai__operation__name="chat", gen_ai__response__model=model, **said, **rest)


def gateway(number: int, *, start: float, sec: float = 0.1, **rest: Any) -> dict[str, Any]:
    """A row of LiteLLM's, at a gateway."""
    begin = BEGIN / SEC + start
    return {
        "litellm_call_id": f"g{number}", "trace_id": f"g{number}", "call_type": "acompletion", "model": "premium",
        "prompt_tokens": 1000, "completion_tokens": 500, "startTime": begin, "endTime": begin + sec,
        "response_cost": 0.0, **rest,
    }  # fmt: skip
