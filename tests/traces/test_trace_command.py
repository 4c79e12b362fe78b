"""`labkit traces`: sums always, exit 0; a clear word where there is no file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from recorded import CARDS, SAMPLES, as_line, call, sums

import labkit_agents as agents
from labkit_agents import pocket
from labkit_agents.server.billing_log import BillingLog
from labkit_traces import read, reading, render
from labkit_traces.parsing.formats import TABLES
from labkit_workbook.cli import main

CARDS_FILE = {
    "premium": {"usd_in": 10, "usd_cached": 1, "usd_out": 40},
    "small": {"usd_in": 0.5, "usd_cached": 0.05, "usd_out": 3},
}


def test_the_sums_are_printed_as_text_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards = tmp_path / "cards.json"
    cards.write_text(json.dumps(CARDS_FILE), encoding="utf-8")
    file = str(SAMPLES / "openinf.otlp.jsonl")
    assert main(["traces", file, "--cards", str(cards)]) == 0
    text = capsys.readouterr().out
    for line in (
        "priced      0.111420 USD", "unobserved  3 calls (may be billed)", "refused     1 call (usually not billed)",
        "lower bound", "25 spans of OTLP-JSON",
    ):  # fmt: skip
        assert line in text
    assert main(["traces", file, "--cards", str(cards), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["money"]["priced_usd"] == pytest.approx(0.11142)
    assert data["dropped"] == dict(read(file, cards=CARDS, progress=None).dropped)
    assert data["all"]["tokens"]["read"] == 7000


def test_a_file_of_nothing_known_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "summary.csv").write_text("task_id,reward\n1,0.5\n2,1\n", encoding="utf-8")
    (tmp_path / "empty.json").write_text("", encoding="utf-8")
    assert main(["traces", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "2 records of no known format" in text
    assert "there is no model call" in text
    assert "priced      unknown (no call was read)" in text
    assert "summary.csv: no span\n    a table needs commas and, in its first line, the names task or trace" in text
    assert "Prices that neither you nor" not in text
    assert main(["traces", str(tmp_path), "--format", "json"]) == 0
    money = json.loads(capsys.readouterr().out)["money"]
    assert [money[name] for name in ("priced_usd", "low_usd", "high_usd")] == [None] * 3


@pytest.mark.parametrize(
    ("head", "said"),
    [("trace_id,node,model_name", True), ("task;step;model", True), ("task\tmodel", True), ("task,step", True),
     ("task,model", False), ("trace,usd", False), ("trace,tokens_in", False), ('{"a": 1}', False),
     ("some words", False)],
)  # fmt: skip
def test_what_a_table_lacks_to_be_read_is_said(head: str, said: bool, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    mark = next((mark for mark in ",;\t" if mark in head), " ")
    file.write_text(f"{head}\n{mark.join(['1'] * (head.count(mark) + 1))}\n", encoding="utf-8")
    reading = read(file, progress=None)
    assert ("a table needs commas" in str(reading)) == said
    assert reading.all.calls == (head in ("task,model", "trace,usd", "trace,tokens_in"))


def test_the_tables_say_what_the_bill_says() -> None:
    rows = [{"task": "a", "step": "plan", "model": "premium", "status": status} for status in ("429", "timeout", "ok")]
    reading = sums([*rows, {"task": "a", "step": "act", "model": "premium", "status": "500"}])
    assert (reading.all.unobserved, reading.all.refused, reading.refused) == (2, 2, 2)
    assert {name: (row.unobserved, row.refused) for name, row in reading.by_step.items()} == {
        "plan": (2, 1), "act": (0, 1),
    }  # fmt: skip
    (line,) = (line for line in str(reading).splitlines() if line.startswith("premium "))
    assert line.split()[-3:] == ["0", "2", "2"]
    assert json.loads(render(reading, "json"))["by_model"]["premium"]["refused"] == 2


@pytest.mark.parametrize(("model", "listed"), [("gpt-4o", True), ("nobody", False)])
def test_the_list_of_prices_is_named_where_it_priced_a_call(model: str, listed: bool) -> None:
    text = str(sums([call(1, model=model), call(2, gen_ai__cost__total_cost=0.5)]))
    assert ("Prices that neither you nor the traces gave: genai-prices" in text) == listed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["no/such"], "there is no file"),
        (["FOLDER"], "no file of traces"),
        (["FILE", "--cards", "FILE"], "cards must be JSON"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"FOLDER": str(tmp_path / "empty"), "FILE": str(SAMPLES / "openinf.otlp.jsonl")}
    assert main(["traces", *(places.get(each, each) for each in arguments)]) == 2
    assert word in capsys.readouterr().err


def test_many_rows_malformed_places_and_currencies_fit_in_a_report() -> None:
    rows: list[Any] = [call(n, None, n, model=f"model {n}", name="x", start=n) for n in range(30)]
    rows += ["{no"] * 25 + [as_line({"task": "a", "model": "m", "usd": 2, "currency": "EUR"})]
    text = str(sums(rows, cards={}))
    for line in ("and 11 more", "and 5 more", "2.000000 EUR, not converted"):
        assert line in text
    with pytest.raises(ValueError, match="kind"):
        render(sums(rows), "html")


def test_progress_is_told_in_bytes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0)
    told: list[tuple[int, int]] = []
    lines = [as_line(call(n, None, n, start=n)) for n in range(1, 5)]
    sums(lines, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    size = sum(map(len, lines))
    assert told[-2:] == [(size, 0), (size, size)]
    reading.say_progress(50_000_000, 200_000_000)
    reading.say_progress(50_000_000, 0)
    assert capsys.readouterr().err == "traces: 50 of 200 MB,  25%\ntraces: 50 MB\n"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    for done in (50_000_000, 200_000_000):
        reading.say_progress(done, 200_000_000)
    bars = f"[{'#' * 10}{'.' * 30}]", f"[{'#' * 40}]"
    assert capsys.readouterr().err == f"traces: 50 of 200 MB,  25% {bars[0]}\rtraces: 200 of 200 MB, 100% {bars[1]}\n"


def test_lines_may_come_from_an_open_file_and_from_several_files(tmp_path: Path) -> None:
    lines = [as_line(call(n, None, n, start=n)) for n in (1, 2)]
    assert read(io.StringIO("\n".join(lines)), cards=CARDS, progress=None).all.calls == 2
    assert read(io.BytesIO("\n".join(lines).encode()), cards=CARDS, progress=None).all.calls == 2
    files = [tmp_path / f"{n}.jsonl" for n in (1, 2)]
    for file, line in zip(files, lines, strict=True):
        file.write_text(line, encoding="utf-8")
    assert read(files, cards=CARDS, progress=None).all.calls == 2
    assert read(map(str, files), cards=CARDS, progress=None).all.calls == 2


# ---- our own -------------------------------------------------------------------------------------------------------


def test_a_run_of_our_agents_is_read_as_it_was_billed() -> None:
    solver = agents.Chain(agents.Checked(pocket.small(), "nines", retries=1))
    run = solver.run(agents.draw_tasks(12, numbers=5, seed=1), seed=1, progress=None)
    found = read(run, progress=None)
    assert found.money.priced_usd == pytest.approx(run.cost.sum(), rel=1e-9)
    assert found.tasks_in_all == run.tasks == 12
    assert set(found.by_step) == set(run.names["step"])
    assert sorted(task.usd for task in found.tasks if task.usd is not None) == pytest.approx(sorted(run.cost))
    assert sorted(task.sec for task in found.tasks) == pytest.approx(sorted(run.latency))
    saved = [json.dumps(record._asdict()) for record in run.records()]
    assert read(saved, progress=None).money == found.money
    attempts = sorted(call.attempt or 0 for task in found.tasks for call in task.calls)
    assert attempts == sorted(run.attempt.tolist())


def test_the_log_of_labkit_serve_is_read_as_it_was_billed() -> None:
    out = io.StringIO()
    log = BillingLog(file=out)
    for task, fault, usd in (("a", "timeout", 0.03), ("a", "", 0.02), ("b", "", 0.01)):
        number = log.begin("chat", task=task, model="premium", prompt_hash="0", attempt=1)
        assert number is not None
        log.end(number, usd=usd, fault=fault, tokens_in=1000, tokens_out=500)
    found = read(out.getvalue().splitlines(), progress=None)
    assert (found.money.priced_usd, found.tasks_in_all) == (pytest.approx(log.usd), 2)
    assert [call.status for call in found.tasks[0].calls] == ["timeout", "ok"]


def test_the_page_names_every_format_and_every_column_of_a_table() -> None:
    tables = {table["name"]: table for table in json.loads(TABLES.read_text(encoding="utf-8"))["formats"]}
    page = (Path(__file__).parents[2] / "docs" / "traces.md").read_text(encoding="utf-8")
    assert [name for name in tables if name not in page] == []
    columns = {path for paths in tables["table"]["fields"].values() for path in paths}
    assert [column for column in columns if f"`{column}`" not in page] == []
