"""A controller that fails soft: a hard ceiling on a task's dollars, a hard budget for its seconds.

Before each call its worst case is reserved, so that no retry, no sibling in flight and no long reply can exceed
either budget. When the next step does not fit, the task ends with the best answer so far, and says what was left
out and why.

What is hard. Dollars: the sum of what is billed and reserved never exceeds the ceiling, in whole parts of 10^-12 USD;
a reply that claims more than its worst case is not paid more, its claim is kept as disputed, and its model gets no
more calls. A call that was cut or cancelled counts in full, since it may be billed. Seconds: a call begins only if it
would end in time at its worst, and is cut when its reserved seconds are over. By the price card's clock that is exact;
by the wall's clock it is as good as the event loop's own punctuality, so the functions of a plan must be quick, and a
model must not block the loop. A step for which siblings in flight have reserved too much waits for what they leave.

>>> from labkit_agents import pocket
>>> from labkit_agents.orchestrator import Orchestrator, Plan, PlanStep
>>> def ask(numbers):
...     return lambda values: pocket.Call(pocket.write_sum(numbers), temperature=0)
>>> plan = Plan([
...     PlanStep("left", ask([12, 345]), ("premium", "small"), read=pocket.read_number),
...     PlanStep("right", ask([20, 30]), ("premium", "small"), read=pocket.read_number),
...     PlanStep("total", lambda v: pocket.Call(pocket.write_sum([v["left"], v["right"]]), temperature=0),
...              ("premium", "small"), needs=("left", "right"), read=pocket.read_number),
... ])
>>> models = {"small": pocket.small(), "premium": pocket.premium()}
>>> report = Orchestrator(models, max_usd=0.2, max_sec=10).run_now(plan)
>>> report.answer, report.complete, len(report.entries)
(407, True, 3)
>>> report = Orchestrator(models, max_usd=0.005, max_sec=10).run_now(plan)
>>> report.answer, report.complete, list(report.left_out), report.usd <= 0.005
(50, False, ['total'], True)
"""

from __future__ import annotations

from labkit.prices import Bill

from ..pocket.protocol import Call
from .answer_cache import AnswerCache, KeyedCache
from .clock import CardClock, CardLoop, Clock, WallClock
from .front import Orchestrator, route_simple
from .ledger import Balance, TenantLedger
from .ledger_checks import LedgerFileError
from .plan import Plan, PlanStep
from .report import Entry, Report, StepNote
from .run import Gate, Router, Run

__all__ = [
    "AnswerCache", "Balance", "Bill", "Call", "CardClock", "CardLoop", "Clock", "Entry", "Gate", "KeyedCache",
    "LedgerFileError", "Orchestrator", "Plan", "PlanStep", "Report", "Router", "Run", "StepNote", "TenantLedger",
    "WallClock", "route_simple",
]  # fmt: skip
