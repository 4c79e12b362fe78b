"""The practical example: its vote against the course's own debate, and which of its claims come true."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.evaluation import paired_difference
from labkit_agents.frameworks import recorded
from labkit_agents.frameworks.langgraph_two_tiers import AGENTS, vote
from labkit_agents.frameworks.two_tier_claims import claims_at
from labkit_agents.workers.debated import _think_again


@pytest.mark.parametrize("seed", range(50))
def test_the_vote_is_that_of_the_courses_debate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    agents, rounds = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    drawn = rng.integers(0, 4, (rounds, agents)).tolist()
    said = [[None if value == 0 else value for value in turn] for turn in drawn]
    minds = said[0]
    for turn in said[1:]:
        minds = _think_again(minds, turn)
    heard = {f"{AGENTS[agent]} {turn + 1}": said[turn][agent] for turn in range(rounds) for agent in range(agents)}
    counts = {mind: minds.count(mind) for mind in minds if mind is not None}
    most = next((mind for mind in minds if mind is not None and counts[mind] == max(counts.values())), None)
    assert vote(heard, agents, rounds) == most


def test_at_the_ends_the_mixture_is_one_kind() -> None:
    for share, kind in ((1.0, "simple"), (0.0, "hard")):
        old, new, checked = recorded(f"langgraph_two_tiers_{kind}").measurements
        claims = claims_at(share)
        assert claims.usd_before / claims.usd == pytest.approx(old.usd / new.usd)
        assert (claims.right_before, claims.right) == pytest.approx((old.share, new.share))
        assert (claims.usd_checked, claims.right_checked) == pytest.approx((checked.usd / checked.tasks, checked.share))
        assert claims.intervals == (old.interval, new.interval, checked.interval)
        alone = paired_difference(new.counts["only this right"], new.counts["only all-debate right"], new.tasks)
        assert tuple(claims.difference) == pytest.approx(tuple(alone))


def test_a_check_costs_a_debate_little_and_makes_it_no_worse() -> None:
    """Each call is asked again at most once, where casting out nines objects."""
    for kind in ("simple", "hard"):
        plain, _, checked = recorded(f"langgraph_two_tiers_{kind}").measurements
        assert plain.calls_wire <= checked.calls_wire <= 1.2 * plain.calls_wire
        assert checked.successes is not None
        assert plain.successes is not None
        assert checked.successes >= plain.successes


def test_which_claims_come_true_and_at_what_share() -> None:
    names = list(claims_at(0.9).hold)
    shares = np.linspace(0, 1, 101)
    hold = {name: [share for share in shares if claims_at(float(share)).hold[name]] for name in names}
    latency, cost, reliability, quality = (hold[name] for name in names)
    assert latency == []  # three rounds cannot become less than a third of themselves
    assert (round(min(cost), 2), round(max(cost), 2)) == (0.86, 0.96)
    assert max(reliability) >= 0.99
    assert len(quality) == 101
    assert sum(claims_at(0.9).hold.values()) == 3


@pytest.mark.parametrize("share", [0.5, 0.9, 0.97])
def test_the_interval_of_a_mixture_is_where_draws_of_it_fall(share: float) -> None:
    """Of beta-distributed shares, each kind's by its own counts (Jeffreys), mixed at the share."""
    rng, claims = np.random.default_rng(1), claims_at(share)
    kinds = [recorded(f"langgraph_two_tiers_{kind}").measurements[0] for kind in ("simple", "hard")]
    simple, hard = (rng.beta(k.successes + 0.5, k.tasks - k.successes + 0.5, 40_000) for k in kinds)  # type: ignore[operator]
    low, high = np.quantile(share * simple + (1 - share) * hard, (0.025, 0.975))
    found = claims.intervals[0]
    assert found.low < claims.right_before < found.high
    assert tuple(found) == pytest.approx((low, high), abs=0.008)


@pytest.mark.parametrize(("share", "margin", "named"), [(1.5, 0.02, "share"), (0.9, 0.0, "margin")])
def test_wrong_input_is_named(share: float, margin: float, named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named} must "):
        claims_at(share, margin)
