"""The shipped weights: half-precision arrays in an .npz file, read once into doubles that nobody can write to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labkit._values import ByValue

from .grid import LARGEST_WEIGHT, Floats

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, eq=False)
class Layer(ByValue):
    """One layer: what makes queries, keys and values; what mixes the heads; the two steps of the wide part."""

    qkv: Floats
    mix: Floats
    up: Floats
    down: Floats


@dataclass(frozen=True, eq=False)
class Weights(ByValue):
    """All of a model: embeddings of token, place and part; the layers; and what turns the last state into logits."""

    token: Floats
    place: Floats
    part: Floats
    layers: tuple[Layer, ...]
    reply: Floats
    heads: int

    @property
    def width(self) -> int:
        """How many numbers carry a token through the layers."""
        return int(self.token.shape[1])

    @property
    def parameters(self) -> int:
        """How many weights there are."""
        arrays = [self.token, self.place, self.part, self.reply]
        arrays += [array for layer in self.layers for array in (layer.qkv, layer.mix, layer.up, layer.down)]
        return sum(array.size for array in arrays)


@lru_cache(maxsize=8)
def load_weights(path: Path) -> Weights:
    """Read an .npz file of weights.

    Raises:
        ValueError: the file lacks an array, or holds a weight too large for exact sums.
    """
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    count = max(1, sum(name.startswith("qkv") for name in arrays))
    names = [[f"{kind}{i}" for kind in ("qkv", "mix", "up", "down")] for i in range(count)]
    missing = {"token", "place", "part", "reply", "heads"}.union(*names) - set(arrays)
    if missing:
        raise ValueError(f"path must hold the arrays of a pocket model, {path.name} lacks {sorted(missing)}")
    layers = (Layer(*(_doubles(arrays[name]) for name in layer)) for layer in names)
    ends = {name: _doubles(arrays[name]) for name in ("token", "place", "part", "reply")}
    return Weights(**ends, layers=tuple(layers), heads=int(arrays["heads"]))


def _doubles(array: NDArray[np.float16]) -> Floats:
    doubles = np.ascontiguousarray(array, dtype=np.float64)
    if not np.all(np.abs(doubles) < LARGEST_WEIGHT):
        raise ValueError(f"weights must be below {LARGEST_WEIGHT:g}, got {np.abs(doubles).max():g}")
    doubles.flags.writeable = False
    return doubles
