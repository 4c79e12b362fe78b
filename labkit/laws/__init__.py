"""The laws behind ``labkit.cost``, ``labkit.latency`` and ``labkit.reliability``: one module each."""
