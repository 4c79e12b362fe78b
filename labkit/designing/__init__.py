"""What ``labkit.frontier`` is made of."""
