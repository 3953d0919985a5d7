"""Waiting for a condition, never for a time."""

import time

PATIENCE = 30.0  # Seconds; only a broken program or a very busy machine needs them.


def until(condition, what, patience=PATIENCE):
    """The first truthy value of `condition()`; looks often, fails after `patience` seconds."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience:g} s: {what}")
        time.sleep(0.01)
