"""The waits of clients are noted and not waited for, nobody else's are, and afterwards all is as it was."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import numpy as np
import pytest

from labkit_agents.frameworks.back_off import TOLD_SEC, find_longest, law_of_waits
from labkit_agents.frameworks.client_waits import LAYERS, noted_waits
from labkit_agents.frameworks.langgraph_retries import spread_of_calls
from labkit_agents.frameworks.measurement import predicted_by

HOUR = 3600.0


def client_of(module: str) -> dict[str, Any]:
    """Functions that wait, as if they stood in this module."""
    names: dict[str, Any] = {"__name__": module, "asyncio": asyncio, "random": random, "time": time}
    lines = (
        "def wait(sec): time.sleep(sec)",
        "async def await_(sec): return await asyncio.sleep(sec, 'done')",
        "def draw(): return random.random(), random.uniform(2, 4)",
    )
    exec("\n".join(lines), names)
    return names


@pytest.mark.parametrize("module", [*LAYERS, "openai._base_client", "langgraph.pregel._retry"])
def test_a_wait_of_a_layer_is_noted_and_over_at_once(module: str) -> None:
    client = client_of(module)
    with noted_waits() as waits:
        client["wait"](HOUR)
        assert asyncio.run(client["await_"](2 * HOUR)) == "done"
        client["wait"](0)
    assert waits == [HOUR, 2 * HOUR]


def test_nobody_elses_wait_is_noted_and_a_short_one_is_waited_for() -> None:
    with noted_waits(longest_sec=0.01) as waits:
        client_of("uvicorn.server")["wait"](0.001)
        began = time.monotonic()
        client_of("openai")["wait"](0.01)
        assert time.monotonic() - began >= 0.009
    assert waits == [0.01]


def test_draws_are_held_still_and_all_is_as_it_was_afterwards() -> None:
    before = (time.sleep, asyncio.sleep, random.random, random.uniform)
    for drawn in (0.0, 0.25, 1.0):
        with noted_waits(by_others=drawn):
            assert client_of("litellm")["draw"]() == (drawn, 2 + 2 * drawn)
    with pytest.raises(KeyError), noted_waits():
        raise KeyError
    assert (time.sleep, asyncio.sleep, random.random, random.uniform) == before


@pytest.mark.parametrize(("name", "value"), [("longest_sec", -1), ("by_client", 1.5), ("by_others", "a")])
def test_wrong_input_is_named(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must "), noted_waits(**{name: value}):
        pass


@pytest.mark.parametrize("bound", [0, TOLD_SEC - 1, TOLD_SEC, 60, 120, 1000, 2**15 - 1])
def test_the_longest_wait_that_is_kept_is_found(bound: int) -> None:
    assert find_longest(lambda sec: sec <= bound) == (bound if bound >= TOLD_SEC else 0)


@pytest.mark.parametrize("tries", [1, 2, 3, 6])
def test_the_law_of_waits_is_a_geometric_sum(tries: int) -> None:
    assert predicted_by(f"sec = {law_of_waits(0.5, 2, tries)}").sec == pytest.approx(0.5 * (2 ** (tries - 1) - 1))


@pytest.mark.parametrize(("p", "steps", "attempts"), [(0.945, 12, 2), (0.945, 12, 1), (0.5, 4, 3), (1.0, 5, 2)])
def test_the_spread_of_a_chains_calls_is_that_of_many_chains(p: float, steps: int, attempts: int) -> None:
    rng = np.random.default_rng(3)
    tries = np.minimum(rng.geometric(p, (40_000, steps)), attempts + 1)
    failed = tries > attempts
    going = np.cumsum(failed, axis=1) - failed == 0  # up to the first step that fails, itself included
    calls = (np.minimum(tries, attempts) * going).sum(axis=1)
    spread = float(calls.std())
    kurtosis = float(((calls - calls.mean()) ** 4).mean()) / max(spread, 1e-9) ** 4
    error = spread * np.sqrt(max(kurtosis - 1, 0) / 40_000) / 2
    assert spread_of_calls(p, steps, attempts) == pytest.approx(spread, abs=4 * error + 1e-9)
