"""What stands behind ``labkit.evaluation``."""

from __future__ import annotations

from .comparison import Place
from .formula import Formula

LESSON = "08_how_many_tasks"
DESIGNED = "it plans a comparison; no recording in the box was planned, looked at and repeated"
ONE_RUN = "the box has each design's counts once, and a rate of errors needs many comparisons"
COUNTED = "the pocket models are judged by the right sum, so that no judge errs"

FORMULAS = (
    Formula(
        names=("evaluation.paired_tasks_needed", "evaluation.paired_power", "evaluation.smallest_paired_difference"),
        says="how many of the same tasks tell two designs apart",
        stated="Connor 1987, for the test of McNemar 1947",
        simulated=("evaluation/test_sample_sizes.py::test_paired_power_is_near_what_every_count_adds_up_to",
                   "evaluation/test_sample_sizes.py::test_paired_power_is_that_of_a_simulated_comparison"),
        measured=(Place(LESSON, "Tasks enough"),),
        missing={"recorded": ONE_RUN},
    ),
    Formula(
        names=("evaluation.unpaired_tasks_needed", "evaluation.unpaired_power",
               "evaluation.smallest_unpaired_difference"),
        says="how many tasks of their own tell two designs apart",
        stated="Fleiss, Levin and Paik 2003",
        simulated=("evaluation/test_sample_sizes.py::test_unpaired_power_is_that_of_a_simulated_test",),
        missing={"recorded": ONE_RUN, "measured": "the pocket models get the same tasks, which sees more"},
    ),
    Formula(
        names=("evaluation.mcnemar", "evaluation.McNemar", "evaluation.exact_paired_power"),
        says="whether a lead on the same tasks is more than a fair coin's",
        stated="McNemar 1947; Fagerland, Lydersen and Laake 2013",
        simulated=("evaluation/test_paired_tests.py::test_exact_power_is_the_sum_over_every_table",
                   "evaluation/test_paired_tests.py::test_power_is_that_of_simulated_comparisons"),
        measured=(Place(LESSON, "A lead of 1.4 points"),),
        missing={"recorded": ONE_RUN},
    ),
    Formula(
        names=("evaluation.paired_difference", "evaluation.unpaired_difference", "evaluation.Difference"),
        says="an interval for a difference",
        stated="Bonett and Price 2012; Newcombe 1998",
        simulated=("evaluation/test_intervals.py::test_the_paired_interval_covers_what_it_says_where_the_plain_one_does_not",
                   "evaluation/test_intervals.py::test_the_unpaired_interval_covers_what_it_says"),
        measured=(Place(LESSON, "A lead of 1.4 points"),),
        missing={"recorded": ONE_RUN},
    ),
    Formula(
        names=("evaluation.false_alarms_of_peeking", "evaluation.group_sequential", "evaluation.GroupPlan"),
        says="what peeking does, and planned looks that keep their level",
        stated="Armitage, McPherson and Rowe 1969; O'Brien and Fleming 1979",
        simulated=("evaluation/test_early_looks.py::test_on_equal_designs_peeking_cheats_and_the_plan_does_not",
                   "evaluation/test_early_looks.py::test_on_different_designs_the_plan_finds_as_much_and_saves_a_sixth"),
        missing={"recorded": DESIGNED, "measured": "the lesson simulates pairs of designs that are known to be equal"},
    ),
    Formula(
        names=("evaluation.always_valid_p",),
        says="a p-value that may be looked at after every task",
        stated="Robbins 1970; Waudby-Smith and Ramdas 2024",
        simulated=("evaluation/test_early_looks.py::test_a_look_after_every_task_keeps_its_level_where_mcnemar_s_does_not",),
        measured=(Place(LESSON, "Looking while it runs"),),
        missing={"recorded": DESIGNED},
    ),
    Formula(
        names=("evaluation.true_share", "evaluation.true_share_interval", "evaluation.Judged"),
        says="a judge's own errors taken out of a share",
        stated="Rogan and Gladen 1978; Lang and Reiczigel 2014",
        simulated=("evaluation/test_judges.py::test_the_interval_holds_as_often_as_it_says",),
        missing={"recorded": "no recording in the box has a judge's verdicts beside the right answers",
                 "measured": COUNTED},
    ),
    Formula(
        names=("evaluation.co_failure", "evaluation.co_failure_by_group", "evaluation.CoFailure", "evaluation.Grouped"),
        says="how often two models are wrong together, and what is left for a router, a vote or a cascade",
        stated="counting; Wilson 1927 for the interval",
        simulated=("evaluation/test_co_failures.py"
                   "::test_no_rule_for_choosing_one_of_two_answers_is_better_than_the_ceiling",),
        missing={"measured": "lesson 10 asks two pocket models, and counts their designs, not their common errors"},
    ),
    Formula(
        names=("evaluation.at_equal_spend", "evaluation.EqualSpend"),
        says="several tries of a cheap design against one of a dear one, for the same money",
        stated="Kapoor et al. 2024 ask for it; pass@k of the beta law",
        simulated=("evaluation/test_equal_spend.py"
                   "::test_as_many_simulated_tasks_are_solved_by_the_tries_that_the_spend_buys",),
        missing={"recorded": "its pass@k is held against the leaderboard in the row of reliability.BetaLaw",
                 "measured": "lesson 10 compares designs by what they solve for a dollar, each at its own spend"},
    ),
)  # fmt: skip
"""Every public name of ``labkit.evaluation``."""
