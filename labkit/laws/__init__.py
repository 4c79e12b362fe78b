"""The laws that the section leaves out, one idea a module; ``labkit.cost``, ``latency`` and ``reliability`` offer them.

A number out of its range, NaN, text or None, and arrays that do not fit together raise a ``ValueError`` that names
the argument and the value; a docstring's "Raises" lists what goes beyond that.
"""
