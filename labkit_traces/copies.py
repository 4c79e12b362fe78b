"""One call recorded by two instrumentations: siblings, or in traces of their own, where no tree shows it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from .spans import Span
from .values import base_model

ENCLOSING = "calls that enclose one of another instrumentation with the same model and tokens"
SAME_REPLY = "calls with the provider's id of a reply that is counted already"
MOST_OPEN, MOST_KEPT = 100, 10
"""So many calls that run at one moment are compared, of more those that began last; and so many of one reply."""


def drop_copies(calls: Sequence[Span], dropped: Counter[str]) -> list[Span]:
    """The calls without those that are another's copy, in their order.

    Two rules. One reply, by the provider's id, model and tokens, counts once if two instrumentations recorded it or the
    two overlap in time; a cache serves it again later, and where one instrumentation saw that, only time tells. And a
    call goes if its interval encloses one of another instrumentation with the same model and tokens; each inner call
    accounts for one outer of an instrumentation. The innermost is kept, and takes the place (task, step) of the other,
    where it stands in no tree itself.
    """
    gone: set[int] = set()
    replies: dict[tuple[object, ...], list[Span]] = defaultdict(list)
    alike: dict[tuple[object, ...], list[Span]] = defaultdict(list)
    for call in calls:
        if not call.hit:
            if call.response:
                replies[call.response, base_model(call.model)].append(call)
            if call.model:
                alike[_likeness(call)].append(call)
    for group in replies.values():
        if len(group) > 1:
            _keep_one_reply(group, gone, dropped)
    for group in alike.values():
        if len({call.scope for call in group}) > 1:
            _keep_innermost([call for call in group if id(call) not in gone], gone, dropped)
    return [call for call in calls if id(call) not in gone]


def _likeness(call: Span) -> tuple[object, ...]:
    """What two records of one call have in common: the model without its provider and date, and the tokens."""
    tokens, model = call.tokens, base_model(call.model)
    return (model, tokens.read, tokens.out) if tokens else (model,)


def _keep_one_reply(group: list[Span], gone: set[int], dropped: Counter[str]) -> None:
    kept: list[Span] = []
    unique = not _is_used_again(group)
    for call in sorted(group, key=lambda call: (_seconds(call), *call.identity)):
        alike = (
            other
            for other in kept[:MOST_KEPT]
            if (call.tokens is None or other.tokens is None or _likeness(call) == _likeness(other))
            and ((unique and other.scope != call.scope) or _overlap(other, call))
        )
        first = next(alike, None)
        if first is None:
            kept.append(call)
        else:
            _replace(call, first, gone)
            dropped[SAME_REPLY] += 1


def _is_used_again(group: list[Span]) -> bool:
    """Whether one instrumentation saw the id at two moments: out of a cache, or of a server that has one id for all."""
    last: dict[str, Span] = {}
    for call in sorted(group, key=lambda call: (call.scope, *call.identity)):
        if call.scope in last and not _overlap(last[call.scope], call):
            return True
        last[call.scope] = call
    return False


def _keep_innermost(group: list[Span], gone: set[int], dropped: Counter[str]) -> None:
    """One sweep over the calls by their start: outer calls are open when an inner one begins; the tightest one goes."""
    timed = [call for call in group if not (math.isnan(call.start) or math.isnan(call.end))]
    opened: defaultdict[str, list[Span]] = defaultdict(list)
    waiting, most_waiting = 0, MOST_OPEN
    for inner in sorted(timed, key=lambda call: (call.start, -call.end, *call.identity)):
        if waiting > most_waiting:
            opened = defaultdict(list, {k: [x for x in v if x.end >= inner.start] for k, v in opened.items()})
            waiting = sum(map(len, opened.values()))
            most_waiting = 2 * waiting + MOST_OPEN
        for scope, outers in opened.items():
            around = [outer for outer in outers[-MOST_OPEN:] if outer.end >= inner.end] if scope != inner.scope else ()
            if around:
                outer = min(around, key=lambda call: call.end)
                outers.remove(outer)
                _replace(outer, inner, gone)
                dropped[ENCLOSING] += 1
        opened[inner.scope].append(inner)
        waiting += 1


def _replace(copy: Span, kept: Span, gone: set[int]) -> None:
    """The copy goes; what only it knows stays with the other."""
    gone.add(id(copy))
    if not kept.parent:
        kept.trace, kept.task, kept.step, kept.parent = copy.trace, kept.task or copy.task, copy.step, copy.parent
    kept.tokens = kept.tokens or copy.tokens
    if kept.usd is None and not kept.hit:
        kept.usd, kept.currency, kept.source = copy.usd, copy.currency, copy.source


def _seconds(call: Span) -> float:
    """How long it took; what does not say so is no inner call."""
    return math.inf if math.isnan(call.end - call.start) else call.end - call.start


def _overlap(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end
