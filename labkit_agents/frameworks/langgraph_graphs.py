"""LangGraph's graphs: supersteps against the critical path, a branch that fails, caches, and resuming after a crash."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from labkit import PREMIUM, SMALL

from ..server import SERVED, FaultPlan, Server, serve
from .measurement import Measurement, measurement_of, predicted_by
from .one_loop import run
from .waited_for import critical_sec

PACE = 1.0
"""Real seconds for each of the card's, where the order of the calls is what is measured."""
SHORT = 1
"""The most tokens of a short reply of the small model, which takes about .04 s; a long one takes .4 s."""
CALLERS = 5
TIMEOUT_SEC = 1.0
"""What a client waits, in real seconds, for an endpoint that hangs; at pace 1 the premium model answers after 2."""


class _Answers(TypedDict, total=False):
    """What comes out; the answers of branches that run side by side are put together."""

    answers: Annotated[list[str], operator.add]


class State(_Answers, total=False):
    """What travels along the edges of a graph."""

    task: str


def asks(url: str, name: str, model: str = "small", **options: Any) -> Callable[[State], Any]:
    """A node that asks a model; its client does not retry."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)

    async def ask(state: State) -> State:
        messages: Any = [{"role": "user", "content": f"{state['task']}, {name}"}]
        reply = await client.chat.completions.create(model=model, messages=messages, **options)
        return {"answers": [f"{name}: {reply.choices[0].message.content}"]}

    return ask


def two_chains(url: str) -> Any:
    """Two chains in one graph: a long call and then a short one, beside a short one and then a long one."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("a1", asks(url, "a1"))
    graph.add_node("a2", asks(url, "a2", max_tokens=SHORT))
    graph.add_node("b1", asks(url, "b1", max_tokens=SHORT))
    graph.add_node("b2", asks(url, "b2"))
    for first, then in ((START, "a1"), ("a1", "a2"), (START, "b1"), ("b1", "b2")):
        graph.add_edge(first, then)
    return graph.compile()


def two_subgraphs(url: str) -> Any:
    """The same calls, each chain in a subgraph of its own, so that neither waits for the other."""
    from langgraph.graph import START, StateGraph

    whole = StateGraph(State)
    limited: dict[str, Any] = {"max_tokens": SHORT}
    for name, limits in (("a", ({}, limited)), ("b", (limited, {}))):
        chain = StateGraph(State, output_schema=_Answers)
        for place, limit in enumerate(limits, 1):
            chain.add_node(f"{name}{place}", asks(url, f"{name}{place}", **limit))
            chain.add_edge(f"{name}{place - 1}" if place > 1 else START, f"{name}{place}")
        whole.add_node(name, chain.compile())
        whole.add_edge(START, name)
    return whole.compile()


def failing_branch(url: str) -> Any:
    """Three branches side by side, of which the small model's times out while the others are being answered."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("one", asks(url, "one", "premium"))
    graph.add_node("two", asks(url, "two", "premium"))
    graph.add_node("three", asks(url, "three", "small", timeout=TIMEOUT_SEC))
    for name in ("one", "two", "three"):
        graph.add_edge(START, name)
    return graph.compile()


def cached_node(url: str) -> Any:
    """A node whose answers are kept in memory, by its whole input and for ever, as is the default."""
    from langgraph.cache.memory import InMemoryCache
    from langgraph.graph import START, StateGraph
    from langgraph.types import CachePolicy

    graph = StateGraph(State)
    graph.add_node("ask", asks(url, "ask", "premium"), cache_policy=CachePolicy())
    graph.add_edge(START, "ask")
    return graph.compile(cache=InMemoryCache())


def chain_with_checkpoints(url: str) -> Any:
    """Three calls one after the other, the last of the small model, with a checkpoint after each step."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    for name, before, model in (("1", START, "premium"), ("2", "1", "premium"), ("3", "2", "small")):
        graph.add_node(name, asks(url, name, model))
        graph.add_edge(before, name)
    return graph.compile(checkpointer=InMemorySaver())


def branches_with_checkpoints(url: str) -> Any:
    """A call of each model side by side, with a checkpoint after the step that holds both."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("sure", asks(url, "sure", "premium"))
    graph.add_node("slow", asks(url, "slow", "small", timeout=TIMEOUT_SEC))
    graph.add_edge(START, "sure")
    graph.add_edge(START, "slow")
    return graph.compile(checkpointer=InMemorySaver())


def measure_supersteps() -> list[Measurement]:
    """Two chains as supersteps and as subgraphs, by the card's seconds of the calls that waited for one another."""
    long, short = SMALL.sec, _short_sec()
    found = []
    with serve(FaultPlan(soft=0.0), pace=PACE) as server:
        for build, words, sec in (
            (two_chains, "two chains in one graph", f"staged([[{long}, {short}], [{short}, {long}]])"),
            (
                two_subgraphs, "two chains as two subgraphs",
                f"longest_path([{long}, {short}, {short}, {long}], [[], [0], [], [2]])",
            ),
        ):  # fmt: skip
            server.reset()
            run(build(server.url).ainvoke({"task": words}))
            rows = server.log.settled()
            law = predicted_by(f"calls = 4; sec = {sec}")
            own = {"sec": round(critical_sec(rows), 9), "predicted": law, "note": "seconds by the card, see waited_for"}
            found.append(measurement_of(rows, "graph", "LangGraph", words, **own))
    return found


def measure_failing_branch() -> list[Measurement]:
    """What two premium calls cost that a third branch's failure made worthless."""
    plan = FaultPlan(soft=0.0, models={"small": FaultPlan(hard=1.0, kinds=("timeout",), hang_sec=5)})
    with serve(plan, pace=PACE) as server:
        raised = run(_fail(failing_branch(server.url), server))
        rows = server.log.settled()
    law = predicted_by(f"calls = 3; usd = 2 * {PREMIUM.usd} + {SMALL.usd}; successes = 0")
    own = {"successes": 0, "predicted": law, "note": f"raises {raised}; no answer of the other two comes out"}
    return [measurement_of(rows, "graph", "LangGraph", "one branch of three times out", **own)]


def measure_cache() -> list[Measurement]:
    """Five callers at once, five one after the other, and what is kept of a wrong answer."""
    found = []
    with serve() as server:

        async def ask(at_once: bool) -> list[str]:
            graph = cached_node(server.url)
            asked = [graph.ainvoke({"task": "the same"}) for _ in range(CALLERS)]
            done = await asyncio.gather(*asked) if at_once else [await each for each in asked]
            return [each["answers"][0] for each in done]

        for words, at_once, soft, paid in (
            ("five identical callers at once", True, 0.0, CALLERS),
            ("five identical callers, one after the other", False, 0.0, 1),
            ("the same, where the answer is wrong", False, 1.0, 1),
        ):
            server.reset(FaultPlan(soft=soft))
            right = sum("RIGHT" in answer for answer in run(ask(at_once)))
            law = predicted_by(f"calls = {paid}; usd = {paid} * {PREMIUM.usd}; successes = {CALLERS * (1 - soft)}")
            own = {"tasks": CALLERS, "successes": right, "predicted": law, "in_turn": True}
            found.append(measurement_of(server.log.settled(), "cache", "LangGraph", words, **own))
    return found


def measure_resume() -> list[Measurement]:
    """What is paid again when a run that failed goes on from its checkpoint, or is begun anew."""
    found = []
    for words, build, pace, fault, keep in (
        ("third of three in a row fails, resumed", chain_with_checkpoints, 0.0, "500", True),
        ("third of three in a row fails, begun anew", chain_with_checkpoints, 0.0, "500", False),
        ("a branch times out after the other is done, resumed", branches_with_checkpoints, 0.0, "timeout", True),
        ("a branch times out before the other is done, resumed", branches_with_checkpoints, PACE, "timeout", True),
    ):
        plan = FaultPlan(soft=0.0, models={"small": FaultPlan(soft=0.0, attempts=(fault, "ok"), hang_sec=5)})
        with serve(plan, pace=pace) as server:
            graph = build(server.url)
            raised = run(_fail(graph, server))
            first = len(server.log)
            config = {"configurable": {"thread_id": "first" if keep else "second"}}
            done = run(graph.ainvoke(None if keep else {"task": "task"}, config))
            rows = server.log.settled()
        right = len(done["answers"]) == (2 if build is branches_with_checkpoints else 3)
        own = {
            "successes": int(right), "counts": {"calls after the failure": len(rows) - first},
            "note": f"raises {raised}", "in_turn": build is chain_with_checkpoints,
        }  # fmt: skip
        found.append(measurement_of(rows, "graph", "LangGraph", words, **own))
    return found


async def _fail(graph: Any, server: Server) -> str:
    """The name of the error that a run raises; what it had under way has ended by then."""
    try:
        await graph.ainvoke({"task": "task"}, {"configurable": {"thread_id": "first"}})
    except Exception as error:
        await asyncio.to_thread(server.log.settled)
        return type(error).__name__
    raise RuntimeError("the run was to fail")


def _short_sec() -> float:
    return float(SERVED["small"].card.bill(1000, 0, SHORT).sec)


CONDITIONS = {
    "langgraph_supersteps": measure_supersteps,
    "langgraph_failing_branch": measure_failing_branch,
    "langgraph_cache": measure_cache,
    "langgraph_resume": measure_resume,
}
