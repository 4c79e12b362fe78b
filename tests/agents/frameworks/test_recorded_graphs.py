"""What was recorded of LangGraph, the Agents SDK, CrewAI and the learned routers says what the course says of them."""

from __future__ import annotations

from functools import cache

import pytest

from labkit import PREMIUM, SMALL
from labkit_agents.frameworks import Measurement, recorded

EXACT = (
    "langgraph_retries", "agents_sdk_retries", "crewai_retries", "langgraph_supersteps", "langgraph_cache",
    "langgraph_failing_branch", "agents_sdk_guardrails", "agents_sdk_turns", "agents_sdk_account",
    "crewai_guardrail", "crewai_cache", "crewai_account", "crewai_limit", "crewai_output_type", "crewai_back_off",
    "agents_sdk_handoff", "langgraph_levers", "our_retries", "our_gate", "back_off",
)  # fmt: skip


@cache
def rows(name: str) -> dict[str, Measurement]:
    return {each.condition: each for each in recorded(name)}


def calls(name: str) -> dict[str, int]:
    return {condition: each.calls_wire for condition, each in rows(name).items()}


@pytest.mark.parametrize("name", EXACT)
def test_where_nothing_is_random_a_law_says_every_number(name: str) -> None:
    for each in recorded(name):
        assert each.predicted is not None
        assert each.predicted.calls_error == each.predicted.usd_error == 0.0
        assert each.calls_wire == each.predicted.calls


def test_layers_of_retries_multiply_in_langgraph_and_crewai_and_add_up_in_the_agents_sdk() -> None:
    graph, agents, crew = calls("langgraph_retries"), calls("agents_sdk_retries"), calls("crewai_retries")
    for kind in ("500", "429"):
        assert graph[f"client default: {kind}"] == graph[f"RetryPolicy(), client without retries: {kind}"] == 3
        assert graph[f"RetryPolicy() and client default: {kind}"] == 9
        assert agents[f"client without retries: {kind}"] == 1
        assert agents[f"client default: {kind}"] == 3
        assert agents[f"ModelRetrySettings with a policy, client default: {kind}"] == 5
    assert agents["ModelRetrySettings without a policy, client without retries: 500"] == 1
    assert graph["client default: 400"] == agents["client default: 400"] == 1
    assert graph["RetryPolicy(), client without retries: 400"] == 3
    assert [crew[f"defaults: {kind}"] for kind in ("500", "429", "400", "timeout")] == [9, 27, 3, 9]
    off = "max_retries=0, max_retry_limit=0"
    assert [crew[f"{off}: {kind}"] for kind in ("500", "429", "400", "timeout")] == [1, 3, 1, 1]


def test_both_layers_of_langgraph_pay_nine_times_where_nothing_comes_back() -> None:
    for kind in ("timeout", "cut"):
        each = rows("langgraph_retries")[f"RetryPolicy() and client default: {kind}"]
        assert (each.calls_wire, each.calls_billed) == (9, 9)
        assert each.usd == pytest.approx(9 * SMALL.usd)


def test_who_waits_as_told_and_how_long() -> None:
    kept = {
        f"{each.framework}, {each.condition}": each.counts
        for each in (*recorded("back_off"), *recorded("crewai_back_off"))
    }
    longest = {name: counts["longest Retry-After kept, sec"] for name, counts in kept.items()}
    assert (
        longest["OpenAI client, as it comes"]
        == longest["LiteLLM, a plain call"]
        == longest["CrewAI, as it comes"]
        == 120
    )
    assert longest["LiteLLM, a Router"] == 60
    assert longest["LangGraph, RetryPolicy(), client without retries"] == 0
    assert longest["LangGraph, RetryPolicy() and client default"] == 120
    assert longest["ours, the Orchestrator, as it comes"] == 120
    asked = kept["OpenAI Agents SDK, ModelRetrySettings, client without retries"]
    assert asked["longest Retry-After kept, sec"] == asked["asked at most, sec"]


def test_waits_lie_within_what_is_drawn_and_a_router_waits_after_its_last_try() -> None:
    for each in (*recorded("back_off"), *recorded("crewai_back_off")):
        assert each.sec is not None
        assert each.counts["least sec"] <= each.sec <= each.counts["most sec"]
        router = (each.framework, each.condition) == ("LiteLLM", "a Router")
        assert each.counts["waits"] <= each.calls_wire - 1 + router
    assert rows("back_off")["a Router"].counts["waits"] == rows("back_off")["a Router"].calls_wire


def test_layers_multiply_waits_as_well_as_calls() -> None:
    found = {(each.framework, each.condition): each for each in recorded("back_off")}
    both, node = (found["LangGraph", words] for words in (
        "RetryPolicy() and client default", "RetryPolicy(), client without retries"))  # fmt: skip
    client = found["OpenAI client", "as it comes"]
    assert both.calls_wire == node.calls_wire * client.calls_wire
    assert both.sec == pytest.approx(3 * (client.sec or 0) + (node.sec or 0))


def test_what_is_lost_is_in_our_own_account_at_its_worst_case() -> None:
    for condition, each in rows("our_retries").items():
        billed = condition.endswith(("timeout", "cut"))
        assert each.calls_billed == (each.calls_wire if billed else 0)
        assert each.usd_client is not None
        assert each.usd <= each.usd_client <= each.usd * 1.01


def test_an_output_type_of_crewai_is_tried_again_and_one_of_the_others_is_not() -> None:
    assert rows("crewai_output_type")["output_pydantic, malformed JSON"].calls_wire == 3
    assert rows("crewai_output_type")["output_pydantic, a wrong value"].calls_wire == 1
    kinds = rows("litellm_soft")
    seen, unseen = (
        kinds["response_format, malformed JSON, enable_json_schema_validation"],
        kinds["response_format, malformed JSON"],
    )
    assert seen.counts["raised"] == seen.counts["soft faults"] > 0 == unseen.counts["raised"]
    assert seen.calls_wire == unseen.calls_wire == seen.tasks


def test_a_limit_of_requests_a_minute_refuses_or_waits() -> None:
    waits, refuses = (
        rows("crewai_limit")["ten requests at max_rpm=2"],
        rows("litellm_health")["ten requests at rpm=2, enforce_model_rate_limits"],
    )
    assert (waits.successes, refuses.successes) == (10, 2)
    assert (waits.sec or 0) > 60 * waits.counts["waits"] > 0


def test_what_is_recovered_lies_within_its_interval() -> None:
    for each in recorded("learned_router"):
        alone = each.condition.endswith("alone")  # all of the gap or none of it, whatever is drawn
        assert ("PGR, low" in each.counts) is not alone
        for name in ("APGR", "CPT(50%)", *(["PGR"] if not alone else [])):
            assert each.counts[f"{name}, low"] <= each.counts[name] <= each.counts[f"{name}, high"]


def test_a_cascade_waits_less_than_the_premium_model_alone() -> None:
    found = rows("learned_cascade")
    assert found["learned score at least 0.8"].sec < found["the premium model alone"].sec / 3  # type: ignore[operator]


def test_a_refusal_is_free_and_what_hangs_or_breaks_is_billed_each_time() -> None:
    for name in ("langgraph_retries", "agents_sdk_retries", "crewai_retries"):
        for condition, each in rows(name).items():
            billed = condition.endswith(("timeout", "cut"))
            assert each.calls_billed == (each.calls_wire if billed else 0)
            assert each.usd == pytest.approx(each.calls_billed * SMALL.usd)


def test_nothing_retries_a_wrong_answer_until_a_gate_names_its_error() -> None:
    found = rows("langgraph_soft_failures")
    unnamed = found["gate raises ValueError, RetryPolicy(max_attempts=2)"]
    named = found["gate raises ValueError, RetryPolicy(max_attempts=2, retry_on=ValueError)"]
    edge = found["gate as an edge that leads back once"]
    assert found["no gate"].successes == unnamed.successes
    assert named.successes == edge.successes
    assert (named.share or 0) > 0.9
    assert (unnamed.share or 1) < 0.6
    assert edge.calls_wire / edge.tasks == pytest.approx(12.66, abs=0.2)
    kinds = rows("agents_sdk_output_type")
    assert kinds["output_type, malformed JSON"].counts["raised"] > 0
    assert kinds["output_type, wrong value"].counts["raised"] == 0
    assert {each.calls_wire for each in kinds.values()} == {200}


def test_an_output_type_that_raises_takes_its_usage_along() -> None:
    lost = rows("agents_sdk_output_type")["output_type, malformed JSON"]
    assert lost.unseen_usd == pytest.approx(lost.counts["raised"] * SMALL.usd)


def test_a_guardrail_beside_the_call_is_paid_twice() -> None:
    beside, before = rows("agents_sdk_guardrails").values()
    assert beside.usd == pytest.approx(SMALL.usd + PREMIUM.usd)
    assert before.usd == pytest.approx(SMALL.usd)


def test_supersteps_wait_and_subgraphs_do_not() -> None:
    steps, graphs = rows("langgraph_supersteps").values()
    assert steps.sec == pytest.approx(0.8)
    assert graphs.sec == pytest.approx(0.44, abs=0.001)
    assert steps.usd == graphs.usd


def test_callers_at_once_all_pay_and_a_wrong_answer_is_kept() -> None:
    at_once, in_turn, wrong = rows("langgraph_cache").values()
    assert (at_once.calls_wire, in_turn.calls_wire, wrong.calls_wire) == (5, 1, 1)
    assert (in_turn.successes, wrong.successes) == (5, 0)


def test_what_ended_before_a_failure_is_not_paid_again() -> None:
    again = [each.counts["calls after the failure"] for each in rows("langgraph_resume").values()]
    assert again == [1, 3, 1, 2]


def test_a_time_out_is_in_no_clients_account() -> None:
    for name in ("agents_sdk_account", "crewai_account"):
        found = rows(name)
        assert found["usage: no fault"].unseen_usd == pytest.approx(0.0)
        assert found["usage: time-out, then an answer"].unseen_usd == pytest.approx(SMALL.usd)


def test_the_agents_sdk_calls_responses_where_nothing_else_is_said() -> None:
    default = rows("agents_sdk_account")["usage: no fault, the default model class"]
    assert default.counts["calls of /v1/responses"] == default.calls_wire == 1


def test_the_learned_router_and_cascade_beat_a_coin_and_the_premium_model() -> None:
    router, cascade = rows("learned_router"), rows("learned_cascade")
    alone = cascade["the premium model alone"]
    assert next(iter(router.values())).counts["APGR"] > 0.65
    best = cascade["learned score at least 0.8"]
    assert (best.successes or 0) > (alone.successes or 0)
    assert best.usd < alone.usd / 7
    assert best.counts["premium p on what is escalated"] < alone.share  # type: ignore[operator]
    assert best.counts["successes, if what is escalated were no harder"] > (best.successes or 0)


def test_a_cap_is_kept_and_another_tenant_loses_nothing() -> None:
    capped, free = rows("langgraph_cap").values()
    for each in (capped, free):
        assert each.usd == pytest.approx(each.usd_client)
        assert each.usd <= each.counts["cap, USD"]
    assert capped.counts["refused"] > 0 == free.counts["refused"]
