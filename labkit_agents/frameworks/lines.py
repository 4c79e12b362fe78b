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
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from labkit._html import NEUTRAL

from ..orchestrator import answer_cache, guarded_call, ledger, ledger_checks, options, plan, report, run, task_budget
from ..orchestrator.front import Orchestrator, route_simple
from . import litellm_budgets, litellm_caches, litellm_routing

Source = ModuleType | type | Callable[..., object]
NOT_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


class Lines(NamedTuple):
    """Lines of code that somebody wrote for a lever, without blank ones, comments and docstrings."""

    framework: str
    lever: str
    lines: int


PARTS: dict[tuple[str, str], tuple[Source, ...]] = {
    ("LiteLLM", "router"): (litellm_routing.complexity_router,),
    ("LiteLLM", "cache"): (litellm_caches.ask_cached,),
    ("LiteLLM", "budget"): (litellm_budgets.provider_budget,),
    ("ours", "router"): (route_simple, options),
    ("ours", "cache"): (answer_cache,),
    ("ours", "budget"): (task_budget, guarded_call, ledger, ledger_checks),
    ("ours", "what holds them together"): (Orchestrator, plan, run, report),
}
"""What makes up each lever."""


def count_lines(*sources: Source) -> int:
    """The lines of code of modules, classes and functions together.

    >>> count_lines(route_simple)
    5
    """
    return sum(_count(textwrap.dedent(inspect.getsource(source))) for source in sources)


def lines_by_lever() -> list[Lines]:
    """A row for each lever of each framework; counted now, so it is what is installed."""
    return [Lines(*names, count_lines(*sources)) for names, sources in PARTS.items()]


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
