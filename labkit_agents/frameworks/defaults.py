"""What each framework does where nothing is said: the numbers of its own defaults, read off what is installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from ..orchestrator import Orchestrator
from ..pocket import Endpoint
from .measurement import Measurement, versions_of

BACK_OFF = ("INITIAL_RETRY_DELAY", "MAX_RETRY_DELAY", "JITTER")
"""LiteLLM's switches of its waits: 0 in other conditions, and here as they come."""


def read_defaults(framework: str, numbers: Mapping[str, float | None]) -> list[Measurement]:
    """The numbers as a measurement that asks nothing of a server; what is None is off, which counts as 0."""
    counts = {name: float(number or 0) for name, number in numbers.items()}
    return [
        Measurement("defaults", framework, "where nothing is said", versions_of(framework), 1, 0, 0, 0.0, counts=counts)
    ]


def read_client() -> dict[str, float]:
    """The defaults of the OpenAI client that each of the frameworks calls through."""
    import openai
    from openai import _constants

    return {
        "client first wait": _constants.INITIAL_RETRY_DELAY, "client longest wait": _constants.MAX_RETRY_DELAY,
        "client max_retries": openai.DEFAULT_MAX_RETRIES, "client timeout": float(openai.DEFAULT_TIMEOUT.read or 0),
    }  # fmt: skip


def read_litellm() -> list[Measurement]:
    """LiteLLM's."""
    for name in BACK_OFF:
        os.environ.pop(name, None)
    import litellm
    from litellm import Router, constants
    from litellm.caching.in_memory_cache import InMemoryCache

    router, kept, stated = Router(model_list=[]), InMemoryCache(), signature(Router).parameters
    names = ("num_retries", "timeout", "cooldown_time", "max_fallbacks")
    numbers = {f"Router {name}": getattr(router, name) for name in names}
    numbers |= {name: len(stated[name].default or ()) for name in ("fallbacks", "optional_pre_call_checks")}
    numbers |= {"provider_budget_config": stated["provider_budget_config"].default, "cache": litellm.cache}
    numbers["calls before a rest"] = constants.DEFAULT_FAILURE_THRESHOLD_MINIMUM_REQUESTS
    numbers["failing share"] = constants.DEFAULT_FAILURE_THRESHOLD_PERCENT
    numbers |= {"answers kept": kept.max_size_in_memory, "sec kept": kept.default_ttl}
    numbers |= {"first wait": constants.INITIAL_RETRY_DELAY, "longest wait": constants.MAX_RETRY_DELAY}
    return read_defaults("LiteLLM", {**numbers, **read_client()})


def read_langgraph() -> list[Measurement]:
    """LangGraph's."""
    from langgraph._internal._config import DEFAULT_RECURSION_LIMIT
    from langgraph.graph import StateGraph
    from langgraph.types import CachePolicy, RetryPolicy

    policy, stated = RetryPolicy(), signature(StateGraph.add_node).parameters
    numbers = {name: getattr(policy, name) for name in ("max_attempts", "initial_interval", "backoff_factor")}
    numbers |= {"longest wait": policy.max_interval, "sec kept": CachePolicy().ttl}
    names = ("retry_policy", "cache_policy", "error_handler", "timeout")
    numbers |= {f"node {name}": stated[name].default for name in names}
    return read_defaults("LangGraph", {**numbers, "recursion_limit": DEFAULT_RECURSION_LIMIT, **read_client()})


def read_agents_sdk() -> list[Measurement]:
    """The Agents SDK's."""
    from agents import ModelSettings
    from agents.run import DEFAULT_MAX_TURNS
    from agents.run_internal import model_retry

    numbers = {"max_turns": DEFAULT_MAX_TURNS, "model retry": ModelSettings().retry}
    numbers |= {
        "first wait": model_retry.DEFAULT_INITIAL_DELAY_SECONDS, "longest wait": model_retry.DEFAULT_MAX_DELAY_SECONDS,
    }  # fmt: skip
    return read_defaults("OpenAI Agents SDK", {**numbers, **read_client()})


def read_ours() -> list[Measurement]:
    """Those of the course's orchestrator, and of the endpoint that it asks through."""
    stated: Mapping[str, Any] = signature(Orchestrator).parameters
    names = ("at_most", "retries", "longest_wait_sec", "cache", "gate")
    numbers = {name: stated[name].default for name in names}
    return read_defaults("ours", {**numbers, "timeout_sec": signature(Endpoint).parameters["timeout_sec"].default})


CONDITIONS: dict[str, Callable[[], list[Measurement]]] = {
    "litellm_defaults": read_litellm,
    "langgraph_defaults": read_langgraph,
    "agents_sdk_defaults": read_agents_sdk,
    "our_defaults": read_ours,
}
