"""The network: a decoder-only transformer in numpy, with a memory of keys and values, exact in every sum.

Each token's state is the sum of three embeddings. In every layer it looks at the tokens before it (attention), then
passes two matrix products with what is negative set to zero between them. Only the last state makes logits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit._values import ByValue

from .grid import SHARE_BITS, Floats, on_grid
from .weights import Layer, Weights

Whole = NDArray[np.int64]
EPSILON = 1e-5
UNSEEN = -1e9
"""Added to the score of a token that may not be seen; its share is then exactly zero."""


@dataclass(frozen=True, eq=False)
class Prefix(ByValue):
    """The keys and values of a prefix in every layer, computed once: (heads, size, tokens), (heads, tokens, size)."""

    keys: tuple[Floats, ...]
    values: tuple[Floats, ...]
    tokens: int


class Memory:
    """The keys and values of a batch of rows in every layer, with room for tokens still to come."""

    def __init__(self, weights: Weights, rows: int, room: int, prefix: Prefix | None) -> None:
        size = weights.width // weights.heads
        count = len(weights.layers)
        self.keys = [np.zeros((rows, weights.heads, size, room)) for _ in range(count)]
        self.values = [np.zeros((rows, weights.heads, room, size)) for _ in range(count)]
        self.prefix = prefix
        self.filled = 0


def embed(weights: Weights, tokens: Whole, places: Whole, parts: Whole) -> Floats:
    """The first state of each token: (rows, tokens, width)."""
    return weights.token[tokens] + weights.place[places] + weights.part[parts]


def read(weights: Weights, x: Floats, hidden: Floats, memory: Memory) -> Floats:
    """Read new tokens into the memory and give the logits after the last: (rows, replies).

    Args:
        weights: the model.
        x: the first states of the new tokens, (rows, new, width).
        hidden: added to the scores: 0 where a new token sees a token of the memory, ``UNSEEN`` where not.
        memory: what came before; grows by the new tokens.
    """
    filled = memory.filled + x.shape[1]
    for index, layer in enumerate(weights.layers):
        last = index == len(weights.layers) - 1
        queries = _remember(weights, layer, x, memory, index)
        if last:  # nobody looks at the other tokens' last states
            x, queries, hidden = x[:, -1:], queries[:, :, -1:], hidden[:, :, -1:]
        x = x + on_grid(_attend(queries, memory, index, filled, hidden) @ layer.mix)
        wide = on_grid(_norm_states(x) @ layer.up)
        x = x + on_grid(np.maximum(wide, 0.0, out=wide) @ layer.down)
    memory.filled = filled
    return on_grid(_norm_states(x[:, -1]) @ weights.reply)


def read_prefix(weights: Weights, x: Floats) -> Prefix:
    """The keys and values of a prefix, from the first states of its tokens, (1, tokens, width)."""
    count = x.shape[1]
    memory = Memory(weights, 1, count, None)
    read(weights, x, unseen_after(count), memory)
    keys = tuple(keys[0] for keys in memory.keys)
    values = tuple(values[0] for values in memory.values)
    return Prefix(keys, values, count)


def unseen_after(count: int) -> Floats:
    """A token sees itself and those before it: (1, 1, count, count)."""
    return np.triu(np.full((count, count), UNSEEN), 1)[None, None]


def _remember(weights: Weights, layer: Layer, x: Floats, memory: Memory, index: int) -> Floats:
    """Put the new tokens' keys and values into the memory, and give their queries: (rows, heads, new, size)."""
    rows, new, width = x.shape
    size = width // weights.heads
    made = on_grid(_norm_states(x) @ layer.qkv).reshape(rows, new, 3, weights.heads, size)
    span = slice(memory.filled, memory.filled + new)
    memory.keys[index][..., span] = made[:, :, 1].transpose(0, 2, 3, 1)
    memory.values[index][:, :, span] = made[:, :, 2].transpose(0, 2, 1, 3)
    queries: Floats = made[:, :, 0].transpose(0, 2, 1, 3)
    return queries


def _attend(queries: Floats, memory: Memory, index: int, filled: int, hidden: Floats) -> Floats:
    """What each token gathers from the tokens it sees, the heads side by side: (rows, new, width)."""
    rows, heads, new, size = queries.shape
    scores = queries @ memory.keys[index][..., :filled]
    scores += hidden
    prefix = memory.prefix
    if prefix is not None:
        scores = np.concatenate([_by_head(queries, prefix.keys[index]), scores], axis=-1)
    scores -= np.maximum.reduce(scores, axis=-1, keepdims=True)
    scores *= size**-0.5
    shares = on_grid(np.exp(scores, out=scores), SHARE_BITS)
    whole = np.add.reduce(shares, axis=-1, keepdims=True)
    own = shares if prefix is None else shares[..., prefix.tokens :]
    gathered = own @ memory.values[index][:, :, :filled]
    if prefix is not None:
        gathered += _by_head(shares[..., : prefix.tokens], prefix.values[index])
    gathered /= whole
    return on_grid(gathered.transpose(0, 2, 1, 3).reshape(rows, new, heads * size))


def _by_head(rows: Floats, shared: Floats) -> Floats:
    """One matrix product a head for all rows, since they share the prefix: no row has a copy of it."""
    batch, heads, new, size = rows.shape
    together = rows.transpose(1, 0, 2, 3).reshape(heads, batch * new, size) @ shared
    return together.reshape(heads, batch, new, -1).transpose(1, 0, 2, 3)


def _norm_states(x: Floats) -> Floats:
    """Each state divided by its root mean square."""
    square = np.einsum("...i,...i->...", x, x)[..., None]
    return on_grid(x / np.sqrt(square / x.shape[-1] + EPSILON))
