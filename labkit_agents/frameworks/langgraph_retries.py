"""LangGraph's retries: calls on the wire when every attempt fails, and what makes it retry a wrong answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypedDict

from labkit import SMALL

from ..server import FaultPlan, Server, serve
from .measurement import BILLED, SOON_SEC, Measurement, Prediction, measurement_of, predicted_by
from .one_loop import run

STEPS = 12
TASKS = 150
TIMEOUT_SEC = 2.0
"""What a client waits, in real seconds, for an endpoint that hangs."""


class State(TypedDict, total=False):
    """What travels along the edges of a graph."""

    task: str
    answer: str
    step: int
    tries: int


def asks(url: str, max_retries: int = 2, timeout: float = 600.0) -> Callable[[State], Any]:
    """A node that asks the small model; 2 is the client's own default."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=max_retries, timeout=timeout)

    async def ask(state: State) -> State:
        prompt = f"{state['task']}, step {state.get('step', 0)}"
        reply = await client.chat.completions.create(model="small", messages=[{"role": "user", "content": prompt}])
        return {"answer": reply.choices[0].message.content or ""}

    return ask


def client_default(url: str) -> Any:
    """A node without a policy: the client retries twice."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("ask", asks(url, timeout=TIMEOUT_SEC))
    graph.add_edge(START, "ask")
    return graph.compile()


def policy_alone(url: str) -> Any:
    """A node with a retry policy, and a client that does not retry; the policy's waits are set to 0."""
    from langgraph.graph import START, StateGraph
    from langgraph.types import RetryPolicy

    graph = StateGraph(State)
    policy = RetryPolicy(initial_interval=0, jitter=False)
    graph.add_node("ask", asks(url, max_retries=0, timeout=TIMEOUT_SEC), retry_policy=policy)
    graph.add_edge(START, "ask")
    return graph.compile()


def policy_and_client(url: str) -> Any:
    """The same policy, and a client with retries of its own: both retry."""
    from langgraph.graph import START, StateGraph
    from langgraph.types import RetryPolicy

    graph = StateGraph(State)
    policy = RetryPolicy(initial_interval=0, jitter=False)
    graph.add_node("ask", asks(url, timeout=TIMEOUT_SEC), retry_policy=policy)
    graph.add_edge(START, "ask")
    return graph.compile()


def no_gate(url: str) -> Any:
    """Twelve steps that take whatever comes back."""
    from langgraph.graph import START, StateGraph

    graph, ask = StateGraph(State), asks(url)
    for step in range(STEPS):
        graph.add_node(f"step {step}", _at_step(ask, step))
        graph.add_edge(f"step {step - 1}" if step else START, f"step {step}")
    return graph.compile()


def gate_that_raises(url: str, named: bool = True) -> Any:
    """A gate in each of twelve steps that raises ValueError, and one retry, which must name that error."""
    from langgraph.graph import START, StateGraph
    from langgraph.types import RetryPolicy

    once = RetryPolicy(max_attempts=2, initial_interval=0, jitter=False)
    policy = once._replace(retry_on=ValueError) if named else once
    graph, ask = StateGraph(State), asks(url)
    for step in range(STEPS):
        graph.add_node(f"step {step}", _gated(_at_step(ask, step)), retry_policy=policy)
        graph.add_edge(f"step {step - 1}" if step else START, f"step {step}")
    return graph.compile()


def gate_as_edge(url: str) -> Any:
    """The gate as an edge that leads back once; whatever the second attempt says goes on."""
    from langgraph.graph import END, START, StateGraph

    ask = asks(url)

    async def work(state: State) -> State:
        step, tries = state.get("step", 0), state.get("tries", 0)
        done = await ask({**state, "step": step})
        passed = done["answer"] == "RIGHT" or tries == 1
        spoilt = state.get("answer") == "WRONG" or (passed and done["answer"] != "RIGHT")
        return {"answer": "WRONG" if spoilt else "RIGHT", "step": step + passed, "tries": 0 if passed else 1}

    graph = StateGraph(State)
    graph.add_node("work", work)
    graph.add_edge(START, "work")
    graph.add_conditional_edges("work", lambda state: END if state["step"] == STEPS else "work")
    return graph.compile()


def _at_step(ask: Callable[[State], Any], step: int) -> Callable[[State], Any]:
    """The node of one step; it remembers a wrong answer, since the steps after it build on it."""

    async def work(state: State) -> State:
        done = await ask({**state, "step": step})
        return {"answer": "WRONG" if state.get("answer") == "WRONG" else done["answer"]}

    return work


def _gated(work: Callable[[State], Any]) -> Callable[[State], Any]:
    async def checked(state: State) -> State:
        done = await work(state)
        if done["answer"] != "RIGHT":
            raise ValueError("the gate rejects the answer")
        return done

    return checked


def measure_retries() -> list[Measurement]:
    """Calls on the wire when every attempt fails, by what was left as it is and by kind of fault."""
    found = []
    with serve() as server:
        for build, words, layers in (
            (client_default, "client default", {"400": (1,), "timeout": (3,), "cut": (3,)}),
            (policy_alone, "RetryPolicy(), client without retries", {"400": (3,), "timeout": (3,), "cut": (3,)}),
            (policy_and_client, "RetryPolicy() and client default", {"400": (1, 3), "timeout": (3, 3), "cut": (3, 3)}),
        ):
            both = (3, 3) if build is policy_and_client else (3,)
            for kind, each in {"500": both, "429": both, **layers}.items():
                found.append(_fail_always(server, build, words, kind, each))
    return found


def measure_soft_failures() -> list[Measurement]:
    """Twelve steps of the small model: no gate, a gate that is not retried, one that is, and a gate as an edge."""
    p, tries = SMALL.p_ok, f"expected_attempts({SMALL.p_ok}, 1)"
    gated = f"with_retries({p}, 1)"
    found = []
    with serve() as server:
        for build, words, step, calls, error in (
            (no_gate, "no gate", p, str(STEPS), 0.0),
            (
                lambda url: gate_that_raises(url, named=False), "gate raises ValueError, RetryPolicy(max_attempts=2)",
                p, f"steps_until_failure({p}, {STEPS})", spread_of_calls(p, STEPS, 1),
            ),
            (
                gate_that_raises, "gate raises ValueError, RetryPolicy(max_attempts=2, retry_on=ValueError)", gated,
                f"steps_until_failure({gated}, {STEPS}) * {tries}",
                spread_of_calls(p, STEPS, 2),
            ),
            (
                gate_as_edge, "gate as an edge that leads back once", gated, f"{STEPS} * {tries}",
                (STEPS * p * (1 - p)) ** 0.5,
            ),
        ):  # fmt: skip
            server.reset(FaultPlan())
            right = run(_run_all(build(server.url)))
            law = _law_of_tasks(calls, f"chain_success({step}, {STEPS})", error)
            own = {"tasks": TASKS, "successes": right, "predicted": law, "in_turn": True}
            own["counts"] = {"steps": STEPS, "p of a step": p}
            rows = server.log.settled()
            found.append(measurement_of(rows, "soft failures", "LangGraph", words, **own))
    return found


def _law_of_tasks(calls: str, share: str, error: float) -> Prediction:
    """What the calls and the success of one task come to for all of them; ``error`` is of one task's calls."""
    formula = f"calls = {TASKS} * {calls}; usd = {TASKS} * {calls} * {SMALL.usd}; successes = {TASKS} * {share}"
    return predicted_by(formula, calls_error=error * TASKS**0.5, usd_error=error * TASKS**0.5 * SMALL.usd)


def spread_of_calls(p: float, steps: int, attempts: int) -> float:
    """The standard deviation of the calls of a chain whose steps have so many attempts, and which ends where all fail.

    The steps are counted from the last: what a step calls, and, where an attempt is right, what comes after it.

    >>> round(spread_of_calls(0.5, steps=1, attempts=2), 3), round(spread_of_calls(0.945, steps=12, attempts=2), 3)
    (0.5, 1.368)
    """
    mean = square = 0.0
    for _ in range(steps):
        ways = [(n, p * (1 - p) ** (n - 1), mean, square) for n in range(1, attempts + 1)]
        ways.append((attempts, (1 - p) ** attempts, 0.0, 0.0))
        mean = sum(share * (n + after) for n, share, after, _ in ways)
        square = sum(share * (n**2 + 2 * n * after + squared) for n, share, after, squared in ways)
    return (square - mean**2) ** 0.5


async def _run_all(graph: Any) -> int:
    """How many tasks come out right, some at a time."""
    at_once = asyncio.Semaphore(10)

    async def solve(task: int) -> bool:
        async with at_once:
            try:
                done = await graph.ainvoke({"task": f"task {task}"}, {"recursion_limit": 100})
            except ValueError:
                return False
            return bool(done["answer"] == "RIGHT")

    return sum(await asyncio.gather(*map(solve, range(TASKS))))


def _fail_always(
    server: Server, build: Callable[[str], Any], words: str, kind: str, layers: tuple[int, ...]
) -> Measurement:
    """One task of which every attempt fails in one way."""
    server.reset(FaultPlan(hard=1.0, kinds=(kind,), retry_after_sec=SOON_SEC))
    try:
        run(build(server.url).ainvoke({"task": "task"}))
    except Exception as error:  # the client's own errors, which are many
        raised = type(error).__name__
    else:
        raise RuntimeError(f"{words}, {kind}: no error was raised")
    calls = f"calls_through_layers({layers})"
    usd = f"{calls} * {SMALL.usd}" if kind in BILLED else "0"
    law = predicted_by(f"calls = {calls}; usd = {usd}; successes = 0")
    own = {"successes": 0, "predicted": law, "note": f"every attempt fails; raises {raised}"}
    return measurement_of(server.log.settled(), "retries", "LangGraph", f"{words}: {kind}", **own)


CONDITIONS = {"langgraph_retries": measure_retries, "langgraph_soft_failures": measure_soft_failures}
