"""The job of a moment publishes what is due, once, and leaves everything else alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.content.publishable import appeared
from bandstand.gigs.models import Gig
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.publishing.job_kinds import PUBLISH_DUE, PublishDue
from bandstand_worker.schedule import SCHEDULE
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.importing import import_through
from tests.worker.conftest import WorkOff

SOON, PAST = timedelta(hours=1), timedelta(minutes=-1)


def jobs(portal: Portal) -> list[Job]:
    return list(
        Job.objects.filter(organization=portal.organization).of_kind(PUBLISH_DUE).unfinished().order_by("run_at")
    )  # type: ignore[attr-defined]


def shift(model: type[Any], key: int, moment: datetime) -> None:
    """Let the time of a row come, as no clock of the database can be turned."""
    model.objects.filter(pk=key).update(publish_at=moment)


@pytest.fixture
def heard() -> Iterator[list[tuple[Any, list[int]]]]:
    """What followed from publishing."""
    heard: list[tuple[Any, list[int]]] = []

    def hear(sender: Any, keys: list[int], **_kwargs: Any) -> None:
        heard.append((sender, keys))

    appeared.connect(hear)
    yield heard
    appeared.disconnect(hear)


def test_scheduling_enqueues_a_job_for_the_moment_and_one_is_enough(in_alice_portal: Portal) -> None:
    moment = timezone.now() + SOON
    for _row in range(2):
        BandFactory(is_published=False, publish_at=moment).save()
    GigFactory(is_published=False, publish_at=moment + SOON)
    BandFactory()
    BandFactory(is_published=False)

    assert [job.run_at for job in jobs(in_alice_portal)] == [moment, moment + SOON]


def test_it_publishes_what_is_due_once_and_starts_what_follows(
    in_alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff, heard: list[Any]
) -> None:
    now = timezone.now()
    band = BandFactory(is_published=False, publish_at=now + SOON)
    gig = GigFactory(is_published=False, publish_at=now + SOON)
    later = BandFactory(is_published=False)
    shift(Band, later.pk, now + 2 * SOON)
    with tenant_context(charlie_portal.organization):
        theirs = BandFactory(is_published=False)
        Band.objects.filter(pk=theirs.pk).update(publish_at=now + PAST)
    shift(Band, band.pk, now + PAST)
    shift(Gig, gig.pk, now + PAST)

    results = [job.result for job in work_off()]

    assert results == [{"published": 2}]
    assert heard == [(Band, [band.pk]), (Gig, [gig.pk])]
    assert set(Band.objects.filter(is_published=True, publish_at=None)) == {band}
    assert list(Band.objects.scheduled()) == [later]
    assert [job.run_at for job in jobs(in_alice_portal)] == [now + 2 * SOON]
    with tenant_context(charlie_portal.organization):
        assert not Band.objects.get(pk=theirs.pk).is_published


@pytest.mark.parametrize("change", ["unschedule", "reschedule", "delete", "publish"])
def test_a_job_of_a_moment_that_was_given_up_does_nothing(
    in_alice_portal: Portal, work_off: WorkOff, heard: list[Any], change: str
) -> None:
    now = timezone.now()
    band = BandFactory(is_published=False, publish_at=now + SOON)
    if change == "delete":
        band.delete()
    else:
        {"unschedule": band.unpublish, "publish": band.publish, "reschedule": lambda: band.schedule(now + 2 * SOON)}[
            change
        ]()
        band.save()

    work_off()

    assert heard == []
    assert [each.is_published for each in Band.objects.all()] == ([] if change == "delete" else [change == "publish"])
    assert [each.publish_at for each in Band.objects.all() if each.is_scheduled] == (
        [now + 2 * SOON] if change == "reschedule" else []
    )


def test_rows_that_came_without_a_job_are_found_in_the_night(in_alice_portal: Portal, work_off: WorkOff) -> None:
    """As after a portal was restored, or moved to another cell."""
    now = timezone.now()
    past, later = BandFactory(is_published=False), BandFactory(is_published=False)
    shift(Band, past.pk, now + PAST)
    shift(Band, later.pk, now + SOON)
    assert jobs(in_alice_portal) == []
    (entry,) = [entry for entry in SCHEDULE if entry.kind is PUBLISH_DUE]
    enqueue(PUBLISH_DUE, entry.payload(now), organization=in_alice_portal.organization)

    work_off()

    assert Band.objects.get(pk=past.pk).is_published
    assert [job.run_at for job in jobs(in_alice_portal)] == [now + SOON]


def test_old_code_that_published_a_scheduled_row_leaves_no_trap(in_alice_portal: Portal, work_off: WorkOff) -> None:
    """Unpublishing it there must not show it again, so the moment goes when it comes."""
    band = BandFactory(is_published=False)
    Band.objects.filter(pk=band.pk).update(is_published=True, publish_at=timezone.now() + PAST)
    enqueue(PUBLISH_DUE, PublishDue(), organization=in_alice_portal.organization)

    work_off()

    Band.objects.filter(pk=band.pk).update(is_published=False)
    assert list(Band.objects.drafts()) == [band]


def test_a_table_says_when_rows_appear(in_alice_portal: Portal) -> None:
    BandFactory(name="Known", slug="known")
    year = timezone.now().year + 1
    rows = (
        f"name,published,appears on\nNew,no,{year}-06-30 20:00\nKnown,yes,{year}-06-30 20:00\nLate,,2001-01-01 20:00\n"
    )

    done = import_through(subject="bands", content=rows, by=in_alice_portal.user(roles.OWNER))

    moment = datetime(year, 6, 30, 18, tzinfo=UTC)  # eight o'clock in Berlin
    new, known = Band.objects.get(name="New"), Band.objects.get(name="Known")
    assert (new.is_published, new.publish_at) == (False, moment)
    assert (known.is_published, known.publish_at) == (True, None)
    assert [refusal["problems"] for refusal in done.refusals] == [
        ["appears on: This time has passed. Choose a later one, or publish now."]
    ]
    assert [job.run_at for job in jobs(in_alice_portal)] == [moment]


def test_an_export_is_read_back_as_it_was(in_alice_portal: Portal) -> None:
    from bandstand.bands.spreadsheet import BandResource  # noqa: PLC0415 - beside its only use

    twice = datetime.fromisoformat("2028-10-29T02:30:00+01:00")
    BandFactory(name="Later", is_published=False, publish_at=twice)
    with timezone.override("Europe/Berlin"):  # as a request is
        exported = BandResource().export(Band.objects.all()).csv
    assert "2028-10-29 02:30+01:00" in exported

    done = import_through(subject="bands", content=exported, by=in_alice_portal.user(roles.OWNER))

    assert (done.added, done.changed, done.refusals) == (0, 0, [])
    assert Band.objects.get().publish_at == twice
