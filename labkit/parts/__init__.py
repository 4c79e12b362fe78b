"""The parts that a step may hold: what they have in common, and what may be wrapped around its call."""
