"""Each recorded task once more, in another order: how long it would have taken, had its steps waited for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labkit import Workflow

from .ordering import find_ends
from .resampling import Resampling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Replay:
    """How long each step kept each task busy.

    Attributes:
        names: of the steps.
        busy: seconds, a row for each task, columns as ``names``; 0 for a step that the task did not visit.
        timed: whether all moments of a task are known.
        drawn: the tasks drawn anew.
    """

    names: tuple[str, ...]
    busy: Floats
    timed: NDArray[np.bool_]
    drawn: Resampling

    def seconds(self, workflow: Workflow) -> tuple[float, Floats]:
        """Mean seconds of the longest path of a task, and its draws; NaN where no task's moments are known.

        Each task's own seconds are added up along the workflow's steps, so that what waits for several waits for the
        slowest of them in that task: the mean of the longest, and not the longest of the means, which is less.
        """
        columns = [self.names.index(name) for name in workflow.names]
        longest = find_ends(self.busy[:, columns], workflow.graph).max(axis=1)
        mean, redrawn = self.drawn.ratios((longest * self.timed)[:, None], self.timed.astype(float)[:, None])
        return float(mean[0]), redrawn[:, 0]
