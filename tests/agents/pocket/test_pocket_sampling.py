"""Tokens are drawn with the chances they should have, from streams that have nothing to do with each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from labkit_agents.pocket.sampling import choose_tokens, log_probabilities, uniforms

LOGITS = np.array([1.0, -2.0, 0.5, 3.0, 2.5, -7.0, 0.0, 1.5, -1.0, 2.0, 0.25])


def chances(temperature: float) -> np.ndarray:
    """The softmax of the logits over the temperature."""
    powers = np.exp(LOGITS / temperature)
    return powers / powers.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_come_as_often_as_the_softmax_says(temperature: float) -> None:
    n = 100_000
    draws = (np.arange(n) + 0.5) / n  # evenly over [0, 1]: counts are then within one of what is expected
    tokens = choose_tokens(np.tile(LOGITS, (n, 1)), np.full(n, temperature), draws)
    assert np.abs(np.bincount(tokens, minlength=11) - n * chances(temperature)).max() <= 1.01


def test_temperature_zero_takes_the_likeliest_and_the_first_of_two() -> None:
    rows = np.array([[0.0, 5.0, 5.0], [9.0, 1.0, 1.0]])
    assert choose_tokens(rows, np.zeros(2), np.array([0.99, 0.99])).tolist() == [1, 0]


def test_an_icy_temperature_is_greedy_and_the_largest_draw_stays_in_range() -> None:
    draws = np.full(3, np.nextafter(1, 0))
    with np.errstate(over="raise"):
        tokens = choose_tokens(np.tile(LOGITS, (3, 1)), np.array([5e-324, 1e-3, 1e300]), draws)
    assert tokens.tolist() == [3, 3, 10]


def test_the_smallest_draw_takes_no_token_that_has_no_chance() -> None:
    assert choose_tokens(LOGITS[None], np.array([1e-3]), np.zeros(1)).tolist() == [3]


def test_log_probabilities_are_those_of_the_softmax() -> None:
    found = log_probabilities(np.tile(LOGITS, (11, 1)), np.arange(11))
    assert found == pytest.approx(np.log(chances(1.0)), abs=2**-24)


def test_streams_are_uniform_and_unrelated() -> None:
    names = [("small", 0, str(i), "1+2=") for i in range(4000)] + [("small", i, "x", "1+2=") for i in range(4000)]
    draws = np.array([uniforms(*name, 2) for name in names])
    assert draws.min() >= 0
    assert draws.max() < 1
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 0.001
    for other in (draws[1:, 0], draws[:-1, 1]):  # the next name's draw, and the same name's next draw
        assert abs(np.corrcoef(draws[:-1, 0], other)[0, 1]) < 4 / 8000**0.5


def test_every_part_of_the_name_makes_another_stream() -> None:
    base = ("small", 1, "a", "1+2=")
    others = [("premium", *base[1:]), ("small", 2, "a", "1+2="), ("small", 1, "b", "1+2="), (*base[:3], "1+3=")]
    assert len({uniforms(*name, 1)[0] for name in [base, *others]}) == 5


def test_a_longer_stream_begins_like_a_shorter_one() -> None:
    name = ("small", 1, "a", "1+2=")
    assert uniforms(*name, 20)[:3] == uniforms(*name, 3)
    assert len(set(uniforms(*name, 20))) == 20


def test_two_names_cannot_run_together() -> None:
    assert uniforms("m", 1, "2\n3", "4=", 1) != uniforms("m", 1, "2", "3\n4=", 1)
