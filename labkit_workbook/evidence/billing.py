"""What stands behind ``labkit.prices``."""

from __future__ import annotations

from .comparison import Place
from .formula import Formula

FORMULAS = (
    Formula(
        names=("PriceCard", "prices.PriceCard", "prices.Tier", "prices.Bill", "prices.Parts"),
        says="a bill by the token: fresh, cached, written, output, reasoning; batches and long contexts",
        stated="vendors' price lists",
        simulated=("prices/test_card.py::test_a_bill_is_added_up_token_by_token",
                   "prices/test_card.py::test_arrays_give_the_bills_of_single_calls"),
        measured=(Place("10_a_real_system", "A call and its bill"),),
        missing={"recorded": "the box has recorded tokens, and no vendor's invoice to hold a bill against"},
    ),
    Formula(
        names=("prices.replay_prefix_cache", "prices.CacheReplay"),
        says="the bill of recorded requests with a prefix cache and without",
        stated="vendors' price lists",
        simulated=("prices/test_replay.py::test_a_replay_is_a_cache_that_is_filled_and_forgets",),
        missing={"measured": "the pocket models bill their prefix cache call by call, so nothing is left to replay"},
    ),
)  # fmt: skip
"""Every public name of ``labkit.prices``, and the card at labkit's top."""
