"""What is asked of a search: the arguments checked, and the shapes of graph to choose among."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .._inputs import non_negative, one_of
from ..accounting import ACCOUNTINGS
from ..workflow import Workflow
from .alternatives import Choices
from .design_changes import AS_GIVEN
from .design_space import LATENCIES, Choosing, choosing
from .price_lists import Wanted

MEASURES = Wanted._fields[:3]
FAILURES = Wanted._fields[3:]
Shapes = Mapping[str, Callable[[Workflow], Workflow]]
Spaces = tuple[tuple[str, Choosing], ...]


def choosing_spaces(workflow: Workflow, choices: Choices, shapes: Shapes | None) -> Spaces:
    return tuple((name, choosing(shaped, choices)) for name, shaped in _apply_shapes(workflow, shapes))


def _apply_shapes(workflow: Workflow, shapes: Shapes | None) -> list[tuple[str, Workflow]]:
    """The workflow as given, and under each of the shapes."""
    if shapes is not None and not isinstance(shapes, Mapping):
        raise ValueError(f"shapes must map a name to a lever, got {shapes!r}")
    found = [(AS_GIVEN, workflow)]
    for name, lever in (shapes or {}).items():
        if name == AS_GIVEN:
            raise ValueError(f"{AS_GIVEN!r} is the name of the workflow's own shape; give this one another")
        shaped = workflow.pipe(lever)
        if not isinstance(shaped, Workflow):
            raise ValueError(f"shape {name!r} must return a Workflow, got {shaped!r}")
        found.append((name, shaped))
    return found


def check_arguments(workflow: object, accounting: str, measures: Sequence[str], epsilon: float, latency: str) -> None:
    if not isinstance(workflow, Workflow):
        raise ValueError(f"workflow must be a Workflow, got {workflow!r}")
    one_of("accounting", accounting, ACCOUNTINGS)
    one_of("latency", latency, LATENCIES)
    listed = isinstance(measures, (list, tuple, set, frozenset)) and len(measures) > 0
    if not listed or not all(measure in (*MEASURES, *FAILURES) for measure in measures):
        raise ValueError(f"measures must be some of {(*MEASURES, *FAILURES)}, got {measures!r}")
    failures = [measure for measure in FAILURES if measure in measures]
    if len(failures) > 1 or (failures == ["wrong"] and "reliability" not in measures):
        raise ValueError(f"measures must hold one of {FAILURES}, wrong beside reliability, got {measures!r}")
    if non_negative("epsilon", epsilon).ndim:
        raise ValueError(f"epsilon must be one number, got {epsilon!r}")
