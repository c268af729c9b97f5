"""When a job is due is told by the database's clock, whatever that of the process says."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from bandstand.jobs.controlling import retry
from bandstand.jobs.enqueueing import enqueue, enqueue_many
from bandstand.jobs.models import Job, State
from bandstand.mail.job_kinds import SEND_MAIL, SendMail

NOW = timezone.now
SOON = timedelta(minutes=1)


@pytest.fixture(params=[timedelta(days=1), timedelta(days=-1)], ids=["ahead", "behind"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose clock is a day off."""

    def now() -> datetime:
        return NOW() + request.param  # type: ignore[no-any-return]

    monkeypatch.setattr(timezone, "now", now)


def test_a_job_is_due_at_once(db: None, wrong_clock: None) -> None:
    job = enqueue(SEND_MAIL, SendMail(1), organization=None)
    (other,) = enqueue_many(SEND_MAIL, [SendMail(2)], organization=None)

    for each in (job, other):
        assert abs(each.run_at - NOW()) < SOON


def test_a_delay_begins_now(db: None, wrong_clock: None) -> None:
    job = enqueue(SEND_MAIL, SendMail(1), organization=None, delay=timedelta(hours=1))

    assert abs(job.run_at - NOW() - timedelta(hours=1)) < SOON


def test_a_job_that_is_tried_again_is_due_at_once(db: None, wrong_clock: None) -> None:
    job = enqueue(SEND_MAIL, SendMail(1), organization=None)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, finished_at=NOW())

    retry(Job.objects.all())

    job.refresh_from_db()
    assert abs(job.run_at - NOW()) < SOON
