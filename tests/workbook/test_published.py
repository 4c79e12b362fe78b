"""Every published figure says what it is and where it stands; shares and times are of the right size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from labkit import cost
from labkit_workbook import published
from labkit_workbook.published import MARKS, Finding, Published


def entries() -> Iterator[tuple[str, Published]]:
    """Every figure of the module, with the name it is found under."""
    for name, value in vars(published).items():
        if isinstance(value, Published):
            yield name, value
        elif isinstance(value, dict) and not name.startswith("_"):
            yield from ((f"{name}[{key!r}]", each) for key, each in value.items())


ALL = dict(entries())
FINDINGS = {name: value for name, value in vars(published).items() if isinstance(value, Finding)}
CONDITIONS = {"temperature": 0, "tries": 1, "check": "tests", "n": "10 tasks"}
every_entry = pytest.mark.parametrize("name", ALL)


def test_the_figures_are_found() -> None:
    assert len(ALL) >= 30
    assert all(isinstance(each, Published) for each in ALL.values())


@every_entry
def test_an_entry_has_words_figures_a_source_and_a_mark(name: str) -> None:
    entry = ALL[name]
    assert len(entry.what.split()) >= 3
    assert len(entry.source.split()) >= 2
    assert entry.mark in MARKS
    assert entry.values
    assert all(value > 0 for value in entry.values) or entry is published.COORDINATION["single"]
    assert entry.cite.startswith("reported as") == (entry.mark == "reported")
    assert entry.cite in repr(entry)


@pytest.mark.parametrize("agent", published.PASS_HAT)
def test_pass_hat_falls_and_is_never_below_independence(agent: str) -> None:
    values = published.PASS_HAT[agent].values
    assert len(values) == 4
    assert list(values) == sorted(values, reverse=True)
    assert all(values[k] >= values[0] ** (k + 1) for k in range(4))


def test_solved_tasks_only_grow_and_never_exceed_the_tasks() -> None:
    for entry in (published.ALFWORLD_BLIND, published.ALFWORLD_REFLECTED):
        assert list(entry.values) == sorted(entry.values)
        assert entry.values[-1] <= published.ALFWORLD_TASKS
    assert published.ALFWORLD_BLIND.values[0] == published.ALFWORLD_REFLECTED.values[0]


@pytest.mark.parametrize("model", published.HORIZONS)
def test_a_surer_horizon_is_shorter(model: str) -> None:
    half, four_of_five = published.HORIZONS[model].values
    assert four_of_five < half


def test_every_architecture_is_held_against_one_agent() -> None:
    single, *others = published.COORDINATION.values()
    assert single.values[1] == 0
    for entry in others:
        success, overhead, turns = entry.values
        assert 0 < success < 1
        assert overhead > 0.5
        assert turns > single.values[2]


def test_the_recorded_cascade_adds_up_to_its_own_totals() -> None:
    """Answers and dollars of the four models, counted one by one, against the totals that were recorded."""
    reached, right, usd = (
        each.values for each in (published.CASCADE_REACHED, published.CASCADE_RIGHT, published.CASCADE_USD)
    )
    solved, dollars, _ = published.CASCADES["GPT-4-0613"].values
    assert reached[0] == 5 * published.HUMANEVAL_TASKS
    assert sum(right) / reached[0] == pytest.approx(solved, abs=5e-4)
    reject = [after / before for before, after in pairwise(reached)]
    assert published.HUMANEVAL_TASKS * cost.cascade(usd, reject) == pytest.approx(dollars, abs=5e-3)


def test_the_advertised_saving_of_a_router_is_over_a_random_one() -> None:
    at_random, best = published.MT_BENCH_CALLS.values
    assert at_random / best == pytest.approx(3.66, abs=5e-3)
    weak, strong, either = published.GSM8K.values
    assert weak < strong < either


@pytest.mark.parametrize(("data", "reported"), [("HEADLINES", 0.983), ("OVERRULING", 0.733), ("COQA", 0.592)])
def test_reported_savings_follow_from_the_reported_bills(data: str, reported: float) -> None:
    before, after = published.FRUGAL[data].values
    rounding = 0.05 / before * (1 + after / before)  # dollars are rounded to a tenth
    assert 1 - after / before == pytest.approx(reported, abs=rounding + 5e-4)


def test_a_finding_says_both_halves_and_its_source() -> None:
    told = " ".join(repr(published.DEBATE).split())
    assert all(each in told for each in (published.DEBATE.finding, published.DEBATE.but, published.DEBATE.cite))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("found", " ", "a paper"), "but must be words"),
        (("", "but", "a paper"), "finding must be words"),
        (("found", "but", ""), "source must be words"),
        (("found", "but", "a paper", "heard"), "mark must be one of"),
    ],
)
def test_half_a_finding_is_refused(arguments: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Finding(*arguments, **CONDITIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((" ", (1.0,), "a paper"), "what must be words"),
        (("what", (1.0,), ""), "source must be words"),
        (("what", (), "a paper"), "values must hold"),
        (("what", (1.0,), "a paper", "heard"), "mark must be one of"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(arguments: tuple[object, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Published(*arguments, **CONDITIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["temperature", "tries", "check", "n"])
def test_an_entry_without_its_conditions_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be words"):
        Published("what", (1.0,), "a paper", **{**CONDITIONS, name: " "})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=name):
        Published("what", (1.0,), "a paper", **{k: v for k, v in CONDITIONS.items() if k != name})  # type: ignore
    with pytest.raises(ValueError, match=f"{name} must be words"):
        Finding("found", "but", "a paper", **{**CONDITIONS, name: " "})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", {**ALL, **FINDINGS})
def test_the_conditions_stand_where_an_entry_is_printed(name: str) -> None:
    entry = {**ALL, **FINDINGS}[name]
    for condition in (entry.temperature, entry.tries, entry.check, entry.n):
        assert str(condition) in " ".join(repr(entry).rpartition("[")[2].split())
    assert max(map(len, repr(entry).splitlines())) <= 96


def test_repeated_runs_at_temperature_0_say_so() -> None:
    assert all(str(entry.temperature).startswith("0") for entry in published.PASS_HAT.values())
    stated = [name for name, entry in published.PASS_HAT.items() if entry.temperature == 0]
    assert stated == ["gpt-4o airline", "gpt-4o retail", "claude-3-5-sonnet retail", "GPT-4.1 airline"]
    assert published.ALFWORLD_BLIND.temperature == published.ALFWORLD_REFLECTED.temperature


def test_alfworld_s_trials_are_all_at_temperature_0() -> None:
    """Reflexion's loop warms up within one action, while its text is under five characters, not from trial to trial."""
    temperature = str(published.ALFWORLD_BLIND.temperature)
    assert temperature.startswith("0;")
    assert "an action under 5 characters is asked for again, 0.2 warmer each time" in temperature


@pytest.mark.parametrize("agent", published.PASS_HAT)
def test_shares_are_whole_counts_of_the_runs_that_are_stated(agent: str) -> None:
    """pass^1 over n tasks of t tries is a whole number out of n t; where t is only bounded, of some t from 4 to 8."""
    entry = published.PASS_HAT[agent]
    n, digits = int(entry.n.split()[0]), 4 if "." in agent or "GPT-5" in agent else 3
    tries = [entry.tries] if isinstance(entry.tries, int) else range(4, 9)
    half = 0.5 * 10.0**-digits
    assert any(abs(round(entry.values[0] * n * t) / (n * t) - entry.values[0]) <= half for t in tries)


def test_a_second_hand_or_unstated_condition_is_no_guess() -> None:
    assert published.ERRORS_AMPLIFIED.mark == "reported"
    assert "version 2" in published.ERRORS_AMPLIFIED.n
    assert "reported: HELM" in published.AGREE_WHEN_WRONG.n
    assert published.GSM8K.n == "1,319 questions"
    assert published.PREFIX_SAVED.tries == published.UNSAID
