"""Whether an address has an account: no answer says so, by its words or by the work that it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.mail.models import OutgoingMessage
from tests.conftest import Portal
from tests.web.platform.signup_form import filled_in

KNOWN, UNKNOWN = "alice@example.org", "nobodyhere@example.org"
_VARIES = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|[a-z]+@(example\.org|alice\.bandstand\.localhost)')


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which password hashings were done."""
    done: list[str] = []
    for name in ("encode", "verify"):
        kept = getattr(hashers.Argon2PasswordHasher, name)

        def counted(hasher: Any, *args: Any, kept: Any = kept, name: str = name, **more: Any) -> Any:
            done.append("argon2")
            return kept(hasher, *args, **more)

        monkeypatch.setattr(hashers.Argon2PasswordHasher, name, counted)
    return done


def work(ask: Callable[[], Any], hashings: list[str]) -> tuple[int, str, str, list[str], int]:
    """Return what can be seen of an answer and of the work for it."""
    cache.clear()
    hashings.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
    text = _VARIES.sub("", answer.content.decode())
    return answer.status_code, answer.headers.get("Location", ""), text, _statements(queries), len(hashings)


def _statements(queries: CaptureQueriesContext) -> list[str]:
    """Return what was asked of which table; how a row is fetched, and how a transaction ends, are all the same."""
    words = [re.sub(r"^DECLARE.* FOR ", "", query["sql"]) for query in queries]
    kinds = [" ".join(re.findall(r'^\w+|(?:FROM|INTO|UPDATE) "\w+"', text)) for text in words]
    ends = {"RELEASE", "ROLLBACK", "SET"}  # a rollback takes the search_path back, which is set again then
    return sorted(kind for kind in kinds if kind.partition(" ")[0] not in ends)


@pytest.fixture(params=["owner", "member"])
def known_email(request: pytest.FixtureRequest, alice_portal: Portal) -> str:
    """Somebody who logs in at the platform, and somebody who does at the portal."""
    return KNOWN if request.param == "owner" else alice_portal.user(roles.MANAGER).email


def test_a_log_in_takes_the_same_work(alice_portal: Portal, hashings: list[str], known_email: str) -> None:
    def log_in(email: str) -> Any:
        return alice_portal.client().post("/accounts/login/", {"login": email, "password": "a-wrong-password"})

    work(lambda: log_in("somebodyelse@example.org"), hashings)  # what is loaded once is loaded
    known, unknown = work(lambda: log_in(known_email), hashings), work(lambda: log_in(UNKNOWN), hashings)

    assert known == unknown
    assert known[4] == 1


def test_a_forgotten_password_takes_the_same_work_and_nobody_is_written_to(
    alice_portal: Portal, hashings: list[str], known_email: str
) -> None:
    def reset(email: str) -> Any:
        return alice_portal.client().post("/accounts/password/reset/", {"email": email})

    work(lambda: reset(known_email), hashings)
    known, unknown = work(lambda: reset(known_email), hashings), work(lambda: reset(UNKNOWN), hashings)

    assert known == unknown
    with tenant_context(alice_portal.organization):
        assert not OutgoingMessage.objects.filter(recipients__contains=[UNKNOWN]).exists()


def test_a_sign_up_takes_the_same_work(db: None, platform_client: Client, hashings: list[str]) -> None:
    def sign_up(email: str) -> Any:
        return Client(HTTP_HOST="bandstand.localhost").post("/signup/", filled_in(slug="new-band", email=email))

    work(lambda: sign_up(KNOWN), hashings)
    known, unknown = work(lambda: sign_up(KNOWN), hashings), work(lambda: sign_up(UNKNOWN), hashings)

    assert known == unknown
    assert known[4] >= 1
