"""CrewAI: three layers of retries, guardrails that ask again, a cache that is off. It needs an environment of its own.

It asks for older releases of pydantic and mcp than the other frameworks are measured with, so ``make crewai`` installs
it apart and records what this module measures.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from typing import Any

from labkit import SMALL

from ..server import FaultPlan, Server, serve
from .back_off import WaitingClient, law_of_waits, measure_all
from .client_waits import noted_waits
from .defaults import read_client, read_defaults
from .litellm_routing import ASKED, RPM
from .measurement import BILLED, SOON_SEC, Measurement, Prediction, measurement_of, predicted_by

NEEDS = ("crewai",)
TIMEOUT_SEC = 1.0
CALLERS = 5
MINUTE_SEC = 60


def defaults(url: str, **options: Any) -> Any:
    """A crew of one with everything left as it is."""
    from crewai import LLM, Agent, Crew, Task

    llm = LLM(model="openai/small", base_url=url, api_key="none", **options)
    worker = Agent(role="worker", goal="to answer", backstory="none", llm=llm)
    task = Task(description="Is it right?", expected_output="one word", agent=worker)
    return Crew(agents=[worker], tasks=[task])


def both_switches_off(url: str, **options: Any) -> Any:
    """The client's retries and the agent's set to 0."""
    from crewai import LLM, Agent, Crew, Task

    llm = LLM(model="openai/small", base_url=url, api_key="none", max_retries=0, **options)
    worker = Agent(role="worker", goal="to answer", backstory="none", llm=llm, max_retry_limit=0)
    task = Task(description="Is it right?", expected_output="one word", agent=worker)
    return Crew(agents=[worker], tasks=[task])


def guardrail(url: str, **options: Any) -> Any:
    """A guardrail on the task: what it rejects is asked for again, with its complaint in the prompt."""
    from crewai import LLM, Agent, Crew, Task

    def is_right(output):  # type: ignore[no-untyped-def]  # CrewAI reads annotations, and not as texts
        return (True, output.raw) if output.raw == "RIGHT" else (False, "it is wrong")

    llm = LLM(model="openai/small", base_url=url, api_key="none")
    worker = Agent(role="worker", goal="to answer", backstory="none", llm=llm)
    asked = {"description": "Is it right?", "expected_output": "one word", "guardrail": is_right, **options}
    return Crew(agents=[worker], tasks=[Task(agent=worker, **asked)])


def measure_retries() -> list[Measurement]:
    """Calls on the wire when every attempt fails, with defaults and with both switches off."""
    found = []
    with serve() as server:
        for build, words, layers in (
            (defaults, "defaults", {"500": (3, 3), "429": (3, 3, 3), "400": (1, 3), "timeout": (3, 3), "cut": (3, 3)}),
            (
                both_switches_off, "max_retries=0, max_retry_limit=0",
                {"500": (1, 1), "429": (1, 3, 1), "400": (1, 1), "timeout": (1, 1), "cut": (1, 1)},
            ),
        ):  # fmt: skip
            for kind, each in layers.items():
                server.reset(FaultPlan(hard=1.0, kinds=(kind,), retry_after_sec=SOON_SEC))
                options = {"timeout": TIMEOUT_SEC} if kind == "timeout" else {}
                raised, _ = _start(build(server.url, **options))
                calls = f"calls_through_layers({each})"
                usd = f"{calls} * {SMALL.usd}" if kind in BILLED else "0"
                law = predicted_by(f"calls = {calls}; usd = {usd}; successes = 0")
                found.append(_measured(server, "retries", f"{words}: {kind}", law, successes=0, raised=raised))
    return found


def measure_guardrail() -> list[Measurement]:
    """How often a guardrail asks again where every answer is wrong: three times by default."""
    from crewai import Task

    found = []
    with serve(FaultPlan(soft=1.0)) as server:
        for options, words, retries in (
            ({}, "guardrail, the default", Task.model_fields["guardrail_max_retries"].default),
            ({"guardrail_max_retries": 1}, "guardrail_max_retries=1", 1),
        ):
            server.reset()
            raised, _ = _start(guardrail(server.url, **options))
            calls = f"worst_attempts({retries})"
            law = predicted_by(f"calls = {calls}; usd = {calls} * {SMALL.usd}; successes = 0")
            found.append(_measured(server, "soft failures", words, law, successes=0, raised=raised, in_turn=True))
    return found


def measure_cache() -> list[Measurement]:
    """The same crew five times: its cache keeps what tools return, is off by default, and never keeps a reply."""
    with serve(FaultPlan(soft=0.0)) as server:
        right = sum(_start(defaults(server.url))[1] == "RIGHT" for _ in range(CALLERS))
        law = predicted_by(f"calls = {CALLERS}; usd = {CALLERS} * {SMALL.usd}; successes = {CALLERS}")
        own: Any = {"tasks": CALLERS, "successes": right, "in_turn": True}
        return [_measured(server, "cache", "five identical crews, one after the other", law, **own)]


def read_crewai() -> list[Measurement]:
    """The numbers that hold where nothing is said."""
    from crewai import LLM, Agent, Crew, Task
    from crewai.llms import retry

    llm: Any = LLM(model="openai/small", base_url="http://localhost/v1", api_key="none")
    names = ("max_retry_limit", "max_iter", "max_rpm", "max_execution_time")
    numbers = {name: Agent.model_fields[name].default for name in names}
    numbers |= {"guardrail_max_retries": Task.model_fields["guardrail_max_retries"].default}
    numbers |= {"Crew cache": Crew.model_fields["cache"].default, "LLM max_retries": llm.max_retries}
    numbers |= {"LLM timeout": llm.timeout, "first wait after 429": retry._LLM_RATE_LIMIT_INITIAL_DELAY_SECONDS}
    return read_defaults("CrewAI", {**numbers, **read_client()})


def ten_tasks(url: str) -> Any:
    """A crew of one with ten tasks, and a limit of requests a minute."""
    from crewai import LLM, Agent, Crew, Task

    llm = LLM(model="openai/small", base_url=url, api_key="none")
    worker = Agent(role="worker", goal="to answer", backstory="none", llm=llm)
    asked = [{"description": f"Is it right? {n}", "expected_output": "one word"} for n in range(ASKED)]
    return Crew(agents=[worker], tasks=[Task(agent=worker, context=[], **each) for each in asked], max_rpm=RPM)


def typed_output(url: str) -> Any:
    """An output type: the task's answer must be JSON of this form."""
    from crewai import LLM, Agent, Crew, Task
    from pydantic import BaseModel

    class Verdict(BaseModel):
        answer: str

    llm = LLM(model="openai/small", base_url=url, api_key="none")
    worker = Agent(role="worker", goal="to answer", backstory="none", llm=llm)
    asked: dict[str, Any] = {"description": "Is it right?", "expected_output": "one word", "output_pydantic": Verdict}
    return Crew(agents=[worker], tasks=[Task(agent=worker, **asked)])


def with_tool(url: str, **limits: Any) -> Any:
    """A worker that looks something up first, which takes a turn of its own."""
    from crewai import LLM, Agent, Crew, Task
    from crewai.tools import tool

    @tool
    def look_up(word: str) -> str:
        """Look a word up."""
        return "found"

    llm = LLM(model="openai/small", base_url=url, api_key="none")
    worker = Agent(role="worker", goal="to answer", backstory="none", llm=llm, tools=[look_up], **limits)
    return Crew(agents=[worker], tasks=[Task(description="Is it right?", expected_output="one word", agent=worker)])


def measure_back_off() -> list[Measurement]:
    """What a crew waits between the tries of its three layers, and whether it comes back when it is told to."""
    from crewai.llms import retry
    from openai import _constants

    client = law_of_waits(_constants.INITIAL_RETRY_DELAY, 2, 1 + _constants.DEFAULT_MAX_RETRIES)
    own = law_of_waits(retry._LLM_RATE_LIMIT_INITIAL_DELAY_SECONDS, 2, retry._LLM_RATE_LIMIT_MAX_ATTEMPTS)
    calls, sec = "calls_through_layers((3, 3, 3))", f"9 * ({client}) + 3 * ({own})"
    return measure_all(
        lambda: [WaitingClient("CrewAI", "as it comes", lambda url: defaults(url).kickoff(), calls, sec, 0.5)]
    )


def measure_limit() -> list[Measurement]:
    """Ten requests at max_rpm=2: what has no place waits a minute; the waits are noted and not waited for."""
    with serve(FaultPlan(soft=0.0)) as server:
        crew = ten_tasks(server.url)
        with noted_waits() as waits:
            _, answer = _start(crew)
        calls = f"calls = {ASKED}; usd = {ASKED} * {SMALL.usd}; successes = {ASKED}"
        law = predicted_by(f"{calls}; sec = {MINUTE_SEC} * (({ASKED} - 1) // {RPM}) + {ASKED} * {SMALL.sec}")
        sec = math.fsum([*waits, *(row.sec for row in server.log.settled())])
        own: Any = {"tasks": ASKED, "successes": ASKED * (answer == "RIGHT"), "sec": round(sec, 9)}
        own["counts"] = {"requests a minute": RPM, "waits": len(waits)}
        return [_measured(server, "rate limits", f"ten requests at max_rpm={RPM}", law, **own)]


def measure_output_type() -> list[Measurement]:
    """What an output type does about answers that are no JSON, and about a wrong value."""
    from crewai import Agent

    again = Agent.model_fields["max_retry_limit"].default
    found = []
    with serve() as server:
        for kind, words, calls in (
            ("malformed", "output_pydantic, malformed JSON", f"worst_attempts({again})"),
            ("wrong", "output_pydantic, a wrong value", "worst_attempts(0)"),
        ):
            server.reset(FaultPlan(soft=1.0, soft_kind=kind))
            raised, _ = _start(typed_output(server.url))
            law = predicted_by(f"calls = {calls}; usd = {calls} * {SMALL.usd}; successes = 0")
            own: Any = {"successes": 0, "raised": raised, "in_turn": True, "counts": {"raised": int(bool(raised))}}
            found.append(_measured(server, "soft failures", words, law, **own))
    return found


def measure_turns() -> list[Measurement]:
    """What a limit of turns makes of a task that needs two."""
    found = []
    with serve(FaultPlan(soft=0.0, tool_arguments={"word": "again"})) as server:
        for limits, words in (({}, "the default"), ({"max_iter": 1}, "max_iter=1")):
            server.reset()
            raised, answer = _start(with_tool(server.url, **limits))
            own: Any = {"successes": int(answer == "RIGHT"), "raised": raised, "in_turn": True}
            found.append(_measured(server, "budget", f"a task of two turns, {words}", None, **own))
    return found


def measure_account() -> list[Measurement]:
    """The crew's own count of tokens beside the server's log, where the first attempt is lost."""
    from ..server import SERVED

    card, found = SERVED["small"].card, []
    with serve() as server:
        for words, first in (("no fault", ()), ("time-out, then an answer", ("timeout",))):
            server.reset(FaultPlan(soft=0.0, attempts=first))
            crew = defaults(server.url, timeout=TIMEOUT_SEC)
            _, answer = _start(crew)
            usage = crew.usage_metrics
            seen = card.bill(usage.prompt_tokens, usage.cached_prompt_tokens, usage.completion_tokens)
            paid = 1 + sum(fault in BILLED for fault in first)
            law = predicted_by(f"calls = {len(first)} + 1; usd = {paid} * {SMALL.usd}; successes = 1")
            counts = {"requests by its own account": usage.successful_requests}
            own: Any = {"successes": int(answer == "RIGHT"), "usd_client": round(float(seen.usd), 12), "counts": counts}
            found.append(_measured(server, "accounting", f"usage: {words}", law, **own))
    return found


def _measured(
    server: Server, lever: str, words: str, law: Prediction | None, raised: str = "", **others: Any
) -> Measurement:
    own = {"predicted": law, "note": f"raises {raised}" if raised else "", **others}
    return measurement_of(server.log.settled(), lever, "CrewAI", words, **own)


def _start(crew: Any) -> tuple[str, str]:
    """The name of the error that a crew raises, or what it writes."""
    try:
        return "", str(crew.kickoff().raw)
    except Exception as error:  # the client's and the crew's own errors, which are many
        return type(error).__name__, ""


def _apart(condition: Callable[[], list[Measurement]]) -> Callable[[], list[Measurement]]:
    """The condition with CrewAI's files in a folder that is gone afterwards."""

    def measure() -> list[Measurement]:
        import os

        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            os.environ |= {"CREWAI_STORAGE_DIR": folder, "HOME": folder, "XDG_DATA_HOME": folder}
            return condition()

    return measure


CONDITIONS = {
    "crewai_retries": _apart(measure_retries),
    "crewai_guardrail": _apart(measure_guardrail),
    "crewai_cache": _apart(measure_cache),
    "crewai_back_off": _apart(measure_back_off),
    "crewai_limit": _apart(measure_limit),
    "crewai_output_type": _apart(measure_output_type),
    "crewai_turns": _apart(measure_turns),
    "crewai_account": _apart(measure_account),
    "crewai_defaults": _apart(read_crewai),
}
