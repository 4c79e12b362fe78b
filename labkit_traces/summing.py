"""The summing rule in one trace: which spans count, so that no token is counted twice and none is lost.

A model call with usage counts unless another model call with usage lies below it. What lies above is a roll-up: it is
held against the sum of what lies below, and where the two differ by more than 1% the truth is a range.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from .pricing import OFF
from .spans import CALL, SCORE, STEP, TOOL, WHOLE, Mark, Span, put_in_order
from .tokens import Tokens
from .trees import Tree, build_tree

WRAPPERS = "model calls that have another model call with usage below them"
ROLL_UPS = "roll-ups (turns, agents, workflows) of calls that are counted below them"
BELOW = "spans with usage below a model call that is counted with it"
ALONE = "roll-ups that no call below accounts for: each counts as one call"
DISAGREE = "roll-ups that differ from what lies below by more than 1%: a range"
UNPLACED = "verdicts on spans with no call below them: left out"
SKEWED = "spans that leave the time of their parent: two clocks, or work that went on"
NAMELESS = frozenset({"turn", "RunnableSequence", "call_model"})
"""What frameworks call every step alike: the name above says more."""
MARKS = attrgetter("marks")
USED, CALLED, USED_CALL, WORKED = 1, 2, 4, 8
"""What a span says, or one below it: usage, that a model is called, both at once, that a model or a tool is at work."""
WITH_USAGE = {CALL: USED | CALLED | USED_CALL | WORKED, TOOL: USED | WORKED}
WITHOUT = {CALL: CALLED | WORKED, TOOL: WORKED}
Price = Callable[[Span], None]


@dataclass
class Folded:
    """What a trace comes to.

    Attributes:
        calls: the spans that count, each with its step, its task and its price; those without usage are unobserved.
        low_usd, high_usd: what is to be added to their dollars, as the roll-ups have it: at most 0, at least 0.
        low_tokens, high_tokens: the same for tokens.
        tools: runs of tools that took time of their own: no call and no other tool lies below them.
        marks: verdicts on tasks: the task or trace, the name of the score, whether it says right.
        around: start and end of the spans that begin the trace and do not count, where all its calls are of one task.
    """

    calls: list[Span] = field(default_factory=list)
    low_usd: float = 0.0
    high_usd: float = 0.0
    low_tokens: int = 0
    high_tokens: int = 0
    tools: list[Span] = field(default_factory=list)
    marks: list[tuple[str, str, bool]] = field(default_factory=list)
    around: tuple[float, float] | None = None


@dataclass(slots=True)
class Chosen:
    """Places in a tree: of the spans that count, of calls that say nothing of what they used, and of tools.

    Attributes:
        has_more: whether other spans have usage, too, which may be held against the sum of those that count.
    """

    counted: list[int] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    tools: list[int] = field(default_factory=list)
    has_more: bool = False


def fold_trace(spans: list[Span], price: Price, dropped: Counter[str], noted: Counter[str]) -> Folded:
    """The calls of a trace that count.

    Args:
        spans: all of its spans, in any order.
        price: sets ``usd`` and ``source`` of a span that counts.
        dropped, noted: how many spans each rule left out, and how often each irregularity was met; both are added to.
    """
    scores = [span for span in spans if span.kind == SCORE]
    if scores:
        spans = _set_scores(scores, [span for span in spans if span.kind != SCORE])
    tree = build_tree(spans, dropped, noted)
    chosen = _choose(tree, dropped, noted)
    if chosen.has_more:
        _fill_in(tree, set(chosen.counted))
    _name_steps(tree, noted)
    _number_attempts(tree)
    folded = Folded([tree.spans[place] for place in chosen.counted])
    for span in folded.calls:
        price(span)
    if chosen.has_more:
        _check_roll_ups(tree, set(chosen.counted), folded, noted)
    folded.calls += [tree.spans[place] for place in chosen.unseen]
    folded.tools = [tree.spans[place] for place in chosen.tools]
    for span in folded.tools:
        span.step = f"tool {span.name.removeprefix('execute_tool ')}".strip()
    if len({span.task for span in folded.calls}) == 1:
        folded.around = _reach_around(tree, chosen)
    if any(map(MARKS, tree.spans)):
        folded.marks = _hand_out_marks(tree, {*chosen.counted, *chosen.unseen}, noted)
    return folded


def _reach_around(tree: Tree, chosen: Chosen) -> tuple[float, float] | None:
    """From the first start to the last end of the beginnings that are neither calls nor tools; None without any."""
    if tree.parents.count(-1) == 1:  # the usual case: it comes first
        own = [] if 0 in (*chosen.counted[:1], *chosen.unseen[:1], *chosen.tools[:1]) else tree.spans[:1]
    else:
        beginnings = {place for place, parent in enumerate(tree.parents) if parent < 0}
        own = [tree.spans[place] for place in beginnings.difference(chosen.counted, chosen.unseen, chosen.tools)]
    moments = [(span.start, span.end) for span in own if span.start <= span.end]  # not where one is NaN
    return (min(start for start, _ in moments), max(end for _, end in moments)) if moments else None


def _set_scores(scores: list[Span], spans: list[Span]) -> list[Span]:
    """The spans, each with the verdicts on it; those on no span become verdicts on the trace."""
    by_id = {span.span: span for span in spans}
    for score in scores:
        span = by_id.get(score.parent)
        if span is not None:
            span.marks += score.marks
        else:
            score.kind, score.parent = WHOLE, ""
            spans.append(score)
    return spans


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
    given: list[tuple[int, Mark]] = []
    for place, (span, parent) in enumerate(zip(tree.spans, tree.parents, strict=True)):
        of_task = parent < 0 and place not in calls
        found += [(span.task or span.trace, name, right) for name, right, whole in span.marks if whole or of_task]
        if not of_task and place not in calls:
            given += [(last[place], mark) for mark in span.marks if not mark[2]]
    for place, mark in given:
        noted[UNPLACED] += place < 0
        if place >= 0:
            tree.spans[place].marks += (mark,)
    return found


def _choose(tree: Tree, dropped: Counter[str], noted: Counter[str]) -> Chosen:
    """Which spans count, which calls say nothing of what they used, and which tools took time of their own."""
    spans, parents = tree
    own = [
        WITH_USAGE.get(span.kind, USED)
        if span.tokens is not None or span.usd is not None
        else WITHOUT.get(span.kind, 0)
        for span in spans
    ]
    below = [0] * len(spans)
    for place in range(len(spans) - 1, -1, -1):
        parent = parents[place]
        if parent >= 0:
            below[parent] |= own[place] | below[place]
    chosen = Chosen()
    covers = [False] * len(spans)  # whether a call that counts lies here or above
    for place, (mine, under, parent) in enumerate(zip(own, below, parents, strict=True)):
        covered = covers[place] = parent >= 0 and covers[parent]
        if mine & CALLED:
            if not (mine & USED or spans[place].hit):
                if not (covered or under & CALLED):
                    chosen.unseen.append(place)
            elif covered or under & USED_CALL:
                dropped[WRAPPERS] += 1
                chosen.has_more = True
            else:
                chosen.counted.append(place)
                covers[place] = True
        elif mine & USED:
            if covered or under & USED:
                dropped[BELOW if covered else ROLL_UPS] += 1
                chosen.has_more = True
            else:
                chosen.counted.append(place)
                noted[ALONE] += 1
        elif mine and not (covered or under & WORKED):
            chosen.tools.append(place)
    return chosen


def _fill_in(tree: Tree, counted: set[int]) -> None:
    """What a wrapper knows of its only call, and the call does not: a model, dollars, tokens, an id."""
    only: list[int] = [-1] * len(tree.spans)  # the one counted span below or at this place; -1 for none, -2 for several
    for place in range(len(tree.spans) - 1, -1, -1):
        span, inner = tree.spans[place], only[place]
        if place in counted:
            only[place] = inner = place
        elif inner >= 0 and span.has_usage:
            call = tree.spans[inner]
            call.model = call.model or span.model
            call.response = call.response or span.response
            if call.tokens is None:
                call.tokens = span.tokens
            if call.usd is None and not call.hit:
                call.usd, call.currency = span.usd, span.currency
        parent = tree.parents[place]
        if parent >= 0 and inner != -1:
            only[parent] = inner if only[parent] == -1 else -2


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
        span.step = span.name.removesuffix(span.model).strip() or "call"
    tasks = {span.task for span in spans}
    if len(tasks) == 2 and "" in tasks:
        task = max(tasks)
        for span in spans:
            span.task = task


def _number_attempts(tree: Tree) -> None:
    """Where each try is a row: one more after each failure of the same name, in the order of their starts."""
    tries: dict[str, int] = {}
    rows = [span for span in tree.spans if span.attempt == 0]
    for span in put_in_order(rows) if rows else ():
        span.attempt = tries.get(span.name, 0) + 1
        tries[span.name] = span.attempt if span.failed else 0


def _check_roll_ups(tree: Tree, counted: set[int], folded: Folded, noted: Counter[str]) -> None:
    """Hold the outermost roll-ups against the calls below them."""
    size = len(tree.spans)
    tokens, usd, under = [0] * size, [0.0] * size, [False] * size
    for place in range(size - 1, -1, -1):
        span, parent = tree.spans[place], tree.parents[place]
        if place in counted and not span.hit:
            tokens[place] += _all_tokens(span.tokens)
            usd[place] += span.usd or 0.0
        if parent >= 0:
            tokens[parent] += tokens[place]
            usd[parent] += usd[place]
    for place, (span, parent) in enumerate(zip(tree.spans, tree.parents, strict=True)):
        under[place] = parent >= 0 and (under[parent] or tree.spans[parent].has_usage)
        if place in counted or under[place] or not span.has_usage or not (tokens[place] or usd[place]):
            continue
        said, below = _all_tokens(span.tokens), tokens[place]
        more = said - below if said and below and abs(said - below) > OFF * below else 0
        stated = span.usd if span.usd is not None and not span.currency else None
        usd_said = stated if stated is not None else usd[place] * (said / below if more else 1.0)
        extra = usd_said - usd[place] if usd[place] and abs(usd_said - usd[place]) > OFF * usd[place] else 0.0
        if more or extra:
            noted[DISAGREE] += 1
            folded.low_tokens, folded.high_tokens = folded.low_tokens + min(more, 0), folded.high_tokens + max(more, 0)
            folded.low_usd, folded.high_usd = folded.low_usd + min(extra, 0), folded.high_usd + max(extra, 0)


def _all_tokens(tokens: Tokens | None) -> int:
    return tokens.read + tokens.out if tokens else 0
