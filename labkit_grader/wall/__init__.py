"""The wall around a child: Landlock, seccomp and limits."""

TIMEOUT_SEC = 60.0  # for a notebook, if nothing else is said; a machine four times slower does our solutions in it
