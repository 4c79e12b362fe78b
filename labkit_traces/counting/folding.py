"""Traces as they come in: gathered, folded into calls once they are finished, let go; so memory stays bounded."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter

from ..parsing.formats import outcome_names
from ..parsing.spans import SCORE, Span
from ..parsing.values import task_id
from ..pricing import Pricer
from .copies import drop_copies
from .replies import SAME_REPLY, find_reply
from .seen import SeenIds
from .summing import fold_trace
from .sums import Sums
from .tasks import Call, Tasks, make_call

ID, PARENT = attrgetter("span"), attrgetter("parent")
MOST_OPEN = 150_000
"""So many spans wait for the rest of their traces; with more, finished traces are folded."""
LATE = "spans that came after their trace had been summed: summed by themselves"
CUT = "traces cut in parts, for they did not fit into memory: roll-ups of two parts may count twice"
FAR = (
    "times that finished traces were let go: copies before and after that name no reply of the provider, or are of a "
    "cache's hits, may count twice"
)
MOST_SCOPES = 20
"""Of so many instrumentations copies are known however far they lie apart."""
NO_OUTCOME = "scores that may not be outcomes: name the one that is with score (--score)"
DISAGREEING = "tasks of which one verdict says right and another wrong: taken for wrong"
KEYLESS = "traces without the task key: each is a task of its own"


class Folding:
    """Spans in, sums and tasks out.

    Args:
        pricer: sets what calls cost.
        task_key: whether tasks are told apart by a key.
        most_open: so many spans wait at most.
        score: the name of the verdict that is the outcome; None for those whose name says so.

    A trace is finished when its beginning has come and no parent is missing. Where too many spans wait, finished traces
    are folded, those first that have been quiet longest, and if that does not help, unfinished ones. Calls stay beside
    those of the next folding, so that copies in neighbouring traces meet; of those let go the provider's ids of the
    replies are remembered, by instrumentation, so that a copy counts in no later folding either.
    """

    def __init__(
        self, pricer: Pricer, task_key: str | None, most_open: int = MOST_OPEN, score: str | None = None
    ) -> None:
        self.pricer = pricer
        self.task_key = task_key
        self.score = score
        self.most_open = most_open
        self.sums, self.tasks = Sums(), Tasks()
        self.dropped: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.spans = self.traces = 0
        self.keyed = False
        """Whether a call has the task key."""
        self._open: OrderedDict[str, list[Span]] = OrderedDict()
        """Spans of each trace, that first which has been quiet longest."""
        self._waiting = self._foldings = 0
        self._window: list[Span] = []
        self._around: dict[str, tuple[float, float]] = {}
        """Of traces in the window, start and end of their own spans."""
        self._folded, self._counted, self._replies = SeenIds(), SeenIds(), SeenIds()
        self._reused = SeenIds()
        """Replies that one instrumentation saw twice: out of a cache, or of a server that has few ids for all."""
        self._scopes: set[str] = set()
        self._unnamed: set[str] = set()
        """Instrumentations of calls that name no reply, or are hits, and were let go."""

    def add(self, span: Span) -> None:
        """Take in a span."""
        self.spans += span.kind != SCORE
        trace = span.trace
        spans = self._open.get(trace)
        if spans is None:
            self._open[trace] = [span]
        else:
            spans.append(span)
            self._open.move_to_end(trace)
        self._waiting += 1
        if self._waiting > self.most_open:
            self._fold_some()

    def finish(self) -> None:
        """Fold what is left."""
        self._fold(list(self._open))
        self._close(self._window, self._around)
        self._window = []
        if self._foldings > 1 and self._unnamed and len(self._unnamed | self._scopes) > 1:
            self.noted[FAR] += self._foldings - 1

    def _fold_some(self) -> None:
        """Bring what waits down to half."""
        chosen: list[str] = []
        unfinished: list[str] = []
        left, aim = self._waiting, self.most_open // 2
        for trace, spans in self._open.items():  # the quietest first
            if left <= aim:
                break
            if _is_finished(spans):
                chosen.append(trace)
                left -= len(spans)
            else:
                unfinished.append(trace)
        for trace in unfinished:
            if left <= aim:
                break
            chosen.append(trace)
            left -= len(self._open[trace])
            self.noted[CUT] += 1
        self._fold(chosen)

    def _fold(self, traces: Iterable[str]) -> None:
        calls: list[Span] = []
        tools: list[Span] = []
        around: dict[str, tuple[float, float]] = {}
        for trace in traces:
            spans = self._open.pop(trace)
            self._waiting -= len(spans)
            if trace in self._folded:
                self.noted[LATE] += sum(span.kind != SCORE for span in spans)
                spans = [span for span in spans if (trace, span.span) not in self._counted]
            elif any(span.kind != SCORE for span in spans):
                self._folded.add(trace)
                self.traces += 1
            folded = fold_trace(spans, self.pricer.price, self.dropped, self.noted)
            self.sums.widen(folded.low_usd, folded.high_usd, folded.low_tokens, folded.high_tokens)
            self._counted.add(*[(trace, span.span) for span in (*folded.calls, *folded.copies)])
            calls.extend(folded.calls)
            if folded.around:
                around[trace] = folded.around
            for key, name, right in folded.marks:
                self._mark(key, name, right)
            tools.extend(folded.tools)
        self._foldings += 1
        if self._scopes:
            calls = [call for call in calls if not self._was_counted(call)]
        kept = drop_copies([*self._window, *calls], self.pricer.price, self.dropped, self._reused)
        old = {id(span) for span in self._window}
        self._close([span for span in kept if id(span) in old], self._around)
        self._window, self._around = [span for span in kept if id(span) not in old], around
        self._close_tools(tools)

    def _close(self, calls: Iterable[Span], around: Mapping[str, tuple[float, float]]) -> None:
        """Sum calls up and put them into their tasks; ``around``: start and end of a trace's own spans."""
        by_task: defaultdict[str, list[Call | None]] = defaultdict(list)
        keyless = set()
        key = task = trace = ""
        is_kept = False
        for span in calls:
            self.sums.add(span)
            self._remember(span)
            if span.task:
                self.keyed = True
            elif self.task_key:
                keyless.add(span.trace)
            if key != (own := _find_key(span)):
                key = own
                task = task_id(key)
                is_kept = self.tasks.keeps(task)
            if trace != span.trace:
                trace = span.trace
                if is_kept and trace in around:
                    self.tasks.widen(task, *around[trace])
            right = self._verdict(span) if span.marks else None
            by_task[task].append(make_call(span, right) if is_kept else None)
            if span.item:
                self.tasks.set_item(task, task_id(span.item))
        self.noted[KEYLESS] += len(keyless)
        self.tasks.add(by_task)

    def _remember(self, call: Span) -> None:
        """Keep the provider's id of a reply, by who recorded it."""
        if call.hit or not call.response:
            if len(self._unnamed) < MOST_SCOPES:
                self._unnamed.update((call.scope, *call.copied_by))
            return
        reply = find_reply(call)
        for scope in dict.fromkeys((call.scope, *call.copied_by)):
            if scope in self._scopes or len(self._scopes) < MOST_SCOPES:
                self._scopes.add(scope)
                bare = (reply[:1], scope)  # its id alone, whatever is said of it
                if bare in self._replies:
                    self._reused.add(reply[:1])
                    if (reply, scope) in self._replies:
                        self._reused.add(reply)
                self._replies.add((reply, scope), bare)

    def _was_counted(self, call: Span) -> bool:
        """Whether another instrumentation's record of it was let go, and its id is of that reply alone."""
        others = self._scopes.difference((call.scope, *call.copied_by))
        if not others or not call.response or call.hit:
            return False
        reply = find_reply(call)
        for known in (reply, reply[:1]):
            if known in self._reused or (known, call.scope) in self._replies:
                continue
            if any((known, scope) in self._replies for scope in others):
                self._replies.add((reply, call.scope), (reply[:1], call.scope))
                self.dropped[SAME_REPLY] += 1
                return True
        return False

    def _mark(self, key: str, name: str, right: bool) -> None:
        """Set what became of a task."""
        if not self._is_outcome(name):
            self.noted[NO_OUTCOME] += 1
        elif not self.tasks.mark(task_id(key), right):
            self.noted[DISAGREEING] += 1

    def _verdict(self, span: Span) -> bool | None:
        """What was said of a call; of several verdicts all must say right."""
        own = [(name, right) for name, right, whole in span.marks if not whole]
        said = [right for name, right in own if self._is_outcome(name)]
        self.noted[NO_OUTCOME] += len(own) - len(said)
        return all(said) if said else None

    def _is_outcome(self, name: str) -> bool:
        return name == self.score if self.score else name.lower().replace(" ", "_") in outcome_names()

    def _close_tools(self, tools: Iterable[Span]) -> None:
        """Put runs of tools into their tasks; they are in no sum."""
        for key, runs in groupby(tools, _find_key):
            task = task_id(key)
            if self.tasks.keeps(task):
                for span in runs:
                    self.tasks.add_tool(task, make_call(span))


def _find_key(span: Span) -> str:
    """What the spans of a task share."""
    return span.task or span.trace


def _is_finished(spans: list[Span]) -> bool:
    """Whether its beginning has come, and no parent is missing."""
    return set(map(PARENT, spans)).difference(map(ID, spans)) == {""}
