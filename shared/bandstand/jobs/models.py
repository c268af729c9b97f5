"""Background jobs: one row each in `public`. The row is the source of truth; Celery only carries its id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bandstand.jobs.kinds import Kind, Queue, UnknownKindError, kind_named, kinds
from bandstand.organizations.models import Organization
from bandstand.tracing import LONGEST_TRACE


class State(models.TextChoices):
    """The state of a job."""

    WAITING = "waiting", _("waiting")
    ADMITTED = "admitted", _("starting")  # handed to Celery, not yet claimed by a worker
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


UNFINISHED = (State.WAITING, State.ADMITTED, State.RUNNING)
IN_FLIGHT = (State.ADMITTED, State.RUNNING)
FINISHED = (State.DONE, State.FAILED, State.CANCELLED)


# Reasons for a job's state, for `Job.explanation`; any other `error_class` names an exception.
REFUSED = "Refused"  # the handler gives the reason in `error`
TIME_LIMIT = "TimeLimit"
WORKER_DIED = "WorkerDied"
TENANT_GONE = "TenantGone"
SUSPENDED = "Suspended"
OUTAGE = "Outage"
NEWER = "Newer"
BEHIND = "Behind"
_EXPLANATIONS = {
    TIME_LIMIT: _("It took too long and was stopped."),
    WORKER_DIED: _("It crashed the program that ran it several times, so it won't be retried automatically."),
    TENANT_GONE: _("The portal no longer exists."),
    SUSPENDED: _("The portal is suspended. The job continues when it reopens."),
    OUTAGE: _("The database was unavailable for a moment. The job continues automatically."),
    NEWER: _("It is waiting for a newer version of the worker."),
    BEHIND: _("The portal is being updated. The job continues automatically afterwards."),
}


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> JobQuerySet:
        """Those that are waiting or running."""
        return self.filter(state__in=UNFINISHED)

    def finished(self) -> JobQuerySet:
        """Those in any final state."""
        return self.filter(state__in=FINISHED)

    def failed(self) -> JobQuerySet:
        """Those that failed for good."""
        return self.filter(state=State.FAILED)

    def of_kind(self, *wanted: Kind[Any]) -> JobQuerySet:
        """Those of one of these kinds."""
        return self.filter(kind__in=[kind.name for kind in wanted])

    def of_organization(self, organization: Organization | None) -> JobQuerySet:
        """Those of one organization; the platform's own for None."""
        return self.filter(organization=organization)

    def visible_with(self, permissions: Iterable[str]) -> JobQuerySet:
        """Those that a user with these permissions may see in the backstage."""
        held = set(permissions)
        return self.filter(kind__in=[name for name, kind in kinds().items() if kind.visible_to in held])

    def older_than(self, number: int) -> JobQuerySet:
        """Those enqueued before the job with this id."""
        return self.filter(pk__lt=number)

    def recent(self) -> JobQuerySet:
        """Newest first."""
        return self.order_by("-pk")


class Job(models.Model):
    """One background job, from the transaction that enqueues it to its final state."""

    State = State

    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="jobs",
        null=True,
        blank=True,
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=80)
    payload = models.JSONField(_("payload"), default=dict)
    payload_version = models.PositiveSmallIntegerField(default=1)
    queue = models.CharField(_("queue"), max_length=16, choices=[(queue.value, queue.value) for queue in Queue])
    brief = models.BooleanField(default=False, help_text=_("May share a message with others of its kind."))
    key = models.CharField(max_length=120, blank=True, help_text=_("One unfinished job per key and kind."))
    created_by = models.CharField(_("started by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    run_at = models.DateTimeField(_("due"), default=timezone.now)
    trace = models.CharField(
        max_length=LONGEST_TRACE,
        blank=True,
        db_default="",
        editable=False,
        help_text=_("The trace of the request that enqueued it."),
    )

    state = models.CharField(_("status"), max_length=10, choices=State, default=State.WAITING)
    message = models.BigIntegerField(null=True, help_text=_("The message to Celery that carries it."))
    admitted_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    deaths = models.PositiveSmallIntegerField(default=0, help_text=_("Workers that died while running it."))
    fence = models.PositiveIntegerField(
        default=0, help_text=_("Grows with each claim. An older claim can no longer report.")
    )
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(_("worker"), max_length=120, blank=True)
    cancel_requested = models.BooleanField(default=False)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_message = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(_("what went wrong"), blank=True)
    error_class = models.CharField(max_length=120, blank=True)

    objects: ClassVar[models.Manager[Job]] = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        indexes = [
            # For the dispatcher: finds due jobs by organization without scanning finished rows.
            models.Index(
                "queue",
                Coalesce("organization_id", 0),
                "run_at",
                "id",
                condition=models.Q(state="waiting"),
                name="jobs_waiting",
            ),
            models.Index(
                "queue", "organization_id", condition=models.Q(state__in=["admitted", "running"]), name="jobs_in_flight"
            ),
            # For the lists of jobs.
            models.Index("organization_id", models.F("id").desc(), name="jobs_of_organization"),
            models.Index(
                "organization_id",
                models.F("id").desc(),
                condition=models.Q(state__in=["waiting", "admitted", "running"]),
                name="jobs_unfinished",
            ),
            models.Index(
                "organization_id", models.F("id").desc(), condition=models.Q(state="failed"), name="jobs_failed"
            ),
            # For pruning and metrics.
            models.Index("finished_at", condition=models.Q(finished_at__isnull=False), name="jobs_finished"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "key"],
                condition=models.Q(state__in=["waiting", "admitted", "running"]) & ~models.Q(key=""),
                nulls_distinct=False,
                name="one_unfinished_job_per_key",
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True, state__in=["waiting", "admitted", "running"])
                | models.Q(finished_at__isnull=False, state__in=["done", "failed", "cancelled"]),
                name="finished_jobs_say_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False),
                name="running_jobs_have_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} #{self.pk}"

    @property
    def title(self) -> str | Promise:
        """The kind's title for people."""
        try:
            return kind_named(self.kind).title
        except UnknownKindError:
            return self.kind

    @property
    def is_finished(self) -> bool:
        """Whether it is in a final state."""
        return self.state in FINISHED

    @property
    def may_be_retried(self) -> bool:
        """Whether a person may retry it."""
        return self.state in {State.FAILED, State.CANCELLED}

    @property
    def percent(self) -> int | None:
        """Progress from 0 to 100; None if unknown."""
        if self.state == State.DONE:
            return 100
        if not self.progress_total:
            return None
        return min(100, self.progress_done * 100 // self.progress_total)

    @property
    def explanation(self) -> str | Promise:
        """What went wrong, explained to the team; empty if nothing did."""
        if self.error:
            return self.error
        if not self.error_class:
            return ""
        return _EXPLANATIONS.get(
            self.error_class, _("Something unexpected happened. Platform staff can see what it was.")
        )

    @property
    def duration(self) -> timedelta | None:
        """How long the last attempt ran; None if it hasn't started."""
        if self.started_at is None:
            return None
        return (self.finished_at or timezone.now()) - self.started_at


class ScheduleMark(models.Model):
    """The time up to which a schedule entry has run, for the platform or for one organization."""

    schedule = models.CharField(max_length=80)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="+")
    due_at = models.DateTimeField()

    class Meta:
        verbose_name = _("schedule mark")
        verbose_name_plural = _("schedule marks")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "organization"], nulls_distinct=False, name="one_mark_per_schedule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.due_at:%Y-%m-%d %H:%M}"


class Slot(models.Model):
    """A worker process that can run one job at a time; it sends a heartbeat every few seconds."""

    name = models.CharField(max_length=120, unique=True)
    queues = models.JSONField(default=list)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("worker slot")
        verbose_name_plural = _("worker slots")

    def __str__(self) -> str:
        return self.name
