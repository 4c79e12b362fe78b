"""The course's own orchestrator where every attempt fails, and what a gate of its own makes of wrong answers."""

from __future__ import annotations

from typing import Any

from labkit import SMALL

from ..orchestrator import Orchestrator, Plan, PlanStep, WallClock
from ..pocket import Endpoint
from ..server import SERVED, FaultPlan, serve
from .measurement import BILLED, Measurement, measurement_of, predicted_by
from .our_budget import make_call

TIMEOUT_SEC = 1.0
KINDS = {"500": (2,), "429": (2,), "400": (1,), "timeout": (2,), "cut": (2,)}
"""The kinds of fault, and the layers of tries at each: no client of ours tries again by itself."""


def ask_once(url: str, timeout_sec: float = 60.0, gate: Any = None) -> Any:
    """A plan of one call, run by the Orchestrator as it comes."""
    small = Endpoint("small", SERVED["small"].card, base_url=url, api_key="none", timeout_sec=timeout_sec)
    plan = Plan([PlanStep("ask", lambda _: make_call(1), ("small",))], answer=lambda values: values["ask"])
    return Orchestrator({"small": small}, 1, 600, clock=WallClock(), gate=gate).run_now(plan)


def measure_retries() -> list[Measurement]:
    """Calls on the wire by kind of fault, and what its own report counts of those that are billed and lost."""
    found = []
    with serve() as server:
        for kind, tries in KINDS.items():
            server.reset(FaultPlan(hard=1.0, kinds=(kind,)))
            report = ask_once(server.url, TIMEOUT_SEC if kind == "timeout" else 60.0)
            calls = f"calls_through_layers({tries})"
            usd = f"{calls} * {SMALL.usd}" if kind in BILLED else "0"
            law = predicted_by(f"calls = {calls}; usd = {usd}; successes = 0")
            own: dict[str, Any] = {"successes": int(report.answer == "6"), "usd_client": round(report.usd, 12)}
            rows, note = server.log.settled(), "every attempt fails; a call that is lost counts at its worst case"
            found.append(
                measurement_of(rows, "retries", "ours", f"as it comes: {kind}", predicted=law, note=note, **own)
            )
    return found


def measure_gate() -> list[Measurement]:
    """Wrong at first, then right: without a gate, and with one that sees it."""
    found = []
    with serve() as server:
        for words, gate, calls, right in (
            ("no gate", None, "worst_attempts(0)", 0),
            ("a gate, one retry", lambda _, value: value == "6", "worst_attempts(1)", 1),
        ):
            server.reset(FaultPlan(attempts=("wrong",), soft=0.0))
            report = ask_once(server.url, gate=gate)
            law = predicted_by(f"calls = {calls}; usd = {calls} * {SMALL.usd}; successes = {right}")
            own: dict[str, Any] = {"successes": int(report.answer == "6"), "usd_client": round(report.usd, 12)}
            rows, own["in_turn"] = server.log.settled(), True
            found.append(
                measurement_of(rows, "soft failures", "ours", f"wrong at first: {words}", predicted=law, **own)
            )
    return found


CONDITIONS = {"our_retries": measure_retries, "our_gate": measure_gate}
