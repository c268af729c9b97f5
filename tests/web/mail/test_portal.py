"""The link at the foot of mails that go to many."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.mail.models import SuppressedAddress
from bandstand.mail.unsubscribing import suppress, unsubscribe_url_for, wanted
from tests.conftest import Portal

READER = "reader@example.org"


@pytest.fixture
def link(alice_portal: Portal) -> str:
    with tenant_context(alice_portal.organization):
        return urlsplit(unsubscribe_url_for(READER)).path


def gets_digests(portal: Portal) -> bool:
    with tenant_context(portal.organization):
        return bool(wanted([READER], bulk=True))


def test_it_asks_before_it_changes_anything(alice_portal: Portal, link: str) -> None:
    page = alice_portal.client().get(link)

    assert READER in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert page["Referrer-Policy"] == "no-referrer"
    assert gets_digests(alice_portal)


def test_it_takes_the_one_click_of_mail_programs(alice_portal: Portal, charlie_portal: Portal, link: str) -> None:
    program = Client(HTTP_HOST=alice_portal.host, enforce_csrf_checks=True)

    answer = program.post(link, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not gets_digests(alice_portal)
    assert gets_digests(charlie_portal)


def test_it_sends_them_again_to_who_asks(alice_portal: Portal, link: str) -> None:
    alice_portal.client().post(link)
    alice_portal.client().post(link, {"again": "yes"})

    assert gets_digests(alice_portal)


def test_it_does_not_send_again_where_mail_came_back(alice_portal: Portal, link: str) -> None:
    with tenant_context(alice_portal.organization):
        suppress(READER, SuppressedAddress.Reason.BOUNCED)

    alice_portal.client().post(link, {"again": "yes"})

    assert not gets_digests(alice_portal)


def test_it_knows_no_link_of_another_portal(charlie_portal: Portal, link: str) -> None:
    answer = charlie_portal.client().post(link)

    assert answer.status_code == 404
    assert READER not in answer.content.decode()
    assert gets_digests(charlie_portal)
