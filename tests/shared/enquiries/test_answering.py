"""Answers go out with their thread, and what comes back lands in it, in its own portal alone."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.database.connection import connection
from bandstand.enquiries import answering
from bandstand.enquiries.answering import MOST_PER_HOUR, TooManyMailsError, enquiry_answer
from bandstand.enquiries.job_kinds import TELL_OF_REPLY
from bandstand.enquiries.models import BlockedSender, Enquiry, Reply
from bandstand.enquiries.reply_addresses import ThreadPlace, place_of, reply_address
from bandstand.jobs.models import Job
from bandstand.mail.bouncing import Fate, origin_of, record_fate
from bandstand.mail.models import OutgoingMessage
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.enquiries import EnquiryFactory
from tests.mailbox import newest_mail_to
from tests.shared.enquiries.mails import raw_mail

FAN, BAND = "fan@example.org", "band@example.org"


@pytest.fixture(autouse=True)
def _reply_address(settings: Settings) -> None:
    settings.REPLY_ADDRESS = "answers@in.example.org"


@pytest.fixture
def enquiry(in_alice_portal: Portal) -> Enquiry:
    band = BandFactory(name="The Tubas", contact_email=BAND)
    return EnquiryFactory(band=band, sender_email=FAN, sender_name="Fan", message="Would you play?\nIn May?")


def receive(monkeypatch: pytest.MonkeyPatch, raw: bytes, *recipient: str) -> int:
    """Return the exit code for the email."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    try:
        call_command("receive_mail", *recipient)
    except CommandError as problem:
        assert "Traceback" not in str(problem)
        return problem.returncode
    return os.EX_OK


def test_an_answer_is_mailed_with_the_thread_below_it(in_alice_portal: Portal, enquiry: Enquiry) -> None:
    by = in_alice_portal.user(roles.EDITOR)

    first = enquiry_answer(enquiry=enquiry, text="We would <b>love</b> to.", by=by)
    back = Reply.objects.create(enquiry=enquiry, sender_email=FAN, text="Great!\n\n> We would", message_id="<7@x>")
    second = enquiry_answer(enquiry=enquiry, text="See you.", by=by)

    enquiry.refresh_from_db()
    assert enquiry.state == Enquiry.State.ANSWERED
    mail = OutgoingMessage.objects.get(key=first.mail_key)
    assert (mail.recipients, mail.subject, mail.message_id) == ([FAN], "Re: A wedding in May", first.message_id)
    assert mail.headers == {"Auto-Submitted": "no"}
    assert "We would <b>love</b> to." in mail.text
    assert "Fan wrote:\n> Would you play?\n> In May?" in mail.text
    assert "We would &lt;b&gt;love&lt;/b&gt; to." in mail.html
    answered = OutgoingMessage.objects.get(key=second.mail_key)
    assert answered.headers["In-Reply-To"] == back.message_id
    assert answered.headers["References"] == f"{first.message_id} {back.message_id}"
    assert (
        answered.text.index("> Great!") < answered.text.index("> We would <b>love") < answered.text.index("> Would you")
    )
    assert ">\n> We would\n" not in answered.text  # what the visitor's program quoted isn't quoted once more


def test_replies_go_to_the_thread_or_else_to_the_team(
    in_alice_portal: Portal, enquiry: Enquiry, settings: Settings
) -> None:
    by = in_alice_portal.user(roles.EDITOR)

    def reply_to() -> str:
        reply = enquiry_answer(enquiry=enquiry, text="Yes", by=by)
        return OutgoingMessage.objects.get(key=reply.mail_key).reply_to

    assert place_of(reply_to()) == ThreadPlace(in_alice_portal.organization.schema_name, enquiry.pk)
    assert len(reply_to().partition("@")[0]) <= 64
    assert reply_to() == reply_to().lower()
    settings.REPLY_ADDRESS = ""
    assert reply_to() == BAND
    enquiry.band.contact_email = ""  # type: ignore[union-attr]
    enquiry.band.save()  # type: ignore[union-attr]
    assert reply_to() == by.email
    PortalSettings.objects.update(contact_email="office@example.org")
    assert reply_to() == "office@example.org"


def test_an_answers_answer_lands_in_the_thread(
    in_alice_portal: Portal, enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch
) -> None:
    enquiry_answer(enquiry=enquiry, text="Gladly", by=in_alice_portal.user(roles.EDITOR))
    raw = raw_mail("When?\n\nOn Friday, Ira wrote:\n> Gladly", to=f"The Tubas <{reply_address(enquiry)}>")

    assert receive(monkeypatch, raw) == os.EX_OK
    assert receive(monkeypatch, raw) == os.EX_OK  # the server got no answer, and hands it over again

    reply = enquiry.replies.get(from_team=False)
    assert (reply.sender_email, reply.is_foreign, reply.parts) == (
        FAN,
        False,
        ("When?", "On Friday, Ira wrote:\n> Gladly"),
    )
    enquiry.refresh_from_db()
    assert enquiry.state == Enquiry.State.NEW
    told = newest_mail_to(BAND)
    assert "When?" in told.text
    assert f"/backstage/enquiries/{enquiry.pk}/" in told.text
    assert Job.objects.of_kind(TELL_OF_REPLY).count() == 1


def test_the_envelope_counts_more_than_the_headers(enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch) -> None:
    other = EnquiryFactory(band=enquiry.band, sender_email="else@example.org")
    address = reply_address(enquiry)

    receive(monkeypatch, raw_mail(to=reply_address(other)), address.upper())

    reply = Reply.objects.get()
    assert reply.enquiry == enquiry
    assert not reply.is_foreign
    receive(monkeypatch, raw_mail(sender="stranger@example.net", Message_ID="<2@x>"), address)
    assert Reply.objects.get(message_id="<2@x>").is_foreign


@pytest.mark.parametrize("case", ["tampered", "of another", "plain", "other domain", "deleted", "spam", "not set up"])
def test_addresses_that_lead_nowhere_are_refused(
    enquiry: Enquiry, settings: Settings, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    address = reply_address(enquiry)
    other = EnquiryFactory(band=enquiry.band)
    if case == "tampered":
        local, _at, domain = address.partition("@")
        address = f"{local[:-1]}{'b' if local[-1] != 'b' else 'c'}@{domain}"
    elif case == "of another":
        address = address.replace(f"-{enquiry.pk}-", f"-{other.pk}-")
    elif case == "plain":
        address = settings.REPLY_ADDRESS
    elif case == "other domain":
        address = address.replace("in.example.org", "in.example.net")
    elif case == "deleted":
        enquiry.delete()
    elif case == "spam":
        Enquiry.objects.filter(pk=enquiry.pk).update(state=Enquiry.State.SPAM)
    else:
        settings.REPLY_ADDRESS = ""

    assert receive(monkeypatch, raw_mail(), address) == os.EX_NOUSER == 67
    assert not Reply.objects.exists()


def test_an_address_of_one_portal_leads_into_no_other(
    alice_portal: Portal, charlie_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = []
    for portal in (alice_portal, charlie_portal):
        with tenant_context(portal.organization):
            Enquiry.objects.filter(pk=4711).delete()
            addresses.append(reply_address(EnquiryFactory(pk=4711, sender_email=FAN)))
    alices, charlies = addresses
    swapped = alices.rpartition("-")[0] + "-" + charlies.rpartition("-")[2]

    assert receive(monkeypatch, raw_mail(), alices) == os.EX_OK
    assert receive(monkeypatch, raw_mail(), swapped) == os.EX_NOUSER

    with tenant_context(charlie_portal.organization):
        assert not Reply.objects.exists()
    with tenant_context(alice_portal.organization):
        assert Reply.objects.get().enquiry_id == 4711


def test_a_former_key_still_opens_addresses(enquiry: Enquiry, settings: Settings) -> None:
    address = reply_address(enquiry)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 6

    assert place_of(address)
    assert reply_address(enquiry) != address
    settings.SECRET_KEY_FALLBACKS = []
    assert place_of(address) is None


def test_programs_and_blocked_senders_are_heard_by_nobody(enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch) -> None:
    BlockedSender.objects.create(pattern="example.net")
    address = reply_address(enquiry)

    assert receive(monkeypatch, raw_mail(Auto_Submitted="auto-replied"), address) == os.EX_OK
    assert receive(monkeypatch, raw_mail(sender="a@mail.example.net"), address) == os.EX_OK

    assert not Reply.objects.exists()
    assert not OutgoingMessage.objects.exists()


def test_two_programs_that_answer_each_other_stop(enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Reply(enquiry=enquiry, sender_email=FAN, message_id=f"<{number}>") for number in range(MOST_PER_HOUR)]
    Reply.objects.bulk_create(rows)

    assert receive(monkeypatch, raw_mail(Message_ID="<once-more@x>"), reply_address(enquiry)) == os.EX_UNAVAILABLE


def test_bad_mail_is_refused_and_what_fails_is_tried_again(
    enquiry: Enquiry, in_alice_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = reply_address(enquiry)
    assert receive(monkeypatch, b"\xff\0", address) == os.EX_DATAERR == 65

    organization = in_alice_portal.organization
    Organization.objects.filter(pk=organization.pk).update(state=Organization.State.MOVING)
    assert receive(monkeypatch, raw_mail(), address) == os.EX_TEMPFAIL
    Organization.objects.filter(pk=organization.pk).update(state=Organization.State.ACTIVE)

    def away(*_args: Any, **_options: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(answering, "_receive", away)
    assert receive(monkeypatch, raw_mail(), address) == os.EX_TEMPFAIL


@pytest.mark.parametrize("is_last", [True, False])
def test_a_message_is_new_again_when_its_last_answer_came_back(
    in_alice_portal: Portal, enquiry: Enquiry, is_last: bool
) -> None:
    by = in_alice_portal.user(roles.EDITOR)
    reply = enquiry_answer(enquiry=enquiry, text="Yes", by=by)
    if not is_last:
        enquiry_answer(enquiry=enquiry, text="Still yes", by=by)
    mail = OutgoingMessage.objects.get(key=reply.mail_key)

    for _time in range(2):
        record_fate(origin=origin_of(mail, connection.schema_name), email=FAN, fate=Fate.BOUNCED)

    enquiry.refresh_from_db()
    assert enquiry.state == (Enquiry.State.NEW if is_last else Enquiry.State.ANSWERED)


def test_an_answer_that_may_not_be_sent_is_none(in_alice_portal: Portal, enquiry: Enquiry, settings: Settings) -> None:
    settings.MAILS_TO_ONE_PER_HOUR = 1
    by = in_alice_portal.user(roles.EDITOR)
    enquiry_answer(enquiry=enquiry, text="Yes", by=by)

    with pytest.raises(TooManyMailsError):
        enquiry_answer(enquiry=enquiry, text="And yes", by=by)

    assert enquiry.replies.count() == OutgoingMessage.objects.count() == 1


def test_a_reply_stays_where_the_band_is_gone(enquiry: Enquiry, monkeypatch: pytest.MonkeyPatch) -> None:
    address = reply_address(enquiry)
    enquiry.band.move_to_trash()  # type: ignore[union-attr]

    assert receive(monkeypatch, raw_mail(), address) == os.EX_OK

    assert enquiry.replies.count() == 1
    assert not OutgoingMessage.objects.exists()
