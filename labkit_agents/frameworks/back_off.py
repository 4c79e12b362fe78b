"""Back-off: what each client waits between its tries where every attempt fails, and which of them do as they are told.

A server that turns a call away may say when to come back, in the header Retry-After. A client that does so waits no
longer than it must; one that does not waits by its own rule, which doubles.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple

from labkit._values import by_value

from ..orchestrator import Orchestrator, Plan, PlanStep, WallClock
from ..server import FaultPlan, Server, serve
from .client_waits import noted_waits
from .defaults import BACK_OFF
from .measurement import Measurement, measurement_of, predicted_by
from .one_loop import run
from .our_budget import endpoints, make_call

TOLD_SEC = 7
"""What the server asks for, in seconds: longer than any wait that a client chooses by itself here."""
MOST_TOLD_SEC = 2**15
"""A client that waits so long when it is told to has no bound, as far as this is concerned."""
REALLY_SEC = 2.0
"""Waits of the first run are really waited for, which these are; those of the others are only noted."""


@by_value
class WaitingClient(NamedTuple):
    """A client whose waits are noted: how it asks, and the laws of its calls and of its waits, in seconds.

    ``plain`` is the draw of a layer around the client at which the part that is drawn is nothing.
    """

    framework: str
    words: str
    ask: Callable[[str], Any]
    calls: str
    sec: str
    plain: float = 0.0


def openai_client(url: str) -> Any:
    """The client alone, as it comes."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none")
    return run(client.chat.completions.create(model="small", messages=[{"role": "user", "content": "Is it right?"}]))


def litellm_call(url: str, **switches: Any) -> Any:
    """A call through LiteLLM, as it comes or with retries switched on."""
    from litellm import acompletion

    message = {"role": "user", "content": "Is it right?"}
    return run(acompletion("openai/small", [message], api_base=url, api_key="none", **switches))


def litellm_router(url: str) -> Any:
    """A Router, as it comes."""
    from litellm import Router

    there = {"model": "openai/small", "api_base": url, "api_key": "none"}
    router = Router(model_list=[{"model_name": "small", "litellm_params": there}])
    return run(router.acompletion("small", [{"role": "user", "content": "Is it right?"}]))


def langgraph_policy(url: str, client_retries: int = 0) -> Any:
    """A node with a policy as it comes, around a client without retries, or with its own."""
    from langgraph.graph import START, StateGraph
    from langgraph.types import RetryPolicy

    from .langgraph_retries import State, asks

    graph = StateGraph(State)
    graph.add_node("ask", asks(url, max_retries=client_retries), retry_policy=RetryPolicy())
    graph.add_edge(START, "ask")
    return run(graph.compile().ainvoke({"task": "task"}))


def agents_sdk_policy(url: str) -> Any:
    """Retry settings with a policy, around a client without retries; the waits are as they come."""
    from agents import ModelRetrySettings, ModelSettings, Runner, retry_policies

    from .agents_sdk import QUESTION, asks

    retry = ModelRetrySettings(max_retries=2, policy=retry_policies.http_status([429, 500]))
    return run(Runner.run(asks(url, max_retries=0, model_settings=ModelSettings(retry=retry)), QUESTION))


def our_orchestrator(url: str) -> Any:
    """The course's own, as it comes: one further try."""
    plan = Plan([PlanStep("ask", lambda _: make_call(1), ("small",))], answer=lambda values: values["ask"])
    return Orchestrator(endpoints(url), 1, 600, clock=WallClock()).run_now(plan).answer


def law_of_waits(first_sec: float, growth: float, tries: int) -> str:
    """The waits between so many tries by ``latency.Patience``, as words that ``predicted_by`` reads.

    >>> predicted_by(f"sec = {law_of_waits(0.5, 2, 3)}").sec, law_of_waits(0.5, 2, 1)
    (1.5, '0')
    """
    waits = f"Patience(backoff_sec={first_sec:g}, backoff_growth={growth:g}).wait"
    return " + ".join(f"{waits}({retry})" for retry in range(1, tries)) or "0"


def find_clients() -> list[WaitingClient]:
    """The clients, with the first wait and the growth that each has where nothing is said."""
    from agents.run_internal import model_retry
    from langgraph.types import RetryPolicy
    from litellm import constants
    from openai import _constants

    client = law_of_waits(_constants.INITIAL_RETRY_DELAY, 2, 1 + _constants.DEFAULT_MAX_RETRIES)
    policy = RetryPolicy()
    node = law_of_waits(policy.initial_interval, policy.backoff_factor, policy.max_attempts)
    sdk = law_of_waits(model_retry.DEFAULT_INITIAL_DELAY_SECONDS, model_retry.DEFAULT_BACKOFF_MULTIPLIER, 3)
    three, one = "calls_through_layers((3,))", "calls_through_layers((1,))"
    router = law_of_waits(constants.INITIAL_RETRY_DELAY, 2, 4)  # it waits after its last try, too
    return [
        WaitingClient("OpenAI client", "as it comes", openai_client, three, client),
        WaitingClient("LiteLLM", "a plain call", litellm_call, three, client),
        WaitingClient(
            "LiteLLM", "num_retries=2", lambda url: litellm_call(url, num_retries=2), f"{three} + 2 * {one}",
            f"{client} + {law_of_waits(1, 2, 2)}",
        ),
        WaitingClient("LiteLLM", "a Router", litellm_router, three, router),
        WaitingClient("LangGraph", "RetryPolicy(), client without retries", langgraph_policy, three, node),
        WaitingClient(
            "LangGraph", "RetryPolicy() and client default", lambda url: langgraph_policy(url, 2),
            "calls_through_layers((3, 3))", f"3 * ({client}) + {node}",
        ),
        WaitingClient(
            "OpenAI Agents SDK", "ModelRetrySettings, client without retries", agents_sdk_policy, three, sdk, 0.5
        ),
        WaitingClient("ours", "the Orchestrator, as it comes", our_orchestrator, "calls_through_layers((2,))", "0"),
    ]  # fmt: skip


def measure_client(server: Server, each: WaitingClient) -> Measurement:
    """The waits of one client: by its own rule, where the server says when to come back, and how long it obeys."""
    plain = (0.0, each.plain)
    own = wait_through(server, each, None, plain, REALLY_SEC)
    rows = server.log.settled()
    drawn = [math.fsum(wait_through(server, each, None, ends)) for ends in product((0.0, 1.0), (0.0, 1.0))]
    told = wait_through(server, each, TOLD_SEC, plain)
    longest = find_longest(lambda sec: sec in wait_through(server, each, sec, plain))
    counts = {
        "waits": float(len(own)), "least sec": min(drawn), "most sec": max(drawn),
        "longest wait, sec": max(own, default=0.0),
        "sec where told to wait": sum(told), "waits as told": float(told.count(TOLD_SEC)),
        "longest Retry-After kept, sec": float(longest), "told, sec": TOLD_SEC, "asked at most, sec": MOST_TOLD_SEC - 1,
    }  # fmt: skip
    law = predicted_by(f"calls = {each.calls}; usd = 0; successes = 0; sec = {each.sec}")
    return measurement_of(
        rows, "back-off", each.framework, each.words, sec=round(sum(own), 9), successes=0, predicted=law,
        counts={name: round(value, 6) for name, value in counts.items()}, note="every attempt a 429, waits on",
    )  # fmt: skip


def wait_through(
    server: Server, each: WaitingClient, told_sec: float | None, drawn: tuple[float, float], longest_sec: float = 0.0
) -> list[float]:
    """The waits of one request of which every attempt is turned away.

    Raises:
        RuntimeError: it was over before its waits could be.
    """
    server.reset(FaultPlan(hard=1.0, kinds=("429",), retry_after_sec=told_sec))
    began = time.monotonic()
    with noted_waits(longest_sec, *drawn) as waits, suppress(Exception):  # the client's own errors, which are many
        each.ask(server.url)
    server.log.settled()
    really = sum(wait for wait in waits if wait <= longest_sec)
    if time.monotonic() - began < really - 0.05:
        raise RuntimeError(f"{each.framework}, {each.words}: it did not wait the {really:g} s that it asked for")
    return waits


def find_longest(keeps: Callable[[int], bool]) -> int:
    """The longest whole number of seconds that is kept, where a shorter one is kept too; 0 where none is.

    >>> find_longest(lambda sec: sec <= 120), find_longest(lambda sec: False)
    (120, 0)
    """
    if not keeps(TOLD_SEC):
        return 0
    kept, lost = TOLD_SEC, MOST_TOLD_SEC
    while lost - kept > 1:
        middle = (kept + lost) // 2
        kept, lost = (middle, lost) if keeps(middle) else (kept, middle)
    return kept


def measure_all(clients: Callable[[], Iterable[WaitingClient]]) -> list[Measurement]:
    """Each client at one server."""
    for name in BACK_OFF:
        os.environ.pop(name, None)
    import openai  # noqa: F401 (``noted_waits`` must find it)

    with serve() as server:
        return [measure_client(server, each) for each in clients()]


CONDITIONS = {"back_off": lambda: measure_all(find_clients)}
