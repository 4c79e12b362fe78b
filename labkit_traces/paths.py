"""Where a value lies in a record: paths of names, walked; and values that are wrapped, or written as JSON in a text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

STAR = ["*"]
OTLP_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue", "string_value", "int_value", "double_value")
Names = tuple[str, ...]


def find_value(record: Any, path: Sequence[str]) -> Any:
    """What lies at the path, through mappings and lists; None where nothing does."""
    for key in path:
        if isinstance(record, dict):
            record = record.get(key)
        elif isinstance(record, list) and key.isdigit():
            record = record[int(key)] if int(key) < len(record) else None
        else:
            return None
    return record


def find_first(record: Any, paths: Sequence[Names]) -> Any:
    """The first value that is there."""
    for path in paths:
        value = find_value(record, path)
        if value is not None and value != "":
            return value
    return None


def walk_records(document: Any, steps: Sequence[Sequence[str]]) -> list[tuple[tuple[Any, ...], list[Any]]]:
    """Lists of records at the end of the steps, each with the objects that they lie in; ``*`` is any of a list."""
    level: list[tuple[tuple[Any, ...], Any]] = [((), document)]
    for place, names in enumerate(steps, 1):
        if names == STAR:
            lists = [pair for pair in level if isinstance(pair[1], list)]
            if place == len(steps):
                return lists
            level = [(around, each) for around, found in lists for each in found]
        else:
            level = [inner for around, found in level for inner in _step_into(found, names, around)]
    return [(around, [found]) for around, found in level]


def _step_into(found: Any, names: Sequence[str], around: tuple[Any, ...]) -> Sequence[tuple[tuple[Any, ...], Any]]:
    """What lies under the first of the names that is there, if one is."""
    if isinstance(found, dict):
        for name in names:
            if name in found:
                return (((*around, found), found[name]),)
    return ()


def unwrap(value: Any) -> Any:
    """The value in one of OTLP's wrappers."""
    if isinstance(value, dict):
        for kind in OTLP_VALUES:
            if kind in value:
                return value[kind]
        return None
    return value


def read_json(text: str) -> Any:
    """What the text says in JSON; the text itself where it says nothing."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def split_path(path: str) -> Names:
    """The names of a path such as ``a/b``."""
    return tuple(path.split("/")) if path else ()


def is_flat(paths: Sequence[Names]) -> bool:
    """Whether every path is one name."""
    return all(len(path) == 1 for path in paths)
