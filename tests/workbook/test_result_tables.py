"""Tables of results: the same cells as text and as HTML, numbers on the right, nothing that is read as markup."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit_workbook import bands, table


def test_a_table_says_the_same_as_text_and_as_html() -> None:
    made = table({"way": ["one call", "chain"], "calls": np.array([1, 3000]), "right": [0.5, 1.0]}, {"right": "{:.0%}"})
    assert repr(made).split("\n") == ["way       calls  right", "one call      1    50%", "chain     3,000   100%"]
    cells = re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", made._repr_html_())
    assert cells == ["way", "calls", "right", "one call", "1", "50%", "chain", "3,000", "100%"]
    assert made._repr_html_().count("text-align:right") == 6


def test_texts_with_a_format_stand_on_the_right_as_they_are() -> None:
    made = table({"way": ["a", "b"], "pays": ["never", 3.0], "text": ["x", "y"]}, {"pays": "{:.1f}"})
    assert made.rows == (("a", "never", "x"), ("b", "3.0", "y"))
    assert made.numeric == (False, True, False)


def test_texts_are_escaped_and_dollars_kept_from_the_typesetter() -> None:
    page = table({"<b>": ["$1 & $2"]}, caption="<i>")._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page
    assert "$" not in page.replace("<span>$</span>", "")


@pytest.mark.parametrize(
    ("columns", "formats", "words"),
    [
        ({}, {}, "columns must be one or more of one length, got {}"),
        ({"a": [1], "b": [1, 2]}, {}, "got {'a': 1, 'b': 2}"),
        ({"a": [1]}, {"c": "{}"}, r"formats must name columns of \['a'\], got \['c'\]"),
    ],
)
def test_what_cannot_be_a_table_is_refused(columns: dict, formats: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        table(columns, formats)


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_the_ends_of_bands_say_where_it_holds(held: list[bool]) -> None:
    ((_, words),) = bands({"it": held}, ("what", "where")).rows
    ends = [float(end) / 100 for end in re.findall(r"([\d.]+)%", words)]
    spans = list(zip(ends[::2], ends[1::2], strict=True))
    inside = [any(low - 6e-4 <= x <= high + 6e-4 for low, high in spans) for x in np.linspace(0, 1, len(held))]
    assert inside == held
    assert (words == "never") == (not any(held))


def test_a_bar_stands_where_its_words_say() -> None:
    page = bands({"half": [False, True, True], "no": [False] * 3}, ("what", "where"), strong="half")._repr_html_()
    assert re.findall(r"left:([\d.]+)%;width:([\d.]+)%", page) == [("50.0", "50.0")]
    assert page.count("aria-hidden='true'") == 2


@pytest.mark.parametrize("rows", [{}, {"a": [True]}])
def test_bands_of_nothing_are_refused(rows: dict) -> None:
    with pytest.raises(ValueError, match="rows must hold at least one row of two places"):
        bands(rows, ("what", "where"))


def test_no_row_stands_in_a_row() -> None:
    for made in (table({"a": [1], "b": ["x"]}), bands({"half": [True, False]}, ("what", "where"))):
        tags = re.findall(r"</?tr>", made._repr_html_())
        assert tags == ["<tr>", "</tr>"] * 2
