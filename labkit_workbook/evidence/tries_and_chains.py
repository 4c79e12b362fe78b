"""What stands behind the formulas of ``labkit.reliability``."""

from __future__ import annotations

from .comparison import Place
from .formula import Formula
from .money import DRAWN, FIFTEEN, REAL

CLIFF, RETRIES = "07_reliability_cliff", "04_measure_your_retries"
PRODUCT = "test_reliability.py::test_the_product_law_agrees_with_the_simulation"
RACE = "laws/test_vote_race.py::test_the_race_agrees_with_a_simulation_vote_by_vote"
CHAIN = "laws/test_vote_race.py::test_a_voted_chain_agrees_with_a_simulation"
BETA = "laws/test_correlated_tries.py::test_the_law_agrees_with_a_simulation_item_by_item"
FITS = "laws/test_correlated_tries.py::test_a_fit_finds_the_law_again"
LENGTHS = "laws/test_horizons.py::test_survival_agrees_with_drawn_lifetimes"
STEPS = "laws/test_horizons.py::test_the_hazard_and_the_horizon_agree_with_step_by_step_runs"
COUNTS = "laws/test_counts.py::test_the_estimates_agree_with_fresh_tries_of_the_same_items"
NO_STEPS = "no recording in the box tells the steps of a task apart, with who was right at each"
TURNED = "it turns the product law round, and misses as it does; see its row"
NO_RACES = "no design of the course votes until one answer is ahead"

FORMULAS = (
    Formula(
        names=("reliability.chain_success",),
        says="a chain of equal steps that needs every one",
        stated="section, part 3",
        simulated=(PRODUCT, DRAWN),
        measured=(FIFTEEN, Place(CLIFF, "The cliff")),
    ),
    Formula(
        names=("reliability.product_law",),
        says="a chain of unlike steps that needs every one",
        stated="section, part 3",
        simulated=(PRODUCT, DRAWN),
        measured=(FIFTEEN,),
        missing={"recorded": NO_STEPS},
    ),
    Formula(
        names=("reliability.implied_p", "reliability.steps_until_below"),
        says="the p that a measured success means, and the length at which a chain falls below a target",
        stated="section, part 3; the product law turned round",
        simulated=("test_reliability.py::test_steps_until_below_is_the_first_chain_below_the_target",),
        missing={"recorded": TURNED,
                 "measured": "exercise 07 fits p to all lengths at once, which says more than one success does"},
    ),
    Formula(
        names=("reliability.horizon",),
        says="the length at which a chain succeeds with a given probability",
        stated="Sinha et al. 2025",
        simulated=(STEPS,),
        measured=(Place(CLIFF, "The cliff"),),
        missing={"recorded": TURNED},
    ),
    Formula(
        names=("reliability.with_retries",),
        says="every failure noticed, every try fresh",
        stated="section, part 3",
        simulated=("test_reliability.py::test_the_retry_law_agrees_with_the_simulation",),
        measured=(Place(REAL, "What temperature does"),),
    ),
    Formula(
        names=("reliability.with_detected_retry",),
        says="one retry, with the check's recall and the tries' recovery",
        stated="law of total probability",
        simulated=("test_reliability.py::test_the_detected_retry_agrees_with_the_simulation",),
        measured=(Place(CLIFF, "Where the law fails"),),
    ),
    Formula(
        names=("reliability.gated", "reliability.Gated"),
        says="a gate that misses bad answers and rejects good ones",
        stated="law of total probability; section, part 3, names the gate",
        simulated=("test_reliability.py::test_gates_agree_with_the_simulation",),
        measured=(FIFTEEN, Place(CLIFF, "A gate, a retry, both")),
    ),
    Formula(
        names=("reliability.escalated", "reliability.Escalated"),
        says="a gate, and a person who looks at what it rejects",
        stated="law of total probability",
        simulated=("simulation/test_simulation_formulas.py::test_the_laws_of_one_step_hold",),
        missing={"recorded": "no recording in the box has a person behind its check",
                 "measured": "no person sits behind the pocket models' gates: what one rejects is refused"},
    ),
    Formula(
        names=("reliability.checked_chain", "reliability.CheckedChain"),
        says="right, wrong and unnoticed, or stopped",
        stated="law of total probability, step by step",
        simulated=("laws/test_gates.py::test_the_recursion_agrees_with_runs_followed_attempt_by_attempt",),
        measured=(Place(CLIFF, "A gate, a retry, both"),),
        missing={"recorded": NO_STEPS},
    ),
    Formula(
        names=("reliability.steps_with_early_stop",),
        says="steps of a loop that ends when the answer will do",
        stated="truncated geometric distribution; section, part 1, names the lever",
        simulated=("test_reliability.py::test_early_stopping_agrees_with_the_simulation",),
        measured=(Place("06_quality_per_dollar", "Which lever did it?"),),
        missing={"recorded": NO_STEPS},
    ),
    Formula(
        names=("reliability.BetaLaw", "reliability.BetaLaw.pass_hat", "reliability.BetaLaw.pass_at",
               "reliability.BetaLaw.recovery", "reliability.fit_beta"),
        says="tries of one item: p and a correlation",
        stated="beta-binomial distribution (Skellam 1948)",
        simulated=(BETA, FITS),
        measured=(Place(REAL, "What temperature does"), Place(CLIFF, "Where the law fails")),
    ),
    Formula(
        names=("reliability.BetaLaw.a", "reliability.BetaLaw.b"),
        says="the same law by the two shapes of its beta distribution",
        stated="beta-binomial distribution (Skellam 1948)",
        simulated=(BETA,),
        missing={"recorded": "two other names for p and the correlation, which the row above holds against records",
                 "measured": "the lessons fit p and the correlation, which never are infinite"},
    ),
    Formula(
        names=("reliability.fit_beta_counts",),
        says="the same law from counts, as likely as can be",
        stated="Griffiths 1973",
        simulated=("laws/test_likelihood.py::test_the_true_law_is_never_much_less_likely_than_the_fit",),
        missing={
            "recorded": "the leaderboard gives shares; counts task by task follow for one agent (exercise 04)",
            "measured": "exercise 04 fits a recorded table; the pocket models are tried twice, where the fits agree",
        },
    ),
    Formula(
        names=("reliability.BetaLaw.design_effect",),
        says="what repeated tries of the same items are worth",
        stated="Kish 1965",
        simulated=("laws/test_counts.py::test_an_interval_for_repeated_tries_is_honest_only_with_the_design_effect",),
        missing={
            "recorded": "it would take the same set of tasks run twice over, with every try: nobody published that",
            "measured": "exercise 04 uses it on a recorded table, where tries are repeated",
        },
    ),
    Formula(
        names=("reliability.pass_hat_from_counts", "reliability.pass_at_from_counts"),
        says="pass^k and pass@k from counts, without bias",
        stated="Yao et al. 2024; Chen et al. 2021",
        simulated=(COUNTS, "laws/test_counts.py::test_the_estimates_are_unbiased_where_a_power_of_the_share_is_not"),
        missing={
            "recorded": "the leaderboard's shares are these estimates: what is recorded cannot contradict them",
            "measured": "exercise 04 computes them on a recorded table",
        },
    ),
    Formula(
        names=("reliability.wilson_interval", "reliability.Interval"),
        says="an interval for a share",
        stated="Wilson 1927",
        simulated=("laws/test_counts.py::test_an_interval_for_repeated_tries_is_honest_only_with_the_design_effect",),
        measured=(Place(REAL, "p is not one number"), Place(CLIFF, "The cliff")),
        missing={"recorded": "its coverage is a matter of repeated drawing: simulation can test it, one record cannot"},
    ),
    Formula(
        names=("reliability.majority_vote",),
        says="the majority of n independent votes",
        stated="Condorcet 1785",
        simulated=("laws/test_majority.py::test_it_agrees_with_a_simulation_vote_by_vote",),
        measured=(FIFTEEN, Place("06_quality_per_dollar", "The smallest workflow that beats one call")),
    ),
    Formula(
        names=("reliability.majority_vote_mixed",),
        says="votes on questions that are not equally hard",
        stated="Chen et al. 2024, as reported",
        simulated=("laws/test_majority.py::test_mixed_questions_agree_with_a_simulation",),
        missing={
            "recorded": "the leaderboard gives pass^1 to pass^4, which are in the row above, not the p of each task",
            "measured": "lesson 10 asks for votes of five on mixed sums, and has one p for the mix",
        },
    ),
    Formula(
        names=("reliability.chain_with_votes",),
        says="a race to k votes ahead, at every step of a chain",
        stated="Meyerson et al. 2025, MAKER",
        simulated=(RACE, CHAIN),
        missing={"measured": NO_RACES},
    ),
    Formula(
        names=("reliability.first_to_ahead", "reliability.expected_votes", "reliability.votes_needed",
               "reliability.voted_chain", "reliability.VotedChain"),
        says="one race, what it takes, and the lead that is needed",
        stated="gambler's ruin (Feller); Meyerson et al. 2025",
        simulated=(RACE, CHAIN, "laws/test_vote_race.py::test_it_is_the_first_k_that_is_enough"),
        missing={"recorded": "MAKER's votes and dollars were not read; its lead of three is in the row above",
                 "measured": NO_RACES},
    ),
    Formula(
        names=("reliability.survival", "reliability.time_at", "reliability.weibull_through", "reliability.Weibull"),
        says="tasks by their length: half-life and shape",
        stated="Ord 2025, as reported; the Weibull distribution",
        simulated=(LENGTHS, "laws/test_horizons.py::test_two_points_give_the_law_back"),
        missing={"measured": "exercise 07 asks whether the hazard of a chain is constant, and fits no shape"},
    ),
    Formula(
        names=("reliability.hazard",),
        says="the rate of failing at a length",
        stated="the Weibull distribution",
        simulated=(STEPS,),
        measured=(Place(CLIFF, "The cliff"),),
        missing={"recorded": "METR gives two lengths of a fitted curve, and a rate at one length needs the runs"},
    ),
    Formula(
        names=("reliability.self_conditioned", "reliability.OwnErrors", "reliability.OwnErrors.at_most"),
        says="a chain whose errors breed errors",
        stated="Sinha et al. 2025 has the effect; the line is ours",
        simulated=("laws/test_own_errors.py::test_it_agrees_with_a_simulation_step_by_step",),
        missing={
            "recorded": "only the abstract was read, and it gives no slope",
            "measured": "a pocket model sees one sum at a time, so no error of its own stays in the context",
        },
    ),
)  # fmt: skip
"""Every public name of ``labkit.reliability``."""
