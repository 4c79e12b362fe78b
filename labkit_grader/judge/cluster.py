"""Grading on several machines: an executor over a dask cluster, whose workers have the same labkit installed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

PATIENCE = "20s"


@contextmanager
def dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor over the cluster of that scheduler, and how many jobs its workers take at once.

    A job whose worker has died goes to another worker; its result is kept once.

    Raises:
        ValueError: ``distributed`` is not installed, nobody answers at the address, or there are no workers.
    """
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
    except ImportError:
        raise ValueError("--dask needs the package distributed: pip install 'counting-calls[dask]'") from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"no dask scheduler answers at {address}: {error}") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise ValueError(f"the dask scheduler at {address} has no workers yet; start one: dask worker {address}")
        yield client.get_executor(pure=False), threads
