"""Layers of software that each try again what the layer below gave up: their tries multiply."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._inputs import Number, plain, probability, some, together, whole
from .._series import geometric_sum


def calls_through_layers(tries: ArrayLike, fails: ArrayLike = 1.0) -> Number:
    """Mean number of calls on the wire for one request.

    Formula: ``1 + q + ... + q^(N-1)`` with ``N = t_1 t_2 ... t_n``; N itself where every call fails. A client of 3
    tries in a graph of 3 tries makes 9 calls. Source: the mean of a truncated geometric distribution.

    Args:
        tries: t, of each layer along the last axis: its retries and 1, whole numbers from 1.
        fails: q, how often a call fails so that it is tried again, in [0, 1], independently.

    >>> calls_through_layers((3, 3)), calls_through_layers((3, 3), fails=0.5)
    (9.0, 1.99609375)
    """
    layers, failing = np.prod(whole("tries", some("tries", tries), 1), axis=-1), probability("fails", fails)
    together(tries=layers, fails=failing)
    return plain(geometric_sum(failing, layers))
