"""The design of least weight by mixed-integer programming: HiGHS through scipy (extra ``fast``).

Whole numbers say how many of the steps alike take each option. Where steps overlap, each has a time at which it is
done, and so has their block. Every answer is read back as a design, with its sums from fractions.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from fractions import Fraction

import numpy as np

from ..graph import Graph
from .budgets import Goal
from .dominance import Floats, Ints, nondominated
from .merging import Measures, Points
from .price_lists import PriceList
from .sums import Unfit

METHOD = "mixed-integer programming (HiGHS)"
SCALE = 1e6  # what a budget comes to: HiGHS lets 1e-6 pass, which is then one part in 10^12
STEEPEST = 1e4  # no option comes to more than this share of a budget, or of the least sum
MOST_NODES, FEW_NODES = 200_000, 1_000  # of the search tree: for the best design, and for another as good


class Program:
    """Variables, columns and fixed rows of one question; called with weights and limits, it gives the lightest design.

    Attributes:
        kinds: the steps that a variable counts together, for each list of options; ``kept`` has the options.
        columns: what one more of each variable adds to the three sums, each times its scale.
    """

    def __init__(self, graph: Graph, lists: Sequence[PriceList], goal: Goal) -> None:
        self.graph, self.lists, self.goal = graph, lists, goal
        self.blocks = [block for block in graph.blocks if len(block) > 1] if "latency" in goal.measures else []
        beside = {step for block in self.blocks for step in block}
        if any(lists[step].varies for step in beside):
            raise Unfit("steps that overlap have random times")
        kinds: dict[Hashable, list[int]] = {}
        for step, prices in enumerate(lists):
            kinds.setdefault(step if step in beside else prices.key, []).append(step)
        self.kinds = list(kinds.values())
        self.kept = [nondominated(lists[step].usd, lists[step].sec, lists[step].p) for step, *_ in self.kinds]
        self.starts = np.cumsum([0, *(kept.size for kept in self.kept)])
        self.scales = np.full(3, SCALE)  # brings a budget, or else the least sum, to SCALE
        for i, (name, limit) in enumerate((("usd", goal.max_cost), ("sec", goal.max_latency))):
            least, most = (sum(which(getattr(prices, name)) for prices in lists) for which in (np.min, np.max))
            self.scales[i] /= max(limit or least, most / STEEPEST) or 1.0
        self._make_columns()

    def _make_columns(self) -> None:
        """Number the variables: options of each kind, then for each block the ends of its steps and its own."""
        options = int(self.starts[-1])
        size = options + sum(len(block) + 1 for block in self.blocks)
        self.columns, self.most = np.zeros((3, size)), np.full(size, np.inf)
        cost, latency, failure = self.columns
        self.whole = (np.arange(size) < options).astype(int)
        self.fixed: list[tuple[dict[int, float], float, float]] = []
        place = {}
        for start, end, kept, steps in zip(self.starts, self.starts[1:], self.kept, self.kinds, strict=False):
            prices, place[steps[0]] = self.lists[steps[0]], range(start, end)
            cost[start:end], latency[start:end] = prices.usd[kept] * self.scales[0], prices.sec[kept] * self.scales[1]
            if "reliability" in self.goal.measures:
                failure[start:end] = -SCALE * np.log(prices.p[kept])
            self.most[start:end] = len(steps)
            self.fixed.append((dict.fromkeys(range(start, end), 1.0), len(steps), len(steps)))
        end = options
        for block in self.blocks:
            ends = {step: end + i for i, step in enumerate(block)}
            end += len(block)
            for step in block:
                takes = {ends[step]: 1.0, **{i: -latency[i] for i in place[step]}}
                before = [{ends[need]: -1.0} for need in self.graph.needs[step] if need in ends] or [{}]
                self.fixed += [({**takes, **need}, 0.0, np.inf) for need in before]
                self.fixed.append(({end: 1.0, ends[step]: -1.0}, 0.0, np.inf))
                latency[place[step].start : place[step].stop] = 0.0
            latency[end] = 1.0
            end += 1

    def __call__(self, weights: Floats, limits: Floats, below: float = 0.0, nodes: int = MOST_NODES) -> Points | None:
        """The design of least weight, be it ``below`` or not; a tree of more than so many nodes is ``Unfit``."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (takes longer than all of labkit)
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        aim, (terms, low, high) = weights / self.scales, zip(*self.fixed, strict=True)
        values, places = [x for row in terms for x in row.values()], [i for row in terms for i in row]
        matrix = csr_matrix((values, places, np.cumsum([0, *map(len, terms)])), (len(terms), self.whole.size))
        rules = LinearConstraint(matrix, low, high), LinearConstraint(self.columns, -np.inf, limits * self.scales)
        answer = milp(aim / aim.max() @ self.columns, integrality=self.whole, bounds=Bounds(0, self.most),
                      constraints=rules, options={"mip_rel_gap": 0.0, "node_limit": nodes})  # fmt: skip
        if answer.status not in (0, 2):
            raise Unfit(f"HiGHS did not answer: {answer.message}")
        return None if answer.x is None else self._read(np.rint(answer.x[: self.starts[-1]]).astype(int))

    def _read(self, counts: Ints) -> Points:
        """The design, with its numbers from fractions; counts that do not add up are ``Unfit``."""
        picked = [0] * len(self.lists)
        for start, kept, steps in zip(self.starts, self.kept, self.kinds, strict=False):
            options = np.repeat(kept, counts[start : start + kept.size])
            if options.size != len(steps):
                raise Unfit("HiGHS gave counts that do not add up")
            for step, option in zip(steps, options.tolist(), strict=True):
                picked[step] = option
        usd, sec, p = ([Fraction(float(getattr(prices, name)[i])) for prices, i in zip(self.lists, picked, strict=True)]
                       for name in ("usd", "sec", "p"))  # fmt: skip
        ends = [Fraction(0)] * len(sec)
        for step in self.graph.order:
            ends[step] = sec[step] + max((ends[need] for need in self.graph.needs[step]), default=Fraction(0))
        numbers = sum(usd, Fraction(0)), max(ends), math.prod(p, start=Fraction(1)), Fraction(1)
        return Points(Measures(*(np.array([float(number)]) for number in numbers)), np.array([picked], dtype=np.int32))
