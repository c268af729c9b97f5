"""What no device answers is a wrong code, in each form that takes a passkey's answer."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from bandstand.accounts.models import User
from tests.conftest import PASSWORD, Portal

FACTOR = "/accounts/second-factor/"
ANSWER = {"id": "eA", "rawId": "eA", "type": "public-key"}
NEVER = [
    *("0", "5", "9" * 5000, "1e400", "null", "true", '"x"', "[]", "[1]", "{}", "nonsense"),
    *(json.dumps(each) for each in ({"id": "x", "response": {}}, {**ANSWER, "response": None}, {**ANSWER, "rawId": 5})),
    json.dumps({**ANSWER, "id": 5, "response": {}}),
    json.dumps({**ANSWER, "response": {"attestationObject": "zzzz", "clientDataJSON": "zzzz"}}),
    json.dumps({**ANSWER, "response": {"attestationObject": "oA", "clientDataJSON": "e30"}}),
    json.dumps({**ANSWER, "response": {"authenticatorData": "oA", "clientDataJSON": "e30", "signature": "oA"}}),
    json.dumps({**ANSWER, "response": {"authenticatorData": "zz", "clientDataJSON": "zz", "signature": 5}}),
]


@pytest.mark.parametrize("answer", NEVER)
@pytest.mark.parametrize("page", ["webauthn/add/", "webauthn/reauthenticate/", "webauthn/login/"])
def test_it_is_refused_without_an_error(alice_portal: Portal, platform_client: Client, page: str, answer: str) -> None:
    person = User.objects.get(email=alice_portal.owner_email)
    if "login" not in page:
        platform_client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        platform_client.post("/accounts/confirm/", {"password": PASSWORD})
    platform_client.get(FACTOR + page)  # gives the device something to answer

    shown = platform_client.post(FACTOR + page, {"credential": answer})

    assert shown.status_code in {200, 302, 404, 405, 422}
    assert not person.authenticator_set.exists()
