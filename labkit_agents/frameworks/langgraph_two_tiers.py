"""The text's practical example in LangGraph: a router, one validated call for the simple, a small debate for the hard.

Beside it the version that it replaced: everything is debated, by five agents in three rounds. Both run on the premium
pocket model; a question is a sum. Each agent has a system prompt of its own, which the model keeps.
"""

from __future__ import annotations

import asyncio
import operator
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Annotated, Any, NamedTuple, TypedDict

from labkit._values import by_value

from ..orchestrator import TenantLedger
from ..pocket import PREMIUM_CARD, Call, draw_sums, premium, read_number, write_sum
from ..server import TASK_HEADER, FaultPlan, LoggedCall, serve
from ..tasks.checks import nines
from .measurement import Measurement, measurement_of, predicted_by
from .one_loop import run

TASKS = 200
"""Questions of each kind."""
KINDS = {"simple": (2, 3), "hard": (4,)}
"""How many numbers the sums of each kind have; the router counts them, which costs nothing."""
AT_ONCE = 10
CAP_USD = 1.0
AGENTS = "abcde"
LONGEST_PROMPT = "agent a of a product"
"""As long as the longest system prompt."""


def later(one: float, other: float) -> float:
    """Where branches meet, the clock is that of the later one."""
    return max(one, other)


class State(TypedDict, total=False):
    """What travels along the edges: what each agent said in each round, what was paid, and the card's clock."""

    task: str
    numbers: tuple[int, ...]
    said: Annotated[dict[str, int | None], operator.or_]
    usd: Annotated[float, operator.add]
    sec: Annotated[float, later]
    answer: int | None


@by_value
class Said(NamedTuple):
    """An agent's answer, and its bill by the card."""

    answer: int | None
    usd: float
    sec: float


Ask = Callable[[State, str, int], Awaitable[Said]]
"""From the state, an agent and a round to what the agent says."""


@by_value
class Tried(NamedTuple):
    """One question: whether it came out right, its dollars and its seconds by the card, or that a cap refused it."""

    right: bool
    usd: float = 0.0
    sec: float = 0.0
    refused: bool = False


def all_debate(ask: Ask) -> Any:
    """Version one: every question is debated by five agents in three rounds."""
    from langgraph.graph import START, StateGraph

    graph = StateGraph(State)
    firsts = add_debate(graph, ask, agents=5, rounds=3)
    for first in firsts:
        graph.add_edge(START, first)
    return graph.compile()


def two_tiers(ask: Ask) -> Any:
    """Version two: one validated call for the simple, three agents and two rounds, each validated, for the rest."""
    from langgraph.graph import START, StateGraph

    checked = validated(ask)

    async def one_call(state: State) -> State:
        said = await checked(state, "a", 1)
        return {"answer": said.answer, "usd": said.usd, "sec": state["sec"] + said.sec}

    graph = StateGraph(State)
    graph.add_node("one call", one_call)
    firsts = add_debate(graph, checked, agents=3, rounds=2)
    graph.add_conditional_edges(START, lambda state: firsts if len(state["numbers"]) > 3 else ["one call"])
    return graph.compile()


def add_debate(graph: Any, ask: Ask, agents: int, rounds: int) -> list[str]:
    """Add the nodes of a debate and of its vote to a graph; the names of the first round's."""

    def speaks(agent: str, turn: int) -> Callable[[State], Awaitable[State]]:
        async def speak(state: State) -> State:
            said = await ask(state, agent, turn)
            return {"said": {f"{agent} {turn}": said.answer}, "usd": said.usd, "sec": state["sec"] + said.sec}

        return speak

    before: list[str] = []
    for turn in range(1, rounds + 1):
        names = [f"{agent} {turn}" for agent in AGENTS[:agents]]
        for name in names:
            graph.add_node(name, speaks(name[0], turn))
            if before:
                graph.add_edge(before, name)
        before = names
    graph.add_node("vote", lambda state: {"answer": vote(state["said"], agents, rounds)})
    graph.add_edge(before, "vote")
    return [f"{agent} 1" for agent in AGENTS[:agents]]


def validated(ask: Ask) -> Ask:
    """Cast out nines after each call, and ask once more where they object; the second answer goes on as it is."""

    async def twice(state: State, agent: str, turn: int) -> Said:
        first = await ask(state, agent, turn)
        if first.answer is not None and nines.passes(state["numbers"], first.answer):
            return first
        again = await ask(state, agent, turn)
        return Said(again.answer, first.usd + again.usd, first.sec + again.sec)

    return twice


def vote(said: dict[str, int | None], agents: int, rounds: int) -> int | None:
    """The answer of most agents, each of which changes its mind only for one that somebody gave the round before.

    >>> vote({"a 1": 5, "b 1": 6, "c 1": 7, "a 2": 6, "b 2": 8, "c 2": 5}, agents=3, rounds=2)
    6
    """
    minds = [said[f"{agent} 1"] for agent in AGENTS[:agents]]
    for turn in range(2, rounds + 1):
        new = [said[f"{agent} {turn}"] for agent in AGENTS[:agents]]
        known = {mind for mind in minds if mind is not None}
        minds = [late if early is None or late in known else early for early, late in zip(minds, new, strict=True)]
    votes = Counter(mind for mind in minds if mind is not None)
    return votes.most_common(1)[0][0] if votes else None


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """One client for all that is measured at a server, closed at the end: none is left to be collected in between."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    try:
        yield client
    finally:
        run(client.close())


def asks(client: Any, product: str = "sums") -> Ask:
    """Asks the premium pocket model; each agent of a product has a system prompt of its own, which the model keeps."""

    async def ask(state: State, agent: str, turn: int) -> Said:
        shift = (turn - 1) % len(state["numbers"])
        numbers, system = state["numbers"][shift:] + state["numbers"][:shift], f"agent {agent} of {product}"
        reply = await client.chat.completions.create(
            model="pocket-premium",
            messages=[{"role": "system", "content": system}, {"role": "user", "content": write_sum(numbers)}],
            extra_headers={TASK_HEADER: state["task"]},
        )
        usage: Any = reply.usage
        cached = usage.prompt_tokens_details.cached_tokens
        bill = PREMIUM_CARD.bill(usage.prompt_tokens, cached, usage.completion_tokens)
        return Said(read_number(reply.choices[0].message.content or ""), float(bill.usd), float(bill.sec))

    return ask


async def under_cap(graph: Any, ledger: TenantLedger, tenant: str, question: State) -> Any:
    """The graph's answer, or None where the question's worst case does not fit under the tenant's cap."""
    calls = 12 if len(question["numbers"]) > 3 else 2
    worst = premium().worst_case(Call(write_sum(question["numbers"]), LONGEST_PROMPT)).usd
    reserved = ledger.reserve(tenant, calls * worst, question["task"])
    if reserved is None:
        return None
    done = await graph.ainvoke(question)
    ledger.settle(reserved, done["usd"])
    return done


def measure_kind(kind: str) -> list[Measurement]:
    """The versions on questions of one kind: dollars, seconds by the card, and which came out right.

    The third is the first one with the second one's check after each call: what the check alone is worth.
    """
    tried: dict[str, list[Tried]] = {}
    found = []
    sums = draw_sums(TASKS, 5, KINDS[kind])
    with serve() as server, connected(server.url) as client:
        ask = asks(client)
        graphs = {"all-debate": all_debate(ask), "two tiers": two_tiers(ask)}
        for words, graph in (graphs | {"all-debate, checked": all_debate(validated(ask))}).items():
            server.reset(FaultPlan())
            tried[words] = run(_run_all(graph, sums))
            law = predicted_by(f"calls = {TASKS} * debate_calls(5, 3)") if words == "all-debate" else None
            found.append(_measured(server.log.settled(), f"{words}, {kind} questions", tried, words, law))
    return found


def measure_cap() -> list[Measurement]:
    """Two tenants at once, of which one has a cap that is too low: it is never overrun, and the other loses nothing."""
    found = []
    sums = draw_sums(60, 6, (2, 3, 4))
    with serve() as server, connected(server.url) as client, closing(TenantLedger(":memory:")) as ledger:
        caps = {"capped": CAP_USD, "free": 100.0}
        for tenant, usd in caps.items():
            ledger.set_cap(tenant, usd)

        async def both() -> list[list[Tried]]:
            graphs = {tenant: two_tiers(asks(client, tenant)) for tenant in caps}
            return list(await asyncio.gather(*(_run_all(graph, sums, 1, t, ledger) for t, graph in graphs.items())))

        for tenant, tried in zip(caps, run(both()), strict=True):
            rows = [row for row in server.log.settled() if row.task.startswith(tenant)]
            counts = {
                "cap, USD": caps[tenant], "refused": sum(each.refused for each in tried),
                "left under the cap, USD": round(ledger.balance(tenant).left_usd, 9),
            }  # fmt: skip
            own = {
                "tasks": len(sums), "successes": sum(each.right for each in tried), "counts": counts,
                "usd_client": round(ledger.balance(tenant).settled_usd, 9),
            }  # fmt: skip
            words = f"two tiers, a cap of {caps[tenant]:g} USD in our ledger"
            found.append(measurement_of(rows, "budget", "LangGraph", words, **own))
    return found


def _measured(
    rows: tuple[LoggedCall, ...], words: str, tried: dict[str, list[Tried]], version: str, law: Any
) -> Measurement:
    """One version on one kind of question; the second is compared with the first, question by question."""
    mine, first = tried[version], next(iter(tried.values()))
    counts = {
        "median sec": round(statistics.median(each.sec for each in mine), 6),
        "only this right": sum(each.right and not other.right for each, other in zip(mine, first, strict=True)),
        "only all-debate right": sum(other.right and not each.right for each, other in zip(mine, first, strict=True)),
    }
    own = {"tasks": TASKS, "successes": sum(each.right for each in mine), "counts": counts, "predicted": law}
    return measurement_of(rows, "practical example", "LangGraph", words, **own)


async def _run_all(
    graph: Any, sums: list[tuple[int, ...]], at_once: int = AT_ONCE, name: str = "task", ledger: Any = None
) -> list[Tried]:
    """What became of each question, so many at a time."""
    places = asyncio.Semaphore(at_once)

    async def solve(place: int, numbers: tuple[int, ...]) -> Tried:
        question: State = {"task": f"{name} {place}", "numbers": numbers, "said": {}, "usd": 0.0, "sec": 0.0}
        async with places:
            if ledger is None:
                done = await graph.ainvoke(question)
            elif (done := await under_cap(graph, ledger, name, question)) is None:
                return Tried(False, refused=True)
            return Tried(done["answer"] == sum(numbers), done["usd"], done["sec"])

    return list(await asyncio.gather(*(solve(place, numbers) for place, numbers in enumerate(sums))))


CONDITIONS = {
    "langgraph_two_tiers_simple": partial(measure_kind, "simple"),
    "langgraph_two_tiers_hard": partial(measure_kind, "hard"),
    "langgraph_cap": measure_cap,
}
