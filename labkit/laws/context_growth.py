"""How a recorded agent's conversation grows: a + b a call, fitted to the tokens that its calls have sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._inputs import Number, can_be_listed, non_negative, one_of, some
from .._values import by_value
from .prefix_caching import growing_context_tokens

WAYS = ("means", "least_squares")


@by_value
class ContextGrowth(NamedTuple):
    """A conversation whose call number s sends ``first + growth (s - 1)`` tokens.

    Attributes:
        first: a, tokens of the first call.
        growth: b, tokens that each further call adds.
    """

    first: float
    growth: float

    def tokens(self, steps: ArrayLike) -> Number:
        """Input tokens billed over so many calls: ``growing_context_tokens`` with these two numbers."""
        return growing_context_tokens(self.first, self.growth, steps)


def fit_growing_context(tokens_by_call: Iterable[ArrayLike], how: str = "means") -> ContextGrowth:
    """The two numbers of a growing conversation, from recorded ones.

    Formula: ``"means"``: a is the mean first call, b the mean over conversations of (last - first) / (calls - 1);
    ``"least_squares"``: the line through all calls, counted from 0 in each conversation. The first is exact at the
    first call and counts conversations alike; the second counts calls alike, so long conversations for more.

    Args:
        tokens_by_call: for each conversation its calls' input tokens, in their order; at least one of two calls.
        how: ``"means"`` or ``"least_squares"``.

    Raises:
        ValueError: no conversation of two calls, or conversations that shrink on the whole.

    >>> fit_growing_context([[2000, 2500, 3000], [1800, 2500]])
    ContextGrowth(first=1900.0, growth=600.0)
    """
    one_of("how", how, WAYS)
    if isinstance(tokens_by_call, str) or not can_be_listed(tokens_by_call):
        raise ValueError(f"tokens_by_call must be a list of conversations, got {tokens_by_call!r}")
    talks = [_read_talk(f"tokens_by_call[{i}]", talk) for i, talk in enumerate(tokens_by_call)]
    if not any(talk.size > 1 for talk in talks):
        raise ValueError(f"tokens_by_call must hold a conversation of two calls or more, got {len(talks)} without one")
    if how == "means":
        first = float(np.mean([talk[0] for talk in talks]))
        growth = float(np.mean([(talk[-1] - talk[0]) / (talk.size - 1) for talk in talks if talk.size > 1]))
    else:
        place, sent = np.concatenate([np.arange(talk.size) for talk in talks]), np.concatenate(talks)
        growth = float(np.sum((place - place.mean()) * sent) / np.sum((place - place.mean()) ** 2))
        first = float(sent.mean() - growth * place.mean())
    rounding = 1e-12 * max(float(talk.max()) for talk in talks)
    if min(growth, first) < -rounding:
        raise ValueError(f"tokens_by_call must not shrink on the whole, got first {first:g} and growth {growth:g}")
    return ContextGrowth(max(first, 0.0), max(growth, 0.0))


def _read_talk(name: str, talk: ArrayLike) -> NDArray[np.float64]:
    """The tokens of one conversation's calls."""
    tokens = non_negative(name, some(name, talk))
    if tokens.ndim != 1:
        raise ValueError(f"{name} must be one row of numbers, got an array of shape {tokens.shape}")
    return tokens
