"""Advice against what the changes really do when they are made; comparisons; budgets; the page."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from made import DIAMOND, rows
from recorded import call, span
from test_fit import row

from labkit import Model, Step, Workflow, chain, levers
from labkit.prices import PriceCard
from labkit_traces import Estimate, Reading, fit, read
from labkit_traces.advising import (
    Budget,
    advise,
    as_page,
    as_text,
    check_budget,
    compare,
    compared_text,
    comparison_page,
    read_budget,
    summarise,
    summarise_comparison,
)
from labkit_traces.advising.candidates import DETECTION, FALSE_ALARM, SIDE_BY_SIDE
from labkit_traces.advising.changes import _breaks
from labkit_traces.advising.comparing import _permute
from labkit_traces.advising.comparison_words import compared_notes
from labkit_traces.advising.words import change, plain, points, spread, step_rows, usd

CARDS = {"premium": PriceCard.per_million(10, 1, 40), "small": PriceCard.per_million(1, 0.1, 4)}
WEAK = Workflow((
    Step("plan", Model(0.03, 2.0, 0.99, "premium")), Step("act", Model(0.01, 2.0, 0.7, "small"), ("plan",)),
    Step("write", Model(0.01, 2.0, 0.99, "small"), ("act",)),
))  # fmt: skip


def reading_of(found: Any, **options: Any) -> Reading:
    return read([json.dumps(each) for each in found], progress=None, **options)


@cache
def weak(tasks: int = 400, seed: int = 1) -> Reading:
    return reading_of(rows(WEAK, tasks, seed, attempt=None))


def test_the_best_change_is_the_one_that_helps_most() -> None:
    reading = weak()
    found = advise(reading, fit(reading), per_day=100)
    assert [change.what for change in found[:1]] == ["check act and retry once"]
    assert len(found) == 3
    assert [change.score.value for change in found] == sorted((c.score.value for c in found), reverse=True)
    assert all(change.assumption for change in found)
    assert found[0].usd_a_month == pytest.approx((fit(reading).usd.value + found[0].usd.value) * 3000)


def test_predicted_gains_hold_what_the_changed_workflow_really_gains() -> None:
    reading = weak()
    found = {change.what: change for change in advise(reading, fit(reading), most=20)}
    truth = {
        "check act and retry once": WEAK.pipe(
            levers.gate, DETECTION, FALSE_ALARM, 1, "act", when_rejected="pass"),
        "run plan and act side by side": WEAK.pipe(levers.parallelize, ["plan", "act"]),
    }  # fmt: skip
    before = WEAK.outcome("expected")
    for what, changed in truth.items():
        after = changed.outcome("expected")
        for name, measure in (("usd", "cost"), ("sec", "latency"), ("p", "reliability")):
            gain, estimate = getattr(after, measure) - getattr(before, measure), getattr(found[what], name)
            if name == "sec" and "side by side" in what:
                gain = -1.0  # the longer of two exponential times of mean 2 s takes 3 s in the mean, and not 2
            reach = 2 * max(estimate.high - estimate.low, 1e-9)
            assert estimate.value - reach <= gain <= estimate.value + reach, (what, name)


def test_what_waits_for_one_step_is_moved_beside_it_together() -> None:
    reading = reading_of(rows(DIAMOND, 300, 1))
    found = {change.what: change for change in advise(reading, fit(reading), most=20)}
    together = found["run plan, left and right side by side"]
    assert together.assumption.startswith("left and right do not need what plan found: that they ran later")
    assert "run left, right and write side by side" in found
    moved = DIAMOND.pipe(levers.parallelize, ["plan", "left", "right"])
    made = [np.array([task.sec for task in reading_of(rows(w, 3000, 2)).tasks]) for w in (DIAMOND, moved)]
    gain = made[1].mean() - made[0].mean()
    error = math.sqrt(sum(each.var() / each.size for each in made))
    assert together.sec.low - 2 * error < gain < together.sec.high + 2 * error


def test_what_runs_side_by_side_waits_for_the_slowest_of_each_task() -> None:
    """One second and three, by turns: the longer one takes 3, and not 2, which is the longer mean."""
    made = [
        row(i, s, start=at, sec=sec)
        for i in range(60) for s, at, sec in (("a", 0, 1 + 2 * (i % 2)), ("b", 1 + 2 * (i % 2), 3 - 2 * (i % 2)))
    ]  # fmt: skip
    reading = reading_of(made)
    (found,) = [change for change in advise(reading, fit(reading), most=9) if change.kind == SIDE_BY_SIDE]
    assert (found.sec.value, found.sec.low, found.sec.high) == pytest.approx((-1.0, -1.0, -1.0))


def test_steps_of_which_a_task_takes_one_or_the_other_are_not_run_side_by_side() -> None:
    """Seven of ten tasks go to faq, three to expert: only the path that a task takes can get shorter."""
    made = [
        row(i, s, start=at, sec=sec)
        for i in range(60)
        for s, at, sec in (("sort", 0, 1), ("expert", 1, 8) if i % 10 > 6 else ("faq", 1, 2), ("sign", 9, 1))
    ]
    reading = reading_of(made)
    found = fit(reading)
    changes = {change.what: change.sec.value for change in advise(reading, found, most=9)}
    assert not any("expert and faq" in what or "faq and expert" in what for what in changes)
    assert changes["run sort and expert side by side"] == pytest.approx(-0.3)
    text = as_text(summarise(reading, found, ()))
    assert "Longest path: sort, expert (in 30.0% of the tasks), faq (in 70.0% of the tasks), sign." in text


def test_steps_of_which_one_is_known_to_need_the_other_are_not_moved() -> None:
    reading = reading_of(rows(DIAMOND, 300, 1))
    found = fit(reading)
    moved = {c.what for c in advise(reading, found, needs=[("left", "plan")], most=9) if c.kind == SIDE_BY_SIDE}
    assert moved == {"run left, right and write side by side", "run plan and right side by side"}
    needs = [("left", "plan"), ("right", "plan"), ("write", "right")]
    assert not [c for c in advise(reading, found, needs=needs, most=9) if c.kind == SIDE_BY_SIDE]
    with pytest.raises(ValueError, match=r"name must be one of 'plan'.* got 'nobody'"):
        advise(reading, found, needs=[("left", "nobody")])


def test_a_budget_that_is_broken_comes_first() -> None:
    reading = weak()
    found = fit(reading)
    slow = advise(reading, found, budget_sec=found.p95_sec.value / 2)
    assert slow[0].kind == "parallelise"
    assert advise(reading, found, budget_sec=found.p95_sec.value * 2)[0].kind == "check"


def test_a_cheaper_model_of_the_traces_is_proposed_with_its_break_even() -> None:
    made = [
        row(i, s, start=at, model=model, tokens_in=1000, tokens_out=100, solved=True, right=i % 10 > 0) | {"usd": None}
        for i in range(60) for at, (s, model) in enumerate([("plan", "premium"), ("act", "small")])
    ]  # fmt: skip
    reading = reading_of(made, cards=CARDS)
    found = fit(reading)
    (routed,) = [change for change in advise(reading, found, cards=CARDS, most=9) if change.kind == "route"]
    assert routed.what == "send plan to small"
    assert routed.usd.value == pytest.approx(-(0.014 - 0.0014))
    assert math.isnan(routed.p.value)  # nobody has seen the small model plan
    assert math.isnan(routed.usd_per_right.value)
    assert "which nobody has seen" in routed.assumption
    p = found.workflow["plan"].model.p_ok
    assert f"below p = {p * (1 - 0.0126 / 0.0154):.3f}" in routed.assumption


def conversations(unit: int = 2000, sec: float = 1.0) -> list[dict[str, Any]]:
    """Forty tasks of three calls, a second apart, each of which sends what the one before sent and as much again."""
    return [
        row(i, "talk", start=j, sec=sec, model="premium", tokens_in=unit * (j + 1), tokens_out=10) | {"usd": None}
        for i in range(40) for j in range(3)
    ]  # fmt: skip


@pytest.mark.parametrize("change", [{"model": "small"}, {"start": 0.5}])
def test_calls_of_several_models_or_at_once_are_no_conversation(change: dict[str, Any]) -> None:
    """The second call of each three."""
    made = conversations()
    assert fit(reading_of(made, cards=CARDS)).step("talk").context is not None
    for each in made[1::3]:
        each.update(change)
    reading = reading_of(made, cards=CARDS)
    found = fit(reading)
    assert found.step("talk").context is None
    assert not any(each.kind == "prefix" for each in advise(reading, found, cards=CARDS))


@pytest.mark.parametrize(("usd_written", "writing"), [(None, 0.0), (12.5, 2.5)])
def test_input_that_is_sent_again_is_worth_a_prefix_cache(usd_written: float | None, writing: float) -> None:
    """Read again are 2,000 and 4,000 tokens, at 9 USD a million less; put into the cache are 4,000."""
    cards = {"premium": PriceCard.per_million(10, 1, 40, usd_written=usd_written)}
    reading = reading_of(conversations(), cards=cards)
    (kept,) = advise(reading, fit(reading), cards=cards)
    assert kept.kind == "prefix"
    assert kept.usd.value == pytest.approx(-6000 * 9e-6 + 4000 * writing * 1e-6)


@pytest.mark.parametrize("made", [conversations(unit=300), conversations(sec=5.0)], ids=["short", "at once"])
def test_no_prefix_is_kept_of_short_prompts_or_of_calls_that_still_run(made: list[dict[str, Any]]) -> None:
    reading = reading_of(made, cards=CARDS)
    assert advise(reading, fit(reading), cards=CARDS) == ()


def test_of_one_task_nothing_is_advised_and_no_sure_limit_is_kept() -> None:
    reading = reading_of(row(1, s, start=at) for at, s in enumerate("abc"))
    found = fit(reading)
    assert advise(reading, found, most=9) == ()
    assert [str(line) for line in check_budget(reading, found, Budget(calls=5))] == ["kept   calls: 3, at most 5"]
    data = summarise(reading, found, (), budget_usd=1e-9, budget_sec=1000)
    assert [each["surely"] for each in data["budgets"].values()] == [False, False]
    assert [shown["kind"] for shown in data["shown"]] == ["median"]
    assert as_text(data).startswith("1 task. In brackets")
    (line,) = check_budget(reading, found, Budget(calls=5, surely=True))
    assert str(line) == "BROKEN calls: so few tasks leave no interval, at most 5"


def test_where_whole_tasks_alone_are_known_the_whole_task_is_checked_and_no_step_is_blamed() -> None:
    reading = reading_of(rows(WEAK, 400, 1, outcomes="tasks", attempt=None))
    found = fit(reading)
    checks = [each for each in advise(reading, found, most=9, budget_success=0.95) if each.kind == "check"]
    assert [each.what for each in checks] == ["check what the task ends with, and do all of it once more"]
    p, again = found.p.value, 0.8 * (1 - found.p.value) + 0.05 * found.p.value
    assert checks[0].p.value == pytest.approx(p * again - 0.05 * p)
    assert checks[0].usd.value == pytest.approx(found.usd.value * again)
    data = summarise(reading, found, checks)
    assert {each["failures"] for each in data["steps"]} == {None}
    assert [cells[-2:] for cells in step_rows(data)] == [("unknown", "unknown")] * 3
    assert any(said.startswith("Which step the failures come from nobody can tell") for said in found.warnings)


def test_the_retry_of_a_step_is_as_alike_as_that_step_s_own_tries() -> None:
    """Plan fails by chance, act always on the same items: a second try of act gains nothing."""
    rng = np.random.default_rng(1)
    made = [
        row(f"{i}-{j}", s, start=at, item=i, right=bool(rng.random() < 0.8) if s == "plan" else i % 5 > 0)
        for i in range(100) for j in range(3) for at, s in enumerate(["plan", "act"])
    ]  # fmt: skip
    reading = reading_of(made)
    found = fit(reading)
    assert found.laws["act"][0].correlation == pytest.approx(1.0)
    assert found.laws["plan"][0].correlation < 0.15
    checks = [each.what for each in advise(reading, found, most=9, budget_success=0.95) if each.kind == "check"]
    assert checks == ["check plan and retry once"]


def test_what_a_check_costs_is_unknown_where_its_step_has_no_price() -> None:
    """Act is wrong in a third of the tasks, and nobody knows what its calls cost."""
    made = [each | ({"usd": None, "model": "x"} if each["step"] == "act" else {}) for each in rows(WEAK, 400, 1)]
    reading = reading_of(made)
    found = advise(reading, fit(reading), per_day=10, most=9)
    (check,) = [each for each in found if each.what.startswith("check act")]
    assert math.isnan(check.usd.value)
    assert math.isnan(check.usd_a_month)
    assert check is found[-1]


def test_where_dollars_are_over_budget_the_cheaper_model_is_among_the_three() -> None:
    made = [
        row(i, s, start=at, model=model, tokens_in=9000 if s == "plan" else 100, tokens_out=100, solved=True,
            right=(i + at) % 10 > 0) | {"usd": None}
        for i in range(200)
        for at, (s, model) in enumerate([("plan", "premium"), ("act", "small"), ("tell", "small"), ("end", "small")])
    ]  # fmt: skip
    reading = reading_of(made, cards=CARDS)
    found = fit(reading)
    kinds = [
        [each.kind for each in advise(reading, found, cards=CARDS, budget_usd=limit)]
        for limit in (None, found.usd.value / 2)
    ]
    assert ["route" in each for each in kinds] == [False, True]
    assert kinds[1][-1] == "route"


def test_failures_are_nobodys_share_where_a_step_has_no_outcome() -> None:
    reading = reading_of(row(i, s, start=at) | ({"right": i % 3 > 0} if s == "a" else {})
                         for i in range(30) for at, s in enumerate("ab"))  # fmt: skip
    data = summarise(reading, fit(reading), ())
    assert [step["failures"] for step in data["steps"]] == [None, None]


def test_a_budget_that_the_interval_leaves_open_is_said_to_be_so() -> None:
    reading = weak()
    found = fit(reading)
    for limit, said in ((found.usd.value * 1.001, ", but no interval says so surely"), (found.usd.value * 2, "")):
        data = summarise(reading, found, (), budget_usd=limit)
        assert f"which keeps {usd(limit)}{said}\n" in as_text(data)
        assert f"within the budget of {usd(limit)}{said}<" in as_page(data)


def test_without_outcomes_nothing_is_said_of_reliability() -> None:
    reading = reading_of(rows(WEAK, 100, 1, outcomes="none"))
    found = advise(reading, fit(reading), most=20)
    assert {change.kind for change in found} == {"parallelise"}
    assert all(math.isnan(change.p.value) for change in found)


def test_correlated_tries_make_a_retry_worth_less() -> None:
    rng = np.random.default_rng(1)
    p = rng.beta(4.5, 0.5, 200)  # rho = 1 / 6
    right = rng.random((200, 3)) < p[:, None]
    made = [
        row(f"{i}-{j}", s, start=at, solved=bool(right[i, j]), item=i)
        for i in range(200) for j in range(3) for at, s in enumerate("ab")
    ]  # fmt: skip
    apart = [{k: v for k, v in each.items() if k != "item"} for each in made]
    gains = [
        max(c.p.value for c in advise(reading, fit(reading), most=9, budget_success=0.95) if c.kind == "check")
        for reading in map(reading_of, (made, apart))
    ]
    assert gains[0] < 0.9 * gains[1]


def test_a_change_of_which_nobody_knows_p_comes_after_those_with_evidence() -> None:
    """Plan takes nearly all dollars, so that a cheaper model would save most of all."""
    made = [
        row(
            i, s, start=at, model=model, tokens_in=size, tokens_out=100, solved=i % 5 > 0, right=i % 5 > 0 or s != "act"
        )
        | {"usd": None}
        for i in range(200)
        for at, (s, model, size) in enumerate([("plan", "premium", 100_000), ("act", "small", 100)])
    ]
    reading = reading_of(made, cards=CARDS)
    found = fit(reading)
    changes = advise(reading, found, cards=CARDS, most=9)
    assert [change.kind for change in changes][-1] == "route"
    assert changes[-1].score.value > changes[-2].score.value
    text = as_text(summarise(reading, found, changes))
    assert re.search(r"send plan to small: .*share right unknown", text)
    (routed,) = [c for c in advise(reading, found, cards=CARDS, most=9, budget_success=0.75) if c.kind == "route"]
    assert routed.assumption.endswith("; whether 75% of the tasks still end right, nobody can tell")


def test_a_share_right_that_is_broken_comes_first_and_none_is_offered_that_breaks_it() -> None:
    reading = weak()
    found = fit(reading)
    p = found.p.value
    assert advise(reading, found, budget_sec=found.p95_sec.value / 2, budget_success=p + 0.1)[0].kind == "check"
    worse = advise(reading, found, most=9)[0]._replace(p=Estimate(-0.1, -0.1, -0.1, 400))
    assert [_breaks(found, worse, least) for least in (p - 0.15, p - 0.05, p + 0.1)] == [False, True, True]
    for least, said in ((p - 0.1, "which keeps"), (p + 0.1, "which BREAKS")):
        data = summarise(reading, found, (), budget_success=least)
        assert f"{said} {least:.1%}" in as_text(data)
        assert ("below the budget of" in as_page(data)) == (said == "which BREAKS")


@pytest.mark.parametrize("name", ["budget_usd", "budget_sec", "budget_success", "per_day"])
def test_a_budget_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must"):
        advise(weak(), fit(weak()), **{name: -1})  # type: ignore[arg-type]


def test_a_gate_says_what_its_numbers_rest_on() -> None:
    """Dollars that are a lower bound, outcomes of some tasks alone."""
    made = [
        row(i, s, start=at, **({"solved": True} if i < 5 else {})) | ({"usd": None} if s == "b" else {})
        for i in range(50) for at, s in enumerate("ab")
    ]  # fmt: skip
    reading = reading_of(made)
    lines = check_budget(reading, fit(reading), Budget(usd=1, success=0.5, unseen_calls=1))
    assert [line.note for line in lines] == [", a lower bound", ", by the outcomes of 5 of 50 tasks", ""]
    assert ", a lower bound, at most 1" in str(lines[0])


@pytest.mark.parametrize(("untimed", "kept", "value"), [(0, True, 1.0), (2, True, 1.0), (3, False, 9.0), (6, False, 0)])
def test_a_gate_takes_tasks_without_moments_for_the_slowest(untimed: int, kept: bool, value: float) -> None:
    """Of 100 tasks 97 take a second, three nine: once three of the fast ones have no end, the 95th takes nine."""
    made = [row(i, "a", sec=9 if i < 3 else 1) for i in range(100)]
    for each in made[-untimed:] if untimed else ():
        del each["sec"]
    reading = reading_of(made)
    (line,) = check_budget(reading, fit(reading), Budget(p95_sec=2))
    assert line.kept == kept
    if value:
        assert line.found.value == value
    else:
        assert str(line) == "BROKEN p95_sec: of 6 of 100 tasks a moment is missing, at most 2"


def test_a_change_is_told_from_luck_and_the_same_from_nothing() -> None:
    faster = reading_of(rows(replace_sec(DIAMOND, 0.5), 300, 2))
    before, again = (reading_of(rows(DIAMOND, 300, seed)) for seed in (1, 3))
    usd_, sec, p = compare(before, faster)
    assert (sec.verdict, usd_.verdict, p.verdict) == ("less", "not enough to tell", "not enough to tell")
    mean_sec = np.mean([task.sec for task in reading_of(rows(DIAMOND, 3000, 7)).tasks])
    assert sec.change.low < -0.5 * mean_sec < sec.change.high
    assert {found.verdict for found in compare(before, again)} == {"not enough to tell"}
    assert all(found.needed > 300 or found.of == "p" for found in compare(before, again))


def replace_sec(workflow: Workflow, by: float) -> Workflow:
    return Workflow(tuple(replace(s, model=replace(s.model, sec=s.model.sec * by)) for s in workflow))


def test_a_few_tasks_against_many_are_dealt_out_anew_too() -> None:
    """Against a permutation test of one's own; two shares of 2,000 draws differ by 3 standard errors at most."""
    rng = np.random.default_rng(4)
    one, other = rng.lognormal(0, 1.5, 20), rng.lognormal(0, 1.5, 5000) * 1.6
    both = np.concatenate([one, other])
    dealt = np.array([rng.permutation(both) for _ in range(2000)])
    chance = np.mean(np.abs(dealt[:, :20].mean(axis=1) - dealt[:, 20:].mean(axis=1)) >= abs(one.mean() - other.mean()))
    assert 0.05 < chance < 0.95
    for two in ((one, other), (other, one)):
        assert abs(_permute(*two, paired=False, seed=1) - chance) < 3 * math.sqrt(2 * chance * (1 - chance) / 2000)


def test_pairs_tell_what_strangers_cannot() -> None:
    """Dollars that differ much between tasks, and little between two runs of one."""
    rng = np.random.default_rng(1)
    prices = rng.lognormal(-3, 1, 100)
    made = [[row(f"{run}{i}" if apart else i, s) | {"usd": prices[i] * (1 - 0.1 * run)} for i in range(100)
             for s in "ab"] for apart in (False, True) for run in (0, 1)]  # fmt: skip
    paired, unpaired = (compare(*map(reading_of, two))[0] for two in (made[:2], made[2:]))
    assert (paired.paired, unpaired.paired) == (True, False)
    assert paired.change.value == pytest.approx(unpaired.change.value)
    assert (paired.verdict, unpaired.verdict) == ("less", "not enough to tell")
    assert unpaired.needed > 1000


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_tasks_that_would_do_hang_on_the_level(level: float) -> None:
    rng, normal = np.random.default_rng(2), NormalDist()
    two = [
        reading_of(
            row(f"{run}{i}", s) | {"usd": usd_}
            for i, usd_ in enumerate(rng.lognormal(-3 - run / 50, 1, 100))
            for s in "ab"
        )
        for run in (0, 1)
    ]
    found = compare(*two, level=level)[0]
    half = (found.change.high - found.change.low) / 2
    z = normal.inv_cdf((1 + level) / 2)
    reach = (z + normal.inv_cdf(0.8)) * half / z
    assert found.needed == pytest.approx(100 * (reach / found.change.value) ** 2, abs=1)


def test_a_comparison_of_what_nobody_knows_is_unknown() -> None:
    reading = reading_of(rows(DIAMOND, 20, 1, outcomes="none"))
    assert compare(reading, reading)[2].verdict == "unknown"
    with pytest.raises(ValueError, match="after must be what"):
        compare(reading, 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level must be between"):
        compare(reading, reading, level=1.0)


def dear_tasks(rng: np.random.Generator, run: int, size: int) -> Reading:
    """Tasks of one call, of which 3% cost fifty times as much."""
    prices = np.where(rng.random(size) < 0.03, 0.5, 0.01)
    return reading_of(row(f"{run}-{i}", s) | {"usd": prices[i] / 2} for i in range(size) for s in "ab")


def test_a_few_dear_tasks_in_the_larger_set_are_no_change() -> None:
    """Of sets of twenty, more than half have no dear task by chance (0.97 ** 20 = 54%)."""
    rng = np.random.default_rng(39)
    two = dear_tasks(rng, 0, 20), dear_tasks(rng, 1, 200)
    found = compare(*two)[0]
    assert found.change.low > 0, "the interval alone would call it a change"
    assert found.p_value > 0.05
    assert (found.verdict, found.needed) == ("not enough to tell", 0)
    data = summarise_comparison([found], *two)
    assert "a permutation test does not agree: p-value 0.6" in compared_text(data)


@pytest.mark.slow
def test_sets_of_unlike_size_with_dear_tasks_seem_to_differ_no_more_often_than_they_should() -> None:
    """At most 5%, and three standard errors; by the intervals alone nearly half of the sets did."""
    runs, rng = 200, np.random.default_rng(1)
    found = [compare(dear_tasks(rng, 0, 20), dear_tasks(rng, 1, 200))[0] for _ in range(runs)]
    told = sum(each.verdict != "not enough to tell" for each in found)
    assert told <= runs * 0.05 + 3 * math.sqrt(runs * 0.05 * 0.95)
    assert sum(each.change.low > 0 or each.change.high < 0 for each in found) > 0.3 * runs


@pytest.mark.slow
def test_no_change_is_seen_where_there_is_none_as_often_as_it_says() -> None:
    told = dict.fromkeys(("usd", "sec", "p"), 0)
    for seed in range(200):
        before, after = (reading_of(rows(DIAMOND, 60, 2 * seed + i, x=i)) for i in (0, 1))
        for found in compare(before, after):
            told[found.of] += found.verdict != "not enough to tell"
    assert all(count <= 200 * 0.1 for count in told.values()), told


@pytest.mark.parametrize(
    ("budget", "kept"),
    [
        (Budget(usd=0.07), {"usd": True, "unseen_calls": True}),
        (Budget(usd=0.05), {"usd": False, "unseen_calls": True}),
        (Budget(success=0.7, calls=5), {"success": True, "calls": True}), (Budget(success=0.99), {"success": False}),
        (Budget(p95_sec=100), {"p95_sec": True}), (Budget(p95_sec=1), {"p95_sec": False}),
        (Budget(calls=4.124, surely=True), {"calls": False}),
    ],
)  # fmt: skip
def test_a_budget_is_kept_or_broken(budget: Budget, kept: dict[str, bool]) -> None:
    reading = reading_of(rows(DIAMOND, 200, 1))
    assert {line.name: line.kept for line in check_budget(reading, fit(reading), budget)} == kept


def test_a_gate_that_cannot_see_does_not_open() -> None:
    made = [{key: v for key, v in each.items() if key not in ("usd", "start", "sec", "right", "solved")}
            for each in rows(DIAMOND, 40, 1)]  # fmt: skip
    reading = reading_of(made)
    lines = check_budget(reading, fit(reading), Budget(usd=1, p95_sec=100, success=0.1))
    assert {line.name: line.kept for line in lines} == {
        "usd": False, "p95_sec": False, "success": False, "unseen_calls": False,
    }  # fmt: skip
    assert "BROKEN success: there are no outcomes, at least 0.1" in map(str, lines)
    assert "BROKEN usd: no call has a price, at most 1" in map(str, lines)
    allowed = check_budget(reading, fit(reading), Budget(calls=5, unseen_calls=1.0))
    assert all(line.kept for line in allowed)


def refused_and_lost(**more: Any) -> Reading:
    """Twenty tasks of two calls; the first call was refused, and the fourth is as ``more`` has it."""
    made = [row(i, s, start=j, solved=True) for i in range(20) for j, s in enumerate("ab")]
    made[0] |= {"usd": None, "status": "error", "error": "RateLimitError 429"}
    made[3] |= more
    return reading_of(made)


def test_a_refused_call_is_not_unseen() -> None:
    reading = refused_and_lost()
    found = fit(reading)
    assert (reading.refused, reading.unseen_calls, found.lower_bound) == (1, 0.0, False)
    assert all(line.kept for line in check_budget(reading, found, Budget(usd=0.02)))
    assert "refused     1 call (usually not billed)\n                1: rate limit" in str(reading)
    assert "lower bound" not in str(reading)
    lost = refused_and_lost(usd=None, status="error", error="timed out")
    assert (lost.refused, lost.unseen_calls, fit(lost).lower_bound) == (1, 1 / 40, True)
    assert "unobserved  1 call (may be billed)\n                1: timeout" in str(lost)
    assert [line.kept for line in check_budget(lost, fit(lost), Budget(usd=0.02))] == [True, False]


def test_of_a_lower_bound_nobody_says_that_it_keeps_a_budget() -> None:
    reading = refused_and_lost(usd=None)
    found = fit(reading)
    for limit, kept, said in ((0.02, None, "which may keep $0.02"), (0.01, False, "which BREAKS $0.01")):
        data = summarise(reading, found, (), budget_usd=limit)
        assert data["budgets"]["usd"]["kept"] is kept
        assert said in as_text(data)


def test_dollars_of_which_none_is_known_are_unknown_and_not_0() -> None:
    reading = reading_of(row(i, s, start=j, solved=True) | {"usd": None} for i in range(20) for j, s in enumerate("ab"))
    found = fit(reading)
    data = summarise(reading, found, advise(reading, found, per_day=5), budget_usd=1.0, per_day=5)
    text = as_text(data)
    assert "A task costs      unknown, which may keep $1.00" in text
    assert "A month of 5 tasks a day costs unknown." in text
    assert "No call has a price" in text
    assert data["per_task"]["usd"] is None
    assert all(step["usd"] is None for step in data["steps"])
    assert "$0" not in as_page(data)
    assert data["changes"]
    assert all(each["usd"] is None for each in data["changes"])


def test_runs_of_tools_are_no_calls() -> None:
    made = [
        each
        for i in range(20)
        for each in (
            span(10 * i, trace=i + 1, name="agent", sec=3), call(10 * i + 1, 10 * i, i + 1),
            span(10 * i + 2, 10 * i, i + 1, start=1, name="find", gen_ai__operation__name="execute_tool"),
            call(10 * i + 3, 10 * i, i + 1, start=2),
        )
    ]  # fmt: skip
    reading = reading_of(made)
    found = fit(reading)
    assert (found.calls.value, found.tools.value) == (2.0, 1.0)
    data = summarise(reading, found, ())
    assert "  makes           2 (2 to 2) calls of a model, and 1 (1 to 1) runs of tools" in as_text(data)
    assert "2 calls and 1 runs of tools in 3 s" in as_page(data)


def with_a_frame(before: float, after: float, tasks: int = 20, framed: int = 20) -> Reading:
    """Tasks of two calls, with an agent's span around them that begins and ends so many seconds apart from them."""
    made = []
    for i in range(tasks):
        root = 10 * i if i < framed else None
        made += [call(10 * i + 1, root, i + 1, start=before), call(10 * i + 2, root, i + 1, start=before + 1)]
        if root is not None:
            made.append(span(root, trace=i + 1, name="agent", sec=before + 2 + after))
    return reading_of(made)


@pytest.mark.parametrize(
    ("before", "after", "said"), [(3.0, 1.1, "4.1 s longer"), (0.0, 0.5, "0.5 s longer"), (0, 0.01, "")]
)
def test_seconds_around_the_calls_are_named(before: float, after: float, said: str) -> None:
    reading = with_a_frame(before, after)
    found = fit(reading)
    assert found.sec.value == pytest.approx(2.0)
    assert found.beyond.value == pytest.approx(before + after)
    data = summarise(reading, found, ())
    assert data["per_task"]["beyond"][0] == pytest.approx(before + after)
    for page in (as_text(data), as_page(data).replace("&#x27;", "'"), json.dumps(data)):
        assert (f"The tasks' own spans last {said} in the median" in page) == bool(said)


def test_tasks_without_a_span_of_their_own_say_nothing_of_what_is_around() -> None:
    assert math.isnan(fit(with_a_frame(1, 1, framed=0)).beyond.value)
    some = fit(with_a_frame(1, 1, framed=8))
    assert some.beyond.tasks == 8
    assert any(warning.startswith("Of 8 tasks the own spans last 2 s longer") for warning in some.warnings)


def test_what_was_fitted_is_shown() -> None:
    made = [
        row(f"{i}-{j}", "talk", start=100 * i + 7 * j + k, tokens_in=100 * (k + 1), tokens_out=5, item=i,
            solved=(i + j) % 3 > 0)
        for i in range(40) for j in range(2) for k in range(3)
    ]  # fmt: skip
    reading = reading_of(made)
    data = summarise(reading, fit(reading), ())
    for said in (
        "Two tries of one item are alike with a correlation of 0 (0 to", "sends 100 (100 to 100) tokens with its first",
        "and 100 (100 to 100) more with each further", "Tasks that arrive in an hour: 7",
        "(1 at random, more in bursts)",
        "Calls of a task that run at once: 1 (1 to 1) in the mean; at most 1 of one task, 1 of all tasks.",
        "in which nothing that was recorded ran: 0 s (0 s to 0 s)",
    ):  # fmt: skip
        assert said in as_text(data), said
        assert said in as_page(data), said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"usd": -1}', "usd must"), ('{"price": 1}', "budget must set usd, p95_sec, .*got 'price'"),
        ("{}", "must set at least one"), ("[]", "got list"), ("{", "budget must be JSON"),
        ('{"success": 2}', "success must"),
    ],
)  # fmt: skip
def test_a_budget_that_says_nothing_is_refused(text: str, what: str, tmp_path: Path) -> None:
    file = tmp_path / "budget.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=what):
        read_budget(file)
    with pytest.raises(ValueError, match="there is no file"):
        read_budget(tmp_path / "none.toml")


def test_a_budget_may_begin_with_a_byte_order_mark_and_must_be_text(tmp_path: Path) -> None:
    file = tmp_path / "budget.json"
    file.write_bytes(b'\xef\xbb\xbf{"usd": 1}')
    assert read_budget(file) == Budget(usd=1)
    file.write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"budget must be text in UTF-8; .*budget.json' is not"):
        read_budget(file)


@cache
def summary() -> dict[str, Any]:
    reading = weak()
    found = fit(reading)
    limits = {"budget_usd": 0.01, "budget_sec": 100.0, "per_day": 500.0}
    return summarise(reading, found, advise(reading, found, **limits), **limits)  # type: ignore[arg-type]


def test_the_data_are_json_without_nan_and_the_workflow_comes_back() -> None:
    text = json.dumps(summary(), allow_nan=False)
    data = json.loads(text)
    assert data["budgets"] == {
        "usd": {"limit": 0.01, "kept": False, "surely": True},
        "p95_sec": {"limit": 100.0, "kept": True, "surely": True},
    }
    assert [step["name"] for step in data["steps"]] == ["plan", "act", "write"]
    assert sum(step["failures"] for step in data["steps"]) == pytest.approx(1, abs=1e-4)
    assert data["workflow"]["labkit_workflow"] == 1


def test_the_text_says_it_all() -> None:
    text = as_text(summary())
    for said in (
        "which BREAKS $0.01", "which keeps 100 s", "A month of 500 tasks a day", "run plan and act side by side",
        "     if act does not need what plan found", "Longest path: plan, act, write.", "not identifiable",
    ):  # fmt: skip
        assert said in text
    nothing = as_text(summary() | {"changes": [], "warnings": ["careful"]})
    assert "No change stands out" in nothing
    assert "careful" in nothing


class Page(HTMLParser):
    """What a page holds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_page_needs_nothing_else_and_says_what_its_pictures_show() -> None:
    text = as_page(summary())
    page = Page(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not [attrs for _, attrs in page.tags if {"style", "src", "href", "onclick"} & attrs.keys()]
    assert "default-src 'none'" in str(page.all("meta"))
    drawn = page.all("svg")
    assert len(drawn) == 3
    assert all(
        svg["role"] == "img" and re.match(r"3 calls in [\d.]+ s: plan from 0 s to", svg["aria-label"] or "")
        for svg in drawn
    )
    assert all(meter["aria-label"] for meter in page.all("meter"))
    assert len(page.all("h1")) == 1
    for word in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem", "data-head"):
        assert word in text


def test_a_quantile_that_few_tasks_cannot_bound_has_no_upper_end() -> None:
    reading = reading_of(rows(DIAMOND, 40, 1))
    found = fit(reading)
    assert found.p95_sec.high == math.inf
    assert 0 < found.p95_sec.low <= found.p95_sec.value
    assert math.isfinite(found.p50_sec.high)
    text = as_text(summarise(reading, found, ()))
    assert re.search(r"95 of 100 within [\d.]+ s \([\d.]+ s or more\)", text)
    (line,) = check_budget(reading, found, Budget(p95_sec=1e9, surely=True))
    assert not line.kept  # nothing that was recorded bounds it


def test_seconds_of_few_tasks_are_not_below_0() -> None:
    reading = reading_of(rows(WEAK, 3, 1))
    assert fit(reading).sec.low >= 0


def test_a_budget_of_which_nobody_can_tell_is_not_called_broken_on_the_page() -> None:
    kept = {"usd": {"limit": 0.01, "kept": None}, "p95_sec": {"limit": 100.0, "kept": True}}
    data = summary() | {"budgets": {name: each | {"surely": True} for name, each in kept.items()}}
    page = as_page(data)
    assert "nobody can tell whether within the budget of $0.01" in page
    assert 'class="broken"' not in page
    assert 'class="broken"' in as_page(summary())


def test_names_are_text_on_the_page_and_never_markup() -> None:
    bad = "<script>alert(1)<b>"
    reading = reading_of(
        row(i, s, start=j, model=bad, solved=i % 3 > 0) for i in range(30) for j, s in enumerate([bad, "b"])
    )
    found = fit(reading)
    text = as_page(summarise(reading, found, advise(reading, found)))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_comparison_is_a_page_too() -> None:
    reading = reading_of(rows(DIAMOND, 30, 1))
    text = comparison_page(summarise_comparison(compare(reading, reading), reading, reading))
    assert "not enough to tell" in text
    assert Page(text).all("table")
    assert "To bear in mind" not in text


def test_a_comparison_says_of_how_many_tasks_it_is_and_what_nobody_saw() -> None:
    """One task of ten after the change makes a call that says nothing of what it used: its dollars are unknown."""
    before = reading_of(row(f"a{i}", s) | {"usd": 0.01} for i in range(20) for s in "ab")
    after = reading_of(row(f"b{i}", s) | {"usd": 0.02 if i or s == "a" else None} for i in range(10) for s in "ab")
    dollars, seconds, _ = compare(before, after)
    assert (dollars.tasks_before, dollars.tasks_after, seconds.tasks_after) == (20, 9, 10)
    data = summarise_comparison(compare(before, after), before, after)
    note = "5.0% of the calls after have no price or no usage: dollars are of the tasks of which every call is priced."
    assert compared_notes(data) == [note]
    text = compared_text(data)
    assert "20 tasks before, and 10 other tasks after." in text
    assert "20, 9" in text
    assert note in text
    assert note in comparison_page(data)


def test_words_for_numbers() -> None:
    assert (usd(None), usd(0.0123456), usd(1234.5)) == ("unknown", "$0.01235", "$1,234.50")
    assert (usd(0.0), usd(1.4421e-5), usd(-2e-9)) == ("$0", "$0.00001442", "$-0.000000002")
    assert (plain(2991.4), plain(999.7), plain(0.01234)) == ("2,991", "1,000", "0.0123")
    assert spread([0.5, None, None], points) == "+50 points"
    assert change([-0.5, -1.0, 0.5], usd) == "-$0.5 (-$1.00 to +$0.5)"
    assert (change(None, usd), change([0.0, 0.0, 0.0], usd)) == ("unknown", "unchanged")
    assert chain(1, WEAK["plan"].model).names == ("step-1",)
