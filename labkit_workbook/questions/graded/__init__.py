"""The graded questions and their answers; an assessed class never gets this folder."""

MODULES = (
    "ticket_spend",
    "routing_crossover",
    "debate_vs_retry",
    "measure_your_retries",
    "spend_a_budget",
    "quality_per_dollar",
    "reliability_cliff",
    "budget_orchestrator",
    "how_many_tasks",
    "promise_a_p95",
    "read_the_bill",
    "fit_and_advise",
)
"""One ``EXERCISE`` each, in the order of their numbers. The other modules here are what these count with."""
