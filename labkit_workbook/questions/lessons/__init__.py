"""The lessons' single questions, which no class is assessed on."""

MODULES = ("first", "tries", "tails", "tasks", "budgets", "real_system", "production", "own_agent")
"""One ``EXERCISE`` each, or several ``EXERCISES``."""
