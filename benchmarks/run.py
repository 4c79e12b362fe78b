"""Prints the figures that the README quotes, each beside a peer measured in the same run.

    python benchmarks/run.py            all of them, about a minute
    python benchmarks/run.py sweep      those whose names are given

Exit status 1 if a figure misses what the project promises.
"""

from __future__ import annotations

import sys

import course_time
import import_time
import sweep

BENCHMARKS = {"sweep": sweep.main, "import": import_time.main, "course": course_time.main}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is named {unknown[0]!r}; there is {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    kept = [BENCHMARKS[name]() for name in names or BENCHMARKS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
