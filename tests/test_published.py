"""Every published figure says what it is and where it stands; shares and times are of the right size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit import published
from labkit.published import MARKS, Published


def entries() -> Iterator[tuple[str, Published]]:
    """Every figure of the module, with the name it is found under."""
    for name, value in vars(published).items():
        if isinstance(value, Published):
            yield name, value
        elif isinstance(value, dict) and not name.startswith("_"):
            yield from ((f"{name}[{key!r}]", each) for key, each in value.items())


ALL = dict(entries())
every_entry = pytest.mark.parametrize("name", ALL)


def test_the_figures_are_found() -> None:
    assert len(ALL) >= 30
    assert all(isinstance(each, Published) for each in ALL.values())


@every_entry
def test_an_entry_has_words_figures_a_source_and_a_mark(name: str) -> None:
    entry = ALL[name]
    assert len(entry.what.split()) >= 3
    assert len(entry.source.split()) >= 3
    assert entry.mark in MARKS
    assert entry.values
    assert all(value > 0 for value in entry.values)
    assert entry.cite.startswith("reported as") == (entry.mark == "reported")
    assert entry.cite in repr(entry)


@pytest.mark.parametrize("agent", published.PASS_HAT)
def test_pass_hat_falls_and_is_never_below_independence(agent: str) -> None:
    values = published.PASS_HAT[agent].values
    assert len(values) == 4
    assert list(values) == sorted(values, reverse=True)
    assert all(values[k] >= values[0] ** (k + 1) for k in range(4))


def test_solved_tasks_only_grow_and_never_exceed_the_tasks() -> None:
    for entry in (published.ALFWORLD_BLIND, published.ALFWORLD_REFLECTED):
        assert list(entry.values) == sorted(entry.values)
        assert entry.values[-1] <= published.ALFWORLD_TASKS
    assert published.ALFWORLD_BLIND.values[0] == published.ALFWORLD_REFLECTED.values[0]


@pytest.mark.parametrize("model", published.HORIZONS)
def test_a_surer_horizon_is_shorter(model: str) -> None:
    half, four_of_five = published.HORIZONS[model].values
    assert four_of_five < half


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((" ", (1.0,), "a paper"), "what must be words"),
        (("what", (1.0,), ""), "source must be words"),
        (("what", (), "a paper"), "values must hold"),
        (("what", (1.0,), "a paper", "heard"), "mark must be one of"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(arguments: tuple[object, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Published(*arguments)
