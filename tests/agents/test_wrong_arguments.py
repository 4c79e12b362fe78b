"""What is of a wrong kind is refused in a sentence that names the argument, before anything is asked or drawn."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labkit_agents import Chain, Given, Single, draw_tasks, measure_p, pocket, predicted_and_measured
from labkit_agents.orchestrator import Call, Orchestrator, PlanStep
from labkit_agents.server import FaultPlan, serve

MODEL = pocket.small()
CARD = pocket.PriceCard(1e-6, 1e-7, 1e-5)
TASKS = draw_tasks(2, numbers=4, seed=1)
ODD = [None, "x", b"x", 1j, {}, object(), [[0.5]], np.array([]), np.array(["a"]), np.ma.array([1, 2], mask=[0, 1])]


def a_step(**changes: Any) -> PlanStep:
    return PlanStep(**{"name": "a", "ask": lambda values: Call("1+1="), "options": ("m",), **changes})


WRONG: dict[str, Callable[[Any], Any]] = {
    "tokens_in": lambda odd: CARD.worst_bill(odd, 1),
    "tokens_out": lambda odd: CARD.worst_bill(1, odd),
    "usd_written": lambda odd: pocket.PriceCard(1e-6, 1e-7, 1e-5, usd_written=[] if odd is None else odd),
    "batch_discount": lambda odd: pocket.PriceCard(1e-6, 1e-7, 1e-5, batch_discount=odd),
    "tiers": lambda odd: pocket.PriceCard(1e-6, 1e-7, 1e-5, tiers=7 if isinstance(odd, (dict, np.ndarray)) else odd),
    "as_of": lambda odd: pocket.PriceCard(1e-6, 1e-7, 1e-5, as_of=odd),
    "tenant": lambda odd: Orchestrator({"m": MODEL}, 1, 1, tenant=["x"] if isinstance(odd, str) else odd),
    "options": lambda odd: a_step(options=odd),
    "needs": lambda odd: a_step(needs=odd),
    "tags": lambda odd: a_step(tags=odd),
    "ask": lambda odd: a_step(ask=odd),
    "read": lambda odd: a_step(read=odd),
    "check": lambda odd: a_step(check=0 if odd is None else odd),
    "hold": lambda odd: a_step(hold=odd),
    "temperature": lambda odd: Single(MODEL, odd),
    "p": Given,
    "traces": lambda odd: predicted_and_measured(
        {"a": Chain(MODEL)}, TASKS, p=0.9, traces=7 if odd is None or isinstance(odd, dict) else odd, progress=None
    ),
    "calls": MODEL.worst_case,
    "path": lambda odd: pocket.Cassette(MODEL, 7 if isinstance(odd, str) else odd),
    "model": lambda odd: pocket.Cassette(odd, Path("never made")),
    "operands": lambda odd: measure_p(MODEL, [odd] if isinstance(odd, dict) else odd, 5),
    "sums": lambda odd: measure_p(MODEL, sums=7 if odd is None else odd),  # type: ignore[arg-type]
    "limit_share": lambda odd: draw_tasks(2, limit_share=[] if odd is None else odd),
    "digits": lambda odd: draw_tasks(2, digits=7 if odd is None else odd),
    "hard": lambda odd: FaultPlan(hard=odd),
    "kinds": lambda odd: FaultPlan(kinds=odd),
    "attempts": lambda odd: FaultPlan(attempts=odd),
    "soft_kind": lambda odd: FaultPlan(soft_kind=odd),
    "hang_sec": lambda odd: FaultPlan(hang_sec=odd),
    "seed": lambda odd: FaultPlan(seed=odd),
    "models": lambda odd: FaultPlan(models=7 if isinstance(odd, dict) else odd),
    "plan": lambda odd: serve(7 if odd is None else odd),  # type: ignore[arg-type]
    "pace": lambda odd: serve(pace=odd),
    "host": lambda odd: serve(host=odd),
    "port": lambda odd: serve(port=odd),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kind_of_argument_is_named(name: str, odd: Any) -> None:
    with pytest.raises(ValueError, match=rf"\b{name}\b.* must "):
        WRONG[name](odd)
    assert not Path("never made").exists()


@pytest.mark.parametrize("n", [1e7, 10**7, 10**12, 2**53 + 1, 10**400])
def test_nobody_waits_for_minutes_of_drawing(n: Any) -> None:
    for draw in (lambda: draw_tasks(n), lambda: measure_p(MODEL, (2,), n), lambda: pocket.draw_sums(int(n), 1)):
        with pytest.raises(ValueError, match=r"^n must be"):
            draw()


@pytest.mark.parametrize("kind", [Fraction, Decimal, np.float32, np.longdouble, np.float64])
def test_real_numbers_of_every_library_are_taken(kind: Any) -> None:
    half = kind("0.5")
    assert Given(half) == Given(0.5)
    assert Single(MODEL, half).label == Single(MODEL, 0.5).label
    assert Call("1+1=", temperature=half) == Call("1+1=", temperature=0.5)
    assert Orchestrator({"m": MODEL}, half, half).settings == Orchestrator({"m": MODEL}, 0.5, 0.5).settings
