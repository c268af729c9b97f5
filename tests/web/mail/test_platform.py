"""What mail providers report, at an address that exists only with a secret for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from importlib import reload

import pytest
from django.test import Client
from django.urls import clear_url_caches
from django_tenants.utils import tenant_context
from pytest_django.fixtures import Settings

from bandstand.mail.bouncing import origin_of
from bandstand.mail.models import OutgoingMessage, SuppressedAddress
from bandstand_web.urls import platform as urls
from tests.conftest import Portal

READER = "reader@example.org"
HOOK = "/hooks/mail/postmark/tracking/"
SECRET = "provider:what-nobody-guesses"


@pytest.fixture
def hook(settings: Settings) -> Iterator[None]:
    """Mount the address, as at a start with a secret."""
    settings.ANYMAIL = {**settings.ANYMAIL, "WEBHOOK_SECRET": SECRET}
    reload(urls)
    clear_url_caches()
    yield
    settings.ANYMAIL = {name: value for name, value in settings.ANYMAIL.items() if name != "WEBHOOK_SECRET"}
    reload(urls)
    clear_url_caches()


@pytest.fixture
def message(alice_portal: Portal) -> OutgoingMessage:
    with tenant_context(alice_portal.organization):
        return OutgoingMessage.objects.create(recipients=[READER], subject="Tonight", state="sent")


def report(origin: dict[str, str], *, secret: str = SECRET, record: str = "Bounce", to: str = READER) -> int:
    """Say what Postmark says of a mail, and return the answer's status."""
    words = {
        "RecordType": record,
        "Type": "HardBounce",
        "Email": to,
        "Description": "The server was unable to deliver your message",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "ID": 42,
        "BouncedAt": "2026-11-20T08:00:00Z",
        "Metadata": origin,
    }
    credentials = base64.b64encode(secret.encode()).decode()
    answer = Client(HTTP_HOST="bandstand.localhost", enforce_csrf_checks=True).post(
        HOOK, json.dumps(words), content_type="application/json", HTTP_AUTHORIZATION=f"Basic {credentials}"
    )
    return answer.status_code


def suppressed(portal: Portal) -> list[tuple[str, str]]:
    with tenant_context(portal.organization):
        return list(SuppressedAddress.objects.values_list("email", "reason"))


@pytest.mark.usefixtures("hook")
def test_it_writes_a_bounce_down_where_the_mail_came_from(
    alice_portal: Portal, charlie_portal: Portal, message: OutgoingMessage
) -> None:
    assert report(origin_of(message, alice_portal.organization.schema_name)) == 200

    assert suppressed(alice_portal) == [(READER, "bounced")]
    assert suppressed(charlie_portal) == []
    with tenant_context(alice_portal.organization):
        message.refresh_from_db()
        assert (message.state, message.problem) == ("bounced", "The server was unable to deliver your message")


@pytest.mark.usefixtures("hook")
def test_it_believes_nobody_without_the_secret(alice_portal: Portal, message: OutgoingMessage) -> None:
    status = report(origin_of(message, alice_portal.organization.schema_name), secret="provider:guessed")

    assert status == 400  # what Anymail answers; a provider shows it to the operator
    assert suppressed(alice_portal) == []


@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize(
    "origin",
    [{}, {"schema": "pg_catalog", "message": "1"}, {"schema": "public; DROP", "message": "1"}, {"schema": "public"}],
)
def test_it_writes_nothing_for_a_mail_that_is_not_ours(alice_portal: Portal, origin: dict[str, str]) -> None:
    assert report(origin) == 200
    assert suppressed(alice_portal) == []


@pytest.mark.usefixtures("hook")
def test_it_suppresses_nobody_whom_the_mail_did_not_go_to(alice_portal: Portal, message: OutgoingMessage) -> None:
    assert report(origin_of(message, alice_portal.organization.schema_name), to="somebody@example.org") == 200

    assert suppressed(alice_portal) == []


def test_it_is_not_there_without_a_secret(db: None) -> None:
    assert Client(HTTP_HOST="bandstand.localhost").post(HOOK).status_code == 404
