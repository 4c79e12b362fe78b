"""What stands behind the formulas of ``labkit.latency``."""

from __future__ import annotations

from .comparison import Place
from .formula import Formula
from .money import DRAWN, FIFTEEN

MAXIMA = "laws/test_random_times.py::test_side_by_side_is_the_maximum_over_all_pairs"
PAIRS = "laws/test_random_times.py::test_one_after_the_other_is_the_sum_over_all_pairs"
WHOLE = "exact/test_distribution.py::test_every_part_of_a_workflow_agrees_with_the_simulation_and_with_its_outcome"
DRAWS = "laws/test_named_times.py::test_draws_have_the_distribution_function_and_the_mean"
VARYING = "exact/test_distribution.py::test_call_times_that_vary_agree_with_the_simulation"
ATTEMPTS = "exact/test_distribution.py::test_attempts_of_fixed_length_have_the_distribution_that_enumeration_finds"
MANY = "laws/test_named_times.py::test_means_and_quantiles_agree_with_the_simulation_within_four_standard_errors"
NO_GRAPHS = "no recording in the box has the times of steps together with the graph they ran in"
CARD = "the pocket models' seconds come from a card, a fixed time for each token"
ONE_BY_ONE = "the pocket models answer one batch after another, so nothing runs at once on the learner's machine"
NO_SECONDS = "the recorded hours have no seconds of service, so that whole times would be held against ours"
REPLAY = "the replay of lesson 07 draws it from recorded scatter; the pocket models' seconds come from a card"
BARRIER = Place("11_in_production", "Who waits for whom?")

FORMULAS = (
    Formula(
        names=("latency.side_by_side",),
        says="steps at once",
        stated="section, part 2",
        simulated=(DRAWN, "test_latency.py::test_of_random_times_the_mean_of_the_slowest_is_above_the_slowest_mean"),
        measured=(FIFTEEN,),
    ),
    Formula(
        names=("latency.sequential", "latency.staged"),
        says="steps after another, groups after another",
        stated="section, part 2 and part 4",
        simulated=(DRAWN, "test_latency.py::test_stages_are_the_longest_path_when_each_stage_waits_for_all_before_it"),
        measured=(FIFTEEN, BARRIER),
        missing={"recorded": NO_GRAPHS},
    ),
    Formula(
        names=("latency.longest_path", "latency.critical_path"),
        says="the longest path through what waits for what",
        stated="section, part 2",
        simulated=("test_latency.py::test_the_longest_path_is_the_slowest_of_all_paths", DRAWN),
        measured=(FIFTEEN, BARRIER),
        missing={"recorded": NO_GRAPHS},
    ),
    Formula(
        names=("latency.expected_max", "latency.quantile_of_max"),
        says="the slowest of n recorded calls",
        stated="distribution of the largest order statistic",
        simulated=("laws/test_slowest.py::test_both_agree_with_the_simulation_within_four_standard_errors",),
        measured=(Place("10_a_real_system", "Where they part, and why"),),
    ),
    Formula(
        names=(
            "latency.Lognormal", "latency.Lognormal.expected_max", "latency.Lognormal.quantile_of_max",
        ),
        says="calls with a long tail: two numbers for the slowest of many",
        stated="the lognormal distribution",
        simulated=(MANY,),
        missing={"measured": CARD},
    ),
    Formula(
        names=(
            "latency.Exponential", "latency.Exponential.expected_max", "latency.Exponential.quantile_of_max",
            "latency.Uniform", "latency.Uniform.expected_max", "latency.Uniform.quantile_of_max",
        ),
        says="memoryless times, and times that are equally likely",
        stated="the two distributions",
        simulated=(MANY,),
        missing={
            "recorded": "rulers of the tests, since their maximum has a closed form; no recorded call follows them",
            "measured": CARD,
        },
    ),
    Formula(
        names=("latency.hedged", "latency.Hedged", "latency.Hedged.quantile"),
        says="asking twice, and taking whichever comes first",
        stated="Dean and Barroso 2013",
        simulated=("laws/test_hedging.py::test_it_agrees_with_the_simulation_within_four_standard_errors",),
        missing={
            "recorded": "the paper gives p99.9 without and with (1,800 and 74 ms), but not the times they came from",
            "measured": CARD,
        },
    ),
    Formula(
        names=("latency.batched",),
        says="independent calls in batches that wait for their slowest",
        stated="order statistics; Lin et al. 2024",
        simulated=("laws/test_slowest.py::test_batches_take_what_the_simulation_of_ranks_takes",),
        missing={"recorded": NO_GRAPHS, "measured": ONE_BY_ONE},
    ),
    Formula(
        names=("latency.makespan_bounds", "latency.MakespanBounds"),
        says="what no schedule beats, and what none without idle waiting exceeds",
        stated="Graham 1969; Brent 1974",
        simulated=("laws/test_makespans.py::test_the_best_schedule_lies_within_the_bounds_and_lists_below_twice_the_best",),
        missing={"recorded": NO_GRAPHS, "measured": ONE_BY_ONE},
    ),
    Formula(
        names=("latency.list_schedule", "latency.Schedule"),
        says="at most P calls at a time",
        stated="Graham 1969",
        simulated=("laws/test_makespans.py::test_it_equals_a_simulation_second_by_second",),
        missing={"recorded": NO_GRAPHS, "measured": REPLAY},
    ),
    Formula(
        names=("Workflow.latency", "Workflow.cost", "latency.RandomTime.right_within"),
        says="the whole distribution of a task's seconds, and of its dollars",
        stated="convolution, and the product of distribution functions; section, part 4, is the case p = 1",
        simulated=(ATTEMPTS, WHOLE, VARYING),
        missing={
            "recorded": NO_GRAPHS,
            "measured": "lesson 10 measures the mean seconds of such designs, not their distribution",
        },
    ),
    Formula(
        names=(
            "latency.Exponential.within", "latency.Exponential.factors", "latency.Uniform.mean",
            "latency.Uniform.within", "latency.Uniform.factors", "latency.Lognormal.within",
            "latency.Lognormal.factors", "latency.RandomTime.factors",
        ),
        says="calls whose times scatter: their distribution functions, and draws from them",
        stated="the three distributions; recorded times, drawn again",
        simulated=(DRAWS,),
        missing={
            "recorded": "held against recorded calls as latency.Lognormal and expected_max",
            "measured": CARD,
        },
    ),
    Formula(
        names=("latency.Patience", "latency.Patience.wait"),
        says="time-outs, hedged requests, waits before a retry",
        stated="a minimum of times, and Dean and Barroso 2013 for the second request",
        simulated=(
            "exact/test_distribution.py::"
            "test_time_outs_hedges_and_waits_agree_with_calls_that_are_drawn_one_by_one",
        ),
        missing={"recorded": NO_GRAPHS, "measured": CARD},
    ),
    Formula(
        names=(
            "latency.RandomTime", "latency.RandomTime.from_samples", "latency.RandomTime.from_cdf",
            "latency.RandomTime.cdf", "latency.RandomTime.mean", "latency.RandomTime.std",
            "latency.RandomTime.quantile", "latency.RandomTime.within", "latency.RandomTime.slowest_of",
        ),
        says="a time as a list of outcomes: sums, maxima, quantiles",
        stated="convolution, and the product of distributions",
        simulated=(MAXIMA, PAIRS),
        missing={"recorded": NO_GRAPHS, "measured": CARD},
    ),
    Formula(
        names=(
            "latency.under_load", "latency.UnderLoad", "latency.UnderLoad.wait_quantile", "latency.erlang_c",
            "latency.replay_arrivals", "latency.Replay",
        ),
        says="how long calls wait for one of k places, under a steady load and as recorded",
        stated="Erlang 1917; Pollaczek and Khinchine; Lee and Longton 1959; bursts: Allen and Cunneen; Hayward, in "
        "Fredericks 1980",
        simulated=(
            "load/test_steady.py::test_under_load_agrees_with_calls_served_one_by_one",
            "load/test_steady.py::test_lee_and_longton_are_near_calls_of_another_scatter",
            "load/test_bursts.py::test_hayward_is_near_bursts_served_one_by_one",
            "load/test_replayed_arrivals.py::test_replay_arrivals_is_what_simpy_says",
        ),
        missing={"measured": ONE_BY_ONE},
    ),
    Formula(
        names=("latency.UnderLoad.time_quantile", "latency.UnderLoad.time_within", "latency.largest_rate"),
        says="the whole time under a load, and the rate up to which a promise holds",
        stated="the queue M/M/k; elsewhere two moments",
        simulated=(
            "load/test_steady.py::test_under_load_agrees_with_calls_served_one_by_one",
            "load/test_steady.py::test_the_largest_rate_keeps_the_promise_and_no_larger_one_does",
            "load/test_steady.py::test_the_whole_time_is_the_integral_over_waits",
        ),
        missing={"recorded": NO_SECONDS, "measured": ONE_BY_ONE},
    ),
    Formula(
        names=("latency.provider_limits", "latency.ProviderLimits"),
        says="limits of requests and tokens a minute, as token buckets",
        stated="the token bucket",
        simulated=("load/test_limits.py::test_provider_limits_are_what_two_buckets_let_through",),
        missing={
            "recorded": "the recorded hours do not say which limits their callers met",
            "measured": "the local endpoint limits calls in flight, not calls a minute",
        },
    ),
    Formula(
        names=("latency.retry_storm", "latency.RetryStorm"),
        says="retries that raise the load that they come of: where they settle, and where not",
        stated="Bronson et al. 2021, the two states; the fixed point is ours",
        simulated=(
            "load/test_storms.py::test_in_the_calm_calls_and_late_ones_are_as_retry_storm_says",
            "load/test_storms.py::test_between_the_two_rates_a_spike_decides_for_good",
        ),
        missing={
            "recorded": "outages of this kind are told in words, without the arrivals that they began with",
            "measured": ONE_BY_ONE,
        },
    ),
)  # fmt: skip
"""Every public name of ``labkit.latency``."""
