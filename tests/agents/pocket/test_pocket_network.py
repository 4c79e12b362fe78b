"""The network against one written in loops, against torch, and against itself under other orders of summation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import plain_network
import pytest

from labkit_agents import pocket
from labkit_agents.pocket import network
from labkit_agents.pocket.generation import LONGEST_REPLY
from labkit_agents.pocket.grid import LARGEST_ACTIVATION
from labkit_agents.pocket.language import (
    ANSWER_PART,
    LONGEST_PREFIX,
    MOST_OPERANDS,
    answer_place,
    encode_prefix,
    encode_prompt,
)
from labkit_agents.pocket.weights import FOLDER, Weights, load_weights

NAMES = ("small", "premium")
LARGE_LATER = ["small", pytest.param("premium", marks=pytest.mark.slow)]


def shipped(name: str) -> Weights:
    return load_weights(FOLDER / f"{name}.npz")


def text(prefix: str, prompt: str, answer: str = "") -> tuple[list[int], list[int], list[int]]:
    """Tokens, places and parts of prefix, prompt and the answer's first digits, lowest first."""
    numbers, places, parts = map(
        list, map(sum, zip(encode_prefix(prefix), encode_prompt(prompt), strict=True), ([],) * 3)
    )
    for index, digit in enumerate(answer):
        numbers.append(int(digit))
        places.append(answer_place(index + 1))
        parts.append(ANSWER_PART)
    return numbers, places, parts


def logits_at_once(weights: Weights, tokens: tuple[list[int], list[int], list[int]]) -> np.ndarray:
    """The library's logits after a whole text, read in one go."""
    x = network.embed(weights, *(np.array([row]) for row in tokens))
    memory = network.Memory(weights, 1, x.shape[1], None)
    return network.read(weights, x, network.unseen_after(x.shape[1]), memory)[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("prefix", "prompt", "answer"),
    [("", "7=", ""), ("", "12+345=", "75"), ("add them up", "4+0+999=", ""), ("sum", "1234+5+678+90=", "7002")],
)
def test_logits_are_to_the_last_bit_those_of_plain_loops(name: str, prefix: str, prompt: str, answer: str) -> None:
    tokens = text(prefix, prompt, answer)
    assert logits_at_once(shipped(name), tokens).tolist() == plain_network.plain_logits(shipped(name), *tokens)


@pytest.mark.parametrize("name", NAMES)
def test_reading_token_by_token_gives_the_same_bits_as_reading_at_once(name: str) -> None:
    weights, tokens = shipped(name), text("add", "58+7+6+1000=", "1701")
    x = network.embed(weights, *(np.array([row]) for row in tokens))
    memory = network.Memory(weights, 1, x.shape[1], None)
    for i in range(x.shape[1]):
        stepwise = network.read(weights, x[:, i : i + 1], np.zeros((1, 1, 1, i + 1)), memory)
    assert stepwise[0].tolist() == logits_at_once(weights, tokens).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_a_remembered_prefix_gives_the_same_bits_as_reading_it_with_the_prompt(name: str) -> None:
    weights, prefix = shipped(name), "you are a careful adding machine " * 4
    remembered = network.read_prefix(weights, network.embed(weights, *(np.array([r]) for r in encode_prefix(prefix))))
    x = network.embed(weights, *(np.array([row]) for row in encode_prompt("58+7+6=")))
    memory = network.Memory(weights, 1, x.shape[1], remembered)
    after = network.read(weights, x, network.unseen_after(x.shape[1]), memory)[0]
    assert after.tolist() == logits_at_once(weights, text(prefix, "58+7+6=")).tolist()


def shuffled(weights: Weights, rng: np.random.Generator) -> Weights:
    """The same function with its inner units in another order, so that every sum runs in another order."""
    order = rng.permutation(weights.width)
    triple = np.concatenate([np.arange(weights.width) + i * weights.width for i in range(3)])
    layers = []
    for layer in weights.layers:
        wide = rng.permutation(layer.up.shape[1])
        layers.append(
            replace(
                layer,
                qkv=layer.qkv[order][:, triple],
                mix=layer.mix[:, order],
                up=layer.up[order][:, wide],
                down=layer.down[wide][:, order],
            )
        )
    return replace(
        weights,
        token=weights.token[:, order],
        place=weights.place[:, order],
        part=weights.part[:, order],
        layers=tuple(layers),
        reply=weights.reply[order],
    )


@pytest.mark.parametrize("name", LARGE_LATER)
def test_another_order_of_summation_changes_no_bit_of_2000_replies(name: str) -> None:
    calls = [pocket.Call(pocket.write_sum(s), prefix="add", id=str(i)) for i, s in enumerate(pocket.draw_sums(2000, 5))]
    other = pocket.PocketModel(name, shuffled(shipped(name), np.random.default_rng(1)), pocket.SMALL_CARD)
    ours = getattr(pocket, name)().complete(calls)
    assert [(r.text, r.log_probs) for r in other.complete(calls)] == [(r.text, r.log_probs) for r in ours]


@pytest.mark.parametrize("name", LARGE_LATER)
def test_activations_stay_where_sums_are_exact(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both what is rounded and the states between the layers, which are sums of what was rounded."""
    largest: dict[str, list[float]] = {"on_grid": [], "_norm_states": []}

    def watched(step: str) -> Callable[..., np.ndarray]:
        real = getattr(network, step)

        def watching(x: np.ndarray, *bits: int) -> np.ndarray:
            largest[step].append(float(np.abs(x).max()))
            return real(x, *bits)

        return watching

    for step in largest:
        monkeypatch.setattr(network, step, watched(step))
    sums = pocket.draw_sums(1000, 6, (1, 2, 3, 4, 8))
    for prefix, n in (("add up", 1000), ("z" * LONGEST_PREFIX, 48)):
        calls = [pocket.Call(pocket.write_sum(s), prefix=prefix, temperature=3.0, max_tokens=16) for s in sums[:n]]
        getattr(pocket, name)().complete(calls)
    for found in largest.values():
        assert 1 < max(found) < LARGEST_ACTIVATION


def test_no_text_is_too_long_for_exact_sums() -> None:
    longest_prompt = len(pocket.write_sum([pocket.LARGEST] * MOST_OPERANDS))
    assert LONGEST_PREFIX + longest_prompt + LONGEST_REPLY < 2**12


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_small_whole_multiples_of_their_grid(name: str) -> None:
    with np.load(FOLDER / f"{name}.npz") as file:
        for array in (file[key] for key in file.files if key != "heads"):
            assert array.dtype == np.float16
            steps = array.astype(float) * 2**14
            assert np.array_equal(steps, np.rint(steps))


def test_both_files_together_are_under_two_megabytes() -> None:
    assert sum((FOLDER / f"{name}.npz").stat().st_size for name in NAMES) < 2e6


def test_weights_too_large_for_exact_sums_are_refused(tmp_path: Path) -> None:
    with np.load(FOLDER / "small.npz") as file:
        arrays = dict(file)
    arrays["reply"] = arrays["reply"] + np.float16(9)
    np.savez(tmp_path / "large.npz", **arrays)
    with pytest.raises(ValueError, match="weights must be below 8"):
        load_weights(tmp_path / "large.npz")
    np.savez(tmp_path / "lacking.npz", token=arrays["token"])
    with pytest.raises(ValueError, match=r"lacks \['down0', .*'heads', .*'part', 'place', 'qkv0', 'reply'"):
        load_weights(tmp_path / "lacking.npz")
    np.savez(
        tmp_path / "half.npz",
        **{key: array for key, array in dict(arrays, reply=arrays["reply"] - np.float16(9)).items() if key != "mix0"},
    )
    with pytest.raises(ValueError, match=r"half\.npz lacks \['mix0'\]"):
        load_weights(tmp_path / "half.npz")
