"""How seconds and memory grow: sweeps and simulated tasks to a hundred million, chains to a hundred thousand steps.

Each size runs in a process of its own, whose peak memory is what the system says of it. Of streamed designs and tasks
sums are kept, so memory must not grow; the promise is 1 GiB, and time in proportion (1.5 times at most).
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
from memory import peak_gib

from labkit import PREMIUM, SMALL, Model, Workflow, chain, retry, simulate, sweep

SIZES = {
    "designs": (10**6, 10**7, 10**8),
    "tasks": (10**6, 10**7, 10**8),
    "steps": (10**3, 10**4, 10**5),
}
ROUNDS = 3
"""Of which the least is taken, but for what takes many seconds."""
PROMISED_GIB = 1.0
PROMISED_GROWTH = 1.5


def made(start: int, stop: int) -> Workflow:
    """The designs of a block: two prices and two p that differ from design to design."""
    place = np.arange(start, stop) / 1e8
    return chain(4, Model(0.01 + place, 2.0, 0.95 + place * 0.04, copy=False)).then(chain(8, SMALL)).pipe(retry, 1)


def designs(n: int) -> float:
    """The mean success of n designs."""
    return float(sweep(made, n, lambda outcome: outcome.reliability.sum())) / n


def tasks(n: int) -> float:
    """The share of n simulated tasks that succeed."""
    workflow = chain(4, PREMIUM).then(chain(8, SMALL)).pipe(retry, 1)
    return float(simulate(workflow, n, 1, reduce=lambda samples: int(samples.success.sum()), progress=None)) / n


def steps(n: int) -> float:
    """Seconds of a chain of n steps, which is built here too."""
    return float(chain(n, PREMIUM).pipe(retry, 1).outcome("expected").latency) / n


WORK = {"designs": designs, "tasks": tasks, "steps": steps}


def measured(what: str, n: int) -> tuple[float, float | None]:
    """Processor seconds and peak GiB of one size, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, what, str(n)], capture_output=True, text=True, check=True)
    seconds, gib = done.stdout.split()
    return float(seconds), None if gib == "None" else float(gib)


def main() -> bool:
    """Print the table; is what was promised kept?"""
    kept = True
    print("growth   | what | n | processor s | peak MiB |")
    for what, sizes in SIZES.items():
        found = []
        for n in sizes:
            seconds, gib = min(measured(what, n) for _ in range(ROUNDS if n < sizes[-1] or what == "steps" else 1))
            mib = "not measured" if gib is None else f"{gib * 1024:,.0f}"
            print(f"growth   | {what} | {n:.0e} | {seconds:.3g} | {mib} |", flush=True)
            found.append(seconds)
            kept = kept and (gib is None or gib < PROMISED_GIB)
        kept = kept and found[-1] <= PROMISED_GROWTH * found[-2] * sizes[-1] / sizes[-2]
    return kept


if __name__ == "__main__":
    if len(sys.argv) == 3:
        begin = time.process_time()
        WORK[sys.argv[1]](int(sys.argv[2]))
        print(time.process_time() - begin, peak_gib())
    else:
        raise SystemExit(0 if main() else 1)
