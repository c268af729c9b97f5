"""The handler's view of its job: the organization, progress reporting and cancellation."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock

from bandstand.organizations.models import Organization


class JobFailed(Exception):  # noqa: N818 - an outcome, not a programming error
    """Fails the job for good; the message is shown to the team as the reason."""


class RetryLater(Exception):  # noqa: N818
    """Retries the job after `delay`. Counts as an attempt only if `counts`."""

    def __init__(self, reason: str = "", *, delay: timedelta | None = None, counts: bool = True) -> None:
        super().__init__(reason)
        self.delay = delay
        self.counts = counts


class JobCancelled(BaseException):
    """Cancellation was requested. Not an `Exception`, so that a handler's own `except` doesn't catch it."""


class LeaseLost(BaseException):
    """Another worker may hold the job by now, so this one's results no longer count."""


class Interrupted(BaseException):
    """The worker is shutting down; the job goes back into the queue."""


class Run:
    """One attempt at one job."""

    def __init__(self, *, job_id: int, kind: str, organization: Organization | None, attempt: int) -> None:
        self.job_id = job_id
        self.kind = kind
        self._organization = organization
        self.attempt = attempt
        self._lock = Lock()
        self._progress: tuple[int, int, str] | None = None
        self._stop: type[BaseException] | None = None

    @property
    def organization(self) -> Organization:
        """The job's organization, whose schema is active. Raises LookupError in a platform job."""
        if self._organization is None:
            raise LookupError(f"{self.kind} is the platform's job and has no organization.")
        return self._organization

    @property
    def organization_or_none(self) -> Organization | None:
        """The job's organization, or None in a platform job."""
        return self._organization

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report progress, and stop here if cancellation was requested.

        Cheap: another thread writes the latest report at most twice a second. Raises JobCancelled, LeaseLost or
        Interrupted, which handlers must not catch.
        """
        with self._lock:
            self._progress = (done, total, message[:200])
        self.check()

    def check(self) -> None:
        """Stop here if cancellation was requested; call it between steps. Raises as `progress` does."""
        if self._stop is not None:
            raise self._stop

    @property
    def cancelled(self) -> bool:
        """Whether cancellation was requested."""
        return self._stop is JobCancelled

    def take_progress(self) -> tuple[int, int, str] | None:
        """Return what was reported since the last call: done, total, message."""
        with self._lock:
            latest, self._progress = self._progress, None
            return latest

    def stop(self, reason: type[BaseException]) -> None:
        """Make the handler's next step raise `reason`."""
        if self._stop is None:
            self._stop = reason
