"""Batches of solved sums for training and validation, padded on the left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from labkit_agents.pocket.language import (
    ANSWER_PART,
    LETTERS,
    PREFIX_PART,
    REPLIES,
    VOCABULARY,
    answer_place,
    encode_prompt,
    write_sum,
)
from labkit_agents.pocket.sums import Sum, draw_sums

TRAINING_MIX = (1, 2, 2, 3, 3, 3, 4, 4, 4, 4)
"""Counts of numbers, each entry equally likely: longer sums are harder, and come more often."""
UNASKED = -100
"""The label of a token after which no reply token is asked for."""
POOL = 8
"""So many batches are drawn at once and sorted by length, to save padding."""
WITH_PREFIX, LONG_PREFIX = 0.25, 0.25
"""A quarter of the batches has a prefix; of these a quarter has a long one."""
SHORT, LONG = (1, 16), (17, 96)
"""Tokens of a short and of a long prefix, from and to."""


class Batch(NamedTuple):
    """What the network reads, where it is real and not padding, and the reply token that follows each token."""

    tokens: torch.Tensor
    places: torch.Tensor
    parts: torch.Tensor
    real: torch.Tensor
    labels: torch.Tensor


def training_batches(rng: np.random.Generator, size: int) -> Iterator[Batch]:
    """Batches without end: sums of one to four numbers, some after a prefix of random letters."""
    while True:
        pool = sorted(draw_sums(size * POOL, rng, TRAINING_MIX), key=lambda numbers: len(write_sum(numbers)))
        for part in rng.permutation(POOL):
            yield make_batch(pool[part * size : (part + 1) * size], rng, _prefix_length(rng))


def make_batch(sums: Sequence[Sum], rng: np.random.Generator, prefix_length: int = 0) -> Batch:
    """Solved sums, each after its own prefix of random letters."""
    rows = [_solved(numbers) for numbers in sums]
    longest = max(len(row[0]) for row in rows)
    shape = (len(rows), prefix_length + longest)
    tokens, places, parts = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    labels, real = np.full(shape, UNASKED), np.zeros(shape, dtype=bool)
    letters = (VOCABULARY.index(LETTERS[0]), len(VOCABULARY))
    tokens[:, :prefix_length] = rng.integers(*letters, size=(len(rows), prefix_length))
    parts[:, :prefix_length], real[:, :prefix_length] = PREFIX_PART, True
    for index, row in enumerate(rows):
        span = slice(shape[1] - len(row[0]), None)
        tokens[index, span], places[index, span], parts[index, span], labels[index, span] = row
        real[index, span] = True
    return Batch(*(torch.from_numpy(array) for array in (tokens, places, parts, real, labels)))


def _solved(numbers: Sum) -> tuple[list[int], list[int], list[int], list[int]]:
    """Tokens, places, parts and labels of a sum with its answer, but for the end, which is only a label."""
    prompt = encode_prompt(write_sum(numbers))
    answer = [int(digit) for digit in reversed(str(sum(numbers)))]
    return (
        prompt.numbers + answer,
        prompt.places + [answer_place(index + 1) for index in range(len(answer))],
        prompt.parts + [ANSWER_PART] * len(answer),
        [UNASKED] * (len(prompt.numbers) - 1) + answer + [len(REPLIES) - 1],
    )


def _prefix_length(rng: np.random.Generator) -> int:
    if rng.random() >= WITH_PREFIX:
        return 0
    low, high = LONG if rng.random() < LONG_PREFIX else SHORT
    return int(rng.integers(low, high + 1))
