"""Pruning against the definition, point by point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import steady

from labkit.frontier import dominance
from labkit.frontier.dominance import nondominated, ranked, thinned

few = st.integers(0, 6).map(float)
clouds = st.lists(st.tuples(few, few, few), min_size=1, max_size=60).map(lambda rows: np.array(rows).T)


many = st.lists(st.tuples(few, few, few, few), min_size=1, max_size=60).map(lambda rows: np.array(rows).T)


def by_definition(usd: np.ndarray, sec: np.ndarray, p: np.ndarray) -> set[tuple[float, ...]]:
    """The points that no other beats, as values."""
    points = set(zip(usd.tolist(), sec.tolist(), p.tolist(), strict=True))
    return {
        (a, b, c) for a, b, c in points if not any(x <= a and y <= b and z >= c and (x, y, z) != (a, b, c)
                                                   for x, y, z in points)
    }  # fmt: skip


@pytest.mark.parametrize("few_points", [1, 4, dominance.FEW])
def test_what_is_kept_is_what_no_other_point_dominates(few_points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dominance, "FEW", few_points)

    @steady
    @given(clouds)
    def agrees(cloud: np.ndarray) -> None:
        keep = nondominated(*cloud)
        kept = [tuple(row) for row in cloud[:, keep].T.tolist()]
        assert len(kept) == len(set(kept))
        assert set(kept) == by_definition(*cloud)
        assert np.all(np.diff(cloud[0][keep]) >= 0)

    agrees()


@pytest.mark.parametrize("few_points", [1, 4, dominance.FEW])
@pytest.mark.parametrize("timed", [True, False], ids=["four measures", "no latency"])
def test_with_a_loss_what_is_kept_is_what_no_other_point_dominates(
    few_points: int, timed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dominance, "FEW", few_points)

    @steady
    @given(many)
    def agrees(cloud: np.ndarray) -> None:
        cloud = cloud if timed else cloud * [[1], [0], [1], [1]]
        keep = nondominated(*cloud)
        kept = [tuple(row) for row in cloud[:, keep].T.tolist()]
        lower = {(usd, sec, -p, loss) for usd, sec, p, loss in cloud.T.tolist()}
        beaten = {a for a in lower for b in lower if a != b and all(x <= y for x, y in zip(b, a, strict=True))}
        assert len(kept) == len(set(kept))
        assert set(kept) == {(usd, sec, -failure, loss) for usd, sec, failure, loss in lower - beaten}

    agrees()


def test_a_thousand_drawn_points_agree_with_the_definition() -> None:
    cloud = np.random.default_rng(1).random((3, 1000))
    kept = {tuple(row) for row in cloud[:, nondominated(*cloud)].T.tolist()}
    assert kept == by_definition(*cloud)
    assert 20 < len(kept) < 200


def test_one_point_stays_and_of_equal_points_the_first() -> None:
    assert nondominated(np.zeros(1), np.zeros(1), np.ones(1)).tolist() == [0]
    assert nondominated(np.full(5, 0.3), np.full(5, 2.0), np.full(5, 0.9)).tolist() == [0]


def test_values_that_differ_by_rounding_count_as_equal() -> None:
    sums = np.array([0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1])
    assert sums[0] != sums[1]
    assert ranked(sums).tolist() == [0, 0]
    assert nondominated(sums, np.array([1.0, 1.0]), np.array([0.9, 0.9])).tolist() == [0]
    # cheaper by rounding alone is no reason to keep what is slower
    assert nondominated(sums, np.array([1.0, 2.0])[np.argsort(-sums)], np.array([0.9, 0.9])).size == 1


def test_values_that_differ_by_more_than_a_tie_do_not() -> None:
    assert ranked(np.array([1.0, 1.0 + 1e-10, 0.0, 1e-300])).tolist() == [2, 3, 0, 1]


@steady
@given(clouds, st.sampled_from([1.01, 1.5, 3.0]))
def test_thinning_keeps_its_promise(cloud: np.ndarray, ratio: float) -> None:
    usd, sec, p = cloud
    keep = thinned(usd, sec, p, ratio)
    for a, b, c in cloud.T:
        stands = (usd[keep] <= a * ratio) & (sec[keep] <= b * ratio) & (p[keep] >= c)
        assert stands.any()
    assert thinned(usd[keep], sec[keep], p[keep], ratio).size == keep.size


def test_points_that_deliver_another_share_are_thinned_apart() -> None:
    usd, sec, p, delivered = np.ones(3), np.ones(3), np.array([0.8, 0.9, 0.7]), np.array([0.99, 0.995, 0.7])
    assert thinned(usd, sec, p, 1.1).tolist() == [1]
    assert thinned(usd, sec, p, 1.1, delivered).tolist() == [1, 2]
