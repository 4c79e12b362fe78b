"""What an explorer is made of: its levers, a table that ``labkit`` has filled, and the output that carries both.

The script in the output looks numbers up and draws them. It knows no formula, so it cannot disagree with ``labkit``.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.pictures.plots import Picture

from .._live import live_html

SCRIPT = Path(__file__).parent / "explorers.js"
RUN_ME = "Run this cell (Shift+Enter) to move the sliders; until then, here is how they stand at first."
UNKNOWN = 65_535  # stands for NaN in a table of whole numbers


@dataclass(frozen=True)
class Lever:
    """A slider. With ``values`` it is an axis of the table, without it goes freely from ``low`` to ``high``.

    Attributes:
        key: its name in the table.
        label: what stands beside it.
        start: the value at first.
        values: the values of its axis, rising.
        low, high, step: the range of a lever that is no axis, such as a budget: a line in the picture.
        unit: ``"USD"``, ``"%"`` (the values are shares), ``"s"`` or another word.
    """

    key: str
    label: str
    start: float
    values: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        if self.values and self.start not in self.values:
            raise ValueError(f"start of lever {self.key!r} must be one of its values, got {self.start}")

    @property
    def axis(self) -> tuple[float, ...]:
        """The values that the table has; none for a lever that is no axis."""
        return self.values

    def spec(self) -> dict[str, Any]:
        """The slider, as the script reads it."""
        if self.values:
            place = {"values": list(self.values), "at": self.values.index(self.start)}
        else:
            place = {"low": self.low, "high": self.high, "step": self.step, "at": self.start}
        return {"key": self.key, "label": self.label, "unit": self.unit, **place}


@dataclass(frozen=True)
class Switch:
    """A box to tick: an axis of the table with two values."""

    key: str
    label: str
    start: bool = False

    @property
    def axis(self) -> tuple[bool, ...]:
        """Off, on."""
        return (False, True)

    def spec(self) -> dict[str, Any]:
        """The box, as the script reads it."""
        return {"key": self.key, "label": self.label, "on": self.start}


def pack(values: ArrayLike, unit: float | None = None) -> dict[str, Any]:
    """Numbers as text that a script can read: bytes sorted by place, deflated, base64.

    Args:
        values: the numbers; NaN means that none is known.
        unit: None keeps 32-bit floats; a number keeps whole multiples of it, from 0 to 65,534.

    Raises:
        ValueError: a number that 16 bits of such units cannot hold.

    >>> unpack(pack([0.25, 1.0, float("nan")], unit=0.25)).tolist()
    [0.25, 1.0, nan]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if unit is None:
        raw = numbers.astype("<f4")
    else:
        whole = np.where(np.isnan(numbers), UNKNOWN, np.rint(np.nan_to_num(numbers) / unit))
        if whole.min() < 0 or np.any(whole[~np.isnan(numbers)] >= UNKNOWN):
            raise ValueError(f"values must be from 0 to {UNKNOWN - 1:,} times unit={unit}")
        raw = whole.astype("<u2")
    planes = np.frombuffer(raw.tobytes(), np.uint8).reshape(-1, raw.itemsize).T.tobytes()
    return {"unit": unit, "shape": list(raw.shape), "data": base64.b64encode(zlib.compress(planes, 9)).decode()}


def unpack(table: Mapping[str, Any]) -> NDArray[np.float64]:
    """The numbers again, as the script reads them."""
    kind = np.dtype("<f4" if table["unit"] is None else "<u2")
    planes = np.frombuffer(zlib.decompress(base64.b64decode(table["data"])), np.uint8)
    raw = np.frombuffer(planes.reshape(kind.itemsize, -1).T.tobytes(), kind).reshape(table["shape"])
    if table["unit"] is None:
        return raw.astype(np.float64)
    return np.where(raw == UNKNOWN, np.nan, raw * table["unit"])


@dataclass(frozen=True, eq=False, repr=False)
class Explorer:
    """Sliders and what they show, as one output that answers without a kernel.

    Attributes:
        name: what it is called in ``explorers``.
        title: what it is about, for a screen reader.
        view: the function of the script that draws it.
        levers: sliders and switches; those with an axis come in the order of the table's axes.
        table: numbers over those axes, and behind them the numbers of one design.
        unit: whole multiples of which the table holds; None for 32-bit floats.
        still: draws the picture for places that run no scripts.
        more: what else the view needs, as JSON can say it; arrays are packed.
    """

    name: str
    title: str
    view: str
    levers: tuple[Lever | Switch, ...]
    table: NDArray[np.float64]
    still: Callable[[], Picture]
    unit: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        axes = tuple(len(lever.axis) for lever in self.levers if lever.axis)
        if self.table.shape[: len(axes)] != axes:
            raise ValueError(f"table of {self.name!r} must begin with the axes {axes}, got {self.table.shape}")

    def look_up(self, **places: float) -> NDArray[np.float64]:
        """The numbers of one design, as the script finds them; levers that are not named stand as at first.

        Raises:
            ValueError: a lever that is not there, or a value that its axis does not have.
        """
        at: list[int] = []
        for lever in self.levers:
            if lever.axis:
                value = places.pop(lever.key, lever.start)
                near = int(np.argmin(np.abs(np.asarray(lever.axis, dtype=float) - float(value))))
                if abs(float(lever.axis[near]) - float(value)) > 1e-9:
                    raise ValueError(f"{lever.key} must be one of {lever.axis}, got {value}")
                at.append(near)
        if places:
            raise ValueError(f"{self.name!r} has no lever {', '.join(places)}")
        found: NDArray[np.float64] = unpack(self._packed_table)[tuple(at)]
        return found

    @property
    def _packed_table(self) -> dict[str, Any]:
        return pack(self.table, self.unit)

    def spec(self) -> dict[str, Any]:
        """All that the script reads, as JSON can say it."""
        levers = [lever.spec() for lever in self.levers]
        more = {key: _as_json(value) for key, value in self.more.items()}
        return {
            "name": self.name,
            "title": self.title,
            "view": self.view,
            "levers": levers,
            **more,
            "table": self._packed_table,
        }

    def __repr__(self) -> str:
        return f"{self.title}. {RUN_ME}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": _page_of(self)}


@cache
def _still_html(explorer: Explorer) -> str:
    """The picture for places that run no scripts; drawn once."""
    return str(explorer.still()._repr_mimebundle_()["text/html"])


def _page_of(explorer: Explorer) -> str:
    note = f'<p class="note">{RUN_ME}</p>'
    still = f'<div class="still">{_still_html(explorer)}{note}</div>'
    return live_html(explorer.name, "cc-explorer", still, SCRIPT, "explore", explorer.spec())


def _as_json(value: Any) -> Any:
    """Arrays as plain lists of numbers with seven digits."""
    if isinstance(value, np.ndarray):
        return [_as_json(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.7g}")
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (list, tuple)):
        return [_as_json(each) for each in value]
    return {key: _as_json(each) for key, each in value.items()} if isinstance(value, Mapping) else value
