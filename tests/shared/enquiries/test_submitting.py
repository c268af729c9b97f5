from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from bandstand.accounts import roles
from bandstand.enquiries.models import BlockedSender, Enquiry
from bandstand.enquiries.screening import spam_delete
from bandstand.enquiries.submitting import enquiry_release, enquiry_submit
from bandstand.jobs.models import Job
from bandstand.mail.job_kinds import SEND_MAIL
from bandstand.mail.models import OutgoingMessage
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.enquiries import EnquiryFactory

MESSAGE = {"subject": "A wedding\nin May", "message": "Would you <b>play</b>?", "sender_email": "fan@example.org"}


def test_it_stores_the_message_and_mails_the_band(in_alice_portal: Portal) -> None:
    band = BandFactory(name="Motörhead & Sons", contact_email="band@example.org")
    enquiry = enquiry_submit(band=band, **MESSAGE)
    assert (enquiry.state, enquiry.subject) == (Enquiry.State.NEW, "A wedding in May")
    mail = OutgoingMessage.objects.get()
    assert mail.recipients == ["band@example.org"]
    assert mail.reply_to == "fan@example.org"
    assert mail.subject == "Motörhead & Sons: A wedding in May"
    assert "Would you <b>play</b>?" in mail.text
    assert f"/backstage/enquiries/{enquiry.pk}/" in mail.text
    assert f"/backstage/enquiries/{enquiry.pk}/" in mail.html
    assert "Would you &lt;b&gt;play&lt;/b&gt;?" in mail.html
    assert Job.objects.of_kind(SEND_MAIL).get().organization == in_alice_portal.organization


def test_it_confirms_to_the_sender_without_a_word_of_what_was_typed(in_alice_portal: Portal) -> None:
    """Nobody has proven the sender's address: whoever typed it may be writing to somebody else by us."""
    band = BandFactory(contact_email="band@example.org")
    typed = {"subject": "Lottery", "message": "You have won", "sender_name": "Your bank"}
    enquiry_submit(band=band, cc_myself=True, sender_email="fan@example.org", **typed)
    copy = OutgoingMessage.objects.get(recipients=["fan@example.org"])
    whole = copy.text + copy.html + copy.subject + copy.reply_to + copy.sender
    assert not [word for word in (*typed.values(), "band@example.org") if word in whole]
    assert band.name in copy.subject
    assert copy.cc == []


@pytest.mark.parametrize(("portals", "recipient"), [("office@example.org", "office@example.org"), ("", None)])
def test_it_finds_somebody_to_answer(in_alice_portal: Portal, portals: str, recipient: str | None) -> None:
    settings = PortalSettings.objects.current()
    settings.contact_email = portals
    settings.save()
    enquiry_submit(band=BandFactory(), **MESSAGE)
    owners = list(roles.holders(roles.OWNER).values_list("email", flat=True))
    assert OutgoingMessage.objects.get().recipients == ([recipient] if recipient else owners)


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "<a href='https://spam.example'>cheap</a>"},
        {"message": "[url=https://spam.example]cheap[/url]"},
        {"message": " ".join(f"https://spam.example/{number}" for number in range(4))},
        {"subject": "Cheap: https://spam.example"},
        {"sender_name": "spam.example"},
        {"sender_email": "sells@spam.example"},
        {"sender_email": "sells@mail.SPAM.example"},
        {"sender_email": "Pest@example.org"},
    ],
)
def test_it_keeps_spam_apart_and_mails_nobody(in_alice_portal: Portal, changes: dict[str, str]) -> None:
    for pattern in ("spam.example", "pest@example.org"):
        BlockedSender.objects.create(pattern=pattern)

    enquiry = enquiry_submit(band=BandFactory(), cc_myself=True, **{**MESSAGE, **changes})

    assert enquiry.state == Enquiry.State.SPAM
    assert not OutgoingMessage.objects.exists()


def test_a_neighbour_of_a_blocked_sender_is_heard(in_alice_portal: Portal) -> None:
    for pattern in ("spam.example", "pest@example.org", "net"):
        BlockedSender.objects.create(pattern=pattern)

    for sender in ("fan@notspam.example", "fan@example.org", "fan@spam.example.org"):
        assert enquiry_submit(band=BandFactory(), **{**MESSAGE, "sender_email": sender}).state == Enquiry.State.NEW


def test_one_text_to_many_bands_is_spam_from_the_fourth_on(in_alice_portal: Portal) -> None:
    states = [
        enquiry_submit(band=BandFactory(), **{**MESSAGE, "sender_email": f"fan{number}@example.org"}).state
        for number in range(4)
    ]

    assert states == ["new", "new", "new", "spam"]


def test_what_was_no_spam_is_passed_on_once(in_alice_portal: Portal) -> None:
    BlockedSender.objects.create(pattern="fan@example.org")
    enquiry = enquiry_submit(band=BandFactory(), **MESSAGE)

    for _time in range(2):
        enquiry_release(enquiry=enquiry)

    assert Enquiry.objects.get().state == Enquiry.State.NEW
    assert OutgoingMessage.objects.get().reply_to == "fan@example.org"


def test_spam_is_deleted_after_thirty_days_and_nothing_else(in_alice_portal: Portal) -> None:
    for state, days in (("spam", 31), ("spam", 29), ("new", 400), ("closed", 400)):
        row = EnquiryFactory(state=state)
        Enquiry.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))

    assert spam_delete() == 1
    assert sorted(Enquiry.objects.values_list("state", flat=True)) == ["closed", "new", "spam"]


@pytest.mark.parametrize(
    ("typed", "kept"), [(" @Spam.Example ", "spam.example"), ("Pest@Example.org", "pest@example.org")]
)
def test_the_block_list_takes_addresses_and_domains(in_alice_portal: Portal, typed: str, kept: str) -> None:
    blocked = BlockedSender(pattern=typed)
    blocked.full_clean()
    assert blocked.pattern == kept


@pytest.mark.parametrize("typed", ["", "everybody", "a b@example.org", "https://spam.example", "@"])
def test_the_block_list_refuses_the_rest(in_alice_portal: Portal, typed: str) -> None:
    with pytest.raises(ValidationError):
        BlockedSender(pattern=typed).full_clean()
