"""The log's truth: an independent count on the client's side, over every kind of fault, one at a time and at once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import pytest
from asking import Seen, ask, chat

from labkit_agents.server import FaultPlan, LoggedCall, Server

KINDS = ("400", "401", "408", "429", "500", "503", "timeout", "cut")
USD = {"premium": Fraction(3, 100), "small": Fraction(2, 1000)}
"""What the section says that a call costs."""
PLAN = FaultPlan(hard=0.5, kinds=KINDS, soft=0.3, hang_sec=0.0, seed=5)
FORM = {"type": "json_object"}


def draw_requests(n: int) -> list[dict[str, Any]]:
    """Requests of many shapes; some prompts come again."""
    rng = random.Random(11)
    bodies = []
    for _ in range(n):
        body = chat(f"{rng.randrange(100)} + {rng.randrange(3)}", rng.choice(["premium", "small"]))
        body["stream"] = rng.random() < 0.4
        if rng.random() < 0.3:
            body["response_format"] = FORM
        bodies.append(body)
    return bodies


def text_of(body: dict[str, Any], seen: Seen) -> str:
    if not body["stream"]:
        return str(seen.json["choices"][0]["message"]["content"])
    chunks = [chunk for chunk in seen.events if chunk != "[DONE]"]
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)


def judge(body: dict[str, Any], seen: Seen) -> str:
    """What became of a request, from what the client saw alone."""
    if not seen.whole:
        return "broken"
    if seen.status != 200:
        return str(seen.status)
    left, right = body["messages"][0]["content"].split(" + ")
    total = str(int(left) + int(right))
    return "right" if text_of(body, seen) in (total, f'{{"answer": {total}}}') else "wrong"


def tell(row: LoggedCall) -> str:
    """What became of a request, from the log alone."""
    if row.fault in ("timeout", "cut"):
        return "broken"
    return {True: "right", False: "wrong", None: row.fault}[row.right]


def run(endpoint: Server, bodies: list[dict[str, Any]], workers: int) -> tuple[list[str], tuple[LoggedCall, ...]]:
    endpoint.reset(PLAN)
    with ThreadPoolExecutor(workers) as pool:
        seen = list(pool.map(lambda body: ask(endpoint.url, body), bodies))
    return [judge(body, each) for body, each in zip(bodies, seen, strict=True)], endpoint.log.settled()


def test_the_log_agrees_with_what_clients_saw_and_with_the_bill_by_hand(endpoint: Server) -> None:
    bodies = draw_requests(400)
    seen, rows = run(endpoint, bodies, 6)
    assert len(rows) == len(bodies)
    mine = Counter((body["model"], body["stream"], became) for body, became in zip(bodies, seen, strict=True))
    assert Counter((row.model, row.stream, tell(row)) for row in rows) == mine
    assert {row.fault for row in rows} == {"", "wrong", *KINDS}
    bill = sum(USD[body["model"]] for body, became in zip(bodies, seen, strict=True) if not became.isdigit())
    assert endpoint.log.usd == pytest.approx(float(bill), rel=1e-12)
    assert endpoint.log.faults == Counter(row.fault for row in rows if row.fault)
    for row in rows:
        assert row.ended_sec is not None
        assert 0 <= row.began_sec <= row.ended_sec
        assert (row.usd > 0) == (row.fault in ("", "wrong", "timeout", "cut"))


def test_a_run_repeats_whatever_its_concurrency(endpoint: Server) -> None:
    bodies = draw_requests(150)

    def results(workers: int) -> Counter[tuple[object, ...]]:
        _, rows = run(endpoint, bodies, workers)
        return Counter((row.model, row.prompt_hash, row.attempt, row.fault, row.right, row.usd) for row in rows)

    assert results(1) == results(8)


def test_attempts_are_counted_per_prompt_and_model(endpoint: Server) -> None:
    bodies = draw_requests(150)
    _, rows = run(endpoint, bodies, 8)
    asked = Counter((body["model"], body["messages"][0]["content"]) for body in bodies)
    attempts: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        attempts.setdefault((row.model, row.prompt_hash), []).append(row.attempt)
    assert sorted(map(len, attempts.values())) == sorted(asked.values())
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in attempts.values())
