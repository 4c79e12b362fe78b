"""Trains the pocket models: language models on a toy language. Needs torch; runs on one core of a CPU.

    python tools/train_pocket.py                    both models, three seeds each, then picks and ships one of each
    python tools/train_pocket.py small --seeds 4 5  further seeds of one model

Every run prints a table of checkpoints. Runs that ended lie in build/pocket/ and are not done again. What is picked: of
the checkpoints in the last quarter of all runs of a model, the one whose expected accuracy on the default mix is
nearest its aim. Expected accuracy is the probability of the right reply at temperature 1, without any sampling.
Then run tools/measure_pocket.py, which measures the shipped weights and writes the model card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from pocket_batches import TRAINING_MIX, UNASKED, Batch, make_batch, training_batches
from pocket_torch import Network
from torch.nn import functional

from labkit_agents.pocket.sums import DEFAULT_MIX, draw_sums

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "build" / "pocket"
SHIPPED = ROOT / "labkit_agents" / "pocket"
VALIDATION_SUMS, VALIDATION_SEED = 2_000, 1_000_000
CHECKPOINTS = 24


@dataclass(frozen=True)
class Recipe:
    """A network's size, how it is trained, and the accuracy on the default mix that is aimed at."""

    layers: int
    width: int
    heads: int
    hidden: int
    learning_rate: float
    steps: int
    batch: int
    aim: float


RECIPES = {
    "small": Recipe(1, 16, 4, 64, learning_rate=8e-3, steps=4_560, batch=128, aim=0.945),
    "premium": Recipe(2, 64, 4, 256, learning_rate=4e-3, steps=4_320, batch=128, aim=0.985),
}
SEEDS = (1, 2, 3)


def train(name: str, recipe: Recipe, seed: int) -> list[dict]:
    """Train one network; the table of its checkpoints, whose weights lie beside it."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network(recipe.layers, recipe.width, recipe.heads, recipe.hidden)
    optimizer = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    checks, losses, begin = validation_batches(), [], time.process_time()
    rows: list[dict] = []
    print(f"\n{name}, seed {seed}: {sum(p.numel() for p in network.parameters()):,} parameters, {recipe.steps} steps")
    print(f"{'step':>6} {'CPU sec':>8} {'loss':>7}" + "".join(f"{k:>7} no." for k in DEFAULT_MIX) + f"{'mix':>8}")
    batches = training_batches(rng, recipe.batch)
    for step in range(1, recipe.steps + 1):
        losses.append(descend(network, optimizer, next(batches), learning_rate(recipe, step)))
        if step % (recipe.steps // CHECKPOINTS) == 0:
            by_count = {str(count): expected_accuracy(network, check) for count, check in checks.items()}
            mix = float(np.mean(list(by_count.values())))
            row = {"step": step, "cpu_sec": round(time.process_time() - begin, 1), "loss": float(np.mean(losses))}
            rows.append({**row, "by_operands": by_count, "mix": mix})
            shown = "".join(f"{p:11.4f}" for p in by_count.values())
            print(f"{step:6} {row['cpu_sec']:8.1f} {row['loss']:7.4f}{shown}{mix:8.4f}", flush=True)
            np.savez(RUNS / f"{name}-{seed}-{step}.npz", **network.arrays())
            losses.clear()
    return rows


def learning_rate(recipe: Recipe, step: int) -> float:
    """Up in the first hundred steps, then down along a cosine to a twentieth."""
    cosine = 0.5 * (1 + np.cos(np.pi * step / recipe.steps))
    return float(recipe.learning_rate * min(1, step / 100) * (0.05 + 0.95 * cosine))


def descend(network: Network, optimizer: torch.optim.Optimizer, batch: Batch, rate: float) -> float:
    """One step down the gradient; the loss before it."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    logits = network(*batch[:4])
    loss = functional.cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), ignore_index=UNASKED)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.item())


def validation_batches() -> dict[int, Batch]:
    """Sums that choose the checkpoint; the model card is measured on others."""
    rng = np.random.default_rng(VALIDATION_SEED)
    return {count: make_batch(draw_sums(VALIDATION_SUMS, rng, (count,)), rng) for count in DEFAULT_MIX}


def expected_accuracy(network: Network, batch: Batch) -> float:
    """The mean probability of the whole right reply at temperature 1."""
    with torch.no_grad():
        log_probs = torch.log_softmax(network(*batch[:4]), dim=-1)
    asked = batch.labels != UNASKED
    right = log_probs.gather(-1, batch.labels.clamp(min=0)[..., None])[..., 0]
    return float((right * asked).sum(dim=1).exp().mean())


def pick(name: str, recipe: Recipe) -> None:
    """The checkpoint nearest the aim goes where the library reads it; a summary of all runs is for the model card."""
    tables = sorted(RUNS.glob(f"{name}-*.json"))
    runs = {int(table.stem.rpartition("-")[2]): json.loads(table.read_text()) for table in tables}
    late = [(seed, row) for seed, rows in runs.items() for row in rows if row["step"] > 0.75 * recipe.steps]
    seed, row = min(late, key=lambda one: abs(one[1]["mix"] - recipe.aim))
    weights = RUNS / f"{name}-{seed}-{row['step']}.npz"
    (SHIPPED / f"{name}.npz").write_bytes(weights.read_bytes())
    print(f"{name}: ships seed {seed}, step {row['step']}: {row['mix']:.4f} expected, {recipe.aim} aimed at")
    shipped = {"seed": seed, "step": row["step"], "expected": row["mix"]}
    summary = {"recipe": asdict(recipe), "training_mix": TRAINING_MIX, "runs": runs, "shipped": shipped}
    (RUNS / f"{name}.json").write_text(json.dumps(summary, indent=1))


def wanted_runs(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Which models, and which seeds; the command line's, unless given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="model", help=f"{' or '.join(RECIPES)}; default: both")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), help="default: 1 2 3")
    wanted = parser.parse_args(arguments)
    wanted.models = wanted.models or list(RECIPES)
    for name in wanted.models:
        if name not in RECIPES:
            parser.error(f"model must be one of {', '.join(RECIPES)}, got {name!r}")
    return wanted


def main() -> None:
    """Train what is asked for and not yet done, then pick."""
    wanted = wanted_runs()
    torch.set_num_threads(1)
    RUNS.mkdir(parents=True, exist_ok=True)
    for name in wanted.models:
        for seed in wanted.seeds:
            table = RUNS / f"{name}-{seed}.json"
            if not table.exists():
                table.write_text(json.dumps(train(name, RECIPES[name], seed), indent=1))
        pick(name, RECIPES[name])


if __name__ == "__main__":
    main()
