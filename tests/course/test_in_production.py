"""Lesson 11: what must come out of the frameworks does, what its prose says is what was measured, and it runs alone."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

from labkit import cost, latency, reliability
from labkit_agents.frameworks import Measurement, recorded
from labkit_agents.frameworks.lines import CLAIMED, lines_by_lever
from labkit_agents.frameworks.run import INSTALL
from labkit_agents.frameworks.shown import columns, pick, told
from labkit_agents.frameworks.two_tier_claims import claims_at

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "11_in_production.ipynb"


NUMERALS = {9: "nine", 10: "ten"}


@cache
def prose() -> str:
    """The lesson's own words, in one line."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    return " ".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "markdown")


def printed() -> str:
    """What its cells print and tabulate."""
    outputs = [o for cell in nbformat.read(NOTEBOOK, as_version=4).cells for o in cell.get("outputs", [])]
    return "\n".join(o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in outputs)


def one(name: str, condition: str) -> Measurement:
    """A recorded measurement."""
    return pick(recorded(name), condition)[0]


@pytest.mark.parametrize(
    "word", ["LiteLLM", "LangGraph", "Agents SDK", "CrewAI", "RouteLLM", "FrugalGPT", "27", "0.30", "Parrot"]
)
def test_what_the_text_names_is_in_the_lesson(word: str) -> None:
    assert word in prose()


@pytest.mark.parametrize(
    ("name", "condition", "kinds"),
    [
        ("litellm_retries", "acompletion: every attempt ", {"500": 3, "429": 3, "400": 1, "timeout": 3, "cut": 3}),
        ("litellm_retries", "acompletion, num_retries=2: every attempt ", {"500": 5, "429": 5, "400": 3, "cut": 5}),
        ("litellm_retries", "Router: every attempt ", {"500": 3, "429": 3, "400": 1, "timeout": 3}),
        ("litellm_retries", "Router, one fallback: every attempt ", {"500": 6, "429": 6, "400": 2}),
        ("langgraph_retries", "client default: ", {"500": 3, "429": 3, "400": 1, "timeout": 3}),
        ("langgraph_retries", "RetryPolicy(), client without retries: ", {"500": 3, "429": 3, "400": 3}),
        ("langgraph_retries", "RetryPolicy() and client default: ", {"500": 9, "429": 9, "400": 3}),
        ("agents_sdk_retries", "client without retries: ", {"500": 1, "429": 1, "400": 1}),
        ("agents_sdk_retries", "client default: ", {"500": 3, "429": 3, "400": 1, "timeout": 3}),
        ("agents_sdk_retries", "ModelRetrySettings with a policy, client default: ", {"500": 5, "429": 5}),
        ("crewai_retries", "defaults: ", {"500": 9, "429": 27, "400": 3, "timeout": 9}),
        ("crewai_retries", "max_retries=0, max_retry_limit=0: ", {"500": 1, "429": 3, "400": 1}),
    ],
)
def test_calls_on_the_wire_and_which_are_billed(name: str, condition: str, kinds: dict[str, int]) -> None:
    for kind, calls in kinds.items():
        row = one(name, condition + kind)
        assert row.calls_wire == calls, kind
        assert row.calls_billed == (calls if kind in ("timeout", "cut") else 0), kind


def test_layers_multiply_the_waiting_too() -> None:
    """Three layers are the measured one and two once more: each of the outer one's tries waits for all below it."""
    client = one("back_off", "as it comes").sec or 0.0
    both = client + 3 * client
    assert one("back_off", "RetryPolicy() and client default").sec == both > 0
    words = f"three tries wait {client:g} seconds, two layers of three wait {both:g}, and three layers"
    assert f"{words} {client + 3 * both:g}" in prose()
    assert f"CrewAI's three asked for {one('crewai_back_off', 'as it comes').sec:g}" in prose()


def test_two_deployments_do_worse_than_one() -> None:
    alone, two = pick(recorded("litellm_retries"), "Router, one deployment", "Router, two deployments: ")
    assert (alone.calls_wire, alone.successes, two.calls_wire, two.successes) == (3, 1, 2, 0)


def test_nothing_is_repaired_unless_the_policy_names_the_error() -> None:
    no_gate, unnamed, named, edge = recorded("langgraph_soft_failures")
    law = reliability.with_retries(0.945, 1) ** 12
    assert f"{law:.1%} predicted" in prose()
    assert f"{12 * cost.expected_attempts(0.945, 1):.2f} calls a run" in prose()
    assert unnamed.successes == no_gate.successes
    assert unnamed.calls_wire < no_gate.calls_wire
    for row in (named, edge):
        assert row.interval is not None
        assert row.interval.low <= law <= row.interval.high


def test_detectors_detect_form_and_are_paid() -> None:
    form, value = recorded("agents_sdk_output_type")
    assert (form.counts["raised"], value.counts["raised"]) == (form.counts["soft faults"], 0)
    assert f"all {form.counts['raised']:g} of {form.tasks} answers that were no JSON" in prose()
    assert f"none of {value.counts['soft faults']:g} wrong values" in prose()
    beside, before = recorded("agents_sdk_guardrails")
    assert f"{beside.usd:g} USD instead of {before.usd:g}" in prose()
    assert one("crewai_guardrail", "guardrail, the default").calls_wire == 4


def test_the_cascade_passes_premium_and_the_router_does_not() -> None:
    router, cascade = recorded("learned_router").measurements, one("learned_cascade", "learned score at least 0.8")
    weak, strong = router[0].share, router[-1].share
    assert weak is not None
    assert strong is not None
    assert all(float(cost.pgr(row.share, weak, strong)) <= 1 for row in router)
    assert float(cost.pgr(cascade.share, weak, strong)) > 1
    assert 6.5 < router[-1].usd / cascade.usd < 7.5  # a seventh, says the guess
    assert f"learned router has {router[0].counts['APGR']:.2f}" in prose()
    assert f"takes it {router[0].counts['CPT(50%)']:.0%} of the calls" in prose()
    naive = cascade.counts["successes, if what is escalated were no harder"]
    assert f"{naive:,.0f} come out right instead of {cascade.predicted.successes:,.0f}" in prose()  # type: ignore[union-attr]


def test_defaults_are_those_that_were_read() -> None:
    read = one("litellm_defaults", "where nothing is said").counts
    router, client = (read[f"{who} timeout"] for who in ("Router", "client"))
    assert f"{router:,.0f} s" in printed()
    assert f"the client {client:.0f} s" in printed()
    assert f"LiteLLM keeps {read['answers kept']:.0f} answers" in prose()
    drawn, enforced = pick(recorded("litellm_health"), "ten requests at rpm=2, as", "ten requests at rpm=2, enforce")
    assert (drawn.calls_wire, enforced.calls_wire) == (10, 2)  # all go through, unless it is enforced


def test_lines_are_counted_alike_where_they_are_shown_and_in_the_picture() -> None:
    for lever in (row for row in lines_by_lever() if row.framework == "LiteLLM" and row.lever in CLAIMED):
        assert re.search(rf"LiteLLM, a {lever.lever}[^:\n]*: {lever.lines} lines", printed())


def test_caches_serve_what_the_lesson_says() -> None:
    at_nine = one("litellm_semantic", "semantic, 200 sums and 50 again, threshold 0.9")
    hits, false = (at_nine.counts[name] for name in ("hits", "false hits"))
    assert f"saves {hits / at_nine.tasks:.0%} of the calls, and {false:.0f} of its {hits:.0f} hits" in prose()
    pairs = [row for row in recorded("litellm_semantic") if "similarity" in row.counts]
    same = [row.counts["similarity"] for row in pairs if ", the same: " in row.condition]
    others = [row.counts["similarity"] for row in pairs if ", the same: " not in row.condition]
    assert max(others) > max(same)  # no threshold separates them
    for name, condition in (("litellm_caches", "exact, five identical prompts at once"), ("langgraph_cache", "five")):
        assert next(row for row in recorded(name) if row.condition.startswith(condition)).calls_wire == 5
    assert one("litellm_caches", "exact, 250").calls_wire == 500


def test_caps_overrun_starve_and_hold() -> None:
    at_once, one_by_one, *_, never, _ = recorded("litellm_budgets")
    assert at_once.usd == pytest.approx(0.3) == never.usd
    assert one_by_one.usd == pytest.approx(0.06)
    assert "LiteLLM spends 0.30 of 0.05 USD" in prose()
    assert [
        one("our_budget", f"pre-paid, worst case {w}").calls_wire for w in ("0.0302", "0.0902, 10 at once under 0.05")
    ] == [1, 0]
    ours = one("our_budget", "premium, else small")
    assert ours.usd <= ours.counts["usd of the cap"]
    assert ours.successes == ours.tasks == 10
    crash = one("our_budget", "a process crashed")
    assert f"{crash.usd_client:g} USD where the bill is {crash.usd:g}" in prose()
    for worst in (0.0302, 0.0902):
        assert f"{worst} " in prose()
        assert one("our_budget", f"pre-paid, worst case {worst:g}, 10 at once under 0.05")
    answered = f"after a crash {NUMERALS[crash.successes]} of {NUMERALS[crash.tasks]} are answered"  # type: ignore[index]
    assert answered in prose()
    tenants = one("our_budget", "two tenants")
    assert tenants.counts["most usd of a tenant"] <= tenants.counts["usd of each cap"]
    capped, free = recorded("langgraph_cap")
    assert f"with a cap of {capped.counts['cap, USD']:g} USD was stopped at {capped.usd:.3f}" in prose()
    assert free.successes == free.tasks


def test_accounts_miss_what_the_lesson_says() -> None:
    for name, condition in (
        ("litellm_accounting", "two time-outs"), ("agents_sdk_account", "usage: time-out"),
        ("crewai_account", "usage: time-out"),
    ):  # fmt: skip
        row = one(name, condition)
        assert row.usd_client == pytest.approx(row.usd / row.calls_billed), "one call of several"


def test_supersteps_and_what_failures_waste() -> None:
    one_graph, subgraphs = recorded("langgraph_supersteps")
    assert one_graph.sec == pytest.approx(float(latency.staged([[0.4, 0.04072], [0.04072, 0.4]])))
    assert subgraphs.sec == pytest.approx(0.44072)
    anew, resumed = pick(
        recorded("langgraph_resume"), "third of three in a row fails, begun", "third of three in a row fails, resumed"
    )
    branch = one("langgraph_failing_branch", "one branch of three")
    assert f"{branch.usd:g} USD bring no answer" in prose()
    assert branch.successes == 0
    assert f"{resumed.usd:g} USD in place of {anew.usd:g}" in prose()
    done, under_way = pick(recorded("langgraph_resume"), "a branch times out after", "a branch times out before")
    assert under_way.calls_billed == done.calls_billed + 1


def test_the_claims_hold_where_the_lesson_says() -> None:
    shares = np.linspace(0, 1, 101)
    claims = [claims_at(float(share)) for share in shares]
    seconds, tenth, right, quality = zip(*(each.hold.values() for each in claims), strict=True)
    assert not any(seconds)
    first, *_, last = np.flatnonzero(tenth)
    assert f"between {first} and {last}% of simple questions" in prose()
    assert [place for place, holds in enumerate(right) if not holds] == [0, 100]  # at every mixture of the two
    above_before = [place for place, each in enumerate(claims) if round(each.right_before, 9) > 0.99]
    assert f"more than {above_before[0] - 1}% of simple questions" in prose()
    assert above_before[0] <= first
    hard = one("langgraph_two_tiers_hard", "two tiers")
    assert f"{hard.successes} of {hard.tasks} hard questions" in prose()
    assert hard.interval is not None
    assert f"begins at {hard.interval.low:.1%}" in prose()
    assert all(quality)
    assert not all(claims_at(float(share), 0.005).hold["quality is not worse by the margin"] for share in shares)


def test_the_cap_of_a_tenant_starves_it_as_the_lesson_says() -> None:
    capped, free = recorded("langgraph_cap")
    refused = int(capped.counts["refused"])
    assert (
        f"stopped at {capped.usd:.3f}: {capped.successes} of its questions were answered and {refused} refused"
        in prose()
    )
    assert capped.successes + refused == capped.tasks == free.tasks == free.successes == 60


def test_the_check_alone_is_worth_what_the_lesson_says() -> None:
    for kind in ("simple", "hard"):
        plain, tiers, checked = recorded(f"langgraph_two_tiers_{kind}")
        assert checked.successes == tiers.successes
        assert plain.usd < checked.usd <= 1.05 * plain.usd
    assert "costs it at most 5% more" in prose()


def test_the_lines_are_as_many_as_the_lesson_says() -> None:
    counted = lines_by_lever()
    theirs = {row.lever: row.lines for row in counted if row.framework == "LiteLLM"}
    assert sum(theirs.values()) == 27  # in the guess
    assert theirs["budget"] == 8  # in the text
    ours = sum(row.lines for row in counted if row.framework == "ours")
    assert 700 < ours < 1_300  # about a thousand
    assert 0.4 < sum(row.lines for row in counted if row[:2] == ("ours", "budget")) / ours < 0.5  # nearly half


def test_it_says_when_and_with_what_it_was_measured() -> None:
    assert re.search(r"Measured (just now|on \d{4}-\d\d-\d\d) .*with litellm \d", printed())
    assert "LABKIT_LIVE=1" in told(recorded("litellm_soft"))


def test_it_tells_live_from_recorded() -> None:
    """As where the frameworks are installed and CrewAI is not."""
    live = dataclasses.replace(recorded("litellm_soft"), date="2027-01-05", live=True)
    first, second = told(live, recorded("crewai_retries")).splitlines()
    assert re.fullmatch(r"Measured just now with .*litellm [\d.]+.*\.", first)
    assert re.fullmatch(rf"Measured on {recorded('crewai_retries').date} with .*crewai [\d.]+.*\.", second)
    assert told(live) == first
    assert all(size in told(recorded("litellm_soft")) for size in (INSTALL, "300 MB", "88", "1.1"))


def test_words_that_fit_no_condition_are_named() -> None:
    with pytest.raises(ValueError, match=r"conditions must each begin one of .* got 'nothing'"):
        pick(recorded("litellm_soft"), "nothing")
    with pytest.raises(ValueError, match=r"conditions must each begin one of .* got 'twelve'"):
        pick(recorded("litellm_soft"), "twelve")
    with pytest.raises(ValueError, match="wanted must be"):
        columns(recorded("litellm_soft"), "dollars")


def test_no_visible_cell_is_longer_than_twelve_lines() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", []):
            assert len([line for line in cell.source.splitlines() if line.strip()]) <= 12, cell.id


def test_it_runs_where_there_is_no_framework_and_no_socket() -> None:
    """As in a browser."""
    cells = [c.source for c in nbformat.read(NOTEBOOK, as_version=4).cells if c.cell_type == "code"]
    code = (
        "import sys, socket\n"
        "for name in ('starlette', 'uvicorn', 'h11', 'openai', 'httpx', 'litellm', 'langgraph', 'agents', 'crewai'):\n"
        "    sys.modules[name] = None\n"
        "def no_socket(*given, **more): raise OSError('no sockets here')\n"
        "socket.socket.connect = socket.socket.bind = no_socket\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + "\n".join(cells)],
        capture_output=True,
        text=True,
        check=False,
        cwd=NOTEBOOK.parent,
    )
    assert done.returncode == 0, done.stderr[-2000:]
