"""Make tests/traces/samples of three SDKs by running them: no model, no network, no text, fixed ids and times.

In an environment of its own: `pip install opentelemetry-sdk langsmith mlflow-tracing`, `python tools/trace_samples.py`.
"""

from __future__ import annotations

import json
import os
import random
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "tests" / "traces" / "samples"
BEGIN = 1_795_970_000_000_000_000
MS = 1_000_000
TASKS = 2
NOWHERE = "http://127.0.0.1:9"


def console() -> None:
    """An agent with two calls, one of them mostly cached, a tool and a time-out, as the console exporter prints it."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import IdGenerator  # noqa: PLC0415
    from opentelemetry.trace import Status, StatusCode, set_span_in_context  # noqa: PLC0415

    class Ids(IdGenerator):
        draw = random.Random(7)

        def generate_span_id(self) -> int:
            return self.draw.getrandbits(64)

        def generate_trace_id(self) -> int:
            return self.draw.getrandbits(128)

    with open(FOLDER / "otel_console.txt", "w", encoding="utf-8") as out:
        provider = TracerProvider(id_generator=Ids(), resource=Resource({"service.name": "demo-console"}))
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=out)))
        tracer = provider.get_tracer("opentelemetry.instrumentation.genai.openai")
        for task in range(TASKS):
            begin = BEGIN + task * 60_000 * MS

            def start(name: str, above: Any, at: int, begin: int = begin, **attributes: Any) -> Any:
                context = None if above is None else set_span_in_context(above)
                named = {key.replace("__", "."): value for key, value in attributes.items()}
                return tracer.start_span(name, context, start_time=begin + at * MS, attributes=named)

            root = start(
                "invoke_workflow demo",
                None,
                0,
                gen_ai__operation__name="invoke_workflow",
                session__id=f"session-{task}",
            )
            agent = start(
                "invoke_agent solver", root, 5, gen_ai__operation__name="invoke_agent", gen_ai__agent__name="solver",
                gen_ai__usage__input_tokens=2500, gen_ai__usage__output_tokens=700,
            )  # fmt: skip
            for number, (read, cached, wrote) in enumerate(((1000, 0, 500), (1500, 1000, 200))):
                call = start(
                    "chat premium", agent, 10 + 400 * number, gen_ai__operation__name="chat",
                    gen_ai__provider__name="openai", gen_ai__request__model="premium",
                    gen_ai__response__model="premium",
                    gen_ai__response__id=f"c{task}{number}", gen_ai__usage__input_tokens=read,
                    gen_ai__usage__output_tokens=wrote, gen_ai__usage__cache_read__input_tokens=cached,
                )  # fmt: skip
                call.end(begin + (350 + 400 * number) * MS)
            tool = start("execute_tool add", agent, 360, gen_ai__operation__name="execute_tool")
            tool.end(begin + 400 * MS)
            late = start(
                "chat small", agent, 800, gen_ai__operation__name="chat", gen_ai__request__model="small",
                error__type="openai.APITimeoutError",
            )  # fmt: skip
            late.set_status(Status(StatusCode.ERROR, "Request timed out."))
            late.end(begin + 1200 * MS)
            agent.end(begin + 1210 * MS)
            root.end(begin + 1220 * MS)


def langsmith() -> None:
    """A graph of two nodes with a call each, and a refused call; the client keeps its runs instead of sending them."""
    from langsmith import Client  # noqa: PLC0415
    from langsmith.run_trees import RunTree  # noqa: PLC0415

    rows: dict[str, dict[str, Any]] = {}

    class Kept(Client):
        def create_run(self, name: str, inputs: Any, run_type: str, **rest: Any) -> None:
            rows[str(rest["id"])] = {"name": name, "inputs": inputs, "run_type": run_type, **rest}

        def update_run(self, run_id: Any, **rest: Any) -> None:
            rows[str(run_id)].update({key: value for key, value in rest.items() if value is not None})

    client = Kept(api_url=NOWHERE, api_key="none", auto_batch_tracing=False, info={})
    draw = random.Random(11)

    def begin(above: Any, name: str, kind: str, at: int, **metadata: str) -> Any:
        begun = datetime.fromtimestamp(BEGIN / 1e9 + at / 1000, timezone.utc)
        known = uuid.UUID(int=draw.getrandbits(128), version=4)
        same = {"name": name, "run_type": kind, "inputs": {}, "start_time": begun, "extra": {"metadata": metadata}}
        run = RunTree(id=known, client=client, **same) if above is None else above.create_child(run_id=known, **same)
        run.post()
        return run

    def end(run: Any, at: int, **result: Any) -> None:
        run.end(end_time=datetime.fromtimestamp(BEGIN / 1e9 + at / 1000, timezone.utc), **result)
        run.patch()

    for task in range(TASKS):
        first = task * 60_000
        root = begin(None, "LangGraph", "chain", first, thread_id=f"thread-{task}")
        nodes = (("solve", "premium", (1000, 400, 500, 200)), ("check", "small", (1000, 0, 500, 0)))
        for number, (node, model, (read, cached, wrote, thought)) in enumerate(nodes):
            at = first + 500 * number
            above = begin(root, node, "chain", at + 10)
            call = begin(above, "ChatOpenAI", "llm", at + 12, ls_model_name=model, langgraph_node=node)
            usage = {
                "input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote,
                "input_token_details": {"cache_read": cached}, "output_token_details": {"reasoning": thought},
            }  # fmt: skip
            end(call, at + 400, outputs={"usage_metadata": usage})
            end(above, at + 410, outputs={})
        refused = begin(root, "ChatOpenAI", "llm", first + 1000, ls_model_name="premium")
        end(refused, first + 1100, error="RateLimitError('429')")
        end(root, first + 1110, outputs={})
    kept = ("id", "trace_id", "parent_run_id", "dotted_order", "name", "run_type", "start_time", "end_time", "extra")
    named = ("ls_model_name", "langgraph_node", "thread_id")
    with open(FOLDER / "langsmith_runs.jsonl", "w", encoding="utf-8") as out:
        for row in rows.values():
            record = {key: row.get(key) for key in (*kept, "inputs", "outputs", "error")}
            metadata = (record["extra"] or {}).get("metadata", {})
            record["extra"] = {"metadata": {key: metadata[key] for key in named if key in metadata}}
            out.write(
                json.dumps(record, default=lambda it: it.isoformat() if isinstance(it, datetime) else str(it)) + "\n"
            )


def mlflow() -> None:
    """A workflow of two agents with a call each; the exporter keeps its traces instead of sending."""
    os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
    import mlflow  # noqa: PLC0415
    from mlflow.entities import SpanType  # noqa: PLC0415
    from mlflow.tracing.export import mlflow_v3  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    kept: list[Any] = []
    draw = random.Random(13)
    mlflow_v3.MlflowV3SpanExporter._log_trace = lambda self, trace, *_, **__: kept.append(trace)
    RandomIdGenerator.generate_span_id = lambda self: draw.getrandbits(64)
    RandomIdGenerator.generate_trace_id = lambda self: draw.getrandbits(128)
    mlflow.set_tracking_uri(NOWHERE)
    for task in range(TASKS):
        begin = BEGIN + task * 60_000 * MS
        root = mlflow.start_span_no_context("workflow", SpanType.CHAIN, start_time_ns=begin, experiment_id="0")
        for number, (step, model, cached) in enumerate((("solve", "premium", 400), ("check", "small", 0))):
            at = begin + 500 * number * MS
            agent = mlflow.start_span_no_context(step, SpanType.AGENT, parent_span=root, start_time_ns=at + 5 * MS)
            usage = {
                "input_tokens": 1000,
                "output_tokens": 500,
                "total_tokens": 1500,
                "cache_read_input_tokens": cached,
            }
            call = mlflow.start_span_no_context(
                "Completions", SpanType.CHAT_MODEL, parent_span=agent, start_time_ns=at + 10 * MS,
                attributes={"mlflow.chat.tokenUsage": usage, "mlflow.llm.model": model},
            )  # fmt: skip
            call.end(end_time_ns=at + 300 * MS)
            agent.end(end_time_ns=at + 310 * MS)
        root.end(end_time_ns=begin + 900 * MS)
    with open(FOLDER / "mlflow_traces.jsonl", "w", encoding="utf-8") as out:
        for trace in kept:
            record = trace.to_dict()
            record["info"] = {key: record["info"][key] for key in ("trace_id", "request_time", "state")}
            out.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    for make in (console, langsmith, mlflow):
        make()
