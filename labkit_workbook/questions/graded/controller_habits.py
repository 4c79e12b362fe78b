"""What a controller of a budget does in its games: the faults that can be seen. Nothing here is an answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labkit_agents.worlds.amounts import SEC, USD, parts_of_budget, parts_of_cost
from labkit_agents.worlds.decisions import Observation, Offer

from ..played import Played, Turn

FEW = 5  # turns from which a habit is told
HARDLY_TRIED = 2  # a step with fewer tries


def first_fault(games: Sequence[Played]) -> str:
    """The first fault that a controller shows; an empty text where it shows none."""
    turns = [turn for game in games for turn in game.turns]
    return over_budget(turns) or idle(games, turns)


def over_budget(turns: Iterable[Turn]) -> str:
    """Why a turn's calls did not fit at their worst, whether or not the worst then came."""
    gambles = [turn for turn in turns if not fit(turn.seen, offers_of(turn), "worst")]
    if not gambles:
        return ""
    alone = [(turn.seen, [offer]) for turn in gambles for offer in offers_of(turn)]
    whole = [(turn.seen, offers_of(turn)) for turn in gambles]
    first = [(turn.seen, offers_of(turn, first_tries=True)) for turn in gambles]
    signs = {
        "retries_unreserved": all(fit(seen, offers, "worst") for seen, offers in first),
        "siblings_forgotten": all(fit(seen, offers, "worst") for seen, offers in alone),
        "usual_reserved": all(fit(seen, offers, "usual") for seen, offers in whole),
        "overran_seconds": all(fit(seen, offers, "worst", sec=False) for seen, offers in whole),
        "overran_dollars": all(fit(seen, offers, "worst", usd=False) for seen, offers in whole),
    }
    return next((label for label, shows in signs.items() if shows), "overran_both")


def idle(games: Sequence[Played], turns: Sequence[Turn]) -> str:
    """What a controller that keeps its budgets leaves undone."""
    kept = any(step.kept for turn in turns for step in turn.seen.ready)
    failed = any(event.outcome != "answered" for turn in turns for event in turn.seen.events)
    signs = {
        "cache_unused": kept and not any(turn.decided.kept for turn in turns),
        "faults_ignored": failed and not any(map(called_again, turns)),
        "one_at_a_time": sum(map(could_call_two, turns)) >= FEW and not any(len(t.calls) > 1 for t in turns),
        "dear_model_only": {model for turn in turns for _, model in turn.calls} == dearest(turns),
        "stopped_early": sum(map(stopped_early, games)) > len(games) / 10,
    }
    return next((label for label, shows in signs.items() if shows), "")


def dearest(turns: Sequence[Turn]) -> set[str]:
    """The model with the largest worst bill of all that were offered."""
    offers = [offer for turn in turns for step in turn.seen.steps for offer in step.offers]
    return {max(offers, key=lambda offer: offer.usd_worst).model} if offers else set()


def offers_of(turn: Turn, first_tries: bool = False) -> list[Offer]:
    """What the calls of a turn take; of all, or of those that are a step's first try."""
    steps = {step.name: step for step in turn.seen.steps}
    return [
        offer
        for name, model in turn.calls
        if name in steps and not (first_tries and steps[name].tries)
        for offer in steps[name].offers
        if offer.model == model
    ]


def fit(seen: Observation, offers: Sequence[Offer], size: str, usd: bool = True, sec: bool = True) -> bool:
    """Do calls made together fit, at their "worst" or "usual" size, counted in the world's own whole parts?"""
    usd_all = sum(parts_of_cost(getattr(offer, f"usd_{size}"), USD) for offer in offers)
    sec_all = max((parts_of_cost(getattr(offer, f"sec_{size}"), SEC) for offer in offers), default=0)
    fits_usd = usd_all <= parts_of_budget(max(0.0, seen.usd_left), USD) or not offers
    fits_sec = sec_all <= parts_of_budget(max(0.0, seen.sec_left), SEC) or not offers
    return (fits_usd or not usd) and (fits_sec or not sec)


def called_again(turn: Turn) -> bool:
    """Is a step called that was called before?"""
    tried = {step.name for step in turn.seen.steps if step.tries}
    return any(name in tried for name, _ in turn.calls)


def could_call_two(turn: Turn) -> bool:
    """Would the cheapest calls of two ready steps have fitted together?"""
    cheap = [min(step.offers, key=lambda offer: offer.usd_worst) for step in turn.seen.ready]
    return turn.seen.at_most > 1 and len(cheap) > 1 and fit(turn.seen, cheap[:2], "worst")


def stopped_early(game: Played) -> bool:
    """Did it stop while a step that was hardly tried could still be called?"""
    if not game.turns:
        return False
    last = game.turns[-1]
    could = any(
        step.tries < HARDLY_TRIED and fit(last.seen, [offer], "worst")
        for step in last.seen.ready
        for offer in step.offers
    )
    return could and (last.decided.stop or not (last.decided.calls or last.decided.kept))
