from __future__ import annotations

import pytest

from bandstand.accounts import roles
from bandstand.enquiries.models import Enquiry
from bandstand.enquiries.submitting import enquiry_submit
from bandstand.jobs.models import Job
from bandstand.mail.job_kinds import SEND_MAIL
from bandstand.mail.models import OutgoingMessage
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory

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
    assert "Would you &lt;b&gt;play&lt;/b&gt;?" in mail.html
    assert Job.objects.of_kind(SEND_MAIL).get().organization == in_alice_portal.organization


def test_it_sends_the_sender_a_copy_that_names_no_address_of_the_band(in_alice_portal: Portal) -> None:
    band = BandFactory(contact_email="band@example.org")
    enquiry_submit(band=band, cc_myself=True, **MESSAGE)
    copy = OutgoingMessage.objects.get(recipients=["fan@example.org"])
    assert "band@example.org" not in copy.text + copy.html + copy.subject + copy.reply_to
    assert copy.cc == []


@pytest.mark.parametrize(("portals", "recipient"), [("office@example.org", "office@example.org"), ("", None)])
def test_it_finds_somebody_to_answer(in_alice_portal: Portal, portals: str, recipient: str | None) -> None:
    settings = PortalSettings.objects.current()
    settings.contact_email = portals
    settings.save()
    enquiry_submit(band=BandFactory(), **MESSAGE)
    owners = list(roles.holders(roles.OWNER).values_list("email", flat=True))
    assert OutgoingMessage.objects.get().recipients == ([recipient] if recipient else owners)
