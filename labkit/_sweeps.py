"""Many designs at once: the arrays that steps hold, their common shape, and blocks of them.

A million designs are worked off in blocks that fit a processor's cache. That is several times faster than one
long pass, and needs memory for one block only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .parts.base import Part
from .steps import Step

BLOCK = 16_384
"""Simulated tasks that are worked off together. They share one stream of random numbers, so another number gives other
samples for the same seed."""
DESIGNS = 65_536
"""Designs that are worked off together: a few arrays of this length fit into a cache."""

AnyPart = TypeVar("AnyPart", bound=Part)


def arrays_of(part: Part) -> Iterator[NDArray[np.float64]]:
    """Every array that a step, or a part of it, holds."""
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, Part):
            yield from arrays_of(value)


def common_shape(steps: Iterable[Step]) -> tuple[int, ...]:
    """The shape that all arrays of the steps broadcast to; () where there is none.

    Raises:
        ValueError: two arrays do not fit together; the message names the step and the shapes.
    """
    shape: tuple[int, ...] = ()
    for step in steps:
        for array in arrays_of(step):
            try:
                shape = np.broadcast_shapes(shape, array.shape)
            except ValueError:
                raise ValueError(
                    f"step {step.name!r} holds an array of shape {array.shape}, which does not fit the shape {shape} "
                    "of the arrays before it"
                ) from None
    return shape


def cut_out(part: AnyPart, block: slice) -> AnyPart:
    """The part with every array cut down to the block; what was checked once is not checked again."""
    smaller = object.__new__(type(part))
    smaller.__dict__.update(part.__dict__)
    for name, value in part.__dict__.items():
        if isinstance(value, np.ndarray):
            smaller.__dict__[name] = value if value.size == 1 else value[block]
        elif isinstance(value, Part):
            smaller.__dict__[name] = cut_out(value, block)
    return smaller
