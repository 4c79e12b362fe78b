"""A reply that follows a JSON schema: as small as can be, with the answer in its numbers and texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEEPEST = 12
MOST_PARTS = 1000
"""A schema may lead to itself; deeper, and beyond so many parts, everything is null."""

CHOICES = ("anyOf", "oneOf", "allOf")


def write_structured(schema: Mapping[str, Any], answer: str, right: bool) -> str:
    """JSON that follows the schema; an empty schema has the one property ``answer``.

    Numbers, texts and truth values carry the answer, and of a list of choices the first is right and the last wrong.

    >>> schema = {"type": "object", "properties": {"total": {"type": "integer"}, "sure": {"type": "boolean"}}}
    >>> write_structured(schema, "357", right=True), write_structured({}, "RIGHT", right=True)
    ('{"total": 357, "sure": true}', '{"answer": "RIGHT"}')
    """
    number = int(answer) if answer.isdecimal() else (42 if right else 41)
    if not schema:
        return json.dumps({"answer": number if answer.isdecimal() else answer})
    values = {"integer": number, "number": number, "boolean": right, "null": None, "string": answer}
    return json.dumps(_Instance(schema, values, right).make(schema, DEEPEST))


class _Instance:
    """The smallest value that a schema admits, as far as its commonest words go."""

    def __init__(self, root: Mapping[str, Any], values: dict[str, Any], right: bool) -> None:
        self._root, self._values, self._right, self._parts = root, values, right, 0

    def make(self, schema: Any, left: int) -> Any:
        self._parts += 1
        if left == 0 or self._parts > MOST_PARTS or not isinstance(schema, Mapping):
            return None
        inner = next((schema[word][0] for word in CHOICES if isinstance(schema.get(word), list) and schema[word]), None)
        if isinstance(schema.get("$ref"), str):
            inner = _follow(schema["$ref"], self._root)
        if inner is not None:
            return self.make(inner, left - 1)
        choices = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(choices, list) and choices:
            return choices[0 if self._right else -1]
        kind, properties = schema.get("type"), schema.get("properties")
        kind = kind[0] if isinstance(kind, list) and kind else kind
        if kind == "array":
            return [self.make(schema.get("items"), left - 1)]
        if isinstance(properties, Mapping) or kind == "object":
            named = properties if isinstance(properties, Mapping) else {}
            return {name: self.make(each, left - 1) for name, each in named.items()}
        return self._values.get(str(kind), self._values["string"])


def _follow(reference: str, root: Mapping[str, Any]) -> Any:
    """The part of the schema that ``#/$defs/Name`` leads to, or None."""
    place: Any = root
    for name in reference.removeprefix("#/").split("/"):
        place = place.get(name) if isinstance(place, Mapping) else None
    return place
