"""Choosing tokens: every call draws from a random stream of its own, named by what the call is."""

from __future__ import annotations

import json
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from .grid import Floats, on_grid

CHANCE_BITS = 40
LOG_BITS = 24
"""Logarithms are rounded too: numpy's differ in the last bit from one processor to another."""
DRAWS_A_BLOCK = 8
COLDEST = 1e-6
"""Below this temperature, sampling is greedy but for ties."""


def uniforms(model: str, seed: int, id: str, prompt: str, n: int) -> list[float]:
    """The first n numbers, from 0 to below 1, of a call's stream: bits of a hash of who asks what.

    Another seed, id, prompt or model is another stream. The stream does not depend on the batch, on the prefix,
    on the temperature or on numpy's version.

    >>> [round(u, 3) for u in uniforms("small", 0, "first", "1+2=", 3)]
    [0.171, 0.317, 0.462]
    """
    name = json.dumps([model, seed, id, prompt]).encode()
    blocks = -(-n // DRAWS_A_BLOCK)
    bits = b"".join(blake2b(name, salt=block.to_bytes(16, "little")).digest() for block in range(blocks))
    draws = np.frombuffer(bits, dtype="<u8")[:n] >> np.uint64(11)
    return (draws * 2.0**-53).tolist()


def choose_tokens(logits: Floats, temperatures: Floats, draws: Floats) -> NDArray[np.int64]:
    """One token a row: the likeliest at temperature 0, else where the row's draw falls.

    The chance of token t is exp(logit_t / temperature), over the sum of all; chances are whole multiples of 2^-40,
    so that their sums are exact.

    >>> choose_tokens(np.array([[0.0, 2.0], [0.0, 2.0]]), np.array([0.0, 1.0]), np.array([0.05, 0.05]))
    array([1, 0])
    """
    likeliest: NDArray[np.int64] = logits.argmax(axis=-1)
    warm = temperatures > 0
    if not warm.any():
        return likeliest
    divisors = np.where(warm, np.maximum(temperatures, COLDEST), 1.0)[:, None]
    shifted = logits - np.maximum.reduce(logits, axis=-1, keepdims=True)
    steps = np.add.accumulate(on_grid(np.exp(shifted / divisors), CHANCE_BITS), axis=-1)
    drawn = np.add.reduce(steps[:, :-1] <= draws[:, None] * steps[:, -1:], axis=-1)
    return np.where(warm, drawn, likeliest)


def log_probabilities(logits: Floats, tokens: NDArray[np.int64]) -> Floats:
    """The natural logarithm of each token's probability at temperature 1, given the logits it was chosen from.

    >>> log_probabilities(np.array([[0.0, 0.0]]), np.array([1])).round(4)
    array([-0.6931])
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = on_grid(np.exp(shifted), CHANCE_BITS).sum(axis=-1)
    return on_grid(np.take_along_axis(shifted, tokens[..., None], axis=-1)[..., 0] - np.log(total), LOG_BITS)
