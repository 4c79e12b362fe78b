"""A workflow as JSON or TOML, versioned: what a fit found can be kept, edited by hand, priced and changed later."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, replace
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from labkit import Cache, Debate, Gate, Judge, Model, Person, Step, Workflow
from labkit._inputs import one_flag
from labkit.prices import PriceCard

from .pricing import find_own_card, snapshot

VERSION = 1
KINDS: Mapping[str, type[Any]] = {
    "model": Model, "debate": Debate, "gate": Gate, "cache": Cache, "judge": Judge, "person": Person,
}  # fmt: skip
"""The parts of a step, and of its gate, by the names of their fields."""
Cards: TypeAlias = "Mapping[str, PriceCard]"
BY_CARD = ("card", "tokens_in", "tokens_cached", "tokens_out", "p_ok", "sec")
PLAIN = (str, int, float, bool, type(None))
NUMBERS = ("usd", "sec", "p")


class Saved(NamedTuple):
    """A workflow, and what of its numbers is none.

    Attributes:
        workflow: where a number is unknown it has 0 for it, or 1 for a probability.
        unknown: which of ``usd``, ``sec`` and ``p`` of a task nobody knows.
        lower_bound: whether its dollars are a lower bound, for not all calls were priced and observed.
    """

    workflow: Workflow
    unknown: tuple[str, ...] = ()
    lower_bound: bool = False


def to_json(workflow: Workflow | Saved) -> str:
    """The workflow as JSON: steps with all that was said of them; what is at its default is left out.

    Raises:
        ValueError: a number that is an array, which stands for many designs; or a difficulty that JSON has no word for.

    >>> from labkit import PREMIUM, chain
    >>> print(to_json(chain(1, PREMIUM)))
    {
     "labkit_workflow": 1,
     "steps": [
      {"name": "step-1", "model": {"usd": 0.03, "sec": 2.0, "p_ok": 0.985, "name": "premium"}}
     ]
    }
    """
    saved = as_saved(workflow)
    head = {"labkit_workflow": VERSION}
    head |= {name: value for name, value in saved._asdict().items() if value and name != "workflow"}
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    steps = ",\n".join(f"  {json.dumps(_as_data(step, f'step {step.name!r}'))}" for step in saved.workflow)
    return "{\n" + ",\n".join([*lines, f' "steps": [\n{steps}\n ]\n}}'])


def as_saved(workflow: Workflow | Saved) -> Saved:
    """The workflow with what of its numbers is none: nothing, unless it says so.

    Raises:
        ValueError: no workflow.
    """
    saved = workflow if isinstance(workflow, Saved) else Saved(workflow)
    if not isinstance(saved.workflow, Workflow):
        raise ValueError(f"workflow must be a Workflow, got {type(saved.workflow).__name__}")
    return saved


def from_json(text: str, cards: Cards | None = None) -> Workflow:
    """The workflow that ``to_json`` wrote, or that a hand wrote like it.

    A hand may give a model by its price card: ``{"card": "gpt-4o", "tokens_in": 2000, "tokens_out": 9, "p_ok": 0.9,
    "sec": 2}`` and perhaps ``tokens_cached``; the card is one of ``cards``, else of the list of prices.

    Raises:
        ValueError: no such JSON, a version that is not known, or a step that cannot be, with its name.

    >>> from labkit import PREMIUM, chain
    >>> from_json(to_json(chain(3, PREMIUM))) == chain(3, PREMIUM)
    True
    """
    return from_data(read_json(text), cards).workflow


def from_toml(text: str, cards: Cards | None = None) -> Workflow:
    """The same from TOML: ``labkit_workflow = 1``, then ``[[steps]]`` with ``name``, ``needs`` and ``[steps.model]``.

    Raises:
        ValueError: as for ``from_json``; or a Python before 3.11, which reads no TOML.
    """
    return from_data(read_toml(text), cards).workflow


def read_json(text: str) -> Any:
    """What JSON holds.

    Raises:
        ValueError: no JSON.
    """
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"text must be the JSON of a workflow; {error}") from None


def read_toml(text: str) -> dict[str, Any]:
    """TOML as a mapping.

    Raises:
        ValueError: no TOML, or a Python that reads none.
    """
    try:
        tomllib: Any = import_module("tomllib")  # from Python 3.11
    except ImportError:
        raise ValueError("TOML needs Python 3.11 or later; write the same as JSON") from None
    try:
        return dict(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"text must be TOML; {error}") from None


def from_data(data: Any, cards: Cards | None = None) -> Saved:
    """The workflow from what JSON or TOML holds, and what of its numbers is none."""
    if not isinstance(data, Mapping) or "labkit_workflow" not in data:
        raise ValueError('text must be a workflow: an object with "labkit_workflow": 1 and "steps"')
    if data["labkit_workflow"] != VERSION:
        raise ValueError(f"labkit_workflow must be version {VERSION}, got {data['labkit_workflow']!r}")
    _refuse_strangers("a workflow", data, ("labkit_workflow", *Saved._fields[1:], "steps"))
    steps = data.get("steps")
    if not isinstance(steps, list):
        raise ValueError(f"steps must be a list, got {type(steps).__name__}")
    unknown, lower_bound = data.get("unknown", []), one_flag("lower_bound", data.get("lower_bound", False))
    if not isinstance(unknown, list) or not all(name in NUMBERS for name in unknown):
        raise ValueError(f"unknown must be a list of some of {', '.join(NUMBERS)}, got {unknown!r}")
    workflow = Workflow(tuple(_as_step(number, step, cards or {}) for number, step in enumerate(steps, 1)))
    return Saved(workflow, tuple(unknown), lower_bound)


def _as_data(part: Any, place: str) -> dict[str, Any]:
    """The fields of a part that are not at their default."""
    found: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name in KINDS and value is not None:
            found[field.name] = _as_data(value, f"{field.name} of {place}")
        elif field.default is MISSING or value != field.default:
            found[field.name] = list(value) if field.name == "needs" else _as_plain(f"{field.name} of {place}", value)
    return found


def _as_plain(what: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, PLAIN) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{what} must be one number, text or flag to be saved, got {value!r}")
    return value


def _as_step(number: int, data: Any, cards: Cards) -> Step:
    name = data.get("name") if isinstance(data, Mapping) else None
    place = f"step {name!r}" if isinstance(name, str) else f"step {number}"
    if isinstance(data, Mapping) and isinstance(data.get("model"), Mapping) and "card" in data["model"]:
        data = {**data, "model": _price_model(data["model"], f"model of {place}", cards)}
    return Step(**_read_fields(Step, data, place))


def _price_model(data: Mapping[str, Any], place: str, cards: Cards) -> Model:
    """The model that a price card and so many tokens make."""
    _refuse_strangers(place, data, BY_CARD)
    missing = [name for name in ("tokens_in", "tokens_out", "p_ok", "sec") if name not in data]
    if missing:
        raise ValueError(f"{place} must say {', '.join(missing)}")
    name, cached = data["card"], data.get("tokens_cached", 0)
    card = (find_own_card(name, cards) or snapshot().find(name)) if isinstance(name, str) and name else None
    if card is None:
        raise ValueError(f"card of {place} must be a model whose price is known, got {name!r}; give its card")
    try:
        tokens = data["tokens_in"], data["tokens_out"], data["p_ok"]
        return replace(Model.from_tokens(card, *tokens, tokens_cached=cached, name=name), sec=data["sec"])
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _read_fields(kind: type[Any], data: Any, place: str) -> dict[str, Any]:
    """The fields of a part, checked by name; their values are checked where the part is made."""
    if not isinstance(data, Mapping):
        raise ValueError(f"{place} must be an object with names, got {type(data).__name__}")
    known = {field.name: field for field in fields(kind)}
    _refuse_strangers(place, data, known)
    missing = [name for name, field in known.items() if field.default is MISSING and name not in data]
    if missing:
        raise ValueError(f"{place} must say {', '.join(missing)}")
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name in KINDS and isinstance(value, KINDS[name]):
            found[name] = value
        elif name in KINDS and value is not None:
            found[name] = _make_part(KINDS[name], value, f"{name} of {place}")
        elif name == "needs":
            found[name] = tuple(value) if isinstance(value, list) else value
        elif isinstance(value, PLAIN):
            found[name] = value
        else:
            raise ValueError(f"{name} of {place} must be one number, text or flag, got {type(value).__name__}")
    return found


def _make_part(kind: type[Any], data: Any, place: str) -> Any:
    try:
        return kind(**_read_fields(kind, data, place))
    except ValueError as error:
        raise ValueError(str(error) if place in str(error) else f"{place}: {error}") from None


def _refuse_strangers(place: str, data: Iterable[Any], known: Iterable[str]) -> None:
    strange = sorted({str(name) for name in data} - set(known))
    if strange:
        raise ValueError(f"{place} has no {strange[0]!r}; there is {', '.join(known)}")
