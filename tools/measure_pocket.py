"""Measures the shipped pocket models and writes the model card. Needs no torch.

    python tools/measure_pocket.py            measures for minutes, writes docs/model_card.json and docs/model_card.md
    python tools/measure_pocket.py --text     writes docs/model_card.md anew from docs/model_card.json

The sums are drawn with seeds that neither training nor the choice of the checkpoint has used.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pocket_card_text import card_text

from labkit_agents import pocket
from labkit_agents.pocket.sums import Sum
from labkit_agents.pocket.weights import FOLDER

ROOT = Path(__file__).resolve().parent.parent
FIGURES, CARD, RUNS = ROOT / "docs" / "model_card.json", ROOT / "docs" / "model_card.md", ROOT / "build" / "pocket"
SEED = 2_000_000
PER_COUNT, PER_SETTING, PER_UNTRAINED, REPEATS = 20_000, 5_000, 2_000, 20
TEMPERATURES = (0.0, 0.5, 1.0, 1.5)
PREFIX_LENGTHS = (0, 16, 64, 256, 1024)
WORDS = "you add numbers and you say the sum and nothing else "


def right(
    model: pocket.PocketModel, sums: Sequence[Sum], *, id: str = "card", temperature: float = 1.0, prefix: str = ""
) -> np.ndarray:
    """Which of the sums the model gets right."""
    fields = {"prefix": prefix, "id": id, "seed": SEED, "temperature": temperature}
    replies = model.complete([pocket.Call(pocket.write_sum(numbers), **fields) for numbers in sums])
    return np.array([reply.text == str(sum(numbers)) for reply, numbers in zip(replies, sums, strict=True)])


def counted(hits: np.ndarray) -> list[int]:
    """How many were right, of how many."""
    return [int(hits.sum()), int(hits.size)]


def by_difficulty(model: pocket.PocketModel) -> dict[str, Any]:
    """Right replies by how many numbers are added, and on the default mix by carries."""
    sums = {count: pocket.draw_sums(PER_COUNT, SEED + count, (count,)) for count in (1, 2, 3, 4)}
    sampled = {count: right(model, drawn) for count, drawn in sums.items()}
    mix = [numbers for count in pocket.DEFAULT_MIX for numbers in sums[count]]
    hits = np.concatenate([sampled[count] for count in pocket.DEFAULT_MIX])
    carried = np.array([pocket.carries(numbers) for numbers in mix])
    return {
        "by_operands": {count: counted(found) for count, found in sampled.items()},
        "by_operands_greedy": {n: counted(right(model, drawn, temperature=0)) for n, drawn in sums.items()},
        "by_carries": {number: counted(hits[carried == number]) for number in sorted(set(carried.tolist()))},
        "mix": counted(hits),
    }


def by_setting(model: pocket.PocketModel) -> dict[str, Any]:
    """Right replies at other temperatures, after longer prefixes and on longer sums."""
    sums = pocket.draw_sums(PER_SETTING, SEED + 10)
    text = WORDS * (max(PREFIX_LENGTHS) // len(WORDS) + 1)
    longer = {n: pocket.draw_sums(PER_UNTRAINED, SEED + n, (n,)) for n in (5, 6)}
    return {
        "by_temperature": {t: counted(right(model, sums, temperature=t)) for t in TEMPERATURES},
        "by_prefix": {length: counted(right(model, sums, prefix=text[:length])) for length in PREFIX_LENGTHS},
        "untrained": {n: counted(right(model, drawn)) for n, drawn in longer.items()},
        "over_largest": counted(right(model, too_large())),
    }


def too_large() -> list[Sum]:
    """Two to four numbers of four digits whose total the language cannot hold."""
    rng = np.random.default_rng(SEED)
    drawn = [
        tuple(rng.integers(1_000, 10_000, size=rng.choice(pocket.DEFAULT_MIX)).tolist()) for _ in range(PER_SETTING)
    ]
    return [numbers for numbers in drawn if sum(numbers) > pocket.LARGEST][:PER_UNTRAINED]


def repeated(model: pocket.PocketModel) -> dict[str, Any]:
    """Each sum asked many times: does an error come again? Pairs of tries of one sum, after a wrong first."""
    sums = pocket.draw_sums(PER_SETTING, SEED + 20, (4,))
    wrong = ~np.stack([right(model, sums, id=f"try {i}") for i in range(REPEATS)])
    after_wrong = wrong.sum(axis=0)
    pairs, again = int((after_wrong * (REPEATS - 1)).sum()), int((after_wrong * (after_wrong - 1)).sum())
    return {
        "wrong_share": float(wrong.mean()),
        "wrong_again_share": again / pairs,
        "sums": PER_SETTING,
        "tries": REPEATS,
    }


def bills(model: pocket.PocketModel) -> dict[str, float]:
    """Mean tokens, dollars and seconds of a call on the default mix, without a prefix."""
    sums = pocket.draw_sums(PER_SETTING, SEED + 30)
    replies = model.complete([pocket.Call(pocket.write_sum(numbers)) for numbers in sums])
    names = ("tokens_in", "tokens_out", "usd", "sec")
    return {name: float(np.mean([getattr(reply, name) for reply in replies])) for name in names}


def overlap(models: Sequence[pocket.PocketModel]) -> dict[str, float]:
    """Are both wrong on the same sums? Beside what it would be if their errors had nothing to do with each other."""
    sums = pocket.draw_sums(PER_COUNT, SEED + 40, (4,))
    small, premium = (~right(model, sums) for model in models)
    return {"both_wrong": float((small & premium).mean()), "if_unrelated": float(small.mean() * premium.mean())}


def measured(model: pocket.PocketModel) -> dict[str, Any]:
    """All figures of one model, beside how it was trained."""
    begin = time.perf_counter()
    size = {"parameters": model.weights.parameters, "bytes": (FOLDER / f"{model.name}.npz").stat().st_size}
    runs = RUNS / f"{model.name}.json"  # without a training of one's own, the card keeps the old tables
    training = (
        json.loads(runs.read_text()) if runs.exists() else json.loads(FIGURES.read_text())[model.name]["training"]
    )
    found = {**size, **by_difficulty(model), **by_setting(model), "repeated": repeated(model), "bill": bills(model)}
    print(f"{model.name}: {time.perf_counter() - begin:.0f} s, {found['mix'][0]} of {found['mix'][1]} right on the mix")
    return {**found, "training": training}


def main() -> None:
    """Measure, unless only the text is wanted, and write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", action="store_true", help="only write the text anew")
    if not parser.parse_args().text:
        models = [pocket.small(), pocket.premium()]
        figures: dict[str, Any] = {model.name: measured(model) for model in models}
        figures["overlap"] = overlap(models)
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    CARD.write_text(card_text(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
