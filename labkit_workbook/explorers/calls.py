"""Explorers of cost: the calls that a seventh agent causes, and the conversation that grows."""

from __future__ import annotations

from functools import cache

import numpy as np

from labkit import PREMIUM, Model, Workflow, chain, cost, parallel, plots

from .tables import Explorer, Lever, Switch

AGENT = Model(PREMIUM.usd, 5.0, PREMIUM.p_ok, "agent")
"""The agent of lesson 00: a premium call that reads a conversation and takes 5 s."""
USD_PER_MILLION = 3
"""The price of a million input tokens on the card of lesson 01."""


def seventh_workflow(agents: int, objections: int, side: bool) -> Workflow:
    """Who calls whom in lesson 00: up to six agents answer at once; a seventh objects to some of the answers.

    Each objection is a call of the seventh, and causes a reply, one after another. With ``side`` the objections go out
    at once, and so do the replies. A seventh that objects to nobody makes one call: it agrees.
    """
    answers = parallel(min(agents, 6), AGENT, "answer")
    if agents < 7:
        return answers
    if objections == 0:
        return answers.then(chain(1, AGENT, "agrees"))
    if side:
        return answers.then(parallel(objections, AGENT, "objection")).then(parallel(objections, AGENT, "reply"))
    talk = answers
    for _ in range(objections):
        talk = talk.then(chain(1, AGENT, "objection")).then(chain(1, AGENT, "reply"))
    return talk


@cache
def seventh_agent() -> Explorer:
    """One to seven agents, and how many of the six the seventh objects to: calls, bill, seconds, how often all right.

    >>> seventh_agent().look_up(agents=7, objections=6).round(3).tolist()
    [18.0, 0.54, 65.0, 0.762]
    """
    agents = Lever("agents", "agents", 6, tuple(range(1, 8)))
    objections = Lever("objections", "objections of the seventh", 6, tuple(range(7)))
    side = Switch("side", "objections side by side")
    table = np.empty((7, 7, 2, 4))
    for n in agents.values:
        for k in objections.values:
            for i in (0, 1):
                workflow = seventh_workflow(int(n), int(k), bool(i))
                out = workflow.outcome()
                table[int(n) - 1, int(k), i] = (len(workflow), out.cost, out.latency, out.reliability)
    return Explorer(
        name="seventh_agent",
        title="The seventh agent: who calls whom, and what it costs",
        view="seventh",
        levers=(agents, objections, side),
        table=table,
        still=lambda: plots.compare(
            {f"{n} agents": seventh_workflow(n, 6, False).outcome() for n in (1, 6, 7)},
            title="One agent more: three times the bill, a minute more",
        ),
        more={"six": table[5, 0, 0]},
    )


@cache
def growing_context() -> Explorer:
    """Tokens billed by an agent that sends its whole conversation again with each call.

    Behind the axes: tokens billed with the conversation sent again; and with its prefix read from a cache at 0.10 and
    written at 1.25 times the price, counted in tokens at the full price. Every call like the first is growth 0.

    >>> growing_context().look_up(first=2000, growth=500, steps=9).tolist()
    [36000.0, 10500.0]
    """
    first = Lever("first", "tokens of the first call", 2000, tuple(range(1000, 10_001, 1000)))
    growth = Lever("growth", "tokens added a step", 500, tuple(range(0, 3001, 250)))
    steps = Lever("steps", "steps", 20, tuple(range(1, 61)))
    a, b, s = np.ix_(first.values, growth.values, steps.values)
    sent = cost.growing_context_tokens(a, b, s)
    table = np.stack([sent, cost.cached_context_tokens(a, b, s, read=0.1, write=1.25)], axis=-1)
    return Explorer(
        name="growing_context",
        title="The growing conversation: input tokens billed over the steps",
        view="growing",
        levers=(first, growth, steps),
        table=table,
        more={"usd_per_million": USD_PER_MILLION},
        still=lambda: _still_conversation(table[1, 2], table[1, 0]),
    )


def _still_conversation(tokens: np.ndarray, without_growth: np.ndarray) -> plots.Picture:
    """The explorer as it stands at first."""
    (sent, cached), alike = tokens[:40].T, without_growth[:40, 0]
    return plots.curves(
        np.arange(1, 41),
        {"conversation sent again": sent, "every call like the first": alike, "sent again, prefix cached": cached},
        "steps",
        "input tokens billed in all",
        "The bill grows with the square of the steps",
        f"Tokens billed over 1 to 40 steps, from 2,000 and 500 more a step: {sent[-1]:,.0f} if the conversation is "
        f"sent again, {cached[-1]:,.0f} if its prefix is cached, {alike[-1]:,.0f} if every call were like the first.",
    )
