"""A thread alongside the running job: renews the lease, writes progress, notices cancellation and stops the job.

If the lease can't be renewed in time, or a job ignores its time limit, the thread kills its own process: only that
guarantees that a job never runs in two places at once. The pool starts a replacement.

When the worker shuts down, a job has half of the grace period to finish. Then it is stopped at its next step and
handed back; a job that doesn't reach a step is handed back all the same, and its process killed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Lock, Thread
from time import monotonic

import psycopg
import structlog

from bandstand.jobs.models import TIME_LIMIT, State
from bandstand_worker.ledger import AttemptOutcome, Claim, Ledger
from bandstand_worker.run import Interrupted, JobCancelled, LeaseLost, Run

TICK = 0.25  # seconds; the longest delay in noticing a cancellation
REGISTER_EVERY = 5.0
SAFETY = 0.15  # share of the lease kept as a margin before another worker may claim the job
PATIENCE_AFTER_LIMIT = 10.0  # seconds that a job may ignore its time limit
BEFORE_ANOTHER = timedelta(seconds=1)  # until a job taken from one process may start in another
FINISHING, STOPPING = 0.5, 0.8  # shares of the grace period after which a job is asked to stop, and made to

log = structlog.get_logger("bandstand.jobs")


@dataclass
class Watch:
    """What the thread knows about the running job."""

    claim: Claim
    run: Run
    began: float
    limit: float
    lease_ends: float


class Keeper(Thread):
    """See the module's docstring. The thread that runs jobs calls `watch` and `release`."""

    def __init__(
        self, ledger: Ledger, *, queues: Sequence[str], drained_for: Callable[[], float], grace: float
    ) -> None:
        super().__init__(name="job-keeper", daemon=True)
        self._ledger = ledger
        self._queues = queues
        self._drained_for = drained_for
        self._grace = grace
        self._watched: Watch | None = None
        self._left = Event()
        self._lock = Lock()
        self._registered_at = float("-inf")

    def watch(self, claim: Claim, run: Run, time_limit: timedelta) -> None:
        """Start looking after a job."""
        with self._lock:
            self._watched = Watch(claim, run, monotonic(), time_limit.total_seconds(), claim.lease_ends)

    def release(self) -> None:
        """Stop looking after it."""
        with self._lock:
            self._watched = None

    def leave(self) -> None:
        """Stop the thread and deregister the process's slot."""
        self._left.set()
        self._ledger.deregister()

    def run(self) -> None:
        while not self._left.wait(TICK):
            self._register()
            with self._lock:
                watched = self._watched
            if watched is not None and monotonic() - watched.began > TICK:
                self._look_after(watched)

    def _register(self) -> None:
        if monotonic() - self._registered_at < REGISTER_EVERY or self._drained_for() > 0:
            return
        try:
            self._ledger.register(self._queues)
        except psycopg.Error:
            return  # the next tick tries again
        self._registered_at = monotonic()

    def _look_after(self, watched: Watch) -> None:
        lease = self._ledger.lease.total_seconds()
        now = monotonic()
        if now > watched.lease_ends - lease * SAFETY:
            self._die("lease can't be renewed", watched)
            return
        if now > watched.began + watched.limit + PATIENCE_AFTER_LIMIT:
            self._give_up(watched)
            return
        if self._drained_for() > self._grace * STOPPING:
            self._hand_back(watched)
            return
        if self._drained_for() > self._grace * FINISHING:
            watched.run.stop(Interrupted)
        progress = watched.run.take_progress()
        try:
            if progress is not None or now > watched.lease_ends - lease * 2 / 3:
                shall_cancel = self._ledger.renew(watched.claim, progress)
                watched.lease_ends = now + lease
            else:
                shall_cancel = self._ledger.look(watched.claim)
        except psycopg.Error:
            return
        if shall_cancel is None:
            watched.run.stop(LeaseLost)
        elif shall_cancel:
            watched.run.stop(JobCancelled)

    def _give_up(self, watched: Watch) -> None:
        self._ledger.finish(
            AttemptOutcome(
                job_id=watched.claim.job_id, fence=watched.claim.fence, state=State.FAILED, error_class=TIME_LIMIT
            )
        )
        self._die("ignored its time limit", watched)

    def _hand_back(self, watched: Watch) -> None:
        claim = watched.claim
        # Write the row first, as a dead process can't; the delay keeps another process from starting the job too early.
        self._ledger.finish(
            AttemptOutcome(job_id=claim.job_id, fence=claim.fence, state=State.WAITING, refund=1, delay=BEFORE_ANOTHER)
        )
        self._die("worker ends and the job takes no step", watched)

    def _die(self, reason: str, watched: Watch) -> None:
        with self._lock:
            if self._watched is watched:  # otherwise it has just ended normally
                log.error("worker process ends itself", reason=reason, job=watched.claim.job_id)
                os.kill(os.getpid(), signal.SIGKILL)
