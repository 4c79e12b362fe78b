"""Whose numbers an exercise has: the student id, and what is drawn from it."""
