"""One worker's processes: the parent receives messages, and its children run one job at a time each.

Nothing here connects to a database before the fork. The parent tells its children of a shutdown through a shared
number, because Celery's pool has no other way to tell them.
"""

from __future__ import annotations

import mmap
import os
import socket
import struct
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import connections

from bandstand import tracing
from bandstand_worker.executing import Executor
from bandstand_worker.keeper import Keeper
from bandstand_worker.ledger import Ledger

_shared = mmap.mmap(-1, 8)  # anonymous and shared: children inherit it
_executor: Executor | None = None
_keeper: Keeper | None = None


def drain() -> None:
    """Tell all children to start no more jobs."""
    _shared[:] = struct.pack("d", monotonic())


def drained_for() -> float:
    """Return for how many seconds the worker has been shutting down; 0 while it isn't."""
    (since,) = struct.unpack("d", _shared[:])
    return monotonic() - since if since else 0.0


def begin() -> None:
    """Set up this child's executor and keeper."""
    global _executor, _keeper  # noqa: PLW0603 - a process is one
    connections.close_all()
    environment = settings.ENVIRONMENT
    lease = timedelta(seconds=environment.jobs_lease_seconds)
    ledger = Ledger(worker=f"{socket.gethostname()}:{os.getpid()}", lease=lease)
    _keeper = Keeper(
        ledger, queues=environment.worker_queues, drained_for=drained_for, grace=environment.worker_grace_seconds
    )
    _keeper.start()
    _executor = Executor(ledger, _keeper, draining=lambda: drained_for() > 0)


def end() -> None:
    """Clean up before this child exits."""
    if _keeper is not None:
        _keeper.leave()
    tracing.end()


def executor() -> Executor:
    """Return this process's executor. Raises RuntimeError outside a worker's child."""
    if _executor is None:
        raise RuntimeError("Jobs run in a worker's child process only.")
    return _executor
