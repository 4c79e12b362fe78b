"""The requests of the endpoint, from their first byte to the last of the reply; needs starlette."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..pocket import PocketModel
from .billing_log import FAILED, LEFT, OWN_ERROR, STOPPED, TASK_HEADER, BillingLog
from .limits import Limits
from .models import TOKEN, Answer, PrefixCache, Served, ask_pocket, simulate, write_answer
from .plan import SOFT, STATUSES, FaultPlan
from .replies import Written, write_embeddings, write_error, write_reply
from .requests import CHAT, EMBEDDINGS, RESPONSES, Asked, Refusal, read_request
from .structured import write_structured

JSON = b"application/json"
FIRST = 0.3
"""The share of a stream's seconds that pass before its first piece."""


@dataclass
class State:
    """What the server and its requests share; a request takes the plan and the log as they are when it comes."""

    plan: FaultPlan
    log: BillingLog
    pace: float
    models: dict[str, Served]
    limits: Limits
    pockets: dict[str, PocketModel] = field(default_factory=dict)
    caches: dict[str, PrefixCache] = field(default_factory=dict)
    in_flight: int = 0
    stopping: asyncio.Future[None] | None = None

    def forget(self) -> None:
        """Empty the models' prefix caches."""
        self.pockets, self.caches = {}, {}


@dataclass
class Work:
    """What is to be sent for a request that was understood: the reply, and what goes wrong with it."""

    reply: Written
    fault: str
    sec: float
    stream: bool
    hang_sec: float


class Caller:
    """One request on its way: its row in the log, and whether its client is still there."""

    def __init__(self, state: State, scope: Scope, receive: Receive, send: Send) -> None:
        self.state, self.plan, self.log = state, state.plan, state.log
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._receive, self._send = receive, send
        self._gone: asyncio.Task[Any] | None = None
        self.status: int | None = None
        self.heard: bool | None = None

    @property
    def there(self) -> bool:
        """Whether the client has not hung up."""
        return self._gone is None or not self._gone.done()

    @property
    def stopped(self) -> bool:
        """Whether the server is about to stop."""
        return self.state.stopping is not None and self.state.stopping.done()

    async def read_body(self) -> bytes | None:
        """All of the body, or None where the client left first; from then on the connection is watched."""
        most = self.state.limits.body_bytes
        told = self.headers.get("content-length", "0")
        too_long = f"the body must have at most {most:,} bytes"
        if len(told) > 12 or int(told) > 16 * most:
            raise Refusal(413, too_long)
        body, length, more = b"", 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            part, more = message.get("body", b""), message.get("more_body", False)
            length += len(part)
            body = body + part if length <= most else b""
            if length > 16 * most:
                break
        if length > most:  # answered when it has been read, so that the client hears it
            raise Refusal(413, too_long)
        self._gone = asyncio.ensure_future(self._watch())
        return body

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def wait(self, sec: float) -> bool:
        """Wait so many real seconds; False as soon as the client has left or the server stops."""
        watched = {each for each in (self._gone, self.state.stopping) if each is not None}
        await asyncio.wait(watched, timeout=sec, return_when=asyncio.FIRST_COMPLETED)
        return self.there and not self.stopped

    async def start(self, status: int, kind: bytes, length: int | None = None, **headers: str) -> None:
        """Send the head of the reply."""
        self.status = status
        fields = [(b"content-type", kind)]
        fields += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        if length is not None:
            fields.append((b"content-length", str(length).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": fields})

    async def put(self, part: bytes, more: bool = False) -> None:
        """Send a part of the body; with the last, note whether the client is there to hear it."""
        self.heard = self.there
        await self._send({"type": "http.response.body", "body": part, "more_body": more})

    async def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole reply."""
        await self.start(status, JSON, len(body), **headers)
        await self.put(body)

    async def hang_up(self) -> None:
        """Break the connection: with a reply that was begun and not ended, the server closes it."""
        self.heard = self.there
        if self.heard and self.status is None:
            await self.start(200, JSON, 1)

    def leave(self) -> None:
        """Watch the connection no longer."""
        if self._gone is not None:
            self._gone.cancel()


class Endpoint:
    """One of the three addresses that are billed."""

    def __init__(self, state: State, name: str) -> None:
        self.state, self.name = state, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = Caller(self.state, scope, receive, send)
        retry = caller.headers.get("x-stainless-retry-count", "")
        number = caller.log.begin(
            self.name,
            task=caller.headers.get(TASK_HEADER, "")[:200],
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
            close = {"connection": "close"} if refusal.status in (408, 413, 503) else {}
            await caller.answer(refusal.status, error, **close)
        except asyncio.CancelledError:
            outcome = {"fault": STOPPED}
            raise
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
        key = blake2b(asked.prompt.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        attempt = caller.log.count_attempt(model.name, key)
        fault = caller.plan.fault_of(model.name, key, attempt, model.p)
        known = {"model": model.name, "prompt_hash": key, "attempt": attempt, "stream": asked.stream, "fault": fault}
        caller.log.update(number, **known)
        if fault in STATUSES:
            wait = {} if plan.retry_after_sec is None else {"retry_after": f"{plan.retry_after_sec:g}"}
            await caller.answer(int(fault), write_error(int(fault), f"planned fault {fault}"), **wait)
            return {}
        if asked.texts:
            answer = Answer("", True, "stop", sum(-(-len(text) // TOKEN) for text in asked.texts), 0, 0, 0)
            reply = Written(write_embeddings(asked, answer.tokens_in), [])
        else:
            answer = await self._think(caller, model, asked, (key, attempt), fault in SOFT)
            reply = _write(plan, asked, answer, number, fault)
        tokens = {name: count for name, count in answer._asdict().items() if name.startswith("tokens_")}
        bill = model.card.bill(**tokens)
        caller.log.update(number, usd=float(bill.usd), sec=float(bill.sec), **tokens)
        if not await _deliver(
            caller, Work(reply, fault, float(bill.sec) * self.state.pace, asked.stream, plan.hang_sec)
        ):
            return {"fault": STOPPED} if caller.stopped and not fault else {}
        if asked.texts:
            return {}
        return {"right": answer.right} if answer.right or fault else {"right": False, "fault": "wrong"}

    async def _think(self, caller: Caller, model: Served, asked: Asked, words: tuple[str, int], wrong: bool) -> Answer:
        """What the model writes: a pocket model in a thread of its own, so that the others go on."""
        plan = caller.plan.for_model(model.name)
        drawn = (caller.plan.seed, model.name, *words)
        if model.make_pocket is None:
            cache = self.state.caches.setdefault(model.name, PrefixCache())
            return simulate(model, plan, asked.prompt, asked.last, drawn, asked.limit, wrong, cache)
        if model.name not in self.state.pockets:
            self.state.pockets[model.name] = model.make_pocket()
        pocket = self.state.pockets[model.name]
        given = (asked.system, asked.last, caller.plan.seed, words[1], asked.temperature, asked.limit)
        try:
            answer = await asyncio.to_thread(ask_pocket, pocket, *given)
        except ValueError as error:
            raise Refusal(400, str(error)) from None
        return answer._replace(text=write_answer(plan, asked.last, drawn, wrong), right=False) if wrong else answer


def _write(plan: FaultPlan, asked: Asked, answer: Answer, number: int, fault: str) -> Written:
    """The reply as it was asked for: a tool's call, JSON by a schema, or the plain text."""
    malformed = fault == "malformed"
    if asked.tool and plan.tool_arguments is not None:
        arguments = json.dumps(dict(plan.tool_arguments))
        return write_reply(asked, answer, number, arguments[:-1] if malformed else arguments)
    if asked.schema is not None:
        text = write_structured(asked.schema, answer.text, answer.right)
        answer = answer._replace(text=text[:-1] if malformed else text)
    return write_reply(asked, answer, number, None)


async def _deliver(caller: Caller, work: Work) -> bool:
    """Send the reply in its time; whether all of it was sent to a client that was still there."""
    before = FIRST * work.sec if work.stream else work.sec
    if not await caller.wait(before):
        return False
    if work.stream:
        return await _stream(caller, work)
    if work.fault == "timeout":
        await caller.wait(work.hang_sec)
    elif work.fault == "cut":
        await caller.start(200, JSON, len(work.reply.body))
        await caller.put(work.reply.body[: len(work.reply.body) // 2], more=True)
    else:
        await caller.answer(200, work.reply.body)
        return True
    await caller.hang_up()
    return False


async def _stream(caller: Caller, work: Work) -> bool:
    events = work.reply.events
    await caller.start(200, b"text/event-stream", cache_control="no-cache")
    for place, event in enumerate(events):
        if work.fault == "cut" and place == len(events) // 2:
            break
        await caller.put(event, more=True)
        hangs = work.fault == "timeout"
        there = await caller.wait(work.hang_sec if hangs else (1 - FIRST) * work.sec / len(events))
        if hangs or not there:
            break
    else:
        await caller.put(b"")
        return True
    await caller.hang_up()
    return False


def make_app(state: State) -> Starlette:
    """The application: what is billed, and the list of the models."""

    async def list_models(_: Request) -> Response:
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "labkit"} for name in state.models]
        return Response(json.dumps({"object": "list", "data": listed}), media_type="application/json")

    async def show_error(request: Request, error: Exception) -> Response:
        status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
        message = {404: f"there is nothing at {request.url.path[:80]!r}", 405: f"{request.method[:20]} is not allowed"}
        body = write_error(status, message.get(status, "the server failed"))
        return Response(body, status, headers, media_type="application/json")

    paths = {"/v1/chat/completions": CHAT, "/v1/responses": RESPONSES, "/v1/embeddings": EMBEDDINGS}
    billed: list[tuple[str, Callable[..., Any]]] = [(path, Endpoint(state, name)) for path, name in paths.items()]
    routes = [Route(path, endpoint, methods=["POST"]) for path, endpoint in billed]
    routes.append(Route("/v1/models", list_models, methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: show_error, Exception: show_error})
