"""What a night leaves of mails, in `public` and in a portal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage
from bandstand.mail.sending import send
from bandstand.mail.tidying import mails_tidy
from bandstand.organizations.models import Organization
from tests.conftest import Portal


@pytest.fixture(params=["public", "portal"])
def place(request: pytest.FixtureRequest, alice_portal: Portal) -> Organization | None:
    OutgoingMessage.objects.all().delete()  # sign-ups of other tests were committed
    return alice_portal.organization if request.param == "portal" else None


def written(days: float, state: str) -> int:
    """Write a mail, let it be that old and have ended so, and return its number."""
    message = send(to="reader@example.org", subject="Your code", text="4711", html="<p>4711</p>")
    moment = timezone.now() - timedelta(days=days)
    OutgoingMessage.objects.filter(pk=message.pk).update(created_at=moment, state=state)
    return message.pk


def test_it_clears_what_the_release_before_left_and_deletes_old_rows(place: Organization | None) -> None:
    with schema_context(place.schema_name if place else "public"):
        ended = [written(0, state) for state in ("sent", "bounced", "suppressed", "failed")]
        waiting = written(1, "waiting")
        written(91, "sent")

        mails_tidy(organization=place, now=timezone.now())

        rows = dict(OutgoingMessage.objects.values_list("pk", "text"))
    assert rows == {**dict.fromkeys(ended, ""), waiting: "4711"}


def test_it_gives_up_what_nobody_took_and_leaves_what_a_job_still_tries(place: Organization | None) -> None:
    with schema_context(place.schema_name if place else "public"):
        stuck, tried, other = (written(15, "waiting") for _number in range(3))
        Job.objects.filter(payload__message_id=stuck).update(state="failed", finished_at=timezone.now())
        Job.objects.filter(payload__message_id=other).delete()

        mails_tidy(organization=place, now=timezone.now())

        rows = {row.pk: (row.state, row.text) for row in OutgoingMessage.objects.all()}
    assert rows == {stuck: ("failed", ""), tried: ("waiting", "4711"), other: ("failed", "")}
