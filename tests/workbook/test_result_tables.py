"""Tables of results: the same cells as text and as HTML, numbers on the right, nothing that is read as markup."""

from __future__ import annotations

import re

import numpy as np
import pytest

from labkit_workbook import table


def test_a_table_says_the_same_as_text_and_as_html() -> None:
    made = table({"way": ["one call", "chain"], "calls": np.array([1, 3000]), "right": [0.5, 1.0]}, {"right": "{:.0%}"})
    assert repr(made).split("\n") == ["way       calls  right", "one call      1    50%", "chain     3,000   100%"]
    cells = re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", made._repr_html_())
    assert cells == ["way", "calls", "right", "one call", "1", "50%", "chain", "3,000", "100%"]
    assert made._repr_html_().count("text-align:right") == 6


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
