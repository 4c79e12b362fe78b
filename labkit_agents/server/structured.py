"""A reply that follows a JSON schema: as small as can be, with the answer in its numbers and texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEEPEST = 12
"""A schema may lead to itself; deeper than this everything is null."""


def write_structured(schema: Mapping[str, Any], answer: str, right: bool) -> str:
    """JSON that follows the schema; an empty schema has the one property ``answer``.

    Numbers, texts and truth values carry the answer, and of a list of choices the first is right and the last wrong.

    >>> schema = {"type": "object", "properties": {"total": {"type": "integer"}, "sure": {"type": "boolean"}}}
    >>> write_structured(schema, "357", right=True), write_structured({}, "RIGHT", right=True)
    ('{"total": 357, "sure": true}', '{"answer": "RIGHT"}')
    """
    number = int(answer) if answer.lstrip("-").isdigit() else (42 if right else 41)
    if not schema:
        return json.dumps({"answer": number if answer.isdigit() else answer})
    return json.dumps(_instance(schema, schema, (answer, number, right), DEEPEST))


def _instance(schema: Any, root: Mapping[str, Any], answer: tuple[str, int, bool], left: int) -> Any:
    """The smallest value that the schema admits, as far as its commonest words go."""
    text, number, right = answer
    if left == 0 or not isinstance(schema, Mapping):
        return None
    if isinstance(schema.get("$ref"), str):
        return _instance(_follow(schema["$ref"], root), root, answer, left - 1)
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(word), list) and schema[word]:
            return _instance(schema[word][0], root, answer, left - 1)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0 if right else -1]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    properties = schema.get("properties")
    if kind == "object":
        inner = properties.items() if isinstance(properties, Mapping) else ()
        return {name: _instance(each, root, answer, left - 1) for name, each in inner}
    if kind == "array":
        return [_instance(schema.get("items", {}), root, answer, left - 1)]
    return {"integer": number, "number": number, "boolean": right, "null": None}.get(str(kind), text)


def _follow(reference: str, root: Mapping[str, Any]) -> Any:
    """The part of the schema that ``#/$defs/Name`` leads to, or None."""
    place: Any = root
    for name in reference.removeprefix("#/").split("/"):
        place = place.get(name) if isinstance(place, Mapping) else None
    return place
