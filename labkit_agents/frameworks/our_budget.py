"""The course's own orchestrator under the same cap: reserved before a call, settled after it, shared by tenants."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from labkit import PREMIUM, SMALL

from ..orchestrator import KeyedCache, Orchestrator, Plan, PlanStep, TenantLedger, WallClock
from ..pocket import Call, Endpoint
from ..server import SERVED, FaultPlan, Server, serve
from .litellm_budgets import CAP_USD, TASKS
from .litellm_parts import PREMIUM_PRICE, question, text_of
from .measurement import Measurement, Prediction, measurement_of, predicted_by

SYSTEM = "Answer with the number alone. " * 31 + "No other word."
"""A system prompt of 944 bytes: with the question and what an endpoint wraps around it, at most 1,020 tokens."""
SHORT, LONG = 500, 2_000
"""The most tokens of an answer; either way it has 500, and its call comes to what a premium call costs."""
WIDE_CAP_USD = 0.30
AT_ONCE = 5
CRASH = """
import os, sys
from labkit_agents.frameworks.our_budget import SHORT, TenantLedger, endpoints, make_call, worst_usd
ledger = TenantLedger(sys.argv[1])
assert ledger.reserve("class", worst_usd(SHORT), "the one that crashes") is not None
endpoints(sys.argv[2])["premium"].complete([make_call(9)])
os._exit(9)
"""
"""A process that reserves, calls, and is gone before it settles."""


def endpoints(url: str) -> dict[str, Endpoint]:
    """The two simulated models behind the endpoint, each with its price card."""
    return {name: Endpoint(name, SERVED[name].card, base_url=url, api_key="none") for name in ("premium", "small")}


def make_call(number: int, most: int = SHORT) -> Call:
    """A sum to be asked for."""
    return Call(f"What is {number}+5?", SYSTEM, max_tokens=most)


def worst_usd(most: int, model: str = "premium") -> float:
    """The most that a call with an answer of so many tokens may cost, which is what is reserved for it, USD.

    >>> worst_usd(500), worst_usd(2_000)
    (0.0302, 0.0902)
    """
    return round(float(Endpoint(model, SERVED[model].card).worst_case(make_call(0, most)).usd), 12)


def under_a_cap(
    url: str, ledger: TenantLedger, tenant: str, options: Sequence[str] = ("premium", "small"), usd: float = CAP_USD,
    most: int = SHORT,
) -> list[str | None]:  # fmt: skip
    """Ten questions of a tenant at once: premium where the cap allows it, else small."""
    calls = {a: make_call(a, most) for a in range(TASKS)}
    steps = [PlanStep(f"question {a}", _give(call), tuple(options)) for a, call in calls.items()]
    plan = Plan(steps, answer=lambda values: [values.get(step.name) for step in steps])
    ours = Orchestrator(
        endpoints(url), usd, 600, at_most=TASKS, retries=0, clock=WallClock(), ledger=ledger, tenant=tenant
    )  # fmt: skip
    return list(ours.run_now(plan).answer)


async def pre_paid(url: str, ledger: TenantLedger, usd_worst: float) -> list[str | None]:
    """LiteLLM with a reservation of the worst case around each call: refused at once where the cap does not hold it."""
    from litellm import acompletion

    async def one(number: int) -> str | None:
        reservation = ledger.reserve("class", usd_worst)
        if reservation is None:
            return None
        there = {"api_base": url, "api_key": "none", "max_retries": 0, **PREMIUM_PRICE}
        text = await text_of(acompletion("openai/premium", question(f"What is {number}+5?"), **there))
        ledger.settle(reservation, PREMIUM.usd)
        return text

    return list(await asyncio.gather(*map(one, range(TASKS))))


def _give(call: Call) -> Callable[[object], Call]:
    """What a step asks, whatever has come before it."""
    return lambda _: call


def count_right(answers: Sequence[str | None]) -> int:
    """How many of the ten sums are right."""
    return sum(text == str(a + 5) for a, text in enumerate(answers))


def measure_pre_paid(server: Server, folder: Path) -> list[Measurement]:
    """Reservations without a second choice: of what a call comes to, and of what it might come to."""
    found = []
    for cap, most in [(CAP_USD, SHORT), (CAP_USD, LONG), (WIDE_CAP_USD, LONG)]:
        worst = worst_usd(most)
        server.reset(FaultPlan(soft=0.0))
        ledger = TenantLedger(folder / f"{cap} {worst}.sqlite")
        ledger.set_cap("class", cap)
        answers = asyncio.run(pre_paid(server.url, ledger, worst))
        ledger.close()
        calls = f"pre_paid_calls({cap}, {worst}, {worst})"
        found.append(
            measurement_of(
                server.log.settled(), "budget", "LiteLLM and a ledger",
                f"pre-paid, worst case {worst:g}, {TASKS} at once under {cap:g}",
                tasks=TASKS, successes=count_right(answers),
                predicted=predicted_by(f"calls = {calls}; usd = {PREMIUM.usd} * {calls}; successes = {calls}"),
                counts={"usd of the cap": cap}, note="the cap holds, and work is refused that it could have paid",
            )
        )  # fmt: skip
    return found


def measure_ours(server: Server, folder: Path) -> list[Measurement]:
    """The orchestrator: one tenant, one that must wait, two at once, one with a crash; and its cache."""
    parts = (_measure_one, _measure_waiting, _measure_two, _measure_crash, _measure_identical)
    return [part(server, folder) for part in parts]


def _ledger(folder: Path, name: str, *tenants: str, usd: float = CAP_USD) -> TenantLedger:
    ledger = TenantLedger(folder / f"{name}.sqlite")
    for tenant in tenants:
        ledger.set_cap(tenant, usd)
    return ledger


def _law_of(tenants: int = 1) -> Prediction:
    """Premium calls as far as reservations at once allow them, and small ones for the rest, for each tenant."""
    first = f"pre_paid_calls({CAP_USD}, {worst_usd(SHORT)}, {worst_usd(SHORT)})"
    usd, all_of = f"({first} * {PREMIUM.usd} + ({TASKS} - {first}) * {SMALL.usd})", f"{tenants} * {TASKS}"
    return predicted_by(f"calls = {all_of}; usd = {tenants} * {usd}; successes = {all_of}")


def _measure_one(server: Server, folder: Path) -> Measurement:
    server.reset(FaultPlan(soft=0.0))
    ledger = _ledger(folder, "one", "class")
    answers = under_a_cap(server.url, ledger, "class")
    rows, balance = server.log.settled(), ledger.balance("class")
    ledger.close()
    return measurement_of(
        rows, "budget", "ours", f"premium, else small, {TASKS} at once", tasks=TASKS,
        successes=count_right(answers), usd_client=balance.settled_usd, predicted=_law_of(),
        counts={"usd of the cap": CAP_USD, "to premium": sum(row.model == "premium" for row in rows)},
        note="neither overrun nor starved: what the cap cannot pay at premium it pays at small",
    )  # fmt: skip


def _measure_waiting(server: Server, folder: Path) -> Measurement:
    server.reset(FaultPlan(soft=0.0))
    ledger = _ledger(folder, "waiting", "class", usd=WIDE_CAP_USD)
    answers = under_a_cap(server.url, ledger, "class", ("premium",), WIDE_CAP_USD, most=LONG)
    balance = ledger.balance("class")
    ledger.close()
    calls = f"pre_paid_calls({WIDE_CAP_USD}, {worst_usd(LONG)}, {PREMIUM.usd})"
    return measurement_of(
        server.log.settled(), "budget", "ours",
        f"premium alone, worst case {worst_usd(LONG):g}, {TASKS} at once under {WIDE_CAP_USD:g}",
        tasks=TASKS, successes=count_right(answers), usd_client=balance.settled_usd,
        predicted=predicted_by(f"calls = {calls}; usd = {PREMIUM.usd} * {calls}; successes = {calls}"),
        counts={"usd of the cap": WIDE_CAP_USD},
        note="a call that does not fit waits for the bills of those in flight",
    )  # fmt: skip


def _measure_two(server: Server, folder: Path) -> Measurement:
    server.reset(FaultPlan(soft=0.0))
    ledger = _ledger(folder, "two", "class a", "class b")

    async def both() -> list[list[str | None]]:
        works = [asyncio.to_thread(under_a_cap, server.url, ledger, name) for name in names]
        return list(await asyncio.gather(*works))

    names = ("class a", "class b")
    answers = asyncio.run(both())
    balances = [ledger.balance(name).settled_usd for name in names]
    ledger.close()
    return measurement_of(
        server.log.settled(), "budget", "ours", f"two tenants at once, {TASKS} each",
        tasks=2 * TASKS, successes=sum(map(count_right, answers)), usd_client=round(sum(balances), 12),
        predicted=_law_of(2), counts={"usd of each cap": CAP_USD, "most usd of a tenant": max(balances)},
        note="neither takes from the other",
    )  # fmt: skip


def _measure_crash(server: Server, folder: Path) -> Measurement:
    server.reset(FaultPlan(soft=0.0))
    ledger = _ledger(folder, "crash", "class")
    gone = subprocess.run([sys.executable, "-c", CRASH, ledger.path, server.url], capture_output=True, check=False)
    if gone.returncode != 9:
        raise RuntimeError(f"the process that was to crash did not: {gone.stderr.decode()[-500:]}")
    ledger.recover(older_than_sec=0)
    answers = under_a_cap(server.url, ledger, "class")
    balance = ledger.balance("class")
    ledger.close()
    left = f"pre_paid_calls({CAP_USD} - {worst_usd(SHORT)}, {worst_usd(SHORT, 'small')}, {SMALL.usd})"
    law = f"calls = 1 + {left}; usd = {PREMIUM.usd} + {left} * {SMALL.usd}; successes = {left}"
    return measurement_of(
        server.log.settled(), "budget", "ours", f"a process crashed in a premium call, then {TASKS} at once",
        tasks=TASKS, successes=count_right(answers),
        usd_client=round(balance.settled_usd + balance.lost_usd, 12), predicted=predicted_by(law),
        counts={"usd of the cap": CAP_USD, "usd lost": balance.lost_usd},
        note="what was reserved in the crash counts as spent, so the cap holds",
    )  # fmt: skip


def _measure_identical(server: Server, folder: Path) -> Measurement:
    server.reset(FaultPlan(soft=0.0))
    steps = [PlanStep(f"question {a}", _give(make_call(12)), ("premium",)) for a in range(AT_ONCE)]
    plan = Plan(steps, answer=lambda values: [values.get(step.name) for step in steps])
    ours = Orchestrator(endpoints(server.url), 1, 600, at_most=AT_ONCE, clock=WallClock(), cache=KeyedCache())
    answers = [*ours.run_now(plan).answer, *ours.run_now(plan).answer]
    return measurement_of(
        server.log.settled(), "cache", "ours", "exact, five identical prompts at once, and the same again",
        tasks=2 * AT_ONCE, successes=answers.count("17"),
        predicted=predicted_by(f"calls = {AT_ONCE}; usd = {AT_ONCE} * {PREMIUM.usd}; successes = 2 * {AT_ONCE}"),
        note="nothing waits for a call in flight that asks the same, here neither",
    )  # fmt: skip


def caps() -> list[Measurement]:
    """All of it."""
    import litellm

    litellm.suppress_debug_info = True
    with serve() as server, TemporaryDirectory() as folder:
        return [*measure_pre_paid(server, Path(folder)), *measure_ours(server, Path(folder))]


CONDITIONS = {"our_budget": caps}
