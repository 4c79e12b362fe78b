"""The section's table, to the printed digit, and what is wrong with it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from labkit import SMALL
from labkit_workbook import textbook
from labkit_workbook.textbook import COLUMNS, WIDTH, figures, render

GOLDEN = Path(__file__).parent / "textbook.txt"

PRINTED = [
    (1, "$0.030", "2.0s", "98.50%", "32.8"),
    (12, "$0.360", "24.0s", "83.41%", "2.3"),
    (12, "$0.360", "2.0s", "83.41%", "2.3"),
    (12, "$0.136", "9.6s", "59.87%", "4.4"),
    (12, "$0.180", "12.1s", "91.33%", "5.1"),
    (12, "$0.360", "24.0s", "99.73%", "2.8"),
    (6, "$0.180", "12.0s", "91.33%", "5.1"),
    (6, "$0.008", "0.4s", "98.80%", "123.5"),
]
DECAY = [(1, "98.50%"), (6, "91.33%"), (12, "83.41%"), (24, "69.58%"), (48, "48.41%")]


@pytest.mark.parametrize("i", range(8))
def test_each_row_is_the_printed_one(i: int) -> None:
    row = textbook.rows()[i]
    assert (row.steps, *figures(row.published)) == PRINTED[i]


def test_there_are_eight_rows_and_no_more() -> None:
    assert len(textbook.rows()) == len(PRINTED)


def test_the_decay_is_the_printed_one() -> None:
    assert [(n, f"{p:.2%}") for n, p in textbook.decay()] == DECAY


def test_the_routed_row_is_9_6_seconds_by_colliding_groups_and_11_2_in_truth() -> None:
    row = textbook.rows()[3]
    assert f"{row.published.latency:.1f}" == "9.6"
    assert f"{row.corrected.latency:.1f}" == "11.2"
    assert row.published.cost == pytest.approx(row.corrected.cost)
    assert "11.2 s" in row.reason


def test_an_honest_cache_lifts_no_reliability() -> None:
    assert figures(textbook.rows()[4].corrected) == ("$0.180", "12.1s", "83.41%", "4.6")


def test_the_combined_row_says_both_ends_of_what_is_stored_and_whose_they_are() -> None:
    row = textbook.rows()[-1]
    assert figures(row.corrected)[2:] == ("98.75%", "117.0")
    assert "95.85% and 113.6" in row.reason
    assert "store at the model" in row.reason
    assert "store behind the check" in row.reason


def test_charged_retries_cost_what_they_take() -> None:
    corrected = textbook.rows()[5].corrected
    assert corrected.cost == pytest.approx(0.36 * 1.015)
    assert corrected.latency == pytest.approx(24 * 1.015)


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        (0, ("$0.008", "0.4s", "98.80%", "123.5")),
        (1, (None, "0.5s", "98.80%", "117.1")),
        (2, ("$0.008", "0.4s", "98.75%", "123.4")),
        (3, ("$0.008", "0.4s", "95.85%", "119.8")),
        (4, ("$0.008", "0.5s", "98.75%", "117.0")),
        (5, ("$0.008", "0.5s", "95.85%", "113.6")),
        (6, ("$0.064", "2.0s", None, "15.5")),
    ],
)
def test_the_combined_row_one_assumption_at_a_time(variant: int, expected: tuple[str | None, ...]) -> None:
    shown = figures(textbook.combined_variants()[variant][1])
    assert [s for s, e in zip(shown, expected, strict=True) if e is not None] == [e for e in expected if e is not None]


def test_the_mean_time_of_the_combined_row_is_that_of_a_simulation() -> None:
    """The four small steps are tried again if they fail; the slowest of them is what one waits for."""
    runs = 200_000
    attempts = 1 + (np.random.default_rng(8).random((runs, 4)) > SMALL.p_ok)
    seconds = (SMALL.sec * attempts).max(axis=1)
    mean = textbook.rows()[-1].corrected.latency
    assert abs(seconds.mean() - mean) < 4 * seconds.std() / runs**0.5


def test_a_row_that_differs_says_why_and_a_row_that_does_not_differ_corrects_nothing() -> None:
    for row in textbook.rows():
        assert row.reason or row.published == row.corrected


def test_the_text_is_the_golden_text() -> None:
    assert render("text") + "\n" == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "json"])
def test_every_form_says_every_row(form: str) -> None:
    page = render(form)
    for row in textbook.rows():
        assert row.label in page


def test_the_text_prints_the_published_figures_in_order() -> None:
    lines = render("text").splitlines()
    for row, printed in zip(textbook.rows(), PRINTED, strict=True):
        line = next(line for line in lines if line.startswith(row.label))
        places = [line.index(cell) for cell in printed[1:]]
        assert places == sorted(places)
    for n, percent in DECAY:
        assert f"  N={n:>2} steps -> end-to-end success = {percent}" in lines


def test_json_holds_every_figure_at_full_precision_and_no_nan() -> None:
    data = json.loads(render("json"), parse_constant=pytest.fail)
    published = [row for row in data["rows"] if row["version"] == "published"]
    for record, row in zip(published, textbook.rows(), strict=True):
        assert list(record) == list(COLUMNS)
        assert record["cost_usd"] == row.published.cost
        assert record["latency_sec"] == row.published.latency
        assert record["reliability"] == row.published.reliability
        assert record["quality_per_dollar"] == row.published.quality_per_dollar
    assert [(d["steps"], f"{d['reliability']:.2%}") for d in data["decay"]] == DECAY


def test_csv_reads_back_as_what_json_holds() -> None:
    records = json.loads(render("json"))["rows"]
    read = list(csv.DictReader(io.StringIO(render("csv"))))
    assert len(read) == len(records)
    for line, record in zip(read, records, strict=True):
        for column, value in record.items():
            kind = type(value)
            assert (None if value is None and line[column] == "" else kind(line[column])) == value


def test_no_line_of_the_text_is_longer_than_a_notebook_shows() -> None:
    assert max(len(line) for line in render("text").splitlines()) <= WIDTH


def test_markdown_is_a_table_of_equal_columns() -> None:
    lines = render("markdown").splitlines()
    assert len(lines) == 2 + 8
    assert {line.count("|") for line in lines} == {9}
    assert "11.2s" in next(line for line in lines if "route" in line)
