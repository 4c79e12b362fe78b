"""The application: requests are read, billed, logged and answered; needs starlette."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .billing_log import FAILED, LEFT, OWN_ERROR, STOPPED
from .caller import Caller
from .models import Answer, PrefixCache, Served, ask_pocket, count_tokens, simulate, write_answer
from .plan import SOFT, STATUSES, FaultPlan
from .replies import Written, write_digits, write_embeddings, write_error, write_reply
from .requests import CHAT, EMBEDDINGS, RESPONSES, Asked, Refusal, read_request
from .state import State
from .structured import write_structured

LOGGER = logging.getLogger(__name__)
PATHS = {"/v1/chat/completions": CHAT, "/v1/responses": RESPONSES, "/v1/embeddings": EMBEDDINGS}


def make_app(state: State) -> Starlette:
    """The application: what is billed, and the list of the models."""

    async def list_models(_: Request) -> Response:
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "labkit"} for name in state.models]
        return Response(json.dumps({"object": "list", "data": listed}), media_type="application/json")

    async def show_error(request: Request, error: Any) -> Response:
        missing = error.status_code == 404
        why = f"there is nothing at {request.url.path[:80]!r}" if missing else f"{request.method[:20]} is not allowed"
        return Response(write_error(error.status_code, why), error.status_code, error.headers, "application/json")

    routes = [Route(path, _Endpoint(state, name), methods=["POST"]) for path, name in PATHS.items()]
    routes.append(Route("/v1/models", list_models, methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={HTTPException: show_error})
    app.router.redirect_slashes = False  # a redirection would lead to whatever host the request names
    return app


class _Endpoint:
    """One of the three addresses that are billed."""

    def __init__(self, state: State, name: str) -> None:
        self.state, self.name = state, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = Caller(self.state, scope, receive, send)
        retry = caller.headers.get("x-stainless-retry-count", "")
        number = caller.log.begin(
            self.name,
            task=caller.task,
            client_retry=int(retry) if retry.isdecimal() and len(retry) < 6 else None,
        )
        if number is None:
            await caller.answer(503, write_error(503, "the log is full; reset the server"), connection="close")
            return
        self.state.in_flight += 1
        outcome: dict[str, Any] = {"fault": FAILED}
        try:
            outcome = await self._serve(caller, number)
        except Refusal as refusal:
            outcome = {"fault": OWN_ERROR, "model": refusal.model}
            error = write_error(refusal.status, refusal.message, refusal.param, refusal.code)
            await caller.answer(refusal.status, error, **({"connection": "close"} if refusal.status > 404 else {}))
        except asyncio.CancelledError:
            outcome = {"fault": STOPPED}
            raise
        except Exception:
            LOGGER.exception("the endpoint failed")
            if caller.status is None:
                await caller.answer(500, write_error(500, "the server failed"))
        finally:
            self.state.in_flight -= 1
            there = caller.there if caller.heard is None else caller.heard
            caller.log.end(number, **{"status": caller.status, "client_there": there, **outcome})
            caller.leave()

    async def _serve(self, caller: Caller, number: int) -> dict[str, Any]:
        """Read, bill and answer one request; what the log has to know of its end."""
        limits = self.state.limits
        try:
            body = await asyncio.wait_for(caller.read_body(), limits.body_sec)
        except asyncio.TimeoutError:
            raise Refusal(408, f"the body must arrive within {limits.body_sec:g} s") from None
        if body is None:
            return {"fault": LEFT, "client_there": False}
        if self.state.in_flight > limits.at_once:
            raise Refusal(503, f"at most {limits.at_once} requests are served at once")
        asked = read_request(body, self.state.models, self.name)
        model, plan = self.state.models[asked.model], caller.plan.for_model(asked.model)
        key = asked.key
        attempt = caller.log.count_attempt(model.name, key, caller.task)
        fault = caller.plan.fault_of(model.name, key + caller.task, attempt, model.p)
        fault = "" if asked.texts and fault in SOFT else fault  # a vector is neither right nor wrong
        known = {"model": model.name, "prompt_hash": key, "attempt": attempt, "stream": asked.stream, "fault": fault}
        caller.log.update(number, **known)
        if fault in STATUSES:
            wait = {} if plan.retry_after_sec is None else {"retry_after": write_digits(plan.retry_after_sec)}
            await caller.answer(int(fault), write_error(int(fault), f"planned fault {fault}"), **wait)
            return {}
        answer = await self._think(caller.plan, model, asked, (key + caller.task, attempt), fault in SOFT)
        reply = _write(plan, asked, answer, number, fault)
        tokens = {name: count for name, count in answer._asdict().items() if name.startswith("tokens_")}
        bill = model.card.bill(**tokens)
        caller.log.update(number, usd=float(bill.usd), sec=float(bill.sec), **tokens)
        sec = float(bill.sec) * self.state.pace
        if not await caller.deliver(reply, asked.stream, sec, fault, plan.hang_sec):
            return {"fault": STOPPED} if caller.stopped and not fault else {}
        if asked.texts:
            return {}
        return {"right": answer.right} if answer.right or fault else {"right": False, "fault": "wrong"}

    async def _think(self, plan: FaultPlan, model: Served, asked: Asked, words: tuple[str, int], wrong: bool) -> Answer:
        """What the model writes: a pocket model in a thread of its own, so that the others go on."""
        if asked.texts:
            return Answer("", True, "stop", sum(map(count_tokens, asked.texts)))
        own, drawn = plan.for_model(model.name), (plan.seed, model.name, *words)
        if model.make_pocket is None:
            cache = self.state.caches.setdefault(model.name, PrefixCache())
            return simulate(own, asked.prompt, asked.last, drawn, asked.limit, wrong, cache)
        if model.name not in self.state.pockets:
            self.state.pockets[model.name] = model.make_pocket()
        pocket = self.state.pockets[model.name]
        given = (asked.system, asked.last, plan.seed, words[1], asked.temperature, asked.limit)
        try:
            answer = await asyncio.to_thread(ask_pocket, pocket, *given)
        except ValueError as error:
            raise Refusal(400, str(error)) from None
        return answer._replace(text=write_answer(own, asked.last, drawn, wrong), right=False) if wrong else answer


def _write(plan: FaultPlan, asked: Asked, answer: Answer, number: int, fault: str) -> Written:
    """The reply as it was asked for: vectors, a tool's call, JSON by a schema, or the plain text."""
    if asked.texts:
        return Written(write_embeddings(asked, answer.tokens_in), [])
    end = -1 if fault == "malformed" else None
    if asked.tool and plan.tool_arguments is not None:
        arguments = json.dumps({} if fault == "wrong" else dict(plan.tool_arguments))
        return write_reply(asked, answer, number, arguments[:end])
    if asked.schema is not None:
        answer = answer._replace(text=write_structured(asked.schema, answer.text, answer.right)[:end])
    return write_reply(asked, answer, number, None)
