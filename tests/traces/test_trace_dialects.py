"""What programs write in other releases, or by another way out: the smallest record of each, and its truth."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from recorded import call, span, sums

from labkit_traces import Tokens, read
from labkit_traces.counting.copies import ENCLOSING
from labkit_traces.counting.replies import SAME_REPLY
from labkit_traces.counting.trees import DOUBLED
from labkit_traces.parsing.tokens import read_tokens

USED = {"prompt_tokens": 1000, "completion_tokens": 500}
DETAILED = USED | {
    "prompt_tokens_details": {"cached_tokens": 400}, "completion_tokens_details": {"reasoning_tokens": 200},
}  # fmt: skip
WHOLE = Tokens(1000, 400, 0, 500, 200)
NOTHING = Tokens()

LITELLM: dict[str, Any] = {
    "id": "chatcmpl-1", "litellm_call_id": "a", "call_type": "acompletion", "startTime": 1.0, "endTime": 2.0,
    "model": "premium", "response_cost": 0.0, "model_group": "premium", "status": "success", **USED,
}  # fmt: skip
MLFLOW = {
    "trace_id": f"{1:032x}", "span_id": f"{2:016x}", "parent_span_id": None, "name": "Completions", "events": [],
    "start_time_unix_nano": 1796080171000000000, "end_time_unix_nano": 1796080174000000000,
    "status": {"code": "STATUS_CODE_OK", "message": ""},
}  # fmt: skip
CHAT = {
    "mlflow.spanType": '"CHAT_MODEL"', "mlflow.llm.model": '"premium"',
    "mlflow.chat.tokenUsage": json.dumps({"input_tokens": 1000, "output_tokens": 500}),
}  # fmt: skip
TRACE = {"info": {"trace_id": f"tr-{1:032x}"}, "data": {"spans": [MLFLOW | {"attributes": CHAT}]}}
OLDER = {
    "mlflow.spanType": '"CHAT_MODEL"', "model": '"asked"',
    "mlflow.spanOutputs": json.dumps({"id": "chatcmpl-1", "model": "premium", "usage": DETAILED}),
}  # fmt: skip
LANGSMITH: dict[str, Any] = {
    "id": "r1", "trace_id": "r1", "run_type": "llm", "name": "ChatOpenAI", "start_time": "2026-11-01T10:00:01",
    "end_time": "2026-11-01T10:00:03", "status": "success", "error": None,
    "extra": {"metadata": {"ls_model_name": "premium"}}, "outputs": {},
}  # fmt: skip
SAID = {
    "input_tokens": 1000, "output_tokens": 500, "input_token_details": {"cache_read": 400},
    "output_token_details": {"reasoning": 200},
}  # fmt: skip
MESSAGE = {"generations": [[{"message": {"kwargs": {"usage_metadata": SAID, "response_metadata": {"id": "x"}}}}]]}
AGENTS: dict[str, Any] = {
    "object": "trace.span", "id": "span_1", "trace_id": "trace_1", "started_at": "2026-11-30T23:12:57+00:00",
    "ended_at": "2026-11-30T23:12:58+00:00", "error": None,
}  # fmt: skip
LANGFUSE = {
    "id": "1", "traceId": "t", "type": "GENERATION", "name": "c", "startTime": "2026-07-11T07:45:01Z",
    "endTime": "2026-07-11T07:45:02Z", "model": "premium", "level": "DEFAULT",
}  # fmt: skip
BUCKETS = {"input": 600, "input_cached_tokens": 400, "output": 500, "total": 1500}
CONSOLE: dict[str, Any] = {
    "context": {"trace_id": f"0x{1:032x}", "span_id": f"0x{2:016x}"}, "parent_id": None, "name": "llm",
    "start_time": "2026-11-30T23:21:47Z", "end_time": "2026-11-30T23:21:48Z", "status": {"status_code": "UNSET"},
}  # fmt: skip
BLOB = {
    "id": "1", "trace_id": "t", "type": "GENERATION", "start_time": "2026-07-11 07:45:01", "level": "DEFAULT",
    "provided_model_name": "premium", "usage_details": BUCKETS, "cost_details": {"total": 0.5},
}  # fmt: skip


def langsmith(outputs: Any = None, metadata: Any = None, **more: Any) -> dict[str, Any]:
    return LANGSMITH | {
        "outputs": outputs or {},
        "extra": {"metadata": {"ls_model_name": "premium", **(metadata or {})}},
        **more,
    }


@pytest.mark.parametrize(
    ("record", "tokens"),
    [
        pytest.param(LITELLM | {"response": {"usage": DETAILED}}, WHOLE, id="LiteLLM 1.55"),
        pytest.param(
            LITELLM | {"response": {"usage": USED | {"cache_creation_input_tokens": 100}}}, Tokens(1000, 0, 100, 500),
            id="LiteLLM 1.55, the written ones inside",
        ),
        pytest.param(
            LITELLM | {"metadata": {"usage_object": USED | {"cache_creation_input_tokens": 100}}},
            Tokens(1100, 0, 100, 500), id="LiteLLM 1.72, the written ones apart",
        ),
        pytest.param(
            LITELLM | {"metadata": {"usage_object": USED | {
                "cache_creation_input_tokens": 100, "prompt_tokens_details": {"cache_creation_tokens": 100},
            }}}, Tokens(1000, 0, 100, 500), id="LiteLLM 1.110, inside again",
        ),
        pytest.param({"data": [LITELLM]}, Tokens(1000, 0, 0, 500), id="LiteLLM, rows under data"),
        pytest.param(MLFLOW | {"attributes": OLDER}, WHOLE, id="MLflow 2"),
        pytest.param({"traces": [TRACE]}, Tokens(1000, 0, 0, 500), id="MLflow traces search"),
        pytest.param({"trace_id": "tr-1", "spans": TRACE["data"]["spans"]}, Tokens(1000, 0, 0, 500), id="MLflow row"),
        pytest.param(langsmith(MESSAGE), WHOLE, id="LangSmith, a message as LangChain writes it"),
        pytest.param(langsmith({"llm_output": {"token_usage": DETAILED}}), WHOLE, id="LangChain 0.2"),
        pytest.param(langsmith({"usage": DETAILED}, prompt_tokens=0), WHOLE, id="LangSmith, a reply as it came"),
        pytest.param(
            langsmith(metadata={"usage_metadata": {
                "input_tokens": 1000, "output_tokens": 500,
                "input_token_details": {
                    "cache_creation": 0, "ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 30,
                },
            }}), Tokens(1000, 0, 230, 500), id="langchain-anthropic",
        ),
        pytest.param(
            LANGSMITH | {"extra": json.dumps({"metadata": {"ls_model_name": "premium", "usage_metadata": SAID}})},
            WHOLE, id="LangSmith's bulk export",
        ),
        pytest.param({"post": [], "patch": [langsmith(MESSAGE)]}, WHOLE, id="LangSmith, patched alone"),
        pytest.param(
            langsmith(run_type="chain", id="r0", child_runs=[langsmith(MESSAGE, parent_run_id="r0")]), WHOLE,
            id="LangSmith, runs in runs",
        ),
        pytest.param(
            AGENTS | {"span_data": {"type": "generation", "model": "premium", "usage": {
                "input_tokens": 1000, "output_tokens": 500, "details": {
                    "input_tokens_details": {"cached_tokens": 400}, "output_tokens_details": {"reasoning_tokens": 200},
                },
            }}}, WHOLE, id="Agents SDK, as sent to OpenAI",
        ),
        pytest.param(BLOB, Tokens(1000, 400, 0, 500), id="Langfuse's export to a bucket"),
        pytest.param(LANGFUSE | {"usageDetails": json.dumps(BUCKETS)}, Tokens(1000, 400, 0, 500), id="Langfuse, texts"),
        pytest.param(
            CONSOLE | {"attributes": {
                "langfuse.observation.type": "generation", "langfuse.observation.model.name": "premium",
                "langfuse.observation.usage_details": json.dumps({k: n for k, n in BUCKETS.items() if k != "total"}),
            }}, Tokens(1000, 400, 0, 500), id="Langfuse's SDK on the console",
        ),
        pytest.param(
            span(1, ai__operationId="ai.embed.doEmbed", ai__model__id="premium", ai__usage__tokens=70), Tokens(70),
            id="Vercel, an embedding",
        ),
        pytest.param(call(1, gen_ai__usage__cache_write_input_tokens=100), Tokens(1000, 0, 100, 500), id="Strands"),
    ],
)  # fmt: skip
def test_tokens(record: dict[str, Any], tokens: Tokens) -> None:
    reading = sums([record])
    assert (reading.all.calls, reading.all.tokens, reading.all.unobserved) == (1, tokens, 0)
    assert set(reading.by_model) == {"premium"}
    assert [(source.malformed, source.unknown) for source in reading.sources] == [(0, 0)]


@pytest.mark.parametrize(
    "record",
    [
        langsmith({"usage_metadata": SAID}, prompt_cost="0.2", completion_cost="0.3"),
        langsmith(metadata={"usage_metadata": SAID | {"input_cost": 0.2, "output_cost": 0.3}}),
        MLFLOW | {"attributes": CHAT | {"mlflow.llm.cost": json.dumps({"input_cost": 0.2, "output_cost": 0.3})}},
        LANGFUSE | {"usageDetails": BUCKETS, "inputCost": 0.2, "outputCost": 0.3}, BLOB,
        CONSOLE | {"attributes": {
            "langfuse.observation.type": "generation", "langfuse.observation.cost_details": json.dumps({"total": 0.5}),
        }},
    ],
)  # fmt: skip
def test_dollars_are_those_of_the_parts_where_no_sum_is_stated(record: dict[str, Any]) -> None:
    assert sums([record], cards=None).money.priced_usd == pytest.approx(0.5, abs=1e-12)


def test_dollars_of_one_part_alone_are_not_the_whole() -> None:
    half = langsmith({"usage_metadata": SAID}, prompt_cost="0.2")
    assert sums([half]).money.priced_usd == pytest.approx(600 * 10e-6 + 400 * 1e-6 + 500 * 40e-6, abs=1e-12)
    nothing = langsmith({"usage_metadata": {"input_tokens": 70}}, prompt_cost="0.2")
    assert sums([nothing], cards=None).money.priced_usd == pytest.approx(0.2)


@pytest.mark.parametrize("kind", ["UNKNOWN", "TOOL", "CHAIN"])
def test_what_a_function_gave_back_names_no_model(kind: str) -> None:
    said = json.dumps({"model": "Zqsecret Riddle", "usage": USED, "id": "x"})
    record = MLFLOW | {"attributes": {"mlflow.spanType": f'"{kind}"', "mlflow.spanOutputs": said, "model": '"rf"'}}
    reading = sums([record])
    assert (reading.all.calls, dict(reading.by_model)) == (0, {})


def failed(record: dict[str, Any], **more: Any) -> dict[str, Any]:
    return record | {"prompt_tokens": 0, "completion_tokens": 0, "status": "failure", **more}


EVENT = {"name": "exception", "attributes": {"exception.type": "openai.RateLimitError", "exception.message": "slow"}}
LISTED = {"name": "exception", "attributes": [{"key": "exception.message", "value": {"stringValue": "code: 429"}}]}
BAD = {"code": "STATUS_CODE_ERROR", "message": ""}


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (failed(LITELLM, error_information={"error_class": "AuthenticationError", "error_code": "401"}), "bad request"),
        (failed(LITELLM, error_information={"error_class": "APIError", "error_code": "500"}), "server error"),
        (failed(LITELLM, error_information={"error_class": "BadGatewayError"}), "server error"),
        (failed(LITELLM, error_str="litellm.Timeout: Request timed out."), "timeout"),
        (failed(LITELLM, error_str="nobody knows"), "error"),
        (MLFLOW | {"attributes": {"mlflow.spanType": '"LLM"'}, "events": [EVENT], "status": BAD}, "rate limit"),
        (CONSOLE | {"attributes": {"gen_ai.operation.name": "chat"}, "events": [EVENT],
                    "status": {"status_code": "ERROR"}}, "rate limit"),
        (AGENTS | {"span_data": {"type": "response"}, "error": {
            "message": "Error getting response", "data": {"error": "Error code: 429 - slow"}}}, "rate limit"),
        (AGENTS | {"span_data": {"type": "response"}, "error": {
            "message": "Error getting response", "data": {"error": "Connection error."}}}, "connection"),
        (LANGFUSE | {"level": "WARNING", "statusMessage": "slow server"}, "no usage recorded"),
    ],
)  # fmt: skip
def test_which_kind_of_failure_it_was_is_looked_for_until_it_is_found(record: dict[str, Any], kind: str) -> None:
    assert sums([record]).money.unobserved == {kind: 1}


def test_an_exception_among_the_events_of_otlp_is_read_only_where_the_span_failed() -> None:
    reading = []
    for code in (1, 2):
        record = call(1, read=None, out=None, status={"code": code})
        record["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"] = [LISTED]
        reading.append(sums([record]).money.unobserved)
    assert reading == [{"no usage recorded": 1}, {"rate limit": 1}]


def test_a_connection_that_was_cut_may_have_been_billed_and_one_that_never_was_is_not() -> None:
    cut = ("Connection error.", "Connection reset by peer")
    never = ("Connection refused", "Host unreachable", "httpx.ConnectError", "Temporary failure in name resolution")
    reading = sums([
        call(n, trace=n, read=None, out=None, status={"code": 2, "message": said}) for n, said in enumerate(cut + never)
    ])  # fmt: skip
    assert (reading.all.calls, reading.all.refused) == (6, 4)


@pytest.mark.parametrize("record", [langsmith(MESSAGE, trace_id="far"), MLFLOW | {"attributes": OLDER}])
def test_a_reply_has_the_id_of_its_provider_whatever_the_clocks_say(record: dict[str, Any]) -> None:
    said = sums([record]).tasks[0].calls[0]
    replies = [
        call(number, trace=9, model=said.model, gen_ai__response__id=each, start=-90.0)
        for number, each in enumerate(("x", "chatcmpl-1"))
    ]
    reading = sums([record, *replies])
    assert (reading.all.calls, reading.dropped) == (2, {SAME_REPLY: 1})


def test_a_run_that_was_posted_and_patched_is_one() -> None:
    reading = sums([{"post": [LANGSMITH]}, {"post": [], "patch": [langsmith(MESSAGE)]}])
    assert (reading.all.calls, reading.all.tokens, reading.dropped) == (1, WHOLE, {DOUBLED: 1})


def test_spans_that_do_not_say_who_recorded_them_are_told_apart_by_their_words() -> None:
    used = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500, "gen_ai.response.model": "premium"}
    inner = CONSOLE | {"attributes": used | {"gen_ai.operation.name": "chat", "llm.is_streaming": False}}
    counts = {"llm.token_count.prompt": 1000, "llm.token_count.completion": 500, "llm.model_name": "premium"}
    outer = CONSOLE | {
        "context": {"trace_id": f"0x{7:032x}", "span_id": f"0x{8:016x}"}, "end_time": "2026-11-30T23:21:49Z",
        "attributes": counts | {"openinference.span.kind": "LLM"},
    }  # fmt: skip
    reading = sums([inner, outer])
    assert (reading.all.calls, reading.dropped) == (1, {ENCLOSING: 1})
    client = outer | inner | {"name": "ChatCompletion", "attributes": outer["attributes"]}
    framework = outer | {"name": "ChatOpenAI"}
    assert sums([client, framework]).all.calls == 1
    assert sums([client | {"name": "PlanStep"}, framework | {"name": "ReviewStep"}]).all.calls == 2


@pytest.mark.parametrize(
    "record",
    [
        span(2, 1, gen_ai__operation__name="retrieval", gen_ai__request__model="premium"),
        span(2, 1, gen_ai__operation__name="fetch_response", gen_ai__response__model="premium"),
        span(2, 1, ai__operationId="ai.toolCall", ai__model__id="premium"),
    ],
)
def test_what_names_a_model_and_calls_none_is_no_call(record: dict[str, Any]) -> None:
    assert sums([call(1), record]).all.calls == 1
    assert sums([span(1, gen_ai__operation__name="invoke_agent"), record]).all.calls == 0


def test_counts_of_another_unit_and_totals_alone_are_no_tokens_and_are_noted() -> None:
    other = LANGFUSE | {"usage": {"input": 5000, "output": 2000, "unit": "CHARACTERS"}}
    reading = sums([other, LANGFUSE | {"id": "2", "usageDetails": {"total": 1500}}])
    assert (reading.all.tokens, reading.all.unobserved) == (NOTHING, 2)
    assert set(reading.noted) == {
        "calls counted in another unit than tokens", "calls of whose tokens only the total is said",
    }  # fmt: skip


def test_a_total_says_that_cached_tokens_lie_apart_from_the_input() -> None:
    said = {"in": 1000, "cached": 800, "out": 100}
    assert read_tokens(said, False, Counter()) == Tokens(1000, 800, 0, 100)
    assert read_tokens(said | {"total": 1100}, False, Counter()) == Tokens(1000, 800, 0, 100)
    assert read_tokens(said | {"total": 1900}, False, Counter()) == Tokens(1800, 800, 0, 100)
    thought = {"in": 1000, "out": 500, "reasoning": 200}
    assert read_tokens(thought, False, Counter()) == Tokens(1000, 0, 0, 500, 200)
    assert read_tokens(thought | {"total": 1700}, False, Counter()) == Tokens(1000, 0, 0, 700, 200)


def test_a_bucket_of_the_total_alone_does_not_hide_what_is_said_beside_it() -> None:
    record = LANGFUSE | {"usageDetails": {"total": 1500}, "inputUsage": 1000, "outputUsage": 500}
    assert sums([record]).all.tokens == Tokens(1000, 0, 0, 500)


def test_a_table_that_another_program_exported_keeps_its_names(tmp_path: Path) -> None:
    names = '"id","traceId","type","name","startTime","endTime","model","level","usageDetails","costDetails"'
    row = '"1","t","GENERATION","c","2026-07-11T07:45:01Z","2026-07-11T07:45:02Z","premium","DEFAULT",{},{}'
    cells = [json.dumps(each).replace('"', '""') for each in (BUCKETS, {"total": 0.5})]
    file = tmp_path / "export.csv"
    file.write_text(f"{names}\n" + row.format(*(f'"{cell}"' for cell in cells)), encoding="utf-8")
    reading = read(file, progress=None)
    assert (reading.all.tokens, reading.money.priced_usd) == (Tokens(1000, 400, 0, 500), 0.5)


def test_the_group_of_a_trace_is_a_task_key_of_the_agents_sdk() -> None:
    data = {"type": "generation", "model": "premium", "usage": {"input_tokens": 10, "output_tokens": 5}}
    rows = [
        row
        for n in (1, 2)
        for row in (
            {"object": "trace", "id": f"trace_{n}", "workflow_name": "w", "group_id": "chat 7"},
            AGENTS | {"trace_id": f"trace_{n}", "id": f"span_{n}", "span_data": data},
        )
    ]
    assert [len(task.calls) for task in sums(rows, "group_id").tasks] == [2]
    assert sums(rows).all.calls == 2


def test_the_spend_logs_of_litellms_proxy_are_read() -> None:
    """Rows of GET /spend/logs, as LiteLLM 1.100's SpendLogsPayload names them."""
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 40}}
    row = {
        "request_id": "chatcmpl-1", "call_type": "acompletion", "spend": 0.25, "prompt_tokens": 100, "model": "m",
        "completion_tokens": 20, "startTime": "2026-11-01T00:00:00Z", "endTime": "2026-11-01T00:00:02Z",
        "cache_hit": "None", "session_id": "s", "status": "success", "metadata": {"usage_object": usage},
    }  # fmt: skip
    failed = row | {
        "request_id": "r2", "spend": 0.0, "startTime": "2026-11-01T00:00:03Z", "endTime": "2026-11-01T00:00:04Z",
        "status": "failure", "prompt_tokens": 0, "completion_tokens": 0,
        "metadata": {"error_information": {"error_class": "RateLimitError", "error_code": "429"}},
    }  # fmt: skip
    found = read([json.dumps(each) for each in (row, failed)], progress=None)
    (task,) = found.tasks
    assert [(call.status, call.usd) for call in task.calls] == [("ok", 0.25), ("rate limit", None)]
    assert task.calls[0].tokens == Tokens(100, 40, 0, 20, 0)
    assert found.money.priced_usd == 0.25
    hit = row | {"request_id": "r3", "cache_hit": "True", "spend": 0.0}
    assert read([json.dumps(hit)], progress=None).tasks[0].calls[0].status == "hit"


def test_tokens_of_a_table_may_have_the_names_of_the_apis() -> None:
    for names in ("input_tokens,output_tokens", "prompt_tokens,completion_tokens"):
        (task,) = read([f"task,model,{names}", "a,m,10,5"], progress=None).tasks
        assert task.calls[0].tokens == Tokens(10, 0, 0, 5, 0)
