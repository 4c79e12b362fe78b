"""LangGraph and LiteLLM: lesson 12's agent, a running total, with four changes, and the traces that LiteLLM leaves.

The graph is LangGraph's, each node calls LiteLLM, and a trace is what LiteLLM's callback gets: a StandardLoggingPayload
for each call. Whether a task ended right it does not say; that stands beside it.
"""

from __future__ import annotations

import asyncio
import json
import operator
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypedDict

from labkit._inputs import one_of, one_whole
from labkit._values import by_value

from ..server import SERVED, LoggedCall, Server, serve
from ..tasks import plans
from ..tasks.checks import nines
from ..tasks.repeats import repeat_tasks
from ..tasks.tasks import Task, draw_tasks
from .litellm_parts import question, settled
from .measurement import Measurement, measurement_of, predicted_by

OPERANDS = 4
CHANGES = (
    "as it is", "premium", "one retry with a gate", "half routed", "parallelised", "cached", "cached, 200 answers kept",
)  # fmt: skip
"""What is done to the agent. Of the two caches one is LiteLLM's as it comes, the other has room for all answers."""
ORDER_MATTERS = ("one retry with a gate", "cached", "cached, 200 answers kept")
"""Where an answer may be a second try's, or was stored, it depends on who asked first; so equal tasks wait in turn."""
ROOM = 100_000
STORED_SEC = 0.05
"""LiteLLM stores an answer in the background, so a task that asks the same is begun so many real seconds later."""
MEASURED, SEED = 24, 12
"""So many tasks are measured of each change."""
Numbers = tuple[int, ...]


class State(TypedDict, total=False):
    """What travels along the edges: the task, each node's numbers, the totals so far, and which node tries again."""

    task: str
    given: Mapping[str, Numbers]
    totals: Annotated[dict[str, int], operator.or_]
    again: str


@by_value
class Traced(NamedTuple):
    """A run of tasks.

    Attributes:
        lines: the payloads that LiteLLM's callback got, each a line of JSON.
        outcomes: a row for each task: ``task``, ``right``, and ``item``, equal for tasks of the same numbers.
        calls: what the endpoint's log says.
    """

    lines: tuple[str, ...]
    outcomes: tuple[dict[str, Any], ...]
    calls: tuple[LoggedCall, ...]


def ask(url: str, choose: Callable[[Numbers], str]) -> Callable[[str, str, Numbers], Awaitable[int]]:
    """What a node calls: a sum for a task and a step; both stand where LiteLLM keeps them for its callbacks."""
    from litellm import acompletion

    prices = {
        name: {"input_cost_per_token": SERVED[name].card.usd_in, "output_cost_per_token": SERVED[name].card.usd_out}
        for name in ("pocket-small", "pocket-premium")
    }

    async def add(task: str, step: str, numbers: Numbers) -> int:
        model, known = choose(numbers), {"trace_id": task, "spend_logs_metadata": {"step": step}}
        sum_ = question("+".join(map(str, numbers)))
        reply = await acompletion(
            f"openai/{model}", sum_, api_base=url, api_key="none", metadata=known, **prices[model]
        )  # fmt: skip
        return int(reply.choices[0].message.content)

    return add


def build(plan: plans.Plan, add: Callable[[str, str, Numbers], Awaitable[int]]) -> Any:
    """The graph of a plan: a node for each of its sums, and an edge from each that a sum needs."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    for name, needs, _ in plan:
        graph.add_node(name, _as_node(name, needs, add))
        graph.add_edge(list(needs) or START, name)
    return graph.compile()


def build_checked(plan: plans.Plan, add: Callable[[str, str, Numbers], Awaitable[int]]) -> Any:
    """The same for a chain, with casting out nines behind each node, and an edge that leads back to it once."""
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(State)
    graph.add_edge(START, plan[0].name)
    for (name, needs, _), then in zip(plan, [*(node.name for node in plan[1:]), END], strict=True):
        graph.add_node(name, _as_node(name, needs, add, checked=True))
        graph.add_conditional_edges(name, _lead_back(name, then), [name, then])
    return graph.compile()


def _lead_back(name: str, then: str) -> Callable[[State], str]:
    return lambda state: name if state["again"] == name else then


def _as_node(
    name: str, needs: Sequence[str], add: Callable[[str, str, Numbers], Awaitable[int]], checked: bool = False
) -> Callable[[State], Awaitable[State]]:
    """A node that adds the totals it needs and its own numbers; checked, it says whether to try again."""

    async def node(state: State) -> State:
        numbers = (*(state["totals"][each] for each in needs), *state["given"][name])
        total = await add(state["task"], name, numbers)
        if not checked:
            return {"totals": {name: total}}
        first = state.get("again") != name
        return {"totals": {name: total}, "again": name if first and not nines.passes(numbers, total) else ""}

    return node


def make_cache(change: str) -> Any:
    """LiteLLM's cache of whole answers in memory, empty, where the change is one; else None."""
    import litellm

    if not change.startswith("cached"):
        return None
    cache = litellm.Cache(type="local")
    if change == "cached":
        cache.cache.max_size_in_memory = ROOM
    return cache


def make_callback(lines: list[str]) -> Any:
    """LiteLLM's callback that adds each payload it gets to a list, as a line of JSON."""
    from litellm.integrations.custom_logger import CustomLogger

    class Callback(CustomLogger):
        async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
            lines.append(json.dumps(kwargs["standard_logging_object"], default=str))

        async_log_failure_event = async_log_success_event

    return Callback()


def choose_model(change: str) -> Callable[[Numbers], str]:
    """Which model is asked for a sum: half routed is by whether it is odd, for a router that looks at nothing else."""
    if change == "half routed":
        return lambda numbers: "pocket-premium" if sum(numbers) % 2 else "pocket-small"
    return lambda _: "pocket-premium" if change == "premium" else "pocket-small"


class Session:
    """The agent with a change, at an endpoint of its own: tasks may come in parts, and the trace goes on.

    Where the order matters, tasks of the same numbers are run one after the other, so that no sum of what they cost and
    of how many are right depends on the clock.

    Args:
        server: with the pocket models; its log is begun anew.
        change: one of ``CHANGES``.
        at_once: so many tasks run at the same time.

    Raises:
        ValueError: a change that there is not, or fewer than one at once.
    """

    def __init__(self, server: Server, change: str, at_once: int = 1) -> None:
        self.change, self.at_once = one_of("change", change, CHANGES), one_whole("at_once", at_once, 1)
        self.server, self.add = server, ask(server.url, choose_model(change))
        self.cut = plans.pairwise if change == "parallelised" else plans.running_total
        self.lines: list[str] = []
        self.solved: list[tuple[Task, bool]] = []
        self.cache, self.callback = make_cache(change), make_callback(self.lines)
        self.alone = defaultdict[str, asyncio.Lock](asyncio.Lock)
        server.reset()

    async def run(self, tasks: Sequence[Task]) -> None:
        """Run some tasks, of equally many numbers; LiteLLM's cache and its callback are this session's from now on."""
        import litellm
        from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

        litellm.suppress_debug_info = True
        litellm.logging_callback_manager._reset_all_callbacks()
        litellm.callbacks, litellm.cache = [self.callback], self.cache
        make = build_checked if self.change == "one retry with a gate" else build
        graph, free = make(self.cut(tasks[0].numbers, OPERANDS), self.add), asyncio.Semaphore(self.at_once)
        right = await asyncio.gather(*(self._solve(graph, task, free) for task in tasks))
        self.solved += zip(tasks, right, strict=True)
        for _ in range(20):  # a callback may be put in the queue a few turns of the loop later
            await asyncio.sleep(0.01)
            await GLOBAL_LOGGING_WORKER.flush()

    async def _solve(self, graph: Any, task: Task, free: asyncio.Semaphore) -> bool:
        """Whether a task's total is right."""
        given = {node.name: node.given for node in self.cut(task.numbers, OPERANDS)}
        async with free, self.alone[str(task.numbers) if self.change in ORDER_MATTERS else task.id]:
            try:
                done = await graph.ainvoke({"task": task.id, "given": given, "totals": {}})
            except Exception:  # an answer that is no number, or a sum that the model refuses
                return False
            if self.cache is not None:
                await asyncio.sleep(STORED_SEC)
            return bool(next(reversed(done["totals"].values())) == task.total)

    async def trace(self) -> Traced:
        """What was left of all tasks so far."""
        items = {task.numbers: f"item {number}" for number, (task, _) in enumerate(self.solved, 1)}
        outcomes = ({"task": task.id, "right": right, "item": items[task.numbers]} for task, right in self.solved)
        return Traced(tuple(self.lines), tuple(outcomes), await settled(self.server))


def draw_few(count: int) -> list[Task]:
    """Tasks like those of lesson 12: twelve numbers, and about half of them repeat an earlier one."""
    return repeat_tasks(draw_tasks(count, numbers=12, seed=SEED), 0.5, seed=SEED)


def measure_changes() -> list[Measurement]:
    """Each change on a few tasks: what does not depend on the clock."""
    tasks = draw_few(MEASURED)
    calls = {name: f"calls = {4 * MEASURED}" for name in CHANGES if name != "one retry with a gate"}
    asked = 4 * len({task.numbers for task in tasks})
    calls |= {name: f"calls = {asked}" for name in CHANGES if name.startswith("cached")}

    async def measure_all() -> list[Measurement]:
        found = []
        with serve() as server:
            for change in CHANGES:
                session = Session(server, change)
                await session.run(tasks)
                traced = await session.trace()
                law = predicted_by(calls[change]) if change in calls else None
                own = {"tasks": MEASURED, "successes": sum(row["right"] for row in traced.outcomes), "predicted": law}
                own |= {"counts": {"rows of the trace": len(traced.lines)}, "in_turn": change != "parallelised"}
                found.append(measurement_of(traced.calls, "traces", "LangGraph and LiteLLM", change, **own))
        return found

    return asyncio.run(measure_all())


CONDITIONS = {"running_total": measure_changes}
