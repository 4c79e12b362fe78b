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
def test_as_many_simulated_tasks_are_solved_by_the_tries_that_the_spend_buys(rho: float) -> None:
    law = BetaLaw(0.4, rho)
    found = at_equal_spend(law, 0.012, 0.8, 0.030)
    rng, tasks = np.random.default_rng(3), 200_000
    rates = rng.beta(law.a, law.b, tasks) if rho else np.full(tasks, 0.4)
    tries = np.floor(found.tries) + (rng.random(tasks) < found.tries % 1)
    reached = np.mean(rng.geometric(np.maximum(rates, 1e-12)) <= tries)
    assert found.reached == pytest.approx(reached, abs=4 * np.sqrt(0.25 / tasks))


def test_a_recorded_pair_turns_round_when_tries_are_taken_as_recorded() -> None:
    """tau2-bench, banking: GPT-5.2 at $0.243 a task, pass^1 .1263, pass^2 .0722; GPT-5.4 at $1.842, .3943."""
    found = at_equal_spend(fit_beta(0.1263, 0.0722), 0.24334, 0.3943, 1.8423)
    assert found.tries == pytest.approx(7.57, abs=0.01)
    assert found.if_independent - 0.3943 == pytest.approx(0.245, abs=1e-3)
    assert found.gain == pytest.approx(-0.103, abs=1e-3)
