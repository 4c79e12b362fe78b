"""From tasks to a fitted workflow, with intervals: what each step takes, and what nobody can tell."""

from __future__ import annotations

from .cautions import say_beyond
from .fitted import Fit
from .fitter import fit
from .resampling import Estimate
from .steps import Context, Retries, Spread, StepFit

__all__ = ["Context", "Estimate", "Fit", "Retries", "Spread", "StepFit", "fit", "say_beyond"]
