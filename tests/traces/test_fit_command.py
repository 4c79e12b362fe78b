"""`labkit fit` and `labkit price`: exit status, files, words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made import DIAMOND, rows
from recorded import SAMPLES, call, span
from test_trace_secrets import SECRET, planted_file

from labkit import PREMIUM, Gate, chain, retry
from labkit_traces import from_json, read_budget, read_workflow, to_json
from labkit_traces.workflow_prices import price_workflow
from labkit_workbook.cli import main

FILES = [p for p in sorted(SAMPLES.iterdir()) if p.suffix != ".md"]


@pytest.fixture
def traces(tmp_path: Path) -> str:
    file = tmp_path / "spans.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows(DIAMOND, 60, 1)), encoding="utf-8")
    return str(file)


def test_a_report_is_printed_written_and_saved(traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, saved = tmp_path / "report.html", tmp_path / "workflow.json"
    assert main(["fit", traces, "--per-day", "10", "--out", str(page), "--save", str(saved), "--budget-usd", "1"]) == 0
    said = capsys.readouterr().out
    assert "A month of 10 tasks a day" in said
    assert f"The report as a page: {page}" in said
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert from_json(saved.read_text(encoding="utf-8")).names == ("plan", "left", "right", "write")
    assert main(["fit", traces, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["tasks"] == 60


def test_outcomes_beside_the_traces_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, outcomes = tmp_path / "spans.jsonl", tmp_path / "outcomes.csv"
    made = rows(DIAMOND, 30, 1, outcomes="none")
    file.write_text("\n".join(json.dumps(row) for row in made), encoding="utf-8")
    outcomes.write_text("task,right\n" + "\n".join(f"t{i},{i % 3 > 0}" for i in range(30)), encoding="utf-8")
    assert main(["fit", str(file), "--outcomes", str(outcomes)]) == 0
    assert "ends right      66.7%" in capsys.readouterr().out


def test_a_gate_exits_with_1_and_the_line_that_broke(
    traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    budget = tmp_path / "budget.json"
    for limit, status in ((0.07, 0), (0.01, 1)):
        budget.write_text(json.dumps({"usd": limit}), encoding="utf-8")
        assert main(["fit", traces, "--check", str(budget)]) == status
        assert ("BROKEN usd" in capsys.readouterr().out) == bool(status)
    page = tmp_path / "report.html"
    assert main(["fit", traces, "--check", str(budget), "--out", str(page), "--budget-success", "0.9"]) == 1
    assert f"The report as a page: {page}" in capsys.readouterr().out
    assert "the budget of 90.0%" in page.read_text(encoding="utf-8")
    assert main(["fit", traces, "--check", str(budget), "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["kept"], [line["name"] for line in data["checked"]]) == (False, ["usd", "unseen_calls"])


def test_a_gate_of_seconds_notes_what_lies_around_the_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, budget = tmp_path / "spans.jsonl", tmp_path / "budget.json"
    made = [call(i, 100 + i, i + 1, start=3) for i in range(30)] + [
        span(100 + i, trace=i + 1, sec=5) for i in range(30)
    ]
    made += [call(200 + i, 100 + i, i + 1, start=3) for i in range(30)]
    file.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    for limit, noted in (({"p95_sec": 9}, True), ({"calls": 9}, False)):
        budget.write_text(json.dumps(limit), encoding="utf-8")
        assert main(["fit", str(file), "--check", str(budget)]) == 0
        assert ("note   The tasks' own spans last 4 s longer" in capsys.readouterr().out) == noted


def test_two_runs_are_compared(traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    assert main(["fit", "--compare", traces, traces, "--out", str(page)]) == 0
    assert "not enough to tell" in capsys.readouterr().out
    assert "What the change really did" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [["--check", "b.json"], ["--save", "w.json"], ["--per-day", "0"], ["more.jsonl"]])
def test_nothing_is_passed_over_beside_a_comparison(
    option: list[str], traces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate that was asked for and never looked would let everything through."""
    assert main(["fit", *option, "--compare", traces, traces]) == 2
    assert "--compare must stand without" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--per-day", "--budget-usd", "--budget-sec", "--budget-success"])
def test_nothing_is_passed_over_beside_a_gate(
    option: str, traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    budget = tmp_path / "budget.json"
    budget.write_text('{"calls": 9}', encoding="utf-8")
    assert main(["fit", traces, "--check", str(budget), option, "0.5"]) == 2
    assert f"--check must stand without {option}, which only the page of --out" in capsys.readouterr().err
    page = ["--out", str(tmp_path / "report.html")]
    assert main(["fit", traces, "--check", str(budget), option, "0.5", *page]) == 0
    assert main(["fit", traces, "--check", str(budget), "--save", str(tmp_path / "w.json")]) == 0


@pytest.mark.parametrize("option", ["--out", "--save"])
@pytest.mark.parametrize("place", ["none/x.html", "."])
def test_a_file_that_cannot_be_written_is_named_before_anything_is_read(
    option: str, place: str, traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / place)
    assert main(["fit", traces, option, file]) == 2
    assert f"{option} must name a file in a folder that is there, got {file!r}" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--save"])
def test_no_file_that_is_read_is_written_over(option: str, traces: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(traces).read_bytes()
    assert main(["fit", traces, option, traces]) == 2
    assert f"{option} must name a file that is not read" in capsys.readouterr().err
    assert Path(traces).read_bytes() == before


def test_no_file_of_a_folder_that_is_read_is_written_over(traces: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(traces).read_bytes()
    assert main(["fit", str(Path(traces).parent), "--out", traces]) == 2
    assert "--out must name a file that is not read" in capsys.readouterr().err
    assert Path(traces).read_bytes() == before


def test_page_and_workflow_are_two_files(traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "x")
    assert main(["fit", traces, "--out", file, "--save", file]) == 2
    assert "--save must name another file than --out" in capsys.readouterr().err


def test_outcomes_of_tasks_with_one_key_before_and_after_are_refused(
    traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would be the same on both sides, and the change of the share right a zero that nobody measured."""
    key = json.loads(Path(traces).read_text(encoding="utf-8").splitlines()[0])["task"]
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text(f"task,right\n{key},1\n", encoding="utf-8")
    assert main(["fit", "--compare", traces, traces, "--outcomes", str(outcomes)]) == 2
    assert "cannot tell the two runs of a task apart" in capsys.readouterr().err


def test_a_gate_writes_the_report_too(traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budget, page = tmp_path / "budget.json", tmp_path / "report.html"
    budget.write_text('{"usd": 0.01}', encoding="utf-8")
    assert main(["fit", traces, "--check", str(budget), "--out", str(page)]) == 1
    assert capsys.readouterr().out.startswith("BROKEN usd")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("option", ["--check", "--cards"])
@pytest.mark.parametrize("name", ["deep.json", "deep.toml"])
def test_a_file_with_endless_brackets_is_refused_in_words(
    option: str, name: str, traces: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deep = tmp_path / name
    deep.write_text(("usd = " if name.endswith("toml") else "") + "[" * 100_000, encoding="utf-8")
    assert main(["fit", traces, option, str(deep)]) == 2
    assert capsys.readouterr().err.startswith("labkit fit: ")


def test_where_no_task_can_be_told_the_sums_are_given_and_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "spans.jsonl"
    file.write_text("\n".join(json.dumps(call(i, trace=i + 1)) for i in range(3)), encoding="utf-8")
    assert main(["fit", str(file)]) == 0
    said = capsys.readouterr().out
    assert "The bill, in three parts" in said
    assert "Nothing was fitted: every trace holds one call" in said
    assert "was written" not in said
    page = tmp_path / "report.html"
    assert main(["fit", str(file), "--out", str(page)]) == 0
    assert "No page and no workflow was written." in capsys.readouterr().out
    assert not page.exists()
    budget = tmp_path / "budget.json"
    budget.write_text('{"calls": 5}', encoding="utf-8")
    capsys.readouterr()
    assert main(["fit", str(file), "--check", str(budget)]) == 1
    assert "BROKEN calls: every trace holds one call" in capsys.readouterr().out
    budget.write_text('{"calls": 5, "usd": 1, "surely": true}', encoding="utf-8")
    assert main(["fit", str(file), "--check", str(budget), "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert [data["kept"], *((line["name"], line["kept"], line["found"]) for line in data["checked"])] == [
        False, ("usd", False, None), ("calls", False, None),
    ]  # fmt: skip
    assert data["checked"][0]["why"].startswith("every trace holds one call")


def test_one_file_of_outcomes_serves_both_sides_of_a_comparison(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides, outcomes = [tmp_path / f"{side}.jsonl" for side in ("before", "after")], tmp_path / "outcomes.csv"
    for side, file in zip("ba", sides, strict=True):
        made = (row | {"task": side + row["task"]} for row in rows(DIAMOND, 20, 1, outcomes="none"))
        file.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    command = ["fit", "--compare", *map(str, sides), "--outcomes", str(outcomes)]
    for side in "ba":
        outcomes.write_text("task,right\n" + "\n".join(f"{side}t{i},{i % 3 > 0}" for i in range(20)), encoding="utf-8")
        assert main(command) == 0
    outcomes.write_text("task,right\norder 1,1\norder 2,0", encoding="utf-8")
    assert main(command) == 2
    assert "outcomes must name tasks of these traces, and none of 2 does" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["fit"], "FILE must name traces"), (["fit", "none"], "there is no file"),
        (["fit", "FILE", "--outcomes", "none"], "outcomes: there is no file"),
        (["fit", "FILE", "--check", "none"], "budget: there is no file"),
        (["fit", "FILE", "--per-day", "-1"], "--per-day must"), (["fit", "none", "--per-day", "nan"], "--per-day must"),
        (["fit", "none", "--per-day", "1e308"], "--per-day must stay below 1e+15"),
        (["fit", "none", "--budget-usd", "-1"], "--budget-usd must"), (["fit", "none", "--budget-sec", "inf"],
        "--budget-sec must"), (["fit", "none", "--budget-success", "2"], "--budget-success must"),
        (["fit", ""], "FILE must name something"), (["fit", "--compare", "FILE", ""], "--compare must name something"),
        (["traces", "FILE", "--cards", ""], "--cards must name something"),
        (["traces", ""], "FILE must name something"),
        *((["fit", "FILE", option, ""], f"{option} must name something") for option in
          ("--check", "--out", "--save", "--cards", "--outcomes", "--task-key", "--score")),
        (["fit", "FILE", "--needs", "plan"], "--needs must name two steps"),
        (["fit", "FILE", "--cards", "none"], "--cards: there is no file 'none'"),
        (["price", "none"], "workflow: there is no file"),
        (["price", "FILE"], "text must be the JSON of a workflow"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_words(
    arguments: list[str], word: str, traces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([traces if each == "FILE" else each for each in arguments]) == 2
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_secret_reaches_a_report(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / SECRET
    folder.mkdir()
    file, page, saved = planted_file(path, folder), tmp_path / "report.html", tmp_path / "workflow.json"
    assert main(["fit", str(file), "--per-day", "5", "--out", str(page), "--save", str(saved)]) == 0
    assert main(["fit", str(file), "--format", "json"]) == 0
    captured = capsys.readouterr()
    written = "".join(each.read_text(encoding="utf-8") for each in (page, saved) if each.exists())
    assert SECRET not in captured.out + captured.err + written


def test_a_workflow_is_priced_before_anything_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "workflow.json"
    workflow = chain(3, PREMIUM).pipe(retry, 1)
    file.write_text(to_json(workflow), encoding="utf-8")
    assert main(["price", str(file), "--per-day", "100"]) == 0
    said = capsys.readouterr().out
    assert "A month of 100 tasks a day: 274.05 USD" in said
    assert main(["price", str(file), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["worst"]["usd"] == pytest.approx(0.18)
    assert data["expected"]["usd"] == pytest.approx(workflow.outcome("expected").cost)
    assert data["usd_a_month"] is None


def test_a_model_may_be_a_price_card_and_tokens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, cards = tmp_path / "workflow.json", tmp_path / "cards.json"
    step = {"name": "a", "model": {"card": "mine", "tokens_in": 1000, "tokens_out": 100, "p_ok": 0.9, "sec": 3}}
    file.write_text(json.dumps({"labkit_workflow": 1, "steps": [step]}), encoding="utf-8")
    cards.write_text('{"mine": {"usd_in": 10, "usd_cached": 1, "usd_out": 40}}', encoding="utf-8")
    assert main(["price", str(file)]) == 2
    assert "card of model of step 'a' must be a model whose price is known, got 'mine'" in capsys.readouterr().err
    for option in ("--models", "--cards"):
        assert main(["price", str(file), option, str(cards), "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
    assert data["expected"] == {"usd": pytest.approx(0.014), "sec": 3.0, "p": 0.9}
    listed = {"name": "a", "model": {"card": "gpt-4o", "tokens_in": 1000, "tokens_out": 100, "p_ok": 0.9, "sec": 3}}
    assert from_json(json.dumps({"labkit_workflow": 1, "steps": [listed]}))["a"].model.usd > 0
    for wrong, word in (({"tokens_in": 1}, "must say tokens_in"), ({"colour": 1}, "has no 'colour'")):
        bad = {"name": "a", "model": {"card": "gpt-4o", **wrong}}
        with pytest.raises(ValueError, match="model of step 'a'") as told:
            from_json(json.dumps({"labkit_workflow": 1, "steps": [bad]}))
        assert "has no" in str(told.value) or "must say tokens_out" in str(told.value), word
    del listed["model"]["sec"]  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="model of step 'a' must say sec"):
        from_json(json.dumps({"labkit_workflow": 1, "steps": [listed]}))


def test_what_a_fit_does_not_know_is_priced_as_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Calls that nobody can price, without moments and outcomes: their workflow holds 0, 0 and 1."""
    file, saved = tmp_path / "spans.jsonl", tmp_path / "workflow.json"
    row = {"model": "nobody", "tokens_in": 10, "tokens_out": 5}
    file.write_text(
        "\n".join(json.dumps(row | {"task": i, "step": s}) for i in range(9) for s in "ab"), encoding="utf-8"
    )
    assert main(["fit", str(file), "--save", str(saved)]) == 0
    assert json.loads(saved.read_text(encoding="utf-8"))["unknown"] == ["usd", "sec", "p"]
    assert from_json(saved.read_text(encoding="utf-8")).names == ("a", "b")
    capsys.readouterr()
    assert main(["fit", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["workflow"] == json.loads(saved.read_text(encoding="utf-8"))
    assert main(["price", str(saved), "--per-day", "5"]) == 0
    said = capsys.readouterr().out
    assert "  mean                  unknown    unknown    unknown\n" in said
    assert "A month of 5 tasks a day: unknown." in said
    assert main(["price", str(saved), "--per-day", "5", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["expected"] == data["worst"] == {"usd": None, "sec": None, "p": None}
    assert (data["usd"], data["sec"], data["usd_a_month"]) == ([None, None], [None, None], None)


def test_dollars_that_are_a_lower_bound_are_priced_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, saved = tmp_path / "spans.jsonl", tmp_path / "workflow.json"
    made = [
        {"task": i, "step": s, "model": "m", "start": i, "sec": 1, "usd": 1 if i else None}
        for i in range(9)
        for s in "ab"
    ]
    file.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    assert main(["fit", str(file), "--save", str(saved)]) == 0
    found = json.loads(saved.read_text(encoding="utf-8"))
    assert (found["unknown"], found["lower_bound"]) == (["p"], True)
    capsys.readouterr()
    assert main(["price", str(saved)]) == 0
    assert "Dollars are a lower bound" in capsys.readouterr().out
    assert main(["price", str(saved), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["lower_bound"] is True


def test_where_nothing_can_vary_one_row_is_printed_and_no_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workflow.json"
    for workflow, lines in ((chain(3, PREMIUM), 1), (chain(3, PREMIUM).pipe(retry, 1), 3)):
        file.write_text(to_json(workflow), encoding="utf-8")
        assert main(["price", str(file), "--per-day", "10"]) == 0
        said = capsys.readouterr().out
        assert said.count("%") == lines
        assert ("90 of 100 tasks" in said, "give or take" in said) == (lines > 1, lines > 1)
    assert "A month of 10 tasks a day: 27.41 USD, give or take" in said


def test_a_price_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="workflow must be a Workflow, got int"):
        price_workflow(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="per_day must"):
        price_workflow(chain(1, PREMIUM), -1)
    assert price_workflow(chain(2, PREMIUM).pipe(retry, 1)).worst.cost == pytest.approx(0.12)
    assert Gate().detection == 1.0


def test_a_mark_at_the_beginning_and_a_large_ending_are_no_error(tmp_path: Path) -> None:
    """The byte order mark that some editors write; and what is no text is named, with its file."""
    (tmp_path / "w.json").write_text(to_json(chain(2, PREMIUM)), encoding="utf-8-sig")
    assert read_workflow(tmp_path / "w.json") == chain(2, PREMIUM)
    (tmp_path / "B.JSON").write_text('{"usd": 1}', encoding="utf-8-sig")
    assert read_budget(tmp_path / "B.JSON").usd == 1
    (tmp_path / "w.json").write_text("{}", encoding="utf-16")
    with pytest.raises(ValueError, match=r"workflow must be text in UTF-8; .*w\.json' is not"):
        read_workflow(tmp_path / "w.json")


def test_a_stopped_command_says_so(
    monkeypatch: pytest.MonkeyPatch, traces: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labkit_traces.command.read", stop)
    assert main(["traces", traces]) == 130
    assert capsys.readouterr().err == "labkit traces: stopped\n"


def test_a_closed_output_is_no_error(monkeypatch: pytest.MonkeyPatch, traces: str) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert main(["traces", traces]) == 0
