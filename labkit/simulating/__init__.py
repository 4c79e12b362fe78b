"""What ``labkit.simulation`` is made of."""
