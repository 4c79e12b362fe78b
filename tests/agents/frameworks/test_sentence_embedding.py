"""The sentence embedding: its file format, and figures that its authors' own code gives."""

from __future__ import annotations

import json
import math
import struct
from importlib.util import find_spec

import numpy as np
import pytest

from labkit_agents.frameworks import sentence_embedding
from labkit_agents.frameworks.sentence_embedding import embed, read_safetensors, similarity

HERE = all(find_spec(name) is not None for name in (sentence_embedding.PACKAGE, "tokenizers"))


def file_of(header: dict[str, object], body: bytes) -> bytes:
    words = json.dumps(header).encode()
    return struct.pack("<Q", len(words)) + words + body


def test_arrays_come_out_as_they_went_in() -> None:
    numbers = np.arange(6, dtype="<f4").reshape(2, 3)
    about = {"dtype": "F32", "shape": [2, 3], "data_offsets": [8, 32]}
    data = file_of({"__metadata__": {"made": "here"}, "a": about}, bytes(8) + numbers.tobytes())
    assert np.array_equal(read_safetensors(data)["a"], numbers)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"abc", struct.pack("<Q", 1) + b"{}",
        file_of({"a": {"dtype": "F8", "shape": [], "data_offsets": [0, 4]}}, b"1234"),
        file_of({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 4]}}, b"1234"), file_of({"a": 3}, b""),
    ],
)  # fmt: skip
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="data must be a safetensors file"):
        read_safetensors(data)


def test_erf_is_that_of_the_standard_library() -> None:
    x = np.linspace(-4, 4, 81)
    assert np.abs(sentence_embedding._erf(x) - [math.erf(each) for each in x]).max() < 1.5e-7


def test_missing_weights_say_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_embedding, "find_spec", lambda _: None)
    sentence_embedding._load_model.cache_clear()
    with pytest.raises(ImportError, match="--no-deps"):
        embed("a text that was never asked for before")


@pytest.mark.slow
@pytest.mark.skipif(not HERE, reason="the weights are not installed")
def test_it_knows_what_sounds_alike_and_not_who_paid_whom() -> None:
    sentence_embedding._load_model.cache_clear()
    assert np.linalg.norm(embed("Add 12 and 45.")) == pytest.approx(1)
    assert similarity("Who did Alice pay?", "Who paid Alice?") == pytest.approx(0.973, abs=5e-4)
    # what the model's hosted example answers
    assert similarity("That is a happy person", "That is a happy dog") == pytest.approx(0.695, abs=1e-3)
    assert similarity("That is a happy person", "That is a very happy person") == pytest.approx(0.943, abs=1e-3)
    assert similarity("That is a happy person", "Today is a sunny day") == pytest.approx(0.257, abs=1e-3)
