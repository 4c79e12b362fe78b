"""What holds numbers or arrays compares, hashes, copies and pickles by value."""

from __future__ import annotations

import pickle
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from labkit import (
    PREMIUM,
    SMALL,
    Model,
    chain,
    choose,
    frontier,
    latency,
    reliability,
    retry,
    simulate,
)
from labkit.latency import critical_path, list_schedule


def test_a_named_tuple_of_numbers_still_equals_a_plain_one() -> None:
    one = reliability.gated(0.5, 0.8)
    assert one == tuple(one)
    assert hash(one) == hash(tuple(one))
    assert one != (*tuple(one), 1.0)
    assert reliability.gated([np.float64(0.5)]) != reliability.gated(0.5)


def test_a_frontier_from_a_pickle_makes_the_same_designs() -> None:
    found = frontier.pareto(chain(3, PREMIUM), frontier.options([SMALL, PREMIUM], (0, 1)))
    again = pickle.loads(pickle.dumps(found))
    assert [design.choices for design in again] == [design.choices for design in found]


def test_a_pickled_law_cannot_be_written_to() -> None:
    law = pickle.loads(pickle.dumps(reliability.BetaLaw(np.array([0.2, 0.4]), 0.5)))
    with pytest.raises(ValueError, match="read-only"):
        law.p[0] = 1.0


@pytest.mark.parametrize("kind", [Fraction, Decimal, np.float32, np.longdouble])
def test_every_library_s_real_numbers_are_taken(kind: type) -> None:
    half = kind("0.5")
    assert reliability.with_retries(half, 1) == 0.75
    assert reliability.with_retries([half, half], 1).tolist() == [0.75, 0.75]


@pytest.mark.parametrize("bad", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
def test_a_decimal_that_is_no_number_is_refused(bad: Decimal) -> None:
    with pytest.raises(ValueError, match="p must be"):
        reliability.with_retries(bad, 1)


def test_masked_numbers_are_refused_in_words() -> None:
    masked = np.ma.array([0.5, 0.9], mask=[False, True])
    for value in (masked, [masked, masked], np.ma.masked):
        with pytest.raises(ValueError, match=r"p must have no masked entries, got 1 of"):
            reliability.product_law(value)
    with pytest.raises(ValueError, match="condition must have no masked entries"):
        choose(masked > 0.7, PREMIUM, SMALL)
    assert reliability.product_law(np.ma.array([0.5, 0.9])) == 0.45


def test_seeds_above_2_to_the_53_differ() -> None:
    flow, t = chain(3, Model(0.01, 1.0, 0.5)), 1_764_000_000_123_456_789
    one, other = simulate(flow, 200, seed=t), simulate(flow, 200, seed=t + 1)
    assert one != other
    assert one == simulate(flow, 200, seed=np.uint64(t))
    for seed in (-1, 1.5, True, "1", None, [1, 2]):
        with pytest.raises(ValueError, match="seed must be"):
            simulate(flow, 2, seed=seed)


def test_one_simulated_task_claims_no_error() -> None:
    said = repr(simulate(chain(2, PREMIUM).pipe(retry, 1), 1, seed=1))
    assert "nan" not in said
    assert "of a single task" in said


def test_a_name_is_in_its_workflow_and_so_is_a_step() -> None:
    flow = chain(2, PREMIUM)
    assert "step-1" in flow
    assert flow["step-1"] in flow
    assert "step-3" not in flow
    assert chain(3, PREMIUM)["step-3"] not in flow
    assert 1 not in flow


def test_weights_in_single_precision_sum_to_one() -> None:
    weights = np.array([0.6, 0.4], dtype=np.float32)
    assert reliability.majority_vote_mixed([0.85, 0.4], 3, weights) == pytest.approx(0.704, abs=1e-3)
    assert latency.RandomTime([1.0, 2.0], weights).mean == pytest.approx(1.4)
    with pytest.raises(ValueError, match=r"weights must sum to 1, got 1\.00001"):
        reliability.majority_vote_mixed([0.85, 0.4], 3, [0.6, 0.40001])


def test_moments_that_differ_by_rounding_are_one() -> None:
    """On two places, 0.1 + 0.2 and 0.3 end at one moment; then the first step of the list starts before the last."""
    needs = [[], [], [0], [1, 2], [1, 2]]
    for first in (0.3, 0.1 + 0.2):
        schedule = list_schedule([0.1, first, 0.2, 5.0, 1.0], needs, 2)
        assert schedule.start_sec[3:].tolist() == pytest.approx([0.3, 0.3])
    one_place_after = list_schedule([0.1, 0.3, 0.2, 1.0, 1.0, 1.0], [[], [], [0], [2], [1], [1, 2]], 2)
    assert one_place_after.start_sec[3:].tolist() == pytest.approx([0.3, 0.3, 1.3])
    assert critical_path([0.3, 0.1, 0.2, 1.0], [[], [], [1], [0, 2]]) == [0, 3]


def test_an_array_that_nobody_can_write_to_is_not_copied() -> None:
    values = np.arange(1, 13) / 20
    values.setflags(write=False)
    assert Model(values, 1.0, values).usd is values
    row = values.reshape(3, 4)[1]
    assert Model(row, 1.0, 0.5).usd is row
    from_bytes = np.frombuffer(values.tobytes())
    assert Model(from_bytes, 1.0, 0.5).usd is from_bytes


def test_what_somebody_can_still_write_to_is_copied() -> None:
    values = np.arange(1, 13) / 20
    view = values[2:8]
    view.setflags(write=False)
    made = Model(values, view, 0.5)
    values[:] = 7.0
    assert made.usd.max() < 1 > made.sec.max()


def test_without_a_copy_a_model_holds_the_callers_numbers_and_lets_nobody_write() -> None:
    values = np.arange(1, 13) / 20
    made = Model(values, values[:1], 0.5, copy=False)
    assert np.shares_memory(made.usd, values)
    assert not made.usd.flags.writeable
    assert values.flags.writeable
    assert made == Model(values, values[:1], 0.5)
    assert not np.shares_memory(replace(made, sec=2.0).usd, values)
    with pytest.raises(ValueError, match=r"usd must be zero or more, got -0\.1 at index \(3,\)"):
        Model(np.where(np.arange(5) == 3, -0.1, 0.1), 1.0, 0.5, copy=False)
    with pytest.raises(ValueError, match="copy must be True or False, got 0"):
        Model(values, 1.0, 0.5, copy=0)  # type: ignore[arg-type]
