"""Explorers: what their sliders show is what the formulas say, in a notebook, and without one."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from labkit_workbook.explorers.sliders import RUN_ME, Explorer, _twelve_steps

from labkit import PREMIUM, chain, frontier, reliability
from labkit.pictures.plots import ORANGE, Picture
from labkit_workbook import explorers

ALL = {name: getattr(explorers, name) for name in ("growing_context", "product_law", "repetition", "budgets", "levers")}
every_explorer = pytest.mark.parametrize("make", ALL.values(), ids=ALL)


def test_every_explorer_is_tested() -> None:
    assert {name for name in explorers.__all__ if not isinstance(getattr(explorers, name), type)} == set(ALL)


def ends(slider: object) -> list:
    """The lowest and the highest place of a slider; a checkbox is off and on."""
    return [slider.min, slider.max] if hasattr(slider, "min") else [False, True]


@every_explorer
def test_a_picture_with_words_comes_from_every_end_of_the_sliders(make: Callable[[], Explorer]) -> None:
    explorer = make()
    for places in itertools.product(*(ends(slider) for slider in explorer.sliders.values())):
        values = dict(zip(explorer.sliders, places, strict=True))
        picture = explorer.show(**values)
        assert isinstance(picture, Picture)
        assert len(picture.alt.split()) >= 8
        assert isinstance(explorer.tell(**values), str)
    assert picture.png().startswith(b"\x89PNG")


@every_explorer
def test_sliders_that_are_moved_show_another_picture_and_nothing_goes_wrong(make: Callable[[], Explorer]) -> None:
    explorer = make()
    before = explorer.show(**explorer.values()).alt
    for slider in explorer.sliders.values():
        slider.value = next(end for end in ends(slider) if end != slider.value)
    picture, page = explorer.show(**explorer.values()), html.unescape(explorer.page.value)
    assert picture.alt != before
    assert f'<img alt="{picture.alt}"' in page
    assert page.endswith(f"<pre>{explorer.tell(**explorer.values())}</pre>")


@every_explorer
def test_without_a_kernel_the_page_says_what_to_do(make: Callable[[], Explorer]) -> None:
    explorer = make()
    assert repr(explorer) == RUN_ME
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == RUN_ME


# ---- budgets --------------------------------------------------------------------------------------------------


def numbers(words: str) -> str:
    return words.splitlines()[0]


@pytest.mark.parametrize(("dollars", "seconds"), [(0.15, 14.0), (0.25, 20.0), (0.25, 40.0), (1.2, 14.0), (1.2, 40.0)])
def test_the_design_that_is_told_is_marked_and_the_surest_that_both_budgets_allow(
    dollars: float, seconds: float
) -> None:
    explorer, found = explorers.budgets(), _twelve_steps()
    allowed = (found.cost <= dollars) & (found.latency <= seconds)
    surest = int(np.flatnonzero(allowed)[np.argmax(found.reliability[allowed])])
    told = explorer.tell(dollars=dollars, seconds=seconds)
    assert numbers(told) == found[surest].outcome.numbers()
    assert sum(int(line.split()[0]) for line in told.splitlines()[1:]) == 12
    picture = explorer.show(dollars=dollars, seconds=seconds)
    ax = picture.figure.axes[0]
    (mark,) = (line for line in ax.lines if line.get_color() == ORANGE)
    assert mark.get_xydata()[0] == pytest.approx([found.cost[surest], found.reliability[surest]], rel=1e-12)
    (crossed,) = (line for line in ax.lines if line.get_marker() == "x")
    assert len(crossed.get_xydata()) == len(found) - allowed.sum()
    assert f"{allowed.sum()} of {len(found)} designs" in picture.alt
    assert found[surest].outcome.numbers() in picture.alt


def test_budgets_that_no_design_keeps_are_said_and_nothing_is_marked() -> None:
    explorer = explorers.budgets()
    told = explorer.tell(dollars=0.05, seconds=10.0)
    assert told.startswith("no design keeps max_cost=0.05; the nearest that can be kept is max_cost=0.136 ")
    assert "max_latency=11.2 " in told
    picture = explorer.show(dollars=0.05, seconds=10.0)
    assert not [line for line in picture.figure.axes[0].lines if line.get_color() == ORANGE]
    assert "No design keeps" in picture.alt


def test_the_frontier_of_the_budgets_is_that_of_lesson_07() -> None:
    found = _twelve_steps()
    assert found.designs == (2 * 3) ** 4 * (2 * 3) ** 8
    assert found.accounting == "expected"
    assert [corner.value_usd for corner in frontier.break_even_values(found)] == pytest.approx(
        [0, 0.09, 0.48, 2.40, 42], rel=0.05
    )


# ---- repetition -----------------------------------------------------------------------------------------------


def test_repetition_draws_the_two_laws_and_ends_at_the_text_s_without_correlation() -> None:
    explorer = explorers.repetition()
    law = reliability.BetaLaw(0.6, 0.25)
    lines = explorer.show(p=0.6, correlation=0.25, runs=5).figure.axes[0].lines
    k = np.arange(1, 6)
    for line, expected in zip(lines, (0.6**k, law.pass_hat(k), law.pass_at(k), 1 - 0.4**k), strict=True):
        assert line.get_ydata() == pytest.approx(expected)
    free = explorer.show(p=0.6, correlation=0.0, runs=5).figure.axes[0].lines
    assert free[0].get_ydata() == pytest.approx(free[1].get_ydata())
    assert free[2].get_ydata() == pytest.approx(free[3].get_ydata())


# ---- levers ---------------------------------------------------------------------------------------------------


def test_levers_at_rest_are_the_twelve_premium_steps() -> None:
    explorer = explorers.levers()
    plain = chain(12, PREMIUM).outcome("expected")
    assert explorer.show(**explorer.values()).alt.count(str(plain)) == 2
