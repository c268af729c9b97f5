"""What a handler holds while it works: whose job it is, how it reports, whether it should stop."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock

from bandstand.organizations.models import Organization


class JobFailed(Exception):  # noqa: N818 - an outcome, not a programming error
    """Give the job up; the text is shown to the team as the reason."""


class RetryLater(Exception):  # noqa: N818
    """Call the handler again after `delay`. Counts as an attempt only if `counts` says so."""

    def __init__(self, reason: str = "", *, delay: timedelta | None = None, counts: bool = True) -> None:
        super().__init__(reason)
        self.delay = delay
        self.counts = counts


class JobCancelled(BaseException):
    """Somebody asked the job to stop. Not an `Exception`, so that a handler's own `except` lets it through."""


class LeaseLost(BaseException):
    """Another worker may hold the job by now; whatever this one does no longer counts."""


class Interrupted(BaseException):
    """The worker shuts down; the job goes back and is continued elsewhere."""


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
        """The organization whose schema is entered. Raises LookupError in a job of the platform."""
        if self._organization is None:
            raise LookupError(f"{self.kind} is the platform's job and has no organization.")
        return self._organization

    @property
    def organization_or_none(self) -> Organization | None:
        """The organization, or None in a job of the platform."""
        return self._organization

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far the work is, and stop here if somebody asked for it.

        Costs next to nothing: the latest words are written at most twice a second, by another thread. Raises
        JobCancelled, LeaseLost or Interrupted; let them pass.
        """
        with self._lock:
            self._progress = (done, total, message[:200])
        self.check()

    def check(self) -> None:
        """Stop here if somebody asked for it: call it between steps. Raises as `progress` does."""
        if self._stop is not None:
            raise self._stop

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
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
