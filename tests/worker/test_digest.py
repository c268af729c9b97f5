"""What owners and managers read in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.digest.job_kinds import SEND_DIGEST, SendDigest
from bandstand.enquiries.models import Enquiry
from bandstand.imports.job_kinds import IMPORT_SPREADSHEET
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job, State
from bandstand.mail.models import OutgoingMessage
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.polls import QuestionFactory
from tests.worker.conftest import WorkOff

DUE = datetime(2026, 11, 20, 7, tzinfo=UTC)  # eight o'clock in Berlin
YESTERDAY = DUE - timedelta(hours=5)
EARLIER = DUE - timedelta(hours=25)


@pytest.fixture
def portal(alice_portal: Portal) -> Portal:
    for role in (roles.MANAGER, roles.EDITOR):
        alice_portal.user(role)
    return alice_portal


def received(portal: Portal, subject: str, moment: datetime) -> None:
    """Let a message to a band have come in at `moment`."""
    with tenant_context(portal.organization):
        row = EnquiryFactory(subject=subject)
        Enquiry.objects.filter(pk=row.pk).update(created_at=moment)


def digests(portal: Portal, work_off: WorkOff) -> list[OutgoingMessage]:
    """Run the digest's job and return what it wrote."""
    enqueue(SEND_DIGEST, SendDigest(due_at=DUE.isoformat()), organization=portal.organization)
    assert work_off()[-1].state == State.DONE
    with tenant_context(portal.organization):
        return list(OutgoingMessage.objects.filter(key__startswith="digest:").order_by("pk"))


def test_it_says_nothing_after_a_day_without_news(portal: Portal, work_off: WorkOff) -> None:
    received(portal, "Too long ago", EARLIER)
    received(portal, "Not yet", DUE)

    assert digests(portal, work_off) == []


def test_it_tells_owners_and_managers_what_happened(portal: Portal, charlie_portal: Portal, work_off: WorkOff) -> None:
    received(portal, "A wedding in May", YESTERDAY)
    received(charlie_portal, "Somebody else's", YESTERDAY)
    with tenant_context(portal.organization):
        QuestionFactory(text="Which song?", published_at=EARLIER, closes_at=YESTERDAY)
    for whose in (portal, charlie_portal):
        Job.objects.create(
            organization=whose.organization,
            kind=IMPORT_SPREADSHEET.name,
            queue="default",
            state=State.FAILED,
            finished_at=YESTERDAY,
            error=f"Unknown column in {whose.organization.slug}.csv.",
        )

    mails = digests(portal, work_off)

    assert {mail.recipients[0] for mail in mails} == {portal.owner_email, portal.user(roles.MANAGER).email}
    for text in (mails[0].text, mails[0].html):
        assert "A wedding in May" in text
        assert "Which song?" in text
        assert "Unknown column in alice.csv." in text
        assert "Somebody else" not in text
        assert "charlie" not in text
    assert all(mail.is_bulk for mail in mails)


def test_it_writes_to_nobody_twice(portal: Portal, work_off: WorkOff) -> None:
    received(portal, "A wedding in May", YESTERDAY)

    first = digests(portal, work_off)

    assert digests(portal, work_off) == first


def test_it_speaks_the_organizations_language(portal: Portal, work_off: WorkOff) -> None:
    portal.organization.language = "de"
    portal.organization.save()
    received(portal, "Eine Hochzeit im Mai", YESTERDAY)

    (mail, _other) = digests(portal, work_off)

    assert "Eine neue Nachricht" in mail.text


def test_it_tells_what_appears_this_week_on_a_morning_on_which_something_does(
    portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    def scheduled(whose: Portal, name: str, moment: datetime) -> None:
        with tenant_context(whose.organization):
            band = BandFactory(name=name, is_published=False)
            Band.objects.filter(pk=band.pk).update(publish_at=moment)

    scheduled(charlie_portal, "Somebody else's", DUE + timedelta(hours=5))
    scheduled(portal, "Next Friday", DUE + timedelta(days=6))
    scheduled(portal, "Next month", DUE + timedelta(days=30))
    assert digests(portal, work_off) == []

    scheduled(portal, "Tonight", DUE + timedelta(hours=12))
    mail = digests(portal, work_off)[0]

    for text in (mail.text, mail.html):
        assert "Appears this week" in text
        assert text.index("Tonight") < text.index("Next Friday")
        assert "20 Nov 2026, 20:00" in text
        assert "Next month" not in text
        assert "Somebody else" not in text
