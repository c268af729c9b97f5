"""The team answers visitors' messages where it reads them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from bandstand.accounts import roles
from bandstand.enquiries.models import Enquiry, Reply
from bandstand.mail.models import OutgoingMessage
from bandstand.submissions.models import Submission
from tests.conftest import Portal, PortalClient
from tests.factories.bands import BandFactory
from tests.factories.enquiries import EnquiryFactory

FAN = "fan@example.org"


@pytest.fixture
def enquiry(in_alice_portal: Portal) -> Enquiry:
    return EnquiryFactory(band=BandFactory(contact_email="band@example.org"), sender_email=FAN)


def page(client: Client, enquiry: Enquiry) -> str:
    return client.get(f"/backstage/enquiries/{enquiry.pk}/").content.decode()


def test_an_answer_is_mailed_and_stands_in_the_thread(in_alice_portal: Portal, enquiry: Enquiry) -> None:
    editor = in_alice_portal.client_of(roles.EDITOR)

    answer = editor.post(f"/backstage/enquiries/{enquiry.pk}/answer/", {"text": "We'd love to."}, follow=True)

    text = answer.content.decode()
    assert "Your answer is on its way to fan@example.org." in text
    assert "We&#x27;d love to." in text
    assert "Editor" in text
    assert "being sent" in text
    enquiry.refresh_from_db()
    assert enquiry.state == Enquiry.State.ANSWERED
    assert OutgoingMessage.objects.get().recipients == [FAN]


@pytest.mark.parametrize(
    ("state", "shown"), [("sent", "sent"), ("bounced", "not delivered"), ("suppressed", "not delivered")]
)
def test_it_shows_what_became_of_the_email(in_alice_portal: Portal, enquiry: Enquiry, state: str, shown: str) -> None:
    editor = in_alice_portal.client_of(roles.EDITOR)
    editor.post(f"/backstage/enquiries/{enquiry.pk}/answer/", {"text": "Yes"})
    OutgoingMessage.objects.update(state=state)

    assert re.search(rf'class="tag[^"]*">{shown}<', page(editor, enquiry))


def test_what_came_back_is_shown_with_who_and_what_is_quoted(in_alice_portal: Portal, enquiry: Enquiry) -> None:
    Reply.objects.create(
        enquiry=enquiry,
        sender_name="<b>Else</b>",
        sender_email="else@example.net",
        text="Me too\n\nOn Friday, Ira wrote:\n> Yes",
        attachments=2,
        message_id="<1@x>",
    )

    text = page(in_alice_portal.client_of(roles.MEMBER), enquiry)

    assert "from another address" in text
    assert "&lt;b&gt;Else&lt;/b&gt;" in text
    assert "2 attachments weren't kept" in text
    assert text.index("<p>Me too</p>") < text.index("<details>") < text.index("Ira wrote:")
    assert "/answer/" not in text  # members look


def test_the_same_form_answers_once(in_alice_portal: Portal, enquiry: Enquiry) -> None:
    strict = PortalClient(enforce_csrf_checks=True, HTTP_HOST=in_alice_portal.host)
    strict.cookies = in_alice_portal.client_of(roles.EDITOR).cookies
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]{64})"', page(strict, enquiry))
    assert token
    sent = {"csrfmiddlewaretoken": token[1], "text": "Yes"}

    first, second = (strict.post(f"/backstage/enquiries/{enquiry.pk}/answer/", sent) for _time in range(2))

    assert first["Location"] == second["Location"] == f"/backstage/enquiries/{enquiry.pk}/"
    assert (Reply.objects.count(), OutgoingMessage.objects.count(), Submission.objects.count()) == (1, 1, 1)


def test_nothing_and_spam_are_not_answered(in_alice_portal: Portal, enquiry: Enquiry) -> None:
    editor, path = in_alice_portal.client_of(roles.EDITOR), f"/backstage/enquiries/{enquiry.pk}/answer/"
    assert editor.post(path, {"text": " "}).status_code == 422
    Enquiry.objects.update(state=Enquiry.State.SPAM)
    refused = editor.post(path, {"text": "Yes"})

    assert refused.status_code == 422
    assert "Mark this message as new before you answer it." in refused.content.decode()
    assert "/answer/" not in page(editor, enquiry)
    assert not Reply.objects.exists()


def test_an_address_that_gets_no_more_mails_gets_no_answer(
    in_alice_portal: Portal, enquiry: Enquiry, settings: Settings
) -> None:
    settings.MAILS_TO_ONE_PER_HOUR = 0

    answer = in_alice_portal.client_of(roles.EDITOR).post(f"/backstage/enquiries/{enquiry.pk}/answer/", {"text": "Yes"})

    assert answer.status_code == 429
    assert "has received many emails" in answer.content.decode()
    assert ">Yes</textarea>" in answer.content.decode().replace("\n", "").replace("\r", "")
    assert not Reply.objects.exists()


def test_another_portals_message_isnt_there(alice_portal: Portal, charlie_portal: Portal, enquiry: Enquiry) -> None:
    owner = charlie_portal.client_of(roles.OWNER)

    assert owner.get(f"/backstage/enquiries/{enquiry.pk}/").status_code == 404
    assert owner.post(f"/backstage/enquiries/{enquiry.pk}/answer/", {"text": "Yes"}).status_code == 404
    assert not Reply.objects.exists()
