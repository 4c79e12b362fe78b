"""The wall around a child: Landlock, seccomp and limits."""
