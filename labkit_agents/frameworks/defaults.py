"""What each framework does where nothing is said: the numbers of its own defaults, read off what is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from ..orchestrator import Orchestrator
from .measurement import Measurement, versions_of


def read_defaults(framework: str, numbers: Mapping[str, float]) -> list[Measurement]:
    """The numbers as a measurement that asks nothing of a server."""
    counts = {name: float(number) for name, number in numbers.items()}
    return [
        Measurement("defaults", framework, "where nothing is said", versions_of(framework), 1, 0, 0, 0.0, counts=counts)
    ]


def read_client() -> dict[str, float]:
    """The defaults of the OpenAI client that each of the frameworks calls through."""
    import openai

    return {"client max_retries": openai.DEFAULT_MAX_RETRIES, "client timeout": float(openai.DEFAULT_TIMEOUT.read or 0)}


def read_litellm() -> list[Measurement]:
    """LiteLLM's."""
    from litellm import Router, constants
    from litellm.caching.in_memory_cache import InMemoryCache

    router, kept = Router(model_list=[]), InMemoryCache()
    names = ("num_retries", "timeout", "cooldown_time")
    numbers = {f"Router {name}": getattr(router, name) for name in names}
    numbers["calls before a rest"] = constants.DEFAULT_FAILURE_THRESHOLD_MINIMUM_REQUESTS
    numbers["failing share"] = constants.DEFAULT_FAILURE_THRESHOLD_PERCENT
    numbers |= {"answers kept": kept.max_size_in_memory, "sec kept": kept.default_ttl}
    return read_defaults("LiteLLM", {**numbers, **read_client()})


def read_langgraph() -> list[Measurement]:
    """LangGraph's."""
    from langgraph._internal._config import DEFAULT_RECURSION_LIMIT
    from langgraph.types import RetryPolicy

    policy = RetryPolicy()
    numbers = {name: getattr(policy, name) for name in ("max_attempts", "initial_interval", "backoff_factor")}
    return read_defaults("LangGraph", {**numbers, "recursion_limit": DEFAULT_RECURSION_LIMIT, **read_client()})


def read_agents_sdk() -> list[Measurement]:
    """The Agents SDK's."""
    from agents.run import DEFAULT_MAX_TURNS

    return read_defaults("OpenAI Agents SDK", {"max_turns": DEFAULT_MAX_TURNS, **read_client()})


def read_ours() -> list[Measurement]:
    """Those of the course's orchestrator."""
    stated: Mapping[str, Any] = signature(Orchestrator).parameters
    return read_defaults("ours", {name: stated[name].default for name in ("at_most", "retries", "longest_wait_sec")})


CONDITIONS: dict[str, Callable[[], list[Measurement]]] = {
    "litellm_defaults": read_litellm,
    "langgraph_defaults": read_langgraph,
    "agents_sdk_defaults": read_agents_sdk,
    "our_defaults": read_ours,
}
