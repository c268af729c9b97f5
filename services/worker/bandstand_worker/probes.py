"""Health probes for Kubernetes without a web server: files whose age tells the process's state.

python -m bandstand_worker probe alive    the process's main loop is running
python -m bandstand_worker probe ready    the worker is consuming jobs and isn't shutting down
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / f"bandstand-worker-{os.getuid()}"  # several users may run workers on one machine
ALIVE = "alive"
READY = "ready"
STALE_AFTER = 60.0  # seconds


def touch(name: str) -> None:
    """Report that the state `name` holds now."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    (FOLDER / name).touch()


def clear(name: str) -> None:
    """Report that the state `name` no longer holds."""
    (FOLDER / name).unlink(missing_ok=True)


def holds(name: str) -> bool:
    """Return whether the state `name` was reported within the last minute."""
    try:
        return time.time() - (FOLDER / name).stat().st_mtime < STALE_AFTER
    except FileNotFoundError:
        return False
