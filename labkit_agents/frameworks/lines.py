"""The lines that each lever takes, counted and shown: a framework's configuration, and the course's own code."""

from __future__ import annotations

import ast
import html
import inspect
import io
import textwrap
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from labkit._html import NEUTRAL
from labkit._inputs import one_of

from ..orchestrator import answer_cache, guarded_call, ledger, ledger_checks, options, plan, report, run, task_budget
from ..orchestrator.front import Orchestrator, route_simple
from . import (
    agents_sdk,
    crewai_crew,
    langgraph_graphs,
    langgraph_levers,
    langgraph_retries,
    litellm_budgets,
    litellm_caches,
    litellm_retries,
    litellm_routing,
    litellm_soft,
)

Source = ModuleType | type | Callable[..., object]
NOT_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


class Lines(NamedTuple):
    """Lines of code that somebody wrote for a lever, without blank ones, comments and docstrings."""

    framework: str
    lever: str
    lines: int


CLAIMED = ("router", "cache", "budget", "what holds them together")
"""The levers that the text says are hundreds of lines by hand and a dozen with a framework."""
_NODE = langgraph_retries.asks
PARTS: dict[tuple[str, str], tuple[Source, ...]] = {
    ("LiteLLM", "a plain call"): (litellm_retries.bare,),
    ("LiteLLM", "retries"): (litellm_retries.num_retries,),
    ("LiteLLM", "fallback"): (litellm_retries.router_with_fallback,),
    ("LiteLLM", "output type"): (litellm_soft.typed,),
    ("LiteLLM", "router"): (litellm_routing.complexity_router,),
    ("LiteLLM", "cache"): (litellm_caches.ask_cached,),
    ("LiteLLM", "budget"): (litellm_budgets.provider_budget,),
    ("LangGraph", "a plain call"): (_NODE, langgraph_retries.client_default),
    ("LangGraph", "retries"): (_NODE, langgraph_retries.policy_alone),
    ("LangGraph", "fallback"): (langgraph_graphs.asks, langgraph_levers.fallback),
    ("LangGraph", "gate"): (_NODE, langgraph_retries.gate_as_edge),
    ("LangGraph", "router"): (langgraph_graphs.asks, langgraph_levers.router),
    ("LangGraph", "cache"): (langgraph_graphs.asks, langgraph_graphs.cached_node),
    ("LangGraph", "resume"): (langgraph_graphs.asks, langgraph_graphs.chain_with_checkpoints),
    ("LangGraph", "calls side by side"): (langgraph_graphs.asks, langgraph_graphs.two_subgraphs),
    ("OpenAI Agents SDK", "a plain call"): (agents_sdk.asks,),
    ("OpenAI Agents SDK", "retries"): (agents_sdk.asks, agents_sdk.settings_with_policy),
    ("OpenAI Agents SDK", "gate"): (agents_sdk.asks, agents_sdk.guarded),
    ("OpenAI Agents SDK", "output type"): (agents_sdk.asks, agents_sdk.typed_output),
    ("OpenAI Agents SDK", "router"): (agents_sdk.asks, agents_sdk.hands_on),
    ("CrewAI", "a plain call"): (crewai_crew.defaults,),
    ("CrewAI", "retries"): (crewai_crew.both_switches_off,),
    ("CrewAI", "gate"): (crewai_crew.guardrail,),
    ("CrewAI", "output type"): (crewai_crew.typed_output,),
    ("ours", "router"): (route_simple, options),
    ("ours", "cache"): (answer_cache,),
    ("ours", "budget"): (task_budget, guarded_call, ledger, ledger_checks),
    ("ours", "what holds them together"): (Orchestrator, plan, run, report),
}
"""What makes up each lever. What a framework has no lines for it has not, or they were not measured."""


def count_lines(*sources: Source) -> int:
    """The lines of code of modules, classes and functions together.

    >>> count_lines(route_simple)
    5
    """
    return sum(_count(textwrap.dedent(inspect.getsource(source))) for source in sources)


def lines_by_lever(*frameworks: str) -> list[Lines]:
    """A row for each lever of these frameworks, the call that it works on included; counted now.

    Args:
        frameworks: by name; by default LiteLLM and ours, and the levers that the text's claim is about.

    Raises:
        ValueError: a framework whose lines are not known.

    >>> [row.lever for row in lines_by_lever("CrewAI")]
    ['a plain call', 'retries', 'gate', 'output type']
    """
    known = tuple(dict.fromkeys(name for name, _ in PARTS))
    chosen = [one_of("frameworks", name, known) for name in frameworks or ("LiteLLM", "ours")]
    levers = [names for names in PARTS if names[0] in chosen and (frameworks or names[1] in CLAIMED)]
    return [Lines(*names, count_lines(*PARTS[names])) for names in levers]


def lines_table() -> dict[str, dict[str, int]]:
    """The same of all frameworks, lever -> framework -> lines.

    >>> lines_table()["budget"]["LiteLLM"]
    8
    """
    found: dict[str, dict[str, int]] = {}
    for row in lines_by_lever(*dict.fromkeys(name for name, _ in PARTS)):
        found.setdefault(row.lever, {})[row.framework] = row.lines
    return found


def source_of(module: str, name: str) -> str:
    """The lines themselves, of a function in this folder, to be shown.

    >>> source_of("litellm_budgets", "global_budget").splitlines()[0]
    'def global_budget(url: str) -> Any:'
    """
    return inspect.getsource(getattr(import_module(f".{module}", __package__), name))


@dataclass(frozen=True)
class ShownLines:
    """Lines of code under a title: folded in a notebook, plain elsewhere."""

    title: str
    lines: str

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.lines}"

    def _repr_html_(self) -> str:
        code = f"<pre tabindex='0' style='overflow-x:auto'><code>{html.escape(self.lines)}</code></pre>"
        return f"{NEUTRAL}<details><summary>{html.escape(self.title)}</summary>{code}</details>"


def lines_of(title: str, module: str, *names: str) -> ShownLines:
    """The lines of functions in this folder, as they were run, with the count of `count_lines` in the title.

    >>> lines_of("LiteLLM, a budget", "litellm_budgets", "provider_budget").title
    'LiteLLM, a budget: 8 lines'
    """
    text = "\n\n".join(source_of(module, name).rstrip() for name in names)
    return ShownLines(f"{title}: {_count(text)} lines", text)


@cache
def _count(source: str) -> int:
    texts: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            texts |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - texts)
