"""Explorers: what the script can look up is what labkit says; the outputs are sound, and readable without a script."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaincc, gammaln

from labkit import (
    PREMIUM,
    SMALL,
    Model,
    cache,
    chain,
    cost,
    debate,
    easy,
    evaluation,
    frontier,
    gate,
    latency,
    parallelize,
    reliability,
    retry,
    route,
    simulate,
    stop_early,
)
from labkit._html import NEUTRAL
from labkit.latency import Lognormal
from labkit.simulation import Difficulty
from labkit_workbook import explorers
from labkit_workbook.explorers.calls import AGENT, seventh_workflow
from labkit_workbook.explorers.designs import single_levers
from labkit_workbook.explorers.limits import ADVICE, _twelve_steps, made_of
from labkit_workbook.explorers.paths import replay, report, research, starts
from labkit_workbook.explorers.shares import retried_step
from labkit_workbook.explorers.tables import Explorer, Lever, Switch, pack, unpack

STATIC = [
    "budgets", "critical_path", "crossover", "debate_or_retry", "growing_context", "how_many_tasks", "levers",
    "product_law", "repetition", "seventh_agent", "timeline", "under_load",
]  # fmt: skip
WIDGETS = ["builder", "playground"]
MOST = 170_000  # bytes of one output: 39 kB of script, 3 of style, 20 to 50 of picture, up to 60 of table
every = pytest.mark.parametrize("name", STATIC)


def made(name: str) -> Explorer:
    explorer: Explorer = getattr(explorers, name)()
    return explorer


def sampled(explorer: Explorer, n: int = 60) -> list[dict[str, Any]]:
    """Some designs of the table: both ends of every lever among them."""
    axes = {lever.key: lever.axis for lever in explorer.levers if lever.axis}
    rng = random.Random(1)
    drawn = [{key: rng.choice(values) for key, values in axes.items()} for _ in range(n)]
    return [{key: values[0] for key, values in axes.items()}, {key: v[-1] for key, v in axes.items()}, *drawn]


def test_every_explorer_is_tested() -> None:
    offered = {name for name in explorers.__all__ if not isinstance(getattr(explorers, name), type)}
    assert offered == {*STATIC, *WIDGETS}


# ---- each table against labkit ----------------------------------------------------------------------------------


def seventh(agents: int, objections: int, side: bool) -> list[float]:
    """Counted by hand: six answers at once; each objection and each reply a call more."""
    calls = agents if agents < 7 else 6 + max(1, 2 * objections)
    waits = 0 if agents < 7 else 1 if objections == 0 else 2 if side else 2 * objections
    return [calls, calls * 0.03, 5.0 * (1 + waits), 0.985**calls]


def growing(first: int, growth: int, steps: int) -> list[float]:
    sent = cost.growing_context_tokens(first, growth, steps)
    return [float(sent), float(cost.cached_context_tokens(first, growth, steps, read=0.1, write=1.25))]


def path(**sec: float) -> list[float]:
    """By the longest path of plain numbers: slack is what a step may take more before the end moves."""
    workflow = research(**sec)
    seconds, needs = [float(step.model.sec) for step in workflow], workflow.graph.needs
    whole = float(latency.longest_path(seconds, needs))
    slack = []
    for name in ("papers", "read", "news", "prices"):
        tried = list(seconds)
        spare = 0.0
        while True:
            tried[workflow.names.index(name)] += 0.5
            if float(latency.longest_path(tried, needs)) > whole:
                break
            spare += 0.5
        slack.append(spare)
    return [whole, 3.0 + sec["papers"], whole - 3.0, *slack]


def waited(rate: float, places: float, calls: float, burstiness: float) -> list[float]:
    """Utilisation and wait by an incomplete gamma function; no end where the queue grows or five minutes pass."""
    scv = float(np.expm1(0.4**2))
    used = rate * calls * 2.0 / places
    if used >= 1:
        return [used, np.nan, np.nan]
    units, scatter = places / (1 + (burstiness - 1) * (1 - scv**0.5 / 2)), {"scv": scv, "burstiness": burstiness}
    offered = used * units
    blocked = np.exp(units * np.log(offered) - offered - gammaln(units + 1) - np.log(gammaincc(units + 1, offered)))
    late = blocked / (1 - used + used * blocked)
    wait = late * 2.0 * (burstiness + scv) / (2 * places * (1 - used))
    p95 = latency.under_load(rate, 2.0, places, calls=calls, law="hayward", **scatter).time_quantile(0.95)
    return [used, *(x if x <= 300 else np.nan for x in (wait, float(p95)))]


def cliff(p: float, retries: int, detection: float, correlation: float, steps: int) -> float:
    return float(retried_step(p, retries, detection, correlation)) ** steps


def repeated(p: float, correlation: float, runs: int) -> list[float]:
    law = reliability.BetaLaw(p, correlation)
    return [float(law.pass_hat(runs)), float(law.pass_at(runs))]


def compared(tasks: int, p: float, difference: float, parting: float) -> list[float]:
    """Number by number; NaN where a table has none."""
    ways = (parting + difference) / 2, (parting - difference) / 2
    same = float(evaluation.paired_power(tasks, *ways)) if difference <= parting else np.nan
    own = float(evaluation.unpaired_power(tasks, p, p + difference)) if p + difference <= 1 else np.nan
    least = [
        float(evaluation.smallest_paired_difference(tasks, parting)),
        float(evaluation.smallest_unpaired_difference(tasks, p)),
    ]
    return [same, own, *(x if np.isfinite(x) else np.nan for x in least)]


def twelve(hard: int, routed: bool, side: bool, retries: int, hit: float, good: float, honest: bool) -> list[float]:
    """One design, step by step, as the copied code makes it."""
    parts = [chain(n, PREMIUM, level, level) for n, level in ((hard, "hard"), (12 - hard, "easy")) if n]
    design = parts[0] if len(parts) == 1 else parts[0].then(parts[1])
    design = design.pipe(route, SMALL, where=easy) if routed else design
    design = design.pipe(parallelize) if side else design
    if good and not side:  # what has begun is paid; and after the last step there is nothing left to stop
        last = design.names[-1]
        design = design.pipe(
            stop_early, good, lambda step: step.name != last, recall=0.95, false_alarm=0.05, usd=0.002, sec=0.4
        )
    found = design.pipe(cache, hit_rate=hit).pipe(retry, retries).outcome("expected" if honest else "textbook")
    return [found.cost, found.latency, found.reliability]


def profits(value: float) -> list[list[float]]:
    each = [float(cost.profit(value, o.reliability, o.cost)) for o in single_levers().values()]
    return [[profit - each[0], profit] for profit in each]


def advised(recall: float, budget: float) -> list[float]:
    plain = chain(9, Model(0.03, 2.0, 0.98)).then(chain(1, Model(0.03, 2.0, 0.95), "critical"))
    ways = [plain, plain.pipe(gate, recall, 0.0, 1, "critical-1"), plain.pipe(debate, 1, 3, "critical-1", p=0.99)]
    found = [way.outcome("worst") for way in ways]
    kept = [float(o.reliability) if o.latency <= budget else np.nan for o in found]
    best = 0 if np.all(np.isnan(kept)) else 1 + int(np.nanargmax(kept))
    return [best, *kept]


ORACLES: dict[str, tuple[Callable[..., Any], float]] = {
    "seventh_agent": (seventh, 1e-6),
    "growing_context": (growing, 1e-6),
    "critical_path": (path, 1e-9),
    "product_law": (cliff, 0),
    "repetition": (repeated, 0),
    "how_many_tasks": (compared, 0),
    "under_load": (waited, 0),
    "levers": (twelve, 1e-6),
    "crossover": (profits, 1e-5),
    "debate_or_retry": (advised, 0),
}


@pytest.mark.parametrize("name", ORACLES)
def test_what_the_script_looks_up_is_what_labkit_says(name: str) -> None:
    explorer, (oracle, near) = made(name), ORACLES[name]
    close = {"abs": 0.51 * explorer.unit} if near == 0 and explorer.unit else {"rel": near, "abs": 1e-6}
    for places in sampled(explorer):
        expected = np.asarray(oracle(**places), dtype=float)
        assert explorer.look_up(**places) == pytest.approx(expected, nan_ok=True, **close), places


def test_side_by_side_with_paid_retries_takes_longer_than_without() -> None:
    found = made("levers").look_up(side=True, retries=1, honest=True)
    assert found[1] > made("levers").look_up(side=True, retries=0, honest=True)[1]
    assert np.isfinite(made("levers").look_up(side=True, retries=0, honest=True)).all()


def test_the_hard_steps_do_something_at_once_and_a_full_cache_is_finite() -> None:
    explorer = made("levers")
    assert not np.allclose(explorer.look_up(hard=4), explorer.look_up(hard=5))
    assert explorer.look_up(hit=1.0)[0] == 0
    assert np.isfinite(explorer.look_up(hit=1.0)).all()


def test_the_line_of_the_levers_joins_what_nothing_beats() -> None:
    """Of each task: its hard steps, its hits and its answers that will do. A judge need not be asked."""
    explorer = made("levers")
    hits, goods = (lever.axis for lever in explorer.levers if lever.key in ("hit", "good"))
    for hard, hit, good in ((0, 0.0, 0.0), (4, 0.4, 0.1), (4, 0.0, 0.4), (12, 1.0, 0.2)):
        designs = np.array([
            explorer.look_up(hard=hard, hit=hit, routed=r, side=s, retries=k, good=asked)[[0, 2]]
            for r in (False, True)
            for s in (False, True)
            for k in range(4)
            for asked in (0.0, good)
        ])  # fmt: skip
        line = designs[explorer.more["line"][hard][hits.index(hit) * len(goods) + goods.index(good)]]
        assert np.all(np.diff(line, axis=0) > 0)
        for usd, success in designs:
            assert np.any((line[:, 0] <= usd + 1e-6) & (line[:, 1] >= success - 1e-6))


def test_a_judge_who_errs_once_in_twenty_spoils_more_than_she_spares_where_few_answers_will_do() -> None:
    """As lesson 04 says of the play: beside her 95% are out of reach, whatever is retried."""
    for good in (0.1, 0.2, 0.3, 0.4):
        surest = max(made("levers").look_up(good=good, routed=False, retries=k)[2] for k in range(4))
        assert surest < 0.95
    plain = made("levers").look_up(hard=12, routed=False)
    assert made("levers").look_up(hard=12, good=0.1, routed=False)[2] < plain[2]
    assert made("levers").look_up(hard=12, good=0.4, routed=False)[2] > plain[2]


def test_the_crossovers_are_those_of_lesson_04_and_half_as_far_where_damage_is_as_large_as_the_value() -> None:
    found = single_levers()
    plain, routed, judged = (found[name] for name in ("12 premium steps", "route 8 easy steps", "stop early"))
    sure, short = found["retry once"], found["cut 6 steps"]
    for one, other, value in ((routed, short, 0.14), (routed, plain, 0.95), (sure, short, 2.21), (judged, plain, 1.04)):
        turn = (one.cost - other.cost) / (one.reliability - other.reliability)
        assert turn == pytest.approx(value, abs=0.005)
        assert one.profit(turn) == pytest.approx(other.profit(turn))
        assert one.profit(turn / 2, turn / 2) == pytest.approx(other.profit(turn / 2, turn / 2))


def test_lesson_04_pulls_the_same_levers_alone() -> None:
    """The lesson writes its designs out, so that they can be read; here they are beside those of the explorer."""
    told = (Path(__file__).parents[3] / "notebooks" / "04_levers.ipynb").read_text(encoding="utf-8")
    for name, outcome in single_levers().items():
        assert f"{name}: {outcome}" in told


def test_the_cliff_without_correlation_is_the_gate_of_labkit() -> None:
    for p, k, d in ((0.9, 2, 0.5), (0.985, 1, 0.9), (0.8, 3, 1.0), (0.945, 0, 0.3)):
        assert float(retried_step(p, k, d, 0.0)) == pytest.approx(reliability.gated(p, d, retries=k).p, rel=1e-12)


def test_the_cliff_with_correlation_is_what_a_simulation_gives() -> None:
    """Each step draws its own difficulty for each task, as the product of the steps takes for granted."""
    design = chain(5, Model(0.01, 1.0, 0.9)).pipe(gate, 0.7, 0.0, 2)
    found = simulate(design, 200_000, seed=3, difficulty=Difficulty(0.2, shared=False))
    expected = float(retried_step(0.9, 2, 0.7, 0.2)) ** 5
    assert found.mean.reliability == pytest.approx(expected, abs=4 * found.standard_error.reliability)


def test_seven_agents_are_the_puzzle_of_lesson_00() -> None:
    six, seven = (made("seventh_agent").look_up(agents=n, objections=6) for n in (6, 7))
    assert seven[0] == 3 * six[0] == 18
    assert seven[1] == pytest.approx(3 * six[1])
    assert seven[2] - six[2] == 60
    assert len(seventh_workflow(7, 6, False)) == 18
    assert AGENT.sec == 5.0


def test_the_budgets_are_those_of_lesson_09() -> None:
    found, explorer = _twelve_steps(), made("budgets")
    assert found.designs == (2 * 3) ** 4 * (2 * 3) ** 8
    assert [corner.value_usd for corner in frontier.break_even_values(found)] == pytest.approx(
        [0, 0.09, 0.48, 2.40, 42], rel=0.05
    )
    table = explorer.look_up()
    assert table == pytest.approx(np.stack([found.cost, found.latency, found.reliability], -1), rel=1e-6)
    for dollars, seconds in ((0.15, 14.0), (0.25, 20.0), (1.2, 40.0)):
        allowed = (table[:, 0] <= dollars) & (table[:, 1] <= seconds)
        surest = int(np.flatnonzero(allowed)[np.argmax(table[allowed, 2])])
        best = found.best(max_cost=dollars, max_latency=seconds)
        assert explorer.more["made"][surest] == made_of(best)
        assert sum(int(part.split()[0]) for part in made_of(best).split("; ")) == 12


def test_the_map_turns_where_lesson_07_says() -> None:
    explorer = made("debate_or_retry")
    places = ((0.5, 19.0), (0.5, 21.0), (0.5, 23.0), (0.82, 26.0), (0.86, 26.0))
    regions = [ADVICE[int(explorer.look_up(recall=r, budget=b)[0])] for r, b in places]
    assert regions == ["nothing fits", "bare chain", "retry", "debate", "retry"]


# ---- the replay -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("places", [1, 3, 4, 6, 16])
@pytest.mark.parametrize("seen", [False, True])
def test_a_replayed_task_takes_as_long_as_the_simulation_says(places: int, seen: bool) -> None:
    workflow = report()
    sec, usd, right = replay(workflow, 20, seed=6, sigma=0.53)
    first = "longest" if seen else "listed"
    found = simulate(workflow, 20, 6, times=Lognormal(1.0, 0.53), at_most=places, first=first, progress=None)
    ends = [np.max(starts(workflow, row, places, seen) + row) for row in sec]
    assert ends == pytest.approx(found.latency, rel=1e-9)
    assert usd.sum(axis=1) == pytest.approx(found.cost, rel=1e-9)
    assert (right.all(axis=1) == found.success).all()


def test_a_workflow_of_one_s_own_is_replayed() -> None:
    explorer = explorers.timeline(research(), tasks=5, seed=2, sigma=0.3)
    assert explorer.spec()["steps"] == list(research().names)
    assert explorer.look_up(task=3, places=16).shape == (6,)


def test_a_workflow_that_may_end_early_is_not_replayed() -> None:
    with pytest.raises(ValueError, match="workflow must not end early"):
        replay(chain(3, SMALL).pipe(gate, 0.9, 0.1, when_rejected="halt"), 5, 1, 0.5)


# ---- the parts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [None, 0.25])
def test_packed_numbers_come_back(unit: float | None) -> None:
    values = np.array([[0.0, 0.25, np.nan], [1.5, 16_000.25, 3.0]])
    assert unpack(json.loads(json.dumps(pack(values, unit)))) == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize("value", [-0.5, 65_535 * 0.5, 1e9])
def test_a_number_that_does_not_fit_is_an_error(value: float) -> None:
    with pytest.raises(ValueError, match=r"values must be from 0 to 65,534 times unit=0\.5"):
        pack([value], unit=0.5)


def test_a_table_that_does_not_fit_its_levers_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"table of 'x' must begin with the axes \(2, 2\), got \(3, 2\)"):
        Explorer("x", "X", "v", (Lever("a", "a", 1, (1, 2)), Switch("b", "b")), np.zeros((3, 2)), made("levers").still)
    with pytest.raises(ValueError, match="start of lever 'a' must be one of its values, got 5"):
        Lever("a", "a", 5, (1, 2))


def test_a_design_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"hard must be one of \(0, 1"):
        made("levers").look_up(hard=13)
    with pytest.raises(ValueError, match="'levers' has no lever steps"):
        made("levers").look_up(steps=3)


class Page(HTMLParser):
    """What is open, every id, images without words, and how many scripts."""

    VOID = frozenset({"img", "input", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str | None] = []
        self.alts: list[str | None] = []
        self.wrong: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.alts += [given.get("alt")] if tag == "img" else []

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@every
def test_an_output_is_well_formed_with_an_id_of_its_own_and_a_picture_for_those_without_scripts(name: str) -> None:
    sources = [made(name)._repr_mimebundle_()["text/html"] for _ in range(2)]
    pages = [Page(source) for source in sources]
    assert all(source.startswith(NEUTRAL + "<div ") for source in sources)
    assert [(page.open, page.wrong) for page in pages] == [([], [])] * 2
    ids = [id for page in pages for id in page.ids]
    assert len(set(ids)) == len(ids) == 2
    assert all(alt and len(alt.split()) >= 8 for page in pages for alt in page.alts)
    assert len(pages[0].alts) == 1
    assert "Run this cell" in sources[0]
    assert len(sources[0].encode()) < MOST


@every
def test_no_script_reaches_out_or_needs_more_than_a_classic_script(name: str) -> None:
    source = made(name)._repr_mimebundle_()["text/html"]
    assert not re.findall(r"https?://|fetch\(|import\(|export |XMLHttp|createObjectURL|eval\(", source)
    assert source.count("</script>") == 1


@every
def test_the_text_form_says_what_to_do(name: str) -> None:
    assert repr(made(name)) == made(name)._repr_mimebundle_()["text/plain"]
    assert "Run this cell" in repr(made(name))


def test_explorers_load_no_widgets() -> None:
    code = "import sys; from labkit_workbook import explorers; explorers.levers().spec()"
    code += "; print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
