"""Guesses and tallies as outputs: well formed, escaped, an id each, and readable where no script runs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from labkit import PREMIUM, chain, plots
from labkit._html import NEUTRAL
from labkit_workbook import _live, predict, tally
from labkit_workbook.predictions.guesses import Choice, Guess, lessons
from labkit_workbook.predictions.outputs import RUN_ME, Prediction

ALL = [guess for lesson in lessons() for guess in lesson.guesses]
VOID = {"img", "input", "br", "hr", "meta"}


class Page(HTMLParser):
    """What is open, every id, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.wrong: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += data


def html_of(shown: object) -> str:
    return str(shown._repr_mimebundle_()["text/html"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("guess", ALL, ids=lambda guess: guess.id)
def test_a_question_is_well_formed_and_complete_without_its_script(guess: Guess) -> None:
    source = html_of(Prediction(guess))
    assert source.startswith(NEUTRAL + "<div ")
    page = Page(source)
    assert (page.open, page.wrong, len(page.ids)) == ([], [], 1)
    assert RUN_ME in page.text
    assert _live.plain(guess.ask) in page.text
    for choice in guess.choices:
        assert _live.plain(choice.why) in page.text
    if not guess.choices:
        assert f"It is {guess.answer}." in page.text


def test_every_output_has_an_id_of_its_own() -> None:
    pages = [html_of(predict("cost.growth")), html_of(predict("cost.growth")), html_of(tally("cost")), html_of(tally())]
    ids = [id for page in pages for id in Page(page).ids]
    assert len(set(ids)) == len(ids) == 4


def test_nothing_of_a_question_is_read_as_markup() -> None:
    nasty = "</script><b>&\"'$"
    choices = (Choice(nasty, nasty, right=True), Choice("other", nasty), Choice("third", nasty))
    page = Page(html_of(Prediction(Guess("x.y", "choice", nasty, nasty, choices), reveal=nasty)))
    assert (page.open, page.wrong) == ([], [])
    assert page.text.count(nasty) == 6
    words = {"why": nasty, "too_low": nasty, "too_high": nasty}
    number = Guess("x.z", "number", "t", "a", truth=2, low=1, high=3, within=0.1, unit=nasty, **words)
    source = html_of(Prediction(number))
    assert (Page(source).open, Page(source).wrong) == ([], [])
    assert source.count("</script>") == 1


def test_dollar_signs_are_not_typeset() -> None:
    assert "tex2jax_ignore mathjax_ignore" in html_of(predict("cost.growth"))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("$1 <b>", "<pre>$1 &lt;b&gt;</pre>"),
        (chain(2, PREMIUM), "<table><caption>Workflow of 2 steps"),
        (plots.draw(chain(2, PREMIUM)), '<img alt="Graph of 2 steps.'),
        (3.5, "<pre>3.5</pre>"),
    ],
)
def test_what_is_revealed_stands_in_the_same_output(shown: object, expected: str) -> None:
    source = html_of(predict("cost.calls", reveal=shown))
    assert expected in source
    assert (Page(source).open, Page(source).wrong) == ([], [])
    assert '"opens": false' in source


def test_without_anything_to_reveal_the_next_outputs_are_opened() -> None:
    assert '"opens": true' in html_of(predict("cost.calls"))


def test_the_text_form_asks_and_does_not_answer() -> None:
    assert repr(predict("latency.at_once")).splitlines()[1:] == [
        "  ( ) Seconds and dollars fall",
        "  ( ) Seconds fall, and reliability rises",
        "  ( ) Seconds fall, and nothing else changes",
        "  ( ) All three change",
    ]
    assert repr(tally()) == "Your guesses in the whole course"


def test_a_question_that_comes_back_names_its_lesson() -> None:
    assert "Back to lesson 01 Cost" in Page(html_of(predict("latency.again"))).text


def test_an_output_is_small() -> None:
    """What 72 of them add to the notebooks: the script, the style and the words."""
    sizes = [len(html_of(Prediction(guess)).encode()) for guess in ALL]
    assert max(sizes) < 20_000


def test_no_script_reaches_out() -> None:
    source = html_of(predict("cost.calls"))
    assert not re.findall(r"https?://(?!www\.w3\.org/)|fetch\(|import\(|XMLHttp|src=", source)
