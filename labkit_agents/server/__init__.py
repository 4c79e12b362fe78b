"""A local endpoint: OpenAI-compatible, on this machine alone, with faults by a plan and a log of what it bills.

``serve`` needs starlette and uvicorn (the extra ``serve``); plans and logs need neither. Its
``url`` is what any client takes as its base address, and its log is the truth that a client's own account is held
against.

>>> plan = FaultPlan(attempts=("429", "timeout"), retry_after_sec=1.0)
>>> [plan.fault_of("premium", "a prompt's hash", attempt, p=1.0) for attempt in (1, 2, 3)]
['429', 'timeout', '']
"""

from __future__ import annotations

from .billing_log import TASK_HEADER, BillingLog, LoggedCall
from .models import SERVED, Served
from .plan import FaultPlan
from .running import Server, serve
from .state import Limits

__all__ = ["SERVED", "TASK_HEADER", "BillingLog", "FaultPlan", "Limits", "LoggedCall", "Served", "Server", "serve"]
