"""The parts of the budgeted controller; ``labkit.orchestrator`` is the way in."""
