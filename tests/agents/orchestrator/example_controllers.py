"""Three controllers: one ignores its budgets, one reserves each worst case, one also saves for the rest."""

from __future__ import annotations

from labkit_agents.worlds.decisions import Decision, Observation, Offer, StepView

MOST_TRIES = 4


def careless(seen: Observation) -> Decision:
    """The best model for every step that is ready, again until it is answered; it never looks at what is left."""
    steps = [step for step in seen.ready if step.tries < MOST_TRIES]
    return Decision(calls=tuple((step.name, best_first(step)[0].model) for step in steps[: seen.at_most]))


def careful(seen: Observation) -> Decision:
    """What is kept is served; else the best model whose worst case still fits beside those of its turn."""
    return within_budget(seen, usd_held=0.0)


def thrifty(seen: Observation) -> Decision:
    """As ``careful``, but first it keeps back the cheapest worst case of every step that is not answered yet."""
    waiting = [step for step in seen.steps if not step.answered and not step.kept]
    held = sum(min(offer.usd_worst for offer in step.offers) for step in waiting)
    return within_budget(seen, usd_held=held)


def within_budget(seen: Observation, usd_held: float) -> Decision:
    """The best offers that fit in what is left without what is held; where nothing does, what is held is used."""
    kept = tuple(step.name for step in seen.ready if step.kept)
    if kept:
        return Decision(kept=kept)
    for held in (usd_held, 0.0):
        calls: list[tuple[str, str]] = []
        usd_left = seen.usd_left - held
        for step in seen.ready:
            own = min(offer.usd_worst for offer in step.offers) if held else 0.0
            offer = best_that_fits(step, usd_left + own, seen.sec_left)
            if offer is not None and step.tries < MOST_TRIES and len(calls) < seen.at_most:
                calls.append((step.name, offer.model))
                usd_left -= offer.usd_worst - own
        if calls:
            return Decision(calls=tuple(calls))
    return Decision(stop=True)


def best_first(step: StepView) -> list[Offer]:
    """A step's offers, the one most often right first."""
    return sorted(step.offers, key=lambda offer: -offer.p)


def best_that_fits(step: StepView, usd_left: float, sec_left: float) -> Offer | None:
    """The best offer whose worst case fits, or None."""
    fitting = [o for o in best_first(step) if o.usd_worst <= usd_left and o.sec_worst <= sec_left]
    return fitting[0] if fitting else None
