"""A page of somebody else's can't make a visitor's browser change anything."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from bandstand.domains.claiming import primary_choose
from tests.conftest import Portal
from tests.factories.domains import LiveDomainFactory
from tests.isolation.test_matrix import PLATFORM, PORTAL, VISITORS, table, words
from tests.isolation.twins import Twin
from tests.isolation.visiting import addresses, path_to, visit

pytestmark = pytest.mark.filterwarnings("ignore")

FORBIDDEN = 403
# The language changes nothing but a cookie, and pages that everybody gets from a cache hold no token for it. Mail
# programs unsubscribe without having seen a page: the token in the address is the proof (RFC 8058). Reports only end in
# the log.
OPEN = {"language", "unsubscribe", "csp_reports"}


@pytest.mark.parametrize(("urlconf", "visitor"), [(PLATFORM, "owner"), (PLATFORM, "staff"), (PORTAL, "owner")])
def test_nothing_that_writes_takes_a_form_without_its_token(
    urlconf: str, visitor: str, twins: tuple[Twin, Twin]
) -> None:
    alice, charlie = twins
    browser = VISITORS[urlconf](alice.portal, charlie.portal)[visitor]
    browser.handler.enforce_csrf_checks = True
    heads, rows = table(urlconf)
    writes = [name for name in addresses(urlconf) if "w" in rows[words(name)][heads.index(visitor)]]

    taken = [
        name
        for name in writes
        if visit(browser, "post", path_to(addresses(urlconf)[name], alice)).status_code != FORBIDDEN
    ]

    assert len(writes) > 10
    assert set(taken) <= OPEN


def token_of(client: Client) -> str:
    """Return the token that the log-in page gives this browser."""
    return str(client.get("/accounts/login/").context["csrf_token"])


def test_a_token_of_one_portal_opens_nothing_at_another(alice_portal: Portal, charlie_portal: Portal) -> None:
    attacker = Client(HTTP_HOST=charlie_portal.host)
    foreign = token_of(attacker)
    victim = Client(HTTP_HOST=alice_portal.host, enforce_csrf_checks=True)
    own = token_of(victim)
    form = {"login": "a@example.org", "password": "x"}

    assert victim.post("/accounts/login/", {**form, "csrfmiddlewaretoken": foreign}).status_code == FORBIDDEN
    assert victim.post("/accounts/login/", {**form, "csrfmiddlewaretoken": own}).status_code != FORBIDDEN


@pytest.mark.parametrize("origin", ["https://evil.example", "http://charlie.bandstand.localhost:8000", "null"])
def test_the_right_token_from_another_origin_is_refused(alice_portal: Portal, origin: str) -> None:
    victim = Client(HTTP_HOST=alice_portal.host, enforce_csrf_checks=True)
    form = {"login": "a@example.org", "password": "x", "csrfmiddlewaretoken": token_of(victim)}

    assert victim.post("/accounts/login/", form, headers={"origin": origin}).status_code == FORBIDDEN


OWN = "www.theband.com"


@pytest.mark.parametrize(
    ("passed_on", "headers", "is_taken"),
    [
        ("https", {"origin": f"https://{OWN}"}, True),
        ("https", {"referer": f"https://{OWN}/bands/the-same/"}, True),
        ("https", {"origin": f"http://{OWN}"}, False),
        ("https", {"origin": "https://alice.bandstand.localhost"}, False),
        ("https", {"origin": "https://evil.example"}, False),
        ("https", {"origin": f"https://{OWN}.evil.example"}, False),
        ("https", {"referer": "https://evil.example/"}, False),
        ("https", {}, False),
        ("http", {"origin": f"https://{OWN}"}, False),
    ],
)
@pytest.mark.parametrize("is_trusted", [True, False])
def test_forms_at_an_own_domain_behind_a_proxy_come_from_that_domain(  # noqa: PLR0917
    twins: tuple[Twin, Twin],
    settings: Settings,
    passed_on: str,
    headers: dict[str, str],
    is_taken: bool,
    is_trusted: bool,
) -> None:
    organization = twins[0].portal.organization
    primary_choose(organization=organization, domain=LiveDomainFactory(organization=organization, name=OWN))
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if is_trusted else None
    visitor = Client(HTTP_HOST=OWN, enforce_csrf_checks=True, headers={"X-Forwarded-Proto": passed_on})
    token = str(visitor.get("/polls/4711/").context["csrf_token"])

    answer = visitor.post("/polls/4711/", {"csrfmiddlewaretoken": token}, headers=headers)

    # What isn't told to be HTTPS by a proxy that is trusted is HTTP, whatever the request claims.
    expected = is_taken if is_trusted else headers in ({"origin": f"http://{OWN}"}, {}) or "referer" in headers
    assert (answer.status_code != FORBIDDEN) == expected
