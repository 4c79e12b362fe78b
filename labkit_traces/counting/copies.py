"""One call recorded by two instrumentations: siblings, or in traces of their own, where no tree shows it."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import islice
from operator import attrgetter

from ..parsing.spans import Span
from ..parsing.values import base_model
from ..pricing import STATED, Price, differ
from .records import MOST_OPEN, SCOPE, Copies, are_of_two_tasks, encloses, find_timed, group_by, likeness
from .replies import keep_fullest, keep_hits, keep_one_reply
from .trees import ROUNDING

ENCLOSING = "calls that enclose one of another instrumentation with the same model and tokens"
STREAMED = "records of a streamed reply that are the end of a call"
IN_TWO, LONGEST_STREAM = "logfire", 3600.0
"""Whose instrumentations write a streamed call in two records, and how many seconds the second may come after."""
MOST_SCOPES = 20
"""Of so many instrumentations, those that began a call last, running calls are compared."""
SILENT = "calls without usage that enclose another instrumentation's record of them"
RESPONSE = attrgetter("response")


def drop_copies(
    calls: Sequence[Span], price: Price, dropped: Counter[str], reused: Container[object] = ()
) -> list[Span]:
    """The calls without those that are another's copy, in their order.

    In this order:

    - A record of logfire's that takes no time is the end of a stream: it accounts for the last call without usage of
      the same model that ended in the hour before, of its own trace and parent if there is one.
    - One reply, by the provider's id, model and tokens, counts once if two instrumentations recorded it or the two
      overlap in time; a cache serves it again later, and where one instrumentation saw that, only time tells.
    - A call goes that another instrumentation knows for a hit of an answer cache: the hit lies inside it, with
      its model, or has its reply and overlaps it, and tells no other tokens. Each accounts for one call.
    - A call goes if its interval encloses one of another instrumentation with the same model and tokens; each inner
      call accounts for one outer of an instrumentation. The innermost is kept, and takes the place (task, step) of the
      other, where it stands in no tree itself.
    - Of an id that is used once, records of which one encloses the other are one whatever else they say, for a gateway
      may know a model by an alias; the one with most tokens is kept.
    - A call goes that says nothing of what it used (a stream, a failure) and encloses one of another instrumentation
      that has no such record yet: with the same model, or with the same failure and no other model.

    Records that name two tasks are no copies of each other.

    Args:
        calls: all calls that may be each other's copies.
        price: sets ``usd`` and ``source`` of a call whose tokens are known better by its copy.
        dropped: counts what each rule leaves out.
        reused: replies (see ``find_reply``) of which one instrumentation is known to have seen two.
    """
    found = Copies(price, dropped)
    _join_streams(calls, found)
    calls = found.left(calls)
    has_two = len(set(map(SCOPE, calls))) > 1
    named = [call for call in calls if call.model] if has_two else []
    replied = [call for call in calls if call.response]
    alike = group_by(named, likeness)
    if len(set(map(RESPONSE, replied))) < len(replied):
        for group in group_by(replied, RESPONSE):
            if 0 < sum(call.hit for call in group) < len(group):
                keep_hits(group, found)
        asked = [call for call in found.left(replied) if not call.hit]
        for group in group_by(asked, lambda call: (call.response, base_model(call.model))):
            keep_one_reply(group, found, reused)
    if found.gone:  # what a copy knew of tokens stays with the call, which may be like others now
        alike += group_by(named, likeness)
    for group in alike:
        if len(set(map(SCOPE, group))) > 1:
            _keep_innermost(found.left(group), found, ENCLOSING)
    if has_two:
        for group in group_by([call for call in found.left(replied) if not call.hit], RESPONSE):
            keep_fullest(group, found, reused)
        _match_silent(found.left(calls), found)
    return found.left(calls)


def _join_streams(calls: Iterable[Span], found: Copies) -> None:
    """The usage of a stream goes with the call that began it."""
    own = [call for call in calls if call.scope.startswith(IN_TWO) and not call.hit]
    for group in group_by(own, lambda call: (call.scope, base_model(call.model))):
        waiting: list[Span] = []
        for call in sorted(group, key=lambda call: (call.end, *call.identity)):
            if not (call.has_usage or call.failed) and call.start < call.end:
                waiting = [*waiting[-MOST_OPEN:], call]
            elif call.has_usage and call.start == call.end:
                near = [each for each in waiting if call.end - each.end < LONGEST_STREAM]
                beside = [each for each in near if (each.trace, each.parent) == (call.trace, call.parent)]
                beside = beside or [each for each in near if not are_of_two_tasks(call, each)]
                for first in beside[-1:]:
                    waiting = [each for each in waiting if each is not first]
                    found.replace(first, call, STREAMED)
                    call.start, call.step = first.start, first.step


def _match_silent(calls: list[Span], found: Copies) -> None:
    """What says nothing of its use goes, where it encloses another's record of it."""
    silent = [call for call in calls if not (call.has_usage or call.hit)]
    for group in group_by([call for call in silent if call.failed], lambda call: call.failed):
        _keep_innermost(group, found, SILENT, _may_be_of_one_model)
    models = {base_model(call.model) for call in silent if call.model and not call.failed}
    others = [call for call in calls if models and base_model(call.model) in models and not call.failed]
    for group in group_by(others, lambda call: base_model(call.model)):
        _keep_innermost(group, found, SILENT, _is_silent_record)
    mute = {base_model(call.model) for call in calls if call.hit and call.tokens is None}
    others = [call for call in found.left(calls) if mute and base_model(call.model) in mute]
    for group in group_by(others, lambda call: base_model(call.model)):
        _keep_innermost(group, found, ENCLOSING, lambda outer, inner: inner.hit and inner.tokens is None)


def _is_silent_record(outer: Span, inner: Span) -> bool:
    """Whether the outer call says nothing of what it used, and the inner one may say it."""
    return inner.has_usage and not outer.has_usage and len({outer.response, inner.response, ""}) < 3


def _state_two_prices(outer: Span, inner: Span) -> bool:
    """Whether two records without tokens state other dollars: nothing but those could tell that they are one."""
    if outer.tokens is not None or outer.source != STATED or inner.source != STATED:
        return False
    return differ(outer.usd or 0.0, inner.usd or 0.0)


def _may_be_of_one_model(call: Span, other: Span) -> bool:
    return "" in (call.model, other.model) or base_model(call.model) == base_model(other.model)


def _keep_innermost(
    group: list[Span], found: Copies, rule: str, also: Callable[[Span, Span], bool] | None = None
) -> None:
    """One sweep over the calls by their start: outer calls are open when an inner one begins; the tightest one goes.

    Two records that enclose each other, but for rounding, are one as well: the longer one is the outer.
    """

    def fit(outer: Span, inner: Span) -> bool:
        if not encloses(outer, inner) or are_of_two_tasks(outer, inner) or _state_two_prices(outer, inner):
            return False
        return also is None or also(outer, inner)

    in_order = sorted(find_timed(group), key=lambda call: (call.start, -call.end, *call.identity))
    opened: OrderedDict[str, list[tuple[float, int]]] = OrderedDict()  # length and place; of the latest scope last
    ahead = waiting = 0
    most_waiting = MOST_OPEN
    for place, inner in enumerate(in_order):
        while ahead < len(in_order) and in_order[ahead].start <= inner.start + ROUNDING:
            begun = in_order[ahead]
            if not begun.hit:
                opened.setdefault(begun.scope, []).append((begun.end - begun.start, -ahead))
                opened.move_to_end(begun.scope)
                waiting += 1
            ahead += 1
        if id(inner) in found.gone:
            continue
        if waiting > most_waiting:
            for scope, outers in list(opened.items()):
                opened[scope] = [outer for outer in outers if in_order[-outer[1]].end >= inner.start]
                if not opened[scope]:
                    del opened[scope]
            waiting = sum(map(len, opened.values()))
            most_waiting = 2 * waiting + MOST_OPEN
        mine = (inner.end - inner.start, -place)
        for scope in list(islice(reversed(opened), MOST_SCOPES)):
            if scope == inner.scope or scope in inner.copied_by:
                continue
            outers = opened[scope]
            latest = range(max(0, len(outers) - MOST_OPEN), len(outers))
            around = [at for at in latest if outers[at] > mine and fit(in_order[-outers[at][1]], inner)]
            if around:
                tightest = min(around, key=lambda at: in_order[-outers[at][1]].end)
                found.replace(in_order[-outers.pop(tightest)[1]], inner, rule)
