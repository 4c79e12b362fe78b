"""Nothing of a span is kept but what the tables name: secrets planted everywhere else are in no output."""

from __future__ import annotations

import json
import pickle
import random
import string
from pathlib import Path
from typing import Any

import pytest
from recorded import CARDS, SAMPLES

from labkit_traces import Reading, read, render
from labkit_traces.parsing.attributes import read_failure
from labkit_traces.parsing.formats import TABLES
from labkit_traces.parsing.values import NAMELESS, read_name
from labkit_workbook.cli import main

SECRET = "SECRET-sk-8f3a"
TABLE = json.loads(TABLES.read_text(encoding="utf-8"))
SHOWN = ("name", "agent", "model")
"""Steps and models are shown by their names; ids, times, kinds and numbers are read, and never shown as they stand."""
READ = ("trace", "span", "parent", "start", "end", "kind", "status", "response")
NAMES = {name for field in ("agent", "model", "kind") for name in TABLE["attributes"][field]}
LAST = {
    path.rpartition("/")[2]
    for table in TABLE["formats"]
    for field in (*SHOWN, *READ)
    for path in table["fields"].get(field, ())
}
KEYED = {"session.id": ("otel_console",), "metadata": ("langfuse", "openinf")}
"""Values that may be a task key, and the samples in which calls have them."""
HARMLESS = {*LAST, "key", "object", "type", "run_type", "span_id", "trace_id", "call_type", "usageDetails"}


def plant(value: Any, key: str = "") -> Any:
    """Every text that is no name, id or time of the tables becomes a secret, and each object gets one more."""
    if isinstance(value, list):
        return [plant(each, key) for each in value]
    if isinstance(value, dict):
        if set(value) == {"key", "value"}:
            return value if value["key"] in NAMES else {"key": value["key"], "value": plant(value["value"])}
        planted = {name: each if name in NAMES else plant(each, name) for name, each in value.items()}
        return planted if key in ("attributes", "usageDetails") else planted | {f"{SECRET} key": SECRET}
    if not isinstance(value, str) or key in HARMLESS or _is_number(value):
        return value
    return f"{SECRET} {value}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.startswith("{")  # usage as text
    return True


def planted_file(path: Path, folder: Path) -> Path:
    """The sample with its secrets, and lines that cannot be read, full of them."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        lines = [json.dumps(plant(json.loads(line))) for line in text.splitlines()]
    elif path.suffix == ".json":
        lines = [json.dumps(plant(json.loads(text)))]
    else:
        decoder, lines, place = json.JSONDecoder(), [], 0
        while place < len(text.rstrip()):
            record, place = decoder.raw_decode(text, place)
            lines.append(json.dumps(plant(record), indent=4))
            place += len(text[place:]) - len(text[place:].lstrip())
    broken = [
        f'{{"{SECRET}": "{SECRET}',
        f"{SECRET}",
        f'{{"unknown": "{SECRET}"}}',
        f'["{SECRET}"]',
        f"{SECRET},{SECRET}",
    ]
    file = folder / path.name
    file.write_text("\n".join([*lines, *broken]), encoding="utf-8")
    return file


def everything(reading: Reading) -> str:
    texts = (str(reading), repr(reading), render(reading, "json"), repr(vars(reading)), repr(pickle.dumps(reading)))
    return "\n".join(texts)


@pytest.mark.parametrize(
    "path", [p for p in sorted(SAMPLES.iterdir()) if p.suffix != ".md"], ids=lambda path: path.name
)
@pytest.mark.parametrize("key", [None, *KEYED])
def test_no_secret_reaches_any_output(
    path: Path, key: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = planted_file(path, tmp_path)
    assert file.read_text(encoding="utf-8").count(SECRET) > 20
    has_key = key is None or path.name.startswith(KEYED[key])
    if has_key:
        reading = read(file, key, cards=CARDS, progress=None)
        assert reading.all.tokens == read(path, cards=CARDS, progress=None).all.tokens
        assert SECRET not in everything(reading)
    assert main(["traces", str(file), *(("--task-key", key) if key else ())]) == (0 if has_key else 2)
    captured = capsys.readouterr()
    assert SECRET not in captured.out + captured.err


def test_a_task_key_is_shown_as_a_digest_and_an_error_as_a_kind() -> None:
    row = {"task": SECRET, "step": "plan", "model": "m", "status": "error", "error": f"timeout: {SECRET}", "usd": 0}
    reading = read([json.dumps(row)], "task", progress=None)
    assert SECRET not in everything(reading)
    assert reading.tasks[0].calls[0].status == "timeout"


@pytest.mark.parametrize(
    "name",
    [
        "x" * 81, "two\nlines", "\x00", "sk-proj-4f9a8b7c", "ask ana@example.com", "/home/ana/plan.py",
        "C:\\Users\\ana", "/tmp/alice/run.py", "/workspace/x.py", "C:/Users/bob/x", "~/notes/divorce.txt",
        "open /home/alice/secrets.txt", "\\\\srv\\share\\x", "./run.py", "file:///x", "bob@my-firm.com",
        "https://a.example/x?token=abcd1234", "POST /chat",
        "AKIAIOSFODNN7EXAMPLE", "AIzaSyD-9tSrke72PouQMnMX_a7eZ", "Bearer eyJhbGciOiJIUzI1NiJ9.abc.def",
        "run 3f2504e0-4f89-41d3-9a0c-0305e82c3301", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "123-45-6789",
        "ana@localhost", "192.168.0.1", "ghp_abcdefghijklmnopqrstuvwxyz",
        "0123456789abcdef0123", "token=abc", "How do I tell my boss?", "What may I still tell my boss now",
    ],
)  # fmt: skip
def test_what_cannot_be_a_name_is_withheld(name: str) -> None:
    reading = read([json.dumps({"task": "a", "step": name, "model": name, "tokens_in": 1})], progress=None)
    assert name not in everything(reading)


@pytest.mark.parametrize(
    "name",
    [
        "claude-3-5@20240620", "task-list", "ask_model", "root cause", "RunnableSequence", "chat gpt-4o",
        "execute_tool add", "invoke_agent planner", "openai/gpt-4o-2024-08-06", "publishers/google/models/x@001",
        "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "accounts/fireworks/models/llama-v3p1-70b", "__start__",
        "ft:gpt-4o-mini:org::abc123", "LangGraph.step (node)", "RunnableParallel<context,question>", "A -> B",
        "Step #2", "text-embedding-3-2024-05-01", "claude-3-5-20241022", "agent@prod", "release 1.2.3",
        "@cf/meta/llama-3.1-8b-instruct", "BedrockAnthropicClaude35Sonnet20241022", "agent_run [root_agent]", "résumé",
        "hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q8_0", "invoke_agent Senior Financial Research Analyst",
        "planner's review", "getS3BucketContentsForUser", "योजना", "hf_summarization_step", "plan → write", "50% check",
        "extractV2CustomerDetailsFromEmail", "classifyTier1Tier2Tickets", "sk-learn-classifier", "What's next?",
    ],
)  # fmt: skip
def test_what_only_looks_so_is_a_name(name: str) -> None:
    reading = read([json.dumps({"task": "a", "step": name, "model": "m", "tokens_in": 1})], progress=None)
    assert list(reading.by_step) == [name]


def test_a_currency_is_three_letters_or_none() -> None:
    row = {"task": "a", "model": "m", "usd": 1, "currency": SECRET}
    assert read([json.dumps(row)], progress=None).money.other_currencies == {"???": 1.0}


@pytest.mark.parametrize("run", ["9f8a7c6b5d4e3f2a1b0c", "aB" * 39 + "1", "a" * 78 + "1A"])
def test_a_long_run_of_letters_and_digits_is_told_in_no_time(run: str) -> None:
    """The words in it are found one way alone, so that no text makes the search try them all."""
    assert read_name(run).startswith(NAMELESS)


def test_two_names_that_are_withheld_stay_two_steps() -> None:
    rows = [{"task": "a", "step": step, "model": "m", "tokens_in": 1} for step in ("/plan", "/act", "/plan")]
    assert sorted(each.calls for each in read(map(json.dumps, rows), progress=None).by_step.values()) == [1, 2]


def test_hardly_a_run_that_is_drawn_passes_for_a_name() -> None:
    """Of hexadecimal ids none; of 20 letters and digits about 4%, of 32 about 2%, for some look like words."""
    rng = random.Random(1)
    passed = {
        (size, letters): sum(read_name("".join(rng.choices(letters, k=size)))[0] != "(" for _ in range(2000)) / 2000
        for size in (20, 32)
        for letters in (string.digits + "abcdef", string.digits + string.ascii_letters)
    }
    assert max(value for (_, letters), value in passed.items() if len(letters) == 16) == 0
    assert max(passed.values()) < 0.06


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("HTTP 402", "bad request"), ("402 Payment Required", "bad request"), ("status 405", "bad request"),
        ("501 Not Implemented", "server error"), ("HTTP 524", "timeout"), ("Error 409", "bad request"),
        ("rejected", "error"), ("no-error", ""), ("0 errors", ""), ("not failed", ""), ("failover", ""),
        ("success after timeout", ""), ("OK (200 in 429ms)", ""), ("served by server", ""),
    ],
)  # fmt: skip
def test_a_status_in_its_own_words_is_a_failure_only_where_it_says_so(status: str, kind: str) -> None:
    assert read_failure(status, None) == kind


@pytest.mark.parametrize(
    "said", ["False", "None", "null", "nan", "0", "-", "no", "N/A", "", " ", "OK", "no error", False, None, 0, [], {}]
)
def test_an_error_that_says_nothing_is_no_failure(said: Any) -> None:
    assert read_failure(None, said) == read_failure("ok", said) == ""
    assert read_failure("error", said) == "error"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Error code: 400 - this model's timeout parameter is invalid", "bad request"), ("KeyError: 504", "error"),
        ("File not found at line 408", "bad request"), ("took 529 tokens", "error"), ("429", "rate limit"),
        ("HTTP/1.1 503 Service Unavailable", "server error"), ("status_code=408, invalid", "timeout"),
        ("HTTP status code: 499", "aborted"), ("upstream at http://localhost:5000 timed out", "timeout"),
        ("Server error '500 Internal Server Error'", "server error"), ("code 4290", "error"), (529, "server error"),
        ("True", "error"), ("failed to complete", "error"),
    ],
)  # fmt: skip
def test_a_code_is_believed_before_words_and_a_bare_number_is_no_code(said: Any, kind: str) -> None:
    assert read_failure(None, said) == read_failure("error", said) == kind
