"""LiteLLM: answers that come and are wrong. Nothing tries them again."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from labkit import SMALL

from ..server import FaultPlan, Server
from .litellm_parts import at_server, question, settled, text_of
from .measurement import Measurement, measurement_of, predicted_by

TASKS, STEPS = 100, 12


async def chain(url: str, questions: list[str], **switches: Any) -> list[str | None]:
    """A chain of steps, each an own call."""
    from litellm import acompletion

    there = {"api_base": url, "api_key": "none", **switches}
    return [await text_of(acompletion("openai/small", question(each), **there)) for each in questions]


async def measure_chains(server: Server) -> list[Measurement]:
    """Chains of twelve steps as LiteLLM comes, and with retries switched on."""
    found = []
    for switches in ({}, {"num_retries": 2}):
        server.reset(FaultPlan())
        tasks = [
            [f"Task {task}, step {step}: what is {task}+{step}?" for step in range(STEPS)] for task in range(TASKS)
        ]
        right = 0
        for some in range(0, TASKS, 20):
            answers = await asyncio.gather(*(chain(server.url, each, **switches) for each in tasks[some : some + 20]))
            right += sum(map(all_right, tasks[some : some + 20], answers))
        formula = (
            f"calls = {TASKS} * {STEPS}; usd = {TASKS} * {STEPS} * {SMALL.usd}; "
            f"successes = {TASKS} * chain_success({SMALL.p_ok}, {STEPS})"
        )
        words = "num_retries=2" if switches else "as it comes"
        found.append(
            measurement_of(
                await settled(server), "soft failures", "LiteLLM", f"twelve steps at p = .945, no gate, {words}",
                tasks=TASKS, successes=right, predicted=predicted_by(formula),
                note="an answer that came is a success to every retry switch",
            )
        )  # fmt: skip
    return found


def all_right(questions: list[str], answers: list[str | None]) -> bool:
    """Whether each answer is the sum that its question asks for."""
    sums = [sum(map(int, re.findall(r"\d+", each.split(":")[1]))) for each in questions]
    return [str(each) for each in sums] == answers


CONDITIONS = {"litellm_soft": at_server(measure_chains)}
