"""The page of frameworks: its figures are those of the recordings, and what is not recorded is an error."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import frameworks_page as page
import pytest
import yaml

from labkit_agents.frameworks import CONDITIONS, Recording, recorded
from labkit_agents.frameworks.shown import DEFAULTS, FIGURE

LEVERS = yaml.safe_load(page.WORDS.read_text(encoding="utf-8"))
USES = [text for lever in LEVERS for use in lever["uses"] for text in use.values()]
WORDS = [*(lever["says"] for lever in LEVERS), *USES, *(text for row in DEFAULTS.values() for text in row)]
NAMED = {(name, words.rpartition(":")[2]) for name, words in FIGURE.findall(" ".join(WORDS))}
BESIDE = ("Router max_fallbacks",)
"""Defaults that are recorded and stand nowhere on the page."""
ELSEWHERE = {"langgraph_two_tiers_simple", "langgraph_two_tiers_hard", "langgraph_cap", "running_total"}
"""Those of the practical example, and lesson 12's agent."""


def test_every_condition_has_a_row_or_a_default_on_the_page() -> None:
    shown = {row[1] for lever in LEVERS for row in lever["rows"]}
    assert shown | {name for name, _ in NAMED} == set(CONDITIONS) - ELSEWHERE


def test_every_default_that_was_read_off_is_on_the_page_or_another_frameworks_client() -> None:
    read = {
        (name, count)
        for name in CONDITIONS
        if name.endswith("_defaults")
        for count in recorded(name).measurements[0].counts
    }
    client = {"client first wait", "client longest wait", "client max_retries", "client timeout"}
    assert {count for name, count in read - NAMED} <= client | set(BESIDE)


def test_another_figure_makes_another_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(name: str) -> Recording:
        before = recorded(name)
        if name != "litellm_retries":
            return before
        more = [dataclasses.replace(each, calls_wire=each.calls_wire + 70) for each in before]
        return dataclasses.replace(before, measurements=tuple(more))

    before = page.frameworks_page()
    monkeypatch.setattr(page, "recorded", changed)
    after = page.frameworks_page()
    assert "| LiteLLM, a plain call | 73 | 73 | 71 | **73** |" in after
    assert before.count("73") < after.count("73")


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (["a row", "litellm_retries", "nothing"], "conditions must each begin one of .* got 'nothing'"),
        (["a row", "nothing", "Router: every attempt 500"], "name must be among .* got 'nothing'"),
    ],
)
def test_what_is_not_recorded_is_an_error(row: list[str], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        page.tabulate_rows([row])


def test_a_begun_name_or_a_default_that_nothing_has_is_an_error() -> None:
    with pytest.raises(ValueError, match="no measurement that begins with 'nothing'"):
        page.tabulate_kinds([["a row", "litellm_retries", "nothing"]])
    with pytest.raises(ValueError, match="text must name one figure of our_defaults, got 'nothing'"):
        page.fill_in("{our_defaults:nothing}")
    with pytest.raises(ValueError, match=r"text must name one figure of crewai_cache, got 'hits', which is \[\]"):
        page.fill_in("{crewai_cache:hits}")
    with pytest.raises(ValueError, match="text must name one figure of our_budget, got 'tasks'"):
        page.fill_in("{our_budget:tasks}")  # ten of one tenant, twenty of two


def test_recordings_of_two_releases_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(name: str) -> Recording:
        before = recorded(name)
        if name != "litellm_soft":
            return before
        newer = [dataclasses.replace(each, versions={"litellm": "9.9"}) for each in before]
        return dataclasses.replace(before, measurements=tuple(newer))

    monkeypatch.setattr(page, "recorded", changed)
    with pytest.raises(ValueError, match=r"litellm_soft was measured with litellm 9\.9"):
        page.frameworks_page()


def test_newer_releases_say_what_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "NEWER", tmp_path / "newer.json")
    found = {"date": "2026-12-01", "versions": {"litellm": "9.9"}, "conditions": 3, "failed": {}, "differences": []}
    page.NEWER.write_text(json.dumps(found), encoding="utf-8")
    assert page.write_newer() == (
        "On 2026-12-01 3 conditions were measured with litellm 9.9 too. CrewAI, which has an environment of its own, "
        "was not compared. Every figure that was compared came out the same."
    )
    found["failed"] = {
        "litellm_caches": "ModuleNotFoundError: No module named 'fastapi'", "our_gate": "RuntimeError: no gate",
    }  # fmt: skip
    found["differences"] = [
        ["litellm_retries", "Router", "calls_wire", 3, 4], ["litellm_retries", "Router", "note", "", "a note"],
        ["langgraph_supersteps", "two chains", "sec", 0.8, 0.9],
        ["litellm_soft", "a new one", "measured", False, True], ["litellm_soft", "an old one", "measured", True, False],
        ["our_defaults", "where nothing is said", "counts", {"retries": 1.0, "at_most": 4.0}, {"at_most": 4.0}],
    ]  # fmt: skip
    page.NEWER.write_text(json.dumps(found), encoding="utf-8")
    assert page.write_newer().startswith("On 2026-12-01 1 conditions were measured")
    assert "nor were 2 conditions that do not run there" in page.write_newer()
    assert page.write_newer().splitlines()[2:] == [
        "- `litellm_caches` could not be compared: it needs `fastapi`, which was not there",
        "- `our_gate` fails: RuntimeError: no gate",
        "- Router (`litellm_retries`): calls 3, now 4",
        "- two chains (`langgraph_supersteps`): sec 0.8, now 0.9",
        "- a new one (`litellm_soft`): measured now alone",
        "- an old one (`litellm_soft`): not measured now",
        "- where nothing is said (`our_defaults`): retries 1.0, now None",
    ]


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever["name"])
def test_a_lever_says_everything_of_each_framework_that_has_it(lever: dict[str, object]) -> None:
    further = {"by_kind", "in_all", "others", "drawn", "counts", "leave_out", "lines"}
    assert set(lever) - further == {"name", "says", "rows", "uses"}
    for use in lever["uses"]:  # type: ignore[attr-defined]
        assert set(use) == {"in", "called", "default", "but"}
        assert use["in"] in {*page.PACKAGES, "ours"}
        assert use["but"].endswith(".")
        assert not use["default"].endswith(".")
    words = str(lever["says"]) + str(lever.get("others", ""))
    named = words + " ".join(use["in"] for use in lever["uses"])  # type: ignore[attr-defined]
    if "others" not in lever:
        assert all(
            name.removeprefix("OpenAI ") in named for name in ("LiteLLM", "LangGraph", "OpenAI Agents SDK", "CrewAI")
        )
