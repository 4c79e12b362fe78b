"""An oracle for the network: the same model written out in lists and loops, without numpy, memory or batch.

Every sum is taken by ``math.fsum``, which is exact however many terms it has; so the library's sums must be too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from labkit_agents.pocket.weights import Weights

Row = list[float]
Matrix = list[Row]


def plain_logits(weights: Weights, numbers: Sequence[int], places: Sequence[int], parts: Sequence[int]) -> Row:
    """Logits after the last token of a whole text, read anew from its beginning."""
    token, place, part = weights.token.tolist(), weights.place.tolist(), weights.part.tolist()
    states = [
        [a + b + c for a, b, c in zip(token[n], place[p], part[q], strict=True)]
        for n, p, q in zip(numbers, places, parts, strict=True)
    ]
    for layer in weights.layers:
        made = [times(normed(state), layer.qkv.tolist()) for state in states]
        gathered = [attend(made[: i + 1], weights.heads, weights.width) for i in range(len(states))]
        states = [plus(s, times(g, layer.mix.tolist())) for s, g in zip(states, gathered, strict=True)]
        wide = [[max(x, 0.0) for x in times(normed(state), layer.up.tolist())] for state in states]
        states = [plus(s, times(w, layer.down.tolist())) for s, w in zip(states, wide, strict=True)]
    return times(normed(states[-1]), weights.reply.tolist())


def attend(made: Matrix, heads: int, width: int) -> Row:
    """What the last token gathers from all tokens, itself included."""
    size = width // heads
    gathered = []
    for head in range(heads):
        query, keys, values = (
            [row[kind * width + head * size : kind * width + (head + 1) * size] for row in made] for kind in range(3)
        )
        scores = [math.fsum(q * k for q, k in zip(query[-1], key, strict=True)) for key in keys]
        shares = [to_grid(math.exp((score - max(scores)) * size**-0.5), 18) for score in scores]
        for column in range(size):
            total = math.fsum(share * value[column] for share, value in zip(shares, values, strict=True))
            gathered.append(to_grid(total / math.fsum(shares), 16))
    return gathered


def times(row: Row, matrix: Matrix) -> Row:
    """A row times a matrix, rounded to the grid."""
    columns = zip(*matrix, strict=True)
    return [to_grid(math.fsum(x * w for x, w in zip(row, column, strict=True)), 16) for column in columns]


def normed(row: Row) -> Row:
    """A row over its root mean square."""
    size = math.sqrt(math.fsum(x * x for x in row) / len(row) + 1e-5)
    return [to_grid(x / size, 16) for x in row]


def plus(one: Row, other: Row) -> Row:
    """The sum of two rows."""
    return [a + b for a, b in zip(one, other, strict=True)]


def to_grid(x: float, bits: int) -> float:
    """The nearest whole multiple of 2^-bits, halves to even."""
    return round(x * 2**bits) / 2**bits
