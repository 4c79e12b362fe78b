"""The best design by mixed-integer programming: HiGHS through scipy (extra ``fast``), and no frontier is drawn up.

Whole numbers say how many of the steps alike take each option. Cost adds up, and so do the logarithms of p, and
seconds one after another; where steps overlap, each has a time at which it is done. Profit and quality per dollar
are not linear: less of either is a linear part and a concave function of one sum y. That function is nowhere below its
chord, so the program with the chord bounds the aim; the interval of y is cut in two where the answer lies, until no
bound is below the best design found (spatial branch and bound). Every answer is read back as a design, and its budgets
are checked in fractions.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from ..graph import Graph
from .budgets import Goal
from .dominance import TIE, Floats, nondominated
from .price_lists import PriceList

LINEAR = "mixed-integer programming (HiGHS)"
CHORDS = f"{LINEAR} under chords"
SCALE = 1e6  # what a budget comes to: HiGHS lets 1e-6 pass, which is then one part in 10^12
STEEPEST = 1e4  # no option comes to more than this share of a budget, or of the least sum
MOST_CHORDS = 400
Picked: TypeAlias = tuple[int, ...]
Row: TypeAlias = "tuple[Floats, float, float]"
Numbers: TypeAlias = "tuple[Fraction, Fraction, Fraction]"


class Unfit(Exception):
    """Why a question is not one for the program, in words."""


def best_designs(graph: Graph, lists: Sequence[PriceList], goal: Goal) -> tuple[list[tuple[Picked, Numbers]], str]:
    """The best design, equals that were found on the way, and the method; for each what the steps pick, and cost,
    latency and reliability in fractions.

    Where no design keeps the budgets: for each budget the design that comes nearest to it, alone and beside the others.

    Raises:
        Unfit: the question is not of the kind that the program can answer, or its answer does not bear checking.
    """
    program = _Program(graph, lists, goal)
    limits = program.list_limits()
    first = program.find_best(list(limits.values()))
    if first is None:
        found = [
            program.solve(program.columns[measure], rows)
            for measure in limits
            for rows in ([], [row for name, row in limits.items() if name != measure])
        ]
    else:
        found = [first, *program.find_equals(first, list(limits.values()))]
    designs = [program.read(counts) for counts in found if counts is not None]
    kept = [design for design in designs if goal.keeps(*design[1])]
    if (first is None) == bool(kept) or kept[:1] != designs[:1] * (first is not None):
        raise Unfit("what HiGHS found does not keep the budgets in exact arithmetic")
    return kept or designs, LINEAR if program.aim else CHORDS


class _Program:
    """Variables, columns and fixed rows of one question.

    Attributes:
        kinds: the steps that a variable counts together, for each list of options; ``kept`` has the options.
        columns: what one more of each variable does to cost, latency and failure (-log p), scaled.
        aim: the measure that is made best, or an empty text where the aim is not linear.
    """

    def __init__(self, graph: Graph, lists: Sequence[PriceList], goal: Goal) -> None:
        self.graph, self.lists, self.goal = graph, lists, goal
        self.aim = (goal.maximise or goal.minimise or "").replace("quality_per_dollar", "").replace("profit", "")
        self.blocks = [block for block in graph.blocks if len(block) > 1] if "latency" in goal.measures else []
        beside = {step for block in self.blocks for step in block}
        self._check_kind(beside)
        kinds: dict[Hashable, list[int]] = {}
        for step, prices in enumerate(lists):
            kinds.setdefault(step if step in beside else prices.key, []).append(step)
        self.kinds = list(kinds.values())
        self.kept = [nondominated(lists[step].usd, lists[step].sec, lists[step].p) for step, *_ in self.kinds]
        self.starts = np.cumsum([0, *(kept.size for kept in self.kept)])
        self.usd_scale, self.sec_scale = (
            self._pick_scale("usd", goal.max_cost),
            self._pick_scale("sec", goal.max_latency),
        )
        self._make_columns()

    def _check_kind(self, beside: set[int]) -> None:
        """Nothing; a question of another kind is ``Unfit``."""
        no_log = "reliability" in self.goal.measures and any(np.any(prices.p <= 0) for prices in self.lists)
        for unfit, why in (
            (any(prices.ends for prices in self.lists), "a step may end the workflow early"),
            (no_log, "a p of zero has no logarithm"),
            (any(np.any(prices.delivered < 1) for prices in self.lists), "refusals count apart from wrong answers"),
            (any(self.lists[step].varies for step in beside), "steps that overlap have random times"),
            (self.goal.maximise == "quality_per_dollar" and not self._sum(np.min, "usd"), "a design may cost nothing"),
        ):
            if unfit:
                raise Unfit(why)

    def _sum(self, which: Callable[[Floats], float], name: str) -> float:
        return float(sum(which(getattr(prices, name)) for prices in self.lists))

    def _pick_scale(self, name: str, limit: float | None) -> float:
        """What brings the budget, or else the least sum, to ``SCALE``."""
        return SCALE / (max(limit or self._sum(np.min, name), self._sum(np.max, name) / STEEPEST) or 1.0)

    def _make_columns(self) -> None:
        """Number the variables: options of each kind, then for each block the ends of its steps and its own."""
        options = int(self.starts[-1])
        size = options + sum(len(block) + 1 for block in self.blocks)
        cost, latency, failure, self.most = np.zeros(size), np.zeros(size), np.zeros(size), np.full(size, np.inf)
        self.columns = {"cost": cost, "latency": latency, "reliability": failure}
        self.whole = (np.arange(size) < options).astype(int)
        self.fixed: list[tuple[dict[int, float], float, float]] = []
        place = {}
        for start, end, kept, steps in zip(self.starts, self.starts[1:], self.kept, self.kinds, strict=False):
            prices, place[steps[0]] = self.lists[steps[0]], range(start, end)
            cost[start:end], latency[start:end] = prices.usd[kept] * self.usd_scale, prices.sec[kept] * self.sec_scale
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

    def list_limits(self) -> dict[str, Row]:
        """The budgets as rows, each by its measure."""
        goal, limits = self.goal, {}
        if goal.max_cost is not None:
            limits["cost"] = self.usd_scale * goal.max_cost * (1 + TIE)
        if goal.max_latency is not None:
            limits["latency"] = self.sec_scale * goal.max_latency * (1 + TIE)
        if goal.min_reliability:
            limits["reliability"] = -SCALE * math.log(goal.min_reliability * (1 - TIE))
        return {name: (self.columns[name], -np.inf, high) for name, high in limits.items()}

    def solve(self, aim: Floats, rows: Sequence[Row]) -> Floats | None:
        """The counts of least aim that keep the rows, or None where there are none."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (takes longer than all of labkit)
        from scipy.sparse import csr_matrix  # noqa: PLC0415

        terms = [*(tuple(terms) for terms, _, _ in self.fixed), *[range(aim.size)] * len(rows)]
        values = [*(list(terms.values()) for terms, _, _ in self.fixed), *(row for row, _, _ in rows)]
        at = np.cumsum([0, *map(len, terms)])
        matrix = csr_matrix((np.concatenate(values), np.concatenate(terms), at), (len(terms), aim.size))
        low, high = (np.array([row[i] for row in (*self.fixed, *rows)]) for i in (1, 2))
        answer = milp(aim, integrality=self.whole, bounds=Bounds(0, self.most), options={"mip_rel_gap": 0.0},
                      constraints=LinearConstraint(matrix, low, high))  # fmt: skip
        if answer.status not in (0, 2):
            raise Unfit(f"HiGHS did not answer: {answer.message}")
        return None if answer.x is None else np.where(self.whole, np.rint(answer.x), answer.x)

    def find_best(self, limits: list[Row]) -> Floats | None:
        """The counts of the best design."""
        if self.aim:
            return self.solve(self.columns[self.aim], limits)
        cost, failure = self.columns["cost"], self.columns["reliability"]
        if self.goal.maximise == "quality_per_dollar":
            return self._branch(failure, cost, lambda usd: SCALE * math.log(usd), limits)
        won = float(self.goal.value_usd or 0.0) + self.goal.damage_usd
        unit = SCALE / max(won, SCALE / self.usd_scale)
        return self._branch(
            cost * (unit / self.usd_scale), failure, lambda y: -won * unit * math.exp(-y / SCALE), limits
        )

    def _branch(
        self, linear: Floats, along: Floats, concave: Callable[[float], float], limits: list[Row]
    ) -> Floats | None:
        """The counts of least linear part plus concave function of y, the sum along a column."""
        low, high = (sum(len(steps) * which(along[start:end]) for steps, start, end in
                         zip(self.kinds, self.starts, self.starts[1:], strict=False)) for which in (np.min, np.max))  # fmt: skip
        found, least, left = None, math.inf, [(-math.inf, float(low), float(high))]
        for _ in range(MOST_CHORDS):
            bound, low, high = heapq.heappop(left) if left else (math.inf, 0.0, 0.0)
            if bound >= least - 1.0 / SCALE or bound == math.inf:
                return found
            slope = (concave(high) - concave(low)) / (high - low) if high > low else 0.0
            counts = self.solve(linear + slope * along, [*limits, (along, low, high)])
            if counts is None:
                continue
            y, base = float(along @ counts), float(linear @ counts)
            if base + concave(y) < least:
                found, least = counts, base + concave(y)
            if low < y < high:
                bound = base + concave(low) + slope * (y - low)
                heapq.heappush(left, (bound, low, y))
                heapq.heappush(left, (bound, y, high))
        raise Unfit(f"{MOST_CHORDS} chords were too few")

    def find_equals(self, counts: Floats, limits: list[Row]) -> list[Floats]:
        """More reliable, then cheaper, then quicker ones that are as good by the aim; the last is the best of them."""
        measured = [name for name in ("reliability", "cost", "latency") if name in self.goal.measures]
        rows, found = list(limits), []
        settled = [self.aim] if self.aim else ["reliability", "cost"]
        for name in (*settled, *(name for name in measured if name not in settled)):
            column = self.columns[name]
            if name not in settled:
                better = self.solve(column, rows)
                if better is None:
                    break
                counts = better
                found.append(counts)
            rows.append((column, -np.inf, float(column @ counts) + 1.0 / SCALE))
        return found

    def read(self, counts: Floats) -> tuple[Picked, Numbers]:
        """What each step picks, and cost, latency and reliability in fractions; counts that do not add up are ``Unfit``."""
        picked = [0] * len(self.lists)
        for start, kept, steps in zip(self.starts, self.kept, self.kinds, strict=False):
            options = np.repeat(kept, counts[start : start + kept.size].astype(int))
            if options.size != len(steps):
                raise Unfit("HiGHS gave counts that do not add up")
            for step, option in zip(steps, options.tolist(), strict=True):
                picked[step] = option
        usd, sec, p = ([Fraction(float(getattr(prices, name)[i])) for prices, i in zip(self.lists, picked, strict=True)]
                       for name in ("usd", "sec", "p"))  # fmt: skip
        ends = [Fraction(0)] * len(sec)
        for step in self.graph.order:
            ends[step] = sec[step] + max((ends[need] for need in self.graph.needs[step]), default=Fraction(0))
        return tuple(picked), (sum(usd, Fraction(0)), max(ends), math.prod(p, start=Fraction(1)))
