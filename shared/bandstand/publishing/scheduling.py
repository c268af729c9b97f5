"""Publishes what is due in the current portal, and enqueues the jobs that do it.

There is a job for each moment that somebody chose. Whatever wrote a moment without saving a row (an import, a restored
backup) is found by the job before it, or by the one of every night. All of them use the database's clock, which also
starts jobs, so no job comes too early for its row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Now

from bandstand.content.publishable import Publishable, appeared, publishable_models
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.publishing.job_kinds import PUBLISH_DUE, PublishDue


def due_publish() -> int:
    """Publish the rows whose moment has come, and start what follows, once; return how many."""
    total = 0
    with transaction.atomic():
        for model in publishable_models():
            rows: Any = model._default_manager  # noqa: SLF001 - Django documents it
            keys = list(
                rows.filter(publish_at__lte=Now()).select_for_update().order_by("pk").values_list("pk", flat=True)
            )
            if keys:
                rows.filter(pk__in=keys).update(is_published=True, publish_at=None)
                appeared.send(sender=model, keys=keys)
            total += len(keys)
    return total


def next_enqueue() -> None:
    """Enqueue the job of the portal's next moment, if there is one; a moment that has passed is due at once."""
    moments = []
    for model in publishable_models():
        rows: Any = model._default_manager  # noqa: SLF001 - Django documents it
        moments.append(rows.filter(is_published=False).aggregate(moment=Min("publish_at"))["moment"])
    known = [moment for moment in moments if moment]
    if known:
        _enqueue(min(known))


def saved_row_enqueue(instance: Publishable, **_kwargs: Any) -> None:
    """Enqueue the job of the row's moment, if it is scheduled. Receives `post_save`."""
    if not instance.is_published and instance.publish_at is not None:
        _enqueue(instance.publish_at)


def _enqueue(moment: datetime) -> None:
    try:
        organization = current_organization()
    except NoOrganizationError:  # the template's schema, which has no visitors
        return
    # Rows of one moment share a job.
    key = moment.astimezone(UTC).isoformat()
    enqueue(PUBLISH_DUE, PublishDue(), organization=organization, at=moment, key=key)
