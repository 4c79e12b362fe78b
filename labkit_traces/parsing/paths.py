"""Where a value lies in a record: paths of names, walked; and values that are wrapped, or written as JSON in a text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

OTLP_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue", "string_value", "int_value", "double_value")
TEXT = OTLP_VALUES[0]
Names = tuple[str, ...]
Step = tuple[Names, bool]
"""The names that may stand at a step towards records, and whether a list lies there, of which any may be meant."""


def find_value(record: Any, path: Sequence[str]) -> Any:
    """What lies at the path, through mappings, lists and what a text says in JSON; None where nothing does."""
    for key in path:
        if isinstance(record, str):
            record = read_json(record)
        if isinstance(record, dict):
            record = record.get(key)
        elif isinstance(record, list) and key.isdigit():
            record = record[int(key)] if int(key) < len(record) else None
        else:
            return None
    return record


def find_first(record: dict[str, Any], paths: Sequence[tuple[str, Names]]) -> Any:
    """The first value that is there, of paths as ``split_first`` gives them; None where none is."""
    for first, rest in paths:
        value = record.get(first)
        if rest and value is not None:
            value = find_value(value, rest)
        if value is not None and value != "":
            return value
    return None


def walk_records(document: Any, steps: Sequence[Step]) -> Sequence[tuple[tuple[Any, ...], Sequence[Any]]]:
    """Lists of records at the end of the steps, each with the objects that they lie in."""
    found, records = document, None
    around: tuple[Any, ...] = ()
    try:
        for names, has_many in steps:  # the usual case: one object at each step, under the first of its names
            around += (found,)
            found = found[names[0]]
            if has_many:
                records = found
                (found,) = records
    except (KeyError, TypeError, ValueError):
        return _walk_on(document, steps, ())
    return ((around, records),) if type(records) is list else _walk_on(document, steps, ())


def _walk_on(
    found: Any, steps: Sequence[Step], around: tuple[Any, ...]
) -> Sequence[tuple[tuple[Any, ...], Sequence[Any]]]:
    """The same, whatever is missing, branches or has another name."""
    for place, (names, has_many) in enumerate(steps, 1):
        name = next((name for name in names if name in found), None) if isinstance(found, dict) else None
        if name is None:
            return ()
        around = (*around, found)
        found = found[name]
        if has_many:
            if not isinstance(found, list):
                return ()
            if place == len(steps):
                return ((around, found),)
            return [pair for each in found for pair in _walk_on(each, steps[place:], around)]
    return ((around, (found,)),)


def unwrap(value: Any) -> Any:
    """The value in one of OTLP's wrappers."""
    if isinstance(value, dict):
        for kind in OTLP_VALUES:
            if kind in value:
                return value[kind]
        return None
    return value


def wrap(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes that are a mapping, listed as OTLP has them."""
    return [{"key": key, "value": {TEXT: value}} for key, value in values.items()]


def read_json(value: Any) -> Any:
    """What a text says in JSON; the value itself where it says nothing."""
    return _parse(value) if isinstance(value, str) else value


@lru_cache(maxsize=4)
def _parse(text: str) -> Any:
    """The same of a text, which several paths may lead into, one after the other."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def split_path(path: str) -> Names:
    """The names of a path such as ``a/b``."""
    return tuple(path.split("/")) if path else ()


def split_first(paths: Sequence[str]) -> list[tuple[str, Names]]:
    """Each path as its first name and the rest."""
    return [(first, tuple(rest)) for first, *rest in map(split_path, paths)]


def split_steps(path: str) -> list[Step]:
    """The steps of a path such as ``a|b/*/c/*``, in which ``*`` is any of a list."""
    parts = path.replace("/*", "*").split("/") if path else []
    return [(tuple(part.rstrip("*").split("|")), part.endswith("*")) for part in parts]
