"""Writing to a band from its page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from bandstand.bands.models import Band
from bandstand.enquiries.models import Enquiry
from bandstand.mail.models import OutgoingMessage
from tests.conftest import Portal, PortalClient
from tests.factories.bands import BandFactory

SALT = "bandstand.contact-form"


def message(*, opened_ago: timedelta = timedelta(minutes=1), **changes: str) -> dict[str, str]:
    opened = signing.dumps((timezone.now() - opened_ago).timestamp(), salt=SALT)
    fields = {
        "sender_name": "Bob",
        "sender_email": "bob@example.org",
        "subject": "A wedding in May",
        "message": "Would you play for us?",
        "opened": opened,
    }
    return fields | changes


@pytest.fixture
def band(in_alice_portal: Portal) -> Band:
    return BandFactory(name="The Tubas", contact_email="tubas@example.org")


@pytest.fixture
def client(in_alice_portal: Portal) -> Client:
    return in_alice_portal.client()


def test_it_passes_a_message_on(client: Client, band: Band) -> None:
    answer = client.post(f"/bands/{band.slug}/contact/", message(cc_myself="on"), follow=True)

    assert answer.redirect_chain == [(f"/bands/{band.slug}/#content", 302)]
    assert "Your message is on its way to The Tubas." in answer.content.decode()
    assert Enquiry.objects.get().subject == "A wedding in May"
    mails = OutgoingMessage.objects.all()
    assert {address for mail in mails for address in mail.recipients} == {"tubas@example.org", "bob@example.org"}


def test_it_shows_an_error_beside_its_field_and_keeps_what_was_typed(client: Client, band: Band) -> None:
    answer = client.post(f"/bands/{band.slug}/contact/", message(sender_email="bob"))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="contact_sender_email_error"' in text
    assert "Would you play for us?" in text
    assert not Enquiry.objects.exists()


def test_it_thanks_a_machine_and_keeps_nothing(client: Client, band: Band) -> None:
    answer = client.post(f"/bands/{band.slug}/contact/", message(website="https://spam.example"))

    assert answer.status_code == 302
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opened_ago": timedelta(seconds=0)}, "very quick"),
        ({"opened_ago": timedelta(days=3)}, "open for a long time"),
        ({"opened": "forged"}, "open for a long time"),
        ({"opened": ""}, "open for a long time"),
    ],
)
def test_it_asks_again_when_the_form_was_open_too_short_or_too_long(
    client: Client, band: Band, changes: dict[str, object], words: str
) -> None:
    answer = client.post(f"/bands/{band.slug}/contact/", message(**changes))  # type: ignore[arg-type]

    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    found = re.search(r'name="opened" value="([^"]+)"', text)
    assert found
    assert signing.loads(found[1], salt=SALT)


def test_it_bounds_how_many_messages_one_address_sends(client: Client, band: Band) -> None:
    answers = [client.post(f"/bands/{band.slug}/contact/", message()) for _i in range(7)]

    assert [answer.status_code for answer in answers] == [302] * 6 + [429]
    assert answers[-1].headers["Retry-After"] == "3600"
    assert Enquiry.objects.count() == 6


def test_it_takes_no_message_to_a_draft(client: Client, band: Band) -> None:
    Band.objects.update(is_published=False)

    assert client.post(f"/bands/{band.slug}/contact/", message()).status_code == 404


def test_who_sends_it_without_a_token_gets_it_back_with_one_to_send_again(in_alice_portal: Portal, band: Band) -> None:
    """A browser without scripts: the page itself, which is the same for everybody, holds no token."""
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=in_alice_portal.host)
    page = browser.get(band.get_absolute_url()).content.decode()
    first = browser.post(f"/bands/{band.slug}/contact/", {**message(opened=""), "csrfmiddlewaretoken": ""})
    text = first.content.decode()

    assert 'name="csrfmiddlewaretoken" value' not in page
    assert first.status_code == 403
    assert "send your message once more" in text
    assert "Would you play for us?" in text
    assert Enquiry.objects.count() == 0

    hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|opened)" value="([^"]+)"', text))
    moved_back = signing.dumps((timezone.now() - timedelta(minutes=1)).timestamp(), salt=SALT)
    again = browser.post(f"/bands/{band.slug}/contact/", message() | hidden | {"opened": moved_back})
    assert again.status_code == 302
    assert Enquiry.objects.count() == 1


def test_scripts_fetch_what_the_form_needs(in_alice_portal: Portal, band: Band) -> None:
    browser = PortalClient(enforce_csrf_checks=True, HTTP_HOST=in_alice_portal.host)
    answer = browser.get("/contact-form/")
    fetched = answer.json()

    assert answer["Cache-Control"] == "private, no-store"
    assert set(fetched) == {"csrfmiddlewaretoken", "opened"}
    assert signing.loads(fetched["opened"], salt=SALT) == pytest.approx(timezone.now().timestamp(), abs=60)
    sent = browser.post(f"/bands/{band.slug}/contact/", message(csrfmiddlewaretoken=fetched["csrfmiddlewaretoken"]))
    assert sent.status_code == 302
    stranger = PortalClient(enforce_csrf_checks=True, HTTP_HOST=in_alice_portal.host)
    assert stranger.post(f"/bands/{band.slug}/contact/", message(**fetched)).status_code == 403
