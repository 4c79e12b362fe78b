"""The settings of a run: the same key or the same stored seed gives the same hidden inputs, and nothing else does."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from labkit_grader.judge.keys import LETTERS, hidden_inputs, make_key, new_key, read_key
from labkit_grader.judge.preparation import flags_of
from labkit_grader.judge.run_settings import FILE, RunSettings, agreed
from labkit_workbook.questions import exercise, find

ROUTED = find("routing_crossover.routed")[1]
NUMBERS = exercise("routing_crossover").text


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert make_key(path)
    key = read_key(path)
    assert len(key) == LETTERS
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not make_key(path)
    assert read_key(path) == key
    assert new_key() != key


@pytest.mark.parametrize("content", ["", "short", "g" * LETTERS, "ä" * LETTERS, "a" * (LETTERS + 2)])
def test_what_is_no_key_is_refused_without_being_repeated(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="key holds no key") as refused:
        read_key(path)
    assert not content or content not in str(refused.value)
    with pytest.raises(ValueError, match="holds no key"):
        make_key(path)


def test_hidden_inputs_hold_the_known_ones_and_differ_by_key_and_student() -> None:
    drawn = {
        (key, who): tuple(hidden_inputs(ROUTED, NUMBERS, key, who)) for key in "ab" for who in ("ann", "bob", "eve")
    }
    known = list(ROUTED.inputs(NUMBERS))
    assert all(list(inputs[: len(known)]) == known and len(inputs) > len(known) for inputs in drawn.values())
    assert len({frozenset(inputs) for inputs in drawn.values()}) > 3
    assert drawn["a", "ann"] == tuple(hidden_inputs(ROUTED, NUMBERS, "a", "ann"))
    assert all(0 <= hard <= NUMBERS.steps for inputs in drawn.values() for hard in inputs)


def test_a_run_without_key_keeps_the_seed_it_has_drawn(tmp_path: Path) -> None:
    first = agreed(tmp_path)
    assert agreed(tmp_path) == first
    assert agreed(tmp_path / "other").seed != first.seed
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_key_gives_the_same_seed_everywhere_and_is_not_stored(tmp_path: Path) -> None:
    key = new_key()
    one, two = agreed(tmp_path / "one", "c", key), agreed(tmp_path / "two", "c", key)
    assert one == two
    assert key not in (tmp_path / "one" / FILE).read_text(encoding="utf-8")
    assert agreed(tmp_path / "one") == one


def test_results_of_another_class_or_key_are_not_mixed(tmp_path: Path) -> None:
    agreed(tmp_path / "drawn", "autumn", new_key())
    with pytest.raises(ValueError, match="results of the class 'autumn', not of 'spring'"):
        agreed(tmp_path / "drawn", "spring")
    with pytest.raises(ValueError, match="another key"):
        agreed(tmp_path / "drawn", "autumn", new_key())
    agreed(tmp_path / "plain")
    with pytest.raises(ValueError, match="results of no class"):
        agreed(tmp_path / "plain", "spring")


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"seed": "x"})])
def test_terms_that_cannot_be_read_are_an_error_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be read"):
        agreed(tmp_path)


def test_numbers_are_the_texts_or_the_students_own() -> None:
    assert RunSettings("s").numbers("ann", exercise("ticket_spend")) == exercise("ticket_spend").text
    drawn = RunSettings("s", "autumn")
    assert drawn.numbers("ann", exercise("ticket_spend")) == drawn.numbers(" ANN ", exercise("ticket_spend"))
    assert len({repr(drawn.numbers(who, exercise("ticket_spend"))) for who in ("ann", "bob", "eve", "joe")}) > 1


def test_the_digest_tells_numbers_inputs_and_time_apart_and_hides_the_inputs() -> None:
    numbers = NUMBERS
    inputs = {"routed": [0, 4, 7, 12, 5]}
    digests = {
        RunSettings("s").digest(numbers, inputs),
        RunSettings("s").digest(numbers, {"routed": [0, 4, 7, 12, 6]}),
        RunSettings("s", timeout=5).digest(numbers, inputs),
        RunSettings("s").digest(exercise("ticket_spend").text, inputs),
    }
    assert len(digests) == 4


def test_a_foreign_id_is_flagged_and_ones_own_in_another_spelling_is_not() -> None:
    assert flags_of("ann", ["Ann ", "ann"], "autumn", ["Autumn"]) == []
    assert flags_of("ann", ["bob", "Bob", "ann"], "autumn") == ["the notebook was worked with the id 'Bob'"]
    assert flags_of("ann", ["bob"]) == []


def test_a_notebook_of_another_class_is_flagged_with_or_without_a_class() -> None:
    assert flags_of("ann", [], "spring", ["autumn"]) == ["the notebook was worked for the class 'autumn'"]
    assert flags_of("ann", [], "", ["autumn"]) == ["the notebook was worked for the class 'autumn'"]
