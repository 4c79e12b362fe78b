"""The levers as frameworks implement them, measured against the local endpoint beside what the formulas predict.

Each module has a framework's own dozen lines, one function for each condition, and what measures them. Nothing else
imports this folder, and reading its recordings needs no framework.

>>> from labkit_agents.frameworks import recorded
"""

from __future__ import annotations

from .measurement import Measurement, Prediction, measurement_of, predicted_by
from .run import CONDITIONS, Recording, measure, measured, recorded

__all__ = [
    "CONDITIONS", "Measurement", "Prediction", "Recording", "measure", "measured", "measurement_of",
    "predicted_by", "recorded",
]  # fmt: skip
