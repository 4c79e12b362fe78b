"""A queue served call by call: `latency.replay_arrivals` against Ciw, on the same arrivals and the same call times.

Both must give every call the same wait, to a billionth of a second; and the mean wait of the long run is held against
the formula of `latency.under_load`. Ciw is timed on fewer calls, for it writes a record of each. The limit is the heap
of places alone: the least free place out and its new time in, once a call.
"""

from __future__ import annotations

import heapq

import ciw
import numpy as np
from measure import cpu_seconds, least, row

from labkit.latency import replay_arrivals, under_load

CALLS, PEER_CALLS = 1_000_000, 20_000
RATE, SERVICE_SEC, PLACES = 9.0, 2.0, 20
STANDARD_ERRORS = 5
BATCHES = 50


def drawn(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Arrivals at random, and exponential call times."""
    rng = np.random.default_rng(1)
    return np.cumsum(rng.exponential(1 / RATE, n)), rng.exponential(SERVICE_SEC, n)


def by_ciw(arrivals: np.ndarray, service: np.ndarray) -> np.ndarray:
    """The wait of each call, in the order of arrival."""
    gaps = np.diff(arrivals, prepend=0.0).tolist()
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential([*gaps, np.inf])],
        service_distributions=[ciw.dists.Sequential(service.tolist())],
        number_of_servers=[PLACES],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(len(gaps), method="Finish")
    records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)
    return np.array([record.waiting_time for record in records])


def heap_alone() -> None:
    """One replacement in the heap of places for each call."""
    free, ends = [0.0] * PLACES, drawn(CALLS)[0].tolist()
    for end in ends:
        heapq.heapreplace(free, end)


def main() -> bool:
    """Print the row; do formula and replay agree?"""
    arrivals, service = drawn(CALLS)
    ours = least(lambda: replay_arrivals(arrivals, service, PLACES), 3)
    waits = replay_arrivals(arrivals, service, PLACES).wait_sec
    slow, found = cpu_seconds(lambda: by_ciw(arrivals[:PEER_CALLS], service[:PEER_CALLS]))
    np.testing.assert_allclose(found, waits[: found.size], atol=1e-9)
    note = f"Ciw, as of {found.size:,} calls; the same waits"
    row("queue, a million calls at 20 places", ours, slow * CALLS / PEER_CALLS, least(heap_alone, 3), "s", note)
    means = waits.reshape(BATCHES, -1).mean(axis=1)
    error, expected = float(means.std(ddof=1)) / BATCHES**0.5, under_load(RATE, SERVICE_SEC, PLACES).mean_wait
    print(f"queue    mean wait {means.mean():.3f} s, by formula {expected:.3f} s; standard error {error:.3f} s")
    return abs(float(means.mean()) - expected) < STANDARD_ERRORS * error


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
