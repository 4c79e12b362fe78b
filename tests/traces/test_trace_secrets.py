"""Nothing of a span is kept but what the tables name: secrets planted everywhere else are in no output."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from recorded import CARDS, SAMPLES

from labkit_traces import Reading, read, render
from labkit_traces.formats import TABLES
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
@pytest.mark.parametrize("key", [None, "session.id", "metadata"])
def test_no_secret_reaches_any_output(
    path: Path, key: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = planted_file(path, tmp_path)
    assert file.read_text(encoding="utf-8").count(SECRET) > 20
    reading = read(file, key, cards=CARDS, progress=None)
    assert reading.all.tokens == read(path, cards=CARDS, progress=None).all.tokens
    assert SECRET not in everything(reading)
    assert main(["traces", str(file), *(("--task-key", key) if key else ())]) == 0
    captured = capsys.readouterr()
    assert SECRET not in captured.out + captured.err


def test_a_task_key_is_shown_as_a_digest_and_an_error_as_a_kind() -> None:
    row = {"task": SECRET, "step": "plan", "model": "m", "status": "error", "error": f"timeout: {SECRET}", "usd": 0}
    reading = read([json.dumps(row)], "task", progress=None)
    assert SECRET not in everything(reading)
    assert reading.tasks[0].calls[0].status == "timeout"


@pytest.mark.parametrize(
    "name",
    ["x" * 81, "two\nlines", "\x00", "sk-proj-4f9a8b7c", "ask ana@example.com", "/home/ana/plan.py", "C:\\Users\\ana"],
)
def test_what_cannot_be_a_name_is_withheld(name: str) -> None:
    reading = read([json.dumps({"task": "a", "step": name, "model": name, "tokens_in": 1})], progress=None)
    assert name not in everything(reading)


@pytest.mark.parametrize("name", ["/chat/completions", "claude-3-5@20240620", "task-list", "ask_model", "root cause"])
def test_what_only_looks_so_is_a_name(name: str) -> None:
    reading = read([json.dumps({"task": "a", "step": name, "model": "m", "tokens_in": 1})], progress=None)
    assert list(reading.by_step) == [name]


def test_a_currency_is_three_letters_or_none() -> None:
    row = {"task": "a", "model": "m", "usd": 1, "currency": SECRET}
    assert read([json.dumps(row)], progress=None).money.other_currencies == {"???": 1.0}
