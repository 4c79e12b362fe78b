"""A router that is learned: the strong model where its predicted win rate passes a threshold.

The rule is RouteLLM's (Ong et al. 2024, "RouteLLM: Learning to Route LLMs with Preference Data"): a model of the
question alone predicts how likely the strong model is to win, and the strong model is asked where that is at least a
threshold. Here the models are the pocket models, a win is a sum that the strong one gets right and the weak one wrong,
and the win rate is a logistic regression on what can be seen of a sum before it is added.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._values import by_value
from labkit.cost import apgr, cpt, pgr, routed_cost

from .logistic import Logistic, fit_logistic
from .measurement import Measurement, Prediction, predicted_by, versions_of
from .pocket_pairs import Pairs, ask_both

Array = NDArray[np.float64]
PAIRS, SEED = 8000, 1
REDRAWN = 1000
"""How often the sums are drawn again for the intervals of what is recovered."""
SHARES = (0.1, 0.2, 0.3, 0.5)
"""The shares of strong calls that the thresholds aim at, on the half that is learned from."""
NEEDS = ()


@by_value
class RouterCurve(NamedTuple):
    """A router at every threshold, from no strong call to nothing but strong calls.

    ``share`` of strong calls, ``quality`` (the share of sums that come out right), mean ``usd`` a sum, and the
    ``threshold`` that gives them.
    """

    share: Array
    quality: Array
    usd: Array
    threshold: Array

    @property
    def apgr(self) -> float:
        """Average performance gap recovered; a coin has 0.5."""
        return apgr(self.share, self.quality)

    def cpt(self, gap: float) -> float:
        """The smallest share of strong calls that recovers this part of the gap; a coin needs that part itself."""
        return float(cpt(self.share, self.quality, gap))


def fit_win_rate(pairs: Pairs) -> Logistic:
    """The predicted win rate of the premium model, learned from sums that both were asked."""
    return fit_logistic(pairs.features, (pairs.premium_right & ~pairs.small_right).astype(float))


def router_curve(score: Array, pairs: Pairs) -> RouterCurve:
    """What comes out when sums whose score is at least a threshold go to the premium model, at every threshold.

    Sums with equal scores are sent together.

    >>> pairs = Pairs(np.zeros((3, 1)), np.array([True, False, True]), np.array([True, True, True]),
    ...     np.array([0.002] * 3), np.array([0.03] * 3), np.zeros(3), np.zeros(3), np.zeros(3))
    >>> curve = router_curve(np.array([0.1, 0.9, 0.1]), pairs)
    >>> curve.share.round(3).tolist(), curve.quality.round(3).tolist(), round(curve.cpt(0.5), 3), round(curve.apgr, 3)
    ([0.0, 0.333, 1.0], [0.667, 1.0, 1.0], 0.167, 0.833)
    """
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.diff(score[order], append=-np.inf))
    strong = np.concatenate([[0], last + 1])

    def mean(weak_rows: NDArray, strong_rows: NDArray) -> Array:
        """The mean over all sums, with the first so many of the order sent to the premium model."""
        gain = np.cumsum(strong_rows[order].astype(float) - weak_rows[order])
        return np.asarray((weak_rows.sum() + np.concatenate([[0.0], gain[last]])) / score.size)

    quality, usd = mean(pairs.small_right, pairs.premium_right), mean(pairs.small_usd, pairs.premium_usd)
    threshold = np.concatenate([[np.inf], score[order][last]])
    return RouterCurve(strong / score.size, quality, usd, threshold)


def learn_router(pairs: Pairs) -> RouterCurve:
    """The router learned on the first half of the pairs, tested on the second."""
    train, test = pairs.halves
    return router_curve(fit_win_rate(train).probability(test.features), test)


def measure_router() -> list[Measurement]:
    """Thresholds and win rates learned on one half of the sums; what they make of the other half."""
    train, test = ask_both(PAIRS, SEED).halves
    fitted = fit_win_rate(train)
    learned, score = fitted.probability(train.features), fitted.probability(test.features)
    curve = router_curve(score, test)
    n, own = len(score), {"APGR": round(curve.apgr, 6), "CPT(50%)": round(curve.cpt(0.5), 6)}
    drawn = [_draw_again(np.random.default_rng((SEED, k)), score, test) for k in range(REDRAWN)]
    again = [router_curve(*each) for each in drawn]
    own |= _write_interval("APGR", [each.apgr for each in again])
    own |= _write_interval("CPT(50%)", [each.cpt(0.5) for each in again])
    found = []
    for share in (0.0, *SHARES, 1.0):
        threshold = _threshold_for(learned, share)
        early, late = learned >= threshold, score >= threshold
        right = np.where(late, test.premium_right, test.small_right)
        usd = np.where(late, test.premium_usd, test.small_usd)
        sec = np.where(late, test.premium_sec, test.small_sec)
        pgrs = _write_interval("PGR", [_recover(scores >= threshold, pairs) for scores, pairs in drawn])
        counts = {
            "threshold": min(round(threshold, 6), 1.0), "strong calls": float(late.sum()),
            "PGR": round(_recover(late, test), 6), **pgrs,
            "usd at mean prices": round(n * float(routed_cost(late.mean(), curve.usd[0], curve.usd[-1])), 6), **own,
        }  # fmt: skip
        words = "the small model alone" if share == 0 else "the premium model alone"
        words = words if share in (0.0, 1.0) else f"threshold for {share:.0%} premium calls"
        found.append(
            Measurement(
                "routing", "RouteLLM's rule, ours", words, versions_of("ours"), n, n, n,
                round(float(usd.sum()), 9), successes=int(right.sum()), counts=counts, sec=round(float(sec.sum()), 9),
                predicted=_predict(train, early, n), note="learned on the other half of the sums",
            )
        )  # fmt: skip
    return found


def _recover(strong: NDArray[np.bool_], pairs: Pairs) -> float:
    """The share of the gap between the models that is recovered where these sums go to the premium model."""
    right = np.where(strong, pairs.premium_right, pairs.small_right)
    return float(pgr(right.mean(), pairs.small_right.mean(), pairs.premium_right.mean()))


def _draw_again(rng: np.random.Generator, score: Array, pairs: Pairs) -> tuple[Array, Pairs]:
    """As many of the sums, drawn with replacement, and their scores."""
    rows = rng.integers(len(score), size=len(score))
    columns: Any = pairs
    return score[rows], Pairs(*(column[rows] for column in columns))


def _write_interval(name: str, values: list[float]) -> dict[str, float]:
    """The middle 95% of the values, as two counts, the lower one at least 0; none where they are all the same."""
    low, high = np.quantile(values, (0.025, 0.975))
    return (
        {} if low == high else {f"{name}, low": round(max(float(low), 0.0), 6), f"{name}, high": round(float(high), 6)}
    )


def _threshold_for(score: Array, share: float) -> float:
    """The threshold that sends about this share of the scores to the strong model, and never more."""
    if share in (0.0, 1.0):
        return float(np.inf) if share == 0 else 0.0
    levels = np.unique(score)
    sent = np.array([np.mean(score >= level) for level in levels])
    return float(levels[np.argmax(sent <= share)])


def _predict(train: Pairs, strong: NDArray[np.bool_], n: int) -> Prediction:
    """What the half that was learned from says of the other: ``routed_cost`` with the prices of what each is sent."""

    def mean(column: NDArray, rows: NDArray[np.bool_]) -> float:
        return round(float(column[rows].mean()), 9) if rows.any() else 0.0

    share = round(float(strong.mean()), 9)
    weak_p, strong_p = mean(train.small_right, ~strong), mean(train.premium_right, strong)
    weak_usd, strong_usd = mean(train.small_usd, ~strong), mean(train.premium_usd, strong)
    formula = f"calls = {n}; usd = {n} * routed_cost({share}, {weak_usd}, {strong_usd})"
    formula += f"; successes = {n} * ({share} * {strong_p} + (1 - {share}) * {weak_p})"
    spread = float(np.where(strong, train.premium_usd, train.small_usd).std())
    return predicted_by(formula, usd_error=round(spread * (2 * n) ** 0.5, 9))


CONDITIONS = {"learned_router": measure_router}
