"""Announcements reach each owner once, in their language, unless they unsubscribed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains

from bandstand.accounts.models import User
from bandstand.announcements import announcing
from bandstand.announcements.announcing import announcement_end, announcement_publish, mails_write
from bandstand.announcements.job_kinds import MAIL_ANNOUNCEMENT
from bandstand.announcements.models import Announcement
from bandstand.audit.models import Act, Entry
from bandstand.jobs.models import Job
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand.mail.unsubscribing import wanted
from bandstand.organizations.models import Organization
from tests.conftest import Portal
from tests.mailbox import newest_mail_to
from tests.worker.conftest import WorkOff, bystander, executor, ledger, work_off

__all__ = ["bystander", "executor", "ledger", "work_off"]


def announcement(**changes: object) -> Announcement:
    about: dict[str, object] = {
        "title_en": "New <prices>",
        "text_en": "From May & on.",
        "title_de": "Neue Preise",
        "text_de": "Ab Mai.",
        "expires_at": timezone.now() + timedelta(days=7),
    }
    return Announcement.objects.create(**{**about, **changes})


def addresses() -> list[str]:
    return sorted(address for message in OutgoingMessage.objects.all() for address in message.recipients)


def test_each_owner_gets_one_mail_in_the_language_of_their_portal(
    alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    Organization.objects.filter(slug="charlie").update(language="de")
    both = User.objects.create_user("both@example.org")
    for portal in (alice_portal, charlie_portal):
        portal.organization.owners.add(both, User.objects.get_or_create(email="locked@example.org", is_active=False)[0])
    User.objects.create_user("nobody@example.org")
    made = announcement()

    assert announcement_publish(announcement=made)
    job = Job.objects.of_kind(MAIL_ANNOUNCEMENT).get()
    mails_write(announcement=made, after=0)
    mails_write(announcement=made, after=0)

    assert addresses() == sorted([alice_portal.owner_email, "both@example.org", charlie_portal.owner_email])
    english = newest_mail_to(alice_portal.owner_email)
    assert english.subject == "New <prices>"
    assert "From May & on." in english.text
    assert "New &lt;prices&gt;" in english.html
    assert english.is_bulk
    assert newest_mail_to(charlie_portal.owner_email).subject == "Neue Preise"
    assert job.organization is None
    work_off()
    assert Job.objects.get(pk=job.pk).state == "done"
    assert OutgoingMessage.objects.count() == 3


def test_it_is_written_in_batches(
    alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "BATCH", 1)

    announcement_publish(announcement=announcement())
    for _batch in range(4):
        work_off()

    assert addresses() == sorted([alice_portal.owner_email, charlie_portal.owner_email])
    assert Job.objects.of_kind(MAIL_ANNOUNCEMENT).count() == 3


def test_it_is_published_once_and_the_log_says_so(alice_portal: Portal) -> None:
    made = announcement(is_mailed=False)

    assert announcement_publish(announcement=made)
    assert not announcement_publish(announcement=made)

    assert Entry.objects.get(act=Act.ANNOUNCED).target == "New <prices>"
    assert not Job.objects.of_kind(MAIL_ANNOUNCEMENT).exists()


def test_what_ended_is_mailed_no_more(alice_portal: Portal) -> None:
    made = announcement()
    announcement_publish(announcement=made)

    assert announcement_end(announcement=made)
    assert not announcement_end(announcement=made)

    assert mails_write(announcement=made, after=0) == 0
    assert not OutgoingMessage.objects.exists()
    assert Entry.objects.get(act=Act.ANNOUNCEMENT_ENDED).target == "New <prices>"


def test_an_owner_unsubscribes_at_the_platform(alice_portal: Portal, platform_client: Client) -> None:
    made = announcement()
    announcement_publish(announcement=made)
    mails_write(announcement=made, after=0)
    url = newest_mail_to(alice_portal.owner_email).unsubscribe_url
    assert url.startswith("http://bandstand.localhost")
    path = url[url.index("/mail/") :]

    assertContains(platform_client.get(path), "no longer get announcements")
    assert not SuppressedAddress.objects.exists()
    platform_client.post(path)

    assert wanted([alice_portal.owner_email], bulk=True) == []
    assert wanted([alice_portal.owner_email], bulk=False) == [alice_portal.owner_email]
    platform_client.post(path, {"again": "yes"})
    assert wanted([alice_portal.owner_email], bulk=True) == [alice_portal.owner_email]
    assert platform_client.get("/mail/unsubscribe/none/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("half", [{"title_de": ""}, {"text_de": ""}])
def test_the_german_is_whole_or_missing(half: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        announcement(**half)


@pytest.mark.django_db
def test_without_german_everybody_reads_english() -> None:
    made = announcement(title_de="", text_de="")

    assert (made.title("de"), made.text("de")) == ("New <prices>", "From May & on.")
