"""How many tasks it takes: what a comparison of two designs can see, how sure it is, and what it takes for granted."""

from __future__ import annotations

from .early_looks import GroupPlan, always_valid_p, false_alarms_of_peeking, group_sequential
from .intervals import Difference, Judged, paired_difference, true_share, true_share_interval, unpaired_difference
from .paired_tests import McNemar, exact_paired_power, mcnemar
from .sample_sizes import (
    paired_power,
    paired_tasks_needed,
    smallest_paired_difference,
    smallest_unpaired_difference,
    unpaired_power,
    unpaired_tasks_needed,
)
from .second_models import CoFailure, EqualSpend, Grouped, at_equal_spend, co_failure, co_failure_by_group

__all__ = [
    "CoFailure", "Difference", "EqualSpend", "GroupPlan", "Grouped", "Judged", "McNemar", "always_valid_p",
    "at_equal_spend", "co_failure", "co_failure_by_group", "exact_paired_power",
    "false_alarms_of_peeking", "group_sequential", "mcnemar", "paired_difference", "paired_power",
    "paired_tasks_needed", "smallest_paired_difference", "smallest_unpaired_difference", "true_share",
    "true_share_interval", "unpaired_difference", "unpaired_power", "unpaired_tasks_needed",
]  # fmt: skip
