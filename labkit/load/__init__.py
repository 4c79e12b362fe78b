"""Waiting for a place: queues, providers' limits, recorded arrivals, and retries that raise the load."""
