"""LangGraph: a router as an edge, a fallback as an error handler, and the limit of supersteps."""

from __future__ import annotations

from typing import Any

from labkit import PREMIUM, SMALL

from ..server import FaultPlan, serve
from .langgraph_graphs import State, asks
from .measurement import SOON_SEC, Measurement, measurement_of, predicted_by
from .one_loop import run

ASKED, LIMIT = 20, 4


def router(url: str) -> Any:
    """An edge that chooses the model by a rule of one's own; here the prompt's first word."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("small", asks(url, "router"))
    graph.add_node("premium", asks(url, "router", "premium"))
    graph.add_conditional_edges(START, lambda state: "premium" if state["task"].startswith("hard") else "small")
    return graph.compile()


def fallback(url: str) -> Any:
    """A node with an error handler, which asks the other model once the first has failed for good."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    other = asks(url, "fallback")

    async def ask_small(state: State) -> Any:
        return await other(state)

    graph.add_node("premium", asks(url, "fallback", "premium"), error_handler=ask_small)
    graph.add_edge(START, "premium")
    return graph.compile()


def circle(url: str) -> Any:
    """A node that leads back to itself."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    graph.add_node("ask", asks(url, "circle"))
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "ask")
    return graph.compile()


def measure_levers() -> list[Measurement]:
    """Half of the questions to premium; a fallback from a model that is down; a circle, and what ends it."""
    down = FaultPlan(soft=0.0, models={"premium": FaultPlan(hard=1.0, kinds=("500",), retry_after_sec=SOON_SEC)})
    found = []
    with serve(FaultPlan(soft=0.0)) as server:
        graph = router(server.url)
        tasks = [f"{'hard' if n % 2 else 'easy'} {n}" for n in range(ASKED)]
        right = sum("RIGHT" in run(graph.ainvoke({"task": task}))["answers"][0] for task in tasks)
        rows = server.log.settled()
        usd, sec = (
            f"{ASKED} * routed_cost(1 / 2, {a}, {b})" for a, b in ((SMALL.usd, PREMIUM.usd), (SMALL.sec, PREMIUM.sec))
        )
        law = predicted_by(f"calls = {ASKED}; usd = {usd}; successes = {ASKED}; sec = {sec}")
        own: dict[str, Any] = {"tasks": ASKED, "successes": right, "predicted": law, "in_turn": True}
        found.append(measurement_of(rows, "routing", "LangGraph", "an edge that sends half to premium", **own))
        server.reset(down)
        right = int("RIGHT" in run(fallback(server.url).ainvoke({"task": "task"}))["answers"][0])
        rows = server.log.settled()
        law = predicted_by(
            f"calls = calls_through_layers((1,)) + 1; usd = {SMALL.usd}; successes = 1; sec = {SMALL.sec}"
        )
        own = {"successes": right, "predicted": law, "in_turn": True}
        found.append(measurement_of(rows, "fallback", "LangGraph", "error_handler, premium is down", **own))
        server.reset(FaultPlan(soft=0.0))
        try:
            run(circle(server.url).ainvoke({"task": "task"}, {"recursion_limit": LIMIT}))
        except Exception as error:
            raised = type(error).__name__
        else:
            raise RuntimeError(f"a circle, recursion_limit={LIMIT}: no error was raised")
        rows = server.log.settled()
        law = predicted_by(f"calls = {LIMIT}; usd = {LIMIT} * {SMALL.usd}; successes = 0; sec = {LIMIT} * {SMALL.sec}")
        own = {"successes": 0, "predicted": law, "in_turn": True, "note": f"raises {raised}"}
        found.append(measurement_of(rows, "budget", "LangGraph", f"a circle, recursion_limit={LIMIT}", **own))
    return found


CONDITIONS = {"langgraph_levers": measure_levers}
