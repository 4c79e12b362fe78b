"""Ids and numbers of a class: spellings of one id lead to one sheet, and sheets are spread and stable."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import steady

from labkit_workbook.numbers import drawn
from labkit_workbook.numbers.drawn import (
    SHEETS,
    Classroom,
    canonical,
    numbers_of,
    same,
    sheet,
    sheet_number,
    this_class,
    visible,
)
from labkit_workbook.questions import exercise, exercises

NUMBERED = [each.name for each in exercises() if each.number]


# ---- one id, many spellings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S1234567", "s1234567"),
        (" s1 ", "s1"),
        ("s1\n", "s1"),
        ("ana  maria", "Ana Maria"),
        ("ana\u00a0maria", "ana maria"),
        ("ana\tmaria", "ana maria"),
        ("s\u200b1", "s1"),
        ("\ufeffs1", "s1"),
        ("\uff53\uff11", "s1"),  # wide letters, as an input method for Chinese or Japanese types them
        ("mari\u0301a", "mar\u00eda"),
        ("STRASSE", "stra\u00dfe"),
        ("\u0130", "i\u0307"),
    ],
)
def test_spellings_of_one_id_are_the_same(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("s1", "s2"), ("s1", "s10"), ("a b", "ab"), ("0012", "12"), ("", "0")])
def test_different_ids_stay_different(one: str, other: str) -> None:
    assert not same(one, other)


@steady
@given(st.text(max_size=30))
@example("\u0345\u0300")
@example("\u1e9e\u200d\u0130")
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert once == once.strip() == once.casefold() == unicodedata.normalize("NFKC", once)
    assert "  " not in once


@steady
@given(
    st.text(max_size=20), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), st.sampled_from(["", " ", "\n", "\u200b"])
)
def test_neither_normal_form_nor_space_around_changes_the_id(text: str, form: str, space: str) -> None:
    assert canonical(space + unicodedata.normalize(form, text) + space) == canonical(text)


@steady
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20))
def test_of_plain_characters_only_capitals_are_lost(text: str) -> None:
    assert canonical(text) == text.lower()
    assert visible(text) == text


# ---- numbers --------------------------------------------------------------------------------------------------


def test_sheets_are_where_they_were_when_the_first_class_began() -> None:
    """A change here would give a class that has begun other numbers."""
    places = [sheet_number(name, "demo", "student-001") for name in ("ticket_spend", "routing_crossover")]
    assert (SHEETS, places) == (500, [97, 390])
    assert numbers_of("ticket_spend", "demo", "student-001").tickets == 103_000


@pytest.mark.parametrize("name", NUMBERED)
def test_every_spelling_of_class_and_id_has_the_same_numbers(name: str) -> None:
    numbers = numbers_of(name, "ML 101", "S1")
    assert numbers == numbers_of(name, " ml  101", "s1 ")
    assert numbers == exercise(name).drawn("ml 101", str(sheet_number(name, "ML 101", "s1")))
    assert numbers != exercise(name).text


@pytest.mark.parametrize("name", NUMBERED)
def test_a_class_of_200_is_spread_over_the_sheets(name: str) -> None:
    used = Counter(sheet_number(name, "ml", f"s{number}") for number in range(200))
    assert set(used) <= set(range(SHEETS))
    assert len(used) > 140  # 165 are expected: 500 (1 - (1 - 1/500)^200); the standard deviation is below 5
    assert sheet_number(name, "ml", "s1") == sheet_number(name, "ml", "s1")


def test_exercises_are_drawn_apart_so_that_two_who_share_one_need_not_share_all() -> None:
    ids = [f"s{number}" for number in range(300)]
    places = [tuple(sheet_number(name, "ml", student) for name in NUMBERED) for student in ids]
    assert len(set(places)) == len(ids)


def test_words_that_only_join_alike_are_different_salts() -> None:
    assert len({sheet_number("e", "ab", "c"), sheet_number("e", "a", "bc"), sheet_number("ea", "b", "c")}) == 3


@pytest.mark.parametrize("name", NUMBERED)
def test_without_a_class_everybody_has_the_text_s_numbers(name: str) -> None:
    assert numbers_of(name, "", "s1") == numbers_of(name, " ", "") == exercise(name).text


def test_the_questions_of_a_lesson_keep_the_text_s_numbers() -> None:
    assert numbers_of("lesson_cost", "ml", "s1") == exercise("lesson_cost").text


def test_no_sheet_of_a_class_lets_two_ways_agree() -> None:
    for name in NUMBERED:
        assert all(exercise(name).separated(sheet(name, "ml", number)) for number in range(0, SHEETS, 25))


@pytest.mark.slow
@pytest.mark.parametrize("name", NUMBERED)
def test_hardly_two_sheets_of_a_class_are_alike(name: str) -> None:
    assert len({sheet(name, "ml 2", number) for number in range(SHEETS)}) > 0.9 * SHEETS


def test_an_empty_id_in_a_class_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^student must be an id of at least one character, got ' \\u200b'$"):
        numbers_of("ticket_spend", "ml", " \u200b")


def test_even_half_a_character_has_a_sheet() -> None:
    assert 0 <= sheet_number("ticket_spend", "ml", "\ud800") < SHEETS


# ---- the class of this copy -----------------------------------------------------------------------------------


def test_without_the_file_there_is_no_class() -> None:
    assert this_class() == Classroom("", False)


def test_the_file_names_the_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    (tmp_path / "classroom.json").write_text(json.dumps({"class": "ML 1", "assessed": True}), encoding="utf-8")
    assert this_class() == Classroom("ML 1", True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"class": "x"}', "{", "3"])
def test_a_damaged_file_is_an_error_that_says_what_to_do(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn, "CLASS_FILE", tmp_path / "classroom.json")
    (tmp_path / "classroom.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"^labkit/classroom\.json is damaged; take it from the course's folder anew$"):
        this_class()
