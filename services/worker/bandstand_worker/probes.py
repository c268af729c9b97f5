"""Telling Kubernetes how a process is, without a web server: files whose age says it.

python -m bandstand_worker probe alive    the process goes round its loop
python -m bandstand_worker probe ready    the worker has taken up its work and isn't shutting down
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / f"bandstand-worker-{os.getuid()}"  # one machine may run several people's
ALIVE = "alive"
READY = "ready"
STALE_AFTER = 60.0  # seconds


def touch(name: str) -> None:
    """Say that it is so now."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    (FOLDER / name).touch()


def clear(name: str) -> None:
    """Say that it is no longer so."""
    (FOLDER / name).unlink(missing_ok=True)


def holds(name: str) -> bool:
    """Return whether it was said within the last minute."""
    try:
        return time.time() - (FOLDER / name).stat().st_mtime < STALE_AFTER
    except FileNotFoundError:
        return False
