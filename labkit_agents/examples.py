"""The designs that the course compares: from one call to gated trees."""

from __future__ import annotations

from .pocket import LanguageModel
from .solvers import Chain, OneCall, Solver, Tree
from .workers.cached import Cached
from .workers.cascaded import Cascaded
from .workers.checked import Checked
from .workers.debated import Debated
from .workers.proposed import Proposed
from .workers.routed import Routed, at_most_carries
from .workers.single import Single


def course_designs(small: LanguageModel, premium: LanguageModel) -> dict[str, Solver]:
    """Fifteen designs for tasks of 3 to 8 numbers, by name; four numbers are the most that one call is trained for.

    Args:
        small: the cheap model.
        premium: the dear one.

    >>> from labkit_agents import pocket
    >>> len(course_designs(pocket.small(), pocket.premium()))
    15
    """
    gated = Checked(small, "nines", retries=1)
    return {
        "one small call": OneCall(small),
        "one small call, greedy": OneCall(Single(small, temperature=0)),
        "one premium call": OneCall(premium),
        "vote of five small calls": OneCall(Debated(small, agents=5)),
        "debate, three small, two rounds": OneCall(Debated(small, agents=3, rounds=2)),
        "small proposes, small checks": OneCall(Proposed(small, small)),
        "small, premium if in doubt": OneCall(Cascaded(small, premium, at_least=0.9)),
        "small, premium if nines fail": OneCall(Checked(small, "nines", retries=0, then=premium)),
        "chain, small": Chain(small),
        "chain, small, cached": Chain(Cached(small, "same_numbers")),
        "chain, small, nines and a retry": Chain(gated),
        "chain, routed by carries": Chain(Routed(small, premium, at_most_carries(1))),
        "chain, premium": Chain(premium),
        "tree, small": Tree(small),
        "tree, small, nines and a retry": Tree(gated),
    }
