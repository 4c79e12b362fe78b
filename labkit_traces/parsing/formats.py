"""Formats as tables of names: which record is of which format, and what its values mean. Nothing else is kept."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from .attributes import EVALUATION, UNKNOWN, Attributes, guess_scope, list_events, read_failure, say_why
from .paths import Names, Step, find_first, find_value, split_first, split_path, split_steps, walk_records
from .spans import CALL, STEP, WHOLE, Mark, Span
from .tokens import PARTS, USD_PARTS, read_dollars, read_tokens
from .values import (
    NAMES,
    SCALAR,
    is_true,
    name_scope,
    read_again,
    read_count,
    read_currency,
    read_id,
    read_length,
    read_moment,
    read_name,
    read_verdict,
)

TABLES = Path(__file__).with_name("formats.json")
RIGHT, SOLVED = "right", "solved"  # the columns of verdicts: on the call, and on its task
MARKS = frozenset({"mark", RIGHT, SOLVED})
MORE = MARKS | {*PARTS, *USD_PARTS, "buckets", "usd", "currency", "model", "response", "hit"}  # few but calls say it
NOT_A_SPAN = "a record that is not as its format has it"
NO_TASK: dict[str, Any] = {}
UNLIKE = (TypeError, ValueError, KeyError, AttributeError, OverflowError)
"""What comes of a record that is not as its format has it."""
USUAL = 32  # hex digits of a trace's id
GUESSED = "streamed calls, whose counts may be the client's own guess"


class Format:
    """One table of names, made ready.

    Args:
        table: an entry of ``formats.json``.
        shared: the names of attributes, and the kinds, that all formats share.
        task_key: the name of the value that tells tasks apart; None for none.
        closer: formats that say more: a document that fits one of them is of that one.
    """

    def __init__(
        self, table: Mapping[str, Any], shared: Mapping[str, Any], task_key: str | None, closer: tuple[Format, ...] = ()
    ) -> None:
        self.name: str = table["name"]
        self.table, self.closer = table, closer
        self._known_by = [split_first(paths) for paths in table["known_by"]]
        self._records = [[split_steps(each) for each in path.split("+")] for path in table["records"]]
        self._around = [
            (field, *path) for field, paths in table.get("around", {}).items() for path in split_first(paths)
        ]
        own = table["fields"].items()  # with a task key that alone tells tasks apart, and no column called task
        fields = {field: split_first(paths) for field, paths in own if field != "task" or not task_key}
        first_paths = [(field, *paths[0], paths[1:]) for field, paths in fields.items()]
        self._direct = [(field, first) for field, first, rest, _ in first_paths if not rest]
        self._others = {field: others for field, _, rest, others in first_paths if not rest}
        self._deep = [(field, paths) for field, paths in fields.items() if field not in self._others]
        self._deep_firsts = {first for _, paths in self._deep for first, _ in paths}
        self._counts_tries = "attempt" in fields
        self._holder: str = table.get("attributes", "")
        self._apart = bool(table.get("apart"))
        self._skip: Mapping[str, Sequence[str]] = table.get("skip", {})
        self._kind: str = table.get("kind", "")
        self._beside = [Format(each, shared, task_key) for each in table.get("beside", ())]
        self._attempt = 0 if table.get("rows_are_attempts") else -1
        self._kinds = {word: kind for kind, words in shared["kinds"].items() for word in words}
        are_json = bool(table.get("attributes_are_json"))
        self._attributes = Attributes(shared["attributes"] if self._holder else {}, are_json, task_key)
        self._of_calls = Attributes(table["of_calls"], are_json, None) if "of_calls" in table else None
        self._said = list(fields.get("said", ()))
        self._inner: str = table.get("inner", "")
        self._task_paths: list[tuple[str, Names]] = []
        if task_key:
            paths = {(task_key,), split_path(task_key), tuple(task_key.split("."))}
            listed = sorted(paths | {("metadata", task_key), ("extra", "metadata", task_key)})
            self._task_paths = [(first, tuple(rest)) for first, *rest in listed]

    def fits(self, document: Any) -> bool:
        """Whether a document looks like one of this format."""
        if not isinstance(document, dict):
            return False
        for paths in self._known_by:
            for first, rest in paths:
                value = document.get(first)
                if value is None or (rest and find_value(value, rest) is None):
                    break
            else:
                return True
        return False

    def read(self, document: Any, place: tuple[int, int], noted: Counter[str], take: Callable[[Span], None]) -> None:
        """Hand on the spans in a document. ``place`` (file and line) is the id of rows that have none of their own."""
        number = -1
        for paths in self._records:
            for steps in paths:
                number = self._read_all(document, steps, (*place, number), noted, take)
            if number >= 0:
                break
        for each in self._beside:
            each.read(document, place, noted, take)

    def _read_all(
        self, document: Any, steps: list[Step], place: tuple[int, int, int], noted: Counter[str],
        take: Callable[[Span], None],
    ) -> int:  # fmt: skip
        """Hand on the spans at the end of these steps; the number of the last of them."""
        *line, number = place
        for around, records in walk_records(document, steps):
            before = self._look_around(around, noted)
            for record in self._with_inner(records) if self._inner else records:
                number += 1
                try:
                    span = self._read(record, before, (*line, number), noted)
                except UNLIKE:
                    span = None
                    noted[NOT_A_SPAN] += 1
                if span is not None:
                    take(span)
        return number

    def _with_inner(self, records: Sequence[Any]) -> Iterator[Any]:
        """The records, and those that lie in them."""
        waiting = list(records)
        while waiting:
            record = waiting.pop()
            yield record
            inner = record.get(self._inner) if isinstance(record, dict) else None
            waiting += inner if isinstance(inner, list) else ()

    def _look_around(self, around: Sequence[Any], noted: Counter[str]) -> dict[str, Any]:
        """What the objects that a record lies in say of it: its scope, perhaps its task."""
        found: dict[str, Any] = {}
        nearest = around[-1] if around else found
        for field, first, rest in self._around:
            value = nearest.get(first)
            if value is not None:
                value = value.get(rest[0]) if len(rest) == 1 and type(value) is dict else find_value(value, rest)
                if isinstance(value, SCALAR):
                    found[field] = value
        if self._task_paths:
            for holder in around:
                found.update(self._find_task(holder))
                for inner in (holder.get("resource"), holder.get("scope"), holder):
                    try:
                        pairs = inner.get("attributes") if isinstance(inner, dict) else None
                        task = self._attributes.read(pairs).get("task")
                    except UNLIKE:
                        task = None
                        noted[NOT_A_SPAN] += 1
                    found.update({} if task is None else {"task": task})
                trace = holder.get("trace")
                found.update(self._find_task(trace) if isinstance(trace, dict) else {})
        return found

    def _find_task(self, record: Mapping[str, Any]) -> dict[str, Any]:
        for first, rest in self._task_paths:
            value = record.get(first)
            if value is not None and isinstance(value := find_value(value, rest), SCALAR) and value != "":
                return {"task": value}
        return {}

    def _read(self, record: Any, before: Mapping[str, Any], place: tuple[int, ...], noted: Counter[str]) -> Span | None:
        if not isinstance(record, dict):
            raise TypeError
        get = record.get
        found = dict(before)
        task = self._find_task(record) if self._task_paths else NO_TASK
        if self._skip and not task and any(get(key) in values for key, values in self._skip.items()):
            return None  # it says nothing but, perhaps, which task its trace is of
        has_gaps = False
        for field, first in self._direct:
            value = found[field] = get(first)
            if not value:
                has_gaps = True
        if has_gaps:
            self._fill_gaps(found, record, before)
        if not self._deep_firsts.isdisjoint(record):
            for field, paths in self._deep:
                value = find_first(record, paths)
                if value is not None:
                    found[field] = value
        marks = self._look_into(record, found, noted) if self._holder else ()
        found.update(task)
        span = self._make(found, marks, place, noted)
        if span.failed == UNKNOWN:
            span.failed = say_why(record, self._said)
        return span

    def _look_into(self, record: Mapping[str, Any], found: dict[str, Any], noted: Counter[str]) -> tuple[Mark, ...]:
        """Add what a span's attributes say; the verdicts among its events."""
        pairs = record.get(self._holder)
        found.update(self._attributes.read(pairs))
        if self._of_calls and self._kinds.get(str(found.get("kind")).lower()) == CALL:
            found.update({**self._of_calls.read(pairs), **found})  # what any other function gave back is no model's
        if not found.get("scope"):
            found["scope"] = guess_scope(pairs, record.get("name"))
        if not record.get("events"):
            return ()
        said = [self._attributes.read(each) for each in list_events(record, EVALUATION)]
        return tuple(mark for each in said for mark in _read_marks(each, noted))

    def _fill_gaps(self, found: dict[str, Any], record: dict[str, Any], before: Mapping[str, Any]) -> None:
        """Look under other names for what the first name does not say; what nothing says goes."""
        for field, others in self._others.items():
            if found[field] is None or found[field] == "":
                value = find_first(record, others) if others else None
                if value is None:
                    value = before.get(field)
                if value is None:
                    del found[field]
                else:
                    found[field] = value

    def _make(
        self, found: dict[str, Any], marks: tuple[Mark, ...], place: tuple[int, ...], noted: Counter[str]
    ) -> Span:
        get = found.get
        tokens = usd = None
        model = currency = response = ""
        is_hit = False
        if not MORE.isdisjoint(found):
            tokens = read_tokens(found, self._apart, noted)
            usd = read_dollars(found, tokens, noted)
            model, response, is_hit = read_name(get("model")), read_id(get("response")), is_true(get("hit"))
            currency = read_currency(found["currency"]) if "currency" in found else ""
            if not MARKS.isdisjoint(found):
                marks = (*marks, *_read_marks(found, noted))
        start, end = read_moment(get("start"), noted), read_moment(get("end"), noted)
        if "sec" in found and math.isnan(end):
            end = start + read_length(found["sec"], noted)
        if end < start:
            noted["spans that end before they start: they count, their seconds do not"] += 1
            end = math.nan
        said = get("kind")
        kind = self._kind or (self._kinds.get(said) if type(said) is str else None)
        if kind is None:
            kind = self._find_kind(said, model, tokens is not None or usd is not None)
        if tokens is not None and self._kind == CALL and is_true(get("stream")):
            noted[GUESSED] += 1
        trace, name, scope, status, said = get("trace"), get("name"), get("scope"), get("status"), get("said")
        is_usual = type(trace) is str and len(trace) == USUAL
        span = read_id(get("span")) or "row {}:{}:{}".format(*place)
        return Span(
            (read_again(trace) if is_usual else read_id(trace)) or span, span,
            read_id(found["parent"]) if "parent" in found else "",
            name_scope(NAMES[scope] if type(scope) is str else read_name(scope), self.name), kind,
            NAMES[name] if type(name) is str else read_name(name),
            read_name(found["agent"]) if "agent" in found else "", model, start, end, tokens, usd, currency,
            read_failure(status, said) if status or said else "", response,
            str(found["task"]) if "task" in found else "",
            (read_count(get("attempt"), noted) or 0) if self._counts_tries else self._attempt, is_hit, marks,
            str(found["item"]) if "item" in found else "",
        )  # fmt: skip

    def _find_kind(self, said: Any, model: str, used: bool) -> str:
        """What a span is: as it says, in a known word; else a call if it names a model, a roll-up if it has usage."""
        known = self._kinds.get(said.lower()) if isinstance(said, str) else None
        return known or (CALL if model else WHOLE if used else STEP)


@cache
def all_formats(task_key: str | None = None) -> tuple[Format, ...]:
    """All formats, in the order in which they are tried."""
    shared = json.loads(TABLES.read_text(encoding="utf-8"))
    found: list[Format] = []
    for table in shared["formats"]:
        names = [*map(set, table["known_by"])]
        closer = (each for each in found if any(own <= set(its) for own in names for its in each.table["known_by"]))
        found.append(Format(table, shared, task_key, tuple(closer)))
    return tuple(found)


@cache
def outcome_names() -> frozenset[str]:
    """Names of scores that say whether the work was right; of others nobody knows whether much is good."""
    return frozenset(json.loads(TABLES.read_text(encoding="utf-8"))["outcomes"])


def _read_marks(found: Mapping[str, Any], noted: Counter[str]) -> Iterator[Mark]:
    """The verdicts among the values."""
    name = read_name(found.get("mark_name")) or "score"
    for field, called, whole in (("mark", name, False), (RIGHT, RIGHT, False), (SOLVED, SOLVED, True)):
        verdict = read_verdict(found[field], noted) if field in found else None
        if verdict is not None:
            yield called, verdict, whole
