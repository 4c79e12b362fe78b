"""What stands behind workflows, levers, the frontier, the simulation and the text's own table."""

from __future__ import annotations

from .comparison import Place
from .formula import Formula
from .money import DRAWN, FIFTEEN, PER_USD

ACCOUNTING = "test_accounting.py::test_expected_outcomes_agree_with_the_simulation"
BY_HAND = "test_accounting.py::test_hand_made_designs_agree_with_the_simulation"
WORST = "test_accounting.py::test_no_simulated_run_is_dearer_or_slower_than_the_worst_case"
SIMPY = "simulation/test_simulation_simpy.py::test_drawn_workflows_with_every_option_agree"
FORCE = "frontier/test_frontier.py::test_the_frontier_is_what_brute_force_finds"
RUNS = "simulation/test_simulation_formulas.py::"
NO_DESIGNS = "no recording in the box ran one set of tasks through two designs that differ by this lever alone"
SEARCH = "a search over designs: its parts are held against records in their own rows"
INSTRUMENT = "it is the instrument that the second column is made with"
PICKED = "lesson 10 and exercise 06 measure the designs, which a person picked, not a search"

FORMULAS = (
    Formula(
        names=("Workflow", "Outcome", "Outcome.quality_per_dollar", "Outcome.cost_per_success", "Workflow.outcome",
               "Step", "Model", "PREMIUM", "SMALL", "sweep"),
        says="cost, latency and reliability of a workflow, in three accountings",
        stated="section, part 4",
        simulated=(ACCOUNTING, WORST, DRAWN, "test_streaming.py::test_a_sweep_is_the_sum_over_its_blocks"),
        measured=(FIFTEEN,),
        missing={"recorded": "no recording in the box has the steps of a workflow with the p of each"},
    ),
    Formula(
        names=("chain", "parallel", "choose", "easy", "hard", "Workflow.then", "Workflow.beside", "Workflow.pipe",
               "Workflow.graph", "Workflow.names"),
        says="workflows are put together",
        stated="section, part 4",
        simulated=(DRAWN,),
        measured=(FIFTEEN,),
        missing={"recorded": "it builds what the other rows compute"},
    ),
    Formula(
        names=("levers.parallelize", "parallelize"),
        says="steps that do not wait run at once",
        stated="section, part 2",
        simulated=(ACCOUNTING, "test_levers.py::test_parallelize_changes_no_cost_and_no_reliability_and_never_slows"),
        measured=(FIFTEEN,),
        missing={"recorded": NO_DESIGNS},
    ),
    Formula(
        names=("levers.route", "route"),
        says="easy steps go to another model",
        stated="section, part 1",
        simulated=(ACCOUNTING, "test_levers.py::test_route_gives_the_touched_steps_the_other_model"),
        measured=(FIFTEEN, Place(PER_USD, "Which lever did it?")),
        missing={"recorded": "RouteLLM's routers are held against a coin in the row of cost.cpt"},
    ),
    Formula(
        names=("levers.cache", "cache", "Cache"),
        says="a store of answers in front of a step",
        stated="section, part 1",
        simulated=(ACCOUNTING, BY_HAND),
        measured=(FIFTEEN, Place(PER_USD, "Which lever did it?")),
        missing={"recorded": NO_DESIGNS},
    ),
    Formula(
        names=("levers.cut", "cut"),
        says="steps are left out",
        stated="section, part 4",
        simulated=(ACCOUNTING, "test_levers.py::test_cut_takes_the_factors_out"),
        measured=(Place(PER_USD, "The smallest workflow that beats one call"),),
        missing={"recorded": NO_DESIGNS},
    ),
    Formula(
        names=("levers.retry", "retry"),
        says="a rejected answer is asked for again",
        stated="section, part 3",
        simulated=(ACCOUNTING, BY_HAND),
        measured=(FIFTEEN, Place("07_reliability_cliff", "A gate, a retry, both")),
        missing={"recorded": "its law is held against HumanEval in the rows of reliability.with_retries and gated"},
    ),
    Formula(
        names=("levers.gate", "gate", "Gate", "Person"),
        says="every attempt is checked, by a person too",
        stated="section, part 3",
        simulated=(ACCOUNTING, BY_HAND, RUNS + "test_a_chain_with_gates_follows_the_markov_chain_of_its_formula"),
        measured=(FIFTEEN, Place("07_reliability_cliff", "A gate, a retry, both")),
        missing={"recorded": "its law is held against HumanEval in the row of reliability.gated"},
    ),
    Formula(
        names=("levers.debate", "debate", "Debate", "Debate.calls", "Debate.turns"),
        says="several agents over several rounds",
        stated="section, part 1",
        simulated=(ACCOUNTING, BY_HAND),
        measured=(FIFTEEN,),
        missing={"recorded": "lesson 05 quotes what debates gained (Smit et al. 2024), and nobody says from which p"},
    ),
    Formula(
        names=("levers.stop_early", "stop_early", "Judge"),
        says="the workflow ends when an answer will do",
        stated="section, part 1",
        simulated=(ACCOUNTING, RUNS + "test_an_early_stop_takes_as_many_steps_as_its_formula_says"),
        measured=(Place(PER_USD, "Which lever did it?"),),
        missing={"recorded": NO_DESIGNS},
    ),
    Formula(
        names=("frontier.pareto", "frontier.Frontier", "frontier.best", "frontier.Design", "frontier.Change"),
        says="the designs that no other design beats",
        stated="Pareto dominance",
        simulated=(FORCE, "frontier/test_frontier.py::test_best_is_the_best_of_brute_force",
                   "frontier/test_frontier.py::test_bounds_hold_the_simulated_mean_between_them"),
        missing={"recorded": SEARCH, "measured": PICKED},
    ),
    Formula(
        names=("frontier.options", "frontier.combine", "frontier.Option", "frontier.AS_IT_IS"),
        says="what each step may choose",
        stated="the levers of the section",
        simulated=("frontier/test_frontier.py::test_combined_options_apply_from_left_to_right",),
        missing={"recorded": SEARCH, "measured": PICKED},
    ),
    Formula(
        names=("frontier.marginal_prices", "frontier.Price", "frontier.break_even_values", "frontier.BreakEven"),
        says="what a lever costs a point, and the value from which it pays",
        stated="the slope of cost over reliability",
        simulated=("frontier/test_frontier.py::test_hulls_agree_with_every_value_tried",
                   "frontier/test_marginal.py::test_a_lever_better_in_both_is_always_worth_it_and_one_worse_in_both_never"),
        measured=(Place(PER_USD, "What is a success worth?"),),
        missing={"recorded": SEARCH},
    ),
    Formula(
        names=("simulate", "simulation.simulate", "simulation.Samples", "simulation.say_progress"),
        says="tasks through a workflow, attempt by attempt",
        stated="Monte Carlo",
        simulated=(SIMPY,),
        measured=(FIFTEEN,),
        missing={"recorded": INSTRUMENT},
    ),
    Formula(
        names=("simulation.Difficulty", "simulation.Items"),
        says="tasks that are not equally hard",
        stated="beta-binomial distribution; a table of recorded items",
        simulated=(RUNS + "test_repeated_tries_at_a_task_follow_the_beta_binomial",
                   RUNS + "test_a_table_of_items_gives_the_mean_over_its_items"),
        missing={"recorded": "the beta law is held against the leaderboard in its own row",
                 "measured": "what repeats is measured in lesson 10, section 4, and fitted by the beta law"},
    ),
    Formula(
        names=("simulation.Turns",),
        says="steps of a random number of turns",
        stated="a random sum",
        simulated=(RUNS + "test_turns_with_random_times_keep_their_mean_and_get_the_variance_of_a_random_sum",),
        missing={"recorded": "the airline's conversations are whole tasks, not turns of one step",
                 "measured": "a pocket model answers in one turn"},
    ),
)  # fmt: skip
"""Every public name of ``labkit`` beside its formulas: workflows, levers, frontier, simulation."""
