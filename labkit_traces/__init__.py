"""Traces of real agents, read: which calls were made for each task, what they cost, and what nobody saw.

>>> import labkit_traces
>>> line = '{"task": "a", "step": "plan", "model": "nobody", "tokens_in": 1000, "tokens_out": 500}'
>>> labkit_traces.read([line]).money.unpriced
{'nobody': 1500}
"""

from __future__ import annotations

from .advising import Advice, Budget, Compared, advise, check_budget, compare, read_budget
from .counting.sums import Money, Row
from .counting.tasks import Call, Task
from .fitting import Context, Estimate, Fit, Retries, Spread, StepFit, fit
from .parsing.tokens import Tokens
from .parsing.values import task_id
from .pricing import PriceList, read_cards, snapshot
from .reading import read, say_progress
from .report import Reading, render
from .saved_workflow import Saved, from_json, from_toml, to_json
from .workflow_prices import Priced, price_workflow, read_saved, read_workflow, saved_fit

__all__ = [
    "Advice",
    "Budget",
    "Call",
    "Compared",
    "Context",
    "Estimate",
    "Fit",
    "Money",
    "PriceList",
    "Priced",
    "Reading",
    "Retries",
    "Row",
    "Saved",
    "Spread",
    "StepFit",
    "Task",
    "Tokens",
    "advise",
    "check_budget",
    "compare",
    "fit",
    "from_json",
    "from_toml",
    "price_workflow",
    "read",
    "read_budget",
    "read_cards",
    "read_saved",
    "read_workflow",
    "render",
    "saved_fit",
    "say_progress",
    "snapshot",
    "task_id",
    "to_json",
]
