"""LiteLLM: answers that come and are wrong. Nothing tries them again."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from labkit import SMALL

from ..server import FaultPlan, Server
from .litellm_parts import at_server, question, settled, text_of
from .measurement import Measurement, measurement_of, predicted_by

TASKS, STEPS, TYPED = 100, 12, 200


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
            f"calls = {TASKS} * {STEPS}; usd = {TASKS} * {STEPS} * {SMALL.usd}; sec = {TASKS} * {STEPS} * {SMALL.sec}; "
            f"successes = {TASKS} * chain_success({SMALL.p_ok}, {STEPS})"
        )
        words = "num_retries=2" if switches else "as it comes"
        found.append(
            measurement_of(
                await settled(server), "soft failures", "LiteLLM", f"twelve steps at p = .945, no gate, {words}",
                in_turn=True, tasks=TASKS, successes=right, predicted=predicted_by(formula),
                counts={"steps": STEPS, "p of a step": SMALL.p_ok},
                note="an answer that came is a success to every retry switch",
            )
        )  # fmt: skip
    return found


async def typed(url: str, text: str, **switches: Any) -> Any:
    """A call whose answer must be JSON of a form, and is compared with it only where that is switched on."""
    from litellm import acompletion
    from pydantic import BaseModel

    class Total(BaseModel):
        total: int

    there = {"api_base": url, "api_key": "none", **switches}
    return await acompletion("openai/small", question(text), response_format=Total, **there)


async def measure_typed(server: Server) -> list[Measurement]:
    """Answers that are no JSON and answers with a wrong value, with and without a look at the form."""
    found = []
    texts = [f"What is {a}+5?" for a in range(TYPED)]
    for kind, words, switches in [
        ("malformed", "malformed JSON", {}),
        ("malformed", "malformed JSON, enable_json_schema_validation", {"enable_json_schema_validation": True}),
        ("wrong", "a wrong value, enable_json_schema_validation", {"enable_json_schema_validation": True}),
    ]:  # fmt: skip
        server.reset(FaultPlan(soft=1 - SMALL.p_ok, soft_kind=kind))
        answers: list[str | None] = []
        for some in range(0, TYPED, 25):
            asked = [text_of(typed(server.url, text, **switches)) for text in texts[some : some + 25]]
            answers += await asyncio.gather(*asked)
        right = sum(answer == f'{{"total": {a + 5}}}' for a, answer in enumerate(answers))
        law = f"calls = {TYPED}; usd = {TYPED} * {SMALL.usd}; sec = {TYPED} * {SMALL.sec}; "
        law += f"successes = {TYPED} * {SMALL.p_ok}"
        rows = await settled(server)
        counts = {"raised": answers.count(None), "soft faults": sum(row.fault == kind for row in rows)}
        found.append(
            measurement_of(
                rows, "soft failures", "LiteLLM", f"response_format, {words}", tasks=TYPED, successes=right,
                in_turn=True, predicted=predicted_by(law), counts=counts,
            )
        )  # fmt: skip
    return found


def all_right(questions: list[str], answers: list[str | None]) -> bool:
    """Whether each answer is the sum that its question asks for."""
    sums = [sum(map(int, re.findall(r"\d+", each.split(":")[1]))) for each in questions]
    return [str(each) for each in sums] == answers


CONDITIONS = {"litellm_soft": at_server(measure_chains, measure_typed)}
