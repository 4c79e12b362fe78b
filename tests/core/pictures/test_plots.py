"""Pictures: alt text and units, PNG that is one, the critical path that latency finds."""

from __future__ import annotations

import base64
import functools
import html
import re
from random import Random

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch
from strategies import drawn_workflow

from labkit import PREMIUM, SMALL, Model, Outcome, Step, Workflow, chain, latency, parallel
from labkit._html import NEUTRAL
from labkit.levers import cache, debate
from labkit.pictures.plots import (
    BLUE,
    GREEN,
    ORANGE,
    Picture,
    canvas,
    compare,
    curves,
    dots,
    draw,
    law_and_record,
    trade_offs,
)
from labkit.pictures.style import COLOURS

PNG = b"\x89PNG\r\n\x1a\n"
DIAMOND = Workflow(
    (
        Step("plan", PREMIUM),
        Step("search", SMALL, "plan"),
        Step("read", PREMIUM, "plan"),
        Step("write", SMALL, ("search", "read")),
    )
)


def line() -> Picture:
    return curves([1, 2, 3], {"one": [1, 4, 9]}, "steps", "latency (s)", "It grows", "A curve that grows.")


PICTURES = {
    "draw": lambda: draw(DIAMOND),
    "curves": line,
    "law_and_record": lambda: law_and_record(
        {"law": 0.9}, {"recorded": 0.5}, "share solved (none)", "Less", "Two marks."
    ),
    "dots": lambda: dots({"a": [0.1, 0.2], "b": [0.3]}, "correlation (none)", "Two groups", "Dots.", {"b": [0.3]}),
    "compare": lambda: compare({"chain": chain(3, PREMIUM).outcome(), "parallel": parallel(3, SMALL).outcome()}),
}


def marked(picture: Picture) -> list[bool]:
    """Which boxes of a graph are drawn as critical, in the order of the steps."""
    boxes = [p for p in picture.figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    return [to_hex(box.get_edgecolor()).upper() == ORANGE for box in boxes]


# ---- every picture ------------------------------------------------------------------------------------------


@functools.cache
def drawn(name: str) -> Picture:
    """One picture of each kind, drawn once for what is only looked at."""
    return PICTURES[name]()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_png_with_alt_text(name: str) -> None:
    picture = drawn(name)
    assert picture.png().startswith(PNG)
    assert picture.alt.strip()
    assert repr(picture) == f"Picture: {picture.alt}"


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_picture_is_the_same_bytes(name: str) -> None:
    assert drawn(name).png() == PICTURES[name]().png()


@pytest.mark.parametrize("name", PICTURES)
def test_the_html_is_an_image_that_holds_the_png_and_the_alt_text(name: str) -> None:
    picture = drawn(name)
    bundle = picture._repr_mimebundle_()
    page = bundle["text/html"]
    assert page.startswith(NEUTRAL)
    assert f'alt="{html.escape(picture.alt)}" width="' in page
    found = re.search(r"base64,([^\"]+)\"", page)
    assert found is not None
    assert base64.b64decode(found.group(1)) == picture.png()
    assert bundle["text/plain"] == repr(picture)


def test_alt_text_is_escaped() -> None:
    page = Picture(canvas()[0], "\"><script>alert('&')</script>")._repr_mimebundle_()["text/html"]
    assert "<script>" not in page
    assert re.findall(r"<(/?\w+)", page.removeprefix(NEUTRAL)) == ["style", "/style", "img"]
    assert 'alt="&quot;&gt;&lt;script&gt;' in page


def test_figures_are_white_and_leave_the_global_style_alone() -> None:
    before = dict(mpl.rcParams)
    figure, _ = canvas(columns=2)
    assert to_hex(figure.get_facecolor()) == "#ffffff"
    assert dict(mpl.rcParams) == before


# ---- curves -------------------------------------------------------------------------------------------------


def test_curves_say_what_is_on_the_axes_and_hold_the_numbers() -> None:
    ax = line().figure.axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("steps", "latency (s)")
    assert ax.get_title(loc="left") == "It grows"
    assert ax.lines[0].get_xydata().tolist() == [[1, 1], [2, 4], [3, 9]]


@pytest.mark.parametrize("last", [2, 3, 4, 7, 48, 1000])
def test_whole_numbers_have_whole_ticks(last: int) -> None:
    x = range(1, last + 1)
    picture = curves(x, {"one": [1 / i for i in x]}, "steps", "p", "t", "a")
    picture.png()
    ticks = picture.figure.axes[0].get_xticks()
    assert np.all(ticks == np.floor(ticks))
    assert np.sum((ticks >= 1) & (ticks <= last)) >= 2


def test_numbers_between_keep_the_ticks_between() -> None:
    x = np.linspace(0, 1, 11)
    ticks = curves(x, {"one": x}, "share", "p", "t", "a").figure.axes[0].get_xticks()
    assert np.any(ticks != np.floor(ticks))


def test_several_curves_differ_in_colour_and_dash_and_have_a_legend() -> None:
    series = {f"line {i}": [i, i + 1] for i in range(len(COLOURS))}
    ax = curves([1, 2], series, "steps", "cost (USD)", "t", "a").figure.axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(series)
    assert len({one.get_color() for one in ax.lines}) == len(COLOURS)
    assert len({str(one._dash_pattern) for one in ax.lines}) == len(COLOURS)


def test_a_few_curves_carry_their_names_at_their_ends_and_apart() -> None:
    series = {"upper": [1, 4], "nearly the same": [1, 3.99], "low": [1, np.nan]}
    ax = curves([1, 2], series, "steps", "cost (USD)", "t", "a").figure.axes[0]
    assert ax.get_legend() is None
    named = {text.get_text(): text for text in ax.texts}
    assert set(named) == set(series)
    assert named["low"].xy == (1, 1)
    assert named["upper"].xy == (2, 4)
    assert named["upper"].xyann[1] - named["nearly the same"].xyann[1] > 12
    assert [to_hex(text.get_color()).upper() for text in ax.texts] == [GREEN, ORANGE, BLUE]


def test_a_graph_whose_path_is_to_be_found_marks_none() -> None:
    picture = draw(DIAMOND, mark_path=False)
    assert not any(marked(picture))
    assert "ritical" not in picture.alt + picture.figure.axes[0].get_title(loc="left")
    assert "write 0.4 s after search and read" in picture.alt


def test_one_curve_needs_no_legend() -> None:
    assert line().figure.axes[0].get_legend() is None


def test_percent_prints_percentages() -> None:
    picture = curves([1, 2], {"p": [0.5, 1]}, "steps", "reliability", "t", "a", percent=True)
    axis = picture.figure.axes[0].yaxis
    assert axis.get_major_formatter()(0.5, 0) == "50%"


def test_curves_can_share_a_figure() -> None:
    figure, axes = canvas(columns=2)
    for ax in axes:
        assert curves([1, 2], {"a": [1, 2]}, "x", "y", "t", "alt", ax=ax).figure is figure
    assert [len(ax.lines) for ax in axes] == [1, 1]


def test_more_curves_than_colours_are_refused() -> None:
    series = {f"line {i}": [i, i + 1] for i in range(len(COLOURS) + 1)}
    with pytest.raises(ValueError, match=r"series must hold 1 to 6 lines.* got 7"):
        curves([1, 2], series, "x", "y", "t", "a")


# ---- compare ------------------------------------------------------------------------------------------------


def test_compare_has_a_column_for_each_number_with_its_unit() -> None:
    picture = PICTURES["compare"]()
    titles = [ax.get_title(loc="left") for ax in picture.figure.axes]
    assert titles == ["cost (USD)", "latency (s)", "reliability", "successes per USD"]
    bars = [[bar.get_width() for bar in ax.patches] for ax in picture.figure.axes]
    designs = chain(3, PREMIUM).outcome(), parallel(3, SMALL).outcome()
    assert bars == [[getattr(o, f) for o in designs] for f in ("cost", "latency", "reliability", "quality_per_dollar")]


def test_compare_writes_the_numbers_into_picture_and_alt_text() -> None:
    picture = PICTURES["compare"]()
    words = [text.get_text().strip() for text in picture.figure.axes[0].texts]
    assert words == ["$0.090", "$0.006"]
    assert "chain: cost $0.0900" in picture.alt


def test_compare_marks_an_unknown_latency() -> None:
    unknown = Outcome(0.1, float("nan"), 0.9, bounds=(2.0, 4.0))
    picture = compare({"retried": unknown}, title="One design")
    assert [text.get_text().strip() for text in picture.figure.axes[1].texts] == ["unknown"]
    assert picture.png().startswith(PNG)


def test_compare_shows_a_free_design() -> None:
    free = chain(2, PREMIUM).pipe(cache).outcome()
    picture = compare({"cached": free, "bare": chain(2, PREMIUM).outcome()})
    assert picture.png().startswith(PNG)
    assert ["free" in text.get_text() for text in picture.figure.axes[3].texts] == [True, False]


# ---- trade_offs ---------------------------------------------------------------------------------------------


def test_many_designs_are_points_by_cost_and_success_and_the_marked_ones_are_named() -> None:
    many = chain(12, Model(np.linspace(0.002, 0.03, 11), 2.0, np.linspace(0.945, 0.985, 11))).outcome()
    picture = trade_offs(many, "Eleven chains", {"single": chain(1, PREMIUM).outcome()})
    ax = picture.figure.axes[0]
    assert ax.collections[0].get_offsets().tolist() == np.transpose([many.cost, many.reliability]).tolist()
    assert (ax.get_xscale(), "USD" in ax.get_xlabel()) == ("log", True)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["single"]
    assert "11 designs by cost" in picture.alt


# ---- draw ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_marked_steps_are_the_critical_path(seed: int) -> None:
    workflow = drawn_workflow(Random(seed), most=6)
    seconds = [float(Workflow((Step("a", s.model, debate=s.debate, gate=s.gate, cache=s.cache),)).outcome().latency)
               for s in workflow]  # fmt: skip
    path = latency.critical_path(seconds, workflow.graph.needs)
    picture = draw(workflow)
    assert [i for i, is_marked in enumerate(marked(picture)) if is_marked] == sorted(path)
    assert picture.alt.endswith(", ".join(workflow.names[i] for i in path) + ".")


def test_the_arrows_are_the_needs_and_the_critical_ones_are_marked() -> None:
    picture = draw(DIAMOND)
    arrows = [text.arrow_patch for text in picture.figure.axes[0].texts if getattr(text, "arrow_patch", None)]
    colours = [to_hex(arrow.get_edgecolor()).upper() == ORANGE for arrow in arrows]
    assert len(arrows) == 4
    assert sum(colours) == 2
    assert marked(picture) == [True, False, True, True]


def test_a_drawing_names_steps_models_and_seconds_and_says_the_path() -> None:
    picture = draw(DIAMOND)
    boxes = [text.get_text() for text in picture.figure.axes[0].texts if text.get_text()]
    assert boxes == ["plan\npremium, 2 s", "search\nsmall, 0.4 s", "read\npremium, 2 s", "write\nsmall, 0.4 s"]
    assert picture.alt == "Graph of 4 steps. Critical path, 4.4 s: plan, read, write."
    assert picture.figure.axes[0].get_title(loc="left") == "Critical path: 3 of 4 steps, 4.4 s"


def test_a_debate_s_turns_count_in_the_drawing() -> None:
    slow = DIAMOND.pipe(debate, 3, 10, "search")
    assert marked(draw(slow)) == [True, True, False, True]


def test_no_two_steps_are_drawn_on_the_same_place() -> None:
    for seed in range(8):
        boxes = [p for p in draw(drawn_workflow(Random(seed))).figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
        places = {(round(b.get_x(), 6), round(b.get_y(), 6)) for b in boxes}
        assert len(places) == len(boxes)


@pytest.mark.parametrize(
    "model",
    [Model(np.array([1, 2]), 1, 1), Model(1, np.array([1, 2]), 1), Model(1, 1, np.array([0.5, 1]))],
    ids=["usd", "sec", "p_ok"],
)
def test_many_designs_at_once_cannot_be_drawn(model: Model) -> None:
    with pytest.raises(ValueError, match="step-1"):
        draw(chain(2, model))


def test_dollar_signs_in_names_are_drawn_as_they_are() -> None:
    assert draw(Workflow((Step(r"$\frac$", PREMIUM),))).png().startswith(PNG)


# ---- laws beside records, and groups of values -------------------------------------------------------------------


def test_laws_and_records_stand_at_their_shares_and_look_different() -> None:
    picture = law_and_record({"p^k": 1.0, "repaired": 0.3}, {"recorded": 0.25}, "share", "t", "a")
    (ax,) = picture.figure.axes
    marks = [(float(line.get_xdata()[0]), line.get_marker()) for line in ax.lines if len(line.get_xdata()) == 1]
    assert marks == [(1.0, "X"), (0.3, "X"), (0.25, "o")]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["p^k", "repaired", "recorded"]


def test_a_group_has_its_dots_its_median_and_its_diamonds() -> None:
    picture = dots({"a": [0.1, 0.2, 0.6], "b": [0.3]}, "x", "t", "a", {"a": [0.6]})
    (ax,) = picture.figure.axes
    shown = [(line.get_marker(), list(line.get_xdata())) for line in ax.lines]
    assert shown[:3] == [("o", [0.1, 0.2, 0.6]), ("|", [0.2]), ("D", [0.6])]
    assert shown[3:] == [("o", [0.3]), ("|", [0.3]), ("D", [])]


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: trade_offs(chain(1, PREMIUM).pipe(cache).outcome(), "t"), "designs must be .* must cost something"),
        (lambda: law_and_record({}, {"r": 0.5}, "x", "t", "a"), "laws must hold"),
        (lambda: law_and_record({"l": 0.5}, {}, "x", "t", "a"), "records must hold"),
        (lambda: law_and_record({"l": 1.5}, {"r": 0.5}, "x", "t", "a"), "laws"),
        (lambda: dots({}, "x", "t", "a"), "groups must hold"),
        (lambda: dots({"a": []}, "x", "t", "a"), "groups must hold"),
        (lambda: dots({"a": [1]}, "x", "t", "a", {"b": [1]}), "marked must name"),
    ],
)
def test_pictures_of_nothing_are_refused(call: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()  # type: ignore[operator]
