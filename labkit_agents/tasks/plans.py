"""Plans: which sums a task is cut into, and which of them wait for which. A plan asks no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from labkit._inputs import one_whole

from ..pocket.language import MOST_OPERANDS


class Node(NamedTuple):
    """One sum of a plan: the results of the nodes it needs, and numbers that are given."""

    name: str
    needs: tuple[str, ...]
    given: tuple[int, ...]


Plan: TypeAlias = "tuple[Node, ...]"
"""Nodes; each stands after those it needs, and the last gives the answer."""


def check_operands(operands: int) -> int:
    """How many numbers a step adds: from 2 to 8.

    Raises:
        ValueError: another number.
    """
    count = one_whole("operands", operands, 2)
    if count > MOST_OPERANDS:
        raise ValueError(f"operands must be from 2 to {MOST_OPERANDS}, got {operands!r}")
    return count


def one_sum(numbers: Sequence[int], name: str = "answer") -> Plan:
    """All numbers at once.

    Raises:
        ValueError: more than eight numbers, which no prompt can hold.

    >>> one_sum((1, 2, 3))
    (Node(name='answer', needs=(), given=(1, 2, 3)),)
    """
    if len(numbers) > MOST_OPERANDS:
        raise ValueError(f"numbers must be at most {MOST_OPERANDS} for one call, got {len(numbers)}")
    return (Node(name, (), tuple(numbers)),)


def running_total(numbers: Sequence[int], operands: int = 2, name: str = "step") -> Plan:
    """A chain: each step adds ``operands - 1`` more numbers to the total so far; ``ceil((n-1) / (operands-1))`` steps.

    >>> [node.given for node in running_total((1, 2, 3, 4), operands=2)]
    [(1, 2), (3,), (4,)]
    """
    return _chain_values((), tuple(numbers), operands, name)


def pairwise(numbers: Sequence[int], operands: int = 2) -> Plan:
    """A tree: groups of ``operands`` numbers are added at once, then their sums, until one is left.

    >>> [(node.name, node.needs) for node in pairwise((1, 2, 3))]
    [('level-1.1', ()), ('level-2.1', ('level-1.1',))]
    """
    nodes: list[Node] = []
    waiting: list[str | int] = list(numbers)
    level = 0
    while len(waiting) > 1:
        level += 1
        groups = [waiting[i : i + operands] for i in range(0, len(waiting), operands)]
        waiting = []
        for index, group in enumerate(groups, 1):
            if len(group) == 1:  # it waits for the next level
                waiting.append(group[0])
                continue
            needs = tuple(item for item in group if isinstance(item, str))
            nodes.append(Node(f"level-{level}.{index}", needs, tuple(i for i in group if isinstance(i, int))))
            waiting.append(nodes[-1].name)
    return tuple(nodes)


def waves(plan: Plan) -> list[list[Node]]:
    """The nodes by how many nodes must be done before them: those of a wave can be asked together.

    >>> [[node.name for node in wave] for wave in waves(pairwise((1, 2, 3, 4)))]
    [['level-1.1', 'level-1.2'], ['level-2.1']]
    """
    depth: dict[str, int] = {}
    by_depth: list[list[Node]] = []
    for node in plan:
        depth[node.name] = 1 + max((depth[name] for name in node.needs), default=-1)
        if depth[node.name] == len(by_depth):
            by_depth.append([])
        by_depth[depth[node.name]].append(node)
    return by_depth


def _chain_values(needs: tuple[str, ...], given: tuple[int, ...], operands: int, name: str) -> Plan:
    """A chain over the results of other nodes and given numbers."""
    waiting: list[str | int] = [*needs, *given]
    nodes: list[Node] = []
    while len(waiting) > 1:
        group, waiting = waiting[:operands], waiting[operands:]
        names = tuple(item for item in group if isinstance(item, str))
        nodes.append(Node(f"{name}-{len(nodes) + 1}", names, tuple(i for i in group if isinstance(i, int))))
        waiting.insert(0, nodes[-1].name)
    return tuple(nodes)
