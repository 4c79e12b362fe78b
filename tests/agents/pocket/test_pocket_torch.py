"""The training tools, where torch is installed: the same network, the card's expected accuracy, the command line."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from labkit_agents import pocket
from labkit_agents.pocket import network
from labkit_agents.pocket.language import ANSWER_PART, answer_place, encode_prefix, encode_prompt
from labkit_agents.pocket.weights import FOLDER, load_weights

torch = pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[3]
FIGURES = json.loads((ROOT / "docs" / "model_card.json").read_text(encoding="utf-8"))

every_model = pytest.mark.parametrize("name", ["small", "premium"])


@pytest.fixture
def pocket_torch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    return import_module("pocket_torch")


@pytest.fixture
def train_pocket(pocket_torch: ModuleType) -> ModuleType:
    return import_module("train_pocket")


@every_model
def test_logits_are_those_of_torch_but_for_the_grid(name: str, pocket_torch: ModuleType) -> None:
    """Torch adds in doubles and never rounds to the grid of 2^-16; 2e-3 is 131 of its steps, over two layers."""
    weights, peer = load_weights(FOLDER / f"{name}.npz"), pocket_torch.loaded(FOLDER / f"{name}.npz")
    for numbers in pocket.draw_sums(200, 7):
        answer = [int(digit) for digit in reversed(str(sum(numbers)))]
        places = [answer_place(index + 1) for index in range(len(answer))]
        read = (answer, places, [ANSWER_PART] * len(answer))
        parts = zip(encode_prefix("add them"), encode_prompt(pocket.write_sum(numbers)), read, strict=True)
        tokens = [np.array([[*prefix, *prompt, *said]]) for prefix, prompt, said in parts]
        x = network.embed(weights, *tokens)
        memory = network.Memory(weights, 1, x.shape[1], None)
        ours = network.read(weights, x, network.unseen_after(x.shape[1]), memory)[0]
        with torch.no_grad():
            real = torch.ones(tokens[0].shape, dtype=torch.bool)
            theirs = peer(*map(torch.from_numpy, tokens), real)[0, -1].numpy()
        assert np.abs(ours - theirs).max() < 2e-3


@every_model
def test_the_shipped_weights_have_the_expected_accuracy_that_they_were_picked_for(
    name: str, pocket_torch: ModuleType, train_pocket: ModuleType
) -> None:
    """The same validation sums; the shipped weights are rounded to half precision, those in training were not."""
    peer = pocket_torch.loaded(FOLDER / f"{name}.npz")
    found = [train_pocket.expected_accuracy(peer, batch) for batch in train_pocket.validation_batches().values()]
    assert np.mean(found) == pytest.approx(FIGURES[name]["training"]["shipped"]["expected"], abs=1e-4)


def test_the_training_recipe_is_the_one_on_the_card(train_pocket: ModuleType) -> None:
    for name, recipe in train_pocket.RECIPES.items():
        assert train_pocket.asdict(recipe) == FIGURES[name]["training"]["recipe"]
        assert list(train_pocket.TRAINING_MIX) == FIGURES[name]["training"]["training_mix"]


@pytest.mark.parametrize(
    ("arguments", "models", "seeds"),
    [
        ([], ["small", "premium"], [1, 2, 3]),
        (["small", "--seeds", "4", "5"], ["small"], [4, 5]),
        (["--seeds", "4"], ["small", "premium"], [4]),
    ],
)
def test_the_command_line_says_which_models_and_seeds(
    arguments: list, models: list, seeds: list, train_pocket: ModuleType
) -> None:
    wanted = train_pocket.wanted_runs(arguments)
    assert (wanted.models, wanted.seeds) == (models, seeds)


def test_an_unknown_model_is_refused(capsys: pytest.CaptureFixture, train_pocket: ModuleType) -> None:
    with pytest.raises(SystemExit):
        train_pocket.wanted_runs(["medium"])
    assert "model must be one of small, premium, got 'medium'" in capsys.readouterr().err
