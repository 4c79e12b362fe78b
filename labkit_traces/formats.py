"""Formats as tables of names: which record is of which format, and what its values mean. Nothing else is kept."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from .paths import Names, find_first, find_value, is_flat, read_json, split_path, unwrap, walk_records
from .spans import CALL, STEP, WHOLE, Mark, Span
from .tokens import PARTS, read_tokens
from .values import (
    SCALAR,
    is_true,
    read_amount,
    read_count,
    read_currency,
    read_failure,
    read_id,
    read_moment,
    read_name,
    read_verdict,
)

TABLES = Path(__file__).with_name("formats.json")
EVALUATION = "gen_ai.evaluation.result"
RIGHT, SOLVED = "right", "solved"
"""What the columns of verdicts are called: on the call, and on its task."""
MARKS = frozenset({"mark", RIGHT, SOLVED})
USAGE = frozenset((*PARTS, "buckets"))
NOT_A_SPAN = "a record that is not as its format has it"
GUESSED = "streamed calls, whose counts may be the client's own guess"


class Format:
    """One table of names, made ready.

    Args:
        table: an entry of ``formats.json``.
        shared: the names of attributes, and the kinds, that all formats share.
        task_key: the name of the value that tells tasks apart; None for none.
    """

    def __init__(self, table: Mapping[str, Any], shared: Mapping[str, Any], task_key: str | None) -> None:
        self.name: str = table["name"]
        self._known_by = [[split_path(path) for path in paths] for paths in table["known_by"]]
        self._records = [[step.split("|") for step in split_path(path)] for path in table["records"]]
        self._around = [
            (field, [split_path(path) for path in paths]) for field, paths in table.get("around", {}).items()
        ]
        fields = {field: [split_path(path) for path in paths] for field, paths in table["fields"].items()}
        self._direct = [(field, [path[0] for path in paths]) for field, paths in fields.items() if is_flat(paths)]
        deep = [(field, paths) for field, paths in fields.items() if not is_flat(paths)]
        self._deep = [(field, paths, {path[0] for path in paths}) for field, paths in deep]
        self._counts_tries = "attempt" in fields
        self._lists = [split_path(path) for path in table.get("attributes", ())]
        self._as_json = bool(table.get("attributes_are_json"))
        self._apart = bool(table.get("apart"))
        self._skip: Mapping[str, Sequence[str]] = table.get("skip", {})
        self._kind: str = table.get("kind", "")
        self._beside = [Format(each, shared, task_key) for each in table.get("beside", ())]
        self._attempt = 0 if table.get("rows_are_attempts") else -1
        self._kinds = {word: kind for kind, words in shared["kinds"].items() for word in words}
        self._names: dict[str, list[tuple[Names, str, int]]] = {}
        if self._lists:
            for field, names in shared["attributes"].items():
                for rank, name in enumerate(names):
                    first, *rest = split_path(name)
                    self._names.setdefault(first, []).append((tuple(rest), field, rank))
        self._task_paths: list[Names] = []
        if task_key:
            self._names.setdefault(task_key, []).append(((), "task", -1))
            paths = {(task_key,), split_path(task_key), tuple(task_key.split("."))}
            self._task_paths = sorted(paths | {("metadata", task_key), ("extra", "metadata", task_key)})

    def fits(self, document: Any) -> bool:
        """Whether a document looks like one of this format."""
        if not isinstance(document, dict):
            return False
        for paths in self._known_by:
            for path in paths:
                if (document.get(path[0]) if len(path) == 1 else find_value(document, path)) is None:
                    break
            else:
                return True
        return False

    def spans(self, document: Any, place: str, noted: Counter[str]) -> Iterator[Span]:
        """The spans in a document. ``place`` (file and line) is the id of rows that have none of their own."""
        own = self._read_all(document, place, noted)
        return chain(own, *(each.spans(document, place, noted) for each in self._beside)) if self._beside else own

    def _read_all(self, document: Any, place: str, noted: Counter[str]) -> Iterator[Span]:
        for steps in self._records:
            number = -1
            for around, records in walk_records(document, steps):
                before = self._look_around(around)
                for record in records:
                    number += 1
                    try:
                        span = self._read(record, before, f"{place}:{number}", noted)
                    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
                        span = None
                        noted[NOT_A_SPAN] += 1
                    if span is not None:
                        yield span
            if number >= 0:
                return

    def _look_around(self, around: Sequence[Any]) -> dict[str, Any]:
        """What the objects that a record lies in say of it: its scope, perhaps its task."""
        found: dict[str, Any] = {}
        for field, paths in self._around:
            for path in paths:
                if around and path[0] in around[-1] and isinstance(value := find_value(around[-1], path), SCALAR):
                    found[field] = value
        if self._task_paths:
            for holder in around:
                found.update(self._find_task(holder))
                for path in (("resource", "attributes"), ("scope", "attributes"), ("attributes",)):
                    found.update((k, v) for k, v in self._attributes(find_value(holder, path)).items() if k == "task")
                trace = holder.get("trace")
                found.update(self._find_task(trace) if isinstance(trace, dict) else {})
        return found

    def _find_task(self, record: Mapping[str, Any]) -> dict[str, Any]:
        values = (find_value(record, path) for path in self._task_paths)
        return next(({"task": value} for value in values if isinstance(value, SCALAR) and value != ""), {})

    def _read(self, record: Any, before: Mapping[str, Any], place: str, noted: Counter[str]) -> Span | None:
        if not isinstance(record, dict):
            raise TypeError
        if self._skip and any(record.get(key) in values for key, values in self._skip.items()):
            return None
        found: dict[str, Any] = {}
        for path in self._lists:
            found = self._attributes(find_value(record, path))
        for field, keys in self._direct:
            if field not in found:
                for key in keys:
                    value = record.get(key)
                    if value is not None and value != "":
                        found[field] = value
                        break
        for field, paths, firsts in self._deep:
            if (
                field not in found
                and not firsts.isdisjoint(record)
                and (value := find_first(record, paths)) is not None
            ):
                found[field] = value
        if self._task_paths:
            found.update(self._find_task(record))
        for field, value in before.items():
            found.setdefault(field, value)
        marks = self._read_events(record["events"], noted) if self._lists and record.get("events") else ()
        return self._make(
            found, marks if MARKS.isdisjoint(found) else (*marks, *_read_marks(found, noted)), place, noted
        )

    def _read_events(self, events: Any, noted: Counter[str]) -> tuple[Mark, ...]:
        """Verdicts that were recorded as events of a span; of other events nothing is read."""
        if not isinstance(events, list):
            return ()
        named = [event for event in events if isinstance(event, dict) and event.get("name") == EVALUATION]
        return tuple(m for event in named for m in _read_marks(self._attributes(event.get("attributes")), noted))

    def _attributes(self, pairs: Any) -> dict[str, Any]:
        """The values of the names on the list, by what they mean; of several names for one, the first on the list."""
        found: dict[str, Any] = {}
        ranks: dict[str, int] = {}
        known = self._names
        if isinstance(pairs, list):
            for pair in pairs:
                rules = known.get(pair["key"])
                if rules is not None:
                    _keep(unwrap(pair.get("value")), rules, found, ranks)
        elif isinstance(pairs, dict):
            for key, value in pairs.items():
                if key in known:
                    as_json = self._as_json and isinstance(value, str)
                    _keep(read_json(value) if as_json else value, known[key], found, ranks)
        return found

    def _make(self, found: dict[str, Any], marks: tuple[Mark, ...], place: str, noted: Counter[str]) -> Span:
        get = found.get
        tokens = None if USAGE.isdisjoint(found) else read_tokens(found, self._apart, noted)
        usd = read_amount(found["usd"], noted) if "usd" in found else None
        currency = read_currency(found["currency"]) if "currency" in found else ""
        model = read_name(get("model"))
        start, end = read_moment(get("start"), noted), read_moment(get("end"), noted)
        if math.isnan(end) and "sec" in found:
            end = start + (read_amount(found["sec"], noted) or 0.0)
        if end < start:
            noted["spans that end before they start: they count, their seconds do not"] += 1
            end = math.nan
        kind = self._kind or self._find_kind(get("kind"), model, tokens is not None or usd is not None)
        if kind == CALL and tokens is not None and self._kind and is_true(get("stream")):
            noted[GUESSED] += 1
        attempt = (read_count(get("attempt"), noted) or 0) if self._counts_tries else self._attempt
        status, said = get("status"), get("said")
        span = read_id(get("span")) or f"row {place}"
        agent, response = get("agent"), get("response")
        return Span(
            read_id(get("trace")) or span, span, read_id(get("parent")), f"{read_name(get('scope'))}|{self.name}", kind,
            read_name(get("name")), read_name(agent) if agent is not None else "", model, start, end, tokens, usd,
            currency, read_failure(status, said) if status or said else "",
            read_id(response) if response is not None else "", str(found["task"]) if "task" in found else "", attempt,
            "hit" in found and is_true(found["hit"]), marks, str(found["item"]) if "item" in found else "",
        )  # fmt: skip

    def _find_kind(self, said: Any, model: str, used: bool) -> str:
        """What a span is: as it says, in a known word; else a call if it names a model, a roll-up if it has usage."""
        known = self._kinds.get(said.lower()) if isinstance(said, str) else None
        return known or (CALL if model else WHOLE if used else STEP)


@cache
def all_formats(task_key: str | None = None) -> tuple[Format, ...]:
    """All formats, in the order in which they are tried."""
    shared = json.loads(TABLES.read_text(encoding="utf-8"))
    return tuple(Format(table, shared, task_key) for table in shared["formats"])


@cache
def outcome_names() -> frozenset[str]:
    """Names of scores that say whether the work was right; of others nobody knows whether much is good."""
    return frozenset(json.loads(TABLES.read_text(encoding="utf-8"))["outcomes"])


def _keep(value: Any, rules: Sequence[tuple[Names, str, int]], found: dict[str, Any], ranks: dict[str, int]) -> None:
    """Put a value where it belongs, unless a name that comes before its own on the list has said it."""
    for rest, field, rank in rules:
        inner = find_value(value, rest) if rest else value
        if isinstance(inner, SCALAR) and inner != "" and rank < ranks.get(field, 99):
            found[field], ranks[field] = inner, rank


def _read_marks(found: Mapping[str, Any], noted: Counter[str]) -> Iterator[Mark]:
    """The verdicts among the values."""
    name = read_name(found.get("mark_name")) or "score"
    for field, called, whole in (("mark", name, False), (RIGHT, RIGHT, False), (SOLVED, SOLVED, True)):
        verdict = read_verdict(found[field], noted) if field in found else None
        if verdict is not None:
            yield called, verdict, whole
