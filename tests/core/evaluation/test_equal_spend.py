"""The same spend: against a simulation of tasks whose tries resemble each other, and a recorded pair."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.evaluation import at_equal_spend
from labkit.reliability import BetaLaw, fit_beta


def test_whole_tries_are_pass_at_k_and_without_correlation_fresh_draws() -> None:
    law = BetaLaw(0.5, 0.4)
    found = at_equal_spend(law, 2.0, 0.7, [2.0, 6.0, 10.0])
    assert found.tries.tolist() == [1, 3, 5]
    assert found.reached == pytest.approx(law.pass_at([1, 3, 5]))
    assert found.if_independent == pytest.approx([0.5, 0.875, 1 - 0.5**5])
    assert found.gain == pytest.approx(found.reached - 0.7)
    free = at_equal_spend(BetaLaw(0.5, 0.0), 2.0, 0.7, 6.0)
    assert free.reached == free.if_independent


def test_less_than_a_try_buys_a_share_of_one() -> None:
    assert at_equal_spend(BetaLaw(0.6, 0.3), 2.0, 0.7, 1.0).reached == pytest.approx(0.3)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7])
def test_who_stops_at_the_first_right_answer_spends_as_much_on_the_mean(rho: float) -> None:
    law, spend, price = BetaLaw(0.4, rho), 0.030, 0.012
    found = at_equal_spend(law, price, 0.8, spend, until_right=True)
    rng, tasks = np.random.default_rng(3), 200_000
    rates = rng.beta(law.a, law.b, tasks) if rho else np.full(tasks, 0.4)
    most = np.floor(found.tries) + (rng.random(tasks) < found.tries % 1)
    first_right = rng.geometric(np.maximum(rates, 1e-12))
    taken = np.minimum(first_right, most)
    assert price * taken.mean() == pytest.approx(spend, abs=4 * price * taken.std() / np.sqrt(tasks))
    reached = np.mean(first_right <= most)
    assert found.reached == pytest.approx(reached, abs=4 * np.sqrt(0.25 / tasks))
    assert found.reached > at_equal_spend(law, price, 0.8, spend).reached


def test_a_recorded_pair_turns_round_when_tries_are_taken_as_recorded() -> None:
    """tau2-bench, banking: GPT-5.2 at $0.243 a task, pass^1 .1263, pass^2 .0722; GPT-5.4 at $1.842, .3943."""
    found = at_equal_spend(fit_beta(0.1263, 0.0722), 0.24334, 0.3943, 1.8423)
    assert found.tries == pytest.approx(7.57, abs=0.01)
    assert found.if_independent - 0.3943 == pytest.approx(0.245, abs=1e-3)
    assert found.gain == pytest.approx(-0.103, abs=1e-3)
