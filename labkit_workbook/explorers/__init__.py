"""Sliders over the formulas, for notebooks. Move one and the numbers and the picture follow."""

from __future__ import annotations

from .sliders import Explorer, budgets, growing_context, levers, product_law, repetition

__all__ = ["Explorer", "budgets", "growing_context", "levers", "product_law", "repetition"]
