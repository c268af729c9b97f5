"""Waiting for what happens in another thread, process or server."""

from __future__ import annotations

import time
from collections.abc import Callable

LONG = 60.0  # seconds: a busy machine takes ten times as long as a quiet one, and only a failure waits to the end


def wait_until(holds: Callable[[], object], what: object = "", seconds: float = LONG) -> None:
    """Return when `holds()` is true. Fails after `seconds`, with `what`, or what a function says then."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            said = what() if callable(what) else what
            raise AssertionError(f"not within {seconds:g} s: {said}")
        time.sleep(0.02)
