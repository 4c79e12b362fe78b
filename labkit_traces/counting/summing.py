"""The summing rule in one trace: what the spans that count come to, their steps, and the roll-ups beside them.

A roll-up is held against the sum of what lies below it, and where the two differ by more than 1% the truth is a range.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from operator import attrgetter

from ..parsing.spans import CALL, SCORE, STEP, TOOL, WHOLE, Mark, Span, put_in_order
from ..parsing.tokens import Tokens
from ..parsing.values import base_model
from ..pricing import STATED, Price, differ
from .choosing import Chosen, choose, place_usage
from .copies import drop_copies
from .records import SCOPE, join_tokens
from .trees import Tree, build_tree

DISAGREE = "roll-ups that differ from what lies below by more than 1%: a range"
UNPLACED = "verdicts on spans that are not there, or with no call below them: left out"
SKEWED = "spans that leave the time of their parent: two clocks, or work that went on"
NAMELESS = frozenset({"turn", "RunnableSequence", "call_model"})
"""What frameworks call every step alike: the name above says more."""
TOOLS = "tool "
"""What the step of a tool begins with, and no other step does."""
MARKS = attrgetter("marks")


@dataclass
class Folded:
    """What a trace comes to.

    Attributes:
        calls: the spans that count, each with its step, its task and its price; those without usage are unobserved.
        copies: other instrumentations' records of them in the same trace.
        low_usd, high_usd: what is to be added to their dollars, as the roll-ups have it: at most 0, at least 0.
        low_tokens, high_tokens: the same for tokens.
        tools: runs of tools that took time of their own: no call and no other tool lies below them.
        marks: verdicts on tasks: the task or trace, the name of the score, whether it says right.
        around: start and end of the spans that begin the trace and do not count, where all its calls are of one task.
    """

    calls: list[Span] = field(default_factory=list)
    copies: list[Span] = field(default_factory=list)
    low_usd: float = 0.0
    high_usd: float = 0.0
    low_tokens: int = 0
    high_tokens: int = 0
    tools: list[Span] = field(default_factory=list)
    marks: list[tuple[str, str, bool]] = field(default_factory=list)
    around: tuple[float, float] | None = None


def fold_trace(spans: list[Span], price: Price, dropped: Counter[str], noted: Counter[str]) -> Folded:
    """The calls of a trace that count.

    Args:
        spans: all of its spans, in any order.
        price: sets ``usd`` and ``source`` of a span that counts.
        dropped, noted: how many spans each rule left out, and how often each irregularity was met; both are added to.
    """
    scores = [span for span in spans if span.kind == SCORE]
    for score in scores:
        if not score.parent:
            score.kind = WHOLE  # a verdict on the trace stands in it as a beginning
    tree = build_tree([span for span in spans if span.kind != SCORE] if scores else spans, dropped, noted)
    if scores:
        _set_scores([score for score in scores if score.kind == SCORE], tree.spans, noted)
    chosen = choose(tree, dropped)
    _name_steps(tree, noted)
    _number_attempts(tree)
    copies = _drop_copies(tree, chosen, dropped)
    if chosen.alone:
        place_usage(tree, chosen, dropped, noted)
    if chosen.has_more:
        _fill_in(tree, set(chosen.counted), {place for place in chosen.unseen if not tree.spans[place].failed})
    folded = Folded([tree.spans[place] for place in chosen.counted], copies)
    for span in folded.calls:
        price(span)
    if chosen.has_more:
        _check_roll_ups(tree, set(chosen.counted), folded, noted)
    folded.calls += [tree.spans[place] for place in chosen.unseen]
    for span in folded.calls:
        span.step = f"model {span.step}" if span.step.startswith(TOOLS) else span.step or "call"
    folded.tools = [tree.spans[place] for place in chosen.tools]
    for span in folded.tools:
        span.step = f"{TOOLS}{span.name.removeprefix('execute_tool ')}".strip()
    if len({span.task for span in folded.calls}) == 1:
        folded.around = _reach_around(tree, chosen)
    if any(map(MARKS, tree.spans)):
        folded.marks = _hand_out_marks(tree, {*chosen.counted, *chosen.unseen}, noted)
    return folded


def _drop_copies(tree: Tree, chosen: Chosen, dropped: Counter[str]) -> list[Span]:
    """The chosen calls that are copies of others, which the choice then lacks: a roll-up has each call once."""
    calls = [tree.spans[place] for place in (*chosen.counted, *chosen.unseen)]
    if len(set(map(SCOPE, calls))) < 2:
        return []
    for span in calls:
        span.source = STATED if span.usd is not None and not span.currency else ""
    left = set(map(id, drop_copies(calls, lambda _: None, dropped)))
    for places in (chosen.counted, chosen.unseen):
        places[:] = [place for place in places if id(tree.spans[place]) in left]
    return [span for span in calls if id(span) not in left]


def _reach_around(tree: Tree, chosen: Chosen) -> tuple[float, float] | None:
    """From the first start to the last end of the beginnings that are neither calls nor tools; None without any."""
    if tree.parents.count(-1) == 1:  # the usual case: it comes first
        own = [] if 0 in (*chosen.counted[:1], *chosen.unseen[:1], *chosen.tools[:1]) else tree.spans[:1]
    else:
        beginnings = {place for place, parent in enumerate(tree.parents) if parent < 0}
        own = [tree.spans[place] for place in beginnings.difference(chosen.counted, chosen.unseen, chosen.tools)]
    moments = [(span.start, span.end) for span in own if span.start <= span.end]  # not where one is NaN
    return (min(start for start, _ in moments), max(end for _, end in moments)) if moments else None


def _set_scores(scores: list[Span], spans: list[Span], noted: Counter[str]) -> None:
    """Put the verdicts that name a span on it, if it is there; of several spans with one id the first has it."""
    by_id = {span.span: span for span in reversed(spans)}
    given: defaultdict[str, list[Mark]] = defaultdict(list)
    for score in scores:
        given[score.parent] += score.marks
    for name, marks in given.items():
        if name in by_id:
            by_id[name].marks += tuple(marks)
        else:
            noted[UNPLACED] += len(marks)


def _hand_out_marks(tree: Tree, calls: set[int], noted: Counter[str]) -> list[tuple[str, str, bool]]:
    """Verdicts on the beginning of a trace are of its task; those on a step go to the last call below it."""
    last = [place if place in calls else -1 for place in range(len(tree.spans))]
    for place in range(len(tree.spans) - 1, -1, -1):
        parent, below = tree.parents[place], last[place]
        if parent >= 0 and below >= 0 and parent not in calls:
            best = last[parent]
            if best < 0 or tree.spans[best].identity < tree.spans[below].identity:
                last[parent] = below
    found: list[tuple[str, str, bool]] = []
    given: defaultdict[int, list[Mark]] = defaultdict(list)
    for place, (span, parent) in enumerate(zip(tree.spans, tree.parents, strict=True)):
        of_task = parent < 0 and place not in calls
        found += [(span.task or span.trace, name, right) for name, right, whole in span.marks if whole or of_task]
        if not of_task and place not in calls:
            given[last[place]] += [mark for mark in span.marks if not mark[2]]
    noted[UNPLACED] += len(given.pop(-1, ()))
    for place, marks in given.items():
        tree.spans[place].marks += tuple(marks)
    return found


def _fill_in(tree: Tree, counted: set[int], unseen: set[int]) -> None:
    """What stands around its only call, and the call does not know: a model, dollars, tokens and parts of them, an id.

    A call without dollars takes those of a span below it that says nothing else, if there is one such span.
    """
    only: list[int] = [-1] * len(tree.spans)  # the one counted span below or at this place; -1 for none, -2 for several
    bills: list[int] = [-1] * len(tree.spans)  # the like for spans with dollars and no tokens; a tool's are its own
    for place in range(len(tree.spans) - 1, -1, -1):
        span, inner = tree.spans[place], only[place]
        if place in unseen:
            only[place] = -2
        elif place in counted:
            only[place] = inner = place
            if bills[place] >= 0:
                _take_dollars(span, tree.spans[bills[place]])
        elif inner >= 0 and (span.has_usage or span.kind == CALL):
            call = tree.spans[inner]
            call.model = call.model or span.model
            call.response = call.response or span.response
            call.tokens = join_tokens(call.tokens, span.tokens)
            _take_dollars(call, span)
        if span.usd is not None and span.tokens is None and span.kind != TOOL:
            bills[place] = place
        parent = tree.parents[place]
        for found in (only, bills) if parent >= 0 else ():
            if found[place] != -1:
                found[parent] = found[place] if found[parent] == -1 else -2


def _take_dollars(call: Span, span: Span) -> None:
    if call.usd is None and span.usd is not None and not call.hit:
        call.usd, call.currency = span.usd, span.currency


def _name_steps(tree: Tree, noted: Counter[str]) -> None:
    """Each span's step: what it says itself, else the nearest agent or node above it, else its own name."""
    spans = tree.spans
    skewed = 0
    nameless: list[Span] = []
    for span, parent in zip(spans, tree.parents, strict=True):
        span.step = span.agent
        if parent >= 0:
            above = spans[parent]
            if not span.step:
                span.step = span.name if span.kind == STEP and span.name not in NAMELESS else above.step
            if not span.task:
                span.task = above.task
            if not span.model and span.kind == CALL:
                span.model = above.model
            if span.start < above.start or span.end > above.end:
                skewed += 1
        if not span.step and span.kind == CALL:
            nameless.append(span)
    noted[SKEWED] += skewed
    for span in nameless:  # only now, for what lies below such a call has no part in its name
        span.step = _name_itself(span.name, span.model)
    tasks = {span.task for span in spans}
    if len(tasks) == 2 and "" in tasks:
        task = max(tasks)
        for span in spans:
            span.task = task


def _name_itself(name: str, model: str) -> str:
    """A call's own name, without the model at its end, as it was asked for or as it replied: both are one step."""
    before, _, last = name.rpartition(" ")
    if last and base_model(last) == base_model(model):
        return before.strip() or "call"
    return name.removesuffix(model).strip() or "call"


def _number_attempts(tree: Tree) -> None:
    """Where each try is a row: one more after each failure of the same task and name, in the order of their starts.

    Of a row without a start nobody can know.
    """
    tries: dict[tuple[str, str], int] = {}
    rows = [span for span in tree.spans if span.attempt == 0]
    for span in put_in_order(rows) if rows else ():
        if math.isnan(span.start):
            span.attempt = -1
            continue
        key = (span.task, span.name)
        span.attempt = tries.get(key, 0) + 1
        tries[key] = span.attempt if span.failed else 0


def _check_roll_ups(tree: Tree, counted: set[int], folded: Folded, noted: Counter[str]) -> None:
    """Hold the outermost roll-ups against the calls below them, with or without those of nested runs."""
    size = len(tree.spans)
    tokens, usd = [0] * size, [0.0] * size
    runs, left_out = [0] * size, [0] * size  # tokens of nested runs, and those of them that the roll-ups leave out
    unpriced, under = [False] * size, [False] * size
    for place in range(size - 1, -1, -1):
        span, parent = tree.spans[place], tree.parents[place]
        if place in counted and not span.hit:
            tokens[place] += _all_tokens(span.tokens)
            usd[place] += (span.usd or 0.0) if not span.currency else 0.0
            unpriced[place] |= span.usd is None
        said = _all_tokens(span.tokens) if place not in counted else 0
        if said:
            ways = (way for way in (0, left_out[place], runs[place]) if not differ(said, tokens[place] - way))
            left_out[place] = next(ways, 0)
        if parent >= 0:
            tokens[parent] += tokens[place]
            usd[parent] += usd[place]
            unpriced[parent] |= unpriced[place]
            left_out[parent] += left_out[place]
            runs[parent] += tokens[place] if said and span.kind == WHOLE else runs[place]
    for place, (span, parent) in enumerate(zip(tree.spans, tree.parents, strict=True)):
        under[place] = parent >= 0 and (under[parent] or tree.spans[parent].has_usage)
        if place in counted or under[place] or not span.has_usage or not (tokens[place] or usd[place]):
            continue
        said, below = _all_tokens(span.tokens), tokens[place] - left_out[place]
        more = said - below if said and below and differ(said, below) else 0
        stated = span.usd if span.usd is not None and not span.currency else None
        usd_said = stated if stated is not None else usd[place] * (said / below if more else 1.0)
        is_off = (usd[place] or unpriced[place]) and differ(usd_said, usd[place])
        extra = usd_said - usd[place] if is_off else 0.0
        if more or extra:
            noted[DISAGREE] += 1
            folded.low_tokens, folded.high_tokens = folded.low_tokens + min(more, 0), folded.high_tokens + max(more, 0)
            folded.low_usd, folded.high_usd = folded.low_usd + min(extra, 0), folded.high_usd + max(extra, 0)


def _all_tokens(tokens: Tokens | None) -> int:
    return tokens.read + tokens.out if tokens else 0
