"""What is recorded: well-formed, what the laws predict, and in the slow suite what a run gives today."""

from __future__ import annotations

import datetime
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labkit_agents.frameworks import CONDITIONS, Recording, measure, measured, predicted_by, recorded, run, shown
from labkit_agents.frameworks.run import RECORDED, main

NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))


def test_each_condition_is_recorded_and_nothing_else() -> None:
    assert sorted(CONDITIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_has_a_date_and_knows_no_machine(name: str) -> None:
    recording = recorded(name)
    assert recording.name == name
    assert datetime.date.fromisoformat(recording.date) >= datetime.date(2026, 11, 30)
    assert recording.measurements
    words = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
    assert "127.0.0.1" not in words
    assert str(Path.home()) not in words


@pytest.mark.parametrize("name", NAMES)
def test_the_conditions_of_a_recording_have_different_names(name: str) -> None:
    names = [(each.framework, each.condition) for each in recorded(name)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_measured_is_what_the_law_predicts(name: str) -> None:
    for measurement in recorded(name):
        assert measurement.disagreements() == [], measurement.condition
        law = measurement.predicted
        if law is not None and " = " in law.formula:
            assert predicted_by(law.formula, law.calls_error, law.usd_error) == law


def test_without_a_live_run_the_recording_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for live in (None, "", "0"):
        monkeypatch.delenv("LABKIT_LIVE", raising=False) if live is None else monkeypatch.setenv("LABKIT_LIVE", live)
        assert measured(NAMES[0]) == recorded(NAMES[0])


@pytest.mark.parametrize("live", ["false", "no", "true", "2", " ", "kept/here"])
def test_live_is_said_by_0_by_1_or_by_the_whole_path_of_a_folder(live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other word would be a folder in the place where the lesson runs."""
    monkeypatch.setattr(run, "measure", lambda name: pytest.fail(f"{name} was measured"))
    monkeypatch.setenv("LABKIT_LIVE", live)
    with pytest.raises(ValueError, match="LABKIT_LIVE must be 0, 1 or"):
        measured("learned_router")


@pytest.mark.parametrize(
    "record",
    [
        None, [], {}, {"name": "a", "date": "2026-11-30"}, {"name": "a", "date": "today", "measurements": []},
        {"name": "a", "date": 3, "measurements": []}, {"name": "a", "date": "2026-11-30", "measurements": None},
        {"name": "a", "date": "2026-11-30", "measurements": [None]},
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused(record: object) -> None:
    with pytest.raises(ValueError, match=r"record must|isoformat"):
        Recording.from_json(record)  # type: ignore[arg-type]


def test_what_was_measured_into_a_folder_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    monkeypatch.setattr(run, "measure", lambda name: times.append(name) or replace(recorded(name), live=True))
    monkeypatch.setenv("LABKIT_LIVE", str(tmp_path / "kept"))
    first, second = measured("learned_router"), measured("learned_router")
    assert first.live
    assert first == second
    assert times == ["learned_router"]
    monkeypatch.setenv("LABKIT_LIVE", "1")
    measured("learned_router")
    assert len(times) == 2


@pytest.mark.parametrize("name", NAMES)
def test_no_two_measurements_of_a_recording_have_one_name(name: str) -> None:
    """Or a comparison with other releases would leave one of them out."""
    names = [(each.framework, each.condition) for each in recorded(name)]
    assert len(set(names)) == len(names)


def test_other_releases_are_compared_with_what_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def newer(name: str) -> Recording:
        if name == "litellm_soft":
            raise RuntimeError("litellm_soft failed: a traceback\nImportError: no fastapi")
        first, *others = (replace(each, versions={"litellm": "9.9"}) for each in recorded(name))
        return replace(recorded(name), measurements=(replace(first, calls_wire=first.calls_wire + 1), *others))

    monkeypatch.setattr(run, "measure", newer)
    found = run.compare(["litellm_soft", "litellm_budgets"])
    assert found["versions"] == {"litellm": "9.9"}
    assert found["failed"] == {"litellm_soft": "ImportError: no fastapi"}
    words = "provider_budget_config, 10 premium calls at once"
    assert found["differences"] == [["litellm_budgets", words, "calls_wire", 10, 11]]


def test_a_release_with_which_more_or_less_is_measured_is_compared_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def newer(name: str) -> Recording:
        first, second, *others = recorded(name)
        measured = (second, replace(first, condition="something new"), *others)
        return replace(recorded(name), measurements=measured)

    monkeypatch.setattr(run, "measure", newer)
    first = recorded("litellm_budgets").measurements[0]
    assert run.compare(["litellm_budgets"])["differences"] == [
        ["litellm_budgets", first.condition, "measured", True, False],
        ["litellm_budgets", "something new", "measured", False, True],
    ]


@pytest.mark.parametrize("ask", [recorded, measure])
def test_an_unknown_condition_is_named(ask: object) -> None:
    with pytest.raises(ValueError, match=r"name must be among .* got 'nothing'"):
        ask("nothing")  # type: ignore[operator]


def test_the_command_names_an_unknown_condition(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["nothing"], ["--record", "nothing"]):
        with pytest.raises(SystemExit):
            main(words)
        assert "got nothing" in capsys.readouterr().err


def test_the_defaults_are_those_of_the_recordings() -> None:
    table = shown.defaults_by_framework()
    assert list(table) == ["by default", *shown.FRAMEWORKS]
    assert {len(column) for column in table.values()} == {len(shown.DEFAULTS)}
    assert not any("{" in cell for column in table.values() for cell in column)
    turns = shown.defaults_by_framework("turns", "time-out")
    assert turns["Agents SDK"][0] == f"{recorded('agents_sdk_defaults').measurements[0].counts['max_turns']:.0f}"
    with pytest.raises(ValueError, match=r"wanted must be one of .* got 'colour'"):
        shown.defaults_by_framework("colour")


def test_recordings_and_laws_need_no_framework() -> None:
    code = (
        "import sys; from labkit_agents.frameworks import CONDITIONS, recorded; list(map(recorded, CONDITIONS));"
        "print([name for name in ('litellm', 'langgraph', 'agents', 'openai', 'starlette') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
