"""A cascade with a learned score: the small model answers first, and its answer is kept where the score is high enough.

The rule is FrugalGPT's (Chen et al. 2023): a scorer of the question and the answer predicts how likely the answer is
right, and below a threshold the next model is asked. Here the scorer is a logistic regression on the pocket model's own
log-probability and on what can be seen of the sum; FrugalGPT fine-tunes a small language model.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labkit._inputs import one_share
from labkit._values import by_value
from labkit.cost import JudgedCascade, judged_cascade

from .logistic import Logistic, fit_logistic
from .measurement import Measurement, Prediction, predicted_by, versions_of
from .pocket_pairs import Pairs, ask_both

Array = NDArray[np.float64]
PAIRS, SEED = 8000, 1
LEVELS = (0.5, 0.8, 0.95)
NEEDS = ()


@by_value
class TriedCascade(NamedTuple):
    """A cascade on sums: counts, and the numbers that its law takes.

    ``tasks`` sums, of which ``escalated`` went on to the premium model and ``right`` came out right; the mean ``usd`` a
    sum, and the mean ``sec``, an escalated sum waiting for both; ``detection`` and ``false_alarm``, the shares of
    wrong and of right first answers that were rejected; ``small_p``, and ``late_p`` and ``late_usd``, what the premium
    model makes of the sums that reach it.
    """

    tasks: int
    escalated: int
    right: int
    usd: float
    small_usd: float
    small_p: float
    detection: float
    false_alarm: float
    late_p: float
    late_usd: float
    sec: float

    @property
    def predicted(self) -> JudgedCascade:
        """Dollars and success by ``labkit.cost.judged_cascade`` from these numbers."""
        cost, p = [self.small_usd, self.late_usd], [self.small_p, self.late_p]
        return judged_cascade(cost, p, self.detection, self.false_alarm)

    def predicted_with(self, premium_p: float, premium_usd: float) -> JudgedCascade:
        """The same with the premium model's numbers on all sums, as if those that are escalated were no harder."""
        cost, p = [self.small_usd, premium_usd], [self.small_p, premium_p]
        return judged_cascade(cost, p, self.detection, self.false_alarm)


def fit_score(pairs: Pairs) -> Logistic:
    """The learned score: how likely the small model's answer is right, seen from its confidence and the question."""
    return fit_logistic(_see_answer(pairs), pairs.small_right.astype(float))


def score_answers(fitted: Logistic, pairs: Pairs) -> Array:
    """The learned score of each of the small model's answers."""
    return fitted.probability(_see_answer(pairs))


def try_cascade(score: Array, at_least: float, pairs: Pairs) -> TriedCascade:
    """What comes out where the small model's answer is kept at a score of ``at_least``.

    >>> pairs = Pairs(np.zeros((4, 1)), np.array([True, True, False, False]), np.array([True] * 4),
    ...     np.array([0.002] * 4), np.array([0.03] * 4), np.zeros(4), np.array([0.4] * 4), np.array([2.0] * 4))
    >>> tried = try_cascade(np.array([0.9, 0.4, 0.3, 0.95]), 0.5, pairs)
    >>> tried.escalated, tried.right, tried.detection, tried.false_alarm, tried.predicted.p, tried.sec
    (2, 3, 0.5, 0.5, 0.75, 1.4)
    """
    late = score < one_share("at_least", at_least)
    right = np.where(late, pairs.premium_right, pairs.small_right)
    usd = pairs.small_usd + np.where(late, pairs.premium_usd, 0.0)

    def share(rows: NDArray[np.bool_]) -> float:
        """How many of these were escalated; none where there are none."""
        return float(late[rows].mean()) if rows.any() else 0.0

    return TriedCascade(
        tasks=len(late),
        escalated=int(late.sum()),
        right=int(right.sum()),
        usd=float(usd.mean()),
        small_usd=float(pairs.small_usd.mean()),
        small_p=float(pairs.small_right.mean()),
        detection=share(~pairs.small_right),
        false_alarm=share(pairs.small_right),
        late_p=float(pairs.premium_right[late].mean()) if late.any() else 1.0,
        late_usd=float(pairs.premium_usd[late].mean()) if late.any() else 0.0,
        sec=float((pairs.small_sec + np.where(late, pairs.premium_sec, 0.0)).mean()),
    )


def learn_cascade(pairs: Pairs, at_least: float) -> tuple[TriedCascade, TriedCascade]:
    """The cascade on the half that its score was learned on, and on the other half."""
    train, test = pairs.halves
    fitted = fit_score(train)
    learned, tested = (try_cascade(score_answers(fitted, half), at_least, half) for half in (train, test))
    return learned, tested


def measure_cascade() -> list[Measurement]:
    """Learned scores and plain confidence at several levels, and the premium model alone, on the second half."""
    train, test = ask_both(PAIRS, SEED).halves
    fitted = fit_score(train)
    scores = {"learned score": (score_answers(fitted, train), score_answers(fitted, test))}
    scores["the model's own confidence"] = (np.exp(train.log_prob), np.exp(test.log_prob))
    found = []
    for words, (early, late) in scores.items():
        for level in LEVELS:
            learned, tested = try_cascade(early, level, train), try_cascade(late, level, test)
            naive = learned.predicted_with(float(train.premium_right.mean()), float(train.premium_usd.mean()))
            counts = {
                "escalated": float(tested.escalated), "detection": round(tested.detection, 6),
                "false alarm": round(tested.false_alarm, 6), "premium p on what is escalated": round(tested.late_p, 6),
                "successes, if what is escalated were no harder": round(tested.tasks * float(naive.p), 3),
            }  # fmt: skip
            found.append(_measured(f"{words} at least {level}", tested, counts, _predict(learned)))
    alone = TriedCascade(
        len(test.log_prob), 0, int(test.premium_right.sum()), float(test.premium_usd.mean()), 0, 0, 0, 0, 0, 0,
        float(test.premium_sec.mean()),
    )  # fmt: skip
    return [*found, _measured("the premium model alone", alone, {}, None)]


def _measured(words: str, tried: TriedCascade, counts: dict[str, float], law: Prediction | None) -> Measurement:
    calls = tried.tasks + tried.escalated
    return Measurement(
        "routing", "FrugalGPT's cascade, ours", words, versions_of("ours"), tried.tasks, calls, calls,
        round(tried.tasks * tried.usd, 9), sec=round(tried.tasks * tried.sec, 9), successes=tried.right, counts=counts,
        predicted=law, note="learned on the other half of the sums",
    )  # fmt: skip


def _predict(learned: TriedCascade) -> Prediction:
    """What the half that was learned from says of the other, which has as many sums."""
    n, share = learned.tasks, learned.escalated / learned.tasks
    cost, p = [round(learned.small_usd, 9), round(learned.late_usd, 9)], [learned.small_p, round(learned.late_p, 9)]
    law = f"judged_cascade({cost}, {p}, {round(learned.detection, 9)}, {round(learned.false_alarm, 9)})"
    error = (2 * n * share * (1 - share)) ** 0.5
    return predicted_by(
        f"calls = {n} * (1 + {share}); usd = {n} * {law}.usd; successes = {n} * {law}.p",
        calls_error=round(error, 6), usd_error=round(error * learned.late_usd, 9),
    )  # fmt: skip


def _see_answer(pairs: Pairs) -> Array:
    """The small model's log-probability, and that of its doubt, beside the features of the question."""
    doubt = np.log(np.maximum(-np.expm1(pairs.log_prob), 1e-12))
    return np.column_stack([pairs.log_prob, doubt, pairs.features])


CONDITIONS = {"learned_cascade": measure_cascade}
