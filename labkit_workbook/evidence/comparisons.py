"""Every law that was held against a record, subject by subject."""

from __future__ import annotations

from . import billed_tokens, bills, repeated_runs, retried_answers, second_models, tails_and_lengths, waits
from .comparison import Comparison

SUBJECTS: dict[str, tuple[Comparison, ...]] = {
    "Runs of one task": repeated_runs.COMPARISONS,
    "What is billed": bills.COMPARISONS + billed_tokens.COMPARISONS,
    "Answers that are asked for again": retried_answers.COMPARISONS,
    "A second model": second_models.COMPARISONS,
    "Tails, and long tasks": tails_and_lengths.COMPARISONS,
    "Waiting for a place": waits.COMPARISONS,
}
"""The comparisons under the headings of the page."""

COMPARISONS = tuple(each for found in SUBJECTS.values() for each in found)
