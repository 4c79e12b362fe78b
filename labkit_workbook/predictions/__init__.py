"""Guesses before results: ``predict`` asks, ``tally`` counts how many came true. The questions are data files."""

from __future__ import annotations

from .outputs import Prediction, Tally, predict, tally

__all__ = ["Prediction", "Tally", "predict", "tally"]
