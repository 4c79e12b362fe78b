"""What stands behind the formulas of ``labkit.cost``."""

from __future__ import annotations

from .comparison import Place
from .formula import Formula

REAL, BILL, PER_USD = "10_a_real_system", "Fifteen designs, predicted and measured", "06_quality_per_dollar"
FIFTEEN = Place(REAL, BILL)
DRAWN = "simulation/test_simulation_formulas.py::test_a_drawn_workflow_comes_to_what_the_formulas_say"
MONEY = "laws/test_value_for_money.py::"
COUNT = "it counts calls, and chance has no part in it"
YOURS = "what a success or a failure is worth is the reader's own number; no recording has one"
COIN = (
    "laws/test_routing_scores.py::"
    "test_a_coin_between_two_thresholds_agrees_with_the_simulation_within_four_standard_errors"
)
RECORDED_TURNS = (
    "simulation/test_simulation_formulas.py::test_recorded_turns_cost_what_growing_context_costs_and_take_their_sum"
)
ONE_REQUEST = Place("11_in_production", "How many calls is one request?")
A_CAP = Place("11_in_production", "A cap that holds")
ROUTED = Place("11_in_production", "Who gets the premium model?")

FORMULAS = (
    Formula(
        names=("cost.task_cost",),
        says="a bill is the sum of its calls",
        stated="section, part 1",
        simulated=(DRAWN, "test_cost.py::test_a_task_costs_the_sum_of_its_calls"),
        measured=(FIFTEEN, Place(PER_USD, "Two solvers")),
    ),
    Formula(
        names=("cost.call_multiplier",),
        says="how many calls a task costs",
        stated="section, part 1",
        simulated=("test_cost.py::test_equal_calls_multiply_one_call",),
        measured=(FIFTEEN,),
        missing={"recorded": "Anthropic's 15 times a chat is reported in lesson 05, without steps and calls"},
    ),
    Formula(
        names=("cost.is_ten_to_hundred",),
        says="is it 10 to 100 times a call?",
        stated="section, part 1",
        missing={
            "simulated": "a comparison of two numbers",
            "recorded": "Anthropic's 15 times a chat is reported in lesson 05, one mean without a distribution",
            "measured": "the fifteen designs of lesson 10 make fewer than ten calls",
        },
    ),
    Formula(
        names=("cost.debate_calls",),
        says="calls of a debate, and those that wait for one another",
        stated="section, part 1 and listing, which count differently",
        simulated=(DRAWN, "test_cost.py::test_debates_are_counted_as_the_text_and_as_the_listing_count"),
        measured=(FIFTEEN,),
        missing={"recorded": "Kim et al. 2025 give tokens and turns of teams as means, without agents and rounds"},
    ),
    Formula(
        names=("cost.expected_attempts",),
        says="attempts of a step with retries, in the mean",
        stated="truncated geometric distribution",
        simulated=("test_cost.py::test_expected_attempts_agree_with_the_simulation_within_four_standard_errors",),
        measured=(FIFTEEN,),
    ),
    Formula(
        names=("cost.worst_attempts",),
        says="attempts when everything goes wrong",
        stated="section, exercise 1",
        simulated=("test_accounting.py::test_no_simulated_run_is_dearer_or_slower_than_the_worst_case",
                   "test_cost.py::test_attempts_lie_between_one_and_the_worst"),
        measured=(Place("08_budget_orchestrator", "What a ceiling reserves"),),
        missing={"recorded": "a limit that is set: runs that kept it cannot exceed it"},
    ),
    Formula(
        names=("cost.steps_until_failure",),
        says="steps that a chain pays until it stops",
        stated="truncated geometric distribution",
        simulated=("test_cost.py::test_steps_until_failure_agree_with_the_simulation_within_four_standard_errors",),
        measured=(Place("07_reliability_cliff", "A gate, a retry, both"),),
        missing={"recorded": "no recording in the box says at which step a task failed"},
    ),
    Formula(
        names=("cost.growing_context_tokens", "cost.fit_growing_context", "cost.ContextGrowth",
               "cost.ContextGrowth.tokens"),
        says="input tokens of a conversation that is sent again, and its two numbers from recorded calls",
        stated="arithmetic series; least squares",
        simulated=("laws/test_context_growth.py::test_both_ways_find_the_numbers_of_conversations_that_grow_so",
                   RECORDED_TURNS),
        missing={"measured": "a pocket model sees one sum at a time, and no history"},
    ),
    Formula(
        names=("cost.cached_context_tokens", "cost.cached_prefix"),
        says="the same with a prefix cache; a call whose prompt begins with a cached prefix",
        stated="vendors' price lists, as reported",
        simulated=("laws/test_prefix_caching.py::test_a_cached_conversation_is_billed_token_by_token",
                   "test_cost.py::test_a_cached_prefix_discounts_input_only"),
        measured=(Place(PER_USD, "Which lever did it?"),),
    ),
    Formula(
        names=("cost.cache_pays_after",),
        says="the use from which writing a prefix has paid",
        stated="vendors' price lists, as reported",
        simulated=("laws/test_prefix_caching.py::test_it_pays_at_exactly_the_uses_above_the_break_even",),
        missing={
            "recorded": "it turns a price list round: prices are quoted, not recorded",
            "measured": "the pocket models' price card bills no writing",
        },
    ),
    Formula(
        names=("cost.semantic_cache", "cost.SemanticCache", "cost.false_hits_allowed"),
        says="p, dollars and seconds behind a cache that may answer another question",
        stated="law of total probability",
        simulated=("laws/test_semantic_caching.py::test_it_agrees_with_the_simulation_within_four_standard_errors",),
        measured=(Place("11_in_production", "What does a cache serve?"),),
        missing={"recorded": "Regmi and Pun 2024 give hit rates and right hits, without how the tasks ended"},
    ),
    Formula(
        names=("cost.cascade", "cost.judged_cascade", "cost.JudgedCascade"),
        says="dollars and p of models that are asked in turn",
        stated="Chen et al. 2023, FrugalGPT",
        simulated=("laws/test_cascades.py::test_both_agree_with_the_simulation_within_four_standard_errors",),
        measured=(FIFTEEN, Place(PER_USD, "The smallest workflow that beats one call"), ROUTED),
    ),
    Formula(
        names=("cost.cpt",),
        says="with how many strong calls a router recovers a gap",
        stated="Ong et al. 2024, RouteLLM",
        simulated=(COIN,),
        measured=(ROUTED,),
    ),
    Formula(
        names=("cost.pgr", "cost.apgr"),
        says="how much of the gap a router recovers",
        stated="Ong et al. 2024, RouteLLM",
        simulated=(COIN,),
        measured=(ROUTED,),
        missing={"recorded": "a router's scores question by question were not read: lesson 04 works one value out"},
    ),
    Formula(
        names=("cost.routed_cost",),
        says="the mean price of a routed call",
        stated="an expectation over two models",
        simulated=(DRAWN, "laws/test_routing_scores.py::test_the_cost_of_a_routed_call_runs_from_weak_to_strong"),
        measured=(FIFTEEN, ROUTED),
        missing={"recorded": "RouteLLM counts strong calls; no recording has the dollars of both models' calls"},
    ),
    Formula(
        names=("cost.calls_through_layers",),
        says="calls on the wire where layers of software each try again",
        stated="the mean of a truncated geometric distribution",
        simulated=("laws/test_call_layers.py::test_where_some_fail_nested_loops_make_the_mean",),
        measured=(ONE_REQUEST,),
        missing={"recorded": "no recording tells a client's tries from those of what calls it"},
    ),
    Formula(
        names=("cost.post_paid_calls", "cost.pre_paid_calls"),
        says="calls that a cap lets through",
        stated="a till, gone through call by call",
        simulated=("laws/test_spend_caps.py::test_post_paid_is_what_a_till_lets_through",
                   "laws/test_spend_caps.py::test_pre_paid_is_what_a_till_lets_through"),
        measured=(A_CAP,),
        missing={"recorded": "no recording tells which calls were refused"},
    ),
    Formula(
        names=("cost.cost_per_success",),
        says="dollars of a success, what its failures damage included",
        stated="geometric distribution",
        simulated=(MONEY + "test_a_success_and_its_failures_agree_with_the_simulation_within_four_standard_errors",),
        measured=(Place(REAL, "What the money bought"),),
    ),
    Formula(
        names=("cost.quality_per_dollar",),
        says="successes bought by a dollar",
        stated="section, part 4",
        simulated=(MONEY + "test_a_success_and_its_failures_agree_with_the_simulation_within_four_standard_errors",),
        measured=(Place(REAL, "What the money bought"), Place(PER_USD, "How sure?")),
        missing={"recorded": "it is one over cost_per_success, and misses as that does"},
    ),
    Formula(
        names=("cost.profit",),
        says="what a task earns, wrong and refused ones taken off",
        stated="an expectation over success and failure",
        simulated=("frontier/test_frontier.py::test_hulls_agree_with_every_value_tried",),
        measured=(Place(PER_USD, "What is a success worth?"),),
        missing={"recorded": YOURS},
    ),
)  # fmt: skip
"""Every public name of ``labkit.cost``."""
