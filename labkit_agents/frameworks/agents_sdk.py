"""The OpenAI Agents SDK: retries, an output type, input guardrails, turns, and its own account of tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit import PREMIUM, SMALL
from labkit.prices import PriceCard

from ..server import SERVED, FaultPlan, Server, serve
from .measurement import BILLED, SOON_SEC, Measurement, Prediction, measurement_of, predicted_by
from .one_loop import run

FRAMEWORK = "OpenAI Agents SDK"
TASKS = 200
TIMEOUT_SEC = 1.0
QUESTION = "Is it right?"
TURNS = 2
"""Of a task in which something is looked up: a call that asks for it, and one that answers."""


def asks(url: str, max_retries: int = 2, model: str = "small", timeout: float = 600.0, **options: Any) -> Any:
    """An agent of a model; 2 retries are the client's own default."""
    from agents import Agent, OpenAIResponsesModel
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=max_retries, timeout=timeout)
    named = {"name": model, "model": OpenAIResponsesModel(model=model, openai_client=client)}
    return Agent(**named, **options)


def default_model_class(url: str) -> Any:
    """An agent whose model is named and no more: the SDK's default class for it calls ``/v1/responses``."""
    from agents import Agent, set_default_openai_client
    from openai import AsyncOpenAI

    set_default_openai_client(AsyncOpenAI(base_url=url, api_key="none"), use_for_tracing=False)
    return Agent(name="worker", model="small")


def no_client_retries(url: str) -> Any:
    """An agent whose client does not retry."""
    return asks(url, max_retries=0, timeout=TIMEOUT_SEC)


def client_default(url: str) -> Any:
    """An agent with everything left as it is."""
    return asks(url, timeout=TIMEOUT_SEC)


def settings_without_policy(url: str) -> Any:
    """Retry settings that name how often, and not when: nothing is retried."""
    from agents import ModelRetrySettings, ModelSettings

    return asks(url, max_retries=0, model_settings=ModelSettings(retry=ModelRetrySettings(max_retries=2)))


def settings_with_policy(url: str) -> Any:
    """The same with a policy, beside a client that was left as it is."""
    from agents import ModelRetrySettings, ModelSettings, retry_policies

    when = retry_policies.http_status([429, 500])
    retry = ModelRetrySettings(max_retries=2, backoff={"initial_delay": 0, "jitter": False}, policy=when)
    return asks(url, model_settings=ModelSettings(retry=retry))


def typed_output(url: str) -> Any:
    """An output type: what does not fit it raises ModelBehaviorError, and nothing is asked again."""
    from pydantic import BaseModel

    class Verdict(BaseModel):
        answer: str

    return asks(url, output_type=Verdict)


def guarded(url: str, run_in_parallel: bool = True) -> Any:
    """A premium agent with an input guardrail that asks the small model; by default both are asked at once."""
    from agents import GuardrailFunctionOutput, Runner, input_guardrail

    judge = asks(url)

    @input_guardrail(run_in_parallel=run_in_parallel)
    async def refuse(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
        verdict = (await Runner.run(judge, f"May this be answered? {given}")).final_output
        return GuardrailFunctionOutput(output_info=verdict, tripwire_triggered=verdict == "WRONG")

    return asks(url, model="premium", input_guardrails=[refuse])


def with_tool(url: str) -> Any:
    """An agent that looks something up first, which takes a turn of its own."""
    from agents import function_tool

    @function_tool
    def look_up(word: str) -> str:
        """Look a word up."""
        return "found"

    return asks(url, tools=[look_up])


def hands_on(url: str) -> Any:
    """An agent of the small model that may hand the question to a premium one; that it does is a call of its own."""
    return asks(url, handoffs=[asks(url, model="premium")])


def measure_handoff() -> list[Measurement]:
    """What it costs that a model decides who answers."""
    plan = FaultPlan(soft=0.0, models={"small": FaultPlan(soft=0.0, tool_arguments={})})
    with serve(plan) as server:
        raised, result = run(_ask(hands_on(server.url), QUESTION, server))
        right = int(result is not None and result.final_output == "RIGHT")
        both = f"usd = {SMALL.usd} + {PREMIUM.usd}; sec = sequential([{SMALL.sec}, {PREMIUM.sec}])"
        law = predicted_by(f"calls = 2; successes = 1; {both}")
        return [_measured(server, "routing", "a handoff from small to premium", law, right, raised, in_turn=True)]


def measure_retries() -> list[Measurement]:
    """Calls on the wire when every attempt fails, by what was set and by kind of fault."""
    found = []
    with serve() as server:
        for build, words, layers in (
            (no_client_retries, "client without retries", {"500": (1,), "429": (1,), "400": (1,), "timeout": (1,)}),
            (client_default, "client default", {"500": (3,), "429": (3,), "400": (1,), "timeout": (3,), "cut": (3,)}),
            (settings_without_policy, "ModelRetrySettings without a policy, client without retries", {"500": (1,)}),
            (settings_with_policy, "ModelRetrySettings with a policy, client default", {"500": (3, 2), "429": (3, 2)}),
        ):
            for kind, each in layers.items():
                server.reset(FaultPlan(hard=1.0, kinds=(kind,), retry_after_sec=SOON_SEC))
                raised, _ = run(_ask(build(server.url), QUESTION, server))
                law = _law_of_retries(each, kind)
                found.append(_measured(server, "retries", f"{words}: {kind}", law, 0, raised))
    return found


def measure_output_type() -> list[Measurement]:
    """How many malformed and how many wrong answers an output type notices, and that it asks for none again."""
    found = []
    with serve() as server:
        for kind, words in (("malformed", "output_type, malformed JSON"), ("wrong", "output_type, wrong value")):
            share = 1 - SMALL.p_ok
            server.reset(FaultPlan(soft=share, soft_kind=kind, wrong_text="WRONG"))
            right, noticed, usd = 0, 0, 0.0
            agent = typed_output(server.url)
            for task in range(TASKS):
                raised, result = run(_ask(agent, f"{QUESTION} {task}", server))
                noticed += raised == "ModelBehaviorError"
                right += result is not None and result.final_output.answer == "RIGHT"
                usd += 0.0 if result is None else _bill(result.context_wrapper.usage)
            law = predicted_by(f"calls = {TASKS}; usd = {TASKS} * {SMALL.usd}; successes = {TASKS} * {SMALL.p_ok}")
            rows = server.log.settled()
            own = {
                "in_turn": True, "tasks": TASKS, "successes": right, "usd_client": round(usd, 12), "predicted": law,
                "counts": {"raised": noticed, "soft faults": sum(row.fault == kind for row in rows)},
            }  # fmt: skip
            found.append(measurement_of(rows, "soft failures", FRAMEWORK, words, **own))
    return found


def measure_guardrails() -> list[Measurement]:
    """What is paid for a question that an input guardrail refuses."""
    found = []
    plan = FaultPlan(soft=0.0, models={"small": FaultPlan(soft=1.0)})
    with serve(plan, pace=1.0) as server:
        for parallel, usd in ((True, f"{SMALL.usd} + {PREMIUM.usd}"), (False, f"{SMALL.usd}")):
            server.reset()
            raised, _ = run(_ask(guarded(server.url, parallel), QUESTION, server))
            law = predicted_by(f"calls = {1 + parallel}; usd = {usd}; successes = 0")
            words = "input guardrail beside the call, the default" if parallel else "run_in_parallel=False"
            found.append(_measured(server, "soft failures", words, law, 0, raised))
    return found


def measure_turns() -> list[Measurement]:
    """What a limit of turns leaves of a task that needs two: every turn is paid, and no answer comes out."""
    from agents.run import DEFAULT_MAX_TURNS

    found = []
    with serve(FaultPlan(soft=0.0, tool_arguments={"word": "again"})) as server:
        for turns in (DEFAULT_MAX_TURNS, 1):
            server.reset()
            raised, _ = run(_ask(with_tool(server.url), QUESTION, server, max_turns=turns))
            calls, right = f"min({TURNS}, {turns})", int(turns >= TURNS)
            law = predicted_by(f"calls = {calls}; usd = {calls} * {SMALL.usd}; successes = {right}")
            words = f"a task of two turns, max_turns={turns}{', the default' if right else ''}"
            found.append(_measured(server, "budget", words, law, int(not raised), raised, in_turn=True))
    return found


def measure_account() -> list[Measurement]:
    """The run's own usage beside the server's log, where the first attempt of each question is lost."""
    found = []
    with serve() as server:
        for words, build, first in (
            ("no fault", client_default, ()),
            ("no fault, the default model class", default_model_class, ()),
            ("500, then an answer", client_default, ("500",)),
            ("time-out, then an answer", client_default, ("timeout",)),
        ):
            server.reset(FaultPlan(soft=0.0, attempts=first, retry_after_sec=SOON_SEC))
            _, result = run(_ask(build(server.url), QUESTION, server))
            usage = result.context_wrapper.usage
            paid = 1 + sum(fault in BILLED for fault in first)
            law = predicted_by(f"calls = {len(first)} + 1; usd = {paid} * {SMALL.usd}; successes = 1")
            responses = sum(row.endpoint == "responses" for row in server.log.settled())
            counts = {"requests by its own account": usage.requests, "calls of /v1/responses": responses}
            own: Any = {"usd_client": round(_bill(usage), 12), "counts": counts}
            found.append(_measured(server, "accounting", f"usage: {words}", law, 1, **own))
    return found


def _law_of_retries(layers: tuple[int, ...], kind: str) -> Prediction:
    """The runner switches the client's retries off in its own, so that two layers add up and do not multiply."""
    calls = " + ".join(f"calls_through_layers({(each,)})" for each in layers)
    usd = f"({calls}) * {SMALL.usd}" if kind in BILLED else "0"
    return predicted_by(f"calls = {calls}; usd = {usd}; successes = 0")


def _measured(
    server: Server, lever: str, words: str, law: Prediction, successes: int, raised: str = "", **others: Any
) -> Measurement:
    own = {"successes": successes, "predicted": law, "note": f"raises {raised}" if raised else "", **others}
    return measurement_of(server.log.settled(), lever, FRAMEWORK, words, **own)


async def _ask(agent: Any, question: str, server: Server, **options: Any) -> tuple[str, Any]:
    """The name of the error that a run raises, or its result; what it had under way has ended by then."""
    import asyncio

    from agents import Runner

    try:
        return "", await Runner.run(agent, question, **options)
    except Exception as error:  # the client's and the SDK's own errors, which are many
        await asyncio.to_thread(server.log.settled)
        return type(error).__name__, None


def _bill(usage: Any, card: PriceCard = SERVED["small"].card) -> float:
    """What the run's own count of tokens costs by the card."""
    return float(card.bill(usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens).usd)


CONDITIONS: dict[str, Callable[[], list[Measurement]]] = {
    "agents_sdk_retries": measure_retries,
    "agents_sdk_output_type": measure_output_type,
    "agents_sdk_guardrails": measure_guardrails,
    "agents_sdk_handoff": measure_handoff,
    "agents_sdk_turns": measure_turns,
    "agents_sdk_account": measure_account,
}
