"""A passkey that was made before the portal's address changed is still a second step; no other host's is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.organizations.models import Organization
from bandstand.portals.changing_address import portal_address_change
from tests.conftest import PASSWORD, Portal
from tests.passkey import Passkey

FORMER, PRESENT = "alice.bandstand.localhost", "alices-bands.bandstand.localhost"
ORIGIN = f"http://{PRESENT}:8000"
SECOND_STEP = "/accounts/second-factor/authenticate/"


@pytest.fixture
def moved(alice_portal: Portal, django_capture_on_commit_callbacks: Callable[..., Any]) -> Organization:
    alice_portal.user(roles.EDITOR)
    owner = User.objects.get(email=alice_portal.owner_email)
    with django_capture_on_commit_callbacks(execute=True):
        return portal_address_change(organization=alice_portal.organization, slug="alices-bands", by=owner)


def key_of_editor(portal: Organization, host: str) -> Passkey:
    key = Passkey(host)
    with tenant_context(portal):
        key.store(User.objects.get(email=f"{roles.EDITOR}@{FORMER}"))
    return key


def asked(portal: Organization) -> tuple[Client, str, str]:
    """Return a browser after the password, the challenge of the second step, and its page."""
    client = Client(HTTP_HOST=PRESENT)
    client.post("/accounts/login/", {"login": f"{roles.EDITOR}@{FORMER}", "password": PASSWORD})
    page = client.get(SECOND_STEP)
    options = json.loads(json.dumps(page.context["js_data"], default=dict))
    return client, options["request_options"]["publicKey"]["challenge"], page.content.decode()


def is_in(client: Client) -> bool:
    return bool(client.get("/backstage/").status_code == 200)


def test_a_key_of_the_former_host_opens(moved: Organization) -> None:
    key = key_of_editor(moved, FORMER)
    client, challenge, page = asked(moved)

    assert f'data-passkey-host="{FORMER}"' in page
    assert f'data-passkey-host="{PRESENT}"' not in page
    client.post(SECOND_STEP, {"credential": key.answer(challenge, origin=ORIGIN)})

    assert is_in(client)


def test_a_key_of_the_present_host_opens_beside_it(moved: Organization) -> None:
    key_of_editor(moved, FORMER)
    key = key_of_editor(moved, PRESENT)
    client, challenge, page = asked(moved)

    assert page.index(f'data-passkey-host="{PRESENT}"') < page.index(f'data-passkey-host="{FORMER}"')
    client.post(SECOND_STEP, {"credential": key.answer(challenge, origin=ORIGIN)})

    assert is_in(client)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://charlie.bandstand.localhost:8000", FORMER),  # another portal's page
        (f"http://{FORMER}:8000", FORMER),  # the former host has no pages any more
        ("http://evil.example", FORMER),
        (ORIGIN, "charlie.bandstand.localhost"),
        (ORIGIN, "bandstand.localhost"),
    ],
)
def test_an_answer_from_or_for_elsewhere_opens_nothing(
    moved: Organization, charlie_portal: Portal, origin: str, host: str
) -> None:
    key = key_of_editor(moved, FORMER)
    client, challenge, _page = asked(moved)

    client.post(SECOND_STEP, {"credential": key.answer(challenge, origin=origin, host=host)})

    assert not is_in(client)


def test_a_key_that_isnt_theirs_opens_nothing(moved: Organization) -> None:
    key_of_editor(moved, FORMER)
    client, challenge, _page = asked(moved)

    client.post(SECOND_STEP, {"credential": Passkey(FORMER).answer(challenge, origin=ORIGIN)})

    assert not is_in(client)


def test_an_answer_opens_once(moved: Organization) -> None:
    key = key_of_editor(moved, FORMER)
    client, challenge, _page = asked(moved)
    answer = key.answer(challenge, origin=ORIGIN)
    client.post(SECOND_STEP, {"credential": answer})

    again, _challenge, _page = asked(moved)
    again.post(SECOND_STEP, {"credential": answer})

    assert is_in(client)
    assert not is_in(again)


def test_a_wrong_answer_counts_as_a_guess(moved: Organization) -> None:
    key = key_of_editor(moved, FORMER)
    client, challenge, _page = asked(moved)
    wrong = Passkey(FORMER).answer(challenge, origin=ORIGIN)
    for _attempt in range(12):
        client.post(SECOND_STEP, {"credential": wrong})

    client.post(SECOND_STEP, {"credential": key.answer(challenge, origin=ORIGIN)})

    assert not is_in(client)


def test_it_proves_again_who_somebody_is(moved: Organization) -> None:
    key = key_of_editor(moved, FORMER)
    client, challenge, _page = asked(moved)
    client.post(SECOND_STEP, {"credential": key.answer(challenge, origin=ORIGIN)})

    page = client.get("/accounts/second-factor/webauthn/reauthenticate/")

    assert f'data-passkey-host="{FORMER}"' in page.content.decode()
    options = json.loads(json.dumps(page.context["js_data"], default=dict))["request_options"]["publicKey"]
    answer = client.post(
        "/accounts/second-factor/webauthn/reauthenticate/?next=/backstage/",
        {"credential": key.answer(options["challenge"], origin=ORIGIN)},
    )
    assert answer.status_code == 302


def test_whoever_has_none_is_offered_none(moved: Organization) -> None:
    with tenant_context(moved):
        TOTP.activate(User.objects.get(email=f"{roles.EDITOR}@{FORMER}"), "A" * 32)
    _client, _challenge, page = asked(moved)

    assert "data-passkey-host" not in page
