"""Waiting for something that can be seen, never for a time."""

import time

# Waiting costs nothing while all is well, so this is far more than even a machine needs that is busy with something else.
PATIENCE_SECONDS = 300


def wait_for(what, look, seconds=PATIENCE_SECONDS):
    """Looks until there is something to see."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not seen within {seconds} s: {what}")
        time.sleep(0.1)
